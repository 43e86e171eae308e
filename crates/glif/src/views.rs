//! Input and output of a population as `ndarray` views.

use std::borrow::Cow;

use glif_core::derive::DeriveReset;
use glif_core::levels::DynReset;
use glif_core::neuron::Dynamics;
use glif_core::rounding::Rounding;
use glif_core::spec::Parameter;
use glif_core::{Coefficients, Parameters, Quantize, StepOptions};
use ndarray::{ArrayViewD, Axis, IxDyn};

use crate::kernel::Kernel;
use crate::neuron_params::OwnList;
use crate::population::{Builder, CurrentError, Fired, Population};

impl<S, R, const K: usize, Q, D, P> Builder<Coefficients<S, R, K, Q, D>, P, Q>
where
    S: Quantize,
    R: DeriveReset<S> + Into<DynReset<S>>,
    Q: Rounding,
    D: Dynamics<S, K>,
    P: Into<Parameters<R::Params, K>>,
{
    /// Gives each neuron its own value of a parameter, as [`own`](Self::own) does. The array has the shape of the
    /// population, and one more axis for the components of a parameter that is a list. `build` checks the shape.
    ///
    /// ```
    /// use glif::{BuildError, Lif, LifParams, Parameter, Population};
    /// use ndarray::{ArrayD, IxDyn};
    ///
    /// let params = LifParams {
    ///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
    /// };
    /// let builder = || Population::<Lif<f32>>::builder(params).shape(&[2, 3]);
    /// let thresholds = ArrayD::from_shape_fn(IxDyn(&[2, 3]), |at| -50.0 - at[1] as f64); // mV
    /// let population = builder().own_array(Parameter::ThreshV, thresholds.view()).build()?;
    /// assert_eq!(population.own_bytes_per_neuron(), 4);
    /// let error = builder().own_array(Parameter::ThreshV, thresholds.t()).build().unwrap_err();
    /// assert_eq!(error.to_string(), "`thresh_v`: has shape [3, 2], but [2, 3] is needed");
    /// # Ok::<(), BuildError>(())
    /// ```
    pub fn own_array(mut self, parameter: Parameter, values: ArrayViewD<'_, f64>) -> Self {
        let shape = Some(values.shape().to_vec());
        self.set_own(OwnList { parameter, values: values.iter().copied().collect(), shape });
        self
    }
}

impl<M: Kernel> Population<M> {
    /// Returns the membrane potentials, mV: B x shape, without a copy.
    ///
    /// ```
    /// use glif::{Lif, LifParams, Population, StepOptions};
    /// use ndarray::{ArrayD, IxDyn};
    ///
    /// let params = LifParams {
    ///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0,
    ///     refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
    /// };
    /// let mut population = Population::<Lif<f64>>::builder(params).shape(&[4, 5]).batch_size(2).build()?;
    /// let mut currents = ArrayD::zeros(IxDyn(&[2, 4, 5]));
    /// currents[[1, 3, 2]] = 300.0;
    /// assert_eq!(population.step_array(currents.view(), StepOptions::default())?.count(), 1);
    /// assert_eq!(population.voltage_view()[[1, 3, 2]], -65.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn voltage_view(&self) -> ArrayViewD<'_, M::Scalar> {
        view(&self.membrane, self.batch, &self.shape)
    }

    /// Returns the threshold components, mV: shape x K as in Inferno, without a copy.
    pub fn adaptation_view(&self) -> ArrayViewD<'_, M::Scalar> {
        components(&self.adaptation, self.neuron().components(), &self.shape)
    }

    /// Steps once under currents (nA) of B x shape, or of shape in a batch of one.
    ///
    /// Currents in C order are used in place; others are copied.
    ///
    /// # Errors
    /// Those of [`step`](Population::step). Returns an error if the currents have the wrong shape.
    pub fn step_array(
        &mut self,
        currents: ArrayViewD<'_, M::Scalar>,
        options: StepOptions,
    ) -> Result<Fired<'_>, CurrentError> {
        let currents = in_order(&currents, self.batch, &self.shape)?;
        self.step(&currents, options)
    }
}

fn view<'a, S>(values: &'a [S], first: usize, shape: &[usize]) -> ArrayViewD<'a, S> {
    let axes: Vec<usize> = [&[first], shape].concat();
    match ArrayViewD::from_shape(IxDyn(&axes), values) {
        Ok(view) => view,
        Err(error) => unreachable!("a population has as many values as its shape says: {error}"),
    }
}

/// Views K x shape as shape x K.
fn components<'a, S>(values: &'a [S], count: usize, shape: &[usize]) -> ArrayViewD<'a, S> {
    let mut components = view(values, count, shape);
    for axis in 0..shape.len() {
        components.swap_axes(axis, axis + 1);
    }
    components
}

