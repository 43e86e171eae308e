//! Built-in stimuli: derivation and what they bring in a step.

use glif_core::error::Number;
use glif_core::network::{Draw, Synaptic};
use glif_core::own::Values;
use glif_core::spec::Stored;

use super::build::column;
use super::description::{BUILT_IN, Drive, DriveKind, NeuronValues};
use super::engine::{Column, Source, Stimulus};
use super::route::synapse_names;
use crate::description::toml::unknown;
use crate::limits::{INPUT_SPIKES, PRINTED};
use crate::memory;
use crate::own::{Rule, own_values};
use crate::random::{exp, gaussian};
use crate::text::printable;
use crate::vectors::vectorised;

/// Greatest number of stimuli in a network: each has its own random numbers.
pub(super) const MOST: usize = 1 << 12;
/// Greatest mean number of spikes that a neuron has in a step: the probabilities are then normal numbers.
const MOST_MEAN: f64 = 500.0;
/// Bound on a standard Gaussian by the polar method, whose uniform numbers are multiples of 2⁻⁵².
const GREATEST_GAUSSIAN: f64 = 13.0;
/// Relative precision to which an onset equals the start of a step.
const PRECISION: f64 = 1e-12;

/// Any finite number.
const FINITE: Rule = Rule { unit: "", fits: f64::is_finite, must: "must be finite" };
const POSITIVE: Rule =
    Rule { unit: "", fits: |value| value >= 0.0 && value.is_finite(), must: "must be at least 0 and finite" };
const RATE: Rule = Rule { unit: "Hz", ..POSITIVE };
/// Of a time constant.
pub(super) const TIME: Rule =
    Rule { unit: "ms", fits: |value| value > 0.0 && value.is_finite(), must: "must be above 0 and finite" };

/// Returns the values: one, or one for each of `neurons`.
pub(super) fn values(
    place: &str,
    rule: Rule,
    values: &NeuronValues,
    neurons: usize,
    stream: (u64, u64),
) -> Result<Vec<f64>, String> {
    match values {
        NeuronValues::Shared(value) if (rule.fits)(*value) => Ok(vec![*value]),
        NeuronValues::Shared(value) => {
            let unit = if rule.unit.is_empty() { String::new() } else { format!(" {}", rule.unit) };
            Err(format!("`{place}` = {value}{unit}: {}", rule.must))
        }
        NeuronValues::Own(own) => own_values(place, rule, own, neurons, stream),
    }
}

/// Returns the stream of the draws of a field of a stimulus, by its number in the population.
fn stream(number: usize, field: u64) -> u64 {
    // A population has fewer than 2³² stimuli, each with fewer than 8 values. Synapses have lower numbers.
    1 << 32 | (number as u64) << 3 | field
}

/// Returns what a stimulus that is constant brings: one value, or one for each neuron. `number` is that among the stimuli of
/// the population.
#[cfg(feature = "nir")]
pub(crate) fn constants(
    place: &str,
    number: usize,
    value: &NeuronValues,
    (neurons, seed): (usize, u64),
) -> Result<Vec<f64>, String> {
    values(&format!("{place}.constant"), FINITE, value, neurons, (seed, stream(number, 0)))
}

/// Where a stimulus is.
pub(super) struct At<'a> {
    /// Path in messages, without backticks.
    pub(super) place: &'a str,
    pub(super) step_time: f64,
    pub(super) neurons: usize,
    /// Seed of drawn values.
    pub(super) seed: u64,
    /// Number among the stimuli of the population.
    pub(super) number: usize,
    /// Number among the stimuli of the network.
    pub(super) stimulus: usize,
    /// Names of the exponential synapses, and what arrives at each is multiplied by; empty if it is not.
    pub(super) synapses: &'a [(String, Vec<f64>)],
}

