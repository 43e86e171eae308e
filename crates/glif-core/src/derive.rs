//! From parameters to coefficients: the only `exp`, where they become fixed point, and the quantisation report.

use crate::error::{ParamError, ParamErrors, Problem};
use crate::exp::exp;
use crate::neuron::{Coefficients, FixedReset, LinearReset, Reset};
use crate::parameter::Parameter;
use crate::params::{FixedResetParams, LinearResetParams, Parameters, Rate, ResetParams as _, below_once_rounded};
use crate::refractory::{Refractory, RefractoryPeriod, RefractoryRule};
use crate::rounding::{Nearest, Rounding};
use crate::scalar::Scalar;
use crate::written::{Source, Written};

/// One number of a population as it was asked for and as it is kept: a line of the quantisation report.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Quantised {
    /// The parameter, or `membrane decay`, `adaptation decay`.
    pub name: &'static str,
    /// Which threshold component, counted from 0.
    pub index: Option<usize>,
    /// Of both values; empty for a factor.
    pub unit: &'static str,
    /// In f64.
    pub requested: f64,
    /// What the step computes with.
    pub stored: f64,
    /// For a decay: magnitudes up to this one, in mV, never decay. 0 where the rounding policy has no such band.
    pub stall: Option<f64>,
}

/// exp(x) for one decay, as far as anyone needs it.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct DecayFactor {
    /// The correctly rounded value.
    pub value: f64,
    /// 1 - exp(x), to a relative error of 10⁻¹⁵ however near to 1 the value is.
    pub complement: f64,
}

/// What the exponents of one decay give. Worked out before anything that uses it: `exp` takes more of the stack than what does.
#[derive(Clone, Copy)]
struct DecayFactors {
    /// In the arithmetic of the scalar; `None` where it has no such step or constant, so that nothing could decay.
    used: Option<DecayFactor>,
    /// By the exact exponent, for the report.
    exact: f64,
}

impl DecayFactors {
    #[inline(never)] // so that its room on the stack is free again
    fn of(used: f64, exact: f64) -> Self {
        let of = |exponent| Some(exponent).filter(|x| *x <= 0.0).map(DecayFactor::of);
        let first = of(used);
        let second = if used == exact { first } else { of(exact) };
        Self { used: first, exact: second.map_or(f64::NAN, |factor| factor.value) }
    }
}

impl DecayFactor {
    /// exp(`exponent`), for `exponent <= 0`.
    ///
    /// ```
    /// let factor = glif_core::derive::DecayFactor::of(-1.0 / 20.0);
    /// assert_eq!(factor.value, 0.951229424500714);
    /// ```
    pub fn of(exponent: f64) -> Self {
        let d = exp(exponent);
        Self { value: d.high, complement: (1.0 - d.high) - d.low }
    }
}

/// How a scalar represents what people write. Every conversion answers `None` where the value does not fit.
pub trait Quantize: Scalar {
    /// Least voltage, mV.
    const LOWEST: f64;
    /// Greatest voltage, mV.
    const HIGHEST: f64;
    /// Between which voltages, mV, a step holds a membrane: in floating point a strong current carries it beyond what may be
    /// written.
    const REACH: (f64, f64);
    /// Distance between voltages, mV; 0 in floating point.
    const RESOLUTION: f64;
    /// Least positive number: mV, nA or ms.
    const LEAST: f64;
    /// Greatest number: mV, nA or ms.
    const GREATEST: f64;
    /// Whether `RefractoryRule::Inferno` replays Inferno's subtractions in this format. True in floating point. Inferno has no fixed point,
    /// so there the rule counts as `RefractoryRule::Exact` does, from the exact times.
    const REPLAYS: bool;
    /// Least and greatest magnitude of a resistance, MΩ.
    const GAINS: (f64, f64);
    /// Greatest magnitude of the slope of a linear reset.
    const STEEPEST: f64;

