//! The bench on which the checks are made, one after another.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::time::Instant;

use glif::Description;

use super::edges::Pins;
use super::report::{Check, Report, Tally};
use super::twin::Twin;
use super::{VerifyError, evidence, require};
use crate::difference::{self, Difference};
use crate::error::LinkError;
use crate::{Board, translate};

/// What a run of the list is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Of the random draws: equal seeds make equal lists for equal boards.
    pub seed: u64,
    /// Fewer steps.
    pub quick: bool,
    /// The folder in which each failure gets a folder.
    pub save: PathBuf,
    /// The board's time is not the host's, as in an emulator that is slower than what it emulates. Due times are not
    /// compared with the host's clock then, and real-time mode runs for as long by the board's clock as it does else by the
    /// host's.
    pub own_time: bool,
    /// Where the edges of its pins can be seen, if they can.
    pub pins: Option<Pins>,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, quick: false, save: PathBuf::from("target/hil"), own_time: false, pins: None }
    }
}

/// What happens as it goes: enough for a bar that grows, and for a line about each check.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// So many steps will be compared, about.
    Plan(u64),
    /// A check begins.
    Begin(&'a str),
    /// So many steps more have been compared.
    Steps(u64),
    /// A check is over.
    Done(&'a Check),
    /// Worth knowing, and no failure.
    Note(&'a str),
}

/// A board under test.
pub(crate) struct Bench<'a, P> {
    pub(crate) board: &'a mut Board<P>,
    pub(crate) options: &'a Options,
    pub(crate) report: Report,
    watch: &'a mut dyn FnMut(Event<'_>),
    /// It does not answer any more; to wait for that anew in each check would take minutes.
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

    /// Makes a check, and enters what came of it.
    pub(crate) fn check(&mut self, name: &str, check: impl FnOnce(&mut Self, &mut Tally) -> Result<(), VerifyError>) {
        self.tell(Event::Begin(name));
        let (began, mut tally) = (Instant::now(), Tally::default());
        let done = if self.dead {
            Err(VerifyError::Wrong("not made, as the board does not answer any more".to_owned()))
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

    /// Saves what there is to save; the trouble in words, and where it was saved.
    fn keep(&self, name: &str, trouble: VerifyError) -> String {
        let VerifyError::Different(failure) = &trouble else {
            return trouble.to_string();
        };
        // A board's name of other letters could be longer than a file's may be.
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let folder: String = format!("{}-{name}", self.report.identity.board).chars().map(plain).collect();
        let folder = self.options.save.join(folder);
        match evidence::save(&folder, failure) {
            Ok(()) => format!("{failure}; saved in `{}`, to be had again with --replay", folder.display()),
            Err(error) => format!("{failure}; not saved: {error}"),
        }
    }

    /// Loads a population on both sides.
    pub(crate) fn load(&mut self, description: &Description) -> Result<Twin, VerifyError> {
        let twin = Twin::new(description)?;
        self.board.load(description)?;
        Ok(twin)
    }

    /// Holds currents on both sides, nA.
    pub(crate) fn hold(&mut self, twin: &mut Twin, currents: &[f64]) -> Result<(), VerifyError> {
        self.board.hold(currents)?;
        twin.hold(currents)
    }

    /// The board must be the host's population, in its state, after as many steps.
    ///
    /// # Errors
    /// The first difference.
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
