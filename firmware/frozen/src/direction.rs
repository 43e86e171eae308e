//! The network of `examples/direction`: it finds where a sound comes from.

mod sound;

use core::convert::Infallible;

use crate::board::Uart;
use crate::board::direction::{Network, Outside};

/// Steps the network forever. For each spike of the second layer the UART sends the number of the step, and the number of
/// the neuron in the lowest 4 bits.
pub(crate) fn run(uart: &mut Uart, network: &mut Network) -> Infallible {
    let mut step = 0_u32;
    loop {
        let outside = Outside { left: &[sound::ear(step, 0)], right: &[sound::ear(step, 1)], ..Outside::default() };
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
