//! A 16550 UART, polled. It holds 16 bytes in each direction.

use glif_emulated::Polled;
use safe_mmio::fields::{ReadPure, ReadPureWrite, ReadWrite, WriteOnly};
use safe_mmio::{UniqueMmioPointer, field, field_shared};

/// Registers of the UART, in memory order.
#[repr(C)]
pub(crate) struct Registers {
    data: ReadWrite<u8>,
    _interrupts: u8,
    fifo: WriteOnly<u8>,
    format: ReadPureWrite<u8>,
    _modem: u8,
    state: ReadPure<u8>,
}

/// Bits of `state`: a byte has been received; the transmit FIFO is empty; the shift register behind it is
/// empty too. Reading `state` clears its error bits. They are ignored, because the checksum of a frame
/// detects the same errors.
const RECEIVED: u8 = 1 << 0;
const FIFO_EMPTY: u8 = 1 << 5;
const ALL_SENT: u8 = 1 << 6;
/// Value of `fifo`: both FIFOs enabled and emptied, with the longest receive FIFO.
const FIFOS: u8 = 0b1100_0111;
/// Value of `format`: 8N1.
const FORMAT: u8 = 0b11;

/// The UART.
pub(crate) struct Uart {
    registers: UniqueMmioPointer<'static, Registers>,
}

impl Uart {
    /// Enables the UART. This machine's UART needs no baud rate: it is as fast as QEMU.
    pub(crate) fn new(mut registers: UniqueMmioPointer<'static, Registers>) -> Self {
        field!(registers, format).write(FORMAT);
        field!(registers, fifo).write(FIFOS);
        Self { registers }
    }

    fn is(&self, state: u8) -> bool {
        field_shared!(self.registers, state).read() & state != 0
    }
}

impl Polled for Uart {
    fn ready(&self) -> bool {
        self.is(RECEIVED)
    }

    fn take(&mut self) -> u8 {
        field!(self.registers, data).read()
    }

    fn send(&mut self, byte: u8) {
        while !self.is(FIFO_EMPTY) {}
        field!(self.registers, data).write(byte);
    }

    fn drain(&mut self) {
        while !self.is(ALL_SENT) {}
    }
}
