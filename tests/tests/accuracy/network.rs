//! A balanced network in each number format, and with quantised weights.

use std::fmt::Write as _;

use glif::network::{Drive, DriveKind, NetworkDescription, NeuronValues, Quantization, WeightValues, Weights};
use glif::{Description, LifParams, NumberFormat, Spec};

const STEPS: usize = 2000;
const STEP_TIME: f64 = 0.5; // ms
const EXC: usize = 400;
const INH: usize = 100;
/// Sources of each target.
const FROM: [usize; 2] = [40, 10];
/// Mean weights, mV.
const WEIGHTS: [f64; 2] = [0.4, -2.0];

/// A generator of numbers in (0, 1), the same on every machine.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as f64 + 0.5) / 2_f64.powi(31)
    }
}

/// Describes the network. Weights are products of two uniform numbers, so that many are small.
fn describe(scalar: NumberFormat, quantize: Option<Quantization>) -> NetworkDescription {
    let params = LifParams {
        step_time: STEP_TIME,
        rest_v: -65.0,
        reset_v: -65.0,
        thresh_v: -50.0,
        refrac_t: 2.0,
        time_constant: 10.0,
        resistance: 1.0,
    };
    let mut network = NetworkDescription { scalar, seed: 5, ..NetworkDescription::new(STEP_TIME) };
    let mut numbers = Numbers(1);
    for (name, neurons) in [("exc", EXC), ("inh", INH)] {
        network.add(name, Description::new(Spec::new(params), &[neurons])).expect("a name");
        // 16 mV on average, if nothing else arrives.
        let (rate, weight) = (NeuronValues::Shared(8000.0), NeuronValues::Shared(0.2));
        let drive = Drive { kind: DriveKind::Poisson { rate, weight }, synapse: Some("delta".to_owned()) };
        network.add_drive(name, drive).expect("a population");
    }
    for (to, targets) in [("exc", EXC), ("inh", INH)] {
        for (number, (from, sources)) in [("exc", EXC), ("inh", INH)].into_iter().enumerate() {
            let (mut indptr, mut indices, mut data) = (vec![0], Vec::new(), Vec::new());
            for _ in 0..targets {
                for _ in 0..FROM[number] {
                    indices.push((numbers.next() * sources as f64) as u32);
                    data.push(4.0 * WEIGHTS[number] * numbers.next() * numbers.next());
                }
                indptr.push(indices.len() as u32);
            }
            let projection = network.connect(from, to).sparse(indptr, indices, data).synapse("delta").delay(1.5);
            projection.quantize = quantize;
        }
    }
    network
}

/// The neurons that fire in each step, `inh` after `exc`.
fn run(network: &NetworkDescription) -> Vec<Vec<usize>> {
    let mut network = network.build().expect("a network");
    let step = |_| {
        network.step().expect("a step");
        let of = |name, first| network.fired(name).expect("a population").iter().map(move |(_, neuron)| first + neuron);
        of("exc", 0).chain(of("inh", EXC)).collect()
    };
    (0..STEPS).map(step).collect()
}

/// Returns the mean rates of both populations, and the first step in which a spike differs.
fn cells(exact: &[Vec<usize>], run: &[Vec<usize>]) -> String {
    let spikes = |range: std::ops::Range<usize>| run.iter().flatten().filter(|neuron| range.contains(*neuron)).count();
    let seconds = STEPS as f64 * STEP_TIME / 1000.0;
    let (exc, inh) = (spikes(0..EXC) as f64 / EXC as f64, spikes(EXC..EXC + INH) as f64 / INH as f64);
    let apart = exact.iter().zip(run).position(|(exact, run)| exact != run);
    let apart = apart.map_or("none".to_owned(), |step| format!("step {step}"));
    format!("{:.2} Hz | {:.2} Hz | {apart}", exc / seconds, inh / seconds)
}

/// Returns how many of the network's weights become 0, and the greatest error, mV.
fn lost(network: &NetworkDescription, Quantization { bits, per_target }: Quantization) -> (usize, usize, f64) {
    let (mut zeros, mut count, mut worst) = (0, 0, 0.0_f64);
    for projection in &network.projections {
        let Weights::Sparse { indptr, data: WeightValues::F64(data), .. } = &projection.weights else { continue };
        let rows = indptr.windows(2).map(|pair| &data[pair[0] as usize..pair[1] as usize]);
        let groups: Vec<&[f64]> = if per_target { rows.collect() } else { vec![data] };
        for group in groups {
            let greatest = group.iter().fold(0.0_f64, |greatest, weight| greatest.max(weight.abs()));
            let scale = greatest / f64::from((1_i32 << (bits - 1)) - 1);
            for weight in group {
                let stored = (weight / scale).round_ties_even();
                zeros += usize::from(stored == 0.0);
                worst = worst.max((stored * scale - weight).abs());
            }
            count += group.len();
        }
    }
    (zeros, count, worst)
}

/// Returns the table of the formats and that of quantised weights.
pub(super) fn tables() -> [String; 2] {
    let network = describe(NumberFormat::F64, None);
    let exact = run(&network);
    let all: usize = exact.iter().map(Vec::len).sum();
    assert!(all > 2000, "{all} spikes prove little");
    let mut formats =
        String::from("| format | rate of `exc` | rate of `inh` | first differing spike |\n|---|---|---|---|\n");
    let _ = writeln!(formats, "| f64 | {} |", cells(&exact, &exact));
    for scalar in [NumberFormat::F32, NumberFormat::I12F20, NumberFormat::I16F16, NumberFormat::I8F8] {
        let _ = writeln!(formats, "| {scalar} | {} |", cells(&exact, &run(&describe(scalar, None))));
    }
    let mut weights = String::from(
        "| weights | a scale for each | became 0 | worst error | rate of `exc` | rate of `inh` | first differing spike |\n|---|---|---|---|---|---|---|\n",
    );
    for (bits, per_target) in [(16, false), (16, true), (8, false), (8, true)] {
        let quantize = Quantization { bits, per_target };
        let (zeros, count, worst) = lost(&network, quantize);
        let of = if per_target { "target" } else { "projection" };
        let cells = cells(&exact, &run(&describe(NumberFormat::F64, Some(quantize))));
        let _ = writeln!(weights, "| i{bits} | {of} | {zeros} of {count} | {worst:.1e} mV | {cells} |");
    }
    [formats, weights]
}
