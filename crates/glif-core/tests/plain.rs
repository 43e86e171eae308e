//! The models that have less than LIF: `li`, which has no threshold, and `if`, which has no leak.

use fixed::types::{I8F8, I12F20, I16F16};
use glif_core::derive::initial;
use glif_core::own::{OwnCoefficients, OwnSlices};
use glif_core::rounding::Rounding;
use glif_core::spec::{Dialect, ModelKind, ParamTable, Parameter, Spec};
use glif_core::{
    Derivation, DynCoefficients, IfParams, Jumps, LengthError, Levels, LiParams, Lif, LifParams, Nearest, ParamErrors,
    PopulationState, PopulationStateMut, Quantised, Quantize, Refractory, RefractoryRule, RngCounter, StepOptions,
    Stochastic, Truncate,
};
use proptest::prelude::*;

const LI: LiParams = LiParams { step_time: 1.0, rest_v: -60.0, time_constant: 20.0, resistance: 1.5 };
const IF: IfParams = IfParams { step_time: 1.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 3.0, resistance: 0.7 };

fn derived<S: Quantize, Q: Rounding>(params: impl Into<ParamTable>, rounding: Q) -> Levels<S, Q> {
    let (params, mut errors) = (params.into(), ParamErrors::new());
    let derivation = || Derivation::new(RefractoryRule::Exact).rounding(rounding);
    let dynamic = DynCoefficients::<S, Q>::derive(&params, derivation(), &mut errors);
    let Some((neuron, _)) = Levels::derive(&params, derivation(), &mut errors) else { panic!("{errors}") };
    assert!(matches!(dynamic, Some((DynCoefficients::Levels(same), _)) if same == neuron));
    neuron
}

/// One neuron of a model, under currents and jumps.
struct One<S: Quantize, Q: Rounding> {
    neuron: Levels<S, Q>,
    state: PopulationState<S, 0, 1>,
    options: StepOptions,
    step: u64,
}

impl<S: Quantize, Q: Rounding> One<S, Q> {
    fn new(neuron: Levels<S, Q>, initial_v: Option<f64>) -> Self {
        let state = PopulationState::at_rest(initial(initial_v, neuron.base.rest));
        Self { neuron, state, options: StepOptions::default(), step: 0 }
    }

    /// Steps under a current, nA, with jumps, mV; returns whether the neuron fires.
    fn step(&mut self, current: f64, jumps: &[S::Accumulator]) -> bool {
        let population = OwnCoefficients { shared: &self.neuron, own: OwnSlices::SHARED, neurons: 1 };
        let (at, mut spikes) = (RngCounter { step: self.step, neuron: 0 }, [0]);
        let (state, current) = (self.state.as_mut().widened(), &[S::nearest(current)]);
        let jumps: Vec<&[S::Accumulator]> = jumps.chunks(1).collect();
        match jumps[..] {
            [] => population.run(0, state, current, self.options, at, &mut spikes).unwrap(),
            _ => {
                let jumps = Jumps::new(&jumps).unwrap();
                population.run_jumped(0, state, (current, jumps), self.options, at, &mut spikes).unwrap();
            }
        }
        self.step += 1;
        spikes == [1]
    }

    fn v(&self) -> f64 {
        self.state.membrane[0].to_f64()
    }
}

/// Currents of a step, nA: weak ones, and now and then a strong one.
fn current(step: u64, i: usize) -> f64 {
    let strong = if (step + i as u64).is_multiple_of(17) { 40.0 } else { 1.0 };
    strong * ((step as f64 * 0.37 + i as f64 * 1.7).sin() + 0.4)
}

