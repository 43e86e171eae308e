//! Files that are complete or absent: they are written under a temporary name and renamed at the end.
//!
//! Until then, the name of a file starts with `.glif-unfinished-`, and the file is locked. A file left by a
//! program that was killed has no lock any more: the next write in its directory removes it.

use std::fs::{self, File};
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf, is_separator};

use tempfile::NamedTempFile;
use thiserror::Error;

use crate::text;

/// Error from writing a file.
#[derive(Debug, Error)]
#[error("`{}`: cannot be written: {error}", text::path(path))]
pub struct FileError {
    /// Path of the file.
    pub path: PathBuf,
    /// The file system's error, or a remedy.
    pub error: io::Error,
}

/// Reads a file of at most `most` bytes.
///
/// ```
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("torque.txt");
/// std::fs::write(&path, "0.5\n-0.25\n")?;
/// assert_eq!(glif::file::read(&path, 100)?, b"0.5\n-0.25\n");
/// let error = glif::file::read(&path, 5).unwrap_err();
/// assert_eq!(error.to_string(), "has more than 5 bytes");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the file cannot be read or has more bytes. An endless file is not read further.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("has more than {most} bytes")));
    }
    Ok(bytes)
}

/// Writes a new file, or replaces an old one and keeps its permissions.
///
/// `write` gets the empty file and its temporary path, which has the extension of the final one. If `write`
/// fails, an old file stays unchanged. A symbolic link is followed, even to a file that does not exist yet.
/// Another hard link to an old file keeps the old content.
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
/// Returns an error if the file cannot be written, or `write` fails.
pub fn replace(path: &Path, write: impl FnOnce(&File, &Path) -> io::Result<()>) -> Result<(), FileError> {
    let written = target(path).and_then(|target| match target {
        Target::File(file) => replace_file(&file, write),
        Target::Stream(stream) => send(&stream, write),
    });
    written.map_err(|error| FileError { path: path.to_owned(), error })
}

fn replace_file(target: &Path, write: impl FnOnce(&File, &Path) -> io::Result<()>) -> io::Result<()> {
    let file = temporary(target)?;
    write(file.as_file(), file.path())?;
    file.as_file().sync_all()?;
    file.persist(target)?;
    Ok(())
}

/// Appends to a stream, which cannot be replaced.
///
/// The whole is written to a temporary file first, because some formats are not written from start to end.
fn send(stream: &Path, write: impl FnOnce(&File, &Path) -> io::Result<()>) -> io::Result<()> {
    let whole = tempfile::Builder::new().suffix(&ending(stream)).tempfile()?;
    write(whole.as_file(), whole.path())?;
    // Standard output and error are those of this process. A file behind them, opened again, would have a
    // second position, and each would overwrite what the other writes.
    let own = [Path::new("/proc/self/fd"), Path::new("/dev/fd")].contains(&directory(stream));
    let mut to: Box<dyn Write> = match stream.file_name().and_then(|name| name.to_str()) {
        Some("1") if own => Box::new(io::stdout()),
        Some("2") if own => Box::new(io::stderr()),
        _ => Box::new(File::options().append(true).open(stream)?),
    };
    io::copy(&mut whole.reopen()?, &mut to)?;
    to.flush()
}

/// Checks that no file of `written` is also another one of them or one of `read`, through any path or link.
///
/// ```
/// use std::path::Path;
/// let (population, output) = (Path::new("population.toml"), Path::new("./population.toml"));
/// let error = glif::file::check_distinct(&[population], &[output]).unwrap_err();
/// assert!(error.to_string().ends_with("this command also reads it\nhelp: give the output another name"));
/// ```
///
/// # Errors
/// Returns an error that names the file that would be lost.
pub fn check_distinct(read: &[&Path], written: &[&Path]) -> Result<(), FileError> {
    let places = |paths: &[&Path]| paths.iter().map(|path| place(path)).collect::<Vec<_>>();
    let (read, places) = (places(read), places(written));
    for (i, (path, place)) in written.iter().zip(&places).enumerate() {
        let lost = |error: &str| Err(FileError { path: path.to_path_buf(), error: io::Error::other(error) });
        if read.contains(place) {
            return lost("this command also reads it\nhelp: give the output another name");
        }
        if places[..i].contains(place) {
            return lost("another output of this command has the same name");
        }
    }
    Ok(())
}

/// Returns where a file is or will be, after resolving paths and links.
fn place(path: &Path) -> PathBuf {
    let of_new = || {
        let (Target::File(path) | Target::Stream(path)) = target(path).ok()?;
        Some(fs::canonicalize(directory(&path)).ok()?.join(path.file_name()?))
    };
    fs::canonicalize(path).ok().or_else(of_new).unwrap_or_else(|| path.to_owned())
}

