//! The step of neurons of a population, a tile after another: what a step computes for a tile stays in the first cache.

use std::ops::Range;

use glif_core::network::{Draw, Synaptic, synapse};
use glif_core::rounding::Rounding;
use glif_core::spec::Stored;
use glif_core::{DynCoefficients, Jumps, MOST_JUMPS, RngCounter};

use super::delivery::arrive;
use super::{Delivered, Kind, Neurons, Route, Stimulus, SynapseState};
use crate::kernel::Kernel as _;
use crate::memory;
use crate::sweep::{Cells, Sweep};
use crate::vectors::vectorised;

/// Neurons of a tile: a whole number of spike words.
const TILE: usize = 2048;

/// Memory for a step of the neurons of a tile.
#[derive(Debug, Clone)]
pub(in super::super) struct Scratch<S: Stored> {
    /// What arrives at each synapse, nA or mV. It is nothing between steps.
    arrived: Vec<Vec<S::Wide>>,
    sums: Vec<S::Wide>,
    /// Currents, nA.
    currents: Vec<S>,
    jump_sums: Vec<Vec<S::Wide>>,
    /// The terms of the membranes' jumps, mV, one after another.
    jumps: Vec<Vec<S::Accumulator>>,
}

impl<S: Stored> Scratch<S> {
    /// Returns memory for populations with as many synapses and terms; `None` if it does not fit.
    pub(in super::super) fn new(synapses: usize, terms: usize) -> Option<Self> {
        Some(Self {
            arrived: each(synapses, S::NOTHING)?,
            sums: memory::filled(S::NOTHING, TILE)?,
            currents: memory::filled(S::ZERO_STATE, TILE)?,
            jump_sums: each(terms, S::NOTHING)?,
            jumps: each(terms, S::ZERO)?,
        })
    }

    /// Forgets what a step that failed has left.
    pub(super) fn clear(&mut self) {
        self.arrived.iter_mut().for_each(|arrived| arrived.fill(S::NOTHING));
    }
}

/// Returns `count` arrays for a tile.
fn each<T: Copy>(count: usize, value: T) -> Option<Vec<Vec<T>>> {
    (0..count).map(|_| memory::filled(value, TILE)).collect()
}

/// A synapse of all neurons of a population, or of some.
pub(super) trait Landing<S: Synaptic> {
    /// Returns what it does to these neurons, and their states; `None` if it is not used.
    fn part(&mut self, range: Range<usize>) -> Option<(&Kind<S>, &mut [S])>;
}

impl<S: Synaptic> Landing<S> for SynapseState<S> {
    fn part(&mut self, range: Range<usize>) -> Option<(&Kind<S>, &mut [S])> {
        self.used.then(|| (&self.kind, self.state.get_mut(range).unwrap_or_default()))
    }
}

/// What all neurons of a population share in a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shared<'a, S: Stored, Q: Rounding> {
    sweep: Sweep<'a, DynCoefficients<S, Q>>,
    stimuli: &'a [Stimulus<S>],
    summed: bool,
    terms: usize,
    draw: Draw,
}

/// Neurons of a population, and their synapses.
#[derive(Debug)]
pub(super) struct Group<'a, S: Stored, L> {
    pub(super) cells: Cells<'a, S>,
    pub(super) synapses: L,
}

/// All neurons of a population.
type Whole<'a, S> = Group<'a, S, &'a mut [SynapseState<S>]>;

impl<S: Stored, Q: Rounding> Neurons<S, Q> {
    /// Borrows the neurons of a population that is [ready](crate::Population::ready), to make steps from that of `draw` on.
    /// The population has made them when it is closed.
    pub(super) fn open(&mut self, draw: Draw) -> (Shared<'_, S, Q>, Whole<'_, S>) {
        let Self { population, options, synapses, stimuli, outside, summed, terms, .. } = self;
        let (sweep, cells) = population.open(outside, *options);
        let shared = Shared { sweep, stimuli, summed: *summed, terms: *terms, draw };
        (shared, Group { cells, synapses })
    }
}

