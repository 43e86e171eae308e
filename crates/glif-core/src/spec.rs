//! Descriptions of populations, except their size, which population files, boards and programs share.
//!
//! A [`Spec`] has a model with the values of its parameters, a number format, and the choices of rounding and
//! of counting. Population files store it in TOML, the link transfers it in messages, and a Rust program writes
//! it as a struct.

pub use crate::names::{
    BatchReduction, Dialect, Discretization, ModelKind, Named, NumberFormat, RoundingMode, ThresholdTest,
};
pub use crate::parameter::{ComponentCounts, ComponentKind, Constraint, Parameter, ParameterSet};
pub use crate::table::ParamTable;

use fixed::types::{I8F8, I9F7, I12F20, I16F16};

use crate::derive::Derivation;
use crate::dynamic::{DynCoefficients, steps_as_own};
use crate::error::{ImpliedOption, ParamError, ParamErrors, Problem};
use crate::network::Synaptic;
use crate::neuron::StepOptions;
use crate::refractory::RefractoryRule;
use crate::rounding::{DynRounding, Nearest, Rounding, Stochastic};

/// Description of a population, except its size.
///
/// ```
/// use glif_core::spec::{ModelKind, NumberFormat, Parameter, Spec};
/// use glif_core::{LifParams, RefractoryRule};
///
/// let params = LifParams {
///     step_time: 0.1, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 5.0, time_constant: 20.0, resistance: 1.0,
/// };
/// let spec = Spec { scalar: NumberFormat::I16F16, refractory: RefractoryRule::Exact, ..Spec::new(params) };
/// assert_eq!((spec.model(), spec.params.number(Parameter::RestV)), (ModelKind::Lif, -60.0)); // mV
/// assert!(spec.check().is_ok());
/// // i9f7 has no room for so slow a decay.
/// let mut slow = Spec { scalar: NumberFormat::I9F7, ..spec };
/// slow.params.set(Parameter::TimeConstant, &[1e9])?; // ms
/// let errors = slow.check().unwrap_err();
/// assert!(errors.mentions(Parameter::TimeConstant));
/// # Ok::<(), glif_core::ParamError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Spec {
    /// Model and its parameters.
    pub params: ParamTable,
    /// Number format.
    pub scalar: NumberFormat,
    /// Rounding mode of decays. Floating point only has [`RoundingMode::Nearest`].
    pub rounding: RoundingMode,
    /// Seed of stochastic rounding; equal seeds give equal runs.
    pub seed: u64,
    /// Rule that converts refractory times to steps.
    pub refractory: RefractoryRule,
    /// Which parts of the update a step skips.
    pub options: StepOptions,
}

impl Spec {
    /// Returns a description with these parameters and every other choice at its default: `f32`, the refractory
    /// rule of the dialect, and a step that skips nothing.
    pub fn new(params: impl Into<ParamTable>) -> Self {
        let params = params.into();
        Self {
            refractory: params.dialect().rule(RefractoryRule::Inferno),
            params,
            scalar: NumberFormat::F32,
            rounding: RoundingMode::Nearest,
            seed: 0,
            options: StepOptions::default(),
        }
    }

    /// Returns the dialect.
    pub fn dialect(&self) -> Dialect {
        self.params.dialect()
    }

    /// Returns the model.
    pub fn model(&self) -> ModelKind {
        self.params.model()
    }

    /// Returns the length of a step, ms.
    pub fn step_time(&self) -> f64 {
        self.params.number(Parameter::StepTime)
    }

    /// Returns whether the number format has the rounding mode.
    pub fn has_rounding(&self) -> bool {
        self.rounding == RoundingMode::Nearest || self.scalar.is_fixed_point()
    }

    /// Returns the same description in another number format. In floating point, the rounding mode becomes the
    /// only one that it has.
    pub fn in_format(self, scalar: NumberFormat) -> Self {
        let rounding = if scalar.is_fixed_point() { self.rounding } else { RoundingMode::Nearest };
        Self { scalar, rounding, ..self }
    }

    /// Returns whether these neurons step as those with their own coefficients do, by
    /// [`OwnCoefficients`](crate::OwnCoefficients), though they share them: neurons that do not leak, and in floating
    /// point neurons that must exceed a threshold with components.
    pub fn steps_as_own(&self) -> bool {
        steps_as_own(&self.params, !self.scalar.is_fixed_point())
    }

