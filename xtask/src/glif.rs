//! The programs that talk to boards, `glif` and the examples: how they are built, told of a board, and ended.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use xshell::{Cmd, Shell, cmd};

use crate::boards::Board;
use crate::{alive, rp2040js, toolchain};

/// The options by which any command of `glif board`, or an example, starts a board in its emulator.
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

/// Builds `glif`; where it is. What it measures is the board, so a debug build does, which is there after a test.
pub(crate) fn program(sh: &Shell) -> Result<PathBuf> {
    alive::run(cmd!(sh, "cargo build -p glif-cli"))?;
    Ok(built("glif"))
}

/// Builds an example of glif-board; where it is.
pub(crate) fn example(sh: &Shell, name: &str) -> Result<PathBuf> {
    alive::run(cmd!(sh, "cargo build -p glif-board --example {name}"))?;
    Ok(built(&format!("examples/{name}")))
}

fn built(name: &str) -> PathBuf {
    toolchain::target_root().join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// Runs one of these programs, which prints by itself why it fails.
pub(crate) fn end(command: Cmd<'_>) -> Result<()> {
    eprintln!("$ {command}");
    let status = std::process::Command::from(command).status()?;
    if status.success() { Ok(()) } else { Err(Ended(status.code()).into()) }
}

/// The program has ended so, and has printed why.
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
