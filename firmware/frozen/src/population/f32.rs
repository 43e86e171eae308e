// Frozen by `glif freeze` from `frozen.toml`: change that, and freeze again.
// Needs the crate glif-core 0.1.0.
//
// model alif, 32 neurons, in f32
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

use glif_core::neuron::FixedReset;
use glif_core::{Coefficients, Inferno, Nearest, PopulationState, Refractory, StepOptions};

/// How many neurons there are: shape [32] in C order.
pub const NEURONS: usize = 32;

/// The model.
pub type Model = Coefficients<f32, FixedReset<f32>, 2, Nearest>;

/// What changes from step to step.
pub type Arrays = PopulationState<f32, 2, NEURONS>;

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
    // rest_v in mV
    rest: -60.0,
    // resistance in MΩ
    gain: 1.0,
    // membrane decay
    decay: 0.95122945,
    // thresh_eq_v in mV
    threshold: -50.0,
    // reset_v in mV
    reset: FixedReset(-65.0),
    // steps from a spike to the next possible one
    refractory: 3,
    adaptation_decay: [
        0.9753099, // adaptation decay[0]
        0.9975031, // adaptation decay[1]
    ],
    increment: [
        1.5, // spike_increment[0] in mV
        0.5, // spike_increment[1] in mV
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
    membrane: [NEURON.rest; NEURONS],
    // no steps to go, no spike
    refractory: [Refractory::new(0, false); NEURONS],
    // mV, component by component
    adaptation: [[0.0; NEURONS]; 2],
};
