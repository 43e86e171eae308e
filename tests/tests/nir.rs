//! Imported NIR graphs, against their equations in `golden/nir/`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use glif::description::Discretization;
use glif::network::Network;
use glif::nir::{IfInput, Options, Reset, WeightChoice, export, import};
use glif::{NumberFormat, Recordable as _, Samples, Variable};
use glif_cli::arrays::Archive;
use npyz::NpyFile;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Case {
    name: String,
    graph: String,
    also: Vec<String>,
    steps: usize,
    step_time: f64,
    discretization: String,
    reset: String,
    if_input: String,
    counts: BTreeMap<String, usize>,
    recorded: BTreeMap<String, Vec<usize>>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden/nir")
}

fn graph(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(format!("graphs/{name}.nir"))).unwrap_or_else(|error| panic!("{name}: {error}"))
}

impl Case {
    fn options(&self) -> Options {
        let mut options = Options::new(self.step_time);
        options.scalar = NumberFormat::F64;
        options.discretization =
            if self.discretization == "exact" { Discretization::Exact } else { Discretization::Euler };
        options.reset = *Reset::ALL.iter().find(|reset| reset.name() == self.reset).unwrap();
        options.if_input = *IfInput::ALL.iter().find(|input| input.name() == self.if_input).unwrap();
        options
    }

    fn arrays(&self) -> Archive {
        Archive::open(&folder().join(format!("cases/{}.npz", self.name))).unwrap()
    }
}

/// Returns the values of an array of bool, u8 or f64.
fn array(archive: &mut Archive, name: &str) -> Vec<f64> {
    let file = NpyFile::new(archive.member(name).unwrap_or_else(|error| panic!("{name}: {error}")).1).unwrap();
    match file.dtype().descr().as_str() {
        "'|b1'" => file.into_vec::<bool>().unwrap().into_iter().map(|fired| f64::from(u8::from(fired))).collect(),
        "'|u1'" => file.into_vec::<u8>().unwrap().into_iter().map(f64::from).collect(),
        "'<f8'" => file.into_vec::<f64>().unwrap(),
        other => panic!("{name}: {other}"),
    }
}

/// The name that a population has: the rule of the importer, written again.
fn population(node: &str) -> String {
    node.chars().map(|of| if of.is_ascii_alphanumeric() || of == '-' { of } else { '_' }).collect()
}

/// Runs a case with one of its files, and returns the spikes that were compared.
fn equals(case: &Case, file: &str, bytes: Vec<u8>, options: &Options) -> usize {
    let imported = import(bytes, options).unwrap_or_else(|errors| panic!("{file}: {errors}"));
    let mut network = imported.description.build().unwrap_or_else(|errors| panic!("{file}: {errors}"));
    let mut archive = case.arrays();
    let names: Vec<String> = archive.names().map(str::to_owned).collect();
    let inputs: Vec<(String, Vec<f64>)> = names
        .iter()
        .filter_map(|name| name.strip_prefix("input/"))
        .map(|node| (population(node), array(&mut archive, &format!("input/{node}"))))
        .collect();
    let spikes: Vec<(String, Vec<f64>)> =
        case.counts.keys().map(|node| (population(node), array(&mut archive, &format!("spikes/{node}")))).collect();
    let voltages: Vec<(String, &[usize], Vec<f64>)> = case
        .recorded
        .iter()
        .map(|(node, neurons)| (population(node), &neurons[..], array(&mut archive, &format!("voltage/{node}"))))
        .collect();
    let mut total = 0;
    for step in 0..case.steps {
        for (name, values) in &inputs {
            let neurons = values.len() / case.steps;
            let counts: Vec<u32> = values[step * neurons..][..neurons].iter().map(|count| *count as u32).collect();
            network.set_spikes(name, &counts).unwrap();
        }
        network.step().unwrap();
        for (name, expected) in &spikes {
            let neurons = expected.len() / case.steps;
            let expected = expected[step * neurons..][..neurons].iter().enumerate();
            let expected: Vec<usize> = expected.filter(|(_, fired)| **fired == 1.0).map(|(neuron, _)| neuron).collect();
            let found: Vec<usize> = network.fired(name).unwrap().iter().map(|(_, neuron)| neuron).collect();
            assert_eq!(found, expected, "{} from {file}, {name}, step {step}", case.name);
            total += found.len();
        }
        for (name, neurons, expected) in &voltages {
            let Some(expected) = expected.get(step * neurons.len()..(step + 1) * neurons.len()) else { continue };
            for (found, expected) in voltage(&network, name, neurons).iter().zip(expected) {
                let close = (found - expected).abs() <= 1e-9;
                assert!(close, "{} from {file}, {name}, step {step}: {found} mV, not {expected}", case.name);
            }
        }
    }
    let expected: usize = case.counts.values().sum();
    assert_eq!(total, expected, "{}", case.name);
    total
}

