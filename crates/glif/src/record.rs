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
//!     population.step(description.flags())?;
//!     recorder.record(&population);
//! }
//! assert_eq!(recorder.steps(), [9, 19, 29, 39, 49, 59, 69, 79, 89, 99]);
//! assert_eq!(recorder.samples(Variable::Voltage).unwrap().len(), 10 * 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;
use std::str::FromStr;

use glif_core::Representation;
use thiserror::Error;

use crate::kernel::Kernel;
use crate::population::Population;
use crate::{AnyPopulation, memory};

/// What can be recorded, read and written of a population.
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
        found.ok_or_else(|| format!("unknown variable `{name}`; known are {}", Self::ALL.map(Self::name).join(", ")))
    }
}

impl Variable {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Spikes, Self::Voltage, Self::Refrac, Self::Adaptation];

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spikes => "spikes",
            Self::Voltage => "voltage",
            Self::Refrac => "refrac",
            Self::Adaptation => "adaptation",
        }
    }
}

/// Values of a variable, one step after the other.
#[derive(Debug, Clone, PartialEq)]
pub enum Samples {
    /// Exact for spikes and for scalars of up to 24 bits; refractory times (ms) are the nearest.
    F32(Vec<f32>),
    /// Exact for every scalar.
    F64(Vec<f64>),
    /// Whether each neuron fired in a step.
    Bool(Vec<bool>),
    /// How often each neuron fired in several steps.
    Counts(Vec<u32>),
}

impl Samples {
    /// How many values there are.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
            Self::Bool(values) => values.len(),
            Self::Counts(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All values as f64; exact.
    pub fn into_f64(self) -> Vec<f64> {
        match self {
            Self::F32(values) => values.into_iter().map(f64::from).collect(),
            Self::F64(values) => values,
            Self::Bool(values) => values.into_iter().map(|value| f64::from(u8::from(value))).collect(),
            Self::Counts(values) => values.into_iter().map(f64::from).collect(),
        }
    }

    /// Bytes a value.
    fn width(&self) -> u128 {
        match self {
            Self::F32(_) | Self::Counts(_) => 4,
            Self::F64(_) => 8,
            Self::Bool(_) => 1,
        }
    }

    fn push(&mut self, value: f64) {
        match self {
            Self::F32(values) => values.push(value as f32),
            Self::F64(values) => values.push(value),
            Self::Bool(values) => values.push(value != 0.0),
            Self::Counts(values) => values.push(value as u32),
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

impl<M: Kernel> Population<M> {
    /// Appends a variable as it stands now, in Inferno's layout.
    pub fn sample(&self, variable: Variable, to: &mut Samples) {
        match variable {
            Variable::Spikes => self.refractory.iter().for_each(|r| to.push(f64::from(u8::from(r.fired())))),
            Variable::Voltage => self.membrane.iter().for_each(|v| to.push(v.to_f64())),
            Variable::Refrac => (0..self.refractory.len()).for_each(|i| to.push(self.refrac_of(i))),
            Variable::Adaptation => self.components().for_each(|value| to.push(value.to_f64())),
        }
    }
}

/// A recording that does not fit in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "a recording of {values} values of {variable} does not fit in memory; record fewer variables, or every n-th step"
)]
pub struct RecordError {
    /// Which variable; `steps` for the numbers of the rows.
    pub variable: &'static str,
    /// How many values it would have.
    pub values: u128,
}

/// Records chosen variables of one population, in one batch size: a row every n-th step, and no spike is lost in between.
///
/// With n = 1 a row of spikes says whether each neuron fired in that step. With a larger n it counts each neuron's spikes
/// of the n steps that end with the row's own. All other variables are as they stand after the row's step.
/// [`finish`](Self::finish) adds a row for the steps that are left over at the end of a run, so that the rows of spikes
/// add up to all spikes of the run.
///
/// A neuron under a current so strong that it fires whenever it can:
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
///     population.step(description.flags())?;
///     recorder.record(&population);
///     sparse.record(&population);
/// }
/// assert_eq!(recorder.columns().len(), 3); // a LIF has no adaptation
/// let refrac = recorder.samples(Variable::Refrac).unwrap().clone().into_f64();
/// assert_eq!(refrac.chunks(3).map(|step| step[1]).collect::<Vec<_>>(), [2.0, 1.0, 2.0, 1.0, 2.0]); // ms
/// sparse.finish(&population);
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
    /// Spikes of each cell since the last row; empty where a row is one step, or spikes are not recorded.
    counts: Vec<u32>,
}

impl Recorder {
    /// Records `variables` of `population` after every `every`-th step (0 counts as 1, and more than `u32::MAX` as that:
    /// no neuron fires more often between two rows than a count can hold). A model without threshold components has no
    /// adaptation to record.
    pub fn new(population: &AnyPopulation, variables: &[Variable], every: u64) -> Self {
        let every = every.clamp(1, u32::MAX.into());
        let has = |variable: &Variable| {
            *variable != Variable::Adaptation || population.description().model().adaptation().is_some()
        };
        let samples = |variable| match variable {
            Variable::Spikes if every > 1 => Samples::Counts(Vec::new()),
            Variable::Spikes => Samples::Bool(Vec::new()),
            _ => population.samples(),
        };
        let columns: Vec<_> =
            variables.iter().copied().filter(has).map(|variable| (variable, samples(variable))).collect();
        let counted = columns.iter().any(|(_, samples)| matches!(samples, Samples::Counts(_)));
        let cells = population.neurons() * population.description().batch_size;
        let counts = vec![0; if counted { cells } else { 0 }];
        Self { every, seen: 0, steps: Vec::new(), columns, counts }
    }

