// Frozen by `glif freeze` from `alif_i12f20.toml`: change that, and freeze again.
// Needs the crate glif-core 0.1.0.
//
// model alif, 37 neurons, in i12f20
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

use glif_core::fixed::types::I12F20;
use glif_core::fixed_point::{Decay32, Gain32};
use glif_core::neuron::FixedReset;
use glif_core::{Coefficients, Inferno, Nearest, PopulationState, Refractory, StepOptions};

/// How many neurons there are: shape [37] in C order.
pub const NEURONS: usize = 37;

/// The model.
pub type Model = Coefficients<I12F20, FixedReset<I12F20>, 1, Nearest>;

/// What changes from step to step.
pub type Arrays = PopulationState<I12F20, 1, NEURONS>;

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
    // rest_v = -60.30000019073486 mV
    rest: -63229133,
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
    // thresh_eq_v = -50.19999980926514 mV
    threshold: -52638515,
    // reset_v = -65.10000038146973 mV
    reset: FixedReset(-68262298),
    // steps from a spike to the next possible one
    refractory: 4,
    adaptation_decay: [Decay32 {
        // adaptation decay[0] = 0.982652235776186
        factor: -74508080,
        keep: -1,
    }],
    increment: [
        1782579, // spike_increment[0] = 1.6999998092651367 mV
    ],
    rounding: Nearest,
    dynamics: Inferno,
};

/// The switches of every step.
pub const FLAGS: StepOptions = StepOptions {
    // hold membranes and threshold components in the refractory period
    refrac_lock: false,
    // let threshold components decay and grow
    adapt: true,
};

/// The state at rest, to initialize a `static` with.
pub const AT_REST: Arrays = PopulationState {
    // mV
    membrane: [I12F20::from_bits(NEURON.rest); NEURONS],
    // no steps to go, no spike
    refractory: [Refractory::new(0, false); NEURONS],
    // mV, component by component
    adaptation: [[I12F20::ZERO; NEURONS]; 1],
};
