//! A population of one model in one scalar, of any shape and batch size, on the heap.

use std::iter::{Enumerate, FusedIterator};
use std::slice::Chunks;

use glif_core::derive::DeriveReset;
use glif_core::error::Number;
use glif_core::population::{check_range, check_refrac};
use glif_core::rounding::Rounding;
use glif_core::spec::{NumberFormat, RoundingMode};
use glif_core::spikes::{self, WORD};
use glif_core::{
    Coefficients, Derivation, Nearest, ParamError, ParamErrors, Parameters, Problem, Quantize, Refractory,
    RefractoryPeriod, RefractoryRule, Scalar as _, StateError, StepOptions,
};
use thiserror::Error;

use crate::kernel::Kernel;
use crate::limits;
use crate::memory::{self, filled};
use crate::reduction::Reduction;
use crate::rows::Rows;
use crate::sweep::{self, Cells, Columns, Sweep};
use crate::threads::Threads;

/// Why a population cannot be built.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Something is wrong with its parameters.
    #[error("{0}")]
    Params(Box<ParamErrors>),
    /// No axis, or one of length zero.
    #[error("`shape` = {shape:?} must have an axis or more, each at least 1 long")]
    Empty {
        /// What it was.
        shape: Vec<usize>,
    },
    /// A batch without a sample.
    #[error("`batch_size` = 0 must be at least 1")]
    NoSample,
    /// A rounding other than to nearest in floating point, which has no other here.
    #[error("`rounding` = \"{rounding}\" is for fixed point; {scalar} rounds to nearest")]
    Rounding {
        /// The rounding.
        rounding: RoundingMode,
        /// The number format.
        scalar: NumberFormat,
    },
    /// A seed that a population file cannot hold.
    #[error("`seed` = {value} must be at most {}, the greatest whole number of a population file", i64::MAX)]
    Seed {
        /// The seed.
        value: u64,
    },
    /// More neurons than fit.
    #[error(
        "a population of shape {shape:?} with batch_size {batch} does not fit in memory; take fewer neurons or samples"
    )]
    TooLarge {
        /// Neurons along each axis.
        shape: Vec<usize>,
        /// Samples.
        batch: usize,
    },
    /// No thread, more than [`limits::THREADS`], or more than the system gives.
    #[error("a step cannot use {count} threads: {reason}")]
    Threads {
        /// How many were wanted.
        count: usize,
        /// What the system says.
        reason: String,
    },
}

impl From<ParamErrors> for BuildError {
    fn from(errors: ParamErrors) -> Self {
        Self::Params(Box::new(errors))
    }
}

/// Why a step was refused; nothing has moved then.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum CurrentError {
    /// Not one current for each neuron of each sample.
    #[error("{given} currents for {batch} x {neurons} neurons; one for each neuron of each sample is needed")]
    Length {
        /// How many there were.
        given: usize,
        /// Samples.
        batch: usize,
        /// Neurons of a sample.
        neurons: usize,
    },
    /// Of another shape.
    #[error(
        "currents of shape {given:?}; they must have {batch} along the first axis and then {shape:?}, or {shape:?} alone in a batch of one"
    )]
    Shape {
        /// Theirs.
        given: Vec<usize>,
        /// Samples.
        batch: usize,
        /// Neurons along each axis of a sample.
        shape: Vec<usize>,
    },
    /// There is no memory for the currents of a step in the population's number format.
    #[error("the currents of {cells} neurons do not fit in memory beside the loaded ones")]
    Memory {
        /// How many there are, over all samples.
        cells: usize,
    },
    /// An earlier step ended in a panic, and is half done.
    #[error(
        "an earlier step ended in a panic and is half done; clear the population with its threshold components, restore a snapshot, or build it anew"
    )]
    HalfDone,
    /// NaN, infinite, or so large that R·I is beyond a quarter of the number format.
    #[error(
        "the current of sample {sample}, neuron {neuron} is {} nA; it must be finite, and resistance times it within a quarter of the range of the population's number format",
        Number(*value)
    )]
    NotDrivable {
        /// Counted from 0.
        sample: usize,
        /// Flat index, counted from 0.
        neuron: usize,
        /// nA
        value: f64,
    },
}

