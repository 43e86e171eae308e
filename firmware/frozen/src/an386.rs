//! QEMU's mps2-an386: a Cortex-M4F, with an FPU for f32. The output is the first UART of Arm's CMSDK.

/// Written by `glif freeze examples/frozen.toml --scalar f32`; with the feature `allen`, by `glif freeze
/// examples/allen/lif_r_asc_a.toml`.
#[cfg(not(feature = "network"))]
#[cfg_attr(feature = "allen", path = "population/allen.rs")]
#[cfg_attr(not(feature = "allen"), path = "population/f32.rs")]
#[allow(unreachable_pub, reason = "its users decide who may see it")]
pub(crate) mod population;

/// Written by `glif freeze examples/direction/direction.toml --scalar f32`.
#[cfg(feature = "network")]
#[path = "direction/f32.rs"]
#[allow(unreachable_pub, reason = "its users decide who may see it")]
pub(crate) mod direction;

/// Converts quarters of a nanoampere to nA in f32.
#[cfg(not(feature = "network"))]
pub(crate) fn current(quarters: u8) -> f32 {
    f32::from(quarters) * 0.25
}

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
