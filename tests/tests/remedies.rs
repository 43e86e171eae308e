//! Applies the advice of errors and warnings about number formats: each remedy gives a population that agrees
//! with f64.

use glif::stimulus::{Source, Stimulus};
use glif::{CurrentSpan, Currents, Description, Variable, warnings, warnings_of_currents};

/// Returns a description with the scalar, rounding mode and parameters. The parameters select the model.
fn describe(scalar: &str, rounding: &str, params: &str) -> Result<Description, String> {
    let model = if params.contains("tc_adaptation") { "alif" } else { "lif" };
    let seed = if rounding == "stochastic" { "seed = 3\n" } else { "" };
    let text = format!(
        "model = {model:?}\nshape = [{NEURONS}]\nscalar = {scalar:?}\nrounding = {rounding:?}\n{seed}[params]\n{params}"
    );
    Description::from_toml(&text).map_err(|errors| errors.to_string())
}

/// Number of neurons. Stochastic rounding is correct on average, so several neurons are run.
const NEURONS: usize = 16;

/// Returns the spikes and the final sum of the threshold components, both per neuron. The current, in nA, is
/// constant.
fn run(description: &Description, current: f64, steps: usize) -> (f64, f64) {
    let mut population = description.build().expect("it was checked");
    population.load(Currents::F64(&[current; NEURONS])).expect("a current");
    let spikes: u64 = (0..steps).map(|_| population.step(description.options()).expect("a step").count()).sum();
    let adaptation = population.read(Variable::Adaptation).iter().sum::<f64>();
    (spikes as f64 / NEURONS as f64, adaptation / NEURONS as f64)
}

/// Checks that the spikes of a remedy are within the relative `tolerance` of those of f64.
fn agrees(params: &str, remedy: (&str, &str), current: f64, steps: usize, tolerance: f64) {
    let (scalar, rounding) = remedy;
    let exact = run(&describe("f64", "nearest", params).expect("f64 takes it"), current, steps);
    let description = describe(scalar, rounding, params).unwrap_or_else(|told| panic!("{remedy:?}: {told}"));
    let found = run(&description, current, steps);
    assert!(exact.0 >= 10.0, "{exact:?} proves little");
    assert!((found.0 / exact.0 - 1.0).abs() <= tolerance, "{remedy:?}: {found:?}, f64 {exact:?}");
    assert!((found.1 - exact.1).abs() <= tolerance * exact.1.abs(), "{remedy:?}: {found:?}, f64 {exact:?}");
}

/// Returns whether a message has a remedy with these words. Each remedy is a line of its own.
fn helps(message: &str, words: &str) -> bool {
    message.lines().filter_map(|line| line.strip_prefix("help: ")).any(|remedy| remedy.contains(words))
}

fn refused(scalar: &str, rounding: &str, params: &str, remedy: &str) {
    let told = describe(scalar, rounding, params).expect_err("it is refused");
    assert!(helps(&told, remedy), "{told}");
}

fn noted(scalar: &str, rounding: &str, params: &str, words: &str) {
    let told = warnings(&describe(scalar, rounding, params).expect("it is taken"));
    assert!(told.iter().any(|told| told.contains(words)), "{told:?}");
}

fn noted_currents(scalar: &str, params: &str, current: f64, remedy: &str) {
    let description = describe(scalar, "nearest", params).expect("it is taken");
    let range = description.one_neuron().expect("it is taken").current_range();
    let told = warnings_of_currents(&description, &range, &CurrentSpan::of(&range, [current]));
    assert!(told.iter().any(|told| helps(told, remedy)), "{told:?}");
}

const SLOW: &str = "step_time = 1.0\nrest_v = -65.0\nreset_v = -60.0\nthresh_eq_v = -52.0\nrefrac_t = 5.0\ntc_membrane = 100.0\n\
                    tc_adaptation = 1e7\nspike_increment = 0.05\n";
const COMMON: &str = "step_time = 1.0\nrest_v = -60.0\nreset_v = -65.0\nthresh_eq_v = -50.0\nrefrac_t = 2.0\ntc_membrane = 20.0\n\
                      tc_adaptation = 400.0\nspike_increment = 1.5\n";
const LIF: &str =
    "step_time = 0.1\nrest_v = -60.0\nreset_v = -65.0\nthresh_v = -50.0\nrefrac_t = 2.0\ntime_constant = 20.0\n";

