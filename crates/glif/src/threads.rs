//! The threads of a population, and how they divide a step.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::limits;
use crate::population::BuildError;
use rayon_core::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

/// The thread that steps a population, and its helper threads.
#[derive(Debug, Clone)]
pub(crate) struct Threads {
    helpers: Option<Arc<ThreadPool>>,
    /// The process that started the helpers. A forked child process has no helper threads.
    process: u32,
    /// Minimum number of cells per thread.
    pub(crate) share: usize,
}

/// Default minimum number of cells per thread: fewer are stepped sooner than a sleeping thread wakes up.
///
/// Waking took 30 to 50 µs where it was measured. Two threads were as fast as one at 300,000 LIF neurons in
/// f32, and nearly twice as fast at a million.
const SHARE: usize = 1 << 18;

/// How often the caller polls whether its helpers have finished, at about 40 ns each, before it sleeps.
const PATIENCE: usize = 2000;

/// Portions per thread. At the end, a thread with nothing left to do waits for one portion at most.
const PORTIONS: usize = 16;

impl Default for Threads {
    fn default() -> Self {
        Self { helpers: None, process: std::process::id(), share: SHARE }
    }
}

impl Threads {
    /// Starts `count` threads, the calling thread included, with at least `share` cells each.
    ///
    /// # Errors
    /// Returns an error if the number is 0 or above [`limits::THREADS`], or if the system cannot start that many.
    pub(crate) fn counted(count: usize, share: usize) -> Result<Self, BuildError> {
        let possible = 1..=limits::THREADS;
        if !possible.contains(&count) {
            let reason = format!("must be {} to {}", possible.start(), possible.end());
            return Err(BuildError::Threads { count, reason });
        }
        Self::new(count, share).map_err(|error| BuildError::Threads { count, reason: error.to_string() })
    }

    /// Does the same, with a number that the caller has checked.
    pub(crate) fn new(count: usize, share: usize) -> Result<Self, ThreadPoolBuildError> {
        let helpers = match count.saturating_sub(1) {
            0 => None,
            helpers => Some(Arc::new(ThreadPoolBuilder::new().num_threads(helpers).build()?)),
        };
        Ok(Self { helpers, process: std::process::id(), share })
    }

    pub(crate) fn count(&self) -> usize {
        1 + self.helpers.as_ref().map_or(0, |helpers| helpers.current_num_threads())
    }

    /// Returns the number of threads that `cells` cells are worth.
    pub(crate) fn employed(&self, cells: usize) -> usize {
        match self.helpers {
            Some(_) => self.count().min(cells / self.share).max(1),
            None => 1,
        }
    }

    /// Calls `work` with each of `desks`, with the first on this thread. A call must not need another: helpers can be late,
    /// and a forked child has none, so that it makes the first call only.
    #[cfg(feature = "files")]
    pub(crate) fn together<D: Send>(&self, mut desks: impl Iterator<Item = D>, work: impl Fn(D) + Sync) {
        let Some(own) = desks.next() else { return };
        let work = &work;
        match &self.helpers {
            Some(helpers) if self.process == std::process::id() => helpers.in_place_scope(|scope| {
                desks.for_each(|desk| scope.spawn(move |_| work(desk)));
                work(own);
            }),
            _ => work(own),
        }
    }

    /// Does `work` on all of `whole`. Each thread has one of `desks`, memory that only it writes to.
    #[inline]
    pub(crate) fn deal<T: Part, D: Send>(
        &self,
        whole: T,
        desks: impl ExactSizeIterator<Item = D>,
        work: impl Fn(T, &mut D) + Sync,
    ) {
        let mut desks = desks;
        let Some(mut own) = desks.next() else { return };
        match &self.helpers {
            // A forked child would wait forever, because it has no helpers.
            Some(helpers) if desks.len() > 0 && self.process == std::process::id() => {
                share(helpers, whole, own, desks, work);
            }
            _ => work(whole, &mut own),
        }
    }
}

/// Divides the work portion by portion, so that a helper that wakes up late finds less to do.
#[inline(never)]
fn share<T: Part, D: Send>(
    helpers: &ThreadPool,
    whole: T,
    mut own: D,
    others: impl ExactSizeIterator<Item = D>,
    work: impl Fn(T, &mut D) + Sync,
) {
    let portion = whole.len().div_ceil((1 + others.len()) * PORTIONS).max(1);
    let toiling = AtomicUsize::new(others.len());
    let rest = Mutex::new(Some(whole));
    let (rest, work, toiling) = (&rest, &work, &toiling);
    helpers.in_place_scope(|scope| {
        for mut desk in others {
            scope.spawn(move |_| {
                while let Some(part) = take_last(rest, portion) {
                    work(part, &mut desk);
                }
                toiling.fetch_sub(1, Ordering::Release);
            });
        }
        while let Some(part) = take_first(rest, portion) {
            work(part, &mut own);
        }
        // The scope would put this thread to sleep, and waking up takes longer than the helpers' remaining work.
        for _ in 0..PATIENCE {
            if toiling.load(Ordering::Acquire) == 0 {
                break;
            }
            std::hint::spin_loop();
        }
    });
}

