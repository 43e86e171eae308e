//! Measures the error of each number format against f64, and checks the tables in `docs/accuracy.md`.

mod network;

use std::fmt::Write as _;

use anyhow::Result;
use glif::stimulus::{Source, Stimulus};
use glif::{Currents, Description, Variable};
use glif_tests::kept;

const NEURONS: usize = 64;
const STEPS: usize = 2000;

const LIF: &str = "reset_v = -65.0\nthresh_v = -50.0\ntime_constant = 20.0\n";
const ALIF: &str = "reset_v = -65.0\nthresh_eq_v = -50.0\ntc_membrane = 20.0\ntc_adaptation = [50.0, 300.0]\nspike_increment = [2.0, 1.5]\n";
const GLIF2: &str = "reset_v_add = 6.0\nreset_v_mul = 0.25\nthresh_eq_v = -50.0\ntc_membrane = 20.0\nrc_adaptation = [0.02, 0.00333]\nspike_increment = [2.0, 1.5]\n";

const AFTER_SPIKE: &str = "asc_amplitude = [-1.0, 2.0]\nrc_asc = [0.03, 0.3]\n";
const VOLTAGE: &str = "thresh_voltage_gain = 0.002\nrc_thresh_voltage = 0.03\n";

/// Voltages and spikes, by step and neuron.
struct Run {
    voltage: Vec<f64>,
    spikes: Vec<f64>,
}

fn run(model: &str, params: &str, scalar: &str) -> Run {
    let text = format!(
        "model = {model:?}\nshape = [{NEURONS}]\nscalar = {scalar:?}\n{}[params]\nstep_time = 1.0\nrest_v = -60.0\nrefrac_t = 3.0\n{params}",
        if params.contains("asc_amplitude") { "dialect = \"nest\"\n" } else { "" }
    );
    let description = Description::from_toml(&text).expect("a population");
    let mut population = description.build().expect("a population");
    let stimulus = Stimulus::Noise { mean: 0.0, deviation: 4.0 };
    let mut noise = Source::new(stimulus, NEURONS, 1.0, STEPS as u64, 1).expect("a stimulus");
    let mut currents = vec![0.0; NEURONS];
    let mut run = Run { voltage: Vec::new(), spikes: Vec::new() };
    for _ in 0..STEPS {
        noise.fill(&mut currents);
        for (i, current) in currents.iter_mut().enumerate() {
            // A multiple of 1/64 nA has the same value in every format.
            *current = ((*current + 8.0 + i as f64 / 4.0) * 64.0).round() / 64.0;
        }
        population.load(Currents::F64(&currents)).expect("currents");
        population.step(description.options()).expect("a step");
        run.voltage.extend(population.read(Variable::Voltage));
        run.spikes.extend(population.read(Variable::Spikes));
    }
    run
}

fn row(model: &str, scalar: &str, exact: &Run, run: &Run) -> String {
    let differs =
        |neuron: usize| (0..STEPS).find(|t| exact.spikes[t * NEURONS + neuron] != run.spikes[t * NEURONS + neuron]);
    let mut worst = 0.0_f64;
    for neuron in 0..NEURONS {
        for t in 0..differs(neuron).unwrap_or(STEPS) {
            worst = worst.max((exact.voltage[t * NEURONS + neuron] - run.voltage[t * NEURONS + neuron]).abs());
        }
    }
    let (expected, found): (f64, f64) = (exact.spikes.iter().sum(), run.spikes.iter().sum());
    let parted = (0..NEURONS).filter(|neuron| differs(*neuron).is_some()).count();
    let first = (0..NEURONS).filter_map(differs).min().map_or("none".to_owned(), |step| format!("step {step}"));
    assert!(expected > 1000.0, "{model}: {expected} spikes prove little");
    format!(
        "| {model} | {scalar} | {worst:.1e} mV | {expected} {:+} | {first} | {parted} of {NEURONS} |\n",
        found - expected
    )
}

#[test]
fn table_matches_the_code() -> Result<()> {
    let mut table = String::from(
        "| model | format | worst voltage error | spikes | first differing spike | neurons that part |\n|---|---|---|---|---|---|\n",
    );
    let glif3 = LIF.to_owned() + AFTER_SPIKE;
    let glif5 = GLIF2.to_owned() + AFTER_SPIKE + VOLTAGE;
    for (model, params) in [("lif", LIF), ("alif", ALIF), ("glif2", GLIF2), ("glif3", &glif3), ("glif5", &glif5)] {
        let exact = run(model, params, "f64");
        for scalar in ["f32", "i16f16", "i12f20", "i9f7", "i8f8"] {
            let _ = write!(table, "{}", row(model, scalar, &exact, &run(model, params, scalar)));
        }
    }
    let [formats, weights] = network::tables();
    kept::tables("docs/accuracy.md", &[table, formats, weights])
}
