//! The decay of a membrane, and where it stops.

use anyhow::{Context, Result};
use clap::Args;
use glif::description::{NumberFormat, Parameter, RoundingMode};
use glif::output::say;
use glif::{DynPopulation, Variable};
use glif_plot::{Curve, Curves, Look};

use super::{Common, Format, built};
use crate::duration::Ms;

/// Draws decays.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Number formats, as in `i8f8,i16f16/stochastic`; without a rounding mode, that of the population
    #[arg(long, value_name = "F", value_delimiter = ',', value_parser = Format::parse,
          default_value = "i16f16,i16f16/truncate,i16f16/stochastic,i8f8,i8f8/truncate,i8f8/stochastic")]
    formats: Vec<Format>,
    /// Duration, ms; 16 time constants by default
    #[arg(long, value_name = "MS", allow_negative_numbers = true, value_parser = crate::number)]
    duration: Option<f64>,
}

/// Distance from rest at which a membrane without a threshold starts, mV.
const START: f64 = 10.0;
/// Default duration of a decay, in time constants of the membrane.
const CONSTANTS: f64 = 16.0;
/// Maximum number of points per curve: more than a picture can show.
const POINTS: usize = 20_000;
/// Maximum number of steps of a decay.
const MOST: u64 = 10_000_000;

pub(super) fn decay(arguments: &Arguments) -> Result<()> {
    let common = &arguments.common;
    let (description, which) = common.one_neuron()?;
    let model = description.model();
    let constant = model.time_constant().with_context(|| format!("the membrane of {model} does not decay"))?;
    let time_constant = description.number(constant);
    let (rest, step_time) = (description.number(Parameter::RestV), description.step_time());
    let start = match model.threshold() {
        Some(threshold) => rest + (description.number(threshold) - rest) / 2.0,
        None => rest + START,
    };
    let steps = match arguments.duration {
        Some(duration) => crate::duration::steps("--duration", duration, step_time, 1..=MOST)?,
        None => (CONSTANTS * time_constant / step_time).round().clamp(1.0, MOST as f64) as u64,
    };
    let duration = Ms(steps as f64 * step_time);

    let exact = Format { scalar: NumberFormat::F64, rounding: Some(RoundingMode::Nearest) };
    let mut rivals = vec![(exact, exact.of(&description)?)];
    rivals.extend(built(&arguments.formats, &description, &common.population)?);
    let mut curves = Vec::new();
    for (format, population) in rivals {
        let (points, last) = decayed(population, start, steps as usize)?;
        let name = format.name();
        say(&format!("{name}: {last:.3e} mV from rest after {duration} ms"))?;
        let look = match format.rounding {
            _ if format == exact => Look::Behind,
            None | Some(RoundingMode::Nearest) => Look::Line,
            Some(RoundingMode::Truncate) => Look::Dashes,
            Some(RoundingMode::Stochastic) => Look::Dots,
        };
        curves.push(Curve { name, points, look });
    }
    common.save(&Curves {
        title: format!("{}{which}: a membrane left alone at {start} mV", common.name()),
        across: "time (ms)".to_owned(),
        up: "distance from rest (mV)".to_owned(),
        logarithmic: true,
        curves,
    })
}

/// Returns the distance from rest over time, and at the end, mV.
fn decayed(mut population: DynPopulation, start: f64, steps: usize) -> Result<(Vec<(f64, f64)>, f64)> {
    let description = population.description().clone();
    let (rest, step_time) = (description.number(Parameter::RestV), description.step_time());
    population.write(Variable::Voltage, &[start])?;
    let mut last = (start - rest).abs();
    let mut points = vec![(0.0, last)];
    let every = steps.div_ceil(POINTS);
    for step in 1..=steps {
        population.step(description.options())?;
        if step % every == 0 || step == steps {
            last = (population.read(Variable::Voltage)[0] - rest).abs();
            points.push((step as f64 * step_time, last));
        }
    }
    Ok((points, last))
}
