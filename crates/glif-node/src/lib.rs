//! The program of a board: a population of integrate-and-fire neurons behind the glif link.
//!
//! It does not depend on any board. A board provides its [port](embedded_io), a [`Clock`] and optionally
//! [`Outputs`]; then [`Node::serve`] answers requests for ever. On a host it runs in a thread over a pipe in
//! memory.
//!
//! | module | content |
//! |---|---|
//! | [`node`] | requests in, replies out; a repeated request is answered again and not executed again |
//! | `population` | the loaded population, and every operation that a request can perform on it |
//! | `kernel` | coefficients of one model in one scalar; the step of `glif_core` |
//! | `kernels` | from a model of the link to types: the only place that lists every combination |
//! | `cells` | the arrays |
//! | `network` | the loaded network: its parts, its step, and every operation on it |
//! | `contents` | which of both is loaded |
//! | `hold` | currents that arrive in parts and take effect together |
//! | `schedule` | real-time mode: due times and statistics |
//! | `failsafe` | how long the host has been silent |
//! | [`clock`], [`outputs`] | what a board provides |
//!
//! The whole program of a board is one call. The port here is a host that sends one request and leaves:
//!
//! ```
//! use std::collections::VecDeque;
//!
//! use embedded_io::{ErrorKind, ErrorType, Read, ReadReady, Write};
//! use glif_link::{Reply, Request, frame, packet};
//! use glif_node::{Clock, Identity, Node, words};
//!
//! struct Port { from_host: VecDeque<u8>, to_host: Vec<u8> }
//!
//! impl ErrorType for &mut Port {
//!     type Error = ErrorKind;
//! }
//! impl ReadReady for &mut Port {
//!     fn read_ready(&mut self) -> Result<bool, ErrorKind> { Ok(true) }
//! }
//! impl Read for &mut Port {
//!     fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
//!         let read = std::io::Read::read(&mut self.from_host, buffer).unwrap();
//!         if read == 0 { Err(ErrorKind::ConnectionAborted) } else { Ok(read) }
//!     }
//! }
//! impl Write for &mut Port {
//!     fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
//!         self.to_host.extend_from_slice(bytes);
//!         Ok(bytes.len())
//!     }
//!     fn flush(&mut self) -> Result<(), ErrorKind> { Ok(()) }
//! }
//!
//! struct Cycles(u32);
//!
//! impl Clock for Cycles {
//!     fn ticks(&mut self) -> u32 {
//!         self.0 = self.0.wrapping_add(64);
//!         self.0
//!     }
//!     fn frequency(&self) -> u32 { 64_000_000 }
//! }
//!
//! // On a board a static: 2 blocks of 32 neurons, each with up to 2 threshold components, and packets of 256 bytes.
//! let mut node = Node::<{ words(2, 2) }, 2, 256>::new();
//! let mut port = Port { from_host: VecDeque::new(), to_host: Vec::new() };
//! let mut buffer = [0; 64];
//! let request = packet::encode(1, &Request::Identify, &mut buffer).unwrap();
//! frame::whole::<()>(request, |piece| Ok(port.from_host.extend(piece))).unwrap();
//! node.serve(Identity { core: "Cortex-M4F", board: "mine" }, &mut port, Cycles(0), ());
//!
//! let mut receiver = frame::Receiver::<256>::new();
//! let mut replies = port.to_host.iter().filter(|byte| receiver.feed(**byte).is_some());
//! assert!(replies.next().is_some(), "`Ready`, as it has started");
//! assert!(replies.next().is_some(), "the reply");
//! drop(replies);
//! let Some(Reply::Identity(identity)) = packet::open(receiver.packet()).unwrap().message() else { panic!() };
//! assert_eq!((identity.board, identity.neurons, identity.frequency), ("mine", 64, 64_000_000));
//! ```
//!
//! Nothing here allocates or can panic: for the image of every board that QEMU runs, `cargo xtask prove`
//! checks with the linker that no path leads to a panic.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod cells;
pub mod clock;
mod contents;
mod failsafe;
mod hold;
mod kernel;
mod kernels;
mod log;
mod network;
pub mod node;
pub mod outputs;
mod population;
mod schedule;

pub use cells::words;
pub use clock::Clock;
pub use network::words_of;
pub use node::{Identity, Node};
pub use outputs::{Outputs, Pulses};
