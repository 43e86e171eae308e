//! `run`, `watch`, `curve`, `closed-loop` and `faults`: what `glif board` does with one board, in QEMU or at a serial port.

use anyhow::Result;
use clap::Args;
use xshell::{Cmd, Shell, cmd};

use crate::boards;
use crate::firmware::Image;
use crate::hil;

/// Where, and the other arguments of `glif board`.
#[derive(Args)]
pub(crate) struct Show {
    /// A board in an emulator: in QEMU, or rp2040 in rp2040js; with neither this nor --port the node's own program runs in a thread here
    #[arg(long, value_name = "NAME", conflicts_with = "port")]
    pub(crate) board: Option<String>,
    /// A board at a serial port, already flashed
    #[arg(long, value_name = "PATH")]
    pub(crate) port: Option<String>,
    /// For that command of `glif board`, such as another population; behind `--` what starts with a hyphen, such as --steps
    #[arg(value_name = "ARG")]
    pub(crate) args: Vec<String>,
}

/// Runs a command of `glif board` on the board that was asked for.
pub(crate) fn show(sh: &Shell, verb: &str, Show { board, port, args }: &Show) -> Result<()> {
    let board = board.as_deref().map(boards::find).transpose()?;
    let program = hil::program(sh)?;
    let reach = match (board, port) {
        (Some(board), _) => hil::reach(sh, &board, &Image::node(&board).build_for(sh, board.name)?)?,
        (None, Some(path)) => vec![format!("--port={path}")],
        (None, None) => vec![],
    };
    end(cmd!(sh, "{program} board {verb} {reach...} {args...}"))
}

/// Runs `glif board`, which prints by itself why it fails.
pub(crate) fn end(command: Cmd<'_>) -> Result<()> {
    eprintln!("$ {command}");
    let status = std::process::Command::from(command).status()?;
    if status.success() { Ok(()) } else { Err(Ended(status.code()).into()) }
}

/// `glif board` has ended so, and has printed why.
#[derive(Debug)]
pub(crate) struct Ended(pub(crate) Option<i32>);

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(code) => write!(f, "glif board has ended with exit code {code}"),
            None => write!(f, "glif board was ended by a signal"),
        }
    }
}

impl std::error::Error for Ended {}
