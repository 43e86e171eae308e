//! A board as an object: loads a population, steps it, reads its state, in mV, ms and nA.

use std::fmt;
use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;

use glif::Parameter;
use glif::{Description, StepOptions, limits, memory};
use glif_core::spikes::{WORD, indices};
use glif_core::{Problem, Refractory, StateError};
use glif_link::message::{BESIDE_BYTES, SNAPSHOT_HEADER};
use glif_link::{Cost, Field, Model, Pace, Reply, Request, RequestError, packet, spikes};

use crate::client::Client;
use crate::error::{LinkError, unexpected};
pub use crate::identity::Identity;
use crate::{bits, claims, translate};

/// A board behind a link.
///
/// Its whole state can be saved and restored, and the board can run in real time by its own clock:
///
/// ```
/// use glif_board::{Board, loopback};
/// # let description = glif::Description::from_toml("model = 'lif'\nshape = 3\n[params]\nstep_time = 1.0\nrest_v = -60.0\n\
/// #     reset_v = -65.0\nthresh_v = -50.0\nrefrac_t = 2.0\ntime_constant = 20.0")?;
/// let mut board = Board::connect(loopback::start())?;
/// board.load(&description)?;
/// board.hold(&[18.0; 3])?; // nA
/// board.run(10)?;
/// let snapshot = board.snapshot()?;
/// let after = board.run(20)?;
/// board.restore(&snapshot)?;
/// assert_eq!(board.run(20)?, after);
///
/// board.start()?;
/// std::thread::sleep(std::time::Duration::from_millis(20));
/// let progress = board.stop()?;
/// assert!(progress.pace.cost.steps > 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Board<P> {
    client: Client<P>,
    identity: Identity,
    model: Option<Model>,
    /// Own parameters of all neurons, as sent; `None` if another host has loaded them.
    own: Option<Arc<[u8]>>,
    /// The network, if one is loaded instead of a population.
    network: Option<network::Loaded>,
    /// Number of steps since the load whose real-time spikes have been received. No later record may begin
    /// before it.
    heard: u64,
}

/// Spikes of one step, and the checksum of the state after it if requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spikes {
    /// Packed set of spikes: neuron 32·i + j is bit j of word i.
    pub words: Vec<u32>,
    /// CRC-32 of the voltages, refractory words and threshold components.
    pub digest: Option<u32>,
}

impl Spikes {
    /// Returns the indices of the neurons that fired, in increasing order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        indices(&self.words)
    }
}

/// A population's whole state, as a board saves it.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The population.
    pub model: Model,
    /// Own parameters of all neurons; empty if they share theirs.
    pub own: Arc<[u8]>,
    /// The state, in an opaque encoding.
    pub bytes: Vec<u8>,
}

/// Progress of real-time mode since the last poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Deadlines met and missed, since the start of real-time mode.
    pub pace: Pace,
    /// Number of steps since the load, before the first one in `spikes`.
    pub first: u64,
    /// Spikes of consecutive steps.
    pub spikes: Vec<Spikes>,
}

/// Default failsafe limit: a board that hears no request for this long ends real-time mode by itself. It
/// equals the time for which a host repeats a request, by [`Patience::default`](crate::Patience), before it
/// gives up.
pub const FAILSAFE: Duration = Duration::from_secs(5);

/// Maximum number of neurons whose own parameters are in one request: a board without an FPU derives the
/// coefficients of as many within the patience of a host.
const OWN_NEURONS: usize = 32;

/// Sends a request and matches the expected reply.
macro_rules! ask {
    ($self:ident, $request:expr, $pattern:pat $(if $condition:expr)? => $value:expr) => {{
        let request = $request;
        match $self.client.call(&request)? {
            $pattern $(if $condition)? => Ok($value),
            reply => Err(unexpected(&request, &reply)),
        }
    }};
}

mod network;

pub use network::{Fired, NetworkImage, NetworkProgress, NetworkSnapshot, NetworkSpikes, PopulationImage};

impl<P: Read + Write> Board<P> {
    /// Identifies the board behind a port. A population that an earlier host loaded stays usable.
    ///
    /// # Errors
    /// Returns an error if no board answers.
    pub fn connect(port: P) -> Result<Self, LinkError> {
        Self::over(Client::new(port))
    }

