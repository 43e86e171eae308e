//! What is known of a watched board: events in, numbers out. It neither waits nor looks at a clock, so that the same
//! events at the same times always make the same view.

use std::collections::VecDeque;
use std::time::Duration;

use glif_link::Pace;

use crate::board::Spikes;
use crate::client::Health;
use crate::identity::Identity;

/// Columns kept: a raster across 500 characters, two dots each.
const KEPT: usize = 1000;
/// How long a dot of the raster stands for, ms; a step that is longer has a dot of its own.
const DOT: f64 = 10.0;
/// A board that has said nothing for so long is called silent. It is not yet lost: a request may be on its third try.
const SILENT: Duration = Duration::from_millis(1500);

/// What runs on the board. It stays the same for as long as it is watched.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Subject {
    /// Model and number format, such as `alif in f32`.
    pub(super) name: String,
    /// How many.
    pub(super) neurons: usize,
    /// ms.
    pub(super) step_time: f64,
    /// Stepped by the host, in place of real-time mode.
    pub(super) free: bool,
    /// On an emulated board, whose clock is the emulator's.
    pub(super) emulated: bool,
    /// Standard deviation of the current, nA; its mean comes with each [`Report`].
    pub(super) deviation: f64,
}

/// Something that has happened to the board.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Event {
    /// A board answers and runs the population.
    Found {
        /// It.
        identity: Identity,
        /// It was told the population just now; else it has gone on with it unwatched.
        anew: bool,
    },
    /// It has told how it goes.
    Ran(Report),
    /// It does not answer, or runs something else; it is being looked for.
    Lost {
        /// In words.
        why: String,
    },
}

/// What a board has told.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Report {
    /// Its account of real-time mode; of a free run only what steps cost.
    pub(super) pace: Pace,
    /// Steps before the first one in `spikes`, since the load.
    pub(super) first: u64,
    /// Of consecutive steps.
    pub(super) spikes: Vec<Spikes>,
    /// The line's, since it is watched.
    pub(super) health: Health,
    /// Mean current that the neurons are driven with, nA.
    pub(super) mean: f64,
    /// Why they are not, in the board's words.
    pub(super) refused: Option<String>,
    /// The board begins its account anew behind this report, as it was asked to.
    pub(super) last: bool,
}

/// How the board is.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum State {
    /// None has been found yet.
    #[default]
    Sought,
    /// It runs.
    Running,
    /// It is gone.
    Lost {
        /// When that was noticed.
        since: Duration,
        /// The last reason, in words.
        why: String,
    },
}

/// Steps that share a dot of the raster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Column {
    /// How many of them are known; spikes of others are missing.
    pub(super) steps: u64,
    /// The neuron of each spike.
    pub(super) fired: Vec<usize>,
}

/// What is known. Times are since the watch began.
#[derive(Debug, Clone, Default)]
pub(super) struct Model {
    pub(super) subject: Subject,
    pub(super) identity: Option<Identity>,
    pub(super) state: State,
    /// The present.
    pub(super) now: Duration,
    /// When the board was last heard.
    heard: Duration,
    /// How often it was lost.
    pub(super) losses: u64,
    /// Reports heard.
    pub(super) reports: u64,
    /// The last account.
    pub(super) pace: Pace,
    /// nA.
    pub(super) mean: f64,
    /// Why the last currents were not taken.
    pub(super) refused: Option<String>,
    /// Spikes heard since the last reset.
    pub(super) spikes: u64,
    /// Steps of which the spikes were heard, since then.
    pub(super) steps: u64,
    health: Health,
    /// That at the last reset.
    settled: Health,
    columns: VecDeque<Column>,
    /// Number of the last column, counted from the board's first step.
    newest: u64,
}

impl Model {
    /// Of a board that has not been found yet; it is to be driven with a `mean` current in nA.
    pub(super) fn new(subject: Subject, mean: f64) -> Self {
        Self { subject, mean, ..Self::default() }
    }

    /// Takes in what happened just now.
    pub(super) fn hear(&mut self, event: Event) {
        match event {
            Event::Found { identity, anew } => {
                self.state = State::Running;
                self.heard = self.now;
                self.identity = Some(identity);
                if anew {
                    self.columns.clear();
                    self.newest = 0;
                }
            }
            Event::Ran(report) => self.ran(report),
            Event::Lost { why } => {
                let since = match self.state {
                    State::Lost { since, .. } => since,
                    _ => {
                        self.losses += 1;
                        self.now
                    }
                };
                self.state = State::Lost { since, why };
            }
        }
    }

