//! Numbers at the ends of their types: nothing wraps, and no finite parameter under finite current leads to a NaN.

use fixed::types::{I8F8, I16F16};
use glif_core::derive::DeriveReset;
use glif_core::neuron::{FixedReset, LinearReset};
use glif_core::{AlifParams, Coefficients, Glif2Params, Lif, LifParams, Parameters, Population, Quantize, StepOptions};
use glif_core::{RefractoryRule, Spikes};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

const N: usize = 35;

/// Any finite number, of any magnitude, and ordinary ones.
fn finite() -> impl Strategy<Value = f64> {
    let ends = [0.0, -0.0, 5e-324, 1e-45, 1e-38, -1e-38, 1e38, -1e38, f64::MAX, f64::MIN, 16_383.0, -128.0, 127.996];
    prop_oneof![
        1 => prop::sample::select(ends.to_vec()),
        3 => (-330.0..310.0_f64, any::<bool>()).prop_map(|(e, minus)| if minus { -(10.0_f64.powf(e)) } else { 10.0_f64.powf(e) }),
        2 => -200.0..200.0_f64,
    ]
}

/// A number that is usually the usual one, because a model with ten wild numbers is never valid.
fn near(usual: f64) -> impl Strategy<Value = f64> {
    prop_oneof![6 => Just(usual), 1 => finite(), 1 => finite().prop_map(move |x| usual * (1.0 + x.clamp(-1.0, 1.0) / 2.0))]
}

/// dt/τ from 1e-8 to 1e3.
fn ratio() -> impl Strategy<Value = f64> {
    (-8.0..3.0_f64).prop_map(|e| 10.0_f64.powf(e))
}

/// Builds a population, if the parameters are valid, and steps it under those of the currents that it accepts.
fn endure<S: Quantize, R: DeriveReset<S>, const K: usize>(
    params: impl Into<Parameters<R::Params, K>>,
    currents: &[f64],
    options: StepOptions,
) -> Result<(), TestCaseError> {
    let parameters = params.into();
    let Ok(mut population) = Population::<Coefficients<S, R, K>, N>::new(parameters) else { return Ok(()) };
    let gain = population.neuron().gain;
    let drivable = |na: &f64| Some(S::nearest(*na)).filter(|current| current.drivable(&gain));
    let currents: Vec<S> = currents.iter().filter_map(drivable).chain([S::nearest(0.0)]).collect();
    let mut spikes = Spikes::<2>::new();
    for step in 0..60 {
        population.step(&core::array::from_fn(|i| currents[(i + step * 7) % currents.len()]), options, &mut spikes);
        let components = population.state().adaptation.as_flattened();
        for value in population.voltage().iter().chain(components) {
            prop_assert!(
                value.to_f64().is_finite(),
                "{:?} after {} steps: {:?}",
                parameters,
                step,
                population.voltage()
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn state_is_never_nan(
        voltages in [near(-60.0), near(-65.0), near(-50.0)],
        times in (near(1.0), near(2.0), ratio()),
        resistance in near(1.0),
        (add, slope) in (near(5.0), near(0.5)),
        components in [(ratio(), near(1.0)), (ratio(), near(-0.5))],
        currents in prop::collection::vec(finite(), 1..6),
        (refrac_lock, adapt) in any::<(bool, bool)>(),
    ) {
        let [rest_v, reset_v, threshold] = voltages;
        let (step_time, refrac_t, ratio) = times;
        let options = StepOptions { refrac_lock, adapt };
        let constant = step_time / ratio;
        let lif = LifParams {
            step_time, rest_v, reset_v, thresh_v: threshold, refrac_t, time_constant: constant, resistance,
        };
        let alif = AlifParams {
            step_time, rest_v, reset_v, thresh_eq_v: threshold, refrac_t, tc_membrane: constant,
            tc_adaptation: components.map(|(ratio, _)| step_time / ratio),
            spike_increment: components.map(|(_, increment)| increment), resistance,
        };
        let glif2 = Glif2Params {
            step_time, rest_v, reset_v_add: add, reset_v_mul: slope, thresh_eq_v: threshold, refrac_t,
            tc_membrane: constant, rc_adaptation: components.map(|(ratio, _)| ratio / step_time),
            spike_increment: components.map(|(_, increment)| increment), resistance,
        };
        macro_rules! each {
            ($($scalar:ty)*) => {$(
                endure::<$scalar, FixedReset<$scalar>, 0>(lif, &currents, options)?;
                endure::<$scalar, FixedReset<$scalar>, 2>(alif, &currents, options)?;
                endure::<$scalar, LinearReset<$scalar>, 2>(glif2, &currents, options)?;
            )*};
        }
        each!(f32 f64 I16F16 I8F8);
    }
}

/// The caller must refuse currents that are not finite (`drivable`). One that is not refused stays in its neuron.
#[test]
fn nan_current_stays_in_its_neuron() {
    let params = LifParams {
        step_time: 1.0,
        rest_v: -60.0,
        reset_v: -65.0,
        thresh_v: -50.0,
        refrac_t: 2.0,
        time_constant: 20.0,
        resistance: 1.0,
    };
    for poison in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut clean = Population::<Lif<f32>, N>::with(params, RefractoryRule::Inferno, glif_core::Nearest).unwrap();
        assert!(!poison.drivable(&clean.neuron().gain));
        let mut poisoned = clean.clone();
        let (mut spikes, mut others) = (Spikes::<2>::new(), Spikes::<2>::new());
        for step in 0..50 {
            let mut currents = [25.0; N];
            clean.step(&currents, StepOptions::default(), &mut spikes);
            if step == 3 {
                currents[7] = poison;
            }
            poisoned.step(&currents, StepOptions::default(), &mut others);
            for i in (0..N).filter(|i| *i != 7) {
                assert_eq!(clean.voltage()[i].to_bits(), poisoned.voltage()[i].to_bits(), "neuron {i} in step {step}");
                assert_eq!(spikes.contains(i), others.contains(i), "neuron {i} in step {step}");
            }
        }
    }
}
