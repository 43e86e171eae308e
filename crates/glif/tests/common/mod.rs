//! The neurons that most tests step.

use glif::{AlifParams, LifParams};

pub(crate) const LIF: LifParams = LifParams {
    step_time: 1.0,
    rest_v: -60.0,
    reset_v: -65.0,
    thresh_v: -50.0,
    refrac_t: 2.0,
    time_constant: 20.0,
    resistance: 1.0,
};

/// The same neuron with threshold components of these time constants (ms) and increments (mV).
pub(crate) const fn alif<const K: usize>(tc_adaptation: [f64; K], spike_increment: [f64; K]) -> AlifParams<K> {
    AlifParams {
        step_time: LIF.step_time,
        rest_v: LIF.rest_v,
        reset_v: LIF.reset_v,
        thresh_eq_v: LIF.thresh_v,
        refrac_t: LIF.refrac_t,
        tc_membrane: LIF.time_constant,
        tc_adaptation,
        spike_increment,
        resistance: LIF.resistance,
    }
}
