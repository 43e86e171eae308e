//! A board in an emulator. QEMU provides a pseudo-terminal, which the host uses like a real serial port.
//! Other emulators connect the board's UART to their standard input and output.

use std::fmt;
use std::io::{BufRead as _, BufReader, ErrorKind, Read};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use glif::{limits, text};
use thiserror::Error;

use crate::loopback::{self, Pipe};
use crate::serial::{self, BAUD, Serial, SerialError};

/// How long QEMU may take to open its pseudo-terminal.
const START: Duration = Duration::from_secs(10);

/// Reason why a board cannot be emulated.
#[derive(Debug, Error)]
pub enum EmulatorError {
    /// The program is missing, or cannot be run.
    #[error("`{program}`: cannot be started: {reason}\nhelp: install it with `apt-get install {package}`")]
    Absent {
        /// Name or path of the program.
        program: String,
        /// Error of the system.
        reason: std::io::Error,
        /// Debian package that contains the program.
        package: &'static str,
    },
    /// The program ended at once.
    #[error("`{command}`: ended at once ({status}): {said}")]
    Ended {
        /// The program with all its arguments.
        command: String,
        /// Exit status.
        status: String,
        /// Standard error of the program.
        said: String,
    },
    /// The program runs, but has not printed the path of its pseudo-terminal.
    #[error("`{command}`: reported no pseudo-terminal within {} s", START.as_secs())]
    NoTerminal {
        /// The program with all its arguments.
        command: String,
    },
    /// The pseudo-terminal cannot be opened.
    #[error("QEMU's pseudo-terminal: {0}")]
    Serial(SerialError),
}

// Not `#[from]`: the message already contains the source, which would then be printed twice.
impl From<SerialError> for EmulatorError {
    fn from(error: SerialError) -> Self {
        Self::Serial(error)
    }
}

/// A running emulator.
///
/// ```no_run
/// use std::time::Duration;
///
/// use glif_board::{Board, emulator::Emulator};
///
/// let arguments = ["-machine", "mps2-an386"].map(String::from);
/// let kernel = "target/cross/thumbv7em-none-eabihf/release/glif-qemu-mps-mps2-an386.elf";
/// let (_running, port) = Emulator::start("qemu-system-arm", &arguments, kernel, Duration::from_secs(60))?;
/// println!("{}", Board::connect(port)?.identity().board);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The emulator is killed when this value is dropped, when its time is over, and, where the system supports
/// it, when this process is killed.
#[derive(Debug)]
pub struct Emulator {
    child: Arc<Mutex<Child>>,
    /// Ends the watchdog when dropped.
    _alive: Sender<()>,
    /// Whether the watchdog has ended the emulator.
    over: Arc<AtomicBool>,
    /// Thread that reads standard error to its end.
    errors: Mutex<Option<JoinHandle<String>>>,
    version: String,
}

/// Reason why an emulator has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Its time was over.
    Over,
    /// It ended by itself.
    Died {
        /// Exit status.
        status: String,
        /// First line of standard error.
        said: String,
    },
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Over => f.write_str("the time limit was reached"),
            Self::Died { status, said } => write!(f, "{status}: {said}"),
        }
    }
}

impl Emulator {
    /// Starts `program` with `arguments` and a kernel, and opens its first serial port. It runs for `limit` at most.
    ///
    /// # Errors
    /// Returns an error if the program is not installed, ends at once, or opens no pseudo-terminal.
    pub fn start(
        program: &str,
        arguments: &[String],
        kernel: &str,
        limit: Duration,
    ) -> Result<(Self, Serial), EmulatorError> {
        let version = version(program, &[])?;
        let fixed = ["-nographic", "-monitor", "none", "-serial", "pty", "-kernel", kernel];
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain(fixed).collect();
        let (emulator, _, output) = Self::launch(program, &arguments, Stdio::null(), version, limit)?;
        let output = output.map_or_else(|| lines(std::io::empty()), lines);
        let terminal = emulator.terminal(&output, || format!("{program} {}", arguments.join(" ")))?;
        Ok((emulator, serial::open(&terminal, BAUD)?))
    }

    /// Starts `program` with `arguments`, followed by a kernel. Its standard input and output are the board's
    /// UART. The program must respond to `arguments` followed by `--version`. It runs for `limit` at most.
    ///
    /// # Errors
    /// Returns an error if the program is not installed.
    pub fn piped(
        program: &str,
        arguments: &[String],
        kernel: &str,
        limit: Duration,
    ) -> Result<(Self, Pipe), EmulatorError> {
        let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let version = version(program, &arguments)?;
        arguments.push(kernel);
        let (emulator, input, output) = Self::launch(program, &arguments, Stdio::piped(), version, limit)?;
        // Both were requested, so both exist.
        let ends = input.zip(output).ok_or_else(|| absent(program, ErrorKind::BrokenPipe.into()));
        ends.map(|(input, output)| (emulator, loopback::over(output, input)))
    }

