// Frozen by `glif freeze` from `direction.toml`: change that, and freeze again.
// Needs the crate glif-core 0.1.0.
//
// network in i16f16, 4 populations, 4 projections
// step_time = 0.1 ms, rounding = nearest, seed = 0
// The arrays of the projections take 1596 bytes of flash.

use glif_core::fixed::types::I16F16;
use glif_core::fixed_point::OwnDecay32;
use glif_core::network::synapse::Exponential;
#[rustfmt::skip]
use glif_core::network::{Arrival, Connections, Delays, Draw, History, HistoryView, Inputs, Projection, Scale, Sums, Synapse, Targets, Weights};
use glif_core::own::Values;
use glif_core::{Jumps, LengthError, Nearest, RngCounter};

/// The population `coincidence`.
#[rustfmt::skip]
pub mod coincidence {
    // Frozen by `glif freeze` from `direction.toml`: change that, and freeze again.
    // Needs the crate glif-core 0.1.0.
    //
    // model lif, 9 neurons, in i16f16
    // refractory = inferno, rounding = nearest
    //
    // step_time = 0.1 ms
    // rest_v = 0 mV
    // reset_v = -1 mV
    // thresh_v = 9 mV
    // refrac_t = 1 ms
    // time_constant = 0.4 ms
    // resistance = 1 MΩ

    use glif_core::fixed::types::I16F16;
    use glif_core::fixed_point::{Decay32, Gain32};
    use glif_core::levels::{DynReset, LevelParts};
    use glif_core::neuron::FixedReset;
    use glif_core::own::OwnSlices;
    use glif_core::spec::Dialect;
    use glif_core::{Levels, Nearest, OwnCoefficients, PopulationState, Refractory, StepOptions};

    /// How many neurons there are: shape [9] in C order.
    pub const NEURONS: usize = 9;

    /// The model.
    pub type Model = Levels<I16F16, Nearest>;

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
    pub static POPULATION: OwnCoefficients<'static, I16F16, Nearest> = OwnCoefficients {
        shared: &NEURON,
        // no coefficient varies from neuron to neuron
        own: OwnSlices::SHARED,
        neurons: NEURONS,
    };

    /// The coefficients that all neurons share.
    #[allow(clippy::approx_constant, reason = "as they were derived")]
    pub const NEURON: Model = Levels::new(LevelParts {
        dialect: Dialect::Inferno,
        // rest_v = 0 mV
        rest: 0,
        gain: Gain32 {
            // resistance = 1 MΩ
            lowest: -536870911,
            highest: 536870911,
            shift: 2,
            factor: 1073741824,
        },
        decay: Decay32 {
            // membrane decay = 0.7788007829803973
            factor: -950043403,
            keep: -1,
        },
        // thresh_v = 9 mV
        threshold: 589824,
        // reset_v = -1 mV
        reset: DynReset::Fixed(FixedReset(-65536)),
        // steps from a spike to the next possible one
        refractory: 10,
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
        membrane: [I16F16::from_bits(NEURON.base.rest); NEURONS],
        // no steps to go, no spike
        refractory: [Refractory::new(0, false); NEURONS],
        // mV, component by component
        adaptation: [[I16F16::ZERO; NEURONS]; 0],
    };
}

/// The population `direction`.
#[rustfmt::skip]
pub mod direction {
    // Frozen by `glif freeze` from `direction.toml`: change that, and freeze again.
    // Needs the crate glif-core 0.1.0.
    //
    // model lif, 9 neurons, in i16f16
    // refractory = inferno, rounding = nearest
    //
    // step_time = 0.1 ms
    // rest_v = 0 mV
    // reset_v = 0 mV
    // thresh_v = 5 mV
    // refrac_t = 2 ms
    // time_constant = 30 ms
    // resistance = 1 MΩ

    use glif_core::fixed::types::I16F16;
    use glif_core::fixed_point::{Decay32, Gain32};
    use glif_core::levels::{DynReset, LevelParts};
    use glif_core::neuron::FixedReset;
    use glif_core::own::OwnSlices;
    use glif_core::spec::Dialect;
    use glif_core::{Levels, Nearest, OwnCoefficients, PopulationState, Refractory, StepOptions};

