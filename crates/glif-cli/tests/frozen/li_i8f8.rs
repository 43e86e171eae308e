// Frozen by `glif freeze` from `li_i8f8.toml`: change that, and freeze again.
// Needs the crate glif-core 0.1.0.
//
// model li, 37 neurons, in i8f8
// refractory = inferno, rounding = stochastic
//
// step_time = 0.7 ms
// rest_v = -20.5 mV
// time_constant = 19 ms
// resistance = 1 MΩ

use glif_core::fixed::types::I8F8;
use glif_core::fixed_point::{Decay16, Gain16};
use glif_core::levels::{DynReset, LevelParts};
use glif_core::neuron::FixedReset;
use glif_core::own::OwnSlices;
use glif_core::spec::Dialect;
use glif_core::{Levels, OwnCoefficients, PopulationState, Refractory, StepOptions, Stochastic};

/// How many neurons there are: shape [37] in C order.
pub const NEURONS: usize = 37;

/// The model.
pub type Model = Levels<I8F8, Stochastic>;

/// What changes from step to step.
pub type Arrays = PopulationState<I8F8, 0, NEURONS>;

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
pub static POPULATION: OwnCoefficients<'static, I8F8, Stochastic> = OwnCoefficients {
    shared: &NEURON,
    // no coefficient varies from neuron to neuron
    own: OwnSlices::SHARED,
    neurons: NEURONS,
};

/// The coefficients that all neurons share.
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub const NEURON: Model = Levels::new(LevelParts {
    // a spike must exceed the threshold
    dialect: Dialect::Nest,
    // rest_v = -20.5 mV
    rest: -5248,
    gain: Gain16 {
        // resistance = 1 MΩ
        lowest: -27520,
        highest: 32767,
        shift: 14,
        factor: 16384,
    },
    decay: Decay16 {
        // membrane decay = 0.9638290405273438
        factor: -9482,
        shift: 18,
        keep: -1,
    },
    // no membrane exceeds it
    threshold: 32767,
    // unused
    reset: DynReset::Fixed(FixedReset(0)),
    // steps from a spike to the next possible one
    refractory: 0,
    rounding: Stochastic {
        // equal seeds give equal runs
        seed: 6,
    },
    adaptation_decay: &[],
    increment: &[],
    retain: &[],
    weight: &[],
    voltage: None,
});

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
    membrane: [I8F8::from_bits(NEURON.base.rest as i16); NEURONS],
    // no steps to go, no spike
    refractory: [Refractory::new(0, false); NEURONS],
    // mV, component by component
    adaptation: [[I8F8::ZERO; NEURONS]; 0],
};
