//! Attacks on input from outside, as bytes. Each function accepts any bytes, and panics if something breaks.
//!
//! The fuzzer calls them (`tests/fuzz`), and so does the test `corpus`, with every input that the fuzzer has
//! found and that was kept. The functions stay fast enough for a fuzzer to call each ten million times.

mod arrays;
mod backends;
mod description;
mod frame;
mod nir;
mod node;
mod snapshot;

pub use arrays::arrays;
pub use backends::backends;
pub use description::description;
pub use frame::frame;
pub use nir::nir;
pub use node::node;
pub use snapshot::snapshot;

/// A function that accepts any bytes and panics if something breaks.
pub type Attack = fn(&[u8]);

/// Every attack by name. The name is also that of its folder of inputs.
pub const ALL: [(&str, Attack); 7] = [
    ("arrays", arrays),
    ("backends", backends),
    ("description", description),
    ("frame", frame),
    ("nir", nir),
    ("node", node),
    ("snapshot", snapshot),
];

/// Writes the bytes to a file, calls `read` with its path, and returns its result.
fn with_file<T>(name: &str, bytes: &[u8], read: impl FnOnce(&std::path::Path) -> T) -> T {
    // One folder per thread, because creating one takes longer than the attack. It is in memory if the system
    // has a memory file system.
    thread_local! {
        static FOLDER: tempfile::TempDir = match tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()) {
            Ok(folder) => folder,
            Err(error) => panic!("no folder for temporary files: {error}"),
        };
    }
    FOLDER.with(|folder| {
        let path = folder.path().join(name);
        match std::fs::write(&path, bytes) {
            Ok(()) => read(&path),
            Err(error) => panic!("{}: {error}", path.display()),
        }
    })
}
