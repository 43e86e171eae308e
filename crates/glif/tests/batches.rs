//! Batches, chunks and the heap do not change results: a population equals its neurons, each stepped by itself.

use std::sync::Arc;

use fixed::types::{I8F8, I16F16};
use glif::{
    Alif, AlifParams, Glif1, Glif2, Glif2Params, Lif, LifParams, Population, Quantize, Reduction, RefractoryRule,
    StepOptions, Stochastic, Truncate,
};
use glif_core::derive::{DeriveReset, Diagnostics};
use glif_core::neuron::{FixedReset, LinearReset, NeuronState, Reset};
use glif_core::params::FixedResetParams;
use glif_core::rounding::Rounding;
use glif_core::{Coefficients, Refractory, Spikes};
use proptest::prelude::*;

use crate::common::{LIF, alif};

const ALIF: AlifParams<2> = alif([20.0, 50.0], [1.5, 0.75]);
const GLIF2: Glif2Params<2> = Glif2Params {
    step_time: 1.0,
    rest_v: -60.0,
    reset_v_add: 2.0,
    reset_v_mul: 0.5,
    thresh_eq_v: -50.0,
    refrac_t: 2.0,
    tc_membrane: 20.0,
    rc_adaptation: [0.05, 0.02],
    spike_increment: [1.5, 0.75],
    resistance: 1.0,
};

/// Currents from -10 to 50 nA, reproducible from the seed.
fn currents<S: Quantize>(seed: u64, count: usize) -> Vec<S> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        S::nearest((state >> 40) as f64 / (1_u64 << 24) as f64 * 60.0 - 10.0)
    };
    (0..count).map(|_| next()).collect()
}

/// Converts to f64 bits, as f64 holds every scalar exactly; -0 differs from 0.
fn bits<S: Quantize>(values: &[S]) -> Vec<u64> {
    values.iter().map(|value| value.to_f64().to_bits()).collect()
}

/// A simple reference batch: one cell at a time, and one list of values for each reduction.
struct Naive<S: Quantize, R: DeriveReset<S>, const K: usize, Q> {
    neuron: Coefficients<S, R, K, Q>,
    membrane: Vec<S>,
    refractory: Vec<Refractory>,
    adaptation: Vec<[S; K]>,
    steps: u64,
    reduce: fn(&[S]) -> S,
}

impl<S: Quantize, R: DeriveReset<S>, const K: usize, Q: Rounding> Naive<S, R, K, Q> {
    fn like(population: &Population<Coefficients<S, R, K, Q>>, reduce: fn(&[S]) -> S) -> Self {
        let cells = population.voltage().len();
        Self {
            neuron: *population.neuron(),
            membrane: population.voltage().to_vec(),
            refractory: vec![Refractory::default(); cells],
            adaptation: vec![[S::from_accumulator(S::ZERO); K]; population.neurons()],
            steps: 0,
            reduce,
        }
    }

    fn step(&mut self, currents: &[S]) {
        let neurons = self.adaptation.len();
        for (i, shared) in self.adaptation.iter_mut().enumerate() {
            let mut updates = Vec::new();
            for c in (i..currents.len()).step_by(neurons) {
                let mut cell =
                    NeuronState { membrane: self.membrane[c], refractory: self.refractory[c], adaptation: *shared };
                let draw = self.neuron.rounding.draw(self.steps, c as u32);
                self.neuron.step(cell.as_mut(), currents[c], StepOptions::default(), draw);
                (self.membrane[c], self.refractory[c]) = (cell.membrane, cell.refractory);
                updates.push(cell.adaptation);
            }
            *shared = std::array::from_fn(|k| {
                (self.reduce)(&updates.iter().map(|adaptation| adaptation[k]).collect::<Vec<_>>())
            });
        }
        self.steps += 1;
    }

    fn assert_equal(&self, population: &Population<Coefficients<S, R, K, Q>>) {
        let neurons = self.adaptation.len();
        assert_eq!(bits(&self.membrane), bits(population.voltage()));
        assert_eq!(bits(self.adaptation.as_flattened()), bits(&population.adaptation()));
        let fired: Vec<_> = (0..self.refractory.len()).filter(|c| self.refractory[*c].fired()).collect();
        assert_eq!(fired, population.fired().iter().map(|(b, i)| b * neurons + i).collect::<Vec<_>>());
        assert_eq!(fired.len() as u64, population.fired().count());
        let refrac: Vec<_> = self.refractory.iter().map(|r| population.period().remaining(r.steps())).collect();
        assert_eq!(refrac, population.refrac());
    }
}

