// Frozen by `glif freeze` from `network_i8f8.toml`: change that, and freeze again.
// Needs the crate glif-core 0.1.0.
//
// network in i8f8, 10 populations, 15 projections
// step_time = 1 ms, rounding = nearest, seed = 11
// The arrays of the projections take 5594 bytes of flash.

use glif_core::fixed::types::I8F8;
use glif_core::fixed_point::OwnDecay16;
use glif_core::network::synapse::Exponential;
#[rustfmt::skip]
use glif_core::network::{Arrival, Connections, Convolution, Delays, Draw, History, HistoryView, Inputs, Projection, Scale, Source, Stimulus, Sums, Synapse, Targets, Weights};
use glif_core::own::Values;
use glif_core::{Jumps, LengthError, Nearest, RngCounter};

/// The population `exc`.
#[rustfmt::skip]
pub mod exc {
    // Frozen by `glif freeze` from `network_i8f8.toml`: change that, and freeze again.
    // Needs the crate glif-core 0.1.0.
    //
    // model alif, 40 neurons, in i8f8
    // refractory = inferno, rounding = nearest
    //
    // step_time = 1 ms
    // rest_v = 0 mV
    // reset_v = -1 mV
    // thresh_eq_v = 8 mV
    // refrac_t = 2 ms
    // tc_membrane = 15 ms
    // tc_adaptation = 20 ms
    // spike_increment = 0.5 mV
    // resistance = 1 MΩ

    use glif_core::fixed::types::I8F8;
    use glif_core::fixed_point::{Decay16, Gain16};
    use glif_core::levels::{DynReset, LevelParts};
    use glif_core::neuron::FixedReset;
    use glif_core::own::OwnSlices;
    use glif_core::spec::Dialect;
    use glif_core::{Levels, Nearest, OwnCoefficients, PopulationState, Refractory, StepOptions};

    /// How many neurons there are: shape [40] in C order.
    pub const NEURONS: usize = 40;

    /// The model.
    pub type Model = Levels<I8F8, Nearest>;

    /// What changes from step to step.
    pub type Arrays = PopulationState<I8F8, 1, NEURONS>;

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
    pub static POPULATION: OwnCoefficients<'static, I8F8, Nearest> = OwnCoefficients {
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
        gain: Gain16 {
            // resistance = 1 MΩ
            lowest: -32768,
            highest: 32767,
            shift: 14,
            factor: 16384,
        },
        decay: Decay16 {
            // membrane decay = 0.9355087280273438
            factor: -8453,
            shift: 17,
            keep: -1,
        },
        // thresh_eq_v = 8 mV
        threshold: 2048,
        // reset_v = -1 mV
        reset: DynReset::Fixed(FixedReset(-256)),
        // steps from a spike to the next possible one
        refractory: 2,
        rounding: Nearest,
        adaptation_decay: &[Decay16 {
            // adaptation decay[0] = 0.9512290954589844
            factor: -12785,
            shift: 18,
            keep: -1,
        }],
        increment: &[
            128, // spike_increment[0] = 0.5 mV
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
        adaptation: [[I8F8::ZERO; NEURONS]; 1],
    };
}

/// The population `inh`.
#[rustfmt::skip]
pub mod inh {
    // Frozen by `glif freeze` from `network_i8f8.toml`: change that, and freeze again.
    // Needs the crate glif-core 0.1.0.
    //
    // model lif, 33 neurons, in i8f8
    // refractory = inferno, rounding = nearest
    //
    // step_time = 1 ms
    // rest_v = 0 mV
    // reset_v = -1 mV
    // thresh_v = 6.109999135893683 to 8.90416195986583 mV over the neurons
    // refrac_t = 1 ms
    // time_constant = 10 ms
    // resistance = 1.5 MΩ
    //
    // The arrays of own coefficients take 66 bytes of flash: 2 for each neuron.

    use glif_core::fixed::types::I8F8;
    use glif_core::fixed_point::{Decay16, Gain16};
    use glif_core::levels::{DynReset, LevelParts};
    use glif_core::neuron::FixedReset;
    use glif_core::own::OwnSlices;
    use glif_core::spec::Dialect;
    use glif_core::{Levels, Nearest, OwnCoefficients, PopulationState, Refractory, StepOptions};

    /// How many neurons there are: shape [33] in C order.
    pub const NEURONS: usize = 33;

    /// The model.
    pub type Model = Levels<I8F8, Nearest>;

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
    pub static POPULATION: OwnCoefficients<'static, I8F8, Nearest> = OwnCoefficients {
        shared: &NEURON,
        own: OwnSlices {
            // the coefficients that vary from neuron to neuron
            threshold: &THRESHOLD,
            ..OwnSlices::SHARED
        },
        neurons: NEURONS,
    };

    /// The coefficients that all neurons share. A step does not use those of which each neuron has its own.
    #[allow(clippy::approx_constant, reason = "as they were derived")]
    pub const NEURON: Model = Levels::new(LevelParts {
        dialect: Dialect::Inferno,
        // rest_v = 0 mV
        rest: 0,
        gain: Gain16 {
            // resistance = 1.5 MΩ
            lowest: -21845,
            highest: 21844,
            shift: 14,
            factor: 24576,
        },
        decay: Decay16 {
            // membrane decay = 0.9048385620117188
            factor: -12473,
            shift: 17,
            keep: -1,
        },
        // neuron 0; `THRESHOLD` has that of each
        threshold: 2213,
        // reset_v = -1 mV
        reset: DynReset::Fixed(FixedReset(-256)),
        // steps from a spike to the next possible one
        refractory: 1,
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
        membrane: [I8F8::from_bits(NEURON.base.rest as i16); NEURONS],
        // no steps to go, no spike
        refractory: [Refractory::new(0, false); NEURONS],
        // mV, component by component
        adaptation: [[I8F8::ZERO; NEURONS]; 0],
    };

    /// Threshold without adaptation, mV, of each neuron.
    #[rustfmt::skip]
    #[allow(clippy::approx_constant, reason = "as they were derived")]
    pub static THRESHOLD: [I8F8; NEURONS] = [
        I8F8::from_bits(2213), I8F8::from_bits(2221), I8F8::from_bits(1712), I8F8::from_bits(1935),
        I8F8::from_bits(1877), I8F8::from_bits(1779), I8F8::from_bits(2163), I8F8::from_bits(2220),
        I8F8::from_bits(2066), I8F8::from_bits(2005), I8F8::from_bits(2210), I8F8::from_bits(1948),
        I8F8::from_bits(1823), I8F8::from_bits(1564), I8F8::from_bits(1624), I8F8::from_bits(1744),
        I8F8::from_bits(1961), I8F8::from_bits(1951), I8F8::from_bits(2083), I8F8::from_bits(2136),
        I8F8::from_bits(2046), I8F8::from_bits(1848), I8F8::from_bits(1727), I8F8::from_bits(1660),
        I8F8::from_bits(2240), I8F8::from_bits(1752), I8F8::from_bits(2154), I8F8::from_bits(2062),
        I8F8::from_bits(2208), I8F8::from_bits(1696), I8F8::from_bits(1736), I8F8::from_bits(2257),
        I8F8::from_bits(2279),
    ];
}

/// The population `out`.
#[rustfmt::skip]
pub mod out {
    // Frozen by `glif freeze` from `network_i8f8.toml`: change that, and freeze again.
    // Needs the crate glif-core 0.1.0.
    //
    // model lif, 5 neurons, in i8f8
    // refractory = inferno, rounding = nearest
    //
    // step_time = 1 ms
    // rest_v = 0 mV
    // reset_v = 0 mV
    // thresh_v = 5 mV
    // refrac_t = 0 ms
    // time_constant = 8 ms
    // resistance = 1 MΩ

    use glif_core::fixed::types::I8F8;
    use glif_core::fixed_point::{Decay16, Gain16};
    use glif_core::neuron::FixedReset;
    use glif_core::{Coefficients, Inferno, Nearest, PopulationState, Refractory, StepOptions};

    /// How many neurons there are: shape [5] in C order.
    pub const NEURONS: usize = 5;

    /// The model.
    pub type Model = Coefficients<I8F8, FixedReset<I8F8>, 0, Nearest>;

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
    /// NEURON.run(state.as_mut(), &currents, FLAGS, at, &mut spikes)?;
    /// ```
    #[allow(clippy::approx_constant, reason = "as they were derived")]
    pub const NEURON: Model = Coefficients {
        // rest_v = 0 mV
        rest: 0,
        gain: Gain16 {
            // resistance = 1 MΩ
            lowest: -32768,
            highest: 32767,
            shift: 14,
            factor: 16384,
        },
        decay: Decay16 {
            // membrane decay = 0.8824996948242188
            factor: -15401,
            shift: 17,
            keep: -1,
        },
        // thresh_v = 5 mV
        threshold: 1280,
        // reset_v = 0 mV
        reset: FixedReset(0),
        // steps from a spike to the next possible one
        refractory: 0,
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
        membrane: [I8F8::from_bits(NEURON.rest as i16); NEURONS],
        // no steps to go, no spike
        refractory: [Refractory::new(0, false); NEURONS],
        // mV, component by component
        adaptation: [[I8F8::ZERO; NEURONS]; 0],
    };
}

/// The population `gate`.
#[rustfmt::skip]
pub mod gate {
    // Frozen by `glif freeze` from `network_i8f8.toml`: change that, and freeze again.
    // Needs the crate glif-core 0.1.0.
    //
    // model if, 34 neurons, in i8f8
    // refractory = inferno, rounding = nearest
    //
    // step_time = 1 ms
    // reset_v = -1 mV
    // thresh_v = 3 mV
    // refrac_t = 2 ms
    // resistance = 0.25 MΩ

    use glif_core::fixed::types::I8F8;
    use glif_core::fixed_point::{Decay16, Gain16};
    use glif_core::levels::{DynReset, LevelParts};
    use glif_core::neuron::FixedReset;
    use glif_core::own::OwnSlices;
    use glif_core::spec::Dialect;
    use glif_core::{Levels, Nearest, OwnCoefficients, PopulationState, Refractory, StepOptions};

    /// How many neurons there are: shape [34] in C order.
    pub const NEURONS: usize = 34;