/// A leaky integrator makes the step of LIF with a threshold that its membrane does not reach.
fn steps_as_lif<S: Quantize, Q: Rounding>(rounding: Q) {
    const NEURONS: usize = 70;
    let lif = LifParams {
        step_time: LI.step_time,
        rest_v: LI.rest_v,
        reset_v: -65.0,
        thresh_v: 0.0,
        refrac_t: 2.0,
        time_constant: LI.time_constant,
        resistance: LI.resistance,
    };
    let lif: Lif<S, Q> = Derivation::new(RefractoryRule::Exact).rounding(rounding).coefficients(lif).unwrap();
    let li = derived::<S, Q>(LI, rounding);
    assert_eq!((li.base.rest, li.base.gain, li.base.decay), (lif.rest, lif.gain, lif.decay));
    let mut states = [(); 3].map(|()| PopulationState::<S, 0, NEURONS>::at_rest(initial(None, lif.rest)));
    let none = vec![S::NO_JUMP; NEURONS];
    for step in 0..300 {
        let currents: Vec<S> = (0..NEURONS).map(|i| S::nearest(0.3 * current(step, i))).collect();
        let (at, options) = (RngCounter { step, neuron: 0 }, StepOptions::default());
        let mut words = [[u32::MAX; NEURONS.div_ceil(32)]; 3];
        let [of_lif, of_li, jumped] = &mut states;
        lif.run(of_lif.as_mut(), &currents, options, at, &mut words[0]).unwrap();
        li.run(of_li.as_mut().widened(), &currents, at, &mut words[1]).unwrap();
        let population = OwnCoefficients { shared: &li, own: OwnSlices::SHARED, neurons: NEURONS };
        let (state, inputs) = (jumped.as_mut().widened(), (&currents[..], Jumps::new(&[&none]).unwrap()));
        population.run_jumped(0, state, inputs, options, at, &mut words[2]).unwrap();
        assert_eq!(words, [[0; 3]; 3]);
        assert_eq!(states[0].membrane, states[1].membrane, "step {step}");
        assert_eq!(states[0].membrane, states[2].membrane, "step {step}");
    }
}

#[test]
fn a_leaky_integrator_makes_the_step_of_lif() {
    steps_as_lif::<f32, _>(Nearest);
    steps_as_lif::<f64, _>(Nearest);
    steps_as_lif::<I16F16, _>(Nearest);
    steps_as_lif::<I16F16, _>(Stochastic { seed: 3 });
    steps_as_lif::<I12F20, _>(Truncate);
    steps_as_lif::<I8F8, _>(Nearest);
    steps_as_lif::<I8F8, _>(Stochastic { seed: 4 });
}

/// No current and no jump makes a leaky integrator fire, not even at the end of the range.
fn never_fires<S: Quantize, Q: Rounding>(rounding: Q) {
    let all = [(true, true), (false, true), (true, false)];
    for (refrac_lock, adapt) in all {
        let mut one = One::new(derived::<S, Q>(LI, rounding), Some(S::HIGHEST / 2.0));
        one.options = StepOptions { refrac_lock, adapt };
        let strongest = S::currents(&one.neuron.base.gain).1;
        let jump = S::voltage(S::HIGHEST).unwrap();
        for step in 0..400 {
            let jumps: &[_] = if step % 3 == 1 { &[jump, jump] } else { &[] };
            assert!(!one.step(strongest, jumps), "step {step}");
            assert_eq!(one.state.refractory[0], Refractory::default());
        }
        // Saturated.
        for step in 0..2 {
            assert!(!one.step(strongest, &[jump; 4]), "step {step}");
            assert!(one.v() >= S::REACH.1 * 0.999, "{} {:?}", one.v(), S::REACH);
        }
    }
}

#[test]
fn a_leaky_integrator_never_fires() {
    never_fires::<f32, _>(Nearest);
    never_fires::<f64, _>(Nearest);
    never_fires::<I16F16, _>(Nearest);
    never_fires::<I16F16, _>(Truncate);
    never_fires::<I12F20, _>(Stochastic { seed: 1 });
    never_fires::<I8F8, _>(Nearest);
    never_fires::<I8F8, _>(Stochastic { seed: 2 });
}

/// The equations of `if` in a float type.
macro_rules! by_the_equations {
    ($name:ident, $float:ident) => {
        fn $name(params: IfParams, initial_v: f64, inputs: &[(f64, [f64; 2])]) -> Result<(), TestCaseError> {
            let of = |value: f64| value as $float;
            let IfParams { reset_v, thresh_v, refrac_t, resistance, .. } = params;
            for refrac_lock in [true, false] {
                let mut one = One::new(derived::<$float, _>(params, Nearest), Some(initial_v));
                one.options = StepOptions { refrac_lock, adapt: true };
                let (mut v, mut count) = (of(initial_v), 0_u32);
                for (step, (current, jumps)) in inputs.iter().enumerate() {
                    count = count.saturating_sub(1);
                    let mut fires = false;
                    if count == 0 {
                        v += of(resistance) * of(*current);
                        if step % 3 == 0 {
                            v = (v + of(jumps[0])) + of(jumps[1]);
                        }
                        fires = v >= of(thresh_v);
                        if fires {
                            (v, count) = (of(reset_v), refrac_t as u32);
                        }
                    }
                    let jumps: &[_] = if step % 3 == 0 { &jumps.map(of) } else { &[] };
                    prop_assert_eq!(one.step(*current, jumps), fires, "step {}", step);
                    prop_assert_eq!(one.state.membrane[0].to_bits(), v.to_bits(), "step {}", step);
                    prop_assert_eq!(u32::from(one.state.refractory[0].steps()), count, "step {}", step);
                }
            }
            Ok(())
        }
    };
}
by_the_equations!(equations_in_f32, f32);
by_the_equations!(equations_in_f64, f64);

