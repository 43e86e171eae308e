// Frozen by `glif freeze` from `digits.toml`: change that, and freeze again.
// Needs the crate glif-core 0.1.0.
//
// network in i8f8, 3 populations, 2 projections
// step_time = 1 ms, rounding = nearest, seed = 0
// The arrays of the projections take 4864 bytes of flash.

use glif_core::fixed::types::I8F8;
#[rustfmt::skip]
use glif_core::network::{Arrival, Connections, Delays, Draw, History, HistoryView, Inputs, Projection, Scale, Source, Stimulus, Sums, Synapse, Weights};
use glif_core::own::Values;
use glif_core::{LengthError, Nearest, RngCounter};

/// The population `hidden`.
#[rustfmt::skip]
pub mod hidden {
    // Frozen by `glif freeze` from `digits.toml`: change that, and freeze again.
    // Needs the crate glif-core 0.1.0.
    //
    // model lif, 64 neurons, in i8f8
    // refractory = inferno, rounding = nearest, discretization = euler, threshold_test = >
    //
    // step_time = 1 ms
    // rest_v = 0 mV
    // reset_v = 0 mV
    // thresh_v = 2 mV
    // refrac_t = 0 ms
    // time_constant = 10 ms
    // resistance = 1 MΩ

    use glif_core::fixed::types::I8F8;
    use glif_core::fixed_point::{Decay16, Gain16};
    use glif_core::neuron::FixedReset;
    use glif_core::{Coefficients, Inferno, Nearest, PopulationState, Refractory, StepOptions};

    /// How many neurons there are: shape [64] in C order.
    pub const NEURONS: usize = 64;

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
            // membrane decay = 0.9000015258789063
            factor: -13107,
            shift: 17,
            keep: -1,
        },
        // thresh_v = 2 mV
        threshold: 513,
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

/// The population `digit`.
#[rustfmt::skip]
pub mod digit {
    // Frozen by `glif freeze` from `digits.toml`: change that, and freeze again.
    // Needs the crate glif-core 0.1.0.
    //
    // model lif, 10 neurons, in i8f8
    // refractory = inferno, rounding = nearest, discretization = euler, threshold_test = >
    //
    // step_time = 1 ms
    // rest_v = 0 mV
    // reset_v = 0 mV
    // thresh_v = 2 mV
    // refrac_t = 0 ms
    // time_constant = 10 ms
    // resistance = 1 MΩ

    use glif_core::fixed::types::I8F8;
    use glif_core::fixed_point::{Decay16, Gain16};
    use glif_core::neuron::FixedReset;
    use glif_core::{Coefficients, Inferno, Nearest, PopulationState, Refractory, StepOptions};

