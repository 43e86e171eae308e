//! `glif-board curve`: firing rate over current, measured on a board and laid over the host's.
//!
//! Every neuron of a population gets a current of its own, held for the whole run. Its rate is the mean one of its
//! intervals in the second half of the run, when adaptation has settled.

mod figure;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use clap::Args;
use glif::description::ModelName;
use glif::{AnyPopulation, Currents, Description};

use crate::{Board, Spikes, bits, picture, show, translate};

/// Measures firing rate over current.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Example:
  glif-board curve --output f-i.svg")]
pub struct Curve {
    /// A population; may be given several times
    #[arg(long, value_name = "FILE.toml", default_values = ["examples/f-i.toml", "examples/spiking.toml"])]
    pub population: Vec<PathBuf>,
    /// The first neuron's current, nA
    #[arg(long, value_name = "NA", default_value_t = 0.0, allow_negative_numbers = true)]
    pub from: f64,
    /// The last neuron's current, nA
    #[arg(long, value_name = "NA", default_value_t = 40.0, allow_negative_numbers = true)]
    pub to: f64,
    /// Length of the run
    #[arg(long, default_value_t = 6000, value_parser = clap::value_parser!(u32).range(2..))]
    pub steps: u32,
    /// Draw the curves
    #[arg(long, value_name = "FILE.svg|png", value_parser = picture::file)]
    pub output: Option<PathBuf>,
}

/// Rates of a population's neurons, each under its own current.
#[derive(Debug, Clone, PartialEq)]
pub struct Rates {
    /// nA, as the population's scalar holds them.
    pub currents: Vec<f64>,
    /// Hz, measured on the board.
    pub board: Vec<f64>,
    /// Hz, from the host library.
    pub host: Vec<f64>,
    /// The closed form, if the population has one.
    pub exact: Option<Exact>,
    /// All spikes of the board.
    pub spikes: usize,
    /// The first step in which board and host fired differently.
    pub parted: Option<usize>,
}

/// Where threshold and refractory lock stay as they are, a constant current I has a closed form of its rate:
/// 1 / (n · dt), with n = h + ⌈τ/dt · ln((reset - rest - R·I) / (threshold - rest - R·I))⌉ and h the steps for which a
/// spike holds the membrane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exact {
    step_time: f64,
    time_constant: f64,
    resistance: f64,
    /// From rest, mV.
    reset: f64,
    threshold: f64,
    held: f64,
}

impl Exact {
    /// That of a population; none if it adapts or charges while refractory.
    pub fn of(population: &AnyPopulation) -> Option<Self> {
        let d = population.description();
        let plain = matches!(d.model, ModelName::Lif | ModelName::Glif1) && d.refrac_lock;
        plain.then(|| Self {
            step_time: d.number("step_time"),
            time_constant: d.number("time_constant"),
            resistance: d.number("resistance"),
            reset: d.number("reset_v") - d.number("rest_v"),
            threshold: d.number("thresh_v") - d.number("rest_v"),
            // A count of c blocks c - 1 steps: in the c-th the neuron integrates again.
            held: f64::from(population.refractory_steps().max(1) - 1),
        })
    }

    /// Hz under a constant current in nA.
    pub fn rate(&self, current: f64) -> f64 {
        let drive = self.resistance * current;
        if drive <= self.threshold {
            return 0.0;
        }
        let ratio = (self.reset - drive) / (self.threshold - drive);
        let steps = self.held + (ratio.ln() * self.time_constant / self.step_time).ceil();
        1000.0 / (steps * self.step_time)
    }
}

/// The largest distance between rates, Hz.
pub fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |most, (a, b)| most.max((a - b).abs()))
}

