//! Populations of `li`, which has no threshold, and of `if`, which has no leak: files, batches, threads, networks.

use glif::description::Discretization;
use glif::network::{Coupling, Exponential, NetworkDescription, NeuronValues};
use glif::{
    CurrentSpan, Currents, Description, DynPopulation, IfParams, LiParams, NumberFormat, OwnValues, Parameter, Spec,
    StepOptions, Variable, warnings, warnings_of_currents,
};

const LI: LiParams = LiParams { step_time: 0.5, rest_v: -1.0, time_constant: 8.0, resistance: 2.0 };
const IF: IfParams = IfParams { step_time: 0.5, reset_v: 0.0, thresh_v: 1.0, refrac_t: 1.0, resistance: 0.25 };

const LI_FILE: &str =
    "model = \"li\"\nshape = 3\n[params]\nstep_time = 0.5\nrest_v = -1.0\ntime_constant = 8.0\nresistance = 2.0\n";
const IF_FILE: &str = "model = \"if\"\nshape = 3\n[params]\nstep_time = 0.5\nreset_v = 0.0\nthresh_v = 1.0\nrefrac_t = 1.0\n\
                       resistance = 0.25\n";

fn read(text: &str) -> Description {
    Description::from_toml(text).unwrap_or_else(|errors| panic!("{errors}\n{text}"))
}

fn told(text: &str) -> String {
    Description::from_toml(text).map(drop).unwrap_err().to_string()
}

fn without(text: &str, key: &str) -> String {
    text.lines().filter(|line| !line.starts_with(key)).map(|line| format!("{line}\n")).collect()
}

#[test]
fn files_describe_both_models() {
    for (file, spec) in [(LI_FILE, Spec::new(LI)), (IF_FILE, Spec::new(IF))] {
        let description = read(file);
        assert_eq!(description, Description::new(spec, &[3]));
        assert_eq!(read(&description.to_toml()), description);
        assert_eq!(warnings(&description), [""; 0]);
    }
    // A resistance has its default.
    let description = read(&without(IF_FILE, "resistance"));
    assert_eq!(description.number(Parameter::Resistance), 1.0);
}

#[test]
fn missing_and_foreign_parameters_are_named() {
    for (file, model, needed) in [
        (LI_FILE, "li", &["step_time", "rest_v", "time_constant"][..]),
        (IF_FILE, "if", &["reset_v", "thresh_v", "refrac_t"]),
    ] {
        for key in needed {
            assert_eq!(told(&without(file, key)), format!("`params.{key}`: missing; {model} needs it"));
        }
    }
    for (file, foreign) in [
        (LI_FILE, &["thresh_v", "reset_v", "refrac_t", "tc_membrane", "spike_increment"][..]),
        (IF_FILE, &["rest_v", "time_constant", "thresh_eq_v", "tc_adaptation"]),
    ] {
        for key in foreign {
            let told = told(&format!("{file}{key} = 1.0\n"));
            assert!(told.starts_with(&format!("`params.{key}`: unknown key `{key}`")), "{told}");
        }
    }
    let told_of = |head: &str, file: &str| told(&file.replace("[params]", &format!("{head}\n[params]")));
    for (file, model) in [(LI_FILE, "li"), (IF_FILE, "if")] {
        let of_dialect = told_of("dialect = \"allen\"", file);
        assert_eq!(of_dialect, format!("`dialect` = \"allen\": {model} has \"inferno\" only"));
    }
    let above = told(&IF_FILE.replace("reset_v = 0.0", "reset_v = 1.5"));
    assert_eq!(above, "`reset_v` = 1.5 mV: must be below `thresh_v` = 1 mV");
    let own = told(&IF_FILE.replace("reset_v = 0.0", "reset_v = { each = [0.0, 1.5, 0.5] }"));
    assert_eq!(own, "`reset_v[1]` = 1.5 mV: must be below `thresh_v` = 1 mV");
}

