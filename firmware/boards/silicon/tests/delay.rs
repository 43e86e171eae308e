//! Delays with counters that wrap, stand still or are read late.

use glif_silicon::delay::{ticks, wait};

/// Returns the ticks that a wait takes if the counter advances by `stride` per read. They count from the
/// first read of the wait to the last read that decides.
fn waited(ns: u32, frequency: u32, from: u32, stride: u32) -> u64 {
    let (mut count, mut looks) = (from, 0_u64);
    wait(ns, frequency, || {
        count = count.wrapping_add(stride);
        looks += 1;
        count
    });
    looks.saturating_sub(2) * u64::from(stride)
}

#[test]
fn a_time_is_never_cut_short() {
    assert_eq!(ticks(10_000, 64_000_000), 640);
    assert_eq!(ticks(10_000, 150_000_000), 1500);
    assert_eq!(ticks(1, 100_000_000), 1);
    assert_eq!(ticks(101, 100_000_000), 11);
    assert_eq!(ticks(0, 100_000_000), 0);
    assert_eq!(ticks(u32::MAX, u32::MAX), 18_446_744_066);
}

#[test]
fn wait_ends_with_the_first_late_enough_read() {
    for from in [0, 1 << 31, u32::MAX - 700, u32::MAX - 640, u32::MAX] {
        for (stride, passed) in [(1, 640), (9, 648), (640, 640), (5000, 5000)] {
            assert_eq!(waited(10_000, 64_000_000, from, stride), passed, "from {from} by {stride}");
        }
    }
    assert_eq!(waited(1, 100_000_000, u32::MAX, 1), 1);
    assert_eq!(waited(0, 100_000_000, 7, 1), 0);
}

#[test]
fn waits_longer_than_the_counter_are_split() {
    const STRIDE: u32 = 1 << 29;
    for (ns, frequency) in
        [(1 << 31, 1_000_000_000), ((1 << 31) + 1, 1_000_000_000), (u32::MAX, 1_000_000_000), (u32::MAX, u32::MAX)]
    {
        let (asked, passed) = (ticks(ns, frequency), waited(ns, frequency, 12_345, STRIDE));
        let pieces = asked.div_ceil(1 << 31);
        assert!((asked..asked + 2 * pieces * u64::from(STRIDE)).contains(&passed), "{asked}: {passed}");
    }
}

#[test]
fn stopped_counter_ends_the_wait() {
    let mut looks = 0;
    wait(10_000, 64_000_000, || {
        looks += 1;
        7
    });
    assert_eq!(looks, 1 + 640 + 1);
}
