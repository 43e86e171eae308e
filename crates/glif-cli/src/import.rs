//! `glif import`: another tool's model of a cell as a population file, or a trained network as a network file.

mod allen;
mod cell;
mod nir;
mod reader;

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, ensure};
use clap::Args;
use clap::builder::{PathBufValueParser, TypedValueParser as _};
use glif::description::toml::parse;
use glif::description::{Dialect, Discretization, NumberFormat};
use glif::nir::{IfInput, Reset, ScaleChoice, WeightChoice, is_hdf5};
use glif::{limits, text};

/// Writes the population file of a cell of the Allen Cell Types Database, or the network file of a graph in NIR.
#[derive(Args)]
#[command(after_help = "Examples:
  glif import neuron_config.json --dialect allen --output cell.toml
  glif import neuron_config.json --dialect nest --step-time 0.1 --scalar i16f16 --output cell.toml
  glif import trained.nir --step-time 1 --output network.toml
  glif import trained.nir --step-time 1 --reset subtract --scalar i16f16 --weights i8 --output network.toml

A cell is a neuron_config.json of a GLIF model. A graph is HDF5, as Norse, snnTorch, spikingjelly and sinabs write it; its arrays
go to an .npz file beside the output. The report says what became of each part.")]
pub(crate) struct Arguments {
    /// The cell (JSON), or the graph (NIR)
    file: PathBuf,
    /// Length of a step; by default that of the cell
    #[arg(long, value_name = "MS", value_parser = crate::number, allow_negative_numbers = true)]
    step_time: Option<f64>,
    /// Number format
    #[arg(long, value_parser = parse::<NumberFormat>, default_value = "f32")]
    scalar: NumberFormat,
    /// Write to a file instead of standard output; a graph needs it
    #[arg(long, value_name = "FILE.toml", value_parser = PathBufValueParser::new().try_map(toml))]
    output: Option<PathBuf>,
    /// Of a cell: simulator whose conventions the neuron follows
    #[arg(long, value_parser = parse::<Dialect>)]
    dialect: Option<Dialect>,
    /// Of a graph: how time constants become decays of a step [default: euler]
    #[arg(long, value_parser = parse::<Discretization>)]
    discretization: Option<Discretization>,
    /// Of a graph: what a spike does to the membrane [default: zero]
    #[arg(long, value_name = "zero|subtract", value_parser = |text: &str| choice(text, Reset::ALL, Reset::name))]
    reset: Option<Reset>,
    /// Of a graph: whether an input of 1 adds r to the membrane of IF in a step, or r times the step in s [default: step]
    #[arg(long, value_name = "step|time", value_parser = |text: &str| choice(text, IfInput::ALL, IfInput::name))]
    if_input: Option<IfInput>,
    /// Of a graph: how weights are stored [default: float, and i16 in fixed point]
    #[arg(long, value_name = "i8|i16|float", value_parser = |text: &str| choice(text, WeightChoice::ALL, WeightChoice::name))]
    weights: Option<WeightChoice>,
    /// Of a graph: what shares the scale of weights in 8 or 16 bits [default: each target has its own where this halves the error]
    #[arg(long, value_name = "projection|target", value_parser = |text: &str| choice(text, ScaleChoice::ALL, ScaleChoice::name))]
    scales: Option<ScaleChoice>,
}

/// Parses one of the values of a choice.
fn choice<T: Copy>(text: &str, all: &[T], name: fn(T) -> &'static str) -> Result<T, String> {
    let names: Vec<&str> = all.iter().map(|value| name(*value)).collect();
    all.iter().copied().find(|value| name(*value) == text).ok_or_else(|| format!("must be one of {}", names.join(", ")))
}

/// Parses --output: a TOML file, so that it never replaces a file of another kind.
fn toml(path: PathBuf) -> Result<PathBuf, String> {
    match path.extension() {
        Some(extension) if extension.eq_ignore_ascii_case("toml") => Ok(path),
        _ => Err("the name must end in .toml, as the output is a population file or a network file".to_owned()),
    }
}

pub(crate) fn import(arguments: &Arguments) -> Result<()> {
    let Arguments { file, discretization, reset, if_input, weights, scales, dialect, .. } = arguments;
    let named = || format!("`{}`", text::path(file));
    let bytes = read(file).with_context(named)?;
    let is_graph = is_hdf5(&bytes);
    if !is_graph && file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("nir")) {
        return Err(anyhow!("not HDF5, which a graph in NIR is")).with_context(named);
    }
    let of_graph = [
        ("--discretization", discretization.is_some()),
        ("--reset", reset.is_some()),
        ("--if-input", if_input.is_some()),
        ("--weights", weights.is_some()),
        ("--scales", scales.is_some()),
    ];
    let of_cell = [("--dialect", dialect.is_some())];
    let (wrong, what, is) =
        if is_graph { (&of_cell[..], "a cell", "a graph") } else { (&of_graph[..], "a graph", "a cell") };
    if let Some((option, _)) = wrong.iter().find(|(_, given)| *given) {
        return Err(crate::misuse(&format!("{option} is for {what}, but {} is {is}", named())));
    }
    if is_graph { nir::import(arguments, bytes) } else { cell::import(arguments, bytes) }
}

/// Reads a file: a graph to its end, and of another as much as a cell may have.
fn read(path: &PathBuf) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut file = File::open(path).context("cannot be read")?;
    file.by_ref().take(limits::POPULATION_FILE + 1).read_to_end(&mut bytes).context("cannot be read")?;
    if is_hdf5(&bytes) {
        let rest = limits::NIR_FILE + 1 - bytes.len() as u64;
        file.take(rest).read_to_end(&mut bytes).context("cannot be read")?;
        ensure!(bytes.len() as u64 <= limits::NIR_FILE, "longer than 1 GiB, the limit of a graph");
    }
    Ok(bytes)
}
