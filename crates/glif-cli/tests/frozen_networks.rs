//! Frozen networks, compiled into this program, are equal to the host library's step by step.

use std::path::Path;

use glif::network::{Network, NetworkDescription};
use glif::{Quantize, Recordable as _, Samples, Variable};
use glif_core::{LengthError, PopulationState};

use crate::common::Place;
use crate::freeze::committed;
use crate::frozen::{network_f32, network_i8f8, network_i16f16};

/// A network with every kind of part: inputs, jumps, currents, synapses of both couplings, circles, delays of each
/// connection, a kernel, stimuli, neurons with their own parameters, neurons that do not leak or do not fire.
pub(crate) fn network_file(scalar: &str, rounding: &str) -> String {
    // In 16 bits the membranes are in a smaller range.
    let delays: Vec<String> = (0..40 * 6).map(|i| format!("{}.0", i * 7 % 5)).collect();
    let weights: Vec<String> = (0..40)
        .map(|target| {
            let row: Vec<String> = (0..6).map(|source| ((target * 5 + source * 3) % 7 - 2).to_string()).collect();
            format!("[{}]", row.join(", "))
        })
        .collect();
    format!(
        r#"
step_time = 1.0
scalar = "{scalar}"
rounding = "{rounding}"
seed = 11

[populations.input]
model = "input"
shape = [2, 3]

[populations.exc]
model = "alif"
shape = 40
params = {{ rest_v = 0.0, reset_v = -1.0, thresh_eq_v = 8.0, refrac_t = 2.0, tc_membrane = 15.0, tc_adaptation = 20.0, spike_increment = 0.5, resistance = 1.0 }}
synapses.slow = {{ kind = "exponential", tau = 6.0 }}
synapses.fast = {{ kind = "exponential", tau = {{ uniform = [1.5, 3.0] }}, coupling = "exact" }}
drive = [{{ poisson = {{ rate = 80.0, weight = 1.5, synapse = "delta" }} }}, {{ constant = 2.0 }}]

[populations.inh]
model = "lif"
shape = 33
params = {{ rest_v = 0.0, reset_v = -1.0, thresh_v = {{ uniform = [6.0, 9.0] }}, refrac_t = 1.0, time_constant = 10.0, resistance = 1.5 }}
synapses.norm = {{ kind = "exponential", tau = 4.0, normalized = true }}
drive = {{ step = [0.0, 1.0, 100.0], synapse = "norm" }}

[populations.out]
model = "lif"
shape = 5
params = {{ rest_v = 0.0, reset_v = 0.0, thresh_v = 5.0, refrac_t = 0.0, time_constant = 8.0 }}

[populations.gate]
model = "if"
shape = 34
params = {{ reset_v = -1.0, thresh_v = 3.0, refrac_t = 2.0, resistance = 0.25 }}

[populations.sum]
model = "if"
shape = 3
params = {{ initial_v = 1.5, reset_v = 0.0, thresh_v = 6.0, refrac_t = 0.0, resistance = {{ each = [0.5, 0.75, 1.0] }} }}
synapses.fast = {{ kind = "exponential", tau = 3.0, coupling = "exact" }}

[populations.read]
model = "li"
shape = 4
params = {{ rest_v = 1.0, time_constant = 12.0, resistance = 2.0 }}

[populations.slow_read]
model = "li"
shape = 2
params = {{ rest_v = -1.0, time_constant = 30.0 }}
synapses.slow = {{ kind = "exponential", tau = 9.0, coupling = "exact" }}
# Their membranes jump, and nothing brings a current.
[populations.near]
model = "lif"
shape = 4
params = {{ rest_v = 0.0, reset_v = -0.5, thresh_v = 2.0, refrac_t = 1.0, time_constant = 8.0 }}

[populations.far]
model = "lif"
shape = 3
params = {{ rest_v = 0.0, reset_v = 0.0, thresh_v = 3.0, refrac_t = 0.0, time_constant = 8.0 }}

[[projections]]
from = "input"
to = "near"
synapse = "delta"
weights = {{ value = 0.5, in_degree = 3, seed = 5 }}

[[projections]]
from = "input"
to = "near"
synapse = "delta"
weights = [[[0.75, -0.25], [0.5, 0.0]], [[0.125, 0.625], [-0.375, 0.25]]]
convolution = {{}}
delay = 2.0

[[projections]]
from = "near"
to = "far"
synapse = "delta"
weights = {{ value = 1.25 }}
delay = 2.0

[[projections]]
from = "input"
to = "exc"
synapse = "delta"
weights = [{weights}]
scale = 0.75
delay = [{delays}]

[[projections]]
from = "exc"
to = "exc"
synapse = "slow"
weights = {{ value = 0.25, probability = 0.2, seed = 1 }}
delay = 3.0

[[projections]]
from = "exc"
to = "inh"
synapse = "norm"
weights = {{ value = 4.0, in_degree = 9, seed = 2 }}

[[projections]]
from = "inh"
to = "exc"
synapse = "fast"
weights = {{ value = -1.5, in_degree = 7, seed = 3 }}
delay = 2.0

[[projections]]
from = "inh"
to = "exc"
synapse = "slow"
weights = {{ value = -0.125, probability = 0.1, seed = 4 }}
delay = 9.0

[[projections]]
from = "exc"
to = "gate"
weights = {{ value = 1.0, in_degree = 5, seed = 5 }}

[[projections]]
from = "gate"
to = "sum"
synapse = "fast"
weights = {{ value = 0.5, in_degree = 6, seed = 6 }}
delay = 2.0

[[projections]]
from = "inh"
to = "sum"
synapse = "delta"
weights = {{ value = 0.375 }}
delay = 0.0

[[projections]]
from = "gate"
to = "read"
weights = {{ value = 0.25, in_degree = 8, seed = 7 }}
delay = 0.0

[[projections]]
from = "sum"
to = "slow_read"
synapse = "slow"
weights = {{ value = -0.5 }}

[[projections]]
from = "gate"
to = "slow_read"
synapse = "delta"
weights = {{ value = 0.125, in_degree = 3, seed = 8 }}

[[projections]]
from = "exc"
to = "out"
weights = [{out}]
delay = 0.0
"#,
        weights = weights.join(", "),
        delays = delays.join(", "),
        out = (0..5)
            .map(|target| {
                let row: Vec<String> =
                    (0..40).map(|i| format!("{:.3}", f64::from((target * 3 + i * 11) % 13) * 0.37 - 0.4)).collect();
                format!("[{}]", row.join(", "))
            })
            .collect::<Vec<_>>()
            .join(", "),
    )
}

