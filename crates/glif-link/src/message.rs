//! Requests and replies.
//!
//! Values of state and currents are sent as the bits of the population's scalar, little endian: 4 bytes for
//! `f32` and the 32-bit formats, 2 bytes for the 16-bit formats.

use serde::{Deserialize, Serialize};

use glif_core::StepOptions;
use glif_core::spec::NumberFormat;
#[cfg(doc)]
use glif_core::spec::Parameter;

use crate::model::{Model, bit};
use crate::network::Part;
use crate::request_error::{PacketError, RequestError};

/// Maximum number of bytes in a reply's body besides its byte string.
///
/// A byte string always fits if it is no longer than a frame minus this and
/// [`packet::OVERHEAD`](crate::packet::OVERHEAD).
pub const BESIDE_BYTES: usize = 80;

/// Bytes of a snapshot before its arrays, which follow in the order of [`Field::ALL`].
pub const SNAPSHOT_HEADER: usize = 16;

/// Maximum number of steps since the load in a snapshot or a reply.
///
/// No board reaches it, and adding further steps to it never wraps.
pub const MOST_STEPS: u64 = u64::MAX / 2;

/// A request of the host.
///
/// A board executes each request once per sequence number, however often the request arrives.
///
/// ```
/// use glif_link::{Request, packet};
///
/// // Two membranes, in the bits of an i16f16 population.
/// let values = [-60, -55].map(|mv: i32| (mv << 16).to_le_bytes()).concat();
/// let request = Request::Write { population: 0, field: glif_link::Field::Voltage, first: 0, values: &values };
/// let mut buffer = [0; packet::LEAST];
/// let sent = packet::encode(1, &request, &mut buffer).unwrap();
/// assert_eq!(packet::open(sent).unwrap().message(), Some(request));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[allow(clippy::large_enum_variant, reason = "there is no heap to box a model on")]
pub enum Request<'a> {
    /// Asks which board this is. It also begins a conversation: its sequence number may be any except the
    /// last one and the 255 before it.
    Identify,
    /// Loads this population, with membranes at `initial_v`, or `rest_v` without it, and without current. Whatever
    /// was loaded before is gone.
    Load(Model),
    /// Asks what is loaded.
    Describe,
    /// Sets the currents, nA, of neurons from `first` on for all later steps. Consecutive parts take effect
    /// together, between two steps, when the last part has arrived.
    Hold {
        /// Number of the population; 0 if it is loaded alone.
        population: u32,
        /// Neuron of the first value.
        first: u32,
        /// Whether another part follows, which begins where this one ends. A part that begins elsewhere
        /// discards the earlier parts.
        more: bool,
        /// Currents in the bits of the scalar.
        #[serde(borrow, with = "serde_bytes")]
        currents: &'a [u8],
    },
    /// Does one step with these currents for the whole population, which is loaded alone. If there are none, it uses the
    /// held ones.
    Step {
        /// Currents in the bits of the scalar. They are held afterwards.
        #[serde(borrow, with = "serde_bytes")]
        currents: &'a [u8],
    },
    /// Steps with the held currents, until the record is full or a quarter of a second has passed.
    Run {
        /// Maximum number of steps.
        steps: u32,
        /// Whether the record contains the checksum of the state after each step.
        digest: bool,
        /// Spikes of the inputs of a network: for each of the first steps, a set for every plane of every input. Inputs
        /// have no spikes in further steps.
        #[serde(borrow, with = "serde_bytes")]
        inputs: &'a [u8],
    },
    /// Reads part of an array of the state.
    Read {
        /// Number of the population; 0 if it is loaded alone.
        population: u32,
        /// The array.
        field: Field,
        /// Index of the first value.
        first: u32,
        /// Number of values.
        count: u32,
    },
    /// Overwrites part of an array of the state: either all of these values or none.
    Write {
        /// Number of the population; 0 if it is loaded alone.
        population: u32,
        /// The array.
        field: Field,
        /// Index of the first value.
        first: u32,
        /// Values in the bits of the scalar; two bytes per refractory word.
        #[serde(borrow, with = "serde_bytes")]
        values: &'a [u8],
    },
    /// Sets membranes to `initial_v`, or `rest_v` without it, and ends refractory periods. Held currents stay. If only part of a snapshot has arrived, held
    /// currents and threshold components become 0.
    Clear {
        /// Leaves threshold components unchanged.
        keep_adaptations: bool,
    },
    /// Sets a new step time, ms. The remaining time of each refractory period stays the same in milliseconds.
    SetStepTime(f64),
    /// Sets the step options.
    SetOptions(StepOptions),
    /// Reads part of the whole state as bytes, for [`Restore`](Self::Restore).
    Snapshot {
        /// Index of the first byte.
        first: u32,
    },
    /// Writes part of a snapshot of the same model. Parts come in order from byte 0. The board refuses steps
    /// until the last part has arrived.
    Restore {
        /// Index of the first byte.
        first: u32,
        /// Bytes as returned for [`Snapshot`](Self::Snapshot).
        #[serde(borrow, with = "serde_bytes")]
        bytes: &'a [u8],
    },
    /// Times steps with the held currents one by one. These are real steps: as many as fit in a quarter of a
    /// second, and at least one.
    Measure {
        /// Maximum number of steps.
        steps: u32,
    },
    /// Starts real-time mode: a step with the held currents every step time of the clock.
    Start {
        /// Maximum time without a request, ms; 0 for no limit. After it the board ends real-time mode, clears
        /// its outputs and sets all held currents to 0.
        failsafe: u32,
    },
    /// Asks for the state of real-time mode, and for the spikes since the last poll.
    Poll,
    /// Ends real-time mode. The reply is that of [`Poll`](Self::Poll).
    Stop,
    /// Gives neurons from `first` on their own parameters. Parts come in order from neuron 0. The board refuses
    /// steps until the last neuron has its parameters.
    Own {
        /// First neuron.
        first: u32,
        /// f64, little endian: all own values of one neuron in the order of [`Parameter::ALL`], then those of the
        /// next one. A list has the values of its components.
        #[serde(borrow, with = "serde_bytes")]
        values: &'a [u8],
    },
    /// Adds a part to the network that is being loaded.
    Network(#[serde(borrow)] Part<'a>),
    /// Selects the populations of the network whose spikes are in records, and the one whose spikes are on pins. At
    /// first all populations of neurons are recorded, and the last one has the pins.
    Select {
        /// Bit i stands for population i.
        recorded: u32,
        /// Number of the population.
        pulsed: u32,
    },
}

