//! Populations and currents for checks, most of them random; the same seed gives the same ones.

pub(crate) mod network;

use glif::description::{
    Dialect, Discretization, ModelKind, NumberFormat, ParamTable, Parameter, RoundingMode, Spec, ThresholdTest,
};
use glif::{Description, DynPopulation, LifParams, OwnValues};
use glif_core::spec::{ComponentCounts, ComponentKind, Limits};
use glif_core::{RefractoryRule, StepOptions};
use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

/// Step times, ms: the usual ones, and the one whose countdown drifts in floating point.
const STEP_TIMES: [f64; 6] = [0.1, 0.1, 0.25, 0.5, 1.0, 2.0];
/// Largest number of threshold components that are drawn.
pub(crate) const COMPONENTS: usize = 4;
/// Number of draws that may fail in a row: narrow formats refuse some combinations.
const DRAWS: usize = 10_000;

/// Draws an element of a list.
fn one<T: Copy>(rng: &mut ChaCha8Rng, list: &[T]) -> T {
    list[rng.random_range(0..list.len())]
}

/// Draws a number from `low` to `high`, with each order of magnitude equally likely.
fn log_uniform(rng: &mut ChaCha8Rng, low: f64, high: f64) -> f64 {
    low * (high / low).powf(rng.random_range(0.0..=1.0))
}

/// Draws a population whose parameters are valid and fit the format.
///
/// # Errors
/// Returns an error if none was found, which means that the ranges here do not suit the format.
pub(crate) fn population(
    rng: &mut ChaCha8Rng,
    model: ModelKind,
    scalar: NumberFormat,
    neurons: usize,
    components: usize,
) -> Result<Description, String> {
    let mut candidates = (0..DRAWS).map(|_| {
        // Half of those that Inferno has.
        let dialect = match model.dialects() {
            [Dialect::Inferno, ..] if rng.random_bool(0.5) => Dialect::Inferno,
            dialects => one(rng, dialects),
        };
        let inferno = dialect == Dialect::Inferno;
        let options = StepOptions { refrac_lock: rng.random_bool(0.75), adapt: rng.random_bool(0.85) };
        let refractory = if model.fires() { one(rng, RefractoryRule::ALL) } else { RefractoryRule::Inferno };
        let euler = inferno && model.leaks() && rng.random_bool(0.3);
        let strict = inferno && model.fires() && rng.random_bool(0.3);
        let mut params = parameters(rng, model, components).in_dialect(dialect);
        params = if euler { params.discretized(Discretization::Euler) } else { params };
        params = if strict { params.tested(ThresholdTest::Above) } else { params };
        let spec = Spec {
            scalar,
            rounding: match scalar {
                NumberFormat::F32 | NumberFormat::F64 => RoundingMode::Nearest,
                _ => one(rng, RoundingMode::ALL),
            },
            options: if inferno { options } else { StepOptions::default() },
            refractory: dialect.rule(refractory),
            seed: rng.random_range(0..=i64::MAX as u64),
            params,
        };
        Description::new(spec, &[neurons])
    });
    let fits = candidates.find(|description| description.build().is_ok());
    fits.ok_or_else(|| format!("{DRAWS} random populations of {model} in {scalar} in a row were refused"))
}

