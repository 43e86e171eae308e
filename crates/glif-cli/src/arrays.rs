//! NumPy files: currents and state in, results out.
//!
//! Nothing in a file from outside is believed before it is checked, and no claim of a header makes this program
//! allocate more than the file can hold.

mod read;
mod state;
mod write;

pub use read::{Values, read_currents};
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
