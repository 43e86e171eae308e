// Frozen by `glif freeze` from `own_lif_f32.toml`: change that, and freeze again.
// Needs the crate glif-core 0.1.0.
//
// model lif, 37 neurons, in f32
// refractory = inferno, rounding = nearest
//
// step_time = 0.7 ms
// rest_v = -60.99137427514575 to -60.046193410283884 mV over the neurons, drawn with seed 11
// reset_v = -65.1 mV
// thresh_v = -53.95416841934526 to -45.89606101198271 mV over the neurons, drawn with seed 11
// refrac_t = 0 to 2.8 ms over the neurons
// time_constant = 19 ms
// resistance = 0.8012158347767716 to 1.0926521118618002 MΩ over the neurons, drawn with seed 11
//
// The arrays of own coefficients take 518 bytes of flash: 14 for each neuron.

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
    own: OwnSlices {
        // the coefficients that vary from neuron to neuron
        rest: &REST,
        gain: &GAIN,
        threshold: &THRESHOLD,
        refractory: &REFRACTORY,
        ..OwnSlices::SHARED
    },
    neurons: NEURONS,
};

/// The coefficients that all neurons share. A step does not use those of which each neuron has its own.
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub const NEURON: Model = Levels::new(LevelParts {
    dialect: Dialect::Inferno,
    // neuron 0; `REST` has that of each
    rest: -60.55012,
    // neuron 0; `GAIN` has that of each
    gain: 1.0712067,
    // membrane decay
    decay: 0.9638283,
    // neuron 0; `THRESHOLD` has that of each
    threshold: -50.968338,
    // reset_v in mV
    reset: DynReset::Fixed(FixedReset(-65.1)),
    // neuron 0; `REFRACTORY` has that of each
    refractory: 4,
    rounding: Nearest,
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
    membrane: REST,
    // no steps to go, no spike
    refractory: [Refractory::new(0, false); NEURONS],
    // mV, component by component
    adaptation: [[0.0; NEURONS]; 0],
};

/// Membrane potential at rest, mV, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static REST: [f32; NEURONS] = [
    -60.55012, -60.35782, -60.9411, -60.081318, -60.103233, -60.35543, -60.69699, -60.529545,
    -60.798634, -60.13565, -60.218353, -60.74376, -60.331432, -60.046192, -60.588722, -60.116207,
    -60.297863, -60.89933, -60.413147, -60.973995, -60.663586, -60.440865, -60.750107, -60.333385,
    -60.60382, -60.643223, -60.991375, -60.06576, -60.31362, -60.061436, -60.290493, -60.466404,
    -60.735577, -60.606087, -60.18488, -60.506214, -60.650875,
];

/// Membrane resistance, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static GAIN: [f32; NEURONS] = [
    1.0712067, 1.0496457, 0.8655706, 0.99134225, 1.04181, 0.8994149, 0.9053505, 0.8212049,
    0.80661076, 0.84777945, 0.9355598, 0.99204224, 0.93642145, 1.0165607, 1.0374571, 0.9162181,
    0.950501, 1.0926521, 0.8286208, 1.0916276, 0.8301228, 0.8012158, 0.8101507, 0.91865337, 0.817149,
    0.80767554, 0.88570404, 1.0468929, 1.0915655, 0.8884877, 0.9886096, 0.853731, 0.9674537,
    0.8019071, 0.9613993, 0.97816926, 0.8727332,
];

/// Threshold without adaptation, mV, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static THRESHOLD: [f32; NEURONS] = [
    -50.968338, -49.066315, -47.89304, -50.02152, -45.89606, -48.52398, -48.964523, -47.83236,
    -52.384388, -49.866764, -51.120346, -51.17814, -48.868134, -50.18382, -50.12308, -51.41986,
    -49.999477, -49.919167, -46.485374, -50.72623, -53.95417, -46.502792, -48.932503, -50.42756,
    -52.348255, -48.55285, -50.55564, -51.440113, -52.400387, -47.086445, -48.398857, -47.236626,
    -51.65111, -47.569595, -51.009594, -50.953335, -52.21355,
];

/// Steps from a spike to the next possible one, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static REFRACTORY: [u16; NEURONS] = [
    4, 2, 0, 4, 2, 0, 4, 2, 0, 4, 2, 0, 4, 2, 0, 4, 2, 0, 4, 2, 0, 4, 2, 0, 4, 2, 0, 4, 2, 0, 4, 2,
    0, 4, 2, 0, 4,
];
