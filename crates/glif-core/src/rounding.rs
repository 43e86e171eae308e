//! How a fixed-point decay rounds, and where the random bits of stochastic rounding come from.
//!
//! Nearest is the default. It has one weakness: a slow decay stalls where a step's loss is under half a unit in the
//! last place (±500 units for a time constant of 1000 steps). Truncation and stochastic rounding do not stall;
//! truncation pays with a bias toward zero, stochastic rounding with noise of at most one unit a step.
//!
//! ```
//! use glif_core::{Alif, AlifParams, Rule, Stochastic};
//! use glif_core::fixed::types::I8F8;
//!
//! let params = AlifParams {
//!     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_eq_v: -50.0, refrac_t: 2.0, tc_membrane: 20.0,
//!     tc_adaptation: [1000.0], spike_increment: [0.5], resistance: 1.0,
//! };
//! // Half a millivolt lies inside the band of ±1.95 mV where this decay stalls in i8f8 ...
//! assert!(Alif::<I8F8, 1>::derive(params, Rule::Inferno).is_err());
//! // ... which stochastic rounding does not have.
//! let neuron = Alif::<I8F8, 1, Stochastic>::derive_rounding(params, Rule::Inferno, Stochastic { seed: 1 });
//! assert!(neuron.is_ok());
//! ```

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Nearest {}
    impl Sealed for super::Truncate {}
    impl Sealed for super::Stochastic {}
    impl Sealed for super::Chosen {}
}

/// A named rounding policy for the decays of a fixed-point neuron. Floating point ignores it.
///
/// ```
/// use glif_core::derive::{Factor, Representation as _};
/// use glif_core::{Nearest, Scalar as _, Stochastic, Truncate, fixed::types::I8F8, rounding::Rounding};
///
/// /// The step in which half a millivolt has decayed to nothing, with a time constant of 1000 steps.
/// fn gone<Q: Rounding>(policy: Q) -> Option<u64> {
///     let (mut units, decay) = (128, I8F8::decay_factor(Factor::of(-1.0 / 1000.0))?);
///     (1..100_000).find(|step| { units = I8F8::decay(units, &decay, policy.draw(*step, 0), 0); units == 0 })
/// }
/// assert_eq!((gone(Nearest), gone(Truncate)), (None, Some(128)));
/// assert!(gone(Stochastic { seed: 7 }) > Some(1000));
/// ```
pub trait Rounding: Copy + PartialEq + core::fmt::Debug + Send + Sync + sealed::Sealed + 'static {
    /// What one neuron needs for one step.
    type Draw: Draw;
    /// Whether a decay that loses less than half a unit in the last place a step stops for good.
    const STALLS: bool;
    /// Whether it is so short that several neurons in line are worth their flash, where the core has no vectors.
    const IN_LINE: bool = true;
    /// The draw for one neuron in one step.
    fn draw(&self, step: u64, neuron: u32) -> Self::Draw;
}

/// Rounding bits for the products of one neuron in one step.
///
/// ```
/// use glif_core::rounding::{Draw, Nearest, Truncate};
///
/// /// A product with 32 bits below the last kept one, rounded.
/// fn rounded(product: i64, draw: impl Draw) -> i64 {
///     (product + i64::from(draw.bias(0, product < 0))) >> 32
/// }
/// let products = [-11 << 30, -5 << 31, 5 << 31, 11 << 30]; // -2.75, -2.5, 2.5, 2.75
/// assert_eq!(products.map(|product| rounded(product, Nearest)), [-3, -2, 3, 3]);
/// assert_eq!(products.map(|product| rounded(product, Truncate)), [-2, -2, 2, 2]);
/// ```
pub trait Draw: Copy {
    /// Added below the last kept bit, as a fraction of it in units of 2⁻³²; `site` numbers the products of a step.
    fn bias(self, site: u32, negative: bool) -> u32;
}

