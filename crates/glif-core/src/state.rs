//! State of a population: membranes, refractory counts and threshold components, as a structure of arrays. Only
//! these change.
//!
//! [`PopulationState`] owns arrays of constant length. [`PopulationStateMut`] borrows slices, from arrays or
//! from a heap, and is all that the step accesses.

use bytemuck::cast_slice_mut;

use crate::error::LengthError;
use crate::refractory::Refractory;
use crate::scalar::Scalar;
use crate::spikes::WORD;

/// State of N neurons with K components each: 6 + 4·K bytes per neuron in `f32`, spike flags included.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PopulationState<S, const K: usize, const N: usize> {
    /// Membrane potentials, mV.
    pub membrane: [S; N],
    /// Remaining refractory steps, and spike flags.
    pub refractory: [Refractory; N],
    /// Components, mV or nA, ordered by component, so that a step walks each with stride one.
    pub adaptation: [[S; N]; K],
}

impl<S: Scalar, const K: usize, const N: usize> PopulationState<S, K, N> {
    /// Returns a state with membranes at `rest`, mV, or wherever they begin, no refractory neuron and no adaptation.
    pub const fn at_rest(rest: S) -> Self {
        let (refractory, adaptation) = ([Refractory::new(0, false); N], [[S::ZERO_STATE; N]; K]);
        Self { membrane: [rest; N], refractory, adaptation }
    }

    /// Returns a state that is all zero: as the initial value of a `static` it takes no flash.
    pub const fn zero() -> Self {
        Self::at_rest(S::ZERO_STATE)
    }

    /// Resets the arrays in place: membranes to `at`, mV, refractory counts to zero, and threshold components
    /// to zero unless they are kept.
    pub(crate) fn rest(&mut self, at: S, keep_adaptations: bool) {
        self.membrane.fill(at);
        self.refractory.fill(Refractory::default());
        if !keep_adaptations {
            self.adaptation.as_flattened_mut().fill(S::ZERO_STATE);
        }
    }

    /// Returns the threshold components of a neuron, which must be one of the N.
    pub(crate) fn components(&self, neuron: usize) -> [S; K] {
        self.adaptation.each_ref().map(|component| component[neuron])
    }

    /// Borrows the arrays for a step.
    #[inline(always)]
    pub fn as_mut(&mut self) -> PopulationStateMut<'_, S, K> {
        PopulationStateMut {
            membrane: &mut self.membrane,
            refractory: &mut self.refractory,
            adaptation: self.adaptation.each_mut().map(|component| component.as_mut_slice()),
        }
    }
}

/// Borrowed state of any number of neurons. All slices must have one length, which
/// [`Coefficients::run`](crate::Coefficients::run) checks.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PopulationStateMut<'a, S, const K: usize> {
    /// Membrane potentials, mV.
    pub membrane: &'a mut [S],
    /// Remaining refractory steps, and spike flags.
    pub refractory: &'a mut [Refractory],
    /// Components, mV or nA, ordered by component.
    pub adaptation: [&'a mut [S]; K],
}

/// Splits threshold components that are stored one after another, `neurons` values each. A missing component is
/// an empty slice.
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

impl<'a, S, const K: usize> PopulationStateMut<'a, S, K> {
    /// Returns the same state with room for `M` components: those beyond the K-th are empty slices, and those beyond
    /// the M-th are left out.
    ///
    /// ```
    /// use glif_core::PopulationState;
    /// let mut state = PopulationState::<f32, 2, 3>::at_rest(-60.0); // mV
    /// let wide = state.as_mut().widened::<8>();
    /// assert_eq!(wide.adaptation.map(|component| component.len()), [3, 3, 0, 0, 0, 0, 0, 0]);
    /// ```
    #[inline(always)]
    pub fn widened<const M: usize>(self) -> PopulationStateMut<'a, S, M> {
        let Self { membrane, refractory, adaptation } = self;
        let mut components = adaptation.into_iter();
        let adaptation = core::array::from_fn(|_| components.next().unwrap_or_default());
        PopulationStateMut { membrane, refractory, adaptation }
    }
}

impl<'a, S: Scalar, const K: usize> PopulationStateMut<'a, S, K> {
    /// Returns the same state in the format for which loops are compiled.
    #[inline(always)]
    pub fn canonical(self) -> PopulationStateMut<'a, S::Canonical, K> {
        let Self { membrane, refractory, adaptation } = self;
        PopulationStateMut {
            membrane: cast_slice_mut(membrane),
            refractory,
            adaptation: adaptation.map(|component| cast_slice_mut(component)),
        }
    }

    /// Checks that all lengths match that of the membranes. Only the first `components` components are checked.
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
