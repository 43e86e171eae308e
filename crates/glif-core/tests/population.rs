//! Populations on arrays between steps: state that is read, written, refused and cleared, and a new step time.

use fixed::types::I8F8;
use glif_core::error::Problem;
use glif_core::population::Place;
use glif_core::spec::{ModelKind, NumberFormat, ParamTable, Parameter, Spec};
use glif_core::{
    Alif, AlifParams, Derivation, Nearest, ParamErrors, Parameters, Population, PopulationState, Refractory,
    RefractoryRule, Spikes, StateError, StepOptions, Stochastic,
};

const PARAMS: AlifParams<2> = AlifParams {
    step_time: 1.0,
    rest_v: -60.0,
    reset_v: -65.0,
    thresh_eq_v: -50.0,
    refrac_t: 4.0,
    tc_membrane: 20.0,
    tc_adaptation: [40.0, 10.0],
    spike_increment: [1.5, -0.5],
    resistance: 1.0,
};
const NEURONS: usize = 33;

type Three = Population<Alif<f32, 2>, 3>;

fn three() -> Three {
    Population::new(PARAMS).unwrap()
}

/// Steps until a neuron fires, which they all do in the same step.
fn fire<const N: usize>(population: &mut Population<Alif<f32, 2>, N>) {
    let mut spikes = Spikes::<2>::new();
    while spikes.count() == 0 {
        population.step(&[30.0; N], StepOptions::default(), &mut spikes);
    }
}

#[test]
fn steps_are_counted_from_the_beginning() {
    let mut population = three();
    let mut spikes = Spikes::<1>::new();
    for step in 0..5 {
        assert_eq!(population.steps(), step);
        population.step(&[0.0; 3], StepOptions::default(), &mut spikes);
    }
}

#[test]
fn written_state_reads_back() {
    let mut population = three();
    population.set_voltage(&[-61.0, -55.5, -70.25]).unwrap();
    population.set_refrac(&[0.0, 3.0, 1.0]).unwrap();
    population.set_adaptation(&[[0.5, -2.0], [1.0, -1.0], [1.5, 0.0]]).unwrap();
    assert_eq!(population.voltage(), &[-61.0, -55.5, -70.25]);
    assert_eq!(population.refrac(), [0.0, 3.0, 1.0]);
    assert_eq!(population.adaptation(), [[0.5, -2.0], [1.0, -1.0], [1.5, 0.0]]);
    assert!(population.adaptation_iter().eq(population.adaptation()));
    assert_eq!(population.state().adaptation, [[0.5, 1.0, 1.5], [-2.0, -1.0, 0.0]]);

    let cell = population.cell(1).unwrap();
    assert_eq!((cell.membrane, cell.refractory, cell.adaptation), (-55.5, Refractory::new(3, false), [1.0, -1.0]));
    assert!(population.cell(2).is_some());
    assert_eq!(population.cell(3), None);
}

#[test]
fn spike_flags_are_written_separately_from_counts() {
    let mut population = Population::<Alif<f32, 2>, NEURONS>::new(PARAMS).unwrap();
    assert_eq!(population.fired().count(), 0);
    fire(&mut population);
    assert!(population.fired().eq(0..NEURONS));
    assert_eq!(population.refrac(), [4.0; NEURONS]);

    let mut spikes = Spikes::<2>::new();
    *spikes.words_mut() = [1 << 3, u32::MAX]; // 3, 32, and bits beyond the population
    population.set_fired(&spikes);
    assert_eq!(population.events(), [3, 32]);
    assert_eq!(population.refrac(), [4.0; NEURONS]);
    population.set_refrac(&[1.0; NEURONS]).unwrap();
    assert_eq!(population.events(), [3, 32]);
}

#[test]
fn clear_keeps_adaptation_on_request() {
    for keep in [false, true] {
        let mut population = three();
        fire(&mut population);
        let learnt = population.adaptation();
        assert_eq!(learnt, [[1.5, -0.5]; 3]);
        population.clear(keep);
        assert_eq!((population.voltage(), population.refrac()), (&[-60.0; 3], [0.0; 3]));
        assert_eq!(population.fired().count(), 0);
        assert_eq!(population.adaptation(), if keep { learnt } else { [[0.0; 2]; 3] });
    }
}

