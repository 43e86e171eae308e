//! Requests out, replies in.

use std::fmt::{self, Debug};
use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use glif::{limits, text};
use glif_link::frame::{self, Event, Receiver};
use glif_link::{Reply, Request, RequestError, VERSION, packet};

use crate::claims;
pub use crate::error::LinkError;
use crate::error::kind;

/// How long and how often to wait for a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Before a request is sent again.
    pub wait: Duration,
    /// How often it is sent in all.
    pub attempts: u32,
}

impl Default for Patience {
    /// Five times, after a second each: a board answers within a quarter of one, and a long frame takes as much at 115,200 baud.
    fn default() -> Self {
        Self { wait: Duration::from_secs(1), attempts: 5 }
    }
}

/// Bytes of the longest packet that a client can receive.
pub const LONGEST: usize = limits::BOARD_PACKET;

/// Bytes that are shown of what is no frame.
const SHOWN: usize = 24;

/// One end of a link. A reply is waited for before the next request is sent.
///
/// `P` reads at least now and then: a read that finds nothing returns, after a time of the port's own, with
/// [`ErrorKind::TimedOut`] or [`ErrorKind::WouldBlock`], as serial ports do.
///
/// [`Board`](crate::Board) speaks in mV and nA; a client speaks in requests:
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
/// let refused = client.call(&Request::Run { steps: 1, digest: false });
/// assert!(matches!(refused, Err(LinkError::Refused(RequestError::NotLoaded))));
/// assert_eq!(client.health().asked, 2);
/// # Ok::<(), LinkError>(())
/// ```
pub struct Client<P> {
    port: P,
    patience: Patience,
    sequence: u16,
    receiver: Box<Receiver<LONGEST>>,
    /// Bytes that came behind the last reply.
    pending: Vec<u8>,
    /// How many bytes have come since the last frame, and the first of them.
    strays: usize,
    stray: Vec<u8>,
    /// The last packet sent.
    sent: Vec<u8>,
    /// The board is known to hold a population.
    loaded: bool,
    health: Health,
}

/// How a line has treated a client's requests so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Health {
    /// Requests.
    pub asked: u64,
    /// Frames that went out beyond the first of each request.
    pub resent: u64,
    /// Waits that ended without a reply: the request or its reply got lost, or the board was not there.
    pub lost: u64,
    /// What came and was no packet: torn, too long, or of a checksum that does not fit.
    pub corrupted: u64,
    /// What reached the board and was no packet, as it said.
    pub unreadable: u64,
    /// From the first sending of the last request that was answered to its reply.
    pub round_trip: Duration,
}

impl Health {
    /// Each count made of this one's and another's; the round trip is this one's.
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

    /// Of this line and one before it.
    pub(crate) fn and(self, before: Self) -> Self {
        self.counts(before, |now, before| now + before)
    }

    /// What has come since then.
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
    /// A client on a port. Its first sequence number is drawn at random, so that nothing left over from an earlier
    /// host can be taken for its own.
    pub fn new(port: P) -> Self {
        Self::with_patience(port, Patience::default())
    }

    /// The same, of another patience.
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

    /// How long a reply is waited for.
    pub fn patience(&self) -> Patience {
        self.patience
    }

    /// Goes on behind this sequence number, the last one that the board has done.
    pub fn continue_after(&mut self, last: u16) {
        self.sequence = last;
    }

    /// The number of the last request.
    pub fn sequence(&self) -> u16 {
        self.sequence
    }

    /// The port, for another client.
    pub fn into_port(self) -> P {
        self.port
    }

    /// What the line has done to requests so far.
    pub fn health(&self) -> Health {
        self.health
    }

    /// The port itself.
    pub fn port_mut(&mut self) -> &mut P {
        &mut self.port
    }

