//! A neuron whose reset and number of threshold components are known at run time. Up to two components have a type for each number;
//! more share [`Multicomponent`]. Population files and boards take it; a program that knows its model takes [`Neuron`] itself.

use crate::derive::{DeriveReset, Ledger, Membrane, Places, Quantised, Representation};
use crate::error::ParamErrors;
use crate::multicomponent::Multicomponent;
use crate::neuron::{Linear, Neuron, To};
use crate::params::{Beside, Component, DynParameters, DynReset, MOST_COMPONENTS};
use crate::refractory::{Period, Rule};
use crate::rounding::Rounding;
use crate::scalar::Scalar;

/// Work on a neuron of any reset and any number of components, compiled for each.
///
/// ```
/// use glif_core::derive::DeriveReset;
/// use glif_core::dynamic::{DynNeuron, Visitor};
/// use glif_core::multicomponent::Multicomponent;
/// use glif_core::{DynParameters, Lif, LifParams, Nearest, Neuron, ParamErrors, Parameters, Rule};
///
/// /// The threshold that so much adaptation in each component makes, mV.
/// struct Raised(f64);
/// impl Visitor<f64, Nearest> for Raised {
///     type Output = f64;
///     fn visit<R: DeriveReset<f64>, const K: usize>(self, neuron: &Neuron<f64, R, K>) -> f64 {
///         neuron.threshold + K as f64 * self.0
///     }
///     fn visit_more<R: DeriveReset<f64>>(self, neuron: &Multicomponent<f64, R, Nearest>) -> f64 {
///         neuron.base.threshold + neuron.components() as f64 * self.0
///     }
/// }
/// let params = LifParams {
///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
/// };
/// // A typed neuron is visited by a call; one that was described when the program runs finds its type first.
/// assert_eq!(Raised(1.5).visit(&Lif::<f64>::derive(params, Rule::Inferno)?), -50.0);
/// let (described, mut errors) = (DynParameters::from(Parameters::from(params)), ParamErrors::new());
/// let derived = DynNeuron::<f64, _>::derive(&described, Rule::Inferno, Nearest, &mut |_| (), &mut errors);
/// assert_eq!(derived.map(|(neuron, _)| neuron.visit(Raised(1.5))), Some(-50.0));
/// # Ok::<(), ParamErrors>(())
/// ```
pub trait Visitor<S: Representation, Q: Rounding> {
    /// What comes of it.
    type Output;
    /// Does it to a neuron with at most two components.
    fn visit<R: DeriveReset<S>, const K: usize>(self, neuron: &Neuron<S, R, K, Q>) -> Self::Output;
    /// Does it to a neuron with more.
    fn visit_more<R: DeriveReset<S>>(self, neuron: &Multicomponent<S, R, Q>) -> Self::Output;
}

