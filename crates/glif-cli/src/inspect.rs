//! `glif inspect`

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use glif::description::RoundingMode;
use glif::output::{counted, say};
use glif::{CurrentRange, Description, Number, Quantised};
use serde::Serialize;

/// Shows what a population file becomes.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The population file (TOML)
    population: PathBuf,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    model: &'static str,
    scalar: &'static str,
    shape: Vec<usize>,
    batch_size: usize,
    neurons: usize,
    components: usize,
    refractory_steps: u16,
    bytes_per_neuron: usize,
    currents: Currents,
    values: Vec<Line>,
}

/// Magnitude from which on the currents that floating point takes have no practical limit, nA: a milliampere.
const UNLIMITED: f64 = 1e6;

/// The currents that a step takes without clamping, and the resulting drive.
#[derive(Serialize)]
struct Currents {
    lowest_na: f64,
    highest_na: f64,
    /// 0 in floating point.
    step_na: f64,
    lowest_drive_mv: f64,
    highest_drive_mv: f64,
    drive_step_mv: f64,
}

impl Currents {
    fn of(range: CurrentRange) -> Self {
        let CurrentRange { lowest: lowest_na, highest: highest_na, step: step_na, .. } = range;
        let ends = [range.drive(lowest_na), range.drive(highest_na)];
        let (lowest_drive_mv, highest_drive_mv) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
        let drive_step_mv = range.drive(step_na).abs();
        Self { lowest_na, highest_na, step_na, lowest_drive_mv, highest_drive_mv, drive_step_mv }
    }

    fn told(&self) -> String {
        if self.step_na == 0.0 && self.highest_na.min(-self.lowest_na) >= UNLIMITED {
            return "currents without a practical limit".to_owned();
        }
        let [lowest, highest, low, high] =
            [self.lowest_na, self.highest_na, self.lowest_drive_mv, self.highest_drive_mv].map(seven_digits);
        let [step, drive_step] = [self.step_na, self.drive_step_mv].map(|step| match step {
            0.0 => String::new(),
            step => format!(" in steps of {}", seven_digits(step)),
        });
        format!(
            "currents from {lowest} to {highest} nA{step}; they drive the membrane by {low} to {high} mV{drive_step}"
        )
    }
}

/// Rounds to the digits of an f32. The report in JSON has all digits.
fn seven_digits(value: f64) -> Number {
    Number(format!("{value:.6e}").parse().unwrap_or(value))
}

#[derive(Serialize)]
struct Line {
    name: String,
    unit: &'static str,
    requested: f64,
    stored: f64,
    error: f64,
    /// For a decay: relative error of its time constant.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_constant_error: Option<f64>,
    /// For a decay: magnitudes up to this value never decay, mV. 0 if the rounding mode has no such band.
    #[serde(skip_serializing_if = "Option::is_none")]
    stall: Option<f64>,
    /// For a decay with truncation, mV: magnitudes up to this value lose one unit in the last place per step,
    /// however slow the decay is.
    #[serde(skip_serializing_if = "Option::is_none")]
    linear: Option<f64>,
}

impl Line {
    fn of(line: Quantised, description: &Description) -> Self {
        let Quantised { name, index, unit, requested, stored, stall } = line;
        let truncated = stall.is_some() && description.spec.rounding == RoundingMode::Truncate;
        Self {
            name: index.map_or(name.to_owned(), |index| format!("{name}[{index}]")),
            unit,
            requested,
            stored,
            error: stored - requested,
            // A decay factor of 0 or 1 corresponds to no time constant.
            time_constant_error: stall.map(|_| requested.ln() / stored.ln() - 1.0).filter(|error| error.is_finite()),
            stall,
            linear: if truncated { description.spec.scalar.last_place_band(stored) } else { None },
        }
    }

    /// Formats the error for the table; for a decay, the error of its time constant.
    fn shown_error(&self) -> String {
        match self.time_constant_error {
            Some(error) => format!("{:.3e} % of τ", 100.0 * error),
            None => format!("{:.3e}", self.error),
        }
    }
}

pub(crate) fn inspect(arguments: &Arguments) -> Result<()> {
    let description = crate::description(&arguments.population)?;
    let report = report(&description)?;
    if arguments.json {
        say(&serde_json::to_string(&report)?)?;
        return Ok(());
    }
    let Report { model, scalar, neurons, batch_size, refractory_steps, bytes_per_neuron, .. } = &report;
    say(&format!(
        "{model} in {scalar}: {} x {}, {}",
        counted(*neurons, "neuron"),
        counted(*batch_size, "sample"),
        glif::output::components(description.spec.params.counts())
    ))?;
    say(&format!("{refractory_steps} steps from a spike to the next possible one"))?;
    say(&format!("{bytes_per_neuron} bytes of state a neuron, its spike flag included"))?;
    say(&format!("{}\n", report.currents.told()))?;
    let band = match description.spec.rounding {
        RoundingMode::Nearest => "stalls within",
        RoundingMode::Truncate => "linear within",
        RoundingMode::Stochastic => "",
    };
    let row = |name: &str, requested: &str, stored: &str, error: &str, band: &str| {
        say(format!("{name:24} {requested:>22} {stored:>22} {error:>16}  {band}").trim_end())
    };
    row("", "requested", "stored", "error", band)?;
    for line in &report.values {
        let band = match line.linear.or(line.stall) {
            Some(band) if band > 0.0 => format!("±{} mV", seven_digits(band)),
            _ => String::new(),
        };
        let [requested, stored] = [line.requested, line.stored].map(|value| Number(value).to_string());
        row(&format!("{} {}", line.name, line.unit), &requested, &stored, &line.shown_error(), &band)?;
    }
    Ok(())
}

fn report(description: &Description) -> Result<Report> {
    // One neuron has the coefficients of all neurons.
    let population = description.one_neuron()?;
    Ok(Report {
        model: description.model().name(),
        scalar: description.spec.scalar.name(),
        shape: description.shape.clone(),
        batch_size: description.batch_size,
        neurons: description.shape.iter().product(),
        components: population.components(),
        refractory_steps: population.refractory_steps(),
        bytes_per_neuron: population.bytes_per_neuron(),
        currents: Currents::of(population.current_range()),
        values: population.report().into_iter().map(|line| Line::of(line, description)).collect(),
    })
}
