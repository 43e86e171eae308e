//! Requests and replies.
//!
//! Values of state and currents travel as the bits of the population's own scalar, little endian: 4 bytes for `f32` and
//! the 32-bit formats, 2 for the 16-bit ones.

use serde::{Deserialize, Serialize};

use glif_core::StepOptions;
use glif_core::spec::NumberFormat;

use crate::model::{Model, bit};
use crate::request_error::{PacketError, RequestError};

/// Bytes of a reply's body that are not its byte string, at most. A string of a frame less this and
/// [`packet::OVERHEAD`](crate::packet::OVERHEAD) always has room.
pub const BESIDE_BYTES: usize = 80;

/// Bytes of a snapshot before its arrays, which follow in the order of [`Field::ALL`].
pub const SNAPSHOT_HEADER: usize = 16;

/// Most steps since the load that a snapshot or a reply can hold: no board gets there, and what is added to them never wraps.
pub const MOST_STEPS: u64 = u64::MAX / 2;

/// What a host asks.
///
/// Each is done once for its sequence number, however often it arrives.
///
/// ```
/// use glif_link::{Request, packet};
///
/// // Two membranes, in the bits of an i16f16 population.
/// let values = [-60, -55].map(|mv: i32| (mv << 16).to_le_bytes()).concat();
/// let request = Request::Write { field: glif_link::Field::Voltage, first: 0, values: &values };
/// let mut buffer = [0; packet::LEAST];
/// let sent = packet::encode(1, &request, &mut buffer).unwrap();
/// assert_eq!(packet::open(sent).unwrap().message(), Some(request));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[allow(clippy::large_enum_variant, reason = "there is no heap to box a model on")]
pub enum Request<'a> {
    /// What board is this? Also begins a conversation: its sequence number may be any but the last one
    /// and the 255 before it.
    Identify,
    /// Be this population, at rest, without current. Whatever was loaded before is gone.
    Load(Model),
    /// What is loaded?
    Describe,
    /// Take these currents (nA) for neurons from `first` on, for all later steps. Parts that follow each other take effect
    /// together, between two steps, when the last one has come.
    Hold {
        /// Neuron of the first value.
        first: u32,
        /// Another part follows, which begins where this one ends. A part that begins elsewhere drops those before it.
        more: bool,
        /// In the scalar's bits.
        #[serde(borrow, with = "serde_bytes")]
        currents: &'a [u8],
    },
    /// One step, under these currents for the whole population, or the held ones if there are none.
    Step {
        /// In the scalar's bits; then held.
        #[serde(borrow, with = "serde_bytes")]
        currents: &'a [u8],
    },
    /// Steps on held currents, as many as their record has room for and a quarter of a second has time for.
    Run {
        /// At most.
        steps: u32,
        /// Whether the record has the checksum of the state after each step.
        digest: bool,
    },
    /// Part of an array of the state.
    Read {
        /// Which array.
        field: Field,
        /// Its first value.
        first: u32,
        /// How many values.
        count: u32,
    },
    /// Overwrites part of an array of the state. All of it or nothing.
    Write {
        /// Which array.
        field: Field,
        /// Its first value.
        first: u32,
        /// In the scalar's bits; refractory words in two bytes.
        #[serde(borrow, with = "serde_bytes")]
        values: &'a [u8],
    },
    /// Back to rest. Held currents stay, unless part of a snapshot has come: they and threshold components become 0 then.
    Clear {
        /// Leave threshold components as they are.
        keep_adaptations: bool,
    },
    /// A new step time, ms. What is left of each refractory period stays the same in milliseconds.
    SetStepTime(f64),
    /// New switches.
    SetOptions(StepOptions),
    /// Part of the whole state as bytes, for [`Restore`](Self::Restore).
    Snapshot {
        /// First byte.
        first: u32,
    },
    /// Part of a snapshot of the same model. Parts come in order from byte 0; until the last one has come, steps are
    /// refused.
    Restore {
        /// First byte.
        first: u32,
        /// As [`Snapshot`](Self::Snapshot) gave them.
        #[serde(borrow, with = "serde_bytes")]
        bytes: &'a [u8],
    },
    /// Real steps on held currents, timed one by one; as many as a quarter of a second has time for, one at least.
    Measure {
        /// At most.
        steps: u32,
    },
    /// Real-time mode: a step on held currents every step time of the clock.
    Start {
        /// Milliseconds without a request after which the board ends real-time mode by itself, clears its outputs and sets
        /// all held currents to 0; 0 for never.
        failsafe: u32,
    },
    /// How real-time mode goes, and the spikes since it was last asked.
    Poll,
    /// The end of real-time mode; answered as [`Poll`](Self::Poll).
    Stop,
}

