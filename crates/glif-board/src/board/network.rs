//! Networks on a board: loading, steps, state.

use std::io::{Read, Write};
use std::sync::Arc;

use glif::network::parts::{
    CoefficientParts, NetworkParts, PopulationParts, ProjectionParts, StateParts, StimulusParts, SynapseNumbers,
    SynapseParts, WeightParts,
};
use glif::network::{Network, PopulationKind};
use glif::{Description, Parameter, limits, memory, text};
use glif_core::network::Convolution;
use glif_core::spec::{Discretization, NumberFormat};
use glif_core::spikes::WORD;
use glif_link::NetworkProblem as Problem;
use glif_link::message::SNAPSHOT_HEADER;
use glif_link::model::bit;
use glif_link::network::{ConnectionKind, DelayKind, DriveKind, Part, SynapseKind, WeightKind};
use glif_link::{Capacity, Field, Pace, Reply, Request, RequestError, packet, spikes};

use super::{Board, OWN_NEURONS, Spikes, broken, name};
use crate::error::{FREEZE, LinkError, unexpected};
use crate::{bits, claims, translate};

/// A network as a board loads it.
///
/// ```
/// use glif::network::NetworkDescription;
/// use glif_board::{Board, NetworkImage, loopback};
///
/// let mut network = NetworkDescription::from_toml(r#"
///     step_time = 1.0
///     [populations.input]
///     model = "input"
///     shape = 2
///     [populations.exc]
///     model = "lif"
///     shape = 3
///     params = { rest_v = -60.0, reset_v = -65.0, thresh_v = -50.0, refrac_t = 2.0, time_constant = 20.0 }
///     [[projections]]
///     from = "input"
///     to = "exc"
///     synapse = "delta"
///     weights = [[12.0, 0.0], [0.0, 12.0], [6.0, 6.0]]
/// "#)?.build()?;
///
/// let mut board = Board::connect(loopback::start())?;
/// board.load_network(&NetworkImage::new(&network)?)?;
/// // Both sources fire in step 0; their spikes arrive in step 1.
/// let spikes = board.run_network(2, &[vec![vec![0b11]]], true)?;
/// assert!(spikes[0].populations[0].is_empty());
/// assert_eq!(spikes[1].populations[0].iter().collect::<Vec<_>>(), [0, 1, 2]);
///
/// network.set_spikes("input", &[1, 1])?;
/// network.run(2)?;
/// assert_eq!(spikes[1].digest, Some(NetworkImage::new(&network)?.digest(&network)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkImage {
    populations: Vec<PopulationImage>,
    scalar: NumberFormat,
    seed: u64,
    sample: u32,
    step_time: f64,
    pieces: Vec<Piece>,
    projections: usize,
}

/// A population of a network on a board.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PopulationImage {
    /// Its name.
    pub name: String,
    /// Number of neurons.
    pub neurons: usize,
    /// Number of components of a neuron.
    pub components: usize,
    /// Number of exponential synapses.
    pub synapses: usize,
    /// Longest delay of a projection from it, steps.
    pub most_delay: usize,
    /// For an input, how many bits count the spikes that a neuron has in a step; 0 for neurons.
    pub planes: usize,
}

impl PopulationImage {
    /// Returns whether it is an input.
    pub fn is_input(&self) -> bool {
        self.planes > 0
    }

    /// Returns the number of values of an array, and the bytes per value.
    fn extent(&self, field: Field, scalar: NumberFormat) -> (usize, usize) {
        let (cells, size) = (if self.is_input() { 0 } else { self.neurons }, scalar.size());
        match field {
            Field::Voltage | Field::Current => (cells, size),
            Field::Refractory => (cells, size_of::<u16>()),
            Field::Adaptation => (cells * self.components, size),
            Field::Synapse => (cells * self.synapses, size),
            Field::Spikes => {
                let row = self.neurons.div_ceil(WORD) * self.planes.max(1);
                (row * (self.most_delay + 1), size_of::<u32>())
            }
        }
    }
}

/// A part of a network, with what it announces.
#[derive(Debug, Clone, PartialEq)]
struct Piece {
    /// What it is, for messages.
    of: String,
    part: Part<'static>,
    bytes: Vec<u8>,
    /// Numbers of all rows, f64 each.
    rows: Vec<u8>,
    /// Numbers of a row.
    width: usize,
}

/// Spikes of one step of a network, and the checksum of the state after it if requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkSpikes {
    /// Those of the recorded populations, in their order.
    pub populations: Vec<Fired>,
    /// CRC-32 of the state of all populations.
    pub digest: Option<u32>,
}

