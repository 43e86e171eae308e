//! The description of a population on a host: the core's [`Spec`], a shape and a batch.
//!
//! A program builds it in Rust or reads it from a population file ([`toml`](mod@toml)):
//!
//! ```
//! use glif::{AlifParams, Description, NumberFormat, Spec};
//!
//! let params = AlifParams {
//!     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_eq_v: -50.0, refrac_t: 2.0, tc_membrane: 20.0,
//!     tc_adaptation: [20.0, 200.0], spike_increment: [1.5, 1.5], resistance: 1.0,
//! };
//! let mut description = Description::new(Spec::new(params), &[4, 5]);
//! description.spec.scalar = NumberFormat::I16F16;
//! let population = description.build()?;
//! assert_eq!((population.neurons(), population.components()), (20, 2));
//! # Ok::<(), glif::BuildError>(())
//! ```

mod problems;
pub mod toml;

pub use glif_core::spec::{
    BatchReduction, Dialect, Discretization, ModelKind, Named, NumberFormat, ParamTable, Parameter, RoundingMode, Spec,
    ThresholdTest,
};

use glif_core::StepOptions;
use glif_core::rounding::Rounding as _;
use glif_core::spec::Stored;

use crate::DynPopulation;
use crate::kernel::Kernel;
use crate::own::OwnParams;
use crate::population::{BuildError, Population};

/// The description of a population.
///
/// The same population in another number format:
///
/// ```
/// use glif::{Description, NumberFormat};
/// # let description = glif::Description::from_toml("model = 'lif'\nshape = 3\n[params]\nstep_time = 1.0\nrest_v = -60.0\n\
/// #     reset_v = -65.0\nthresh_v = -50.0\nrefrac_t = 2.0\ntime_constant = 20.0")?;
/// let mut small = description.clone();
/// small.spec.scalar = NumberFormat::I8F8;
/// assert_eq!(description.differences(&small, ["before", "now"]), ["`scalar` is \"f32\" before, \"i8f8\" now"]);
/// assert_eq!((description.build()?.bytes_per_neuron(), small.build()?.bytes_per_neuron()), (6, 4));
/// assert_eq!(Description::from_toml(&small.to_toml())?, small);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// Model, parameters, number format, rounding, refractory rule and step options.
    pub spec: Spec,
    /// Number of neurons along each axis.
    pub shape: Vec<usize>,
    /// Number of samples.
    pub batch_size: usize,
    /// How the threshold updates of a batch are reduced.
    pub batch_reduction: BatchReduction,
    /// The parameters of which each neuron has its own value. `spec.params` has their values for neuron 0.
    ///
    /// The value of an array that is not read ([`load_arrays`](Self::load_arrays)) is NaN there.
    pub own: OwnParams,
}

impl Description {
    /// Describes one sample with `shape` neurons along the axes.
    pub fn new(spec: Spec, shape: &[usize]) -> Self {
        let (shape, batch_reduction) = (shape.to_vec(), BatchReduction::Mean);
        Self { spec, shape, batch_size: 1, batch_reduction, own: OwnParams::default() }
    }

    /// Returns the model.
    pub fn model(&self) -> ModelKind {
        self.spec.model()
    }

    /// Returns which parts of the update a step skips.
    pub fn options(&self) -> StepOptions {
        self.spec.options
    }

    /// Returns a parameter that is a single number; NaN if the model does not have it.
    pub fn number(&self, parameter: Parameter) -> f64 {
        self.spec.params.number(parameter)
    }

    /// Returns the length of a step, ms.
    pub fn step_time(&self) -> f64 {
        self.spec.step_time()
    }

    /// Returns the number of components.
    pub fn components(&self) -> usize {
        self.spec.params.components()
    }

    /// Builds the population with neuron 0 alone in one sample. If all neurons share their parameters, it has the
    /// coefficients and the report of the whole.
    ///
    /// # Errors
    /// Those of [`build`](Self::build).
    pub fn one_neuron(&self) -> Result<DynPopulation, BuildError> {
        let (spec, batch_reduction) = (self.spec.clone(), self.batch_reduction);
        Self { batch_reduction, ..Self::new(spec, &[1]) }.build()
    }

    /// Returns an error if floating point is to use a rounding mode other than that of IEEE 754.
    pub(crate) fn unfit_rounding(&self) -> Option<BuildError> {
        let Spec { rounding, scalar, .. } = self.spec;
        (!self.spec.has_rounding()).then_some(BuildError::Rounding { rounding, scalar })
    }
}

impl<M: Kernel<Scalar: Stored>> Population<M> {
    /// Returns the description, with the default step options.
    ///
    /// Returns `None` if the reduction is the caller's own, which has no name.
    ///
    /// ```
    /// use glif::{Glif2, Glif2Params, NumberFormat, Population, Stochastic, fixed::types::I8F8};
    ///
    /// let params = Glif2Params {
    ///     step_time: 1.0, rest_v: -60.0, reset_v_add: 4.0, reset_v_mul: 0.2, thresh_eq_v: -50.0, refrac_t: 2.0,
    ///     tc_membrane: 20.0, rc_adaptation: [0.01], spike_increment: [2.0], resistance: 1.0,
    /// };
    /// let builder = Population::<Glif2<I8F8, 1>>::builder(params).shape(&[10, 10]);
    /// let population = builder.rounding(Stochastic { seed: 7 }).build()?;
    /// let description = population.description().unwrap();
    /// assert_eq!((description.spec.scalar, description.spec.seed), (NumberFormat::I8F8, 7));
    /// assert_eq!(description.build()?.neurons(), 100);
    /// # Ok::<(), glif::BuildError>(())
    /// ```
    pub fn description(&self) -> Option<Description> {
        let rounding = self.neuron().rounding();
        let spec = Spec {
            params: self.parameters().clone().into(),
            scalar: M::Scalar::FORMAT,
            rounding: rounding.mode(),
            seed: rounding.seed(),
            refractory: self.period().rule(),
            options: StepOptions::default(),
        };
        Some(Description {
            spec: spec.in_format(M::Scalar::FORMAT),
            shape: self.shape().to_vec(),
            batch_size: self.batch_size(),
            batch_reduction: self.reduction.name()?,
            own: self.neuron_parameters().map(OwnParams::of).unwrap_or_default(),
        })
    }
}
