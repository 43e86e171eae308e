//! From a map to a projection, with its delays and its weights.

use glif_core::error::Number;
use glif_core::network::MOST_DELAY;

use super::error::quoted;
use super::kernel::{Kernel, Path};
use super::map::Map;
use super::options::{Options, ScaleChoice, WeightChoice};
use crate::memory;
use crate::network::{Projection, Quantization, WeightValues, Weights};

/// Share of the pairs from which on an array with a weight for each takes less memory than a list.
const DENSE: f64 = 0.3;

/// Returns the projection of a map; `None` if it has no connection.
pub(super) fn projection(
    options: &Options,
    (from, to, synapse): (&str, &str, &str),
    map: &Map,
    sources: usize,
    kernel: Option<Kernel>,
) -> Result<Option<Projection>, String> {
    let Some(first) = map.connections.first() else { return Ok(None) };
    if let Some(of) = map.connections.iter().find(|of| of.delay > MOST_DELAY as u32) {
        return Err(format!(
            "a delay of {} steps reaches it: at most {MOST_DELAY} are supported\nhelp: use a longer step",
            of.delay
        ));
    }
    if map.connections.iter().any(|of| !of.weight.is_finite()) {
        return Err("a weight that reaches it overflows".to_owned());
    }
    let too_large = || "its weights do not fit in memory".to_owned();
    let one_delay = map.connections.iter().all(|of| of.delay == first.delay);
    let pairs = map.targets().checked_mul(sources).ok_or_else(too_large)?;
    let ms = |steps: u32| f64::from(steps) * options.step_time;
    let mut projection = Projection::new(from, to, Weights::all_to_all(0.0));
    projection.synapse(synapse);
    projection.quantize = quantization(options, map, kernel.as_ref());
    if let Some(Kernel { shape, weights, over }) = kernel {
        projection.convolution(floats(weights), shape, over).delay(ms(first.delay));
    } else if is_dense(map, sources) {
        let mut dense = memory::filled(0.0, pairs).ok_or_else(too_large)?;
        for target in 0..map.targets() {
            map.row(target).iter().for_each(|of| dense[target * sources + of.source as usize] = of.weight);
        }
        projection.dense(floats(dense)).delay(ms(first.delay));
    } else {
        let index = |at: &usize| u32::try_from(*at).map_err(|_| too_large());
        let indptr = map.starts.iter().map(index).collect::<Result<Vec<u32>, String>>()?;
        let indices = map.connections.iter().map(|of| of.source).collect();
        projection.sparse(indptr, indices, floats(map.connections.iter().map(|of| of.weight).collect()));
        match one_delay {
            true => projection.delay(ms(first.delay)),
            false => projection.delays(map.connections.iter().map(|of| ms(of.delay)).collect()),
        };
    }
    Ok(Some(projection))
}

/// Returns how the weights become integers, if they do. Where it halves the error, each target has its own scale.
fn quantization(options: &Options, map: &Map, kernel: Option<&Kernel>) -> Option<Quantization> {
    let bits = bits(options)?;
    let halves_error = || match kernel {
        Some(Kernel { shape, weights, .. }) => {
            let channels: Vec<&[f64]> = weights.chunks((weights.len() / shape[0]).max(1)).collect();
            halves_error(bits, channels.len(), |channel| channels[channel].iter().copied())
        }
        None => halves_error(bits, map.targets(), |target| map.row(target).iter().map(|of| of.weight)),
    };
    let per_target = options.scales.map_or_else(halves_error, |choice| choice == ScaleChoice::Target);
    Some(Quantization { bits, per_target })
}

