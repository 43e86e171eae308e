//! Synaptic arithmetic of each number format.

use bytemuck::{Pod, Zeroable};
use core::fmt::Debug;
use core::ops::Add;
use fixed::types::extra::{LeEqU16, LeEqU32};
use fixed::{FixedI16, FixedI32};

use crate::quantize::Quantize;

/// Factor of a fixed-point product: `factor` · 2^-shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Scale {
    /// Up to 31 bits and a sign.
    pub factor: i32,
    /// 0 to 62.
    pub shift: u32,
}

impl Scale {
    /// Returns round(x · factor · 2^-shift), ties up.
    // Neither the product nor the sum overflows: they are below 2⁶² and 2⁶¹ in magnitude.
    #[inline(always)]
    fn of(self, x: i32) -> i64 {
        let shift = self.shift & 63;
        (i64::from(x) * i64::from(self.factor)).wrapping_add((1_i64 << shift) >> 1) >> shift
    }

    /// Returns the greatest precision that a factor has; `None` if it is too large, or not finite.
    fn new(value: f64) -> Option<Self> {
        if value == 0.0 {
            return Some(Self { factor: 0, shift: 0 });
        }
        let scaled = |shift: u32| libm::rint(libm::scalbn(value, shift as i32));
        let shift = (0..=62).rev().find(|shift| scaled(*shift).abs() <= f64::from(i32::MAX))?;
        Some(Self { factor: scaled(shift) as i32, shift })
    }

    /// Returns the value that a step computes with.
    fn to_f64(self) -> f64 {
        libm::scalbn(f64::from(self.factor), -(self.shift as i32))
    }
}

/// Number format with the arithmetic of synapses.
///
/// Weights that are integers have a scale: the current, nA, or the jump, mV, of a unit of weight.
pub trait Synaptic: Quantize {
    /// Type in which the terms of a current are added. They cannot overflow it.
    type Wide: Pod + PartialEq + Debug + Send + Sync + Add<Output = Self::Wide>;
    /// Factor of a sum of weights, or of a synaptic current.
    type Scale: Pod + PartialEq + Debug + Send + Sync;

    /// No current.
    const NOTHING: Self::Wide;
    /// Whether sums are exact, so that they do not depend on the order. All jumps of a membrane are one term then.
    const EXACT: bool;

    /// Converts nA or mV for a unit of weight; `None` if it does not fit.
    fn weight_scale(value: f64) -> Option<Self::Scale>;
    /// Returns the stored scale, nA or mV.
    fn weight_scale_to_f64(scale: &Self::Scale) -> f64;
    /// Converts a factor from nA to mV; `None` if it does not fit.
    fn propagator(value: f64) -> Option<Self::Scale>;
    /// Returns the stored factor.
    fn propagator_to_f64(factor: &Self::Scale) -> f64;
    /// Returns the current or the jump of a sum of integer weights, rounded to nearest.
    fn weighed(sum: i32, scale: &Self::Scale) -> Self::Wide;
    /// Returns a synaptic current times a factor, rounded to nearest.
    fn propagated(self, factor: &Self::Scale) -> Self::Wide;
    /// Converts a value to the wide type; exact.
    fn widened(self) -> Self::Wide;
    /// Returns `count` times a weight.
    fn times(self, count: u32) -> Self::Wide;
    /// Returns a decayed value in the wide type; exact.
    fn wide(value: Self::Accumulator) -> Self::Wide;
    /// Converts a sum to a current, limited to the range of the format.
    fn clamped(sum: Self::Wide) -> Self;
    /// Converts a sum to a jump.
    fn as_jump(sum: Self::Wide) -> Self::Accumulator;
}

