//! A step does not allocate: a population allocates what its steps need when it is built.

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

use glif::network::{Coupling, Drive, DriveKind, Exponential, Network, NetworkDescription, NeuronValues};
use glif::{
    Alif, AlifParams, Currents, Description, Glif2, Glif2Params, Lif, Population, Reduction, Spec, StepOptions,
};
use glif_core::spec::{Discretization, NumberFormat};

use common::{LIF, alif};

struct Counting;

thread_local! {
    /// Allocations of this thread only, so that other tests do not count.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call is forwarded to `System` unchanged. Counting accesses a thread-local that has no
// destructor and does not allocate. Growing and zeroed allocations also go through `alloc`.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller guarantees for `layout` what `System` requires.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` was allocated by `System` with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn allocations<T>(of: impl FnOnce() -> T) -> u64 {
    let before = ALLOCATIONS.get();
    of();
    ALLOCATIONS.get() - before
}

const ALIF: AlifParams<2> = alif([20.0, 200.0], [1.5, 0.5]);

/// Checks steps with spikes, steps under every pair of switches, and a refused step.
macro_rules! assert_steps_in_place {
    ($population:expr) => {{
        let mut population = $population;
        let mut currents = vec![50.0; population.voltage().len()];
        let mut spikes = 0;
        let count = allocations(|| {
            for step in 0..100 {
                let options = StepOptions { refrac_lock: step % 5 > 0, adapt: step % 7 > 0 };
                let fired = population.step(&currents, options).unwrap();
                spikes += fired.count() + fired.iter().count() as u64;
            }
            currents[0] = f32::NAN.into();
            assert!(population.step(&currents, StepOptions::default()).is_err());
            assert!(population.step(&currents[1..], StepOptions::default()).is_err());
        });
        assert!(spikes > 0);
        assert_eq!(count, 0);
    }};
}

#[test]
fn the_allocator_counts() {
    assert_eq!(allocations(|| ()), 0);
    assert_eq!(allocations(|| vec![1_u8]), 1);
    let grown = allocations(|| {
        let mut vec = Vec::with_capacity(4);
        vec.resize(1000, 0_u8);
        vec
    });
    assert_eq!(grown, 2);
    assert_eq!(allocations(|| vec![0_u64; 10]), 1);
}

#[test]
fn a_step_of_one_sample_allocates_nothing() {
    assert_steps_in_place!(Population::<Lif<f32>>::builder(LIF).shape(&[1100]).build().unwrap());
    assert_steps_in_place!(Population::<Lif<f64>>::builder(LIF).shape(&[33]).build().unwrap());
    assert_steps_in_place!(Population::<Alif<f32, 2>>::builder(ALIF).shape(&[10, 10]).build().unwrap());
}

#[test]
fn a_step_of_a_batch_allocates_nothing() {
    let glif2 = Glif2Params {
        step_time: 1.0,
        rest_v: -60.0,
        reset_v_add: 2.0,
        reset_v_mul: 0.5,
        thresh_eq_v: -50.0,
        refrac_t: 2.0,
        tc_membrane: 20.0,
        rc_adaptation: [0.05, 0.01],
        spike_increment: [1.5, 0.5],
        resistance: 1.0,
    };
    for reduction in [Reduction::Mean, Reduction::Max, Reduction::Min] {
        let builder = Population::<Alif<f32, 2>>::builder(ALIF).shape(&[1100]).batch_size(4);
        assert_steps_in_place!(builder.reduction(reduction).build().unwrap());
    }
    assert_steps_in_place!(Population::<Glif2<f64, 2>>::builder(glif2).shape(&[70]).batch_size(4).build().unwrap());
}

#[test]
fn a_step_with_a_closure_allocates_nothing() {
    for batch in [1, 4] {
        let median = Reduction::Custom(Arc::new(|batch: &[f32]| batch[batch.len() / 2]));
        let builder = Population::<Alif<f32, 2>>::builder(ALIF).shape(&[1100]).batch_size(batch);
        assert_steps_in_place!(builder.reduction(median).build().unwrap());
    }
}

/// A step after a write to the state does not allocate either: it frees the memory of the written times, and
/// takes none.
#[test]
fn a_step_after_writing_allocates_nothing() {
    let mut population = Population::<Alif<f32, 2>>::builder(ALIF).shape(&[50]).batch_size(4).build().unwrap();
    population.set_refrac(&[7.3; 200]).unwrap();
    population.set_step_time(0.5).unwrap();
    assert_steps_in_place!(population);
}

