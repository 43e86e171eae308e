//! Input currents without a file: constant, step, ramp, three kinds of Gaussian noise, and Poisson synapses.
//!
//! The same stimulus and seed give the same bits on every machine: the random numbers are ChaCha8's, and what is made of
//! them uses only operations that IEEE 754 fixes. `exp` and `ln` of the standard library are not among those, and
//! neither are the distributions of `rand_distr`, which call them.

mod random;
mod source;

pub(crate) use source::Paused;
pub use source::Source;

use glif_core::error::Number;
use serde::{Deserialize, Serialize};

/// No parameter is larger, so that no current, a sum of many, leaves the range of `f32`.
const LARGEST: f64 = 1e18;

/// A current in nA, as a function of time, for every neuron of every sample.
///
/// ```
/// use glif::stimulus::Stimulus;
///
/// let noise = Stimulus::Noise { mean: 14.0, deviation: 6.0 }; // nA
/// assert!(noise.check().is_ok());
/// let synapse = Stimulus::Poisson { rate: 200.0, weight: 1.5, time_constant: -5.0 }; // Hz, nA, ms
/// let told = synapse.check().unwrap_err().to_string();
/// assert_eq!(told, "`time_constant` = -5 ms must be positive and at most 1e18");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
// Snapshots know the kinds by their order: a new one comes last.
pub enum Stimulus {
    /// The same current all the time.
    Constant {
        /// The current in nA.
        current: f64,
    },
    /// One current, then another.
    Step {
        /// The current in nA before the onset.
        before: f64,
        /// The current in nA from the first step that starts at the onset or later.
        after: f64,
        /// When it changes, in ms after the start of the run.
        onset: f64,
    },
    /// A current that changes linearly over the run.
    Ramp {
        /// The current in nA in the first step.
        from: f64,
        /// The current in nA in the last step, and after it. A run of a single step has `from`.
        to: f64,
    },
    /// A Gaussian current, drawn anew for every neuron, sample and step, with the same deviation whatever the step time.
    ///
    /// A step holds its value, so what the noise does to a membrane depends on the step time dt: the membrane's standard
    /// deviation is R · deviation · √((1 - d) / (1 + d)) with d = exp(-dt / τ), which for short steps grows as √dt. For
    /// noise whose effect does not depend on the step take [`NoiseDensity`](Self::NoiseDensity) or
    /// [`OrnsteinUhlenbeck`](Self::OrnsteinUhlenbeck).
    Noise {
        /// The mean in nA.
        mean: f64,
        /// The standard deviation of a step's current in nA.
        deviation: f64,
    },
    /// Every neuron has a Poisson spike train of its own, through a synapse with exponential current.
    ///
    /// Equation: I ← I exp(-dt / τ) + w n, with n spikes in the step, n ~ Poisson(rate · dt); I starts at 0. The mean
    /// tends to w · rate · dt / (1 - exp(-dt / τ)).
    Poisson {
        /// Spikes per second, in Hz.
        rate: f64,
        /// What a spike adds to the current, in nA; negative for inhibition.
        weight: f64,
        /// The synapse's time constant τ in ms.
        time_constant: f64,
    },
    /// Gaussian white noise of a given density, independent for every neuron, sample and step.
    ///
    /// Equation: I = mean + density / √dt · z, with z ~ N(0, 1) drawn anew for each step. The membrane's standard deviation is
    /// R · density / √(2 τ), whatever the step time: it is exact for short steps, and (dt / τ)² / 24 less for long ones.
    NoiseDensity {
        /// The mean in nA.
        mean: f64,
        /// The amplitude spectral density in nA·√ms: the square root of the two-sided power spectral density in nA²·ms.
        density: f64,
    },
    /// Gaussian noise with a correlation time (an Ornstein-Uhlenbeck process), independent for every neuron and sample.
    ///
    /// Equation: I = mean + x, with x ← x a + deviation · √(1 - a²) · z, a = exp(-dt / τ) and z ~ N(0, 1); x starts as
    /// deviation · z. Its deviation and correlation are those of the continuous process at any step time; a step holds
    /// its value, so take steps that are short beside τ.
    OrnsteinUhlenbeck {
        /// The mean in nA.
        mean: f64,
        /// The standard deviation in nA.
        deviation: f64,
        /// The correlation time τ in ms: the correlation of two moments is exp(-|t| / τ).
        time_constant: f64,
    },
}

/// A parameter that a stimulus cannot have.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("`{name}` = {} {unit} {rule}", Number(*value))]
pub struct StimulusError {
    /// The field of [`Stimulus`], `step_time` or `cells`.
    pub name: &'static str,
    /// The offending value, in `unit`.
    pub value: f64,
    /// `nA`, `nA·√ms`, `ms` or `Hz`; of `cells` none.
    pub unit: &'static str,
    /// What it must be.
    pub rule: String,
}

/// A parameter that can be, or why it cannot.
type Checked = Result<f64, StimulusError>;

fn require(holds: bool, name: &'static str, value: f64, unit: &'static str, rule: &str) -> Checked {
    if holds { Ok(value) } else { Err(StimulusError { name, value, unit, rule: rule.to_owned() }) }
}

fn current(name: &'static str, value: f64) -> Checked {
    require(value.abs() <= LARGEST, name, value, "nA", "must lie between -1e18 and 1e18")
}

fn amount(name: &'static str, value: f64, unit: &'static str) -> Checked {
    require((0.0..=LARGEST).contains(&value), name, value, unit, "must lie between 0 and 1e18")
}

fn duration(name: &'static str, value: f64) -> Checked {
    require(value > 0.0 && value <= LARGEST, name, value, "ms", "must be positive and at most 1e18")
}

impl Stimulus {
    fn parameters(&self) -> Vec<Checked> {
        match *self {
            Self::Constant { current: value } => vec![current("current", value)],
            Self::Step { before, after, onset } => {
                vec![current("before", before), current("after", after), amount("onset", onset, "ms")]
            }
            Self::Ramp { from, to } => vec![current("from", from), current("to", to)],
            Self::Noise { mean, deviation } => vec![current("mean", mean), amount("deviation", deviation, "nA")],
            Self::Poisson { rate, weight, time_constant: tau } => {
                vec![amount("rate", rate, "Hz"), current("weight", weight), duration("time_constant", tau)]
            }
            Self::NoiseDensity { mean, density } => vec![current("mean", mean), amount("density", density, "nA·√ms")],
            Self::OrnsteinUhlenbeck { mean, deviation, time_constant: tau } => {
                vec![current("mean", mean), amount("deviation", deviation, "nA"), duration("time_constant", tau)]
            }
        }
    }

    /// Its parameters, in the order of its fields.
    ///
    /// ```
    /// use glif::stimulus::Stimulus;
    /// assert_eq!(Stimulus::Noise { mean: 14.0, deviation: 6.0 }.values(), [14.0, 6.0]); // nA
    /// ```
    pub fn values(&self) -> Vec<f64> {
        self.parameters().into_iter().map(|checked| checked.unwrap_or_else(|error| error.value)).collect()
    }

    /// Whether it can be a current.
    ///
    /// # Errors
    /// Naming the first parameter that is wrong.
    pub fn check(&self) -> Result<(), StimulusError> {
        self.parameters().into_iter().try_for_each(|checked| checked.map(drop))
    }

    /// Whether chance has a part in it, so that a seed makes a difference.
    pub fn is_random(&self) -> bool {
        !matches!(self, Self::Constant { .. } | Self::Step { .. } | Self::Ramp { .. })
    }
}