/// Neurons of a population that fired in a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fired {
    /// Packed set: neuron 32·i + j is bit j of word i.
    pub words: Vec<u32>,
}

impl Fired {
    /// Returns the indices of the neurons that fired, in increasing order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        glif_core::spikes::indices(&self.words)
    }

    /// Returns whether no neuron fired.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }
}

/// A network's whole state, as a board saves it.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkSnapshot {
    /// The network.
    pub network: Arc<NetworkImage>,
    /// The state, in an opaque encoding.
    pub bytes: Vec<u8>,
}

/// Progress of real-time mode with a network since the last poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkProgress {
    /// Deadlines met and missed, since the start of real-time mode.
    pub pace: Pace,
    /// Number of steps since the load, before the first one in `spikes`.
    pub first: u64,
    /// Spikes of consecutive steps.
    pub spikes: Vec<NetworkSpikes>,
}

/// The network on a board.
#[derive(Debug)]
pub(super) struct Loaded {
    image: Arc<NetworkImage>,
    /// Numbers of the recorded populations.
    recorded: Vec<usize>,
}

fn unsuitable<T>(why: impl Into<String>) -> Result<T, LinkError> {
    Err(LinkError::Unsuitable(why.into()))
}

impl NetworkImage {
    /// Translates a network. A neuron of its inputs has at most one spike in a step.
    ///
    /// # Errors
    /// Returns an error for what no board supports: f64, noise, a Poisson rate for each neuron, or populations that a
    /// message cannot count.
    pub fn new(network: &Network) -> Result<Self, LinkError> {
        Self::with_planes(network, 1)
    }

    /// Translates a network. The number of spikes of a neuron of an input in a step has at most `planes` bits.
    ///
    /// # Errors
    /// See [`new`](Self::new).
    pub fn with_planes(network: &Network, planes: u8) -> Result<Self, LinkError> {
        let description = network.description();
        if bit(description.scalar) == 0 {
            let scalar = description.scalar;
            return unsuitable(format!("`scalar` = \"{scalar}\": boards have f32 and fixed point only"));
        }
        let parts = network.parts();
        let mut image = Self {
            populations: Vec::new(),
            scalar: description.scalar,
            seed: description.seed,
            sample: network.sample(),
            step_time: description.step_time,
            pieces: Vec::new(),
            projections: parts.projections.len(),
        };
        for (number, (name, kind)) in description.populations.iter().enumerate() {
            image.population(network, number, (name, kind), &parts.populations[number], planes)?;
        }
        for (number, projection) in parts.projections.iter().enumerate() {
            image.projection(number, projection, &parts)?;
        }
        Ok(image)
    }

    /// Returns the populations.
    pub fn populations(&self) -> &[PopulationImage] {
        &self.populations
    }

    /// Returns the number format.
    pub fn scalar(&self) -> NumberFormat {
        self.scalar
    }

    /// Returns the step time, ms.
    pub fn step_time(&self) -> f64 {
        self.step_time
    }

    fn push(&mut self, of: String, part: Part<'static>) -> &mut Piece {
        self.pieces.push(Piece { of, part, bytes: Vec::new(), rows: Vec::new(), width: 1 });
        let last = self.pieces.len() - 1;
        &mut self.pieces[last]
    }

