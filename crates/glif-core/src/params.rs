//! Parameters as the user writes them: Inferno's names, in mV, ms, nA and MΩ.
//!
//! The structs differ only in names. [`Parameters`] holds what they have in common, and coefficients are
//! derived from it. [`ParamTable`](crate::spec::ParamTable) holds the same values for a model that is chosen at
//! run time.
//!
//! Source: `inferno.neural.neurons.linear` of inferno-ai 0.0.5. Its constraints are checked here too. One more
//! is added: every value must be finite.

use crate::error::{ParamError, ParamErrors, Problem};
use crate::names::{Dialect, Discretization, ModelKind, ThresholdTest};
use crate::parameter::{ComponentCounts, ComponentKind, Parameter};

/// Parameters of [`Lif`](crate::Lif).
///
/// ```
/// use glif_core::{LifParams, Parameters, spec::Parameter};
///
/// let params = LifParams {
///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
/// };
/// assert!(Parameters::from(params).check().is_ok());
/// let swapped = LifParams { reset_v: -50.0, thresh_v: -65.0, ..params };
/// let errors = Parameters::from(swapped).check().unwrap_err();
/// assert!(errors.mentions(Parameter::ResetV) && errors.mentions(Parameter::RestV));
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
    /// Membrane time constant, ms; positive.
    pub time_constant: f64,
    /// Membrane resistance, MΩ; not zero. Inferno's default is 1.
    pub resistance: f64,
}

/// Parameters of [`Glif1`](crate::Glif1), which is LIF under another name.
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
    /// Membrane time constant, ms; positive.
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
/// A spike leaves a fifth of the membrane's distance from rest, less 4 mV. It raises the threshold by 2 mV,
/// which decay at a rate of 0.01 per millisecond:
///
/// ```
/// use glif_core::{Glif2, Glif2Params, Population, Spikes, StepOptions};
///
/// let params = Glif2Params {
///     step_time: 1.0, rest_v: -60.0, reset_v_add: 4.0, reset_v_mul: 0.2, thresh_eq_v: -50.0, refrac_t: 2.0,
///     tc_membrane: 20.0, rc_adaptation: [0.01], spike_increment: [2.0], resistance: 1.0,
/// };
/// let mut population = Population::<Glif2<f32, 1>, 1>::new(params)?;
/// let mut spikes = Spikes::<1>::new();
/// let steps = (1..).find(|_| {
///     population.step(&[18.0], StepOptions::default(), &mut spikes);
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
    /// m in the reset `rest + m (v - rest) - b`, without a unit.
    pub reset_v_mul: f64,
    /// Equilibrium of the firing threshold, mV.
    pub thresh_eq_v: f64,
    /// Absolute refractory period, ms; not negative.
    pub refrac_t: f64,
    /// Membrane time constant, ms; positive.
    pub tc_membrane: f64,
    /// Rate constants of the threshold components, 1/ms; positive.
    pub rc_adaptation: [f64; K],
    /// Growth of each threshold component at a spike, mV.
    pub spike_increment: [f64; K],
    /// Membrane resistance, MΩ; not zero. Inferno's default is 1.
    pub resistance: f64,
}

/// Parameters of [`Glif3`](crate::Glif3) with A after-spike currents: GLIF1 with currents that each spike starts.
///
/// Source: Teeter et al. 2018, as NEST's `glif_psc` or AllenSDK's `GlifNeuron` computes it.
///
/// ```
/// use glif_core::spec::Dialect;
/// use glif_core::{Glif3, Glif3Params, Population, Spikes, StepOptions};
///
/// // Each spike starts a current of -0.1 nA, which decays with a time constant of 50 ms.
/// let params = Glif3Params {
///     dialect: Dialect::Nest, step_time: 0.1, rest_v: -70.0, reset_v: -70.0, thresh_v: -50.0, refrac_t: 2.0,
///     time_constant: 20.0, asc_amplitude: [-0.1], rc_asc: [1.0 / 50.0], asc_retain: [1.0], resistance: 100.0,
/// };
/// let mut population = Population::<Glif3<f32, 1>, 1>::new(params)?;
/// let mut spikes = Spikes::<1>::new();
/// while spikes.count() == 0 {
///     population.step(&[0.3], StepOptions::default(), &mut spikes); // nA
/// }
/// assert_eq!(population.adaptation(), [[-0.1]]); // nA
/// # Ok::<(), glif_core::ParamErrors>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Glif3Params<const A: usize> {
    /// Simulator whose conventions the neuron follows: NEST or AllenSDK.
    pub dialect: Dialect,
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
    /// Membrane time constant, ms; positive.
    pub time_constant: f64,
    /// What a spike adds to each after-spike current, nA.
    pub asc_amplitude: [f64; A],
    /// Rate constants of the after-spike currents, 1/ms; positive.
    pub rc_asc: [f64; A],
    /// Share of each after-spike current that a spike retains, besides its decay in the refractory period. NEST's
    /// and Allen's default is 1.
    pub asc_retain: [f64; A],
    /// Membrane resistance, MΩ; not zero.
    pub resistance: f64,
}

