//! Blocks where there are vectors: each is copied to arrays of its own and worked on without a branch.

use crate::neuron::{Cell, Moment, Neuron, Reset, Switches};
use crate::rounding::Rounding;
use crate::scalar::Scalar;
use crate::spikes::WORD;
use crate::state::{Blocks, State};

impl<S: Scalar, R: Reset<S>, const K: usize, Q: Rounding> Neuron<S, R, K, Q> {
    /// One step of whole blocks.
    #[expect(clippy::needless_range_loop, reason = "closures are not compiled for the instruction set of the caller")]
    #[inline(always)]
    pub(super) fn run_blocks(
        &self,
        blocks: Blocks<'_, S, K>,
        currents: &[[S; WORD]],
        flags: impl Switches,
        at: Moment,
        spikes: &mut [u32],
    ) {
        let zero = S::narrow(S::ZERO);
        let neuron = *self; // a local copy: LLVM does not vectorise through &self (ten times slower on x86-64)
        let lanes = blocks.membrane.iter_mut().zip(blocks.refractory.iter_mut()).zip(currents).zip(spikes);
        for (i, (((membrane, refractory), current), word)) in lanes.enumerate() {
            // Arrays of its own, which nothing else can change: without them LLVM stays with one neuron at a time.
            let adaptation = [[zero; WORD]; K];
            let mut block = State::<S, K, WORD> { membrane: *membrane, refractory: *refractory, adaptation };
            for k in 0..K {
                if let Some(values) = blocks.adaptation[k].get(i) {
                    block.adaptation[k] = *values;
                }
            }
            for j in 0..WORD {
                let mut adaptation = [zero; K];
                for k in 0..K {
                    adaptation[k] = block.adaptation[k][j];
                }
                let mut cell = Cell { membrane: block.membrane[j], refractory: block.refractory[j], adaptation };
                let draw = neuron.rounding.draw(at.step, at.neuron.wrapping_add((i * WORD + j) as u32));
                neuron.step(cell.as_mut(), current[j], flags, draw);
                block.membrane[j] = cell.membrane;
                block.refractory[j] = cell.refractory;
                for k in 0..K {
                    block.adaptation[k][j] = cell.adaptation[k];
                }
            }
            (*membrane, *refractory) = (block.membrane, block.refractory);
            if flags.adapt() {
                for k in 0..K {
                    if let Some(values) = blocks.adaptation[k].get_mut(i) {
                        *values = block.adaptation[k];
                    }
                }
            }
            *word = crate::spikes::pack(&block.refractory);
        }
    }
}
