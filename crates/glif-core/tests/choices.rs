//! The discretization and the threshold test of coefficients.

use fixed::types::{I8F8, I9F7, I12F20, I16F16};
use glif_core::own::{OwnCoefficients, OwnSlices};
use glif_core::rounding::Rounding as _;
use glif_core::spec::{Discretization, NumberFormat, ParamTable, Spec, ThresholdTest};
use glif_core::{
    Alif, AlifParams, Coefficients, Derivation, Glif2, Glif2Params, Levels, Lif, LifParams, Nearest, NeuronState,
    ParamErrors, Parameters, PopulationState, Quantize, Refractory, RefractoryRule, RngCounter, StepOptions,
};
use proptest::prelude::*;

const LIF: LifParams = LifParams {
    step_time: 1.0,
    rest_v: -60.0,
    reset_v: -65.0,
    thresh_v: -50.0,
    refrac_t: 0.0,
    time_constant: 20.0,
    resistance: 1.0,
};

fn alif(tc_membrane: f64, tc_adaptation: [f64; 2]) -> AlifParams<2> {
    AlifParams {
        step_time: 1.0,
        rest_v: -60.0,
        reset_v: -65.0,
        thresh_eq_v: -50.0,
        refrac_t: 0.0,
        tc_membrane,
        tc_adaptation,
        spike_increment: [4.0, 3.0],
        resistance: 1.0,
    }
}

fn glif2(tc_membrane: f64, rc_adaptation: [f64; 2]) -> Glif2Params<2> {
    Glif2Params {
        step_time: 1.0,
        rest_v: -60.0,
        reset_v_add: 2.0,
        reset_v_mul: 0.5,
        thresh_eq_v: -50.0,
        refrac_t: 0.0,
        tc_membrane,
        rc_adaptation,
        spike_increment: [4.0, 3.0],
        resistance: 1.0,
    }
}

fn euler<P, const K: usize>(params: impl Into<Parameters<P, K>>) -> Parameters<P, K> {
    let params: Parameters<P, K> = params.into();
    Parameters { discretization: Discretization::Euler, ..params }
}

proptest! {
    /// Each decay is 1 - h/τ, or 1 - h λ, to the nearest number of the format.
    #[test]
    fn euler_takes_the_share_of_a_step(step_time in 0.05..2.0_f64, taus in [1.0..50.0_f64, 1.0..50.0, 1.0..50.0]) {
        let [membrane, first, second] = taus.map(|tau| tau * step_time);
        let rule = RefractoryRule::Exact;
        let of_alif = euler(AlifParams { step_time, ..alif(membrane, [first, second]) });
        let of_glif2 = euler(Glif2Params { step_time, ..glif2(membrane, [1.0 / first, 1.0 / second]) });
        let expected = [membrane, first, second].map(|tau| 1.0 - step_time / tau);
        let in_f64: Alif<f64, 2> = Alif::derive(of_alif, rule).unwrap();
        let in_f32: Alif<f32, 2> = Alif::derive(of_alif, rule).unwrap();
        let rates: Glif2<f64, 2> = Glif2::derive(of_glif2, rule).unwrap();
        let near = |found: f64, expected: f64, by: f64| (found - expected).abs() <= by;
        prop_assert_eq!(in_f64.decay, expected[0]);
        prop_assert_eq!(in_f32.decay, expected[0] as f32);
        for k in 0..2 {
            prop_assert!(near(in_f64.adaptation_decay[k], expected[k + 1], 2e-16));
            prop_assert!(near(in_f32.adaptation_decay[k].into(), expected[k + 1], 6.1e-8));
            prop_assert!(near(rates.adaptation_decay[k], expected[k + 1], 1e-15));
        }
        let fixed: Alif<I16F16, 2, glif_core::Truncate> =
            Derivation::new(rule).rounding(glif_core::Truncate).coefficients(of_alif).unwrap();
        let stored = [&fixed.decay, &fixed.adaptation_decay[0], &fixed.adaptation_decay[1]];
        for (decay, expected) in stored.into_iter().zip(expected) {
            prop_assert!(near(I16F16::decay_to_f64(decay), expected, 1.0 / 4_294_967_296.0));
        }
    }

    /// The threshold of a strict test is the next number above the written one, and the report has the written one.
    #[test]
    fn a_strict_threshold_is_one_place_higher(thresh_v in -50.0..50.0_f64) {
        next_place::<f32>(thresh_v)?;
        next_place::<f64>(thresh_v)?;
        next_place::<I16F16>(thresh_v)?;
        next_place::<I12F20>(thresh_v)?;
        next_place::<I8F8>(thresh_v)?;
        next_place::<I9F7>(thresh_v)?;
    }
}

