//! Runs that start from a state of Inferno, and files that are refused as such a state.

use std::fs;

use crate::common::{LIF, Place, npy, npy_f32};

/// Creates a folder with the example.
fn place() -> Place {
    let place = Place::new();
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/inferno");
    for entry in fs::read_dir(example).unwrap() {
        let path = entry.unwrap().path();
        place.put(&format!("inferno-{}", path.file_name().unwrap().to_str().unwrap()), fs::read(&path).unwrap());
    }
    place
}

/// Returns an archive of stored files.
pub(crate) fn npz(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in arrays {
        archive.start_file(format!("{name}.npy"), zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut archive, bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn state_saved_by_inferno_continues_as_in_inferno() {
    let place = place();
    place.succeeds("run inferno-alif.toml --state inferno-state.npz --input inferno-currents.npy --output out.npz");
    let (ours, theirs) = (place.arrays("out.npz"), place.arrays("inferno-continued.npz"));
    assert_eq!(ours.keys().collect::<Vec<_>>(), ["adaptation", "refrac", "spikes", "voltage"]);
    for (name, expected) in theirs {
        assert!(ours[&name] == expected, "{name} differs");
    }
    assert!(ours["spikes"].2.iter().sum::<f64>() > 100.0, "a silent run proves little");
    // A run from rest has different spikes.
    place.succeeds("run inferno-alif.toml --input inferno-currents.npy --output rest.npz");
    assert!(place.arrays("rest.npz")["spikes"] != ours["spikes"]);
}

#[test]
fn state_of_another_population_is_rejected() {
    let place = place();
    let refuses = |arrays: &[(&str, Vec<u8>)], words: &[&str]| {
        place.put("state.npz", npz(arrays));
        let run = "run lif.toml --state state.npz --constant 15 --steps 10 --output out.npz";
        place.refuses(run, &[&["`state.npz"], words].concat());
    };
    let (voltage, refrac) = (npy_f32(&[1, 2, 3], &[-60.0; 6]), npy_f32(&[1, 2, 3], &[0.0; 6]));
    refuses(&[("voltage", voltage.clone())], &["has 0 arrays named `refrac` or, as in Inferno, `_refrac__data`"]);
    let twice = [("voltage", voltage.clone()), ("_voltage__data", voltage.clone()), ("refrac", refrac.clone())];
    refuses(&twice, &["has 2 arrays named `voltage`", "but one is needed"]);
    let other = [("voltage", voltage.clone()), ("refrac", refrac.clone()), ("adaptation", refrac.clone())];
    refuses(&other, &["an array `adaptation`, but the state of this population is voltage, refrac"]);
    let flat = [("voltage", npy_f32(&[6], &[-60.0; 6])), ("refrac", refrac.clone())];
    refuses(&flat, &["[voltage]`", "has shape [6], but [1, 2, 3] is needed"]);
    let whole = [("voltage", npy("<i4", false, &[1, 2, 3], vec![0; 24])), ("refrac", refrac.clone())];
    refuses(&whole, &["has values of type '<i4'"]);
    let mut nan = [-60.0; 6];
    nan[4] = f32::NAN;
    refuses(&[("voltage", npy_f32(&[1, 2, 3], &nan)), ("refrac", refrac.clone())], &["`voltage[4]` = NaN mV"]);
    refuses(&[("voltage", voltage.clone()), ("refrac", npy_f32(&[1, 2, 3], &[-1.0; 6]))], &["`refrac[0]` = -1 ms"]);

    place.put("state.npz", npz(&[("voltage", voltage), ("refrac", refrac)]));
    place.succeeds("run lif.toml --state state.npz --constant 15 --steps 10");
    let whole = place.get("state.npz");
    let run = "run lif.toml --state state.npz --constant 15 --steps 10 --output out.npz";
    for length in (0..whole.len()).step_by(37) {
        place.put("state.npz", &whole[..length]);
        place.refuses(run, &["`state.npz", ""]);
    }
    place.put("state.npz", LIF);
    place.refuses(run, &["`state.npz`", "archive of `numpy.savez` (.npz)"]);
    place.refuses("run lif.toml --state none.npz --constant 15 --steps 10 --output out.npz", &["`none.npz`"]);
    place.misused("run lif.toml --state a.npz --restore b --constant 15 --steps 10 --output out.npz", &["--restore"]);
}
