//! Networks: random ones against a plain step, bit for bit, and everything that a network refuses.

mod convolutions;
mod plain;
mod refused;

use glif::description::{Discretization, ThresholdTest};
use glif::network::{
    Coupling, Delay, Drive, DriveKind, Exponential, Network, NetworkDescription, NeuronValues, PopulationKind,
    Quantization, Scale, Topology, WeightValues, Weights,
};
use glif::{
    AlifParams, Currents, Description, Glif2Params, IfParams, LiParams, LifParams, NumberFormat, OwnValues, Parameter,
    Recordable as _, RefractoryRule, RoundingMode, Samples, Spec, Variable,
};
use glif_core::fixed::types::{I8F8, I9F7, I12F20, I16F16};
use plain::{Number, Plain};
use proptest::prelude::*;

/// Random numbers of a generated network.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ x >> 31
    }

    /// Returns a number below `end`.
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn is(&mut self, probability: f64) -> bool {
        self.within(0.0, 1.0) < probability
    }

    fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / 2_f64.powi(53)
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    /// Returns a value that all neurons share, or one for each.
    fn values(&mut self, neurons: usize, low: f64, high: f64) -> NeuronValues {
        if self.is(0.6) {
            return NeuronValues::Shared(self.within(low, high));
        }
        NeuronValues::Own(OwnValues::Each((0..neurons).map(|_| self.within(low, high)).collect()))
    }
}

/// A network and what it gets from outside.
struct Case {
    description: NetworkDescription,
    steps: usize,
    threads: usize,
    dice: Dice,
}

const FORMATS: [NumberFormat; 6] = [
    NumberFormat::F32,
    NumberFormat::F64,
    NumberFormat::I16F16,
    NumberFormat::I12F20,
    NumberFormat::I8F8,
    NumberFormat::I9F7,
];

impl Case {
    /// Generates a network. `large` ones employ several threads.
    fn new(seed: u64, scalar: NumberFormat, large: bool) -> Self {
        let mut dice = Dice(seed);
        let step_time = dice.of(&[0.1, 0.25, 0.5, 1.0]);
        let mut description = NetworkDescription { scalar, seed: dice.next(), ..NetworkDescription::new(step_time) };
        if scalar.is_fixed_point() {
            description.rounding = dice.of(&[RoundingMode::Nearest, RoundingMode::Truncate, RoundingMode::Stochastic]);
        }
        let count = if large { 2 } else { 1 + dice.below(4) };
        let mut sizes = Vec::new();
        for member in 0..count {
            let neurons = if large { 300 + dice.below(200) } else { 1 + dice.below(40) };
            sizes.push(neurons);
            let name = format!("p{member}");
            let is_last = member == count - 1;
            if !is_last && dice.is(if large { 1.0 } else { 0.3 }) {
                description.add_input(&name, &[neurons]).unwrap();
            } else {
                let of = population(&mut dice, step_time, neurons);
                description.add(&name, of).unwrap();
                synapses(&mut dice, &mut description, &name, neurons);
                drives(&mut dice, &mut description, &name, neurons, step_time);
            }
        }
        // A projection without delay leads to a later place only.
        let mut places: Vec<usize> = (0..count).collect();
        for i in (1..count).rev() {
            places.swap(i, dice.below(i + 1));
        }
        let projections = if large { 2 } else { dice.below(7) };
        for number in 0..projections {
            let from = if large && number == 0 { 0 } else { dice.below(count) };
            let targets: Vec<usize> = (0..count)
                .filter(|member| matches!(description.populations[*member].1, PopulationKind::Neurons { .. }))
                .collect();
            let to = dice.of(&targets);
            let least = usize::from(places[from] >= places[to]);
            projection(&mut dice, &mut description, (from, to), (sizes[from], sizes[to]), least, large);
        }
        let steps = if large { 8 } else { 20 + dice.below(280) };
        Self { description, steps, threads: 1 + dice.below(4), dice }
    }
}

