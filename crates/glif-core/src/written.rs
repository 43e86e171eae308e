//! Parameters as written, wherever they are stored: what is checked, and what coefficients are derived from.

use crate::error::{ParamError, ParamErrors, Problem};
use crate::names::{Dialect, ModelKind};
use crate::parameter::{ComponentCounts, ComponentKind, Constraint, Parameter};
use crate::params::{Parameters, Rate, ResetParams};
use crate::table::ParamTable;

/// Parameters of any model, by name.
pub(crate) trait Source {
    fn model(&self) -> ModelKind;

    fn dialect(&self) -> Dialect;

    /// Returns the numbers of components.
    fn counts(&self) -> ComponentCounts;

    /// Returns a parameter; for a list, the value of the `k`th component of its kind. NaN if the model does not
    /// have it.
    fn value(&self, parameter: Parameter, k: usize) -> f64;

    /// Returns the membrane potential at the beginning, mV; `None` if it is that at rest.
    fn initial(&self) -> Option<f64>;

    /// Returns how fast the `k`th component of a kind decays.
    fn rate(&self, kind: ComponentKind, k: usize) -> Rate {
        match (kind, self.model().adaptation()) {
            (ComponentKind::Current, _) => Rate::AfterSpike(self.value(Parameter::RcAsc, k)),
            (ComponentKind::Voltage, _) => Rate::Voltage(self.value(Parameter::RcThreshVoltage, k)),
            (ComponentKind::Threshold, Some(parameter @ Parameter::RcAdaptation)) => {
                Rate::RateConstant(self.value(parameter, k))
            }
            (ComponentKind::Threshold, _) => Rate::TimeConstant(self.value(Parameter::TcAdaptation, k)),
        }
    }
}

impl<P: ResetParams, const K: usize> Source for Parameters<P, K> {
    fn model(&self) -> ModelKind {
        self.model
    }

    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn counts(&self) -> ComponentCounts {
        self.counts()
    }

    fn initial(&self) -> Option<f64> {
        self.initial_v
    }

    fn value(&self, parameter: Parameter, k: usize) -> f64 {
        let kind = match parameter {
            Parameter::ThreshVoltageGain | Parameter::RcThreshVoltage => Some(ComponentKind::Voltage),
            _ => parameter.component(),
        };
        let component = kind.and_then(|kind| self.components.get(self.counts().first(kind) + k));
        match (parameter, component) {
            (Parameter::StepTime, _) => self.step_time,
            (Parameter::RestV, _) => self.rest_v,
            (Parameter::ThreshV | Parameter::ThreshEqV, _) => self.threshold,
            (Parameter::RefracT, _) => self.refrac_t,
            (Parameter::TimeConstant | Parameter::TcMembrane, _) => self.time_constant,
            (Parameter::Resistance, _) => self.resistance,
            (Parameter::InitialV, _) => self.initial_v.unwrap_or(f64::NAN),
            (Parameter::AscRetain, Some(component)) => component.retain,
            (Parameter::SpikeIncrement | Parameter::AscAmplitude | Parameter::ThreshVoltageGain, Some(component)) => {
                component.increment
            }
            (_, Some(component)) => component.rate.constant().1,
            // A parameter without a field has its default.
            _ => Some(self.reset.value(parameter))
                .filter(|value| !value.is_nan())
                .or(parameter.default())
                .unwrap_or(f64::NAN),
        }
    }
}

impl Source for ParamTable {
    fn initial(&self) -> Option<f64> {
        self.initial_v()
    }

    fn model(&self) -> ModelKind {
        self.model()
    }

    fn dialect(&self) -> Dialect {
        self.dialect()
    }

    fn counts(&self) -> ComponentCounts {
        self.counts()
    }

    /// The last value completes a shorter list.
    fn value(&self, parameter: Parameter, k: usize) -> f64 {
        let values = self.get(parameter);
        values.get(k).or(values.last()).copied().or(parameter.default()).unwrap_or(f64::NAN)
    }
}

/// Parameters, and the parameters of the reset in their own type. Both are references, because a copy would
/// take more stack.
pub(crate) struct Written<'a, P> {
    pub(crate) source: &'a dyn Source,
    pub(crate) reset: &'a P,
}

impl<P: ResetParams, const K: usize> Parameters<P, K> {
    /// Checks every constraint.
    ///
    /// # Errors
    /// Returns everything that is wrong, together.
    pub fn check(&self) -> Result<(), ParamErrors> {
        ParamErrors::or_listed(|errors| {
            self.written().check(errors);
            (errors.count() == 0).then_some(())
        })
    }

