//! Reads the spikes of a recording.

use std::io::Read;
use std::path::Path;

use glif::{memory, text};
use npyz::Deserialize;

use super::network::checked;
use super::read::{read_values, shown};
use super::{Archive, ArrayError};

/// What `--record` calls a list of spikes.
pub const EVENTS: &str = "events";
/// Array of the step of each event.
pub const EVENT_STEP: &str = "events.step";
/// Array of the flat index of the neuron of each event.
pub const EVENT_NEURON: &str = "events.neuron";
/// Array of the sample of each event.
pub const EVENT_SAMPLE: &str = "events.sample";
/// Number of steps of a run, an array without axes beside lists of events.
pub const RUN_STEPS: &str = "run_steps";

/// Step and neuron of each spike.
pub type Spikes = Vec<(usize, usize)>;

/// The spikes of the first sample of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// Number of steps of the run.
    pub steps: usize,
    /// Number of samples of the run; of a list of events, as many as have events.
    pub samples: usize,
    /// Step and neuron of each spike of each population; `None` if its spikes were not recorded.
    pub of: Vec<Option<Spikes>>,
}

/// Reads the spikes of populations from a .npz file of `glif run --output`: the lists of events, or else the arrays of
/// `spikes`. A population has a name, empty for that of a population file, and a shape.
///
/// # Errors
/// Returns an error if the file is no such archive, if it has no spikes of any of the populations, or if an array has
/// another type, another shape or a spike outside of the run.
pub fn read_recording(path: &Path, populations: &[(&str, &[usize])]) -> Result<Recording, ArrayError> {
    let mut archive = Archive::open(path)?;
    let refuse = |problem: String| ArrayError { place: text::path(path), problem };
    let mut recording = Recording { steps: 0, samples: 1, of: Vec::new() };
    let mut length = None;
    if has(&archive, RUN_STEPS) {
        let steps = read(&mut archive, RUN_STEPS, |file, length| numbers(file, length, Some(&[])))?;
        length = Some((RUN_STEPS.to_owned(), steps.first().copied().unwrap_or_default()));
    }
    for (name, shape) in populations {
        let named = |array: &str| if name.is_empty() { array.to_owned() } else { format!("{name}.{array}") };
        let spikes = if has(&archive, &named(EVENT_STEP)) {
            let (samples, spikes) = events(&mut archive, named, shape.iter().product())?;
            recording.samples = recording.samples.max(samples);
            Some(spikes)
        } else if has(&archive, &named("spikes")) {
            let name = named("spikes");
            let batched = populations.iter().any(|(name, _)| name.is_empty());
            let ((steps, samples), spikes) =
                read(&mut archive, &name, |file, length| rows(file, length, shape, batched))?;
            recording.samples = recording.samples.max(samples);
            match &length {
                Some((other, there)) if *there != steps => {
                    let problem = format!("`{name}` has {steps} steps, but `{other}` has {there}");
                    return Err(refuse(problem));
                }
                _ => length = Some((name, steps)),
            }
            Some(spikes)
        } else {
            None
        };
        recording.of.push(spikes);
    }
    if recording.of.iter().all(Option::is_none) {
        let array = match populations {
            [("", _), ..] | [] => "events` or `spikes",
            _ => "POPULATION.events` or `POPULATION.spikes",
        };
        return Err(refuse(format!("has no spikes\nhelp: record `{array}`")));
    }
    recording.steps = length.ok_or_else(|| refuse(format!("has events, but not `{RUN_STEPS}`")))?.1;
    let latest = recording.of.iter().flatten().flatten().map(|(step, _)| *step).max();
    if let Some(step) = latest.filter(|step| *step >= recording.steps) {
        return Err(refuse(format!("has an event in step {step}, but the run has {} steps", recording.steps)));
    }
    match recording.steps {
        0 => Err(refuse("has a run of 0 steps".to_owned())),
        _ => Ok(recording),
    }
}

fn has(archive: &Archive, name: &str) -> bool {
    archive.names().any(|known| known == name)
}

/// Reads an array of an archive.
fn read<T>(
    archive: &mut Archive,
    name: &str,
    read: impl FnOnce(&mut dyn Read, Option<u64>) -> Result<T, String>,
) -> Result<T, ArrayError> {
    let place = archive.place_of(name);
    let (length, mut member) = archive.member(name)?;
    read(&mut member, Some(length)).map_err(|problem| ArrayError { place, problem })
}