proptest! {
    #[test]
    fn integrate_and_fire_has_the_bits_of_its_equations(
        resistance in prop_oneof![0.01..3.0_f64, -3.0..-0.01_f64, Just(0.25), Just(1.0)],
        thresh_v in prop_oneof![-60.0..60.0_f64, Just(1.0), Just(0.0)],
        below in prop_oneof![0.1..30.0_f64, Just(1.0)],
        refrac_t in 0..5_u32,
        initial_v in prop_oneof![-60.0..60.0_f64, Just(0.0), Just(-0.0)],
        inputs in prop::collection::vec(
            (
                prop_oneof![-20.0..40.0_f64, (-8..16_i32).prop_map(|x| f64::from(x) * 0.5), Just(-0.0)],
                prop::array::uniform2(prop_oneof![-5.0..5.0_f64, Just(0.0), Just(-0.0)]),
            ),
            1..60,
        ),
    ) {
        let reset_v = thresh_v - below;
        let params = IfParams { step_time: 1.0, reset_v, thresh_v, refrac_t: refrac_t.into(), resistance };
        equations_in_f32(params, initial_v, &inputs)?;
        equations_in_f64(params, initial_v, &inputs)?;
    }
}

/// A negative zero stays one, as in the sum.
#[test]
fn the_sign_of_zero_is_that_of_the_sum() {
    let mut one = One::new(derived::<f32, _>(IfParams { thresh_v: 1.0, ..IF }, Nearest), Some(-0.0));
    for (current, sign) in [(-0.0, true), (0.0, false), (-0.0, false), (-1.0, true)] {
        one.step(current, &[]);
        assert_eq!(one.state.membrane[0].is_sign_negative(), sign, "{current}");
    }
}

/// Sums that tie at the threshold fire, in every format.
fn ties<S: Quantize, Q: Rounding>(rounding: Q) {
    let params = IfParams { step_time: 1.0, reset_v: 0.0, thresh_v: 1.0, refrac_t: 0.0, resistance: 0.25 };
    let mut one = One::new(derived::<S, Q>(params, rounding), None);
    let fired: Vec<u64> = (0..16).filter(|_| one.step(1.0, &[])).collect();
    assert_eq!(fired, [3, 7, 11, 15]);
    // A quarter of a step before the threshold, it stays there.
    for _ in 0..3 {
        one.step(1.0, &[]);
    }
    assert!((0..1000).all(|_| !one.step(0.0, &[])));
    assert_eq!(one.v(), 0.75);
    assert!(one.step(1.0, &[]));
}

#[test]
fn exact_sums_fire_at_the_threshold_and_do_not_leak() {
    ties::<f32, _>(Nearest);
    ties::<f64, _>(Nearest);
    ties::<I16F16, _>(Nearest);
    ties::<I16F16, _>(Truncate);
    ties::<I12F20, _>(Stochastic { seed: 5 });
    ties::<I8F8, _>(Nearest);
    ties::<I8F8, _>(Truncate);
    ties::<I8F8, _>(Stochastic { seed: 6 });
}

/// In fixed point the sum saturates at the ends of the range. In floating point it stays finite.
fn saturates<S: Quantize>() {
    let params = IfParams { thresh_v: S::HIGHEST * 0.9, reset_v: 0.0, refrac_t: 0.0, ..IF };
    let mut one = One::new(derived::<S, _>(params, Nearest), None);
    let (lowest, highest) = S::currents(&one.neuron.base.gain);
    for _ in 0..8 {
        assert!(!one.step(lowest, &[]));
        assert!(one.v() >= 1.000_001 * S::REACH.0, "{}", one.v());
    }
    assert!(one.v() <= 0.999_999 * S::REACH.0, "{}", one.v());
    let steps = (0..1000).position(|_| one.step(highest, &[])).unwrap();
    assert!(steps < 20, "{steps}");
    assert_eq!(one.v(), 0.0);
}

#[test]
fn sums_saturate() {
    saturates::<f32>();
    saturates::<f64>();
    saturates::<I16F16>();
    saturates::<I12F20>();
    saturates::<I8F8>();
}

