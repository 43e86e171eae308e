//! Networks in memory, and their step.

mod span;

use std::mem::take;
use std::time::{Duration, Instant};

use glif_core::network::{
    BitBlock, BitRows, Connections, Convolution, Delays, Draw, History, HistoryView, Projection, Sums, Synaptic,
    Targets, Weights, synapse,
};
use glif_core::own::Values;
use glif_core::rounding::Rounding;
use glif_core::spec::{ComponentCounts, Stored};
use glif_core::spikes::WORD;
use glif_core::{DynCoefficients, Jumps, MOST_JUMPS, RngCounter, StepOptions};

use super::NO_COMPONENTS;
use super::description::{BUILT_IN, NetworkDescription};
use super::parts::{NetworkParts, StateParts};
use super::report::{self, Connection, NetworkReport};
use super::route::QuantizationError;
use crate::Currents;
use crate::kernel::Kernel as _;
use crate::memory;
use crate::population::{CurrentError, Fired, Population};
use crate::record::{Recordable as _, Samples, Variable};
use crate::threads::{Part, Threads};
use crate::vectors::vectorised;

/// The operations of a network in any number format. A population is known by its number.
pub(super) trait Erased: Send + Sync {
    fn boxed(&self) -> Box<dyn Erased>;
    fn sample_number(&self) -> u32;
    fn capture(&self) -> Vec<super::snapshot::NodeState>;
    /// Sets the state of each population, or returns what is wrong with one of them.
    fn restore(&mut self, steps: u64, states: &[super::snapshot::NodeState]) -> Result<(), (usize, String)>;
    fn save_bytes(&self) -> u128;
    fn run(&mut self, steps: u64) -> Result<(), (usize, CurrentError)>;
    fn load(&mut self, member: usize, currents: Currents<'_>) -> Result<(), CurrentError>;
    fn most_spikes(&self, member: usize) -> u32;
    fn set_spikes(&mut self, member: usize, spikes: &[u32]) -> Option<()>;
    fn fired(&self, member: usize) -> Fired<'_>;
    fn counts(&self, member: usize) -> ComponentCounts;
    fn samples(&self) -> Samples;
    fn sample(&self, member: usize, variable: Variable, of: Option<&[usize]>, to: &mut Samples);
    fn synapse(&self, member: usize, number: usize) -> Vec<f64>;
    fn clear(&mut self);
    fn set_sample(&mut self, sample: u32);
    fn steps(&self) -> u64;
    fn set_threads(&mut self, count: usize) -> Result<(), crate::BuildError>;
    fn connections(&self) -> Vec<(usize, usize)>;
    fn parts(&self, description: &NetworkDescription) -> NetworkParts;
    fn state(&self, member: usize) -> StateParts;
    fn report(&self, description: &NetworkDescription) -> NetworkReport;
    fn visit(&self, projection: usize, visit: &mut dyn FnMut(Connection));
    fn time_delivery(&mut self) -> (Duration, u64);
    #[cfg(test)]
    fn set_share(&mut self, share: usize);
}

/// A coefficient of a synapse.
#[derive(Debug, Clone)]
pub(super) struct Column<T> {
    pub(super) shared: T,
    /// Empty if the neurons share the value.
    pub(super) own: Vec<T>,
}

impl<T: Copy> Column<T> {
    /// Returns the value of a neuron.
    pub(super) fn at(&self, neuron: usize) -> T {
        self.own.get(neuron).copied().unwrap_or(self.shared)
    }

    /// Returns the values of the neurons from number `first` on.
    fn values_from(&self, first: usize) -> Values<'_, T> {
        Values { shared: self.shared, own: self.own.get(first..).unwrap_or_default() }
    }
}

/// What a synapse does with what arrives.
#[derive(Debug, Clone)]
pub(super) enum Kind<S: Synaptic> {
    Current,
    Delta,
    Held { decay: Column<S::OwnDecay> },
    Exact { decay: Column<S::OwnDecay>, factor: Column<S::Scale> },
}

/// A synapse of a population.
#[derive(Debug, Clone)]
pub(super) struct SynapseState<S: Synaptic> {
    pub(super) kind: Kind<S>,
    /// Empty if nothing arrives.
    pub(super) arrived: Vec<S::Wide>,
    /// The current of each neuron, nA; empty if the synapse has no state.
    pub(super) state: Vec<S>,
}

