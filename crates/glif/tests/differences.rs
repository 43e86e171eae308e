//! Intended differences between glif and Inferno: one test for each row of the first table of `docs/inferno.md`.

use std::path::Path;

use glif::{
    Alif, AlifParams, Currents, Description, DynPopulation, Glif2, Glif2Params, Lif, LifParams, Population, Reduction,
    RefractoryRule, StepOptions, Variable,
};

use crate::common::{LIF, alif};

const ALIF: AlifParams<1> = alif([500.0], [1.0]);
const ALIF_2: AlifParams<2> = alif([500.0; 2], [1.0; 2]);
/// A current at which each of these neurons fires at once.
const STRONG: f32 = 1000.0;

fn lif(params: LifParams, shape: usize) -> Population<Lif<f32>> {
    Population::builder(params).shape(&[shape]).build().unwrap()
}

fn described(model: &str, params: &[&str]) -> Result<DynPopulation, String> {
    let text = format!("model = \"{model}\"\nshape = [2]\n[params]\n{}\n", params.join("\n"));
    let description = Description::from_toml(&text).map_err(|errors| errors.to_string())?;
    description.build().map_err(|error| error.to_string())
}

const MEMBRANE: [&str; 6] = [
    "step_time = 1.0",
    "rest_v = -60.0",
    "reset_v = -65.0",
    "thresh_eq_v = -50.0",
    "refrac_t = 2.0",
    "tc_membrane = 20.0",
];

/// The rows of the table and the tests of this file name each other.
#[test]
fn the_table_names_these_tests() {
    let page = include_str!("../../../docs/inferno.md");
    let (_, table) = page.split_once("<!-- differences -->\n").unwrap();
    let (table, _) = table.split_once("<!-- end -->").unwrap();
    let rows: Vec<_> = table.lines().skip(2).collect();
    let named = rows.iter().map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        assert!(cells.len() == 5 && cells.iter().all(|cell| !cell.is_empty()), "{row}");
        cells[4].trim_matches('`')
    });
    let named: Vec<_> = named.collect();
    let (_, tests) = include_str!("differences.rs").split_once("fn the_table_names_these_tests").unwrap();
    let tests = tests.split("#[test]\nfn ").skip(1).filter_map(|test| test.split_once('(').map(|(name, _)| name));
    assert_eq!(named, tests.collect::<Vec<_>>(), "docs/inferno.md on the left, the tests in their order on the right");
}

#[test]
fn spike_flags_do_not_follow_refractory_times() {
    let mut population = lif(LifParams { refrac_t: 0.0, ..LIF }, 2);
    assert_eq!(population.fired().count(), 0); // Inferno's `spike` is all true here, and always
    assert_eq!(population.step(&[0.0; 2], StepOptions::default()).unwrap().count(), 0);
    for _ in 0..3 {
        assert!(population.step(&[0.0, STRONG], StepOptions::default()).unwrap().iter().eq([(0, 1)]));
    }
    assert_eq!(population.step(&[0.0; 2], StepOptions::default()).unwrap().count(), 0);
    // Writing a refractory time does not add or remove a spike.
    let mut population = lif(LIF, 2);
    population.set_refrac(&[2.0; 2]).unwrap();
    assert_eq!(population.fired().count(), 0);
    population.clear(false);
    population.step(&[0.0, STRONG], StepOptions::default()).unwrap();
    population.set_refrac(&[0.5; 2]).unwrap();
    population.set_step_time(0.5).unwrap();
    assert!(population.fired().iter().eq([(0, 1)]));
}

