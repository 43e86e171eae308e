//! Random networks: dense and sparse weights and kernels of every type, delays, circles, all synapses and stimuli.

use glif::OwnValues;
use glif::description::Discretization;
use glif::description::{ModelKind, NumberFormat, Parameter, RoundingMode};
use glif::network::{
    Convolution, Coupling, Delay, Drive, DriveKind, Exponential, Network, NetworkDescription, NeuronValues,
    PopulationKind, Quantization, Scale, Topology, WeightValues, Weights,
};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{DRAWS, log_uniform, one};

/// Greatest sizes of a network that is drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    /// Neurons of a population.
    pub(crate) neurons: usize,
    /// Components of a neuron.
    pub(crate) components: usize,
    pub(crate) populations: usize,
    pub(crate) projections: usize,
}

/// Draws a network that is valid and fits the format.
///
/// # Errors
/// Returns an error if none was found, which means that the ranges here do not suit the format.
pub(crate) fn network(rng: &mut ChaCha8Rng, scalar: NumberFormat, room: Room) -> Result<Network, String> {
    let mut last = String::new();
    for _ in 0..DRAWS {
        match description(rng, scalar, room)?.build() {
            Ok(network) => return Ok(network),
            Err(errors) => last = errors.to_string(),
        }
    }
    Err(format!("{DRAWS} random networks in {scalar} in a row were refused, such as for: {last}"))
}

fn description(rng: &mut ChaCha8Rng, scalar: NumberFormat, room: Room) -> Result<NetworkDescription, String> {
    let Room { neurons, components, populations, projections } = room;
    let mut network = NetworkDescription::new(one(rng, &[0.1, 0.5, 1.0]));
    (network.scalar, network.seed) = (scalar, rng.random_range(0..=i64::MAX as u64));
    if scalar.is_fixed_point() {
        network.rounding = one(rng, RoundingMode::ALL);
    }
    let count = rng.random_range(1..populations.max(2));
    let inputs = usize::from(populations > 1 && rng.random_bool(0.8));
    let first = rng.random_range(0..=count);
    for number in 0..count + inputs {
        let neurons = rng.random_range(1..=neurons);
        let (name, shape) = (format!("p{number}"), shape(rng, neurons));
        if inputs == 1 && number == first {
            network.add_input(name, &shape).map_err(|error| error.to_string())?;
            continue;
        }
        let model = one(rng, ModelKind::ALL);
        let components = rng.random_range(0..=components).max(super::least(model)).min(components);
        let mut of = super::population(rng, model, scalar, neurons, components)?;
        of.shape = shape;
        // The time constants that are drawn suit the step time.
        let factor = network.step_time / of.step_time();
        for parameter in [Parameter::TimeConstant, Parameter::TcMembrane, Parameter::TcAdaptation, Parameter::RefracT] {
            let values: Vec<f64> = of.spec.params.get(parameter).iter().map(|value| value * factor).collect();
            _ = of.spec.params.set(parameter, &values); // a model may not have it
        }
        if rng.random_bool(0.4) {
            super::vary(rng, &mut of, 1 << 12);
        }
        network.add(&name, of).map_err(|error| error.to_string())?;
        for number in 0..rng.random_range(0..3) {
            let synapse = exponential(rng, network.step_time, neurons);
            network.add_synapse(&name, format!("s{number}"), synapse).map_err(|error| error.to_string())?;
        }
        for _ in 0..rng.random_range(0..3) {
            let drive = drive(rng, &network, &name, neurons);
            network.add_drive(&name, drive).map_err(|error| error.to_string())?;
        }
    }
    for _ in 0..rng.random_range(1..=projections.max(1)) {
        connect(rng, &mut network);
    }
    Ok(network)
}

