use std::{vec, vec::Vec};

use fixed::types::{I8F8, I16F16};
use proptest::prelude::*;

use super::*;
use crate::derive::DeriveReset;
use crate::derive::initial;
use crate::dynamic::Visitor;
use crate::multicomponent::Multicomponent;
use crate::names::ModelKind;
use crate::neuron::{Coefficients, Dynamics};
use crate::parameter::{ComponentCounts, Parameter, ParameterSet};
use crate::run::branches;
use crate::state::components_mut;
use crate::table::ParamTable;
use crate::{Derivation, DynCoefficients, Nearest, ParamErrors, Quantize, RefractoryRule, Stochastic};

/// A usual value of a parameter, and how far one neuron's value is from another's.
fn range(parameter: Parameter) -> (f64, f64) {
    use Parameter::*;
    match parameter {
        StepTime => (1.0, 0.0),
        RestV => (-60.0, 2.0),
        ResetV => (-64.0, 3.0),
        ResetVAdd => (4.0, 3.0),
        ResetVMul => (0.2, 0.3),
        ThreshV | ThreshEqV => (-50.0, 4.0),
        RefracT => (2.5, 2.5),
        TimeConstant | TcMembrane => (10.0, 8.0),
        TcAdaptation => (30.0, 25.0),
        RcAdaptation => (0.05, 0.04),
        SpikeIncrement => (1.0, 2.0),
        Resistance => (1.0, 0.5),
        AscAmplitude => (-1.0, 2.0),
        RcAsc => (0.06, 0.05),
        AscRetain => (0.5, 0.5),
        ThreshVoltageGain => (0.05, 0.04),
        RcThreshVoltage => (0.1, 0.05),
        InitialV => (-57.0, 9.0),
        Refrac => (0.0, 0.0),
    }
}

/// Returns the parameters of a neuron: those in `own` are its own.
fn table(model: ModelKind, dialect: Dialect, own: ParameterSet, counts: ComponentCounts, neuron: usize) -> ParamTable {
    let mut table = ParamTable::new(model).in_dialect(dialect);
    for &parameter in model.parameters() {
        let (usual, spread) = range(parameter);
        let values: Vec<f64> = (0..parameter.component().map_or(1, |kind| counts.of(kind)))
            .map(|k| {
                let i = if own.contains(parameter) { neuron * 7 + k * 3 + parameter as usize } else { k };
                usual + spread * ((i * 37 % 101) as f64 / 50.5 - 1.0)
            })
            .collect();
        table.set(parameter, &values).unwrap();
    }
    table
}

/// Steps one neuron with its own coefficients alone.
struct Alone<'a, S> {
    cell: &'a mut Cell<S>,
    current: S,
    options: StepOptions,
    at: RngCounter,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Cell<S> {
    membrane: [S; 1],
    refractory: [Refractory; 1],
    adaptation: [S; MOST_COMPONENTS],
    fired: [u32; 1],
}

impl<S: Quantize, Q: Rounding> Visitor<S, Q> for Alone<'_, S> {
    type Output = ();
    fn visit<R: DeriveReset<S>, const K: usize, D: Dynamics<S, K>>(self, neuron: &Coefficients<S, R, K, Q, D>) {
        let Self { cell: Cell { membrane, refractory, adaptation, fired }, current, options, at } = self;
        let state = PopulationStateMut { membrane, refractory, adaptation: components_mut(adaptation, 1) };
        neuron.run(state, &[current], options, at, fired).unwrap();
    }
    fn visit_more<R: DeriveReset<S>>(self, neuron: &Multicomponent<S, R, Q>) {
        let Self { cell: Cell { membrane, refractory, adaptation, fired }, current, options, at } = self;
        let state = PopulationStateMut { membrane, refractory, adaptation: components_mut(adaptation, 1) };
        neuron.run(state, &[current], options, at, fired).unwrap();
    }
    fn visit_levels(self, neuron: &Levels<S, Q>) {
        if !neuron.leaks() {
            return without_leak(neuron, self.cell, self.current);
        }
        let Self { cell: Cell { membrane, refractory, adaptation, fired }, current, at, .. } = self;
        let state = PopulationStateMut { membrane, refractory, adaptation: components_mut(adaptation, 1) };
        neuron.run(state, &[current], at, fired).unwrap();
    }
}

