//! Networks in memory, and their step.

mod delivery;
mod schedule;
mod shared;
mod tiles;

use std::time::{Duration, Instant};

use glif_core::network::{
    BitBlock, BitRows, Connections, Convolution, Delays, Draw, History, Projection, Synaptic, Targets, Weights,
};
use glif_core::own::Values;
use glif_core::rounding::Rounding;
use glif_core::spec::{ComponentCounts, Stored};
use glif_core::spikes::WORD;
use glif_core::{DynCoefficients, StepOptions};

use super::NO_COMPONENTS;
use super::description::{BUILT_IN, NetworkDescription};
use super::parts::{NetworkParts, StateParts};
use super::report::{self, Connection, NetworkReport};
use super::route::QuantizationError;
use super::steps::SpikeLog;
use crate::Currents;
use crate::memory;
use crate::population::{CurrentError, Fired, Population};
use crate::record::{Recordable as _, Samples, Variable};
use crate::threads::Threads;

use delivery::{Past, deliver};
pub(super) use tiles::Scratch;

/// The operations of a network in any number format. A population is known by its number.
pub(super) trait Erased: Send + Sync {
    fn boxed(&self) -> Box<dyn Erased>;
    fn sample_number(&self) -> u32;
    fn capture(&self) -> Vec<super::snapshot::NodeState>;
    /// Sets the state of each population, or returns what is wrong with one of them.
    fn restore(&mut self, steps: u64, states: &[super::snapshot::NodeState]) -> Result<(), (usize, String)>;
    fn save_bytes(&self) -> u128;
    /// Makes as many steps, whose spikes it adds to a log.
    fn run(&mut self, steps: u64, log: Option<&mut SpikeLog>) -> Result<(), (usize, CurrentError)>;
    fn load(&mut self, member: usize, currents: Currents<'_>) -> Result<(), CurrentError>;
    fn most_spikes(&self, member: usize) -> u32;
    fn set_spikes(&mut self, member: usize, spikes: &[u32]) -> Option<()>;
    fn fired(&self, member: usize) -> Fired<'_>;
    fn counts(&self, member: usize) -> ComponentCounts;
    fn samples(&self) -> Samples;
    /// Appends the values of a variable that is not spikes. An input has none.
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
    /// Whether it has a state, or something arrives.
    pub(super) used: bool,
    /// The current of each neuron, nA; empty if the synapse has no state.
    pub(super) state: Vec<S>,
}

impl<S: Synaptic> SynapseState<S> {
    /// Returns a synapse without arrays.
    pub(super) fn new(kind: Kind<S>) -> Self {
        Self { kind, used: false, state: Vec::new() }
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
    /// Memory for the next of them; empty before the first.
    pub(super) next: Vec<S>,
    /// Whether a synapse or a stimulus makes currents, beside those from outside.
    pub(super) summed: bool,
    /// Number of terms of a membrane's jump.
    pub(super) terms: usize,
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
}

/// What a projection delivers to each of some targets in a step. One of the arrays is empty.
#[derive(Debug, Clone)]
pub(super) struct Delivered<I, W> {
    /// In units of weight.
    pub(super) integers: I,
    /// In nA or mV.
    pub(super) scalars: W,
}

/// What a projection delivers to all targets.
pub(super) type Sums<S> = Delivered<Vec<i32>, Vec<<S as Synaptic>::Wide>>;

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

    /// Returns the number of synaptic events of a step: spikes that arrive times the mean number of targets of a source.
    fn events(&self, from: &Past<'_>, targets: usize, step: u64) -> usize {
        let spikes = self.view(from.neurons, targets).arriving(from.history, step);
        spikes.saturating_mul(self.connections(from.neurons, targets)) / from.neurons.max(1)
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
    /// Of each projection.
    pub(super) sums: Vec<Sums<S>>,
    pub(super) scratch: Scratch<S>,
    /// The order in which the populations make their steps.
    pub(super) order: Vec<usize>,
    pub(super) step: u64,
    /// Seed of the stimuli.
    pub(super) seed: u64,
    /// Number of the sample.
    pub(super) sample: u32,
    pub(super) threads: Threads,
}

impl<S: Stored, Q: Rounding> Engine<S, Q> {
    /// Makes one step on this thread.
    fn step_once(&mut self) -> Result<(), (usize, CurrentError)> {
        for at in 0..self.order.len() {
            let member = self.order[at];
            self.advance(member).map_err(|error| (member, error))?;
        }
        self.step += 1;
        Ok(())
    }

