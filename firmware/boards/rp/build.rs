//! Where the linker finds the memory of the chip that a feature names, and what it needs to be told.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let chosen = |chip: &&str| env::var_os(format!("CARGO_FEATURE_{}", chip.to_uppercase())).is_some();
    let mut chosen = ["rp2040", "rp2350"].into_iter().filter(chosen);
    let (Some(chip), None) = (chosen.next(), chosen.next()) else {
        println!("cargo::error=an image is for one chip: give exactly one of the features rp2040, rp2350");
        return Ok(());
    };
    let out = env::var("OUT_DIR")?;
    fs::copy(format!("memory/{chip}.x"), Path::new(&out).join("memory.x"))?;
    println!("cargo:rustc-link-search={out}");
    println!("cargo:rerun-if-changed=memory");
    // Without it sections begin at pages of 64 KB in the file, which some loaders write to flash.
    println!("cargo:rustc-link-arg-bins=--nmagic");
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    if env::var_os("CARGO_FEATURE_DEFMT").is_some() {
        println!("cargo:rustc-link-arg-bins=-Tdefmt.x");
    }
    if chip == "rp2040" {
        println!("cargo:rustc-link-arg-bins=-Tlink-rp.x");
    }
    Ok(())
}
