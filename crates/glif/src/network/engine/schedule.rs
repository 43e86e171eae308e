//! Which steps of which neurons can be made, while several threads make them.
//!
//! A spike arrives after the delay of its projection. So a step of some neurons needs the steps of others only up to this
//! delay before, and threads need not be at the same step.

use std::ops::Range;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Most steps that neurons are ahead of others that they do not wait for.
const MOST: u64 = 64;
/// Parts of the shortest delay: a thread that is one part late lets no other wait.
const PARTS: u64 = 3;

/// The shortest delay of the projections from a population to another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    pub(super) from: usize,
    pub(super) to: usize,
    /// In steps.
    pub(super) delay: u64,
}

/// Returns the number of steps that neurons make without the spikes of any of them.
pub(super) fn span(links: &[Link]) -> u64 {
    // A population waits for another whose spikes arrive at once, and never the other way around.
    links.iter().map(|link| link.delay).filter(|delay| *delay > 0).min().unwrap_or(MOST).min(MOST)
}

/// Returns the number of steps that a patch is ahead of any other at most.
pub(super) fn ahead(links: &[Link]) -> u64 {
    2 * span(links)
}

/// Steps of a patch for a thread to make, counted from the beginning of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Task {
    /// Number of the patch.
    pub(super) patch: usize,
    pub(super) steps: Range<u64>,
}

/// Neurons of a population, all in the same step.
#[derive(Debug)]
struct Patch {
    member: usize,
    /// Number of steps that are made.
    done: u64,
    /// Whether a thread is making its next steps.
    taken: bool,
}

/// The steps of a run that are made.
#[derive(Debug)]
pub(super) struct Schedule {
    links: Vec<Link>,
    patches: Vec<Patch>,
    /// Number of steps that all patches of each population have made.
    members: Vec<u64>,
    /// Steps of a task.
    stride: u64,
    /// Steps that a patch is ahead of any other at most.
    ahead: u64,
    /// Number of steps of the run.
    steps: u64,
}

impl Schedule {
    /// Returns the schedule of a run of `steps` steps. `patches` has the population of each patch, of `members`
    /// populations. One without a patch has its spikes from outside.
    pub(super) fn new(links: Vec<Link>, patches: impl Iterator<Item = usize>, members: usize, steps: u64) -> Self {
        let patches = patches.map(|member| Patch { member, done: 0, taken: false }).collect();
        let (stride, ahead) = (span(&links).div_ceil(PARTS), ahead(&links));
        let mut schedule = Self { links, patches, members: vec![0; members], stride, ahead, steps };
        schedule.count();
        schedule
    }

    /// Copies the number of steps that each patch has made.
    pub(super) fn copy_done(&self, to: &mut [u64]) {
        self.patches.iter().zip(to).for_each(|(patch, to)| *to = patch.done);
    }

    /// Takes a task, one of the patches `home` if there is any. Returns `None` if no task is ready.
    pub(super) fn take(&mut self, home: &Range<usize>) -> Option<Task> {
        let patch = self.last(home.clone()).or_else(|| self.last(0..self.patches.len()))?;
        let steps = self.patches[patch].done..self.next(patch);
        self.patches[patch].taken = true;
        Some(Task { patch, steps })
    }

    /// Returns the patch that has made the fewest steps, of those that can make some.
    fn last(&self, of: Range<usize>) -> Option<usize> {
        of.filter(|patch| self.is_ready(*patch)).min_by_key(|patch| self.patches[*patch].done)
    }

    /// Returns whether there is a task.
    pub(super) fn has_task(&self) -> bool {
        (0..self.patches.len()).any(|patch| self.is_ready(patch))
    }

    /// Returns whether there will be no more tasks.
    pub(super) fn is_over(&self) -> bool {
        let is_last = |at: usize| match &self.patches[at] {
            Patch { taken: true, .. } => self.next(at) == self.steps,
            Patch { done, .. } => *done == self.steps,
        };
        (0..self.patches.len()).all(is_last)
    }

    /// Ends a task.
    pub(super) fn finish(&mut self, task: &Task) {
        let patch = &mut self.patches[task.patch];
        (patch.done, patch.taken) = (task.steps.end, false);
        self.count();
    }

