//! Reading memory into the cache before it is needed.

use core::ops::Range;

/// Whether this has an effect.
pub(super) const PREFETCHES: bool = cfg!(target_arch = "x86_64");

/// Bytes of a cache line.
#[cfg(target_arch = "x86_64")]
const LINE: usize = 64;

/// Reads these values into the cache, as many as there are.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) fn values<T>(values: &[T], range: &Range<usize>) {
    for first in range.clone().step_by((LINE / size_of::<T>().max(1)).max(1)) {
        if let Some(value) = values.get(first) {
            safe_arch::prefetch_t0(value);
        }
    }
}

/// Does nothing.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(super) fn values<T>(_values: &[T], _range: &Range<usize>) {}
