// Frozen by `glif freeze` from `alif_i8f8_initial.toml`: change that, and freeze again.
// Needs the crate glif-core 0.1.0.
//
// model alif, 37 neurons, in i8f8
// refractory = inferno, rounding = nearest
//
// step_time = 0.7 ms
// rest_v = -60.3 mV
// reset_v = -65.1 mV
// thresh_eq_v = -50.2 mV
// refrac_t = 2.8 ms
// tc_membrane = 19 ms
// tc_adaptation = 40 ms
// spike_increment = 1.7 mV
// resistance = 0.9 MΩ
// initial_v = -53.7 mV

use glif_core::fixed::types::I8F8;
use glif_core::fixed_point::{Decay16, Gain16};
use glif_core::neuron::FixedReset;
use glif_core::{Coefficients, Inferno, Nearest, PopulationState, Refractory, StepOptions};

/// How many neurons there are: shape [37] in C order.
pub const NEURONS: usize = 37;

/// The model.
pub type Model = Coefficients<I8F8, FixedReset<I8F8>, 1, Nearest>;

/// What changes from step to step.
pub type Arrays = PopulationState<I8F8, 1, NEURONS>;

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
    // rest_v = -60.30078125 mV
    rest: -15437,
    gain: Gain16 {
        // resistance = 0.899993896484375 MΩ
        lowest: -19257,
        highest: 32767,
        shift: 15,
        factor: 29491,
    },
    decay: Decay16 {
        // membrane decay = 0.9638290405273438
        factor: -9482,
        shift: 18,
        keep: -1,
    },
    // thresh_eq_v = -50.19921875 mV
    threshold: -12851,
    // reset_v = -65.1015625 mV
    reset: FixedReset(-16666),
    // steps from a spike to the next possible one
    refractory: 4,
    adaptation_decay: [Decay16 {
        // adaptation decay[0] = 0.9826526641845703
        factor: -9095,
        shift: 19,
        keep: -1,
    }],
    increment: [
        435, // spike_increment[0] = 1.69921875 mV
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
    // initial_v = -53.69921875 mV
    membrane: [I8F8::from_bits(-13747); NEURONS],
    // no steps to go, no spike
    refractory: [Refractory::new(0, false); NEURONS],
    // mV, component by component
    adaptation: [[I8F8::ZERO; NEURONS]; 1],
};
