//! Measures the parts of a network's step, and reports how long each takes. The lines go to the host by semihosting.
//!
//! A line has a name, a size, how often the part was done, the ticks for all of that, and the ticks of something else, as
//! the modules describe them: the delivery of spikes or, with the feature `parts`, everything else.
#![no_std]
#![no_main]

mod clock;
mod forms;
#[cfg_attr(not(feature = "parts"), path = "deliveries.rs")]
#[cfg_attr(feature = "parts", path = "parts/mod.rs")]
mod measured;
mod report;

#[cfg(target_arch = "arm")]
use cortex_m_rt::entry;
// Provides the panic handler.
use glif_emulated as _;
#[cfg(target_arch = "riscv32")]
use riscv_rt::entry;

/// Measures everything.
#[entry]
fn main() -> ! {
    measured::all(&mut clock::Clock::new());
    report::end()
}
