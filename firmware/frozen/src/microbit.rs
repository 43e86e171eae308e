//! BBC micro:bit: an nRF51822, a Cortex-M0 without an FPU. The output is the UART on the USB connector,
//! 115,200 baud.

const UART: usize = 0x4000_2000;
const START_TX: *mut u32 = (UART + 0x008) as *mut u32;
const TX_READY: *mut u32 = (UART + 0x11c) as *mut u32;
const ENABLE: *mut u32 = (UART + 0x500) as *mut u32;
const PIN_TX: *mut u32 = (UART + 0x50c) as *mut u32;
const DATA_TX: *mut u32 = (UART + 0x51c) as *mut u32;
const BAUD: *mut u32 = (UART + 0x524) as *mut u32;
const GPIO_OUTPUT: *mut u32 = 0x5000_0518 as *mut u32;
/// P0.24, connected to the board's USB interface.
const PIN: u32 = 24;

/// The transmitter of the UART.
pub(crate) struct Uart(());

impl Uart {
    /// Enables the transmitter.
    pub(crate) fn new() -> Self {
        // SAFETY: these are aligned registers of this chip, and nothing else in this program accesses them.
        unsafe {
            GPIO_OUTPUT.write_volatile(1 << PIN);
            PIN_TX.write_volatile(PIN);
            BAUD.write_volatile(0x01d7_e000); // 115,200
            ENABLE.write_volatile(4);
            START_TX.write_volatile(1);
        }
        Self(())
    }

    /// Sends a byte and waits until it is sent.
    pub(crate) fn send(&mut self, byte: u8) {
        // SAFETY: as in `new`.
        unsafe {
            TX_READY.write_volatile(0);
            DATA_TX.write_volatile(byte.into());
            while TX_READY.read_volatile() == 0 {}
        }
    }
}
