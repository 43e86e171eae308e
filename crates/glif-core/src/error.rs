//! What can be wrong with parameters, state and lengths, and how it is told.

use core::fmt;

use crate::names::ModelKind;
use crate::parameter::Parameter;

/// One thing wrong with one parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ParamError {
    /// Which parameter.
    pub parameter: Parameter,
    /// Which component of a list, or which neuron, counted from 0.
    pub index: Option<u32>,
    /// The offending value, in the parameter's unit.
    pub value: f64,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Problem {
    /// NaN or infinite.
    NotFinite,
    /// Zero or less.
    NotPositive,
    /// Less than zero.
    Negative,
    /// Zero.
    Zero,
    /// Not below another parameter.
    NotBelow {
        /// The other parameter.
        parameter: Parameter,
        /// Its value.
        limit: f64,
    },
    /// Below another parameter as written, but the same number in the number format.
    RoundsOnto {
        /// The other parameter.
        parameter: Parameter,
        /// Its value as written.
        limit: f64,
        /// What both become.
        stored: f64,
    },
    /// Outside what the number format can hold.
    OutOfRange {
        /// The least value that fits.
        lowest: f64,
        /// The greatest value that fits.
        highest: f64,
    },
    /// Rounds to zero in the number format.
    TooSmall {
        /// Distance between values of the format; half of it no longer rounds to zero.
        resolution: f64,
    },
    /// The decay rounds to 1: nothing would ever decay.
    NeverDecays,
    /// The whole increment lies in the band where the decay stalls.
    Stalls {
        /// Magnitudes up to this one never decay.
        band: f64,
    },
    /// More steps than a refractory count can hold, or a countdown that never ends because a step is lost in rounding.
    TooManySteps {
        /// The most steps that fit.
        most: u16,
    },
    /// A remaining refractory time, in its own unit, that is longer than a whole period.
    LongerThanPeriod {
        /// The period.
        most: f64,
    },
    /// A GLIF2 neuron at threshold is reset to a voltage at or above it, and would fire for ever.
    ResetStaysAbove {
        /// Where the reset lands, in mV.
        reset: f64,
        /// The threshold, in mV.
        threshold: f64,
    },
    /// A threshold that a membrane under the strongest current of its format does not reach: nothing would ever fire.
    OutOfReach {
        /// How far that current drives it, in mV.
        highest: f64,
    },
    /// Neither 1 nor 0, of spikes.
    NoFlag,
    /// A list of another length than the model has components.
    Components {
        /// How many the model has.
        expected: u32,
    },
    /// A list longer than any supported model has components.
    TooManyComponents {
        /// The most that are supported.
        most: u32,
    },
    /// A parameter that the model does not have.
    NoParameter {
        /// The model.
        model: ModelKind,
    },
}

/// A number as messages have it: with an exponent where digits would have to be counted.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Number(pub f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(x) = *self;
        if x == 0.0 || !x.is_finite() || (1e-4..1e9).contains(&x.abs()) {
            fmt::Display::fmt(&x, f)
        } else {
            fmt::LowerExp::fmt(&x, f)
        }
    }
}

impl ParamError {
    /// What is wrong with a remaining refractory time (ms) under a new step time.
    pub const fn of_refrac(index: usize, value: f64, problem: Problem) -> Self {
        Self { parameter: Parameter::Refrac, index: Some(index as u32), value, problem }
    }
}

impl fmt::Display for ParamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { parameter, index, value, problem } = *self;
        problem.tell(f, (parameter.name(), index, value, parameter.unit()))
    }
}

impl Problem {
    /// Tells it of a value by its name, its index and its unit.
    fn tell(
        self,
        f: &mut fmt::Formatter<'_>,
        (name, index, value, unit): (&str, Option<u32>, f64, &str),
    ) -> fmt::Result {
        let value = Number(value);
        if let Problem::Components { expected } = self {
            return write!(f, "`{name}` has {value} values, but {expected} are needed");
        }
        if let Problem::TooManyComponents { most } = self {
            return write!(
                f,
                "`{name}` or `spike_increment` has {value} values; a population can have at most {most} threshold components"
            );
        }
        match index {
            Some(index) => write!(f, "`{name}[{index}]` = {value}")?,
            None => write!(f, "`{name}` = {value}")?,
        }
        if let Problem::NoParameter { model } = self {
            return write!(f, " is no parameter of {model}");
        }
        if !unit.is_empty() {
            write!(f, " {unit}")?;
        }
        match self {
            Problem::NotFinite => write!(f, " must be finite"),
            Problem::NotPositive => write!(f, " must be positive"),
            Problem::Negative => write!(f, " must not be negative"),
            Problem::Zero => write!(f, " must not be zero"),
            Problem::NotBelow { parameter, limit } => {
                write!(f, " must be below `{parameter}` = {} {unit}", Number(limit))
            }
            Problem::RoundsOnto { parameter, limit, stored } => write!(
                f,
                " must be below `{parameter}` = {} {unit}, but this number format rounds both to {} {unit}; move them apart or take a format with finer steps",
                Number(limit),
                Number(stored)
            ),
            Problem::OutOfRange { lowest, highest } => {
                write!(f, " must lie between {} and {} to fit this number format", Number(lowest), Number(highest))
            }
            Problem::TooSmall { resolution } => {
                let resolution = Number(resolution);
                write!(
                    f,
                    " rounds to zero in this number format, whose resolution here is {resolution}{}{unit}; take a larger value or a format with more fraction bits",
                    if unit.is_empty() { "" } else { " " }
                )
            }
            Problem::NeverDecays => {
                write!(
                    f,
                    " is so slow that its decay in one step rounds to none; take a format with finer decays, a longer step_time or a faster constant"
                )
            }
            Problem::Stalls { band } => write!(
                f,
                " lies within ±{} {unit}, where its decay stalls in this number format; take more fraction bits or stochastic rounding",
                Number(band)
            ),
            Problem::TooManySteps { most } => {
                write!(
                    f,
                    " takes more than the {most} steps that a refractory count can hold; take a longer step_time or a shorter refractory time"
                )
            }
            Problem::LongerThanPeriod { most } => {
                write!(f, " is longer than the refractory period of this population, which is {} {unit}", Number(most))
            }
            Problem::ResetStaysAbove { reset, threshold } => write!(
                f,
                " with this `reset_v_add` resets a neuron at threshold to {} mV, which must be below the threshold of {} mV or it fires for ever",
                Number(reset),
                Number(threshold)
            ),
            Problem::OutOfReach { highest } => write!(
                f,
                " lies above {} mV, to which the strongest current of this number format drives the membrane: it would never fire; take a larger resistance and currents smaller in proportion, or a format with more integer bits",
                Number(highest)
            ),
            Problem::NoFlag => write!(f, " must be 1 for a spike or 0 for none"),
            Problem::Components { .. } | Problem::TooManyComponents { .. } | Problem::NoParameter { .. } => Ok(()),
        }
    }
}