impl<S: Synaptic> SynapseState<S> {
    /// Returns a synapse without arrays.
    pub(super) fn new(kind: Kind<S>) -> Self {
        Self { kind, arrived: Vec::new(), state: Vec::new() }
    }
}

/// A built-in stimulus.
#[derive(Debug, Clone)]
pub(super) struct Stimulus<S: Synaptic> {
    pub(super) source: Source<S>,
    /// Place of the synapse at which it arrives; `None` for a current.
    pub(super) synapse: Option<usize>,
    /// Number among the stimuli of the network.
    pub(super) number: u16,
}

/// What a built-in stimulus brings.
#[derive(Debug, Clone)]
pub(super) enum Source<S: Synaptic> {
    Constant { value: Column<S> },
    Step { before: Column<S>, after: Column<S>, onset: u64 },
    Noise { mean: Column<f64>, deviation: Column<f64> },
    Poisson { thresholds: Vec<u64>, ends: Vec<u32>, weight: Column<S::Scale> },
}

/// Neurons of a network.
#[derive(Debug, Clone)]
pub(super) struct Neurons<S: Stored, Q: Rounding> {
    pub(super) population: Population<DynCoefficients<S, Q>>,
    pub(super) options: StepOptions,
    /// First `current`, then `delta`, then the exponential synapses of the description.
    pub(super) synapses: Vec<SynapseState<S>>,
    pub(super) stimuli: Vec<Stimulus<S>>,
    /// Currents from outside, nA.
    pub(super) outside: Vec<S>,
    /// Currents of a step, nA; not used if the population has no synapse that makes currents.
    pub(super) currents: Vec<S>,
    pub(super) sums: Vec<S::Wide>,
    /// The terms of the membranes' jumps, mV, one after another.
    pub(super) jumps: Vec<Vec<S::Accumulator>>,
    pub(super) jump_sums: Vec<Vec<S::Wide>>,
}

/// A population of a network.
#[derive(Debug, Clone)]
pub(super) struct Node<S: Stored, Q: Rounding> {
    pub(super) neurons: usize,
    /// Longest delay of a projection from it, steps.
    pub(super) most_delay: usize,
    pub(super) history: Vec<u32>,
    pub(super) planes: usize,
    /// Greatest number of spikes that a neuron can have in a step.
    pub(super) most_spikes: u32,
    /// Spikes from outside of the next step, plane after plane; of the last step after it.
    pub(super) input: Vec<u32>,
    /// Neurons of an input that had a spike in the last step.
    pub(super) any: Vec<u32>,
    /// Whether `input` is of the next step.
    pub(super) fresh: bool,
    /// `None` for an input.
    pub(super) cells: Option<Neurons<S, Q>>,
}

/// The arrays of a projection.
#[derive(Debug, Clone)]
pub(super) struct Route<S: Synaptic> {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Place of the synapse among those of the target.
    pub(super) synapse: usize,
    pub(super) starts: Vec<u32>,
    pub(super) targets: StoredTargets,
    pub(super) weights: StoredWeights<S>,
    pub(super) delays: StoredDelays,
    pub(super) scale: Column<S::Scale>,
    /// What arrives of weights in the number format is multiplied by this.
    pub(super) normal: Option<Column<S::Scale>>,
    /// Error of floats that became integers.
    pub(super) quantization: Option<QuantizationError>,
    /// Greatest sum of the magnitudes of a target's integer weights.
    pub(super) greatest: i32,
    /// Greatest magnitude of what arrives at a target in a step, nA or mV.
    pub(super) bound: f64,
    pub(super) integers: Vec<i32>,
    pub(super) scalars: Vec<S::Wide>,
}

/// Indices of targets; dense projections have none.
#[derive(Debug, Clone)]
pub(super) enum StoredTargets {
    Dense,
    U16(Vec<u16>),
    U32(Vec<u32>),
    /// A bit for each pair, row after row, where that takes less memory. All weights are one.
    Bits {
        blocks: Vec<BitBlock>,
        connections: usize,
    },
    /// The targets share the weights of a kernel.
    Convolution(Convolution),
}

