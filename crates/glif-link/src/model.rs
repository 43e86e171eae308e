//! What a board is asked to be: a population's model, its parameters under Inferno's names, and its size.

use glif_core::Rule as CoreRule;
use glif_core::params::{Component as CoreComponent, DynParameters, DynReset, Names, Rate, ResetLinear, ResetTo};
use serde::{Deserialize, Serialize};

/// Most threshold components that a message holds.
pub const MOST_COMPONENTS: usize = glif_core::params::MOST_COMPONENTS;

/// Threshold components, in the order in which a board has them.
///
/// ```
/// use glif_link::{Component, Components};
///
/// // From the lists of a population file: `tc_adaptation` (ms) and `spike_increment` (mV).
/// let pairs = [40.0, 400.0].into_iter().zip([1.5, 0.5]);
/// let components: Components = pairs.map(|(constant, increment)| Component { constant, increment }).collect();
/// assert_eq!(components[1], Component { constant: 400.0, increment: 0.5 });
/// // There is room for eight.
/// assert!(Components::from_slice(&[components[0]; 8]).is_ok());
/// assert!(Components::from_slice(&[components[0]; 9]).is_err());
/// ```
pub type Components = heapless::Vec<Component, MOST_COMPONENTS>;

/// A population.
///
/// The packet by which a board becomes three adaptive neurons:
///
/// ```
/// use glif_link::model::{Component, Components, Flags, Kind, Model, Rounding, Rule, Scalar};
/// use glif_link::{Request, packet};
///
/// let components = [Component { constant: 100.0, increment: 1.5 }]; // ms, mV
/// let model = Model {
///     kind: Kind::Alif { reset_v: -65.0, components: Components::from_slice(&components).unwrap() },
///     scalar: Scalar::I16F16,
///     rounding: Rounding::Nearest,
///     rule: Rule::Inferno,
///     flags: Flags { refrac_lock: true, adapt: true },
///     neurons: 3,
///     step_time: 1.0, rest_v: -60.0, threshold: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
/// };
/// let mut buffer = [0; 256];
/// let sent = packet::encode(1, &Request::Load(model.clone()), &mut buffer).unwrap();
/// assert_eq!(packet::open(sent).unwrap().message(), Some(Request::Load(model)));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Model {
    /// Which of the four, and what it has of its own.
    pub kind: Kind,
    /// Number format.
    pub scalar: Scalar,
    /// How decays round; floating point takes [`Rounding::Nearest`] alone.
    pub rounding: Rounding,
    /// How refractory times become steps.
    pub rule: Rule,
    /// Switches.
    pub flags: Flags,
    /// How many.
    pub neurons: u32,
    /// ms
    pub step_time: f64,
    /// mV
    pub rest_v: f64,
    /// `thresh_v` or `thresh_eq_v`, mV.
    pub threshold: f64,
    /// ms
    pub refrac_t: f64,
    /// `time_constant` or `tc_membrane`, ms.
    pub time_constant: f64,
    /// MΩ
    pub resistance: f64,
}

/// The four models.
///
/// ```
/// use glif_link::model::{Component, Components, Kind, Model};
/// # use glif_link::model::{Flags, Rounding, Rule, Scalar};
/// # let lif = Model {
/// #     kind: Kind::Lif { reset_v: -65.0 },
/// #     scalar: Scalar::F32, rounding: Rounding::Nearest, rule: Rule::Inferno,
/// #     flags: Flags { refrac_lock: true, adapt: true }, neurons: 3,
/// #     step_time: 1.0, rest_v: -60.0, threshold: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
/// # };
/// // A population of LIF becomes one of ALIF: the same membranes, and a threshold that rises by 1.5 mV at each spike.
/// let component = Component { constant: 100.0, increment: 1.5 }; // ms, mV
/// let components = Components::from_slice(&[component]).unwrap();
/// let alif = Model { kind: Kind::Alif { reset_v: -65.0, components }, ..lif.clone() };
/// assert_eq!((lif.components(), alif.components()), (&[][..], &[component][..]));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Kind {
    /// Leaky integrate-and-fire.
    Lif {
        /// mV
        reset_v: f64,
    },
    /// The same under another name.
    Glif1 {
        /// mV
        reset_v: f64,
    },
    /// Adaptive thresholds.
    Alif {
        /// mV
        reset_v: f64,
        /// `tc_adaptation` (ms) and `spike_increment`.
        components: Components,
    },
    /// Adaptive thresholds and a linear reset.
    Glif2 {
        /// mV
        reset_v_add: f64,
        /// Unitless.
        reset_v_mul: f64,
        /// `rc_adaptation` (1/ms) and `spike_increment`.
        components: Components,
    },
}

