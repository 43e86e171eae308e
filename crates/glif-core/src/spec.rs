//! What a population is, but for its size: the one description that population files, boards and programs share.
//!
//! A [`Spec`] has a model with the values of its parameters, a number format, and how to round and to count. Population files carry it
//! in TOML, the link carries it in messages, and a Rust program writes it out.

pub use crate::names::{BatchReduction, ModelKind, Named, NumberFormat, RoundingMode};
pub use crate::parameter::{Constraint, Parameter};
pub use crate::table::ParamTable;

use fixed::types::{I8F8, I9F7, I12F20, I16F16};

use crate::derive::Derivation;
use crate::dynamic::DynCoefficients;
use crate::error::ParamErrors;
use crate::neuron::StepOptions;
use crate::quantize::Quantize;
use crate::refractory::RefractoryRule;
use crate::rounding::{DynRounding, Nearest, Rounding, Stochastic};

/// What a population is, but for its size.
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
/// // In i9f7 there is no room for so slow a decay.
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
    /// The model and its parameters.
    pub params: ParamTable,
    /// Number format.
    pub scalar: NumberFormat,
    /// How decays round; floating point takes [`RoundingMode::Nearest`] alone.
    pub rounding: RoundingMode,
    /// Of stochastic rounding; equal seeds give equal runs.
    pub seed: u64,
    /// How refractory times become steps.
    pub refractory: RefractoryRule,
    /// What a step leaves out.
    pub options: StepOptions,
}

impl Spec {
    /// With these parameters and every other choice at its default: `f32`, Inferno's refractory times, nothing left out of a step.
    pub fn new(params: impl Into<ParamTable>) -> Self {
        Self {
            params: params.into(),
            scalar: NumberFormat::F32,
            rounding: RoundingMode::Nearest,
            seed: 0,
            refractory: RefractoryRule::Inferno,
            options: StepOptions::default(),
        }
    }

    /// The model.
    pub fn model(&self) -> ModelKind {
        self.params.model()
    }

    /// Length of a step, ms.
    pub fn step_time(&self) -> f64 {
        self.params.number(Parameter::StepTime)
    }

    /// Whether its number format has its rounding.
    pub fn has_rounding(&self) -> bool {
        self.rounding == RoundingMode::Nearest || self.scalar.is_fixed_point()
    }

    /// The same in another number format. Floating point takes the one rounding that it has.
    pub fn in_format(self, scalar: NumberFormat) -> Self {
        let rounding = if scalar.is_fixed_point() { self.rounding } else { RoundingMode::Nearest };
        Self { scalar, rounding, ..self }
    }

    /// Checks every constraint, and that every value fits the number format.
    ///
    /// # Errors
    /// Everything that is wrong, together.
    pub fn check(&self) -> Result<(), ParamErrors> {
        struct Check<'a>(&'a Spec);
        impl SpecVisitor for Check<'_> {
            type Output = Result<(), ParamErrors>;
            fn visit<S: Stored, Q: Rounding>(self, rounding: Q) -> Self::Output {
                let mut errors = ParamErrors::new();
                let Spec { params, refractory, .. } = self.0;
                let derivation = Derivation::new(*refractory).rounding(rounding);
                let derived = DynCoefficients::<S, Q>::derive(params, derivation, &mut errors);
                derived.map(drop).ok_or(errors)
            }
        }
        self.visit(Check(self))
    }

    /// The policy of its rounding, if that is not to nearest.
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
    /// What comes of it.
    type Output;
    /// Does it.
    fn visit<S: Stored, Q: Rounding>(self, rounding: Q) -> Self::Output;
}

/// Work for any number format, compiled for each: see [`NumberFormat::visit`].
pub trait FormatVisitor {
    /// What comes of it.
    type Output;
    /// Does it.
    fn visit<S: Stored>(self) -> Self::Output;
}

/// A scalar as bytes, little endian.
pub trait Stored: Quantize {
    /// Which it is.
    const FORMAT: NumberFormat;
    /// Its bytes.
    fn to_bytes(self) -> impl AsRef<[u8]>;
    /// From as many bytes as it has.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
    /// These floats as scalars, without a copy; `None` if they are of another type.
    fn of_f32s(_values: &[f32]) -> Option<&[Self]> {
        None
    }
    /// The same.
    fn of_f64s(_values: &[f64]) -> Option<&[Self]> {
        None
    }
}

/// Declares the number formats: floating point, which has one rounding, and fixed point.
macro_rules! formats {
    (float: $($float:ident $float_type:ident $method:ident)*; fixed: $($fixed:ident)*) => {
        stored!($($float $float_type ($method))* $($fixed $fixed)*);

        impl NumberFormat {
            /// Does what `visitor` does for its type.
            pub fn visit<V: FormatVisitor>(self, visitor: V) -> V::Output {
                match self {
                    $(Self::$float => visitor.visit::<$float_type>(),)*
                    $(Self::$fixed => visitor.visit::<$fixed>(),)*
                }
            }
        }

        impl Spec {
            /// Does what `visitor` does for the types of its number format and its rounding. Floating point rounds to nearest,
            /// whatever is asked for.
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
    /// Bytes of a value.
    pub const fn size(self) -> usize {
        match self {
            Self::F64 => 8,
            Self::F32 | Self::I16F16 | Self::I12F20 => 4,
            Self::I8F8 | Self::I9F7 => 2,
        }
    }

    /// Whether it is fixed point, which has a rounding to choose.
    pub const fn is_fixed_point(self) -> bool {
        !matches!(self, Self::F32 | Self::F64)
    }

    /// The range and the steps of its numbers, for a neuron of so many threshold components.
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

    /// In fixed point, the magnitude that loses one last place to a step's decay by this factor, mV. Rounding to nearest stops a
    /// decay at half of it. Truncation takes one last place per step from all that is smaller, however slow the decay is.
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

/// What a number format holds.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Limits {
    /// Least and greatest voltage that a person may write, mV.
    pub voltage: (f64, f64),
    /// The greatest magnitude of a threshold component, mV.
    pub component: f64,
    /// Distance between numbers of fixed point; 0 in floating point.
    pub resolution: f64,
    /// The least positive number.
    pub least: f64,
    /// The greatest number.
    pub greatest: f64,
}
