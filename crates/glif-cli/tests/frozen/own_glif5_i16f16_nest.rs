// Frozen by `glif freeze` from `own_glif5_i16f16_nest.toml`: change that, and freeze again.
// Needs the crate glif-core 0.1.0.
//
// model glif5 in dialect nest, 37 neurons, in i16f16
// refractory = nest, rounding = nearest
//
// step_time = 0.7 ms
// rest_v = -60.885336687493215 to -60.02962156469505 mV over the neurons, drawn with seed 3
// reset_v_add = 2.0089970990042234 to 3.9909906182268364 mV over the neurons, drawn with seed 3
// reset_v_mul = -0.38410235222501016 to 0.18687190649400143 over the neurons, drawn with seed 3
// thresh_eq_v = -52.40406264181695 to -48.12496989946152 mV over the neurons, drawn with seed 3
// refrac_t = 1.4 to 3.5 ms over the neurons
// tc_membrane = 17.111431781090797 to 22.087912783633968 ms over the neurons, drawn with seed 3
// rc_adaptation = [0.03 to 0.056999999999999995, 0.11000000000000001 to 0.2] 1/ms over the neurons
// spike_increment = [1.5 to 2.8499999999999996, 0.1375 to 0.25] mV over the neurons
// asc_amplitude = [-2.8499999999999996 to -1.5, 0.41250000000000003 to 0.75] nA over the neurons
// rc_asc = [0.03 to 0.056999999999999995, 0.165 to 0.3] 1/ms over the neurons
// asc_retain = [0.5 to 0.95, 0.22000000000000003 to 0.4] over the neurons
// thresh_voltage_gain = 0.010150791202028733 to 0.01991933130678392 1/ms over the neurons, drawn with seed 3
// rc_thresh_voltage = 0.050120797087534766 to 0.09949026838674015 1/ms over the neurons, drawn with seed 3
// resistance = 0.8015134823877452 to 1.0951664132959733 MΩ over the neurons, drawn with seed 3
//
// The arrays of own coefficients take 5254 bytes of flash: 142 for each neuron.

use glif_core::fixed::types::I16F16;
use glif_core::fixed_point::{Decay32, Gain32, OwnDecay32, OwnGain32, Slope};
use glif_core::levels::{DynReset, LevelParts};
use glif_core::neuron::LinearReset;
use glif_core::own::OwnSlices;
use glif_core::spec::Dialect;
use glif_core::teeter::ThresholdVoltage;
use glif_core::{Levels, Nearest, OwnCoefficients, PopulationState, Refractory, StepOptions};

/// How many neurons there are: shape [37] in C order.
pub const NEURONS: usize = 37;

/// The model.
pub type Model = Levels<I16F16, Nearest>;

/// What changes from step to step.
pub type Arrays = PopulationState<I16F16, 5, NEURONS>;

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
    own: OwnSlices {
        // the coefficients that vary from neuron to neuron
        rest: &REST,
        gain: &GAIN,
        decay: &DECAY,
        threshold: &THRESHOLD,
        reset: &RESET,
        slope: &SLOPE,
        refractory: &REFRACTORY,
        component_decay: &COMPONENT_DECAY,
        increment: &INCREMENT,
        retain: &RETAIN,
        weight: &WEIGHT,
        voltage_decay: &VOLTAGE_DECAY,
        voltage_gain: &VOLTAGE_GAIN,
        voltage_drive: &VOLTAGE_DRIVE,
        ..OwnSlices::SHARED
    },
    neurons: NEURONS,
};

/// The coefficients that all neurons share. A step does not use those of which each neuron has its own.
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub const NEURON: Model = Levels::new(LevelParts {
    dialect: Dialect::Nest,
    // neuron 0; `REST` has that of each
    rest: -3952387,
    gain: Gain32 {
        // neuron 0; `GAIN` has that of each
        lowest: -1073741823,
        highest: 1073741823,
        shift: 1,
        factor: 1781492193,
    },
    decay: Decay32 {
        // neuron 0; `DECAY` has that of each
        factor: -163239315,
        keep: -1,
    },
    // neuron 0; `THRESHOLD` has that of each
    threshold: -3206550,
    reset: DynReset::Linear(LinearReset {
        // drop: neuron 0; `RESET` has that of each
        slope: Slope {
            // neuron 0; `SLOPE` has that of each
            factor: 660152743,
            shift: 34,
        },
        drop: 144780,
    }),
    // neuron 0; `REFRACTORY` has that of each
    refractory: 5,
    rounding: Nearest,
    adaptation_decay: &[
        Decay32 {
            // neuron 0; `COMPONENT_DECAY` has that of each
            factor: -89253868,
            keep: -1,
        },
        Decay32 {
            // neuron 0; `COMPONENT_DECAY` has that of each
            factor: -561102106,
            keep: -1,
        },
        Decay32 {
            // neuron 0; `COMPONENT_DECAY` has that of each
            factor: -89253868,
            keep: -1,
        },
        Decay32 {
            // neuron 0; `COMPONENT_DECAY` has that of each
            factor: -813534469,
            keep: -1,
        },
    ],
    increment: &[
        98304,  // neuron 0; `INCREMENT` has that of each
        16384,  // neuron 0; `INCREMENT` has that of each
        -98304, // neuron 0; `INCREMENT` has that of each
        49152,  // neuron 0; `INCREMENT` has that of each
    ],
    retain: &[
        Slope {
            // neuron 0; `RETAIN` has that of each
            factor: 987231794,
            shift: 30,
        },
        Slope {
            // neuron 0; `RETAIN` has that of each
            factor: 613331062,
            shift: 30,
        },
        Slope {
            // neuron 0; `RETAIN` has that of each
            factor: 987231794,
            shift: 31,
        },
        Slope {
            // neuron 0; `RETAIN` has that of each
            factor: 741673032,
            shift: 32,
        },
    ],
    weight: &[
        Decay32 {
            // neuron 0; `WEIGHT` has that of each
            factor: -44783127,
            keep: -1,
        },
        Decay32 {
            // neuron 0; `WEIGHT` has that of each
            factor: -420993635,
            keep: -1,
        },
    ],
    voltage: Some(ThresholdVoltage {
        decay: Decay32 {
            // neuron 0; `VOLTAGE_DECAY` has that of each
            factor: -201235574,
            keep: -1,
        },
        gain: Slope {
            // neuron 0; `VOLTAGE_GAIN` has that of each
            factor: 653070216,
            shift: 36,
        },
        drive: Slope {
            // neuron 0; `VOLTAGE_DRIVE` has that of each
            factor: 665907754,
            shift: 36,
        },
    }),
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
    // component by component: thresholds in mV, currents in nA
    adaptation: [[I16F16::ZERO; NEURONS]; 5],
};

/// Membrane potential at rest, mV, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static REST: [I16F16; NEURONS] = [
    I16F16::from_bits(-3952387), I16F16::from_bits(-3970763), I16F16::from_bits(-3943604),
    I16F16::from_bits(-3943702), I16F16::from_bits(-3949160), I16F16::from_bits(-3941260),
    I16F16::from_bits(-3936614), I16F16::from_bits(-3959562), I16F16::from_bits(-3977790),
    I16F16::from_bits(-3976776), I16F16::from_bits(-3990181), I16F16::from_bits(-3938903),
    I16F16::from_bits(-3953297), I16F16::from_bits(-3951177), I16F16::from_bits(-3948993),
    I16F16::from_bits(-3936019), I16F16::from_bits(-3939973), I16F16::from_bits(-3959729),
    I16F16::from_bits(-3984857), I16F16::from_bits(-3965419), I16F16::from_bits(-3959272),
    I16F16::from_bits(-3965683), I16F16::from_bits(-3945298), I16F16::from_bits(-3945973),
    I16F16::from_bits(-3942636), I16F16::from_bits(-3956257), I16F16::from_bits(-3983637),
    I16F16::from_bits(-3937373), I16F16::from_bits(-3934101), I16F16::from_bits(-3986183),
    I16F16::from_bits(-3980498), I16F16::from_bits(-3984651), I16F16::from_bits(-3975795),
    I16F16::from_bits(-3972157), I16F16::from_bits(-3953065), I16F16::from_bits(-3953588),
    I16F16::from_bits(-3982985),
];

