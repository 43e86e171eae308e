//! What a person writes: Inferno's parameters under Inferno's names, in mV, ms, nA and MΩ.
//!
//! The four structs differ only in names; [`Parameters`] is what they have in common, and what every later stage reads.
//!
//! Source: `inferno.neural.neurons.linear` of inferno-ai 0.0.5, whose constraints are checked here too, and one more:
//! everything finite.

use crate::error::{ParamError, ParamErrors, Problem};

/// Parameters of [`Lif`](crate::Lif).
///
/// ```
/// use glif_core::{LifParams, Parameters};
///
/// let params = LifParams {
///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
/// };
/// assert!(Parameters::from(params).check().is_ok());
/// let swapped = LifParams { reset_v: -50.0, thresh_v: -65.0, ..params };
/// let errors = Parameters::from(swapped).check().unwrap_err();
/// assert!(errors.mentions("reset_v") && errors.mentions("rest_v"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LifParams {
    /// Length of a step, ms; positive.
    pub step_time: f64,
    /// Membrane potential at rest, mV; below `thresh_v`.
    pub rest_v: f64,
    /// Membrane potential after a spike, mV; below `thresh_v`.
    pub reset_v: f64,
    /// Firing threshold, mV.
    pub thresh_v: f64,
    /// Absolute refractory period, ms; not negative.
    pub refrac_t: f64,
    /// Time constant of the membrane, ms; positive.
    pub time_constant: f64,
    /// Membrane resistance, MΩ; not zero. Inferno's default is 1.
    pub resistance: f64,
}

/// Parameters of [`Glif1`](crate::Glif1), which is LIF under another name.
///
/// ```
/// use glif_core::{Glif1, Glif1Params, Population};
///
/// let params = Glif1Params {
///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
/// };
/// let population = Population::<Glif1<f32>, 8>::new(params)?;
/// assert_eq!(population.voltage(), &[-60.0; 8]); // mV
/// # Ok::<(), glif_core::ParamErrors>(())
/// ```
pub type Glif1Params = LifParams;

/// Parameters of [`Alif`](crate::Alif) with K threshold components.
///
/// ```
/// use glif_core::{Alif, AlifParams, Population};
///
/// // A fast component and a slow one: each spike raises the threshold by 2.5 mV.
/// let params = AlifParams {
///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_eq_v: -50.0, refrac_t: 2.0, tc_membrane: 20.0,
///     tc_adaptation: [20.0, 200.0], spike_increment: [2.0, 0.5], resistance: 1.0,
/// };
/// let population = Population::<Alif<f32, 2>, 4>::new(params)?;
/// assert_eq!(population.adaptation(), [[0.0; 2]; 4]); // mV, neuron by neuron
/// # Ok::<(), glif_core::ParamErrors>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AlifParams<const K: usize> {
    /// Length of a step, ms; positive.
    pub step_time: f64,
    /// Membrane potential at rest, mV; below `thresh_eq_v`.
    pub rest_v: f64,
    /// Membrane potential after a spike, mV; below `thresh_eq_v`.
    pub reset_v: f64,
    /// Equilibrium of the firing threshold, mV.
    pub thresh_eq_v: f64,
    /// Absolute refractory period, ms; not negative.
    pub refrac_t: f64,
    /// Time constant of the membrane, ms; positive.
    pub tc_membrane: f64,
    /// Time constants of the threshold components, ms; positive.
    pub tc_adaptation: [f64; K],
    /// Growth of each threshold component at a spike, mV.
    pub spike_increment: [f64; K],
    /// Membrane resistance, MΩ; not zero. Inferno's default is 1.
    pub resistance: f64,
}

/// Parameters of [`Glif2`](crate::Glif2) with K threshold components.
///
/// A spike leaves a fifth of the membrane's distance from rest, less 4 mV, and raises the threshold by 2 mV that decay at a
/// rate of 0.01 a millisecond:
///
/// ```
/// use glif_core::{Flags, Glif2, Glif2Params, Population, Spikes};
///
/// let params = Glif2Params {
///     step_time: 1.0, rest_v: -60.0, reset_v_add: 4.0, reset_v_mul: 0.2, thresh_eq_v: -50.0, refrac_t: 2.0,
///     tc_membrane: 20.0, rc_adaptation: [0.01], spike_increment: [2.0], resistance: 1.0,
/// };
/// let mut population = Population::<Glif2<f32, 1>, 1>::new(params)?;
/// let mut spikes = Spikes::<1>::new();
/// let steps = (1..).find(|_| {
///     population.step(&[18.0], Flags::default(), &mut spikes);
///     spikes.count() == 1
/// });
/// assert_eq!(steps, Some(17));
/// assert!((-62.1..-61.9).contains(&population.voltage()[0])); // mV; -60 + 0.2 · 10 - 4, and what it was above threshold
/// assert_eq!(population.adaptation(), [[2.0]]); // mV
/// # Ok::<(), glif_core::ParamErrors>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Glif2Params<const K: usize> {
    /// Length of a step, ms; positive.
    pub step_time: f64,
    /// Membrane potential at rest, mV; below `thresh_eq_v`.
    pub rest_v: f64,
    /// b in the reset `rest + m (v - rest) - b`, mV.
    pub reset_v_add: f64,
    /// m in the reset `rest + m (v - rest) - b`.
    pub reset_v_mul: f64,
    /// Equilibrium of the firing threshold, mV.
    pub thresh_eq_v: f64,
    /// Absolute refractory period, ms; not negative.
    pub refrac_t: f64,
    /// Time constant of the membrane, ms; positive.
    pub tc_membrane: f64,
    /// Rate constants of the threshold components, 1/ms; positive.
    pub rc_adaptation: [f64; K],
    /// Growth of each threshold component at a spike, mV.
    pub spike_increment: [f64; K],
    /// Membrane resistance, MΩ; not zero. Inferno's default is 1.
    pub resistance: f64,
}

