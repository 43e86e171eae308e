//! Measures the time per step of each model over population sizes; `glif bench` times one case in the same way.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use glif::{Currents, Description};

const CASES: [(&str, &str, &str); 4] = [
    ("lif", "f32", "reset_v = -65.0\nthresh_v = -50.0\ntime_constant = 20.0"),
    ("lif", "i16f16", "reset_v = -65.0\nthresh_v = -50.0\ntime_constant = 20.0"),
    (
        "alif",
        "f32",
        "reset_v = -65.0\nthresh_eq_v = -50.0\ntc_membrane = 20.0\ntc_adaptation = [100.0, 300.0]\nspike_increment = 0.5",
    ),
    (
        "glif2",
        "f32",
        "reset_v_add = 10.0\nreset_v_mul = 0.5\nthresh_eq_v = -50.0\ntc_membrane = 20.0\nrc_adaptation = [0.01, 0.003]\nspike_increment = 0.5",
    ),
];

fn step(criterion: &mut Criterion) {
    for (model, scalar, params) in CASES {
        let mut group = criterion.benchmark_group(format!("{model}-{scalar}"));
        for size in [100, 10_240, 1_024_000] {
            let text = format!(
                "model = {model:?}\nshape = [{size}]\nscalar = {scalar:?}\n[params]\nstep_time = 1.0\nrest_v = -60.0\nrefrac_t = 3.0\n{params}"
            );
            let description = Description::from_toml(&text).expect("a population");
            let mut population = description.build().expect("a population");
            // From 0 to 29 nA in an order with stride 37: a third of the neurons is silent, the others fire up
            // to their limit.
            let currents: Vec<f32> = (0..size).map(|i| (i * 37 % 30) as f32).collect();
            population.load(Currents::F32(&currents)).expect("currents");
            group.throughput(Throughput::Elements(size as u64));
            group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
                bencher.iter(|| {
                    black_box(population.step(description.options()).expect("a step"));
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, step);
criterion_main!(benches);