/// Remaining refractory times that do not stem from a spike at the present step time, kept until each has run out: under the rule
/// `inferno` so that milliseconds read back as Inferno's, under every rule because a snapshot shows by them that a count longer
/// than a period is right.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Origin {
    pub(crate) since: u64,
    pub(crate) ms: Vec<f64>,
    /// Steps after which nothing of it is left.
    pub(crate) expires: u16,
}

/// A population of neurons of model `M`: `batch_size` samples of `shape`.
///
/// Arrays are in C order, the batch axis first: sample b, neuron i is element b·N + i. Threshold components have no
/// batch axis.
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
    pub(crate) membrane: Vec<M::Scalar>,
    pub(crate) refractory: Vec<Refractory>,
    /// Component by component.
    pub(crate) adaptation: Vec<M::Scalar>,
    /// For each thread, room to reduce a batch in.
    scratch: Vec<M::Scalar>,
    /// Each sample starts a word.
    words: Vec<u32>,
    /// Milliseconds left by steps to go.
    ladder: Vec<f64>,
    pub(crate) origin: Option<Origin>,
    pub(crate) reduction: Reduction<M::Scalar>,
    pub(crate) steps: u64,
    pub(crate) threads: Threads,
    /// A step has begun and not ended: a caller's own code has panicked in it.
    pub(crate) half_done: bool,
}

/// What a population is to be, but for its parameters.
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
}

impl<S, R, const K: usize> Population<Coefficients<S, R, K>>
where
    S: Quantize,
    R: DeriveReset<S>,
{
    /// Begins a population of one neuron; shape and the rest follow.
    pub fn builder<P: Into<Parameters<R::Params, K>>>(params: P) -> Builder<Coefficients<S, R, K>, P, Nearest> {
        Builder {
            params,
            rounding: Nearest,
            shape: vec![1],
            batch: 1,
            rule: RefractoryRule::Inferno,
            reduction: Reduction::Mean,
        }
    }
}

impl<S, R, const K: usize, Q, P> Builder<Coefficients<S, R, K, Q>, P, Q>
where
    S: Quantize,
    R: DeriveReset<S>,
    Q: Rounding,
    P: Into<Parameters<R::Params, K>>,
{
    /// Neurons along each axis.
    pub fn shape(mut self, shape: &[usize]) -> Self {
        self.shape = shape.to_vec();
        self
    }

    /// Samples.
    pub fn batch_size(mut self, batch: usize) -> Self {
        self.batch = batch;
        self
    }

    /// How refractory times become steps.
    pub fn refractory(mut self, rule: RefractoryRule) -> Self {
        self.rule = rule;
        self
    }

    /// How the threshold updates of a batch become one.
    pub fn reduction(mut self, reduction: Reduction<S>) -> Self {
        self.reduction = reduction;
        self
    }

    /// How decays round in fixed point.
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
    pub fn rounding<Q2: Rounding>(self, rounding: Q2) -> Builder<Coefficients<S, R, K, Q2>, P, Q2> {
        let Self { params, shape, batch, rule, reduction, .. } = self;
        Builder { params, rounding, shape, batch, rule, reduction }
    }

    /// The population, at rest.
    ///
    /// # Errors
    /// Everything wrong with the parameters, an axis of length zero, or more neurons than fit in memory.
    pub fn build(self) -> Result<Population<Coefficients<S, R, K, Q>>, BuildError> {
        let Self { params, rounding, shape, batch, rule, reduction } = self;
        Population::assemble(params.into(), (rule, rounding), shape, batch, reduction)
    }
}

