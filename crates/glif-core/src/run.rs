//! One step of many neurons: a walk over slices that applies the step of one neuron.
//!
//! The walk differs between machines; the arithmetic does not.

// Tests on a host also run a microcontroller's walk.
#[cfg(any(test, not(all(any(target_arch = "x86_64", target_arch = "aarch64"), target_endian = "little"))))]
pub(crate) mod branches;
#[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), target_endian = "little"))]
mod lanes;

#[cfg(not(all(any(target_arch = "x86_64", target_arch = "aarch64"), target_endian = "little")))]
pub(crate) use branches::{membranes, own_membranes, walk};
#[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), target_endian = "little"))]
pub(crate) use lanes::{membranes, own_membranes, walk};

use crate::error::LengthError;
use crate::neuron::{Coefficients, DefaultOptions, Dynamics, Options, Reset, RngCounter, StepOptions};
use crate::rounding::Rounding;
use crate::scalar::Scalar;
use crate::state::PopulationStateMut;

/// Returns whether the step under the default options is compiled separately. With vectors it always is.
/// Without them it is not if the rounding policy is tested for each product anyway.
#[inline(always)]
pub(crate) const fn worth_a_copy<Q: Rounding>() -> bool {
    Q::IN_LINE || VECTORS
}

/// Returns whether the options are the default ones by their type, which has no size.
#[inline(always)]
pub(crate) fn are_default<F: Options>(_: F) -> bool {
    size_of::<F>() == 0
}

/// Whether the walk is that of machines with vectors.
pub(crate) const VECTORS: bool =
    cfg!(all(any(target_arch = "x86_64", target_arch = "aarch64"), target_endian = "little"));