    /// The value in mV, nA or ms; exact.
    fn to_f64(self) -> f64;
    /// The same for what a step computes in.
    fn accumulator_to_f64(wide: Self::Accumulator) -> f64;
    /// mV to nearest.
    fn voltage(mv: f64) -> Option<Self::Accumulator>;
    /// Greatest magnitude of one of K threshold components, mV.
    fn component_limit(k: usize) -> f64;
    /// Greatest magnitude of what a spike adds to one of K threshold components, mV.
    fn increment_limit(k: usize) -> f64;
    /// nA, mV or ms to nearest. What is beyond the format's range saturates, as the step saturates a current's drive.
    fn nearest(value: f64) -> Self;
    /// Whether the step can take this current: always in fixed point, which clamps it; in floating point if R·I is
    /// finite with room to spare, so that no membrane can turn into NaN.
    fn drivable(self, gain: &Self::Gain) -> bool;
    /// The mean of one of K threshold components over a batch: the sum in order, then one division.
    fn mean(batch: &[Self], k: usize) -> Self;
    /// The sum over a batch, in order, saturating at `component_limit(k)`.
    fn sum(batch: &[Self], k: usize) -> Self;
    /// ms to nearest, for Inferno's countdown; `None` too in a format that does not [replay](Self::REPLAYS) it.
    fn time(_ms: f64) -> Option<Self> {
        None
    }
    /// `max(self - step, 0)`, Inferno's countdown; `self` in a format that does not [replay](Self::REPLAYS) it.
    fn less(self, _step: Self) -> Self {
        self
    }
    /// A resistance of a membrane resting at `rest`.
    fn gain(mohm: f64, rest: Self::Accumulator) -> Option<Self::Gain>;
    /// The least and the greatest current that a step takes as it is, nA: it takes a weaker or stronger one for these in fixed
    /// point, and refuses it in floating point.
    fn currents(gain: &Self::Gain) -> (f64, f64);
    /// The greatest drive R·I of any current, mV.
    fn greatest_drive(gain: &Self::Gain) -> f64;
    /// The resistance as kept, MΩ.
    fn gain_to_f64(gain: &Self::Gain) -> f64;
    /// The exponent of a threshold component's decay, in the arithmetic that Inferno uses in this scalar.
    fn adaptation_exponent(rate: Rate, step_time: f64) -> f64;
    /// A decay factor; `None` in fixed point if it rounds to 1, which would never decay.
    fn decay_factor(factor: DecayFactor) -> Option<Self::Decay>;
    /// The factor as kept.
    fn decay_to_f64(decay: &Self::Decay) -> f64;
    /// The greatest magnitude, mV, that rounding to nearest never lets decay.
    fn stall_band(decay: &Self::Decay) -> f64;
    /// The slope of a linear reset.
    fn slope(slope: f64) -> Option<Self::Slope>;
    /// The slope as kept.
    fn slope_to_f64(slope: &Self::Slope) -> f64;
}

macro_rules! float {
    ($float:ty) => {
        impl Quantize for $float {
            // An eighth of the format, and drives up to a quarter: then no sum of a step overflows.
            const LOWEST: f64 = (<$float>::MIN / 8.0) as f64;
            const HIGHEST: f64 = (<$float>::MAX / 8.0) as f64;
            const REACH: (f64, f64) = (3.0 * Self::LOWEST, 3.0 * Self::HIGHEST); // where `clamp_state` holds it
            const RESOLUTION: f64 = 0.0;
            const LEAST: f64 = <$float>::from_bits(1) as f64;
            const GREATEST: f64 = <$float>::MAX as f64;
            const REPLAYS: bool = true;
            const GAINS: (f64, f64) = (<$float>::MIN_POSITIVE as f64, <$float>::MAX as f64);
            const STEEPEST: f64 = <$float>::MAX as f64;

            fn to_f64(self) -> f64 {
                self as f64
            }
            fn accumulator_to_f64(wide: Self) -> f64 {
                wide as f64
            }
            fn voltage(mv: f64) -> Option<Self> {
                Some(mv as Self).filter(|v| (Self::LOWEST..=Self::HIGHEST).contains(&(*v as f64)))
            }
            fn component_limit(k: usize) -> f64 {
                // Itself a float, so that what was held to it is within it.
                (<$float>::MAX / 8.0 / k.max(1) as Self) as f64
            }
            fn increment_limit(k: usize) -> f64 {
                // Less than half of the distance between floats at the limit: however many spikes add it, and even if
                // nothing decays, a component ends there.
                Self::component_limit(k) * (Self::EPSILON as f64) / 4.0
            }
            fn nearest(value: f64) -> Self {
                value as Self
            }
            #[inline(always)]
            fn drivable(self, gain: &Self) -> bool {
                (*gain * self).abs() <= <$float>::MAX / 4.0
            }
            fn mean(batch: &[Self], k: usize) -> Self {
                let sum = batch.iter().copied().reduce(|sum, value| sum + value).unwrap_or(0.0);
                let limit = Self::component_limit(k) as Self;
                (sum / batch.len() as Self).clamp(-limit, limit)
            }
            fn sum(batch: &[Self], k: usize) -> Self {
                let sum = batch.iter().copied().reduce(|sum, value| sum + value).unwrap_or(0.0);
                let limit = Self::component_limit(k) as Self;
                sum.clamp(-limit, limit)
            }
            fn time(ms: f64) -> Option<Self> {
                // A step that vanishes would never count anything down.
                Some(ms as Self).filter(|t| t.is_finite() && (*t > 0.0 || ms == 0.0))
            }
            fn less(self, step: Self) -> Self {
                (self - step).max(0.0)
            }
            fn gain(mohm: f64, _: Self) -> Option<Self> {
                Some(mohm as Self).filter(|r| r.is_finite() && *r != 0.0)
            }
            fn currents(gain: &Self) -> (f64, f64) {
                let most = (Self::greatest_drive(gain) / (*gain as f64).abs()).min(Self::GREATEST);
                (-most, most)
            }
            fn greatest_drive(_: &Self) -> f64 {
                (<$float>::MAX / 4.0) as f64
            }
            fn gain_to_f64(gain: &Self) -> f64 {
                *gain as f64
            }
            fn adaptation_exponent(rate: Rate, step_time: f64) -> f64 {
                // PyTorch divides a number by a tensor as number · (1 / tensor), both in the tensor's type, and
                // Inferno turns a rate constant into a time constant first.
                let tau = match rate {
                    Rate::TimeConstant(tau) => tau as Self,
                    Rate::RateConstant(lambda) => 1.0 / lambda as Self,
                };
                let exponent = ((1.0 / tau) * -(step_time as Self)) as f64;
                exponent.max(f64::MIN)
            }
            fn decay_factor(factor: DecayFactor) -> Option<Self> {
                Some(factor.value as Self)
            }
            fn decay_to_f64(decay: &Self) -> f64 {
                *decay as f64
            }
            fn stall_band(_: &Self) -> f64 {
                0.0
            }
            fn slope(slope: f64) -> Option<Self> {
                Some(slope as Self).filter(|m| m.is_finite())
            }
            fn slope_to_f64(slope: &Self) -> f64 {
                *slope as f64
            }
        }
    };
}
#[allow(
    clippy::unnecessary_cast,
    clippy::cast_lossless,
    reason = "one macro for both floats: in f64 its casts do nothing"
)]
mod floats {
    use super::{DecayFactor, Quantize, Rate};
    float!(f32);
    float!(f64);
}