#[test]
fn a_described_population_loads_and_steps_in_place() {
    for scalar in ["f32", "f64", "i16f16", "i8f8"] {
        let text = format!(
            r#"
            model = "alif"
            shape = [8, 9]
            batch_size = 4
            scalar = "{scalar}"
            [params]
            step_time = 1.0
            rest_v = -60.0
            reset_v = -65.0
            thresh_eq_v = -50.0
            refrac_t = 2.0
            tc_membrane = 20.0
            tc_adaptation = [20.0, 50.0]
            spike_increment = [1.5, 0.5]
            "#
        );
        let mut population = Description::from_toml(&text).unwrap().build().unwrap();
        let (single, double, bad) = ([50.0_f32; 288], [40.0_f64; 288], [f64::NAN; 288]);
        let mut spikes = 0;
        let count = allocations(|| {
            for _ in 0..50 {
                population.load(Currents::F32(&single)).unwrap();
                spikes += population.step(StepOptions::default()).unwrap().count();
                population.load(Currents::F64(&double)).unwrap();
                spikes += population.step(StepOptions::default()).unwrap().iter().count() as u64;
                assert!(population.load(Currents::F64(&bad)).is_err());
            }
        });
        assert!(spikes > 0, "{scalar}");
        assert_eq!(count, 0, "{scalar}");
    }
}

/// Returns a network with every kind of synapse and stimulus, whose neurons have threshold components, in two populations
/// of more than one tile.
fn network(scalar: NumberFormat) -> Network {
    let mut description = NetworkDescription::new(0.5);
    description.scalar = scalar;
    description.add_input("input", &[40]).unwrap();
    let neurons = Spec::new(AlifParams { step_time: 0.5, ..ALIF });
    for name in ["exc", "inh"] {
        description.add(name, Description::new(neurons.clone(), &[2100])).unwrap();
        for coupling in [Coupling::Exact, Coupling::Held] {
            let synapse = Exponential {
                tau: NeuronValues::Shared(3.0),
                coupling,
                normalized: false,
                discretization: Discretization::Exact,
            };
            description.add_synapse(name, format!("{coupling:?}").to_lowercase(), synapse).unwrap();
        }
        let (rate, weight) = (NeuronValues::Shared(2000.0), NeuronValues::Shared(4.0));
        let kind = DriveKind::Poisson { rate, weight };
        description.add_drive(name, Drive { kind, synapse: Some("delta".to_owned()) }).unwrap();
        let kind = DriveKind::Noise { mean: NeuronValues::Shared(0.5), deviation: NeuronValues::Shared(1.0) };
        description.add_drive(name, Drive { kind, synapse: None }).unwrap();
    }
    let targets = ["delta", "exact", "held", "current"];
    let projections = [("input", "exc"), ("exc", "inh"), ("inh", "exc"), ("exc", "exc")];
    for (synapse, (from, to)) in targets.into_iter().zip(projections) {
        description.connect(from, to).synapse(synapse).delay(1.5).with_probability(0.05, 0.02, 7);
    }
    // Weights of their own.
    let (indptr, indices) = ((0..=2100).collect::<Vec<u32>>(), (0..2100).collect::<Vec<u32>>());
    let weights: Vec<f32> = (0..2100_u16).map(|i| f32::from(i % 7) * 0.01).collect();
    description.connect("inh", "inh").synapse("held").sparse(indptr, indices, weights);
    description.build().unwrap()
}

#[test]
fn a_network_steps_in_place() {
    for scalar in [NumberFormat::F32, NumberFormat::F64, NumberFormat::I16F16] {
        let mut network = network(scalar);
        let input: Vec<u32> = (0..40).map(|i| i % 3).collect();
        let currents = vec![0.5; 2100];
        // The first of them make room.
        network.set_spikes("input", &input).unwrap();
        network.set_currents("inh", &currents[..]).unwrap();
        let mut spikes = 0;
        let count = allocations(|| {
            for _ in 0..40 {
                network.set_spikes("input", &input).unwrap();
                network.set_currents("inh", &currents[..]).unwrap();
                network.step().unwrap();
                network.run(3).unwrap();
                spikes += network.fired("exc").unwrap().count();
            }
        });
        assert!(spikes > 100, "{scalar}: {spikes}");
        assert_eq!(count, 0, "{scalar}");
    }
}
