//! The node's program in a thread of this process, behind a pipe in memory: a board for a machine without
//! one.

use std::io::{BufReader, ErrorKind, Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

use glif_node::{Clock, Identity, Node, words};
use thiserror::Error;

/// Capacity of the board in memory: neurons in blocks of 32, threshold components per neuron, and bytes per
/// packet.
const BLOCKS: usize = 64;
const COMPONENTS: usize = 8;
const FRAME: usize = 4096;

/// Name that this node reports for its board.
pub const NAME: &str = "in this process";

/// Host's end of a pipe.
#[derive(Debug)]
pub struct Pipe {
    to: Sender<u8>,
    from: Receiver<u8>,
    wait: Duration,
}

/// Starts a node, which ends when the pipe is dropped.
pub fn start() -> Pipe {
    let (pipe, port) = pair();
    thread::spawn(move || {
        let mut node = Box::new(Node::<{ words(BLOCKS, COMPONENTS) }, COMPONENTS, FRAME>::new());
        let identity = Identity { core: std::env::consts::ARCH, board: NAME };
        node.serve(identity, port, HostClock(Instant::now()), ())
    });
    pipe
}

/// Creates a pipe; returns the host's end and the node's end.
pub fn pair() -> (Pipe, Port) {
    let (to, inbox) = channel();
    let (outbox, from) = channel();
    (Pipe { to, from, wait: Duration::from_millis(20) }, Port { inbox, outbox, next: None })
}

/// Creates a pipe over the output and the input of something else, such as a process. The input is closed
/// when the pipe is dropped.
pub(crate) fn over(output: impl Read + Send + 'static, mut input: impl Write + Send + 'static) -> Pipe {
    let (pipe, Port { inbox, outbox, .. }) = pair();
    thread::spawn(move || {
        let mut bytes = BufReader::new(output).bytes().map_while(Result::ok);
        bytes.try_for_each(|byte| outbox.send(byte))
    });
    thread::spawn(move || {
        while let Ok(first) = inbox.recv() {
            let bytes: Vec<u8> = std::iter::once(first).chain(inbox.try_iter()).collect();
            input.write_all(&bytes)?;
            input.flush()?;
        }
        Ok::<_, std::io::Error>(())
    });
    pipe
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let first = self.from.recv_timeout(self.wait).map_err(|error| match error {
            RecvTimeoutError::Timeout => ErrorKind::TimedOut,
            RecvTimeoutError::Disconnected => ErrorKind::BrokenPipe,
        })?;
        Ok(take(first, &self.from, buffer))
    }
}

/// Fills a buffer with `first` and the bytes available behind it; returns their number.
fn take(first: u8, behind: &Receiver<u8>, buffer: &mut [u8]) -> usize {
    let bytes = std::iter::once(first).chain(behind.try_iter());
    buffer.iter_mut().zip(bytes).map(|(to, from)| *to = from).count()
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let sent = bytes.iter().try_for_each(|byte| self.to.send(*byte));
        sent.map_err(|_| ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Node's end of a pipe, for a node with another size or name than that of [`start`].
#[derive(Debug)]
pub struct Port {
    inbox: Receiver<u8>,
    outbox: Sender<u8>,
    next: Option<u8>,
}

/// Error with which a node ends when the host's end has been dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the other end of the pipe is gone")]
pub struct Closed;

impl embedded_io::Error for Closed {
    fn kind(&self) -> embedded_io::ErrorKind {
        embedded_io::ErrorKind::BrokenPipe
    }
}

impl embedded_io::ErrorType for Port {
    type Error = Closed;
}

impl embedded_io::ReadReady for Port {
    fn read_ready(&mut self) -> Result<bool, Closed> {
        if self.next.is_none() {
            self.next = match self.inbox.try_recv() {
                Ok(byte) => Some(byte),
                Err(TryRecvError::Empty) => None,
                Err(TryRecvError::Disconnected) => return Err(Closed),
            };
        }
        Ok(self.next.is_some())
    }
}

impl embedded_io::Read for Port {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Closed> {
        let first = self.next.take().map_or_else(|| self.inbox.recv(), Ok).map_err(|_| Closed)?;
        Ok(take(first, &self.inbox, buffer))
    }
}

impl embedded_io::Write for Port {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Closed> {
        bytes.iter().try_for_each(|byte| self.outbox.send(*byte)).map_err(|_| Closed)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Closed> {
        Ok(())
    }
}

/// Clock that counts the host's nanoseconds since an instant.
#[derive(Debug, Clone, Copy)]
pub struct HostClock(pub Instant);

impl Clock for HostClock {
    fn ticks(&mut self) -> u32 {
        self.0.elapsed().as_nanos() as u32 // wraps, as clocks may
    }

    fn frequency(&self) -> u32 {
        1_000_000_000
    }
}