/// A reply of the board.
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
#[allow(clippy::large_enum_variant, reason = "there is no heap to box a model on")]
pub enum Reply<'a> {
    /// Reply to no request, with sequence number 0: the board has started.
    Ready,
    /// Reply to no request, with sequence number 0: what arrived was not a packet.
    Unreadable(PacketError),
    /// The request was not done, for this reason.
    Refused(RequestError),
    /// The request was done.
    Done,
    /// Reply to [`Request::Identify`].
    #[serde(borrow)]
    Identity(Identity<'a>),
    /// Reply to [`Request::Describe`].
    Loaded {
        /// The model, with the current step time and step options.
        model: Model,
        /// Steps since the load.
        step: u64,
    },
    /// Reply to [`Request::Step`] and [`Request::Run`].
    Ran {
        /// Steps since the load, including these.
        step: u64,
        /// Number of steps done: at least one, unless the request asked for none.
        done: u32,
        /// Spikes of each step, each followed by the checksum if requested; see [`spikes`](crate::spikes).
        #[serde(borrow, with = "serde_bytes")]
        record: &'a [u8],
    },
    /// Reply to [`Request::Read`].
    Values {
        /// The requested values, in the bits of the scalar.
        #[serde(borrow, with = "serde_bytes")]
        values: &'a [u8],
    },
    /// Reply to [`Request::Snapshot`]: as many bytes as fit.
    Part {
        /// Bytes of the whole snapshot.
        total: u32,
        /// Bytes from the first requested one on.
        #[serde(borrow, with = "serde_bytes")]
        bytes: &'a [u8],
    },
    /// Reply to [`Request::Measure`].
    Cost(Cost),
    /// Reply to [`Request::Poll`] and [`Request::Stop`].
    Pace {
        /// Deadlines met and missed.
        pace: Pace,
        /// Steps since the load, before the first step of the record.
        first: u64,
        /// Number of steps in the record.
        recorded: u32,
        /// Spikes of these steps.
        #[serde(borrow, with = "serde_bytes")]
        record: &'a [u8],
    },
    /// Reply to [`Request::Describe`] if a network is loaded.
    LoadedNetwork {
        /// Number of populations.
        populations: u32,
        /// Number of projections.
        projections: u32,
        /// Number of neurons in all populations.
        neurons: u32,
        /// Steps since the load.
        step: u64,
    },
}

