//! Derivation of coefficients from parameters: the only `exp`, the conversion to fixed point, and the
//! quantization report.

pub use crate::exp::DecayFactor;

use crate::error::{ParamError, ParamErrors, Problem};
use crate::names::{Dialect, Discretization, ThresholdTest};
use crate::neuron::{Coefficients, Dynamics, FixedReset, Inferno, LinearReset, Reset};
use crate::parameter::{ComponentCounts, ComponentKind, Parameter};
use crate::params::{FixedResetParams, LinearResetParams, Parameters, ResetParams, below_once_rounded};
use crate::quantize::Quantize;
use crate::refractory::{Refractory, RefractoryPeriod, RefractoryRule};
use crate::rounding::{Nearest, Rounding};
use crate::scalar::Scalar;
use crate::teeter::{SpikePlaces, ThresholdVoltage};
use crate::written::{Source, Written};

/// One line of the quantization report: a value as requested and as stored.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Quantised {
    /// Name of the parameter, or `membrane decay` or `adaptation decay`.
    pub name: &'static str,
    /// Index of the threshold component, from 0.
    pub index: Option<usize>,
    /// Unit of both values; empty for a factor.
    pub unit: &'static str,
    /// Requested value, as f64.
    pub requested: f64,
    /// Value that the step computes with.
    pub stored: f64,
    /// For a decay: the greatest magnitude that never decays, mV. 0 if the rounding policy has no such band.
    pub stall: Option<f64>,
}

/// Factors of one decay. They are computed before anything that uses them, because `exp` needs more stack than
/// their users.
#[derive(Clone, Copy)]
struct DecayFactors {
    /// By the exponent in the scalar's arithmetic. `None` if the scalar has no such step or constant, so that
    /// nothing would decay.
    used: Option<DecayFactor>,
    /// By the exact exponent, for the report.
    exact: f64,
}

impl DecayFactors {
    /// Forward Euler's factor of a step, by the share that decays in it.
    fn euler(complement: f64) -> Self {
        let value = 1.0 - complement;
        Self { used: (value >= 0.0).then_some(DecayFactor { value, complement }), exact: value }
    }

    #[inline(never)] // so that its stack frame is released before the caller goes on
    fn of(used: f64, exact: f64) -> Self {
        let of = |exponent| Some(exponent).filter(|x| *x <= 0.0).map(DecayFactor::of);
        let first = of(used);
        let second = if used == exact { first } else { of(exact) };
        Self { used: first, exact: second.map_or(f64::NAN, |factor| factor.value) }
    }
}

/// Converts values, reports what the conversion changed, and collects errors. [`DeriveReset::derive`] receives it.
pub struct Diagnostics<'a> {
    pub(crate) report: Report<'a>,
    pub(crate) errors: &'a mut ParamErrors,
}

/// Receives the lines of a quantization report.
pub(crate) type Report<'a> = &'a mut dyn FnMut(Quantised);

impl core::fmt::Debug for Diagnostics<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Diagnostics").field("errors", &self.errors).finish_non_exhaustive()
    }
}

impl Diagnostics<'_> {
    /// Refuses a parameter: adds an error to the list, so that the derivation returns no neuron.
    pub fn refuse(&mut self, parameter: Parameter, index: Option<usize>, value: f64, problem: Problem) {
        let component = index.map(|index| index as u8);
        self.errors.push(ParamError { component, ..ParamError::new(parameter, value, problem) });
    }

    /// Reports a value as requested and as stored.
    pub fn note(&mut self, parameter: Parameter, index: Option<usize>, requested: f64, stored: f64) {
        let (name, unit) = (parameter.name(), parameter.unit());
        (self.report)(Quantised { name, index, unit, requested, stored, stall: None });
    }

    /// Converts a voltage, mV, to the number format, and reports it. Returns `None` and adds an error if the
    /// voltage is more than `limit` mV away from zero, or outside the format's range.
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

    #[inline(never)] // so that it takes stack only where a parameter is refused
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
        let at = index.map(|index| index as u8);
        let wrong = self.errors.iter().any(|error| error.parameter == parameter && error.component == at);
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

