//! A board on a serial port. QEMU's pseudo-terminals are serial ports too.

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

/// Default speed, bits per second.
pub const BAUD: u32 = 115_200;

/// How long a read waits for the first byte.
const READ: Duration = Duration::from_millis(20);
/// Interval at which a flush polls the output buffer.
const DRAIN: Duration = Duration::from_millis(1);
/// How long a write waits for the line to accept more. The longest frame takes six seconds at [`BAUD`], but
/// buffers drain all the time.
const WRITE: Duration = Duration::from_secs(5);

/// Reason why a port cannot be opened.
#[derive(Debug, Error)]
pub enum SerialError {
    /// There is no such port.
    #[error("port `{path}`: not found{}", remedy(.found))]
    Absent {
        /// Path that was requested.
        path: String,
        /// Ports of this machine.
        found: Vec<String>,
    },
    /// The system denies permission.
    #[error(
        "port `{path}`: permission denied\nhelp: join its group with `sudo usermod -a -G dialout $USER`, then log in again"
    )]
    Forbidden {
        /// Path of the port.
        path: String,
    },
    /// Another program uses the port.
    #[error("port `{path}`: another program uses it, such as a terminal or a debugger\nhelp: close that program first")]
    Busy {
        /// Path of the port.
        path: String,
    },
    /// The path is that of a file, or of a device of another kind.
    #[error("`{path}`: not a serial port{}", remedy(.found))]
    NoPort {
        /// Path that was requested.
        path: String,
        /// Ports of this machine.
        found: Vec<String>,
    },
    /// The system reports another error.
    #[error("port `{path}` at {baud} baud: {reason}")]
    Failed {
        /// Path of the port.
        path: String,
        /// Speed, bits per second.
        baud: u32,
        /// Message of the system.
        reason: String,
    },
}

/// Returns the remedy for a port that cannot be opened: the ports of this machine.
fn remedy(found: &[String]) -> String {
    match found {
        [] => "\nhelp: connect the board; this machine has no serial port".to_owned(),
        _ => format!("\nhelp: use a port of this machine: {}", found.join(", ")),
    }
}

/// An open port, ready for a [`Client`](crate::Client).
pub struct Serial(Box<dyn SerialPort>);

impl std::fmt::Debug for Serial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Serial").field(&self.0.name()).finish()
    }
}

/// Opens a port for exclusive use: eight bits, no parity, no flow control.
///
/// ```no_run
/// let board = glif_board::Board::connect(glif_board::serial::open("/dev/ttyACM0", 115_200)?)?;
/// println!("{}", board.identity().board);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Returns an error if there is no port of that name, if it is in use, or if the system denies permission.
pub fn open(path: &str, baud: u32) -> Result<Serial, SerialError> {
    let port = serialport::new(path, baud).timeout(READ).open_native();
    let mut port = port.and_then(returning).map_err(|error| explain(path, baud, &error))?;
    // Boards with a USB serial port send only to a host that asserts DTR. Other ports may lack the line.
    _ = port.write_data_terminal_ready(true);
    Ok(Serial(Box::new(port)))
}

/// Makes reads return even if another program on the same port takes the bytes that a read has waited for.
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

/// Returns whether the system reports that the path exists and is not a terminal.
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
    // The path may come from QEMU's output, where firmware can write too.
    let path = text::path(Path::new(path));
    match error.kind() {
        Kind::Io(ErrorKind::PermissionDenied) => SerialError::Forbidden { path },
        // Where ports are files, an existing one that reports no device is in use by another program.
        Kind::NoDevice | Kind::Io(ErrorKind::WouldBlock) if exists => SerialError::Busy { path },
        Kind::NoDevice | Kind::Io(ErrorKind::NotFound) => SerialError::Absent { path, found: found() },
        _ if is_no_port(error) => SerialError::NoPort { path, found: found() },
        _ => SerialError::Failed { path, baud, reason: error.to_string() },
    }
}

/// Returns the names of this machine's ports.
fn found() -> Vec<String> {
    // The enumeration assumes that this directory exists; containers may lack it.
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
    /// Waits longer than a read does: the board may be busy when a long frame arrives.
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

    /// Waits as long as a write does. The system's own flush waits forever if the board accepts nothing more.
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
    fn missing_port_is_an_error() {
        let error = open("/dev/nothing-of-the-kind", BAUD).unwrap_err();
        assert!(matches!(error, SerialError::Absent { .. }), "{error:?}");
        assert!(error.to_string().starts_with("port `/dev/nothing-of-the-kind`: not found\nhelp: "), "{error}");
    }

    #[test]
    fn file_other_than_a_port_is_an_error() {
        let error = open("/dev/null", BAUD).unwrap_err();
        assert!(error.to_string().starts_with("`/dev/null`: not a serial port\nhelp: "), "{error}");
    }

    /// Each read returns, whichever reader takes the bytes.
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
