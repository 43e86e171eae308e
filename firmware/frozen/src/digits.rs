//! The network of `examples/digits`, over its test samples: in 16.16 fixed point, or with the feature `i8f8` in 8.8.
//!
//! For each sample the UART sends a line: the label and the class in the last two hexadecimal digits of the first word, and
//! in the second a checksum of the spikes of both layers in every step. With the feature `timed` it sends instead the ticks
//! of the longest step and of all steps.

/// Written by `glif freeze`, of the network that `glif import examples/digits/digits.nir --step-time 1 --weights i8` writes.
#[cfg_attr(feature = "i8f8", path = "digits/i8f8.rs")]
#[cfg_attr(not(feature = "i8f8"), path = "digits/i16f16.rs")]
#[allow(unreachable_pub, reason = "its users decide who may see it")]
mod frozen;

use crate::board::Uart;
use crate::clock::{Clock, Ticks};
pub(crate) use frozen::Network as State;
use frozen::{Network, Outside};

/// The network at rest.
pub(crate) const START: Network = Network::START;

/// The samples: the label, and the brightness of each pixel, 0 to 16.
static SAMPLES: &[u8] = include_bytes!("digits/samples.bin");
const PIXELS: usize = 64;
const DIGITS: usize = 10;
const STEPS: u32 = 16;

/// Runs every sample from rest, and then waits forever.
pub(crate) fn run(uart: &mut Uart, network: &mut Network) -> ! {
    let clock = Clock::new();
    for sample in SAMPLES.chunks_exact(1 + PIXELS) {
        let Some((label, brightness)) = sample.split_first() else { continue };
        *network = START;
        let (mut counts, mut checksum, mut ticks) = ([0_u8; DIGITS], 0, Ticks::default());
        for step in 0..STEPS {
            let pixels = fired(brightness, step);
            let outside = Outside { input: &pixels, ..Outside::default() };
            // The only error is a length mismatch, and the types make the lengths agree.
            if clock.time(&mut ticks, || network.step(&outside)).is_ok() {
                let [digits] = network.digit_spikes;
                for (digit, count) in counts.iter_mut().enumerate() {
                    *count += (digits >> digit & 1) as u8;
                }
                let words = network.hidden_spikes.into_iter().chain([digits]);
                checksum = words.fold(checksum, mixed);
            }
        }
        match cfg!(feature = "timed") {
            true => crate::line(uart, &[ticks.sum, ticks.most]),
            false => crate::line(uart, &[checksum, u32::from(*label) << 4 | class(&counts)]),
        }
    }
    loop {
        core::hint::spin_loop();
    }
}

/// Returns the spikes of the pixels in a step. A pixel of brightness b fires b times in 16 steps, as evenly as it goes.
fn fired(brightness: &[u8], step: u32) -> [u32; PIXELS.div_ceil(32)] {
    let mut words = [0; PIXELS.div_ceil(32)];
    for (word, pixels) in words.iter_mut().zip(brightness.chunks(32)) {
        for (bit, brightness) in pixels.iter().enumerate() {
            let until = |step: u32| step * u32::from(*brightness) / STEPS;
            *word |= (until(step + 1) - until(step)) << bit;
        }
    }
    words
}

/// Mixes a word into a checksum, as FNV-1a does it with bytes.
fn mixed(checksum: u32, word: u32) -> u32 {
    (checksum ^ word).wrapping_mul(16_777_619)
}

/// Returns the digit that fires most, of equals the lowest.
fn class(counts: &[u8; DIGITS]) -> u32 {
    let mut best = (0, 0);
    for (digit, count) in counts.iter().enumerate() {
        if *count > best.1 {
            best = (digit as u32, *count);
        }
    }
    best.0
}
