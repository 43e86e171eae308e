//! A step allocates nothing: what it needs, it has from the day the population was built.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

use glif::{Alif, AlifParams, Currents, Description, Flags, Glif2, Glif2Params, Lif, LifParams, Population, Reduction};

struct Counting;

thread_local! {
    /// Allocations of this thread, so that other tests do not count.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call goes on to `System` as it came; counting touches a thread-local without a destructor and without
// an allocation of its own. Growing and zeroed allocations come here too, by way of `alloc`.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promise about `layout` is the one `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `System` under this layout.
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

const LIF: LifParams = LifParams {
    step_time: 1.0,
    rest_v: -60.0,
    reset_v: -65.0,
    thresh_v: -50.0,
    refrac_t: 2.0,
    time_constant: 20.0,
    resistance: 1.0,
};
const ALIF: AlifParams<2> = AlifParams {
    step_time: 1.0,
    rest_v: -60.0,
    reset_v: -65.0,
    thresh_eq_v: -50.0,
    refrac_t: 2.0,
    tc_membrane: 20.0,
    tc_adaptation: [20.0, 200.0],
    spike_increment: [1.5, 0.5],
    resistance: 1.0,
};

/// Steps that spike, steps under every pair of switches, and a refused one.
macro_rules! assert_steps_in_place {
    ($population:expr) => {{
        let mut population = $population;
        let mut currents = vec![50.0; population.voltage().len()];
        let mut spikes = 0;
        let count = allocations(|| {
            for step in 0..100 {
                let flags = Flags { refrac_lock: step % 5 > 0, adapt: step % 7 > 0 };
                let fired = population.step(&currents, flags).unwrap();
                spikes += fired.count() + fired.iter().count() as u64;
            }
            currents[0] = f32::NAN.into();
            assert!(population.step(&currents, Flags::default()).is_err());
            assert!(population.step(&currents[1..], Flags::default()).is_err());
        });
        assert!(spikes > 0);
        assert_eq!(count, 0);
    }};
}

#[test]
fn the_allocator_counts() {
    assert_eq!(allocations(|| ()), 0);
    assert_eq!(allocations(|| vec![1_u8]), 1);
    assert!(
        allocations(|| (0..100).fold(Vec::new(), |mut all, i| [all.push(i), ()].map(|()| 0).len().min(1) * 0
            + { all }.len() as i32 as usize as _ * 0..))
            > 0
    );
}

#[test]
fn a_step_of_one_sample_allocates_nothing() {
    assert_steps_in_place!(Population::<Lif<f32>>::builder(LIF).shape(&[1100]).build().unwrap());
    assert_steps_in_place!(Population::<Lif<f64>>::builder(LIF).shape(&[33]).build().unwrap());
    assert_steps_in_place!(Population::<Alif<f32, 2>>::builder(ALIF).shape(&[10, 10]).build().unwrap());
}