/// A reset that can be derived from its parameters.
pub trait DeriveReset<S: Quantize>: Reset<S> {
    /// Derives the coefficients; returns `None` if `diagnostics` holds an error about them.
    fn derive(params: &Self::Params, diagnostics: &mut Diagnostics<'_>) -> Option<Self>;
}

impl<S: Quantize> DeriveReset<S> for FixedReset<S> {
    fn derive(params: &FixedResetParams, diagnostics: &mut Diagnostics<'_>) -> Option<Self> {
        diagnostics.voltage::<S>(Parameter::ResetV, None, params.reset_v, None).map(Self)
    }
}

impl<S: Quantize> DeriveReset<S> for LinearReset<S> {
    #[inline(never)] // so that its stack frame is released before the caller goes on
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

/// Coefficients, and the refractory period whose count they hold.
pub type WithPeriod<S, R, const K: usize, Q, D = Inferno> = (Coefficients<S, R, K, Q, D>, RefractoryPeriod<S>);

/// Options of a derivation: the refractory rule, the rounding policy, and the receiver of the quantization report.
///
/// ```
/// use glif_core::fixed::types::I8F8;
/// use glif_core::{Derivation, Lif, LifParams, Quantised, RefractoryRule, Truncate};
///
/// let params = LifParams {
///     step_time: 1.0, rest_v: -60.1, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
/// };
/// let mut lines = Vec::new();
/// let mut report = |line| lines.push(line);
/// let derivation = Derivation::new(RefractoryRule::Inferno).rounding(Truncate).report(&mut report);
/// let lif: Lif<I8F8, Truncate> = derivation.coefficients(params)?;
/// assert_eq!(lif.refractory, 2);
/// let rest = lines.iter().find(|line| line.name == "rest_v").unwrap();
/// let Quantised { requested, stored, unit, .. } = *rest;
/// assert_eq!((requested, stored, unit), (-60.1, -60.1015625, "mV"));
/// # Ok::<(), glif_core::ParamErrors>(())
/// ```
#[must_use = "it derives nothing by itself"]
pub struct Derivation<'r, Q = Nearest> {
    pub(crate) rule: RefractoryRule,
    pub(crate) rounding: Q,
    pub(crate) report: Option<Report<'r>>,
}

impl Derivation<'static> {
    /// Returns a derivation that rounds to nearest and makes no report.
    pub fn new(rule: RefractoryRule) -> Self {
        Self { rule, rounding: Nearest, report: None }
    }
}

impl<'r, Q: Rounding> Derivation<'r, Q> {
    /// Sets the rounding policy of the decays.
    pub fn rounding<P: Rounding>(self, rounding: P) -> Derivation<'r, P> {
        let Self { rule, report, .. } = self;
        Derivation { rule, rounding, report }
    }

    /// Passes each line of the quantization report to `report`.
    pub fn report<'a>(self, report: &'a mut dyn FnMut(Quantised)) -> Derivation<'a, Q> {
        let Self { rule, rounding, .. } = self;
        Derivation { rule, rounding, report: Some(report) }
    }

    /// Derives the coefficients.
    ///
    /// # Errors
    /// Returns every violated constraint and every value that does not fit the scalar, together.
    pub fn coefficients<S: Quantize, R: DeriveReset<S>, const K: usize, D: Dynamics<S, K>>(
        self,
        params: impl Into<Parameters<R::Params, K>>,
    ) -> Result<Coefficients<S, R, K, Q, D>, ParamErrors> {
        self.with_period(params).map(|(coefficients, _)| coefficients)
    }

    /// Derives the coefficients and the refractory period whose count they hold.
    ///
    /// # Errors
    /// Returns the errors of [`coefficients`](Self::coefficients).
    pub fn with_period<S: Quantize, R: DeriveReset<S>, const K: usize, D: Dynamics<S, K>>(
        self,
        params: impl Into<Parameters<R::Params, K>>,
    ) -> Result<WithPeriod<S, R, K, Q, D>, ParamErrors> {
        let params = params.into();
        ParamErrors::or_listed(|errors| self.listing(&params, errors))
    }

    /// Does what [`with_period`](Self::with_period) does, with the caller's error list.
    ///
    /// Returns `None` if the list then holds an error. A list takes a kilobyte: a microcontroller has room for
    /// one, but not for several copies.
    pub fn listing<S: Quantize, R: DeriveReset<S>, const K: usize, D: Dynamics<S, K>>(
        self,
        params: &Parameters<R::Params, K>,
        errors: &mut ParamErrors,
    ) -> Option<WithPeriod<S, R, K, Q, D>> {
        let Self { rule, rounding, report } = self;
        let mut coefficients = Coefficients::blank(rounding);
        let period = coefficients.derive_in_place(params, rule, or_unheard(report, &mut |_| ()), errors)?;
        Some((coefficients, period))
    }
}