fn voltage(network: &Network, name: &str, neurons: &[usize]) -> Vec<f64> {
    let mut row = Samples::F64(Vec::new());
    network.member(name).unwrap().sample_of(Variable::Voltage, Some(neurons), &mut row);
    row.into_f64()
}

fn cases() -> Vec<Case> {
    serde_json::from_reader(BufReader::new(File::open(folder().join("cases.json")).unwrap())).unwrap()
}

#[test]
fn every_graph_fires_as_its_equations() {
    let cases = cases();
    let mut total = 0;
    for case in &cases {
        let files = std::iter::once(&case.graph).chain(&case.also);
        total += files.map(|file| equals(case, file, graph(file), &case.options())).sum::<usize>();
    }
    assert!(cases.len() == 58 && total > 100_000, "{} cases, {total} spikes", cases.len());
}

/// What was imported and exported again does what its equations say.
#[test]
fn exported_graphs_fire_as_their_equations() {
    let mut total = 0;
    for case in &cases() {
        let first = import(graph(&case.graph), &case.options()).unwrap().description;
        let exported = export(&first).unwrap_or_else(|errors| panic!("{}: {errors}", case.name));
        // The export has the factor of an input of IF in its r.
        let mut options = case.options();
        options.if_input = IfInput::Step;
        total += equals(case, &format!("{}, exported", case.graph), exported.bytes.clone(), &options);
        // A second time nothing changes.
        let second = import(exported.bytes.clone(), &options).unwrap().description;
        let again = export(&second).unwrap();
        assert!(again.bytes == exported.bytes, "{}", case.name);
    }
    assert!(total > 100_000, "{total} spikes");
}

/// Norse made the trace in f32, with a step of 0.1 ms. Its membranes are up to 2.4e-8 from those of the equations.
#[test]
fn the_published_trace_is_reproduced() {
    for (scalar, most) in [(NumberFormat::F64, 2.5e-8), (NumberFormat::F32, 1.5e-7)] {
        let mut options = Options::new(0.1);
        options.scalar = scalar;
        let mut network = import(graph("lif_norse"), &options).unwrap().description.build().unwrap();
        let trace = std::fs::read_to_string(folder().join("graphs/lif_norse.csv")).unwrap();
        let (mut spikes, mut expected, mut steps) = (Vec::new(), Vec::new(), 0);
        for (step, line) in trace.lines().enumerate() {
            let numbers: Vec<f64> = line.split(',').map(|number| number.trim().parse().unwrap()).collect();
            let [input, v, fired] = numbers[..] else { panic!("{line}") };
            network.set_spikes("input", &[input as u32]).unwrap();
            network.step().unwrap();
            expected.extend((fired == 1.0).then_some(step));
            spikes.extend((network.fired("1").unwrap().count() > 0).then_some(step));
            let found = voltage(&network, "1", &[0])[0];
            assert!((found - v).abs() <= most, "{scalar}, step {step}: {found} mV, not {v}");
            steps += 1;
        }
        assert_eq!((steps, &spikes[..]), (1000, &[460, 510, 710, 760][..]));
        assert_eq!(spikes, expected);
    }
}

/// In fixed point, IF that subtracts has the spikes of f64 with the same weights, but for rounding.
#[test]
fn a_subtracting_integrator_keeps_its_membrane_in_fixed_point() {
    let spikes = |scalar: NumberFormat| {
        let mut options = Options::new(1.0);
        (options.scalar, options.reset, options.weights) = (scalar, Reset::Subtract, Some(WeightChoice::I16));
        let mut network = import(graph("own_if"), &options).unwrap().description.build().unwrap();
        let mut fired = Vec::new();
        for step in 0..2000_u32 {
            let counts: Vec<u32> = (0..6).map(|of| u32::from((step * 7 + of * 5) % 11 < 2)).collect();
            network.set_spikes("input", &counts).unwrap();
            network.step().unwrap();
            fired.extend(network.fired("if").unwrap().iter().map(|(_, neuron)| (step, neuron)));
        }
        fired
    };
    let expected = spikes(NumberFormat::F64);
    assert!(expected.len() > 500, "{}", expected.len());
    for scalar in [NumberFormat::I16F16, NumberFormat::I12F20] {
        let found = spikes(scalar);
        let differ = found.iter().filter(|spike| !expected.contains(spike)).count();
        assert!(differ * 50 <= expected.len(), "{scalar}: {differ} of {}", expected.len());
    }
}
