//! Snapshots of networks: the state of every population and synapse, and all spikes on their way.
//!
//! The file is that of [`crate::snapshot`], with format version 4. Its body in postcard is the network file as
//! text, then the number of steps, the number of the sample, and the state of each population. A list or an array
//! with more than [`INLINE`] values, and weights that the text cannot express, have a digest in the text: a
//! snapshot is small, and is restored into a network that has been built from its file.
//!
//! Between steps, sums and synapses contain nothing that has arrived and is not delivered, so that the file has
//! none of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::toml::INLINE;
use super::toml::written::{ArrayValues, NamedArray, Outlet};
use super::{Network, NetworkDescription, WeightValues};
use crate::description::toml::{DescriptionError, DescriptionErrors};
use crate::limits::{PRINTED, PRINTED_MISTAKES, STEPS_DONE};
use crate::output::counted;
use crate::snapshot::{self, NETWORK, SnapshotError, State};
use crate::text::{message, printable};

/// The state of a population and of its synapses; every number is exact as f64.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct NodeState {
    /// Planes of the history.
    pub(super) planes: u32,
    /// The spikes of the last steps.
    pub(super) history: Vec<u32>,
    /// Spikes from outside, plane after plane.
    pub(super) input: Vec<u32>,
    /// Whether `input` is of the next step.
    pub(super) fresh: bool,
    /// Neurons of an input that had a spike in the last step.
    pub(super) any: Vec<u32>,
    /// `None` for an input.
    pub(super) cells: Option<CellsState>,
}

/// The state of neurons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct CellsState {
    pub(super) population: State,
    /// Currents from outside, nA.
    pub(super) outside: Vec<f64>,
    /// The current of each exponential synapse, nA.
    pub(super) synapses: Vec<Vec<f64>>,
}

/// The body after the description.
#[derive(Debug, Serialize, Deserialize)]
struct Body {
    steps: u64,
    sample: u32,
    nodes: Vec<NodeState>,
}

/// A snapshot of a network, read from a file.
///
/// [`Network::restore`] reads and restores at once. This type shows what the file has before.
///
/// ```
/// use glif::network::{NetworkDescription, Snapshot};
/// # let text = "step_time = 1.0\nseed = 7\n[populations.exc]\nmodel = 'lif'\nshape = 3\nparams = { rest_v = -60.0, reset_v = -65.0, \
/// #     thresh_v = -50.0, refrac_t = 2.0, time_constant = 20.0 }\ndrive = { noise = [14.0, 6.0] }";
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("half.snap");
/// let description = NetworkDescription::from_toml(text)?;
/// let mut network = description.build()?;
/// (0..50).try_for_each(|_| network.step())?;
/// network.save(&path)?;
///
/// let snapshot = Snapshot::read(&path)?;
/// assert_eq!((snapshot.steps(), snapshot.seed()), (50, 7));
/// let mut other = description.build()?;
/// other.restore_snapshot(&snapshot)?;
/// for _ in 0..50 {
///     network.step()?;
///     other.step()?;
///     assert!(network.fired("exc")?.iter().eq(other.fired("exc")?.iter()));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Snapshot {
    path: PathBuf,
    description: Table,
    body: Body,
}

