//! The UART of Arm's Cortex-M system design kit, polled. It buffers one byte each way; the byte being sent is in a shift register
//! behind the buffer.

use glif_emulated::Polled;
use safe_mmio::fields::{ReadPure, ReadPureWrite, ReadWrite};
use safe_mmio::{UniqueMmioPointer, field, field_shared};

/// Its registers, in their order.
#[repr(C)]
pub(crate) struct Registers {
    data: ReadWrite<u32>,
    state: ReadPure<u32>,
    control: ReadPureWrite<u32>,
    _interrupts: u32,
    divider: ReadPureWrite<u32>,
}

/// Bits of `state`: the one byte of the transmit buffer is taken, a byte has been received.
const BUFFERED: u32 = 1 << 0;
const RECEIVED: u32 = 1 << 1;
/// Bits of `control`.
const TRANSMIT: u32 = 1 << 0;
const RECEIVE: u32 = 1 << 1;

/// Bits a second.
const BAUD: u32 = 115_200;
/// Bits of a byte on the line, 8N1.
const BITS: u32 = 10;

/// The UART.
pub(crate) struct Uart {
    registers: UniqueMmioPointer<'static, Registers>,
    /// Cycles of the UART that a byte takes on the line. The core is less than twice as fast.
    byte: u32,
}

impl Uart {
    /// Switches it on, 8N1; its own clock is `clock` Hz.
    pub(crate) fn new(mut registers: UniqueMmioPointer<'static, Registers>, clock: u32) -> Self {
        field!(registers, divider).write(clock / BAUD);
        field!(registers, control).write(TRANSMIT | RECEIVE);
        // QEMU looks for a first byte only now and then, about once a second, until someone has read.
        _ = field!(registers, data).read();
        Self { registers, byte: BITS * (clock / BAUD) }
    }

    fn is(&self, state: u32) -> bool {
        field_shared!(self.registers, state).read() & state != 0
    }
}

impl Polled for Uart {
    fn ready(&self) -> bool {
        self.is(RECEIVED)
    }

    fn take(&mut self) -> u8 {
        field!(self.registers, data).read() as u8
    }

    fn send(&mut self, byte: u8) {
        while self.is(BUFFERED) {}
        field!(self.registers, data).write(u32::from(byte));
    }

    /// Waits until the buffer is empty, and then until the last byte has left the shift register, which has no flag of its own.
    fn drain(&mut self) {
        while self.is(BUFFERED) {}
        cortex_m::asm::delay(2 * self.byte);
    }
}
