//! Errors in parameters, state and lengths, and their messages.

use core::fmt;

use crate::names::{Dialect, Discretization, ModelKind, Named, ThresholdTest};
use crate::parameter::Parameter;

/// Error in one parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ParamError {
    /// The parameter.
    pub parameter: Parameter,
    /// Neuron whose parameter it is, from 0; `None` if all neurons share the parameters.
    pub neuron: Option<u32>,
    /// Component in a list, from 0.
    pub component: Option<u8>,
    /// Rejected value, in the parameter's unit.
    pub value: f64,
    /// What is wrong with the value.
    pub problem: Problem,
}

/// What is wrong with a parameter or a state value.
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
        /// Value of both in the number format.
        stored: f64,
    },
    /// Outside the range of the number format.
    OutOfRange {
        /// Least value that fits.
        lowest: f64,
        /// Greatest value that fits.
        highest: f64,
    },
    /// Rounds to zero in the number format.
    TooSmall {
        /// Distance between values of the format. Half of it no longer rounds to zero.
        resolution: f64,
    },
    /// The decay rounds to 1, so that nothing would decay.
    NeverDecays,
    /// The whole increment is within the band where the decay stalls.
    Stalls {
        /// Greatest magnitude that never decays.
        band: f64,
    },
    /// More steps than a refractory count can hold, or a countdown that never ends because rounding loses the step.
    TooManySteps {
        /// Greatest number of steps that fit.
        most: u16,
    },
    /// A remaining refractory time that is longer than a whole period, in the unit of the value.
    LongerThanPeriod {
        /// The period, in the same unit.
        most: f64,
    },
    /// A GLIF2 neuron at threshold is reset to a potential at or above the threshold, and would fire forever.
    ResetStaysAbove {
        /// Potential after the reset, mV.
        reset: f64,
        /// Threshold, mV.
        threshold: f64,
    },
    /// A threshold that a membrane does not reach under the strongest current of its format: the neuron would
    /// never fire.
    OutOfReach {
        /// Potential to which that current drives it, mV.
        highest: f64,
    },
    /// A spike flag that is neither 1 nor 0.
    NoFlag,
    /// A list whose length is not the number of components of the model.
    Components {
        /// Number of components of the model.
        expected: u32,
    },
    /// A list that is longer than the number of components of any supported model.
    TooManyComponents {
        /// Greatest supported number of components.
        most: u32,
    },
    /// A parameter that the model does not have.
    NoParameter {
        /// The model.
        model: ModelKind,
    },
    /// A dialect that does not have the model. The parameter and its value have no meaning.
    NoDialect {
        /// The model.
        model: ModelKind,
        /// The dialect.
        dialect: Dialect,
    },
    /// A type of neuron that does not have the dialect of the parameters. The parameter and its value have no
    /// meaning.
    OtherDialect {
        /// The dialect of the parameters.
        dialect: Dialect,
    },
    /// An option of a population that its dialect does not have. The parameter and its value have no meaning.
    Implied {
        /// The dialect.
        dialect: Dialect,
        /// The option.
        option: ImpliedOption,
    },
    /// An after-spike current that grows without bound if the neuron fires as often as it can.
    Diverges {
        /// Interval between spikes, ms, at and below which the current grows.
        interval: f64,
        /// Least interval between spikes, ms.
        least: f64,
    },
    /// An option of a population that its model has no use for. The parameter and its value have no meaning.
    Unused {
        /// The model.
        model: ModelKind,
        /// The option.
        option: ImpliedOption,
    },
    /// More than all of it decays in a step of forward Euler.
    Overshoots {
        /// Length of a step, ms.
        step_time: f64,
    },
    /// A type of neuron that, in floating point, has no strict threshold test. The parameter and its value have no
    /// meaning.
    NoStrictTest,
}

/// Option of a population that the dialects of NEST and AllenSDK imply, or that a model has no use for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum ImpliedOption {
    /// Refractory neurons are held.
    RefracLock,
    /// Components change.
    Adapt,
    /// The refractory rule is NEST's.
    Refractory,
    /// How the membrane decays.
    Discretization,
    /// How the membrane is compared with the threshold.
    ThresholdTest,
}

/// Number as error messages print it: with an exponent where a reader would have to count digits.
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

impl ImpliedOption {
    /// Returns the key in files.
    const fn name(self) -> &'static str {
        match self {
            Self::RefracLock => "refrac_lock",
            Self::Adapt => "adapt",
            Self::Refractory => "refractory",
            Self::Discretization => Discretization::WHAT,
            Self::ThresholdTest => ThresholdTest::WHAT,
        }
    }

    const fn is_switch(self) -> bool {
        matches!(self, Self::RefracLock | Self::Adapt)
    }
}

impl ParamError {
    /// Returns the error in a parameter that all neurons share and that is no list.
    pub const fn new(parameter: Parameter, value: f64, problem: Problem) -> Self {
        Self { parameter, neuron: None, component: None, value, problem }
    }