/// One threshold component. The kind of its neuron tells whether its constant is a time or a rate:
///
/// ```
/// use glif_core::params::Rate;
/// use glif_link::model::{Component, Components, Kind, Model};
/// # use glif_link::model::{Flags, Rounding, Rule, Scalar};
/// # let model = Model {
/// #     kind: Kind::Lif { reset_v: -65.0 },
/// #     scalar: Scalar::F32, rounding: Rounding::Nearest, rule: Rule::Inferno,
/// #     flags: Flags { refrac_lock: true, adapt: true }, neurons: 3,
/// #     step_time: 1.0, rest_v: -60.0, threshold: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
/// # };
/// let component = Component { constant: 0.01, increment: 2.0 }; // 1/ms, mV
/// let components = Components::from_slice(&[component]).unwrap();
/// let glif2 = Model { kind: Kind::Glif2 { reset_v_add: 4.0, reset_v_mul: 0.2, components }, ..model };
/// assert_eq!(glif2.parameters().components[0].rate, Rate::RateConstant(0.01)); // for ALIF it would be Rate::TimeConstant
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Component {
    /// `tc_adaptation`, ms, or `rc_adaptation`, 1/ms.
    pub constant: f64,
    /// `spike_increment`, mV.
    pub increment: f64,
}

/// Number formats.
///
/// ```
/// use glif_link::Scalar;
/// let narrow = Scalar::ALL.into_iter().filter(|scalar| scalar.size() == 2).map(Scalar::name);
/// assert!(narrow.eq(["i8f8", "i9f7"]));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Scalar {
    /// IEEE 754 binary32.
    F32,
    /// 32 bits, 16 of them fraction.
    I16F16,
    /// 32 bits, 20 of them fraction.
    I12F20,
    /// 16 bits, 8 of them fraction.
    I8F8,
    /// 16 bits, 7 of them fraction.
    I9F7,
}

impl Scalar {
    /// Every one of them.
    pub const ALL: [Self; 5] = [Self::F32, Self::I16F16, Self::I12F20, Self::I8F8, Self::I9F7];

    /// Its bit in [`Identity::scalars`](crate::Identity::scalars).
    pub const fn bit(self) -> u8 {
        1 << self as u8
    }

    /// Bytes of a value.
    pub const fn size(self) -> usize {
        match self {
            Self::F32 | Self::I16F16 | Self::I12F20 => 4,
            Self::I8F8 | Self::I9F7 => 2,
        }
    }

    /// Its name in population files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::I16F16 => "i16f16",
            Self::I12F20 => "i12f20",
            Self::I8F8 => "i8f8",
            Self::I9F7 => "i9f7",
        }
    }
}

/// How decays round in fixed point.
///
/// Half a millivolt of adaptation, decaying with a time constant of 1000 steps, stays for ever in i8f8 if it rounds to nearest.
/// Such a population is refused; a board takes the other ways:
///
/// ```
/// use glif_core::{Alif, Rule, Stochastic, Truncate, fixed::types::I8F8};
/// use glif_link::Rounding;
/// # let params = glif_core::AlifParams {
/// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_eq_v: -50.0, refrac_t: 2.0, tc_membrane: 20.0,
/// #     tc_adaptation: [1000.0], spike_increment: [0.5], resistance: 1.0,
/// # };
/// let is_taken = |rounding| match rounding {
///     Rounding::Nearest => Alif::<I8F8, 1>::derive(params, Rule::Inferno).is_ok(),
///     Rounding::Truncate => Alif::<I8F8, 1, _>::derive_rounding(params, Rule::Inferno, Truncate).is_ok(),
///     Rounding::Stochastic { seed } => {
///         Alif::<I8F8, 1, _>::derive_rounding(params, Rule::Inferno, Stochastic { seed }).is_ok()
///     }
/// };
/// let ways = [Rounding::Nearest, Rounding::Truncate, Rounding::Stochastic { seed: 7 }];
/// assert_eq!(ways.map(is_taken), [false, true, true]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Rounding {
    /// To nearest, ties up.
    Nearest,
    /// Toward zero.
    Truncate,
    /// Up or down with the probability that makes the mean exact.
    Stochastic {
        /// Equal seeds give equal runs.
        seed: u64,
    },
}

/// How refractory times become steps; a board goes by the [`glif_core::Rule`] of that name.
///
/// ```
/// use glif_core::{Lif, LifParams};
/// use glif_link::model::Rule;
/// # let params = LifParams {
/// #     step_time: 0.1, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 5.0, time_constant: 20.0, resistance: 1.0,
/// # };
/// // 5 ms in steps of 0.1 ms.
/// let steps = |rule: Rule| Lif::<f32>::derive(params, rule.into()).map(|neuron| neuron.refractory);
/// assert_eq!([steps(Rule::Inferno)?, steps(Rule::Exact)?, steps(Rule::Nest)?], [51, 50, 51]);
/// # Ok::<(), glif_core::ParamErrors>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Rule {
    /// Inferno's countdown.
    Inferno,
    /// The quotient, rounded up.
    Exact,
    /// One step more.
    Nest,
}