/// Checks that [`replace`] can write this file, before a long run. It leaves nothing behind.
///
/// # Errors
/// Returns an error if the file cannot be written.
pub fn check_writable(path: &Path) -> Result<(), FileError> {
    let checked = target(path).and_then(|target| match target {
        Target::File(file) => temporary(&file).map(drop),
        Target::Stream(_) => Ok(()), // opening a pipe may block until it has a reader
    });
    checked.map_err(|error| FileError { path: path.to_owned(), error })
}

/// Maximum number of symbolic links to follow; Linux follows no more.
const LINKS: usize = 40;

/// The target of a path.
enum Target {
    /// A regular file that exists or can be created: it is replaced as a whole.
    File(PathBuf),
    /// A pipe, a character device, or an open file of a process: it is written to.
    Stream(PathBuf),
}

/// Resolves symbolic links, which may point to a file that does not exist yet.
fn target(path: &Path) -> io::Result<Target> {
    let mut target = path.to_owned();
    for _ in 0..LINKS {
        let folder = fs::canonicalize(directory(&target)).unwrap_or_else(|_| directory(&target).to_owned());
        // Linux has a folder of file descriptors for each process; other systems have `/dev/fd`.
        let open = folder == Path::new("/dev/fd") || folder.starts_with("/proc") && folder.ends_with("fd");
        if let Some(name) = target.file_name().filter(|_| open) {
            return Ok(Target::Stream(folder.join(name)));
        }
        match fs::read_link(&target) {
            Ok(link) => target = directory(&target).join(link),
            Err(_) if is_stream(&target) => return Ok(Target::Stream(target)),
            Err(_) => return Ok(Target::File(target)),
        }
    }
    Err(io::Error::other("its symbolic links form a loop"))
}

/// Returns whether it is a pipe or a character device. A block device would hold a file system.
#[cfg(unix)]
fn is_stream(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo() || found.file_type().is_char_device())
}

#[cfg(not(unix))]
fn is_stream(_: &Path) -> bool {
    false
}

/// Returns the directory of a file.
fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Returns the extension of a name with its dot, or an empty string.
fn ending(path: &Path) -> String {
    path.extension().map(|ending| format!(".{}", ending.display())).unwrap_or_default()
}

/// Prefix of the name of an unfinished file.
const UNFINISHED: &str = ".glif-unfinished-";

/// Whether unfinished files are locked. On other systems, a lock would keep out a writer that opens the file by
/// its name.
const LOCKED: bool = cfg!(unix);

/// Removes the files that killed programs left unfinished in this directory; files still being written are locked.
fn sweep(directory: &Path) {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten().filter(|_| LOCKED);
    let left = entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(UNFINISHED.as_bytes()));
    for entry in left.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file())) {
        // It is locked while it is removed, so that a program that now creates a file of this name sees that it
        // is gone.
        if let Ok(file) = File::open(entry.path())
            && file.try_lock().is_ok()
        {
            _ = fs::remove_file(entry.path());
        }
    }
}

/// Creates a file that is locked until it is closed; it has no lock if the system does not support locks.
fn create(path: &Path) -> io::Result<File> {
    let file = File::create_new(path)?;
    if LOCKED && file.lock().is_ok() && !path.exists() {
        return Err(io::ErrorKind::AlreadyExists.into()); // swept before it was locked: use another name
    }
    Ok(file)
}

