//! Neurons whose number of threshold components is known only at run time.
//!
//! One copy of the step serves all numbers. For one or two components, [`Coefficients`] with the number as a
//! constant is faster.

use crate::error::LengthError;
use crate::neuron::{Coefficients, ComponentOf, DefaultOptions, Options, Outcome, Reset, RngCounter, StepOptions};
use crate::params::MOST_COMPONENTS;
use crate::rounding::Rounding;
use crate::run::{membranes, worth_a_copy};
use crate::scalar::Scalar;
use crate::spikes::WORD;
use crate::state::PopulationStateMut;

/// Neurons that go through a step phase by phase: few enough that the data of one phase is still near when the
/// next one needs it.
pub(crate) const CHUNK: usize = 4 * WORD;

/// Coefficients of a neuron with up to [`MOST_COMPONENTS`] threshold components.
///
/// They are a [`Coefficients`] without components, and the coefficients of each component.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Multicomponent<S: Scalar, R, Q> {
    /// The neuron without its components.
    pub base: Coefficients<S, R, 0, Q>,
    pub(crate) count: usize,
    pub(crate) adaptation_decay: [S::Decay; MOST_COMPONENTS],
    pub(crate) increment: [S::Accumulator; MOST_COMPONENTS],
}

impl<S: Scalar, R: Reset<S>, Q: Rounding> Multicomponent<S, R, Q> {
    /// Returns the number of threshold components.
    pub fn components(&self) -> usize {
        self.count
    }

    /// Returns the decay factor of each threshold component per step.
    pub fn adaptation_decay(&self) -> &[S::Decay] {
        self.adaptation_decay.get(..self.count).unwrap_or_default()
    }

    /// Returns the growth of each threshold component at a spike, mV.
    pub fn increment(&self) -> &[S::Accumulator] {
        self.increment.get(..self.count).unwrap_or_default()
    }

    /// Advances many neurons by one step, as [`Coefficients::run`] does.
    ///
    /// It uses the first components in `state`, as many as the neuron has.
    ///
    /// # Errors
    /// Returns an error if the lengths differ, or if `spikes` is too short. Nothing is changed then.
    #[inline(always)] // as `Coefficients::run`
    pub fn run(
        &self,
        state: PopulationStateMut<'_, S, MOST_COMPONENTS>,
        currents: &[S],
        options: StepOptions,
        at: RngCounter,
        spikes: &mut [u32],
    ) -> Result<(), LengthError> {
        state.check(self.count, currents.len(), spikes.len())?;
        if options.refrac_lock && options.adapt && worth_a_copy::<Q>() {
            self.walk(state, currents, DefaultOptions, at, spikes);
        } else {
            self.walk(state, currents, options, at, spikes);
        }
        Ok(())
    }

    /// Steps chunk after chunk: first by how much each threshold is raised, then the membranes, then each component.
    #[inline(always)]
    fn walk(
        &self,
        state: PopulationStateMut<'_, S, MOST_COMPONENTS>,
        currents: &[S],
        options: impl Options,
        at: RngCounter,
        spikes: &mut [u32],
    ) {
        let PopulationStateMut { membrane, refractory, mut adaptation } = state;
        let Some(adaptation) = adaptation.get_mut(..self.count) else {
            return; // never: the count is at most MOST_COMPONENTS
        };
        let mut first = 0;
        for words in spikes.chunks_mut(CHUNK / WORD) {
            let range = first..currents.len().min(first + CHUNK);
            let (Some(membrane), Some(refractory), Some(currents)) =
                (membrane.get_mut(range.clone()), refractory.get_mut(range.clone()), currents.get(range.clone()))
            else {
                return; // never: the lengths were checked
            };
            let mut raised = [S::ZERO; CHUNK];
            // Two components per pass, which halves the number of passes.
            for (i, pair) in adaptation.chunks(2).enumerate() {
                let mut pair = pair.iter().map(|component| component.get(range.clone()).unwrap_or_default());
                let (one, other) = (pair.next().unwrap_or_default(), pair.next().unwrap_or_default());
                raise(&mut raised, one, other, i == 0);
            }
            let at = at.after(first);
            let state = PopulationStateMut { membrane, refractory: &mut *refractory, adaptation: [] };
            membranes(&self.base, state, &raised, currents, options, at, words);
            if options.adapt() {
                for (k, component) in adaptation.iter_mut().enumerate() {
                    let component = component.get_mut(range.clone()).unwrap_or_default();
                    self.adapt(component, refractory, k, options, at);
                }
            }
            first = range.end;
        }
    }

