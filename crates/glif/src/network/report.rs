//! What the description of a network became, and what it costs.

use std::ops::AddAssign;

use glif_core::Refractory;
use glif_core::network::{BitRows, Synaptic};
use glif_core::rounding::Rounding;
use glif_core::spec::Stored;
use serde::{Serialize, Serializer};

use super::build;
use super::description::{BUILT_IN, Coupling, Exponential, NetworkDescription, PopulationKind};
use super::engine::{Column, Engine, Kind, Neurons, Node, Route, Source, StoredDelays, StoredTargets, StoredWeights};
use super::route::QuantizationError;
use crate::Description;
use crate::kernel::Kernel as _;

/// What the description of a network became, and what it costs.
///
/// ```
/// use glif::network::{NetworkDescription, Quantization};
/// use glif::{Description, LifParams, Spec};
///
/// let params = LifParams {
///     step_time: 0.5, rest_v: -65.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 10.0, resistance: 40.0,
/// };
/// let mut description = NetworkDescription::new(0.5);
/// let input = description.add_input("input", &[2])?;
/// let exc = description.add("exc", Description::new(Spec::new(params), &[3]))?;
/// let projection = description.connect(&input, &exc).dense(vec![1.27, 0.0, 0.004, 1.0, 0.0, -0.5]);
/// projection.quantized(Quantization { bits: 8, per_target: false });
/// let report = description.build()?.report();
/// let projection = &report.projections[0];
/// assert_eq!((projection.connections, projection.fan_out.greatest), (3, 2));
/// // 1.27 nA is 127 units. 0.004 nA is less than half a unit.
/// assert!((projection.scale.unwrap()[0] - 0.01).abs() < 1e-9);
/// let error = projection.quantization.unwrap();
/// assert_eq!((error.weights, error.became_zero), (4, 1));
/// assert!((error.worst - 0.004).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NetworkReport {
    /// Names of the populations in the order in which they make their steps.
    pub order: Vec<String>,
    /// The populations, in the order of the description.
    pub populations: Vec<PopulationReport>,
    /// The projections, in the order of the description.
    pub projections: Vec<ProjectionReport>,
}

impl NetworkReport {
    /// Returns the memory of all populations and projections.
    pub fn memory(&self) -> Memory {
        let mut memory = Memory::default();
        self.populations.iter().for_each(|population| memory += population.memory);
        self.projections.iter().for_each(|projection| memory += projection.memory);
        memory
    }
}

/// Bytes of memory of a part of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Memory {
    /// Weights and the values of their units.
    pub weights: usize,
    /// Indices of targets, divisions between the connections of neurons, and delays.
    pub indices: usize,
    /// Spikes of the last steps.
    pub histories: usize,
    /// Membranes, components, refractory counts and synaptic currents.
    pub states: usize,
    /// Coefficients that neurons or synapses have for themselves, and those of stimuli.
    pub coefficients: usize,
    /// Sums and currents of a step.
    pub buffers: usize,
}

impl Memory {
    /// Returns the bytes of all parts.
    pub fn total(&self) -> usize {
        let Self { weights, indices, histories, states, coefficients, buffers } = *self;
        weights + indices + histories + states + coefficients + buffers
    }
}

impl AddAssign for Memory {
    fn add_assign(&mut self, other: Self) {
        self.weights += other.weights;
        self.indices += other.indices;
        self.histories += other.histories;
        self.states += other.states;
        self.coefficients += other.coefficients;
        self.buffers += other.buffers;
    }
}

/// A population of a network.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PopulationReport {
    /// Its name.
    pub name: String,
    /// Number of neurons, or of spike sources.
    pub neurons: usize,
    /// Longest delay of a projection from it, steps.
    pub longest_delay_steps: usize,
    /// Its exponential synapses.
    pub synapses: Vec<SynapseReport>,
    /// Its memory.
    pub memory: Memory,
}