    /// Returns the number of steps that a patch has made after its next task.
    fn next(&self, patch: usize) -> u64 {
        (self.patches[patch].done + self.stride).min(self.steps)
    }

    /// Returns whether a patch can make its next steps.
    fn is_ready(&self, patch: usize) -> bool {
        let (Patch { member, done, taken }, next) = (&self.patches[patch], self.next(patch));
        let mut links = self.links.iter().filter(|link| link.to == *member);
        !taken
            && *done < self.steps
            && next <= self.most()
            && links.all(|link| self.members[link.from] + link.delay >= next)
    }

    /// Returns the number of steps that a patch can have made now.
    fn most(&self) -> u64 {
        let least = self.patches.iter().map(|patch| patch.done).min().unwrap_or(self.steps);
        self.steps.min(least + self.ahead)
    }

    /// Counts the steps that all patches of each population have made.
    fn count(&mut self) {
        let most = self.most();
        self.members.fill(most);
        for Patch { member, done, .. } in &self.patches {
            let all = &mut self.members[*member];
            *all = (*all).min(*done);
        }
    }
}

/// A schedule, with which threads take turns. One that has nothing to do sleeps.
#[derive(Debug)]
pub(super) struct Turns {
    state: Mutex<State>,
    /// Wakes a thread that sleeps.
    news: Condvar,
}

#[derive(Debug)]
struct State {
    schedule: Schedule,
    /// Number of threads that sleep.
    waiting: usize,
    /// Whether a thread has panicked.
    failed: bool,
}

/// Ends a run whose threads would otherwise wait for one that has panicked.
#[derive(Debug)]
pub(super) struct Alarm<'a>(&'a Turns);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            lock(&self.0.state).failed = true;
            self.0.news.notify_all();
        }
    }
}

impl Turns {
    pub(super) fn new(schedule: Schedule) -> Self {
        Self { state: Mutex::new(State { schedule, waiting: 0, failed: false }), news: Condvar::new() }
    }

    /// Returns what a thread must have while it works.
    pub(super) fn alarm(&self) -> Alarm<'_> {
        Alarm(self)
    }

    /// Ends a task and takes another, for which it waits. Sets `known` to the number of steps of each patch. Returns `None`
    /// at the end of the run, also if a thread has panicked.
    pub(super) fn next(&self, made: Option<Task>, home: &Range<usize>, known: &mut [u64]) -> Option<Task> {
        let mut state = lock(&self.state);
        if let Some(made) = made {
            state.schedule.finish(&made);
        }
        loop {
            if state.failed {
                return None;
            }
            if let Some(task) = state.schedule.take(home) {
                state.schedule.copy_done(known);
                if state.waiting > 0 && state.schedule.has_task() {
                    self.news.notify_one();
                }
                return Some(task);
            }
            if state.schedule.is_over() {
                self.news.notify_all();
                return None;
            }
            state.waiting += 1;
            state = self.news.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
        }
    }
}

