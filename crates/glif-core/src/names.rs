//! Choices that have a name in population files and a number on the wire.

/// Declares an enum whose variants have names.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub enum $name {
            $($(#[$variant_doc])* #[cfg_attr(feature = "serde", serde(rename = $text))] $variant,)*
        }

        impl $name {
            /// All of them, in the order of their numbers on the wire.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name in files.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl $crate::names::Named for $name {
            const WHAT: &'static str = $what;
            const NAMES: &'static [&'static str] = &[$($text),*];

            fn named(name: &str) -> Option<Self> {
                match name {
                    $($text => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}
pub(crate) use named;

/// A choice that files name.
pub trait Named: Sized {
    /// The key that takes it.
    const WHAT: &'static str;
    /// Every name.
    const NAMES: &'static [&'static str];
    /// The one of this name.
    fn named(name: &str) -> Option<Self>;
}

named! {
    /// The four models.
    ModelKind, "model" {
        /// Leaky integrate-and-fire.
        Lif = "lif",
        /// The same under another name.
        Glif1 = "glif1",
        /// Adaptive thresholds.
        Alif = "alif",
        /// Adaptive thresholds and a linear reset.
        Glif2 = "glif2",
    }
}
named! {
    /// The number formats that files and boards name. A program that knows its format takes every width of `fixed`.
    NumberFormat, "scalar" {
        /// IEEE 754 binary32.
        F32 = "f32",
        /// 32 bits, 16 of them fraction: ±16,384 mV in steps of 1.5·10⁻⁵ mV.
        I16F16 = "i16f16",
        /// 32 bits, 20 of them fraction: ±1,024 mV in steps of 9.5·10⁻⁷ mV.
        I12F20 = "i12f20",
        /// 16 bits, 8 of them fraction: ±128 mV in steps of 0.004 mV.
        I8F8 = "i8f8",
        /// 16 bits, 7 of them fraction: ±256 mV in steps of 0.008 mV.
        I9F7 = "i9f7",
        /// IEEE 754 binary64; boards do not take it.
        F64 = "f64",
    }
}
named! {
    /// How decays round in fixed point; floating point rounds to nearest.
    RoundingMode, "rounding" {
        /// To nearest, ties up.
        Nearest = "nearest",
        /// Toward zero.
        Truncate = "truncate",
        /// Up or down with the probability that makes the mean exact.
        Stochastic = "stochastic",
    }
}
named! {
    /// How the threshold updates of a batch become one; boards have no batches.
    BatchReduction, "batch_reduction" {
        /// The mean.
        Mean = "mean",
        /// The sum: multiplies the components by the batch size at every step.
        Sum = "sum",
        /// The greatest.
        Max = "max",
        /// The least.
        Min = "min",
    }
}
