//! `glif board run`, `curve` and `closed-loop`: what a board does, beside what the host does.

use std::io::Write as _;

use anyhow::Result;
use clap::Args;
use glif::output::Output;
use glif_board::Board;
use glif_board::closed_loop::{self, ClosedLoop};
use glif_board::curve::{self, Curve};
use glif_board::show::{self, Show};

use super::reach::{Line, Reach, Reached};

/// A demonstration, and the board it is for.
#[derive(Args)]
pub(crate) struct On<A: Args> {
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    own: A,
}

/// Something to be done with a board.
pub(crate) trait Demonstration: Args {
    /// Does it. A board that differs from the host is an error.
    fn run(&self, board: &mut Board<Box<dyn Line>>, out: &mut Output) -> Result<()>;
}

impl Demonstration for Show {
    fn run(&self, board: &mut Board<Box<dyn Line>>, out: &mut Output) -> Result<()> {
        show::run(self, board, out)
    }
}

impl Demonstration for Curve {
    fn run(&self, board: &mut Board<Box<dyn Line>>, out: &mut Output) -> Result<()> {
        curve::run(self, board, out)
    }
}

impl Demonstration for ClosedLoop {
    fn run(&self, board: &mut Board<Box<dyn Line>>, out: &mut Output) -> Result<()> {
        closed_loop::run(self, board, out)
    }
}

/// Reaches the board and does it; true, as everything else is an error.
pub(crate) fn run<A: Demonstration>(arguments: &On<A>) -> Result<bool> {
    let Reached { line, emulator, .. } = arguments.reach.open()?;
    let done = arguments.reach.connect(line).map_err(anyhow::Error::from);
    let done = done.and_then(|mut board| arguments.own.run(&mut board, &mut Output));
    if done.is_ok() && arguments.reach.emulated() {
        writeln!(Output, "the board is emulated: its clock is the emulator's, and tells nothing of a part")?;
    }
    done.map(|()| true).map_err(|error| arguments.reach.explain(emulator.as_ref(), error))
}
