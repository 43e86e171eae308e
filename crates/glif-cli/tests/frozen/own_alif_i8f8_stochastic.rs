// Frozen by `glif freeze` from `own_alif_i8f8_stochastic.toml`: change that, and freeze again.
// Needs the crate glif-core 0.1.0.
//
// model alif, 37 neurons, in i8f8
// refractory = nest, rounding = stochastic
//
// step_time = 0.7 ms
// rest_v = -60.3 mV
// reset_v = -67.79108816167873 to -61.85634193922031 mV over the neurons, drawn with seed 5
// thresh_eq_v = -50.2 mV
// refrac_t = 2.8 ms
// tc_membrane = 15.862287686764757 to 23.14449021291437 ms over the neurons, drawn with seed 5
// tc_adaptation = [40 to 76, 220.00000000000003 to 400] ms over the neurons
// spike_increment = [1.5, 0.5] mV
// resistance = 0.9 MΩ
//
// The arrays of own coefficients take 518 bytes of flash: 14 for each neuron.

use glif_core::fixed::types::I8F8;
use glif_core::fixed_point::{Decay16, Gain16, OwnDecay16};
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
pub type Arrays = PopulationState<I8F8, 2, NEURONS>;

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
    own: OwnSlices {
        // the coefficients that vary from neuron to neuron
        decay: &DECAY,
        reset: &RESET,
        component_decay: &COMPONENT_DECAY,
        ..OwnSlices::SHARED
    },
    neurons: NEURONS,
};

/// The coefficients that all neurons share. A step does not use those of which each neuron has its own.
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub const NEURON: Model = Levels::new(LevelParts {
    dialect: Dialect::Inferno,
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
        // neuron 0; `DECAY` has that of each
        factor: -10349,
        shift: 18,
        keep: -1,
    },
    // thresh_eq_v = -50.19921875 mV
    threshold: -12851,
    // neuron 0; `RESET` has that of each
    reset: DynReset::Fixed(FixedReset(-16395)),
    // steps from a spike to the next possible one
    refractory: 5,
    rounding: Stochastic {
        // equal seeds give equal runs
        seed: 5,
    },
    adaptation_decay: &[
        Decay16 {
            // neuron 0; `COMPONENT_DECAY` has that of each
            factor: -9095,
            shift: 19,
            keep: -1,
        },
        Decay16 {
            // neuron 0; `COMPONENT_DECAY` has that of each
            factor: -14667,
            shift: 23,
            keep: -1,
        },
    ],
    increment: &[
        384, // spike_increment[0] = 1.5 mV
        128, // spike_increment[1] = 0.5 mV
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
    adapt: true,
};

/// The state at rest, to initialize a `static` with.
pub const AT_REST: Arrays = PopulationState {
    // mV
    membrane: [I8F8::from_bits(NEURON.base.rest as i16); NEURONS],
    // no steps to go, no spike
    refractory: [Refractory::new(0, false); NEURONS],
    // mV, component by component
    adaptation: [[I8F8::ZERO; NEURONS]; 2],
};

/// Decay factor of the membrane per step, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static DECAY: [OwnDecay16; NEURONS] = [
    OwnDecay16 { factor: -10349, shift: 18 }, OwnDecay16 { factor: -8904, shift: 18 },
    OwnDecay16 { factor: -9101, shift: 18 }, OwnDecay16 { factor: -9793, shift: 18 },
    OwnDecay16 { factor: -10430, shift: 18 }, OwnDecay16 { factor: -9203, shift: 18 },
    OwnDecay16 { factor: -10119, shift: 18 }, OwnDecay16 { factor: -10267, shift: 18 },
    OwnDecay16 { factor: -10501, shift: 18 }, OwnDecay16 { factor: -9626, shift: 18 },
    OwnDecay16 { factor: -9681, shift: 18 }, OwnDecay16 { factor: -9149, shift: 18 },
    OwnDecay16 { factor: -9023, shift: 18 }, OwnDecay16 { factor: -9383, shift: 18 },
    OwnDecay16 { factor: -9790, shift: 18 }, OwnDecay16 { factor: -10089, shift: 18 },
    OwnDecay16 { factor: -10427, shift: 18 }, OwnDecay16 { factor: -8756, shift: 18 },
    OwnDecay16 { factor: -10483, shift: 18 }, OwnDecay16 { factor: -9091, shift: 18 },
    OwnDecay16 { factor: -8977, shift: 18 }, OwnDecay16 { factor: -10222, shift: 18 },
    OwnDecay16 { factor: -9063, shift: 18 }, OwnDecay16 { factor: -10792, shift: 18 },
    OwnDecay16 { factor: -10529, shift: 18 }, OwnDecay16 { factor: -8474, shift: 18 },
    OwnDecay16 { factor: -10790, shift: 18 }, OwnDecay16 { factor: -11317, shift: 18 },
    OwnDecay16 { factor: -9215, shift: 18 }, OwnDecay16 { factor: -9882, shift: 18 },
    OwnDecay16 { factor: -9427, shift: 18 }, OwnDecay16 { factor: -9659, shift: 18 },
    OwnDecay16 { factor: -9778, shift: 18 }, OwnDecay16 { factor: -10914, shift: 18 },
    OwnDecay16 { factor: -15620, shift: 19 }, OwnDecay16 { factor: -8833, shift: 18 },
    OwnDecay16 { factor: -9359, shift: 18 },
];