    /// Identifies the board behind a client.
    ///
    /// # Errors
    /// Returns an error if no board answers.
    pub fn over(mut client: Client<P>) -> Result<Self, LinkError> {
        let identity = find(&mut client)?;
        let mut board = Self { client, identity, model: None, own: None, network: None, heard: 0 };
        board.take_over()?;
        Ok(board)
    }

    /// Identifies the board again, after it has lost its power or has been replaced.
    ///
    /// # Errors
    /// Returns an error if no board answers.
    pub fn reconnect(&mut self) -> Result<(), LinkError> {
        self.identity = find(&mut self.client)?;
        (self.model, self.own, self.network, self.heard) = (None, None, None, 0);
        self.take_over()
    }

    /// Asks which population is loaded, if any.
    fn take_over(&mut self) -> Result<(), LinkError> {
        if self.identity.loaded == 0 {
            return Ok(());
        }
        match self.describe() {
            // A network of an earlier host. Nothing here knows its populations.
            Err(LinkError::Unexpected { .. }) => Ok(()),
            described => described.map(drop),
        }
    }

    /// Returns what the board reports about itself.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Returns the client, for the caller's own requests.
    pub fn client(&mut self) -> &mut Client<P> {
        // The caller may load another population, whose steps start at 0.
        (self.own, self.heard) = (None, 0);
        &mut self.client
    }

    /// Returns the client, for its counts and its port only.
    pub(crate) fn line(&mut self) -> &mut Client<P> {
        &mut self.client
    }

    /// Returns the port, for another host.
    pub fn into_port(self) -> P {
        self.client.into_port()
    }

    /// Returns the loaded model, and the number of steps since the load.
    ///
    /// # Errors
    /// Returns an error if nothing is loaded.
    pub fn describe(&mut self) -> Result<(Model, u64), LinkError> {
        let found = ask!(self, Request::Describe, Reply::Loaded { model, step } => (model, step))?;
        claims::check_loaded(&found.0, &self.identity)?;
        self.model = Some(found.0.clone());
        Ok(found)
    }

    /// Loads a population, with membranes where they begin, and without current.
    ///
    /// # Errors
    /// Returns an error if the board has no room for the population, or a parameter is invalid.
    pub fn load(&mut self, description: &Description) -> Result<(), LinkError> {
        self.load_model(translate::model(description)?, translate::own(description)?.into())
    }

    /// Loads a population given as the link's own model type, with the own parameters of all neurons as bytes of
    /// [`Request::Own`], if there are any.
    ///
    /// # Errors
    /// See [`load`](Self::load).
    pub fn load_model(&mut self, model: Model, own: Arc<[u8]>) -> Result<(), LinkError> {
        ask!(self, Request::Load(model.clone()), Reply::Done => ())?;
        self.network = None;
        let row = model.own_values() * size_of::<f64>();
        (self.model, self.own, self.heard) = (Some(model), Some(own.clone()), 0);
        if row == 0 {
            return Ok(());
        }
        // A board derives coefficients in each request, which takes long without an FPU.
        let most = (self.room() / row).clamp(1, OWN_NEURONS);
        for (i, values) in own.chunks(most * row).enumerate() {
            ask!(self, Request::Own { first: (i * most) as u32, values }, Reply::Done => ())?;
        }
        Ok(())
    }

    fn model(&self) -> Result<&Model, LinkError> {
        self.model.as_ref().ok_or(LinkError::Refused(RequestError::NotLoaded))
    }

    /// Returns the largest number of value bytes in one request or reply.
    fn room(&self) -> usize {
        self.identity.frame - packet::OVERHEAD - BESIDE_BYTES
    }

    /// Sets the held currents, nA, one per neuron, for all later steps. In real-time mode all of them change
    /// between the same two steps, however many requests they take. A board whose memory the population fills
    /// does no step meanwhile, and counts the steps that were due as missed: see [`Hold`](Request::Hold) in
    /// `docs/link.md`.
    ///
    /// # Errors
    /// Returns an error if there is not one current per neuron, or if a current cannot drive a membrane.
    pub fn hold(&mut self, currents: &[f64]) -> Result<(), LinkError> {
        self.write(Field::Current, currents)
    }

