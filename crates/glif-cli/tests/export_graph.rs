//! `glif export` writes networks as graphs in NIR, and refuses what NIR cannot say.

use std::fs;
use std::path::Path;

use crate::common::Place;

fn runs(place: &Place, command: &str) {
    let (code, _, told) = place.glif(command);
    assert_eq!(code, 0, "{command}: {told}");
}

/// A graph, imported as `net.toml`.
fn imported(graph: &str, options: &str) -> Place {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/nir/graphs");
    let place = Place::new();
    place.put("given.nir", fs::read(folder.join(format!("{graph}.nir"))).unwrap());
    runs(&place, &format!("import given.nir --step-time 1 --output net.toml {options}"));
    place
}

/// What goes out, and comes in and goes out again, is the same file.
#[test]
fn an_exported_network_comes_back() {
    let place = imported("self_recurrent", "--reset subtract");
    let (code, said, told) = place.glif("export net.toml --output net.nir");
    assert_eq!((code, said.as_str()), (0, "written: net.nir\n"), "{told}");
    for line in [
        "population: `cuba`: model glif2 -> node of type CubaLIF, 6 neurons",
        "population: `cuba` is before node `output` of type Output",
        "folded: from `lif` to `lif` -> node `lif_to_lif` of type Linear, on a circle, which adds a step",
        "folded: from `input` to `lif` -> node `input_to_lif` of type Affine",
        "assumed: NIR has no kind of reset: a spike takes the threshold off (--reset subtract)",
    ] {
        assert!(told.lines().any(|told| told == line), "no {line:?} in:\n{told}");
    }
    runs(&place, "import net.nir --step-time 1 --output again.toml --reset subtract");
    runs(&place, "export again.toml --output again.nir");
    assert!(place.get("net.nir") == place.get("again.nir"));
}

#[test]
fn what_cannot_be_exported_is_rejected() {
    let place = imported("own_lif", "");
    place.misused("export net.toml --output net.toml", &["the name must end in .nir"]);
    place.misused("export net.toml", &["--output"]);
    place.refuses("export absent.toml --output net.nir", &["`absent.toml`"]);
    let text = String::from_utf8(place.get("net.toml")).unwrap();
    place.put("net.toml", text.replace("refrac_t = 0.0", "refrac_t = 3.0"));
    place.refuses(
        "export net.toml --output net.nir",
        &["`net.toml`: `populations.lif.params.refrac_t`: NIR has no refractory time", "help: "],
    );
    place.put("net.toml", text.replace("refrac_t = 0.0", "refrac_t = 3.0\ninitial_v = 0.25"));
    place.refuses(
        "export net.toml --output net.nir",
        &[
            "`net.toml`: cannot be exported:",
            "  `populations.lif.params.refrac_t`",
            "  `populations.lif.params.initial_v`",
        ],
    );
    place.put("one.toml", fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/spiking.toml")).unwrap());
    place.refuses("export one.toml --output net.nir", &["`one.toml`: a population file", "help: "]);
    assert!(!place.path("net.nir").exists());
}
