//! The RP2350. Its Cortex-M33 has a cycle counter.

use cortex_m::Peripherals;
use embassy_rp::clocks::clk_sys_freq;
use glif_node::Identity;
use glif_silicon::{Busy, Cycles};

/// Blocks of 32 neurons. 8192 neurons take 208 KB of the 512 KB of RAM.
pub(crate) const BLOCKS: usize = 256;
pub(crate) const IDENTITY: Identity = Identity { core: "Cortex-M33", board: "rp2350" };

/// Returns the node's clock, and the delay for the width of a pulse.
pub(crate) fn clock(core: &mut Peripherals) -> (Cycles, Busy) {
    let clock = Cycles::start(&mut core.DCB, &mut core.DWT, clk_sys_freq());
    let delay = clock.delay();
    (clock, delay)
}