fn population(dice: &mut Dice, step_time: f64, neurons: usize) -> Description {
    let rest_v = dice.within(-66.0, -60.0);
    let reset_v = dice.within(-68.0, -58.0);
    let refrac_t = dice.of(&[0.0, step_time, 2.0, 2.7]);
    let time_constant = dice.within(5.0, 20.0);
    let resistance = dice.of(&[1.0, 2.5, 4.0, -1.5]);
    let thresh = dice.within(-55.0, -50.0);
    // Enough to leave the stall bands of 16 bits.
    let increment = [dice.within(1.5, 2.5), dice.within(0.6, 0.9) * dice.of(&[1.0, -1.0])];
    let (slow, fast) = (dice.within(10.0, 30.0), dice.within(4.0, 10.0));
    let spec = match dice.below(5) {
        0 => Spec::new(LifParams { step_time, rest_v, reset_v, thresh_v: thresh, refrac_t, time_constant, resistance }),
        1 => Spec::new(AlifParams {
            step_time,
            rest_v,
            reset_v,
            thresh_eq_v: thresh,
            refrac_t,
            tc_membrane: time_constant,
            tc_adaptation: [slow, fast],
            spike_increment: increment,
            resistance,
        }),
        2 => Spec::new(LiParams { step_time, rest_v, time_constant, resistance }),
        3 => Spec::new(IfParams { step_time, reset_v, thresh_v: thresh, refrac_t, resistance: resistance / 4.0 }),
        _ => Spec::new(Glif2Params {
            step_time,
            rest_v,
            reset_v_add: dice.within(2.0, 8.0),
            reset_v_mul: dice.within(-0.2, 0.4),
            thresh_eq_v: thresh,
            refrac_t,
            tc_membrane: time_constant,
            rc_adaptation: [1.0 / slow, 1.0 / fast],
            spike_increment: increment,
            resistance,
        }),
    };
    let mut description = Description::new(spec, &[neurons]);
    description.spec.refractory = dice.of(&[RefractoryRule::Inferno, RefractoryRule::Exact, RefractoryRule::Nest]);
    description.spec.options.refrac_lock = dice.is(0.6);
    description.spec.options.adapt = dice.is(0.8);
    let mut params = description.spec.params.clone();
    if params.model().leaks() && dice.is(0.3) {
        params = params.discretized(Discretization::Euler);
    }
    if params.model().fires() && dice.is(0.4) {
        params = params.tested(ThresholdTest::Above);
    }
    if !params.model().fires() {
        description.spec.refractory = RefractoryRule::Inferno;
    }
    description.spec.params = params;
    let model = description.model();
    let mut own = |parameter, low: f64, high: f64| {
        if model.parameters().contains(&parameter) && dice.is(0.25) {
            let values = (0..neurons).map(|_| dice.within(low, high)).collect();
            description.own.set(parameter, OwnValues::Each(values));
        }
    };
    own(Parameter::RestV, -66.0, -60.0);
    own(Parameter::RefracT, 0.0, 3.0);
    own(model.time_constant().unwrap_or(Parameter::TimeConstant), 5.0, 20.0);
    own(Parameter::Resistance, 0.5, 4.0);
    description
}

fn synapses(dice: &mut Dice, description: &mut NetworkDescription, name: &str, neurons: usize) {
    let (mut exact, step_time) = (0, description.step_time);
    let Some(PopulationKind::Neurons { description: of, .. }) = description.population(name) else { panic!("{name}") };
    let euler = of.spec.params.discretization() == Discretization::Euler;
    for number in 0..dice.below(4) {
        let is_exact = exact < 3 && !euler && dice.is(0.5);
        exact += usize::from(is_exact);
        let coupling = if is_exact { Coupling::Exact } else { Coupling::Held };
        let euler = !is_exact && dice.is(0.5);
        let discretization = if euler { Discretization::Euler } else { Discretization::Exact };
        let tau = dice.values(neurons, if euler { step_time } else { 0.5 }, 15.0);
        let synapse = Exponential { tau, coupling, normalized: dice.is(0.3), discretization };
        description.add_synapse(name, format!("s{number}"), synapse).unwrap();
    }
}

/// Returns the name of a synapse, and a weight that moves a membrane some millivolts.
fn synapse_of(dice: &mut Dice, description: &NetworkDescription, name: &str) -> (String, f64) {
    let Some(PopulationKind::Neurons { synapses, .. }) = description.population(name) else { panic!("{name}") };
    let count = 2 + synapses.len();
    match dice.below(count) {
        0 => ("current".to_owned(), 20.0),
        1 => ("delta".to_owned(), 6.0),
        number => (synapses[number - 2].0.clone(), 10.0),
    }
}