#[test]
fn stalled_adaptation_has_a_remedy() {
    refused("i8f8", "nearest", SLOW, "use a format with more fraction bits, or stochastic rounding");
    agrees(SLOW, ("i8f8", "stochastic"), 40.0, 5000, 0.02);
    let faster = SLOW.replace("1e7", "1e4");
    refused("i8f8", "nearest", &faster, "use a format with more fraction bits, or stochastic rounding");
    agrees(&faster, ("i12f20", "nearest"), 40.0, 5000, 0.02);
    agrees(&faster, ("i8f8", "stochastic"), 40.0, 5000, 0.02);
}

#[test]
fn truncated_adaptation_has_a_remedy() {
    for params in [SLOW, COMMON] {
        noted("i8f8", "truncate", params, "truncation removes at least one last place of `i8f8` per step");
        noted(
            "i8f8",
            "truncate",
            params,
            "\nhelp: use `rounding` = \"stochastic\", or a `scalar` with more fraction bits",
        );
        agrees(params, ("i8f8", "stochastic"), 40.0, 5000, 0.02);
    }
    noted("i8f8", "truncate", SLOW, "has decayed after at most 13 steps");
    agrees(COMMON, ("i16f16", "truncate"), 40.0, 5000, 0.02);
    assert_eq!(warnings(&describe("i16f16", "truncate", COMMON).unwrap()), [""; 0]);
    // With rounding to nearest the same increment instead remains forever.
    noted("i8f8", "nearest", COMMON, "stops its decay at 0.7");
    // The warning appears for every time constant, but not if an increment is many times what truncation
    // removes.
    for tau in ["50.0", "400.0", "4000.0"] {
        noted("i9f7", "truncate", &COMMON.replace("400.0", tau), "truncation removes");
    }
    let strong = COMMON.replace("400.0", "20.0").replace("spike_increment = 1.5", "spike_increment = 5.0");
    assert_eq!(warnings(&describe("i8f8", "truncate", &strong).unwrap()), [""; 0]);
}

#[test]
fn stalled_membrane_has_a_remedy() {
    // A current that just reaches the threshold. In i8f8 the membrane stops 1.95 mV below it and never fires.
    let slow = LIF.replace("time_constant = 20.0", "time_constant = 100.0");
    noted("i8f8", "nearest", &slow, "stops a membrane up to 1.95");
    assert_eq!(run(&describe("i8f8", "nearest", &slow).unwrap(), 11.5, 20_000).0, 0.0);
    agrees(&slow, ("i8f8", "stochastic"), 11.5, 40_000, 0.03);
    agrees(&slow, ("i16f16", "nearest"), 11.5, 40_000, 0.02);
    noted("i8f8", "truncate", &slow, "so that a membrane is up to 1.95");
    assert_eq!(warnings(&describe("i8f8", "nearest", LIF).unwrap()), [""; 0]);
}

#[test]
fn out_of_range_currents_have_a_remedy() {
    let resistant = format!("{LIF}resistance = 100.0\n");
    noted_currents("i8f8", &resistant, 5.0, "use a `scalar` with more integer bits, or f32");
    agrees(&resistant, ("i16f16", "nearest"), 5.0, 5000, 0.02);
    agrees(&resistant, ("f32", "nearest"), 5.0, 5000, 0.02);
    let conductive = format!("{LIF}resistance = 0.2\n");
    noted_currents("i8f8", &conductive, 200.0, "use a larger `resistance` and proportionally smaller currents");
    let exact = run(&describe("f64", "nearest", &conductive).unwrap(), 200.0, 5000).0;
    let found = run(&describe("i8f8", "nearest", &format!("{LIF}resistance = 2.0\n")).unwrap(), 20.0, 5000).0;
    assert!(exact > 10.0 && (found / exact - 1.0).abs() <= 0.02, "{found}, f64 {exact}");
}

#[test]
fn rounded_currents_have_a_remedy() {
    let coarse = format!("{LIF}resistance = 1000.0\n");
    noted_currents("i9f7", &coarse, 0.0115, "or a smaller `resistance` and proportionally larger currents");
    assert_eq!(run(&describe("i9f7", "nearest", &coarse).unwrap(), 0.0115, 5000).0, 0.0);
    agrees(&coarse, ("i16f16", "nearest"), 0.0115, 5000, 0.02);
    let exact = run(&describe("f64", "nearest", &coarse).unwrap(), 0.0115, 5000).0;
    let found = run(&describe("i9f7", "stochastic", LIF).unwrap(), 11.5, 5000).0;
    assert!(exact >= 10.0 && (found / exact - 1.0).abs() <= 0.1, "{found}, f64 {exact}");
}