/// Lists of unequal length, completed with their last value to the length of the longer one, as Inferno documents.
///
/// ```
/// use glif_core::params::complete;
/// assert_eq!(complete::<2>("tc_adaptation", &[20.0, 200.0], &[1.5])?, ([20.0, 200.0], [1.5, 1.5]));
/// assert_eq!(
///     complete::<1>("tc_adaptation", &[20.0, 200.0], &[1.5]).unwrap_err().to_string(),
///     "`tc_adaptation` has 2 values, but 1 are needed"
/// );
/// # Ok::<(), glif_core::ParamError>(())
/// ```
///
/// # Errors
/// If the longer list does not have K values, or the shorter one has none to complete it with.
pub fn complete<const K: usize>(
    constants_name: &'static str,
    constants: &[f64],
    increments: &[f64],
) -> Result<([f64; K], [f64; K]), ParamError> {
    let pair = completed(constants_name, constants, increments, K)?;
    Ok((core::array::from_fn(|k| pair(k).0), core::array::from_fn(|k| pair(k).1)))
}

/// The same for a number of components that is known at run time: the constant and the increment of each.
///
/// # Errors
/// As [`complete`]; or if there are more than `count`.
fn completed<'a>(
    constants_name: &'static str,
    constants: &'a [f64],
    increments: &'a [f64],
    count: usize,
) -> Result<impl Fn(usize) -> (f64, f64) + use<'a>, ParamError> {
    let increments_name = "spike_increment";
    let refuse = |name, list: &[f64]| ParamError {
        name,
        index: None,
        value: list.len() as f64,
        unit: "",
        problem: Problem::Components { expected: count },
    };
    let longer =
        if constants.len() < increments.len() { (increments_name, increments) } else { (constants_name, constants) };
    if longer.1.len() != count {
        return Err(refuse(longer.0, longer.1));
    }
    let shorter = [(constants_name, constants), (increments_name, increments)];
    if let Some((name, list)) = shorter.into_iter().find(|(_, list)| list.is_empty() && count > 0) {
        return Err(refuse(name, list));
    }
    let at = |list: &[f64], k: usize| list.get(k).or(list.last()).copied().unwrap_or_default();
    Ok(move |k| (at(constants, k), at(increments, k)))
}

impl DynParameters {
    /// Threshold components from a list of constants and one of increments, the shorter completed with its last value; `rate` makes a
    /// rate of a constant.
    ///
    /// ```
    /// use glif_core::DynParameters;
    /// use glif_core::params::{Component, Rate};
    /// let components = DynParameters::components("tc_adaptation", &[20.0, 200.0], &[1.5], Rate::TimeConstant)?;
    /// assert_eq!(components[1], Component { rate: Rate::TimeConstant(200.0), increment: 1.5 }); // ms, mV
    /// # Ok::<(), glif_core::ParamError>(())
    /// ```
    ///
    /// # Errors
    /// If there are more than [`MOST_COMPONENTS`], or only one of the lists is empty.
    pub fn components(
        constants_name: &'static str,
        constants: &[f64],
        increments: &[f64],
        rate: impl Fn(f64) -> Rate,
    ) -> Result<heapless::Vec<Component, MOST_COMPONENTS>, ParamError> {
        let count = constants.len().max(increments.len());
        if count > MOST_COMPONENTS {
            let problem = Problem::TooManyComponents { most: MOST_COMPONENTS };
            return Err(ParamError { name: constants_name, index: None, value: count as f64, unit: "", problem });
        }
        let pair = completed(constants_name, constants, increments, count)?;
        let component = |k| {
            let (constant, increment) = pair(k);
            Component { rate: rate(constant), increment }
        };
        Ok(listed((0..count).map(component)))
    }
}

