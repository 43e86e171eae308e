//! The whole state of a population in a file, with the population's description, a format version and a checksum.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `GLIFSNAP` |
//! | 4 | format version, little endian: 1 without a stimulus, 2 with one |
//! | 8 | length n of the body, little endian |
//! | n | body: description (TOML), state and, in version 2, where the stimulus stands, in postcard |
//! | 4 | CRC-32 (IEEE) of all before it, little endian |
//!
//! A file is written beside its final name and renamed, so that an interrupted save leaves the old one as it was.

use std::fs;
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use glif_core::derive::DeriveReset;
use glif_core::population::check_range;
use glif_core::rounding::Rounding;
use glif_core::{Neuron, Refractory, Representation, StateError};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::file::{self, FileError};
use crate::population::{Origin, Population, check_length};
use crate::stimulus::{Paused, Source};
use crate::{AnyPopulation, Description, DescriptionErrors};

pub(crate) const MAGIC: &[u8; 8] = b"GLIFSNAP";
/// Of a population alone, which all releases read.
const PLAIN: u32 = 1;
/// Of a population and its stimulus.
const DRIVEN: u32 = 2;

/// Why a snapshot cannot be saved or restored. A population that refuses one stays as it was.
///
/// ```
/// use glif::{AnyPopulation, SnapshotError};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("population.snap");
/// std::fs::write(&path, b"GLIFSNAP\x01\0\0\0")?;
/// let error = AnyPopulation::from_snapshot(&path).unwrap_err();
/// assert!(matches!(error, SnapshotError::Unreadable { .. }));
/// assert!(error.to_string().contains("population.snap"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// It cannot be read, for the file system's reason.
    #[error("`{}`: {error}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Its reason.
        error: io::Error,
    },
    /// It cannot be written.
    #[error(transparent)]
    Unwritten(#[from] FileError),
    /// Another kind of file, a torn one, or one whose checksum does not fit.
    #[error("`{}`: {reason}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A format of another release.
    #[error("`{}`: snapshot format {found}; this program reads format {PLAIN} or {DRIVEN}", path.display())]
    Version {
        /// Which file.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// The description in the file is not one.
    #[error("`{}`: {error}", path.display())]
    Description {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        error: DescriptionErrors,
    },
    /// It was saved under other parameters.
    #[error("`{}`: saved by another population: {}", path.display(), differences.join("; "))]
    Differs {
        /// Which file.
        path: PathBuf,
        /// Each difference; of models that differ, that alone.
        differences: Vec<String>,
    },
    /// A value that state cannot have.
    #[error("`{}`: {error}", path.display())]
    State {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        error: StateError,
    },
    /// A stimulus that does not drive the population beside which it is to be saved.
    #[error("`{}`: the stimulus drives {cells} cells in steps of {step_time} ms, and the population has {}", path.display(), population)]
    Stimulus {
        /// Which file.
        path: PathBuf,
        /// Cells of the stimulus.
        cells: usize,
        /// Step time of the stimulus, ms.
        step_time: f64,
        /// The same of the population, in words.
        population: String,
    },
}

/// All that changes in a population; every number is exact as f64.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    steps: u64,
    membrane: Vec<f64>,
    /// [`Refractory::to_bits`]
    refractory: Vec<u16>,
    adaptation: Vec<f64>,
    origin: Option<(u64, Vec<f64>, u16)>,
}

impl<S, R, const K: usize, Q> Population<Neuron<S, R, K, Q>>
where
    S: Representation,
    R: DeriveReset<S>,
    Q: Rounding,
{
    pub(crate) fn capture(&self) -> State {
        State {
            steps: self.steps,
            membrane: self.membrane.iter().map(|v| v.to_f64()).collect(),
            refractory: self.refractory.iter().map(|r| r.to_bits()).collect(),
            adaptation: self.adaptation.iter().map(|x| x.to_f64()).collect(),
            origin: self.origin.as_ref().map(|origin| (origin.since, origin.ms.clone(), origin.expires)),
        }
    }

    pub(crate) fn restore_state(&mut self, state: &State) -> Result<(), StateError> {
        let lengths = state.origin.iter().map(|(_, ms, _)| ms.len()).chain([state.refractory.len()]);
        for length in lengths {
            check_length("refrac", length, self.refractory.len(), "ms")?;
        }
        let scalars = |values: &[f64]| values.iter().map(|value| S::nearest(*value)).collect::<Vec<_>>();
        let membrane = scalars(&state.membrane);
        check_length("voltage", membrane.len(), self.membrane.len(), "mV")?;
        check_range("voltage", &membrane, S::REACH)?;
        self.set_adaptation(&scalars(&state.adaptation))?;
        self.membrane = membrane;
        self.steps = state.steps;
        self.refractory = state.refractory.iter().map(|bits| Refractory::from_bits(*bits)).collect();
        self.origin =
            state.origin.clone().map(|(since, ms, expires)| Origin { since: since.min(state.steps), ms, expires });
        self.pack_fired();
        Ok(())
    }
}