fn mean_f32(batch: &[f32]) -> f32 {
    let mut sum = batch[0];
    batch[1..].iter().for_each(|x| sum += x);
    sum / batch.len() as f32
}

fn mean_i16f16(batch: &[I16F16]) -> I16F16 {
    let sum: i64 = batch.iter().map(|x| i64::from(x.to_bits())).sum();
    I16F16::from_bits((sum as f64 / batch.len() as f64 + 0.5).floor() as i32)
}

/// Sizes on both sides of a spike word and of a chunk of neurons whose batch is reduced together.
const SIZES: [usize; 8] = [1, 31, 32, 33, 1023, 1024, 1025, 3000];

fn chunks_are_invisible<S, R, const K: usize, Q>(
    build: impl Fn(usize) -> Population<Coefficients<S, R, K, Q>>,
    reduce: fn(&[S]) -> S,
) where
    S: Quantize,
    R: DeriveReset<S>,
    Q: Rounding,
{
    for size in SIZES {
        let mut population = build(size);
        let mut naive = Naive::like(&population, reduce);
        let mut spikes = 0;
        for step in 0..12 {
            let currents = currents(step * 7919 + size as u64, population.voltage().len());
            naive.step(&currents);
            spikes += population.step(&currents, StepOptions::default()).unwrap().count();
            naive.assert_equal(&population);
        }
        assert!(spikes > 0, "{size} neurons are silent");
    }
}

/// Resistance that multiplies the drive of the parameters above by 20, so that a few steps have spikes.
const EAGER: f64 = 20.0;

#[test]
fn chunks_are_invisible_in_f32() {
    let params = AlifParams { resistance: EAGER, ..ALIF };
    let build = |reduction: Reduction<f32>| {
        move |size| {
            let builder = Population::<Alif<f32, 2>>::builder(params).shape(&[size]).batch_size(3);
            builder.reduction(reduction.clone()).build().unwrap()
        }
    };
    chunks_are_invisible(build(Reduction::Mean), mean_f32);
    chunks_are_invisible(build(Reduction::Max), |batch| batch.iter().copied().fold(f32::MIN, f32::max));
    let last: fn(&[f32]) -> f32 = |batch| batch[batch.len() - 1];
    chunks_are_invisible(build(Reduction::Custom(Arc::new(last))), last);
}

#[test]
fn chunks_are_invisible_in_fixed_point() {
    let params = Glif2Params { resistance: EAGER, ..GLIF2 };
    let build = |size| {
        let builder = Population::<Glif2<I16F16, 2>>::builder(params).shape(&[size]).batch_size(3);
        builder.rounding(Stochastic { seed: 5 }).build().unwrap()
    };
    chunks_are_invisible(build, mean_i16f16);
}

#[test]
fn chunks_are_invisible_without_components() {
    let params = LifParams { resistance: EAGER, ..LIF };
    let build = |size| Population::<Lif<f64>>::builder(params).shape(&[size]).batch_size(3).build().unwrap();
    chunks_are_invisible(build, |_| unreachable!());
}

/// The shape of a population does not matter, only its size.
#[test]
fn only_the_size_of_a_shape_matters() {
    let build = |shape: &[usize]| Population::<Alif<f32, 2>>::builder(ALIF).shape(shape).batch_size(2).build().unwrap();
    let mut populations = [build(&[60]), build(&[3, 20]), build(&[5, 3, 2, 2])];
    for step in 0..40 {
        let currents = currents(step, 120);
        for population in &mut populations {
            population.step(&currents, StepOptions::default()).unwrap();
        }
        let [first, others @ ..] = &populations;
        for other in others {
            assert_eq!(bits(first.voltage()), bits(other.voltage()));
            assert_eq!(bits(&first.adaptation()), bits(&other.adaptation()));
        }
    }
}

fn of_reduction(batch: usize, reduction: Reduction<f32>) -> Population<Alif<f32, 2>> {
    Population::builder(ALIF).shape(&[5]).batch_size(batch).reduction(reduction).build().unwrap()
}