#[test]
fn shorter_lists_are_completed() {
    let alif = |tc: &str, inc: &str| {
        let lists = [format!("tc_adaptation = {tc}"), format!("spike_increment = {inc}")];
        described("alif", &[MEMBRANE.as_slice(), &lists.each_ref().map(String::as_str)].concat())
    };
    for (short, full) in [
        (("[20.0, 200.0]", "1.5"), ("[20.0, 200.0]", "[1.5, 1.5]")),
        (("[20.0, 200.0, 50.0]", "[1.5, 2.0]"), ("[20.0, 200.0, 50.0]", "[1.5, 2.0, 2.0]")),
        (("20.0", "[1.5, 2.0]"), ("[20.0, 20.0]", "[1.5, 2.0]")),
    ] {
        assert_eq!(alif(short.0, short.1).unwrap().report(), alif(full.0, full.1).unwrap().report());
    }
    assert_eq!(alif("[20.0]", "[]").unwrap_err(), "`spike_increment`: has 0 values, but 1 are needed");
    assert_eq!(alif("[]", "[]").unwrap().components(), 0);
}

#[test]
fn parameters_are_finite() {
    for bad in [f64::NAN, f64::INFINITY] {
        let message = format!("`resistance` = {bad} MΩ: must be finite");
        let params = LifParams { resistance: bad, ..LIF };
        assert_eq!(Population::<Lif<f32>>::builder(params).build().unwrap_err().to_string(), message);
        let alif = AlifParams { tc_adaptation: [bad], spike_increment: [bad], ..ALIF };
        let message = Population::<Alif<f32, 1>>::builder(alif).build().unwrap_err().to_string();
        assert_eq!(message.lines().count(), 2, "{message}");
    }
    // Inferno accepts numbers in strings, and `True` for 1.
    for resistance in ["resistance = \"1.0\"", "resistance = true"] {
        let lists = ["tc_adaptation = 20.0", "spike_increment = 1.5", resistance];
        let message = described("alif", &[MEMBRANE.as_slice(), &lists].concat()).unwrap_err();
        assert!(message.contains("`params.resistance` = "), "{message}");
    }
}

#[test]
fn written_state_is_checked() {
    let mut population = Population::<Alif<f32, 1>>::builder(ALIF).shape(&[2]).batch_size(2).build().unwrap();
    population.step(&[0.0, STRONG, 0.0, 0.0], StepOptions::default()).unwrap();
    let before = (population.voltage().to_vec(), population.refrac(), population.adaptation().to_vec());
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        assert_eq!(
            population.set_voltage(&[-60.0, -61.0, bad, -62.0]).unwrap_err().to_string(),
            format!("`voltage[2]` = {bad} mV: must be finite")
        );
        assert!(population.set_adaptation(&[0.0, bad]).is_err());
        assert!(population.set_refrac(&[0.0, 1.0, 2.0, bad.into()]).is_err());
    }
    let message = population.set_refrac(&[0.0, -1.0, 0.0, 0.0]).unwrap_err().to_string();
    assert_eq!(message, "`refrac[1]` = -1 ms: must not be negative");
    for wrong in [0, 1, 2, 3, 5] {
        assert!(population.set_voltage(&vec![-60.0; wrong]).is_err());
        assert!(population.set_refrac(&vec![0.0; wrong]).is_err());
        assert!(population.set_fired(&vec![true; wrong]).is_err());
        assert!(wrong == 2 || population.set_adaptation(&vec![0.0; wrong]).is_err());
    }
    assert_eq!((population.voltage().to_vec(), population.refrac(), population.adaptation().to_vec()), before);
}

#[test]
fn changed_parameters_are_checked() {
    let mut population = lif(LIF, 2);
    population.step(&[STRONG, 0.0], StepOptions::default()).unwrap();
    let before = population.clone();
    for (bad, message) in [
        (-5.0, "`step_time` = -5 ms: must be positive"),
        (0.0, "`step_time` = 0 ms: must be positive"),
        (f64::NAN, "`step_time` = NaN ms: must be finite"),
        (
            1e-6,
            "`refrac_t` = 2 ms: takes more than 32767 steps, the longest refractory period\nhelp: use a longer `step_time` or a shorter refractory time",
        ),
    ] {
        assert_eq!(population.set_step_time(bad).unwrap_err().to_string(), message);
        assert_eq!((population.parameters(), population.neuron()), (before.parameters(), before.neuron()));
        assert_eq!((population.voltage(), population.refrac()), (before.voltage(), before.refrac()));
    }
    population.set_step_time(0.25).unwrap();
    assert_eq!((population.parameters().step_time, population.refrac()), (0.25, vec![2.0, 0.0]));
    assert_eq!(population.neuron().decay, (-0.25_f64 / 20.0).exp() as f32);
}

