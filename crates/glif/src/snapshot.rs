//! Snapshots: the whole state in a file, with the population's description, a format version and a checksum.
//!
//! | bytes | content |
//! |---|---|
//! | 8 | `GLIFSNAP` |
//! | 4 | format version, little endian: 1 without a stimulus, 2 with a stimulus, 3 with own parameters, 4 of a network |
//! | 8 | length n of the body, little endian |
//! | n | body in postcard: description (TOML), state and, in version 2, the position of the stimulus |
//! | 4 | CRC-32 (IEEE) of all bytes before it, little endian |
//!
//! Version 3 has the position of a stimulus or none, and then the lists with a value for each neuron: the name of
//! each parameter and its values. The description has `{ array = "NAME" }` instead of such a list.
//!
//! Version 4 has the description, the number of steps and the state of each population of a
//! [network](crate::network::Snapshot).
//!
//! A file is written under another name in the same directory and then renamed, so that an interrupted save
//! leaves the old file unchanged.

use std::borrow::Cow;
use std::fs;
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use glif_core::spec::{Parameter, Stored};
use glif_core::{Quantize, Refractory, StateError};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::file::{self, FileError};
use crate::kernel::Kernel;
use crate::outside::converted;
use crate::own::{OwnParams, OwnValues};
use crate::population::{Population, check_length};
use crate::stimulus::{Paused, Source};
use crate::{Description, DescriptionErrors, DynPopulation, limits, memory, text};

pub(crate) const MAGIC: &[u8; 8] = b"GLIFSNAP";
/// Version without a stimulus, which all releases read.
const PLAIN: u32 = 1;
/// Version with a stimulus.
const DRIVEN: u32 = 2;
/// Version of a population whose neurons have their own parameters, with or without a stimulus.
const OWN: u32 = 3;
/// Version of a network.
pub(crate) const NETWORK: u32 = 4;
const HEADER: usize = 20;
const CHECKSUM: usize = 4;

/// Error from saving or restoring a snapshot. A population that refuses a snapshot is unchanged.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The file cannot be read.
    #[error("`{}`: cannot be read: {error}", text::path(path))]
    Io {
        /// Path of the file.
        path: PathBuf,
        /// The file system's error.
        error: io::Error,
    },
    /// The file cannot be written.
    #[error(transparent)]
    Unwritten(#[from] FileError),
    /// The file is of another kind, incomplete, or has a wrong checksum.
    #[error("`{}`: {reason}", text::path(path))]
    Unreadable {
        /// Path of the file.
        path: PathBuf,
        /// What is wrong with the file.
        reason: String,
    },
    /// The file has the format of another release.
    #[error("`{}`: snapshot format {found}; this program reads formats {PLAIN} to {NETWORK}", text::path(path))]
    Version {
        /// Path of the file.
        path: PathBuf,
        /// Format version of the file.
        found: u32,
    },
    /// The description in the file is invalid.
    #[error("`{}`: {error}", text::path(path))]
    Description {
        /// Path of the file.
        path: PathBuf,
        /// The errors in the description.
        error: DescriptionErrors,
    },
    /// The file was saved under another description.
    #[error("`{}`: saved by another population: {}", text::path(path), differences.join("; "))]
    Differs {
        /// Path of the file.
        path: PathBuf,
        /// Each difference; only the model if the models differ.
        differences: Vec<String>,
    },
    /// The file was saved by a network with another description or other weights.
    #[error("`{}`: saved by another network: {}", text::path(path), differences.join("; "))]
    NetworkDiffers {
        /// Path of the file.
        path: PathBuf,
        /// Each difference.
        differences: Vec<String>,
    },
    /// The state of a population of a network is invalid.
    #[error("`{}`: `{population}`: {problem}", text::path(path))]
    NetworkState {
        /// Path of the file.
        path: PathBuf,
        /// Name of the population.
        population: String,
        /// What is wrong.
        problem: String,
    },
    /// The population reduces its batch by the caller's own function, which a file cannot hold.
    #[error("`{}`: the population has a custom reduction, which a snapshot cannot store", text::path(path))]
    OwnReduction {
        /// Path of the file.
        path: PathBuf,
    },
    /// The state has an invalid value.
    #[error("`{}`: {error}", text::path(path))]
    State {
        /// Path of the file.
        path: PathBuf,
        /// The invalid value.
        error: StateError,
    },
    /// The stimulus to save does not drive the population: it has another number of cells or another step time.
    #[error(
        "`{}`: the stimulus drives {cells} cells in steps of {step_time} ms, but the population has {}",
        text::path(path),
        population
    )]
    Stimulus {
        /// Path of the file.
        path: PathBuf,
        /// Number of cells of the stimulus.
        cells: usize,
        /// Step time of the stimulus, ms.
        step_time: f64,
        /// Cells and step time of the population, as text.
        population: String,
    },
}

