//! Coefficients in one scalar, behind a face that does not name it.

use bytemuck::{Pod, cast_slice, cast_slice_mut};
use glif_core::derive::DeriveReset;
use glif_core::dynamic::{DynCoefficients, Visitor};
use glif_core::multicomponent::Multicomponent;
use glif_core::rounding::Rounding;
use glif_core::spec::Stored;
use glif_core::state::components_mut;
use glif_core::{
    Coefficients, Derivation, ParamErrors, PopulationStateMut, Quantize, Refractory, RefractoryPeriod, RngCounter,
    Spec, StepOptions,
};
use glif_link::{Capacity, Field, RequestError};

use crate::cells::{Cells, CellsMut};

/// A scalar that boards hold in words of 32 bits.
pub(crate) trait Plain: Stored + Pod {}

impl<S: Stored + Pod> Plain for S {}

/// What a loaded model can do, whatever it is.
pub(crate) trait Kernel {
    /// Bytes of a value.
    fn size(&self) -> usize;
    /// Threshold components.
    fn components(&self) -> usize;
    /// Membranes at rest, nothing refractory; and unless kept, nothing adapted.
    fn clear(&self, cells: CellsMut<'_>, keep_adaptations: bool);
    /// The first value that an array cannot have; of refractory words, [`too_long`] finds it. `reached` allows voltages that a
    /// person may not write but a strong current can bring about.
    fn unfit(&self, field: Field, values: &[u8], reached: bool) -> Option<usize>;
    /// Milliseconds left of a refractory period begun by a spike.
    fn remaining(&self, steps: u16) -> f64;
    /// Steps that so many milliseconds take; `None` if they do not fit.
    fn count_of(&self, ms: f64) -> Option<u16>;
    /// Steps of a whole refractory period.
    fn period(&self) -> u16;
}

/// The first of refractory words, two bytes each, whose count is beyond `longest`.
pub(crate) fn too_long(words: &[u8], longest: u16) -> Option<usize> {
    words.as_chunks().0.iter().position(|word| Refractory::from_bits(u16::from_le_bytes(*word)).steps() > longest)
}

/// Coefficients of at most `MOST` components, and the way from counts to milliseconds and back.
pub(crate) struct Derived<S: Quantize, Q, const MOST: usize> {
    neuron: DynCoefficients<S, Q>,
    period: RefractoryPeriod<S>,
}

impl<S: Plain, Q: Rounding, const MOST: usize> Derived<S, Q, MOST> {
    // Inlined, the stack of each combination of types would be taken at once.
    #[inline(never)]
    pub(crate) fn new(spec: &Spec, rounding: Q) -> Result<Self, RequestError> {
        let given = spec.params.components();
        if given > MOST {
            let (given, most) = (given as u32, MOST as u32);
            return Err(RequestError::Beyond { capacity: Capacity::Components, given, most });
        }
        let mut errors = ParamErrors::default();
        let derivation = Derivation::new(spec.refractory).rounding(rounding);
        let derived = DynCoefficients::derive(&spec.params, derivation, &mut errors);
        let (neuron, period) = derived.ok_or_else(|| RequestError::from(&errors))?;
        Ok(Self { neuron, period })
    }

    /// One step.
    #[inline(always)]
    pub(crate) fn step<const BLOCKS: usize>(&self, step: Step<'_, BLOCKS, MOST>) {
        // Always: a model with more components is refused.
        _ = self.neuron.visit_up_to::<MOST, _>(step);
    }
}

/// A step to be made of the first `neurons`.
pub(crate) struct Step<'a, const BLOCKS: usize, const MOST: usize> {
    pub(crate) cells: &'a mut Cells<BLOCKS, MOST>,
    pub(crate) neurons: usize,
    pub(crate) options: StepOptions,
    pub(crate) step: u64,
    pub(crate) spikes: &'a mut [u32],
}

impl<S: Plain, Q: Rounding, const BLOCKS: usize, const MOST: usize> Visitor<S, Q> for Step<'_, BLOCKS, MOST> {
    type Output = ();

    // Inlined, the stack of each number of components would be taken at once.
    #[inline(never)]
    fn visit<R: DeriveReset<S>, const K: usize>(self, neuron: &Coefficients<S, R, K, Q>) {
        let (options, at) = (self.options, RngCounter { step: self.step, neuron: 0 });
        let Some((state, currents, spikes)) = self.into_parts() else { return };
        let stepped = neuron.run(state, currents, options, at, spikes);
        debug_assert!(stepped.is_ok(), "{stepped:?}");
    }

    #[inline(never)]
    fn visit_more<R: DeriveReset<S>>(self, neuron: &Multicomponent<S, R, Q>) {
        let (options, at) = (self.options, RngCounter { step: self.step, neuron: 0 });
        let Some((state, currents, spikes)) = self.into_parts() else { return };
        let stepped = neuron.run(state, currents, options, at, spikes);
        debug_assert!(stepped.is_ok(), "{stepped:?}");
    }
}

impl<'a, const BLOCKS: usize, const MOST: usize> Step<'a, BLOCKS, MOST> {
    /// State of at most K components, currents, and room for spikes. Always there: what does not fit is not loaded.
    #[inline(always)]
    fn into_parts<S: Plain, const K: usize>(self) -> Option<(PopulationStateMut<'a, S, K>, &'a [S], &'a mut [u32])> {
        let cells = self.cells.lend();
        let membrane = cast_slice_mut::<u32, S>(cells.voltage).get_mut(..self.neurons)?;
        let refractory = cells.refractory.get_mut(..self.neurons)?;
        let currents = cast_slice::<u32, S>(cells.current).get(..self.neurons)?;
        let adaptation = components_mut(cast_slice_mut::<u32, S>(cells.adaptation), self.neurons);
        Some((PopulationStateMut { membrane, refractory, adaptation }, currents, self.spikes))
    }
}

impl<S: Plain, Q: Rounding, const MOST: usize> Kernel for Derived<S, Q, MOST> {
    fn size(&self) -> usize {
        size_of::<S>()
    }

    fn components(&self) -> usize {
        self.neuron.components()
    }

    fn clear(&self, cells: CellsMut<'_>, keep_adaptations: bool) {
        cast_slice_mut::<u32, S>(cells.voltage).fill(S::from_accumulator(self.neuron.membrane().rest));
        cells.refractory.fill(Default::default());
        if !keep_adaptations {
            cells.adaptation.fill(0); // zero in every scalar
        }
    }

    fn unfit(&self, field: Field, values: &[u8], reached: bool) -> Option<usize> {
        let mut values = values.chunks_exact(size_of::<S>()).map(|bytes| S::from_bytes(bytes).unwrap_or(S::ZERO_STATE));
        let beyond = |low: f64, high: f64| move |value: S| !(low..=high).contains(&value.to_f64());
        match field {
            Field::Voltage => {
                let (low, high) = if reached { S::REACH } else { (S::LOWEST, S::HIGHEST) };
                values.position(beyond(low, high))
            }
            Field::Adaptation => {
                let limit = S::component_limit(self.neuron.components());
                values.position(beyond(-limit, limit))
            }
            Field::Current => values.position(|value| !value.drivable(&self.neuron.membrane().gain)),
            Field::Refractory => None,
        }
    }

    fn remaining(&self, steps: u16) -> f64 {
        self.period.remaining(steps)
    }

    fn count_of(&self, ms: f64) -> Option<u16> {
        self.period.count_of(ms)
    }

    fn period(&self) -> u16 {
        self.period.count()
    }
}
