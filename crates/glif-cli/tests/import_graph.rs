//! `glif import` converts graphs in NIR, and refuses what it cannot convert.

use std::fs;
use std::path::Path;

use glif_cli::arrays::Column;

use crate::common::Place;

fn graph(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/nir/graphs");
    fs::read(folder.join(format!("{name}.nir"))).unwrap()
}

/// A graph becomes a network file and its arrays, which the other commands take.
#[test]
fn an_imported_graph_runs() {
    let place = Place::new();
    place.put("net.nir", graph("braille_noDelay_bias_zero"));
    let (code, said, told) = place.glif("import net.nir --step-time 0.1 --scalar f64 --output net.toml");
    assert_eq!((code, said.as_str()), (0, "written: net.toml, net.npz\n"), "{told}");
    for line in [
        "read: NIR of version `0.2.0`: 7 nodes, 7 edges",
        "population: node `lif1.lif`: CubaLIF -> `lif1_lif`, model lif, 38 neurons",
        "folded: from `lif1.lif` to `lif1.lif`, by `lif1.w_rec`: 1444 connections of 1444 pairs, dense, delay of 1 step",
        "assumed: `v_reset` is 0, as files of nir before 1.0.6 do not have it: `lif1.lif`, `lif2`",
        "late: the edge from `lif1.lif` to `lif1.w_rec` closes a circle, and acts one step later",
    ] {
        assert!(told.lines().any(|told| told == line), "no {line:?} in:\n{told}");
    }
    // All sources fire in every second step.
    let spikes: Vec<bool> = (0..40).flat_map(|step| [step % 2 == 0; 12]).collect();
    let input = ("input", vec![40, 12], Column::Bool(&spikes));
    glif_cli::arrays::write_npz(&place.path("spikes.npz"), &[input]).unwrap();
    let (code, _, told) =
        place.glif("run net.toml --input spikes.npz --output out.npz --record lif2.spikes,lif1_lif.voltage");
    assert_eq!(code, 0, "{told}");
    let arrays = place.arrays("out.npz");
    assert_eq!(arrays["lif2.spikes"].1, [40, 7]);
    assert!(arrays["lif1_lif.voltage"].2.iter().any(|v| v.abs() > 0.1));
    assert!(
        place.succeeds("inspect net.toml").starts_with("network in f64, steps of 0.1 ms: 3 populations, 57 neurons")
    );
}

/// A graph without large arrays needs no archive.
#[test]
fn a_small_graph_is_one_file() {
    let place = Place::new();
    place.put("net.nir", graph("pacemaker"));
    let (code, said, told) = place.glif("import net.nir --step-time 1 --output net.toml");
    assert!(code == 0 && said.starts_with("written: net.toml"), "{told}");
    let text = String::from_utf8(place.get("net.toml")).unwrap();
    assert_eq!(said.contains("net.npz"), text.contains("net.npz:"), "{said}{text}");
    assert!(told.contains("rounded: node `lif`: `v_leak` is not below `v_threshold`"), "{told}");
}

#[test]
fn options_choose_what_a_graph_does_not_say() {
    let place = Place::new();
    place.put("net.nir", graph("own_if"));
    let (_, _, told) = place.glif("import net.nir --step-time 1 --output net.toml");
    for line in [
        "assumed: a spike sets the membrane to `v_reset` (--reset)",
        "assumed: an input of 1 adds r to a membrane of IF in a step (--if-input)",
    ] {
        assert!(told.contains(line), "{told}");
    }
    let (code, _, told) =
        place.glif("import net.nir --step-time 1 --reset subtract --if-input time --scalar i16f16 --output net.toml");
    assert_eq!(code, 0, "{told}");
    for line in [
        "assumed: a spike takes `v_threshold` off the membrane (--reset)",
        "assumed: an input of 1 adds r times the step in s to a membrane of IF (--if-input)",
        "ignored: node `if`: `v_reset` has no effect, as a spike takes `v_threshold` off",
        "quantization: `input` to `if`: i16, a unit is ",
    ] {
        assert!(told.contains(line), "{told}");
    }
    let text = String::from_utf8(place.get("net.toml")).unwrap();
    assert!(text.contains("quantize = \"i16\"") && text.contains("scalar = \"i16f16\""), "{text}");
    place.put("net.nir", graph("own_lif"));
    let (_, _, told) = place.glif("import net.nir --step-time 1 --discretization exact --weights i8 --output net.toml");
    assert!(told.contains("assumed: a step is the exact solution (--discretization)"), "{told}");
    assert!(told.contains("quantization: `input` to `lif`: i8, a unit is "), "{told}");
    let text = String::from_utf8(place.get("net.toml")).unwrap();
    assert!(text.contains("quantize = \"i8\"") && text.contains("discretization = \"exact\""), "{text}");
}

#[test]
fn graphs_that_cannot_be_imported_are_rejected() {
    let place = Place::new();
    place.put("net.nir", graph("own_cuba_lif"));
    let command = "import net.nir --step-time 1 --output out.toml";
    place.refuses(
        "import net.nir --step-time 20 --output out.toml",
        &[
            "`net.nir`: cannot be imported:",
            "  node `lif`: `tau_mem` = ",
            "s: shorter than the step of 20 ms, over which forward Euler is not stable",
            "help: use --step-time ",
            "--discretization exact",
        ],
    );
    place.refuses("import net.nir --step-time 0 --output out.toml", &["the step is 0 ms: must be above 0"]);
    place.refuses(
        "import net.nir --step-time 1 --scalar i16f16 --weights float --output out.toml",
        &["i16f16 has no weights in floating point"],
    );
    let whole = graph("own_cuba_lif");
    place.put("net.nir", &whole[..whole.len() / 2]);
    place.refuses(command, &["`net.nir`: "]);
    place.put("net.nir", "{}");
    place.refuses(command, &["`net.nir`: not HDF5, which a graph in NIR is"]);
    place.refuses("import absent.nir --step-time 1 --output out.toml", &["absent.nir", "cannot be read"]);
    // Neither output replaces the graph.
    place.put("net.npz", graph("own_lif"));
    place.refuses("import net.npz --step-time 1 --output net.toml", &["this command also reads it"]);
}

#[test]
fn options_of_the_other_kind_are_misuse() {
    let place = Place::new();
    place.put("net.nir", graph("own_lif"));
    place.misused("import net.nir --output out.toml", &["a graph needs --step-time"]);
    place.misused("import net.nir --step-time 1", &["a graph needs --output"]);
    let command = "import net.nir --step-time 1 --output out.toml";
    place.misused(&format!("{command} --dialect nest"), &["--dialect is for a cell, but `net.nir` is a graph"]);
    place.misused(&format!("{command} --reset never"), &["must be one of zero, subtract"]);
    place.misused(&format!("{command} --weights i4"), &["must be one of float, i8, i16"]);
    place.put("cell.json", "{}");
    place.misused(
        "import cell.json --dialect nest --reset zero",
        &["--reset is for a graph, but `cell.json` is a cell"],
    );
    place.misused("import cell.json", &["a cell needs --dialect"]);
}
