//! Raspberry Pi Pico: an RP2040, a Cortex-M0+ without an FPU. The output is UART0 on GPIO0, 115,200 baud.

use embassy_rp::uart::{Blocking, Config, UartTx};

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