/// Membrane resistance, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static GAIN: [OwnGain32; NEURONS] = [
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1781492193 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1954870565 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 2117738469 },
    OwnGain32 { lowest: -536870911, span: 1073741822, scale: 4, factor: 1164332327 },
    OwnGain32 { lowest: -536870911, span: 1073741822, scale: 4, factor: 1139787075 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1824717541 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1943027828 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1757518870 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 2090466200 },
    OwnGain32 { lowest: -536870911, span: 1073741822, scale: 4, factor: 1171896825 },
    OwnGain32 { lowest: -536870911, span: 1073741822, scale: 4, factor: 1106671017 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1745036162 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1866260193 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 2113631513 },
    OwnGain32 { lowest: -536870911, span: 1073741822, scale: 4, factor: 1175925982 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 2097444221 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1890979761 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1937580746 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 2033467448 },
    OwnGain32 { lowest: -536870911, span: 1073741822, scale: 4, factor: 1090414877 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1904534845 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 2101136602 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 2013508282 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1770163104 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1920298879 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1927388157 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 2019953575 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1983229504 },
    OwnGain32 { lowest: -536870911, span: 1073741822, scale: 4, factor: 1076319907 },
    OwnGain32 { lowest: -536870911, span: 1073741822, scale: 4, factor: 1156583159 },
    OwnGain32 { lowest: -536870911, span: 1073741822, scale: 4, factor: 1165268742 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1721237097 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1857176403 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1766410756 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1963444638 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 1741454233 },
    OwnGain32 { lowest: -1073741823, span: 2147483646, scale: 2, factor: 2094658595 },
];

/// Decay factor of the membrane per step, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static DECAY: [OwnDecay32; NEURONS] = [
    OwnDecay32 { factor: -163239315 }, OwnDecay32 { factor: -152917715 },
    OwnDecay32 { factor: -162475809 }, OwnDecay32 { factor: -155232723 },
    OwnDecay32 { factor: -161550565 }, OwnDecay32 { factor: -150662305 },
    OwnDecay32 { factor: -148641846 }, OwnDecay32 { factor: -172154629 },
    OwnDecay32 { factor: -163843877 }, OwnDecay32 { factor: -150482279 },
    OwnDecay32 { factor: -133979905 }, OwnDecay32 { factor: -153692401 },
    OwnDecay32 { factor: -165888937 }, OwnDecay32 { factor: -149277419 },
    OwnDecay32 { factor: -148471264 }, OwnDecay32 { factor: -166350625 },
    OwnDecay32 { factor: -159802599 }, OwnDecay32 { factor: -162817890 },
    OwnDecay32 { factor: -161328275 }, OwnDecay32 { factor: -157918207 },
    OwnDecay32 { factor: -145882578 }, OwnDecay32 { factor: -147198216 },
    OwnDecay32 { factor: -143483115 }, OwnDecay32 { factor: -152217867 },
    OwnDecay32 { factor: -144642370 }, OwnDecay32 { factor: -161163315 },
    OwnDecay32 { factor: -149522192 }, OwnDecay32 { factor: -150254516 },
    OwnDecay32 { factor: -138758911 }, OwnDecay32 { factor: -153725467 },
    OwnDecay32 { factor: -148432032 }, OwnDecay32 { factor: -150916545 },
    OwnDecay32 { factor: -151259036 }, OwnDecay32 { factor: -155687655 },
    OwnDecay32 { factor: -146249693 }, OwnDecay32 { factor: -164096232 },
    OwnDecay32 { factor: -154133375 },
];

