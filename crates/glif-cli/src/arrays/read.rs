//! Reads currents from .npy and .npz files, and arrays in general.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use glif::{limits, memory, text};
use ndarray::{ArrayViewD, ShapeBuilder as _};
use npyz::{Deserialize, NpyFile, NpyHeader, Order};

use super::{Archive, ArrayError, BLOCK};

/// The values of an array in C order, in the type of the file.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Values of type float32.
    F32(Vec<f32>),
    /// Values of type float64.
    F64(Vec<f64>),
}

impl Values {
    /// Returns all values as f64, which is exact.
    pub fn iter(&self) -> impl Iterator<Item = f64> {
        let (single, double) = match self {
            Self::F32(values) => (values.as_slice(), [].as_slice()),
            Self::F64(values) => ([].as_slice(), values.as_slice()),
        };
        single.iter().copied().map(f64::from).chain(double.iter().copied())
    }
}

/// Input currents, nA; all are finite.
///
/// The result of [`read_currents`]. A population takes them step by step.
#[derive(Debug, Clone, PartialEq)]
pub struct Currents {
    /// Number of steps T, at least 1.
    pub steps: usize,
    /// Currents, of shape (T, batch, *shape).
    pub values: Values,
}

/// Reads currents of shape (T, batch, *shape), or (T, *shape) for a batch of 1, from a .npy or .npz file.
///
/// An archive must contain a single array, or one with the name `input` or `I`.
///
/// # Errors
/// Returns an error if the file is torn or not a NumPy file, if its type or shape is wrong, or if a current
/// is not finite; the error names the first such current.
pub fn read_currents(path: &Path, batch: usize, shape: &[usize]) -> Result<Currents, ArrayError> {
    let place = text::path(path);
    let refuse = |problem| ArrayError { place: place.clone(), problem };
    let (file, zipped) = opened(path).map_err(refuse)?;
    if !zipped {
        let length = file.get_ref().metadata().ok().filter(fs::Metadata::is_file).map(|found| found.len()); // a pipe has none
        return read_steps(file, length, batch, shape).map_err(refuse);
    }
    let mut archive = Archive::of(place.clone(), file)?;
    let mut names: Vec<String> = archive.names().map(str::to_owned).collect();
    let count = names.len();
    names.retain(|name| count == 1 || name == "input" || name == "I");
    let [name] = names.as_slice() else {
        return Err(refuse(format!("has {count} arrays, but one is needed, or one named `input` or `I`")));
    };
    let place = archive.place_of(name);
    let (length, member) = archive.member(name)?;
    read_steps(member, Some(length), batch, shape).map_err(|problem| ArrayError { place, problem })
}

/// Opens a file and determines whether it is an archive.
pub(super) fn opened(path: &Path) -> Result<(BufReader<File>, bool), String> {
    let mut file = BufReader::with_capacity(BLOCK, File::open(path).map_err(unread)?);
    let zipped = file.fill_buf().map_err(unread)?.starts_with(b"PK");
    Ok((file, zipped))
}

pub(super) fn unread(error: impl Into<io::Error>) -> String {
    match error.into() {
        error if error.kind() == io::ErrorKind::UnexpectedEof => "truncated".to_owned(),
        error => format!("cannot be read: {error}"),
    }
}

fn read_steps(file: impl Read, length: Option<u64>, batch: usize, shape: &[usize]) -> Result<Currents, String> {
    let whole = |steps| [steps, batch].iter().chain(shape).copied().collect::<Vec<usize>>();
    let (whole, values) = read_array(file, length, |found| check_shape(found, batch, shape).map(whole))?;
    let infinite = values.iter().enumerate().find(|(_, value)| !value.is_finite());
    match infinite {
        Some((at, value)) => Err(not_finite(at, value, &whole)),
        None => Ok(Currents { steps: whole[0], values }),
    }
}

/// Reads one array, which must end at the end of `file`. `wanted` returns the full shape, or why it is wrong.
pub(super) fn read_array(
    mut file: impl Read,
    length: Option<u64>,
    wanted: impl Fn(&[u64]) -> Result<Vec<usize>, String>,
) -> Result<(Vec<usize>, Values), String> {
    let (header, start) = read_header(&mut file)?;
    let descr = header.dtype().descr();
    let width = match descr.as_str() {
        "'<f4'" | "'>f4'" => 4,
        "'<f8'" | "'>f8'" => 8,
        _ => {
            let descr = text::printable(&descr, limits::PRINTED);
            return Err(format!(
                "has values of type {descr}, but float32 or float64 is needed\nhelp: save it with `.astype('f4')`"
            ));
        }
    };
    let shape = wanted(header.shape())?;
    check_length(&header, start, length, width)?;
    let values = match width {
        4 => Values::F32(read_values(file, header, &shape)?),
        _ => Values::F64(read_values(file, header, &shape)?),
    };
    Ok((shape, values))
}

