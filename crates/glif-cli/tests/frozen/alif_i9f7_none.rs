// Frozen by `glif freeze` from `alif_i9f7_none.toml`: change that, and freeze again.
// Needs the crate glif-core 0.1.0.
//
// model alif, 37 neurons, in i9f7
// refractory = inferno, rounding = nearest
//
// step_time = 0.7 ms
// rest_v = -60.3 mV
// reset_v = -65.1 mV
// thresh_eq_v = -50.2 mV
// refrac_t = 2.8 ms
// tc_membrane = 19 ms
// tc_adaptation = [] ms
// spike_increment = [] mV
// resistance = 0.9 MΩ

use glif_core::fixed::types::I9F7;
use glif_core::fixed_point::{Decay16, Gain16};
use glif_core::neuron::FixedReset;
use glif_core::{Coefficients, Inferno, Nearest, PopulationState, Refractory, StepOptions};

/// How many neurons there are: shape [37] in C order.
pub const NEURONS: usize = 37;

/// The model.
pub type Model = Coefficients<I9F7, FixedReset<I9F7>, 0, Nearest>;

/// What changes from step to step.
pub type Arrays = PopulationState<I9F7, 0, NEURONS>;

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
    // rest_v = -60.296875 mV
    rest: -7718,
    gain: Gain16 {
        // resistance = 0.899993896484375 MΩ
        lowest: -27834,
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
    // thresh_eq_v = -50.203125 mV
    threshold: -6426,
    // reset_v = -65.1015625 mV
    reset: FixedReset(-8333),
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
    membrane: [I9F7::from_bits(NEURON.rest as i16); NEURONS],
    // no steps to go, no spike
    refractory: [Refractory::new(0, false); NEURONS],
    // mV, component by component
    adaptation: [[I9F7::ZERO; NEURONS]; 0],
};
