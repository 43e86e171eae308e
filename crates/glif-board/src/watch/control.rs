//! The session in its own thread, and the model that receives its events. The thread keeps a slow board from
//! blocking the user.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use signal_hook::consts::{SIGINT, SIGTERM};

use super::model::{Event, Model, State};
use super::session::{Command, Session};
use super::view::text;

/// Time between two attempts to find a lost board.
const SEARCH: Duration = Duration::from_secs(1);
/// How long the end waits for the session, which stops the board and closes the line. A silent board takes
/// two seconds. Work that takes longer ends with the process.
const FAREWELL: Duration = Duration::from_secs(3);

/// Limits at which a watch ends by itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Number of reports from the board.
    pub(super) frames: Option<u64>,
    /// Time since the start.
    pub(super) time: Option<Duration>,
}

/// The watch, without its display.
pub(super) struct Control {
    pub(super) model: Model,
    limits: Limits,
    began: Instant,
    events: Receiver<Event>,
    commands: Sender<Command>,
    /// Whether the process has received SIGINT or SIGTERM.
    interrupted: Arc<AtomicBool>,
}

impl Control {
    /// Starts the session, with one turn per `period`.
    ///
    /// # Errors
    /// Returns an error if the system has no thread left, or no signal handlers.
    pub(super) fn start<P, O>(session: Session<P, O>, period: Duration, model: Model, limits: Limits) -> Result<Self>
    where
        P: Read + Write + Send + 'static,
        O: FnMut() -> Result<P> + Send + 'static,
    {
        let (commands, asked) = channel();
        let (tell, events) = channel();
        let interrupted = Arc::default();
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&interrupted)).context("signals of the system")?;
        }
        let work = move || work(session, period, &asked, &tell);
        thread::Builder::new().name("watched board".to_owned()).spawn(work).context("a thread for the board")?;
        Ok(Self { model, limits, began: Instant::now(), events, commands, interrupted })
    }

    /// Passes on a command of the user.
    pub(super) fn ask(&self, command: Command) {
        // `listen` reports the end of the session.
        _ = self.commands.send(command);
    }

    /// Processes the events that arrive within `wait`; returns false if the watch is over.
    ///
    /// # Errors
    /// Returns an error if there is no board at first: the likely cause then is the command line, not the
    /// board.
    pub(super) fn listen(&mut self, wait: Duration) -> Result<bool> {
        let until = Instant::now() + wait;
        loop {
            let event = self.events.recv_timeout(until.saturating_duration_since(Instant::now()));
            self.model.now = self.began.elapsed();
            let waited = event == Err(RecvTimeoutError::Timeout);
            match event {
                Ok(Event::Lost { why }) if self.model.state == State::Sought => bail!(why),
                Ok(event) => self.model.hear(event),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => bail!("the thread that talks to the board has ended"),
            }
            if waited || self.over() {
                return Ok(!self.over());
            }
        }
    }

    fn over(&self) -> bool {
        let Limits { frames, time } = self.limits;
        frames.is_some_and(|frames| self.model.reports >= frames)
            || time.is_some_and(|time| self.model.now >= time)
            || self.interrupted.load(Ordering::Relaxed)
    }

    /// Ends the session, and waits for it for a limited time.
    ///
    /// # Errors
    /// Returns an error if the board is lost, for a script that watched it, and for a user whose view is
    /// gone.
    pub(super) fn end(self) -> Result<()> {
        let Self { model, events, commands, .. } = self;
        drop(commands);
        let until = Instant::now() + FAREWELL;
        while events.recv_timeout(until.saturating_duration_since(Instant::now())).is_ok() {}
        match model.state {
            State::Lost { since, why } => {
                bail!("the board disconnected {} after the start: {why}", text::clock(since))
            }
            State::Sought | State::Running => Ok(()),
        }
    }
}

/// Does one turn after another, until the control is dropped.
fn work<P: Read + Write, O: FnMut() -> Result<P>>(
    mut session: Session<P, O>,
    period: Duration,
    asked: &Receiver<Command>,
    tell: &Sender<Event>,
) {
    loop {
        let began = Instant::now();
        let event = session.turn();
        let pause = if matches!(event, Event::Lost { .. }) { SEARCH } else { period };
        if tell.send(event).is_err() {
            break;
        }
        loop {
            match asked.recv_timeout((began + pause).saturating_duration_since(Instant::now())) {
                Ok(command) => session.act(command),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return session.end(),
            }
        }
    }
    session.end();
}

#[cfg(test)]
impl Control {
    /// Creates a control without a session; returns the other ends of its events and commands.
    pub(super) fn detached(model: Model, limits: Limits) -> (Self, Sender<Event>, Receiver<Command>) {
        let (commands, asked) = channel();
        let (tell, events) = channel();
        let interrupted = Arc::default();
        (Self { model, limits, began: Instant::now(), events, commands, interrupted }, tell, asked)
    }
}
