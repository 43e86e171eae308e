//! The whole model: coefficients, and one step of one neuron.
//!
//! In this order and with this association, never fused:
//!
//! ```text
//! count = max(count - 1, 0)          active = (count == 0)
//! ext   = R · I                      0 unless active
//! nv    = rest + ((v - rest) - ext) · d + ext
//! v     = nv if active, or if the refractory lock is off
//! Θ     = threshold + (θ₁ + ... + θ_K)
//! spike = active and v >= Θ
//! on a spike: count = refractory, v = reset(v)
//! if adapting: θ_k = θ_k · d_k, unless locked and count > 0;   then θ_k += increment_k on a spike
//! ```
//!
//! Source: `voltage_thresholding_constant`, `voltage_thresholding_linear`, `voltage_integration_linear` and
//! `adaptive_thresholds_linear_spike` of inferno-ai 0.0.5. Evaluated in `f32` or `f64` it gives Inferno's bits.

use crate::params::{FixedResetParams, LinearResetParams, ResetParams};
use crate::refractory::Refractory;
use crate::rounding::{Nearest, Rounding, RoundingBias};
use crate::scalar::Scalar;

/// Leaky integrate-and-fire.
pub type Lif<S, Q = Nearest> = Coefficients<S, FixedReset<S>, 0, Q>;
/// Generalized leaky integrate-and-fire 1: LIF under another name.
pub type Glif1<S, Q = Nearest> = Lif<S, Q>;
/// Adaptive leaky integrate-and-fire with K threshold components.
pub type Alif<S, const K: usize, Q = Nearest> = Coefficients<S, FixedReset<S>, K, Q>;
/// Generalized leaky integrate-and-fire 2: a linear reset and K threshold components.
pub type Glif2<S, const K: usize, Q = Nearest> = Coefficients<S, LinearReset<S>, K, Q>;

/// The coefficients of a neuron: immutable, shared by any number of states, unitless but for the scalar's own mV.
///
/// Made by [`derive`](Coefficients::derive) from [`Parameters`](crate::Parameters).
///
/// ```
/// use glif_core::{Lif, LifParams, RefractoryRule};
/// # let params = LifParams {
/// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
/// # };
/// let neuron = Lif::<f32>::derive(params, RefractoryRule::Inferno)?;
/// assert_eq!((neuron.decay, neuron.refractory), (0.951_229_45, 2)); // exp(-1/20); steps
/// # Ok::<(), glif_core::ParamErrors>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficients<S: Scalar, R, const K: usize, Q = Nearest> {
    /// Membrane potential without current, mV.
    pub rest: S::Accumulator,
    /// From a current in nA to mV: the resistance, MΩ, in the scalar's own form.
    pub gain: S::Gain,
    /// exp(-dt/τ) of the membrane, in a step.
    pub decay: S::Decay,
    /// The threshold without adaptation, mV.
    pub threshold: S::Accumulator,
    /// Where a spike leaves the membrane.
    pub reset: R,
    /// Steps from a spike to the next possible one.
    pub refractory: u16,
    /// Decay of each threshold component in a step.
    pub adaptation_decay: [S::Decay; K],
    /// Growth of each threshold component at a spike, mV.
    pub increment: [S::Accumulator; K],
    /// How decays round.
    pub rounding: Q,
}

/// What a spike does to the membrane.
pub trait Reset<S: Scalar>: Copy + PartialEq + core::fmt::Debug + Send + Sync + 'static {
    /// What a person writes for it.
    type Params: ResetParams;
    /// The reset of a population before it has parameters: all bits are zero, so that a `static` of it takes no flash.
    const BLANK: Self;
    /// The membrane after a spike that left it at `v`.
    ///
    /// It must not panic: that would end a step when some neurons have made it and others have not. A population on arrays does not
    /// notice it, and is to be cleared with its threshold components or built anew; one of the crate `glif` refuses later steps.
    fn apply(&self, v: S::Accumulator, rest: S::Accumulator) -> S::Accumulator;
}

/// v ← a value, mV.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FixedReset<S: Scalar>(pub S::Accumulator);

/// v ← rest + slope (v - rest) - drop, mV.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinearReset<S: Scalar> {
    /// m, unitless.
    pub slope: S::Slope,
    /// b, mV.
    pub drop: S::Accumulator,
}

impl<S: Scalar> Reset<S> for FixedReset<S> {
    type Params = FixedResetParams;
    const BLANK: Self = Self(S::ZERO);
    #[inline(always)]
    fn apply(&self, _: S::Accumulator, _: S::Accumulator) -> S::Accumulator {
        self.0
    }
}

