//! What a graph does not say.

use glif_core::spec::{Discretization, NumberFormat};

/// What a graph does not say and an import must know.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Options {
    /// Length of a step, ms. A graph does what it was trained for only with the step that it was trained with.
    pub step_time: f64,
    /// How a time constant becomes the decay factor of a step. Norse, snnTorch and spikingjelly step by forward Euler.
    pub discretization: Discretization,
    /// What a spike does to the membrane.
    pub reset: Reset,
    /// What an input of 1 adds to the membrane of IF.
    pub if_input: IfInput,
    /// Number format of the network.
    pub scalar: NumberFormat,
    /// How weights are stored; by default as floats in floating point, and in 16 bits in fixed point.
    pub weights: Option<WeightChoice>,
    /// What shares the scale of weights in 8 or 16 bits; by default chosen for each projection.
    pub scales: Option<ScaleChoice>,
}

impl Options {
    /// Returns the defaults for a step of `step_time` ms: forward Euler, a reset to `v_reset`, r for each input of IF, and f32.
    pub fn new(step_time: f64) -> Self {
        Self {
            step_time,
            discretization: Discretization::Euler,
            reset: Reset::Zero,
            if_input: IfInput::Step,
            scalar: NumberFormat::F32,
            weights: None,
            scales: None,
        }
    }
}

/// Declares a choice with the names of its values.
macro_rules! choice {
    ($(#[$doc:meta])* $type:ident: $($(#[$of:meta])* $variant:ident = $name:literal),*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $type { $($(#[$of])* $variant),* }

        impl $type {
            /// All values.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

choice! {
    /// What a spike does to the membrane.
    Reset:
    /// Sets it to `v_reset`, which is 0 where a file has none.
    Zero = "zero",
    /// Takes `v_threshold` off.
    Subtract = "subtract"
}

choice! {
    /// What an input of 1 adds to the membrane of IF.
    IfInput:
    /// r, as in sinabs, Norse and snnTorch.
    Step = "step",
    /// r times the step in s, as the equation says, and as in spikingjelly.
    Time = "time"
}

choice! {
    /// How weights are stored.
    WeightChoice:
    /// As floats; only in floating point.
    Float = "float",
    /// In 8 bits, with [scales](ScaleChoice).
    I8 = "i8",
    /// In 16 bits, with scales.
    I16 = "i16"
}

choice! {
    /// What shares the value of a unit of integer weights.
    ScaleChoice:
    /// All weights of a projection.
    Projection = "projection",
    /// The weights of a target; those of a channel of targets where they are a kernel.
    Target = "target"
}
