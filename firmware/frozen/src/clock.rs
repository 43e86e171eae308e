//! How long a step takes, with the feature `timed`: in ticks of the system timer, which advances with the instructions of
//! the emulator.

const CONTROL: *mut u32 = 0xe000_e010 as *mut u32;
const RELOAD: *mut u32 = 0xe000_e014 as *mut u32;
const CURRENT: *mut u32 = 0xe000_e018 as *mut u32;
/// The timer has 24 bits, and counts downward with the clock of the core.
const MOST: u32 = 0x00ff_ffff;

/// The system timer.
pub(crate) struct Clock(());

/// Ticks of several steps.
#[derive(Default)]
pub(crate) struct Ticks {
    /// Of all steps.
    pub(crate) sum: u32,
    /// Of the longest step.
    pub(crate) most: u32,
}

impl Clock {
    pub(crate) fn new() -> Self {
        if cfg!(feature = "timed") {
            // SAFETY: these are aligned registers of every Cortex-M that this program runs on, and nothing else in it
            // accesses them.
            unsafe {
                RELOAD.write_volatile(MOST);
                CURRENT.write_volatile(0);
                CONTROL.write_volatile(5); // enabled, with the clock of the core
            }
        }
        Self(())
    }

    /// Does `step` and adds its ticks.
    #[inline(always)]
    pub(crate) fn time<T>(&self, ticks: &mut Ticks, step: impl FnOnce() -> T) -> T {
        if !cfg!(feature = "timed") {
            return step();
        }
        // SAFETY: as in `new`.
        let now = || unsafe { CURRENT.read_volatile() };
        let before = now();
        let done = step();
        let of_step = before.wrapping_sub(now()) & MOST;
        ticks.sum = ticks.sum.wrapping_add(of_step);
        ticks.most = ticks.most.max(of_step);
        done
    }
}
