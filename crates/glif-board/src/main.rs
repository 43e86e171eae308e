//! The `glif-board` program: talks to a board, and proves it equal to the host.
//!
//! Exit codes: 0; 1 for a board that differs or cannot be reached, told on standard error; 2 for wrong usage.
#![forbid(unsafe_code)]

mod commands;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use commands::{cost, demonstrations, faults, hil, watch};
use glif_board::{closed_loop::ClosedLoop, curve::Curve, show::Show};

/// Boards that run integrate-and-fire neurons.
#[derive(Parser)]
#[command(name = "glif-board", version)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Prove a board equal to the host: random populations, bad requests, real time
    Hil(hil::Arguments),
    /// Show a population running on a board: raster, rates, cost, and whether it equals the host
    Show(demonstrations::On<Show>),
    /// Watch a running board: spikes, rates, deadlines and the link, live in the terminal
    Watch(watch::Arguments),
    /// Lose, double, delay, corrupt and cut frames on a board's line, cut its power, and prove that it does no harm
    Faults(faults::Arguments),
    /// Measure what a step costs, for each model and number format of a board
    Cost(cost::Arguments),
    /// Measure firing rate over current on a board, beside the host's and the closed form
    Curve(demonstrations::On<Curve>),
    /// Close a loop through a board: its neurons hold a pole upright in a recorded wind
    ClosedLoop(demonstrations::On<ClosedLoop>),
}

fn main() -> ExitCode {
    let done = match Cli::parse().verb {
        Verb::Hil(arguments) => hil::hil(&arguments),
        Verb::Faults(arguments) => faults::faults(&arguments),
        Verb::Cost(arguments) => cost::cost(&arguments),
        Verb::Watch(arguments) => watch::watch(&arguments),
        Verb::Show(arguments) => demonstrations::run(&arguments),
        Verb::Curve(arguments) => demonstrations::run(&arguments),
        Verb::ClosedLoop(arguments) => demonstrations::run(&arguments),
    };
    match done {
        Ok(passed) => ExitCode::from(u8::from(!passed)),
        Err(error) => {
            _ = writeln!(io::stderr(), "{}", glif::text::message(&format!("error: {error:#}")));
            ExitCode::FAILURE
        }
    }
}
