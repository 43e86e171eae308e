//! The parameters of every neuron of a population.

use glif_core::spec::{ParamTable, Parameter, ParameterSet};
use glif_core::{ParamError, ParamErrors, Problem};

use crate::population::BuildError;

/// The parameters of every neuron.
///
/// Its memory is that of the own parameters only.
#[derive(Debug, Clone, PartialEq)]
pub struct NeuronParams {
    shared: ParamTable,
    /// Parameter, values per neuron, values.
    pub(crate) own: Vec<(Parameter, usize, Vec<f64>)>,
}

/// Values of a parameter that varies, as they are given.
#[derive(Debug, Clone)]
pub(crate) struct OwnList {
    pub(crate) parameter: Parameter,
    /// All values of neuron 0 first, then those of neuron 1.
    pub(crate) values: Vec<f64>,
    /// Shape of the array that had them.
    pub(crate) shape: Option<Vec<usize>>,
}

impl NeuronParams {
    /// Returns parameters that all neurons share.
    #[cfg(feature = "files")]
    pub(crate) fn new(shared: ParamTable) -> Self {
        Self { shared, own: Vec::new() }
    }

    /// Returns the parameters of a population with this shape: those in `lists` have a value for each neuron, or for
    /// each neuron and component.
    ///
    /// # Errors
    /// Returns an error if the model does not have a parameter, if all neurons must share it, or if a list has a
    /// wrong number of values or comes from an array of another shape.
    pub(crate) fn of_lists(shared: ParamTable, lists: Vec<OwnList>, shape: &[usize]) -> Result<Self, BuildError> {
        let neurons = shape.iter().try_fold(1_usize, |cells, axis| cells.checked_mul(*axis)).unwrap_or(0);
        if neurons == 0 {
            return Err(BuildError::Empty { shape: shape.to_vec() });
        }
        let mut own = Vec::new();
        for OwnList { parameter, values, shape: given } in lists {
            if parameter == Parameter::StepTime {
                return Err(BuildError::Own(format!("`{parameter}`: all neurons share it")));
            }
            if !shared.model().parameters().contains(&parameter) {
                let problem = Problem::NoParameter { model: shared.model() };
                return Err(ParamErrors::from(ParamError::new(parameter, f64::NAN, problem)).into());
            }
            let width = parameter.component().map_or(1, |kind| shared.counts().of(kind));
            let of_components = [shape, &[width]].concat();
            if let Some(given) = given.filter(|given| *given != of_components && (*given != shape || width != 1)) {
                let expected = if width == 1 { shape.to_vec() } else { of_components };
                return Err(BuildError::OwnShape { parameter, given, expected });
            }
            if Some(values.len()) != neurons.checked_mul(width) {
                let (given, expected) = (values.len(), neurons.saturating_mul(width));
                return Err(BuildError::OwnLength { parameter, given, expected });
            }
            // Others are checked when a neuron is derived. A table does not take one of these.
            if let Some(neuron) = values.iter().position(|value| parameter.is_optional() && !value.is_finite()) {
                let error = ParamError::new(parameter, values[neuron], Problem::NotFinite);
                let mut errors = ParamErrors::from(error);
                errors.set_neuron(neuron);
                return Err(errors.into());
            }
            own.push((parameter, width, values));
        }
        own.sort_by_key(|(parameter, ..)| *parameter as usize);
        Ok(Self { shared, own })
    }

    /// Sets the step time, ms, which all neurons share.
    pub(crate) fn set_step_time(&mut self, step_time: f64) {
        // Every model has a step time.
        _ = self.shared.set(Parameter::StepTime, &[step_time]);
    }

    /// Iterates over the own parameters, in the order of [`Parameter::ALL`].
    pub fn parameters(&self) -> impl Iterator<Item = Parameter> {
        self.own.iter().map(|(parameter, ..)| *parameter)
    }

    /// Returns the own parameters.
    pub fn set(&self) -> ParameterSet {
        ParameterSet::of(&self.parameters().collect::<Vec<_>>())
    }

    /// Returns the values of an own parameter, in its unit; an empty slice if all neurons share the parameter.
    ///
    /// A parameter that is a list has a value for each component of its kind: those of neuron 0 come first, then
    /// those of neuron 1.
    pub fn values(&self, parameter: Parameter) -> &[f64] {
        self.own.iter().find(|(other, ..)| *other == parameter).map_or(&[], |(.., values)| values)
    }

    /// Returns the parameters of one neuron.
    pub fn of(&self, neuron: usize) -> ParamTable {
        let mut table = self.shared.clone();
        self.write_to(neuron, &mut table);
        table
    }

    /// Overwrites the own parameters in the table of another neuron of the same model.
    ///
    /// A neuron beyond the last one overwrites nothing.
    pub fn write_to(&self, neuron: usize, table: &mut ParamTable) {
        for (parameter, width, values) in &self.own {
            let first = neuron.saturating_mul(*width);
            if let Some(values) = values.get(first..first.saturating_add(*width)) {
                // The model has the parameter, and room for as many components.
                _ = table.set(*parameter, values);
            }
        }
    }
}