#[test]
fn unlikely_values_raise_warnings() {
    let about = |file: &str, from: &str, to: &str| warnings(&read(&file.replace(from, to)));
    let [volts] = &about(LI_FILE, "rest_v = -1.0", "rest_v = -0.07")[..] else { panic!() };
    assert_eq!(volts, "`rest_v` = -0.07 mV: these look like volts\nhelp: potentials are in mV");
    let [short] = &about(LI_FILE, "time_constant = 8.0", "time_constant = 0.2")[..] else { panic!() };
    assert!(short.starts_with("`time_constant` = 0.2 ms: shorter than a step of 0.5 ms"), "{short}");
    // A readout may have either sign. A neuron with a negative resistance does not fire.
    assert_eq!(about(LI_FILE, "resistance = 2.0", "resistance = -2.0"), [""; 0]);
    let [negative] = &about(IF_FILE, "resistance = 0.25", "resistance = -0.25")[..] else { panic!() };
    assert!(negative.starts_with("`resistance` = -0.25 MΩ: negative"), "{negative}");
    // A short step alone is no sign of seconds.
    assert_eq!(about(IF_FILE, "step_time = 0.5", "step_time = 0.01"), [""; 0]);
    for file in [LI_FILE, IF_FILE] {
        let population = read(file).build().unwrap();
        let range = population.current_range();
        let span = CurrentSpan::of(&range, [1e-12, 1e7]);
        assert_eq!(warnings_of_currents(population.description(), &range, &span), [""; 0]);
    }
}

/// Currents of a step, nA, in steps of a quarter.
fn currents(cells: usize, step: usize) -> Vec<f64> {
    (0..cells).map(|i| ((i * 7 + step * 13) % 29) as f64 * 0.25 - 1.0).collect()
}

fn seen(population: &DynPopulation) -> (Vec<u64>, Vec<(usize, usize)>) {
    let bits = population.read(Variable::Voltage).into_iter().map(f64::to_bits).collect();
    (bits, population.fired().iter().collect())
}

/// Every number of threads, batch and division has the bits of the equations, shared or own.
#[test]
fn populations_follow_the_equations() {
    const NEURONS: usize = 301;
    for (spec, fires) in [(Spec::new(LI), false), (Spec::new(IF), true)] {
        let spec = Spec { scalar: NumberFormat::F64, ..spec };
        for (batch, threads, own) in [(1, 1, false), (1, 3, true), (3, 2, false), (2, 4, true)] {
            let mut description = Description { batch_size: batch, ..Description::new(spec.clone(), &[7, 43]) };
            if own {
                let resistance = spec.params.number(Parameter::Resistance);
                description.own.set(Parameter::Resistance, OwnValues::Each(vec![resistance; NEURONS]));
            }
            let mut population = description.build().unwrap();
            population.set_threads(threads).unwrap();
            population.set_share(1);
            let (mut v, mut count) = (population.read(Variable::Voltage), vec![0_u32; NEURONS * batch]);
            let decay = (-LI.step_time / LI.time_constant).exp();
            let mut spikes = 0;
            for step in 0..60 {
                let na = currents(NEURONS * batch, step);
                population.load(Currents::F64(&na)).unwrap();
                population.step(StepOptions::default()).unwrap();
                let mut fired = Vec::new();
                for (i, ((v, count), current)) in v.iter_mut().zip(&mut count).zip(na).enumerate() {
                    *count = count.saturating_sub(1);
                    if !fires {
                        let ext = LI.resistance * current;
                        *v = LI.rest_v + ((*v - LI.rest_v) - ext) * decay + ext;
                    } else if *count == 0 {
                        *v += IF.resistance * current;
                        if *v >= IF.thresh_v {
                            (*v, *count) = (IF.reset_v, 2);
                            fired.push((i / NEURONS, i % NEURONS));
                        }
                    }
                }
                spikes += fired.len();
                let bits: Vec<u64> = v.iter().map(|v| v.to_bits()).collect();
                assert_eq!(
                    seen(&population),
                    (bits, fired),
                    "step {step}, batch {batch}, {threads} threads, own {own}"
                );
            }
            assert_eq!(spikes > NEURONS, fires, "{spikes}");
        }
    }
}