/// Returns the report, or `unheard`, which drops its lines.
pub(crate) fn or_unheard<'a, 'r: 'a>(report: Option<Report<'r>>, unheard: Report<'a>) -> Report<'a> {
    match report {
        Some(report) => report,
        None => unheard,
    }
}

impl<Q: core::fmt::Debug> core::fmt::Debug for Derivation<'_, Q> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { rule, rounding, .. } = self;
        f.debug_struct("Derivation").field("rule", rule).field("rounding", rounding).finish_non_exhaustive()
    }
}

impl<S: Quantize, R: DeriveReset<S>, const K: usize, D: Dynamics<S, K>> Coefficients<S, R, K, Nearest, D> {
    /// Derives coefficients that round to nearest; [`Derivation`] has more choices.
    ///
    /// # Errors
    /// Returns every violated constraint and every value that does not fit the scalar, together.
    pub fn derive(params: impl Into<Parameters<R::Params, K>>, rule: RefractoryRule) -> Result<Self, ParamErrors> {
        Derivation::new(rule).coefficients(params)
    }
}

impl<S: Quantize, R: DeriveReset<S>, const K: usize, Q: Rounding, D: Dynamics<S, K>> Coefficients<S, R, K, Q, D> {
    /// Returns the coefficients of a neuron that has no parameters yet.
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
            dynamics: D::BLANK,
        }
    }

    /// Does what [`Derivation::listing`] does, in place. It writes each coefficient as it derives it; they are
    /// meaningless if it returns `None`.
    pub(crate) fn derive_in_place(
        &mut self,
        p: &Parameters<R::Params, K>,
        rule: RefractoryRule,
        report: &mut dyn FnMut(Quantised),
        errors: &mut ParamErrors,
    ) -> Option<RefractoryPeriod<S>> {
        let stalls = self.rounding.stalls();
        let Self { rest, gain, decay, threshold, reset, refractory, adaptation_decay, increment, dynamics, .. } = self;
        let membrane = Membrane { rest, gain, decay, threshold, reset };
        let components = ComponentPlaces { decay: adaptation_decay, increment };
        let mut places = Places { membrane, refractory, components };
        if p.dialect == Dialect::Inferno && exceeds(p, S::RESOLUTION == 0.0) {
            errors.push(ParamError::new(Parameter::StepTime, 0.0, Problem::NoStrictTest));
        }
        places.derive(&p.written(), (rule, stalls), dynamics.places().as_mut(), Diagnostics { report, errors })
    }
}

/// Where to write the coefficients of a neuron with any number of components and any rounding.
pub(crate) struct Places<'a, S: Scalar, R> {
    pub(crate) membrane: Membrane<'a, S, R>,
    pub(crate) refractory: &'a mut u16,
    pub(crate) components: ComponentPlaces<'a, S>,
}

/// Where to write the coefficients of the components.
pub(crate) struct ComponentPlaces<'a, S: Scalar> {
    pub(crate) decay: &'a mut [S::Decay],
    pub(crate) increment: &'a mut [S::Accumulator],
}

impl<S: Quantize, R: DeriveReset<S>> Places<'_, S, R> {
    /// Derives and writes the coefficients; they are meaningless if it returns `None`. `spike` is `None` in the
    /// dialect of Inferno.
    pub(crate) fn derive(
        &mut self,
        p: &Written<'_, R::Params>,
        (rule, stalls): (RefractoryRule, bool),
        spike: Option<&mut SpikePlaces<'_, S>>,
        mut diagnostics: Diagnostics<'_>,
    ) -> Option<RefractoryPeriod<S>> {
        // A value that violates a constraint is not converted, but the others are, so that all errors are
        // reported together.
        p.check(diagnostics.errors);
        check_type(p.source, spike.as_ref().map(|spike| spike.counts), diagnostics.errors);
        let rule = p.source.dialect().rule(rule);
        let period = self.membrane(p, (rule, stalls), &mut diagnostics);
        *self.refractory = period.as_ref().map_or(0, RefractoryPeriod::count);
        components::<S>(p.source, &mut self.components, stalls, &mut diagnostics);
        if let Some(spike) = spike.filter(|_| diagnostics.errors.count() == 0) {
            spike.derive(p.source, (*self.refractory, self.membrane.gain), &mut diagnostics);
        }
        period.filter(|_| diagnostics.errors.count() == 0)
    }

    #[inline(never)] // so that its stack frame is released before the components are derived
    fn membrane(
        &mut self,
        p: &Written<'_, R::Params>,
        policy: (RefractoryRule, bool),
        diagnostics: &mut Diagnostics<'_>,
    ) -> Option<RefractoryPeriod<S>> {
        let (step_time, time_constant) = (p.number(Parameter::StepTime), p.time_constant().1);
        let factors = match p.source.discretization() {
            Discretization::Exact => {
                let exponent = -step_time / time_constant;
                DecayFactors::of(exponent, exponent)
            }
            Discretization::Euler => DecayFactors::euler(step_time / time_constant),
        };
        self.membrane.derive(p, &factors, policy, diagnostics)
    }
}

