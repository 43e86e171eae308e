//! `glif board run`: a population on a board, compared with the host.

use anyhow::Result;
use clap::Args;
use glif_board::reach::Reach;
use glif_board::show::{self, Show};

/// A population, and the board it is for.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    own: Show,
}

/// Connects to the board and runs the population. Returns `true`, as every failure is an error.
pub(crate) fn run(Arguments { reach, own }: &Arguments) -> Result<bool> {
    reach.demonstrate(|board, out| show::run(own, board, out))?;
    Ok(true)
}
