//! Tests of the public interface, with a module for each part. `allocations.rs` is a separate program, because
//! it replaces the allocator.

mod any;
mod batches;
mod choices;
mod common;
mod differences;
mod examples;
mod initial;
mod network_files;
mod network_report;
mod network_snapshots;
mod networks;
mod nir;
mod nir_export;
mod own;
mod own_population;
mod plain;
mod refusals;
mod snapshots;
