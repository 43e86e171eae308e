//! Selects types by the number format and rounding mode of a description, among a firmware's formats.

use glif_core::DynCoefficients;
use glif_core::rounding::{DynRounding, Nearest, Rounding};
use glif_core::spec::NumberFormat;
use glif_link::model::bit;
use glif_link::{Model, RequestError};

use crate::kernel::{Derived, Kernel, Plain, SMALL, Step, is_usual};

/// Rounding to nearest as the walks of a known number of components have it. A node without these has one type for all
/// rounding modes.
#[cfg(not(feature = "compact"))]
type InLine = Nearest;
#[cfg(feature = "compact")]
type InLine = DynRounding;

/// Declares the scalars that a firmware can be built without.
macro_rules! scalars {
    ($($feature:literal $scalar:ident $nearest:ident $chosen:ident)*) => {
        /// A kernel in any scalar, with at most `MOST` components.
        #[derive(Clone, Copy)]
        #[repr(u8)]
        pub(crate) enum AnyKernel<const MOST: usize> {
            F32(Derived<f32, InLine, MOST>),
            $(#[cfg(feature = $feature)]
            $nearest(Derived<fixed::types::$scalar, InLine, MOST>),
            #[cfg(feature = $feature)]
            $chosen(Derived<fixed::types::$scalar, DynRounding, MOST>),)*
        }

        /// The scalars of this firmware, as in [`Identity::scalars`](glif_link::Identity::scalars).
        pub(crate) const SCALARS: u8 =
            bit(NumberFormat::F32) $(| if cfg!(feature = $feature) { bit(NumberFormat::$scalar) } else { 0 })*;

        impl<const MOST: usize> AnyKernel<MOST> {
            /// Derives the kernel of a description, in its place: a second one would take stack.
            pub(crate) fn derive(model: &Model, to: &mut Option<Self>) -> Result<(), RequestError> {
                Self::derive_in(model, false, to)
            }

            /// Derives the kernel of a population of a network, in its place.
            pub(crate) fn derive_member(model: &Model, to: &mut Option<Self>) -> Result<(), RequestError> {
                Self::derive_in(model, true, to)
            }

            /// Derives the kernel of a population, which may be in a network.
            fn derive_in(model: &Model, network: bool, to: &mut Option<Self>) -> Result<(), RequestError> {
                // Neurons with their own parameters have one walk for all rounding modes, and so have those that step as
                // they do. On a small core, many others use it too: each walk takes kilobytes.
                let spec = &model.spec;
                let has_levels = DynCoefficients::<fixed::types::I16F16, Nearest>::has_levels;
                let levels = SMALL && (has_levels(&spec.params) || !is_usual(spec));
                let own = levels || network || !model.own.is_empty() || spec.steps_as_own();
                let nearest = own.then_some(DynRounding::Nearest);
                let chosen = model.spec.chosen();
                if model.spec.scalar == NumberFormat::F32 && chosen.is_some() {
                    return Err(RequestError::Rounding);
                }
                match (model.spec.scalar, chosen.or(nearest)) {
                    (NumberFormat::F32, _) => Self::wrap(model, InLine::default(), network, to, Self::F32),
                    $(#[cfg(feature = $feature)]
                    (NumberFormat::$scalar, None) => Self::wrap(model, InLine::default(), network, to, Self::$nearest),
                    #[cfg(feature = $feature)]
                    (NumberFormat::$scalar, Some(chosen)) => Self::wrap(model, chosen, network, to, Self::$chosen),)*
                    (scalar, _) => Err(RequestError::Scalar(scalar)),
                }
            }

            /// Derives a kernel of known types.
            // Not inlined, as one stack frame would otherwise hold a kernel of every type.
            #[inline(never)]
            fn wrap<S: Plain, Q: Rounding>(
                model: &Model,
                rounding: Q,
                levels: bool,
                to: &mut Option<Self>,
                variant: impl FnOnce(Derived<S, Q, MOST>) -> Self,
            ) -> Result<(), RequestError> {
                Derived::derive(model, rounding, levels, |kernel| *to = Some(variant(kernel)))
            }

            /// Returns the bit of the number format.
            pub(crate) fn format(&self) -> u8 {
                match self {
                    Self::F32(_) => bit(NumberFormat::F32),
                    $(#[cfg(feature = $feature)]
                    Self::$nearest(_) | Self::$chosen(_) => bit(NumberFormat::$scalar),)*
                }
            }

            /// Whether the number format is f32.
            pub(crate) fn is_f32(&self) -> bool {
                matches!(self, Self::F32(_))
            }

            /// Does one step.
            // Not through the trait, which would add one more call to every step.
            #[inline(always)]
            pub(crate) fn step<const WORDS: usize>(&self, step: Step<'_, '_, WORDS, MOST>) {
                match self {
                    Self::F32(kernel) => kernel.step(step),
                    $(#[cfg(feature = $feature)]
                    Self::$nearest(kernel) => kernel.step(step),
                    #[cfg(feature = $feature)]
                    Self::$chosen(kernel) => kernel.step(step),)*
                }
            }

            /// Returns the operations of the kernel other than the step.
            pub(crate) fn get(&self) -> &dyn Kernel {
                match self {
                    Self::F32(kernel) => kernel,
                    $(#[cfg(feature = $feature)]
                    Self::$nearest(kernel) => kernel,
                    #[cfg(feature = $feature)]
                    Self::$chosen(kernel) => kernel,)*
                }
            }
        }
    };
}
scalars! {
    "i16f16" I16F16 I16F16Nearest I16F16Chosen
    "i12f20" I12F20 I12F20Nearest I12F20Chosen
    "i8f8" I8F8 I8F8Nearest I8F8Chosen
    "i9f7" I9F7 I9F7Nearest I9F7Chosen
}
