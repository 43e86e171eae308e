//! NumPy files of the `glif` program, as a library for tests that attack it and for other programs.
//!
//! It does not trust the content of files.
#![forbid(unsafe_code)]

pub mod arrays;