/// Each neuron has its own threshold, reset, resistance and refractory time.
#[test]
fn own_coefficients_take_the_place_of_the_shared_ones() {
    let shared = derived::<f64, _>(IF, Nearest);
    let (threshold, reset, gain, refractory) = ([1.0, 2.0, 3.0], [0.0, 1.0, -1.0], [1.0, 0.5, 2.0], [0, 2, 3]);
    let own =
        OwnSlices { threshold: &threshold, reset: &reset, gain: &gain, refractory: &refractory, ..OwnSlices::SHARED };
    let population = OwnCoefficients { shared: &shared, own, neurons: 3 };
    let mut state = PopulationState::<f64, 0, 3>::at_rest(0.0);
    let mut fired = [const { Vec::new() }; 3];
    for step in 0..12 {
        let (at, mut spikes) = (RngCounter { step, neuron: 0 }, [0]);
        population.run(0, state.as_mut().widened(), &[1.0; 3], StepOptions::default(), at, &mut spikes).unwrap();
        (0..3).filter(|i| spikes[0] >> i & 1 == 1).for_each(|i| fired[i].push(step));
    }
    assert_eq!(fired[0], (0..12).collect::<Vec<_>>());
    assert_eq!(fired[1], [3, 6, 9]); // 2 steps from 1 to 2 mV, after a step of waiting
    assert_eq!(fired[2], [1, 5, 9]); // 2 steps from -1 to 3 mV, after 2 steps of waiting
}

/// Levels without their own rest cannot step membranes that rest where they are.
#[test]
fn levels_refuse_a_neuron_that_does_not_leak() {
    let neuron = derived::<f32, _>(IF, Nearest);
    let mut state = PopulationState::<f32, 0, 2>::at_rest(0.0);
    let told = neuron.run(state.as_mut().widened(), &[1.0; 2], RngCounter::default(), &mut [0]);
    assert_eq!(told, Err(LengthError { name: "own coefficients", length: 0, expected: 2 }));
    assert_eq!(state.membrane, [0.0; 2]);
    let leaking = derived::<f32, _>(LI, Nearest);
    assert_eq!([neuron.leaks(), leaking.leaks(), leaking.without_leak().leaks()], [false, true, false]);
    assert_eq!([neuron.dialect(), leaking.dialect()], [Dialect::Inferno, Dialect::Nest]);
}

fn told(table: &ParamTable) -> Vec<String> {
    let errors = Spec::new(table.clone()).check().err();
    errors.iter().flat_map(|errors| errors.iter()).map(ToString::to_string).collect()
}

#[test]
fn constraints_and_foreign_parameters_are_named() {
    let li = |change: fn(&mut LiParams)| {
        let mut params = LI;
        change(&mut params);
        told(&params.into())
    };
    assert_eq!(li(|_| ()), [""; 0]);
    assert_eq!(li(|p| p.rest_v = 90.0), [""; 0]); // above any usual threshold
    assert_eq!(li(|p| p.time_constant = 0.0), ["`time_constant` = 0 ms: must be positive"]);
    assert_eq!(li(|p| p.resistance = 0.0), ["`resistance` = 0 MΩ: must not be zero"]);
    assert_eq!(li(|p| p.rest_v = f64::NAN), ["`rest_v` = NaN mV: must be finite"]);
    let of_if = |change: fn(&mut IfParams)| {
        let mut params = IF;
        change(&mut params);
        told(&params.into())
    };
    assert_eq!(of_if(|_| ()), [""; 0]);
    assert_eq!(of_if(|p| p.reset_v = -50.0), ["`reset_v` = -50 mV: must be below `thresh_v` = -50 mV"]);
    assert_eq!(of_if(|p| p.refrac_t = -1.0), ["`refrac_t` = -1 ms: must not be negative"]);
    assert_eq!(of_if(|p| p.step_time = 0.0), ["`step_time` = 0 ms: must be positive"]);
    let close = of_if(|p| (p.reset_v, p.thresh_v) = (-50.000_000_001, -50.0));
    assert!(close[0].contains("rounds both to -50 mV") && close.len() == 1, "{close:?}");

    let mut table = ParamTable::from(LI);
    for (foreign, value) in [(Parameter::ThreshV, -50.0), (Parameter::ResetV, -65.0), (Parameter::RefracT, 2.0)] {
        let told = table.set(foreign, &[value]).unwrap_err().to_string();
        assert_eq!(told, format!("`{foreign}`: not a parameter of li"));
    }
    let mut table = ParamTable::from(IF);
    for foreign in [Parameter::RestV, Parameter::TimeConstant] {
        let told = table.set(foreign, &[1.0]).unwrap_err().to_string();
        assert_eq!(told, format!("`{foreign}`: not a parameter of if"));
    }
    for (params, model) in [(ParamTable::from(LI), "li"), (IF.into(), "if")] {
        for dialect in ["nest", "allen"] {
            let dialect = Dialect::ALL.iter().find(|other| other.name() == dialect).unwrap();
            let errors = told(&params.clone().in_dialect(*dialect));
            assert_eq!(errors, [format!("`dialect` = \"{dialect}\": {model} has \"inferno\" only")]);
        }
    }
    for (model, missing) in [(ModelKind::Li, "`rest_v` = NaN mV"), (ModelKind::If, "`reset_v` = NaN mV")] {
        let errors = told(&ParamTable::new(model));
        assert!(errors.iter().any(|error| error.starts_with(missing)), "{errors:?}");
    }
}

