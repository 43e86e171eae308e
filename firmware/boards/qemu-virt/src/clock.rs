//! The machine's time: 64 bits at 10 MHz, of which the low word serves.

use glif_node::Clock;
use safe_mmio::UniqueMmioPointer;
use safe_mmio::fields::ReadPure;

/// The time. Unlike the core's count of cycles it keeps its pace whatever the emulator does.
pub(crate) struct MachineTime {
    low: UniqueMmioPointer<'static, ReadPure<u32>>,
}

impl MachineTime {
    /// It counts from power-on; its `low` word comes first.
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
