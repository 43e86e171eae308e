//! Arrays of projections from 32 sources to 64 targets.

use glif_core::network::{Connections, Targets, Weights};

pub(crate) const SOURCES: usize = 32;
pub(crate) const TARGETS: usize = 64;
/// Sources that fire.
pub(crate) const SPIKES: u32 = 0b0100_0001_0010_0100_1000_0001_0010_0001;

pub(crate) static PACKED: [u32; SOURCES * TARGETS / 4] = [0x8383_8383; SOURCES * TARGETS / 4];
pub(crate) static DENSE_16: [i16; SOURCES * TARGETS] = [300; SOURCES * TARGETS];
pub(crate) static SPARSE_8: [i8; SOURCES * TARGETS] = [3; SOURCES * TARGETS];
pub(crate) static SPARSE_16: [i16; SOURCES * TARGETS] = [300; SOURCES * TARGETS];
pub(crate) static STARTS: [u32; SOURCES + 1] = starts(TARGETS as u32);
pub(crate) static INDICES: [u16; SOURCES * TARGETS] = indices(TARGETS);

/// Returns the divisions of rows of so many connections.
pub(crate) const fn starts<const ROWS: usize>(each: u32) -> [u32; ROWS] {
    let mut starts = [0; ROWS];
    let mut row = 1;
    while row < ROWS {
        starts[row] = starts[row - 1] + each;
        row += 1;
    }
    starts
}

/// Returns all targets, again and again.
pub(crate) const fn indices<const CONNECTIONS: usize>(targets: usize) -> [u16; CONNECTIONS] {
    let mut indices = [0; CONNECTIONS];
    let mut at = 0;
    while at < CONNECTIONS {
        indices[at] = (at % targets) as u16;
        at += 1;
    }
    indices
}

pub(crate) const fn sparse(starts: &'static [u32], targets: &'static [u16]) -> Connections<'static> {
    Connections::Sparse { starts, targets: Targets::U16(targets) }
}

/// A form of a projection: its name, its targets, its connections, its weights.
pub(crate) type Form = (&'static str, usize, Connections<'static>, Weights<'static, f32>);