    /// The model.
    pub type Model = Levels<I8F8, Nearest>;

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
    pub static POPULATION: OwnCoefficients<'static, I8F8, Nearest> = OwnCoefficients {
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
        rest: 0,
        gain: Gain16 {
            // resistance = 0.25 MΩ
            lowest: -32768,
            highest: 32767,
            shift: 16,
            factor: 16384,
        },
        decay: Decay16 {
            // of a membrane's distance from there, which is 0 mV
            factor: 0,
            shift: 30,
            keep: 0,
        },
        // thresh_v = 3 mV
        threshold: 768,
        // reset_v = -1 mV
        reset: DynReset::Fixed(FixedReset(-256)),
        // steps from a spike to the next possible one
        refractory: 2,
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
}

/// The population `sum`.
#[rustfmt::skip]
pub mod sum {
    // Frozen by `glif freeze` from `network_i8f8.toml`: change that, and freeze again.
    // Needs the crate glif-core 0.1.0.
    //
    // model if, 3 neurons, in i8f8
    // refractory = inferno, rounding = nearest
    //
    // step_time = 1 ms
    // reset_v = 0 mV
    // thresh_v = 6 mV
    // refrac_t = 0 ms
    // resistance = 0.5 to 1 MΩ over the neurons
    // initial_v = 1.5 mV
    //
    // The arrays of own coefficients take 24 bytes of flash: 8 for each neuron.

    use glif_core::fixed::types::I8F8;
    use glif_core::fixed_point::{Decay16, Gain16, OwnGain16};
    use glif_core::levels::{DynReset, LevelParts};
    use glif_core::neuron::FixedReset;
    use glif_core::own::OwnSlices;
    use glif_core::spec::Dialect;
    use glif_core::{Levels, Nearest, OwnCoefficients, PopulationState, Refractory, StepOptions};

    /// How many neurons there are: shape [3] in C order.
    pub const NEURONS: usize = 3;

    /// The model.
    pub type Model = Levels<I8F8, Nearest>;

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
    pub static POPULATION: OwnCoefficients<'static, I8F8, Nearest> = OwnCoefficients {
        shared: &NEURON,
        own: OwnSlices {
            // the coefficients that vary from neuron to neuron
            gain: &GAIN,
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
        gain: Gain16 {
            // neuron 0; `GAIN` has that of each
            lowest: -32768,
            highest: 32767,
            shift: 15,
            factor: 16384,
        },
        decay: Decay16 {
            // of a membrane's distance from there, which is 0 mV
            factor: 0,
            shift: 30,
            keep: 0,
        },
        // thresh_v = 6 mV
        threshold: 1536,
        // reset_v = 0 mV
        reset: DynReset::Fixed(FixedReset(0)),
        // steps from a spike to the next possible one
        refractory: 0,
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
        refrac_lock: true,
        // let threshold components decay and grow
        adapt: true,
    };

    /// The state at the beginning, with membranes at `initial_v`, to initialize a `static` with.
    pub const AT_REST: Arrays = PopulationState {
        // initial_v = 1.5 mV
        membrane: [I8F8::from_bits(384); NEURONS],
        // no steps to go, no spike
        refractory: [Refractory::new(0, false); NEURONS],
        // mV, component by component
        adaptation: [[I8F8::ZERO; NEURONS]; 0],
    };

    /// Membrane resistance, of each neuron.
    #[rustfmt::skip]
    #[allow(clippy::approx_constant, reason = "as they were derived")]
    pub static GAIN: [OwnGain16; NEURONS] = [
        OwnGain16 { lowest: -32768, span: 65535, factor: 16384, shift: 15 },
        OwnGain16 { lowest: -32768, span: 65535, factor: 24576, shift: 15 },
        OwnGain16 { lowest: -32768, span: 65535, factor: 16384, shift: 14 },
    ];
}

/// The population `read`.
#[rustfmt::skip]
pub mod read {
    // Frozen by `glif freeze` from `network_i8f8.toml`: change that, and freeze again.
    // Needs the crate glif-core 0.1.0.
    //
    // model li, 4 neurons, in i8f8
    // refractory = inferno, rounding = nearest
    //
    // step_time = 1 ms
    // rest_v = 1 mV
    // time_constant = 12 ms
    // resistance = 2 MΩ

    use glif_core::fixed::types::I8F8;
    use glif_core::fixed_point::{Decay16, Gain16};
    use glif_core::levels::{DynReset, LevelParts};
    use glif_core::neuron::FixedReset;
    use glif_core::own::OwnSlices;
    use glif_core::spec::Dialect;
    use glif_core::{Levels, Nearest, OwnCoefficients, PopulationState, Refractory, StepOptions};

    /// How many neurons there are: shape [4] in C order.
    pub const NEURONS: usize = 4;

    /// The model.
    pub type Model = Levels<I8F8, Nearest>;

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
    pub static POPULATION: OwnCoefficients<'static, I8F8, Nearest> = OwnCoefficients {
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
        // rest_v = 1 mV
        rest: 256,
        gain: Gain16 {
            // resistance = 2 MΩ
            lowest: -16512,
            highest: 16255,
            shift: 13,
            factor: 16384,
        },
        decay: Decay16 {
            // membrane decay = 0.9200439453125
            factor: -10480,
            shift: 17,
            keep: -1,
        },
        // no membrane exceeds it
        threshold: 32767,
        // unused
        reset: DynReset::Fixed(FixedReset(0)),
        // steps from a spike to the next possible one
        refractory: 0,
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
        membrane: [I8F8::from_bits(NEURON.base.rest as i16); NEURONS],
        // no steps to go, no spike
        refractory: [Refractory::new(0, false); NEURONS],
        // mV, component by component
        adaptation: [[I8F8::ZERO; NEURONS]; 0],
    };
}

/// The population `slow_read`.
#[rustfmt::skip]
pub mod slow_read {
    // Frozen by `glif freeze` from `network_i8f8.toml`: change that, and freeze again.
    // Needs the crate glif-core 0.1.0.
    //
    // model li, 2 neurons, in i8f8
    // refractory = inferno, rounding = nearest
    //
    // step_time = 1 ms
    // rest_v = -1 mV
    // time_constant = 30 ms
    // resistance = 1 MΩ

    use glif_core::fixed::types::I8F8;
    use glif_core::fixed_point::{Decay16, Gain16};
    use glif_core::levels::{DynReset, LevelParts};
    use glif_core::neuron::FixedReset;
    use glif_core::own::OwnSlices;
    use glif_core::spec::Dialect;
    use glif_core::{Levels, Nearest, OwnCoefficients, PopulationState, Refractory, StepOptions};

    /// How many neurons there are: shape [2] in C order.
    pub const NEURONS: usize = 2;

    /// The model.
    pub type Model = Levels<I8F8, Nearest>;

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
    pub static POPULATION: OwnCoefficients<'static, I8F8, Nearest> = OwnCoefficients {
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
        // rest_v = -1 mV
        rest: -256,
        gain: Gain16 {
            // resistance = 1 MΩ
            lowest: -32512,
            highest: 32767,
            shift: 14,
            factor: 16384,
        },
        decay: Decay16 {
            // membrane decay = 0.9672164916992188
            factor: -8594,
            shift: 18,
            keep: -1,
        },
        // no membrane exceeds it
        threshold: 32767,
        // unused
        reset: DynReset::Fixed(FixedReset(0)),
        // steps from a spike to the next possible one
        refractory: 0,
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
        membrane: [I8F8::from_bits(NEURON.base.rest as i16); NEURONS],
        // no steps to go, no spike
        refractory: [Refractory::new(0, false); NEURONS],
        // mV, component by component
        adaptation: [[I8F8::ZERO; NEURONS]; 0],
    };
}

/// The population `near`.
#[rustfmt::skip]
pub mod near {
    // Frozen by `glif freeze` from `network_i8f8.toml`: change that, and freeze again.
    // Needs the crate glif-core 0.1.0.
    //
    // model lif, 4 neurons, in i8f8
    // refractory = inferno, rounding = nearest
    //
    // step_time = 1 ms
    // rest_v = 0 mV
    // reset_v = -0.5 mV
    // thresh_v = 2 mV
    // refrac_t = 1 ms
    // time_constant = 8 ms
    // resistance = 1 MΩ

    use glif_core::fixed::types::I8F8;
    use glif_core::fixed_point::{Decay16, Gain16};
    use glif_core::levels::{DynReset, LevelParts};
    use glif_core::neuron::FixedReset;
    use glif_core::own::OwnSlices;
    use glif_core::spec::Dialect;
    use glif_core::{Levels, Nearest, OwnCoefficients, PopulationState, Refractory, StepOptions};

    /// How many neurons there are: shape [4] in C order.
    pub const NEURONS: usize = 4;

    /// The model.
    pub type Model = Levels<I8F8, Nearest>;

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
    pub static POPULATION: OwnCoefficients<'static, I8F8, Nearest> = OwnCoefficients {
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
        gain: Gain16 {
            // resistance = 1 MΩ
            lowest: -32768,
            highest: 32767,
            shift: 14,
            factor: 16384,
        },
        decay: Decay16 {
            // membrane decay = 0.8824996948242188
            factor: -15401,
            shift: 17,
            keep: -1,
        },
        // thresh_v = 2 mV
        threshold: 512,
        // reset_v = -0.5 mV
        reset: DynReset::Fixed(FixedReset(-128)),
        // steps from a spike to the next possible one
        refractory: 1,
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
        membrane: [I8F8::from_bits(NEURON.base.rest as i16); NEURONS],
        // no steps to go, no spike
        refractory: [Refractory::new(0, false); NEURONS],
        // mV, component by component
        adaptation: [[I8F8::ZERO; NEURONS]; 0],
    };
}

/// The population `far`.
#[rustfmt::skip]
pub mod far {
    // Frozen by `glif freeze` from `network_i8f8.toml`: change that, and freeze again.
    // Needs the crate glif-core 0.1.0.
    //
    // model lif, 3 neurons, in i8f8
    // refractory = inferno, rounding = nearest
    //
    // step_time = 1 ms
    // rest_v = 0 mV
    // reset_v = 0 mV
    // thresh_v = 3 mV
    // refrac_t = 0 ms
    // time_constant = 8 ms
    // resistance = 1 MΩ

    use glif_core::fixed::types::I8F8;
    use glif_core::fixed_point::{Decay16, Gain16};
    use glif_core::levels::{DynReset, LevelParts};
    use glif_core::neuron::FixedReset;
    use glif_core::own::OwnSlices;
    use glif_core::spec::Dialect;
    use glif_core::{Levels, Nearest, OwnCoefficients, PopulationState, Refractory, StepOptions};

    /// How many neurons there are: shape [3] in C order.
    pub const NEURONS: usize = 3;

