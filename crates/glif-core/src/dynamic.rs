//! Neurons whose reset and number of threshold components are known only at run time.
//!
//! Each number up to two has its own type; larger numbers share [`Multicomponent`]. Population files and boards
//! use this module. A program that knows its model uses [`Coefficients`] directly.

use crate::derive::{ComponentPlaces, Derivation, DeriveReset, Diagnostics, Membrane, Places, or_unheard};
use crate::error::ParamErrors;
use crate::multicomponent::Multicomponent;
use crate::names::ModelKind;
use crate::neuron::{Coefficients, FixedReset, LinearReset};
use crate::parameter::Parameter;
use crate::params::{FixedResetParams, LinearResetParams, MOST_COMPONENTS};
use crate::quantize::Quantize;
use crate::refractory::{RefractoryPeriod, RefractoryRule};
use crate::rounding::Rounding;
use crate::scalar::Scalar;
use crate::table::ParamTable;
use crate::written::Written;

/// Work on a neuron, compiled for each reset and each number of components.
pub trait Visitor<S: Quantize, Q: Rounding> {
    /// Result of the work.
    type Output;
    /// Does the work on a neuron with at most two components.
    fn visit<R: DeriveReset<S>, const K: usize>(self, neuron: &Coefficients<S, R, K, Q>) -> Self::Output;
    /// Does the work on a neuron with more components.
    fn visit_more<R: DeriveReset<S>>(self, neuron: &Multicomponent<S, R, Q>) -> Self::Output;
}

/// Declares, for each number of components, one neuron with a fixed reset and one with a linear reset.
macro_rules! neurons {
    ($($k:literal $to:ident $linear:ident)*) => {
        /// Coefficients of a neuron of any of the four models.
        ///
        /// The neuron has at most [`MOST_COMPONENTS`] threshold components.
        // With a separate tag: one that is hidden in a 64-bit seed takes a Cortex-M0 long to decode, in every step.
        #[derive(Debug, Clone, Copy, PartialEq)]
        #[repr(u8)]
        #[expect(missing_docs, reason = "each is its reset and its number of components")]
        pub enum DynCoefficients<S: Scalar, Q> {
            $($to(Coefficients<S, FixedReset<S>, $k, Q>), $linear(Coefficients<S, LinearReset<S>, $k, Q>),)*
            FixedReset(Multicomponent<S, FixedReset<S>, Q>),
            LinearReset(Multicomponent<S, LinearReset<S>, Q>),
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
                }
            }

            /// Does the same for a neuron of at most `MOST` components; returns `None` for others. The program
            /// contains no code for the others.
            // `<` rather than `<=`, which is always true for 0.
            #[inline(always)]
            pub fn visit_up_to<const MOST: usize, V: Visitor<S, Q>>(&self, visitor: V) -> Option<V::Output> {
                match self {
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
    pub fn derive(
        params: &ParamTable,
        derivation: Derivation<'_, Q>,
        errors: &mut ParamErrors,
    ) -> Option<(Self, RefractoryPeriod<S>)> {
        let Derivation { rule, rounding, report } = derivation;
        let mut unheard = |_| ();
        let diagnostics = Diagnostics { report: or_unheard(report, &mut unheard), errors };
        let number = |parameter| params.number(parameter);
        if params.model() == ModelKind::Glif2 {
            let (reset_v_add, reset_v_mul) = (number(Parameter::ResetVAdd), number(Parameter::ResetVMul));
            let reset = LinearResetParams { reset_v_add, reset_v_mul };
            let (neuron, period) = derive(params, &reset, rule, rounding, diagnostics)?;
            Some((Self::reset_linearly(neuron), period))
        } else {
            let reset = FixedResetParams { reset_v: number(Parameter::ResetV) };
            let (neuron, period) = derive(params, &reset, rule, rounding, diagnostics)?;
            Some((Self::reset_to(neuron), period))
        }
    }

    /// Returns the number of threshold components.
    pub fn components(&self) -> usize {
        struct Count;
        impl<S: Quantize, Q: Rounding> Visitor<S, Q> for Count {
            type Output = usize;
            fn visit<R: DeriveReset<S>, const K: usize>(self, _: &Coefficients<S, R, K, Q>) -> usize {
                K
            }
            fn visit_more<R: DeriveReset<S>>(self, neuron: &Multicomponent<S, R, Q>) -> usize {
                neuron.count
            }
        }
        self.visit(Count)
    }

    /// Returns what all variants have in common: the coefficients without components and without a reset.
    pub fn membrane(&self) -> Coefficients<S, (), 0, Q> {
        struct Common;
        impl<S: Quantize, Q: Rounding> Visitor<S, Q> for Common {
            type Output = Coefficients<S, (), 0, Q>;
            fn visit<R: DeriveReset<S>, const K: usize>(self, neuron: &Coefficients<S, R, K, Q>) -> Self::Output {
                let Coefficients { rest, gain, decay, threshold, refractory, rounding, .. } = *neuron;
                let (adaptation_decay, increment) = ([], []);
                Coefficients {
                    rest,
                    gain,
                    decay,
                    threshold,
                    reset: (),
                    refractory,
                    adaptation_decay,
                    increment,
                    rounding,
                }
            }
            fn visit_more<R: DeriveReset<S>>(self, neuron: &Multicomponent<S, R, Q>) -> Self::Output {
                self.visit(&neuron.base)
            }
        }
        self.visit(Common)
    }
}

fn derive<S: Quantize, R: DeriveReset<S>, Q: Rounding>(
    params: &ParamTable,
    own: &R::Params,
    rule: RefractoryRule,
    rounding: Q,
    diagnostics: Diagnostics<'_>,
) -> Option<(Multicomponent<S, R, Q>, RefractoryPeriod<S>)> {
    if let Err(error) = params.check_lists() {
        diagnostics.errors.push(error);
        return None;
    }
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
    let period = places.derive(&Written { source: params, reset: own }, (rule, Q::STALLS), diagnostics)?;
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
    Coefficients { rest, gain, decay, threshold, reset, refractory, adaptation_decay, increment, rounding }
}
