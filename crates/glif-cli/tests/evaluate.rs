//! `glif evaluate`: its numbers are those of `glif run`, on any number of threads and on a board.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use glif_cli::arrays::{Column, write_npz};
use serde_json::Value;

use crate::common::{Place, npy, npy_f32, with};

/// Two inputs, each of which makes the output of its number fire; the second output has a `delta` synapse of a weight that
/// takes two spikes.
const NETWORK: &str = r#"
step_time = 1.0
scalar = "f32"
[populations.in]
model = "input"
shape = 2
[populations.hidden]
model = "lif"
shape = 2
params = { rest_v = 0.0, reset_v = 0.0, thresh_v = 1.0, refrac_t = 0.0, time_constant = 10.0 }
[populations.out]
model = "lif"
shape = 3
params = { rest_v = 0.0, reset_v = 0.0, thresh_v = 1.0, refrac_t = 0.0, time_constant = 10.0 }
[[projections]]
from = "in"
to = "hidden"
synapse = "delta"
weights = [[1.5, 0.0], [0.0, 1.5]]
delay = 0.0
[[projections]]
from = "hidden"
to = "out"
synapse = "delta"
weights = [[1.5, 0.0], [0.0, 1.5], [0.0, 0.75]]
delay = 0.0
"#;

/// Four samples of three steps: which input fires.
const SAMPLES: [[[u8; 2]; 3]; 4] =
    [[[1, 0], [1, 0], [0, 0]], [[0, 1], [0, 2], [0, 0]], [[1, 1], [0, 0], [0, 0]], [[0, 0], [0, 0], [0, 0]]];

fn labels(values: &[i64]) -> Vec<u8> {
    npy("<i8", false, &[values.len()], values.iter().flat_map(|value| value.to_le_bytes()))
}

fn place() -> Place {
    let place = Place::new();
    place.put("net.toml", NETWORK);
    let spikes = npy("|u1", false, &[4, 3, 2], SAMPLES.into_iter().flatten().flatten());
    let numbers: Vec<f64> = spikes[spikes.len() - 24..].iter().map(|byte| f64::from(*byte)).collect();
    assert_eq!(numbers.iter().sum::<f64>(), 7.0);
    put_npz(&place, "in.npz", "in", &[4, 3, 2], &numbers);
    place.put("labels.npy", labels(&[0, 1, 0, 2]));
    place
}

/// Writes an archive with one array of whole numbers.
fn put_npz(place: &Place, file: &str, name: &str, shape: &[u64], values: &[f64]) {
    let values: Vec<i64> = values.iter().map(|value| *value as i64).collect();
    write_npz(&place.path(file), &[(name, shape.to_vec(), Column::I64(&values))]).unwrap();
}

fn json(place: &Place, arguments: &str) -> Value {
    let (code, told, err) = place.glif(&format!("evaluate {arguments} --json"));
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(&told).unwrap()
}

