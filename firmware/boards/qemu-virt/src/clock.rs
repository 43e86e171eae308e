//! The machine's time: a 64-bit counter at 10 MHz, of which the clock uses the low word.

use glif_node::Clock;
use safe_mmio::UniqueMmioPointer;
use safe_mmio::fields::ReadPure;

/// The machine's time. Unlike the core's cycle count it keeps its pace whatever the emulator does.
pub(crate) struct MachineTime {
    low: UniqueMmioPointer<'static, ReadPure<u32>>,
}

impl MachineTime {
    /// Creates the clock from the `low` word of the time, which is first in memory. The time counts from
    /// power-on.
    pub(crate) fn new(low: UniqueMmioPointer<'static, ReadPure<u32>>) -> Self {
        Self { low }
    }
}

impl Clock for MachineTime {
    fn ticks(&mut self) -> u32 {
        self.low.read()
    }

    fn frequency(&self) -> u32 {
        10_000_000
    }
}
