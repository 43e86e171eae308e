// Frozen by `glif freeze` from `own_glif2_f64.toml`: change that, and freeze again.
// Needs the crate glif-core 0.1.0.
//
// model glif2, 37 neurons, in f64
// refractory = inferno, rounding = nearest
//
// step_time = 0.7 ms
// rest_v = -60.3 mV
// reset_v_add = 2 to 4 mV over the neurons
// reset_v_mul = -0.4
// thresh_eq_v = -50.2 mV
// refrac_t = 2.8 ms
// tc_membrane = 12 to 31 ms over the neurons
// rc_adaptation = 0.03 1/ms
// spike_increment = 1.5 mV
// resistance = 1 MΩ
//
// The arrays of own coefficients take 592 bytes of flash: 16 for each neuron.

use glif_core::levels::{DynReset, LevelParts};
use glif_core::neuron::LinearReset;
use glif_core::own::OwnSlices;
use glif_core::spec::Dialect;
use glif_core::{Levels, Nearest, OwnCoefficients, PopulationState, Refractory, StepOptions};

/// How many neurons there are: shape [37] in C order.
pub const NEURONS: usize = 37;

/// The model.
pub type Model = Levels<f64, Nearest>;

/// What changes from step to step.
pub type Arrays = PopulationState<f64, 1, NEURONS>;

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
pub static POPULATION: OwnCoefficients<'static, f64, Nearest> = OwnCoefficients {
    shared: &NEURON,
    own: OwnSlices {
        // the coefficients that vary from neuron to neuron
        decay: &DECAY,
        reset: &RESET,
        ..OwnSlices::SHARED
    },
    neurons: NEURONS,
};

/// The coefficients that all neurons share. A step does not use those of which each neuron has its own.
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub const NEURON: Model = Levels::new(LevelParts {
    dialect: Dialect::Inferno,
    // rest_v in mV
    rest: -60.3,
    // resistance in MΩ
    gain: 1.0,
    // neuron 0; `DECAY` has that of each
    decay: 0.9638283067520611,
    // thresh_eq_v in mV
    threshold: -50.2,
    reset: DynReset::Linear(LinearReset {
        // drop: neuron 0; `RESET` has that of each
        slope: -0.4,
        drop: 3.1,
    }),
    // steps from a spike to the next possible one
    refractory: 4,
    rounding: Nearest,
    adaptation_decay: &[
        0.9792189645694596, // adaptation decay[0]
    ],
    increment: &[
        1.5, // spike_increment[0] in mV
    ],
    retain: &[],
    weight: &[],
    voltage: None,
});

/// The switches of every step.
pub const FLAGS: StepOptions = StepOptions {
    // hold membranes and threshold components in the refractory period
    refrac_lock: true,
    // let threshold components decay and grow
    adapt: false,
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

/// Decay factor of the membrane per step, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static DECAY: [f64; NEURONS] = [
    0.9638283067520611, 0.9433354498734922, 0.9776723894664977, 0.9638283067520611,
    0.9433354498734922, 0.9776723894664977, 0.9638283067520611, 0.9433354498734922,
    0.9776723894664977, 0.9638283067520611, 0.9433354498734922, 0.9776723894664977,
    0.9638283067520611, 0.9433354498734922, 0.9776723894664977, 0.9638283067520611,
    0.9433354498734922, 0.9776723894664977, 0.9638283067520611, 0.9433354498734922,
    0.9776723894664977, 0.9638283067520611, 0.9433354498734922, 0.9776723894664977,
    0.9638283067520611, 0.9433354498734922, 0.9776723894664977, 0.9638283067520611,
    0.9433354498734922, 0.9776723894664977, 0.9638283067520611, 0.9433354498734922,
    0.9776723894664977, 0.9638283067520611, 0.9433354498734922, 0.9776723894664977,
    0.9638283067520611,
];

/// Drop of the membrane at a spike, mV, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static RESET: [f64; NEURONS] = [
    3.1, 2.0, 4.0, 3.1, 2.0, 4.0, 3.1, 2.0, 4.0, 3.1, 2.0, 4.0, 3.1, 2.0, 4.0, 3.1, 2.0, 4.0, 3.1,
    2.0, 4.0, 3.1, 2.0, 4.0, 3.1, 2.0, 4.0, 3.1, 2.0, 4.0, 3.1, 2.0, 4.0, 3.1, 2.0, 4.0, 3.1,
];
