// Frozen by `glif freeze` from `glif2_f32_initial.toml`: change that, and freeze again.
// Needs the crate glif-core 0.1.0.
//
// model glif2, 37 neurons, in f32
// refractory = inferno, rounding = nearest
//
// step_time = 0.7 ms
// rest_v = -60.3 mV
// reset_v_add = 3.1 mV
// reset_v_mul = -0.4
// thresh_eq_v = -50.2 mV
// refrac_t = 2.8 ms
// tc_membrane = 19 ms
// rc_adaptation = 0.03 1/ms
// spike_increment = 1.5 mV
// resistance = 0.9 MΩ
// initial_v = -53.7 mV

use glif_core::neuron::LinearReset;
use glif_core::{Coefficients, Inferno, Nearest, PopulationState, Refractory, StepOptions};

/// How many neurons there are: shape [37] in C order.
pub const NEURONS: usize = 37;

/// The model.
pub type Model = Coefficients<f32, LinearReset<f32>, 1, Nearest>;

/// What changes from step to step.
pub type Arrays = PopulationState<f32, 1, NEURONS>;

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
    decay: 0.9638283,
    // thresh_eq_v in mV
    threshold: -50.2,
    reset: LinearReset {
        // drop: reset_v_add in mV
        slope: -0.4,
        drop: 3.1,
    },
    // steps from a spike to the next possible one
    refractory: 4,
    adaptation_decay: [
        0.97921896, // adaptation decay[0]
    ],
    increment: [
        1.5, // spike_increment[0] in mV
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

/// The state at the beginning, with membranes at `initial_v`, to initialize a `static` with.
pub const AT_REST: Arrays = PopulationState {
    // initial_v in mV
    membrane: [-53.7; NEURONS],
    // no steps to go, no spike
    refractory: [Refractory::new(0, false); NEURONS],
    // mV, component by component
    adaptation: [[0.0; NEURONS]; 1],
};