#[test]
fn new_step_time_keeps_the_remaining_milliseconds() {
    let mut population = three();
    fire(&mut population);
    population.set_step_time(0.5).unwrap();
    assert_eq!(population.parameters().step_time, 0.5);
    assert_eq!(population.refrac(), [4.0; 3]);
    assert_eq!(population.cell(0).unwrap().refractory, Refractory::new(8, true));
    // From here on it equals a population that was built with this step time, in the same state.
    let mut built = Three::new(AlifParams { step_time: 0.5, ..PARAMS }).unwrap();
    built.set_voltage(population.voltage()).unwrap();
    built.set_refrac(&population.refrac()).unwrap();
    built.set_adaptation(&population.adaptation()).unwrap();
    let (mut spikes, mut as_built) = (Spikes::<1>::new(), Spikes::<1>::new());
    for _ in 0..100 {
        population.step(&[25.0; 3], StepOptions::default(), &mut spikes);
        built.step(&[25.0; 3], StepOptions::default(), &mut as_built);
        assert_eq!((&spikes, population.voltage()), (&as_built, built.voltage()));
    }
}

#[test]
fn rejected_step_time_changes_nothing() {
    let mut population = three();
    fire(&mut population);
    let before = format!("{population:?}");
    assert_eq!(population.set_step_time(0.0).unwrap_err().to_string(), "`step_time` = 0 ms: must be positive");
    assert_eq!(format!("{population:?}"), before);

    // 30 s may remain, but not at a step of 0.5 ms.
    population.set_refrac(&[0.0, 30_000.0, 0.0]).unwrap();
    let before = format!("{population:?}");
    let told = population.set_step_time(0.5).unwrap_err().to_string();
    assert_eq!(
        told,
        "`refrac[1]` = 30000 ms: takes more than 32767 steps, the longest refractory period\nhelp: use a longer `step_time` or a shorter refractory time"
    );
    assert_eq!(format!("{population:?}"), before);
}

#[test]
fn out_of_range_state_changes_nothing() {
    let mut population = three();
    let before = format!("{population:?}");
    let wrong = |name, index, value, unit, problem| Err(StateError { name, index, value, unit, problem });
    assert_eq!(population.set_refrac(&[1.0, -1.0, 1.0]), wrong("refrac", 1, -1.0, "ms", Problem::Negative));
    let most = Problem::TooManySteps { most: Refractory::MOST };
    assert_eq!(population.set_refrac(&[1.0, 1.0, 40_000.0]), wrong("refrac", 2, 40_000.0, "ms", most));
    let endless = population.set_refrac(&[f64::INFINITY, 1.0, 1.0]);
    assert_eq!(endless, wrong("refrac", 0, f64::INFINITY, "ms", Problem::NotFinite));
    assert!(population.set_voltage(&[-50.0, f32::NAN, -50.0]).is_err());
    assert!(population.set_adaptation(&[[1.0; 2], [1.0; 2], [1.0, f32::INFINITY]]).is_err());
    assert_eq!(format!("{population:?}"), before);
}

/// At the very ends of a format nothing is refused. A component beyond what all may add up to is.
#[test]
fn the_ends_of_fixed_point_are_allowed() {
    let mut population = Population::<Alif<I8F8, 2>, 1>::new(PARAMS).unwrap();
    population.set_voltage(&[I8F8::MIN]).unwrap();
    population.set_voltage(&[I8F8::MAX]).unwrap();
    let before = format!("{population:?}");
    let told = population.set_adaptation(&[[I8F8::ZERO, I8F8::MIN]]).unwrap_err();
    assert!(matches!(told, StateError { name: "adaptation", index: 1, value: -128.0, unit: "mV", .. }), "{told}");
    let Problem::OutOfRange { lowest, highest } = told.problem else { panic!("{told}") };
    assert_eq!(format!("{population:?}"), before);
    population.set_adaptation(&[[I8F8::from_num(lowest), I8F8::from_num(highest)]]).unwrap();
}

/// A countdown in the format ends where the format does. Fixed point divides, under every rule.
#[test]
fn a_refractory_time_that_a_format_cannot_count_down_is_refused() {
    let f32s = |rule| Population::<Alif<f32, 2>, 1>::with(PARAMS, rule, Nearest).unwrap();
    let longest = f64::from(f32::MAX);
    let value = 2.0 * longest;
    let problem = Problem::OutOfRange { lowest: 0.0, highest: longest };
    let told = StateError { name: "refrac", index: 0, value, unit: "ms", problem };
    assert_eq!(f32s(RefractoryRule::Inferno).set_refrac(&[value]), Err(told));
    for rule in [RefractoryRule::Inferno, RefractoryRule::Exact, RefractoryRule::Nest] {
        let mut population = Population::<Alif<I8F8, 2>, 1>::with(PARAMS, rule, Nearest).unwrap();
        population.set_refrac(&[128.0]).unwrap(); // beyond 127.996, where the format ends
        assert_eq!(population.refrac(), [128.0]);
        population.set_step_time(2.0).unwrap();
        assert_eq!(population.refrac(), [128.0]);
    }
}

