//! Number formats of a neuron: exactly the operations that the step calls, and the two floating-point formats.

use core::fmt::Debug;
use core::ops::{Add, Sub};

use bytemuck::Pod;

use crate::rounding::RoundingBias;

pub(crate) mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// Number format for membranes, thresholds and currents.
///
/// Implemented by `f32`, `f64`, [`fixed::FixedI32`] and [`fixed::FixedI16`]. State is stored in `Self` and
/// computed in [`Accumulator`](Scalar::Accumulator), which has room for every sum and difference of a step, so
/// that `+` and `-` are plain. Rounding happens only in [`drive`](Scalar::drive), [`decay`](Scalar::decay) and
/// [`scale`](Scalar::scale).
pub trait Scalar: Pod + PartialEq + PartialOrd + Debug + Send + Sync + sealed::Sealed {
    /// Type in which a step computes.
    type Accumulator: Pod
        + PartialEq
        + PartialOrd
        + Debug
        + Send
        + Sync
        + Add<Output = Self::Accumulator>
        + Sub<Output = Self::Accumulator>;
    /// Membrane resistance.
    type Gain: Pod + PartialEq + Debug + Send + Sync;
    /// Decay factor in [0, 1]; 1 only in floating point.
    type Decay: Pod + PartialEq + Debug + Send + Sync;
    /// [`Gain`](Self::Gain) as it is in memory for neurons that each have their own.
    type OwnGain: Pod + PartialEq + Debug + Send + Sync;
    /// [`Decay`](Self::Decay) in less memory, for neurons that each have their own.
    type OwnDecay: Pod + PartialEq + Debug + Send + Sync;
    /// Slope of a linear reset.
    type Slope: Pod + PartialEq + Debug + Send + Sync;
    /// The one format of all that differ from this one only in the unit of a bit, which no step uses. A program with
    /// many formats compiles the loops over neurons for these alone.
    type Canonical: Scalar<
            Canonical = Self::Canonical,
            Accumulator = Self::Accumulator,
            Gain = Self::Gain,
            Decay = Self::Decay,
            OwnGain = Self::OwnGain,
            OwnDecay = Self::OwnDecay,
            Slope = Self::Slope,
        >;

    /// No current, and no drive.
    const ZERO: Self::Accumulator;
    /// What leaves any voltage as it is when [`jump`](Self::jump) adds it.
    const NO_JUMP: Self::Accumulator;
    /// Threshold that no membrane exceeds.
    const NEVER: Self::Accumulator;
    /// Decay factor after which nothing is left.
    const GONE: Self::Decay;
    /// Zero as state: 0 mV, or 0 nA.
    const ZERO_STATE: Self;
    /// Coefficients of a population that has no parameters yet. All of their bits are zero, so that a `static`
    /// takes no flash.
    const BLANK: (Self::Gain, Self::Decay, Self::Slope);
    /// Whether unrolling several neurons is worth the flash, on a core without vectors. It is not if each
    /// operation is a call to a routine.
    const IN_LINE: bool = true;
    /// Whether a core without vectors computes the step of several neurons phase by phase.
    const PHASED: bool = false;

