//! Populations of one model and one scalar type, of any shape and batch size, on the heap.

mod error;
mod fired;

pub use error::{BuildError, CurrentError};
pub use fired::{Fired, Firing};

use glif_core::derive::DeriveReset;
use glif_core::levels::DynReset;
use glif_core::neuron::Dynamics;
use glif_core::population::{check_components, check_range, check_refrac};
use glif_core::rounding::Rounding;
use glif_core::spec::{Dialect, Parameter};
use glif_core::spikes::WORD;
use glif_core::{
    Coefficients, Derivation, Nearest, ParamError, ParamErrors, Parameters, Problem, Quantize, Refractory,
    RefractoryPeriod, RefractoryRule, Scalar, StateError, StepOptions,
};

use crate::coefficients::OwnNeurons;
use crate::kernel::Kernel;
use crate::memory::{self, filled};
use crate::neuron_params::{NeuronParams, OwnList};
use crate::record::Variable;
use crate::reduction::Reduction;
use crate::rows::Rows;
use crate::sweep::{self, Cells, Columns, Sweep};
use crate::threads::Threads;

/// Remaining refractory times that were not set by a spike at the present step time.
///
/// They are kept until each has run out. Under the rule `inferno` they make milliseconds read back with
/// Inferno's bits. Under every rule they prove to a snapshot that a count longer than a period is valid.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Origin {
    pub(crate) since: u64,
    pub(crate) ms: Vec<f64>,
    /// Steps after which every time has run out.
    pub(crate) expires: u16,
}

/// A population of neurons of model `M`: `batch_size` samples of `shape`.
///
/// Arrays are in C order with the batch axis first: neuron i of sample b is element b·N + i. Threshold
/// components have no batch axis.
///
/// ```
/// use glif::{Glif2, Glif2Params, Population, StepOptions, fixed::types::I16F16};
///
/// let params = Glif2Params {
///     step_time: 1.0, rest_v: -60.0, reset_v_add: 4.0, reset_v_mul: 0.2, thresh_eq_v: -50.0, refrac_t: 2.0,
///     tc_membrane: 20.0, rc_adaptation: [0.01], spike_increment: [2.0], resistance: 1.0,
/// };
/// let mut population = Population::<Glif2<I16F16, 1>>::builder(params).shape(&[10, 10]).batch_size(4).build()?;
/// let currents = vec![I16F16::lit("18"); 4 * 100]; // nA
/// for _ in 0..17 {
///     population.step(&currents, StepOptions::default())?;
/// }
/// assert_eq!(population.fired().count(), 400);
/// assert_eq!(population.adaptation(), [I16F16::lit("2"); 100]); // mV; all samples share them
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Population<M: Kernel> {
    pub(crate) shape: Vec<usize>,
    pub(crate) batch: usize,
    neurons: usize,
    pub(crate) parameters: M::Parameters,
    period: RefractoryPeriod<M::Scalar>,
    neuron: M,
    /// Instead of `neuron`, if neurons have their own parameters.
    pub(crate) own: Option<OwnNeurons<M::Scalar, M::Rounding>>,
    pub(crate) membrane: Vec<M::Scalar>,
    pub(crate) refractory: Vec<Refractory>,
    /// Shape K x neurons.
    pub(crate) adaptation: Vec<M::Scalar>,
    /// Space for each thread to reduce a batch in.
    scratch: Vec<M::Scalar>,
    /// The packed spike set. Each sample starts a new word.
    words: Vec<u32>,
    /// Remaining milliseconds, indexed by the remaining steps.
    ladder: Vec<f64>,
    pub(crate) origin: Option<Origin>,
    pub(crate) reduction: Reduction<M::Scalar>,
    pub(crate) steps: u64,
    pub(crate) threads: Threads,
    /// Whether a step has begun and not finished: code of the caller panicked in it.
    pub(crate) half_done: bool,
}

/// Builder of a population.
///
/// ```
/// use glif::{Alif, AlifParams, Population, Reduction, RefractoryRule};
///
/// let params = AlifParams {
///     step_time: 0.1, rest_v: -60.0, reset_v: -65.0, thresh_eq_v: -50.0, refrac_t: 5.0, tc_membrane: 20.0,
///     tc_adaptation: [100.0], spike_increment: [2.0], resistance: 1.0,
/// };
/// let builder = Population::<Alif<f32, 1>>::builder(params).shape(&[28, 28]).batch_size(64);
/// let population = builder.refractory(RefractoryRule::Exact).reduction(Reduction::Max).build()?;
/// assert_eq!((population.neurons(), population.batch_size(), population.period().count()), (784, 64, 50));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a population is there after `build`"]
pub struct Builder<M: Kernel, P, Q> {
    params: P,
    rounding: Q,
    shape: Vec<usize>,
    batch: usize,
    rule: RefractoryRule,
    reduction: Reduction<M::Scalar>,
    pub(crate) own: Vec<OwnList>,
}