    /// Sets the held currents, nA, and does one step.
    ///
    /// # Errors
    /// See [`hold`](Self::hold).
    pub fn step(&mut self, currents: &[f64]) -> Result<Spikes, LinkError> {
        let bytes = self.encode(Field::Current, currents)?;
        let whole = bytes.len() <= self.room();
        if !whole {
            self.write_bytes(Field::Current, &bytes)?;
        }
        let request = Request::Step { currents: if whole { &bytes } else { &[] } };
        let neurons = self.model()?.neurons as usize;
        ask!(self, request, Reply::Ran { done: 1, record, .. } => {
            let (spikes, rest) = next(record, neurons, false)?;
            if rest.is_empty() { spikes } else { return Err(broken()) }
        })
    }

    /// Does `steps` steps on held currents and returns the spikes of each.
    ///
    /// # Errors
    /// Returns an error if nothing is loaded, or if real-time mode is running.
    pub fn run(&mut self, steps: u32) -> Result<Vec<Spikes>, LinkError> {
        self.run_with(steps, false)
    }

    /// Does `steps` steps on held currents; the spikes come with the checksum of the state after each step.
    ///
    /// # Errors
    /// See [`run`](Self::run).
    pub fn run_digested(&mut self, steps: u32) -> Result<Vec<Spikes>, LinkError> {
        self.run_with(steps, true)
    }

    fn run_with(&mut self, steps: u32, digest: bool) -> Result<Vec<Spikes>, LinkError> {
        let neurons = self.model()?.neurons as usize;
        let words = neurons.div_ceil(WORD);
        if !memory::fits(u128::from(steps) * (size_of::<Spikes>() + words * size_of::<u32>()) as u128) {
            return Err(LinkError::Unsuitable(format!(
                "the spikes of {steps} steps of {neurons} neurons do not fit in memory\nhelp: use fewer steps"
            )));
        }
        let mut all = Vec::new();
        while all.len() < steps as usize {
            let asked = (steps - all.len() as u32).min(claims::most_steps(words));
            let request = Request::Run { steps: asked, digest, inputs: &[] };
            let ran = ask!(self, request, Reply::Ran { done, record, .. } => unpack(record, done, neurons, digest)?);
            all.extend(ran?);
        }
        Ok(all)
    }

    /// Reads a whole array of the state: mV, or nA for currents. Threshold components are in Inferno's
    /// layout, neuron after neuron, as in `glif`; the wire has them component after component.
    ///
    /// # Errors
    /// Returns an error if nothing is loaded, or for [`Field::Refractory`], which
    /// [`refractory`](Self::refractory) reads.
    pub fn read(&mut self, field: Field) -> Result<Vec<f64>, LinkError> {
        let scalar = self.model()?.spec.scalar;
        numeric(field)?;
        let values = bits::decode(scalar, &self.read_bytes(field)?);
        Ok(match field {
            Field::Adaptation => translate::transposed(&values, self.model()?.neurons as usize),
            _ => values,
        })
    }

    /// Reads the refractory counts and spike flags.
    ///
    /// # Errors
    /// Returns an error if nothing is loaded.
    pub fn refractory(&mut self) -> Result<Vec<Refractory>, LinkError> {
        let bytes = self.read_bytes(Field::Refractory)?;
        Ok(bytes.as_chunks().0.iter().map(|word| Refractory::from_bits(u16::from_le_bytes(*word))).collect())
    }

    fn read_bytes(&mut self, field: Field) -> Result<Vec<u8>, LinkError> {
        let (length, size) = extent(self.model()?, field);
        let most = self.room() / size;
        let mut bytes = Vec::new();
        while bytes.len() < length * size {
            let first = bytes.len() / size;
            let count = most.min(length - first);
            let request = Request::Read { population: 0, field, first: first as u32, count: count as u32 };
            let whole = count * size;
            ask!(self, request, Reply::Values { values } if values.len() == whole => bytes.extend_from_slice(values))?;
        }
        Ok(bytes)
    }

    /// Writes a whole array of the state: mV, or nA for currents. Threshold components have the layout of
    /// [`read`](Self::read).
    ///
    /// # Errors
    /// Returns an error, and writes nothing, if the number of values is wrong, if a voltage or component is
    /// not finite or out of range of the format, or if a current is not finite. If R·I of a current
    /// overflows, the earlier currents stay in place, except on a board whose memory the population fills:
    /// such a board does no step until currents are held again. Also returns an error for
    /// [`Field::Refractory`], which [`write_refractory`](Self::write_refractory) writes.
    pub fn write(&mut self, field: Field, values: &[f64]) -> Result<(), LinkError> {
        let bytes = self.encode(field, values)?;
        self.write_bytes(field, &bytes)
    }

