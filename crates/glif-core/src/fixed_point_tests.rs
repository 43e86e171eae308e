//! Checks every fixed-point primitive against integers too wide to overflow, in 16 bits over the whole domain.

use std::vec::Vec;

use fixed::types::{I8F8, I16F16};
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::neuron::{Coefficients, DefaultOptions, LinearReset, NeuronState, StepOptions};
use crate::refractory::Refractory;
use crate::rounding::{Nearest, Rounding, Stochastic, Truncate};

/// A draw of given bits, as stochastic rounding might make it.
#[derive(Clone, Copy)]
struct Bits(u32);

impl RoundingBias for Bits {
    fn bias(self, _: u32, _: bool) -> u32 {
        self.0
    }
}

/// Cores without a long multiplication compute what the others compute.
#[test]
fn products_of_halves() {
    let check = |start: i32, a: i32, b: i32, bias: u32| {
        let expected = i128::from(start) + ((i128::from(a) * i128::from(b) + i128::from(bias)) >> 32);
        if let Ok(expected) = i32::try_from(expected) {
            for sum in [add_high_product, add_high_product_of_halves] {
                assert_eq!(sum(start, a, b, bias), expected, "{start} + {a} * {b} + {bias}");
            }
        }
    };
    let edges = [0, 1, -1, 0x7fff, 0x8000, 0xffff, 0x1_0000, -0x8000, -0x1_0000, i32::MAX, i32::MAX - 0xffff, i32::MIN];
    for (a, b) in edges.into_iter().flat_map(|a| edges.map(|b| (a, b))) {
        for bias in [0, 1, 1 << 31, u32::MAX] {
            check(0, a, b, bias);
        }
    }
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let any_product = (any::<i32>(), any::<i32>(), any::<i32>(), prop_oneof![Just(1 << 31), any::<u32>()]);
    runner
        .run(&any_product, |(start, a, b, bias)| {
            check(start, a, b, bias);
            Ok(())
        })
        .unwrap();
}

/// Stored coefficient as a fraction: the numerator, and the number of binary digits of the denominator.
type Ratio = (i128, u32);

/// floor(x · ratio + u / 2³²).
fn product(x: i128, (numerator, digits): Ratio, u: u32) -> i128 {
    (((x * numerator) << 32) + (i128::from(u) << digits)) >> (digits + 32)
}

fn nearest(x: i128, ratio: Ratio) -> i128 {
    product(x, ratio, 1 << 31)
}

fn truncated(x: i128, (numerator, digits): Ratio) -> i128 {
    x * numerator / (1 << digits)
}

/// What a test needs to know about a format.
trait Format: Quantize<Accumulator = i32, Slope = Slope> {
    const RANGE: (i32, i32);
    /// Greatest magnitude of one of three threshold components.
    const LIMIT: i32;
    /// Returns the least and the greatest current, and R.
    fn gain_parts(gain: &Self::Gain) -> (i32, i32, Ratio);
    fn decay_ratio(decay: &Self::Decay) -> Ratio;
}

impl Format for I16F16 {
    const RANGE: (i32, i32) = (-(1 << 30), (1 << 30) - 1);
    const LIMIT: i32 = ((1 << 30) - 1) / 3;
    fn gain_parts(gain: &Gain32) -> (i32, i32, Ratio) {
        let ratio = (i128::from(gain.factor), 32 - gain.shift);
        (gain.lowest, gain.highest, ratio)
    }
    fn decay_ratio(decay: &Decay32) -> Ratio {
        (i128::from(decay.factor) - (i128::from(decay.keep) << 32), 32)
    }
}

impl Format for I8F8 {
    const RANGE: (i32, i32) = (-0x8000, 0x7fff);
    const LIMIT: i32 = 0x7fff;
    fn gain_parts(gain: &Gain16) -> (i32, i32, Ratio) {
        let ratio = (i128::from(gain.factor), gain.shift);
        (gain.lowest, gain.highest, ratio)
    }
    fn decay_ratio(decay: &Decay16) -> Ratio {
        let whole = i128::from(-decay.keep) << decay.shift;
        (whole + i128::from(decay.factor), decay.shift)
    }
}

fn in_range<F: Format>(x: i128) -> bool {
    (i128::from(F::RANGE.0)..=i128::from(F::RANGE.1)).contains(&x)
}

