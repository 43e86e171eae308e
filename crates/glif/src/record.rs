//! Recording of chosen variables at an interval.
//!
//! ```
//! use glif::{Currents, Description, Recorder, Variable};
//! let description = Description::from_toml(r#"
//!     model = "lif"
//!     shape = [3]
//!     [params]
//!     step_time = 1.0
//!     rest_v = -60.0
//!     reset_v = -65.0
//!     thresh_v = -50.0
//!     refrac_t = 2.0
//!     time_constant = 20.0
//! "#)?;
//! let mut population = description.build()?;
//! let mut recorder = Recorder::new(&population, &[Variable::Voltage], 10);
//! population.load(Currents::F64(&[15.0; 3]))?;
//! for _ in 0..100 {
//!     population.step(description.options())?;
//!     recorder.record(&population);
//! }
//! assert_eq!(recorder.steps(), [9, 19, 29, 39, 49, 59, 69, 79, 89, 99]);
//! assert_eq!(recorder.samples(Variable::Voltage).unwrap().len(), 10 * 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;
use std::str::FromStr;

use glif_core::spec::{ComponentCounts, ComponentKind};
use glif_core::{Quantize, Refractory};
use thiserror::Error;

use crate::kernel::Kernel;
use crate::memory;
use crate::population::{Fired, Population};

/// A variable of a population that can be recorded, read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Variable {
    /// Whether each neuron fired in the last step: B x shape.
    Spikes,
    /// Membrane potentials, mV: B x shape.
    Voltage,
    /// Remaining refractory times, ms: B x shape.
    Refrac,
    /// Threshold components, mV: shape x K.
    Adaptation,
    /// After-spike currents, nA: shape x A.
    AfterSpikeCurrent,
    /// Part of the threshold that follows the membrane, mV: shape.
    ThresholdVoltage,
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Variable {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|variable| variable.name() == name);
        found.ok_or_else(|| format!("unknown variable `{name}`; available: {}", Self::ALL.map(Self::name).join(", ")))
    }
}

impl Variable {
    /// All variables.
    pub const ALL: [Self; 6] =
        [Self::Spikes, Self::Voltage, Self::Refrac, Self::Adaptation, Self::AfterSpikeCurrent, Self::ThresholdVoltage];

    /// Returns the components that it shows, if it shows any.
    pub fn component(self) -> Option<ComponentKind> {
        match self {
            Self::Spikes | Self::Voltage | Self::Refrac => None,
            Self::Adaptation => Some(ComponentKind::Threshold),
            Self::AfterSpikeCurrent => Some(ComponentKind::Current),
            Self::ThresholdVoltage => Some(ComponentKind::Voltage),
        }
    }

    /// Returns the unit of its values; empty for spikes.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Spikes => "",
            Self::Refrac => "ms",
            Self::AfterSpikeCurrent => "nA",
            Self::Voltage | Self::Adaptation | Self::ThresholdVoltage => "mV",
        }
    }

    /// Returns its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spikes => "spikes",
            Self::Voltage => "voltage",
            Self::Refrac => "refrac",
            Self::Adaptation => "adaptation",
            Self::AfterSpikeCurrent => "after_spike_current",
            Self::ThresholdVoltage => "threshold_voltage",
        }
    }
}

/// Values of a variable, step after step.
#[derive(Debug, Clone, PartialEq)]
pub enum Samples {
    /// Exact for spikes and for scalars of up to 24 bits; refractory times (ms) are rounded to nearest.
    F32(Vec<f32>),
    /// Exact for every scalar.
    F64(Vec<f64>),
    /// Whether each neuron fired in a step.
    Bool(Vec<bool>),
    /// Number of spikes of each neuron in several steps.
    Counts(Vec<u32>),
}

