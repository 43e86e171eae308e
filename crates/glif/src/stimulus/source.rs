//! The currents of a stimulus, step by step.

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{LARGEST, Stimulus, StimulusError, duration, require};
use crate::currents::{CurrentRange, CurrentSpan};
use crate::memory;
use crate::random::{exp, gaussian_pair, spike_count};

/// Maximum expected spikes per step. Counting takes time in proportion to them, and exp(-500) is still a normal
/// number.
const MOST_SPIKES: f64 = 500.0;
/// Relative precision to which an onset equals the start of a step: 3 · 0.7 is less than 2.1 in binary.
const PRECISION: f64 = 1e-12;

/// A stimulus prepared for one run: call [`fill`](Source::fill) once for every step.
///
/// [`DynPopulation::save_with_stimulus`](crate::DynPopulation::save_with_stimulus) saves its position together
/// with the state of the population that it drives, so that a later run continues with the currents of the next
/// step.
#[derive(Debug, Clone)]
pub struct Source {
    stimulus: Stimulus,
    cells: usize,
    step_time: f64,
    seed: u64,
    signal: Signal,
    step: u64,
    random: ChaCha8Rng,
    /// Current of each synapse or correlated noise, nA; empty for other stimuli.
    currents: Vec<f64>,
}

/// A source between two steps, as a snapshot stores it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Paused {
    stimulus: Stimulus,
    cells: u64,
    /// Length of a step, ms.
    step_time: f64,
    seed: u64,
    /// Length of a ramp's first run, in steps; 0 for other stimuli.
    steps: u64,
    /// The next step.
    step: u64,
    /// Position in ChaCha's stream, in 32-bit words.
    word: u128,
    /// Current of each synapse or correlated noise, nA; empty for other stimuli.
    currents: Vec<f64>,
}

/// A stimulus with times in steps instead of milliseconds.
#[derive(Debug, Clone)]
enum Signal {
    Step {
        before: f64,
        after: f64,
        onset: u64,
    },
    Ramp {
        from: f64,
        to: f64,
        last: u64,
    },
    Noise {
        mean: f64,
        deviation: f64,
    },
    /// The current seldom reaches `most`; `mean` is its mean over time.
    Poisson {
        no_spike: f64,
        weight: f64,
        decay: f64,
        most: f64,
        mean: f64,
    },
    OrnsteinUhlenbeck {
        mean: f64,
        deviation: f64,
        decay: f64,
    },
}

impl Source {
    /// Prepares `stimulus` for `cells` (samples × neurons) and a run of `steps`, each of `step_time` ms.
    ///
    /// # Errors
    /// Those of [`Stimulus::check`]. Returns an error if the step time is not positive, a Poisson rate exceeds
    /// 500 spikes per step, the deviation of a density in one step exceeds 1e18 nA, or the cells do not fit in
    /// memory.
    pub fn new(stimulus: Stimulus, cells: usize, step_time: f64, steps: u64, seed: u64) -> Result<Self, StimulusError> {
        stimulus.check()?;
        duration("step_time", step_time)?;
        let mut kept = 0;
        let signal = match stimulus {
            Stimulus::Constant { current } => Signal::Step { before: current, after: current, onset: 0 },
            Stimulus::Step { before, after, onset } => {
                let onset = (onset / step_time * (1.0 - PRECISION)).ceil();
                Signal::Step { before, after, onset: onset as u64 } // saturates: an onset after every run
            }
            Stimulus::Ramp { from, to } => Signal::Ramp { from, to, last: steps.saturating_sub(1) },
            Stimulus::Noise { mean, deviation } => Signal::Noise { mean, deviation },
            Stimulus::NoiseDensity { mean, density } => {
                let deviation = density / step_time.sqrt();
                let rule =
                    format!("too large: its standard deviation in a step of {step_time} ms must be at most 1e18 nA");
                require(deviation <= LARGEST, "density", density, "nA·√ms", &rule)?;
                Signal::Noise { mean, deviation }
            }
            Stimulus::Poisson { rate, weight, time_constant } => {
                let expected = rate * (step_time / 1000.0);
                let most = MOST_SPIKES / (step_time / 1000.0);
                let rule = format!("must be at most {most}: {MOST_SPIKES} spikes in a step of {step_time} ms");
                require(expected <= MOST_SPIKES, "rate", rate, "Hz", &rule)?;
                kept = cells;
                let spikes = rate * time_constant / 1000.0; // within a time constant
                let most = (spikes + 6.0 * (spikes / 2.0).sqrt()).max(1.0); // a single one if they are far apart
                let decay = exp(-step_time / time_constant);
                Signal::Poisson { no_spike: exp(-expected), weight, decay, most: weight * most, mean: weight * spikes }
            }
            Stimulus::OrnsteinUhlenbeck { mean, deviation, time_constant } => {
                kept = cells;
                Signal::OrnsteinUhlenbeck { mean, deviation, decay: exp(-step_time / time_constant) }
            }
        };
        let currents = memory::filled(0.0, kept).ok_or_else(|| {
            let rule = "too many: their currents do not fit in memory".to_owned();
            StimulusError { name: "cells", value: cells as f64, unit: "", rule }
        })?;
        let random = ChaCha8Rng::seed_from_u64(seed);
        Ok(Self { stimulus, cells, step_time, seed, signal, step: 0, random, currents })
    }