impl AnyPopulation {
    /// Saves the whole state.
    ///
    /// # Errors
    /// If the file cannot be written; an old file of that name is then as it was.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), SnapshotError> {
        write(path.as_ref(), PLAIN, &(self.description().to_toml(), self.capture()))
    }

    /// Saves the whole state and where the stimulus stands that drives it, which
    /// [`restore_with_stimulus`](Self::restore_with_stimulus) gives back.
    ///
    /// ```
    /// use glif::stimulus::{Source, Stimulus};
    /// use glif::{AnyPopulation, Currents, Variable};
    /// # let description = glif::Description::from_toml("model = 'lif'\nshape = 3\n[params]\nstep_time = 1.0\nrest_v = -60.0\n\
    /// #     reset_v = -65.0\nthresh_v = -50.0\nrefrac_t = 2.0\ntime_constant = 20.0")?;
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("half.snap");
    /// fn run(population: &mut AnyPopulation, source: &mut Source, steps: u32) -> Result<Vec<f64>, glif::CurrentError> {
    ///     let mut currents = [0.0; 3];
    ///     for _ in 0..steps {
    ///         source.fill(&mut currents);
    ///         population.load(Currents::F64(&currents))?;
    ///         population.step(population.description().flags())?;
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
    /// # Errors
    /// If the file cannot be written (an old file of that name is then as it was), or the stimulus has another number of cells
    /// or another step time than the population.
    pub fn save_with_stimulus(&self, path: impl AsRef<Path>, source: &Source) -> Result<(), SnapshotError> {
        let path = path.as_ref();
        let (cells, step_time) = self.driven();
        if source.cells() != cells || source.step_time().to_bits() != step_time.to_bits() {
            let population = format!("{cells} in steps of {step_time} ms");
            let (path, cells, step_time) = (path.to_owned(), source.cells(), source.step_time());
            return Err(SnapshotError::Stimulus { path, cells, step_time, population });
        }
        write(path, DRIVEN, &(self.description().to_toml(), self.capture(), source.pause()))
    }

    /// What a stimulus must fit: cells, and the step time in ms.
    fn driven(&self) -> (usize, f64) {
        (self.neurons() * self.description().batch_size, self.description().number("step_time"))
    }

    /// Bytes of memory that saving takes beside the population, a stimulus included.
    pub fn save_bytes(&self) -> u128 {
        let cells = self.neurons() as u128 * self.description().batch_size as u128;
        let components = self.neurons() as u128 * self.components() as u128;
        // Membrane, refractory word, remaining milliseconds and the stimulus's current of each cell.
        let cell = 3 * size_of::<f64>() + size_of::<u16>();
        cells * cell as u128 + components * size_of::<f64>() as u128
    }

    /// Restores a state saved by a population of the same description. Currents are not part of it.
    ///
    /// # Errors
    /// If the file is not a whole snapshot of this format, or was saved under another description, told difference by
    /// difference; the population is then as it was.
    pub fn restore(&mut self, path: impl AsRef<Path>) -> Result<(), SnapshotError> {
        self.restore_with_stimulus(path).map(drop)
    }

    /// The same, with the stimulus that drove the population when it was saved: it goes on with the next step's currents.
    /// `None` if the snapshot has no stimulus: it was saved without one, or by a release before 0.2.
    ///
    /// # Errors
    /// Those of [`restore`](Self::restore), and a stimulus that cannot be this population's.
    pub fn restore_with_stimulus(&mut self, path: impl AsRef<Path>) -> Result<Option<Source>, SnapshotError> {
        let path = path.as_ref();
        let (description, state, paused) = read(path)?;
        // A matter of each step, not of the state.
        let description =
            Description { refrac_lock: self.description().refrac_lock, adapt: self.description().adapt, ..description };
        let mut differences = description.differences(self.description(), ["in the snapshot", "in this population"]);
        if description.model != self.description().model {
            differences.retain(|difference| difference.starts_with("`model`"));
        }
        if !differences.is_empty() {
            return Err(SnapshotError::Differs { path: path.to_owned(), differences });
        }
        let (cells, step_time) = self.driven();
        let source = paused.map(|paused| Source::resume(paused, cells, step_time)).transpose();
        let source = source.map_err(|problem| SnapshotError::Unreadable {
            path: path.to_owned(),
            reason: format!("corrupt: {problem}"),
        })?;
        self.restore_state(&state).map_err(|error| SnapshotError::State { path: path.to_owned(), error })?;
        Ok(source)
    }

    /// The population of a snapshot, description and all.
    ///
    /// # Errors
    /// If the file is not a whole snapshot of this format.
    pub fn from_snapshot(path: impl AsRef<Path>) -> Result<Self, SnapshotError> {
        let path = path.as_ref();
        let (description, state, _) = read(path)?;
        let unreadable = |reason: String| SnapshotError::Unreadable { path: path.to_owned(), reason };
        // No description makes this allocate what the file has no state for.
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

/// Writes a snapshot of this version. The body goes straight into the file: beside `body` it takes no memory.
fn write(path: &Path, version: u32, body: &impl Serialize) -> Result<(), SnapshotError> {
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

/// A file, and the checksum of what was written to it.
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

/// What a snapshot holds.
type Held = (Description, State, Option<Paused>);

fn read(path: &Path) -> Result<Held, SnapshotError> {
    let unreadable = |reason: &str| SnapshotError::Unreadable { path: path.to_owned(), reason: reason.to_owned() };
    let io = |error| SnapshotError::Io { path: path.to_owned(), error };
    let file = fs::File::open(path).map_err(io)?;
    // What is no snapshot may be long, or have no end.
    let mut bytes = Vec::new();
    (&file).take(MAGIC.len() as u64).read_to_end(&mut bytes).map_err(io)?;
    if bytes.starts_with(b"PK") {
        return Err(unreadable(
            "an archive, such as of `numpy.savez`, and not a glif snapshot; arrays are read as state",
        ));
    }
    if bytes != MAGIC {
        return Err(unreadable("not a glif snapshot"));
    }
    (&file).read_to_end(&mut bytes).map_err(io)?;
    let torn = || unreadable("torn: shorter than its header says");
    let (version, rest) = bytes[MAGIC.len()..].split_first_chunk().ok_or_else(torn)?;
    let version = u32::from_le_bytes(*version);
    if version != PLAIN && version != DRIVEN {
        return Err(SnapshotError::Version { path: path.to_owned(), found: version });
    }
    let (length, rest) = rest.split_first_chunk().ok_or_else(torn)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| torn())?;
    let (body, tail) = rest.split_at_checked(length).ok_or_else(torn)?;
    let checksum = <[u8; 4]>::try_from(tail).map_err(|_| unreadable("torn, or followed by other data"))?;
    if u32::from_le_bytes(checksum) != crc32fast::hash(&bytes[..bytes.len() - 4]) {
        return Err(unreadable("corrupt: its checksum does not fit its content"));
    }
    let corrupt = |error| unreadable(&format!("corrupt: {error}"));
    let ((description, state), rest): ((String, State), _) = postcard::take_from_bytes(body).map_err(corrupt)?;
    let (paused, rest) = match version {
        DRIVEN => postcard::take_from_bytes(rest).map(|(paused, rest)| (Some(paused), rest)).map_err(corrupt)?,
        _ => (None, rest),
    };
    if !rest.is_empty() || state.steps > u64::MAX / 2 {
        return Err(unreadable("corrupt: its checksum fits, but its content does not"));
    }
    let description = Description::from_toml(&description)
        .map_err(|error| SnapshotError::Description { path: path.to_owned(), error })?;
    Ok((description, state, paused))
}