/// Draws a shape of so many neurons, with one axis or with channels.
fn shape(rng: &mut ChaCha8Rng, neurons: usize) -> Vec<usize> {
    let mut divisor = |of: usize| {
        let all: Vec<usize> = (1..=of).filter(|number| of.is_multiple_of(*number)).collect();
        one(rng, &all)
    };
    let channels = divisor(neurons);
    let rows = divisor(neurons / channels);
    let columns = neurons / channels / rows;
    match rng.random_range(0..4) {
        0 => vec![neurons],
        1 => vec![channels, rows * columns],
        _ => vec![channels, rows, columns],
    }
}

fn exponential(rng: &mut ChaCha8Rng, step_time: f64, neurons: usize) -> Exponential {
    let mut tau = || step_time * log_uniform(rng, 1.5, 30.0);
    let shared = NeuronValues::Shared(tau());
    let each = NeuronValues::Own(OwnValues::Each((0..neurons).map(|_| tau()).collect()));
    let coupling = if rng.random_bool(0.5) { Coupling::Held } else { Coupling::Exact };
    // The exact coupling needs exact decays.
    let euler = coupling == Coupling::Held && rng.random_bool(0.3);
    Exponential {
        tau: if neurons > 1 && rng.random_bool(0.3) { each } else { shared },
        coupling,
        normalized: rng.random_bool(0.2),
        discretization: if euler { Discretization::Euler } else { Discretization::Exact },
    }
}

/// Draws the synapse of a population at which something arrives.
fn synapse(rng: &mut ChaCha8Rng, network: &NetworkDescription, name: &str) -> String {
    let mut names = vec!["current".to_owned(), "delta".to_owned()];
    if let Some(PopulationKind::Neurons { synapses, .. }) = network.population(name) {
        names.extend(synapses.iter().map(|(name, _)| name.clone()));
    }
    names.swap_remove(rng.random_range(0..names.len()))
}

/// Draws what a spike brings to a synapse: enough for a membrane to reach its threshold after a few.
fn weight(rng: &mut ChaCha8Rng, network: &NetworkDescription, name: &str, synapse: &str) -> f64 {
    let resistance = match network.population(name) {
        Some(PopulationKind::Neurons { description, .. }) => description.number(Parameter::Resistance),
        _ => 1.0,
    };
    let sign = if rng.random_bool(0.25) { -1.0 } else { 1.0 };
    sign * if synapse == "delta" { rng.random_range(0.3..6.0) } else { rng.random_range(2.0..30.0) / resistance }
}

fn drive(rng: &mut ChaCha8Rng, network: &NetworkDescription, name: &str, neurons: usize) -> Drive {
    let synapse = rng.random_bool(0.6).then(|| synapse(rng, network, name));
    let own = neurons > 1 && rng.random_bool(0.3);
    let values = |rng: &mut ChaCha8Rng| {
        let mut value = || weight(rng, network, name, synapse.as_deref().unwrap_or("current"));
        match own {
            true => NeuronValues::Own(OwnValues::Each((0..neurons).map(|_| value()).collect())),
            false => NeuronValues::Shared(value()),
        }
    };
    let kind = match rng.random_range(0..4) {
        0 => DriveKind::Constant { value: values(rng) },
        1 => {
            let onset = network.step_time * rng.random_range(0.0..80.0);
            DriveKind::Step { before: values(rng), after: values(rng), onset }
        }
        _ => {
            let rate = NeuronValues::Shared(log_uniform(rng, 0.02, 3.0) / (network.step_time / 1000.0));
            DriveKind::Poisson { rate, weight: values(rng) }
        }
    };
    Drive { kind, synapse }
}

