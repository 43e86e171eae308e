//! What may come from outside, as bytes: each function takes any, and panics if something breaks.
//!
//! The fuzzer calls them (`tests/fuzz`), and the test `corpus` does with every input that it has found worth keeping. It
//! stays so fast that a fuzzer can call each ten million times.

mod arrays;
mod backends;
mod description;
mod frame;
mod node;
mod snapshot;

pub use arrays::arrays;
pub use backends::backends;
pub use description::description;
pub use frame::frame;
pub use node::node;
pub use snapshot::snapshot;

/// Takes any bytes; panics if something breaks.
pub type Attack = fn(&[u8]);

/// Every attack by its name, which is that of its folder of inputs.
pub const ALL: [(&str, Attack); 6] = [
    ("arrays", arrays),
    ("backends", backends),
    ("description", description),
    ("frame", frame),
    ("node", node),
    ("snapshot", snapshot),
];

/// Hands bytes as a file to what reads files.
fn with_file(name: &str, bytes: &[u8], read: impl FnOnce(&std::path::Path)) {
    // One folder for all that a thread does, as making one takes longer than what is attacked; in memory where there is one.
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
    });
}
