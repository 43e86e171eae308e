//! The system timer.

use esp_hal::timer::systimer::{SystemTimer, Unit};
use glif_node::Clock;

/// Counts at 16 MHz, whatever the core runs at.
pub(crate) struct Timer {
    frequency: u32,
}

impl Timer {
    /// A clock on a timer that runs.
    pub(crate) fn start(_timer: &SystemTimer<'_>) -> Self {
        Self { frequency: SystemTimer::ticks_per_second() as u32 }
    }
}

impl Clock for Timer {
    fn ticks(&mut self) -> u32 {
        // The low word of 52 bits is a counter that wraps.
        SystemTimer::unit_value(Unit::Unit0) as u32
    }

    fn frequency(&self) -> u32 {
        self.frequency
    }
}