/// Counted by hand: sample 0 fires `hidden` 0 and `out` 0 twice. In sample 1, input 1 fires once and then twice. `out` 2
/// needs both of the two spikes of `hidden` 1. Samples 2 and 3 are ties: of `out` 0 and 1, and of nothing.
#[test]
fn the_table_is_that_of_the_samples() {
    let place = place();
    let told = place.succeeds("evaluate net.toml --input in.npz --labels labels.npy");
    let expected = "\
4 samples of 3 steps of 1 ms; the class is the neuron of `out` that fires most
                                  f32         f64
accuracy                      75.00 %     75.00 %
right                               3           3
ties                                2           2
no spike of the output              1           1
spikes a sample, `in`             1.8         1.8
spikes a sample, `hidden`         1.5         1.5
spikes a sample, `out`            1.8         1.8
synaptic events a sample          4.0         4.0
f64, with the same weights, gives 0 samples another class, and 0 samples other spikes

label | 0 1 2   samples by class
------+------
    0 | 2 . .
    1 | . 1 .
    2 | 1 . .
";
    assert_eq!(told, expected);
    for threads in [2, 3, 9] {
        let again =
            place.succeeds(&format!("evaluate net.toml --input in.npz --labels labels.npy --threads {threads}"));
        assert_eq!(again, expected);
    }
    let of = json(&place, "net.toml --input in.npz --labels labels.npy --local");
    assert_eq!(of["confusion"], serde_json::json!([[2, 0, 0], [0, 1, 0], [1, 0, 0]]));
    assert_eq!((&of["accuracy"], &of["silent"], &of["events_per_sample"]), (&0.75.into(), &1.into(), &4.0.into()));
    assert_eq!((&of["other_class"], &of["other_spikes"]), (&0.into(), &0.into()));
    assert_eq!(of["board"]["spikes"], 13);
    assert_eq!((&of["board"]["samples"], &of["board"]["accuracy"]), (&4.into(), &0.75.into()));
    // Another population, fewer samples.
    place.put("labels.npy", labels(&[0, 1, 0, 1]));
    let of = json(&place, "net.toml --input in.npz --labels labels.npy --output-population hidden --samples 2");
    assert_eq!((&of["samples"], &of["correct"], &of["output"]), (&2.into(), &2.into(), &"hidden".into()));
    // In f64 there is nothing beside it.
    place.put("net.toml", with(NETWORK, "\"f32\"", "\"f64\""));
    let of = json(&place, "net.toml --input in.npz --labels labels.npy");
    assert!(of["f64"].is_null() && of["other_class"].is_null() && of["accuracy"] == 0.75, "{of}");
}

/// Puts the files of examples/digits in a folder, and imports the graph.
fn digits(place: &Place, options: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/digits");
    for file in ["digits.nir", "samples.npz", "labels.npy"] {
        place.put(file, fs::read(folder.join(file)).unwrap());
    }
    let (code, _, err) = place.glif(&format!("import digits.nir --step-time 1 {options} --output digits.toml"));
    assert_eq!(code, 0, "{err}");
}

/// Returns the spikes of each population and sample of a run of the samples of the digits, each as a flat list.
fn spikes(place: &Place, network: &str) -> BTreeMap<&'static str, Vec<Vec<f64>>> {
    let (code, _, err) = place.glif(&format!("run {network} --input samples.npz --output ran.npz"));
    assert_eq!(code, 0, "{err}");
    let mut arrays = place.arrays("ran.npz");
    let mut take = |name: &str| {
        let (_, shape, values) = arrays.remove(name).unwrap();
        assert_eq!(shape[..2], [450, 16]);
        values.chunks(values.len() / 450).map(<[f64]>::to_vec).collect()
    };
    BTreeMap::from([("digit", take("digit.spikes")), ("hidden", take("hidden.spikes"))])
}