    /// How many neurons there are: shape [9] in C order.
    pub const NEURONS: usize = 9;

    /// The model.
    pub type Model = Levels<I16F16, Nearest>;

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
    pub static POPULATION: OwnCoefficients<'static, I16F16, Nearest> = OwnCoefficients {
        shared: &NEURON,
        // no coefficient varies from neuron to neuron
        own: OwnSlices::SHARED,
        neurons: NEURONS,
    };

    /// The coefficients that all neurons share.
    #[allow(clippy::approx_constant, reason = "as they were derived")]
    pub const NEURON: Model = Levels::new(LevelParts {
        dialect: Dialect::Inferno,
        // rest_v = 0 mV
        rest: 0,
        gain: Gain32 {
            // resistance = 1 MΩ
            lowest: -536870911,
            highest: 536870911,
            shift: 2,
            factor: 1073741824,
        },
        decay: Decay32 {
            // membrane decay = 0.9966722161043435
            factor: -14292723,
            keep: -1,
        },
        // thresh_v = 5 mV
        threshold: 327680,
        // reset_v = 0 mV
        reset: DynReset::Fixed(FixedReset(0)),
        // steps from a spike to the next possible one
        refractory: 20,
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
        membrane: [I16F16::from_bits(NEURON.base.rest); NEURONS],
        // no steps to go, no spike
        refractory: [Refractory::new(0, false); NEURONS],
        // mV, component by component
        adaptation: [[I16F16::ZERO; NEURONS]; 0],
    };
}

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_0_STARTS: [u32; 73] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
    26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49,
    50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72,
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_0_TARGETS: [u16; 72] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4,
    5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0,
    1, 2, 3, 4, 5, 6, 7, 8,
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_0_WEIGHTS: [i16; 72] = [
    32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767,
    32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767,
    32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767,
    32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767,
    32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767,
    32767, 32767, 32767, 32767, 32767, 32767, 32767,
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_0_SOURCES: [u32; 9] = [
    0, 9, 18, 27, 36, 45, 54, 63, 72,
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_0_DELAYS: [u8; 72] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4,
    5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0,
    1, 2, 3, 4, 5, 6, 7, 8,
];

/// The projection from `left` to `coincidence`.
#[rustfmt::skip]
pub static PROJECTION_0: Projection<'static, I16F16> = Projection {
    sources: 8,
    targets: 9,
    connections: Connections::Sparse {
        starts: &PROJECTION_0_STARTS,
        targets: Targets::U16(&PROJECTION_0_TARGETS),
    },
    weights: Weights::I16(&PROJECTION_0_WEIGHTS),
    delays: Delays::Rows {
        sources: &PROJECTION_0_SOURCES,
        delays: &PROJECTION_0_DELAYS,
        distinct: &[0, 1, 2, 3, 4, 5, 6, 7, 8],
    },
};
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const PROJECTION_0_SCALE: Values<'static, Scale> = Values { shared: Scale { factor: 1073774593, shift: 29 }, own: &[] };
#[rustfmt::skip]
const PROJECTION_0_FACTOR: Option<Values<'static, Scale>> = None;

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_1_STARTS: [u32; 73] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
    26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49,
    50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72,
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_1_TARGETS: [u16; 72] = [
    8, 7, 6, 5, 4, 3, 2, 1, 0, 8, 7, 6, 5, 4, 3, 2, 1, 0, 8, 7, 6, 5, 4, 3, 2, 1, 0, 8, 7, 6, 5, 4,
    3, 2, 1, 0, 8, 7, 6, 5, 4, 3, 2, 1, 0, 8, 7, 6, 5, 4, 3, 2, 1, 0, 8, 7, 6, 5, 4, 3, 2, 1, 0, 8,
    7, 6, 5, 4, 3, 2, 1, 0,
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_1_WEIGHTS: [i16; 72] = [
    32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767,
    32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767,
    32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767,
    32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767,
    32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767,
    32767, 32767, 32767, 32767, 32767, 32767, 32767,
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_1_SOURCES: [u32; 9] = [
    0, 9, 18, 27, 36, 45, 54, 63, 72,
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_1_DELAYS: [u8; 72] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4,
    5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0,
    1, 2, 3, 4, 5, 6, 7, 8,
];

/// The projection from `right` to `coincidence`.
#[rustfmt::skip]
pub static PROJECTION_1: Projection<'static, I16F16> = Projection {
    sources: 8,
    targets: 9,
    connections: Connections::Sparse {
        starts: &PROJECTION_1_STARTS,
        targets: Targets::U16(&PROJECTION_1_TARGETS),
    },
    weights: Weights::I16(&PROJECTION_1_WEIGHTS),
    delays: Delays::Rows {
        sources: &PROJECTION_1_SOURCES,
        delays: &PROJECTION_1_DELAYS,
        distinct: &[0, 1, 2, 3, 4, 5, 6, 7, 8],
    },
};
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const PROJECTION_1_SCALE: Values<'static, Scale> = Values { shared: Scale { factor: 1073774593, shift: 29 }, own: &[] };
#[rustfmt::skip]
const PROJECTION_1_FACTOR: Option<Values<'static, Scale>> = None;

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_2_STARTS: [u32; 10] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_2_TARGETS: [u16; 9] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8,
];

