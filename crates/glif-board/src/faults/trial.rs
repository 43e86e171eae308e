//! A comparison of a board behind a faulty line with one behind a faultless line: for the same requests, both
//! must give the same replies, state and step counts, whatever happens on the line. The trial can also cut
//! the board's power.

use std::error::Error;
use std::fmt;
use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

use glif::Description;
use glif::description::{ModelKind, NumberFormat};
use glif_link::Field;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use thiserror::Error;

use super::{FaultRates, Faulty, Happened};
use crate::draw::{self, COMPONENTS};
use crate::error::shown;
use crate::loopback::{self, Pipe};
use crate::{Board, Client, LinkError, Patience, Spikes};

/// Number of rounds with each population.
const LIFE: usize = 60;
/// Number of neurons of a population.
const NEURONS: std::ops::RangeInclusive<usize> = 4..=45;
/// Number of times a request is sent before the line is considered dead: at the worst rates one in twenty
/// gets through both ways.
const ATTEMPTS: u32 = 2000;

/// Parameters of a trial.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Least number of requests.
    pub requests: u64,
    /// Rates of faults on the line.
    pub rates: FaultRates,
    /// Time to wait for a reply before a request is sent again.
    pub wait: Duration,
    /// Percentage of rounds that end in a power cut, if power can be cut.
    pub cuts: u32,
    /// Seed of the populations, requests and faults.
    pub seed: u64,
}

/// Counts of a trial that passed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Requests answered.
    pub requests: u64,
    /// Repetitions of those requests.
    pub resent: u64,
    /// Populations loaded.
    pub populations: u64,
    /// Networks loaded.
    pub networks: u64,
    /// Steps compared.
    pub steps: u64,
    /// Spikes in these steps.
    pub spikes: u64,
    /// Power cuts.
    pub cuts: u64,
    /// Faults on the line.
    pub happened: Happened,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requests, resent, populations, networks, steps, spikes, cuts, happened } = self;
        write!(
            f,
            "{requests} requests ({resent} sent again), {populations} populations, {networks} networks, {steps} steps, {spikes} spikes, {cuts} power cuts\n{happened}"
        )
    }
}

/// Reason why a trial has ended early.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// The line is dead, or one board refuses what the other accepted.
    #[error("{act}: {error}")]
    Link {
        /// What was requested.
        act: String,
        /// Error of the board behind the faulty line, or of the other one.
        error: LinkError,
    },
    /// The two boards differ.
    #[error(
        "after {act} in population {population}: {what} differs from that of a faultless line: {found} instead of {expected}"
    )]
    Different {
        /// What was requested.
        act: String,
        /// Number of the population, from 1.
        population: u64,
        /// What differs: spikes, state, or step count.
        what: &'static str,
        /// Value behind the faulty line.
        found: String,
        /// Value behind the faultless line.
        expected: String,
    },
    /// The board does not start again after a power cut.
    #[error("the board does not start again: {0}")]
    Power(Box<dyn Error + Send + Sync>),
}

/// Cuts a board's power, turns it on again, and opens its port.
pub type Power<'a, P> = &'a mut dyn FnMut() -> Result<P, Box<dyn Error + Send + Sync>>;

/// What is requested of both boards.
#[derive(Debug)]
enum Act {
    Hold(Vec<f64>),
    Step(Vec<f64>),
    Run(u32),
    Clear(bool),
    WriteVoltage(Vec<f64>),
    /// That number of steps, and then a return to the state before them.
    Detour(u32),
    /// Five steps under these currents. Before them, the board behind the faulty line loses its power while
    /// it does other steps.
    Cut(Vec<f64>),
}

/// Runs a trial on the board behind a port. Without `power` its power is never cut.
///
/// # Errors
/// Returns the first difference, or the reason why the trial cannot go on.
pub fn run<P: Read + Write>(
    port: P,
    power: Option<Power<'_, P>>,
    options: Options,
    watch: &mut dyn FnMut(&Report),
) -> Result<Report, VerifyError> {
    let rng = ChaCha8Rng::seed_from_u64(options.seed);
    let patience = Patience { wait: options.wait, attempts: ATTEMPTS };
    let mut client = Client::with_patience(Faulty::new(port, options.rates, options.seed), patience);
    // Whatever the first sequence number, the numbers wrap around in a long trial.
    client.continue_after(rng.clone().random());
    let board = Board::over(client).map_err(during("connecting"))?;
    let calm = Board::connect(loopback::start()).map_err(during("connecting"))?;
    let mut trial = Trial { board, calm, power, options, rng, report: Report::default() };
    while trial.report.requests < options.requests {
        match trial.networks().filter(|_| trial.report.networks < trial.report.populations) {
            Some(scalar) => trial.live_as_network(scalar)?,
            None => trial.live()?,
        }
        trial.count();
        watch(&trial.report);
    }
    Ok(trial.report)
}

/// Wraps a failure of the line with what was being done.
pub(super) fn during(act: impl fmt::Display) -> impl Fn(LinkError) -> VerifyError {
    move |error| VerifyError::Link { act: act.to_string(), error }
}

pub(super) struct Trial<'a, P> {
    pub(super) board: Board<Faulty<P>>,
    pub(super) calm: Board<Pipe>,
    pub(super) power: Option<Power<'a, P>>,
    pub(super) options: Options,
    pub(super) rng: ChaCha8Rng,
    pub(super) report: Report,
}

