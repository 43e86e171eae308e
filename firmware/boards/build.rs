//! The build script of every image that `cortex-m-rt` or `riscv-rt` starts. It passes the linker the memory
//! map and the linker scripts of the image.

use std::env::{var, var_os};
use std::error::Error;
use std::fs;
use std::path::Path;

const MPS2: &str = include_str!("qemu-mps/memory/mps2.x");

/// Features that name a board or a chip, each with its memory map. A package without such features has its
/// own `memory.x`.
const MAPS: [(&str, &str); 9] = [
    ("microbit", include_str!("qemu-microbit/memory.x")),
    ("an385", MPS2),
    ("an386", MPS2),
    ("an500", MPS2),
    ("an505", include_str!("qemu-mps/memory/an505.x")),
    ("an547", include_str!("qemu-mps/memory/an547.x")),
    ("virt", include_str!("qemu-virt/memory.x")),
    ("rp2040", include_str!("rp/memory/rp2040.x")),
    ("rp2350", include_str!("rp/memory/rp2350.x")),
];

/// Features that bring in a crate with a linker script, and the name of that script.
const SCRIPTS: [(&str, &str); 3] = [("defmt", "defmt.x"), ("on-target", "embedded-test.x"), ("rp2040", "link-rp.x")];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=Cargo.toml");
    let (package, manifest) = (var("CARGO_PKG_NAME")?, fs::read_to_string("Cargo.toml")?);
    let boards: Vec<_> = MAPS.into_iter().filter(|(board, _)| manifest.contains(&format!("\n{board} = "))).collect();
    let chosen: Vec<_> = boards.iter().filter(|(board, _)| has(board)).collect();
    let map = match chosen[..] {
        [(_, map)] => (*map).to_owned(),
        [] if boards.is_empty() => {
            println!("cargo::rerun-if-changed=memory.x");
            fs::read_to_string("memory.x")?
        }
        [] if package == "glif-suite" => return Ok(()), // the suite also builds for a host, without a board
        _ => {
            let names: Vec<_> = boards.iter().map(|(board, _)| *board).collect();
            println!("cargo::error=an image is for one board: give exactly one of the features {}", names.join(", "));
            return Ok(());
        }
    };
    let out = var("OUT_DIR")?;
    fs::write(Path::new(&out).join("memory.x"), map)?;
    println!("cargo::rustc-link-search={out}");
    // Without `--nmagic`, sections start at 64 KB page boundaries in the file, and some loaders write that
    // padding to flash. QEMU does not mind.
    if package != "glif-frozen" || has("rp2040") {
        println!("cargo::rustc-link-arg=--nmagic");
    }
    println!("cargo::rustc-link-arg=-Tlink.x");
    for (_, script) in SCRIPTS.iter().filter(|(feature, _)| has(feature)) {
        println!("cargo::rustc-link-arg=-T{script}");
    }
    Ok(())
}

/// Whether a feature of the image is enabled.
fn has(feature: &str) -> bool {
    var_os(format!("CARGO_FEATURE_{}", feature.to_uppercase().replace('-', "_"))).is_some()
}