/// An exponential synapse.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SynapseReport {
    /// Its name.
    pub name: String,
    /// How its current acts on the membrane.
    #[serde(serialize_with = "coupling")]
    pub coupling: Coupling,
    /// Least and greatest time constant, ms.
    pub tau_ms: [f64; 2],
    /// Decay factor of a step.
    pub decay: Spread,
    /// Greatest current that never decays, nA. It is 0 in floating point and with other roundings than to nearest.
    pub stall_na: f64,
    /// By how much a current of 1 nA moves the membrane in a step, mV; only of [`Coupling::Exact`].
    pub propagator: Option<Spread>,
    /// Greatest magnitude that arrives at a neuron in a step in which each source fires once, nA.
    pub greatest_arrival_na: f64,
}

fn coupling<S: Serializer>(coupling: &Coupling, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(match coupling {
        Coupling::Held => "held",
        Coupling::Exact => "exact",
    })
}

/// A coefficient as requested and as stored.
///
/// If it varies from neuron to neuron, the two values are those of the neuron with the greatest error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// The exact value.
    pub requested: f64,
    /// The value of the number format.
    pub stored: f64,
    /// The least and the greatest exact value.
    pub requested_range: [f64; 2],
    /// The least and the greatest value of the number format.
    pub stored_range: [f64; 2],
    /// The neuron of the two values; `None` if the neurons share the coefficient.
    pub neuron: Option<usize>,
}

/// A projection.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProjectionReport {
    /// Name of the source.
    pub from: String,
    /// Name of the target.
    pub to: String,
    /// Name of the synapse.
    pub synapse: String,
    /// Unit of the weights.
    pub unit: &'static str,
    /// Number of connections. A weight of 0 in a dense array or in a kernel does not connect.
    pub connections: usize,
    /// Connections to a target.
    pub fan_in: Fan,
    /// Connections from a source.
    pub fan_out: Fan,
    /// How the connections are stored.
    pub storage: Storage,
    /// Type of the stored weights.
    pub weight_type: WeightType,
    /// Least and greatest value of a unit of integer weights, nA or mV, times the factor of a normalized synapse.
    pub scale: Option<[f64; 2]>,
    /// Least and greatest weight, nA or mV, times the factor of a normalized synapse; `None` without connections.
    pub weights: Option<[f64; 2]>,
    /// Least and greatest delay, steps.
    pub delay_steps: [u8; 2],
    /// Least and greatest delay, ms.
    pub delay_ms: [f64; 2],
    /// Greatest sum of the magnitudes of a target's integer weights. It must be less than 2³¹ - 1.
    pub greatest_sum: Option<i32>,
    /// Error of floats that became integers.
    pub quantization: Option<QuantizationError>,
    /// Number of weights that are not 0, but so small that the number format has 0 for a single spike.
    pub below_resolution: usize,
    /// Its memory.
    pub memory: Memory,
}

/// Numbers of connections of a neuron.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Fan {
    /// Mean over the neurons.
    pub mean: f64,
    /// Greatest of all neurons.
    pub greatest: usize,
}

/// How the connections of a projection are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Storage {
    /// A weight for each pair of neurons.
    Dense,
    /// A list of targets for each source, 16 bits each.
    SparseU16,
    /// A list of targets for each source, 32 bits each.
    SparseU32,
    /// A bit for each pair of neurons.
    Bits,
    /// A kernel, whose weights the targets share.
    Convolution,
}

/// Type of the stored weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum WeightType {
    /// One weight for all connections.
    One,
    /// Integers of 8 bits.
    I8,
    /// Integers of 16 bits.
    I16,
    /// Integers of 32 bits.
    I32,
    /// float32.
    F32,
    /// float64.
    F64,
}

/// A connection between two neurons.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Connection {
    /// Index of the source.
    pub source: usize,
    /// Index of the target.
    pub target: usize,
    /// Steps from a spike to its delivery.
    pub delay_steps: u8,
    /// Weight, nA or mV, times the factor of a normalized synapse.
    pub weight: f64,
}

