// Frozen by `glif freeze` from `glif5_f32_nest.toml`: change that, and freeze again.
// Needs the crate glif-core 0.1.0.
//
// model glif5 in dialect nest, 37 neurons, in f32
// refractory = nest, rounding = nearest
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
// asc_amplitude = [-1.5, 0.75] nA
// rc_asc = [0.03, 0.3] 1/ms
// asc_retain = [1.0, 0.5]
// thresh_voltage_gain = 0.02 1/ms
// rc_thresh_voltage = 0.05 1/ms
// resistance = 0.9 MΩ

use glif_core::neuron::LinearReset;
use glif_core::teeter::ThresholdVoltage;
use glif_core::{Coefficients, Nearest, PopulationState, Refractory, StepOptions, Teeter};

/// How many neurons there are: shape [37] in C order.
pub const NEURONS: usize = 37;

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
    refractory: 5,
    adaptation_decay: [
        0.97921896, // adaptation decay[0]
        0.97921896, // after-spike decay[0]
        0.81058425, // after-spike decay[1]
        0.0,        // unused by the threshold voltage
    ],
    increment: [
        1.5,  // spike_increment[0] in mV
        -1.5, // asc_amplitude[0] in nA
        0.75, // asc_amplitude[1] in nA
        0.0,  // unused by the threshold voltage
    ],
    rounding: Nearest,
    dynamics: Teeter {
        retain: [
            0.91943127, // adaptation share[0]
            0.91943127, // after-spike share[0]
            0.21585526, // after-spike share[1]
            0.0,        // unused by the threshold voltage
        ],
        weight: [
            0.9895731, // after-spike weight[0]
            0.9019798, // after-spike weight[1]
        ],
        voltage: [ThresholdVoltage {
            // voltage decay
            decay: 0.96560544,
            // voltage gain
            gain: 0.0135060325,
            // voltage drive
            drive: 0.013757833,
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
