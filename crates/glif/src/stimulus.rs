//! Generated input currents: constant, step, ramp, three kinds of Gaussian noise, and Poisson synapses.
//!
//! The same stimulus and seed give the same bits on every machine: the random numbers are ChaCha8's, and
//! everything computed from them uses only operations that IEEE 754 fixes. `exp` and `ln` of the standard
//! library are not among those operations, nor are the distributions of `rand_distr`, which call them.

mod source;

pub(crate) use source::Paused;
pub use source::Source;

use glif_core::error::Number;
use serde::{Deserialize, Serialize};

/// Greatest magnitude of a parameter, so that no current, which is a sum of many, leaves the range of `f32`.
const LARGEST: f64 = 1e18;

/// A current as a function of time, nA, for every neuron of every sample.
///
/// ```
/// use glif::stimulus::Stimulus;
///
/// let noise = Stimulus::Noise { mean: 14.0, deviation: 6.0 }; // nA
/// assert!(noise.check().is_ok());
/// let synapse = Stimulus::Poisson { rate: 200.0, weight: 1.5, time_constant: -5.0 }; // Hz, nA, ms
/// let told = synapse.check().unwrap_err().to_string();
/// assert_eq!(told, "`time_constant` = -5 ms: must be positive and at most 1e18");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
// Snapshots store the variant by its index, so add new variants at the end.
pub enum Stimulus {
    /// A constant current.
    Constant {
        /// The current, nA.
        current: f64,
    },
    /// A current that changes once.
    Step {
        /// Current before the onset, nA.
        before: f64,
        /// Current from the first step that starts at the onset or later, nA.
        after: f64,
        /// Onset, ms after the start of the run.
        onset: f64,
    },
    /// A current that changes linearly over the run.
    Ramp {
        /// Current in the first step, nA.
        from: f64,
        /// Current in the last step and after it, nA. A run of a single step has `from`.
        to: f64,
    },
    /// A Gaussian current, drawn for every neuron, sample and step, with the same deviation at any step time.
    ///
    /// The current is constant within a step, so the effect of the noise on a membrane depends on the step time
    /// dt. The membrane's standard deviation is R · deviation · √((1 - d) / (1 + d)) with d = exp(-dt / τ),
    /// which for short steps grows as √dt. For noise whose effect does not depend on the step time, use
    /// [`NoiseDensity`](Self::NoiseDensity) or [`OrnsteinUhlenbeck`](Self::OrnsteinUhlenbeck).
    Noise {
        /// Mean, nA.
        mean: f64,
        /// Standard deviation of a step's current, nA.
        deviation: f64,
    },
    /// An independent Poisson spike train for every neuron, through a synapse with exponential current.
    ///
    /// Equation: I ← I exp(-dt / τ) + w n, with n spikes in the step, n ~ Poisson(rate · dt); I starts at 0.
    /// The mean tends to w · rate · dt / (1 - exp(-dt / τ)).
    Poisson {
        /// Spike rate, Hz.
        rate: f64,
        /// Increment of the current per spike, nA; negative for inhibition.
        weight: f64,
        /// Time constant τ of the synapse, ms.
        time_constant: f64,
    },
    /// Gaussian white noise of a given density, independent for every neuron, sample and step.
    ///
    /// Equation: I = mean + density / √dt · z, with z ~ N(0, 1) drawn in each step. The membrane's standard
    /// deviation is R · density / √(2 τ) at any step time: exact for short steps, and (dt / τ)² / 24 less for
    /// long ones.
    NoiseDensity {
        /// Mean, nA.
        mean: f64,
        /// Amplitude spectral density, nA·√ms: the square root of the two-sided power spectral density in nA²·ms.
        density: f64,
    },
    /// Gaussian noise with a correlation time (an Ornstein-Uhlenbeck process), independent for every neuron and sample.
    ///
    /// Equation: I = mean + x, with x ← x a + deviation · √(1 - a²) · z, a = exp(-dt / τ) and z ~ N(0, 1); x
    /// starts as deviation · z. Its deviation and correlation are those of the continuous process at any step
    /// time. The current is constant within a step, so use steps that are short compared with τ.
    OrnsteinUhlenbeck {
        /// Mean, nA.
        mean: f64,
        /// Standard deviation, nA.
        deviation: f64,
        /// Correlation time τ, ms: the correlation between two times is exp(-|t| / τ).
        time_constant: f64,
    },
}

/// Error for an invalid parameter of a stimulus.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("`{name}` = {} {unit}: {rule}", Number(*value))]
pub struct StimulusError {
    /// The field of [`Stimulus`], `step_time` or `cells`.
    pub name: &'static str,
    /// The invalid value, in `unit`.
    pub value: f64,
    /// `nA`, `nA·√ms`, `ms` or `Hz`; empty for `cells`.
    pub unit: &'static str,
    /// The constraint on the value.
    pub rule: String,
}

/// A valid parameter, or an error.
type Checked = Result<f64, StimulusError>;

fn require(holds: bool, name: &'static str, value: f64, unit: &'static str, rule: &str) -> Checked {
    if holds { Ok(value) } else { Err(StimulusError { name, value, unit, rule: rule.to_owned() }) }
}

fn current(name: &'static str, value: f64) -> Checked {
    require(value.abs() <= LARGEST, name, value, "nA", "must be between -1e18 and 1e18")
}

fn amount(name: &'static str, value: f64, unit: &'static str) -> Checked {
    require((0.0..=LARGEST).contains(&value), name, value, unit, "must be between 0 and 1e18")
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

    /// Returns the parameters, in the order of the fields.
    ///
    /// ```
    /// use glif::stimulus::Stimulus;
    /// assert_eq!(Stimulus::Noise { mean: 14.0, deviation: 6.0 }.values(), [14.0, 6.0]); // nA
    /// ```
    pub fn values(&self) -> Vec<f64> {
        self.parameters().into_iter().map(|checked| checked.unwrap_or_else(|error| error.value)).collect()
    }

    /// Checks the parameters.
    ///
    /// # Errors
    /// Returns an error for the first invalid parameter.
    pub fn check(&self) -> Result<(), StimulusError> {
        self.parameters().into_iter().try_for_each(|checked| checked.map(drop))
    }

    /// Returns whether the stimulus is random, so that the seed matters.
    pub fn is_random(&self) -> bool {
        !matches!(self, Self::Constant { .. } | Self::Step { .. } | Self::Ramp { .. })
    }
}
