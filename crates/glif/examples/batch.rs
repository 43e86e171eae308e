//! Steps a thousand GLIF2 neurons in a batch of 528 on two threads and on one, with the same results bit for bit.
//!
//! Each sample has its own current. All samples share the threshold components, which follow the mean of the batch.
//!
//!     cargo run --release --example batch

use std::error::Error;
use std::time::Instant;

use glif::{Glif2, Glif2Params, Population, StepOptions};

const NEURONS: usize = 1000;
/// The batch has 528,000 cells: a thread that would have fewer than 262,144 is not used.
const BATCH: usize = 528;
const STEPS: usize = 10;

pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let params = Glif2Params {
        step_time: 1.0,
        rest_v: -65.0,
        reset_v_add: 4.0,
        reset_v_mul: 0.3,
        thresh_eq_v: -50.0,
        refrac_t: 2.0,
        tc_membrane: 20.0,
        rc_adaptation: [1.0 / 40.0, 1.0 / 400.0],
        spike_increment: [2.0, 0.4],
        resistance: 1.0,
    };
    let currents: Vec<f32> =
        (0..BATCH * NEURONS).map(|cell| 14.0 + 16.0 * (cell / NEURONS) as f32 / BATCH as f32).collect();
    let mut results = Vec::new();
    for threads in [1, 2] {
        let mut population =
            Population::<Glif2<f32, 2>>::builder(params).shape(&[NEURONS]).batch_size(BATCH).build()?;
        population.set_threads(threads)?;
        let mut spikes = vec![0_u64; BATCH];
        let start = Instant::now();
        for _ in 0..STEPS {
            let fired = population.step(&currents, StepOptions::default())?;
            fired.iter().for_each(|(sample, _neuron)| spikes[sample] += 1);
        }
        let each = start.elapsed().as_secs_f64() * 1e9 / (STEPS * BATCH * NEURONS) as f64;
        eprintln!("{threads} threads: {each:.2} ns per neuron per step, including the count of spikes");
        results.push((spikes, population.voltage().to_vec(), population.adaptation_view().to_owned()));
    }
    if results[0] != results[1] {
        return Err("two threads gave different bits".into());
    }
    let rate = |sample: usize| 1000.0 * results[0].0[sample] as f64 / (STEPS * NEURONS) as f64;
    println!("the same bits on one thread and on two");
    println!("{:.1} Hz at 14 nA, {:.1} Hz at 22 nA, {:.1} Hz at 30 nA", rate(0), rate(BATCH / 2), rate(BATCH - 1));
    Ok(())
}
