//! Reads the inputs of a network: spikes and currents of its populations, step by step.

use std::io::Read;
use std::path::Path;

use glif::network::{NetworkDescription, PopulationKind};
use glif::{limits, text};
use npyz::Deserialize;

use super::network::checked;
use super::read::{read_array, read_values, shown};
use super::{Archive, ArrayError, Values};

/// What a population gets from outside in each sample and step.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Number of spikes of each neuron.
    Spikes(Vec<u16>),
    /// Currents, nA.
    Currents(Values),
}

/// The inputs of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Inputs {
    /// Number of samples; `None` if the arrays have no axis of samples.
    pub samples: Option<usize>,
    /// Number of steps.
    pub steps: usize,
    /// Name of each population that has an input, its number of neurons, and its input in C order.
    pub of: Vec<(String, usize, Input)>,
}

/// Reads the inputs of a network from a .npz file: an array for each population that has one, named as it. It has shape
/// (T, *shape) or (S, T, *shape): bool or integers for the spikes of an input, floats in nA for other populations.
///
/// # Errors
/// Returns an error if the file is not such an archive, if an array has the name of no population, another type or
/// another shape, or if the arrays differ in their samples or steps.
pub fn read_inputs(path: &Path, description: &NetworkDescription) -> Result<Inputs, ArrayError> {
    let place = text::path(path);
    let refuse = |problem: String| ArrayError { place: place.clone(), problem };
    let mut archive = Archive::open(path)?;
    let names: Vec<String> = archive.names().map(str::to_owned).collect();
    if names.is_empty() {
        return Err(refuse("has no arrays".to_owned()));
    }
    let mut inputs = Inputs { samples: None, steps: 0, of: Vec::new() };
    for name in names {
        let place = archive.place_of(&name);
        let refuse = |problem: String| ArrayError { place: place.clone(), problem };
        let Some(kind) = description.population(&name) else {
            let known: Vec<String> = description.populations.iter().map(|(name, _)| format!("`{name}`")).collect();
            return Err(refuse(format!("the network has no such population; it has {}", known.join(", "))));
        };
        let shape = kind.shape();
        let read = {
            let (length, mut member) = archive.member(&name)?;
            match kind {
                PopulationKind::Input(_) => read_spikes(&mut member, Some(length), shape),
                _ => read_currents(&mut member, Some(length), shape),
            }
        };
        let (samples, steps, input) = read.map_err(refuse)?;
        if !inputs.of.is_empty() && (samples, steps) != (inputs.samples, inputs.steps) {
            let form = |samples: Option<usize>, steps: usize| match samples {
                Some(samples) => format!("{samples} samples of {steps} steps"),
                None => format!("{steps} steps and no axis of samples"),
            };
            let (here, there) = (form(samples, steps), form(inputs.samples, inputs.steps));
            let place = archive.place_of(&name);
            return Err(ArrayError { place, problem: format!("has {here}, but `{}` has {there}", inputs.of[0].0) });
        }
        (inputs.samples, inputs.steps) = (samples, steps);
        inputs.of.push((name, shape.iter().product(), input));
    }
    Ok(inputs)
}

/// Returns the numbers of samples and steps of an array for neurons of a shape.
fn leading(found: &[u64], shape: &[usize]) -> Result<(Option<usize>, usize), String> {
    let wanted: Vec<u64> = shape.iter().map(|length| *length as u64).collect();
    let size = |length: u64| usize::try_from(length).ok().filter(|length| *length > 0);
    let rest = found.len().checked_sub(wanted.len()).filter(|rest| found[*rest..] == wanted);
    let sizes = match rest.map(|rest| &found[..rest]) {
        Some([steps]) => size(*steps).map(|steps| (None, steps)),
        Some([samples, steps]) => size(*samples).zip(size(*steps)).map(|(samples, steps)| (Some(samples), steps)),
        _ => None,
    };
    sizes.ok_or_else(|| {
        let axes: Vec<String> = shape.iter().map(ToString::to_string).collect();
        let axes = axes.join(", ");
        format!("has shape {}, but [T, {axes}] or [S, T, {axes}] is needed, with T steps and S samples", shown(found))
    })
}

fn read_currents(
    file: &mut dyn Read,
    length: Option<u64>,
    shape: &[usize],
) -> Result<(Option<usize>, usize, Input), String> {
    let whole = |found: &[u64]| {
        leading(found, shape)?;
        found.iter().map(|axis| usize::try_from(*axis).map_err(|error| error.to_string())).collect()
    };
    let (found, values) = read_array(file, length, whole)?;
    if let Some((at, value)) = values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        let neurons = shape.iter().product::<usize>().max(1);
        return Err(format!("the current of row {}, neuron {} is {value}: must be finite", at / neurons, at % neurons));
    }
    let found: Vec<u64> = found.iter().map(|axis| *axis as u64).collect();
    let (samples, steps) = leading(&found, shape)?;
    Ok((samples, steps, Input::Currents(values)))
}

fn read_spikes(
    file: &mut dyn Read,
    length: Option<u64>,
    shape: &[usize],
) -> Result<(Option<usize>, usize, Input), String> {
    let types = [("b1", 1), ("u1", 1), ("i1", 1), ("u2", 2), ("i2", 2), ("u4", 4), ("i4", 4), ("i8", 8)];
    let (header, found, of) = checked(file, length, &types, "bool or an integer type")?;
    let sizes: Vec<u64> = found.iter().map(|axis| *axis as u64).collect();
    let (samples, steps) = leading(&sizes, shape)?;
    let counts = |values: Vec<i64>| -> Result<Vec<u16>, String> {
        let neurons = shape.iter().product::<usize>().max(1);
        let count = |(at, value): (usize, i64)| {
            let problem = || {
                let most = limits::INPUT_SPIKES;
                format!("row {}, neuron {} has {value} spikes: must be 0 to {most}", at / neurons, at % neurons)
            };
            u16::try_from(value).map_err(|_| problem())
        };
        values.into_iter().enumerate().map(count).collect()
    };
    fn wide<T: Deserialize + Copy + Into<i64>>(
        file: &mut dyn Read,
        header: npyz::NpyHeader,
        shape: &[usize],
    ) -> Result<Vec<i64>, String> {
        Ok(read_values::<T>(file, header, shape)?.into_iter().map(Into::into).collect())
    }
    let spikes = match of.as_str() {
        // The types of most files, without a wider copy.
        "b1" => read_values::<bool>(file, header, &found)?.into_iter().map(u16::from).collect(),
        "u1" => read_values::<u8>(file, header, &found)?.into_iter().map(u16::from).collect(),
        "u2" => read_values::<u16>(file, header, &found)?,
        "i1" => counts(wide::<i8>(file, header, &found)?)?,
        "i2" => counts(wide::<i16>(file, header, &found)?)?,
        "u4" => counts(wide::<u32>(file, header, &found)?)?,
        "i4" => counts(wide::<i32>(file, header, &found)?)?,
        _ => counts(wide::<i64>(file, header, &found)?)?,
    };
    Ok((samples, steps, Input::Spikes(spikes)))
}
