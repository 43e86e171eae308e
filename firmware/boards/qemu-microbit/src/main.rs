//! A glif node on QEMU's BBC micro:bit: an nRF51822, a Cortex-M0 without an FPU. The link is its UART.
#![no_std]
#![no_main]

mod clock;
mod uart;

use core::ptr::NonNull;

use clock::Timer;
use cortex_m_rt::entry;
use glif_emulated::{Port, at};
use glif_node::{Identity, Node, words};
use safe_mmio::UniqueMmioPointer;
use uart::Uart;

/// 128 neurons with 2 threshold components: what fits in 16 KiB next to frames and stack.
const BLOCKS: usize = 4;
const COMPONENTS: usize = 2;
/// The spikes of one step of 128 neurons take at most 17 bytes, so about twenty such steps fit in a reply.
const FRAME: usize = 512;

const IDENTITY: Identity = Identity { core: "Cortex-M0", board: "microbit" };
/// Peripherals of the nRF51.
const OSCILLATORS: NonNull<clock::Oscillators> = at(0x4000_0000);
const UART: NonNull<uart::Registers> = at(0x4000_2000);
const TIMER: NonNull<clock::Registers> = at(0x4000_8000);
const DIRECTIONS: NonNull<uart::Directions> = at(0x5000_0518);

#[entry]
fn main() -> ! {
    static mut NODE: Node<{ words(BLOCKS, COMPONENTS) }, COMPONENTS, FRAME> = Node::new();
    // SAFETY: the nRF51 has these peripheral registers at these addresses, and nothing else uses them.
    let (oscillators, timer) = unsafe { (UniqueMmioPointer::new(OSCILLATORS), UniqueMmioPointer::new(TIMER)) };
    // SAFETY: as above.
    let (uart, directions) = unsafe { (UniqueMmioPointer::new(UART), UniqueMmioPointer::new(DIRECTIONS)) };
    let (uart, timer) = (Uart::new(uart, directions), Timer::new(timer, oscillators));
    match NODE.serve(IDENTITY, Port(uart), timer, ()) {}
}
