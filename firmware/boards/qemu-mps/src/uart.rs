//! The UART of Arm's Cortex-M system design kit, polled. It buffers one byte in each direction. A shift
//! register behind the buffer holds the byte being sent.

use glif_emulated::Polled;
use safe_mmio::fields::{ReadPure, ReadPureWrite, ReadWrite};
use safe_mmio::{UniqueMmioPointer, field, field_shared};

/// Registers of the UART, in memory order.
#[repr(C)]
pub(crate) struct Registers {
    data: ReadWrite<u32>,
    state: ReadPure<u32>,
    control: ReadPureWrite<u32>,
    _interrupts: u32,
    divider: ReadPureWrite<u32>,
}

/// Bits of `state`: the one-byte transmit buffer is full; a byte has been received.
const BUFFERED: u32 = 1 << 0;
const RECEIVED: u32 = 1 << 1;
/// Bits of `control`.
const TRANSMIT: u32 = 1 << 0;
const RECEIVE: u32 = 1 << 1;

/// Bits per second.
const BAUD: u32 = 115_200;
/// Bits per byte on the line, 8N1.
const BITS: u32 = 10;

/// The UART.
pub(crate) struct Uart {
    registers: UniqueMmioPointer<'static, Registers>,
    /// Cycles of the UART clock per byte on the line. The core's clock is less than twice as fast.
    byte: u32,
}

impl Uart {
    /// Enables the UART, 8N1. Its input clock is `clock` Hz.
    pub(crate) fn new(mut registers: UniqueMmioPointer<'static, Registers>, clock: u32) -> Self {
        field!(registers, divider).write(clock / BAUD);
        field!(registers, control).write(TRANSMIT | RECEIVE);
        // QEMU polls for the first byte only about once per second until the data register has been read
        // once.
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

    /// Waits until all bytes are sent. It waits for an empty buffer, and then for the time of one byte or
    /// more, because the shift register has no flag.
    fn drain(&mut self) {
        while self.is(BUFFERED) {}
        cortex_m::asm::delay(2 * self.byte);
    }
}
