//! `glif board run`: shows a population running on a board, compared with the host.

use std::io::{Read, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use glif::raster::Canvas;
use glif::rate::Rates;
use glif::stimulus::{Source, Stimulus};
use glif::{Currents, DynPopulation};
use glif_link::Cost;

use crate::difference::{self, Place};
use crate::error::shown;
use crate::noise::Noise;
use crate::{Board, loopback, translate};

/// Shows a population running on a board.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Example:
  glif board run examples/spiking.toml --noise 14 6 --steps 1000
  glif board run network.toml --input spikes.npz --output out.npz")]
pub struct Show {
    /// The population file; of `glif board run`, or a network file
    #[arg(default_value = translate::EXAMPLE)]
    pub population: PathBuf,
    /// Length of the run
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub steps: u32,
    /// Its currents
    #[command(flatten)]
    pub noise: Noise,
}

/// Runs a population under noise, step by step on the board and on the host. Shows the spikes, whether the
/// two are equal, and the cost of a step on the board.
///
/// # Errors
/// Returns an error if the file is not a population, if the board cannot load it or is lost, or if board and
/// host differ.
pub fn run<P: Read + Write>(arguments: &Show, board: &mut Board<P>, out: &mut impl Write) -> Result<()> {
    let description = translate::read(&arguments.population)?;
    writeln!(out, "{}", board.identity())?;
    out.flush()?;
    let mut host = description.build()?;
    let (steps, neurons, step_time) = (arguments.steps as usize, host.neurons(), description.step_time());
    let mut canvas = Canvas::new(steps, neurons, step_time, 100, 24);
    let counts = play(arguments, board, &mut host, &mut canvas)?;
    writeln!(out, "{canvas}")?;
    let (model, scalar) = (description.model(), description.spec.scalar);
    let spikes: u64 = counts.iter().sum();
    writeln!(out, "{model} in {scalar}, {neurons} neurons: {steps} steps of {step_time} ms, {spikes} spikes")?;
    writeln!(out, "{}", Rates::of(&counts, steps, step_time))?;
    let compared = compare(board, &host)?;
    writeln!(out, "equal to the host library bit for bit: the spikes of every step, and at the end {compared}")?;
    let debug = cfg!(debug_assertions) && board.identity().board == loopback::NAME;
    let build = if debug { "; this is a debug build" } else { "" };
    writeln!(out, "{}{build}", cost(&board.measure(arguments.steps)?, neurons))?;
    Ok(())
}

/// Runs the steps, draws each spike, and returns how often each neuron fired. The host's spikes must be the
/// same in every step.
fn play<P: Read + Write>(
    arguments: &Show,
    board: &mut Board<P>,
    host: &mut DynPopulation,
    canvas: &mut Canvas,
) -> Result<Vec<u64>> {
    let description = host.description().clone();
    let neurons = host.neurons();
    let (mean, deviation) = arguments.noise.moments()?;
    let noise = Stimulus::Noise { mean, deviation };
    let (steps, step_time) = (arguments.steps, description.step_time());
    let mut source = Source::new(noise, neurons, step_time, u64::from(steps), arguments.noise.seed)?;
    let mut currents = vec![0.0; neurons];
    let mut counts = vec![0; neurons];
    board.load(&description)?;
    for step in 0..steps as usize {
        source.fill(&mut currents);
        let fired: Vec<usize> = board.step(&currents).with_context(|| format!("step {step}"))?.iter().collect();
        host.load(Currents::F64(&currents)).with_context(|| format!("step {step}"))?;
        let expected: Vec<usize> = host.step(description.options())?.iter().map(|(_, neuron)| neuron).collect();
        ensure!(
            fired == expected,
            "step {step}: neurons {} fired on the board, {} on the host",
            shown(&fired),
            shown(&expected)
        );
        for neuron in fired {
            counts[neuron] += 1;
            canvas.add(step, neuron);
        }
    }
    Ok(counts)
}

/// Compares the whole state, and returns a description of what was compared.
///
/// # Errors
/// Returns an error that names the first value that differs.
fn compare<P: Read + Write>(board: &mut Board<P>, host: &DynPopulation) -> Result<String> {
    if let Some(Place { field, neuron, board, host }) = difference::find(board, host)? {
        bail!("{field} {neuron}: {board} on the board, {host} on the host");
    }
    let neurons = host.neurons();
    let adaptation = match neurons * host.components() {
        0 => String::new(),
        values if host.counts().total() == host.counts().thresholds => format!(" and {values} threshold components"),
        values => format!(" and {values} components"),
    };
    Ok(format!("{neurons} voltages, {neurons} refractory counts{adaptation}"))
}

/// Formats the cost of a step in one line.
pub fn cost(cost: &Cost, neurons: usize) -> String {
    let Cost { steps, total, best, worst, frequency } = *cost;
    let mean = total as f64 / f64::from(steps.max(1));
    let each = mean / neurons as f64;
    let micros = |ticks: f64| ticks / f64::from(frequency) * 1e6;
    format!(
        "a step costs {:.2} µs by the board's clock (best {:.2}, worst {:.2}, of {steps}): {each:.1} ticks of {} MHz per neuron",
        micros(mean),
        micros(f64::from(best)),
        micros(f64::from(worst)),
        f64::from(frequency) / 1e6
    )
}
