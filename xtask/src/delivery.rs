//! The instructions of the parts of a network's step on a core in QEMU.

use std::process::Stdio;

use anyhow::{Context as _, Result, bail, ensure};
use xshell::Shell;

use crate::boards::Board;
use crate::emulator::{self, Killed, in_qemu};
use crate::firmware::{Image, POPULATIONS};

/// QEMU's clock advances by 2 to this power of nanoseconds per instruction.
const SHIFT: u32 = 10;

/// Returns the value of QEMU's option `-icount`, with which its clock advances with the instructions.
pub(crate) fn icount() -> String {
    format!("shift={SHIFT},align=off,sleep=off")
}

/// Instructions of a form of projection or of another part of a step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Delivery {
    /// Name of the form.
    pub(crate) form: String,
    /// Number of targets or neurons.
    pub(crate) size: usize,
    /// Instructions of an event, a neuron or a step: see `firmware/delivery`.
    pub(crate) event: f64,
    /// Instructions of a step without spikes, of 32 neurons, or of the slowest step.
    pub(crate) idle: f64,
}

/// Runs the images of a board that has them. Returns the instructions of each form of projection, and of the other parts.
pub(crate) fn measure(sh: &Shell, board: &Board) -> Result<[Vec<Delivery>; 2]> {
    if !POPULATIONS.contains(&board.name) {
        return Ok([Vec::new(), Vec::new()]);
    }
    Ok([run(sh, board, Image::delivery(board), "delivery")?, run(sh, board, Image::parts(board), "parts")?])
}

fn run(sh: &Shell, board: &Board, image: Image, name: &str) -> Result<Vec<Delivery>> {
    let elf = image.build_for(sh, &format!("{name}-{}", board.name))?;
    let icount = icount();
    let told = ["-serial", "null", "-icount", &icount, "-semihosting-config", "enable=on,target=native"];
    let mut command = in_qemu(sh, board, &told, &elf)?;
    command.stdin(Stdio::null()).stderr(Stdio::piped());
    let mut qemu = Killed::start(command)?;
    // QEMU writes semihosting output to its standard error.
    let output = qemu.0.stderr.take().context("no output")?;
    let told = emulator::read(output, &format!("{} has not ended", board.name))?;
    read(&told, instructions_per_tick(board)).with_context(|| board.name)
}

/// Returns the instructions in a tick of the counter of the image.
pub(crate) fn instructions_per_tick(board: &Board) -> f64 {
    let nanoseconds = match board.name {
        "virt" => 1.0, // QEMU counts the nanoseconds of its clock
        "microbit" => 1e9 / 16e6,
        _ => 1e9 / 25e6,
    };
    nanoseconds / f64::from(1 << SHIFT)
}

fn read(lines: &str, per_tick: f64) -> Result<Vec<Delivery>> {
    ensure!(lines.ends_with("\nend\n"), "the image did not finish: {lines}");
    let mut measured = Vec::new();
    for line in lines.lines().filter(|line| *line != "end") {
        let [form, size, events, busy, idle] = line.split(' ').collect::<Vec<_>>()[..] else {
            bail!("invalid line: {line}");
        };
        let [events, busy, idle] = [events, busy, idle].map(str::parse::<f64>);
        let (events, busy, idle) = (events?, busy?, idle?);
        ensure!(events > 0.0 && busy > 0.0, "nothing is measured: {line}");
        let (form, size) = (form.to_owned(), size.parse()?);
        measured.push(Delivery { form, size, event: busy * per_tick / events, idle: idle * per_tick });
    }
    ensure!(!measured.is_empty(), "no form is measured");
    Ok(measured)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_become_instructions() {
        let read = |lines: &str| read(lines, 0.5).unwrap();
        assert_eq!(
            read("dense-i8 64 512 4096 100\nend\n"),
            [Delivery { form: "dense-i8".into(), size: 64, event: 4.0, idle: 50.0 }]
        );
        assert!(super::read("dense-i8 64 512 4096 100\n", 1.0).is_err());
        assert!(super::read("dense-i8 64 512 0 100\nend\n", 1.0).is_err());
        assert!(super::read("end\n", 1.0).is_err());
    }
}
