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
//!
//! The membrane is the same in every [`Dialect`](crate::spec::Dialect). `teeter.rs` has the components in the
//! dialects of NEST and AllenSDK.

mod options;

pub use options::StepOptions;
pub(crate) use options::{DefaultOptions, Options, Outcome};

use crate::parameter::ComponentCounts;
use crate::params::{FixedResetParams, LinearResetParams, ResetParams};
use crate::refractory::Refractory;
use crate::rounding::{Nearest, Rounding, RoundingBias};
use crate::scalar::Scalar;
use crate::teeter::{SpikePlaces, Teeter};

/// Leaky integrate-and-fire neuron.
pub type Lif<S, Q = Nearest> = Coefficients<S, FixedReset<S>, 0, Q>;
/// Generalized leaky integrate-and-fire neuron, level 1: LIF under another name.
pub type Glif1<S, Q = Nearest> = Lif<S, Q>;
/// Adaptive leaky integrate-and-fire neuron with K threshold components.
pub type Alif<S, const K: usize, Q = Nearest> = Coefficients<S, FixedReset<S>, K, Q>;
/// Generalized leaky integrate-and-fire neuron, level 2: a linear reset and K threshold components.
pub type Glif2<S, const K: usize, Q = Nearest> = Coefficients<S, LinearReset<S>, K, Q>;

/// Generalized leaky integrate-and-fire neuron, level 1, in the dialect of NEST or of AllenSDK.
pub type TeeterGlif1<S, Q = Nearest> = Coefficients<S, FixedReset<S>, 0, Q, Teeter<S, 0, 0>>;
/// Generalized leaky integrate-and-fire neuron, level 2, in the dialect of NEST or of AllenSDK: a linear reset and
/// K threshold components.
pub type TeeterGlif2<S, const K: usize, Q = Nearest> = Coefficients<S, LinearReset<S>, K, Q, Teeter<S, K, 0>>;
/// Generalized leaky integrate-and-fire neuron, level 3: A after-spike currents.
pub type Glif3<S, const A: usize, Q = Nearest> = Coefficients<S, FixedReset<S>, A, Q, Teeter<S, A, A>>;
/// Generalized leaky integrate-and-fire neuron, level 4: a linear reset and C components, of which the last A are
/// after-spike currents and the others raise the threshold.
pub type Glif4<S, const C: usize, const A: usize, Q = Nearest> = Coefficients<S, LinearReset<S>, C, Q, Teeter<S, C, A>>;
/// Generalized leaky integrate-and-fire neuron, level 5: GLIF4 with a threshold that follows the membrane, which
/// is one more component, the last.
pub type Glif5<S, const C: usize, const A: usize, Q = Nearest> =
    Coefficients<S, LinearReset<S>, C, Q, Teeter<S, C, A, 1>>;

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
pub struct Coefficients<S: Scalar, R, const K: usize, Q = Nearest, D = Inferno> {
    /// Membrane potential at rest, without current, mV.
    pub rest: S::Accumulator,
    /// Membrane resistance, MΩ, in the scalar's representation: converts a current in nA to mV.
    pub gain: S::Gain,
    /// Decay factor of the membrane per step: exp(-dt/τ), or 1 - dt/τ in the dialect of AllenSDK.
    pub decay: S::Decay,
    /// Threshold without adaptation, mV.
    pub threshold: S::Accumulator,
    /// Reset of the membrane after a spike.
    pub reset: R,
    /// Steps from a spike to the earliest possible next one.
    pub refractory: u16,
    /// Decay factor of each component per step.
    pub adaptation_decay: [S::Decay; K],
    /// Growth of each component at a spike: of a threshold component mV, of an after-spike current nA.
    pub increment: [S::Accumulator; K],
    /// Rounding policy of the decays.
    pub rounding: Q,
    /// What the components do, and further coefficients of theirs.
    pub dynamics: D,
}

/// What the components of a neuron do in a step: [`Inferno`] or [`Teeter`].
pub trait Dynamics<S: Scalar, const K: usize>: sealed::Dynamics<S, K> {}

impl<S: Scalar, const K: usize, D: sealed::Dynamics<S, K>> Dynamics<S, K> for D {}

pub(crate) mod sealed {
    use super::{Coefficients, Options, Outcome, Reset, Rounding, Scalar};
    use crate::parameter::ComponentCounts;
    use crate::teeter::{SpikePlaces, TeeterParts};

    /// The parts of a step in which dialects differ.
    pub trait Dynamics<S: Scalar, const K: usize>:
        Copy + PartialEq + core::fmt::Debug + Send + Sync + Sized + 'static
    {
        /// Coefficients of a population that has no parameters yet. All of their bits are zero.
        const BLANK: Self;
        /// Numbers of components of each kind.
        const COUNTS: ComponentCounts;
        /// Whether the threshold needs the two terms of the membrane's steady state.
        const FOLLOWS: bool;
        /// Whether a threshold changes components. If not, it is that of [`raised`](super::raised).
        const CHANGES: bool;
        /// Whether a core without vectors may compute the step of several neurons phase by phase. There are no
        /// after-spike currents then, and the threshold does not change components.
        const PHASED: bool;

        /// Returns the coefficients that Inferno does not have.
        fn parts(&self) -> Option<TeeterParts<'_, S>> {
            None
        }

