//! The inputs of a population in a step: from what projections and stimuli bring to currents and jumps.

use core::ops::Range;

use super::projection::Sums;
use super::random::{Draw, reached};
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
    /// Factor of sums in the number format; `None` if they are not scaled.
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
    #[cfg_attr(any(target_arch = "x86_64", target_arch = "aarch64"), inline(always))]
    #[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), inline(never))]
    fn add(&self, draw: Draw, first: usize, to: &mut [S::Wide]) {
        match *self {
            Self::Constant { value } => add_values(value, first, to),
            Self::Step { before, after, onset } => {
                add_values(if draw.step < onset { before } else { after }, first, to);
            }
            Self::Poisson { thresholds, weight } => {
                // Two neurons share a draw, and the first of a chunk has an even number.
                for (pair, to) in (first / 2..).zip(to.chunks_mut(2)) {
                    for ((to, number), neuron) in to.iter_mut().zip(draw.numbers(pair as u32, 0)).zip(2 * pair..) {
                        let count = reached(number, thresholds);
                        if count > 0 {
                            *to = *to + S::weighed(count as i32, &weight.at(neuron));
                        }
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

/// Where the inputs of a population are, for [`gather`]. What does not exist is left out.
pub trait Wiring<S: Synaptic, Q> {
    /// Returns the currents from outside, nA; empty if there are none.
    fn outside(&self) -> &[S];
    /// Calls `each` with the built-in stimuli that arrive at a synapse, or with those that are currents, in the order in
    /// which a neuron adds them.
    fn each_stimulus(&self, synapse: Option<usize>, each: impl FnMut(Stimulus<'_, S>));
    /// Calls `each` with what projections have delivered to a synapse, in the order in which the synapse adds it.
    fn each_arrival(&mut self, synapse: usize, each: impl FnMut(Arrival<'_, S>));
    /// Returns the number of synapses.
    fn synapses(&self) -> usize;
    /// Returns a synapse; they are in the order in which a neuron adds them.
    fn synapse(&mut self, number: usize) -> Option<Synapse<'_, S, Q>>;
    /// Returns the currents of the step, nA.
    fn currents(&mut self) -> &mut [S];
    /// Returns a term of the jumps of the step, mV.
    fn jump(&mut self, term: usize) -> &mut [S::Accumulator];
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
    /// Sets the currents of a step, nA, and its jumps, mV, and advances the synapses, as [`gather`] does.
    pub fn gather(&mut self, at: RngCounter, currents: &mut [S], jumps: &mut [&mut [S::Accumulator]]) {
        let neurons = jumps.iter().map(|jump| jump.len()).fold(currents.len(), usize::max);
        let draw = self.draw;
        gather(&mut Arrays { inputs: self, currents, jumps }, neurons, at, draw);
    }
}

/// Inputs in arrays, with room for what they become.
struct Arrays<'r, 'a, 'b, 'j, S: Synaptic, Q> {
    inputs: &'r mut Inputs<'a, 'b, S, Q>,
    currents: &'r mut [S],
    jumps: &'r mut [&'j mut [S::Accumulator]],
}

impl<S: Synaptic, Q: Rounding> Wiring<S, Q> for Arrays<'_, '_, '_, '_, S, Q> {
    #[inline(always)]
    fn outside(&self) -> &[S] {
        self.inputs.outside
    }

    #[inline(always)]
    fn each_stimulus(&self, synapse: Option<usize>, each: impl FnMut(Stimulus<'_, S>)) {
        self.inputs.stimuli.iter().filter(|stimulus| stimulus.synapse == synapse).copied().for_each(each);
    }

    #[inline(always)]
    fn each_arrival(&mut self, synapse: usize, mut each: impl FnMut(Arrival<'_, S>)) {
        for arrival in self.inputs.arrivals.iter_mut().filter(|arrival| arrival.synapse == synapse) {
            each(Arrival { sums: arrival.sums.reborrow(), ..*arrival });
        }
    }

    #[inline(always)]
    fn synapses(&self) -> usize {
        self.inputs.synapses.len()
    }

    #[inline(always)]
    fn synapse(&mut self, number: usize) -> Option<Synapse<'_, S, Q>> {
        self.inputs.synapses.get_mut(number).map(|synapse| match synapse {
            Synapse::Current => Synapse::Current,
            Synapse::Delta => Synapse::Delta,
            Synapse::Held { exponential, state } => Synapse::Held { exponential: *exponential, state },
            Synapse::Exact { exponential, factor, state } => {
                Synapse::Exact { exponential: *exponential, factor: *factor, state }
            }
        })
    }

    #[inline(always)]
    fn currents(&mut self) -> &mut [S] {
        self.currents
    }

    #[inline(always)]
    fn jump(&mut self, term: usize) -> &mut [S::Accumulator] {
        self.jumps.get_mut(term).map_or(&mut [], |jump| &mut **jump)
    }
}

/// Sets the currents of a step of `neurons` neurons, nA, and its jumps, mV, and advances the synapses.
///
/// A jump is the sum of all terms if sums are [exact](Synaptic::EXACT). Otherwise it is one term of
/// [`Jumps`](crate::Jumps): that of the nth synapse that makes jumps is term n. A term for which there is no room is left
/// out.
#[inline(always)] // a program has one or two kinds of wiring
pub fn gather<S: Synaptic, Q: Rounding, W: Wiring<S, Q>>(wiring: &mut W, neurons: usize, at: RngCounter, draw: Draw) {
    for first in (0..neurons).step_by(CHUNK) {
        let count = CHUNK.min(neurons - first);
        let range = first..first + count;
        let (mut whole, mut moved) = ([S::NOTHING; CHUNK], [S::NOTHING; CHUNK]);
        for (sum, current) in whole.iter_mut().zip(wiring.outside().get(range.clone()).unwrap_or_default()) {
            *sum = current.widened();
        }
        let at = at.after(first);
        let taken = |values: &mut [S::Wide; CHUNK]| core::mem::replace(values, [S::NOTHING; CHUNK]);
        drive(wiring, None, draw, first, whole.get_mut(..count).unwrap_or_default());
        let mut term = 0;
        for number in 0..wiring.synapses() {
            let mut arrived = [S::NOTHING; CHUNK];
            let arrived = arrived.get_mut(..count).unwrap_or_default();
            drive(wiring, Some(number), draw, first, arrived);
            arrive(wiring, number, range.clone(), arrived);
            let Some(synapse) = wiring.synapse(number) else { continue };
            let jumps = match synapse {
                Synapse::Current => {
                    synapse::pass::<S>(arrived, &mut whole);
                    false
                }
                Synapse::Delta => {
                    synapse::pass::<S>(arrived, &mut moved);
                    true
                }
                Synapse::Held { exponential, state } => {
                    let state = state.get_mut(range.clone()).unwrap_or_default();
                    exponential.part(range.clone()).advance(state, arrived, at);
                    synapse::hold(state, &mut whole);
                    false
                }
                Synapse::Exact { exponential, factor, state } => {
                    let state = state.get_mut(range.clone()).unwrap_or_default();
                    synapse::propagate(state, factor.part(range.clone()), &mut moved);
                    exponential.part(range.clone()).advance(state, arrived, at);
                    true
                }
            };
            if jumps && !S::EXACT {
                set_jump::<S>(wiring.jump(term), range.clone(), &taken(&mut moved));
                term += 1;
            }
        }
        if S::EXACT {
            set_jump::<S>(wiring.jump(0), range.clone(), &moved);
        }
        synapse::set_currents(&whole, wiring.currents().get_mut(range).unwrap_or_default());
    }
}

/// Adds what stimuli bring to a synapse of the neurons from number `first` on, or as currents.
#[cfg_attr(any(target_arch = "x86_64", target_arch = "aarch64"), inline(always))]
#[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), inline(never))] // as there are two calls
fn drive<S: Synaptic, Q: Rounding, W: Wiring<S, Q>>(
    wiring: &W,
    synapse: Option<usize>,
    draw: Draw,
    first: usize,
    to: &mut [S::Wide],
) {
    wiring.each_stimulus(synapse, |Stimulus { source, number, .. }| {
        source.add(Draw { stimulus: number, ..draw }, first, to);
    });
}

/// Adds what projections have delivered to a synapse of the neurons in `range`.
#[inline(always)]
fn arrive<S: Synaptic, Q: Rounding, W: Wiring<S, Q>>(
    wiring: &mut W,
    synapse: usize,
    range: Range<usize>,
    to: &mut [S::Wide],
) {
    wiring.each_arrival(synapse, |Arrival { sums, scale, factor, .. }| match sums {
        Sums::Integers(sums) => {
            let sums = sums.get_mut(range.clone()).unwrap_or_default();
            synapse::arrive::<S>(sums, scale.part(range.clone()), to);
        }
        Sums::Scalars(sums) if !S::EXACT => {
            let factor = factor.map(|factor| factor.part(range.clone()));
            synapse::arrive_scalars::<S>(sums.get_mut(range.clone()).unwrap_or_default(), factor, to);
        }
        Sums::Scalars(_) => {} // never: fixed point has integers only
    });
}

/// Sets a term of the jumps of the neurons in `range`.
fn set_jump<S: Synaptic>(jump: &mut [S::Accumulator], range: Range<usize>, sums: &[S::Wide]) {
    if let Some(to) = jump.get_mut(range) {
        synapse::set_jumps::<S>(sums, to);
    }
}