/// Parameters of [`Glif4`](crate::Glif4) with K threshold components and A after-spike currents.
///
/// Source: Teeter et al. 2018, as NEST's `glif_psc` or AllenSDK's `GlifNeuron` computes it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Glif4Params<const K: usize, const A: usize> {
    /// Simulator whose conventions the neuron follows: NEST or AllenSDK.
    pub dialect: Dialect,
    /// Length of a step, ms; positive.
    pub step_time: f64,
    /// Membrane potential at rest, mV; below `thresh_eq_v`.
    pub rest_v: f64,
    /// b in the reset `rest + m (v - rest) - b`, mV.
    pub reset_v_add: f64,
    /// m in the reset `rest + m (v - rest) - b`, without a unit.
    pub reset_v_mul: f64,
    /// Equilibrium of the firing threshold, mV.
    pub thresh_eq_v: f64,
    /// Absolute refractory period, ms; not negative.
    pub refrac_t: f64,
    /// Membrane time constant, ms; positive.
    pub tc_membrane: f64,
    /// Rate constants of the threshold components, 1/ms; positive.
    pub rc_adaptation: [f64; K],
    /// Growth of each threshold component at a spike, mV.
    pub spike_increment: [f64; K],
    /// What a spike adds to each after-spike current, nA.
    pub asc_amplitude: [f64; A],
    /// Rate constants of the after-spike currents, 1/ms; positive.
    pub rc_asc: [f64; A],
    /// Share of each after-spike current that a spike retains, besides its decay in the refractory period.
    pub asc_retain: [f64; A],
    /// Membrane resistance, MΩ; not zero.
    pub resistance: f64,
}

/// Parameters of [`Glif5`](crate::Glif5): GLIF4 with a threshold that follows the membrane.
///
/// Source: Teeter et al. 2018, as NEST's `glif_psc` or AllenSDK's `GlifNeuron` computes it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Glif5Params<const K: usize, const A: usize> {
    /// Simulator whose conventions the neuron follows: NEST or AllenSDK.
    pub dialect: Dialect,
    /// Length of a step, ms; positive.
    pub step_time: f64,
    /// Membrane potential at rest, mV; below `thresh_eq_v`.
    pub rest_v: f64,
    /// b in the reset `rest + m (v - rest) - b`, mV.
    pub reset_v_add: f64,
    /// m in the reset `rest + m (v - rest) - b`, without a unit.
    pub reset_v_mul: f64,
    /// Equilibrium of the firing threshold, mV.
    pub thresh_eq_v: f64,
    /// Absolute refractory period, ms; not negative.
    pub refrac_t: f64,
    /// Membrane time constant, ms; positive.
    pub tc_membrane: f64,
    /// Rate constants of the threshold components, 1/ms; positive.
    pub rc_adaptation: [f64; K],
    /// Growth of each threshold component at a spike, mV.
    pub spike_increment: [f64; K],
    /// What a spike adds to each after-spike current, nA.
    pub asc_amplitude: [f64; A],
    /// Rate constants of the after-spike currents, 1/ms; positive.
    pub rc_asc: [f64; A],
    /// Share of each after-spike current that a spike retains, besides its decay in the refractory period.
    pub asc_retain: [f64; A],
    /// a_v: how strongly the threshold follows the membrane, 1/ms.
    pub thresh_voltage_gain: f64,
    /// b_v: rate constant of the part of the threshold that follows the membrane, 1/ms; positive.
    pub rc_thresh_voltage: f64,
    /// Membrane resistance, MΩ; not zero.
    pub resistance: f64,
}

