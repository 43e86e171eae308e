//! One step of many neurons: how the step of one is walked over slices.
//!
//! The walk differs between machines, the arithmetic does not. Where there are vectors, each block of 32 neurons is copied
//! to arrays of its own and worked on without a branch; where there are none, each neuron is worked on where it lies.

use crate::error::LengthError;
use crate::neuron::{Cell, Flags, Moment, Neuron, Reset, Switches, Usual};
use crate::rounding::Rounding;
use crate::scalar::Scalar;
use crate::spikes::WORD;
use crate::state::{Blocks, State, StateMut};

impl<S: Scalar, R: Reset<S>, const K: usize, Q: Rounding> Neuron<S, R, K, Q> {
    /// One step of many neurons, over borrowed slices of equal length; bit j of `spikes[i]` is neuron 32·i + j.
    ///
    /// ```
    /// use glif_core::{Flags, Lif, LifParams, Moment, Neuron, Refractory, Rule, StateMut};
    ///
    /// let params = LifParams {
    ///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0,
    ///     refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
    /// };
    /// let lif = Lif::<f32>::derive(params, Rule::Inferno).unwrap();
    /// let (mut membrane, mut refractory, mut spikes) = (vec![-60.0; 70], vec![Refractory::default(); 70], vec![0; 3]);
    /// let state = StateMut { membrane: &mut membrane, refractory: &mut refractory, adaptation: [] };
    /// lif.run(state, &vec![300.0; 70], Flags::default(), Moment::default(), &mut spikes)?;
    /// assert_eq!(spikes, [u32::MAX, u32::MAX, 0b11_1111]);
    /// # Ok::<(), glif_core::LengthError>(())
    /// ```
    ///
    /// # Errors
    /// If the lengths differ, or `spikes` has no room; nothing has moved then.
    // Always in line, so that a caller compiled for more than the least of its instruction set has the loop in it too.
    #[inline(always)]
    pub fn run(
        &self,
        state: StateMut<'_, S, K>,
        currents: &[S],
        flags: Flags,
        at: Moment,
        spikes: &mut [u32],
    ) -> Result<(), LengthError> {
        state.check(currents.len(), spikes.len())?;
        if flags.refrac_lock && (flags.adapt || K == 0) {
            self.run_flagged(state, currents, Usual, at, spikes);
        } else {
            self.run_flagged(state, currents, flags, at, spikes);
        }
        Ok(())
    }

    #[inline(always)]
    fn run_flagged(
        &self,
        state: StateMut<'_, S, K>,
        currents: &[S],
        flags: impl Switches,
        at: Moment,
        spikes: &mut [u32],
    ) {
        let (blocks, tail) = state.into_blocks();
        let (current_blocks, current_tail) = currents.as_chunks::<WORD>();
        self.run_blocks(blocks, current_blocks, flags, at, spikes);
        let done = current_blocks.len();
        let Some(spikes) = spikes.get_mut(done..) else {
            return;
        };
        spikes.fill(0);
        if !current_tail.is_empty() {
            // The last few neurons run in a block of their own, beside neurons that nobody sees.
            let mut padded = State::<S, K, WORD>::zero();
            let mut padded_currents = [S::narrow(S::ZERO); WORD];
            padded.as_mut().copy_from(&tail);
            padded_currents.iter_mut().zip(current_tail).for_each(|(to, from)| *to = *from);
            let at = Moment { neuron: at.neuron.wrapping_add((done * WORD) as u32), ..at };
            self.run_blocks(padded.as_mut().into_blocks().0, &[padded_currents], flags, at, spikes);
            let mut tail = tail;
            tail.copy_from(&padded.as_mut());
            if let Some(word) = spikes.first_mut() {
                *word &= (1 << current_tail.len()) - 1;
            }
        }
    }

    /// Whole blocks, where there are vectors.
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    #[inline(always)]
    fn run_blocks(
        &self,
        mut blocks: Blocks<'_, S, K>,
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
            let mut block = State::<S, K, WORD> {
                membrane: *membrane,
                refractory: *refractory,
                adaptation: blocks
                    .adaptation
                    .each_ref()
                    .map(|component| component.get(i).copied().unwrap_or([zero; WORD])),
            };
            for j in 0..WORD {
                let adaptation = block.adaptation.each_ref().map(|component| component[j]);
                let cell = Cell { membrane: block.membrane[j], refractory: block.refractory[j], adaptation };
                let draw = neuron.rounding.draw(at.step, at.neuron.wrapping_add((i * WORD + j) as u32));
                let next = neuron.step(cell, current[j], flags, draw);
                block.membrane[j] = next.membrane;
                block.refractory[j] = next.refractory;
                for (component, value) in block.adaptation.iter_mut().zip(next.adaptation) {
                    component[j] = value;
                }
            }
            (*membrane, *refractory) = (block.membrane, block.refractory);
            if flags.adapt() {
                for (component, values) in blocks.adaptation.iter_mut().zip(block.adaptation) {
                    if let Some(component) = component.get_mut(i) {
                        *component = values;
                    }
                }
            }
            *word = crate::spikes::pack(&block.refractory);
        }
    }

    /// Whole blocks, one neuron after another.
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    #[inline]
    fn run_blocks(
        &self,
        mut blocks: Blocks<'_, S, K>,
        currents: &[[S; WORD]],
        flags: impl Switches,
        at: Moment,
        spikes: &mut [u32],
    ) {
        let neuron = *self;
        let zero = S::narrow(S::ZERO);
        let lanes = blocks.membrane.iter_mut().zip(blocks.refractory.iter_mut()).zip(currents).zip(spikes);
        for (i, (((membrane, refractory), current), word)) in lanes.enumerate() {
            let mut fired = 0;
            for j in 0..WORD {
                // `get` by block: no panic path, and the check leaves the inner loop.
                let adaptation =
                    blocks.adaptation.each_ref().map(|component| component.get(i).map_or(zero, |block| block[j]));
                let cell = Cell { membrane: membrane[j], refractory: refractory[j], adaptation };
                let draw = neuron.rounding.draw(at.step, at.neuron.wrapping_add((i * WORD + j) as u32));
                let next = neuron.step(cell, current[j], flags, draw);
                membrane[j] = next.membrane;
                refractory[j] = next.refractory;
                if flags.adapt() {
                    for (component, value) in blocks.adaptation.iter_mut().zip(next.adaptation) {
                        if let Some(block) = component.get_mut(i) {
                            block[j] = value;
                        }
                    }
                }
                fired |= u32::from(next.refractory.fired()) << j;
            }
            *word = fired;
        }
    }
}