/// Adds an error if a type of neuron does not have the dialect and the components of `source`. `own` are the
/// components of the type, `None` if its dialect is that of Inferno.
#[inline(never)] // as each number of components would have its own copy
fn check_type(source: &dyn Source, own: Option<ComponentCounts>, errors: &mut ParamErrors) {
    let (dialect, counts) = (source.dialect(), source.counts());
    let refused = match own {
        None if dialect == Dialect::Inferno => return,
        Some(own) if dialect != Dialect::Inferno && own == counts => return,
        Some(own) if dialect != Dialect::Inferno => {
            let expected = own.currents as u32;
            let (parameter, problem) = (Parameter::AscAmplitude, Problem::Components { expected });
            ParamError::new(parameter, counts.currents as f64, problem)
        }
        _ => ParamError::new(Parameter::StepTime, 0.0, Problem::OtherDialect { dialect }),
    };
    errors.push(refused);
}

/// Derives the decays and increments of the threshold components.
// Not inlined, so that its stack frame is not held while the membrane is derived, and because each reset would
// have its own copy.
#[inline(never)]
fn components<S: Quantize>(
    source: &dyn Source,
    places: &mut ComponentPlaces<'_, S>,
    stalls: bool,
    diagnostics: &mut Diagnostics<'_>,
) {
    let ComponentCounts { thresholds, currents, .. } = source.counts();
    let places = places.decay.iter_mut().zip(places.increment.iter_mut());
    for (i, places) in places.enumerate().take(thresholds + currents) {
        let which =
            if i < thresholds { (ComponentKind::Threshold, i) } else { (ComponentKind::Current, i - thresholds) };
        let factors = component_factors::<S>(source, which);
        let decays = component_decay::<S>((source, which), &factors, places.0, stalls, diagnostics);
        component_increment::<S>((source, which), decays.then_some(&*places.0), places.1, stalls, diagnostics);
    }
}

/// Returns the factors of the `k`th component of a kind.
#[inline(always)] // so that it has no stack frame while they are computed
fn component_factors<S: Quantize>(source: &dyn Source, (kind, k): (ComponentKind, usize)) -> DecayFactors {
    let (rate, step_time) = (source.rate(kind, k), source.value(Parameter::StepTime, 0));
    let exact = rate.exponent(step_time);
    let used = match (source.dialect(), source.discretization()) {
        (Dialect::Inferno, Discretization::Euler) => return DecayFactors::euler(-exact),
        (Dialect::Inferno, Discretization::Exact) => S::adaptation_exponent(rate, step_time),
        (Dialect::Nest | Dialect::Allen, _) => exact,
    };
    DecayFactors::of(used, exact)
}

/// Derives and writes the decay of the `k`th component of a kind; returns whether it is valid.
#[inline(never)] // so that its stack frame is not held while the factors are computed
fn component_decay<S: Quantize>(
    (source, (kind, k)): (&dyn Source, (ComponentKind, usize)),
    factors: &DecayFactors,
    place: &mut S::Decay,
    stalls: bool,
    diagnostics: &mut Diagnostics<'_>,
) -> bool {
    let name = match kind {
        ComponentKind::Current => "after-spike decay",
        _ => "adaptation decay",
    };
    put(place, diagnostics.decay::<S>((name, Some(k)), factors, source.rate(kind, k).constant(), stalls))
}