/// Parameters of a leaky integrator: the membrane of LIF, without a threshold, a reset and a refractory time.
///
/// No [`Coefficients`](crate::Coefficients) have this model. A [`ParamTable`](crate::spec::ParamTable) holds it, and
/// with it a [`Spec`](crate::Spec), a [`Levels`](crate::Levels) and a population of any model.
///
/// ```
/// use glif_core::spec::{ModelKind, ParamTable, Parameter};
/// use glif_core::{LiParams, Spec};
///
/// let params = LiParams { step_time: 1.0, rest_v: 0.0, time_constant: 20.0, resistance: 1.0 };
/// let spec = Spec::new(params);
/// assert_eq!((spec.model(), spec.model().fires()), (ModelKind::Li, false));
/// assert!(spec.check().is_ok());
/// assert_eq!(ParamTable::from(params).number(Parameter::TimeConstant), 20.0); // ms
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LiParams {
    /// Length of a step, ms; positive.
    pub step_time: f64,
    /// Membrane potential at rest, mV.
    pub rest_v: f64,
    /// Membrane time constant, ms; positive.
    pub time_constant: f64,
    /// Membrane resistance, MΩ; not zero.
    pub resistance: f64,
}

/// Parameters of integrate-and-fire without a leak: in a step, a current I adds R · I to the membrane.
///
/// A membrane begins at 0 mV unless the table has `initial_v`. As for [`LiParams`], no
/// [`Coefficients`](crate::Coefficients) have this model.
///
/// ```
/// use glif_core::own::{OwnCoefficients, OwnSlices};
/// use glif_core::{Derivation, IfParams, Levels, ParamErrors, PopulationStateMut, Refractory, RefractoryRule, RngCounter, StepOptions};
///
/// let params = IfParams { step_time: 1.0, reset_v: 0.0, thresh_v: 1.0, refrac_t: 0.0, resistance: 0.25 };
/// let derivation = Derivation::new(RefractoryRule::Exact);
/// let (neuron, _) = Levels::<f32, _>::derive(&params.into(), derivation, &mut ParamErrors::new()).unwrap();
/// let population = OwnCoefficients { shared: &neuron, own: OwnSlices::SHARED, neurons: 1 };
/// let (mut membrane, mut refractory, mut spikes) = ([0.0], [Refractory::default()], [0]);
/// let fired = (0..12).filter(|step| {
///     let adaptation = Default::default();
///     let state = PopulationStateMut { membrane: &mut membrane, refractory: &mut refractory, adaptation };
///     let at = RngCounter { step: *step, neuron: 0 };
///     population.run(0, state, &[1.0], StepOptions::default(), at, &mut spikes).unwrap(); // nA
///     spikes == [1]
/// });
/// assert_eq!(fired.collect::<Vec<_>>(), [3, 7, 11]); // each time at exactly 1 mV
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct IfParams {
    /// Length of a step, ms; positive.
    pub step_time: f64,
    /// Membrane potential after a spike, mV; below `thresh_v`.
    pub reset_v: f64,
    /// Firing threshold, mV.
    pub thresh_v: f64,
    /// Absolute refractory period, ms; not negative.
    pub refrac_t: f64,
    /// Membrane resistance, MΩ: what a current of 1 nA adds to the membrane in a step, mV; not zero.
    pub resistance: f64,
}

/// Completes the shorter of two lists with its last value, to the length of the longer one, as Inferno documents.
///
/// ```
/// use glif_core::params::complete;
/// use glif_core::spec::Parameter::TcAdaptation;
/// assert_eq!(complete::<2>(TcAdaptation, &[20.0, 200.0], &[1.5])?, ([20.0, 200.0], [1.5, 1.5]));
/// assert_eq!(
///     complete::<1>(TcAdaptation, &[20.0, 200.0], &[1.5]).unwrap_err().to_string(),
///     "`tc_adaptation`: has 2 values, but 1 are needed"
/// );
/// # Ok::<(), glif_core::ParamError>(())
/// ```
///
/// # Errors
/// Returns an error if the longer list does not have K values, or if the shorter one has no value to repeat.
pub fn complete<const K: usize>(
    parameter: Parameter,
    constants: &[f64],
    increments: &[f64],
) -> Result<([f64; K], [f64; K]), ParamError> {
    check_lists((parameter, constants), (Parameter::SpikeIncrement, increments), K)?;
    let at = |list: &[f64], k: usize| list.get(k).or(list.last()).copied().unwrap_or_default();
    Ok((core::array::from_fn(|k| at(constants, k)), core::array::from_fn(|k| at(increments, k))))
}