#[derive(Debug, Clone)]
pub(super) enum StoredWeights<S> {
    One,
    I8(Vec<i8>),
    I16(Vec<i16>),
    I32(Vec<i32>),
    Scalars(Vec<S>),
}

#[derive(Debug, Clone)]
pub(super) enum StoredDelays {
    All(u8),
    Rows { sources: Vec<u32>, delays: Vec<u8>, distinct: Vec<u8> },
}

impl<S: Synaptic> Route<S> {
    /// Borrows the projection between populations with so many neurons.
    pub(super) fn view(&self, sources: usize, targets: usize) -> Projection<'_, S> {
        let connections = match &self.targets {
            StoredTargets::Dense => Connections::Dense,
            StoredTargets::U16(targets) => Connections::Sparse { starts: &self.starts, targets: Targets::U16(targets) },
            StoredTargets::U32(targets) => Connections::Sparse { starts: &self.starts, targets: Targets::U32(targets) },
            // The rows are empty: `add` and `connections` read the bits.
            StoredTargets::Bits { .. } => Connections::Sparse { starts: &[], targets: Targets::U32(&[]) },
            StoredTargets::Convolution(convolution) => Connections::Convolution(*convolution),
        };
        let weights = match &self.weights {
            StoredWeights::One => Weights::One,
            StoredWeights::I8(weights) => Weights::I8(weights),
            StoredWeights::I16(weights) => Weights::I16(weights),
            StoredWeights::I32(weights) => Weights::I32(weights),
            StoredWeights::Scalars(weights) => Weights::Scalars(weights),
        };
        let delays = match &self.delays {
            StoredDelays::All(delay) => Delays::All(*delay),
            StoredDelays::Rows { sources, delays, distinct } => Delays::Rows { sources, delays, distinct },
        };
        Projection { sources, targets, connections, weights, delays }
    }

    /// Returns the longest delay, steps.
    pub(super) fn most_delay(&self) -> usize {
        self.distinct_delays().iter().copied().max().unwrap_or(0).into()
    }

    /// Returns whether spikes arrive in the step in which they are fired.
    pub(super) fn has_no_delay(&self) -> bool {
        self.distinct_delays().contains(&0)
    }

    /// Returns every delay, steps.
    pub(super) fn distinct_delays(&self) -> &[u8] {
        match &self.delays {
            StoredDelays::All(delay) => std::slice::from_ref(delay),
            StoredDelays::Rows { distinct, .. } => distinct,
        }
    }

    /// Returns the number of connections between populations with so many neurons.
    fn connections(&self, sources: usize, targets: usize) -> usize {
        match self.targets {
            StoredTargets::Bits { connections, .. } => connections,
            _ => self.view(sources, targets).connections(),
        }
    }

    /// Returns the connections as bits, if they are stored so.
    pub(super) fn bits(&self, targets: usize) -> Option<BitRows<'_>> {
        match &self.targets {
            StoredTargets::Bits { blocks, .. } => Some(BitRows::new(blocks, targets)),
            _ => None,
        }
    }

    fn bytes(&self) -> usize {
        let targets = match &self.targets {
            StoredTargets::Dense => 0,
            StoredTargets::U16(targets) => 2 * targets.len(),
            StoredTargets::U32(targets) => 4 * targets.len(),
            StoredTargets::Bits { blocks, .. } => size_of_val(&blocks[..]),
            StoredTargets::Convolution(convolution) => size_of_val(convolution),
        };
        let weights = match &self.weights {
            StoredWeights::One => 0,
            StoredWeights::I8(weights) => weights.len(),
            StoredWeights::I16(weights) => 2 * weights.len(),
            StoredWeights::I32(weights) => 4 * weights.len(),
            StoredWeights::Scalars(weights) => size_of::<S>() * weights.len(),
        };
        let delays = match &self.delays {
            StoredDelays::All(_) => 0,
            StoredDelays::Rows { sources, delays, distinct } => 4 * sources.len() + delays.len() + distinct.len(),
        };
        4 * self.starts.len() + targets + weights + delays + size_of::<S::Scale>() * self.scale.own.len()
    }
}

/// A network in its number format.
#[derive(Debug, Clone)]
pub(super) struct Engine<S: Stored, Q: Rounding> {
    pub(super) nodes: Vec<Node<S, Q>>,
    pub(super) routes: Vec<Route<S>>,
    /// The order in which the populations make their steps.
    pub(super) order: Vec<usize>,
    pub(super) step: u64,
    /// Seed of the stimuli.
    pub(super) seed: u64,
    /// Number of the sample.
    pub(super) sample: u32,
    pub(super) threads: Threads,
}

