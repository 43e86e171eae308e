//! `run`, `watch`, `faults`, `evaluate`, `closed-loop` and `curve`, for one board in an emulator or at a serial port. The
//! first three are commands of `glif board`, the last two are examples.

use std::path::Path;

use anyhow::Result;
use clap::Args;
use xshell::{Shell, cmd};

use crate::firmware::Image;
use crate::{boards, glif};

/// Where, and the other arguments.
#[derive(Args)]
pub(crate) struct Show {
    /// Board in QEMU, or rp2040 in rp2040js; without this and --port, the node in a thread of this process
    #[arg(long, value_name = "NAME", conflicts_with = "port")]
    pub(crate) board: Option<String>,
    /// A board at a serial port, already flashed
    #[arg(long, value_name = "PATH")]
    pub(crate) port: Option<String>,
    /// For that command or example, such as another population; behind `--` what starts with a hyphen, such as --steps
    #[arg(value_name = "ARG")]
    pub(crate) args: Vec<String>,
}

impl Show {
    /// Runs a command of `glif board`.
    pub(crate) fn command(&self, sh: &Shell, verb: &str) -> Result<()> {
        let program = glif::program(sh)?;
        self.run(sh, &program, &["board", verb])
    }

    /// Runs `glif evaluate`, on a board if one is given.
    pub(crate) fn evaluate(&self, sh: &Shell) -> Result<()> {
        let program = glif::program(sh)?;
        self.run(sh, &program, &["evaluate"])
    }

    /// Runs an example.
    pub(crate) fn example(&self, sh: &Shell, name: &str) -> Result<()> {
        let program = glif::example(sh, name)?;
        self.run(sh, &program, &[])
    }

    fn run(&self, sh: &Shell, program: &Path, verbs: &[&str]) -> Result<()> {
        let board = self.board.as_deref().map(boards::find).transpose()?;
        let reach = match (board, &self.port) {
            (Some(board), _) => glif::reach(sh, &board, &Image::node(&board).build_for(sh, board.name)?)?,
            (None, Some(path)) => vec![format!("--port={path}")],
            (None, None) => vec![],
        };
        let args = &self.args;
        glif::end(cmd!(sh, "{program} {verbs...} {reach...} {args...}"))
    }
}
