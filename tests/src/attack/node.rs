//! A node, from the first byte on its link.

use std::collections::VecDeque;
use std::convert::Infallible;

use arbitrary::{Arbitrary, Unstructured};
use glif_link::frame::{Event, Receiver, whole};
use glif_link::packet::CRC;
use glif_link::{Reply, VERSION, packet};
use glif_node::{Clock, Identity, Node, words};

/// What arrives on the link.
#[derive(Debug, Arbitrary)]
enum Arrival {
    /// Raw bytes.
    Noise(Vec<u8>),
    /// A frame with a valid checksum and a new sequence number around any body.
    Body(Vec<u8>),
    /// The last frame again.
    Again,
    /// No byte to read, for this many polls.
    Idle(u8),
}

/// Serves whatever arrives. Each whole frame gets one reply that can be decoded, and at the end the node
/// still answers with its identity.
pub fn node(bytes: &[u8]) {
    let Ok(arrivals) = Vec::<Arrival>::arbitrary_take_rest(Unstructured::new(bytes)) else { return };
    let (mut turns, mut frames, mut sequence, mut last) = (VecDeque::new(), 0, 0_u16, Vec::new());
    // The first request starts a conversation.
    for arrival in [Arrival::Body(vec![0])].into_iter().chain(arrivals).chain([Arrival::Body(vec![0])]) {
        match arrival {
            Arrival::Noise(bytes) => turns.push_back(Turn::Bytes(bytes)),
            Arrival::Body(body) if body.len() <= FRAME - packet::OVERHEAD => {
                last = framed(sequence, &body);
                (sequence, frames) = (sequence.wrapping_add(1), frames + 1);
                turns.push_back(Turn::Bytes(last.clone()));
            }
            Arrival::Body(_) => {}
            Arrival::Again => {
                frames += 1;
                turns.push_back(Turn::Bytes(last.clone()));
            }
            Arrival::Idle(times) => turns.push_back(Turn::Idle(times)),
        }
    }
    let mut wire = Wire { turns, written: Vec::new() };
    let mut node = Box::new(Node::<{ words(2, 2) }, 2, FRAME>::new());
    let identity = Identity { core: "none", board: "attacked" };
    let Closed = node.serve(identity, &mut wire, Ticks(0), ());
    let (mut receiver, mut replies, mut identities) = (Receiver::<FRAME>::new(), 0, 0);
    for byte in &wire.written {
        match receiver.feed(*byte) {
            Some(Event::Packet) => {
                let packet = packet::open(receiver.packet()).expect("a node's frames are whole");
                let reply = packet.message::<Reply<'_>>().expect("a node's messages are replies");
                replies += usize::from(reply != Reply::Ready);
                identities = if matches!(reply, Reply::Identity(_)) { replies } else { identities };
            }
            Some(event) => panic!("{event:?} from a node"),
            None => {}
        }
    }
    // Noise may get replies too, but removes none.
    assert!(replies >= frames, "{replies} replies to {frames} frames");
    assert_eq!(identities, replies, "the last request asks who it is");
}

const FRAME: usize = 512;

fn framed(sequence: u16, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![VERSION];
    packet.extend(sequence.to_le_bytes());
    packet.extend(body);
    packet.extend(CRC.checksum(&packet).to_le_bytes());
    let mut frame = Vec::new();
    let done: Result<(), Infallible> = whole(&packet, |piece| {
        frame.extend_from_slice(piece);
        Ok(())
    });
    match done {
        Ok(()) => frame,
    }
}

enum Turn {
    Bytes(Vec<u8>),
    Idle(u8),
}

/// A clock so coarse that a quarter of a second is eight reads of it, and a millisecond less than one.
struct Ticks(u32);

impl Clock for Ticks {
    fn ticks(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(1);
        self.0
    }

    fn frequency(&self) -> u32 {
        32
    }
}

/// Everything that arrives. After it, the port fails.
struct Wire {
    turns: VecDeque<Turn>,
    written: Vec<u8>,
}

#[derive(Debug)]
struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("closed")
    }
}

impl std::error::Error for Closed {}

impl embedded_io::Error for Closed {
    fn kind(&self) -> embedded_io::ErrorKind {
        embedded_io::ErrorKind::BrokenPipe
    }
}

impl embedded_io::ErrorType for Wire {
    type Error = Closed;
}

impl embedded_io::ReadReady for Wire {
    fn read_ready(&mut self) -> Result<bool, Closed> {
        match self.turns.front_mut() {
            None => Err(Closed),
            Some(Turn::Bytes(_)) => Ok(true),
            Some(Turn::Idle(0)) => {
                self.turns.pop_front();
                Ok(false)
            }
            Some(Turn::Idle(times)) => {
                *times -= 1;
                Ok(false)
            }
        }
    }
}

impl embedded_io::Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Closed> {
        loop {
            match self.turns.front_mut() {
                None => return Err(Closed),
                Some(Turn::Bytes(bytes)) if !bytes.is_empty() => {
                    let count = bytes.len().min(buffer.len());
                    buffer[..count].copy_from_slice(&bytes[..count]);
                    bytes.drain(..count);
                    return Ok(count);
                }
                Some(_) => {
                    self.turns.pop_front();
                }
            }
        }
    }
}

impl embedded_io::Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Closed> {
        self.written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Closed> {
        Ok(())
    }
}