/// Checks that a file ends with its array, of values of `width` bytes.
pub(super) fn check_length(header: &NpyHeader, start: usize, length: Option<u64>, width: u128) -> Result<(), String> {
    let bytes = start as u128 + header.shape().iter().map(|n| u128::from(*n)).product::<u128>() * width;
    match length.filter(|length| u128::from(*length) != bytes) {
        None => Ok(()),
        Some(length) => {
            let problem = if u128::from(length) < bytes { "truncated" } else { "has data after its array" };
            Err(format!("{problem}: its header announces {bytes} bytes, but there are {length}"))
        }
    }
}

/// Returns the number of steps if the other dimensions are right.
fn check_shape(found: &[u64], batch: usize, shape: &[usize]) -> Result<usize, String> {
    let wanted: Vec<u64> = [batch].iter().chain(shape).map(|n| *n as u64).collect();
    let fits = |rest: &[u64]| rest == wanted || (batch == 1 && *rest == wanted[1..]);
    match found.split_first() {
        Some((steps, rest)) if fits(rest) && *steps > 0 => usize::try_from(*steps).map_err(|error| error.to_string()),
        _ => {
            let text = |cells: &[u64]| format!("{cells:?}").replacen('[', "[T, ", 1);
            let or = if batch == 1 { format!(" or {}", text(&wanted[1..])) } else { String::new() };
            let short = if batch == 1 { transposed(found, &wanted[1..]) } else { None };
            let remedy = transposed(found, &wanted).or(short).unwrap_or_default();
            let (found, wanted) = (shown(found), text(&wanted));
            Err(format!("has shape {found}, but {wanted}{or} is needed, where T is the number of steps{remedy}"))
        }
    }
}

/// Returns the remedy for an array whose axes are [T, *wanted] in another order.
fn transposed(found: &[u64], wanted: &[u64]) -> Option<String> {
    if found.len() != wanted.len() + 1 || found.contains(&0) {
        return None;
    }
    let mut shape: Vec<u64> = found.iter().rev().copied().collect();
    let mut transpose = "T".to_owned();
    if shape[1..] != *wanted {
        let mut axes = Vec::new();
        for length in wanted {
            axes.push((0..found.len()).find(|axis| found[*axis] == *length && !axes.contains(axis))?);
        }
        let time = (0..found.len()).find(|axis| !axes.contains(axis))?;
        axes.insert(0, time);
        shape = axes.iter().map(|axis| found[*axis]).collect();
        let axes: Vec<String> = axes.iter().map(ToString::to_string).collect();
        transpose = format!("transpose({})", axes.join(", "));
    }
    Some(format!("\nhelp: save `currents.{transpose}`, which has shape {}", shown(&shape)))
}

/// Formats a shape for messages.
pub(super) fn shown(shape: &[u64]) -> String {
    text::printable(&format!("{shape:?}"), limits::PRINTED)
}

/// Reads the values and puts them in C order. No data may follow.
pub(super) fn read_values<T: Deserialize + Copy>(
    mut file: impl Read,
    header: NpyHeader,
    shape: &[usize],
) -> Result<Vec<T>, String> {
    let order = header.order();
    let mut values = room(header.len())?;
    let mut items = NpyFile::with_header(header, &mut file).data::<T>().map_err(|error| error.to_string())?;
    items.try_for_each(|value| value.map(|value| values.push(value))).map_err(unread)?;
    if !take(&mut file, 1)?.is_empty() {
        return Err("has data after its array".to_owned());
    }
    if order == Order::C { Ok(values) } else { c_order(&values, shape) }
}

pub(super) fn room<T>(count: u64) -> Result<Vec<T>, String> {
    let values = usize::try_from(count).ok().and_then(memory::room);
    values.ok_or_else(|| format!("has {count} values, which do not fit in memory"))
}

/// Reads at most `length` bytes; fewer at the end of the file.
fn take(file: &mut impl Read, length: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes).map_err(unread)?;
    Ok(bytes)
}

