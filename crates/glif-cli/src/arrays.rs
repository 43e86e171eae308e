//! NumPy files: currents and state in, results out.
//!
//! Nothing in a file from outside is believed before it is checked, and no claim of a header makes this program
//! allocate more than the file can hold.

mod archive;
mod read;
mod state;
mod write;

pub use archive::Archive;
pub use read::{Currents, Values, read_currents};
pub use state::read_state;
pub use write::{Column, write_npz};

/// Bytes read or written at a time.
const BLOCK: usize = 1 << 16;

/// A NumPy file that cannot be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("`{place}`: {problem}")]
pub struct ArrayError {
    /// The file; `file[name]` for an array in an archive.
    pub place: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

#[cfg(test)]
mod tests {
    use super::read::Currents;
    use super::read_currents;

    /// Reads a file of these bytes; the error without the directory.
    pub(super) fn read(bytes: &[u8], batch: usize, shape: &[usize]) -> Result<Currents, String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("i.npy");
        std::fs::write(&path, bytes).unwrap();
        let parent = format!("{}/", directory.path().display());
        read_currents(&path, batch, shape).map_err(|error| error.to_string().replace(&parent, ""))
    }
}