    /// Adds an error for each option that the dialect or the model does not have.
    pub fn check_options(&self, errors: &mut ParamErrors) {
        self.implied(self.options).for_each(|error| errors.push(error));
    }

    /// Returns an error for each of these options, and for the refractory rule, that the dialect or the model does not
    /// have.
    pub fn implied(&self, options: StepOptions) -> impl Iterator<Item = ParamError> {
        let (dialect, model) = (self.dialect(), self.model());
        let inferno = dialect == Dialect::Inferno;
        let rule = if inferno { RefractoryRule::Inferno } else { RefractoryRule::Nest };
        let has = [
            (ImpliedOption::RefracLock, options.refrac_lock || inferno),
            (ImpliedOption::Adapt, options.adapt || inferno),
            (ImpliedOption::Refractory, self.refractory == rule),
        ];
        let problem = move |option| match inferno {
            true => Problem::Unused { model, option },
            false => Problem::Implied { dialect, option },
        };
        has.into_iter()
            .filter(move |(_, has)| !has && (!inferno || !model.fires()))
            .map(move |(option, _)| ParamError::new(Parameter::StepTime, 0.0, problem(option)))
    }

    /// Returns the range and the resolution of the number format for a neuron with these parameters.
    pub fn limits(&self) -> Limits {
        struct Component<'a>(&'a ParamTable);
        impl FormatVisitor for Component<'_> {
            type Output = Option<f64>;
            fn visit<S: Stored>(self) -> Option<f64> {
                let rest = S::voltage(self.0.number(Parameter::RestV))?;
                let gain = S::gain(self.0.number(Parameter::Resistance), rest)?;
                // That of the currents is the least.
                let counts = self.0.counts();
                Some(S::written_limit(counts, &gain, counts.first(ComponentKind::Current)))
            }
        }
        let limits = self.scalar.limits(self.params.components());
        let component = self.scalar.visit(Component(&self.params)).unwrap_or(limits.component);
        Limits { component, ..limits }
    }

    /// Checks every constraint, and that every value fits the number format.
    ///
    /// # Errors
    /// Returns everything that is wrong, together.
    pub fn check(&self) -> Result<(), ParamErrors> {
        struct Check<'a>(&'a Spec);
        impl SpecVisitor for Check<'_> {
            type Output = Result<(), ParamErrors>;
            fn visit<S: Stored, Q: Rounding>(self, rounding: Q) -> Self::Output {
                let mut errors = ParamErrors::new();
                let Spec { params, refractory, .. } = self.0;
                let derivation = Derivation::new(*refractory).rounding(rounding);
                let derived = DynCoefficients::<S, Q>::derive(params, derivation, &mut errors);
                self.0.check_options(&mut errors);
                derived.filter(|_| errors.count() == 0).map(drop).ok_or(errors)
            }
        }
        self.visit(Check(self))
    }

    /// Returns the rounding policy, unless it is to nearest.
    pub fn chosen(&self) -> Option<DynRounding> {
        match self.rounding {
            RoundingMode::Nearest => None,
            RoundingMode::Truncate => Some(DynRounding::Truncate),
            RoundingMode::Stochastic => Some(DynRounding::Stochastic(Stochastic { seed: self.seed })),
        }
    }
}

/// Work for any number format and any rounding, compiled for each: see [`Spec::visit`].
pub trait SpecVisitor {
    /// Result of the work.
    type Output;
    /// Does the work.
    fn visit<S: Stored, Q: Rounding>(self, rounding: Q) -> Self::Output;
}

/// Work for any number format, compiled for each: see [`NumberFormat::visit`].
pub trait FormatVisitor {
    /// Result of the work.
    type Output;
    /// Does the work.
    fn visit<S: Stored>(self) -> Self::Output;
}

/// Scalar that is stored as bytes, little endian.
pub trait Stored: Synaptic {
    /// The number format.
    const FORMAT: NumberFormat;
    /// Returns the bytes.
    fn to_bytes(self) -> impl AsRef<[u8]>;
    /// Converts bytes to a scalar; `None` if their number is wrong.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
    /// Returns these floats as scalars, without a copy; `None` if the scalar is of another type.
    fn of_f32s(_values: &[f32]) -> Option<&[Self]> {
        None
    }
    /// Does the same for `f64`.
    fn of_f64s(_values: &[f64]) -> Option<&[Self]> {
        None
    }
}

