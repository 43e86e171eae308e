//! Parameters as written, wherever they are stored: what is checked, and what coefficients are derived from.

use crate::error::{ParamError, ParamErrors, Problem};
use crate::names::ModelKind;
use crate::parameter::{Constraint, Parameter};
use crate::params::{Parameters, Rate, ResetParams};
use crate::table::ParamTable;

/// Parameters of any model, by name.
pub(crate) trait Source {
    fn model(&self) -> ModelKind;

    /// Returns the number of threshold components.
    fn components(&self) -> usize;

    /// Returns a parameter; for a list, the value of component `k`. NaN if the model does not have it.
    fn value(&self, parameter: Parameter, k: usize) -> f64;

    /// Returns how fast threshold component `k` decays.
    fn rate(&self, k: usize) -> Rate {
        match self.model().adaptation() {
            Some(parameter @ Parameter::RcAdaptation) => Rate::RateConstant(self.value(parameter, k)),
            _ => Rate::TimeConstant(self.value(Parameter::TcAdaptation, k)),
        }
    }
}

impl<P: ResetParams, const K: usize> Source for Parameters<P, K> {
    fn model(&self) -> ModelKind {
        self.model
    }

    fn components(&self) -> usize {
        K
    }

    fn value(&self, parameter: Parameter, k: usize) -> f64 {
        match (parameter, self.components.get(k)) {
            (Parameter::StepTime, _) => self.step_time,
            (Parameter::RestV, _) => self.rest_v,
            (Parameter::ThreshV | Parameter::ThreshEqV, _) => self.threshold,
            (Parameter::RefracT, _) => self.refrac_t,
            (Parameter::TimeConstant | Parameter::TcMembrane, _) => self.time_constant,
            (Parameter::Resistance, _) => self.resistance,
            (Parameter::TcAdaptation | Parameter::RcAdaptation, Some(component)) => component.rate.constant().1,
            (Parameter::SpikeIncrement, Some(component)) => component.increment,
            // A parameter without a field has its default.
            _ => Some(self.reset.value(parameter))
                .filter(|value| !value.is_nan())
                .or(parameter.default())
                .unwrap_or(f64::NAN),
        }
    }
}

impl Source for ParamTable {
    fn model(&self) -> ModelKind {
        self.model()
    }

    fn components(&self) -> usize {
        self.components()
    }

    /// The last value completes a shorter list.
    fn value(&self, parameter: Parameter, k: usize) -> f64 {
        let values = self.get(parameter);
        values.get(k).or(values.last()).copied().unwrap_or(f64::NAN)
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

    /// Returns the parameter that is the threshold without adaptation, and its value.
    pub(crate) fn threshold(&self) -> (Parameter, f64) {
        let parameter = self.source.model().threshold();
        (parameter, self.number(parameter))
    }

    /// Returns the parameter that is the membrane time constant, and its value.
    pub(crate) fn time_constant(&self) -> (Parameter, f64) {
        let parameter = self.source.model().time_constant();
        (parameter, self.number(parameter))
    }

    /// Checks every constraint; adds what is wrong to `errors`.
    pub(crate) fn check(&self, errors: &mut ParamErrors) {
        let count = errors.count();
        check_each(self.source, self.threshold(), errors);
        if errors.count() == count {
            self.reset.check_landing(self.threshold().1, self.number(Parameter::RestV), errors);
        }
    }
}

// Not inlined, because each reset would have its own copy.
#[inline(never)]
fn check_each(source: &dyn Source, threshold: (Parameter, f64), errors: &mut ParamErrors) {
    for &parameter in source.model().parameters() {
        for k in 0..if parameter.is_list() { source.components() } else { 1 } {
            let value = source.value(parameter, k);
            if let Some(problem) = problem(parameter, value, threshold) {
                let index = parameter.is_list().then_some(k as u32);
                // Adding 0 removes the sign of a negative zero, so that no message shows it.
                errors.push(ParamError { parameter, index, value: value + 0.0, problem });
            }
        }
    }
}

fn problem(parameter: Parameter, value: f64, threshold: (Parameter, f64)) -> Option<Problem> {
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
