//! Files that are whole or not there: written beside their final name, and renamed in the end.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf, is_separator};

use tempfile::NamedTempFile;
use thiserror::Error;

/// A file that cannot be written.
///
/// ```
/// let error = glif::file::check_writable("no/rates.csv".as_ref()).unwrap_err();
/// assert_eq!(error.path, std::path::Path::new("no/rates.csv"));
/// let told = "`no/rates.csv`: cannot be written: its directory does not exist; create it first";
/// assert_eq!(error.to_string(), told);
/// ```
#[derive(Debug, Error)]
#[error("`{}`: cannot be written: {error}", path.display())]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// The file system's reason, or what would be right.
    pub error: io::Error,
}

/// Writes a file, new or in place of an old one, which keeps its permissions. `write` gets it empty, with its name for the
/// time being, which has the ending of the final one; if that fails, an old file stays as it was.
///
/// ```
/// use std::io::Write as _;
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("rates.csv");
/// glif::file::replace(&path, |mut file, _| file.write_all(b"neuron,rate\n"))?;
/// let failed = glif::file::replace(&path, |_, _| Err(std::io::Error::other("no rates")));
/// assert!(failed.unwrap_err().to_string().ends_with("rates.csv`: cannot be written: no rates"));
/// assert_eq!(std::fs::read(&path)?, b"neuron,rate\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If it cannot be written, or `write` fails.
pub fn replace(path: &Path, write: impl FnOnce(&File, &Path) -> io::Result<()>) -> Result<(), FileError> {
    let replaced = temporary(path).and_then(|file| {
        write(file.as_file(), file.path())?;
        file.as_file().sync_all()?;
        file.persist(target(path)).map(drop).map_err(io::Error::from)
    });
    replaced.map_err(|error| FileError { path: path.to_owned(), error })
}

/// Finds out whether no file of `written` is another one of them or one of `read`, by whatever path or link.
///
/// ```
/// use std::path::Path;
/// let (population, output) = (Path::new("population.toml"), Path::new("./population.toml"));
/// let error = glif::file::check_distinct(&[population], &[output]).unwrap_err();
/// assert!(error.to_string().ends_with("it is read by this command; give the output another name"));
/// ```
///
/// # Errors
/// Naming the file that would be lost.
pub fn check_distinct(read: &[&Path], written: &[&Path]) -> Result<(), FileError> {
    let places = |paths: &[&Path]| paths.iter().map(|path| place(path)).collect::<Vec<_>>();
    let (read, places) = (places(read), places(written));
    for (i, (path, place)) in written.iter().zip(&places).enumerate() {
        let lost = |error: &str| Err(FileError { path: path.to_path_buf(), error: io::Error::other(error) });
        if read.contains(place) {
            return lost("it is read by this command; give the output another name");
        }
        if places[..i].contains(place) {
            return lost("another output of this command has this name");
        }
    }
    Ok(())
}

/// Where a file is or will be, whichever path and links lead to it.
fn place(path: &Path) -> PathBuf {
    let of_new = || {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some(fs::canonicalize(parent).ok()?.join(path.file_name()?))
    };
    fs::canonicalize(path).ok().or_else(of_new).unwrap_or_else(|| path.to_owned())
}

/// Finds out whether [`replace`] can write this file, before a long run; leaves nothing behind.
///
/// # Errors
/// If it cannot.
pub fn check_writable(path: &Path) -> Result<(), FileError> {
    temporary(path).map(drop).map_err(|error| FileError { path: path.to_owned(), error })
}

/// What a symbolic link names.
fn target(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// A new file beside `path`, with the permissions of any new file, or those of the one it is to replace.
fn temporary(path: &Path) -> io::Result<NamedTempFile> {
    let target = target(path);
    let Some(parent) = target.parent() else {
        return Err(io::Error::other("it must be a file, not a directory"));
    };
    let directory = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    if !directory.is_dir() {
        return Err(io::Error::other("its directory does not exist; create it first"));
    }
    let old = match fs::metadata(&target) {
        Ok(old) if !old.is_file() => return Err(io::Error::other("it must be a file, not a directory or a device")),
        Ok(old) if old.permissions().readonly() => {
            return Err(io::Error::other("it is read-only; remove it or choose another name"));
        }
        Ok(old) => {
            File::options().append(true).open(&target)?;
            Some(old)
        }
        Err(_) if path.to_string_lossy().ends_with(is_separator) => {
            return Err(io::Error::other("it must be a file, not a directory"));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let ending = target.extension().map(|ending| format!(".{}", ending.display())).unwrap_or_default();
    // As any new file's permissions; `NamedTempFile::new_in` would make it readable to its owner alone.
    let mut builder = tempfile::Builder::new();
    let file = builder.prefix(".glif-").suffix(&ending).make_in(directory, |path| File::create_new(path))?;
    if let Some(old) = old {
        file.as_file().set_permissions(old.permissions())?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_is_told_before_a_run() {
        let directory = tempfile::tempdir().unwrap();
        let says = |name: &str, expected: &str| {
            let error = check_writable(&directory.path().join(name)).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        says("", "must be a file, not a directory");
        says("new/", "must be a file, not a directory");
        says("no/out.npz", "its directory does not exist; create it first");
        let locked = directory.path().join("locked.npz");
        let file = File::create(&locked).unwrap();
        let mut permissions = file.metadata().unwrap().permissions();
        permissions.set_readonly(true);
        file.set_permissions(permissions).unwrap();
        says("locked.npz", "is read-only");
        says("locked.npz/out.npz", "its directory does not exist");
        assert!(replace(&locked, |_, _| Ok(())).is_err());
        check_writable(&directory.path().join("new")).unwrap();
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_fails_leaves_the_old_file_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("old.svg");
        fs::write(&path, "old").unwrap();
        let failed = replace(&path, |_, temporary| {
            assert_eq!(temporary.extension(), path.extension());
            fs::write(temporary, "half").and_then(|()| Err(io::Error::other("no more")))
        });
        assert!(failed.unwrap_err().to_string().ends_with("old.svg`: cannot be written: no more"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        replace(&path, |_, temporary| fs::write(temporary, "new")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }
}
