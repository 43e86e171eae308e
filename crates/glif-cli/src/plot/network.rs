//! Pictures of networks: who fires when, and how often.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use glif::network::{Network, NetworkDescription};
use glif::output::say;
use glif::{Number, memory, text};
use glif_cli::arrays::{self, Inputs};
use glif_plot::{Activity, Curve, Curves, Group, Look};

use super::Common;
use crate::duration::Ms;
use crate::run::network::{check_drawn, drawn, load};

/// A network, its inputs and the length of its run.
pub(super) struct Simulation {
    network: Network,
    inputs: Option<Inputs>,
    steps: usize,
}

impl Simulation {
    /// Reads a network and its inputs, and prints notes on standard error. Without inputs, `steps` returns the length of a
    /// run with this step time.
    pub(super) fn of(
        path: &Path,
        input: Option<&PathBuf>,
        seed: Option<u64>,
        steps: impl FnOnce(f64) -> Result<u64>,
    ) -> Result<Self> {
        let mut description = arrays::read_network(path)?;
        description.seed = seed.unwrap_or(description.seed);
        check_drawn(&description)?;
        let network = arrays::build_network(path, &description)?;
        let inputs = input.map(|path| arrays::read_inputs(path, &description)).transpose()?;
        let steps = match &inputs {
            Some(inputs) => inputs.steps,
            None => usize::try_from(steps(description.step_time)?)?,
        };
        let driven: Vec<&str> = inputs.iter().flat_map(|inputs| &inputs.of).map(|(name, ..)| name.as_str()).collect();
        crate::note_network(path, &network, Some(&driven));
        Ok(Self { network, inputs, steps })
    }

    /// Runs the first sample, and calls `fired` with step, number of the population and neuron of each spike.
    fn run(&mut self, mut fired: impl FnMut(usize, usize, usize)) -> Result<()> {
        let names: Vec<String> = drawn(self.network.description()).map(|(name, _)| name.to_owned()).collect();
        for step in 0..self.steps {
            let at = || format!("step {step}");
            load(&mut self.network, self.inputs.as_ref(), 0, step).with_context(at)?;
            self.network.step().with_context(at)?;
            for (population, name) in names.iter().enumerate() {
                self.network.fired(name)?.iter().for_each(|(_, neuron)| fired(step, population, neuron));
            }
        }
        Ok(())
    }

    /// Returns the title: file, number format, and the sample if there are several.
    fn title(&self, path: &Path) -> String {
        title(path, self.network.description(), self.inputs.as_ref().and_then(|inputs| inputs.samples))
    }
}

/// Returns the title of a picture of a network: file, number format, and the sample if there are several.
pub(crate) fn title(path: &Path, description: &NetworkDescription, samples: Option<usize>) -> String {
    let sample = if samples.unwrap_or(1) > 1 { ", sample 0" } else { "" };
    format!("{}: network in {}{sample}", super::stem(path), description.scalar)
}

/// Returns an empty raster of all populations, the first one lowest.
pub(crate) fn activity(title: String, description: &NetworkDescription, steps: usize) -> Activity {
    let groups: Vec<Group> =
        drawn(description).map(|(name, neurons)| Group { name: name.to_owned(), neurons }).collect();
    let neurons = groups.iter().map(|group| group.neurons).sum();
    Activity::new(title, steps, neurons, description.step_time).grouped(groups)
}

/// Draws who fires when.
pub(super) fn raster(common: &Common, mut simulation: Simulation) -> Result<()> {
    let description = simulation.network.description().clone();
    let mut activity = activity(simulation.title(&common.population), &description, simulation.steps);
    let firsts = firsts(&description);
    simulation.run(|step, population, neuron| activity.add(step, firsts[population] + neuron))?;
    common.save(&activity)
}

/// Returns the place of the first neuron of each population among all neurons.
fn firsts(description: &NetworkDescription) -> Vec<usize> {
    drawn(description).scan(0, |next, (_, neurons)| Some(std::mem::replace(next, *next + neurons))).collect()
}

/// Draws the spikes of a recording. A note names the populations whose spikes it does not have.
pub(super) fn recorded(common: &Common, description: &NetworkDescription, path: &Path) -> Result<()> {
    let populations: Vec<(&str, &[usize])> =
        description.populations.iter().map(|(name, kind)| (name.as_str(), kind.shape())).collect();
    let recording = arrays::read_recording(path, &populations)?;
    let title = title(&common.population, description, Some(recording.samples));
    let mut activity = activity(title, description, recording.steps);
    for (((name, _), spikes), first) in populations.iter().zip(&recording.of).zip(firsts(description)) {
        if spikes.is_none() {
            eprintln!("note: `{}`: has no spikes of `{name}`", text::path(path));
        }
        spikes.iter().flatten().for_each(|(step, neuron)| activity.add(*step, first + neuron));
    }
    common.save(&activity)
}