impl Samples {
    /// Returns the number of values.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
            Self::Bool(values) => values.len(),
            Self::Counts(values) => values.len(),
        }
    }

    /// Returns whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends the values of other samples of the same type. Samples of another type are left out.
    pub fn append(&mut self, other: &Self) {
        match (self, other) {
            (Self::F32(values), Self::F32(others)) => values.extend_from_slice(others),
            (Self::F64(values), Self::F64(others)) => values.extend_from_slice(others),
            (Self::Bool(values), Self::Bool(others)) => values.extend_from_slice(others),
            (Self::Counts(values), Self::Counts(others)) => values.extend_from_slice(others),
            _ => {}
        }
    }

    /// Returns all values as f64, exact.
    pub fn into_f64(self) -> Vec<f64> {
        match self {
            Self::F32(values) => values.into_iter().map(f64::from).collect(),
            Self::F64(values) => values,
            Self::Bool(values) => values.into_iter().map(|value| f64::from(u8::from(value))).collect(),
            Self::Counts(values) => values.into_iter().map(f64::from).collect(),
        }
    }

    /// Returns the bytes per value.
    fn width(&self) -> u128 {
        match self {
            Self::F32(_) | Self::Counts(_) => 4,
            Self::F64(_) => 8,
            Self::Bool(_) => 1,
        }
    }

    // Matches the type once for all values, so that the conversion is vectorized.
    fn extend(&mut self, from: impl Iterator<Item = f64>) {
        match self {
            Self::F32(values) => values.extend(from.map(|value| value as f32)),
            Self::F64(values) => values.extend(from),
            Self::Bool(values) => values.extend(from.map(|value| value != 0.0)),
            Self::Counts(values) => values.extend(from.map(|value| value as u32)),
        }
    }

    /// Appends whether each neuron of one sample fired, or each in `of`.
    #[cfg(feature = "files")]
    pub(crate) fn extend_fired(&mut self, fired: Fired<'_>, neurons: usize, of: Option<&[usize]>) {
        let flag = |neuron: usize| f64::from(u8::from(fired.contains(0, neuron)));
        match of {
            Some(of) => self.extend(of.iter().map(|neuron| flag(*neuron))),
            None => self.extend((0..neurons).map(flag)),
        }
    }

    fn reserve(&mut self, count: usize) -> Result<(), std::collections::TryReserveError> {
        match self {
            Self::F32(values) => values.try_reserve_exact(count),
            Self::F64(values) => values.try_reserve_exact(count),
            Self::Bool(values) => values.try_reserve_exact(count),
            Self::Counts(values) => values.try_reserve_exact(count),
        }
    }
}

/// A population whose state can be recorded.
pub trait Recordable {
    /// Returns the number of neurons per sample.
    fn neurons(&self) -> usize;
    /// Returns the number of samples.
    fn batch_size(&self) -> usize;
    /// Returns the numbers of components.
    fn counts(&self) -> ComponentCounts;
    /// Returns the spikes of the last step.
    fn fired(&self) -> Fired<'_>;
    /// Returns empty samples of the narrowest float type that holds the scalar's values exactly.
    fn samples(&self) -> Samples;
    /// Returns whether the model can have components of a kind, even if this population has none.
    fn has(&self, kind: ComponentKind) -> bool {
        self.counts().of(kind) > 0
    }
    /// Appends the present values of a variable, for the neurons in `of` of each sample, or for all if it is `None`.
    ///
    /// # Panics
    /// Panics if the population does not have one of the neurons.
    fn sample_of(&self, variable: Variable, of: Option<&[usize]>, to: &mut Samples);
}

impl<M: Kernel> Population<M> {
    /// Appends the present values of a variable.
    pub fn sample(&self, variable: Variable, to: &mut Samples) {
        self.sample_of(variable, None, to);
    }
}

impl<M: Kernel> Recordable for Population<M> {
    fn neurons(&self) -> usize {
        self.neurons()
    }

    fn batch_size(&self) -> usize {
        self.batch_size()
    }

    fn counts(&self) -> ComponentCounts {
        self.neuron().counts()
    }

    fn fired(&self) -> Fired<'_> {
        self.fired()
    }

    fn samples(&self) -> Samples {
        let exact = f64::from(M::Scalar::GREATEST as f32) == M::Scalar::GREATEST;
        if exact { Samples::F32(Vec::new()) } else { Samples::F64(Vec::new()) }
    }

    fn sample_of(&self, variable: Variable, of: Option<&[usize]>, to: &mut Samples) {
        let spike = |refractory: &Refractory| f64::from(u8::from(refractory.fired()));
        let counts = self.neuron().counts();
        let components = variable.component().map_or(0..0, |kind| {
            let first = counts.first(kind);
            first..first + counts.of(kind)
        });
        let neurons = self.neurons();
        let Some(of) = of else {
            return match variable {
                Variable::Spikes => to.extend(self.refractory.iter().map(spike)),
                Variable::Voltage => to.extend(self.membrane.iter().map(|v| v.to_f64())),
                Variable::Refrac => to.extend((0..self.refractory.len()).map(|i| self.refrac_of(i))),
                Variable::Adaptation | Variable::AfterSpikeCurrent | Variable::ThresholdVoltage => {
                    let (first, count) = (components.start, components.len());
                    let stored = |i: usize| self.adaptation[(first + i % count) * neurons + i / count];
                    to.extend((0..neurons * count).map(|i| stored(i).to_f64()));
                }
            };
        };
        let cells = (0..self.batch_size()).flat_map(|sample| of.iter().map(move |neuron| sample * neurons + neuron));
        match variable {
            Variable::Spikes => to.extend(cells.map(|i| spike(&self.refractory[i]))),
            Variable::Voltage => to.extend(cells.map(|i| self.membrane[i].to_f64())),
            Variable::Refrac => to.extend(cells.map(|i| self.refrac_of(i))),
            Variable::Adaptation | Variable::AfterSpikeCurrent | Variable::ThresholdVoltage => {
                let each = |neuron: &usize| components.clone().map(|k| k * neurons + neuron).collect::<Vec<_>>();
                to.extend(of.iter().flat_map(each).map(|i| self.adaptation[i].to_f64()));
            }
        }
    }
}

