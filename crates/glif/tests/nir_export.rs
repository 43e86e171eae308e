//! Networks as graphs: an import of an export fires in the same steps, and what NIR cannot say is refused.

use glif::description::{Discretization, ThresholdTest};
use glif::network::{
    Coupling, Drive, DriveKind, Exponential, Network, NetworkDescription, NeuronValues, PopulationKind, Projection,
    Quantization, Weights,
};
use glif::nir::{Exported, Options, Reset, export, import};
use glif::{
    Description, Glif2Params, IfParams, LiParams, LifParams, NumberFormat, OwnValues, Parameter, Recordable as _,
    Samples, Spec, Variable,
};
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

const STEP: f64 = 0.5; // ms

/// A random network of the kinds that NIR has.
///
/// Weights, biases, resistances and potentials of IF are multiples of 1/64, so that sums are exact in any order. A normalized
/// synapse rounds what each projection brings, so these are in the order of an import, one for each source,
/// with one bias.
struct Drawn {
    random: ChaCha8Rng,
    description: NetworkDescription,
    options: Options,
}

impl Drawn {
    fn below(&mut self, end: u32) -> u32 {
        self.random.random_range(0..end)
    }

    fn is(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// Returns a multiple of 1/64.
    fn coarse(&mut self, low: i32, high: i32) -> f64 {
        f64::from(self.random.random_range(low * 64..=high * 64)) / 64.0
    }

    /// Returns a time that a file in s can have, ms.
    fn time(&mut self) -> f64 {
        f64::from(self.random.random_range(6..400_u32)) / 10_000.0 * 1000.0
    }

    /// Returns a value for all neurons, or one for each.
    fn values(&mut self, neurons: usize, mut draw: impl FnMut(&mut Self) -> f64) -> NeuronValues {
        if self.is(50) {
            return NeuronValues::Shared(draw(self));
        }
        NeuronValues::Own(OwnValues::Each((0..neurons).map(|_| draw(self)).collect()))
    }

    fn new(seed: u64) -> Self {
        let random = ChaCha8Rng::seed_from_u64(seed);
        let mut of = Self { random, description: NetworkDescription::new(STEP), options: Options::new(STEP) };
        of.options.scalar = if of.is(50) { NumberFormat::F32 } else { NumberFormat::F64 };
        of.options.discretization = if of.is(50) { Discretization::Euler } else { Discretization::Exact };
        of.options.reset = if of.is(30) { Reset::Subtract } else { Reset::Zero };
        of.description.scalar = of.options.scalar;
        let inputs = 1 + of.below(2) as usize;
        let populations = inputs + 1 + of.below(4) as usize;
        let mut names: Vec<String> = (0..populations).map(|at| format!("p{at}")).collect();
        for at in (1..populations).rev() {
            names.swap(at, of.random.random_range(0..=at));
        }
        for (at, name) in names.iter().enumerate() {
            let neurons = 1 + of.below(4) as usize;
            match at < inputs {
                true => _ = of.description.add_input(name.as_str(), &[neurons]).unwrap(),
                false => of.neurons(name, neurons),
            }
        }
        for _ in 0..of.below(2 * populations as u32) + 2 {
            let (from, to) = (of.below(populations as u32) as usize, of.random.random_range(inputs..populations));
            of.connect((names[from].as_str(), from), (names[to].as_str(), to));
        }
        of.description.projections.sort_by(|one, other| one.from.cmp(&other.from));
        of
    }

    fn neurons(&mut self, name: &str, neurons: usize) {
        let discretization = self.options.discretization;
        let kind = self.below(10);
        let subtracts = self.options.reset == Reset::Subtract;
        let [rest_v, reset_v] = [self.coarse(-2, 0), self.coarse(-2, 0)];
        let [thresh_v, resistance] = [self.coarse(1, 2), f64::from(1 << self.below(3))];
        let time = self.time();
        let (step_time, refrac_t) = (STEP, 0.0);
        let spec = match kind {
            0 | 1 => Spec::new(LiParams { step_time, rest_v, time_constant: time, resistance }),
            2 | 3 if !subtracts => Spec::new(IfParams { step_time, reset_v, thresh_v, refrac_t, resistance }),
            _ if !subtracts => {
                let params =
                    LifParams { step_time, rest_v, reset_v, thresh_v, refrac_t, time_constant: time, resistance };
                Spec::new(params)
            }
            _ => {
                let (reset_v_add, tc_membrane) = (thresh_v, time);
                let (thresh_eq_v, reset_v_mul) = (thresh_v, 1.0);
                let params = Glif2Params {
                    step_time,
                    rest_v,
                    reset_v_add,
                    reset_v_mul,
                    thresh_eq_v,
                    refrac_t,
                    tc_membrane,
                    rc_adaptation: [],
                    spike_increment: [],
                    resistance,
                };
                Spec::new(params)
            }
        };
        let mut of = Description::new(spec, &[neurons]);
        let (model, params) = (of.model(), of.spec.params.clone());
        // A threshold that is taken off cannot move by a place.
        let above = model.fires() && (subtracts || self.is(50));
        let test = if above { ThresholdTest::Above } else { ThresholdTest::AtLeast };
        let leaks = model.leaks();
        of.spec.params = params.discretized(if leaks { discretization } else { Discretization::Exact }).tested(test);
        let own: Option<Parameter> = model.time_constant().filter(|_| self.is(40));
        if let (Some(parameter), NeuronValues::Own(values)) = (own, self.values(neurons, Self::time)) {
            if let OwnValues::Each(list) = &values {
                of.spec.params.set(parameter, &list[..1]).unwrap();
            }
            of.own.set(parameter, values);
        }
        let given = self.description.add(name, of).unwrap();
        if leaks && self.is(50) {
            let tau = self.values(neurons, Self::time);
            let synapse = Exponential { tau, coupling: Coupling::Held, normalized: true, discretization };
            self.description.add_synapse(&given, "s", synapse).unwrap();
        }
    }

    /// Adds a projection, and sometimes a bias, to a population.
    fn connect(&mut self, (source, from): (&str, usize), (target, to): (&str, usize)) {
        let kind = self.description.population(source).unwrap();
        let sources = kind.shape()[0];
        if matches!(kind, PopulationKind::Neurons { description, .. } if !description.model().fires()) {
            return;
        }
        let Some(PopulationKind::Neurons { description, synapses, .. }) = self.description.population(target) else {
            return;
        };
        let (targets, has_synapse, leaks) = (description.shape[0], !synapses.is_empty(), description.model().leaks());
        let again = self.description.projections.iter().any(|of| of.from == source && of.to == target);
        if has_synapse && again {
            return;
        }
        let synapse = match (has_synapse, leaks) {
            (true, _) => "s",
            (_, false) if self.is(40) => "delta",
            _ => "current",
        };
        let weights = (0..sources * targets).map(|_| if self.is(30) { 0.0 } else { self.coarse(-1, 3) }).collect();
        let least = u32::from(from >= to);
        let mut projection = Projection::new(source, target, Weights::all_to_all(0.0));
        projection.dense(self.floats(weights)).synapse(synapse);
        if self.is(20) {
            let mut delay = |_| f64::from(least + self.below(3)) * STEP;
            projection.delays((0..sources * targets).map(&mut delay).collect());
        } else {
            projection.delay(f64::from(least + if self.is(70) { 0 } else { self.below(5) }) * STEP);
        }
        self.description.projections.push(projection);
        let has_bias = matches!(self.description.population(target), Some(PopulationKind::Neurons { drives, .. }) if !drives.is_empty());
        if self.is(30) && !(has_synapse && has_bias) {
            let value = self.values(targets, |of| of.coarse(-1, 1));
            let synapse = Some(synapse.to_owned()).filter(|synapse| synapse != "current");
            self.description.add_drive(target, Drive { kind: DriveKind::Constant { value }, synapse }).unwrap();
        }
    }

    fn floats(&mut self, values: Vec<f64>) -> glif::network::WeightValues {
        match self.is(50) {
            true => values.into_iter().map(|value| value as f32).collect::<Vec<f32>>().into(),
            false => values.into(),
        }
    }
}

fn voltages(network: &Network, name: &str, scalar: NumberFormat) -> Vec<u64> {
    let mut row = if scalar == NumberFormat::F32 { Samples::F32(Vec::new()) } else { Samples::F64(Vec::new()) };
    network.member(name).unwrap().sample_of(Variable::Voltage, None, &mut row);
    row.into_f64().into_iter().map(f64::to_bits).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Spikes and membranes have the same bits, step by step.
    #[test]
    fn an_import_of_an_export_has_the_same_bits(seed: u64) {
        let Drawn { mut random, description, options } = Drawn::new(seed);
        let Exported { bytes, .. } = match export(&description) {
            Ok(exported) => exported,
            // Of some circles every edge without delay would be late.
            Err(errors) => {
                let told = errors.to_string();
                prop_assert!(told.contains("an edge that closes a circle acts one step later"), "{}", told);
                return Ok(());
            }
        };
        let again = import(bytes, &options).unwrap_or_else(|errors| panic!("{errors}"));
        let mut both = [description.build().unwrap(), again.description.build().unwrap()];
        for step in 0..40 {
            for (name, kind) in &description.populations {
                if matches!(kind, PopulationKind::Input(_)) {
                    let counts: Vec<u32> = (0..kind.shape()[0]).map(|_| random.random_range(0..3)).collect();
                    both.iter_mut().for_each(|network| network.set_spikes(name, &counts).unwrap());
                }
            }
            both.iter_mut().for_each(|network| network.step().unwrap());
            for (name, kind) in &description.populations {
                let fired = both.each_ref().map(|network| network.fired(name).unwrap().iter().collect::<Vec<_>>());
                prop_assert_eq!(&fired[0], &fired[1], "spikes of {}, step {}", name, step);
                if matches!(kind, PopulationKind::Neurons { .. }) {
                    let [first, second] = both.each_ref().map(|network| voltages(network, name, options.scalar));
                    prop_assert_eq!(first, second, "membranes of {}, step {}", name, step);
                }
            }
        }
    }
}

/// Most drawn networks can be exported, fire, and have circles and delays.
#[test]
fn drawn_networks_are_not_trivial() {
    let (mut exported, mut fired, mut delayed, mut circles) = (0, 0, 0, 0);
    for seed in 0..200 {
        let Drawn { description, .. } = Drawn::new(seed);
        let Ok(Exported { report, .. }) = export(&description) else { continue };
        exported += 1;
        delayed += usize::from(report.to_string().contains("behind a Delay"));
        circles += usize::from(report.to_string().contains("on a circle"));
        let mut network = description.build().unwrap();
        let spikes = (0..40).any(|_| {
            for (name, kind) in &description.populations {
                if matches!(kind, PopulationKind::Input(_)) {
                    network.set_spikes(name, &vec![2; kind.shape()[0]]).unwrap();
                }
            }
            network.step().unwrap();
            description.populations.iter().any(|(name, kind)| {
                matches!(kind, PopulationKind::Neurons { .. }) && network.fired(name).unwrap().iter().next().is_some()
            })
        });
        fired += usize::from(spikes);
    }
    assert!(exported > 180 && fired > 100 && delayed > 60 && circles > 60, "{exported} {fired} {delayed} {circles}");
}

fn lif() -> Description {
    let params = LifParams {
        step_time: 1.0,
        rest_v: 0.0,
        reset_v: 0.0,
        thresh_v: 1.0,
        refrac_t: 0.0,
        time_constant: 10.0,
        resistance: 2.0,
    };
    let mut spec = Spec::new(params);
    spec.params = spec.params.tested(ThresholdTest::Above);
    Description::new(spec, &[2])
}

/// Three sources to two LIF, changed.
fn network(change: impl FnOnce(&mut Description)) -> NetworkDescription {
    let mut description = NetworkDescription::new(1.0);
    let mut of = lif();
    change(&mut of);
    description.add_input("in", &[3]).unwrap();
    description.add("lif", of).unwrap();
    description.connect("in", "lif").dense(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).delay(0.0);
    description
}

fn refused(description: &NetworkDescription, words: &[&str]) {
    let told = export(description).expect_err("it is refused").to_string();
    words.iter().for_each(|word| assert!(told.contains(word), "no {word:?} in: {told}"));
}

fn told(description: &NetworkDescription, lines: &[&str]) -> Exported {
    let exported = export(description).unwrap_or_else(|errors| panic!("{errors}"));
    let told = exported.report.to_string();
    lines.iter().for_each(|line| assert!(told.lines().any(|told| told == *line), "no {line:?} in:\n{told}"));
    exported
}

fn back(exported: Exported) -> NetworkDescription {
    let mut options = Options::new(1.0);
    options.discretization = Discretization::Exact;
    options.scalar = NumberFormat::F64;
    import(exported.bytes, &options).unwrap_or_else(|errors| panic!("{errors}")).description
}

fn constant(value: f64) -> Drive {
    Drive { kind: DriveKind::Constant { value: NeuronValues::Shared(value) }, synapse: None }
}

/// Returns the parameter of neurons that share it.
fn number(description: &NetworkDescription, name: &str, parameter: Parameter) -> f64 {
    description.alone(name).unwrap().number(parameter)
}

#[test]
fn the_report_says_what_became_of_each_part() {
    let exported = told(
        &network(|_| {}),
        &[
            "population: `in`: spikes from outside -> node of type Input, 3 values",
            "population: `lif`: model lif -> node of type LIF, 2 neurons",
            "population: `lif` is before node `output` of type Output",
            "folded: from `in` to `lif` -> node `in_to_lif` of type Linear",
            "assumed: NIR has no step: this one is 1 ms (--step-time)",
            "assumed: NIR has no discretization: this one is exact (--discretization)",
            "assumed: NIR has no kind of reset: a spike sets the membrane (--reset zero)",
            "assumed: NIR has no number format: this one is f32 (--scalar), and weights are as it has them",
        ],
    );
    let again = back(exported);
    assert_eq!(again.projections[0].weights, network(|_| {}).projections[0].weights.clone_as_f32());
    assert_eq!(number(&again, "lif", Parameter::TimeConstant), 10.0);
}

/// Weights of the importer are in f32 where that loses nothing.
trait AsF32 {
    fn clone_as_f32(&self) -> Weights;
}

impl AsF32 for Weights {
    fn clone_as_f32(&self) -> Weights {
        let Weights::Dense(values) = self else { panic!() };
        Weights::dense((0..values.len()).map(|at| values.get(at) as f32).collect::<Vec<f32>>())
    }
}

#[test]
fn what_nir_cannot_say_is_refused_by_its_place() {
    let set = |parameter: Parameter, value: f64| network(|of| of.spec.params.set(parameter, &[value]).unwrap());
    refused(
        &set(Parameter::RefracT, 2.0),
        &["`populations.lif.params.refrac_t`: NIR has no refractory time", "help: "],
    );
    refused(&set(Parameter::InitialV, 0.5), &["`populations.lif.params.initial_v`: neuron 0 begins at 0.5 mV"]);
    let exact = |coupling| {
        let mut of = network(|_| {});
        let tau = NeuronValues::Shared(5.0);
        let synapse = Exponential { tau, coupling, normalized: true, discretization: Discretization::Exact };
        of.add_synapse("lif", "s", synapse).unwrap();
        of.projections[0].synapse("s");
        of
    };
    refused(
        &exact(Coupling::Exact),
        &["`populations.lif.synapses.s.coupling` = \"exact\"", "help: use `coupling` = \"held\""],
    );
    let mut current = exact(Coupling::Held);
    told(&current, &["population: `lif`: model lif -> node of type CubaLIF, 2 neurons"]);
    current.projections[0].synapse("current");
    refused(&current, &["`populations.lif.synapses.s`: a node of NIR has one synapse, but `current` is fed too"]);
    let mut noisy = network(|_| {});
    let zero = || NeuronValues::Shared(0.0);
    let noise = DriveKind::Noise { mean: zero(), deviation: NeuronValues::Shared(1.0) };
    noisy.add_drive("lif", Drive { kind: noise, synapse: None }).unwrap();
    refused(&noisy, &["`populations.lif.drive`: NIR has no stimulus except a constant"]);
    let adapting = network(|of| {
        let params = Glif2Params {
            step_time: 1.0,
            rest_v: 0.0,
            reset_v_add: 1.0,
            reset_v_mul: 0.5,
            thresh_eq_v: 1.0,
            refrac_t: 0.0,
            tc_membrane: 10.0,
            rc_adaptation: [0.1],
            spike_increment: [1.0],
            resistance: 1.0,
        };
        of.spec = Spec::new(params);
    });
    refused(
        &adapting,
        &["`populations.lif.params.spike_increment`: NIR has no thresholds", "`populations.lif.params.reset_v_mul`"],
    );
    let other = network(|of| {
        of.spec = Spec::new(of.spec.params.clone().in_dialect(glif::description::Dialect::Nest));
        of.spec.params.set(Parameter::RefracT, &[1.0]).unwrap();
    });
    refused(&other, &["`populations.lif.dialect` = \"nest\""]);
    // Two settings of a simulator at once.
    let mut mixed = network(|_| {});
    let mut euler = lif();
    euler.spec.params = euler.spec.params.discretized(Discretization::Euler);
    mixed.add("euler", euler).unwrap();
    refused(&mixed, &["`populations.euler.discretization`: is \"euler\" here and \"exact\" in `lif`"]);
}

/// Of two circles through one population, one edge without delay is late for every choice of outputs.
#[test]
fn a_circle_that_nir_closes_elsewhere_is_refused() {
    let mut description = network(|_| {});
    description.add("a", lif()).unwrap();
    description.add("b", lif()).unwrap();
    for other in ["a", "b"] {
        description.connect("lif", other).all_to_all(1.0).delay(0.0);
        description.connect(other, "lif").all_to_all(1.0).delay(1.0);
    }
    refused(&description, &["`projections[", "].delay` (", "help: use a delay of one step"]);
    for of in &mut description.projections {
        of.delay(1.0);
    }
    told(&description, &["folded: from `in` to `lif` -> node `in_to_lif` of type Linear behind a Delay of 1 step"]);
}

#[test]
fn constants_become_biases_or_lift_the_rest() {
    let mut fed = network(|_| {});
    fed.add_drive("lif", constant(0.25)).unwrap();
    let again = back(told(&fed, &["folded: from `in` to `lif` -> node `in_to_lif` of type Affine"]));
    let Some(PopulationKind::Neurons { drives, .. }) = again.population("lif") else { panic!() };
    assert_eq!(drives[..], [constant(0.25)]);
    // A membrane that begins where its current lifts it.
    let mut alone = network(|of| of.spec.params.set(Parameter::InitialV, &[0.5]).unwrap());
    alone.projections.clear();
    alone.add_drive("lif", constant(0.25)).unwrap();
    assert_eq!(number(&back(told(&alone, &[])), "lif", Parameter::RestV), 0.5);
    let Some(PopulationKind::Neurons { description, .. }) = alone.populations.get_mut(1).map(|(_, kind)| kind) else {
        panic!()
    };
    description.spec.params.unset(Parameter::InitialV);
    refused(&alone, &["`populations.lif.params.initial_v`: neuron 0 begins at 0 mV, but a membrane of NIR begins"]);
}

/// Quantized weights are their integers times the scale, also where a synapse normalizes, and in fixed point.
#[test]
fn quantized_weights_are_integers_times_the_scale() {
    for scalar in [NumberFormat::F32, NumberFormat::I16F16] {
        let mut description = network(|_| {});
        description.scalar = scalar;
        let tau = NeuronValues::Shared(5.0);
        let synapse =
            Exponential { tau, coupling: Coupling::Held, normalized: true, discretization: Discretization::Exact };
        description.add_synapse("lif", "s", synapse).unwrap();
        description.projections[0].synapse("s").quantized(Quantization { bits: 8, per_target: false });
        let again = back(told(&description, &[]));
        let Weights::Dense(values) = &again.projections[0].weights else { panic!() };
        for (at, weight) in [1.0_f64, 2.0, 3.0, 4.0, 5.0, 6.0].into_iter().enumerate() {
            let scale = 6.0 / 127.0;
            let expected = (weight / scale).round_ties_even() * scale;
            assert!((values.get(at) - expected).abs() < 1e-6, "{scalar}: {}, not {expected}", values.get(at));
        }
    }
}

/// A threshold that fires at equality, and a synapse that does not normalize.
#[test]
fn what_nir_says_otherwise_is_told() {
    let mut description = network(|of| {
        of.spec.params = of.spec.params.clone().tested(ThresholdTest::AtLeast);
    });
    let line = "rounded: `lif`: fires at its threshold, and a node of NIR above it: `v_threshold` is the number of f32 before its threshold";
    let again = back(told(&description, &[line]));
    assert_eq!(number(&again, "lif", Parameter::ThreshV), f64::from(1.0_f32.next_down()));
    let tau = NeuronValues::Shared(5.0);
    let synapse =
        Exponential { tau, coupling: Coupling::Held, normalized: false, discretization: Discretization::Exact };
    description.add_synapse("lif", "s", synapse).unwrap();
    description.projections[0].synapse("s");
    let line = "rounded: `lif`: `w_in` is what undoes the factor of the synapse `s`, which does not normalize";
    let mut both = [description.clone(), back(told(&description, &[line]))].map(|mut of| {
        of.scalar = NumberFormat::F64;
        of.build().unwrap()
    });
    let mut sum = 0;
    for step in 0..50 {
        both.iter_mut().for_each(|network| {
            network.set_spikes("in", &[step % 3, step % 2, 0]).unwrap();
            network.step().unwrap();
        });
        let currents = [("s"), ("syn")].map(String::from);
        let [one, other] = [0, 1].map(|at: usize| both[at].synapse("lif", &currents[at]).unwrap().unwrap());
        assert!(one.iter().zip(&other).all(|(one, other)| (one - other).abs() < 1e-9), "step {step}");
        sum += both[0].fired("lif").unwrap().iter().count();
    }
    assert!(sum > 5, "{sum} spikes");
}
