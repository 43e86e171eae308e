//! The inputs of a population in a step: from what projections and stimuli bring to currents and jumps.

use super::projection::Sums;
use super::random::Draw;
use super::synapse::{self, Exponential};
use super::synaptic::Synaptic;
use crate::neuron::RngCounter;
use crate::own::Values;
use crate::rounding::Rounding;

/// Neurons whose sums are on the stack together.
const CHUNK: usize = 32;

/// What a projection has delivered to a population.
#[derive(Debug)]
pub struct Arrival<'a, S: Synaptic> {
    /// Number of the synapse of the population at which it arrives.
    pub synapse: usize,
    /// The sums, one for each neuron. They are emptied.
    pub sums: Sums<'a, S>,
    /// Current, nA, or jump, mV, of a unit of integer weights.
    pub scale: Values<'a, S::Scale>,
    /// Factor of sums in the number format; `None` if there is none.
    pub factor: Option<Values<'a, S::Scale>>,
}

/// A synapse of a population.
#[derive(Debug)]
pub enum Synapse<'a, S: Synaptic, Q> {
    /// What arrives is current for the step.
    Current,
    /// What arrives moves the membrane in the step.
    Delta,
    /// What arrives is added to a decaying current, which acts through the whole step.
    Held {
        /// The decay.
        exponential: Exponential<'a, S, Q>,
        /// Current of each neuron, nA.
        state: &'a mut [S],
    },
    /// A decaying current as it is before the step acts by the exact propagator. What arrives is added to it after that.
    Exact {
        /// The decay.
        exponential: Exponential<'a, S, Q>,
        /// Propagator of each neuron: jump of the membrane, mV, for a current of 1 nA.
        factor: Values<'a, S::Scale>,
        /// Current of each neuron, nA.
        state: &'a mut [S],
    },
}

/// A built-in stimulus of a population.
#[derive(Debug, Clone, Copy)]
pub struct Stimulus<'a, S: Synaptic> {
    /// What it brings.
    pub source: Source<'a, S>,
    /// Number of the synapse at which it arrives; `None` for a current.
    pub synapse: Option<usize>,
    /// Number among the stimuli of the network.
    pub number: u16,
}

/// What a built-in stimulus brings.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a, S: Synaptic> {
    /// The same in each step.
    Constant {
        /// The value.
        value: Values<'a, S>,
    },
    /// A value that changes once.
    Step {
        /// Value before the onset.
        before: Values<'a, S>,
        /// Value from the onset on.
        after: Values<'a, S>,
        /// First step of the second value.
        onset: u64,
    },
    /// Random spikes.
    Poisson {
        /// Cumulative probabilities of the numbers of spikes in a step, in units of 2⁻⁶⁴.
        thresholds: &'a [u64],
        /// What a spike brings.
        weight: Values<'a, S::Scale>,
    },
}

impl<S: Synaptic> Source<'_, S> {
    /// Adds what the stimulus brings to the neurons from number `first` on.
    #[inline(always)]
    fn add(&self, draw: Draw, first: usize, to: &mut [S::Wide]) {
        match *self {
            Self::Constant { value } => add_values(value, first, to),
            Self::Step { before, after, onset } => {
                add_values(if draw.step < onset { before } else { after }, first, to);
            }
            Self::Poisson { thresholds, weight } => {
                for (i, to) in to.iter_mut().enumerate() {
                    let count = draw.count((first + i) as u32, thresholds);
                    if count > 0 {
                        *to = *to + S::weighed(count as i32, &weight.at(first + i));
                    }
                }
            }
        }
    }
}

fn add_values<S: Synaptic>(value: Values<'_, S>, first: usize, to: &mut [S::Wide]) {
    for (i, to) in to.iter_mut().enumerate() {
        *to = *to + value.at(first + i).widened();
    }
}

/// The inputs of a population in a step.
#[derive(Debug)]
pub struct Inputs<'a, 'b, S: Synaptic, Q> {
    /// Currents from outside, nA; empty if there are none.
    pub outside: &'a [S],
    /// Built-in stimuli, in the order in which a neuron adds them.
    pub stimuli: &'a [Stimulus<'a, S>],
    /// What projections have delivered, in the order in which a synapse adds it.
    pub arrivals: &'a mut [Arrival<'b, S>],
    /// The synapses, in the order in which a neuron adds them.
    pub synapses: &'a mut [Synapse<'b, S, Q>],
    /// Place of the step in the random numbers of stimuli.
    pub draw: Draw,
}

