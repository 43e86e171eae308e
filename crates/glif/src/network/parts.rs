//! The arrays of a network as they are stored, for programs that write them in another form, and for boards.

use std::fmt::Debug;

use glif_core::network::{BitRows, Convolution, Synaptic};
use glif_core::rounding::Rounding;
use glif_core::spec::{Discretization, NumberFormat, Parameter, Stored};

use super::build::taus;
use super::description::{BUILT_IN, Coupling, NetworkDescription, PopulationKind};
use super::engine::{Column, Engine, Kind, Route, Source, StoredDelays, StoredTargets, StoredWeights};

/// The arrays of a network.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NetworkParts {
    /// The order in which the populations make their steps.
    pub order: Vec<usize>,
    /// The populations.
    pub populations: Vec<PopulationParts>,
    /// The projections.
    pub projections: Vec<ProjectionParts>,
}

/// What a population has besides its neurons.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PopulationParts {
    /// Longest delay of a projection from it, steps.
    pub most_delay: usize,
    /// Whether it has synapses or stimuli that make currents.
    pub has_currents: bool,
    /// Number of terms of its membranes' jumps.
    pub jumps: usize,
    /// The synapses at which something arrives or that have a state: number, and coefficients.
    pub synapses: Vec<(usize, SynapseParts)>,
    /// Built-in stimuli: number among those of the network, number of the synapse, and what it brings.
    pub stimuli: Vec<(u16, Option<usize>, StimulusParts)>,
}

/// The values of a coefficient: one, or one for each neuron.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CoefficientParts {
    /// As Rust writes them. Those of the number format are bits in fixed point.
    pub texts: Vec<String>,
    /// The same as numbers; exact.
    pub numbers: Vec<f64>,
}

/// The weights of a projection.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is its type")]
pub enum WeightParts {
    /// Each is 1.
    One,
    I8(Vec<i8>),
    I16(Vec<i16>),
    I32(Vec<i32>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

impl WeightParts {
    /// Returns the number of weights; 0 if each is 1.
    pub fn count(&self) -> usize {
        match self {
            Self::One => 0,
            Self::I8(of) => of.len(),
            Self::I16(of) => of.len(),
            Self::I32(of) => of.len(),
            Self::F32(of) => of.len(),
            Self::F64(of) => of.len(),
        }
    }
}

/// Numbers from which the coefficients of a synapse are derived, of all neurons or of one.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct SynapseNumbers {
    /// Time constant of the synapse, ms.
    pub tau: f64,
    /// Time constant of the membrane, ms.
    pub membrane: f64,
    /// Resistance of the membrane, MΩ.
    pub resistance: f64,
    /// How the decay of the synapse becomes a factor of a step.
    pub discretization: Discretization,
}

/// Coefficients of a synapse: each has one value, or one for each neuron.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum SynapseParts {
    /// The synapse `current`.
    Current,
    /// The synapse `delta`.
    Delta,
    /// An exponential synapse with a held current.
    Held {
        /// Decay factors, as Rust writes them.
        decay: Vec<String>,
        /// From what they are derived: one, or one for each neuron.
        numbers: Vec<SynapseNumbers>,
    },
    /// An exponential synapse with the exact propagator.
    Exact {
        /// Decay factors, as Rust writes them.
        decay: Vec<String>,
        /// Propagators, as Rust writes them.
        factor: Vec<String>,
        /// From what they are derived: one, or one for each neuron.
        numbers: Vec<SynapseNumbers>,
    },
}

/// What a built-in stimulus brings: each value is one, or one for each neuron.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum StimulusParts {
    /// The same in each step.
    Constant {
        /// Values.
        value: CoefficientParts,
    },
    /// A value that changes once.
    Step {
        /// Values before the onset.
        before: CoefficientParts,
        /// Values from it on.
        after: CoefficientParts,
        /// First step of the second values.
        onset: u64,
    },
    /// Gaussian noise, which needs a host.
    Noise,
    /// Random spikes.
    Poisson {
        /// Cumulative probabilities, in units of 2⁻⁶⁴; `None` if neurons have rates of their own.
        thresholds: Option<Vec<u64>>,
        /// What a spike brings.
        weight: CoefficientParts,
    },
}

