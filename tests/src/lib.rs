//! What spans crates: golden data from Inferno, and how it is read.

pub mod golden;
