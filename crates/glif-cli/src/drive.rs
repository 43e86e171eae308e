//! The currents that drive a population: from a file, or from a built-in stimulus.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use glif::stimulus::{Source, Stimulus};
use glif::{CurrentSpan, DynPopulation, Number, limits, memory, text};
use glif_cli::arrays::{self, Currents, Values};

use crate::duration::{self, Ms};

/// Currents and how long they last.
#[derive(Args)]
pub(crate) struct Drive {
    #[command(flatten)]
    from: From,
    /// Length of the run under a built-in stimulus, steps
    #[arg(long, value_name = "T", conflicts_with_all = ["input", "duration"], allow_negative_numbers = true,
          value_parser = crate::whole::<1, { limits::STEPS }>)]
    steps: Option<u64>,
    /// Length of the run under a built-in stimulus, ms, rounded to whole steps
    #[arg(long, value_name = "MS", conflicts_with = "input", allow_negative_numbers = true, value_parser = crate::number)]
    duration: Option<f64>,
    /// Seed of noise and Poisson spikes, 0 by default; equal seeds give equal currents on every machine
    #[arg(long, conflicts_with_all = ["input", "constant", "step", "ramp"], allow_negative_numbers = true,
          value_parser = crate::whole::<0, { u64::MAX }>)]
    seed: Option<u64>,
}

/// Where currents come from.
#[derive(Args)]
#[group(multiple = false)]
struct From {
    /// Currents, nA: float32 or float64 of shape (T, B, *shape); B may be omitted for a batch of 1
    #[arg(long, value_name = "I.npy")]
    input: Option<PathBuf>,
    /// Constant current, nA
    #[arg(long, value_name = "NA", allow_negative_numbers = true, value_parser = crate::number)]
    constant: Option<f64>,
    /// Current that changes once, in the first step that starts at or after the onset: nA, nA, ms
    #[arg(long, num_args = 3, value_names = ["BEFORE", "AFTER", "ONSET"], allow_negative_numbers = true, value_parser = crate::number)]
    step: Option<Vec<f64>>,
    /// Current that changes linearly over the run: nA, nA
    #[arg(long, num_args = 2, value_names = ["FROM", "TO"], allow_negative_numbers = true, value_parser = crate::number)]
    ramp: Option<Vec<f64>>,
    /// Gaussian current, drawn for each step: nA, nA. Its effect on a membrane shrinks with the square root of the step time;
    /// the effect of --noise-psd and --noise-ou does not
    #[arg(long, num_args = 2, value_names = ["MEAN", "DEVIATION"], allow_negative_numbers = true, value_parser = crate::number)]
    noise: Option<Vec<f64>>,
    /// Gaussian white noise with this density, which has the same effect on a membrane at any step time: nA, nA·√ms. The
    /// standard deviation is DENSITY / √step_time for the current, and resistance · DENSITY / √(2 · time constant) for a membrane
    #[arg(long, num_args = 2, value_names = ["MEAN", "DENSITY"], allow_negative_numbers = true, value_parser = crate::number)]
    noise_psd: Option<Vec<f64>>,
    /// Gaussian noise with correlation time TAU (Ornstein-Uhlenbeck), the same for any step time well below TAU: nA, nA, ms
    #[arg(long, num_args = 3, value_names = ["MEAN", "DEVIATION", "TAU"], allow_negative_numbers = true, value_parser = crate::number)]
    noise_ou: Option<Vec<f64>>,
    /// Poisson spikes through an exponential synaptic current: Hz, nA per spike, ms
    #[arg(long, num_args = 3, value_names = ["RATE", "WEIGHT", "TAU"], allow_negative_numbers = true, value_parser = crate::number)]
    poisson: Option<Vec<f64>>,
}