/// Returns an error if the longer list does not have `count` values, or if the shorter one has no value to repeat.
pub(crate) fn check_lists(
    constants: (Parameter, &[f64]),
    increments: (Parameter, &[f64]),
    count: usize,
) -> Result<(), ParamError> {
    let refuse = |(parameter, list): (_, &[f64])| {
        let problem = Problem::Components { expected: count as u32 };
        Err(ParamError::new(parameter, list.len() as f64, problem))
    };
    let longer = if constants.1.len() < increments.1.len() { increments } else { constants };
    if longer.1.len() != count {
        return refuse(longer);
    }
    let empty = [constants, increments].into_iter().find(|(_, list)| list.is_empty() && count > 0);
    empty.map_or(Ok(()), refuse)
}

/// Parameters of a reset, as the user writes them.
pub trait ResetParams: Copy + PartialEq + core::fmt::Debug + Send + Sync + 'static {
    /// Value before a population has parameters. All of its bits are zero, so that a `static` takes no flash.
    const BLANK: Self;
    /// Returns one of the reset's own parameters; NaN for any other.
    fn value(&self, parameter: Parameter) -> f64;
    /// Adds an error if the reset leaves a neuron at the threshold at or above `raised`, which is the threshold
    /// after a spike; mV. Each parameter is valid by itself.
    fn check_landing(&self, _threshold: f64, _rest: f64, _raised: (Parameter, f64), _errors: &mut ParamErrors) {}
    /// Adds an error if that is so once a number format has rounded the values. `kept` is the rounded
    /// threshold after a spike, and `reset` is the potential to which a neuron at the threshold is reset, mV.
    /// `threshold` is the parameter as written.
    fn check_landing_once_rounded(&self, reset: f64, threshold: (Parameter, f64), kept: f64, errors: &mut ParamErrors);
}

/// Parameter of a reset to a fixed potential: v ← `reset_v`, mV.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct FixedResetParams {
    /// Membrane potential after a spike, mV; below the threshold.
    pub reset_v: f64,
}

/// Parameters of a linear reset: v ← rest + `reset_v_mul` (v - rest) - `reset_v_add`, mV.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LinearResetParams {
    /// Drop b, mV.
    pub reset_v_add: f64,
    /// Slope m, without a unit.
    pub reset_v_mul: f64,
}

impl ResetParams for FixedResetParams {
    const BLANK: Self = Self { reset_v: 0.0 };

    fn value(&self, parameter: Parameter) -> f64 {
        match parameter {
            Parameter::ResetV => self.reset_v,
            _ => f64::NAN,
        }
    }

    fn check_landing_once_rounded(&self, reset: f64, threshold: (Parameter, f64), kept: f64, errors: &mut ParamErrors) {
        below_once_rounded(Parameter::ResetV, (self.reset_v, reset), threshold, kept, errors);
    }
}

impl ResetParams for LinearResetParams {
    const BLANK: Self = Self { reset_v_add: 0.0, reset_v_mul: 0.0 };

    fn value(&self, parameter: Parameter) -> f64 {
        match parameter {
            Parameter::ResetVAdd => self.reset_v_add,
            Parameter::ResetVMul => self.reset_v_mul,
            _ => f64::NAN,
        }
    }

    fn check_landing(&self, threshold: f64, rest: f64, raised: (Parameter, f64), errors: &mut ParamErrors) {
        let reset = rest + self.reset_v_mul * (threshold - rest) - self.reset_v_add;
        self.check_landing_once_rounded(reset, raised, raised.1, errors);
    }

    fn check_landing_once_rounded(&self, reset: f64, _: (Parameter, f64), threshold: f64, errors: &mut ParamErrors) {
        if reset >= threshold {
            let problem = Problem::ResetStaysAbove { reset, threshold };
            let (parameter, value) = (Parameter::ResetVMul, self.reset_v_mul);
            errors.push(ParamError::new(parameter, value, problem));
        }
    }
}

/// Decay rate of a component, in the form that its model uses.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Rate {
    /// Time constant, ms.
    TimeConstant(f64),
    /// Rate constant, 1/ms.
    RateConstant(f64),
    /// Rate constant of an after-spike current, 1/ms.
    AfterSpike(f64),
    /// Rate constant of the part of the threshold that follows the membrane, 1/ms.
    Voltage(f64),
}

/// Parameters of one component.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Component {
    /// Decay rate.
    pub rate: Rate,
    /// Growth at a spike, mV; of an after-spike current, nA. For a threshold voltage, a_v, 1/ms.
    pub increment: f64,
    /// Share of an after-spike current that a spike retains.
    pub retain: f64,
}

