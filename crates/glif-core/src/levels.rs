//! Neurons in the dialects of NEST and AllenSDK whose numbers of components are known only at run time, and neurons
//! that do not fire or do not leak.
//!
//! One copy of the step serves levels 1 to 5. [`Coefficients`] with the numbers as constants is faster.
//!
//! A neuron that never fires has the strict test of NEST and AllenSDK, and a threshold that no membrane exceeds. A
//! neuron that does not leak rests where its membrane is: with `rest = v` and `d = 0`, the step of `neuron.rs` is
//! `v + R · I`, a product and a sum. Each then has its own rest, so that it steps as neurons with their own
//! coefficients do (`own.rs`).

use crate::derive::{DeriveReset, Diagnostics};
use crate::error::{LengthError, ParamErrors};
use crate::multicomponent::CHUNK;
use crate::names::Dialect;
use crate::neuron::{Coefficients, DefaultOptions, FixedReset, LinearReset, Outcome, Reset, RngCounter};
use crate::parameter::{ComponentCounts, Parameter};
use crate::params::{FixedResetParams, LinearResetParams, MOST_COMPONENTS, ResetParams};
use crate::quantize::Quantize;
use crate::rounding::Rounding;
use crate::run::membranes;
use crate::scalar::Scalar;
use crate::spikes::WORD;
use crate::state::PopulationStateMut;
use crate::teeter::{Teeter, ThresholdVoltage, decayed, spiked, weighted};

/// Reset that is chosen at run time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DynReset<S: Scalar> {
    /// To a fixed potential.
    Fixed(FixedReset<S>),
    /// To a linear function of the potential.
    Linear(LinearReset<S>),
}

/// Parameters of a reset that is chosen at run time.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum DynResetParams {
    /// To a fixed potential.
    Fixed(FixedResetParams),
    /// To a linear function of the potential.
    Linear(LinearResetParams),
}

impl ResetParams for DynResetParams {
    const BLANK: Self = Self::Fixed(FixedResetParams::BLANK);

    fn value(&self, parameter: Parameter) -> f64 {
        match self {
            Self::Fixed(params) => params.value(parameter),
            Self::Linear(params) => params.value(parameter),
        }
    }

    fn check_landing(&self, threshold: f64, rest: f64, raised: (Parameter, f64), errors: &mut ParamErrors) {
        match self {
            Self::Fixed(params) => params.check_landing(threshold, rest, raised, errors),
            Self::Linear(params) => params.check_landing(threshold, rest, raised, errors),
        }
    }

    fn check_landing_once_rounded(&self, reset: f64, threshold: (Parameter, f64), kept: f64, errors: &mut ParamErrors) {
        match self {
            Self::Fixed(params) => params.check_landing_once_rounded(reset, threshold, kept, errors),
            Self::Linear(params) => params.check_landing_once_rounded(reset, threshold, kept, errors),
        }
    }
}

impl<S: Scalar> Reset<S> for DynReset<S> {
    type Params = DynResetParams;
    const BLANK: Self = Self::Fixed(FixedReset::BLANK);
    #[inline(always)]
    fn apply(&self, v: S::Accumulator, rest: S::Accumulator) -> S::Accumulator {
        match self {
            Self::Fixed(reset) => reset.apply(v, rest),
            Self::Linear(reset) => reset.apply(v, rest),
        }
    }
}

impl<S: Quantize> DeriveReset<S> for DynReset<S> {
    fn derive(params: &DynResetParams, diagnostics: &mut Diagnostics<'_>) -> Option<Self> {
        match params {
            DynResetParams::Fixed(params) => FixedReset::derive(params, diagnostics).map(Self::Fixed),
            DynResetParams::Linear(params) => LinearReset::derive(params, diagnostics).map(Self::Linear),
        }
    }
}

impl<S: Scalar> From<FixedReset<S>> for DynReset<S> {
    fn from(reset: FixedReset<S>) -> Self {
        Self::Fixed(reset)
    }
}

impl<S: Scalar> From<LinearReset<S>> for DynReset<S> {
    fn from(reset: LinearReset<S>) -> Self {
        Self::Linear(reset)
    }
}