/// The sums of consecutive targets.
struct Targeted<'a, T> {
    first: usize,
    sums: &'a mut [T],
}

/// Targets of which a thread takes as many at once: a whole number of cache lines, and of blocks of bits.
const TARGETS: usize = BitBlock::TARGETS;

impl<T: Send> Part for Targeted<'_, T> {
    fn len(&self) -> usize {
        self.sums.len().div_ceil(TARGETS)
    }

    fn split(self, at: usize) -> (Self, Self) {
        let Self { first, sums } = self;
        let at = (at * TARGETS).min(sums.len());
        let (sums, later) = sums.split_at_mut(at);
        (Self { first, sums }, Self { first: first + at, sums: later })
    }
}

/// Events for which it takes longer to wake a thread than to deliver them.
const EVENTS: usize = 1 << 16;

impl<S: Stored, Q: Rounding> Engine<S, Q> {
    /// Makes the step of a population.
    fn advance(&mut self, member: usize) -> Result<(), CurrentError> {
        let Self { nodes, routes, step, threads, seed, sample, .. } = self;
        for route in routes.iter_mut().filter(|route| route.to == member) {
            let (from, to) = (&nodes[route.from], &nodes[member]);
            let view = HistoryView::new(&from.history, from.neurons, from.most_delay, from.planes);
            deliver(route, (from.neurons, to.neurons), view, *step, threads);
        }
        let node = &mut nodes[member];
        match &mut node.cells {
            None => node.take_input(),
            Some(cells) => {
                let draw = Draw { seed: *seed, stimulus: 0, sample: *sample, step: *step };
                drive(&cells.stimuli, draw, 0, (&cells.outside, &mut cells.sums), &mut cells.synapses);
                for route in routes.iter_mut().filter(|route| route.to == member) {
                    if let Some(synapse) = cells.synapses.get_mut(route.synapse) {
                        let (mut integers, mut scalars) = (take(&mut route.integers), take(&mut route.scalars));
                        arrive(route, 0, (&mut integers, &mut scalars), &mut synapse.arrived);
                        (route.integers, route.scalars) = (integers, scalars);
                    }
                }
                cells.advance(*step)?;
            }
        }
        node.record(*step);
        Ok(())
    }

    /// Makes one step.
    fn step_once(&mut self) -> Result<(), (usize, CurrentError)> {
        for at in 0..self.order.len() {
            let member = self.order[at];
            self.advance(member).map_err(|error| (member, error))?;
        }
        self.step += 1;
        Ok(())
    }
}

/// Adds the weights of the spikes that arrive to the sums of a projection.
fn deliver<S: Synaptic>(
    route: &mut Route<S>,
    (sources, targets): (usize, usize),
    history: HistoryView<'_>,
    step: u64,
    threads: &Threads,
) {
    let (mut integers, mut scalars) = (take(&mut route.integers), take(&mut route.scalars));
    let (projection, bits) = (route.view(sources, targets), route.bits(targets));
    let spikes = projection.arriving(history, step);
    if spikes > 0 {
        let events = spikes.saturating_mul(route.connections(sources, targets) / sources.max(1));
        let employed = threads.count().min(events / EVENTS).max(1);
        let desks = std::iter::repeat_n((), employed);
        if integers.is_empty() {
            let whole = Targeted { first: 0, sums: &mut scalars[..] };
            threads.deal(whole, desks, |Targeted { first, sums }, ()| {
                add(&projection, history, step, first, Sums::Scalars(sums));
            });
        } else {
            let whole = Targeted { first: 0, sums: &mut integers[..] };
            threads.deal(whole, desks, |Targeted { first, sums }, ()| match bits {
                Some(bits) => add_rows(&bits, &projection, history, step, first, sums),
                None => add(&projection, history, step, first, Sums::Integers(sums)),
            });
        }
    }
    (route.integers, route.scalars) = (integers, scalars);
}

/// What a projection delivers in a step.
struct Delivery<'a, S> {
    projection: Projection<'a, S>,
    bits: Option<BitRows<'a>>,
    history: HistoryView<'a>,
    step: u64,
}

