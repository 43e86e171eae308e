//! A counter that advances with the instructions of the emulator.

#[cfg(target_arch = "arm")]
pub(crate) use arm::Clock;
#[cfg(target_arch = "riscv32")]
pub(crate) use riscv::Clock;

#[cfg(target_arch = "arm")]
mod arm {
    use cortex_m::Peripherals;
    use cortex_m::peripheral::SYST;
    use cortex_m::peripheral::syst::SystClkSource;

    /// The system timer, 24 bits, which counts downward with the clock of the core.
    pub(crate) struct Clock(());

    impl Clock {
        pub(crate) fn new() -> Self {
            let mut timer = Peripherals::take().map(|peripherals| peripherals.SYST);
            if let Some(timer) = &mut timer {
                timer.set_clock_source(SystClkSource::Core);
                timer.set_reload(0x00ff_ffff);
                timer.clear_current();
                timer.enable_counter();
            }
            Self(())
        }

        #[inline(always)]
        pub(crate) fn ticks(&mut self) -> u32 {
            SYST::get_current()
        }

        /// Returns the ticks since an earlier count.
        #[inline(always)]
        pub(crate) fn since(&mut self, before: u32) -> u32 {
            before.wrapping_sub(self.ticks()) & 0x00ff_ffff
        }
    }
}

#[cfg(target_arch = "riscv32")]
mod riscv {
    /// The counter of instructions.
    pub(crate) struct Clock(());

    impl Clock {
        pub(crate) fn new() -> Self {
            Self(())
        }

        #[inline(always)]
        pub(crate) fn ticks(&mut self) -> u32 {
            let count: u32;
            // SAFETY: it only reads the counter of instructions.
            unsafe { core::arch::asm!("csrr {count}, instret", count = out(reg) count, options(nomem, nostack)) };
            count
        }

        /// Returns the ticks since an earlier count.
        #[inline(always)]
        pub(crate) fn since(&mut self, before: u32) -> u32 {
            self.ticks().wrapping_sub(before)
        }
    }
}