/// The changing state of a population; every number is exact as f64.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) steps: u64,
    pub(crate) membrane: Vec<f64>,
    /// [`Refractory::to_bits`]
    pub(crate) refractory: Vec<u16>,
    /// Shape K x neurons.
    pub(crate) adaptation: Vec<f64>,
    origin: Option<(u64, Vec<f64>, u16)>,
}

impl<M: Kernel> Population<M> {
    pub(crate) fn capture(&self) -> State {
        State {
            steps: self.steps,
            membrane: self.membrane.iter().map(|v| v.to_f64()).collect(),
            refractory: self.refractory.iter().map(|r| r.to_bits()).collect(),
            adaptation: self.adaptation.iter().map(|x| x.to_f64()).collect(),
            origin: self.origin.as_ref().map(|origin| (origin.since, origin.ms.clone(), origin.expires)),
        }
    }

    /// Sets a state that comes from outside.
    ///
    /// Every value is checked before it is converted to the scalar: in fixed point a NaN would become 0 mV, and
    /// a value outside the range the end of the range.
    pub(crate) fn restore_state(&mut self, state: &State) -> Result<(), StateError> {
        let lengths = state.origin.iter().map(|(_, ms, _)| ms.len()).chain([state.refractory.len()]);
        for length in lengths {
            check_length("refrac", length, self.refractory.len(), "ms")?;
        }
        check_length("voltage", state.membrane.len(), self.membrane.len(), "mV")?;
        check_length("adaptation", state.adaptation.len(), self.adaptation.len(), "mV")?;
        let membrane = converted("voltage", &state.membrane, M::Scalar::REACH)?;
        let count = self.neuron().components();
        let limit = M::Scalar::component_limit(count);
        let adaptation = converted("adaptation", &state.adaptation, (-limit, limit));
        // The file stores component by component; errors number the components as everywhere else.
        let neurons = self.neurons();
        let named = |index: usize| index % neurons * count + index / neurons;
        let adaptation = adaptation.map_err(|error| StateError { index: named(error.index), ..error })?;
        self.check_components(&adaptation, |i| (i % neurons, i / neurons))
            .map_err(|error| StateError { index: named(error.index), ..error })?;
        let refractory: Vec<_> = state.refractory.iter().map(|bits| Refractory::from_bits(*bits)).collect();
        let origin = match &state.origin {
            Some((since, ms, _)) => Some(self.origin_of((*since).min(state.steps), ms.clone())?),
            None => None,
        };
        self.check_counts(&refractory, origin.as_ref(), state.steps)?;
        (self.membrane, self.adaptation, self.refractory) = (membrane, adaptation, refractory);
        (self.steps, self.origin, self.half_done) = (state.steps, origin, false);
        self.pack_fired();
        Ok(())
    }
}

/// A population that can be saved and restored.
trait Saved {
    /// Returns the description; `None` if a file cannot express it.
    fn described(&self) -> Option<Cow<'_, Description>>;
    fn captured(&self) -> State;
    fn take(&mut self, state: &State) -> Result<(), StateError>;
}

impl<M: Kernel<Scalar: Stored>> Saved for Population<M> {
    fn described(&self) -> Option<Cow<'_, Description>> {
        self.description().map(Cow::Owned)
    }

    fn captured(&self) -> State {
        self.capture()
    }

    fn take(&mut self, state: &State) -> Result<(), StateError> {
        self.restore_state(state)
    }
}

