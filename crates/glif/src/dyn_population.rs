//! Populations of any model and scalar, such as a file describes.
//!
//! The model and the scalar are selected once per step of the whole population, never inside the step.

#[cfg(feature = "ndarray")]
use std::any::Any;

use glif_core::rounding::Rounding;
use glif_core::spec::{ComponentCounts, ComponentKind, Parameter, SpecVisitor, Stored};
use glif_core::{
    Derivation, DynCoefficients, Levels, ParamErrors, Problem, Quantised, Refractory, StateError, StepOptions,
};

use crate::Description;
use crate::currents::CurrentRange;
use crate::kernel::Kernel;
use crate::memory;
use crate::neuron_params::NeuronParams;
use crate::outside::converted;
use crate::population::{BuildError, CurrentError, Fired, Population};
use crate::record::{Recordable, Samples, Variable};
use crate::snapshot::State;
use crate::sweep;

/// Currents in nA, in either float type.
///
/// ```
/// use glif::Currents;
/// # let description = glif::Description::from_toml("model = 'lif'\nshape = 3\n[params]\nstep_time = 1.0\nrest_v = -60.0\n\
/// #     reset_v = -65.0\nthresh_v = -50.0\nrefrac_t = 2.0\ntime_constant = 20.0")?;
/// let mut population = description.build()?;
/// population.load(Currents::F32(&[12.0, 15.0, 18.0]))?;
/// let told = population.load(Currents::F64(&[12.0, f64::NAN, 18.0])).unwrap_err().to_string();
/// assert!(told.starts_with("the current of sample 0, neuron 1 is NaN nA: it must be finite"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Currents<'a> {
    /// NumPy's float32.
    F32(&'a [f32]),
    /// NumPy's float64.
    F64(&'a [f64]),
}

impl<'a> From<&'a [f32]> for Currents<'a> {
    fn from(values: &'a [f32]) -> Self {
        Self::F32(values)
    }
}

impl<'a> From<&'a [f64]> for Currents<'a> {
    fn from(values: &'a [f64]) -> Self {
        Self::F64(values)
    }
}

impl Currents<'_> {
    fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
        }
    }

    fn iter(&self) -> impl Iterator<Item = f64> + '_ {
        let (single, double) = match self {
            Self::F32(values) => (*values, [].as_slice()),
            Self::F64(values) => ([].as_slice(), *values),
        };
        single.iter().map(|value| f64::from(*value)).chain(double.iter().copied())
    }

    /// Returns an error if the number of currents is wrong, or one is not finite in the scalar.
    pub(crate) fn check_finite<S: Stored>(&self, neurons: usize, batch: usize) -> Result<(), CurrentError> {
        if neurons.checked_mul(batch) != Some(self.len()) {
            return Err(CurrentError::Length { given: self.len(), batch, neurons });
        }
        let finite = match self {
            Self::F32(values) => sweep::finite::<S, _>(values),
            Self::F64(values) => sweep::finite::<S, _>(values),
        };
        if finite {
            return Ok(());
        }
        let wrong = |na: &f64| !na.is_finite() || !S::nearest(*na).to_f64().is_finite();
        let (i, value) = self.iter().enumerate().find(|(_, na)| wrong(na)).unwrap_or((0, f64::NAN));
        Err(CurrentError::NotDrivable { sample: i / neurons, neuron: i % neurons, value })
    }

    /// Rounds the currents to the scalar, and returns whether each can drive a membrane.
    pub(crate) fn round<S: Stored>(&self, to: &mut [S], gain: &S::Gain) -> bool {
        match self {
            Self::F32(values) => sweep::round(values, to, gain),
            Self::F64(values) => sweep::round(values, to, gain),
        }
    }
}

