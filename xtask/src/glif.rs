//! The programs that talk to boards, `glif` and the examples: building them, their arguments for a board, and
//! their exit codes.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use xshell::{Cmd, Shell, cmd};

use crate::boards::Board;
use crate::{alive, rp2040js, toolchain};

/// Returns the options with which a command of `glif board`, or an example, starts a board in its emulator.
pub(crate) fn reach(sh: &Shell, board: &Board, kernel: &Path) -> Result<Vec<String>> {
    let mut told = match (board.qemu, board.script) {
        (Some(machine), _) => {
            let arguments = machine.args.iter().map(|arg| format!("--qemu-arg={arg}"));
            [format!("--qemu={}", machine.program)].into_iter().chain(arguments).collect()
        }
        (None, Some(script)) => {
            rp2040js::get(sh)?;
            vec!["--emulator=node".to_owned(), format!("--emulator-arg={}", script.path)]
        }
        (None, None) => bail!("no emulator has {}", board.name),
    };
    told.push(format!("--kernel={}", kernel.display()));
    Ok(told)
}

/// Builds `glif` and returns its path. It measures the board, so a debug build is enough, and that exists
/// after a test.
pub(crate) fn program(sh: &Shell) -> Result<PathBuf> {
    alive::run(cmd!(sh, "cargo build -p glif-cli"))?;
    Ok(built("glif"))
}

/// Builds an example of glif-board and returns its path.
pub(crate) fn example(sh: &Shell, name: &str) -> Result<PathBuf> {
    alive::run(cmd!(sh, "cargo build -p glif-board --example {name}"))?;
    Ok(built(&format!("examples/{name}")))
}

fn built(name: &str) -> PathBuf {
    toolchain::target_root().join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// Runs one of these programs. The program itself prints why it fails.
pub(crate) fn end(command: Cmd<'_>) -> Result<()> {
    eprintln!("$ {command}");
    let status = std::process::Command::from(command).status()?;
    if status.success() { Ok(()) } else { Err(Ended(status.code()).into()) }
}

/// A program has ended with this exit code, or by a signal (`None`), and has printed the reason.
#[derive(Debug)]
pub(crate) struct Ended(pub(crate) Option<i32>);

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(code) => write!(f, "the program has ended with exit code {code}"),
            None => write!(f, "the program was ended by a signal"),
        }
    }
}

impl std::error::Error for Ended {}
