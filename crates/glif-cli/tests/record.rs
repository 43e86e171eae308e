//! `glif run --record`: events, chosen neurons, and pictures of what was recorded.

use std::collections::BTreeMap;

use crate::common::{ALIF, Array, Place, npy, npy_f64, with};
use crate::state::npz;

const NETWORK: &str = r#"
step_time = 0.5
[populations.input]
model = "input"
shape = [2, 2]
[populations.exc]
model = "lif"
shape = [3, 4]
params = { rest_v = -60.0, reset_v = -65.0, thresh_v = -50.0, refrac_t = 2.0, time_constant = 20.0 }
drive = { noise = [9.0, 12.0] }
[[projections]]
from = "input"
to = "exc"
synapse = "delta"
weights = { value = 4.0 }
"#;

const STEPS: usize = 60;

/// Puts `net.toml`, and `in.npz` with so many samples; `None` for no axis of them.
fn put(place: &Place, samples: Option<usize>) {
    place.put("net.toml", NETWORK);
    let shape: Vec<usize> = samples.into_iter().chain([STEPS, 2, 2]).collect();
    let spikes = (0..shape.iter().product()).map(|i| u8::from(i * 7 % 11 == 0));
    place.put("in.npz", npz(&[("input", npy("|b1", false, &shape, spikes.collect::<Vec<_>>()))]));
}

/// Returns sample, step and neuron of each spike of an array of rows.
fn fired((_, shape, values): &Array, neurons: usize, batched: bool) -> Vec<[usize; 3]> {
    let batch = if batched { shape[1] as usize } else { 1 };
    let steps = if batched { shape[0] as usize } else { STEPS };
    let spikes =
        values.iter().enumerate().filter(|(_, value)| **value == 1.0).map(|(at, _)| (at / neurons, at % neurons));
    let mut spikes: Vec<[usize; 3]> = spikes
        .map(
            |(row, neuron)| {
                if batched { [row % batch, row / batch, neuron] } else { [row / steps, row % steps, neuron] }
            },
        )
        .collect();
    spikes.sort_unstable();
    spikes
}

/// Returns sample, step and neuron of each event.
fn listed(arrays: &BTreeMap<String, Array>, prefix: &str) -> Vec<[usize; 3]> {
    let array = |name: &str| arrays.get(&format!("{prefix}{name}")).map(|(_, shape, values)| (shape, values));
    let (shape, steps) = array("events.step").unwrap();
    let (_, neurons) = array("events.neuron").unwrap();
    let zeros = vec![0.0; steps.len()];
    let samples = array("events.sample").map_or(&zeros, |(_, values)| values);
    assert_eq!(shape, &[steps.len() as u64]);
    assert_eq!((neurons.len(), samples.len()), (steps.len(), steps.len()));
    (0..steps.len()).map(|at| [samples[at], steps[at], neurons[at]].map(|value| value as usize)).collect()
}

#[test]
fn events_are_the_spikes_of_a_network() {
    let place = Place::new();
    for samples in [None, Some(1), Some(3)] {
        put(&place, samples);
        place.succeeds("run net.toml --input in.npz --output all.npz --record exc.spikes,input.spikes");
        let all = place.arrays("all.npz");
        let expected = fired(&all["exc.spikes"], 12, false);
        assert!(expected.len() > 40 * samples.unwrap_or(1), "{}", expected.len());
        for options in ["", "--threads 2", "--every 7"] {
            let run = format!("run net.toml --input in.npz --output out.npz {options} --record");
            place.succeeds(&format!("{run} exc.events --record input.events"));
            let out = place.arrays("out.npz");
            assert_eq!(listed(&out, "exc."), expected);
            assert_eq!(listed(&out, "input."), fired(&all["input.spikes"], 4, false));
            assert_eq!(out["run_steps"], ("<i8".to_owned(), vec![], vec![STEPS as f64]));
            assert_eq!(out.contains_key("exc.events.sample"), samples.is_some());
            assert!(!out.keys().any(|name| name.ends_with("spikes")));
            assert_eq!(["step", "neuron"].map(|part| out[&format!("exc.events.{part}")].0.as_str()), ["<i8", "<u4"]);
            // Of chosen neurons, in the order of the run.
            place.succeeds(&format!("{run} exc.events[9,0:6:2]"));
            let few: Vec<[usize; 3]> = expected.iter().copied().filter(|of| [0, 2, 4, 9].contains(&of[2])).collect();
            assert!(!few.is_empty());
            assert_eq!(listed(&place.arrays("out.npz"), "exc."), few);
        }
    }
}