    /// How many neurons there are: shape [10] in C order.
    pub const NEURONS: usize = 10;

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
            // membrane decay = 0.9000015258789063
            factor: -13107,
            shift: 17,
            keep: -1,
        },
        // thresh_v = 2 mV
        threshold: 513,
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

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_0_WEIGHTS: [u32; 1024] = [
    0x45a58b5e, 0x748c957a, 0x89959066, 0x82999082, 0x7f82a38c, 0x88835881, 0x6f74606f, 0x816f5e6f,
    0x64956b71, 0x92679b67, 0x9889867f, 0x7791997d, 0xa68d9e8b, 0x5b976073, 0x74498a77, 0x648d748f,
    0x8892977d, 0x726e8178, 0x70686979, 0x7c9d7873, 0xa7807d6a, 0x8681719f, 0x655e8475, 0x898e6874,
    0x50a45e65, 0x7880a77d, 0x8768816a, 0x8d768683, 0x74787289, 0x73975786, 0x5d907984, 0x7088797d,
    0x71829081, 0x9d787282, 0x776d678e, 0x7fa7786a, 0x92716777, 0x69888b8e, 0x845d8191, 0x76837a74,
    0x629e6470, 0x6081b17d, 0x837a8272, 0x708a8e7d, 0x6a99869a, 0x7f895785, 0x4ea24e83, 0x7f969e75,
    0x778d878d, 0xa2617274, 0x6f6f7982, 0x8b929673, 0x9c6b6568, 0x78838e9d, 0x8e6c9971, 0x867d9385,
    0x78a07f7d, 0x688b9b82, 0x7f698190, 0x72988a82, 0x828a8289, 0x7d8d967a, 0x5e8b7882, 0x748b7d7f,
    0x8484877f, 0x7e858f7f, 0x8e7f9069, 0x7f767284, 0x8e6d8b90, 0x917a6782, 0x8789769a, 0x74957a8b,
    0x7e93808c, 0x537e9490, 0x9b63808a, 0x9a5d7580, 0x89939188, 0x80638573, 0x8a947d65, 0x8b869088,
    0x816c8b8d, 0x6795898d, 0xa2798b78, 0x889b9151, 0x7c7e718b, 0xa286918b, 0x85796981, 0x7d92696d,
    0x7a947b86, 0x707a957a, 0x95749292, 0x935b587e, 0x818d6f74, 0x7f8f4da7, 0x8e906a69, 0x7283a078,
    0x8f70978c, 0x72939292, 0x91707d88, 0x8f939410, 0x807b688d, 0xad847f7f, 0x67796463, 0x888e4d70,
    0x75875397, 0x8766a465, 0x94957e86, 0x6e764c64, 0x63855393, 0x7a88329c, 0x84907286, 0x5177a273,
    0x927e8a96, 0xc087896e, 0x80697784, 0x8a8f7e58, 0x958878aa, 0xb180af3c, 0x807e6a6a, 0xcd76797f,
    0x80775a8a, 0xa6849649, 0x828a9087, 0x7397529a, 0x9d806f80, 0x757a3879, 0x8fa472a8, 0x84739374,
    0x76a69560, 0x3d8d886d, 0x847b9369, 0x86b2855b, 0x5c6e8b87, 0x8f847582, 0x6f869390, 0x8b4533ae,
    0x5e977170, 0x936b9ca0, 0xa5897c4e, 0x7b999d7f, 0x9f917f93, 0x57926676, 0x763a80ab, 0x9390808e,
    0x87a9a68a, 0x50848977, 0x7b6bb173, 0x849b697c, 0x6c8d9092, 0x768a7d78, 0x2f8e8297, 0x83683b8e,
    0x81927b85, 0x7b7fab72, 0xa26a6169, 0x7170a580, 0x90829093, 0x6ba26e6c, 0x94519395, 0x837e7f8d,
    0x60a7899c, 0x876b968a, 0x88788d86, 0x68ad6f7e, 0x6289758c, 0x73907390, 0x556c7b65, 0x75b04999,
    0x8aa57386, 0x965ba07b, 0x9e837a70, 0x67909470, 0x7c858c8e, 0x888f8991, 0x43688098, 0x7d8b7896,
    0x7f918d81, 0x84607a6e, 0x897d7a83, 0x8b8e5b91, 0x7d7f6f91, 0x76af8394, 0x608a7668, 0x75855e87,
    0x6c73667e, 0xa360877c, 0x8b728086, 0x5e829b76, 0x5d809d93, 0x8c938b84, 0x6f736397, 0x607d958a,
    0x9275ae88, 0x37888161, 0x837e7d5e, 0x83867974, 0x7b88848d, 0x83979095, 0x719a938d, 0x8a696968,
    0x928b729d, 0xa45b8a80, 0x8f768269, 0x7e5ea56d, 0x48838d81, 0x6c82878e, 0x8041647f, 0x816d9363,
    0x8a8f96a3, 0x56ad7997, 0x94779473, 0x857f8f58, 0x60959074, 0x7183a276, 0x8b7f6d8e, 0x71885c8d,
    0x828c898c, 0xb46d8183, 0x9364776d, 0x8a748f53, 0x5a858183, 0x787a7594, 0x746c7664, 0x8991a16f,
    0x788da086, 0x65946a7a, 0xa2698b7a, 0x95937708, 0x508f8870, 0x4ca28462, 0x6f6f4a49, 0x8f986c88,
    0x7a89798c, 0xcd807d92, 0xb377718a, 0x61836257, 0x4d807993, 0x7f7b677f, 0x79558384, 0x4e909380,
    0x795b8980, 0x99ac798a, 0x7a6e817a, 0x8d8b784b, 0x72948080, 0x68838e5a, 0x797c6469, 0xa2928da2,
    0x738f6b89, 0xb8868071, 0xa1b7a075, 0x5f827c72, 0x7687698f, 0x7e695974, 0x73599099, 0x71a18675,
    0x9080697d, 0x6f9b7e93, 0x8b969192, 0x8ea39756, 0x6aa5a373, 0x4c92a59a, 0x69938d69, 0x9733697e,
    0xa14c8388, 0x7a9b5e78, 0x7c648d75, 0x76887f7c, 0x8b97977b, 0x84665884, 0x708c7e83, 0x8d90788d,
    0x967f7188, 0x7e9d858b, 0x94849d82, 0x728a6d5e, 0x4092a587, 0x5c8a8888, 0x70848b78, 0x782a6e87,
    0xb44a7d97, 0x76813193, 0x69677881, 0x8c85716f, 0x7d748b73, 0x9568769c, 0x876d878c, 0xa18f6978,
    0x86746394, 0x96687bb1, 0x8b92759b, 0x5b897671, 0x5390ab87, 0x7e8f9b8c, 0x85836159, 0x7783768f,
    0x79229861, 0x80744377, 0x756883a8, 0x7a7b7b8a, 0x96987380, 0x848b8998, 0x5484a79f, 0x92796d85,
    0x836f626d, 0x8e82668f, 0x83863492, 0x7f8e8d8a, 0x75875e65, 0x905ea197, 0x977f7d65, 0x98b6a479,
    0x614e9734, 0x74944b71, 0x5480808c, 0x8f736097, 0x6d98786b, 0x6b745b84, 0x859c7370, 0x419c8657,
    0xa99eac6f, 0x569f6d66, 0x7283857f, 0xa28b8e86, 0xaea85e63, 0x565a817a, 0x5d73b0c0, 0xa27a887e,
    0xb076777f, 0x5f835f88, 0x6075752d, 0x93918689, 0x68888466, 0x63756589, 0x718e657b, 0x6aa26d5c,
    0x929c9799, 0x5a7d6181, 0x487eb994, 0x6b9a7e29, 0x68997271, 0x32569d6a, 0x639094a3, 0x798e64b2,
    0xac70917c, 0x768d598e, 0x72705a0a, 0x559aaf76, 0x8692928b, 0x798eaf90, 0x4d678b9d, 0x8c804990,
    0x83a1787d, 0x8a6b6c6c, 0x3a70b07e, 0x5d8a921c, 0x7e8a7774, 0x215e9460, 0x64807476, 0x7d7d8ec0,
    0x73889686, 0x6e80579c, 0x679a8211, 0x62b3929f, 0x75867e96, 0x7f9bac76, 0x4c728577, 0x686b5792,
    0x918a7993, 0x7c674179, 0x24679d86, 0x619a9a6e, 0x818b807a, 0x225f8879, 0x667f7686, 0x827f7ba8,
    0x7697918a, 0x8b886496, 0x88b08c24, 0x72a18ba9, 0x73846d7a, 0x9387c088, 0x5c629791, 0x587e5e9b,
    0x914c4979, 0x9ba16c89, 0x8c814fa1, 0x93719985, 0x89a7906d, 0x9d87b08b, 0x86a27373, 0xad239d84,
    0xc3398850, 0x95777d7c, 0x8137718c, 0x8173859b, 0x85778693, 0x70626f90, 0xa2836591, 0x7567596a,
    0x91737288, 0xb48e5b8a, 0x81896a9f, 0x7d8c8070, 0x80a49961, 0x9b72936f, 0x8b8a6e8a, 0x8b299e87,
    0xa0458a57, 0x6c78585f, 0x7e655388, 0x7b737478, 0x887a819d, 0x65869296, 0x767f8a9f, 0xbc5d7376,
    0x846772a5, 0xa0653b96, 0x84836ba2, 0x8888796a, 0x8298b063, 0xa45c9e80, 0x9c947c6f, 0xa64f9665,
    0x645a8745, 0x7b84766f, 0x7d626b8b, 0x817b7b74, 0x94987a93, 0x59736ba9, 0x7a81a2a3, 0xb45d729a,
    0x6b7e8f81, 0x8c7b55a3, 0x749e729c, 0x939d7368, 0x7f9a952d, 0x6d5d8475, 0xb754908f, 0x80c0958d,
    0x5c929953, 0x4fa89385, 0x7f738aa7, 0x957c666f, 0x779f6a73, 0x97665ca2, 0x52a69880, 0x6aa27da0,
    0x82a99765, 0x718a7681, 0x86808da1, 0x8aa08682, 0x8f858078, 0x7d827483, 0x80449380, 0x929a678b,
    0xac778584, 0x6c959b76, 0x7d6f919d, 0x908f6682, 0x81a37c81, 0x8b807174, 0x68b294a5, 0x66a18ba9,
    0x9a6e947c, 0x8f496392, 0x5f6da8b3, 0x678eb145, 0x8792555f, 0x695c9d99, 0x70807b63, 0x7b827476,
    0xad6f8578, 0x2e756f70, 0x60976a7c, 0x4a938f8d, 0x889f7c8f, 0x7d9592ac, 0x68a38cae, 0x77757190,
    0x946e6380, 0xb3402ca1, 0x44698fad, 0x4e7ca260, 0xb5a57763, 0x7750b166, 0x75a47b73, 0x8851866f,
    0x8569b959, 0x155c876b, 0x4bb3665f, 0x798995bf, 0xaaa190a9, 0x67959f82, 0x95ac84a9, 0x754f517b,
    0x94526b98, 0x9a443499, 0x6b988ea2, 0x6e72ac79, 0x79aaa75e, 0x5c32cc6d, 0x7aa58a64, 0x8351877b,
    0xa5789856, 0x096c6f88, 0x44956253, 0x7b7cb2b1, 0x9891b0a6, 0x507aad92, 0xaf978471, 0x7564325a,
    0x9b3d527b, 0xa080806b, 0x9778276d, 0x715ab69e, 0x9f897f9d, 0xac6b8e84, 0xc5847b76, 0xa64c975d,
    0x749d8c4c, 0x916099a0, 0x727b90ca, 0x5a5e708a, 0x952f3e78, 0xa0a1977b, 0xb5957f8d, 0x9b1e8e71,
    0x855d6aa6, 0xba7e6a77, 0x897a1c81, 0x7b558b82, 0x92858f8a, 0xb059947f, 0x9e908373, 0x8766a063,
    0x72b68164, 0x7e5ba491, 0x67818091, 0x80646e72, 0x9f104a84, 0x51887e80, 0xa7885f90, 0xa2676e62,
    0x967f778b, 0xa46e7384, 0x807c4d9d, 0x897f507f, 0xa181a67a, 0x92639484, 0x958e8c81, 0x7e4ca175,
    0x5a81945b, 0x796c8a69, 0x78967d9c, 0x6f6a6b78, 0x8d207087, 0x6f886e8e, 0x9e788196, 0xb1707a87,
    0x8188937a, 0x6288888e, 0x648f9f9f, 0x95a96f74, 0x937a975e, 0x5463847f, 0x8154a2a2, 0x8f717c84,
    0x5ea5928d, 0x7397877c, 0x8c9c9c87, 0x6d917683, 0x864a7171, 0x99b27c89, 0x8c9799a9, 0x88709dae,
    0x93969265, 0x58a3837b, 0x6d71a46b, 0x8e9792a8, 0xa67f949b, 0x6f846a62, 0x8b798583, 0xb9718b7b,
    0x628797b0, 0x7e9a776c, 0x988ab68c, 0x92974596, 0xa74e4482, 0xa9b2876e, 0x9f7f8b9e, 0x5d798298,
    0x9254987e, 0x68767387, 0x935d879e, 0x886a9c9e, 0x9a957a8d, 0xae809192, 0x8aa37377, 0x9f788e45,
    0x917f8593, 0x7d8d8b61, 0x98767484, 0xb0595f79, 0x8c626290, 0xa2938c96, 0x90aa91a1, 0x716e7e8c,
    0x9e608f77, 0x858c4f79, 0xb57b6297, 0x603c56c2, 0x83b3777c, 0xdd6b927f, 0xaea0596b, 0x9978a625,
    0x96797783, 0x5863aa3d, 0x71635ba9, 0xa234724e, 0xbf61909d, 0x75a67c74, 0xa7a75d97, 0x7c6166a0,
    0x9672879f, 0x738a6670, 0xbd6a6892, 0x803765bb, 0x939c5e72, 0xe76c7277, 0xaecf2a73, 0xa265a60d,
    0x7f92836e, 0x4c62bd3a, 0x8453198a, 0x95186a2b, 0xbd6aa9b5, 0x7e7a8595, 0x97927985, 0x8763449b,
    0x9a976b5f, 0x7e70a76b, 0x799a5d46, 0x6452c4a1, 0xb5ad989d, 0x8d74917e, 0x66946878, 0x81a3669f,
    0x77a37878, 0x58877b9e, 0x6daf9355, 0x759a718e, 0x7e505160, 0x897cac57, 0x9a786f7a, 0x9b6c6c72,
    0x95937066, 0x9142b485, 0x608d553f, 0x654e8b9a, 0x968577b4, 0x7f5a7a68, 0x50a78b8e, 0x89928389,
    0x80a09b71, 0x717c6884, 0x6ba1a163, 0x939f6f7e, 0x8960424e, 0x7f87a96b, 0xcc83542f, 0x9e76587c,
    0x7a756b94, 0x86319f9e, 0x73877245, 0x633f4397, 0x8f897092, 0xa3599e6d, 0x97819599, 0x7a898d80,
    0x666eaf72, 0x8e71849c, 0x80889780, 0x777999a2, 0x925e3b4e, 0x9a7e9293, 0xbf63a240, 0x8d648572,
    0x9f955c4d, 0x7e4caa87, 0x5b767853, 0x86767a77, 0xae7a89a0, 0x736d6e6e, 0x917d6985, 0xad38957e,
    0x146aa89a, 0x8b747f87, 0x6b99cf90, 0x52a18cbc, 0x8e58256b, 0x858e7a70, 0xa78a8a51, 0x775aa54d,
    0x99867870, 0x8d927265, 0x737d8060, 0x9f73ad72, 0x929789a9, 0x7e705159, 0x9db0748e, 0xa7739765,
    0x6288868a, 0xa5b2816b, 0x65678082, 0x8c757487, 0xa256578f, 0x8a7c7189, 0xb394846b, 0x7d7c8265,
    0x81828792, 0x6fa37c79, 0xa277826f, 0x7451778d, 0x77998a92, 0x9e706b6f, 0x93947997, 0x7170839a,
    0x9d788173, 0xbe9f907d, 0x91666873, 0xac6b7a56, 0x9353987f, 0x9a847e81, 0xa3847f4b, 0x926a6796,
    0x6d838490, 0x6c88a675, 0x97846968, 0x4a615a96, 0x70785ea1, 0x97824787, 0x89927695, 0x7f8e8d7d,
    0x7e86956b, 0x86637a72, 0xb44d8175, 0x997b7f6b, 0xa3468470, 0xaa848d75, 0x996e975d, 0x9e71518e,
    0x5d9a757b, 0x7ea0aa93, 0xb48c7c46, 0x5c615f99, 0x9877368d, 0xbca54386, 0x8d738687, 0x5566766a,
    0x5e7c6b8b, 0x2e53ad70, 0x934ba176, 0x7e78675b, 0x90427571, 0x827f7d7a, 0x725d8f48, 0xa982857c,
    0x918b6e66, 0x5885a983, 0x5f989751, 0x707d758b, 0x7b909c9d, 0x649c8455, 0x54b06979, 0x822b7dbb,
    0x7f679190, 0x6388716d, 0x88c37f4a, 0xa8b99994, 0x94b79b7d, 0x6277b664, 0xb7835d74, 0x70a85373,
    0x8f7f787e, 0x8d708683, 0x5b866b62, 0x5f57619c, 0x769b7786, 0x78919565, 0x6784898c, 0x55777e7f,
    0x99917677, 0x69a98283, 0x78958d72, 0xa3897386, 0x8e9f8a70, 0x8069a16d, 0x8c946c5c, 0x848c7695,
    0x6f9464a1, 0x8b758f7e, 0x858c7b5c, 0x636943a3, 0x6f777663, 0x9092866f, 0x87629777, 0x4194958c,
    0xa9899160, 0x7c84779e, 0x878e8c6d, 0xa18b7c89, 0x77a39d81, 0x93749c72, 0x5175904d, 0x7c83877c,
    0x747c5556, 0xb566ae83, 0x6e7e7e61, 0x775886b7, 0x7f5f6192, 0x94986f93, 0x7280979d, 0x6b56a668,
    0x596b7c9d, 0x71716895, 0x767b9b7c, 0x7f8b87a3, 0x9096a389, 0x5f599f5f, 0x757f7d61, 0x818f8e59,
    0x705c595d, 0x9f8b7f6e, 0x83966861, 0x8d6ea288, 0x75687196, 0x989a689d, 0x9096767f, 0x528b9d75,
    0x847b5b95, 0x7a8c8590, 0x6e646c6e, 0x739d92a3, 0x8283937a, 0x4f2e876a, 0x7d677144, 0x85ae7870,
    0x50827871, 0x7b998e77, 0x81aa805f, 0x8175a892, 0x22668573, 0x8193618d, 0x736b9986, 0x3f797e7c,
    0x9c8d757e, 0x919d8baa, 0x725e7a7e, 0x7b7d8385, 0x5d83985b, 0x804e816b, 0x6c6c8b4e, 0x6c968b65,
    0x4e837c6a, 0x7e85a86f, 0x7fb07b6a, 0x63828b70, 0x12625b7f, 0x6d855c9d, 0x6e6590a0, 0x24707c96,
    0x86846e8b, 0x846f5597, 0x844e8774, 0x868a857d, 0x66638a38, 0x90277d70, 0x62858963, 0x887e8d75,
    0x459b8059, 0xa4868275, 0x6d8b8d6c, 0x819aa869, 0x3160256e, 0x6c8a34a6, 0x81598c84, 0x2f568468,
    0x6f72728a, 0x1a674c87, 0x5b5d8a9e, 0x8ca78291, 0x6278885b, 0x7a299253, 0x6999766f, 0x8785a468,
    0x73934b88, 0x96979474, 0x7d8a7c71, 0x85934a90, 0x7c7c93a8, 0x89a88870, 0x6983707a, 0x7a515f6c,
    0x77625292, 0xc372976d, 0x89928c7b, 0x938c926c, 0x779f9090, 0x718a7372, 0x94805d63, 0x7077876f,
    0x658e686f, 0x7f9b8c6d, 0x6f6f8b84, 0x99875573, 0x7f5d826e, 0x78867167, 0x88768c95, 0x716e8678,
    0x8a85547b, 0x7f96a276, 0x8c9c8386, 0x6c796f67, 0x8899ae8a, 0x88836f75, 0x8d896384, 0x6ea9936b,
    0x627e818f, 0x81ad8b7d, 0x938c6287, 0xa7903890, 0x8f72677c, 0x8dac8088, 0x76578475, 0x86737373,
    0x948c6a70, 0xac868970, 0x887b8087, 0x6c68726a, 0x6b96b498, 0x65736171, 0x66755299, 0x808b9b79,
    0x66828992, 0x89768487, 0x7b9c847f, 0x819f768d, 0x877d7f89, 0x7c8e8787, 0x987a666b, 0x75866e89,
    0x7890648c, 0x99658989, 0x9a738582, 0x667f9481, 0x5d7a9b7d, 0x955a8f87, 0x86706c82, 0x91769a93,
    0x6d74677c, 0x8569837c, 0x95a4848a, 0x8582897e, 0x7e767099, 0x838a897c, 0x818f8d74, 0x6b827a8a,
    0x66617e9a, 0x7c95699e, 0x818f8689, 0x7d8f7783, 0x78868858, 0x7b63866a, 0x8d7b7e67, 0x73958091,
    0x8d6e7255, 0x7c8d8887, 0x71a6837d, 0x78837e96, 0x6f5d8c7e, 0x7a897f81, 0x81628085, 0x70658787,
    0x927a7b81, 0x8b955696, 0x82798c72, 0x95938d92, 0x47828a43, 0x82598550, 0x93927d7b, 0x8a93896b,
    0x7e546946, 0x798c766e, 0x86aa8d7f, 0x7a819481, 0x1d4f4980, 0x6d8c7a99, 0x705e9781, 0x565e937a,
    0x8b677095, 0x6d825c9d, 0x727f7b89, 0x946d8c97, 0x5488833d, 0x95208c5c, 0x98808086, 0x7e75765d,
    0x8e776435, 0x91825e57, 0x73867f78, 0x84888789, 0x3632258f, 0x6e9a8790, 0x945ca380, 0x593ea86c,
    0x7a455e9c, 0x016c1a8d, 0x517b9494, 0x70a28fbd, 0x508a653d, 0x6f688713, 0xa17d738b, 0x519ca74f,
];

