//! Short delays.

use embedded_hal::delay::DelayNs;

/// Nanoseconds in a second.
const SECOND: u64 = 1_000_000_000;

/// Waits in a loop of one round for each cycle: at least as long as asked for on any core, three times as long where a round
/// takes three cycles (most cores but the Cortex-M7), and longer where flash is slow or an interrupt comes between.
#[derive(Debug, Clone, Copy)]
pub struct Busy {
    /// Of the core, in Hz.
    pub frequency: u32,
}

impl DelayNs for Busy {
    fn delay_ns(&mut self, ns: u32) {
        let cycles = (u64::from(ns) * u64::from(self.frequency)).div_ceil(SECOND);
        cortex_m::asm::delay(u32::try_from(cycles).unwrap_or(u32::MAX));
    }
}