/// Coefficients of a neuron with up to [`MOST_COMPONENTS`] components.
///
/// They are [`Coefficients`] whose only component is the threshold voltage, and the coefficients of the other
/// components.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Levels<S: Scalar, Q> {
    /// The neuron with its threshold voltage. A neuron without one does not use these coefficients.
    pub base: Coefficients<S, DynReset<S>, 1, Q, Teeter<S, 1, 0, 1>>,
    pub(crate) manner: Manner,
    pub(crate) counts: ComponentCounts,
    pub(crate) adaptation_decay: [S::Decay; MOST_COMPONENTS],
    pub(crate) increment: [S::Accumulator; MOST_COMPONENTS],
    pub(crate) retain: [S::Slope; MOST_COMPONENTS],
    pub(crate) weight: [S::Decay; MOST_COMPONENTS],
}

/// How a neuron steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Manner {
    /// By which a membrane is compared with the threshold, and reset.
    pub(crate) dialect: Dialect,
    /// Whether the membrane decays to the potential at rest.
    pub(crate) leaks: bool,
    /// Whether a spike must exceed the threshold.
    pub(crate) strict: bool,
}

/// The coefficients of [`Levels`], to write them as a constant.
///
/// They come from a derivation on another machine: those of a hand-written neuron may leave the number range in a
/// step.
///
/// ```
/// use glif_core::levels::{DynReset, LevelParts};
/// use glif_core::neuron::FixedReset;
/// use glif_core::spec::Dialect;
/// use glif_core::{Levels, Nearest};
///
/// const NEURON: Levels<f32, Nearest> = Levels::new(LevelParts {
///     dialect: Dialect::Inferno,
///     rest: -60.0,
///     gain: 1.0,
///     decay: 0.951_229_4,
///     threshold: -50.0,
///     reset: DynReset::Fixed(FixedReset(-65.0)),
///     refractory: 2,
///     rounding: Nearest,
///     adaptation_decay: &[0.975_309_9],
///     increment: &[1.5],
///     retain: &[],
///     weight: &[],
///     voltage: None,
/// });
/// assert_eq!(NEURON.counts().thresholds, 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LevelParts<'a, S: Scalar, Q> {
    /// The dialect.
    pub dialect: Dialect,
    /// Membrane potential at rest, mV.
    pub rest: S::Accumulator,
    /// Membrane resistance.
    pub gain: S::Gain,
    /// Decay factor of the membrane per step.
    pub decay: S::Decay,
    /// Threshold without adaptation, mV.
    pub threshold: S::Accumulator,
    /// What a spike does to the membrane.
    pub reset: DynReset<S>,
    /// Steps from a spike to the earliest possible next one.
    pub refractory: u16,
    /// Rounding policy of the decays.
    pub rounding: Q,
    /// Decay factor per step of each component that a spike changes: first the threshold components, then the
    /// after-spike currents.
    pub adaptation_decay: &'a [S::Decay],
    /// Growth of each of them at a spike, mV or nA.
    pub increment: &'a [S::Accumulator],
    /// What a spike retains of each of them; empty in Inferno's dialect.
    pub retain: &'a [S::Slope],
    /// Weight of each after-spike current in the current of a step: as many as there are after-spike currents.
    pub weight: &'a [S::Decay],
    /// Coefficients of the threshold voltage, if there is one.
    pub voltage: Option<ThresholdVoltage<S>>,
}

impl<S: Scalar, Q: Rounding> Levels<S, Q> {
    /// Returns a neuron with these coefficients. Components beyond [`MOST_COMPONENTS`] are ignored, and missing
    /// coefficients of a component are 0.
    pub const fn new(parts: LevelParts<'_, S, Q>) -> Self {
        let LevelParts { adaptation_decay, increment, retain, weight, .. } = parts;
        let (voltages, voltage) = match parts.voltage {
            Some(voltage) => (1, voltage),
            None => (0, ThresholdVoltage::BLANK),
        };
        let spiked = least(adaptation_decay.len(), MOST_COMPONENTS - voltages);
        let currents = least(weight.len(), spiked);
        let counts = ComponentCounts { thresholds: spiked - currents, currents, voltages };
        let strict = !matches!(parts.dialect, Dialect::Inferno);
        let mut levels = Self::blank(Manner { dialect: parts.dialect, leaks: true, strict }, counts, parts.rounding);
        let base = &mut levels.base;
        base.rest = parts.rest;
        base.gain = parts.gain;
        base.decay = parts.decay;
        base.threshold = parts.threshold;
        base.reset = parts.reset;
        base.refractory = parts.refractory;
        base.dynamics.voltage = [voltage];
        base.dynamics.resets_from_before = matches!(parts.dialect, Dialect::Nest);
        copy(adaptation_decay, &mut levels.adaptation_decay);
        copy(increment, &mut levels.increment);
        copy(retain, &mut levels.retain);
        copy(weight, &mut levels.weight);
        levels
    }

