//! The potential at which membranes begin: shared, own, and after everything that resets a population.

use glif::{
    Alif, AlifParams, Currents, Description, DynPopulation, Lif, OwnValues, ParamTable, Parameter, Parameters,
    Population, StepOptions, Variable,
};
use glif_core::fixed::types::I8F8;

use crate::common::{LIF, alif};

const FILE: &str = "model = 'alif'\nshape = [3]\nseed = 7\n[params]\nstep_time = 1.0\nrest_v = -60.0\nreset_v = -65.0\n\
                    thresh_eq_v = -50.0\nrefrac_t = 2.0\ntc_membrane = 20.0\ntc_adaptation = 40.0\n\
                    spike_increment = 1.5\n";

fn file(head: &str, params: &str) -> String {
    let (keys, own) = FILE.split_once("[params]\n").unwrap();
    let defined = |line: &&str| !params.lines().any(|other| other.split(' ').next() == line.split(' ').next());
    let shared: Vec<&str> = own.lines().filter(defined).collect();
    format!("{keys}{head}\n[params]\n{}\n{params}\n", shared.join("\n"))
}

fn read(text: &str) -> Description {
    Description::from_toml(text).unwrap_or_else(|errors| panic!("{errors}\n{text}"))
}

fn told(text: &str) -> String {
    Description::from_toml(text).map(drop).unwrap_err().to_string()
}

fn voltage(population: &DynPopulation) -> Vec<f64> {
    population.read(Variable::Voltage)
}

/// Everything that resets a population puts its membranes where they began: `begin`, mV, for each neuron.
fn returns_to(description: &Description, begin: &[f64]) {
    let batch = description.batch_size;
    let mut population = description.build().unwrap();
    assert_eq!(voltage(&population), begin.repeat(batch));
    let run = |population: &mut DynPopulation| {
        let cells = population.neurons() * population.description().batch_size;
        population.load(Currents::F64(&vec![90.0; cells])).unwrap();
        population.run(40, StepOptions::default(), |_| ()).unwrap();
        assert!(voltage(population)[..begin.len()] != *begin);
        assert!(population.read_components().iter().all(|theta| *theta > 0.0));
    };
    run(&mut population);
    population.clear(true);
    assert_eq!(voltage(&population), begin.repeat(batch));
    assert!(population.read_components().iter().all(|theta| *theta > 0.0));
    run(&mut population);
    population.set_step_time(0.5).unwrap();
    let moved = voltage(&population);
    assert!(moved[..begin.len()] != *begin, "a new step time moves no membrane");
    population.clear(false);
    assert_eq!(voltage(&population), begin.repeat(batch));
    assert!(population.read_components().iter().all(|theta| *theta == 0.0));
    run(&mut population);
    population.set_batch_size(batch + 1).unwrap();
    assert_eq!(voltage(&population), begin.repeat(batch + 1));

    // A snapshot restores the membranes, and what `clear` returns them to.
    run(&mut population);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("initial.snap");
    population.save(&path).unwrap();
    let mut restored = DynPopulation::from_snapshot(&path).unwrap();
    assert_eq!(voltage(&restored), voltage(&population));
    restored.clear(false);
    assert_eq!(voltage(&restored), begin.repeat(batch + 1));
}

#[test]
fn shared_in_every_format() {
    for (scalar, begins) in [("f64", -55.3), ("f32", f64::from(-55.3_f32)), ("i8f8", -14157.0 / 256.0)] {
        for batch in [1, 2] {
            let text = file(&format!("scalar = '{scalar}'\nbatch_size = {batch}"), "initial_v = -55.3");
            let description = read(&text);
            returns_to(&description, &[begins; 3]);
            assert_eq!(read(&description.to_toml()), description);
            assert!(description.to_toml().contains("initial_v = -55.3\n"));
        }
    }
    // Of another value for all neurons than that of the own rests.
    let own = "initial_v = 0.0\nthresh_eq_v = 10.0\nrest_v = { each = [-60.0, -61.0, -62.0] }";
    returns_to(&read(&file("scalar = 'f64'", own)), &[0.0; 3]);
}

#[test]
fn own_of_each_neuron() {
    let each = file("scalar = 'f64'\nbatch_size = 2", "initial_v = { each = [-55.0, -40.0, -70.25] }");
    let description = read(&each);
    assert_eq!(description.spec.params.initial_v(), Some(-55.0));
    returns_to(&description, &[-55.0, -40.0, -70.25]);
    assert_eq!(read(&description.to_toml()), description);
    let population = description.build().unwrap();
    assert_eq!(population.own_bytes_per_neuron(), 8);

    let drawn = read(&file("scalar = 'f64'", "initial_v = { uniform = [-60.0, -50.0] }"));
    let values = drawn.drawn().unwrap().values(Parameter::InitialV).to_vec();
    assert!(values.iter().all(|mv| (-60.0..=-50.0).contains(mv)) && values[0] != values[1], "{values:?}");
    returns_to(&drawn, &values);

    let mut array = read(&file("scalar = 'f64'", "initial_v = { array = 'cells.npy' }"));
    assert!(array.build().unwrap_err().to_string().contains("is not read"));
    array.load_arrays(|_| Ok((vec![3], vec![-55.0, -54.0, -53.0]))).unwrap();
    returns_to(&array, &[-55.0, -54.0, -53.0]);
}

