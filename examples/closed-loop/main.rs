//! Spiking neurons on a board hold a pole upright in a recorded wind. `docs/closed-loop.md` describes the
//! experiment.
//!
//! ```console
//! $ cargo run -p glif-board --example closed-loop -- --output closed-loop.svg
//! ```
//!
//! In every step the host turns the wind and the pole's angle into currents and the board steps. The spikes
//! pull the pole, which changes the next currents. Two muscles pull against each other, each driven by half
//! of the population. The program repeats the run with the thresholds' adaptation switched off, and with the
//! spikes disconnected from the muscles.
//!
//! No neuron receives the speed of the pole, and without a sense of speed nothing can balance it. Adaptation
//! provides that sense: an adapting neuron responds to change more than to a constant input.

mod figure;
mod pole;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use clap::builder::{PathBufValueParser, TypedValueParser as _};
use clap::{Args, Parser};
use glif::{Currents, Description, DynPopulation, StepOptions, file, limits, text};
use glif_board::reach::Reach;
use glif_board::{Board, translate};
use pole::Pole;

/// Holds a pole upright through a board, in a recorded wind.
#[derive(Parser)]
struct Program {
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    own: ClosedLoop,
}

fn main() -> Result<()> {
    let Program { reach, own } = Program::parse();
    reach.demonstrate(|board, out| run(&own, board, out))
}

/// What is played to the pole, and to whom.
#[derive(Debug, Clone, Args)]
pub(crate) struct ClosedLoop {
    /// The neurons; the first half pull the pole to the left, the others to the right
    #[arg(value_name = "FILE.toml", default_value = "examples/closed-loop/closed-loop.toml")]
    pub(crate) population: PathBuf,
    /// The wind: torques in N·m, one a line for each step of the population, whatever its step time; lines that begin with #
    /// are passed over
    #[arg(long, value_name = "FILE.csv", default_value = "examples/closed-loop/closed-loop.csv")]
    pub(crate) input: PathBuf,
    /// Draw wind, angles and spikes
    #[arg(long, value_name = "FILE.svg|png", value_parser = PathBufValueParser::new().try_map(glif_plot::path))]
    pub(crate) output: Option<PathBuf>,
}

/// Which parts of the loop work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loop {
    /// Every part.
    Closed,
    /// Every part except the adaptation of thresholds.
    Unadapted,
    /// Every part except the path from spikes to muscles.
    Open,
}

impl Loop {
    /// All three loops.
    pub(crate) const ALL: [Self; 3] = [Self::Closed, Self::Unadapted, Self::Open];

    /// Returns a short name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Closed => "loop closed",
            Self::Unadapted => "without adaptation",
            Self::Open => "loop open",
        }
    }

    /// Returns the options of a step in this loop.
    pub(crate) fn options(self, description: &Description) -> StepOptions {
        StepOptions { adapt: description.spec.options.adapt && self != Self::Unadapted, ..description.options() }
    }
}

/// The result of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Track {
    /// The pole's angle after each step, degrees from upright.
    pub(crate) angles: Vec<f64>,
    /// Step and neuron of each spike.
    pub(crate) spikes: Vec<(usize, usize)>,
}

impl Track {
    /// Returns the root mean square angle, degrees.
    pub(crate) fn error(&self) -> f64 {
        let squares: f64 = self.angles.iter().map(|angle| angle * angle).sum();
        (squares / self.angles.len() as f64).sqrt()
    }

    /// Returns the largest angle, degrees.
    pub(crate) fn worst(&self) -> f64 {
        self.angles.iter().fold(0.0, |worst, angle| worst.max(angle.abs()))
    }

    /// Returns the step after which the pole is on the ground, or `None` if it does not fall.
    pub(crate) fn fall(&self) -> Option<usize> {
        self.angles.iter().position(|angle| angle.abs() >= 90.0)
    }
}

/// Runs the pole in the wind. `neurons` maps the currents of a step to the indices of the neurons that fire.
///
/// # Errors
/// Returns the errors of `neurons`, and an error if the description has no neurons or an odd number of them.
pub(crate) fn play(
    wind: &[f64],
    description: &Description,
    kind: Loop,
    mut neurons: impl FnMut(&[f64]) -> Result<Vec<usize>>,
) -> Result<Track> {
    let mut pole = Pole::new(description.step_time());
    let mut currents = vec![0.0; muscles(description)?];
    let half = currents.len() / 2;
    let mut track = Track::default();
    for (step, gust) in wind.iter().enumerate() {
        pole.senses(*gust, &mut currents);
        let fired = neurons(&currents).with_context(|| format!("step {step}"))?;
        let left = fired.iter().filter(|neuron| **neuron < half).count();
        let counts = if kind == Loop::Open { [0, 0] } else { [left, fired.len() - left] };
        pole.step(*gust, counts.map(|count| count as f64 / half as f64));
        track.angles.push(pole.degrees());
        track.spikes.extend(fired.into_iter().map(|neuron| (step, neuron)));
    }
    Ok(track)
}

/// Returns the number of neurons of both muscles together.
fn muscles(description: &Description) -> Result<usize> {
    let neurons: usize = description.shape.iter().product();
    ensure!(
        neurons >= 2 && neurons.is_multiple_of(2),
        "{neurons} neurons: two muscles need an even number of them, 2 at least"
    );
    Ok(neurons)
}

