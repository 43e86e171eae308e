//! NumPy files: input of currents and state, output of results.
//!
//! Data from outside is checked before it is used, and no header can make this program allocate more than the
//! file can contain.

mod archive;
mod inputs;
mod labels;
mod network;
mod parameters;
mod read;
mod recording;
mod state;
mod write;

pub use archive::Archive;
pub use inputs::{Input, Inputs, read_inputs};
pub use labels::read_labels;
pub use network::{NetworkFile, build_network, read_network, write_network};
pub use parameters::{array_files, read_description};
pub use read::{Currents, Values, read_currents};
pub use recording::{EVENT_NEURON, EVENT_SAMPLE, EVENT_STEP, EVENTS, RUN_STEPS, Recording, Spikes, read_recording};
pub use state::read_state;
pub use write::{Column, write_npz};

/// Buffer size for reading and writing, bytes.
const BLOCK: usize = 1 << 16;

/// A NumPy file that cannot be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("`{place}`: {problem}")]
pub struct ArrayError {
    /// The name of the file; `file[name]` for an array in an archive.
    pub place: String,
    /// What is wrong, and what is needed instead.
    pub problem: String,
}

#[cfg(test)]
mod tests {
    use super::read::Currents;
    use super::read_currents;

    /// Reads a file with these bytes; errors do not contain the directory.
    pub(super) fn read(bytes: &[u8], batch: usize, shape: &[usize]) -> Result<Currents, String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("i.npy");
        std::fs::write(&path, bytes).unwrap();
        let parent = format!("{}/", directory.path().display());
        read_currents(&path, batch, shape).map_err(|error| error.to_string().replace(&parent, ""))
    }
}