/// Default window of a mean rate, ms.
const WINDOW: f64 = 10.0;
/// Maximum number of points per curve: more than a picture can show.
const POINTS: usize = 20_000;
/// Curves with a color of their own; further curves are dashed.
const COLOURS: usize = glif_plot::PALETTE.len();

/// Draws the mean rate of each population.
pub(super) fn rate(common: &Common, mut simulation: Simulation, window: Option<f64>) -> Result<()> {
    let window = window.unwrap_or(WINDOW);
    ensure!(window > 0.0 && window.is_finite(), "--window {} ms: must be above 0 and finite", Number(window));
    let description = simulation.network.description().clone();
    let (steps, step_time) = (simulation.steps, description.step_time);
    let window = ((window / step_time).round().max(1.0) as usize).min(steps);
    let counts: Option<Vec<Vec<u32>>> = drawn(&description).map(|_| memory::filled(0, steps)).collect();
    let mut counts = counts.context("the spike counts of a run do not fit in memory\nhelp: use fewer steps")?;
    simulation.run(|step, population, _| counts[population][step] += 1)?;
    let told = Ms(window as f64 * step_time);
    let mut curves = Vec::new();
    for (number, ((name, neurons), counts)) in drawn(&description).zip(&counts).enumerate() {
        let points = smoothed(counts, window, neurons, step_time);
        let sum: u64 = counts.iter().map(|count| u64::from(*count)).sum();
        let mean = sum as f64 / (neurons as f64 * steps as f64 * step_time / 1000.0);
        let most = points.iter().map(|point| point.1).fold(0.0, f64::max);
        say(&format!("{name}: {mean:.1} Hz on average, at most {most:.1} Hz in {told} ms"))?;
        let look = if number < COLOURS { Look::Line } else { Look::Dashes };
        curves.push(Curve { name: name.to_owned(), points, look });
    }
    common.save(&Curves {
        title: format!("{}, mean rate over {told} ms", simulation.title(&common.population)),
        across: "time (ms)".to_owned(),
        up: "rate (Hz)".to_owned(),
        logarithmic: false,
        curves,
    })
}

/// Returns the mean rate, Hz, of windows of so many steps over the middle of each window, ms.
///
/// A window at the end of the run is as much shorter as the run does not contain it.
fn smoothed(counts: &[u32], window: usize, neurons: usize, step_time: f64) -> Vec<(f64, f64)> {
    let (mut points, mut sum) = (Vec::new(), 0_u64);
    let (mut first, mut end) = (0, 0);
    for step in 0..counts.len() {
        let begin = (step + 1).saturating_sub(window.div_ceil(2));
        let stop = (step + 1 + window / 2).min(counts.len());
        sum += counts[end..stop].iter().map(|count| u64::from(*count)).sum::<u64>();
        sum -= counts[first..begin].iter().map(|count| u64::from(*count)).sum::<u64>();
        (first, end) = (begin, stop);
        if step % counts.len().div_ceil(POINTS) == 0 {
            let seconds = (end - first) as f64 * step_time / 1000.0;
            let middle = (first + end) as f64 / 2.0 * step_time;
            points.push((middle, sum as f64 / (neurons as f64 * seconds)));
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_centered_and_shorter_at_the_ends() {
        // Two neurons, steps of 1 ms: a spike in a window of n steps is 500 / n Hz.
        let counts = [1, 0, 0, 0, 2, 0];
        assert_eq!(
            smoothed(&counts, 1, 2, 1.0),
            [(0.5, 500.0), (1.5, 0.0), (2.5, 0.0), (3.5, 0.0), (4.5, 1000.0), (5.5, 0.0)]
        );
        let wide = smoothed(&counts, 4, 2, 1.0);
        assert_eq!(
            wide,
            [(1.5, 500.0 / 3.0), (2.0, 125.0), (3.0, 250.0), (4.0, 250.0), (4.5, 1000.0 / 3.0), (5.0, 500.0)]
        );
        assert_eq!(smoothed(&[1; 50_000], 7, 1, 0.5).len(), 16_667);
        assert!(smoothed(&[1; 50_000], 7, 1, 0.5).iter().all(|point| point.1 == 2000.0));
    }
}
