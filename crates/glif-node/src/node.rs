//! Receives requests and sends replies.

use core::convert::Infallible;

use embedded_io::{Read, ReadReady, Write};
use glif_link::frame::{self, Event, Receiver};
use glif_link::packet::{self, Packet};
use glif_link::{Cost, PacketError, Reply, Request, RequestError, VERSION};

use crate::cells::Cells;
use crate::clock::Clock;
use crate::contents::Contents;
use crate::kernels::SCALARS;
use crate::log::debug;
use crate::network::{FORMATS, NETWORKS, Network, POPULATIONS};
use crate::outputs::Outputs;
use crate::schedule::Schedule;

/// Names of a board and its core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Identity {
    /// Name of the core, such as `Cortex-M4F`.
    pub core: &'static str,
    /// Name of the board, such as `mps2-an386`.
    pub board: &'static str,
}

/// The memory of a node.
///
/// It has `WORDS` words of four bytes for the arrays of a population or of a network, and room for packets of `FRAME`
/// bytes; neurons have at most `COMPONENTS` threshold components. [`words`](crate::words) returns the words that so many
/// neurons take. Besides them a node takes 3·`FRAME` bytes, the coefficients of the populations of a network if it has
/// the feature `networks`, and a little more; [`glif_link::Identity::memory`] has the exact size.
///
/// All of it is zero at first, so a static takes no flash.
///
/// ```
/// use glif_node::{Node, words};
/// // 1024 neurons of up to 2 threshold components take 18 KiB, packets of 1 KiB three, and 16 populations 13.
/// type Memory = Node<{ words(32, 2) }, 2, 1024>;
/// assert!((21..=34).contains(&(size_of::<Memory>() / 1024)));
/// ```
pub struct Node<const WORDS: usize, const COMPONENTS: usize, const FRAME: usize> {
    arena: Arena<WORDS>,
    network: Network<COMPONENTS>,
    receiver: Receiver<FRAME>,
    last: Last<FRAME>,
    record: Record<FRAME>,
}

/// The words of the arrays. They are aligned for numbers of 64 bits.
#[repr(C, align(8))]
struct Arena<const WORDS: usize>([u32; WORDS]);

#[cfg(feature = "defmt")]
impl<const WORDS: usize, const COMPONENTS: usize, const FRAME: usize> defmt::Format for Node<WORDS, COMPONENTS, FRAME> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Node<{}, {}, {}>", WORDS, COMPONENTS, FRAME);
    }
}

/// The last request that was executed, and its reply for repeated copies of the request.
struct Last<const FRAME: usize> {
    /// Sequence number and checksum.
    request: Option<(u16, u32)>,
    packet: [u8; FRAME],
    length: usize,
}

/// Spikes of consecutive steps.
struct Record<const FRAME: usize> {
    bytes: [u8; FRAME],
    length: usize,
    steps: u32,
    /// Steps since the load, before the first step of the record.
    first: u64,
    /// Whether a step did not fit. A later, shorter one must not follow, as the steps would not be
    /// consecutive.
    full: bool,
}

/// Maximum bytes of a reply with a byte string, without that string.
const REPLY: usize = packet::OVERHEAD + glif_link::message::BESIDE_BYTES;

/// A sequence number less than this behind the last one belongs to a copy of an old request.
const PAST: u16 = 0x8000;
/// The same limit for [`Request::Identify`], which a new host sends with any number.
const PAST_IDENTIFY: u16 = 0x100;

/// How a node treats a packet that it accepts.
enum Judgement {
    New,
    Again,
}

impl<const WORDS: usize, const COMPONENTS: usize, const FRAME: usize> Default for Node<WORDS, COMPONENTS, FRAME> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const WORDS: usize, const COMPONENTS: usize, const FRAME: usize> Node<WORDS, COMPONENTS, FRAME> {
    /// Creates memory of zeros.
    pub const fn new() -> Self {
        const {
            let blocks = Cells::<WORDS, COMPONENTS>::BLOCKS;
            assert!(blocks > 0 && COMPONENTS <= glif_core::params::MOST_COMPONENTS);
            assert!(FRAME >= packet::LEAST, "no room for every request");
            assert!(FRAME >= REPLY + 5 + 4 * blocks, "no room for the spikes of one step in a reply");
        }
        Self {
            arena: Arena([0; WORDS]),
            network: Network::new(),
            receiver: Receiver::new(),
            last: Last { request: None, packet: [0; FRAME], length: 0 },
            record: Record { bytes: [0; FRAME], length: 0, steps: 0, first: 0, full: false },
        }
    }

