//! Bench that runs the checks, one after another.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::time::Instant;

use glif::{Description, text};

use super::edges::Pins;
use super::report::{Check, Report, Tally};
use super::twin::Twin;
use super::{VerifyError, evidence, require};
use crate::difference::{self, Difference};
use crate::error::LinkError;
use crate::{Board, translate};

/// Options of a run of all checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Seed of the random draws: equal seeds give equal checks on equal boards.
    pub seed: u64,
    /// Whether to compare fewer steps.
    pub quick: bool,
    /// Folder in which each failure gets a folder.
    pub save: PathBuf,
    /// Whether the board's time differs from the host's. An example is an emulator slower than the hardware
    /// that it emulates. Due times are then not compared with the host's clock, and the duration of real-time
    /// mode is measured by the board's clock instead of the host's.
    pub own_time: bool,
    /// Where the edges of the board's pins are logged, if they are.
    pub pins: Option<Pins>,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, quick: false, save: PathBuf::from("target/hil"), own_time: false, pins: None }
    }
}

/// Progress of a run: enough for a progress bar, and for a line about each check.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// About this number of steps will be compared.
    Plan(u64),
    /// A check begins.
    Begin(&'a str),
    /// This number of further steps has been compared.
    Steps(u64),
    /// A check has ended.
    Done(&'a Check),
    /// A remark that is not a failure.
    Note(&'a str),
}

/// A board under test.
pub(crate) struct Bench<'a, P> {
    pub(crate) board: &'a mut Board<P>,
    pub(crate) options: &'a Options,
    pub(crate) report: Report,
    watch: &'a mut dyn FnMut(Event<'_>),
    /// Whether the board has stopped answering; waiting for it again in each check would take minutes.
    dead: bool,
}

impl<'a, P: Read + Write> Bench<'a, P> {
    pub(crate) fn new(board: &'a mut Board<P>, options: &'a Options, watch: &'a mut dyn FnMut(Event<'_>)) -> Self {
        let report = Report::new(board.identity(), options.seed);
        Self { board, options, report, watch, dead: false }
    }

    pub(crate) fn tell(&mut self, event: Event<'_>) {
        (self.watch)(event);
    }

    pub(crate) fn note(&mut self, text: String) {
        self.tell(Event::Note(&text));
        self.report.notes.push(text);
    }

    /// Runs a check, and records its result.
    pub(crate) fn check(&mut self, name: &str, check: impl FnOnce(&mut Self, &mut Tally) -> Result<(), VerifyError>) {
        self.tell(Event::Begin(name));
        let (began, mut tally) = (Instant::now(), Tally::default());
        let done = if self.dead {
            Err(VerifyError::Wrong("not run: the board no longer answers".to_owned()))
        } else {
            check(self, &mut tally)
        };
        self.dead |= matches!(done, Err(VerifyError::Link(LinkError::Silent { .. } | LinkError::Port(_))));
        let difference = done.err().map(|trouble| self.keep(name, trouble));
        let seconds = began.elapsed().as_secs_f64();
        let check = Check { name: name.to_owned(), passed: difference.is_none(), tally, seconds, difference };
        self.tell(Event::Done(&check));
        self.report.add(check);
    }

    /// Saves the evidence of a failure, if there is any; returns the failure as text, and where it was saved.
    fn keep(&self, name: &str, trouble: VerifyError) -> String {
        let VerifyError::Different(failure) = &trouble else {
            return trouble.to_string();
        };
        // A board's name with other characters could be longer than a file name may be.
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let folder: String = format!("{}-{name}", self.report.identity.board).chars().map(plain).collect();
        let folder = self.options.save.join(folder);
        match evidence::save(&folder, failure) {
            Ok(()) => {
                format!("{}; saved in `{}`; --replay repeats it", text::fact(&failure.to_string()), folder.display())
            }
            Err(error) => format!("{}; not saved: {error}", text::fact(&failure.to_string())),
        }
    }

    /// Loads a population on both sides.
    pub(crate) fn load(&mut self, description: &Description) -> Result<Twin, VerifyError> {
        let twin = Twin::new(description)?;
        self.board.load(description)?;
        Ok(twin)
    }

    /// Sets the held currents on both sides, nA.
    pub(crate) fn hold(&mut self, twin: &mut Twin, currents: &[f64]) -> Result<(), VerifyError> {
        self.board.hold(currents)?;
        twin.hold(currents)
    }

    /// Checks that the board has the host's population, state, and number of steps.
    ///
    /// # Errors
    /// Returns the first difference.
    pub(crate) fn agree(&mut self, twin: &Twin) -> Result<(), VerifyError> {
        let (model, step) = self.board.describe()?;
        let expected = translate::model(&twin.description())?;
        require!(model == expected, "the board says that it is {model:?}; it should be {expected:?}");
        require!(step == twin.steps(), "the board has done {step} steps, the host {}", twin.steps());
        let place = difference::find(self.board, twin.population())?;
        let told = place.map(|place| Difference { step, of: 0, place });
        told.map_or(Ok(()), |told| Err(VerifyError::Wrong(format!("another state than the host's: {told}"))))
    }
}
