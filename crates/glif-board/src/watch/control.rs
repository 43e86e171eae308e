//! The session in a thread of its own, so that no board keeps a person waiting, and the model that hears of it.

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

/// Between two looks for a board that is lost.
const SEARCH: Duration = Duration::from_secs(1);
/// How long the end waits for the session, which stops the board and closes the line; a silent board takes it two
/// seconds. What takes longer is left to the end of the process.
const FAREWELL: Duration = Duration::from_secs(3);

/// When a watch ends by itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Reports of the board.
    pub(super) frames: Option<u64>,
    /// Since the start.
    pub(super) time: Option<Duration>,
}

/// The watch, apart from how it is shown.
pub(super) struct Control {
    pub(super) model: Model,
    limits: Limits,
    began: Instant,
    events: Receiver<Event>,
    commands: Sender<Command>,
    /// The system wants this process to end.
    interrupted: Arc<AtomicBool>,
}

impl Control {
    /// Starts the session, a turn each `period`.
    ///
    /// # Errors
    /// If the system has no thread left, or none of its signals.
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

    /// Passes on what a person asks for.
    pub(super) fn ask(&self, command: Command) {
        // A session that has ended is told of when it is listened to.
        _ = self.commands.send(command);
    }

    /// Hears whatever comes within `wait`; false if the watch is over.
    ///
    /// # Errors
    /// If there is no board at first: what is wrong then is the command line, more often than the board.
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

    /// Ends the session, and waits for it a little.
    ///
    /// # Errors
    /// If the board is lost: a script that watched it hears of it, and a person whose view is gone.
    pub(super) fn end(self) -> Result<()> {
        let Self { model, events, commands, .. } = self;
        drop(commands);
        let until = Instant::now() + FAREWELL;
        while events.recv_timeout(until.saturating_duration_since(Instant::now())).is_ok() {}
        match model.state {
            State::Lost { since, why } => {
                bail!("the watch ended with the board lost, {} after its start: {why}", text::clock(since))
            }
            State::Sought | State::Running => Ok(()),
        }
    }
}

/// Turn after turn, until nobody asks any more.
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
    /// A control without a session, and the other end of its events and commands.
    pub(super) fn detached(model: Model, limits: Limits) -> (Self, Sender<Event>, Receiver<Command>) {
        let (commands, asked) = channel();
        let (tell, events) = channel();
        let interrupted = Arc::default();
        (Self { model, limits, began: Instant::now(), events, commands, interrupted }, tell, asked)
    }
}
