//! Errors of populations on the heap.

use glif_core::ParamErrors;
use glif_core::error::Number;
use glif_core::spec::{Dialect, NumberFormat, Parameter, RoundingMode};
use thiserror::Error;

/// Error from building a population, or from changing its batch size or its threads.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The parameters are invalid.
    #[error("{0}")]
    Params(Box<ParamErrors>),
    /// A list has a wrong number of values for neurons that each have their own.
    #[error("`{parameter}`: has {given} values, but {expected} are needed")]
    OwnLength {
        /// The parameter.
        parameter: Parameter,
        /// Number of values given.
        given: usize,
        /// Number of values needed: one for each neuron, and for each component of a list.
        expected: usize,
    },
    /// An array of values for neurons that each have their own has another shape than the population.
    #[error("`{parameter}`: has shape {given:?}, but {expected:?} is needed")]
    OwnShape {
        /// The parameter.
        parameter: Parameter,
        /// Shape of the array.
        given: Vec<usize>,
        /// Shape needed: that of the population, with one more axis for the components of a list.
        expected: Vec<usize>,
    },
    /// Values in a description that do not describe neurons. Each error is a line, or two with a remedy.
    #[error("{0}")]
    Own(String),
    /// The shape has no axis, or an axis of length zero.
    #[error("`shape` = {shape:?}: {}", if shape.is_empty() { "at least one dimension is needed" } else { "every dimension must be at least 1" })]
    Empty {
        /// Number of neurons along each axis.
        shape: Vec<usize>,
    },
    /// The batch has no samples.
    #[error("`batch_size` = 0: must be at least 1")]
    NoSample,
    /// The dialect has no batches.
    #[error("`batch_size` = {batch}: must be 1 in dialect \"{dialect}\"\nhelp: make the samples an axis of `shape`")]
    Batch {
        /// Number of samples.
        batch: usize,
        /// The dialect.
        dialect: Dialect,
    },
    /// The rounding mode is not available: floating point only rounds to nearest.
    #[error("`rounding` = \"{rounding}\": only fixed point has this rounding mode; {scalar} rounds to nearest")]
    Rounding {
        /// The rounding mode.
        rounding: RoundingMode,
        /// The number format.
        scalar: NumberFormat,
    },
    /// The seed does not fit into a population file.
    #[error("`seed` = {value}: must be at most {}, the greatest integer of a population file", i64::MAX)]
    Seed {
        /// The seed.
        value: u64,
    },
    /// The population does not fit in memory.
    #[error("`shape` = {shape:?}, `batch_size` = {batch}: does not fit in memory\nhelp: use fewer neurons or samples")]
    TooLarge {
        /// Number of neurons along each axis.
        shape: Vec<usize>,
        /// Number of samples.
        batch: usize,
    },
    /// The number of threads is 0, above [`THREADS`](crate::limits::THREADS), or more than the system can start.
    #[error("`threads` = {count}: {reason}")]
    Threads {
        /// The number of threads requested.
        count: usize,
        /// The allowed range, or the system's error.
        reason: String,
    },
}

impl BuildError {
    /// Returns the error for values of neurons that a description gets wrong.
    #[cfg(feature = "files")]
    pub(crate) fn of_description(errors: crate::DescriptionErrors) -> Self {
        Self::Own(errors.to_string())
    }
}

impl From<ParamErrors> for BuildError {
    fn from(errors: ParamErrors) -> Self {
        Self::Params(Box::new(errors))
    }
}

/// Error from a step or from loading currents. The state of the population has not changed.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum CurrentError {
    /// The number of currents is wrong: one for each neuron of each sample is needed.
    #[error("{given} currents for {batch} x {neurons} neurons: one per neuron and sample is needed")]
    Length {
        /// Number of currents given.
        given: usize,
        /// Number of samples.
        batch: usize,
        /// Number of neurons per sample.
        neurons: usize,
    },
    /// The currents have the wrong shape.
    #[error(
        "currents of shape {given:?}: the shape must be {batch} followed by {shape:?}, or {shape:?} alone if the batch size is 1"
    )]
    Shape {
        /// Shape of the currents given.
        given: Vec<usize>,
        /// Number of samples.
        batch: usize,
        /// Number of neurons along each axis of a sample.
        shape: Vec<usize>,
    },
    /// The dialect of the population has no other options of a step than the default.
    #[error("the options of a step must be the defaults in dialect \"{dialect}\"")]
    Options {
        /// The dialect.
        dialect: Dialect,
    },
    /// No memory is left to convert the currents of a step to the population's number format.
    #[error("the currents of {cells} neurons do not fit in memory beside the loaded ones")]
    Memory {
        /// Number of currents, over all samples.
        cells: usize,
    },
    /// An earlier step panicked and is incomplete.
    #[error(
        "an earlier step panicked and is incomplete\nhelp: clear the population with its threshold components, restore a snapshot, or build it again"
    )]
    HalfDone,
    /// The current is NaN, infinite, or so large that R·I exceeds a quarter of the range of the number format.
    #[error(
        "the current of sample {sample}, neuron {neuron} is {} nA: it must be finite, and its product with the resistance within a quarter of the range of the number format",
        Number(*value)
    )]
    NotDrivable {
        /// Index of the sample, counted from 0.
        sample: usize,
        /// Flat index of the neuron in its sample, counted from 0.
        neuron: usize,
        /// Current, nA.
        value: f64,
    },
}