impl<S, R, const K: usize, D> Population<Coefficients<S, R, K, Nearest, D>>
where
    S: Quantize,
    R: DeriveReset<S>,
    D: Dynamics<S, K>,
{
    /// Starts a builder for a population of one neuron; shape and other options can follow.
    pub fn builder<P>(params: P) -> Builder<Coefficients<S, R, K, Nearest, D>, P, Nearest>
    where
        P: Into<Parameters<R::Params, K>>,
    {
        Builder {
            params,
            rounding: Nearest,
            shape: vec![1],
            batch: 1,
            rule: RefractoryRule::Inferno,
            reduction: Reduction::Mean,
            own: Vec::new(),
        }
    }
}

impl<S, R, const K: usize, Q, D, P> Builder<Coefficients<S, R, K, Q, D>, P, Q>
where
    S: Quantize,
    R: DeriveReset<S>,
    Q: Rounding,
    D: Dynamics<S, K>,
    P: Into<Parameters<R::Params, K>>,
{
    /// Sets the number of neurons along each axis.
    pub fn shape(mut self, shape: &[usize]) -> Self {
        self.shape = shape.to_vec();
        self
    }

    /// Sets the number of samples.
    pub fn batch_size(mut self, batch: usize) -> Self {
        self.batch = batch;
        self
    }

    /// Sets how refractory times are converted to steps.
    pub fn refractory(mut self, rule: RefractoryRule) -> Self {
        self.rule = rule;
        self
    }

    /// Sets how the threshold updates of a batch are reduced.
    pub fn reduction(mut self, reduction: Reduction<S>) -> Self {
        self.reduction = reduction;
        self
    }

    /// Sets how decays round in fixed point.
    ///
    /// ```
    /// use glif::{Alif, AlifParams, Population, Stochastic, fixed::types::I8F8};
    ///
    /// let params = AlifParams {
    ///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_eq_v: -50.0, refrac_t: 2.0, tc_membrane: 20.0,
    ///     tc_adaptation: [1000.0], spike_increment: [0.5], resistance: 1.0,
    /// };
    /// // Rounded to nearest, the threshold would stay where the first spikes leave it.
    /// let population = Population::<Alif<I8F8, 1>>::builder(params);
    /// let population = population.rounding(Stochastic { seed: 7 }).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rounding<Q2: Rounding>(self, rounding: Q2) -> Builder<Coefficients<S, R, K, Q2, D>, P, Q2> {
        let Self { params, shape, batch, rule, reduction, own, .. } = self;
        Builder { params, rounding, shape, batch, rule, reduction, own }
    }

    /// Gives each neuron its own value of a parameter, in the parameter's unit and in C order of the shape. It takes
    /// the place of the value in the parameters, which must be valid as well. A parameter that is a list has a
    /// value for each component: all of neuron 0 first, then those of neuron 1.
    ///
    /// A neuron has the bits that it has alone. Only parameters that vary take memory.
    ///
    /// ```
    /// use glif::{Lif, LifParams, Parameter, Population, StepOptions};
    ///
    /// let params = LifParams {
    ///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
    /// };
    /// let builder = Population::<Lif<f32>>::builder(params).shape(&[3]);
    /// let mut population = builder.own(Parameter::ThreshV, &[-50.0, -58.0, -40.0]).build()?; // mV
    /// population.run(&[15.0; 3], 4, StepOptions::default(), |_| ())?; // nA
    /// assert_eq!(population.refrac(), [0.0, 1.0, 0.0]); // ms: neuron 1 has fired
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn own(mut self, parameter: Parameter, values: &[f64]) -> Self
    where
        R: Into<DynReset<S>>,
    {
        self.set_own(OwnList { parameter, values: values.to_vec(), shape: None });
        self
    }

    /// Sets the values of a parameter in place of any before.
    pub(crate) fn set_own(&mut self, list: OwnList) {
        self.own.retain(|other| other.parameter != list.parameter);
        self.own.push(list);
    }

    /// Builds the population, with membranes at `initial_v`, or `rest_v` without it.
    ///
    /// # Errors
    /// Returns all errors in the parameters, or an error if an axis has length zero or the population does not
    /// fit in memory.
    pub fn build(self) -> Result<Population<Coefficients<S, R, K, Q, D>>, BuildError> {
        let Self { params, rounding, shape, batch, rule, reduction, own } = self;
        let params = params.into();
        let own = if own.is_empty() { None } else { Some(NeuronParams::of_lists(params.into(), own, &shape)?) };
        Population::assemble(params, (rule, rounding), shape, batch, reduction, own)
    }
}

