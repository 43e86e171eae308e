//! Reads the members of .npz archives, and refuses those that NumPy does not write.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use glif::{limits, text};
use zip::read::{Config, OwnedZipFileEntry};
use zip::unstable::read::ZipIterable;
use zip::{CompressionMethod, ZipReadOptions};

use super::read::unread;
use super::{ArrayError, BLOCK};

/// A .npz archive. Its directory is read when it is opened, and each array on request.
#[derive(Debug)]
pub struct Archive {
    place: String,
    file: BufReader<File>,
    members: Vec<(String, OwnedZipFileEntry)>,
}

impl Archive {
    /// Reads the directory of an archive.
    ///
    /// # Errors
    /// Returns an error if the file is not an archive, if it claims more members than [`limits::NPZ_MEMBERS`]
    /// or than it has room for, or if two members have the same name.
    pub fn open(path: &Path) -> Result<Self, ArrayError> {
        let place = text::path(path);
        match File::open(path) {
            Ok(file) => Self::of(place, BufReader::with_capacity(BLOCK, file)),
            Err(error) => Err(ArrayError { place, problem: unread(error) }),
        }
    }

    /// Reads the directory of an open archive, which messages call `place`.
    pub(super) fn of(place: String, mut file: BufReader<File>) -> Result<Self, ArrayError> {
        match directory(&mut file) {
            Ok(members) => Ok(Self { place, file, members }),
            Err(problem) => Err(ArrayError { place, problem }),
        }
    }

    /// Returns the names of the arrays, in the order of the archive.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(name, _)| name.as_str())
    }

    /// Returns the length of an array's .npy file, bytes, and a reader of that file.
    ///
    /// The archive gives the length, which is checked to be no more than the archive can hold. A reader that
    /// has reached the end has verified the length and the checksum.
    ///
    /// # Errors
    /// Returns an error if no array has this name, or if it is encrypted or uses a compression that NumPy
    /// does not use.
    pub fn member(&mut self, name: &str) -> Result<(u64, impl Read), ArrayError> {
        let place = self.place_of(name);
        let opened = self.find(name);
        opened.map_err(|problem| ArrayError { place, problem })
    }

    /// Returns the name of an array in messages.
    pub(super) fn place_of(&self, name: &str) -> String {
        format!("{}[{}]", self.place, text::printable(name, limits::PRINTED))
    }

    fn find(&mut self, name: &str) -> Result<(u64, impl Read), String> {
        let found = self.members.iter().find(|(known, _)| known == name);
        let entry = found.ok_or("not in the archive")?.1.as_ref();
        let (length, packed) = (entry.size(), entry.compressed_size());
        if entry.encrypted() {
            return Err("encrypted\nhelp: save the array again with `numpy.savez`".to_owned());
        }
        let most = match entry.compression() {
            CompressionMethod::Stored => packed,
            CompressionMethod::Deflated => packed.saturating_mul(limits::DEFLATE_RATIO),
            other => {
                let named = [
                    (CompressionMethod::BZIP2, "bzip2"),
                    (CompressionMethod::LZMA, "LZMA"),
                    (CompressionMethod::ZSTD, "zstd"),
                ];
                let name = named.iter().find(|(method, _)| *method == other).map_or("another method", |(_, name)| name);
                return Err(format!(
                    "compressed by {name}, but NumPy stores or deflates arrays\nhelp: save the array again with `numpy.savez`"
                ));
            }
        };
        let there = self.file.get_ref().metadata().map_err(unread)?.len();
        if packed > there || length > most {
            return Err(format!(
                "announces {length} bytes, which cannot come from {packed} compressed bytes in a file of {there}"
            ));
        }
        let file = entry.with_reader(&mut self.file, ZipReadOptions::default()).map_err(unzipped)?;
        Ok((length, BufReader::with_capacity(BLOCK, file)))
    }
}

/// Returns the members of an archive that are arrays.
fn directory(file: &mut BufReader<File>) -> Result<Vec<(String, OwnedZipFileEntry)>, String> {
    if !file.get_ref().metadata().map_err(unread)?.is_file() {
        return Err("an archive in a pipe or a device, but archives are read from their end\nhelp: save it as a file"
            .to_owned());
    }
    let mut archive = ZipIterable::try_new(file, Config::default()).map_err(unzipped)?;
    let count = archive.len() as u64;
    if count > limits::NPZ_MEMBERS {
        return Err(format!("announces {count} members, but at most {} are supported", limits::NPZ_MEMBERS));
    }
    let (mut members, mut known) = (Vec::new(), BTreeSet::new());
    for entry in archive.files().map_err(unzipped)? {
        let entry = entry.map_err(unzipped)?;
        let name = entry.name().map_err(unzipped)?.into_owned();
        if !known.insert(name.clone()) {
            let name = text::printable(&name, limits::PRINTED);
            return Err(format!("has two members named `{name}`"));
        }
        if let Some(name) = name.strip_suffix(".npy") {
            members.push((name.to_owned(), entry.into()));
        }
    }
    Ok(members)
}

