//! Reads the labels of samples.

use std::fs;
use std::io::{BufReader, Read};
use std::path::Path;

use glif::text;
use npyz::{Deserialize, NpyHeader};

use super::network::checked;
use super::read::{opened, read_values, shown};
use super::{Archive, ArrayError};

/// Reads labels of shape (S,), one for each of `samples` samples, from a .npy file, or from a .npz file with a single
/// array. They are integers or whole floats, from 0 to below `classes`.
///
/// # Errors
/// Returns an error if the file is torn or has another array, or if a label is no class; it names the first such label.
pub fn read_labels(path: &Path, samples: usize, classes: usize) -> Result<Vec<u32>, ArrayError> {
    let place = text::path(path);
    let refuse = |problem| ArrayError { place: place.clone(), problem };
    let (mut file, zipped) = opened(path).map_err(refuse)?;
    if !zipped {
        let length = file.get_ref().metadata().ok().filter(fs::Metadata::is_file).map(|found| found.len()); // a pipe has none
        return read(&mut file, length, samples, classes).map_err(refuse);
    }
    read_member(&place, file, samples, classes)
}

fn read_member(place: &str, file: BufReader<fs::File>, samples: usize, classes: usize) -> Result<Vec<u32>, ArrayError> {
    let mut archive = Archive::of(place.to_owned(), file)?;
    let names: Vec<String> = archive.names().map(str::to_owned).collect();
    let [name] = names.as_slice() else {
        let problem = format!("has {} arrays, but one is needed, with a label for each sample", names.len());
        return Err(ArrayError { place: place.to_owned(), problem });
    };
    let place = archive.place_of(name);
    let (length, mut member) = archive.member(name)?;
    read(&mut member, Some(length), samples, classes).map_err(|problem| ArrayError { place, problem })
}

fn read(file: &mut dyn Read, length: Option<u64>, samples: usize, classes: usize) -> Result<Vec<u32>, String> {
    let types =
        [("u1", 1), ("i1", 1), ("u2", 2), ("i2", 2), ("u4", 4), ("i4", 4), ("u8", 8), ("i8", 8), ("f4", 4), ("f8", 8)];
    let (header, found, of) = checked(file, length, &types, "an integer type")?;
    if found != [samples] {
        let axes: Vec<u64> = found.iter().map(|axis| *axis as u64).collect();
        return Err(format!("has shape {}, but [{samples}] is needed, a label for each sample", shown(&axes)));
    }
    match of.as_str() {
        "u1" => labels::<u8>(file, header, samples, classes),
        "i1" => labels::<i8>(file, header, samples, classes),
        "u2" => labels::<u16>(file, header, samples, classes),
        "i2" => labels::<i16>(file, header, samples, classes),
        "u4" => labels::<u32>(file, header, samples, classes),
        "i4" => labels::<i32>(file, header, samples, classes),
        "u8" => labels::<u64>(file, header, samples, classes),
        "i8" => labels::<i64>(file, header, samples, classes),
        "f4" => labels::<f32>(file, header, samples, classes),
        _ => labels::<f64>(file, header, samples, classes),
    }
}

/// A type of labels.
trait Label: Deserialize + Copy + std::fmt::Display {
    /// Returns the class, unless the label is negative, not whole or too large.
    fn class(self) -> Option<u32>;
}

macro_rules! integers {
    ($($type:ty),*) => {
        $(impl Label for $type {
            fn class(self) -> Option<u32> {
                u32::try_from(self).ok()
            }
        })*
    };
}
integers!(u8, i8, u16, i16, u32, i32, u64, i64);

impl Label for f32 {
    fn class(self) -> Option<u32> {
        f64::from(self).class()
    }
}

impl Label for f64 {
    fn class(self) -> Option<u32> {
        let class = self as u32; // saturates; NaN is 0
        (f64::from(class) == self).then_some(class)
    }
}

fn labels<T: Label>(
    file: &mut dyn Read,
    header: NpyHeader,
    samples: usize,
    classes: usize,
) -> Result<Vec<u32>, String> {
    let values = read_values::<T>(file, header, &[samples])?;
    let label = |(sample, value): (usize, T)| {
        let class = value.class().filter(|class| (*class as usize) < classes);
        let problem = || {
            let last = classes.saturating_sub(1);
            format!(
                "the label of sample {sample} is {value}: must be a whole number from 0 to {last}, a neuron of the output population"
            )
        };
        class.ok_or_else(problem)
    };
    values.into_iter().enumerate().map(label).collect()
}
