//! Networks, against runs of NEST and Brian2 in `golden/networks/`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use glif::network::{Network, NetworkDescription, PopulationKind};
use glif::{Recordable as _, Samples, Variable};
use glif_cli::arrays::{Archive, NetworkFile};
use npyz::NpyFile;
use serde::Deserialize;

/// A run of a network.
#[derive(Debug, Deserialize)]
struct Case {
    name: String,
    steps: usize,
    network: String,
    counts: BTreeMap<String, usize>,
    /// Neurons of each population whose membranes are stored for the first steps.
    #[serde(default)]
    recorded: BTreeMap<String, Vec<usize>>,
    /// Where the simulator's network and this one part, and why is in the README.
    apart: Option<Apart>,
}

#[derive(Debug, Deserialize)]
struct Apart {
    step: usize,
    population: String,
    neuron: usize,
}

struct Golden {
    archive: Archive,
    cases: Vec<Case>,
    simulator: &'static str,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden/networks")
}

impl Golden {
    fn open(simulator: &'static str) -> Self {
        let file = File::open(folder().join(format!("{simulator}.json"))).unwrap();
        let archive = Archive::open(&folder().join(format!("{simulator}.npz"))).unwrap();
        Self { archive, cases: serde_json::from_reader(BufReader::new(file)).unwrap(), simulator }
    }

    fn array<T: npyz::Deserialize>(&mut self, case: &Case, kind: &str, population: &str) -> Option<Vec<T>> {
        let name = format!("{}/{kind}/{population}", case.name);
        let known = self.archive.names().any(|known| known == name);
        known.then(|| NpyFile::new(self.archive.member(&name).unwrap().1).unwrap().into_vec().unwrap())
    }

    /// Returns events as steps and neurons.
    fn events(&mut self, case: &Case, kind: &str, population: &str) -> Option<Vec<(usize, usize)>> {
        let flat: Vec<i32> = self.array(case, kind, population)?;
        Some(flat.as_chunks().0.iter().map(|[step, neuron]| (*step as usize, *neuron as usize)).collect())
    }

    fn describe(&self, case: &Case) -> NetworkDescription {
        let arrays = format!("{}.npz:{}/", self.simulator, case.name);
        let text = case.network.replace("weights.npz:", &arrays);
        let mut description =
            NetworkDescription::from_toml(&text).unwrap_or_else(|errors| panic!("{}: {errors}", case.name));
        description
            .load_arrays(&mut NetworkFile { directory: &folder() })
            .unwrap_or_else(|errors| panic!("{}: {errors}", case.name));
        description
    }
}

/// Steps and neurons of spikes.
type Events = Vec<(usize, usize)>;

/// The inputs of a network.
struct Inputs {
    /// Name, number of neurons, spikes.
    spikes: Vec<(String, usize, Events)>,
}

impl Inputs {
    /// Sets the constant currents of a network, and returns its spikes.
    fn of(golden: &mut Golden, case: &Case, network: &mut Network) -> Self {
        let mut spikes = Vec::new();
        for (name, kind) in network.description().populations.clone() {
            match kind {
                PopulationKind::Input(input) => {
                    let events = golden.events(case, "spikes", &name).unwrap();
                    spikes.push((name, input.shape.iter().product(), events));
                }
                _ => {
                    if let Some(currents) = golden.array::<f64>(case, "current", &name) {
                        network.set_currents(&name, &currents[..]).unwrap();
                    }
                }
            }
        }
        Self { spikes }
    }

    fn set(&self, network: &mut Network, step: usize) {
        for (name, neurons, events) in &self.spikes {
            let first = events.partition_point(|event| event.0 < step);
            let mut counts = vec![0; *neurons];
            events[first..].iter().take_while(|event| event.0 == step).for_each(|event| counts[event.1] += 1);
            network.set_spikes(name, &counts).unwrap();
        }
    }
}

fn equals(simulator: &'static str) -> (usize, usize) {
    let mut golden = Golden::open(simulator);
    let (mut compared, mut total) = (0, 0);
    for case in std::mem::take(&mut golden.cases) {
        let name = &case.name;
        let mut network = golden.describe(&case).build().unwrap_or_else(|errors| panic!("{name}: {errors}"));
        let inputs = Inputs::of(&mut golden, &case, &mut network);
        let mut fired: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
        let mut membranes: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for step in 0..case.steps {
            inputs.set(&mut network, step);
            network.step().unwrap();
            for population in case.counts.keys() {
                let spikes = network.fired(population).unwrap().iter().map(|(_, neuron)| (step, neuron));
                fired.entry(population.clone()).or_default().extend(spikes);
            }
            if step < 500 {
                for (population, neurons) in &case.recorded {
                    let mut row = Samples::F64(Vec::new());
                    network.member(population).unwrap().sample_of(Variable::Voltage, Some(neurons), &mut row);
                    membranes.entry(population.clone()).or_default().extend(row.into_f64());
                }
            }
        }
        for population in case.counts.keys() {
            let expected = golden.events(&case, "events", population).unwrap();
            let found = &fired[population];
            match &case.apart {
                None => {
                    let differs = found.iter().zip(&expected).position(|(found, expected)| found != expected);
                    let differs = differs.map(|at| (found[at], expected[at]));
                    assert!(
                        *found == expected,
                        "{name}, {population}: {} spikes, not {}; first difference {differs:?}",
                        found.len(),
                        expected.len()
                    );
                    total += found.len();
                }
                // One of them fires in the step, the other does not.
                Some(apart) => {
                    let before = |events: &[(usize, usize)]| {
                        events.iter().copied().filter(|event| event.0 < apart.step).collect::<Vec<_>>()
                    };
                    assert_eq!(before(found), before(&expected), "{name}, {population}");
                    if *population == apart.population {
                        let has = |events: &[(usize, usize)]| events.contains(&(apart.step, apart.neuron));
                        assert_ne!(has(found), has(&expected), "{name}, {population}");
                    }
                }
            }
        }
        for population in case.recorded.keys() {
            let expected: Vec<f64> = golden.array(&case, "voltage", population).unwrap();
            let found = &membranes[population];
            assert_eq!(found.len(), expected.len(), "{name}, {population}");
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found - expected).abs() <= 1e-9, "{name}, {population}: {found} mV, not {expected}");
            }
        }
        compared += 1;
    }
    (compared, total)
}

#[test]
fn every_spike_is_in_the_step_of_nest() {
    let (cases, spikes) = equals("nest");
    assert!(cases >= 8 && spikes > 50_000, "{cases} cases, {spikes} spikes");
}

#[test]
fn every_spike_is_in_the_step_of_brian2() {
    let (cases, spikes) = equals("brian2");
    assert!(cases >= 2 && spikes > 10_000, "{cases} cases, {spikes} spikes");
}