impl<S: Synaptic> Route<S> {
    /// Calls `each` with every connection and its number in memory.
    pub(super) fn each(&self, sources: usize, targets: usize, mut each: impl FnMut(usize, Connection)) {
        let mut counted = 0;
        let mut row = |source: usize, row: usize, delay_steps: u8| {
            let mut one = |number: usize, target: usize| {
                let weight = self.weight(number, target);
                each(number, Connection { source, target, delay_steps, weight });
            };
            let listed = || self.starts[row] as usize..self.starts[row + 1] as usize;
            match &self.targets {
                StoredTargets::Dense => {
                    let is_connected = |number: usize| self.weights.is_connected(number);
                    let numbers = (0..targets).map(|target| (row * targets + target, target));
                    numbers
                        .filter(|(number, _)| is_connected(*number))
                        .for_each(|(number, target)| one(number, target));
                }
                StoredTargets::U16(targets) => listed().for_each(|number| one(number, targets[number].into())),
                StoredTargets::U32(targets) => listed().for_each(|number| one(number, targets[number] as usize)),
                StoredTargets::Bits { blocks, .. } => {
                    for target in BitRows::new(blocks, targets).targets(row as u32) {
                        one(counted, target);
                        counted += 1;
                    }
                }
                StoredTargets::Convolution(_) => self.view(sources, targets).each_target(row, |number, target| {
                    if self.weights.is_connected(number) {
                        one(number, target);
                    }
                }),
            }
        };
        for source in 0..sources {
            match &self.delays {
                StoredDelays::All(delay) => row(source, source, *delay),
                StoredDelays::Rows { sources, delays, .. } => {
                    (sources[source]..sources[source + 1]).for_each(|at| row(source, at as usize, delays[at as usize]));
                }
            }
        }
    }

    /// Returns the integer weight of a connection; `None` of a float.
    fn integer(&self, number: usize) -> Option<i32> {
        match &self.weights {
            StoredWeights::One => Some(1),
            StoredWeights::I8(weights) => Some(weights[number].into()),
            StoredWeights::I16(weights) => Some(weights[number].into()),
            StoredWeights::I32(weights) => Some(weights[number]),
            StoredWeights::Scalars(_) => None,
        }
    }

    /// Returns the weight of a connection to a target, nA or mV.
    fn weight(&self, number: usize, target: usize) -> f64 {
        if let StoredWeights::Scalars(weights) = &self.weights {
            let normal = self.normal.as_ref().map_or(1.0, |normal| S::propagator_to_f64(&normal.at(target)));
            return weights[number].to_f64() * normal;
        }
        f64::from(self.integer(number).unwrap_or(0)) * S::weight_scale_to_f64(&self.scale.at(target))
    }

    fn weight_type(&self) -> WeightType {
        match &self.weights {
            StoredWeights::One => WeightType::One,
            StoredWeights::I8(_) => WeightType::I8,
            StoredWeights::I16(_) => WeightType::I16,
            StoredWeights::I32(_) => WeightType::I32,
            StoredWeights::Scalars(_) if size_of::<S>() == size_of::<f32>() => WeightType::F32,
            StoredWeights::Scalars(_) => WeightType::F64,
        }
    }

    fn memory(&self) -> Memory {
        let weights = match &self.weights {
            StoredWeights::One => 0,
            StoredWeights::I8(weights) => size_of_val(&weights[..]),
            StoredWeights::I16(weights) => size_of_val(&weights[..]),
            StoredWeights::I32(weights) => size_of_val(&weights[..]),
            StoredWeights::Scalars(weights) => size_of_val(&weights[..]),
        };
        let targets = match &self.targets {
            StoredTargets::Dense => 0,
            StoredTargets::U16(targets) => size_of_val(&targets[..]),
            StoredTargets::U32(targets) => size_of_val(&targets[..]),
            StoredTargets::Bits { blocks, .. } => size_of_val(&blocks[..]),
            StoredTargets::Convolution(convolution) => size_of_val(convolution),
        };
        let delays = match &self.delays {
            StoredDelays::All(_) => 0,
            StoredDelays::Rows { sources, delays, distinct } => {
                size_of_val(&sources[..]) + size_of_val(&delays[..]) + size_of_val(&distinct[..])
            }
        };
        let normal = self.normal.as_ref().map_or(0, |normal| size_of_val(&normal.own[..]));
        Memory {
            weights: weights + size_of_val(&self.scale.own[..]) + normal,
            indices: targets + size_of_val(&self.starts[..]) + delays,
            ..Memory::default()
        }
    }
}

