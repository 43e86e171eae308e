//! From a model on the wire to types: the one place that spells out every combination.

use glif_core::neuron::{Linear, To};
use glif_core::rounding::{Chosen, Nearest, Rounding, Stochastic};
use glif_link::model::{CoreParameters, Rounding as WireRounding};
use glif_link::{Capacity, Model, Refusal, Scalar};

use crate::kernel::{Derived, Kernel, Plain};

/// Declares, for each number of components, one kernel that resets to a value and one that resets linearly.
macro_rules! kernels {
    ($($k:literal $to:ident $linear:ident)*) => {
        /// A kernel in scalar `S`.
        // Of its own tag: one that hides in a seed of 64 bits takes a Cortex-M0 long to tell, in every step.
        #[repr(u8)]
        pub(crate) enum Kernels<S: Plain, Q> {
            $($to(Derived<S, To<S>, $k, Q>), $linear(Derived<S, Linear<S>, $k, Q>),)*
        }

        impl<S: Plain, Q: Rounding> Kernels<S, Q> {
            /// The kernel of a model with at most `MOST` components.
            fn derive<const MOST: usize>(model: &Model, rounding: Q) -> Result<Self, Refusal> {
                let rule = model.rule.into();
                match model.components().len() {
                    $($k if $k < MOST + 1 => match model.parameters::<$k>() {
                        Some(CoreParameters::To(parameters)) => Derived::new(&parameters, rule, rounding).map(Self::$to),
                        Some(CoreParameters::Linear(parameters)) => {
                            Derived::new(&parameters, rule, rounding).map(Self::$linear)
                        }
                        None => Err(Refusal::Malformed),
                    },)*
                    count => {
                        let (given, most) = (count as u32, MOST as u32);
                        Err(Refusal::Beyond { capacity: Capacity::Components, given, most })
                    }
                }
            }

            /// The kernel. The condition leaves those with more components out of the program.
            // `<` rather than `<=`, which for 0 says nothing.
            fn get<const MOST: usize>(&self) -> Option<&dyn Kernel> {
                match self {
                    $(Self::$to(kernel) if $k < MOST + 1 => Some(kernel),
                    Self::$linear(kernel) if $k < MOST + 1 => Some(kernel),)*
                    _ => None,
                }
            }
        }
    };
}
kernels!(0 To0 Linear0 1 To1 Linear1 2 To2 Linear2 3 To3 Linear3 4 To4 Linear4 5 To5 Linear5 6 To6 Linear6 7 To7 Linear7 8 To8 Linear8);

/// Declares the scalars that can be left out of a firmware.
macro_rules! scalars {
    ($($feature:literal $scalar:ident $nearest:ident $chosen:ident)*) => {
        /// A kernel in any scalar, with at most `MOST` components.
        #[repr(u8)]
        pub(crate) enum AnyKernel<const MOST: usize> {
            F32(Kernels<f32, Nearest>),
            $(#[cfg(feature = $feature)]
            $nearest(Kernels<fixed::types::$scalar, Nearest>),
            #[cfg(feature = $feature)]
            $chosen(Kernels<fixed::types::$scalar, Chosen>),)*
        }

        /// The scalars of this firmware, as in [`Identity::scalars`](glif_link::Identity::scalars).
        pub(crate) const SCALARS: u8 =
            Scalar::F32.bit() $(| if cfg!(feature = $feature) { Scalar::$scalar.bit() } else { 0 })*;

        impl<const MOST: usize> AnyKernel<MOST> {
            /// The kernel of a model.
            pub(crate) fn derive(model: &Model) -> Result<Self, Refusal> {
                let chosen = match model.rounding {
                    WireRounding::Nearest => None,
                    WireRounding::Truncate => Some(Chosen::Truncate),
                    WireRounding::Stochastic { seed } => Some(Chosen::Stochastic(Stochastic { seed })),
                };
                match (model.scalar, chosen) {
                    (Scalar::F32, None) => Kernels::derive::<MOST>(model, Nearest).map(Self::F32),
                    (Scalar::F32, Some(_)) => Err(Refusal::Rounding),
                    $(#[cfg(feature = $feature)]
                    (Scalar::$scalar, None) => Kernels::derive::<MOST>(model, Nearest).map(Self::$nearest),
                    #[cfg(feature = $feature)]
                    (Scalar::$scalar, Some(chosen)) => Kernels::derive::<MOST>(model, chosen).map(Self::$chosen),)*
                    #[allow(unreachable_patterns, reason = "a firmware may know every scalar")]
                    (scalar, _) => Err(Refusal::Scalar(scalar)),
                }
            }

            /// The kernel itself.
            pub(crate) fn get(&self) -> Option<&dyn Kernel> {
                match self {
                    Self::F32(kernels) => kernels.get::<MOST>(),
                    $(#[cfg(feature = $feature)]
                    Self::$nearest(kernels) => kernels.get::<MOST>(),
                    #[cfg(feature = $feature)]
                    Self::$chosen(kernels) => kernels.get::<MOST>(),)*
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
