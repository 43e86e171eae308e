//! The RP2040. Its Cortex-M0+ has no cycle counter, so the node's clock is the microsecond timer.

use cortex_m::Peripherals;
use embassy_time::{Delay, Instant, TICK_HZ};
use glif_node::{Clock, Identity};

/// Blocks of 32 neurons. 4096 neurons take 104 KB of the 256 KB of RAM.
pub(crate) const BLOCKS: usize = 128;
pub(crate) const IDENTITY: Identity = Identity { core: "Cortex-M0+", board: "rp2040" };

/// The system timer, 1 MHz, which the HAL starts.
#[derive(Debug)]
pub(crate) struct Timer;

/// Returns the node's clock, and the delay for the width of a pulse.
pub(crate) fn clock(_: &mut Peripherals) -> (Timer, Delay) {
    // The delay uses the timer: a counted loop takes three times as long on this core.
    (Timer, Delay)
}

impl Clock for Timer {
    fn ticks(&mut self) -> u32 {
        // The low word of a 64-bit counter is itself a wrapping counter.
        Instant::now().as_ticks() as u32
    }

    fn frequency(&self) -> u32 {
        TICK_HZ as u32
    }
}