    /// Answers requests for ever. Returns only if the port returns an error.
    ///
    /// A port must not block for ever in a write, and must not return an error for noise on its line: the
    /// node detects corrupted packets itself.
    pub fn serve<P: Read + ReadReady + Write>(
        &mut self,
        identity: Identity,
        mut port: P,
        clock: impl Clock,
        outputs: impl Outputs,
    ) -> P::Error {
        let Self { arena, network, receiver, last, record } = self;
        // A second call acts like a reset of the board: a copy of an old request is not answered from memory.
        last.request = None;
        let contents = Contents::<WORDS, COMPONENTS>::new(&mut arena.0, network);
        let mut session = Session { identity, contents, schedule: None, receiver, last, record, clock, outputs };
        match session.serve(&mut port) {
            Ok(never) => match never {},
            Err(error) => error,
        }
    }
}

/// A running node.
struct Session<'n, const WORDS: usize, const COMPONENTS: usize, const FRAME: usize, C, O> {
    identity: Identity,
    contents: Contents<'n, WORDS, COMPONENTS>,
    schedule: Option<Schedule>,
    receiver: &'n mut Receiver<FRAME>,
    last: &'n mut Last<FRAME>,
    record: &'n mut Record<FRAME>,
    clock: C,
    outputs: O,
}

impl<const WORDS: usize, const COMPONENTS: usize, const FRAME: usize, C: Clock, O: Outputs>
    Session<'_, WORDS, COMPONENTS, FRAME, C, O>
{
    /// Bytes for the byte string of a reply.
    const ROOM: usize = FRAME - REPLY;

    fn serve<P: Read + ReadReady + Write>(&mut self, port: &mut P) -> Result<Infallible, P::Error> {
        self.outputs.clear();
        aside(0, &Reply::Ready, port)?;
        loop {
            // Outside real-time mode the node only waits for the next byte.
            if !runs(&self.schedule) || port.read_ready()? {
                let mut bytes = [0; 16];
                let count = port.read(&mut bytes)?;
                for byte in bytes.iter().take(count) {
                    if let Some(event) = self.receiver.feed(*byte) {
                        // A request that comes too late must find real-time mode ended, even if the node was
                        // busy until now.
                        if runs(&self.schedule) {
                            let now = self.clock.ticks();
                            self.check_host(now);
                        }
                        self.take(event, port)?;
                    }
                }
            }
            self.keep_pace();
        }
    }

    /// Handles the end of a frame.
    #[inline(never)] // as real-time mode needs none of its stack
    fn take<W: Write>(&mut self, event: Event, port: &mut W) -> Result<(), W::Error> {
        let packet = match event {
            Event::Packet => packet::open(self.receiver.packet()),
            Event::TooLong => Err(PacketError::TooLong { most: FRAME as u32 }),
            Event::Torn => Err(PacketError::Torn),
        };
        let packet = match packet {
            Ok(packet) => packet,
            Err(noise) => {
                debug!("unreadable: {}", noise);
                return aside(0, &Reply::Unreadable(noise), port);
            }
        };
        let request = request(&packet);
        let judgement = self.last.judge(&packet, request.as_ref());
        if let (Ok(_), Some(schedule)) = (&judgement, &mut self.schedule) {
            schedule.failsafe.heard(self.clock.ticks());
        }
        match judgement {
            Ok(Judgement::Again) => send(self.last.packet(), port),
            Err(refusal) => {
                debug!("request {} is out of turn: {}", packet.sequence, refusal);
                aside(packet.sequence, &Reply::Refused(refusal), port)
            }
            Ok(Judgement::New) => {
                debug!("request {}: {}", packet.sequence, request);
                self.last.request = Some((packet.sequence, packet.checksum));
                let Self { identity, contents, schedule, receiver: _, last, record, clock, outputs } = self;
                let mut act = Act { identity, contents, schedule, record, clock, outputs };
                let mut scratch = [0; FRAME];
                let reply = request.as_ref().map_or(Err(RequestError::Malformed), |request| {
                    act.answer(request, scratch.get_mut(..Self::ROOM).unwrap_or_default())
                });
                match &reply {
                    Ok(reply) => last.keep(packet.sequence, reply),
                    Err(refusal) => last.keep_refusal(packet.sequence, refusal),
                }
                send(last.packet(), port)
            }
        }
    }

    /// Ends real-time mode if the host has been silent for too long.
    fn check_host(&mut self, now: u32) {
        let Some(schedule) = self.schedule.as_mut().filter(|schedule| schedule.pace.running) else {
            return;
        };
        if schedule.failsafe.trips(now) {
            debug!("the host is silent: real-time mode ends");
            (schedule.pace.running, schedule.pace.failsafe) = (false, true);
            self.contents.release();
            self.outputs.clear();
        }
    }

    /// In real-time mode, does the step that is due, if any, unless the host has been silent for too long.
    fn keep_pace(&mut self) {
        if !runs(&self.schedule) {
            return;
        }
        let began = self.clock.ticks();
        self.check_host(began);
        let Some(schedule) = self.schedule.as_mut().filter(|schedule| schedule.pace.running) else {
            return;
        };
        if !schedule.begins(began) {
            return;
        }
        if self.contents.step(&mut self.outputs).is_err() {
            // Only part of the currents has arrived, and there is no room to keep the old ones meanwhile.
            return schedule.skipped();
        }
        if !self.record.push(&self.contents, Self::ROOM) {
            schedule.pace.unrecorded = schedule.pace.unrecorded.saturating_add(1);
        }
        schedule.ended(began, self.clock.ticks());
    }
}