impl<M: Kernel> Population<M> {
    /// Builds a population.
    pub(crate) fn assemble(
        parameters: M::Parameters,
        (rule, rounding): (RefractoryRule, M::Rounding),
        shape: Vec<usize>,
        batch: usize,
        reduction: Reduction<M::Scalar>,
        own: Option<NeuronParams>,
    ) -> Result<Self, BuildError> {
        let (neuron, period) = M::derive(&parameters, Derivation::new(rule).rounding(rounding))?;
        let count = neuron.components();
        if shape.is_empty() || shape.contains(&0) {
            return Err(BuildError::Empty { shape });
        }
        if batch == 0 {
            return Err(BuildError::NoSample);
        }
        check_batch(M::dialect(&parameters), batch)?;
        let too_large = || BuildError::TooLarge { shape: shape.clone(), batch };
        let product = |lengths: &[usize]| lengths.iter().try_fold(1_usize, |n, length| n.checked_mul(*length));
        let neurons = product(&shape).ok_or_else(too_large)?;
        let cells = product(&[neurons, batch]).ok_or_else(too_large)?;
        let components = product(&[neurons, count]).ok_or_else(too_large)?;
        let words = product(&[neurons.div_ceil(WORD), batch]).ok_or_else(too_large)?;
        let scratch = if count == 0 { 0 } else { sweep::scratch(batch, count, neurons).ok_or_else(too_large)? };
        // Checks the sum of all sizes before the first allocation.
        let sizes = [
            (cells, size_of::<M::Scalar>() + size_of::<Refractory>()),
            (components, size_of::<M::Scalar>()),
            (scratch, size_of::<M::Scalar>()),
        ];
        if !memory::fits(sizes.iter().map(|(count, each)| *count as u128 * *each as u128).sum()) {
            return Err(too_large());
        }
        let own = own.map(|own| OwnNeurons::new(own, &shape, (rule, rounding))).transpose()?;
        let zero = M::Scalar::ZERO_STATE;
        let mut population = (|| {
            Some(Self {
                own,
                membrane: filled(neuron.initial(&parameters), cells)?,
                refractory: filled(Refractory::default(), cells)?,
                adaptation: filled(zero, components)?,
                scratch: filled(zero, scratch)?,
                words: filled(0, words)?,
                ladder: ladder(&period),
                shape: shape.clone(),
                batch,
                neurons,
                parameters,
                period,
                neuron,
                origin: None,
                reduction,
                steps: 0,
                threads: Threads::default(),
                half_done: false,
            })
        })()
        .ok_or_else(too_large)?;
        population.clear(false);
        Ok(population)
    }
}

fn ladder<S: Quantize>(period: &RefractoryPeriod<S>) -> Vec<f64> {
    let mut ladder: Vec<_> = period.countdown().collect();
    ladder.reverse();
    ladder
}