/// What a board answers.
///
/// ```
/// use glif_link::{Reply, packet, spikes};
///
/// // Two steps of three neurons, of which the second one fires in the second step.
/// let mut record = [0; 8];
/// let at = spikes::encode(&[0b000], 3, &mut record, 0).unwrap();
/// let end = spikes::encode(&[0b010], 3, &mut record, at).unwrap();
/// let mut buffer = [0; packet::LEAST];
/// let sent = packet::encode(1, &Reply::Ran { step: 2, done: 2, record: &record[..end] }, &mut buffer).unwrap();
///
/// let Some(Reply::Ran { record, .. }) = packet::open(sent).unwrap().message() else { panic!() };
/// let mut words = [0];
/// let record = spikes::decode(record, 3, &mut words).unwrap();
/// assert_eq!((spikes::decode(record, 3, &mut words), words), (Some(&[][..]), [0b010]));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Reply<'a> {
    /// To no request, with sequence number 0: the board has started.
    Ready,
    /// To no request, with sequence number 0: what arrived was not a packet.
    Unreadable(PacketError),
    /// Nothing was done, for this reason.
    Refused(RequestError),
    /// Done.
    Done,
    /// To [`Request::Identify`].
    #[serde(borrow)]
    Identity(Identity<'a>),
    /// To [`Request::Describe`].
    Loaded {
        /// The model, with the step time and switches of now.
        model: Model,
        /// Steps since it was loaded.
        step: u64,
    },
    /// To [`Request::Step`] and [`Request::Run`].
    Ran {
        /// Steps since the load, after these.
        step: u64,
        /// How many were done: at least one, unless none was asked for.
        done: u32,
        /// For each step its spikes, and its checksum if asked for; see [`spikes`](crate::spikes).
        #[serde(borrow, with = "serde_bytes")]
        record: &'a [u8],
    },
    /// To [`Request::Read`].
    Values {
        /// As asked for; in the scalar's bits.
        #[serde(borrow, with = "serde_bytes")]
        values: &'a [u8],
    },
    /// To [`Request::Snapshot`]: as many bytes as fit.
    Part {
        /// Of the whole snapshot.
        total: u32,
        /// From the first one asked for.
        #[serde(borrow, with = "serde_bytes")]
        bytes: &'a [u8],
    },
    /// To [`Request::Measure`].
    Cost(Cost),
    /// To [`Request::Poll`] and [`Request::Stop`].
    Pace {
        /// Deadlines met and missed.
        pace: Pace,
        /// Steps since the load, before the first one in the record.
        first: u64,
        /// How many are in the record.
        recorded: u32,
        /// Their spikes.
        #[serde(borrow, with = "serde_bytes")]
        record: &'a [u8],
    },
}

/// An array of the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Field {
    /// Membrane potentials, mV.
    Voltage,
    /// Refractory words: steps to go, and in the top bit whether the last step brought a spike; two bytes each.
    Refractory,
    /// Threshold components, mV: those of component 0 for all neurons, then those of component 1, and so on.
    Adaptation,
    /// Held currents, nA.
    Current,
}

impl Field {
    /// Each of them, as they follow each other in a snapshot; the first three are what a checksum covers.
    pub const ALL: [Self; 4] = [Self::Voltage, Self::Refractory, Self::Adaptation, Self::Current];

    /// Values in this array, and bytes of one, of so many neurons and threshold components in numbers of `size` bytes.
    pub fn extent(self, neurons: usize, components: usize, size: usize) -> (usize, usize) {
        match self {
            Self::Voltage | Self::Current => (neurons, size),
            Self::Refractory => (neurons, size_of::<u16>()),
            Self::Adaptation => (neurons * components, size),
        }
    }
}

/// What a board is, and what it has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Identity<'a> {
    /// Of the protocol.
    pub version: u8,
    /// Of the firmware.
    pub firmware: &'a str,
    /// Such as `Cortex-M4F`.
    pub core: &'a str,
    /// Such as `mps2-an386`.
    pub board: &'a str,
    /// Bit i stands for [`NumberFormat::ALL`]`[i]`.
    pub scalars: u8,
    /// Most neurons of a population.
    pub neurons: u32,
    /// Most threshold components of a neuron.
    pub components: u8,
    /// Most bytes of a packet, either way.
    pub frame: u32,
    /// Bytes of memory that the node and its buffers take.
    pub memory: u32,
    /// Ticks a second of its clock.
    pub frequency: u32,
    /// Neurons that are loaded; 0 before the first load.
    pub loaded: u32,
}

impl Identity<'_> {
    /// Whether it knows a number format.
    pub fn knows(&self, format: NumberFormat) -> bool {
        self.scalars & bit(format) != 0
    }
}

/// What steps cost, in ticks of the board's clock: cycles or time, see the board's own documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Cost {
    /// How many were timed.
    pub steps: u32,
    /// All of them together.
    pub total: u64,
    /// The cheapest.
    pub best: u32,
    /// The dearest.
    pub worst: u32,
    /// Ticks a second.
    pub frequency: u32,
}

impl Cost {
    /// Adds a step of so many ticks.
    pub fn add(&mut self, ticks: u32) {
        self.best = if self.steps == 0 { ticks } else { self.best.min(ticks) };
        self.worst = self.worst.max(ticks);
        self.total = self.total.saturating_add(u64::from(ticks));
        self.steps = self.steps.saturating_add(1);
    }
}

/// How real-time mode went since it was started. A step is due at every multiple of the step time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Pace {
    /// Whether it still runs.
    pub running: bool,
    /// Steps done, and what they cost.
    pub cost: Cost,
    /// Steps that ended after the next one was due.
    pub overruns: u32,
    /// Due times at which no step could begin; such steps are left out, so that the board stays in time.
    pub missed: u32,
    /// The latest that a step began, ticks after it was due.
    pub latest: u32,
    /// Steps whose spikes found no room in the record.
    pub unrecorded: u32,
    /// Whether the failsafe has ended it: the board has heard no request for as long as [`Request::Start`] allows.
    pub failsafe: bool,
}