impl From {
    fn stimulus(&self) -> Option<Stimulus> {
        match self {
            Self { constant: Some(current), .. } => Some(Stimulus::Constant { current: *current }),
            Self { step: Some(v), .. } => Some(Stimulus::Step { before: v[0], after: v[1], onset: v[2] }),
            Self { ramp: Some(v), .. } => Some(Stimulus::Ramp { from: v[0], to: v[1] }),
            Self { noise: Some(v), .. } => Some(Stimulus::Noise { mean: v[0], deviation: v[1] }),
            Self { noise_psd: Some(v), .. } => Some(Stimulus::NoiseDensity { mean: v[0], density: v[1] }),
            Self { noise_ou: Some(v), .. } => {
                Some(Stimulus::OrnsteinUhlenbeck { mean: v[0], deviation: v[1], time_constant: v[2] })
            }
            Self { poisson: Some(v), .. } => Some(Stimulus::Poisson { rate: v[0], weight: v[1], time_constant: v[2] }),
            _ => None,
        }
    }
}

impl Drive {
    /// Returns the length of a run without currents from outside, steps.
    pub(crate) fn network_steps(&self, step_time: f64) -> Result<u64> {
        if self.from.stimulus().is_some() {
            return Err(crate::misuse(
                "a network has its stimuli in its file\nhelp: use `drive` in the table of a population",
            ));
        }
        match (self.steps, self.duration) {
            (Some(steps), _) => Ok(steps),
            (None, Some(ms)) => duration::steps("--duration", ms, step_time, 1..=limits::STEPS),
            (None, None) => Err(crate::misuse("a run without --input needs --steps T or --duration MS")),
        }
    }

    /// Returns the seed, if there is one.
    pub(crate) fn seed(&self) -> Option<u64> {
        self.seed
    }

    /// Returns the file of currents, if there is one.
    pub(crate) fn input(&self) -> Option<&PathBuf> {
        self.from.input.as_ref()
    }

    /// Returns the currents for a population and the number of steps. Prints notes on doubtful currents on
    /// standard error.
    pub(crate) fn feed(&self, population: &DynPopulation) -> Result<(Feed, usize)> {
        self.feed_after(population, None)
    }

    /// Like [`feed`](Self::feed), for a population that may be restored from a snapshot.
    ///
    /// If the snapshot has the requested stimulus, this stimulus continues.
    pub(crate) fn feed_after(
        &self,
        population: &DynPopulation,
        restored: Option<Restored<'_>>,
    ) -> Result<(Feed, usize)> {
        let (description, range) = (population.description(), population.current_range());
        if let Some(path) = &self.from.input {
            let Currents { steps, values } = arrays::read_currents(path, description.batch_size, &description.shape)?;
            crate::note_currents(population, &CurrentSpan::of(&range, values.iter()));
            return Ok((Feed::File(values), steps));
        }
        let stimulus = self.from.stimulus().ok_or_else(|| {
            crate::misuse(
                "the currents are missing\nhelp: use --input, --constant, --step, --ramp, --noise, --noise-psd, --noise-ou or --poisson",
            )
        })?;
        let step_time = description.step_time();
        let steps = match (self.steps, self.duration) {
            (Some(steps), _) => steps,
            (None, Some(ms)) => duration::steps("--duration", ms, step_time, 1..=limits::STEPS)?,
            (None, None) => {
                return Err(crate::misuse("a built-in stimulus needs --steps T or --duration MS"));
            }
        };
        let cells = population.neurons() * description.batch_size;
        // A stimulus may store the same number of values again.
        let fits = memory::fits(2 * size_of::<f64>() as u128 * cells as u128);
        let buffer = if fits { memory::filled(0.0, cells) } else { None };
        let buffer = buffer.context("the currents of one step do not fit in memory")?;
        let seed = self.seed.unwrap_or(0);
        let source = match restored.and_then(|restored| self.kept(&stimulus, seed, restored)) {
            Some(source) => source,
            None => Source::new(stimulus, cells, step_time, steps, seed)?,
        };
        let end = source.position().saturating_add(steps) as f64 * step_time;
        if let Stimulus::Step { after, onset, .. } = *source.stimulus()
            && onset >= end
        {
            let (end, onset, after) = (Ms(end), Number(onset), Number(after));
            eprintln!("note: --step: the run ends at {end} ms, before the step to {after} nA at {onset} ms");
        }
        crate::note_currents(population, &source.span(&range));
        Ok((Feed::Built { source: Box::new(source), buffer }, usize::try_from(steps)?))
    }

