//! Firing rate over current, measured on a board and compared with the host and with the closed form.
//!
//! ```console
//! $ cargo run -p glif-board --example f-i -- --output f-i.svg
//! ```
//!
//! Each neuron of a population receives its own constant current for the whole run. Its firing rate is the
//! mean rate over its intervals in the second half of the run, when adaptation has settled.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use clap::builder::{PathBufValueParser, TypedValueParser as _};
use clap::{Args, Parser};
use glif::rate::{self, ClosedForm, Tally};
use glif::{Currents, Description, file, text};
use glif_board::reach::Reach;
use glif_board::{Board, bits, translate};
use glif_plot::{Curves, Look};

/// Measures firing rate over current on a board, beside the host's.
#[derive(Parser)]
struct Program {
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    own: Curve,
}

fn main() -> Result<()> {
    let Program { reach, own } = Program::parse();
    reach.demonstrate(|board, out| run(&own, board, out))
}

/// Which populations, and under which currents.
#[derive(Debug, Clone, Args)]
pub(crate) struct Curve {
    /// A population; may be given several times
    #[arg(long, value_name = "FILE.toml", default_values = ["examples/f-i/f-i.toml", "examples/spiking.toml"])]
    pub(crate) population: Vec<PathBuf>,
    /// The first neuron's current, nA
    #[arg(long, value_name = "NA", default_value_t = 0.0, allow_negative_numbers = true)]
    pub(crate) from: f64,
    /// The last neuron's current, nA
    #[arg(long, value_name = "NA", default_value_t = 40.0, allow_negative_numbers = true)]
    pub(crate) to: f64,
    /// Length of the run
    #[arg(long, default_value_t = 6000, value_parser = clap::value_parser!(u32).range(2..))]
    pub(crate) steps: u32,
    /// Draw the curves
    #[arg(long, value_name = "FILE.svg|png", value_parser = PathBufValueParser::new().try_map(glif_plot::path))]
    pub(crate) output: Option<PathBuf>,
}

/// Firing rates of a population's neurons, each with its own current.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rates {
    /// Currents, nA, as the population's scalar represents them.
    pub(crate) currents: Vec<f64>,
    /// Firing rates on the board, Hz.
    pub(crate) board: Vec<f64>,
    /// Firing rates of the host library, Hz.
    pub(crate) host: Vec<f64>,
    /// The closed form, if the population has one.
    pub(crate) exact: Option<ClosedForm>,
    /// Number of spikes on the board.
    pub(crate) spikes: usize,
    /// The first step in which board and host fired differently.
    pub(crate) parted: Option<usize>,
}

/// Steps per request. Their spikes are counted before the next request, so a long run takes no more memory
/// than this.
const AT_ONCE: u32 = 10_000;

/// Returns the largest difference between two lists of firing rates, Hz.
pub(crate) fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |most, (a, b)| most.max((a - b).abs()))
}

/// Measures a population on a board and on the host.
///
/// # Errors
/// Returns an error if the board cannot run the population, or if the connection is lost.
pub(crate) fn measure<P: Read + Write>(
    description: &Description,
    range: (f64, f64),
    steps: u32,
    board: &mut Board<P>,
) -> Result<Rates> {
    let mut population = description.build()?;
    let neurons = population.neurons();
    let scalar = description.spec.scalar;
    let currents = rate::spread(range, neurons);
    let currents = bits::decode(scalar, &bits::encode(scalar, &currents));

    board.load(description)?;
    board.hold(&currents)?;
    population.load(Currents::F64(&currents))?;
    let (mut ours, mut theirs) = (Tally::new(neurons, steps as usize), Tally::new(neurons, steps as usize));
    let (mut spikes, mut parted) = (0, None);
    let mut step = 0;
    while step < steps as usize {
        for fired in board.run((steps - step as u32).min(AT_ONCE))? {
            let fired: Vec<usize> = fired.iter().collect();
            let expected: Vec<usize> =
                population.step(description.options())?.iter().map(|(_, neuron)| neuron).collect();
            fired.iter().for_each(|neuron| theirs.record(step, *neuron));
            expected.iter().for_each(|neuron| ours.record(step, *neuron));
            spikes += fired.len();
            parted = parted.or((fired != expected).then_some(step));
            step += 1;
        }
    }
    let step_time = description.step_time();
    let (board, host) = (theirs.settled(step_time), ours.settled(step_time));
    Ok(Rates { board, host, exact: ClosedForm::of(&population), spikes, parted, currents })
}

/// Measures every population, prints the results, and draws them.
///
/// # Errors
/// Returns an error if a file cannot be read or written, if the connection to the board is lost, or if board
/// and host differ.
pub(crate) fn run<P: Read + Write>(arguments: &Curve, board: &mut Board<P>, out: &mut impl Write) -> Result<()> {
    let Curve { from, to, steps, .. } = *arguments;
    ensure!(from.is_finite() && to.is_finite(), "--from {from} nA --to {to} nA: both must be finite");
    ensure!(from < to, "--from {from} nA must be below --to {to} nA");
    arguments.output.as_deref().map_or(Ok(()), file::check_writable)?;
    writeln!(out, "{}", board.identity())?;
    let mut curves = Vec::new();
    for path in &arguments.population {
        let description = translate::read(path)?;
        let rates = measure(&description, (from, to), steps, board)?;
        report(path, &description, &rates, steps, out)?;
        out.flush()?;
        curves.push((description, rates));
    }
    if let Some(path) = &arguments.output {
        glif_plot::save(&figure(&curves), path)?;
        writeln!(out, "written: {}", text::path(path))?;
    }
    Ok(())
}

fn report(path: &Path, description: &Description, rates: &Rates, steps: u32, out: &mut impl Write) -> Result<()> {
    let (model, scalar) = (description.model(), description.spec.scalar);
    let (step_time, neurons, spikes) = (description.step_time(), rates.currents.len(), rates.spikes);
    writeln!(out, "{}: {model} in {scalar}, {neurons} currents, {steps} steps of {step_time} ms", text::path(path))?;
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

/// Returns the figure: a dot for the board, a ring for the host, a line for the closed form.
fn figure(measured: &[(Description, Rates)]) -> Curves {
    let mut curves = Vec::new();
    for (description, rates) in measured {
        let points = |values: &[f64]| rates.currents.iter().copied().zip(values.iter().copied()).collect();
        let curve = |name: String, points, look| glif_plot::Curve { name, points, look };
        if let (Some(exact), [first, .., last]) = (rates.exact, &*rates.currents) {
            let fine = rate::spread((*first, *last), 2001);
            let line = fine.into_iter().map(|current| (current, exact.rate(current))).collect();
            curves.push(curve("closed form, 1 / (n · dt)".to_owned(), line, Look::Behind));
        }
        let name = format!("{} in {}", description.model(), description.spec.scalar);
        curves.push(curve(name, points(&rates.board), Look::Dots));
        curves.push(curve(String::new(), points(&rates.host), Look::Rings));
    }
    Curves {
        title: "firing rate over current: a dot for the board, a ring for the host".to_owned(),
        across: "current (nA)".to_owned(),
        up: "rate (Hz)".to_owned(),
        logarithmic: false,
        curves,
    }
}
