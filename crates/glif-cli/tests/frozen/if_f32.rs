// Frozen by `glif freeze` from `if_f32.toml`: change that, and freeze again.
// Needs the crate glif-core 0.1.0.
//
// model if, 37 neurons, in f32
// refractory = inferno, rounding = nearest
//
// step_time = 0.7 ms
// reset_v = -65.1 mV
// thresh_v = 12.7 mV
// refrac_t = 2.8 ms
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
pub type Arrays = PopulationState<f32, 0, NEURONS>;

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
    // unused: each membrane rests where it is
    rest: 0.0,
    // resistance in MΩ
    gain: 0.9,
    // of a membrane's distance from there, which is 0 mV
    decay: -0.0,
    // thresh_v in mV
    threshold: 12.7,
    // reset_v in mV
    reset: DynReset::Fixed(FixedReset(-65.1)),
    // steps from a spike to the next possible one
    refractory: 4,
    rounding: Nearest,
    adaptation_decay: &[],
    increment: &[],
    retain: &[],
    weight: &[],
    voltage: None,
})
.without_leak();

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
    membrane: [NEURON.base.rest; NEURONS],
    // no steps to go, no spike
    refractory: [Refractory::new(0, false); NEURONS],
    // mV, component by component
    adaptation: [[0.0; NEURONS]; 0],
};