#[test]
fn events_are_the_spikes_of_a_population() {
    let place = Place::new();
    place.put("alif.toml", with(ALIF, "batch_size = 2", "batch_size = 3"));
    let run = "run alif.toml --noise 60 30 --steps 60 --output out.npz --record";
    place.succeeds(&format!("{run} spikes,adaptation,voltage"));
    let all = place.arrays("out.npz");
    let expected = fired(&all["spikes"], 6, true);
    assert!(expected.iter().any(|of| of[0] == 2) && expected.len() > 20);
    place.succeeds(&format!("{run} events,adaptation[5,1],voltage[1]"));
    let out = place.arrays("out.npz");
    let names = ["adaptation", "events.neuron", "events.sample", "events.step", "run_steps", "voltage"];
    assert_eq!(out.keys().collect::<Vec<_>>(), names);
    assert_eq!(listed(&out, ""), expected);
    // Chosen neurons have one axis. The samples share the components, of which there are two.
    let of = |name: &str, at: &[usize], each: usize| -> Vec<f64> {
        all[name].2.chunks(each).flat_map(|row| at.iter().map(|i| row[*i])).collect()
    };
    assert_eq!(out["adaptation"], ("<f4".to_owned(), vec![60, 2, 2], of("adaptation", &[10, 11, 2, 3], 12)));
    assert_eq!(out["voltage"], ("<f4".to_owned(), vec![60, 3, 1], of("voltage", &[1], 6)));
}

#[test]
fn chosen_neurons_of_a_network_are_recorded() {
    let place = Place::new();
    for samples in [None, Some(2)] {
        put(&place, samples);
        place.succeeds("run net.toml --input in.npz --output all.npz --record exc.voltage,exc.spikes --every 4");
        place.succeeds("run net.toml --input in.npz --output out.npz --record exc.voltage[11,:3] --every 4");
        let (all, out) = (place.arrays("all.npz"), place.arrays("out.npz"));
        // All spikes too, as none are named.
        assert_eq!(out["exc.spikes"], all["exc.spikes"]);
        let expected: Vec<f64> =
            all["exc.voltage"].2.chunks(12).flat_map(|row| [11, 0, 1, 2].map(|i| row[i])).collect();
        let shape: Vec<u64> = samples.map(|samples| samples as u64).into_iter().chain([15, 4]).collect();
        assert_eq!(out["exc.voltage"], ("<f4".to_owned(), shape, expected));
    }
}

