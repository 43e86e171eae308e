//! Firing rates: of a record, and in closed form.
//!
//! ```
//! use glif::{Description, rate};
//! let description = Description::from_toml(r#"
//!     model = "lif"
//!     shape = [1]
//!     [params]
//!     step_time = 1.0
//!     rest_v = -60.0
//!     reset_v = -65.0
//!     thresh_v = -50.0
//!     refrac_t = 2.0
//!     time_constant = 20.0
//! "#)?;
//! let exact = rate::ClosedForm::of(&description.build()?).expect("a LIF has one");
//! assert_eq!(exact.rheobase(), 10.0); // nA
//! assert_eq!(exact.rate(9.9), 0.0);
//! assert_eq!(exact.rate(15.0), 1000.0 / 29.0); // Hz: 28 steps of charging after one that is held
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::AnyPopulation;
use crate::description::ModelName;

/// Where threshold and refractory lock stay as they are, a constant current I has a closed form of its rate:
/// 1 / (n · dt), with n = h + ⌈τ/dt · ln((reset - rest - R·I) / (threshold - rest - R·I))⌉ and h the steps for which a
/// spike holds the membrane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClosedForm {
    step_time: f64,
    time_constant: f64,
    resistance: f64,
    /// From rest, mV.
    reset: f64,
    threshold: f64,
    held: f64,
}

impl ClosedForm {
    /// That of a population; none if it adapts or charges while refractory.
    pub fn of(population: &AnyPopulation) -> Option<Self> {
        let d = population.description();
        let plain = matches!(d.model, ModelName::Lif | ModelName::Glif1) && d.refrac_lock;
        plain.then(|| Self {
            step_time: d.number("step_time"),
            time_constant: d.number("time_constant"),
            resistance: d.number("resistance"),
            reset: d.number("reset_v") - d.number("rest_v"),
            threshold: d.number("thresh_v") - d.number("rest_v"),
            // A count of c blocks c - 1 steps: in the c-th the neuron integrates again.
            held: f64::from(population.refractory_steps().max(1) - 1),
        })
    }

    /// Hz under a constant current in nA.
    pub fn rate(&self, current: f64) -> f64 {
        let drive = self.resistance * current;
        if drive <= self.threshold {
            return 0.0;
        }
        let ratio = (self.reset - drive) / (self.threshold - drive);
        let steps = self.held + (ratio.ln() * self.time_constant / self.step_time).ceil();
        1000.0 / (steps * self.step_time)
    }

    /// The constant current up to which no spike comes (for a negative resistance, from which on), nA.
    pub fn rheobase(&self) -> f64 {
        self.threshold / self.resistance
    }
}

/// The rate (Hz) of each of so many neurons once it has settled: by the mean interval between its spikes in the second
/// half of a record; 0 where there is none. The record is who fired, a list for each step of `step_time` ms.
pub fn settled(record: &[Vec<usize>], neurons: usize, step_time: f64) -> Vec<f64> {
    let mut steps = vec![Vec::new(); neurons];
    for (step, fired) in record.iter().enumerate().skip(record.len() / 2) {
        fired.iter().for_each(|neuron| steps[*neuron].push(step));
    }
    let rate = |steps: Vec<usize>| match *steps.as_slice() {
        [first, .., last] => 1000.0 * (steps.len() - 1) as f64 / ((last - first) as f64 * step_time),
        _ => 0.0,
    };
    steps.into_iter().map(rate).collect()
}

/// The rate (Hz) of each of so many neurons by its first interval, before anything has adapted; 0 where there is none.
/// The record is as for [`settled`].
pub fn first(record: &[Vec<usize>], neurons: usize, step_time: f64) -> Vec<f64> {
    let mut steps = vec![Vec::new(); neurons];
    for (step, fired) in record.iter().enumerate() {
        fired.iter().for_each(|neuron| steps[*neuron].push(step));
    }
    let rate = |steps: Vec<usize>| match *steps.as_slice() {
        [first, second, ..] => 1000.0 / ((second - first) as f64 * step_time),
        _ => 0.0,
    };
    steps.into_iter().map(rate).collect()
}

/// So many currents from one to another, both included, evenly apart.
pub fn spread((from, to): (f64, f64), count: usize) -> Vec<f64> {
    let share = |i: usize| i as f64 / (count.max(2) - 1) as f64;
    (0..count).map(|i| from + (to - from) * share(i)).collect()
}
