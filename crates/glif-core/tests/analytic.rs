//! A LIF neuron under constant current has a closed form. The table shows how far each number format is from it:
//!
//! | scalar | charging curve, mV | interval between spikes, steps | why |
//! |---|---|---|---|
//! | f64 | 10⁻¹² | 0 | three roundings of 2⁻⁵³ per step, which the membrane remembers for 20 steps |
//! | f32 | 10⁻⁴ | 0 | the same with 2⁻²⁴ |
//! | I8F24 | 11 · 2⁻²⁴ | 0 | half a unit per step, remembered for 20.5 steps, and half a unit for the drive |
//! | I16F16 | 11 · 2⁻¹⁶ | 0 | the same |
//! | I8F8 | 11 · 2⁻⁸ | 1 | the same: 0.04 mV, which near rheobase is a part of what is left to charge |

use fixed::types::{I8F8, I8F24, I16F16};
use glif_core::{Lif, LifParams, Population, Quantize, Spikes, StepOptions};

const PARAMS: LifParams = LifParams {
    step_time: 1.0,
    rest_v: -20.0,
    reset_v: -25.0,
    thresh_v: -5.0,
    refrac_t: 3.0,
    time_constant: 20.0,
    resistance: 2.0,
};
/// Current that just reaches the threshold, nA.
const RHEOBASE: f64 = (PARAMS.thresh_v - PARAMS.rest_v) / PARAMS.resistance;
/// Currents above rheobase, nA. (From 16 nA on, `I8F24` clamps them at this resistance.)
fn currents() -> impl Iterator<Item = f64> {
    (1..=60).map(|i| RHEOBASE + f64::from(i) * 0.14)
}

/// Returns the membrane potential and the spike after each step under a constant current, from rest.
fn run<S: Quantize>(na: f64, steps: usize) -> Vec<(f64, bool)> {
    let mut population = Population::<Lif<S>, 1>::new(PARAMS).expect("parameters fit");
    let mut spikes = Spikes::<1>::new();
    let current = [S::nearest(na)];
    let step = |_| {
        population.step(&current, StepOptions::default(), &mut spikes);
        (population.voltage()[0].to_f64(), spikes.contains(0))
    };
    (0..steps).map(step).collect()
}

fn spike_steps<S: Quantize>(na: f64, steps: usize) -> Vec<usize> {
    let fired = run::<S>(na, steps).into_iter().enumerate();
    fired.filter_map(|(step, (_, fired))| fired.then_some(step + 1)).collect()
}

/// Returns the steps of charging from `from` mV to the threshold.
fn charging_steps(from: f64, na: f64) -> usize {
    let p = PARAMS;
    let drive = p.resistance * na;
    let ratio = (from - p.rest_v - drive) / (p.thresh_v - p.rest_v - drive);
    (ratio.ln() * p.time_constant / p.step_time).ceil() as usize
}

/// Returns the interval between spikes. A neuron with a refractory count of n is held for n - 1 steps, and then
/// charges.
fn interval(na: f64) -> usize {
    (PARAMS.refrac_t / PARAMS.step_time) as usize - 1 + charging_steps(PARAMS.reset_v, na)
}

/// Checks the first spike and every interval.
fn intervals<S: Quantize>(tolerance: usize) {
    for na in currents() {
        let spikes = spike_steps::<S>(na, 600);
        assert!(spikes.len() > 2, "{na} nA");
        let first = charging_steps(PARAMS.rest_v, na);
        assert!(spikes[0].abs_diff(first) <= tolerance, "{na} nA: {} for {first}", spikes[0]);
        for pair in spikes.windows(2) {
            let (got, want) = (pair[1] - pair[0], interval(na));
            assert!(got.abs_diff(want) <= tolerance, "{na} nA: {got} for {want}");
        }
    }
}

/// Checks v(t) = rest + R·I (1 - exp(-t/τ)).
fn charging_curve<S: Quantize>(tolerance: f64) {
    let p = PARAMS;
    for na in [RHEOBASE * 0.99, 3.0, 0.01, -7.3] {
        for (step, (v, fired)) in run::<S>(na, 400).into_iter().enumerate() {
            let t = (step + 1) as f64 * p.step_time;
            let exact = p.rest_v + p.resistance * na * (1.0 - (-t / p.time_constant).exp());
            assert!((v - exact).abs() <= tolerance, "{na} nA, {t} ms: {v} for {exact}");
            assert!(!fired, "{na} nA, {t} ms");
        }
    }
}

/// Checks the spikes in three seconds: none up to rheobase, then as many as the intervals allow, up to the
/// refractory limit.
fn rates<S: Quantize>(tolerance: usize) {
    const STEPS: usize = 3000;
    for na in [-8.0, 0.0, 0.5 * RHEOBASE, 0.995 * RHEOBASE] {
        assert_eq!(spike_steps::<S>(na, STEPS), [0; 0], "{na} nA");
    }
    let mut last = 0;
    for na in currents() {
        let count = spike_steps::<S>(na, STEPS).len();
        let spikes = |interval| 1 + (STEPS - charging_steps(PARAMS.rest_v, na)) / interval;
        let (fewest, most) = (spikes(interval(na) + tolerance), spikes(interval(na) - tolerance));
        assert!((fewest..=most).contains(&count), "{na} nA: {count}, not {fewest} to {most}");
        assert!(last <= count, "{na} nA: fewer spikes from more current");
        last = count;
    }
}

macro_rules! analytic {
    ($name:ident, $scalar:ty, curve $curve:expr, interval $interval:expr) => {
        #[test]
        fn $name() {
            charging_curve::<$scalar>($curve);
            intervals::<$scalar>($interval);
            rates::<$scalar>($interval);
        }
    };
}
analytic!(f64_follows, f64, curve 1e-12, interval 0);
analytic!(f32_follows, f32, curve 1e-4, interval 0);
analytic!(i8f24_follows, I8F24, curve 11.0 * I8F24::RESOLUTION, interval 0);
analytic!(i16f16_follows, I16F16, curve 11.0 * I16F16::RESOLUTION, interval 0);
analytic!(i8f8_follows, I8F8, curve 11.0 * I8F8::RESOLUTION, interval 1);

/// Under any current, a neuron cannot fire before its refractory period is over.
#[test]
fn refractory_time_bounds_the_rate() {
    for na in [1e3, 1e30] {
        let spikes = spike_steps::<f64>(na, 10);
        assert_eq!(spikes, [1, 4, 7, 10]);
    }
    assert_eq!(spike_steps::<I16F16>(f64::MAX, 10), [1, 4, 7, 10]);
}