/// Potential after a spike, mV, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static RESET: [I8F8; NEURONS] = [
    I8F8::from_bits(-16395), I8F8::from_bits(-17176), I8F8::from_bits(-16366),
    I8F8::from_bits(-16505), I8F8::from_bits(-16803), I8F8::from_bits(-16618),
    I8F8::from_bits(-16573), I8F8::from_bits(-16821), I8F8::from_bits(-16488),
    I8F8::from_bits(-15835), I8F8::from_bits(-16602), I8F8::from_bits(-16862),
    I8F8::from_bits(-16406), I8F8::from_bits(-16619), I8F8::from_bits(-16378),
    I8F8::from_bits(-16577), I8F8::from_bits(-16533), I8F8::from_bits(-16857),
    I8F8::from_bits(-17015), I8F8::from_bits(-17075), I8F8::from_bits(-16793),
    I8F8::from_bits(-17132), I8F8::from_bits(-16629), I8F8::from_bits(-16417),
    I8F8::from_bits(-16816), I8F8::from_bits(-17355), I8F8::from_bits(-16838),
    I8F8::from_bits(-16719), I8F8::from_bits(-16426), I8F8::from_bits(-17068),
    I8F8::from_bits(-16339), I8F8::from_bits(-16958), I8F8::from_bits(-16247),
    I8F8::from_bits(-16815), I8F8::from_bits(-16557), I8F8::from_bits(-16614),
    I8F8::from_bits(-16577),
];

