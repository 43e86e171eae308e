//! Real-time mode: when steps are due, and statistics on how they met their deadlines.

use glif_link::Pace;

use crate::failsafe::Failsafe;

/// Due times at a fixed period, and their statistics.
pub(crate) struct Schedule {
    /// When the next step is due: ticks in the high half, their fraction in the low half. It wraps like the
    /// clock.
    due: u64,
    /// Period in the same unit.
    period: u64,
    pub(crate) failsafe: Failsafe,
    pub(crate) pace: Pace,
}

/// Units of the due time per tick: 2³².
const TICK: f64 = 4_294_967_296.0;

impl Schedule {
    /// Schedules a step every `step_time` ms from `now` on, until the host is silent for `failsafe` ms.
    ///
    /// A `failsafe` of 0 means no limit. Returns `None` if the step time is less than a tick, or at least
    /// half of the clock's range.
    pub(crate) fn new(step_time: f64, failsafe: u32, frequency: u32, now: u32) -> Option<Self> {
        let ticks = step_time * f64::from(frequency) / 1000.0;
        if !(ticks >= 1.0 && ticks < f64::from(1_u32 << 31)) {
            return None;
        }
        let mut pace = Pace { running: true, ..Pace::default() };
        pace.cost.frequency = frequency;
        let failsafe = Failsafe::new(failsafe, frequency, now);
        Some(Self { due: u64::from(now) << 32, period: (ticks * TICK) as u64, failsafe, pace })
    }

    /// Whether a step is to begin now. Due times that are whole periods in the past count as missed.
    pub(crate) fn begins(&mut self, now: u32) -> bool {
        let late = self.late(now);
        if late < 0 {
            return false;
        }
        let missed = (late as u64).checked_div(self.period).unwrap_or(0);
        self.pace.missed = self.pace.missed.saturating_add(u32::try_from(missed).unwrap_or(u32::MAX));
        self.due = self.due.wrapping_add(self.period.wrapping_mul(missed));
        self.pace.latest = self.pace.latest.max((self.late(now) >> 32) as u32);
        true
    }

    /// Records a step that was due and could not be done.
    pub(crate) fn skipped(&mut self) {
        self.pace.missed = self.pace.missed.saturating_add(1);
        self.due = self.due.wrapping_add(self.period);
    }

    /// Records the beginning and the end of a step.
    pub(crate) fn ended(&mut self, began: u32, ended: u32) {
        self.pace.cost.add(ended.wrapping_sub(began));
        self.due = self.due.wrapping_add(self.period);
        if self.late(ended) > 0 {
            self.pace.overruns = self.pace.overruns.saturating_add(1);
        }
    }

    fn late(&self, now: u32) -> i64 {
        (u64::from(now) << 32).wrapping_sub(self.due) as i64
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    /// Runs steps of the given costs, each as soon as it is due, on a clock that wraps meanwhile.
    fn run(period: f64, costs: &[u32]) -> Pace {
        let mut now = u32::MAX - 2_500;
        let mut schedule = Schedule::new(period, 0, 1000, now).unwrap();
        for cost in costs {
            while !schedule.begins(now) {
                now = now.wrapping_add(1);
            }
            let began = now;
            now = now.wrapping_add(*cost);
            schedule.ended(began, now);
        }
        schedule.pace
    }

    #[test]
    fn steps_in_time() {
        let pace = run(100.0, &[10, 30, 20, 99, 1]);
        assert_eq!((pace.cost.steps, pace.cost.best, pace.cost.worst, pace.cost.total), (5, 1, 99, 160));
        assert_eq!((pace.overruns, pace.missed, pace.latest), (0, 0, 0));
    }

    #[test]
    fn a_step_that_ends_when_the_next_is_due_is_in_time() {
        assert_eq!(run(100.0, &[100, 100, 100]).overruns, 0);
    }

    #[test]
    fn overruns_and_missed_due_times_are_counted() {
        // Due at 0, 100, 200, ...: the second step runs from 100 to 450, so 200 and 300 are missed, and the
        // step due at 400 begins at 450.
        let pace = run(100.0, &[10, 350, 10, 10]);
        assert_eq!((pace.overruns, pace.missed, pace.latest), (1, 2, 50));
        let always = run(100.0, &[250; 40]);
        assert_eq!((always.cost.steps, always.overruns), (40, 40));
        assert!(always.missed >= 58, "{}", always.missed);
    }

    /// 2.5 ticks per step: fractions are kept, so 1000 steps take 2500 ticks.
    #[test]
    fn periods_need_not_be_whole_ticks() {
        let mut now = 0_u32;
        let mut schedule = Schedule::new(2.5, 0, 1000, now).unwrap();
        for _ in 0..1000 {
            while !schedule.begins(now) {
                now += 1;
            }
            schedule.ended(now, now);
        }
        assert_eq!(now, 2498); // the 1000th step is due at 2497.5
        assert_eq!((schedule.pace.overruns, schedule.pace.missed), (0, 0));
    }

    #[test]
    fn periods_out_of_the_clock_range_are_rejected() {
        for step_time in [0.0, -1.0, 0.000_1, f64::NAN, f64::INFINITY, 3e9] {
            assert!(Schedule::new(step_time, 0, 1_000_000, 0).is_none(), "{step_time} ms");
        }
        assert!(Schedule::new(0.001, 0, 1_000_000, 0).is_some());
    }
}
