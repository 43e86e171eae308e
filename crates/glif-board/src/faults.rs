//! A line that loses, duplicates, delays, corrupts and cuts frames both ways, and inserts noise before them.
//! A board behind it must behave as on a faultless line: [`trial`] compares the two.

mod networks;
pub mod trial;

use std::collections::VecDeque;
use std::fmt;
use std::io::{ErrorKind, Read, Write};

use glif_link::frame::{self, END};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::client::LONGEST;

/// Probabilities of the faults of a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaultRates {
    /// The frame does not arrive.
    pub lost: f64,
    /// The frame arrives twice.
    pub doubled: f64,
    /// Up to [`LATEST`] frames overtake the frame.
    pub delayed: f64,
    /// One of the frame's bits arrives wrong.
    pub flipped: f64,
    /// The frame's end does not arrive.
    pub cut: f64,
    /// Random bytes arrive before the frame.
    pub noisy: f64,
}

impl FaultRates {
    /// No faults.
    pub const CLEAR: Self = Self::each(0.0);

    /// Returns rates at which each fault happens independently with this probability.
    pub const fn each(rate: f64) -> Self {
        Self { lost: rate, doubled: rate, delayed: rate, flipped: rate, cut: rate, noisy: rate }
    }
}

/// Largest number of frames that overtake a delayed one: fewer than the 256 sequence numbers that the link
/// allows for.
pub const LATEST: u32 = 40;

/// Counts of frames and faults.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Happened {
    /// Frames sent.
    pub frames: u64,
    /// Lost frames; see [`FaultRates::lost`], and so on.
    pub lost: u64,
    /// Duplicated frames.
    pub doubled: u64,
    /// Delayed copies of frames.
    pub delayed: u64,
    /// Corrupted copies of frames.
    pub flipped: u64,
    /// Copies of frames without their end.
    pub cut: u64,
    /// Frames with noise before them.
    pub noisy: u64,
}

impl fmt::Display for Happened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { frames, lost, doubled, delayed, flipped, cut, noisy } = self;
        write!(
            f,
            "{frames} frames: {lost} lost, {doubled} doubled, {delayed} delayed, {flipped} corrupted, {cut} cut, {noisy} behind noise"
        )
    }
}

/// One direction of a line.
#[derive(Debug)]
struct Lane {
    /// Delayed frames, each with the number of frames that may still overtake it.
    held: Vec<(u32, Vec<u8>)>,
    rng: ChaCha8Rng,
}

impl Lane {
    /// Sends a frame into the line; returns what comes out at the other end.
    fn pass(&mut self, frame: &[u8], rates: &FaultRates, happened: &mut Happened) -> Vec<u8> {
        let Self { held, rng } = self;
        happened.frames += 1;
        let mut out = Vec::new();
        if happens(rng, rates.noisy, &mut happened.noisy) {
            let length = rng.random_range(1..40);
            out.extend((0..length).map(|_| rng.random_range(0..=u8::MAX)));
            out.push(0xff);
        }
        let copies = if happens(rng, rates.doubled, &mut happened.doubled) { 2 } else { 1 };
        for _ in 0..copies {
            let mut copy = frame.to_vec();
            if happens(rng, rates.flipped, &mut happened.flipped) {
                let bit = rng.random_range(0..copy.len() * 8);
                copy[bit / 8] ^= 1 << (bit % 8);
            }
            if happens(rng, rates.cut, &mut happened.cut) {
                copy.truncate(rng.random_range(0..copy.len()));
            }
            if happens(rng, rates.delayed, &mut happened.delayed) {
                held.push((rng.random_range(1..=LATEST), copy));
            } else if !happens(rng, rates.lost, &mut happened.lost) {
                out.extend(copy);
            }
        }
        held.iter_mut().for_each(|(left, _)| *left -= 1);
        held.extract_if(.., |(left, _)| *left == 0).for_each(|(_, frame)| out.extend(frame));
        out
    }
}

/// Draws whether a fault with this probability happens now, and counts it.
fn happens(rng: &mut ChaCha8Rng, rate: f64, count: &mut u64) -> bool {
    let now = rng.random_bool(rate);
    *count += u64::from(now);
    now
}

/// A port behind two faulty lanes.
#[derive(Debug)]
pub struct Faulty<P> {
    port: P,
    rates: FaultRates,
    happened: Happened,
    up: Lane,
    down: Lane,
    /// Bytes of a frame whose end has not arrived.
    begun: Vec<u8>,
    inbox: VecDeque<u8>,
}

impl<P> Faulty<P> {
    /// Creates a faulty line over a port. Both directions have these rates, but separate random streams.
    pub fn new(port: P, rates: FaultRates, seed: u64) -> Self {
        let lane = |stream: u64| {
            let rng = ChaCha8Rng::seed_from_u64(seed.wrapping_mul(2).wrapping_add(stream));
            Lane { held: Vec::new(), rng }
        };
        let (happened, begun, inbox) = (Happened::default(), Vec::new(), VecDeque::new());
        Self { port, rates, happened, up: lane(0), down: lane(1), begun, inbox }
    }

    /// Sets the rates of faults from now on.
    pub fn set_rates(&mut self, rates: FaultRates) {
        self.rates = rates;
    }

    /// Returns the port behind the line.
    pub fn port_mut(&mut self) -> &mut P {
        &mut self.port
    }

    /// Replaces the port behind the line. Frames for the previous port may still be in transit.
    pub fn replace(&mut self, port: P) {
        self.port = port;
        self.begun.clear();
    }

    /// Returns the counts of both directions.
    pub fn happened(&self) -> Happened {
        self.happened
    }
}

impl<P: Read> Read for Faulty<P> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.inbox.is_empty() {
            let mut bytes = [0; 4096];
            let count = self.port.read(&mut bytes)?;
            if count == 0 {
                return Ok(0); // the other side closed it
            }
            for byte in &bytes[..count] {
                if *byte != END {
                    // A packet longer than any frame is too long for the client already; the rest is dropped.
                    if self.begun.len() <= frame::wire_length(LONGEST) {
                        self.begun.push(*byte);
                    }
                } else if !self.begun.is_empty() {
                    let frame = [&[END], &*std::mem::take(&mut self.begun), &[END]].concat();
                    self.inbox.extend(self.down.pass(&frame, &self.rates, &mut self.happened));
                }
            }
        }
        match self.inbox.read(buffer)? {
            0 => Err(ErrorKind::TimedOut.into()),
            count => Ok(count),
        }
    }
}

impl<P: Write> Write for Faulty<P> {
    /// Treats the buffer as one frame, as a [`Client`](crate::Client) writes one frame at a time.
    fn write(&mut self, frame: &[u8]) -> std::io::Result<usize> {
        self.port.write_all(&self.up.pass(frame, &self.rates, &mut self.happened))?;
        Ok(frame.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.port.flush()
    }
}
