//! The proof that a board equals the host: one list of checks for a node in this process, in QEMU and on silicon.
//!
//! | module | what |
//! |---|---|
//! | `draw` | random populations and currents |
//! | `twin` | the host's own population beside the board's |
//! | `cases` | random populations under random currents, every step compared |
//! | `difference` | where two states differ first |
//! | `evidence` | a folder from which a difference can be had again |
//! | `refusals` | requests that the board must refuse, with its state as it was |
//! | `wire`, `noise` | what may arrive on a line: duplicates, copies, garbage, torn and flipped frames |
//! | `pace` | what steps cost, and real-time mode in time and out of time |
//! | `pulses` | spikes as pulses on pins, where a log of their edges can be read |
//! | `bench`, `report` | makes the checks, and enters what came of them |
//!
//! Currents are held over a part of some tens of steps. The board sends a checksum of its whole state after each of them,
//! so that every step is compared though little is sent; at the end of the part its arrays are read and compared value by
//! value. Where something differs, the part is replayed from the board's own snapshot, one step after another.

mod bench;
mod cases;
mod difference;
pub(crate) mod draw;
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

pub use bench::{Event, Options};
pub use difference::{Difference, Place};
pub use evidence::replay;
pub use pulses::Pins;
pub use report::{Check, Report, Tally};

use crate::Board;
use crate::board::Snapshot;
use crate::client::LinkError;
use bench::Bench;
use twin::Recipe;

/// Why a check did not pass, or evidence could not be replayed.
///
/// ```
/// use std::path::Path;
///
/// use glif_board::hil::{self, Trouble};
/// use glif_board::{Board, memory};
///
/// let trouble = hil::replay(&mut Board::connect(memory::start())?, Path::new("target/nothing")).unwrap_err();
/// assert!(matches!(&trouble, Trouble::Folder { path, .. } if path.ends_with("nothing")));
/// assert!(trouble.to_string().starts_with("`target/nothing`: population.toml: "), "{trouble}");
/// # Ok::<(), glif_board::LinkError>(())
/// ```
#[derive(Debug, Error)]
pub enum Trouble {
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
impl From<LinkError> for Trouble {
    fn from(error: LinkError) -> Self {
        Self::Link(error)
    }
}

impl Trouble {
    fn host(error: impl fmt::Display) -> Self {
        Self::Host(error.to_string())
    }
}

/// A difference, and what is needed to have it again: the check that finds it saves it in a folder, which [`replay`] takes.
///
/// ```
/// # use std::io::{self, Read, Write};
/// # use glif_link::{Kind, Model, Request, Scalar, frame, packet};
/// use glif_board::hil::{self, Options};
/// use glif_board::{Board, memory};
/// # struct Skewed(memory::Pipe);
/// # impl Read for Skewed {
/// #     fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> { self.0.read(buffer) }
/// # }
/// # impl Write for Skewed {
/// #     fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
/// #         let mut receiver = Box::new(frame::Receiver::<4096>::new());
/// #         bytes.iter().for_each(|byte| _ = receiver.feed(*byte));
/// #         let packet = packet::open(receiver.packet()).ok();
/// #         let request = packet.as_ref().and_then(|packet| packet.message());
/// #         let (Some(packet), Some(Request::Load(mut model))) = (packet, request) else { return self.0.write(bytes) };
/// #         if let Model { kind: Kind::Alif { components, .. }, scalar: Scalar::F32, .. } = &mut model {
/// #             components.iter_mut().for_each(|component| component.increment += 1e-3);
/// #         }
/// #         let mut buffer = [0; 4096];
/// #         let packet = packet::encode(packet.sequence, &Request::Load(model), &mut buffer).unwrap();
/// #         frame::whole(packet, |piece| self.0.write_all(piece))?;
/// #         Ok(bytes.len())
/// #     }
/// #     fn flush(&mut self) -> io::Result<()> { self.0.flush() }
/// # }
///
/// # let save = tempfile::tempdir()?;
/// # let mut faulty = Board::connect(Skewed(memory::start()))?;
/// // Whatever ALIF in f32 this board loads, its spikes raise the threshold by 0.001 mV too much.
/// let options = Options { quick: true, save: save.path().to_owned(), ..Options::default() };
/// let report = hil::run(&mut faulty, &options, &mut |_| {});
/// let check = report.checks.iter().find(|check| !check.passed).expect("a failure");
/// assert_eq!((check.name.as_str(), report.failures()), ("alif f32 1/2", 2));
///
/// let folder = save.path().join("in-this-process-alif-f32-1-2");
/// let again = hil::replay(&mut faulty, &folder)?.expect("the same difference");
/// assert!(check.difference.as_ref().is_some_and(|told| told.starts_with(&again.to_string())));
/// assert_eq!(hil::replay(&mut Board::connect(memory::start())?, &folder)?, None); // a good board has none
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Failure {
    /// How it was noticed.
    seen: String,
    /// What it is, if it came again when replayed.
    difference: Option<Difference>,
    /// The board at the start of the part.
    start: Snapshot,
    /// The host at the start of the part.
    recipe: Recipe,
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
