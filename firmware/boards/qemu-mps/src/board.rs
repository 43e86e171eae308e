//! The table of addresses and clocks of each board, as QEMU models them.

use core::ptr::NonNull;

use glif_emulated::at;
use glif_node::Identity;

use crate::{clock, uart};

/// A board.
pub(crate) struct Board {
    pub(crate) identity: Identity,
    /// The first UART.
    pub(crate) uart: NonNull<uart::Registers>,
    /// Clock of the UART, Hz.
    pub(crate) uart_clock: u32,
    /// The I/O and counter block of the FPGA image.
    pub(crate) counter: NonNull<clock::Registers>,
    /// Clock of the counter, Hz.
    pub(crate) counter_clock: u32,
}

impl Board {
    /// An MPS2 FPGA image without the security extension.
    #[cfg(any(feature = "an385", feature = "an386", feature = "an500"))]
    const fn mps2(identity: Identity) -> Self {
        Self {
            identity,
            uart: at(0x4000_4000),
            uart_clock: 25_000_000,
            counter: at(0x4002_8000),
            counter_clock: 25_000_000,
        }
    }
}

#[cfg(feature = "an385")]
pub(crate) const BOARD: Board = Board::mps2(Identity { core: "Cortex-M3", board: "mps2-an385" });

#[cfg(feature = "an386")]
pub(crate) const BOARD: Board = Board::mps2(Identity { core: "Cortex-M4F", board: "mps2-an386" });

#[cfg(feature = "an500")]
pub(crate) const BOARD: Board = Board::mps2(Identity { core: "Cortex-M7", board: "mps2-an500" });

/// Secure aliases: the core starts in Secure state.
#[cfg(feature = "an505")]
pub(crate) const BOARD: Board = Board {
    identity: Identity { core: "Cortex-M33", board: "mps2-an505" },
    uart: at(0x5020_0000),
    uart_clock: 20_000_000,
    counter: at(0x5030_2000),
    counter_clock: 20_000_000,
};

/// Secure aliases: the core starts in Secure state.
#[cfg(feature = "an547")]
pub(crate) const BOARD: Board = Board {
    identity: Identity { core: "Cortex-M55", board: "mps3-an547" },
    uart: at(0x5930_3000),
    uart_clock: 25_000_000,
    counter: at(0x5930_2000),
    counter_clock: 20_000_000,
};
