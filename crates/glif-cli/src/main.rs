//! The `glif` program: runs, draws, inspects, freezes and times populations of integrate-and-fire neurons.
//!
//! It also controls boards.
//!
//! Exit codes:
//! * 0 for success;
//! * 1 for bad input, a file that cannot be written or a board that cannot be reached (reported on standard
//!   error), and for a board that differs from the host (shown in the report);
//! * 2 for wrong usage.
#![forbid(unsafe_code)]

mod bench;
mod board;
mod drive;
mod duration;
mod evaluate;
mod export;
mod freeze;
mod import;
mod inspect;
mod plot;
mod run;
mod samples;

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{CommandFactory as _, Parser, Subcommand};
use glif::network::Network;
use glif::{CurrentSpan, Description, DynPopulation, limits, text};

/// Populations of integrate-and-fire neurons, equal to Inferno bit for bit.
#[derive(Parser)]
#[command(name = "glif", version)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Run a population under currents from a file or a built-in stimulus
    Run(Box<run::Arguments>),
    /// Classify labelled samples by a network: accuracy, confusion, spikes and synaptic events, beside f64 and on a board
    Evaluate(Box<evaluate::Arguments>),
    /// Print the coefficients of a population or network, their quantization errors and its memory
    Inspect(inspect::Arguments),
    /// Write a population as constants in Rust, for firmware
    Freeze(freeze::Arguments),
    /// Write the population file of a cell of the Allen Cell Types Database
    Import(import::Arguments),
    /// Write a network as a graph in NIR, for other simulators
    Export(export::Arguments),
    /// Draw spikes, membranes, firing rates or errors of number formats, as SVG or PNG
    Plot(plot::Arguments),
    /// Time the step
    Bench(bench::Arguments),
    /// Run, watch and measure a board, or compare it with the host
    #[command(subcommand)]
    Board(Box<board::Verb>),
}

fn main() -> ExitCode {
    let done = match arguments().verb {
        Verb::Run(arguments) => run::run(&arguments).map(|()| true),
        Verb::Evaluate(arguments) => evaluate::evaluate(&arguments).map(|()| true),
        Verb::Inspect(arguments) => inspect::inspect(&arguments).map(|()| true),
        Verb::Freeze(arguments) => freeze::freeze(&arguments).map(|()| true),
        Verb::Import(arguments) => import::import(&arguments).map(|()| true),
        Verb::Export(arguments) => export::export(&arguments).map(|()| true),
        Verb::Plot(arguments) => plot::plot(&arguments).map(|()| true),
        Verb::Bench(arguments) => bench::bench(&arguments).map(|()| true),
        Verb::Board(verb) => board::board(&verb),
    };
    match done {
        Ok(equal) => ExitCode::from(u8::from(!equal)),
        Err(error) => match error.downcast::<clap::Error>() {
            Ok(misuse) => misuse.exit(),
            Err(error) => {
                _ = writeln!(io::stderr(), "{}", text::message(&format!("error: {error:#}")));
                ExitCode::FAILURE
            }
        },
    }
}

/// Parses the arguments. Wrong usage ends the program with a message whose control characters are escaped.
fn arguments() -> Cli {
    Cli::try_parse().unwrap_or_else(|error| {
        let plain = error.to_string();
        let shown = text::message(&plain);
        if !error.use_stderr() || shown == plain.trim_end() {
            error.exit(); // in color
        }
        _ = writeln!(io::stderr(), "{shown}");
        std::process::exit(error.exit_code())
    })
}

/// Reads a population file and the arrays that it names. The error lists everything that is wrong; warnings go to standard error.
fn description(path: &Path) -> Result<Description> {
    if is_network(path) {
        bail!("`{}`: a network file, but this command takes a population file", text::path(path));
    }
    let description = glif_cli::arrays::read_description(path)?;
    for warning in glif::warnings(&description) {
        eprintln!("note: `{}`: {warning}", text::path(path));
    }
    Ok(description)
}

/// Prints warnings about a network on standard error, and returns them. `driven` has the names of the populations with an
/// input from outside, if they are known.
fn note_network(path: &Path, network: &Network, driven: Option<&[&str]>) -> Vec<String> {
    let warnings = network.warnings(driven);
    for warning in &warnings {
        eprintln!("note: `{}`: {warning}", text::path(path));
    }
    warnings
}

/// Returns whether a file is a network file. A file that cannot be read is none; reading it as another gives the error.
fn is_network(path: &Path) -> bool {
    glif::description::toml::read_text(path).is_ok_and(|text| glif::network::toml::is_network(&text))
}

/// Prints warnings about the currents of a run on standard error.
fn note_currents(population: &DynPopulation, span: &CurrentSpan) {
    for warning in glif::warnings_of_currents(population.description(), &population.current_range(), span) {
        eprintln!("note: {warning}");
    }
}

/// Parses a number without a unit.
fn number(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| "must be a number without a unit: currents are in nA, times in ms".to_owned())
}

/// Parses a whole number within bounds.
fn whole<const LEAST: u64, const MOST: u64>(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(number) if (LEAST..=MOST).contains(&number) => Ok(number),
        _ if MOST == u64::MAX => Err(format!("must be an integer of at least {LEAST}")),
        _ => Err(format!("must be an integer from {LEAST} to {MOST}")),
    }
}

/// Parses a number of threads that a machine may have.
fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 1..=limits::THREADS) => Ok(count),
        _ => Err(format!("must be an integer from 1 to {}", limits::THREADS)),
    }
}

/// Returns an error for wrong usage that is detected after parsing, as it involves several options.
fn misuse(problem: &str) -> anyhow::Error {
    let mut command = Cli::command();
    command.build();
    let mut named = &command;
    for argument in std::env::args_os().skip(1) {
        match named.find_subcommand(&argument) {
            Some(verb) => named = verb,
            None => break,
        }
    }
    named.clone().error(clap::error::ErrorKind::ArgumentConflict, problem).into()
}