/// Steps one neuron that does not leak, by the equation. The refractory lock makes no difference: what it holds does
/// not move.
fn without_leak<S: Quantize, Q: Rounding>(neuron: &Levels<S, Q>, cell: &mut Cell<S>, current: S) {
    let base = &neuron.base;
    let Cell { membrane: [membrane], refractory: [refractory], fired, .. } = cell;
    (*refractory, *fired) = (refractory.tick(), [0]);
    if refractory.steps() > 0 {
        return;
    }
    let v = S::clamp_state(membrane.to_accumulator() + current.drive(&base.gain));
    *membrane = S::from_accumulator(v);
    if v >= base.threshold {
        let DynReset::Fixed(FixedReset(reset)) = base.reset else { panic!("{base:?}") };
        (*membrane, *refractory, *fired) = (S::from_accumulator(reset), Refractory::new(base.refractory, true), [1]);
    }
}

/// What is drawn for a test.
#[derive(Debug, Clone, Copy)]
struct Case {
    model: ModelKind,
    dialect: Dialect,
    own: u32,
    counts: ComponentCounts,
    options: StepOptions,
    neurons: usize,
    skipped: usize,
}

fn cases() -> impl Strategy<Value = Case> {
    let model = proptest::sample::select(ModelKind::ALL);
    let options = (any::<bool>(), any::<bool>());
    // Most draws have many own parameters, and each parameter is shared in some.
    let own = prop_oneof![any::<u32>(), Just(u32::MAX), any::<u32>().prop_map(|a| a | a >> 7)];
    (model, 0..3_usize, own, (0..4_usize, 0..4_usize), options, 1..150_usize, 0..3_usize).prop_map(
        |(model, dialect, own, (thresholds, currents), (refrac_lock, adapt), neurons, skipped)| {
            let dialects = model.dialects();
            let dialect = dialects[dialect % dialects.len()];
            let has = |kind, count| if model.has(kind) { count } else { 0 };
            let counts = ComponentCounts {
                thresholds: has(crate::parameter::ComponentKind::Threshold, thresholds),
                currents: has(crate::parameter::ComponentKind::Current, currents),
                voltages: usize::from(model.has(crate::parameter::ComponentKind::Voltage)),
            };
            let options = match dialect {
                Dialect::Inferno => StepOptions { refrac_lock, adapt },
                _ => StepOptions::default(),
            };
            Case { model, dialect, own, counts, options, neurons, skipped: skipped.min(neurons - 1) }
        },
    )
}

