//! The numbers a neuron is made of: exactly what the step calls, and the two floating-point formats.

use core::fmt::Debug;
use core::ops::{Add, Sub};

use crate::rounding::RoundingBias;

pub(crate) mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// A number format for membranes, thresholds and currents.
///
/// Implemented by `f32`, `f64`, [`fixed::FixedI32`] and [`fixed::FixedI16`]. State is kept in `Self` and computed in
/// [`Accumulator`](Scalar::Accumulator), which has room for every sum and difference of a step, so that `+` and `-` are plain.
/// Rounding happens in [`drive`](Scalar::drive), [`decay`](Scalar::decay) and [`scale`](Scalar::scale), nowhere else.
pub trait Scalar: Copy + PartialEq + PartialOrd + Debug + Send + Sync + sealed::Sealed + 'static {
    /// What a step computes in.
    type Accumulator: Copy
        + PartialEq
        + PartialOrd
        + Debug
        + Send
        + Sync
        + Add<Output = Self::Accumulator>
        + Sub<Output = Self::Accumulator>;
    /// A membrane resistance.
    type Gain: Copy + PartialEq + Debug + Send + Sync;
    /// A decay factor in [0, 1]; 1 in floating point only.
    type Decay: Copy + PartialEq + Debug + Send + Sync;
    /// The slope of a linear reset.
    type Slope: Copy + PartialEq + Debug + Send + Sync;

    /// No current, no drive.
    const ZERO: Self::Accumulator;
    /// The same as state: 0 mV, or 0 nA.
    const ZERO_STATE: Self;
    /// The coefficients of a population before it has parameters: all bits are zero, so that a `static` of it takes no flash.
    const BLANK: (Self::Gain, Self::Decay, Self::Slope);
    /// Whether several neurons in line are worth their flash, where the core has no vectors: not where each operation is a
    /// call to a routine.
    const IN_LINE: bool = true;
    /// Whether a core without vectors does the step of several neurons phase by phase.
    const PHASED: bool = false;

    /// From state to arithmetic; exact.
    fn to_accumulator(self) -> Self::Accumulator;
    /// From arithmetic to state; exact, as every voltage and threshold component of a step fits.
    fn from_accumulator(wide: Self::Accumulator) -> Self;
    /// The voltage that this current drives across the membrane, R·I.
    fn drive(self, by: &Self::Gain) -> Self::Accumulator;
    /// Where this current drives a membrane to, `rest` + R·I, as two terms: sums of floats depend on their order.
    #[inline(always)]
    fn steady_state(self, rest: Self::Accumulator, by: &Self::Gain) -> (Self::Accumulator, Self::Accumulator) {
        (rest, self.drive(by))
    }
    /// `x · d`, rounded as `draw` says.
    fn decay(x: Self::Accumulator, by: &Self::Decay, draw: impl RoundingBias, site: u32) -> Self::Accumulator;
    /// `x · m`, to nearest, saturating.
    fn scale(x: Self::Accumulator, by: &Self::Slope) -> Self::Accumulator;
    /// Holds a voltage to the range that state can have, on the way: a float has room beyond it.
    fn saturate(x: Self::Accumulator) -> Self::Accumulator;
    /// Holds a voltage to the range in which a step can take it up again. For a float that is three eighths of its type:
    /// rest is within an eighth, and R·I within a quarter.
    fn clamp_state(x: Self::Accumulator) -> Self::Accumulator;
    /// The most that each of `count` threshold components can be, so that all of them and a threshold can be summed.
    fn limit(count: usize) -> Self::Accumulator;
    /// A threshold component after a spike, at most `limit` from zero.
    fn saturating_add(
        component: Self::Accumulator,
        increment: Self::Accumulator,
        limit: Self::Accumulator,
    ) -> Self::Accumulator;
}

macro_rules! float {
    ($float:ty) => {
        impl Scalar for $float {
            type Accumulator = Self;
            type Gain = Self;
            type Decay = Self;
            type Slope = Self;
            const ZERO: Self = 0.0;
            const ZERO_STATE: Self = 0.0;
            const BLANK: (Self, Self, Self) = (0.0, 0.0, 0.0);
            const IN_LINE: bool = cfg!(target_abi = "eabihf");

            #[inline(always)]
            fn to_accumulator(self) -> Self {
                self
            }
            #[inline(always)]
            fn from_accumulator(wide: Self) -> Self {
                wide
            }
            #[inline(always)]
            fn drive(self, by: &Self) -> Self {
                *by * self
            }
            #[inline(always)]
            fn decay(x: Self, by: &Self, _: impl RoundingBias, _: u32) -> Self {
                x * *by
            }
            #[inline(always)]
            fn scale(x: Self, by: &Self) -> Self {
                *by * x
            }
            #[inline(always)]
            fn saturate(x: Self) -> Self {
                x
            }
            #[inline(always)]
            fn clamp_state(x: Self) -> Self {
                x.clamp(<$float>::MAX * -0.375, <$float>::MAX * 0.375)
            }
            #[inline(always)]
            fn limit(count: usize) -> Self {
                <$float>::MAX / 8.0 / count.max(1) as Self
            }
            #[inline(always)]
            fn saturating_add(component: Self, increment: Self, _: Self) -> Self {
                // Bounded already: an increment as small as `increment_limit` is lost to rounding there.
                component + increment
            }
        }
    };
}
float!(f32);
float!(f64);