impl<M: Kernel> Population<M> {
    /// A population at rest.
    pub(crate) fn assemble(
        parameters: M::Parameters,
        (rule, rounding): (RefractoryRule, M::Rounding),
        shape: Vec<usize>,
        batch: usize,
        reduction: Reduction<M::Scalar>,
    ) -> Result<Self, BuildError> {
        let (neuron, period) = M::derive(&parameters, Derivation::new(rule).rounding(rounding))?;
        let count = neuron.components();
        if shape.is_empty() || shape.contains(&0) {
            return Err(BuildError::Empty { shape });
        }
        if batch == 0 {
            return Err(BuildError::NoSample);
        }
        let too_large = || BuildError::TooLarge { shape: shape.clone(), batch };
        let product = |lengths: &[usize]| lengths.iter().try_fold(1_usize, |n, length| n.checked_mul(*length));
        let neurons = product(&shape).ok_or_else(too_large)?;
        let cells = product(&[neurons, batch]).ok_or_else(too_large)?;
        let components = product(&[neurons, count]).ok_or_else(too_large)?;
        let words = product(&[neurons.div_ceil(WORD), batch]).ok_or_else(too_large)?;
        let scratch = if count == 0 { 0 } else { sweep::scratch(batch, count, neurons).ok_or_else(too_large)? };
        // All at once, before the first of them takes what the last will want.
        let sizes = [
            (cells, size_of::<M::Scalar>() + size_of::<Refractory>()),
            (components, size_of::<M::Scalar>()),
            (scratch, size_of::<M::Scalar>()),
        ];
        if !memory::fits(sizes.iter().map(|(count, each)| *count as u128 * *each as u128).sum()) {
            return Err(too_large());
        }
        let zero = M::Scalar::ZERO_STATE;
        (|| {
            Some(Self {
                membrane: filled(neuron.rest(), cells)?,
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
        .ok_or_else(too_large)
    }
}

fn ladder<S: Quantize>(period: &RefractoryPeriod<S>) -> Vec<f64> {
    let mut ladder: Vec<_> = period.countdown().collect();
    ladder.reverse();
    ladder
}

/// The spikes of one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fired<'a> {
    words: &'a [u32],
    neurons: usize,
}

impl<'a> Fired<'a> {
    /// How many neurons fired, over all samples.
    pub fn count(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Sample and flat index of each neuron that fired, in rising order.
    pub fn iter(&self) -> Firing<'a> {
        let samples = self.words.chunks(self.neurons.div_ceil(WORD)).enumerate();
        Firing { samples, sample: 0, neurons: spikes::indices(&[]) }
    }

    /// Whether one neuron fired; false beyond the population.
    pub fn contains(&self, sample: usize, neuron: usize) -> bool {
        neuron < self.neurons && spikes::contains(self.sample(sample), neuron)
    }

    /// The packed set of one sample: neuron 32·i + j is bit j of word i. Empty beyond the batch.
    pub fn sample(&self, sample: usize) -> &'a [u32] {
        self.words.chunks(self.neurons.div_ceil(WORD)).nth(sample).unwrap_or_default()
    }
}

impl<'a> IntoIterator for Fired<'a> {
    type Item = (usize, usize);
    type IntoIter = Firing<'a>;

    fn into_iter(self) -> Firing<'a> {
        self.iter()
    }
}

/// Iterator over sample and flat index of each neuron that fired, in rising order.
#[derive(Debug, Clone)]
pub struct Firing<'a> {
    samples: Enumerate<Chunks<'a, u32>>,
    sample: usize,
    /// Of that sample, which are still to come.
    neurons: spikes::Indices<'a>,
}

impl Iterator for Firing<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        loop {
            if let Some(neuron) = self.neurons.next() {
                return Some((self.sample, neuron));
            }
            let (sample, words) = self.samples.next()?;
            (self.sample, self.neurons) = (sample, spikes::indices(words));
        }
    }
}

impl FusedIterator for Firing<'_> {}