/// A population of any model and scalar.
///
/// Arrays are laid out as in Inferno: membranes and refractory times are B x shape, threshold components
/// shape x K. A clone has the state, the step count and the loaded currents of its original, and shares its
/// threads.
///
/// A population restored from a file continues exactly as the saved one would:
///
/// ```
/// use glif::{Currents, DynPopulation, Variable};
/// # let description = glif::Description::from_toml("model = 'lif'\nshape = 3\n[params]\nstep_time = 1.0\nrest_v = -60.0\n\
/// #     reset_v = -65.0\nthresh_v = -50.0\nrefrac_t = 2.0\ntime_constant = 20.0")?;
/// let mut population = description.build()?;
/// population.load(Currents::F64(&[12.0, 15.0, 18.0]))?; // nA
/// for _ in 0..10 {
///     population.step(description.options())?;
/// }
/// let path = tempfile::tempdir()?.keep().join("population.snap");
/// population.save(&path)?;
/// let mut other = DynPopulation::from_snapshot(&path)?;
/// assert_eq!(other.read(Variable::Voltage), population.read(Variable::Voltage)); // mV
/// population.clear(false);
/// population.restore(&path)?;
/// assert_eq!(other.read(Variable::Voltage), population.read(Variable::Voltage));
/// # std::fs::remove_dir_all(path.parent().unwrap())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct DynPopulation {
    description: Description,
    inner: Box<dyn Erased>,
}

impl Clone for DynPopulation {
    fn clone(&self) -> Self {
        Self { description: self.description.clone(), inner: self.inner.boxed() }
    }
}

impl std::fmt::Debug for DynPopulation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DynPopulation").field("description", &self.description).finish_non_exhaustive()
    }
}

impl Description {
    /// Builds the population that it describes.
    ///
    /// # Errors
    /// Returns all errors in the parameters, or an error if the seed does not fit into a population file,
    /// floating point is to round other than to nearest, an axis has length zero, or the population does not
    /// fit in memory.
    pub fn build(&self) -> Result<DynPopulation, BuildError> {
        if i64::try_from(self.spec.seed).is_err() {
            return Err(BuildError::Seed { value: self.spec.seed });
        }
        if let Some(error) = self.unfit_rounding() {
            return Err(error);
        }
        let mut errors = ParamErrors::new();
        self.spec.check_options(&mut errors);
        if errors.count() > 0 {
            return Err(errors.into());
        }
        // The layout of neurons that step as those with own coefficients counts them in 32 bits.
        let neurons = self.shape.iter().fold(1, |neurons: usize, axis| neurons.saturating_mul(*axis));
        if self.spec.steps_as_own() && u32::try_from(neurons).is_err() {
            return Err(BuildError::TooLarge { shape: self.shape.clone(), batch: self.batch_size });
        }
        Ok(DynPopulation { inner: self.spec.visit(Build(self))?, description: self.clone() })
    }
}

/// Builds a population in the types of its number format and its rounding.
struct Build<'a>(&'a Description);

impl SpecVisitor for Build<'_> {
    type Output = Result<Box<dyn Erased>, BuildError>;

    fn visit<S: Stored, Q: Rounding>(self, rounding: Q) -> Self::Output {
        let Description { spec, shape, batch_size, batch_reduction, .. } = self.0;
        let policy = (spec.refractory, rounding);
        let (params, reduction) = (spec.params.clone(), (*batch_reduction).into());
        let own = if self.0.own.is_empty() { None } else { Some(self.0.drawn().map_err(BuildError::of_description)?) };
        let population = Population::assemble(params, policy, shape.clone(), *batch_size, reduction, own)?;
        Ok(Box::new(Loaded::<S, Q>::new(population)?))
    }
}

impl DynPopulation {
    /// Returns the description of the population.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Returns the number of neurons per sample.
    pub fn neurons(&self) -> usize {
        self.description.shape.iter().product()
    }

    /// Returns the number of components.
    pub fn components(&self) -> usize {
        self.description.components()
    }

    /// Returns the numbers of components of each kind.
    pub fn counts(&self) -> ComponentCounts {
        self.description.spec.params.counts()
    }

    /// Loads the currents of the next steps, nA: B x shape, rounded to the scalar.
    ///
    /// Fixed point clamps a current that it cannot hold.
    ///
    /// # Errors
    /// Returns an error if the number of currents is wrong, or one is not finite in the scalar; the old ones
    /// stay then.
    pub fn load(&mut self, currents: Currents<'_>) -> Result<(), CurrentError> {
        self.inner.load(currents)
    }