/// Locks what stays whole if a thread panics.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns a link.
    fn link(from: usize, to: usize, delay: u64) -> Link {
        Link { from, to, delay }
    }

    /// Threads make the steps of others only where they have no own ones.
    #[test]
    fn a_thread_keeps_to_its_patches() {
        let mut schedule = Schedule::new(vec![link(0, 0, 15)], [0; 4].into_iter(), 1, 100);
        let task = |patch: usize, steps: Range<u64>| Some(Task { patch, steps });
        let mut made = Vec::new();
        for _ in 0..6 {
            let task = schedule.take(&(0..2)).unwrap();
            schedule.finish(&task);
            made.push((task.patch, task.steps.start));
        }
        assert_eq!(made, [(0, 0), (1, 0), (0, 5), (1, 5), (0, 10), (1, 10)]);
        // Its own are a whole delay ahead of the others.
        assert_eq!(schedule.take(&(0..2)), task(2, 0..5));
        assert_eq!(schedule.take(&(2..4)), task(3, 0..5));
        assert_eq!(schedule.take(&(2..4)), None);
        assert!(!schedule.has_task() && !schedule.is_over());
        schedule.finish(&Task { patch: 3, steps: 0..5 });
        assert_eq!(schedule.take(&(0..2)), task(3, 5..10));
    }

    /// Threads that sleep until there is a task make every step, and all return.
    #[test]
    fn threads_that_sleep_are_woken() {
        // Each step needs the one before of all patches.
        let turns = Turns::new(Schedule::new(vec![link(0, 0, 1)], [0; 3].into_iter(), 1, 2000));
        let made: Vec<u64> = std::thread::scope(|scope| {
            let work = |thread: usize| {
                let (mut made, mut known, mut steps) = (None, [0; 3], 0);
                while let Some(task) = turns.next(made, &(thread..thread + 1), &mut known) {
                    assert!(known.iter().all(|done| *done >= task.steps.start));
                    steps += task.steps.end - task.steps.start;
                    made = Some(task);
                }
                steps
            };
            let threads: Vec<_> = (0..3).map(|thread| scope.spawn(move || work(thread))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(made.iter().sum::<u64>(), 3 * 2000, "{made:?}");
    }

    /// A thread does not wait for one that has panicked.
    #[test]
    fn a_panic_ends_the_run() {
        let turns = Turns::new(Schedule::new(vec![link(0, 0, 1)], [0; 2].into_iter(), 1, 10));
        let first = turns.next(None, &(0..1), &mut [0; 2]).unwrap();
        std::thread::scope(|scope| {
            let other = scope.spawn(|| {
                let second = turns.next(None, &(1..2), &mut [0; 2]);
                turns.next(second, &(1..2), &mut [0; 2])
            });
            let failing = scope.spawn(|| {
                let _alarm = turns.alarm();
                panic!("a step fails");
            });
            assert!(failing.join().is_err());
            assert_eq!(other.join().unwrap(), None);
        });
        assert_eq!(turns.next(Some(first), &(0..1), &mut [0; 2]), None);
    }

    proptest! {
        /// Every step of every patch is made once, with the spikes that it needs, and never too far ahead.
        #[test]
        fn every_step_is_made_once(
            patches in proptest::collection::vec(0_usize..3, 1..8),
            delays in proptest::collection::vec((0_usize..4, 0_usize..3, 0_u64..9), 0..6),
            steps in 1_u64..80,
            threads in 1_usize..5,
            seed: u64,
        ) {
            // Without delay only to a population of a higher number. Population 3 has no patch.
            let links: Vec<Link> = delays
                .into_iter()
                .map(|(from, to, delay)| link(from, to, if from == 3 || from < to { delay } else { delay.max(1) }))
                .collect();
            let mut schedule = Schedule::new(links.clone(), patches.iter().copied(), 4, steps);
            let mut done = vec![0; patches.len()];
            let (mut running, mut random): (Vec<Task>, u64) = (Vec::new(), seed);
            loop {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let thread = (random >> 33) as usize % threads;
                let home = thread * patches.len() / threads..(thread + 1) * patches.len() / threads;
                let task = if running.len() < threads && random >> 62 > 0 { schedule.take(&home) } else { None };
                if let Some(task) = task {
                    prop_assert_eq!(task.steps.start, done[task.patch]);
                    prop_assert!(!running.iter().any(|other| other.patch == task.patch));
                    let least = *done.iter().min().unwrap();
                    prop_assert!(task.steps.end <= least + schedule.ahead && task.steps.end <= steps);
                    for link in links.iter().filter(|link| link.to == patches[task.patch]) {
                        let sources = done.iter().zip(&patches).filter(|(_, member)| **member == link.from);
                        prop_assert!(sources.map(|(done, _)| done + link.delay).all(|known| known >= task.steps.end));
                    }
                    running.push(task);
                    continue;
                }
                if running.is_empty() {
                    prop_assert_eq!(schedule.is_over(), !schedule.has_task());
                    if schedule.is_over() {
                        break;
                    }
                    continue;
                }
                let task = running.swap_remove((random >> 40) as usize % running.len());
                schedule.finish(&task);
                done[task.patch] = task.steps.end;
            }
            prop_assert!(done.iter().all(|done| *done == steps));
            prop_assert!(schedule.members.iter().all(|done| *done == steps));
        }
    }
}
