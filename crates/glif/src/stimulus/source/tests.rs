use super::*;

fn run(stimulus: Stimulus, cells: usize, step_time: f64, steps: u64, seed: u64) -> Vec<f64> {
    let mut source = Source::new(stimulus, cells, step_time, steps, seed).unwrap();
    let mut all = vec![0.0; cells * steps as usize];
    all.chunks_mut(cells).for_each(|out| source.fill(out));
    all
}

fn moments(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (mean, values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64)
}

const NOISE: Stimulus = Stimulus::Noise { mean: 3.0, deviation: 2.0 };
const POISSON: Stimulus = Stimulus::Poisson { rate: 400.0, weight: 0.5, time_constant: 5.0 };
const DENSITY: Stimulus = Stimulus::NoiseDensity { mean: 3.0, density: 2.0 };
const CORRELATED: Stimulus = Stimulus::OrnsteinUhlenbeck { mean: 3.0, deviation: 2.0, time_constant: 5.0 };

#[test]
fn seeded_values_never_change() {
    let golden = |stimulus| {
        let all = run(stimulus, 3, 1.0, 1000, 7);
        (all[2], all[3], all.iter().sum::<f64>())
    };
    assert_eq!(golden(NOISE), (4.8811784115270305, 5.4058842830896205, 9065.08796557577));
    assert_eq!(golden(POISSON), (0.5, 0.0, 3179.5305063554933));
    assert_eq!(run(DENSITY, 3, 1.0, 1000, 7), run(NOISE, 3, 1.0, 1000, 7)); // equal deviations in a step of 1 ms
    assert_eq!(golden(CORRELATED), (4.8811784115270305, 3.8690308543595116, 9212.235716884712));
    for stimulus in [NOISE, POISSON, DENSITY, CORRELATED] {
        assert!(stimulus.is_random());
        assert_ne!(run(stimulus.clone(), 5, 1.0, 9, 1), run(stimulus, 5, 1.0, 9, 2));
    }
}

#[test]
fn noise_is_gaussian_and_white() {
    let noise = run(NOISE, 101, 1.0, 2000, 3);
    let (mean, variance) = moments(&noise);
    assert!((mean - 3.0).abs() < 0.02, "{mean}"); // 4 standard errors
    assert!((variance - 4.0).abs() < 0.06, "{variance}");
    let beyond = |z: f64| noise.iter().filter(|v| (*v - 3.0).abs() > 2.0 * z).count() as f64 / noise.len() as f64;
    assert!((beyond(1.0) - 0.3173).abs() < 0.004 && (beyond(3.0) - 0.0027).abs() < 0.0005);
    let neighbours = |lag: usize| noise.iter().zip(&noise[lag..]).map(|(a, b)| (a - 3.0) * (b - 3.0)).sum::<f64>();
    assert!([1, 2, 101].map(neighbours).iter().all(|sum| (sum / noise.len() as f64).abs() < 0.04));
}

/// Mean and standard deviation of many membranes, mV, from rest without a threshold, with R = 1 MΩ.
fn membrane(stimulus: Stimulus, step_time: f64) -> (f64, f64) {
    let (cells, tau, settle, steps) = (100, 20.0, 200.0, 4_000.0);
    let decay = (-step_time / tau).exp();
    let [settle, steps] = [settle, steps].map(|ms: f64| (ms / step_time) as u64);
    let mut source = Source::new(stimulus, cells, step_time, steps, 5).unwrap();
    let (mut currents, mut voltages, mut seen) = (vec![0.0; cells], vec![0.0; cells], Vec::new());
    for step in 0..steps {
        source.fill(&mut currents);
        voltages.iter_mut().zip(&currents).for_each(|(v, i)| *v = (*v - *i) * decay + *i);
        if step >= settle && step % (20.0 / step_time) as u64 == 0 {
            seen.extend_from_slice(&voltages);
        }
    }
    let (mean, variance) = moments(&seen);
    (mean, variance.sqrt())
}

