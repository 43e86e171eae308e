//! Memory that is there. A system grants more than it has, and ends a program that then uses it; so what is large is compared with
//! what is free before it is asked for.

#[cfg(target_os = "linux")]
mod cgroup;

#[cfg(target_os = "linux")]
use std::{fs, path::Path};

/// Less than this is not compared: asking the system would take longer than filling it.
const SMALL: u128 = 64 << 20;

/// Whether the machine has so many bytes to give, swap and the limit of a container included; true where the system does not say. The page cache counts as free: what was read before changes no answer.
///
/// ```
/// assert!(glif::memory::fits(1_000_000));
/// assert!(!glif::memory::fits(1 << 60)); // an exbibyte
/// ```
pub fn fits(bytes: u128) -> bool {
    bytes < SMALL || free().is_none_or(|free| bytes <= u128::from(free))
}

/// An empty vector with room for `length` values, or `None` if they do not fit.
pub fn room<T>(length: usize) -> Option<Vec<T>> {
    let mut vec = Vec::new();
    (fits(length as u128 * size_of::<T>() as u128) && vec.try_reserve_exact(length).is_ok()).then_some(vec)
}

/// Adds to a vector; `None`, and nothing added, if it has no room and the next larger one does not fit.
pub fn push<T>(vec: &mut Vec<T>, value: T) -> Option<()> {
    if vec.len() == vec.capacity() {
        let more = vec.len().max(64);
        let bytes = (vec.len() as u128 + more as u128) * size_of::<T>() as u128;
        (fits(bytes) && vec.try_reserve_exact(more).is_ok()).then_some(())?;
    }
    vec.push(value);
    Some(())
}

/// A vector of `length` times `value`, or `None` if it does not fit.
pub fn filled<T: Clone>(value: T, length: usize) -> Option<Vec<T>> {
    let mut vec = room(length)?;
    vec.resize(length, value);
    Some(vec)
}

/// Bytes that are free; `None` on a system that does not say.
#[cfg(target_os = "linux")]
fn free() -> Option<u64> {
    let read = |file: &Path| fs::read_to_string(file).ok();
    let info = read("/proc/meminfo".as_ref())?;
    let [available, swap] = ["MemAvailable:", "SwapFree:"].map(|name| 1024 * sum(&info, &[name]));
    let machine = available.saturating_add(swap);
    (available > 0).then(|| cgroup::free(swap, read).map_or(machine, |within| within.min(machine)))
}

/// The same.
#[cfg(not(target_os = "linux"))]
fn free() -> Option<u64> {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    (system.total_memory() > 0).then(|| system.available_memory().saturating_add(system.free_swap()))
}

/// The sum of some lines of a file, each a name and a number.
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

    /// All that the machine has, whoever has it now: what is free changes while a test runs.
    fn all() -> u64 {
        1024 * sum(&fs::read_to_string("/proc/meminfo").unwrap(), &["MemTotal:", "SwapTotal:"])
    }

    #[test]
    fn what_is_free_is_less_than_all_and_more_than_nothing() {
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
    fn more_than_there_is_gives_no_vector() {
        assert_eq!(filled(7_u8, 3), Some(vec![7; 3]));
        // A system that overcommits would grant this.
        assert_eq!(room::<u64>(usize::try_from(all() / 4).unwrap()), None);
        assert_eq!(room::<u64>(usize::MAX), None);
    }
}
