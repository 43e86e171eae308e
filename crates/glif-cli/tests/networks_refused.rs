//! `glif run` with a network that is wrong, or with inputs that do not fit it: it prints what is wrong, and writes no
//! file.

use crate::common::{Place, npy, npy_f32, npy_f64};
use crate::state::npz;

const NETWORK: &str = r#"
step_time = 1.0
[populations.input]
model = "input"
shape = 3
[populations.exc]
model = "lif"
shape = [2, 1]
params = { rest_v = -60.0, reset_v = -65.0, thresh_v = -50.0, refrac_t = 2.0, time_constant = 20.0 }
[[projections]]
from = "input"
to = "exc"
weights = "w.npz:dense"
"#;

const RUN: &str = "run net.toml --steps 5 --output out.npz";

fn ints(descr: &str, shape: &[usize], values: &[i64]) -> Vec<u8> {
    let width: usize = descr[descr.len() - 1..].parse().unwrap();
    npy(descr, false, shape, values.iter().flat_map(|value| value.to_le_bytes()[..width].to_vec()))
}

fn place() -> Place {
    let place = Place::new();
    place.put("net.toml", NETWORK);
    let values = [0.5_f32; 6];
    place.put(
        "w.npz",
        npz(&[
            ("dense", npy_f32(&[2, 3], &values)),
            ("whole", npy_f32(&[2, 1, 3], &values)),
            ("turned", npy_f32(&[3, 2], &values)),
            ("nan", npy_f32(&[2, 3], &[0.5, 0.5, 0.5, 0.5, f32::NAN, 0.5])),
            ("halves", npy("<f2", false, &[2, 3], vec![0; 12])),
            ("ints", ints("<i2", &[2, 3], &[1, 2, 3, 4, 5, 6])),
            ("large", ints("<i4", &[2, 3], &[1, 2, 3, i64::from(i32::MAX), 5, 6])),
            ("delays", npy_f64(&[2, 3], &[1.0, 2.0, 3.0, 0.0, 255.0, 1.0])),
            ("late", npy_f64(&[2, 3], &[1.0, 2.0, 3.0, 0.0, 256.0, 1.0])),
            ("long", npy_f64(&[100], &[1.0; 100])),
            ("csr.indptr", ints("<i4", &[3], &[0, 2, 3])),
            // Not in order, and one source twice.
            ("csr.indices", ints("<i4", &[3], &[2, 2, 0])),
            ("csr.data", npy_f32(&[3], &[0.5, 0.25, 0.5])),
            ("minus.indptr", ints("<i4", &[3], &[0, 2, 3])),
            ("minus.indices", ints("<i4", &[3], &[2, -1, 0])),
            ("minus.data", npy_f32(&[3], &[0.5, 0.25, 0.5])),
            ("part.indptr", ints("<i4", &[3], &[0, 2, 3])),
        ]),
    );
    place
}

