//! QEMU's mps2-an386: a Cortex-M4F, with an FPU for f32. The output is the first UART of Arm's CMSDK.

const UART: usize = 0x4000_4000;
const DATA: *mut u32 = UART as *mut u32;
const STATE: *mut u32 = (UART + 0x4) as *mut u32;
const CONTROL: *mut u32 = (UART + 0x8) as *mut u32;
const DIVIDER: *mut u32 = (UART + 0x10) as *mut u32;

/// The transmitter of the UART.
pub(crate) struct Uart(());

impl Uart {
    /// Enables the transmitter.
    pub(crate) fn new() -> Self {
        // SAFETY: these are aligned registers of this machine, and nothing else in this program accesses
        // them.
        unsafe {
            DIVIDER.write_volatile(217); // 25 MHz / 115,200
            CONTROL.write_volatile(1);
        }
        Self(())
    }

    /// Sends a byte as soon as there is room for it.
    pub(crate) fn send(&mut self, byte: u8) {
        // SAFETY: as in `new`.
        unsafe {
            while STATE.read_volatile() & 1 != 0 {}
            DATA.write_volatile(byte.into());
        }
    }
}