/// Parameters of any model: a reset and K components, which are threshold components, then after-spike currents,
/// then the threshold voltage of GLIF5.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Parameters<P, const K: usize> {
    /// Model, so that an error message uses the parameter names of the user.
    pub model: ModelKind,
    /// Simulator whose conventions the neuron follows.
    pub dialect: Dialect,
    /// How the membrane and the threshold components decay; in the dialect of AllenSDK the membrane only.
    pub discretization: Discretization,
    /// How the membrane is compared with the threshold.
    pub threshold_test: ThresholdTest,
    /// Number of after-spike currents among the components.
    pub currents: usize,
    /// Length of a step, ms.
    pub step_time: f64,
    /// Membrane potential at rest, mV.
    pub rest_v: f64,
    /// Firing threshold without adaptation, mV.
    pub threshold: f64,
    /// Absolute refractory period, ms.
    pub refrac_t: f64,
    /// Membrane time constant, ms.
    pub time_constant: f64,
    /// Membrane resistance, MΩ.
    pub resistance: f64,
    /// Reset of the membrane after a spike.
    pub reset: P,
    /// Components.
    pub components: [Component; K],
    /// Membrane potential at the beginning, mV; `None` if it is that at rest.
    pub initial_v: Option<f64>,
}

/// Greatest number of components of a [`ParamTable`](crate::spec::ParamTable).
pub const MOST_COMPONENTS: usize = 8;

/// Makes a copy: the original may stay in a `const` or a `static`, and needs no place on the stack.
impl<P: Copy, const K: usize> From<&Self> for Parameters<P, K> {
    fn from(parameters: &Self) -> Self {
        *parameters
    }
}

impl From<LifParams> for Parameters<FixedResetParams, 0> {
    fn from(p: LifParams) -> Self {
        Self {
            model: ModelKind::Lif,
            dialect: Dialect::Inferno,
            discretization: Discretization::Exact,
            threshold_test: ThresholdTest::AtLeast,
            currents: 0,
            step_time: p.step_time,
            rest_v: p.rest_v,
            threshold: p.thresh_v,
            refrac_t: p.refrac_t,
            time_constant: p.time_constant,
            resistance: p.resistance,
            reset: FixedResetParams { reset_v: p.reset_v },
            components: [],
            initial_v: None,
        }
    }
}

impl<const K: usize> From<AlifParams<K>> for Parameters<FixedResetParams, K> {
    fn from(p: AlifParams<K>) -> Self {
        Self {
            model: ModelKind::Alif,
            dialect: Dialect::Inferno,
            discretization: Discretization::Exact,
            threshold_test: ThresholdTest::AtLeast,
            currents: 0,
            step_time: p.step_time,
            rest_v: p.rest_v,
            threshold: p.thresh_eq_v,
            refrac_t: p.refrac_t,
            time_constant: p.tc_membrane,
            resistance: p.resistance,
            reset: FixedResetParams { reset_v: p.reset_v },
            components: core::array::from_fn(|k| {
                Component::threshold(Rate::TimeConstant(p.tc_adaptation[k]), p.spike_increment[k])
            }),
            initial_v: None,
        }
    }
}

impl<const K: usize> From<Glif2Params<K>> for Parameters<LinearResetParams, K> {
    fn from(p: Glif2Params<K>) -> Self {
        Self {
            model: ModelKind::Glif2,
            dialect: Dialect::Inferno,
            discretization: Discretization::Exact,
            threshold_test: ThresholdTest::AtLeast,
            currents: 0,
            step_time: p.step_time,
            rest_v: p.rest_v,
            threshold: p.thresh_eq_v,
            refrac_t: p.refrac_t,
            time_constant: p.tc_membrane,
            resistance: p.resistance,
            reset: LinearResetParams { reset_v_add: p.reset_v_add, reset_v_mul: p.reset_v_mul },
            components: core::array::from_fn(|k| {
                Component::threshold(Rate::RateConstant(p.rc_adaptation[k]), p.spike_increment[k])
            }),
            initial_v: None,
        }
    }
}

