//! Writes results to .npz files.

use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use bytemuck::NoUninit;
use glif::file::{self, FileError};
use npyz::{AutoSerialize, WriteOptions, WriterBuilder as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::BLOCK;

/// An array to write.
#[derive(Debug, Clone, Copy)]
pub enum Column<'a> {
    /// Values of type bool.
    Bool(&'a [bool]),
    /// Values of type int8.
    I8(&'a [i8]),
    /// Values of type int16.
    I16(&'a [i16]),
    /// Values of type int32.
    I32(&'a [i32]),
    /// Values of type uint32.
    U32(&'a [u32]),
    /// Values of type int64.
    I64(&'a [i64]),
    /// Values of type float32.
    F32(&'a [f32]),
    /// Values of type float64.
    F64(&'a [f64]),
}

/// Writes arrays with the given names and shapes, in C order, as a .npz file.
///
/// The same arrays give the same bytes. If this fails, an existing file stays unchanged.
///
/// # Errors
/// Returns an error if the file cannot be written.
pub fn write_npz(path: &Path, arrays: &[(&str, Vec<u64>, Column<'_>)]) -> Result<(), FileError> {
    file::replace(path, |file, _| write_arrays(file, arrays))
}

fn write_arrays(file: impl Write + Seek, arrays: &[(&str, Vec<u64>, Column<'_>)]) -> io::Result<()> {
    let mut npz = ZipWriter::new(UntilFailed::new(BufWriter::with_capacity(BLOCK, file)));
    for (name, shape, column) in arrays {
        // Integers compress a hundredfold; floats hardly compress, and slowly.
        match column {
            Column::Bool(values) => write_array(&mut npz, name, shape, values, CompressionMethod::Deflated),
            Column::I8(values) => write_array(&mut npz, name, shape, values, CompressionMethod::Deflated),
            Column::I16(values) => write_array(&mut npz, name, shape, values, CompressionMethod::Deflated),
            Column::I32(values) => write_array(&mut npz, name, shape, values, CompressionMethod::Deflated),
            Column::U32(values) => write_array(&mut npz, name, shape, values, CompressionMethod::Deflated),
            Column::I64(values) => write_array(&mut npz, name, shape, values, CompressionMethod::Deflated),
            Column::F32(values) => write_array(&mut npz, name, shape, values, CompressionMethod::Stored),
            Column::F64(values) => write_array(&mut npz, name, shape, values, CompressionMethod::Stored),
        }?;
    }
    let mut written = npz.finish()?;
    written.flush()?;
    if written.failed { Err(io::Error::other("only a part was written")) } else { Ok(()) }
}

fn write_array<T: AutoSerialize + NoUninit>(
    npz: &mut ZipWriter<impl Write + Seek>,
    name: &str,
    shape: &[u64],
    values: &[T],
    method: CompressionMethod,
) -> io::Result<()> {
    let length = values.len();
    if shape.iter().map(|n| u128::from(*n)).product::<u128>() != length as u128 {
        return Err(io::Error::other(format!("the {length} values of `{name}` do not fill shape {shape:?}")));
    }
    let options = SimpleFileOptions::default().compression_method(method).last_modified_time(DateTime::default());
    npz.start_file(format!("{name}.npy"), options.large_file(size_of_val(values) as u64 >= 1 << 31))?;
    let out = WriteOptions::<T>::new().default_dtype().shape(shape).writer(npz).write_header_only()?;
    out.write_all(bytemuck::cast_slice(values))
}

/// Writes until the first failure, and from then on only counts bytes.
///
/// `ZipWriter` tries to finish an archive when it is dropped, and prints an error if that fails too.
struct UntilFailed<W> {
    inner: W,
    failed: bool,
    at: u64,
    end: u64,
}

impl<W> UntilFailed<W> {
    fn new(inner: W) -> Self {
        Self { inner, failed: false, at: 0, end: 0 }
    }

    fn attempt<T>(&mut self, instead: T, what: impl FnOnce(&mut W) -> io::Result<T>) -> io::Result<T> {
        if self.failed {
            return Ok(instead);
        }
        what(&mut self.inner).inspect_err(|error| self.failed = error.kind() != io::ErrorKind::Interrupted)
    }
}

impl<W: Write> Write for UntilFailed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.attempt(bytes.len(), |inner| inner.write(bytes))?;
        self.at += written as u64;
        self.end = self.end.max(self.at);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.attempt((), W::flush)
    }
}

impl<W: Seek> Seek for UntilFailed<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let counted = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::Current(by) => self.at.saturating_add_signed(by),
            SeekFrom::End(by) => self.end.saturating_add_signed(by),
        };
        self.at = self.attempt(counted, |inner| inner.seek(to))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::arrays::Values;
    use crate::arrays::read::Currents;
    use crate::arrays::tests::read;

    /// A disk that is full after any number of bytes causes an error and nothing else.
    #[test]
    fn a_disk_that_is_full_is_an_error() {
        struct Full(io::Cursor<Vec<u8>>, usize);
        impl Write for Full {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                let room = self.1.saturating_sub(self.0.position() as usize);
                if room == 0 { Err(io::Error::other("full")) } else { self.0.write(&bytes[..bytes.len().min(room)]) }
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        impl Seek for Full {
            fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
                self.0.seek(to)
            }
        }
        let values: Vec<f32> = (0..300).map(|n| n as f32).collect();
        let arrays = [("voltage", vec![300], Column::F32(&values)), ("spikes", vec![2], Column::Bool(&[true, false]))];
        let written = |room| {
            let mut disk = Full(io::Cursor::new(Vec::new()), room);
            write_arrays(&mut disk, &arrays).map(|()| disk.0.into_inner())
        };
        let whole = written(usize::MAX).unwrap();
        for room in 0..whole.len() {
            assert!(written(room).is_err(), "{room} of {}", whole.len());
        }
        assert_eq!(written(whole.len()).unwrap(), whole);
    }

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

        // A failed write leaves the old file and no other.
        let wrong = write_npz(&path, &[("voltage", vec![2, 2], Column::F64(&[1.0]))]).unwrap_err().to_string();
        assert!(wrong.ends_with("the 1 values of `voltage` do not fill shape [2, 2]"), "{wrong}");
        assert_eq!(fs::read(&path).unwrap(), written);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        write_npz(&path, &[("a", vec![0], Column::F32(&[])), other]).unwrap();
        let choice = "`i.npy`: has 2 arrays, but one is needed, or one named `input` or `I`";
        assert_eq!(torn(&fs::read(&path).unwrap()), choice);
    }
}
