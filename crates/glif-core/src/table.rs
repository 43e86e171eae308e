//! Parameter table: a model and the values of its parameters.

use crate::error::{ParamError, Problem};
use crate::names::{Dialect, Discretization, ModelKind, ThresholdTest};
use crate::parameter::{ComponentCounts, ComponentKind, Parameter};
use crate::params::{
    AlifParams, Glif2Params, Glif3Params, Glif4Params, Glif5Params, IfParams, LiParams, LifParams, MOST_COMPONENTS,
    Parameters, ResetParams, check_lists,
};
use crate::written::Source;

/// Greatest number of parameters of a model that are numbers, and that are lists.
const NUMBERS: usize = 11;
const LISTS: usize = 5;
/// Greatest number of values of all lists of a neuron with [`MOST_COMPONENTS`] after-spike currents.
const VALUES: usize = 3 * MOST_COMPONENTS;

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
#[derive(Debug, Clone)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ParamTable {
    model: ModelKind,
    dialect: Dialect,
    discretization: Discretization,
    threshold_test: ThresholdTest,
    /// In the model's order; NaN if a number has no value.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "numbers"))]
    numbers: heapless::Vec<f64, NUMBERS>,
    /// Length of each list, in the model's order.
    lengths: heapless::Vec<u8, LISTS>,
    /// Values of the lists, one list after another.
    values: heapless::Vec<f64, VALUES>,
}

/// Reads numbers. JSON has no NaN and writes `null` for it.
#[cfg(feature = "serde")]
fn numbers<'de, D: serde::Deserializer<'de>>(from: D) -> Result<heapless::Vec<f64, NUMBERS>, D::Error> {
    use serde::Deserialize as _;

    if !from.is_human_readable() {
        return heapless::Vec::deserialize(from);
    }
    let mut numbers = heapless::Vec::new();
    for number in &heapless::Vec::<Option<f64>, NUMBERS>::deserialize(from)? {
        _ = numbers.push(number.unwrap_or(f64::NAN)); // there is room for as many
    }
    Ok(numbers)
}

/// Numbers without a value are equal.
impl PartialEq for ParamTable {
    fn eq(&self, other: &Self) -> bool {
        let equal = |(a, b): (&f64, &f64)| a == b || (a.is_nan() && b.is_nan());
        let choices = |of: &Self| (of.model, of.dialect, of.discretization, of.threshold_test);
        choices(self) == choices(other)
            && (&self.lengths, &self.values) == (&other.lengths, &other.values)
            && self.numbers.len() == other.numbers.len()
            && self.numbers.iter().zip(&other.numbers).all(equal)
    }
}

