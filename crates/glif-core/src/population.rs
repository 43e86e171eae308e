//! Populations of N neurons on arrays: parameters, coefficients and state together, ready to step.

use crate::derive::{Derivation, DeriveReset, initial};
use crate::error::{ParamError, ParamErrors, Problem, StateError};
use crate::neuron::{Coefficients, Dynamics, NeuronState, Reset, RngCounter, StepOptions};
use crate::parameter::{ComponentCounts, ComponentKind};
use crate::params::Parameters;
use crate::quantize::Quantize;
use crate::refractory::{Refractory, RefractoryPeriod, RefractoryRule};
use crate::rounding::{Nearest, Rounding};
use crate::scalar::Scalar;
use crate::spikes::{Spikes, WORD};
use crate::state::PopulationState;

/// Model of a [`Population`]. Every [`Coefficients`] implements it.
pub trait Model: Copy {
    /// Number format.
    type Scalar: Scalar;
    /// Parameters, as the user writes them.
    type Parameters: Clone;
    /// State of `N` neurons.
    type PopulationState<const N: usize>: Clone;
}

impl<S: Scalar, R: Reset<S>, const K: usize, Q: Rounding, D: Dynamics<S, K>> Model for Coefficients<S, R, K, Q, D> {
    type Scalar = S;
    type Parameters = Parameters<R::Params, K>;
    type PopulationState<const N: usize> = PopulationState<S, K, N>;
}

/// Population of N neurons of one model, on arrays.
///
/// Voltages are in mV, in the scalar; times are in ms, in `f64`. A refractory time is stored as a count of
/// steps, and is read back as the time that this count represents.
///
/// ```
/// use glif_core::{Lif, LifParams, Population, Spikes, StepOptions};
///
/// let params = LifParams {
///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
/// };
/// let mut population = Population::<Lif<f32>, 3>::new(params)?;
/// let mut spikes = Spikes::<1>::new();
/// while spikes.count() == 0 {
///     population.step(&[0.0, 15.0, 18.0], StepOptions::default(), &mut spikes); // nA
/// }
/// assert!(spikes.iter().eq([2]));
/// assert_eq!((population.steps(), population.voltage()[2]), (17, -65.0)); // mV
/// # Ok::<(), glif_core::ParamErrors>(())
/// ```
#[derive(Debug, Clone)]
pub struct Population<M: Model, const N: usize> {
    parameters: M::Parameters,
    period: RefractoryPeriod<M::Scalar>,
    neuron: M,
    state: M::PopulationState<N>,
    steps: u64,
}

/// Memory for a population that gets its parameters later. It is all zero, so that a `static` takes no flash.
/// [`populate`](Self::populate) writes the population in place, and no part of it is on the stack.
///
/// In firmware, the place and the error list are each in a `static`. The stack then holds at most a kilobyte
/// while coefficients are derived and in every later operation, for any number of neurons.
///
/// ```
/// // On a microcontroller `static_cell::ConstStaticCell`, or a `static mut` in the `entry` of cortex-m-rt.
/// use std::sync::Mutex;
///
/// use glif_core::fixed::types::I16F16;
/// use glif_core::population::Place;
/// use glif_core::{Alif, AlifParams, ParamErrors, RefractoryRule};
///
/// static PLACE: Mutex<Place<Alif<I16F16, 4>, 2048>> = Mutex::new(Place::new());
/// static ERRORS: Mutex<ParamErrors> = Mutex::new(ParamErrors::new());
///
/// let params = AlifParams {
///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_eq_v: -50.0, refrac_t: 2.0, tc_membrane: 20.0,
///     tc_adaptation: [20.0, 40.0, 80.0, 160.0], spike_increment: [1.0; 4], resistance: 1.0,
/// };
/// let (mut place, mut errors) = (PLACE.lock().unwrap(), ERRORS.lock().unwrap());
/// let Some(population) = place.populate(params, RefractoryRule::Inferno, &mut errors) else {
///     panic!("{errors}"); // firmware blinks, or sends them
/// };
/// assert_eq!(population.voltage()[2047], -60); // mV
/// ```
pub struct Place<M: Model, const N: usize>(Population<M, N>);