    /// Returns the error for a remaining refractory time, ms, with a new step time.
    pub const fn of_refrac(neuron: usize, value: f64, problem: Problem) -> Self {
        Self { neuron: Some(neuron as u32), ..Self::new(Parameter::Refrac, value, problem) }
    }
}

impl fmt::Display for ParamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { parameter, neuron, component, value, problem } = *self;
        let indices = [neuron, component.map(u32::from)];
        problem.fmt(f, (parameter.name(), indices, value, parameter.unit()))
    }
}

impl Problem {
    /// Writes the message for a value with this name, these indices and this unit.
    fn fmt(
        self,
        f: &mut fmt::Formatter<'_>,
        (name, indices, value, unit): (&str, [Option<u32>; 2], f64, &str),
    ) -> fmt::Result {
        let value = Number(value);
        match self {
            Problem::NoDialect { model, dialect } => {
                let others = model.dialects();
                write!(f, "`{}` = \"{dialect}\": {model} has ", Dialect::WHAT)?;
                for (i, other) in others.iter().enumerate() {
                    write!(f, "{}\"{other}\"", if i == 0 { "" } else { " and " })?;
                }
                return write!(f, " only");
            }
            Problem::OtherDialect { dialect } => {
                return write!(
                    f,
                    "`{}` = \"{dialect}\": this type of neuron does not have it\nhelp: use `Lif`, `Alif` or `Glif2` for Inferno's dialect, and the `Teeter` types, `Glif3`, `Glif4` or `Glif5` for the others",
                    Dialect::WHAT
                );
            }
            Problem::Implied { dialect, option } => {
                let (name, quote) = (option.name(), if option.is_switch() { "" } else { "\"" });
                let value = match option {
                    ImpliedOption::RefracLock | ImpliedOption::Adapt => "true",
                    ImpliedOption::Refractory => "nest",
                    ImpliedOption::Discretization => dialect.discretization().name(),
                    ImpliedOption::ThresholdTest => dialect.threshold_test().name(),
                };
                let value = format_args!("{quote}{value}{quote}");
                return write!(f, "`{name}`: must be {value} in dialect \"{dialect}\", which has no other");
            }
            Problem::Unused { model, option } => {
                let reason = match option {
                    ImpliedOption::RefracLock | ImpliedOption::Refractory => "has no refractory time",
                    ImpliedOption::Adapt => "has no components",
                    ImpliedOption::Discretization => "does not leak",
                    ImpliedOption::ThresholdTest => "has no threshold",
                };
                return write!(f, "`{}`: {model} {reason}\nhelp: leave `{0}` out", option.name());
            }
            Problem::NoStrictTest => {
                return write!(
                    f,
                    "`{}` = \"{}\": in floating point, this type of neuron does not have it with components\nhelp: use a population of any model",
                    ThresholdTest::WHAT,
                    ThresholdTest::Above
                );
            }
            _ => {}
        }
        write!(f, "`{name}")?;
        for index in indices.into_iter().flatten() {
            write!(f, "[{index}]")?;
        }
        f.write_str("`")?;
        match self {
            Problem::Components { expected } => {
                return write!(f, ": has {value} values, but {expected} are needed");
            }
            Problem::TooManyComponents { most } => {
                return write!(f, ": makes {value} components, but a population has at most {most}");
            }
            Problem::NoParameter { model } => return write!(f, ": not a parameter of {model}"),
            _ => write!(f, " = {value}{}{unit}: ", if unit.is_empty() { "" } else { " " })?,
        }
        match self {
            Problem::NotFinite => write!(f, "must be finite"),
            Problem::NotPositive => write!(f, "must be positive"),
            Problem::Negative => write!(f, "must not be negative"),
            Problem::Zero => write!(f, "must not be zero"),
            Problem::NotBelow { parameter, limit } => {
                write!(f, "must be below `{parameter}` = {} {unit}", Number(limit))
            }
            Problem::RoundsOnto { parameter, limit, stored } => write!(
                f,
                "must be below `{parameter}` = {} {unit}, but this number format rounds both to {} {unit}\nhelp: use values further apart, or a format with finer resolution",
                Number(limit),
                Number(stored)
            ),
            Problem::OutOfRange { lowest, highest } => {
                write!(f, "must be between {} and {} in this number format", Number(lowest), Number(highest))
            }
            Problem::TooSmall { resolution } => {
                let resolution = Number(resolution);
                write!(
                    f,
                    "rounds to zero in this number format, whose resolution here is {resolution}{}{unit}\nhelp: use a larger value, or a format with more fraction bits",
                    if unit.is_empty() { "" } else { " " }
                )
            }
            Problem::NeverDecays => write!(
                f,
                "too slow for this number format: the decay of one step rounds to none\nhelp: use a format with finer resolution, a longer `step_time` or a faster decay"
            ),
            Problem::Stalls { band } => write!(
                f,
                "within ±{} {unit}, where its decay stalls in this number format\nhelp: use a format with more fraction bits, or stochastic rounding",
                Number(band)
            ),
            Problem::TooManySteps { most } => write!(
                f,
                "takes more than {most} steps, the longest refractory period\nhelp: use a longer `step_time` or a shorter refractory time"
            ),
            Problem::LongerThanPeriod { most } => {
                write!(f, "must be at most {} {unit}, the refractory period of this population", Number(most))
            }
            Problem::ResetStaysAbove { reset, threshold } => write!(
                f,
                "with this `reset_v_add`, a spike at the threshold resets the membrane to {} mV, which is not below the threshold of {} mV; the neuron would fire forever",
                Number(reset),
                Number(threshold)
            ),
            Problem::OutOfReach { highest } => write!(
                f,
                "the strongest current of this number format drives the membrane to {} mV only, so that the neuron would never fire\nhelp: use a larger `resistance` and proportionally smaller currents, or a format with more integer bits",
                Number(highest)
            ),
            Problem::Diverges { interval, least } => write!(
                f,
                "the current grows without bound if the neuron fires every {} ms or more often, and it can fire every {} ms\nhelp: use a smaller magnitude, a faster decay or a longer `refrac_t`",
                Number(interval),
                Number(least)
            ),
            Problem::Overshoots { step_time } => write!(
                f,
                "more than all of it decays in a step of forward Euler of {} ms\nhelp: use a shorter `step_time`, or `{}` = \"{}\"",
                Number(step_time),
                Discretization::WHAT,
                Discretization::Exact
            ),
            Problem::NoFlag => write!(f, "must be 1 for a spike or 0 for none"),
            Problem::Components { .. }
            | Problem::TooManyComponents { .. }
            | Problem::NoParameter { .. }
            | Problem::NoDialect { .. }
            | Problem::OtherDialect { .. }
            | Problem::Implied { .. }
            | Problem::Unused { .. }
            | Problem::NoStrictTest => Ok(()),
        }
    }
}

