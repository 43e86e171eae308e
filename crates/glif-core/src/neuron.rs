//! The model: the coefficients of a neuron, and one step of one neuron.
//!
//! A step evaluates these equations in this order and with this association. It never fuses a multiplication
//! with an addition.
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
//! `adaptive_thresholds_linear_spike` of inferno-ai 0.0.5. In `f32` and `f64` the results equal Inferno's bit
//! for bit.

use crate::params::{FixedResetParams, LinearResetParams, ResetParams};
use crate::refractory::Refractory;
use crate::rounding::{Nearest, Rounding, RoundingBias};
use crate::scalar::Scalar;

/// Leaky integrate-and-fire neuron.
pub type Lif<S, Q = Nearest> = Coefficients<S, FixedReset<S>, 0, Q>;
/// Generalized leaky integrate-and-fire neuron, level 1: LIF under another name.
pub type Glif1<S, Q = Nearest> = Lif<S, Q>;
/// Adaptive leaky integrate-and-fire neuron with K threshold components.
pub type Alif<S, const K: usize, Q = Nearest> = Coefficients<S, FixedReset<S>, K, Q>;
/// Generalized leaky integrate-and-fire neuron, level 2: a linear reset and K threshold components.
pub type Glif2<S, const K: usize, Q = Nearest> = Coefficients<S, LinearReset<S>, K, Q>;

/// Coefficients of a neuron.
///
/// A step does not change them, and any number of states can share them. They have no unit except mV, in the
/// scalar's representation.
///
/// [`derive`](Coefficients::derive) makes them from [`Parameters`](crate::Parameters).
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
    /// Membrane potential at rest, without current, mV.
    pub rest: S::Accumulator,
    /// Membrane resistance, MΩ, in the scalar's representation: converts a current in nA to mV.
    pub gain: S::Gain,
    /// Decay factor of the membrane per step, exp(-dt/τ).
    pub decay: S::Decay,
    /// Threshold without adaptation, mV.
    pub threshold: S::Accumulator,
    /// Reset of the membrane after a spike.
    pub reset: R,
    /// Steps from a spike to the earliest possible next one.
    pub refractory: u16,
    /// Decay factor of each threshold component per step.
    pub adaptation_decay: [S::Decay; K],
    /// Growth of each threshold component at a spike, mV.
    pub increment: [S::Accumulator; K],
    /// Rounding policy of the decays.
    pub rounding: Q,
}

/// What a spike does to the membrane.
pub trait Reset<S: Scalar>: Copy + PartialEq + core::fmt::Debug + Send + Sync + 'static {
    /// Parameters of this reset, as the user writes them.
    type Params: ResetParams;
    /// Value before a population has parameters. All of its bits are zero, so that a `static` takes no flash.
    const BLANK: Self;
    /// Returns the membrane potential after a spike, given the potential `v` at which the neuron fired.
    ///
    /// An implementation must not panic. A panic ends the step when some neurons have been updated and others
    /// have not. A population on arrays does not detect this: clear it together with its threshold components,
    /// or build it anew. A population of the crate `glif` refuses later steps.
    fn apply(&self, v: S::Accumulator, rest: S::Accumulator) -> S::Accumulator;
}

/// Reset to a fixed potential: v ← value, mV.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FixedReset<S: Scalar>(pub S::Accumulator);

/// Reset to a linear function of the potential: v ← rest + slope (v - rest) - drop, mV.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinearReset<S: Scalar> {
    /// Slope m, without a unit.
    pub slope: S::Slope,
    /// Drop b, mV.
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
        // Saturates after each sum, so that neither can overflow the accumulator.
        S::clamp_state(S::saturate(rest + S::scale(v - rest, &self.slope)) - self.drop)
    }
}

/// Options of a step: the two switches of Inferno's `forward`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StepOptions {
    /// Whether membranes and threshold components are held during the refractory period. If false, a refractory
    /// neuron leaks without input current.
    pub refrac_lock: bool,
    /// Whether threshold components decay and grow.
    pub adapt: bool,
}

/// [`StepOptions`], or a type for which the compiler makes a separate copy of the step.
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

/// Step, and index of the first neuron, of a run of neurons. Only stochastic rounding uses them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RngCounter {
    /// Steps since the population was built.
    pub step: u64,
    /// Index of the first neuron.
    pub neuron: u32,
}

impl RngCounter {
    /// Returns the counter of the same step, `neurons` further on.
    #[inline(always)]
    pub(crate) const fn after(self, neurons: usize) -> Self {
        Self { neuron: self.neuron.wrapping_add(neurons as u32), ..self }
    }
}

