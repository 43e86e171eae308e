//! Short delays based on a free-running 32-bit counter.

use core::hint::black_box;

/// Nanoseconds per second.
const SECOND: u64 = 1_000_000_000;

/// Longest wait at a time, in ticks. Even a read of the counter that an interrupt delays by as much again
/// still detects the end.
const PIECE: u32 = 1 << 31;

/// Returns the smallest number of ticks of a counter of `frequency` Hz that lasts at least `ns`.
pub fn ticks(ns: u32, frequency: u32) -> u64 {
    (u64::from(ns) * u64::from(frequency)).div_ceil(SECOND)
}

/// Waits for at least `ns`, with a counter of `frequency` Hz that `now` reads.
///
/// Each read takes at least one tick, so as many reads as ticks are long enough. The wait ends after that
/// many reads, even if a debugger has switched the counter off.
pub fn wait(ns: u32, frequency: u32, mut now: impl FnMut() -> u32) {
    let mut began = now();
    // Hidden from the compiler, which would otherwise move the division before the first read and so lengthen
    // the delay.
    let mut left = ticks(black_box(ns), frequency);
    while left > 0 {
        let piece = u32::try_from(left).map_or(PIECE, |left| left.min(PIECE));
        for _ in 0..piece {
            if now().wrapping_sub(began) >= piece {
                break;
            }
        }
        left -= u64::from(piece);
        began = now();
    }
}
