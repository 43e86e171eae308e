//! Parameters as written, wherever they are stored: what is checked, and what coefficients are derived from.

use crate::error::{ImpliedOption, ParamError, ParamErrors, Problem};
use crate::names::{Dialect, Discretization, ModelKind, ThresholdTest};
use crate::parameter::{ComponentCounts, ComponentKind, Constraint, Parameter};
use crate::params::{Parameters, Rate, ResetParams};
use crate::table::ParamTable;

/// Parameters of any model, by name.
pub(crate) trait Source {
    fn model(&self) -> ModelKind;

    fn dialect(&self) -> Dialect;

    fn discretization(&self) -> Discretization;

    fn threshold_test(&self) -> ThresholdTest;

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

    fn discretization(&self) -> Discretization {
        self.discretization
    }

    fn threshold_test(&self) -> ThresholdTest {
        self.threshold_test
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

    fn discretization(&self) -> Discretization {
        self.discretization()
    }

    fn threshold_test(&self) -> ThresholdTest {
        self.threshold_test()
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
    check_choices(source, errors);
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
    if source.discretization() == Discretization::Euler {
        check_euler(source, errors);
    }
}

/// Adds an error for a discretization or a threshold test that the dialect or the model does not have.
fn check_choices(source: &dyn Source, errors: &mut ParamErrors) {
    let (model, dialect) = (source.model(), source.dialect());
    let choices = [
        (ImpliedOption::Discretization, source.discretization() == dialect.discretization(), model.leaks()),
        (ImpliedOption::ThresholdTest, source.threshold_test() == dialect.threshold_test(), model.fires()),
    ];
    for (option, usual, used) in choices {
        let problem = match dialect {
            _ if usual => continue,
            Dialect::Inferno if used => continue,
            Dialect::Inferno => Problem::Unused { model, option },
            Dialect::Nest | Dialect::Allen => Problem::Implied { dialect, option },
        };
        errors.push(ParamError::new(Parameter::StepTime, 0.0, problem));
    }
}

/// Adds an error if forward Euler is not a decay. In the dialect of AllenSDK, something of the membrane's distance must be
/// left after a step.
#[inline(never)] // so that it takes stack only for such a neuron
fn check_euler(source: &dyn Source, errors: &mut ParamErrors) {
    let step_time = source.value(Parameter::StepTime, 0);
    let Some(membrane) = source.model().time_constant() else { return };
    let tau = source.value(membrane, 0);
    if source.dialect() == Dialect::Allen {
        if tau > 0.0 && step_time >= tau {
            let problem = Problem::NotBelow { parameter: membrane, limit: tau };
            errors.push(ParamError::new(Parameter::StepTime, step_time, problem));
        }
        return;
    }
    let problem = Problem::Overshoots { step_time };
    if tau > 0.0 && step_time > tau {
        errors.push(ParamError::new(membrane, tau, problem));
    }
    for k in 0..source.counts().thresholds {
        let rate = source.rate(ComponentKind::Threshold, k);
        let (parameter, value) = rate.constant();
        if value > 0.0 && rate.exponent(step_time) < -1.0 {
            errors.push(ParamError { component: Some(k as u8), ..ParamError::new(parameter, value, problem) });
        }
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