/// To nearest, ties up.
///
/// ```
/// use glif_core::fixed::types::I8F8;
/// use glif_core::{Lif, LifParams, Nearest, Representation as _, Rule};
/// # let params = LifParams {
/// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
/// # };
/// // `Lif<I8F8>` is short for it.
/// let neuron: Lif<I8F8, Nearest> = Lif::<I8F8>::derive(params, Rule::Inferno)?;
/// assert_eq!(I8F8::stall_band(&neuron.decay), 10.0 / 256.0); // mV from rest, where a membrane stays
/// # Ok::<(), glif_core::ParamErrors>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Nearest;

/// Toward zero: nothing stalls, and everything decays a little too fast.
///
/// ```
/// use glif_core::fixed::types::I8F8;
/// use glif_core::{Alif, AlifParams, Cell, Refractory, Rule, Truncate, Usual};
/// # let params = AlifParams {
/// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_eq_v: -50.0, refrac_t: 2.0, tc_membrane: 20.0,
/// #     tc_adaptation: [1000.0], spike_increment: [0.5], resistance: 1.0,
/// # };
/// let neuron = Alif::<I8F8, 1, Truncate>::derive_rounding(params, Rule::Inferno, Truncate)?;
/// let mut cell = Cell { membrane: I8F8::lit("-60"), refractory: Refractory::default(), adaptation: [I8F8::lit("0.5")] };
/// let gone = (1..1000).find(|_| {
///     neuron.step(cell.as_mut(), I8F8::ZERO, Usual, Truncate);
///     cell.adaptation == [I8F8::ZERO]
/// });
/// assert_eq!(gone, Some(128)); // steps, where exact arithmetic would leave 0.44 mV
/// # Ok::<(), glif_core::ParamErrors>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Truncate;

/// Up or down with the probability that makes the mean exact. The bits depend on the seed, the step and the neuron's
/// index alone, so that a board and a host round alike.
///
/// ```
/// use glif_core::fixed::types::I8F8;
/// use glif_core::rounding::{Draw as _, Rounding as _};
/// use glif_core::{Lif, LifParams, Rule, Stochastic};
/// # let params = LifParams {
/// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
/// # };
/// let neuron = Lif::<I8F8, Stochastic>::derive_rounding(params, Rule::Inferno, Stochastic { seed: 7 })?;
/// let bits = |policy: Stochastic, step| policy.draw(step, 5).bias(0, false); // for neuron 5
/// assert_eq!(bits(neuron.rounding, 3), bits(Stochastic { seed: 7 }, 3));
/// assert_ne!(bits(neuron.rounding, 3), bits(neuron.rounding, 4));
/// # Ok::<(), glif_core::ParamErrors>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Stochastic {
    /// Any value; equal seeds give equal runs.
    pub seed: u64,
}

impl Rounding for Nearest {
    type Draw = Self;
    const STALLS: bool = true;
    #[inline(always)]
    fn draw(&self, _: u64, _: u32) -> Self {
        Self
    }
}

impl Draw for Nearest {
    #[inline(always)]
    fn bias(self, _: u32, _: bool) -> u32 {
        1 << 31
    }
}

impl Rounding for Truncate {
    type Draw = Self;
    const STALLS: bool = false;
    #[inline(always)]
    fn draw(&self, _: u64, _: u32) -> Self {
        Self
    }
}

impl Draw for Truncate {
    #[inline(always)]
    fn bias(self, _: u32, negative: bool) -> u32 {
        if negative { u32::MAX } else { 0 }
    }
}

/// Truncation or stochastic rounding, chosen while the program runs; nearest has a step of its own. It costs a comparison
/// a product, and one copy of the step serves for all policies; programs that know theirs take it as a type.
///
/// ```
/// use glif_core::fixed::types::I8F8;
/// use glif_core::rounding::{Chosen, Draw as _, Rounding as _, Stochastic};
/// use glif_core::{Lif, LifParams, Rule};
/// # let params = LifParams {
/// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
/// # };
/// let seed = Some(7); // as a person wrote it, or did not
/// let rounding = seed.map_or(Chosen::Truncate, |seed| Chosen::Stochastic(Stochastic { seed }));
/// let neuron = Lif::<I8F8, Chosen>::derive_rounding(params, Rule::Inferno, rounding)?;
/// let chosen = neuron.rounding.draw(3, 5).bias(0, false); // step 3, neuron 5
/// assert_eq!(chosen, Stochastic { seed: 7 }.draw(3, 5).bias(0, false));
/// # Ok::<(), glif_core::ParamErrors>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Chosen {
    /// As [`Truncate`].
    Truncate,
    /// As [`Stochastic`].
    Stochastic(Stochastic),
}