fn drives(dice: &mut Dice, description: &mut NetworkDescription, name: &str, neurons: usize, step_time: f64) {
    for _ in 0..dice.below(4) {
        let (synapse, size) =
            if dice.is(0.5) { (None, 8.0) } else { Some(synapse_of(dice, description, name)).unzip_or(8.0) };
        let size = size / 4.0;
        let kind = match dice.below(4) {
            0 => DriveKind::Constant { value: dice.values(neurons, -size, 2.0 * size) },
            1 => {
                let (before, after) = (dice.values(neurons, -size, size), dice.values(neurons, -size, 2.0 * size));
                // At the start of a step, or between two.
                let onset = (dice.below(40) as f64 + dice.of(&[0.0, 0.5])) * step_time;
                DriveKind::Step { before, after, onset }
            }
            2 => {
                let mean = dice.values(neurons, -size, size);
                DriveKind::Noise { mean, deviation: dice.values(neurons, 0.0, size) }
            }
            _ => {
                let rate = dice.values(neurons, 0.0, 2000.0 / step_time);
                DriveKind::Poisson { rate, weight: dice.values(neurons, -size, 2.0 * size) }
            }
        };
        description.add_drive(name, Drive { kind, synapse }).unwrap();
    }
}

trait Unzip {
    fn unzip_or(self, size: f64) -> (Option<String>, f64);
}

impl Unzip for Option<(String, f64)> {
    fn unzip_or(self, size: f64) -> (Option<String>, f64) {
        self.map_or((None, size), |(name, size)| (Some(name), size))
    }
}