    /// Returns a resistance as it is in memory for a neuron that has its own; exact.
    fn pack_gain(gain: &Self::Gain) -> Self::OwnGain;
    /// Returns the resistance that [`pack_gain`](Self::pack_gain) had.
    fn unpack_gain(gain: &Self::OwnGain) -> Self::Gain;
    /// Returns a decay factor below 1 in less memory; exact.
    fn pack_decay(decay: &Self::Decay) -> Self::OwnDecay;
    /// Returns the decay factor that [`pack_decay`](Self::pack_decay) had.
    fn unpack_decay(decay: &Self::OwnDecay) -> Self::Decay;
    /// Converts state to an accumulator; exact.
    fn to_accumulator(self) -> Self::Accumulator;
    /// Converts an accumulator to state; exact, because every voltage and threshold component of a step fits.
    fn from_accumulator(wide: Self::Accumulator) -> Self;
    /// Returns the voltage R·I that this current drives across the membrane.
    fn drive(self, by: &Self::Gain) -> Self::Accumulator;
    /// Returns the potential to which this current drives a membrane, `rest` + R·I, as two terms: sums of
    /// floats depend on their order.
    #[inline(always)]
    fn steady_state(self, rest: Self::Accumulator, by: &Self::Gain) -> (Self::Accumulator, Self::Accumulator) {
        (rest, self.drive(by))
    }
    /// Does what [`drive`](Self::drive) does, with a neuron's own resistance.
    #[inline(always)]
    fn drive_own(self, by: &Self::OwnGain) -> Self::Accumulator {
        self.drive(&Self::unpack_gain(by))
    }
    /// Does what [`steady_state`](Self::steady_state) does, with a neuron's own resistance.
    #[inline(always)]
    fn steady_state_own(self, rest: Self::Accumulator, by: &Self::OwnGain) -> (Self::Accumulator, Self::Accumulator) {
        self.steady_state(rest, &Self::unpack_gain(by))
    }
    /// Returns `x · d`, rounded by `draw`.
    fn decay(x: Self::Accumulator, by: &Self::Decay, draw: impl RoundingBias, site: u32) -> Self::Accumulator;
    /// Returns `x · m`, rounded to nearest, saturating.
    fn scale(x: Self::Accumulator, by: &Self::Slope) -> Self::Accumulator;
    /// Limits an intermediate voltage to the range of state. A float has room beyond it and is not limited.
    fn saturate(x: Self::Accumulator) -> Self::Accumulator;
    /// Limits a voltage to the range from which a step can go on. For a float that is three eighths of its
    /// type: rest is within an eighth, and R·I within a quarter.
    fn clamp_state(x: Self::Accumulator) -> Self::Accumulator;
    /// Returns a voltage after synapses have added `by` to it. [`clamp_state`](Self::clamp_state) limits it after the
    /// last such sum.
    fn jump(v: Self::Accumulator, by: Self::Accumulator) -> Self::Accumulator;
    /// Returns the greatest magnitude of each of `count` threshold components. All of them and a threshold can
    /// then be summed.
    fn limit(count: usize) -> Self::Accumulator;
    /// Returns the sum of a current from outside and one of the neuron's own, nA, saturating.
    fn add_current(self, own: Self::Accumulator) -> Self;
    /// Returns a sum, at most `limit` from zero.
    fn bounded_sum(a: Self::Accumulator, b: Self::Accumulator, limit: Self::Accumulator) -> Self::Accumulator;
    /// Returns a component after a spike, at most `limit` from zero.
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
            type OwnGain = Self;
            type OwnDecay = Self;
            type Slope = Self;
            type Canonical = Self;
            const ZERO: Self = 0.0;
            const NO_JUMP: Self = -0.0; // a sum with 0.0 would change the sign of -0.0
            const NEVER: Self = <$float>::MAX;
            const GONE: Self = -0.0; // its product with 0.0 is -0.0, which changes no sum
            const ZERO_STATE: Self = 0.0;
            const BLANK: (Self, Self, Self) = (0.0, 0.0, 0.0);
            const IN_LINE: bool = cfg!(target_abi = "eabihf");

            #[inline(always)]
            fn pack_gain(gain: &Self) -> Self {
                *gain
            }
            #[inline(always)]
            fn unpack_gain(gain: &Self) -> Self {
                *gain
            }
            #[inline(always)]
            fn pack_decay(decay: &Self) -> Self {
                *decay
            }
            #[inline(always)]
            fn unpack_decay(decay: &Self) -> Self {
                *decay
            }
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
            fn jump(v: Self, by: Self) -> Self {
                v + by
            }
            #[inline(always)]
            fn limit(count: usize) -> Self {
                <$float>::MAX / 8.0 / count.max(1) as Self
            }
            #[inline(always)]
            fn add_current(self, own: Self) -> Self {
                self + own
            }
            #[inline(always)]
            fn bounded_sum(a: Self, b: Self, limit: Self) -> Self {
                (a + b).clamp(-limit, limit)
            }
            #[inline(always)]
            fn saturating_add(component: Self, increment: Self, _: Self) -> Self {
                // Already bounded: at the limit, rounding loses an increment as small as `increment_limit`.
                component + increment
            }
        }
    };
}
float!(f32);
float!(f64);
