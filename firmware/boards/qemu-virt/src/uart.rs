//! A 16550 UART, polled. It holds 16 bytes each way.

use core::convert::Infallible;

use embedded_io::{ErrorType, Read, ReadReady, Write};
use safe_mmio::fields::{ReadPure, ReadPureWrite, ReadWrite, WriteOnly};
use safe_mmio::{UniqueMmioPointer, field, field_shared};

/// Its registers, in their order.
#[repr(C)]
pub(crate) struct Registers {
    data: ReadWrite<u8>,
    _interrupts: u8,
    fifo: WriteOnly<u8>,
    format: ReadPureWrite<u8>,
    _modem: u8,
    state: ReadPure<u8>,
}

/// Bits of `state`: a byte has been received, the bytes to send have left their FIFO, the last of them has left the shift register
/// behind it. Reading it clears its error bits, of which nothing is made: the checksum of a frame tells the same.
const RECEIVED: u8 = 1 << 0;
const FIFO_EMPTY: u8 = 1 << 5;
const ALL_SENT: u8 = 1 << 6;
/// Value of `fifo`: both on and empty, the receiver's as long as it can be.
const FIFOS: u8 = 0b1100_0111;
/// Value of `format`: 8N1.
const FORMAT: u8 = 0b11;

/// The UART. Bytes that come too fast are lost, which the checksum of their frame tells.
pub(crate) struct Uart {
    registers: UniqueMmioPointer<'static, Registers>,
}

impl Uart {
    /// Switches it on. This machine's needs no rate: it is as fast as QEMU.
    pub(crate) fn new(mut registers: UniqueMmioPointer<'static, Registers>) -> Self {
        field!(registers, format).write(FORMAT);
        field!(registers, fifo).write(FIFOS);
        Self { registers }
    }

    fn is(&self, state: u8) -> bool {
        field_shared!(self.registers, state).read() & state != 0
    }
}

impl ErrorType for Uart {
    type Error = Infallible;
}

impl ReadReady for Uart {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(self.is(RECEIVED))
    }
}

impl Read for Uart {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Infallible> {
        let Some(first) = bytes.first_mut() else {
            return Ok(0);
        };
        while !self.is(RECEIVED) {}
        *first = field!(self.registers, data).read();
        Ok(1)
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        let Some(first) = bytes.first() else {
            return Ok(0);
        };
        while !self.is(FIFO_EMPTY) {}
        field!(self.registers, data).write(*first);
        Ok(1)
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        while !self.is(ALL_SENT) {}
        Ok(())
    }
}
