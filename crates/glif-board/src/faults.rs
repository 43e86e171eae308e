//! A line that loses, doubles, delays, corrupts and cuts frames both ways, and puts noise before them. Behind it a board
//! must do what it does on a faultless line: [`trial`] holds the two side by side.

pub mod trial;

use std::collections::VecDeque;
use std::fmt;
use std::io::{ErrorKind, Read, Write};

use glif_link::frame::{self, END};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::client::LONGEST;

/// How often what happens to a frame: probabilities.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaultRates {
    /// It does not arrive.
    pub lost: f64,
    /// It arrives twice.
    pub doubled: f64,
    /// Up to [`LATEST`] frames overtake it.
    pub delayed: f64,
    /// One of its bits arrives wrong.
    pub flipped: f64,
    /// Its end does not arrive.
    pub cut: f64,
    /// Random bytes arrive before it.
    pub noisy: f64,
}

impl FaultRates {
    /// Nothing happens.
    pub const CLEAR: Self = Self::each(0.0);

    /// Everything, independently, at this rate.
    pub const fn each(rate: f64) -> Self {
        Self { lost: rate, doubled: rate, delayed: rate, flipped: rate, cut: rate, noisy: rate }
    }
}

/// Most frames that overtake a delayed one: fewer than the 256 sequence numbers that the link allows for.
pub const LATEST: u32 = 40;

/// How often what has happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Happened {
    /// Frames that set out.
    pub frames: u64,
    /// See [`FaultRates::lost`], and so on.
    pub lost: u64,
    /// Twice there.
    pub doubled: u64,
    /// Late.
    pub delayed: u64,
    /// Corrupted.
    pub flipped: u64,
    /// Without their end.
    pub cut: u64,
    /// Behind noise.
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
    /// Frames under way, and how many may overtake each.
    held: Vec<(u32, Vec<u8>)>,
    rng: ChaCha8Rng,
}

impl Lane {
    /// What comes out at the other end when a frame goes in.
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

/// Whether something of this rate happens now; counted.
fn happens(rng: &mut ChaCha8Rng, rate: f64, count: &mut u64) -> bool {
    let now = rng.random_bool(rate);
    *count += u64::from(now);
    now
}

/// A port behind two such lanes.
#[derive(Debug)]
pub struct Faulty<P> {
    port: P,
    rates: FaultRates,
    happened: Happened,
    up: Lane,
    down: Lane,
    /// Of a frame whose end has not come.
    begun: Vec<u8>,
    inbox: VecDeque<u8>,
}

impl<P> Faulty<P> {
    /// Both lanes have this weather, and their own luck.
    pub fn new(port: P, rates: FaultRates, seed: u64) -> Self {
        let lane = |stream: u64| {
            let rng = ChaCha8Rng::seed_from_u64(seed.wrapping_mul(2).wrapping_add(stream));
            Lane { held: Vec::new(), rng }
        };
        let (happened, begun, inbox) = (Happened::default(), Vec::new(), VecDeque::new());
        Self { port, rates, happened, up: lane(0), down: lane(1), begun, inbox }
    }

    /// From now on.
    pub fn set_weather(&mut self, rates: FaultRates) {
        self.rates = rates;
    }

    /// What is behind it.
    pub fn port_mut(&mut self) -> &mut P {
        &mut self.port
    }

    /// Puts another port behind it. Frames for the one before may still be under way.
    pub fn replace(&mut self, port: P) {
        self.port = port;
        self.begun.clear();
    }

    /// Both ways.
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
                return Ok(0); // the other side has closed it
            }
            for byte in &bytes[..count] {
                if *byte != END {
                    // What is longer than any frame is too long for the client already; the rest is dropped.
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
    /// Takes what it is given for a frame, as a [`Client`](crate::Client) writes one at a time.
    fn write(&mut self, frame: &[u8]) -> std::io::Result<usize> {
        self.port.write_all(&self.up.pass(frame, &self.rates, &mut self.happened))?;
        Ok(frame.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.port.flush()
    }
}
