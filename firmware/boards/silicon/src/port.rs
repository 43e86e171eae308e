//! A serial port that a node can serve.
//!
//! The HAL's interrupts fill one ring buffer and empty another. A host has one request in flight, so no byte
//! is lost during a step if the receive ring holds a whole frame, and no reply delays a step if the transmit
//! ring holds one too. [`RING`] is large enough for frames of [`FRAME`].

use core::task::Poll;

use embassy_futures::{block_on, poll_once};
use embedded_io::{ErrorType, ReadReady};
use glif_link::frame::wire_length;
use static_cell::ConstStaticCell;

/// Baud rate, with 8 data bits, no parity and 1 stop bit. `cargo xtask verify --port` opens a port with these
/// settings.
pub const BAUD: u32 = 115_200;

/// Largest packet of a node, bytes.
pub const FRAME: usize = 1536;

/// Size of each ring buffer of a UART, bytes. nRF hardware fills a ring by halves, so each half must hold a
/// frame.
pub const RING: usize = 4096;
const _: () = assert!(RING / 2 >= wire_length(FRAME), "a frame has to fit");

/// The transmit ring and the receive ring.
pub static RINGS: ConstStaticCell<[[u8; RING]; 2]> = ConstStaticCell::new([[0; RING]; 2]);

/// What a part does while its node has nothing to read.
pub trait Idle {
    /// Called each time the node polls its port. The node's loop then runs, so a watchdog can be fed.
    fn looked(&mut self);

    /// Sleeps until an interrupt, unless a byte is `ready`. It may return at any time.
    fn sleep(&mut self, ready: impl FnOnce() -> bool);
}

/// A buffered UART of an embassy HAL.
///
/// Its read futures must be safe to drop: they take bytes only when they complete.
#[derive(Debug)]
pub struct Port<U, I> {
    line: Line<U>,
    idle: I,
}

/// The UART, and bytes read from it that the node has not yet read.
#[derive(Debug)]
struct Line<U> {
    uart: U,
    ahead: [u8; 16],
    next: usize,
    end: usize,
}

impl<U, I> Port<U, I> {
    /// Returns a port over `uart`, which is set up for [`BAUD`].
    pub const fn new(uart: U, idle: I) -> Self {
        Self { line: Line { uart, ahead: [0; 16], next: 0, end: 0 }, idle }
    }
}

impl<U: embedded_io_async::Read> Line<U> {
    /// Whether a byte can be read. Checks the ring if needed.
    ///
    /// The check is a read: a UART that has received noise reports it only to a read, and receives nothing
    /// more before that. Overruns, breaks and wrong stop bits are dropped here. They cost the frame in which
    /// they occur: its checksum fails, and the host sends it again.
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
    /// Waits for room in the ring, which the UART empties even if no host reads.
    fn write(&mut self, bytes: &[u8]) -> Result<usize, U::Error> {
        block_on(self.line.uart.write(bytes))
    }

    /// Does nothing: the ring empties by itself, and waiting for it would delay the steps of real-time mode.
    fn flush(&mut self) -> Result<(), U::Error> {
        Ok(())
    }
}
