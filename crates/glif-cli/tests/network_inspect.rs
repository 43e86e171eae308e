//! `glif inspect` of network files, and the notes on them.

use serde_json::Value;

use crate::common::{Place, npy_f64, with};
use crate::state::npz;

/// Two inputs, two populations of neurons, and projections of each kind.
pub(crate) const NETWORK: &str = r#"
step_time = 0.5
scalar = "f32"

[populations.input]
model = "input"
shape = [2, 2]

[populations.exc]
model = "lif"
shape = 6
params = { rest_v = -65.0, reset_v = -65.0, thresh_v = -50.0, refrac_t = 2.0, time_constant = 10.0, resistance = 40.0 }
synapses.ampa = { kind = "exponential", tau = 5.0, coupling = "exact" }

[populations.inh]
model = "lif"
shape = 3
params = { rest_v = -65.0, reset_v = -65.0, thresh_v = -50.0, refrac_t = 2.0, time_constant = 10.0, resistance = 40.0 }
drive = { poisson = { rate = 400.0, weight = 3.0 } }

[[projections]]
from = "input"
to = "exc"
synapse = "ampa"
weights = { value = 1.0, in_degree = 2, seed = 1 }
delay = 1.0

[[projections]]
from = "exc"
to = "inh"
weights = [[0, 1, 2, -3, 4, 5], [0, 0, 0, 0, 0, 9], [1, 1, 1, 1, 1, 1]]
scale = 0.25
delay = 0.0

[[projections]]
from = "inh"
to = "exc"
synapse = "delta"
weights = "weights.npz:inh_exc"
quantize = "i8"
"#;

/// Puts the network and its weights, rows of which are targets.
pub(crate) fn put(place: &Place) {
    let mut weights = [-1.27; 18];
    (weights[4], weights[5]) = (0.001, 0.0);
    place.put("weights.npz", npz(&[("inh_exc", npy_f64(&[6, 3], &weights))]));
    place.put("net.toml", NETWORK);
}

#[test]
fn a_network_is_shown_with_its_parts() {
    let place = Place::new();
    put(&place);
    let (code, out, err) = place.glif("inspect net.toml");
    let note = "note: `net.toml`: `projections[2]` (`inh` to `exc`): 1 of 17 weights became 0 as integers of 8 bits\n\
                help: use `quantize` = \"i16\"\n";
    assert_eq!((code, err.as_str()), (0, note), "{out}");
    // A target without delay makes its step after its source.
    let starts = [
        "network in f32, steps of 0.5 ms: 3 populations, 13 neurons, 3 projections, 40 connections\n",
        "order of a step: input, exc, inh\n",
        "input: 4 spike sources from outside\n",
        "exc: lif in f32: 6 neurons x 1 sample, 0 threshold components\n4 steps from a spike to the next possible one\n",
        "synapses ",
        "ampa decay ",
        "ampa propagator mV/nA ",
        "inh: lif in f32: 3 neurons x 1 sample",
        "projections ",
        "0: input to exc ",
        "1: exc to inh ",
        "2: inh to exc ",
        "weights ",
        "0: input to exc, nA ",
        "1: exc to inh, nA ",
        "2: inh to exc, mV ",
        "memory ",
    ];
    let mut rest = out.as_str();
    for start in starts {
        let at = rest.find(start).unwrap_or_else(|| panic!("no `{start}` in\n{out}"));
        assert!(at == 0 || rest[..at].ends_with('\n'), "`{start}` in\n{out}");
        rest = &rest[at + start.len()..];
    }
    let line = |start: &str| out.lines().rfind(|line| line.starts_with(start)).unwrap();
    let words = |start: &str| line(start).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words("0: input to exc ").starts_with("0: input to exc ampa 12 2 (2) 3 ("), "{out}");
    assert!(words("1: exc to inh ").contains(" current 12 4 (6) 2 (3) 0 0 dense "), "{out}");
    assert!(
        words("1: exc to inh, nA").starts_with("1: exc to inh, nA i32 0.25 -0.75 to 2.25 15 (7e-7 % of 32 bits)"),
        "{out}"
    );
    assert!(words("2: inh to exc, mV").ends_with(" 1.000e-3 2.425e-4 1 of 17"), "{out}");
}