/// Returns currents of B x shape, or of shape in a batch of one, in C order.
fn in_order<'a, T: Copy>(
    currents: &'a ArrayViewD<'_, T>,
    batch: usize,
    shape: &[usize],
) -> Result<Cow<'a, [T]>, CurrentError> {
    let with_batch =
        currents.ndim() == shape.len() + 1 && currents.len_of(Axis(0)) == batch && currents.shape()[1..] == *shape;
    let without_batch = batch == 1 && currents.shape() == shape;
    if !with_batch && !without_batch {
        let (given, shape) = (currents.shape().to_vec(), shape.to_vec());
        return Err(CurrentError::Shape { given, batch, shape });
    }
    Ok(currents.as_slice().map_or_else(|| Cow::Owned(currents.iter().copied().collect()), Cow::Borrowed))
}

#[cfg(feature = "files")]
mod of_any_model {
    use glif_core::spec::Stored;

    use super::*;
    use crate::{Currents, Description, DescriptionErrors, DynPopulation};

    impl Description {
        /// Gives each neuron its own value of a parameter. The array has the shape of the population, and one more
        /// axis for the components of a parameter that is a list.
        ///
        /// ```
        /// use glif::{Description, LifParams, Parameter, Spec};
        /// use ndarray::{ArrayD, IxDyn};
        ///
        /// let params = LifParams {
        ///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
        /// };
        /// let mut description = Description::new(Spec::new(params), &[2, 3]);
        /// let thresholds = ArrayD::from_shape_fn(IxDyn(&[2, 3]), |at| -50.0 - at[1] as f64); // mV
        /// description.set_own_array(Parameter::ThreshV, thresholds.view())?;
        /// assert_eq!(description.build()?.own_bytes_per_neuron(), 4);
        /// let error = description.set_own_array(Parameter::ThreshV, thresholds.t()).unwrap_err();
        /// assert_eq!(
        ///     error.to_string(),
        ///     "`params.thresh_v`: the array has shape [3, 2], but [2, 3] or [2, 3, 1] is needed"
        /// );
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        ///
        /// # Errors
        /// Returns an error if the array has another shape; the description has not changed then. Whether the values
        /// are valid is checked when the population is built.
        pub fn set_own_array(
            &mut self,
            parameter: Parameter,
            values: ArrayViewD<'_, f64>,
        ) -> Result<(), DescriptionErrors> {
            self.set_own_values(parameter, values.shape(), values.iter().copied().collect())
        }
    }

    impl DynPopulation {
        /// Returns the membrane potentials, mV: B x shape, without a copy.
        ///
        /// Returns `None` if the population stores them in another type than `S`.
        ///
        /// ```
        /// use glif::{Description, LifParams, Spec};
        /// use ndarray::{ArrayD, IxDyn};
        ///
        /// let params = LifParams {
        ///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0,
        ///     refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
        /// };
        /// let description = Description::new(Spec::new(params), &[4, 5]); // in f32
        /// let mut population = description.build()?;
        /// let mut currents = ArrayD::<f64>::zeros(IxDyn(&[4, 5]));
        /// currents[[3, 2]] = 300.0;
        /// assert_eq!(population.step_array(currents.view(), description.options())?.count(), 1);
        /// assert_eq!(population.voltage_view::<f32>().unwrap()[[0, 3, 2]], -65.0);
        /// assert!(population.voltage_view::<f64>().is_none());
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        pub fn voltage_view<S: Stored>(&self) -> Option<ArrayViewD<'_, S>> {
            let Description { shape, batch_size, .. } = self.description();
            Some(view(self.arrays()[0].downcast_ref::<Vec<S>>()?, *batch_size, shape))
        }

        /// Returns the threshold components, mV: shape x K as in Inferno, without a copy.
        ///
        /// Returns `None` if the population stores them in another type than `S`.
        pub fn adaptation_view<S: Stored>(&self) -> Option<ArrayViewD<'_, S>> {
            let values = self.arrays()[1].downcast_ref::<Vec<S>>()?;
            Some(components(values, self.components(), &self.description().shape))
        }

        /// Steps once under currents (nA) of B x shape, or of shape in a batch of one, in f32 or f64.
        ///
        /// The loaded currents stay for later steps.
        ///
        /// # Errors
        /// Those of [`step_with`](Self::step_with). Returns an error if the currents have the wrong shape.
        pub fn step_array<T: Copy>(
            &mut self,
            currents: ArrayViewD<'_, T>,
            options: StepOptions,
        ) -> Result<Fired<'_>, CurrentError>
        where
            for<'a> Currents<'a>: From<&'a [T]>,
        {
            let Description { shape, batch_size, .. } = self.description();
            let currents = in_order(&currents, *batch_size, shape)?;
            self.step_with(Currents::from(&*currents), options)
        }
    }
}