/// Creates a file beside `target`, with the permissions of any new file or those of the file it replaces.
fn temporary(target: &Path) -> io::Result<NamedTempFile> {
    let refuse = |problem: &str| Err(io::Error::other(problem));
    let directory = directory(target);
    let old = match fs::metadata(target) {
        _ if target.parent().is_none() => return refuse("it must be a file, not a directory"),
        _ if !directory.is_dir() => return refuse("its directory does not exist\nhelp: create it first"),
        Ok(old) if !old.is_file() => return refuse("it must be a file, not a directory or a device"),
        Ok(old) if old.permissions().readonly() => {
            return refuse("it is read-only\nhelp: remove it or choose another name");
        }
        Ok(old) => {
            File::options().append(true).open(target)?;
            Some(old.permissions())
        }
        Err(_) if target.to_string_lossy().ends_with(is_separator) => {
            return refuse("it must be a file, not a directory");
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    sweep(directory);
    // The permissions are those of any new file; `NamedTempFile::new_in` would let only the owner read it.
    let made = tempfile::Builder::new().prefix(UNFINISHED).suffix(&ending(target)).make_in(directory, create);
    let file = match made {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return refuse("permission to create a file in its directory is denied");
        }
        Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => {
            return refuse("its directory is on a read-only file system");
        }
        made => made?,
    };
    if let Some(permissions) = old {
        file.as_file().set_permissions(permissions)?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unwritable_paths_are_reported_before_a_run() {
        let directory = tempfile::tempdir().unwrap();
        let says = |name: &str, expected: &str| {
            let error = check_writable(&directory.path().join(name)).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        says("", "must be a file, not a directory");
        says("new/", "must be a file, not a directory");
        says("no/out.npz", "its directory does not exist\nhelp: create it first");
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
    fn failed_write_leaves_only_the_old_file() {
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

    /// A link is followed to a file that does not exist yet, and links that lead nowhere are refused.
    #[test]
    #[cfg(unix)]
    fn links_are_followed() {
        use std::os::unix::fs::symlink;
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::create_dir(at("runs")).unwrap();
        symlink("runs/a.svg", at("dangling.svg")).unwrap();
        symlink("dangling.svg", at("twice.svg")).unwrap();
        for _ in 0..2 {
            replace(&at("twice.svg"), |mut file, _| file.write_all(b"new")).unwrap();
            assert_eq!(fs::read(at("runs/a.svg")).unwrap(), b"new");
            assert!(fs::symlink_metadata(at("twice.svg")).unwrap().is_symlink());
        }
        symlink("circle.svg", at("circle.svg")).unwrap();
        symlink("gone/a.svg", at("nowhere.svg")).unwrap();
        for (name, expected) in [("circle.svg", "form a loop"), ("nowhere.svg", "its directory does not exist")] {
            let error = check_writable(&at(name)).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        // Another hard link keeps the old content.
        fs::hard_link(at("runs/a.svg"), at("other.svg")).unwrap();
        replace(&at("runs/a.svg"), |mut file, _| file.write_all(b"newer")).unwrap();
        assert_eq!(fs::read(at("other.svg")).unwrap(), b"new");
    }

    /// `/dev/stdout` can be a log that other programs write to as well.
    #[test]
    #[cfg(target_os = "linux")]
    fn open_descriptors_are_written_to() {
        use std::os::fd::AsRawFd as _;
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("log");
        fs::write(&log, "old\n").unwrap();
        let file = File::options().append(true).open(&log).unwrap();
        let link = directory.path().join("link.svg");
        std::os::unix::fs::symlink("/dev/fd", directory.path().join("fd")).unwrap();
        std::os::unix::fs::symlink(format!("fd/{}", file.as_raw_fd()), &link).unwrap();
        let names = [format!("/dev/fd/{}", file.as_raw_fd()), format!("/proc/self/fd/{}", file.as_raw_fd())];
        for path in names.iter().map(Path::new).chain([link.as_path()]) {
            check_writable(path).unwrap();
            replace(path, |mut file, _| file.write_all(b"new\n")).unwrap();
            // Output that fails is not written in part.
            let failed = replace(path, |mut file, _| file.write_all(b"half").and(Err(io::Error::other("no more"))));
            assert!(failed.unwrap_err().to_string().ends_with("cannot be written: no more"));
        }
        assert_eq!(fs::read_to_string(&log).unwrap(), "old\nnew\nnew\nnew\n");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn devices_and_pipes_are_written_to() {
        replace("/dev/null".as_ref(), |mut file, _| file.write_all(b"new")).unwrap();
        let error = replace("/dev/full".as_ref(), |mut file, _| file.write_all(b"new")).unwrap_err().to_string();
        assert!(error.starts_with("`/dev/full`: cannot be written: No space left"), "{error}");
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read(pipe).unwrap()
        });
        check_writable(&pipe).unwrap();
        replace(&pipe, |mut file, _| file.write_all(b"new")).unwrap();
        assert_eq!(reader.join().unwrap(), b"new");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    #[cfg(unix)]
    fn unfinished_files_are_removed() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::write(at(".glif-unfinished-killed.npz"), "half").unwrap();
        fs::write(at(".glif-notes"), "a person's").unwrap();
        let written = create(&at(".glif-unfinished-alive.npz")).unwrap();
        replace(&at("out.npz"), |mut file, _| {
            check_writable(&at("other.npz")).map_err(|error| error.error)?;
            file.write_all(b"new")
        })
        .unwrap();
        let mut names: Vec<_> =
            fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, [".glif-notes", ".glif-unfinished-alive.npz", "out.npz"]);
        drop(written);
        check_writable(&at("out.npz")).unwrap();
        assert!(!at(".glif-unfinished-alive.npz").exists());
    }
}