/// Declares, for each number of components, one neuron that resets to a value and one that resets linearly.
macro_rules! neurons {
    ($($k:literal $to:ident $linear:ident)*) => {
        /// The coefficients of a neuron of any of the four models, with at most [`MOST_COMPONENTS`] threshold components.
        ///
        /// ```
        /// use glif_core::dynamic::{DynNeuron, Visitor};
        /// use glif_core::derive::DeriveReset;
        /// use glif_core::multicomponent::Multicomponent;
        /// use glif_core::params::{Component, DynReset, Names, Rate, ResetTo};
        /// use glif_core::{DynParameters, Nearest, Neuron, ParamErrors, Rule};
        ///
        /// let parameters = DynParameters {
        ///     names: Names::Adaptive, step_time: 1.0, rest_v: -60.0, threshold: -50.0, refrac_t: 2.0, time_constant: 20.0,
        ///     resistance: 1.0, reset: DynReset::To(ResetTo { reset_v: -65.0 }),
        ///     components: [Component { rate: Rate::TimeConstant(100.0), increment: 2.0 }].into_iter().collect(),
        /// };
        /// let mut errors = ParamErrors::new();
        /// let derived = DynNeuron::<f32, _>::derive(&parameters, Rule::Inferno, Nearest, &mut |_| (), &mut errors);
        /// let (neuron, period) = derived.unwrap();
        /// assert_eq!((neuron.components(), period.count()), (1, 2));
        ///
        /// /// What a spike adds to the threshold, mV.
        /// struct Growth;
        /// impl Visitor<f32, Nearest> for Growth {
        ///     type Output = f32;
        ///     fn visit<R: DeriveReset<f32>, const K: usize>(self, neuron: &Neuron<f32, R, K>) -> f32 {
        ///         neuron.increment.iter().sum()
        ///     }
        ///     fn visit_more<R: DeriveReset<f32>>(self, neuron: &Multicomponent<f32, R, Nearest>) -> f32 {
        ///         neuron.increment().iter().sum()
        ///     }
        /// }
        /// assert_eq!(neuron.visit(Growth), 2.0);
        /// ```
        // Of its own tag: one that hides in a seed of 64 bits takes a Cortex-M0 long to tell, in every step.
        #[derive(Debug, Clone, Copy, PartialEq)]
        #[repr(u8)]
        #[expect(missing_docs, reason = "each is its reset and its number of components")]
        pub enum DynNeuron<S: Scalar, Q> {
            $($to(Neuron<S, To<S>, $k, Q>), $linear(Neuron<S, Linear<S>, $k, Q>),)*
            To(Multicomponent<S, To<S>, Q>),
            Linear(Multicomponent<S, Linear<S>, Q>),
        }

        /// The most components that have a type of their own.
        const TYPED: usize = [$($k),*].len() - 1;

        impl<S: Representation, Q: Rounding> DynNeuron<S, Q> {
            /// Does what `visitor` does to a neuron of this reset and this number of components.
            #[inline(always)]
            pub fn visit<V: Visitor<S, Q>>(&self, visitor: V) -> V::Output {
                match self {
                    $(Self::$to(neuron) => visitor.visit(neuron), Self::$linear(neuron) => visitor.visit(neuron),)*
                    Self::To(neuron) => visitor.visit_more(neuron),
                    Self::Linear(neuron) => visitor.visit_more(neuron),
                }
            }

            /// The same for neurons of at most `MOST` components; `None` for others. They are left out of the program.
            // `<` rather than `<=`, which for 0 says nothing.
            #[inline(always)]
            pub fn visit_up_to<const MOST: usize, V: Visitor<S, Q>>(&self, visitor: V) -> Option<V::Output> {
                match self {
                    $(Self::$to(neuron) if $k < MOST + 1 => Some(visitor.visit(neuron)),
                    Self::$linear(neuron) if $k < MOST + 1 => Some(visitor.visit(neuron)),)*
                    Self::To(neuron) if neuron.count <= MOST && MOST > TYPED => Some(visitor.visit_more(neuron)),
                    Self::Linear(neuron) if neuron.count <= MOST && MOST > TYPED => Some(visitor.visit_more(neuron)),
                    _ => None,
                }
            }

            fn reset_to(derived: Multicomponent<S, To<S>, Q>) -> Self {
                match derived.count {
                    $($k => Self::$to(typed(&derived)),)*
                    _ => Self::To(derived),
                }
            }

            fn reset_linearly(derived: Multicomponent<S, Linear<S>, Q>) -> Self {
                match derived.count {
                    $($k => Self::$linear(typed(&derived)),)*
                    _ => Self::Linear(derived),
                }
            }
        }
    };
}
neurons!(0 To0 Linear0 1 To1 Linear1 2 To2 Linear2);