#[test]
fn arrays_of_networks_are_checked() {
    let place = place();
    let with = |lines: &str| place.put("net.toml", NETWORK.replace("weights = \"w.npz:dense\"", lines));
    for lines in [
        "weights = \"w.npz:dense\"\ndelay = \"w.npz:delays\"",
        "weights = \"w.npz:whole\"",
        "weights = \"w.npz:csr\"",
        "weights = \"w.npz:ints\"\nscale = 0.1",
    ] {
        with(lines);
        // A note says that no spikes come from outside.
        let (code, _, told) = place.glif("run net.toml --steps 5");
        assert!(code == 0 && !told.contains("error"), "{told}");
    }
    let refuses = |lines: &str, words: &[&str]| {
        with(lines);
        place.refuses(RUN, &[&["`net.toml`"], words].concat());
    };
    let path = "`projections[0].weights` (`input` to `exc`): the array ";
    refuses("weights = \"w.npz:dens\"", &[path, "`w.npz:dens`: neither it nor `dens.indptr` is in the archive"]);
    refuses("weights = \"v.npz:dense\"", &[path, "cannot be read"]);
    refuses("weights = \"../w.npz:dense\"", &[path, "outside the directory"]);
    refuses("weights = \"w.npz:turned\"", &[path, "has shape [3, 2], but [2, 3] is needed: targets, then sources"]);
    refuses("weights = \"w.npz:halves\"", &[path, "has values of type", "float32 or float64"]);
    refuses("weights = \"w.npz:minus\"", &[path, "minus.indices", "value 1 is -1"]);
    refuses("weights = \"w.npz:part\"", &[path, "part.indices"]);
    refuses("weights = \"w.npz:ints\"", &["`projections[0].scale`", "missing"]);
    refuses("weights = \"w.npz:nan\"", &["`projections[0].weights[1][1]` (`input` to `exc`) = NaN: must be finite"]);
    refuses(
        "weights = \"w.npz:large\"\nscale = 1.0",
        &["`projections[0].weights`", "of target 1 add up to 2147483658"],
    );
    let delay = |name: &str| format!("weights = \"w.npz:dense\"\ndelay = \"w.npz:{name}\"");
    refuses(&delay("late"), &["`projections[0].delay[4]`", "= 256 ms: must be 0 to 255 ms"]);
    refuses(&delay("turned"), &["`projections[0].delay`", "has shape [3, 2], but [2, 3] is needed"]);
    refuses(&delay("long"), &["`projections[0].delay`", "has shape [100], but at most 6 values are needed"]);
    // The arrays of a network are not overwritten.
    place.put("net.toml", NETWORK);
    place.refuses(
        "run net.toml --steps 5 --output ./w.npz",
        &["`./w.npz`: cannot be written: this command also reads it"],
    );
}

/// Every command says of which file it speaks, and that this is a network.
#[test]
fn a_network_that_cannot_be_built_is_named() {
    let place = place();
    let commands = [
        "run net.toml --steps 5 --output out.npz",
        "inspect net.toml",
        "plot raster net.toml --steps 5 --output p.svg",
        "plot rate net.toml --steps 5 --output p.svg",
        "plot weights net.toml --projection input:exc --output p.svg",
        "freeze net.toml --output net.rs",
    ];
    let circle = "weights = { value = 1.0 }\n[[projections]]\nfrom = \"exc\"\nto = \"exc\"\nweights = { value = 1.0 }\ndelay = 0.0";
    let all = "weights = { value = 1.0 }";
    for (text, words) in [
        // From parsing, from the arrays, and from building.
        (NETWORK.replace("[2, 1]", ""), "TOML parse error"),
        (NETWORK.replace("step_time = 1.0", ""), "`step_time`: missing"),
        (NETWORK.replace("[2, 1]", "2\nthreshold = 3"), "`populations.exc.threshold`: unknown key"),
        (NETWORK.replace("w.npz:dense", "w.npz:halves"), "has values of type"),
        (NETWORK.replace("weights = \"w.npz:dense\"", circle), "`projections`: a circle without delay"),
        (
            NETWORK.replace("reset_v = -65.0", "reset_v = { each = [-65.0, -40.0] }"),
            "`populations.exc.reset_v[1]` = -40 mV",
        ),
        (
            NETWORK.replace("weights = \"w.npz:dense\"", all).replace("[2, 1]", "4000000").replace("3\n", "4000000\n"),
            "`projections[0].weights` (`input` to `exc`): makes 16000000000000 connections, but at most 4294967295",
        ),
    ] {
        place.put("net.toml", text);
        for command in commands {
            place.refuses(command, &["error: `net.toml`: not a valid network:\n  ", words]);
        }
    }
    for (bytes, kind) in [(&b"\x93NUMPY"[..], "a NumPy array"), (b"glif", "not a valid population")] {
        place.put("net.toml", bytes);
        place.refuses("inspect net.toml", &[&format!("error: `net.toml`: {kind}")]);
    }
}

