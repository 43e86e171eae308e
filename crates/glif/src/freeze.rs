//! Coefficients as Rust source, for `glif freeze`.

use glif_core::derive::DeriveReset;
use glif_core::dynamic::Visitor;
use glif_core::multicomponent::Multicomponent;
use glif_core::rounding::Rounding;
use glif_core::{Coefficients, Quantize};

use crate::kernel::Kernel;

/// The coefficients of a population, each as the Rust expression of its exact value; a struct takes a line a field.
///
/// Fields are those of [`Coefficients`], but for the rounding policy, whose type a description names. Types stand by their
/// last name: `FixedReset`, `LinearReset`, and in fixed point `Gain32`, `Decay16`, `Slope` and the like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrozenCoefficients {
    /// Membrane potential without current, mV.
    pub rest: String,
    /// From nA to mV.
    pub gain: String,
    /// Decay of the membrane in a step.
    pub decay: String,
    /// The threshold without adaptation, mV.
    pub threshold: String,
    /// Where a spike leaves the membrane, mV.
    pub reset: String,
    /// Steps from a spike to the next possible one.
    pub refractory: String,
    /// Decay of each threshold component in a step.
    pub adaptation_decay: Vec<String>,
    /// Growth of each threshold component at a spike, mV.
    pub increment: Vec<String>,
}

impl FrozenCoefficients {
    pub(crate) fn of<M: Kernel>(neuron: &M) -> Self {
        neuron.visit(Expressions)
    }
}

/// Writes the coefficients of a neuron.
struct Expressions;

impl<S: Quantize, Q: Rounding> Visitor<S, Q> for Expressions {
    type Output = FrozenCoefficients;

    fn visit<R: DeriveReset<S>, const K: usize>(self, neuron: &Coefficients<S, R, K, Q>) -> FrozenCoefficients {
        expressions(neuron, &neuron.adaptation_decay, &neuron.increment)
    }

    fn visit_more<R: DeriveReset<S>>(self, neuron: &Multicomponent<S, R, Q>) -> FrozenCoefficients {
        expressions(&neuron.base, neuron.adaptation_decay(), neuron.increment())
    }
}

fn expressions<S: Quantize, R: DeriveReset<S>, const K: usize, Q: Rounding>(
    neuron: &Coefficients<S, R, K, Q>,
    adaptation_decay: &[S::Decay],
    increment: &[S::Accumulator],
) -> FrozenCoefficients {
    FrozenCoefficients {
        rest: expression(&neuron.rest),
        gain: expression(&neuron.gain),
        decay: expression(&neuron.decay),
        threshold: expression(&neuron.threshold),
        reset: expression(&neuron.reset),
        refractory: expression(&neuron.refractory),
        adaptation_decay: adaptation_decay.iter().map(expression).collect(),
        increment: increment.iter().map(expression).collect(),
    }
}

/// What `Debug` prints of a coefficient is its expression: the derived form is Rust's own syntax, and a float is written
/// with the fewest digits that read back as the same bits. The program's tests compile what comes of it, for every
/// model and scalar, and compare bits.
fn expression(value: &impl std::fmt::Debug) -> String {
    // A tuple struct of one value goes on one line.
    format!("{value:#?}").replace("(\n    ", "(").replace(",\n)", ")")
}

#[cfg(test)]
mod tests {
    use crate::Description;

    const LIF: &str = r#"
        model = "lif"
        shape = 3
        scalar = "f32"
        [params]
        step_time = 1.0
        rest_v = -60.0
        reset_v = -65.1
        thresh_v = -50.0
        refrac_t = 2.0
        time_constant = 20.0
    "#;

    #[test]
    fn expressions_are_exact() {
        let float = Description::from_toml(LIF).unwrap().build().unwrap().coefficients();
        assert_eq!(
            (float.rest.as_str(), float.reset.as_str(), float.refractory.as_str()),
            ("-60.0", "FixedReset(-65.1)", "2")
        );
        assert_eq!(float.decay.parse::<f32>().unwrap().to_bits(), ((-1.0_f64 / 20.0).exp() as f32).to_bits());
        let fixed = LIF.replace("f32", "i16f16");
        let fixed = Description::from_toml(&fixed).unwrap().build().unwrap().coefficients();
        // -65.1 · 2¹⁶ to nearest, and (d - 1) · 2³².
        assert_eq!((fixed.rest.as_str(), fixed.reset.as_str()), ("-3932160", "FixedReset(-4266394)"));
        assert_eq!(fixed.decay, "Decay32 {\n    factor: -209468027,\n    keep: -1,\n}");
        assert!(fixed.adaptation_decay.is_empty() && fixed.increment.is_empty());
    }
}
