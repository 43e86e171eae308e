//! The cycle counter of ARMv7-M and ARMv8-M.

use cortex_m::peripheral::{DCB, DWT};
use embedded_hal::delay::DelayNs;
use glif_node::Clock;

use crate::delay;

/// A clock that counts the cycles of the core.
#[derive(Debug)]
pub struct Cycles {
    frequency: u32,
}

impl Cycles {
    /// Starts the cycle counter of a core that runs at `frequency` Hz.
    pub fn start(dcb: &mut DCB, dwt: &mut DWT, frequency: u32) -> Self {
        // The counter belongs to the trace unit, which is off after a reset without a debugger.
        dcb.enable_trace();
        dwt.enable_cycle_counter();
        Self { frequency }
    }

    /// Returns a delay based on the counter, which already runs.
    pub fn delay(&self) -> Busy {
        Busy { frequency: self.frequency }
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

/// A delay that polls the cycle counter until the time is over. An interrupt can only make it longer.
#[derive(Debug)]
pub struct Busy {
    frequency: u32,
}

impl DelayNs for Busy {
    fn delay_ns(&mut self, ns: u32) {
        delay::wait(ns, self.frequency, DWT::cycle_count);
    }
}
