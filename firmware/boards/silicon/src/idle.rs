//! Idling: while the port has nothing to read, the core feeds the watchdog. Outside real-time mode it also
//! sleeps.

use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::peripheral::{SCB, SYST};

use crate::port::Idle;

/// Timeout of the watchdog, ms, which is fed each time the node polls its port. The node is busy for a
/// quarter of a second (`Run`) and one step at the longest.
pub const WATCHDOG: u32 = 2000;

/// Longest period of SysTick, in cycles: a tenth of a second or more at the clock rates of these parts.
const PERIOD: u32 = 0x00ff_ffff;

/// Sleeps until an interrupt. SysTick limits the sleep, so that the watchdog is fed while no byte arrives.
pub struct Sleep<F> {
    systick: SYST,
    feed: F,
}

impl<F: FnMut()> Sleep<F> {
    /// Creates the sleep. `feed` feeds the watchdog, which must already run.
    pub fn new(mut systick: SYST, feed: F) -> Self {
        systick.set_clock_source(SystClkSource::Core);
        systick.set_reload(PERIOD);
        systick.clear_current();
        systick.enable_counter();
        Self { systick, feed }
    }
}

/// Wakes the core; the handler itself does nothing.
#[cfg(target_os = "none")]
#[cortex_m_rt::exception]
fn SysTick() {}

impl<F: FnMut()> Idle for Sleep<F> {
    fn looked(&mut self) {
        (self.feed)();
    }

    /// Sleeps unless `ready`. Interrupts are masked between the check and the sleep, so that none is lost in
    /// between. A masked interrupt still wakes the core.
    fn sleep(&mut self, ready: impl FnOnce() -> bool) {
        cortex_m::interrupt::free(|_| {
            if !ready() {
                self.systick.enable_interrupt();
                cortex_m::asm::wfi();
                // In real-time mode this interrupt would only delay steps.
                self.systick.disable_interrupt();
                SCB::clear_pendst();
            }
        });
    }
}
