//! Populations of neurons with their own parameters: each has the bits that it has alone.

use glif::{
    AlifParams, Currents, Description, Dialect, DynPopulation, Glif2Params, Glif5Params, IfParams, LiParams, LifParams,
    NumberFormat, OwnValues, Parameter, Population, RoundingMode, Spec, StepOptions, Variable,
};
use glif_core::Glif2;
use glif_core::fixed::types::I16F16;
use proptest::prelude::*;

const LIF: LifParams = LifParams {
    step_time: 0.5,
    rest_v: -60.0,
    reset_v: -65.0,
    thresh_v: -50.0,
    refrac_t: 2.0,
    time_constant: 20.0,
    resistance: 1.0,
};

const GLIF2: Glif2Params<2> = Glif2Params {
    step_time: 1.0,
    rest_v: -60.0,
    reset_v_add: 4.0,
    reset_v_mul: 0.2,
    thresh_eq_v: -50.0,
    refrac_t: 2.0,
    tc_membrane: 20.0,
    rc_adaptation: [0.02, 0.2],
    spike_increment: [2.0, 0.5],
    resistance: 1.0,
};

fn specs() -> Vec<Spec> {
    let alif = AlifParams {
        step_time: 1.0,
        rest_v: -60.0,
        reset_v: -65.0,
        thresh_eq_v: -50.0,
        refrac_t: 2.0,
        tc_membrane: 20.0,
        tc_adaptation: [50.0, 9.0, 30.0],
        spike_increment: [1.0, 0.5, 0.25],
        resistance: 1.0,
    };
    let glif5 = Glif5Params {
        dialect: Dialect::Nest,
        step_time: 1.0,
        rest_v: -60.0,
        reset_v_add: 4.0,
        reset_v_mul: 0.2,
        thresh_eq_v: -50.0,
        refrac_t: 2.5,
        tc_membrane: 10.0,
        rc_adaptation: [0.1],
        spike_increment: [1.0],
        asc_amplitude: [-2.0, 1.0],
        rc_asc: [0.05, 0.2],
        asc_retain: [1.0, 0.5],
        thresh_voltage_gain: 0.05,
        rc_thresh_voltage: 0.1,
        resistance: 1.0,
    };
    let li = LiParams { step_time: 1.0, rest_v: -60.0, time_constant: 20.0, resistance: 1.0 };
    let of_if = IfParams { step_time: 1.0, reset_v: -65.0, thresh_v: -5.0, refrac_t: 2.0, resistance: 1.0 };
    vec![Spec::new(LIF), Spec::new(alif), Spec::new(GLIF2), Spec::new(glif5), Spec::new(li), Spec::new(of_if)]
}

/// Returns a description in which the parameters of `own` vary a little, and the values of each neuron.
fn varied(spec: &Spec, own: u32, neurons: usize) -> Description {
    let mut description = Description::new(spec.clone(), &[neurons]);
    for parameter in spec.model().parameters().iter().copied() {
        if own >> parameter as u32 & 1 == 0 || parameter == Parameter::StepTime {
            continue;
        }
        // Without an initial potential, those that are own lie around a potential above the rest.
        let unset = parameter == Parameter::InitialV && spec.params.initial_v().is_none();
        let shared = if unset { vec![-55.0] } else { spec.params.get(parameter).to_vec() };
        let width = shared.len();
        let scale = |i: usize| 1.0 + ((i * 37 + parameter as usize * 11) % 21) as f64 / 100.0 - 0.1;
        // Potentials move by a few millivolts, other values by a tenth.
        let moved = |i: usize| match parameter {
            Parameter::RestV | Parameter::ResetV | Parameter::ThreshV | Parameter::ThreshEqV | Parameter::InitialV => {
                shared[0] + 20.0 * (scale(i) - 1.0)
            }
            _ => shared[i % width] * scale(i),
        };
        description.own.set(parameter, OwnValues::Each((0..neurons * width).map(moved).collect()));
    }
    description
}

