//! The trained networks in `firmware/frozen`: their sources, their input, and what their images must send. `GLIF_BLESS=1`
//! rewrites them.

use std::fs;
use std::path::{Path, PathBuf};

use glif::network::Network;
use glif_cli::arrays::{Input, build_network, read_inputs, read_labels, read_network};

use crate::common::Place;
use crate::freeze::{committed, committed_bytes};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn frozen(name: &str) -> PathBuf {
    root().join("firmware/frozen").join(name)
}

/// Imports a graph as `NAME.toml`, freezes it, compares the source with the committed one, and builds the network.
fn network(place: &Place, name: &str, options: &str, source: &str) -> Network {
    let (code, _, err) = place.glif(&format!("import {name}.nir {options} --output {name}.toml"));
    assert_eq!(code, 0, "{err}");
    let (code, _, err) = place.glif(&format!("freeze {name}.toml --output {name}.rs"));
    assert_eq!(code, 0, "{err}");
    committed(&frozen(source), &String::from_utf8(place.get(&format!("{name}.rs"))).unwrap());
    let path = place.path(&format!("{name}.toml"));
    build_network(&path, &read_network(&path).unwrap()).unwrap()
}

/// Returns the neurons of a population that fired in the last step, as words.
fn words(network: &Network, population: &str, count: usize) -> Vec<u32> {
    let mut words = vec![0; count];
    network.fired(population).unwrap().iter().for_each(|(_, neuron)| words[neuron / 32] |= 1 << (neuron % 32));
    words
}

/// The output of `firmware/frozen` with the feature `digits`: of each sample the label, the class and a checksum of all
/// spikes. The classes are those of `glif evaluate`.
#[test]
fn lines_of_the_frozen_digits() {
    const STEPS: usize = 16;
    let place = Place::new();
    for file in ["digits.nir", "samples.npz", "labels.npy"] {
        place.put(file, fs::read(root().join("examples/digits").join(file)).unwrap());
    }
    for scalar in ["i16f16", "i8f8"] {
        let options = format!("--step-time 1 --scalar {scalar} --weights i8");
        let at_rest = network(&place, "digits", &options, &format!("src/digits/{scalar}.rs"));
        let inputs = read_inputs(&place.path("samples.npz"), at_rest.description()).unwrap();
        let (samples, [(_, pixels, Input::Spikes(spikes))]) = (inputs.samples.unwrap(), &inputs.of[..]) else {
            panic!("{inputs:?}")
        };
        assert_eq!((samples, inputs.steps, *pixels), (450, STEPS, 64));
        let labels = read_labels(&place.path("labels.npy"), samples, 10).unwrap();
        let (mut stored, mut lines, mut correct) = (Vec::new(), String::new(), 0);
        for (label, sample) in labels.iter().zip(spikes.chunks(STEPS * pixels)) {
            let brightness: Vec<u8> =
                (0..*pixels).map(|pixel| sample.iter().skip(pixel).step_by(*pixels).sum::<u16>() as u8).collect();
            stored.push(*label as u8);
            stored.extend(&brightness);
            let mut network = at_rest.clone();
            let (mut counts, mut checksum) = ([0; 10], 0_u32);
            for (step, row) in sample.chunks(*pixels).enumerate() {
                // The firmware makes the spikes of the brightness.
                let until = |step: usize, brightness: u8| step * usize::from(brightness) / STEPS;
                let of = |brightness: &u8| (until(step + 1, *brightness) - until(step, *brightness)) as u16;
                assert_eq!(brightness.iter().map(of).collect::<Vec<_>>(), row);
                let spikes: Vec<u32> = row.iter().map(|count| u32::from(*count)).collect();
                network.set_spikes("input", &spikes).unwrap();
                network.step().unwrap();
                network.fired("digit").unwrap().iter().for_each(|(_, digit)| counts[digit] += 1);
                let fired = [words(&network, "hidden", 2), words(&network, "digit", 1)].concat();
                checksum = fired.iter().fold(checksum, |sum, word| (sum ^ word).wrapping_mul(16_777_619));
            }
            let most = counts.iter().max().unwrap();
            let class = counts.iter().position(|count| count == most).unwrap();
            correct += usize::from(class == *label as usize);
            lines += &format!("{:08x}{checksum:08x}\n", label << 4 | class as u32);
        }
        committed_bytes(&frozen("src/digits/samples.bin"), &stored);
        committed(&frozen(&format!("digits-{scalar}.txt")), &lines);
        let (_, told, _) = place.glif("evaluate digits.toml --input samples.npz --labels labels.npy --json");
        assert!(told.contains(&format!("\"correct\":{correct},\"ties\"")), "{told}");
        assert!(correct as f64 >= 0.97 * samples as f64, "{scalar}: {correct}");
    }
}

/// The output of `firmware/frozen` with the feature `braille`: the spikes of both layers in each step. They are those of
/// the equations in f64.
#[test]
fn lines_of_the_frozen_braille_network() {
    let place = Place::new();
    let golden = root().join("tests/golden/nir");
    place.put("braille.nir", fs::read(golden.join("graphs/braille_noDelay_bias_zero.nir")).unwrap());
    place.put("golden.npz", fs::read(golden.join("cases/braille_noDelay_bias_zero.npz")).unwrap());
    let arrays = place.arrays("golden.npz");
    let [input, recurrent, readout] = ["input/input", "spikes/lif1.lif", "spikes/lif2"].map(|name| &arrays[name].2);
    let mut network = network(&place, "braille", "--step-time 0.1", "src/braille/f32.rs");
    let (mut stored, mut lines) = (Vec::new(), String::new());
    for (step, row) in input.chunks(12).enumerate() {
        let row: Vec<u32> = row.iter().map(|spikes| *spikes as u32).collect();
        assert!(row.iter().all(|spikes| *spikes <= 1));
        stored.extend(row.iter().rev().fold(0_u16, |word, spike| word << 1 | *spike as u16).to_le_bytes());
        network.set_spikes("input", &row).unwrap();
        network.step().unwrap();
        for (name, golden, neurons) in [("lif1_lif", recurrent, 38), ("lif2", readout, 7)] {
            let expected = (0..neurons).filter(|neuron| golden[step * neurons + neuron] > 0.0);
            assert!(network.fired(name).unwrap().iter().map(|(_, neuron)| neuron).eq(expected), "step {step}, {name}");
        }
        let [recurrent, readout] = [words(&network, "lif1_lif", 2), words(&network, "lif2", 1)];
        lines += &format!("{:08x}{:08x}{:08x}\n", readout[0], recurrent[1], recurrent[0]);
    }
    assert_eq!(lines.lines().count(), 256);
    committed_bytes(&frozen("src/braille/input.bin"), &stored);
    committed(&frozen("braille.txt"), &lines);
}