fn projection(
    dice: &mut Dice,
    description: &mut NetworkDescription,
    (from, to): (usize, usize),
    (sources, targets): (usize, usize),
    least: usize,
    large: bool,
) {
    let step_time = description.step_time;
    let (synapse, size) = synapse_of(dice, description, &format!("p{to}"));
    let size = if large { size / 40.0 } else { size };
    // Any point that rounds to so many steps.
    let ms = |dice: &mut Dice, steps: usize| {
        let off = dice.of(&[0.0, 0.0, -0.4, 0.4]);
        ((steps as f64 + off) * step_time).max(0.0)
    };
    let steps = |dice: &mut Dice| match dice.below(4) {
        0 => least,
        1 => least + dice.below(3),
        2 => least + dice.below(20),
        _ => least + dice.below(256 - least),
    };
    let form = if large { dice.below(2) } else { dice.below(3) };
    let weights = match form {
        // A quarter of the dense ones has few connections.
        0 => {
            let share = if large { 1.0 } else { dice.of(&[1.0, 1.0, 0.5, 0.1]) };
            let mut values = Vec::new();
            for _ in 0..sources * targets {
                values.push(if dice.is(share) { dice.within(-0.6, 1.0) } else { 0.0 });
            }
            Weights::Dense(typed(dice, values))
        }
        // Unsorted, with duplicates.
        1 => {
            let (mut indptr, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
            for _ in 0..targets {
                let degree = if large { sources } else { dice.below(2 * sources.min(10) + 1) };
                for _ in 0..degree {
                    indices.push(dice.below(sources) as u32);
                    values.push(dice.within(-0.6, 1.0));
                }
                indptr.push(indices.len() as u32);
            }
            Weights::Sparse { indptr, indices, data: typed(dice, values) }
        }
        _ => {
            let seed = dice.next();
            let topology = match dice.below(4) {
                0 => Topology::AllToAll,
                1 if sources == targets => Topology::OneToOne,
                2 => Topology::InDegree { degree: dice.below(sources + 1), seed },
                _ => Topology::Probability { probability: dice.within(0.0, 1.0), seed },
            };
            Weights::Rule { value: dice.within(-0.6, 1.0) * size, topology }
        }
    };
    let values = match &weights {
        Weights::Dense(values) | Weights::Sparse { data: values, .. } => Some((values.len(), values.are_floats())),
        _ => None,
    };
    let greatest = |values: &WeightValues| match values {
        WeightValues::I8(_) => 100.0,
        WeightValues::I16(_) => 30_000.0,
        WeightValues::I32(_) => 1_000_000.0,
        _ => 1.0,
    };
    let each = values.filter(|_| dice.is(0.4)).map(|(count, _)| {
        let choices: Vec<usize> = (0..1 + dice.below(5)).map(|_| steps(dice)).collect();
        (0..count).map(|_| dice.of(&choices)).collect::<Vec<_>>()
    });
    let delay = match each {
        Some(each) => Some(Delay::Each(each.into_iter().map(|steps| ms(dice, steps)).collect())),
        None if dice.is(0.2) && least <= 1 => None,
        None => {
            let steps = steps(dice);
            Some(Delay::Shared(ms(dice, steps)))
        }
    };
    let scale = match &weights {
        Weights::Dense(values) | Weights::Sparse { data: values, .. } if !values.are_floats() => {
            let unit = size / greatest(values);
            if dice.is(0.5) {
                Some(Scale::Shared(unit))
            } else {
                Some(Scale::Each((0..targets).map(|_| unit * dice.within(0.5, 1.5)).collect()))
            }
        }
        _ => None,
    };
    let quantize = (values.is_some_and(|(_, floats)| floats) && dice.is(0.4))
        .then(|| Quantization { bits: dice.of(&[8, 16]), per_target: dice.is(0.5) });
    let weights = match weights {
        Weights::Dense(values) => Weights::Dense(times(values, size)),
        Weights::Sparse { indptr, indices, data } => Weights::Sparse { indptr, indices, data: times(data, size) },
        other => other,
    };
    let projection = description.connect(format!("p{from}"), format!("p{to}")).synapse(synapse).weights(weights);
    (projection.scale, projection.quantize, projection.delay) = (scale, quantize, delay);
}

/// Returns values up to 1 in magnitude in a type, integers in a part of their range.
fn typed(dice: &mut Dice, values: Vec<f64>) -> WeightValues {
    let of = |most: f64| values.iter().map(move |value| value * most);
    match dice.below(5) {
        0 => WeightValues::I8(of(100.0).map(|value| value as i8).collect()),
        1 => WeightValues::I16(of(30_000.0).map(|value| value as i16).collect()),
        2 => WeightValues::I32(of(1_000_000.0).map(|value| value as i32).collect()),
        3 => WeightValues::F32(of(1.0).map(|value| value as f32).collect()),
        _ => WeightValues::F64(values),
    }
}

/// Multiplies floats.
fn times(values: WeightValues, size: f64) -> WeightValues {
    match values {
        WeightValues::F32(values) => values.into_iter().map(|value| value * size as f32).collect::<Vec<_>>().into(),
        WeightValues::F64(values) => values.into_iter().map(|value| value * size).collect::<Vec<_>>().into(),
        integers => integers,
    }
}

/// Returns the membranes, then the components, then the currents of each synapse.
fn state(network: &Network, member: usize) -> Vec<f64> {
    let (name, kind) = &network.description().populations[member];
    let PopulationKind::Neurons { description, synapses, .. } = kind else { return Vec::new() };
    let read = |variable| {
        let mut values = Samples::F64(Vec::new());
        network.member(name).unwrap().sample_of(variable, None, &mut values);
        values.into_f64()
    };
    let mut all = read(Variable::Voltage);
    if description.model() != glif::ModelKind::Lif {
        all.extend(read(Variable::Adaptation));
    }
    for (synapse, _) in synapses {
        all.extend(network.synapse(name, synapse).unwrap().unwrap());
    }
    all
}

/// What a network gets from outside in a step: currents or spikes of some populations.
#[derive(Default)]
struct Outside {
    spikes: Vec<Option<Vec<u32>>>,
    currents: Vec<Option<Vec<f64>>>,
}

impl Outside {
    fn new(dice: &mut Dice, description: &NetworkDescription) -> Self {
        let mut outside = Self::default();
        for (_, kind) in &description.populations {
            let neurons: usize = kind.shape().iter().product();
            let (mut spikes, mut currents) = (None, None);
            match kind {
                PopulationKind::Input(_) if dice.is(0.7) => {
                    // Mostly one spike at most.
                    let most = if dice.is(0.8) { 2 } else { 2 + dice.below(9) };
                    spikes = Some((0..neurons).map(|_| dice.below(most) as u32).collect());
                }
                PopulationKind::Neurons { .. } if dice.is(0.2) => {
                    currents = Some((0..neurons).map(|_| dice.within(-5.0, 25.0)).collect());
                }
                _ => {}
            }
            outside.spikes.push(spikes);
            outside.currents.push(currents);
        }
        outside
    }

    /// Steps a network with it. Returns its spikes and its state.
    fn step(&self, network: &mut Network) -> Vec<(Vec<usize>, Vec<f64>)> {
        let names: Vec<String> = network.description().populations.iter().map(|(name, _)| name.clone()).collect();
        for (member, name) in names.iter().enumerate() {
            if let Some(spikes) = &self.spikes[member] {
                network.set_spikes(name, spikes).unwrap();
            }
            if let Some(currents) = &self.currents[member] {
                network.set_currents(name, Currents::F64(currents)).unwrap();
            }
        }
        network.step().unwrap();
        let fired = |name: &String| network.fired(name).unwrap().iter().map(|(_, neuron)| neuron).collect();
        names.iter().enumerate().map(|(member, name)| (fired(name), state(network, member))).collect()
    }
}

/// Steps a network and its plain counterpart, and compares them after each step. Returns the number of spikes.
fn compare<S: Number>(case: &mut Case) -> Result<usize, TestCaseError> {
    let Case { description, steps, threads, dice } = case;
    let mut network = description.build().map_err(|errors| TestCaseError::fail(errors.to_string()))?;
    network.set_threads(*threads).unwrap();
    let mut plain = Plain::<S>::new(description);
    let all: Vec<Outside> = (0..*steps).map(|_| Outside::new(dice, description)).collect();
    let (mut spikes, mut ran) = (0, Vec::new());
    for (step, outside) in all.iter().enumerate() {
        let found = outside.step(&mut network);
        for (member, currents) in outside.currents.iter().enumerate() {
            currents.iter().for_each(|currents| plain.set_currents(member, currents));
        }
        let inputs: Vec<Vec<u32>> = description
            .populations
            .iter()
            .zip(&outside.spikes)
            .map(|((_, kind), spikes)| spikes.clone().unwrap_or_else(|| vec![0; kind.shape().iter().product()]))
            .collect();
        plain.step(&inputs);
        for (member, (fired, state)) in found.iter().enumerate() {
            let name = &description.populations[member].0;
            let counts = plain.fired(member).iter().enumerate();
            let expected: Vec<usize> = counts.filter(|(_, count)| **count > 0).map(|(neuron, _)| neuron).collect();
            prop_assert_eq!(fired, &expected, "spikes of {} in step {}", name, step);
            let expected = plain.state(member);
            prop_assert_eq!(state.len(), expected.len());
            if let Some(at) = (0..state.len()).find(|at| state[*at].to_bits() != expected[*at].to_bits()) {
                let (found, expected) = (state[at], expected[at]);
                prop_assert!(false, "value {} of {} in step {}: {}, not {}", at, name, step, found, expected);
            }
            spikes += fired.len();
        }
        ran.push(found);
    }
    // From the beginning again, and on one thread.
    network.clear();
    network.set_threads(1).unwrap();
    for (step, (outside, before)) in all.iter().zip(&ran).enumerate() {
        prop_assert!(outside.step(&mut network) == *before, "step {} after `clear`", step);
    }
    Ok(spikes)
}

fn compare_any(case: &mut Case) -> Result<usize, TestCaseError> {
    match case.description.scalar {
        NumberFormat::F32 => compare::<f32>(case),
        NumberFormat::F64 => compare::<f64>(case),
        NumberFormat::I16F16 => compare::<I16F16>(case),
        NumberFormat::I12F20 => compare::<I12F20>(case),
        NumberFormat::I8F8 => compare::<I8F8>(case),
        _ => compare::<I9F7>(case),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Each network has the bits of the plain one, in every format.
    #[test]
    fn networks_have_the_bits_of_a_plain_step(seed in any::<u64>(), format in 0..FORMATS.len()) {
        compare_any(&mut Case::new(seed, FORMATS[format], false))?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Large ones, of which several threads deliver the spikes.
    #[test]
    fn large_networks_have_the_bits_of_a_plain_step(seed in any::<u64>(), format in 0..FORMATS.len()) {
        compare_any(&mut Case::new(seed, FORMATS[format], true))?;
    }
}

/// Networks of known seeds fire enough for a comparison to prove something.
#[test]
fn compared_networks_fire() {
    for scalar in FORMATS {
        let mut spikes = compare_any(&mut Case::new(99, scalar, true)).unwrap();
        spikes += (0..4).map(|seed| compare_any(&mut Case::new(seed, scalar, false)).unwrap()).sum::<usize>();
        assert!(spikes > 1000, "{scalar}: {spikes} spikes");
    }
}
