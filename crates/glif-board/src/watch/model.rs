//! What is known of a watched board: events in, numbers out. The model neither waits nor reads a clock, so
//! that the same events at the same times always give the same view.

use std::collections::VecDeque;
use std::time::Duration;

use glif_link::Pace;

use crate::board::Spikes;
use crate::client::Health;
use crate::identity::Identity;

/// Number of columns kept: a raster across 500 characters with two dots each.
const KEPT: usize = 1000;
/// Time that a dot of the raster covers, ms; a longer step has its own dot.
const DOT: f64 = 10.0;
/// Silence after which a board is reported as silent. It is not yet lost: a request may be at its third
/// attempt.
const SILENT: Duration = Duration::from_millis(1500);

/// Description of what runs on the board; it does not change during a watch.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Subject {
    /// Model and number format, such as `alif in f32`.
    pub(super) name: String,
    /// Number of neurons.
    pub(super) neurons: usize,
    /// Step time, ms.
    pub(super) step_time: f64,
    /// Whether the host steps the board, in place of real-time mode.
    pub(super) free: bool,
    /// Whether the board is emulated: its clock is then the emulator's.
    pub(super) emulated: bool,
    /// Standard deviation of the current, nA; its mean is in each [`Report`].
    pub(super) deviation: f64,
}

/// Something that happened to the board.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Event {
    /// A board answers and runs the population.
    Found {
        /// The board's description of itself.
        identity: Identity,
        /// Whether the population was loaded just now; otherwise it has run on unwatched.
        anew: bool,
    },
    /// The board has reported its progress.
    Ran(Report),
    /// The board does not answer, or runs something else; the session looks for it.
    Lost {
        /// The reason, as text.
        why: String,
    },
}

/// A board's report.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Report {
    /// Account of real-time mode; in a free run only the cost of steps.
    pub(super) pace: Pace,
    /// Number of steps since the load, before the first one in `spikes`.
    pub(super) first: u64,
    /// Spikes of consecutive steps.
    pub(super) spikes: Vec<Spikes>,
    /// Counts of the line since the watch began.
    pub(super) health: Health,
    /// Mean current that drives the neurons, nA.
    pub(super) mean: f64,
    /// Why the board refused the last currents, in its own words, if it did.
    pub(super) refused: Option<String>,
    /// Whether this is the last report of an account: the board begins a new one after it, on request.
    pub(super) last: bool,
}

/// State of the connection.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum State {
    /// No board has been found yet.
    #[default]
    Sought,
    /// The board runs.
    Running,
    /// The board is lost.
    Lost {
        /// Time at which the loss was noticed.
        since: Duration,
        /// Last reason, as text.
        why: String,
    },
}

/// Steps that share a dot of the raster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Column {
    /// Number of steps in the column that are known; spikes of other steps are missing.
    pub(super) steps: u64,
    /// Neuron of each spike.
    pub(super) fired: Vec<usize>,
}

/// What is known of a board. Times are since the start of the watch.
#[derive(Debug, Clone, Default)]
pub(super) struct Model {
    pub(super) subject: Subject,
    pub(super) identity: Option<Identity>,
    pub(super) state: State,
    /// Current time.
    pub(super) now: Duration,
    /// Time of the last message from the board.
    heard: Duration,
    /// Number of times the board was lost.
    pub(super) losses: u64,
    /// Number of reports received.
    pub(super) reports: u64,
    /// Last account of real-time mode.
    pub(super) pace: Pace,
    /// Mean current, nA.
    pub(super) mean: f64,
    /// Why the last currents were refused, if they were.
    pub(super) refused: Option<String>,
    /// Number of spikes received since the last reset.
    pub(super) spikes: u64,
    /// Number of steps whose spikes were received since the last reset.
    pub(super) steps: u64,
    health: Health,
    /// Counts of the line at the last reset.
    settled: Health,
    columns: VecDeque<Column>,
    /// Number of the last column, counted from the board's first step.
    newest: u64,
}

impl Model {
    /// Creates the model of a board that has not been found yet, to be driven with a `mean` current, nA.
    pub(super) fn new(subject: Subject, mean: f64) -> Self {
        Self { subject, mean, ..Self::default() }
    }

    /// Processes an event that happened just now.
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
        // Of the columns without any report, only those still visible are added.
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

    /// Returns the number of steps in a column.
    pub(super) fn per_column(&self) -> u64 {
        (DOT / self.subject.step_time).round().max(1.0) as u64
    }

