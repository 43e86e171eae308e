//! The program of a board: a population of integrate-and-fire neurons behind the glif link.
//!
//! It knows no board. What a board brings is its [port](embedded_io), a [`Clock`] and perhaps [`Outputs`]; then
//! [`Node::serve`] answers requests for ever. On a host it runs in a thread over a pipe in memory.
//!
//! | module | what |
//! |---|---|
//! | [`node`] | requests in, replies out; a request sent again is answered again and not done again |
//! | `population` | what is loaded, and everything that a request can do to it |
//! | `kernel` | coefficients of one model in one scalar; the step of `glif_core` |
//! | `kernels` | from a model on the wire to types: the one place that spells out every combination |
//! | `cells` | the arrays |
//! | `schedule` | real-time mode: due times and their account |
//! | [`clock`], [`outputs`] | what a board brings |
//!
//! Nothing here allocates, and no path of a release build leads to a panic: `cargo xtask prove` has the linker check it.
#![no_std]
#![forbid(unsafe_code)]

mod cells;
pub mod clock;
mod kernel;
mod kernels;
mod log;
pub mod node;
pub mod outputs;
mod population;
mod schedule;

pub use clock::Clock;
pub use node::{Identity, Node};
pub use outputs::{Outputs, Pulses};