    /// Makes the step of a population.
    fn advance(&mut self, member: usize) -> Result<(), CurrentError> {
        let Self { nodes, routes, sums, scratch, step, seed, sample, .. } = self;
        let draw = Draw { seed: *seed, stimulus: 0, sample: *sample, step: *step };
        for (route, sums) in routes.iter().zip(&mut *sums).filter(|(route, _)| route.to == member) {
            deliver(route, &nodes[route.from].past(), nodes[member].neurons, 0, *step, sums);
        }
        let node = &mut nodes[member];
        match &mut node.cells {
            None => node.take_input(),
            Some(cells) => {
                cells.population.ready(cells.options)?;
                let (all, mut whole) = cells.open(draw);
                all.advance(&mut whole, 0, member, (routes, sums), scratch);
                cells.population.close(1);
            }
        }
        node.record(*step);
        Ok(())
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

    fn run(&mut self, steps: u64, mut log: Option<&mut SpikeLog>) -> Result<(), (usize, CurrentError)> {
        let mut left = steps;
        while left > 0 {
            let made = match self.employed(left) {
                1 => None,
                threads => self.run_shared(left, threads, log.as_deref_mut())?,
            };
            if made.is_none() {
                self.step_once()?;
                if let Some(log) = &mut log {
                    (0..self.nodes.len()).for_each(|member| log.push(member, self.fired(member)));
                }
            }
            left -= made.unwrap_or(1);
        }
        Ok(())
    }

    fn load(&mut self, member: usize, currents: Currents<'_>) -> Result<(), CurrentError> {
        let Some(cells) = &mut self.nodes[member].cells else { return Ok(()) };
        currents.check_finite::<S>(cells.population.neurons(), 1)?;
        let values = &mut cells.next;
        values.resize(cells.outside.len(), S::ZERO_STATE);
        currents.round(values, &cells.population.greatest_gain());
        cells.population.check(values)?;
        // Synapses and stimuli have a sixteenth of a float's range, so that their sum with these needs no check in a step.
        let most = S::HIGHEST * 1.5;
        let gain = |neuron: usize| S::gain_to_f64(&cells.population.gain_of(neuron)).abs();
        let drives = |(neuron, value): (usize, &S)| value.to_f64().abs() * gain(neuron) > most;
        if !S::EXACT
            && cells.summed
            && let Some(neuron) = values.iter().enumerate().position(drives)
        {
            return Err(CurrentError::NotDrivable { sample: 0, neuron, value: values[neuron].to_f64() });
        }
        std::mem::swap(&mut cells.outside, &mut cells.next);
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
        if let Some(cells) = &self.nodes[member].cells {
            cells.population.sample_of(variable, of, to);
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
            }
        }
        self.sums.iter_mut().for_each(Delivered::clear);
        self.scratch.clear();
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
        let Self { nodes, routes, sums, step, .. } = self;
        let (mut taken, mut events) = (Duration::ZERO, 0);
        for (route, sums) in routes.iter().zip(sums) {
            let (from, to) = (nodes[route.from].past(), nodes[route.to].neurons);
            events += route.events(&from, to, *step) as u64;
            let begun = Instant::now();
            deliver(route, &from, to, 0, *step, sums);
            taken += begun.elapsed();
            sums.clear();
        }
        (taken, events)
    }
}

impl<S: Stored, Q: Rounding> Node<S, Q> {
    /// Borrows the spikes of the last steps.
    fn past(&self) -> Past<'_> {
        Past::new(&self.history, self.neurons, self.most_delay, self.planes)
    }

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