#[test]
fn only_noise_by_density_is_independent_of_the_step_time() {
    let tau: f64 = 20.0;
    for step_time in [0.1, 0.5, 2.0] {
        let (mean, deviation) = membrane(DENSITY, step_time);
        // 100 neurons with about 90 independent values each have a standard error of 0.8 %.
        assert!((mean - 3.0).abs() < 0.015, "{mean} mV at {step_time} ms");
        let near = |deviation: f64, expected: f64| {
            assert!((deviation / expected - 1.0).abs() < 0.03, "{deviation} mV at {step_time} ms, for {expected}");
        };
        near(deviation, 2.0 / (2.0 * tau).sqrt());
        // The noise is constant in a step of 0.4 of its correlation time, which gives it 1 % more effect.
        near(membrane(CORRELATED, step_time).1, 2.0 * (5.0 / (5.0 + tau)).sqrt());
        let decay = (-step_time / tau).exp();
        near(membrane(NOISE, step_time).1, 2.0 * ((1.0 - decay) / (1.0 + decay)).sqrt());
    }
}

#[test]
fn correlated_noise_has_its_deviation_from_the_first_step_on() {
    let noise = run(CORRELATED, 10_001, 0.5, 21, 3);
    let steps: Vec<&[f64]> = noise.chunks(10_001).collect();
    for step in [0, 1, 20] {
        let (mean, variance) = moments(steps[step]);
        assert!((mean - 3.0).abs() < 0.08 && (variance - 4.0).abs() < 0.23, "{mean}, {variance} in step {step}");
    }
    let together =
        |lag: usize| steps[0].iter().zip(steps[lag]).map(|(a, b)| (a - 3.0) * (b - 3.0)).sum::<f64>() / 10_001.0;
    for lag in [2_u8, 10, 20] {
        let expected = 4.0 * (-f64::from(lag) * 0.5 / 5.0).exp();
        assert!((together(lag.into()) - expected).abs() < 0.16, "{} for {expected}", together(lag.into()));
    }
}

#[test]
fn paused_source_continues_where_it_stopped() {
    let step = Stimulus::Step { before: 1.0, after: 2.0, onset: 15.0 };
    let ramp = Stimulus::Ramp { from: 0.0, to: 7.0 };
    for stimulus in [Stimulus::Constant { current: 1.5 }, step, ramp, NOISE, POISSON, DENSITY, CORRELATED] {
        // Uses an odd number of cells, and random numbers that stop within a block of ChaCha.
        let whole = run(stimulus.clone(), 7, 0.5, 60, 9);
        for pause in [0, 1, 29, 59] {
            let mut source = Source::new(stimulus.clone(), 7, 0.5, 60, 9).unwrap();
            let mut out = [0.0; 7];
            (0..pause).for_each(|_| source.fill(&mut out));
            let bytes = postcard::to_stdvec(&source.pause()).unwrap();
            let mut source = Source::resume(postcard::from_bytes(&bytes).unwrap(), 7, 0.5).unwrap();
            assert_eq!((source.position(), source.seed(), source.stimulus()), (pause, 9, &stimulus));
            for step in pause as usize..60 {
                source.fill(&mut out);
                assert_eq!(out, whole[step * 7..][..7], "{stimulus:?}, step {step} after {pause}");
            }
        }
    }
}

#[test]
fn bytes_of_a_paused_source_never_change() {
    let ramp = Stimulus::Ramp { from: 0.0, to: 7.0 };
    let mut source = Source::new(ramp, 2, 0.5, 60, 9).unwrap();
    (0..3).for_each(|_| source.fill(&mut [0.0; 2]));
    let bytes = [
        [2].as_slice(), // index of the variant
        &0.0_f64.to_le_bytes(),
        &7.0_f64.to_le_bytes(),
        &[2], // cells
        &0.5_f64.to_le_bytes(),
        &[9, 60, 3, 0, 0], // seed, length, next step, random words drawn (0), currents (0)
    ];
    assert_eq!(postcard::to_stdvec(&source.pause()).unwrap(), bytes.concat());
    let step = Stimulus::Step { before: 1.0, after: 2.0, onset: 15.0 };
    let kinds = [
        Stimulus::Constant { current: 1.5 },
        step,
        Stimulus::Ramp { from: 0.0, to: 7.0 },
        NOISE,
        POISSON,
        DENSITY,
        CORRELATED,
    ];
    for (number, stimulus) in (0..).zip(kinds) {
        let source = Source::new(stimulus, 1, 1.0, 1, 0).unwrap();
        assert_eq!(postcard::to_stdvec(&source.pause()).unwrap()[0], number);
    }
}