/// Returns the request in a packet; `None` if it is malformed.
#[inline(never)] // so that a second copy is not on the stack while the request is executed
fn request<'a>(packet: &Packet<'a>) -> Option<Request<'a>> {
    packet.message()
}

/// Whether real-time mode is running.
///
/// After the failsafe has ended it, `schedule` keeps its statistics until the next `Stop`, `Start` or `Load`.
fn runs(schedule: &Option<Schedule>) -> bool {
    schedule.as_ref().is_some_and(|schedule| schedule.pace.running)
}

impl<const FRAME: usize> Last<FRAME> {
    /// Decides whether to execute a packet.
    ///
    /// Steps are never executed twice: neither for a copy that arrives at once, nor for one that was in
    /// transit for a long time.
    fn judge(&self, packet: &Packet<'_>, request: Option<&Request<'_>>) -> Result<Judgement, RequestError> {
        if packet.version != VERSION {
            return Err(RequestError::Version { spoken: VERSION });
        }
        let Some((last, checksum)) = self.request else {
            return Ok(Judgement::New);
        };
        let past = if request == Some(&Request::Identify) { PAST_IDENTIFY } else { PAST };
        match last.wrapping_sub(packet.sequence) {
            0 if checksum == packet.checksum => Ok(Judgement::Again),
            0 => Err(RequestError::Reused),
            behind if behind < past => Err(RequestError::Stale { last }),
            _ => Ok(Judgement::New),
        }
    }

    #[inline(never)] // so that its copy is not on the stack while a request is executed
    fn keep_refusal(&mut self, sequence: u16, refusal: &RequestError) {
        self.keep(sequence, &Reply::Refused(refusal.clone()));
    }

    fn keep(&mut self, sequence: u16, reply: &Reply<'_>) {
        debug!("reply {}: {}", sequence, reply);
        let length = packet::encode(sequence, reply, &mut self.packet).map(<[u8]>::len);
        // Every reply is limited to a size that fits. If one did not, the host would at least get an error
        // with the right sequence number.
        self.length = length.unwrap_or_else(|| {
            let refused = Reply::Refused(RequestError::Malformed);
            packet::encode(sequence, &refused, &mut self.packet).map_or(0, <[u8]>::len)
        });
    }

    fn packet(&self) -> &[u8] {
        self.packet.get(..self.length).unwrap_or_default()
    }
}

impl<const FRAME: usize> Record<FRAME> {
    /// Empties the record. The next step is the one after `first`.
    fn restart(&mut self, first: u64) {
        (self.length, self.steps, self.first, self.full) = (0, 0, first, false);
    }

    /// Appends the spikes of a step. Returns `false` if they, or those of an earlier step, do not fit.
    fn push<const WORDS: usize, const COMPONENTS: usize>(
        &mut self,
        contents: &Contents<'_, WORDS, COMPONENTS>,
        room: usize,
    ) -> bool {
        let room = self.bytes.get_mut(..room).unwrap_or_default();
        match contents.record(room, self.length) {
            Some(end) if !self.full => (self.length, self.steps) = (end, self.steps + 1),
            _ => self.full = true,
        }
        !self.full
    }
}

