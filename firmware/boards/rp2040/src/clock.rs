//! The microsecond timer. A Cortex-M0+ does not count its cycles.

use embassy_time::{Instant, TICK_HZ};
use glif_node::Clock;

/// The system timer, which the HAL starts: 1 MHz.
#[derive(Debug)]
pub(crate) struct Timer;

impl Clock for Timer {
    fn ticks(&mut self) -> u32 {
        // The low word of 64 bits is a counter that wraps.
        Instant::now().as_ticks() as u32
    }

    fn frequency(&self) -> u32 {
        TICK_HZ as u32
    }
}