/// Reads the header of a .npy file; returns it and its length in bytes.
pub(super) fn read_header(file: &mut impl Read) -> Result<(NpyHeader, usize), String> {
    let mut bytes = take(file, 10)?;
    if !bytes.starts_with(b"\x93NUMPY") {
        return Err("not a NumPy file\nhelp: use a file of `numpy.save` (.npy) or `numpy.savez` (.npz)".to_owned());
    }
    if bytes.get(6).is_some_and(|version| *version > 1) {
        bytes.extend(take(file, 2)?);
    }
    let length = bytes.iter().skip(8).rev().fold(0, |length, byte| length << 8 | u64::from(*byte));
    let text = without_longs(take(file, length.min(limits::NPY_HEADER))?);
    // npyz allocates what a header announces, and multiplies its dimensions without overflow checks.
    let mut numbers = text.split(|byte| !byte.is_ascii_digit()).filter(|digits| !digits.is_empty());
    let product = numbers.try_fold(1_u64, |product, digits| {
        product.checked_mul(str::from_utf8(digits).ok()?.parse::<u64>().ok()?.max(1))
    });
    if text.len() as u64 != length || product.is_none() {
        return Err(
            "its header is truncated, or announces more than any memory holds\nhelp: save the array again".to_owned()
        );
    }
    let brackets = text.iter().filter(|byte| b"([{".contains(byte)).count();
    if brackets > limits::NPY_BRACKETS {
        return Err(format!("its header has {brackets} brackets, but that of an array of numbers has two"));
    }
    bytes.extend(text);
    let words = bytes.windows(3).any(|three| three == b"np.") || bytes.windows(6).any(|six| six == b"numpy.");
    let header = NpyHeader::from_reader(&bytes[..]).map_err(|_| {
        let cause = if words { ": it contains names of NumPy types" } else { "" };
        format!("NumPy cannot read its header either{cause}\nhelp: save the array again with `numpy.save`")
    })?;
    Ok((header, bytes.len()))
}

/// Converts a header to the form of Python 3.
///
/// Python 2 put an L after a long number, which NumPy ignores too. A blank replaces it, so that lengths do
/// not change.
fn without_longs(mut header: Vec<u8>) -> Vec<u8> {
    // Text within quotes is a name.
    for outside in header.split_mut(|byte| b"'\"".contains(byte)).step_by(2) {
        for at in 1..outside.len() {
            if outside[at] == b'L' && outside[at - 1].is_ascii_digit() {
                outside[at] = b' ';
            }
        }
    }
    header
}

/// Reorders values from Fortran order, first index fastest, to C order.
fn c_order<T: Copy>(values: &[T], shape: &[usize]) -> Result<Vec<T>, String> {
    let mut ordered = room(values.len() as u64)?;
    let view = ArrayViewD::from_shape(shape.f(), values).map_err(|error| error.to_string())?;
    ordered.extend(view.iter());
    Ok(ordered)
}