impl core::error::Error for ParamError {}

/// All errors in a set of parameters.
///
/// Violated constraints of the model come first, in the order of their declaration. Values that do not fit the
/// number format follow.
///
/// ```
/// use glif_core::{Lif, LifParams, RefractoryRule};
/// # let params = LifParams {
/// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
/// # };
/// let params = LifParams { refrac_t: -1.0, resistance: 0.0, ..params };
/// let errors = Lif::<f32>::derive(params, RefractoryRule::Inferno).unwrap_err();
/// assert_eq!(errors.to_string(), "`refrac_t` = -1 ms: must not be negative\n`resistance` = 0 MΩ: must not be zero");
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ParamErrors {
    list: heapless::Vec<ParamError, 16>,
    unlisted: usize,
}

impl ParamErrors {
    /// Returns an empty list. A list takes a kilobyte: on a microcontroller, place it in a `static` rather than
    /// on the stack.
    pub const fn new() -> Self {
        Self { list: heapless::Vec::new(), unlisted: 0 }
    }

    /// Returns the first sixteen errors.
    pub fn iter(&self) -> impl Iterator<Item = &ParamError> {
        self.list.iter()
    }

    /// Empties the list.
    pub fn clear(&mut self) {
        self.list.clear();
        self.unlisted = 0;
    }

    /// Returns the total number of errors.
    pub fn count(&self) -> usize {
        self.list.len() + self.unlisted
    }

    /// Returns whether one of the listed errors is about this parameter.
    pub fn mentions(&self, parameter: Parameter) -> bool {
        self.list.iter().any(|error| error.parameter == parameter)
    }

    /// Adds an error. After the first sixteen, errors are only counted.
    pub fn push(&mut self, error: ParamError) {
        if self.list.push(error).is_err() {
            self.unlisted += 1;
        }
    }

    /// Sets the neuron whose parameters the listed errors are about.
    // In place, as a copy would take another kilobyte of stack.
    pub fn set_neuron(&mut self, neuron: usize) {
        self.list.iter_mut().for_each(|error| error.neuron = u32::try_from(neuron).ok());
    }

    /// Returns the result of `work`. If it has none, returns the errors that `work` listed.
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

/// Slices of a population whose lengths differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LengthError {
    /// Name of the slice.
    pub name: &'static str,
    /// Its length.
    pub length: usize,
    /// Length that it must have.
    pub expected: usize,
}

impl fmt::Display for LengthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: has length {}, but {} is needed", self.name, self.length, self.expected)
    }
}

impl core::error::Error for LengthError {}

/// A value that state cannot hold.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct StateError {
    /// Name of the array: `voltage`, `refrac`, `adaptation` or `spikes`.
    pub name: &'static str,
    /// Index in the written array.
    pub index: usize,
    /// Rejected value, in `unit`.
    pub value: f64,
    /// `mV` or `ms`; `steps` for refractory counts; empty for spikes.
    pub unit: &'static str,
    /// What is wrong with the value.
    pub problem: Problem,
}

impl StateError {
    /// Returns the error for a remaining refractory time, ms.
    pub const fn of_refrac(index: usize, value: f64, problem: Problem) -> Self {
        Self { name: "refrac", index, value, unit: "ms", problem }
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, index, value, unit, problem } = *self;
        problem.fmt(f, (name, [u32::try_from(index).ok(), None], value, unit))
    }
}

impl core::error::Error for StateError {}
