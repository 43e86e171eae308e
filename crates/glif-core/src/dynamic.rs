//! Neurons whose reset and number of threshold components are known only at run time.
//!
//! Each number up to two has its own type, and so does GLIF3 with two after-spike currents; larger numbers share
//! [`Multicomponent`], and the other neurons in the dialects of NEST and AllenSDK [`Levels`], as do those that do not
//! fire or do not leak. Population files and boards use this module. A program that knows its model uses
//! [`Coefficients`] directly.

use crate::derive::{ComponentPlaces, Derivation, DeriveReset, Diagnostics, Membrane, Places, exceeds, or_unheard};
use crate::error::ParamErrors;
use crate::levels::{DynReset, DynResetParams, Levels, Manner};
use crate::multicomponent::Multicomponent;
use crate::names::Dialect;
use crate::neuron::{Coefficients, Dynamics, FixedReset, Inferno, LinearReset, Reset, rare};
use crate::parameter::{ComponentCounts, Parameter};
use crate::params::{FixedResetParams, LinearResetParams};
use crate::quantize::Quantize;
use crate::refractory::{RefractoryPeriod, RefractoryRule};
use crate::rounding::{Nearest, Rounding};
use crate::scalar::Scalar;
use crate::table::ParamTable;
use crate::teeter::{SpikePlaces, Teeter};
use crate::written::Written;

/// Work on a neuron, compiled for each reset and each number of components.
pub trait Visitor<S: Quantize, Q: Rounding> {
    /// Result of the work.
    type Output;
    /// Does the work on a neuron with at most two components.
    fn visit<R: DeriveReset<S>, const K: usize, D: Dynamics<S, K>>(
        self,
        neuron: &Coefficients<S, R, K, Q, D>,
    ) -> Self::Output;
    /// Does the work on a neuron with more components.
    fn visit_more<R: DeriveReset<S>>(self, neuron: &Multicomponent<S, R, Q>) -> Self::Output;
    /// Does the work on a neuron in the dialect of NEST or AllenSDK, or on one that does not fire or does not leak.
    fn visit_levels(self, neuron: &Levels<S, Q>) -> Self::Output;
}