/// Everything is computed again, from the spikes that `glif run` records.
#[test]
fn digits_are_classified_as_their_spikes_say() {
    let place = Place::new();
    for (scalar, weights) in [("f32", "float"), ("i16f16", "i8"), ("i8f8", "i8")] {
        digits(&place, &format!("--scalar {scalar} --weights {weights}"));
        let labels = fs::read(place.path("labels.npy")).unwrap();
        let labels: Vec<usize> = labels[labels.len() - 8 * 450..].chunks(8).map(|label| label[0].into()).collect();
        let text = String::from_utf8(place.get("digits.toml")).unwrap();
        let exact = text.replace("\nquantize = \"i8\"\nquantize_per = \"projection\"", "");
        place.put("exact.toml", with(&exact, &format!("\"{scalar}\""), "\"f64\""));
        let (own, reference) = (spikes(&place, "digits.toml"), spikes(&place, "exact.toml"));
        let decide = |sample: &Vec<f64>| -> (usize, bool) {
            let counts: Vec<f64> = (0..10).map(|digit| sample.iter().skip(digit).step_by(10).sum()).collect();
            let most = counts.iter().copied().fold(0.0, f64::max);
            let best: Vec<usize> = (0..10).filter(|digit| counts[*digit] == most).collect();
            (best[0], best.len() > 1)
        };
        let classes = |of: &BTreeMap<_, Vec<Vec<f64>>>| of["digit"].iter().map(decide).collect::<Vec<_>>();
        let (own_classes, other_classes) = (classes(&own), classes(&reference));
        let found = json(&place, "digits.toml --input samples.npz --labels labels.npy --threads 2");
        for (of, classes, spikes) in [(&found, &own_classes, &own), (&found["f64"], &other_classes, &reference)] {
            let mut confusion = [[0; 10]; 10];
            labels.iter().zip(classes).for_each(|(label, (class, _))| confusion[*label][*class] += 1);
            assert_eq!(of["confusion"], serde_json::to_value(confusion).unwrap());
            assert_eq!(of["correct"], (0..10).map(|digit| confusion[digit][digit]).sum::<u32>());
            assert_eq!(of["ties"], classes.iter().filter(|(_, tie)| *tie).count());
            for name in ["digit", "hidden"] {
                let sum: f64 = spikes[name].iter().flatten().sum();
                assert_eq!(of["spikes_per_sample"][name], sum / 450.0);
            }
        }
        let differ = |a: &dyn Fn(usize) -> bool| (0..450).filter(|sample| a(*sample)).count();
        let other_class = differ(&|sample| own_classes[sample].0 != other_classes[sample].0);
        let other_spikes =
            differ(&|sample| ["digit", "hidden"].iter().any(|name| own[name][sample] != reference[name][sample]));
        assert_eq!((&found["other_class"], &found["other_spikes"]), (&other_class.into(), &other_spikes.into()));
        assert_eq!(other_spikes > 0, scalar != "f32", "{scalar}: {other_spikes}");
        // What the example promises.
        let [accuracy, exact] = [&found, &found["f64"]].map(|of| of["accuracy"].as_f64().unwrap());
        assert!(exact >= 0.97 && accuracy >= exact - 0.01, "{scalar}: {accuracy}, {exact}");
    }
}

/// A readout without threshold decides by its voltage, which `glif run` records.
#[test]
fn voltages_decide() {
    let place = place();
    let readout = with(
        NETWORK,
        "[populations.out]\nmodel = \"lif\"\nshape = 3\nparams = { rest_v = 0.0, reset_v = 0.0, thresh_v = 1.0, refrac_t = 0.0, time_constant = 10.0 }",
        "[populations.out]\nmodel = \"li\"\nshape = 3\nparams = { rest_v = -1.0, time_constant = 2.0 }",
    );
    // The second output rises first and falls at the end, when the third rises.
    let readout = with(&readout, "[[1.5, 0.0], [0.0, 1.5], [0.0, 0.75]]", "[[1.0, 1.25], [3.0, 0.0], [0.0, 2.0]]");
    let late = "[[projections]]\nfrom = 'hidden'\nto = 'out'\nsynapse = 'delta'\ndelay = 2.0\n";
    place.put("net.toml", format!("{readout}{late}weights = [[0.0, 0.0], [-9.0, 0.0], [2.0, 0.0]]\n"));
    place.put("labels.npy", npy_f32(&[4], &[1.0, 2.0, 0.0, 2.0]));
    for scalar in ["f32", "i16f16", "f64"] {
        let text = String::from_utf8(place.get("net.toml")).unwrap();
        let now = ["f32", "i16f16"].into_iter().find(|scalar| text.contains(scalar)).unwrap_or("f64");
        place.put("net.toml", with(&text, &format!("{now:?}"), &format!("{scalar:?}")));
        place.glif("run net.toml --input in.npz --output out.npz --record out.voltage");
        let voltage = place.arrays("out.npz").remove("out.voltage").unwrap().2;
        fs::remove_file(place.path("out.npz")).unwrap();
        let mut seen = Vec::new();
        for decide in ["last", "mean", "max"] {
            let class = |sample: &[f64]| {
                let value = |neuron: usize| {
                    let steps = sample.iter().skip(neuron).step_by(3);
                    match decide {
                        "last" => sample[6 + neuron],
                        "mean" => steps.sum(),
                        _ => steps.copied().fold(f64::NEG_INFINITY, f64::max),
                    }
                };
                let most = (0..3).map(value).fold(f64::NEG_INFINITY, f64::max);
                (0..3).position(|neuron| value(neuron) == most).unwrap()
            };
            let mut confusion = [[0; 3]; 3];
            let classes: Vec<usize> = voltage.chunks(9).map(class).collect();
            [1, 2, 0, 2].iter().zip(&classes).for_each(|(label, class)| confusion[*label][*class] += 1);
            let board = if scalar == "f64" { "" } else { "--local" };
            let found = json(&place, &format!("net.toml --input in.npz --labels labels.npy --decide {decide} {board}"));
            assert_eq!(found["confusion"], serde_json::to_value(confusion).unwrap(), "{decide}: {voltage:?}");
            if decide == "mean" {
                let usual = json(&place, &format!("net.toml --input in.npz --labels labels.npy {board}"));
                assert_eq!(usual, found);
            }
            seen.push(classes);
        }
        // The three ways differ.
        assert!(seen[0] != seen[1] && seen[1] != seen[2] && seen[0] != seen[2], "{seen:?}");
    }
    place.misused(
        "evaluate net.toml --input in.npz --labels labels.npy --decide spikes",
        &["the neurons of `out`, of model li, do not fire", "use mean, max or last"],
    );
}