/// Steps one sample and a batch of copies of it, and passes both to `check` after each step.
fn beside_itself<S, R, const K: usize>(
    one: &mut Population<Coefficients<S, R, K>>,
    many: &mut Population<Coefficients<S, R, K>>,
    seed: u64,
    check: impl Fn(&Population<Coefficients<S, R, K>>, &Population<Coefficients<S, R, K>>),
) where
    S: Quantize,
    R: DeriveReset<S>,
{
    for step in 0..120 {
        let sample = currents(seed + step, one.neurons());
        one.step(&sample, StepOptions::default()).unwrap();
        many.step(&sample.repeat(many.batch_size()), StepOptions::default()).unwrap();
        check(one, many);
    }
}

fn assert_copies<S, R, const K: usize>(
    one: &Population<Coefficients<S, R, K>>,
    many: &Population<Coefficients<S, R, K>>,
) where
    S: Quantize,
    R: DeriveReset<S>,
{
    assert_eq!(bits(&one.adaptation()), bits(&many.adaptation()));
    assert_eq!(bits(&one.voltage().repeat(many.batch_size())), bits(many.voltage()));
    assert_eq!(one.fired().count() * many.batch_size() as u64, many.fired().count());
    assert_eq!(one.refrac().repeat(many.batch_size()), many.refrac());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The mean of two or four equal numbers is that number in any format; of three in f32, only nearly.
    #[test]
    fn identical_samples_are_one_sample(batch in 1..7_usize, seed in 0..1000_u64) {
        for reduction in [Reduction::Max, Reduction::Min] {
            let mut one = of_reduction(1, reduction.clone());
            beside_itself(&mut one, &mut of_reduction(batch, reduction), seed, assert_copies);
        }
        for batch in [1, 2, 4] {
            let mut one = of_reduction(1, Reduction::Mean);
            beside_itself(&mut one, &mut of_reduction(batch, Reduction::Mean), seed, assert_copies);
        }
        let fixed = |batch| {
            Population::<Glif2<I16F16, 2>>::builder(GLIF2).shape(&[5]).batch_size(batch).build().unwrap()
        };
        beside_itself(&mut fixed(1), &mut fixed(batch), seed, assert_copies);
    }

    /// A caller's own mean, maximum and minimum equal the built-in ones.
    #[test]
    fn closures_equal_the_built_in_reductions(batch in 1..6_usize, seed in 0..1000_u64) {
        let custom = |reduce: fn(&[f32]) -> f32| Reduction::Custom(Arc::new(reduce));
        let pairs = [
            (Reduction::Mean, custom(mean_f32)),
            (Reduction::Max, custom(|batch| batch.iter().copied().fold(f32::MIN, f32::max))),
            (Reduction::Min, custom(|batch| batch.iter().copied().fold(f32::MAX, f32::min))),
        ];
        for (built_in, own) in pairs {
            let (mut built_in, mut own) = (of_reduction(batch, built_in), of_reduction(batch, own));
            for step in 0..60 {
                let currents = currents(seed + step, 5 * batch);
                built_in.step(&currents, StepOptions::default()).unwrap();
                own.step(&currents, StepOptions::default()).unwrap();
                prop_assert_eq!(bits(built_in.voltage()), bits(own.voltage()));
                prop_assert_eq!(bits(&built_in.adaptation()), bits(&own.adaptation()));
            }
        }
    }

    /// Without threshold components, samples share nothing.
    #[test]
    fn samples_of_lif_are_independent(batch in 1..5_usize, neurons in 1..70_usize, seed in 0..1000_u64, lock: bool) {
        let options = StepOptions { refrac_lock: lock, adapt: true };
        let build = |batch| Population::<Lif<f32>>::builder(LIF).shape(&[neurons]).batch_size(batch).build().unwrap();
        let (mut together, mut alone) = (build(batch), vec![build(1); batch]);
        for step in 0..40 {
            let currents = currents(seed + step, batch * neurons);
            together.step(&currents, options).unwrap();
            for (sample, population) in alone.iter_mut().enumerate() {
                let cells = sample * neurons..(sample + 1) * neurons;
                let fired = population.step(&currents[cells.clone()], options).unwrap();
                prop_assert_eq!(fired.sample(0), together.fired().sample(sample));
                prop_assert_eq!(bits(population.voltage()), bits(&together.voltage()[cells]));
            }
        }
    }

    /// Components that do not change are not reduced, so the samples stay independent.
    #[test]
    fn samples_are_independent_without_adaptation(seed in 0..1000_u64) {
        let options = StepOptions { refrac_lock: true, adapt: false };
        let (mut together, mut alone) = (of_reduction(3, Reduction::Sum), vec![of_reduction(1, Reduction::Sum); 3]);
        let adaptation = currents::<f32>(seed, 10);
        together.set_adaptation(&adaptation).unwrap();
        alone.iter_mut().for_each(|population| population.set_adaptation(&adaptation).unwrap());
        for step in 0..40 {
            let currents = currents(seed + step, 15);
            together.step(&currents, options).unwrap();
            for (sample, population) in alone.iter_mut().enumerate() {
                population.step(&currents[sample * 5..][..5], options).unwrap();
                prop_assert_eq!(bits(population.voltage()), bits(&together.voltage()[sample * 5..][..5]));
            }
            prop_assert_eq!(bits(&together.adaptation()), bits(&adaptation));
        }
    }
}

