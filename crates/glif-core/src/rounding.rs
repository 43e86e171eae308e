//! Rounding of fixed-point decays, and the random bits of stochastic rounding.
//!
//! Rounding to nearest is the default. It has one weakness: a slow decay stalls where it loses less than half a
//! unit in the last place per step (±500 units for a time constant of 1000 steps). Truncation and stochastic
//! rounding do not stall. Truncation costs a bias toward zero, and stochastic rounding costs noise of at most
//! one unit per step.
//!
//! ```
//! use glif_core::{Alif, AlifParams, Derivation, RefractoryRule, Stochastic};
//! use glif_core::fixed::types::I8F8;
//!
//! let params = AlifParams {
//!     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_eq_v: -50.0, refrac_t: 2.0, tc_membrane: 20.0,
//!     tc_adaptation: [1000.0], spike_increment: [0.5], resistance: 1.0,
//! };
//! // Half a millivolt is inside the band of ±1.95 mV where this decay stalls in i8f8 ...
//! assert!(Alif::<I8F8, 1>::derive(params, RefractoryRule::Inferno).is_err());
//! // ... which stochastic rounding does not have.
//! let derivation = Derivation::new(RefractoryRule::Inferno).rounding(Stochastic { seed: 1 });
//! let neuron: Result<Alif<I8F8, 1, _>, _> = derivation.coefficients(params);
//! assert!(neuron.is_ok());
//! ```

use crate::names::RoundingMode;

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Nearest {}
    impl Sealed for super::Truncate {}
    impl Sealed for super::Stochastic {}
    impl Sealed for super::DynRounding {}
}

/// Rounding policy for the decays of a fixed-point neuron. Floating point ignores it.
pub trait Rounding: Copy + PartialEq + core::fmt::Debug + Send + Sync + sealed::Sealed + 'static {
    /// Rounding bits per neuron per step.
    type Bias: RoundingBias;
    /// Returns whether a decay that loses less than half a unit in the last place per step stops for good.
    fn stalls(&self) -> bool {
        self.mode() == RoundingMode::Nearest
    }
    /// Whether the policy is so short that unrolling several neurons is worth the flash, on a core without vectors.
    const IN_LINE: bool = true;
    /// Returns the name of the policy.
    fn mode(&self) -> RoundingMode;
    /// Returns the seed of stochastic rounding; 0 for other policies.
    fn seed(&self) -> u64 {
        0
    }
    /// Returns the same policy with another seed, if it has one.
    fn reseeded(self, _seed: u64) -> Self {
        self
    }
    /// Returns the rounding bits for one neuron in one step.
    fn draw(&self, step: u64, neuron: u32) -> Self::Bias;
}

/// Rounding bits for the products of one neuron in one step.
pub trait RoundingBias: Copy {
    /// Returns what is added below the last kept bit, as a fraction of it in units of 2⁻³². `site` numbers the
    /// products of a step.
    fn bias(self, site: u32, negative: bool) -> u32;
}

/// Rounding to nearest, ties up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Nearest;

/// Rounding toward zero: nothing stalls, and everything decays a little too fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Truncate;

/// Rounding up or down, with the probability that makes the mean exact.
///
/// The bits depend only on the seed, the step and the neuron's index, so that a board and a host round alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Stochastic {
    /// Seed. Any value is valid; equal seeds give equal runs.
    pub seed: u64,
}

impl Rounding for Nearest {
    type Bias = Self;
    fn mode(&self) -> RoundingMode {
        RoundingMode::Nearest
    }
    #[inline(always)]
    fn draw(&self, _: u64, _: u32) -> Self {
        Self
    }
}

impl RoundingBias for Nearest {
    #[inline(always)]
    fn bias(self, _: u32, _: bool) -> u32 {
        1 << 31
    }
}

impl Rounding for Truncate {
    type Bias = Self;
    fn mode(&self) -> RoundingMode {
        RoundingMode::Truncate
    }
    #[inline(always)]
    fn draw(&self, _: u64, _: u32) -> Self {
        Self
    }
}

impl RoundingBias for Truncate {
    #[inline(always)]
    fn bias(self, _: u32, negative: bool) -> u32 {
        if negative { u32::MAX } else { 0 }
    }
}

/// A rounding policy that is chosen at run time.
///
/// The choice costs a comparison per product, and one copy of the step serves all policies. A program that knows
/// its policy uses it as a type. Populations that round to nearest have their own step, except for neurons with
/// their own parameters on a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum DynRounding {
    /// As [`Nearest`].
    #[default]
    Nearest,
    /// As [`Truncate`].
    Truncate,
    /// As [`Stochastic`].
    Stochastic(Stochastic),
}