/// Each neuron makes the step that it makes alone, whichever of its parameters are its own.
fn alone<S: Quantize, Q: Rounding>(case: Case, rounding: Q) -> Result<(), TestCaseError> {
    let Case { model, dialect, counts, options, neurons, skipped, .. } = case;
    let own = Parameter::ALL.iter().filter(|p| case.own >> **p as u32 & 1 != 0 && **p != Parameter::StepTime);
    let own = ParameterSet::of(&own.copied().collect::<Vec<_>>());
    let derivation = || Derivation::new(RefractoryRule::Exact).rounding(rounding);
    let mut errors = ParamErrors::new();
    let tables: Vec<ParamTable> = (0..neurons).map(|i| table(model, dialect, own, counts, i)).collect();
    let layout = OwnLayout::<u64>::new::<S>(own, &tables[0], neurons).unwrap();
    let mut own_words = vec![0; layout.words()];
    let mut shared = None;
    let mut cells = Vec::new();
    let mut singles = Vec::new();
    for (i, table) in tables.iter().enumerate() {
        let Some((record, _)) = Levels::<S, Q>::derive(table, derivation(), &mut errors) else {
            return Err(TestCaseError::reject(std::format!("{errors}")));
        };
        let initial = initial(table.initial_v(), record.base.rest);
        layout.set(&mut own_words, i, &record, initial);
        shared.get_or_insert(record);
        cells.push(Cell {
            membrane: [initial],
            refractory: [Refractory::default()],
            adaptation: [S::ZERO_STATE; MOST_COMPONENTS],
            fired: [0],
        });
        singles.push(DynCoefficients::<S, Q>::derive(table, derivation(), &mut errors).unwrap().0);
    }
    let (shared, own) = (shared.unwrap(), layout.slices(&own_words));
    let population = OwnCoefficients { shared: &shared, own, neurons };
    let laid_out = OwnWords { shared: &shared, layout: &layout, words: &own_words };
    prop_assert!(own.initial.is_empty() || own.initial.iter().eq(cells.iter().map(|cell| &cell.membrane[0])));
    let stepped = neurons - skipped;
    let mut membrane: Vec<S> = cells[skipped..].iter().map(|cell| cell.membrane[0]).collect();
    let mut refractory = vec![Refractory::default(); stepped];
    let mut adaptation = vec![S::ZERO_STATE; stepped * MOST_COMPONENTS];
    for step in 0..30_u64 {
        let current = |i: usize| S::nearest(((i * 31 + step as usize * 7) % 45) as f64);
        let currents: Vec<S> = (skipped..neurons).map(current).collect();
        let mut words = vec![u32::MAX; stepped.div_ceil(WORD) + 1];
        let at = RngCounter { step, neuron: 9 };
        let state = PopulationStateMut {
            membrane: &mut membrane,
            refractory: &mut refractory,
            adaptation: components_mut(&mut adaptation, stepped),
        };
        match step % 2 {
            0 => population.run(skipped, state, &currents, options, at, &mut words).unwrap(),
            _ => laid_out.run(skipped, state, &currents, options, at, &mut words).unwrap(),
        }
        for i in 0..stepped {
            let (cell, single) = (&mut cells[skipped + i], &singles[skipped + i]);
            single.visit(Alone { cell: &mut *cell, current: currents[i], options, at: at.after(i) });
            let mut walked = *cell;
            walked.membrane[0] = membrane[i];
            walked.refractory[0] = refractory[i];
            walked.fired = [u32::from(crate::spikes::contains(&words, i))];
            for k in 0..counts.total() {
                walked.adaptation[k] = adaptation[k * stepped + i];
            }
            prop_assert_eq!(walked, *cell, "neuron {} in step {}", skipped + i, step);
        }
        prop_assert!(crate::spikes::indices(&words).all(|i| i < stepped));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, max_global_rejects: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn a_neuron_among_others_has_the_bits_that_it_has_alone(case in cases()) {
        alone::<f32, _>(case, Nearest)?;
        alone::<f64, _>(case, Nearest)?;
        alone::<I16F16, _>(case, Nearest)?;
        alone::<I16F16, _>(case, Stochastic { seed: 3 })?;
        // Rounded to nearest, most components would stall.
        alone::<I8F8, _>(case, crate::Truncate)?;
    }
}

/// The walk of microcontrollers has the bits of that with vectors.
fn with_and_without_vectors<S: Quantize, const V: usize, const J: usize>(dialect: Dialect, own: u32) {
    walks::<S, V, J>(dialect, own, false);
    walks::<S, V, J>(dialect, own, true);
}

/// With the strict test, or as the dialect has it.
fn walks<S: Quantize, const V: usize, const J: usize>(dialect: Dialect, own: u32, strict: bool) {
    let model = if V == 0 { ModelKind::Glif2 } else { ModelKind::Glif5 };
    let counts = ComponentCounts { voltages: V, ..ComponentCounts::default() };
    let parameters: Vec<Parameter> = Parameter::ALL.iter().copied().filter(|p| own >> *p as u32 & 1 != 0).collect();
    let own = ParameterSet::of(&parameters);
    for neurons in [1, 15, 16, 31, 32, 33, 100] {
        let tables: Vec<ParamTable> = (0..neurons).map(|i| table(model, dialect, own, counts, i)).collect();
        let layout = OwnLayout::<u64>::new::<S>(own, &tables[0], neurons).unwrap();
        let mut words = vec![0; layout.words()];
        let mut shared = None;
        for (i, table) in tables.iter().enumerate() {
            let derivation = Derivation::new(RefractoryRule::Exact);
            let mut errors = ParamErrors::new();
            let Some((record, _)) = Levels::<S, Nearest>::derive(table, derivation, &mut errors) else {
                panic!("{errors}");
            };
            layout.set(&mut words, i, &record, initial(None, record.base.rest));
            shared.get_or_insert(record);
        }
        let (shared, own) = (shared.unwrap(), layout.slices(&words));
        let shared = if strict { shared.exceeding() } else { shared };
        let of = Population { shared: &shared, own, neurons }.membranes(0, V > 0).unwrap();
        let raised: Vec<_> = (0..neurons).map(|i| S::nearest(i as f64 % 3.0).to_accumulator()).collect();
        let terms: Vec<Vec<_>> = (0..2)
            .map(|n| (0..neurons).map(|i| S::nearest(((i + 2) * (3 + n) % 7) as f64 - 3.0).to_accumulator()).collect())
            .collect();
        let jumps = match J {
            0 => Jumps::NONE,
            _ => Jumps::new(&[&terms[0], &[], &terms[1]]).unwrap(),
        };
        for raised in [None, Some(&raised[..])] {
            let lift = Lift { raised, jumps };
            let rest = S::from_accumulator(shared.base.rest);
            let state = || (vec![rest; neurons], vec![Refractory::default(); neurons], vec![S::ZERO_STATE; neurons]);
            let mut states = [state(), state()];
            let mut spikes = 0;
            for step in 0..40 {
                let currents: Vec<S> = (0..neurons).map(|i| S::nearest(((i * 31 + step * 7) % 45) as f64)).collect();
                let at = RngCounter { step: step as u64, neuron: 0 };
                let mut words = [0, 1].map(|_| vec![u32::MAX; neurons.div_ceil(WORD)]);
                for (i, ((membrane, refractory, voltage), words)) in states.iter_mut().zip(&mut words).enumerate() {
                    let adaptation: [&mut [S]; V] = components_mut(voltage, neurons);
                    let state = PopulationStateMut { membrane, refractory, adaptation };
                    match i {
                        0 => own_membranes::<S, V, _, J>(&of, state, lift, &currents, DefaultOptions, at, words),
                        _ => branches::own_membranes::<S, V, _, J>(
                            &of,
                            state,
                            lift,
                            &currents,
                            DefaultOptions,
                            at,
                            words,
                        ),
                    }
                }
                assert_eq!(words[0], words[1], "{neurons} neurons in step {step}");
                assert_eq!(states[0], states[1], "{neurons} neurons in step {step}");
                spikes += crate::spikes::indices(&words[0]).count();
            }
            assert!(spikes > neurons, "{spikes} spikes");
        }
    }
}

/// Membranes that rest where they are move by their drive, in both walks, and saturate at the ends of the range.
fn membranes_without_leak<S: Quantize>() {
    const NEURONS: usize = 100;
    let mut table = table(ModelKind::If, Dialect::Inferno, ParameterSet::default(), ComponentCounts::default(), 0);
    table.set(Parameter::Resistance, &[0.37]).unwrap();
    let mut errors = ParamErrors::new();
    let derived = Levels::<S, Nearest>::derive(&table, Derivation::new(RefractoryRule::Exact), &mut errors);
    let Some((shared, _)) = derived else { panic!("{errors}") };
    let population = OwnCoefficients { shared: &shared, own: OwnSlices::SHARED, neurons: NEURONS };
    let of = Population { shared: &shared, own: OwnSlices::<S>::SHARED, neurons: NEURONS }.membranes(0, false).unwrap();
    let blank = Cell {
        membrane: [S::ZERO_STATE],
        refractory: [Refractory::default()],
        adaptation: [S::ZERO_STATE; MOST_COMPONENTS],
        fired: [0],
    };
    let (mut cells, mut ends) = ([blank; NEURONS], 0);
    let mut states = [(); 2].map(|()| (vec![S::ZERO_STATE; NEURONS], vec![Refractory::default(); NEURONS]));
    for step in 0..200_u64 {
        // Those of the first neurons are at the ends of the format, and the membranes soon too.
        let current = |i: usize| match i {
            0..8 => S::REACH.0 * 0.3,
            _ => ((i as u64 * 31 + step * 7) % 45) as f64 - 20.0,
        };
        let currents: Vec<S> = (0..NEURONS).map(|i| S::nearest(current(i))).collect();
        let at = RngCounter { step, neuron: 0 };
        let mut words = [[u32::MAX; NEURONS.div_ceil(WORD)]; 2];
        for (i, ((membrane, refractory), words)) in states.iter_mut().zip(&mut words).enumerate() {
            let (rest, none) = (membrane.clone(), vec![S::NO_JUMP; NEURONS]);
            if i == 0 {
                let state = PopulationStateMut { membrane, refractory, adaptation: Default::default() };
                population.run(0, state, &currents, StepOptions::default(), at, words).unwrap();
                continue;
            }
            let of = Membranes { rest: &rest, ..of };
            let lift = Lift { raised: None, jumps: Jumps::NONE.filled(&none) };
            let state = PopulationStateMut { membrane, refractory, adaptation: [] };
            branches::own_membranes::<S, 0, _, MOST_JUMPS>(&of, state, lift, &currents, DefaultOptions, at, words);
        }
        for (i, cell) in cells.iter_mut().enumerate() {
            without_leak(&shared, cell, currents[i]);
            for ((membrane, refractory), words) in states.iter().zip(&words) {
                let walked = (membrane[i], refractory[i], u32::from(crate::spikes::contains(words, i)));
                assert_eq!(walked, (cell.membrane[0], cell.refractory[0], cell.fired[0]), "neuron {i} in step {step}");
            }
            ends += usize::from(cell.membrane[0].to_f64() <= 0.999_999 * S::REACH.0);
        }
    }
    assert!(ends >= 8 * 100, "{ends}");
}

#[test]
fn a_membrane_without_leak_moves_by_its_drive_in_every_walk() {
    membranes_without_leak::<f32>();
    membranes_without_leak::<f64>();
    membranes_without_leak::<I16F16>();
    membranes_without_leak::<I8F8>();
}

#[test]
fn own_membranes_are_the_same_with_and_without_vectors() {
    for own in [0, !1, 0x5555_5554, 0xaaaa_aaaa] {
        with_and_without_vectors::<f32, 0, 0>(Dialect::Inferno, own);
        with_and_without_vectors::<f32, 0, MOST_JUMPS>(Dialect::Inferno, own);
        with_and_without_vectors::<I16F16, 0, 0>(Dialect::Nest, own);
        with_and_without_vectors::<I16F16, 0, MOST_JUMPS>(Dialect::Nest, own);
        with_and_without_vectors::<I8F8, 0, 0>(Dialect::Allen, own);
        with_and_without_vectors::<I8F8, 0, MOST_JUMPS>(Dialect::Allen, own);
        with_and_without_vectors::<f64, 1, 0>(Dialect::Nest, own);
        with_and_without_vectors::<f64, 1, MOST_JUMPS>(Dialect::Nest, own);
        with_and_without_vectors::<I16F16, 1, 0>(Dialect::Allen, own);
        with_and_without_vectors::<I16F16, 1, MOST_JUMPS>(Dialect::Allen, own);
    }
}

/// Steps one LIF by the equations, with two terms; returns its spikes.
fn expected_spikes(terms: [&dyn Fn(u64) -> f64; 2], steps: u64) -> (Vec<u64>, f64) {
    let (rest, reset, threshold, decay) = (-60.0_f64, -64.0, -50.0, (-1.0_f64 / 10.0).exp());
    let (mut v, mut count, mut fired) = (rest, 0_u32, Vec::new());
    for step in 0..steps {
        count = count.saturating_sub(1);
        if count == 0 {
            let ext = 5.0;
            v = rest + ((v - rest) - ext) * decay + ext;
            v = (v + terms[0](step)) + terms[1](step);
            if v >= threshold {
                (v, count) = (reset, 3);
                fired.push(step);
            }
        }
    }
    (fired, v)
}

/// Each term is added after the decay and before the threshold, in order, and not to a refractory neuron.
#[test]
fn jumps_are_added_before_the_threshold() {
    let mut table = ParamTable::new(ModelKind::Lif);
    for (parameter, value) in [
        (Parameter::StepTime, 1.0),
        (Parameter::RestV, -60.0),
        (Parameter::ResetV, -64.0),
        (Parameter::ThreshV, -50.0),
        (Parameter::RefracT, 3.0),
        (Parameter::TimeConstant, 10.0),
        (Parameter::Resistance, 1.0),
    ] {
        table.set(parameter, &[value]).unwrap();
    }
    let mut errors = ParamErrors::new();
    let derived = Levels::<f64, Nearest>::derive(&table, Derivation::new(RefractoryRule::Exact), &mut errors);
    let (shared, _) = derived.unwrap();
    let delta = |step: u64| if step % 5 < 2 { 0.1 * (step % 31) as f64 } else { -0.0 };
    let exact = |step: u64| 0.37 * (step % 17) as f64 - 1.7;
    let population = OwnCoefficients { shared: &shared, own: OwnSlices::SHARED, neurons: 3 };
    // One term takes another way than several.
    for one in [false, true] {
        let (mut membrane, mut refractory, mut fired) = ([-60.0; 3], [Refractory::default(); 3], Vec::new());
        for step in 0..300 {
            let (delta, exact) = ([delta(step); 3], [exact(step); 3]);
            let adaptation = Default::default();
            let state = PopulationStateMut { membrane: &mut membrane, refractory: &mut refractory, adaptation };
            let (mut spikes, at) = ([0], RngCounter { step, neuron: 0 });
            let terms = if one { Jumps::new(&[&exact]) } else { Jumps::new(&[&delta, &exact]) };
            let inputs = (&[5.0; 3][..], terms.unwrap());
            population.run_jumped(0, state, inputs, StepOptions::default(), at, &mut spikes).unwrap();
            if spikes == [0b111] {
                fired.push(step);
            }
        }
        let nothing = |_| -0.0;
        let (expected, v) = expected_spikes([if one { &nothing } else { &delta }, &exact], 300);
        assert!(expected.len() > 5, "{expected:?}");
        assert_eq!((fired, membrane), (expected, [v; 3]));
    }
}

#[test]
fn lengths_are_checked() {
    let table = table(ModelKind::Lif, Dialect::Inferno, ParameterSet::default(), ComponentCounts::default(), 0);
    let derivation = Derivation::new(RefractoryRule::Exact);
    let mut errors = ParamErrors::new();
    let Some((shared, _)) = Levels::<f32, _>::derive(&table, derivation, &mut errors) else { panic!("{errors}") };
    let run = |own: OwnSlices<'_, f32>, first, neurons| {
        let (mut membrane, mut refractory) = ([-60.0; 4], [Refractory::default(); 4]);
        let adaptation = Default::default();
        let state = PopulationStateMut { membrane: &mut membrane, refractory: &mut refractory, adaptation };
        let population = OwnCoefficients { shared: &shared, own, neurons };
        population.run(first, state, &[0.0; 4], StepOptions::default(), RngCounter::default(), &mut [0])
    };
    let short = OwnCoefficients { shared: &shared, own: OwnSlices::SHARED, neurons: 4 };
    let (mut membrane, mut refractory) = ([-60.0; 4], [Refractory::default(); 4]);
    let adaptation = Default::default();
    let state = PopulationStateMut { membrane: &mut membrane, refractory: &mut refractory, adaptation };
    let inputs = (&[0.0; 4][..], Jumps::new(&[&[0.0; 3]]).unwrap());
    let told = short.run_jumped(0, state, inputs, StepOptions::default(), RngCounter::default(), &mut [0]);
    assert_eq!(told, Err(LengthError { name: "jumps", length: 3, expected: 4 }));
    let own = OwnSlices { threshold: &[-50.0; 4], ..OwnSlices::SHARED };
    assert_eq!(run(own, 0, 4), Ok(()));
    assert_eq!(run(own, 0, 5), Err(LengthError { name: "threshold", length: 4, expected: 5 }));
    assert_eq!(run(own, 1, 4), Err(LengthError { name: "currents", length: 4, expected: 3 }));
    assert_eq!(run(OwnSlices::SHARED, usize::MAX, 4), Err(LengthError { name: "currents", length: 4, expected: 0 }));
}