/// Adds a projection between any two populations.
fn connect(rng: &mut ChaCha8Rng, network: &mut NetworkDescription) {
    let names: Vec<(String, usize, bool)> = network
        .populations
        .iter()
        .map(|(name, kind)| {
            (name.clone(), kind.shape().iter().product(), matches!(kind, PopulationKind::Neurons { .. }))
        })
        .collect();
    let (from, sources, _) = names[rng.random_range(0..names.len())].clone();
    let targets: Vec<_> = names.into_iter().filter(|(.., is_neurons)| *is_neurons).collect();
    let (to, targets, _) = targets[rng.random_range(0..targets.len())].clone();
    let synapse = synapse(rng, network, &to);
    let mean = weight(rng, network, &to, &synapse).abs();
    let step_time = network.step_time;
    let shape = |name: &str| network.population(name).map_or(&[][..], PopulationKind::shape);
    let kernel = if rng.random_bool(0.5) { convolution(rng, mean, (shape(&from), shape(&to))) } else { None };
    let (weights, count) = match kernel {
        Some(kernel) => (kernel, None),
        None => weights(rng, mean, (sources, targets)),
    };
    let scale = match &weights {
        Weights::Dense(values) | Weights::Sparse { data: values, .. } => scale(rng, values, mean, targets),
        Weights::Convolution { values, shape, .. } => scale(rng, values, mean, shape[0]),
        _ => None,
    };
    let is_float = match &weights {
        Weights::Dense(values) | Weights::Sparse { data: values, .. } | Weights::Convolution { values, .. } => {
            values.are_floats()
        }
        _ => false,
    };
    let quantize = (is_float && rng.random_bool(0.6))
        .then(|| Quantization { bits: one(rng, &[8, 16]), per_target: rng.random_bool(0.5) });
    // Mostly a step or more, as circles without delay are refused.
    let mut delay = || step_time * f64::from(rng.random_range(0_u8..7).saturating_sub(u8::from(rng.random_bool(0.3))));
    let delay = match count {
        Some(count) if rng_bool(&mut delay) => Delay::Each((0..count).map(|_| delay().max(step_time)).collect()),
        _ => Delay::Shared(delay()),
    };
    let projection = network.connect(from, to);
    (projection.weights, projection.scale, projection.quantize) = (weights, scale, quantize);
    (projection.synapse, projection.delay) = (synapse, Some(delay));
}

/// Draws whether each connection has its own delay.
fn rng_bool(delay: &mut impl FnMut() -> f64) -> bool {
    delay() == 0.0 || delay() > delay()
}

/// Draws weights; also returns the number of values of an array.
fn weights(rng: &mut ChaCha8Rng, mean: f64, (sources, targets): (usize, usize)) -> (Weights, Option<usize>) {
    if rng.random_bool(0.25) {
        let value = mean * if rng.random_bool(0.3) { -1.0 } else { 1.0 };
        let topology = match rng.random_range(0..4) {
            0 => Topology::AllToAll,
            1 if sources == targets => Topology::OneToOne,
            2 => Topology::InDegree { degree: rng.random_range(1..=sources), seed: rng.random_range(0..1000) },
            _ => Topology::Probability { probability: rng.random_range(0.1..0.9), seed: rng.random_range(0..1000) },
        };
        return (Weights::Rule { value, topology }, None);
    }
    let density = one(rng, &[0.15, 0.4, 1.0]);
    let kind = rng.random_range(0..4);
    if rng.random_bool(0.4) {
        let values = values(rng, kind, mean, density, sources * targets);
        return (Weights::Dense(values), Some(sources * targets));
    }
    let (mut indptr, mut indices) = (vec![0], Vec::new());
    for _ in 0..targets {
        indices.extend((0..sources as u32).filter(|_| rng.random_bool(density * 0.6)));
        indptr.push(indices.len() as u32);
    }
    let (count, data) = (indices.len(), values(rng, kind, mean, 1.0, indices.len()));
    (Weights::Sparse { indptr, indices, data }, Some(count))
}