    /// Encodes values as the board stores them, after a check of their range. In fixed point NaN would become
    /// 0, and a value out of range the end of the range. Currents may be out of range, as the host saturates
    /// them too.
    fn encode(&self, field: Field, values: &[f64]) -> Result<Vec<u8>, LinkError> {
        let model = self.model()?;
        numeric(field)?;
        self.check_length(field, values.len())?;
        let components = model.spec.params.components();
        let bytes = match field {
            Field::Adaptation => bits::encode(model.spec.scalar, &translate::transposed(values, components)),
            _ => bits::encode(model.spec.scalar, values),
        };
        let limits = model.spec.limits();
        let (lowest, highest) = match field {
            Field::Adaptation => (-limits.component, limits.component),
            Field::Voltage => limits.voltage,
            Field::Current | Field::Synapse | Field::Refractory | Field::Spikes => (f64::MIN, f64::MAX),
        };
        let Some((index, value)) = values.iter().enumerate().find(|(_, value)| !(lowest..=highest).contains(*value))
        else {
            return Ok(bytes);
        };
        if field == Field::Current {
            return Err(LinkError::Refused(RequestError::Current { neuron: index as u32 }));
        }
        let problem = if value.is_finite() { Problem::OutOfRange { lowest, highest } } else { Problem::NotFinite };
        let error = StateError { name: name(field), index, value: *value, unit: "mV", problem };
        Err(LinkError::Unsuitable(error.to_string()))
    }

