//! Parameters of the models.

use crate::error::Problem;
use crate::names::{Dialect, ModelKind};

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
    /// What a spike adds to each after-spike current.
    AscAmplitude = "asc_amplitude", "nA";
    /// Rate constants of the after-spike currents; positive.
    RcAsc = "rc_asc", "1/ms";
    /// Share of each after-spike current that a spike retains, besides its decay in the refractory period.
    AscRetain = "asc_retain", "";
    /// a_v: how strongly the threshold follows the membrane.
    ThreshVoltageGain = "thresh_voltage_gain", "1/ms";
    /// b_v: rate constant of the part of the threshold that follows the membrane; positive.
    RcThreshVoltage = "rc_thresh_voltage", "1/ms";
    /// Membrane potential at the beginning; `rest_v` unless it is set, and 0 mV in a model without `rest_v`.
    InitialV = "initial_v", "mV";
}

impl Parameter {
    /// Returns the components for each of which the parameter has a value, if it is a list.
    pub const fn component(self) -> Option<ComponentKind> {
        match self {
            Self::TcAdaptation | Self::RcAdaptation | Self::SpikeIncrement => Some(ComponentKind::Threshold),
            Self::AscAmplitude | Self::RcAsc | Self::AscRetain => Some(ComponentKind::Current),
            _ => None,
        }
    }

    /// Returns whether the parameter has a value for each component of a kind.
    pub const fn is_list(self) -> bool {
        self.component().is_some()
    }

    /// Returns the constraint on the value.
    pub const fn constraint(self) -> Constraint {
        match self {
            Self::StepTime
            | Self::TimeConstant
            | Self::TcMembrane
            | Self::TcAdaptation
            | Self::RcAdaptation
            | Self::RcAsc
            | Self::RcThreshVoltage => Constraint::Positive,
            Self::RestV | Self::ResetV => Constraint::BelowThreshold,
            Self::RefracT | Self::Refrac => Constraint::NotNegative,
            Self::Resistance => Constraint::NotZero,
            Self::ResetVAdd
            | Self::ResetVMul
            | Self::ThreshV
            | Self::ThreshEqV
            | Self::SpikeIncrement
            | Self::AscAmplitude
            | Self::AscRetain
            | Self::ThreshVoltageGain
            | Self::InitialV => Constraint::Finite,
        }
    }

    /// Returns what is wrong with a value of the parameter, if its constraint does not hold.
    ///
    /// `threshold` is the parameter that is the neuron's threshold, and its value, mV. A threshold that is not
    /// finite constrains nothing.
    ///
    /// ```
    /// use glif_core::Problem;
    /// use glif_core::spec::Parameter;
    /// let threshold = (Parameter::ThreshV, -50.0); // mV
    /// assert_eq!(Parameter::TimeConstant.problem(0.0, threshold), Some(Problem::NotPositive));
    /// assert_eq!(Parameter::RestV.problem(-60.0, threshold), None);
    /// ```
    pub fn problem(self, value: f64, threshold: (Self, f64)) -> Option<Problem> {
        crate::written::problem(self, value, threshold)
    }

    /// Returns whether the parameter may have no value. Another parameter then takes its place.
    ///
    /// ```
    /// use glif_core::spec::Parameter;
    /// let optional = Parameter::ALL.iter().filter(|parameter| parameter.is_optional());
    /// assert!(optional.eq(&[Parameter::InitialV])); // without it, a membrane begins at `rest_v`, or at 0 mV
    /// ```
    pub const fn is_optional(self) -> bool {
        matches!(self, Self::InitialV)
    }

    /// Returns the default value, if there is one.
    pub const fn default(self) -> Option<f64> {
        match self {
            Self::Resistance | Self::AscRetain => Some(1.0),
            _ => None,
        }
    }
}

/// Set of parameters.
///
/// ```
/// use glif_core::spec::{Parameter, ParameterSet};
/// let set = ParameterSet::of(&[Parameter::RestV, Parameter::RcAsc]);
/// assert!(set.contains(Parameter::RcAsc) && !set.contains(Parameter::StepTime));
/// assert!(set.iter().eq([Parameter::RestV, Parameter::RcAsc]));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ParameterSet(u32);

const _: () = assert!(Parameter::ALL.len() <= u32::BITS as usize);

impl ParameterSet {
    /// Returns a set of these parameters.
    pub fn of(parameters: &[Parameter]) -> Self {
        Self(parameters.iter().fold(0, |set, parameter| set | 1 << *parameter as u32))
    }

    /// Returns whether the parameter is in the set.
    pub const fn contains(self, parameter: Parameter) -> bool {
        self.0 >> parameter as u32 & 1 != 0
    }

    /// Returns whether the set has no parameter.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the parameters, in the order of [`Parameter::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Parameter> {
        Parameter::ALL.iter().copied().filter(move |parameter| self.contains(*parameter))
    }
}

/// What a component of a neuron is: state that each spike changes, besides the membrane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ComponentKind {
    /// Part of the threshold that a spike raises, mV.
    Threshold,
    /// Current that a spike starts, nA.
    Current,
    /// Part of the threshold that follows the membrane, mV.
    Voltage,
}

/// Numbers of components of a neuron. Its state has the threshold components first, then the after-spike
/// currents, then the threshold voltage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ComponentCounts {
    /// Threshold components.
    pub thresholds: usize,
    /// After-spike currents.
    pub currents: usize,
    /// Threshold voltages: 1 for GLIF5, 0 for other models.
    pub voltages: usize,
}

impl ComponentCounts {
    /// Returns the number of all components.
    pub const fn total(self) -> usize {
        self.thresholds + self.currents + self.voltages
    }