    fn population(
        &mut self,
        network: &Network,
        number: usize,
        (name, kind): (&str, &PopulationKind),
        parts: &PopulationParts,
        planes: u8,
    ) -> Result<(), LinkError> {
        let of = format!("population `{}`", text::printable(name, limits::PRINTED));
        let count = kind.shape().iter().product::<usize>();
        let Ok(neurons) = u32::try_from(count) else { return unsuitable(format!("{of}: no board has room for it")) };
        let most_delay = parts.most_delay as u8; // at most 255
        let shape = |components: usize, synapses: usize, planes: usize| PopulationImage {
            name: name.to_owned(),
            neurons: count,
            components,
            synapses,
            most_delay: parts.most_delay,
            planes,
        };
        let PopulationKind::Neurons { description, .. } = kind else {
            self.populations.push(shape(0, 0, planes.into()));
            self.push(of, Part::Input { neurons, most_delay, planes });
            return Ok(());
        };
        let exponentials = parts
            .synapses
            .iter()
            .filter(|(_, synapse)| !matches!(synapse, SynapseParts::Current | SynapseParts::Delta));
        self.populations.push(shape(description.components(), exponentials.count(), 0));
        let alone = settled(network, description);
        let mut model = translate::model(&alone)?;
        // The seed of rounding; that of the description is for its draws.
        model.spec.seed = network.description().seed.wrapping_add(number as u64);
        let width = model.own_values();
        let rows = translate::own(&alone)?;
        let few = |count: usize, what: &str| {
            u8::try_from(count).or_else(|_| unsuitable(format!("{of}: no board has room for {count} {what}")))
        };
        let (synapses, drives) = (few(parts.synapses.len(), "synapses")?, few(parts.stimuli.len(), "stimuli")?);
        let piece = self.push(of.clone(), Part::Neurons { model, most_delay, synapses, drives });
        (piece.rows, piece.width) = (rows, width);
        for (number, synapse) in &parts.synapses {
            let (kind, numbers) = match synapse {
                SynapseParts::Current => (SynapseKind::Current, &[][..]),
                SynapseParts::Delta => (SynapseKind::Delta, &[][..]),
                SynapseParts::Held { numbers, .. } => {
                    let discretization = numbers.first().map_or(Discretization::Exact, |of| of.discretization);
                    (SynapseKind::Held { discretization }, &numbers[..])
                }
                SynapseParts::Exact { numbers, .. } => (SynapseKind::Exact, &numbers[..]),
                _ => return unsuitable(format!("{of}: no board has this kind of synapse")),
            };
            let part = Part::Synapse { kind, number: *number as u8, own: numbers.len() > 1 };
            let piece = self.push(format!("a synapse of {of}"), part);
            piece.width = kind.numbers().max(1);
            let row = |SynapseNumbers { tau, membrane, resistance, .. }: &SynapseNumbers| match kind {
                // Every number of the link is finite.
                SynapseKind::Exact => vec![*tau, if membrane.is_finite() { *membrane } else { 0.0 }, *resistance],
                _ => vec![*tau],
            };
            piece.rows = numbers.iter().flat_map(row).flat_map(f64::to_le_bytes).collect();
        }
        let places: Vec<usize> = parts.synapses.iter().map(|(number, _)| *number).collect();
        for (number, synapse, source) in &parts.stimuli {
            let synapse = synapse.and_then(|synapse| places.iter().position(|place| *place == synapse));
            self.drive(format!("a stimulus of {of}"), (*number, synapse.map(|place| place as u8)), source)?;
        }
        Ok(())
    }

    fn drive(
        &mut self,
        of: String,
        (number, synapse): (u16, Option<u8>),
        source: &StimulusParts,
    ) -> Result<(), LinkError> {
        let (kind, values, bytes) = match source {
            StimulusParts::Constant { value } => (DriveKind::Constant, vec![value], Vec::new()),
            StimulusParts::Step { before, after, onset } => {
                (DriveKind::Step { onset: *onset }, vec![before, after], Vec::new())
            }
            StimulusParts::Poisson { thresholds: Some(thresholds), weight } => {
                let bytes = thresholds.iter().flat_map(|threshold| threshold.to_le_bytes()).collect();
                (DriveKind::Poisson { thresholds: thresholds.len() as u32 }, vec![weight], bytes)
            }
            StimulusParts::Poisson { .. } => {
                return unsuitable(format!("{of}: boards have one Poisson rate for all neurons\nhelp: use one rate"));
            }
            _ => {
                return unsuitable(format!(
                    "{of}: boards have no noise\nhelp: use `poisson`, or give currents from outside"
                ));
            }
        };
        let count = values.iter().map(|value| value.numbers.len()).max().unwrap_or(1);
        let piece = self.push(of, Part::Drive { kind, synapse, number, own: count > 1 });
        let at = |value: &CoefficientParts, row: usize| match value.numbers[..] {
            [shared] => shared,
            _ => value.numbers[row],
        };
        let rows = (0..count).flat_map(|row| values.iter().map(move |value| at(value, row)));
        piece.rows = rows.flat_map(f64::to_le_bytes).collect();
        (piece.width, piece.bytes) = (kind.numbers(), bytes);
        Ok(())
    }