/// R·I as documented: the current is clamped once, and the product is rounded to nearest.
fn driven<F: Format>(current: i32, gain: &F::Gain) -> i128 {
    let (lowest, highest, ratio) = F::gain_parts(gain);
    nearest(i128::from(current.clamp(lowest, highest)), ratio)
}

// 16 bits, exhaustively

/// Fifty resistances: unity and near it, tiny, huge, negative.
fn resistances() -> impl Iterator<Item = f64> {
    let magnitudes = (0..21).map(|i| 4.7e-10 * libm::pow(10.0, f64::from(i) * 0.69));
    magnitudes.chain([0.999, 1.0, 1.001, 32_767.0]).flat_map(|r| [r, -r])
}

#[test]
fn drive_16_is_exact_and_in_range_for_every_current() {
    assert_eq!(resistances().count(), 50);
    for mohm in resistances() {
        for rest in [-32_768, -32_767, -15_360, 0, 32_766, 32_767] {
            let gain = gain_16(mohm, rest).expect("within the bounds of a gain");
            for current in i16::MIN..=i16::MAX {
                let drive = I8F8::from_bits(current).drive(&gain);
                let case = (mohm, rest, current);
                assert_eq!(i128::from(drive), driven::<I8F8>(i32::from(current), &gain), "{case:?}");
                assert!(in_range::<I8F8>(i128::from(rest + drive)), "{case:?}");
            }
        }
    }
}

#[test]
fn gain_16_clamps_no_current_that_fits() {
    for mohm in resistances() {
        for rest in [-32_768, -15_360, 0, 32_767] {
            let (lowest, highest, ratio) = I8F8::gain_parts(&gain_16(mohm, rest).unwrap());
            for beyond in [lowest - 1, highest + 1] {
                let fits = in_range::<I8F8>(i128::from(rest) + nearest(i128::from(beyond), ratio));
                let exists = i16::try_from(beyond).is_ok();
                assert!(!(fits && exists), "{mohm} MΩ, rest {rest}: {beyond}");
            }
        }
    }
}

/// Sixty factors: from next to 1 down to 0, on both sides of one half, for round and odd time constants.
fn decays() -> impl Iterator<Item = Decay16> {
    let spread = (0..52).map(|i| -1.0e-9 * libm::pow(10.0, f64::from(i) * 0.19));
    let odd = [-1.0 / 20.0, -1.0 / 1000.0, -0.693, -0.694, -1.0, -11.1, -20.8, -800.0];
    spread.chain(odd).map(|exponent| decay_factor_16(DecayFactor::of(exponent)).expect("a decay"))
}

#[test]
fn decay_16_is_exact_for_every_difference_and_policy() {
    assert_eq!(decays().count(), 60);
    let draws = [0, 1, 0x2345_6789, 0x8000_0000, 0xdead_beef, u32::MAX];
    for by in decays() {
        let ratio = I8F8::decay_ratio(&by);
        for x in -65_535..=65_535 {
            let wide = i128::from(x);
            let check = |got: i32, want: i128| assert_eq!(i128::from(got), want, "{x} by {by:?}");
            check(decay_16(x, &by, Nearest, 0), nearest(wide, ratio));
            check(decay_16(x, &by, Truncate, 0), truncated(wide, ratio));
            let u = draws[x.unsigned_abs() as usize % draws.len()];
            check(decay_16(x, &by, Bits(u), 0), product(wide, ratio, u));
        }
    }
}

#[test]
fn decay_16_never_grows_nor_changes_sign() {
    for by in decays() {
        for x in -65_535..=65_535_i32 {
            for y in [
                decay_16(x, &by, Nearest, 0),
                decay_16(x, &by, Truncate, 0),
                decay_16(x, &by, Bits(u32::MAX), 0),
                decay_16(x, &by, Bits(0), 0),
            ] {
                assert!((x.min(0)..=x.max(0)).contains(&y), "{x} to {y} by {by:?}");
            }
        }
    }
}

/// The sum over all draws of floor(x·d + u) is x·d times their number: there is no bias.
#[test]
fn stochastic_decay_16_is_unbiased() {
    for exponent in [-1.0 / 20.0, -0.3, -1.0, -2.5] {
        let by = decay_factor_16(DecayFactor::of(exponent)).unwrap();
        let (numerator, digits) = I8F8::decay_ratio(&by);
        for x in [-65_535, -321, -1, 0, 1, 7, 12_345] {
            let draws = (0..1_u32 << digits).map(|i| Bits(i << (32 - digits)));
            let sum: i128 = draws.map(|u| i128::from(decay_16(x, &by, u, 0))).sum();
            assert_eq!(sum, i128::from(x) * numerator, "{x} by {by:?}");
        }
    }
}