    /// Steps once under the loaded currents, which are 0 nA before the first [`load`](Self::load).
    ///
    /// # Errors
    /// Returns an error if resistance times a current exceeds a quarter of the number format's range; the state
    /// has not changed then. Returns an error if an earlier step panicked.
    pub fn step(&mut self, options: StepOptions) -> Result<Fired<'_>, CurrentError> {
        self.inner.step(options)
    }

    /// Steps once under these currents; the loaded ones stay for later steps.
    ///
    /// If the scalar is their float type, they are not copied; [`load`](Self::load) always copies.
    ///
    /// # Errors
    /// Those of [`load`](Self::load) and [`step`](Self::step); the state has not changed then.
    pub fn step_with(&mut self, currents: Currents<'_>, options: StepOptions) -> Result<Fired<'_>, CurrentError> {
        self.inner.step_with(currents, options)
    }

    /// Runs `steps` steps under the loaded currents and calls `after` after each.
    ///
    /// ```
    /// use glif::{Currents, Description, LifParams, Recorder, Spec, Variable};
    ///
    /// let params = LifParams {
    ///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
    /// };
    /// let description = Description::new(Spec::new(params), &[3]);
    /// let mut population = description.build()?;
    /// let mut recorder = Recorder::new(&population, &[Variable::Voltage], 10);
    /// population.load(Currents::F32(&[12.0, 15.0, 18.0]))?; // nA
    /// population.run(100, description.options(), |population| recorder.record(population))?;
    /// assert_eq!(recorder.steps().len(), 10);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`step`](Self::step); the steps before the error are done.
    pub fn run(&mut self, steps: u64, options: StepOptions, mut after: impl FnMut(&Self)) -> Result<(), CurrentError> {
        for _ in 0..steps {
            self.step(options)?;
            after(self);
        }
        Ok(())
    }

    /// Returns the spikes of the last step.
    pub fn fired(&self) -> Fired<'_> {
        self.inner.fired()
    }

    /// Appends the present values of a variable.
    pub fn sample(&self, variable: Variable, to: &mut Samples) {
        self.inner.sample(variable, None, to);
    }

    /// Returns the present values of a variable, exact.
    pub fn read(&self, variable: Variable) -> Vec<f64> {
        let mut samples = Samples::F64(Vec::new());
        self.sample(variable, &mut samples);
        samples.into_f64()
    }

    /// Returns empty samples of the narrowest float type that holds the scalar's values exactly.
    pub fn samples(&self) -> Samples {
        self.inner.samples()
    }

    /// Resets the population; see [`Population::clear`].
    pub fn clear(&mut self, keep_adaptations: bool) {
        self.inner.clear(keep_adaptations);
    }

    /// Changes the step time, ms; see [`Population::set_step_time`].
    ///
    /// # Errors
    /// Returns an error if the parameters are invalid under it, or a remaining refractory time does not fit a count.
    pub fn set_step_time(&mut self, step_time: f64) -> Result<(), ParamErrors> {
        self.inner.set_step_time(step_time)?;
        // Every model has a step time.
        _ = self.description.spec.params.set(Parameter::StepTime, &[step_time]);
        Ok(())
    }

    /// Changes the batch size; see [`Population::set_batch_size`]. The loaded currents are reset to 0 nA.
    ///
    /// # Errors
    /// Those of [`Population::set_batch_size`].
    pub fn set_batch_size(&mut self, batch: usize) -> Result<(), BuildError> {
        self.inner.set_batch_size(batch)?;
        self.description.batch_size = batch;
        Ok(())
    }

    /// Sets the number of threads that a step may use; see [`Population::set_threads`].
    ///
    /// # Errors
    /// Those of [`Population::set_threads`].
    pub fn set_threads(&mut self, count: usize) -> Result<(), BuildError> {
        self.inner.set_threads(count)
    }

    /// Returns the number of threads that a step may use.
    pub fn threads(&self) -> usize {
        self.inner.threads()
    }

    /// Sets the minimum number of cells per thread; see [`Population::set_share`].
    pub fn set_share(&mut self, cells: usize) {
        self.inner.set_share(cells);
    }

    /// Writes the values of a variable.
    ///
    /// Membranes are in mV, B x shape; refractory times in ms, B x shape; threshold components in mV,
    /// shape x K; after-spike currents in nA, shape x A; threshold voltages in mV, shape. Spikes of the last step
    /// are 1 or 0, and nothing between, B x shape.
    ///
    /// # Errors
    /// Returns an error if the number of values is wrong, or one is out of range; nothing is written then.
    pub fn write(&mut self, variable: Variable, values: &[f64]) -> Result<(), StateError> {
        self.inner.write(variable, values)
    }

    /// Returns all components, in the order of [`Population::adaptation`]; exact.
    pub fn read_components(&self) -> Vec<f64> {
        self.inner.read_components()
    }

    /// Writes all components, in the order of [`Population::adaptation`].
    ///
    /// # Errors
    /// Returns an error if the number of values is wrong, or one is out of range; nothing is written then.
    pub fn write_components(&mut self, values: &[f64]) -> Result<(), StateError> {
        self.inner.write_components(values)
    }

    /// Checks that a spike of this population can have left these remaining refractory times, ms, B x shape.
    ///
    /// Use it for a state that comes from outside. [`write`](Self::write) also accepts longer times, as Inferno does.
    ///
    /// ```
    /// # let description = glif::Description::from_toml("model = 'lif'\nshape = 3\n[params]\nstep_time = 1.0\nrest_v = -60.0\n\
    /// #     reset_v = -65.0\nthresh_v = -50.0\nrefrac_t = 2.0\ntime_constant = 20.0")?;
    /// let population = description.build()?;
    /// assert!(population.check_refrac(&[0.0, 1.0, 2.0]).is_ok());
    /// let error = population.check_refrac(&[0.0, 1.0, 32_767.0]).unwrap_err().to_string();
    /// assert!(error.starts_with("`refrac[2]` = 32767 ms: must be at most 2 ms"), "{error}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error for the first time that is negative, not finite, or longer than a refractory period.
    pub fn check_refrac(&self, refrac: &[f64]) -> Result<(), StateError> {
        self.inner.check_refrac(refrac)
    }

    /// Returns the quantization report: each parameter as requested and as stored. If neurons have their own
    /// parameters, it is that of neuron 0; [`report_each`](Self::report_each) has all.
    pub fn report(&self) -> Vec<Quantised> {
        self.inner.report()
    }

    /// Passes the quantization report of each neuron to `line`, line by line, with the index of the neuron. If all
    /// neurons share their parameters, the report of neuron 0 is that of all, and the only one.
    ///
    /// It derives the coefficients of each neuron anew, and keeps none.
    ///
    /// ```
    /// # let description = glif::Description::from_toml("model = 'lif'\nshape = 3\nscalar = 'i8f8'\n[params]\nstep_time = 1.0\n\
    /// #     rest_v = -60.0\nreset_v = -65.0\nthresh_v = { each = [-50.0, -48.5, -49.999] }\nrefrac_t = 2.0\ntime_constant = 20.0")?;
    /// let mut stored = Vec::new();
    /// description.build()?.report_each(|neuron, line| {
    ///     if line.name == "thresh_v" {
    ///         stored.push((neuron, line.stored)); // mV
    ///     }
    /// });
    /// assert_eq!(stored, [(0, -50.0), (1, -48.5), (2, -50.0)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn report_each(&self, mut line: impl FnMut(usize, Quantised)) {
        self.inner.report_each(&mut line);
    }

    /// Returns the number of steps from a spike to the next possible one. If neurons have their own, it is that of
    /// neuron 0; [`refractory_range`](Self::refractory_range) covers all.
    pub fn refractory_steps(&self) -> u16 {
        self.inner.refractory_steps()
    }

    /// Returns the least and the greatest number of steps from a spike to the next possible one, over all neurons.
    pub fn refractory_range(&self) -> (u16, u16) {
        self.inner.refractory_range()
    }

    /// Returns the remaining refractory steps and the spike flag of the last step, for each neuron: B x shape.
    pub fn refractory_words(&self) -> Vec<Refractory> {
        self.inner.refractory_words()
    }

    /// Returns the bytes of state per neuron, its spike flag included.
    pub fn bytes_per_neuron(&self) -> usize {
        self.inner.bytes_per_neuron()
    }

    /// Returns the parameters of every neuron, if they have their own.
    pub fn neuron_parameters(&self) -> Option<&NeuronParams> {
        self.inner.neuron_parameters()
    }

    /// Returns the bytes per neuron of the coefficients that vary from neuron to neuron.
    pub fn own_bytes_per_neuron(&self) -> usize {
        self.inner.own_bytes_per_neuron()
    }

    /// Returns the range of currents that a step takes unchanged, and the distance between two of them, nA.
    pub fn current_range(&self) -> CurrentRange {
        self.inner.current_range()
    }

    /// Returns the number of steps since the population was built.
    pub fn steps(&self) -> u64 {
        self.inner.steps()
    }

    pub(crate) fn capture(&self) -> State {
        self.inner.capture()
    }

    pub(crate) fn restore_state(&mut self, state: &State) -> Result<(), StateError> {
        self.inner.restore(state)
    }

    /// Returns the membranes and the threshold components, each a `Vec` of its scalar.
    #[cfg(feature = "ndarray")]
    pub(crate) fn arrays(&self) -> [&dyn Any; 2] {
        self.inner.arrays()
    }
}