    /// Writes the refractory counts and spike flags.
    ///
    /// # Errors
    /// Returns an error if the number of values is wrong, or if a count is longer than the refractory period;
    /// the parts before that have been written.
    pub fn write_refractory(&mut self, values: &[Refractory]) -> Result<(), LinkError> {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_bits().to_le_bytes()).collect();
        self.write_bytes(Field::Refractory, &bytes).map_err(|error| match error {
            LinkError::Refused(RequestError::Value { index }) if (index as usize) < values.len() => {
                let steps = values[index as usize].steps();
                LinkError::Unsuitable(format!(
                    "`refractory[{index}]` = {steps} steps: longer than the refractory period of this population"
                ))
            }
            error => error,
        })
    }

    fn write_bytes(&mut self, field: Field, bytes: &[u8]) -> Result<(), LinkError> {
        let (_, size) = extent(self.model()?, field);
        self.check_length(field, bytes.len() / size)?;
        let most = self.room() / size;
        for (i, values) in bytes.chunks(most * size).enumerate() {
            let first = (i * most) as u32;
            let more = (i + 1) * most * size < bytes.len();
            let request = match field {
                Field::Current => Request::Hold { population: 0, first, more, currents: values },
                _ => Request::Write { population: 0, field, first, values },
            };
            ask!(self, request, Reply::Done => ())?;
        }
        Ok(())
    }

    /// Checks that there is one value for each place of the array.
    fn check_length(&self, field: Field, given: usize) -> Result<(), LinkError> {
        let (length, _) = extent(self.model()?, field);
        if given == length {
            return Ok(());
        }
        let name = name(field);
        Err(LinkError::Unsuitable(format!("`{name}`: {given} values for an array of {length}")))
    }

    /// Returns membranes to where they begin and ends refractory periods. Held currents stay.
    ///
    /// # Errors
    /// Returns an error if nothing is loaded.
    pub fn clear(&mut self, keep_adaptations: bool) -> Result<(), LinkError> {
        ask!(self, Request::Clear { keep_adaptations }, Reply::Done => ())
    }

    /// Sets the step time, ms.
    ///
    /// # Errors
    /// Returns an error if the parameters are not valid with it.
    pub fn set_step_time(&mut self, step_time: f64) -> Result<(), LinkError> {
        ask!(self, Request::SetStepTime(step_time), Reply::Done => ())?;
        self.model.as_mut().into_iter().for_each(|model| _ = model.spec.params.set(Parameter::StepTime, &[step_time]));
        Ok(())
    }

    /// Sets the step options.
    ///
    /// # Errors
    /// Returns an error if nothing is loaded.
    pub fn set_options(&mut self, options: StepOptions) -> Result<(), LinkError> {
        ask!(self, Request::SetOptions(options), Reply::Done => ())?;
        self.model.as_mut().into_iter().for_each(|model| model.spec.options = options);
        Ok(())
    }

    /// Saves the whole population, to be restored on this or another board.
    ///
    /// # Errors
    /// Returns an error if nothing is loaded.
    pub fn snapshot(&mut self) -> Result<Snapshot, LinkError> {
        let (model, _) = self.describe()?;
        let own = match &self.own {
            _ if model.own.is_empty() => [].into(),
            Some(own) => own.clone(),
            None => return Err(LinkError::Unsuitable(
                "another host has loaded the neurons' own parameters, which a board does not send\nhelp: load the population again"
                    .to_owned(),
            )),
        };
        let whole = snapshot_length(&model);
        let mut bytes: Vec<u8> = Vec::new();
        while bytes.len() < whole {
            let request = Request::Snapshot { first: bytes.len() as u32 };
            ask!(self, request, Reply::Part { total, bytes: part } => {
                claims::within("Part", "total", total, whole as u64..=whole as u64)?;
                bytes.extend_from_slice(part);
            })?;
        }
        Ok(Snapshot { model, own, bytes })
    }

    /// Loads a snapshot's population and restores the snapshot's state.
    ///
    /// # Errors
    /// Returns an error, and leaves the board as it is, if the number of bytes is not that of a snapshot of
    /// this population. Returns an error if the board has no room for the population, or if the bytes are not
    /// a valid snapshot.
    pub fn restore(&mut self, snapshot: &Snapshot) -> Result<(), LinkError> {
        let (given, expected) = (snapshot.bytes.len(), snapshot_length(&snapshot.model));
        if given != expected {
            let why = format!("a snapshot of {given} bytes, but {expected} are needed for this population");
            return Err(LinkError::Unsuitable(why));
        }
        self.load_model(snapshot.model.clone(), snapshot.own.clone())?;
        let most = self.room();
        for (i, bytes) in snapshot.bytes.chunks(most).enumerate() {
            ask!(self, Request::Restore { first: (i * most) as u32, bytes }, Reply::Done => ())?;
        }
        Ok(())
    }

    /// Does `steps` steps on held currents and returns what they cost.
    ///
    /// # Errors
    /// Returns an error if nothing is loaded, or if real-time mode is running.
    pub fn measure(&mut self, steps: u32) -> Result<Cost, LinkError> {
        ask!(self, Request::Measure { steps }, Reply::Cost(cost) => cost)
    }

    /// Starts real-time mode. A board that hears no request for [`FAILSAFE`] ends it by itself.
    ///
    /// # Errors
    /// Returns an error if nothing is loaded, if real-time mode is already running, or if the board's clock
    /// cannot keep the step time.
    pub fn start(&mut self) -> Result<(), LinkError> {
        self.start_with_failsafe(Some(FAILSAFE))
    }

    /// Starts real-time mode with the given failsafe limit, in whole milliseconds, rounded up. A board that
    /// hears no request for this long ends real-time mode by itself, clears its outputs and sets all held
    /// currents to 0. With `None` it runs on without a host.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use glif_board::{Board, loopback};
    /// # let description = glif::Description::from_toml("model = 'lif'\nshape = 3\n[params]\nstep_time = 1.0\nrest_v = -60.0\n\
    /// #     reset_v = -65.0\nthresh_v = -50.0\nrefrac_t = 2.0\ntime_constant = 20.0")?;
    /// let mut board = Board::connect(loopback::start())?;
    /// board.load(&description)?;
    /// board.start_with_failsafe(Some(Duration::from_millis(20)))?;
    /// std::thread::sleep(Duration::from_millis(100)); // the host says nothing for longer than that
    /// let pace = board.poll()?.pace;
    /// assert!(!pace.running && pace.failsafe);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// See [`start`](Self::start). Also returns an error if the time is 0 or more than 4,294,967,295 ms.
    pub fn start_with_failsafe(&mut self, failsafe: Option<Duration>) -> Result<(), LinkError> {
        let milliseconds = failsafe.map_or(0, |silence| silence.as_nanos().div_ceil(1_000_000));
        let failsafe = match u32::try_from(milliseconds) {
            Ok(fits) if fits > 0 || failsafe.is_none() => fits,
            _ => {
                let why = format!("failsafe of {milliseconds} ms: must be 1 to {} ms, or none", u32::MAX);
                return Err(LinkError::Unsuitable(why));
            }
        };
        ask!(self, Request::Start { failsafe }, Reply::Done => ())
    }

    /// Returns the progress of real-time mode, and its spikes since the last poll.
    ///
    /// # Errors
    /// Returns an error if the board does not answer.
    pub fn poll(&mut self) -> Result<Progress, LinkError> {
        self.progress(Request::Poll)
    }

    /// Ends real-time mode, and returns its progress.
    ///
    /// # Errors
    /// Returns an error if the board does not answer.
    pub fn stop(&mut self) -> Result<Progress, LinkError> {
        self.progress(Request::Stop)
    }

    fn progress(&mut self, request: Request<'_>) -> Result<Progress, LinkError> {
        let neurons = self.model.as_ref().map_or(0, |model| model.neurons as usize);
        let heard = self.heard;
        let progress = ask!(self, request, Reply::Pace { pace, first, recorded, record } => {
            if recorded > 0 {
                claims::within("Pace", "first", first, heard..=limits::STEPS_DONE)?;
            }
            Progress { pace, first, spikes: unpack(record, recorded, neurons, false)? }
        })?;
        if !progress.spikes.is_empty() {
            self.heard = progress.first + progress.spikes.len() as u64;
        }
        Ok(progress)
    }
}