#[test]
fn out_of_range_thresholds_and_times_have_a_remedy() {
    let weak = format!("{LIF}resistance = 0.05\n");
    refused("i8f8", "nearest", &weak, "use a larger `resistance` and proportionally smaller currents");
    refused("i8f8", "nearest", &weak, "or a format with more integer bits");
    agrees(&weak, ("i16f16", "nearest"), 400.0, 5000, 0.02);
    let exact = run(&describe("f64", "nearest", &weak).unwrap(), 400.0, 5000).0;
    let found = run(&describe("i8f8", "nearest", LIF).unwrap(), 20.0, 5000).0;
    assert!(exact > 10.0 && (found / exact - 1.0).abs() <= 0.02, "{found}, f64 {exact}");

    let long = LIF.replace("refrac_t = 2.0", "refrac_t = 20.0").replace("step_time = 0.1", "step_time = 0.0005");
    refused("f64", "nearest", &long, "use a longer `step_time`");
    agrees(&long.replace("0.0005", "0.001"), ("i16f16", "nearest"), 15.0, 600_000, 0.02);

    let together = LIF.replace("reset_v = -65.0", "reset_v = -50.001");
    refused("i8f8", "nearest", &together, "use values further apart, or a format with finer resolution");
    agrees(&together, ("i16f16", "nearest"), 15.0, 5000, 0.02);

    let faint = COMMON.replace("spike_increment = 1.5", "spike_increment = 0.001").replace("400.0", "4.0");
    refused("i8f8", "nearest", &faint, "use a larger value, or a format with more fraction bits");
    agrees(&faint, ("i16f16", "stochastic"), 40.0, 5000, 0.02);

    let unmoved = COMMON.replace("tc_membrane = 20.0", "tc_membrane = 1e12");
    refused("i8f8", "nearest", &unmoved, "use a format with finer resolution, a longer `step_time` or a faster decay");
    assert!(describe("f64", "nearest", &unmoved).is_ok());
}

/// The default rule gives the same refractory steps in a format that rounds the step by a fifth.
#[test]
fn refractory_steps_do_not_depend_on_the_format() {
    let params = "step_time = 0.01\nrest_v = -60.0\nreset_v = -65.0\nthresh_v = -50.0\nrefrac_t = 5.0\ntime_constant = 1.0\nresistance = 10.0\n";
    for scalar in ["i8f8", "i9f7", "i16f16", "i12f20"] {
        assert_eq!(describe(scalar, "nearest", params).unwrap().one_neuron().unwrap().refractory_steps(), 500);
        agrees(params, (scalar, "nearest"), 10.0, 20_000, 0.02);
    }
}

/// A stimulus stays within its span.
#[test]
fn a_stimulus_stays_in_its_span() {
    let range = describe("f64", "nearest", LIF).unwrap().one_neuron().unwrap().current_range();
    let all = [
        Stimulus::Constant { current: -3.0 },
        Stimulus::Step { before: 1.0, after: -2.0, onset: 5.0 },
        Stimulus::Ramp { from: 4.0, to: -4.0 },
        Stimulus::Noise { mean: 3.0, deviation: 2.0 },
        Stimulus::NoiseDensity { mean: 3.0, density: 2.0 },
        Stimulus::OrnsteinUhlenbeck { mean: 3.0, deviation: 2.0, time_constant: 5.0 },
        Stimulus::Poisson { rate: 800.0, weight: -1.5, time_constant: 5.0 },
        Stimulus::Poisson { rate: 0.5, weight: 2.0, time_constant: 5.0 },
    ];
    for stimulus in all {
        let mut source = Source::new(stimulus.clone(), 10, 1.0, 500, 1).unwrap();
        let span = source.span(&range);
        let (mut currents, mut outside) = ([0.0; 10], 0);
        for _ in 0..500 {
            source.fill(&mut currents);
            outside += currents.iter().filter(|current| !(span.lowest..=span.highest).contains(*current)).count();
        }
        assert!(outside <= 5, "{stimulus:?}: {outside} of 5000 outside {span:?}");
    }
}
