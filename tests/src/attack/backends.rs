//! One population in every backend: arrays in the core, the heap library, a batch, threads, and single
//! neurons.

use arbitrary::{Result, Unstructured};
use glif_core::derive::DeriveReset;
use glif_core::neuron::{FixedReset, LinearReset};
use glif_core::rounding::{DynRounding, Rounding};
use glif_core::{
    AlifParams, Coefficients, Glif2Params, LifParams, Nearest, NeuronState, Parameters, Quantize, Refractory,
    RefractoryRule, Spikes, StepOptions, Stochastic,
};

/// Number of neurons: a whole block of the widest loop, half of another block, and a remainder.
const N: usize = 45;
/// Number of steps.
const STEPS: usize = 6;

/// Reads parameters and currents from the bytes and steps them in every backend. All backends must give the
/// same bits, and no NaN.
pub fn backends(bytes: &[u8]) {
    // Too few bytes are not a failure.
    _ = any(&mut Unstructured::new(bytes));
}

fn any(bytes: &mut Unstructured<'_>) -> Result<()> {
    match bytes.arbitrary::<u8>()? % 5 {
        0 => model::<f32>(bytes),
        1 => model::<f64>(bytes),
        2 => model::<fixed::types::I16F16>(bytes),
        3 => model::<fixed::types::I8F8>(bytes),
        _ => model::<fixed::types::I12F20>(bytes),
    }
}

/// Returns a number near the usual one, or any number.
fn number(bytes: &mut Unstructured<'_>, usual: f64) -> Result<f64> {
    Ok(match bytes.arbitrary::<u8>()? {
        0..=95 => usual,
        96..=191 => usual * f64::from(bytes.arbitrary::<i16>()?) / 4096.0,
        192..=223 => f64::from(f32::from_bits(bytes.arbitrary()?)),
        _ => f64::from_bits(bytes.arbitrary()?),
    })
}

fn numbers<const K: usize>(bytes: &mut Unstructured<'_>, usual: f64) -> Result<[f64; K]> {
    let mut values = [usual; K];
    for value in &mut values {
        *value = number(bytes, usual)?;
    }
    Ok(values)
}

fn model<S: Quantize>(bytes: &mut Unstructured<'_>) -> Result<()> {
    let kind = bytes.arbitrary::<u8>()? % 3;
    let step_time = number(bytes, 1.0)?;
    let rest_v = number(bytes, -60.0)?;
    let (reset_v, threshold) = (number(bytes, -65.0)?, number(bytes, -50.0)?);
    let (refrac_t, tc_membrane) = (number(bytes, 2.0)?, number(bytes, 20.0)?);
    let resistance = number(bytes, 1.0)?;
    match kind {
        0 => {
            let (thresh_v, time_constant) = (threshold, tc_membrane);
            let params = LifParams { step_time, rest_v, reset_v, thresh_v, refrac_t, time_constant, resistance };
            rounded::<S, FixedReset<S>, 0>(bytes, params.into())
        }
        1 => {
            let (tc_adaptation, spike_increment) = (numbers(bytes, 50.0)?, numbers(bytes, 1.0)?);
            let thresh_eq_v = threshold;
            let params = AlifParams {
                step_time,
                rest_v,
                reset_v,
                thresh_eq_v,
                refrac_t,
                tc_membrane,
                tc_adaptation,
                spike_increment,
                resistance,
            };
            rounded::<S, FixedReset<S>, 2>(bytes, params.into())
        }
        _ => {
            let (rc_adaptation, spike_increment) = (numbers(bytes, 0.02)?, numbers(bytes, 1.0)?);
            let (reset_v_add, reset_v_mul) = (number(bytes, 5.0)?, number(bytes, 0.5)?);
            let thresh_eq_v = threshold;
            let params = Glif2Params {
                step_time,
                rest_v,
                reset_v_add,
                reset_v_mul,
                thresh_eq_v,
                refrac_t,
                tc_membrane,
                rc_adaptation,
                spike_increment,
                resistance,
            };
            rounded::<S, LinearReset<S>, 1>(bytes, params.into())
        }
    }
}

fn rounded<S: Quantize, R: DeriveReset<S>, const K: usize>(
    bytes: &mut Unstructured<'_>,
    params: Parameters<R::Params, K>,
) -> Result<()> {
    match bytes.arbitrary::<u8>()? % 3 {
        0 => equal::<S, R, K, _>(bytes, params, Nearest, true),
        1 => equal::<S, R, K, _>(bytes, params, DynRounding::Truncate, true),
        // Two samples would draw different random numbers.
        _ => equal::<S, R, K, _>(bytes, params, DynRounding::Stochastic(Stochastic { seed: 7 }), false),
    }
}

