//! What the `glif` program is made of that others may attack, or want: NumPy files, read without believing them.
#![forbid(unsafe_code)]

pub mod arrays;
