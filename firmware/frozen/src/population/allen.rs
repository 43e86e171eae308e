// Frozen by `glif freeze` from `lif_r_asc_a.toml`: change that, and freeze again.
// Needs the crate glif-core 0.1.0.
//
// model glif5 in dialect nest, 1 neurons, in f32
// refractory = nest, rounding = nearest
//
// step_time = 0.05 ms
// rest_v = -71.39990234375 mV
// reset_v_add = -4.055590135223554 mV
// reset_v_mul = 0.3987646006290668
// thresh_eq_v = -53.39118007336395 mV
// refrac_t = 6.7 ms
// tc_membrane = 29.199719118162285 ms
// rc_adaptation = 0.10299935176846839 1/ms
// spike_increment = 1.9193415026425238 mV
// asc_amplitude = [-0.07383464366961143, -0.4496828542736005] nA
// rc_asc = [0.029999999999999995, 0.3] 1/ms
// asc_retain = [1.0, 1.0]
// thresh_voltage_gain = 0.009244321037622336 1/ms
// rc_thresh_voltage = 0.034344467877141946 1/ms
// resistance = 340.0452531735011 MΩ

use glif_core::neuron::LinearReset;
use glif_core::teeter::ThresholdVoltage;
use glif_core::{Coefficients, Nearest, PopulationState, Refractory, StepOptions, Teeter};

/// How many neurons there are: shape [1] in C order.
pub const NEURONS: usize = 1;

/// The model.
pub type Model = Coefficients<f32, LinearReset<f32>, 4, Nearest, Teeter<f32, 4, 2, 1>>;

/// What changes from step to step.
pub type Arrays = PopulationState<f32, 4, NEURONS>;

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
    rest: -71.3999,
    // resistance in MΩ
    gain: 340.04526,
    // membrane decay
    decay: 0.9982891,
    // thresh_eq_v in mV
    threshold: -53.391182,
    reset: LinearReset {
        // drop: reset_v_add in mV
        slope: 0.3987646,
        drop: -4.05559,
    },
    // steps from a spike to the next possible one
    refractory: 135,
    adaptation_decay: [
        0.9948633,  // adaptation decay[0]
        0.9985011,  // after-spike decay[0]
        0.98511195, // after-spike decay[1]
        0.0,        // unused by the threshold voltage
    ],
    increment: [
        1.9193414,   // spike_increment[0] in mV
        -0.07383464, // asc_amplitude[0] in nA
        -0.44968286, // asc_amplitude[1] in nA
        0.0,         // unused by the threshold voltage
    ],
    rounding: Nearest,
    dynamics: Teeter {
        retain: [
            0.5015281,  // adaptation share[0]
            0.81791246, // after-spike share[0]
            0.13398868, // after-spike share[1]
            0.0,        // unused by the threshold voltage
        ],
        weight: [
            0.99925035, // after-spike weight[0]
            0.9925374,  // after-spike weight[1]
        ],
        voltage: [ThresholdVoltage {
            // voltage decay
            decay: 0.9982842,
            // voltage gain
            gain: 0.00046142412,
            // voltage drive
            drive: 0.0004618194,
        }],
        resets_from_before: true,
    },
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
    // component by component: thresholds in mV, currents in nA
    adaptation: [[0.0; NEURONS]; 4],
};