impl ParamTable {
    /// Returns a table with every parameter at its default, in the dialect of Inferno. A number without a default
    /// is NaN and a list is empty: no neuron can be derived from either, except that an empty list of a parameter
    /// with a default stands for it. A parameter that [is optional](Parameter::is_optional) has no value.
    pub fn new(model: ModelKind) -> Self {
        let mut table = Self {
            model,
            dialect: Dialect::Inferno,
            discretization: Discretization::Exact,
            threshold_test: ThresholdTest::AtLeast,
            numbers: heapless::Vec::new(),
            lengths: heapless::Vec::new(),
            values: heapless::Vec::new(),
        };
        for parameter in model.parameters() {
            // There is room for every model: see the assertion above. Not `unwrap`, which would leave a panic
            // in firmware.
            if parameter.is_list() {
                _ = table.lengths.push(0);
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

    /// Returns the dialect.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Returns the same table in another dialect, with its discretization and its threshold test. Deriving a neuron fails
    /// if the dialect does not have the model.
    pub fn in_dialect(self, dialect: Dialect) -> Self {
        let (discretization, threshold_test) = (dialect.discretization(), dialect.threshold_test());
        Self { dialect, discretization, threshold_test, ..self }
    }

    /// Returns how the membrane and the threshold components decay; in the dialect of AllenSDK the membrane only.
    pub fn discretization(&self) -> Discretization {
        self.discretization
    }

    /// Returns the same table with another discretization. The dialects of NEST and AllenSDK have only their own.
    pub fn discretized(self, discretization: Discretization) -> Self {
        Self { discretization, ..self }
    }

    /// Returns how the membrane is compared with the threshold.
    pub fn threshold_test(&self) -> ThresholdTest {
        self.threshold_test
    }

    /// Returns the same table with another threshold test. The dialects of NEST and AllenSDK have only their own.
    pub fn tested(self, threshold_test: ThresholdTest) -> Self {
        Self { threshold_test, ..self }
    }

    /// Returns whether the table has one place for each parameter of its model. A table from a message may have
    /// more or fewer.
    pub fn is_whole(&self) -> bool {
        let parameters = self.model.parameters();
        let lists = parameters.iter().filter(|parameter| parameter.is_list()).count();
        let values: usize = self.lengths.iter().map(|length| usize::from(*length)).sum();
        (self.lengths.len(), self.numbers.len()) == (lists, parameters.len() - lists) && values == self.values.len()
    }

    /// Returns where the values of a list are.
    fn range(&self, list: usize) -> Option<core::ops::Range<usize>> {
        let first = self.lengths.iter().take(list).map(|length| usize::from(*length)).sum();
        Some(first..first + usize::from(*self.lengths.get(list)?))
    }

    /// Returns the values of a parameter: one for a number, one per component for a list, none if the model
    /// does not have it or if it is optional and not set.
    pub fn get(&self, parameter: Parameter) -> &[f64] {
        let Some(at) = position(self.model, parameter) else { return &[] };
        if parameter.is_list() {
            self.range(at).and_then(|range| self.values.get(range)).unwrap_or_default()
        } else {
            let number = self.numbers.get(at).filter(|number| !(parameter.is_optional() && number.is_nan()));
            number.map_or(&[], core::slice::from_ref)
        }
    }

    /// Returns a parameter that is a number; NaN if the model does not have it or if it is not set.
    pub fn number(&self, parameter: Parameter) -> f64 {
        self.get(parameter).first().copied().unwrap_or(f64::NAN)
    }

    /// Returns the membrane potential at the beginning, mV; `None` if it is that at rest, or 0 mV without a leak.
    pub fn initial_v(&self) -> Option<f64> {
        self.get(Parameter::InitialV).first().copied()
    }

    /// Removes the value of an optional parameter. Does nothing to another parameter.
    ///
    /// ```
    /// # use glif_core::LifParams;
    /// use glif_core::Problem;
    /// use glif_core::spec::{ParamTable, Parameter};
    /// # let mut params = ParamTable::from(LifParams {
    /// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
    /// # });
    /// params.set(Parameter::InitialV, &[-55.0])?; // mV
    /// assert_eq!(params.set(Parameter::InitialV, &[f64::NAN]).unwrap_err().problem, Problem::NotFinite);
    /// assert_eq!(params.initial_v(), Some(-55.0));
    /// params.unset(Parameter::InitialV);
    /// assert_eq!(params.initial_v(), None);
    /// # Ok::<(), glif_core::ParamError>(())
    /// ```
    pub fn unset(&mut self, parameter: Parameter) {
        if parameter.is_optional()
            && let Some(place) = position(self.model, parameter).and_then(|at| self.numbers.get_mut(at))
        {
            *place = f64::NAN;
        }
    }

    /// Sets a parameter: one value for a number, one per component for a list.
    ///
    /// # Errors
    /// Returns an error if the model does not have the parameter, if the number of values is wrong, or if the value
    /// of an optional parameter is not finite. Nothing is changed then.
    pub fn set(&mut self, parameter: Parameter, values: &[f64]) -> Result<(), ParamError> {
        let refuse = |value, problem| Err(ParamError::new(parameter, value, problem));
        let count = values.len() as f64;
        let at = position(self.model, parameter);
        if parameter.is_list() {
            if let Some(at) = at.filter(|at| *at < self.lengths.len()) {
                return match self.set_list(at, values) {
                    Some(()) => Ok(()),
                    None => refuse(count, Problem::TooManyComponents { most: MOST_COMPONENTS as u32 }),
                };
            }
        } else if let Some(place) = at.and_then(|at| self.numbers.get_mut(at)) {
            let [value] = values else { return refuse(count, Problem::Components { expected: 1 }) };
            // NaN would stand for no value.
            if parameter.is_optional() && !value.is_finite() {
                return refuse(*value, Problem::NotFinite);
            }
            *place = *value;
            return Ok(());
        }
        let value = values.first().copied().unwrap_or(f64::NAN);
        refuse(value, Problem::NoParameter { model: self.model })
    }

    /// Replaces the values of a list; returns `None` if they do not fit.
    #[inline(never)] // so that it takes stack only for a list
    fn set_list(&mut self, at: usize, list: &[f64]) -> Option<()> {
        let range = self.range(at)?;
        let mut all = heapless::Vec::new();
        all.extend_from_slice(self.values.get(..range.start)?).ok()?;
        all.extend_from_slice(list).ok().filter(|()| list.len() <= MOST_COMPONENTS)?;
        all.extend_from_slice(self.values.get(range.end..)?).ok()?;
        self.values = all;
        *self.lengths.get_mut(at)? = list.len() as u8;
        Some(())
    }

    /// Returns the number of components.
    pub fn components(&self) -> usize {
        self.counts().total()
    }

    /// Returns the number of components of each kind, which is the length of the longest list of that kind.
    pub fn counts(&self) -> ComponentCounts {
        let longest = |kind| {
            let lists = self.model.parameters().iter().filter(|parameter| parameter.component() == Some(kind));
            lists.map(|parameter| self.get(*parameter).len()).max().unwrap_or(0)
        };
        ComponentCounts {
            thresholds: longest(ComponentKind::Threshold),
            currents: longest(ComponentKind::Current),
            voltages: usize::from(self.model.has(ComponentKind::Voltage)),
        }
    }

    /// Checks that each list has the values that another one needs, and that the components are not too many.
    ///
    /// # Errors
    /// Returns an error if one list has values and another is empty and without a default.
    pub(crate) fn check_lists(&self) -> Result<(), ParamError> {
        let list = |parameter| (parameter, self.get(parameter));
        let counts = self.counts();
        if let Some(parameter) = self.model.adaptation() {
            check_lists(list(parameter), list(Parameter::SpikeIncrement), counts.thresholds)?;
        }
        if self.model.has(ComponentKind::Current) {
            check_lists(list(Parameter::RcAsc), list(Parameter::AscAmplitude), counts.currents)?;
        }
        if counts.total() > MOST_COMPONENTS {
            let (parameter, value) = (Parameter::AscAmplitude, counts.total() as f64);
            let problem = Problem::TooManyComponents { most: MOST_COMPONENTS as u32 };
            return Err(ParamError::new(parameter, value, problem));
        }
        Ok(())
    }
}

/// Does not compile with more than [`MOST_COMPONENTS`] components.
impl<P: ResetParams, const K: usize> From<Parameters<P, K>> for ParamTable {
    fn from(params: Parameters<P, K>) -> Self {
        const { assert!(K <= MOST_COMPONENTS, "a table holds at most MOST_COMPONENTS threshold components") };
        let mut table = Self::new(params.model).in_dialect(params.dialect);
        (table.discretization, table.threshold_test) = (params.discretization, params.threshold_test);
        for &parameter in params.model.parameters() {
            let values: [f64; K] = core::array::from_fn(|k| Source::value(&params, parameter, k));
            // The model has each of these parameters.
            _ = match parameter.component() {
                Some(kind) => table.set(parameter, values.get(..params.counts().of(kind)).unwrap_or_default()),
                None => table.set(parameter, &[Source::value(&params, parameter, 0)]),
            };
        }
        if let (Some(wrong), Some(place)) = (params.initial_v.filter(|mv| !mv.is_finite()), table.numbers.last_mut()) {
            // Kept, so that it is refused as it is in `params`. NaN would stand for no value.
            *place = if wrong.is_nan() { f64::INFINITY } else { wrong };
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
    Glif3Params<A>, [const A: usize];
}

macro_rules! plain {
    ($($params:ident = $model:ident { $($number:ident $name:ident,)* };)*) => {$(
        impl From<$params> for ParamTable {
            fn from(p: $params) -> Self {
                let mut table = Self::new(ModelKind::$model);
                // The model has each of these parameters.
                $(_ = table.set(Parameter::$number, &[p.$name]);)*
                table
            }
        }
    )*};
}
plain! {
    LiParams = Li { StepTime step_time, RestV rest_v, TimeConstant time_constant, Resistance resistance, };
    IfParams = If {
        StepTime step_time, ResetV reset_v, ThreshV thresh_v, RefracT refrac_t, Resistance resistance,
    };
}

macro_rules! linear {
    ($($params:ident = $model:ident { $($number:ident $name:ident,)* }, $voltages:literal;)*) => {$(
        /// Does not compile with more than [`MOST_COMPONENTS`] components.
        impl<const K: usize, const A: usize> From<$params<K, A>> for ParamTable {
            fn from(p: $params<K, A>) -> Self {
                const { assert!(ComponentCounts { thresholds: K, currents: A, voltages: $voltages }.total() <= MOST_COMPONENTS, "a table holds at most MOST_COMPONENTS components") };
                let mut table = Self::new(ModelKind::$model).in_dialect(p.dialect);
                // The model has each of these parameters.
                _ = table.set(Parameter::StepTime, &[p.step_time]);
                _ = table.set(Parameter::RestV, &[p.rest_v]);
                _ = table.set(Parameter::ResetVAdd, &[p.reset_v_add]);
                _ = table.set(Parameter::ResetVMul, &[p.reset_v_mul]);
                _ = table.set(Parameter::ThreshEqV, &[p.thresh_eq_v]);
                _ = table.set(Parameter::RefracT, &[p.refrac_t]);
                _ = table.set(Parameter::TcMembrane, &[p.tc_membrane]);
                _ = table.set(Parameter::RcAdaptation, &p.rc_adaptation);
                _ = table.set(Parameter::SpikeIncrement, &p.spike_increment);
                _ = table.set(Parameter::AscAmplitude, &p.asc_amplitude);
                _ = table.set(Parameter::RcAsc, &p.rc_asc);
                _ = table.set(Parameter::AscRetain, &p.asc_retain);
                $(_ = table.set(Parameter::$number, &[p.$name]);)*
                _ = table.set(Parameter::Resistance, &[p.resistance]);
                table
            }
        }
    )*};
}
linear! {
    Glif4Params = Glif4 {}, 0;
    Glif5Params = Glif5 { ThreshVoltageGain thresh_voltage_gain, RcThreshVoltage rc_thresh_voltage, }, 1;
}