/// Steps each backend. `batch` adds one with two samples, which must equal each other and the other backends.
fn equal<S: Quantize, R: DeriveReset<S>, const K: usize, Q: Rounding>(
    bytes: &mut Unstructured<'_>,
    params: Parameters<R::Params, K>,
    rounding: Q,
    batch: bool,
) -> Result<()> {
    let rule = [RefractoryRule::Inferno, RefractoryRule::Exact, RefractoryRule::Nest]
        [usize::from(bytes.arbitrary::<u8>()? % 3)];
    let options = StepOptions { refrac_lock: bytes.arbitrary()?, adapt: bytes.arbitrary()? };
    let threads = bytes.arbitrary::<u8>()? == 0; // threads take long to start
    let array = glif_core::Population::<Coefficients<S, R, K, Q>, N>::with(params, rule, rounding);
    let heap = |batch: usize| {
        let builder = glif::Population::<Coefficients<S, R, K>>::builder(params).rounding(rounding).refractory(rule);
        builder.shape(&[N]).batch_size(batch).build()
    };
    let (mut array, mut one) = match (array, heap(1)) {
        (Ok(array), Ok(heap)) => (array, heap),
        (array, heap) => {
            assert!(array.is_err() && heap.is_err(), "{params:?}: arrays {array:?}, heap {heap:?}");
            return Ok(());
        }
    };
    let mut others = vec![one.clone()];
    if batch {
        others.extend(heap(2));
    }
    if threads {
        others[0].set_share(1);
        _ = others[0].set_threads(2);
    }
    let neuron = *one.neuron();
    let rest = NeuronState {
        membrane: S::from_accumulator(neuron.rest),
        refractory: Refractory::default(),
        adaptation: [S::from_accumulator(S::ZERO); K],
    };
    let (mut cells, mut spikes) = ([rest; N], Spikes::<2>::new());
    for _ in 0..STEPS {
        let given = numbers::<4>(bytes, 25.0)?;
        let currents: [S; N] = std::array::from_fn(|i| S::nearest(given[i % 4]));
        if one.step(&currents, options).is_err() {
            assert!(currents.iter().any(|current| !current.drivable(&neuron.gain)), "{params:?}: {given:?}");
            continue;
        }
        let step = one.steps() - 1; // a rejected step does not count
        array.step(&currents, options, &mut spikes);
        for (i, cell) in cells.iter_mut().enumerate() {
            let fires = neuron.step(cell.as_mut(), currents[i], options, neuron.rounding.draw(step, i as u32));
            assert_eq!(fires, spikes.contains(i), "{params:?} at {step}: {i}");
        }
        let state: Vec<u64> = bits(cells.iter().map(|cell| cell.membrane));
        assert!(cells.iter().all(|cell| cell.membrane.to_f64().is_finite()), "{params:?} under {given:?}: {cells:?}");
        assert_eq!(bits(array.voltage().iter().copied()), state, "{params:?}");
        let stored: Vec<u64> = (0..K).flat_map(|k| bits(cells.iter().map(move |cell| cell.adaptation[k]))).collect();
        assert_eq!(bits(array.state().adaptation.as_flattened().iter().copied()), stored, "{params:?}");
        let adaptation: Vec<u64> = bits(cells.iter().flat_map(|cell| cell.adaptation));
        assert_eq!(bits(array.adaptation_iter().flatten()), adaptation, "{params:?}");
        let two = [currents, currents].concat();
        assert_eq!(bits(one.voltage().iter().copied()), state, "{params:?}");
        assert_eq!(bits(one.adaptation().into_iter()), adaptation, "{params:?}");
        assert_eq!(one.fired().sample(0), spikes.words(), "{params:?}");
        for other in &mut others {
            let samples = other.batch_size();
            let fired = other.step(&two[..N * samples], options).expect("what one takes, others take");
            for sample in 0..samples {
                assert_eq!(fired.sample(sample), spikes.words(), "{params:?} of {samples}");
            }
            for sample in other.voltage().chunks(N) {
                assert_eq!(bits(sample.iter().copied()), state, "{params:?} of {samples}");
            }
            assert_eq!(bits(other.adaptation().into_iter()), adaptation, "{params:?} of {samples}");
        }
    }
    Ok(())
}

fn bits<S: Quantize>(values: impl Iterator<Item = S>) -> Vec<u64> {
    values.map(|value| value.to_f64().to_bits()).collect()
}