/// Converts, keeps account of what was lost, and collects what did not fit. It comes to [`DeriveReset::derive`].
pub struct Diagnostics<'a> {
    pub(crate) report: Report<'a>,
    pub(crate) errors: &'a mut ParamErrors,
}

/// Takes the lines of a quantisation report.
pub(crate) type Report<'a> = &'a mut dyn FnMut(Quantised);

impl core::fmt::Debug for Diagnostics<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Diagnostics").field("errors", &self.errors).finish_non_exhaustive()
    }
}

impl Diagnostics<'_> {
    /// Refuses a parameter: there will be no neuron, and its errors tell this one.
    pub fn refuse(&mut self, parameter: Parameter, index: Option<usize>, value: f64, problem: Problem) {
        let index = index.map(|index| index as u32);
        self.errors.push(ParamError { parameter, index, value, problem });
    }

    /// Reports what was asked for and what the format has kept.
    pub fn note(&mut self, parameter: Parameter, index: Option<usize>, requested: f64, stored: f64) {
        let (name, unit) = (parameter.name(), parameter.unit());
        (self.report)(Quantised { name, index, unit, requested, stored, stall: None });
    }

    /// A voltage in the format, reported; refused, and `None`, if it does not lie within `limit` mV of zero on either side, or
    /// within the format's range.
    pub fn voltage<S: Quantize>(
        &mut self,
        parameter: Parameter,
        index: Option<usize>,
        mv: f64,
        limit: Option<f64>,
    ) -> Option<S::Accumulator> {
        if !mv.is_finite() {
            return None;
        }
        let (lowest, highest) = limit.map_or((S::LOWEST, S::HIGHEST), |limit| (-limit, limit));
        match S::voltage(mv).filter(|v| (lowest..=highest).contains(&S::accumulator_to_f64(*v))) {
            Some(stored) => {
                self.note(parameter, index, mv, S::accumulator_to_f64(stored));
                Some(stored)
            }
            None => {
                self.refuse(parameter, index, mv, Problem::OutOfRange { lowest, highest });
                None
            }
        }
    }

    #[inline(never)] // so that its room on the stack is taken only where something is refused
    fn refuse_decay(&mut self, parameter: Parameter, index: Option<usize>, constant: f64) {
        self.refuse(parameter, index, constant, Problem::NeverDecays);
    }

    fn decay<S: Quantize>(
        &mut self,
        (name, index): (&'static str, Option<usize>),
        factors: &DecayFactors,
        (parameter, constant): (Parameter, f64),
        stalls: bool,
    ) -> Option<S::Decay> {
        let at = index.map(|index| index as u32);
        let wrong = self.errors.iter().any(|error| error.parameter == parameter && error.index == at);
        if wrong || self.errors.mentions(Parameter::StepTime) {
            return None;
        }
        let Some(stored) = factors.used.and_then(S::decay_factor) else {
            self.refuse_decay(parameter, index, constant);
            return None;
        };
        let stall = Some(if stalls { S::stall_band(&stored) } else { 0.0 });
        let requested = factors.exact;
        (self.report)(Quantised { name, index, unit: "", requested, stored: S::decay_to_f64(&stored), stall });
        Some(stored)
    }
}