/// The projection from `coincidence` to `direction`.
#[rustfmt::skip]
pub static PROJECTION_2: Projection<'static, I16F16> = Projection {
    sources: 9,
    targets: 9,
    connections: Connections::Sparse {
        starts: &PROJECTION_2_STARTS,
        targets: Targets::U16(&PROJECTION_2_TARGETS),
    },
    weights: Weights::One,
    delays: Delays::All(1),
};
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const PROJECTION_2_SCALE: Values<'static, Scale> = Values { shared: Scale { factor: 1073741824, shift: 13 }, own: &[] };
#[rustfmt::skip]
const PROJECTION_2_FACTOR: Option<Values<'static, Scale>> = None;

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_3_WEIGHTS: [i16; 81] = [
    0, -32767, -32767, -32767, -32767, -32767, -32767, -32767, -32767, -32767, 0, -32767, -32767,
    -32767, -32767, -32767, -32767, -32767, -32767, -32767, 0, -32767, -32767, -32767, -32767,
    -32767, -32767, -32767, -32767, -32767, 0, -32767, -32767, -32767, -32767, -32767, -32767,
    -32767, -32767, -32767, 0, -32767, -32767, -32767, -32767, -32767, -32767, -32767, -32767,
    -32767, 0, -32767, -32767, -32767, -32767, -32767, -32767, -32767, -32767, -32767, 0, -32767,
    -32767, -32767, -32767, -32767, -32767, -32767, -32767, -32767, 0, -32767, -32767, -32767,
    -32767, -32767, -32767, -32767, -32767, -32767, 0,
];

/// The projection from `direction` to `direction`.
#[rustfmt::skip]
pub static PROJECTION_3: Projection<'static, I16F16> = Projection {
    sources: 9,
    targets: 9,
    connections: Connections::Dense,
    weights: Weights::I16(&PROJECTION_3_WEIGHTS),
    delays: Delays::All(1),
};
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const PROJECTION_3_SCALE: Values<'static, Scale> = Values { shared: Scale { factor: 1073774593, shift: 28 }, own: &[] };
#[rustfmt::skip]
const PROJECTION_3_FACTOR: Option<Values<'static, Scale>> = None;

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const DIRECTION_SYNAPSE_2_DECAY: Values<'static, OwnDecay32> = Values { shared: OwnDecay32 { factor: -85046051 }, own: &[] };
/// What changes from step to step.
#[rustfmt::skip]
#[derive(Debug, Clone)]
pub struct Network {
    /// Number of steps since the beginning.
    pub step: u64,
    /// Number of the sample, of which stimuli have their own random numbers.
    pub sample: u32,
    /// Spikes of `left` in the last 9 steps.
    pub left_history: [u32; 9],
    /// Spikes of `right` in the last 9 steps.
    pub right_history: [u32; 9],
    /// State of `coincidence`.
    pub coincidence: coincidence::Arrays,
    /// Spikes of `coincidence` in the last step: bit i % 32 of word i / 32 is neuron i.
    pub coincidence_spikes: [u32; 1],
    /// Spikes of `coincidence` in the last 2 steps.
    pub coincidence_history: [u32; 2],
    /// Jumps of the membranes of `coincidence`, mV, term by term.
    pub coincidence_jumps: [[i32; 9]; 1],
    /// State of `direction`.
    pub direction: direction::Arrays,
    /// Spikes of `direction` in the last step: bit i % 32 of word i / 32 is neuron i.
    pub direction_spikes: [u32; 1],
    /// Spikes of `direction` in the last 2 steps.
    pub direction_history: [u32; 2],
    /// Currents of `direction`, nA.
    pub direction_currents: [I16F16; 9],
    /// Jumps of the membranes of `direction`, mV, term by term.
    pub direction_jumps: [[i32; 9]; 1],
    /// Currents of the synapse `inhibition` of `direction`, nA.
    pub direction_synapse_2: [I16F16; 9],
    /// Sums of projection 0.
    pub sums_0: [i32; 64],
    /// Sums of projection 1.
    pub sums_1: [i32; 64],
    /// Sums of projection 2.
    pub sums_2: [i32; 9],
    /// Sums of projection 3.
    pub sums_3: [i32; 9],
}

