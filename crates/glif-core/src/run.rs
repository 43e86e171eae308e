//! One step of many neurons: how the step of one is walked over slices.
//!
//! The walk differs between machines, the arithmetic does not.

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod branches;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod lanes;

use crate::error::LengthError;
use crate::neuron::{Flags, Moment, Neuron, Reset, Switches, Usual};
use crate::rounding::Rounding;
use crate::scalar::Scalar;
use crate::spikes::WORD;
use crate::state::{State, StateMut};

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
        let Some(spikes @ [_, ..]) = spikes.get_mut(done..) else {
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
}
