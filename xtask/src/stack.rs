//! How deep the stack of a frozen image grows: the image paints it before it starts, and QEMU shows what is left of that.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use object::{Object as _, ObjectSection as _};
use xshell::Shell;

use crate::boards::Board;
use crate::emulator;
use crate::firmware::Image;

/// What cortex-m-rt paints with.
const PAINT: u8 = 0xcc;
/// Bytes that the image sends before the stack is looked at: a thousand steps of 32 neurons.
const SENT: u64 = 9000;
/// Far more than the second it takes.
const LIMIT: Duration = Duration::from_secs(60);

/// Bytes of stack that the frozen population of a board has used.
pub(crate) fn stack(sh: &Shell, board: &Board) -> Result<u64> {
    let painted = Image { proof: Some("paint"), ..Image::frozen(board) };
    let elf = painted.build_for(sh, &format!("{}-painted", board.name))?;
    let (bottom, top) = room(&elf)?;
    let folder = sh.create_temp_dir()?;
    let [sent, seen] = ["sent", "seen"].map(|name| folder.path().join(name));
    let machine = board.qemu.with_context(|| format!("QEMU has no {}", board.name))?;
    let words = emulator::words(sh, &machine);
    let mut command = Command::new(words[0]);
    // The last word on a monitor counts, and here there is one.
    command.args(&words[1..]).args(["-monitor", "stdio", "-serial"]).arg(format!("file:{}", sent.display()));
    command.arg("-kernel").arg(&elf).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut qemu = command.spawn().with_context(|| format!("{}: cargo xtask setup", machine.program))?;
    let wait = || fs::metadata(&sent).is_ok_and(|sent| sent.len() >= SENT);
    let started = Instant::now();
    while !wait() && started.elapsed() < LIMIT {
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut monitor = qemu.stdin.take().context("no monitor")?;
    writeln!(monitor, "memsave {bottom:#x} {} \"{}\"\nquit", top - bottom, seen.display())?;
    qemu.wait()?;
    ensure!(wait(), "{} has not sent {SENT} bytes within {} s", board.name, LIMIT.as_secs());
    let seen = fs::read(&seen)?;
    let untouched = seen.iter().take_while(|byte| **byte == PAINT).count() as u64;
    ensure!(untouched > 0 && untouched < top - bottom, "{}: no paint is left, or all of it", board.name);
    Ok(top - bottom - untouched)
}

/// From the end of the variables to the first stack pointer, which is the first word of the vector table.
fn room(elf: &Path) -> Result<(u64, u64)> {
    let bytes = fs::read(elf).with_context(|| elf.display().to_string())?;
    let file = object::File::parse(&*bytes)?;
    let table = file.section_by_name(".vector_table").context("no vector table")?.data()?;
    let top = table.first_chunk().map(|word| u64::from(u32::from_le_bytes(*word))).context("an empty vector table")?;
    let variables = file.sections().filter(|section| matches!(section.name(), Ok(".data" | ".bss" | ".uninit")));
    let bottom = variables.map(|section| section.address() + section.size()).max().context("no variables")?;
    ensure!(bottom < top, "variables up to {bottom:#x}, stack from {top:#x}");
    Ok((bottom.next_multiple_of(4), top))
}
