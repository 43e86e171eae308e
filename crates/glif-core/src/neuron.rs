//! The whole model: coefficients, one step of one neuron, and the loop over many.
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

use crate::error::LengthError;
use crate::params::{ResetLinear, ResetParams, ResetTo};
use crate::refractory::Refractory;
use crate::rounding::{Draw, Nearest, Rounding};
use crate::scalar::Scalar;
use crate::spikes::WORD;
use crate::state::{State, StateMut};

/// Leaky integrate-and-fire.
pub type Lif<S, Q = Nearest> = Neuron<S, To<S>, 0, Q>;
/// Generalized leaky integrate-and-fire 1: LIF under another name.
pub type Glif1<S, Q = Nearest> = Lif<S, Q>;
/// Adaptive leaky integrate-and-fire with K threshold components.
pub type Alif<S, const K: usize, Q = Nearest> = Neuron<S, To<S>, K, Q>;
/// Generalized leaky integrate-and-fire 2: a linear reset and K threshold components.
pub type Glif2<S, const K: usize, Q = Nearest> = Neuron<S, Linear<S>, K, Q>;

/// The coefficients of a neuron: immutable, shared by any number of states, unitless but for the scalar's own mV.
///
/// Made by [`derive`](Neuron::derive) from [`Parameters`](crate::Parameters).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neuron<S: Scalar, R, const K: usize, Q = Nearest> {
    /// Membrane potential without current.
    pub rest: S::Wide,
    /// Current to voltage.
    pub gain: S::Gain,
    /// exp(-dt/τ) of the membrane.
    pub decay: S::Decay,
    /// The threshold without adaptation.
    pub threshold: S::Wide,
    /// Where a spike leaves the membrane.
    pub reset: R,
    /// Steps from a spike to the next possible one.
    pub refractory: u16,
    /// Decay of each threshold component.
    pub adaptation_decay: [S::Decay; K],
    /// Growth of each threshold component at a spike.
    pub increment: [S::Wide; K],
    /// How decays round.
    pub rounding: Q,
}

/// What a spike does to the membrane.
pub trait Reset<S: Scalar>: Copy + PartialEq + core::fmt::Debug + Send + Sync + 'static {
    /// What a person writes for it.
    type Params: ResetParams;
    /// The membrane after a spike that left it at `v`.
    fn apply(&self, v: S::Wide, rest: S::Wide) -> S::Wide;
}

/// v ← a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct To<S: Scalar>(pub S::Wide);

/// v ← rest + slope (v - rest) - drop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Linear<S: Scalar> {
    /// m
    pub slope: S::Slope,
    /// b
    pub drop: S::Wide,
}

impl<S: Scalar> Reset<S> for To<S> {
    type Params = ResetTo;
    #[inline(always)]
    fn apply(&self, _: S::Wide, _: S::Wide) -> S::Wide {
        self.0
    }
}

impl<S: Scalar> Reset<S> for Linear<S> {
    type Params = ResetLinear;
    #[inline(always)]
    fn apply(&self, v: S::Wide, rest: S::Wide) -> S::Wide {
        // Confined twice, so that neither sum can leave the wide type.
        S::confine(S::confine(rest + S::scale(v - rest, &self.slope)) - self.drop)
    }
}

/// The two switches of Inferno's `forward`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Flags {
    /// Hold membranes and threshold components in the refractory period. Off, a refractory neuron leaks without input.
    pub refrac_lock: bool,
    /// Let threshold components decay and grow.
    pub adapt: bool,
}

impl Default for Flags {
    fn default() -> Self {
        Self { refrac_lock: true, adapt: true }
    }
}

/// Where in time and space a run of neurons begins. Only stochastic rounding asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Moment {
    /// Steps since the population was built.
    pub step: u64,
    /// Index of the first neuron.
    pub neuron: u32,
}

/// The state of one neuron.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Cell<S, const K: usize> {
    /// Membrane potential.
    pub membrane: S,
    /// Steps to go, and whether the last step brought a spike.
    pub refractory: Refractory,
    /// Threshold components.
    pub adaptation: [S; K],
}

impl<S: Scalar, R: Reset<S>, const K: usize, Q: Rounding> Neuron<S, R, K, Q> {
    /// One neuron, one step: pure.
    #[inline(always)]
    pub fn step<const LOCK: bool, const ADAPT: bool>(&self, cell: Cell<S, K>, current: S, draw: Q::Draw) -> Cell<S, K> {
        let waiting = cell.refractory.tick();
        let active = waiting.steps() == 0;
        let v = cell.membrane.widen();
        let v = if active || !LOCK {
            let ext = if active { current.drive(&self.gain) } else { S::ZERO };
            self.rest + S::decay((v - self.rest) - ext, &self.decay, draw, 0) + ext
        } else {
            v
        };
        let spike = active && v >= self.level(&cell.adaptation);
        let refractory = if spike { Refractory::new(self.refractory, true) } else { waiting };
        let v = if spike { self.reset.apply(v, self.rest) } else { v };
        let adaptation = if ADAPT { self.adapt::<LOCK>(cell.adaptation, refractory, draw) } else { cell.adaptation };
        Cell { membrane: S::narrow(v), refractory, adaptation }
    }

    /// The threshold under its present components.
    #[inline(always)]
    fn level(&self, adaptation: &[S; K]) -> S::Wide {
        match adaptation.iter().map(|component| component.widen()).reduce(|sum, component| sum + component) {
            Some(sum) => self.threshold + sum,
            None => self.threshold,
        }
    }

