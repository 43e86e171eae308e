//! Reads network files and the arrays that they name.

use std::io::Read;
use std::path::{Path, PathBuf};

use glif::network::toml::{LoadedWeights, Loader};
use glif::network::{Delay, NetworkDescription, NeuronValues, PopulationKind, Scale, WeightValues, Weights};
use glif::{OwnValues, ReadError, limits, text};
use npyz::{Deserialize, NpyHeader};

use super::parameters::{read_numbers, split, with_array, within};
use super::read::{check_length, read_header, read_values, shown};

/// Reads a network file and the arrays that it names. Their paths are relative to its directory.
///
/// # Errors
/// Returns the errors of [`NetworkDescription::read`], and an error for each array that is missing or does not fit.
pub fn read_network(path: &Path) -> Result<NetworkDescription, ReadError> {
    let mut description = NetworkDescription::read(path)?;
    let directory = path.parent().unwrap_or(Path::new(""));
    let loaded = description.load_arrays(&mut NetworkFile { directory });
    loaded.map_err(|errors| ReadError::Wrong { path: path.to_owned(), errors })?;
    Ok(description)
}

/// Arrays beside a network file.
#[derive(Debug, Clone, Copy)]
pub struct NetworkFile<'a> {
    /// Directory of the file.
    pub directory: &'a Path,
}

impl NetworkFile<'_> {
    /// Returns the files whose arrays a description names, before they are read.
    pub fn files(&self, description: &NetworkDescription) -> Vec<PathBuf> {
        let mut texts: Vec<&str> = Vec::new();
        for (_, kind) in &description.populations {
            let PopulationKind::Neurons { description, synapses, drives } = kind else { continue };
            let own = description.own.iter().map(|(_, values)| values);
            let taus = synapses.iter().filter_map(|(_, synapse)| match &synapse.tau {
                NeuronValues::Own(values) => Some(values),
                NeuronValues::Shared(_) => None,
            });
            let drives = drives.iter().flat_map(|drive| drive.kind.values()).filter_map(|values| match values {
                NeuronValues::Own(values) => Some(values),
                NeuronValues::Shared(_) => None,
            });
            texts.extend(own.chain(taus).chain(drives).filter_map(|values| match values {
                OwnValues::Array(name) => Some(name.as_str()),
                _ => None,
            }));
        }
        for projection in &description.projections {
            if let Weights::File(name) = &projection.weights {
                texts.push(name);
            }
            if let Some(Delay::File(name)) = &projection.delay {
                texts.push(name);
            }
            if let Some(Scale::File(name)) = &projection.scale {
                texts.push(name);
            }
        }
        let mut files: Vec<PathBuf> =
            texts.into_iter().filter_map(|text| within(self.directory, split(text).ok()?.0).ok()).collect();
        files.dedup();
        files
    }

    /// Reads the array of a member, or of a file without members.
    fn array<T>(
        &self,
        (file, name): (&str, Option<&str>),
        read: impl FnOnce(&mut dyn Read, Option<u64>) -> Result<T, String>,
    ) -> Result<T, String> {
        with_array(&within(self.directory, file)?, (file, name), read)
    }
}

impl Loader for NetworkFile<'_> {
    fn weights(&mut self, name: &str) -> Result<LoadedWeights, String> {
        let (file, member) = split(name)?;
        let missing = match self.array((file, member), read_weights) {
            Ok((shape, values)) => return Ok(LoadedWeights::Dense { shape, values }),
            Err(problem) => problem,
        };
        // A sparse array has three members instead.
        let part = |part: &str| member.map(|member| format!("{member}.{part}"));
        let Some([indptr, indices, data]) =
            part("indptr").zip(part("indices")).zip(part("data")).map(|((a, b), c)| [a, b, c])
        else {
            return Err(missing);
        };
        if missing != MISSING {
            return Err(missing);
        }
        let told = |name: &str, problem: String| format!("{}: {problem}", text::printable(name, limits::PRINTED));
        let numbers = |name: &str| {
            self.array((file, Some(name)), read_indices).map_err(|problem| match problem.as_str() {
                MISSING => format!("neither it nor `{}` is in the archive", text::printable(name, limits::PRINTED)),
                _ => told(name, problem),
            })
        };
        let (indptr, indices) = (numbers(&indptr)?, numbers(&indices)?);
        let (_, values) = self.array((file, Some(&data)), read_weights).map_err(|problem| told(&data, problem))?;
        Ok(LoadedWeights::Sparse { indptr, indices, data: values })
    }

    fn numbers(&mut self, name: &str, most: u128) -> Result<(Vec<usize>, Vec<f64>), String> {
        read_numbers(self.directory, name, most, &format!("at most {most} values are needed"))
    }
}

