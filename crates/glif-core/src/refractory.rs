//! Refractory time as a count of steps.
//!
//! Inferno counts milliseconds down, and drifts: 5.0 ms at a step of 0.1 ms blocks 51 steps in `f32`, where the
//! exact count is 50. Here a named [`RefractoryRule`] derives a count of steps once. A count takes two bytes
//! per neuron and needs no arithmetic on a core without an FPU. It loses nothing:
//! [`RefractoryPeriod::remaining`] replays the subtractions to return the milliseconds. In fixed point the
//! count always comes from the exact times, because a step such as 0.01 ms is off by a fifth there.

use bytemuck::{Pod, Zeroable};

use crate::names::Dialect;
use crate::quantize::Quantize;

impl Dialect {
    /// Returns the refractory rule: in Inferno's dialect any, so that it is `rule`. NEST and AllenSDK hold the
    /// membrane for the refractory period after the step that spiked.
    pub const fn rule(self, rule: RefractoryRule) -> RefractoryRule {
        match self {
            Self::Inferno => rule,
            Self::Nest | Self::Allen => RefractoryRule::Nest,
        }
    }
}

crate::names::named! {
    /// Rule that converts a refractory time to a count of steps.
    ///
    /// | 5.0 ms at 0.1 ms | steps from a spike to the earliest possible next one |
    /// |---|---|
    /// | `Inferno`, f32 | 51 |
    /// | `Inferno`, fixed point | 50 |
    /// | `Exact` | 50 |
    /// | `Nest` | 51 |
    ///
    /// ```
    /// use glif_core::{Lif, LifParams, RefractoryRule};
    /// # let params = LifParams {
    /// #     step_time: 0.1, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 5.0, time_constant: 20.0, resistance: 1.0,
    /// # };
    /// let steps = |rule| Lif::<f32>::derive(params, rule).map(|neuron| neuron.refractory);
    /// assert_eq!([steps(RefractoryRule::Inferno)?, steps(RefractoryRule::Exact)?, steps(RefractoryRule::Nest)?], [51, 50, 51]);
    /// # Ok::<(), glif_core::ParamErrors>(())
    /// ```
    #[derive(Default)]
    RefractoryRule, "refractory" {
        /// In floating point: the number of subtractions of the step time, in the scalar's own arithmetic, that
        /// bring the refractory time to zero. In fixed point, which Inferno does not have: as `Exact`.
        #[default]
        Inferno = "inferno",
        /// `ceil(refrac_t / step_time)`. A quotient that exceeds a whole number by no more than a millionth of
        /// itself counts as that number. Brian2 agrees for whole multiples.
        Exact = "exact",
        /// One step more than `Exact`: NEST holds the membrane for that many steps after the step that spiked.
        Nest = "nest",
    }
}

/// Refractory state of one neuron: steps until it can fire again, and whether it fired in the last step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Pod, Zeroable)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(transparent)]
pub struct Refractory(u16);

impl Refractory {
    /// The spike flag is the top bit: it is part of the state, and takes no memory.
    const FIRED: u16 = 0x8000;
    /// Greatest count of steps.
    pub const MOST: u16 = 0x7fff;

    /// Returns a state with `steps` remaining (at most [`MOST`](Self::MOST)) and the spike flag `fired`.
    #[inline(always)]
    pub const fn new(steps: u16, fired: bool) -> Self {
        Self((steps & Self::MOST) | if fired { Self::FIRED } else { 0 })
    }

    /// Returns the steps until the neuron integrates again.
    #[inline(always)]
    pub const fn steps(self) -> u16 {
        self.0 & Self::MOST
    }

    /// Returns whether the neuron fired in the last step.
    #[inline(always)]
    pub const fn fired(self) -> bool {
        self.0 & Self::FIRED != 0
    }

    /// Returns the state one step later.
    #[inline(always)]
    pub const fn tick(self) -> Self {
        Self(self.steps().saturating_sub(1))
    }