/// Declares, for each number of components, one neuron with a fixed reset and one with a linear reset.
macro_rules! neurons {
    ($($k:literal $to:ident $linear:ident)*) => {
        /// Coefficients of a neuron of any model in any dialect.
        ///
        /// The neuron has at most [`MOST_COMPONENTS`](crate::params::MOST_COMPONENTS) components.
        // With a separate tag: one that is hidden in a 64-bit seed takes a Cortex-M0 long to decode, in every step.
        #[derive(Debug, Clone, Copy, PartialEq)]
        #[repr(u8)]
        #[expect(missing_docs, reason = "each is its reset and its number of components")]
        pub enum DynCoefficients<S: Scalar, Q> {
            $($to(Coefficients<S, FixedReset<S>, $k, Q>), $linear(Coefficients<S, LinearReset<S>, $k, Q>),)*
            FixedReset(Multicomponent<S, FixedReset<S>, Q>),
            LinearReset(Multicomponent<S, LinearReset<S>, Q>),
            Glif3(Coefficients<S, FixedReset<S>, 2, Q, Teeter<S, 2, 2>>),
            Levels(Levels<S, Q>),
        }

        /// Greatest number of components that has its own type.
        const TYPED: usize = [$($k),*].len() - 1;

        impl<S: Quantize, Q: Rounding> DynCoefficients<S, Q> {
            /// Applies `visitor` to the neuron, whose reset and number of components are then types.
            #[inline(always)]
            pub fn visit<V: Visitor<S, Q>>(&self, visitor: V) -> V::Output {
                match self {
                    $(Self::$to(neuron) => visitor.visit(neuron), Self::$linear(neuron) => visitor.visit(neuron),)*
                    Self::FixedReset(neuron) => visitor.visit_more(neuron),
                    Self::LinearReset(neuron) => visitor.visit_more(neuron),
                    Self::Glif3(neuron) => visitor.visit(neuron),
                    Self::Levels(neuron) => visitor.visit_levels(neuron),
                }
            }

            /// Does the same for a neuron of at most `MOST` components; returns `None` for others. The program
            /// contains no code for the others.
            // `<` rather than `<=`, which is always true for 0.
            #[inline(always)]
            pub fn visit_up_to<const MOST: usize, V: Visitor<S, Q>>(&self, visitor: V) -> Option<V::Output> {
                // First, because a further arm below makes the choice longer for all others.
                if let Self::Levels(neuron) = self {
                    rare();
                    return (neuron.counts.total() <= MOST).then(|| visitor.visit_levels(neuron));
                }
                match self {
                    Self::Glif3(neuron) if MOST > 1 => Some(visitor.visit(neuron)),
                    $(Self::$to(neuron) if $k < MOST + 1 => Some(visitor.visit(neuron)),
                    Self::$linear(neuron) if $k < MOST + 1 => Some(visitor.visit(neuron)),)*
                    Self::FixedReset(neuron) if neuron.count <= MOST && MOST > TYPED => Some(visitor.visit_more(neuron)),
                    Self::LinearReset(neuron) if neuron.count <= MOST && MOST > TYPED => Some(visitor.visit_more(neuron)),
                    _ => None,
                }
            }

            fn reset_to(neuron: &Levels<S, Nearest>, with: (FixedReset<S>, Q)) -> Self {
                match neuron.counts.thresholds {
                    $($k => Self::$to(typed(neuron, with)),)*
                    _ => Self::FixedReset(multicomponent(neuron, with)),
                }
            }

            fn reset_linearly(neuron: &Levels<S, Nearest>, with: (LinearReset<S>, Q)) -> Self {
                match neuron.counts.thresholds {
                    $($k => Self::$linear(typed(neuron, with)),)*
                    _ => Self::LinearReset(multicomponent(neuron, with)),
                }
            }
        }
    };
}
neurons!(0 To0 Linear0 1 To1 Linear1 2 To2 Linear2);

impl<S: Quantize, Q: Rounding> DynCoefficients<S, Q> {
    /// Derives coefficients and the refractory period; returns `None` if `errors` then lists anything.
    #[inline(never)] // so that the caller holds one result
    pub fn derive(
        params: &ParamTable,
        derivation: Derivation<'_, Q>,
        errors: &mut ParamErrors,
    ) -> Option<(Self, RefractoryPeriod<S>)> {
        let rounding = derivation.rounding;
        let mut neuron = Levels::BLANK;
        let period = neuron.derive_in_place(params, derivation, errors)?;
        Some((Self::most_typed(&neuron, rounding), period))
    }

    /// Returns the neuron in the type that has the fastest step.
    #[inline(never)] // so that its stack frame is not held while coefficients are derived
    pub fn most_typed(neuron: &Levels<S, Nearest>, rounding: Q) -> Self {
        let is_infernos = neuron.manner == Manner::INFERNO;
        match neuron.base.reset {
            DynReset::Fixed(reset) if is_infernos => Self::reset_to(neuron, (reset, rounding)),
            DynReset::Linear(reset) if is_infernos => Self::reset_linearly(neuron, (reset, rounding)),
            _ => match neuron.as_typed(rounding) {
                Some(neuron) => Self::Glif3(neuron),
                None => Self::Levels(neuron.rounded(rounding)),
            },
        }
    }

    /// Returns whether a neuron with these parameters is a [`Levels`].
    pub fn has_levels(params: &ParamTable) -> bool {
        let only = ComponentCounts { thresholds: 0, currents: 2, voltages: 0 };
        let typed = params.counts() == only && !params.model().resets_linearly();
        Manner::of::<S>(params) != Manner::INFERNO && !typed
    }

    /// Returns the numbers of components of each kind.
    pub fn counts(&self) -> ComponentCounts {
        match self {
            Self::Levels(neuron) => neuron.counts,
            Self::Glif3(_) => ComponentCounts { currents: 2, ..ComponentCounts::default() },
            _ => ComponentCounts { thresholds: self.components(), ..ComponentCounts::default() },
        }
    }

