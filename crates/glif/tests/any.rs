//! Operations of a population from a file other than stepping: cloning, sharing between threads, and changing
//! the batch size.

use glif::{Alif, AlifParams, Currents, Description, DynPopulation, Fired, Population, Samples, StepOptions, Variable};

fn population() -> DynPopulation {
    let text = "model = \"alif\"\nshape = [2, 3]\n[params]\nstep_time = 1.0\nrest_v = -60.0\nreset_v = -65.0\n\
                thresh_eq_v = -50.0\nrefrac_t = 2.0\ntc_membrane = 20.0\ntc_adaptation = [30.0, 300.0]\n\
                spike_increment = [1.5, 0.5]\n";
    let mut population = Description::from_toml(text).unwrap().build().unwrap();
    population.load(Currents::F64(&[30.0; 6])).unwrap();
    population
}

fn state(population: &DynPopulation) -> Vec<Vec<f64>> {
    Variable::ALL.map(|variable| population.read(variable)).to_vec()
}

fn run(population: &mut DynPopulation, steps: usize) -> u64 {
    (0..steps).map(|_| population.step(StepOptions::default()).unwrap().count()).sum()
}

#[test]
fn clone_continues_independently_of_its_original() {
    let mut original = population();
    run(&mut original, 13);
    let mut clone = original.clone();
    let at = state(&original);
    assert!(run(&mut clone, 30) > 0);
    assert_eq!(state(&original), at);
    run(&mut original, 30);
    assert_eq!(state(&original), state(&clone));
    assert_eq!((original.steps(), clone.steps()), (43, 43));
}

#[test]
fn threads_may_share_a_population() {
    let population = population();
    std::thread::scope(|scope| {
        let read = || population.read(Variable::Voltage);
        let reading = [scope.spawn(read), scope.spawn(read)];
        for thread in reading {
            assert_eq!(thread.join().unwrap(), [-60.0; 6]);
        }
    });
}

#[test]
fn another_batch_size_is_at_rest_and_keeps_thresholds() {
    let mut population = population();
    run(&mut population, 40);
    let thresholds = population.read(Variable::Adaptation);
    assert!(thresholds.iter().all(|component| *component > 0.0));
    population.set_threads(2).unwrap();
    population.set_batch_size(3).unwrap();
    assert_eq!((population.description().batch_size, population.threads()), (3, 2));
    assert_eq!(population.read(Variable::Voltage), [-60.0; 18]);
    assert_eq!(population.read(Variable::Adaptation), thresholds);
    // Currents of the old batch size are gone.
    assert_eq!(run(&mut population, 100), 0);
    assert!(population.load(Currents::F64(&[30.0; 6])).is_err());
    population.load(Currents::F64(&[30.0; 18])).unwrap();
    assert!(run(&mut population, 100) > 0);

    let before = state(&population);
    for (batch, told) in [(0, "`batch_size` = 0: must be at least 1"), (usize::MAX, "does not fit in memory")] {
        let error = population.set_batch_size(batch).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
        assert_eq!((state(&population), population.description().batch_size), (before.clone(), 3));
    }
}

#[test]
fn spikes_come_by_sample_and_neuron() {
    let mut population = population();
    population.set_batch_size(2).unwrap();
    let mut currents = [0.0; 12];
    (currents[1], currents[6], currents[11]) = (300.0, 300.0, 300.0);
    population.load(Currents::F64(&currents)).unwrap();
    let fired: Fired<'_> = population.step(StepOptions::default()).unwrap();
    assert_eq!(fired.iter().collect::<Vec<_>>(), [(0, 1), (1, 0), (1, 5)]);
    let mut iterated = fired.into_iter();
    assert_eq!(iterated.by_ref().count(), 3);
    assert_eq!((iterated.next(), iterated.next()), (None, None));
}