#[test]
fn inputs_of_networks_are_checked() {
    let place = place();
    let run = "run net.toml --input in.npz --output out.npz";
    let spikes = |shape: &[usize]| ints("|u1", shape, &vec![1; shape.iter().product()]);
    let put = |arrays: &[(&str, Vec<u8>)]| place.put("in.npz", npz(arrays));
    let refuses = |arrays: &[(&str, Vec<u8>)], words: &[&str]| {
        put(arrays);
        place.refuses(run, &[&["in.npz"], words].concat());
    };
    put(&[("input", spikes(&[4, 3])), ("exc", npy_f32(&[4, 2, 1], &[0.5; 8]))]);
    place.succeeds("run net.toml --input in.npz");
    put(&[("input", spikes(&[2, 4, 3])), ("exc", npy_f64(&[2, 4, 2, 1], &[0.5; 16]))]);
    place.succeeds("run net.toml --input in.npz");

    place.refuses(run.replace("in.npz", "none.npz").as_str(), &["`none.npz`", "cannot be read"]);
    place.put("in.npz", "text");
    place.refuses(run, &["in.npz"]);
    refuses(&[], &["has no arrays"]);
    refuses(&[("imput", spikes(&[4, 3]))], &["`in.npz[imput]`", "no such population; it has `input`, `exc`"]);
    refuses(&[("input", spikes(&[4, 2]))], &["has shape [4, 2], but [T, 3] or [S, T, 3] is needed"]);
    refuses(&[("input", spikes(&[0, 3]))], &["has shape [0, 3]"]);
    refuses(&[("input", spikes(&[1, 1, 4, 3]))], &["has shape [1, 1, 4, 3]"]);
    refuses(&[("exc", npy_f32(&[4, 2], &[0.5; 8]))], &["has shape [4, 2], but [T, 2, 1] or [S, T, 2, 1] is needed"]);
    refuses(&[("input", npy_f32(&[4, 3], &[0.5; 12]))], &["has values of type", "bool or an integer type is needed"]);
    refuses(&[("exc", ints("<i4", &[4, 2, 1], &[1; 8]))], &["has values of type", "float32 or float64"]);
    refuses(&[("input", ints("<i4", &[4, 3], &[-1; 12]))], &["row 0, neuron 0 has -1 spikes: must be 0 to 65535"]);
    refuses(&[("input", ints("<i8", &[4, 3], &[70_000; 12]))], &["has 70000 spikes: must be 0 to 65535"]);
    refuses(&[("exc", npy_f32(&[1, 2, 1], &[0.5, f32::NAN]))], &["row 0, neuron 1 is NaN: must be finite"]);
    let other = [("input", spikes(&[4, 3])), ("exc", npy_f32(&[5, 2, 1], &[0.5; 10]))];
    refuses(&other, &["5 steps and no axis of samples", "4 steps and no axis of samples"]);
    let other = [("input", spikes(&[2, 4, 3])), ("exc", npy_f32(&[4, 2, 1], &[0.5; 8]))];
    refuses(&other, &["4 steps and no axis of samples", "2 samples of 4 steps"]);
    put(&[("exc", npy_f32(&[1, 2, 1], &[0.5, 3e38]))]);
    place.refuses(run, &["sample 0, step 0", "`exc`", "neuron 1"]);
    // More spikes than a sum of weights has room for.
    place.put("net.toml", NETWORK.replace("w.npz:dense\"", "w.npz:ints\"\nscale = 1.0"));
    put(&[("input", ints("<u2", &[1, 3], &[65_535; 3]))]);
    place.succeeds("run net.toml --input in.npz");
}

#[test]
fn options_that_do_not_fit_a_network_are_rejected() {
    let place = place();
    place.misused("run net.toml --constant 1 --steps 5 --output out.npz", &["a network has its stimuli in its file"]);
    place.misused("run net.toml --output out.npz", &["needs --steps T or --duration MS"]);
    place.misused(&format!("{RUN} --record voltage"), &["use POPULATION.voltage"]);
    place.misused(&format!("{RUN} --record exd.voltage"), &["no population `exd`; available: input, exc"]);
    place.refuses(&format!("{RUN} --record input.voltage"), &["--record input.voltage"]);
    place.refuses(&format!("{RUN} --record exc.adaptation"), &["--record exc.adaptation"]);
    place.refuses(&format!("{RUN} --restore a.snap"), &["`a.snap`: cannot be read"]);
    for text in ["step_time = 1.0\n[populations]\n", "step_time = 0\npopulations = 3\n", "populations = [1"] {
        place.put("net.toml", text);
        place.refuses(RUN, &["`net.toml`"]);
    }
}