/// Without an initial potential, a membrane begins at its own rest, and no coefficient is stored for that.
#[test]
fn without_it_at_rest() {
    let description = read(&file("scalar = 'f64'", "rest_v = { each = [-60.0, -61.0, -62.0] }"));
    returns_to(&description, &[-60.0, -61.0, -62.0]);
    assert_eq!(description.build().unwrap().own_bytes_per_neuron(), 8);
    assert!(!description.to_toml().contains("initial_v"));
    returns_to(&read(FILE), &[-60.0; 3]);
}

#[test]
fn above_the_threshold_it_fires_at_once() {
    let description = read(&file("", "initial_v = { each = [-40.0, -55.0, -50.0] }"));
    let mut population = description.build().unwrap();
    // In the step, the last one decays below the threshold, where it begins.
    assert_eq!(population.step(StepOptions::default()).unwrap().iter().collect::<Vec<_>>(), [(0, 0)]);
}

#[test]
fn differences_show_it() {
    let (unset, set) = (read(FILE), read(&file("", "initial_v = -55.0")));
    let names = ["here", "there"];
    assert_eq!(unset.differences(&unset.clone(), names), [""; 0]);
    assert_eq!(unset.differences(&set, names), ["`params.initial_v` is absent here, -55.0 there"]);
    let own = read(&file("", "initial_v = { each = [-55.0, -56.0, -57.0] }"));
    assert_eq!(unset.differences(&own, names), ["`params.initial_v` is absent here, a list of 3 values there"]);
}

/// The report of a number format has it, and so does a description of a typed population.
#[test]
fn typed_populations_have_it() {
    type Adaptive = Alif<I8F8, 1>;
    let params: AlifParams<1> = alif([40.0], [1.5]);
    let params = Parameters::from(params).starting_at(-55.3);
    let mut typed = Population::<Adaptive>::builder(params).shape(&[2]).batch_size(2).build().unwrap();
    let begins = I8F8::from_bits(-14157);
    assert_eq!(typed.voltage(), [begins; 4]);
    typed.run(&[I8F8::lit("30"); 4], 9, StepOptions::default(), |_| ()).unwrap();
    typed.clear(true);
    assert_eq!(typed.voltage(), [begins; 4]);
    let description = typed.description().unwrap();
    let described = description.build().unwrap();
    assert_eq!(voltage(&described), [-14157.0 / 256.0; 4]);
    let report = described.report();
    let line = report.iter().find(|line| line.name == "initial_v").unwrap();
    assert_eq!((line.requested, line.stored), (-55.3, -14157.0 / 256.0));

    let builder = Population::<Lif<f64>>::builder(LIF).shape(&[3]);
    let own = builder.own(Parameter::InitialV, &[-55.0, -40.0, -70.0]);
    let mut population = own.build().unwrap();
    assert_eq!(population.voltage(), [-55.0, -40.0, -70.0]);
    let fired = population.step(&[0.0; 3], StepOptions::default()).unwrap();
    assert_eq!(fired.iter().collect::<Vec<_>>(), [(0, 1)]);
    population.clear(false);
    assert_eq!(population.voltage(), [-55.0, -40.0, -70.0]);
    let own = population.description().unwrap().own;
    assert_eq!(own.get(Parameter::InitialV), Some(&OwnValues::Each(vec![-55.0, -40.0, -70.0])));
}

#[test]
fn errors_name_it() {
    let range = "must be between -128 and 127.99609375 in this number format";
    assert_eq!(told(&file("", "initial_v = nan")), "`initial_v` = NaN mV: must be finite");
    assert_eq!(told(&file("scalar = 'i8f8'", "initial_v = 130.0")), format!("`initial_v` = 130 mV: {range}"));
    assert!(told(&file("", "initial_v = '-55'")).contains("`params.initial_v` = \"-55\": must be a number (in mV"));
    assert!(told(&file("", "initial_v = [-55.0]")).contains("help: for one value of each neuron"));
    let each = |list: &str| file("scalar = 'i8f8'", &format!("initial_v = {{ each = {list} }}"));
    assert_eq!(told(&each("[-55.0, -54.0]")), "`params.initial_v.each`: has 2 values, but the shape has 3 neurons");
    assert_eq!(told(&each("[-55.0, inf, nan]")), "`initial_v[1]` = inf mV: must be finite (and 1 more neuron)");
    assert_eq!(told(&each("[-300.0, 0.0, 0.0]")), format!("`initial_v[0]` = -300 mV: {range}"));
    let late = read(&each("[-55.0, 0.0, -300.0]")).build().unwrap_err().to_string();
    assert_eq!(late, format!("`initial_v[2]` = -300 mV: {range}"));
    assert!(told(&file("", "v_init = -55.0")).contains("did you mean `initial_v`?"));

    let own = |values: &[f64]| {
        let builder = Population::<Lif<f32>>::builder(LIF).shape(&[3]);
        builder.own(Parameter::InitialV, values).build().unwrap_err().to_string()
    };
    assert_eq!(own(&[-55.0, -54.0]), "`initial_v`: has 2 values, but 3 are needed");
    assert_eq!(own(&[-55.0, -54.0, f64::NAN]), "`initial_v[2]` = NaN mV: must be finite");
    assert!(own(&[-55.0, -54.0, 1e39]).starts_with("`initial_v[2]` = 1e39 mV: must be between "));
    let built = Population::<Lif<f32>>::builder(Parameters::from(LIF).starting_at(f64::NAN)).build();
    assert_eq!(built.unwrap_err().to_string(), "`initial_v` = NaN mV: must be finite");
    let mut table = ParamTable::from(LIF);
    assert!(table.set(Parameter::InitialV, &[f64::NEG_INFINITY]).is_err() && table == ParamTable::from(LIF));
}
