//! QEMU, started so that it does not outlive whoever started it.

use std::process::Child;

use xshell::{Shell, cmd};

use crate::boards::Machine;
use crate::toolchain::answer;

/// The words that start a machine without a window or a monitor; what it runs and its serial port are the caller's to add.
///
/// Where `setpriv` of util-linux is there, the kernel kills QEMU when the thread that started it ends, however it ends.
pub(crate) fn words(sh: &Shell, machine: &Machine) -> Vec<&'static str> {
    let mut words = Vec::new();
    if cfg!(target_os = "linux") && answer(cmd!(sh, "setpriv --version")).is_some() {
        words.extend(["setpriv", "--pdeathsig", "KILL", "--"]);
    }
    words.push(machine.program);
    words.extend(machine.args);
    words.extend(["-display", "none", "-monitor", "none"]);
    words
}

/// A process that does not outlive its owner.
pub(crate) struct Killed(pub(crate) Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // One that has ended already cannot be killed, and is as good as killed.
        _ = self.0.kill();
        _ = self.0.wait();
    }
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