fn not_finite(at: usize, value: f64, shape: &[usize]) -> String {
    let mut rest = at;
    let mut index: Vec<usize> = shape.iter().rev().map(|n| (rest % n, rest /= n).0).collect();
    index.reverse();
    let (step, sample, neuron) = (index[0], index[1], at % shape[2..].iter().product::<usize>());
    let place = format!("step {step}, sample {sample}, neuron {neuron} (index {:?})", &index[2..]);
    format!("current at {place} is {value}: every current must be a finite number, in nA")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrays::tests::read;

    fn array(descr: &str, fortran: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
        [b"\x93NUMPY\x01\0", (header.len() as u16).to_le_bytes().as_slice(), header.as_bytes(), data].concat()
    }

    fn data(values: &[f32]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    #[test]
    fn every_type_order_and_shape_is_read() {
        let counted: Vec<f32> = (0..12).map(|n| n as f32).collect();
        let floats = Ok(Currents { steps: 2, values: Values::F32(counted.clone()) });
        let doubles = Ok(Currents { steps: 2, values: Values::F64(counted.iter().map(|v| f64::from(*v)).collect()) });
        let big: Vec<u8> = counted.iter().flat_map(|v| v.to_be_bytes()).collect();
        let [little, large] = [f64::to_le_bytes, f64::to_be_bytes]
            .map(|to| counted.iter().flat_map(|v| to(f64::from(*v))).collect::<Vec<u8>>());
        assert_eq!(read(&array("'<f4'", "False", "(2, 2, 3)", &data(&counted)), 2, &[3]), floats);
        assert_eq!(read(&array("'>f4'", "False", "(2, 1, 6)", &big), 1, &[6]), floats);
        assert_eq!(read(&array("'<f8'", "False", "(2, 2, 3)", &little), 1, &[2, 3]), doubles);
        assert_eq!(read(&array("'>f8'", "False", "(2, 6)", &large), 1, &[6]), doubles);
        // Python 2 wrote long numbers like this.
        assert_eq!(read(&array("'<f4'", "False", "(2L, 2L, 3L)", &data(&counted)), 2, &[3]), floats);
        let fortran = [0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11].map(|n| n as f32);
        assert_eq!(read(&array("'<f4'", "True", "(2, 2, 3)", &data(&fortran)), 2, &[3]), floats);
    }

    #[test]
    fn invalid_arrays_are_rejected() {
        let says = |bytes: &[u8], expected: &str| {
            let error = read(bytes, 1, &[2, 3]).unwrap_err();
            assert!(error.starts_with("`i.npy`: ") && error.contains(expected), "{error}");
        };
        let good = array("'<f4'", "False", "(4, 2, 3)", &data(&[0.5; 24]));
        (0..good.len()).for_each(|length| assert!(read(&good[..length], 1, &[2, 3]).is_err()));
        says(b"", "not a NumPy file\nhelp: use a file of");
        says(&good[..20], "its header is truncated");
        says(&good[..good.len() - 1], "truncated: its header announces 169 bytes, but there are 168");
        says(&[&good[..], b"x"].concat(), "has data after its array: its header announces 169 bytes");
        for descr in ["'<f2'", "'<i8'", "'|b1'", "'|O'", "[('a', '<f4'), ]"] {
            says(&array(descr, "False", "(4, 2, 3)", b""), &format!("has values of type {descr}, but float32"));
        }
        let expected = "has shape [4, 3, 2], but [T, 1, 2, 3] or [T, 2, 3] is needed, where T is the number of steps";
        says(&array("'<f4'", "False", "(4, 3, 2)", b""), expected);
        says(&array("'<f4'", "False", "(0, 2, 3)", b""), "has shape [0, 2, 3]");
        let transposed = |shape: &str, batch: usize, wanted: &[usize]| {
            let told = read(&array("'<f4'", "False", shape, b""), batch, wanted).unwrap_err();
            told.split_once("\nhelp: save ").map(|(_, remedy)| remedy.to_owned()).unwrap_or_default()
        };
        assert_eq!(transposed("(40, 1000)", 1, &[40]), "`currents.T`, which has shape [1000, 40]");
        assert_eq!(transposed("(3, 2, 4)", 1, &[2, 3]), "`currents.T`, which has shape [4, 2, 3]");
        assert_eq!(transposed("(2, 3, 4)", 1, &[2, 3]), "`currents.transpose(2, 0, 1)`, which has shape [4, 2, 3]");
        assert_eq!(transposed("(8, 9, 40)", 8, &[40]), "`currents.transpose(1, 0, 2)`, which has shape [9, 8, 40]");
        assert_eq!(transposed("(40, 1, 9)", 1, &[40]), "`currents.T`, which has shape [9, 1, 40]");
        for (shape, batch, wanted) in
            [("(4, 6)", 1, &[2, 3][..]), ("(4, 2, 2)", 1, &[2, 3]), ("(3, 2, 0)", 1, &[2, 3]), ("(9, 40)", 8, &[40])]
        {
            assert_eq!(transposed(shape, batch, wanted), "", "{shape}");
        }
        says(&array("'<f4'", "False", "()", b""), "has shape []");
        says(&array("'<f4'", "False", "(1000000000000000, 2, 3)", b""), "its header announces 24000000000000088 bytes");
        says(&array("'<f4'", "False", "(9999999999, 9999999999, 0)", b""), "announces more than any memory holds");
        says(&array(&"(".repeat(9000), "", "", b""), "its header has 9001 brackets, but that of an array");
        let advice = "NumPy cannot read its header either\nhelp: save the array again with `numpy.save`";
        for header in
            [array("(((", "", "", b""), array("'<f4'", "False", "(4 M, 2, 3)", b""), array("'<f4'", "0", "1,", b"")]
        {
            says(&header, advice);
        }
        let names = array("'<f4'", "False", "(np.int64(4), np.int64(2), np.int64(3))", b"");
        says(&names, "cannot read its header either: it contains names of NumPy types\nhelp: save the array again");
        let mut currents = [0.0; 24];
        for (value, text) in [(f32::NAN, "NaN"), (f32::NEG_INFINITY, "-inf")] {
            currents[23] = value;
            let index = "current at step 3, sample 0, neuron 5 (index [1, 2])";
            let expected = format!("`i.npy`: {index} is {text}: every current must be a finite number, in nA");
            says(&array("'<f4'", "False", "(4, 2, 3)", &data(&currents)), &expected);
        }
        let missing = read_currents(Path::new("no.npy"), 1, &[1]).unwrap_err().to_string();
        assert!(missing.starts_with("`no.npy`: cannot be read: "), "{missing}");
    }
}
