//! `glif board run`: what a population does on a board, beside what it does on the host.

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

/// Reaches the board and runs it; true, as everything else is an error.
pub(crate) fn run(Arguments { reach, own }: &Arguments) -> Result<bool> {
    reach.demonstrate(|board, out| show::run(own, board, out))?;
    Ok(true)
}
