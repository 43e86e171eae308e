//! A LIF neuron under constant current has a closed form. How far each number format strays from it:
//!
//! | scalar | charging curve, mV | interval between spikes, steps | why |
//! |---|---|---|---|
//! | f64 | 10⁻¹² | 0 | rounding of 2⁻⁵² a step |
//! | f32 | 10⁻⁵ | 0 | rounding of 2⁻²⁴ a step, times the 20 steps that the membrane remembers |
//! | I8F24 | 7·10⁻⁷ | 0 | half a unit a step, times 20 steps, and one for the drive: 11 units of 2⁻²⁴ |
//! | I16F16 | 1.7·10⁻⁴ | 0 | the same: 11 units of 2⁻¹⁶ |
//! | I8F8 | 0.044 | 1, 3 % | the same: 11 units of 2⁻⁸, which near rheobase is a large part of what is left to charge |

use fixed::types::{I8F8, I8F24, I16F16};
use glif_core::{Flags, Lif, LifParams, Population, Representation, Spikes};

const PARAMS: LifParams = LifParams {
    step_time: 1.0,
    rest_v: -20.0,
    reset_v: -25.0,
    thresh_v: -5.0,
    refrac_t: 3.0,
    time_constant: 20.0,
    resistance: 2.0,
};
/// nA that just reach the threshold.
const RHEOBASE: f64 = (PARAMS.thresh_v - PARAMS.rest_v) / PARAMS.resistance;
/// Suprathreshold currents, nA.
fn currents() -> impl Iterator<Item = f64> {
    (1..=60).map(|i| RHEOBASE + f64::from(i) * 0.1875)
}

/// Membrane and spike after each step under a constant current, from rest.
fn run<S: Representation>(na: f64, steps: usize) -> Vec<(f64, bool)> {
    let mut population = Population::<Lif<S>, 1>::new(PARAMS).expect("parameters fit");
    let mut spikes = Spikes::<1>::new();
    let current = [S::current(na)];
    let step = |_| {
        population.step(&current, Flags::default(), &mut spikes);
        (population.voltage()[0].to_f64(), spikes.contains(0))
    };
    (0..steps).map(step).collect()
}

fn spike_steps<S: Representation>(na: f64, steps: usize) -> Vec<usize> {
    let fired = run::<S>(na, steps).into_iter().enumerate();
    fired.filter_map(|(step, (_, fired))| fired.then_some(step + 1)).collect()
}

/// Steps of charging from `from` mV to the threshold.
fn charging_steps(from: f64, na: f64) -> usize {
    let p = PARAMS;
    let drive = p.resistance * na;
    let ratio = (from - p.rest_v - drive) / (p.thresh_v - p.rest_v - drive);
    (ratio.ln() * p.time_constant / p.step_time).ceil() as usize
}

/// A neuron with a refractory count of n is held for n - 1 steps, and then charges.
fn interval(na: f64) -> usize {
    (PARAMS.refrac_t / PARAMS.step_time) as usize - 1 + charging_steps(PARAMS.reset_v, na)
}

fn worst_interval<S: Representation>() -> (usize, f64) {
    let mut worst = (0, 0.0_f64);
    for na in currents() {
        let spikes = spike_steps::<S>(na, 600);
        assert!(spikes.len() > 2, "{na} nA");
        let firsts = spikes[0].abs_diff(charging_steps(PARAMS.rest_v, na));
        let intervals = spikes.windows(2).map(|pair| (pair[1] - pair[0]).abs_diff(interval(na)));
        let off = intervals.chain([firsts]).max().unwrap();
        worst = (worst.0.max(off), worst.1.max(off as f64 / interval(na) as f64));
    }
    worst
}
fn worst_curve<S: Representation>() -> f64 {
    let p = PARAMS;
    let mut worst = 0.0_f64;
    for na in [RHEOBASE * 0.99, 3.0, 0.01, -7.3] {
        for (step, (v, fired)) in run::<S>(na, 400).into_iter().enumerate() {
            assert!(!fired);
            let t = (step + 1) as f64 * p.step_time;
            let exact = p.rest_v + p.resistance * na * (1.0 - (-t / p.time_constant).exp());
            worst = worst.max((v - exact).abs());
        }
    }
    worst
}
#[test]
fn measure() {
    fn m<S: Representation>(n: &str) {
        println!("{n} {:?} {:e}", worst_interval::<S>(), worst_curve::<S>());
    }
    m::<f64>("f64");
    m::<f32>("f32");
    m::<I8F24>("I8F24");
    m::<I16F16>("I16F16");
    m::<I8F8>("I8F8");
}
