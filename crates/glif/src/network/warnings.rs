//! Warnings about a network that is valid but probably wrong.

use super::description::{Delay, NetworkDescription, PopulationKind, Projection};
use super::report::{NetworkReport, ProjectionReport, WeightType};
use super::route::{self, Steps};
use crate::number::short;
use crate::output::counted;
use crate::warnings::computed;

/// Relative precision within which a quotient of two decimal numbers is whole: 0.3 / 0.1 is less than 3 in binary.
const PRECISION: f64 = 1e-9;
/// Fraction of the greatest arrival above which a stall band is reported.
const STALL: f64 = 1e-3;

/// Lists what is valid but probably wrong. `driven` has the names of the populations that have an input from outside.
pub(super) fn warnings(
    description: &NetworkDescription,
    report: &NetworkReport,
    driven: Option<&[&str]>,
) -> Vec<String> {
    let mut warnings = Vec::new();
    let is_driven = |name: &str| driven.map(|driven| driven.contains(&name));
    for ((name, kind), reported) in description.populations.iter().zip(&report.populations) {
        let named = |problem: &str| format!("`populations.{name}`: {problem}");
        let brings = |projection: &&ProjectionReport| !is_silent(projection);
        let mut projections = report.projections.iter().filter(brings);
        if matches!(kind, PopulationKind::Input(_)) {
            if !projections.any(|projection| projection.from == *name) {
                warnings.push(named("its spikes lead nowhere, as no projection from it has a weight other than 0"));
            }
            if is_driven(name) == Some(false) {
                warnings.push(named("no spikes come from outside, so that this input is silent"));
            }
            continue;
        }
        warnings.extend(of_population(description, name).iter().map(|warning| named(warning)));
        let has_input = projections.any(|projection| projection.to == *name && projection.from != *name);
        if !has_input && kind.drives().is_empty() {
            match is_driven(name) {
                None => warnings.push(named(
                    "has no `drive`, and no projection from another population; only currents from outside reach it",
                )),
                Some(false) => warnings.push(named(
                    "nothing reaches it: it has no `drive`, no projection from another population, and no currents from outside",
                )),
                Some(true) => {}
            }
        }
        for synapse in &reported.synapses {
            let place = format!("populations.{name}.synapses.{}", synapse.name);
            let (least, step) = (synapse.tau_ms[0], description.step_time);
            if least < step {
                let (least, step) = (computed(least), computed(step));
                warnings.push(format!(
                    "`{place}.tau` = {least} ms: shorter than a step of {step} ms, so that a current decays almost wholly in one step\n\
                     help: times are in ms"
                ));
            }
            let (stall, arrival) = (synapse.stall_na, synapse.greatest_arrival_na);
            if arrival == 0.0 {
                warnings.push(format!("`{place}`: nothing arrives at this synapse"));
            } else if stall > STALL * arrival {
                warnings.push(format!(
                    "`{place}.tau` = {} ms: rounding to nearest in `{}` stops the decay of a current at up to {} nA; what arrives in a \
                     step is at most {} nA\nhelp: use `rounding` = \"stochastic\", or a `scalar` with more fraction bits",
                    computed(synapse.tau_ms[1]),
                    description.scalar,
                    computed(stall),
                    computed(arrival)
                ));
            }
        }
    }
    for (number, (projection, reported)) in description.projections.iter().zip(&report.projections).enumerate() {
        let problems = of_projection(description, projection, reported);
        warnings.extend(problems.iter().map(|problem| route::named(number, projection, problem)));
    }
    warnings
}

/// Returns whether a projection brings nothing.
fn is_silent(projection: &ProjectionReport) -> bool {
    projection.weights.is_none_or(|range| range == [0.0; 2])
}

/// Lists warnings about a population as it would have them alone.
fn of_population(description: &NetworkDescription, name: &str) -> Vec<String> {
    let Some(mut alone) = description.alone(name) else { return Vec::new() };
    // The seed is also that of time constants and stimuli.
    if !alone.own.has_draws() {
        alone.spec.seed = 0;
    }
    crate::warnings(&alone)
}

fn of_projection(
    description: &NetworkDescription,
    projection: &Projection,
    reported: &ProjectionReport,
) -> Vec<String> {
    let mut problems = Vec::new();
    problems.extend(rounded_delay(description, projection));
    if reported.connections == 0 {
        problems.push("no neuron is connected".to_owned());
    } else if let Some(PopulationKind::Neurons { description: from, .. }) = description.population(&reported.from)
        && !from.model().fires()
    {
        problems.push(format!("brings nothing, as `{}` never fires: its model is {}", reported.from, from.model()));
    } else if is_silent(reported) {
        problems.push("all weights are 0".to_owned());
    }
    if let Some(error) = reported.quantization.filter(|error| error.became_zero > 0) {
        let bits = if reported.weight_type == WeightType::I8 { "8" } else { "16" };
        let finer = match (bits, projection.quantize.is_some_and(|quantize| quantize.per_target)) {
            ("8", _) => "use `quantize` = \"i16\"",
            (_, false) => "use `quantize` = \"i16\" with `quantize_per` = \"target\"",
            _ => "give the weights as integers, with `scale`",
        };
        problems.push(format!(
            "{} of {} became 0 as integers of {bits} bits\nhelp: {finer}",
            error.became_zero,
            counted(error.weights, "weight")
        ));
    }
    if reported.below_resolution > 0 && !is_silent(reported) {
        problems.push(format!(
            "{} of {} too small for `{}`, so that a spike alone brings nothing\nhelp: use a `scalar` with more fraction bits",
            reported.below_resolution,
            if reported.connections == 1 { "1 weight is".to_owned() } else { format!("{} weights are", reported.connections) },
            description.scalar
        ));
    }
    problems
}

/// Says what a delay that is no whole number of steps became.
fn rounded_delay(description: &NetworkDescription, projection: &Projection) -> Option<String> {
    let step_time = description.step_time;
    let rounded = |ms: &f64| {
        let steps = ms / step_time;
        (steps - steps.round()).abs() > PRECISION * steps.round().max(1.0)
    };
    let became = |ms: f64| match route::delays(Some(&Delay::Shared(ms)), step_time) {
        Ok(Steps::All(steps)) => {
            let ms = short(f64::from(steps) * step_time, 12);
            format!("{ms} ms: {}", counted(steps.into(), "step"))
        }
        _ => String::new(), // refused when the network was built
    };
    let step = short(step_time, 12);
    match projection.delay.as_ref()? {
        Delay::Shared(ms) if rounded(ms) => Some(format!(
            "`delay` = {} ms: not a whole number of steps of {step} ms; it becomes {}",
            short(*ms, 12),
            became(*ms)
        )),
        Delay::Each(all) => {
            let count = all.iter().filter(|ms| rounded(ms)).count();
            let (at, ms) = all.iter().enumerate().find(|(_, ms)| rounded(ms))?;
            let others = match count - 1 {
                0 => String::new(),
                others => format!(" (and {})", counted(others, "other")),
            };
            Some(format!(
                "`delay[{at}]` = {} ms{others}: not a whole number of steps of {step} ms; it becomes {}",
                short(*ms, 12),
                became(*ms)
            ))
        }
        _ => None,
    }
}