/// The same in 32 bits with the real random bits, within five standard deviations.
#[test]
fn stochastic_decay_32_is_unbiased_with_its_own_draws() {
    let by = decay_factor_32(DecayFactor::of(-1.0 / 1000.0)).unwrap();
    let n = 40_000;
    for x in [-700_300, -1, 3, 250, 123_456_789] {
        let draws = (0..n).map(|step| Stochastic { seed: 3 }.draw(step, 9));
        let sum: i64 = draws.map(|u| i64::from(decay_32(x, &by, u, 1))).sum();
        let want = f64::from(x) * I16F16::decay_to_f64(&by);
        let error = sum as f64 / n as f64 - want;
        assert!(error.abs() < 5.0 * 0.5 / libm::sqrt(n as f64), "{x}: {error}");
    }
}

#[test]
fn confine_and_raise_clamp_every_pair() {
    fn grid(limit: i32) -> Vec<i32> {
        let step = limit / 40;
        let mut grid: Vec<i32> = (-40..=40).map(|i| i * step).collect();
        grid.extend([-limit, 1 - limit, -1, 1, limit - 1, limit]);
        grid
    }
    fn raised<S: Scalar<Accumulator = i32>, const K: usize>(limit: i32) {
        for component in grid(limit) {
            for increment in grid(limit) {
                let want = (i64::from(component) + i64::from(increment)).clamp(-i64::from(limit), i64::from(limit));
                assert_eq!(i64::from(S::saturating_add(component, increment, S::limit(K))), want);
            }
        }
    }
    raised::<I8F8, 1>(0x7fff);
    raised::<I8F8, 3>(0x7fff);
    raised::<I16F16, 1>(1_073_741_823);
    raised::<I16F16, 2>(536_870_911);
    raised::<I16F16, 3>(357_913_941);
    raised::<I16F16, 8>(134_217_727);
    for x in grid(i32::MAX) {
        assert_eq!(I8F8::saturate(x), x.clamp(-0x8000, 0x7fff));
        assert_eq!(I16F16::saturate(x), x.clamp(-0x4000_0000, 0x3fff_ffff));
    }
    assert_eq!(I8F8::saturate(-0x8001), -0x8000);
    assert_eq!(I16F16::saturate(i32::MIN), -0x4000_0000);
}

// 32 bits, sampled

/// The whole range, its middle and its ends.
fn within(low: i32, high: i32) -> impl Strategy<Value = i32> {
    let ends = [low, low + 1, low / 2, -1, 0, 1, high / 2, high - 1, high];
    prop_oneof![3 => low..=high, 1 => -300..=300_i32, 1 => select(ends.to_vec())]
}

fn any_bits() -> impl Strategy<Value = i32> {
    within(i32::MIN, i32::MAX)
}

/// Either sign, spread evenly over powers of two, and the powers themselves.
fn magnitude(low: f64, high: f64) -> impl Strategy<Value = f64> {
    let power = prop_oneof![low..high, (low..high).prop_map(libm::trunc)];
    (power, prop::bool::ANY).prop_map(|(power, negative)| {
        let value = libm::exp2(power);
        if negative { -value } else { value }
    })
}

