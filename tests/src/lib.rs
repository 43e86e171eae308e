//! What spans crates: golden data from Inferno and how it is read, attacks on everything that reads bytes, and files that
//! tests compute.

pub mod attack;
pub mod golden;
pub mod kept;

/// The examples of the front page.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// A script of Inferno's, line by line.
#[cfg(doctest)]
#[doc = include_str!("../../docs/inferno.md")]
pub struct LineByLine;

/// The example of a loop of one's own.
#[cfg(doctest)]
#[doc = include_str!("../../docs/closed-loop.md")]
pub struct Loop;