/// The report has the parameters that the model has, and no others.
#[test]
fn reports_have_a_line_for_each_parameter() {
    for (params, names) in [
        (ParamTable::from(LI), &["rest_v", "membrane decay", "resistance"][..]),
        (IF.into(), &["reset_v", "thresh_v", "resistance"]),
    ] {
        let (mut lines, mut errors) = (Vec::new(), ParamErrors::new());
        let mut report = |line: Quantised| lines.push(line.name);
        let derivation = Derivation::new(RefractoryRule::Exact).report(&mut report);
        assert!(Levels::<I16F16, _>::derive(&params, derivation, &mut errors).is_some());
        assert_eq!(lines, names);
        let (mut lines, mut report) = (Vec::new(), ParamErrors::new());
        let mut line = |line: Quantised| lines.push(line.name);
        let derivation = Derivation::new(RefractoryRule::Inferno).report(&mut line);
        assert!(Levels::<f32, _>::derive(&params, derivation, &mut report).is_some());
        assert_eq!(lines.contains(&"refrac_t"), params.model().fires());
    }
}

/// Membranes begin at `initial_v`; without it at `rest_v`, or at 0 mV if the model has no rest.
#[test]
fn membranes_begin_at_rest_or_at_zero() {
    assert_eq!(One::new(derived::<f64, _>(LI, Nearest), None).v(), -60.0);
    assert_eq!(One::new(derived::<I8F8, _>(IF, Nearest), None).v(), 0.0);
    assert_eq!(One::new(derived::<I8F8, _>(IF, Nearest), Some(-7.5)).v(), -7.5);
}

/// A population that does not start at number 0, over chunks, has the neurons' own bits.
#[test]
fn part_of_a_population_steps_as_the_whole() {
    const NEURONS: usize = 300;
    let shared = derived::<I16F16, _>(IF, Truncate);
    let thresholds: Vec<I16F16> = (0..NEURONS).map(|i| I16F16::nearest(-50.0 + (i % 11) as f64)).collect();
    let own = OwnSlices { threshold: &thresholds, ..OwnSlices::SHARED };
    let population = OwnCoefficients { shared: &shared, own, neurons: NEURONS };
    let start = I16F16::nearest(-62.0);
    let mut whole = PopulationState::<I16F16, 0, NEURONS>::at_rest(start);
    let mut part = whole;
    let mut spikes = 0;
    for step in 0..100 {
        let currents: Vec<I16F16> = (0..NEURONS).map(|i| I16F16::nearest(current(step, i))).collect();
        let at = |neuron| RngCounter { step, neuron };
        let (mut words, mut of_part) = ([0; NEURONS.div_ceil(32)], [0; NEURONS.div_ceil(32)]);
        let options = StepOptions::default();
        population.run(0, whole.as_mut().widened(), &currents, options, at(0), &mut words).unwrap();
        for (first, count) in [(0, 160), (160, 140)] {
            let PopulationStateMut { membrane, refractory, .. } = part.as_mut();
            let state = PopulationStateMut {
                membrane: &mut membrane[first..first + count],
                refractory: &mut refractory[first..first + count],
                adaptation: Default::default(),
            };
            let (currents, words) = (&currents[first..first + count], &mut of_part[first / 32..]);
            population.run(first, state, currents, options, at(first as u32), words).unwrap();
        }
        assert_eq!((whole, words), (part, of_part), "step {step}");
        spikes += words.iter().map(|word| word.count_ones()).sum::<u32>();
    }
    assert!(spikes > 300, "{spikes}");
}