/// All ways of writing and reading use one order of threshold components: Inferno's, shape x K.
#[test]
fn threshold_components_have_one_layout() {
    let params = AlifParams {
        step_time: 1.0,
        rest_v: -60.0,
        reset_v: -65.0,
        thresh_eq_v: -50.0,
        refrac_t: 2.0,
        tc_membrane: 20.0,
        tc_adaptation: [20.0, 50.0],
        spike_increment: [1.5, 0.75],
        resistance: 1.0,
    };
    let mut typed = Population::<Alif<f32, 2>>::builder(params).shape(&[2, 3]).build().unwrap();
    let text = "model = 'alif'\nshape = [2, 3]\n[params]\nstep_time = 1.0\nrest_v = -60.0\nreset_v = -65.0\nthresh_eq_v = -50.0\n\
        refrac_t = 2.0\ntc_membrane = 20.0\ntc_adaptation = [20.0, 50.0]\nspike_increment = [1.5, 0.75]";
    let mut untyped = Description::from_toml(text).unwrap().build().unwrap();
    // Only neuron 4 has components that keep it silent.
    let mut values = [0.0_f32; 12];
    (values[2 * 4], values[2 * 4 + 1]) = (20.0, 30.0);
    values[0] = 0.25;
    typed.set_adaptation(&values).unwrap();
    let exact = values.map(f64::from);
    untyped.write(Variable::Adaptation, &exact).unwrap();
    assert_eq!(typed.adaptation(), values);
    assert_eq!(untyped.read(Variable::Adaptation), exact);
    assert_eq!(typed.adaptation_view()[[1, 1, 0]], 20.0);
    assert_eq!(typed.adaptation_view()[[1, 1, 1]], 30.0);
    assert_eq!(typed.adaptation_view().iter().copied().collect::<Vec<_>>(), values);
    let mut samples = Samples::F64(Vec::new());
    typed.sample(Variable::Adaptation, &mut samples);
    assert_eq!(samples.into_f64(), exact);
    untyped.load(Currents::F64(&[300.0; 6])).unwrap();
    let fired = untyped.step(StepOptions::default()).unwrap().iter().map(|(_, neuron)| neuron).collect::<Vec<_>>();
    assert_eq!(fired, [0, 1, 2, 3, 5]);
    assert!(typed.step(&[300.0; 6], StepOptions::default()).unwrap().iter().map(|(_, neuron)| neuron).eq(fired));
    let after: Vec<f64> = typed.adaptation().into_iter().map(f64::from).collect();
    assert_eq!(untyped.read(Variable::Adaptation), after);
    // Errors name the same index.
    values[7] = f32::NAN;
    let told = typed.set_adaptation(&values).unwrap_err().to_string();
    assert!(told.starts_with("`adaptation[7]` = NaN mV"), "{told}");
    assert_eq!(untyped.write(Variable::Adaptation, &values.map(f64::from)).unwrap_err().to_string(), told);
}

/// Currents for one step have the effect of loaded ones, and leave the loaded ones unchanged.
#[test]
fn currents_for_one_step_leave_loaded_ones_unchanged() {
    let (own, loaded): (Vec<f64>, Vec<f64>) = (0..6).map(|i| (9.0 + 3.5 * f64::from(i), 14.0)).unzip();
    let singles: Vec<f32> = own.iter().map(|na| *na as f32).collect();
    for scalar in ["f32", "f64", "i16f16", "i8f8"] {
        let head = format!("model = \"lif\"\nshape = [2, 3]\nscalar = \"{scalar}\"");
        let description = Description::from_toml(&format!(
            "{head}\n[params]\nstep_time = 1.0\nrest_v = -60.0\nreset_v = -65.0\nthresh_v = -50.0\nrefrac_t = 2.0\ntime_constant = 20.0"
        ))
        .unwrap();
        let options = description.options();
        let [mut one, mut other] = [description.build().unwrap(), description.build().unwrap()];
        one.load(Currents::F64(&loaded)).unwrap();
        for step in 0..60 {
            let currents = if step % 2 == 0 { Currents::F64(&own) } else { Currents::F32(&singles) };
            one.step_with(currents, options).unwrap();
            one.step(options).unwrap();
            for currents in [currents, Currents::F64(&loaded)] {
                other.load(currents).unwrap();
                other.step(options).unwrap();
            }
            assert_eq!(one.read(Variable::Voltage), other.read(Variable::Voltage), "{scalar}, step {step}");
        }
        let bad = [1.0, f64::NAN, 0.0, 0.0, 0.0, 0.0];
        let before = one.read(Variable::Voltage);
        let told = one.step_with(Currents::F64(&bad), options).unwrap_err().to_string();
        assert!(told.starts_with("the current of sample 0, neuron 1 is NaN nA"), "{told}");
        assert!(one.step_with(Currents::F32(&singles[1..]), options).is_err());
        assert_eq!(one.read(Variable::Voltage), before);
    }
}
