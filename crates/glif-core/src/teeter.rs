//! Components of the GLIF family in the dialects of NEST and AllenSDK: threshold components, after-spike currents,
//! and a threshold that follows the membrane.
//!
//! A step of a neuron that is not refractory evaluates these equations in this order. In the refractory period
//! nothing changes but the count.
//!
//! ```text
//! i     = I + (w₁ J₁ + ... + w_A J_A)         J before its decay
//! ext   = R · i;   x = (v - rest) - ext;   nv = rest + x · d + ext
//! θ_k   = θ_k · d_k
//! θ_v   = θ_v · e + gain · x + drive · ext
//! Θ     = threshold + (θ₁ + ... + θ_K) + θ_v
//! J_j   = J_j · d_j
//! spike = nv > Θ
//! on a spike: v = reset(v before the step in NEST, nv in AllenSDK)
//!             θ_k = θ_k · retain_k + increment_k;   J_j = J_j · retain_j + amplitude_j
//! ```
//!
//! The dialects differ only in coefficients and in the potential that is reset. NEST's membrane decays
//! exponentially, and w is the mean of a current over a step. AllenSDK's membrane makes a step of forward Euler,
//! and w is 1. `retain` has the decay of the refractory period.
//!
//! Source: Teeter et al., Nature Communications 9:709 (2018); `glif_psc.cpp` of NEST 3.10; `glif_neuron.py` and
//! `glif_neuron_methods.py` of AllenSDK 2.16.2.

mod places;

pub(crate) use places::{SpikePlaces, TeeterParts};

use crate::neuron::{Coefficients, Options, Outcome, Reset, sealed};
use crate::parameter::ComponentCounts;
use crate::params::MOST_COMPONENTS;
use crate::rounding::{Nearest, Rounding, RoundingBias};
use crate::scalar::Scalar;

/// Number of the product that decays a threshold voltage among the products of a step, beyond those of any
/// component.
const VOLTAGE_SITE: u32 = 0xff;

/// Dialect of NEST or AllenSDK: K components, of which the first raise the threshold, the next A are after-spike
/// currents, and the last V (0 or 1) follow the membrane.
///
/// The neuron always takes the default [`StepOptions`](crate::StepOptions), because NEST and AllenSDK have no
/// other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Teeter<S: Scalar, const K: usize, const A: usize, const V: usize = 0> {
    /// Share of each component that a spike retains. A threshold voltage does not use its share.
    pub retain: [S::Slope; K],
    /// Weight of each after-spike current in the current of a step, at most 1.
    pub weight: [S::Decay; A],
    /// Coefficients of the threshold voltage.
    pub voltage: [ThresholdVoltage<S>; V],
    /// Whether a spike resets the membrane from its potential before the step, as NEST does.
    pub resets_from_before: bool,
}

/// Coefficients of a threshold voltage θ_v: the part of the threshold that follows the membrane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThresholdVoltage<S: Scalar> {
    /// Decay factor of θ_v per step.
    pub decay: S::Decay,
    /// Factor of the membrane's distance from its steady state.
    pub gain: S::Slope,
    /// Factor of R·i.
    pub drive: S::Slope,
}

impl<S: Scalar> ThresholdVoltage<S> {
    pub(crate) const BLANK: Self = Self { decay: S::BLANK.1, gain: S::BLANK.2, drive: S::BLANK.2 };

    /// Returns θ_v after a step.
    #[inline(always)]
    pub(crate) fn follow(
        &self,
        voltage: S::Accumulator,
        x: S::Accumulator,
        ext: S::Accumulator,
        draw: impl RoundingBias,
    ) -> S::Accumulator {
        let limit = S::limit(MOST_COMPONENTS);
        let voltage = S::decay(voltage, &self.decay, draw, VOLTAGE_SITE);
        let voltage = S::bounded_sum(voltage, S::scale(x, &self.gain), limit);
        S::bounded_sum(voltage, S::scale(ext, &self.drive), limit)
    }
}

/// Returns a component after its decay of one step. `k` is its number among all components.
#[inline(always)]
pub(crate) fn decayed<S: Scalar>(component: S, decay: &S::Decay, draw: impl RoundingBias, k: usize) -> S::Accumulator {
    // The first product of a step is the membrane's.
    S::decay(component.to_accumulator(), decay, draw, 1 + k as u32)
}

