//! The only thing that changes: membranes, refractory counts and threshold components, as a structure of arrays.
//!
//! [`PopulationState`] owns arrays of constant length; [`PopulationStateMut`] borrows slices, from arrays or from a heap alike, and is all
//! that the step ever sees.

use crate::error::LengthError;
use crate::refractory::Refractory;
use crate::scalar::Scalar;
use crate::spikes::WORD;

/// State of N neurons with K threshold components each: 6 + 4·K bytes a neuron in `f32`, spike flags included.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PopulationState<S, const K: usize, const N: usize> {
    /// Membrane potentials, mV.
    pub membrane: [S; N],
    /// Steps to go, and spike flags.
    pub refractory: [Refractory; N],
    /// Threshold components, mV, component by component: a step then walks each with stride one.
    pub adaptation: [[S; N]; K],
}

impl<S: Scalar, const K: usize, const N: usize> PopulationState<S, K, N> {
    /// Membranes at `rest` (mV), nothing refractory, nothing adapted.
    pub const fn at_rest(rest: S) -> Self {
        let (refractory, adaptation) = ([Refractory::new(0, false); N], [[S::ZERO_STATE; N]; K]);
        Self { membrane: [rest; N], refractory, adaptation }
    }

    /// All zero: as the initial value of a `static` it takes no flash.
    pub const fn zero() -> Self {
        Self::at_rest(S::ZERO_STATE)
    }

    /// Brings the arrays to rest where they are: membranes at `rest` (mV), nothing refractory; and unless kept, nothing
    /// adapted.
    pub(crate) fn rest(&mut self, rest: S, keep_adaptations: bool) {
        self.membrane.fill(rest);
        self.refractory.fill(Refractory::default());
        if !keep_adaptations {
            self.adaptation.as_flattened_mut().fill(S::ZERO_STATE);
        }
    }

    /// The threshold components of one neuron, which is one of the N.
    pub(crate) fn components(&self, neuron: usize) -> [S; K] {
        self.adaptation.each_ref().map(|component| component[neuron])
    }

    /// Lends the arrays to a step.
    #[inline(always)]
    pub fn as_mut(&mut self) -> PopulationStateMut<'_, S, K> {
        PopulationStateMut {
            membrane: &mut self.membrane,
            refractory: &mut self.refractory,
            adaptation: self.adaptation.each_mut().map(|component| component.as_mut_slice()),
        }
    }
}

/// Borrowed state of any number of neurons: all slices must have one length, which [`Coefficients::run`](crate::Coefficients::run) checks.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PopulationStateMut<'a, S, const K: usize> {
    /// Membrane potentials, mV.
    pub membrane: &'a mut [S],
    /// Steps to go, and spike flags.
    pub refractory: &'a mut [Refractory],
    /// Threshold components, mV, component by component.
    pub adaptation: [&'a mut [S]; K],
}

/// Threshold components that lie one after another, `neurons` values each. Those that are not there are empty.
///
/// ```
/// use glif_core::state::components_mut;
/// let mut values = [1.0, 2.0, 3.0, 4.0]; // mV, two components of two neurons
/// let [first, second, third] = components_mut(&mut values, 2);
/// assert_eq!((first, second, third.len()), (&mut [1.0, 2.0][..], &mut [3.0, 4.0][..], 0));
/// ```
#[inline(always)]
pub fn components_mut<S, const K: usize>(mut values: &mut [S], neurons: usize) -> [&mut [S]; K] {
    core::array::from_fn(|_| {
        let (component, others) = core::mem::take(&mut values).split_at_mut_checked(neurons).unwrap_or_default();
        values = others;
        component
    })
}

impl<S: Scalar, const K: usize> PopulationStateMut<'_, S, K> {
    /// Whether all lengths are those of the membranes. Only the first so many components count.
    pub(crate) fn check(&self, components: usize, currents: usize, words: usize) -> Result<(), LengthError> {
        let expected = self.membrane.len();
        let adaptation = self.adaptation.iter().take(components).map(|component| ("adaptation", component.len()));
        let lengths = [("refractory", self.refractory.len()), ("currents", currents)];
        match lengths.into_iter().chain(adaptation).find(|(_, length)| *length != expected) {
            Some((name, length)) => Err(LengthError { name, length, expected }),
            None if words < expected.div_ceil(WORD) => {
                Err(LengthError { name: "spikes", length: words, expected: expected.div_ceil(WORD) })
            }
            None => Ok(()),
        }
    }
}
