//! Measures how long the host has been silent, and whether that is too long.

/// A counter of the ticks since the last request.
pub(crate) struct Failsafe {
    /// Maximum ticks of silence; `None` for no limit.
    limit: Option<u64>,
    silent: u64,
    /// Clock count at the last update of `silent`.
    seen: u32,
}

impl Failsafe {
    /// Creates a failsafe with a limit in milliseconds, on a clock of `frequency` Hz; 0 for no limit.
    pub(crate) fn new(milliseconds: u32, frequency: u32, now: u32) -> Self {
        let ticks = u64::from(milliseconds) * u64::from(frequency) / 1000;
        Self { limit: (milliseconds > 0).then_some(ticks), silent: 0, seen: now }
    }

    /// Records a request of the host.
    pub(crate) fn heard(&mut self, now: u32) {
        (self.silent, self.seen) = (0, now);
    }

    /// Whether the host has been silent for too long. Must be called more than once per wrap of the 32-bit
    /// clock.
    pub(crate) fn trips(&mut self, now: u32) -> bool {
        self.silent = self.silent.saturating_add(now.wrapping_sub(self.seen).into());
        self.seen = now;
        self.limit.is_some_and(|limit| self.silent > limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_counts_from_the_last_request() {
        let mut failsafe = Failsafe::new(50, 1_000_000, 0); // 50,000 ticks
        assert!(!failsafe.trips(50_000));
        failsafe.heard(60_000);
        assert!(!failsafe.trips(110_000));
        assert!(failsafe.trips(110_001));
    }

    /// 10 s at 1 GHz are more than twice the range of the 32-bit clock.
    #[test]
    fn limit_may_exceed_the_clock_range() {
        let mut failsafe = Failsafe::new(10_000, 1_000_000_000, u32::MAX - 5);
        let mut now = u32::MAX - 5;
        for _ in 0..10 {
            now = now.wrapping_add(1_000_000_000);
            assert!(!failsafe.trips(now));
        }
        assert!(failsafe.trips(now.wrapping_add(1)));
    }

    #[test]
    fn no_limit_never_trips() {
        let mut failsafe = Failsafe::new(0, 1_000_000_000, 0);
        assert!((1..100).all(|i: u32| !failsafe.trips(i.wrapping_mul(4_000_000_000))));
    }
}
