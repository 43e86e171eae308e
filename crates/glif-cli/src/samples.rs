//! Samples, each from rest, shared out over threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::Result;

/// Runs the first sample by `first`, on this thread, and the others by `other`, on as many threads. Returns what they
/// return, in the order of the samples.
///
/// # Errors
/// Returns the error of the first sample that has one.
pub(crate) fn side_by_side<T: Send>(
    (samples, threads): (usize, usize),
    first: impl FnOnce() -> Result<T>,
    other: impl Fn(usize) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let next = AtomicUsize::new(1);
    let results: Vec<Mutex<Option<Result<T>>>> = (1..samples).map(|_| Mutex::new(None)).collect();
    let work = || {
        loop {
            let sample = next.fetch_add(1, Ordering::Relaxed);
            let Some(result) = sample.checked_sub(1).and_then(|at| results.get(at)) else { break };
            let ran = other(sample);
            *result.lock().unwrap_or_else(PoisonError::into_inner) = Some(ran);
        }
    };
    let first = std::thread::scope(|scope| {
        (1..threads.min(samples)).for_each(|_| _ = scope.spawn(work));
        let first = first()?;
        work();
        anyhow::Ok(first)
    })?;
    let others = results.into_iter().filter_map(|result| result.into_inner().unwrap_or_else(PoisonError::into_inner));
    std::iter::once(Ok(first)).chain(others).collect()
}