/// Returns whether a scale for each group of weights has at most half of the root mean square error of one scale for all.
fn halves_error<I: Iterator<Item = f64>>(bits: u8, groups: usize, of: impl Fn(usize) -> I) -> bool {
    let most = f64::from((1_u32 << (bits - 1)) - 1);
    let greatest = |group| of(group).fold(0.0_f64, |greatest, weight| greatest.max(weight.abs()));
    let error = |group, unit: f64| -> f64 {
        of(group).map(|weight| weight - (weight / unit).round_ties_even() * unit).map(|error| error * error).sum()
    };
    let all = (0..groups).map(greatest).fold(0.0, f64::max) / most;
    let (mut own, mut shared) = (0.0, 0.0);
    for group in (0..groups).filter(|group| greatest(*group) > 0.0) {
        own += error(group, greatest(group) / most);
        shared += error(group, all);
    }
    4.0 * own < shared
}

/// Returns the bits of weights that become integers.
fn bits(options: &Options) -> Option<u8> {
    match options.weights {
        Some(WeightChoice::I8) => Some(8),
        Some(WeightChoice::I16) => Some(16),
        Some(WeightChoice::Float) => None,
        None => options.scalar.is_fixed_point().then_some(16),
    }
}

/// Returns whether an array with a weight for each pair takes less memory than rows.
pub(super) fn is_dense(map: &Map, sources: usize) -> bool {
    let one_delay = map.connections.windows(2).all(|pair| pair[0].delay == pair[1].delay);
    one_delay && map.connections.len() as f64 >= DENSE * map.targets() as f64 * sources as f64
}

/// Returns a kernel with the gains of the targets, if its connections are those of the map.
pub(super) fn kernel(of: Kernel, map: &Map, gain: &[f64], shapes: (&[usize], &[usize])) -> Option<Kernel> {
    let plane = (map.targets() / of.shape[0]).max(1);
    let one_delay = map.connections.windows(2).all(|pair| pair[0].delay == pair[1].delay);
    let Path::Kernel(of) = of.times(|channel| gain.get(channel * plane).copied().unwrap_or(f64::NAN)) else {
        return None;
    };
    (one_delay && of.is(map, shapes)).then_some(of)
}

/// Returns the bytes of the weights of a map, and of the indices, as rows, and as a kernel if there is one.
pub(super) fn bytes(options: &Options, map: &Map, sources: usize, kernel: Option<&Kernel>) -> [Option<usize>; 2] {
    let weight = bits(options).map_or(options.scalar.size(), |bits| usize::from(bits) / 8);
    let index = if map.targets() <= 1 << 16 { size_of::<u16>() } else { size_of::<u32>() };
    let rows = match is_dense(map, sources) {
        true => map.targets().checked_mul(sources).and_then(|pairs| pairs.checked_mul(weight)),
        false => Some(map.connections.len() * (weight + index) + (sources + 1) * size_of::<u32>()),
    };
    let numbers = size_of::<glif_core::network::Convolution>();
    [rows, kernel.map(|kernel| kernel.weights.len() * weight + numbers)]
}

/// Returns weights as f32 if that loses nothing.
fn floats(values: Vec<f64>) -> WeightValues {
    if values.iter().all(|value| f64::from(*value as f32) == *value) {
        values.into_iter().map(|value| value as f32).collect::<Vec<f32>>().into()
    } else {
        values.into()
    }
}

/// Makes steps of delays.
pub(super) struct Delays {
    /// Length of a step, ms.
    pub(super) step_time: f64,
    /// Which delays were rounded, each in a sentence.
    pub(super) rounded: Vec<String>,
}

impl Delays {
    /// Returns the steps of a time in s.
    pub(super) fn steps(&mut self, name: &str, time: f64) -> Result<u32, String> {
        let exact = time * 1000.0 / self.step_time;
        let steps = exact.round();
        if steps > f64::from(u16::MAX) {
            return Err(format!(
                "`delay`: {} s are {} steps: at most {MOST_DELAY} are supported",
                Number(time),
                Number(steps)
            ));
        }
        if (exact - steps).abs() > 1e-6 * exact.max(1.0) && self.rounded.len() < 20 {
            let told =
                format!("node {}: `delay`: {} s are {exact:.3} steps, and become {steps}", quoted(name), Number(time));
            if !self.rounded.contains(&told) {
                self.rounded.push(told);
            }
        }
        Ok(steps as u32)
    }
}
