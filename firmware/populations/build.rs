//! Hands the linker the memory map of the board, as its node has it.

use std::env::var_os;
use std::path::Path;
use std::{fs, io};

/// Boards, by their features, and whose memory map each has.
const BOARDS: [(&str, &str); 4] = [
    ("microbit", "boards/qemu-microbit/memory.x"),
    ("an385", "boards/qemu-mps/memory/mps2.x"),
    ("an386", "boards/qemu-mps/memory/mps2.x"),
    ("virt", "boards/qemu-virt/memory.x"),
];

fn main() -> io::Result<()> {
    let chosen = |(board, _): &(&str, &str)| var_os(format!("CARGO_FEATURE_{}", board.to_uppercase())).is_some();
    let mut chosen = BOARDS.into_iter().filter(chosen);
    let (Some((_, memory)), None) = (chosen.next(), chosen.next()) else {
        let names = BOARDS.map(|(board, _)| board).join(", ");
        println!("cargo::error=an image is for one board: give exactly one of the features {names}");
        return Ok(());
    };
    let memory = Path::new("..").join(memory);
    let out = var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    fs::copy(&memory, Path::new(&out).join("memory.x"))?;
    println!("cargo::rustc-link-search={}", Path::new(&out).display());
    println!("cargo::rustc-link-arg-bins=--nmagic"); // sections as close as they are, not at pages
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    println!("cargo::rerun-if-changed={}", memory.display());
    Ok(())
}