    /// Returns the same neuron without a leak: each membrane rests where it is. `rest` and `decay` must be 0.
    pub const fn without_leak(self) -> Self {
        Self { manner: Manner { leaks: false, ..self.manner }, ..self }
    }

    /// Returns the same neuron with the strict test: a spike must exceed the threshold, as in the dialects of NEST and
    /// AllenSDK.
    pub const fn exceeding(self) -> Self {
        Self { manner: Manner { strict: true, ..self.manner }, ..self }
    }

    pub(crate) const fn blank(manner: Manner, counts: ComponentCounts, rounding: Q) -> Self {
        let (gain, decay, slope) = S::BLANK;
        Self {
            base: Coefficients {
                rest: S::ZERO,
                gain,
                decay,
                threshold: S::ZERO,
                reset: DynReset::BLANK,
                refractory: 0,
                adaptation_decay: [decay],
                increment: [S::ZERO],
                rounding,
                dynamics: Teeter {
                    retain: [slope],
                    weight: [],
                    voltage: [ThresholdVoltage::BLANK],
                    resets_from_before: false,
                },
            },
            manner,
            counts,
            adaptation_decay: [decay; MOST_COMPONENTS],
            increment: [S::ZERO; MOST_COMPONENTS],
            retain: [slope; MOST_COMPONENTS],
            weight: [decay; MOST_COMPONENTS],
        }
    }

    /// Returns the numbers of components of each kind.
    pub fn counts(&self) -> ComponentCounts {
        self.counts
    }

    /// Returns the dialect by which a membrane is compared with the threshold, and reset.
    pub const fn dialect(&self) -> Dialect {
        self.manner.dialect
    }

    /// Returns whether the membrane decays to the potential at rest.
    #[inline(always)]
    pub const fn leaks(&self) -> bool {
        self.manner.leaks
    }

    /// Returns whether a spike must exceed the threshold.
    pub const fn is_strict(&self) -> bool {
        self.manner.strict
    }

    /// Returns whether [`run`](Self::run) steps these neurons. Others step by
    /// [`OwnCoefficients`](crate::OwnCoefficients) only: those that do not leak, each of which has its own rest, and those
    /// in Inferno's dialect.
    #[inline(always)]
    pub const fn runs(&self) -> bool {
        self.manner.leaks && !matches!(self.manner.dialect, Dialect::Inferno)
    }

    /// Returns the decay factor per step of each component but the threshold voltage.
    pub fn adaptation_decay(&self) -> &[S::Decay] {
        self.adaptation_decay.get(..self.spiked()).unwrap_or_default()
    }

    /// Returns the growth at a spike of each component but the threshold voltage, mV or nA.
    pub fn increment(&self) -> &[S::Accumulator] {
        self.increment.get(..self.spiked()).unwrap_or_default()
    }

    /// Returns what a spike retains of each component but the threshold voltage.
    pub fn retain(&self) -> &[S::Slope] {
        self.retain.get(..self.spiked()).unwrap_or_default()
    }

    /// Returns the weight of each after-spike current in the current of a step.
    pub fn weight(&self) -> &[S::Decay] {
        self.weight.get(..self.counts.currents).unwrap_or_default()
    }

    /// Returns the coefficients with another rounding.
    pub fn rounded<P: Rounding>(&self, rounding: P) -> Levels<S, P> {
        let Self { base, manner, counts, adaptation_decay, increment, retain, weight } = *self;
        Levels { base: base.rounded(rounding), manner, counts, adaptation_decay, increment, retain, weight }
    }