/// Derives a stimulus.
pub(super) fn build<S: Stored>(drive: &Drive, at: &At<'_>) -> Result<Stimulus<S>, String> {
    let At { place, step_time, neurons, seed, number, .. } = *at;
    let synapse = match &drive.synapse {
        None => None,
        Some(name) => {
            let known = synapse_names(at.synapses.iter().map(|(other, _)| other.as_str()));
            let own = at.synapses.iter().position(|(other, _)| other == name).map(|own| BUILT_IN.len() + own);
            let found = BUILT_IN.iter().position(|other| other == name).or(own);
            Some(found.ok_or_else(|| {
                format!("`{place}.synapse` = \"{}\": {}", printable(name, PRINTED), unknown(name, "synapse", &known))
            })?)
        }
    };
    let normal = synapse.and_then(|synapse| at.synapses.get(synapse.checked_sub(BUILT_IN.len())?));
    let normal = normal.map_or(&[][..], |(_, normal)| normal);
    let of = |key: &str, field: u64, rule: Rule, of: &NeuronValues| {
        values(&format!("{place}.{key}"), rule, of, neurons, (seed, stream(number, field)))
    };
    // Where the synapse normalizes, so does the stimulus, once.
    let scaled = |values: Vec<f64>| -> Vec<f64> {
        if normal.is_empty() {
            return values;
        }
        let count = values.len().max(normal.len());
        let pick = |of: &[f64], i: usize| if of.len() == 1 { of[0] } else { of[i] };
        (0..count).map(|i| pick(&values, i) * pick(normal, i)).collect()
    };
    // A constant that does not fit would be limited silently.
    let storable = |key: &str, values: Vec<f64>| -> Result<Vec<f64>, String> {
        let values = scaled(values);
        match values.iter().position(|value| value.abs() > S::GREATEST) {
            Some(at) => {
                let index = if values.len() == 1 { String::new() } else { format!("[{at}]") };
                let (value, format, greatest) = (Number(values[at]), S::FORMAT, Number(S::GREATEST));
                Err(format!(
                    "`{place}.{key}{index}` = {value}: does not fit {format}, whose greatest number is {greatest}"
                ))
            }
            None => Ok(values),
        }
    };
    let given = |key: &str, field: u64, value: &NeuronValues| storable(key, of(key, field, FINITE, value)?);
    let scalars = |key: &str, field: u64, value: &NeuronValues| -> Result<Column<S>, String> {
        Ok(column(given(key, field, value)?.into_iter().map(S::nearest).collect()))
    };
    let source = match &drive.kind {
        DriveKind::Constant { value } => Source::Constant { value: scalars("constant", 0, value)? },
        DriveKind::Step { before, after, onset } => {
            if !(*onset >= 0.0 && onset.is_finite()) {
                return Err(format!("`{place}.step[2]` = {onset} ms: must be at least 0 and finite"));
            }
            Source::Step {
                before: scalars("step[0]", 0, before)?,
                after: scalars("step[1]", 1, after)?,
                onset: (onset / step_time * (1.0 - PRECISION)).ceil() as u64,
            }
        }
        DriveKind::Noise { mean, deviation } => Source::Noise {
            mean: column(given("noise[0]", 0, mean)?),
            deviation: column(storable("noise[1]", of("noise[1]", 1, POSITIVE, deviation)?)?),
        },
        DriveKind::Poisson { rate, weight } => {
            let rates = of("poisson.rate", 0, RATE, rate)?;
            let weights = given("poisson.weight", 1, weight)?;
            let weights: Result<Vec<S::Scale>, String> = weights
                .into_iter()
                .map(|weight| {
                    let told = || format!("`{place}.poisson.weight` = {}: does not fit {}", Number(weight), S::FORMAT);
                    S::weight_scale(weight).ok_or_else(told)
                })
                .collect();
            let (mut thresholds, mut ends) = (Vec::new(), Vec::new());
            for rate in &rates {
                let mean = rate * (step_time / 1000.0);
                if mean > MOST_MEAN {
                    let most = MOST_MEAN / (step_time / 1000.0);
                    return Err(format!(
                        "`{place}.poisson.rate` = {} Hz: must be at most {most} Hz, {MOST_MEAN} spikes in a step",
                        Number(*rate)
                    ));
                }
                for threshold in poisson(mean) {
                    memory::push(&mut thresholds, threshold)
                        .ok_or_else(|| format!("`{place}`: does not fit in memory"))?;
                }
                ends.push(u32::try_from(thresholds.len()).map_err(|_| format!("`{place}`: does not fit in memory"))?);
            }
            Source::Poisson { thresholds, ends, weight: column(weights?) }
        }
    };
    Ok(Stimulus { source, synapse, number: at.stimulus as u16 })
}

/// Returns the cumulative probabilities of a Poisson distribution, in units of 2⁻⁶⁴.
fn poisson(mean: f64) -> Vec<u64> {
    const WHOLE: f64 = 18_446_744_073_709_551_616.0;
    let (mut probability, mut sum, mut thresholds) = (exp(-mean), 0.0, Vec::new());
    for k in 1_u32.. {
        sum += probability;
        let threshold = (sum * WHOLE) as u64; // saturates
        let rare = f64::from(k) > mean && probability * WHOLE < 0.5;
        if threshold == u64::MAX || rare || thresholds.len() as u32 >= INPUT_SPIKES {
            break;
        }
        thresholds.push(threshold);
        probability *= mean / f64::from(k);
    }
    thresholds
}

/// Neurons whose spikes are drawn together.
const DRAWN: usize = 512;