    /// Returns the number of components of a kind.
    pub const fn of(self, kind: ComponentKind) -> usize {
        match kind {
            ComponentKind::Threshold => self.thresholds,
            ComponentKind::Current => self.currents,
            ComponentKind::Voltage => self.voltages,
        }
    }

    /// Returns the index of the first component of a kind.
    pub const fn first(self, kind: ComponentKind) -> usize {
        match kind {
            ComponentKind::Threshold => 0,
            ComponentKind::Current => self.thresholds,
            ComponentKind::Voltage => self.thresholds + self.currents,
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
    /// Returns the parameters of the model, in Inferno's order. `initial_v`, which Inferno does not have, is last.
    ///
    /// ```
    /// use glif_core::spec::{ModelKind, Parameter};
    /// let lists = |model: ModelKind| model.parameters().iter().filter(|parameter| parameter.is_list()).count();
    /// assert_eq!([ModelKind::Lif, ModelKind::Alif].map(lists), [0, 2]);
    /// assert_eq!(ModelKind::Glif2.threshold(), Some(Parameter::ThreshEqV));
    /// ```
    #[inline(never)] // as each place that asks would have its own copy of the table in flash
    pub const fn parameters(self) -> &'static [Parameter] {
        use Parameter::*;
        match self {
            Self::Lif | Self::Glif1 => &[StepTime, RestV, ResetV, ThreshV, RefracT, TimeConstant, Resistance, InitialV],
            Self::Alif => &[
                StepTime,
                RestV,
                ResetV,
                ThreshEqV,
                RefracT,
                TcMembrane,
                TcAdaptation,
                SpikeIncrement,
                Resistance,
                InitialV,
            ],
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
                InitialV,
            ],
            Self::Glif3 => &[
                StepTime,
                RestV,
                ResetV,
                ThreshV,
                RefracT,
                TimeConstant,
                AscAmplitude,
                RcAsc,
                AscRetain,
                Resistance,
                InitialV,
            ],
            Self::Glif4 => &[
                StepTime,
                RestV,
                ResetVAdd,
                ResetVMul,
                ThreshEqV,
                RefracT,
                TcMembrane,
                RcAdaptation,
                SpikeIncrement,
                AscAmplitude,
                RcAsc,
                AscRetain,
                Resistance,
                InitialV,
            ],
            Self::Glif5 => &[
                StepTime,
                RestV,
                ResetVAdd,
                ResetVMul,
                ThreshEqV,
                RefracT,
                TcMembrane,
                RcAdaptation,
                SpikeIncrement,
                AscAmplitude,
                RcAsc,
                AscRetain,
                ThreshVoltageGain,
                RcThreshVoltage,
                Resistance,
                InitialV,
            ],
            Self::Li => &[StepTime, RestV, TimeConstant, Resistance, InitialV],
            Self::If => &[StepTime, ResetV, ThreshV, RefracT, Resistance, InitialV],
        }
    }

    /// Returns the dialects that have the model.
    pub const fn dialects(self) -> &'static [Dialect] {
        match self {
            Self::Lif | Self::Glif1 | Self::Glif2 => Dialect::ALL,
            Self::Alif | Self::Li | Self::If => &[Dialect::Inferno],
            Self::Glif3 | Self::Glif4 | Self::Glif5 => &[Dialect::Nest, Dialect::Allen],
        }
    }

    /// Returns whether a spike resets the membrane linearly, rather than to a fixed potential.
    pub const fn resets_linearly(self) -> bool {
        matches!(self, Self::Glif2 | Self::Glif4 | Self::Glif5)
    }

    /// Returns whether the neuron can have components of a kind.
    pub const fn has(self, kind: ComponentKind) -> bool {
        match kind {
            ComponentKind::Threshold => self.adaptation().is_some(),
            ComponentKind::Current => matches!(self, Self::Glif3 | Self::Glif4 | Self::Glif5),
            ComponentKind::Voltage => matches!(self, Self::Glif5),
        }
    }

    /// Returns the parameter that is the threshold without adaptation, unless the neuron [never fires](Self::fires).
    pub const fn threshold(self) -> Option<Parameter> {
        match self {
            Self::Lif | Self::Glif1 | Self::Glif3 | Self::If => Some(Parameter::ThreshV),
            Self::Alif | Self::Glif2 | Self::Glif4 | Self::Glif5 => Some(Parameter::ThreshEqV),
            Self::Li => None,
        }
    }

    /// Returns the parameter that is the membrane time constant, if the membrane [leaks](Self::leaks).
    pub const fn time_constant(self) -> Option<Parameter> {
        match self {
            Self::Lif | Self::Glif1 | Self::Glif3 | Self::Li => Some(Parameter::TimeConstant),
            Self::Alif | Self::Glif2 | Self::Glif4 | Self::Glif5 => Some(Parameter::TcMembrane),
            Self::If => None,
        }
    }

    /// Returns whether the neuron has a threshold, a reset and a refractory time.
    pub const fn fires(self) -> bool {
        self.threshold().is_some()
    }

    /// Returns whether the membrane decays to a potential at rest.
    pub const fn leaks(self) -> bool {
        self.time_constant().is_some()
    }

    /// Returns the parameter that sets how fast the threshold components decay.
    pub const fn adaptation(self) -> Option<Parameter> {
        match self {
            Self::Lif | Self::Glif1 | Self::Glif3 | Self::Li | Self::If => None,
            Self::Alif => Some(Parameter::TcAdaptation),
            Self::Glif2 | Self::Glif4 | Self::Glif5 => Some(Parameter::RcAdaptation),
        }
    }
}