#[test]
fn clones_are_independent() {
    let mut original = Population::<Alif<f32, 1>>::builder(ALIF).shape(&[2]).batch_size(2).build().unwrap();
    original.step(&[STRONG, 0.0, 14.0, 0.0], StepOptions::default()).unwrap();
    let (mut copy, mut twin) = (original.clone(), original.clone());
    let state = |population: &Population<_>| {
        (population.voltage().to_vec(), population.refrac(), population.adaptation().to_vec(), population.steps())
    };
    let before = state(&original);
    for _ in 0..20 {
        copy.step(&[STRONG; 4], StepOptions::default()).unwrap();
    }
    assert_eq!(state(&original), before);
    assert_eq!(original.fired().count(), 1);
    for _ in 0..20 {
        original.step(&[STRONG; 4], StepOptions::default()).unwrap();
    }
    assert_eq!(state(&original), state(&copy));
    drop(original);
    for _ in 0..20 {
        twin.step(&[STRONG; 4], StepOptions::default()).unwrap();
    }
    assert_eq!(state(&twin), state(&copy));
}

#[test]
fn input_that_is_not_finite_is_refused() {
    // 3e38 is finite; ten times that is not finite in f32.
    let mut population = lif(LifParams { resistance: 10.0, ..LIF }, 3);
    population.step(&[STRONG, 14.0, 0.0], StepOptions::default()).unwrap(); // the first is refractory now
    let before = (population.voltage().to_vec(), population.refrac(), population.steps());
    for options in [StepOptions::default(), StepOptions { refrac_lock: false, ..StepOptions::default() }] {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 3e38] {
            for place in 0..3 {
                let mut currents = [1.0; 3];
                currents[place] = bad;
                let message = population.step(&currents, options).unwrap_err().to_string();
                let start = format!("the current of sample 0, neuron {place} is {:e} nA", f64::from(bad));
                assert!(message.starts_with(&start), "{message}");
                assert_eq!((population.voltage().to_vec(), population.refrac(), population.steps()), before);
                assert!(population.fired().iter().eq([(0, 0)]));
            }
        }
    }
    assert!(population.step(&[0.0; 3], StepOptions::default()).is_ok());
    // The greatest accepted current leaves finite voltages, with and without refractory lock.
    let most = f32::MAX / 40.0;
    for current in [most, -most, -most, most] {
        population.step(&[current; 3], StepOptions { refrac_lock: false, ..StepOptions::default() }).unwrap();
        assert!(population.voltage().iter().all(|v| v.is_finite()), "{:?}", population.voltage());
    }
    // Fixed point has no NaN to pass on, but its input must still be a number.
    let lists = ["tc_adaptation = 20.0", "spike_increment = 1.5"];
    let mut population = described("alif", &[MEMBRANE.as_slice(), &lists].concat()).unwrap();
    assert!(population.load(Currents::F64(&[0.0, f64::NAN])).is_err());
    assert!(population.load(Currents::F64(&[0.0, 1e39])).is_err());
}

