//! The inputs of neurons: from the sums of projections to currents and jumps, and the synapses' state.
//!
//! A line has what 64 neurons have, their number twice, the ticks for all, and the ticks for 32 of them. `gather` is a
//! current from outside alone; each of the others has one thing besides: a synapse, or a stimulus. `arrival` is a synapse
//! `current` with what one projection has delivered.

use core::hint::black_box;

use glif_core::Nearest;
use glif_core::RngCounter;
use glif_core::fixed::types::{I8F8, I16F16};
use glif_core::fixed_point::{OwnDecay16, OwnDecay32};
use glif_core::network::synapse::Exponential;
use glif_core::network::{Arrival, Draw, Inputs, Scale, Source, Stimulus, Sums, Synapse};
use glif_core::own::Values;

use crate::clock::Clock;
use crate::report;

const NEURONS: usize = 64;
const HALF: usize = 32;

/// Probabilities of up to three spikes in a step; a third of the neurons has one.
static THRESHOLDS: [u64; 3] = [0xa800_0000_0000_0000, 0xf000_0000_0000_0000, 0xfd00_0000_0000_0000];

macro_rules! format {
    ($clock:ident, $suffix:literal, $scalar:ty, $one:expr, $decay:expr, $scale:expr, $nothing:expr) => {{
        let outside = [$one; NEURONS];
        let (mut state, mut currents) = ([$one; NEURONS], [$one; NEURONS]);
        let (mut sums, mut jumps) = ([0_i32; NEURONS], [$nothing; NEURONS]);
        let decay = || Exponential { decay: Values { shared: $decay, own: &[] }, rounding: Nearest, number: 2 };
        let stimuli = |source| [Stimulus { source, synapse: None, number: 0 }];
        let constant = stimuli(Source::Constant { value: Values { shared: $one, own: &[] } });
        let weight = Values { shared: $scale, own: &[] };
        let poisson = stimuli(Source::Poisson { thresholds: &THRESHOLDS, weight });
        let mut measure = |name: &str, stimuli: &[Stimulus<'_, $scalar>], synapse: Option<u8>, arrives: bool| {
            let mut ticks = |neurons: usize| {
                let part = neurons.min(NEURONS);
                sums.fill(2);
                let state = state.get_mut(..part).unwrap_or_default();
                let mut arrivals = [Arrival {
                    synapse: 0,
                    sums: Sums::Integers(sums.get_mut(..part).unwrap_or_default()),
                    scale: Values { shared: $scale, own: &[] },
                    factor: None,
                }];
                let mut synapses: [Synapse<'_, $scalar, Nearest>; 1] = match synapse {
                    Some(1) => [Synapse::Delta],
                    Some(2) => [Synapse::Held { exponential: decay(), state }],
                    Some(3) => {
                        let factor = Values { shared: $scale, own: &[] };
                        [Synapse::Exact { exponential: decay(), factor, state }]
                    }
                    _ => [Synapse::Current],
                };
                let jumping = matches!(synapse, Some(1 | 3));
                let mut inputs = Inputs {
                    outside: outside.get(..part).unwrap_or_default(),
                    stimuli,
                    arrivals: if arrives { &mut arrivals } else { &mut [] },
                    synapses: if synapse.is_some() { &mut synapses } else { &mut [] },
                    draw: Draw { seed: 1, stimulus: 0, sample: 0, step: 5 },
                };
                let currents = currents.get_mut(..part).unwrap_or_default();
                let mut moved = [jumps.get_mut(..part).unwrap_or_default()];
                let at = RngCounter { step: 5, neuron: 0 };
                let before = $clock.ticks();
                let moved = if jumping { &mut moved[..] } else { &mut [] };
                black_box(&mut inputs).gather(at, black_box(currents), black_box(moved));
                $clock.since(before) as usize
            };
            let (half, all) = (ticks(HALF), ticks(NEURONS));
            report::line(name, NEURONS, NEURONS, [all, half]);
        };
        measure(concat!("gather-", $suffix), &[], None, false);
        measure(concat!("current-", $suffix), &[], Some(0), false);
        measure(concat!("arrival-", $suffix), &[], Some(0), true);
        measure(concat!("delta-", $suffix), &[], Some(1), false);
        measure(concat!("held-", $suffix), &[], Some(2), false);
        measure(concat!("exact-", $suffix), &[], Some(3), false);
        measure(concat!("constant-", $suffix), &constant, None, false);
        measure(concat!("poisson-", $suffix), &poisson, None, false);
    }};
}

pub(crate) fn all(clock: &mut Clock) {
    format!(clock, "f32", f32, 0.5_f32, 0.75_f32, 0.25_f32, 0.0_f32);
    let scale = || Scale { factor: 1 << 30, shift: 22 };
    let decay = OwnDecay32 { factor: -(1 << 29) };
    format!(clock, "i16f16", I16F16, I16F16::from_bits(0x8000), decay, scale(), 0_i32);
    let decay = OwnDecay16 { factor: -(1 << 12), shift: 0 };
    format!(clock, "i8f8", I8F8, I8F8::from_bits(0x80), decay, scale(), 0_i32);
}
