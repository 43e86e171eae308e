//! The watched board: found, loaded, polled, lost and found again. A turn is one exchange with it, so that
//! the caller decides when that happens.

use std::io::{Read, Write};
use std::time::Duration;

use anyhow::Result;
use glif::Description;
use glif::stimulus::{Source, Stimulus};
use glif_link::{Cost, Pace, RequestError};

use super::model::{Event, Report};
use crate::board::Progress;
use crate::client::Health;
use crate::{Board, Client, LinkError, Patience, translate};

/// Patience of a watch, shorter than the default: the view must report a lost board within two seconds. A board
/// answers within a quarter of a second, and the longest frame that any board has room for takes as much again
/// at 115,200 baud.
const PATIENCE: Patience = Patience { wait: Duration::from_millis(500), attempts: 4 };
/// Number of steps measured before a free run.
const MEASURED: u32 = 64;
/// Change of the mean current per key press, nA.
const NUDGE: f64 = 1.0;

/// What a board has to do.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) description: Description,
    /// Steps per turn of a free run; `None` for real-time mode.
    pub(super) free: Option<u32>,
    /// Mean of the current, nA.
    pub(super) mean: f64,
    /// Standard deviation of the current, nA.
    pub(super) deviation: f64,
    /// Seed of the current.
    pub(super) seed: u64,
    /// Silence after which the board ends real-time mode by itself; `None` for never.
    pub(super) failsafe: Option<Duration>,
}

/// A command of the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    /// Increases the current.
    More,
    /// Decreases the current.
    Less,
    /// Resets all counts.
    Reset,
}

/// A board, or the search for one.
pub(super) struct Session<P, O> {
    open: O,
    task: Task,
    board: Option<Board<P>>,
    noise: Source,
    currents: Vec<f64>,
    /// Whether real-time mode was started here, so that it also ends here.
    begun: bool,
    /// Whether a reset was requested and is not done yet.
    reset: bool,
    /// Number of steps of a free run.
    done: u64,
    /// Cost of a step, measured before a free run.
    cost: Cost,
    /// Counts of earlier lines.
    past: Health,
}

impl<P: Read + Write, O: FnMut() -> Result<P>> Session<P, O> {
    /// Creates a session. `open` opens a line to the board; each search for a board calls it.
    ///
    /// # Errors
    /// Returns an error if no board can run the population, or if the noise is invalid.
    pub(super) fn new(open: O, task: Task) -> Result<Self> {
        let model = translate::model(&task.description)?;
        Stimulus::Constant { current: task.mean }.check()?;
        // The mean is added later, because it changes.
        let noise = Stimulus::Noise { mean: 0.0, deviation: task.deviation };
        let cells = model.neurons as usize;
        let noise = Source::new(noise, cells, model.spec.step_time(), u64::MAX, task.seed)?;
        let (currents, cost, past) = (vec![0.0; cells], Cost::default(), Health::default());
        Ok(Self { open, task, board: None, noise, currents, begun: false, reset: false, done: 0, cost, past })
    }

    /// Accepts a command of the user; the next turn executes it.
    pub(super) fn act(&mut self, command: Command) {
        match command {
            Command::More => self.task.mean += NUDGE,
            Command::Less => self.task.mean -= NUDGE,
            Command::Reset => self.reset = true,
        }
    }

    /// Polls the board, or makes one attempt to find it.
    pub(super) fn turn(&mut self) -> Event {
        let Some(mut board) = self.board.take() else {
            return self.find().unwrap_or_else(|error| Event::Lost { why: format!("{error:#}") });
        };
        match self.ask(&mut board) {
            Ok(report) => {
                self.board = Some(board);
                Event::Ran(report)
            }
            Err(error) => {
                // The line is closed with the board and opened again: a port that was unplugged cannot be
                // recovered otherwise.
                self.past = board.client().health().and(self.past);
                Event::Lost { why: error.to_string() }
            }
        }
    }