/// State of one neuron.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NeuronState<S, const K: usize> {
    /// Membrane potential, mV.
    pub membrane: S,
    /// Remaining refractory steps, and whether the neuron fired in the last step.
    pub refractory: Refractory,
    /// Threshold components, mV.
    pub adaptation: [S; K],
}

impl<S, const K: usize> NeuronState<S, K> {
    /// Borrows the state for a step.
    #[inline(always)]
    pub fn as_mut(&mut self) -> NeuronStateMut<'_, S, K> {
        let Self { membrane, refractory, adaptation } = self;
        NeuronStateMut { membrane, refractory, adaptation: adaptation.each_mut() }
    }
}

/// State of one neuron, borrowed from where it is stored, such as the caller's own arrays.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NeuronStateMut<'a, S, const K: usize> {
    /// Membrane potential, mV.
    pub membrane: &'a mut S,
    /// Remaining refractory steps, and whether the neuron fired in the last step.
    pub refractory: &'a mut Refractory,
    /// Threshold components, mV.
    pub adaptation: [&'a mut S; K],
}

impl<S: Scalar, R: Reset<S>, const K: usize, Q: Rounding> Coefficients<S, R, K, Q> {
    /// Advances one neuron by one step under `current`, nA, and returns whether it fires.
    ///
    /// The current must be [`drivable`](crate::Quantize::drivable). Under [`Stochastic`](crate::Stochastic)
    /// rounding, `draw` holds the random bits of this neuron for this step. Policies without random bits put
    /// nothing in it.
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

    /// Does what [`step`](Self::step) does, for any options. The compiler makes a second copy for
    /// [`DefaultOptions`].
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

    /// Advances the membrane and the refractory count by one step. `steady_state` returns the two terms of the
    /// potential that the membrane approaches.
    // A closure is called only where its value is needed, and state is stored only where it changes.
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

    /// Returns the threshold raised by the given components, mV.
    #[inline(always)]
    pub(crate) fn level(&self, adaptation: [S::Accumulator; K]) -> S::Accumulator {
        match adaptation.into_iter().reduce(|sum, component| sum + component) {
            Some(sum) => self.threshold + sum,
            None => self.threshold,
        }
    }

    /// Advances the threshold components by one step.
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

    /// Returns whether the lock keeps the threshold components from decaying in this step. It does so in a step
    /// that begins a refractory period.
    #[inline(always)]
    pub(crate) fn holds(&self, fires: bool, options: impl Options) -> bool {
        fires && options.refrac_lock() && self.refractory > 0
    }
}

/// Coefficients and limit of threshold component `k`.
#[derive(Clone, Copy)]
pub(crate) struct ComponentOf<'a, S: Scalar> {
    pub(crate) decay: &'a S::Decay,
    /// Growth at a spike, mV.
    // By reference, and read only where it is added. If both terms were at hand, the compiler would compute the
    // sum whether there is a spike or not.
    pub(crate) increment: &'a S::Accumulator,
    /// Greatest magnitude of the component.
    pub(crate) limit: S::Accumulator,
    pub(crate) k: usize,
}

impl<S: Scalar> ComponentOf<'_, S> {
    /// Returns the component after a step in which the neuron does not wait.
    #[inline(always)]
    pub(crate) fn step(
        self,
        mut x: S::Accumulator,
        fires: bool,
        holds: bool,
        draw: impl RoundingBias,
    ) -> S::Accumulator {
        if !holds {
            // The first product of a step is the membrane's.
            x = S::decay(x, self.decay, draw, 1 + self.k as u32);
        }
        if fires {
            x = S::saturating_add(x, *self.increment, self.limit);
        }
        x
    }
}

/// Marks the branch as unlikely.
#[cold]
#[inline(always)]
pub(crate) const fn rare() {}

/// What a neuron did in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Refractory and locked: only the count changed.
    Waits,
    /// The membrane was updated, and the neuron did not fire.
    Leaks,
    /// The neuron fired.
    Fires,
}

impl Outcome {
    /// Returns the outcome of the step that left the refractory state `after`.
    #[inline(always)]
    pub(crate) fn of(after: Refractory, options: impl Options) -> Self {
        if after == Refractory::default() {
            Self::Leaks // the most frequent outcome, so tested first
        } else if after.fired() {
            Self::Fires
        } else if options.refrac_lock() {
            Self::Waits
        } else {
            Self::Leaks
        }
    }
}
