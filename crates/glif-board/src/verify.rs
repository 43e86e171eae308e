//! The proof that a board equals the host: one list of checks for a node in this process, in QEMU and on
//! hardware.
//!
//! | module | content |
//! |---|---|
//! | `twin` | the host's own population beside the board's |
//! | `cases` | random populations under random currents, with every step compared |
//! | `networks` | random networks, with every step compared, and in real time |
//! | `evidence` | a folder from which a difference can be reproduced |
//! | `refusals` | requests that the board must refuse without a change of its state |
//! | `wire`, `noise` | what may arrive on a line: duplicates, copies, garbage, torn and flipped frames |
//! | `pace` | the cost of steps, and real-time mode with and without missed due times |
//! | `pulses`, `edges` | spikes as pulses on pins, where a log of their edges can be read |
//! | `bench`, `report` | runs the checks, and records their results |
//!
//! Currents are held over a part of some tens of steps. The board sends a checksum of its whole state after
//! each step, so that every step is compared with little data. At the end of the part its arrays are read and
//! compared value by value. If something differs, the part is replayed from the board's own snapshot, step by
//! step.

mod bench;
mod cases;
mod edges;
mod evidence;
pub(crate) mod networks;
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

/// Reason why a check failed, or why evidence could not be replayed.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// The board does not answer, or refuses what it should do.
    #[error("the board: {0}")]
    Link(LinkError),
    /// The board's state differs from the host's.
    #[error("{0}")]
    Different(Box<Failure>),
    /// The board has not done what it should.
    #[error("{0}")]
    Wrong(String),
    /// The host itself failed.
    #[error("the host: {0}")]
    Host(String),
    /// A folder of evidence cannot be written or read.
    #[error("`{}`: {reason}", glif::text::path(.path))]
    Folder {
        /// Path of the folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

// Not `#[from]`: the message already contains the source, which would then be printed twice.
impl From<LinkError> for VerifyError {
    fn from(error: LinkError) -> Self {
        Self::Link(error)
    }
}

/// Returns from a check with an error, formatted from the other arguments, if the condition is false.
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

/// A difference, with the data to reproduce it. The check that finds it saves it in a folder, which
/// [`replay`] reads.
#[derive(Debug)]
pub struct Failure {
    /// How the difference was noticed.
    seen: String,
    /// The difference, if the replay reproduced it.
    difference: Option<Difference>,
    /// The board at the start of the part.
    start: Snapshot,
    /// The host at the start of the part.
    host: Twin,
    /// Currents, nA, a row for each step of the part.
    currents: Vec<Vec<f64>>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.difference {
            Some(difference) => write!(f, "{difference} ({})", self.seen),
            None => write!(f, "{}; a replay from the start of its part did not reproduce it", self.seen),
        }
    }
}

/// Runs every check on a board, and reports progress to `watch`. The population loaded on the board is
/// replaced.
pub fn run<P: Read + Write>(board: &mut Board<P>, options: &Options, watch: &mut dyn FnMut(Event<'_>)) -> Report {
    let began = Instant::now();
    let mut bench = Bench::new(board, options, watch);
    bench.tell(Event::Plan(cases::plan(&bench) + networks::plan(&bench)));
    refusals::before_a_load(&mut bench);
    cases::all(&mut bench);
    networks::all(&mut bench);
    refusals::all(&mut bench);
    noise::all(&mut bench);
    pace::all(&mut bench);
    pulses::all(&mut bench);
    let mut report = bench.report;
    report.resent = board.client().health().resent;
    report.seconds = began.elapsed().as_secs_f64();
    report
}