/// The mean of three equal numbers can differ by a unit in the last place, because the sum is rounded, as
/// Inferno's is.
#[test]
fn mean_of_three_equal_samples_is_nearly_that_sample() {
    let (mut one, mut three) = (of_reduction(1, Reduction::Mean), of_reduction(3, Reduction::Mean));
    let mut off = 0;
    beside_itself(&mut one, &mut three, 3, |one, three| {
        for (a, b) in one.adaptation().iter().zip(three.adaptation()) {
            assert!((a - b).abs() <= 1e-5 * a.abs(), "{a} and {b}");
        }
    });
    for mantissa in 0x0080_0000..0x0100_0000_u32 {
        let x = mantissa as f32;
        off += u32::from(mean_f32(&[x; 3]) != x);
    }
    assert_eq!(off, 1_398_101, "of 8,388,608 numbers, one in six");
}

/// A sum multiplies by the batch size; identical samples show it.
#[test]
fn sum_adds_all_samples() {
    let mut sum = of_reduction(4, Reduction::Sum);
    sum.set_adaptation(&[1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 4.0, -4.0, 5.0, -5.0]).unwrap();
    let decays = sum.neuron().adaptation_decay;
    let before = sum.adaptation().to_vec();
    sum.step(&[0.0; 20], StepOptions::default()).unwrap();
    let expected: Vec<f32> = before.iter().enumerate().map(|(i, theta)| 4.0 * (theta * decays[i % 2])).collect();
    assert_eq!(sum.adaptation(), expected);
    // One neuron of four samples spikes: three values decay, and the fourth is held in its refractory period
    // and grows.
    let before = sum.adaptation().to_vec();
    let mut currents = vec![0.0; 20];
    currents[5] = 3000.0;
    assert_eq!(sum.step(&currents, StepOptions::default()).unwrap().iter().collect::<Vec<_>>(), [(1, 0)]);
    let decayed = before[0] * decays[0];
    assert_eq!(sum.adaptation()[0], decayed + (before[0] + 1.5) + decayed + decayed);
    assert_eq!(sum.adaptation()[2], 4.0 * (before[2] * decays[0]));
}

/// A closure can only set a component to a value from which K components and a threshold can be summed.
#[test]
fn no_closure_can_overflow_a_threshold() {
    for extreme in [I16F16::MAX, I16F16::MIN] {
        let closure = Reduction::Custom(Arc::new(move |_: &[I16F16]| extreme));
        let builder = Population::<Alif<I16F16, 2>>::builder(ALIF).shape(&[40]).batch_size(2);
        let mut population = builder.reduction(closure).build().unwrap();
        for step in 0..5 {
            population.step(&currents(step, 80), StepOptions::default()).unwrap();
        }
        let same = population.adaptation().to_vec();
        assert_eq!(population.set_adaptation(&same), Ok(()));
    }
}

