//! Recording of a population of a network.

use glif_core::spec::ComponentCounts;

use super::engine::Erased;
use crate::population::Fired;
use crate::record::{Recordable, Samples, Variable};

/// A population of a network, to record it.
///
/// An input has spikes only.
#[derive(Clone, Copy)]
pub struct Member<'a> {
    pub(super) inner: &'a dyn Erased,
    pub(super) member: usize,
    pub(super) neurons: usize,
    /// The spikes of a step.
    pub(super) fired: Fired<'a>,
}

impl std::fmt::Debug for Member<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Member").field("member", &self.member).field("neurons", &self.neurons).finish_non_exhaustive()
    }
}

impl Recordable for Member<'_> {
    fn neurons(&self) -> usize {
        self.neurons
    }

    fn batch_size(&self) -> usize {
        1
    }

    fn counts(&self) -> ComponentCounts {
        self.inner.counts(self.member)
    }

    fn fired(&self) -> Fired<'_> {
        self.fired
    }

    fn samples(&self) -> Samples {
        self.inner.samples()
    }

    fn sample_of(&self, variable: Variable, of: Option<&[usize]>, to: &mut Samples) {
        match variable {
            Variable::Spikes => to.extend_fired(self.fired, self.neurons, of),
            _ => self.inner.sample(self.member, variable, of, to),
        }
    }
}