impl<S: Scalar> Reset<S> for LinearReset<S> {
    type Params = LinearResetParams;
    const BLANK: Self = Self { slope: S::BLANK.2, drop: S::ZERO };
    #[inline(always)]
    fn apply(&self, v: S::Accumulator, rest: S::Accumulator) -> S::Accumulator {
        // Confined twice, so that neither sum can leave the wide type.
        S::clamp_state(S::saturate(rest + S::scale(v - rest, &self.slope)) - self.drop)
    }
}

/// The two switches of Inferno's `forward`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StepOptions {
    /// Hold membranes and threshold components in the refractory period. Off, a refractory neuron leaks without input.
    pub refrac_lock: bool,
    /// Let threshold components decay and grow.
    pub adapt: bool,
}

/// [`StepOptions`], or a type that the compiler makes a copy of the step for.
pub(crate) trait Options: Copy {
    /// See [`StepOptions::refrac_lock`].
    fn refrac_lock(self) -> bool;
    /// See [`StepOptions::adapt`].
    fn adapt(self) -> bool;
}

/// The default options as a type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DefaultOptions;

impl Options for DefaultOptions {
    #[inline(always)]
    fn refrac_lock(self) -> bool {
        true
    }
    #[inline(always)]
    fn adapt(self) -> bool {
        true
    }
}

impl Options for StepOptions {
    #[inline(always)]
    fn refrac_lock(self) -> bool {
        self.refrac_lock
    }
    #[inline(always)]
    fn adapt(self) -> bool {
        self.adapt
    }
}

impl Default for StepOptions {
    #[inline]
    fn default() -> Self {
        Self { refrac_lock: true, adapt: true }
    }
}

/// Where in time and space a run of neurons begins. Only stochastic rounding asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RngCounter {
    /// Steps since the population was built.
    pub step: u64,
    /// Index of the first neuron.
    pub neuron: u32,
}

impl RngCounter {
    /// The same step, so many neurons on.
    #[inline(always)]
    pub(crate) const fn after(self, neurons: usize) -> Self {
        Self { neuron: self.neuron.wrapping_add(neurons as u32), ..self }
    }
}

/// The state of one neuron.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NeuronState<S, const K: usize> {
    /// Membrane potential, mV.
    pub membrane: S,
    /// Steps to go, and whether the last step brought a spike.
    pub refractory: Refractory,
    /// Threshold components, mV.
    pub adaptation: [S; K],
}

impl<S, const K: usize> NeuronState<S, K> {
    /// Lends it to a step.
    #[inline(always)]
    pub fn as_mut(&mut self) -> NeuronStateMut<'_, S, K> {
        let Self { membrane, refractory, adaptation } = self;
        NeuronStateMut { membrane, refractory, adaptation: adaptation.each_mut() }
    }
}

/// The state of one neuron, where it lies, such as in arrays of your own.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NeuronStateMut<'a, S, const K: usize> {
    /// Membrane potential, mV.
    pub membrane: &'a mut S,
    /// Steps to go, and whether the last step brought a spike.
    pub refractory: &'a mut Refractory,
    /// Threshold components, mV.
    pub adaptation: [&'a mut S; K],
}

impl<S: Scalar, R: Reset<S>, const K: usize, Q: Rounding> Coefficients<S, R, K, Q> {
    /// One neuron, one step under `current` (nA); whether it fires.
    ///
    /// The current must be one that is [`drivable`](crate::Quantize::drivable). `draw` holds the random bits of
    /// [`Stochastic`](crate::Stochastic) for this neuron in this step, and nothing under the other policies.
    ///
    /// ```
    /// use glif_core::rounding::Rounding as _;
    /// use glif_core::{Lif, LifParams, Nearest, NeuronState, Refractory, RefractoryRule, StepOptions};
    ///
    /// let params = LifParams {
    ///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
    /// };
    /// let neuron = Lif::<f32>::derive(params, RefractoryRule::Inferno)?;
    /// let mut state = NeuronState { membrane: -60.0, refractory: Refractory::default(), adaptation: [] };
    /// let options = StepOptions::default();
    /// let fires = (0..100).filter(|step| neuron.step(state.as_mut(), 18.0, options, Nearest.draw(*step, 0)));
    /// assert_eq!(fires.take(3).collect::<Vec<_>>(), [16, 39, 62]);
    /// # Ok::<(), glif_core::ParamErrors>(())
    /// ```
    #[inline(always)]
    pub fn step(&self, state: NeuronStateMut<'_, S, K>, current: S, options: StepOptions, draw: Q::Bias) -> bool {
        self.step_with(state, current, options, draw)
    }

