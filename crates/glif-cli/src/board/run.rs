//! `glif board run`: a population or a network on a board, compared with the host.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use glif_board::reach::Reach;
use glif_board::show::{self, Show};

use super::network::{self, Job};

/// A population or a network, and the board it is for.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    own: Show,
    /// Spikes and currents of a network in each step, as for `glif run`; the arrays give the number of steps
    #[arg(long, value_name = "IN.npz", conflicts_with = "noise")]
    input: Option<PathBuf>,
    /// Write the spikes of a network as NumPy arrays, as `glif run` does
    #[arg(long, value_name = "OUT.npz")]
    output: Option<PathBuf>,
}

/// Connects to the board and runs the population or the network. Returns `true`, as every failure is an error.
pub(crate) fn run(Arguments { reach, own, input, output }: &Arguments) -> Result<bool> {
    let (input, output) = (input.as_ref(), output.as_ref());
    if crate::is_network(&own.population) {
        if !own.noise.noise.is_empty() {
            return Err(crate::misuse(
                "--noise is for population files\nhelp: a network has its own stimuli in its file, or --input",
            ));
        }
        let job = Job::read(&own.population, own.steps as usize, input, output)?;
        reach.demonstrate(|board, out| job.run(board, out))?;
        return Ok(true);
    }
    network::only_networks(input, output)?;
    reach.demonstrate(|board, out| show::run(own, board, out))?;
    Ok(true)
}