/// Threshold without adaptation, mV, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static THRESHOLD: [I16F16; NEURONS] = [
    I16F16::from_bits(-3206550), I16F16::from_bits(-3297369), I16F16::from_bits(-3268208),
    I16F16::from_bits(-3361265), I16F16::from_bits(-3212350), I16F16::from_bits(-3341643),
    I16F16::from_bits(-3309001), I16F16::from_bits(-3315929), I16F16::from_bits(-3204044),
    I16F16::from_bits(-3274171), I16F16::from_bits(-3238301), I16F16::from_bits(-3153918),
    I16F16::from_bits(-3311594), I16F16::from_bits(-3219986), I16F16::from_bits(-3269611),
    I16F16::from_bits(-3283309), I16F16::from_bits(-3223697), I16F16::from_bits(-3276743),
    I16F16::from_bits(-3398712), I16F16::from_bits(-3243828), I16F16::from_bits(-3305715),
    I16F16::from_bits(-3232003), I16F16::from_bits(-3378283), I16F16::from_bits(-3287919),
    I16F16::from_bits(-3279540), I16F16::from_bits(-3274039), I16F16::from_bits(-3356605),
    I16F16::from_bits(-3215250), I16F16::from_bits(-3173459), I16F16::from_bits(-3434353),
    I16F16::from_bits(-3208774), I16F16::from_bits(-3224965), I16F16::from_bits(-3423723),
    I16F16::from_bits(-3421474), I16F16::from_bits(-3288694), I16F16::from_bits(-3243363),
    I16F16::from_bits(-3284610),
];

/// Drop of the membrane at a spike, mV, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static RESET: [I16F16; NEURONS] = [
    I16F16::from_bits(144780), I16F16::from_bits(223793), I16F16::from_bits(225000),
    I16F16::from_bits(201001), I16F16::from_bits(243562), I16F16::from_bits(209894),
    I16F16::from_bits(187144), I16F16::from_bits(249908), I16F16::from_bits(201359),
    I16F16::from_bits(184209), I16F16::from_bits(221818), I16F16::from_bits(165228),
    I16F16::from_bits(155241), I16F16::from_bits(225327), I16F16::from_bits(261554),
    I16F16::from_bits(133357), I16F16::from_bits(181566), I16F16::from_bits(134937),
    I16F16::from_bits(212842), I16F16::from_bits(144112), I16F16::from_bits(131662),
    I16F16::from_bits(173392), I16F16::from_bits(206056), I16F16::from_bits(194711),
    I16F16::from_bits(213406), I16F16::from_bits(137837), I16F16::from_bits(131749),
    I16F16::from_bits(138133), I16F16::from_bits(223824), I16F16::from_bits(207335),
    I16F16::from_bits(176420), I16F16::from_bits(210286), I16F16::from_bits(192296),
    I16F16::from_bits(163306), I16F16::from_bits(251847), I16F16::from_bits(255410),
    I16F16::from_bits(243940),
];

/// Slope of a linear reset, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static SLOPE: [Slope; NEURONS] = [
    Slope { factor: 660152743, shift: 34 }, Slope { factor: 802608727, shift: 32 },
    Slope { factor: -677846313, shift: 31 }, Slope { factor: -1049618465, shift: 37 },
    Slope { factor: -728847176, shift: 31 }, Slope { factor: 620246327, shift: 32 },
    Slope { factor: -824853521, shift: 31 }, Slope { factor: 924066660, shift: 37 },
    Slope { factor: 743919652, shift: 32 }, Slope { factor: -781444467, shift: 31 },
    Slope { factor: 577360721, shift: 32 }, Slope { factor: -863966902, shift: 32 },
    Slope { factor: 963685662, shift: 33 }, Slope { factor: -652725012, shift: 32 },
    Slope { factor: 599999006, shift: 35 }, Slope { factor: 585184302, shift: 33 },
    Slope { factor: -1029996435, shift: 33 }, Slope { factor: 722659097, shift: 38 },
    Slope { factor: -759258700, shift: 31 }, Slope { factor: -676706561, shift: 32 },
    Slope { factor: 646463866, shift: 33 }, Slope { factor: 909858674, shift: 37 },
    Slope { factor: -1002649283, shift: 32 }, Slope { factor: -1020925462, shift: 34 },
    Slope { factor: -859168598, shift: 35 }, Slope { factor: -792228946, shift: 32 },
    Slope { factor: -847378424, shift: 33 }, Slope { factor: -815375944, shift: 31 },
    Slope { factor: 955972011, shift: 33 }, Slope { factor: -845688253, shift: 34 },
    Slope { factor: -811059465, shift: 31 }, Slope { factor: -758046581, shift: 32 },
    Slope { factor: -815883211, shift: 31 }, Slope { factor: 764505882, shift: 32 },
    Slope { factor: -981367059, shift: 33 }, Slope { factor: -762231811, shift: 33 },
    Slope { factor: -738250182, shift: 31 },
];

/// Steps from a spike to the next possible one, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static REFRACTORY: [u16; NEURONS] = [
    5, 3, 6, 5, 3, 6, 5, 3, 6, 5, 3, 6, 5, 3, 6, 5, 3, 6, 5, 3, 6, 5, 3, 6, 5, 3, 6, 5, 3, 6, 5, 3,
    6, 5, 3, 6, 5,
];