/// A population in place goes through the same states as one that is returned by value, whatever its memory
/// held before.
#[test]
fn a_population_in_place_equals_one_by_value() {
    let mut place = Place::<Alif<f32, 2>, NEURONS>::new();
    let mut errors = ParamErrors::new();
    let before = place.populate(PARAMS, RefractoryRule::Nest, &mut errors).unwrap();
    (0..30).for_each(|_| before.step(&[30.0; NEURONS], StepOptions::default(), &mut Spikes::<2>::new()));
    let placed = place.populate(PARAMS, RefractoryRule::Inferno, &mut errors).unwrap();
    let mut owned = Population::<Alif<f32, 2>, NEURONS>::new(PARAMS).unwrap();
    assert_eq!(placed.state(), owned.state());
    let (mut spikes, mut of_owned) = (Spikes::<2>::new(), Spikes::<2>::new());
    for step in 0..60 {
        let currents = std::array::from_fn(|i| ((i * 37 + step) % 40) as f32);
        placed.step(&currents, StepOptions::default(), &mut spikes);
        owned.step(&currents, StepOptions::default(), &mut of_owned);
        assert_eq!((&spikes, placed.state(), placed.steps()), (&of_owned, owned.state(), owned.steps()));
    }
    assert!(placed.refrac_iter().eq(owned.refrac()));
    assert_eq!(placed.events(), owned.events());
    placed.set_step_time_listing(0.5, &mut errors).unwrap();
    owned.set_step_time(0.5).unwrap();
    assert_eq!((placed.state(), placed.neuron()), (owned.state(), owned.neuron()));
    placed.clear(true);
    owned.clear(true);
    assert_eq!(placed.state(), owned.state());
}

/// Errors of a refused population in place are listed, without those of an earlier call.
#[test]
fn a_refused_population_in_place_is_none() {
    let mut place = Place::new();
    let mut errors = ParamErrors::new();
    let wrong = AlifParams { refrac_t: -1.0, tc_adaptation: [0.0, 10.0], ..PARAMS };
    for _ in 0..2 {
        assert!(place.populate(wrong, RefractoryRule::Inferno, &mut errors).is_none());
        assert_eq!(errors, Three::new(wrong).unwrap_err());
        assert_eq!(errors.count(), 2);
    }
    let population: &mut Three = place.populate(PARAMS, RefractoryRule::Inferno, &mut errors).unwrap();
    assert_eq!(errors.count(), 0);
    assert_eq!(population.set_step_time_listing(0.0, &mut errors), None);
    assert_eq!(errors, three().set_step_time(0.0).unwrap_err());
    assert_eq!((population.parameters(), population.neuron()), (three().parameters(), three().neuron()));
}

/// State and the number of steps are all that a snapshot needs: the random bits go on too.
#[test]
fn restored_population_continues_identically() {
    type Random = Population<Alif<I8F8, 2, Stochastic>, NEURONS>;
    let build = || Random::with(PARAMS, RefractoryRule::Inferno, Stochastic { seed: 3 }).unwrap();
    let (mut first, mut second) = (build(), build());
    let (mut spikes, mut of_second) = (Spikes::<2>::new(), Spikes::<2>::new());
    let currents = std::array::from_fn(|i| I8F8::from_num(i));
    (0..30).for_each(|_| first.step(&currents, StepOptions::default(), &mut spikes));
    second.restore(first.state(), first.steps()).unwrap();
    for _ in 0..30 {
        first.step(&currents, StepOptions::default(), &mut spikes);
        second.step(&currents, StepOptions::default(), &mut of_second);
        assert_eq!((first.state(), &spikes), (second.state(), &of_second));
    }

    let mut population = three();
    let before = format!("{population:?}");
    let rest = PopulationState { adaptation: [[0.0; 3], [0.0, 0.0, f32::NAN]], ..PopulationState::at_rest(-60.0) };
    assert_eq!(population.restore(&rest, 9).unwrap_err().to_string(), "`adaptation[5]` = NaN mV: must be finite");
    let beyond = PopulationState { membrane: [-60.0, f32::MAX, -60.0], ..PopulationState::at_rest(-60.0) };
    assert_eq!(population.restore(&beyond, 9).unwrap_err().index, 1);
    assert_eq!(format!("{population:?}"), before);
}

/// A `static` can hold state and errors in their initial form.
#[test]
fn state_and_errors_are_constants() {
    const STATE: PopulationState<I8F8, 2, 5> = PopulationState::zero();
    const ERRORS: ParamErrors = ParamErrors::new();
    assert_eq!((STATE, ERRORS), (PopulationState::at_rest(I8F8::ZERO), ParamErrors::default()));
}