impl Saved for DynPopulation {
    fn described(&self) -> Option<Cow<'_, Description>> {
        Some(Cow::Borrowed(self.description()))
    }

    fn captured(&self) -> State {
        self.capture()
    }

    fn take(&mut self, state: &State) -> Result<(), StateError> {
        self.restore_state(state)
    }
}

/// Returns what a stimulus must fit: the number of cells, and the step time in ms.
fn driven(description: &Description) -> (usize, f64) {
    let neurons: usize = description.shape.iter().product();
    (neurons * description.batch_size, description.step_time())
}

fn save(population: &impl Saved, path: &Path, source: Option<&Source>) -> Result<(), SnapshotError> {
    let own = || SnapshotError::OwnReduction { path: path.to_owned() };
    let description = population.described().ok_or_else(own)?;
    if let Some(source) = source {
        let (cells, step_time) = driven(&description);
        if source.cells() != cells || source.step_time().to_bits() != step_time.to_bits() {
            let population = format!("{cells} in steps of {step_time} ms");
            let (path, cells, step_time) = (path.to_owned(), source.cells(), source.step_time());
            return Err(SnapshotError::Stimulus { path, cells, step_time, population });
        }
    }
    let paused = source.map(Source::pause);
    if !description.own.is_empty() {
        let (text, lists) = detached(&description);
        return write(path, OWN, &(text, population.captured(), paused, lists));
    }
    match paused {
        None => write(path, PLAIN, &(description.to_toml(), population.captured())),
        Some(paused) => write(path, DRIVEN, &(description.to_toml(), population.captured(), paused)),
    }
}