/// Factors of every kind: next to 1, one half, next to 0, 0.
fn factor() -> impl Strategy<Value = DecayFactor> {
    let exponent = prop_oneof![
        4 => (-34.0..6.0_f64).prop_map(|power| -libm::exp2(power)),
        1 => (-1e-10..1e-10_f64).prop_map(|off| off - core::f64::consts::LN_2),
        1 => select([-5.0e-324, -1.2e-10, -core::f64::consts::LN_2, -22.1, -745.0, -1e300].to_vec()),
    ];
    exponent.prop_map(DecayFactor::of)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn drive_32_is_exact_and_in_range(
        mohm in magnitude(-32.9, 29.0), rest in within(LOWEST_32, HIGHEST_32), current in any_bits(),
    ) {
        let gain = gain_32(mohm, rest).expect("within the bounds of a gain");
        let (lowest, highest, _) = I16F16::gain_parts(&gain);
        for current in [current, lowest, highest, lowest.saturating_sub(1), highest.saturating_add(1)] {
            let drive = i128::from(I16F16::from_bits(current).drive(&gain));
            prop_assert_eq!(drive, driven::<I16F16>(current, &gain));
            prop_assert!(in_range::<I16F16>(i128::from(rest) + drive));
        }
    }

    /// Beyond a bound, either the drive of the next current does not fit, or that current no longer fits its
    /// shift. The shift leaves at least half of the voltages on each side of rest.
    #[test]
    fn gain_32_clamps_late(mohm in magnitude(-32.9, 29.0), rest in within(LOWEST_32, HIGHEST_32)) {
        let gain = gain_32(mohm, rest).unwrap();
        let (lowest, highest, ratio) = I16F16::gain_parts(&gain);
        prop_assert!(lowest <= 0 && 0 <= highest);
        for (bound, beyond) in [(lowest, i128::from(lowest) - 1), (highest, i128::from(highest) + 1)] {
            let fits = in_range::<I16F16>(i128::from(rest) + nearest(beyond, ratio));
            let shiftable = i32::try_from(beyond << gain.shift).is_ok() && beyond << gain.shift != i128::from(i32::MIN);
            prop_assert!(!(fits && shiftable), "{} could be {}", bound, beyond);
            if !shiftable && gain.shift > 0 {
                prop_assert!(nearest(i128::from(bound), ratio).abs() as f64 >= 536_870_910.0 - libm::fabs(mohm));
            }
        }
    }

    #[test]
    fn decay_32_is_exact_for_every_policy(factor in factor(), x in within(-i32::MAX, i32::MAX), u: u32) {
        prop_assume!(decay_factor_32(factor).is_some());
        let by = decay_factor_32(factor).unwrap();
        let (ratio, wide) = (I16F16::decay_ratio(&by), i128::from(x));
        let results = [
            (decay_32(x, &by, Nearest, 0), nearest(wide, ratio)),
            (decay_32(x, &by, Truncate, 0), truncated(wide, ratio)),
            (decay_32(x, &by, Bits(u), 0), product(wide, ratio, u)),
        ];
        for (got, want) in results {
            prop_assert_eq!(i128::from(got), want);
            prop_assert!((x.min(0)..=x.max(0)).contains(&got));
        }
    }

    #[test]
    fn scale_is_exact_and_saturates(m in magnitude(-70.0, 29.9), x in within(-i32::MAX, i32::MAX)) {
        let by = slope(m).expect("within the bounds of a slope");
        let want = nearest(i128::from(x), (i128::from(by.factor), by.shift));
        prop_assert_eq!(i128::from(scale(x, &by)), want.clamp(i128::from(LOWEST_32), i128::from(HIGHEST_32)));
    }

    /// Stored coefficients are off by half a unit of the last digit at most, and no digit is left unused.
    #[test]
    fn coefficients_are_the_nearest(mohm in magnitude(-30.0, 14.9), m in magnitude(-20.0, 29.9), factor in factor()) {
        let relative = |stored: f64, asked: f64| libm::fabs(stored - asked) / libm::fabs(asked);
        // Below 2⁻² a resistance has used up its 32 binary digits, and below 2⁻¹⁵ its 30.
        let coarse = |digits: f64| libm::exp2(-1.0 - digits) / libm::fabs(mohm);
        let gain = I16F16::gain_to_f64(&gain_32(mohm, 0).unwrap());
        prop_assert!(relative(gain, mohm) <= libm::fmax(libm::exp2(-31.0), coarse(32.0)));
        let gain = I8F8::gain_to_f64(&gain_16(mohm, 0).unwrap());
        prop_assert!(relative(gain, mohm) <= libm::fmax(libm::exp2(-15.0), coarse(30.0)));
        prop_assert!(relative(I16F16::slope_to_f64(&slope(m).unwrap()), m) <= libm::exp2(-30.0));

        let small = libm::fmin(factor.value, factor.complement);
        match decay_factor_32(factor) {
            Some(by) => {
                let off = if by.keep == 0 { by.fraction() - factor.value } else { by.fraction() + factor.complement };
                prop_assert!(off.abs() <= libm::exp2(-33.0), "{:?}: {:?}", factor, by);
            }
            None => prop_assert!(factor.complement <= libm::exp2(-33.0)),
        }
        match decay_factor_16(factor) {
            Some(by) => {
                let off = if by.keep == 0 { by.fraction() - factor.value } else { by.fraction() + factor.complement };
                prop_assert!(off.abs() <= libm::fmax(libm::exp2(-14.0) * small, libm::exp2(-31.0)), "{:?}: {:?}", factor, by);
            }
            None => prop_assert!(factor.complement <= libm::exp2(-31.0)),
        }
    }
}

