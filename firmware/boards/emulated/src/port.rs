//! A polled UART as the port of a node.

use core::convert::Infallible;

use embedded_io::{ErrorType, Read, ReadReady, Write};

/// A UART that is polled. Bytes that come too fast are lost, which the checksum of their frame tells.
pub trait Polled {
    /// Whether a byte has come.
    fn ready(&self) -> bool;

    /// Takes the byte that has come.
    fn take(&mut self) -> u8;

    /// Waits until there is room for a byte, and sends it.
    fn send(&mut self, byte: u8);

    /// Waits until every byte has left.
    fn drain(&mut self);
}

/// Waits for a byte to read, and for each that it writes.
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