impl Recordable for DynPopulation {
    fn neurons(&self) -> usize {
        self.neurons()
    }

    fn batch_size(&self) -> usize {
        self.description.batch_size
    }

    fn counts(&self) -> ComponentCounts {
        self.counts()
    }

    fn has(&self, kind: ComponentKind) -> bool {
        self.description.model().has(kind)
    }

    fn fired(&self) -> Fired<'_> {
        self.fired()
    }

    fn samples(&self) -> Samples {
        self.samples()
    }

    fn sample_of(&self, variable: Variable, of: Option<&[usize]>, to: &mut Samples) {
        self.inner.sample(variable, of, to);
    }
}

/// The operations of a population of any model.
trait Erased: Send + Sync {
    fn boxed(&self) -> Box<dyn Erased>;
    fn load(&mut self, currents: Currents<'_>) -> Result<(), CurrentError>;
    fn step(&mut self, options: StepOptions) -> Result<Fired<'_>, CurrentError>;
    fn step_with(&mut self, currents: Currents<'_>, options: StepOptions) -> Result<Fired<'_>, CurrentError>;
    fn fired(&self) -> Fired<'_>;
    fn sample(&self, variable: Variable, of: Option<&[usize]>, to: &mut Samples);
    fn samples(&self) -> Samples;
    fn write(&mut self, variable: Variable, values: &[f64]) -> Result<(), StateError>;
    fn read_components(&self) -> Vec<f64>;
    fn write_components(&mut self, values: &[f64]) -> Result<(), StateError>;
    fn check_refrac(&self, refrac: &[f64]) -> Result<(), StateError>;
    fn clear(&mut self, keep_adaptations: bool);
    fn set_step_time(&mut self, step_time: f64) -> Result<(), ParamErrors>;
    fn set_batch_size(&mut self, batch: usize) -> Result<(), BuildError>;
    fn set_threads(&mut self, count: usize) -> Result<(), BuildError>;
    fn threads(&self) -> usize;
    fn set_share(&mut self, cells: usize);
    fn report(&self) -> Vec<Quantised>;
    fn report_each(&self, line: &mut dyn FnMut(usize, Quantised));
    fn refractory_steps(&self) -> u16;
    fn refractory_range(&self) -> (u16, u16);
    fn refractory_words(&self) -> Vec<Refractory>;
    fn bytes_per_neuron(&self) -> usize;
    fn neuron_parameters(&self) -> Option<&NeuronParams>;
    fn own_bytes_per_neuron(&self) -> usize;
    fn current_range(&self) -> CurrentRange;
    fn steps(&self) -> u64;
    fn capture(&self) -> State;
    fn restore(&mut self, state: &State) -> Result<(), StateError>;
    #[cfg(feature = "ndarray")]
    fn arrays(&self) -> [&dyn Any; 2];
}

/// A population and the currents of its next step.
#[derive(Clone)]
struct Loaded<S: Stored, Q: Rounding> {
    population: Population<DynCoefficients<S, Q>>,
    currents: Vec<S>,
    /// Whether all currents are known to be able to drive a membrane.
    checked: bool,
    /// Currents of a single step, converted from another float type to the scalar.
    rounded: Vec<S>,
}

impl<S: Stored, Q: Rounding> Loaded<S, Q> {
    fn new(population: Population<DynCoefficients<S, Q>>) -> Result<Self, BuildError> {
        let currents = Self::no_currents(&population, population.batch_size())?;
        Ok(Self { population, currents, checked: false, rounded: Vec::new() })
    }

    fn check_finite(&self, currents: Currents<'_>) -> Result<(), CurrentError> {
        currents.check_finite::<S>(self.population.neurons(), self.population.batch_size())
    }

    /// Returns 0 nA for each neuron of `batch` samples.
    fn no_currents(population: &Population<DynCoefficients<S, Q>>, batch: usize) -> Result<Vec<S>, BuildError> {
        let cells = population.neurons().checked_mul(batch);
        let currents = cells.and_then(|cells| memory::filled(S::ZERO_STATE, cells));
        currents.ok_or_else(|| BuildError::TooLarge { shape: population.shape().to_vec(), batch })
    }
}

impl<S: Stored, Q: Rounding> Erased for Loaded<S, Q> {
    fn boxed(&self) -> Box<dyn Erased> {
        Box::new(self.clone())
    }

    fn load(&mut self, currents: Currents<'_>) -> Result<(), CurrentError> {
        self.check_finite(currents)?;
        // The next step finds and reports the currents that cannot drive a membrane.
        self.checked = currents.round(&mut self.currents, &self.population.greatest_gain());
        Ok(())
    }

    fn step_with(&mut self, currents: Currents<'_>, options: StepOptions) -> Result<Fired<'_>, CurrentError> {
        let scalars = match currents {
            Currents::F32(values) => S::of_f32s(values),
            Currents::F64(values) => S::of_f64s(values),
        };
        if let Some(scalars) = scalars {
            return self.population.step(scalars, options);
        }
        self.check_finite(currents)?;
        if self.rounded.is_empty() {
            self.rounded = Self::no_currents(&self.population, self.population.batch_size())
                .map_err(|_| CurrentError::Memory { cells: self.currents.len() })?;
        }
        currents.round(&mut self.rounded, &self.population.greatest_gain());
        self.population.step(&self.rounded, options)
    }

    fn step(&mut self, options: StepOptions) -> Result<Fired<'_>, CurrentError> {
        if !self.checked {
            self.population.check(&self.currents)?;
            self.checked = true;
        }
        self.population.advance(&self.currents, options)
    }

    fn fired(&self) -> Fired<'_> {
        self.population.fired()
    }

    fn sample(&self, variable: Variable, of: Option<&[usize]>, to: &mut Samples) {
        self.population.sample_of(variable, of, to);
    }

    fn samples(&self) -> Samples {
        self.population.samples()
    }

    fn write(&mut self, variable: Variable, values: &[f64]) -> Result<(), StateError> {
        let limit = S::component_limit(self.population.neuron().components());
        match variable {
            Variable::Voltage => self.population.set_voltage(&converted("voltage", values, (S::LOWEST, S::HIGHEST))?),
            Variable::Refrac => self.population.set_refrac(values),
            Variable::Spikes => {
                let flag = |value: f64| if value == 0.0 { Some(false) } else { (value == 1.0).then_some(true) };
                if let Some(index) = values.iter().position(|value| flag(*value).is_none()) {
                    let (value, problem) = (values[index], Problem::NoFlag);
                    return Err(StateError { name: "spikes", index, value, unit: "", problem });
                }
                self.population.set_fired(&values.iter().map(|value| flag(*value) == Some(true)).collect::<Vec<_>>())
            }
            Variable::Adaptation | Variable::AfterSpikeCurrent | Variable::ThresholdVoltage => {
                self.population.set_components(variable, &converted(variable.name(), values, (-limit, limit))?)
            }
        }
    }

    fn read_components(&self) -> Vec<f64> {
        self.population.components().map(|value| value.to_f64()).collect()
    }

    fn write_components(&mut self, values: &[f64]) -> Result<(), StateError> {
        let limit = S::component_limit(self.population.neuron().components());
        self.population.set_adaptation(&converted("adaptation", values, (-limit, limit))?)
    }

    fn check_refrac(&self, refrac: &[f64]) -> Result<(), StateError> {
        self.population.check_left(refrac)
    }

    fn clear(&mut self, keep_adaptations: bool) {
        self.population.clear(keep_adaptations);
    }

    fn set_step_time(&mut self, step_time: f64) -> Result<(), ParamErrors> {
        self.population.set_step_time(step_time)
    }

    fn set_batch_size(&mut self, batch: usize) -> Result<(), BuildError> {
        let currents = Self::no_currents(&self.population, batch)?;
        self.population.set_batch_size(batch)?;
        (self.currents, self.checked, self.rounded) = (currents, false, Vec::new());
        Ok(())
    }

    fn set_threads(&mut self, count: usize) -> Result<(), BuildError> {
        self.population.set_threads(count)
    }

    fn threads(&self) -> usize {
        self.population.threads()
    }

    fn set_share(&mut self, cells: usize) {
        self.population.set_share(cells);
    }

    fn report(&self) -> Vec<Quantised> {
        let mut lines = Vec::new();
        let population = &self.population;
        let mut line = |line| lines.push(line);
        let derivation = Derivation::new(population.period().rule()).rounding(population.neuron().rounding());
        // The population exists, so its parameters are valid.
        let derived = <DynCoefficients<S, Q> as Kernel>::derive(population.parameters(), derivation.report(&mut line));
        debug_assert!(derived.is_ok(), "{derived:?}");
        lines
    }

    fn report_each(&self, line: &mut dyn FnMut(usize, Quantised)) {
        let population = &self.population;
        let Some(params) = population.neuron_parameters() else {
            self.report().into_iter().for_each(|of| line(0, of));
            return;
        };
        let (rule, rounding) = (population.period().rule(), population.neuron().rounding());
        let (mut table, mut errors) = (params.of(0), ParamErrors::new());
        for neuron in 0..population.neurons() {
            params.write_to(neuron, &mut table);
            let mut report = |of| line(neuron, of);
            let derivation = Derivation::new(rule).rounding(rounding).report(&mut report);
            // As above.
            let derived = Levels::<S, Q>::derive(&table, derivation, &mut errors);
            debug_assert!(derived.is_some(), "{errors}");
        }
    }

    fn refractory_steps(&self) -> u16 {
        self.population.period().count()
    }

    fn refractory_range(&self) -> (u16, u16) {
        let count = |neuron: usize| self.population.period_of(neuron).count();
        let neurons = if self.population.neuron_parameters().is_some() { self.population.neurons() } else { 1 };
        let range = |(least, greatest): (u16, u16), count: u16| (least.min(count), greatest.max(count));
        (1..neurons).map(count).fold((count(0), count(0)), range)
    }

    fn refractory_words(&self) -> Vec<Refractory> {
        self.population.refractory.clone()
    }

    fn bytes_per_neuron(&self) -> usize {
        size_of::<S>() * (1 + self.population.neuron().components()) + size_of::<Refractory>()
    }

    fn neuron_parameters(&self) -> Option<&NeuronParams> {
        self.population.neuron_parameters()
    }

    fn own_bytes_per_neuron(&self) -> usize {
        self.population.own_bytes_per_neuron()
    }

    fn current_range(&self) -> CurrentRange {
        // Currents that every neuron takes, and the drive of the neuron with the greatest resistance.
        let neurons = if self.population.neuron_parameters().is_some() { self.population.neurons() } else { 1 };
        let ranges = (0..neurons).map(|neuron| S::currents(&self.population.gain_of(neuron)));
        let all = (f64::NEG_INFINITY, f64::INFINITY);
        let (lowest, highest) = ranges.fold(all, |range, own| (range.0.max(own.0), range.1.min(own.1)));
        let resistance = S::gain_to_f64(&self.population.greatest_gain());
        CurrentRange { lowest, highest, step: S::RESOLUTION, resistance }
    }

    fn steps(&self) -> u64 {
        self.population.steps()
    }

    fn capture(&self) -> State {
        self.population.capture()
    }

    fn restore(&mut self, state: &State) -> Result<(), StateError> {
        self.population.restore_state(state)
    }

    #[cfg(feature = "ndarray")]
    fn arrays(&self) -> [&dyn Any; 2] {
        [&self.population.membrane, &self.population.adaptation]
    }
}