/// What comes from outside in a step.
#[rustfmt::skip]
#[derive(Debug, Clone, Copy, Default)]
pub struct Outside<'a> {
    /// Spikes of `left`: bit i % 32 of word i / 32 is neuron i. Empty for no spikes.
    pub left: &'a [u32],
    /// Spikes of `right`: bit i % 32 of word i / 32 is neuron i. Empty for no spikes.
    pub right: &'a [u32],
    /// Currents of `coincidence` from outside, nA. Empty for none.
    pub coincidence: &'a [I16F16],
    /// Currents of `direction` from outside, nA. Empty for none.
    pub direction: &'a [I16F16],
}

#[rustfmt::skip]
impl Network {
    /// The network at the beginning, to initialize a `static` with.
    pub const START: Self = Self {
        step: 0,
        sample: 0,
        left_history: [0; 9],
        right_history: [0; 9],
        coincidence: coincidence::AT_REST,
        coincidence_spikes: [0; 1],
        coincidence_history: [0; 2],
        coincidence_jumps: [[0; 9]; 1],
        direction: direction::AT_REST,
        direction_spikes: [0; 1],
        direction_history: [0; 2],
        direction_currents: [I16F16::ZERO; 9],
        direction_jumps: [[0; 9]; 1],
        direction_synapse_2: [I16F16::ZERO; 9],
        sums_0: [0; 64],
        sums_1: [0; 64],
        sums_2: [0; 9],
        sums_3: [0; 9],
    };

