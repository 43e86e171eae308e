//! The free-running counter of the boards' FPGA images: 32 bits, one tick per cycle of the board's clock.

use core::mem::offset_of;

use glif_node::Clock;
use safe_mmio::fields::ReadPureWrite;
use safe_mmio::{UniqueMmioPointer, field, field_shared};

/// Registers of the block that Arm's application notes call FPGAIO.
#[repr(C)]
pub(crate) struct Registers {
    _lights: [u32; 6],
    counter: ReadPureWrite<u32>,
    prescale: ReadPureWrite<u32>,
}
const _: () = assert!(offset_of!(Registers, counter) == 0x18);

/// The counter.
pub(crate) struct Counter {
    registers: UniqueMmioPointer<'static, Registers>,
    frequency: u32,
}

impl Counter {
    /// Starts the counter at one tick per cycle of a clock of `frequency` Hz.
    pub(crate) fn new(mut registers: UniqueMmioPointer<'static, Registers>, frequency: u32) -> Self {
        field!(registers, prescale).write(0);
        Self { registers, frequency }
    }
}

impl Clock for Counter {
    fn ticks(&mut self) -> u32 {
        field_shared!(self.registers, counter).read()
    }

    fn frequency(&self) -> u32 {
        self.frequency
    }
}
