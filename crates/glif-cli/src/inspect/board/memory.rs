//! The flash and the RAM of a frozen image.

use serde::Serialize;

use super::Board;
use super::load::{Load, Members};

/// Bytes of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Memory {
    /// The program, as it was measured.
    pub(super) code: usize,
    /// Weights, indices, delays and coefficients, and the state at the beginning unless it is 0.
    pub(super) constants: usize,
    /// Both.
    pub(super) flash: usize,
    /// What changes from step to step.
    pub(super) state: usize,
    /// The stack, as it was measured.
    pub(super) stack: usize,
    /// Both.
    pub(super) ram: usize,
}

/// Returns the bytes of an image for a board; `None` if they are more than any memory has.
pub(super) fn of(board: &Board, load: &Load) -> Option<Memory> {
    let program = program(board, load);
    let code = code(&program, load);
    let stack = program.stack[usize::from(load.is_network)];
    let state = state(load)?;
    let mut constants = 0_usize;
    for population in &load.populations {
        let Some(cells) = &population.cells else { continue };
        constants = constants.checked_add(cells.bytes)?;
        constants = constants.checked_add(population.neurons.checked_mul(cells.own_bytes)?)?;
    }
    for wires in &load.projections {
        constants = constants.checked_add(wires.bytes)?;
    }
    let begins_at_zero = |population: &Members| population.cells.as_ref().is_none_or(|cells| cells.begins_at_zero);
    if !load.populations.iter().all(begins_at_zero) {
        constants = constants.checked_add(state)?; // a copy of all of it
    }
    let flash = constants.checked_add(code)?;
    let ram = state.checked_add(stack)?;
    Some(Memory { code, constants, flash, state, stack, ram })
}

/// Bytes of the program of a frozen image, as they were measured: `examples/direction` as it is, with other projections, and
/// with more of everything; `examples/frozen.toml`.
struct Program {
    /// The program of a population, with what a board needs to start.
    population: usize,
    /// The program of a network, without its populations and projections.
    network: usize,
    /// What looks up coefficients of each neuron or moves membranes.
    own: usize,
    /// Depth of the stack of a population, and of a network.
    stack: [usize; 2],
}

/// Bytes of the program for each population of neurons, and for each projection.
const MEMBER: usize = 220;
const PROJECTION: usize = 200;

/// Returns the program of a core with an FPU and of one without, for floating point and for fixed point.
fn program(board: &Board, load: &Load) -> Program {
    let has_fpu = board.parts == super::M4F;
    // An M3 has the instructions of an M4F, but no FPU.
    match (load.scalar.is_fixed_point(), has_fpu || board.parts == super::M3) {
        (false, _) if has_fpu => Program { population: 3992, network: 38312, own: 4736, stack: [344, 2196] },
        (false, _) => Program { population: 4132, network: 36132, own: 4952, stack: [424, 2428] },
        (true, true) => Program { population: 3992, network: 37570, own: 5604, stack: [344, 2300] },
        (true, false) => Program { population: 4132, network: 35414, own: 6904, stack: [424, 2416] },
    }
}

fn code(program: &Program, load: &Load) -> usize {
    let cells = || load.populations.iter().filter_map(|population| population.cells.as_ref());
    let own = if cells().any(|cells| cells.own || cells.jumps > 0) { program.own } else { 0 };
    match load.is_network {
        true => program.network + own + MEMBER * cells().count() + PROJECTION * load.projections.len(),
        false => program.population + own,
    }
}

/// Returns the bytes of the struct that a step changes.
fn state(load: &Load) -> Option<usize> {
    let size = load.scalar.size();
    let mut bytes = if load.is_network { 8 + 4 } else { 0 };
    for population in &load.populations {
        let neurons = population.neurons;
        let row = 4 * neurons.div_ceil(32);
        let mut each = 0;
        let mut whole = row.checked_mul(population.history)?;
        if let Some(cells) = &population.cells {
            // Membrane, components and refractory count.
            whole =
                whole.checked_add((neurons.checked_mul(size * (1 + cells.components) + 2)?).next_multiple_of(size))?;
            // The spikes of the last step, which the caller of a population has.
            whole = whole.checked_add(if load.is_network { row } else { 0 })?;
            each += 4 * cells.jumps;
            each += if cells.has_currents { size } else { 0 };
            each += size * cells.synapses.iter().filter(|name| matches!(**name, "held" | "exact")).count();
        }
        bytes = whole.checked_add(neurons.checked_mul(each)?)?.checked_add(bytes)?;
    }
    for wires in &load.projections {
        bytes = bytes.checked_add(wires.sums)?;
    }
    Some(if load.is_network { bytes.next_multiple_of(8) } else { bytes })
}