/// Formats an error of the archive reader.
fn unzipped(error: impl Into<std::io::Error>) -> String {
    text::printable(&unread(error), limits::PRINTED)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{Seek as _, SeekFrom, Write as _};
    use std::path::PathBuf;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    fn refused(bytes: &[u8]) -> String {
        let (_folder, path) = file("a.npz", bytes);
        Archive::open(&path).map(drop).unwrap_err().problem
    }

    /// Returns an archive of stored members with these names.
    fn named(names: &[&str]) -> Vec<u8> {
        let mut archive = ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for name in names {
            archive
                .start_file(*name, SimpleFileOptions::default().compression_method(CompressionMethod::Stored))
                .unwrap();
            archive.write_all(b"12345678").unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    /// Replaces every occurrence of `old` in `bytes` by `new`.
    fn changed(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        let places: Vec<usize> =
            bytes.windows(old.len()).enumerate().filter(|(_, window)| *window == old).map(|(at, _)| at).collect();
        assert!(!places.is_empty());
        for at in places {
            bytes[at..at + new.len()].copy_from_slice(new);
        }
        bytes
    }

    /// A sparse archive whose directory announces more members than memory can hold.
    ///
    /// The reader trusts neither the announced number of members nor the announced size of the directory.
    #[test]
    fn oversized_directory_is_rejected() {
        for (count, directory, offset) in [
            (1_000_000_000_u64, 0_u64, 999_999_999_u64),
            (1_000_000_000, 46_000_000_000, 0),
            (u64::MAX - 1, u64::MAX, 0),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.npz");
            let mut archive = File::create(&path).unwrap();
            archive.write_all(b"PK\x03\x04").unwrap();
            let end = 999_999_999_u64;
            archive.set_len(end).unwrap();
            archive.seek(SeekFrom::Start(end)).unwrap();
            let words = |values: &[u64]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
            let end64 = [
                &b"PK\x06\x06"[..],
                &44_u64.to_le_bytes(),
                &[45, 0, 45, 0],
                &[0; 8],
                &words(&[count, count, directory, offset]),
            ];
            let locator = [&b"PK\x06\x07\0\0\0\0"[..], &end.to_le_bytes(), &[1, 0, 0, 0]];
            let last = [&b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff\0\0\0\0\xff\xff\xff\xff\0\0"[..]];
            archive.write_all(&[end64.concat(), locator.concat(), last.concat()].concat()).unwrap();
            let problem = Archive::open(&path).map(drop).unwrap_err().problem;
            assert!(problem.starts_with("cannot be read: invalid Zip archive"), "{problem}");
        }
        let names: Vec<String> = (0..=limits::NPZ_MEMBERS).map(|i| format!("{i}.npy")).collect();
        let many = named(&names.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(refused(&many), "announces 10001 members, but at most 10000 are supported");
    }

    #[test]
    fn names_are_unique_and_printable() {
        let twice = changed(&named(&["a.npy", "b.npy"]), b"b.npy", b"a.npy");
        assert_eq!(refused(&twice), "has two members named `a.npy`");
        let escapes = changed(&named(&["aaaa.npy", "bbbb.npy"]), b"bbbb.npy", b"aaaa.npy");
        let escapes = changed(&escapes, b"aaaa.npy", b"\x1b[1m.npy");
        assert_eq!(refused(&escapes), "has two members named `\\u{1b}[1m.npy`");
    }

    /// The reader refuses members that announce more than their bytes can hold, or that NumPy does not write.
    #[test]
    fn members_that_numpy_does_not_write_are_rejected() {
        let good = named(&["a.npy"]);
        let problem = |bytes: &[u8]| {
            let (_folder, path) = file("a.npz", bytes);
            let mut archive = Archive::open(&path).unwrap();
            let read = archive.member("a").map_err(|error| error.problem);
            read.and_then(|(_, mut file)| file.read_to_end(&mut Vec::new()).map_err(|error| error.to_string()))
        };
        assert_eq!(problem(&good), Ok(8));
        // Offsets in the directory: method 10, compressed length 20, length 24.
        let directory = good.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
        let with = |at: usize, bytes: &[u8]| {
            let mut archive = good.clone();
            archive[directory + at..][..bytes.len()].copy_from_slice(bytes);
            archive
        };
        let told = problem(&with(24, &u32::MAX.wrapping_sub(1).to_le_bytes())).unwrap_err();
        assert!(
            told.starts_with("announces 4294967294 bytes, which cannot come from 8 compressed bytes in a file of "),
            "{told}"
        );
        let told = problem(&with(20, &[0xf0, 0xff, 0xff, 0xff, 0xf0, 0xff, 0xff, 0xff])).unwrap_err();
        assert!(told.contains("cannot come from"), "{told}");
        for (method, name) in [(12_u8, "bzip2"), (93, "zstd"), (14, "LZMA"), (97, "another method")] {
            let told = problem(&with(10, &[method, 0])).unwrap_err();
            assert!(told.starts_with(&format!("compressed by {name}, but NumPy stores or deflates")), "{told}");
        }
        let told = problem(&with(8, &[1, 0])).unwrap_err();
        assert!(told.starts_with("encrypted"), "{told}");
    }
}
