//! Effects of rounding on slow decays: where they stop, and how stochastic rounding changes that.
//!
//! The measured values come from a survey of fixed-point neurons that ran the same recurrences on integers.
//! These tests reproduce them through threshold components and membranes of the public API.

use fixed::types::{I8F8, I16F16};
use glif_core::neuron::FixedReset;
use glif_core::rounding::Rounding;
use glif_core::{
    Alif, AlifParams, Coefficients, Derivation, Nearest, Population, PopulationState, PopulationStateMut, Quantize,
    Refractory, RefractoryRule, RngCounter, Spikes, StepOptions, Stochastic, Truncate,
};

/// Parameters with one threshold component of time constant `tau` ms, at 1 ms per step; the neuron rests far
/// below its threshold.
fn params(tau: f64, increment: f64) -> AlifParams<1> {
    AlifParams {
        step_time: 1.0,
        rest_v: 0.0,
        reset_v: 0.0,
        thresh_eq_v: 40.0,
        refrac_t: 0.0,
        tc_membrane: 1.0,
        tc_adaptation: [tau],
        spike_increment: [increment],
        resistance: 1.0,
    }
}

type Fading<S, Q, const N: usize> = Population<Coefficients<S, FixedReset<S>, 1, Q>, N>;

fn fading<S: Quantize, Q: Rounding, const N: usize>(tau: f64, from: f64, rounding: Q) -> Fading<S, Q, N> {
    let mut population = Fading::with(params(tau, 0.0), RefractoryRule::Inferno, rounding).expect("parameters fit");
    population.set_adaptation(&[[S::nearest(from)]; N]).expect("a component fits");
    population
}

fn wait<S: Quantize, Q: Rounding, const N: usize>(population: &mut Fading<S, Q, N>, steps: usize) {
    let mut spikes = Spikes::<32>::new();
    for _ in 0..steps {
        population.step(&[S::nearest(0.0); N], StepOptions::default(), &mut spikes);
        assert_eq!(spikes.count(), 0);
    }
}

/// Returns where a component stops, in units of the last place.
fn rest_of<S: Quantize, Q: Rounding>(tau: f64, from: f64, rounding: Q) -> f64 {
    let mut population = fading::<S, Q, 1>(tau, from, rounding);
    wait(&mut population, 30 * tau as usize);
    population.adaptation()[0][0].to_f64() / S::RESOLUTION
}

/// | τ, ms | to nearest | toward zero, stochastic |
/// |---|---|---|
/// | 20 | ±10 | 0 |
/// | 200 | ±100 | 0 |
/// | 1000 | ±500 | 0 |
#[test]
fn decays_stop_where_measured() {
    for (tau, units) in [(20.0, 10.0), (200.0, 100.0), (1000.0, 500.0)] {
        for sign in [-1.0, 1.0] {
            let from = sign * 30.0;
            assert_eq!(rest_of::<I8F8, _>(tau, from, Nearest), sign * units, "{tau} ms from {from}");
            assert_eq!(rest_of::<I16F16, _>(tau, from, Nearest), sign * units, "{tau} ms from {from}");
            assert_eq!(rest_of::<I8F8, _>(tau, from, Truncate), 0.0, "{tau} ms from {from}");
            assert_eq!(rest_of::<I16F16, _>(tau, from, Truncate), 0.0, "{tau} ms from {from}");
            let stochastic = Stochastic { seed: 1 };
            assert_eq!(rest_of::<I8F8, _>(tau, from, stochastic), 0.0, "{tau} ms from {from}");
            assert_eq!(rest_of::<I16F16, _>(tau, from, stochastic), 0.0, "{tau} ms from {from}");
        }
    }
}

/// The quantization report has the same bands, and derivation refuses an increment within one.
#[test]
fn report_includes_the_stall_band() {
    for (tau, units) in [(20.0, 10.0), (200.0, 100.0), (1000.0, 500.0)] {
        let band = units * I8F8::RESOLUTION;
        let told = |increment, rounding| report(params(tau, increment), rounding);
        assert_eq!(told(2.0, Nearest), Some(Some(band)));
        assert_eq!(told(band, Nearest), None);
        assert_eq!(told(band + I8F8::RESOLUTION, Nearest), Some(Some(band)));
    }
    let told = report(params(1000.0, 0.01), Stochastic { seed: 1 });
    assert_eq!(told, Some(Some(0.0)));
}

