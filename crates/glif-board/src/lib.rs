//! The host's side of the glif link: controls a board, verifies it against the host, and watches it.
//!
//! | module | content |
//! |---|---|
//! | [`client`] | sends requests and receives replies over any byte stream; resends what was lost |
//! | [`board`] | a board as an object: loads a population, steps it, reads its state, in mV, ms and nA |
//! | [`bits`] | conversion between numbers and the bits of a board's number format |
//! | [`translate`] | conversion of a population file to the model that a board loads |
//! | [`loopback`] | the node's program in a thread of this process |
//! | [`serial`] | a serial port |
//! | [`emulator`] | QEMU on a pseudo-terminal, other emulators on their standard input and output |
//! | [`reach`] | command-line arguments that select one of these connections |
//! | [`verify`] | the proof that a board equals the host |
//! | [`faults`] | a line that loses and corrupts frames, and the proof that it does no harm |
//! | [`show`], [`noise`] | a population running on a board, and the currents that drive it |
//! | [`watch`] | a live view of a running board |
//! | [`cost`] | the cost of a step on a board |
//!
//! ```
//! use glif_board::{Board, loopback};
//!
//! let mut board = Board::connect(loopback::start())?;
//! let description = glif::Description::from_toml(r#"
//!     model = "lif"
//!     shape = 3
//!     [params]
//!     step_time = 1.0
//!     rest_v = -60.0
//!     reset_v = -65.0
//!     thresh_v = -50.0
//!     refrac_t = 2.0
//!     time_constant = 20.0
//! "#)?;
//! board.load(&description)?;
//! board.hold(&[0.0, 11.0, 300.0])?;
//! let spikes = board.run(3)?;
//! assert!(spikes[0].iter().eq([2]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

pub mod bits;
pub mod board;
mod claims;
pub mod client;
pub mod cost;
mod difference;
mod draw;
pub mod emulator;
mod error;
pub mod faults;
mod identity;
pub mod loopback;
pub mod noise;
pub mod reach;
pub mod serial;
pub mod show;
pub mod translate;
pub mod verify;
pub mod watch;

pub use board::{
    Board, FAILSAFE, Fired, NetworkImage, NetworkProgress, NetworkSnapshot, NetworkSpikes, PopulationImage, Snapshot,
    Spikes,
};
pub use client::{Client, Health, Patience};
pub use error::LinkError;
