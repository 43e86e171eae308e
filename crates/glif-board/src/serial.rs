//! A board on a serial port; QEMU's pseudo-terminals are serial ports too.

use std::io::{ErrorKind, Read, Write};
#[cfg(unix)]
use std::os::fd::AsRawFd as _;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use glif::text;
use serialport::SerialPort;
#[cfg(unix)]
use serialport::TTYPort;
use thiserror::Error;

/// Bits a second, unless said otherwise.
pub const BAUD: u32 = 115_200;

/// How long a read waits for a byte; it returns at once when there is one.
const READ: Duration = Duration::from_millis(20);
/// How often a flush looks.
const DRAIN: Duration = Duration::from_millis(1);
/// How long a write waits for the line to take more: the longest frame takes six seconds at [`BAUD`], but buffers empty
/// all the time.
const WRITE: Duration = Duration::from_secs(5);

/// Why a port cannot be opened.
#[derive(Debug, Error)]
pub enum SerialError {
    /// No such port.
    #[error("there is no port `{path}`; {}", those(.found))]
    Absent {
        /// The one that was asked for.
        path: String,
        /// Those that there are.
        found: Vec<String>,
    },
    /// The system does not allow it.
    #[error(
        "port `{path}`: permission denied; join its group with `sudo usermod -a -G dialout $USER`, then log in anew"
    )]
    Forbidden {
        /// Which.
        path: String,
    },
    /// Somebody else has it.
    #[error("port `{path}` is in use by another program, such as a terminal or a debugger; end that first")]
    Busy {
        /// Which.
        path: String,
    },
    /// A file or a device of another kind.
    #[error("`{path}` is not a serial port; {}", those(.found))]
    NoPort {
        /// The one that was asked for.
        path: String,
        /// Those that there are.
        found: Vec<String>,
    },
    /// Whatever else the system says.
    #[error("port `{path}` at {baud} baud: {reason}")]
    Failed {
        /// Which.
        path: String,
        /// Bits a second.
        baud: u32,
        /// The system's words.
        reason: String,
    },
}

fn those(found: &[String]) -> String {
    match found {
        [] => "this machine has none: is the board connected?".to_owned(),
        _ => format!("this machine has {}", found.join(", ")),
    }
}

/// An open port, ready for a [`Client`](crate::Client).
pub struct Serial(Box<dyn SerialPort>);

impl std::fmt::Debug for Serial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Serial").field(&self.0.name()).finish()
    }
}

/// Opens a port, for this process alone: eight bits, no parity, no flow control.
///
/// ```no_run
/// let board = glif_board::Board::connect(glif_board::serial::open("/dev/ttyACM0", 115_200)?)?;
/// println!("{}", board.identity().board);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If there is none of that name, it is in use, or the system does not allow it.
pub fn open(path: &str, baud: u32) -> Result<Serial, SerialError> {
    let port = serialport::new(path, baud).timeout(READ).open_native();
    let mut port = port.and_then(returning).map_err(|error| explain(path, baud, &error))?;
    // Boards whose serial port is USB send only to a host that says it is there. Others may lack the line.
    _ = port.write_data_terminal_ready(true);
    Ok(Serial(Box::new(port)))
}

/// Another program that reads the same port can take what has come after a read has waited for it: the read returns then, too.
#[cfg(unix)]
fn returning(port: TTYPort) -> serialport::Result<TTYPort> {
    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    fcntl(port.as_raw_fd(), FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    Ok(port)
}

#[cfg(not(unix))]
fn returning<P: SerialPort>(port: P) -> serialport::Result<P> {
    Ok(port)
}

/// Whether the system says that something is there, and that it is no terminal.
#[cfg(unix)]
fn is_no_port(error: &serialport::Error) -> bool {
    error.description == nix::errno::Errno::ENOTTY.desc()
}

#[cfg(not(unix))]
fn is_no_port(_: &serialport::Error) -> bool {
    false
}

fn explain(path: &str, baud: u32, error: &serialport::Error) -> SerialError {
    use serialport::ErrorKind as Kind;
    let exists = Path::new(path).exists();
    // QEMU names the port of its board, and firmware may write where QEMU does.
    let path = text::path(Path::new(path));
    match error.kind() {
        Kind::Io(ErrorKind::PermissionDenied) => SerialError::Forbidden { path },
        // Where ports are files, one that exists and is no device to us is another program's.
        Kind::NoDevice | Kind::Io(ErrorKind::WouldBlock) if exists => SerialError::Busy { path },
        Kind::NoDevice | Kind::Io(ErrorKind::NotFound) => SerialError::Absent { path, found: found() },
        _ if is_no_port(error) => SerialError::NoPort { path, found: found() },
        _ => SerialError::Failed { path, baud, reason: error.to_string() },
    }
}

/// The ports of this machine, by name.
fn found() -> Vec<String> {
    // The enumeration takes this directory for granted; containers may be without it.
    if cfg!(target_os = "linux") && !Path::new("/sys/class/tty").is_dir() {
        return Vec::new();
    }
    let ports = serialport::available_ports().unwrap_or_default();
    ports.into_iter().map(|port| format!("`{}`", port.port_name)).collect()
}

impl Read for Serial {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Serial {
    /// Waits longer than a read does: a board may be at work when a long frame comes.
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let began = Instant::now();
        loop {
            match self.0.write(bytes) {
                Err(error)
                    if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock)
                        && began.elapsed() < WRITE => {}
                done => return done,
            }
        }
    }

    /// Waits as long as a write does: what a system offers for it waits for ever where a board takes nothing more.
    fn flush(&mut self) -> std::io::Result<()> {
        let began = Instant::now();
        while self.0.bytes_to_write()? > 0 {
            if began.elapsed() >= WRITE {
                return Err(ErrorKind::TimedOut.into());
            }
            thread::sleep(DRAIN);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_not_there() {
        let error = open("/dev/nothing-of-the-kind", BAUD).unwrap_err();
        assert!(matches!(error, SerialError::Absent { .. }), "{error:?}");
        assert!(error.to_string().starts_with("there is no port `/dev/nothing-of-the-kind`; "), "{error}");
    }

    #[test]
    fn a_file_that_is_no_port() {
        let error = open("/dev/null", BAUD).unwrap_err();
        assert!(error.to_string().starts_with("`/dev/null` is not a serial port; this machine has "), "{error}");
    }

    /// Whoever else takes what has come, each read returns.
    #[test]
    #[cfg(unix)]
    fn two_readers_of_one_port() {
        let (mut board, port) = TTYPort::pair().unwrap();
        let port = returning(port).unwrap();
        let (tell, told) = std::sync::mpsc::channel();
        for (reader, mut port) in [port.try_clone_native().unwrap(), port].into_iter().enumerate() {
            let tell = tell.clone();
            port.set_timeout(READ).unwrap();
            let mut port = Serial(Box::new(port));
            thread::spawn(move || {
                loop {
                    let nothing = match port.read(&mut [0; 64]) {
                        Ok(_) => false,
                        Err(error) => matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock),
                    };
                    if tell.send((reader, nothing)).is_err() {
                        return;
                    }
                }
            });
        }
        let began = Instant::now();
        for _ in 0..50 {
            board.write_all(b"x").unwrap();
            let (mut read, mut idle) = (false, [false; 2]);
            while !read || idle != [true; 2] {
                let (reader, nothing) = told.recv().unwrap();
                assert!(began.elapsed() < Duration::from_secs(60), "a read has not returned");
                idle[reader] = nothing && read;
                read |= !nothing;
            }
        }
    }
}
