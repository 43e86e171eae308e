//! How a command reaches its board: in this process, on a serial port, in QEMU, or in another emulator.

use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use clap::Args;
use glif_board::emulator::{Emulator, End};
use glif_board::{Board, Client, LinkError, Patience, memory, serial};

/// An emulator's life, in seconds, if nothing is said of it: whatever is tried has an end.
const LIMIT: u64 = 300;
/// The same for an emulator whose board has a time of its own, slower than the host's.
const SLOW_LIMIT: u64 = 1800;

/// How long an emulator whose port has broken may take to end.
const GRACE: Duration = Duration::from_secs(2);

/// How long a reply may take from a board whose emulator needs many seconds for one of the board's.
const SLOW: Duration = Duration::from_secs(10);

/// Whether it is the port that has failed.
fn is_port(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(LinkError::Port(_)))
}

/// Where the board is.
#[derive(Clone, Args)]
pub(crate) struct Reach {
    /// The node's own program in this process (the default)
    #[arg(long, conflicts_with_all = ["port", "machine"])]
    local: bool,
    /// A serial port, such as /dev/ttyACM0
    #[arg(long, value_name = "PATH", conflicts_with = "machine")]
    port: Option<String>,
    /// The port's speed, bits a second
    #[arg(long, default_value_t = serial::BAUD, requires = "port", value_parser = clap::value_parser!(u32).range(1..))]
    baud: u32,
    /// An emulator, such as qemu-system-arm
    #[arg(long, value_name = "PROGRAM", requires = "kernel", group = "machine")]
    qemu: Option<String>,
    /// One argument for the emulator, such as --qemu-arg=-M; may be repeated
    #[arg(long, value_name = "ARG", allow_hyphen_values = true, requires = "qemu")]
    qemu_arg: Vec<String>,
    /// An emulator of another kind, such as node: its standard input and output are the board's UART
    #[arg(long, value_name = "PROGRAM", requires = "kernel", group = "machine")]
    emulator: Option<String>,
    /// One argument for it, before the kernel, such as --emulator-arg=firmware/rp2040/emulator/run.mjs; may be repeated
    #[arg(long, value_name = "ARG", allow_hyphen_values = true, requires = "emulator")]
    emulator_arg: Vec<String>,
    /// The program that the emulated board runs
    #[arg(long, value_name = "ELF", requires = "machine")]
    kernel: Option<String>,
    /// The emulator's life at most, in seconds [default: 300, of --emulator 1800; for `watch` none]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
}

/// Any way to a board.
pub(crate) trait Line: Read + Write + Send {}
impl<T: Read + Write + Send> Line for T {}

/// A line to a board.
pub(crate) struct Reached {
    pub(crate) line: Box<dyn Line>,
    /// What it is called.
    pub(crate) transport: String,
    pub(crate) emulator: Option<Emulator>,
}

impl Reach {
    /// Opens the line. An emulator runs as long as it is kept.
    ///
    /// # Errors
    /// If there is no such port, or the emulator does not start.
    pub(crate) fn open(&self) -> Result<Reached> {
        self.open_with(&[])
    }

    /// The same with more words for an emulator.
    pub(crate) fn open_with(&self, words: &[String]) -> Result<Reached> {
        let kernel = self.kernel.as_deref().unwrap_or_default();
        if self.emulated() {
            std::fs::metadata(kernel).with_context(|| format!("`{kernel}`"))?;
        }
        let usual = if self.own_time() { SLOW_LIMIT } else { LIMIT };
        let limit = Duration::from_secs(self.limit.unwrap_or(usual));
        let (line, transport, emulator): (Box<dyn Line>, _, _) = match (&self.port, &self.qemu, &self.emulator) {
            (Some(path), _, _) => {
                (Box::new(serial::open(path, self.baud)?), format!("{path} at {} baud", self.baud), None)
            }
            (None, Some(program), _) => {
                let words = [&self.qemu_arg, words].concat();
                let (emulator, serial) = Emulator::start(program, &words, kernel, limit)?;
                (Box::new(serial), format!("a pseudo-terminal of {}", emulator.version()), Some(emulator))
            }
            (None, None, Some(program)) => {
                let (emulator, pipe) = Emulator::piped(program, &self.emulator_arg, kernel, limit)?;
                (Box::new(pipe), format!("a pipe to {}", emulator.version()), Some(emulator))
            }
            (None, None, None) => (Box::new(memory::start()), "a pipe in memory".to_owned(), None),
        };
        Ok(Reached { line, transport, emulator })
    }

    /// The board behind a line, which is given the time that it needs for a reply.
    ///
    /// # Errors
    /// If none answers.
    pub(crate) fn connect(&self, line: Box<dyn Line>) -> Result<Board<Box<dyn Line>>, LinkError> {
        let usual = Patience::default();
        let wait = if self.own_time() { SLOW } else { usual.wait };
        Board::over(Client::with_patience(line, Patience { wait, ..usual }))
    }

    /// The same for something that has no end of its own: an emulator lives as long as it is kept, unless told otherwise.
    pub(crate) fn unlimited(mut self) -> Self {
        self.limit.get_or_insert(u64::MAX);
        self
    }

    /// Whether opening it again starts a board anew: a part at a port goes on.
    pub(crate) fn starts(&self) -> bool {
        self.port.is_none()
    }

    /// Whether the board is an emulated one.
    pub(crate) fn emulated(&self) -> bool {
        self.qemu.is_some() || self.own_time()
    }

    /// Whether the board's time is not the host's: QEMU's is.
    pub(crate) fn own_time(&self) -> bool {
        self.emulator.is_some()
    }

    /// An error, behind the excuse of an emulated board if it has one.
    pub(crate) fn explain(&self, emulator: Option<&Emulator>, error: impl Into<anyhow::Error>) -> anyhow::Error {
        let error = error.into();
        let began = Instant::now();
        let mut excuse = self.excuse(emulator);
        // A port can break a moment before its emulator has ended.
        while excuse.is_none() && is_port(&error) && emulator.is_some() && began.elapsed() < GRACE {
            thread::sleep(Duration::from_millis(10));
            excuse = self.excuse(emulator);
        }
        match excuse {
            Some(excuse) => anyhow!("{excuse} ({error:#})"),
            None => error,
        }
    }

    /// Why an emulated board does not answer, if it is known.
    pub(crate) fn excuse(&self, emulator: Option<&Emulator>) -> Option<String> {
        let end = emulator?.end()?;
        let more = if end == End::Over { " (--limit gives it more)" } else { "" };
        Some(format!("the emulator has ended: {end}{more}"))
    }
}