/// Takes the first portion of the rest; `None` if nothing is left.
fn take_first<T: Part>(rest: &Mutex<Option<T>>, portion: usize) -> Option<T> {
    // A thread that panicked has not left a half-split rest.
    let mut rest = rest.lock().unwrap_or_else(PoisonError::into_inner);
    let whole = rest.take()?;
    if whole.len() <= portion {
        return Some(whole);
    }
    let (part, others) = whole.split(portion);
    *rest = Some(others);
    Some(part)
}

/// Takes the last portion, so that step after step a helper finds most of its cells in the cache of its own core.
fn take_last<T: Part>(rest: &Mutex<Option<T>>, portion: usize) -> Option<T> {
    let mut rest = rest.lock().unwrap_or_else(PoisonError::into_inner);
    let whole = rest.take()?;
    if whole.len() <= portion {
        return Some(whole);
    }
    let at = whole.len() - portion;
    let (others, part) = whole.split(at);
    *rest = Some(others);
    Some(part)
}

/// Work that can be split in two.
pub(crate) trait Part: Send + Sized {
    /// Returns the length in units at which it can be split.
    fn len(&self) -> usize;
    /// Splits into the part before `at` and the rest.
    fn split(self, at: usize) -> (Self, Self);
}

impl<T: Sync> Part for &[T] {
    fn len(&self) -> usize {
        <[T]>::len(self)
    }

    fn split(self, at: usize) -> (Self, Self) {
        self.split_at(at)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[test]
    fn few_cells_stay_on_one_thread() {
        let threads = Threads::new(4, SHARE).unwrap();
        let cells = [1, SHARE, 2 * SHARE - 1, 2 * SHARE, 3 * SHARE, 100 * SHARE];
        assert_eq!(cells.map(|cells| threads.employed(cells)), [1, 1, 1, 2, 3, 4]);
        assert_eq!(Threads::default().employed(100 * SHARE), 1);
    }

    /// Everything is done once, on any thread.
    #[test]
    fn everything_is_done_once() {
        let threads = Threads::new(4, SHARE).unwrap();
        for (length, desks, expected) in [(0, 2, 1), (1, 1, 1), (2, 4, 2), (9, 1, 1), (100, 3, 34), (10_000, 4, 64)] {
            let all: Vec<usize> = (0..length).collect();
            let mut done = vec![Vec::<usize>::new(); desks];
            let portions = AtomicUsize::new(0);
            threads.deal(&all[..], done.iter_mut(), |part, desk| {
                portions.fetch_add(1, Ordering::Relaxed);
                desk.extend(part);
            });
            let portions = portions.into_inner();
            let mut done = done.concat();
            done.sort_unstable();
            assert_eq!(done, all);
            assert_eq!(portions, expected, "{length} for {desks}");
        }
    }

    /// A forked child has only the thread that forked, which does everything itself.
    #[test]
    fn forked_process_has_no_helper_threads() {
        let threads = Threads { process: std::process::id().wrapping_add(1), ..Threads::new(4, SHARE).unwrap() };
        let all: Vec<usize> = (0..1000).collect();
        let mut done = vec![Vec::<(usize, std::thread::ThreadId)>::new(); 4];
        threads.deal(&all[..], done.iter_mut(), |part: &[usize], desk: &mut &mut Vec<_>| {
            desk.extend(part.iter().map(|i| (*i, std::thread::current().id())));
        });
        let caller = std::thread::current().id();
        assert_eq!(done.concat(), all.iter().map(|i| (*i, caller)).collect::<Vec<_>>());
        #[cfg(feature = "files")]
        {
            let called = Mutex::new(Vec::new());
            threads.together(0..4, |desk| called.lock().unwrap().push((desk, std::thread::current().id())));
            assert_eq!(called.into_inner().unwrap(), [(0, caller)]);
        }
    }

    /// A panic of a helper reaches the caller as the caller's own panic would.
    #[test]
    fn a_panic_is_passed_on() {
        let threads = Threads::new(2, SHARE).unwrap();
        let caller = std::thread::current().id();
        let came = AtomicBool::new(false);
        let dealt = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            threads.deal(&[(); 1000][..], [(), ()].into_iter(), |_, ()| {
                if std::thread::current().id() != caller {
                    came.store(true, Ordering::Release);
                    panic!("a helper fails");
                }
                while !came.load(Ordering::Acquire) {
                    std::thread::yield_now();
                }
            });
        }));
        assert_eq!(dealt.unwrap_err().downcast_ref::<&str>(), Some(&"a helper fails"));
    }
}
