//! `glif import` converts cells of the Allen Cell Types Database, and refuses what it cannot convert.

use std::fs;
use std::path::Path;

use crate::common::{Place, with};
use glif::{Currents, Description};

const CELLS: [&str; 5] = ["lif", "lif_r", "lif_asc", "lif_r_asc", "lif_r_asc_a"];

fn example(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/allen").join(name)).unwrap()
}

/// Returns the steps in which a population fires under a current from 50 to 450 ms, nA.
fn spikes(description: &Description, na: f64) -> Vec<usize> {
    let mut population = description.build().unwrap();
    let steps = |ms: f64| (ms / description.step_time()).round() as usize;
    let mut spikes = Vec::new();
    for step in 0..steps(500.0) {
        let on = (steps(50.0)..steps(450.0)).contains(&step);
        population.load(Currents::F64(&[if on { na } else { 0.0 }])).unwrap();
        if population.step(description.options()).unwrap().count() > 0 {
            spikes.push(step);
        }
    }
    spikes
}

/// NEST 3.10 and AllenSDK 2.16.2 fire these numbers of spikes under 120 and 250 pA.
#[test]
fn imported_cells_fire_as_in_nest_and_allensdk() {
    let place = Place::new();
    for (name, counts) in CELLS.iter().zip([[11, 24], [14, 32], [7, 14], [7, 15], [7, 16]]) {
        place.put("cell.json", example(&format!("{name}.json")));
        for dialect in ["nest", "allen"] {
            let (code, said, told) =
                place.glif(&format!("import cell.json --dialect {dialect} --scalar f64 --output cell.toml"));
            assert_eq!((code, said.as_str()), (0, "written: cell.toml\n"), "{told}");
            let text = String::from_utf8(place.get("cell.toml")).unwrap();
            let description = Description::from_toml(&text).unwrap();
            for (na, count) in [0.12, 0.25].into_iter().zip(counts) {
                assert_eq!(spikes(&description, na).len(), count, "{name} in dialect {dialect} at {na} nA");
            }
        }
    }
}

/// The five population files of the example are what `glif import` writes.
#[test]
fn example_files_are_up_to_date() {
    let place = Place::new();
    for name in CELLS {
        place.put(&format!("{name}.json"), example(&format!("{name}.json")));
        let (code, said, _) = place.glif(&format!("import {name}.json --dialect nest"));
        assert_eq!((code, said), (0, example(&format!("{name}.toml"))), "{name}");
    }
}

/// The report names every key of the file.
#[test]
fn report_accounts_for_every_key() {
    let place = Place::new();
    for name in CELLS {
        let text = example(&format!("{name}.json"));
        place.put("cell.json", &text);
        let (_, _, told) = place.glif("import cell.json --dialect nest");
        let cell: serde_json::Value = serde_json::from_str(&text).unwrap();
        for key in cell.as_object().unwrap().keys() {
            let method = key.ends_with("_method");
            assert!(method || told.contains(key), "{name}: {key} in {told}");
        }
        assert!(told.contains("methods"), "{told}");
    }
}

#[test]
fn step_time_and_format_are_those_of_the_options() {
    let place = Place::new();
    place.put("cell.json", example("lif_r.json"));
    let (code, said, told) = place.glif("import cell.json --dialect inferno --step-time 0.2 --scalar i16f16");
    assert_eq!(code, 0, "{told}");
    for line in [
        "model = \"glif2\"",
        "dialect = \"inferno\"",
        "refractory = \"nest\"",
        "scalar = \"i16f16\"",
        "step_time = 0.2",
    ] {
        assert!(said.lines().any(|said| said == line), "{line} in {said}");
    }
    assert!(told.contains("--step-time -> step_time = 0.2 ms"), "{told}");
}

