//! Checks of `glif_core` that a core runs on itself, soft-float included. Each is a function here, once; `tests/on_target.rs`
//! calls them in QEMU or on a board, and the host's tests call them too, so that all agree on what is right.
//!
//! | module | what |
//! |---|---|
//! | [`golden`] | runs of Inferno itself, in a compact form |
//! | [`numbers`] | runs in one format of each width under every rounding, `exp`, as the host computed them |
//! | [`rules`] | refractory counts, new step times, refused parameters |
#![no_std]
#![forbid(unsafe_code)]

pub mod golden;
pub mod numbers;
pub mod rules;

/// What is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wrong {
    /// Which case.
    pub case: &'static str,
    /// The step or item.
    pub at: usize,
    /// Bits here.
    pub found: u64,
    /// Bits that should be.
    pub expected: u64,
}

/// That two results are of the same bits.
pub(crate) fn same(case: &'static str, at: usize, found: u64, expected: u64) -> Result<(), Wrong> {
    if found == expected { Ok(()) } else { Err(Wrong { case, at, found, expected }) }
}
