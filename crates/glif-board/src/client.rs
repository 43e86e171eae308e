//! A client of the link: sends requests and receives replies.

use std::fmt::{self, Debug};
use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use glif::{limits, text};
use glif_link::frame::{self, Event, Receiver};
use glif_link::{Reply, Request, RequestError, VERSION, packet};

use crate::claims;
pub use crate::error::LinkError;
use crate::error::kind;

/// How long to wait for a reply, and how many times to send a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Time to wait for a reply before the request is sent again.
    pub wait: Duration,
    /// Number of times a request is sent in all.
    pub attempts: u32,
}

impl Default for Patience {
    /// Five attempts of one second each. A board answers within a quarter of a second, and a long frame takes
    /// as much again at 115,200 baud.
    fn default() -> Self {
        Self { wait: Duration::from_secs(1), attempts: 5 }
    }
}

/// Length in bytes of the longest packet that a client can receive.
pub const LONGEST: usize = limits::BOARD_PACKET;

/// Number of bytes to print of input that is not a frame.
const SHOWN: usize = 24;

/// The host's end of a link. It waits for each reply before it sends the next request.
///
/// A read on `P` must not block forever: if no data arrives, it returns, after a timeout that the port sets,
/// with [`ErrorKind::TimedOut`] or [`ErrorKind::WouldBlock`], as serial ports do.
///
/// A [`Board`](crate::Board) takes mV and nA; a client takes requests:
///
/// ```
/// use std::time::Duration;
///
/// use glif_board::{Client, LinkError, Patience, loopback};
/// use glif_link::{Reply, Request, RequestError};
///
/// let patience = Patience { wait: Duration::from_millis(500), attempts: 10 };
/// let mut client = Client::with_patience(loopback::start(), patience);
/// assert!(matches!(client.call(&Request::Identify)?, Reply::Identity(_)));
/// let refused = client.call(&Request::Run { steps: 1, digest: false, inputs: &[] });
/// assert!(matches!(refused, Err(LinkError::Refused(RequestError::NotLoaded))));
/// assert_eq!(client.health().asked, 2);
/// # Ok::<(), LinkError>(())
/// ```
pub struct Client<P> {
    port: P,
    patience: Patience,
    sequence: u16,
    receiver: Box<Receiver<LONGEST>>,
    /// Bytes received and not yet fed to the receiver.
    pending: Vec<u8>,
    /// Number of bytes fed since the last event; `stray` keeps the first of them.
    strays: usize,
    stray: Vec<u8>,
    /// Last packet sent.
    sent: Vec<u8>,
    /// Whether the board is known to have a population loaded.
    loaded: bool,
    health: Health,
}

/// Counts of requests and of faults on the line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Health {
    /// Requests made.
    pub asked: u64,
    /// Frames sent beyond the first of each request.
    pub resent: u64,
    /// Waits that ended without a reply: the request or its reply was lost, or the board was not there.
    pub lost: u64,
    /// Invalid packets received: torn, too long, or with a wrong checksum.
    pub corrupted: u64,
    /// Invalid packets received by the board, as it reported.
    pub unreadable: u64,
    /// Time from the first transmission of the last answered request to its reply.
    pub round_trip: Duration,
}

impl Health {
    /// Combines each count with the one of `other`; keeps this round trip.
    fn counts(self, other: Self, of: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            asked: of(self.asked, other.asked),
            resent: of(self.resent, other.resent),
            lost: of(self.lost, other.lost),
            corrupted: of(self.corrupted, other.corrupted),
            unreadable: of(self.unreadable, other.unreadable),
            round_trip: self.round_trip,
        }
    }

    /// Adds the counts of an earlier line.
    pub(crate) fn and(self, before: Self) -> Self {
        self.counts(before, |now, before| now + before)
    }

    /// Returns the counts since `then`.
    pub(crate) fn since(self, then: Self) -> Self {
        self.counts(then, |now, then| now - then)
    }
}

impl<P> Debug for Client<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("sequence", &self.sequence).field("health", &self.health).finish_non_exhaustive()
    }
}