#[test]
fn steep_resets_are_limited() {
    let glif2 = Glif2Params {
        step_time: 1.0,
        rest_v: -60.0,
        reset_v_add: -1e17,
        reset_v_mul: -1.7e25,
        thresh_eq_v: -50.0,
        refrac_t: 0.0,
        tc_membrane: 20.0,
        rc_adaptation: [0.1],
        spike_increment: [0.0],
        resistance: 1.0,
    };
    let mut population: Population<Glif2<f32, 1>> = Population::builder(glif2).build().unwrap();
    let mut thrown = 0.0_f32;
    for _ in 0..100 {
        population.step(&[1e30], StepOptions::default()).unwrap();
        assert!(population.voltage()[0].is_finite());
        thrown = thrown.max(population.voltage()[0].abs());
    }
    assert_eq!(thrown, f32::MAX * 0.375);
}

#[test]
fn increments_are_limited() {
    let alif = |increment| AlifParams { tc_adaptation: [1e9; 2], spike_increment: [increment, -increment], ..ALIF_2 };
    let build = |increment| Population::<Alif<f32, 2>>::builder(alif(increment)).build();
    // The limit for each of two components, and the greatest increment that rounding loses there.
    let limit = f32::MAX / 16.0;
    let greatest = f64::from(limit) * f64::from(f32::EPSILON) / 4.0;
    let message = build(greatest * 1.000_001).unwrap_err().to_string();
    assert!(message.contains("spike_increment[0]"), "{message}");
    let mut population = build(greatest).unwrap();
    for start in [limit, limit * 0.999_999] {
        population.set_adaptation(&[start, -start]).unwrap();
        let mut fired = 0;
        for _ in 0..100 {
            fired += population.step(&[1e37], StepOptions::default()).unwrap().count();
        }
        assert!(fired > 20, "{fired} spikes");
        let [up, down] = population.adaptation()[..] else { panic!("one neuron has two components") };
        assert!((start..=limit).contains(&up) && down == -up, "{up:e}, {down:e}");
    }
}

#[test]
fn input_of_another_length_is_refused() {
    let mut population = Population::<Lif<f32>>::builder(LIF).shape(&[4]).batch_size(3).build().unwrap();
    for wrong in [0, 1, 3, 4, 11, 13, 24] {
        let message = population.step(&vec![STRONG; wrong], StepOptions::default()).unwrap_err().to_string();
        let needed = "3 x 4 neurons: one per neuron and sample is needed";
        assert_eq!(message, format!("{wrong} currents for {needed}"));
    }
    assert_eq!((population.batch_size(), population.voltage(), population.steps()), (3, [-60.0; 12].as_slice(), 0));
}

#[test]
fn input_does_not_change_the_format() {
    let lists = ["tc_adaptation = 20.0", "spike_increment = 1.5"];
    let build = || described("alif", &[MEMBRANE.as_slice(), &lists].concat()).unwrap();
    let (mut double, mut single) = (build(), build());
    for i in 0..50 {
        let current = 14.0 + f64::from(i) / 30.0;
        double.load(Currents::F64(&[current, -current])).unwrap();
        single.load(Currents::F32(&[current as f32, -current as f32])).unwrap();
        for population in [&mut double, &mut single] {
            population.step(StepOptions::default()).unwrap();
        }
        for variable in Variable::ALL {
            assert_eq!(double.read(variable), single.read(variable));
        }
        assert!(double.read(Variable::Voltage).iter().all(|v| f64::from(*v as f32) == *v));
    }
}

#[test]
fn potentials_equal_after_rounding_are_rejected() {
    let build = |params| Population::<Lif<f32>>::builder(params).build();
    for name in ["rest_v", "reset_v"] {
        let close = |x| if name == "rest_v" { LifParams { rest_v: x, ..LIF } } else { LifParams { reset_v: x, ..LIF } };
        let told = build(close(-50.000_000_1)).unwrap_err().to_string();
        assert!(told.starts_with(&format!("`{name}` = -50.0000001 mV: must be below `thresh_v`")), "{told}");
        let mut population = build(close(-50.00001)).unwrap();
        assert_eq!(population.step(&[0.0], StepOptions::default()).unwrap().count(), 0);
        // A format that keeps the two potentials apart accepts them.
        assert!(Population::<Lif<f64>>::builder(close(-50.000_000_1)).build().is_ok());
    }
}

