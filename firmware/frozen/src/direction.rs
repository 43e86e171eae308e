//! The network of `examples/direction`: it finds where a sound comes from.

#[path = "direction/sound.rs"]
mod sound;

/// Written by `glif freeze examples/direction/direction.toml`, with `--scalar f32` or `i16f16`.
#[cfg_attr(feature = "an386", path = "direction/f32.rs")]
#[cfg_attr(not(feature = "an386"), path = "direction/i16f16.rs")]
#[allow(unreachable_pub, reason = "its users decide who may see it")]
mod frozen;

use crate::board::Uart;
pub(crate) use frozen::Network as State;
use frozen::{Network, Outside};

/// The network at rest.
pub(crate) const START: Network = Network::START;

/// Steps the network forever. For each spike of the second layer the UART sends the number of the step, and the number of
/// the neuron in the lowest 4 bits.
pub(crate) fn run(uart: &mut Uart, network: &mut Network) -> ! {
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
