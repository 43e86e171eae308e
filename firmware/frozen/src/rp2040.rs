//! Raspberry Pi Pico: an RP2040, a Cortex-M0+ without an FPU. The output is UART0 on GPIO0, 115,200 baud.

use embassy_rp::uart::{Blocking, Config, UartTx};
use glif_core::fixed::types::I16F16;

/// Written by `glif freeze examples/frozen.toml --scalar i16f16`.
#[path = "population/i16f16.rs"]
#[allow(unreachable_pub, reason = "its users decide who may see it")]
pub(crate) mod population;

/// Converts quarters of a nanoampere to nA in 16.16 fixed point.
pub(crate) fn current(quarters: u8) -> I16F16 {
    I16F16::from_bits(i32::from(quarters) << 14)
}

/// The transmitter of the UART.
pub(crate) struct Uart(UartTx<'static, Blocking>);

impl Uart {
    /// Sets up the clocks and enables the transmitter at 115,200 baud, the HAL's default.
    pub(crate) fn new() -> Self {
        let chip = embassy_rp::init(embassy_rp::config::Config::default());
        Self(UartTx::new_blocking(chip.UART0, chip.PIN_0, Config::default()))
    }

    /// Sends a byte, and waits while there is no room for it.
    pub(crate) fn send(&mut self, byte: u8) {
        // The HAL reports no error for sending.
        _ = self.0.blocking_write(&[byte]);
    }
}
