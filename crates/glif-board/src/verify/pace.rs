//! Checks of the cost of steps, and of real-time mode: with steps in time, and with steps that take too long.

use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use glif::NumberFormat;
use glif_link::{Cost, Field, Pace, Request};

use super::bench::Bench;
use super::twin::Twin;
use super::{VerifyError, require};
use crate::bits;
use crate::board::{Progress, Spikes};
use crate::draw::plain;
use crate::error::shown;

/// Step time, ms; any board meets it with the few neurons here.
pub(super) const STEP_TIME: f64 = 5.0;
/// Time between two polls.
const PAUSE: Duration = Duration::from_millis(40);
/// How long the host waits for a board that has its own time.
const WAIT: Duration = Duration::from_secs(60);
/// Largest relative difference between a board's clock and the host's: an oscillator without a crystal is off
/// by about 2 %.
const DRIFT: f64 = 0.03;

/// Runs all these checks.
pub(crate) fn all<P: Read + Write>(bench: &mut Bench<'_, P>) {
    if bench.options.own_time {
        let why = "real time: steps are not compared with the host's clock, as the board's time is its emulator's";
        bench.note(why.to_owned());
    }
    bench.check("the cost of a step", |bench, _| cost(bench));
    bench.check("real time", |bench, _| {
        let (pace, frequency) = (kept(bench, STEP_TIME, 8, lasting(bench))?, bench.board.identity().frequency);
        let Pace { overruns, missed, latest, .. } = pace;
        let (steps, latest) = (pace.cost.steps, 1000.0 * f64::from(latest) / f64::from(frequency));
        bench.note(format!(
            "real time: {steps} steps of {STEP_TIME} ms, {overruns} overruns, {missed} missed, at most {latest:.3} ms late"
        ));
        Ok(())
    });
    bench.check("a step that takes too long", |bench, _| too_slow(bench));
    bench.check("currents in parts", |bench, _| in_parts(bench));
    bench.check("failsafe", |bench, _| failsafe(bench));
}

/// Returns how long a board runs in real time, by its own clock if it has its own time.
pub(super) fn lasting<P>(bench: &Bench<'_, P>) -> Duration {
    Duration::from_millis(if bench.options.quick { 300 } else { 1000 })
}

/// Returns how long the host waits until this time has passed on the board. An emulator with its own time may
/// be ten times as slow.
fn for_board<P>(bench: &Bench<'_, P>, time: Duration) -> Duration {
    if bench.options.own_time { 10 * time } else { time }
}

/// Measured steps are real steps, and their costs are consistent.
fn cost<P: Read + Write>(bench: &mut Bench<'_, P>) -> Result<(), VerifyError> {
    let mut twin = loaded(bench, 1.0, 32)?;
    let cost = bench.board.measure(200)?;
    twin.run(cost.steps.into())?;
    bench.agree(&twin)?;
    let frequency = bench.board.identity().frequency;
    let consistent = cost.steps > 0 && ordered(&cost) && cost.frequency == frequency;
    require!(consistent, "not consistent: {cost:?}, clock {frequency} Hz");
    let micros = |ticks: f64| 1e6 * ticks / f64::from(frequency);
    bench.note(format!(
        "a step of {} LIF neurons in f32: {:.1} µs at best, {:.1} µs at worst, by the board's clock of {frequency} Hz",
        twin.neurons(),
        micros(cost.best.into()),
        micros(cost.worst.into())
    ));
    Ok(())
}

/// Returns whether the mean is between the best and the worst.
fn ordered(cost: &Cost) -> bool {
    (u64::from(cost.best)..=cost.worst.into()).contains(&(cost.total / u64::from(cost.steps.max(1))))
}

/// Returns the currents that drive the neurons here, nA.
fn currents(neurons: usize) -> Vec<f64> {
    (0..neurons).map(|i| 8.0 + 4.0 * (i % 12) as f64).collect()
}

/// Creates a driven population on the host.
pub(super) fn twin(step_time: f64, neurons: usize) -> Result<Twin, VerifyError> {
    let mut twin = Twin::new(&plain(neurons, step_time, 10.0 * step_time, 2.0 * step_time))?;
    twin.hold(&currents(neurons))?;
    Ok(twin)
}