/// Where a spike leaves the membrane, as a person writes it. It checks itself against a threshold and a rest, mV:
///
/// ```
/// use glif_core::params::{ResetLinear, ResetParams as _, ResetTo};
/// use glif_core::{ParamErrors, Problem};
///
/// let mut errors = ParamErrors::default();
/// ResetTo { reset_v: -45.0 }.check(("thresh_v", -50.0), -60.0, &mut errors);
/// assert_eq!(errors.to_string(), "`reset_v` = -45 mV must be below `thresh_v` = -50 mV");
/// ResetLinear { reset_v_add: 4.0, reset_v_mul: 1.5 }.check(("thresh_eq_v", -50.0), -60.0, &mut errors);
/// let problems = errors.iter().map(|error| error.problem);
/// assert_eq!(problems.last(), Some(Problem::ResetStaysAbove { reset: -49.0, threshold: -50.0 })); // mV
/// ```
pub trait ResetParams: Copy + PartialEq + core::fmt::Debug + Send + Sync + 'static {
    /// Those of a population before it has any: all bits are zero, so that a `static` of it takes no flash.
    const BLANK: Self;
    /// Adds what is wrong to `errors`.
    fn check(&self, threshold: (&'static str, f64), rest: f64, errors: &mut ParamErrors);
    /// The same check once a number format has rounded: adds it to `errors` if a neuron at the threshold, which is `kept` mV now, is
    /// left at or above it, at `reset` mV. `threshold` is the parameter as written.
    fn check_landing_once_rounded(
        &self,
        reset: f64,
        threshold: (&'static str, f64),
        kept: f64,
        errors: &mut ParamErrors,
    );
}

/// v ← `reset_v` (mV).
///
/// ```
/// use glif_core::params::{LifParams, Parameters, ResetTo};
/// # let params = LifParams {
/// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
/// # };
/// assert_eq!(Parameters::from(params).reset, ResetTo { reset_v: -65.0 }); // mV
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ResetTo {
    /// Below the threshold.
    pub reset_v: f64,
}

/// v ← rest + `reset_v_mul` (v - rest) - `reset_v_add` (mV).
///
/// ```
/// use glif_core::params::{Glif2Params, Parameters, ResetLinear};
/// # let params = Glif2Params {
/// #     step_time: 1.0, rest_v: -60.0, reset_v_add: 4.0, reset_v_mul: 0.2, thresh_eq_v: -50.0, refrac_t: 2.0,
/// #     tc_membrane: 20.0, rc_adaptation: [0.01], spike_increment: [2.0], resistance: 1.0,
/// # };
/// assert_eq!(Parameters::from(params).reset, ResetLinear { reset_v_add: 4.0, reset_v_mul: 0.2 });
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ResetLinear {
    /// mV
    pub reset_v_add: f64,
    /// Unitless.
    pub reset_v_mul: f64,
}

impl ResetParams for ResetTo {
    const BLANK: Self = Self { reset_v: 0.0 };

    fn check(&self, threshold: (&'static str, f64), _: f64, errors: &mut ParamErrors) {
        below("reset_v", self.reset_v, threshold, errors);
    }

    fn check_landing_once_rounded(
        &self,
        reset: f64,
        threshold: (&'static str, f64),
        kept: f64,
        errors: &mut ParamErrors,
    ) {
        below_once_rounded("reset_v", (self.reset_v, reset), threshold, kept, errors);
    }
}

impl ResetParams for ResetLinear {
    const BLANK: Self = Self { reset_v_add: 0.0, reset_v_mul: 0.0 };

    fn check(&self, threshold: (&'static str, f64), rest: f64, errors: &mut ParamErrors) {
        let finite =
            finite("reset_v_add", self.reset_v_add, "mV", errors) & finite("reset_v_mul", self.reset_v_mul, "", errors);
        let reset = rest + self.reset_v_mul * (threshold.1 - rest) - self.reset_v_add;
        if finite && rest < threshold.1 {
            self.check_landing_once_rounded(reset, threshold, threshold.1, errors);
        }
    }

    fn check_landing_once_rounded(&self, reset: f64, _: (&'static str, f64), threshold: f64, errors: &mut ParamErrors) {
        if reset >= threshold {
            let problem = Problem::ResetStaysAbove { reset, threshold };
            errors.push(ParamError { name: "reset_v_mul", index: None, value: self.reset_v_mul, unit: "", problem });
        }
    }
}

/// Either reset, for [`DynParameters`]:
///
/// ```
/// use glif_core::params::{DynReset, ResetLinear, ResetParams as _, ResetTo};
/// use glif_core::ParamErrors;
///
/// let resets = [ResetTo { reset_v: -45.0 }.into(), ResetLinear { reset_v_add: 4.0, reset_v_mul: 0.2 }.into()];
/// let refused = |reset: &DynReset| {
///     let mut errors = ParamErrors::new();
///     reset.check(("thresh_v", -50.0), -60.0, &mut errors);
///     errors.count()
/// };
/// assert_eq!(resets.each_ref().map(refused), [1, 0]); // -45 mV is above the threshold
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum DynReset {
    /// Of LIF, GLIF1 and ALIF.
    To(ResetTo),
    /// Of GLIF2.
    Linear(ResetLinear),
}

impl From<ResetTo> for DynReset {
    fn from(reset: ResetTo) -> Self {
        Self::To(reset)
    }
}

impl From<ResetLinear> for DynReset {
    fn from(reset: ResetLinear) -> Self {
        Self::Linear(reset)
    }
}

impl ResetParams for DynReset {
    const BLANK: Self = Self::To(ResetTo::BLANK);

    fn check(&self, threshold: (&'static str, f64), rest: f64, errors: &mut ParamErrors) {
        match self {
            Self::To(reset) => reset.check(threshold, rest, errors),
            Self::Linear(reset) => reset.check(threshold, rest, errors),
        }
    }

    fn check_landing_once_rounded(
        &self,
        reset: f64,
        threshold: (&'static str, f64),
        kept: f64,
        errors: &mut ParamErrors,
    ) {
        match self {
            Self::To(written) => written.check_landing_once_rounded(reset, threshold, kept, errors),
            Self::Linear(written) => written.check_landing_once_rounded(reset, threshold, kept, errors),
        }
    }
}

/// How fast a threshold component decays, in the form its model has it.
///
/// ```
/// use glif_core::params::{Glif2Params, Parameters, Rate};
/// # let params = Glif2Params {
/// #     step_time: 1.0, rest_v: -60.0, reset_v_add: 4.0, reset_v_mul: 0.2, thresh_eq_v: -50.0, refrac_t: 2.0,
/// #     tc_membrane: 20.0, rc_adaptation: [0.01], spike_increment: [2.0], resistance: 1.0,
/// # };
/// assert_eq!(Parameters::from(params).components[0].rate, Rate::RateConstant(0.01)); // 1/ms
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Rate {
    /// A time constant, ms.
    TimeConstant(f64),
    /// A rate constant, 1/ms.
    RateConstant(f64),
}

/// One threshold component.
///
/// ```
/// use glif_core::params::{AlifParams, Component, Parameters, Rate};
/// # let params = AlifParams {
/// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_eq_v: -50.0, refrac_t: 2.0, tc_membrane: 20.0,
/// #     tc_adaptation: [100.0], spike_increment: [2.0], resistance: 1.0,
/// # };
/// let [component] = Parameters::from(params).components;
/// assert_eq!(component, Component { rate: Rate::TimeConstant(100.0), increment: 2.0 }); // ms, mV
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Component {
    /// How fast it decays.
    pub rate: Rate,
    /// mV added at each spike.
    pub increment: f64,
}

/// What two of the parameters are called in each model, so that a message has the name that was written:
///
/// ```
/// use glif_core::params::Parameters;
/// # use glif_core::{AlifParams, LifParams};
/// # let lif = LifParams {
/// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
/// # };
/// # let alif = AlifParams {
/// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_eq_v: -50.0, refrac_t: 2.0, tc_membrane: 20.0,
/// #     tc_adaptation: [100.0], spike_increment: [2.0], resistance: 1.0,
/// # };
/// fn told<P, const K: usize>(p: &Parameters<P, K>) -> String {
///     format!("{} = {} mV, {} = {} ms", p.names.threshold(), p.threshold, p.names.time_constant(), p.time_constant)
/// }
/// assert_eq!(told(&lif.into()), "thresh_v = -50 mV, time_constant = 20 ms");
/// assert_eq!(told(&alif.into()), "thresh_eq_v = -50 mV, tc_membrane = 20 ms");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Names {
    /// In LIF and GLIF1.
    Lif,
    /// In ALIF and GLIF2.
    Adaptive,
}

impl Names {
    /// `thresh_v` or `thresh_eq_v`.
    pub const fn threshold(self) -> &'static str {
        match self {
            Self::Lif => "thresh_v",
            Self::Adaptive => "thresh_eq_v",
        }
    }

    /// `time_constant` or `tc_membrane`.
    pub const fn time_constant(self) -> &'static str {
        match self {
            Self::Lif => "time_constant",
            Self::Adaptive => "tc_membrane",
        }
    }
}

/// The parameters of any of the four models: a reset and K threshold components. Those of each model become them:
///
/// ```
/// use glif_core::params::{Component, Parameters, Rate, ResetTo};
/// let params = glif_core::AlifParams {
///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_eq_v: -50.0, refrac_t: 2.0, tc_membrane: 20.0,
///     tc_adaptation: [100.0], spike_increment: [2.0], resistance: 1.0,
/// };
/// let Parameters { reset, components, time_constant, .. } = Parameters::from(params);
/// assert_eq!((reset, time_constant), (ResetTo { reset_v: -65.0 }, 20.0)); // mV, ms
/// assert_eq!(components, [Component { rate: Rate::TimeConstant(100.0), increment: 2.0 }]); // ms, mV
/// ```
pub type Parameters<P, const K: usize> = ModelParameters<P, [Component; K]>;

/// The parameters of any of the four models, with their reset and their threshold components known at run time: what a file or a
/// request describes. [`DynNeuron`](crate::dynamic::DynNeuron) is derived from them.
///
/// ```
/// use glif_core::params::{DynParameters, DynReset, Names, Rate, ResetTo};
/// // From lists as long as a person has made them; the shorter is completed.
/// let components = DynParameters::components("tc_adaptation", &[40.0, 400.0], &[1.5], Rate::TimeConstant)?; // ms, mV
/// let parameters = DynParameters {
///     names: Names::Adaptive, step_time: 1.0, rest_v: -60.0, threshold: -50.0, refrac_t: 2.0, time_constant: 20.0,
///     resistance: 1.0, reset: DynReset::To(ResetTo { reset_v: -40.0 }), components,
/// };
/// let told = parameters.check().unwrap_err().to_string();
/// assert_eq!(told, "`reset_v` = -40 mV must be below `thresh_eq_v` = -50 mV");
/// # Ok::<(), glif_core::ParamError>(())
/// ```
pub type DynParameters = ModelParameters<DynReset, heapless::Vec<Component, MOST_COMPONENTS>>;

/// Most threshold components of [`DynParameters`].
pub const MOST_COMPONENTS: usize = 8;

/// What [`Parameters`] and [`DynParameters`] have in common: `P` is the reset, `C` holds the threshold components.
///
/// ```
/// use glif_core::params::{DynParameters, Parameters};
/// # let params = glif_core::LifParams {
/// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
/// # };
/// let written = Parameters::from(params);
/// let described = DynParameters::from(written);
/// assert_eq!((described.rest_v, described.components.len()), (written.rest_v, 0)); // mV
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ModelParameters<P, C> {
    /// Names for messages.
    pub names: Names,
    /// ms
    pub step_time: f64,
    /// mV
    pub rest_v: f64,
    /// mV
    pub threshold: f64,
    /// ms
    pub refrac_t: f64,
    /// Of the membrane, ms.
    pub time_constant: f64,
    /// MΩ
    pub resistance: f64,
    /// Where a spike leaves the membrane.
    pub reset: P,
    /// Threshold components.
    pub components: C,
}

/// A list of components, which are at most [`MOST_COMPONENTS`].
// Not `collect`, which would leave a panic for a list that is too long.
fn listed(components: impl IntoIterator<Item = Component>) -> heapless::Vec<Component, MOST_COMPONENTS> {
    let mut list = heapless::Vec::new();
    for component in components {
        if list.push(component).is_err() {
            break;
        }
    }
    list
}

/// With more than [`MOST_COMPONENTS`] components it does not compile.
impl<P: Into<DynReset>, const K: usize> From<Parameters<P, K>> for DynParameters {
    fn from(parameters: Parameters<P, K>) -> Self {
        const { assert!(K <= MOST_COMPONENTS, "DynParameters hold at most MOST_COMPONENTS threshold components") };
        let Parameters { names, step_time, rest_v, threshold, refrac_t, time_constant, resistance, .. } = parameters;
        let (reset, components) = (parameters.reset.into(), listed(parameters.components));
        Self { names, step_time, rest_v, threshold, refrac_t, time_constant, resistance, reset, components }
    }
}

/// A copy: parameters may stay in a `const` or a `static`, and need no place on the stack.
impl<P: Copy, C: Copy> From<&Self> for ModelParameters<P, C> {
    fn from(parameters: &Self) -> Self {
        *parameters
    }
}

impl From<LifParams> for Parameters<ResetTo, 0> {
    fn from(p: LifParams) -> Self {
        Self {
            names: Names::Lif,
            step_time: p.step_time,
            rest_v: p.rest_v,
            threshold: p.thresh_v,
            refrac_t: p.refrac_t,
            time_constant: p.time_constant,
            resistance: p.resistance,
            reset: ResetTo { reset_v: p.reset_v },
            components: [],
        }
    }
}

impl<const K: usize> From<AlifParams<K>> for Parameters<ResetTo, K> {
    fn from(p: AlifParams<K>) -> Self {
        Self {
            names: Names::Adaptive,
            step_time: p.step_time,
            rest_v: p.rest_v,
            threshold: p.thresh_eq_v,
            refrac_t: p.refrac_t,
            time_constant: p.tc_membrane,
            resistance: p.resistance,
            reset: ResetTo { reset_v: p.reset_v },
            components: core::array::from_fn(|k| Component {
                rate: Rate::TimeConstant(p.tc_adaptation[k]),
                increment: p.spike_increment[k],
            }),
        }
    }
}

impl<const K: usize> From<Glif2Params<K>> for Parameters<ResetLinear, K> {
    fn from(p: Glif2Params<K>) -> Self {
        Self {
            names: Names::Adaptive,
            step_time: p.step_time,
            rest_v: p.rest_v,
            threshold: p.thresh_eq_v,
            refrac_t: p.refrac_t,
            time_constant: p.tc_membrane,
            resistance: p.resistance,
            reset: ResetLinear { reset_v_add: p.reset_v_add, reset_v_mul: p.reset_v_mul },
            components: core::array::from_fn(|k| Component {
                rate: Rate::RateConstant(p.rc_adaptation[k]),
                increment: p.spike_increment[k],
            }),
        }
    }
}

impl Component {
    /// Inferno's name of the constant, its value and its unit.
    pub fn constant(&self) -> (&'static str, f64, &'static str) {
        match self.rate {
            Rate::TimeConstant(tau) => ("tc_adaptation", tau, "ms"),
            Rate::RateConstant(lambda) => ("rc_adaptation", lambda, "1/ms"),
        }
    }

    /// The exponent of its decay in a step of `step_time` ms.
    pub(crate) fn exponent(&self, step_time: f64) -> f64 {
        match self.rate {
            Rate::TimeConstant(tau) => -step_time / tau,
            Rate::RateConstant(lambda) => -step_time * lambda,
        }
    }
}

impl<P: ResetParams, const K: usize> Parameters<P, K> {
    /// Those of a population before it has any, all zero.
    pub(crate) const BLANK: Self = Self {
        names: Names::Lif,
        step_time: 0.0,
        rest_v: 0.0,
        threshold: 0.0,
        refrac_t: 0.0,
        time_constant: 0.0,
        resistance: 0.0,
        reset: P::BLANK,
        components: [Component { rate: Rate::TimeConstant(0.0), increment: 0.0 }; K],
    };
}

impl<P: ResetParams, C: AsRef<[Component]>> ModelParameters<P, C> {
    /// Checks every constraint.
    ///
    /// # Errors
    /// Everything that is wrong, together.
    pub fn check(&self) -> Result<(), ParamErrors> {
        ParamErrors::or_listed(|errors| {
            self.check_into(errors);
            (errors.count() == 0).then_some(())
        })
    }

    /// The same, into a list that is there already.
    pub(crate) fn check_into(&self, errors: &mut ParamErrors) {
        self.beside().check(self.components.as_ref(), errors);
    }

    /// All but the components.
    pub(crate) fn beside(&self) -> Beside<'_, P> {
        let Self { names, step_time, rest_v, threshold, refrac_t, time_constant, resistance, reset, .. } = self;
        Beside { names: *names, step_time, rest_v, threshold, refrac_t, time_constant, resistance, reset }
    }
}

/// The parameters beside the components: references, as a copy would take more of the stack.
pub(crate) struct Beside<'a, P> {
    pub(crate) names: Names,
    pub(crate) step_time: &'a f64,
    pub(crate) rest_v: &'a f64,
    pub(crate) threshold: &'a f64,
    pub(crate) refrac_t: &'a f64,
    pub(crate) time_constant: &'a f64,
    pub(crate) resistance: &'a f64,
    pub(crate) reset: &'a P,
}

impl<'a, P> Beside<'a, P> {
    /// The same beside another reset.
    pub(crate) fn with_reset<P2>(self, reset: &'a P2) -> Beside<'a, P2> {
        let Self { names, step_time, rest_v, threshold, refrac_t, time_constant, resistance, .. } = self;
        Beside { names, step_time, rest_v, threshold, refrac_t, time_constant, resistance, reset }
    }
}

impl<P: ResetParams> Beside<'_, P> {
    /// Checks these and, among them as they are declared, the components.
    // Apart, as each number of components would have a copy of it.
    #[inline(never)]
    pub(crate) fn check(&self, components: &[Component], errors: &mut ParamErrors) {
        let threshold = (self.names.threshold(), *self.threshold);
        positive("step_time", None, *self.step_time, "ms", errors);
        below("rest_v", *self.rest_v, threshold, errors);
        self.reset.check(threshold, *self.rest_v, errors);
        finite(threshold.0, threshold.1, "mV", errors);
        if finite("refrac_t", *self.refrac_t, "ms", errors) && *self.refrac_t < 0.0 {
            let problem = Problem::Negative;
            errors.push(ParamError { name: "refrac_t", index: None, value: *self.refrac_t, unit: "ms", problem });
        }
        positive(self.names.time_constant(), None, *self.time_constant, "ms", errors);
        for (k, component) in components.iter().enumerate() {
            let (name, value, unit) = component.constant();
            positive(name, Some(k), value, unit, errors);
        }
        for (k, component) in components.iter().enumerate() {
            let value = component.increment;
            if !value.is_finite() {
                let problem = Problem::NotFinite;
                errors.push(ParamError { name: "spike_increment", index: Some(k), value, unit: "mV", problem });
            }
        }
        if finite("resistance", *self.resistance, "MΩ", errors) && *self.resistance == 0.0 {
            let problem = Problem::Zero;
            errors.push(ParamError { name: "resistance", index: None, value: 0.0, unit: "MΩ", problem });
        }
    }
}

fn finite(name: &'static str, value: f64, unit: &'static str, errors: &mut ParamErrors) -> bool {
    if !value.is_finite() {
        errors.push(ParamError { name, index: None, value, unit, problem: Problem::NotFinite });
    }
    value.is_finite()
}

fn positive(name: &'static str, index: Option<usize>, value: f64, unit: &'static str, errors: &mut ParamErrors) {
    let problem = match value {
        _ if !value.is_finite() => Problem::NotFinite,
        _ if value <= 0.0 => Problem::NotPositive,
        _ => return,
    };
    errors.push(ParamError { name, index, value, unit, problem });
}

pub(crate) fn below(name: &'static str, value: f64, (other, limit): (&'static str, f64), errors: &mut ParamErrors) {
    if finite(name, value, "mV", errors) && limit.is_finite() && value >= limit {
        let problem = Problem::NotBelow { name: other, limit };
        errors.push(ParamError { name, index: None, value, unit: "mV", problem });
    }
}

/// Refuses a potential, as written and as `stored`, that a number format rounds onto the threshold, which it keeps as `kept`; mV.
pub(crate) fn below_once_rounded(
    name: &'static str,
    (value, stored): (f64, f64),
    (other, limit): (&'static str, f64),
    kept: f64,
    errors: &mut ParamErrors,
) {
    if stored >= kept {
        let problem = Problem::RoundsOnto { name: other, limit, stored };
        errors.push(ParamError { name, index: None, value, unit: "mV", problem });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::{String, ToString};
    use std::vec::Vec;

    const LIF: LifParams = LifParams {
        step_time: 1.0,
        rest_v: -60.0,
        reset_v: -65.0,
        thresh_v: -50.0,
        refrac_t: 2.0,
        time_constant: 20.0,
        resistance: 1.0,
    };
    const ALIF: AlifParams<2> = AlifParams {
        step_time: 1.0,
        rest_v: -60.0,
        reset_v: -65.0,
        thresh_eq_v: -50.0,
        refrac_t: 2.0,
        tc_membrane: 20.0,
        tc_adaptation: [20.0, 200.0],
        spike_increment: [1.0, -0.5],
        resistance: 1.0,
    };
    const GLIF2: Glif2Params<1> = Glif2Params {
        step_time: 1.0,
        rest_v: -60.0,
        reset_v_add: 2.0,
        reset_v_mul: 0.5,
        thresh_eq_v: -50.0,
        refrac_t: 2.0,
        tc_membrane: 20.0,
        rc_adaptation: [0.1],
        spike_increment: [1.0],
        resistance: -1.0,
    };

    fn told<P: ResetParams, const K: usize>(params: impl Into<Parameters<P, K>>) -> Vec<String> {
        match params.into().check() {
            Ok(()) => Vec::new(),
            Err(errors) => errors.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn good_parameters_pass() {
        assert_eq!(told(LIF), [""; 0]);
        assert_eq!(told(ALIF), [""; 0]);
        assert_eq!(told(GLIF2), [""; 0]);
        assert_eq!(told(LifParams { refrac_t: 0.0, ..LIF }), [""; 0]);
        assert_eq!(told(Glif2Params { spike_increment: [0.0], ..GLIF2 }), [""; 0]);
    }

    #[test]
    fn each_constraint_names_parameter_value_unit_and_limit() {
        let lif = [
            (LifParams { step_time: 0.0, ..LIF }, "`step_time` = 0 ms must be positive"),
            (LifParams { step_time: -1.0, ..LIF }, "`step_time` = -1 ms must be positive"),
            (LifParams { rest_v: -50.0, ..LIF }, "`rest_v` = -50 mV must be below `thresh_v` = -50 mV"),
            (LifParams { reset_v: -49.5, ..LIF }, "`reset_v` = -49.5 mV must be below `thresh_v` = -50 mV"),
            (LifParams { refrac_t: -0.1, ..LIF }, "`refrac_t` = -0.1 ms must not be negative"),
            (LifParams { time_constant: 0.0, ..LIF }, "`time_constant` = 0 ms must be positive"),
            (LifParams { resistance: 0.0, ..LIF }, "`resistance` = 0 MΩ must not be zero"),
            (LifParams { resistance: -0.0, ..LIF }, "`resistance` = 0 MΩ must not be zero"),
        ];
        for (params, message) in lif {
            assert_eq!(told(params), [message]);
        }
        let alif = [
            (AlifParams { reset_v: 0.0, ..ALIF }, "`reset_v` = 0 mV must be below `thresh_eq_v` = -50 mV"),
            (AlifParams { tc_membrane: -3.0, ..ALIF }, "`tc_membrane` = -3 ms must be positive"),
            (AlifParams { tc_adaptation: [1.0, 0.0], ..ALIF }, "`tc_adaptation[1]` = 0 ms must be positive"),
        ];
        for (params, message) in alif {
            assert_eq!(told(params), [message]);
        }
        let glif = [
            (Glif2Params { rc_adaptation: [-0.1], ..GLIF2 }, "`rc_adaptation[0]` = -0.1 1/ms must be positive"),
            (
                Glif2Params { reset_v_mul: 1.0, reset_v_add: 0.0, ..GLIF2 },
                "`reset_v_mul` = 1 with this `reset_v_add` resets a neuron at threshold to -50 mV, which must be below the threshold of -50 mV \
                 or it fires for ever",
            ),
        ];
        for (params, message) in glif {
            assert_eq!(told(params), [message]);
        }
        assert_eq!(told(Glif2Params { reset_v_mul: 1.0, reset_v_add: 0.1, ..GLIF2 }), [""; 0]);
        // Where rest is at fault, what comes of it is not told too.
        let rest = "`rest_v` = -50 mV must be below `thresh_eq_v` = -50 mV";
        assert_eq!(told(Glif2Params { rest_v: -50.0, reset_v_mul: 1.0, reset_v_add: 0.0, ..GLIF2 }), [rest]);
    }

    #[test]
    fn nothing_may_be_infinite_or_nan() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let alif = AlifParams {
                step_time: bad,
                rest_v: bad,
                reset_v: bad,
                thresh_eq_v: bad,
                refrac_t: bad,
                tc_membrane: bad,
                tc_adaptation: [bad; 2],
                spike_increment: [bad; 2],
                resistance: bad,
            };
            let names = [
                "step_time",
                "rest_v",
                "reset_v",
                "thresh_eq_v",
                "refrac_t",
                "tc_membrane",
                "tc_adaptation[0]",
                "tc_adaptation[1]",
                "spike_increment[0]",
                "spike_increment[1]",
                "resistance",
            ];
            let messages = told(alif);
            assert_eq!(messages.len(), names.len());
            for (message, name) in messages.iter().zip(names) {
                assert!(message.starts_with(&std::format!("`{name}` = ")), "{message}");
                assert!(message.ends_with("must be finite"), "{message}");
            }
            let glif = Glif2Params { reset_v_add: bad, reset_v_mul: bad, rc_adaptation: [bad], ..GLIF2 };
            assert_eq!(told(glif).len(), 3);
        }
    }

    #[test]
    fn more_errors_than_fit_are_counted() {
        let many = AlifParams {
            step_time: -1.0,
            rest_v: -60.0,
            reset_v: -65.0,
            thresh_eq_v: -50.0,
            refrac_t: 2.0,
            tc_membrane: 20.0,
            tc_adaptation: [0.0; 20],
            spike_increment: [0.0; 20],
            resistance: 1.0,
        };
        let errors = Parameters::from(many).check().unwrap_err();
        assert_eq!((errors.count(), errors.iter().count()), (21, 16));
        assert!(errors.to_string().ends_with("\nand 5 more"));
    }

    #[test]
    fn parameters_keep_every_value_under_its_name() {
        let p = Parameters::from(Glif2Params { resistance: 7.0, refrac_t: 3.0, ..GLIF2 });
        assert_eq!((p.step_time, p.rest_v, p.threshold, p.refrac_t), (1.0, -60.0, -50.0, 3.0));
        assert_eq!((p.time_constant, p.resistance), (20.0, 7.0));
        assert_eq!(p.reset, ResetLinear { reset_v_add: 2.0, reset_v_mul: 0.5 });
        assert_eq!(p.components, [Component { rate: Rate::RateConstant(0.1), increment: 1.0 }]);
        let p = Parameters::from(ALIF);
        assert_eq!(p.reset, ResetTo { reset_v: -65.0 });
        assert_eq!(p.components[1], Component { rate: Rate::TimeConstant(200.0), increment: -0.5 });
        let p = Parameters::from(LIF);
        assert_eq!((p.names.threshold(), p.names.time_constant()), ("thresh_v", "time_constant"));
    }

    #[test]
    fn short_lists_are_completed_with_their_last_value() {
        let complete3 = |taus: &[f64], steps: &[f64]| complete::<3>("tc_adaptation", taus, steps);
        let all = [1.0, 2.0, 3.0];
        assert_eq!(complete3(&all, &all), Ok((all, all)));
        assert_eq!(complete3(&all, &[5.0]), Ok((all, [5.0; 3])));
        assert_eq!(complete3(&[8.0, 9.0], &all), Ok(([8.0, 9.0, 9.0], all)));
        assert_eq!(complete::<0>("tc_adaptation", &[], &[]), Ok(([], [])));
        let refused = |taus: &[f64], steps: &[f64]| complete3(taus, steps).unwrap_err().to_string();
        assert_eq!(refused(&all, &[]), "`spike_increment` has 0 values, but 3 are needed");
        assert_eq!(refused(&[], &all), "`tc_adaptation` has 0 values, but 3 are needed");
        assert_eq!(refused(&[], &[]), "`tc_adaptation` has 0 values, but 3 are needed");
        assert_eq!(refused(&[1.0; 2], &[1.0; 2]), "`tc_adaptation` has 2 values, but 3 are needed");
        assert_eq!(refused(&[1.0; 2], &[1.0; 4]), "`spike_increment` has 4 values, but 3 are needed");
    }
}