    /// The same, compiled once more for [`DefaultOptions`].
    #[inline(always)]
    pub(crate) fn step_with(
        &self,
        state: NeuronStateMut<'_, S, K>,
        current: S,
        options: impl Options,
        draw: Q::Bias,
    ) -> bool {
        let NeuronStateMut { membrane, refractory, adaptation } = state;
        let threshold = || self.level(adaptation.each_ref().map(|component| component.to_accumulator()));
        let steady_state = || current.steady_state(self.rest, &self.gain);
        let outcome = self.integrate(membrane, refractory, steady_state, threshold, options, draw);
        self.adapt(adaptation, outcome, options, draw);
        outcome == Outcome::Fires
    }

    /// Membrane and refractory count, one step toward the sum of two voltages.
    // What is not needed is not asked for, and what does not change is not stored.
    #[inline(always)]
    pub(crate) fn integrate(
        &self,
        membrane: &mut S,
        refractory: &mut Refractory,
        steady_state: impl FnOnce() -> (S::Accumulator, S::Accumulator),
        threshold: impl FnOnce() -> S::Accumulator,
        options: impl Options,
        draw: Q::Bias,
    ) -> Outcome {
        if *refractory != Refractory::default() {
            *refractory = refractory.tick();
        }
        let active = refractory.steps() == 0;
        if !active && options.refrac_lock() {
            return Outcome::Waits;
        }
        let (rest, ext) = if active { steady_state() } else { (self.rest, S::ZERO) };
        let v = membrane.to_accumulator();
        let v = rest + S::decay((v - rest) - ext, &self.decay, draw, 0) + ext;
        if active && v >= threshold() {
            rare();
            *refractory = Refractory::new(self.refractory, true);
            *membrane = S::from_accumulator(self.reset.apply(v, self.rest));
            Outcome::Fires
        } else {
            *membrane = S::from_accumulator(v);
            Outcome::Leaks
        }
    }

    /// The threshold under its present components.
    #[inline(always)]
    pub(crate) fn level(&self, adaptation: [S::Accumulator; K]) -> S::Accumulator {
        match adaptation.into_iter().reduce(|sum, component| sum + component) {
            Some(sum) => self.threshold + sum,
            None => self.threshold,
        }
    }

    /// Threshold components, one step.
    #[inline(always)]
    pub(crate) fn adapt(&self, adaptation: [&mut S; K], outcome: Outcome, options: impl Options, draw: Q::Bias) {
        if !options.adapt() || outcome == Outcome::Waits {
            return;
        }
        let fires = outcome == Outcome::Fires;
        let holds = self.holds(fires, options);
        for (k, component) in adaptation.into_iter().enumerate() {
            let (decay, increment, limit) = (&self.adaptation_decay[k], &self.increment[k], S::limit(K));
            let of = ComponentOf::<S> { decay, increment, limit, k };
            *component = S::from_accumulator(of.step(component.to_accumulator(), fires, holds, draw));
        }
    }

    /// Whether the lock keeps threshold components from decaying in a step: one that begins a refractory period.
    #[inline(always)]
    pub(crate) fn holds(&self, fires: bool, options: impl Options) -> bool {
        fires && options.refrac_lock() && self.refractory > 0
    }
}

/// What changes threshold component k.
#[derive(Clone, Copy)]
pub(crate) struct ComponentOf<'a, S: Scalar> {
    pub(crate) decay: &'a S::Decay,
    /// Growth at a spike, mV.
    // Read where it is added: a sum whose terms are at hand is worked out whether there is a spike or not.
    pub(crate) increment: &'a S::Accumulator,
    /// The most that it can be.
    pub(crate) limit: S::Accumulator,
    pub(crate) k: usize,
}

impl<S: Scalar> ComponentOf<'_, S> {
    /// The component after a step of a neuron that does not wait.
    #[inline(always)]
    pub(crate) fn step(
        self,
        mut x: S::Accumulator,
        fires: bool,
        holds: bool,
        draw: impl RoundingBias,
    ) -> S::Accumulator {
        if !holds {
            // The first product of a step is that of the membrane.
            x = S::decay(x, self.decay, draw, 1 + self.k as u32);
        }
        if fires {
            x = S::saturating_add(x, *self.increment, self.limit);
        }
        x
    }
}

/// Told where a branch is seldom taken.
#[cold]
#[inline(always)]
pub(crate) const fn rare() {}

/// What a step was for a neuron.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Refractory, and locked: it only counts.
    Waits,
    /// The membrane moves.
    Leaks,
    /// A spike.
    Fires,
}

impl Outcome {
    /// What the step was that has left this behind.
    #[inline(always)]
    pub(crate) fn of(after: Refractory, options: impl Options) -> Self {
        if after == Refractory::default() {
            Self::Leaks // most are this, so that it is asked first
        } else if after.fired() {
            Self::Fires
        } else if options.refrac_lock() {
            Self::Waits
        } else {
            Self::Leaks
        }
    }
}