#[test]
fn a_reset_above_threshold_is_refused() {
    let params = Glif2Params {
        step_time: 1.0,
        rest_v: -60.0,
        reset_v_add: -20.0,
        reset_v_mul: 0.5,
        thresh_eq_v: -50.0,
        refrac_t: 0.0,
        tc_membrane: 20.0,
        rc_adaptation: [0.1],
        spike_increment: [1.0],
        resistance: 1.0,
    };
    let build = |params| Population::<Glif2<f32, 1>>::builder(params).build();
    let message = build(params).unwrap_err().to_string();
    assert!(
        message.starts_with(
            "`reset_v_mul` = 0.5: with this `reset_v_add`, a spike at the threshold resets the membrane to -35 mV"
        ),
        "{message}"
    );
    // A reset that ends below the threshold is accepted, and such a neuron does not fire in a silent step.
    let mut population = build(Glif2Params { reset_v_add: -4.0, ..params }).unwrap();
    assert_eq!(population.step(&[STRONG], StepOptions::default()).unwrap().count(), 1);
    population.set_voltage(&[-50.0]).unwrap();
    population.set_adaptation(&[0.0]).unwrap();
    population.step(&[0.0], StepOptions::default()).unwrap();
    assert_eq!(population.step(&[0.0], StepOptions::default()).unwrap().count(), 0);
}

#[test]
fn a_sum_multiplies_by_the_batch() {
    let builder = Population::<Alif<f32, 1>>::builder(ALIF).batch_size(3);
    let mut population = builder.reduction(Reduction::Sum).build().unwrap();
    population.set_adaptation(&[1.0]).unwrap();
    for expected in ["2.99", "8.96", "26.8", "80.4", "240.6"] {
        assert_eq!(population.step(&[0.0; 3], StepOptions::default()).unwrap().count(), 0);
        let digits = expected.split_once('.').unwrap().1.len();
        assert_eq!(format!("{:.digits$}", population.adaptation()[0]), expected);
    }
}

#[test]
fn sums_are_limited() {
    for tc in [20.0, 100.0, 400.0] {
        let builder = Population::<Alif<f32, 2>>::builder(alif([tc; 2], [1.0, -1.0])).batch_size(2);
        let mut population = builder.reduction(Reduction::Sum).build().unwrap();
        let count = |_| population.step(&[18.0; 2], StepOptions::default()).unwrap().count();
        // Inferno's components are infinite after about 150 steps, and their sum is NaN.
        assert_eq!((0..400).map(count).sum::<u64>(), 34, "{tc} ms");
        let limit = f32::MAX / 16.0;
        assert_eq!(population.adaptation(), [limit, -limit]);
    }
}

#[test]
fn refractory_rules_can_be_chosen() {
    let interval = |rule, refrac_t, step_time| {
        let params = LifParams { refrac_t, step_time, ..LIF };
        let mut population = Population::<Lif<f32>>::builder(params).refractory(rule).build().unwrap();
        let mut steps = (0..200).filter(|_| population.step(&[1e6], StepOptions::default()).unwrap().count() == 1);
        let (first, second) = (steps.next().unwrap(), steps.next().unwrap());
        second - first
    };
    let intervals = [(2.0, 0.1), (5.0, 0.1), (0.5, 0.1), (0.3, 0.1)].map(|(t, dt)| {
        [RefractoryRule::Inferno, RefractoryRule::Exact, RefractoryRule::Nest].map(|rule| interval(rule, t, dt))
    });
    assert_eq!(intervals, [[20, 20, 21], [51, 50, 51], [6, 5, 6], [4, 3, 4]]);
}