/// Returns the population of one neuron of the description.
fn single(description: &Description, neuron: usize) -> DynPopulation {
    let params = description.drawn().unwrap().of(neuron);
    let mut alone = Description::new(Spec { params, ..description.spec.clone() }, &[1]);
    alone.batch_size = description.batch_size;
    alone.build().unwrap()
}

/// Returns all that a population shows, without the neurons of other numbers.
fn shown(population: &DynPopulation, neuron: usize, neurons: usize) -> Vec<u64> {
    let of = |values: Vec<f64>, width: usize| -> Vec<u64> {
        let rows = values.chunks(width.max(1)).enumerate().filter(|(i, _)| i % neurons == neuron);
        rows.flat_map(|(_, row)| row.iter().map(|value| value.to_bits())).collect()
    };
    [
        of(population.read(Variable::Voltage), 1),
        of(population.read(Variable::Refrac), 1),
        of(population.read(Variable::Spikes), 1),
        of(population.read_components(), population.components()),
    ]
    .concat()
}

fn currents(cells: usize, step: usize) -> Vec<f64> {
    (0..cells).map(|i| ((i * 7 + step * 13) % 45) as f64).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_neuron_among_others_has_the_bits_that_it_has_alone(
        model in 0..6_usize,
        own in prop_oneof![any::<u32>(), Just(u32::MAX)],
        neurons in 1..70_usize,
        batch in 1..4_usize,
        threads in 1..4_usize,
        format in 0..4_usize,
    ) {
        let mut spec = specs().swap_remove(model);
        spec.scalar = [NumberFormat::F32, NumberFormat::F64, NumberFormat::I16F16, NumberFormat::I12F20][format];
        let mut description = varied(&spec, own, neurons);
        if spec.dialect() == Dialect::Inferno {
            description.batch_size = batch;
        }
        let batch = description.batch_size;
        let mut population = description.build().unwrap();
        population.set_threads(threads).unwrap();
        population.set_share(1);
        let mut singles: Vec<DynPopulation> = (0..neurons).map(|i| single(&description, i)).collect();
        for step in 0..25 {
            if step == 12 {
                population.set_step_time(0.75).unwrap();
            }
            let na = currents(neurons * batch, step);
            population.load(Currents::F64(&na)).unwrap();
            population.step(StepOptions::default()).unwrap();
            for (i, alone) in singles.iter_mut().enumerate() {
                if step == 12 {
                    alone.set_step_time(0.75).unwrap();
                }
                let na: Vec<f64> = (0..batch).map(|sample| na[sample * neurons + i]).collect();
                alone.load(Currents::F64(&na)).unwrap();
                alone.step(StepOptions::default()).unwrap();
                prop_assert_eq!(shown(&population, i, neurons), shown(alone, 0, 1), "neuron {} in step {}", i, step);
            }
        }
        population.clear(false);
        let rests: Vec<f64> = (0..neurons).map(|i| single(&description, i).read(Variable::Voltage)[0]).collect();
        prop_assert_eq!(population.read(Variable::Voltage), rests.repeat(batch));
    }
}

/// Draws of the random bits of a neuron do not depend on whether it has its own parameters.
#[test]
fn stochastic_rounding_has_the_bits_of_shared_parameters() {
    let spec = Spec { scalar: NumberFormat::I16F16, rounding: RoundingMode::Stochastic, seed: 5, ..Spec::new(GLIF2) };
    let mut shared = Description::new(spec.clone(), &[40]).build().unwrap();
    let mut description = Description::new(spec, &[40]);
    description.own.set(Parameter::ThreshEqV, OwnValues::Each(vec![-50.0; 40]));
    description.own.set(Parameter::RcAdaptation, OwnValues::Each([0.02, 0.2].repeat(40)));
    let mut own = description.build().unwrap();
    for step in 0..60 {
        let na = currents(40, step);
        for population in [&mut shared, &mut own] {
            population.load(Currents::F64(&na)).unwrap();
            population.step(StepOptions::default()).unwrap();
        }
        for i in 0..40 {
            assert_eq!(shown(&shared, i, 40), shown(&own, i, 40), "neuron {i} in step {step}");
        }
    }
}

