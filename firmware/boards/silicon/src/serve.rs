//! The end of a board's `main`.

use cortex_m::peripheral::SCB;
use embedded_io::{Read, ReadReady, Write};
use glif_node::{Clock, Identity, Node, Outputs};

use crate::FRAME;

/// Serves the node forever. If its port fails, the part is reset. The node then sends `Ready`, from which the
/// host learns of the reset.
pub fn serve<const WORDS: usize, const COMPONENTS: usize>(
    node: &mut Node<WORDS, COMPONENTS, FRAME>,
    identity: Identity,
    port: impl Read + ReadReady + Write,
    clock: impl Clock,
    outputs: impl Outputs,
) -> ! {
    #[cfg(feature = "defmt")]
    defmt::info!("glif node on {}: {} words", identity.board, WORDS);
    let _failed = node.serve(identity, port, clock, outputs);
    SCB::sys_reset()
}
