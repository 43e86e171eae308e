//! Results to .npz files.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::mem::ManuallyDrop;
use std::path::Path;

use glif::file::{self, FileError};
use npyz::npz::NpzWriter;
use npyz::zip::{CompressionMethod, DateTime, write::FileOptions};
use npyz::{DType, WriterBuilder};

use super::BLOCK;

/// An array to be written.
///
/// ```
/// use glif_cli::arrays::{Column, Values, read_currents, write_npz};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("out.npz");
/// let spikes = ("spikes", vec![2, 3], Column::Bool(&[false, true, false, false, false, true])); // two steps, three neurons
/// let input = ("input", vec![2, 3], Column::F32(&[0.0, 300.0, 0.0, 0.0, 0.0, 300.0])); // nA
/// write_npz(&path, &[spikes.clone(), input])?;
/// assert_eq!(read_currents(&path, 1, &[3])?.values, Values::F32(vec![0.0, 300.0, 0.0, 0.0, 0.0, 300.0]));
/// // Spikes are NumPy's bool, which are no currents.
/// write_npz(&path, &[spikes])?;
/// assert!(read_currents(&path, 1, &[3]).unwrap_err().problem.starts_with("has values of type '|b1'"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Column<'a> {
    /// bool
    Bool(&'a [bool]),
    /// uint32
    U32(&'a [u32]),
    /// int64
    I64(&'a [i64]),
    /// float32
    F32(&'a [f32]),
    /// float64
    F64(&'a [f64]),
}

impl Column<'_> {
    /// Length, bytes a value, type, and compression: whole numbers shrink a hundredfold, floats hardly and slowly.
    fn format(self) -> (usize, usize, &'static str, CompressionMethod) {
        match self {
            Self::Bool(values) => (values.len(), 1, "|b1", CompressionMethod::Deflated),
            Self::U32(values) => (values.len(), 4, "<u4", CompressionMethod::Deflated),
            Self::I64(values) => (values.len(), 8, "<i8", CompressionMethod::Deflated),
            Self::F32(values) => (values.len(), 4, "<f4", CompressionMethod::Stored),
            Self::F64(values) => (values.len(), 8, "<f8", CompressionMethod::Stored),
        }
    }
}

/// Writes arrays of the given names and shapes, in C order, as a .npz file; the same arrays make the same bytes. An old file stays
/// as it was if that fails.
///
/// # Errors
/// If the file cannot be written.
pub fn write_npz(path: &Path, arrays: &[(&str, Vec<u64>, Column<'_>)]) -> Result<(), FileError> {
    file::replace(path, |file, _| {
        for (name, shape, column) in arrays {
            let length = column.format().0;
            if shape.iter().map(|n| u128::from(*n)).product::<u128>() != length as u128 {
                return Err(io::Error::other(format!("the {length} values of `{name}` do not fill shape {shape:?}")));
            }
        }
        write_arrays(file, arrays)
    })
}

fn write_arrays(file: &File, arrays: &[(&str, Vec<u64>, Column<'_>)]) -> io::Result<()> {
    let npz = NpzWriter::new(BufWriter::with_capacity(BLOCK, file));
    let mut npz = ManuallyDrop::new(npz); // dropped unfinished, it would print its own error
    for (name, shape, column) in arrays {
        let (length, width, dtype, method) = column.format();
        let options = FileOptions::default().compression_method(method).last_modified_time(DateTime::default());
        let array = npz.array::<u8>(name, options.large_file(length as u64 * width as u64 >= 1 << 31))?;
        let dtype = DType::new_scalar(dtype.parse().map_err(io::Error::other)?);
        let out = array.dtype(dtype).shape(shape).write_header_only()?;
        match column {
            Column::Bool(values) => write_values(out, values, |value| [u8::from(value)])?,
            Column::U32(values) => write_values(out, values, u32::to_le_bytes)?,
            Column::I64(values) => write_values(out, values, i64::to_le_bytes)?,
            Column::F32(values) => write_values(out, values, f32::to_le_bytes)?,
            Column::F64(values) => write_values(out, values, f64::to_le_bytes)?,
        }
    }
    npz.zip_writer().finish()?.flush()
}

fn write_values<T: Copy, const W: usize>(out: &mut impl Write, values: &[T], to: fn(T) -> [u8; W]) -> io::Result<()> {
    let mut blocks = values.chunks(BLOCK / W);
    blocks.try_for_each(|block| out.write_all(&block.iter().flat_map(|value| to(*value)).collect::<Vec<u8>>()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::arrays::Values;
    use crate::arrays::read::Currents;
    use crate::arrays::tests::read;

    #[test]
    fn an_archive_is_written_and_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.npz");
        let values: Vec<f32> = (0..30_000).map(|n| n as f32).collect();
        let input = ("input", vec![5000, 2, 3], Column::F32(&values));
        let other = ("spikes", vec![2], Column::Bool(&[true, false]));
        write_npz(&path, &[input, other.clone()]).unwrap();
        let written = fs::read(&path).unwrap();
        assert_eq!(read(&written, 2, &[3]), Ok(Currents { steps: 5000, values: Values::F32(values.clone()) }));
        let torn = |bytes: &[u8]| read(bytes, 2, &[3]).unwrap_err();
        let flipped: Vec<u8> = written.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == 5000)).collect();
        assert_eq!(torn(&flipped), "`i.npy[input]`: cannot be read: Invalid checksum");
        assert!(torn(&written[..written.len() - 9]).starts_with("`i.npy`: cannot be read: "));

        // a failed write leaves the old file and nothing else
        let wrong = write_npz(&path, &[("voltage", vec![2, 2], Column::F64(&[1.0]))]).unwrap_err().to_string();
        assert!(wrong.ends_with("the 1 values of `voltage` do not fill shape [2, 2]"), "{wrong}");
        assert_eq!(fs::read(&path).unwrap(), written);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        write_npz(&path, &[("a", vec![0], Column::F32(&[])), other]).unwrap();
        let choice = "`i.npy`: holds 2 arrays; it must hold one, or one that is called `input` or `I`";
        assert_eq!(torn(&fs::read(&path).unwrap()), choice);
    }
}
