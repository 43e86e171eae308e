//! A sound that moves from the right to the left, as two ears hear it.

/// Steps for which the sound stays in a direction.
const STAY: u32 = 2000;
/// Steps between the clicks of the sound.
const PERIOD: u32 = 50;
const FIBRES: u32 = 8;

/// Returns the spikes of an ear: 0 is the left one. The sound moves from the right to the left, and begins anew.
pub(crate) fn ear(step: u32, ear: u32) -> u32 {
    // By how many steps the left ear hears it earlier.
    let lag = (step / STAY % 9 * 2) as i32 - 8;
    let late = if ear == 1 { lag.max(0) } else { (-lag).max(0) };
    let at = step.wrapping_sub(late as u32);
    let (click, phase) = (at / PERIOD, at % PERIOD);
    (0..FIBRES).fold(0, |spikes, fibre| {
        // Each fibre misses a click in eight, and is a step late in half of them.
        let mut hash = (click.wrapping_mul(FIBRES).wrapping_add(fibre + 1)).wrapping_mul(2_654_435_761);
        hash ^= hash >> 15;
        hash = hash.wrapping_mul(2_246_822_519);
        hash ^= hash >> 13;
        let fires = phase == hash >> 8 & 1 && hash >> 16 & 7 != 0;
        spikes | u32::from(fires) << fibre
    })
}