/// Decay factor of each component per step, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static COMPONENT_DECAY: [OwnDecay32; 4 * NEURONS] = [
    // component 0
    OwnDecay32 { factor: -89253868 }, OwnDecay32 { factor: -91461288 },
    OwnDecay32 { factor: -93667549 }, OwnDecay32 { factor: -95872653 },
    OwnDecay32 { factor: -98076599 }, OwnDecay32 { factor: -100279388 },
    OwnDecay32 { factor: -102481021 }, OwnDecay32 { factor: -104681499 },
    OwnDecay32 { factor: -106880821 }, OwnDecay32 { factor: -109078990 },
    OwnDecay32 { factor: -111276004 }, OwnDecay32 { factor: -113471866 },
    OwnDecay32 { factor: -115666575 }, OwnDecay32 { factor: -117860132 },
    OwnDecay32 { factor: -120052537 }, OwnDecay32 { factor: -122243792 },
    OwnDecay32 { factor: -124433897 }, OwnDecay32 { factor: -126622853 },
    OwnDecay32 { factor: -128810659 }, OwnDecay32 { factor: -130997317 },
    OwnDecay32 { factor: -133182828 }, OwnDecay32 { factor: -135367191 },
    OwnDecay32 { factor: -137550408 }, OwnDecay32 { factor: -139732479 },
    OwnDecay32 { factor: -141913405 }, OwnDecay32 { factor: -144093186 },
    OwnDecay32 { factor: -146271823 }, OwnDecay32 { factor: -148449316 },
    OwnDecay32 { factor: -150625667 }, OwnDecay32 { factor: -152800875 },
    OwnDecay32 { factor: -154974942 }, OwnDecay32 { factor: -157147868 },
    OwnDecay32 { factor: -159319653 }, OwnDecay32 { factor: -161490298 },
    OwnDecay32 { factor: -163659804 }, OwnDecay32 { factor: -165828171 },
    OwnDecay32 { factor: -167995400 },
    // component 1
    OwnDecay32 { factor: -561102106 }, OwnDecay32 { factor: -554562122 },
    OwnDecay32 { factor: -548010682 }, OwnDecay32 { factor: -541447767 },
    OwnDecay32 { factor: -534873357 }, OwnDecay32 { factor: -528287431 },
    OwnDecay32 { factor: -521689970 }, OwnDecay32 { factor: -515080954 },
    OwnDecay32 { factor: -508460361 }, OwnDecay32 { factor: -501828173 },
    OwnDecay32 { factor: -495184368 }, OwnDecay32 { factor: -488528926 },
    OwnDecay32 { factor: -481861827 }, OwnDecay32 { factor: -475183050 },
    OwnDecay32 { factor: -468492575 }, OwnDecay32 { factor: -461790381 },
    OwnDecay32 { factor: -455076449 }, OwnDecay32 { factor: -448350757 },
    OwnDecay32 { factor: -441613284 }, OwnDecay32 { factor: -434864011 },
    OwnDecay32 { factor: -428102916 }, OwnDecay32 { factor: -421329978 },
    OwnDecay32 { factor: -414545178 }, OwnDecay32 { factor: -407748494 },
    OwnDecay32 { factor: -400939905 }, OwnDecay32 { factor: -394119391 },
    OwnDecay32 { factor: -387286931 }, OwnDecay32 { factor: -380442503 },
    OwnDecay32 { factor: -373586087 }, OwnDecay32 { factor: -366717662 },
    OwnDecay32 { factor: -359837206 }, OwnDecay32 { factor: -352944699 },
    OwnDecay32 { factor: -346040120 }, OwnDecay32 { factor: -339123447 },
    OwnDecay32 { factor: -332194660 }, OwnDecay32 { factor: -325253736 },
    OwnDecay32 { factor: -318300655 },
    // component 2
    OwnDecay32 { factor: -89253868 }, OwnDecay32 { factor: -91461288 },
    OwnDecay32 { factor: -93667549 }, OwnDecay32 { factor: -95872653 },
    OwnDecay32 { factor: -98076599 }, OwnDecay32 { factor: -100279388 },
    OwnDecay32 { factor: -102481021 }, OwnDecay32 { factor: -104681499 },
    OwnDecay32 { factor: -106880821 }, OwnDecay32 { factor: -109078990 },
    OwnDecay32 { factor: -111276004 }, OwnDecay32 { factor: -113471866 },
    OwnDecay32 { factor: -115666575 }, OwnDecay32 { factor: -117860132 },
    OwnDecay32 { factor: -120052537 }, OwnDecay32 { factor: -122243792 },
    OwnDecay32 { factor: -124433897 }, OwnDecay32 { factor: -126622853 },
    OwnDecay32 { factor: -128810659 }, OwnDecay32 { factor: -130997317 },
    OwnDecay32 { factor: -133182828 }, OwnDecay32 { factor: -135367191 },
    OwnDecay32 { factor: -137550408 }, OwnDecay32 { factor: -139732479 },
    OwnDecay32 { factor: -141913405 }, OwnDecay32 { factor: -144093186 },
    OwnDecay32 { factor: -146271823 }, OwnDecay32 { factor: -148449316 },
    OwnDecay32 { factor: -150625667 }, OwnDecay32 { factor: -152800875 },
    OwnDecay32 { factor: -154974942 }, OwnDecay32 { factor: -157147868 },
    OwnDecay32 { factor: -159319653 }, OwnDecay32 { factor: -161490298 },
    OwnDecay32 { factor: -163659804 }, OwnDecay32 { factor: -165828171 },
    OwnDecay32 { factor: -167995400 },
    // component 3
    OwnDecay32 { factor: -813534469 }, OwnDecay32 { factor: -804383703 },
    OwnDecay32 { factor: -795208884 }, OwnDecay32 { factor: -786009950 },
    OwnDecay32 { factor: -776786837 }, OwnDecay32 { factor: -767539481 },
    OwnDecay32 { factor: -758267819 }, OwnDecay32 { factor: -748971788 },
    OwnDecay32 { factor: -739651322 }, OwnDecay32 { factor: -730306357 },
    OwnDecay32 { factor: -720936830 }, OwnDecay32 { factor: -711542676 },
    OwnDecay32 { factor: -702123829 }, OwnDecay32 { factor: -692680226 },
    OwnDecay32 { factor: -683211801 }, OwnDecay32 { factor: -673718488 },
    OwnDecay32 { factor: -664200222 }, OwnDecay32 { factor: -654656939 },
    OwnDecay32 { factor: -645088571 }, OwnDecay32 { factor: -635495054 },
    OwnDecay32 { factor: -625876320 }, OwnDecay32 { factor: -616232304 },
    OwnDecay32 { factor: -606562939 }, OwnDecay32 { factor: -596868159 },
    OwnDecay32 { factor: -587147896 }, OwnDecay32 { factor: -577402084 },
    OwnDecay32 { factor: -567630656 }, OwnDecay32 { factor: -557833545 },
    OwnDecay32 { factor: -548010682 }, OwnDecay32 { factor: -538162000 },
    OwnDecay32 { factor: -528287431 }, OwnDecay32 { factor: -518386908 },
    OwnDecay32 { factor: -508460361 }, OwnDecay32 { factor: -498507724 },
    OwnDecay32 { factor: -488528926 }, OwnDecay32 { factor: -478523899 },
    OwnDecay32 { factor: -468492575 },
];

