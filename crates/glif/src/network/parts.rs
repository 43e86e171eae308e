//! The arrays of a network as they are stored, for programs that write them in another form.

use std::fmt::Debug;

use glif_core::network::{BitRows, Synaptic};
use glif_core::rounding::Rounding;
use glif_core::spec::Stored;

use super::engine::{Column, Engine, Kind, Route, Source, StoredDelays, StoredTargets, StoredWeights};

/// The arrays of a network. Numbers in the format of the network are text, as Rust writes them.
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
        /// Decay factors.
        decay: Vec<String>,
    },
    /// An exponential synapse with the exact propagator.
    Exact {
        /// Decay factors.
        decay: Vec<String>,
        /// Propagators.
        factor: Vec<String>,
    },
}

/// What a built-in stimulus brings: each value is one, or one for each neuron.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum StimulusParts {
    /// The same in each step.
    Constant {
        /// Values.
        value: Vec<String>,
    },
    /// A value that changes once.
    Step {
        /// Values before the onset.
        before: Vec<String>,
        /// Values from it on.
        after: Vec<String>,
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
        weight: Vec<String>,
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
    /// Divisions of a sparse projection; empty for a dense one.
    pub starts: Vec<u32>,
    /// Targets of a sparse projection.
    pub targets: Vec<u32>,
    /// Bits of a target index.
    pub target_bits: u8,
    /// The weights, and their type as Rust writes it; `None` if each is 1.
    pub weights: Option<(&'static str, Vec<String>)>,
    /// The delay of all connections, steps; `None` if each row has its own.
    pub delay: Option<u8>,
    /// Divisions of the rows among the sources.
    pub sources: Vec<u32>,
    /// Delay of each row, steps.
    pub delays: Vec<u8>,
    /// Every delay of a row, once.
    pub distinct: Vec<u8>,
    /// Value of a unit of integer weights: one, or one for each target.
    pub scale: Vec<String>,
    /// Factor of sums in the number format; empty if there is none.
    pub factor: Vec<String>,
    /// Whether the weights are in the number format.
    pub scalars: bool,
}

/// Formats the values of a coefficient.
fn shown<T: Debug + Copy>(column: &Column<T>) -> Vec<String> {
    let text = |value: &T| format!("{value:?}");
    if column.own.is_empty() { vec![text(&column.shared)] } else { column.own.iter().map(text).collect() }
}

/// Formats values of the number format: in fixed point their bits.
fn bits<S: Stored>(column: &Column<S>) -> Vec<String> {
    let text = |value: &S| format!("{:?}", value.to_accumulator());
    if column.own.is_empty() { vec![text(&column.shared)] } else { column.own.iter().map(text).collect() }
}

impl<S: Stored, Q: Rounding> Engine<S, Q> {
    /// Returns the arrays.
    pub(super) fn parts(&self) -> NetworkParts {
        let populations = self.nodes.iter().map(|node| {
            let mut parts = PopulationParts {
                most_delay: node.most_delay,
                has_currents: false,
                jumps: 0,
                synapses: Vec::new(),
                stimuli: Vec::new(),
            };
            let Some(cells) = &node.cells else { return parts };
            parts.has_currents = !cells.currents.is_empty();
            parts.jumps = cells.jumps.len();
            let used = cells.synapses.iter().enumerate().filter(|(_, synapse)| !synapse.arrived.is_empty());
            parts.synapses = used.map(|(number, synapse)| (number, synapse_parts(&synapse.kind))).collect();
            let stimuli = cells.stimuli.iter();
            parts.stimuli = stimuli
                .map(|stimulus| {
                    let source = match &stimulus.source {
                        Source::Constant { value } => StimulusParts::Constant { value: bits(value) },
                        Source::Step { before, after, onset } => {
                            StimulusParts::Step { before: bits(before), after: bits(after), onset: *onset }
                        }
                        Source::Noise { .. } => StimulusParts::Noise,
                        Source::Poisson { thresholds, ends, weight } => StimulusParts::Poisson {
                            thresholds: (ends.len() == 1).then(|| thresholds.clone()),
                            weight: shown(weight),
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

fn synapse_parts<S: Synaptic>(kind: &Kind<S>) -> SynapseParts {
    match kind {
        Kind::Current => SynapseParts::Current,
        Kind::Delta => SynapseParts::Delta,
        Kind::Held { decay } => SynapseParts::Held { decay: shown(decay) },
        Kind::Exact { decay, factor } => SynapseParts::Exact { decay: shown(decay), factor: shown(factor) },
    }
}

fn projection_parts<S: Stored>(route: &Route<S>, neurons: usize) -> ProjectionParts {
    let mut starts = route.starts.clone();
    let (targets, target_bits) = match &route.targets {
        StoredTargets::Dense => (Vec::new(), 16),
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
    fn texts<T: Debug>(values: &[T]) -> Vec<String> {
        values.iter().map(|value| format!("{value:?}")).collect()
    }
    let weights = match &route.weights {
        StoredWeights::One => None,
        StoredWeights::I8(weights) => Some(("i8", texts(weights))),
        StoredWeights::I16(weights) => Some(("i16", texts(weights))),
        StoredWeights::I32(weights) => Some(("i32", texts(weights))),
        StoredWeights::Scalars(weights) => Some((S::FORMAT.name(), texts(weights))),
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
        weights,
        delay,
        sources,
        delays,
        distinct,
        scale: shown(&route.scale),
        factor: route.normal.as_ref().map(shown).unwrap_or_default(),
        scalars: matches!(route.weights, StoredWeights::Scalars(_)),
    }
}