impl Snapshot {
    /// Reads a snapshot.
    ///
    /// # Errors
    /// Returns an error if the file is not a complete snapshot of a network in this format.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, SnapshotError> {
        let path = path.as_ref();
        let unreadable = |reason: &str| SnapshotError::Unreadable { path: path.to_owned(), reason: reason.to_owned() };
        let corrupt = |error| unreadable(&format!("corrupt: {error}"));
        let held = snapshot::content(path, &[NETWORK])?;
        let ((description, body), rest): ((String, Body), _) =
            postcard::take_from_bytes(held.body()).map_err(corrupt)?;
        if !rest.is_empty() || body.steps > STEPS_DONE {
            return Err(unreadable("corrupt: its checksum is right, but its content is invalid"));
        }
        let invalid = |error: toml::de::Error| SnapshotError::Description {
            path: path.to_owned(),
            error: DescriptionErrors(vec![DescriptionError(message(&error.to_string()))]),
        };
        let description = toml::from_str(&description).map_err(invalid)?;
        Ok(Self { path: path.to_owned(), description, body })
    }

    /// Returns the number of steps that the network had made.
    pub fn steps(&self) -> u64 {
        self.body.steps
    }

    /// Returns the number of the sample.
    pub fn sample(&self) -> u32 {
        self.body.sample
    }

    /// Returns the seed of the network; 0 if its description has none.
    pub fn seed(&self) -> u64 {
        let seed = self.description.get("seed").and_then(Value::as_integer);
        seed.and_then(|seed| u64::try_from(seed).ok()).unwrap_or(0)
    }
}

impl Network {
    /// Saves the whole state: membranes, refractory times and components, synaptic currents, currents from outside, the
    /// spikes that are on their way, and the number of steps. An existing file is replaced at once when the new one is
    /// complete.
    ///
    /// The file has the description with a digest of each large array.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written; an old file of that name is unchanged then.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), SnapshotError> {
        let text = toml::to_string(&table(&self.description)).unwrap_or_default();
        let body = Body { steps: self.inner.steps(), sample: self.inner.sample_number(), nodes: self.inner.capture() };
        snapshot::write(path.as_ref(), NETWORK, &(text, body))
    }

    /// Restores a state that a network with the same description saved. The run continues with the same bits.
    ///
    /// ```
    /// # let text = "step_time = 1.0\n[populations.exc]\nmodel = 'lif'\nshape = 3\nparams = { rest_v = -60.0, reset_v = -65.0, \
    /// #     thresh_v = -50.0, refrac_t = 2.0, time_constant = 20.0 }\ndrive = { noise = [14.0, 6.0] }";
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("half.snap");
    /// # let description = glif::network::NetworkDescription::from_toml(text)?;
    /// let mut network = description.build()?;
    /// (0..50).try_for_each(|_| network.step())?;
    /// network.save(&path)?;
    /// let mut other = description.build()?;
    /// other.restore(&path)?;
    /// assert_eq!(other.steps(), 50);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the file is not a complete snapshot of a network in this format. Returns an error with each
    /// difference if it was saved under another description, or with other weights. The network is unchanged then.
    pub fn restore(&mut self, path: impl AsRef<Path>) -> Result<(), SnapshotError> {
        self.restore_snapshot(&Snapshot::read(path)?)
    }

    /// Restores the state of a snapshot that has been read.
    ///
    /// # Errors
    /// Returns an error with each difference if the snapshot was saved under another description, or with other
    /// weights, or an error if the state has an invalid value. The network is unchanged then.
    pub fn restore_snapshot(&mut self, snapshot: &Snapshot) -> Result<(), SnapshotError> {
        let Snapshot { path, description, body } = snapshot;
        let differences = differences(description, &table(&self.description));
        if !differences.is_empty() {
            return Err(SnapshotError::NetworkDiffers { path: path.clone(), differences });
        }
        let populations = &self.description.populations;
        if body.nodes.len() != populations.len() {
            let found = counted(body.nodes.len(), "population");
            let reason = format!(
                "corrupt: it describes {}, but has the state of {found}",
                counted(populations.len(), "population")
            );
            return Err(SnapshotError::Unreadable { path: path.clone(), reason });
        }
        self.inner.restore(body.steps, &body.nodes).map_err(|(member, problem)| {
            let population = populations.get(member).map_or_else(String::new, |(name, _)| name.clone());
            SnapshotError::NetworkState { path: path.clone(), population, problem }
        })?;
        self.inner.set_sample(body.sample);
        Ok(())
    }

    /// Returns the bytes of memory that saving takes in addition to the network.
    pub fn save_bytes(&self) -> u128 {
        self.inner.save_bytes()
    }
}

/// Returns the entries of the network file, with a digest of each large array.
fn table(description: &NetworkDescription) -> Table {
    description.to_table(&mut Digests)
}

