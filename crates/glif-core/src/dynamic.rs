//! Neurons whose reset and number of threshold components are known only at run time.
//!
//! Each number up to two has its own type, and so does GLIF3 with two after-spike currents; larger numbers share
//! [`Multicomponent`], and the other neurons in the dialects of NEST and AllenSDK [`Levels`], as do those that do not
//! fire or do not leak. Population files and boards use this module. A program that knows its model uses
//! [`Coefficients`] directly.

use crate::derive::{ComponentPlaces, Derivation, DeriveReset, Diagnostics, Membrane, Places, exceeds, or_unheard};
use crate::error::ParamErrors;
use crate::levels::{DynReset, Levels, Manner};
use crate::multicomponent::Multicomponent;
use crate::names::Dialect;
use crate::neuron::{Coefficients, Dynamics, FixedReset, Inferno, LinearReset, rare};
use crate::parameter::{ComponentCounts, Parameter};
use crate::params::{FixedResetParams, LinearResetParams, MOST_COMPONENTS};
use crate::quantize::Quantize;
use crate::refractory::{RefractoryPeriod, RefractoryRule};
use crate::rounding::Rounding;
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
        /// The neuron has at most [`MOST_COMPONENTS`] components.
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

            fn reset_to(derived: Multicomponent<S, FixedReset<S>, Q>) -> Self {
                match derived.count {
                    $($k => Self::$to(typed(&derived)),)*
                    _ => Self::FixedReset(derived),
                }
            }

            fn reset_linearly(derived: Multicomponent<S, LinearReset<S>, Q>) -> Self {
                match derived.count {
                    $($k => Self::$linear(typed(&derived)),)*
                    _ => Self::LinearReset(derived),
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
        let Derivation { rule, rounding, report } = derivation;
        let mut unheard = |_| ();
        let diagnostics = Diagnostics { report: or_unheard(report, &mut unheard), errors };
        if let Err(error) = params.check_lists() {
            diagnostics.errors.push(error);
            return None;
        }
        let (linear, fixed) = (linear_reset(params), fixed_reset(params));
        match (makes_infernos_step::<S>(params), params.model().resets_linearly()) {
            (true, true) => inferno(params, &linear, (rule, rounding), diagnostics, DynCoefficients::reset_linearly),
            (true, false) => inferno(params, &fixed, (rule, rounding), diagnostics, DynCoefficients::reset_to),
            (_, true) => levels::<S, LinearReset<S>, Q>(params, &linear, rule, rounding, diagnostics),
            (_, false) => levels::<S, FixedReset<S>, Q>(params, &fixed, rule, rounding, diagnostics),
        }
    }

    /// Returns whether a neuron with these parameters is a [`Levels`].
    pub fn has_levels(params: &ParamTable) -> bool {
        let only = ComponentCounts { thresholds: 0, currents: 2, voltages: 0 };
        let typed = params.counts() == only && !params.model().resets_linearly();
        !makes_infernos_step::<S>(params) && !typed
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

/// Returns whether a neuron makes the step of one of Inferno's models.
fn makes_infernos_step<S: Quantize>(params: &ParamTable) -> bool {
    let like = params.model().leaks() && params.model().fires() && !exceeds(params, S::RESOLUTION == 0.0);
    params.dialect() == Dialect::Inferno && like
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

/// Derives a neuron in the dialect of Inferno.
#[inline(never)] // so that the caller holds no neuron of each type
fn inferno<S: Quantize, R: DeriveReset<S>, Q: Rounding>(
    params: &ParamTable,
    own: &R::Params,
    (rule, rounding): (RefractoryRule, Q),
    diagnostics: Diagnostics<'_>,
    typed: fn(Multicomponent<S, R, Q>) -> DynCoefficients<S, Q>,
) -> Option<(DynCoefficients<S, Q>, RefractoryPeriod<S>)> {
    let (neuron, period) = derive(params, own, rule, rounding, diagnostics)?;
    Some((typed(neuron), period))
}

/// Derives a neuron in the dialect of NEST or AllenSDK, or one that does not fire or does not leak.
#[inline(never)] // so that it takes stack only for such a neuron
fn levels<S: Quantize, R: DeriveReset<S> + Into<DynReset<S>>, Q: Rounding>(
    params: &ParamTable,
    own: &R::Params,
    rule: RefractoryRule,
    rounding: Q,
    diagnostics: Diagnostics<'_>,
) -> Option<(DynCoefficients<S, Q>, RefractoryPeriod<S>)> {
    let mut derived = Levels::blank(Manner::of::<S>(params), params.counts(), rounding);
    let period = derived.derive_in_place::<R>(params, own, rule, diagnostics)?;
    Some((most_typed(&derived), period))
}

impl<S: Quantize, Q: Rounding> Levels<S, Q> {
    /// Derives coefficients in any dialect, and the refractory period; returns `None` if `errors` then lists
    /// anything.
    #[inline(never)] // as `DynCoefficients::derive`
    pub fn derive(
        params: &ParamTable,
        derivation: Derivation<'_, Q>,
        errors: &mut ParamErrors,
    ) -> Option<(Self, RefractoryPeriod<S>)> {
        let Derivation { rule, rounding, report } = derivation;
        let mut unheard = |_| ();
        let diagnostics = Diagnostics { report: or_unheard(report, &mut unheard), errors };
        if let Err(error) = params.check_lists() {
            diagnostics.errors.push(error);
            return None;
        }
        let mut derived = Self::blank(Manner::of::<S>(params), params.counts(), rounding);
        let period = if params.model().resets_linearly() {
            derived.derive_in_place::<LinearReset<S>>(params, &linear_reset(params), rule, diagnostics)
        } else {
            derived.derive_in_place::<FixedReset<S>>(params, &fixed_reset(params), rule, diagnostics)
        };
        period.map(|period| (derived, period))
    }

    /// Derives the coefficients and writes each; they are meaningless if it returns `None`.
    #[inline(always)] // so that there is no stack frame between its caller and the derivation
    fn derive_in_place<R: DeriveReset<S> + Into<DynReset<S>>>(
        &mut self,
        params: &ParamTable,
        own: &R::Params,
        rule: RefractoryRule,
        diagnostics: Diagnostics<'_>,
    ) -> Option<RefractoryPeriod<S>> {
        let (mut reset, stalls) = (R::BLANK, self.base.rounding.stalls());
        let Self { base, counts, adaptation_decay, increment, retain, weight, .. } = self;
        let Coefficients { rest, gain, decay, threshold, refractory, dynamics, .. } = base;
        let Teeter { voltage: [voltage], resets_from_before, .. } = dynamics;
        let mut places = Places {
            membrane: Membrane { rest, gain, decay, threshold, reset: &mut reset },
            refractory,
            components: ComponentPlaces { decay: adaptation_decay, increment },
        };
        let voltage = (counts.voltages > 0).then_some(voltage);
        let mut spike = SpikePlaces { counts: *counts, retain, weight, voltage, resets_from_before };
        let spike = (params.dialect() != Dialect::Inferno).then_some(&mut spike);
        let written = Written { source: params, reset: own };
        let period = places.derive(&written, (rule, stalls), spike, diagnostics)?;
        self.base.reset = reset.into();
        Some(period)
    }
}

impl Manner {
    #[inline(never)] // as each type of neuron would have its own copy
    fn of<S: Quantize>(params: &ParamTable) -> Self {
        let model = params.model();
        // With the strict test, not even the greatest voltage crosses a threshold.
        let dialect = if model.fires() { params.dialect() } else { Dialect::Nest };
        Self { dialect, leaks: model.leaks(), strict: !model.fires() || exceeds(params, S::RESOLUTION == 0.0) }
    }
}

fn linear_reset(params: &ParamTable) -> LinearResetParams {
    let number = |parameter| params.number(parameter);
    LinearResetParams { reset_v_add: number(Parameter::ResetVAdd), reset_v_mul: number(Parameter::ResetVMul) }
}

fn fixed_reset(params: &ParamTable) -> FixedResetParams {
    FixedResetParams { reset_v: params.number(Parameter::ResetV) }
}

/// Returns the neuron in the type that has the fastest step.
#[inline(never)] // so that its stack frame is not held while coefficients are derived
fn most_typed<S: Quantize, Q: Rounding>(neuron: &Levels<S, Q>) -> DynCoefficients<S, Q> {
    match neuron.as_typed() {
        Some(neuron) => DynCoefficients::Glif3(neuron),
        None => DynCoefficients::Levels(*neuron),
    }
}

fn derive<S: Quantize, R: DeriveReset<S>, Q: Rounding>(
    params: &ParamTable,
    own: &R::Params,
    rule: RefractoryRule,
    rounding: Q,
    diagnostics: Diagnostics<'_>,
) -> Option<(Multicomponent<S, R, Q>, RefractoryPeriod<S>)> {
    let (_, blank, _) = S::BLANK;
    let mut derived = Multicomponent {
        base: Coefficients::blank(rounding),
        count: params.components(),
        adaptation_decay: [blank; MOST_COMPONENTS],
        increment: [S::ZERO; MOST_COMPONENTS],
    };
    let Coefficients { rest, gain, decay, threshold, reset, refractory, .. } = &mut derived.base;
    let mut places = Places {
        membrane: Membrane { rest, gain, decay, threshold, reset },
        refractory,
        components: ComponentPlaces { decay: &mut derived.adaptation_decay, increment: &mut derived.increment },
    };
    let written = Written { source: params, reset: own };
    let period = places.derive(&written, (rule, rounding.stalls()), None, diagnostics)?;
    Some((derived, period))
}

/// Returns coefficients with K components: the first K, which are all of them.
fn typed<S: Quantize, R: DeriveReset<S>, Q: Rounding, const K: usize>(
    derived: &Multicomponent<S, R, Q>,
) -> Coefficients<S, R, K, Q> {
    let Coefficients { rest, gain, decay, threshold, reset, refractory, rounding, .. } = derived.base;
    let (_, blank, _) = S::BLANK;
    let adaptation_decay = core::array::from_fn(|k| derived.adaptation_decay.get(k).copied().unwrap_or(blank));
    let increment = core::array::from_fn(|k| derived.increment.get(k).copied().unwrap_or(S::ZERO));
    let dynamics = Inferno;
    Coefficients { rest, gain, decay, threshold, reset, refractory, adaptation_decay, increment, rounding, dynamics }
}