#[test]
fn gains_and_slopes_out_of_bounds_are_refused() {
    for sign in [-1.0, 1.0] {
        let (least, most) = I16F16::GAINS;
        assert!(gain_32(sign * least, 0).is_some() && gain_32(sign * most, 0).is_some());
        assert!(gain_32(sign * least / 1.1, 0).is_none() && gain_32(sign * (most + 0.2), 0).is_none());
        let (least, most) = I8F8::GAINS;
        assert!(gain_16(sign * least, 0).is_some() && gain_16(sign * most, 0).is_some());
        assert!(gain_16(sign * least / 1.1, 0).is_none() && gain_16(sign * (most + 0.6), 0).is_none());
        assert!(slope(sign * STEEPEST).is_some() && slope(sign * (STEEPEST + 1.0)).is_none());
    }
    assert_eq!(scale(i32::MAX, &slope(1e-30).unwrap()), 0);
    assert_eq!(scale(i32::MAX, &slope(0.0).unwrap()), 0);
}

/// The mean rounds to nearest, ties up. The sum is limited to the range of a component.
#[test]
fn reductions_over_a_batch() {
    fn check<S: Quantize + PartialEq + core::fmt::Debug>(of: fn(i16) -> S) {
        let batch = |values: &[i16]| values.iter().map(|value| of(*value)).collect::<Vec<_>>();
        for (values, mean, sum) in [
            (&[5][..], 5, 5),
            (&[5, 6], 6, 11),
            (&[-5, -6], -5, -11),
            (&[1, 1, 2], 1, 4),
            (&[-7, 3, 100, -8], 22, 88),
            (&[], 0, 0),
        ] {
            assert_eq!((S::mean(&batch(values), 2), S::sum(&batch(values), 2)), (of(mean), of(sum)), "{values:?}");
        }
        let most = S::nearest(S::component_limit(2));
        assert_eq!(S::sum(&[most, most], 2), most);
        assert_eq!(S::mean(&[most, most], 2), most);
    }
    check(I8F8::from_bits);
    check(|bits| I16F16::from_bits(bits.into()));
}

// The whole step

type Glif2<F, Q> = Coefficients<F, LinearReset<F>, 3, Q>;

/// Any coefficients that parameters can lead to, and any state that a neuron can have.
fn neuron_and_state<F: Format, Q: Rounding>(
    rounding: Q,
    strongest: f64,
) -> impl Strategy<Value = (Glif2<F, Q>, NeuronState<F, 3>)> {
    let voltage = || within(F::RANGE.0, F::RANGE.1);
    let component = || within(-F::LIMIT, F::LIMIT);
    let drop = (F::component_limit(1) / F::RESOLUTION) as i32;
    let factor = || factor().prop_filter_map("a decay", F::decay_factor);
    let reset = (magnitude(-3.0, 3.0), magnitude(-70.0, 29.9), 0..4_u8, within(-drop, drop));
    let coefficients = (
        (voltage(), magnitude(-30.0, strongest), factor(), voltage()),
        reset,
        prop_oneof![0..4_u16, 0..=Refractory::MOST],
        [factor(), factor(), factor()],
        [component(), component(), component()],
    );
    let state = (voltage(), 0..4_u16, prop::bool::ANY, [component(), component(), component()]);
    (coefficients, state).prop_map(move |(coefficients, state)| {
        let ((rest, mohm, decay, threshold), reset, refractory, adaptation_decay, increment) = coefficients;
        let (mild, steep, kind, drop) = reset;
        let slope = F::slope(if kind == 0 { steep } else { mild }).expect("a slope");
        let neuron = Coefficients {
            dynamics: crate::Inferno,
            rest,
            gain: F::gain(mohm, rest).expect("a gain"),
            decay,
            threshold,
            reset: LinearReset { slope, drop },
            refractory,
            adaptation_decay,
            increment,
            rounding,
        };
        let (membrane, steps, fired, adaptation) = state;
        let cell = NeuronState {
            membrane: F::from_accumulator(membrane),
            refractory: Refractory::new(steps, fired),
            adaptation: adaptation.map(F::from_accumulator),
        };
        (neuron, cell)
    })
}