/// A reset that can be derived from what a person writes.
pub trait DeriveReset<S: Quantize>: Reset<S> {
    /// Its coefficients; `None` if `diagnostics` hold what is refused.
    fn derive(params: &Self::Params, diagnostics: &mut Diagnostics<'_>) -> Option<Self>;
}

impl<S: Quantize> DeriveReset<S> for FixedReset<S> {
    fn derive(params: &FixedResetParams, diagnostics: &mut Diagnostics<'_>) -> Option<Self> {
        diagnostics.voltage::<S>(Parameter::ResetV, None, params.reset_v, None).map(Self)
    }
}

impl<S: Quantize> DeriveReset<S> for LinearReset<S> {
    #[inline(never)] // so that its room on the stack is free again
    fn derive(params: &LinearResetParams, diagnostics: &mut Diagnostics<'_>) -> Option<Self> {
        let drop =
            diagnostics.voltage::<S>(Parameter::ResetVAdd, None, params.reset_v_add, Some(S::component_limit(1)));
        let slope = slope::<S>(params.reset_v_mul, diagnostics);
        Some(Self { slope: slope?, drop: drop? })
    }
}

#[inline(never)] // as above
fn slope<S: Quantize>(reset_v_mul: f64, diagnostics: &mut Diagnostics<'_>) -> Option<S::Slope> {
    if !reset_v_mul.is_finite() {
        return None;
    }
    let slope = S::slope(reset_v_mul);
    match &slope {
        Some(slope) => diagnostics.note(Parameter::ResetVMul, None, reset_v_mul, S::slope_to_f64(slope)),
        None => {
            let problem = Problem::OutOfRange { lowest: -S::STEEPEST, highest: S::STEEPEST };
            diagnostics.refuse(Parameter::ResetVMul, None, reset_v_mul, problem);
        }
    }
    slope
}

impl<S: Quantize, R: DeriveReset<S>, const K: usize> Coefficients<S, R, K> {
    /// Coefficients from parameters, rounding to nearest.
    ///
    /// # Errors
    /// Every constraint that does not hold and every value that does not fit the scalar, together.
    pub fn derive(params: impl Into<Parameters<R::Params, K>>, rule: RefractoryRule) -> Result<Self, ParamErrors> {
        Self::derive_rounding(params, rule, Nearest)
    }
}

impl<S: Quantize, R: DeriveReset<S>, const K: usize, Q: Rounding> Coefficients<S, R, K, Q> {
    /// The same with a rounding policy of choice.
    ///
    /// # Errors
    /// As for [`derive`](Coefficients::derive).
    pub fn derive_rounding(
        params: impl Into<Parameters<R::Params, K>>,
        rule: RefractoryRule,
        rounding: Q,
    ) -> Result<Self, ParamErrors> {
        Self::derive_reporting(params, rule, rounding, &mut |_| ())
    }

    /// The same, with each line of the quantisation report handed to `report` on the way.
    ///
    /// ```
    /// use glif_core::fixed::types::I8F8;
    /// use glif_core::{Lif, LifParams, Nearest, Quantised, RefractoryRule};
    ///
    /// let params = LifParams {
    ///     step_time: 1.0, rest_v: -60.1, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
    /// };
    /// let mut lines = Vec::new();
    /// Lif::<I8F8>::derive_reporting(params, RefractoryRule::Inferno, Nearest, &mut |line| lines.push(line))?;
    /// let rest = lines.iter().find(|line| line.name == "rest_v").unwrap();
    /// let Quantised { requested, stored, unit, .. } = *rest;
    /// assert_eq!((requested, stored, unit), (-60.1, -60.1015625, "mV"));
    /// # Ok::<(), glif_core::ParamErrors>(())
    /// ```
    ///
    /// # Errors
    /// As for [`derive`](Coefficients::derive).
    pub fn derive_reporting(
        params: impl Into<Parameters<R::Params, K>>,
        rule: RefractoryRule,
        rounding: Q,
        report: &mut dyn FnMut(Quantised),
    ) -> Result<Self, ParamErrors> {
        let params = params.into();
        ParamErrors::or_listed(|errors| {
            Self::derive_listing(&params, rule, rounding, report, errors).map(|(neuron, _)| neuron)
        })
    }