    /// Returns the flag and the count as one word, for snapshots and traces.
    pub const fn to_bits(self) -> u16 {
        self.0
    }

    /// Returns the state for a word of [`to_bits`](Self::to_bits).
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }
}

/// Refractory period at a step time: its count, and the conversion back to milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RefractoryPeriod<S> {
    rule: RefractoryRule,
    /// In the scalar, for the replay; zero if the rule does not replay.
    length: S,
    step: S,
    /// As written, ms.
    step_time: f64,
    count: u16,
}

/// Relative distance below which a quotient counts as a whole number; an f32 quotient is off by 1.2e-7.
const TOLERANCE: f64 = 1e-6;

/// Mask of the exponent bits. Applied to a positive f64, it leaves the greatest power of two that is not greater.
const POWER: u64 = 0x7ff0_0000_0000_0000;

// No step calls these functions, and each model that a board can load would have its own copy: never inlined.
impl<S: Quantize> RefractoryPeriod<S> {
    /// Value before a population has parameters; all zero.
    pub(crate) const BLANK: Self =
        Self { rule: RefractoryRule::Inferno, length: S::ZERO_STATE, step: S::ZERO_STATE, step_time: 0.0, count: 0 };

    /// Returns the period of `refrac_t` ms in steps of `step_time` ms. `None` if the count does not fit or
    /// never ends.
    #[inline(never)]
    pub fn new(refrac_t: f64, step_time: f64, rule: RefractoryRule) -> Option<Self> {
        let mut period = Self { rule, length: S::ZERO_STATE, step: S::ZERO_STATE, step_time, count: 0 };
        if period.replays() {
            (period.length, period.step) = (S::time(refrac_t)?, S::time(step_time)?);
        }
        let count = period.count_of(refrac_t)?;
        let count = if rule == RefractoryRule::Nest { count.checked_add(1)? } else { count };
        (count <= Refractory::MOST).then_some(Self { count, ..period })
    }

    /// Returns the steps from a spike to the earliest possible next one. The count is 0 for a refractory time
    /// of 0. That acts as 1, except that threshold components also decay in the step of the spike.
    pub fn count(&self) -> u16 {
        self.count
    }

    /// Returns the rule that made the count.
    pub fn rule(&self) -> RefractoryRule {
        self.rule
    }

    /// Returns whether counts and times come from Inferno's subtractions, in the scalar's arithmetic: with the
    /// rule `Inferno` in floating point.
    pub fn replays(&self) -> bool {
        S::REPLAYS && self.rule == RefractoryRule::Inferno
    }

    /// Returns the steps that `ms` of remaining time take; `None` if they do not fit or never end.
    #[inline(never)]
    pub fn count_of(&self, ms: f64) -> Option<u16> {
        if !self.replays() {
            let least = if ms > 0.0 { 1.0 } else { 0.0 }; // a positive time takes a step, however short it is
            let steps = libm::ceil(ms / self.step_time * (1.0 - TOLERANCE)).max(least);
            return (steps <= f64::from(Refractory::MOST)).then_some(steps as u16);
        }
        let (left, steps) = self.replay(S::time(ms)?, u32::from(Refractory::MOST));
        (left == S::ZERO_STATE).then_some(steps as u16)
    }

    /// Returns what is left of `from` ms after `elapsed` steps. If the rule replays Inferno's subtractions, the
    /// result equals Inferno's bit for bit.
    pub fn after(&self, from: f64, elapsed: u32) -> f64 {
        match S::time(from).filter(|_| self.replays()) {
            Some(from) => self.replay(from, elapsed).0.to_f64(),
            None => (from - f64::from(elapsed) * self.step_time).max(0.0),
        }
    }