/// After two hundred sums of three, a component is at the end of the format's range, not beyond it.
#[test]
fn a_sum_never_leaves_the_format() {
    let mut population = of_reduction(3, Reduction::Sum);
    population.set_adaptation(&[1.0, -1.0, -1.0, 1.0, 1.0, 1.0, -1.0, -1.0, 0.0, 0.0]).unwrap();
    for _ in 0..200 {
        population.step(&[0.0; 15], StepOptions::default()).unwrap();
    }
    assert!(population.adaptation().iter().all(|theta| theta.is_finite()), "{:?}", population.adaptation());
    let same = population.adaptation().to_vec();
    assert_eq!(population.set_adaptation(&same), Ok(()));
}

#[test]
fn another_batch_size_clears_all_but_adaptation() {
    let mut population = of_reduction(3, Reduction::Max);
    population.step(&[3000.0; 15], StepOptions::default()).unwrap();
    population.step(&currents(1, 15), StepOptions::default()).unwrap();
    population.set_fired(&[true; 15]).unwrap();
    let adaptation = population.adaptation().to_vec();
    assert!(adaptation.iter().all(|theta| *theta > 0.0));
    let old = population.clone();
    assert!(population.set_batch_size(0).is_err() && population.set_batch_size(usize::MAX).is_err());
    assert_eq!((population.batch_size(), population.refrac()), (3, old.refrac()));
    assert_eq!((population.voltage(), population.fired()), (old.voltage(), old.fired()));
    for batch in [3, 1, 7] {
        population
            .step(&vec![3000.0; population.batch_size() * 5], StepOptions { adapt: false, ..StepOptions::default() })
            .unwrap();
        let steps = population.steps();
        population.set_batch_size(batch).unwrap();
        assert_eq!((population.batch_size(), population.steps()), (batch, steps));
        assert_eq!(population.voltage(), vec![-60.0; 5 * batch]);
        assert_eq!(population.refrac(), vec![0.0; 5 * batch]);
        assert_eq!(population.fired().count(), 0);
        assert_eq!(population.adaptation(), adaptation);
    }
    // The reduction and the refractory rule stay.
    let mut fresh = of_reduction(7, Reduction::Max);
    fresh.set_adaptation(&adaptation).unwrap();
    for step in 0..30 {
        let currents = currents(step, 35);
        population.step(&currents, StepOptions::default()).unwrap();
        fresh.step(&currents, StepOptions::default()).unwrap();
        assert_eq!(bits(population.voltage()), bits(fresh.voltage()));
        assert_eq!(bits(&population.adaptation()), bits(&fresh.adaptation()));
    }
}

/// A remaining time that the new steps cannot count is refused, on the heap and on arrays, and nothing changes.
#[test]
fn new_step_time_must_count_the_remaining_time() {
    let mut heap = Population::<Lif<f32>>::builder(LIF).shape(&[2]).build().unwrap();
    heap.set_refrac(&[0.0, 30_000.0]).unwrap();
    let message = heap.set_step_time(0.5).unwrap_err().to_string();
    let end = "takes more than 32767 steps, the longest refractory period\nhelp: use a longer `step_time` or a shorter refractory time";
    assert_eq!(message, format!("`refrac[1]` = 30000 ms: {end}"));
    assert_eq!((heap.parameters().step_time, heap.refrac()), (1.0, vec![0.0, 30_000.0]));
    let mut array = glif_core::Population::<Lif<f32>, 2>::new(LIF).unwrap();
    array.set_refrac(&[0.0, 30_000.0]).unwrap();
    assert_eq!(array.set_step_time(0.5).unwrap_err().to_string(), message);
    assert_eq!((array.parameters().step_time, array.refrac()), (1.0, [0.0, 30_000.0]));
}

/// Neurons of the comparison with arrays: two words and a partial one.
const N: usize = 70;

