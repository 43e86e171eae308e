//! The system timer.

use esp_hal::timer::systimer::{SystemTimer, Unit};
use glif_node::Clock;

/// The system timer. It counts at 16 MHz, independent of the core's clock.
pub(crate) struct Timer {
    frequency: u32,
}

impl Timer {
    /// Returns a clock over the system timer, which already runs.
    pub(crate) fn start(_timer: &SystemTimer<'_>) -> Self {
        Self { frequency: SystemTimer::ticks_per_second() as u32 }
    }
}

impl Clock for Timer {
    fn ticks(&mut self) -> u32 {
        // The low word of a 52-bit counter is itself a wrapping counter.
        SystemTimer::unit_value(Unit::Unit0) as u32
    }

    fn frequency(&self) -> u32 {
        self.frequency
    }
}