impl<P> fmt::Debug for Board<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Board").field("identity", &self.identity).field("model", &self.model).finish_non_exhaustive()
    }
}

/// Identifies the board behind a client.
fn find<P: Read + Write>(client: &mut Client<P>) -> Result<Identity, LinkError> {
    let mut found = identify(client);
    // The random sequence number is equal to the last host's, or a little older than it.
    if let Err(LinkError::Refused(refusal)) = &found {
        if let RequestError::Stale { last } = refusal {
            client.continue_after(*last);
        }
        found = identify(client);
    }
    found
}

fn identify<P: Read + Write>(client: &mut Client<P>) -> Result<Identity, LinkError> {
    match client.call(&Request::Identify)? {
        Reply::Identity(identity) => Ok(identity.into()),
        reply => Err(unexpected(&Request::Identify, &reply)),
    }
}

/// Returns the name of an array in errors.
fn name(field: Field) -> &'static str {
    match field {
        Field::Voltage => "voltage",
        Field::Refractory => "refractory",
        Field::Adaptation => "adaptation",
        Field::Current => "current",
        Field::Synapse => "synapse",
        Field::Spikes => "spikes",
    }
}

/// Checks that values of a field are numbers in the board's format.
fn numeric(field: Field) -> Result<(), LinkError> {
    if field == Field::Refractory {
        let why = "refractory counts are not potentials\nhelp: use `refractory` and `write_refractory`";
        return Err(LinkError::Unsuitable(why.to_owned()));
    }
    Ok(())
}

/// Returns the number of values in an array, and the bytes per value.
fn extent(model: &Model, field: Field) -> (usize, usize) {
    field.extent(model.neurons as usize, model.spec.params.components(), model.spec.scalar.size())
}

/// Returns the length in bytes of a population's snapshot.
fn snapshot_length(model: &Model) -> usize {
    let arrays = Field::ALL.map(|field| extent(model, field)).map(|(length, size)| length * size);
    SNAPSHOT_HEADER + arrays.iter().sum::<usize>()
}

/// Decodes the steps of a record.
fn unpack(mut record: &[u8], steps: u32, neurons: usize, digested: bool) -> Result<Vec<Spikes>, LinkError> {
    claims::check_record(steps, neurons.div_ceil(WORD))?;
    let mut all = Vec::new();
    for _ in 0..steps {
        let (spikes, rest) = next(record, neurons, digested)?;
        all.push(spikes);
        record = rest;
    }
    if record.is_empty() { Ok(all) } else { Err(broken()) }
}

/// Decodes the first step of a record; also returns the rest of the record.
fn next(record: &[u8], neurons: usize, digested: bool) -> Result<(Spikes, &[u8]), LinkError> {
    let mut words = vec![0; neurons.div_ceil(WORD)];
    let rest = spikes::decode(record, neurons, &mut words).ok_or_else(broken)?;
    if !digested {
        return Ok((Spikes { words, digest: None }, rest));
    }
    let (bytes, rest) = rest.split_first_chunk().ok_or_else(broken)?;
    Ok((Spikes { words, digest: Some(u32::from_le_bytes(*bytes)) }, rest))
}

fn broken() -> LinkError {
    LinkError::Broken("the board sent an invalid record of spikes".to_owned())
}
