//! Reads and writes network files and the arrays that they name.

use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use glif::file::{self, FileError};
use glif::network::toml::{ArrayValues, LoadedWeights, Loader};
use glif::network::{Delay, Network, NetworkDescription, NeuronValues, PopulationKind, Scale, WeightValues, Weights};
use glif::{OwnValues, ReadError, limits, text};
use npyz::{Deserialize, NpyHeader};

use super::parameters::{read_numbers, split, with_array, within};
use super::read::{check_length, read_header, read_values, shown};
use super::write::{Column, write_npz};

/// Reads a network file and the arrays that it names. Their paths are relative to its directory.
///
/// # Errors
/// Returns the errors of [`NetworkDescription::read`], and an error for each array that is missing or does not fit.
pub fn read_network(path: &Path) -> Result<NetworkDescription, ReadError> {
    let mut description = NetworkDescription::read(path)?;
    let directory = path.parent().unwrap_or(Path::new(""));
    let loaded = description.load_arrays(&mut NetworkFile { directory });
    loaded.map_err(|errors| ReadError::WrongNetwork { path: path.to_owned(), errors })?;
    Ok(description)
}

/// Builds the network of a file that [`read_network`] has read.
///
/// # Errors
/// Returns the errors of [`NetworkDescription::build`], with the name of the file.
pub fn build_network(path: &Path, description: &NetworkDescription) -> Result<Network, ReadError> {
    description.build().map_err(|errors| ReadError::WrongNetwork { path: path.to_owned(), errors })
}

/// Writes a network file, and beside it an archive of its name with the ending `.npz` for its large arrays.
///
/// There is no archive if the text has all values. The archive is written first. An old network file is unchanged if
/// either file cannot be written.
///
/// ```
/// # use glif::{Description, LifParams, Spec};
/// # let params = LifParams {
/// #     step_time: 0.5, rest_v: -65.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 10.0, resistance: 40.0,
/// # };
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("trained.toml");
/// let mut description = glif::network::NetworkDescription::new(0.5); // ms
/// let exc = description.add("exc", Description::new(Spec::new(params), &[100]))?;
/// description.connect(&exc, &exc).dense(vec![1_i8; 100 * 100]).scale(0.02); // nA
/// glif_cli::arrays::write_network(&path, &description)?;
/// assert!(folder.path().join("trained.npz").exists());
/// assert_eq!(glif_cli::arrays::read_network(&path)?, description);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Returns an error if a file cannot be written, or if the text is longer than a network file can be.
pub fn write_network(path: &Path, description: &NetworkDescription) -> Result<(), FileError> {
    let refuse = |problem: String| FileError { path: path.to_owned(), error: io::Error::other(problem) };
    let archive = path.with_extension("npz");
    let name = archive.file_name().and_then(|name| name.to_str()).filter(|_| archive != path);
    let name = name.ok_or_else(|| refuse("the name must be UTF-8 and must not end in .npz".to_owned()))?;
    let files = description.to_files(name);
    if files.text.len() as u64 > limits::POPULATION_FILE {
        return Err(refuse(format!("its text has {} bytes, but a network file has at most 1 MiB", files.text.len())));
    }
    if !files.arrays.is_empty() {
        let wide: Vec<Option<Vec<i64>>> = files.arrays.iter().map(|array| wide(&array.values)).collect();
        let columns = files.arrays.iter().zip(&wide).map(|(array, wide)| {
            let shape = array.shape.iter().map(|length| *length as u64).collect();
            (array.name.as_str(), shape, column(&array.values, wide.as_deref()))
        });
        write_npz(&archive, &columns.collect::<Vec<_>>())?;
    }
    file::replace(path, |mut file, _| file.write_all(files.text.as_bytes()))
}

/// Returns the indices in 64 bits if they do not fit SciPy's int32.
fn wide(values: &ArrayValues<'_>) -> Option<Vec<i64>> {
    match values {
        ArrayValues::Indices(indices) if indices.iter().any(|index| i32::try_from(*index).is_err()) => {
            Some(indices.iter().map(|index| i64::from(*index)).collect())
        }
        _ => None,
    }
}

