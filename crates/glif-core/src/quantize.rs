//! Conversion of parameters to each number format: the trait, and the floating-point formats. Fixed point is in
//! `fixed_point.rs`.

use crate::exp::DecayFactor;
use crate::parameter::{ComponentCounts, ComponentKind};
use crate::params::Rate;
use crate::scalar::Scalar;

/// Representation of user values in a scalar. Every conversion returns `None` if the value does not fit.
pub trait Quantize: Scalar {
    /// Least voltage, mV.
    const LOWEST: f64;
    /// Greatest voltage, mV.
    const HIGHEST: f64;
    /// Range of voltages in which a step keeps a membrane, mV. In floating point, a strong current drives a
    /// membrane beyond what may be written.
    const REACH: (f64, f64);
    /// Distance between voltages, mV; 0 in floating point.
    const RESOLUTION: f64;
    /// Least positive number: mV, nA or ms.
    const LEAST: f64;
    /// Greatest number: mV, nA or ms.
    const GREATEST: f64;
    /// Whether `RefractoryRule::Inferno` replays Inferno's subtractions in this format. True in floating point.
    /// Inferno has no fixed point, so there the rule counts as `RefractoryRule::Exact` does, from the exact
    /// times.
    const REPLAYS: bool;
    /// Least and greatest magnitude of a resistance, MΩ.
    const GAINS: (f64, f64);
    /// Greatest magnitude of the slope of a linear reset.
    const STEEPEST: f64;

    /// Returns the value in mV, nA or ms; exact.
    fn to_f64(self) -> f64;
    /// Does the same for an accumulator.
    fn accumulator_to_f64(wide: Self::Accumulator) -> f64;
    /// Rounds mV to nearest.
    fn voltage(mv: f64) -> Option<Self::Accumulator>;
    /// Returns the next greater voltage; `None` if it would leave the range.
    fn above(v: Self::Accumulator) -> Option<Self::Accumulator>;
    /// Returns the greatest magnitude of one of K threshold components, mV.
    fn component_limit(k: usize) -> f64;
    /// Returns the greatest magnitude of what a spike adds to one of K threshold components, mV.
    fn increment_limit(k: usize) -> f64;
    /// Rounds nA, mV or ms to nearest. A value beyond the format's range saturates, as the step saturates a
    /// current's drive.
    fn nearest(value: f64) -> Self;
    /// Returns whether the step can take this current. Fixed point takes any, because it clamps. Floating point
    /// takes it if R·I is finite with room to spare, so that no membrane can become NaN.
    fn drivable(self, gain: &Self::Gain) -> bool;
    /// Returns the mean of one of K threshold components over a batch: the sum in order, then one division.
    fn mean(batch: &[Self], k: usize) -> Self;
    /// Returns the sum over a batch, in order, saturating at `component_limit(k)`.
    fn sum(batch: &[Self], k: usize) -> Self;
    /// Rounds ms to nearest, for Inferno's countdown. `None` also in a format that does not
    /// [replay](Self::REPLAYS) it.
    fn time(_ms: f64) -> Option<Self> {
        None
    }
    /// Returns `max(self - step, 0)`, for Inferno's countdown. Returns `self` in a format that does not
    /// [replay](Self::REPLAYS) it.
    fn less(self, _step: Self) -> Self {
        self
    }
    /// Converts the resistance, MΩ, of a membrane that rests at `rest`.
    fn gain(mohm: f64, rest: Self::Accumulator) -> Option<Self::Gain>;
    /// Returns the least and the greatest current that a step takes unchanged, nA. Beyond them, fixed point
    /// clamps the current and floating point refuses it.
    fn currents(gain: &Self::Gain) -> (f64, f64);
    /// Returns the greatest drive R·I of any current, mV.
    fn greatest_drive(gain: &Self::Gain) -> f64;
    /// Returns the stored resistance, MΩ.
    fn gain_to_f64(gain: &Self::Gain) -> f64;
    /// Returns the exponent of a threshold component's decay, in the arithmetic that Inferno uses in this scalar.
    fn adaptation_exponent(rate: Rate, step_time: f64) -> f64;
    /// Converts a decay factor; `None` in fixed point if it rounds to 1, which would never decay.
    fn decay_factor(factor: DecayFactor) -> Option<Self::Decay>;
    /// Converts a weight in (0, 1].
    fn weight(weight: f64) -> Self::Decay;
    /// Returns the greatest magnitude of one of K components that is an after-spike current, nA: all of them
    /// together with a current that is [`drivable`](Self::drivable) drive no membrane out of its range.
    fn after_spike_limit(gain: &Self::Gain, k: usize) -> f64;
    /// Returns the greatest magnitude of component `k` that may be written, mV or nA, in a neuron with these.
    fn written_limit(counts: ComponentCounts, gain: &Self::Gain, k: usize) -> f64 {
        let limit = Self::component_limit(counts.total());
        let first = counts.first(ComponentKind::Current);
        let is_current = (first..first + counts.currents).contains(&k);
        if is_current { limit.min(Self::after_spike_limit(gain, counts.total())) } else { limit }
    }
    /// Returns the stored factor.
    fn decay_to_f64(decay: &Self::Decay) -> f64;
    /// Returns the greatest magnitude, mV, that rounding to nearest never lets decay.
    fn stall_band(decay: &Self::Decay) -> f64;
    /// Converts the slope of a linear reset.
    fn slope(slope: f64) -> Option<Self::Slope>;
    /// Returns the stored slope.
    fn slope_to_f64(slope: &Self::Slope) -> f64;
}

