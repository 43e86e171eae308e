//! The board that is watched: found, told its population, asked how it goes, lost and found again. A turn is one
//! exchange with it, so that whoever calls decides when.

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

/// Shorter than elsewhere: a board that is gone is to be called gone within two seconds. It answers within a quarter of
/// one, and the longest frame that any has room for takes as much again at 115,200 baud.
const PATIENCE: Patience = Patience { wait: Duration::from_millis(500), attempts: 4 };
/// Steps that are timed before a free run.
const MEASURED: u32 = 64;
/// By how much a key changes the mean current, nA.
const NUDGE: f64 = 1.0;

/// What a board is to do.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) description: Description,
    /// Steps of a turn, in place of real time.
    pub(super) free: Option<u32>,
    /// Of the current, nA.
    pub(super) mean: f64,
    /// Of the current, nA.
    pub(super) deviation: f64,
    /// Of the current.
    pub(super) seed: u64,
    /// Silence after which the board ends real-time mode by itself.
    pub(super) failsafe: Option<Duration>,
}

/// What a person asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    /// More current.
    More,
    /// Less.
    Less,
    /// Begin all counts anew.
    Reset,
}

/// A board, or the search for one.
pub(super) struct Session<P, O> {
    open: O,
    task: Task,
    board: Option<Board<P>>,
    noise: Source,
    currents: Vec<f64>,
    /// Real-time mode was begun here, and is to be ended here.
    begun: bool,
    /// Asked for, not yet done.
    reset: bool,
    /// Steps of a free run.
    done: u64,
    /// Of a step, before a free run.
    cost: Cost,
    /// Of lines before this one.
    past: Health,
}

impl<P: Read + Write, O: FnMut() -> Result<P>> Session<P, O> {
    /// A session with whatever `open` opens a line to; it is called whenever a board is looked for.
    ///
    /// # Errors
    /// If no board can run the population, or the noise is none.
    pub(super) fn new(open: O, task: Task) -> Result<Self> {
        let model = translate::model(&task.description)?;
        Stimulus::Constant { current: task.mean }.check()?;
        // The mean is added here, as it changes.
        let noise = Stimulus::Noise { mean: 0.0, deviation: task.deviation };
        let cells = model.neurons as usize;
        let noise = Source::new(noise, cells, model.spec.step_time(), u64::MAX, task.seed)?;
        let (currents, cost, past) = (vec![0.0; cells], Cost::default(), Health::default());
        Ok(Self { open, task, board: None, noise, currents, begun: false, reset: false, done: 0, cost, past })
    }

    /// Takes up what a person asked for; the next turn does it.
    pub(super) fn act(&mut self, command: Command) {
        match command {
            Command::More => self.task.mean += NUDGE,
            Command::Less => self.task.mean -= NUDGE,
            Command::Reset => self.reset = true,
        }
    }

    /// Asks the board how it goes, or, if there is none, looks for it once.
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
                // The line is closed with the board, and opened anew: a port that was pulled out has no other way back.
                self.past = board.client().health().and(self.past);
                Event::Lost { why: error.to_string() }
            }
        }
    }

    /// Ends real-time mode if it was begun here; nobody would hear of it any more.
    pub(super) fn end(mut self) {
        if let Some(mut board) = self.board.take().filter(|_| self.begun) {
            // A board that is gone has nothing to end.
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

    /// Whether the board runs this population already: it was the line that failed, or another host has begun it.
    fn goes_on(&mut self, board: &mut Board<P>) -> Result<bool> {
        if board.identity().loaded == 0 {
            return Ok(false);
        }
        let (model, steps) = board.describe()?;
        let same = model == translate::model(&self.task.description)?;
        Ok(same
            && match self.task.free {
                Some(_) => std::mem::replace(&mut self.done, steps) > 0,
                // Its spikes of the meantime come with it; they would be too old to be looked at.
                None => board.poll()?.pace.running,
            })
    }

    /// Loads the population and has it run.
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
        self.reset = false; // not before the board has answered: asked for of a board that is lost, it is for when it is back
        let health = board.client().health().and(self.past);
        Ok(Report { pace, first, spikes, health, mean: self.task.mean, refused, last })
    }

    /// So many steps of a free run.
    fn run(&mut self, board: &mut Board<P>, steps: u32) -> Result<Progress, LinkError> {
        let spikes = board.run(steps)?;
        let first = self.done;
        self.done += spikes.len() as u64;
        Ok(Progress { pace: Pace { cost: self.cost, ..Pace::default() }, first, spikes })
    }

    /// Holds new noise; why the board does not take it, if it does not.
    fn drive(&mut self, board: &mut Board<P>) -> Result<Option<String>, LinkError> {
        self.noise.fill(&mut self.currents);
        self.currents.iter_mut().for_each(|current| *current += self.task.mean);
        match board.hold(&self.currents) {
            Ok(()) => Ok(None),
            Err(LinkError::Refused(refusal @ RequestError::Current { .. })) => Ok(Some(refusal.to_string())),
            Err(error) => Err(error),
        }
    }

    /// How real-time mode goes. With `last` its account ends here and begins anew.
    fn progress(&self, board: &mut Board<P>, last: bool) -> Result<Progress, LinkError> {
        let progress = if last { board.stop()? } else { board.poll()? };
        if !progress.pace.running {
            let why = if progress.pace.failsafe {
                "real-time mode has ended: the board heard no request for as long as its failsafe allows"
            } else {
                "real-time mode has ended: the board has started anew, or another program has stopped it"
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