macro_rules! float {
    ($float:ty) => {
        #[allow(clippy::cast_lossless, reason = "it is not lossless in both formats")]
        impl Synaptic for $float {
            type Wide = Self;
            type Scale = Self;
            const NOTHING: Self = 0.0;
            const EXACT: bool = false;

            fn weight_scale(value: f64) -> Option<Self> {
                Some(value as Self).filter(|value| value.is_finite())
            }
            fn weight_scale_to_f64(scale: &Self) -> f64 {
                *scale as f64
            }
            fn propagator(value: f64) -> Option<Self> {
                Self::weight_scale(value)
            }
            fn propagator_to_f64(factor: &Self) -> f64 {
                *factor as f64
            }
            #[inline(always)]
            fn weighed(sum: i32, scale: &Self) -> Self {
                sum as Self * *scale
            }
            #[inline(always)]
            fn propagated(self, factor: &Self) -> Self {
                *factor * self
            }
            #[inline(always)]
            fn widened(self) -> Self {
                self
            }
            #[inline(always)]
            fn times(self, count: u32) -> Self {
                self * count as Self
            }
            #[inline(always)]
            fn wide(value: Self) -> Self {
                value
            }
            #[inline(always)]
            fn clamped(sum: Self) -> Self {
                sum
            }
            #[inline(always)]
            fn as_jump(sum: Self) -> Self {
                sum
            }
        }
    };
}
float!(f32);
float!(f64);

macro_rules! fixed_point {
    ($fixed:ident, $int:ty, $bound:ident) => {
        impl<F: $bound + Send + Sync + 'static> Synaptic for $fixed<F> {
            type Wide = i64;
            type Scale = Scale;
            const NOTHING: i64 = 0;
            const EXACT: bool = true;

            fn weight_scale(value: f64) -> Option<Scale> {
                Scale::new(libm::scalbn(value, F::I32))
            }
            fn weight_scale_to_f64(scale: &Scale) -> f64 {
                libm::scalbn(scale.to_f64(), -F::I32)
            }
            fn propagator(value: f64) -> Option<Scale> {
                Scale::new(value)
            }
            fn propagator_to_f64(factor: &Scale) -> f64 {
                factor.to_f64()
            }
            #[inline(always)]
            fn weighed(sum: i32, scale: &Scale) -> i64 {
                scale.of(sum)
            }
            #[inline(always)]
            fn propagated(self, factor: &Scale) -> i64 {
                factor.of(self.to_bits().into())
            }
            #[inline(always)]
            fn widened(self) -> i64 {
                self.to_bits().into()
            }
            #[inline(always)]
            fn times(self, count: u32) -> i64 {
                i64::from(self.to_bits()).wrapping_mul(count.into())
            }
            #[inline(always)]
            fn wide(value: i32) -> i64 {
                value.into()
            }
            #[inline(always)]
            fn clamped(sum: i64) -> Self {
                Self::from_bits(sum.clamp(<$int>::MIN.into(), <$int>::MAX.into()) as $int)
            }
            #[inline(always)]
            fn as_jump(sum: i64) -> i32 {
                sum.clamp(i32::MIN.into(), i32::MAX.into()) as i32
            }
        }
    };
}
fixed_point!(FixedI32, i32, LeEqU32);
fixed_point!(FixedI16, i16, LeEqU16);

#[cfg(test)]
mod tests {
    use fixed::types::{I8F8, I16F16};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// A product is rounded to nearest, ties up, for any sum and scale.
        #[test]
        fn products_are_rounded_once(sum: i32, exponent in -60..15_i32, mantissa in -2.0..2.0_f64) {
            let value = libm::scalbn(mantissa, exponent);
            let scale = I16F16::weight_scale(value).unwrap();
            let product = i128::from(sum) * i128::from(scale.factor);
            let expected = if scale.shift == 0 { product } else { (product + (1 << (scale.shift - 1))) >> scale.shift };
            prop_assert_eq!(i128::from(I16F16::weighed(sum, &scale)), expected);
            let stored = I16F16::weight_scale_to_f64(&scale);
            // 31 significant bits, or a last place of 2⁻⁶².
            prop_assert!((stored - value).abs() <= (value.abs() * 2e-9).max(libm::scalbn(1.0, -62 - 16)), "{} {}", stored, value);
        }
    }

    #[test]
    fn scales_beyond_the_range_are_refused() {
        assert_eq!(I16F16::weight_scale(32768.0), None);
        assert!(I16F16::weight_scale(-32767.0).is_some());
        assert!(I8F8::weight_scale(8_000_000.0).is_some());
        assert_eq!(I8F8::weight_scale(f64::NAN), None);
        assert_eq!(f32::weight_scale(1e39), None);
        assert_eq!(<I8F8 as Synaptic>::clamped(1 << 40), I8F8::MAX);
        assert_eq!(I16F16::weight_scale_to_f64(&I16F16::weight_scale(0.0).unwrap()), 0.0);
    }
}