#[test]
fn invalid_paused_source_is_rejected() {
    let good = Source::new(POISSON, 3, 1.0, 9, 0).unwrap().pause();
    let refused = |change: fn(&mut Paused)| {
        let mut paused = good.clone();
        change(&mut paused);
        Source::resume(paused, 3, 1.0).unwrap_err()
    };
    assert_eq!(refused(|paused| paused.cells = 4), "the stimulus is of another population");
    assert_eq!(refused(|paused| paused.step_time = 0.5), "the stimulus is of another population");
    assert_eq!(refused(|paused| paused.currents[1] = f64::NAN), "the stimulus has invalid currents");
    assert_eq!(refused(|paused| paused.currents.clear()), "the stimulus has invalid currents");
    let message = refused(|paused| paused.stimulus = Stimulus::Noise { mean: f64::NAN, deviation: 1.0 });
    assert!(message.starts_with("the stimulus is invalid: `mean` = NaN nA"), "{message}");
    Source::resume(good, 3, 1.0).unwrap();
}

#[test]
fn poisson_has_the_moments_of_shot_noise() {
    for (rate, step_time) in [(400.0, 1.0), (20_000.0, 1.0), (50.0, 0.1)] {
        let stimulus = Stimulus::Poisson { rate, weight: 0.5, time_constant: 5.0 };
        let all = run(stimulus, 50, step_time, 8000, 11);
        let (mean, variance) = moments(&all[50 * 1000..]); // after it has settled
        let (spikes, decay) = (rate * step_time / 1000.0, (-step_time / 5.0).exp());
        assert!((mean * (1.0 - decay) / (0.5 * spikes) - 1.0).abs() < 0.03, "{mean}");
        assert!((variance * (1.0 - decay * decay) / (0.25 * spikes) - 1.0).abs() < 0.06, "{variance}");
    }
}

#[test]
fn a_ramp_has_its_ends_and_a_step_its_onset() {
    assert_eq!(run(Stimulus::Ramp { from: 1.0, to: 2.0 }, 1, 0.1, 5, 0), [1.0, 1.25, 1.5, 1.75, 2.0]);
    assert_eq!(run(Stimulus::Ramp { from: 0.1, to: 0.7 }, 1, 0.1, 8, 0)[7], 0.7);
    assert_eq!(run(Stimulus::Ramp { from: 1.0, to: 2.0 }, 1, 0.1, 1, 0), [1.0]);
    let onset = |onset, step_time| {
        let all = run(Stimulus::Step { before: 1.0, after: 2.0, onset }, 1, step_time, 9, 0);
        all.iter().position(|i| *i == 2.0)
    };
    assert_eq!([onset(0.0, 1.0), onset(3.0, 1.0), onset(3.1, 1.0)], [Some(0), Some(3), Some(4)]);
    assert_eq!([onset(2.1, 0.7), onset(0.3, 0.1), onset(1e18, 1e-300)], [Some(3), Some(3), None]);
    assert_eq!(run(Stimulus::Constant { current: 1.5 }, 2, 1.0, 2, 0), [1.5; 4]);
}

#[test]
fn wrong_parameters_are_named() {
    let of = |stimulus, step_time| Source::new(stimulus, 1, step_time, 1, 0).unwrap_err().to_string();
    let poisson = |rate, time_constant| Stimulus::Poisson { rate, weight: 1.0, time_constant };
    let constant = Stimulus::Constant { current: f64::NAN };
    assert_eq!(of(constant, 1.0), "`current` = NaN nA: must be between -1e18 and 1e18");
    assert_eq!(of(poisson(-3.0, 1.0), 1.0), "`rate` = -3 Hz: must be between 0 and 1e18");
    assert_eq!(of(poisson(3.0, 0.0), 1.0), "`time_constant` = 0 ms: must be positive and at most 1e18");
    let rule = "must be at most 5000000: 500 spikes in a step of 0.1 ms";
    assert_eq!(of(poisson(6e6, 1.0), 0.1), format!("`rate` = 6000000 Hz: {rule}"));
    let density = Stimulus::NoiseDensity { mean: 0.0, density: 1e18 };
    let rule = "too large: its standard deviation in a step of 0.01 ms must be at most 1e18 nA";
    assert_eq!(of(density, 0.01), format!("`density` = 1e18 nA·√ms: {rule}"));
    assert_eq!(of(NOISE, 0.0), "`step_time` = 0 ms: must be positive and at most 1e18");
}