/// Runs the loop with a board.
///
/// # Errors
/// Returns an error if the board cannot run the population, or if the connection is lost.
pub(crate) fn on_board<P: Read + Write>(
    wind: &[f64],
    description: &Description,
    kind: Loop,
    board: &mut Board<P>,
) -> Result<Track> {
    board.load(description)?;
    board.set_options(kind.options(description))?;
    play(wind, description, kind, |currents| Ok(board.step(currents)?.iter().collect()))
}

/// Runs the loop with the host library.
///
/// # Errors
/// Returns an error if the description has no valid population.
pub(crate) fn on_host(wind: &[f64], description: &Description, kind: Loop) -> Result<Track> {
    let mut population = description.build()?;
    let options = kind.options(description);
    play(wind, description, kind, |currents| step(&mut population, currents, options))
}

fn step(population: &mut DynPopulation, currents: &[f64], options: StepOptions) -> Result<Vec<usize>> {
    population.load(Currents::F64(currents))?;
    Ok(population.step(options)?.iter().map(|(_, neuron)| neuron).collect())
}

/// Reads a recording: one number per line, as `numpy.savetxt` writes them.
///
/// # Errors
/// Names the first line that is not a finite number.
pub(crate) fn read_recording(path: &Path) -> Result<Vec<f64>> {
    let name = text::path(path);
    let bytes = file::read(path, limits::RECORDING).with_context(|| format!("`{name}`"))?;
    let text =
        text::decode(bytes).map_err(|problem| anyhow!("`{name}` {problem}; it must have a number a line, in N·m"))?;
    let lines = text.lines().enumerate().map(|(i, line)| (i + 1, line.trim()));
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let number = |(i, line): (usize, &str)| {
        let value = line.parse().ok().filter(|value: &f64| value.is_finite());
        value.with_context(|| {
            let line = text::printable(line, limits::PRINTED);
            format!("`{name}`, line {i}: `{line}` must be one finite number, in N·m")
        })
    };
    let values: Vec<f64> = lines.map(number).collect::<Result<_>>()?;
    ensure!(!values.is_empty(), "`{name}` has no numbers; it must have one a line, in N·m");
    Ok(values)
}

/// Runs the three loops with a board and with the host library, and prints the results.
///
/// # Errors
/// Returns an error if a file cannot be read or written, if the connection to the board is lost, or if board
/// and host differ.
pub(crate) fn run<P: Read + Write>(arguments: &ClosedLoop, board: &mut Board<P>, out: &mut impl Write) -> Result<()> {
    let wind = read_recording(&arguments.input)?;
    let description = translate::read(&arguments.population)?;
    let neurons = muscles(&description)?;
    arguments.output.as_deref().map_or(Ok(()), file::check_writable)?;
    let step_time = description.step_time();
    let strongest = wind.iter().fold(0.0, |most: f64, gust| most.max(gust.abs()));
    writeln!(out, "{}", board.identity())?;
    let steps = wind.len();
    let seconds = steps as f64 * step_time / 1000.0;
    writeln!(
        out,
        "a pole of 1 kg at 1 m, {steps} steps of {step_time} ms, {seconds} s of wind of up to {strongest:.1} N·m"
    )?;
    writeln!(out, "{:20}{:>12}{:>12}{:>12}{:>10}", "", "rms angle", "largest", "falls", "spikes")?;
    let mut tracks = Vec::new();
    for kind in Loop::ALL {
        let track = on_board(&wind, &description, kind, board)?;
        writeln!(out, "{}", line(kind, &track, step_time))?;
        out.flush()?;
        compare(kind, &track, &on_host(&wind, &description, kind)?)?;
        tracks.push(track);
    }
    writeln!(out, "board and host library: every spike the same, every angle the same bits")?;
    if let Some(path) = &arguments.output {
        glif_plot::save(&figure::Picture { wind: &wind, tracks: &tracks, step_time, neurons }, path)?;
        writeln!(out, "written: {}", text::path(path))?;
    }
    Ok(())
}

fn line(kind: Loop, track: &Track, step_time: f64) -> String {
    let falls = track.fall().map_or("never".to_owned(), |step| format!("{} ms", (step + 1) as f64 * step_time));
    let (error, worst, spikes) = (track.error(), track.worst(), track.spikes.len());
    format!("{:20}{error:>11.2}°{worst:>11.2}°{falls:>12}{spikes:>10}", kind.name())
}

/// Returns an error if board and host differ.
///
/// # Errors
/// Names the first step that differs.
fn compare(kind: Loop, board: &Track, host: &Track) -> Result<()> {
    let parted = board.spikes.iter().zip(&host.spikes).find(|(board, host)| board != host);
    if let Some((board, host)) = parted {
        let told = |(step, neuron): &(usize, usize)| format!("neuron {neuron} in step {step}");
        anyhow::bail!("{}: the board's next spike is of {}, the host's of {}", kind.name(), told(board), told(host));
    }
    let counts = (board.spikes.len(), host.spikes.len());
    ensure!(counts.0 == counts.1, "{}: {} spikes of the board, {} of the host", kind.name(), counts.0, counts.1);
    // Not `==`, which treats 0 and -0 as equal.
    let bits = |track: &Track| track.angles.iter().map(|angle| angle.to_bits()).collect::<Vec<_>>();
    ensure!(bits(board) == bits(host), "{}: the same spikes moved the pole along different bits", kind.name());
    Ok(())
}
