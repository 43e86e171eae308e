//! `glif inspect`

mod board;
mod network;

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use glif::description::toml::parse;
use glif::description::{NumberFormat, RoundingMode};
use glif::output::{counted, say};
use glif::{CurrentRange, Description, DynPopulation, Number, Parameter, Quantised};
use serde::Serialize;

use crate::freeze::in_scalar;

/// Shows what a population file or a network file becomes.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The population file or network file (TOML)
    population: PathBuf,
    /// Also print whether it fits a board as a frozen image: flash, RAM, and the instructions of a step
    #[arg(long, value_name = "NAME", value_parser = board::parse)]
    board: Option<&'static board::Board>,
    /// Rates for --board, Hz: HZ for all populations, POPULATION=HZ for one; separated by commas. 10 by default
    #[arg(long, value_name = "HZ", value_delimiter = ',', requires = "board", allow_negative_numbers = true,
          value_parser = board::rate)]
    rate: Vec<board::Rate>,
    /// Number format, instead of that of the file
    #[arg(long, value_parser = parse::<NumberFormat>)]
    scalar: Option<NumberFormat>,
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
    /// The greatest of all neurons, if they have their own.
    refractory_steps: u16,
    /// The least and the greatest, if they differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    refractory_steps_range: Option<[u16; 2]>,
    bytes_per_neuron: usize,
    own_bytes_per_neuron: usize,
    currents: Currents,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    own_parameters: Vec<OwnParameter>,
    values: Vec<Line>,
}

/// A parameter of which each neuron has its own value, or one of its components.
#[derive(Serialize)]
struct OwnParameter {
    name: String,
    unit: &'static str,
    least: f64,
    greatest: f64,
}

impl OwnParameter {
    /// Returns the own parameters of a population.
    fn of(population: &DynPopulation) -> Vec<Self> {
        let Some(params) = population.neuron_parameters() else { return Vec::new() };
        let neurons = population.neurons();
        let ranges = params.parameters().flat_map(|parameter| {
            let values = params.values(parameter);
            let width = values.len() / neurons;
            (0..width).map(move |k| {
                let [least, greatest] = range(values.iter().skip(k).step_by(width).copied());
                let name = if parameter.is_list() { format!("{parameter}[{k}]") } else { parameter.to_string() };
                Self { name, unit: parameter.unit(), least, greatest }
            })
        });
        ranges.collect()
    }
}

/// Returns the least and the greatest of some numbers.
fn range(values: impl Iterator<Item = f64>) -> [f64; 2] {
    values.fold([f64::INFINITY, f64::NEG_INFINITY], widened)
}

/// Returns a range that has the value too.
fn widened([least, greatest]: [f64; 2], value: f64) -> [f64; 2] {
    [least.min(value), greatest.max(value)]
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

    /// Describes the currents. `own` says whether each neuron has its own resistance.
    fn told(&self, own: bool) -> String {
        if self.step_na == 0.0 && self.highest_na.min(-self.lowest_na) >= UNLIMITED {
            return "currents without a practical limit".to_owned();
        }
        let [lowest, highest, low, high] =
            [self.lowest_na, self.highest_na, self.lowest_drive_mv, self.highest_drive_mv].map(seven_digits);
        let [step, drive_step] = [self.step_na, self.drive_step_mv].map(|step| match step {
            0.0 => String::new(),
            step => format!(" in steps of {}", seven_digits(step)),
        });
        let of = if own { " with the greatest resistance" } else { "" };
        format!(
            "currents from {lowest} to {highest} nA{step}; they drive the membrane{of} by {low} to {high} mV{drive_step}"
        )
    }
}

/// Rounds to the digits of an f32. The report in JSON has all digits.
fn seven_digits(value: f64) -> Number {
    Number(format!("{value:.6e}").parse().unwrap_or(value))
}