    /// Subtracts the step from `left` until it is zero or `most` subtractions are made. Returns what is left,
    /// and the number of subtractions.
    ///
    /// A count takes up to 32,767 subtractions, and a board without an FPU has thousands of counts. So this
    /// function makes few of them. Floats between two successive powers of two have equal distances. A
    /// subtraction that stays between two powers rounds the step to a multiple of that distance. From the
    /// second subtraction on it is the same multiple: the first may round a tie to an even number, after which
    /// every tie rounds the same way. Many such subtractions are one multiplication, which is exact.
    #[inline(never)]
    fn replay(&self, mut left: S, most: u32) -> (S, u32) {
        let zero = S::ZERO_STATE;
        let mut steps = 0;
        while left > zero && steps < most {
            let before = left;
            left = before.less(self.step);
            steps += 1;
            if left == before {
                return (left, most); // the step is too small to change it, now and later
            }
            if steps == most {
                break;
            }
            let (start, second) = (left.to_f64(), left.less(self.step).to_f64());
            let power = f64::from_bits(start.to_bits() & POWER);
            if before.to_f64() < 2.0 * power && second > power {
                let step = start - second;
                // One less than fits: the last subtraction ends above the power, however the division rounds.
                let room = ((start - power) / step) as u32;
                let many = room.saturating_sub(1).min(most - steps);
                left = S::nearest(start - f64::from(many) * step);
                steps += many;
            }
        }
        (left, steps)
    }

    /// Returns the milliseconds that are left of a period that a spike began, with `steps` remaining.
    ///
    /// If the rule replays Inferno's subtractions, the result is the refractory time less the subtractions so
    /// far, bit for bit. Otherwise, and for more steps than a period has, it is the steps times the step time.
    /// In a format that replays, that product is limited to what the format can count down.
    #[inline(never)]
    pub fn remaining(&self, steps: u16) -> f64 {
        let replays = self.replays();
        if replays && steps <= self.count {
            return self.after(self.length.to_f64(), u32::from(self.count - steps));
        }
        let ms = f64::from(steps) * self.step_time;
        if replays { ms.min(S::GREATEST) } else { ms }
    }