impl From<Rule> for CoreRule {
    fn from(rule: Rule) -> Self {
        match rule {
            Rule::Inferno => Self::Inferno,
            Rule::Exact => Self::Exact,
            Rule::Nest => Self::Nest,
        }
    }
}

/// The two switches of a step; see [`glif_core::Flags`].
///
/// ```
/// use glif_link::{Request, model::Flags, packet};
///
/// // `forward(currents, adapt=False)` in Inferno, for every step to come.
/// let flags = Flags { adapt: false, ..glif_core::Flags::default().into() };
/// let mut buffer = [0; packet::LEAST];
/// let sent = packet::encode(1, &Request::SetFlags(flags), &mut buffer).unwrap();
/// // The board steps with the core's.
/// let Some(Request::SetFlags(flags)) = packet::open(sent)?.message() else { panic!() };
/// assert_eq!(glif_core::Flags::from(flags), glif_core::Flags { refrac_lock: true, adapt: false });
/// # Ok::<(), glif_link::Noise>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Flags {
    /// Hold membranes and threshold components in the refractory period.
    pub refrac_lock: bool,
    /// Let threshold components decay and grow.
    pub adapt: bool,
}

impl From<Flags> for glif_core::Flags {
    fn from(Flags { refrac_lock, adapt }: Flags) -> Self {
        Self { refrac_lock, adapt }
    }
}

impl From<glif_core::Flags> for Flags {
    fn from(glif_core::Flags { refrac_lock, adapt }: glif_core::Flags) -> Self {
        Self { refrac_lock, adapt }
    }
}

impl Model {
    /// Its threshold components.
    pub fn components(&self) -> &[Component] {
        match &self.kind {
            Kind::Lif { .. } | Kind::Glif1 { .. } => &[],
            Kind::Alif { components, .. } | Kind::Glif2 { components, .. } => components,
        }
    }

    /// The parameters for the core.
    ///
    /// ```
    /// use glif_core::{DynNeuron, Nearest, ParamErrors};
    /// use glif_link::model::{Component, Components, Kind, Model};
    /// # use glif_link::model::{Flags, Rounding, Rule, Scalar};
    /// # let components = Components::from_slice(&[Component { constant: 100.0, increment: 1.5 }]).unwrap(); // ms, mV
    /// # let model = Model {
    /// #     kind: Kind::Alif { reset_v: -65.0, components },
    /// #     scalar: Scalar::F32, rounding: Rounding::Nearest, rule: Rule::Inferno,
    /// #     flags: Flags { refrac_lock: true, adapt: true }, neurons: 3,
    /// #     step_time: 1.0, rest_v: -60.0, threshold: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
    /// # };
    /// // `model` is an ALIF of one component.
    /// let (parameters, mut errors) = (model.parameters(), ParamErrors::new());
    /// let derived = DynNeuron::<f32, _>::derive(&parameters, model.rule.into(), Nearest, &mut |_| (), &mut errors);
    /// let (neuron, period) = derived.unwrap();
    /// assert_eq!((neuron.components(), neuron.membrane().rest, period.count()), (1, -60.0, 2)); // mV, steps
    /// ```
    pub fn parameters(&self) -> DynParameters {
        let to = |reset_v| DynReset::To(ResetTo { reset_v });
        let (names, reset, rate): (_, _, fn(f64) -> Rate) = match self.kind {
            Kind::Lif { reset_v } | Kind::Glif1 { reset_v } => (Names::Lif, to(reset_v), Rate::TimeConstant),
            Kind::Alif { reset_v, .. } => (Names::Adaptive, to(reset_v), Rate::TimeConstant),
            Kind::Glif2 { reset_v_add, reset_v_mul, .. } => {
                let reset = DynReset::Linear(ResetLinear { reset_v_add, reset_v_mul });
                (Names::Adaptive, reset, Rate::RateConstant)
            }
        };
        let mut components = heapless::Vec::new();
        for Component { constant, increment } in self.components() {
            // There is room for as many as a message holds. Not `collect`, which leaves a panic in a firmware.
            _ = components.push(CoreComponent { rate: rate(*constant), increment: *increment });
        }
        let Self { step_time, rest_v, threshold, refrac_t, time_constant, resistance, .. } = *self;
        DynParameters { names, step_time, rest_v, threshold, refrac_t, time_constant, resistance, reset, components }
    }
}