/// Derives and writes the increment of the `k`th component of a kind. `decay` is `None` if it is invalid.
#[inline(never)] // as above
fn component_increment<S: Quantize>(
    (source, (kind, k)): (&dyn Source, (ComponentKind, usize)),
    decay: Option<&S::Decay>,
    place: &mut S::Accumulator,
    stalls: bool,
    diagnostics: &mut Diagnostics<'_>,
) {
    let parameter = match kind {
        ComponentKind::Current => Parameter::AscAmplitude,
        _ => Parameter::SpikeIncrement,
    };
    let (written, total) = (source.value(parameter, k), source.counts().total());
    _ = put(place, increment::<S>((parameter, k, total), written, decay, stalls, diagnostics));
}

impl<S: Quantize> SpikePlaces<'_, S> {
    /// Derives what a spike retains of each component, the weights of the after-spike currents, and the threshold
    /// voltage, from valid parameters. `count` is the refractory count.
    // Not inlined, so that its stack frame is not held while other coefficients are derived.
    #[inline(never)]
    fn derive(&mut self, source: &dyn Source, (count, gain): (u16, &S::Gain), diagnostics: &mut Diagnostics<'_>) {
        let step_time = source.value(Parameter::StepTime, 0);
        // NEST lets components decay for the refractory period as written, Allen for whole steps.
        let held = match source.dialect() {
            Dialect::Allen => f64::from(count.saturating_sub(1)) * step_time,
            Dialect::Inferno | Dialect::Nest => source.value(Parameter::RefracT, 0),
        };
        *self.resets_from_before = source.dialect() == Dialect::Nest;
        let mut places = self.retain.iter_mut();
        for kind in [ComponentKind::Threshold, ComponentKind::Current] {
            for (k, place) in places.by_ref().take(self.counts.of(kind)).enumerate() {
                let rate = source.rate(kind, k);
                let exponent = rate.exponent(held);
                let decay = DecayFactors::of(exponent, exponent).exact;
                let share = match kind {
                    ComponentKind::Current => source.value(Parameter::AscRetain, k),
                    _ => 1.0,
                };
                if kind == ComponentKind::Current {
                    let interval = f64::from(count.max(1)) * step_time;
                    bounded::<S>(source, (k, self.counts), (share, interval), gain, diagnostics);
                }
                let name = if kind == ComponentKind::Current { "after-spike share" } else { "adaptation share" };
                _ = put(place, factor::<S>((name, Some(k)), share * decay, Parameter::AscRetain, diagnostics));
            }
        }
        for (k, place) in self.weight.iter_mut().enumerate().take(self.counts.currents) {
            *place = weight::<S>(source, k, step_time, diagnostics);
        }
        if let Some(voltage) = &mut self.voltage {
            voltage_threshold::<S>(source, step_time, voltage, diagnostics);
        }
    }
}