/// Growth of each component at a spike, mV or nA, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static INCREMENT: [I16F16; 4 * NEURONS] = [
    // component 0
    I16F16::from_bits(98304), I16F16::from_bits(100762), I16F16::from_bits(103219),
    I16F16::from_bits(105677), I16F16::from_bits(108134), I16F16::from_bits(110592),
    I16F16::from_bits(113050), I16F16::from_bits(115507), I16F16::from_bits(117965),
    I16F16::from_bits(120422), I16F16::from_bits(122880), I16F16::from_bits(125338),
    I16F16::from_bits(127795), I16F16::from_bits(130253), I16F16::from_bits(132710),
    I16F16::from_bits(135168), I16F16::from_bits(137626), I16F16::from_bits(140083),
    I16F16::from_bits(142541), I16F16::from_bits(144998), I16F16::from_bits(147456),
    I16F16::from_bits(149914), I16F16::from_bits(152371), I16F16::from_bits(154829),
    I16F16::from_bits(157286), I16F16::from_bits(159744), I16F16::from_bits(162202),
    I16F16::from_bits(164659), I16F16::from_bits(167117), I16F16::from_bits(169574),
    I16F16::from_bits(172032), I16F16::from_bits(174490), I16F16::from_bits(176947),
    I16F16::from_bits(179405), I16F16::from_bits(181862), I16F16::from_bits(184320),
    I16F16::from_bits(186778),
    // component 1
    I16F16::from_bits(16384), I16F16::from_bits(16179), I16F16::from_bits(15974),
    I16F16::from_bits(15770), I16F16::from_bits(15565), I16F16::from_bits(15360),
    I16F16::from_bits(15155), I16F16::from_bits(14950), I16F16::from_bits(14746),
    I16F16::from_bits(14541), I16F16::from_bits(14336), I16F16::from_bits(14131),
    I16F16::from_bits(13926), I16F16::from_bits(13722), I16F16::from_bits(13517),
    I16F16::from_bits(13312), I16F16::from_bits(13107), I16F16::from_bits(12902),
    I16F16::from_bits(12698), I16F16::from_bits(12493), I16F16::from_bits(12288),
    I16F16::from_bits(12083), I16F16::from_bits(11878), I16F16::from_bits(11674),
    I16F16::from_bits(11469), I16F16::from_bits(11264), I16F16::from_bits(11059),
    I16F16::from_bits(10854), I16F16::from_bits(10650), I16F16::from_bits(10445),
    I16F16::from_bits(10240), I16F16::from_bits(10035), I16F16::from_bits(9830),
    I16F16::from_bits(9626), I16F16::from_bits(9421), I16F16::from_bits(9216),
    I16F16::from_bits(9011),
    // component 2
    I16F16::from_bits(-98304), I16F16::from_bits(-100762), I16F16::from_bits(-103219),
    I16F16::from_bits(-105677), I16F16::from_bits(-108134), I16F16::from_bits(-110592),
    I16F16::from_bits(-113050), I16F16::from_bits(-115507), I16F16::from_bits(-117965),
    I16F16::from_bits(-120422), I16F16::from_bits(-122880), I16F16::from_bits(-125338),
    I16F16::from_bits(-127795), I16F16::from_bits(-130253), I16F16::from_bits(-132710),
    I16F16::from_bits(-135168), I16F16::from_bits(-137626), I16F16::from_bits(-140083),
    I16F16::from_bits(-142541), I16F16::from_bits(-144998), I16F16::from_bits(-147456),
    I16F16::from_bits(-149914), I16F16::from_bits(-152371), I16F16::from_bits(-154829),
    I16F16::from_bits(-157286), I16F16::from_bits(-159744), I16F16::from_bits(-162202),
    I16F16::from_bits(-164659), I16F16::from_bits(-167117), I16F16::from_bits(-169574),
    I16F16::from_bits(-172032), I16F16::from_bits(-174490), I16F16::from_bits(-176947),
    I16F16::from_bits(-179405), I16F16::from_bits(-181862), I16F16::from_bits(-184320),
    I16F16::from_bits(-186778),
    // component 3
    I16F16::from_bits(49152), I16F16::from_bits(48538), I16F16::from_bits(47923),
    I16F16::from_bits(47309), I16F16::from_bits(46694), I16F16::from_bits(46080),
    I16F16::from_bits(45466), I16F16::from_bits(44851), I16F16::from_bits(44237),
    I16F16::from_bits(43622), I16F16::from_bits(43008), I16F16::from_bits(42394),
    I16F16::from_bits(41779), I16F16::from_bits(41165), I16F16::from_bits(40550),
    I16F16::from_bits(39936), I16F16::from_bits(39322), I16F16::from_bits(38707),
    I16F16::from_bits(38093), I16F16::from_bits(37478), I16F16::from_bits(36864),
    I16F16::from_bits(36250), I16F16::from_bits(35635), I16F16::from_bits(35021),
    I16F16::from_bits(34406), I16F16::from_bits(33792), I16F16::from_bits(33178),
    I16F16::from_bits(32563), I16F16::from_bits(31949), I16F16::from_bits(31334),
    I16F16::from_bits(30720), I16F16::from_bits(30106), I16F16::from_bits(29491),
    I16F16::from_bits(28877), I16F16::from_bits(28262), I16F16::from_bits(27648),
    I16F16::from_bits(27034),
];