    /// Returns the number of components.
    pub fn components(&self) -> usize {
        struct Count;
        impl<S: Quantize, Q: Rounding> Visitor<S, Q> for Count {
            type Output = usize;
            fn visit<R: DeriveReset<S>, const K: usize, D: Dynamics<S, K>>(
                self,
                _: &Coefficients<S, R, K, Q, D>,
            ) -> usize {
                K
            }
            fn visit_more<R: DeriveReset<S>>(self, neuron: &Multicomponent<S, R, Q>) -> usize {
                neuron.count
            }
            fn visit_levels(self, neuron: &Levels<S, Q>) -> usize {
                neuron.counts.total()
            }
        }
        self.visit(Count)
    }

    /// Returns what all variants have in common: the coefficients without components and without a reset.
    pub fn membrane(&self) -> Coefficients<S, (), 0, Q> {
        struct Common;
        impl<S: Quantize, Q: Rounding> Visitor<S, Q> for Common {
            type Output = Coefficients<S, (), 0, Q>;
            fn visit<R: DeriveReset<S>, const K: usize, D: Dynamics<S, K>>(
                self,
                neuron: &Coefficients<S, R, K, Q, D>,
            ) -> Self::Output {
                common(neuron)
            }
            fn visit_more<R: DeriveReset<S>>(self, neuron: &Multicomponent<S, R, Q>) -> Self::Output {
                common(&neuron.base)
            }
            fn visit_levels(self, neuron: &Levels<S, Q>) -> Self::Output {
                common(&neuron.base)
            }
        }
        self.visit(Common)
    }
}

/// Returns what [`Spec::steps_as_own`](crate::Spec::steps_as_own) does.
pub(crate) fn steps_as_own(params: &ParamTable, floating: bool) -> bool {
    let inferno = params.dialect() == Dialect::Inferno;
    !params.model().leaks() || inferno && exceeds(params, floating)
}

/// Returns the coefficients of the membrane.
fn common<S: Scalar, R, const K: usize, Q: Rounding, D>(
    neuron: &Coefficients<S, R, K, Q, D>,
) -> Coefficients<S, (), 0, Q> {
    let Coefficients { rest, gain, decay, threshold, refractory, rounding, .. } = *neuron;
    let (reset, adaptation_decay, increment, dynamics) = ((), [], [], Inferno);
    Coefficients { rest, gain, decay, threshold, reset, refractory, adaptation_decay, increment, rounding, dynamics }
}

impl<S: Quantize, Q: Rounding> Levels<S, Q> {
    /// Derives coefficients in any dialect, and the refractory period; returns `None` if `errors` then lists
    /// anything.
    #[inline(always)] // so that there is no stack frame between its caller and the derivation
    pub fn derive(
        params: &ParamTable,
        derivation: Derivation<'_, Q>,
        errors: &mut ParamErrors,
    ) -> Option<(Self, RefractoryPeriod<S>)> {
        let rounding = derivation.rounding;
        let mut neuron = Levels::BLANK;
        let period = neuron.derive_in_place(params, derivation, errors)?;
        Some((neuron.rounded(rounding), period))
    }
}

impl<S: Quantize> Levels<S, Nearest> {
    /// A neuron that has no parameters yet.
    pub const BLANK: Self =
        Self::blank(Manner::INFERNO, ComponentCounts { thresholds: 0, currents: 0, voltages: 0 }, Nearest);

    /// Does what [`derive`](Self::derive) does, in place, but for the rounding, which [`rounded`](Self::rounded) sets. The
    /// coefficients are meaningless if it returns `None`. A caller with little stack holds one copy of them.
    #[inline(always)] // as `derive`
    pub fn derive_in_place<Q: Rounding>(
        &mut self,
        params: &ParamTable,
        derivation: Derivation<'_, Q>,
        errors: &mut ParamErrors,
    ) -> Option<RefractoryPeriod<S>> {
        let Derivation { rule, rounding, report } = derivation;
        let mut unheard = |_| ();
        let diagnostics = Diagnostics { report: or_unheard(report, &mut unheard), errors };
        self.derive_any(params, (rule, rounding.stalls()), diagnostics)
    }