impl<P: Read + Write> Client<P> {
    /// Creates a client on a port. The first sequence number is random, so that the client does not accept
    /// replies left over from an earlier host.
    pub fn new(port: P) -> Self {
        Self::with_patience(port, Patience::default())
    }

    /// Creates a client with the given patience.
    pub fn with_patience(port: P, patience: Patience) -> Self {
        Self {
            port,
            patience,
            sequence: rand::random(),
            receiver: Box::default(),
            pending: Vec::new(),
            strays: 0,
            stray: Vec::new(),
            sent: Vec::new(),
            loaded: false,
            health: Health::default(),
        }
    }

    /// Returns how long the client waits for a reply and how many times it sends a request.
    pub fn patience(&self) -> Patience {
        self.patience
    }

    /// Sets the sequence number to `last`, the last one that the board executed. The next request gets the
    /// number after it.
    pub fn continue_after(&mut self, last: u16) {
        self.sequence = last;
    }

    /// Returns the sequence number of the last request.
    pub fn sequence(&self) -> u16 {
        self.sequence
    }

    /// Returns the port, for another client.
    pub fn into_port(self) -> P {
        self.port
    }

    /// Returns the counts of requests and faults so far.
    pub fn health(&self) -> Health {
        self.health
    }

    /// Returns the port.
    pub fn port_mut(&mut self) -> &mut P {
        &mut self.port
    }

    /// Sends a request and returns the reply. Every size, count and step number in the reply is within the
    /// bounds of [`glif::limits`]. Text in the reply is as the board sent it; [`glif::text::printable`] makes
    /// it safe for a terminal.
    ///
    /// # Errors
    /// Returns an error if the port fails, if no reply arrives, if the board refuses the request, or if a
    /// number in its reply is impossible.
    pub fn call(&mut self, request: &Request<'_>) -> Result<Reply<'_>, LinkError> {
        self.sequence = self.sequence.wrapping_add(1);
        self.sent = packet(self.sequence, request)?;
        let frame = framed(&self.sent);
        self.health.asked += 1;
        let mut heard = None;
        let began = Instant::now();
        for attempt in 0..self.patience.attempts {
            self.health.resent += u64::from(attempt > 0);
            self.send(&frame)?;
            if self.await_reply(&frame, &mut heard)? {
                self.health.round_trip = began.elapsed();
                return self.reply(request);
            }
            self.health.lost += 1;
        }
        let attempts = self.patience.attempts;
        let heard = heard.or_else(|| self.foreign());
        Err(LinkError::Silent { request: kind(request), waited: began.elapsed(), attempts, heard })
    }

    pub(crate) fn send(&mut self, frame: &[u8]) -> Result<(), LinkError> {
        self.port.write_all(frame)?;
        Ok(self.port.flush()?)
    }

    /// Waits for the reply to the current sequence number. Returns false when it is time to send the request
    /// again.
    fn await_reply(&mut self, frame: &[u8], heard: &mut Option<String>) -> Result<bool, LinkError> {
        // `None` means an unlimited wait.
        let deadline = Instant::now().checked_add(self.patience.wait);
        // At most one early resend per wait: a board that counts one frame as two bad ones would otherwise be
        // sent more and more frames.
        let mut early = true;
        let mut over = false;
        loop {
            while let Some(event) = self.next_event() {
                let unreadable = self.health.unreadable;
                match self.sort(event) {
                    Ok(()) => return Ok(true),
                    Err(what) => *heard = Some(what),
                }
                if self.health.unreadable > unreadable && std::mem::take(&mut early) {
                    self.health.resent += 1;
                    self.send(frame)?;
                }
            }
            if over {
                return Ok(false);
            }
            // Bytes that arrived while this process was suspended are in time, so the port is read once more.
            over = deadline.is_some_and(|deadline| Instant::now() >= deadline);
            self.fill()?;
        }
    }

    /// Reads the available bytes from the port.
    pub(crate) fn fill(&mut self) -> Result<(), LinkError> {
        let mut bytes = [0; 4096];
        match self.port.read(&mut bytes) {
            Ok(0) => Err(std::io::Error::new(ErrorKind::UnexpectedEof, "the other side closed it"))?,
            Ok(count) => self.pending.extend_from_slice(&bytes[..count]),
            Err(error)
                if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(error) => Err(error)?,
        }
        Ok(())
    }

    /// Feeds pending bytes to the receiver, up to the end of a frame.
    pub(crate) fn next_event(&mut self) -> Option<Event> {
        let found = self.pending.iter().enumerate().find_map(|(i, byte)| Some((i, self.receiver.feed(*byte)?)));
        let fed = found.map_or(self.pending.len(), |(i, _)| i + 1);
        match found {
            Some(_) => (self.strays, self.stray) = (0, Vec::new()),
            None => {
                self.strays += self.pending.len();
                let room = SHOWN.saturating_sub(self.stray.len());
                self.stray.extend(self.pending.iter().take(room));
            }
        }
        self.pending.drain(..fed);
        found.map(|(_, event)| event)
    }

    /// Returns the packet that the last event completed.
    pub(crate) fn packet(&self) -> &[u8] {
        self.receiver.packet()
    }

    /// Describes the input if it has no frames, as from a port with some other device on it.
    fn foreign(&self) -> Option<String> {
        let some = text::printable_bytes(&self.stray, limits::PRINTED);
        (!some.is_empty()).then(|| format!("{} bytes that are not a frame, such as \"{some}\"", self.strays))
    }

    /// Returns `Ok` if the event is the awaited reply, else a description of what arrived instead.
    fn sort(&mut self, event: Event) -> Result<(), String> {
        let packet = match event {
            Event::Packet => packet::open(self.receiver.packet()).map_err(|noise| noise.to_string()),
            Event::TooLong => Err(format!("a packet longer than {LONGEST} bytes")),
            Event::Torn => Err("a truncated frame".to_owned()),
        };
        let packet = packet.inspect_err(|_| self.health.corrupted += 1)?;
        let what = match packet.message::<Reply<'_>>() {
            _ if self.receiver.packet() == self.sent => "the request itself; the port echoes",
            _ if packet.version != VERSION => return Err(format!("version {} of the link", packet.version)),
            None => "a packet that is not a reply",
            Some(Reply::Ready) => "a restart of the board",
            Some(Reply::Unreadable(noise)) => {
                self.health.unreadable += 1;
                return Err(format!("a report that the board received {noise}"));
            }
            Some(_) if packet.sequence != self.sequence => "a reply to an older request",
            Some(_) => return Ok(()),
        };
        Err(what.to_owned())
    }

