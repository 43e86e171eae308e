//! The GLIF family in the dialects of NEST and AllenSDK, against runs of these simulators in
//! `golden/family/`.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use glif::{Currents, Description, Variable};
use glif_cli::arrays::Archive;
use npyz::NpyFile;
use serde::Deserialize;

/// A run of one neuron.
#[derive(Debug, Deserialize)]
struct Case {
    name: String,
    level: usize,
    population: String,
    steps: usize,
    /// The state is stored after every so many steps, except for the membrane.
    every: usize,
    /// The steps for which the simulator holds a neuron that fired.
    refractory_steps: u16,
    spikes: Vec<usize>,
    apart: Option<Apart>,
}

/// What a neuron does whose refractory time is a whole number of steps as glif counts them.
#[derive(Debug, Deserialize)]
struct Apart {
    refractory_steps: u16,
    spikes: Vec<usize>,
}

struct Golden {
    archive: Archive,
    cases: Vec<Case>,
}

impl Golden {
    fn open(dialect: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden/family");
        let file = File::open(folder.join(format!("{dialect}.json"))).unwrap();
        let archive = Archive::open(&folder.join(format!("{dialect}.npz"))).unwrap();
        Self { archive, cases: serde_json::from_reader(BufReader::new(file)).unwrap() }
    }

    fn array(&mut self, case: &str, name: &str) -> Option<Vec<f64>> {
        let name = format!("{case}/{name}");
        let known = self.archive.names().any(|known| known == name);
        known.then(|| NpyFile::new(self.archive.member(&name).unwrap().1).unwrap().into_vec().unwrap())
    }
}

/// Asserts that each value is as near as `within` to the expected one. A NaN is not compared: AllenSDK stores none
/// of the refractory period.
fn near(what: &str, values: &[f64], expected: &[f64], within: f64) {
    assert_eq!(values.len(), expected.len(), "{what}");
    for (i, (value, expected)) in values.iter().zip(expected).enumerate() {
        assert!(expected.is_nan() || (value - expected).abs() <= within, "{what}[{i}] = {value}, not {expected}");
    }
}

fn equals(dialect: &str) -> [usize; 5] {
    let mut golden = Golden::open(dialect);
    let (mut spikes_by_level, mut counts) = ([0; 5], 0);
    for case in std::mem::take(&mut golden.cases) {
        let name = &case.name;
        let description = Description::from_toml(&case.population).unwrap_or_else(|errors| panic!("{name}: {errors}"));
        let mut population = description.build().unwrap();
        // NEST rounds a refractory time to its microseconds first, which glif does not.
        let held = population.refractory_steps() - 1;
        let counted = case.apart.filter(|apart| held == apart.refractory_steps && held != case.refractory_steps);
        let current = golden.array(name, "current").unwrap();
        assert_eq!(current.len(), case.steps, "{name}");
        let (mut spikes, mut voltage) = (Vec::new(), Vec::new());
        let variables = [Variable::Adaptation, Variable::AfterSpikeCurrent, Variable::ThresholdVoltage];
        let mut state = variables.map(|_| Vec::new());
        for (step, na) in current.iter().enumerate() {
            population.load(Currents::F64(&[*na])).unwrap();
            if population.step(description.options()).unwrap().count() > 0 {
                spikes.push(step);
            }
            voltage.extend(population.read(Variable::Voltage));
            if step % case.every == case.every - 1 {
                state.iter_mut().zip(variables).for_each(|(values, variable)| values.extend(population.read(variable)));
            }
        }
        if let Some(apart) = counted {
            assert_eq!(spikes, apart.spikes, "{name}");
            counts += 1;
            continue;
        }
        assert_eq!((held, &spikes), (case.refractory_steps, &case.spikes), "{name}");
        spikes_by_level[case.level - 1] += spikes.len();
        near(&format!("{name}: voltage"), &voltage, &golden.array(name, "voltage").unwrap(), 1e-9);
        for (variable, values) in variables.iter().zip(state) {
            // NEST and AllenSDK subtract nearly equal exponentials where b_v is near G/C.
            let within = if *variable == Variable::ThresholdVoltage { 1e-6 } else { 1e-9 };
            match golden.array(name, variable.name()) {
                Some(expected) => near(&format!("{name}: {variable}"), &values, &expected, within),
                None => assert!(values.is_empty(), "{name}: {variable}"),
            }
        }
    }
    assert_eq!(counts, usize::from(dialect == "nest"), "cases that are counted otherwise");
    spikes_by_level
}

#[test]
fn spikes_and_state_equal_nest() {
    assert_eq!(equals("nest"), [286, 185, 171, 138, 164]);
}

#[test]
fn spikes_and_state_equal_allensdk() {
    assert_eq!(equals("allen"), [279, 215, 174, 135, 164]);
}
