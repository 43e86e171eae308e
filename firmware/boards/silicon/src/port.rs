//! A serial port that a node can serve.
//!
//! The HAL's interrupts fill one ring and empty another. As a host has one request in flight, nothing is lost while a
//! step is computed if the ring for what arrives holds a whole frame, and no reply makes a step late if the ring for what
//! leaves holds one too: [`RING`] is that for frames of [`FRAME`].

use core::task::Poll;

use embassy_futures::{block_on, poll_once};
use embedded_io::{ErrorType, ReadReady};
use glif_link::frame::wire_length;
use static_cell::ConstStaticCell;

/// Baud, 8 data bits, no parity, 1 stop bit: what `cargo xtask verify --port` opens a port with.
pub const BAUD: u32 = 115_200;

/// Bytes of a node's packets.
pub const FRAME: usize = 1536;

/// Bytes of each of a UART's rings. nRF hardware fills one by halves, so that a half has to hold
/// a frame.
pub const RING: usize = 4096;
const _: () = assert!(RING / 2 >= wire_length(FRAME), "a frame has to fit");

/// A ring for what leaves, and one for what arrives.
pub static RINGS: ConstStaticCell<[[u8; RING]; 2]> = ConstStaticCell::new([[0; RING]; 2]);

/// What a part does while its node has nothing to read.
pub trait Idle {
    /// The node has looked at its port, so its loop turns: a watchdog can be fed.
    fn looked(&mut self);

    /// Sleeps until an interrupt comes, unless a byte is `ready`. It may return at any time.
    fn sleep(&mut self, ready: impl FnOnce() -> bool);
}

/// A buffered UART of an embassy HAL.
///
/// Its futures of a read must be safe to drop: they take bytes only when they are ready.
#[derive(Debug)]
pub struct Port<U, I> {
    line: Line<U>,
    idle: I,
}

/// The UART, and what has been read from it, and not yet by the node.
#[derive(Debug)]
struct Line<U> {
    uart: U,
    ahead: [u8; 16],
    next: usize,
    end: usize,
}

impl<U, I> Port<U, I> {
    /// A port over `uart`, which is set up for [`BAUD`].
    pub const fn new(uart: U, idle: I) -> Self {
        Self { line: Line { uart, ahead: [0; 16], next: 0, end: 0 }, idle }
    }
}

impl<U: embedded_io_async::Read> Line<U> {
    /// Whether a byte is there, after a look at the ring.
    ///
    /// Looking means reading: a UART that has met noise tells so only to a read, and receives nothing more before that.
    /// Overruns, breaks and wrong stop bits end here. They cost the frame they fell in, whose checksum fails, and the host
    /// sends it again.
    fn look(&mut self) -> bool {
        if self.next == self.end
            && let Poll::Ready(Ok(count)) = poll_once(self.uart.read(&mut self.ahead))
        {
            (self.next, self.end) = (0, count.min(self.ahead.len()));
        }
        self.next < self.end
    }
}

impl<U: ErrorType, I> ErrorType for Port<U, I> {
    type Error = U::Error;
}

impl<U: embedded_io_async::Read, I: Idle> ReadReady for Port<U, I> {
    /// Does not sleep: in real-time mode a step may be due before the next byte.
    fn read_ready(&mut self) -> Result<bool, U::Error> {
        self.idle.looked();
        Ok(self.line.look())
    }
}

impl<U: embedded_io_async::Read, I: Idle> embedded_io::Read for Port<U, I> {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, U::Error> {
        if bytes.is_empty() {
            return Ok(0);
        }
        while !self.read_ready()? {
            self.idle.sleep(|| self.line.look());
        }
        let line = &mut self.line;
        let there = line.ahead.get(line.next..line.end).unwrap_or_default();
        let count = there.len().min(bytes.len());
        bytes.iter_mut().zip(there).for_each(|(to, from)| *to = *from);
        line.next += count;
        Ok(count)
    }
}

impl<U: embedded_io_async::Write, I> embedded_io::Write for Port<U, I> {
    /// Waits for room in the ring, which the UART makes whether or not anyone listens.
    fn write(&mut self, bytes: &[u8]) -> Result<usize, U::Error> {
        block_on(self.line.uart.write(bytes))
    }

    /// Does nothing: the ring empties by itself, and waiting for it would make the steps of real-time mode late.
    fn flush(&mut self) -> Result<(), U::Error> {
        Ok(())
    }
}