    #[inline(never)] // as each rounding would have its own copy
    fn derive_any(
        &mut self,
        params: &ParamTable,
        (rule, stalls): (RefractoryRule, bool),
        diagnostics: Diagnostics<'_>,
    ) -> Option<RefractoryPeriod<S>> {
        if let Err(error) = params.check_lists() {
            diagnostics.errors.push(error);
            return None;
        }
        let Self { base, manner, counts, adaptation_decay, increment, retain, weight } = self;
        (*manner, *counts) = (Manner::of::<S>(params), params.counts());
        let Coefficients { rest, gain, decay, threshold, reset, refractory, dynamics, .. } = base;
        let Teeter { voltage: [voltage], resets_from_before, .. } = dynamics;
        let mut places = Places {
            membrane: Membrane { rest, gain, decay, threshold, reset },
            refractory,
            components: ComponentPlaces { decay: adaptation_decay, increment },
        };
        let voltage = (counts.voltages > 0).then_some(voltage);
        let mut spike = SpikePlaces { counts: *counts, retain, weight, voltage, resets_from_before };
        let spike = (params.dialect() != Dialect::Inferno).then_some(&mut spike);
        let written = Written { source: params, reset: &reset_params(params) };
        places.derive(&written, (rule, stalls), spike, diagnostics)
    }
}

impl Manner {
    /// That of Inferno's models.
    const INFERNO: Self = Self { dialect: Dialect::Inferno, leaks: true, strict: false };

    #[inline(never)] // as each type of neuron would have its own copy
    fn of<S: Quantize>(params: &ParamTable) -> Self {
        let model = params.model();
        // With the strict test, not even the greatest voltage crosses a threshold.
        let dialect = if model.fires() { params.dialect() } else { Dialect::Nest };
        Self { dialect, leaks: model.leaks(), strict: !model.fires() || exceeds(params, S::RESOLUTION == 0.0) }
    }
}

fn reset_params(params: &ParamTable) -> DynResetParams {
    let number = |parameter| params.number(parameter);
    if params.model().resets_linearly() {
        let (reset_v_add, reset_v_mul) = (number(Parameter::ResetVAdd), number(Parameter::ResetVMul));
        DynResetParams::Linear(LinearResetParams { reset_v_add, reset_v_mul })
    } else {
        DynResetParams::Fixed(FixedResetParams { reset_v: number(Parameter::ResetV) })
    }
}

/// Returns a neuron in the dialect of Inferno as one of any number of components.
fn multicomponent<S: Scalar, R: Reset<S>, Q: Rounding>(
    neuron: &Levels<S, Nearest>,
    with: (R, Q),
) -> Multicomponent<S, R, Q> {
    let Levels { counts, adaptation_decay, increment, .. } = *neuron;
    Multicomponent { base: typed(neuron, with), count: counts.thresholds, adaptation_decay, increment }
}

/// Returns coefficients with K components: the first K, which are all of them.
fn typed<S: Scalar, R: Reset<S>, Q: Rounding, const K: usize>(
    neuron: &Levels<S, Nearest>,
    (reset, rounding): (R, Q),
) -> Coefficients<S, R, K, Q> {
    let Coefficients { rest, gain, decay, threshold, refractory, .. } = neuron.base;
    let (_, blank, _) = S::BLANK;
    let adaptation_decay = core::array::from_fn(|k| neuron.adaptation_decay.get(k).copied().unwrap_or(blank));
    let increment = core::array::from_fn(|k| neuron.increment.get(k).copied().unwrap_or(S::ZERO));
    let dynamics = Inferno;
    Coefficients { rest, gain, decay, threshold, reset, refractory, adaptation_decay, increment, rounding, dynamics }
}