fn arrays_equal_the_heap<S, R, const K: usize, Q>(
    mut array: glif_core::Population<Coefficients<S, R, K, Q>, N>,
    mut heap: Population<Coefficients<S, R, K, Q>>,
) where
    S: Quantize,
    R: DeriveReset<S>,
    Q: Rounding,
{
    assert_eq!(array.neuron(), heap.neuron());
    let mut spikes = Spikes::<3>::new();
    let mut total = 0;
    let equal = |array: &glif_core::Population<_, N>, heap: &Population<_>, spikes: &Spikes<3>| {
        assert_eq!(spikes.words(), heap.fired().sample(0));
        assert_eq!(bits(array.voltage()), bits(heap.voltage()));
        assert_eq!(bits(array.adaptation().as_flattened()), bits(&heap.adaptation()));
        assert_eq!(array.refrac().to_vec(), heap.refrac());
    };
    let all = [(true, true), (false, true), (true, false), (false, false)];
    for (step, (refrac_lock, adapt)) in (0..200).zip(all.into_iter().cycle()) {
        // Mostly Inferno's default, and every pair of switches now and then.
        let options = if step % 11 == 0 { StepOptions { refrac_lock, adapt } } else { StepOptions::default() };
        let currents: [S; N] = currents(step, N).try_into().unwrap();
        array.step(&currents, options, &mut spikes);
        total += heap.step(&currents, options).unwrap().count();
        equal(&array, &heap, &spikes);
    }
    assert!(total > 500, "{total} spikes");
    array.clear(false);
    heap.clear(false);
    assert_eq!(bits(array.voltage()), bits(heap.voltage()));
    assert_eq!(bits(array.adaptation().as_flattened()), bits(&heap.adaptation()));
}

macro_rules! array_and_heap {
    ($($name:ident: $scalar:ty, $model:ident;)*) => { $(
        #[test]
        fn $name() {
            type S = $scalar;
            array_and_heap!($model, S);
        }
    )* };
    (lif, $s:ty) => { array_and_heap!(Lif<$s>, LIF, RefractoryRule::Inferno) };
    (glif1, $s:ty) => { array_and_heap!(Glif1<$s>, LIF, RefractoryRule::Nest) };
    (alif, $s:ty) => { array_and_heap!(Alif<$s, 2>, ALIF, RefractoryRule::Inferno) };
    (glif2, $s:ty) => { array_and_heap!(Glif2<$s, 2>, GLIF2, RefractoryRule::Exact) };
    ($neuron:ty, $params:expr, $rule:expr) => {
        arrays_equal_the_heap(
            glif_core::Population::<$neuron, N>::with($params, $rule, glif::Nearest).unwrap(),
            Population::<$neuron>::builder($params).shape(&[7, 10]).refractory($rule).build().unwrap(),
        )
    };
}

array_and_heap! {
    lif_f32_on_arrays: f32, lif;
    glif1_f32_on_arrays: f32, glif1;
    alif_f32_on_arrays: f32, alif;
    glif2_f32_on_arrays: f32, glif2;
    lif_f64_on_arrays: f64, lif;
    glif1_f64_on_arrays: f64, glif1;
    alif_f64_on_arrays: f64, alif;
    glif2_f64_on_arrays: f64, glif2;
    lif_i16f16_on_arrays: I16F16, lif;
    glif1_i16f16_on_arrays: I16F16, glif1;
    alif_i16f16_on_arrays: I16F16, alif;
    glif2_i16f16_on_arrays: I16F16, glif2;
    lif_i8f8_on_arrays: I8F8, lif;
    glif1_i8f8_on_arrays: I8F8, glif1;
    alif_i8f8_on_arrays: I8F8, alif;
    glif2_i8f8_on_arrays: I8F8, glif2;
}

/// Random bits depend only on the seed, the step and the neuron, and not on where the neuron is stored.
#[test]
fn arrays_equal_the_heap_under_other_roundings() {
    fn check<S: Quantize, R: DeriveReset<S>, Q: Rounding>(
        params: impl Into<glif::Parameters<R::Params, 2>>,
        rounding: Q,
    ) where
        FixedReset<S>: DeriveReset<S>,
    {
        let params = params.into();
        let heap = Population::<Coefficients<S, R, 2>>::builder(params).shape(&[N]).rounding(rounding).build().unwrap();
        arrays_equal_the_heap(glif_core::Population::with(params, RefractoryRule::Inferno, rounding).unwrap(), heap);
    }
    for seed in [0, 1, u64::MAX] {
        check::<I8F8, FixedReset<I8F8>, _>(ALIF, Stochastic { seed });
        check::<I16F16, LinearReset<I16F16>, _>(GLIF2, Stochastic { seed });
    }
    check::<I8F8, LinearReset<I8F8>, _>(GLIF2, Truncate);
    check::<I16F16, FixedReset<I16F16>, _>(ALIF, Truncate);
}