impl<S: Synaptic> Delivery<'_, S> {
    /// Adds the weights of the spikes that arrive to the sums of the targets from number `first` on: those that are not
    /// empty.
    fn add(&self, first: usize, (integers, scalars): (&mut [i32], &mut [S::Wide])) {
        let Self { projection, bits, history, step } = self;
        match bits {
            _ if integers.is_empty() => add(projection, *history, *step, first, Sums::Scalars(scalars)),
            Some(bits) => add_rows(bits, projection, *history, *step, first, integers),
            None => add(projection, *history, *step, first, Sums::Integers(integers)),
        }
    }
}

vectorised! {
/// [`Projection::deliver`], compiled for the best instruction set of this machine.
fn add<S: Synaptic>(
    projection: &Projection<'_, S>,
    history: HistoryView<'_>,
    step: u64,
    first: usize,
    sums: Sums<'_, S>,
) {
    projection.deliver(history, step, first, sums);
}
}

/// Rows that are added together: as many as can be before counters are read.
const ROWS: usize = 248;

/// Adds the rows of the spikes that arrive.
fn add_rows<S: Synaptic>(
    bits: &BitRows<'_>,
    projection: &Projection<'_, S>,
    history: HistoryView<'_>,
    step: u64,
    first: usize,
    sums: &mut [i32],
) {
    let (mut rows, mut count) = ([0; ROWS], 0);
    projection.each_row(history, step, |row, spikes| {
        if spikes > 1 {
            bits.add_times(row as u32, spikes, first, sums);
            return;
        }
        bits.prefetch(row as u32, first, sums.len());
        rows[count] = row as u32;
        count += 1;
        if count == ROWS {
            add_bits(bits, &rows, first, sums);
            count = 0;
        }
    });
    if count > 0 {
        add_bits(bits, &rows[..count], first, sums);
    }
}

vectorised! {
/// [`BitRows::add`], compiled for the best instruction set of this machine.
fn add_bits(bits: &BitRows<'_>, rows: &[u32], first: usize, sums: &mut [i32]) {
    bits.add(rows, first, sums);
}
}

vectorised! {
/// Adds what a projection has delivered to the synapse of the targets from number `first` on, and empties the sums.
fn arrive<S: Synaptic>(
    route: &Route<S>,
    first: usize,
    (integers, scalars): (&mut [i32], &mut [S::Wide]),
    arrived: &mut [S::Wide],
) {
    if integers.is_empty() {
        let normal = route.normal.as_ref().map(|normal| normal.values_from(first));
        synapse::arrive_scalars::<S>(scalars, normal, arrived);
    } else {
        synapse::arrive::<S>(integers, route.scale.values_from(first), arrived);
    }
}
}

impl<S: Stored, Q: Rounding> Neurons<S, Q> {
    /// Makes a step with what arrived at the synapses.
    fn advance(&mut self, step: u64) -> Result<(), CurrentError> {
        let rounding = self.population.neuron().rounding();
        let Self { population, options, synapses, outside, currents, sums, jumps, jump_sums, .. } = self;
        gather::<S, Q, _, _, _>(
            synapses,
            (sums, currents),
            (jump_sums, jumps),
            rounding,
            RngCounter { step, neuron: 0 },
        );
        let jumps = terms(jumps);
        let currents = if currents.is_empty() { outside } else { currents };
        population.advance_jumped(currents, jumps, *options).map(drop)
    }
}

/// A synapse of all neurons of a population, or of some.
trait Landing<S: Synaptic> {
    /// Returns what it does, what arrived, and its states.
    fn parts(&mut self) -> (&Kind<S>, &mut [S::Wide], &mut [S]);
}

impl<S: Synaptic> Landing<S> for SynapseState<S> {
    fn parts(&mut self) -> (&Kind<S>, &mut [S::Wide], &mut [S]) {
        (&self.kind, &mut self.arrived, &mut self.state)
    }
}

