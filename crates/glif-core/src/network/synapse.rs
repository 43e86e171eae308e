//! The synapses of a population: from sums of weights to currents and jumps.
//!
//! Each function works on slices with a value for each of some neurons. Their lengths must be equal; a function stops at
//! the end of the shortest.
//!
//! With vectors, values that neurons share have their own loops. Without, the code is short instead.

use core::ops::Range;

use super::synaptic::Synaptic;
use crate::neuron::RngCounter;
use crate::own::Values;
use crate::rounding::Rounding;
use crate::run::VECTORS;

/// Number of the product that decays the first synapse among the products of a step, beyond those of all components.
const FIRST_SITE: u32 = 0x100;

/// Adds to `arrived` what a projection with integer weights has delivered, and empties its sums.
#[cfg_attr(any(target_arch = "x86_64", target_arch = "aarch64"), inline(always))]
#[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), inline(never))]
pub fn arrive<S: Synaptic>(sums: &mut [i32], scale: Values<'_, S::Scale>, arrived: &mut [S::Wide]) {
    if !VECTORS {
        for (i, (sum, arrived)) in sums.iter_mut().zip(arrived).enumerate() {
            *arrived = *arrived + S::weighed(*sum, &scale.at(i));
            *sum = 0;
        }
        return;
    }
    match scale.own {
        [] => {
            for (sum, arrived) in sums.iter_mut().zip(arrived) {
                *arrived = *arrived + S::weighed(*sum, &scale.shared);
                *sum = 0;
            }
        }
        scales => {
            for ((sum, arrived), scale) in sums.iter_mut().zip(arrived).zip(scales) {
                *arrived = *arrived + S::weighed(*sum, scale);
                *sum = 0;
            }
        }
    }
}

/// Adds to `arrived` what a projection with weights in the number format has delivered, times a factor if there is one,
/// and empties its sums.
#[cfg_attr(any(target_arch = "x86_64", target_arch = "aarch64"), inline(always))]
#[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), inline(never))]
pub fn arrive_scalars<S: Synaptic>(
    sums: &mut [S::Wide],
    factor: Option<Values<'_, S::Scale>>,
    arrived: &mut [S::Wide],
) {
    match factor {
        None => {
            for (sum, arrived) in sums.iter_mut().zip(arrived) {
                *arrived = *arrived + *sum;
                *sum = S::NOTHING;
            }
        }
        Some(factor) => {
            for (i, (sum, arrived)) in sums.iter_mut().zip(arrived).enumerate() {
                *arrived = *arrived + S::clamped(*sum).propagated(&factor.at(i));
                *sum = S::NOTHING;
            }
        }
    }
}

/// Adds what arrived at a synapse without state to the current or the jump of each neuron, and empties it.
#[cfg_attr(any(target_arch = "x86_64", target_arch = "aarch64"), inline(always))]
#[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), inline(never))]
pub fn pass<S: Synaptic>(arrived: &mut [S::Wide], to: &mut [S::Wide]) {
    for (arrived, to) in arrived.iter_mut().zip(to) {
        *to = *to + *arrived;
        *arrived = S::NOTHING;
    }
}

/// An exponential synapse: the state decays by a factor in each step.
#[derive(Debug, Clone, Copy)]
pub struct Exponential<'a, S: Synaptic, Q> {
    /// Decay factor of a step.
    pub decay: Values<'a, S::OwnDecay>,
    /// Rounding of the decay.
    pub rounding: Q,
    /// Number of the synapse among those of the population.
    pub number: u32,
}

impl<S: Synaptic, Q: Rounding> Exponential<'_, S, Q> {
    /// Returns the synapses of the neurons in `range`.
    #[inline(always)]
    pub(super) fn part(&self, range: Range<usize>) -> Self {
        Self { decay: self.decay.part(range), ..*self }
    }

    /// Decays the states, nA, adds what arrived, and empties it.
    #[cfg_attr(any(target_arch = "x86_64", target_arch = "aarch64"), inline(always))]
    #[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), inline(never))]
    pub fn advance(&self, state: &mut [S], arrived: &mut [S::Wide], at: RngCounter) {
        let Self { decay, rounding, number } = *self;
        let site = FIRST_SITE + number;
        if !VECTORS {
            for (i, (state, arrived)) in state.iter_mut().zip(arrived).enumerate() {
                let draw = rounding.draw(at.step, at.neuron.wrapping_add(i as u32));
                let factor = S::unpack_decay(&decay.at(i));
                *state = S::clamped(S::wide(S::decay(state.to_accumulator(), &factor, draw, site)) + *arrived);
                *arrived = S::NOTHING;
            }
            return;
        }
        match decay.own {
            [] => {
                let factor = S::unpack_decay(&decay.shared);
                for (i, (state, arrived)) in state.iter_mut().zip(arrived).enumerate() {
                    let draw = rounding.draw(at.step, at.neuron.wrapping_add(i as u32));
                    *state = S::clamped(S::wide(S::decay(state.to_accumulator(), &factor, draw, site)) + *arrived);
                    *arrived = S::NOTHING;
                }
            }
            decays => {
                for (i, ((state, arrived), decay)) in state.iter_mut().zip(arrived).zip(decays).enumerate() {
                    let draw = rounding.draw(at.step, at.neuron.wrapping_add(i as u32));
                    let factor = S::unpack_decay(decay);
                    *state = S::clamped(S::wide(S::decay(state.to_accumulator(), &factor, draw, site)) + *arrived);
                    *arrived = S::NOTHING;
                }
            }
        }
    }
}

/// Adds the states of a synapse, nA, to the current of each neuron.
#[cfg_attr(any(target_arch = "x86_64", target_arch = "aarch64"), inline(always))]
#[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), inline(never))]
pub fn hold<S: Synaptic>(state: &[S], current: &mut [S::Wide]) {
    for (state, current) in state.iter().zip(current) {
        *current = *current + state.widened();
    }
}

/// Adds the states of a synapse, nA, times a factor to the jump of each neuron.
#[cfg_attr(any(target_arch = "x86_64", target_arch = "aarch64"), inline(always))]
#[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), inline(never))]
pub fn propagate<S: Synaptic>(state: &[S], factor: Values<'_, S::Scale>, jump: &mut [S::Wide]) {
    if !VECTORS {
        for (i, (state, jump)) in state.iter().zip(jump).enumerate() {
            *jump = *jump + state.propagated(&factor.at(i));
        }
        return;
    }
    match factor.own {
        [] => {
            for (state, jump) in state.iter().zip(jump) {
                *jump = *jump + state.propagated(&factor.shared);
            }
        }
        factors => {
            for ((state, jump), factor) in state.iter().zip(jump).zip(factors) {
                *jump = *jump + state.propagated(factor);
            }
        }
    }
}

/// Sets the currents of a step, nA, to the sums, limited to the range of the format.
#[cfg_attr(any(target_arch = "x86_64", target_arch = "aarch64"), inline(always))]
#[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), inline(never))]
pub fn set_currents<S: Synaptic>(sums: &[S::Wide], currents: &mut [S]) {
    for (sum, current) in sums.iter().zip(currents) {
        *current = S::clamped(*sum);
    }
}

/// Sets the jumps of a step, mV, to the sums.
#[cfg_attr(any(target_arch = "x86_64", target_arch = "aarch64"), inline(always))]
#[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), inline(never))]
pub fn set_jumps<S: Synaptic>(sums: &[S::Wide], jumps: &mut [S::Accumulator]) {
    for (sum, jump) in sums.iter().zip(jumps) {
        *jump = S::as_jump(*sum);
    }
}
