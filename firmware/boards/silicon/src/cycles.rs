//! The cycle counter of ARMv7-M and ARMv8-M.

use cortex_m::peripheral::{DCB, DWT};
use embedded_hal::delay::DelayNs;
use glif_node::Clock;

use crate::delay;

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

    /// Delays by the counter, which has been started.
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

/// Looks at the cycle counter every few cycles until the time is over. An interrupt that comes between can only make a delay longer.
#[derive(Debug)]
pub struct Busy {
    frequency: u32,
}

impl DelayNs for Busy {
    fn delay_ns(&mut self, ns: u32) {
        delay::wait(ns, self.frequency, DWT::cycle_count);
    }
}