    /// Decodes and checks the reply that was just received.
    fn reply(&mut self, request: &Request<'_>) -> Result<Reply<'_>, LinkError> {
        let reply = packet::open(self.receiver.packet()).ok().and_then(|packet| packet.message::<Reply<'_>>());
        match reply {
            Some(Reply::Refused(RequestError::NotLoaded)) if self.loaded => Err(LinkError::Restarted),
            Some(Reply::Refused(refusal)) => Err(LinkError::Refused(refusal)),
            Some(reply) => {
                claims::check(request, &reply)?;
                match &reply {
                    Reply::Identity(identity) => self.loaded = identity.loaded > 0,
                    Reply::Done | Reply::Loaded { .. } => {
                        self.loaded |= matches!(request, Request::Load(_) | Request::Network(_) | Request::Describe);
                    }
                    _ => {}
                }
                Ok(reply)
            }
            None => Err(LinkError::Unexpected { request: kind(request), reply: "nothing".to_owned() }),
        }
    }
}

/// Encodes the packet of a request.
fn packet(sequence: u16, request: &Request<'_>) -> Result<Vec<u8>, LinkError> {
    let mut buffer = vec![0; LONGEST];
    let length = packet::encode(sequence, request, &mut buffer).map(<[u8]>::len);
    buffer.truncate(length.ok_or_else(|| LinkError::TooLong { request: kind(request), most: LONGEST })?);
    Ok(buffer)
}

/// Encodes the frame of a packet, as sent on the wire.
pub(crate) fn framed(packet: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(frame::wire_length(packet.len()));
    let put = |piece: &[u8]| {
        wire.extend_from_slice(piece);
        Ok::<_, std::convert::Infallible>(())
    };
    let Ok(()) = frame::whole(packet, put);
    wire
}