    /// Starts the program, and the watchdog that ends it in time.
    fn launch(
        program: &str,
        arguments: &[&str],
        input: Stdio,
        version: String,
        limit: Duration,
    ) -> Result<(Self, Option<ChildStdin>, Option<ChildStdout>), EmulatorError> {
        let absent = |reason| absent(program, reason);
        let mut child = command(program).args(arguments).stdin(input).spawn().map_err(absent)?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let errors = child.stderr.take();
        let errors = thread::spawn(|| errors.map(beginning).unwrap_or_default());
        let (child, over) = (Arc::new(Mutex::new(child)), Arc::default());
        let alive = watch(Arc::clone(&child), Arc::clone(&over), limit);
        let emulator = Self { child, _alive: alive, over, errors: Mutex::new(Some(errors)), version };
        Ok((emulator, input, output))
    }

    /// Returns the version line of the emulator.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns why the emulator has ended, or `None` if it runs. Only the first call returns what it wrote.
    pub fn end(&self) -> Option<End> {
        let status = match lock(&self.child).try_wait() {
            Ok(None) => return None,
            Ok(Some(status)) => status.to_string(),
            Err(error) => error.to_string(),
        };
        if self.over.load(Ordering::Relaxed) {
            return Some(End::Over);
        }
        let said = self.said();
        let said = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it said nothing");
        Some(End::Died { status, said: text::printable(said, limits::PRINTED) })
    }

    /// Returns what the emulator has written to standard error; it must have ended.
    fn said(&self) -> String {
        lock(&self.errors).take().and_then(|errors| errors.join().ok()).unwrap_or_default()
    }

    /// Finds the path of the pseudo-terminal in the first lines of output.
    fn terminal(&self, output: &Receiver<String>, command: impl Fn() -> String) -> Result<String, EmulatorError> {
        let until = Instant::now() + START;
        loop {
            match output.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    if let Some(path) = line.split_whitespace().find(|word| word.starts_with("/dev/")) {
                        return Ok(path.to_owned());
                    }
                }
                Err(RecvTimeoutError::Timeout) => return Err(EmulatorError::NoTerminal { command: command() }),
                Err(RecvTimeoutError::Disconnected) => {
                    let status = lock(&self.child).wait();
                    let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
                    let said = text::printable(self.said().trim(), 10 * limits::PRINTED);
                    return Err(EmulatorError::Ended { command: command(), status, said });
                }
            }
        }
    }
}

/// Sends the lines of a stream as they arrive. It reads to the end even without a receiver: a full pipe would
/// stop QEMU.
fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (lines, heard) = sync_channel(16);
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        loop {
            // A longer line is split into several.
            let mut line = Vec::new();
            match stream.by_ref().take(limits::EMULATOR_OUTPUT).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
            let line = String::from_utf8_lossy(&line).into_owned();
            _ = lines.send(line);
        }
    });
    heard
}

/// Returns the beginning of a stream, which it reads to the end: firmware may write to it without end.
fn beginning(mut stream: impl Read) -> String {
    let mut bytes = Vec::new();
    // What arrived before a failure of the stream is still useful.
    _ = stream.by_ref().take(limits::EMULATOR_OUTPUT).read_to_end(&mut bytes);
    _ = std::io::copy(&mut stream, &mut std::io::sink());
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Drop for Emulator {
    fn drop(&mut self) {
        kill(&self.child);
    }
}

/// Locks a mutex, even a poisoned one: its contents are valid whichever thread has panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn kill(child: &Mutex<Child>) {
    let mut child = lock(child);
    // An error means that the child has already ended.
    _ = child.kill();
    _ = child.wait();
}

/// Kills the child when the time is over; ends when the sender is dropped.
fn watch(child: Arc<Mutex<Child>>, over: Arc<AtomicBool>, limit: Duration) -> Sender<()> {
    let (alive, dropped) = channel();
    thread::spawn(move || {
        if dropped.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
            over.store(true, Ordering::Relaxed);
            kill(&child);
        }
    });
    alive
}

