//! What spans crates: golden data from Inferno, and how it is read.

pub mod golden;

/// The examples of the front page.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
