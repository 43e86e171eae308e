//! What a core does while its port has nothing to read: it feeds the watchdog, and outside of real-time mode it sleeps.

use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::peripheral::{SCB, SYST};

use crate::port::Idle;

/// How long a node may go without a look at its port before its watchdog resets the part, in milliseconds. The longest that a
/// node is busy is the quarter of a second of a `Run`, and one step.
pub const WATCHDOG: u32 = 2000;

/// The longest period of SysTick, in cycles: a tenth of a second at the clocks of the parts here.
const PERIOD: u32 = 0x00ff_ffff;

/// Sleeps until an interrupt, at the latest until SysTick's, so that the watchdog is fed while no byte comes.
pub struct Sleep<F> {
    systick: SYST,
    feed: F,
}

impl<F: FnMut()> Sleep<F> {
    /// `feed` feeds the watchdog, which has been started.
    pub fn new(mut systick: SYST, feed: F) -> Self {
        systick.set_clock_source(SystClkSource::Core);
        systick.set_reload(PERIOD);
        systick.clear_current();
        systick.enable_counter();
        Self { systick, feed }
    }
}

/// Wakes the core, and has nothing to do.
#[cfg(target_os = "none")]
#[cortex_m_rt::exception]
fn SysTick() {}

impl<F: FnMut()> Idle for Sleep<F> {
    fn looked(&mut self) {
        (self.feed)();
    }

    /// Interrupts are masked from the look to the sleep, so that none gets lost in between: a masked one wakes the core too.
    fn sleep(&mut self, ready: impl FnOnce() -> bool) {
        cortex_m::interrupt::free(|_| {
            if !ready() {
                self.systick.enable_interrupt();
                cortex_m::asm::wfi();
                // In real-time mode it would only make steps late.
                self.systick.disable_interrupt();
                SCB::clear_pendst();
            }
        });
    }
}