    /// Returns the same coefficients in the format for which loops are compiled.
    #[inline(always)]
    pub fn canonical(&self) -> Levels<S::Canonical, Q> {
        let Self { base, manner, counts, adaptation_decay, increment, retain, weight } = *self;
        let Coefficients { rest, gain, decay, threshold, reset, refractory, rounding, dynamics, .. } = base;
        let Teeter { retain: [of_voltage], weight: [], voltage: [voltage], resets_from_before } = dynamics;
        let ThresholdVoltage { decay: of_own, gain: of_membrane, drive } = voltage;
        let voltage = [ThresholdVoltage { decay: of_own, gain: of_membrane, drive }];
        let reset = match reset {
            DynReset::Fixed(FixedReset(reset)) => DynReset::Fixed(FixedReset(reset)),
            DynReset::Linear(LinearReset { slope, drop }) => DynReset::Linear(LinearReset { slope, drop }),
        };
        let base = Coefficients {
            rest,
            gain,
            decay,
            threshold,
            reset,
            refractory,
            adaptation_decay: base.adaptation_decay,
            increment: base.increment,
            rounding,
            dynamics: Teeter { retain: [of_voltage], weight: [], voltage, resets_from_before },
        };
        Levels { base, manner, counts, adaptation_decay, increment, retain, weight }
    }

    /// Returns the coefficients with a constant number of after-spike currents, if these are the only components
    /// and the reset is fixed. They take fewer instructions.
    pub(crate) fn as_typed<const A: usize, P: Rounding>(
        &self,
        rounding: P,
    ) -> Option<Coefficients<S, FixedReset<S>, A, P, Teeter<S, A, A>>> {
        let DynReset::Fixed(reset) = self.base.reset else { return None };
        let only = ComponentCounts { thresholds: 0, currents: A, voltages: 0 };
        if self.counts != only {
            return None;
        }
        let Coefficients { rest, gain, decay, threshold, refractory, dynamics, .. } = self.base;
        let (retain, weight) = (*self.retain.first_chunk()?, *self.weight.first_chunk()?);
        let resets_from_before = dynamics.resets_from_before;
        Some(Coefficients {
            rest,
            gain,
            decay,
            threshold,
            reset,
            refractory,
            adaptation_decay: *self.adaptation_decay.first_chunk()?,
            increment: *self.increment.first_chunk()?,
            rounding,
            dynamics: Teeter { retain, weight, voltage: [], resets_from_before },
        })
    }

    /// Returns the number of components that a spike changes.
    fn spiked(&self) -> usize {
        self.counts.thresholds + self.counts.currents
    }

    /// Advances many neurons by one step, as [`Coefficients::run`] does.
    ///
    /// It uses the first components in `state`, as many as the neuron has.
    ///
    /// # Errors
    /// Returns an error if the lengths differ, if `spikes` is too short, or if it [does not run](Self::runs) these
    /// neurons. Nothing is changed then.
    #[inline(always)] // as `Coefficients::run`
    pub fn run(
        &self,
        state: PopulationStateMut<'_, S, MOST_COMPONENTS>,
        currents: &[S],
        at: RngCounter,
        spikes: &mut [u32],
    ) -> Result<(), LengthError> {
        state.check(self.counts.total(), currents.len(), spikes.len())?;
        if !self.runs() {
            return Err(LengthError { name: "own coefficients", length: 0, expected: currents.len() });
        }
        if self.counts.voltages == 0 {
            let Coefficients { rest, gain, decay, threshold, reset, refractory, rounding, dynamics, .. } = self.base;
            let resets_from_before = dynamics.resets_from_before;
            let dynamics = Teeter::<S, 0, 0, 0> { retain: [], weight: [], voltage: [], resets_from_before };
            let (adaptation_decay, increment) = ([], []);
            let neuron = Coefficients {
                rest,
                gain,
                decay,
                threshold,
                reset,
                refractory,
                adaptation_decay,
                increment,
                rounding,
                dynamics,
            };
            self.walk(&neuron, state, currents, at, spikes);
        } else {
            self.walk(&self.base, state, currents, at, spikes);
        }
        Ok(())
    }