/// Reads the events of the first sample of a population. Returns the number of samples too.
fn events(
    archive: &mut Archive,
    named: impl Fn(&str) -> String,
    neurons: usize,
) -> Result<(usize, Spikes), ArrayError> {
    let has_samples = has(archive, &named(EVENT_SAMPLE));
    let mut list = |array: &str| read(archive, &named(array), |file, length| numbers(file, length, None));
    let steps = list(EVENT_STEP)?;
    let index = list(EVENT_NEURON)?;
    let samples = if has_samples { list(EVENT_SAMPLE)? } else { vec![] };
    let refuse = |array: &str, problem: String| ArrayError { place: archive.place_of(&named(array)), problem };
    for (array, values) in [(EVENT_NEURON, &index), (EVENT_SAMPLE, &samples)] {
        let (found, needed) = (values.len(), steps.len());
        if found != needed && (array == EVENT_NEURON || has_samples) {
            return Err(refuse(array, format!("has {found} values, but `{}` has {needed}", named(EVENT_STEP))));
        }
    }
    if let Some(neuron) = index.iter().find(|neuron| **neuron >= neurons) {
        return Err(refuse(EVENT_NEURON, format!("neuron {neuron}: the population has {neurons}, counted from 0")));
    }
    let first = |at: &usize| samples.get(*at).is_none_or(|sample| *sample == 0);
    let mut spikes = memory::room(steps.len())
        .ok_or_else(|| refuse(EVENT_STEP, format!("has {} events, which do not fit in memory", steps.len())))?;
    spikes.extend((0..steps.len()).filter(first).map(|at| (steps[at], index[at])));
    let samples = samples.iter().max().map_or(1, |last| last.saturating_add(1));
    Ok((samples, spikes))
}

/// Reads integers of at least 0 and of a given shape, or in one axis.
fn numbers(mut file: &mut dyn Read, length: Option<u64>, wanted: Option<&[usize]>) -> Result<Vec<usize>, String> {
    let types = [("u1", 1), ("i1", 1), ("u2", 2), ("i2", 2), ("u4", 4), ("i4", 4), ("u8", 8), ("i8", 8)];
    let (header, shape, of) = checked(file, length, &types, "an integer type")?;
    if wanted.map_or(shape.len() != 1, |wanted| wanted != shape) {
        let axes = if wanted.is_none() { "one axis" } else { "no axes" };
        return Err(format!("has shape {}, but {axes} is needed", shown(header.shape())));
    }
    fn whole<T: Deserialize + Copy + TryInto<usize>>(
        file: &mut dyn Read,
        header: npyz::NpyHeader,
        shape: &[usize],
    ) -> Result<Vec<usize>, String> {
        let values = read_values::<T>(file, header, shape)?;
        let mut wide = memory::room(values.len()).ok_or_else(|| "does not fit in memory".to_owned())?;
        for (at, value) in values.into_iter().enumerate() {
            wide.push(value.try_into().map_err(|_| format!("value {at} is negative, or larger than any index"))?);
        }
        Ok(wide)
    }
    match of.as_str() {
        "u1" => whole::<u8>(&mut file, header, &shape),
        "i1" => whole::<i8>(&mut file, header, &shape),
        "u2" => whole::<u16>(&mut file, header, &shape),
        "i2" => whole::<i16>(&mut file, header, &shape),
        "u4" => whole::<u32>(&mut file, header, &shape),
        "i4" => whole::<i32>(&mut file, header, &shape),
        "u8" => whole::<u64>(&mut file, header, &shape),
        _ => whole::<i64>(&mut file, header, &shape),
    }
}

/// Reads the spikes of the first sample from rows of one step each. Returns the numbers of steps and samples too.
///
/// The shape is (T, *shape) or (S, T, *shape) of a network, and (T, B, *shape) of a population file, which is `batched`.
fn rows(
    mut file: &mut dyn Read,
    length: Option<u64>,
    shape: &[usize],
    batched: bool,
) -> Result<((usize, usize), Spikes), String> {
    let needed = "bool, one row for each step,";
    let (header, found, _) = checked(file, length, &[("b1", 1)], needed)
        .map_err(|problem| format!("{problem}\nhelp: record `events`, or without --every"))?;
    let leading = found.strip_suffix(shape).unwrap_or_default();
    let (steps, samples) = match (leading, batched) {
        (&[steps, samples], true) | (&[samples, steps], false) => (steps, samples),
        (&[steps], false) => (steps, 1),
        _ => {
            let axes: Vec<String> = shape.iter().map(ToString::to_string).collect();
            let (axes, leading) = (axes.join(", "), if batched { "T, B" } else { "T" });
            let found = shown(header.shape());
            return Err(format!(
                "has shape {found}, but [{leading}, {axes}] is needed\nhelp: record `events` of a part of the neurons"
            ));
        }
    };
    let neurons: usize = shape.iter().product();
    let mut spikes = Vec::new();
    for (at, _) in read_values::<bool>(&mut file, header, &found)?.iter().enumerate().filter(|(_, fired)| **fired) {
        let (row, neuron) = (at / neurons, at % neurons);
        // A network has the samples first, so that its first rows are those of the first sample.
        if if batched { row % samples == 0 } else { row < steps } {
            let step = if batched { row / samples } else { row };
            memory::push(&mut spikes, (step, neuron)).ok_or_else(|| "its spikes do not fit in memory".to_owned())?;
        }
    }
    Ok(((steps, samples), spikes))
}