fn next_place<S: Quantize>(thresh_v: f64) -> Result<(), TestCaseError> {
    let params = LifParams { thresh_v, ..LIF };
    let mut lines = Vec::new();
    let mut report = |line| lines.push(line);
    let usual: Lif<S> = Lif::derive(params, RefractoryRule::Exact).unwrap();
    let derivation = Derivation::new(RefractoryRule::Exact).report(&mut report);
    let strict: Lif<S> = derivation.coefficients(Parameters::from(params).tested(ThresholdTest::Above)).unwrap();
    prop_assert_eq!(Coefficients { threshold: usual.threshold, ..strict }, usual);
    let [low, high] = [usual, strict].map(|lif| S::from_accumulator(lif.threshold).to_f64());
    let middle = S::nearest(low + (high - low) / 2.0).to_f64();
    prop_assert!(low < high && (middle == low || middle == high), "{} {} {}", low, middle, high);
    let line = lines.iter().find(|line| line.name == "thresh_v").unwrap();
    prop_assert_eq!((line.requested, line.stored), (thresh_v, low));
    // Both tests, of a membrane that no current moves.
    let options = StepOptions::default();
    let fires = |lif: Lif<S>, v| {
        let lif = Lif { rest: v, ..lif };
        let mut state =
            NeuronState { membrane: S::from_accumulator(v), refractory: Refractory::default(), adaptation: [] };
        lif.step(state.as_mut(), S::ZERO_STATE, options, Nearest.draw(0, 0))
    };
    let at = [usual.threshold, strict.threshold];
    prop_assert_eq!(at.map(|v| fires(usual, v)), [true, true]);
    prop_assert_eq!(at.map(|v| fires(strict, v)), [false, true]);
    Ok(())
}

/// The highest voltage of fixed point has none above it. In floating point, no current reaches such a threshold.
#[test]
fn the_highest_threshold_has_no_place_above() {
    fn check<S: Quantize>() {
        let params = LifParams { rest_v: 0.0, reset_v: -1.0, thresh_v: S::HIGHEST, resistance: 3.0, ..LIF };
        let told = Lif::<S>::derive(Parameters::from(params).tested(ThresholdTest::Above), RefractoryRule::Exact);
        let told = told.unwrap_err().to_string();
        assert!(told.starts_with(&format!("`thresh_v` = {} mV: must be between", S::HIGHEST)), "{told}");
        let v = S::voltage(S::HIGHEST).unwrap();
        assert_eq!(S::above(v), None);
        let below = S::voltage(S::HIGHEST - S::RESOLUTION).unwrap();
        assert_eq!(S::above(below), Some(v));
    }
    check::<I16F16>();
    check::<I12F20>();
    check::<I8F8>();
    check::<I9F7>();
}

