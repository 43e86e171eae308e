//! What the Cortex-M boards share beside the node.
//!
//! | module | what |
//! |---|---|
//! | [`port`] | a serial port of an embassy HAL as the port that a node serves |
//! | `cycles` | the cycle counter as a clock, with the feature `cycles`: ARMv6-M has none |
//! | [`delay`] | the width of a pulse |
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "cycles")]
pub mod cycles;
pub mod delay;
pub mod port;

#[cfg(feature = "cycles")]
pub use cycles::Cycles;
pub use delay::Busy;
pub use port::{BAUD, Port};
