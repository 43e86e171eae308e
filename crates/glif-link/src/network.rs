//! The parts of a network, in the order in which a board takes them.
//!
//! 1. [`Part::Begin`].
//! 2. For each population [`Part::Input`], or [`Part::Neurons`] and then its synapses and stimuli.
//! 3. Each projection.
//! 4. [`Part::End`].
//!
//! What a part announces follows it, before the next part: first [`Part::Bytes`], the image of its arrays in memory,
//! then [`Part::Rows`], numbers from which the board derives its coefficients. Each array begins at a multiple of four
//! bytes.

use glif_core::spec::Discretization;
use serde::{Deserialize, Serialize};

use crate::model::Model;

/// A part of a network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[allow(clippy::large_enum_variant, reason = "there is no heap to box a model on")]
pub enum Part<'a> {
    /// Begins a network. Whatever was loaded before is gone.
    Begin {
        /// Number of populations.
        populations: u32,
        /// Number of projections.
        projections: u32,
        /// Seed of the stimuli.
        seed: u64,
        /// Number of the sample, of which stimuli have their own random numbers.
        sample: u32,
    },
    /// The next population: spikes from outside.
    Input {
        /// Number of spike sources.
        neurons: u32,
        /// Longest delay of a projection from it, steps.
        most_delay: u8,
        /// How many bits count the spikes that a source has in a step.
        planes: u8,
    },
    /// The next population: neurons. Rows follow if some parameters are their own, one for each neuron, as in
    /// [`Request::Own`](crate::Request::Own).
    Neurons {
        /// The population.
        model: Model,
        /// Longest delay of a projection from it, steps.
        most_delay: u8,
        /// Number of synapses.
        synapses: u8,
        /// Number of stimuli.
        drives: u8,
    },
    /// The next synapse of the last population. Those come in the order in which a neuron adds them.
    Synapse {
        /// What it does.
        kind: SynapseKind,
        /// Its number in random rounding.
        number: u8,
        /// Whether each neuron has its own coefficients.
        own: bool,
    },
    /// The next stimulus of the last population.
    Drive {
        /// What it brings.
        kind: DriveKind,
        /// Number of the synapse, counted from 0, at which it arrives; `None` for a current.
        synapse: Option<u8>,
        /// Number among the stimuli of the network.
        number: u16,
        /// Whether each neuron has its own values.
        own: bool,
    },
    /// The next projection. Its arrays follow as bytes, then its scale as rows.
    Projection {
        /// Number of the source.
        from: u32,
        /// Number of the target.
        to: u32,
        /// Number of the synapse of the target, counted from 0.
        synapse: u8,
        /// Which neurons are connected.
        connections: ConnectionKind,
        /// Type of the weights.
        weights: WeightKind,
        /// Steps from a spike to its delivery.
        delays: DelayKind,
        /// Number of scales: 0, which is for weights in the number format only, 1, or one for each target.
        scales: u32,
    },
    /// Bytes of the arrays of the last part.
    Bytes {
        /// Index of the first byte.
        first: u32,
        /// Bytes, a multiple of four.
        #[serde(borrow, with = "serde_bytes")]
        bytes: &'a [u8],
    },
    /// Numbers of the last part.
    Rows {
        /// Number of the first row.
        first: u32,
        /// f64, little endian: all numbers of a row, then those of the next.
        #[serde(borrow, with = "serde_bytes")]
        values: &'a [u8],
    },
    /// Ends the network. The board checks it as a whole.
    End,
}

/// What a synapse does with what arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SynapseKind {
    /// It is current for the step.
    Current,
    /// It moves the membrane in the step.
    Delta,
    /// It is added to a decaying current, which acts through the whole step. A row is the time constant, ms.
    Held {
        /// How the decay becomes a factor of a step.
        discretization: Discretization,
    },
    /// It is added to a decaying current, which acts by the exact propagator. A row is the time constant, ms, that of
    /// the membrane, ms, 0 if it does not leak, and the resistance, MΩ.
    Exact,
}

impl SynapseKind {
    /// Returns the numbers of a row.
    pub const fn numbers(self) -> usize {
        match self {
            Self::Current | Self::Delta => 0,
            Self::Held { .. } => 1,
            Self::Exact => 3,
        }
    }
}

/// What a built-in stimulus brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum DriveKind {
    /// The same in each step. A row is the value.
    Constant,
    /// A value that changes once. A row is the value before the onset, and that from it on.
    Step {
        /// First step of the second value.
        onset: u64,
    },
    /// Random spikes. The bytes are the cumulative probabilities of their number in a step, as u64 in units of 2⁻⁶⁴; a
    /// row is what a spike brings.
    Poisson {
        /// Number of probabilities.
        thresholds: u32,
    },
}

impl DriveKind {
    /// Returns the numbers of a row.
    pub const fn numbers(self) -> usize {
        match self {
            Self::Constant | Self::Poisson { .. } => 1,
            Self::Step { .. } => 2,
        }
    }
}

