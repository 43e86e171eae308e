//! `frozen`: checks that the frozen population, run in an emulator, fires the spikes that the host library
//! computed.

use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail, ensure};
use xshell::{Shell, cmd};

use crate::boards::{self, Board, smallest_and_default};
use crate::emulator::{self, Killed};
use crate::firmware::{FROZEN, Image, NETWORKS};
use crate::{glif, size};

/// The first thousand lines that every image must send.
const EXPECTED: &str = "firmware/frozen/spikes.txt";
/// The first lines that the image of the network of `examples/direction` must send.
const DIRECTION: &str = "firmware/frozen/direction.txt";
/// That network.
const NETWORK: &str = "examples/direction/direction.toml";
/// The first lines that the image of the mouse neuron must send, and the board that has one.
const MOUSE: (&str, &str) = ("firmware/frozen/allen.txt", "mps2-an386");

/// Builds the images of the named boards and compares their output. Two boards in QEMU are used if `names` is
/// empty.
pub(crate) fn frozen(sh: &Shell, names: &[String]) -> Result<()> {
    let boards = match names {
        [] => smallest_and_default()?.to_vec(),
        names => names.iter().map(|name| boards::find(name)).collect::<Result<_>>()?,
    };
    if let Some(board) = boards.iter().find(|board| !FROZEN.contains(&board.name)) {
        bail!("`{}`: no frozen population; available for {}", board.name, FROZEN.join(", "));
    }
    for board in boards {
        let kernel = Image::frozen(&board).build_for(sh, board.name)?;
        let lines = compare(sh, &board, &kernel, EXPECTED)?;
        println!("frozen population on {}: {lines} steps equal to the host", board.name);
        if NETWORKS.contains(&board.name) {
            let kernel = Image::network(&board).build_for(sh, "network")?;
            let lines = compare(sh, &board, &kernel, DIRECTION)?;
            println!("frozen network on {}: {lines} spikes in the steps of the host", board.name);
            foreseen(sh, &board, &kernel)?;
        }
        if board.name == MOUSE.1 {
            let kernel = Image::mouse(&board).build_for(sh, "allen")?;
            let lines = compare(sh, &board, &kernel, MOUSE.0)?;
            println!("frozen mouse neuron on {}: {lines} spikes in the steps of the host", board.name);
        }
    }
    Ok(())
}

/// Relative error of the flash that `glif inspect --board` foresees; docs/networks.md has it.
const FLASH_ERROR: f64 = 0.07;

/// Checks that the image of the network has the flash and the RAM that `glif inspect --board` foresees.
fn foreseen(sh: &Shell, board: &Board, kernel: &Path) -> Result<()> {
    let (program, name) = (glif::program(sh)?, board.name);
    let scalar = if name == "microbit" { "i16f16" } else { "f32" };
    let told = cmd!(sh, "{program} inspect {NETWORK} --scalar {scalar} --board {name} --json").quiet().read()?;
    let told: serde_json::Value = serde_json::from_str(&told)?;
    let bytes = |of: &str| told["fit"]["memory"][of].as_u64().with_context(|| format!("no {of}: {told}"));
    let (flash, state) = (bytes("flash")?, bytes("state")?);
    let (has_flash, has_ram) = size::flash_and_ram(kernel)?;
    println!(
        "frozen network on {name}: {has_flash} bytes of flash, foreseen {flash}; {has_ram} of RAM, foreseen {state}"
    );
    let error = flash as f64 / has_flash as f64 - 1.0;
    ensure!(error.abs() <= FLASH_ERROR, "{name}: the foreseen flash is off by {:.1} %", 100.0 * error);
    ensure!(state == has_ram, "{name}: the foreseen RAM is not that of the image");
    Ok(())
}

/// Compares what an image sends with a file; returns the number of lines.
pub(crate) fn compare(sh: &Shell, board: &Board, kernel: &Path, file: &str) -> Result<usize> {
    let expected = sh.read_file(file)?;
    let sent = run(sh, board, kernel, expected.len())?;
    let differing = sent.lines().zip(expected.lines()).position(|(sent, expected)| sent != expected);
    if let Some(line) = differing {
        let at = |text: &str| text.lines().nth(line).unwrap_or_default().to_owned();
        bail!("{}: line {line} is {}, on the host {}", board.name, at(&sent), at(&expected));
    }
    ensure!(sent == expected, "{}: its last lines differ from those of {file}", board.name);
    Ok(expected.lines().count())
}

/// Returns the first `length` bytes that an image sends.
fn run(sh: &Shell, board: &Board, kernel: &Path, length: usize) -> Result<String> {
    let mut command = emulator::on_stdio(sh, board, kernel)?;
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut emulator = Killed::start(command)?;
    let output = emulator.0.stdout.take().context("no output")?.take(length as u64);
    emulator::read(output, &format!("{} has not sent {length} bytes", board.name))
}