/// The arrays of a projection, as [`glif_core::network::Projection`] has them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ProjectionParts {
    /// Number of the source.
    pub from: usize,
    /// Number of the target.
    pub to: usize,
    /// Number of the synapse of the target: 0 is `current`, 1 `delta`, and exponential ones follow.
    pub synapse: usize,
    /// Divisions of a sparse projection; empty for another one.
    pub starts: Vec<u32>,
    /// Targets of a sparse projection.
    pub targets: Vec<u32>,
    /// Bits of a target index.
    pub target_bits: u8,
    /// A convolution, whose weights are those of its kernel.
    pub convolution: Option<Convolution>,
    /// The weights.
    pub weights: WeightParts,
    /// The delay of all connections, steps; `None` if each row has its own.
    pub delay: Option<u8>,
    /// Divisions of the rows among the sources.
    pub sources: Vec<u32>,
    /// Delay of each row, steps.
    pub delays: Vec<u8>,
    /// Every delay of a row, once.
    pub distinct: Vec<u8>,
    /// Value of a unit of integer weights: one, or one for each target.
    pub scale: CoefficientParts,
    /// Factor of sums in the number format; `None` if they are not scaled.
    pub factor: Option<CoefficientParts>,
    /// Whether the weights are in the number format.
    pub scalars: bool,
}

/// The state of a population as numbers; exact. An input has a history only.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct StateParts {
    /// Membrane potentials, mV.
    pub voltage: Vec<f64>,
    /// Refractory words: [`Refractory::to_bits`](glif_core::Refractory::to_bits).
    pub refractory: Vec<u16>,
    /// Components: those of component 0 of all neurons, then those of component 1.
    pub adaptation: Vec<f64>,
    /// Currents from outside, nA.
    pub outside: Vec<f64>,
    /// Currents of the exponential synapses, nA: those of the first synapse of all neurons, then those of the second.
    pub synapses: Vec<f64>,
    /// How many bits count the spikes that a neuron has in a step.
    pub planes: usize,
    /// Spikes of the last steps, as [`History`](glif_core::network::History) has them.
    pub history: Vec<u32>,
}

/// Formats the values of a coefficient.
fn shown<T: Debug + Copy>(column: &Column<T>) -> Vec<String> {
    let text = |value: &T| format!("{value:?}");
    if column.own.is_empty() { vec![text(&column.shared)] } else { column.own.iter().map(text).collect() }
}

/// Returns the values of a coefficient.
fn parts<T: Copy>(column: &Column<T>, text: impl Fn(&T) -> String, number: impl Fn(&T) -> f64) -> CoefficientParts {
    let values = if column.own.is_empty() { std::slice::from_ref(&column.shared) } else { &column.own };
    CoefficientParts { texts: values.iter().map(text).collect(), numbers: values.iter().map(number).collect() }
}

/// Returns values of the number format: in fixed point their text is their bits.
fn values<S: Stored>(column: &Column<S>) -> CoefficientParts {
    parts(column, |value| format!("{:?}", value.to_accumulator()), |value| value.to_f64())
}

/// Returns scales of weights.
fn scales<S: Stored>(column: &Column<S::Scale>) -> CoefficientParts {
    parts(column, |scale| format!("{scale:?}"), S::weight_scale_to_f64)
}

/// Returns from what the coefficients of a synapse of a population are derived.
fn numbers(description: &NetworkDescription, member: usize, number: usize) -> Vec<SynapseNumbers> {
    let (name, kind) = &description.populations[member];
    let PopulationKind::Neurons { description, synapses, .. } = kind else { return Vec::new() };
    let (own, synapse) = &synapses[number];
    let place = format!("populations.{name}.synapses.{own}");
    // Neither fails: the network is built.
    let (Ok(taus), Ok(drawn)) = (taus(&place, number, synapse, description), description.drawn()) else {
        return Vec::new();
    };
    let membrane = description.model().time_constant();
    let uses = membrane.into_iter().chain([Parameter::Resistance]);
    let varies = uses.into_iter().any(|of| !drawn.values(of).is_empty());
    let exact = synapse.coupling == Coupling::Exact;
    let count = if taus.len() > 1 || varies && exact { description.shape.iter().product() } else { 1 };
    let mut table = drawn.of(0);
    let each = (0..count).map(|neuron| {
        drawn.write_to(neuron, &mut table);
        SynapseNumbers {
            tau: taus[if taus.len() > 1 { neuron } else { 0 }],
            membrane: membrane.map_or(f64::INFINITY, |membrane| table.number(membrane)),
            resistance: table.number(Parameter::Resistance),
            discretization: synapse.discretization,
        }
    });
    each.collect()
}

impl<S: Stored, Q: Rounding> Engine<S, Q> {
    /// Returns the state of a population.
    pub(super) fn state(&self, member: usize) -> StateParts {
        let Some(node) = self.nodes.get(member) else { return StateParts::default() };
        let (planes, history) = (node.planes, node.history.clone());
        let Some(cells) = &node.cells else { return StateParts { planes, history, ..StateParts::default() } };
        let state = cells.population.capture();
        let numbers = |values: &[S]| values.iter().map(|value| value.to_f64()).collect::<Vec<_>>();
        StateParts {
            voltage: state.membrane,
            refractory: state.refractory,
            adaptation: state.adaptation,
            outside: numbers(&cells.outside),
            synapses: cells.synapses.iter().flat_map(|synapse| numbers(&synapse.state)).collect(),
            planes,
            history,
        }
    }