impl core::error::Error for ParamError {}

/// Everything that is wrong with a set of parameters: what a model does not allow, in the order of their declaration, then
/// what does not fit the number format.
///
/// ```
/// use glif_core::{Lif, LifParams, RefractoryRule};
/// # let params = LifParams {
/// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
/// # };
/// let params = LifParams { refrac_t: -1.0, resistance: 0.0, ..params };
/// let errors = Lif::<f32>::derive(params, RefractoryRule::Inferno).unwrap_err();
/// assert_eq!(errors.to_string(), "`refrac_t` = -1 ms must not be negative\n`resistance` = 0 MΩ must not be zero");
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ParamErrors {
    list: heapless::Vec<ParamError, 16>,
    unlisted: usize,
}

impl ParamErrors {
    /// An empty list. It takes a kilobyte: on a microcontroller a `static` is a better place for it than the stack.
    pub const fn new() -> Self {
        Self { list: heapless::Vec::new(), unlisted: 0 }
    }

    /// The first sixteen errors.
    pub fn iter(&self) -> impl Iterator<Item = &ParamError> {
        self.list.iter()
    }

    /// Empties the list.
    pub fn clear(&mut self) {
        self.list.clear();
        self.unlisted = 0;
    }

    /// How many there are in all.
    pub fn count(&self) -> usize {
        self.list.len() + self.unlisted
    }

    /// Whether one of the listed errors is about this parameter.
    pub fn mentions(&self, parameter: Parameter) -> bool {
        self.list.iter().any(|error| error.parameter == parameter)
    }

    /// Adds one. Beyond the first sixteen they are only counted.
    pub fn push(&mut self, error: ParamError) {
        if self.list.push(error).is_err() {
            self.unlisted += 1;
        }
    }

    /// What `work` makes; if it makes nothing, what it has listed.
    pub(crate) fn or_listed<T>(work: impl FnOnce(&mut Self) -> Option<T>) -> Result<T, Self> {
        let mut errors = Self::new();
        work(&mut errors).ok_or(errors)
    }
}

impl From<ParamError> for ParamErrors {
    fn from(error: ParamError) -> Self {
        let mut errors = Self::default();
        errors.push(error);
        errors
    }
}

impl fmt::Display for ParamErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.list.iter().enumerate() {
            write!(f, "{}{error}", if i == 0 { "" } else { "\n" })?;
        }
        if self.unlisted > 0 {
            write!(f, "\nand {} more", self.unlisted)?;
        }
        Ok(())
    }
}

impl core::error::Error for ParamErrors {}

/// Slices of a population that do not have one length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LengthError {
    /// Which slice.
    pub name: &'static str,
    /// Its length.
    pub length: usize,
    /// The length it should have.
    pub expected: usize,
}

impl fmt::Display for LengthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has length {}, but {} is needed", self.name, self.length, self.expected)
    }
}

impl core::error::Error for LengthError {}

/// A value that state cannot take.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct StateError {
    /// `voltage`, `refrac`, `adaptation` or `spikes`.
    pub name: &'static str,
    /// Position in the written array.
    pub index: usize,
    /// The value, in `unit`.
    pub value: f64,
    /// `mV`, `ms`, or of refractory counts `steps`; of spikes none.
    pub unit: &'static str,
    /// What is wrong with it.
    pub problem: Problem,
}

impl StateError {
    /// What is wrong with a remaining refractory time, ms.
    pub const fn of_refrac(index: usize, value: f64, problem: Problem) -> Self {
        Self { name: "refrac", index, value, unit: "ms", problem }
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, index, value, unit, problem } = *self;
        problem.tell(f, (name, u32::try_from(index).ok(), value, unit))
    }
}

impl core::error::Error for StateError {}
