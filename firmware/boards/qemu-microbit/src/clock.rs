//! The first timer of the nRF51, 32 bits at 16 MHz.

use core::mem::offset_of;

use glif_node::Clock;
use safe_mmio::fields::{ReadPure, ReadPureWrite, WriteOnly};
use safe_mmio::{UniqueMmioPointer, field, field_shared};

/// Registers of the peripheral that the manual calls CLOCK.
#[repr(C)]
pub(crate) struct Oscillators {
    start: WriteOnly<u32>,
    _between: [u32; 63],
    started: ReadPureWrite<u32>,
}
const _: () = assert!(offset_of!(Oscillators, started) == 0x100);

/// Registers of a timer.
#[repr(C)]
pub(crate) struct Registers {
    start: WriteOnly<u32>,
    _tasks: [u32; 15],
    capture: WriteOnly<u32>,
    _events: [u32; 305],
    bits: ReadPureWrite<u32>,
    _reserved: u32,
    prescaler: ReadPureWrite<u32>,
    _more: [u32; 11],
    captured: ReadPure<u32>,
}
const _: () = {
    assert!(offset_of!(Registers, capture) == 0x040);
    assert!(offset_of!(Registers, bits) == 0x508);
    assert!(offset_of!(Registers, prescaler) == 0x510);
    assert!(offset_of!(Registers, captured) == 0x540);
};

/// Value of `bits` for a 32-bit counter.
const BITS_32: u32 = 3;

/// The timer.
pub(crate) struct Timer {
    registers: UniqueMmioPointer<'static, Registers>,
}

impl Timer {
    /// Starts the crystal oscillator, and then the timer.
    pub(crate) fn new(
        mut registers: UniqueMmioPointer<'static, Registers>,
        mut oscillators: UniqueMmioPointer<'static, Oscillators>,
    ) -> Self {
        field!(oscillators, start).write(1);
        while field_shared!(oscillators, started).read() == 0 {}
        field!(registers, bits).write(BITS_32);
        field!(registers, prescaler).write(0);
        field!(registers, start).write(1);
        Self { registers }
    }
}

impl Clock for Timer {
    fn ticks(&mut self) -> u32 {
        field!(self.registers, capture).write(1);
        field_shared!(self.registers, captured).read()
    }

    fn frequency(&self) -> u32 {
        16_000_000
    }
}