/// Random numbers are those of the sample, on the host and on the board.
#[test]
fn random_networks_and_currents_run_on_a_board() {
    let place = place();
    let random = with(
        NETWORK,
        "[populations.out]",
        "drive = { poisson = { rate = 300.0, weight = 0.9, synapse = \"delta\" } }\n[populations.out]",
    );
    place.put(
        "net.toml",
        with(&with(&random, "\"f32\"", "\"i16f16\""), "step_time", "seed = 4\nrounding = \"stochastic\"\nstep_time"),
    );
    let (samples, steps) = (12_usize, 20_usize);
    let spikes: Vec<i64> = (0..samples * steps * 2).map(|at| i64::from(at % (steps * 2) * 7 % 5 == 0) * 2).collect();
    let currents: Vec<f64> = (0..samples * steps * 3).map(|at| (at % 11) as f64 * 0.2 - 0.5).collect();
    let (of_spikes, of_currents) = ([samples as u64, steps as u64, 2], [samples as u64, steps as u64, 3]);
    let columns =
        [("in", of_spikes.to_vec(), Column::I64(&spikes)), ("out", of_currents.to_vec(), Column::F64(&currents))];
    write_npz(&place.path("in.npz"), &columns).unwrap();
    place.put("labels.npy", labels(&[2; 12]));
    let found = json(&place, "net.toml --input in.npz --labels labels.npy --local");
    let [hidden, out] = ["hidden", "out"].map(|name| found["spikes_per_sample"][name].as_f64().unwrap() * 12.0);
    assert_eq!(found["board"]["spikes"], (hidden + out).round() as u64);
    assert_eq!(found["board"]["accuracy"], found["accuracy"]);
    // Every sample is another draw.
    place.glif("run net.toml --input in.npz --output out.npz");
    let ran = place.arrays("out.npz").remove("hidden.spikes").unwrap().2;
    assert_eq!(ran.iter().sum::<f64>(), hidden.round());
    let mut samples: Vec<_> = ran.chunks(steps * 2).collect();
    samples.dedup();
    assert!(samples.len() > 6, "their input is equal, but not the random numbers: {ran:?}");
}

