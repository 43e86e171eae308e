//! Coefficients of one model in one scalar, behind a face that does not name them.

use core::mem::take;

use bytemuck::{Pod, cast_slice, cast_slice_mut};
use fixed::types::{I8F8, I9F7, I12F20, I16F16};
use glif_core::derive::DeriveReset;
use glif_core::rounding::Rounding;
use glif_core::{Flags, Moment, Neuron, ParamErrors, Parameters, Period, Refractory, Representation, Rule, StateMut};
use glif_link::{Field, Refusal};

use crate::cells::CellsMut;

/// A scalar that boards hold: plain bits, known by their bytes.
pub(crate) trait Plain: Representation + Pod {
    /// From as many bytes as it has; zero from any other number.
    fn read(bytes: &[u8]) -> Self;
}

macro_rules! plain {
    ($($scalar:ty)*) => {$(
        impl Plain for $scalar {
            fn read(bytes: &[u8]) -> Self {
                bytes.try_into().map_or(<$scalar>::from_le_bytes(Default::default()), <$scalar>::from_le_bytes)
            }
        }
    )*};
}
plain!(f32 I16F16 I12F20 I8F8 I9F7);

/// What a loaded model can do, whatever it is.
pub(crate) trait Kernel {
    /// Bytes of a value.
    fn size(&self) -> usize;
    /// Threshold components.
    fn components(&self) -> usize;
    /// Membranes at rest, nothing refractory; and unless kept, nothing adapted.
    fn clear(&self, cells: CellsMut<'_>, keep_adaptations: bool);
    /// One step of the first `neurons`.
    fn step(&self, cells: CellsMut<'_>, neurons: usize, flags: Flags, step: u64, spikes: &mut [u32]);
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

/// Coefficients, and the way from counts to milliseconds and back.
pub(crate) struct Derived<S: Representation, R, const K: usize, Q> {
    neuron: Neuron<S, R, K, Q>,
    period: Period<S>,
}

impl<S: Plain, R: DeriveReset<S>, const K: usize, Q: Rounding> Derived<S, R, K, Q> {
    // Inlined, the stack of each combination of types would be taken at once.
    #[inline(never)]
    pub(crate) fn new(parameters: &Parameters<R::Params, K>, rule: Rule, rounding: Q) -> Result<Self, Refusal> {
        let mut errors = ParamErrors::default();
        let derived = Neuron::derive_listing(parameters, rule, rounding, &mut |_| (), &mut errors);
        let (neuron, period) = derived.ok_or_else(|| Refusal::from(&errors))?;
        Ok(Self { neuron, period })
    }
}

impl<S: Plain, R: DeriveReset<S>, const K: usize, Q: Rounding> Kernel for Derived<S, R, K, Q> {
    fn size(&self) -> usize {
        size_of::<S>()
    }

    fn components(&self) -> usize {
        K
    }

    fn clear(&self, cells: CellsMut<'_>, keep_adaptations: bool) {
        cast_slice_mut::<u32, S>(cells.voltage).fill(S::narrow(self.neuron.rest));
        cells.refractory.fill(Default::default());
        if !keep_adaptations {
            cells.adaptation.fill(0); // zero in every scalar
        }
    }

    fn step(&self, cells: CellsMut<'_>, neurons: usize, flags: Flags, step: u64, spikes: &mut [u32]) {
        let (Some(membrane), Some(refractory), Some(currents)) = (
            cast_slice_mut::<u32, S>(cells.voltage).get_mut(..neurons),
            cells.refractory.get_mut(..neurons),
            cast_slice::<u32, S>(cells.current).get(..neurons),
        ) else {
            return; // never: what does not fit is not loaded
        };
        let mut components = cast_slice_mut::<u32, S>(cells.adaptation);
        let state = StateMut {
            membrane,
            refractory,
            adaptation: core::array::from_fn(|_| {
                let (component, others) = take(&mut components).split_at_mut_checked(neurons).unwrap_or_default();
                components = others;
                component
            }),
        };
        let stepped = self.neuron.run(state, currents, flags, Moment { step, neuron: 0 }, spikes);
        debug_assert!(stepped.is_ok(), "{stepped:?}");
    }

    fn unfit(&self, field: Field, values: &[u8], reached: bool) -> Option<usize> {
        let mut values = values.chunks_exact(size_of::<S>()).map(S::read);
        let beyond = |low: f64, high: f64| move |value: S| !(low..=high).contains(&value.to_f64());
        match field {
            Field::Voltage => {
                let (low, high) = if reached { S::REACH } else { (S::LOWEST, S::HIGHEST) };
                values.position(beyond(low, high))
            }
            Field::Adaptation => {
                let limit = S::component_limit(K);
                values.position(beyond(-limit, limit))
            }
            Field::Current => values.position(|value| !value.drivable(&self.neuron.gain)),
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
