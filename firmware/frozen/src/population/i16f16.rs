// Frozen by `glif freeze` from `frozen.toml`: change that, and freeze again.
// Needs the crate glif-core 0.1.0.
//
// model alif, 32 neurons, in i16f16
// refractory = inferno, rounding = nearest
//
// step_time = 1 ms
// rest_v = -60 mV
// reset_v = -65 mV
// thresh_eq_v = -50 mV
// refrac_t = 3 ms
// tc_membrane = 20 ms
// tc_adaptation = [40.0, 400.0] ms
// spike_increment = [1.5, 0.5] mV
// resistance = 1 MΩ

use glif_core::fixed::types::I16F16;
use glif_core::fixed_point::{Decay32, Gain32};
use glif_core::neuron::FixedReset;
use glif_core::{Coefficients, Inferno, Nearest, PopulationState, Refractory, StepOptions};

/// How many neurons there are: shape [32] in C order.
pub const NEURONS: usize = 32;

/// The model.
pub type Model = Coefficients<I16F16, FixedReset<I16F16>, 2, Nearest>;

/// What changes from step to step.
pub type Arrays = PopulationState<I16F16, 2, NEURONS>;

/// The coefficients. A step under currents in nA, one for each neuron, is
///
/// ```text
/// // In a `static`, as a stack may be too small for it; here with the crate static_cell.
/// static STATE: ConstStaticCell<Arrays> = ConstStaticCell::new(AT_REST);
/// let state = STATE.take(); // once
/// let mut spikes = [0; NEURONS.div_ceil(32)]; // bit i % 32 of word i / 32: neuron i has fired
/// let at = glif_core::RngCounter { step, neuron: 0 }; // `step` counts from 0, a u64
/// NEURON.run(state.as_mut(), &currents, FLAGS, at, &mut spikes)?;
/// ```
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub const NEURON: Model = Coefficients {
    // rest_v = -60 mV
    rest: -3932160,
    gain: Gain32 {
        // resistance = 1 MΩ
        lowest: -536870911,
        highest: 536870911,
        shift: 2,
        factor: 1073741824,
    },
    decay: Decay32 {
        // membrane decay = 0.9512294244486839
        factor: -209468027,
        keep: -1,
    },
    // thresh_eq_v = -50 mV
    threshold: -3276800,
    // reset_v = -65 mV
    reset: FixedReset(-4259840),
    // steps from a spike to the next possible one
    refractory: 3,
    adaptation_decay: [
        Decay32 {
            // adaptation decay[0] = 0.9753099121153355
            factor: -106043120,
            keep: -1,
        },
        Decay32 {
            // adaptation decay[1] = 0.9975031223148108
            factor: -10724008,
            keep: -1,
        },
    ],
    increment: [
        98304, // spike_increment[0] = 1.5 mV
        32768, // spike_increment[1] = 0.5 mV
    ],
    rounding: Nearest,
    dynamics: Inferno,
};

/// The switches of every step.
pub const FLAGS: StepOptions = StepOptions {
    // hold membranes and threshold components in the refractory period
    refrac_lock: true,
    // let threshold components decay and grow
    adapt: true,
};

/// The state at rest, to initialize a `static` with.
pub const AT_REST: Arrays = PopulationState {
    // mV
    membrane: [I16F16::from_bits(NEURON.rest); NEURONS],
    // no steps to go, no spike
    refractory: [Refractory::new(0, false); NEURONS],
    // mV, component by component
    adaptation: [[I16F16::ZERO; NEURONS]; 2],
};