    /// The coefficients, and the refractory period beside the count that they hold of it.
    ///
    /// # Errors
    /// As for [`derive`](Coefficients::derive).
    pub fn derive_with_period(
        params: impl Into<Parameters<R::Params, K>>,
        rule: RefractoryRule,
        rounding: Q,
    ) -> Result<(Self, RefractoryPeriod<S>), ParamErrors> {
        let params = params.into();
        ParamErrors::or_listed(|errors| Self::derive_listing(&params, rule, rounding, &mut |_| (), errors))
    }

    /// The same with a list for the errors, which takes a kilobyte: a microcontroller has room for one of them and not for
    /// some copies. `None` if an error is in it then.
    pub fn derive_listing(
        p: &Parameters<R::Params, K>,
        rule: RefractoryRule,
        rounding: Q,
        report: &mut dyn FnMut(Quantised),
        errors: &mut ParamErrors,
    ) -> Option<(Self, RefractoryPeriod<S>)> {
        let mut neuron = Self::blank(rounding);
        let period = neuron.derive_in_place(p, rule, report, errors)?;
        Some((neuron, period))
    }

    /// A neuron before it has parameters.
    pub(crate) const fn blank(rounding: Q) -> Self {
        let (gain, decay, _) = S::BLANK;
        Self {
            rest: S::ZERO,
            gain,
            decay,
            threshold: S::ZERO,
            reset: R::BLANK,
            refractory: 0,
            adaptation_decay: [decay; K],
            increment: [S::ZERO; K],
            rounding,
        }
    }

    /// The same in place: coefficients are written as they are found, and mean nothing if `None` is returned.
    pub(crate) fn derive_in_place(
        &mut self,
        p: &Parameters<R::Params, K>,
        rule: RefractoryRule,
        report: &mut dyn FnMut(Quantised),
        errors: &mut ParamErrors,
    ) -> Option<RefractoryPeriod<S>> {
        let Self { rest, gain, decay, threshold, reset, refractory, adaptation_decay, increment, rounding: _ } = self;
        let membrane = Membrane { rest, gain, decay, threshold, reset };
        let components = ComponentPlaces { decay: adaptation_decay, increment };
        let mut places = Places { membrane, refractory, components };
        places.derive(&p.written(), (rule, Q::STALLS), Diagnostics { report, errors })
    }
}

/// Where the coefficients of a neuron go, whatever its number of components and its rounding.
pub(crate) struct Places<'a, S: Scalar, R> {
    pub(crate) membrane: Membrane<'a, S, R>,
    pub(crate) refractory: &'a mut u16,
    pub(crate) components: ComponentPlaces<'a, S>,
}

/// Where those of the components go.
pub(crate) struct ComponentPlaces<'a, S: Scalar> {
    pub(crate) decay: &'a mut [S::Decay],
    pub(crate) increment: &'a mut [S::Accumulator],
}

impl<S: Quantize, R: DeriveReset<S>> Places<'_, S, R> {
    /// Writes them as they are found; they mean nothing if `None` is returned.
    pub(crate) fn derive(
        &mut self,
        p: &Written<'_, R::Params>,
        (rule, stalls): (RefractoryRule, bool),
        mut diagnostics: Diagnostics<'_>,
    ) -> Option<RefractoryPeriod<S>> {
        // What does not hold is not converted, but the rest is: everything wrong is told at once.
        p.check(diagnostics.errors);
        let period = self.membrane(p, (rule, stalls), &mut diagnostics);
        *self.refractory = period.as_ref().map_or(0, RefractoryPeriod::count);
        components::<S>(p.source, &mut self.components, stalls, &mut diagnostics);
        period.filter(|_| diagnostics.errors.count() == 0)
    }

    #[inline(never)] // so that its room on the stack is free while the components are derived
    fn membrane(
        &mut self,
        p: &Written<'_, R::Params>,
        policy: (RefractoryRule, bool),
        diagnostics: &mut Diagnostics<'_>,
    ) -> Option<RefractoryPeriod<S>> {
        let exponent = -p.number(Parameter::StepTime) / p.time_constant().1;
        let factors = DecayFactors::of(exponent, exponent);
        self.membrane.derive(p, &factors, policy, diagnostics)
    }
}

