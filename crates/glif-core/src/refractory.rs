//! Refractory time as a count of steps.
//!
//! Inferno counts milliseconds down and drifts: 5.0 ms at a step of 0.1 ms blocks 51 steps in `f32`, 50 by the book.
//! A count derived once by a named [`Rule`] costs two bytes a neuron, needs no arithmetic on a core without an FPU, and
//! loses nothing: [`Period::remaining`] replays the subtractions where somebody wants the milliseconds.

use crate::derive::Representation;

/// From a refractory time to a count of steps.
///
/// | 5.0 ms at 0.1 ms | steps from a spike to the next possible one |
/// |---|---|
/// | `Inferno`, f32 | 51 |
/// | `Exact` | 50 |
/// | `Nest` | 51 |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Rule {
    /// The number of subtractions of the step, in the scalar's own arithmetic, that bring the time to zero.
    #[default]
    Inferno,
    /// `ceil(refrac_t / step_time)`, where a quotient within 10⁻⁶ of a whole number counts as one. Brian2 agrees for
    /// whole multiples.
    Exact,
    /// One step more than `Exact`: NEST holds the membrane for that many steps after the one that spiked.
    Nest,
}

/// The refractory state of one neuron: steps until it can fire again, and whether it fired in the last step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Refractory(u16);

impl Refractory {
    /// The spike flag lives in the top bit: it is state, and costs no memory.
    const FIRED: u16 = 0x8000;
    /// The greatest count.
    pub const MOST: u16 = 0x7fff;

    /// `steps` to go (at most [`MOST`](Self::MOST)), as after a spike or not.
    #[inline(always)]
    pub const fn new(steps: u16, fired: bool) -> Self {
        Self((steps & Self::MOST) | if fired { Self::FIRED } else { 0 })
    }

    /// Steps until the neuron integrates again.
    #[inline(always)]
    pub const fn steps(self) -> u16 {
        self.0 & Self::MOST
    }

    /// Whether the last step brought a spike.
    #[inline(always)]
    pub const fn fired(self) -> bool {
        self.0 & Self::FIRED != 0
    }

    /// One step on.
    #[inline(always)]
    pub const fn tick(self) -> Self {
        Self(self.steps().saturating_sub(1))
    }

    /// The flag and the count as one word, for snapshots and traces.
    pub const fn to_bits(self) -> u16 {
        self.0
    }

    /// The inverse of [`to_bits`](Self::to_bits).
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }
}

/// A refractory period at a step time: its count, and the way back to milliseconds.
///
/// ```
/// use glif_core::{Period, Rule};
/// let period = Period::<f32>::new(5.0, 0.1, Rule::Inferno).unwrap();
/// assert_eq!(period.count(), 51);
/// assert_eq!(Period::<f32>::new(5.0, 0.1, Rule::Exact).unwrap().count(), 50);
/// assert_eq!(period.remaining(51), 5.0);
/// assert!(period.remaining(1) < 1e-5); // the drift that blocks the 51st step
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Period<S> {
    rule: Rule,
    /// In the scalar, for the replay.
    length: S,
    step: S,
    /// As written, ms.
    step_time: f64,
    count: u16,
}

/// A quotient this near to a whole number is one; an f32 quotient is off by 1.2e-7.
const TOLERANCE: f64 = 1e-6;

impl<S: Representation> Period<S> {
    /// The period of `refrac_t` ms in steps of `step_time` ms; `None` if the count does not fit or never ends.
    pub fn new(refrac_t: f64, step_time: f64, rule: Rule) -> Option<Self> {
        let counted = rule == Rule::Inferno;
        let time = |ms| {
            if counted {
                S::time(ms)
            } else {
                Some(S::time(ms).unwrap_or(S::narrow(S::ZERO)))
            }
        };
        let period = Self {
            rule,
            length: time(refrac_t)?,
            step: time(step_time)?,
            step_time,
            count: 0,
        };
        let count = period.count_of(refrac_t)?;
        let count = if rule == Rule::Nest {
            count.checked_add(1)?
        } else {
            count
        };
        (count <= Refractory::MOST).then_some(Self { count, ..period })
    }

    /// Steps from a spike to the next possible one; 0 for a refractory time of 0, which acts as 1 except that threshold
    /// components decay on the spike step too.
    pub fn count(&self) -> u16 {
        self.count
    }

    /// The rule it was derived by.
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// Steps that `ms` of remaining time take; `None` if they do not fit or never end.
    pub fn count_of(&self, ms: f64) -> Option<u16> {
        if self.rule != Rule::Inferno {
            let steps = libm::ceil(ms / self.step_time * (1.0 - TOLERANCE));
            return (steps <= f64::from(Refractory::MOST)).then_some(steps as u16);
        }
        let zero = S::narrow(S::ZERO);
        let (mut left, mut steps) = (S::time(ms)?, 0);
        while left > zero {
            let next = left.less(self.step);
            if next == left || steps == Refractory::MOST {
                return None;
            }
            left = next;
            steps += 1;
        }
        Some(steps)
    }

    /// What is left of `from` ms after `elapsed` steps, in the scalar's arithmetic. Under `Inferno`, Inferno's bits.
    pub fn after(&self, from: f64, elapsed: u32) -> f64 {
        let Some(mut left) = S::time(from) else {
            return 0.0;
        };
        for _ in 0..elapsed {
            left = left.less(self.step);
        }
        left.to_f64()
    }

    /// Milliseconds left of a period begun by a spike, with `steps` to go. Under `Inferno` that is the refractory time
    /// less the subtractions so far, bit for bit; under the other rules, the steps times the step time.
    pub fn remaining(&self, steps: u16) -> f64 {
        if self.rule == Rule::Inferno && steps <= self.count {
            self.after(self.length.to_f64(), u32::from(self.count - steps))
        } else {
            f64::from(steps) * self.step_time
        }
    }
}