    fn projection(&mut self, number: usize, of: &ProjectionParts, parts: &NetworkParts) -> Result<(), LinkError> {
        let [from, to] =
            [of.from, of.to].map(|member| text::printable(&self.populations[member].name, limits::PRINTED));
        let label = format!("projection {number} (`{from}` to `{to}`)");
        let targets = self.populations[of.to].neurons;
        let dense = of.starts.is_empty() && of.convolution.is_none();
        let connections = match (&of.convolution, of.target_bits) {
            (Some(_), _) => ConnectionKind::Convolution { weights: of.weights.count() as u32 },
            _ if dense => ConnectionKind::Dense,
            (_, 16) => ConnectionKind::Sparse { connections: of.targets.len() as u32 },
            _ => ConnectionKind::Wide { connections: of.targets.len() as u32 },
        };
        let indices: Vec<u8> = match of.target_bits {
            16 => of.targets.iter().flat_map(|target| (*target as u16).to_le_bytes()).collect(),
            _ => of.targets.iter().flat_map(|target| target.to_le_bytes()).collect(),
        };
        let (weights, values): (_, Vec<u8>) = match &of.weights {
            WeightParts::I8(all) if dense => (WeightKind::Packed, packed(all, targets)),
            WeightParts::I8(all) => (WeightKind::I8, all.iter().map(|weight| *weight as u8).collect()),
            WeightParts::I16(all) => (WeightKind::I16, all.iter().flat_map(|weight| weight.to_le_bytes()).collect()),
            WeightParts::I32(all) => (WeightKind::I32, all.iter().flat_map(|weight| weight.to_le_bytes()).collect()),
            WeightParts::F32(all) => {
                (WeightKind::Scalars, all.iter().flat_map(|weight| weight.to_le_bytes()).collect())
            }
            WeightParts::One => (WeightKind::One, Vec::new()),
            _ => return unsuitable(format!("{label}: no board has weights of this type")),
        };
        let delays = match of.delay {
            Some(delay) => DelayKind::All(delay),
            None => DelayKind::Rows { rows: of.delays.len() as u32, distinct: of.distinct.len().min(255) as u8 },
        };
        let words = |values: &[u32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>();
        let numbers: Vec<u8> = of.convolution.map_or_else(Vec::new, |of| numbers(&of));
        let mut bytes = Vec::new();
        for array in
            [numbers, words(&of.starts), indices, values, words(&of.sources), of.delays.clone(), of.distinct.clone()]
        {
            bytes.extend_from_slice(&array);
            bytes.resize(bytes.len().next_multiple_of(size_of::<u32>()), 0);
        }
        let rows = match (&weights, &of.factor) {
            (WeightKind::Scalars, None) => Vec::new(),
            (WeightKind::Scalars, Some(factor)) => factor.numbers.clone(),
            _ => of.scale.numbers.clone(),
        };
        let places = &parts.populations[of.to].synapses;
        let synapse = places.iter().position(|(place, _)| *place == of.synapse).unwrap_or(0) as u8;
        let (from, to, scales) = (of.from as u32, of.to as u32, rows.len() as u32);
        let piece = self.push(label, Part::Projection { from, to, synapse, connections, weights, delays, scales });
        (piece.bytes, piece.rows) = (bytes, rows.into_iter().flat_map(f64::to_le_bytes).collect());
        Ok(())
    }

    /// Returns the parts of [`Request::Network`] that load the network, each with what it is about. Byte strings have at
    /// most `room` bytes, which must be 24 or more.
    pub fn parts(&self, room: usize) -> Vec<(&str, Part<'_>)> {
        let (populations, projections) = (self.populations.len() as u32, self.projections as u32);
        let begin = Part::Begin { populations, projections, seed: self.seed, sample: self.sample };
        let mut parts = vec![("network", begin)];
        for piece in &self.pieces {
            let of = piece.of.as_str();
            parts.push((of, piece.part.clone()));
            let most = (room / size_of::<u32>() * size_of::<u32>()).max(1);
            let bytes = piece.bytes.chunks(most).enumerate();
            parts.extend(bytes.map(|(i, bytes)| (of, Part::Bytes { first: (i * most) as u32, bytes })));
            // A board derives coefficients in each request, which takes long without an FPU.
            let row = piece.width.max(1) * size_of::<f64>();
            let most = (room / row).clamp(1, OWN_NEURONS);
            let rows = piece.rows.chunks(most * row).enumerate();
            parts.extend(rows.map(|(i, values)| (of, Part::Rows { first: (i * most) as u32, values })));
        }
        parts.push(("network", Part::End));
        parts
    }

    /// Returns the number of words of four bytes that its arrays take on a board; `None` if no board has so many.
    pub fn words(&self) -> Option<usize> {
        let mut words = 1 << 12;
        while words <= limits::BOARD_WORDS {
            let mut memory = memory::filled(0_u32, words)?;
            let parts = self.parts(limits::BOARD_PACKET);
            match glif_node::words_of(parts.into_iter().map(|(_, part)| part), &mut memory) {
                Ok(needed) => return Some(needed),
                Err(RequestError::Beyond { capacity: Capacity::Words, .. }) => words *= 2,
                Err(_) => return None,
            }
        }
        None
    }

    /// Returns the error of a part for which a board with `most` words has no room.
    fn room(&self, of: &str, refusal: RequestError, most: usize) -> LinkError {
        let of = of.to_owned();
        match self.words() {
            Some(needed) => LinkError::Room { of, refusal, needed, most },
            None => LinkError::Part { of, refusal },
        }
    }

    /// Returns the bytes of the state of a population as the board has them.
    fn state(&self, member: usize, state: &StateParts, field: Field) -> Vec<u8> {
        let encode = |values: &[f64]| bits::encode(self.scalar, values);
        match field {
            Field::Voltage => encode(&state.voltage),
            Field::Refractory => state.refractory.iter().flat_map(|word| word.to_le_bytes()).collect(),
            Field::Adaptation => encode(&state.adaptation),
            Field::Current => encode(&state.outside),
            Field::Synapse => encode(&state.synapses),
            Field::Spikes => {
                // An input may have fewer planes on the host.
                let of = &self.populations[member];
                let (row, planes) = (of.neurons.div_ceil(WORD), of.planes.max(1));
                let steps = state.history.chunks(row * state.planes.max(1));
                let padded = steps.flat_map(|step| {
                    step.iter().copied().chain(std::iter::repeat(0)).take(row * planes).collect::<Vec<_>>()
                });
                padded.flat_map(u32::to_le_bytes).collect()
            }
        }
    }

    /// Returns the checksum that a board computes of the state of this network on the host.
    pub fn digest(&self, network: &Network) -> u32 {
        let mut digest = packet::CRC.digest();
        for member in 0..self.populations.len() {
            let state = network.state(member);
            for field in Field::ALL.into_iter().filter(|field| *field != Field::Current) {
                digest.update(&self.state(member, &state, field));
            }
        }
        digest.finalize()
    }

    /// Returns the first array of the board that differs from the host's: population, array, value of the board and of
    /// the host.
    pub(crate) fn difference<P: Read + Write>(
        &self,
        board: &mut Board<P>,
        network: &Network,
    ) -> Result<Option<String>, LinkError> {
        for (member, population) in self.populations.iter().enumerate() {
            let state = network.state(member);
            for field in Field::ALL {
                let (found, expected) = (board.read_in(member, field)?, self.state(member, &state, field));
                let size = population.extent(field, self.scalar).1;
                let pairs = found.chunks(size).zip(expected.chunks(size));
                if let Some((index, (found, expected))) = pairs.enumerate().find(|(_, (a, b))| a != b) {
                    return Ok(Some(format!(
                        "`{}`, {}[{index}]: board {found:02x?}, host {expected:02x?}",
                        population.name,
                        name(field)
                    )));
                }
                if found.len() != expected.len() {
                    return Ok(Some(format!("`{}`, {}: another length", population.name, name(field))));
                }
            }
        }
        Ok(None)
    }

    /// Returns the bytes of a snapshot.
    fn snapshot_length(&self) -> usize {
        let of = |population: &PopulationImage| {
            Field::ALL.map(|field| population.extent(field, self.scalar)).map(|(count, size)| count * size)
        };
        SNAPSHOT_HEADER + self.populations.iter().flat_map(of).sum::<usize>()
    }

    /// Encodes the spikes of inputs in a step: for each input, the words of its planes.
    fn sets(&self, step: &[Vec<u32>], buffer: &mut Vec<u8>) -> Result<(), LinkError> {
        let inputs: Vec<_> = self.populations.iter().filter(|population| population.is_input()).collect();
        if step.len() != inputs.len() {
            let (given, needed) = (step.len(), inputs.len());
            return unsuitable(format!("spikes for {given} inputs, but the network has {needed}"));
        }
        for (words, input) in step.iter().zip(inputs) {
            let row = input.neurons.div_ceil(WORD);
            if words.len() != row * input.planes {
                let (name, given) = (text::printable(&input.name, limits::PRINTED), words.len());
                return unsuitable(format!("`{name}`: {given} words of spikes, but {} are needed", row * input.planes));
            }
            for plane in words.chunks(row) {
                let begin = buffer.len();
                buffer.resize(begin + spikes::most(input.neurons), 0);
                let end = spikes::encode(plane, input.neurons, buffer, begin).unwrap_or(begin);
                buffer.truncate(end);
            }
        }
        Ok(())
    }
}

/// Returns the numbers of a convolution.
fn numbers(of: &Convolution) -> Vec<u8> {
    let Convolution { source, target, kernel, stride, padding, dilation, groups } = *of;
    let [kernel, stride, padding, dilation] = [kernel, stride, padding, dilation].map(|pair| pair.to_vec());
    let all = [source.to_vec(), target.to_vec(), kernel, stride, padding, dilation, vec![groups, 0]].concat();
    all.into_iter().flat_map(u16::to_le_bytes).collect()
}

/// Returns dense weights of 8 bits as words of four, each plus 128, a row after another.
fn packed(weights: &[i8], targets: usize) -> Vec<u8> {
    let row = |row: &[i8]| {
        let mut bytes: Vec<u8> = row.iter().map(|weight| *weight as u8 ^ 0x80).collect();
        bytes.resize(bytes.len().next_multiple_of(size_of::<u32>()), 0);
        bytes
    };
    weights.chunks(targets.max(1)).flat_map(row).collect()
}

/// Returns the description of a population with what it has from its network.
fn settled(network: &Network, of: &Description) -> Description {
    let of_network = network.description();
    let mut alone = of.clone();
    // Every model has a step time.
    _ = alone.spec.params.set(Parameter::StepTime, &[of_network.step_time]);
    (alone.spec.scalar, alone.spec.rounding) = (of_network.scalar, of_network.rounding);
    alone
}

impl<P: Read + Write> Board<P> {
    fn network(&self) -> Result<&Loaded, LinkError> {
        self.network.as_ref().ok_or(LinkError::Refused(RequestError::NotLoaded))
    }

