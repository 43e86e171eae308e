// Frozen by `glif freeze` from `alif_f32_above.toml`: change that, and freeze again.
// Needs the crate glif-core 0.1.0.
//
// model alif, 37 neurons, in f32
// refractory = inferno, rounding = nearest, threshold_test = >
//
// step_time = 0.7 ms
// rest_v = -60.3 mV
// reset_v = -65.1 mV
// thresh_eq_v = -50.2 mV
// refrac_t = 2.8 ms
// tc_membrane = 19 ms
// tc_adaptation = 40 ms
// spike_increment = 1.5 mV
// resistance = 0.9 MΩ

use glif_core::levels::{DynReset, LevelParts};
use glif_core::neuron::FixedReset;
use glif_core::own::OwnSlices;
use glif_core::spec::Dialect;
use glif_core::{Levels, Nearest, OwnCoefficients, PopulationState, Refractory, StepOptions};

/// How many neurons there are: shape [37] in C order.
pub const NEURONS: usize = 37;

/// The model.
pub type Model = Levels<f32, Nearest>;

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
/// POPULATION.run(0, state.as_mut().widened(), &currents, FLAGS, at, &mut spikes)?;
/// ```
pub static POPULATION: OwnCoefficients<'static, f32, Nearest> = OwnCoefficients {
    shared: &NEURON,
    // no coefficient varies from neuron to neuron
    own: OwnSlices::SHARED,
    neurons: NEURONS,
};

/// The coefficients that all neurons share.
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub const NEURON: Model = Levels::new(LevelParts {
    dialect: Dialect::Inferno,
    // rest_v in mV
    rest: -60.3,
    // resistance in MΩ
    gain: 0.9,
    // membrane decay
    decay: 0.9638283,
    // thresh_eq_v in mV
    threshold: -50.2,
    // reset_v in mV
    reset: DynReset::Fixed(FixedReset(-65.1)),
    // steps from a spike to the next possible one
    refractory: 4,
    rounding: Nearest,
    adaptation_decay: &[
        0.98265225, // adaptation decay[0]
    ],
    increment: &[
        1.5, // spike_increment[0] in mV
    ],
    retain: &[],
    weight: &[],
    voltage: None,
})
.exceeding();

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
    membrane: [NEURON.base.rest; NEURONS],
    // no steps to go, no spike
    refractory: [Refractory::new(0, false); NEURONS],
    // mV, component by component
    adaptation: [[0.0; NEURONS]; 1],
};