        /// Returns where to write the coefficients that Inferno does not have.
        fn places(&mut self) -> Option<SpikePlaces<'_, S>>;

        /// Returns the current from outside together with the after-spike currents, nA.
        fn current(&self, components: [&S; K], current: S) -> S;

        /// Returns the threshold that a membrane has to cross, mV: `level`, raised by the components. `x` is the
        /// membrane's distance from the steady state, which is `ext` above rest.
        fn threshold<R: Reset<S>, Q: Rounding>(
            neuron: &Coefficients<S, R, K, Q, Self>,
            level: &S::Accumulator,
            components: [&mut S; K],
            x: S::Accumulator,
            ext: S::Accumulator,
            draw: Q::Bias,
        ) -> S::Accumulator;

        /// Returns whether a membrane at `v` crosses the threshold.
        fn crosses(v: S::Accumulator, threshold: S::Accumulator) -> bool;

        /// Returns the potential to which the reset applies, of those before and after the step.
        fn fires_at(&self, before: S::Accumulator, after: S::Accumulator) -> S::Accumulator;

        /// Advances the components by one step, after the membrane.
        fn adapt<R: Reset<S>, Q: Rounding>(
            neuron: &Coefficients<S, R, K, Q, Self>,
            components: [&mut S; K],
            outcome: Outcome,
            options: impl Options,
            draw: Q::Bias,
        );
    }
}

/// Dialect of Inferno: K threshold components, which decay after they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Inferno;

impl<S: Scalar, const K: usize> sealed::Dynamics<S, K> for Inferno {
    const BLANK: Self = Self;
    const COUNTS: ComponentCounts = ComponentCounts { thresholds: K, currents: 0, voltages: 0 };
    const FOLLOWS: bool = false;
    const CHANGES: bool = false;
    const PHASED: bool = S::PHASED;

    fn places(&mut self) -> Option<SpikePlaces<'_, S>> {
        None
    }
    #[inline(always)]
    fn current(&self, _: [&S; K], current: S) -> S {
        current
    }
    #[inline(always)]
    fn threshold<R: Reset<S>, Q: Rounding>(
        _: &Coefficients<S, R, K, Q, Self>,
        level: &S::Accumulator,
        components: [&mut S; K],
        _: S::Accumulator,
        _: S::Accumulator,
        _: Q::Bias,
    ) -> S::Accumulator {
        raised::<S, K>(level, components.map(|component| component.to_accumulator()))
    }
    #[inline(always)]
    fn crosses(v: S::Accumulator, threshold: S::Accumulator) -> bool {
        v >= threshold
    }
    #[inline(always)]
    fn fires_at(&self, _: S::Accumulator, after: S::Accumulator) -> S::Accumulator {
        after
    }
    #[inline(always)]
    fn adapt<R: Reset<S>, Q: Rounding>(
        neuron: &Coefficients<S, R, K, Q, Self>,
        components: [&mut S; K],
        outcome: Outcome,
        options: impl Options,
        draw: Q::Bias,
    ) {
        if !options.adapt() || outcome == Outcome::Waits {
            return;
        }
        let fires = outcome == Outcome::Fires;
        let holds = neuron.holds(fires, options);
        for (k, component) in components.into_iter().enumerate() {
            let (decay, increment, limit) = (&neuron.adaptation_decay[k], &neuron.increment[k], S::limit(K));
            let of = ComponentOf::<S> { decay, increment, limit, k };
            *component = S::from_accumulator(of.step(component.to_accumulator(), fires, holds, draw));
        }
    }
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
    /// Components: threshold components in mV, after-spike currents in nA.
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
    /// Components: threshold components in mV, after-spike currents in nA.
    pub adaptation: [&'a mut S; K],
}