/// A line of the quantization report. If its values vary from neuron to neuron, they are those of the neuron with the
/// greatest error, except for the bands, which are the widest of all neurons.
#[derive(Serialize)]
struct Line {
    name: String,
    unit: &'static str,
    requested: f64,
    stored: f64,
    error: f64,
    /// The least and the greatest value, if they vary.
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_range: Option<[f64; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stored_range: Option<[f64; 2]>,
    /// Index of the neuron with the greatest error, if the values vary.
    #[serde(skip_serializing_if = "Option::is_none")]
    worst_neuron: Option<usize>,
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

/// A line of the quantization report, over all neurons.
struct Spread {
    /// The line of the neuron with the greatest error.
    worst: Quantised,
    neuron: usize,
    requested: [f64; 2],
    stored: [f64; 2],
    /// The widest band.
    stall: Option<f64>,
}

impl Spread {
    fn new(neuron: usize, line: Quantised) -> Self {
        let Quantised { requested, stored, stall, .. } = line;
        Self { worst: line, neuron, requested: [requested; 2], stored: [stored; 2], stall }
    }

    /// Adds the line of a later neuron.
    fn add(&mut self, neuron: usize, line: Quantised) {
        self.requested = widened(self.requested, line.requested);
        self.stored = widened(self.stored, line.stored);
        self.stall = self.stall.into_iter().chain(line.stall).reduce(f64::max);
        if magnitude(&line) > magnitude(&self.worst) {
            (self.worst, self.neuron) = (line, neuron);
        }
    }

    /// Returns the lines of a population, in the order of its report. Their number does not depend on that of the
    /// neurons.
    fn of(population: &DynPopulation) -> Vec<Self> {
        let mut spreads: Vec<Self> = Vec::new();
        let mut next = 0;
        population.report_each(|neuron, line| {
            let same = |spread: &Self| spread.worst.name == line.name && spread.worst.index == line.index;
            // The lines of each neuron have the same order.
            next = if spreads.get(next).is_some_and(same) { Some(next) } else { spreads.iter().position(same) }
                .unwrap_or(spreads.len());
            match spreads.get_mut(next) {
                Some(spread) => spread.add(neuron, line),
                None => spreads.push(Self::new(neuron, line)),
            }
            next += 1;
        });
        spreads
    }

    /// Returns whether the values vary, or belong to an own parameter.
    fn varies(&self, own: &[Parameter]) -> bool {
        let differ = |[least, greatest]: [f64; 2]| least < greatest;
        differ(self.requested) || differ(self.stored) || own.iter().any(|parameter| parameter.name() == self.worst.name)
    }
}

/// Returns the relative error of the time constant of a decay; NaN if the factors are 0.
fn time_constant_error(line: &Quantised) -> f64 {
    line.requested.ln() / line.stored.ln() - 1.0
}

/// Returns the magnitude of the error by which lines of one name are compared.
fn magnitude(line: &Quantised) -> f64 {
    let error = (line.stored - line.requested).abs();
    match line.stall.map(|_| time_constant_error(line).abs()) {
        Some(of_constant) if !of_constant.is_nan() => of_constant,
        _ => error,
    }
}

impl Line {
    fn of(spread: &Spread, own: &[Parameter], description: &Description) -> Self {
        let Quantised { name, index, unit, requested, stored, .. } = spread.worst;
        let (varies, stall) = (spread.varies(own), spread.stall);
        let truncated = stall.is_some() && description.spec.rounding == RoundingMode::Truncate;
        Self {
            name: index.map_or(name.to_owned(), |index| format!("{name}[{index}]")),
            unit,
            requested,
            stored,
            error: stored - requested,
            requested_range: varies.then_some(spread.requested),
            stored_range: varies.then_some(spread.stored),
            worst_neuron: varies.then_some(spread.neuron),
            // A decay factor of 0 or 1 corresponds to no time constant.
            time_constant_error: stall.map(|_| time_constant_error(&spread.worst)).filter(|error| error.is_finite()),
            stall,
            // The slowest decay has the widest band.
            linear: if truncated { description.spec.scalar.last_place_band(spread.stored[1]) } else { None },
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

/// Formats a value, or the range of values that vary.
fn shown(value: f64, range: Option<[f64; 2]>) -> String {
    match range.map(|ends| ends.map(seven_digits)) {
        None => Number(value).to_string(),
        Some([least, greatest]) if least == greatest => least.to_string(),
        Some([least, greatest]) => format!("{least} to {greatest}"),
    }
}

pub(crate) fn inspect(arguments: &Arguments) -> Result<()> {
    if crate::is_network(&arguments.population) {
        return network::inspect(arguments);
    }
    let description = in_scalar(crate::description(&arguments.population)?, arguments.scalar)?;
    let report = report(&description)?;
    let fit = arguments.board.map(|board| board::of_population(board, &description, &arguments.rate)).transpose()?;
    if arguments.json {
        say(&serde_json::to_string(&Whole { report, fit })?)?;
        return Ok(());
    }
    tell("", &description, &report)?;
    board::tell_below(fit.as_ref())
}

/// The report of a population file for other programs.
#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    report: Report,
    /// Whether it fits a board, if --board names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    fit: Option<board::Fit>,
}

/// Prints the report of a population. `name` is the beginning of its first line.
fn tell(name: &str, description: &Description, report: &Report) -> Result<()> {
    let Report { model, scalar, neurons, batch_size, bytes_per_neuron, own_bytes_per_neuron, .. } = report;
    say(&format!(
        "{name}{model} in {scalar}: {} x {}, {}",
        counted(*neurons, "neuron"),
        counted(*batch_size, "sample"),
        glif::output::components(description.spec.params.counts())
    ))?;
    let steps = match report.refractory_steps_range {
        Some([least, greatest]) => format!("{least} to {greatest}"),
        None => report.refractory_steps.to_string(),
    };
    match description.model().fires() {
        true => say(&format!("{steps} steps from a spike to the next possible one"))?,
        false => say("no spikes, as there is no threshold")?,
    }
    say(&format!("{bytes_per_neuron} bytes of state a neuron, its spike flag included"))?;
    let own = !description.own.is_empty();
    if own {
        say(&format!("{own_bytes_per_neuron} bytes of own coefficients a neuron"))?;
    }
    say(&format!("{}\n", report.currents.told(description.own.get(Parameter::Resistance).is_some())))?;
    if own {
        let row = |name: &str, [least, greatest]: [&str; 2]| say(&format!("{name:24} {least:>22} {greatest:>22}"));
        row("own parameters", ["least", "greatest"])?;
        for OwnParameter { name, unit, least, greatest } in &report.own_parameters {
            let [least, greatest] = [*least, *greatest].map(|value| Number(value).to_string());
            row(&format!("{name} {unit}"), [&least, &greatest])?;
        }
        say("")?;
    }
    table("", &report.values, description.spec.rounding, (own, "mV"))
}

/// Prints a quantization report under a title. `own` says whether neurons have their own parameters. Bands have this unit.
fn table(title: &str, values: &[Line], rounding: RoundingMode, (own, unit): (bool, &str)) -> Result<()> {
    let band = match rounding {
        RoundingMode::Nearest => "stalls within",
        RoundingMode::Truncate => "linear within",
        RoundingMode::Stochastic => "",
    };
    let shown = |line: &Line| [shown(line.requested, line.requested_range), shown(line.stored, line.stored_range)];
    let ranges = values.iter().filter(|line| line.worst_neuron.is_some()).flat_map(shown);
    let width = ranges.map(|range| range.len()).fold(22, usize::max);
    let row = |name: &str, requested: &str, stored: &str, error: &str, neuron: &str, band: &str| {
        let neuron = if own { format!(" {neuron:>10}") } else { String::new() };
        say(format!("{name:24} {requested:>width$} {stored:>width$} {error:>16}{neuron}  {band}").trim_end())
    };
    row(title, "requested", "stored", if own { "greatest error" } else { "error" }, "in neuron", band)?;
    for line in values {
        let band = match line.linear.or(line.stall) {
            Some(band) if band > 0.0 => format!("±{} {unit}", seven_digits(band)),
            _ => String::new(),
        };
        let neuron = line.worst_neuron.map_or("all".to_owned(), |neuron| neuron.to_string());
        let [requested, stored] = shown(line);
        row(&format!("{} {}", line.name, line.unit), &requested, &stored, &line.shown_error(), &neuron, &band)?;
    }
    Ok(())
}

fn report(description: &Description) -> Result<Report> {
    // One neuron has the coefficients of all neurons, unless they have their own. One sample has all neurons.
    let population = match description.own.is_empty() {
        true => description.one_neuron()?,
        false => Description { batch_size: 1, ..description.clone() }.build()?,
    };
    let (least, greatest) = population.refractory_range();
    let own: Vec<Parameter> = description.own.iter().map(|(parameter, _)| parameter).collect();
    Ok(Report {
        model: description.model().name(),
        scalar: description.spec.scalar.name(),
        shape: description.shape.clone(),
        batch_size: description.batch_size,
        neurons: description.shape.iter().product(),
        components: population.components(),
        refractory_steps: greatest,
        refractory_steps_range: (least < greatest).then_some([least, greatest]),
        bytes_per_neuron: population.bytes_per_neuron(),
        own_bytes_per_neuron: population.own_bytes_per_neuron(),
        currents: Currents::of(population.current_range()),
        own_parameters: OwnParameter::of(&population),
        values: Spread::of(&population).iter().map(|spread| Line::of(spread, &own, description)).collect(),
    })
}
