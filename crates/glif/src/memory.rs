//! Checks for free memory.
//!
//! A system grants more memory than it has, and kills a program that then uses it. A large allocation is
//! therefore compared with the free memory first.

#[cfg(target_os = "linux")]
mod cgroup;

#[cfg(target_os = "linux")]
use std::{fs, path::Path};

/// Smaller allocations are not checked: asking the system takes longer than filling them.
const SMALL: u128 = 64 << 20;

/// Returns whether the machine has this many bytes free; `true` if the system does not report it.
///
/// Swap and the limit of a container are included. The page cache counts as free, so that files read before do
/// not change the answer.
///
/// ```
/// assert!(glif::memory::fits(1_000_000));
/// assert!(!glif::memory::fits(1 << 60)); // an exbibyte
/// ```
pub fn fits(bytes: u128) -> bool {
    bytes < SMALL || free().is_none_or(|free| bytes <= u128::from(free))
}

/// Creates an empty vector with room for `length` values; `None` if they do not fit.
pub fn room<T>(length: usize) -> Option<Vec<T>> {
    let mut vec = Vec::new();
    (fits(length as u128 * size_of::<T>() as u128) && vec.try_reserve_exact(length).is_ok()).then_some(vec)
}

/// Pushes a value to a vector.
///
/// Returns `None` and pushes nothing if the vector is full and a larger one does not fit.
pub fn push<T>(vec: &mut Vec<T>, value: T) -> Option<()> {
    if vec.len() == vec.capacity() {
        let more = vec.len().max(64);
        let bytes = (vec.len() as u128 + more as u128) * size_of::<T>() as u128;
        (fits(bytes) && vec.try_reserve_exact(more).is_ok()).then_some(())?;
    }
    vec.push(value);
    Some(())
}

/// Creates a vector of `length` copies of `value`; `None` if it does not fit.
pub fn filled<T: Clone>(value: T, length: usize) -> Option<Vec<T>> {
    let mut vec = room(length)?;
    vec.resize(length, value);
    Some(vec)
}

/// Returns the free bytes; `None` if the system does not report them.
#[cfg(target_os = "linux")]
fn free() -> Option<u64> {
    let read = |file: &Path| fs::read_to_string(file).ok();
    let info = read("/proc/meminfo".as_ref())?;
    let [available, swap] = ["MemAvailable:", "SwapFree:"].map(|name| 1024 * sum(&info, &[name]));
    let machine = available.saturating_add(swap);
    (available > 0).then(|| cgroup::free(swap, read).map_or(machine, |within| within.min(machine)))
}

/// Returns the free bytes; `None` if the system does not report them.
#[cfg(not(target_os = "linux"))]
fn free() -> Option<u64> {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    (system.total_memory() > 0).then(|| system.available_memory().saturating_add(system.free_swap()))
}

/// Sums the values of the lines with these names, where each line is a name and a number.
#[cfg(target_os = "linux")]
fn sum(text: &str, names: &[&str]) -> u64 {
    let value = |line: &str| {
        let mut words = line.split_whitespace();
        words.next().filter(|name| names.contains(name)).and(words.next()?.parse().ok())
    };
    text.lines().filter_map(value).fold(0, u64::saturating_add)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// Returns all memory of the machine, used or not, because the free memory changes while a test runs.
    fn all() -> u64 {
        1024 * sum(&fs::read_to_string("/proc/meminfo").unwrap(), &["MemTotal:", "SwapTotal:"])
    }

    #[test]
    fn free_memory_is_positive_and_within_the_total() {
        let free = free().unwrap();
        assert!(free > 0 && free <= all(), "{free} of {}", all());
        assert!(fits(SMALL - 1) && !fits(u128::from(all()) + SMALL));
    }

    #[test]
    fn a_vector_grows_as_it_is_filled() {
        let mut vec = Vec::new();
        assert!((0..1000).all(|value| push(&mut vec, value).is_some()));
        assert_eq!(vec, (0..1000).collect::<Vec<_>>());
    }

    #[test]
    fn vectors_larger_than_memory_are_none() {
        assert_eq!(filled(7_u8, 3), Some(vec![7; 3]));
        // A system that overcommits would grant this.
        assert_eq!(room::<u64>(usize::try_from(all() / 4).unwrap()), None);
        assert_eq!(room::<u64>(usize::MAX), None);
    }
}