    /// Returns the arrays.
    pub(super) fn parts(&self, description: &NetworkDescription) -> NetworkParts {
        let populations = self.nodes.iter().enumerate().map(|(member, node)| {
            let mut parts = PopulationParts {
                most_delay: node.most_delay,
                has_currents: false,
                jumps: 0,
                synapses: Vec::new(),
                stimuli: Vec::new(),
            };
            let Some(cells) = &node.cells else { return parts };
            parts.has_currents = cells.summed;
            parts.jumps = cells.terms;
            let used = cells.synapses.iter().enumerate().filter(|(_, synapse)| synapse.used);
            let numbers = |number: usize| match number.checked_sub(BUILT_IN.len()) {
                Some(own) => numbers(description, member, own),
                None => Vec::new(),
            };
            parts.synapses =
                used.map(|(number, synapse)| (number, synapse_parts(&synapse.kind, numbers(number)))).collect();
            let stimuli = cells.stimuli.iter();
            parts.stimuli = stimuli
                .map(|stimulus| {
                    let source = match &stimulus.source {
                        Source::Constant { value } => StimulusParts::Constant { value: values(value) },
                        Source::Step { before, after, onset } => {
                            StimulusParts::Step { before: values(before), after: values(after), onset: *onset }
                        }
                        Source::Noise { .. } => StimulusParts::Noise,
                        Source::Poisson { thresholds, ends, weight } => StimulusParts::Poisson {
                            thresholds: (ends.len() == 1).then(|| thresholds.clone()),
                            weight: scales::<S>(weight),
                        },
                    };
                    (stimulus.number, stimulus.synapse, source)
                })
                .collect();
            parts
        });
        let populations = populations.collect();
        NetworkParts {
            order: self.order.clone(),
            populations,
            projections: self
                .routes
                .iter()
                .map(|route| projection_parts(route, self.nodes[route.to].neurons))
                .collect(),
        }
    }
}

fn synapse_parts<S: Synaptic>(kind: &Kind<S>, numbers: Vec<SynapseNumbers>) -> SynapseParts {
    match kind {
        Kind::Current => SynapseParts::Current,
        Kind::Delta => SynapseParts::Delta,
        Kind::Held { decay } => SynapseParts::Held { decay: shown(decay), numbers },
        Kind::Exact { decay, factor } => SynapseParts::Exact { decay: shown(decay), factor: shown(factor), numbers },
    }
}

fn projection_parts<S: Stored>(route: &Route<S>, neurons: usize) -> ProjectionParts {
    let (mut starts, mut convolution) = (route.starts.clone(), None);
    let (targets, target_bits) = match &route.targets {
        StoredTargets::Dense => (Vec::new(), 16),
        StoredTargets::Convolution(of) => {
            convolution = Some(*of);
            (Vec::new(), 16)
        }
        StoredTargets::U16(targets) => (targets.iter().map(|target| u32::from(*target)).collect(), 16),
        StoredTargets::U32(targets) => (targets.clone(), 32),
        StoredTargets::Bits { blocks, .. } => {
            let (bits, mut targets) = (BitRows::new(blocks, neurons), Vec::new());
            starts = vec![0];
            for row in 0..bits.rows() as u32 {
                targets.extend(bits.targets(row).map(|target| target as u32));
                starts.push(targets.len() as u32);
            }
            (targets, if neurons <= 1 << 16 { 16 } else { 32 })
        }
    };
    let weights = match &route.weights {
        StoredWeights::One => WeightParts::One,
        StoredWeights::I8(weights) => WeightParts::I8(weights.clone()),
        StoredWeights::I16(weights) => WeightParts::I16(weights.clone()),
        StoredWeights::I32(weights) => WeightParts::I32(weights.clone()),
        StoredWeights::Scalars(weights) if S::FORMAT == NumberFormat::F32 => {
            WeightParts::F32(weights.iter().map(|weight| weight.to_f64() as f32).collect())
        }
        StoredWeights::Scalars(weights) => WeightParts::F64(weights.iter().map(|weight| weight.to_f64()).collect()),
    };
    let (delay, rows) = match &route.delays {
        StoredDelays::All(delay) => (Some(*delay), Default::default()),
        StoredDelays::Rows { sources, delays, distinct } => (None, (sources.clone(), delays.clone(), distinct.clone())),
    };
    let (sources, delays, distinct) = rows;
    ProjectionParts {
        from: route.from,
        to: route.to,
        synapse: route.synapse,
        starts,
        targets,
        target_bits,
        convolution,
        weights,
        delay,
        sources,
        delays,
        distinct,
        scale: scales::<S>(&route.scale),
        factor: route.normal.as_ref().map(scales::<S>),
        scalars: matches!(route.weights, StoredWeights::Scalars(_)),
    }
}
