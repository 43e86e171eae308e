//! Runs in one format of each width under every rounding mode, and `exp`. `digests.bin` has the host's
//! results, 4 bytes each, little endian, in the order of [`all`].

use fixed::types::{I8F8, I16F16};
use glif_core::derive::{DecayFactor, DeriveReset};
use glif_core::neuron::{FixedReset, LinearReset};
use glif_core::rounding::Rounding;
use glif_core::{
    AlifParams, Coefficients, Derivation, Glif2Params, LifParams, Nearest, Parameters, PopulationState, Quantize,
    RefractoryRule, RngCounter, StepOptions, Stochastic, Truncate,
};
use glif_link::packet::CRC;

use crate::{Wrong, same};

/// The host's results.
pub const DIGESTS: &[u8] = include_bytes!("../digests.bin");

const STEPS: u64 = 300;
const NEURONS: usize = 33; // one full block and a partial one

/// Calls `put` with the name and the checksum of every run, and of `exp`.
pub fn all(put: &mut dyn FnMut(&'static str, u32)) {
    put("exp", exponentials());
    models::<f32, _>("f32", Nearest, put);
    models::<I16F16, _>("i16f16, nearest", Nearest, put);
    models::<I16F16, _>("i16f16, truncate", Truncate, put);
    models::<I16F16, _>("i16f16, stochastic", Stochastic { seed: 7 }, put);
    models::<I8F8, _>("i8f8, nearest", Nearest, put);
    models::<I8F8, _>("i8f8, truncate", Truncate, put);
    models::<I8F8, _>("i8f8, stochastic", Stochastic { seed: 7 }, put);
}

/// Checks that every run here equals the host's.
///
/// # Errors
/// The first run that differs.
pub fn check() -> Result<(), Wrong> {
    let mut expected = DIGESTS.as_chunks().0.iter();
    let (mut wrong, mut at) = (Ok(()), 0);
    all(&mut |name, found| {
        let expected = expected.next().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        if wrong.is_ok() {
            wrong = same(name, at, found.into(), expected.into());
        }
        at += 1;
    });
    wrong?;
    same("digests.bin", at, 4 * at as u64, DIGESTS.len() as u64)
}

fn models<S: Quantize, Q: Rounding>(name: &'static str, rounding: Q, put: &mut dyn FnMut(&'static str, u32)) {
    let derivation = |rule| Derivation::new(rule).rounding(rounding);
    let lif = LifParams {
        step_time: 1.0,
        rest_v: -60.0,
        reset_v: -65.0,
        thresh_v: -50.0,
        refrac_t: 2.0,
        time_constant: 20.0,
        resistance: 1.5,
    };
    put(name, digest::<S, FixedReset<S>, 0, Q>(derivation(RefractoryRule::Inferno).coefficients(lif)));
    let alif = AlifParams {
        step_time: 0.5,
        rest_v: -60.0,
        reset_v: -65.0,
        thresh_eq_v: -50.0,
        refrac_t: 3.0,
        tc_membrane: 10.0,
        tc_adaptation: [20.0, 40.0],
        spike_increment: [2.0, 1.0],
        resistance: 1.0,
    };
    put(name, digest::<S, FixedReset<S>, 2, Q>(derivation(RefractoryRule::Exact).coefficients(alif)));
    let glif2 = Glif2Params {
        step_time: 1.0,
        rest_v: -60.0,
        reset_v_add: 2.0,
        reset_v_mul: 0.3,
        thresh_eq_v: -50.0,
        refrac_t: 0.0,
        tc_membrane: 15.0,
        rc_adaptation: [0.05, 0.3],
        spike_increment: [1.5, -0.5],
        resistance: -0.8,
    };
    put(name, digest::<S, LinearReset<S>, 2, Q>(derivation(RefractoryRule::Nest).coefficients(glif2)));
}

/// Runs a population on currents from a small generator, and returns a checksum of its states. The checksum
/// covers the whole state after each step. It is 0 for a population that cannot be derived.
fn digest<S: Quantize, R: DeriveReset<S>, const K: usize, Q: Rounding>(
    derived: Result<Coefficients<S, R, K, Q>, glif_core::ParamErrors>,
) -> u32
where
    Parameters<R::Params, K>: Copy,
{
    let Ok(neuron) = derived else {
        return 0;
    };
    let mut state = PopulationState::<S, K, NEURONS>::at_rest(S::from_accumulator(neuron.rest));
    let (mut random, mut spikes, mut digest) = (1_u32, [0; 2], CRC.digest());
    for step in 0..STEPS {
        let currents = core::array::from_fn::<S, NEURONS, _>(|_| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // From -32 to 96 nA in steps of 1/256 nA, with the sign that drives the neuron given R's sign.
            let na = f64::from((random >> 17) as i32 - 8192) / 256.0;
            S::nearest(if K == 2 && neuron.refractory < 2 { -na } else { na })
        });
        let ran =
            neuron.run(state.as_mut(), &currents, StepOptions::default(), RngCounter { step, neuron: 0 }, &mut spikes);
        digest.update(&[u8::from(ran.is_ok())]);
        for value in state.membrane.iter().chain(state.adaptation.iter().flatten()) {
            digest.update(&value.to_f64().to_le_bytes());
        }
        for refractory in &state.refractory {
            digest.update(&refractory.to_bits().to_le_bytes());
        }
    }
    digest.finalize()
}

/// Returns the checksum of exp over its whole range, and of the complement near 1.
fn exponentials() -> u32 {
    let mut digest = CRC.digest();
    for exponent in -80..12 {
        for mantissa in 1..8 {
            let x = -f64::from(mantissa) * f64::from_bits(((1023 + exponent) as u64) << 52) / 7.0;
            let DecayFactor { value, complement } = DecayFactor::of(x);
            digest.update(&value.to_le_bytes());
            digest.update(&complement.to_le_bytes());
        }
    }
    digest.finalize()
}