/// Error from preparing or finishing a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The recording does not fit in memory.
    #[error(
        "a recording of {values} values of {variable} does not fit in memory\nhelp: record fewer variables or neurons, or every n-th step"
    )]
    TooLarge {
        /// Name of the variable; `steps` for the step numbers of the rows, `events` for events.
        variable: &'static str,
        /// Number of values of the recording.
        values: u128,
    },
    /// The population does not have the neuron.
    #[error("neuron {neuron}: the population has {neurons} neurons, counted from 0")]
    NoNeuron {
        /// Flat index of the neuron.
        neuron: usize,
        /// Number of neurons per sample.
        neurons: usize,
    },
}

/// A spike in a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Step, counted from 0 at the first step that the recorder saw.
    pub step: u64,
    /// Index of the sample, counted from 0.
    pub sample: u32,
    /// Flat index of the neuron in its sample.
    pub neuron: u32,
}

/// Records chosen variables of one population in one batch size, a row every n-th step; no spike is lost.
///
/// With n = 1, a row of spikes says whether each neuron fired in that step. With a larger n, it counts each
/// neuron's spikes in the n steps that end with the row's step. All other variables have their values after the
/// row's step. [`finish`](Self::finish) adds a row for the steps left over at the end of a run, so that the
/// rows of spikes add up to all spikes of the run.
///
/// The current of one neuron here is so strong that the neuron fires whenever it can:
///
/// ```
/// use glif::{Currents, Recorder, Samples, Variable};
/// # let description = glif::Description::from_toml("model = 'lif'\nshape = 3\n[params]\nstep_time = 1.0\nrest_v = -60.0\n\
/// #     reset_v = -65.0\nthresh_v = -50.0\nrefrac_t = 2.0\ntime_constant = 20.0")?;
/// # let mut population = description.build()?;
/// let mut recorder = Recorder::new(&population, &Variable::ALL, 1);
/// let mut sparse = Recorder::new(&population, &[Variable::Spikes], 4);
/// population.load(Currents::F64(&[0.0, 400.0, 0.0]))?; // nA
/// for _ in 0..5 {
///     population.step(description.options())?;
///     recorder.record(&population);
///     sparse.record(&population);
/// }
/// assert_eq!(recorder.columns().len(), 3); // a LIF has no adaptation
/// let refrac = recorder.samples(Variable::Refrac).unwrap().clone().into_f64();
/// assert_eq!(refrac.chunks(3).map(|step| step[1]).collect::<Vec<_>>(), [2.0, 1.0, 2.0, 1.0, 2.0]); // ms
/// sparse.finish(&population)?;
/// assert_eq!(sparse.steps(), [3, 4]);
/// assert_eq!(sparse.samples(Variable::Spikes), Some(&Samples::Counts(vec![0, 2, 0, 0, 1, 0])));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Recorder {
    every: u64,
    seen: u64,
    steps: Vec<u64>,
    columns: Vec<(Variable, Samples)>,
    /// Number of neurons per sample of the population.
    population: usize,
    /// The neurons to record; `None` for all.
    chosen: Option<Vec<usize>>,
    /// Whether each neuron is recorded; empty if all are.
    mask: Vec<bool>,
    /// Spikes of each cell since the last row; empty if each row is one step or spikes are not recorded.
    counts: Vec<u32>,
    events: Option<Vec<Event>>,
    /// Number of events dropped because memory ran out.
    lost: u64,
}

