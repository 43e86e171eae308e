// Frozen by `glif freeze` from `glif3_i16f16_nest.toml`: change that, and freeze again.
// Needs the crate glif-core 0.1.0.
//
// model glif3 in dialect nest, 37 neurons, in i16f16
// refractory = nest, rounding = nearest
//
// step_time = 0.7 ms
// rest_v = -60.3 mV
// reset_v = -65.1 mV
// thresh_v = -50.2 mV
// refrac_t = 2.8 ms
// time_constant = 19 ms
// asc_amplitude = [-1.5, 0.75] nA
// rc_asc = [0.03, 0.3] 1/ms
// asc_retain = [1.0, 0.5]
// resistance = 0.9 MΩ

use glif_core::fixed::types::I16F16;
use glif_core::fixed_point::{Decay32, Gain32, Slope};
use glif_core::neuron::FixedReset;
use glif_core::{Coefficients, Nearest, PopulationState, Refractory, StepOptions, Teeter};

/// How many neurons there are: shape [37] in C order.
pub const NEURONS: usize = 37;

/// The model.
pub type Model = Coefficients<I16F16, FixedReset<I16F16>, 2, Nearest, Teeter<I16F16, 2, 2, 0>>;

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
        // membrane decay = 0.963828306645155
        factor: -155356240,
        keep: -1,
    },
    // thresh_v = -50.19999694824219 mV
    threshold: -3289907,
    // reset_v = -65.10000610351563 mV
    reset: FixedReset(-4266394),
    // steps from a spike to the next possible one
    refractory: 5,
    adaptation_decay: [
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
    ],
    increment: [
        -98304, // asc_amplitude[0] = -1.5 nA
        49152,  // asc_amplitude[1] = 0.75 nA
    ],
    rounding: Nearest,
    dynamics: Teeter {
        retain: [
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
        ],
        weight: [
            Decay32 {
                // after-spike weight[0] = 0.989573115715757
                factor: -44783127,
                keep: -1,
            },
            Decay32 {
                // after-spike weight[1] = 0.9019797809887677
                factor: -420993635,
                keep: -1,
            },
        ],
        voltage: [],
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
    membrane: [I16F16::from_bits(NEURON.rest); NEURONS],
    // no steps to go, no spike
    refractory: [Refractory::new(0, false); NEURONS],
    // component by component: thresholds in mV, currents in nA
    adaptation: [[I16F16::ZERO; NEURONS]; 2],
};