    /// Makes a request that is answered by `Done`.
    fn done(&mut self, request: &Request<'_>) -> Result<(), LinkError> {
        match self.client.call(request)? {
            Reply::Done => Ok(()),
            reply => Err(unexpected(request, &reply)),
        }
    }

    /// Loads a network, with membranes where they begin, and without spikes or current.
    ///
    /// # Errors
    /// Returns an error if the board has no room for the network. It names the population or the projection.
    pub fn load_network(&mut self, image: &NetworkImage) -> Result<(), LinkError> {
        if self.identity.networks == 0 {
            let has = self.identity.memory;
            let takes = image.words().map_or(String::new(), |words| {
                let bytes = words * size_of::<u32>();
                let missing = bytes.saturating_sub(has);
                format!("its arrays take {bytes} bytes, {missing} more than the {has} of the node and its buffers; ")
            });
            return unsuitable(format!("this board runs single populations, not networks\nhelp: {takes}{FREEZE}"));
        }
        if self.identity.networks & bit(image.scalar) == 0 {
            let scalar = image.scalar;
            return unsuitable(format!("this board has no networks in {scalar}\nhelp: use another number format"));
        }
        (self.model, self.own, self.network, self.heard) = (None, None, None, 0);
        for (of, part) in image.parts(self.room()) {
            let ends = part == Part::End;
            self.done(&Request::Network(part)).map_err(|error| match error {
                LinkError::Refused(refusal @ RequestError::Beyond { capacity: Capacity::Words, most, .. }) => {
                    image.room(of, refusal, most as usize)
                }
                error if ends => image.named(error),
                LinkError::Refused(refusal) => LinkError::Part { of: of.to_owned(), refusal },
                error => error,
            })?;
        }
        let recorded = (0..image.populations.len()).filter(|number| !image.populations[*number].is_input());
        self.network = Some(Loaded { image: Arc::new(image.clone()), recorded: recorded.collect() });
        Ok(())
    }

