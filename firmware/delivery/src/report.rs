//! Prints lines on the host by semihosting. `core::fmt` would add panic paths.

use semihosting::sys::arm_compat::{ExitReason, sys_exit, sys_writec};

/// Prints a form, its size, what it is measured by, and its ticks.
pub(crate) fn line(name: &str, size: usize, events: usize, [busy, idle]: [usize; 2]) {
    text(name);
    for value in [size, events, busy, idle] {
        sys_writec(b' ');
        number(value);
    }
    sys_writec(b'\n');
}

/// Ends the emulator.
pub(crate) fn end() -> ! {
    text("end\n");
    loop {
        sys_exit(ExitReason::ADP_Stopped_ApplicationExit);
    }
}

fn text(text: &str) {
    text.bytes().for_each(sys_writec);
}

fn number(mut number: usize) {
    let mut digits = [0; 10];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
    let first = digits.iter().position(|digit| *digit != b'0').unwrap_or(digits.len() - 1);
    digits.iter().skip(first).copied().for_each(sys_writec);
}