impl<M: Kernel> Population<M> {
    /// Steps once under `currents` (nA), one for each neuron of each sample. On one thread it does not allocate.
    ///
    /// # Errors
    /// Returns an error if the number of currents is wrong or one cannot drive a membrane; the state has not
    /// changed then. Returns an error if an earlier step panicked.
    pub fn step(&mut self, currents: &[M::Scalar], options: StepOptions) -> Result<Fired<'_>, CurrentError> {
        self.check(currents)?;
        self.advance(currents, options)
    }

    /// Runs `steps` steps under the same `currents` (nA) and calls `after` after each.
    ///
    /// ```
    /// use glif::{Lif, LifParams, Population, Recorder, StepOptions, Variable};
    ///
    /// let params = LifParams {
    ///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
    /// };
    /// let mut population = Population::<Lif<f32>>::builder(params).shape(&[3]).build()?;
    /// let mut recorder = Recorder::new(&population, &[Variable::Voltage], 10).neurons(&[2])?;
    /// population.run(&[12.0, 15.0, 18.0], 100, StepOptions::default(), |population| recorder.record(population))?;
    /// assert_eq!(recorder.samples(Variable::Voltage).map(|samples| samples.len()), Some(10));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`step`](Self::step); the steps before the error are done.
    pub fn run(
        &mut self,
        currents: &[M::Scalar],
        steps: u64,
        options: StepOptions,
        mut after: impl FnMut(&Self),
    ) -> Result<(), CurrentError> {
        self.check(currents)?;
        for _ in 0..steps {
            self.advance(currents, options)?;
            after(self);
        }
        Ok(())
    }

    /// Steps once under currents that [`check`](Self::check) has accepted.
    ///
    /// # Errors
    /// Returns an error if an earlier step panicked.
    pub(crate) fn advance(&mut self, currents: &[M::Scalar], options: StepOptions) -> Result<Fired<'_>, CurrentError> {
        if self.half_done {
            return Err(CurrentError::HalfDone);
        }
        let dialect = M::dialect(&self.parameters);
        if dialect != Dialect::Inferno && options != StepOptions::default() {
            return Err(CurrentError::Options { dialect });
        }
        self.half_done = true;
        let (neurons, batch, components) = (self.neurons, self.batch, self.neuron.components());
        let own = self.own.as_ref().map(OwnNeurons::view);
        let sweep = Sweep { neuron: &self.neuron, own, options, step: self.steps, threads: &self.threads };
        if components > 0 && (batch > 1 || matches!(self.reduction, Reduction::Custom(_))) {
            let columns = Columns {
                membrane: Rows::new(&mut self.membrane, batch),
                refractory: Rows::new(&mut self.refractory, batch),
                words: Rows::new(&mut self.words, batch),
                currents,
                adaptation: Rows::new(&mut self.adaptation, components),
                neurons,
                first: 0,
            };
            sweep.reduced(columns, &mut self.scratch, &self.reduction);
        } else {
            sweep.each(Cells {
                membrane: &mut self.membrane,
                refractory: &mut self.refractory,
                words: &mut self.words,
                currents,
                adaptation: Rows::new(&mut self.adaptation, components),
                neurons,
                first: 0,
            });
        }
        self.half_done = false;
        self.steps += 1;
        self.forget_origin();
        Ok(self.fired())
    }

    /// Returns an error if [`advance`](Self::advance) would.
    #[cfg(feature = "files")]
    pub(crate) fn ready(&self, options: StepOptions) -> Result<(), CurrentError> {
        let dialect = M::dialect(&self.parameters);
        match self.half_done {
            true => Err(CurrentError::HalfDone),
            false if dialect != Dialect::Inferno && options != StepOptions::default() => {
                Err(CurrentError::Options { dialect })
            }
            false => Ok(()),
        }
    }

    /// Borrows the one sample of a population that is [`ready`](Self::ready), to make its next steps in parts. The
    /// population has made them when it is [closed](Self::close).
    #[cfg(feature = "files")]
    pub(crate) fn open<'a>(
        &'a mut self,
        currents: &'a [M::Scalar],
        options: StepOptions,
    ) -> (Sweep<'a, M>, Cells<'a, M::Scalar>) {
        self.half_done = true;
        let (neurons, components) = (self.neurons, self.neuron.components());
        let own = self.own.as_ref().map(OwnNeurons::view);
        let sweep = Sweep { neuron: &self.neuron, own, options, step: self.steps, threads: &self.threads };
        let cells = Cells {
            membrane: &mut self.membrane,
            refractory: &mut self.refractory,
            words: &mut self.words,
            currents,
            adaptation: Rows::new(&mut self.adaptation, components),
            neurons,
            first: 0,
        };
        (sweep, cells)
    }

    /// Ends as many steps of an [open](Self::open) population.
    #[cfg(feature = "files")]
    pub(crate) fn close(&mut self, steps: u64) {
        self.half_done = false;
        self.steps += steps;
        self.forget_origin();
    }

    /// Returns the population to its beginning.
    #[cfg(feature = "files")]
    pub(crate) fn restart(&mut self) {
        self.clear(false);
        self.steps = 0;
    }

    /// Returns the numbers of components.
    #[cfg(feature = "files")]
    pub(crate) fn component_counts(&self) -> glif_core::spec::ComponentCounts {
        self.neuron.counts()
    }

    pub(crate) fn check(&self, currents: &[M::Scalar]) -> Result<(), CurrentError> {
        let (batch, neurons) = (self.batch, self.neurons);
        if currents.len() != self.membrane.len() {
            return Err(CurrentError::Length { given: currents.len(), batch, neurons });
        }
        // The search for the first invalid current runs only if there may be one.
        if sweep::all_drivable(currents, &self.greatest_gain(), &self.threads) {
            return Ok(());
        }
        match currents.iter().enumerate().position(|(i, current)| !current.drivable(&self.gain_of(i % neurons))) {
            Some(i) => {
                Err(CurrentError::NotDrivable { sample: i / neurons, neuron: i % neurons, value: currents[i].to_f64() })
            }
            None => Ok(()),
        }
    }

    /// Returns the resistance of a neuron.
    pub(crate) fn gain_of(&self, neuron: usize) -> <M::Scalar as Scalar>::Gain {
        self.own.as_ref().map_or_else(|| self.neuron.gain(), |own| own.gain(neuron))
    }

    /// Returns the resistance of the neuron for which the range of currents is least, in floating point.
    pub(crate) fn greatest_gain(&self) -> <M::Scalar as Scalar>::Gain {
        self.own.as_ref().map_or_else(|| self.neuron.gain(), OwnNeurons::greatest_gain)
    }

    /// Returns the refractory period of a cell.
    pub(crate) fn period_of(&self, cell: usize) -> &RefractoryPeriod<M::Scalar> {
        self.own.as_ref().and_then(|own| own.period(cell % self.neurons)).unwrap_or(&self.period)
    }

    /// Returns the spikes of the last step.
    pub fn fired(&self) -> Fired<'_> {
        Fired::new(&self.words, self.neurons)
    }

    /// Resets membranes to `initial_v`, or `rest_v` without it, ends refractory times and spikes, and resets threshold
    /// components to 0 unless they are kept.
    ///
    /// If it resets threshold components too, a population whose last step panicked can step again.
    pub fn clear(&mut self, keep_adaptations: bool) {
        match &self.own {
            None => self.membrane.fill(self.neuron.initial(&self.parameters)),
            Some(own) => {
                for sample in self.membrane.chunks_mut(self.neurons) {
                    sample.iter_mut().enumerate().for_each(|(i, membrane)| *membrane = own.initial(i));
                }
            }
        }
        self.refractory.fill(Refractory::default());
        self.words.fill(0);
        self.origin = None;
        if !keep_adaptations {
            self.adaptation.fill(M::Scalar::ZERO_STATE);
            self.half_done = false;
        }
    }

    /// Changes the step time, ms. Later steps use it; remaining refractory times stay the same in milliseconds.
    ///
    /// # Errors
    /// Returns an error if the parameters are invalid under it, or a remaining time takes more steps than a
    /// count can hold; nothing has changed then.
    pub fn set_step_time(&mut self, step_time: f64) -> Result<(), ParamErrors> {
        let parameters = M::with_step_time(&self.parameters, step_time);
        let rule = self.period.rule();
        let rounding = self.neuron.rounding();
        let (neuron, period) = M::derive(&parameters, Derivation::new(rule).rounding(rounding))?;
        let own = match &self.own {
            None => None,
            Some(own) => Some(own.with_step_time(step_time, (rule, rounding))?),
        };
        let left = self.refrac();
        let own_period = |cell: usize| own.as_ref().and_then(|own| own.period(cell % self.neurons));
        for (index, &ms) in left.iter().enumerate() {
            check_refrac(own_period(index).unwrap_or(&period), ms)
                .map_err(|problem| ParamError::of_refrac(index, ms, problem))?;
        }
        (self.parameters, self.neuron, self.period, self.ladder) = (parameters, neuron, period, ladder(&period));
        self.own = own;
        self.place(left);
        Ok(())
    }

    /// Changes the batch size, and clears membranes, refractory times and spikes.
    ///
    /// As in Inferno they are cleared even if the size stays the same. Threshold components stay.
    ///
    /// # Errors
    /// Returns an error if it is 0 or does not fit in memory; nothing has changed then.
    pub fn set_batch_size(&mut self, batch: usize) -> Result<(), BuildError> {
        let (rule, rounding) = (self.period.rule(), self.neuron.rounding());
        let (parameters, shape, reduction) = (self.parameters.clone(), self.shape.clone(), self.reduction.clone());
        let mut next = Self::assemble(parameters, (rule, rounding), shape, batch, reduction, None)?;
        next.own = self.own.clone();
        next.clear(false);
        next.employ(self.threads.clone())?;
        let adaptation = std::mem::take(&mut self.adaptation);
        *self = Self { adaptation, steps: self.steps, half_done: self.half_done, ..next };
        Ok(())
    }

    /// Sets the number of threads that a step may use, the calling thread included; 1 by default.
    ///
    /// A small population uses fewer, because it is stepped sooner than a thread wakes up. The results are
    /// equal bit for bit with any number.
    ///
    /// ```
    /// use glif::{Lif, LifParams, Population, StepOptions};
    ///
    /// let params = LifParams {
    ///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0,
    ///     refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
    /// };
    /// let mut population = Population::<Lif<f32>>::builder(params).shape(&[100_000]).build()?;
    /// population.set_threads(2)?;
    /// assert_eq!(population.step(&[300.0; 100_000], StepOptions::default())?.count(), 100_000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// A forked child process has no helper threads: until it calls `set_threads` itself, a step runs on the
    /// calling thread alone, with the same results bit for bit. A process must not fork while another of its
    /// threads steps the population.
    ///
    /// # Errors
    /// Returns an error if the number is 0 or above [`THREADS`](crate::limits::THREADS), if the system cannot start that many
    /// threads, or if the memory that a batch needs per thread does not fit; nothing has changed then.
    pub fn set_threads(&mut self, count: usize) -> Result<(), BuildError> {
        self.employ(Threads::counted(count, self.threads.share)?)
    }

    pub(crate) fn employ(&mut self, threads: Threads) -> Result<(), BuildError> {
        let too_large = || BuildError::TooLarge { shape: self.shape.clone(), batch: self.batch };
        let components = self.neuron.components();
        if components > 0 {
            let each = sweep::scratch(self.batch, components, self.neurons);
            let all = each.and_then(|each| each.checked_mul(threads.count())).ok_or_else(too_large)?;
            self.scratch = filled(M::Scalar::ZERO_STATE, all).ok_or_else(too_large)?;
        }
        self.threads = threads;
        Ok(())
    }

    /// Sets the minimum number of cells per thread; 262,144 by default. A cell is one neuron of one sample.
    ///
    /// On the machine where it was measured, the default number of cells took longer to step than a thread took
    /// to wake up. A value of 0 counts as 1.
    pub fn set_share(&mut self, cells: usize) {
        self.threads.share = cells.max(1);
    }

    /// Returns the number of threads that a step may use.
    pub fn threads(&self) -> usize {
        self.threads.count()
    }

    /// Returns the membrane potentials, mV: B x shape.
    pub fn voltage(&self) -> &[M::Scalar] {
        &self.membrane
    }

    /// Writes the membrane potentials, mV: B x shape.
    ///
    /// # Errors
    /// Returns an error if the number of values is wrong, or one is not finite or out of range; nothing is
    /// written then.
    pub fn set_voltage(&mut self, voltage: &[M::Scalar]) -> Result<(), StateError> {
        check_length("voltage", voltage.len(), self.membrane.len(), "mV")?;
        check_range("voltage", voltage, (M::Scalar::LOWEST, M::Scalar::HIGHEST))?;
        self.membrane.copy_from_slice(voltage);
        Ok(())
    }

    /// Returns the remaining refractory times, ms: B x shape. Under the rule `inferno` they have Inferno's bits.
    pub fn refrac(&self) -> Vec<f64> {
        (0..self.refractory.len()).map(|i| self.refrac_of(i)).collect()
    }

    /// Returns the remaining refractory time of one cell, ms.
    pub(crate) fn refrac_of(&self, i: usize) -> f64 {
        let (steps, period) = (self.refractory[i].steps(), self.period_of(i));
        let replayed = steps > 0 && period.replays();
        if let Some(origin) = self.origin.as_ref().filter(|_| replayed) {
            // A spike since then would have set another count, and cannot occur before the old count has run out.
            let elapsed = self.steps - origin.since;
            if period.count_of(origin.ms[i]).map(u64::from) == Some(u64::from(steps) + elapsed) {
                return period.after(origin.ms[i], elapsed as u32);
            }
        }
        let ladder = if self.has_own_periods() { &[][..] } else { &self.ladder };
        ladder.get(usize::from(steps)).copied().unwrap_or_else(|| period.remaining(steps))
    }

    /// Writes the remaining refractory times, ms: B x shape. Spike flags stay.
    ///
    /// # Errors
    /// Returns an error if the number of values is wrong, or one is negative, not finite, or takes more steps
    /// than a count can hold; nothing is written then.
    pub fn set_refrac(&mut self, refrac: &[f64]) -> Result<(), StateError> {
        check_length("refrac", refrac.len(), self.refractory.len(), "ms")?;
        for (index, &value) in refrac.iter().enumerate() {
            check_refrac(self.period_of(index), value)
                .map_err(|problem| StateError::of_refrac(index, value, problem))?;
        }
        self.place(refrac.to_vec());
        Ok(())
    }

    /// Sets the counts for remaining times that are known to fit.
    fn place(&mut self, ms: Vec<f64>) {
        let (mut expires, mut longer) = (0, false);
        for (i, &ms) in ms.iter().enumerate() {
            let period = self.period_of(i);
            let steps = period.count_of(ms).unwrap_or(Refractory::MOST);
            expires = expires.max(steps);
            longer |= steps > period.count();
            self.refractory[i] = Refractory::new(steps, self.refractory[i].fired());
        }
        let replayed = self.period.replays() && expires > 0;
        let kept = replayed || longer;
        self.origin = kept.then_some(Origin { since: self.steps, ms, expires });
    }

    fn has_own_periods(&self) -> bool {
        self.own.as_ref().is_some_and(|own| own.period(0).is_some())
    }

    fn forget_origin(&mut self) {
        let steps = self.steps;
        self.origin.take_if(|origin| steps - origin.since >= u64::from(origin.expires));
    }

    /// Returns the components: shape x K as in Inferno, so all K of neuron 0, then those of neuron 1. Threshold
    /// components are in mV. In the dialects of NEST and AllenSDK, after-spike currents, nA, and the threshold
    /// voltage, mV, follow them.
    ///
    /// The values are copied, because a step stores them in another order;
    /// `adaptation_view` copies nothing.
    ///
    /// ```
    /// use glif::{Alif, AlifParams, Population};
    /// # let params = AlifParams {
    /// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_eq_v: -50.0, refrac_t: 2.0, tc_membrane: 20.0,
    /// #     tc_adaptation: [40.0, 400.0], spike_increment: [1.5, 0.5], resistance: 1.0,
    /// # };
    /// let mut population = Population::<Alif<f32, 2>>::builder(params).shape(&[3]).build()?;
    /// population.set_adaptation(&[0.0, 0.1, 1.0, 1.1, 2.0, 2.1])?; // mV
    /// assert_eq!(population.adaptation(), [0.0, 0.1, 1.0, 1.1, 2.0, 2.1]);
    /// assert_eq!(population.adaptation_view()[[2, 1]], 2.1); // of neuron 2, component 1
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn adaptation(&self) -> Vec<M::Scalar> {
        self.components().collect()
    }

    /// Iterates over the components in the order of [`adaptation`](Self::adaptation).
    pub(crate) fn components(&self) -> impl Iterator<Item = M::Scalar> + '_ {
        let count = self.neuron.components();
        (0..self.adaptation.len()).map(move |i| self.adaptation[stored(i, self.neurons, count)])
    }

    /// Writes the threshold components, mV: shape x K, in the order of [`adaptation`](Self::adaptation).
    ///
    /// # Errors
    /// Returns an error if the number of values is wrong, or one is not finite or beyond the limit for one of K
    /// components; nothing is written then.
    pub fn set_adaptation(&mut self, adaptation: &[M::Scalar]) -> Result<(), StateError> {
        check_length("adaptation", adaptation.len(), self.adaptation.len(), "mV")?;
        let count = self.neuron.components();
        self.check_components(adaptation, |i| (i / count.max(1), i % count.max(1)))?;
        for (i, value) in adaptation.iter().enumerate() {
            self.adaptation[stored(i, self.neurons, count)] = *value;
        }
        Ok(())
    }

    /// Writes the components that a variable shows: shape x their number, mV or nA. Does nothing for a variable
    /// that shows none.
    ///
    /// # Errors
    /// Returns an error if the number of values is wrong, or one is not finite or beyond the limit of a component;
    /// nothing is written then.
    pub fn set_components(&mut self, variable: Variable, values: &[M::Scalar]) -> Result<(), StateError> {
        let (all, Some(kind)) = (self.neuron.counts(), variable.component()) else { return Ok(()) };
        let (first, count) = (all.first(kind), all.of(kind));
        check_length(variable.name(), values.len(), self.neurons * count, variable.unit())?;
        self.check_components(values, |i| (i / count, first))
            .map_err(|error| StateError { name: variable.name(), ..error })?;
        for (i, value) in values.iter().enumerate() {
            self.adaptation[first * self.neurons + stored(i, self.neurons, count)] = *value;
        }
        Ok(())
    }

    /// Checks that components are finite and within their limits. `place` returns the neuron and the component of
    /// which a value is.
    pub(crate) fn check_components(
        &self,
        values: &[M::Scalar],
        place: impl Fn(usize) -> (usize, usize),
    ) -> Result<(), StateError> {
        let counts = self.neuron.counts();
        if self.own.is_none() {
            return check_components((counts, &self.neuron.gain()), values, |i| place(i).1);
        }
        for (index, value) in values.iter().enumerate() {
            let (neuron, component) = place(index);
            check_components((counts, &self.gain_of(neuron)), std::slice::from_ref(value), |_| component)
                .map_err(|error| StateError { index, ..error })?;
        }
        Ok(())
    }

    /// Writes which neurons fired in the last step: B x shape.
    ///
    /// # Errors
    /// Returns an error if the number of values is wrong; nothing is written then.
    pub fn set_fired(&mut self, fired: &[bool]) -> Result<(), StateError> {
        check_length("spikes", fired.len(), self.refractory.len(), "")?;
        for (refractory, &fired) in self.refractory.iter_mut().zip(fired) {
            *refractory = Refractory::new(refractory.steps(), fired);
        }
        self.pack_fired();
        Ok(())
    }

    /// Builds the packed set from the flags in the refractory words.
    pub(crate) fn pack_fired(&mut self) {
        let words = self.words.chunks_mut(self.neurons.div_ceil(WORD));
        for (words, options) in words.zip(self.refractory.chunks(self.neurons)) {
            for (word, options) in words.iter_mut().zip(options.chunks(WORD)) {
                *word = options.iter().enumerate().fold(0, |word, (j, flag)| word | u32::from(flag.fired()) << j);
            }
        }
    }

    /// Returns the number of neurons along each axis.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns the number of samples.
    pub fn batch_size(&self) -> usize {
        self.batch
    }

    /// Returns the number of neurons per sample.
    pub fn neurons(&self) -> usize {
        self.neurons
    }

    /// Returns the number of steps since the population was built.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Returns the parameters.
    pub fn parameters(&self) -> &M::Parameters {
        &self.parameters
    }

    /// Returns the parameters of every neuron, if they have their own.
    pub fn neuron_parameters(&self) -> Option<&NeuronParams> {
        self.own.as_ref().map(|own| &*own.params)
    }

    /// Returns the bytes per neuron of the coefficients that vary from neuron to neuron.
    pub fn own_bytes_per_neuron(&self) -> usize {
        self.own.as_ref().map_or(0, OwnNeurons::bytes_per_neuron)
    }

    /// Returns the coefficients of neurons that have no parameters of their own.
    pub fn neuron(&self) -> &M {
        &self.neuron
    }

    /// Returns the refractory period of neurons that do not have their own.
    pub fn period(&self) -> &RefractoryPeriod<M::Scalar> {
        &self.period
    }
}

/// Returns an error if the dialect has no batches of this size.
pub(crate) fn check_batch(dialect: Dialect, batch: usize) -> Result<(), BuildError> {
    let has = dialect == Dialect::Inferno || batch <= 1;
    if has { Ok(()) } else { Err(BuildError::Batch { batch, dialect }) }
}

/// Returns the index at which value `i` of shape x K is stored.
///
/// The array is stored component by component, so that a step walks each with stride one.
fn stored(i: usize, neurons: usize, components: usize) -> usize {
    i % components * neurons + i / components
}

pub(crate) fn check_length(
    name: &'static str,
    given: usize,
    expected: usize,
    unit: &'static str,
) -> Result<(), StateError> {
    if given == expected {
        return Ok(());
    }
    Err(StateError {
        name,
        index: 0,
        value: given as f64,
        unit,
        problem: Problem::Components { expected: expected as u32 },
    })
}
