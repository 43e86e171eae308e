//! A board on a serial port; QEMU's pseudo-terminals are serial ports too.

use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use serialport::SerialPort;
use thiserror::Error;

/// Bits a second, unless said otherwise.
pub const BAUD: u32 = 115_200;

/// How long a read waits for a byte; it returns at once when there is one.
const READ: Duration = Duration::from_millis(20);
/// How long a write waits for the line to take more: the longest frame takes six seconds at [`BAUD`], but buffers empty
/// all the time.
const WRITE: Duration = Duration::from_secs(5);

/// Why a port cannot be opened.
#[derive(Debug, Error)]
pub enum SerialError {
    /// No such port.
    #[error("there is no port `{path}`; {}", if .found.is_empty() { "this machine has none: is the board connected?".to_owned() } else { format!("this machine has {}", .found.join(", ")) })]
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

/// An open port, ready for a [`Client`](crate::Client).
pub struct Serial(Box<dyn SerialPort>);

impl std::fmt::Debug for Serial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Serial").field(&self.0.name()).finish()
    }
}

/// Opens a port, for this process alone: eight bits, no parity, no flow control.
///
/// # Errors
/// If there is none of that name, it is in use, or the system does not allow it.
pub fn open(path: &str, baud: u32) -> Result<Serial, SerialError> {
    let mut port = serialport::new(path, baud).timeout(READ).open().map_err(|error| explain(path, baud, &error))?;
    // Boards whose serial port is USB send only to a host that says it is there. Others may lack the line.
    _ = port.write_data_terminal_ready(true);
    Ok(Serial(port))
}

fn explain(path: &str, baud: u32, error: &serialport::Error) -> SerialError {
    use serialport::ErrorKind as Kind;
    let path = path.to_owned();
    match error.kind() {
        Kind::Io(ErrorKind::PermissionDenied) => SerialError::Forbidden { path },
        // Where ports are files, one that exists and is no device to us is another program's.
        Kind::NoDevice | Kind::Io(ErrorKind::WouldBlock) if Path::new(&path).exists() => SerialError::Busy { path },
        Kind::NoDevice | Kind::Io(ErrorKind::NotFound) => SerialError::Absent { path, found: found() },
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
                Err(error) if error.kind() == ErrorKind::TimedOut && began.elapsed() < WRITE => {}
                done => return done,
            }
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
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
        assert!(error.to_string().starts_with("port `/dev/null` at 115200 baud: "), "{error}");
    }
}