    /// Selects the populations whose spikes are recorded, and the one whose spikes are on pins, by their numbers.
    ///
    /// # Errors
    /// Returns an error if one is no population of neurons, or if the spikes of a step do not fit in a reply.
    pub fn select(&mut self, recorded: &[usize], pulsed: usize) -> Result<(), LinkError> {
        let set = recorded.iter().filter(|number| **number < 32).fold(0_u32, |set, number| set | 1 << number);
        self.done(&Request::Select { recorded: set, pulsed: pulsed as u32 })?;
        if let Some(loaded) = &mut self.network {
            loaded.recorded = (0..32).filter(|number| set >> number & 1 == 1).collect();
        }
        Ok(())
    }

    /// Does `steps` steps on held currents and returns the spikes of each. `inputs` has, for each of the first steps, the
    /// spikes of every input: the words of its planes.
    ///
    /// # Errors
    /// Returns an error if no network is loaded, if the spikes do not fit its inputs, or if real-time mode is running.
    pub fn run_network(
        &mut self,
        steps: u32,
        inputs: &[Vec<Vec<u32>>],
        digest: bool,
    ) -> Result<Vec<NetworkSpikes>, LinkError> {
        let loaded = self.network()?;
        let image = loaded.image.clone();
        let words: usize = loaded.recorded.iter().map(|number| image.populations[*number].neurons.div_ceil(WORD)).sum();
        if !memory::fits(u128::from(steps) * (size_of::<NetworkSpikes>() + words * size_of::<u32>()) as u128) {
            return unsuitable(format!("the spikes of {steps} steps do not fit in memory\nhelp: use fewer steps"));
        }
        let room = self.room();
        let mut all = Vec::new();
        while all.len() < steps as usize {
            let mut asked = (steps as usize - all.len()).min(claims::most_steps(words) as usize);
            // As many steps with inputs as fit in a request.
            let mut sets = Vec::new();
            for (count, step) in inputs.get(all.len()..).unwrap_or_default().iter().enumerate() {
                let before = sets.len();
                image.sets(step, &mut sets)?;
                if sets.len() > room {
                    if count == 0 {
                        return unsuitable("the spikes of the inputs in a step do not fit in a packet of the board");
                    }
                    sets.truncate(before);
                    asked = asked.min(count);
                    break;
                }
            }
            let request = Request::Run { steps: asked as u32, digest, inputs: &sets };
            let ran = match self.client.call(&request)? {
                Reply::Ran { done, record, .. } => {
                    let recorded = &self.network.as_ref().map_or(&[][..], |loaded| &loaded.recorded);
                    unpack(record, done, (&image, recorded), digest)?
                }
                reply => return Err(unexpected(&request, &reply)),
            };
            all.extend(ran);
        }
        Ok(all)
    }