/// Creates a driven population on both sides.
pub(super) fn loaded<P: Read + Write>(
    bench: &mut Bench<'_, P>,
    step_time: f64,
    neurons: usize,
) -> Result<Twin, VerifyError> {
    let twin = twin(step_time, neurons.min(bench.board.identity().neurons))?;
    bench.board.load(&twin.description())?;
    bench.board.hold(&currents(twin.neurons()))?;
    Ok(twin)
}

/// Runs in real time for `lasting`, and compares everything with the host; returns the account.
pub(super) fn kept<P: Read + Write>(
    bench: &mut Bench<'_, P>,
    step_time: f64,
    neurons: usize,
    lasting: Duration,
) -> Result<Pace, VerifyError> {
    let mut twin = loaded(bench, step_time, neurons)?;
    let run = Run::record(bench, step_time, lasting)?;
    run.compare_spikes(&mut twin)?;
    bench.agree(&twin)?;
    run.check_account()?;
    if !bench.options.own_time {
        run.check_time(step_time)?;
    }
    let after = bench.board.poll()?;
    let stopped = !after.pace.running && after.spikes.is_empty();
    require!(stopped, "real-time mode is stopped, yet a poll reports {}", shown(&after));
    Ok(run.pace)
}

/// Record of a run in real time.
struct Run {
    /// Spikes of consecutive steps, each with the number of steps before the first of them.
    records: Vec<(u64, Vec<Spikes>)>,
    /// Last account.
    pace: Pace,
    /// Least and greatest possible duration, ms.
    lasted: (f64, f64),
}

impl Run {
    fn record<P: Read + Write>(
        bench: &mut Bench<'_, P>,
        step_time: f64,
        lasting: Duration,
    ) -> Result<Self, VerifyError> {
        let (mut records, mut sent) = (Vec::new(), Vec::new());
        let (own_time, mut due) = (bench.options.own_time, 0.0);
        let before = Instant::now();
        bench.board.start()?;
        let began = Instant::now();
        while if own_time { due * step_time < 1000.0 * lasting.as_secs_f64() } else { began.elapsed() < lasting } {
            let (waits, wait) = (!own_time || began.elapsed() <= WAIT, WAIT.as_secs());
            require!(waits, "only {due} steps of {step_time} ms were due within {wait} s");
            thread::sleep(PAUSE);
            sent.push(Instant::now());
            let Progress { pace, first, spikes } = bench.board.poll()?;
            require!(pace.running, "real-time mode has ended by itself");
            due = f64::from(pace.cost.steps) + f64::from(pace.missed);
            records.push((first, spikes));
        }
        let Progress { pace, first, spikes } = bench.board.stop()?;
        records.push((first, spikes));
        // A board may be delayed between its last step and the stop. Steps that were due before a poll was
        // sent are in the account when the next request is answered.
        let least = sent.last().map_or(0.0, |sent| sent.duration_since(began).as_secs_f64());
        let lasted = (1000.0 * least, 1000.0 * before.elapsed().as_secs_f64());
        Ok(Self { records, pace, lasted })
    }

    /// Does the same steps on the host, and compares the spikes.
    fn compare_spikes(&self, twin: &mut Twin) -> Result<(), VerifyError> {
        for (first, spikes) in &self.records {
            let before = twin.steps();
            require!(*first >= before, "a record begins after {first} steps; the one before it ended after {before}");
            twin.run(first - before)?;
            spikes.iter().try_for_each(|spikes| twin.step_as(spikes))?;
        }
        // Steps after the last record, if that was full.
        let all = u64::from(self.pace.cost.steps);
        require!(all >= twin.steps(), "{all} steps, but spikes of more");
        twin.run(all - twin.steps())
    }

    /// Checks that every step is either recorded or counted as unrecorded.
    fn check_account(&self) -> Result<(), VerifyError> {
        let Pace { cost, overruns, unrecorded, .. } = self.pace;
        let (steps, recorded) = (cost.steps, self.records.iter().map(|(_, spikes)| spikes.len()).sum::<usize>());
        let all = recorded as u64 + u64::from(unrecorded);
        require!(all == u64::from(steps), "{steps} steps; {recorded} recorded and {unrecorded} not");
        let consistent = overruns <= steps && ordered(&cost);
        require!(consistent, "the account is not consistent: {:?}", self.pace);
        Ok(())
    }