/// An array of the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Field {
    /// Membrane potentials, mV.
    Voltage,
    /// Refractory words, two bytes each: the remaining refractory steps, and in the top bit whether the
    /// neuron fired in the last step.
    Refractory,
    /// Threshold components, mV: component 0 of all neurons, then component 1, and so on.
    Adaptation,
    /// Held currents, nA.
    Current,
    /// Currents of the exponential synapses of a population of a network, nA: those of the first synapse of all neurons,
    /// then those of the second, and so on.
    Synapse,
    /// Spikes of the last steps of a population of a network, in words of four bytes.
    Spikes,
}

impl Field {
    /// All arrays, in the order of a snapshot. A checksum covers all except [`Current`](Self::Current).
    pub const ALL: [Self; 6] =
        [Self::Voltage, Self::Refractory, Self::Adaptation, Self::Current, Self::Synapse, Self::Spikes];

    /// Returns the number of values in this array and the bytes per value.
    ///
    /// The population has `neurons` neurons, `components` threshold components and numbers of `size` bytes. It is loaded
    /// alone, and so has neither synapses nor a history.
    pub fn extent(self, neurons: usize, components: usize, size: usize) -> (usize, usize) {
        match self {
            Self::Voltage | Self::Current => (neurons, size),
            Self::Refractory => (neurons, size_of::<u16>()),
            Self::Adaptation => (neurons * components, size),
            Self::Synapse => (0, size),
            Self::Spikes => (0, size_of::<u32>()),
        }
    }
}

/// Description of a board and its capacities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Identity<'a> {
    /// Version of the protocol.
    pub version: u8,
    /// Version of the firmware.
    pub firmware: &'a str,
    /// Name of the core, such as `Cortex-M4F`.
    pub core: &'a str,
    /// Name of the board, such as `mps2-an386`.
    pub board: &'a str,
    /// Number formats of the firmware: bit i stands for [`NumberFormat::ALL`]`[i]`.
    pub scalars: u8,
    /// Maximum number of neurons per population.
    pub neurons: u32,
    /// Maximum number of threshold components per neuron.
    pub components: u8,
    /// Maximum number of bytes per packet, in either direction.
    pub frame: u32,
    /// Bytes of memory that the node and its buffers take.
    pub memory: u32,
    /// Clock frequency, ticks per second.
    pub frequency: u32,
    /// Neurons loaded; 0 before the first load.
    pub loaded: u32,
    /// Number formats in which the firmware has networks, as in `scalars`.
    pub networks: u8,
    /// Maximum number of populations of a network.
    pub populations: u8,
    /// Words of four bytes for the arrays of a network.
    pub words: u32,
}

impl Identity<'_> {
    /// Whether the board supports a number format.
    pub fn knows(&self, format: NumberFormat) -> bool {
        self.scalars & bit(format) != 0
    }
}

/// Cost of steps, in ticks of the board's clock.
///
/// A tick is a cycle or a unit of time; see the documentation of the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Cost {
    /// Number of timed steps.
    pub steps: u32,
    /// Ticks of all steps together.
    pub total: u64,
    /// Ticks of the fastest step.
    pub best: u32,
    /// Ticks of the slowest step.
    pub worst: u32,
    /// Ticks per second.
    pub frequency: u32,
}

impl Cost {
    /// Adds a step that took `ticks`.
    pub fn add(&mut self, ticks: u32) {
        self.best = if self.steps == 0 { ticks } else { self.best.min(ticks) };
        self.worst = self.worst.max(ticks);
        self.total = self.total.saturating_add(u64::from(ticks));
        self.steps = self.steps.saturating_add(1);
    }
}

/// Statistics of real-time mode since its start. A step is due at every multiple of the step time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Pace {
    /// Whether real-time mode is still running.
    pub running: bool,
    /// Steps done, and their cost.
    pub cost: Cost,
    /// Steps that ended after the next one was due.
    pub overruns: u32,
    /// Due times at which no step could begin. The board skips these steps, so that it stays on time.
    pub missed: u32,
    /// Maximum delay between the due time and the beginning of a step, ticks.
    pub latest: u32,
    /// Steps whose spikes did not fit in the record.
    pub unrecorded: u32,
    /// Whether the failsafe has ended real-time mode: the board received no request for as long as
    /// [`Request::Start`] allows.
    pub failsafe: bool,
}
