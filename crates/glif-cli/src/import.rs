//! `glif import`: a population file from another tool's model of a cell.

mod allen;
mod reader;

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use clap::Args;
use clap::builder::{PathBufValueParser, TypedValueParser as _};
use glif::description::toml::parse;
use glif::description::{Dialect, NumberFormat};
use glif::output::say;
use glif::{Description, file, limits, text};

/// Writes the population file of a cell of the Allen Cell Types Database.
#[derive(Args)]
#[command(after_help = "Examples:
  glif import neuron_config.json --dialect allen --output cell.toml
  glif import neuron_config.json --dialect nest --step-time 0.1 --scalar i16f16 --output cell.toml

The cell is a neuron_config.json of a GLIF model. The report says what became of each of its keys.")]
pub(crate) struct Arguments {
    /// The cell (JSON)
    cell: PathBuf,
    /// Simulator whose conventions the neuron follows
    #[arg(long, value_parser = parse::<Dialect>)]
    dialect: Dialect,
    /// Length of a step; by default that of the cell
    #[arg(long, value_name = "MS", value_parser = crate::number, allow_negative_numbers = true)]
    step_time: Option<f64>,
    /// Number format
    #[arg(long, value_parser = parse::<NumberFormat>, default_value = "f32")]
    scalar: NumberFormat,
    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE.toml", value_parser = PathBufValueParser::new().try_map(toml))]
    output: Option<PathBuf>,
}

/// Parses --output: a TOML file, so that it never replaces a file of another kind.
fn toml(path: PathBuf) -> Result<PathBuf, String> {
    match path.extension() {
        Some(extension) if extension.eq_ignore_ascii_case("toml") => Ok(path),
        _ => Err("the name must end in .toml, as the output is a population file".to_owned()),
    }
}

pub(crate) fn import(arguments: &Arguments) -> Result<()> {
    let Arguments { cell: path, dialect, step_time, scalar, output } = arguments;
    let named = || format!("`{}`", text::path(path));
    let content = read(path).with_context(named)?;
    let cell = allen::Cell::read(&content).map_err(|errors| listed(&errors)).with_context(named)?;
    let imported = cell.population(*dialect, *step_time).map_err(|errors| listed(&errors)).with_context(named)?;
    let mut description = imported.description;
    description.spec.scalar = *scalar;
    // The same checks as for a file.
    let checked = description.to_toml();
    Description::from_toml(&checked).map_err(|errors| anyhow!("{errors}")).with_context(named)?;
    let file = text::printable(&path.file_name().unwrap_or_default().to_string_lossy(), limits::PRINTED_PATH);
    let origin = format!("# Imported by `glif import` from `{file}`, a cell of the Allen Cell Types Database.\n");
    let whole = origin + &checked;
    let outputs: Vec<&Path> = output.iter().map(PathBuf::as_path).collect();
    file::check_distinct(&[path], &outputs)?;
    for line in &imported.report {
        eprintln!("{line}");
    }
    match output {
        Some(output) => {
            file::replace(output, |mut file, _| file.write_all(whole.as_bytes()))?;
            say(&format!("written: {}", text::path(output)))?;
        }
        None => say(whole.trim_end())?,
    }
    Ok(())
}

/// Reads a file that is not longer than a population file may be.
fn read(path: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(limits::POPULATION_FILE + 1).read_to_end(&mut bytes))
        .context("cannot be read")?;
    ensure!(bytes.len() as u64 <= limits::POPULATION_FILE, "longer than 1 MiB, not a cell");
    text::decode(bytes).map_err(|problem| anyhow!(problem))
}

/// Returns all errors of a cell as one.
fn listed(errors: &[String]) -> anyhow::Error {
    match errors {
        [lone] => anyhow!("{lone}"),
        _ => anyhow!("not a valid cell:\n  {}", errors.join("\n  ")),
    }
}