/// Decays and increments of the components.
// Apart, so that its room on the stack is free while the membrane is derived, and as each reset would have a copy of it.
#[inline(never)]
fn components<S: Quantize>(
    source: &dyn Source,
    places: &mut ComponentPlaces<'_, S>,
    stalls: bool,
    diagnostics: &mut Diagnostics<'_>,
) {
    let (count, step_time) = (source.components(), source.value(Parameter::StepTime, 0));
    let places = places.decay.iter_mut().zip(places.increment.iter_mut());
    for (k, (decay, increment)) in places.enumerate().take(count) {
        let rate = source.rate(k);
        let factors = &DecayFactors::of(S::adaptation_exponent(rate, step_time), rate.exponent(step_time));
        let derived = diagnostics.decay::<S>(("adaptation decay", Some(k)), factors, rate.constant(), stalls);
        let written = source.value(Parameter::SpikeIncrement, k);
        if let Some(grown) = self::increment::<S>((k, count), written, derived.as_ref(), stalls, diagnostics) {
            *increment = grown;
        }
        _ = put(decay, derived);
    }
}

/// Where the coefficients of a neuron go that depend neither on components nor on rounding.
pub(crate) struct Membrane<'a, S: Scalar, R> {
    pub(crate) rest: &'a mut S::Accumulator,
    pub(crate) gain: &'a mut S::Gain,
    pub(crate) decay: &'a mut S::Decay,
    pub(crate) threshold: &'a mut S::Accumulator,
    pub(crate) reset: &'a mut R,
}

impl<S: Quantize, R: DeriveReset<S>> Membrane<'_, S, R> {
    /// Writes them as they are found; the refractory period.
    // Apart, as each number of components and each rounding would have a copy of it.
    #[inline(never)]
    fn derive(
        &mut self,
        p: &Written<'_, R::Params>,
        factors: &DecayFactors,
        (rule, stalls): (RefractoryRule, bool),
        diagnostics: &mut Diagnostics<'_>,
    ) -> Option<RefractoryPeriod<S>> {
        let rest = put(self.rest, diagnostics.voltage::<S>(Parameter::RestV, None, p.number(Parameter::RestV), None));
        let reset = put(self.reset, R::derive(p.reset, diagnostics));
        let (parameter, threshold) = p.threshold();
        let threshold = put(self.threshold, diagnostics.voltage::<S>(parameter, None, threshold, None));
        let period = period::<S>(p.number(Parameter::RefracT), p.number(Parameter::StepTime), rule, diagnostics);
        let constant = p.time_constant();
        let decay = put(self.decay, diagnostics.decay::<S>(("membrane decay", None), factors, constant, stalls));
        let gain = rest && put(self.gain, gain::<S>(p.number(Parameter::Resistance), *self.rest, diagnostics));
        if gain && threshold && decay {
            self.check_reach(p, stalls, diagnostics);
        }
        if diagnostics.errors.count() == 0 && reset {
            self.check_once_rounded(p, diagnostics.errors);
        }
        period.filter(|_| reset) // a reset of the caller's own may be `None` without an error
    }

    /// Refuses a neuron that would stay silent under every current. Rounding to nearest stops a membrane short of where a current
    /// drives it.
    #[inline(never)] // so that its room on the stack is free again
    fn check_reach(&self, p: &Written<'_, R::Params>, stalls: bool, diagnostics: &mut Diagnostics<'_>) {
        let stall = if stalls { S::stall_band(self.decay) } else { 0.0 };
        let highest = S::accumulator_to_f64(*self.rest) + S::greatest_drive(self.gain) - stall;
        if S::accumulator_to_f64(*self.threshold) > highest {
            let (parameter, value) = p.threshold();
            diagnostics.refuse(parameter, None, value, Problem::OutOfReach { highest });
        }
    }

    /// Refuses voltages that differ as written and round to the same number.
    #[inline(never)] // as above
    fn check_once_rounded(&self, p: &Written<'_, R::Params>, errors: &mut ParamErrors) {
        let kept = S::accumulator_to_f64(*self.threshold);
        let written = p.threshold();
        let rest = (p.number(Parameter::RestV), S::accumulator_to_f64(*self.rest));
        below_once_rounded(Parameter::RestV, rest, written, kept, errors);
        let landing = S::accumulator_to_f64(self.reset.apply(*self.threshold, *self.rest));
        p.reset.check_landing_once_rounded(landing, written, kept, errors);
    }
}