/// Returns the stall band of the threshold component, or `None` if the parameters are refused.
fn report<Q: Rounding>(params: AlifParams<1>, rounding: Q) -> Option<Option<f64>> {
    let mut stall = None;
    let mut line = |line: glif_core::Quantised| {
        if line.name == "adaptation decay" {
            stall = line.stall;
        }
    };
    Derivation::new(RefractoryRule::Inferno)
        .rounding(rounding)
        .report(&mut line)
        .coefficients::<I8F8, FixedReset<I8F8>, 1, glif_core::Inferno>(params)
        .ok()?;
    Some(stall)
}

/// Over 1024 neurons, the mean of a stochastic decay is the exact exponential, within five standard errors. The
/// rounding of one step has a variance of at most a quarter of a square unit, and the steps add up to τ/8 of
/// them.
#[test]
fn stochastic_rounding_follows_the_exponential_in_the_mean() {
    const N: usize = 1024;
    for (tau, from) in [(20.0, 1.0), (200.0, -1.0), (1000.0, 1.0)] {
        let mut population = fading::<I8F8, _, N>(tau, from, Stochastic { seed: 5 });
        for part in 1..=6 {
            wait(&mut population, tau as usize / 2);
            let mean = population.adaptation_iter().map(|[x]| x.to_f64()).sum::<f64>() / N as f64;
            let exact = from * (-0.5 * f64::from(part)).exp();
            let deviation = (tau / 8.0 / N as f64).sqrt() * I8F8::RESOLUTION;
            // The stored decay is off too: its time constant by 6·10⁻⁵ at most.
            let tolerance = 5.0 * deviation + 1e-4;
            assert!((mean - exact).abs() <= tolerance, "{tau} ms, {part}: {mean}, not {exact}");
        }
    }
}

/// Returns the error of the mean of a threshold component that grows by 1 mV every 25 steps, in percent.
fn steady_threshold_error<Q: Rounding>(tau: f64, rounding: Q) -> f64 {
    let derived = Derivation::new(RefractoryRule::Inferno)
        .rounding(rounding)
        .coefficients::<I8F8, FixedReset<I8F8>, 1, glif_core::Inferno>(params(tau, 2.0))
        .unwrap();
    // 1 mV is set by hand: at 1000 ms it is in the stall band of rounding to nearest, and `derive` refuses it.
    let neuron = Coefficients { increment: [256], threshold: 15 * 256, ..derived };
    let mut state = PopulationState::<I8F8, 1, 1>::at_rest(I8F8::ZERO);
    let decay = (-1.0 / tau).exp();
    let (mut exact, mut sum, mut exact_sum) = (0.0, 0.0, 0.0);
    for step in 0..40_000 {
        let pulse = step % 25 == 0;
        let current = [I8F8::nearest(if pulse { 127.0 } else { 0.0 })];
        let (mut spikes, at) = ([0], RngCounter { step, neuron: 0 });
        neuron.run(state.as_mut(), &current, StepOptions::default(), at, &mut spikes).unwrap();
        assert_eq!(spikes[0] == 1, pulse);
        exact = exact * decay + f64::from(u8::from(pulse));
        if step >= 10_000 {
            sum += state.adaptation[0][0].to_f64();
            exact_sum += exact;
        }
    }
    100.0 * (sum / exact_sum - 1.0)
}

