//! Parameters of the models.

use crate::names::ModelKind;

/// Declares the parameters, each with its name and its unit.
macro_rules! parameters {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $unit:literal;)*) => {
        /// Parameter of a model, under Inferno's name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[non_exhaustive]
        pub enum Parameter { $($(#[$doc])* $variant,)* }

        impl Parameter {
            /// All parameters, in the order of their numbers on the link.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns Inferno's name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Returns the unit in which the parameter is written; empty for a plain factor.
            pub const fn unit(self) -> &'static str {
                match self { $(Self::$variant => $unit,)* }
            }

            /// Returns the parameter with this name.
            pub fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

parameters! {
    /// Length of a step; positive.
    StepTime = "step_time", "ms";
    /// Membrane potential at rest; below the threshold.
    RestV = "rest_v", "mV";
    /// Membrane potential after a spike; below the threshold.
    ResetV = "reset_v", "mV";
    /// b in the reset `rest + m (v - rest) - b`.
    ResetVAdd = "reset_v_add", "mV";
    /// m in the reset `rest + m (v - rest) - b`.
    ResetVMul = "reset_v_mul", "";
    /// Firing threshold.
    ThreshV = "thresh_v", "mV";
    /// Equilibrium of an adaptive firing threshold.
    ThreshEqV = "thresh_eq_v", "mV";
    /// Absolute refractory period; not negative.
    RefracT = "refrac_t", "ms";
    /// Membrane time constant; positive.
    TimeConstant = "time_constant", "ms";
    /// Membrane time constant of a neuron that adapts; positive.
    TcMembrane = "tc_membrane", "ms";
    /// Time constants of the threshold components; positive.
    TcAdaptation = "tc_adaptation", "ms";
    /// Rate constants of the threshold components; positive.
    RcAdaptation = "rc_adaptation", "1/ms";
    /// Growth of each threshold component at a spike.
    SpikeIncrement = "spike_increment", "mV";
    /// Membrane resistance; not zero.
    Resistance = "resistance", "MΩ";
    /// Remaining refractory time. No model has it as a parameter; an error names it if it does not fit a new
    /// step time.
    Refrac = "refrac", "ms";
}

impl Parameter {
    /// Returns whether the parameter has a value for each threshold component.
    pub const fn is_list(self) -> bool {
        matches!(self, Self::TcAdaptation | Self::RcAdaptation | Self::SpikeIncrement)
    }

    /// Returns the constraint on the value.
    pub const fn constraint(self) -> Constraint {
        match self {
            Self::StepTime | Self::TimeConstant | Self::TcMembrane | Self::TcAdaptation | Self::RcAdaptation => {
                Constraint::Positive
            }
            Self::RestV | Self::ResetV => Constraint::BelowThreshold,
            Self::RefracT | Self::Refrac => Constraint::NotNegative,
            Self::Resistance => Constraint::NotZero,
            Self::ResetVAdd | Self::ResetVMul | Self::ThreshV | Self::ThreshEqV | Self::SpikeIncrement => {
                Constraint::Finite
            }
        }
    }

    /// Returns the default value, if there is one.
    pub const fn default(self) -> Option<f64> {
        match self {
            Self::Resistance => Some(1.0),
            _ => None,
        }
    }
}

/// Constraint on the value of a parameter. Every value must also be finite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Constraint {
    /// Finite, without a further constraint.
    Finite,
    /// Above 0.
    Positive,
    /// 0 or above.
    NotNegative,
    /// Other than 0.
    NotZero,
    /// Below the firing threshold.
    BelowThreshold,
}

impl core::fmt::Display for Parameter {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

impl ModelKind {
    /// Returns the parameters of the model, in Inferno's order.
    ///
    /// ```
    /// use glif_core::spec::{ModelKind, Parameter};
    /// let lists = |model: ModelKind| model.parameters().iter().filter(|parameter| parameter.is_list()).count();
    /// assert_eq!([ModelKind::Lif, ModelKind::Alif].map(lists), [0, 2]);
    /// assert_eq!(ModelKind::Glif2.threshold(), Parameter::ThreshEqV);
    /// ```
    pub const fn parameters(self) -> &'static [Parameter] {
        use Parameter::*;
        match self {
            Self::Lif | Self::Glif1 => &[StepTime, RestV, ResetV, ThreshV, RefracT, TimeConstant, Resistance],
            Self::Alif => {
                &[StepTime, RestV, ResetV, ThreshEqV, RefracT, TcMembrane, TcAdaptation, SpikeIncrement, Resistance]
            }
            Self::Glif2 => &[
                StepTime,
                RestV,
                ResetVAdd,
                ResetVMul,
                ThreshEqV,
                RefracT,
                TcMembrane,
                RcAdaptation,
                SpikeIncrement,
                Resistance,
            ],
        }
    }

    /// Returns the parameter that is the threshold without adaptation.
    pub const fn threshold(self) -> Parameter {
        match self {
            Self::Lif | Self::Glif1 => Parameter::ThreshV,
            Self::Alif | Self::Glif2 => Parameter::ThreshEqV,
        }
    }

    /// Returns the parameter that is the membrane time constant.
    pub const fn time_constant(self) -> Parameter {
        match self {
            Self::Lif | Self::Glif1 => Parameter::TimeConstant,
            Self::Alif | Self::Glif2 => Parameter::TcMembrane,
        }
    }

    /// Returns the parameter that sets how fast the threshold components decay.
    pub const fn adaptation(self) -> Option<Parameter> {
        match self {
            Self::Lif | Self::Glif1 => None,
            Self::Alif => Some(Parameter::TcAdaptation),
            Self::Glif2 => Some(Parameter::RcAdaptation),
        }
    }
}
