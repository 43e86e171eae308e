//! The section about snnTorch in `docs/start-host.md`: the equations of its `Leaky`, and the parameters that the
//! page gives for them.

use glif::stimulus::{Source, Stimulus};
use glif::{Currents, Description, Parameter, Variable};

const BETA: f64 = 0.9;
const STEPS: usize = 2000;

/// Computes `Leaky.forward` of snnTorch 1.0 with a threshold of 1 beside the population, under noise.
///
/// `delay` is its `reset_delay`, and `zero` selects the reset to zero. Returns the number of spikes of both, and
/// the number of spikes of only one.
fn compare(text: &str, mean: f64, delay: bool, zero: bool) -> (usize, usize) {
    let description = Description::from_toml(text).unwrap();
    let mut population = description.build().unwrap();
    let cells = population.neurons();
    let stimulus = Stimulus::Noise { mean, deviation: 2.0 * mean };
    let mut source = Source::new(stimulus, cells, 1.0, STEPS as u64, 3).unwrap();
    let (mut input, mut membrane) = (vec![0.0; cells], vec![0.0; cells]);
    let fires = |membrane: f64| f64::from(u8::from(membrane > 1.0));
    let (mut equal, mut other) = (0, 0);
    for step in 0..STEPS {
        source.fill(&mut input);
        population.load(Currents::F64(&input)).unwrap();
        let fired = population.step(description.options()).unwrap();
        for (neuron, mem) in membrane.iter_mut().enumerate() {
            let reset = fires(*mem);
            *mem = if zero { BETA * (1.0 - reset) * *mem + input[neuron] } else { BETA * *mem + input[neuron] - reset };
            let spike = fires(*mem);
            match (spike == 1.0, fired.contains(0, neuron)) {
                (true, true) => equal += 1,
                (false, false) => (),
                _ => other += 1,
            }
            if !delay {
                *mem -= (spike - reset) * if zero { *mem } else { 1.0 };
            }
        }
        let voltage = population.read(Variable::Voltage);
        for (mem, v) in membrane.iter().zip(voltage).filter(|(mem, _)| **mem <= 1.0) {
            assert!((mem - v).abs() < 1e-5, "step {step}: {mem}, {v}");
        }
    }
    (equal, other)
}

#[test]
fn leaky_equals_the_parameters_on_the_page() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/start-host.md")).unwrap();
    let section = page.split_once("## From snnTorch").unwrap().1;
    let text = section.split("```toml").nth(1).unwrap().split("```").next().unwrap();
    let description = Description::from_toml(text).unwrap();
    for (key, value) in [
        (Parameter::ResetVAdd, 1.0 / BETA),
        (Parameter::TcMembrane, -1.0 / BETA.ln()),
        (Parameter::Resistance, 1.0 / (1.0 - BETA)),
    ] {
        assert!((description.number(key) / value - 1.0).abs() < 1e-7, "{key} = {value:?}");
    }
    let agrees = |text: &str, mean: f64, delay: bool, zero: bool| {
        let (equal, other) = compare(text, mean, delay, zero);
        assert!(equal > 500 && other == 0, "{mean}: {equal}, {other}");
    };
    // A mean of 1.5 leaves membranes above the threshold after a reset.
    for mean in [0.05, 0.2, 1.5] {
        agrees(text, mean, true, false);
    }
    agrees(&text.replace("1.1111111", "1.0"), 0.05, false, false);
    let params = "step_time = 1.0\nrest_v = 0.0\nreset_v = 0.0\nthresh_v = 1.0\nrefrac_t = 0.0\ntime_constant = 9.4912216\nresistance = 10.0";
    let lif = format!("model = \"lif\"\nshape = 100\nscalar = \"f64\"\n[params]\n{params}");
    for (mean, delay) in [(0.05, true), (0.2, false), (1.5, true)] {
        agrees(&lif, mean, delay, true);
    }
}
