//! A step does not allocate: a population allocates what its steps need when it is built.

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

use glif::{Alif, AlifParams, Currents, Description, Glif2, Glif2Params, Lif, Population, Reduction, StepOptions};

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