/// Replaces arrays by their digests.
struct Digests;

impl<'a> Outlet<'a> for Digests {
    fn is_inline(&self, values: usize) -> bool {
        values <= INLINE
    }

    fn take(&mut self, parts: Vec<NamedArray<'a>>, _: &str) -> String {
        let mut digest = Digest::default();
        let mut told = "values";
        for part in &parts {
            part.shape.iter().for_each(|length| digest.add(&(*length as u64).to_le_bytes()));
            match part.values {
                ArrayValues::Weights(weights) => told = digest.weights(weights),
                ArrayValues::Indices(indices) => indices.iter().for_each(|index| digest.add(&index.to_le_bytes())),
                ArrayValues::Numbers(values) => values.iter().for_each(|value| digest.add(&value.to_le_bytes())),
            }
        }
        let shape = parts.last().map_or(&[][..], |part| &part.shape);
        let kind = if parts.len() > 1 { "sparse " } else { "" };
        format!("{kind}{told} of shape {shape:?}, digest {:016x}", digest.0)
    }
}

/// FNV-1a of 64 bits. It finds other weights, not forged ones.
struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Digest {
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    /// Adds weights, and returns what they are.
    fn weights(&mut self, weights: &WeightValues) -> &'static str {
        match weights {
            WeightValues::I8(values) => {
                values.iter().for_each(|value| self.add(&value.to_le_bytes()));
                "i8 weights"
            }
            WeightValues::I16(values) => {
                values.iter().for_each(|value| self.add(&value.to_le_bytes()));
                "i16 weights"
            }
            WeightValues::I32(values) => {
                values.iter().for_each(|value| self.add(&value.to_le_bytes()));
                "i32 weights"
            }
            WeightValues::F32(values) => {
                values.iter().for_each(|value| self.add(&value.to_le_bytes()));
                "f32 weights"
            }
            WeightValues::F64(values) => {
                values.iter().for_each(|value| self.add(&value.to_le_bytes()));
                "f64 weights"
            }
        }
    }
}

/// Lists the differences between the description of a snapshot and that of a network, one line each.
fn differences(saved: &Table, now: &Table) -> Vec<String> {
    let [mut there, mut here] = [BTreeMap::new(), BTreeMap::new()];
    flatten("", saved, &mut there);
    flatten("", now, &mut here);
    let keys: BTreeSet<&String> = there.keys().chain(here.keys()).collect();
    let show =
        |value: Option<&Value>| value.map_or("absent".to_owned(), |value| printable(&value.to_string(), PRINTED));
    let differing = keys.into_iter().filter(|key| there.get(*key) != here.get(*key)).map(|key| {
        let (there, here) = (show(there.get(key)), show(here.get(key)));
        format!("`{}` is {there} in the snapshot, {here} in this network", printable(key, PRINTED))
    });
    let mut told: Vec<String> = differing.collect();
    if told.len() > PRINTED_MISTAKES {
        let more = told.split_off(PRINTED_MISTAKES).len();
        told.push(format!("and {}", counted(more, "more difference")));
    }
    told
}

/// Adds the values of a table with their paths.
fn flatten(path: &str, table: &Table, to: &mut BTreeMap<String, Value>) {
    // The order of populations and of synapses counts.
    if path == "populations" || path.ends_with(".synapses") {
        let names: Vec<Value> = table.keys().map(|name| name.as_str().into()).collect();
        to.insert(path.to_owned(), names.into());
    }
    for (key, value) in table {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match value {
            Value::Table(inner) => flatten(&path, inner, to),
            Value::Array(list) if list.iter().any(Value::is_table) => {
                for (number, value) in list.iter().enumerate() {
                    let path = format!("{path}[{number}]");
                    match value {
                        Value::Table(inner) => flatten(&path, inner, to),
                        value => _ = to.insert(path, value.clone()),
                    }
                }
            }
            value => _ = to.insert(path, value.clone()),
        }
    }
}