/// What an archive says about a member that it does not have.
const MISSING: &str = "not in the archive";

/// Returns the header, the shape and the bytes of a value of an array whose type is one of `types`.
pub(super) fn checked(
    mut file: &mut dyn Read,
    length: Option<u64>,
    types: &[(&str, u128)],
    needed: &str,
) -> Result<(NpyHeader, Vec<usize>, String), String> {
    let (header, start) = read_header(&mut file)?;
    let descr = header.dtype().descr();
    let bare = descr.trim_matches('\'').trim_start_matches(['<', '>', '|', '=']).to_owned();
    let Some((_, width)) = types.iter().find(|(name, _)| *name == bare) else {
        let descr = text::printable(&descr, limits::PRINTED);
        return Err(format!("has values of type {descr}, but {needed} is needed"));
    };
    let axes: Option<Vec<usize>> = header.shape().iter().map(|axis| usize::try_from(*axis).ok()).collect();
    let shape =
        axes.filter(|axes| axes.len() <= limits::AXES).ok_or_else(|| format!("has shape {}", shown(header.shape())))?;
    check_length(&header, start, length, *width)?;
    Ok((header, shape, bare))
}

/// Reads weights in their type.
fn read_weights(mut file: &mut dyn Read, length: Option<u64>) -> Result<(Vec<usize>, WeightValues), String> {
    let types = [("i1", 1), ("i2", 2), ("i4", 4), ("f4", 4), ("f8", 8)];
    let (header, shape, of) = checked(file, length, &types, "int8, int16, int32, float32 or float64")?;
    fn values<T: Deserialize + Copy>(
        file: &mut dyn Read,
        header: NpyHeader,
        shape: &[usize],
    ) -> Result<WeightValues, String>
    where
        Vec<T>: Into<WeightValues>,
    {
        read_values::<T>(file, header, shape).map(Into::into)
    }
    let values = match of.as_str() {
        "i1" => values::<i8>(&mut file, header, &shape)?,
        "i2" => values::<i16>(&mut file, header, &shape)?,
        "i4" => values::<i32>(&mut file, header, &shape)?,
        "f4" => values::<f32>(&mut file, header, &shape)?,
        _ => values::<f64>(&mut file, header, &shape)?,
    };
    Ok((shape, values))
}

/// Reads the indices of a sparse array.
fn read_indices(mut file: &mut dyn Read, length: Option<u64>) -> Result<Vec<u32>, String> {
    let (header, shape, of) = checked(file, length, &[("i4", 4), ("i8", 8)], "int32 or int64")?;
    if shape.len() != 1 {
        return Err(format!("has {} axes, but one is needed", shape.len()));
    }
    let wrong = |at: usize, value: i64| format!("value {at} is {value}: must be 0 to {}", u32::MAX);
    let unsigned = |(at, value): (usize, i64)| u32::try_from(value).map_err(|_| wrong(at, value));
    match of.as_str() {
        "i4" => {
            let values = read_values::<i32>(&mut file, header, &shape)?;
            values.into_iter().map(i64::from).enumerate().map(unsigned).collect()
        }
        _ => read_values::<i64>(&mut file, header, &shape)?.into_iter().enumerate().map(unsigned).collect(),
    }
}
