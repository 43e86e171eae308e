//! `glif plot`: pictures of what a population or network does, and of the effect of a number format.

pub(crate) mod activity;
mod decay;
mod error;
pub(crate) mod network;
mod rate;
mod weights;

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use clap::builder::{PathBufValueParser, TypedValueParser as _};
use clap::{Args, Subcommand};
use glif::description::toml::parse;
use glif::description::{NumberFormat, RoundingMode};
use glif::output::say;
use glif::{Description, DynPopulation, file, limits, text};
use glif_plot::Figure;

/// Draws a population or a network into an SVG or PNG file.
#[derive(Args)]
#[command(after_help = "Examples:
  glif plot raster population.toml --noise 14 6 --steps 1000 --output raster.svg
  glif plot trace population.toml --step 0 18 50 --duration 300 --neuron 0 --output trace.svg
  glif plot rate population.toml --to 40 --output f-i.svg
  glif plot error population.toml --noise 14 6 --steps 1000 --output error.svg
  glif plot decay population.toml --output decay.svg
  glif plot raster network.toml --input spikes.npz --output raster.svg
  glif plot raster network.toml --recording out.npz --output raster.svg
  glif plot rate network.toml --duration 500 --window 20 --output rates.svg
  glif plot weights network.toml --projection exc:inh --output weights.png")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    figure: Which,
}

#[derive(Subcommand)]
enum Which {
    /// Spikes of all neurons over time
    Raster(Box<activity::RasterArguments>),
    /// Current, membrane and threshold of a few neurons over time
    Trace(Box<activity::TraceArguments>),
    /// Firing rate over a constant current; of a network, mean rate of each population over time
    Rate(Box<rate::Arguments>),
    /// Error of each number format against f64 under the same currents
    Error(Box<error::Arguments>),
    /// Decay of a membrane without current in each number format
    Decay(decay::Arguments),
    /// Weights of a projection of a network
    Weights(weights::Arguments),
}

/// What every figure takes.
#[derive(Args)]
struct Common {
    /// The population file (TOML); a network file for `raster`, `rate` and `weights`
    population: PathBuf,
    /// The picture
    #[arg(long, value_name = "FILE.svg|png", value_parser = PathBufValueParser::new().try_map(glif_plot::path))]
    output: PathBuf,
}

impl Common {
    /// Checks that the picture can be written, then reads the population file.
    fn description(&self) -> Result<Description> {
        file::check_writable(&self.output)?;
        crate::description(&self.population)
    }

    /// Returns a description of one neuron that stands for all. If each has its own parameters, it is neuron 0, which
    /// a note and the second result, a part of the title, say.
    fn one_neuron(&self) -> Result<(Description, &'static str)> {
        let description = self.description()?;
        let own = description.own.names();
        let alone =
            Description { batch_reduction: description.batch_reduction, ..Description::new(description.spec, &[1]) };
        if own.is_empty() {
            return Ok((alone, ""));
        }
        eprintln!(
            "note: `{}`: each neuron has its own {own}: the picture shows neuron 0",
            text::path(&self.population)
        );
        Ok((alone, ", neuron 0"))
    }

    fn save<F: Figure>(&self, figure: &F) -> Result<()> {
        glif_plot::save(figure, &self.output)?;
        say(&format!("written: {}", text::path(&self.output)))?;
        Ok(())
    }

    /// Returns the name of the population file for titles.
    fn name(&self) -> String {
        stem(&self.population)
    }
}

fn stem(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default();
    text::printable(&stem.to_string_lossy(), limits::PRINTED)
}

/// Checks that spikes come from the neurons of a picture.
pub(crate) fn check_fires(description: &Description) -> Result<()> {
    let model = description.model();
    ensure!(model.fires(), "nothing to draw: {model} never fires\nhelp: `glif plot trace` draws the membrane");
    Ok(())
}

pub(crate) fn plot(arguments: &Arguments) -> Result<()> {
    match &arguments.figure {
        Which::Raster(arguments) => activity::raster(arguments),
        Which::Trace(arguments) => activity::trace(arguments),
        Which::Rate(arguments) => rate::rate(arguments),
        Which::Error(arguments) => error::error(arguments),
        Which::Decay(arguments) => decay::decay(arguments),
        Which::Weights(arguments) => weights::weights(arguments),
    }
}

/// A number format, and in fixed point its rounding mode; `None` for that of the population file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Format {
    scalar: NumberFormat,
    rounding: Option<RoundingMode>,
}

impl Format {
    fn parse(text: &str) -> Result<Self, String> {
        let Some((scalar, rounding)) = text.split_once('/') else {
            return Ok(Self { scalar: parse(text)?, rounding: None });
        };
        let format = Self { scalar: parse(scalar)?, rounding: Some(parse(rounding)?) };
        if !format.scalar.is_fixed_point() {
            return Err(format!("{scalar} rounds to nearest; only fixed point has other rounding modes"));
        }
        Ok(format)
    }

    /// Returns the format with a rounding mode: by default that of this population.
    fn settled(self, description: &Description) -> Self {
        let default = if self.scalar.is_fixed_point() { description.spec.rounding } else { RoundingMode::Nearest };
        Self { rounding: self.rounding.or(Some(default)), ..self }
    }

    fn name(self) -> String {
        match self.rounding {
            None | Some(RoundingMode::Nearest) => self.scalar.name().to_owned(),
            Some(rounding) => format!("{} {rounding}", self.scalar),
        }
    }

    /// Builds the population in this format.
    fn of(self, description: &Description) -> Result<DynPopulation> {
        let mut description = description.clone();
        description.spec = description.spec.in_format(self.scalar);
        description.spec.rounding = self.rounding.unwrap_or(description.spec.rounding);
        Ok(description.build()?)
    }
}

/// Builds the population in each format that can hold it, and prints why the other formats cannot.
fn built(formats: &[Format], description: &Description, file: &Path) -> Result<Vec<(Format, DynPopulation)>> {
    let (mut able, mut unable) = (Vec::new(), Vec::new());
    for format in formats.iter().map(|format| format.settled(description)) {
        match format.of(description) {
            Ok(population) => able.push((format, population)),
            Err(error) => unable.push(format!("{}: {error:#}", format.name())),
        }
    }
    let file = text::path(file);
    ensure!(!able.is_empty(), "`{file}`: does not fit these number formats:\n{}", unable.join("\n"));
    for problem in unable {
        say(&problem.replacen(": ", &format!(": cannot hold `{file}`: "), 1))?;
    }
    Ok(able)
}