#[test]
fn a_typed_population_equals_a_described_one() {
    let builder = Population::<Glif2<I16F16, 2>>::builder(GLIF2).shape(&[3, 2]);
    let rates: Vec<f64> = (1..=12).map(|i| 0.01 * f64::from(i)).collect();
    let builder = builder.own(Parameter::ThreshEqV, &[-50.0, -51.0, -49.0, -48.0, -52.0, -50.5]);
    let mut typed = builder.own(Parameter::RcAdaptation, &rates).build().unwrap();
    let description = typed.description().unwrap();
    assert_eq!(description.own.get(Parameter::RcAdaptation), Some(&OwnValues::Each(rates)));
    let mut described = Description::from_toml(&description.to_toml()).unwrap().build().unwrap();
    let na = [18.0, 19.0, 20.0, 21.0, 22.0, 23.0];
    let scalars = na.map(|na| I16F16::from_num(na));
    described.load(Currents::F64(&na)).unwrap();
    for _ in 0..200 {
        typed.step(&scalars, StepOptions::default()).unwrap();
        described.step(StepOptions::default()).unwrap();
    }
    assert!(typed.fired().iter().eq(described.fired().iter()));
    let voltages: Vec<f64> = typed.voltage().iter().map(|v| v.to_num()).collect();
    assert_eq!(voltages, described.read(Variable::Voltage));
    assert_eq!(typed.own_bytes_per_neuron(), 4 + 2 * 4);
}

#[test]
fn a_snapshot_goes_on_as_the_population_does() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("own.snap");
    for spec in specs() {
        let description = varied(&spec, u32::MAX, 9);
        let mut population = description.build().unwrap();
        population.load(Currents::F64(&currents(9, 3))).unwrap();
        let after = |population: &mut DynPopulation| {
            population.load(Currents::F64(&currents(9, 3))).unwrap();
            population.run(40, StepOptions::default(), |_| ()).unwrap();
            (0..9).flat_map(|i| shown(population, i, 9)).collect::<Vec<_>>()
        };
        population.run(30, StepOptions::default(), |_| ()).unwrap();
        population.save(&path).unwrap();
        let expected = after(&mut population);
        let mut other = DynPopulation::from_snapshot(&path).unwrap();
        assert_eq!(after(&mut other), expected);
        population.restore(&path).unwrap();
        assert_eq!(after(&mut population), expected);
    }
}

#[test]
fn errors_name_the_neuron() {
    let told = |parameter, values: &[f64]| {
        let population = Population::<glif::Lif<f32>>::builder(LIF).shape(&[3]).own(parameter, values).build();
        population.unwrap_err().to_string()
    };
    assert_eq!(told(Parameter::ThreshV, &[-50.0, f64::NAN, -50.0]), "`thresh_v[1]` = NaN mV: must be finite");
    assert_eq!(told(Parameter::ThreshV, &[-50.0, -50.0]), "`thresh_v`: has 2 values, but 3 are needed");
    assert_eq!(
        told(Parameter::ThreshV, &[-50.0, -50.0, -70.0]),
        "`rest_v[2]` = -60 mV: must be below `thresh_v` = -70 mV\n`reset_v[2]` = -65 mV: must be below `thresh_v` = -70 mV"
    );
    assert_eq!(told(Parameter::StepTime, &[1.0; 3]), "`step_time`: all neurons share it");
    assert_eq!(told(Parameter::RcAsc, &[1.0; 3]), "`rc_asc`: not a parameter of lif");
    let population = Population::<Glif2<f32, 2>>::builder(GLIF2).shape(&[2]);
    let told = population.own(Parameter::RcAdaptation, &[0.1, 0.2, 0.1, -0.2]).build().unwrap_err().to_string();
    assert_eq!(told, "`rc_adaptation[1][1]` = -0.2 1/ms: must be positive");

    // A current is refused by the neuron whose resistance makes it too strong.
    let population = Population::<glif::Lif<f32>>::builder(LIF).shape(&[3]);
    let mut population = population.own(Parameter::Resistance, &[1.0, 1e30, 2.0]).build().unwrap();
    let told = population.step(&[1e9, 1e9, 1e9], StepOptions::default()).unwrap_err().to_string();
    assert!(told.starts_with("the current of sample 0, neuron 1 is 1e9 nA"), "{told}");
    assert!(population.step(&[1e9, 1.0, 1e9], StepOptions::default()).is_ok());
}

