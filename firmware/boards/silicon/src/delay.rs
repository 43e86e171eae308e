//! Short delays by a counter of 32 bits that runs freely.

use core::hint::black_box;

/// Nanoseconds in a second.
const SECOND: u64 = 1_000_000_000;

/// The most ticks that are waited for at a time: a look that an interrupt has held up by as many again still sees that they are over.
const PIECE: u32 = 1 << 31;

/// Ticks of a counter of `frequency` Hz that last `ns` at least.
pub fn ticks(ns: u32, frequency: u32) -> u64 {
    (u64::from(ns) * u64::from(frequency)).div_ceil(SECOND)
}

/// Waits for `ns` at least, by a counter of `frequency` Hz that `now` reads.
///
/// Each look at the counter takes a tick at least, so that as many looks are long enough. The wait ends after them, even if a debugger
/// has switched the counter off.
pub fn wait(ns: u32, frequency: u32, mut now: impl FnMut() -> u32) {
    let mut began = now();
    // Hidden from the compiler, which would else divide before that look, and so make the delay longer.
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