/// Share of each component that a spike retains, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static RETAIN: [Slope; 4 * NEURONS] = [
    // component 0
    Slope { factor: 987231794, shift: 30 }, Slope { factor: 1028498097, shift: 30 },
    Slope { factor: 961654135, shift: 30 }, Slope { factor: 981031784, shift: 30 },
    Slope { factor: 1025263425, shift: 30 }, Slope { factor: 954110849, shift: 30 },
    Slope { factor: 974870712, shift: 30 }, Slope { factor: 1022038927, shift: 30 },
    Slope { factor: 946626734, shift: 30 }, Slope { factor: 968748332, shift: 30 },
    Slope { factor: 1018824569, shift: 30 }, Slope { factor: 939201324, shift: 30 },
    Slope { factor: 962664402, shift: 30 }, Slope { factor: 1015620321, shift: 30 },
    Slope { factor: 931834160, shift: 30 }, Slope { factor: 956618680, shift: 30 },
    Slope { factor: 1012426151, shift: 30 }, Slope { factor: 924524784, shift: 30 },
    Slope { factor: 950610927, shift: 30 }, Slope { factor: 1009242026, shift: 30 },
    Slope { factor: 917272744, shift: 30 }, Slope { factor: 944640903, shift: 30 },
    Slope { factor: 1006067916, shift: 30 }, Slope { factor: 910077589, shift: 30 },
    Slope { factor: 938708373, shift: 30 }, Slope { factor: 1002903788, shift: 30 },
    Slope { factor: 902938874, shift: 30 }, Slope { factor: 932813100, shift: 30 },
    Slope { factor: 999749611, shift: 30 }, Slope { factor: 895856155, shift: 30 },
    Slope { factor: 926954850, shift: 30 }, Slope { factor: 996605355, shift: 30 },
    Slope { factor: 888828994, shift: 30 }, Slope { factor: 921133391, shift: 30 },
    Slope { factor: 993470987, shift: 30 }, Slope { factor: 881856954, shift: 30 },
    Slope { factor: 915348492, shift: 30 },
    // component 1
    Slope { factor: 613331062, shift: 30 }, Slope { factor: 814361898, shift: 30 },
    Slope { factor: 542617612, shift: 30 }, Slope { factor: 626347206, shift: 30 },
    Slope { factor: 822957747, shift: 30 }, Slope { factor: 557049920, shift: 30 },
    Slope { factor: 639639578, shift: 30 }, Slope { factor: 831644328, shift: 30 },
    Slope { factor: 571866092, shift: 30 }, Slope { factor: 653214042, shift: 30 },
    Slope { factor: 840422599, shift: 30 }, Slope { factor: 587076338, shift: 30 },
    Slope { factor: 667076585, shift: 30 }, Slope { factor: 849293527, shift: 30 },
    Slope { factor: 602691139, shift: 30 }, Slope { factor: 681233318, shift: 30 },
    Slope { factor: 858258090, shift: 30 }, Slope { factor: 618721257, shift: 30 },
    Slope { factor: 695690487, shift: 30 }, Slope { factor: 867317278, shift: 30 },
    Slope { factor: 635177736, shift: 30 }, Slope { factor: 710454466, shift: 30 },
    Slope { factor: 876472088, shift: 30 }, Slope { factor: 652071918, shift: 30 },
    Slope { factor: 725531768, shift: 30 }, Slope { factor: 885723530, shift: 30 },
    Slope { factor: 669415443, shift: 30 }, Slope { factor: 740929040, shift: 30 },
    Slope { factor: 895072624, shift: 30 }, Slope { factor: 687220265, shift: 30 },
    Slope { factor: 756653075, shift: 30 }, Slope { factor: 904520400, shift: 30 },
    Slope { factor: 705498651, shift: 30 }, Slope { factor: 772710805, shift: 30 },
    Slope { factor: 914067901, shift: 30 }, Slope { factor: 724263198, shift: 30 },
    Slope { factor: 789109314, shift: 30 },
    // component 2
    Slope { factor: 987231794, shift: 31 }, Slope { factor: 1054210549, shift: 31 },
    Slope { factor: 1009736842, shift: 31 }, Slope { factor: 1054609168, shift: 31 },
    Slope { factor: 563894884, shift: 30 }, Slope { factor: 1073374705, shift: 31 },
    Slope { factor: 560550659, shift: 30 }, Slope { factor: 600447869, shift: 30 },
    Slope { factor: 567976040, shift: 30 }, Slope { factor: 593358353, shift: 30 },
    Slope { factor: 636765356, shift: 30 }, Slope { factor: 598740844, shift: 30 },
    Slope { factor: 625731861, shift: 30 }, Slope { factor: 672848463, shift: 30 },
    Slope { factor: 628988058, shift: 30 }, Slope { factor: 657675343, shift: 30 },
    Slope { factor: 708698306, shift: 30 }, Slope { factor: 658723909, shift: 30 },
    Slope { factor: 689192922, shift: 30 }, Slope { factor: 744315994, shift: 30 },
    Slope { factor: 687954558, shift: 30 }, Slope { factor: 720288689, shift: 30 },
    Slope { factor: 779702635, shift: 30 }, Slope { factor: 716686102, shift: 30 },
    Slope { factor: 750966698, shift: 30 }, Slope { factor: 814859328, shift: 30 },
    Slope { factor: 744924571, shift: 30 }, Slope { factor: 781230971, shift: 30 },
    Slope { factor: 849787170, shift: 30 }, Slope { factor: 772675934, shift: 30 },
    Slope { factor: 811085494, shift: 30 }, Slope { factor: 884487252, shift: 30 },
    Slope { factor: 799946094, shift: 30 }, Slope { factor: 840534220, shift: 30 },
    Slope { factor: 918960663, shift: 30 }, Slope { factor: 826740894, shift: 30 },
    Slope { factor: 869581068, shift: 30 },
    // component 3
    Slope { factor: 741673032, shift: 32 }, Slope { factor: 560277684, shift: 31 },
    Slope { factor: 601749160, shift: 32 }, Slope { factor: 736704804, shift: 32 },
    Slope { factor: 547557792, shift: 31 }, Slope { factor: 601842009, shift: 32 },
    Slope { factor: 730659058, shift: 32 }, Slope { factor: 1068585718, shift: 32 },
    Slope { factor: 600971776, shift: 32 }, Slope { factor: 723471917, shift: 32 },
    Slope { factor: 1040937570, shift: 32 }, Slope { factor: 599060957, shift: 32 },
    Slope { factor: 715076520, shift: 32 }, Slope { factor: 1012142320, shift: 32 },
    Slope { factor: 596027374, shift: 32 }, Slope { factor: 705402896, shift: 32 },
    Slope { factor: 982170518, shift: 32 }, Slope { factor: 591783927, shift: 32 },
    Slope { factor: 694377832, shift: 32 }, Slope { factor: 950992064, shift: 32 },
    Slope { factor: 586238331, shift: 32 }, Slope { factor: 681924738, shift: 32 },
    Slope { factor: 918576201, shift: 32 }, Slope { factor: 579292842, shift: 32 },
    Slope { factor: 667963509, shift: 32 }, Slope { factor: 884891500, shift: 32 },
    Slope { factor: 570843961, shift: 32 }, Slope { factor: 652410371, shift: 32 },
    Slope { factor: 849905844, shift: 32 }, Slope { factor: 560782139, shift: 32 },
    Slope { factor: 635177736, shift: 32 }, Slope { factor: 813586419, shift: 32 },
    Slope { factor: 548991448, shift: 32 }, Slope { factor: 616174039, shift: 32 },
    Slope { factor: 775899693, shift: 32 }, Slope { factor: 1070698506, shift: 33 },
    Slope { factor: 595303576, shift: 32 },
];

