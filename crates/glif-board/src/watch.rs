//! `glif board watch`: a live view of a running board, which may be left open.
//!
//! | file | content |
//! |---|---|
//! | `model.rs` | what is known of the board, from its reports |
//! | `session.rs` | the exchange with the board, which may be lost and found again |
//! | `control.rs` | the session in its own thread, and the model that receives its events |
//! | `screen.rs` | keys and the terminal |
//! | `view.rs`, `view/` | the model as a picture |
//! | `plain.rs` | the model as lines |

mod control;
mod model;
mod plain;
mod screen;
mod session;
mod view;

use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use glif::Number;
use glif::output::counted;

use crate::board::FAILSAFE;
use crate::noise::Noise;
use crate::translate;
use control::{Control, Limits};
use model::{Model, Subject};
use session::{Session, Task};

/// Watches a population running on a board.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Keys: q quit, space pause the view, r reset the counters, + and - current, ? help.

If the board already runs this population in real time, it keeps running; otherwise the population is loaded. If the
board disconnects, `watch` reconnects; the exit code is 1 if the board is disconnected at the end. At the end, `watch`
stops real-time mode if it started it. Noise is drawn at each refresh.

Examples:
  glif board watch                                        the node, in a thread of this process
  glif board watch --port /dev/ttyACM0                    a board at a serial port
  glif board watch examples/spiking.toml --noise 12 2     other currents: mean and deviation, nA
  glif board watch --port /dev/ttyACM0 --plain >> log     one line per second")]
pub struct Watch {
    /// The population
    #[arg(default_value = translate::EXAMPLE)]
    pub population: PathBuf,
    /// Its currents, drawn at each refresh and held until the next
    #[command(flatten)]
    pub noise: Noise,
    /// Let the host step the board at each refresh, instead of real-time mode
    #[arg(long)]
    pub free: bool,
    /// Refreshes per second
    #[arg(long, value_name = "HZ", default_value_t = 10, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..=50))]
    pub refresh: u32,
    /// Time without a request after which the board ends real-time mode and clears its outputs, ms; 0 for never
    #[arg(long, value_name = "MS", default_value_t = FAILSAFE.as_millis() as u32, allow_negative_numbers = true)]
    pub failsafe: u32,
    /// Print one line per second instead of the view; the default for a pipe or a file
    #[arg(long)]
    pub plain: bool,
    /// End after this many refreshes
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(1..))]
    pub frames: Option<u64>,
    /// End after this many seconds
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(1..))]
    pub seconds: Option<u64>,
    /// Whether the board is emulated; its times are then labeled as those of the emulator.
    #[arg(skip)]
    pub emulated: bool,
}

impl Watch {
    /// Returns the time between two refreshes.
    fn period(&self) -> Duration {
        Duration::from_secs(1) / self.refresh
    }

    fn task(&self) -> Result<Task> {
        let (mean, deviation) = self.noise.moments()?;
        let description = translate::read(&self.population)?;
        let (step_time, period) = (description.step_time(), 1000.0 * self.period().as_secs_f64());
        let (exact, steps) = (period / step_time, (period / step_time).round().max(1.0));
        if self.free && (exact - steps).abs() > 1e-6 * steps {
            let (steps, time) = (counted(steps as usize, "step"), Number(steps * step_time));
            eprintln!(
                "note: a refresh of {period} ms is no whole number of steps of {step_time} ms; the board does {steps}, {time} ms, at each"
            );
        }
        let free = self.free.then_some(steps as u32);
        let failsafe = (self.failsafe > 0).then(|| Duration::from_millis(self.failsafe.into()));
        Ok(Task { description, free, mean, deviation, seed: self.noise.seed, failsafe })
    }
}

/// Watches until the user, a limit or a signal ends it. `open` opens a line to the board, and is called again
/// whenever the board is lost. The view is drawn on the terminal of standard output; without a terminal, or
/// with `plain`, lines go to `out`. The signals SIGINT and SIGTERM end the watch, and afterwards no longer end
/// this process.
///
/// # Errors
/// Returns an error if the file is not a population, if there is no board at first, if the board cannot load
/// the population, or if the terminal fails. A board that is lost later is an error only if it is still lost
/// at the end.
pub fn run<P, O>(watch: &Watch, open: O, out: &mut impl Write) -> Result<()>
where
    P: Read + Write + Send + 'static,
    O: FnMut() -> Result<P> + Send + 'static,
{
    let task = watch.task()?;
    let subject = subject(&task, watch.emulated);
    let model = Model::new(subject, task.mean);
    let session = Session::new(open, task)?;
    let limits = Limits { frames: watch.frames, time: watch.seconds.map(Duration::from_secs) };
    let control = Control::start(session, watch.period(), model, limits)?;
    if watch.plain || !std::io::stdout().is_terminal() { plain::run(control, out) } else { screen::run(control) }
}

fn subject(task: &Task, emulated: bool) -> Subject {
    let Task { description, free, deviation, .. } = task;
    Subject {
        name: format!("{} in {}", description.model(), description.spec.scalar),
        neurons: description.shape.iter().product(),
        step_time: description.step_time(),
        free: free.is_some(),
        emulated,
        deviation: *deviation,
    }
}

#[cfg(test)]
mod tests;