    fn ran(&mut self, report: Report) {
        let Report { pace, first, spikes, health, mean, refused, last } = report;
        self.heard = self.now;
        self.reports += 1;
        (self.pace, self.health, self.mean, self.refused) = (pace, health, mean, refused);
        for (step, spikes) in (first..).zip(&spikes) {
            self.step(step, spikes);
        }
        if last {
            (self.spikes, self.steps, self.losses, self.settled) = (0, 0, 0, self.health);
        }
    }

    fn step(&mut self, step: u64, spikes: &Spikes) {
        let number = step / self.per_column();
        // Of columns that nobody has heard of, those that would still be seen.
        let between = if self.columns.is_empty() { 1 } else { number.saturating_sub(self.newest) };
        for _ in 0..between.min(KEPT as u64) {
            self.columns.push_back(Column::default());
        }
        self.columns.drain(..self.columns.len().saturating_sub(KEPT));
        self.newest = number;
        let Some(column) = self.columns.back_mut() else { return };
        let before = column.fired.len();
        column.fired.extend(spikes.iter());
        column.steps += 1;
        self.spikes += (column.fired.len() - before) as u64;
        self.steps += 1;
    }

    /// Steps of a column.
    pub(super) fn per_column(&self) -> u64 {
        (DOT / self.subject.step_time).round().max(1.0) as u64
    }

    /// How long a column stands for, ms.
    pub(super) fn column_time(&self) -> f64 {
        self.per_column() as f64 * self.subject.step_time
    }

    /// The last columns, so many at most, the newest first.
    pub(super) fn columns(&self, most: usize) -> impl Iterator<Item = &Column> {
        self.columns.iter().rev().take(most)
    }

    /// Number of the newest column, from the board's first step on.
    pub(super) fn newest(&self) -> u64 {
        self.newest
    }

