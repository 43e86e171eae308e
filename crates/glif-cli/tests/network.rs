//! Runs of networks that continue from snapshots.

use crate::common::Place;

const NETWORK: &str = r#"
step_time = 0.5
scalar = "i16f16"
rounding = "stochastic"
[populations.exc]
model = "lif"
shape = 40
params = { rest_v = -60.0, reset_v = -65.0, thresh_v = -50.0, refrac_t = 2.0, time_constant = 20.0 }
synapses.ampa = { kind = "exponential", tau = 3.0 }
drive = [{ noise = [9.0, 4.0] }, { poisson = { rate = 200.0, weight = 1.5 }, synapse = "ampa" }]
[[projections]]
from = "exc"
to = "exc"
synapse = "ampa"
weights = { value = 1.5, probability = 0.2, seed = 3 }
delay = 6.0
"#;

#[test]
fn a_restored_network_continues_bit_for_bit() {
    let place = Place::new();
    place.put("net.toml", NETWORK);
    let record = "--record exc.spikes,exc.voltage";
    for seed in ["", "--seed 7"] {
        place.succeeds(&format!("run net.toml --steps 100 {seed} --output all.npz {record} --save all.snap"));
        place.succeeds(&format!("run net.toml --steps 60 {seed} --output first.npz {record} --save half.snap"));
        let saved = place.get("half.snap");
        place.succeeds(&format!(
            "run net.toml --steps 40 {seed} --output last.npz {record} --restore half.snap --save last.snap --threads 2"
        ));
        assert!(place.get("half.snap") == saved && place.get("last.snap") == place.get("all.snap"));
        let (mut joined, last) = (place.arrays("first.npz"), place.arrays("last.npz"));
        for (name, (_, shape, values)) in &mut joined {
            shape[0] += last[name].1[0];
            values.extend(&last[name].2);
        }
        assert!(joined == place.arrays("all.npz"), "{seed}");
        assert!(last["exc.spikes"].2.contains(&1.0));
    }
    // The seed of the snapshot, with a note; another one is another network.
    let (code, _, err) =
        place.glif(&format!("run net.toml --steps 40 --output again.npz {record} --restore half.snap"));
    assert_eq!((code, err.as_str()), (0, "note: `half.snap`: the network continues with seed 7 of the snapshot\n"));
    assert!(place.arrays("again.npz") == place.arrays("last.npz"));
    let err = place.refuses("run net.toml --steps 40 --seed 8 --restore half.snap", &[]);
    assert_eq!(err, "error: `half.snap`: saved by another network: `seed` is 7 in the snapshot, 8 in this network\n");
    // A run may replace the snapshot that it continues from.
    place.succeeds("run net.toml --steps 1 --seed 7 --restore half.snap --save half.snap");
}

#[test]
fn snapshots_that_do_not_fit_are_refused() {
    let place = Place::new();
    place.put("net.toml", NETWORK);
    place.succeeds("run net.toml --steps 10 --save net.snap");
    place.succeeds("run lif.toml --constant 15 --steps 10 --save lif.snap");
    let err = place.refuses("run net.toml --steps 10 --restore lif.snap", &[]);
    assert_eq!(err, "error: `lif.snap`: a snapshot of a population, not of a network\n");
    let err = place.refuses("run lif.toml --constant 15 --steps 10 --restore net.snap", &[]);
    assert_eq!(err, "error: `net.snap`: a snapshot of a network, not of a population\n");
    let err = place.misused("run net.toml --steps 10 --state state.npz", &[]);
    assert_eq!(
        err.lines().collect::<Vec<_>>()[..2],
        [
            "error: --state is for population files",
            "help: a network starts from rest, or from a snapshot with --restore"
        ]
    );
    place.put("other.toml", NETWORK.replace("probability = 0.2", "probability = 0.3"));
    let err = place.refuses("run other.toml --steps 10 --restore net.snap --save new.snap", &[]);
    let difference = "`projections[0].weights.probability` is 0.2 in the snapshot, 0.3 in this network";
    assert_eq!(err, format!("error: `net.snap`: saved by another network: {difference}\n"));
    place.put("net.snap", &place.get("net.snap")[..99]);
    let err = place.refuses("run net.toml --steps 10 --restore net.snap", &[]);
    assert_eq!(err, "error: `net.snap`: truncated: shorter than its header says\n");
    assert!(!place.path("new.snap").exists());
}

/// A snapshot is of one sample.
#[test]
fn several_samples_have_no_snapshot() {
    let place = Place::new();
    place.put("net.toml", NETWORK);
    place.succeeds("run net.toml --steps 10 --save net.snap");
    for (samples, name) in [(1, "one.npz"), (3, "three.npz")] {
        let currents = vec![0.5_f32; samples * 10 * 40];
        let shape = vec![samples as u64, 10, 40];
        let array = ("exc", shape, glif_cli::arrays::Column::F32(&currents));
        glif_cli::arrays::write_npz(&place.path(name), &[array]).unwrap();
    }
    place.succeeds("run net.toml --input one.npz --restore net.snap --save net.snap");
    for option in ["--restore", "--save"] {
        let err = place.refuses(&format!("run net.toml --input three.npz {option} net.snap"), &[]);
        assert_eq!(
            err,
            format!(
                "error: {option}: the input has 3 samples, but a snapshot is of one\nhelp: run one sample at a time\n"
            )
        );
    }
}

