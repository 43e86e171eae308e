// Frozen by `glif freeze` from `lif_f32_above.toml`: change that, and freeze again.
// Needs the crate glif-core 0.1.0.
//
// model lif, 37 neurons, in f32
// refractory = inferno, rounding = nearest, discretization = euler, threshold_test = >
//
// step_time = 0.7 ms
// rest_v = -60.3 mV
// reset_v = -65.1 mV
// thresh_v = -50.2 mV
// refrac_t = 2.8 ms
// time_constant = 19 ms
// resistance = 0.9 MΩ

use glif_core::neuron::FixedReset;
use glif_core::{Coefficients, Inferno, Nearest, PopulationState, Refractory, StepOptions};

/// How many neurons there are: shape [37] in C order.
pub const NEURONS: usize = 37;

/// The model.
pub type Model = Coefficients<f32, FixedReset<f32>, 0, Nearest>;

/// What changes from step to step.
pub type Arrays = PopulationState<f32, 0, NEURONS>;

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
    rest: -60.3,
    // resistance in MΩ
    gain: 0.9,
    // membrane decay
    decay: 0.9631579,
    // thresh_v in mV
    threshold: -50.199997,
    // reset_v in mV
    reset: FixedReset(-65.1),
    // steps from a spike to the next possible one
    refractory: 4,
    adaptation_decay: [],
    increment: [],
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
    adaptation: [[0.0; NEURONS]; 0],
};