    /// Makes a step.
    ///
    /// # Errors
    /// Returns an error if what comes from outside has another length than its population. Nothing has changed then.
    pub fn step(&mut self, outside: &Outside<'_>) -> Result<(), LengthError> {
        if !outside.left.is_empty() && outside.left.len() != 1 {
            return Err(LengthError { name: "left", length: outside.left.len(), expected: 1 });
        }
        if !outside.right.is_empty() && outside.right.len() != 1 {
            return Err(LengthError { name: "right", length: outside.right.len(), expected: 1 });
        }
        if !outside.coincidence.is_empty() && outside.coincidence.len() != 9 {
            return Err(LengthError { name: "coincidence", length: outside.coincidence.len(), expected: 9 });
        }
        if !outside.direction.is_empty() && outside.direction.len() != 9 {
            return Err(LengthError { name: "direction", length: outside.direction.len(), expected: 9 });
        }
        let at = RngCounter { step: self.step, neuron: 0 };
        let draw = Draw { seed: 0, stimulus: 0, sample: self.sample, step: self.step };

        // left
        if let Some(mut history) = History::new(&mut self.left_history, 8, 8, 1) {
            let recorded = history.record(self.step);
            recorded.fill(0);
            recorded.iter_mut().zip(outside.left).for_each(|(to, from)| *to = *from);
        }

        // right
        if let Some(mut history) = History::new(&mut self.right_history, 8, 8, 1) {
            let recorded = history.record(self.step);
            recorded.fill(0);
            recorded.iter_mut().zip(outside.right).for_each(|(to, from)| *to = *from);
        }

        // coincidence
        let history = HistoryView::new(&self.left_history, 8, 8, 1);
        PROJECTION_0.deliver(history, self.step, 0, Sums::Integers(&mut self.sums_0));
        let history = HistoryView::new(&self.right_history, 8, 8, 1);
        PROJECTION_1.deliver(history, self.step, 0, Sums::Integers(&mut self.sums_1));
        let mut arrivals: [Arrival<'_, I16F16>; 2] = [
            Arrival {
                synapse: 0,
                sums: Sums::Integers(&mut self.sums_0),
                scale: PROJECTION_0_SCALE,
                factor: PROJECTION_0_FACTOR,
            },
            Arrival {
                synapse: 0,
                sums: Sums::Integers(&mut self.sums_1),
                scale: PROJECTION_1_SCALE,
                factor: PROJECTION_1_FACTOR,
            },
        ];
        let mut synapses: [Synapse<'_, I16F16, Nearest>; 1] = [
            Synapse::Delta,
        ];
        let mut inputs = Inputs {
            outside: outside.coincidence,
            stimuli: &[],
            arrivals: &mut arrivals,
            synapses: &mut synapses,
            draw,
        };
        inputs.gather(at, &mut [], &mut self.coincidence_jumps.each_mut().map(|jumps| jumps.as_mut_slice()));
        let currents = if outside.coincidence.is_empty() {
            static NONE: [I16F16; 9] = [I16F16::ZERO; 9];
            &NONE[..]
        } else {
            outside.coincidence
        };
        let terms = self.coincidence_jumps.each_ref().map(|term| term.as_slice());
        let state = self.coincidence.as_mut().widened();
        coincidence::POPULATION.run_jumped(0, state, (currents, Jumps::new(&terms).unwrap_or(Jumps::NONE)), coincidence::FLAGS, at, &mut self.coincidence_spikes)?;
        if let Some(mut history) = History::new(&mut self.coincidence_history, 9, 1, 1) {
            history.record(self.step).copy_from_slice(&self.coincidence_spikes);
        }

        // direction
        let history = HistoryView::new(&self.coincidence_history, 9, 1, 1);
        PROJECTION_2.deliver(history, self.step, 0, Sums::Integers(&mut self.sums_2));
        let history = HistoryView::new(&self.direction_history, 9, 1, 1);
        PROJECTION_3.deliver(history, self.step, 0, Sums::Integers(&mut self.sums_3));
        let mut arrivals: [Arrival<'_, I16F16>; 2] = [
            Arrival {
                synapse: 0,
                sums: Sums::Integers(&mut self.sums_2),
                scale: PROJECTION_2_SCALE,
                factor: PROJECTION_2_FACTOR,
            },
            Arrival {
                synapse: 1,
                sums: Sums::Integers(&mut self.sums_3),
                scale: PROJECTION_3_SCALE,
                factor: PROJECTION_3_FACTOR,
            },
        ];
        let mut synapses: [Synapse<'_, I16F16, Nearest>; 2] = [
            Synapse::Delta,
            Synapse::Held {
                exponential: Exponential { decay: DIRECTION_SYNAPSE_2_DECAY, rounding: Nearest, number: 2 },
                state: &mut self.direction_synapse_2,
            },
        ];
        let mut inputs = Inputs {
            outside: outside.direction,
            stimuli: &[],
            arrivals: &mut arrivals,
            synapses: &mut synapses,
            draw,
        };
        inputs.gather(at, &mut self.direction_currents, &mut self.direction_jumps.each_mut().map(|jumps| jumps.as_mut_slice()));
        let terms = self.direction_jumps.each_ref().map(|term| term.as_slice());
        let state = self.direction.as_mut().widened();
        direction::POPULATION.run_jumped(0, state, (&self.direction_currents, Jumps::new(&terms).unwrap_or(Jumps::NONE)), direction::FLAGS, at, &mut self.direction_spikes)?;
        if let Some(mut history) = History::new(&mut self.direction_history, 9, 1, 1) {
            history.record(self.step).copy_from_slice(&self.direction_spikes);
        }
        self.step += 1;
        Ok(())
    }
}
