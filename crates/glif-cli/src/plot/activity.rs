//! The activity of a population under a current: rasters and traces.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use glif::{Description, DynPopulation, Variable, file, memory};
use glif_cli::arrays;
use glif_plot::{Activity, Trace, Traces};

use super::Common;
use super::network::{self, Simulation};
use crate::drive::Drive;

/// Draws who fires when.
#[derive(Args)]
#[command(override_usage = "glif plot raster POPULATION.toml --input I.npy --output FILE.svg|png
       glif plot raster POPULATION.toml --constant NA --steps T --output FILE.svg|png
       glif plot raster NETWORK.toml --input IN.npz --output FILE.svg|png
       glif plot raster NETWORK.toml --steps T --output FILE.svg|png
       glif plot raster FILE.toml --recording OUT.npz --output FILE.svg|png")]
pub(super) struct RasterArguments {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    drive: Drive,
    /// Draw the spikes that `glif run --output` recorded, as events or in each step, instead of running
    #[arg(long, value_name = "OUT.npz", conflicts_with_all = ["input", "constant", "step", "ramp", "noise", "noise_psd",
          "noise_ou", "poisson", "steps", "duration", "seed"])]
    recording: Option<PathBuf>,
}

/// Draws current, membrane and threshold.
#[derive(Args)]
#[command(override_usage = "glif plot trace POPULATION.toml --input I.npy --output FILE.svg|png [OPTIONS]
       glif plot trace POPULATION.toml --constant NA --steps T --output FILE.svg|png [OPTIONS]")]
pub(super) struct TraceArguments {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    drive: Drive,
    /// Neurons to draw, counted from 0 in C order
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "0", allow_negative_numbers = true)]
    neuron: Vec<usize>,
}

/// Maximum number of neurons in a picture: each adds 420 pixels to its height.
const MOST_NEURONS: usize = 50;

pub(super) fn raster(arguments: &RasterArguments) -> Result<()> {
    let RasterArguments { common, drive, recording } = arguments;
    if let Some(path) = recording {
        return recorded(common, path);
    }
    if crate::is_network(&common.population) {
        file::check_writable(&common.output)?;
        let steps = |step_time| drive.network_steps(step_time);
        let simulation = Simulation::of(&common.population, drive.input(), drive.seed(), steps)?;
        return network::raster(common, simulation);
    }
    let description = arguments.common.description()?;
    super::check_fires(&description)?;
    let mut population = description.build()?;
    let (mut feed, steps) = arguments.drive.feed(&population)?;
    let (title, neurons) = (title(&arguments.common.population, &description), population.neurons());
    let mut activity = Activity::new(title, steps, neurons, description.step_time());
    for step in 0..steps {
        feed.load([&mut population], step)?;
        let fired = population.step(description.options()).with_context(|| format!("step {step}"))?;
        fired.iter().take_while(|(sample, _)| *sample == 0).for_each(|(_, neuron)| activity.add(step, neuron));
    }
    arguments.common.save(&activity)
}

/// Draws the spikes of a recording.
fn recorded(common: &Common, path: &Path) -> Result<()> {
    file::check_writable(&common.output)?;
    file::check_distinct(&[&common.population, path], &[&common.output])?;
    if crate::is_network(&common.population) {
        let description = arrays::read_network(&common.population)?;
        return network::recorded(common, &description, path);
    }
    let description = common.description()?;
    let recording = arrays::read_recording(path, &[("", &description.shape)])?;
    let (title, neurons) = (title(&common.population, &description), description.shape.iter().product());
    let mut activity = Activity::new(title, recording.steps, neurons, description.step_time());
    recording.of.iter().flatten().flatten().for_each(|(step, neuron)| activity.add(*step, *neuron));
    common.save(&activity)
}

pub(super) fn trace(arguments: &TraceArguments) -> Result<()> {
    let description = arguments.common.description()?;
    let mut population = description.build()?;
    let neurons = population.neurons();
    let drawn = arguments.neuron.len();
    ensure!(drawn <= MOST_NEURONS, "--neuron: {drawn} neurons, but a picture shows at most {MOST_NEURONS}");
    for neuron in &arguments.neuron {
        ensure!(*neuron < neurons, "--neuron {neuron}: the population has {neurons}, 0 to {}", neurons - 1);
    }
    let (mut feed, steps) = arguments.drive.feed(&population)?;
    let cells = neurons * description.batch_size;
    let values = 3 * size_of::<f64>() as u128 * steps as u128 * arguments.neuron.len() as u128;
    ensure!(memory::fits(values), "traces of {steps} steps do not fit in memory\nhelp: use fewer steps");
    let empty = |neuron: &usize| {
        let [current, voltage, threshold] = [(); 3].map(|()| memory::room(steps));
        let name = format!("neuron {neuron}");
        Some(Trace { name, current: current?, voltage: voltage?, threshold: threshold?, spikes: Vec::new() })
    };
    let traces: Option<Vec<Trace>> = arguments.neuron.iter().map(empty).collect();
    let mut traces = traces.context("traces do not fit in memory\nhelp: use fewer steps")?;
    for step in 0..steps {
        feed.load([&mut population], step)?;
        population.step(description.options()).with_context(|| format!("step {step}"))?;
        let (voltage, threshold) = (population.read(Variable::Voltage), thresholds(&population));
        for (trace, neuron) in traces.iter_mut().zip(&arguments.neuron) {
            trace.current.push(feed.current(step, cells, *neuron));
            trace.voltage.push(voltage[*neuron]);
            trace.threshold.extend(threshold.get(*neuron));
            if population.fired().contains(0, *neuron) {
                trace.spikes.push(step);
            }
        }
    }
    let title = title(&arguments.common.population, &description);
    let step_time = description.step_time();
    arguments.common.save(&Traces { title: &title, neurons: &traces, step_time })
}

/// Returns the title: file, model and number format, and the sample if there are several.
pub(crate) fn title(file: &Path, description: &Description) -> String {
    let sample = if description.batch_size > 1 { ", sample 0" } else { "" };
    format!("{}: {} in {}{sample}", super::stem(file), description.model(), description.spec.scalar)
}

/// Returns the threshold of each neuron, mV; nothing if they have none.
fn thresholds(population: &DynPopulation) -> Vec<f64> {
    let (description, components) = (population.description(), population.counts().thresholds);
    let Some(parameter) = description.model().threshold() else { return Vec::new() };
    let own = population.neuron_parameters().map_or(&[][..], |params| params.values(parameter));
    let mut thresholds = match own {
        [] => vec![description.number(parameter); population.neurons()],
        own => own.to_vec(),
    };
    let raised = population.read(Variable::Adaptation);
    for (threshold, parts) in thresholds.iter_mut().zip(raised.chunks(components.max(1))) {
        *threshold += parts.iter().sum::<f64>();
    }
    for (threshold, part) in thresholds.iter_mut().zip(population.read(Variable::ThresholdVoltage)) {
        *threshold += part;
    }
    thresholds
}
