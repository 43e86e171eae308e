//! What the Cortex-M boards share beside the node.
//!
//! | module | what |
//! |---|---|
//! | [`port`] | a serial port of an embassy HAL as the port that a node serves |
//! | `cycles` | the cycle counter as a clock and as a delay, with the feature `cycles`: ARMv6-M has none |
//! | [`delay`] | the width of a pulse, by a counter |
//! | [`idle`] | the watchdog is fed, and the core sleeps, while the node waits for bytes |
//! | [`serve`] | the end of `main`: the node serves for ever |
//! | `panic` | what a panic does: a message for the debug probe with the feature `defmt`, else a reset |
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "cycles")]
pub mod cycles;
pub mod delay;
pub mod idle;
// A test has the handler of `std`.
#[cfg(target_os = "none")]
mod panic;
pub mod port;
mod serve;

#[cfg(feature = "cycles")]
pub use cycles::{Busy, Cycles};
pub use idle::{Sleep, WATCHDOG};
pub use port::{BAUD, FRAME, Port, RINGS};
pub use serve::serve;
