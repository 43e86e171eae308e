//! `glif freeze` writes the committed sources byte for byte. `GLIF_BLESS=1` rewrites them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cases::{CASES, OWN_CASES, own_population_file, population_file};
use crate::common::{ALIF, LIF, Place, with};
use glif::description::Named as _;
use glif::network::NetworkDescription;
use glif::{Currents, Description, NumberFormat};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Compares a text with a file of the repository, or writes that file.
pub(crate) fn committed(path: &Path, text: &str) {
    committed_bytes(path, text.as_bytes());
}

/// Compares bytes with a file of the repository, or writes that file.
pub(crate) fn committed_bytes(path: &Path, bytes: &[u8]) {
    if std::env::var_os("GLIF_BLESS").is_some() {
        fs::write(path, bytes).unwrap();
    }
    let stored = fs::read(path).unwrap_or_default();
    assert!(stored == bytes, "{} is out of date; GLIF_BLESS=1 writes it anew", path.display());
}

#[test]
fn sources_of_the_tests() {
    let place = Place::new();
    let shared = CASES.iter().map(|(name, ..)| (*name, population_file(name)));
    for (name, text) in shared.chain(OWN_CASES.map(|name| (name, own_population_file(name)))) {
        place.put(&format!("{name}.toml"), text);
        // The component that decays at once in one of the cases causes a note.
        let (code, said, _) = place.glif(&format!("freeze {name}.toml --output {name}.rs"));
        assert_eq!((code, said), (0, format!("written: {name}.rs\n")));
        let text = String::from_utf8(place.get(&format!("{name}.rs"))).unwrap();
        committed(&Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/frozen/{name}.rs")), &text);
    }
}

#[test]
fn sources_of_the_frozen_firmware() {
    let place = Place::new();
    let root = PathBuf::from(ROOT);
    place.put("frozen.toml", fs::read(root.join("examples/frozen.toml")).unwrap());
    for scalar in ["f32", "i16f16"] {
        let text = place.succeeds(&format!("freeze frozen.toml --scalar {scalar}"));
        committed(&root.join(format!("firmware/frozen/src/population/{scalar}.rs")), &text);
    }
    place.put("lif_r_asc_a.toml", fs::read(root.join("examples/allen/lif_r_asc_a.toml")).unwrap());
    let text = place.succeeds("freeze lif_r_asc_a.toml");
    committed(&root.join("firmware/frozen/src/population/allen.rs"), &text);
}

/// The output of `firmware/frozen` with the feature `allen`: the steps in which the mouse neuron fires.
#[test]
fn lines_of_the_frozen_mouse_neuron() {
    let root = PathBuf::from(ROOT);
    let description = Description::read(&root.join("examples/allen/lif_r_asc_a.toml")).unwrap();
    let mut population = description.build().unwrap();
    let mut lines = String::new();
    for step in 0..10_000 {
        let current = if (1_000..9_000).contains(&step) { 0.25 } else { 0.0 };
        population.load(Currents::F64(&[current])).unwrap();
        if population.step(description.options()).unwrap().count() > 0 {
            lines += &format!("{step:08x}\n");
        }
    }
    assert_eq!(lines.lines().count(), 16);
    committed(&root.join("firmware/frozen/allen.txt"), &lines);
}

/// Returns the spikes of an ear in a step of the network of `examples/direction`; 0 is the left one. As in
/// `firmware/frozen/src/direction/sound.rs`.
pub(crate) fn ear(step: u32, ear: u32) -> Vec<u32> {
    let lag = (step / 2000 % 9 * 2) as i32 - 8;
    let late = if ear == 1 { lag.max(0) } else { (-lag).max(0) };
    let at = step.wrapping_sub(late as u32);
    let (click, phase) = (at / 50, at % 50);
    let fires = |fibre: u32| {
        let mut hash = click.wrapping_mul(8).wrapping_add(fibre + 1).wrapping_mul(2_654_435_761);
        hash ^= hash >> 15;
        hash = hash.wrapping_mul(2_246_822_519);
        hash ^= hash >> 13;
        u32::from(phase == hash >> 8 & 1 && hash >> 16 & 7 != 0)
    };
    (0..8).map(fires).collect()
}

/// The output of `firmware/frozen` with the feature `network`: the spikes of the second layer. In each direction of the
/// sound most of them are of one neuron, from the first to the last.
#[test]
fn lines_of_the_frozen_network() {
    let root = PathBuf::from(ROOT);
    let file = root.join("examples/direction/direction.toml");
    let place = Place::new();
    place.put("direction.toml", fs::read(&file).unwrap());
    for scalar in ["f32", "i16f16"] {
        let text = place.succeeds(&format!("freeze direction.toml --scalar {scalar}"));
        committed(&root.join(format!("firmware/frozen/src/direction/{scalar}.rs")), &text);
        let mut description = NetworkDescription::read(&file).unwrap();
        description.scalar = NumberFormat::named(scalar).unwrap();
        let mut network = description.build().unwrap();
        let (mut lines, mut counts) = (String::new(), [[0; 9]; 9]);
        for step in 0..18_000 {
            network.set_spikes("left", &ear(step, 0)).unwrap();
            network.set_spikes("right", &ear(step, 1)).unwrap();
            network.step().unwrap();
            for (_, neuron) in network.fired("direction").unwrap() {
                lines += &format!("{:08x}\n", step << 4 | neuron as u32);
                counts[(step / 2000) as usize][neuron] += 1;
            }
        }
        for (direction, counts) in counts.iter().enumerate() {
            let most = counts.iter().enumerate().max_by_key(|(_, count)| **count).map(|(neuron, _)| neuron);
            assert_eq!(most, Some(direction), "{counts:?}");
        }
        committed(&root.join("firmware/frozen/direction.txt"), &lines);
    }
}

/// The output of `firmware/frozen`: the same population on the host, under the same currents.
///
/// In a thousand steps its two number formats agree on every spike.
#[test]
fn lines_of_the_frozen_firmware() {
    let root = PathBuf::from(ROOT);
    let file = fs::read_to_string(root.join("examples/frozen.toml")).unwrap();
    for scalar in ["f32", "i16f16"] {
        let text = with(&file, "\"i16f16\"", &format!("{scalar:?}"));
        let description = Description::from_toml(&text).unwrap();
        let mut population = description.build().unwrap();
        let neurons = population.neurons() as u64;
        let lines = (0..1000).map(|step| {
            let halves = (0..neurons).map(|i| (step / 8 + i) % 64);
            let currents: Vec<f64> = halves.map(|halves| halves as f64 / 2.0).collect();
            population.load(Currents::F64(&currents)).unwrap();
            let words = population.step(description.options()).unwrap().sample(0).iter().rev();
            words.map(|word| format!("{word:08x}")).collect::<String>() + "\n"
        });
        committed(&root.join("firmware/frozen/spikes.txt"), &lines.collect::<String>());
    }
}

/// --scalar has the effect of another scalar in the file, and standard output has the text of the file.
#[test]
fn scalar_option_and_output_option_give_the_same_source() {
    let place = Place::new();
    place.put("p.toml", with(LIF, "\"f32\"", "\"i8f8\""));
    let by_file = place.succeeds("freeze p.toml");
    place.put("p.toml", LIF);
    place.put("p.rs", "old");
    place.succeeds("freeze p.toml --scalar i8f8 --output p.rs");
    assert_eq!(place.get("p.rs"), by_file.as_bytes());
    assert_ne!(place.succeeds("freeze p.toml"), by_file);
}

/// A rounding mode in the file belongs to the number format that `--scalar` replaces.
#[test]
fn floating_point_has_no_rounding() {
    let place = Place::new();
    let seeded = with(LIF, "scalar = \"f32\"", "scalar = \"i8f8\"\nrounding = \"stochastic\"");
    place.put("seeded.toml", seeded);
    let frozen = place.succeeds("freeze seeded.toml --scalar f32");
    assert!(frozen.contains("rounding: Nearest"), "{frozen}");
    assert!(place.succeeds("freeze seeded.toml --scalar i9f7").contains("rounding: Stochastic"));
}

/// The number of bytes in the comment is that of the arrays, and `glif inspect` has it too.
#[test]
fn own_parameters_are_frozen_in_any_format() {
    let place = Place::new();
    let own = with(LIF, "thresh_v = -50.0", "thresh_v = { normal = [-50.0, 2.0], max = -45.0 }");
    let own = with(&own, "time_constant = 20.0", "time_constant = { each = [20.0, 21.0, 22.0, 23.0, 24.0, 25.0] }");
    place.put("p.toml", with(&own, "[params]", "seed = 9\n[params]"));
    for (scalar, each, of) in [
        ("f32", 8, "[f32; NEURONS]"),
        ("f64", 16, "[f64; NEURONS]"),
        ("i16f16", 8, "[I16F16; NEURONS]"),
        ("i9f7", 6, "[I9F7; NEURONS]"),
    ] {
        let source = place.succeeds(&format!("freeze p.toml --scalar {scalar}"));
        let told =
            format!("// The arrays of own coefficients take {} bytes of flash: {each} for each neuron.\n", 6 * each);
        assert!(source.contains(&told) && source.contains(&format!("pub static THRESHOLD: {of}")), "{source}");
        assert!(source.contains("// time_constant = 20 to 25 ms over the neurons\n"), "{source}");
        let drawn = source.lines().find(|line| line.starts_with("// thresh_v = ")).unwrap();
        assert!(drawn.ends_with(" mV over the neurons, drawn with seed 9"), "{drawn}");
        assert_eq!(source, place.succeeds(&format!("freeze p.toml --scalar {scalar}")));
    }
    place.put("p.toml", with(&own, "{ normal = [-50.0, 2.0], max = -45.0 }", "{ each = [-50, -40, 20, 200, 10, 0] }"));
    place.succeeds("freeze p.toml --scalar i16f16");
    place.refuses("freeze p.toml --scalar i8f8 --output p.rs", &["in i8f8: ", "`thresh_v[3]` = 200 mV"]);
}

#[test]
fn populations_that_cannot_be_frozen_are_rejected() {
    let place = Place::new();
    place.refuses("freeze alif.toml --output p.rs", &["`batch_size` = 2: firmware has one sample"]);
    place.refuses("freeze lif.toml --output no/p.rs", &["no/p.rs", "its directory does not exist"]);
    place.refuses("freeze absent.toml", &["absent.toml"]);
    let slow = with(&with(ALIF, "batch_size = 2", ""), "[30.0, 20.0]", "30000.0");
    place.put("slow.toml", slow);
    place.refuses("freeze slow.toml --scalar i8f8 --output p.rs", &["spike_increment", "stalls"]);
    place.misused("freeze lif.toml --scalar i7f9", &["i7f9"]);
    place.misused("freeze lif.toml --output out.npz", &["out.npz", "end in .rs"]);
}