/// Begins the sums of a step of neurons from number `first` on with the currents from outside, and adds the stimuli.
fn drive<S: Synaptic>(
    stimuli: &[Stimulus<S>],
    draw: Draw,
    first: usize,
    (outside, sums): (&[S], &mut [S::Wide]),
    synapses: &mut [impl Landing<S>],
) {
    for (sum, current) in sums.iter_mut().zip(outside) {
        *sum = current.widened();
    }
    for Stimulus { source, synapse, number } in stimuli {
        let draw = Draw { stimulus: *number, ..draw };
        match synapse.map(|synapse| synapses.get_mut(synapse)) {
            None => source.add(draw, first, sums),
            Some(synapse) => synapse.into_iter().for_each(|synapse| source.add(draw, first, synapse.parts().1)),
        }
    }
}

/// Returns the terms of jumps.
fn terms<S: Synaptic>(jumps: &[impl AsRef<[S::Accumulator]>]) -> Jumps<'_, S> {
    let mut terms: [&[S::Accumulator]; MOST_JUMPS] = [&[]; MOST_JUMPS];
    // Never more terms: the description is checked.
    terms.iter_mut().zip(jumps).for_each(|(to, from)| *to = from.as_ref());
    Jumps::new(&terms).unwrap_or(Jumps::NONE)
}

vectorised! {
/// Turns what arrived at neurons from number `at.neuron` on into the currents and the jumps of a step.
fn gather<S: Stored, Q: Rounding, L: Landing<S>, W: AsMut<[S::Wide]> + AsRef<[S::Wide]>, J: AsMut<[S::Accumulator]>>(
    synapses: &mut [L],
    (sums, currents): (&mut [S::Wide], &mut [S]),
    (jump_sums, jumps): (&mut [W], &mut [J]),
    rounding: Q,
    at: RngCounter,
) {
    let first = at.neuron as usize;
    for sums in &mut *jump_sums {
        sums.as_mut().fill(S::NOTHING);
    }
    let mut term = 0;
    for (number, synapse) in synapses.iter_mut().enumerate() {
        let (kind, arrived, state) = synapse.parts();
        if arrived.is_empty() {
            continue;
        }
        let number = number as u32;
        match kind {
            Kind::Current => synapse::pass::<S>(arrived, sums),
            Kind::Delta => {
                if let Some(sums) = jump_sums.get_mut(term) {
                    synapse::pass::<S>(arrived, sums.as_mut());
                }
            }
            Kind::Held { decay } => {
                let decay = decay.values_from(first);
                synapse::Exponential::<S, Q> { decay, rounding, number }.advance(state, arrived, at);
                synapse::hold(state, sums);
            }
            Kind::Exact { decay, factor } => {
                if let Some(sums) = jump_sums.get_mut(term) {
                    synapse::propagate(state, factor.values_from(first), sums.as_mut());
                }
                let decay = decay.values_from(first);
                synapse::Exponential::<S, Q> { decay, rounding, number }.advance(state, arrived, at);
            }
        }
        if !S::EXACT && matches!(kind, Kind::Delta | Kind::Exact { .. }) {
            term += 1;
        }
    }
    synapse::set_currents(sums, currents);
    for (sums, jumps) in jump_sums.iter().zip(jumps) {
        synapse::set_jumps::<S>(sums.as_ref(), jumps.as_mut());
    }
}
}

impl<S: Stored, Q: Rounding> Erased for Engine<S, Q> {
    fn boxed(&self) -> Box<dyn Erased> {
        Box::new(self.clone())
    }

    fn sample_number(&self) -> u32 {
        self.sample
    }

    fn capture(&self) -> Vec<super::snapshot::NodeState> {
        self.nodes.iter().map(Node::capture).collect()
    }

    fn restore(&mut self, steps: u64, states: &[super::snapshot::NodeState]) -> Result<(), (usize, String)> {
        let nodes = self.nodes.iter().zip(states).enumerate();
        let checked = nodes.map(|(member, (node, state))| node.checked(steps, state).map_err(|error| (member, error)));
        let checked = checked.collect::<Result<Vec<_>, _>>()?;
        self.clear();
        for (node, next) in self.nodes.iter_mut().zip(checked) {
            node.replace(next);
        }
        self.step = steps;
        Ok(())
    }

