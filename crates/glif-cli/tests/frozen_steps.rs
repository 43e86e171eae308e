//! Frozen populations, compiled into this program, are equal to the host library's step by step.

use glif::description::{Dialect, NumberFormat, ThresholdTest};
use glif::{Currents, Description, Parameter, Quantize, Variable};
use glif_core::neuron::{Dynamics, Reset};
use glif_core::rounding::Rounding;
use glif_core::{Coefficients, OwnCoefficients, PopulationState, RefractoryPeriod, RngCounter, StepOptions};

use crate::{cases, frozen};

const STEPS: u64 = 1500;

/// Currents from silence through single spikes to the maximum rate, offset per neuron, with jumps both ways.
fn current(step: u64, neuron: usize) -> f64 {
    let phase = (step * 7 + neuron as u64 * 131) % 997;
    match phase {
        0..3 => 1000.0,
        3..6 => -1000.0,
        _ => (phase % 149) as f64 * 0.3 - 4.0,
    }
}

/// Steps both populations, compares every bit of the state after each step, and returns the number of spikes.
fn spikes_in_step<S: Quantize, R: Reset<S>, const K: usize, Q: Rounding, D: Dynamics<S, K>, const N: usize>(
    name: &str,
    (neuron, options, mut state): (Coefficients<S, R, K, Q, D>, StepOptions, PopulationState<S, K, N>),
) -> u32 {
    let description = Description::from_toml(&cases::population_file(name)).unwrap();
    let mut host = description.build().unwrap();
    let rule = description.spec.refractory;
    let period =
        RefractoryPeriod::<S>::new(description.number(Parameter::RefracT), description.step_time(), rule).unwrap();
    let (mut words, mut count) = (vec![0; N.div_ceil(32)], 0);
    for step in 0..STEPS {
        let currents: Vec<f64> = (0..N).map(|i| current(step, i)).collect();
        host.load(Currents::F64(&currents)).unwrap();
        let fired = host.step(description.options()).unwrap();
        let currents: Vec<S> = currents.into_iter().map(S::nearest).collect();
        neuron.run(state.as_mut(), &currents, options, RngCounter { step, neuron: 0 }, &mut words).unwrap();
        assert_eq!(words, fired.sample(0), "{name}, step {step}");
        count += words.iter().map(|word: &u32| word.count_ones()).sum::<u32>();
        let components = (0..N).flat_map(|i| state.adaptation.iter().map(move |component| component[i].to_f64()));
        for (what, values, expected) in [
            ("voltage", state.membrane.map(S::to_f64).to_vec(), host.read(Variable::Voltage)),
            (
                "refrac",
                state.refractory.map(|left| period.remaining(left.steps())).to_vec(),
                host.read(Variable::Refrac),
            ),
            ("components", components.collect(), host.read_components()),
        ] {
            let bits = |values: Vec<f64>| values.into_iter().map(f64::to_bits).collect::<Vec<_>>();
            assert_eq!(bits(values), bits(expected), "{name}, step {step}, {what}");
        }
    }
    count
}

/// Does the same for neurons with their own parameters.
fn own_spikes_in_step<S: Quantize, Q: Rounding, const K: usize, const N: usize>(
    name: &str,
    (neurons, options, mut state): (&OwnCoefficients<'_, S, Q>, StepOptions, PopulationState<S, K, N>),
) -> u32 {
    let description = Description::from_toml(&cases::own_population_file(name)).unwrap();
    let mut host = description.build().unwrap();
    let (mut words, mut count) = (vec![0; N.div_ceil(32)], 0);
    for step in 0..STEPS {
        let currents: Vec<f64> = (0..N).map(|i| current(step, i)).collect();
        host.load(Currents::F64(&currents)).unwrap();
        let fired = host.step(description.options()).unwrap();
        let currents: Vec<S> = currents.into_iter().map(S::nearest).collect();
        let at = RngCounter { step, neuron: 0 };
        neurons.run(0, state.as_mut().widened(), &currents, options, at, &mut words).unwrap();
        assert_eq!(words, fired.sample(0), "{name}, step {step}");
        count += words.iter().map(|word: &u32| word.count_ones()).sum::<u32>();
        assert_eq!(state.refractory.as_slice(), host.refractory_words(), "{name}, step {step}");
        let components = (0..N).flat_map(|i| state.adaptation.iter().map(move |component| component[i].to_f64()));
        for (what, values, expected) in [
            ("voltage", state.membrane.map(S::to_f64).to_vec(), host.read(Variable::Voltage)),
            ("components", components.collect(), host.read_components()),
        ] {
            let bits = |values: Vec<f64>| values.into_iter().map(f64::to_bits).collect::<Vec<_>>();
            assert_eq!(bits(values), bits(expected), "{name}, step {step}, {what}");
        }
    }
    count
}

macro_rules! own_cases {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            use frozen::$name::{AT_REST, FLAGS, NEURONS, POPULATION};
            let host = Description::from_toml(&cases::own_population_file(stringify!($name))).unwrap();
            // The test of a membrane at its threshold, which is that of NEST where nothing crosses a threshold.
            let spec = &host.spec;
            let above = spec.params.threshold_test() == ThresholdTest::Above && spec.scalar == NumberFormat::F32;
            let strict = above || spec.dialect() != Dialect::Inferno || !spec.model().fires();
            assert_eq!(POPULATION.shared.is_strict(), strict);
            let rest = host.build().unwrap().read(Variable::Voltage);
            assert!(AT_REST.membrane.iter().map(|rest| rest.to_f64()).eq(rest));
            // Without optimization, the walks that `run` inlines take 2 MB of stack.
            let thread = std::thread::Builder::new().stack_size(16 << 20);
            let work = || own_spikes_in_step(stringify!($name), (&POPULATION, FLAGS, AT_REST));
            let spikes = thread.spawn(work).unwrap().join().unwrap();
            let most = NEURONS as u32 * STEPS as u32;
            let usual = if host.model().fires() { most / 100..most / 2 } else { 0..1 };
            assert!(usual.contains(&spikes), "{spikes}");
        })*

        #[test]
        fn every_own_case_is_here() {
            assert_eq!([$(stringify!($name)),*], cases::OWN_CASES);
        }
    };
}
own_cases! {
    own_alif_i8f8_stochastic own_glif2_f64 own_glif5_i16f16_nest own_if_i16f16 own_lif_f32 if_f32 li_i8f8
    alif_f32_above
}

macro_rules! cases {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            use frozen::$name::{AT_REST, FLAGS, NEURON, NEURONS};
            let spikes = spikes_in_step(stringify!($name), (NEURON, FLAGS, AT_REST));
            // At least one spike in a hundred neuron-steps, and fewer than one in two.
            let most = NEURONS as u32 * STEPS as u32;
            assert!((most / 100..most / 2).contains(&spikes), "{spikes}");
        })*

        #[test]
        fn every_case_is_here() {
            assert_eq!([$(stringify!($name)),*], cases::CASES.map(|case| case.0));
        }
    };
}
cases! {
    alif_f32 alif_f64 alif_i12f20 alif_i8f8_stochastic alif_i9f7_none glif1_i9f7 glif2_f32 glif2_f64 glif2_i16f16
    glif2_i8f8 lif_f32 lif_i16f16 glif2_f32_allen glif3_i16f16_nest glif4_i8f8_nest glif5_f32_nest glif5_i16f16_allen
    glif2_f32_initial alif_i8f8_initial alif_i16f16_above lif_f32_above
}