impl Recorder {
    /// Creates a recorder of `variables` that adds a row after every `every`-th step.
    ///
    /// `every` is clamped to 1 to `u32::MAX`, so that the spikes between two rows fit a count. A variable is
    /// skipped if the model has no such components.
    pub fn new(population: &impl Recordable, variables: &[Variable], every: u64) -> Self {
        let every = every.clamp(1, u32::MAX.into());
        let has = |variable: &Variable| variable.component().is_none_or(|kind| population.has(kind));
        let samples = |variable| match variable {
            Variable::Spikes if every > 1 => Samples::Counts(Vec::new()),
            Variable::Spikes => Samples::Bool(Vec::new()),
            _ => population.samples(),
        };
        let columns: Vec<_> =
            variables.iter().copied().filter(has).map(|variable| (variable, samples(variable))).collect();
        let counted = columns.iter().any(|(_, samples)| matches!(samples, Samples::Counts(_)));
        let cells = population.neurons() * population.batch_size();
        let counts = vec![0; if counted { cells } else { 0 }];
        let (steps, population) = (Vec::new(), population.neurons());
        Self {
            every,
            seen: 0,
            steps,
            columns,
            population,
            chosen: None,
            mask: Vec::new(),
            counts,
            events: None,
            lost: 0,
        }
    }

    /// Restricts the recording to these neurons of each sample, by flat index and in this order.
    ///
    /// # Errors
    /// Returns an error for the first neuron that the population does not have.
    pub fn neurons(mut self, chosen: &[usize]) -> Result<Self, RecordError> {
        let neurons = self.population;
        if let Some(&neuron) = chosen.iter().find(|neuron| **neuron >= neurons) {
            return Err(RecordError::NoNeuron { neuron, neurons });
        }
        self.mask = vec![false; neurons];
        chosen.iter().for_each(|neuron| self.mask[*neuron] = true);
        self.chosen = Some(chosen.to_vec());
        Ok(self)
    }

    /// Also records every spike of the recorded neurons as an event, at any interval of the rows.
    pub fn with_events(self) -> Self {
        Self { events: Some(Vec::new()), ..self }
    }

    /// Allocates memory for a run of `steps`.
    ///
    /// # Errors
    /// Returns an error if the recording does not fit in memory.
    pub fn reserve(&mut self, population: &impl Recordable, steps: u64) -> Result<(), RecordError> {
        let mut bytes = 0;
        for at in 0..self.columns.len() {
            let values = self.values(at, population, steps);
            let (variable, samples) = &mut self.columns[at];
            bytes += values * samples.width();
            let error = RecordError::TooLarge { variable: variable.name(), values };
            // Counts the columns before it too, because none of them is filled yet.
            if !memory::fits(bytes) {
                return Err(error);
            }
            let count = usize::try_from(values).map_err(|_| error)?;
            samples.reserve(count).map_err(|_| error)?;
        }
        let rows = steps.div_ceil(self.every);
        let error = RecordError::TooLarge { variable: "steps", values: rows.into() };
        let count = usize::try_from(rows).map_err(|_| error)?;
        let fits = memory::fits(self.bytes(population, steps)) && self.steps.try_reserve_exact(count).is_ok();
        if fits { Ok(()) } else { Err(error) }
    }

    /// Returns the bytes of a recording of `steps`, including the step numbers of its rows and excluding events.
    pub fn bytes(&self, population: &impl Recordable, steps: u64) -> u128 {
        let columns = self.columns.iter().enumerate();
        let values: u128 = columns.map(|(at, (_, samples))| self.values(at, population, steps) * samples.width()).sum();
        values + u128::from(steps.div_ceil(self.every)) * size_of::<u64>() as u128
    }

    /// Returns the number of values of a column after a run of `steps`.
    fn values(&self, column: usize, population: &impl Recordable, steps: u64) -> u128 {
        let neurons = self.chosen.as_ref().map_or(population.neurons(), Vec::len) as u128;
        let kind = self.columns[column].0.component();
        let each = kind.map_or(population.batch_size(), |kind| population.counts().of(kind));
        neurons * each as u128 * u128::from(steps.div_ceil(self.every))
    }

    /// Records a step. Call it after each step.
    pub fn record(&mut self, population: &impl Recordable) {
        if !self.counts.is_empty() {
            let neurons = self.population;
            population.fired().iter().for_each(|(sample, neuron)| self.counts[sample * neurons + neuron] += 1);
        }
        if let Some(events) = &mut self.events {
            for (sample, neuron) in population.fired() {
                if self.mask.get(neuron) == Some(&false) {
                    continue;
                }
                if !room(events) {
                    self.lost += 1;
                    continue;
                }
                events.push(Event { step: self.seen, sample: sample as u32, neuron: neuron as u32 });
            }
        }
        self.seen += 1;
        if self.seen.is_multiple_of(self.every) {
            self.row(population);
        }
    }