/// A step takes the currents that drive a membrane within the range, and names others.
#[test]
fn strong_currents_are_refused_or_clamped() {
    let mut population = read(&without(IF_FILE, "resistance")).build().unwrap();
    population.load(Currents::F64(&[0.0, 3e38, 0.0])).unwrap();
    let refused = population.step(StepOptions::default()).map(|_| ()).unwrap_err().to_string();
    assert!(refused.starts_with("the current of sample 0, neuron 1 is 3"), "{refused}");
    let text = IF_FILE.replace("shape = 3", "shape = 3\nscalar = \"i8f8\"");
    let mut population = read(&text).build().unwrap();
    population.load(Currents::F64(&[-1e9; 3])).unwrap();
    for _ in 0..10 {
        population.step(StepOptions::default()).unwrap();
    }
    assert_eq!(population.read(Variable::Voltage), [-128.0; 3]);
}

/// A network of an input that feeds both models by `current`, `delta` and an exact synapse.
#[test]
fn networks_have_both_models() {
    const STEPS: u64 = 200;
    let (tau, weights) = (3.0, [0.7, 0.3, 0.4]);
    let mut network = NetworkDescription::new(0.5);
    network.scalar = NumberFormat::F64;
    network.add_input("in", &[1]).unwrap();
    let high = IfParams { thresh_v: 6.0, ..IF };
    for (name, spec) in [("out", Spec::new(LI)), ("exc", Spec::new(high))] {
        network.add(name, Description::new(spec, &[1])).unwrap();
        let synapse = Exponential {
            tau: NeuronValues::Shared(tau),
            coupling: Coupling::Exact,
            normalized: false,
            discretization: Discretization::Exact,
        };
        network.add_synapse(name, "slow", synapse).unwrap();
        for (synapse, weight) in ["current", "delta", "slow"].into_iter().zip(weights) {
            network.connect("in", name).synapse(synapse).delay(0.0).dense(vec![weight]);
        }
    }
    let mut network = network.build().unwrap();
    let step_time: f64 = 0.5;
    let decay = (-step_time / tau).exp();
    let of_li = glif_core::network::propagator(step_time, tau, LI.time_constant, LI.resistance);
    let of_if = glif_core::network::propagator(step_time, tau, f64::INFINITY, IF.resistance);
    let (mut li, mut other, mut slow, mut count, mut spikes) = (LI.rest_v, 0.0_f64, 0.0_f64, 0_u32, 0);
    for step in 0..STEPS {
        let arrived = f64::from(u8::from(step % 3 == 0));
        network.set_spikes("in", &[arrived as u32]).unwrap();
        network.step().unwrap();
        let ext = LI.resistance * (weights[0] * arrived);
        li = LI.rest_v + ((li - LI.rest_v) - ext) * (-step_time / LI.time_constant).exp() + ext;
        li = (li + weights[1] * arrived) + of_li * slow;
        count = count.saturating_sub(1);
        let mut fires = false;
        if count == 0 {
            other += IF.resistance * (weights[0] * arrived);
            other = (other + weights[1] * arrived) + of_if * slow;
            fires = other >= 6.0;
            if fires {
                (other, count) = (IF.reset_v, 2);
            }
        }
        slow = slow * decay + weights[2] * arrived;
        spikes += usize::from(fires);
        let v = |name: &str| {
            let mut samples = glif::Samples::F64(Vec::new());
            glif::Recordable::sample_of(&network.member(name).unwrap(), Variable::Voltage, None, &mut samples);
            samples.into_f64()[0]
        };
        assert!((v("out") - li).abs() < 1e-12, "{} {li} in step {step}", v("out"));
        assert!((v("exc") - other).abs() < 1e-12, "{} {other} in step {step}", v("exc"));
        assert_eq!(network.fired("exc").unwrap().count() == 1, fires, "step {step}");
        assert_eq!(network.fired("out").unwrap().count(), 0);
    }
    assert!(spikes > 5, "{spikes}");
}