/// Measures a population on a board and on the host.
///
/// # Errors
/// If the board cannot be the population, or is lost.
pub fn measure<P: Read + Write>(
    description: &Description,
    (from, to): (f64, f64),
    steps: u32,
    board: &mut Board<P>,
) -> Result<Rates> {
    let mut population = description.build()?;
    let neurons = population.neurons();
    let scalar = translate::model(description)?.scalar;
    let share = |i: usize| i as f64 / (neurons.max(2) - 1) as f64;
    let currents: Vec<f64> = (0..neurons).map(|i| from + (to - from) * share(i)).collect();
    let currents = bits::decode(scalar, &bits::encode(scalar, &currents));

    board.load(description)?;
    board.hold(&currents)?;
    let record: Vec<Vec<usize>> = board.run(steps)?.iter().map(|spikes| Spikes::iter(spikes).collect()).collect();
    population.load(Currents::F64(&currents))?;
    let mut expected = Vec::new();
    for _ in 0..steps {
        expected.push(population.step(description.flags())?.iter().map(|(_, neuron)| neuron).collect::<Vec<_>>());
    }
    let step_time = description.number("step_time");
    Ok(Rates {
        board: rates(&record, neurons, step_time),
        host: rates(&expected, neurons, step_time),
        exact: Exact::of(&population),
        spikes: record.iter().map(Vec::len).sum(),
        parted: record.iter().zip(&expected).position(|(board, host)| board != host),
        currents,
    })
}

/// Rates (Hz) by the intervals in the second half of a record; 0 where there is none.
fn rates(record: &[Vec<usize>], neurons: usize, step_time: f64) -> Vec<f64> {
    let mut steps = vec![Vec::new(); neurons];
    for (step, fired) in record.iter().enumerate().skip(record.len() / 2) {
        fired.iter().for_each(|neuron| steps[*neuron].push(step));
    }
    let rate = |steps: Vec<usize>| match *steps.as_slice() {
        [first, .., last] => 1000.0 * (steps.len() - 1) as f64 / ((last - first) as f64 * step_time),
        _ => 0.0,
    };
    steps.into_iter().map(rate).collect()
}

/// Measures every population, tells what was found, and draws it.
///
/// # Errors
/// If a file cannot be read or written, if the board is lost, or if board and host differ.
pub fn run<P: Read + Write>(arguments: &Curve, board: &mut Board<P>, out: &mut impl Write) -> Result<()> {
    let Curve { from, to, steps, .. } = *arguments;
    ensure!(from.is_finite() && to.is_finite(), "--from {from} nA --to {to} nA: both must be finite");
    writeln!(out, "{}", show::introduce(board.identity()))?;
    let mut curves = Vec::new();
    for path in &arguments.population {
        let description = translate::read(path)?;
        let rates = measure(&description, (from, to), steps, board)?;
        report(path, &description, &rates, steps, out)?;
        out.flush()?;
        curves.push((description, rates));
    }
    if let Some(path) = &arguments.output {
        picture::save(&figure::Picture { curves: &curves }, path)?;
        writeln!(out, "written: {}", path.display())?;
    }
    Ok(())
}

fn report(path: &Path, description: &Description, rates: &Rates, steps: u32, out: &mut impl Write) -> Result<()> {
    let Description { model, scalar, .. } = description;
    let (step_time, neurons, spikes) = (description.number("step_time"), rates.currents.len(), rates.spikes);
    writeln!(out, "{}: {model} in {scalar}, {neurons} currents, {steps} steps of {step_time} ms", path.display())?;
    let apart = distance(&rates.board, &rates.host);
    if let Some(step) = rates.parted {
        anyhow::bail!("step {step}: board and host fire differently; their rates differ by up to {apart} Hz");
    }
    writeln!(out, "  board and host library: {spikes} spikes, each in the same step; rates differ by {apart} Hz")?;
    if let Some(exact) = rates.exact {
        let exact: Vec<f64> = rates.currents.iter().map(|current| exact.rate(*current)).collect();
        let (apart, most) = (distance(&rates.board, &exact), exact.iter().copied().fold(0.0, f64::max));
        writeln!(out, "  board and closed form: rates of up to {most:.1} Hz differ by {apart:.3} Hz at most")?;
    }
    Ok(())
}