/// A readout of exc, and a population that does not leak.
const READOUT: &str = r#"
[populations.out]
model = "li"
shape = 3
params = { rest_v = 0.0, time_constant = 20.0 }
[populations.sum]
model = "if"
shape = 2
params = { reset_v = 0.0, thresh_v = 1.0, refrac_t = 0.0, resistance = 0.25 }
[[projections]]
from = "exc"
to = "out"
weights = { value = 2.0 }
[[projections]]
from = "exc"
to = "sum"
weights = { value = 0.5 }
"#;

#[test]
fn a_readout_is_recorded_by_its_voltage() {
    let place = Place::new();
    place.put("net.toml", format!("{NETWORK}{READOUT}"));
    let names = |options: &str| {
        let told = place.succeeds(&format!("run net.toml --steps 200 --output out.npz {options}"));
        (told, place.arrays("out.npz"))
    };
    let (told, arrays) = names("");
    assert_eq!(arrays.keys().collect::<Vec<_>>(), ["exc.spikes", "out.voltage", "sum.spikes"]);
    assert!(told.contains("\nout: li, 3 neurons, no threshold\n"), "{told}");
    assert!(told.contains("\nsum: if, 2 neurons, ") && arrays["sum.spikes"].2.contains(&1.0), "{told}");
    // Its voltage follows from the spikes that reach it one step later.
    let (spikes, (_, shape, voltage)) = (&arrays["exc.spikes"].2, &arrays["out.voltage"]);
    assert_eq!(shape, &[200, 3]);
    let (decay, mut v, mut greatest) = ((-0.5_f64 / 20.0).exp(), 0.0, 0.0_f64);
    for (step, row) in voltage.chunks(3).enumerate() {
        let current = 2.0 * step.checked_sub(1).map_or(0.0, |before| spikes[before * 40..][..40].iter().sum::<f64>());
        v = v * decay + current * (1.0 - decay);
        greatest = greatest.max(v);
        // i16f16 loses less than 2⁻¹⁵ mV in a step.
        assert!(row.iter().all(|own| (own - v).abs() < 200.0 / 32768.0), "step {step}: {row:?}, not {v}");
    }
    assert!(greatest > 0.5, "{greatest}");
    // What is named is recorded, and nothing else of it.
    assert_eq!(names("--record exc.voltage").1.keys().collect::<Vec<_>>(), ["exc.spikes", "exc.voltage", "sum.spikes"]);
    assert_eq!(names("--record sum.spikes,out.voltage").1.keys().collect::<Vec<_>>(), ["out.voltage", "sum.spikes"]);
    let place = Place::new();
    place.put("net.toml", format!("{NETWORK}{READOUT}"));
    for variable in ["spikes", "refrac", "adaptation"] {
        let err = place.refuses(&format!("run net.toml --steps 9 --output out.npz --record out.{variable}"), &[]);
        assert_eq!(err, format!("error: --record out.{variable}: the population has no such variable\n"));
    }
}

#[test]
fn pictures_of_networks_leave_readouts_out() {
    let place = Place::new();
    place.put("net.toml", format!("{NETWORK}{READOUT}"));
    let told = place.succeeds("run net.toml --steps 200 --plot");
    assert!(told.contains("from the top: exc (40), sum (2)\n"), "{told}");
    let told = place.succeeds("plot rate net.toml --steps 200 --output rate.svg");
    assert!(told.contains("\nsum: ") && !told.contains("out: "), "{told}");
    place.succeeds("plot raster net.toml --steps 200 --output raster.svg");
    let svg = String::from_utf8(place.get("raster.svg")).unwrap();
    assert!(svg.contains("sum") && !svg.contains("out"), "{svg}");
    let alone = "step_time = 0.5\n[populations.out]\nmodel = \"li\"\nshape = 3\n\
                 params = { rest_v = 0.0, time_constant = 20.0 }\ndrive = { constant = 1.0 }\n";
    place.put("out.toml", alone);
    for command in ["run out.toml --steps 9 --plot", "plot raster out.toml --steps 9 --output out.svg"] {
        let err = place.refuses(command, &[]);
        let help = "help: record voltages with `glif run`";
        assert_eq!(err, format!("error: nothing to draw: no population of this network fires\n{help}\n"));
    }
    place.put(
        "li.toml",
        "model = \"li\"\nshape = 3\nparams = { step_time = 1.0, rest_v = 0.0, time_constant = 20.0 }\n",
    );
    let commands = [
        "run li.toml --constant 1 --steps 9 --plot",
        "plot raster li.toml --constant 1 --steps 9 --output out.svg",
        "plot rate li.toml --output out.svg",
    ];
    for command in commands {
        let err = place.refuses(command, &[]);
        let help = "help: `glif plot trace` draws the membrane";
        assert_eq!(err, format!("error: nothing to draw: li never fires\n{help}\n"));
    }
    place.succeeds("plot trace li.toml --constant 1 --steps 9 --output out.svg");
}

#[test]
fn a_projection_from_a_readout_is_noted() {
    let place = Place::new();
    let back = "[[projections]]\nfrom = \"out\"\nto = \"exc\"\nweights = { value = 1.0 }\n";
    place.put("net.toml", format!("{NETWORK}{READOUT}{back}"));
    let (code, out, err) = place.glif("inspect net.toml");
    let note =
        "note: `net.toml`: `projections[3]` (`out` to `exc`): brings nothing, as `out` never fires: its model is li\n";
    assert_eq!((code, err.as_str()), (0, note), "{out}");
    assert!(out.contains("\nout: li in i16f16: 3 neurons x 1 sample"), "{out}");
    assert!(out.contains("\nno spikes, as there is no threshold\n"), "{out}");
}
