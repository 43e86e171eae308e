//! A board in an emulator. QEMU's is on a pseudo-terminal: from there on the code is that of a real serial port. Others have
//! their UART on standard input and output.

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

/// Why a board cannot be emulated.
#[derive(Debug, Error)]
pub enum EmulatorError {
    /// The program is not there, or cannot be run.
    #[error("`{program}` cannot be run ({reason}); install it with `apt-get install {package}`")]
    Absent {
        /// Its name or path.
        program: String,
        /// The system's words.
        reason: std::io::Error,
        /// Debian's package that has it.
        package: &'static str,
    },
    /// It has ended at once.
    #[error("`{command}` ended at once ({status}): {said}")]
    Ended {
        /// All of its arguments.
        command: String,
        /// How.
        status: String,
        /// What it wrote.
        said: String,
    },
    /// It runs, but has not told its pseudo-terminal.
    #[error("`{command}` has not told a pseudo-terminal within {} s", START.as_secs())]
    NoTerminal {
        /// All of its arguments.
        command: String,
    },
    /// Its pseudo-terminal cannot be opened.
    #[error("QEMU's pseudo-terminal: {0}")]
    Serial(SerialError),
}

// By hand: a source that its own message has told would be told twice.
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
/// It is killed when this is dropped, when its time is over, and where the system offers it, when this
/// process is killed.
#[derive(Debug)]
pub struct Emulator {
    child: Arc<Mutex<Child>>,
    /// Dropped, it ends the watchdog.
    _alive: Sender<()>,
    /// The watchdog has ended it.
    over: Arc<AtomicBool>,
    /// Reads what it writes on standard error, to the end of that.
    errors: Mutex<Option<JoinHandle<String>>>,
    version: String,
}

/// Why an emulator runs no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Its time is over.
    Over,
    /// It has ended by itself.
    Died {
        /// How.
        status: String,
        /// The first line of what it wrote on standard error.
        said: String,
    },
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Over => f.write_str("its time is over"),
            Self::Died { status, said } => write!(f, "{status}: {said}"),
        }
    }
}

impl Emulator {
    /// Starts `program` with `arguments` and a kernel, and opens its first serial port. It lives for `limit` at most.
    ///
    /// # Errors
    /// If it is not installed, ends at once, or opens no pseudo-terminal.
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

    /// Starts `program` with `arguments` and a kernel behind them; its standard input and output are the board's UART. It must
    /// answer to `arguments` and `--version`. It lives for `limit` at most.
    ///
    /// # Errors
    /// If it is not installed.
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
        // Both were asked for, so both are there.
        let ends = input.zip(output).ok_or_else(|| absent(program, ErrorKind::BrokenPipe.into()));
        ends.map(|(input, output)| (emulator, loopback::over(output, input)))
    }

    /// Starts the program, and whatever ends it in time.
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

    /// What the emulator calls itself.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Why it runs no more, if it does not. What it said only the first to ask is told.
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

    /// What it has written on standard error; it must have ended.
    fn said(&self) -> String {
        lock(&self.errors).take().and_then(|errors| errors.join().ok()).unwrap_or_default()
    }

    /// The path of the pseudo-terminal, from the first lines of output.
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

/// The lines of a stream as they come. It is read to its end even if nobody listens: a full pipe would stop QEMU.
fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (lines, heard) = sync_channel(16);
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        loop {
            // A line that is longer is taken for several.
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

/// The beginning of what a stream holds, which is read to its end: firmware may write there without end.
fn beginning(mut stream: impl Read) -> String {
    let mut bytes = Vec::new();
    // What has come before the stream failed is worth as much.
    _ = stream.by_ref().take(limits::EMULATOR_OUTPUT).read_to_end(&mut bytes);
    _ = std::io::copy(&mut stream, &mut std::io::sink());
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Drop for Emulator {
    fn drop(&mut self) {
        kill(&self.child);
    }
}

/// What a lock guards here is whole whoever has panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn kill(child: &Mutex<Child>) {
    let mut child = lock(child);
    // One that has ended already cannot be killed, and is as good as killed.
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

/// The program, run so that it dies with the thread that has started it where `setpriv` of util-linux is there.
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

/// The first line that the program says about itself, behind these arguments.
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
    fn a_program_that_is_not_there() {
        let told = error("qemu-system-nothing", &[]);
        assert!(told.starts_with("`qemu-system-nothing` cannot be run ("), "{told}");
        assert!(told.ends_with("install it with `apt-get install qemu-system-arm`"), "{told}");
    }

    /// A shell in QEMU's place: what follows `-c` has the command line's end as its arguments.
    #[test]
    fn a_program_that_ends_at_once() {
        let told = error("sh", &["-c", "echo no such machine >&2; exit 3"]);
        assert!(told.contains("ended at once (exit status: 3): no such machine"), "{told}");
    }

    #[test]
    fn a_terminal_that_is_not_there() {
        let told = error("sh", &["-c", "echo 'char device redirected to /dev/pts/none (label serial0)'; sleep 60"]);
        assert!(told.starts_with("QEMU's pseudo-terminal: there is no port `/dev/pts/none`"), "{told}");
    }

    #[test]
    fn its_time_is_limited() {
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

    /// A shell in an emulator's place: what comes in goes out again, and the kernel is its last argument.
    #[test]
    fn standard_input_and_output_are_a_line() {
        let arguments = ["-c", "if [ $0 = --version ]; then echo shell 1; else cat; echo $0; fi"].map(String::from);
        let (emulator, mut line) = Emulator::piped("sh", &arguments, "node.elf", LONG).unwrap();
        assert_eq!(emulator.version(), "shell 1");
        // More than a pipe of the system holds.
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
    fn node_is_in_a_package_of_its_own() {
        let message = absent("node", ErrorKind::NotFound.into()).to_string();
        assert!(message.ends_with("install it with `apt-get install nodejs`"), "{message}");
    }

    /// Its last words are not lost with it: a shell in QEMU's place has opened a terminal, and then fails.
    #[test]
    fn its_end_is_told() {
        let arguments = ["-c", "echo /dev/ptmx; echo no such kernel >&2; exit 3"].map(String::from);
        let began = Instant::now();
        let (emulator, _port) = Emulator::start("sh", &arguments, "none.elf", LONG).unwrap();
        assert_eq!(end(&emulator, began).to_string(), "exit status: 3: no such kernel");
    }
}
