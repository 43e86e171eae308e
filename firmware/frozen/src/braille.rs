//! A recurrent network of CubaLIF neurons, trained on letters in braille, in f32: the graph
//! `tests/golden/nir/graphs/braille_noDelay_bias_zero.nir` under the input of its golden case.
//!
//! After each step the UART sends a line: the spikes of the readout in the first word, those of the recurrent layer in the
//! others. With the feature `timed` it sends instead the ticks of the step, twice.

/// Written by `glif freeze`, of the network that `glif import --step-time 0.1` writes.
#[path = "braille/f32.rs"]
#[allow(unreachable_pub, reason = "its users decide who may see it")]
mod frozen;

use crate::board::Uart;
use crate::clock::{Clock, Ticks};
pub(crate) use frozen::Network as State;
use frozen::{Network, Outside};

/// The network at rest.
pub(crate) const START: Network = Network::START;

/// The input: for each step 16 bits, of which bit i is source i, in little-endian order.
static INPUT: &[u8] = include_bytes!("braille/input.bin");

/// Runs the network, and then waits forever.
pub(crate) fn run(uart: &mut Uart, network: &mut Network) -> ! {
    let clock = Clock::new();
    for step in INPUT.chunks_exact(2) {
        let word = step.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
        let outside = Outside { input: &[word], ..Outside::default() };
        let mut ticks = Ticks::default();
        // The only error is a length mismatch, and the types make the lengths agree.
        if clock.time(&mut ticks, || network.step(&outside)).is_ok() {
            let ([low, high], [readout]) = (network.lif1_lif_spikes, network.lif2_spikes);
            match cfg!(feature = "timed") {
                true => crate::line(uart, &[ticks.sum, ticks.most]),
                false => crate::line(uart, &[low, high, readout]),
            }
        }
    }
    loop {
        core::hint::spin_loop();
    }
}
