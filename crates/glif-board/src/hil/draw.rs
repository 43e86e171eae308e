//! Random populations and currents, the same for the same seed.

use std::collections::BTreeMap;

use glif::Description;
use glif::description::{ModelName, ReductionName, RoundingName, RuleName, ScalarName, Value};
use glif_link::Scalar;
use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::Trouble;
use crate::bits::{Limits, limits};

/// Step times, ms: those that people use, and the one whose countdown drifts in floating point.
const STEP_TIMES: [f64; 6] = [0.1, 0.1, 0.25, 0.5, 1.0, 2.0];
/// Every one that a board can know.
pub(crate) const SCALARS: [(Scalar, ScalarName); 5] = [
    (Scalar::F32, ScalarName::F32),
    (Scalar::I16F16, ScalarName::I16F16),
    (Scalar::I12F20, ScalarName::I12F20),
    (Scalar::I8F8, ScalarName::I8F8),
    (Scalar::I9F7, ScalarName::I9F7),
];
/// The most threshold components that are drawn.
pub(crate) const COMPONENTS: usize = 4;
/// How many draws may fail in a row: narrow formats refuse some combinations.
const DRAWS: usize = 10_000;

/// One of a list.
fn one<T: Copy>(rng: &mut ChaCha8Rng, list: &[T]) -> T {
    list[rng.random_range(0..list.len())]
}

/// From `low` to `high`, each order of magnitude as likely as the next.
fn log_uniform(rng: &mut ChaCha8Rng, low: f64, high: f64) -> f64 {
    low * (high / low).powf(rng.random_range(0.0..=1.0))
}

/// A population whose parameters hold and fit.
///
/// # Errors
/// If none was found, which says that the ranges here do not suit the format.
pub(crate) fn population(
    rng: &mut ChaCha8Rng,
    model: ModelName,
    scalar: ScalarName,
    neurons: usize,
    components: usize,
) -> Result<Description, Trouble> {
    for _ in 0..DRAWS {
        let description = candidate(rng, model, scalar, neurons, components);
        if description.build().is_ok() {
            return Ok(description);
        }
    }
    Err(Trouble::host(format!("{DRAWS} random populations of {model} in {scalar} were refused, one after another")))
}

fn candidate(
    rng: &mut ChaCha8Rng,
    model: ModelName,
    scalar: ScalarName,
    neurons: usize,
    components: usize,
) -> Description {
    let rounding = match scalar {
        ScalarName::F32 | ScalarName::F64 => RoundingName::Nearest,
        _ => one(rng, RoundingName::ALL),
    };
    Description {
        model,
        shape: vec![neurons],
        batch_size: 1,
        scalar,
        refrac_lock: rng.random_bool(0.75),
        adapt: rng.random_bool(0.85),
        batch_reduction: ReductionName::Mean,
        refractory: one(rng, RuleName::ALL),
        rounding,
        seed: rng.random_range(0..=i64::MAX as u64),
        params: parameters(rng, model, components),
    }
}

fn parameters(rng: &mut ChaCha8Rng, model: ModelName, components: usize) -> BTreeMap<String, Value> {
    let step_time = one(rng, &STEP_TIMES);
    let rest = rng.random_range(-80.0..-50.0);
    let threshold = rest + rng.random_range(3.0..30.0);
    let refractory = [0.0, step_time, 2.0, 5.0, rng.random_range(0.0..10.0), rng.random_range(20.0..100.0)];
    let sign = if rng.random_bool(0.2) { -1.0 } else { 1.0 };
    let mut number = |name: &str| match name {
        "step_time" => step_time,
        "rest_v" => rest,
        "thresh_v" | "thresh_eq_v" => threshold,
        "reset_v" => threshold - rng.random_range(0.5..30.0),
        "reset_v_add" => rng.random_range(-1.0..10.0),
        "reset_v_mul" => rng.random_range(-0.3..1.0),
        "refrac_t" => one(rng, &refractory),
        "resistance" => sign * log_uniform(rng, 0.2, 8.0),
        _ => step_time * log_uniform(rng, 1.5, 60.0), // a time constant of the membrane
    };
    let numbers = model.numbers().iter().map(|name| ((*name).to_owned(), Value::Number(number(name))));
    let mut all: BTreeMap<String, Value> = numbers.collect();
    for name in model.lists() {
        let values = (0..components).map(|_| component(rng, name)).collect();
        all.insert((*name).to_owned(), Value::List(values));
    }
    all
}