    fn save_bytes(&self) -> u128 {
        let bytes = |node: &Node<S, Q>| {
            let words = node.history.len() + node.input.len() + node.any.len();
            let cells = node.cells.as_ref().map_or(0, |cells| {
                // Membranes, remaining milliseconds and currents from outside, refractory words, and synapses.
                let values = 3 + cells.population.component_counts().total() + cells.synapses.len();
                node.neurons as u128 * (values * size_of::<f64>() + size_of::<u16>()) as u128
            });
            (words * size_of::<u32>()) as u128 + cells
        };
        self.nodes.iter().map(bytes).sum()
    }

    fn run(&mut self, steps: u64) -> Result<(), (usize, CurrentError)> {
        let mut left = steps;
        while left > 0 {
            let span = left.min(self.most_span());
            match self.employed(span) {
                1 => {
                    self.step_once()?;
                    left -= 1;
                }
                threads => {
                    self.run_span(span, threads)?;
                    left -= span;
                }
            }
        }
        Ok(())
    }

    fn load(&mut self, member: usize, currents: Currents<'_>) -> Result<(), CurrentError> {
        let Some(cells) = &mut self.nodes[member].cells else { return Ok(()) };
        currents.check_finite::<S>(cells.population.neurons(), 1)?;
        let mut values = cells.outside.clone();
        currents.round(&mut values, &cells.population.greatest_gain());
        cells.population.check(&values)?;
        // Synapses and stimuli have a sixteenth of a float's range, so that their sum with these needs no check in a step.
        let most = S::HIGHEST * 1.5;
        let gain = |neuron: usize| S::gain_to_f64(&cells.population.gain_of(neuron)).abs();
        let drives = |(neuron, value): (usize, &S)| value.to_f64().abs() * gain(neuron) > most;
        if !S::EXACT
            && !cells.sums.is_empty()
            && let Some(neuron) = values.iter().enumerate().position(drives)
        {
            return Err(CurrentError::NotDrivable { sample: 0, neuron, value: values[neuron].to_f64() });
        }
        cells.outside = values;
        Ok(())
    }

    fn most_spikes(&self, member: usize) -> u32 {
        self.nodes[member].most_spikes
    }

    fn set_spikes(&mut self, member: usize, spikes: &[u32]) -> Option<()> {
        let node = &mut self.nodes[member];
        let most = spikes.iter().copied().max().unwrap_or(0);
        let planes = (u32::BITS - most.leading_zeros()).max(1) as usize;
        if planes > node.planes {
            node.widen(planes)?;
        }
        let row = node.neurons.div_ceil(WORD);
        for (plane, words) in node.input.chunks_mut(row).enumerate() {
            for (word, counts) in words.iter_mut().zip(spikes.chunks(WORD)) {
                *word = counts.iter().enumerate().fold(0, |word, (j, count)| word | (count >> plane & 1) << j);
            }
        }
        node.fresh = true;
        Some(())
    }

