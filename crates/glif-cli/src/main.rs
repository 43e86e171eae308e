//! The `glif` program: runs, draws, inspects, freezes and times populations of integrate-and-fire neurons.
//!
//! Exit codes: 0, 1 for bad input or a file that cannot be written (told on standard error), 2 for wrong usage.
#![forbid(unsafe_code)]

mod bench;
mod drive;
mod duration;
mod freeze;
mod inspect;
mod plot;
mod run;

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory as _, Parser, Subcommand};
use glif::Description;

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
    /// Show what a population file becomes: coefficients, what quantisation costs, memory
    Inspect(inspect::Arguments),
    /// Write a population as constants in Rust, for firmware
    Freeze(freeze::Arguments),
    /// Draw what a population does, and what a number format does to it, as SVG or PNG
    Plot(plot::Arguments),
    /// Time the step
    Bench(bench::Arguments),
}

fn main() -> ExitCode {
    let done = match Cli::parse().verb {
        Verb::Run(arguments) => run::run(&arguments),
        Verb::Inspect(arguments) => inspect::inspect(&arguments),
        Verb::Freeze(arguments) => freeze::freeze(&arguments),
        Verb::Plot(arguments) => plot::plot(&arguments),
        Verb::Bench(arguments) => bench::bench(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => match error.downcast::<clap::Error>() {
            Ok(misuse) => misuse.exit(),
            Err(error) => {
                _ = writeln!(io::stderr(), "error: {error:#}");
                ExitCode::FAILURE
            }
        },
    }
}

/// A population file, with everything that is wrong with it told at once, and what is doubtful on standard error.
fn description(path: &Path) -> Result<Description> {
    let description = Description::read(path)?;
    for doubt in glif::doubts(&description) {
        eprintln!("note: `{}`: {doubt}", path.display());
    }
    Ok(description)
}

/// Tells on standard error what is doubtful about currents of which this is the strongest, nA.
fn note_currents(description: &Description, strongest: f64) {
    if let Some(doubt) = glif::doubt_of_currents(description, strongest) {
        eprintln!("note: {doubt}");
    }
}

/// A number, which stands without its unit.
fn number(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| "a number is needed, without its unit: currents are in nA, times in ms".to_owned())
}

/// A whole number within bounds.
fn whole<const LEAST: u64, const MOST: u64>(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(number) if (LEAST..=MOST).contains(&number) => Ok(number),
        _ if MOST == u64::MAX => Err(format!("a whole number of {LEAST} or more is needed")),
        _ => Err(format!("a whole number from {LEAST} to {MOST} is needed")),
    }
}

/// A number of threads that a machine may have.
fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 1..=1024) => Ok(count),
        _ => Err("a number of threads is from 1 to 1024".to_owned()),
    }
}

/// Wrong usage that shows late, as it is a matter of several options.
fn misuse(problem: &str) -> anyhow::Error {
    let mut command = Cli::command();
    command.build();
    let verb = std::env::args().nth(1).unwrap_or_default();
    let named = command.find_subcommand(&verb).unwrap_or(&command);
    named.clone().error(clap::error::ErrorKind::ArgumentConflict, problem).into()
}