/// Decay factor of each component per step, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static COMPONENT_DECAY: [OwnDecay16; 2 * NEURONS] = [
    // component 0
    OwnDecay16 { factor: -9095, shift: 19 }, OwnDecay16 { factor: -8875, shift: 19 },
    OwnDecay16 { factor: -8666, shift: 19 }, OwnDecay16 { factor: -8466, shift: 19 },
    OwnDecay16 { factor: -8275, shift: 19 }, OwnDecay16 { factor: -16185, shift: 20 },
    OwnDecay16 { factor: -15836, shift: 20 }, OwnDecay16 { factor: -15501, shift: 20 },
    OwnDecay16 { factor: -15181, shift: 20 }, OwnDecay16 { factor: -14873, shift: 20 },
    OwnDecay16 { factor: -14578, shift: 20 }, OwnDecay16 { factor: -14294, shift: 20 },
    OwnDecay16 { factor: -14021, shift: 20 }, OwnDecay16 { factor: -13758, shift: 20 },
    OwnDecay16 { factor: -13505, shift: 20 }, OwnDecay16 { factor: -13261, shift: 20 },
    OwnDecay16 { factor: -13026, shift: 20 }, OwnDecay16 { factor: -12799, shift: 20 },
    OwnDecay16 { factor: -12579, shift: 20 }, OwnDecay16 { factor: -12367, shift: 20 },
    OwnDecay16 { factor: -12162, shift: 20 }, OwnDecay16 { factor: -11964, shift: 20 },
    OwnDecay16 { factor: -11772, shift: 20 }, OwnDecay16 { factor: -11586, shift: 20 },
    OwnDecay16 { factor: -11406, shift: 20 }, OwnDecay16 { factor: -11232, shift: 20 },
    OwnDecay16 { factor: -11062, shift: 20 }, OwnDecay16 { factor: -10898, shift: 20 },
    OwnDecay16 { factor: -10739, shift: 20 }, OwnDecay16 { factor: -10584, shift: 20 },
    OwnDecay16 { factor: -10434, shift: 20 }, OwnDecay16 { factor: -10287, shift: 20 },
    OwnDecay16 { factor: -10145, shift: 20 }, OwnDecay16 { factor: -10007, shift: 20 },
    OwnDecay16 { factor: -9872, shift: 20 }, OwnDecay16 { factor: -9741, shift: 20 },
    OwnDecay16 { factor: -9614, shift: 20 },
    // component 1
    OwnDecay16 { factor: -14667, shift: 23 }, OwnDecay16 { factor: -14853, shift: 23 },
    OwnDecay16 { factor: -15043, shift: 23 }, OwnDecay16 { factor: -15238, shift: 23 },
    OwnDecay16 { factor: -15438, shift: 23 }, OwnDecay16 { factor: -15644, shift: 23 },
    OwnDecay16 { factor: -15855, shift: 23 }, OwnDecay16 { factor: -16072, shift: 23 },
    OwnDecay16 { factor: -16295, shift: 23 }, OwnDecay16 { factor: -8262, shift: 22 },
    OwnDecay16 { factor: -8380, shift: 22 }, OwnDecay16 { factor: -8502, shift: 22 },
    OwnDecay16 { factor: -8626, shift: 22 }, OwnDecay16 { factor: -8755, shift: 22 },
    OwnDecay16 { factor: -8888, shift: 22 }, OwnDecay16 { factor: -9024, shift: 22 },
    OwnDecay16 { factor: -9165, shift: 22 }, OwnDecay16 { factor: -9310, shift: 22 },
    OwnDecay16 { factor: -9460, shift: 22 }, OwnDecay16 { factor: -9615, shift: 22 },
    OwnDecay16 { factor: -9775, shift: 22 }, OwnDecay16 { factor: -9941, shift: 22 },
    OwnDecay16 { factor: -10112, shift: 22 }, OwnDecay16 { factor: -10289, shift: 22 },
    OwnDecay16 { factor: -10473, shift: 22 }, OwnDecay16 { factor: -10663, shift: 22 },
    OwnDecay16 { factor: -10860, shift: 22 }, OwnDecay16 { factor: -11065, shift: 22 },
    OwnDecay16 { factor: -11277, shift: 22 }, OwnDecay16 { factor: -11498, shift: 22 },
    OwnDecay16 { factor: -11728, shift: 22 }, OwnDecay16 { factor: -11967, shift: 22 },
    OwnDecay16 { factor: -12216, shift: 22 }, OwnDecay16 { factor: -12475, shift: 22 },
    OwnDecay16 { factor: -12746, shift: 22 }, OwnDecay16 { factor: -13029, shift: 22 },
    OwnDecay16 { factor: -13324, shift: 22 },
];
