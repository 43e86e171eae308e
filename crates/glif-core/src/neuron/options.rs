//! What a step may skip, and what a neuron does in it.
//!
//! The module is private: only [`StepOptions`] is for users.

use crate::refractory::Refractory;

/// Options of a step: the two switches of Inferno's `forward`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StepOptions {
    /// Whether membranes and threshold components are held during the refractory period. If false, a refractory
    /// neuron leaks without input current.
    pub refrac_lock: bool,
    /// Whether threshold components decay and grow.
    pub adapt: bool,
}

/// [`StepOptions`], or a type for which the compiler makes a separate copy of the step.
pub trait Options: Copy {
    /// See [`StepOptions::refrac_lock`].
    fn refrac_lock(self) -> bool;
    /// See [`StepOptions::adapt`].
    fn adapt(self) -> bool;
}

/// The default options as a type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DefaultOptions;

impl Options for DefaultOptions {
    #[inline(always)]
    fn refrac_lock(self) -> bool {
        true
    }
    #[inline(always)]
    fn adapt(self) -> bool {
        true
    }
}

impl Options for StepOptions {
    #[inline(always)]
    fn refrac_lock(self) -> bool {
        self.refrac_lock
    }
    #[inline(always)]
    fn adapt(self) -> bool {
        self.adapt
    }
}

impl Default for StepOptions {
    #[inline]
    fn default() -> Self {
        Self { refrac_lock: true, adapt: true }
    }
}

/// What a neuron did in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Refractory and locked: only the count changed.
    Waits,
    /// The membrane was updated, and the neuron did not fire.
    Leaks,
    /// The neuron fired.
    Fires,
}

impl Outcome {
    /// Returns the outcome of the step that left the refractory state `after`.
    #[inline(always)]
    pub fn of(after: Refractory, options: impl Options) -> Self {
        if after == Refractory::default() {
            Self::Leaks // the most frequent outcome, so tested first
        } else if after.fired() {
            Self::Fires
        } else if options.refrac_lock() {
            Self::Waits
        } else {
            Self::Leaks
        }
    }
}
