//! Hands the linker the memory map of the board that a feature names.

use std::env::var_os;
use std::path::Path;
use std::{fs, io};

/// Boards, by their features, and whose memory map each has.
const BOARDS: [(&str, &str); 5] =
    [("an385", "mps2"), ("an386", "mps2"), ("an500", "mps2"), ("an505", "an505"), ("an547", "an547")];

fn main() -> io::Result<()> {
    let chosen = |(board, _): &(&str, &str)| var_os(format!("CARGO_FEATURE_{}", board.to_uppercase())).is_some();
    let mut chosen = BOARDS.into_iter().filter(chosen);
    let (Some((_, memory)), None) = (chosen.next(), chosen.next()) else {
        let names = BOARDS.map(|(board, _)| board).join(", ");
        println!("cargo::error=an image is for one board: give exactly one of the features {names}");
        return Ok(());
    };
    let out = var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    fs::copy(format!("memory/{memory}.x"), Path::new(&out).join("memory.x"))?;
    println!("cargo::rustc-link-search={}", out.display());
    println!("cargo::rustc-link-arg-bins=--nmagic"); // sections as close as they are, not at pages
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    println!("cargo::rerun-if-changed=memory");
    Ok(())
}