/// Returns the command to run the program. With `setpriv` of util-linux, the program is killed when the
/// thread that started it ends.
fn command(program: &str) -> Command {
    let wrapped = cfg!(target_os = "linux") && quiet("setpriv").arg("--version").status().is_ok();
    let mut command = if wrapped {
        let mut command = quiet("setpriv");
        command.args(["--pdeathsig", "KILL", "--", program]);
        command
    } else {
        quiet(program)
    };
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn quiet(program: &str) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Returns the first line that the program prints for `arguments` followed by `--version`.
fn version(program: &str, arguments: &[&str]) -> Result<String, EmulatorError> {
    let output = Command::new(program).args(arguments).arg("--version").stdin(Stdio::null()).output();
    let output = output.map_err(|reason| absent(program, reason))?;
    let said = String::from_utf8_lossy(&output.stdout);
    Ok(text::printable(said.lines().next().unwrap_or_default(), limits::PRINTED))
}

fn absent(program: &str, reason: std::io::Error) -> EmulatorError {
    let package = match program {
        program if program.contains("riscv") => "qemu-system-misc",
        program if program.contains("qemu") => "qemu-system-arm",
        _ => "nodejs",
    };
    EmulatorError::Absent { program: program.to_owned(), reason, package }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn error(program: &str, arguments: &[&str]) -> String {
        let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
        Emulator::start(program, &arguments, "none.elf", LONG).unwrap_err().to_string()
    }

    #[test]
    fn missing_program_is_an_error() {
        let told = error("qemu-system-nothing", &[]);
        assert!(told.starts_with("`qemu-system-nothing`: cannot be started: "), "{told}");
        assert!(told.ends_with("\nhelp: install it with `apt-get install qemu-system-arm`"), "{told}");
    }

    /// A shell in place of QEMU: the end of the command line is the arguments of the script after `-c`.
    #[test]
    fn early_exit_is_an_error() {
        let told = error("sh", &["-c", "echo no such machine >&2; exit 3"]);
        assert!(told.contains("ended at once (exit status: 3): no such machine"), "{told}");
    }

    #[test]
    fn missing_terminal_is_an_error() {
        let told = error("sh", &["-c", "echo 'char device redirected to /dev/pts/none (label serial0)'; sleep 60"]);
        assert!(told.starts_with("QEMU's pseudo-terminal: port `/dev/pts/none`: not found"), "{told}");
    }

    #[test]
    fn run_time_is_limited() {
        let child = quiet("sleep").arg("60").spawn().unwrap();
        let child = Arc::new(Mutex::new(child));
        let began = Instant::now();
        let over = Arc::default();
        let alive = watch(Arc::clone(&child), Arc::clone(&over), Duration::from_millis(100));
        let emulator = Emulator { child, _alive: alive, over, errors: Mutex::default(), version: String::new() };
        assert_eq!(end(&emulator, began), End::Over);
    }

    fn end(emulator: &Emulator, began: Instant) -> End {
        loop {
            if let Some(end) = emulator.end() {
                return end;
            }
            assert!(began.elapsed() < LONG / 2, "still alive");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// A shell in place of an emulator: it echoes its input, and the kernel is its last argument.
    #[test]
    fn standard_input_and_output_serve_as_a_port() {
        let arguments = ["-c", "if [ $0 = --version ]; then echo shell 1; else cat; echo $0; fi"].map(String::from);
        let (emulator, mut line) = Emulator::piped("sh", &arguments, "node.elf", LONG).unwrap();
        assert_eq!(emulator.version(), "shell 1");
        // More than a pipe of the system can buffer.
        let sent: Vec<u8> = (0..300_000_u32).map(|i| (i % 251) as u8).collect();
        line.write_all(&sent).unwrap();
        let (mut heard, began) = (Vec::new(), Instant::now());
        while heard.len() < sent.len() && began.elapsed() < LONG / 2 {
            let mut bytes = [0; 4096];
            if let Ok(count) = line.read(&mut bytes) {
                heard.extend_from_slice(&bytes[..count]);
            }
        }
        assert!(heard == sent, "{} bytes", heard.len());
        assert_eq!(emulator.end(), None);
        drop(line);
        // Its input has ended.
        assert_eq!(end(&emulator, began).to_string(), "exit status: 0: it said nothing");
    }

    #[test]
    fn missing_node_error_names_its_package() {
        let message = absent("node", ErrorKind::NotFound.into()).to_string();
        assert!(message.ends_with("\nhelp: install it with `apt-get install nodejs`"), "{message}");
    }

    /// The last line of standard error is not lost: a shell in place of QEMU opens a terminal, and then
    /// fails.
    #[test]
    fn exit_status_and_last_error_are_reported() {
        let arguments = ["-c", "echo /dev/ptmx; echo no such kernel >&2; exit 3"].map(String::from);
        let began = Instant::now();
        let (emulator, _port) = Emulator::start("sh", &arguments, "none.elf", LONG).unwrap();
        assert_eq!(end(&emulator, began).to_string(), "exit status: 3: no such kernel");
    }
}