/// Returns the text of a description that refers to its lists with a value for each neuron as arrays, and these
/// lists.
fn detached(description: &Description) -> (String, Vec<(&'static str, &[f64])>) {
    let mut own = OwnParams::default();
    let mut lists = Vec::new();
    for (parameter, values) in description.own.iter() {
        let values = match values {
            OwnValues::Each(list) => {
                lists.push((parameter.name(), list.as_slice()));
                OwnValues::Array(parameter.name().to_owned())
            }
            values => values.clone(),
        };
        own.set(parameter, values);
    }
    (toml::to_string(&description.table_with(own)).unwrap_or_default(), lists)
}

/// Gives a description its lists with a value for each neuron.
fn attach(description: &mut Description, mut lists: Vec<(String, Vec<f64>)>) -> Result<(), DescriptionErrors> {
    let shape = description.shape.clone();
    description.load_arrays(|name| {
        let at = lists.iter().position(|(other, _)| other == name).ok_or("not in the snapshot")?;
        let (name, values) = lists.swap_remove(at);
        // The last axis is that of the components, which the shape of a number does not have.
        let is_list = Parameter::named(&name).is_some_and(Parameter::is_list);
        let neurons: usize = shape.iter().product();
        let components = is_list.then(|| values.len().checked_div(neurons).unwrap_or(0));
        Ok((shape.iter().copied().chain(components).collect(), values))
    })
}

fn restore(population: &mut impl Saved, path: &Path) -> Result<Option<Source>, SnapshotError> {
    let own = || SnapshotError::OwnReduction { path: path.to_owned() };
    let (mut description, state, paused) = read(path)?;
    let now = population.described().ok_or_else(own)?;
    // The options belong to each step, not to the state.
    description.spec.options = now.options();
    let mut differences = description.differences(&now, ["in the snapshot", "in this population"]);
    if description.model() != now.model() {
        differences.retain(|difference| difference.starts_with("`model`"));
    }
    if !differences.is_empty() {
        return Err(SnapshotError::Differs { path: path.to_owned(), differences });
    }
    let (cells, step_time) = driven(&now);
    let source = paused.map(|paused| Source::resume(paused, cells, step_time)).transpose();
    let source = source.map_err(|problem| SnapshotError::Unreadable {
        path: path.to_owned(),
        reason: format!("corrupt: {problem}"),
    })?;
    population.take(&state).map_err(|error| SnapshotError::State { path: path.to_owned(), error })?;
    Ok(source)
}

/// Defines the snapshot methods of both kinds of population.
macro_rules! snapshots {
    ($(#[$example:meta])* impl $($of:tt)*) => {
        impl $($of)* {
            /// Saves the whole state.
            ///
            /// # Errors
            /// Returns an error if the file cannot be written (an old file of that name is unchanged then), or
            /// the reduction is the caller's own.
            pub fn save(&self, path: impl AsRef<Path>) -> Result<(), SnapshotError> {
                save(self, path.as_ref(), None)
            }

            /// Saves the whole state and the position of the stimulus that drives it.
            ///
            /// [`restore_with_stimulus`](Self::restore_with_stimulus) restores both.
            ///
            $(#[$example])*
            /// # Errors
            /// Those of [`save`](Self::save). Returns an error if the stimulus has another number of cells or
            /// another step time than the population.
            pub fn save_with_stimulus(&self, path: impl AsRef<Path>, source: &Source) -> Result<(), SnapshotError> {
                save(self, path.as_ref(), Some(source))
            }

            /// Restores a state saved by a population of either kind with the same description.
            ///
            /// Currents are not part of the state.
            ///
            /// # Errors
            /// Returns an error if the file is not a complete snapshot of this format. Returns an error with each
            /// difference if it was saved under another description. The population is unchanged then.
            pub fn restore(&mut self, path: impl AsRef<Path>) -> Result<(), SnapshotError> {
                restore(self, path.as_ref()).map(drop)
            }

            /// Restores a state together with the stimulus that drove the population when it was saved.
            ///
            /// The stimulus continues with the currents of the next step. Returns `None` if the snapshot has no
            /// stimulus: it was saved without one, or by a release before 0.2.
            ///
            /// # Errors
            /// Those of [`restore`](Self::restore). Returns an error if the stimulus does not fit this population.
            pub fn restore_with_stimulus(&mut self, path: impl AsRef<Path>) -> Result<Option<Source>, SnapshotError> {
                restore(self, path.as_ref())
            }
        }
    };
}
snapshots! {
    impl<M: Kernel<Scalar: Stored>> Population<M>
}
snapshots! {
    /// ```
    /// use glif::stimulus::{Source, Stimulus};
    /// use glif::{Currents, DynPopulation, Variable};
    /// # let description = glif::Description::from_toml("model = 'lif'\nshape = 3\n[params]\nstep_time = 1.0\nrest_v = -60.0\n\
    /// #     reset_v = -65.0\nthresh_v = -50.0\nrefrac_t = 2.0\ntime_constant = 20.0")?;
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("half.snap");
    /// fn run(population: &mut DynPopulation, source: &mut Source, steps: u32) -> Result<Vec<f64>, glif::CurrentError> {
    ///     let mut currents = [0.0; 3];
    ///     for _ in 0..steps {
    ///         source.fill(&mut currents);
    ///         population.load(Currents::F64(&currents))?;
    ///         population.step(population.description().options())?;
    ///     }
    ///     Ok(population.read(Variable::Voltage))
    /// }
    /// let noise = Stimulus::Noise { mean: 14.0, deviation: 6.0 }; // nA
    /// let mut population = description.build()?;
    /// let mut source = Source::new(noise, 3, 1.0, 100, 7)?; // three cells, 100 steps of 1 ms, seed 7
    /// run(&mut population, &mut source, 50)?;
    /// population.save_with_stimulus(&path, &source)?;
    /// let whole = run(&mut population, &mut source, 50)?;
    ///
    /// let mut restored = description.build()?;
    /// let mut source = restored.restore_with_stimulus(&path)?.expect("the snapshot has a stimulus");
    /// assert_eq!(run(&mut restored, &mut source, 50)?, whole); // mV
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    impl DynPopulation
}

impl DynPopulation {
    /// Returns the bytes of memory that saving takes in addition to the population, a stimulus included.
    pub fn save_bytes(&self) -> u128 {
        let cells = self.neurons() as u128 * self.description().batch_size as u128;
        let components = self.neurons() as u128 * self.components() as u128;
        // Each cell has a membrane, a refractory word, remaining milliseconds and a current of the stimulus.
        let cell = 3 * size_of::<f64>() + size_of::<u16>();
        cells * cell as u128 + components * size_of::<f64>() as u128
    }

    /// Builds the population of a snapshot, with the description in the file.
    ///
    /// # Errors
    /// Returns an error if the file is not a complete snapshot of this format.
    pub fn from_snapshot(path: impl AsRef<Path>) -> Result<Self, SnapshotError> {
        let path = path.as_ref();
        let (description, state, _) = read(path)?;
        let unreadable = |reason: String| SnapshotError::Unreadable { path: path.to_owned(), reason };
        // Checks that the file has as much state as the description needs before that state is allocated.
        let cells = description.shape.iter().try_fold(description.batch_size, |cells, axis| cells.checked_mul(*axis));
        if cells != Some(state.membrane.len()) {
            let neurons = state.membrane.len();
            let reason = format!(
                "corrupt: it describes shape {:?} with batch_size {}, but has the state of {neurons} neurons",
                description.shape, description.batch_size
            );
            return Err(unreadable(reason));
        }
        let mut population = description.build().map_err(|error| unreadable(error.to_string()))?;
        population.restore_state(&state).map_err(|error| SnapshotError::State { path: path.to_owned(), error })?;
        Ok(population)
    }
}

/// Writes a snapshot of this version. The body is written directly to the file, without a copy in memory.
pub(crate) fn write(path: &Path, version: u32, body: &impl Serialize) -> Result<(), SnapshotError> {
    file::replace(path, |file, _| {
        let length = postcard::experimental::serialized_size(body).map_err(io::Error::other)?;
        let mut out = Summed { out: BufWriter::new(file), checksum: crc32fast::Hasher::new() };
        out.write_all(MAGIC)?;
        out.write_all(&version.to_le_bytes())?;
        out.write_all(&(length as u64).to_le_bytes())?;
        let Summed { mut out, checksum } = postcard::to_io(body, out).map_err(io::Error::other)?;
        out.write_all(&checksum.finalize().to_le_bytes())?;
        out.flush()
    })?;
    Ok(())
}

/// A writer that also computes the checksum of what it writes.
struct Summed<W> {
    out: W,
    checksum: crc32fast::Hasher,
}

impl<W: io::Write> io::Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.checksum.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The content of a snapshot.
type Held = (Description, State, Option<Paused>);

/// A whole file whose checksum is right.
pub(crate) struct Content {
    version: u32,
    bytes: Vec<u8>,
}

impl Content {
    /// Returns the body.
    pub(crate) fn body(&self) -> &[u8] {
        &self.bytes[HEADER..self.bytes.len() - CHECKSUM]
    }
}

/// Reads the version and the body of a snapshot, of one of these versions.
pub(crate) fn content(path: &Path, versions: &[u32]) -> Result<Content, SnapshotError> {
    let unreadable = |reason: &str| SnapshotError::Unreadable { path: path.to_owned(), reason: reason.to_owned() };
    let io = |error| SnapshotError::Io { path: path.to_owned(), error };
    let file = fs::File::open(path).map_err(io)?;
    // A file of another kind may be long or endless, so the header is checked before the rest is read.
    let mut bytes = Vec::new();
    (&file).take(HEADER as u64).read_to_end(&mut bytes).map_err(io)?;
    if bytes.starts_with(b"PK") {
        return Err(unreadable(
            "an archive such as `numpy.savez` writes, not a glif snapshot\nhelp: `glif run --state` reads arrays",
        ));
    }
    let header = bytes.strip_prefix(MAGIC).ok_or_else(|| unreadable("not a glif snapshot"))?;
    let torn = || unreadable("truncated: shorter than its header says");
    let (version, rest) = header.split_first_chunk().ok_or_else(torn)?;
    let version = u32::from_le_bytes(*version);
    if !versions.contains(&version) {
        return Err(match version {
            NETWORK => unreadable("a snapshot of a network, not of a population"),
            PLAIN | DRIVEN | OWN => unreadable("a snapshot of a population, not of a network"),
            found => SnapshotError::Version { path: path.to_owned(), found },
        });
    }
    let announced = u64::from_le_bytes(rest.try_into().map_err(|_| torn())?);
    let whole = HEADER as u128 + u128::from(announced) + CHECKSUM as u128;
    let found = file.metadata().map_err(io)?;
    if found.is_file() && u128::from(found.len()) < whole {
        return Err(torn());
    }
    // Memory for the bytes and for the numbers decoded from them. A byte can be a word of spikes.
    let decoded = if version == NETWORK { size_of::<u32>() } else { 1 };
    let fits = memory::fits((1 + decoded as u128) * whole);
    let too_long = || unreadable(&format!("announces {announced} bytes, which do not fit in memory"));
    let length = usize::try_from(announced).ok().filter(|_| fits).ok_or_else(too_long)?;
    // One more byte shows whether data follows the checksum.
    (&file).take(announced + CHECKSUM as u64 + 1).read_to_end(&mut bytes).map_err(io)?;
    let rest = &bytes[HEADER..];
    let (_, tail) = rest.split_at_checked(length).ok_or_else(torn)?;
    let checksum = <[u8; 4]>::try_from(tail).map_err(|_| unreadable("truncated, or followed by other data"))?;
    if u32::from_le_bytes(checksum) != crc32fast::hash(&bytes[..bytes.len() - CHECKSUM]) {
        return Err(unreadable("corrupt: wrong checksum"));
    }
    Ok(Content { version, bytes })
}

fn read(path: &Path) -> Result<Held, SnapshotError> {
    let unreadable = |reason: &str| SnapshotError::Unreadable { path: path.to_owned(), reason: reason.to_owned() };
    let content = content(path, &[PLAIN, DRIVEN, OWN])?;
    let (version, body) = (content.version, content.body());
    let corrupt = |error| unreadable(&format!("corrupt: {error}"));
    let ((description, state), rest): ((String, State), _) = postcard::take_from_bytes(body).map_err(corrupt)?;
    let (paused, rest) = match version {
        DRIVEN => postcard::take_from_bytes(rest).map(|(paused, rest)| (Some(paused), rest)).map_err(corrupt)?,
        OWN => postcard::take_from_bytes(rest).map_err(corrupt)?,
        _ => (None, rest),
    };
    let (lists, rest) = match version {
        OWN => postcard::take_from_bytes(rest).map_err(corrupt)?,
        _ => (Vec::new(), rest),
    };
    if !rest.is_empty() || state.steps > limits::STEPS_DONE {
        return Err(unreadable("corrupt: its checksum is right, but its content is invalid"));
    }
    let invalid = |error| SnapshotError::Description { path: path.to_owned(), error };
    let mut description = Description::from_toml(&description).map_err(invalid)?;
    attach(&mut description, lists).map_err(invalid)?;
    Ok((description, state, paused))
}

#[cfg(test)]
mod tests {
    use glif_core::fixed::types::{I8F8, I16F16};
    use glif_core::{Alif, AlifParams, Problem, RefractoryRule, StepOptions};
    use proptest::prelude::*;

    use super::*;

    const PARAMS: AlifParams<2> = AlifParams {
        step_time: 1.0,
        rest_v: -60.0,
        reset_v: -65.0,
        thresh_eq_v: -50.0,
        refrac_t: 2.0,
        tc_membrane: 20.0,
        tc_adaptation: [20.0, 40.0],
        spike_increment: [1.5, 0.5],
        resistance: 1.0,
    };

    fn population<S: Quantize>(rule: RefractoryRule) -> Population<Alif<S, 2>> {
        Population::<Alif<S, 2>>::builder(PARAMS).shape(&[3]).refractory(rule).build().unwrap()
    }

    /// Checks that a changed state is refused with the value as given, and that the population is unchanged.
    fn assert_refused<S: Quantize>(change: impl Fn(&mut State), name: &str, index: usize, value: f64) {
        for rule in [RefractoryRule::Inferno, RefractoryRule::Exact, RefractoryRule::Nest] {
            let mut population = population::<S>(rule);
            let before = population.capture();
            let mut state = before.clone();
            change(&mut state);
            let error = population.restore_state(&state).unwrap_err();
            assert_eq!((error.name, error.index, error.value.to_bits()), (name, index, value.to_bits()), "{error}");
            assert_eq!(population.capture(), before);
        }
    }

    fn assert_all_refused<S: Quantize>() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN] {
            assert_refused::<S>(|state| state.membrane[1] = bad, "voltage", 1, bad);
            assert_refused::<S>(|state| state.adaptation[4] = bad, "adaptation", 3, bad);
        }
        for steps in [4, 100, Refractory::MOST] {
            // Not even if the neuron has just fired.
            for fired in [false, true] {
                let word = Refractory::new(steps, fired).to_bits();
                assert_refused::<S>(|state| state.refractory[2] = word, "refrac", 2, steps.into());
            }
        }
        for bad in [f64::NAN, -1.0, 1e9] {
            assert_refused::<S>(|state| state.origin = Some((0, vec![0.0, bad, 0.0], 7)), "refrac", 1, bad);
        }
        // A time was left, but not one this long.
        let word = Refractory::new(90, false).to_bits();
        let left = |state: &mut State| {
            state.refractory[0] = word;
            state.origin = Some((0, vec![89.0, 0.0, 0.0], 89));
        };
        assert_refused::<S>(left, "refrac", 0, 90.0);
    }

    #[test]
    fn impossible_states_are_rejected() {
        assert_all_refused::<f32>();
        assert_all_refused::<f64>();
        assert_all_refused::<I16F16>();
        assert_all_refused::<I8F8>();
        let mut population = population::<I16F16>(RefractoryRule::Inferno);
        let mut state = population.capture();
        state.refractory[1] = Refractory::new(3, true).to_bits();
        let error = population.restore_state(&state).unwrap_err();
        assert_eq!(error.problem, Problem::LongerThanPeriod { most: 2.0 });
        assert_eq!(
            error.to_string(),
            "`refrac[1]` = 3 steps: must be at most 2 steps, the refractory period of this population"
        );
    }

    /// A change of a population.
    #[derive(Debug, Clone)]
    enum Act {
        Steps(usize, f64),
        StepTime(f64),
        Refrac(f64),
        Clear(bool),
    }

    fn act() -> impl Strategy<Value = Act> {
        prop_oneof![
            4 => (1..12_usize, 0.0..60.0_f64).prop_map(|(steps, current)| Act::Steps(steps, current)),
            3 => prop::sample::select(vec![0.1, 0.25, 0.3, 1.0, 1.5, 4.0, 8.0]).prop_map(Act::StepTime),
            2 => (0.0..12.0_f64).prop_map(Act::Refrac),
            1 => any::<bool>().prop_map(Act::Clear),
        ]
    }

    /// After each act, a population of the present step time accepts the saved state and reads back the same values.
    fn saved_after_each<S: Quantize>(rule: RefractoryRule, acts: &[Act]) {
        let mut population = population::<S>(rule);
        for act in acts {
            match act {
                Act::Steps(steps, current) => {
                    let currents = [S::nearest(*current), S::nearest(20.0), S::nearest(0.0)];
                    (0..*steps).for_each(|_| _ = population.step(&currents, StepOptions::default()).unwrap());
                }
                // A value that does not fit is refused and changes nothing.
                Act::StepTime(ms) => _ = population.set_step_time(*ms),
                Act::Refrac(ms) => _ = population.set_refrac(&[*ms, 0.0, ms / 3.0]),
                Act::Clear(keep) => population.clear(*keep),
            }
            let state = population.capture();
            let params = AlifParams { step_time: population.parameters().step_time, ..PARAMS };
            let built = Population::<Alif<S, 2>>::builder(params).shape(&[3]).refractory(rule).build();
            let mut twin = built.unwrap();
            twin.restore_state(&state).unwrap_or_else(|error| panic!("{error} after {act:?} of {acts:?}"));
            assert_eq!(twin.capture(), state);
            assert_eq!(twin.refrac(), population.refrac());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn every_reachable_state_is_restored(acts in proptest::collection::vec(act(), 1..12)) {
            for rule in [RefractoryRule::Inferno, RefractoryRule::Exact, RefractoryRule::Nest] {
                saved_after_each::<f32>(rule, &acts);
                saved_after_each::<f64>(rule, &acts);
                saved_after_each::<I16F16>(rule, &acts);
                saved_after_each::<I8F8>(rule, &acts);
            }
        }
    }
}
