//! Support for tests that span crates: golden data from Inferno and its reader, attacks on everything that
//! reads bytes, and files that tests compute.

pub mod attack;
pub mod golden;
pub mod kept;

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// The first population on a host.
#[cfg(doctest)]
#[doc = include_str!("../../docs/start-host.md")]
pub struct StartHost;

/// The first population in firmware.
#[cfg(doctest)]
#[doc = include_str!("../../docs/start-board.md")]
pub struct StartBoard;

/// An Inferno script, line by line.
#[cfg(doctest)]
#[doc = include_str!("../../docs/inferno.md")]
pub struct LineByLine;

/// The example of a custom loop.
#[cfg(doctest)]
#[doc = include_str!("../../docs/closed-loop.md")]
pub struct Loop;
