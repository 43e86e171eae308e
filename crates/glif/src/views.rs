//! `ndarray` views in and out.

use glif_core::StepOptions;
use ndarray::{ArrayViewD, Axis, IxDyn};

use crate::kernel::Kernel;
use crate::population::{CurrentError, Fired, Population};

impl<M: Kernel> Population<M> {
    /// Membrane potentials, mV: B x shape, without a copy.
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

    /// Threshold components, mV: shape x K as in Inferno, without a copy.
    pub fn adaptation_view(&self) -> ArrayViewD<'_, M::Scalar> {
        let mut components = view(&self.adaptation, self.neuron().components(), &self.shape);
        for axis in 0..self.shape.len() {
            components.swap_axes(axis, axis + 1);
        }
        components
    }

    /// One step under currents (nA) of B x shape, or of shape in a batch of one. Currents in C order are used in
    /// place; others are copied.
    ///
    /// # Errors
    /// As [`step`](Population::step), or if they have another shape.
    pub fn step_array(
        &mut self,
        currents: ArrayViewD<'_, M::Scalar>,
        options: StepOptions,
    ) -> Result<Fired<'_>, CurrentError> {
        let with_batch = currents.ndim() == self.shape.len() + 1
            && currents.len_of(Axis(0)) == self.batch
            && currents.shape()[1..] == self.shape;
        let without_batch = self.batch == 1 && currents.shape() == self.shape;
        if !with_batch && !without_batch {
            let (given, shape) = (currents.shape().to_vec(), self.shape.clone());
            return Err(CurrentError::Shape { given, batch: self.batch, shape });
        }
        match currents.as_slice() {
            Some(currents) => self.step(currents, options),
            None => self.step(&currents.iter().copied().collect::<Vec<_>>(), options),
        }
    }
}

fn view<'a, S>(values: &'a [S], first: usize, shape: &[usize]) -> ArrayViewD<'a, S> {
    let axes: Vec<usize> = [&[first], shape].concat();
    match ArrayViewD::from_shape(IxDyn(&axes), values) {
        Ok(view) => view,
        Err(error) => unreachable!("a population has as many values as its shape says: {error}"),
    }
}