impl<S: Stored, Q: Rounding> Shared<'_, S, Q> {
    /// Makes the step that is `later` steps after the first, with what projections have delivered to the population.
    pub(super) fn advance<L: Landing<S>, I: AsMut<[i32]>, W: AsMut<[S::Wide]>>(
        &self,
        group: &mut Group<'_, S, impl AsMut<[L]>>,
        later: u64,
        member: usize,
        (routes, delivered): (&[Route<S>], &mut [Delivered<I, W>]),
        scratch: &mut Scratch<S>,
    ) {
        let Group { cells, synapses } = group;
        let (outside, neurons) = (cells.currents, cells.membrane.len());
        let (synapses, rounding) = (synapses.as_mut(), self.sweep.neuron.rounding());
        let draw = Draw { step: self.draw.step + later, ..self.draw };
        for start in (0..neurons).step_by(TILE) {
            let tile = start..neurons.min(start + TILE);
            let (first, count) = (cells.first + start, tile.len());
            self.drive(draw, first, &outside[tile.clone()], scratch);
            for (route, delivered) in routes.iter().zip(&mut *delivered).filter(|(route, _)| route.to == member) {
                let Some(arrived) = scratch.arrived.get_mut(route.synapse) else { continue };
                let integers = delivered.integers.as_mut().get_mut(tile.clone()).unwrap_or_default();
                let scalars = delivered.scalars.as_mut().get_mut(tile.clone()).unwrap_or_default();
                arrive(route, first, (integers, scalars), &mut arrived[..count]);
            }
            let at = RngCounter { step: draw.step, neuron: first as u32 };
            gather(synapses, tile.clone(), (self.summed, self.terms), scratch, rounding, at);
            let currents = if self.summed { &scratch.currents[..count] } else { &outside[tile.clone()] };
            self.sweep.part(cells, tile, later, currents, jumps(&scratch.jumps[..self.terms], count));
        }
    }

    /// Begins the sums of neurons from number `first` on with the currents from outside, and adds the stimuli.
    fn drive(&self, draw: Draw, first: usize, outside: &[S], scratch: &mut Scratch<S>) {
        let sums = &mut scratch.sums[..outside.len()];
        if self.summed {
            sums.iter_mut().zip(outside).for_each(|(sum, current)| *sum = current.widened());
        }
        for Stimulus { source, synapse, number } in self.stimuli {
            let draw = Draw { stimulus: *number, ..draw };
            match synapse.map(|synapse| scratch.arrived.get_mut(synapse)) {
                None => source.add(draw, first, sums),
                Some(arrived) => arrived.into_iter().for_each(|to| source.add(draw, first, &mut to[..outside.len()])),
            }
        }
    }
}

/// Returns the terms of the jumps of `count` neurons.
fn jumps<S: Stored>(jumps: &[Vec<S::Accumulator>], count: usize) -> Jumps<'_, S> {
    let mut terms: [&[S::Accumulator]; MOST_JUMPS] = [&[]; MOST_JUMPS];
    // Never more terms: the description is checked.
    terms.iter_mut().zip(jumps).for_each(|(to, from)| *to = &from[..count]);
    Jumps::new(&terms).unwrap_or(Jumps::NONE)
}

vectorised! {
/// Turns what arrived at neurons from number `at.neuron` on, those of a tile, into the currents and the jumps of a step.
fn gather<S: Stored, Q: Rounding, L: Landing<S>>(
    synapses: &mut [L],
    tile: Range<usize>,
    (summed, terms): (bool, usize),
    scratch: &mut Scratch<S>,
    rounding: Q,
    at: RngCounter,
) {
    let Scratch { arrived, sums, currents, jump_sums, jumps } = scratch;
    let (first, count) = (at.neuron as usize, tile.len());
    let (sums, jump_sums) = (&mut sums[..count], &mut jump_sums[..terms]);
    for sums in &mut *jump_sums {
        sums[..count].fill(S::NOTHING);
    }
    let mut term = 0;
    for (number, (synapse, arrived)) in synapses.iter_mut().zip(arrived).enumerate() {
        let Some((kind, state)) = synapse.part(tile.clone()) else { continue };
        let (number, arrived) = (number as u32, &mut arrived[..count]);
        match kind {
            Kind::Current => synapse::pass::<S>(arrived, sums),
            Kind::Delta => {
                if let Some(sums) = jump_sums.get_mut(term) {
                    synapse::pass::<S>(arrived, &mut sums[..count]);
                }
            }
            Kind::Held { decay } => {
                let decay = decay.values_from(first);
                synapse::Exponential::<S, Q> { decay, rounding, number }.advance(state, arrived, at);
                synapse::hold(state, sums);
            }
            Kind::Exact { decay, factor } => {
                if let Some(sums) = jump_sums.get_mut(term) {
                    synapse::propagate(state, factor.values_from(first), &mut sums[..count]);
                }
                let decay = decay.values_from(first);
                synapse::Exponential::<S, Q> { decay, rounding, number }.advance(state, arrived, at);
            }
        }
        if !S::EXACT && matches!(kind, Kind::Delta | Kind::Exact { .. }) {
            term += 1;
        }
    }
    if summed {
        synapse::set_currents(sums, &mut currents[..count]);
    }
    for (sums, jumps) in jump_sums.iter().zip(jumps) {
        synapse::set_jumps::<S>(&sums[..count], &mut jumps[..count]);
    }
}
}
