//! Checks of `glif_core` that run on the core itself, including soft-float. Each check is one function here.
//! `tests/on_target.rs` calls them in QEMU or on a board, and the host's tests call them too, so that all use
//! the same expected results.
//!
//! | module | contents |
//! |---|---|
//! | [`golden`] | runs of Inferno, in a compact form |
//! | [`numbers`] | runs in one format of each width under every rounding mode, and `exp`, against the host's results |
//! | [`rules`] | refractory counts, new step times, rejected parameters |
#![no_std]
#![forbid(unsafe_code)]

pub mod golden;
pub mod numbers;
pub mod rules;

/// A result that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wrong {
    /// Name of the case.
    pub case: &'static str,
    /// Index of the step or item.
    pub at: usize,
    /// Bits found here.
    pub found: u64,
    /// Bits expected.
    pub expected: u64,
}

/// Returns an error if two results differ in any bit.
pub(crate) fn same(case: &'static str, at: usize, found: u64, expected: u64) -> Result<(), Wrong> {
    if found == expected { Ok(()) } else { Err(Wrong { case, at, found, expected }) }
}