/// Declares the number formats: floating point, which has one rounding, and fixed point.
macro_rules! formats {
    (float: $($float:ident $float_type:ident $method:ident)*; fixed: $($fixed:ident)*) => {
        stored!($($float $float_type ($method))* $($fixed $fixed)*);

        impl NumberFormat {
            /// Applies `visitor` with the scalar type of the format.
            pub fn visit<V: FormatVisitor>(self, visitor: V) -> V::Output {
                match self {
                    $(Self::$float => visitor.visit::<$float_type>(),)*
                    $(Self::$fixed => visitor.visit::<$fixed>(),)*
                }
            }
        }

        impl Spec {
            /// Applies `visitor` with the types of the number format and of the rounding. Floating point rounds
            /// to nearest, whatever the rounding mode is.
            pub fn visit<V: SpecVisitor>(&self, visitor: V) -> V::Output {
                match (self.scalar, self.chosen()) {
                    $((NumberFormat::$float, _) => visitor.visit::<$float_type, _>(Nearest),)*
                    $((NumberFormat::$fixed, None) => visitor.visit::<$fixed, _>(Nearest),
                    (NumberFormat::$fixed, Some(chosen)) => visitor.visit::<$fixed, _>(chosen),)*
                }
            }
        }
    };
}

macro_rules! stored {
    ($($format:ident $scalar:ident $(($method:ident))?)*) => {
        $(impl Stored for $scalar {
            const FORMAT: NumberFormat = NumberFormat::$format;
            $(fn $method(values: &[Self]) -> Option<&[Self]> {
                Some(values)
            })?
            fn to_bytes(self) -> impl AsRef<[u8]> {
                self.to_le_bytes()
            }
            fn from_bytes(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self::from_le_bytes)
            }
        })*
    };
}
formats!(float: F32 f32 of_f32s F64 f64 of_f64s; fixed: I16F16 I12F20 I8F8 I9F7);

impl NumberFormat {
    /// Returns the bytes per value.
    pub const fn size(self) -> usize {
        match self {
            Self::F64 => 8,
            Self::F32 | Self::I16F16 | Self::I12F20 => 4,
            Self::I8F8 | Self::I9F7 => 2,
        }
    }

    /// Returns whether the format is fixed point, which has a choice of rounding.
    pub const fn is_fixed_point(self) -> bool {
        !matches!(self, Self::F32 | Self::F64)
    }

    /// Returns the range and the resolution of the format, for a neuron with this number of threshold components.
    ///
    /// ```
    /// use glif_core::spec::NumberFormat;
    /// let limits = NumberFormat::I8F8.limits(2);
    /// assert_eq!((limits.resolution, limits.greatest), (1.0 / 256.0, 128.0 - 1.0 / 256.0));
    /// ```
    pub fn limits(self, components: usize) -> Limits {
        struct Of(usize);
        impl FormatVisitor for Of {
            type Output = Limits;
            fn visit<S: Stored>(self) -> Limits {
                Limits {
                    voltage: (S::LOWEST, S::HIGHEST),
                    component: S::component_limit(self.0),
                    resolution: S::RESOLUTION,
                    least: S::LEAST,
                    greatest: S::GREATEST,
                }
            }
        }
        self.visit(Of(components))
    }

    /// In fixed point, returns the magnitude that loses one unit in the last place per step, mV.
    ///
    /// `decay` is the factor of one step. Rounding to nearest stops a decay at half of it. Truncation takes one
    /// unit in the last place per step from every smaller magnitude, however slow the decay is.
    ///
    /// ```
    /// use glif_core::spec::NumberFormat;
    /// let decay = 1.0 - 1.0 / 400.0; // a time constant of about 400 steps
    /// let band = NumberFormat::I8F8.last_place_band(decay).unwrap();
    /// assert!((band - 400.0 / 256.0).abs() < 1e-9);
    /// assert_eq!(NumberFormat::F32.last_place_band(decay), None);
    /// ```
    pub fn last_place_band(self, decay: f64) -> Option<f64> {
        self.is_fixed_point().then(|| self.limits(0).resolution / (1.0 - decay))
    }
}

/// Limits of a number format.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Limits {
    /// Least and greatest voltage that a user may write, mV.
    pub voltage: (f64, f64),
    /// Greatest magnitude of any component, mV or nA.
    pub component: f64,
    /// Distance between fixed-point numbers; 0 in floating point.
    pub resolution: f64,
    /// Least positive number.
    pub least: f64,
    /// Greatest number.
    pub greatest: f64,
}