    /// Adds a row for the steps since the last row, if there are any. Call it after the last step.
    ///
    /// # Errors
    /// Returns an error if memory ran out for some events.
    pub fn finish(&mut self, population: &impl Recordable) -> Result<(), RecordError> {
        if !self.seen.is_multiple_of(self.every) && self.steps.last().is_none_or(|last| last + 1 < self.seen) {
            self.row(population);
        }
        match self.events.as_ref().filter(|_| self.lost > 0) {
            Some(events) => {
                let values = events.len() as u128 + u128::from(self.lost);
                Err(RecordError::TooLarge { variable: "events", values })
            }
            None => Ok(()),
        }
    }

    fn row(&mut self, population: &impl Recordable) {
        self.steps.push(self.seen - 1);
        for (variable, samples) in &mut self.columns {
            match samples {
                Samples::Counts(values) => match &self.chosen {
                    Some(chosen) => {
                        let each = |sample: &[u32]| chosen.iter().map(|neuron| sample[*neuron]).collect::<Vec<_>>();
                        values.extend(self.counts.chunks(self.population).flat_map(each));
                    }
                    None => values.extend_from_slice(&self.counts),
                },
                samples => population.sample_of(*variable, self.chosen.as_deref(), samples),
            }
        }
        self.counts.fill(0);
    }

    /// Returns the step of each row, counted from 0 at the recorder's first step.
    pub fn steps(&self) -> &[u64] {
        &self.steps
    }

    /// Returns the spikes in the order of their steps; empty without [`with_events`](Self::with_events).
    pub fn events(&self) -> &[Event] {
        self.events.as_deref().unwrap_or_default()
    }

    /// Returns the values of a variable, row after row; `None` if it is not recorded.
    pub fn samples(&self, variable: Variable) -> Option<&Samples> {
        self.columns.iter().find(|(name, _)| *name == variable).map(|(_, samples)| samples)
    }

    /// Returns all recorded variables and their values.
    pub fn columns(&self) -> &[(Variable, Samples)] {
        &self.columns
    }
}