    /// Returns the stimulus of the snapshot if it is the requested one.
    fn kept(&self, stimulus: &Stimulus, seed: u64, restored: Restored<'_>) -> Option<Source> {
        let (path, asked) = (text::path(restored.path), named(stimulus, seed));
        match restored.source {
            Some(source)
                if source.stimulus() == stimulus
                    && (!stimulus.is_random() || self.seed.is_none_or(|seed| seed == source.seed())) =>
            {
                if stimulus.is_random() && source.seed() != seed {
                    eprintln!("note: `{path}`: the stimulus continues with seed {} of the snapshot", source.seed());
                }
                return Some(source);
            }
            _ if matches!(stimulus, Stimulus::Constant { .. }) => {}
            Some(source) => {
                let kept = named(source.stimulus(), source.seed());
                eprintln!("note: `{path}`: the snapshot has the stimulus {kept}; {asked} starts from its beginning");
            }
            None => eprintln!("note: `{path}`: the snapshot has no stimulus; {asked} starts from its beginning"),
        }
        None
    }
}

/// The snapshot from which a run continues, and its stimulus.
pub(crate) struct Restored<'a> {
    pub(crate) path: &'a Path,
    pub(crate) source: Option<Source>,
}

/// Formats a stimulus as its command line option.
fn named(stimulus: &Stimulus, seed: u64) -> String {
    let option = match stimulus {
        Stimulus::Constant { .. } => "--constant",
        Stimulus::Step { .. } => "--step",
        Stimulus::Ramp { .. } => "--ramp",
        Stimulus::Noise { .. } => "--noise",
        Stimulus::NoiseDensity { .. } => "--noise-psd",
        Stimulus::OrnsteinUhlenbeck { .. } => "--noise-ou",
        Stimulus::Poisson { .. } => "--poisson",
    };
    let numbers: String = stimulus.values().into_iter().map(|number| format!(" {}", Number(number))).collect();
    let seed = if stimulus.is_random() { format!(" --seed {seed}") } else { String::new() };
    format!("`{option}{numbers}{seed}`")
}

/// Currents for consecutive steps.
pub(crate) enum Feed {
    File(Values),
    Built { source: Box<Source>, buffer: Vec<f64> },
}

impl Feed {
    /// Returns the stimulus of the currents in its current state.
    pub(crate) fn source(&self) -> Option<&Source> {
        match self {
            Self::File(_) => None,
            Self::Built { source, .. } => Some(source),
        }
    }

    /// Loads the currents of a step into populations of the same shape. Steps must be consecutive.
    pub(crate) fn load<'p>(&mut self, to: impl IntoIterator<Item = &'p mut DynPopulation>, step: usize) -> Result<()> {
        if let Self::Built { source, buffer } = self {
            source.fill(buffer);
        }
        for population in to {
            let cells = population.neurons() * population.description().batch_size;
            let range = step * cells..(step + 1) * cells;
            let currents = match self {
                Self::File(Values::F32(values)) => glif::Currents::F32(&values[range]),
                Self::File(Values::F64(values)) => glif::Currents::F64(&values[range]),
                Self::Built { buffer, .. } => glif::Currents::F64(buffer),
            };
            population.load(currents).with_context(|| format!("step {step}"))?;
        }
        Ok(())
    }

    /// Returns the current that [`load`](Self::load) gave to a cell of `cells` in this step, nA.
    pub(crate) fn current(&self, step: usize, cells: usize, cell: usize) -> f64 {
        match self {
            Self::File(Values::F32(values)) => f64::from(values[step * cells + cell]),
            Self::File(Values::F64(values)) => values[step * cells + cell],
            Self::Built { buffer, .. } => buffer[cell],
        }
    }
}
