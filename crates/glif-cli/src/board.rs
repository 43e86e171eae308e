//! `glif board`: boards that run integrate-and-fire neurons, one module per command.

pub(crate) mod beside;
mod cost;
mod faults;
mod network;
mod run;
mod verify;
mod watch;

use anyhow::Result;
use clap::Subcommand;

/// What can be done with a board.
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Run a population or a network on a board: raster, rates, cost, and comparison with the host
    Run(run::Arguments),
    /// Watch a running board: spikes, rates, deadlines and the link, live in the terminal
    Watch(watch::Arguments),
    /// Compare a board with the host: random populations, bad requests, real time
    #[command(visible_alias = "hil")]
    Verify(verify::Arguments),
    /// Compare a board with the host over a line that loses, duplicates, delays, corrupts and truncates frames, and through power cuts
    Faults(faults::Arguments),
    /// Measure the cost of a step for each model and number format
    Cost(cost::Arguments),
}

/// Executes the command. Returns `false` if the board differs from the host, which has then been printed.
pub(crate) fn board(verb: &Verb) -> Result<bool> {
    match verb {
        Verb::Run(arguments) => run::run(arguments),
        Verb::Watch(arguments) => watch::watch(arguments),
        Verb::Verify(arguments) => verify::verify(arguments),
        Verb::Faults(arguments) => faults::faults(arguments),
        Verb::Cost(arguments) => cost::cost(arguments),
    }
}
