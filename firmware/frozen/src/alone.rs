//! The population of `examples/frozen.toml`, in 16.16 fixed point on a Cortex-M0 or M0+ and in f32 on a Cortex-M4F. Its
//! currents are [`quarter_nanoamperes`]. After each step the UART sends its spikes as a line of hexadecimal digits, with
//! neuron 0 in the last bit.
//!
//! With the feature `allen` the population is one mouse cortical neuron, GLIF5, under a step of 250 pA. The UART
//! then sends the number of each step in which it fires.

/// Written by `glif freeze examples/frozen.toml` with `--scalar f32` or `i16f16`; with the feature `allen`, by `glif freeze
/// examples/allen/lif_r_asc_a.toml`.
#[cfg_attr(feature = "allen", path = "population/allen.rs")]
#[cfg_attr(all(feature = "an386", not(feature = "allen")), path = "population/f32.rs")]
#[cfg_attr(not(feature = "an386"), path = "population/i16f16.rs")]
#[allow(unreachable_pub, reason = "its users decide who may see it")]
mod population;

use glif_core::RngCounter;
#[cfg(not(feature = "an386"))]
use glif_core::fixed::types::I16F16;

use crate::board::Uart;
pub(crate) use population::{AT_REST as START, Arrays as State};
use population::{FLAGS, NEURON, NEURONS};

/// Steps the population forever.
pub(crate) fn run(uart: &mut Uart, state: &mut State) -> ! {
    let mut spikes = [0; NEURONS.div_ceil(32)];
    let mut step = 0_u32;
    loop {
        let currents = core::array::from_fn::<_, NEURONS, _>(|i| current(quarter_nanoamperes(step, i as u32)));
        let at = RngCounter { step: step.into(), neuron: 0 };
        // The only error is a length mismatch, and the types make the lengths agree.
        if NEURON.run(state.as_mut(), &currents, FLAGS, at, &mut spikes).is_ok() {
            if !cfg!(feature = "allen") {
                crate::line(uart, &spikes);
            } else if spikes.iter().any(|word| *word != 0) {
                crate::line(uart, &[step]);
            }
        }
        step = step.wrapping_add(1);
        #[cfg(feature = "disprove")]
        assert!(step > 0, "a panic path");
    }
}

/// Returns the current at a neuron and step, in quarters of a nanoampere. It rises from 0 to 31.5 nA within 512
/// steps and then drops to 0. Each neuron is half a nanoampere ahead of the previous one.
///
/// The mouse neuron gets 250 pA from 50 to 450 ms of each 500 ms.
fn quarter_nanoamperes(step: u32, neuron: u32) -> u8 {
    if cfg!(feature = "allen") {
        u8::from((1_000..9_000).contains(&(step % 10_000)))
    } else {
        ((step >> 3).wrapping_add(neuron) & 63) as u8 * 2
    }
}

/// Converts quarters of a nanoampere to nA in f32.
#[cfg(feature = "an386")]
fn current(quarters: u8) -> f32 {
    f32::from(quarters) * 0.25
}

/// Converts quarters of a nanoampere to nA in 16.16 fixed point.
#[cfg(not(feature = "an386"))]
fn current(quarters: u8) -> I16F16 {
    I16F16::from_bits(i32::from(quarters) << 14)
}