    /// The model.
    pub type Model = Levels<I8F8, Nearest>;

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
    pub static POPULATION: OwnCoefficients<'static, I8F8, Nearest> = OwnCoefficients {
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
        gain: Gain16 {
            // resistance = 1 MΩ
            lowest: -32768,
            highest: 32767,
            shift: 14,
            factor: 16384,
        },
        decay: Decay16 {
            // membrane decay = 0.8824996948242188
            factor: -15401,
            shift: 17,
            keep: -1,
        },
        // thresh_v = 3 mV
        threshold: 768,
        // reset_v = 0 mV
        reset: DynReset::Fixed(FixedReset(0)),
        // steps from a spike to the next possible one
        refractory: 0,
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
        membrane: [I8F8::from_bits(NEURON.base.rest as i16); NEURONS],
        // no steps to go, no spike
        refractory: [Refractory::new(0, false); NEURONS],
        // mV, component by component
        adaptation: [[I8F8::ZERO; NEURONS]; 0],
    };
}

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_0_STARTS: [u32; 7] = [
    0, 4, 5, 7, 9, 11, 12,
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_0_TARGETS: [u16; 12] = [
    0, 1, 2, 3, 1, 0, 2, 0, 3, 1, 3, 2,
];

/// The projection from `input` to `near`.
#[rustfmt::skip]
pub static PROJECTION_0: Projection<'static, I8F8> = Projection {
    sources: 6,
    targets: 4,
    connections: Connections::Sparse {
        starts: &PROJECTION_0_STARTS,
        targets: Targets::U16(&PROJECTION_0_TARGETS),
    },
    weights: Weights::One,
    delays: Delays::All(1),
};
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const PROJECTION_0_SCALE: Values<'static, Scale> = Values { shared: Scale { factor: 1073741824, shift: 23 }, own: &[] };
#[rustfmt::skip]
const PROJECTION_0_FACTOR: Option<Values<'static, Scale>> = None;

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_1_WEIGHTS: [i16; 8] = [
    32767, -10922, 21845, 0, 5461, 27306, -16384, 10922,
];

/// The projection from `input` to `near`.
#[rustfmt::skip]
pub static PROJECTION_1: Projection<'static, I8F8> = Projection {
    sources: 6,
    targets: 4,
    connections: Connections::Convolution(Convolution { source: [2, 1, 3], target: [2, 1, 2], kernel: [1, 2], stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 }),
    weights: Weights::I16(&PROJECTION_1_WEIGHTS),
    delays: Delays::All(2),
};
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const PROJECTION_1_SCALE: Values<'static, Scale> = Values { shared: Scale { factor: 1610661890, shift: 38 }, own: &[] };
#[rustfmt::skip]
const PROJECTION_1_FACTOR: Option<Values<'static, Scale>> = None;