impl<S: Synaptic, Q: Rounding> Inputs<'_, '_, S, Q> {
    /// Sets the currents of a step, nA, and its jumps, mV, and advances the synapses.
    ///
    /// A jump is the sum of all terms if sums are [exact](Synaptic::EXACT). Otherwise it is one term of
    /// [`Jumps`](crate::Jumps): that of the nth synapse that makes jumps is in `jumps[n]`. A term for which there is no
    /// slice is left out.
    pub fn gather(&mut self, at: RngCounter, currents: &mut [S], jumps: &mut [&mut [S::Accumulator]]) {
        let Self { outside, stimuli, arrivals, synapses, draw } = self;
        let neurons = jumps.iter().map(|jump| jump.len()).fold(currents.len(), usize::max);
        for first in (0..neurons).step_by(CHUNK) {
            let count = CHUNK.min(neurons - first);
            let range = first..first + count;
            let (mut whole, mut moved) = ([S::NOTHING; CHUNK], [S::NOTHING; CHUNK]);
            for (sum, current) in whole.iter_mut().zip(outside.get(range.clone()).unwrap_or_default()) {
                *sum = current.widened();
            }
            let at = at.after(first);
            let driven = |synapse: Option<usize>, to: &mut [S::Wide]| {
                for stimulus in stimuli.iter().filter(|stimulus| stimulus.synapse == synapse) {
                    stimulus.source.add(Draw { stimulus: stimulus.number, ..*draw }, first, to);
                }
            };
            let taken = |values: &mut [S::Wide; CHUNK]| core::mem::replace(values, [S::NOTHING; CHUNK]);
            driven(None, whole.get_mut(..count).unwrap_or_default());
            let mut term = 0;
            for (number, synapse) in synapses.iter_mut().enumerate() {
                let mut arrived = [S::NOTHING; CHUNK];
                let arrived = arrived.get_mut(..count).unwrap_or_default();
                driven(Some(number), arrived);
                for arrival in arrivals.iter_mut().filter(|arrival| arrival.synapse == number) {
                    let scale = arrival.scale.part(range.clone());
                    let factor = arrival.factor.map(|factor| factor.part(range.clone()));
                    match &mut arrival.sums {
                        Sums::Integers(sums) => {
                            synapse::arrive::<S>(sums.get_mut(range.clone()).unwrap_or_default(), scale, arrived);
                        }
                        Sums::Scalars(sums) => {
                            synapse::arrive_scalars::<S>(
                                sums.get_mut(range.clone()).unwrap_or_default(),
                                factor,
                                arrived,
                            );
                        }
                    }
                }
                let mut jumps_with = |moved: &mut [S::Wide; CHUNK]| {
                    if !S::EXACT {
                        set_jump::<S>(jumps, term, first, &taken(moved), count);
                        term += 1;
                    }
                };
                match synapse {
                    Synapse::Current => synapse::pass::<S>(arrived, &mut whole),
                    Synapse::Delta => {
                        synapse::pass::<S>(arrived, &mut moved);
                        jumps_with(&mut moved);
                    }
                    Synapse::Held { exponential, state } => {
                        let state = state.get_mut(range.clone()).unwrap_or_default();
                        exponential.part(range.clone()).advance(state, arrived, at);
                        synapse::hold(state, &mut whole);
                    }
                    Synapse::Exact { exponential, factor, state } => {
                        let state = state.get_mut(range.clone()).unwrap_or_default();
                        synapse::propagate(state, factor.part(range.clone()), &mut moved);
                        exponential.part(range.clone()).advance(state, arrived, at);
                        jumps_with(&mut moved);
                    }
                }
            }
            if S::EXACT {
                set_jump::<S>(jumps, 0, first, &moved, count);
            }
            synapse::set_currents(&whole, currents.get_mut(range).unwrap_or_default());
        }
    }
}

/// Sets a term of the jumps of `count` neurons from number `first` on.
fn set_jump<S: Synaptic>(
    jumps: &mut [&mut [S::Accumulator]],
    term: usize,
    first: usize,
    sums: &[S::Wide],
    count: usize,
) {
    if let Some(to) = jumps.get_mut(term).and_then(|jump| jump.get_mut(first..first + count)) {
        synapse::set_jumps::<S>(sums, to);
    }
}
