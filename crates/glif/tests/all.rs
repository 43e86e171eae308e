//! Tests of the public interface, a module for each part of it. `allocations.rs` has a program, and with it an allocator, of its own.

mod any;
mod batches;
mod common;
mod differences;
mod refusals;
mod snapshots;