    /// Sets the held currents of a population, nA, one per neuron, for all later steps.
    ///
    /// # Errors
    /// Returns an error if there is no such population of neurons, if there is not one current per neuron, or if a
    /// current cannot drive a membrane.
    pub fn hold_in(&mut self, member: usize, currents: &[f64]) -> Result<(), LinkError> {
        let (count, scalar) = self.extent_in(member, Field::Current)?;
        if currents.len() != count {
            return unsuitable(format!("`current`: {} values for an array of {count}", currents.len()));
        }
        if let Some(neuron) = currents.iter().position(|current| !current.is_finite()) {
            return Err(LinkError::Refused(RequestError::Current { neuron: neuron as u32 }));
        }
        let most = self.room() / scalar.size();
        let mut first = 0;
        for values in currents.chunks(most) {
            let bytes = bits::encode(scalar, values);
            let more = first + values.len() < count;
            let (population, begin) = (member as u32, first as u32);
            self.done(&Request::Hold { population, first: begin, more, currents: &bytes })?;
            first += values.len();
        }
        Ok(())
    }

    /// Returns the number of values of an array, and the number format.
    fn extent_in(&self, member: usize, field: Field) -> Result<(usize, NumberFormat), LinkError> {
        let image = &self.network()?.image;
        let Some(population) = image.populations.get(member) else {
            return unsuitable(format!("the network has no population {member}"));
        };
        Ok((population.extent(field, image.scalar).0, image.scalar))
    }

    /// Reads a whole array of the state of a population, as the board has it.
    ///
    /// # Errors
    /// Returns an error if there is no such population.
    pub fn read_in(&mut self, member: usize, field: Field) -> Result<Vec<u8>, LinkError> {
        let (length, _) = self.extent_in(member, field)?;
        let image = &self.network()?.image;
        let size = image.populations[member].extent(field, image.scalar).1;
        let most = self.room() / size;
        let mut bytes = Vec::new();
        while bytes.len() < length * size {
            let first = bytes.len() / size;
            let count = most.min(length - first);
            let request = Request::Read { population: member as u32, field, first: first as u32, count: count as u32 };
            match self.client.call(&request)? {
                Reply::Values { values } if values.len() == count * size => bytes.extend_from_slice(values),
                reply => return Err(unexpected(&request, &reply)),
            }
        }
        Ok(bytes)
    }

    /// Saves the whole network, to be restored on this or another board.
    ///
    /// # Errors
    /// Returns an error if no network is loaded.
    pub fn snapshot_network(&mut self) -> Result<NetworkSnapshot, LinkError> {
        let network = self.network()?.image.clone();
        let whole = network.snapshot_length();
        let mut bytes: Vec<u8> = Vec::new();
        while bytes.len() < whole {
            let request = Request::Snapshot { first: bytes.len() as u32 };
            match self.client.call(&request)? {
                Reply::Part { total, bytes: part } => {
                    claims::within("Part", "total", total, whole as u64..=whole as u64)?;
                    bytes.extend_from_slice(part);
                }
                reply => return Err(unexpected(&request, &reply)),
            }
        }
        Ok(NetworkSnapshot { network, bytes })
    }