impl<M: Kernel> Population<M> {
    /// One step under `currents` (nA), one for each neuron of each sample. On one thread it allocates nothing.
    ///
    /// # Errors
    /// If there are too few or too many, or one cannot drive a membrane; nothing has moved then. If an earlier step has panicked.
    pub fn step(&mut self, currents: &[M::Scalar], options: StepOptions) -> Result<Fired<'_>, CurrentError> {
        self.check(currents)?;
        self.advance(currents, options)
    }

    /// So many steps under the same `currents` (nA); `after` is called after each of them.
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
    /// As [`step`](Self::step); the steps before it are done.
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

    /// One step under currents that [`check`](Self::check) has let pass.
    ///
    /// # Errors
    /// If an earlier step has panicked.
    pub(crate) fn advance(&mut self, currents: &[M::Scalar], options: StepOptions) -> Result<Fired<'_>, CurrentError> {
        if self.half_done {
            return Err(CurrentError::HalfDone);
        }
        self.half_done = true;
        let (neurons, batch, components) = (self.neurons, self.batch, self.neuron.components());
        let sweep = Sweep { neuron: &self.neuron, options, step: self.steps, threads: &self.threads };
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

    pub(crate) fn check(&self, currents: &[M::Scalar]) -> Result<(), CurrentError> {
        let (batch, neurons) = (self.batch, self.neurons);
        if currents.len() != self.membrane.len() {
            return Err(CurrentError::Length { given: currents.len(), batch, neurons });
        }
        let gain = self.neuron.gain();
        // The search runs only where there is something to find.
        if sweep::all_drivable(currents, &gain, &self.threads) {
            return Ok(());
        }
        match currents.iter().position(|current| !current.drivable(&gain)) {
            Some(i) => {
                Err(CurrentError::NotDrivable { sample: i / neurons, neuron: i % neurons, value: currents[i].to_f64() })
            }
            None => Ok(()),
        }
    }

    /// The spikes of the last step.
    pub fn fired(&self) -> Fired<'_> {
        Fired { words: &self.words, neurons: self.neurons }
    }

    /// Back to rest: membranes, refractory times and spikes, and unless kept, threshold components. If none of the state is kept, a
    /// population that a panic has left in the middle of a step can step again.
    pub fn clear(&mut self, keep_adaptations: bool) {
        self.membrane.fill(self.neuron.rest());
        self.refractory.fill(Refractory::default());
        self.words.fill(0);
        self.origin = None;
        if !keep_adaptations {
            self.adaptation.fill(M::Scalar::ZERO_STATE);
            self.half_done = false;
        }
    }

    /// A new step time, ms. Later steps use it; remaining refractory times stay the same in milliseconds.
    ///
    /// # Errors
    /// If the parameters do not hold under it, or a remaining time takes more steps than a count holds; nothing has
    /// changed then.
    pub fn set_step_time(&mut self, step_time: f64) -> Result<(), ParamErrors> {
        let parameters = M::with_step_time(&self.parameters, step_time);
        let rule = self.period.rule();
        let (neuron, period) = M::derive(&parameters, Derivation::new(rule).rounding(self.neuron.rounding()))?;
        let left = self.refrac();
        for (index, &ms) in left.iter().enumerate() {
            check_refrac(&period, ms).map_err(|problem| ParamError::of_refrac(index, ms, problem))?;
        }
        (self.parameters, self.neuron, self.period, self.ladder) = (parameters, neuron, period, ladder(&period));
        self.place(left);
        Ok(())
    }

    /// Another batch size. As in Inferno membranes, refractory times and spikes are cleared, even if it is the same;
    /// threshold components stay.
    ///
    /// # Errors
    /// If it is 0, or does not fit in memory; nothing has changed then.
    pub fn set_batch_size(&mut self, batch: usize) -> Result<(), BuildError> {
        let (rule, rounding) = (self.period.rule(), self.neuron.rounding());
        let (parameters, shape, reduction) = (self.parameters.clone(), self.shape.clone(), self.reduction.clone());
        let mut next = Self::assemble(parameters, (rule, rounding), shape, batch, reduction)?;
        next.employ(self.threads.clone())?;
        let adaptation = std::mem::take(&mut self.adaptation);
        *self = Self { adaptation, steps: self.steps, half_done: self.half_done, ..next };
        Ok(())
    }

    /// Threads that a step may use, the calling one included: 1 at first. A small population stays on fewer, as it is
    /// stepped sooner than a thread wakes up. The bits are the same with any number.
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
    /// After `fork` the child has no helping threads: there a step runs on the calling thread alone, and gives the same bits, until
    /// the child calls `set_threads` itself. A process must not fork while another of its threads steps the population.
    ///
    /// # Errors
    /// If it is 0 or more than [`limits::THREADS`], or the system has not so many to give, or not the memory that a batch needs for
    /// each; nothing has changed then.
    pub fn set_threads(&mut self, count: usize) -> Result<(), BuildError> {
        let possible = 1..=limits::THREADS;
        if !possible.contains(&count) {
            let reason = format!("from {} to {} are possible", possible.start(), possible.end());
            return Err(BuildError::Threads { count, reason });
        }
        let threads = Threads::new(count, self.threads.share);
        self.employ(threads.map_err(|error| BuildError::Threads { count, reason: error.to_string() })?)
    }

    fn employ(&mut self, threads: Threads) -> Result<(), BuildError> {
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

    /// The fewest cells that are worth a thread, 262,144 at first: what was measured on one machine to take longer to step than
    /// to wake a thread up. Neurons of every sample count; 0 is taken as 1.
    pub fn set_share(&mut self, cells: usize) {
        self.threads.share = cells.max(1);
    }

    /// Threads that a step may use.
    pub fn threads(&self) -> usize {
        self.threads.count()
    }

    /// Membrane potentials, mV: B x shape.
    pub fn voltage(&self) -> &[M::Scalar] {
        &self.membrane
    }

    /// Writes membrane potentials, mV: B x shape.
    ///
    /// # Errors
    /// If there are too few or too many, or one is not finite or beyond the format; nothing is written then.
    pub fn set_voltage(&mut self, voltage: &[M::Scalar]) -> Result<(), StateError> {
        check_length("voltage", voltage.len(), self.membrane.len(), "mV")?;
        check_range("voltage", voltage, (M::Scalar::LOWEST, M::Scalar::HIGHEST))?;
        self.membrane.copy_from_slice(voltage);
        Ok(())
    }

    /// What is left of each refractory period, ms: B x shape. Under the rule `inferno`, Inferno's bits.
    pub fn refrac(&self) -> Vec<f64> {
        (0..self.refractory.len()).map(|i| self.refrac_of(i)).collect()
    }

    /// The same for one element.
    pub(crate) fn refrac_of(&self, i: usize) -> f64 {
        let steps = self.refractory[i].steps();
        let replayed = steps > 0 && self.period.replays();
        if let Some(origin) = self.origin.as_ref().filter(|_| replayed) {
            // A spike since then would have left another count: it cannot come before the old one has run out.
            let elapsed = self.steps - origin.since;
            if self.period.count_of(origin.ms[i]).map(u64::from) == Some(u64::from(steps) + elapsed) {
                return self.period.after(origin.ms[i], elapsed as u32);
            }
        }
        self.ladder.get(usize::from(steps)).copied().unwrap_or_else(|| self.period.remaining(steps))
    }

    /// Writes what is left of each refractory period, ms: B x shape. Spikes stay.
    ///
    /// # Errors
    /// If there are too few or too many, or one is negative, not finite, or takes more steps than a count can hold;
    /// nothing is written then.
    pub fn set_refrac(&mut self, refrac: &[f64]) -> Result<(), StateError> {
        check_length("refrac", refrac.len(), self.refractory.len(), "ms")?;
        for (index, &value) in refrac.iter().enumerate() {
            check_refrac(&self.period, value).map_err(|problem| StateError::of_refrac(index, value, problem))?;
        }
        self.place(refrac.to_vec());
        Ok(())
    }

    /// Counts for remaining times that are known to fit.
    fn place(&mut self, ms: Vec<f64>) {
        let mut expires = 0;
        for (refractory, &ms) in self.refractory.iter_mut().zip(&ms) {
            let steps = self.period.count_of(ms).unwrap_or(Refractory::MOST);
            expires = expires.max(steps);
            *refractory = Refractory::new(steps, refractory.fired());
        }
        let replayed = self.period.replays() && expires > 0;
        let kept = replayed || expires > self.period.count();
        self.origin = kept.then_some(Origin { since: self.steps, ms, expires });
    }

    fn forget_origin(&mut self) {
        let steps = self.steps;
        self.origin.take_if(|origin| steps - origin.since >= u64::from(origin.expires));
    }

    /// Threshold components, mV: shape x K as in Inferno, so all K of neuron 0, then those of neuron 1. They are copied, as a step
    /// keeps them in another order; [`adaptation_view`](Self::adaptation_view) copies nothing.
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

    /// Threshold components in the order of [`adaptation`](Self::adaptation).
    pub(crate) fn components(&self) -> impl Iterator<Item = M::Scalar> + '_ {
        let count = self.neuron.components();
        (0..self.adaptation.len()).map(move |i| self.adaptation[stored(i, self.neurons, count)])
    }

    /// Writes threshold components, mV: shape x K, in the order of [`adaptation`](Self::adaptation).
    ///
    /// # Errors
    /// If there are too few or too many, or one is not finite or beyond what K components may hold; nothing is written
    /// then.
    pub fn set_adaptation(&mut self, adaptation: &[M::Scalar]) -> Result<(), StateError> {
        check_length("adaptation", adaptation.len(), self.adaptation.len(), "mV")?;
        let count = self.neuron.components();
        let limit = M::Scalar::component_limit(count);
        check_range("adaptation", adaptation, (-limit, limit))?;
        for (i, value) in adaptation.iter().enumerate() {
            self.adaptation[stored(i, self.neurons, count)] = *value;
        }
        Ok(())
    }

    /// Writes which neurons fired in the last step: B x shape.
    ///
    /// # Errors
    /// If there are too few or too many; nothing is written then.
    pub fn set_fired(&mut self, fired: &[bool]) -> Result<(), StateError> {
        check_length("spikes", fired.len(), self.refractory.len(), "")?;
        for (refractory, &fired) in self.refractory.iter_mut().zip(fired) {
            *refractory = Refractory::new(refractory.steps(), fired);
        }
        self.pack_fired();
        Ok(())
    }

    /// The packed set from the flags in the refractory words.
    pub(crate) fn pack_fired(&mut self) {
        let words = self.words.chunks_mut(self.neurons.div_ceil(WORD));
        for (words, options) in words.zip(self.refractory.chunks(self.neurons)) {
            for (word, options) in words.iter_mut().zip(options.chunks(WORD)) {
                *word = options.iter().enumerate().fold(0, |word, (j, flag)| word | u32::from(flag.fired()) << j);
            }
        }
    }

    /// Neurons along each axis.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Samples.
    pub fn batch_size(&self) -> usize {
        self.batch
    }

    /// Neurons of a sample.
    pub fn neurons(&self) -> usize {
        self.neurons
    }

    /// Steps since the population was built.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The parameters.
    pub fn parameters(&self) -> &M::Parameters {
        &self.parameters
    }

    /// The coefficients.
    pub fn neuron(&self) -> &M {
        &self.neuron
    }

    /// The refractory period in steps.
    pub fn period(&self) -> &RefractoryPeriod<M::Scalar> {
        &self.period
    }
}

/// Where value `i` of shape x K lies in memory: component by component, so that a step walks each with stride one.
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