    /// Steps chunk after chunk: first the thresholds and the currents, then the membranes, then each component.
    #[inline(always)]
    fn walk<const V: usize>(
        &self,
        neuron: &Coefficients<S, DynReset<S>, V, Q, Teeter<S, V, 0, V>>,
        state: PopulationStateMut<'_, S, MOST_COMPONENTS>,
        currents: &[S],
        at: RngCounter,
        spikes: &mut [u32],
    ) {
        let PopulationStateMut { membrane, refractory, mut adaptation } = state;
        let Some((components, voltages)) = adaptation.split_at_mut_checked(self.spiked()) else {
            return; // never: there are at most MOST_COMPONENTS
        };
        let mut first = 0;
        for words in spikes.chunks_mut(CHUNK / WORD) {
            let range = first..currents.len().min(first + CHUNK);
            let (Some(membrane), Some(refractory), Some(currents)) =
                (membrane.get_mut(range.clone()), refractory.get_mut(range.clone()), currents.get(range.clone()))
            else {
                return; // never: the lengths were checked
            };
            let at = at.after(first);
            let (thresholds, after_spike) = components.split_at_checked(self.counts.thresholds).unwrap_or_default();
            // Vectors, so that a short chunk does not wait until an array for a whole chunk is zero. They have
            // room for it.
            let (mut raised, mut whole) = (heapless::Vec::<_, CHUNK>::new(), heapless::Vec::<_, CHUNK>::new());
            _ = raised.resize(currents.len(), S::ZERO);
            self.raise(thresholds, range.clone(), at, &mut raised);
            if !after_spike.is_empty() {
                _ = whole.extend_from_slice(currents);
                self.add_currents(after_spike, range.clone(), &mut whole);
            }
            let whole = if after_spike.is_empty() { currents } else { &whole };
            let mut voltages = voltages.iter_mut().map(|voltage| voltage.get_mut(range.clone()).unwrap_or_default());
            let voltages = core::array::from_fn(|_| voltages.next().unwrap_or_default());
            let state = PopulationStateMut { membrane, refractory: &mut *refractory, adaptation: voltages };
            membranes(neuron, state, &raised, whole, DefaultOptions, at, words);
            for (k, component) in components.iter_mut().enumerate() {
                self.adapt(component.get_mut(range.clone()).unwrap_or_default(), refractory, k, at);
            }
            first = range.end;
        }
    }

    /// Computes by how much the components raise each threshold of a chunk in this step.
    #[inline(always)]
    fn raise(
        &self,
        thresholds: &[&mut [S]],
        range: core::ops::Range<usize>,
        at: RngCounter,
        raised: &mut [S::Accumulator],
    ) {
        for (k, (component, decay)) in thresholds.iter().zip(&self.adaptation_decay).enumerate() {
            let component = component.get(range.clone()).unwrap_or_default();
            for (i, (sum, theta)) in raised.iter_mut().zip(component).enumerate() {
                let theta =
                    decayed(*theta, decay, self.base.rounding.draw(at.step, at.neuron.wrapping_add(i as u32)), k);
                *sum = if k == 0 { theta } else { *sum + theta };
            }
        }
    }

    /// Adds to the currents of a chunk what the after-spike currents add to them in this step.
    #[inline(always)]
    fn add_currents(&self, after_spike: &[&mut [S]], range: core::ops::Range<usize>, whole: &mut [S]) {
        let mut own = heapless::Vec::<_, CHUNK>::new();
        _ = own.resize(whole.len(), S::ZERO); // there is room for a chunk
        for (k, (component, weight)) in after_spike.iter().zip(&self.weight).enumerate() {
            let component = component.get(range.clone()).unwrap_or_default();
            for (sum, current) in own.iter_mut().zip(component) {
                let current = weighted(*current, weight);
                *sum = if k == 0 { current } else { *sum + current };
            }
        }
        for (whole, own) in whole.iter_mut().zip(&own) {
            *whole = S::add_current(*whole, *own);
        }
    }

    /// Advances component `k` of some neurons by one step, after their membranes.
    #[inline(always)]
    fn adapt(&self, component: &mut [S], refractory: &[crate::Refractory], k: usize, at: RngCounter) {
        let coefficients = (self.adaptation_decay.get(k), self.retain.get(k), self.increment.get(k));
        let (Some(decay), Some(retain), Some(increment)) = coefficients else {
            return; // never: k is below the count
        };
        let (decay, retain, increment, limit) = (*decay, *retain, *increment, S::limit(self.counts.total()));
        for (i, (value, refractory)) in component.iter_mut().zip(refractory).enumerate() {
            let outcome = Outcome::of(*refractory, DefaultOptions);
            let draw = self.base.rounding.draw(at.step, at.neuron.wrapping_add(i as u32));
            let after = decayed(*value, &decay, draw, k);
            let after = if outcome == Outcome::Fires { spiked::<S>(after, &retain, &increment, limit) } else { after };
            *value = if outcome == Outcome::Waits { *value } else { S::from_accumulator(after) };
        }
    }
}