impl<const A: usize> From<Glif3Params<A>> for Parameters<FixedResetParams, A> {
    fn from(p: Glif3Params<A>) -> Self {
        Self {
            model: ModelKind::Glif3,
            dialect: p.dialect,
            discretization: p.dialect.discretization(),
            threshold_test: p.dialect.threshold_test(),
            currents: A,
            step_time: p.step_time,
            rest_v: p.rest_v,
            threshold: p.thresh_v,
            refrac_t: p.refrac_t,
            time_constant: p.time_constant,
            resistance: p.resistance,
            reset: FixedResetParams { reset_v: p.reset_v },
            components: core::array::from_fn(|k| Component {
                rate: Rate::AfterSpike(p.rc_asc[k]),
                increment: p.asc_amplitude[k],
                retain: p.asc_retain[k],
            }),
            initial_v: None,
        }
    }
}

macro_rules! linear {
    ($($params:ident = $model:ident, $voltages:literal, $p:ident => $voltage:expr;)*) => {$(
        /// Does not compile unless C is the number of all components.
        impl<const K: usize, const A: usize, const C: usize> From<$params<K, A>> for Parameters<LinearResetParams, C> {
            fn from($p: $params<K, A>) -> Self {
                const { assert!(C == K + A + $voltages, "the components of this model are K + A, and 1 more for GLIF5") };
                Self {
                    model: ModelKind::$model,
                    dialect: $p.dialect,
                    discretization: $p.dialect.discretization(),
                    threshold_test: $p.dialect.threshold_test(),
                    currents: A,
                    step_time: $p.step_time,
                    rest_v: $p.rest_v,
                    threshold: $p.thresh_eq_v,
                    refrac_t: $p.refrac_t,
                    time_constant: $p.tc_membrane,
                    resistance: $p.resistance,
                    reset: LinearResetParams { reset_v_add: $p.reset_v_add, reset_v_mul: $p.reset_v_mul },
                    components: core::array::from_fn(|k| match k {
                        _ if k < K => Component::threshold(Rate::RateConstant($p.rc_adaptation[k]), $p.spike_increment[k]),
                        _ if k < K + A => Component {
                            rate: Rate::AfterSpike($p.rc_asc[k - K]),
                            increment: $p.asc_amplitude[k - K],
                            retain: $p.asc_retain[k - K],
                        },
                        _ => $voltage,
                    }),
                    initial_v: None,
                }
            }
        }
    )*};
}
linear! {
    Glif4Params = Glif4, 0, p => Component::BLANK;
    Glif5Params = Glif5, 1, p => Component {
        rate: Rate::Voltage(p.rc_thresh_voltage),
        increment: p.thresh_voltage_gain,
        retain: 1.0,
    };
}

impl Component {
    const BLANK: Self = Self { rate: Rate::TimeConstant(0.0), increment: 0.0, retain: 0.0 };

    const fn threshold(rate: Rate, increment: f64) -> Self {
        Self { rate, increment, retain: 1.0 }
    }
}

impl Rate {
    /// Returns the parameter that this constant is, and its value.
    pub fn constant(&self) -> (Parameter, f64) {
        match *self {
            Self::TimeConstant(tau) => (Parameter::TcAdaptation, tau),
            Self::RateConstant(lambda) => (Parameter::RcAdaptation, lambda),
            Self::AfterSpike(lambda) => (Parameter::RcAsc, lambda),
            Self::Voltage(lambda) => (Parameter::RcThreshVoltage, lambda),
        }
    }

    /// Returns the exponent of the decay in a step of `step_time` ms.
    pub(crate) fn exponent(&self, step_time: f64) -> f64 {
        match *self {
            Self::TimeConstant(tau) => -step_time / tau,
            Self::RateConstant(lambda) | Self::AfterSpike(lambda) | Self::Voltage(lambda) => -step_time * lambda,
        }
    }
}

impl<P: ResetParams, const K: usize> Parameters<P, K> {
    /// Value before a population has parameters; all zero.
    pub(crate) const BLANK: Self = Self {
        model: ModelKind::Lif,
        dialect: Dialect::Inferno,
        discretization: Discretization::Exact,
        threshold_test: ThresholdTest::AtLeast,
        currents: 0,
        step_time: 0.0,
        rest_v: 0.0,
        threshold: 0.0,
        refrac_t: 0.0,
        time_constant: 0.0,
        resistance: 0.0,
        reset: P::BLANK,
        components: [Component::BLANK; K],
        initial_v: None,
    };

    /// Returns the same parameters in another dialect, with its discretization and its threshold test. Deriving a neuron
    /// fails if the dialect does not have the model.
    pub fn in_dialect(self, dialect: Dialect) -> Self {
        let (discretization, threshold_test) = (dialect.discretization(), dialect.threshold_test());
        Self { dialect, discretization, threshold_test, ..self }
    }

