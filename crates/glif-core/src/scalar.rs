//! The numbers a neuron is made of: exactly what the step calls, and the two floating-point formats.

use core::fmt::Debug;
use core::ops::{Add, Sub};

use crate::rounding::Draw;

pub(crate) mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// A number format for membranes, thresholds and currents.
///
/// Implemented by `f32`, `f64`, [`fixed::FixedI32`] and [`fixed::FixedI16`]. State is kept in `Self` and computed in
/// [`Wide`](Scalar::Wide), which has room for every sum and difference of a step, so that `+` and `-` are plain.
/// Rounding happens in [`drive`](Scalar::drive), [`decay`](Scalar::decay) and [`scale`](Scalar::scale), nowhere else.
pub trait Scalar: Copy + PartialEq + PartialOrd + Debug + Send + Sync + sealed::Sealed + 'static {
    /// What a step computes in.
    type Wide: Copy + PartialEq + PartialOrd + Debug + Send + Sync + Add<Output = Self::Wide> + Sub<Output = Self::Wide>;
    /// A membrane resistance.
    type Gain: Copy + PartialEq + Debug + Send + Sync;
    /// A decay factor in [0, 1]; 1 in floating point only.
    type Decay: Copy + PartialEq + Debug + Send + Sync;
    /// The slope of a linear reset.
    type Slope: Copy + PartialEq + Debug + Send + Sync;

    /// No current, no drive.
    const ZERO: Self::Wide;
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
    fn widen(self) -> Self::Wide;
    /// From arithmetic to state; exact, as every voltage and threshold component of a step fits.
    fn narrow(wide: Self::Wide) -> Self;
    /// The voltage that this current drives across the membrane, R·I.
    fn drive(self, by: &Self::Gain) -> Self::Wide;
    /// Where this current drives a membrane to, `rest` + R·I, as two terms: sums of floats depend on their order.
    #[inline(always)]
    fn goal(self, rest: Self::Wide, by: &Self::Gain) -> (Self::Wide, Self::Wide) {
        (rest, self.drive(by))
    }
    /// `x · d`, rounded as `draw` says.
    fn decay(x: Self::Wide, by: &Self::Decay, draw: impl Draw, site: u32) -> Self::Wide;
    /// `x · m`, to nearest, saturating.
    fn scale(x: Self::Wide, by: &Self::Slope) -> Self::Wide;
    /// Holds a voltage to the range that state can have, on the way: a float has room beyond it.
    fn confine(x: Self::Wide) -> Self::Wide;
    /// Holds a voltage to the range in which a step can take it up again. For a float that is three eighths of its type:
    /// rest is within an eighth, and R·I within a quarter.
    fn settle(x: Self::Wide) -> Self::Wide;
    /// The most that each of `count` threshold components can be, so that all of them and a threshold can be summed.
    fn limit(count: usize) -> Self::Wide;
    /// A threshold component after a spike, at most `limit` from zero.
    fn raise(component: Self::Wide, increment: Self::Wide, limit: Self::Wide) -> Self::Wide;
}

macro_rules! float {
    ($float:ty) => {
        impl Scalar for $float {
            type Wide = Self;
            type Gain = Self;
            type Decay = Self;
            type Slope = Self;
            const ZERO: Self = 0.0;
            const ZERO_STATE: Self = 0.0;
            const BLANK: (Self, Self, Self) = (0.0, 0.0, 0.0);
            const IN_LINE: bool = cfg!(target_abi = "eabihf");

            #[inline(always)]
            fn widen(self) -> Self {
                self
            }
            #[inline(always)]
            fn narrow(wide: Self) -> Self {
                wide
            }
            #[inline(always)]
            fn drive(self, by: &Self) -> Self {
                *by * self
            }
            #[inline(always)]
            fn decay(x: Self, by: &Self, _: impl Draw, _: u32) -> Self {
                x * *by
            }
            #[inline(always)]
            fn scale(x: Self, by: &Self) -> Self {
                *by * x
            }
            #[inline(always)]
            fn confine(x: Self) -> Self {
                x
            }
            #[inline(always)]
            fn settle(x: Self) -> Self {
                x.clamp(<$float>::MAX * -0.375, <$float>::MAX * 0.375)
            }
            #[inline(always)]
            fn limit(count: usize) -> Self {
                <$float>::MAX / 8.0 / count.max(1) as Self
            }
            #[inline(always)]
            fn raise(component: Self, increment: Self, _: Self) -> Self {
                // Bounded already: an increment as small as `increment_limit` is lost to rounding there.
                component + increment
            }
        }
    };
}
float!(f32);
float!(f64);