/// Returns the lines of a picture without their order: a recording has one population after the other.
fn sorted(picture: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = picture.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn a_recording_gives_the_picture_of_its_run() {
    let place = Place::new();
    let same = |file: &str, drive: &str, records: &[&str]| {
        place.succeeds(&format!("plot raster {file} {drive} --output run.svg"));
        let picture = String::from_utf8(place.get("run.svg")).unwrap();
        assert!(picture.matches("<circle").count() > 20);
        for record in records {
            place.succeeds(&format!("run {file} {drive} --output out.npz --record {record}"));
            place.succeeds(&format!("plot raster {file} --recording out.npz --output recorded.svg"));
            let recorded = String::from_utf8(place.get("recorded.svg")).unwrap();
            assert!(sorted(&recorded) == sorted(&picture), "{file} {drive} {record}");
        }
    };
    for samples in [None, Some(3)] {
        put(&place, samples);
        same(
            "net.toml",
            "--input in.npz",
            &["input.events,exc.events", "input.spikes,exc.spikes", "exc.events,input.spikes"],
        );
    }
    same("lif.toml", "--noise 20 30 --steps 90", &["events", "spikes"]);
    same("alif.toml", "--noise 60 30 --steps 90", &["events", "spikes"]);
    // A population without a recording has no marks, and a note says so.
    place.succeeds("run net.toml --input in.npz --output out.npz --record exc.events");
    let (code, _, err) = place.glif("plot raster net.toml --recording out.npz --output r.svg");
    assert_eq!((code, err.as_str()), (0, "note: `out.npz`: has no spikes of `input`\n"));
}

#[test]
fn what_cannot_be_recorded_is_refused() {
    let place = Place::new();
    put(&place, None);
    let net = "run net.toml --input in.npz --output out.npz --record";
    place.refuses(
        &format!("{net} exc.voltage[12]"),
        &["--record exc.voltage: neuron 12: the population has 12 neurons"],
    );
    place.refuses(&format!("{net} exc.events[0:13]"), &["--record exc.events: neuron 12: the population has 12"]);
    place.refuses(&format!("{net} exc.events[3:3]"), &["--record exc.events: 3:3: has no neuron"]);
    place.refuses(&format!("{net} exc.events[3,3]"), &["--record exc.events: neuron 3: named twice"]);
    let words = ["--record exc.voltage: named twice, with other neurons"];
    place.refuses(&format!("{net} exc.voltage[3],exc.voltage"), &words);
    place.misused(
        &format!("{net} events"),
        &["--record events: a network has several populations", "use POPULATION.events"],
    );
    place.misused(&format!("{net} exc.voltage[x]"), &["neurons `x`: must be like 7, 0:10 or ::10, counted from 0"]);
    place.misused(&format!("{net} exc.event"), &["unknown variable `event`", "threshold_voltage, events"]);
    place.misused("run lif.toml --constant 15 --steps 9 --output out.npz --record a.events", &["leave `a.` out"]);
    let lif = "run lif.toml --constant 15 --steps 9 --output out.npz --record";
    place.refuses(&format!("{lif} voltage[6]"), &["--record voltage: neuron 6: the population has 6 neurons"]);
}

#[test]
fn recordings_that_do_not_fit_are_refused() {
    let place = Place::new();
    put(&place, None);
    let ints = |values: &[i64]| npy("<i8", false, &[values.len()], values.iter().flat_map(|value| value.to_le_bytes()));
    let scalar = |value: i64| npy("<i8", false, &[], value.to_le_bytes());
    let refuses = |file: &str, arrays: &[(&str, Vec<u8>)], words: &str| {
        place.put("r.npz", npz(arrays));
        place.refuses(&format!("plot raster {file} --recording r.npz --output r.svg"), &[words]);
    };
    let (step, neuron) = (("exc.events.step", ints(&[0, 3])), ("exc.events.neuron", ints(&[1, 2])));
    let steps = ("run_steps", scalar(4));
    let has = |array: &(&'static str, Vec<u8>)| array.clone();
    refuses(
        "net.toml",
        &[("x", ints(&[1]))],
        "`r.npz`: has no spikes\nhelp: record `POPULATION.events` or `POPULATION.spikes`",
    );
    refuses("lif.toml", &[has(&step)], "`r.npz`: has no spikes\nhelp: record `events` or `spikes`");
    refuses("net.toml", &[has(&step), has(&neuron)], "`r.npz`: has events, but not `run_steps`");
    refuses("net.toml", &[has(&step), has(&steps)], "`r.npz[exc.events.neuron]`: not in the archive");
    let words = "`r.npz[exc.events.neuron]`: has 3 values, but `exc.events.step` has 2";
    refuses("net.toml", &[has(&step), ("exc.events.neuron", ints(&[1, 2, 3])), has(&steps)], words);
    let words = "`r.npz[exc.events.sample]`: has 0 values, but `exc.events.step` has 2";
    refuses("net.toml", &[has(&step), has(&neuron), ("exc.events.sample", ints(&[])), has(&steps)], words);
    let words = "`r.npz[exc.events.neuron]`: neuron 12: the population has 12, counted from 0";
    refuses("net.toml", &[has(&step), ("exc.events.neuron", ints(&[1, 12])), has(&steps)], words);
    let words = "`r.npz[exc.events.neuron]`: value 1 is negative";
    refuses("net.toml", &[has(&step), ("exc.events.neuron", ints(&[1, -1])), has(&steps)], words);
    let words = "`r.npz`: has an event in step 3, but the run has 3 steps";
    refuses("net.toml", &[has(&step), has(&neuron), ("run_steps", scalar(3))], words);
    let words = "`r.npz[run_steps]`: has shape [1], but no axes is needed";
    refuses("net.toml", &[has(&step), has(&neuron), ("run_steps", ints(&[4]))], words);
    let words = "`r.npz[exc.spikes]`: has shape [4, 12], but [T, 3, 4] is needed\nhelp: record `events` of a part";
    refuses("net.toml", &[("exc.spikes", npy("|b1", false, &[4, 12], vec![0; 48]))], words);
    let words = "but bool, one row for each step, is needed\nhelp: record `events`, or without --every";
    refuses("net.toml", &[("exc.spikes", npy_f64(&[4, 3, 4], &[0.0; 48]))], words);
    let words = "`r.npz`: `exc.spikes` has 2 steps, but `run_steps` has 4";
    refuses("net.toml", &[("exc.spikes", npy("|b1", false, &[2, 3, 4], vec![0; 24])), has(&steps)], words);
    place.misused("plot raster net.toml --recording r.npz --steps 9 --output r.svg", &["--recording", "--steps"]);
    place.refuses("plot raster net.toml --recording none.npz --output r.svg", &["`none.npz`: cannot be read"]);
}
