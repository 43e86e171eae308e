//! Checks refractory counts, new step times and rejected parameters.

use fixed::types::I16F16;
use glif_core::spec::Parameter;
use glif_core::{Lif, LifParams, Population, Quantize, RefractoryPeriod, RefractoryRule, Spikes, StepOptions};

use crate::{Wrong, same};

const LIF: LifParams = LifParams {
    step_time: 0.1,
    rest_v: -60.0,
    reset_v: -65.0,
    thresh_v: -50.0,
    refrac_t: 5.0,
    time_constant: 20.0,
    resistance: 1.0,
};

/// Checks the conversion of milliseconds to steps, including drift.
///
/// # Errors
/// The first count that differs from the measurement in the simulators.
pub fn refractory_counts() -> Result<(), Wrong> {
    let table = [
        (5.0, 0.1, RefractoryRule::Inferno, 51),
        (2.0, 0.1, RefractoryRule::Inferno, 20),
        (0.3, 0.1, RefractoryRule::Inferno, 4),
        (3.0, 0.1, RefractoryRule::Inferno, 31),
        (5.0, 0.1, RefractoryRule::Exact, 50),
        (5.0, 0.1, RefractoryRule::Nest, 51),
        (0.0, 1.0, RefractoryRule::Inferno, 0),
    ];
    for (at, (refrac_t, step_time, rule, steps)) in table.into_iter().enumerate() {
        let count = RefractoryPeriod::<f32>::new(refrac_t, step_time, rule).map_or(0xffff, |period| period.count());
        same("refractory count", at, count.into(), steps)?;
    }
    Ok(())
}

/// Checks that a new step time keeps the remaining milliseconds.
///
/// # Errors
/// The first count that is wrong.
pub fn new_step_time() -> Result<(), Wrong> {
    moved::<f32>("f32")?;
    moved::<I16F16>("i16f16")
}

fn moved<S: Quantize>(case: &'static str) -> Result<(), Wrong> {
    let refused = Wrong { case, at: 0, found: 0, expected: 0 };
    let params = LifParams { refrac_t: 4.0, step_time: 0.5, ..LIF };
    let mut population = Population::<Lif<S>, 3>::new(params).map_err(|_| refused)?;
    let mut spikes = Spikes::<1>::new();
    population.step(&[S::nearest(1000.0); 3], StepOptions::default(), &mut spikes);
    same(case, 0, spikes.count().into(), 3)?;
    population.set_step_time(0.25).map_err(|_| refused)?;
    for neuron in 0..3 {
        let steps = population.cell(neuron).map_or(0, |cell| cell.refractory.steps());
        same(case, 1 + neuron, steps.into(), 16)?;
    }
    let unchanged = population.set_step_time(-1.0).is_err() && population.parameters().step_time == 0.25;
    same(case, 4, u64::from(unchanged), 1)
}

/// Checks that every error in the parameters is reported, here as on a host.
///
/// # Errors
/// The first error that is missing.
pub fn refused_parameters() -> Result<(), Wrong> {
    let bad = LifParams { step_time: f64::NAN, reset_v: -40.0, refrac_t: -1.0, resistance: 0.0, ..LIF };
    let Err(errors) = Lif::<f32>::derive(bad, RefractoryRule::Inferno) else {
        return same("refused parameters", 0, 0, 4);
    };
    same("refused parameters", 0, errors.count() as u64, 4)?;
    let wrong = [Parameter::StepTime, Parameter::ResetV, Parameter::RefracT, Parameter::Resistance];
    for (at, parameter) in wrong.into_iter().enumerate() {
        same("refused parameters", at, u64::from(errors.mentions(parameter)), 1)?;
    }
    Ok(())
}
