// Frozen by `glif freeze` from `glif5_i16f16_allen.toml`: change that, and freeze again.
// Needs the crate glif-core 0.1.0.
//
// model glif5 in dialect allen, 37 neurons, in i16f16
// refractory = nest, rounding = nearest
//
// step_time = 0.7 ms
// rest_v = -60.3 mV
// reset_v_add = 3.1 mV
// reset_v_mul = -0.4
// thresh_eq_v = -50.2 mV
// refrac_t = 2.8 ms
// tc_membrane = 19 ms
// rc_adaptation = [0.03, 0.2] 1/ms
// spike_increment = 1.5 mV
// asc_amplitude = [-1.5, 0.75] nA
// rc_asc = [0.03, 0.3] 1/ms
// asc_retain = [1.0, 0.5]
// thresh_voltage_gain = 0.02 1/ms
// rc_thresh_voltage = 0.05 1/ms
// resistance = 0.9 MΩ

use glif_core::fixed::types::I16F16;
use glif_core::fixed_point::{Decay32, Gain32, Slope};
use glif_core::neuron::LinearReset;
use glif_core::teeter::ThresholdVoltage;
use glif_core::{Coefficients, Nearest, PopulationState, Refractory, StepOptions, Teeter};

/// How many neurons there are: shape [37] in C order.
pub const NEURONS: usize = 37;

/// The model.
pub type Model = Coefficients<I16F16, LinearReset<I16F16>, 5, Nearest, Teeter<I16F16, 5, 2, 1>>;

/// What changes from step to step.
pub type Arrays = PopulationState<I16F16, 5, NEURONS>;

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
    // rest_v = -60.30000305175781 mV
    rest: -3951821,
    gain: Gain32 {
        // resistance = 0.8999999999068677 MΩ
        lowest: -1073741823,
        highest: 1073741823,
        shift: 1,
        factor: 1932735283,
    },
    decay: Decay32 {
        // membrane decay = 0.9631578947883099
        factor: -158235637,
        keep: -1,
    },
    // thresh_eq_v = -50.19999694824219 mV
    threshold: -3289907,
    reset: LinearReset {
        // drop: reset_v_add = 3.100006103515625 mV
        slope: Slope {
            // reset_v_mul = -0.39999999990686774
            factor: -858993459,
            shift: 31,
        },
        drop: 203162,
    },
    // steps from a spike to the next possible one
    refractory: 5,
    adaptation_decay: [
        Decay32 {
            // adaptation decay[0] = 0.9792189644649625
            factor: -89253868,
            keep: -1,
        },
        Decay32 {
            // adaptation decay[1] = 0.8693582355044782
            factor: -561102106,
            keep: -1,
        },
        Decay32 {
            // after-spike decay[0] = 0.9792189644649625
            factor: -89253868,
            keep: -1,
        },
        Decay32 {
            // after-spike decay[1] = 0.810584245948121
            factor: -813534469,
            keep: -1,
        },
        Decay32 {
            // unused by the threshold voltage
            factor: 0,
            keep: 0,
        },
    ],
    increment: [
        98304,  // spike_increment[0] = 1.5 mV
        98304,  // spike_increment[1] = 1.5 mV
        -98304, // asc_amplitude[0] = -1.5 nA
        49152,  // asc_amplitude[1] = 0.75 nA
        0,      // unused by the threshold voltage
    ],
    rounding: Nearest,
    dynamics: Teeter {
        retain: [
            Slope {
                // adaptation share[0] = 0.9194312561303377
                factor: 987231794,
                shift: 30,
            },
            Slope {
                // adaptation share[1] = 0.5712090637534857
                factor: 613331062,
                shift: 30,
            },
            Slope {
                // after-spike share[0] = 0.9194312561303377
                factor: 987231794,
                shift: 30,
            },
            Slope {
                // after-spike share[1] = 0.2158552617765963
                factor: 927091290,
                shift: 32,
            },
            Slope {
                // unused by the threshold voltage
                factor: 0,
                shift: 0,
            },
        ],
        weight: [
            Decay32 {
                // after-spike weight[0] = 1
                factor: 0,
                keep: -1,
            },
            Decay32 {
                // after-spike weight[1] = 1
                factor: 0,
                keep: -1,
            },
        ],
        voltage: [ThresholdVoltage {
            decay: Decay32 {
                // voltage decay = 0.9656054163351655
                factor: -147723612,
                keep: -1,
            },
            gain: Slope {
                // voltage gain = 0.013506032235454768
                factor: 928127468,
                shift: 36,
            },
            drive: Slope {
                // voltage drive = 0.013757833497948013
                factor: 945431119,
                shift: 36,
            },
        }],
        resets_from_before: false,
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
    membrane: [I16F16::from_bits(NEURON.rest); NEURONS],
    // no steps to go, no spike
    refractory: [Refractory::new(0, false); NEURONS],
    // component by component: thresholds in mV, currents in nA
    adaptation: [[I16F16::ZERO; NEURONS]; 5],
};