#[test]
fn the_report_in_json_is_that_of_the_library() {
    let place = Place::new();
    put(&place);
    let (code, out, _) = place.glif("inspect net.toml --json");
    assert_eq!((code, out.lines().count()), (0, 1));
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&report["scalar"], &report["step_time_ms"]), (&"f32".into(), &0.5.into()));
    assert_eq!(report["order"], serde_json::json!(["input", "exc", "inh"]));
    let bytes = |of: &Value| of.as_object().unwrap().values().map(|bytes| bytes.as_u64().unwrap()).sum::<u64>();
    let parts = ["populations", "projections"].map(|part| report[part].as_array().unwrap().clone()).concat();
    let sum: u64 = parts.iter().map(|part| bytes(&part["memory"])).sum();
    assert_eq!((bytes(&report["memory"]), report["bytes"].as_u64().unwrap()), (sum, sum));
    let projections = &report["projections"];
    assert_eq!((&projections[1]["weight_type"], &projections[1]["greatest_sum"]), (&"i32".into(), &15.into()));
    assert_eq!((&projections[0]["storage"], &projections[0]["delay_steps"][1]), (&"sparse_u16".into(), &2.into()));
    assert_eq!(projections[2]["quantization"]["became_zero"], 1);
    let ampa = &report["populations"][1]["synapses"][0];
    assert_eq!((&ampa["coupling"], &ampa["stall_na"]), (&"exact".into(), &0.0.into()));
    assert!(report["alone"][0].is_null() && report["alone"][1]["model"] == "lif");
    assert_eq!(report["notes"].as_array().unwrap().len(), 1);
    // What `inspect` says of a population of a network is what it says of its file.
    place.put(
        "exc.toml",
        "model = \"lif\"\nshape = 6\nparams = { step_time = 0.5, rest_v = -65.0, reset_v = -65.0, thresh_v = -50.0, \
         refrac_t = 2.0, time_constant = 10.0, resistance = 40.0 }",
    );
    let alone: Value = serde_json::from_str(&place.succeeds("inspect exc.toml --json")).unwrap();
    assert_eq!(report["alone"][1], alone);
}

#[test]
fn doubtful_networks_are_noted_by_inspect_and_run() {
    let place = Place::new();
    put(&place);
    let doubtful = with(&with(NETWORK, "f32", "i16f16"), "tau = 5.0", "tau = 500.0");
    let doubtful = with(&doubtful, "delay = 1.0", "delay = 1.2")
        .replace("drive = ", "synapses.slow = { kind = \"exponential\", tau = 0.2 }\n# ");
    place.put("net.toml", with(&doubtful, "value = 1.0", "value = 0.01"));
    let (code, _, err) = place.glif("inspect net.toml");
    let notes: Vec<&str> = err.lines().filter(|line| line.starts_with("note: ")).collect();
    let starts = [
        "`populations.exc.synapses.ampa.tau` = 500 ms: rounding to nearest in `i16f16` stops the decay of a current at up to 0.0076",
        "`populations.inh.synapses.slow.tau` = 0.2 ms: shorter than a step of 0.5 ms",
        "`populations.inh.synapses.slow`: nothing arrives at this synapse",
        "`projections[0].delay` (`input` to `exc`) = 1.2 ms: not a whole number of steps of 0.5 ms; it becomes 1 ms: 2 steps",
        "`projections[2]` (`inh` to `exc`): 1 of 17 weights became 0",
    ];
    assert_eq!((code, notes.len()), (0, starts.len()), "{err}");
    notes
        .iter()
        .zip(starts)
        .for_each(|(note, start)| assert!(note.starts_with(&format!("note: `net.toml`: {start}")), "{note}"));
    let (code, _, run) = place.glif("run net.toml --steps 10");
    let silent = "note: `net.toml`: `populations.input`: no spikes come from outside, so that this input is silent\n";
    assert_eq!((code, run), (0, format!("{silent}{err}")));
    // A warning about the parameters of a population names it.
    place.put("net.toml", NETWORK.replacen("time_constant = 10.0", "time_constant = 0.02", 1));
    let (_, _, err) = place.glif("inspect net.toml");
    assert!(
        err.starts_with("note: `net.toml`: `populations.exc`: `time_constant` = 0.02 ms: shorter than a step"),
        "{err}"
    );
}