/// Weight of each after-spike current, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static WEIGHT: [Decay32; 2 * NEURONS] = [
    // component 0
    Decay32 { factor: -44783127, keep: -1 }, Decay32 { factor: -45894701, keep: -1 },
    Decay32 { factor: -47005887, keep: -1 }, Decay32 { factor: -48116685, keep: -1 },
    Decay32 { factor: -49227095, keep: -1 }, Decay32 { factor: -50337117, keep: -1 },
    Decay32 { factor: -51446752, keep: -1 }, Decay32 { factor: -52555999, keep: -1 },
    Decay32 { factor: -53664858, keep: -1 }, Decay32 { factor: -54773330, keep: -1 },
    Decay32 { factor: -55881416, keep: -1 }, Decay32 { factor: -56989114, keep: -1 },
    Decay32 { factor: -58096426, keep: -1 }, Decay32 { factor: -59203351, keep: -1 },
    Decay32 { factor: -60309889, keep: -1 }, Decay32 { factor: -61416041, keep: -1 },
    Decay32 { factor: -62521807, keep: -1 }, Decay32 { factor: -63627187, keep: -1 },
    Decay32 { factor: -64732182, keep: -1 }, Decay32 { factor: -65836790, keep: -1 },
    Decay32 { factor: -66941013, keep: -1 }, Decay32 { factor: -68044851, keep: -1 },
    Decay32 { factor: -69148303, keep: -1 }, Decay32 { factor: -70251370, keep: -1 },
    Decay32 { factor: -71354053, keep: -1 }, Decay32 { factor: -72456350, keep: -1 },
    Decay32 { factor: -73558263, keep: -1 }, Decay32 { factor: -74659791, keep: -1 },
    Decay32 { factor: -75760935, keep: -1 }, Decay32 { factor: -76861695, keep: -1 },
    Decay32 { factor: -77962071, keep: -1 }, Decay32 { factor: -79062063, keep: -1 },
    Decay32 { factor: -80161671, keep: -1 }, Decay32 { factor: -81260896, keep: -1 },
    Decay32 { factor: -82359737, keep: -1 }, Decay32 { factor: -83458195, keep: -1 },
    Decay32 { factor: -84556270, keep: -1 },
    // component 1
    Decay32 { factor: -420993635, keep: -1 }, Decay32 { factor: -416082654, keep: -1 },
    Decay32 { factor: -411163223, keep: -1 }, Decay32 { factor: -406235324, keep: -1 },
    Decay32 { factor: -401298941, keep: -1 }, Decay32 { factor: -396354058, keep: -1 },
    Decay32 { factor: -391400658, keep: -1 }, Decay32 { factor: -386438724, keep: -1 },
    Decay32 { factor: -381468240, keep: -1 }, Decay32 { factor: -376489188, keep: -1 },
    Decay32 { factor: -371501553, keep: -1 }, Decay32 { factor: -366505318, keep: -1 },
    Decay32 { factor: -361500465, keep: -1 }, Decay32 { factor: -356486978, keep: -1 },
    Decay32 { factor: -351464840, keep: -1 }, Decay32 { factor: -346434034, keep: -1 },
    Decay32 { factor: -341394543, keep: -1 }, Decay32 { factor: -336346351, keep: -1 },
    Decay32 { factor: -331289439, keep: -1 }, Decay32 { factor: -326223792, keep: -1 },
    Decay32 { factor: -321149392, keep: -1 }, Decay32 { factor: -316066222, keep: -1 },
    Decay32 { factor: -310974265, keep: -1 }, Decay32 { factor: -305873504, keep: -1 },
    Decay32 { factor: -300763921, keep: -1 }, Decay32 { factor: -295645499, keep: -1 },
    Decay32 { factor: -290518221, keep: -1 }, Decay32 { factor: -285382070, keep: -1 },
    Decay32 { factor: -280237027, keep: -1 }, Decay32 { factor: -275083077, keep: -1 },
    Decay32 { factor: -269920201, keep: -1 }, Decay32 { factor: -264748382, keep: -1 },
    Decay32 { factor: -259567602, keep: -1 }, Decay32 { factor: -254377845, keep: -1 },
    Decay32 { factor: -249179091, keep: -1 }, Decay32 { factor: -243971324, keep: -1 },
    Decay32 { factor: -238754526, keep: -1 },
];

