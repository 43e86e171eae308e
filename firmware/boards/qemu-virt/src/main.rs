//! A glif node on QEMU's virtual RISC-V machine, RV32IMAC. The link is its UART.
#![no_std]
#![no_main]

mod clock;
mod uart;

use core::ptr::NonNull;

use clock::MachineTime;
use glif_emulated::{Port, at};
use glif_node::{Identity, Node, words};
use riscv_rt::entry;
use safe_mmio::UniqueMmioPointer;
use safe_mmio::fields::ReadPure;
use static_cell::ConstStaticCell;
use uart::Uart;

/// 1,024 neurons with 4 threshold components take 26 KiB: more than the small boards can hold, and little
/// here.
const BLOCKS: usize = 32;
const COMPONENTS: usize = 4;
/// The spikes of one step of 1,024 neurons take at most 129 bytes, so ten such steps fit in a reply.
const FRAME: usize = 1536;

const IDENTITY: Identity = Identity { core: "RV32IMAC", board: "virt" };
/// The low word of the machine's time.
const TIME: NonNull<ReadPure<u32>> = at(0x0200_bff8);
const UART: NonNull<uart::Registers> = at(0x1000_0000);

static NODE: ConstStaticCell<Node<{ words(BLOCKS, COMPONENTS) }, COMPONENTS, FRAME>> =
    ConstStaticCell::new(Node::new());

/// Serves the host forever.
#[entry]
fn main() -> ! {
    // Nothing else takes the node. `take`, which needs no `else`, would leave a panic path in the image.
    let Some(node) = NODE.try_take() else {
        loop {
            core::hint::spin_loop();
        }
    };
    // SAFETY: the machine has these device registers at these addresses, and nothing else uses them.
    let (uart, time) = unsafe { (UniqueMmioPointer::new(UART), UniqueMmioPointer::new(TIME)) };
    match node.serve(IDENTITY, Port(Uart::new(uart)), MachineTime::new(time), ()) {}
}