    fn fired(&self, member: usize) -> Fired<'_> {
        let node = &self.nodes[member];
        match &node.cells {
            Some(cells) => cells.population.fired(),
            None => Fired::new(&node.any, node.neurons),
        }
    }

    fn counts(&self, member: usize) -> ComponentCounts {
        self.nodes[member].cells.as_ref().map_or(NO_COMPONENTS, |cells| cells.population.component_counts())
    }

    fn samples(&self) -> Samples {
        let first = self.nodes.iter().find_map(|node| node.cells.as_ref());
        first.map_or(Samples::F64(Vec::new()), |cells| cells.population.samples())
    }

    fn sample(&self, member: usize, variable: Variable, of: Option<&[usize]>, to: &mut Samples) {
        let node = &self.nodes[member];
        match (&node.cells, variable) {
            (Some(cells), _) => cells.population.sample_of(variable, of, to),
            (None, Variable::Spikes) => to.extend_fired(self.fired(member), node.neurons, of),
            (None, _) => {}
        }
    }

    fn synapse(&self, member: usize, number: usize) -> Vec<f64> {
        let cells = self.nodes[member].cells.as_ref();
        let synapse = cells.and_then(|cells| cells.synapses.get(BUILT_IN.len() + number));
        synapse.map_or_else(Vec::new, |synapse| synapse.state.iter().map(|state| state.to_f64()).collect())
    }

    fn clear(&mut self) {
        for node in &mut self.nodes {
            node.history.fill(0);
            node.input.fill(0);
            node.any.fill(0);
            node.fresh = false;
            let Some(cells) = &mut node.cells else { continue };
            cells.population.restart();
            cells.outside.fill(S::ZERO_STATE);
            for synapse in &mut cells.synapses {
                synapse.state.fill(S::ZERO_STATE);
                synapse.arrived.fill(S::NOTHING);
            }
        }
        for route in &mut self.routes {
            route.integers.fill(0);
            route.scalars.fill(S::NOTHING);
        }
        self.step = 0;
    }

    fn set_sample(&mut self, sample: u32) {
        self.sample = sample;
    }

    fn steps(&self) -> u64 {
        self.step
    }

    fn set_threads(&mut self, count: usize) -> Result<(), crate::BuildError> {
        let threads = Threads::counted(count, self.threads.share)?;
        for cells in self.nodes.iter_mut().filter_map(|node| node.cells.as_mut()) {
            cells.population.employ(threads.clone())?;
        }
        self.threads = threads;
        Ok(())
    }

    fn parts(&self, description: &NetworkDescription) -> NetworkParts {
        Self::parts(self, description)
    }

    fn state(&self, member: usize) -> StateParts {
        Self::state(self, member)
    }

    fn connections(&self) -> Vec<(usize, usize)> {
        let each = |route: &Route<S>| {
            let (from, to) = (&self.nodes[route.from], &self.nodes[route.to]);
            (route.connections(from.neurons, to.neurons), route.bytes())
        };
        self.routes.iter().map(each).collect()
    }

    fn report(&self, description: &NetworkDescription) -> NetworkReport {
        report::report(self, description)
    }

    fn visit(&self, projection: usize, visit: &mut dyn FnMut(Connection)) {
        let Some(route) = self.routes.get(projection) else { return };
        let (from, to) = (&self.nodes[route.from], &self.nodes[route.to]);
        route.each(from.neurons, to.neurons, |_, connection| visit(connection));
    }

    #[cfg(test)]
    fn set_share(&mut self, share: usize) {
        self.threads.share = share;
    }

    fn time_delivery(&mut self) -> (Duration, u64) {
        let Self { nodes, routes, step, threads, .. } = self;
        let (mut taken, mut events) = (Duration::ZERO, 0);
        for route in routes {
            let (from, to) = (&nodes[route.from], &nodes[route.to]);
            let view = HistoryView::new(&from.history, from.neurons, from.most_delay, from.planes);
            let spikes = route.view(from.neurons, to.neurons).arriving(view, *step) as u64;
            events += spikes * route.connections(from.neurons, to.neurons) as u64 / from.neurons as u64;
            let begun = Instant::now();
            deliver(route, (from.neurons, to.neurons), view, *step, threads);
            taken += begun.elapsed();
            route.integers.fill(0);
            route.scalars.fill(S::NOTHING);
        }
        (taken, events)
    }
}

impl<S: Stored, Q: Rounding> Node<S, Q> {
    /// Takes the spikes from outside for a step, or none if there are none for it.
    fn take_input(&mut self) {
        if !self.fresh {
            self.input.fill(0);
        }
        self.fresh = false;
        let row = self.neurons.div_ceil(WORD);
        for (i, any) in self.any.iter_mut().enumerate() {
            *any = self.input.iter().skip(i).step_by(row).fold(0, |any, word| any | word);
        }
    }

    /// Records the spikes of a step.
    fn record(&mut self, step: u64) {
        let Self { history, neurons, most_delay, planes, input, cells, .. } = self;
        if let Some(mut history) = History::new(history, *neurons, *most_delay, *planes) {
            let spikes = match cells {
                Some(cells) => cells.population.fired().sample(0),
                None => input,
            };
            history.record(step).iter_mut().zip(spikes).for_each(|(to, from)| *to = *from);
        }
    }

    /// Makes room for neurons with more spikes in a step; returns `None` if memory runs out.
    fn widen(&mut self, planes: usize) -> Option<()> {
        let (row, before) = (self.neurons.div_ceil(WORD), self.planes);
        let input = memory::filled(0, row * planes)?;
        let mut history = memory::room(row * planes * (self.most_delay + 1))?;
        for spikes in self.history.chunks(row * before) {
            history.extend_from_slice(spikes);
            history.resize(history.len() + row * (planes - before), 0);
        }
        self.history = history;
        self.input = input;
        self.planes = planes;
        Some(())
    }
}
