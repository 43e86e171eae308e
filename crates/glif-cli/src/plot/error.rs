//! The distance of number formats from f64.

use anyhow::{Context, Result};
use clap::Args;
use glif::description::NumberFormat;
use glif::output::say;
use glif::{DynPopulation, Variable};
use glif_plot::{Curve, Curves, Look};

use super::{Common, Format, built};
use crate::drive::Drive;

/// Draws the error of each number format.
#[derive(Args)]
#[command(override_usage = "glif plot error POPULATION.toml --input I.npy --output FILE.svg|png [OPTIONS]
       glif plot error POPULATION.toml --constant NA --steps T --output FILE.svg|png [OPTIONS]")]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    drive: Drive,
    /// Number formats, as in `i8f8,i16f16/stochastic`; without a rounding mode, that of the population
    #[arg(long, value_name = "F", value_delimiter = ',', value_parser = Format::parse,
          default_value = "f32,i16f16,i12f20,i8f8,i9f7")]
    formats: Vec<Format>,
}

/// Points per curve: as many as a picture can show.
const POINTS: usize = 500;

/// A population in a number format, with its error.
struct Rival {
    format: Format,
    population: DynPopulation,
    /// Per neuron, whether its spikes have ever differed from those of f64.
    parted: Vec<bool>,
    points: Vec<(f64, f64)>,
}

pub(super) fn error(arguments: &Arguments) -> Result<()> {
    let common = &arguments.common;
    let description = common.description()?;
    let step_time = description.step_time();
    let mut reference = Format::parse(NumberFormat::F64.name()).map_err(anyhow::Error::msg)?.of(&description)?;
    let (mut feed, steps) = arguments.drive.feed(&reference)?;
    let cells = reference.neurons() * description.batch_size;
    let mut rivals = Vec::new();
    for (format, population) in built(&arguments.formats, &description, &common.population)? {
        rivals.push(Rival { format, population, parted: vec![false; cells], points: Vec::new() });
    }
    let width = steps.div_ceil(POINTS);
    for step in 0..steps {
        let at = || format!("step {step}");
        feed.load(std::iter::once(&mut reference).chain(rivals.iter_mut().map(|rival| &mut rival.population)), step)?;
        reference.step(description.options()).with_context(at)?;
        let (voltage, spikes) = (reference.read(Variable::Voltage), reference.read(Variable::Spikes));
        for rival in &mut rivals {
            rival.population.step(description.options()).with_context(at)?;
            let worst = rival.compare(&voltage, &spikes);
            if step % width == 0 {
                rival.points.push(((step + 1) as f64 * step_time, 0.0));
            }
            if let Some((_, most)) = rival.points.last_mut() {
                *most = most.max(worst);
            }
        }
    }
    let curves = rivals.into_iter().map(Rival::told).collect::<Result<_>>()?;
    common.save(&Curves {
        title: format!("{}: distance of each number format from f64", common.name()),
        across: "time (ms)".to_owned(),
        up: "worst membrane (mV)".to_owned(),
        logarithmic: true,
        curves,
    })
}

impl Rival {
    /// Returns the maximum distance of a membrane potential, mV. Ignores neurons whose spikes have differed.
    fn compare(&mut self, voltage: &[f64], spikes: &[f64]) -> f64 {
        let (ours, fired) = (self.population.read(Variable::Voltage), self.population.read(Variable::Spikes));
        let mut worst: f64 = 0.0;
        for cell in 0..voltage.len() {
            self.parted[cell] |= fired[cell] != spikes[cell];
            if !self.parted[cell] {
                worst = worst.max((ours[cell] - voltage[cell]).abs());
            }
        }
        worst
    }

    fn told(self) -> Result<Curve> {
        let parted = self.parted.iter().filter(|parted| **parted).count();
        let worst = self.points.iter().map(|point| point.1).fold(0.0, f64::max);
        let (name, cells) = (self.format.name(), self.parted.len());
        say(&format!(
            "{name}: {worst:.3e} mV at worst; spikes of {parted} of {cells} neurons differ from those of f64"
        ))?;
        Ok(Curve { name: format!("{name}, {parted} of {cells} parted"), points: self.points, look: Look::Line })
    }
}
