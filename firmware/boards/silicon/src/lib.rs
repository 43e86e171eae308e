//! Code that the Cortex-M boards share, apart from the node.
//!
//! | module | contents |
//! |---|---|
//! | [`port`] | an embassy HAL's serial port as the port that a node serves |
//! | `cycles` | the cycle counter as a clock and a delay, with the feature `cycles`: ARMv6-M has no counter |
//! | [`delay`] | the width of a pulse, measured with a counter |
//! | [`idle`] | the watchdog is fed and the core sleeps while the node waits for bytes |
//! | [`serve`] | the end of `main`: the node serves forever |
//! | `panic` | the panic handler: a message for the debug probe with the feature `defmt`, otherwise a reset |
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "cycles")]
pub mod cycles;
pub mod delay;
pub mod idle;
// Tests use the panic handler of `std`.
#[cfg(target_os = "none")]
mod panic;
pub mod port;
mod serve;

#[cfg(feature = "cycles")]
pub use cycles::{Busy, Cycles};
pub use idle::{Sleep, WATCHDOG};
pub use port::{BAUD, FRAME, Port, RINGS};
pub use serve::serve;
