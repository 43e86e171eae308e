//! `suite`: runs the core's tests on the cores themselves, under embedded-test's runner for QEMU, which
//! limits the time of each test.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use xshell::{Shell, cmd};

use crate::boards::{self, Board};
use crate::registry::RUNNER;
use crate::{alive, emulator, firmware, toolchain, tracks};

/// Limit per test, s. The longest test takes a few seconds on a core without an FPU.
const TIMEOUT: &str = "120";

/// Runs the tests on the named boards, or on every board in QEMU if `names` is empty.
pub(crate) fn suite(sh: &Shell, names: &[String]) -> Result<()> {
    let boards = boards::chosen(names)?;
    let runner = RUNNER.get(sh)?;
    tracks::each(sh, &boards, |sh, board| run(sh, &runner, board)).map(drop)
}

fn run(sh: &Shell, runner: &PathBuf, board: &Board) -> Result<()> {
    let Some(machine) = board.qemu else {
        return Ok(());
    };
    let image = build(sh, board)?;
    let qemu = emulator::words(sh, &machine).join(" ") + " -serial null";
    let suite = cmd!(sh, "{runner} --timeout {TIMEOUT} --qemu {qemu} {image}").quiet().ignore_status();
    let told = alive::during(&format!("suite on {}", board.name), || suite.output())?;
    // Printed in one piece, because another board's output may come at the same time.
    let lines = [told.stdout, told.stderr].concat();
    println!("{} ({})\n{}", board.name, board.core, String::from_utf8_lossy(&lines));
    ensure!(told.status.success(), "{}: the suite failed, see above", board.name);
    Ok(())
}

/// Builds the test image and returns its path.
pub(crate) fn build(sh: &Shell, board: &Board) -> Result<String> {
    let _here = sh.push_dir("firmware");
    let test = toolchain::cargo(sh, "test", board.target)?.args(firmware::beside_suite(board));
    let test = test.args(["--test", "on_target", "--no-run", "--message-format=json"]);
    let messages = alive::during(&format!("building the suite of {}", board.name), || test.read())?;
    let images = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let image = images.filter_map(|message| message["executable"].as_str().map(ToOwned::to_owned)).next_back();
    image.context("cargo named no test image")
}
