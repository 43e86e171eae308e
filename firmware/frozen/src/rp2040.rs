//! Raspberry Pi Pico: an RP2040, a Cortex-M0+ without hardware for floats. UART0 on GPIO0, 115,200 baud.

use embassy_rp::uart::{Blocking, Config, UartTx};
use glif_core::fixed::types::I16F16;

/// Written by `glif freeze examples/frozen.toml --scalar i16f16`.
#[path = "population/i16f16.rs"]
#[allow(unreachable_pub, reason = "its users decide who may see it")]
pub(crate) mod population;

/// Half nanoamperes in 16.16.
pub(crate) fn current(halves: u8) -> I16F16 {
    I16F16::from_bits(i32::from(halves) << 15)
}

/// The transmitter of the UART.
pub(crate) struct Uart(UartTx<'static, Blocking>);

impl Uart {
    /// Sets the clocks up, and switches it on: 115,200 baud, as the HAL has it unless told otherwise.
    pub(crate) fn new() -> Self {
        let chip = embassy_rp::init(embassy_rp::config::Config::default());
        Self(UartTx::new_blocking(chip.UART0, chip.PIN_0, Config::default()))
    }

    /// Sends a byte, and waits as long as there is no room for it.
    pub(crate) fn send(&mut self, byte: u8) {
        // The HAL has no error to tell of sending.
        _ = self.0.blocking_write(&[byte]);
    }
}