const CASES: [(&str, &str, &str); 3] = [
    ("network_f32", "f32", "nearest"),
    ("network_i16f16", "i16f16", "stochastic"),
    ("network_i8f8", "i8f8", "nearest"),
];

#[test]
fn sources_of_networks() {
    let place = Place::new();
    for (name, scalar, rounding) in CASES {
        place.put(&format!("{name}.toml"), network_file(scalar, rounding));
        place.succeeds(&format!("freeze {name}.toml --output {name}.rs"));
        let text = String::from_utf8(place.get(&format!("{name}.rs"))).unwrap();
        committed(&Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/frozen/{name}.rs")), &text);
    }
}

/// What is compared of a population: its spikes and its membranes.
fn bits<S: Quantize, const K: usize, const N: usize>(state: &PopulationState<S, K, N>) -> Vec<u64> {
    state.membrane.iter().map(|value| value.to_f64().to_bits()).collect()
}

/// Steps a frozen network and the host's, and compares them. `step` makes a step under spikes and currents, and returns
/// the spikes and membranes of each population.
fn equal(
    index: usize,
    mut step: impl FnMut(&[u32; 1], &[f64]) -> Result<Vec<(&'static str, Vec<u32>, Vec<u64>)>, LengthError>,
) -> usize {
    let (name, scalar, rounding) = CASES[index];
    let mut host: Network = NetworkDescription::from_toml(&network_file(scalar, rounding)).unwrap().build().unwrap();
    let (mut total, mut of_models) = (0, [0; 4]);
    for at in 0..600_usize {
        let spikes: Vec<u32> = (0..6).map(|i| u32::from((at * 5 + i * 11) % 9 < 2)).collect();
        let currents: Vec<f64> = (0..40).map(|i| ((at / 20 + i) % 6) as f64 - 1.0).collect();
        host.set_spikes("input", &spikes).unwrap();
        host.set_currents("exc", &currents[..]).unwrap();
        host.step().unwrap();
        let word = spikes.iter().enumerate().fold(0, |word, (i, spike)| word | spike << i);
        for (population, words, membranes) in step(&[word], &currents).unwrap() {
            let fired = host.fired(population).unwrap();
            assert_eq!(words, fired.sample(0), "{name}, step {at}, {population}");
            let mut values = Samples::F64(Vec::new());
            host.member(population).unwrap().sample_of(Variable::Voltage, None, &mut values);
            let expected: Vec<u64> = values.into_f64().into_iter().map(f64::to_bits).collect();
            assert_eq!(membranes, expected, "{name}, step {at}, {population}");
            let fired = words.iter().map(|word| word.count_ones() as usize).sum::<usize>();
            total += fired;
            let place = ["gate", "sum", "read", "slow_read"].iter().position(|own| *own == population);
            place.into_iter().for_each(|place| of_models[place] += fired);
        }
    }
    let [gate, sum, ..] = of_models;
    assert!(gate > 100 && sum > 50 && of_models[2..] == [0; 2], "{name}: {of_models:?}");
    total
}

macro_rules! equal {
    ($index:literal $network:ident $scalar:ty) => {{
        let mut network = $network::Network::START;
        let spikes = equal($index, |input, currents| {
            let currents: Vec<$scalar> = currents.iter().map(|na| <$scalar as Quantize>::nearest(*na)).collect();
            let outside = $network::Outside { input, exc: &currents, ..Default::default() };
            network.step(&outside)?;
            Ok(vec![
                ("exc", network.exc_spikes.to_vec(), bits(&network.exc)),
                ("inh", network.inh_spikes.to_vec(), bits(&network.inh)),
                ("out", network.out_spikes.to_vec(), bits(&network.out)),
                ("gate", network.gate_spikes.to_vec(), bits(&network.gate)),
                ("sum", network.sum_spikes.to_vec(), bits(&network.sum)),
                ("read", network.read_spikes.to_vec(), bits(&network.read)),
                ("slow_read", network.slow_read_spikes.to_vec(), bits(&network.slow_read)),
                ("near", network.near_spikes.to_vec(), bits(&network.near)),
                ("far", network.far_spikes.to_vec(), bits(&network.far)),
            ])
        });
        assert!(spikes > 1000, "{spikes} spikes");
        let short = $network::Outside { input: &[0; 2], ..Default::default() };
        assert_eq!(network.step(&short), Err(LengthError { name: "input", length: 2, expected: 1 }));
    }};
}

/// Runs a test with a stack of 16 MiB: without optimization, the step of a network holds the locals of all populations.
fn with_stack(test: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(16 << 20).spawn(test).unwrap().join().unwrap();
}

#[test]
fn a_frozen_network_is_equal_to_the_host_in_f32() {
    with_stack(|| equal!(0 network_f32 f32));
}

#[test]
fn a_frozen_network_is_equal_to_the_host_in_i16f16() {
    with_stack(|| equal!(1 network_i16f16 glif_core::fixed::types::I16F16));
}

#[test]
fn a_frozen_network_is_equal_to_the_host_in_i8f8() {
    with_stack(|| equal!(2 network_i8f8 glif_core::fixed::types::I8F8));
}

/// What firmware cannot have is refused with the file, the population and a way out.
#[test]
fn stimuli_that_need_a_host_are_not_frozen() {
    let place = Place::new();
    let network = |drive: &str| {
        format!(
            "step_time = 1.0\n[populations.a-b]\nmodel = 'lif'\nshape = 2\ndrive = {drive}\n\
             params = {{ rest_v = 0.0, reset_v = 0.0, thresh_v = 5.0, refrac_t = 0.0, time_constant = 8.0 }}\n"
        )
    };
    place.put("net.toml", network("[{ constant = 1.0 }, { noise = [1.0, 0.5] }]"));
    let told = place.refuses("freeze net.toml --output net.rs", &[]);
    assert_eq!(
        told,
        "error: `net.toml`: `populations.a-b.drive`: `noise` needs a host, as a board has no functions that draw it\n\
         help: draw it beforehand and leave the drive out: the host takes it as an array of --input, and the board as \
         `Outside::a_b`; or use `poisson`\n"
    );
    place.put("net.toml", network("{ poisson = { rate = { each = [1.0, 2.0] }, weight = 1.0 } }"));
    let words =
        ["error: `net.toml`: `populations.a-b.drive`: each neuron has its own Poisson rate", "help: use one rate"];
    place.refuses("freeze net.toml --output net.rs", &words);
}