impl Rounding for Chosen {
    type Draw = Option<Dice>;
    const STALLS: bool = false;
    const IN_LINE: bool = false;
    #[inline(always)]
    fn draw(&self, step: u64, neuron: u32) -> Option<Dice> {
        match self {
            Self::Truncate => None,
            Self::Stochastic(policy) => Some(policy.draw(step, neuron)),
        }
    }
}

/// Random bits, or none to truncate.
impl Draw for Option<Dice> {
    #[inline(always)]
    fn bias(self, site: u32, negative: bool) -> u32 {
        match self {
            Some(dice) => dice.bias(site, negative),
            None => Truncate.bias(site, negative),
        }
    }
}

/// Random bits of one neuron in one step.
///
/// ```
/// use glif_core::rounding::{Dice, Draw as _, Rounding as _, Stochastic};
///
/// let policy = Stochastic { seed: 7 };
/// let dice: Dice = policy.draw(3, 5); // step 3, neuron 5
/// // The same on every machine and in every version.
/// assert_eq!([0, 1].map(|site| dice.bias(site, false)), [722_982_128, 4_037_299_610]);
/// // What lies a quarter above the last kept bit is rounded up in about a quarter of all steps.
/// let up = (0..1000).filter(|step| policy.draw(*step, 5).bias(0, false).checked_add(1 << 30).is_none());
/// assert_eq!(up.count(), 253);
/// ```
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Dice(u32);

impl Rounding for Stochastic {
    type Draw = Dice;
    const STALLS: bool = false;
    const IN_LINE: bool = false;
    #[inline(always)]
    fn draw(&self, step: u64, neuron: u32) -> Dice {
        let [seed, step] = [self.seed, step].map(|x| mix(x as u32) ^ mix((x >> 32) as u32 ^ 0x85eb_ca6b));
        Dice(mix(mix(seed ^ 0x9e37_79b9) ^ step).wrapping_add(neuron.wrapping_mul(0x9e37_79b1)))
    }
}

impl Draw for Dice {
    #[inline(always)]
    fn bias(self, site: u32, _: bool) -> u32 {
        mix(self.0 ^ site.wrapping_mul(0xc2b2_ae35))
    }
}

/// A bijection of 32 bits in which each input bit flips each output bit about half the time (two multiplications, as
/// a Cortex-M0 has no wider ones).
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

    /// The stream is part of the promise that boards and hosts agree: these values never change.
    #[test]
    fn stream_is_pinned() {
        let dice = Stochastic { seed: 7 }.draw(3, 5);
        assert_eq!([0, 1, 2].map(|site| dice.bias(site, false)), PINNED);
    }
    const PINNED: [u32; 3] = [722_982_128, 4_037_299_610, 4_268_228_429];

    /// Chosen while the program runs, a policy rounds as it does when it is a type.
    #[test]
    fn chosen_is_what_was_chosen() {
        let stochastic = Stochastic { seed: 7 };
        for (site, negative) in [(0, false), (1, true), (2, false)] {
            let truncated = Chosen::Truncate.draw(3, 5).bias(site, negative);
            assert_eq!(truncated, Truncate.draw(3, 5).bias(site, negative));
            let drawn = Chosen::Stochastic(stochastic).draw(3, 5).bias(site, negative);
            assert_eq!(drawn, stochastic.draw(3, 5).bias(site, negative));
        }
    }

    /// Means over steps, neurons and sites are all near one half, and neighbours are uncorrelated.
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