impl Rounding for DynRounding {
    type Bias = DynBias;
    const IN_LINE: bool = false;
    fn mode(&self) -> RoundingMode {
        match self {
            Self::Nearest => RoundingMode::Nearest,
            Self::Truncate => RoundingMode::Truncate,
            Self::Stochastic(_) => RoundingMode::Stochastic,
        }
    }
    fn seed(&self) -> u64 {
        match self {
            Self::Nearest | Self::Truncate => 0,
            Self::Stochastic(policy) => policy.seed,
        }
    }
    fn reseeded(self, seed: u64) -> Self {
        match self {
            Self::Nearest | Self::Truncate => self,
            Self::Stochastic(_) => Self::Stochastic(Stochastic { seed }),
        }
    }
    #[inline(always)]
    fn draw(&self, step: u64, neuron: u32) -> DynBias {
        let fixed = |of: fn(bool) -> u32| DynBias::Fixed { positive: of(false), negative: of(true) };
        match self {
            Self::Nearest => fixed(|negative| Nearest.bias(0, negative)),
            Self::Truncate => fixed(|negative| Truncate.bias(0, negative)),
            Self::Stochastic(policy) => DynBias::Random(policy.draw(step, neuron)),
        }
    }
}

/// Rounding bits of a policy that is chosen at run time.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum DynBias {
    /// Of stochastic rounding.
    Random(RandomBits),
    /// The same for each product, by its sign.
    // Two values rather than two policies, which would be one more comparison per product.
    Fixed {
        /// Of a product that is not negative.
        positive: u32,
        /// Of a negative product.
        negative: u32,
    },
}

impl RoundingBias for DynBias {
    #[inline(always)]
    fn bias(self, site: u32, is_negative: bool) -> u32 {
        match self {
            Self::Random(bits) => bits.bias(site, is_negative),
            Self::Fixed { positive, negative } => {
                if is_negative {
                    negative
                } else {
                    positive
                }
            }
        }
    }
}

/// Random bits per neuron per step.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RandomBits(u32);

impl Rounding for Stochastic {
    type Bias = RandomBits;
    const IN_LINE: bool = false;
    fn mode(&self) -> RoundingMode {
        RoundingMode::Stochastic
    }
    fn seed(&self) -> u64 {
        self.seed
    }
    fn reseeded(self, seed: u64) -> Self {
        Self { seed }
    }
    #[inline(always)]
    fn draw(&self, step: u64, neuron: u32) -> RandomBits {
        let [seed, step] = [self.seed, step].map(|x| mix(x as u32) ^ mix((x >> 32) as u32 ^ 0x85eb_ca6b));
        RandomBits(mix(mix(seed ^ 0x9e37_79b9) ^ step).wrapping_add(neuron.wrapping_mul(0x9e37_79b1)))
    }
}

impl RoundingBias for RandomBits {
    #[inline(always)]
    fn bias(self, site: u32, _: bool) -> u32 {
        mix(self.0 ^ site.wrapping_mul(0xc2b2_ae35))
    }
}

/// Maps 32 bits to 32 bits, one to one, so that each input bit flips each output bit about half the time. It
/// needs two 32-bit multiplications, because a Cortex-M0 has no wider ones.
#[inline(always)]
fn mix(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x7feb_352d);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// These values never change, because boards and hosts must draw the same stream.
    #[test]
    fn stream_is_pinned() {
        let dice = Stochastic { seed: 7 }.draw(3, 5);
        assert_eq!([0, 1, 2].map(|site| dice.bias(site, false)), PINNED);
    }
    const PINNED: [u32; 3] = [722_982_128, 4_037_299_610, 4_268_228_429];

    /// A policy that is chosen at run time rounds as it does as a type.
    #[test]
    fn dynamic_policy_rounds_like_its_type() {
        let stochastic = Stochastic { seed: 7 };
        for (site, negative) in [(0, false), (1, true), (2, false)] {
            let nearest = DynRounding::Nearest.draw(3, 5).bias(site, negative);
            assert_eq!(nearest, Nearest.draw(3, 5).bias(site, negative));
            let truncated = DynRounding::Truncate.draw(3, 5).bias(site, negative);
            assert_eq!(truncated, Truncate.draw(3, 5).bias(site, negative));
            let drawn = DynRounding::Stochastic(stochastic).draw(3, 5).bias(site, negative);
            assert_eq!(drawn, stochastic.draw(3, 5).bias(site, negative));
        }
    }

    /// Means over steps, neurons and sites are all near one half, and neighbors are uncorrelated.
    #[test]
    fn bits_are_fair_along_every_axis() {
        let n = 40_000_u32;
        let unit = |step: u32, neuron: u32, site: u32| {
            f64::from(Stochastic { seed: 1 }.draw(u64::from(step), neuron).bias(site, false)) / 4_294_967_296.0 - 0.5
        };
        type Axis = fn(u32) -> (u32, u32, u32);
        let axes: [Axis; 3] = [|i| (i, 0, 0), |i| (0, i, 0), |i| (0, 0, i)];
        for axis in axes {
            let at = |i| {
                let (step, neuron, site) = axis(i);
                unit(step, neuron, site)
            };
            let mean = (0..n).map(at).sum::<f64>() / f64::from(n);
            let lag = (0..n).map(|i| at(i) * at(i + 1)).sum::<f64>() / f64::from(n) * 12.0;
            // Five standard deviations of a fair source.
            assert!(mean.abs() < 5.0 * 0.289 / 200.0, "mean {mean}");
            assert!(lag.abs() < 5.0 / 200.0, "correlation {lag}");
        }
    }
}