/// Returns whether there is memory for another event.
fn room(events: &mut Vec<Event>) -> bool {
    if events.len() < events.capacity() {
        return true;
    }
    let more = events.len().max(1024);
    memory::fits((events.len() + more) as u128 * size_of::<Event>() as u128) && events.try_reserve_exact(more).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Alif, AlifParams, Currents, Description, NumberFormat, Spec};
    use glif_core::fixed::types::{I8F8, I16F16};
    use glif_core::spec::Stored;

    #[test]
    fn sparse_rows_keep_every_spike() {
        let description = Description::from_toml(
            "model = 'alif'\nshape = [2, 3]\nbatch_size = 2\n[params]\nstep_time = 1.0\nrest_v = -60.0\nreset_v = -65.0\n\
             thresh_eq_v = -50.0\nrefrac_t = 2.0\ntc_membrane = 20.0\ntc_adaptation = 30.0\nspike_increment = 0.5",
        )
        .unwrap();
        for (every, rows) in [(1, 103), (2, 52), (10, 11), (100, 2), (103, 1), (104, 1), (u64::MAX, 1)] {
            let mut population = description.build().unwrap();
            let mut recorder = Recorder::new(&population, &Variable::ALL, every);
            recorder.reserve(&population, 103).unwrap();
            let mut expected = vec![0.0; 12];
            for step in 0..103 {
                let currents: Vec<f64> = (0..12).map(|cell| f64::from((step * 7 + cell * 31) % 60)).collect();
                population.load(Currents::F64(&currents)).unwrap();
                population.step(description.options()).unwrap();
                recorder.record(&population);
                expected.iter_mut().zip(population.read(Variable::Spikes)).for_each(|(sum, fired)| *sum += fired);
            }
            // A second call adds nothing.
            recorder.finish(&population).unwrap();
            recorder.finish(&population).unwrap();
            assert_eq!((recorder.steps().len(), recorder.steps().last()), (rows, Some(&102)), "every {every}");
            for (variable, samples) in recorder.columns() {
                let row = if *variable == Variable::Adaptation { 6 } else { 12 };
                assert_eq!(samples.len(), rows * row, "every {every}: {variable}");
            }
            let spikes = recorder.samples(Variable::Spikes).unwrap().clone().into_f64();
            let sums: Vec<f64> = (0..12).map(|cell| spikes.iter().skip(cell).step_by(12).sum()).collect();
            assert!(expected.iter().sum::<f64>() > 30.0);
            assert_eq!(sums, expected, "every {every}");
            let last = recorder.samples(Variable::Voltage).unwrap().clone().into_f64();
            assert_eq!(last[last.len() - 12..], population.read(Variable::Voltage), "every {every}");
        }
    }

    const ALIF: AlifParams<2> = AlifParams {
        step_time: 1.0,
        rest_v: -60.0,
        reset_v: -65.0,
        thresh_eq_v: -50.0,
        refrac_t: 2.0,
        tc_membrane: 20.0,
        tc_adaptation: [30.0, 90.0],
        spike_increment: [0.5, 0.25],
        resistance: 1.0,
    };

    /// `Population` and `DynPopulation` record alike, and chosen neurons are recorded as among all neurons.
    fn chosen_among_all<S: Stored>(scalar: NumberFormat) {
        let mut description = Description::new(Spec::new(ALIF), &[2, 3]);
        (description.spec.scalar, description.batch_size) = (scalar, 2);
        let mut described = description.build().unwrap();
        let mut typed = Population::<Alif<S, 2>>::builder(ALIF).shape(&[2, 3]).batch_size(2).build().unwrap();
        let currents: Vec<f64> = (0..12).map(|cell| 12.0 + 4.0 * f64::from(cell)).collect();
        let chosen = [4, 0, 5];
        for every in [1, 3] {
            let mut all = Recorder::new(&described, &Variable::ALL, every).with_events();
            let mut twin = Recorder::new(&typed, &Variable::ALL, every).with_events();
            let mut few = Recorder::new(&typed, &Variable::ALL, every).neurons(&chosen).unwrap().with_events();
            few.reserve(&typed, 40).unwrap();
            described.load(Currents::F64(&currents)).unwrap();
            described.run(40, description.options(), |population| all.record(population)).unwrap();
            let scalars: Vec<S> = currents.iter().map(|na| S::nearest(*na)).collect();
            let both = |population: &Population<_>| {
                twin.record(population);
                few.record(population);
            };
            typed.run(&scalars, 40, description.options(), both).unwrap();
            all.finish(&described).unwrap();
            twin.finish(&typed).unwrap();
            few.finish(&typed).unwrap();
            assert_eq!((all.columns(), all.events()), (twin.columns(), twin.events()));
            assert_eq!(few.steps().len(), 40_usize.div_ceil(every as usize));
            for (variable, samples) in few.columns() {
                let whole = all.samples(*variable).unwrap().clone().into_f64();
                let width = if *variable == Variable::Adaptation { 2 } else { 1 };
                let of_row = |row: &[f64]| {
                    let samples = row.chunks(6 * width);
                    let pick = |sample: &[f64]| {
                        chosen.iter().flat_map(|i| sample[i * width..][..width].to_vec()).collect::<Vec<_>>()
                    };
                    samples.flat_map(pick).collect::<Vec<_>>()
                };
                let expected: Vec<f64> = whole.chunks(12).flat_map(of_row).collect();
                assert_eq!(samples.clone().into_f64(), expected, "{variable}, every {every}");
            }
            let is_chosen = |event: &&Event| chosen.contains(&(event.neuron as usize));
            assert!(all.events().iter().filter(is_chosen).eq(few.events()));
            assert!(few.events().len() > 5, "{}", few.events().len());
            let spikes: f64 = all.samples(Variable::Spikes).unwrap().clone().into_f64().iter().sum();
            assert_eq!(all.events().len() as f64, spikes);
            assert!(all.events().is_sorted_by_key(|event| (event.step, event.sample, event.neuron)));
        }
    }

    #[test]
    fn chosen_neurons_and_events_match_the_full_record() {
        chosen_among_all::<f32>(NumberFormat::F32);
        chosen_among_all::<f64>(NumberFormat::F64);
        chosen_among_all::<I16F16>(NumberFormat::I16F16);
        chosen_among_all::<I8F8>(NumberFormat::I8F8);
        let population = Description::new(Spec::new(ALIF), &[2, 3]).build().unwrap();
        let told = Recorder::new(&population, &[], 1).neurons(&[5, 6]).unwrap_err().to_string();
        assert_eq!(told, "neuron 6: the population has 6 neurons, counted from 0");
    }
}