    /// Advances component `k` of some neurons by one step, after their membranes.
    #[inline(always)]
    fn adapt(
        &self,
        component: &mut [S],
        refractory: &[crate::Refractory],
        k: usize,
        options: impl Options,
        at: RngCounter,
    ) {
        let (Some(decay), Some(increment)) = (self.adaptation_decay.get(k), self.increment.get(k)) else {
            return; // never: k is below the count
        };
        let (decay, increment, base) = (*decay, *increment, self.base);
        let of = ComponentOf::<S> { decay: &decay, increment: &increment, limit: S::limit(self.count), k };
        for (i, (value, refractory)) in component.iter_mut().zip(refractory).enumerate() {
            let outcome = Outcome::of(*refractory, options);
            let fires = outcome == Outcome::Fires;
            let draw = base.rounding.draw(at.step, at.neuron.wrapping_add(i as u32));
            let before = value.to_accumulator();
            let after = of.step(before, fires, base.holds(fires, options), draw);
            *value = S::from_accumulator(if outcome == Outcome::Waits { before } else { after });
        }
    }
}

/// Adds two components to the sums for the thresholds, or one if `other` is empty. The first components replace
/// what is there.
// In the order of the components, as in `Coefficients::level`: sums of floats depend on it.
#[inline(always)]
fn raise<S: Scalar>(raised: &mut [S::Accumulator; CHUNK], one: &[S], other: &[S], first: bool) {
    if other.is_empty() {
        for (sum, one) in raised.iter_mut().zip(one) {
            *sum = if first { one.to_accumulator() } else { *sum + one.to_accumulator() };
        }
    } else {
        for ((sum, one), other) in raised.iter_mut().zip(one).zip(other) {
            *sum = if first { one.to_accumulator() } else { *sum + one.to_accumulator() } + other.to_accumulator();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{vec, vec::Vec};

    use fixed::types::{I8F8, I16F16};

    use crate::params::Glif2Params;
    use crate::run::branches;
    use crate::state::components_mut;
    use crate::table::ParamTable;
    use crate::{
        Coefficients, Derivation, DynCoefficients, Nearest, NeuronState, ParamErrors, PopulationStateMut, Quantize,
        Refractory, RefractoryRule, RngCounter, StepOptions, Stochastic,
    };

    use super::*;
    use crate::neuron::LinearReset;

    const NEURONS: [usize; 9] = [0, 1, 15, 16, 33, 127, 128, 129, 300];
    const FLAGS: [StepOptions; 4] = [
        StepOptions { refrac_lock: true, adapt: true },
        StepOptions { refrac_lock: false, adapt: true },
        StepOptions { refrac_lock: true, adapt: false },
        StepOptions { refrac_lock: false, adapt: false },
    ];

    fn parameters<const K: usize>() -> Glif2Params<K> {
        Glif2Params {
            step_time: 1.0,
            rest_v: -60.0,
            reset_v_add: 4.0,
            reset_v_mul: 0.2,
            thresh_eq_v: -50.0,
            refrac_t: 2.0,
            tc_membrane: 10.0,
            rc_adaptation: std::array::from_fn(|k| 1.0 / (9.0 + 5.0 * k as f64)),
            spike_increment: std::array::from_fn(|k| [1.0, -0.5, 0.25][k % 3]),
            resistance: 1.0,
        }
    }

    fn current<S: Quantize>(i: usize, step: u64) -> S {
        S::nearest(((i * 31 + step as usize * 7) % 45) as f64)
    }

    /// Each neuron makes the step that it makes alone, with a number of components that the compiler knows.
    fn as_typed<S: Quantize, Q: Rounding, const K: usize>(rounding: Q, options: StepOptions, neurons: usize) {
        let typed = Derivation::new(RefractoryRule::Inferno)
            .rounding(rounding)
            .coefficients::<S, LinearReset<S>, K, crate::Inferno>(parameters::<K>())
            .unwrap();
        let (described, mut errors) = (ParamTable::from(parameters::<K>()), ParamErrors::new());
        let derived = DynCoefficients::<S, _>::derive(
            &described,
            Derivation::new(RefractoryRule::Inferno).rounding(rounding),
            &mut errors,
        );
        let Some((DynCoefficients::LinearReset(neuron), _)) = derived else { panic!("{errors}") };
        let rest = S::from_accumulator(typed.rest);
        let cell = NeuronState { membrane: rest, refractory: Refractory::default(), adaptation: [S::ZERO_STATE; K] };
        let mut cells = vec![cell; neurons];
        let (mut membrane, mut refractory) = (vec![rest; neurons], vec![Refractory::default(); neurons]);
        // Other components are stored behind those of the neuron.
        let mut adaptation = vec![S::ZERO_STATE; neurons * K];
        adaptation.resize(neurons * (K + 2), S::nearest(7.0));
        let mut spikes = 0;
        for step in 0..40 {
            let currents: Vec<S> = (0..neurons).map(|i| current(i, step)).collect();
            let mut words = vec![u32::MAX; neurons.div_ceil(WORD) + 1];
            let state = PopulationStateMut {
                membrane: &mut membrane,
                refractory: &mut refractory,
                adaptation: components_mut(&mut adaptation, neurons),
            };
            neuron.run(state, &currents, options, RngCounter { step, neuron: 5 }, &mut words).unwrap();
            for (i, cell) in cells.iter_mut().enumerate() {
                let draw = typed.rounding.draw(step, 5 + i as u32);
                let fires = typed.step(cell.as_mut(), currents[i], options, draw);
                assert_eq!(crate::spikes::contains(&words, i), fires, "neuron {i} of {neurons} in step {step}");
                let components = std::array::from_fn(|k| adaptation[k * neurons + i]);
                let walked = NeuronState { membrane: membrane[i], refractory: refractory[i], adaptation: components };
                assert_eq!(walked, *cell, "neuron {i} of {neurons} in step {step}, {options:?}");
                spikes += usize::from(fires);
            }
            assert!(crate::spikes::indices(&words).all(|i| i < neurons), "{words:x?} of {neurons}");
        }
        assert!(spikes > neurons || neurons < 5, "{spikes} spikes of {neurons}");
    }

    #[test]
    fn any_number_of_components_matches_the_typed_neuron() {
        for (options, neurons) in FLAGS.into_iter().flat_map(|options| NEURONS.map(|neurons| (options, neurons))) {
            as_typed::<f32, _, 3>(Nearest, options, neurons);
            as_typed::<f32, _, 8>(Nearest, options, neurons);
            as_typed::<f64, _, 4>(Nearest, options, neurons);
            as_typed::<I16F16, _, 5>(Nearest, options, neurons);
            as_typed::<I16F16, _, 3>(Stochastic { seed: 3 }, options, neurons);
            as_typed::<I8F8, _, 8>(Nearest, options, neurons);
        }
    }

    #[test]
    fn membranes_are_the_same_with_and_without_vectors() {
        let neuron =
            Coefficients::<f32, LinearReset<f32>, 0>::derive(parameters::<0>(), RefractoryRule::Inferno).unwrap();
        for (options, neurons) in FLAGS.into_iter().flat_map(|options| NEURONS.map(|neurons| (options, neurons))) {
            let raised: Vec<f32> = (0..neurons).map(|i| (i % 7) as f32 - 3.0).collect();
            let mut states = [0, 1].map(|_| (vec![-60.0; neurons], vec![Refractory::default(); neurons]));
            for step in 0..40 {
                let currents: Vec<f32> = (0..neurons).map(|i| current(i, step)).collect();
                let mut words = [0, 1].map(|_| vec![u32::MAX; neurons.div_ceil(WORD)]);
                let (at, [first, second]) = (RngCounter { step, neuron: 0 }, &mut states);
                let [first, second] = [first, second].map(|(membrane, refractory)| PopulationStateMut {
                    membrane,
                    refractory,
                    adaptation: [],
                });
                branches::membranes(&neuron, first, &raised, &currents, options, at, &mut words[0]);
                membranes(&neuron, second, &raised, &currents, options, at, &mut words[1]);
                assert_eq!(words[0], words[1], "{neurons} neurons in step {step}");
                assert_eq!(states[0], states[1], "{neurons} neurons in step {step}");
            }
        }
    }

    #[test]
    fn lengths_are_checked() {
        let (described, mut errors) = (ParamTable::from(parameters::<3>()), ParamErrors::new());
        let derived =
            DynCoefficients::<f32, _>::derive(&described, Derivation::new(RefractoryRule::Inferno), &mut errors);
        let Some((DynCoefficients::LinearReset(neuron), _)) = derived else { panic!("{errors}") };
        let (mut membrane, mut refractory, mut values) = ([-60.0; 4], [Refractory::default(); 4], [0.0; 8]);
        // Two components, where the neuron has three.
        let adaptation = components_mut(&mut values, 4);
        let state = PopulationStateMut { membrane: &mut membrane, refractory: &mut refractory, adaptation };
        let refused = neuron.run(state, &[20.0; 4], StepOptions::default(), RngCounter::default(), &mut [0]);
        assert_eq!(refused, Err(LengthError { name: "adaptation", length: 0, expected: 4 }));
    }
}