/// Membranes begin at the initial potential, and return to it, rounded as any voltage.
#[test]
fn membranes_begin_at_the_initial_potential() {
    let params = Parameters::from(PARAMS).starting_at(-55.3);
    let mut population = Three::new(params).unwrap();
    assert_eq!(population.voltage(), &[-55.3; 3]);
    fire(&mut population);
    population.set_step_time(0.5).unwrap();
    for keep in [true, false] {
        population.step(&[0.0; 3], StepOptions::default(), &mut Spikes::<1>::new());
        population.clear(keep);
        assert_eq!(population.voltage(), &[-55.3; 3]);
        assert_eq!(population.adaptation() == [[0.0; 2]; 3], !keep);
    }
    // 0 mV is a potential as any other, in a place that is zero at first.
    let mut place = Place::<Alif<I8F8, 2>, 3>::new();
    let mut errors = ParamErrors::new();
    for (initial, begins) in [(Some(-55.3), -14157), (Some(0.0), 0), (None, -60 * 256), (Some(-55.3), -14157)] {
        let params = Parameters { initial_v: initial, ..Parameters::from(PARAMS) };
        let params = Parameters { threshold: 10.0, rest_v: -60.0, ..params };
        let population = place.populate(params, RefractoryRule::Inferno, &mut errors).unwrap();
        assert_eq!(population.voltage(), &[I8F8::from_bits(begins); 3]);
        population.set_voltage(&[I8F8::ONE; 3]).unwrap();
        population.clear(false);
        assert_eq!(population.voltage(), &[I8F8::from_bits(begins); 3]);
    }
}

/// A neuron that begins above the threshold fires in the first step.
#[test]
fn a_membrane_may_begin_above_the_threshold() {
    let mut population = Three::new(Parameters::from(PARAMS).starting_at(-40.0)).unwrap();
    let mut spikes = Spikes::<1>::new();
    population.step(&[0.0; 3], StepOptions::default(), &mut spikes);
    assert_eq!((spikes.count(), population.voltage()), (3, &[-65.0; 3]));
}

#[test]
fn an_initial_potential_must_be_finite_and_fit_the_format() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let params = Parameters::from(PARAMS).starting_at(bad);
        let told = Three::new(params).unwrap_err().to_string();
        assert_eq!(told, format!("`initial_v` = {bad} mV: must be finite"));
        // A table has no NaN of its own, but does not forget that there was one.
        let table = ParamTable::from(params);
        let errors = Spec::new(table.clone()).check().unwrap_err();
        assert!(errors.count() == 1 && errors.to_string().ends_with("mV: must be finite"), "{errors}");
        let mut table = ParamTable::from(PARAMS);
        assert_eq!(table.set(Parameter::InitialV, &[bad]).unwrap_err().problem, Problem::NotFinite);
        assert_eq!(table, ParamTable::from(PARAMS));
    }
    let told = Population::<Alif<I8F8, 2>, 3>::new(Parameters::from(PARAMS).starting_at(130.0)).unwrap_err();
    let range = NumberFormat::I8F8.limits(2).voltage;
    assert!(told.mentions(Parameter::InitialV), "{told}");
    assert_eq!(
        told.to_string(),
        format!("`initial_v` = 130 mV: must be between {} and {} in this number format", range.0, range.1)
    );
}

/// Tables of all models have an initial potential, and none without it.
#[test]
fn tables_hold_an_initial_potential() {
    for model in ModelKind::ALL {
        assert_eq!(model.parameters().last(), Some(&Parameter::InitialV));
        let mut table = ParamTable::new(*model);
        let unset = table.clone();
        assert_eq!((table.initial_v(), table.get(Parameter::InitialV)), (None, &[][..]));
        table.set(Parameter::InitialV, &[0.0]).unwrap();
        assert_eq!((table.initial_v(), table.number(Parameter::InitialV)), (Some(0.0), 0.0));
        assert!(table.is_whole() && table != unset);
        table.unset(Parameter::RestV); // must be set
        table.unset(Parameter::InitialV);
        assert_eq!(table, unset);
    }
    let params = Parameters::from(PARAMS).starting_at(-55.3);
    assert_eq!(ParamTable::from(params).initial_v(), Some(-55.3));
    let mut lines = Vec::new();
    let mut report = |line: glif_core::Quantised| lines.push(line);
    let derivation = Derivation::new(RefractoryRule::Inferno).report(&mut report);
    derivation.coefficients::<I8F8, _, 2, _>(params).map(|_: Alif<I8F8, 2>| ()).unwrap();
    let line = lines.iter().find(|line| line.name == "initial_v").unwrap();
    assert_eq!((line.requested, line.stored, line.unit), (-55.3, -14157.0 / 256.0, "mV"));
}