/// Converts a factor without a unit, and reports it under this name.
#[inline(never)] // so that its stack frame is released before the caller goes on
fn factor<S: Quantize>(
    (name, index): (&'static str, Option<usize>),
    requested: f64,
    parameter: Parameter,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<S::Slope> {
    let factor = S::slope(requested);
    match &factor {
        Some(factor) => {
            let stored = S::slope_to_f64(factor);
            (diagnostics.report)(Quantised { name, index, unit: "", requested, stored, stall: None });
        }
        None => {
            let problem = Problem::OutOfRange { lowest: -S::STEEPEST, highest: S::STEEPEST };
            diagnostics.refuse(parameter, index, requested, problem);
        }
    }
    factor
}

/// Refuses an after-spike current that grows without bound, or beyond what the membrane can take, when the neuron
/// fires at its least `interval`, ms.
#[inline(never)] // as above
fn bounded<S: Quantize>(
    source: &dyn Source,
    (k, counts): (usize, ComponentCounts),
    (share, interval): (f64, f64),
    gain: &S::Gain,
    diagnostics: &mut Diagnostics<'_>,
) {
    let rate = source.value(Parameter::RcAsc, k);
    let decay = DecayFactor::of(-rate * interval);
    let left = 1.0 - share.abs() * decay.value;
    if left <= 0.0 {
        let problem = Problem::Diverges { interval: libm::log(share.abs()) / rate, least: interval };
        return diagnostics.refuse(Parameter::AscRetain, Some(k), share, problem);
    }
    let (amplitude, most) = (source.value(Parameter::AscAmplitude, k), S::after_spike_limit(gain, counts.total()));
    if amplitude.abs() / left > most {
        let highest = most * left;
        let problem = Problem::OutOfRange { lowest: -highest, highest };
        diagnostics.refuse(Parameter::AscAmplitude, Some(k), amplitude, problem);
    }
}

/// Returns the weight of an after-spike current: in NEST its mean over a step, relative to its start.
#[inline(never)] // as above
fn weight<S: Quantize>(source: &dyn Source, k: usize, step_time: f64, diagnostics: &mut Diagnostics<'_>) -> S::Decay {
    let exponent = source.rate(ComponentKind::Current, k).exponent(step_time);
    let requested = match source.dialect() {
        Dialect::Nest if exponent < 0.0 => DecayFactor::of(exponent).complement / -exponent,
        _ => 1.0,
    };
    let weight = S::weight(requested);
    let (name, stored) = ("after-spike weight", S::decay_to_f64(&weight));
    (diagnostics.report)(Quantised { name, index: Some(k), unit: "", requested, stored, stall: None });
    weight
}

/// Derives the coefficients of a threshold voltage. With g = 1/τ, b = b_v and a = a_v, its distance from the
/// membrane follows a (exp(-g h) - exp(-b h)) / (b - g), which is a h exp(-b h) at b = g.
#[inline(never)] // as above
fn voltage_threshold<S: Quantize>(
    source: &dyn Source,
    step_time: f64,
    place: &mut ThresholdVoltage<S>,
    diagnostics: &mut Diagnostics<'_>,
) {
    let (a, b) = (source.value(Parameter::ThreshVoltageGain, 0), source.value(Parameter::RcThreshVoltage, 0));
    let membrane = step_time / source.value(Parameter::TcMembrane, 0);
    let own = b * step_time;
    let factors = DecayFactors::of(-own, -own);
    // The greater of the two exponentials, times the share in which the other is smaller: this has no difference
    // of nearly equal numbers.
    let apart = (own - membrane).abs();
    let share = if apart > 0.0 { DecayFactor::of(-apart).complement / apart } else { 1.0 };
    let gain = step_time * DecayFactor::of(-own.min(membrane)).value * share;
    let drive = factors.used.map_or(1.0, |factor| factor.complement) / b;
    // Factors above 1 would let the threshold leave the range of the format in a step.
    let highest = 1.0 / gain.max(drive);
    if !(-highest..=highest).contains(&a) {
        let problem = Problem::OutOfRange { lowest: -highest, highest };
        return diagnostics.refuse(Parameter::ThreshVoltageGain, None, a, problem);
    }
    let (parameter, stalls) = (Parameter::ThreshVoltageGain, false);
    let decay = diagnostics.decay::<S>(("voltage decay", None), &factors, (Parameter::RcThreshVoltage, b), stalls);
    _ = put(&mut place.decay, decay);
    _ = put(&mut place.gain, factor::<S>(("voltage gain", None), a * gain, parameter, diagnostics));
    _ = put(&mut place.drive, factor::<S>(("voltage drive", None), a * drive, parameter, diagnostics));
}

/// Where to write the coefficients that depend neither on the components nor on the rounding.
pub(crate) struct Membrane<'a, S: Scalar, R> {
    pub(crate) rest: &'a mut S::Accumulator,
    pub(crate) gain: &'a mut S::Gain,
    pub(crate) decay: &'a mut S::Decay,
    pub(crate) threshold: &'a mut S::Accumulator,
    pub(crate) reset: &'a mut R,
}

impl<S: Quantize, R: DeriveReset<S>> Membrane<'_, S, R> {
    /// Derives and writes the coefficients; returns the refractory period.
    // Not inlined, because each number of components and each rounding would have its own copy.
    #[inline(never)]
    fn derive(
        &mut self,
        p: &Written<'_, R::Params>,
        factors: &DecayFactors,
        (rule, stalls): (RefractoryRule, bool),
        diagnostics: &mut Diagnostics<'_>,
    ) -> Option<RefractoryPeriod<S>> {
        let model = p.source.model();
        let (leaks, fires) = (model.leaks(), model.fires());
        let rest = !leaks
            || put(self.rest, diagnostics.voltage::<S>(Parameter::RestV, None, p.number(Parameter::RestV), None));
        let reset = !fires || put(self.reset, R::derive(p.reset, diagnostics));
        let threshold = if fires { p.level::<S>(diagnostics) } else { Some(S::NEVER) };
        let threshold = put(self.threshold, threshold);
        let period = period::<S>(p.number(Parameter::RefracT), p.number(Parameter::StepTime), rule, diagnostics);
        let decay = match leaks {
            true => diagnostics.decay::<S>(("membrane decay", None), factors, p.time_constant(), stalls),
            false => Some(S::GONE),
        };
        let decay = put(self.decay, decay);
        let gain = rest && put(self.gain, gain::<S>(p.number(Parameter::Resistance), *self.rest, diagnostics));
        if gain && threshold && decay && leaks && fires {
            self.check_reach(p, stalls, diagnostics);
        }
        if diagnostics.errors.count() == 0 && reset && fires {
            self.check_once_rounded(p, diagnostics.errors);
        }
        if let Some(initial) = p.source.initial() {
            _ = diagnostics.voltage::<S>(Parameter::InitialV, None, initial, None);
        }
        period.filter(|_| reset) // a caller's own reset may be `None` without an error
    }

    /// Refuses a neuron that no current can make fire. Rounding to nearest stops a membrane short of the
    /// potential to which a current drives it.
    #[inline(never)] // so that its stack frame is released before the caller goes on
    fn check_reach(&self, p: &Written<'_, R::Params>, stalls: bool, diagnostics: &mut Diagnostics<'_>) {
        let stall = if stalls { S::stall_band(self.decay) } else { 0.0 };
        let highest = S::accumulator_to_f64(*self.rest) + S::greatest_drive(self.gain) - stall;
        if S::accumulator_to_f64(*self.threshold) > highest {
            let (parameter, value) = p.threshold();
            diagnostics.refuse(parameter, None, value, Problem::OutOfReach { highest });
        }
    }

    /// Refuses voltages that differ as written but round to the same number.
    #[inline(never)] // as above
    fn check_once_rounded(&self, p: &Written<'_, R::Params>, errors: &mut ParamErrors) {
        let kept = S::accumulator_to_f64(*self.threshold);
        let written = p.threshold();
        if p.source.model().leaks() {
            let rest = (p.number(Parameter::RestV), S::accumulator_to_f64(*self.rest));
            below_once_rounded(Parameter::RestV, rest, written, kept, errors);
        }
        let landing = S::accumulator_to_f64(self.reset.apply(*self.threshold, *self.rest));
        p.reset.check_landing_once_rounded(landing, written, kept + p.raised(), errors);
    }
}

