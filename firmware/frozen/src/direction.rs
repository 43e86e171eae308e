//! The network of `examples/direction`: it finds where a sound comes from.

use core::convert::Infallible;

use crate::board::Uart;
use crate::board::direction::{Network, Outside};

/// Steps for which the sound stays in a direction.
const STAY: u32 = 2000;
/// Steps between the clicks of the sound.
const PERIOD: u32 = 50;
const FIBRES: u32 = 8;

/// Steps the network forever. For each spike of the second layer the UART sends the number of the step, and the number of
/// the neuron in the lowest 4 bits.
pub(crate) fn run(uart: &mut Uart, network: &mut Network) -> Infallible {
    let mut step = 0_u32;
    loop {
        let outside = Outside { left: &[ear(step, 0)], right: &[ear(step, 1)], ..Outside::default() };
        // The only error is a length mismatch, and the types make the lengths agree.
        if network.step(&outside).is_ok() {
            let mut spikes = network.direction_spikes[0];
            while spikes != 0 {
                crate::line(uart, &[step << 4 | spikes.trailing_zeros()]);
                spikes &= spikes - 1;
            }
        }
        step = step.wrapping_add(1);
    }
}

/// Returns the spikes of an ear: 0 is the left one. The sound moves from the right to the left, and begins anew.
fn ear(step: u32, ear: u32) -> u32 {
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