    /// Checks that each due time was either met or missed.
    fn check_time(&self, step_time: f64) -> Result<(), VerifyError> {
        let due = f64::from(self.pace.cost.steps) + f64::from(self.pace.missed);
        let (least, most) = self.lasted;
        let (least, most) = ((1.0 - DRIFT) * least / step_time - 2.0, (1.0 + DRIFT) * most / step_time + 2.0);
        let Pace { missed, cost, .. } = self.pace;
        let steps = cost.steps;
        require!(
            (least..=most).contains(&due),
            "{steps} steps and {missed} missed; {least:.0} to {most:.0} were due in that time"
        );
        Ok(())
    }
}

/// Currents that arrive in parts during steps take effect together.
fn in_parts<P: Read + Write>(bench: &mut Bench<'_, P>) -> Result<(), VerifyError> {
    let neurons = bench.board.identity().neurons.min(8);
    // This population has no threshold components: a board that can have some has room to keep the parts.
    let keeps = bench.board.identity().components > 0 || 2 * neurons <= bench.board.identity().neurons;
    let description = plain(neurons, STEP_TIME, 10.0 * STEP_TIME, 2.0 * STEP_TIME);
    bench.board.load(&description)?;
    bench.board.start()?;
    let mut counts = Vec::new();
    let strong = bits::encode(NumberFormat::F32, &vec![300.0; neurons]);
    let (early, late) = strong.split_at(strong.len() / 2 / 4 * 4);
    for (first, more, currents) in [(0, true, early), (early.len() / 4, false, late)] {
        bench.board.client().call(&Request::Hold { population: 0, first: first as u32, more, currents })?;
        thread::sleep(for_board(bench, 5 * PAUSE));
        counts.extend(bench.board.poll()?.spikes.iter().map(|spikes| spikes.iter().count()));
        let whole = !more || (counts.is_empty() != keeps && counts.iter().all(|count| *count == 0));
        require!(whole, "steps with half of the currents: spikes {counts:?}");
    }
    bench.board.stop()?;
    let together = counts.contains(&neurons) && counts.iter().all(|count| [0, neurons].contains(count));
    require!(together, "{neurons} equal neurons do not fire together: spikes {counts:?}");
    Ok(())
}

/// A board whose host is silent ends real-time mode by itself, and reports that.
fn failsafe<P: Read + Write>(bench: &mut Bench<'_, P>) -> Result<(), VerifyError> {
    let limit = 4 * PAUSE;
    let mut twin = loaded(bench, STEP_TIME, 8)?;
    bench.board.start_with_failsafe(Some(limit))?;
    thread::sleep(for_board(bench, 3 * limit));
    let Progress { pace, .. } = bench.board.poll()?;
    // No more steps than were due up to the limit; fewer if the board was delayed at that time.
    let most = 2.0 + (1.0 + DRIFT) * limit.as_secs_f64() * 1000.0 / STEP_TIME;
    let steps = pace.cost.steps.saturating_add(pace.missed);
    let ended = !pace.running && pace.failsafe && steps > 0 && f64::from(steps) <= most;
    require!(ended, "after {limit:?} without a host: {pace:?}, at most {most:.0} steps were due");
    twin.run(pace.cost.steps.into())?;
    let currents = bench.board.read(Field::Current)?;
    let silent = currents.iter().all(|current| *current == 0.0);
    require!(silent, "after the failsafe currents are held: {currents:?}");
    bench.agree(&twin)
}

/// The period is a quarter of the cost of a step: the board must miss due times, and report them.
fn too_slow<P: Read + Write>(bench: &mut Bench<'_, P>) -> Result<(), VerifyError> {
    let neurons = bench.board.identity().neurons.min(256);
    loaded(bench, 1.0, neurons)?;
    let cost = bench.board.measure(50)?;
    // A clock can keep no less than one tick; slightly more here, as the step time is rounded on the way.
    let ticks = (f64::from(cost.best) / 4.0).max(1.01);
    let step_time = 1000.0 * ticks / f64::from(cost.frequency);
    let pace = kept(bench, step_time, neurons, Duration::from_millis(200))?;
    let Pace { overruns, missed, unrecorded, .. } = pace;
    let best = cost.best;
    require!(
        overruns > 0 && missed > 0,
        "steps of {best} ticks every {ticks:.2} ticks, but {overruns} overruns and {missed} missed"
    );
    let steps = pace.cost.steps;
    bench.note(format!(
        "too slow on purpose: {steps} steps, {overruns} overruns, {missed} missed, spikes of {unrecorded} not recorded"
    ));
    Ok(())
}