/// The projection from `input` to `hidden`.
#[rustfmt::skip]
pub static PROJECTION_0: Projection<'static, I8F8> = Projection {
    sources: 64,
    targets: 64,
    connections: Connections::Dense,
    weights: Weights::Packed(&PROJECTION_0_WEIGHTS),
    delays: Delays::All(0),
};
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const PROJECTION_0_SCALE: Values<'static, Scale> = Values { shared: Scale { factor: 1946561625, shift: 26 }, own: &[] };
#[rustfmt::skip]
const PROJECTION_0_FACTOR: Option<Values<'static, Scale>> = None;

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static PROJECTION_1_WEIGHTS: [u32; 192] = [
    0x5b5e7689, 0x8c857766, 0x0000767e, 0x85658748, 0x8d627471, 0x00008a7c, 0x8c88826e, 0x8d497892,
    0x00007d8b, 0x5f7ea07b, 0x884a5089, 0x00007e59, 0x397e8d83, 0x6a878b75, 0x0000878e, 0x51aa6a69,
    0x9692937f, 0x0000614c, 0x935bac56, 0x5f888d68, 0x0000555d, 0x5a7d9d7f, 0x6b878186, 0x00002078,
    0x53846e40, 0x78919095, 0x00008f44, 0x8b828743, 0x85412f69, 0x0000818d, 0x85827f89, 0x2e87827a,
    0x00008285, 0x925d8a8d, 0x7f6e9c85, 0x00005b77, 0x8b847c6e, 0x91844085, 0x00006558, 0x6da0b319,
    0x8e774e79, 0x00007f8f, 0x837e8927, 0x851a8482, 0x00008e87, 0x94509456, 0x66728668, 0x00007b66,
    0x7c95677e, 0x9c828790, 0x00003a6e, 0x7c517f5b, 0x4f8e9487, 0x0000958d, 0x7e618e88, 0x90758f8d,
    0x00008b8c, 0x9077936e, 0x9144767f, 0x00002575, 0x88928b8a, 0x6e878e47, 0x0000917a, 0x3992898d,
    0x817e7b77, 0x00008480, 0x7b8f8281, 0x717b946e, 0x00005e4e, 0x9969687e, 0x6b8c858c, 0x00000155,
    0x86808779, 0x898e268f, 0x00007882, 0x7d849281, 0x9c803070, 0x00008489, 0x5e79698c, 0x94546e94,
    0x00005f70, 0x763b8a88, 0x7a8a8588, 0x00006c79, 0x918b497f, 0x80716895, 0x00007e8d, 0x684d8688,
    0x788b459f, 0x00004d4d, 0x7d5a4e54, 0x74618f85, 0x00009197, 0x6a45785e, 0x84587199, 0x0000893a,
    0x8a908753, 0x7f8d6023, 0x00004774, 0x47738182, 0x7c836684, 0x00007a83, 0x958d5b8e, 0x7a7d6b40,
    0x00005674, 0x8968b287, 0x42717b6b, 0x00008537, 0x83917f8b, 0x578a677c, 0x00008087, 0x968c2f82,
    0x8b6c893f, 0x00005f7a, 0x89469570, 0x597e7493, 0x00007d85, 0x91663d77, 0xa990a568, 0x0000446c,
    0x73718d59, 0x7a8c9376, 0x00006f56, 0x748d8e50, 0x83898878, 0x00005e88, 0x64977a56, 0x766a757a,
    0x00007e8d, 0x8a864e86, 0x858a8d48, 0x00008588, 0x52998d79, 0x86817886, 0x00005886, 0x6a7d3a8b,
    0x886c795c, 0x0000866b, 0x77908660, 0x78506b95, 0x00007087, 0x9654835a, 0x587e82a0, 0x00006d81,
    0x7f774898, 0x905d9191, 0x00008a53, 0x8d856d87, 0x4a3a8474, 0x0000943d, 0x678d532c, 0x8b68a887,
    0x0000a63e, 0x4f802a7c, 0x7e8e8696, 0x0000606e, 0x764e928b, 0x8b838a7f, 0x00008b8d, 0x90854f86,
    0x787e3a80, 0x00008e7c, 0x6074526a, 0xa5668994, 0x0000805b, 0x83596f53, 0x847f7a6c, 0x00007a98,
    0x55784258, 0x846e72a3, 0x0000964f, 0x67677a84, 0x4b937a82, 0x00008e93, 0x6d418a3f, 0x848f938b,
    0x0000807e, 0x247a6555, 0x7e7f9d9c, 0x00009b4e, 0x8161436c, 0x88848a86, 0x00008c84, 0x7b859357,
    0x81938f4b, 0x00006882, 0x83878b49, 0x4a558378, 0x00008b81, 0x6453737d, 0x578a8b79, 0x00008490,
];