    /// Makes room for a run of `steps`.
    ///
    /// # Errors
    /// If it does not fit in memory.
    pub fn reserve(&mut self, population: &AnyPopulation, steps: u64) -> Result<(), RecordError> {
        let mut bytes = 0;
        for at in 0..self.columns.len() {
            let values = self.values(at, population, steps);
            let (variable, samples) = &mut self.columns[at];
            bytes += values * samples.width();
            let error = RecordError { variable: variable.name(), values };
            // Together with the columns before it, none of which has been filled.
            if !memory::fits(bytes) {
                return Err(error);
            }
            let count = usize::try_from(values).map_err(|_| error)?;
            samples.reserve(count).map_err(|_| error)?;
        }
        let rows = steps.div_ceil(self.every);
        let error = RecordError { variable: "steps", values: rows.into() };
        let count = usize::try_from(rows).map_err(|_| error)?;
        let fits = memory::fits(self.bytes(population, steps)) && self.steps.try_reserve_exact(count).is_ok();
        if fits { Ok(()) } else { Err(error) }
    }

    /// Bytes that a recording of `steps` takes, with the numbers of its rows.
    pub fn bytes(&self, population: &AnyPopulation, steps: u64) -> u128 {
        let columns = self.columns.iter().enumerate();
        let values: u128 = columns.map(|(at, (_, samples))| self.values(at, population, steps) * samples.width()).sum();
        values + u128::from(steps.div_ceil(self.every)) * size_of::<u64>() as u128
    }

    /// How many values a column has after a run of `steps`.
    fn values(&self, column: usize, population: &AnyPopulation, steps: u64) -> u128 {
        let cells = population.neurons() as u128 * population.description().batch_size as u128;
        let components = population.neurons() as u128 * population.components() as u128;
        let each = if self.columns[column].0 == Variable::Adaptation { components } else { cells };
        each * u128::from(steps.div_ceil(self.every))
    }

    /// To be called after each step.
    pub fn record(&mut self, population: &AnyPopulation) {
        self.seen += 1;
        if !self.counts.is_empty() {
            let neurons = population.neurons();
            population.fired().iter().for_each(|(sample, neuron)| self.counts[sample * neurons + neuron] += 1);
        }
        if self.seen.is_multiple_of(self.every) {
            self.row(population);
        }
    }

    /// To be called after the last step: adds a row for the steps since the last row, if there are any.
    pub fn finish(&mut self, population: &AnyPopulation) {
        if !self.seen.is_multiple_of(self.every) && self.steps.last().is_none_or(|last| last + 1 < self.seen) {
            self.row(population);
        }
    }

    fn row(&mut self, population: &AnyPopulation) {
        self.steps.push(self.seen - 1);
        for (variable, samples) in &mut self.columns {
            match samples {
                Samples::Counts(values) => values.extend_from_slice(&self.counts),
                samples => population.sample(*variable, samples),
            }
        }
        self.counts.fill(0);
    }

    /// The step of each row, counted from the recorder's first step, which is 0.
    pub fn steps(&self) -> &[u64] {
        &self.steps
    }

    /// The values of a variable, row after row; `None` if it is not recorded.
    pub fn samples(&self, variable: Variable) -> Option<&Samples> {
        self.columns.iter().find(|(name, _)| *name == variable).map(|(_, samples)| samples)
    }

    /// Everything recorded.
    pub fn columns(&self) -> &[(Variable, Samples)] {
        &self.columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Currents, Description};

    #[test]
    fn rows_that_are_far_apart_keep_every_spike() {
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
                population.step(description.flags()).unwrap();
                recorder.record(&population);
                expected.iter_mut().zip(population.read(Variable::Spikes)).for_each(|(sum, fired)| *sum += fired);
            }
            // A second call adds nothing.
            recorder.finish(&population);
            recorder.finish(&population);
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
}