#[test]
fn uncountable_refractory_times_are_refused() {
    // In f32, 1e6 - 0.01 is 1e6, so Inferno's neuron never fires again.
    let build = |refrac_t, step_time, rule| {
        let params = LifParams { refrac_t, step_time, ..LIF };
        Population::<Lif<f32>>::builder(params).refractory(rule).build()
    };
    for rule in [RefractoryRule::Inferno, RefractoryRule::Exact, RefractoryRule::Nest] {
        let message = build(1e6, 0.01, rule).unwrap_err().to_string();
        let end = "takes more than 32767 steps, the longest refractory period\nhelp: use a longer `step_time` or a shorter refractory time";
        assert_eq!(message, format!("`refrac_t` = 1000000 ms: {end}"));
        assert!(build(f64::INFINITY, 1.0, rule).is_err());
        assert!(build(32_768.0, 1.0, rule).is_err());
        assert!(build(32_766.0, 1.0, rule).is_ok());
    }
    let mut population = build(2.0, 1.0, RefractoryRule::Inferno).unwrap();
    assert!(population.set_refrac(&[32_768.0]).is_err());
    assert!(population.set_refrac(&[32_767.0]).is_ok());
}

#[test]
fn refractory_times_that_round_to_zero_are_rejected() {
    let params = LifParams { refrac_t: 1e-46, ..LIF };
    let message = Population::<Lif<f32>>::builder(params).build().unwrap_err().to_string();
    assert!(message.starts_with("`refrac_t` = 1e-46 ms: rounds to zero"), "{message}");
    assert_eq!(Population::<Lif<f64>>::builder(params).build().unwrap().period().count(), 1);
}

#[test]
fn state_is_saved_with_its_parameters() {
    let directory = tempfile::tempdir().unwrap();
    let file: &Path = &directory.path().join("state");
    let with = |increment: &str| {
        let lists = ["tc_adaptation = 20.0", increment];
        described("alif", &[MEMBRANE.as_slice(), &lists].concat()).unwrap()
    };
    let mut population = with("spike_increment = 1.5");
    population.load(Currents::F32(&[STRONG, 0.0])).unwrap();
    population.step(StepOptions::default()).unwrap();
    population.save(file).unwrap();
    let message = with("spike_increment = 2.5").restore(file).unwrap_err().to_string();
    assert!(
        message.ends_with(": `params.spike_increment` is 1.5 in the snapshot, 2.5 in this population"),
        "{message}"
    );
    let twin = DynPopulation::from_snapshot(file).unwrap();
    assert_eq!(twin.description(), population.description());
    for variable in Variable::ALL {
        assert_eq!(twin.read(variable), population.read(variable));
    }
}

#[test]
fn membrane_decays_are_correctly_rounded() {
    // exp(-1 / 17.8) is 0.94536916..., to 60 digits. The last value is glibc's `math.exp`, which is one unit off.
    let pairs = [
        (1.0, 17.8, 0x3fee_4076_d6a6_eba7_u64, 0x3fee_4076_d6a6_eba6),
        (0.5, 8.9, 0x3fee_4076_d6a6_eba7, 0x3fee_4076_d6a6_eba6),
        (2.0, 35.6, 0x3fee_4076_d6a6_eba7, 0x3fee_4076_d6a6_eba6),
        (0.25, 92.3, 0x3fef_e9d7_6cfa_8354, 0x3fef_e9d7_6cfa_8355),
    ];
    for (step_time, time_constant, exact, theirs) in pairs {
        let params = LifParams { step_time, time_constant, ..LIF };
        let population = Population::<Lif<f64>>::builder(params).build().unwrap();
        assert_eq!(population.neuron().decay.to_bits(), exact, "{step_time} ms, {time_constant} ms");
        let single = Population::<Lif<f32>>::builder(params).build().unwrap();
        assert_eq!(single.neuron().decay, f64::from_bits(theirs) as f32);
    }
}