impl<S: Synaptic> Source<S> {
    /// Returns the greatest magnitude of what the stimulus brings in a step, nA or mV.
    pub(super) fn most(&self) -> f64 {
        let greatest = |shared: f64, own: &mut dyn Iterator<Item = f64>| own.map(f64::abs).fold(shared.abs(), f64::max);
        let scalar = |of: &Column<S>| greatest(of.shared.to_f64(), &mut of.own.iter().map(|of| of.to_f64()));
        let number = |of: &Column<f64>| greatest(of.shared, &mut of.own.iter().copied());
        match self {
            Self::Constant { value } => scalar(value),
            Self::Step { before, after, .. } => scalar(before).max(scalar(after)),
            Self::Noise { mean, deviation } => number(mean) + GREATEST_GAUSSIAN * number(deviation),
            Self::Poisson { ends, weight, .. } => {
                let starts = std::iter::once(&0).chain(ends);
                let count = ends.iter().zip(starts).map(|(end, start)| end - start).max().unwrap_or(0);
                let weights = &mut weight.own.iter().map(S::weight_scale_to_f64);
                f64::from(count) * greatest(S::weight_scale_to_f64(&weight.shared), weights)
            }
        }
    }

    /// Adds what the stimulus brings in a step to neurons from number `first` on.
    pub(super) fn add(&self, draw: Draw, first: usize, to: &mut [S::Wide]) {
        match self {
            Self::Constant { value } => add_all::<S>(value, first, to),
            Self::Step { before, after, onset } => {
                add_all::<S>(if draw.step < *onset { before } else { after }, first, to);
            }
            Self::Noise { mean, deviation } => {
                for (i, to) in (first..).zip(to) {
                    let value = mean.at(i) + deviation.at(i) * gaussian(|again| draw.numbers(i as u32, again));
                    *to = *to + S::nearest(value).widened();
                }
            }
            Self::Poisson { thresholds, ends, weight } => {
                let [_] = ends[..] else {
                    for (i, to) in (first..).zip(to) {
                        let start = i.checked_sub(1).map_or(0, |before| ends[before] as usize);
                        let count = draw.count(i as u32, &thresholds[start..ends[i] as usize]);
                        if count > 0 {
                            *to = *to + S::weighed(count as i32, &weight.at(i));
                        }
                    }
                    return;
                };
                for (chunk, to) in to.chunks_mut(DRAWN).enumerate() {
                    let first = first + chunk * DRAWN;
                    let weight = Values { shared: weight.shared, own: weight.own.get(first..).unwrap_or_default() };
                    let mut counts = [0; DRAWN];
                    let counts = &mut counts[..to.len()];
                    draw_counts(draw, first as u32, thresholds, counts);
                    add_spikes::<S>(counts, weight, to);
                }
            }
        }
    }
}

/// Adds a value to each of the neurons from number `first` on.
fn add_all<S: Synaptic>(value: &Column<S>, first: usize, to: &mut [S::Wide]) {
    match &value.own[..] {
        [] => to.iter_mut().for_each(|to| *to = *to + value.shared.widened()),
        own => to.iter_mut().zip(&own[first..]).for_each(|(to, value)| *to = *to + value.widened()),
    }
}

vectorised! {
/// Draws the numbers of spikes of neurons from number `first` on.
// Apart from what adds them, which has a copy for each number format.
fn draw_counts(draw: Draw, first: u32, thresholds: &[u64], counts: &mut [u32]) {
    draw.counts(first, thresholds, counts);
}
}

vectorised! {
/// Adds the weights of spikes to neurons.
fn add_spikes<S: Synaptic>(counts: &[u32], weight: Values<'_, S::Scale>, to: &mut [S::Wide]) {
    // Nothing is added to a neuron without spikes: a sum of -0 stays one.
    match weight.own {
        [] => {
            for (count, to) in counts.iter().zip(to) {
                let sum = *to + S::weighed(*count as i32, &weight.shared);
                *to = if *count > 0 { sum } else { *to };
            }
        }
        own => {
            for ((count, to), weight) in counts.iter().zip(to).zip(own) {
                let sum = *to + S::weighed(*count as i32, weight);
                *to = if *count > 0 { sum } else { *to };
            }
        }
    }
}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_add_up() {
        for mean in [0.0, 1e-9, 0.1, 2.0, 30.0, 499.0] {
            let thresholds = poisson(mean);
            assert!(thresholds.is_sorted() && thresholds.len() < 1000, "{mean}: {}", thresholds.len());
            // The mean is the sum of the probabilities to exceed each number.
            let exceeds = |threshold: &u64| 1.0 - *threshold as f64 / 18_446_744_073_709_551_616.0;
            let sum: f64 = thresholds.iter().map(exceeds).sum();
            assert!((sum - mean).abs() < 1e-9 * mean.max(1.0), "{sum}, not {mean}");
        }
        assert!(poisson(0.0).is_empty());
    }
}