    pub(crate) fn written(&self) -> Written<'_, P> {
        Written { source: self, reset: &self.reset }
    }
}

impl<P: ResetParams> Written<'_, P> {
    pub(crate) fn number(&self, parameter: Parameter) -> f64 {
        self.source.value(parameter, 0)
    }

    /// Returns the parameter that is the threshold without adaptation, and its value; NaN if the model has none.
    pub(crate) fn threshold(&self) -> (Parameter, f64) {
        let parameter = self.source.model().threshold().unwrap_or(Parameter::ThreshV);
        (parameter, self.number(parameter))
    }

    /// Returns the parameter that is the membrane time constant, and its value; NaN if the model has none.
    pub(crate) fn time_constant(&self) -> (Parameter, f64) {
        let parameter = self.source.model().time_constant().unwrap_or(Parameter::TimeConstant);
        (parameter, self.number(parameter))
    }

    /// Checks every constraint; adds what is wrong to `errors`.
    pub(crate) fn check(&self, errors: &mut ParamErrors) {
        let count = errors.count();
        check_each(self.source, self.threshold(), errors);
        if errors.count() == count {
            let (parameter, threshold) = self.threshold();
            let raised = (parameter, threshold + self.raised());
            self.reset.check_landing(threshold, self.number(Parameter::RestV), raised, errors);
        }
    }

    /// Returns how far above the threshold a spike at the threshold may leave the membrane, mV.
    ///
    /// In Inferno a component may have been negative, so that this is 0. NEST and AllenSDK raise the threshold by
    /// the sum of the increments before they compare again, as NEST's documentation of `glif_psc` says.
    pub(crate) fn raised(&self) -> f64 {
        match self.source.dialect() {
            Dialect::Inferno => 0.0,
            Dialect::Nest | Dialect::Allen => {
                let thresholds = 0..self.source.counts().thresholds;
                thresholds.map(|k| self.source.value(Parameter::SpikeIncrement, k)).sum()
            }
        }
    }
}

// Not inlined, because each reset would have its own copy.
#[inline(never)]
fn check_each(source: &dyn Source, threshold: (Parameter, f64), errors: &mut ParamErrors) {
    let (model, dialect) = (source.model(), source.dialect());
    if !model.dialects().contains(&dialect) {
        errors.push(ParamError::new(Parameter::StepTime, 0.0, Problem::NoDialect { model, dialect }));
    }
    for &parameter in model.parameters() {
        if parameter.is_optional() && source.initial().is_none() {
            continue;
        }
        let values = parameter.component().map_or(1, |kind| source.counts().of(kind));
        for k in 0..values {
            let value = source.value(parameter, k);
            if let Some(problem) = problem(parameter, value, threshold) {
                let component = parameter.is_list().then_some(k as u8);
                // Adding 0 removes the sign of a negative zero, so that no message shows it.
                errors.push(ParamError { component, ..ParamError::new(parameter, value + 0.0, problem) });
            }
        }
    }
    if dialect == Dialect::Allen {
        check_euler(source, errors);
    }
}

/// Adds an error if AllenSDK's forward Euler is not a decay: at a step of a time constant, nothing of the
/// membrane's distance is left.
#[inline(never)] // so that it takes stack only in this dialect
fn check_euler(source: &dyn Source, errors: &mut ParamErrors) {
    let (parameter, value) = (Parameter::StepTime, source.value(Parameter::StepTime, 0));
    let Some(other) = source.model().time_constant() else { return };
    let limit = source.value(other, 0);
    if limit > 0.0 && value >= limit {
        errors.push(ParamError::new(parameter, value, Problem::NotBelow { parameter: other, limit }));
    }
}

pub(crate) fn problem(parameter: Parameter, value: f64, threshold: (Parameter, f64)) -> Option<Problem> {
    if !value.is_finite() {
        return Some(Problem::NotFinite);
    }
    match parameter.constraint() {
        Constraint::Positive => (value <= 0.0).then_some(Problem::NotPositive),
        Constraint::NotNegative => (value < 0.0).then_some(Problem::Negative),
        Constraint::NotZero => (value == 0.0).then_some(Problem::Zero),
        Constraint::BelowThreshold => {
            let (parameter, limit) = threshold;
            (limit.is_finite() && value >= limit).then_some(Problem::NotBelow { parameter, limit })
        }
        Constraint::Finite => None,
    }
}
