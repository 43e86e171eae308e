//! Starts emulators so that they do not outlive the process that started them.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use xshell::{Shell, cmd};

use crate::boards::{Board, Machine};
use crate::rp2040js;
use crate::toolchain::answer;

/// Limit for reading the output of an image. The output takes about a second.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// Returns the words that make the kernel kill a program with the thread that started it. They go before the
/// program, and work however the thread ends. They are empty if `setpriv` of util-linux is missing.
fn mortal(sh: &Shell) -> Vec<&'static str> {
    let there = cfg!(target_os = "linux") && answer(cmd!(sh, "setpriv --version")).is_some();
    if there { vec!["setpriv", "--pdeathsig", "KILL", "--"] } else { vec![] }
}

/// Returns the command that runs an image with the board's UART on standard input and output.
pub(crate) fn on_stdio(sh: &Shell, board: &Board, kernel: &Path) -> Result<Command> {
    match (board.qemu, board.script) {
        (Some(_), _) => in_qemu(sh, board, &["-serial", "stdio"], kernel),
        (None, Some(script)) => {
            rp2040js::get(sh)?;
            Ok(command(sh, &[&mortal(sh)[..], &["node", script.path]].concat(), kernel))
        }
        (None, None) => bail!("no emulator has {}", board.name),
    }
}

/// Returns the command that runs an image in QEMU. `told` has further arguments, such as the serial port.
pub(crate) fn in_qemu(sh: &Shell, board: &Board, told: &[&str], kernel: &Path) -> Result<Command> {
    let machine = board.qemu.with_context(|| format!("QEMU has no {}", board.name))?;
    Ok(command(sh, &[&words(sh, &machine)[..], told, &["-kernel"]].concat(), kernel))
}

fn command(sh: &Shell, words: &[&str], kernel: &Path) -> Command {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).arg(kernel).current_dir(sh.current_dir());
    command
}

/// Returns the words that start a QEMU machine without a window or a monitor. The caller adds the image and
/// the serial port.
pub(crate) fn words(sh: &Shell, machine: &Machine) -> Vec<&'static str> {
    let mut words = mortal(sh);
    words.push(machine.program);
    words.extend(machine.args);
    words.extend(["-display", "none", "-monitor", "none"]);
    words
}

/// A process that is killed when its owner is dropped.
pub(crate) struct Killed(pub(crate) Child);

impl Killed {
    pub(crate) fn start(mut command: Command) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        Ok(Self(command.spawn().with_context(|| format!("{program}: cargo xtask setup"))?))
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        // Killing a process that has already ended fails, which is harmless.
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// Reads to the end, which must come within [`LIMIT`].
pub(crate) fn read(mut from: impl Read + Send + 'static, what: &str) -> Result<String> {
    let (done, finished) = mpsc::channel();
    // The thread ends with the emulator, when that is killed.
    thread::spawn(move || {
        let mut text = String::new();
        _ = done.send(from.read_to_string(&mut text).map(|_| text));
    });
    let late = || format!("{what} within {} s", LIMIT.as_secs());
    Ok(finished.recv_timeout(LIMIT).with_context(late)??)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_started_headless() {
        let machine = Machine { program: "qemu-system-arm", args: &["-M", "microbit"] };
        let words = words(&Shell::new().unwrap(), &machine).join(" ");
        assert!(words.ends_with("qemu-system-arm -M microbit -display none -monitor none"), "{words}");
    }
}