#[test]
fn bad_input_is_refused() {
    let place = place();
    let run = "evaluate net.toml --input in.npz --labels labels.npy";
    for (shape, values, words) in [
        (vec![3], vec![0, 1, 0], &["`labels.npy`: has shape [3], but [4] is needed, a label for each sample"][..]),
        (vec![4, 1], vec![0, 1, 0, 2], &["has shape [4, 1], but [4] is needed"]),
        (vec![0], vec![], &["has shape [0], but [4] is needed"]),
        (vec![4], vec![0, 3, 0, 9], &["the label of sample 1 is 3: must be a whole number from 0 to 2"]),
        (vec![4], vec![0, 0, -1, 0], &["the label of sample 2 is -1: must be a whole number from 0 to 2"]),
        (vec![4], vec![0, 0, 1 << 32, 0], &["the label of sample 2 is 4294967296"]),
    ] {
        place.put("labels.npy", npy("<i8", false, &shape, values.iter().flat_map(|value: &i64| value.to_le_bytes())));
        place.refuses(run, words);
    }
    for value in [0.5, f32::NAN, -0.25, f32::INFINITY, 1e20] {
        place.put("labels.npy", npy_f32(&[4], &[0.0, 1.0, 0.0, value]));
        place.refuses(run, &[&format!("the label of sample 3 is {value}: must be a whole number")]);
    }
    place.put("labels.npy", npy("|b1", false, &[4], [0, 1, 0, 1]));
    place.refuses(run, &["has values of type '|b1', but an integer type is needed"]);
    place.put("labels.npy", &labels(&[0, 1, 0, 2])[..97]);
    place.refuses(run, &["`labels.npy`: truncated"]);
    place.put("labels.npy", "text");
    place.refuses(run, &["`labels.npy`: not a NumPy file"]);
    fs::remove_file(place.path("labels.npy")).unwrap();
    place.refuses(run, &["`labels.npy`: cannot be read"]);
    // Labels in an archive, of one array.
    place.succeeds(
        "evaluate net.toml --input in.npz --labels labels.npz"
            .replace("labels.npz", {
                put_npz(&place, "labels.npz", "labels", &[4], &[0.0, 1.0, 0.0, 2.0]);
                "labels.npz"
            })
            .as_str(),
    );
    place.put("labels.npy", labels(&[0, 1, 0, 2]));
    place.refuses(&format!("{run} --samples 5"), &["--samples 5: `in.npz` has 4 samples"]);
    place.misused(&format!("{run} --samples 0"), &["must be an integer from 1 to"]);
    place.misused(&format!("{run} --decide most"), &["must be one of spikes, last, mean, max"]);
    place.misused(&format!("{run} --output-population no"), &["no population `no`; available: in, hidden, out"]);
    place.refuses(&format!("{run} --output-population in"), &["`in` is an input: the classes are neurons"]);
    place.refuses(
        "evaluate lif.toml --input in.npz --labels labels.npy",
        &["`lif.toml`: a population of lif, but a network"],
    );
    place.refuses("evaluate no.toml --input in.npz --labels labels.npy", &["no.toml"]);
    place.refuses(&format!("{run} --port /dev/no-such-port"), &["/dev/no-such-port"]);
    put_npz(&place, "in.npz", "in", &[3, 2], &[0.0; 6]);
    place.refuses(run, &["`in.npz`: has 3 steps and no axis of samples", "array[numpy.newaxis]"]);
    put_npz(&place, "in.npz", "other", &[4, 3, 2], &[0.0; 24]);
    place.refuses(run, &["in.npz[other]", "the network has no such population; it has `in`, `hidden`, `out`"]);
    put_npz(&place, "in.npz", "in", &[0, 3, 2], &[]);
    place.refuses(run, &["has shape [0, 3, 2], but [T, 2] or [S, T, 2] is needed"]);
    put_npz(&place, "in.npz", "in", &[4, 3, 2], &[0.0; 24]);
    place.put(
        "net.toml",
        with(
            NETWORK,
            "[populations.out]\nmodel = \"lif\"\nshape = 3",
            "[populations.out]\nmodel = \"lif\"\nshape = 1001",
        ),
    );
    let text = String::from_utf8(place.get("net.toml")).unwrap();
    place.put("net.toml", with(&text, "[[1.5, 0.0], [0.0, 1.5], [0.0, 0.75]]", "{ value = 1.0 }"));
    place.refuses(run, &["`out` has 1001 neurons: at most 1000 classes"]);
    // Of many classes, the mistakes are printed.
    let text = String::from_utf8(place.get("net.toml")).unwrap();
    place.put("net.toml", with(&text, "shape = 1001", "shape = 1000"));
    place.put("labels.npy", labels(&[0, 1, 1, 999]));
    let told = place.succeeds(run);
    assert!(told.ends_with("\n2 samples of label 1 got class 0\n1 sample of label 999 got class 0\n"), "{told}");
}