impl<S: Synaptic> StoredWeights<S> {
    /// Returns whether a place of a dense array, or of a kernel, has a connection.
    fn is_connected(&self, number: usize) -> bool {
        match self {
            Self::One => true,
            Self::I8(weights) => weights[number] != 0,
            Self::I16(weights) => weights[number] != 0,
            Self::I32(weights) => weights[number] != 0,
            Self::Scalars(weights) => weights[number] != S::ZERO_STATE,
        }
    }
}

/// Reports a network.
pub(super) fn report<S: Stored, Q: Rounding>(engine: &Engine<S, Q>, description: &NetworkDescription) -> NetworkReport {
    let Engine { nodes, routes, sums, order, .. } = engine;
    // What arrives at each neuron of each synapse of a population if each source fires once.
    let mut arrivals: Vec<Vec<Vec<f64>>> = nodes.iter().map(arrivals_of_stimuli).collect();
    let mut projections = Vec::new();
    for ((route, delivered), projection) in routes.iter().zip(sums).zip(&description.projections) {
        let (sources, targets) = (nodes[route.from].neurons, nodes[route.to].neurons);
        let (mut fan_in, mut fan_out) = (vec![0_usize; targets], vec![0_usize; sources]);
        let (mut weights, mut connections, mut below_resolution) = (EMPTY, 0, 0);
        let arrived = arrivals[route.to].get_mut(route.synapse);
        let mut no_sums = Vec::new();
        let arrived = arrived.unwrap_or(&mut no_sums);
        if arrived.is_empty() {
            arrived.resize(targets, 0.0);
        }
        route.each(sources, targets, |number, Connection { source, target, weight, .. }| {
            connections += 1;
            fan_in[target] += 1;
            fan_out[source] += 1;
            weights = widened(weights, weight);
            arrived[target] += weight.abs();
            if let Some(integer) = route.integer(number).filter(|integer| *integer != 0) {
                below_resolution += usize::from(S::weighed(integer, &route.scale.at(target)) == S::NOTHING);
            }
        });
        let weight_type = route.weight_type();
        let is_integer = !matches!(route.weights, StoredWeights::Scalars(_));
        let units = route.scale.range(S::weight_scale_to_f64);
        let delays = route.distinct_delays();
        let delay_steps = [delays.iter().copied().min().unwrap_or(0), delays.iter().copied().max().unwrap_or(0)];
        projections.push(ProjectionReport {
            from: projection.from.clone(),
            to: projection.to.clone(),
            synapse: projection.synapse.clone(),
            unit: if projection.synapse == BUILT_IN[1] { "mV" } else { "nA" },
            connections,
            fan_in: Fan::of(&fan_in),
            fan_out: Fan::of(&fan_out),
            storage: match &route.targets {
                StoredTargets::Dense => Storage::Dense,
                StoredTargets::U16(_) => Storage::SparseU16,
                StoredTargets::U32(_) => Storage::SparseU32,
                StoredTargets::Bits { .. } => Storage::Bits,
                StoredTargets::Convolution(_) => Storage::Convolution,
            },
            weight_type,
            scale: (is_integer && weight_type != WeightType::One).then_some(units),
            weights: (connections > 0).then_some(weights),
            delay_steps,
            delay_ms: delay_steps.map(|steps| f64::from(steps) * description.step_time),
            greatest_sum: is_integer.then_some(route.greatest),
            quantization: route.quantization,
            below_resolution,
            memory: Memory {
                buffers: size_of_val(&delivered.integers[..]) + size_of_val(&delivered.scalars[..]),
                ..route.memory()
            },
        });
    }
    let populations = nodes.iter().zip(&description.populations).zip(&arrivals);
    NetworkReport {
        order: order.iter().map(|member| description.populations[*member].0.clone()).collect(),
        populations: populations
            .map(|((node, (name, kind)), arrivals)| PopulationReport {
                name: name.clone(),
                neurons: node.neurons,
                longest_delay_steps: node.most_delay,
                synapses: match (&node.cells, kind) {
                    (Some(cells), PopulationKind::Neurons { synapses, .. }) => {
                        let alone = description.alone(name);
                        alone.map_or_else(Vec::new, |alone| synapses_of(cells, name, (&alone, synapses), arrivals))
                    }
                    _ => Vec::new(),
                },
                memory: node.memory(),
            })
            .collect(),
        projections,
    }
}

