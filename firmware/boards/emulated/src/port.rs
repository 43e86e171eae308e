//! A polled UART as the port of a node.

use core::convert::Infallible;

use embedded_io::{ErrorType, Read, ReadReady, Write};

/// A UART that is polled. Bytes that arrive too fast are lost; the checksum of their frame then fails.
pub trait Polled {
    /// Whether a byte has arrived.
    fn ready(&self) -> bool;

    /// Reads the byte that has arrived.
    fn take(&mut self) -> u8;

    /// Waits until there is room for a byte, and sends it.
    fn send(&mut self, byte: u8);

    /// Waits until all bytes are sent.
    fn drain(&mut self);
}

/// The port over such a UART. A read waits for a byte; a write waits for room for each byte.
pub struct Port<U>(pub U);

impl<U> ErrorType for Port<U> {
    type Error = Infallible;
}

impl<U: Polled> ReadReady for Port<U> {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(self.0.ready())
    }
}

impl<U: Polled> Read for Port<U> {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Infallible> {
        let Some(first) = bytes.first_mut() else {
            return Ok(0);
        };
        while !self.0.ready() {}
        *first = self.0.take();
        Ok(1)
    }
}

impl<U: Polled> Write for Port<U> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        let Some(first) = bytes.first() else {
            return Ok(0);
        };
        self.0.send(*first);
        Ok(1)
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        self.0.drain();
        Ok(())
    }
}