    /// Returns the stimulus that it was created from.
    pub fn stimulus(&self) -> &Stimulus {
        &self.stimulus
    }

    /// Returns the number of cells: samples × neurons.
    pub fn cells(&self) -> usize {
        self.cells
    }

    /// Returns the length of a step, ms.
    pub fn step_time(&self) -> f64 {
        self.step_time
    }

    /// Returns the seed of the random numbers.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Returns the number of steps for which it has produced currents, over all runs.
    pub fn position(&self) -> u64 {
        self.step
    }

    /// Returns the span of its currents for a population with this range.
    ///
    /// Random currents exceed the span about once in 10,000 values.
    pub fn span(&self, range: &CurrentRange) -> CurrentSpan {
        match self.signal {
            Signal::Step { before, after, .. } => {
                let sustained = before.abs().max(after.abs());
                CurrentSpan { sustained, ..CurrentSpan::of(range, [before, after]) }
            }
            Signal::Ramp { from, to, .. } => CurrentSpan::between(range, from.min(to), from.max(to)),
            Signal::Noise { mean, deviation } | Signal::OrnsteinUhlenbeck { mean, deviation, .. } => {
                CurrentSpan::between(range, mean - 4.0 * deviation, mean + 4.0 * deviation)
            }
            Signal::Poisson { most, mean, .. } => {
                CurrentSpan { sustained: mean.abs(), ..CurrentSpan::between(range, most.min(0.0), most.max(0.0)) }
            }
        }
    }

    /// Returns what a snapshot stores of it.
    pub(crate) fn pause(&self) -> Paused {
        Paused {
            stimulus: self.stimulus.clone(),
            cells: self.cells as u64,
            step_time: self.step_time,
            seed: self.seed,
            steps: if let Signal::Ramp { last, .. } = self.signal { last.saturating_add(1) } else { 0 },
            step: self.step,
            word: self.random.get_word_pos(),
            currents: self.currents.clone(),
        }
    }

    /// Restores a paused source for a population with `cells` cells and this step time (ms).
    ///
    /// # Errors
    /// Returns a message if a value is invalid or belongs to another population.
    pub(crate) fn resume(paused: Paused, cells: usize, step_time: f64) -> Result<Self, String> {
        // Nothing is allocated for cells that the population does not have.
        if paused.cells != cells as u64 || paused.step_time.to_bits() != step_time.to_bits() {
            return Err("the stimulus is of another population".to_owned());
        }
        let mut source = Self::new(paused.stimulus, cells, step_time, paused.steps, paused.seed)
            .map_err(|error| format!("the stimulus is invalid: {error}"))?;
        let finite = paused.currents.iter().all(|current| current.is_finite());
        if source.currents.len() != paused.currents.len() || !finite {
            return Err("the stimulus has invalid currents".to_owned());
        }
        source.currents = paused.currents;
        source.step = paused.step;
        source.random.set_word_pos(paused.word);
        Ok(source)
    }

    /// Writes the currents of the next step, nA, sample by sample, one for each cell.
    ///
    /// `out` has one value for each cell. Values beyond the cells may stay unchanged.
    pub fn fill(&mut self, out: &mut [f64]) {
        let Self { step, random, currents, .. } = self;
        match self.signal {
            Signal::Step { before, after, onset } => out.fill(if *step < onset { before } else { after }),
            Signal::Ramp { from, to, last } => out.fill(ramp(from, to, *step, last)),
            Signal::Noise { mean, deviation } => {
                for pair in out.chunks_mut(2) {
                    let drawn = gaussian_pair(random);
                    pair.iter_mut().zip(drawn).for_each(|(out, z)| *out = mean + deviation * z);
                }
            }
            Signal::Poisson { no_spike, weight, decay, .. } => {
                for (out, current) in out.iter_mut().zip(currents) {
                    *current = *current * decay + weight * f64::from(spike_count(random, no_spike));
                    *out = *current;
                }
            }
            Signal::OrnsteinUhlenbeck { mean, deviation, decay } => {
                // The first step has the same deviation as all others.
                let (kept, new) = if *step == 0 { (0.0, 1.0) } else { (decay, (1.0 - decay * decay).sqrt()) };
                for (pair, currents) in out.chunks_mut(2).zip(currents.chunks_mut(2)) {
                    for ((out, current), z) in pair.iter_mut().zip(currents).zip(gaussian_pair(random)) {
                        *current = *current * kept + deviation * new * z;
                        *out = mean + *current;
                    }
                }
            }
        }
        *step = step.saturating_add(1);
    }
}

fn ramp(from: f64, to: f64, step: u64, last: u64) -> f64 {
    match step {
        0 => from,
        step if step >= last => to,
        step => from + (to - from) * step as f64 / last as f64,
    }
}

#[cfg(test)]
mod tests;
