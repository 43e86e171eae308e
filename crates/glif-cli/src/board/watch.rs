//! `glif board watch`: a live view of a board.

use anyhow::Result;
use clap::Args;
use glif::output::Output;
use glif_board::reach::{Reach, Reached};
use glif_board::watch::{self, Watch};

/// A view, and the board it is of.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    own: Watch,
}

/// Watches until the user or a time limit ends it. Returns `true`, as every failure is an error.
pub(crate) fn watch(arguments: &Arguments) -> Result<bool> {
    let reach = arguments.reach.clone().unlimited();
    let own = Watch { emulated: reach.emulated(), ..arguments.own.clone() };
    let mut emulator = None;
    let open = move || {
        // The previous emulator ends first.
        emulator.take();
        let Reached { line, emulator: started, .. } = reach.open()?;
        emulator = started;
        Ok(line)
    };
    watch::run(&own, open, &mut Output)?;
    Ok(true)
}
