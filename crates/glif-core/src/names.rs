//! Choices that have a name in population files and a number on the link.

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
            /// All variants, in the order of their numbers on the link.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the name in files.
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

/// A choice that files refer to by name.
pub trait Named: Sized {
    /// Key whose value is this choice.
    const WHAT: &'static str;
    /// All names.
    const NAMES: &'static [&'static str];
    /// Returns the choice with this name.
    fn named(name: &str) -> Option<Self>;
}

named! {
    /// Neuron model.
    ModelKind, "model" {
        /// Leaky integrate-and-fire.
        Lif = "lif",
        /// LIF under another name.
        Glif1 = "glif1",
        /// Adaptive thresholds.
        Alif = "alif",
        /// Adaptive thresholds and a linear reset.
        Glif2 = "glif2",
        /// After-spike currents.
        Glif3 = "glif3",
        /// Adaptive thresholds, a linear reset and after-spike currents.
        Glif4 = "glif4",
        /// GLIF4 with a threshold that follows the membrane.
        Glif5 = "glif5",
        /// Leaky integrator, which has no threshold.
        Li = "li",
        /// Integrate-and-fire without a leak.
        If = "if",
    }
}
named! {
    /// Simulator whose conventions a model follows: how it integrates, and what a spike does.
    #[derive(Default)]
    Dialect, "dialect" {
        /// Inferno.
        #[default]
        Inferno = "inferno",
        /// NEST's `glif_psc`.
        Nest = "nest",
        /// AllenSDK's `GlifNeuron`.
        Allen = "allen",
    }
}
impl Dialect {
    /// Returns how the membrane decays in the dialect, unless a population chooses in that of Inferno.
    pub const fn discretization(self) -> Discretization {
        match self {
            Self::Inferno | Self::Nest => Discretization::Exact,
            Self::Allen => Discretization::Euler,
        }
    }

    /// Returns how the dialect compares a membrane with the threshold, unless a population chooses in that of Inferno.
    pub const fn threshold_test(self) -> ThresholdTest {
        match self {
            Self::Inferno => ThresholdTest::AtLeast,
            Self::Nest | Self::Allen => ThresholdTest::Above,
        }
    }
}

named! {
    /// How a continuous decay becomes a factor of a step.
    #[derive(Default)]
    Discretization, "discretization" {
        /// The exact factor, exp(-h/τ).
        #[default]
        Exact = "exact",
        /// Forward Euler's factor, 1 - h/τ.
        Euler = "euler",
    }
}
named! {
    /// How a membrane is compared with the threshold.
    #[derive(Default)]
    ThresholdTest, "threshold_test" {
        /// A spike is at the threshold or above it.
        #[default]
        AtLeast = ">=",
        /// A spike is above the threshold.
        Above = ">",
    }
}
named! {
    /// Number format that files and boards can name. A program that knows its format can use every width of `fixed`.
    NumberFormat, "scalar" {
        /// IEEE 754 binary32.
        F32 = "f32",
        /// 32 bits with 16 fraction bits: ±16,384 mV in steps of 1.5·10⁻⁵ mV.
        I16F16 = "i16f16",
        /// 32 bits with 20 fraction bits: ±1,024 mV in steps of 9.5·10⁻⁷ mV.
        I12F20 = "i12f20",
        /// 16 bits with 8 fraction bits: ±128 mV in steps of 0.004 mV.
        I8F8 = "i8f8",
        /// 16 bits with 7 fraction bits: ±256 mV in steps of 0.008 mV.
        I9F7 = "i9f7",
        /// IEEE 754 binary64; boards do not accept it.
        F64 = "f64",
    }
}
named! {
    /// Rounding mode of decays in fixed point; floating point rounds to nearest.
    RoundingMode, "rounding" {
        /// To nearest, ties up.
        Nearest = "nearest",
        /// Toward zero.
        Truncate = "truncate",
        /// Up or down, with the probability that makes the mean exact.
        Stochastic = "stochastic",
    }
}
named! {
    /// Reduction of the threshold updates of a batch to one; boards have no batches.
    BatchReduction, "batch_reduction" {
        /// The mean.
        Mean = "mean",
        /// The sum, which multiplies the components by the batch size in every step.
        Sum = "sum",
        /// The greatest.
        Max = "max",
        /// The least.
        Min = "min",
    }
}