/// A cell whose `init_voltage` is not that at rest begins there, as in AllenSDK.
#[test]
fn an_initial_voltage_is_imported() {
    let place = Place::new();
    place.put("cell.json", example("lif.json"));
    assert!(!place.glif("import cell.json --dialect allen").1.contains("initial_v"));
    place.put("cell.json", with(&example("lif.json"), "\"init_voltage\": 0.0", "\"init_voltage\": 0.01"));
    let (code, said, told) = place.glif("import cell.json --dialect allen");
    assert_eq!(code, 0, "{told}");
    let line = said.lines().find_map(|line| line.strip_prefix("initial_v = ")).unwrap();
    assert!((line.parse::<f64>().unwrap() + 61.399_902_343_75).abs() < 1e-9, "{line}");
    assert!(told.contains("`El_reference` + `init_voltage` in V -> initial_v = "), "{told}");
    assert!(told.contains("`init_AScurrents`: at rest") && !told.contains("`init_voltage`, "), "{told}");
}

#[test]
fn cells_that_cannot_be_imported_are_rejected() {
    let place = Place::new();
    let refuses = |cell: &str, from: &str, to: &str, words: &[&str]| {
        place.put("cell.json", with(&example(cell), from, to));
        place.refuses("import cell.json --dialect nest --output cell.toml", words);
    };
    refuses("lif.json", "8.587009771685807e-11", "0.0", &["`C` = 0.0: must be positive"]);
    refuses("lif.json", "269390025.97053105", "-1", &["`R_input` = -1.0: must be positive"]);
    refuses("lif.json", "\"dt\": 5e-05", "\"dt\": \"5e-05\"", &["`dt` = \"5e-05\": must be a number"]);
    refuses("lif.json", "\"El\": 0.0", "\"El\": 0.0, \"E1\": 1", &["`E1`: unknown key"]);
    refuses(
        "lif.json",
        "\"spike_cut_length\": 134",
        "\"spike_cut_length\": 134.5",
        &["spike_cut_length", "whole number"],
    );
    refuses("lif.json", "\"init_voltage\": 0.0", "\"init_voltage\": []", &["`init_voltage` = []: must be a number"]);
    refuses("lif.json", "\"zero\"", "\"v_before\"", &["the methods are of no GLIF level", "v_before"]);
    refuses("lif.json", "\"type\": \"GLIF\"", "\"type\": \"HH\"", &["`type` = \"HH\": must be \"GLIF\""]);
    refuses("lif_asc.json", "0.03333333333333334", "0.0", &["`asc_tau_array` = 0.0: must be positive"]);
    refuses("lif_asc.json", "0.03333333333333334,", "", &["`asc_tau_array`: has 1 values"]);
    let (retained, more) = ("        1.0,\n        1.0", "        1.0,\n        40.0");
    refuses("lif_asc.json", retained, more, &["`asc_retain[1]` = 40", "grows without bound"]);
    refuses("lif_r.json", "\"a\": 0.3987646006290668,", "", &["`voltage_reset_method.params.a`: missing"]);
    // Everything that is wrong is reported at once.
    let twice = with(&example("lif.json"), "\"El\": 0.0", "\"El\": null");
    place.put("cell.json", with(&twice, "\"th_inf\": 0.023089253057717987", "\"th_inf\": []"));
    place.refuses("import cell.json --dialect nest", &["`El` = null", "`th_inf` = []"]);
    place.put("cell.json", example("lif_asc.json"));
    place.refuses(
        "import cell.json --dialect inferno",
        &["Inferno does not have glif3", "--dialect nest or --dialect allen"],
    );
    place.refuses("import cell.json --dialect allen --step-time 40", &["step_time", "must be below `time_constant`"]);
    place.refuses("import absent.json --dialect nest", &["absent.json", "cannot be read"]);
    place.put("cell.json", "[1, 2");
    place.refuses("import cell.json --dialect nest", &["not valid JSON"]);
    place.misused("import cell.json --dialect brian", &["brian"]);
    place.misused("import cell.json --dialect nest --output cell.json", &["end in .toml"]);
}
