//! Firing rates of a run, settled firing rates, and firing rates in closed form.
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

use std::fmt;

use crate::DynPopulation;
use crate::description::{Discretization, ModelKind, Parameter};
use crate::number::short;

/// Firing rates over one run, Hz. Samples may be counted as separate neurons.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Mean rate over the neurons.
    pub mean: f64,
    /// Rate of the neuron with the fewest spikes.
    pub lowest: f64,
    /// Rate of the neuron with the most spikes.
    pub highest: f64,
    /// Number of neurons that never fired.
    pub silent: usize,
    /// Number of neurons.
    pub neurons: usize,
}

impl Rates {
    /// Computes the rates from the spike count of each neuron in `steps` of `step_time` ms.
    ///
    /// All rates are 0 if there are no neurons or no time.
    pub fn of(counts: &[u64], steps: usize, step_time: f64) -> Self {
        let seconds = steps as f64 * step_time / 1000.0;
        let rate = |spikes: f64| {
            if seconds > 0.0 && !counts.is_empty() { spikes / seconds } else { 0.0 }
        };
        Self {
            mean: rate(counts.iter().sum::<u64>() as f64 / counts.len() as f64),
            lowest: rate(counts.iter().min().copied().unwrap_or(0) as f64),
            highest: rate(counts.iter().max().copied().unwrap_or(0) as f64),
            silent: counts.iter().filter(|count| **count == 0).count(),
            neurons: counts.len(),
        }
    }
}

impl fmt::Display for Rates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [mean, lowest, highest] = [self.mean, self.lowest, self.highest].map(|rate| short(rate, 4));
        let Self { silent, neurons, .. } = self;
        write!(f, "mean rate {mean} Hz, lowest {lowest} Hz, highest {highest} Hz; {silent} of {neurons} neurons silent")
    }
}

/// The closed form of the firing rate under a constant current I, for a constant threshold and with refractory lock.
///
/// The rate is 1 / (n · dt), with n = h + ⌈τ/dt · ln((reset - rest - R·I) / (threshold - rest - R·I))⌉ and h
/// the number of steps for which a spike holds the membrane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClosedForm {
    step_time: f64,
    time_constant: f64,
    resistance: f64,
    /// Relative to rest, mV.
    reset: f64,
    threshold: f64,
    held: f64,
}

impl ClosedForm {
    /// Returns the closed form of a population; `None` if it adapts or charges while refractory, or if its neurons
    /// have their own parameters, and so each its own rate.
    pub fn of(population: &DynPopulation) -> Option<Self> {
        let d = population.description();
        let plain = matches!(d.model(), ModelKind::Lif | ModelKind::Glif1) && d.options().refrac_lock;
        let plain = plain && population.neuron_parameters().is_none();
        let (step_time, tau) = (d.step_time(), d.number(Parameter::TimeConstant));
        plain.then(|| Self {
            step_time,
            time_constant: match d.spec.params.discretization() {
                Discretization::Exact => tau,
                // That of the exact factor of a step which is equal to forward Euler's.
                Discretization::Euler => -step_time / (1.0 - step_time / tau).ln(),
            },
            resistance: d.number(Parameter::Resistance),
            reset: d.number(Parameter::ResetV) - d.number(Parameter::RestV),
            threshold: d.number(Parameter::ThreshV) - d.number(Parameter::RestV),
            // A count of c blocks c - 1 steps: in step c the neuron integrates again.
            held: f64::from(population.refractory_steps().max(1) - 1),
        })
    }

    /// Returns the rate under a constant current in nA, Hz.
    pub fn rate(&self, current: f64) -> f64 {
        let drive = self.resistance * current;
        if drive <= self.threshold {
            return 0.0;
        }
        let ratio = (self.reset - drive) / (self.threshold - drive);
        // Charging takes at least one step, however strong the current is.
        let steps = self.held + (ratio.ln() * self.time_constant / self.step_time).ceil().max(1.0);
        1000.0 / (steps * self.step_time)
    }

    /// Returns the constant current up to which the neuron does not fire, nA. For a negative resistance, it is
    /// the current from which on the neuron does not fire.
    pub fn rheobase(&self) -> f64 {
        self.threshold / self.resistance
    }
}

/// Spike intervals from which rates are computed, in constant memory per neuron however long the run is.
#[derive(Debug, Clone)]
pub struct Tally {
    half: usize,
    neurons: Vec<Intervals>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Intervals {
    /// The first spike, and the steps from it to the second one.
    first: Option<usize>,
    interval: Option<usize>,
    /// In the second half of the run: the first spike, the steps from it to the last one, and the number of
    /// intervals.
    settled: Option<usize>,
    span: usize,
    intervals: usize,
}

impl Tally {
    /// Creates a tally for a run of `steps` steps with `neurons` neurons.
    pub fn new(neurons: usize, steps: usize) -> Self {
        Self { half: steps / 2, neurons: vec![Intervals::default(); neurons] }
    }

    /// Records a spike, in a later step than the neuron's previous one. Spikes of unknown neurons are skipped.
    pub fn record(&mut self, step: usize, neuron: usize) {
        let Some(seen) = self.neurons.get_mut(neuron) else {
            return;
        };
        match seen.first {
            None => seen.first = Some(step),
            Some(first) => seen.interval = seen.interval.or(Some(step - first)),
        }
        if step >= self.half {
            seen.intervals += usize::from(seen.settled.is_some());
            seen.span = step - *seen.settled.get_or_insert(step);
        }
    }

    /// Returns the rate of each neuron from its first interval, before adaptation, Hz.
    ///
    /// The rate is 0 if there is no interval. A step takes `step_time` ms.
    pub fn first(&self, step_time: f64) -> Vec<f64> {
        let rate = |seen: &Intervals| seen.interval.map_or(0.0, |steps| 1000.0 / (steps as f64 * step_time));
        self.neurons.iter().map(rate).collect()
    }

    /// Returns the settled rate of each neuron, Hz, from its mean interval in the second half of the run.
    ///
    /// The rate is 0 if there is no interval. A step takes `step_time` ms.
    pub fn settled(&self, step_time: f64) -> Vec<f64> {
        let rate = |seen: &Intervals| match seen.span {
            0 => 0.0,
            steps => 1000.0 * seen.intervals as f64 / (steps as f64 * step_time),
        };
        self.neurons.iter().map(rate).collect()
    }
}

/// Returns `count` evenly spaced currents from one to another, both included.
pub fn spread((from, to): (f64, f64), count: usize) -> Vec<f64> {
    let share = |i: usize| i as f64 / (count.max(2) - 1) as f64;
    (0..count).map(|i| from + (to - from) * share(i)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_current_is_too_strong_for_the_closed_form() {
        let exact = ClosedForm {
            step_time: 1.0,
            time_constant: 20.0,
            resistance: 1.0,
            reset: -5.0,
            threshold: 10.0,
            held: 0.0,
        };
        assert_eq!([1e3, 1e17, 1e18, 1e300].map(|current| exact.rate(current)), [1000.0; 4]);
    }

    #[test]
    fn rates_are_in_hertz() {
        let rates = Rates::of(&[0, 3, 1], 4, 0.5);
        assert_eq!(rates, Rates { mean: 4.0 / 3.0 / 0.002, lowest: 0.0, highest: 1500.0, silent: 1, neurons: 3 });
        assert_eq!((Rates::of(&[], 4, 0.5).mean, Rates::of(&[1], 0, 0.5).mean), (0.0, 0.0));
    }
}
