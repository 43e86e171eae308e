//! Import and export of trained networks: graphs in the Neuromorphic Intermediate Representation (NIR).
//!
//! Norse, snnTorch, spikingjelly, sinabs and others write such graphs. A graph says which equations its nodes follow, but
//! neither the step nor how the equations become steps: [`Options`] do. The [`Report`] says what became of every node.
//!
//! ```
//! use glif::nir::{Options, import};
//!
//! # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/nir/graphs/lif_norse.nir");
//! let graph = std::fs::read(path)?;
//! let imported = import(graph, &Options::new(0.1))?; // ms
//! let mut network = imported.description.build()?;
//! network.set_spikes("input", &[1])?;
//! network.step()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Source: `nir` 1.0.8 and its documentation, neuroir.org/docs.

mod error;
mod export;
mod file;
mod fold;
mod graph;
mod import;
mod kernel;
mod map;
mod names;
mod node;
mod options;
mod order;
mod population;
mod projection;
mod report;
mod shape;

pub use export::{Exported, export};
pub use import::{Imported, import};
pub use options::{IfInput, Options, Reset, ScaleChoice, WeightChoice};
pub use report::{Report, Topic};

/// Returns whether bytes are the beginning of an HDF5 file, as a graph is.
///
/// ```
/// assert!(glif::nir::is_hdf5(b"\x89HDF\r\n\x1a\n and so on"));
/// assert!(!glif::nir::is_hdf5(b"{}"));
/// ```
pub fn is_hdf5(bytes: &[u8]) -> bool {
    hdf5_pure::is_hdf5_bytes(bytes)
}