/// The projection from `near` to `far`.
#[rustfmt::skip]
pub static PROJECTION_2: Projection<'static, I8F8> = Projection {
    sources: 4,
    targets: 3,
    connections: Connections::Dense,
    weights: Weights::One,
    delays: Delays::All(2),
};
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const PROJECTION_2_SCALE: Values<'static, Scale> = Values { shared: Scale { factor: 1342177280, shift: 22 }, own: &[] };
#[rustfmt::skip]
const PROJECTION_2_FACTOR: Option<Values<'static, Scale>> = None;

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_3_STARTS: [u32; 31] = [
    0, 7, 14, 21, 28, 35, 41, 48, 55, 62, 69, 76, 83, 90, 96, 103, 110, 116, 123, 130, 137, 144,
    151, 158, 165, 172, 179, 185, 192, 199, 206,
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_3_TARGETS: [u16; 206] = [
    0, 5, 10, 15, 25, 30, 35, 3, 8, 18, 23, 28, 33, 38, 1, 11, 16, 21, 26, 31, 36, 4, 9, 14, 19, 24,
    29, 39, 2, 7, 12, 17, 22, 32, 37, 9, 14, 19, 24, 29, 34, 2, 7, 12, 17, 22, 27, 37, 0, 5, 10, 15,
    20, 30, 35, 3, 8, 13, 23, 28, 33, 38, 1, 6, 16, 21, 26, 31, 36, 3, 8, 13, 18, 28, 33, 38, 1, 6,
    11, 21, 26, 31, 36, 4, 14, 19, 24, 29, 34, 39, 7, 12, 17, 22, 27, 32, 0, 5, 10, 15, 20, 25, 35,
    2, 12, 17, 22, 27, 32, 37, 5, 10, 15, 20, 25, 30, 3, 8, 13, 18, 23, 33, 38, 1, 6, 11, 16, 26,
    31, 36, 4, 9, 19, 24, 29, 34, 39, 1, 6, 11, 16, 21, 31, 36, 4, 9, 14, 24, 29, 34, 39, 2, 7, 17,
    22, 27, 32, 37, 0, 10, 15, 20, 25, 30, 35, 3, 8, 13, 18, 23, 28, 38, 0, 5, 15, 20, 25, 30, 35,
    8, 13, 18, 23, 28, 33, 1, 6, 11, 16, 21, 26, 36, 4, 9, 14, 19, 29, 34, 39, 2, 7, 12, 22, 27, 32,
    37,
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_3_WEIGHTS: [i32; 206] = [
    -2, 2, -1, 3, 4, 1, -2, -1, 3, 4, 1, -2, 2, -1, 3, 4, 1, -2, 2, -1, 3, 4, 1, -2, 2, -1, 3, 4, 1,
    -2, 2, -1, 3, 4, 1, 4, 1, -2, 2, -1, 3, 4, 1, -2, 2, -1, 3, 4, 1, -2, 2, -1, 3, 4, 1, 2, -1, 3,
    4, 1, -2, 2, -1, 3, 4, 1, -2, 2, -1, -2, 2, -1, 3, 4, 1, -2, 2, -1, 3, 4, 1, -2, 2, 3, 4, 1, -2,
    2, -1, 3, 4, 1, -2, 2, -1, 3, 4, 1, -2, 2, -1, 3, 4, 3, 4, 1, -2, 2, -1, 3, 4, 1, -2, 2, -1, 3,
    1, -2, 2, -1, 3, 4, 1, -2, 2, -1, 3, 4, 1, -2, -1, 3, 4, 1, -2, 2, -1, 1, -2, 2, -1, 3, 4, 1, 2,
    -1, 3, 4, 1, -2, 2, -1, 3, 4, 1, -2, 2, -1, 3, 4, 1, -2, 2, -1, 3, 4, 1, -2, 2, -1, 3, 4, -1, 3,
    4, 1, -2, 2, -1, 4, 1, -2, 2, -1, 3, 4, 1, -2, 2, -1, 3, 4, -2, 2, -1, 3, 4, 1, -2, 2, -1, 3, 4,
    1, -2, 2,
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_3_SOURCES: [u32; 7] = [
    0, 5, 10, 15, 20, 25, 30,
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_3_DELAYS: [u8; 30] = [
    0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4,
];

/// The projection from `input` to `exc`.
#[rustfmt::skip]
pub static PROJECTION_3: Projection<'static, I8F8> = Projection {
    sources: 6,
    targets: 40,
    connections: Connections::Sparse {
        starts: &PROJECTION_3_STARTS,
        targets: Targets::U16(&PROJECTION_3_TARGETS),
    },
    weights: Weights::I32(&PROJECTION_3_WEIGHTS),
    delays: Delays::Rows {
        sources: &PROJECTION_3_SOURCES,
        delays: &PROJECTION_3_DELAYS,
        distinct: &[0, 1, 2, 3, 4],
    },
};
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const PROJECTION_3_SCALE: Values<'static, Scale> = Values { shared: Scale { factor: 1610612736, shift: 23 }, own: &[] };
#[rustfmt::skip]
const PROJECTION_3_FACTOR: Option<Values<'static, Scale>> = None;

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_4_STARTS: [u32; 41] = [
    0, 5, 12, 18, 32, 41, 50, 56, 67, 77, 82, 88, 94, 98, 100, 108, 114, 121, 126, 140, 146, 154,
    170, 175, 184, 190, 199, 209, 219, 227, 238, 247, 254, 264, 270, 278, 286, 296, 304, 310, 320,
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_4_TARGETS: [u16; 320] = [
    0, 7, 9, 18, 27, 7, 11, 14, 21, 22, 24, 28, 0, 4, 20, 21, 30, 33, 1, 3, 4, 9, 11, 18, 21, 22,
    23, 24, 27, 29, 32, 39, 4, 6, 11, 15, 16, 19, 23, 27, 29, 0, 1, 12, 21, 23, 26, 28, 33, 39, 1,
    2, 10, 20, 24, 29, 1, 2, 7, 8, 9, 14, 15, 19, 20, 30, 34, 16, 17, 21, 22, 23, 25, 31, 32, 34,
    37, 15, 28, 29, 35, 39, 1, 6, 14, 20, 28, 35, 7, 8, 11, 16, 30, 34, 3, 4, 10, 39, 7, 8, 1, 7,
    10, 28, 29, 30, 32, 36, 5, 14, 18, 20, 24, 28, 3, 4, 21, 25, 27, 31, 38, 9, 23, 25, 34, 39, 1,
    2, 13, 16, 18, 19, 24, 25, 26, 27, 31, 33, 35, 36, 3, 4, 7, 9, 11, 13, 0, 2, 10, 12, 19, 26, 31,
    37, 3, 4, 8, 9, 13, 15, 16, 18, 21, 22, 24, 25, 29, 31, 35, 36, 0, 3, 5, 7, 16, 0, 11, 12, 23,
    26, 32, 33, 34, 36, 1, 18, 22, 32, 35, 36, 14, 15, 20, 22, 24, 25, 26, 33, 37, 13, 14, 16, 17,
    18, 19, 28, 35, 36, 37, 1, 3, 8, 20, 23, 24, 25, 36, 37, 39, 3, 13, 22, 23, 28, 29, 36, 37, 3,
    8, 11, 16, 19, 22, 32, 36, 37, 38, 39, 4, 5, 6, 11, 16, 22, 23, 27, 29, 5, 12, 19, 20, 21, 34,
    35, 3, 4, 5, 14, 15, 18, 19, 22, 26, 28, 0, 5, 8, 12, 14, 22, 0, 5, 9, 10, 14, 15, 29, 34, 1, 6,
    16, 25, 26, 35, 36, 39, 1, 6, 11, 16, 18, 19, 20, 21, 22, 28, 2, 5, 14, 15, 17, 23, 31, 36, 7,
    8, 9, 20, 28, 39, 2, 3, 5, 8, 9, 11, 13, 20, 22, 39,
];

/// The projection from `exc` to `exc`.
#[rustfmt::skip]
pub static PROJECTION_4: Projection<'static, I8F8> = Projection {
    sources: 40,
    targets: 40,
    connections: Connections::Sparse {
        starts: &PROJECTION_4_STARTS,
        targets: Targets::U16(&PROJECTION_4_TARGETS),
    },
    weights: Weights::One,
    delays: Delays::All(3),
};
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const PROJECTION_4_SCALE: Values<'static, Scale> = Values { shared: Scale { factor: 1073741824, shift: 24 }, own: &[] };
#[rustfmt::skip]
const PROJECTION_4_FACTOR: Option<Values<'static, Scale>> = None;

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_5_STARTS: [u32; 41] = [
    0, 9, 19, 24, 29, 39, 46, 56, 67, 76, 78, 88, 96, 105, 112, 116, 124, 130, 137, 143, 154, 162,
    171, 179, 187, 194, 205, 209, 215, 222, 232, 237, 242, 249, 254, 260, 267, 273, 277, 288, 297,
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_5_TARGETS: [u16; 297] = [
    3, 7, 8, 10, 13, 19, 23, 24, 27, 0, 1, 3, 7, 9, 12, 22, 25, 27, 31, 0, 3, 28, 30, 31, 2, 15, 17,
    22, 25, 8, 9, 10, 11, 15, 18, 19, 20, 28, 29, 3, 9, 14, 19, 24, 26, 31, 5, 6, 12, 13, 21, 25,
    27, 28, 30, 31, 5, 9, 11, 16, 17, 18, 20, 26, 27, 28, 29, 1, 4, 13, 14, 22, 24, 27, 29, 31, 1,
    29, 1, 5, 6, 7, 11, 14, 21, 22, 28, 31, 2, 13, 17, 20, 23, 25, 26, 32, 9, 12, 15, 16, 19, 22,
    24, 31, 32, 2, 6, 10, 16, 23, 30, 32, 5, 6, 15, 30, 4, 12, 13, 18, 22, 24, 26, 31, 8, 10, 12,
    13, 16, 19, 0, 12, 14, 16, 27, 28, 32, 1, 4, 7, 21, 23, 30, 0, 2, 3, 5, 7, 11, 18, 23, 26, 27,
    30, 2, 4, 6, 15, 16, 19, 21, 26, 4, 10, 12, 13, 15, 16, 20, 23, 26, 1, 6, 11, 17, 21, 24, 29,
    30, 5, 8, 12, 16, 17, 23, 26, 29, 2, 3, 17, 18, 20, 24, 32, 1, 3, 4, 7, 8, 10, 16, 18, 22, 27,
    29, 7, 14, 25, 28, 8, 10, 11, 17, 18, 32, 2, 6, 14, 15, 21, 23, 30, 3, 8, 10, 11, 14, 15, 24,
    25, 26, 32, 8, 13, 20, 22, 30, 1, 4, 7, 20, 21, 5, 6, 7, 9, 11, 19, 32, 0, 3, 8, 9, 19, 0, 1,
    10, 12, 17, 32, 0, 2, 4, 9, 18, 23, 29, 0, 2, 11, 14, 25, 28, 5, 20, 25, 29, 0, 5, 9, 14, 15,
    17, 19, 21, 27, 28, 31, 4, 6, 13, 18, 20, 21, 22, 24, 25,
];

/// The projection from `exc` to `inh`.
#[rustfmt::skip]
pub static PROJECTION_5: Projection<'static, I8F8> = Projection {
    sources: 40,
    targets: 33,
    connections: Connections::Sparse {
        starts: &PROJECTION_5_STARTS,
        targets: Targets::U16(&PROJECTION_5_TARGETS),
    },
    weights: Weights::One,
    delays: Delays::All(1),
};
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const PROJECTION_5_SCALE: Values<'static, Scale> = Values { shared: Scale { factor: 1900086805, shift: 23 }, own: &[] };
#[rustfmt::skip]
const PROJECTION_5_FACTOR: Option<Values<'static, Scale>> = None;

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_6_STARTS: [u32; 34] = [
    0, 7, 14, 23, 33, 43, 45, 53, 60, 73, 79, 84, 93, 105, 112, 123, 128, 138, 152, 163, 174, 180,
    183, 194, 202, 214, 222, 229, 236, 242, 252, 262, 271, 280,
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_6_TARGETS: [u16; 280] = [
    8, 12, 19, 20, 24, 25, 29, 2, 6, 21, 23, 27, 29, 35, 0, 2, 4, 7, 8, 12, 26, 28, 34, 0, 3, 13,
    15, 16, 17, 19, 26, 29, 37, 5, 10, 11, 17, 18, 20, 21, 26, 32, 36, 29, 35, 1, 6, 8, 14, 22, 25,
    30, 39, 19, 23, 28, 30, 31, 34, 35, 0, 3, 5, 6, 8, 12, 13, 16, 17, 30, 32, 35, 39, 4, 15, 21,
    33, 34, 38, 5, 9, 13, 17, 36, 1, 6, 11, 16, 22, 26, 27, 31, 37, 1, 2, 3, 10, 12, 16, 18, 21, 28,
    30, 31, 39, 9, 11, 16, 20, 23, 31, 39, 1, 10, 13, 14, 23, 27, 30, 32, 34, 36, 37, 8, 13, 19, 27,
    31, 3, 6, 15, 16, 19, 22, 29, 35, 36, 39, 0, 2, 7, 9, 11, 14, 20, 21, 25, 27, 28, 30, 33, 37, 0,
    1, 4, 7, 10, 17, 18, 28, 31, 32, 34, 2, 4, 10, 14, 17, 18, 19, 22, 26, 31, 36, 1, 9, 12, 17, 26,
    35, 7, 15, 24, 0, 4, 5, 6, 7, 9, 20, 23, 24, 33, 38, 5, 7, 11, 12, 18, 29, 32, 37, 0, 2, 4, 5,
    7, 11, 14, 16, 25, 32, 33, 36, 13, 18, 22, 23, 24, 27, 29, 32, 9, 20, 23, 24, 28, 37, 39, 5, 8,
    10, 12, 18, 33, 38, 3, 24, 25, 27, 37, 38, 2, 6, 8, 14, 15, 20, 21, 26, 34, 38, 1, 3, 4, 14, 15,
    22, 25, 33, 34, 38, 3, 10, 15, 21, 28, 30, 35, 38, 39, 9, 11, 13, 19, 22, 24, 25, 33, 36,
];

/// The projection from `inh` to `exc`.
#[rustfmt::skip]
pub static PROJECTION_6: Projection<'static, I8F8> = Projection {
    sources: 33,
    targets: 40,
    connections: Connections::Sparse {
        starts: &PROJECTION_6_STARTS,
        targets: Targets::U16(&PROJECTION_6_TARGETS),
    },
    weights: Weights::One,
    delays: Delays::All(2),
};
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const PROJECTION_6_SCALE: Values<'static, Scale> = Values { shared: Scale { factor: -1610612736, shift: 22 }, own: &[] };
#[rustfmt::skip]
const PROJECTION_6_FACTOR: Option<Values<'static, Scale>> = None;

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_7_STARTS: [u32; 34] = [
    0, 1, 9, 12, 14, 19, 23, 29, 33, 36, 43, 50, 56, 60, 64, 67, 71, 77, 80, 87, 90, 91, 93, 97, 99,
    105, 110, 114, 117, 123, 126, 132, 135, 139,
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_7_TARGETS: [u16; 139] = [
    36, 0, 9, 10, 11, 12, 23, 25, 30, 4, 17, 39, 6, 20, 10, 20, 26, 32, 39, 7, 16, 21, 26, 1, 15,
    17, 18, 29, 39, 0, 16, 20, 37, 17, 30, 38, 7, 8, 10, 14, 16, 30, 34, 10, 23, 26, 30, 31, 33, 35,
    1, 2, 11, 19, 25, 38, 22, 26, 29, 38, 15, 20, 34, 36, 14, 28, 30, 1, 10, 14, 26, 2, 8, 11, 19,
    25, 37, 1, 11, 20, 6, 16, 19, 23, 26, 32, 33, 11, 12, 23, 21, 27, 34, 13, 29, 33, 36, 11, 20, 8,
    11, 19, 20, 26, 38, 10, 15, 22, 31, 38, 27, 30, 33, 35, 24, 25, 33, 8, 16, 22, 30, 32, 34, 25,
    34, 36, 1, 7, 16, 20, 23, 26, 17, 21, 25, 4, 7, 8, 39,
];

/// The projection from `inh` to `exc`.
#[rustfmt::skip]
pub static PROJECTION_7: Projection<'static, I8F8> = Projection {
    sources: 33,
    targets: 40,
    connections: Connections::Sparse {
        starts: &PROJECTION_7_STARTS,
        targets: Targets::U16(&PROJECTION_7_TARGETS),
    },
    weights: Weights::One,
    delays: Delays::All(9),
};
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const PROJECTION_7_SCALE: Values<'static, Scale> = Values { shared: Scale { factor: -1073741824, shift: 25 }, own: &[] };
#[rustfmt::skip]
const PROJECTION_7_FACTOR: Option<Values<'static, Scale>> = None;

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_8_STARTS: [u32; 41] = [
    0, 3, 5, 9, 14, 20, 22, 27, 34, 38, 45, 47, 54, 59, 66, 70, 75, 79, 85, 89, 89, 96, 100, 105,
    110, 115, 118, 121, 130, 132, 137, 141, 142, 145, 149, 154, 161, 163, 165, 167, 170,
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_8_TARGETS: [u16; 170] = [
    0, 9, 25, 23, 24, 0, 8, 12, 15, 0, 4, 16, 31, 33, 5, 7, 13, 15, 16, 31, 12, 22, 17, 19, 24, 29,
    33, 1, 8, 12, 15, 16, 18, 31, 20, 27, 30, 33, 4, 7, 10, 15, 20, 21, 29, 0, 22, 3, 6, 10, 19, 23,
    27, 29, 8, 10, 11, 25, 28, 4, 6, 7, 9, 26, 27, 32, 13, 15, 16, 27, 11, 21, 22, 23, 31, 1, 10,
    18, 20, 3, 11, 17, 29, 30, 32, 1, 2, 14, 19, 1, 2, 9, 11, 14, 20, 28, 5, 7, 12, 17, 16, 18, 19,
    26, 32, 2, 10, 23, 24, 28, 9, 19, 25, 26, 30, 12, 18, 32, 3, 14, 22, 8, 9, 14, 17, 20, 22, 25,
    26, 29, 6, 14, 6, 13, 21, 30, 33, 2, 21, 30, 33, 4, 2, 17, 23, 3, 4, 18, 32, 6, 11, 13, 25, 27,
    1, 3, 5, 21, 24, 26, 31, 5, 28, 5, 28, 0, 7, 8, 13, 24,
];

/// The projection from `exc` to `gate`.
#[rustfmt::skip]
pub static PROJECTION_8: Projection<'static, I8F8> = Projection {
    sources: 40,
    targets: 34,
    connections: Connections::Sparse {
        starts: &PROJECTION_8_STARTS,
        targets: Targets::U16(&PROJECTION_8_TARGETS),
    },
    weights: Weights::One,
    delays: Delays::All(1),
};
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const PROJECTION_8_SCALE: Values<'static, Scale> = Values { shared: Scale { factor: 1073741824, shift: 22 }, own: &[] };
#[rustfmt::skip]
const PROJECTION_8_FACTOR: Option<Values<'static, Scale>> = None;

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_9_STARTS: [u32; 35] = [
    0, 1, 1, 2, 3, 5, 5, 6, 8, 8, 9, 9, 9, 10, 11, 11, 11, 12, 12, 12, 12, 12, 13, 13, 14, 14, 14,
    14, 15, 16, 17, 17, 18, 18, 18,
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_9_TARGETS: [u16; 18] = [
    0, 2, 2, 0, 2, 0, 1, 2, 0, 0, 0, 2, 1, 1, 1, 1, 1, 2,
];

/// The projection from `gate` to `sum`.
#[rustfmt::skip]
pub static PROJECTION_9: Projection<'static, I8F8> = Projection {
    sources: 34,
    targets: 3,
    connections: Connections::Sparse {
        starts: &PROJECTION_9_STARTS,
        targets: Targets::U16(&PROJECTION_9_TARGETS),
    },
    weights: Weights::One,
    delays: Delays::All(2),
};
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const PROJECTION_9_SCALE: Values<'static, Scale> = Values { shared: Scale { factor: 1073741824, shift: 23 }, own: &[] };
#[rustfmt::skip]
const PROJECTION_9_FACTOR: Option<Values<'static, Scale>> = None;

/// The projection from `inh` to `sum`.
#[rustfmt::skip]
pub static PROJECTION_10: Projection<'static, I8F8> = Projection {
    sources: 33,
    targets: 3,
    connections: Connections::Dense,
    weights: Weights::One,
    delays: Delays::All(0),
};
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const PROJECTION_10_SCALE: Values<'static, Scale> = Values { shared: Scale { factor: 1610612736, shift: 24 }, own: &[] };
#[rustfmt::skip]
const PROJECTION_10_FACTOR: Option<Values<'static, Scale>> = None;

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_11_STARTS: [u32; 35] = [
    0, 1, 2, 3, 3, 5, 7, 9, 9, 12, 14, 15, 16, 17, 17, 17, 18, 18, 20, 22, 23, 23, 23, 24, 24, 25,
    26, 28, 28, 28, 28, 29, 30, 31, 32,
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_11_TARGETS: [u16; 32] = [
    3, 3, 2, 1, 2, 2, 3, 0, 2, 1, 2, 3, 0, 1, 1, 0, 1, 0, 1, 3, 0, 2, 3, 3, 2, 0, 1, 2, 1, 3, 0, 0,
];

/// The projection from `gate` to `read`.
#[rustfmt::skip]
pub static PROJECTION_11: Projection<'static, I8F8> = Projection {
    sources: 34,
    targets: 4,
    connections: Connections::Sparse {
        starts: &PROJECTION_11_STARTS,
        targets: Targets::U16(&PROJECTION_11_TARGETS),
    },
    weights: Weights::One,
    delays: Delays::All(0),
};
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const PROJECTION_11_SCALE: Values<'static, Scale> = Values { shared: Scale { factor: 1073741824, shift: 24 }, own: &[] };
#[rustfmt::skip]
const PROJECTION_11_FACTOR: Option<Values<'static, Scale>> = None;

/// The projection from `sum` to `slow_read`.
#[rustfmt::skip]
pub static PROJECTION_12: Projection<'static, I8F8> = Projection {
    sources: 3,
    targets: 2,
    connections: Connections::Dense,
    weights: Weights::One,
    delays: Delays::All(1),
};
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const PROJECTION_12_SCALE: Values<'static, Scale> = Values { shared: Scale { factor: -1073741824, shift: 23 }, own: &[] };
#[rustfmt::skip]
const PROJECTION_12_FACTOR: Option<Values<'static, Scale>> = None;

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_13_STARTS: [u32; 35] = [
    0, 0, 0, 0, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 4, 4, 4, 5,
    5, 5, 6,
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_13_TARGETS: [u16; 6] = [
    0, 0, 1, 0, 1, 1,
];

/// The projection from `gate` to `slow_read`.
#[rustfmt::skip]
pub static PROJECTION_13: Projection<'static, I8F8> = Projection {
    sources: 34,
    targets: 2,
    connections: Connections::Sparse {
        starts: &PROJECTION_13_STARTS,
        targets: Targets::U16(&PROJECTION_13_TARGETS),
    },
    weights: Weights::One,
    delays: Delays::All(1),
};
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const PROJECTION_13_SCALE: Values<'static, Scale> = Values { shared: Scale { factor: 1073741824, shift: 25 }, own: &[] };
#[rustfmt::skip]
const PROJECTION_13_FACTOR: Option<Values<'static, Scale>> = None;

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_14_WEIGHTS: [i16; 200] = [
    -3244, 5759, 14761, 23764, 32767, 29766, -243, 8759, 17762, 26765, 23764, 32767, 2758, 11760,
    20763, 17762, 26765, -3244, 5759, 14761, 11760, 20763, 29766, -243, 8759, 5759, 14761, 23764,
    32767, 2758, -243, 8759, 17762, 26765, -3244, 32767, 2758, 11760, 20763, 29766, 26765, -3244,
    5759, 14761, 23764, 20763, 29766, -243, 8759, 17762, 14761, 23764, 32767, 2758, 11760, 8759,
    17762, 26765, -3244, 5759, 2758, 11760, 20763, 29766, -243, -3244, 5759, 14761, 23764, 32767,
    29766, -243, 8759, 17762, 26765, 23764, 32767, 2758, 11760, 20763, 17762, 26765, -3244, 5759,
    14761, 11760, 20763, 29766, -243, 8759, 5759, 14761, 23764, 32767, 2758, -243, 8759, 17762,
    26765, -3244, 32767, 2758, 11760, 20763, 29766, 26765, -3244, 5759, 14761, 23764, 20763, 29766,
    -243, 8759, 17762, 14761, 23764, 32767, 2758, 11760, 8759, 17762, 26765, -3244, 5759, 2758,
    11760, 20763, 29766, -243, -3244, 5759, 14761, 23764, 32767, 29766, -243, 8759, 17762, 26765,
    23764, 32767, 2758, 11760, 20763, 17762, 26765, -3244, 5759, 14761, 11760, 20763, 29766, -243,
    8759, 5759, 14761, 23764, 32767, 2758, -243, 8759, 17762, 26765, -3244, 32767, 2758, 11760,
    20763, 29766, 26765, -3244, 5759, 14761, 23764, 20763, 29766, -243, 8759, 17762, 14761, 23764,
    32767, 2758, 11760, 8759, 17762, 26765, -3244, 5759, 2758, 11760, 20763, 29766, -243, -3244,
    5759, 14761, 23764, 32767,
];

/// The projection from `exc` to `out`.
#[rustfmt::skip]
pub static PROJECTION_14: Projection<'static, I8F8> = Projection {
    sources: 40,
    targets: 5,
    connections: Connections::Dense,
    weights: Weights::I16(&PROJECTION_14_WEIGHTS),
    delays: Delays::All(0),
};
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const PROJECTION_14_SCALE: Values<'static, Scale> = Values { shared: Scale { factor: 1084512339, shift: 35 }, own: &[] };
#[rustfmt::skip]
const PROJECTION_14_FACTOR: Option<Values<'static, Scale>> = None;

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const EXC_SYNAPSE_2_DECAY: Values<'static, OwnDecay16> = Values { shared: OwnDecay16 { factor: -10061, shift: 16 }, own: &[] };
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static EXC_SYNAPSE_3_DECAYS: [OwnDecay16; 40] = [
    OwnDecay16 { factor: -9383, shift: 15 }, OwnDecay16 { factor: -14802, shift: 15 },
    OwnDecay16 { factor: -13842, shift: 15 }, OwnDecay16 { factor: -15628, shift: 15 },
    OwnDecay16 { factor: -14524, shift: 15 }, OwnDecay16 { factor: -15166, shift: 15 },
    OwnDecay16 { factor: -14939, shift: 15 }, OwnDecay16 { factor: -14471, shift: 15 },
    OwnDecay16 { factor: -9826, shift: 15 }, OwnDecay16 { factor: -12435, shift: 15 },
    OwnDecay16 { factor: -12241, shift: 15 }, OwnDecay16 { factor: -10597, shift: 15 },
    OwnDecay16 { factor: -9303, shift: 15 }, OwnDecay16 { factor: -11706, shift: 15 },
    OwnDecay16 { factor: -12082, shift: 15 }, OwnDecay16 { factor: -10791, shift: 15 },
    OwnDecay16 { factor: -15181, shift: 15 }, OwnDecay16 { factor: -11123, shift: 15 },
    OwnDecay16 { factor: -11309, shift: 15 }, OwnDecay16 { factor: -9323, shift: 15 },
    OwnDecay16 { factor: -11614, shift: 15 }, OwnDecay16 { factor: -15311, shift: 15 },
    OwnDecay16 { factor: -12135, shift: 15 }, OwnDecay16 { factor: -10854, shift: 15 },
    OwnDecay16 { factor: -9322, shift: 15 }, OwnDecay16 { factor: -12783, shift: 15 },
    OwnDecay16 { factor: -12205, shift: 15 }, OwnDecay16 { factor: -11471, shift: 15 },
    OwnDecay16 { factor: -10616, shift: 15 }, OwnDecay16 { factor: -12079, shift: 15 },
    OwnDecay16 { factor: -13474, shift: 15 }, OwnDecay16 { factor: -13008, shift: 15 },
    OwnDecay16 { factor: -10403, shift: 15 }, OwnDecay16 { factor: -9811, shift: 15 },
    OwnDecay16 { factor: -9422, shift: 15 }, OwnDecay16 { factor: -12913, shift: 15 },
    OwnDecay16 { factor: -12080, shift: 15 }, OwnDecay16 { factor: -10189, shift: 15 },
    OwnDecay16 { factor: -15349, shift: 15 }, OwnDecay16 { factor: -13070, shift: 15 },
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const EXC_SYNAPSE_3_DECAY: Values<'static, OwnDecay16> = Values { shared: OwnDecay16 { factor: -9383, shift: 15 }, own: &EXC_SYNAPSE_3_DECAYS };
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static EXC_SYNAPSE_3_FACTORS: [Scale; 40] = [
    Scale { factor: 1877383753, shift: 35 }, Scale { factor: 1660120056, shift: 35 },
    Scale { factor: 1700161149, shift: 35 }, Scale { factor: 1625017432, shift: 35 },
    Scale { factor: 1671783427, shift: 35 }, Scale { factor: 1644739235, shift: 35 },
    Scale { factor: 1654345580, shift: 35 }, Scale { factor: 1674010128, shift: 35 },
    Scale { factor: 1860331305, shift: 35 }, Scale { factor: 1757542112, shift: 35 },
    Scale { factor: 1765314148, shift: 35 }, Scale { factor: 1830409155, shift: 35 },
    Scale { factor: 1880432154, shift: 35 }, Scale { factor: 1786715075, shift: 35 },
    Scale { factor: 1771691311, shift: 35 }, Scale { factor: 1822817356, shift: 35 },
    Scale { factor: 1644088790, shift: 35 }, Scale { factor: 1809796098, shift: 35 },
    Scale { factor: 1802429966, shift: 35 }, Scale { factor: 1879682550, shift: 35 },
    Scale { factor: 1790359857, shift: 35 }, Scale { factor: 1638573318, shift: 35 },
    Scale { factor: 1769594187, shift: 35 }, Scale { factor: 1820359309, shift: 35 },
    Scale { factor: 1879711164, shift: 35 }, Scale { factor: 1743457943, shift: 35 },
    Scale { factor: 1766786105, shift: 35 }, Scale { factor: 1796038032, shift: 35 },
    Scale { factor: 1829651613, shift: 35 }, Scale { factor: 1771838155, shift: 35 },
    Scale { factor: 1715286098, shift: 35 }, Scale { factor: 1734330535, shift: 35 },
    Scale { factor: 1837982477, shift: 35 }, Scale { factor: 1860931512, shift: 35 },
    Scale { factor: 1875863670, shift: 35 }, Scale { factor: 1738205848, shift: 35 },
    Scale { factor: 1771791434, shift: 35 }, Scale { factor: 1846294038, shift: 35 },
    Scale { factor: 1636939760, shift: 35 }, Scale { factor: 1731797811, shift: 35 },
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const EXC_SYNAPSE_3_FACTOR: Values<'static, Scale> = Values { shared: Scale { factor: 1877383753, shift: 35 }, own: &EXC_SYNAPSE_3_FACTORS };
#[rustfmt::skip]
static STIMULUS_0_THRESHOLDS: [u64; 9] = [
    17028490992052086784, 18390770271416254464, 18445261442590820352, 18446714540488808448,
    18446743602446768128, 18446744067438096384, 18446744073637980160, 18446744073708836864,
    18446744073709545472,
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static EXC_STIMULI: [Stimulus<'static, I8F8>; 2] = [
    Stimulus {
        source: Source::Poisson { thresholds: &STIMULUS_0_THRESHOLDS, weight: Values { shared: Scale { factor: 1610612736, shift: 22 }, own: &[] } },
        synapse: Some(0),
        number: 0,
    },
    Stimulus {
        source: Source::Constant { value: Values { shared: I8F8::from_bits(512_i32 as i16), own: &[] } },
        synapse: None,
        number: 1,
    },
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const INH_SYNAPSE_2_DECAY: Values<'static, OwnDecay16> = Values { shared: OwnDecay16 { factor: -14497, shift: 16 }, own: &[] };
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static INH_STIMULI: [Stimulus<'static, I8F8>; 1] = [
    Stimulus {
        source: Source::Step { before: Values { shared: I8F8::from_bits(0_i32 as i16), own: &[] }, after: Values { shared: I8F8::from_bits(57_i32 as i16), own: &[] }, onset: 100 },
        synapse: Some(0),
        number: 2,
    },
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const SUM_SYNAPSE_2_DECAY: Values<'static, OwnDecay16> = Values { shared: OwnDecay16 { factor: -9289, shift: 15 }, own: &[] };
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static SUM_SYNAPSE_2_FACTORS: [Scale; 3] = [
    Scale { factor: 1826233126, shift: 32 }, Scale { factor: 1369674844, shift: 31 },
    Scale { factor: 1826233126, shift: 31 },
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const SUM_SYNAPSE_2_FACTOR: Values<'static, Scale> = Values { shared: Scale { factor: 1826233126, shift: 32 }, own: &SUM_SYNAPSE_2_FACTORS };
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const SLOW_READ_SYNAPSE_2_DECAY: Values<'static, OwnDecay16> = Values { shared: OwnDecay16 { factor: -13784, shift: 17 }, own: &[] };
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const SLOW_READ_SYNAPSE_2_FACTOR: Values<'static, Scale> = Values { shared: Scale { factor: 2131583443, shift: 36 }, own: &[] };
/// What changes from step to step.
#[rustfmt::skip]
#[derive(Debug, Clone)]
pub struct Network {
    /// Number of steps since the beginning.
    pub step: u64,
    /// Number of the sample, of which stimuli have their own random numbers.
    pub sample: u32,
    /// Spikes of `input` in the last 5 steps.
    pub input_history: [u32; 5],
    /// State of `exc`.
    pub exc: exc::Arrays,
    /// Spikes of `exc` in the last step: bit i % 32 of word i / 32 is neuron i.
    pub exc_spikes: [u32; 2],
    /// Spikes of `exc` in the last 4 steps.
    pub exc_history: [u32; 8],
    /// Currents of `exc`, nA.
    pub exc_currents: [I8F8; 40],
    /// Jumps of the membranes of `exc`, mV, term by term.
    pub exc_jumps: [[i32; 40]; 1],
    /// Currents of the synapse `slow` of `exc`, nA.
    pub exc_synapse_2: [I8F8; 40],
    /// Currents of the synapse `fast` of `exc`, nA.
    pub exc_synapse_3: [I8F8; 40],
    /// State of `inh`.
    pub inh: inh::Arrays,
    /// Spikes of `inh` in the last step: bit i % 32 of word i / 32 is neuron i.
    pub inh_spikes: [u32; 2],
    /// Spikes of `inh` in the last 10 steps.
    pub inh_history: [u32; 20],
    /// Currents of `inh`, nA.
    pub inh_currents: [I8F8; 33],
    /// Currents of the synapse `norm` of `inh`, nA.
    pub inh_synapse_2: [I8F8; 33],
    /// State of `out`.
    pub out: out::Arrays,
    /// Spikes of `out` in the last step: bit i % 32 of word i / 32 is neuron i.
    pub out_spikes: [u32; 1],
    /// Currents of `out`, nA.
    pub out_currents: [I8F8; 5],
    /// State of `gate`.
    pub gate: gate::Arrays,
    /// Spikes of `gate` in the last step: bit i % 32 of word i / 32 is neuron i.
    pub gate_spikes: [u32; 2],
    /// Spikes of `gate` in the last 3 steps.
    pub gate_history: [u32; 6],
    /// Currents of `gate`, nA.
    pub gate_currents: [I8F8; 34],
    /// State of `sum`.
    pub sum: sum::Arrays,
    /// Spikes of `sum` in the last step: bit i % 32 of word i / 32 is neuron i.
    pub sum_spikes: [u32; 1],
    /// Spikes of `sum` in the last 2 steps.
    pub sum_history: [u32; 2],
    /// Jumps of the membranes of `sum`, mV, term by term.
    pub sum_jumps: [[i32; 3]; 1],
    /// Currents of the synapse `fast` of `sum`, nA.
    pub sum_synapse_2: [I8F8; 3],
    /// State of `read`.
    pub read: read::Arrays,
    /// Spikes of `read` in the last step: bit i % 32 of word i / 32 is neuron i.
    pub read_spikes: [u32; 1],
    /// Currents of `read`, nA.
    pub read_currents: [I8F8; 4],
    /// State of `slow_read`.
    pub slow_read: slow_read::Arrays,
    /// Spikes of `slow_read` in the last step: bit i % 32 of word i / 32 is neuron i.
    pub slow_read_spikes: [u32; 1],
    /// Jumps of the membranes of `slow_read`, mV, term by term.
    pub slow_read_jumps: [[i32; 2]; 1],
    /// Currents of the synapse `slow` of `slow_read`, nA.
    pub slow_read_synapse_2: [I8F8; 2],
    /// State of `near`.
    pub near: near::Arrays,
    /// Spikes of `near` in the last step: bit i % 32 of word i / 32 is neuron i.
    pub near_spikes: [u32; 1],
    /// Spikes of `near` in the last 3 steps.
    pub near_history: [u32; 3],
    /// Jumps of the membranes of `near`, mV, term by term.
    pub near_jumps: [[i32; 4]; 1],
    /// State of `far`.
    pub far: far::Arrays,
    /// Spikes of `far` in the last step: bit i % 32 of word i / 32 is neuron i.
    pub far_spikes: [u32; 1],
    /// Jumps of the membranes of `far`, mV, term by term.
    pub far_jumps: [[i32; 3]; 1],
    /// Sums of projection 0.
    pub sums_0: [i32; 4],
    /// Sums of projection 1.
    pub sums_1: [i32; 4],
    /// Sums of projection 2.
    pub sums_2: [i32; 3],
    /// Sums of projection 3.
    pub sums_3: [i32; 40],
    /// Sums of projection 4.
    pub sums_4: [i32; 40],
    /// Sums of projection 5.
    pub sums_5: [i32; 33],
    /// Sums of projection 6.
    pub sums_6: [i32; 40],
    /// Sums of projection 7.
    pub sums_7: [i32; 40],
    /// Sums of projection 8.
    pub sums_8: [i32; 34],
    /// Sums of projection 9.
    pub sums_9: [i32; 3],
    /// Sums of projection 10.
    pub sums_10: [i32; 3],
    /// Sums of projection 11.
    pub sums_11: [i32; 4],
    /// Sums of projection 12.
    pub sums_12: [i32; 2],
    /// Sums of projection 13.
    pub sums_13: [i32; 2],
    /// Sums of projection 14.
    pub sums_14: [i32; 5],
}

/// What comes from outside in a step.
#[rustfmt::skip]
#[derive(Debug, Clone, Copy, Default)]
pub struct Outside<'a> {
    /// Spikes of `input`: bit i % 32 of word i / 32 is neuron i. Empty for no spikes.
    pub input: &'a [u32],
    /// Currents of `exc` from outside, nA. Empty for none.
    pub exc: &'a [I8F8],
    /// Currents of `inh` from outside, nA. Empty for none.
    pub inh: &'a [I8F8],
    /// Currents of `out` from outside, nA. Empty for none.
    pub out: &'a [I8F8],
    /// Currents of `gate` from outside, nA. Empty for none.
    pub gate: &'a [I8F8],
    /// Currents of `sum` from outside, nA. Empty for none.
    pub sum: &'a [I8F8],
    /// Currents of `read` from outside, nA. Empty for none.
    pub read: &'a [I8F8],
    /// Currents of `slow_read` from outside, nA. Empty for none.
    pub slow_read: &'a [I8F8],
    /// Currents of `near` from outside, nA. Empty for none.
    pub near: &'a [I8F8],
    /// Currents of `far` from outside, nA. Empty for none.
    pub far: &'a [I8F8],
}

#[rustfmt::skip]
impl Network {
    /// The network at the beginning, to initialize a `static` with.
    pub const START: Self = Self {
        step: 0,
        sample: 0,
        input_history: [0; 5],
        exc: exc::AT_REST,
        exc_spikes: [0; 2],
        exc_history: [0; 8],
        exc_currents: [I8F8::ZERO; 40],
        exc_jumps: [[0; 40]; 1],
        exc_synapse_2: [I8F8::ZERO; 40],
        exc_synapse_3: [I8F8::ZERO; 40],
        inh: inh::AT_REST,
        inh_spikes: [0; 2],
        inh_history: [0; 20],
        inh_currents: [I8F8::ZERO; 33],
        inh_synapse_2: [I8F8::ZERO; 33],
        out: out::AT_REST,
        out_spikes: [0; 1],
        out_currents: [I8F8::ZERO; 5],
        gate: gate::AT_REST,
        gate_spikes: [0; 2],
        gate_history: [0; 6],
        gate_currents: [I8F8::ZERO; 34],
        sum: sum::AT_REST,
        sum_spikes: [0; 1],
        sum_history: [0; 2],
        sum_jumps: [[0; 3]; 1],
        sum_synapse_2: [I8F8::ZERO; 3],
        read: read::AT_REST,
        read_spikes: [0; 1],
        read_currents: [I8F8::ZERO; 4],
        slow_read: slow_read::AT_REST,
        slow_read_spikes: [0; 1],
        slow_read_jumps: [[0; 2]; 1],
        slow_read_synapse_2: [I8F8::ZERO; 2],
        near: near::AT_REST,
        near_spikes: [0; 1],
        near_history: [0; 3],
        near_jumps: [[0; 4]; 1],
        far: far::AT_REST,
        far_spikes: [0; 1],
        far_jumps: [[0; 3]; 1],
        sums_0: [0; 4],
        sums_1: [0; 4],
        sums_2: [0; 3],
        sums_3: [0; 40],
        sums_4: [0; 40],
        sums_5: [0; 33],
        sums_6: [0; 40],
        sums_7: [0; 40],
        sums_8: [0; 34],
        sums_9: [0; 3],
        sums_10: [0; 3],
        sums_11: [0; 4],
        sums_12: [0; 2],
        sums_13: [0; 2],
        sums_14: [0; 5],
    };

    /// Makes a step.
    ///
    /// # Errors
    /// Returns an error if what comes from outside has another length than its population. Nothing has changed then.
    pub fn step(&mut self, outside: &Outside<'_>) -> Result<(), LengthError> {
        if !outside.input.is_empty() && outside.input.len() != 1 {
            return Err(LengthError { name: "input", length: outside.input.len(), expected: 1 });
        }
        if !outside.exc.is_empty() && outside.exc.len() != 40 {
            return Err(LengthError { name: "exc", length: outside.exc.len(), expected: 40 });
        }
        if !outside.inh.is_empty() && outside.inh.len() != 33 {
            return Err(LengthError { name: "inh", length: outside.inh.len(), expected: 33 });
        }
        if !outside.out.is_empty() && outside.out.len() != 5 {
            return Err(LengthError { name: "out", length: outside.out.len(), expected: 5 });
        }
        if !outside.gate.is_empty() && outside.gate.len() != 34 {
            return Err(LengthError { name: "gate", length: outside.gate.len(), expected: 34 });
        }
        if !outside.sum.is_empty() && outside.sum.len() != 3 {
            return Err(LengthError { name: "sum", length: outside.sum.len(), expected: 3 });
        }
        if !outside.read.is_empty() && outside.read.len() != 4 {
            return Err(LengthError { name: "read", length: outside.read.len(), expected: 4 });
        }
        if !outside.slow_read.is_empty() && outside.slow_read.len() != 2 {
            return Err(LengthError { name: "slow_read", length: outside.slow_read.len(), expected: 2 });
        }
        if !outside.near.is_empty() && outside.near.len() != 4 {
            return Err(LengthError { name: "near", length: outside.near.len(), expected: 4 });
        }
        if !outside.far.is_empty() && outside.far.len() != 3 {
            return Err(LengthError { name: "far", length: outside.far.len(), expected: 3 });
        }
        let at = RngCounter { step: self.step, neuron: 0 };
        let draw = Draw { seed: 11, stimulus: 0, sample: self.sample, step: self.step };

        // input
        if let Some(mut history) = History::new(&mut self.input_history, 6, 4, 1) {
            let recorded = history.record(self.step);
            recorded.fill(0);
            recorded.iter_mut().zip(outside.input).for_each(|(to, from)| *to = *from);
        }

        // exc
        let history = HistoryView::new(&self.input_history, 6, 4, 1);
        PROJECTION_3.deliver(history, self.step, 0, Sums::Integers(&mut self.sums_3));
        let history = HistoryView::new(&self.exc_history, 40, 3, 1);
        PROJECTION_4.deliver(history, self.step, 0, Sums::Integers(&mut self.sums_4));
        let history = HistoryView::new(&self.inh_history, 33, 9, 1);
        PROJECTION_6.deliver(history, self.step, 0, Sums::Integers(&mut self.sums_6));
        let history = HistoryView::new(&self.inh_history, 33, 9, 1);
        PROJECTION_7.deliver(history, self.step, 0, Sums::Integers(&mut self.sums_7));
        let mut arrivals: [Arrival<'_, I8F8>; 4] = [
            Arrival {
                synapse: 0,
                sums: Sums::Integers(&mut self.sums_3),
                scale: PROJECTION_3_SCALE,
                factor: PROJECTION_3_FACTOR,
            },
            Arrival {
                synapse: 1,
                sums: Sums::Integers(&mut self.sums_4),
                scale: PROJECTION_4_SCALE,
                factor: PROJECTION_4_FACTOR,
            },
            Arrival {
                synapse: 2,
                sums: Sums::Integers(&mut self.sums_6),
                scale: PROJECTION_6_SCALE,
                factor: PROJECTION_6_FACTOR,
            },
            Arrival {
                synapse: 1,
                sums: Sums::Integers(&mut self.sums_7),
                scale: PROJECTION_7_SCALE,
                factor: PROJECTION_7_FACTOR,
            },
        ];
        let mut synapses: [Synapse<'_, I8F8, Nearest>; 3] = [
            Synapse::Delta,
            Synapse::Held {
                exponential: Exponential { decay: EXC_SYNAPSE_2_DECAY, rounding: Nearest, number: 2 },
                state: &mut self.exc_synapse_2,
            },
            Synapse::Exact {
                exponential: Exponential { decay: EXC_SYNAPSE_3_DECAY, rounding: Nearest, number: 3 },
                factor: EXC_SYNAPSE_3_FACTOR,
                state: &mut self.exc_synapse_3,
            },
        ];
        let mut inputs = Inputs {
            outside: outside.exc,
            stimuli: &EXC_STIMULI,
            arrivals: &mut arrivals,
            synapses: &mut synapses,
            draw,
        };
        inputs.gather(at, &mut self.exc_currents, &mut self.exc_jumps.each_mut().map(|jumps| jumps.as_mut_slice()));
        let terms = self.exc_jumps.each_ref().map(|term| term.as_slice());
        let state = self.exc.as_mut().widened();
        exc::POPULATION.run_jumped(0, state, (&self.exc_currents, Jumps::new(&terms).unwrap_or(Jumps::NONE)), exc::FLAGS, at, &mut self.exc_spikes)?;
        if let Some(mut history) = History::new(&mut self.exc_history, 40, 3, 1) {
            history.record(self.step).copy_from_slice(&self.exc_spikes);
        }

        // inh
        let history = HistoryView::new(&self.exc_history, 40, 3, 1);
        PROJECTION_5.deliver(history, self.step, 0, Sums::Integers(&mut self.sums_5));
        let mut arrivals: [Arrival<'_, I8F8>; 1] = [
            Arrival {
                synapse: 0,
                sums: Sums::Integers(&mut self.sums_5),
                scale: PROJECTION_5_SCALE,
                factor: PROJECTION_5_FACTOR,
            },
        ];
        let mut synapses: [Synapse<'_, I8F8, Nearest>; 1] = [
            Synapse::Held {
                exponential: Exponential { decay: INH_SYNAPSE_2_DECAY, rounding: Nearest, number: 2 },
                state: &mut self.inh_synapse_2,
            },
        ];
        let mut inputs = Inputs {
            outside: outside.inh,
            stimuli: &INH_STIMULI,
            arrivals: &mut arrivals,
            synapses: &mut synapses,
            draw,
        };
        inputs.gather(at, &mut self.inh_currents, &mut []);
        let state = self.inh.as_mut().widened();
        inh::POPULATION.run_jumped(0, state, (&self.inh_currents, Jumps::NONE), inh::FLAGS, at, &mut self.inh_spikes)?;
        if let Some(mut history) = History::new(&mut self.inh_history, 33, 9, 1) {
            history.record(self.step).copy_from_slice(&self.inh_spikes);
        }

        // out
        let history = HistoryView::new(&self.exc_history, 40, 3, 1);
        PROJECTION_14.deliver(history, self.step, 0, Sums::Integers(&mut self.sums_14));
        let mut arrivals: [Arrival<'_, I8F8>; 1] = [
            Arrival {
                synapse: 0,
                sums: Sums::Integers(&mut self.sums_14),
                scale: PROJECTION_14_SCALE,
                factor: PROJECTION_14_FACTOR,
            },
        ];
        let mut synapses: [Synapse<'_, I8F8, Nearest>; 1] = [
            Synapse::Current,
        ];
        let mut inputs = Inputs {
            outside: outside.out,
            stimuli: &[],
            arrivals: &mut arrivals,
            synapses: &mut synapses,
            draw,
        };
        inputs.gather(at, &mut self.out_currents, &mut []);
        out::NEURON.run(self.out.as_mut(), &self.out_currents, out::FLAGS, at, &mut self.out_spikes)?;

        // gate
        let history = HistoryView::new(&self.exc_history, 40, 3, 1);
        PROJECTION_8.deliver(history, self.step, 0, Sums::Integers(&mut self.sums_8));
        let mut arrivals: [Arrival<'_, I8F8>; 1] = [
            Arrival {
                synapse: 0,
                sums: Sums::Integers(&mut self.sums_8),
                scale: PROJECTION_8_SCALE,
                factor: PROJECTION_8_FACTOR,
            },
        ];
        let mut synapses: [Synapse<'_, I8F8, Nearest>; 1] = [
            Synapse::Current,
        ];
        let mut inputs = Inputs {
            outside: outside.gate,
            stimuli: &[],
            arrivals: &mut arrivals,
            synapses: &mut synapses,
            draw,
        };
        inputs.gather(at, &mut self.gate_currents, &mut []);
        let state = self.gate.as_mut().widened();
        gate::POPULATION.run_jumped(0, state, (&self.gate_currents, Jumps::NONE), gate::FLAGS, at, &mut self.gate_spikes)?;
        if let Some(mut history) = History::new(&mut self.gate_history, 34, 2, 1) {
            history.record(self.step).copy_from_slice(&self.gate_spikes);
        }

        // sum
        let history = HistoryView::new(&self.gate_history, 34, 2, 1);
        PROJECTION_9.deliver(history, self.step, 0, Sums::Integers(&mut self.sums_9));
        let history = HistoryView::new(&self.inh_history, 33, 9, 1);
        PROJECTION_10.deliver(history, self.step, 0, Sums::Integers(&mut self.sums_10));
        let mut arrivals: [Arrival<'_, I8F8>; 2] = [
            Arrival {
                synapse: 1,
                sums: Sums::Integers(&mut self.sums_9),
                scale: PROJECTION_9_SCALE,
                factor: PROJECTION_9_FACTOR,
            },
            Arrival {
                synapse: 0,
                sums: Sums::Integers(&mut self.sums_10),
                scale: PROJECTION_10_SCALE,
                factor: PROJECTION_10_FACTOR,
            },
        ];
        let mut synapses: [Synapse<'_, I8F8, Nearest>; 2] = [
            Synapse::Delta,
            Synapse::Exact {
                exponential: Exponential { decay: SUM_SYNAPSE_2_DECAY, rounding: Nearest, number: 2 },
                factor: SUM_SYNAPSE_2_FACTOR,
                state: &mut self.sum_synapse_2,
            },
        ];
        let mut inputs = Inputs {
            outside: outside.sum,
            stimuli: &[],
            arrivals: &mut arrivals,
            synapses: &mut synapses,
            draw,
        };
        inputs.gather(at, &mut [], &mut self.sum_jumps.each_mut().map(|jumps| jumps.as_mut_slice()));
        let currents = if outside.sum.is_empty() {
            static NONE: [I8F8; 3] = [I8F8::ZERO; 3];
            &NONE[..]
        } else {
            outside.sum
        };
        let terms = self.sum_jumps.each_ref().map(|term| term.as_slice());
        let state = self.sum.as_mut().widened();
        sum::POPULATION.run_jumped(0, state, (currents, Jumps::new(&terms).unwrap_or(Jumps::NONE)), sum::FLAGS, at, &mut self.sum_spikes)?;
        if let Some(mut history) = History::new(&mut self.sum_history, 3, 1, 1) {
            history.record(self.step).copy_from_slice(&self.sum_spikes);
        }

        // read
        let history = HistoryView::new(&self.gate_history, 34, 2, 1);
        PROJECTION_11.deliver(history, self.step, 0, Sums::Integers(&mut self.sums_11));
        let mut arrivals: [Arrival<'_, I8F8>; 1] = [
            Arrival {
                synapse: 0,
                sums: Sums::Integers(&mut self.sums_11),
                scale: PROJECTION_11_SCALE,
                factor: PROJECTION_11_FACTOR,
            },
        ];
        let mut synapses: [Synapse<'_, I8F8, Nearest>; 1] = [
            Synapse::Current,
        ];
        let mut inputs = Inputs {
            outside: outside.read,
            stimuli: &[],
            arrivals: &mut arrivals,
            synapses: &mut synapses,
            draw,
        };
        inputs.gather(at, &mut self.read_currents, &mut []);
        let state = self.read.as_mut().widened();
        read::POPULATION.run_jumped(0, state, (&self.read_currents, Jumps::NONE), read::FLAGS, at, &mut self.read_spikes)?;

        // slow_read
        let history = HistoryView::new(&self.sum_history, 3, 1, 1);
        PROJECTION_12.deliver(history, self.step, 0, Sums::Integers(&mut self.sums_12));
        let history = HistoryView::new(&self.gate_history, 34, 2, 1);
        PROJECTION_13.deliver(history, self.step, 0, Sums::Integers(&mut self.sums_13));
        let mut arrivals: [Arrival<'_, I8F8>; 2] = [
            Arrival {
                synapse: 1,
                sums: Sums::Integers(&mut self.sums_12),
                scale: PROJECTION_12_SCALE,
                factor: PROJECTION_12_FACTOR,
            },
            Arrival {
                synapse: 0,
                sums: Sums::Integers(&mut self.sums_13),
                scale: PROJECTION_13_SCALE,
                factor: PROJECTION_13_FACTOR,
            },
        ];
        let mut synapses: [Synapse<'_, I8F8, Nearest>; 2] = [
            Synapse::Delta,
            Synapse::Exact {
                exponential: Exponential { decay: SLOW_READ_SYNAPSE_2_DECAY, rounding: Nearest, number: 2 },
                factor: SLOW_READ_SYNAPSE_2_FACTOR,
                state: &mut self.slow_read_synapse_2,
            },
        ];
        let mut inputs = Inputs {
            outside: outside.slow_read,
            stimuli: &[],
            arrivals: &mut arrivals,
            synapses: &mut synapses,
            draw,
        };
        inputs.gather(at, &mut [], &mut self.slow_read_jumps.each_mut().map(|jumps| jumps.as_mut_slice()));
        let currents = if outside.slow_read.is_empty() {
            static NONE: [I8F8; 2] = [I8F8::ZERO; 2];
            &NONE[..]
        } else {
            outside.slow_read
        };
        let terms = self.slow_read_jumps.each_ref().map(|term| term.as_slice());
        let state = self.slow_read.as_mut().widened();
        slow_read::POPULATION.run_jumped(0, state, (currents, Jumps::new(&terms).unwrap_or(Jumps::NONE)), slow_read::FLAGS, at, &mut self.slow_read_spikes)?;

        // near
        let history = HistoryView::new(&self.input_history, 6, 4, 1);
        PROJECTION_0.deliver(history, self.step, 0, Sums::Integers(&mut self.sums_0));
        let history = HistoryView::new(&self.input_history, 6, 4, 1);
        PROJECTION_1.deliver(history, self.step, 0, Sums::Integers(&mut self.sums_1));
        let mut arrivals: [Arrival<'_, I8F8>; 2] = [
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
        let mut synapses: [Synapse<'_, I8F8, Nearest>; 1] = [
            Synapse::Delta,
        ];
        let mut inputs = Inputs {
            outside: outside.near,
            stimuli: &[],
            arrivals: &mut arrivals,
            synapses: &mut synapses,
            draw,
        };
        inputs.gather(at, &mut [], &mut self.near_jumps.each_mut().map(|jumps| jumps.as_mut_slice()));
        let currents = if outside.near.is_empty() {
            static NONE: [I8F8; 4] = [I8F8::ZERO; 4];
            &NONE[..]
        } else {
            outside.near
        };
        let terms = self.near_jumps.each_ref().map(|term| term.as_slice());
        let state = self.near.as_mut().widened();
        near::POPULATION.run_jumped(0, state, (currents, Jumps::new(&terms).unwrap_or(Jumps::NONE)), near::FLAGS, at, &mut self.near_spikes)?;
        if let Some(mut history) = History::new(&mut self.near_history, 4, 2, 1) {
            history.record(self.step).copy_from_slice(&self.near_spikes);
        }

        // far
        let history = HistoryView::new(&self.near_history, 4, 2, 1);
        PROJECTION_2.deliver(history, self.step, 0, Sums::Integers(&mut self.sums_2));
        let mut arrivals: [Arrival<'_, I8F8>; 1] = [
            Arrival {
                synapse: 0,
                sums: Sums::Integers(&mut self.sums_2),
                scale: PROJECTION_2_SCALE,
                factor: PROJECTION_2_FACTOR,
            },
        ];
        let mut synapses: [Synapse<'_, I8F8, Nearest>; 1] = [
            Synapse::Delta,
        ];
        let mut inputs = Inputs {
            outside: outside.far,
            stimuli: &[],
            arrivals: &mut arrivals,
            synapses: &mut synapses,
            draw,
        };
        inputs.gather(at, &mut [], &mut self.far_jumps.each_mut().map(|jumps| jumps.as_mut_slice()));
        let currents = if outside.far.is_empty() {
            static NONE: [I8F8; 3] = [I8F8::ZERO; 3];
            &NONE[..]
        } else {
            outside.far
        };
        let terms = self.far_jumps.each_ref().map(|term| term.as_slice());
        let state = self.far.as_mut().widened();
        far::POPULATION.run_jumped(0, state, (currents, Jumps::new(&terms).unwrap_or(Jumps::NONE)), far::FLAGS, at, &mut self.far_spikes)?;
        self.step += 1;
        Ok(())
    }
}
