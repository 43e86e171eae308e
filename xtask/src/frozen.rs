//! `frozen`: the frozen population, run in QEMU, fires the spikes that the host library computed for it.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use xshell::Shell;

use crate::boards::Board;
use crate::emulator::{self, Killed};
use crate::firmware::{Image, smallest_and_default};

/// The first thousand lines that either image sends.
const EXPECTED: &str = "firmware/frozen/spikes.txt";
/// Far more than the second it takes.
const LIMIT: Duration = Duration::from_secs(60);

/// Builds both images, and compares what they send.
pub(crate) fn frozen(sh: &Shell) -> Result<()> {
    let expected = sh.read_file(EXPECTED)?;
    for board in smallest_and_default()? {
        let kernel = Image::frozen(&board).build_for(sh, board.name)?;
        let sent = run(sh, &board, &kernel, expected.len())?;
        let differing = sent.lines().zip(expected.lines()).position(|(sent, expected)| sent != expected);
        if let Some(step) = differing {
            let at = |text: &str| text.lines().nth(step).unwrap_or_default().to_owned();
            bail!("{}: step {step} fired {}, the host {}", board.name, at(&sent), at(&expected));
        }
        ensure!(sent == expected, "{}: its lines end otherwise than those of {EXPECTED}", board.name);
        println!("frozen population on {}: {} steps equal to the host", board.name, expected.lines().count());
    }
    Ok(())
}

/// The first `length` bytes that an image sends.
fn run(sh: &Shell, board: &Board, kernel: &Path, length: usize) -> Result<String> {
    let machine = board.qemu.with_context(|| format!("QEMU has no {}", board.name))?;
    let words = emulator::words(sh, &machine);
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).args(["-serial", "stdio", "-kernel"]);
    command.arg(kernel).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut qemu = Killed(command.spawn().with_context(|| format!("{}: cargo xtask setup", machine.program))?);
    let mut output = qemu.0.stdout.take().context("no output")?;
    let (done, finished) = mpsc::channel();
    // QEMU's end, when it is killed, is the end of this thread too.
    thread::spawn(move || {
        let mut text = vec![0; length];
        let read = output.read_exact(&mut text).map(|()| text);
        _ = done.send(read);
    });
    let silent = || format!("{} has not sent {length} bytes within {} s", board.name, LIMIT.as_secs());
    let text = finished.recv_timeout(LIMIT).with_context(silent)?;
    Ok(String::from_utf8(text.with_context(|| format!("{} has ended", machine.program))?)?)
}
