//! A glif node on QEMU's models of Arm's MPS2 and MPS3 boards. The feature that names the board chooses a
//! Cortex-M3, M4F, M7, M33 or M55. The link is the first UART.
#![no_std]
#![no_main]

mod board;
mod clock;
mod uart;

use board::BOARD;
use clock::Counter;
use cortex_m_rt::entry;
use glif_emulated::Port;
use glif_node::{Node, words};
use safe_mmio::UniqueMmioPointer;
use uart::Uart;

/// 1,024 neurons with 4 threshold components take 26 KiB. These boards have at least 512 KiB.
const BLOCKS: usize = 32;
const COMPONENTS: usize = 4;
/// The spikes of one step of 1,024 neurons take at most 129 bytes, so ten such steps fit in a reply.
const FRAME: usize = 1536;

#[entry]
fn main() -> ! {
    static mut NODE: Node<{ words(BLOCKS, COMPONENTS) }, COMPONENTS, FRAME> = Node::new();
    // SAFETY: this board has these device registers at these addresses, and nothing else uses them.
    let (uart, counter) = unsafe { (UniqueMmioPointer::new(BOARD.uart), UniqueMmioPointer::new(BOARD.counter)) };
    let (uart, counter) = (Uart::new(uart, BOARD.uart_clock), Counter::new(counter, BOARD.counter_clock));
    match NODE.serve(BOARD.identity, Port(uart), counter, ()) {}
}
