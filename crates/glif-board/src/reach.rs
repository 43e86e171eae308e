//! How a program connects to its board: in this process, on a serial port, in QEMU, or in another emulator;
//! as command-line arguments.
//!
//! ```no_run
//! use clap::Parser;
//! use glif_board::reach::Reach;
//!
//! #[derive(Parser)]
//! struct Arguments {
//!     #[command(flatten)]
//!     reach: Reach,
//! }
//!
//! let arguments = Arguments::parse();
//! arguments.reach.demonstrate(|board, out| Ok(std::io::Write::write_all(out, board.identity().board.as_bytes())?))?;
//! # Ok::<(), anyhow::Error>(())
//! ```

use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use clap::Args;
use glif::output::{Output, say};
use glif::text;

use crate::emulator::{Emulator, End};
use crate::{Board, Client, LinkError, Patience, loopback, serial};

/// Default limit on the run time of an emulator, s: every attempt ends.
const LIMIT: u64 = 900;
/// Default limit for an emulator whose board has its own time, slower than the host's, s.
const SLOW_LIMIT: u64 = 1800;

/// How long an emulator may take to end after its port has broken.
const GRACE: Duration = Duration::from_secs(2);

/// How long a reply may take from a board whose emulator needs many seconds for one of the board's.
const SLOW: Duration = Duration::from_secs(10);

/// Where the board is.
#[derive(Debug, Clone, Args)]
pub struct Reach {
    /// The node, in a thread of this process (the default of `glif board`)
    #[arg(long, conflicts_with_all = ["port", "machine"])]
    local: bool,
    /// A serial port, such as /dev/ttyACM0
    #[arg(long, value_name = "PATH", conflicts_with = "machine")]
    port: Option<String>,
    /// Speed of the port, bits per second
    #[arg(long, default_value_t = serial::BAUD, requires = "port", value_parser = clap::value_parser!(u32).range(1..))]
    baud: u32,
    /// An emulator, such as qemu-system-arm
    #[arg(long, value_name = "PROGRAM", requires = "kernel", group = "machine")]
    qemu: Option<String>,
    /// One argument for the emulator, such as --qemu-arg=-M; may be repeated
    #[arg(long, value_name = "ARG", allow_hyphen_values = true, requires = "qemu")]
    qemu_arg: Vec<String>,
    /// Another emulator, such as node, whose standard input and output are the UART of the board
    #[arg(long, value_name = "PROGRAM", requires = "kernel", group = "machine")]
    emulator: Option<String>,
    /// One argument for that emulator, before the kernel, such as --emulator-arg=firmware/boards/rp/emulator/run.mjs; may be repeated
    #[arg(long, value_name = "ARG", allow_hyphen_values = true, requires = "emulator")]
    emulator_arg: Vec<String>,
    /// Firmware image for the emulated board
    #[arg(long, value_name = "ELF", requires = "machine")]
    kernel: Option<String>,
    /// Time limit of the emulator, seconds [default: 900, 1800 with --emulator; none for `watch`]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
}

/// A line to a board.
pub trait Line: Read + Write + Send {}
impl<T: Read + Write + Send> Line for T {}

/// An open line to a board.
pub struct Reached {
    /// The line itself.
    pub line: Box<dyn Line>,
    /// Description of the line.
    pub transport: String,
    /// The emulator that the board runs in; it runs as long as this value is kept.
    pub emulator: Option<Emulator>,
}

impl Reach {
    /// Opens the line.
    ///
    /// # Errors
    /// Returns an error if there is no such port, or if the emulator does not start.
    pub fn open(&self) -> Result<Reached> {
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
                let (emulator, serial) = Emulator::start(program, &self.qemu_arg, kernel, limit)?;
                (Box::new(serial), format!("a pseudo-terminal of {}", emulator.version()), Some(emulator))
            }
            (None, None, Some(program)) => {
                let (emulator, pipe) = Emulator::piped(program, &self.emulator_arg, kernel, limit)?;
                (Box::new(pipe), format!("a pipe to {}", emulator.version()), Some(emulator))
            }
            (None, None, None) => (Box::new(loopback::start()), "a pipe in memory".to_owned(), None),
        };
        Ok(Reached { line, transport, emulator })
    }

    /// Connects to the board behind a line, with the waiting time that its replies need.
    ///
    /// # Errors
    /// Returns an error if no board answers.
    pub fn connect(&self, line: Box<dyn Line>) -> Result<Board<Box<dyn Line>>, LinkError> {
        let usual = Patience::default();
        let wait = if self.own_time() { SLOW } else { usual.wait };
        Board::over(Client::with_patience(line, Patience { wait, ..usual }))
    }

    /// Connects to the board and runs `work` on it. Afterwards it prints a note if the board's clock is an
    /// emulator's.
    ///
    /// # Errors
    /// Returns an error if the board cannot be reached, and any error of `work`.
    pub fn demonstrate(&self, work: impl FnOnce(&mut Board<Box<dyn Line>>, &mut Output) -> Result<()>) -> Result<()> {
        let Reached { line, emulator, .. } = self.open()?;
        let board = self.connect(line).map_err(Into::into);
        board.and_then(|mut board| work(&mut board, &mut Output)).map_err(|error| explain(emulator.as_ref(), error))?;
        if self.emulated() {
            say("the board is emulated: times are of the emulator's clock, not of a real chip")?;
        }
        Ok(())
    }

    /// Returns whether an option names a board; without one it is the node in a thread of this process.
    pub fn is_given(&self) -> bool {
        self.local || self.port.is_some() || self.emulated()
    }

    /// Removes the default limit, for work without a fixed end. Without `--limit`, an emulator then runs as long
    /// as it is kept.
    #[must_use]
    pub fn unlimited(mut self) -> Self {
        self.limit.get_or_insert(u64::MAX);
        self
    }

    /// Adds arguments for QEMU.
    #[must_use]
    pub fn with_qemu_args(mut self, args: impl IntoIterator<Item = String>) -> Self {
        self.qemu_arg.extend(args);
        self
    }

    /// Returns whether opening the line again starts a new board: hardware at a port goes on running.
    pub fn starts(&self) -> bool {
        self.port.is_none()
    }

    /// Returns whether the board is emulated.
    pub fn emulated(&self) -> bool {
        self.qemu.is_some() || self.own_time()
    }

    /// Returns whether the board's time differs from the host's; QEMU's does not.
    pub fn own_time(&self) -> bool {
        self.emulator.is_some()
    }
}

/// Adds to an error the reason why the emulator has ended, if it has.
pub fn explain(emulator: Option<&Emulator>, error: impl Into<anyhow::Error>) -> anyhow::Error {
    let error = error.into();
    let broken = matches!(error.downcast_ref(), Some(LinkError::Port(_))) && emulator.is_some();
    let began = Instant::now();
    loop {
        match excuse(emulator) {
            Some(excuse) => return anyhow!("{excuse} ({})", text::fact(&format!("{error:#}"))),
            // A port can break a moment before its emulator ends.
            None if broken && began.elapsed() < GRACE => thread::sleep(Duration::from_millis(10)),
            None => return error,
        }
    }
}

/// Returns why an emulated board does not answer, if known.
pub fn excuse(emulator: Option<&Emulator>) -> Option<String> {
    let end = emulator?.end()?;
    let more = if end == End::Over { " (raise it with --limit)" } else { "" };
    Some(format!("the emulator has ended: {end}{more}"))
}
