//! Coefficients of exponential synapses.

use super::synaptic::Synaptic;
use crate::exp::DecayFactor;
use crate::names::Discretization;

/// Returns the decay factor of a step of `step_time` ms with a time constant of `tau` ms, and 1 minus it. Returns `None`
/// if the factor is not in [0, 1): the constants are not positive and finite, or a step of forward Euler is longer
/// than the time constant.
pub fn decay_factor(step_time: f64, tau: f64, discretization: Discretization) -> Option<DecayFactor> {
    let steps = step_time / tau;
    let factor = match discretization {
        _ if !(steps > 0.0 && steps.is_finite()) => return None,
        Discretization::Exact => DecayFactor::of(-steps),
        Discretization::Euler => DecayFactor { value: 1.0 - steps, complement: steps },
    };
    (factor.value >= 0.0 && factor.complement > 0.0).then_some(factor)
}

/// Returns a decay factor in a number format; `None` if it rounds to 1, so that nothing would decay.
pub fn stored_decay<S: Synaptic>(factor: DecayFactor) -> Option<S::OwnDecay> {
    S::decay_factor(factor).map(|decay| S::pack_decay(&decay))
}

/// Returns by how much, in mV, a synaptic current of 1 nA that decays with `tau` ms moves a membrane with the time
/// constant `membrane`, ms, and the resistance `resistance`, MΩ, in a step of `step_time` ms. A membrane that does not
/// leak has an infinite time constant.
///
/// Equation: P = R τ / (τ - τ_m) (exp(-h/τ) - exp(-h/τ_m)), and R h/τ exp(-h/τ) at τ = τ_m. It is evaluated as the
/// greater exponential times a quotient that has no difference of nearly equal numbers. Without a leak, where R is by how
/// much a current of 1 nA moves the membrane in a step, P = R τ/h (1 - exp(-h/τ)).
///
/// Source: Rotter and Diesmann, Biological Cybernetics 81:381 (1999).
///
/// ```
/// use glif_core::network::propagator;
/// let (h, tau, membrane, resistance) = (0.1_f64, 2.0, 10.0, 40.0);
/// let plain = resistance * tau / (tau - membrane) * ((-h / tau).exp() - (-h / membrane).exp());
/// assert!((propagator(h, tau, membrane, resistance) - plain).abs() < 1e-13); // mV
/// // The quotient stays accurate where the plain one divides by nearly nothing.
/// let near = propagator(h, 10.0 + 1e-13, membrane, resistance);
/// assert!((near / propagator(h, 10.0, membrane, resistance) - 1.0).abs() < 1e-13);
/// // A membrane that does not leak.
/// let plain = resistance * tau / h * (1.0 - (-h / tau).exp());
/// assert!((propagator(h, tau, f64::INFINITY, resistance) - plain).abs() < 1e-11);
/// ```
pub fn propagator(step_time: f64, tau: f64, membrane: f64, resistance: f64) -> f64 {
    if membrane == f64::INFINITY {
        return integrator(step_time, tau, resistance);
    }
    let (own, of_membrane) = (step_time / tau, step_time / membrane);
    let apart = (own - of_membrane).abs();
    let share = if apart > 0.0 { DecayFactor::of(-apart).complement / apart } else { 1.0 };
    resistance * of_membrane * DecayFactor::of(-own.min(of_membrane)).value * share
}

/// Returns by how much, in mV, a synaptic current of 1 nA moves a membrane that does not leak: its mean over the step,
/// times the resistance `resistance`, MΩ. A constant current of 1 nA moves the membrane by R.
fn integrator(step_time: f64, tau: f64, resistance: f64) -> f64 {
    let steps = step_time / tau;
    resistance * DecayFactor::of(-steps).complement / steps
}

#[cfg(test)]
mod tests {
    use fixed::types::I8F8;

    use super::*;

    #[test]
    fn factors_outside_their_range_are_refused() {
        for (step_time, tau) in [(1.0, 0.0), (1.0, -1.0), (1.0, f64::NAN), (1.0, f64::INFINITY), (0.0, 1.0)] {
            for discretization in [Discretization::Exact, Discretization::Euler] {
                assert!(decay_factor(step_time, tau, discretization).is_none(), "{step_time} {tau}");
            }
        }
        assert!(decay_factor(2.0, 1.0, Discretization::Euler).is_none());
        assert_eq!(decay_factor(1.0, 1.0, Discretization::Euler).map(|factor| factor.value), Some(0.0));
        let slow = decay_factor(1e-9, 1e9, Discretization::Exact).unwrap();
        assert!(stored_decay::<I8F8>(slow).is_none() && stored_decay::<f64>(slow).is_some());
    }
}