fn column<'a>(values: &ArrayValues<'a>, wide: Option<&'a [i64]>) -> Column<'a> {
    match (values, wide) {
        (_, Some(indices)) => Column::I64(indices),
        (ArrayValues::Indices(indices), None) => Column::I32(bytemuck::cast_slice(indices)),
        (ArrayValues::Numbers(values), _) => Column::F64(values),
        (ArrayValues::Weights(WeightValues::I8(values)), _) => Column::I8(values),
        (ArrayValues::Weights(WeightValues::I16(values)), _) => Column::I16(values),
        (ArrayValues::Weights(WeightValues::I32(values)), _) => Column::I32(values),
        (ArrayValues::Weights(WeightValues::F32(values)), _) => Column::F32(values),
        (ArrayValues::Weights(WeightValues::F64(values)), _) => Column::F64(values),
    }
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
            if let Weights::File(name) | Weights::ConvolutionFile { array: name, .. } = &projection.weights {
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

#[cfg(test)]
mod tests {
    use glif::network::Exponential;
    use glif::{Description, Parameter};

    use super::*;

    const LIF: &str = "model = 'lif'\nshape = [10, 7]\n[params]\nstep_time = 1.0\nrest_v = -60.0\nreset_v = -65.0\n\
                       thresh_v = -50.0\nrefrac_t = 2.0\ntime_constant = 20.0";

    /// Every kind of array has the same values after it is written and read.
    #[test]
    fn a_network_is_written_and_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("net.v2.toml");
        let mut description = NetworkDescription::new(1.0);
        let mut cells = Description::from_toml(LIF).unwrap();
        let constants: Vec<f64> = (0..70).map(|i| 20.0 + f64::from(i) / 3.0).collect();
        cells.own.set(Parameter::TimeConstant, OwnValues::Each(constants.clone()));
        let cells = description.add("cells", cells).unwrap();
        let own = || NeuronValues::Own(OwnValues::Each(constants.clone()));
        let synapse = Exponential {
            tau: own(),
            coupling: glif::network::Coupling::Held,
            normalized: false,
            discretization: glif::description::Discretization::Exact,
        };
        description.add_synapse(&cells, "slow", synapse).unwrap();
        let kind = glif::network::DriveKind::Noise { mean: own(), deviation: NeuronValues::Shared(1.0) };
        description.add_drive(&cells, glif::network::Drive { kind, synapse: None }).unwrap();
        let (indptr, indices): (Vec<u32>, Vec<u32>) = ((0..=70).collect(), (0..70).rev().collect());
        let delays = vec![2.0; 70];
        for values in [
            WeightValues::I8(vec![-3; 70]),
            WeightValues::I16(vec![-300; 70]),
            WeightValues::I32(vec![70_000; 70]),
            WeightValues::F32(vec![0.1; 70]),
            WeightValues::F64(vec![0.1; 70]),
        ] {
            let scaled = !values.are_floats();
            let projection = description.connect(&cells, &cells);
            projection.sparse(indptr.clone(), indices.clone(), values).delays(delays.clone());
            if scaled {
                projection.scale = Some(Scale::Each(vec![1e-6; 70]));
            }
        }
        description.connect(&cells, &cells).dense(vec![0.25_f32; 70 * 70]).synapse("slow");
        let over = glif::network::Convolution { padding: [0, 1], ..Default::default() };
        description.connect(&cells, &cells).convolution(vec![0.5_f32; 300], [10, 10, 1, 3], over);
        write_network(&path, &description).unwrap();
        let read = read_network(&path).unwrap();
        assert_eq!(read.projections, description.projections);
        assert_eq!(read, description);
        let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(names.len() == 2 && names.contains(&"net.v2.npz".into()), "{names:?}");

        // Indices that SciPy's int32 cannot hold are int64.
        let far = [1, u32::MAX];
        let column = |of: &[u32]| {
            matches!(column(&ArrayValues::Indices(of), wide(&ArrayValues::Indices(of)).as_deref()), Column::I64(_))
        };
        assert!(column(&far) && !column(&far[..1]));

        // There is no archive without arrays.
        let (alone, mut plain) = (folder.path().join("alone.toml"), description);
        plain.projections.clear();
        plain.populations = vec![("cells".to_owned(), {
            let mut cells = Description::from_toml(LIF).unwrap();
            cells.shape = vec![3];
            PopulationKind::Neurons { description: cells.into(), synapses: Vec::new(), drives: Vec::new() }
        })];
        write_network(&alone, &plain).unwrap();
        assert_eq!(read_network(&alone).unwrap(), plain);
        assert!(!folder.path().join("alone.npz").exists());
        let error = write_network(&folder.path().join("net.npz"), &plain).unwrap_err().to_string();
        assert!(error.ends_with("the name must be UTF-8 and must not end in .npz"), "{error}");
    }
}