    /// Returns the same parameters with another discretization. The dialects of NEST and AllenSDK have only their own.
    ///
    /// ```
    /// use glif_core::spec::Discretization;
    /// use glif_core::{Lif, LifParams, Parameters, RefractoryRule};
    /// # let params = LifParams {
    /// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
    /// # };
    /// let params = Parameters::from(params).discretized(Discretization::Euler);
    /// assert_eq!(Lif::<f32>::derive(params, RefractoryRule::Exact)?.decay, 0.95); // 1 - 1/20
    /// # Ok::<(), glif_core::ParamErrors>(())
    /// ```
    pub fn discretized(self, discretization: Discretization) -> Self {
        Self { discretization, ..self }
    }

    /// Returns the same parameters with another threshold test. The dialects of NEST and AllenSDK have only their own.
    ///
    /// In floating point, a neuron with components in the dialect of Inferno has [`ThresholdTest::Above`] in a
    /// population of any model only, not as [`Coefficients`](crate::Coefficients).
    pub fn tested(self, threshold_test: ThresholdTest) -> Self {
        Self { threshold_test, ..self }
    }

    /// Returns the same parameters with another membrane potential at the beginning, mV. Without it, a membrane
    /// begins at `rest_v`.
    ///
    /// A membrane that begins at the threshold or above fires in the first step, unless the step takes it below.
    ///
    /// ```
    /// use glif_core::{Lif, LifParams, Parameters, Population};
    /// # let params = LifParams {
    /// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
    /// # };
    /// let population = Population::<Lif<f32>, 3>::new(Parameters::from(params).starting_at(-55.0))?;
    /// assert_eq!(population.voltage(), &[-55.0; 3]); // mV
    /// # Ok::<(), glif_core::ParamErrors>(())
    /// ```
    pub fn starting_at(self, initial_v: f64) -> Self {
        Self { initial_v: Some(initial_v), ..self }
    }

    /// Returns the numbers of components of each kind.
    pub fn counts(&self) -> ComponentCounts {
        let voltages = usize::from(self.model.has(ComponentKind::Voltage)).min(K);
        let currents = self.currents.min(K - voltages);
        ComponentCounts { thresholds: K - voltages - currents, currents, voltages }
    }
}