impl<S: Representation, Q: Rounding> DynNeuron<S, Q> {
    /// Coefficients from parameters, and the refractory period; `None` if anything is wrong, which `errors` then lists. Each line of the
    /// quantisation report is handed to `report` on the way.
    pub fn derive(
        p: &DynParameters,
        rule: Rule,
        rounding: Q,
        report: &mut dyn FnMut(Quantised),
        errors: &mut ParamErrors,
    ) -> Option<(Self, Period<S>)> {
        let ledger = Ledger { report, errors };
        match &p.reset {
            DynReset::To(reset) => {
                let (neuron, period) = derive((p.beside().with_reset(reset), &p.components), rule, rounding, ledger)?;
                Some((Self::reset_to(neuron), period))
            }
            DynReset::Linear(reset) => {
                let (neuron, period) = derive((p.beside().with_reset(reset), &p.components), rule, rounding, ledger)?;
                Some((Self::reset_linearly(neuron), period))
            }
        }
    }

    /// Threshold components.
    pub fn components(&self) -> usize {
        struct Count;
        impl<S: Representation, Q: Rounding> Visitor<S, Q> for Count {
            type Output = usize;
            fn visit<R: DeriveReset<S>, const K: usize>(self, _: &Neuron<S, R, K, Q>) -> usize {
                K
            }
            fn visit_more<R: DeriveReset<S>>(self, neuron: &Multicomponent<S, R, Q>) -> usize {
                neuron.count
            }
        }
        self.visit(Count)
    }

    /// The same without components and without a reset: what all variants have in common.
    pub fn membrane(&self) -> Neuron<S, (), 0, Q> {
        struct Common;
        impl<S: Representation, Q: Rounding> Visitor<S, Q> for Common {
            type Output = Neuron<S, (), 0, Q>;
            fn visit<R: DeriveReset<S>, const K: usize>(self, neuron: &Neuron<S, R, K, Q>) -> Self::Output {
                let Neuron { rest, gain, decay, threshold, refractory, rounding, .. } = *neuron;
                let (adaptation_decay, increment) = ([], []);
                Neuron { rest, gain, decay, threshold, reset: (), refractory, adaptation_decay, increment, rounding }
            }
            fn visit_more<R: DeriveReset<S>>(self, neuron: &Multicomponent<S, R, Q>) -> Self::Output {
                self.visit(&neuron.base)
            }
        }
        self.visit(Common)
    }
}

fn derive<S: Representation, R: DeriveReset<S>, Q: Rounding>(
    (p, components): (Beside<'_, R::Params>, &[Component]),
    rule: Rule,
    rounding: Q,
    ledger: Ledger<'_>,
) -> Option<(Multicomponent<S, R, Q>, Period<S>)> {
    let (_, blank, _) = S::BLANK;
    let mut derived = Multicomponent {
        base: Neuron::blank(rounding),
        count: components.len(),
        adaptation_decay: [blank; MOST_COMPONENTS],
        increment: [S::ZERO; MOST_COMPONENTS],
    };
    let Neuron { rest, gain, decay, threshold, reset, refractory, .. } = &mut derived.base;
    let mut places = Places {
        membrane: Membrane { rest, gain, decay, threshold, reset },
        refractory,
        adaptation_decay: &mut derived.adaptation_decay,
        increment: &mut derived.increment,
    };
    let period = places.derive((&p, components), (rule, Q::STALLS), ledger)?;
    Some((derived, period))
}

/// With K components: the first K, which are all of them.
fn typed<S: Representation, R: DeriveReset<S>, Q: Rounding, const K: usize>(
    derived: &Multicomponent<S, R, Q>,
) -> Neuron<S, R, K, Q> {
    let Neuron { rest, gain, decay, threshold, reset, refractory, rounding, .. } = derived.base;
    let (_, blank, _) = S::BLANK;
    let adaptation_decay = core::array::from_fn(|k| derived.adaptation_decay.get(k).copied().unwrap_or(blank));
    let increment = core::array::from_fn(|k| derived.increment.get(k).copied().unwrap_or(S::ZERO));
    Neuron { rest, gain, decay, threshold, reset, refractory, adaptation_decay, increment, rounding }
}