/// One value of a list of threshold components.
fn component(rng: &mut ChaCha8Rng, name: &str) -> f64 {
    match name {
        "tc_adaptation" => log_uniform(rng, 2.0, 200.0),
        "rc_adaptation" => log_uniform(rng, 0.005, 0.5),
        _ if rng.random_bool(0.25) => rng.random_range(-3.0..-0.2),
        _ => rng.random_range(0.2..6.0),
    }
}

/// Currents for one step, nA: mostly about the threshold, some of them extremes of the format.
pub(crate) fn currents(rng: &mut ChaCha8Rng, description: &Description, scalar: Scalar, extreme: bool) -> Vec<f64> {
    let resistance = description.number("resistance");
    let limits = limits(scalar, 0);
    let mut current = || {
        if extreme && rng.random_bool(0.6) {
            return extreme_current(rng, scalar, &limits, resistance);
        }
        rng.random_range(-15.0..60.0) / resistance
    };
    (0..description.shape.iter().product()).map(|_| current()).collect()
}

/// An end of the range that a membrane can be driven with, or next to nothing.
fn extreme_current(rng: &mut ChaCha8Rng, scalar: Scalar, limits: &Limits, resistance: f64) -> f64 {
    let most = match scalar {
        // R·I may reach a quarter of the format; a little less, as both are rounded.
        Scalar::F32 => (0.2499 * limits.greatest / resistance.abs()).min(limits.greatest),
        // Beyond the format, which then saturates.
        _ => 2.0 * limits.greatest,
    };
    let magnitudes = [most, most, limits.greatest.min(most), limits.least, 1000.0 * limits.least, 0.0, 1e-30, 100.0];
    one(rng, &magnitudes) * if rng.random_bool(0.5) { -1.0 } else { 1.0 }
}

/// Voltages to be written, mV: about the threshold, the ends of the range, denormals.
pub(crate) fn voltages(rng: &mut ChaCha8Rng, description: &Description, limits: &Limits) -> Vec<f64> {
    let rest = description.number("rest_v");
    let ends = [limits.voltage.0, limits.voltage.1, limits.least, -limits.least, 0.0, -0.0];
    let mut voltage = || {
        if rng.random_bool(0.2) { one(rng, &ends) } else { rest + rng.random_range(-20.0..30.0) }
    };
    (0..description.shape.iter().product()).map(|_| voltage()).collect()
}

/// Threshold components to be written, mV.
pub(crate) fn components(rng: &mut ChaCha8Rng, count: usize, limits: &Limits) -> Vec<f64> {
    let limit = limits.component;
    let ends = [limit, -limit, limits.least, -limits.least, 0.0, -0.0];
    let mut component = || {
        if rng.random_bool(0.2) { one(rng, &ends) } else { rng.random_range(-5.0_f64..10.0).clamp(-limit, limit) }
    };
    (0..count).map(|_| component()).collect()
}

/// Another of the step times, ms.
pub(crate) fn step_time(rng: &mut ChaCha8Rng) -> f64 {
    STEP_TIMES.choose(rng).copied().unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    /// The draws reach what they are meant to reach.
    #[test]
    fn every_kind_of_population_is_drawn() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for model in ModelName::ALL {
            for scalar in [ScalarName::F32, ScalarName::I16F16, ScalarName::I8F8] {
                for components in if model.lists().is_empty() { 0..1 } else { 0..5 } {
                    let drawn = population(&mut rng, *model, scalar, 7, components).unwrap();
                    assert_eq!(drawn.components(), components);
                    let read = Description::from_toml(&drawn.to_toml()).unwrap();
                    assert_eq!(read, drawn);
                }
            }
        }
    }

    /// None is refused, and the extremes are among them.
    #[test]
    fn extreme_currents_can_be_driven() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for (scalar, name) in [(Scalar::F32, ScalarName::F32), (Scalar::I8F8, ScalarName::I8F8)] {
            let mut least = 0;
            for _ in 0..50 {
                let drawn = population(&mut rng, ModelName::Lif, name, 60, 0).unwrap();
                let values = currents(&mut rng, &drawn, scalar, true);
                least += values.iter().filter(|value| value.abs() == limits(scalar, 0).least).count();
                let mut built = drawn.build().unwrap();
                built.load(glif::Currents::F64(&values)).unwrap();
                built.step(drawn.flags()).unwrap();
            }
            assert!(least > 0);
        }
    }
}
