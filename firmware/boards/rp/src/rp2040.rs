//! The RP2040, whose Cortex-M0+ does not count its cycles: the microsecond timer is its clock.

use cortex_m::Peripherals;
use embassy_time::{Delay, Instant, TICK_HZ};
use glif_node::{Clock, Identity};

/// Blocks of 32: 4096 neurons take 104 KB of the 256.
pub(crate) const BLOCKS: usize = 128;
pub(crate) const IDENTITY: Identity = Identity { core: "Cortex-M0+", board: "rp2040" };

/// The system timer, which the HAL starts: 1 MHz.
#[derive(Debug)]
pub(crate) struct Timer;

/// The clock of the node, and the delay of a pulse.
pub(crate) fn clock(_: &mut Peripherals) -> (Timer, Delay) {
    // By the timer: a loop of so many cycles takes three times as long on this core.
    (Timer, Delay)
}

impl Clock for Timer {
    fn ticks(&mut self) -> u32 {
        // The low word of 64 bits is a counter that wraps.
        Instant::now().as_ticks() as u32
    }

    fn frequency(&self) -> u32 {
        TICK_HZ as u32
    }
}