/// Draws a kernel between populations of two shapes; `None` if they have no channels.
fn convolution(rng: &mut ChaCha8Rng, mean: f64, (from, to): (&[usize], &[usize])) -> Option<Weights> {
    let axes = |shape: &[usize]| match *shape {
        [channels, columns] => Some([channels, 1, columns]),
        [channels, rows, columns] => Some([channels, rows, columns]),
        _ => None,
    };
    let (source, target) = (axes(from)?, axes(to)?);
    let both = |groups: &usize| source[0].is_multiple_of(*groups) && target[0].is_multiple_of(*groups);
    let groups: Vec<usize> = (1..=source[0].min(target[0])).filter(both).collect();
    let groups = one(rng, &groups);
    let mut over = Convolution { groups, ..Convolution::default() };
    let mut kernel = [1; 2];
    for axis in 0..2 {
        let (length, places) = (source[1 + axis], target[1 + axis]);
        if from.len() == 2 && axis == 0 {
            if places > 1 {
                return None;
            }
            continue;
        }
        // The padding that gives so many places, with this stride, dilation and kernel.
        let mut tries = (0..20).filter_map(|_| {
            let [stride, dilation] = [rng.random_range(1..3), rng.random_range(1..3)];
            let elements = rng.random_range(1..5);
            let (reach, needed) = ((elements - 1) * dilation + 1, (places - 1) * stride);
            let padded = (needed + reach).saturating_sub(length);
            (needed + reach + stride > length).then_some((stride, dilation, elements, padded / 2))
        });
        (over.stride[axis], over.dilation[axis], kernel[axis], over.padding[axis]) = tries.next()?;
    }
    let shape = [target[0], source[0] / groups, kernel[0], kernel[1]];
    let kind = rng.random_range(0..4);
    Some(Weights::Convolution {
        values: values(rng, kind, mean, 0.9, shape.iter().product()),
        shape,
        convolution: over,
    })
}

fn values(rng: &mut ChaCha8Rng, kind: u32, mean: f64, density: f64, count: usize) -> WeightValues {
    let mut number = |most: f64| match rng.random_bool(density) {
        true => most * if rng.random_bool(0.2) { rng.random_range(-1.0..1.0) } else { rng.random_range(0.0..1.0) },
        false => 0.0,
    };
    match kind {
        0 => WeightValues::I8((0..count).map(|_| number(127.0) as i8).collect()),
        1 => WeightValues::I16((0..count).map(|_| number(30_000.0) as i16).collect()),
        2 => WeightValues::I32((0..count).map(|_| number(9e6) as i32).collect()),
        _ => WeightValues::F64((0..count).map(|_| number(mean)).collect()),
    }
}

/// Draws the value of a unit of integers; `None` for floats.
fn scale(rng: &mut ChaCha8Rng, values: &WeightValues, mean: f64, targets: usize) -> Option<Scale> {
    let unit = match values {
        WeightValues::I8(_) => mean / 127.0,
        WeightValues::I16(_) => mean / 30_000.0,
        WeightValues::I32(_) => mean / 9e6,
        WeightValues::F32(_) | WeightValues::F64(_) => return None,
    };
    Some(match targets > 1 && rng.random_bool(0.4) {
        true => Scale::Each((0..targets).map(|_| unit * rng.random_range(0.5..2.0)).collect()),
        false => Scale::Shared(unit),
    })
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    /// The draws have every kind of weights, synapses and stimuli, and spikes.
    #[test]
    fn networks_of_every_kind_are_drawn() {
        let room = Room { neurons: 12, components: 4, populations: 4, projections: 5 };
        for scalar in [NumberFormat::F32, NumberFormat::I16F16, NumberFormat::I8F8] {
            let mut rng = ChaCha8Rng::seed_from_u64(5);
            let (mut spikes, mut told) = (0, String::new());
            for _ in 0..80 {
                let mut network = network(&mut rng, scalar, room).unwrap();
                told += &format!("{:?} {:?}", network.parts(), network.description());
                network.run(100).unwrap();
                let names: Vec<String> =
                    network.description().populations.iter().map(|(name, _)| name.clone()).collect();
                spikes += names.iter().map(|name| network.fired(name).unwrap().iter().count()).sum::<usize>();
            }
            assert!(spikes > 10, "{scalar}: {spikes}");
            for kind in [
                "I8(",
                "I16(",
                "I32(",
                "One",
                "Exact",
                "Held",
                "Delta",
                "Poisson",
                "Step {",
                "delay: None",
                "convolution: Some",
            ] {
                assert!(told.contains(kind), "{scalar}: no {kind}");
            }
        }
    }
}
