//! Emulators, started so that they do not outlive whoever started them.

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

/// Far more than the second that an image takes for what is read of it.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// The words before a program by which the kernel kills it when the thread that started it ends, however it ends; none where
/// `setpriv` of util-linux is not there.
fn mortal(sh: &Shell) -> Vec<&'static str> {
    let there = cfg!(target_os = "linux") && answer(cmd!(sh, "setpriv --version")).is_some();
    if there { vec!["setpriv", "--pdeathsig", "KILL", "--"] } else { vec![] }
}

/// The command that runs an image with the board's UART on standard input and output.
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

/// The command that runs an image in QEMU, which is also told of the serial port.
pub(crate) fn in_qemu(sh: &Shell, board: &Board, told: &[&str], kernel: &Path) -> Result<Command> {
    let machine = board.qemu.with_context(|| format!("QEMU has no {}", board.name))?;
    Ok(command(sh, &[&words(sh, &machine)[..], told, &["-kernel"]].concat(), kernel))
}

fn command(sh: &Shell, words: &[&str], kernel: &Path) -> Command {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).arg(kernel).current_dir(sh.current_dir());
    command
}

/// The words that start a machine of QEMU without a window or a monitor; what it runs and its serial port are the caller's to
/// add.
pub(crate) fn words(sh: &Shell, machine: &Machine) -> Vec<&'static str> {
    let mut words = mortal(sh);
    words.push(machine.program);
    words.extend(machine.args);
    words.extend(["-display", "none", "-monitor", "none"]);
    words
}

/// A process that does not outlive its owner.
pub(crate) struct Killed(pub(crate) Child);

impl Killed {
    pub(crate) fn start(mut command: Command) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        Ok(Self(command.spawn().with_context(|| format!("{program}: cargo xtask setup"))?))
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        // One that has ended already cannot be killed, and is as good as killed.
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// All that is read there up to its end, which must come in time.
pub(crate) fn read(mut from: impl Read + Send + 'static, what: &str) -> Result<String> {
    let (done, finished) = mpsc::channel();
    // The emulator's end, when it is killed, is the end of this thread too.
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
