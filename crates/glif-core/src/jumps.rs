//! What synapses add to membranes in a step.

use core::ops::Range;

use crate::error::LengthError;
use crate::scalar::Scalar;

/// Greatest number of terms that synapses add to a membrane in a step.
pub const MOST_JUMPS: usize = 4;

/// Terms that are added to membranes in a step, after their decay and before the comparison with the threshold, mV.
///
/// Each term is a slice with a value for every neuron. A neuron adds its terms in this order. One that is
/// refractory adds none.
///
/// ```
/// use glif_core::Jumps;
/// let (delta, exact) = ([1.0, 0.0, 2.0], [0.25, 0.25, -0.5]); // mV
/// assert!(Jumps::<f32>::new(&[&delta, &exact]).is_some());
/// assert!(Jumps::<f32>::new(&[&delta[..]; 5]).is_none());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Jumps<'a, S: Scalar> {
    /// A term that does not exist is empty.
    terms: [&'a [S::Accumulator]; MOST_JUMPS],
}

impl<'a, S: Scalar> Jumps<'a, S> {
    /// No term.
    pub const NONE: Self = Self { terms: [&[]; MOST_JUMPS] };

    /// Returns these terms in this order; `None` if there are more than [`MOST_JUMPS`].
    pub fn new(terms: &[&'a [S::Accumulator]]) -> Option<Self> {
        let mut all = Self::NONE;
        all.terms.get_mut(..terms.len())?.copy_from_slice(terms);
        Some(all)
    }

    /// Returns the same terms in the format for which loops are compiled.
    #[inline(always)]
    pub fn canonical(self) -> Jumps<'a, S::Canonical> {
        Jumps { terms: self.terms }
    }

    /// Returns these terms, and this one as the last if there is room.
    #[inline(always)]
    pub(crate) fn filled(self, term: &'a [S::Accumulator]) -> Self {
        let [a, b, c, last] = self.terms;
        Self { terms: [a, b, c, if last.is_empty() { term } else { last }] }
    }

    /// Returns whether there is no term.
    // The walk with vectors does not ask.
    #[cfg(any(test, not(all(any(target_arch = "x86_64", target_arch = "aarch64"), target_endian = "little"))))]
    #[inline(always)]
    pub fn is_none(&self) -> bool {
        self.terms.iter().all(|term| term.is_empty())
    }

    /// Returns whether the first term is the only one.
    #[inline(always)]
    pub(crate) fn is_one(&self) -> bool {
        let [first, others @ ..] = &self.terms;
        !first.is_empty() && others.iter().all(|term| term.is_empty())
    }

    /// Checks that each term has a value for every neuron.
    pub(crate) fn check(&self, neurons: usize) -> Result<(), LengthError> {
        match self.terms.iter().find(|term| !term.is_empty() && term.len() != neurons) {
            Some(term) => Err(LengthError { name: "jumps", length: term.len(), expected: neurons }),
            None => Ok(()),
        }
    }

    /// Returns the terms of the neurons in `range`, which must have some.
    #[inline(always)]
    pub fn part(&self, range: Range<usize>) -> Self {
        Self { terms: self.terms.map(|term| term.get(range.clone()).unwrap_or_default()) }
    }

    /// Returns the values of a term; none if it does not exist.
    #[inline(always)]
    pub(crate) fn term(&self, n: usize) -> &'a [S::Accumulator] {
        self.terms.get(n).copied().unwrap_or_default()
    }
}