    /// Returns [`remaining`](Self::remaining) for each number of steps from the whole period down to 0. It
    /// takes one subtraction for each.
    pub fn countdown(&self) -> impl Iterator<Item = f64> {
        let mut left = self.length;
        (0..=self.count).rev().map(move |steps| {
            if !self.replays() {
                return self.remaining(steps);
            }
            let now = left;
            left = now.less(self.step);
            now.to_f64()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fixed::types::{I8F8, I9F7, I16F16};
    use proptest::prelude::*;
    use std::vec::Vec;

    fn count<S: Quantize>(refrac_t: f64, step_time: f64, rule: RefractoryRule) -> Option<u16> {
        RefractoryPeriod::<S>::new(refrac_t, step_time, rule).map(|period| period.count())
    }

    /// Returns what is left after each step, as Inferno's loop computes it.
    fn countdown(refrac_t: f64, step_time: f64) -> Vec<f32> {
        let next = |left: &f32| (*left > 0.0).then(|| (left - step_time as f32).max(0.0));
        core::iter::successors(Some(refrac_t as f32), next).collect()
    }

    /// Steps from a spike to the next one under saturating input, measured in the simulators themselves:
    /// inferno-ai 0.0.5, NEST 3.10 (`iaf_psc_delta`, `glif_psc`), and what a user reads.
    #[test]
    fn conventions_of_the_simulators() {
        let table = [
            // refrac_t, dt, Exact, Nest
            (2.0, 0.1, 20, 21),
            (5.0, 0.1, 50, 51),
            (0.5, 0.1, 5, 6),
            (0.3, 0.1, 3, 4),
            (2.05, 0.1, 21, 22),
        ];
        for (refrac_t, dt, exact, nest) in table {
            for (rule, want) in [(RefractoryRule::Exact, exact), (RefractoryRule::Nest, nest)] {
                let counts = [
                    count::<f32>(refrac_t, dt, rule),
                    count::<f64>(refrac_t, dt, rule),
                    count::<I16F16>(refrac_t, dt, rule),
                    count::<I8F8>(refrac_t, dt, rule),
                ];
                assert_eq!(counts, [Some(want); 4], "{refrac_t} ms at {dt} ms, {rule:?}");
            }
        }
        let inferno = [(2.0, 0.1, 20), (5.0, 0.1, 51), (0.5, 0.1, 6), (0.3, 0.1, 4), (2.0, 0.05, 41), (3.0, 0.1, 31)];
        for (refrac_t, dt, want) in inferno {
            assert_eq!(count::<f32>(refrac_t, dt, RefractoryRule::Inferno), Some(want), "{refrac_t} ms at {dt} ms");
        }
    }

    /// Of 250 whole multiples of a step, Inferno counts 62 one step too long in f32, all of them at 0.1 or 0.2 ms.
    #[test]
    fn inferno_drifts_as_often_as_measured() {
        let late = |dt: f64| {
            let late = |k: &u16| count::<f32>(f64::from(*k) * dt, dt, RefractoryRule::Inferno).unwrap() - k;
            (1..=50).map(|k| late(&k)).sum::<u16>()
        };
        assert_eq!([0.1, 0.2, 0.25, 0.5, 1.0].map(late), [31, 31, 0, 0, 0]);
    }

    #[test]
    fn no_time_and_less_than_a_step() {
        for (rule, zero, short) in
            [(RefractoryRule::Inferno, 0, 1), (RefractoryRule::Exact, 0, 1), (RefractoryRule::Nest, 1, 2)]
        {
            for ms in [0.9, 0.1, 0.01] {
                assert_eq!(count::<f32>(ms, 1.0, rule), Some(short), "{ms} ms, {rule:?}");
                assert_eq!(count::<I8F8>(ms, 1.0, rule), Some(short), "{ms} ms, {rule:?}");
            }
            assert_eq!(count::<f32>(0.0, 1.0, rule), Some(zero), "{rule:?}");
            assert_eq!(count::<I16F16>(0.0, 1.0, rule), Some(zero), "{rule:?}");
        }
    }

    #[test]
    fn too_many_steps_are_none() {
        let most = Refractory::MOST;
        for (rule, longest) in
            [(RefractoryRule::Inferno, most), (RefractoryRule::Exact, most), (RefractoryRule::Nest, most - 1)]
        {
            let ms = f64::from(longest);
            assert_eq!(count::<f64>(ms, 1.0, rule), Some(most), "{rule:?}");
            assert_eq!(count::<f64>(ms + 1.0, 1.0, rule), None, "{rule:?}");
            assert_eq!(count::<f32>(f64::MAX, 1.0, rule), None, "{rule:?}");
        }
        // A countdown whose step vanishes beside what is left, or in the format.
        assert_eq!(count::<f32>(1e6, 0.01, RefractoryRule::Inferno), None);
        assert_eq!(count::<f32>(1.0, 1e-60, RefractoryRule::Inferno), None);
        // The same for a remaining refractory time.
        for rule in [RefractoryRule::Inferno, RefractoryRule::Exact, RefractoryRule::Nest] {
            let period = RefractoryPeriod::<f64>::new(2.0, 1.0, rule).unwrap();
            let counts = [32_767.0, 32_768.0, 65_536.0, 1e30].map(|ms| period.count_of(ms));
            assert_eq!(counts, [Some(most), None, None, None], "{rule:?}");
        }
    }

    /// Times that the format rounds by a fifth, rounds to zero, or cannot hold.
    #[test]
    fn fixed_point_counts_from_the_exact_times() {
        let times = [(5.0, 0.01, 500), (10.0, 0.05, 200), (10.0, 0.1, 100), (1.0, 0.001, 1000), (128.0, 1.0, 128)];
        for (refrac_t, dt, want) in times {
            for rule in [RefractoryRule::Inferno, RefractoryRule::Exact] {
                let counts = [
                    count::<I8F8>(refrac_t, dt, rule),
                    count::<I9F7>(refrac_t, dt, rule),
                    count::<I16F16>(refrac_t, dt, rule),
                ];
                assert_eq!(counts, [Some(want); 3], "{refrac_t} ms at {dt} ms, {rule:?}");
            }
            let period = RefractoryPeriod::<I8F8>::new(refrac_t, dt, RefractoryRule::Inferno).unwrap();
            assert_eq!((period.remaining(want), period.remaining(0)), (f64::from(want) * dt, 0.0));
            assert_eq!(period.count_of(1e-300), Some(1));
        }
    }

    /// Quotients that rounding, or a time that was once an f32, leaves just above a whole number.
    #[test]
    fn exact_ignores_rounding_errors() {
        for refrac_t in [0.1 + 0.2, f64::from(0.3_f32)] {
            assert_eq!(count::<f64>(refrac_t, 0.1, RefractoryRule::Exact), Some(3));
            assert_eq!(count::<f64>(refrac_t, 0.1, RefractoryRule::Nest), Some(4));
        }
        assert_eq!(count::<f64>(0.30001, 0.1, RefractoryRule::Exact), Some(4));
    }

    #[test]
    fn remaining_counts_steps_under_the_other_rules() {
        for (rule, count) in [(RefractoryRule::Exact, 5), (RefractoryRule::Nest, 6)] {
            let period = RefractoryPeriod::<f32>::new(0.5, 0.1, rule).unwrap();
            assert_eq!((period.rule(), period.count()), (rule, count));
            assert_eq!(period.remaining(3), 3.0 * 0.1);
            assert_eq!(period.remaining(0), 0.0);
            assert!(period.countdown().eq((0..=count).rev().map(|steps| period.remaining(steps))));
            assert_eq!([0.0, 0.05, 0.3, 0.31].map(|ms| period.count_of(ms)), [Some(0), Some(1), Some(3), Some(4)]);
        }
    }

    #[test]
    fn flag_and_count_share_a_word() {
        for fired in [false, true] {
            for steps in [0, 1, 2, Refractory::MOST] {
                let word = Refractory::new(steps, fired);
                assert_eq!((word.steps(), word.fired()), (steps, fired));
                assert_eq!(Refractory::from_bits(word.to_bits()), word);
                assert_eq!(word.tick(), Refractory::new(steps.saturating_sub(1), false));
            }
        }
    }

    /// Inferno's loop, with one subtraction for each step.
    fn one_by_one<S: Quantize>(from: S, step: S, most: u16) -> (S, u32) {
        let (mut left, mut steps) = (from, 0);
        while left > S::ZERO_STATE && steps < u32::from(most) {
            (left, steps) = (left.less(step), steps + 1);
        }
        (left, steps)
    }

    /// Ties at every subtraction, steps that vanish, subnormal numbers, and the longest countdowns.
    #[test]
    fn many_subtractions_at_once_keep_every_bit() {
        let most = Refractory::MOST;
        let ulp = f32::EPSILON;
        for (from, step) in [
            (2.0 - ulp, 1.5 * ulp),
            (2.0 - ulp, 2.5 * ulp),
            (2.0 - 2.0 * ulp, 1.5 * ulp),
            (2.0, 0.5 * ulp),
            (1.0, 0.25 * ulp),
            (3276.7, 0.1),
            (32767.0, 1.0),
            (1e-40, 1e-44),
            (f32::MAX, 1e35),
        ] {
            let period = RefractoryPeriod {
                rule: RefractoryRule::Inferno,
                length: from,
                step,
                step_time: f64::from(step),
                count: 0,
            };
            for elapsed in [0, 1, 2, 3, 7, 100, 20_000, most] {
                let (left, steps) = one_by_one(from, step, elapsed);
                let replayed = period.replay(from, u32::from(elapsed));
                assert_eq!(replayed, (left, steps), "{elapsed} steps of {step} from {from}");
            }
        }
    }

    proptest! {
        #[test]
        fn replays_in_f32_keep_every_bit(
            from in 0x3f80_0000..0x4080_0000_u32, down in 0..18_u32, significand in 0..0x80_0000_u32, elapsed in 0..=Refractory::MOST,
        ) {
            let (from, step) = (f32::from_bits(from), f32::from_bits(((127 - down) << 23) | significand));
            let period = RefractoryPeriod { rule: RefractoryRule::Inferno, length: from, step, step_time: f64::from(step), count: 0 };
            let (left, steps) = period.replay(from, u32::from(elapsed));
            let want = one_by_one(from, step, elapsed);
            prop_assert_eq!((left.to_bits(), steps), (want.0.to_bits(), want.1));
        }

        #[test]
        fn replays_in_f64_keep_every_bit(
            from in 1.0..4.0_f64, step in prop_oneof![1e-5..1.0_f64, (1..64_u64).prop_map(|ulps| ulps as f64 * f64::EPSILON / 4.0)],
            elapsed in 0..=Refractory::MOST,
        ) {
            let period = RefractoryPeriod { rule: RefractoryRule::Inferno, length: from, step, step_time: step, count: 0 };
            let (left, steps) = period.replay(from, u32::from(elapsed));
            let want = one_by_one(from, step, elapsed);
            prop_assert_eq!((left.to_bits(), steps), (want.0.to_bits(), want.1));
        }

        #[test]
        fn inferno_is_replayed_bit_for_bit(refrac_t in 0.0..30.0_f64, dt in prop_oneof![0.01..2.0_f64, Just(0.1)]) {
            let period = RefractoryPeriod::<f32>::new(refrac_t, dt, RefractoryRule::Inferno).unwrap();
            let left = countdown(refrac_t, dt);
            prop_assert_eq!(usize::from(period.count()), left.len() - 1);
            prop_assert!(period.countdown().eq(left.iter().map(|ms| f64::from(*ms))));
            for (elapsed, want) in left.iter().enumerate() {
                let steps = period.count() - elapsed as u16;
                prop_assert_eq!(period.remaining(steps).to_bits(), f64::from(*want).to_bits());
                // The time left takes as many steps as remain.
                prop_assert_eq!(period.count_of(f64::from(*want)), Some(steps));
            }
        }

        /// Inferno's drift is at most one step late within a thousand steps, and never early.
        #[test]
        fn inferno_is_exact_or_one_late(k in 0..1000_u16, dt in 0.01..1.0_f64) {
            let dt = f64::from(dt as f32);
            let counted = count::<f32>(f64::from(k) * dt, dt, RefractoryRule::Inferno).unwrap();
            let exact = count::<f32>(f64::from(k) * dt, dt, RefractoryRule::Exact).unwrap();
            prop_assert_eq!(exact, k);
            prop_assert!(counted == k || counted == k + 1, "{} for {}", counted, k);
        }

        /// In fixed point the default rule is within a step of the quotient, however coarse the format is.
        #[test]
        fn fixed_point_is_within_a_step(refrac_t in 0.0..300.0_f64, dt in 0.01..2.0_f64) {
            for count in [count::<I8F8>(refrac_t, dt, RefractoryRule::Inferno), count::<I16F16>(refrac_t, dt, RefractoryRule::Inferno)] {
                let off = f64::from(count.unwrap()) - refrac_t / dt;
                prop_assert!((-0.1..1.0).contains(&off), "{} steps off", off);
            }
        }

        #[test]
        fn exact_is_the_ceiling(refrac_t in 0.0..300.0_f64, dt in 0.02..2.0_f64) {
            let steps = libm::ceil(refrac_t / dt);
            prop_assume!((refrac_t / dt - libm::rint(refrac_t / dt)).abs() > 0.1);
            prop_assert_eq!(count::<f64>(refrac_t, dt, RefractoryRule::Exact), Some(steps as u16));
            prop_assert_eq!(count::<f64>(refrac_t, dt, RefractoryRule::Nest), Some(steps as u16 + 1));
        }
    }
}