    /// Ends real-time mode if it was started here; no session would see its reports any more.
    pub(super) fn end(mut self) {
        if let Some(mut board) = self.board.take().filter(|_| self.begun) {
            // An error means that the board is lost and has nothing to end.
            _ = board.stop();
        }
    }

    fn find(&mut self) -> Result<Event> {
        let line = (self.open)()?;
        let mut board = Board::over(Client::with_patience(line, PATIENCE))?;
        let goes_on = self.goes_on(&mut board)?;
        if !goes_on {
            self.begin(&mut board)?;
        }
        let identity = board.identity().clone();
        self.board = Some(board);
        Ok(Event::Found { identity, anew: !goes_on })
    }

    /// Returns whether the board already runs this population: the line failed, or another host has started
    /// it.
    fn goes_on(&mut self, board: &mut Board<P>) -> Result<bool> {
        if board.identity().loaded == 0 {
            return Ok(false);
        }
        let (model, steps) = board.describe()?;
        let same = model == translate::model(&self.task.description)?;
        Ok(same
            && match self.task.free {
                Some(_) => std::mem::replace(&mut self.done, steps) > 0,
                // The poll also takes the spikes since the last one, which are too old to be shown.
                None => board.poll()?.pace.running,
            })
    }

    /// Loads the population and starts it.
    fn begin(&mut self, board: &mut Board<P>) -> Result<()> {
        board.stop()?;
        board.load(&self.task.description)?;
        if self.task.free.is_some() {
            self.drive(board)?;
            self.cost = board.measure(MEASURED)?;
            board.load(&self.task.description)?;
            self.done = 0;
        }
        self.drive(board)?;
        if self.task.free.is_none() {
            board.start_with_failsafe(self.task.failsafe)?;
            self.begun = true;
        }
        Ok(())
    }

    fn ask(&mut self, board: &mut Board<P>) -> Result<Report, LinkError> {
        let last = self.reset;
        let Progress { pace, first, spikes } = match self.task.free {
            Some(steps) => self.run(board, steps)?,
            None => self.progress(board, last)?,
        };
        let refused = self.drive(board)?;
        self.reset = false; // only now: a reset requested while the board is lost is done once it is back
        let health = board.client().health().and(self.past);
        Ok(Report { pace, first, spikes, health, mean: self.task.mean, refused, last })
    }

    /// Does `steps` steps of a free run.
    fn run(&mut self, board: &mut Board<P>, steps: u32) -> Result<Progress, LinkError> {
        let spikes = board.run(steps)?;
        let first = self.done;
        self.done += spikes.len() as u64;
        Ok(Progress { pace: Pace { cost: self.cost, ..Pace::default() }, first, spikes })
    }

    /// Draws new noise and sets it as held currents; returns why the board refuses it, if it does.
    fn drive(&mut self, board: &mut Board<P>) -> Result<Option<String>, LinkError> {
        self.noise.fill(&mut self.currents);
        self.currents.iter_mut().for_each(|current| *current += self.task.mean);
        match board.hold(&self.currents) {
            Ok(()) => Ok(None),
            Err(LinkError::Refused(refusal @ RequestError::Current { .. })) => Ok(Some(refusal.to_string())),
            Err(error) => Err(error),
        }
    }

    /// Returns the progress of real-time mode. With `last`, the account ends here and a new one begins.
    fn progress(&self, board: &mut Board<P>, last: bool) -> Result<Progress, LinkError> {
        let progress = if last { board.stop()? } else { board.poll()? };
        if !progress.pace.running {
            let why = if progress.pace.failsafe {
                "real-time mode has ended: the failsafe expired without a request"
            } else {
                "real-time mode has ended: the board restarted, or another program stopped it"
            };
            return Err(LinkError::Broken(why.to_owned()));
        }
        if last {
            board.start_with_failsafe(self.task.failsafe)?;
        }
        Ok(progress)
    }
}

#[cfg(test)]
mod tests;