fn parameters(rng: &mut ChaCha8Rng, model: ModelKind, components: usize) -> ParamTable {
    let step_time = one(rng, &STEP_TIMES);
    let rest = rng.random_range(-80.0..-50.0);
    let threshold = rest + rng.random_range(3.0..30.0);
    let refractory = [0.0, step_time, 2.0, 5.0, rng.random_range(0.0..10.0), rng.random_range(20.0..100.0)];
    let sign = if rng.random_bool(0.2) { -1.0 } else { 1.0 };
    let number = |rng: &mut ChaCha8Rng, parameter| match parameter {
        Parameter::StepTime => step_time,
        Parameter::RestV => rest,
        Parameter::ThreshV | Parameter::ThreshEqV => threshold,
        Parameter::ResetV => threshold - rng.random_range(0.5..30.0),
        Parameter::ResetVAdd => rng.random_range(-1.0..10.0),
        Parameter::ResetVMul => rng.random_range(-0.3..1.0),
        Parameter::RefracT => one(rng, &refractory),
        Parameter::Resistance => sign * log_uniform(rng, 0.2, 8.0),
        Parameter::TimeConstant | Parameter::TcMembrane => step_time * log_uniform(rng, 1.5, 60.0),
        Parameter::ThreshVoltageGain => rng.random_range(-0.05..0.05),
        Parameter::RcThreshVoltage => log_uniform(rng, 0.005, 0.5),
        // Sometimes above the threshold.
        Parameter::InitialV => threshold - rng.random_range(-5.0..30.0),
        other => other.default().unwrap_or(0.0),
    };
    // With both kinds, the after-spike currents are the more numerous.
    let voltages = usize::from(model.has(ComponentKind::Voltage));
    let components = components.saturating_sub(voltages);
    let thresholds = if model.has(ComponentKind::Current) { components / 2 } else { components };
    let counts = ComponentCounts {
        thresholds: if model.has(ComponentKind::Threshold) { thresholds } else { 0 },
        currents: if model.has(ComponentKind::Threshold) { components - thresholds } else { components },
        voltages,
    };
    let mut params = ParamTable::new(model);
    for &parameter in model.parameters() {
        if parameter.is_optional() && rng.random_bool(0.5) {
            continue;
        }
        let values: Vec<f64> = match parameter.component() {
            Some(kind) => (0..counts.of(kind)).map(|_| component(rng, parameter)).collect(),
            None => vec![number(rng, parameter)],
        };
        _ = params.set(parameter, &values); // each is one of the model's, and there are no more than `COMPONENTS`
    }
    params
}

/// Gives each neuron its own value of some parameters, or of all, if the coefficients take at most `room` bytes and
/// are valid. Neuron 0 keeps its values.
pub(crate) fn vary(rng: &mut ChaCha8Rng, description: &mut Description, room: usize) {
    let params = description.spec.params.clone();
    let neurons = description.shape.iter().product::<usize>();
    let share = one(rng, &[0.2, 0.5, 1.0]);
    let currents = params.counts().currents > 0;
    let mut varied = description.clone();
    for &parameter in params.model().parameters() {
        let values = params.get(parameter);
        // How far after-spike currents may go depends on the rest and the resistance, and the values that are written
        // later must suit all neurons.
        let limits = currents && [Parameter::RestV, Parameter::Resistance].contains(&parameter);
        if parameter == Parameter::StepTime || values.is_empty() || limits || !rng.random_bool(share) {
            continue;
        }
        let mut each = values.to_vec();
        for _ in 1..neurons {
            each.extend(values.iter().map(|value| match parameter {
                Parameter::RestV | Parameter::ResetV | Parameter::ThreshV | Parameter::ThreshEqV => {
                    value + rng.random_range(-2.0..2.0)
                }
                // Never greater than that of neuron 0, by which extreme currents are drawn.
                _ => value * rng.random_range(0.6..=1.0),
            }));
        }
        varied.own.set(parameter, OwnValues::Each(each));
    }
    let words = |population: &DynPopulation| (population.own_bytes_per_neuron() + size_of::<u32>()) * neurons;
    if varied.build().is_ok_and(|population| words(&population) <= room) {
        *description = varied;
    }
}

/// Returns the least number of components of a model.
pub(crate) fn least(model: ModelKind) -> usize {
    usize::from(model.has(ComponentKind::Voltage))
}

/// Draws one value of a list parameter, for one component.
fn component(rng: &mut ChaCha8Rng, parameter: Parameter) -> f64 {
    match parameter {
        Parameter::TcAdaptation => log_uniform(rng, 2.0, 200.0),
        Parameter::RcAdaptation | Parameter::RcAsc => log_uniform(rng, 0.005, 0.5),
        Parameter::AscRetain => rng.random_range(-0.5..=1.0),
        _ if rng.random_bool(0.25) => rng.random_range(-3.0..-0.2),
        _ => rng.random_range(0.2..6.0),
    }
}

/// Draws currents for one step, nA: most of them around the threshold, some at the extremes of the format.
pub(crate) fn currents(rng: &mut ChaCha8Rng, description: &Description, extreme: bool) -> Vec<f64> {
    let resistance = description.number(Parameter::Resistance);
    let (scalar, limits) = (description.spec.scalar, description.spec.scalar.limits(0));
    let mut current = || {
        if extreme && rng.random_bool(0.6) {
            return extreme_current(rng, scalar, &limits, resistance);
        }
        rng.random_range(-15.0..60.0) / resistance
    };
    (0..description.shape.iter().product()).map(|_| current()).collect()
}