/// A reduction that panics within a step leaves some neurons a step ahead of others, on any thread. All later
/// steps are refused until the whole state is reset.
#[test]
fn a_panic_in_a_step_ends_all_later_ones() {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicU32, Ordering};

    use glif::population::CurrentError;

    const NEURONS: usize = 3000;
    for (batch, threads) in [(1, 1), (2, 1), (2, 3)] {
        let calls = Arc::new(AtomicU32::new(0));
        let counted = calls.clone();
        // Two components of 3,000 neurons are 6,000 calls per step, so it panics in the third step.
        let reduce = Reduction::Custom(Arc::new(move |batch: &[f32]| {
            assert_ne!(counted.fetch_add(1, Ordering::Relaxed), 15_000, "a caller's mistake");
            batch[0]
        }));
        let builder = Population::<Alif<f32, 2>>::builder(ALIF).shape(&[NEURONS]).batch_size(batch);
        let mut population = builder.reduction(reduce).build().unwrap();
        population.set_threads(threads).unwrap();
        population.set_share(1);
        let fresh = population.clone();
        let currents = currents::<f32>(3, NEURONS * batch);
        let step = |population: &mut Population<Alif<f32, 2>>| {
            population.step(&currents, StepOptions::default()).map(|fired| fired.iter().collect::<Vec<_>>())
        };
        step(&mut population).unwrap();
        step(&mut population).unwrap();
        assert!(catch_unwind(AssertUnwindSafe(|| step(&mut population))).is_err(), "{batch} on {threads}");
        let told = CurrentError::HalfDone.to_string();
        assert!(told.contains("panicked") && told.contains("clear the population"), "{told}");
        for _ in 0..2 {
            assert_eq!(step(&mut population), Err(CurrentError::HalfDone));
        }
        // None of these operations completes the step.
        assert_eq!(step(&mut population.clone()), Err(CurrentError::HalfDone));
        population.set_step_time(0.5).unwrap();
        population.set_step_time(1.0).unwrap();
        population.clear(true);
        assert_eq!(step(&mut population), Err(CurrentError::HalfDone));
        let mut other = population.clone();
        other.set_batch_size(batch).unwrap();
        assert_eq!(step(&mut other), Err(CurrentError::HalfDone));
        // After a full clear it behaves like a newly built population.
        population.clear(false);
        let mut fresh = fresh;
        for _ in 0..5 {
            assert_eq!(step(&mut population).unwrap(), step(&mut fresh).unwrap());
            assert_eq!(bits(population.voltage()), bits(fresh.voltage()));
        }
    }
}

/// A reset that acts like [`FixedReset`] and panics if the membrane is at 0 mV or above.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Careless(f32);

impl Reset<f32> for Careless {
    type Params = FixedResetParams;
    const BLANK: Self = Self(0.0);

    fn apply(&self, v: f32, _: f32) -> f32 {
        assert!(v < 0.0, "a caller's mistake");
        self.0
    }
}

impl DeriveReset<f32> for Careless {
    fn derive(params: &FixedResetParams, diagnostics: &mut Diagnostics<'_>) -> Option<Self> {
        <FixedReset<f32> as DeriveReset<f32>>::derive(params, diagnostics).map(|FixedReset(reset)| Self(reset))
    }
}

/// The same with a caller's own reset.
#[test]
fn a_panic_in_a_reset_ends_all_later_steps() {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    let builder = Population::<Coefficients<f32, Careless, 0>>::builder(LIF).shape(&[3]);
    let mut population = builder.build().unwrap();
    let mut step = |current| population.step(&[0.0, current, 20.0], StepOptions::default()).map(|fired| fired.count());
    assert_eq!(step(300.0), Ok(1));
    assert_eq!(step(0.0), Ok(0));
    assert_eq!(step(0.0), Ok(0));
    assert!(catch_unwind(AssertUnwindSafe(|| step(3000.0))).is_err());
    assert_eq!(step(0.0), Err(glif::population::CurrentError::HalfDone));
    population.clear(false);
    assert!(population.step(&[0.0; 3], StepOptions::default()).is_ok());
}