impl<S: Scalar, R: Reset<S>, const K: usize, Q: Rounding, D: Dynamics<S, K>> Coefficients<S, R, K, Q, D> {
    /// Advances many neurons by one step, over borrowed slices of equal length. Bit j of `spikes[i]` is neuron
    /// 32·i + j.
    ///
    /// ```
    /// use glif_core::{Coefficients, Lif, LifParams, PopulationStateMut, Refractory, RefractoryRule, RngCounter, StepOptions};
    ///
    /// let params = LifParams {
    ///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0,
    ///     refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
    /// };
    /// let lif = Lif::<f32>::derive(params, RefractoryRule::Inferno).unwrap();
    /// let (mut membrane, mut refractory, mut spikes) = (vec![-60.0; 70], vec![Refractory::default(); 70], vec![0; 3]);
    /// let state = PopulationStateMut { membrane: &mut membrane, refractory: &mut refractory, adaptation: [] };
    /// lif.run(state, &vec![300.0; 70], StepOptions::default(), RngCounter::default(), &mut spikes)?;
    /// assert_eq!(spikes, [u32::MAX, u32::MAX, 0b11_1111]);
    /// # Ok::<(), glif_core::LengthError>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the lengths differ, or if `spikes` is too short. Nothing is changed then.
    // Always inlined, so that a caller compiled for a wider instruction set compiles this loop for it too.
    #[inline(always)]
    pub fn run(
        &self,
        state: PopulationStateMut<'_, S, K>,
        currents: &[S],
        options: StepOptions,
        at: RngCounter,
        spikes: &mut [u32],
    ) -> Result<(), LengthError> {
        state.check(K, currents.len(), spikes.len())?;
        if options.refrac_lock && (options.adapt || K == 0) && worth_a_copy::<Q>() {
            walk(self, state, currents, DefaultOptions, at, spikes);
        } else {
            walk(self, state, currents, options, at, spikes);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::vec;

    use fixed::types::I16F16;

    use crate::{
        Alif, AlifParams, Coefficients, Derivation, LengthError, Lif, LifParams, NeuronState, PopulationState,
        PopulationStateMut, Quantize, Refractory, RefractoryRule, RngCounter, StepOptions, Stochastic,
    };

    use super::branches;
    use crate::neuron::{DefaultOptions, FixedReset};
    use crate::rounding::Rounding;

    const MOST: usize = 70;

    /// Each neuron makes the step that it makes alone, for any division into blocks. No bit beyond the neurons
    /// is set.
    fn each_by_itself<S: Quantize, Q: Rounding>(neuron: &Coefficients<S, FixedReset<S>, 2, Q>, options: StepOptions) {
        each_walked(neuron, options, |state, currents, at, words| {
            neuron.run(state, currents, options, at, words).unwrap();
        });
        each_walked(neuron, options, |state, currents, at, words| match options {
            StepOptions { refrac_lock: true, adapt: true } => {
                branches::walk(neuron, state, currents, DefaultOptions, at, words);
            }
            _ => branches::walk(neuron, state, currents, options, at, words),
        });
    }

    fn each_walked<S: Quantize, Q: Rounding>(
        neuron: &Coefficients<S, FixedReset<S>, 2, Q>,
        options: StepOptions,
        walk: impl Fn(PopulationStateMut<'_, S, 2>, &[S], RngCounter, &mut [u32]),
    ) {
        for neurons in 0..=MOST {
            let mut state = PopulationState::<S, 2, MOST>::at_rest(S::from_accumulator(neuron.rest));
            let rest = NeuronState {
                membrane: state.membrane[0],
                refractory: Refractory::default(),
                adaptation: [S::ZERO_STATE; 2],
            };
            let mut cells = vec![rest; neurons];
            let mut spikes = 0;
            for step in 0..40 {
                let currents: [S; MOST] =
                    core::array::from_fn(|i| S::nearest(((i * 31 + step as usize * 7) % 45) as f64));
                let mut words = [u32::MAX; 4];
                let mut all = state.as_mut();
                all.membrane = &mut all.membrane[..neurons];
                all.refractory = &mut all.refractory[..neurons];
                all.adaptation = all.adaptation.map(|component| &mut component[..neurons]);
                let at = RngCounter { step, neuron: 5 };
                walk(all, &currents[..neurons], at, &mut words);
                for (i, cell) in cells.iter_mut().enumerate() {
                    let draw = neuron.rounding.draw(step, 5 + i as u32);
                    let fires = neuron.step(cell.as_mut(), currents[i], options, draw);
                    assert_eq!(crate::spikes::contains(&words, i), fires, "neuron {i} of {neurons} in step {step}");
                    let adaptation = state.adaptation.map(|component| component[i]);
                    let walked =
                        NeuronState { membrane: state.membrane[i], refractory: state.refractory[i], adaptation };
                    assert_eq!(walked, *cell, "neuron {i} of {neurons} in step {step}");
                    spikes += u32::from(fires);
                }
                assert!(crate::spikes::indices(&words).all(|i| i < neurons), "{words:x?} of {neurons}");
            }
            assert!(spikes as usize > 2 * neurons || neurons < 5, "{spikes} spikes of {neurons}");
        }
    }

    #[test]
    fn each_neuron_steps_by_itself() {
        let params = AlifParams {
            step_time: 1.0,
            rest_v: -60.0,
            reset_v: -65.0,
            thresh_eq_v: -50.0,
            refrac_t: 2.0,
            tc_membrane: 10.0,
            tc_adaptation: [50.0, 9.0],
            spike_increment: [1.0, -0.5],
            resistance: 1.0,
        };
        for (refrac_lock, adapt) in [(true, true), (false, true), (true, false)] {
            let options = StepOptions { refrac_lock, adapt };
            each_by_itself(&Alif::<f32, 2>::derive(params, RefractoryRule::Inferno).unwrap(), options);
            each_by_itself(&Alif::<f64, 2>::derive(params, RefractoryRule::Inferno).unwrap(), options);
            each_by_itself(&Alif::<I16F16, 2>::derive(params, RefractoryRule::Inferno).unwrap(), options);
            let seeded = Stochastic { seed: 3 };
            each_by_itself(
                &Derivation::new(RefractoryRule::Inferno)
                    .rounding(seeded)
                    .coefficients::<I16F16, _, 2, crate::Inferno>(params)
                    .unwrap(),
                options,
            );
            each_by_itself(&Alif::<fixed::types::I8F8, 2>::derive(params, RefractoryRule::Inferno).unwrap(), options);
        }
    }

    /// With 33 neurons, one would have no bit.
    #[test]
    fn too_few_spike_words_are_rejected() {
        let params = LifParams {
            step_time: 1.0,
            rest_v: -60.0,
            reset_v: -65.0,
            thresh_v: -50.0,
            refrac_t: 2.0,
            time_constant: 10.0,
            resistance: 1.0,
        };
        let neuron = Lif::<f32>::derive(params, RefractoryRule::Inferno).unwrap();
        let mut state = PopulationState::<f32, 0, 33>::at_rest(-60.0);
        let before = state;
        let refused = neuron.run(state.as_mut(), &[20.0; 33], StepOptions::default(), RngCounter::default(), &mut [0]);
        assert_eq!(refused, Err(LengthError { name: "spikes", length: 1, expected: 2 }));
        assert_eq!(state, before);
        neuron.run(state.as_mut(), &[20.0; 33], StepOptions::default(), RngCounter::default(), &mut [0; 2]).unwrap();
        assert_ne!(state, before);
    }
}