    /// Returns the time that a column covers, ms.
    pub(super) fn column_time(&self) -> f64 {
        self.per_column() as f64 * self.subject.step_time
    }

    /// Returns the last columns, at most `most`, the newest first.
    pub(super) fn columns(&self, most: usize) -> impl Iterator<Item = &Column> {
        self.columns.iter().rev().take(most)
    }

    /// Returns the number of the newest column, counted from the board's first step.
    pub(super) fn newest(&self) -> u64 {
        self.newest
    }

    /// Returns the firing rate in these columns, Hz, averaged over the neurons. It is `None` if no step of
    /// them is known.
    pub(super) fn rate<'a>(&self, columns: impl Iterator<Item = &'a Column>) -> Option<f64> {
        let (spikes, steps) =
            columns.fold((0, 0), |(spikes, steps), column| (spikes + column.fired.len(), steps + column.steps));
        let seconds = self.seconds(steps) * self.subject.neurons as f64;
        (seconds > 0.0).then(|| spikes as f64 / seconds)
    }

    /// Returns the columns of the last second.
    pub(super) fn last_second(&self) -> impl Iterator<Item = &Column> {
        self.columns((1000.0 / self.column_time()).ceil() as usize)
    }

    /// Returns each neuron's firing rate over all columns, Hz, and the duration of these columns, s.
    pub(super) fn rates(&self) -> (Vec<f64>, f64) {
        let mut counts = vec![0_u32; self.subject.neurons];
        for neuron in self.columns.iter().flat_map(|column| &column.fired) {
            counts.iter_mut().skip(*neuron).take(1).for_each(|count| *count += 1);
        }
        let seconds = self.seconds(self.columns.iter().map(|column| column.steps).sum());
        let rate = |count: u32| if seconds > 0.0 { f64::from(count) / seconds } else { 0.0 };
        (counts.into_iter().map(rate).collect(), seconds)
    }

    /// Returns the duration of a number of steps, s.
    fn seconds(&self, steps: u64) -> f64 {
        steps as f64 * self.subject.step_time / 1000.0
    }

    /// Returns how long a running board has been silent, if that is long.
    pub(super) fn silence(&self) -> Option<Duration> {
        let silence = self.now.saturating_sub(self.heard);
        (self.state == State::Running && silence >= SILENT).then_some(silence)
    }

    /// Returns the counts of the line since the last reset.
    pub(super) fn health(&self) -> Health {
        self.health.since(self.settled)
    }

    /// Converts ticks of the board's clock to µs.
    pub(super) fn micros(&self, ticks: f64) -> f64 {
        1e6 * ticks / f64::from(self.pace.cost.frequency.max(1))
    }

    /// Converts ticks of the board's clock to percent of a step's period.
    pub(super) fn percent(&self, ticks: f64) -> f64 {
        self.micros(ticks) / (10.0 * self.subject.step_time)
    }

    /// Returns the mean cost of a step, ticks.
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
    fn steps_per_column_depend_on_the_step_time() {
        let model = Model::new(Subject { step_time: 25.0, ..subject(4) }, 0.0);
        assert_eq!((model.per_column(), model.column_time()), (1, 25.0));
        let model = Model::new(Subject { step_time: 0.1, ..subject(4) }, 0.0);
        assert_eq!(model.per_column(), 100);
    }

    #[test]
    fn unreported_steps_leave_a_gap_and_do_not_count_in_rates() {
        let mut model = model();
        model.hear(Event::Ran(report(0, vec![spikes(4, &[0]); 10])));
        model.hear(Event::Ran(report(40, vec![spikes(4, &[0]); 10])));
        let steps: Vec<u64> = model.columns(KEPT).map(|column| column.steps).collect();
        assert_eq!(steps, [10, 0, 0, 0, 10]);
        // One of four neurons fires, in every step of 1 ms.
        assert_eq!(model.rate(model.last_second()), Some(250.0));
        assert_eq!(model.rate(model.columns(KEPT).skip(1).take(2)), None);
        assert_eq!(model.rates(), (vec![1000.0, 0.0, 0.0, 0.0], 0.02));
        // After an hour none of the earlier columns is left.
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
    fn reset_zeroes_all_counts() {
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
    fn silence_is_reported_before_the_board_is_lost() {
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
        // The clock is 25 MHz, a step 1 ms.
        assert_eq!((model.micros(250.0), model.percent(250.0), model.mean_cost()), (10.0, 1.0, 200.0));
    }
}