    #[inline(always)]
    fn adapt<const LOCK: bool>(&self, mut adaptation: [S; K], after: Refractory, draw: impl Draw) -> [S; K] {
        let hold = LOCK && after.steps() > 0;
        for (k, component) in adaptation.iter_mut().enumerate() {
            let mut x = component.widen();
            if !hold {
                x = S::decay(x, &self.adaptation_decay[k], draw, 1 + k as u32);
            }
            if after.fired() {
                x = S::raise::<K>(x, self.increment[k]);
            }
            *component = S::narrow(x);
        }
        adaptation
    }

    /// One step of many neurons, over borrowed slices of equal length; bit j of `spikes[i]` is neuron 32·i + j.
    ///
    /// ```
    /// use glif_core::{Flags, Lif, LifParams, Moment, Neuron, Refractory, Rule, StateMut};
    ///
    /// let params = LifParams {
    ///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0,
    ///     refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
    /// };
    /// let lif = Lif::<f32>::derive(params, Rule::Inferno).unwrap();
    /// let (mut membrane, mut refractory, mut spikes) = (vec![-60.0; 70], vec![Refractory::default(); 70], vec![0; 3]);
    /// let state = StateMut { membrane: &mut membrane, refractory: &mut refractory, adaptation: [] };
    /// lif.run(state, &vec![300.0; 70], Flags::default(), Moment::default(), &mut spikes)?;
    /// assert_eq!(spikes, [u32::MAX, u32::MAX, 0b11_1111]);
    /// # Ok::<(), glif_core::LengthError>(())
    /// ```
    ///
    /// # Errors
    /// If the lengths differ, or `spikes` has no room; nothing has moved then.
    #[inline]
    pub fn run(
        &self,
        state: StateMut<'_, S, K>,
        currents: &[S],
        flags: Flags,
        at: Moment,
        spikes: &mut [u32],
    ) -> Result<(), LengthError> {
        state.check(currents.len(), spikes.len())?;
        match (flags.refrac_lock, flags.adapt && K > 0) {
            (true, true) => self.run_flagged::<true, true>(state, currents, at, spikes),
            (true, false) => self.run_flagged::<true, false>(state, currents, at, spikes),
            (false, true) => self.run_flagged::<false, true>(state, currents, at, spikes),
            (false, false) => self.run_flagged::<false, false>(state, currents, at, spikes),
        }
        Ok(())
    }

    #[inline]
    fn run_flagged<const LOCK: bool, const ADAPT: bool>(
        &self,
        state: StateMut<'_, S, K>,
        currents: &[S],
        at: Moment,
        spikes: &mut [u32],
    ) {
        let (blocks, tail) = state.into_blocks();
        let (current_blocks, current_tail) = currents.as_chunks::<WORD>();
        self.run_blocks::<LOCK, ADAPT>(blocks, current_blocks, at, spikes);
        let done = current_blocks.len();
        let Some(spikes) = spikes.get_mut(done..) else {
            return;
        };
        spikes.fill(0);
        if !current_tail.is_empty() {
            // The last few neurons run in a block of their own, beside neurons that nobody sees.
            let mut padded = State::<S, K, WORD>::zero();
            let mut padded_currents = [S::narrow(S::ZERO); WORD];
            padded.as_mut().copy_from(&tail);
            padded_currents.iter_mut().zip(current_tail).for_each(|(to, from)| *to = *from);
            let at = Moment { neuron: at.neuron.wrapping_add((done * WORD) as u32), ..at };
            self.run_blocks::<LOCK, ADAPT>(padded.as_mut().into_blocks().0, &[padded_currents], at, spikes);
            let mut tail = tail;
            tail.copy_from(&padded.as_mut());
            if let Some(word) = spikes.first_mut() {
                *word &= (1 << current_tail.len()) - 1;
            }
        }
    }

    #[inline]
    fn run_blocks<const LOCK: bool, const ADAPT: bool>(
        &self,
        mut blocks: crate::state::Blocks<'_, S, K>,
        currents: &[[S; WORD]],
        at: Moment,
        spikes: &mut [u32],
    ) {
        let neuron = *self; // a local copy: LLVM does not vectorise through &self (ten times slower on x86-64)
        let zero = S::narrow(S::ZERO);
        let lanes = blocks.membrane.iter_mut().zip(blocks.refractory.iter_mut()).zip(currents).zip(spikes);
        for (i, (((membrane, refractory), current), word)) in lanes.enumerate() {
            let mut fired = 0;
            for j in 0..WORD {
                // `get` by block: no panic path, and the check leaves the inner loop.
                let adaptation =
                    blocks.adaptation.each_ref().map(|component| component.get(i).map_or(zero, |block| block[j]));
                let cell = Cell { membrane: membrane[j], refractory: refractory[j], adaptation };
                let draw = neuron.rounding.draw(at.step, at.neuron.wrapping_add((i * WORD + j) as u32));
                let next = neuron.step::<LOCK, ADAPT>(cell, current[j], draw);
                membrane[j] = next.membrane;
                refractory[j] = next.refractory;
                if ADAPT {
                    for (component, value) in blocks.adaptation.iter_mut().zip(next.adaptation) {
                        if let Some(block) = component.get_mut(i) {
                            block[j] = value;
                        }
                    }
                }
                fired |= u32::from(next.refractory.fired()) << j;
            }
            *word = fired;
        }
    }
}