/// Adds an error if a number format rounds a potential onto the threshold. `value` is the potential as written
/// and `stored` as rounded; `limit` is the threshold as written and `kept` as rounded, mV.
pub(crate) fn below_once_rounded(
    parameter: Parameter,
    (value, stored): (f64, f64),
    (other, limit): (Parameter, f64),
    kept: f64,
    errors: &mut ParamErrors,
) {
    if stored >= kept {
        let problem = Problem::RoundsOnto { parameter: other, limit, stored };
        errors.push(ParamError::new(parameter, value, problem));
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

    fn messages_of<P: ResetParams, const K: usize>(params: impl Into<Parameters<P, K>>) -> Vec<String> {
        match params.into().check() {
            Ok(()) => Vec::new(),
            Err(errors) => errors.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn good_parameters_pass() {
        assert_eq!(messages_of(LIF), [""; 0]);
        assert_eq!(messages_of(ALIF), [""; 0]);
        assert_eq!(messages_of(GLIF2), [""; 0]);
        assert_eq!(messages_of(LifParams { refrac_t: 0.0, ..LIF }), [""; 0]);
        assert_eq!(messages_of(Glif2Params { spike_increment: [0.0], ..GLIF2 }), [""; 0]);
    }

    #[test]
    fn each_constraint_names_parameter_value_unit_and_limit() {
        let lif = [
            (LifParams { step_time: 0.0, ..LIF }, "`step_time` = 0 ms: must be positive"),
            (LifParams { step_time: -1.0, ..LIF }, "`step_time` = -1 ms: must be positive"),
            (LifParams { rest_v: -50.0, ..LIF }, "`rest_v` = -50 mV: must be below `thresh_v` = -50 mV"),
            (LifParams { reset_v: -49.5, ..LIF }, "`reset_v` = -49.5 mV: must be below `thresh_v` = -50 mV"),
            (LifParams { refrac_t: -0.1, ..LIF }, "`refrac_t` = -0.1 ms: must not be negative"),
            (LifParams { time_constant: 0.0, ..LIF }, "`time_constant` = 0 ms: must be positive"),
            (LifParams { resistance: 0.0, ..LIF }, "`resistance` = 0 MΩ: must not be zero"),
            (LifParams { resistance: -0.0, ..LIF }, "`resistance` = 0 MΩ: must not be zero"),
        ];
        for (params, message) in lif {
            assert_eq!(messages_of(params), [message]);
        }
        let alif = [
            (AlifParams { reset_v: 0.0, ..ALIF }, "`reset_v` = 0 mV: must be below `thresh_eq_v` = -50 mV"),
            (AlifParams { tc_membrane: -3.0, ..ALIF }, "`tc_membrane` = -3 ms: must be positive"),
            (AlifParams { tc_adaptation: [1.0, 0.0], ..ALIF }, "`tc_adaptation[1]` = 0 ms: must be positive"),
        ];
        for (params, message) in alif {
            assert_eq!(messages_of(params), [message]);
        }
        let glif = [
            (Glif2Params { rc_adaptation: [-0.1], ..GLIF2 }, "`rc_adaptation[0]` = -0.1 1/ms: must be positive"),
            (
                Glif2Params { reset_v_mul: 1.0, reset_v_add: 0.0, ..GLIF2 },
                "`reset_v_mul` = 1: with this `reset_v_add`, a spike at the threshold resets the membrane to -50 mV, which is not below the \
                 threshold of -50 mV; the neuron would fire forever",
            ),
        ];
        for (params, message) in glif {
            assert_eq!(messages_of(params), [message]);
        }
        assert_eq!(messages_of(Glif2Params { reset_v_mul: 1.0, reset_v_add: 0.1, ..GLIF2 }), [""; 0]);
        // If rest is wrong, the errors that follow from it are not reported too.
        let rest = "`rest_v` = -50 mV: must be below `thresh_eq_v` = -50 mV";
        assert_eq!(messages_of(Glif2Params { rest_v: -50.0, reset_v_mul: 1.0, reset_v_add: 0.0, ..GLIF2 }), [rest]);
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
            let messages = messages_of(alif);
            assert_eq!(messages.len(), names.len());
            for (message, name) in messages.iter().zip(names) {
                assert!(message.starts_with(&std::format!("`{name}` = ")), "{message}");
                assert!(message.ends_with("must be finite"), "{message}");
            }
            let glif = Glif2Params { reset_v_add: bad, reset_v_mul: bad, rc_adaptation: [bad], ..GLIF2 };
            assert_eq!(messages_of(glif).len(), 3);
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
        assert_eq!(p.reset, LinearResetParams { reset_v_add: 2.0, reset_v_mul: 0.5 });
        assert_eq!(p.components, [Component { rate: Rate::RateConstant(0.1), increment: 1.0, retain: 1.0 }]);
        let p = Parameters::from(ALIF);
        assert_eq!(p.reset, FixedResetParams { reset_v: -65.0 });
        assert_eq!(p.components[1], Component { rate: Rate::TimeConstant(200.0), increment: -0.5, retain: 1.0 });
        let p = Parameters::from(LIF);
        let constant = Some(Parameter::TimeConstant);
        assert_eq!((p.model.threshold(), p.model.time_constant()), (Some(Parameter::ThreshV), constant));
    }

    #[test]
    fn short_lists_are_completed_with_their_last_value() {
        let complete3 = |taus: &[f64], steps: &[f64]| complete::<3>(Parameter::TcAdaptation, taus, steps);
        let all = [1.0, 2.0, 3.0];
        assert_eq!(complete3(&all, &all), Ok((all, all)));
        assert_eq!(complete3(&all, &[5.0]), Ok((all, [5.0; 3])));
        assert_eq!(complete3(&[8.0, 9.0], &all), Ok(([8.0, 9.0, 9.0], all)));
        assert_eq!(complete::<0>(Parameter::TcAdaptation, &[], &[]), Ok(([], [])));
        let refused = |taus: &[f64], steps: &[f64]| complete3(taus, steps).unwrap_err().to_string();
        assert_eq!(refused(&all, &[]), "`spike_increment`: has 0 values, but 3 are needed");
        assert_eq!(refused(&[], &all), "`tc_adaptation`: has 0 values, but 3 are needed");
        assert_eq!(refused(&[], &[]), "`tc_adaptation`: has 0 values, but 3 are needed");
        assert_eq!(refused(&[1.0; 2], &[1.0; 2]), "`tc_adaptation`: has 2 values, but 3 are needed");
        assert_eq!(refused(&[1.0; 2], &[1.0; 4]), "`spike_increment`: has 4 values, but 3 are needed");
    }
}