/// The projection from `hidden` to `digit`.
#[rustfmt::skip]
pub static PROJECTION_1: Projection<'static, I8F8> = Projection {
    sources: 64,
    targets: 10,
    connections: Connections::Dense,
    weights: Weights::Packed(&PROJECTION_1_WEIGHTS),
    delays: Delays::All(0),
};
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
const PROJECTION_1_SCALE: Values<'static, Scale> = Values { shared: Scale { factor: 1353530102, shift: 24 }, own: &[] };
#[rustfmt::skip]
const PROJECTION_1_FACTOR: Option<Values<'static, Scale>> = None;

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static STIMULUS_0_VALUES: [I8F8; 64] = [
    I8F8::from_bits(358_i32 as i16), I8F8::from_bits(51_i32 as i16),
    I8F8::from_bits(140_i32 as i16), I8F8::from_bits(-872_i32 as i16),
    I8F8::from_bits(-283_i32 as i16), I8F8::from_bits(15_i32 as i16),
    I8F8::from_bits(200_i32 as i16), I8F8::from_bits(-474_i32 as i16),
    I8F8::from_bits(-228_i32 as i16), I8F8::from_bits(135_i32 as i16),
    I8F8::from_bits(173_i32 as i16), I8F8::from_bits(455_i32 as i16),
    I8F8::from_bits(-319_i32 as i16), I8F8::from_bits(-457_i32 as i16),
    I8F8::from_bits(-188_i32 as i16), I8F8::from_bits(-902_i32 as i16),
    I8F8::from_bits(563_i32 as i16), I8F8::from_bits(339_i32 as i16),
    I8F8::from_bits(-97_i32 as i16), I8F8::from_bits(-859_i32 as i16),
    I8F8::from_bits(20_i32 as i16), I8F8::from_bits(-406_i32 as i16),
    I8F8::from_bits(665_i32 as i16), I8F8::from_bits(195_i32 as i16),
    I8F8::from_bits(-103_i32 as i16), I8F8::from_bits(-754_i32 as i16),
    I8F8::from_bits(-24_i32 as i16), I8F8::from_bits(-497_i32 as i16),
    I8F8::from_bits(594_i32 as i16), I8F8::from_bits(-954_i32 as i16),
    I8F8::from_bits(767_i32 as i16), I8F8::from_bits(-891_i32 as i16),
    I8F8::from_bits(307_i32 as i16), I8F8::from_bits(-408_i32 as i16),
    I8F8::from_bits(714_i32 as i16), I8F8::from_bits(203_i32 as i16),
    I8F8::from_bits(358_i32 as i16), I8F8::from_bits(860_i32 as i16),
    I8F8::from_bits(-604_i32 as i16), I8F8::from_bits(442_i32 as i16),
    I8F8::from_bits(65_i32 as i16), I8F8::from_bits(-465_i32 as i16),
    I8F8::from_bits(-110_i32 as i16), I8F8::from_bits(1163_i32 as i16),
    I8F8::from_bits(-632_i32 as i16), I8F8::from_bits(327_i32 as i16),
    I8F8::from_bits(-435_i32 as i16), I8F8::from_bits(91_i32 as i16),
    I8F8::from_bits(626_i32 as i16), I8F8::from_bits(663_i32 as i16),
    I8F8::from_bits(-124_i32 as i16), I8F8::from_bits(374_i32 as i16),
    I8F8::from_bits(-11_i32 as i16), I8F8::from_bits(425_i32 as i16),
    I8F8::from_bits(321_i32 as i16), I8F8::from_bits(130_i32 as i16),
    I8F8::from_bits(-147_i32 as i16), I8F8::from_bits(-41_i32 as i16),
    I8F8::from_bits(-557_i32 as i16), I8F8::from_bits(-250_i32 as i16),
    I8F8::from_bits(952_i32 as i16), I8F8::from_bits(-400_i32 as i16),
    I8F8::from_bits(-452_i32 as i16), I8F8::from_bits(480_i32 as i16),
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static HIDDEN_STIMULI: [Stimulus<'static, I8F8>; 1] = [
    Stimulus {
        source: Source::Constant { value: Values { shared: I8F8::from_bits(358_i32 as i16), own: &STIMULUS_0_VALUES } },
        synapse: None,
        number: 0,
    },
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static STIMULUS_1_VALUES: [I8F8; 10] = [
    I8F8::from_bits(1707_i32 as i16), I8F8::from_bits(-570_i32 as i16),
    I8F8::from_bits(457_i32 as i16), I8F8::from_bits(844_i32 as i16),
    I8F8::from_bits(-590_i32 as i16), I8F8::from_bits(304_i32 as i16),
    I8F8::from_bits(190_i32 as i16), I8F8::from_bits(-15_i32 as i16),
    I8F8::from_bits(1436_i32 as i16), I8F8::from_bits(437_i32 as i16),
];

#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "as they were derived")]
static DIGIT_STIMULI: [Stimulus<'static, I8F8>; 1] = [
    Stimulus {
        source: Source::Constant { value: Values { shared: I8F8::from_bits(1707_i32 as i16), own: &STIMULUS_1_VALUES } },
        synapse: None,
        number: 1,
    },
];

/// What changes from step to step.
#[rustfmt::skip]
#[derive(Debug, Clone)]
pub struct Network {
    /// Number of steps since the beginning.
    pub step: u64,
    /// Number of the sample, of which stimuli have their own random numbers.
    pub sample: u32,
    /// Spikes of `input` in the last 1 steps.
    pub input_history: [u32; 2],
    /// State of `hidden`.
    pub hidden: hidden::Arrays,
    /// Spikes of `hidden` in the last step: bit i % 32 of word i / 32 is neuron i.
    pub hidden_spikes: [u32; 2],
    /// Spikes of `hidden` in the last 1 steps.
    pub hidden_history: [u32; 2],
    /// Currents of `hidden`, nA.
    pub hidden_currents: [I8F8; 64],
    /// State of `digit`.
    pub digit: digit::Arrays,
    /// Spikes of `digit` in the last step: bit i % 32 of word i / 32 is neuron i.
    pub digit_spikes: [u32; 1],
    /// Currents of `digit`, nA.
    pub digit_currents: [I8F8; 10],
    /// Sums of projection 0.
    pub sums_0: [i32; 64],
    /// Sums of projection 1.
    pub sums_1: [i32; 10],
}

/// What comes from outside in a step.
#[rustfmt::skip]
#[derive(Debug, Clone, Copy, Default)]
pub struct Outside<'a> {
    /// Spikes of `input`: bit i % 32 of word i / 32 is neuron i. Empty for no spikes.
    pub input: &'a [u32],
    /// Currents of `hidden` from outside, nA. Empty for none.
    pub hidden: &'a [I8F8],
    /// Currents of `digit` from outside, nA. Empty for none.
    pub digit: &'a [I8F8],
}

#[rustfmt::skip]
impl Network {
    /// The network at the beginning, to initialize a `static` with.
    pub const START: Self = Self {
        step: 0,
        sample: 0,
        input_history: [0; 2],
        hidden: hidden::AT_REST,
        hidden_spikes: [0; 2],
        hidden_history: [0; 2],
        hidden_currents: [I8F8::ZERO; 64],
        digit: digit::AT_REST,
        digit_spikes: [0; 1],
        digit_currents: [I8F8::ZERO; 10],
        sums_0: [0; 64],
        sums_1: [0; 10],
    };

    /// Makes a step.
    ///
    /// # Errors
    /// Returns an error if what comes from outside has another length than its population. Nothing has changed then.
    pub fn step(&mut self, outside: &Outside<'_>) -> Result<(), LengthError> {
        if !outside.input.is_empty() && outside.input.len() != 2 {
            return Err(LengthError { name: "input", length: outside.input.len(), expected: 2 });
        }
        if !outside.hidden.is_empty() && outside.hidden.len() != 64 {
            return Err(LengthError { name: "hidden", length: outside.hidden.len(), expected: 64 });
        }
        if !outside.digit.is_empty() && outside.digit.len() != 10 {
            return Err(LengthError { name: "digit", length: outside.digit.len(), expected: 10 });
        }
        let at = RngCounter { step: self.step, neuron: 0 };
        let draw = Draw { seed: 0, stimulus: 0, sample: self.sample, step: self.step };

        // input
        if let Some(mut history) = History::new(&mut self.input_history, 64, 0, 1) {
            let recorded = history.record(self.step);
            recorded.fill(0);
            recorded.iter_mut().zip(outside.input).for_each(|(to, from)| *to = *from);
        }

        // hidden
        let history = HistoryView::new(&self.input_history, 64, 0, 1);
        PROJECTION_0.deliver(history, self.step, 0, Sums::Integers(&mut self.sums_0));
        let mut arrivals: [Arrival<'_, I8F8>; 1] = [
            Arrival {
                synapse: 0,
                sums: Sums::Integers(&mut self.sums_0),
                scale: PROJECTION_0_SCALE,
                factor: PROJECTION_0_FACTOR,
            },
        ];
        let mut synapses: [Synapse<'_, I8F8, Nearest>; 1] = [
            Synapse::Current,
        ];
        let mut inputs = Inputs {
            outside: outside.hidden,
            stimuli: &HIDDEN_STIMULI,
            arrivals: &mut arrivals,
            synapses: &mut synapses,
            draw,
        };
        inputs.gather(at, &mut self.hidden_currents, &mut []);
        hidden::NEURON.run(self.hidden.as_mut(), &self.hidden_currents, hidden::FLAGS, at, &mut self.hidden_spikes)?;
        if let Some(mut history) = History::new(&mut self.hidden_history, 64, 0, 1) {
            history.record(self.step).copy_from_slice(&self.hidden_spikes);
        }

        // digit
        let history = HistoryView::new(&self.hidden_history, 64, 0, 1);
        PROJECTION_1.deliver(history, self.step, 0, Sums::Integers(&mut self.sums_1));
        let mut arrivals: [Arrival<'_, I8F8>; 1] = [
            Arrival {
                synapse: 0,
                sums: Sums::Integers(&mut self.sums_1),
                scale: PROJECTION_1_SCALE,
                factor: PROJECTION_1_FACTOR,
            },
        ];
        let mut synapses: [Synapse<'_, I8F8, Nearest>; 1] = [
            Synapse::Current,
        ];
        let mut inputs = Inputs {
            outside: outside.digit,
            stimuli: &DIGIT_STIMULI,
            arrivals: &mut arrivals,
            synapses: &mut synapses,
            draw,
        };
        inputs.gather(at, &mut self.digit_currents, &mut []);
        digit::NEURON.run(self.digit.as_mut(), &self.digit_currents, digit::FLAGS, at, &mut self.digit_spikes)?;
        self.step += 1;
        Ok(())
    }
}