    /// Spikes a second of one neuron (Hz) in some columns, on average over the neurons; none if nothing is known of them.
    pub(super) fn rate<'a>(&self, columns: impl Iterator<Item = &'a Column>) -> Option<f64> {
        let (spikes, steps) =
            columns.fold((0, 0), |(spikes, steps), column| (spikes + column.fired.len(), steps + column.steps));
        let seconds = self.seconds(steps) * self.subject.neurons as f64;
        (seconds > 0.0).then(|| spikes as f64 / seconds)
    }

    /// Columns of the last second.
    pub(super) fn last_second(&self) -> impl Iterator<Item = &Column> {
        self.columns((1000.0 / self.column_time()).ceil() as usize)
    }

    /// Each neuron's rate in all columns, Hz, and over how many seconds that is.
    pub(super) fn rates(&self) -> (Vec<f64>, f64) {
        let mut counts = vec![0_u32; self.subject.neurons];
        for neuron in self.columns.iter().flat_map(|column| &column.fired) {
            counts.iter_mut().skip(*neuron).take(1).for_each(|count| *count += 1);
        }
        let seconds = self.seconds(self.columns.iter().map(|column| column.steps).sum());
        let rate = |count: u32| if seconds > 0.0 { f64::from(count) / seconds } else { 0.0 };
        (counts.into_iter().map(rate).collect(), seconds)
    }

    /// Of so many steps.
    fn seconds(&self, steps: u64) -> f64 {
        steps as f64 * self.subject.step_time / 1000.0
    }

    /// How long a running board has been silent, if that is long.
    pub(super) fn silence(&self) -> Option<Duration> {
        let silence = self.now.saturating_sub(self.heard);
        (self.state == State::Running && silence >= SILENT).then_some(silence)
    }

    /// The line's since the last reset.
    pub(super) fn health(&self) -> Health {
        self.health.since(self.settled)
    }

    /// Ticks of the board's clock as µs.
    pub(super) fn micros(&self, ticks: f64) -> f64 {
        1e6 * ticks / f64::from(self.pace.cost.frequency.max(1))
    }

    /// The same in percent of a step's period.
    pub(super) fn percent(&self, ticks: f64) -> f64 {
        self.micros(ticks) / (10.0 * self.subject.step_time)
    }

    /// What a step costs on average, ticks.
    pub(super) fn mean_cost(&self) -> f64 {
        self.pace.cost.total as f64 / f64::from(self.pace.cost.steps.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{identity, report, spikes, subject};
    use super::*;

    fn model() -> Model {
        let mut model = Model::new(subject(4), 14.0);
        model.hear(Event::Found { identity: identity(), anew: true });
        model
    }

    fn columns(model: &Model) -> Vec<(u64, Vec<usize>)> {
        model.columns(KEPT).map(|column| (column.steps, column.fired.clone())).collect()
    }

    #[test]
    fn ten_steps_share_a_column() {
        let mut model = model();
        model.hear(Event::Ran(report(0, vec![spikes(4, &[1]), spikes(4, &[]), spikes(4, &[1, 3])])));
        assert_eq!(columns(&model), [(3, vec![1, 1, 3])]);
        model.hear(Event::Ran(report(3, vec![spikes(4, &[2]); 8])));
        assert_eq!(columns(&model), [(1, vec![2]), (10, [vec![1, 1, 3], vec![2; 7]].concat())]);
        assert_eq!((model.spikes, model.steps, model.reports), (11, 11, 2));
    }

    #[test]
    fn a_long_step_has_a_column_of_its_own() {
        let model = Model::new(Subject { step_time: 25.0, ..subject(4) }, 0.0);
        assert_eq!((model.per_column(), model.column_time()), (1, 25.0));
        let model = Model::new(Subject { step_time: 0.1, ..subject(4) }, 0.0);
        assert_eq!(model.per_column(), 100);
    }

    #[test]
    fn steps_that_nobody_heard_of_leave_a_gap_that_counts_for_no_rate() {
        let mut model = model();
        model.hear(Event::Ran(report(0, vec![spikes(4, &[0]); 10])));
        model.hear(Event::Ran(report(40, vec![spikes(4, &[0]); 10])));
        let steps: Vec<u64> = model.columns(KEPT).map(|column| column.steps).collect();
        assert_eq!(steps, [10, 0, 0, 0, 10]);
        // One of four neurons, in every step of 1 ms.
        assert_eq!(model.rate(model.last_second()), Some(250.0));
        assert_eq!(model.rate(model.columns(KEPT).skip(1).take(2)), None);
        assert_eq!(model.rates(), (vec![1000.0, 0.0, 0.0, 0.0], 0.02));
        // After an hour nothing of what was seen is left.
        model.hear(Event::Ran(report(3_600_000, vec![spikes(4, &[1])])));
        assert_eq!((model.columns(usize::MAX).count(), model.rates().1), (KEPT, 0.001));
    }

    #[test]
    fn lost_and_found() {
        let mut model = model();
        model.hear(Event::Ran(report(0, vec![spikes(4, &[0])])));
        model.now = Duration::from_secs(5);
        model.hear(Event::Lost { why: "unplugged".to_owned() });
        model.now = Duration::from_secs(9);
        model.hear(Event::Lost { why: "there is no port".to_owned() });
        let (since, why) = (Duration::from_secs(5), "there is no port".to_owned());
        assert_eq!((&model.state, model.losses), (&State::Lost { since, why }, 1));
        model.hear(Event::Found { identity: identity(), anew: false });
        assert_eq!((&model.state, model.columns(KEPT).count(), model.losses), (&State::Running, 1, 1));
        model.hear(Event::Lost { why: "unplugged".to_owned() });
        model.hear(Event::Found { identity: identity(), anew: true });
        assert_eq!((model.columns(KEPT).count(), model.losses), (0, 2));
    }

    #[test]
    fn a_reset_begins_all_counts_anew() {
        let mut model = model();
        let health = Health { asked: 100, resent: 3, lost: 2, ..Health::default() };
        model.hear(Event::Ran(Report { health, last: true, ..report(0, vec![spikes(4, &[0]); 5]) }));
        assert_eq!((model.spikes, model.steps, model.health().asked, model.health().lost), (0, 0, 0, 0));
        let health = Health { asked: 110, resent: 4, lost: 2, ..Health::default() };
        model.hear(Event::Ran(Report { health, ..report(5, vec![spikes(4, &[0]); 5]) }));
        let Health { asked, resent, lost, .. } = model.health();
        assert_eq!((model.spikes, model.steps, asked, resent, lost), (5, 5, 10, 1, 0));
        assert_eq!(columns(&model), [(10, vec![0; 10])], "the raster goes on");
    }

    #[test]
    fn silence_is_told_before_the_board_is_lost() {
        let mut model = model();
        model.now = Duration::from_millis(1400);
        assert_eq!(model.silence(), None);
        model.now = Duration::from_millis(1600);
        assert_eq!(model.silence(), Some(Duration::from_millis(1600)));
        model.hear(Event::Ran(report(0, vec![])));
        assert_eq!(model.silence(), None);
    }

    #[test]
    fn ticks_are_time_and_a_share_of_the_period() {
        let mut model = model();
        model.hear(Event::Ran(report(0, vec![])));
        // 25 MHz, 1 ms.
        assert_eq!((model.micros(250.0), model.percent(250.0), model.mean_cost()), (10.0, 1.0, 200.0));
    }
}