impl<M: Model, const N: usize> core::fmt::Debug for Place<M, N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Place").finish_non_exhaustive()
    }
}

impl<S: Quantize, R: DeriveReset<S>, const K: usize, D: Dynamics<S, K>, const N: usize>
    Place<Coefficients<S, R, K, Nearest, D>, N>
{
    /// Returns a place for a population that rounds to nearest.
    pub const fn new() -> Self {
        Self::rounding(Nearest)
    }
}

impl<S: Quantize, R: DeriveReset<S>, const K: usize, D: Dynamics<S, K>, const N: usize> Default
    for Place<Coefficients<S, R, K, Nearest, D>, N>
{
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Quantize, R: DeriveReset<S>, const K: usize, Q: Rounding, D: Dynamics<S, K>, const N: usize>
    Place<Coefficients<S, R, K, Q, D>, N>
{
    /// Returns a place for a population with this rounding policy. A policy that is not zero, such as the seed
    /// of `Stochastic`, puts a `static` among the data that is copied from flash.
    pub const fn rounding(rounding: Q) -> Self {
        Self(Population {
            parameters: Parameters::BLANK,
            period: RefractoryPeriod::BLANK,
            neuron: Coefficients::blank(rounding),
            state: PopulationState::zero(),
            steps: 0,
        })
    }

    /// Builds a population, with membranes at `initial_v`. Returns `None` if a parameter is wrong; `errors` then lists
    /// everything that is.
    ///
    /// The previous population is overwritten, whether a new one is built or not.
    pub fn populate(
        &mut self,
        params: impl Into<Parameters<R::Params, K>>,
        rule: RefractoryRule,
        errors: &mut ParamErrors,
    ) -> Option<&mut Population<Coefficients<S, R, K, Q, D>, N>> {
        errors.clear();
        let Self(Population { parameters, period, neuron, state, steps }) = self;
        *parameters = params.into();
        *period = neuron.derive_in_place(parameters, rule, &mut |_| (), errors)?;
        state.rest(initial(parameters.initial_v, neuron.rest), false);
        *steps = 0;
        Some(&mut self.0)
    }
}

impl<S, R, const K: usize, D, const N: usize> Population<Coefficients<S, R, K, Nearest, D>, N>
where
    S: Quantize,
    R: DeriveReset<S>,
    D: Dynamics<S, K>,
{
    /// Builds a population with Inferno's refractory rule and rounding to nearest. Membranes begin at `initial_v`, or
    /// `rest_v` without it.
    ///
    /// The population is returned by value, and is on the stack twice while it is built. On a microcontroller
    /// use a [`Place`], except for small populations.
    ///
    /// # Errors
    /// Returns everything that is wrong with the parameters, together.
    pub fn new(params: impl Into<Parameters<R::Params, K>>) -> Result<Self, ParamErrors> {
        Self::with(params, RefractoryRule::Inferno, Nearest)
    }
}

impl<S, R, const K: usize, Q, D, const N: usize> Population<Coefficients<S, R, K, Q, D>, N>
where
    S: Quantize,
    R: DeriveReset<S>,
    Q: Rounding,
    D: Dynamics<S, K>,
{
    /// Builds a population with a refractory rule and a rounding policy. Membranes begin at `initial_v`, or `rest_v`
    /// without it.
    ///
    /// With stochastic rounding, fixed point is right on average where rounding to nearest stalls:
    ///
    /// ```
    /// use glif_core::fixed::types::I16F16;
    /// use glif_core::{Lif, LifParams, Population, RefractoryRule, Spikes, StepOptions, Stochastic};
    /// let params = LifParams {
    ///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
    /// };
    /// let rounding = Stochastic { seed: 7 };
    /// let mut population = Population::<Lif<I16F16, Stochastic>, 32>::with(params, RefractoryRule::Inferno, rounding)?;
    /// let mut spikes = Spikes::<1>::new();
    /// (0..17).for_each(|_| population.step(&[I16F16::lit("18"); 32], StepOptions::default(), &mut spikes));
    /// assert_eq!(spikes.count(), 32);
    /// # Ok::<(), glif_core::ParamErrors>(())
    /// ```
    ///
    /// # Errors
    /// Returns everything that is wrong with the parameters, together.
    pub fn with(
        params: impl Into<Parameters<R::Params, K>>,
        rule: RefractoryRule,
        rounding: Q,
    ) -> Result<Self, ParamErrors> {
        let parameters = params.into();
        ParamErrors::or_listed(|errors| {
            let (neuron, period) = Derivation::new(rule).rounding(rounding).listing(&parameters, errors)?;
            Some(Self {
                state: PopulationState::at_rest(initial(parameters.initial_v, neuron.rest)),
                parameters,
                period,
                neuron,
                steps: 0,
            })
        })
    }

    /// Advances all neurons by one step under `currents`, nA.
    ///
    /// In floating point, currents must be finite, and R·I must be within a quarter of the format's range,
    /// which [`Quantize::drivable`] checks. A NaN would stay in its neuron, which then would never fire. Fixed
    /// point accepts any current. Check currents that come from a sensor or a line:
    ///
    /// ```
    /// use glif_core::{Lif, LifParams, Population, Quantize, Spikes, StepOptions};
    /// # let params = LifParams {
    /// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
    /// # };
    /// let mut population = Population::<Lif<f32>, 3>::new(params)?;
    /// let mut spikes = Spikes::<1>::new();
    /// let mut currents = [18.0, f32::NAN, 18.0];
    /// let gain = population.neuron().gain;
    /// currents.iter_mut().filter(|current| !current.drivable(&gain)).for_each(|current| *current = 0.0);
    /// population.step(&currents, StepOptions::default(), &mut spikes);
    /// assert!(population.voltage().iter().all(|membrane| membrane.is_finite()));
    /// # Ok::<(), glif_core::ParamErrors>(())
    /// ```
    ///
    /// Without adaptation, the threshold does not hold the spikes back:
    ///
    /// ```
    /// use glif_core::{Alif, AlifParams, Population, Spikes, StepOptions};
    /// let params = AlifParams {
    ///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_eq_v: -50.0, refrac_t: 2.0, tc_membrane: 20.0,
    ///     tc_adaptation: [100.0], spike_increment: [2.0], resistance: 1.0,
    /// };
    /// let mut spikes = Spikes::<1>::new();
    /// let mut count = |options| {
    ///     let mut population = Population::<Alif<f32, 1>, 1>::new(params).unwrap();
    ///     (0..200).map(|_| { population.step(&[25.0], options, &mut spikes); spikes.count() }).sum::<u32>()
    /// };
    /// assert!(count(StepOptions::default()) < count(StepOptions { adapt: false, ..StepOptions::default() }));
    /// ```
    pub fn step<const W: usize>(&mut self, currents: &[S; N], options: StepOptions, spikes: &mut Spikes<W>) {
        const { assert!(W * WORD >= N, "Spikes<W> holds 32 neurons a word: W must be at least N / 32, rounded up") };
        let at = RngCounter { step: self.steps, neuron: 0 };
        // Their types make the lengths equal.
        let stepped = self.neuron.run(self.state.as_mut(), currents, options, at, spikes.words_mut());
        debug_assert!(stepped.is_ok(), "{stepped:?}");
        self.steps += 1;
    }

    /// Resets membranes to `initial_v`, or `rest_v` without it, refractory counts to 0, and threshold components to 0
    /// unless they are kept.
    pub fn clear(&mut self, keep_adaptations: bool) {
        self.state.rest(initial(self.parameters.initial_v, self.neuron.rest), keep_adaptations);
    }

    /// Sets the step time, ms. Later steps use it; remaining refractory times stay the same in milliseconds.
    ///
    /// # Errors
    /// Returns an error if a parameter is invalid with the new step time, or if a remaining refractory time
    /// takes more steps than a count holds. Nothing is changed then.
    pub fn set_step_time(&mut self, step_time: f64) -> Result<(), ParamErrors> {
        ParamErrors::or_listed(|errors| self.set_step_time_listing(step_time, errors))
    }

    /// Does the same with the caller's error list, as [`Place::populate`] does. Returns `None` if there are
    /// errors; nothing is changed then.
    pub fn set_step_time_listing(&mut self, step_time: f64, errors: &mut ParamErrors) -> Option<()> {
        errors.clear();
        let (before, neuron, period) = (self.parameters.step_time, self.neuron, self.period);
        self.parameters.step_time = step_time;
        let derived = self.neuron.derive_in_place(&self.parameters, period.rule(), &mut |_| (), errors);
        let changed = derived.and_then(|derived| {
            self.period = derived;
            self.recount(&period, errors)
        });
        if changed.is_none() {
            (self.parameters.step_time, self.neuron, self.period) = (before, neuron, period);
        }
        changed
    }

    /// Converts the remaining refractory times from the period `before`; changes nothing if there is an error.
    #[inline(never)] // so that its stack frame is not held while coefficients are derived
    fn recount(&mut self, before: &RefractoryPeriod<S>, errors: &mut ParamErrors) -> Option<()> {
        let counts = &mut self.state.refractory;
        for (index, count) in counts.iter().enumerate() {
            let left = before.remaining(count.steps());
            if let Err(problem) = check_refrac(&self.period, left) {
                errors.push(ParamError::of_refrac(index, left, problem));
                return None;
            }
        }
        for count in counts {
            let left = before.remaining(count.steps());
            *count = Refractory::new(self.period.count_of(left).unwrap_or(Refractory::MOST), count.fired());
        }
        Some(())
    }

    /// Returns the membrane potentials, mV.
    pub fn voltage(&self) -> &[S; N] {
        &self.state().membrane
    }

    /// Sets the membrane potentials, mV.
    ///
    /// # Errors
    /// Returns an error if a potential is not finite, or outside the format's voltages. Nothing is written then.
    pub fn set_voltage(&mut self, voltage: &[S; N]) -> Result<(), StateError> {
        check_range("voltage", voltage, (S::LOWEST, S::HIGHEST))?;
        self.state.membrane = *voltage;
        Ok(())
    }

    /// Returns the remaining refractory times, ms.
    ///
    /// The array takes 8·N bytes. [`refrac_iter`](Self::refrac_iter) does without it.
    pub fn refrac(&self) -> [f64; N] {
        let mut refrac = self.refrac_iter();
        [(); N].map(|()| refrac.next().unwrap_or_default())
    }

    /// Returns the remaining refractory times, ms, one after another.
    ///
    /// ```
    /// use glif_core::{Lif, LifParams, Population, Spikes, StepOptions};
    /// # let params = LifParams {
    /// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
    /// # };
    /// let mut population = Population::<Lif<f32>, 3>::new(params)?;
    /// population.step(&[0.0, 300.0, 0.0], StepOptions::default(), &mut Spikes::<1>::new()); // nA
    /// assert!(population.refrac_iter().eq([0.0, 2.0, 0.0]));
    /// # Ok::<(), glif_core::ParamErrors>(())
    /// ```
    pub fn refrac_iter(&self) -> impl ExactSizeIterator<Item = f64> + '_ {
        self.state().refractory.iter().map(|refractory| self.period.remaining(refractory.steps()))
    }

    /// Sets the remaining refractory times, ms. Each is stored as the steps that it takes. Spike flags do not
    /// change.
    ///
    /// # Errors
    /// Returns an error if a time is negative, not finite, or takes more steps than a count can hold. Nothing
    /// is written then.
    pub fn set_refrac(&mut self, refrac: &[f64; N]) -> Result<(), StateError> {
        for (index, &value) in refrac.iter().enumerate() {
            check_refrac(&self.period, value).map_err(|problem| StateError::of_refrac(index, value, problem))?;
        }
        for (refractory, &ms) in self.state.refractory.iter_mut().zip(refrac) {
            let steps = self.period.count_of(ms).unwrap_or(Refractory::MOST);
            *refractory = Refractory::new(steps, refractory.fired());
        }
        Ok(())
    }

    /// Returns the threshold components, mV, ordered by neuron: `adaptation()[i][k]` is component k of neuron
    /// i. Inferno and populations on the heap use the same order.
    ///
    /// The array holds all N·K components. [`adaptation_iter`](Self::adaptation_iter) does without it.
    /// [`state`](Self::state) returns the components as the step stores them, one array for each component.
    ///
    /// ```
    /// use glif_core::{Alif, AlifParams, Population};
    /// # let params = AlifParams {
    /// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_eq_v: -50.0, refrac_t: 2.0, tc_membrane: 20.0,
    /// #     tc_adaptation: [20.0, 200.0], spike_increment: [2.0, 0.5], resistance: 1.0,
    /// # };
    /// let mut population = Population::<Alif<f32, 2>, 3>::new(params)?;
    /// population.set_adaptation(&[[0.0, 0.1], [1.0, 1.1], [2.0, 2.1]]).unwrap(); // mV
    /// assert_eq!(population.adaptation()[2], [2.0, 2.1]);
    /// assert_eq!(population.state().adaptation[1], [0.1, 1.1, 2.1]);
    /// # Ok::<(), glif_core::ParamErrors>(())
    /// ```
    pub fn adaptation(&self) -> [[S; K]; N] {
        core::array::from_fn(|neuron| self.state.components(neuron))
    }

    /// Returns the threshold components of one neuron after another, mV.
    pub fn adaptation_iter(&self) -> impl ExactSizeIterator<Item = [S; K]> + '_ {
        (0..N).map(|neuron| self.state.components(neuron))
    }

    /// Sets the threshold components, mV, in the order of [`adaptation`](Self::adaptation).
    ///
    /// # Errors
    /// Returns an error if a component is not finite, or beyond the limit for K components. Nothing is written then.
    pub fn set_adaptation(&mut self, adaptation: &[[S; K]; N]) -> Result<(), StateError> {
        check_components((D::COUNTS, &self.neuron.gain), adaptation.as_flattened(), |i| i % K.max(1))?;
        for (neuron, components) in adaptation.iter().enumerate() {
            for (stored, component) in self.state.adaptation.iter_mut().zip(components) {
                stored[neuron] = *component;
            }
        }
        Ok(())
    }

    /// Returns the indices of the neurons that fired in the last step.
    pub fn fired(&self) -> impl Iterator<Item = usize> + '_ {
        self.state().refractory.iter().enumerate().filter(|(_, r)| r.fired()).map(|(i, _)| i)
    }

    /// Sets which neurons fired in the last step. Bits beyond the population are ignored.
    pub fn set_fired<const W: usize>(&mut self, spikes: &Spikes<W>) {
        for (i, refractory) in self.state.refractory.iter_mut().enumerate() {
            *refractory = Refractory::new(refractory.steps(), spikes.contains(i));
        }
    }

    /// Returns the indices of the neurons that fired in the last step, as a list. An index has 16 bits: neurons
    /// from 65,536 on are left out. [`fired`](Self::fired) includes them, and makes no list of 2·N bytes.
    pub fn events(&self) -> heapless::Vec<u16, N> {
        crate::spikes::list(self.fired())
    }

    /// Returns the state of one neuron; `None` beyond the population.
    pub fn cell(&self, index: usize) -> Option<NeuronState<S, K>> {
        let PopulationState { membrane, refractory, .. } = self.state();
        Some(NeuronState {
            membrane: *membrane.get(index)?,
            refractory: *refractory.get(index)?,
            adaptation: self.state.components(index),
        })
    }

    /// Returns the arrays, for a snapshot: with [`steps`](Self::steps) they are all that changes.
    pub fn state(&self) -> &PopulationState<S, K, N> {
        &self.state
    }

    /// Restores a snapshot: the arrays of [`state`](Self::state), and the number of steps made until then.
    ///
    /// ```
    /// use glif_core::{Lif, LifParams, Population, Spikes, StepOptions};
    /// # let params = LifParams {
    /// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
    /// # };
    /// let mut population = Population::<Lif<f32>, 3>::new(params)?;
    /// let mut spikes = Spikes::<1>::new();
    /// (0..10).for_each(|_| population.step(&[18.0; 3], StepOptions::default(), &mut spikes)); // nA
    /// let mut other = Population::<Lif<f32>, 3>::new(params)?;
    /// other.restore(population.state(), population.steps()).unwrap();
    /// assert_eq!((other.state(), other.steps()), (population.state(), 10));
    /// # Ok::<(), glif_core::ParamErrors>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if no step can produce one of the membrane potentials, or if a threshold component is
    /// beyond the limit for K components. Nothing is written then.
    pub fn restore(&mut self, state: &PopulationState<S, K, N>, steps: u64) -> Result<(), StateError> {
        check_range("voltage", &state.membrane, S::REACH)?;
        check_components((D::COUNTS, &self.neuron.gain), state.adaptation.as_flattened(), |i| i / N.max(1))?;
        self.state = *state;
        self.steps = steps;
        Ok(())
    }

    /// Returns the coefficients.
    pub fn neuron(&self) -> &Coefficients<S, R, K, Q, D> {
        &self.neuron
    }

    /// Returns the parameters.
    pub fn parameters(&self) -> &Parameters<R::Params, K> {
        &self.parameters
    }

    /// Returns the steps since the population was built.
    pub fn steps(&self) -> u64 {
        self.steps
    }
}

