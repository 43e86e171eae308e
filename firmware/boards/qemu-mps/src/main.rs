//! A glif node on Arm's MPS2 and MPS3 boards as QEMU has them: Cortex-M3, M4F, M7, M33 or M55, by the feature that names
//! the board. The link is the first UART.
#![no_std]
#![no_main]

mod board;
mod clock;
mod uart;

use board::BOARD;
use clock::Counter;
use cortex_m_rt::entry;
use glif_emulated::Port;
use glif_node::Node;
use safe_mmio::UniqueMmioPointer;
use uart::Uart;

/// 1,024 neurons of 4 threshold components take 26 KiB, little of the 512 KiB and more that these boards have.
const BLOCKS: usize = 32;
const COMPONENTS: usize = 4;
/// The spikes of a step of 1,024 neurons are at most 129 bytes: ten such steps fit a reply.
const FRAME: usize = 1536;

#[entry]
fn main() -> ! {
    static mut NODE: Node<BLOCKS, COMPONENTS, FRAME> = Node::new();
    // SAFETY: these are the registers of devices that this board has at these addresses, and nothing else uses them.
    let (uart, counter) = unsafe { (UniqueMmioPointer::new(BOARD.uart), UniqueMmioPointer::new(BOARD.counter)) };
    let (uart, counter) = (Uart::new(uart, BOARD.uart_clock), Counter::new(counter, BOARD.counter_clock));
    match NODE.serve(BOARD.identity, Port(uart), counter, ()) {}
}
