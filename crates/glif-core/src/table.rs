//! Parameter table: a model and the values of its parameters.

use crate::error::{ParamError, Problem};
use crate::names::ModelKind;
use crate::parameter::Parameter;
use crate::params::{AlifParams, Glif2Params, LifParams, MOST_COMPONENTS, Parameters, ResetParams, check_lists};
use crate::written::Source;

/// Greatest number of parameters of a model that are numbers, and that are lists.
const NUMBERS: usize = 8;
const LISTS: usize = 2;

const _: () = {
    let mut i = 0;
    while i < ModelKind::ALL.len() {
        let parameters = ModelKind::ALL[i].parameters();
        let (mut k, mut lists) = (0, 0);
        while k < parameters.len() {
            lists += parameters[k].is_list() as usize;
            k += 1;
        }
        assert!(parameters.len() - lists <= NUMBERS && lists <= LISTS);
        i += 1;
    }
};

/// Returns the position of a parameter among the numbers of a model, or among its lists.
fn position(model: ModelKind, parameter: Parameter) -> Option<usize> {
    let mut of_its_kind = model.parameters().iter().filter(|other| other.is_list() == parameter.is_list());
    of_its_kind.position(|other| *other == parameter)
}

/// A model and the values of its parameters.
///
/// ```
/// use glif_core::AlifParams;
/// use glif_core::spec::{ModelKind, ParamTable, Parameter};
///
/// let mut params = ParamTable::from(AlifParams {
///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_eq_v: -50.0, refrac_t: 2.0, tc_membrane: 20.0,
///     tc_adaptation: [20.0, 200.0], spike_increment: [1.5, 1.5], resistance: 1.0,
/// });
/// assert_eq!((params.model(), params.components()), (ModelKind::Alif, 2));
/// params.set(Parameter::RestV, &[-61.0])?; // mV
/// params.set(Parameter::SpikeIncrement, &[2.0])?; // mV; the last value completes a shorter list
/// assert_eq!(params.number(Parameter::RestV), -61.0);
/// let told = params.set(Parameter::ResetVMul, &[0.5]).unwrap_err().to_string();
/// assert_eq!(told, "`reset_v_mul`: not a parameter of alif");
/// # Ok::<(), glif_core::ParamError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ParamTable {
    model: ModelKind,
    /// In the model's order.
    numbers: heapless::Vec<f64, NUMBERS>,
    /// In the model's order.
    lists: heapless::Vec<heapless::Vec<f64, MOST_COMPONENTS>, LISTS>,
}

impl ParamTable {
    /// Returns a table with every parameter at its default. A number without a default is NaN and a list
    /// without one is empty: no neuron can be derived from either.
    pub fn new(model: ModelKind) -> Self {
        let mut table = Self { model, numbers: heapless::Vec::new(), lists: heapless::Vec::new() };
        for parameter in model.parameters() {
            // There is room for every model: see the assertion above. Not `unwrap`, which would leave a panic
            // in firmware.
            if parameter.is_list() {
                _ = table.lists.push(heapless::Vec::new());
            } else {
                _ = table.numbers.push(parameter.default().unwrap_or(f64::NAN));
            }
        }
        table
    }

    /// Returns the model.
    pub fn model(&self) -> ModelKind {
        self.model
    }

    /// Returns whether the table has one place for each parameter of its model. A table from a message may have
    /// more or fewer.
    pub fn is_whole(&self) -> bool {
        let parameters = self.model.parameters();
        let lists = parameters.iter().filter(|parameter| parameter.is_list()).count();
        (self.lists.len(), self.numbers.len()) == (lists, parameters.len() - lists)
    }

    /// Returns the values of a parameter: one for a number, one per component for a list, none if the model
    /// does not have it.
    pub fn get(&self, parameter: Parameter) -> &[f64] {
        let Some(at) = position(self.model, parameter) else { return &[] };
        if parameter.is_list() {
            self.lists.get(at).map_or(&[], |list| list)
        } else {
            self.numbers.get(at).map_or(&[], core::slice::from_ref)
        }
    }

    /// Returns a parameter that is a number; NaN if the model does not have it.
    pub fn number(&self, parameter: Parameter) -> f64 {
        self.get(parameter).first().copied().unwrap_or(f64::NAN)
    }

    /// Sets a parameter: one value for a number, one per component for a list.
    ///
    /// # Errors
    /// Returns an error if the model does not have the parameter, or if the number of values is wrong. Nothing
    /// is changed then.
    pub fn set(&mut self, parameter: Parameter, values: &[f64]) -> Result<(), ParamError> {
        let refuse = |value, problem| Err(ParamError { parameter, index: None, value, problem });
        let count = values.len() as f64;
        let at = position(self.model, parameter);
        if parameter.is_list() {
            if let Some(list) = at.and_then(|at| self.lists.get_mut(at)) {
                let Ok(values) = heapless::Vec::from_slice(values) else {
                    return refuse(count, Problem::TooManyComponents { most: MOST_COMPONENTS as u32 });
                };
                *list = values;
                return Ok(());
            }
        } else if let Some(place) = at.and_then(|at| self.numbers.get_mut(at)) {
            let [value] = values else { return refuse(count, Problem::Components { expected: 1 }) };
            *place = *value;
            return Ok(());
        }
        let value = values.first().copied().unwrap_or(f64::NAN);
        refuse(value, Problem::NoParameter { model: self.model })
    }

    /// Returns the number of threshold components, which is the length of the longer list.
    pub fn components(&self) -> usize {
        self.lists.iter().map(|list| list.len()).max().unwrap_or(0)
    }

    /// Checks that the lists complete each other.
    ///
    /// # Errors
    /// Returns an error if only one of them has values.
    pub(crate) fn check_lists(&self) -> Result<(), ParamError> {
        match self.model.adaptation() {
            Some(parameter) => {
                let increments = self.get(Parameter::SpikeIncrement);
                check_lists((parameter, self.get(parameter)), increments, self.components())
            }
            None => Ok(()),
        }
    }
}

/// Does not compile with more than [`MOST_COMPONENTS`] components.
impl<P: ResetParams, const K: usize> From<Parameters<P, K>> for ParamTable {
    fn from(params: Parameters<P, K>) -> Self {
        const { assert!(K <= MOST_COMPONENTS, "a table holds at most MOST_COMPONENTS threshold components") };
        let mut table = Self::new(params.model);
        for &parameter in params.model.parameters() {
            let value = |k| Source::value(&params, parameter, k);
            // The model has each of these parameters.
            _ = if parameter.is_list() {
                table.set(parameter, &core::array::from_fn::<_, K, _>(value))
            } else {
                table.set(parameter, &[value(0)])
            };
        }
        table
    }
}

macro_rules! typed {
    ($($params:ty, [$($k:tt)*];)*) => {$(
        /// Does not compile with more than [`MOST_COMPONENTS`] components.
        impl<$($k)*> From<$params> for ParamTable {
            fn from(params: $params) -> Self {
                Parameters::from(params).into()
            }
        }
    )*};
}
typed! {
    LifParams, [];
    AlifParams<K>, [const K: usize];
    Glif2Params<K>, [const K: usize];
}