/// The report of each neuron is that of the neuron alone, in every model and number format.
#[test]
fn reports_are_those_of_the_neurons_alone() {
    for (spec, scalar) in
        specs().into_iter().flat_map(|spec| NumberFormat::ALL.iter().map(move |to| (spec.clone(), *to)))
    {
        let description = varied(&spec.in_format(scalar), u32::MAX, 5);
        let mut population = description.build().unwrap();
        let compare = |population: &DynPopulation, step_time: f64| {
            let mut lines = vec![Vec::new(); 5];
            population.report_each(|neuron, line| lines[neuron].push(line));
            let mut counts = Vec::new();
            for (neuron, lines) in lines.iter().enumerate() {
                let mut alone = single(&description, neuron);
                alone.set_step_time(step_time).unwrap();
                assert_eq!(*lines, alone.report(), "{scalar}, neuron {neuron}");
                counts.push(alone.refractory_steps());
            }
            let ends = (*counts.iter().min().unwrap(), *counts.iter().max().unwrap());
            assert_eq!(population.refractory_range(), ends, "{scalar}");
        };
        compare(&population, description.step_time());
        population.set_step_time(0.75).unwrap();
        compare(&population, 0.75);
    }
    let shared = Description::new(Spec::new(LIF), &[5]).build().unwrap();
    let mut lines = Vec::new();
    shared.report_each(|neuron, line| lines.push((neuron, line)));
    assert!(
        lines.iter().all(|(neuron, _)| *neuron == 0) && lines.into_iter().map(|(_, line)| line).eq(shared.report())
    );
    assert_eq!(shared.refractory_range(), (shared.refractory_steps(), shared.refractory_steps()));
    // Each neuron has its own rate.
    assert!(glif::rate::ClosedForm::of(&shared).is_some());
    assert_eq!(glif::rate::ClosedForm::of(&varied(&Spec::new(LIF), u32::MAX, 5).build().unwrap()), None);
}

/// An array gives the neurons the values that a list in C order gives them, whatever its strides are.
#[test]
fn arrays_are_read_in_c_order() {
    use ndarray::{ArrayD, IxDyn};

    let spec = &specs()[1]; // ALIF with three components
    let increments = ArrayD::from_shape_fn(IxDyn(&[3, 2, 2]), |at| (1 + at[0] + 3 * at[1] + 6 * at[2]) as f64 / 8.0);
    let (array, list) = (increments.t(), increments.t().iter().copied().collect::<Vec<_>>());
    let mut of_array = Description::new(spec.clone(), &[2, 2]);
    of_array.set_own_array(Parameter::SpikeIncrement, array.view()).unwrap();
    let mut of_list = Description::new(spec.clone(), &[2, 2]);
    of_list.own.set(Parameter::SpikeIncrement, OwnValues::Each(list));
    assert_eq!(of_array, of_list);
    assert_eq!(of_array.build().unwrap().own_bytes_per_neuron(), 3 * size_of::<f32>());

    let wrong = of_array.set_own_array(Parameter::SpikeIncrement, increments.view()).unwrap_err().to_string();
    assert!(wrong.contains("has shape [3, 2, 2], but [2, 2] or [2, 2, K] is needed"), "{wrong}");
    assert_eq!(of_array, of_list);
}
