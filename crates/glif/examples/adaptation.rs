//! Compares spike-frequency adaptation of ALIF neurons with the curve of Benda and Herz (2003).
//!
//! Under a step of current the rate falls as f(t) = f∞ + (f0 - f∞) · exp(-t / τ_eff).
//! The prediction is τ_eff = τ · f∞'(I) / f0'(I): stronger adaptation ends sooner. The example measures f0, f∞
//! and their slopes on unadapted and settled neurons, and fits τ_eff to the intervals in between. The fit must
//! agree with the prediction to a tenth: the curve is linear, and a moving threshold does not act quite like a
//! current.
//!
//! J. Benda and A. V. M. Herz, A universal model for spike-frequency adaptation, Neural Computation 15:2523, 2003.
//!
//!     cargo run --release --example adaptation

use std::error::Error;

use glif::rate::Tally;
use glif::{Alif, AlifParams, Population, StepOptions};

/// Length of a step, ms.
const STEP_TIME: f64 = 0.01;
/// Time constant of the threshold component, ms.
const TAU: f64 = 300.0;
/// Currents, nA; `ASIDE` is the distance on either side at which the slopes are measured.
const CURRENTS: [f64; 4] = [18.0, 20.0, 25.0, 30.0];
const ASIDE: f64 = 1.0;

pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let params = AlifParams {
        step_time: STEP_TIME,
        rest_v: -65.0,
        reset_v: -65.0,
        thresh_eq_v: -50.0,
        refrac_t: 0.0,
        tc_membrane: 10.0,
        tc_adaptation: [TAU],
        spike_increment: [0.1],
        resistance: 1.0,
    };
    println!("current   from      to   τ_eff fitted  predicted   rms of the fit");
    for current in CURRENTS {
        // The current itself, and one on either side.
        let currents = [current, current - ASIDE, current + ASIDE];
        let record = run(params, &currents, 3000.0)?;
        let mut tally = Tally::new(currents.len(), record.len());
        for (step, fired) in record.iter().enumerate() {
            fired.iter().for_each(|neuron| tally.record(step, *neuron));
        }
        let (start, end) = (tally.first(STEP_TIME), tally.settled(STEP_TIME));
        let predicted = TAU * (end[2] - end[1]) / (start[2] - start[1]);
        let curve = intervals(&record);
        let (fitted, rms) = fit(&curve, end[0]);
        println!(
            "{current:4} nA {:5.1} Hz {:5.1} Hz {fitted:9.1} ms {predicted:7.1} ms {rms:10.2} Hz",
            start[0], end[0]
        );
        let apart = (fitted / predicted - 1.0).abs();
        if apart > 0.1 {
            return Err(format!("at {current} nA fit and prediction are {:.0} % apart", 100.0 * apart).into());
        }
    }
    Ok(())
}

/// Returns the neurons that fire in each step of a run of `duration` ms, with one neuron per current (nA).
fn run(params: AlifParams<1>, currents: &[f64], duration: f64) -> Result<Vec<Vec<usize>>, Box<dyn Error>> {
    let mut population = Population::<Alif<f64, 1>>::builder(params).shape(&[currents.len()]).build()?;
    let mut record = Vec::new();
    for _ in 0..(duration / STEP_TIME).round() as usize {
        let fired = population.step(currents, StepOptions::default())?;
        record.push(fired.iter().map(|(_sample, neuron)| neuron).collect());
    }
    Ok(record)
}

/// Returns the rate of the first neuron over time: the middle of each interval (ms) and its inverse length (Hz).
fn intervals(record: &[Vec<usize>]) -> Vec<(f64, f64)> {
    let spikes: Vec<f64> =
        (0..).zip(record).filter(|(_, fired)| fired.contains(&0)).map(|(t, _)| f64::from(t)).collect();
    let middle = |pair: &[f64]| (STEP_TIME * (pair[0] + pair[1]) / 2.0, 1000.0 / (STEP_TIME * (pair[1] - pair[0])));
    spikes.windows(2).map(middle).collect()
}

/// Fits an exponential that tends to `end` (Hz), and returns its time constant (ms) and rms distance (Hz).
fn fit(curve: &[(f64, f64)], end: f64) -> (f64, f64) {
    let distance = |tau: f64| {
        // The best amplitude has a closed form.
        let shape = || curve.iter().map(|(t, rate)| ((-t / tau).exp(), rate - end));
        let amplitude = shape().map(|(e, y)| e * y).sum::<f64>() / shape().map(|(e, _)| e * e).sum::<f64>();
        (shape().map(|(e, y)| (y - amplitude * e).powi(2)).sum::<f64>() / curve.len() as f64).sqrt()
    };
    // Tries every tenth of a millisecond, because an iterative search would have to converge.
    let candidates = (10..=3000).map(|tenths| f64::from(tenths) / 10.0);
    let best = candidates.map(|tau| (tau, distance(tau))).min_by(|a, b| a.1.total_cmp(&b.1));
    best.unwrap_or((f64::NAN, f64::NAN))
}