/// Returns a component after a spike.
#[inline(always)]
pub(crate) fn spiked<S: Scalar>(
    component: S::Accumulator,
    retain: &S::Slope,
    increment: &S::Accumulator,
    limit: S::Accumulator,
) -> S::Accumulator {
    S::saturating_add(S::scale(component, retain), *increment, limit)
}

/// Returns what an after-spike current adds to the current of a step.
#[inline(always)]
pub(crate) fn weighted<S: Scalar>(current: S, weight: &S::Decay) -> S::Accumulator {
    S::decay(current.to_accumulator(), weight, Nearest, 0)
}

#[expect(clippy::needless_range_loop, reason = "an index is that of several arrays")]
impl<S: Scalar, const K: usize, const A: usize, const V: usize> sealed::Dynamics<S, K> for Teeter<S, K, A, V> {
    const BLANK: Self = Self {
        retain: [S::BLANK.2; K],
        weight: [S::BLANK.1; A],
        voltage: [ThresholdVoltage::BLANK; V],
        resets_from_before: false,
    };
    const COUNTS: ComponentCounts = {
        assert!(V == 0 || K <= MOST_COMPONENTS, "a neuron with a threshold voltage has at most 8 components");
        assert!(V <= 1 && A + V <= K, "the currents and the threshold voltage are among the components");
        ComponentCounts { thresholds: K - A - V, currents: A, voltages: V }
    };
    const FOLLOWS: bool = V > 0;
    const CHANGES: bool = true;
    const PHASED: bool = false;

    fn parts(&self) -> Option<TeeterParts<'_, S>> {
        let Self { retain, weight, voltage, .. } = self;
        Some(TeeterParts { retain, weight, voltage: voltage.first() })
    }

    fn places(&mut self) -> Option<SpikePlaces<'_, S>> {
        let Self { retain, weight, voltage, resets_from_before } = self;
        Some(SpikePlaces { counts: Self::COUNTS, retain, weight, voltage: voltage.first_mut(), resets_from_before })
    }

    #[inline(always)]
    fn current(&self, components: [&S; K], current: S) -> S {
        let mut sum = None;
        for a in 0..A {
            let term = weighted(*components[Self::COUNTS.thresholds + a], &self.weight[a]);
            sum = Some(sum.map_or(term, |sum| sum + term));
        }
        sum.map_or(current, |sum| current.add_current(sum))
    }

    #[inline(always)]
    fn threshold<R: Reset<S>, Q: Rounding>(
        neuron: &Coefficients<S, R, K, Q, Self>,
        level: &S::Accumulator,
        components: [&mut S; K],
        x: S::Accumulator,
        ext: S::Accumulator,
        draw: Q::Bias,
    ) -> S::Accumulator {
        let mut sum = None;
        for k in 0..Self::COUNTS.thresholds {
            let theta = decayed(*components[k], &neuron.adaptation_decay[k], draw, k);
            *components[k] = S::from_accumulator(theta);
            sum = Some(sum.map_or(theta, |sum| sum + theta));
        }
        let mut level = sum.map_or(*level, |sum| *level + sum);
        for v in 0..V {
            let component = &mut *components[K - V + v];
            let voltage = neuron.dynamics.voltage[v].follow(component.to_accumulator(), x, ext, draw);
            *component = S::from_accumulator(voltage);
            level = level + voltage;
        }
        level
    }

    #[inline(always)]
    fn crosses(v: S::Accumulator, threshold: S::Accumulator) -> bool {
        v > threshold
    }

    #[inline(always)]
    fn fires_at(&self, before: S::Accumulator, after: S::Accumulator) -> S::Accumulator {
        if self.resets_from_before { before } else { after }
    }

    #[inline(always)]
    fn adapt<R: Reset<S>, Q: Rounding>(
        neuron: &Coefficients<S, R, K, Q, Self>,
        components: [&mut S; K],
        outcome: Outcome,
        _: impl Options,
        draw: Q::Bias,
    ) {
        if outcome == Outcome::Waits {
            return;
        }
        for k in Self::COUNTS.thresholds..K - V {
            *components[k] = S::from_accumulator(decayed(*components[k], &neuron.adaptation_decay[k], draw, k));
        }
        if outcome == Outcome::Fires {
            for k in 0..K - V {
                let (retain, increment) = (&neuron.dynamics.retain[k], &neuron.increment[k]);
                let component = components[k].to_accumulator();
                *components[k] = S::from_accumulator(spiked::<S>(component, retain, increment, S::limit(K)));
            }
        }
    }
}
