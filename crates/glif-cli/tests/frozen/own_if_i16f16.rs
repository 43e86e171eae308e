// Frozen by `glif freeze` from `own_if_i16f16.toml`: change that, and freeze again.
// Needs the crate glif-core 0.1.0.
//
// model if, 37 neurons, in i16f16
// refractory = inferno, rounding = truncate
//
// step_time = 0.7 ms
// reset_v = -65.9387827582928 to -64.04249695913029 mV over the neurons, drawn with seed 4
// thresh_v = -52.334657374245275 to -48.54951192416218 mV over the neurons, drawn with seed 4
// refrac_t = 2.8 ms
// resistance = -0.7 to 0.9 MΩ over the neurons
// initial_v = -60.3 mV
//
// The arrays of own coefficients take 888 bytes of flash: 24 for each neuron.

use glif_core::fixed::types::I16F16;
use glif_core::fixed_point::{Decay32, Gain32, OwnGain32};
use glif_core::levels::{DynReset, LevelParts};
use glif_core::neuron::FixedReset;
use glif_core::own::OwnSlices;
use glif_core::spec::Dialect;
use glif_core::{Levels, OwnCoefficients, PopulationState, Refractory, StepOptions, Truncate};

/// How many neurons there are: shape [37] in C order.
pub const NEURONS: usize = 37;

/// The model.
pub type Model = Levels<I16F16, Truncate>;

/// What changes from step to step.
pub type Arrays = PopulationState<I16F16, 0, NEURONS>;

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
pub static POPULATION: OwnCoefficients<'static, I16F16, Truncate> = OwnCoefficients {
    shared: &NEURON,
    own: OwnSlices {
        // the coefficients that vary from neuron to neuron
        gain: &GAIN,
        threshold: &THRESHOLD,
        reset: &RESET,
        ..OwnSlices::SHARED
    },
    neurons: NEURONS,
};

/// The coefficients that all neurons share. A step does not use those of which each neuron has its own.
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub const NEURON: Model = Levels::new(LevelParts {
    dialect: Dialect::Inferno,
    // unused: each membrane rests where it is
    rest: 0,
    gain: Gain32 {
        // neuron 0; `GAIN` has that of each
        lowest: -1073741823,
        highest: 1073741823,
        shift: 1,
        factor: 1932735283,
    },
    decay: Decay32 {
        // of a membrane's distance from there, which is 0 mV
        factor: 0,
        keep: 0,
    },
    // neuron 0; `THRESHOLD` has that of each
    threshold: -3381607,
    // neuron 0; `RESET` has that of each
    reset: DynReset::Fixed(FixedReset(-4212474)),
    // steps from a spike to the next possible one
    refractory: 4,
    rounding: Truncate,
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
    refrac_lock: true,
    // let threshold components decay and grow
    adapt: true,
};

/// The state at the beginning, with membranes at `initial_v`, to initialize a `static` with.
pub const AT_REST: Arrays = PopulationState {
    // initial_v = -60.30000305175781 mV
    membrane: [I16F16::from_bits(-3951821); NEURONS],
    // no steps to go, no spike
    refractory: [Refractory::new(0, false); NEURONS],
    // mV, component by component
    adaptation: [[I16F16::ZERO; NEURONS]; 0],
};

/// Membrane resistance, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static GAIN: [OwnGain32; NEURONS] = [
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1932735283 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: -1503238554 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1717986918 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1932735283 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: -1503238554 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1717986918 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1932735283 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: -1503238554 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1717986918 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1932735283 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: -1503238554 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1717986918 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1932735283 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: -1503238554 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1717986918 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1932735283 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: -1503238554 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1717986918 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1932735283 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: -1503238554 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1717986918 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1932735283 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: -1503238554 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1717986918 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1932735283 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: -1503238554 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1717986918 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1932735283 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: -1503238554 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1717986918 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1932735283 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: -1503238554 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1717986918 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1932735283 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: -1503238554 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1717986918 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1932735283 },
];

/// Threshold without adaptation, mV, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static THRESHOLD: [I16F16; NEURONS] = [
    I16F16::from_bits(-3381607), I16F16::from_bits(-3320227), I16F16::from_bits(-3408162),
    I16F16::from_bits(-3308918), I16F16::from_bits(-3305495), I16F16::from_bits(-3285166),
    I16F16::from_bits(-3370511), I16F16::from_bits(-3314595), I16F16::from_bits(-3259817),
    I16F16::from_bits(-3255032), I16F16::from_bits(-3254610), I16F16::from_bits(-3219230),
    I16F16::from_bits(-3264778), I16F16::from_bits(-3317546), I16F16::from_bits(-3308503),
    I16F16::from_bits(-3429804), I16F16::from_bits(-3211901), I16F16::from_bits(-3181741),
    I16F16::from_bits(-3348028), I16F16::from_bits(-3367920), I16F16::from_bits(-3310789),
    I16F16::from_bits(-3313177), I16F16::from_bits(-3344871), I16F16::from_bits(-3398408),
    I16F16::from_bits(-3392208), I16F16::from_bits(-3307664), I16F16::from_bits(-3361415),
    I16F16::from_bits(-3327336), I16F16::from_bits(-3340506), I16F16::from_bits(-3260656),
    I16F16::from_bits(-3372643), I16F16::from_bits(-3333456), I16F16::from_bits(-3195036),
    I16F16::from_bits(-3317146), I16F16::from_bits(-3229573), I16F16::from_bits(-3216189),
    I16F16::from_bits(-3365894),
];

/// Potential after a spike, mV, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static RESET: [I16F16; NEURONS] = [
    I16F16::from_bits(-4212474), I16F16::from_bits(-4319961), I16F16::from_bits(-4202942),
    I16F16::from_bits(-4250636), I16F16::from_bits(-4319202), I16F16::from_bits(-4318182),
    I16F16::from_bits(-4222781), I16F16::from_bits(-4244249), I16F16::from_bits(-4261310),
    I16F16::from_bits(-4254366), I16F16::from_bits(-4224516), I16F16::from_bits(-4266740),
    I16F16::from_bits(-4200875), I16F16::from_bits(-4210973), I16F16::from_bits(-4277724),
    I16F16::from_bits(-4313499), I16F16::from_bits(-4315892), I16F16::from_bits(-4258425),
    I16F16::from_bits(-4320470), I16F16::from_bits(-4212556), I16F16::from_bits(-4236620),
    I16F16::from_bits(-4269743), I16F16::from_bits(-4232535), I16F16::from_bits(-4308488),
    I16F16::from_bits(-4229919), I16F16::from_bits(-4235114), I16F16::from_bits(-4238189),
    I16F16::from_bits(-4295652), I16F16::from_bits(-4258124), I16F16::from_bits(-4321364),
    I16F16::from_bits(-4256019), I16F16::from_bits(-4214802), I16F16::from_bits(-4198880),
    I16F16::from_bits(-4290072), I16F16::from_bits(-4212514), I16F16::from_bits(-4197089),
    I16F16::from_bits(-4270887),
];