/// Which neurons are connected, and the arrays that say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ConnectionKind {
    /// All pairs.
    Dense,
    /// Some pairs, to targets in two bytes each.
    Sparse {
        /// Number of connections.
        connections: u32,
    },
    /// Some pairs, to targets in four bytes each.
    Wide {
        /// Number of connections.
        connections: u32,
    },
    /// The targets share the weights of a kernel. The first array is 16 numbers of two bytes: channels, rows and columns of
    /// the source and of the target, rows and columns of the kernel, of the stride, of the padding and of the dilation,
    /// groups, and 0.
    Convolution {
        /// Number of weights.
        weights: u32,
    },
}

impl ConnectionKind {
    /// Words of the numbers of a convolution.
    pub const CONVOLUTION: usize = 8;
}

/// Type of the weights of a projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum WeightKind {
    /// Each weight is 1.
    One,
    /// 8 bits.
    I8,
    /// 8 bits of dense rows, plus 128; each row begins at a multiple of four bytes.
    Packed,
    /// 16 bits.
    I16,
    /// 32 bits.
    I32,
    /// The number format of the network, which is `f32`.
    Scalars,
}

/// Steps from a spike to its delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum DelayKind {
    /// Those of all connections.
    All(u8),
    /// A source has a row of connections for each of its delays.
    Rows {
        /// Number of rows.
        rows: u32,
        /// Number of different delays.
        distinct: u8,
    },
}

/// The arrays of a projection between populations of these sizes, in the order of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProjectionArrays {
    /// Divisions of the connections among the rows, u32 each; of a convolution, the words of its numbers.
    pub starts: usize,
    /// Indices of targets, of 2 or 4 bytes.
    pub targets: usize,
    /// Bytes of an index; 0 of a dense projection and 1 of a convolution, which have none.
    pub index: usize,
    /// Weights.
    pub weights: usize,
    /// Bytes of a weight.
    pub weight: usize,
    /// Divisions of the rows among the sources, u32 each.
    pub sources: usize,
    /// Delays of the rows, one byte each.
    pub delays: usize,
    /// Different delays, one byte each.
    pub distinct: usize,
}

impl ProjectionArrays {
    /// Returns the arrays; `None` if they cannot be counted.
    pub fn of(
        (sources, targets): (usize, usize),
        connections: ConnectionKind,
        weights: WeightKind,
        delays: DelayKind,
    ) -> Option<Self> {
        let (rows, of_sources, distinct) = match delays {
            DelayKind::All(_) => (sources, 0, 0),
            DelayKind::Rows { rows, distinct } => (rows as usize, sources.checked_add(1)?, distinct.into()),
        };
        let (count, index, starts) = match connections {
            ConnectionKind::Dense => (sources.checked_mul(targets)?, 0, 0),
            ConnectionKind::Sparse { connections } => (connections as usize, 2, rows.checked_add(1)?),
            ConnectionKind::Wide { connections } => (connections as usize, 4, rows.checked_add(1)?),
            ConnectionKind::Convolution { weights } => (weights as usize, 1, ConnectionKind::CONVOLUTION),
        };
        let (weights, weight) = match weights {
            WeightKind::One => (0, 0),
            WeightKind::I8 => (count, 1),
            WeightKind::Packed => (sources.checked_mul(targets.div_ceil(4))?, 4),
            WeightKind::I16 => (count, 2),
            WeightKind::I32 | WeightKind::Scalars => (count, 4),
        };
        Some(Self {
            starts,
            targets: if matches!(index, 2 | 4) { count } else { 0 },
            index,
            weights,
            weight,
            sources: of_sources,
            delays: if of_sources > 0 { rows } else { 0 },
            distinct,
        })
    }

    /// Returns the words of each array, in their order; `None` if they cannot be counted.
    pub fn words(&self) -> Option<[usize; 6]> {
        let of = |count: usize, size: usize| Some(count.checked_mul(size)?.div_ceil(size_of::<u32>()));
        let Self { starts, targets, index, weights, weight, sources, delays, distinct } = *self;
        Some([starts, of(targets, index)?, of(weights, weight)?, sources, of(delays, 1)?, of(distinct, 1)?])
    }
}

/// What is wrong with a network, or with a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum NetworkProblem {
    /// The network has arrived in part.
    Incomplete,
    /// The part does not come next.
    Order,
    /// There is no population or synapse of this number.
    Number,
    /// This firmware has no networks in this number format.
    Format,
    /// The population has another number format, rounding or step time than the first one.
    Differs,
    /// The numbers of a row cannot be stored in the number format.
    Row,
    /// The synapses of the population make more jumps than a neuron adds.
    Jumps,
    /// The projection has a longer delay than its source keeps.
    Delay,
    /// The arrays of the projection do not fit each other.
    Arrays,
    /// The magnitudes of the weights of a target of the projection add up to too much.
    Sum,
    /// What arrives at the population could leave the range of the number format.
    Range,
    /// The population is in a circle of projections without delay.
    Circle,
    /// The spikes of the inputs in this step of a request are not sets.
    Inputs,
}