macro_rules! float {
    ($float:ty) => {
        impl Quantize for $float {
            // An eighth of the format's range, and drives up to a quarter, so that no sum of a step overflows.
            const LOWEST: f64 = (<$float>::MIN / 8.0) as f64;
            const HIGHEST: f64 = (<$float>::MAX / 8.0) as f64;
            const REACH: (f64, f64) = (3.0 * Self::LOWEST, 3.0 * Self::HIGHEST); // the limit of `clamp_state`
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
            fn above(v: Self) -> Option<Self> {
                Some(v.next_up())
            }
            fn voltage(mv: f64) -> Option<Self> {
                Some(mv as Self).filter(|v| (Self::LOWEST..=Self::HIGHEST).contains(&(*v as f64)))
            }
            fn component_limit(k: usize) -> f64 {
                // The limit itself is a float, so that a value that was limited to it is within it.
                (<$float>::MAX / 8.0 / k.max(1) as Self) as f64
            }
            fn increment_limit(k: usize) -> f64 {
                // Less than half of the distance between floats at the limit. So a component stops there,
                // however many spikes add to it, and even if nothing decays.
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
                // A step time that rounds to zero would never count anything down.
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
                // PyTorch divides a number by a tensor as number · (1 / tensor), both in the tensor's type.
                // Inferno first converts a rate constant to a time constant.
                let tau = match rate {
                    Rate::TimeConstant(tau) => tau as Self,
                    Rate::RateConstant(lambda) | Rate::AfterSpike(lambda) | Rate::Voltage(lambda) => {
                        1.0 / lambda as Self
                    }
                };
                let exponent = ((1.0 / tau) * -(step_time as Self)) as f64;
                exponent.max(f64::MIN)
            }
            fn decay_factor(factor: DecayFactor) -> Option<Self> {
                Some(factor.value as Self)
            }
            fn weight(weight: f64) -> Self {
                weight as Self
            }
            fn after_spike_limit(gain: &Self, k: usize) -> f64 {
                // Too little to change the sum of a step at the limit of a drive.
                // A float itself, so that a value that was limited to it is within it.
                let limit = Self::increment_limit(k) as Self;
                (limit / gain.abs()).min(limit) as f64
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