/// The step as the model's documentation defines it, on unbounded integers.
fn oracle<F: Format, Q: Rounding>(
    neuron: &Glif2<F, Q>,
    cell: &NeuronState<F, 3>,
    current: F,
    (lock, adapt): (bool, bool),
    draw: Q::Bias,
) -> (i128, u16, bool, [i128; 3]) {
    let decayed = |x: i128, by: &F::Decay, site| product(x, F::decay_ratio(by), draw.bias(site, x < 0));
    let confined = |x: i128| x.clamp(i128::from(F::RANGE.0), i128::from(F::RANGE.1));
    let (rest, limit) = (i128::from(neuron.rest), i128::from(F::LIMIT));
    let theta = cell.adaptation.map(|x| i128::from(x.to_accumulator()));

    let count = cell.refractory.steps().saturating_sub(1);
    let active = count == 0;
    let ext = if active { driven::<F>(current.to_accumulator(), &neuron.gain) } else { 0 };
    let mut v = i128::from(cell.membrane.to_accumulator());
    if active || !lock {
        v = rest + decayed(v - rest - ext, &neuron.decay, 0) + ext;
    }
    let spike = active && v >= i128::from(neuron.threshold) + theta.iter().sum::<i128>();
    let count = if spike { neuron.refractory } else { count };
    if spike {
        let Slope { factor, shift } = neuron.reset.slope;
        let scaled = nearest(v - rest, (i128::from(factor), shift)).clamp(-(1 << 30), (1 << 30) - 1);
        v = confined(confined(rest + scaled) - i128::from(neuron.reset.drop));
    }
    let theta = core::array::from_fn(|k| {
        let mut x = theta[k];
        if adapt && !(lock && count > 0) {
            x = decayed(x, &neuron.adaptation_decay[k], 1 + k as u32);
        }
        if adapt && spike {
            x = (x + i128::from(neuron.increment[k])).clamp(-limit, limit);
        }
        x
    });
    (v, count, spike, theta)
}

/// Steps through the currents. Every step must equal the oracle's and stay in range.
fn check_steps<F: Format, Q: Rounding>(
    neuron: &Glif2<F, Q>,
    mut cell: NeuronState<F, 3>,
    currents: &[F],
    options: (bool, bool),
) -> Result<(), TestCaseError> {
    for (step, &current) in currents.iter().enumerate() {
        let draw = || neuron.rounding.draw(step as u64, 5);
        let given = StepOptions { refrac_lock: options.0, adapt: options.1 };
        let mut next = cell;
        let fires = neuron.step(next.as_mut(), current, given, draw());
        prop_assert_eq!(fires, next.refractory.fired());
        if given == StepOptions::default() {
            let mut usual = cell;
            prop_assert_eq!(fires, neuron.step_with(usual.as_mut(), current, DefaultOptions, draw()));
            prop_assert_eq!(next, usual);
        }
        let got = (
            i128::from(next.membrane.to_accumulator()),
            next.refractory.steps(),
            next.refractory.fired(),
            next.adaptation.map(|x| i128::from(x.to_accumulator())),
        );
        prop_assert_eq!(got, oracle(neuron, &cell, current, options, draw()), "step {}", step);
        prop_assert!(in_range::<F>(got.0));
        prop_assert!(got.3.iter().all(|x| x.abs() <= i128::from(F::LIMIT)));
        cell = next;
    }
    Ok(())
}

macro_rules! whole_step {
    ($name:ident, $scalar:ty, $int:ty, $strongest:expr, $rounding:expr) => {
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(2000))]
            #[test]
            fn $name(
                (neuron, cell) in neuron_and_state::<$scalar, _>($rounding, $strongest),
                currents in prop::collection::vec(within(<$int>::MIN.into(), <$int>::MAX.into()), 1..40),
                options: (bool, bool),
            ) {
                let currents: Vec<_> = currents.iter().map(|&i| <$scalar>::from_bits(i as $int)).collect();
                check_steps(&neuron, cell, &currents, options)?;
            }
        }
    };
}

whole_step!(glif2_32_nearest_equals_the_oracle, I16F16, i32, 28.9, Nearest);
whole_step!(glif2_32_truncating_equals_the_oracle, I16F16, i32, 28.9, Truncate);
whole_step!(glif2_32_stochastic_equals_the_oracle, I16F16, i32, 28.9, Stochastic { seed: 11 });
whole_step!(glif2_16_nearest_equals_the_oracle, I8F8, i16, 14.9, Nearest);
whole_step!(glif2_16_truncating_equals_the_oracle, I8F8, i16, 14.9, Truncate);
whole_step!(glif2_16_stochastic_equals_the_oracle, I8F8, i16, 14.9, Stochastic { seed: 11 });