impl<P: Read + Write> Trial<'_, P> {
    /// Runs all rounds with one population, on both boards.
    fn live(&mut self) -> Result<(), VerifyError> {
        let description = self.population();
        let loading = during(format!("loading {description:?}"));
        self.board.load(&description).map_err(&loading)?;
        self.calm.load(&description).map_err(&loading)?;
        self.report.populations += 1;
        let neurons = description.shape.iter().product();
        for _ in 0..LIFE {
            let act = self.draw(neurons);
            self.both(&act)?;
        }
        let act = Act::Run(1);
        self.both(&act)?;
        let end = during("the end of a life");
        let (found, expected) = (self.board.describe().map_err(&end)?, self.calm.describe().map_err(&end)?);
        self.same(&act, "count of steps", &found, &expected)?;
        let (found, expected) = (self.board.snapshot().map_err(&end)?, self.calm.snapshot().map_err(&end)?);
        self.same(&act, "state", &found, &expected)
    }

    /// Takes over the counts of the line.
    fn count(&mut self) {
        let client = self.board.line();
        let health = client.health();
        (self.report.requests, self.report.resent) = (health.asked, health.resent);
        self.report.happened = client.port_mut().happened();
    }

    /// Draws a population that the board behind the faulty line has room for.
    fn population(&mut self) -> Description {
        let (identity, rng) = (self.board.identity(), &mut self.rng);
        let components = rng.random_range(0..=identity.components.min(COMPONENTS));
        let neurons = rng.random_range(NEURONS).min(identity.neurons);
        let known: Vec<_> = identity.formats().collect();
        loop {
            let model = *ModelKind::ALL.choose(rng).unwrap_or(&ModelKind::Lif);
            // Every board supports f32.
            let scalar = known.choose(rng).copied().unwrap_or(NumberFormat::F32);
            if let Ok(description) = draw::population(rng, model, scalar, neurons, components.max(draw::least(model))) {
                return description;
            }
        }
    }

    fn draw(&mut self, neurons: usize) -> Act {
        let rng = &mut self.rng;
        let cut = self.power.is_some() && rng.random_ratio(self.options.cuts.min(100), 100);
        // These values serve as voltages and as currents; every format has room for them.
        let mut values = || (0..neurons).map(|_| rng.random_range(-20.0..60.0)).collect();
        if cut {
            return Act::Cut(values());
        }
        let values = values();
        match rng.random_range(0..10) {
            0 => Act::Hold(values),
            1 => Act::Run(rng.random_range(1..30)),
            2 => Act::Clear(rng.random_bool(0.5)),
            3 => Act::Detour(rng.random_range(1..5)),
            4 => Act::WriteVoltage(values),
            _ => Act::Step(values),
        }
    }

    /// Makes a request to both boards, and compares their replies.
    fn both(&mut self, act: &Act) -> Result<(), VerifyError> {
        if matches!(act, Act::Cut(_)) {
            self.cut()?;
        }
        let asking = during(format!("{act:?}"));
        let found = ask(&mut self.board, act).map_err(&asking)?;
        let expected = ask(&mut self.calm, act).map_err(&asking)?;
        self.report.steps += found.len() as u64;
        self.report.spikes += found.iter().flat_map(Spikes::iter).count() as u64;
        self.same(act, "spikes or checksum", &found, &expected)
    }

    pub(super) fn same<T: PartialEq + fmt::Debug>(
        &self,
        act: &dyn fmt::Debug,
        what: &'static str,
        found: &T,
        expected: &T,
    ) -> Result<(), VerifyError> {
        if found == expected {
            return Ok(());
        }
        let (found, expected) = (shown(found), shown(expected));
        Err(VerifyError::Different {
            act: format!("{act:?}"),
            population: self.report.populations + self.report.networks,
            what,
            found,
            expected,
        })
    }

    /// Takes a snapshot, cuts the power during steps in real time, and restores the snapshot.
    fn cut(&mut self) -> Result<(), VerifyError> {
        let cutting = during("a power cut");
        let snapshot = self.board.snapshot().map_err(&cutting)?;
        self.board.run(3).map_err(&cutting)?;
        self.board.start().map_err(&cutting)?;
        thread::sleep(Duration::from_millis(self.rng.random_range(0..30)));
        self.renew(&cutting)?;
        self.board.restore(&snapshot).map_err(&cutting)
    }

    /// Cuts the power, and connects to the board when it has started again.
    pub(super) fn renew(&mut self, cutting: &impl Fn(LinkError) -> VerifyError) -> Result<(), VerifyError> {
        let Some(power) = &mut self.power else { return Ok(()) };
        let port = power().map_err(VerifyError::Power)?;
        self.board.client().port_mut().replace(port);
        self.board.reconnect().map_err(cutting)?;
        self.report.cuts += 1;
        Ok(())
    }
}

/// Makes a request; returns the spikes of its steps, with checksums.
fn ask<P: Read + Write>(board: &mut Board<P>, act: &Act) -> Result<Vec<Spikes>, LinkError> {
    match act {
        Act::Step(currents) => return Ok(vec![board.step(currents)?]),
        Act::Run(steps) => return board.run_digested(*steps),
        Act::Hold(currents) => board.hold(currents)?,
        Act::Clear(keep_adaptations) => board.clear(*keep_adaptations)?,
        Act::WriteVoltage(mv) => board.write(Field::Voltage, mv)?,
        Act::Detour(steps) => {
            let snapshot = board.snapshot()?;
            let spikes = board.run_digested(*steps)?;
            board.restore(&snapshot)?;
            return Ok(spikes);
        }
        Act::Cut(currents) => {
            board.hold(currents)?;
            return board.run_digested(5);
        }
    }
    Ok(Vec::new())
}