impl<S: Scalar, R: Reset<S>, const K: usize, Q: Rounding, D: Dynamics<S, K>> Coefficients<S, R, K, Q, D> {
    /// Returns the coefficients with another rounding.
    pub(crate) fn rounded<P: Rounding>(&self, rounding: P) -> Coefficients<S, R, K, P, D> {
        let Self { rest, gain, decay, threshold, reset, refractory, adaptation_decay, increment, dynamics, .. } = *self;
        Coefficients {
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
        }
    }

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
        let NeuronStateMut { membrane, refractory, mut adaptation } = state;
        let current = match D::COUNTS.currents {
            0 => current,
            _ => self.dynamics.current(adaptation.each_ref().map(|component| &**component), current),
        };
        let steady_state = || self.steady_state(current);
        // Components that do not change are shared, for which a core without vectors takes fewer instructions.
        let outcome = if D::CHANGES {
            let components = adaptation.each_mut().map(|component| &mut **component);
            let threshold = |x, ext| D::threshold(self, &self.threshold, components, x, ext, draw);
            self.integrate(membrane, refractory, steady_state, threshold, options, draw)
        } else {
            let values = || adaptation.each_ref().map(|component| component.to_accumulator());
            let threshold = |_, _| raised::<S, K>(&self.threshold, values());
            self.integrate(membrane, refractory, steady_state, threshold, options, draw)
        };
        D::adapt(self, adaptation, outcome, options, draw);
        outcome == Outcome::Fires
    }

    /// Returns the two terms of the potential that the membrane approaches.
    #[inline(always)]
    pub(crate) fn steady_state(&self, current: S) -> (S::Accumulator, S::Accumulator) {
        if D::FOLLOWS { (self.rest, current.drive(&self.gain)) } else { current.steady_state(self.rest, &self.gain) }
    }

    /// Returns whether the lock keeps the threshold components from decaying in this step. It does so in a step
    /// that begins a refractory period.
    #[inline(always)]
    pub(crate) fn holds(&self, fires: bool, options: impl Options) -> bool {
        fires && options.refrac_lock() && self.refractory > 0
    }
}

impl<S: Scalar, R: Reset<S>, const K: usize, Q: Rounding, D: Dynamics<S, K>> Membrane<S>
    for Coefficients<S, R, K, Q, D>
{
    #[inline(always)]
    fn rest(&self) -> S::Accumulator {
        self.rest
    }
    #[inline(always)]
    fn decayed(&self, x: S::Accumulator, draw: impl RoundingBias) -> S::Accumulator {
        S::decay(x, &self.decay, draw, 0)
    }
    #[inline(always)]
    fn crosses(&self, v: S::Accumulator, threshold: S::Accumulator) -> bool {
        D::crosses(v, threshold)
    }
    #[inline(always)]
    fn refractory(&self) -> u16 {
        self.refractory
    }
    #[inline(always)]
    fn reset(&self, before: S::Accumulator, after: S::Accumulator) -> S::Accumulator {
        self.reset.apply(self.dynamics.fires_at(before, after), self.rest)
    }
}

/// Coefficients of the membrane of a neuron.
pub(crate) trait Membrane<S: Scalar> {
    /// Returns the potential without current, mV.
    fn rest(&self) -> S::Accumulator;
    /// Returns the membrane at the end of its decay, with what synapses add to it in this step, mV.
    #[inline(always)]
    fn jump(&self, v: S::Accumulator) -> S::Accumulator {
        v
    }
    /// Returns a distance from the potential that the membrane approaches after the decay of a step, mV.
    fn decayed(&self, x: S::Accumulator, draw: impl RoundingBias) -> S::Accumulator;
    /// Returns whether the membrane at `v` crosses the threshold.
    fn crosses(&self, v: S::Accumulator, threshold: S::Accumulator) -> bool;
    /// Returns the refractory count after a spike.
    fn refractory(&self) -> u16;
    /// Returns the potential after a spike, given those before and after the step, mV.
    fn reset(&self, before: S::Accumulator, after: S::Accumulator) -> S::Accumulator;

    /// Advances the membrane and the refractory count by one step. `steady_state` returns the two terms of the
    /// potential that the membrane approaches. `threshold` receives the membrane's distance from that potential,
    /// and the second term.
    // A closure is called only where its value is needed, and state is stored only where it changes.
    #[inline(always)]
    fn integrate(
        &self,
        membrane: &mut S,
        refractory: &mut Refractory,
        steady_state: impl FnOnce() -> (S::Accumulator, S::Accumulator),
        threshold: impl FnOnce(S::Accumulator, S::Accumulator) -> S::Accumulator,
        options: impl Options,
        draw: impl RoundingBias,
    ) -> Outcome {
        if *refractory != Refractory::default() {
            *refractory = refractory.tick();
        }
        let active = refractory.steps() == 0;
        if !active && options.refrac_lock() {
            return Outcome::Waits;
        }
        let (rest, ext) = if active { steady_state() } else { (self.rest(), S::ZERO) };
        let before = membrane.to_accumulator();
        let x = (before - rest) - ext;
        let v = rest + self.decayed(x, draw) + ext;
        let v = if active { self.jump(v) } else { v };
        if active && self.crosses(v, threshold(x, ext)) {
            rare();
            *refractory = Refractory::new(self.refractory(), true);
            *membrane = S::from_accumulator(self.reset(before, v));
            Outcome::Fires
        } else {
            *membrane = S::from_accumulator(v);
            Outcome::Leaks
        }
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

/// Returns a threshold raised by these components, mV.
// The level is a reference, so that it is read after the components: a core with few registers has room for it
// then.
#[inline(always)]
pub(crate) fn raised<S: Scalar, const K: usize>(
    level: &S::Accumulator,
    components: [S::Accumulator; K],
) -> S::Accumulator {
    match components.into_iter().reduce(|sum, component| sum + component) {
        Some(sum) => *level + sum,
        None => *level,
    }
}

/// Marks the branch as unlikely.
#[cold]
#[inline(always)]
pub(crate) const fn rare() {}