/// | 8 fraction bits | τ 200 ms | τ 1000 ms |
/// |---|---|---|
/// | toward zero | -5.7 % | -3.0 % |
/// | to nearest | -0.8 % | +1.9 % |
/// | stochastic | 0.1 % at most | 0.1 % at most |
#[test]
fn steady_thresholds_are_off_as_measured() {
    let at = |tau| {
        [
            steady_threshold_error(tau, Truncate),
            steady_threshold_error(tau, Nearest),
            steady_threshold_error(tau, Stochastic { seed: 2 }),
        ]
    };
    for (tau, want) in [(200.0, [-5.7, -0.8, 0.0]), (1000.0, [-3.0, 1.9, 0.0])] {
        for (got, want) in at(tau).into_iter().zip(want) {
            assert!((got - want).abs() <= 0.1, "{tau} ms: {got} %, not {want} %");
        }
    }
}

/// A membrane stalls too. At a drive just above a threshold of 15 mV, the exact spike counts in 10 s are 99 and
/// 68; with 8 fraction bits they are 99 and 0.
#[test]
fn membranes_just_above_rheobase_go_silent() {
    fn spikes<S: Quantize>(drive: f64) -> u32 {
        let params = AlifParams { thresh_eq_v: 15.0, tc_membrane: 20.0, ..params(20.0, 0.0) };
        let mut population = Population::<Alif<S, 1>, 1>::new(params).unwrap();
        let mut spikes = Spikes::<1>::new();
        let mut step = || {
            population.step(&[S::nearest(drive)], StepOptions::default(), &mut spikes);
            spikes.count()
        };
        (0..10_000).map(|_| step()).sum()
    }
    assert_eq!((spikes::<f64>(15.1), spikes::<f64>(15.01)), (99, 68));
    assert_eq!((spikes::<I8F8>(15.1), spikes::<I8F8>(15.01)), (99, 0));
}

#[test]
fn seeds_decide_the_bits() {
    let bits = |seed| {
        let mut population = fading::<I16F16, _, 100>(200.0, 7.5, Stochastic { seed });
        wait(&mut population, 50);
        population.adaptation()
    };
    assert_eq!(bits(1), bits(1));
    assert_ne!(bits(1), bits(2));
    // The upper half of a seed also changes the bits.
    assert_ne!(bits(1), bits(1 + (1 << 32)));
}

/// Neurons draw by their index: however a population is divided, `run` over the pieces gives the bits of the whole.
#[test]
fn pieces_equal_the_whole() {
    const N: usize = 130;
    let neuron = Derivation::new(RefractoryRule::Inferno)
        .rounding(Stochastic { seed: 9 })
        .coefficients::<I16F16, FixedReset<I16F16>, 1, glif_core::Inferno>(params(200.0, 1.5))
        .unwrap();
    let currents: [I16F16; N] = core::array::from_fn(|i| I16F16::from_num(i));
    // Pieces of whole spike words, and pieces that start in the middle of a word.
    let run = |cuts: &[usize]| {
        let mut state = PopulationState::<I16F16, 1, N>::at_rest(I16F16::ZERO);
        let mut fired = 0;
        for step in 0..60 {
            for (&from, &to) in cuts.iter().zip(&cuts[1..]) {
                let mut spikes = [0; 5];
                let PopulationStateMut { membrane, refractory, adaptation: [adaptation] } = state.as_mut();
                let piece = PopulationStateMut {
                    membrane: &mut membrane[from..to],
                    refractory: &mut refractory[from..to],
                    adaptation: [&mut adaptation[from..to]],
                };
                let at = RngCounter { step, neuron: from as u32 };
                neuron.run(piece, &currents[from..to], StepOptions::default(), at, &mut spikes).unwrap();
                fired += glif_core::spikes::count(&spikes);
            }
        }
        (state, fired)
    };
    let whole = run(&[0, N]);
    assert!(whole.1 > 1000 && whole.0.refractory.contains(&Refractory::new(0, true)));
    assert_eq!(run(&[0, 64, N]), whole);
    assert_eq!(run(&[0, 1, 31, 45, 77, 129, N]), whole);
    // The index changes the bits: equal neurons draw differently.
    let mut equal = fading::<I16F16, _, 8>(200.0, 7.5, Stochastic { seed: 9 });
    wait(&mut equal, 50);
    let [first, others @ ..] = equal.adaptation();
    assert!(others.iter().any(|x| *x != first));
}