/// A range without a value.
const EMPTY: [f64; 2] = [f64::INFINITY, f64::NEG_INFINITY];

/// Returns a range that has the value too.
fn widened([least, greatest]: [f64; 2], value: f64) -> [f64; 2] {
    [least.min(value), greatest.max(value)]
}

impl<T: Copy> Column<T> {
    /// Returns the least and the greatest value.
    fn range(&self, to_f64: impl Fn(&T) -> f64) -> [f64; 2] {
        match &self.own[..] {
            [] => [to_f64(&self.shared); 2],
            own => own.iter().map(to_f64).fold(EMPTY, widened),
        }
    }
}

impl Fan {
    fn of(counts: &[usize]) -> Self {
        let sum: usize = counts.iter().sum();
        Self { mean: sum as f64 / counts.len().max(1) as f64, greatest: counts.iter().copied().max().unwrap_or(0) }
    }
}

impl<S: Stored, Q: Rounding> Node<S, Q> {
    fn memory(&self) -> Memory {
        let mut memory = Memory {
            histories: size_of_val(&self.history[..]),
            buffers: size_of_val(&self.input[..]) + size_of_val(&self.any[..]),
            ..Memory::default()
        };
        let Some(cells) = &self.cells else { return memory };
        let components = cells.population.neuron().components();
        memory.states = self.neurons * (size_of::<S>() * (1 + components) + size_of::<Refractory>());
        memory.coefficients = self.neurons * cells.population.own_bytes_per_neuron();
        for synapse in &cells.synapses {
            memory.states += size_of_val(&synapse.state[..]);
            memory.coefficients += match &synapse.kind {
                Kind::Current | Kind::Delta => 0,
                Kind::Held { decay } => size_of_val(&decay.own[..]),
                Kind::Exact { decay, factor } => size_of_val(&decay.own[..]) + size_of_val(&factor.own[..]),
            };
        }
        for stimulus in &cells.stimuli {
            memory.coefficients += match &stimulus.source {
                Source::Constant { value } => size_of_val(&value.own[..]),
                Source::Step { before, after, .. } => size_of_val(&before.own[..]) + size_of_val(&after.own[..]),
                Source::Noise { mean, deviation } => size_of_val(&mean.own[..]) + size_of_val(&deviation.own[..]),
                Source::Poisson { thresholds, ends, weight } => {
                    size_of_val(&thresholds[..]) + size_of_val(&ends[..]) + size_of_val(&weight.own[..])
                }
            };
        }
        memory.buffers += size_of_val(&cells.outside[..]) + size_of_val(&cells.next[..]);
        memory
    }
}

