//! A glif node on the BBC micro:bit as QEMU has it: an nRF51822, a Cortex-M0 without hardware for floats. The link is its
//! UART.
#![no_std]
#![no_main]

mod clock;
mod uart;

use core::ptr::NonNull;

use clock::Timer;
use cortex_m_rt::entry;
use glif_emulated::{Port, at};
use glif_node::{Identity, Node};
use safe_mmio::UniqueMmioPointer;
use uart::Uart;

/// 128 neurons of 2 threshold components: what 16 KiB hold beside frames and stack.
const BLOCKS: usize = 4;
const COMPONENTS: usize = 2;
/// The spikes of a step of 128 neurons are at most 17 bytes: some twenty such steps fit a reply.
const FRAME: usize = 512;

const IDENTITY: Identity = Identity { core: "Cortex-M0", board: "microbit" };
/// Peripherals of the nRF51.
const OSCILLATORS: NonNull<clock::Oscillators> = at(0x4000_0000);
const UART: NonNull<uart::Registers> = at(0x4000_2000);
const TIMER: NonNull<clock::Registers> = at(0x4000_8000);
const DIRECTIONS: NonNull<uart::Directions> = at(0x5000_0518);

#[entry]
fn main() -> ! {
    static mut NODE: Node<BLOCKS, COMPONENTS, FRAME> = Node::new();
    // SAFETY: these are the registers of peripherals that the nRF51 has at these addresses, and nothing else uses them.
    let (oscillators, timer) = unsafe { (UniqueMmioPointer::new(OSCILLATORS), UniqueMmioPointer::new(TIMER)) };
    // SAFETY: as above.
    let (uart, directions) = unsafe { (UniqueMmioPointer::new(UART), UniqueMmioPointer::new(DIRECTIONS)) };
    let (uart, timer) = (Uart::new(uart, directions), Timer::new(timer, oscillators));
    match NODE.serve(IDENTITY, Port(uart), timer, ()) {}
}