/// Draws a current at the end of the range that can drive a membrane, or next to zero.
fn extreme_current(rng: &mut ChaCha8Rng, scalar: NumberFormat, limits: &Limits, resistance: f64) -> f64 {
    let most = match scalar {
        // R·I may reach a quarter of the format; slightly less here, as both are rounded.
        NumberFormat::F32 => (0.2499 * limits.greatest / resistance.abs()).min(limits.greatest),
        // Out of range of the format, which then saturates.
        _ => 2.0 * limits.greatest,
    };
    let magnitudes = [most, most, limits.greatest.min(most), limits.least, 1000.0 * limits.least, 0.0, 1e-30, 100.0];
    one(rng, &magnitudes) * if rng.random_bool(0.5) { -1.0 } else { 1.0 }
}

/// Draws voltages to write, mV: around the threshold, at the ends of the range, and denormals.
pub(crate) fn voltages(rng: &mut ChaCha8Rng, description: &Description, limits: &Limits) -> Vec<f64> {
    // The rest, or without a leak the reset.
    let rest = [Parameter::RestV, Parameter::ResetV].map(|parameter| description.number(parameter));
    let rest = rest.into_iter().find(|value| !value.is_nan()).unwrap_or(0.0);
    let ends = [limits.voltage.0, limits.voltage.1, limits.least, -limits.least, 0.0, -0.0];
    let mut voltage = || {
        if rng.random_bool(0.2) { one(rng, &ends) } else { rest + rng.random_range(-20.0..30.0) }
    };
    (0..description.shape.iter().product()).map(|_| voltage()).collect()
}

/// Draws threshold components to write, mV.
pub(crate) fn components(rng: &mut ChaCha8Rng, count: usize, limits: &Limits) -> Vec<f64> {
    let limit = limits.component;
    let ends = [limit, -limit, limits.least, -limits.least, 0.0, -0.0];
    let mut component = || {
        if rng.random_bool(0.2) { one(rng, &ends) } else { rng.random_range(-5.0_f64..10.0).clamp(-limit, limit) }
    };
    (0..count).map(|_| component()).collect()
}

/// Draws another step time, ms.
pub(crate) fn step_time(rng: &mut ChaCha8Rng) -> f64 {
    STEP_TIMES.choose(rng).copied().unwrap_or(1.0)
}

/// Returns a population for checks of other things: LIF in f32, which every board supports.
pub(crate) fn plain(neurons: usize, step_time: f64, time_constant: f64, refrac_t: f64) -> Description {
    let (rest_v, reset_v, thresh_v, resistance) = (-60.0, -65.0, -50.0, 1.0);
    let params = LifParams { step_time, rest_v, reset_v, thresh_v, refrac_t, time_constant, resistance };
    Description::new(Spec::new(params), &[neurons])
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    /// The draws cover every model and number of components.
    #[test]
    fn every_kind_of_population_is_drawn() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for model in ModelKind::ALL {
            for scalar in [NumberFormat::F32, NumberFormat::I16F16, NumberFormat::I8F8] {
                let most = if model.adaptation().is_none() && !model.has(ComponentKind::Current) { 0 } else { 4 };
                for components in least(*model)..=most {
                    let drawn = population(&mut rng, *model, scalar, 7, components).unwrap();
                    assert_eq!(drawn.components(), components);
                    let read = Description::from_toml(&drawn.to_toml()).unwrap();
                    assert_eq!(read, drawn);
                }
            }
        }
    }

    /// No extreme current is refused, and the smallest magnitude is among the draws.
    #[test]
    fn extreme_currents_can_be_driven() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for scalar in [NumberFormat::F32, NumberFormat::I8F8] {
            let mut least = 0;
            for _ in 0..50 {
                let drawn = population(&mut rng, ModelKind::Lif, scalar, 60, 0).unwrap();
                let values = currents(&mut rng, &drawn, true);
                least += values.iter().filter(|value| value.abs() == scalar.limits(0).least).count();
                let mut built = drawn.build().unwrap();
                built.load(glif::Currents::F64(&values)).unwrap();
                built.step(drawn.options()).unwrap();
            }
            assert!(least > 0);
        }
    }
}
