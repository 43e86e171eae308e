//! The proof that a board equals the host: one list of checks for a node in this process, in QEMU and on silicon.
//!
//! | module | what |
//! |---|---|
//! | `twin` | the host's own population beside the board's |
//! | `cases` | random populations under random currents, every step compared |
//! | `evidence` | a folder from which a difference can be had again |
//! | `refusals` | requests that the board must refuse, with its state as it was |
//! | `wire`, `noise` | what may arrive on a line: duplicates, copies, garbage, torn and flipped frames |
//! | `pace` | what steps cost, and real-time mode in time and out of time |
//! | `pulses`, `edges` | spikes as pulses on pins, where a log of their edges can be read |
//! | `bench`, `report` | makes the checks, and enters what came of them |
//!
//! Currents are held over a part of some tens of steps. The board sends a checksum of its whole state after each of them,
//! so that every step is compared though little is sent; at the end of the part its arrays are read and compared value by
//! value. Where something differs, the part is replayed from the board's own snapshot, one step after another.

mod bench;
mod cases;
mod edges;
mod evidence;
mod noise;
mod pace;
mod pulses;
mod refusals;
mod report;
mod twin;
mod wire;

use std::fmt;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::time::Instant;

use thiserror::Error;

pub use crate::difference::{Difference, Place};
pub use bench::{Event, Options};
pub use edges::Pins;
pub use evidence::replay;
pub use report::{Check, Report, Tally};

use crate::Board;
use crate::board::Snapshot;
use crate::error::LinkError;
use bench::Bench;
use twin::Twin;

/// Why a check did not pass, or evidence could not be replayed.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// The board does not answer, or refuses what it should do.
    #[error("the board: {0}")]
    Link(LinkError),
    /// The board's state is not the host's.
    #[error("{0}")]
    Different(Box<Failure>),
    /// The board has not done what it should.
    #[error("{0}")]
    Wrong(String),
    /// The host itself.
    #[error("the host: {0}")]
    Host(String),
    /// A folder of evidence cannot be written or read.
    #[error("`{}`: {reason}", glif::text::path(.path))]
    Folder {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

// By hand: a source that its own message has told would be told twice.
impl From<LinkError> for VerifyError {
    fn from(error: LinkError) -> Self {
        Self::Link(error)
    }
}

/// Ends a check unless this holds, in the words behind it.
macro_rules! require {
    ($holds:expr, $($told:tt)+) => {
        let holds: bool = $holds;
        if !holds {
            return Err($crate::verify::VerifyError::Wrong(format!($($told)+)));
        }
    };
}
use require;

impl VerifyError {
    fn host(error: impl fmt::Display) -> Self {
        Self::Host(error.to_string())
    }
}

/// A difference, and what is needed to have it again: the check that finds it saves it in a folder, which [`replay`] takes.
#[derive(Debug)]
pub struct Failure {
    /// How it was noticed.
    seen: String,
    /// What it is, if it came again when replayed.
    difference: Option<Difference>,
    /// The board at the start of the part.
    start: Snapshot,
    /// The host at the start of the part.
    host: Twin,
    /// nA, a row for each step of the part.
    currents: Vec<Vec<f64>>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.difference {
            Some(difference) => write!(f, "{difference} ({})", self.seen),
            None => write!(f, "{}; replayed from the start of its part it did not come again", self.seen),
        }
    }
}

/// Makes every check on a board, and tells `watch` as it goes. Whatever is loaded on the board is replaced.
pub fn run<P: Read + Write>(board: &mut Board<P>, options: &Options, watch: &mut dyn FnMut(Event<'_>)) -> Report {
    let began = Instant::now();
    let mut bench = Bench::new(board, options, watch);
    bench.tell(Event::Plan(cases::plan(&bench)));
    refusals::before_a_load(&mut bench);
    cases::all(&mut bench);
    refusals::all(&mut bench);
    noise::all(&mut bench);
    pace::all(&mut bench);
    pulses::all(&mut bench);
    let mut report = bench.report;
    report.resent = board.client().health().resent;
    report.seconds = began.elapsed().as_secs_f64();
    report
}