/// Returns what stimuli bring to each neuron of each synapse; empty where there are none.
///
/// Of noise it is the mean and one standard deviation, of Poisson spikes one spike.
fn arrivals_of_stimuli<S: Stored, Q: Rounding>(node: &Node<S, Q>) -> Vec<Vec<f64>> {
    let Some(cells) = &node.cells else { return Vec::new() };
    let mut arrivals = vec![Vec::new(); cells.synapses.len()];
    for stimulus in &cells.stimuli {
        let Some(sums) = stimulus.synapse.and_then(|synapse| arrivals.get_mut(synapse)) else { continue };
        sums.resize(node.neurons, 0.0);
        for (neuron, sum) in sums.iter_mut().enumerate() {
            *sum += match &stimulus.source {
                Source::Constant { value } => value.at(neuron).to_f64().abs(),
                Source::Step { before, after, .. } => {
                    before.at(neuron).to_f64().abs().max(after.at(neuron).to_f64().abs())
                }
                Source::Noise { mean, deviation } => mean.at(neuron).abs() + deviation.at(neuron).abs(),
                Source::Poisson { weight, .. } => S::weight_scale_to_f64(&weight.at(neuron)).abs(),
            };
        }
    }
    arrivals
}

/// Reports the exponential synapses of a population.
fn synapses_of<S: Stored, Q: Rounding>(
    cells: &Neurons<S, Q>,
    name: &str,
    (description, synapses): (&Description, &[(String, Exponential)]),
    arrivals: &[Vec<f64>],
) -> Vec<SynapseReport> {
    // Each of these was derived when the network was built.
    let Ok(drawn) = description.drawn() else { return Vec::new() };
    let stalls = cells.population.neuron().rounding().stalls();
    let stored = cells.synapses.iter().skip(BUILT_IN.len()).zip(arrivals.iter().skip(BUILT_IN.len()));
    let mut reports = Vec::new();
    for ((number, (own, synapse)), (state, arrivals)) in synapses.iter().enumerate().zip(stored) {
        let place = format!("populations.{name}.synapses.{own}");
        let step_time = description.step_time();
        let Ok(taus) = build::taus(&place, number, synapse, description) else { continue };
        // In f64 a coefficient is as exact as it is requested.
        let Ok(exact) = build::exponential::<f64>(&place, (number, synapse), (step_time, false), description, &drawn)
        else {
            continue;
        };
        let decay_of = |decay: &S::OwnDecay| S::decay_to_f64(&S::unpack_decay(decay));
        let (decay, exact_decay, factors) = match (&state.kind, &exact) {
            (Kind::Held { decay }, Kind::Held { decay: exact }) => (decay, exact, None),
            (Kind::Exact { decay, factor }, Kind::Exact { decay: exact, factor: requested }) => {
                (decay, exact, Some((factor, requested)))
            }
            _ => continue,
        };
        let stall = decay.range(|decay| S::stall_band(&S::unpack_decay(decay)))[1];
        reports.push(SynapseReport {
            name: own.clone(),
            coupling: synapse.coupling,
            tau_ms: taus.iter().copied().fold(EMPTY, widened),
            decay: Spread::of(exact_decay, |exact| *exact, decay, decay_of),
            stall_na: if stalls { stall } else { 0.0 },
            propagator: factors
                .map(|(stored, requested)| Spread::of(requested, |exact| *exact, stored, S::propagator_to_f64)),
            greatest_arrival_na: arrivals.iter().copied().fold(0.0, f64::max),
        });
    }
    reports
}

impl Spread {
    fn of<A: Copy, B: Copy>(
        requested: &Column<A>,
        exact: impl Fn(&A) -> f64,
        stored: &Column<B>,
        to_f64: impl Fn(&B) -> f64,
    ) -> Self {
        let pair = |neuron: usize| (exact(&requested.at(neuron)), to_f64(&stored.at(neuron)));
        let neurons = requested.own.len().max(stored.own.len());
        let error = |neuron: usize| {
            let (requested, stored) = pair(neuron);
            (stored - requested).abs()
        };
        let greater = |worst: usize, neuron: usize| if error(neuron) > error(worst) { neuron } else { worst };
        let worst = (1..neurons).fold(0, greater);
        let (of_requested, of_stored) = pair(worst);
        Self {
            requested: of_requested,
            stored: of_stored,
            requested_range: requested.range(exact),
            stored_range: stored.range(to_f64),
            neuron: (neurons > 0).then_some(worst),
        }
    }
}