impl<P: ResetParams> Written<'_, P> {
    /// Converts the threshold to the least potential at which the neuron fires, before components raise it.
    ///
    /// A strict test is put in the threshold where that is exact. Elsewhere the step makes it.
    fn level<S: Quantize>(&self, diagnostics: &mut Diagnostics<'_>) -> Option<S::Accumulator> {
        let (parameter, threshold) = self.threshold();
        let level = diagnostics.voltage::<S>(parameter, None, threshold, None)?;
        let strict = self.source.threshold_test() == ThresholdTest::Above;
        if !strict || exceeds(self.source, S::RESOLUTION == 0.0) {
            return Some(level);
        }
        let above = S::above(level);
        if above.is_none() {
            let (lowest, highest) = (S::LOWEST, S::HIGHEST - S::RESOLUTION);
            diagnostics.refuse(parameter, None, threshold, Problem::OutOfRange { lowest, highest });
        }
        above
    }
}

/// Returns whether the step compares a membrane with the threshold strictly. In the dialect of Inferno it does so only in
/// floating point, and with components: their sum with the threshold is rounded, so that no greater threshold stands for
/// the strict test.
pub(crate) fn exceeds(source: &dyn Source, floating: bool) -> bool {
    let strict = source.threshold_test() == ThresholdTest::Above;
    strict && (source.dialect() != Dialect::Inferno || floating && source.counts().total() > 0)
}

/// Returns the potential at which a membrane begins: `initial_v`, mV, rounded, or `rest` without it. The rest of a
/// neuron that does not leak is 0 mV.
///
/// No coefficient holds it, as no step uses it. A derivation checks that the number format has it.
///
/// ```
/// use glif_core::derive::initial;
/// use glif_core::fixed::types::I8F8;
/// assert_eq!(initial::<I8F8>(Some(-55.0), -60 << 8), -55); // mV
/// assert_eq!(initial::<I8F8>(None, -60 << 8), -60);
/// ```
pub fn initial<S: Quantize>(initial_v: Option<f64>, rest: S::Accumulator) -> S {
    S::from_accumulator(initial_v.and_then(S::voltage).unwrap_or(rest))
}

/// Writes the value if there is one; returns whether there is.
fn put<T>(place: &mut T, value: Option<T>) -> bool {
    value.map(|value| *place = value).is_some()
}

