//! The cycle counter of ARMv7-M and ARMv8-M.

use cortex_m::peripheral::{DCB, DWT};
use glif_node::Clock;

/// Counts the core's cycles.
#[derive(Debug)]
pub struct Cycles {
    frequency: u32,
}

impl Cycles {
    /// Starts the counter of a core that runs at `frequency` Hz.
    pub fn start(dcb: &mut DCB, dwt: &mut DWT, frequency: u32) -> Self {
        // The counter is part of the trace unit, which is off after a reset without a debugger.
        dcb.enable_trace();
        dwt.enable_cycle_counter();
        Self { frequency }
    }
}

impl Clock for Cycles {
    fn ticks(&mut self) -> u32 {
        DWT::cycle_count()
    }

    fn frequency(&self) -> u32 {
        self.frequency
    }
}