/// Everything that a request can access.
struct Act<'a, 'n, const WORDS: usize, const COMPONENTS: usize, const FRAME: usize, C, O> {
    identity: &'a Identity,
    contents: &'a mut Contents<'n, WORDS, COMPONENTS>,
    schedule: &'a mut Option<Schedule>,
    record: &'a mut Record<FRAME>,
    clock: &'a mut C,
    outputs: &'a mut O,
}

impl<const WORDS: usize, const COMPONENTS: usize, const FRAME: usize, C: Clock, O: Outputs>
    Act<'_, '_, WORDS, COMPONENTS, FRAME, C, O>
{
    /// Executes a request. `scratch` is room for the bytes of the reply.
    fn answer<'s>(&'s mut self, request: &Request<'_>, scratch: &'s mut [u8]) -> Result<Reply<'s>, RequestError> {
        let done = |()| Reply::Done;
        match *request {
            Request::Identify => {
                // The pending currents may be from another host.
                self.contents.population.drop_pending();
                Ok(Reply::Identity(self.identify()))
            }
            Request::Describe => self.contents.describe(),
            Request::Read { population, field, first, count } => {
                let length = self.contents.read((population, field), (first, count), scratch)?;
                Ok(Reply::Values { values: scratch.get(..length).unwrap_or_default() })
            }
            Request::Hold { population, first, more, currents } => {
                self.contents.hold(population, first, more, currents).map(done)
            }
            Request::Poll => Ok(self.pace(scratch)),
            Request::Stop => {
                let reply = self.pace(scratch);
                *self.schedule = None;
                self.outputs.clear();
                Ok(reply)
            }
            _ if runs(self.schedule) => Err(RequestError::Running),
            Request::Start { failsafe } => self.start(failsafe).map(done),
            Request::Load(ref model) => {
                self.contents.load(model, scratch.len())?;
                self.forget();
                Ok(Reply::Done)
            }
            Request::Network(ref part) => {
                self.contents.part(part, scratch.len())?;
                self.forget();
                Ok(Reply::Done)
            }
            Request::Step { currents } => {
                self.contents.ready()?;
                if !currents.is_empty() {
                    self.contents.hold_all(currents)?;
                }
                self.run(1, false, &[], scratch)
            }
            Request::Run { steps, digest, inputs } => self.run(steps, digest, inputs, scratch),
            Request::Measure { steps } => self.measure(steps),
            Request::Write { population, field, first, values } => {
                self.contents.write(population, field, first, values).map(done)
            }
            Request::Clear { keep_adaptations } => self.contents.clear(keep_adaptations).map(done),
            Request::SetStepTime(step_time) => self.contents.set_step_time(step_time).map(done),
            Request::SetOptions(options) => self.contents.set_options(options).map(done),
            Request::Snapshot { first } => {
                let (length, total) = self.contents.snapshot(first, scratch)?;
                Ok(Reply::Part { total: total as u32, bytes: scratch.get(..length).unwrap_or_default() })
            }
            Request::Restore { first, bytes } => self.contents.restore(first, bytes).map(done),
            Request::Own { first, values } => self.contents.own(first, values).map(done),
            Request::Select { recorded, pulsed } => self.contents.select(recorded, pulsed, scratch.len()).map(done),
        }
    }

    /// Discards the statistics that the failsafe has kept, and the record of what was loaded before.
    fn forget(&mut self) {
        *self.schedule = None;
        self.record.restart(0);
    }

    fn identify(&self) -> glif_link::Identity<'static> {
        glif_link::Identity {
            version: VERSION,
            firmware: env!("CARGO_PKG_VERSION"),
            core: self.identity.core,
            board: self.identity.board,
            scalars: SCALARS,
            neurons: (Cells::<WORDS, COMPONENTS>::BLOCKS * glif_core::spikes::WORD) as u32,
            components: COMPONENTS as u8,
            frame: FRAME as u32,
            memory: size_of::<Node<WORDS, COMPONENTS, FRAME>>() as u32,
            frequency: self.clock.frequency(),
            loaded: self.contents.neurons().min(Cells::<WORDS, COMPONENTS>::BLOCKS * glif_core::spikes::WORD) as u32,
            networks: FORMATS,
            populations: POPULATIONS as u8,
            words: if NETWORKS { self.contents.words() as u32 } else { 0 },
        }
    }

    /// Steps with the held currents, and with the spikes of `inputs`, while the spikes fit and less than a quarter of a
    /// second has passed.
    fn run<'s>(
        &mut self,
        steps: u32,
        digest: bool,
        mut inputs: &[u8],
        scratch: &'s mut [u8],
    ) -> Result<Reply<'s>, RequestError> {
        self.contents.ready()?;
        self.contents.check_inputs(inputs)?;
        let (_, mut step) = self.contents.time();
        let room = self.contents.most_record() + if digest { size_of::<u32>() } else { 0 };
        let began = self.clock.ticks();
        let (mut done, mut length) = (0, 0);
        while done < steps && length + room <= scratch.len() && (done == 0 || self.in_time(began)) {
            inputs = self.contents.set_inputs(inputs);
            self.contents.step(self.outputs)?;
            (step, done) = (step.wrapping_add(1), done + 1);
            length = self.contents.record(scratch, length).unwrap_or(length);
            if digest {
                let digest = self.contents.digest().to_le_bytes();
                let place = scratch.iter_mut().skip(length);
                place.zip(digest).for_each(|(to, from)| *to = from);
                length += digest.len();
            }
        }
        Ok(Reply::Ran { step, done, record: scratch.get(..length).unwrap_or_default() })
    }

    /// Whether less than a quarter of a second has passed. A host accepts a wait of that length.
    fn in_time(&mut self, began: u32) -> bool {
        self.clock.ticks().wrapping_sub(began) < self.clock.frequency() / 4
    }

    fn measure(&mut self, steps: u32) -> Result<Reply<'static>, RequestError> {
        self.contents.ready()?;
        let began = self.clock.ticks();
        let mut cost = Cost { frequency: self.clock.frequency(), ..Cost::default() };
        while cost.steps < steps && (cost.steps == 0 || self.in_time(began)) {
            let before = self.clock.ticks();
            self.contents.step(self.outputs)?;
            cost.add(self.clock.ticks().wrapping_sub(before));
        }
        Ok(Reply::Cost(cost))
    }

    fn start(&mut self, failsafe: u32) -> Result<(), RequestError> {
        self.contents.ready()?;
        let (step_time, step) = self.contents.time();
        let frequency = self.clock.frequency();
        let schedule = Schedule::new(step_time, failsafe, frequency, self.clock.ticks());
        *self.schedule = Some(schedule.ok_or(RequestError::Period { frequency })?);
        self.record.restart(step);
        debug!("real-time mode, {} Hz clock", frequency);
        Ok(())
    }

    /// Returns the statistics of real-time mode and the record, and empties the record.
    fn pace<'s>(&mut self, scratch: &'s mut [u8]) -> Reply<'s> {
        let pace = self.schedule.as_ref().map_or_else(Default::default, |schedule| schedule.pace);
        let Record { ref bytes, length, steps: recorded, first, full: _ } = *self.record;
        scratch.iter_mut().zip(bytes).take(length).for_each(|(to, from)| *to = *from);
        self.record.restart(self.contents.time().1);
        Reply::Pace { pace, first, recorded, record: scratch.get(..length).unwrap_or_default() }
    }
}