/// With components, only fixed point has the strict test in a type of neuron: sums of floats are rounded.
#[test]
fn types_have_a_strict_test_where_it_is_exact() {
    let (alif, glif2) = (alif(20.0, [30.0, 40.0]), glif2(20.0, [0.03, 0.04]));
    let rule = RefractoryRule::Exact;
    let strict = Parameters::<_, 2>::from(alif).tested(ThresholdTest::Above);
    let fixed: Alif<I16F16, 2> = Alif::derive(strict, rule).unwrap();
    assert_eq!(fixed.threshold, (-50 << 16) + 1);
    let told = "`threshold_test` = \">\": in floating point, this type of neuron does not have it with components\n\
                help: use a population of any model";
    assert_eq!(Alif::<f32, 2>::derive(strict, rule).unwrap_err().to_string(), told);
    let strict = Parameters::<_, 2>::from(glif2).tested(ThresholdTest::Above);
    assert_eq!(Glif2::<f64, 2>::derive(strict, rule).unwrap_err().to_string(), told);
    let none = Glif2Params { rc_adaptation: [], spike_increment: [], ..glif2_without() };
    let none: Glif2<f32, 0> = Glif2::derive(Parameters::from(none).tested(ThresholdTest::Above), rule).unwrap();
    assert_eq!(none.threshold, (-50.0_f32).next_up());
    // Which populations step as those with own coefficients.
    for (params, scalar, expected) in [
        (ParamTable::from(alif), NumberFormat::F32, true),
        (alif.into(), NumberFormat::I8F8, false),
        (glif2.into(), NumberFormat::F64, true),
        (LIF.into(), NumberFormat::F32, false),
    ] {
        let spec = Spec { scalar, ..Spec::new(params.tested(ThresholdTest::Above)) };
        assert_eq!(spec.steps_as_own(), expected, "{spec:?}");
        let spec = Spec { params: spec.params.clone().tested(ThresholdTest::AtLeast), ..spec };
        assert!(!spec.steps_as_own());
    }
}

fn glif2_without() -> Glif2Params<0> {
    let p = glif2(20.0, [0.03, 0.04]);
    Glif2Params {
        step_time: p.step_time,
        rest_v: p.rest_v,
        reset_v_add: p.reset_v_add,
        reset_v_mul: p.reset_v_mul,
        thresh_eq_v: p.thresh_eq_v,
        refrac_t: p.refrac_t,
        tc_membrane: p.tc_membrane,
        rc_adaptation: [],
        spike_increment: [],
        resistance: p.resistance,
    }
}

/// A rounded sum of threshold and component decides, as `v > Θ` writes it: a threshold one place higher would not.
#[test]
fn a_strict_test_compares_with_the_rounded_sum() {
    let params = alif(20.0, [30.0, 40.0]);
    let table = ParamTable::from(params).tested(ThresholdTest::Above);
    let derivation = Derivation::new(RefractoryRule::Exact);
    let Some((levels, _)) = Levels::<f32, _>::derive(&table, derivation, &mut ParamErrors::new()) else { panic!() };
    assert!(levels.is_strict() && !levels.runs() && levels.base.threshold == -50.0);
    let fires = |v: f32, theta: f32| {
        // At rest, the membrane keeps its bits.
        let mut levels = levels;
        levels.base.rest = v;
        let population = OwnCoefficients { shared: &levels, own: OwnSlices::SHARED, neurons: 1 };
        let mut state = PopulationState::<f32, 2, 1>::at_rest(v);
        (state.membrane, state.adaptation) = ([v], [[theta], [0.0]]);
        let mut spikes = [0];
        let at = RngCounter::default();
        population.run(0, state.as_mut().widened(), &[0.0], StepOptions::default(), at, &mut spikes).unwrap();
        spikes == [1]
    };
    for theta in [0.0_f32, 1e-7, 3e-6, 0.1, 49.9, 50.0, 1000.3] {
        let sum = -50.0 + (theta + 0.0);
        assert!(!fires(sum, theta), "{theta}");
        assert!(fires(sum.next_up(), theta), "{theta}");
        assert!(!fires(sum.next_down(), theta), "{theta}");
    }
}