    /// Asks, and waits for the answer. Every size, count and step number in it is within the bounds of [`glif::limits`]; its text
    /// is as the board sent it, for [`glif::text::printable`] to make fit for a terminal.
    ///
    /// # Errors
    /// If the port fails or no reply comes, if the board refuses, and if a number in its reply cannot be true.
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

    /// Waits for the reply of the present number; false if it is time to ask again.
    fn await_reply(&mut self, frame: &[u8], heard: &mut Option<String>) -> Result<bool, LinkError> {
        // None for a wait without an end.
        let deadline = Instant::now().checked_add(self.patience.wait);
        // Once a wait: a board that takes one frame for two bad ones would else be sent more and more of them.
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
            // What came while this process slept is in time: the port is asked once more.
            over = deadline.is_some_and(|deadline| Instant::now() >= deadline);
            self.fill()?;
        }
    }

    /// Takes what the port has.
    pub(crate) fn fill(&mut self) -> Result<(), LinkError> {
        let mut bytes = [0; 4096];
        match self.port.read(&mut bytes) {
            Ok(0) => Err(std::io::Error::new(ErrorKind::UnexpectedEof, "the other side has closed it"))?,
            Ok(count) => self.pending.extend_from_slice(&bytes[..count]),
            Err(error)
                if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(error) => Err(error)?,
        }
        Ok(())
    }

    /// Feeds pending bytes up to the end of a frame.
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

    /// The packet whose end the last event was.
    pub(crate) fn packet(&self) -> &[u8] {
        self.receiver.packet()
    }

    /// What comes from a port on which something else is.
    fn foreign(&self) -> Option<String> {
        let some = text::printable_bytes(&self.stray, limits::PRINTED);
        (!some.is_empty()).then(|| format!("{} bytes and no frame, such as \"{some}\"", self.strays))
    }

    /// Whether the reply has come; else what has come in its place.
    fn sort(&mut self, event: Event) -> Result<(), String> {
        let packet = match event {
            Event::Packet => packet::open(self.receiver.packet()).map_err(|noise| noise.to_string()),
            Event::TooLong => Err(format!("a packet longer than {LONGEST} bytes")),
            Event::Torn => Err("a torn frame".to_owned()),
        };
        let packet = packet.inspect_err(|_| self.health.corrupted += 1)?;
        let what = match packet.message::<Reply<'_>>() {
            _ if self.receiver.packet() == self.sent => "what was sent; does the port echo?",
            _ if packet.version != VERSION => return Err(format!("version {} of the link", packet.version)),
            None => "a packet that is no reply",
            Some(Reply::Ready) => "that the board has started anew",
            Some(Reply::Unreadable(noise)) => {
                self.health.unreadable += 1;
                return Err(format!("that what reached the board was {noise}"));
            }
            Some(_) if packet.sequence != self.sequence => "a reply to an older request",
            Some(_) => return Ok(()),
        };
        Err(what.to_owned())
    }

    /// The reply that has just been received.
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
                        self.loaded |= matches!(request, Request::Load(_) | Request::Describe);
                    }
                    _ => {}
                }
                Ok(reply)
            }
            None => Err(LinkError::Unexpected { request: kind(request), reply: "nothing".to_owned() }),
        }
    }
}

/// A request's packet.
fn packet(sequence: u16, request: &Request<'_>) -> Result<Vec<u8>, LinkError> {
    let mut buffer = vec![0; LONGEST];
    let length = packet::encode(sequence, request, &mut buffer).map(<[u8]>::len);
    buffer.truncate(length.ok_or_else(|| LinkError::TooLong { request: kind(request), most: LONGEST })?);
    Ok(buffer)
}

/// A packet as it goes over the wire.
pub(crate) fn framed(packet: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(frame::wire_length(packet.len()));
    let put = |piece: &[u8]| {
        wire.extend_from_slice(piece);
        Ok::<_, std::convert::Infallible>(())
    };
    let Ok(()) = frame::whole(packet, put);
    wire
}