/// Sends a packet as a frame.
fn send<W: Write>(packet: &[u8], port: &mut W) -> Result<(), W::Error> {
    match frame::whole(packet, |piece| put(piece, port)) {
        // The frame is torn, and the host asks again. No further piece is offered, as the port may wait for
        // its full timeout on each.
        Err(Unsent::Full) => Ok(()),
        Err(Unsent::Port(error)) => Err(error),
        Ok(()) => port.flush(),
    }
}

/// Reason why a piece of a frame was not sent.
enum Unsent<E> {
    /// The port accepts no more bytes.
    Full,
    /// An error of the port.
    Port(E),
}

/// Sends a reply that is not stored for repetition.
fn aside<W: Write>(sequence: u16, reply: &Reply<'_>, port: &mut W) -> Result<(), W::Error> {
    let mut buffer = [0; 64];
    match packet::encode(sequence, reply, &mut buffer) {
        Some(packet) => send(packet, port),
        None => Ok(()),
    }
}

/// Writes all of `bytes`. Unlike `write_all`, it does not panic if the port accepts no byte.
fn put<W: Write>(mut bytes: &[u8], port: &mut W) -> Result<(), Unsent<W::Error>> {
    while !bytes.is_empty() {
        match port.write(bytes).map_err(Unsent::Port)? {
            0 => return Err(Unsent::Full),
            count => bytes = bytes.get(count..).unwrap_or_default(),
        }
    }
    Ok(())
}