/// Decay factor of the threshold voltage per step, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static VOLTAGE_DECAY: [OwnDecay32; NEURONS] = [
    OwnDecay32 { factor: -201235574 }, OwnDecay32 { factor: -167175520 },
    OwnDecay32 { factor: -148074280 }, OwnDecay32 { factor: -282966228 },
    OwnDecay32 { factor: -268618694 }, OwnDecay32 { factor: -207963582 },
    OwnDecay32 { factor: -277603152 }, OwnDecay32 { factor: -232358526 },
    OwnDecay32 { factor: -212894109 }, OwnDecay32 { factor: -272014482 },
    OwnDecay32 { factor: -165914667 }, OwnDecay32 { factor: -231518667 },
    OwnDecay32 { factor: -190981084 }, OwnDecay32 { factor: -148581340 },
    OwnDecay32 { factor: -288937187 }, OwnDecay32 { factor: -158094565 },
    OwnDecay32 { factor: -228014754 }, OwnDecay32 { factor: -267412553 },
    OwnDecay32 { factor: -188322931 }, OwnDecay32 { factor: -182451771 },
    OwnDecay32 { factor: -230422746 }, OwnDecay32 { factor: -221288198 },
    OwnDecay32 { factor: -275366682 }, OwnDecay32 { factor: -235627585 },
    OwnDecay32 { factor: -199388621 }, OwnDecay32 { factor: -286225553 },
    OwnDecay32 { factor: -189272700 }, OwnDecay32 { factor: -287926627 },
    OwnDecay32 { factor: -269583405 }, OwnDecay32 { factor: -215706603 },
    OwnDecay32 { factor: -160451198 }, OwnDecay32 { factor: -205335124 },
    OwnDecay32 { factor: -218692859 }, OwnDecay32 { factor: -236846524 },
    OwnDecay32 { factor: -158442594 }, OwnDecay32 { factor: -213681978 },
    OwnDecay32 { factor: -195376831 },
];

/// Factor of the membrane's distance from its steady state in the threshold voltage, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static VOLTAGE_GAIN: [Slope; NEURONS] = [
    Slope { factor: 653070216, shift: 36 }, Slope { factor: 922485461, shift: 36 },
    Slope { factor: 562311615, shift: 36 }, Slope { factor: 671891317, shift: 36 },
    Slope { factor: 833241396, shift: 36 }, Slope { factor: 631636031, shift: 36 },
    Slope { factor: 700739958, shift: 36 }, Slope { factor: 780295716, shift: 36 },
    Slope { factor: 550239661, shift: 36 }, Slope { factor: 769218907, shift: 36 },
    Slope { factor: 747247890, shift: 36 }, Slope { factor: 709527764, shift: 36 },
    Slope { factor: 1026730729, shift: 37 }, Slope { factor: 630115389, shift: 36 },
    Slope { factor: 774085517, shift: 36 }, Slope { factor: 844542365, shift: 36 },
    Slope { factor: 1014942789, shift: 37 }, Slope { factor: 624407804, shift: 36 },
    Slope { factor: 746303275, shift: 36 }, Slope { factor: 1025635533, shift: 37 },
    Slope { factor: 691914030, shift: 36 }, Slope { factor: 939611234, shift: 37 },
    Slope { factor: 892845611, shift: 36 }, Slope { factor: 868768361, shift: 36 },
    Slope { factor: 841411855, shift: 36 }, Slope { factor: 1045360298, shift: 37 },
    Slope { factor: 677796871, shift: 36 }, Slope { factor: 998679874, shift: 37 },
    Slope { factor: 648157030, shift: 36 }, Slope { factor: 806055634, shift: 36 },
    Slope { factor: 707596780, shift: 36 }, Slope { factor: 708999513, shift: 36 },
    Slope { factor: 934499509, shift: 37 }, Slope { factor: 650683988, shift: 36 },
    Slope { factor: 725900616, shift: 36 }, Slope { factor: 681928515, shift: 36 },
    Slope { factor: 967838296, shift: 37 },
];

/// Factor of R·i in the threshold voltage, of each neuron.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub static VOLTAGE_DRIVE: [Slope; NEURONS] = [
    Slope { factor: 665907754, shift: 36 }, Slope { factor: 939420690, shift: 36 },
    Slope { factor: 573288270, shift: 36 }, Slope { factor: 684477199, shift: 36 },
    Slope { factor: 849491786, shift: 36 }, Slope { factor: 643075611, shift: 36 },
    Slope { factor: 713292803, shift: 36 }, Slope { factor: 796515833, shift: 36 },
    Slope { factor: 561102138, shift: 36 }, Slope { factor: 783169969, shift: 36 },
    Slope { factor: 759230137, shift: 36 }, Slope { factor: 722655551, shift: 36 },
    Slope { factor: 1047241137, shift: 37 }, Slope { factor: 641392741, shift: 36 },
    Slope { factor: 787942484, shift: 36 }, Slope { factor: 861438880, shift: 36 },
    Slope { factor: 1034484354, shift: 37 }, Slope { factor: 636682815, shift: 36 },
    Slope { factor: 760789668, shift: 36 }, Slope { factor: 1045107850, shift: 37 },
    Slope { factor: 704049621, shift: 36 }, Slope { factor: 956237124, shift: 37 },
    Slope { factor: 908270466, shift: 36 }, Slope { factor: 884687144, shift: 36 },
    Slope { factor: 856022553, shift: 36 }, Slope { factor: 1065712308, shift: 37 },
    Slope { factor: 689968052, shift: 36 }, Slope { factor: 1016776471, shift: 37 },
    Slope { factor: 658975148, shift: 36 }, Slope { factor: 820962998, shift: 36 },
    Slope { factor: 720193464, shift: 36 }, Slope { factor: 721861035, shift: 36 },
    Slope { factor: 951500393, shift: 37 }, Slope { factor: 662885919, shift: 36 },
    Slope { factor: 738627662, shift: 36 }, Slope { factor: 695412427, shift: 36 },
    Slope { factor: 985771450, shift: 37 },
];