    /// Loads a snapshot's network, and restores the snapshot's state.
    ///
    /// # Errors
    /// Returns an error, and leaves the board as it is, if the number of bytes is not that of a snapshot of this network.
    /// Returns an error if the board has no room for the network, or if the bytes are not a valid snapshot.
    pub fn restore_network(&mut self, snapshot: &NetworkSnapshot) -> Result<(), LinkError> {
        let (given, expected) = (snapshot.bytes.len(), snapshot.network.snapshot_length());
        if given != expected {
            return unsuitable(format!("a snapshot of {given} bytes, but {expected} are needed for this network"));
        }
        self.load_network(&snapshot.network)?;
        let most = self.room();
        for (i, bytes) in snapshot.bytes.chunks(most).enumerate() {
            self.done(&Request::Restore { first: (i * most) as u32, bytes })?;
        }
        Ok(())
    }

    /// Returns the progress of real-time mode with a network, and its spikes since the last poll.
    ///
    /// # Errors
    /// Returns an error if no network is loaded.
    pub fn poll_network(&mut self) -> Result<NetworkProgress, LinkError> {
        self.network_progress(&Request::Poll)
    }

    /// Ends real-time mode with a network, and returns its progress.
    ///
    /// # Errors
    /// See [`poll_network`](Self::poll_network).
    pub fn stop_network(&mut self) -> Result<NetworkProgress, LinkError> {
        self.network_progress(&Request::Stop)
    }

    fn network_progress(&mut self, request: &Request<'_>) -> Result<NetworkProgress, LinkError> {
        let loaded = self.network()?;
        let (image, recorded, heard) = (loaded.image.clone(), loaded.recorded.clone(), self.heard);
        let progress = match self.client.call(request)? {
            Reply::Pace { pace, first, recorded: steps, record } => {
                if steps > 0 {
                    claims::within("Pace", "first", first, heard..=limits::STEPS_DONE)?;
                }
                NetworkProgress { pace, first, spikes: unpack(record, steps, (&image, &recorded), false)? }
            }
            reply => return Err(unexpected(request, &reply)),
        };
        if !progress.spikes.is_empty() {
            self.heard = progress.first + progress.spikes.len() as u64;
        }
        Ok(progress)
    }
}

impl NetworkImage {
    /// Names what is wrong with the network as a whole.
    fn named(&self, error: LinkError) -> LinkError {
        let LinkError::Refused(refusal) = error else { return error };
        let whole = || Some("network".to_owned());
        let of = match &refusal {
            RequestError::Network { problem, index } => self.place(*problem, *index as usize),
            _ => whole(),
        };
        LinkError::Part { of: of.or_else(whole).unwrap_or_default(), refusal }
    }

    /// Returns the population or the projection that a problem is about.
    fn place(&self, problem: Problem, index: usize) -> Option<String> {
        match problem {
            Problem::Jumps | Problem::Range | Problem::Circle => {
                self.populations.get(index).map(|population| format!("population `{}`", population.name))
            }
            _ => {
                let projections = self.pieces.iter().filter(|piece| matches!(piece.part, Part::Projection { .. }));
                projections.map(|piece| piece.of.clone()).nth(index)
            }
        }
    }
}

/// Decodes the steps of a record of these populations.
fn unpack(
    mut record: &[u8],
    steps: u32,
    (image, recorded): (&NetworkImage, &[usize]),
    digested: bool,
) -> Result<Vec<NetworkSpikes>, LinkError> {
    let words = recorded.iter().map(|number| image.populations[*number].neurons.div_ceil(WORD)).sum();
    claims::check_record(steps, words)?;
    let mut all = Vec::new();
    for _ in 0..steps {
        let mut populations = Vec::new();
        for number in recorded {
            let (Spikes { words, .. }, rest) = super::next(record, image.populations[*number].neurons, false)?;
            populations.push(Fired { words });
            record = rest;
        }
        let mut digest = None;
        if digested {
            let (bytes, rest) = record.split_first_chunk().ok_or_else(broken)?;
            (digest, record) = (Some(u32::from_le_bytes(*bytes)), rest);
        }
        all.push(NetworkSpikes { populations, digest });
    }
    if record.is_empty() { Ok(all) } else { Err(broken()) }
}