/// Checks that components are finite and within their limits. `component` returns which component a value is of.
///
/// # Errors
/// Returns the first value that is not.
pub fn check_components<S: Quantize>(
    (counts, gain): (ComponentCounts, &S::Gain),
    values: &[S],
    component: impl Fn(usize) -> usize,
) -> Result<(), StateError> {
    let currents = counts.first(ComponentKind::Current)..counts.first(ComponentKind::Voltage);
    for (index, value) in values.iter().enumerate() {
        let k = component(index);
        let limit = S::written_limit(counts, gain, k);
        check_range("adaptation", core::slice::from_ref(value), (-limit, limit)).map_err(|error| StateError {
            index,
            unit: if currents.contains(&k) { "nA" } else { "mV" },
            ..error
        })?;
    }
    Ok(())
}

/// Checks that values are finite and within a range, mV.
///
/// # Errors
/// Returns the first value that is not.
pub fn check_range<S: Quantize>(name: &'static str, values: &[S], range: (f64, f64)) -> Result<(), StateError> {
    let (lowest, highest) = range;
    for (index, value) in values.iter().enumerate() {
        let value = value.to_f64();
        let problem = match value {
            _ if !value.is_finite() => Problem::NotFinite,
            _ if value < lowest || value > highest => Problem::OutOfRange { lowest, highest },
            _ => continue,
        };
        return Err(StateError { name, index, value, unit: "mV", problem });
    }
    Ok(())
}

/// Checks that a remaining refractory time, ms, is finite, not negative, and no more steps than a count holds.
///
/// # Errors
/// Returns what is wrong with it.
pub fn check_refrac<S: Quantize>(period: &RefractoryPeriod<S>, value: f64) -> Result<(), Problem> {
    match value {
        _ if !value.is_finite() => Err(Problem::NotFinite),
        _ if value < 0.0 => Err(Problem::Negative),
        _ if period.replays() && value > S::GREATEST => Err(Problem::OutOfRange { lowest: 0.0, highest: S::GREATEST }),
        _ => period.count_of(value).map(drop).ok_or(Problem::TooManySteps { most: Refractory::MOST }),
    }
}