/// Returns the refractory period. A model without one has NaN as `refrac_t`.
fn period<S: Quantize>(
    refrac_t: f64,
    step_time: f64,
    rule: RefractoryRule,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<RefractoryPeriod<S>> {
    // Errors about either are among the first in the list, whatever else is wrong.
    let wrong = |errors: &ParamErrors| errors.mentions(Parameter::StepTime) || errors.mentions(Parameter::RefracT);
    if wrong(diagnostics.errors) {
        return None;
    }
    if rule == RefractoryRule::Inferno && S::REPLAYS {
        for (parameter, ms) in [(Parameter::StepTime, step_time), (Parameter::RefracT, refrac_t)] {
            if ms.is_nan() {
                continue;
            }
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
    let period = RefractoryPeriod::new(if refrac_t.is_nan() { 0.0 } else { refrac_t }, step_time, rule);
    if period.is_none() {
        diagnostics.refuse(Parameter::RefracT, None, refrac_t, Problem::TooManySteps { most: Refractory::MOST });
    }
    period
}

#[inline(never)] // so that its stack frame is released before the caller goes on
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

#[inline(never)] // so that it takes stack only where a parameter is refused
fn refuse_gain<S: Quantize>(mohm: f64, diagnostics: &mut Diagnostics<'_>) {
    let (least, most) = S::GAINS;
    let (lowest, highest) = if mohm.is_sign_negative() { (-most, -least) } else { (least, most) };
    diagnostics.refuse(Parameter::Resistance, None, mohm, Problem::OutOfRange { lowest, highest });
}

/// Derives the growth of a component at a spike, mV or nA. It uses the component's decay, if that is valid, to detect a
/// growth that never decays.
// Not inlined, because each model and each rounding would have its own copy.
#[inline(never)]
fn increment<S: Quantize>(
    (parameter, k, of): (Parameter, usize, usize),
    written: f64,
    decay: Option<&S::Decay>,
    stalls: bool,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<S::Accumulator> {
    let increment = diagnostics.voltage::<S>(parameter, Some(k), written, Some(S::increment_limit(of)))?;
    let (magnitude, band) = (S::accumulator_to_f64(increment).abs(), S::stall_band(decay?));
    let stalls = stalls && band > 0.0 && magnitude <= band;
    let vanishes = S::RESOLUTION > 0.0 && magnitude == 0.0;
    if written != 0.0 && (stalls || vanishes) {
        // An increment that rounds to zero does so under every rounding policy of its decay.
        let problem = if vanishes { Problem::TooSmall { resolution: S::RESOLUTION } } else { Problem::Stalls { band } };
        diagnostics.refuse(parameter, Some(k), written, problem);
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

    /// Constants far beyond the scalar's range either decay at once or are refused with a reason, never without one.
    #[test]
    fn extreme_constants_are_accepted_or_reported() {
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

    /// If a threshold rounds to rest or to the reset, the neuron would fire forever, without any current.
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
        let both = "`thresh_v` = 0.001 mV, but this number format rounds both to 0 mV\nhelp: use values further apart, or a format with finer resolution";
        assert_eq!(told, format!("`rest_v` = -0.001 mV: must be below {both}"));
        let told = Lif8::derive(lif(-1.0, -0.001, 0.001), RefractoryRule::Inferno).unwrap_err().to_string();
        assert_eq!(told, format!("`reset_v` = -0.001 mV: must be below {both}"));
        assert!(
            Coefficients::<f64, FixedReset<f64>, 0>::derive(lif(-1.0, -0.001, 0.001), RefractoryRule::Inferno).is_ok()
        );
        // Inferno accepts voltages that only f64 keeps apart, and fires in every step.
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
                "`reset_v_mul` = 1: with this `reset_v_add`, a spike at the threshold resets the membrane to 1 mV"
            ),
            "{told}"
        );
        assert!(Coefficients::<f32, LinearReset<f32>, 0>::derive(glif2(0.001), RefractoryRule::Inferno).is_ok());
        assert!(Coefficients::<f32, LinearReset<f32>, 0>::derive(glif2(1e-9), RefractoryRule::Inferno).is_err());
    }

    /// 8.24 represents ±64 mV, but a current drives the membrane by 32 mV at most with a resistance of 1 MΩ.
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
        assert!(
            errors.to_string().starts_with(
                "`thresh_v` = -20 mV: the strongest current of this number format drives the membrane to -28.00000"
            ),
            "{errors}"
        );
    }
}
