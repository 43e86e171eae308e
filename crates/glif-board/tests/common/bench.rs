//! A node in a thread that runs only when it receives bytes, and returns what it wrote. Nothing depends on
//! the speed of the machine.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use glif_node::{Clock, Identity, Node, Outputs};

/// Message from the test to the node's thread. Each is answered once, by the bytes that the node wrote.
enum Turn {
    Bytes(Vec<u8>),
    /// This number of times, the node finds nothing to read.
    Idle(u32),
    Reset,
}

/// A node, and the host's end of its wire.
pub(crate) struct Bench {
    to: Option<Sender<Turn>>,
    from: Receiver<Vec<u8>>,
    node: Option<JoinHandle<()>>,
    inbox: VecDeque<u8>,
    pulses: Arc<Mutex<Vec<Vec<u32>>>>,
    clears: Arc<AtomicU32>,
}

impl Bench {
    /// Starts a node. Its first frame waits to be read.
    pub(crate) fn start<const WORDS: usize, const COMPONENTS: usize, const FRAME: usize>(clock: Metronome) -> Self {
        let (to, inbox) = channel();
        let (outbox, from) = channel();
        let pulses = Arc::<Mutex<Vec<Vec<u32>>>>::default();
        let clears = Arc::<AtomicU32>::default();
        let mut tape = Tape(pulses.clone(), clears.clone());
        let node = thread::spawn(move || {
            let mut wire = Wire { inbox, outbox, bytes: VecDeque::new(), idle: 0, output: Vec::new() };
            let mut node = Box::new(Node::<WORDS, COMPONENTS, FRAME>::new());
            let identity = Identity { core: "bench", board: "under test" };
            while node.serve(identity, &mut wire, clock, &mut tape) == End::Reset {}
        });
        let mut bench = Self { to: Some(to), from, node: Some(node), inbox: VecDeque::new(), pulses, clears };
        let ready = bench.written();
        bench.inbox.extend(ready);
        bench
    }

    /// Sends bytes to the node; returns what it writes.
    pub(crate) fn exchange(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.turn(Turn::Bytes(bytes.to_vec()))
    }

    /// Lets the node poll for bytes this number of times and find none.
    pub(crate) fn idle(&mut self, times: u32) {
        let written = self.turn(Turn::Idle(times));
        self.inbox.extend(written);
    }

    /// Resets the node.
    pub(crate) fn reset(&mut self) {
        let written = self.turn(Turn::Reset);
        self.inbox.extend(written);
    }

    /// Returns the spike words of every step that reached the outputs so far.
    pub(crate) fn pulses(&self) -> Vec<Vec<u32>> {
        self.pulses.lock().unwrap().clone()
    }

    /// Returns how often the outputs were put in their safe state so far.
    pub(crate) fn clears(&self) -> u32 {
        self.clears.load(Ordering::Relaxed)
    }

    fn turn(&mut self, turn: Turn) -> Vec<u8> {
        let sent = self.to.as_ref().unwrap().send(turn);
        assert!(sent.is_ok(), "the node has ended");
        self.written()
    }

    fn written(&mut self) -> Vec<u8> {
        self.from.recv().expect("the node has ended")
    }
}

impl Read for Bench {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.inbox.read(buffer)? {
            0 => Err(ErrorKind::TimedOut.into()),
            count => Ok(count),
        }
    }
}

impl Write for Bench {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.exchange(bytes);
        self.inbox.extend(written);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.to = None;
        let ended = self.node.take().map(JoinHandle::join);
        if !thread::panicking() {
            assert!(matches!(ended, Some(Ok(()))), "the node has panicked");
        }
    }
}

/// A clock that advances by `advance` ticks at each read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Metronome {
    pub(crate) now: u32,
    pub(crate) advance: u32,
    pub(crate) frequency: u32,
}

impl Default for Metronome {
    /// Returns a clock so slow that no time limit is ever reached.
    fn default() -> Self {
        Self { now: 0, advance: 1, frequency: u32::MAX }
    }
}

impl Clock for Metronome {
    fn ticks(&mut self) -> u32 {
        self.now = self.now.wrapping_add(self.advance);
        self.now
    }

    fn frequency(&self) -> u32 {
        self.frequency
    }
}

/// Records the steps, and how often the outputs were cleared.
struct Tape(Arc<Mutex<Vec<Vec<u32>>>>, Arc<AtomicU32>);

impl Outputs for &mut Tape {
    fn pulse(&mut self, spikes: &[u32]) {
        self.0.lock().unwrap().push(spikes.to_vec());
    }

    fn clear(&mut self) {
        self.1.fetch_add(1, Ordering::Relaxed);
    }
}

/// The node's end of the wire.
struct Wire {
    inbox: Receiver<Turn>,
    outbox: Sender<Vec<u8>>,
    bytes: VecDeque<u8>,
    idle: u32,
    output: Vec<u8>,
}

/// Reason why a port has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Reset,
    Closed,
}

impl Wire {
    /// Sends what was written, and waits for the test's next turn.
    fn wait(&mut self) -> Result<(), End> {
        self.outbox.send(std::mem::take(&mut self.output)).map_err(|_| End::Closed)?;
        match self.inbox.recv().map_err(|_| End::Closed)? {
            Turn::Bytes(bytes) => self.bytes.extend(bytes),
            Turn::Idle(times) => self.idle = times,
            Turn::Reset => return Err(End::Reset),
        }
        Ok(())
    }
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for End {}

impl embedded_io::Error for End {
    fn kind(&self) -> embedded_io::ErrorKind {
        embedded_io::ErrorKind::BrokenPipe
    }
}

impl embedded_io::ErrorType for Wire {
    type Error = End;
}

impl embedded_io::ReadReady for Wire {
    fn read_ready(&mut self) -> Result<bool, End> {
        while self.bytes.is_empty() && self.idle == 0 {
            self.wait()?;
        }
        if self.bytes.is_empty() {
            self.idle -= 1;
        }
        Ok(!self.bytes.is_empty())
    }
}

impl embedded_io::Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, End> {
        while self.bytes.is_empty() {
            self.idle = 0;
            self.wait()?;
        }
        Ok(self.bytes.read(buffer).unwrap_or(0))
    }
}

impl embedded_io::Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, End> {
        self.output.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), End> {
        Ok(())
    }
}