const fn least(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

/// Copies as many values as there is room for.
const fn copy<T: Copy>(mut from: &[T], mut to: &mut [T]) {
    while let ([value, others @ ..], [place, rest @ ..]) = (from, to) {
        *place = *value;
        (from, to) = (others, rest);
    }
}

#[cfg(test)]
mod tests {
    use std::{vec, vec::Vec};

    use fixed::types::{I8F8, I16F16};

    use super::*;
    use crate::neuron::{Dynamics, StepOptions, TeeterGlif1, TeeterGlif2};
    use crate::params::{Parameters, ResetParams};
    use crate::run::branches;
    use crate::state::components_mut;
    use crate::table::ParamTable;
    use crate::{
        Derivation, DynCoefficients, Glif2Params, Glif3, Glif3Params, Glif4, Glif4Params, Glif5, Glif5Params,
        LifParams, Nearest, NeuronState, ParamErrors, Quantize, Refractory, RefractoryRule, Stochastic,
    };

    const NEURONS: [usize; 7] = [1, 15, 16, 33, 128, 129, 300];

    fn glif5<const K: usize, const A: usize>(dialect: Dialect) -> Glif5Params<K, A> {
        Glif5Params {
            dialect,
            step_time: 1.0,
            rest_v: -60.0,
            reset_v_add: 4.0,
            reset_v_mul: 0.2,
            thresh_eq_v: -50.0,
            refrac_t: 2.5,
            tc_membrane: 10.0,
            rc_adaptation: std::array::from_fn(|k| 1.0 / (9.0 + 5.0 * k as f64)),
            spike_increment: std::array::from_fn(|k| [1.0, -0.5, 0.25][k % 3]),
            asc_amplitude: std::array::from_fn(|k| [-2.0, 1.0, 0.5][k % 3]),
            rc_asc: std::array::from_fn(|k| 1.0 / (20.0 + 9.0 * k as f64)),
            asc_retain: std::array::from_fn(|k| [1.0, 0.5, -0.5][k % 3]),
            thresh_voltage_gain: 0.05,
            rc_thresh_voltage: 0.1,
            resistance: 1.0,
        }
    }

    fn glif4<const K: usize, const A: usize>(dialect: Dialect) -> Glif4Params<K, A> {
        let p = glif5(dialect);
        Glif4Params {
            dialect,
            step_time: p.step_time,
            rest_v: p.rest_v,
            reset_v_add: p.reset_v_add,
            reset_v_mul: p.reset_v_mul,
            thresh_eq_v: p.thresh_eq_v,
            refrac_t: p.refrac_t,
            tc_membrane: p.tc_membrane,
            rc_adaptation: p.rc_adaptation,
            spike_increment: p.spike_increment,
            asc_amplitude: p.asc_amplitude,
            rc_asc: p.rc_asc,
            asc_retain: p.asc_retain,
            resistance: p.resistance,
        }
    }

    /// Runs neurons whose numbers of components are known at run time. Compiled once for each format and rounding.
    #[inline(never)]
    fn at_run_time<S: Quantize, Q: Rounding>(
        neuron: &Levels<S, Q>,
        state: PopulationStateMut<'_, S, MOST_COMPONENTS>,
        currents: &[S],
        at: RngCounter,
        spikes: &mut [u32],
    ) {
        neuron.run(state, currents, at, spikes).unwrap();
    }

    /// Each neuron makes the step that it makes alone, with numbers of components that the compiler knows.
    fn as_typed<S: Quantize, R: Reset<S>, Q: Rounding, const K: usize, D: Dynamics<S, K>>(
        typed: &Coefficients<S, R, K, Q, D>,
        described: &ParamTable,
        neurons: usize,
    ) {
        let mut errors = ParamErrors::new();
        let derivation = Derivation::new(RefractoryRule::Nest).rounding(typed.rounding);
        let derived = DynCoefficients::<S, Q>::derive(described, derivation, &mut errors);
        let neuron = match derived {
            Some((DynCoefficients::Levels(neuron), _)) => neuron,
            // The type is this one, and is compared with itself.
            Some((DynCoefficients::Glif3(_), _)) => return,
            _ => panic!("{errors}"),
        };
        let rest = S::from_accumulator(typed.rest);
        let cell = NeuronState { membrane: rest, refractory: Refractory::default(), adaptation: [S::ZERO_STATE; K] };
        let mut cells = vec![cell; neurons];
        let states = || (vec![rest; neurons], vec![Refractory::default(); neurons], vec![S::ZERO_STATE; neurons * K]);
        let (mut first, mut second, mut third) = (states(), states(), states());
        let mut spikes = 0;
        for step in 0..40 {
            let currents: Vec<S> =
                (0..neurons).map(|i| S::nearest(((i * 31 + step as usize * 7) % 45) as f64)).collect();
            let mut words = [0; 3].map(|_| vec![u32::MAX; neurons.div_ceil(WORD) + 1]);
            let at = RngCounter { step, neuron: 5 };
            let (membrane, refractory, adaptation) =
                (&mut first.0, &mut first.1, components_mut(&mut first.2, neurons));
            let state = PopulationStateMut { membrane, refractory, adaptation };
            at_run_time(&neuron, state, &currents, at, &mut words[0]);
            let (membrane, refractory, adaptation) =
                (&mut second.0, &mut second.1, components_mut(&mut second.2, neurons));
            let state = PopulationStateMut { membrane, refractory, adaptation };
            typed.run(state, &currents, StepOptions::default(), at, &mut words[1]).unwrap();
            let (membrane, refractory, adaptation) =
                (&mut third.0, &mut third.1, components_mut(&mut third.2, neurons));
            let state = PopulationStateMut { membrane, refractory, adaptation };
            branches::walk(typed, state, &currents, DefaultOptions, at, &mut words[2]);
            for (i, cell) in cells.iter_mut().enumerate() {
                let draw = typed.rounding.draw(step, 5 + i as u32);
                let fires = typed.step(cell.as_mut(), currents[i], StepOptions::default(), draw);
                for (which, (state, words)) in [&first, &second, &third].into_iter().zip(&words).enumerate() {
                    assert_eq!(
                        crate::spikes::contains(words, i),
                        fires,
                        "{which}: neuron {i} of {neurons} in step {step}"
                    );
                    let adaptation = std::array::from_fn(|k| state.2[k * neurons + i]);
                    let walked = NeuronState { membrane: state.0[i], refractory: state.1[i], adaptation };
                    assert_eq!(walked, *cell, "{which}: neuron {i} of {neurons} in step {step}");
                }
                spikes += usize::from(fires);
            }
            assert!(crate::spikes::indices(&words[0]).all(|i| i < neurons), "{words:x?} of {neurons}");
        }
        assert!(spikes > neurons || neurons < 5, "{spikes} spikes of {neurons}");
    }

    fn derived<S, R, Q: Rounding, const K: usize, D: Dynamics<S, K>>(
        params: impl Into<Parameters<R::Params, K>>,
        rounding: Q,
    ) -> Coefficients<S, R, K, Q, D>
    where
        S: Quantize,
        R: DeriveReset<S>,
    {
        Derivation::new(RefractoryRule::Nest).rounding(rounding).coefficients(params).unwrap()
    }

    fn every_level<S: Quantize, Q: Rounding>(rounding: Q) {
        for (dialect, neurons) in
            [Dialect::Nest, Dialect::Allen].into_iter().flat_map(|dialect| NEURONS.map(|neurons| (dialect, neurons)))
        {
            let p = glif5::<1, 1>(dialect);
            let lif = LifParams {
                step_time: p.step_time,
                rest_v: p.rest_v,
                reset_v: -62.0,
                thresh_v: p.thresh_eq_v,
                refrac_t: p.refrac_t,
                time_constant: p.tc_membrane,
                resistance: 1.0,
            };
            fn in_dialect<P: ResetParams, const K: usize>(
                params: impl Into<Parameters<P, K>>,
                dialect: Dialect,
            ) -> Parameters<P, K> {
                params.into().in_dialect(dialect)
            }
            let params = in_dialect(lif, dialect);
            let typed: TeeterGlif1<S, Q> = derived(params, rounding);
            as_typed(&typed, &params.into(), neurons);
            let glif2 = Glif2Params {
                step_time: p.step_time,
                rest_v: p.rest_v,
                reset_v_add: 4.0,
                reset_v_mul: 0.2,
                thresh_eq_v: p.thresh_eq_v,
                refrac_t: 0.0,
                tc_membrane: p.tc_membrane,
                rc_adaptation: [0.1, 0.02],
                spike_increment: [1.0, 0.5],
                resistance: 1.0,
            };
            let params = in_dialect(glif2, dialect);
            let typed: TeeterGlif2<S, 2, Q> = derived(params, rounding);
            as_typed(&typed, &params.into(), neurons);
            let glif3 = Glif3Params {
                dialect,
                step_time: p.step_time,
                rest_v: p.rest_v,
                reset_v: -62.0,
                thresh_v: p.thresh_eq_v,
                refrac_t: p.refrac_t,
                time_constant: p.tc_membrane,
                asc_amplitude: [-2.0, 1.0, 0.5],
                rc_asc: [0.05, 0.3, 0.1],
                asc_retain: [1.0, 0.5, 0.25],
                resistance: 1.0,
            };
            let typed: Glif3<S, 3, Q> = derived(glif3, rounding);
            as_typed(&typed, &glif3.into(), neurons);
            let typed: Glif4<S, 3, 2, Q> = derived(glif4::<1, 2>(dialect), rounding);
            as_typed(&typed, &glif4::<1, 2>(dialect).into(), neurons);
            let typed: Glif4<S, 1, 0, Q> = derived(glif4::<1, 0>(dialect), rounding);
            as_typed(&typed, &glif4::<1, 0>(dialect).into(), neurons);
            let typed: Glif5<S, 6, 3, Q> = derived(glif5::<2, 3>(dialect), rounding);
            as_typed(&typed, &glif5::<2, 3>(dialect).into(), neurons);
            let typed: Glif5<S, 1, 0, Q> = derived(glif5::<0, 0>(dialect), rounding);
            as_typed(&typed, &glif5::<0, 0>(dialect).into(), neurons);
        }
    }

    #[test]
    fn parts_make_the_neuron_from_which_they_are() {
        let lif = LifParams {
            step_time: 1.0,
            rest_v: -60.0,
            reset_v: -65.0,
            thresh_v: -50.0,
            refrac_t: 2.0,
            time_constant: 20.0,
            resistance: 1.0,
        };
        for params in [
            ParamTable::from(lif),
            glif4::<1, 2>(Dialect::Allen).into(),
            glif5::<2, 3>(Dialect::Nest).into(),
            glif5::<0, 0>(Dialect::Allen).into(),
        ] {
            let mut errors = ParamErrors::new();
            let derivation = Derivation::new(RefractoryRule::Nest).rounding(Stochastic { seed: 3 });
            let (derived, _) = Levels::<I16F16, _>::derive(&params, derivation, &mut errors).unwrap();
            let Coefficients { rest, gain, decay, threshold, reset, refractory, rounding, dynamics, .. } = derived.base;
            let [voltage] = dynamics.voltage;
            let parts = LevelParts {
                dialect: params.dialect(),
                rest,
                gain,
                decay,
                threshold,
                reset,
                refractory,
                rounding,
                adaptation_decay: derived.adaptation_decay(),
                increment: derived.increment(),
                retain: derived.retain(),
                weight: derived.weight(),
                voltage: (derived.counts.voltages > 0).then_some(voltage),
            };
            assert_eq!(Levels::new(parts), derived);
            // Whatever the lengths are, a neuron has no more components than there is room for.
            let (decays, weights) = ([derived.base.decay; 20], [derived.base.decay; 9]);
            let many = Levels::new(LevelParts { adaptation_decay: &decays, weight: &weights, ..parts });
            assert_eq!(many.counts().total(), MOST_COMPONENTS);
            let none = Levels::new(LevelParts { adaptation_decay: &[], weight: &weights, voltage: None, ..parts });
            assert_eq!(none.counts().total(), 0);
        }
    }

    #[test]
    fn every_walk_of_every_level_matches_the_step_of_one_neuron() {
        every_level::<f32, _>(Nearest);
        every_level::<f64, _>(Nearest);
        every_level::<I16F16, _>(Nearest);
        every_level::<I16F16, _>(Stochastic { seed: 3 });
        every_level::<I8F8, _>(Nearest);
        every_level::<I8F8, _>(crate::Truncate);
    }
}