/// Writes what there is; whether there is something.
fn put<T>(place: &mut T, value: Option<T>) -> bool {
    value.map(|value| *place = value).is_some()
}

fn period<S: Quantize>(
    refrac_t: f64,
    step_time: f64,
    rule: RefractoryRule,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<RefractoryPeriod<S>> {
    // Both are among the first of the list, whatever else is wrong.
    let wrong = |errors: &ParamErrors| errors.mentions(Parameter::StepTime) || errors.mentions(Parameter::RefracT);
    if wrong(diagnostics.errors) {
        return None;
    }
    if rule == RefractoryRule::Inferno && S::REPLAYS {
        for (parameter, ms) in [(Parameter::StepTime, step_time), (Parameter::RefracT, refrac_t)] {
            match S::time(ms) {
                Some(stored) => diagnostics.note(parameter, None, ms, stored.to_f64()),
                None if ms < S::LEAST => {
                    diagnostics.refuse(parameter, None, ms, Problem::TooSmall { resolution: S::LEAST });
                }
                None => {
                    let problem = Problem::OutOfRange { lowest: 0.0, highest: S::GREATEST };
                    diagnostics.refuse(parameter, None, ms, problem);
                }
            }
        }
    }
    if wrong(diagnostics.errors) {
        return None;
    }
    let period = RefractoryPeriod::new(refrac_t, step_time, rule);
    if period.is_none() {
        diagnostics.refuse(Parameter::RefracT, None, refrac_t, Problem::TooManySteps { most: Refractory::MOST });
    }
    period
}

#[inline(never)] // so that its room on the stack is free again
fn gain<S: Quantize>(mohm: f64, rest: S::Accumulator, diagnostics: &mut Diagnostics<'_>) -> Option<S::Gain> {
    if mohm == 0.0 || !mohm.is_finite() {
        return None;
    }
    let gain = S::gain(mohm, rest);
    match &gain {
        Some(gain) => diagnostics.note(Parameter::Resistance, None, mohm, S::gain_to_f64(gain)),
        None => refuse_gain::<S>(mohm, diagnostics),
    }
    gain
}

#[inline(never)] // so that its room on the stack is taken only where something is refused
fn refuse_gain<S: Quantize>(mohm: f64, diagnostics: &mut Diagnostics<'_>) {
    let (least, most) = S::GAINS;
    let (lowest, highest) = if mohm.is_sign_negative() { (-most, -least) } else { (least, most) };
    diagnostics.refuse(Parameter::Resistance, None, mohm, Problem::OutOfRange { lowest, highest });
}

/// Growth of a component at a spike. It needs the decay of the component, if that holds, to tell whether it ever ends.
// Apart, as each model and each rounding would have a copy of it.
#[inline(never)]
fn increment<S: Quantize>(
    (k, of): (usize, usize),
    written: f64,
    decay: Option<&S::Decay>,
    stalls: bool,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<S::Accumulator> {
    let increment =
        diagnostics.voltage::<S>(Parameter::SpikeIncrement, Some(k), written, Some(S::increment_limit(of)))?;
    let (magnitude, band) = (S::accumulator_to_f64(increment).abs(), S::stall_band(decay?));
    let stalls = stalls && band > 0.0 && magnitude <= band;
    let vanishes = S::RESOLUTION > 0.0 && magnitude == 0.0;
    if written != 0.0 && (stalls || vanishes) {
        // What rounds to nothing does so under every rounding of its decay.
        let problem = if vanishes { Problem::TooSmall { resolution: S::RESOLUTION } } else { Problem::Stalls { band } };
        diagnostics.refuse(Parameter::SpikeIncrement, Some(k), written, problem);
        return None;
    }
    Some(increment)
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::ToString;

    use fixed::types::{I8F8, I8F24};

    use super::*;
    use crate::{Glif2Params, LifParams};

    /// Constants far beyond the scalar either decay at once or are refused with a reason, never without one.
    #[test]
    fn extreme_constants_are_taken_or_named() {
        for (step_time, time_constant) in [(1e300, 1e-300), (1e-300, 1e300), (1e300, 1e300), (1.0, 1e-320)] {
            for rule in [RefractoryRule::Inferno, RefractoryRule::Exact, RefractoryRule::Nest] {
                let params = LifParams {
                    step_time,
                    rest_v: -60.0,
                    reset_v: -62.0,
                    thresh_v: -50.0,
                    refrac_t: 0.0,
                    time_constant,
                    resistance: 1.0,
                };
                let counts = [
                    Coefficients::<f32, FixedReset<f32>, 0>::derive(params, rule).err().map(|errors| errors.count()),
                    Coefficients::<f64, FixedReset<f64>, 0>::derive(params, rule).err().map(|errors| errors.count()),
                    Coefficients::<I8F24, FixedReset<I8F24>, 0>::derive(params, rule)
                        .err()
                        .map(|errors| errors.count()),
                ];
                assert!(!counts.contains(&Some(0)), "{step_time} {time_constant} {rule:?}: {counts:?}");
            }
        }
    }

    /// Where a threshold rounds to rest or to the reset, a neuron would fire for ever, and no current would be needed.
    #[test]
    fn voltages_that_round_to_each_other_are_refused() {
        type Lif8 = Coefficients<I8F8, FixedReset<I8F8>, 0>;
        type Glif8 = Coefficients<I8F8, LinearReset<I8F8>, 0>;
        let lif = |rest_v, reset_v, thresh_v| LifParams {
            step_time: 1.0,
            rest_v,
            reset_v,
            thresh_v,
            refrac_t: 0.0,
            time_constant: 20.0,
            resistance: 1.0,
        };
        assert!(Lif8::derive(lif(0.0, 0.0, 0.004), RefractoryRule::Inferno).is_ok());
        let told = Lif8::derive(lif(-0.001, -1.0, 0.001), RefractoryRule::Inferno).unwrap_err().to_string();
        let both = "`thresh_v` = 0.001 mV, but this number format rounds both to 0 mV; move them apart or take a format with finer steps";
        assert_eq!(told, format!("`rest_v` = -0.001 mV must be below {both}"));
        let told = Lif8::derive(lif(-1.0, -0.001, 0.001), RefractoryRule::Inferno).unwrap_err().to_string();
        assert_eq!(told, format!("`reset_v` = -0.001 mV must be below {both}"));
        assert!(
            Coefficients::<f64, FixedReset<f64>, 0>::derive(lif(-1.0, -0.001, 0.001), RefractoryRule::Inferno).is_ok()
        );
        // Inferno takes what only f64 holds apart, and fires in every step.
        for close in [lif(-60.0, -50.000_000_001, -50.0), lif(-50.000_000_001, -60.0, -50.0)] {
            assert!(Coefficients::<f64, FixedReset<f64>, 0>::derive(close, RefractoryRule::Inferno).is_ok());
            let told = Coefficients::<f32, FixedReset<f32>, 0>::derive(close, RefractoryRule::Inferno)
                .unwrap_err()
                .to_string();
            assert!(told.contains("rounds both to -50 mV"), "{told}");
            assert!(Coefficients::<I8F8, FixedReset<I8F8>, 0>::derive(close, RefractoryRule::Inferno).is_err());
        }
        let glif2 = |reset_v_add| Glif2Params {
            step_time: 1.0,
            rest_v: 0.0,
            reset_v_add,
            reset_v_mul: 1.0,
            thresh_eq_v: 1.0,
            refrac_t: 0.0,
            tc_membrane: 20.0,
            rc_adaptation: [],
            spike_increment: [],
            resistance: 1.0,
        };
        assert!(Glif8::derive(glif2(0.004), RefractoryRule::Inferno).is_ok());
        let told = Glif8::derive(glif2(0.001), RefractoryRule::Inferno).unwrap_err().to_string();
        assert!(
            told.starts_with(
                "`reset_v_mul` = 1 with this `reset_v_add` resets a neuron at threshold to 1 mV, which must be below"
            ),
            "{told}"
        );
        assert!(Coefficients::<f32, LinearReset<f32>, 0>::derive(glif2(0.001), RefractoryRule::Inferno).is_ok());
        assert!(Coefficients::<f32, LinearReset<f32>, 0>::derive(glif2(1e-9), RefractoryRule::Inferno).is_err());
    }

    /// 8.24 has room for ±64 mV, but drives by 32 mV at most with a resistance of 1 MΩ.
    #[test]
    fn threshold_out_of_reach_is_refused() {
        let params = |thresh_v| LifParams {
            step_time: 1.0,
            rest_v: -60.0,
            reset_v: -62.0,
            thresh_v,
            refrac_t: 2.0,
            time_constant: 20.0,
            resistance: 1.0,
        };
        type Lif = Coefficients<I8F24, FixedReset<I8F24>, 0>;
        assert!(Lif::derive(params(-30.0), RefractoryRule::Inferno).is_ok());
        let errors = Lif::derive(params(-20.0), RefractoryRule::Inferno).unwrap_err();
        assert_eq!(errors.count(), 1);
        assert!(errors.to_string().starts_with("`thresh_v` = -20 mV lies above -28.00000"), "{errors}");
    }
}
