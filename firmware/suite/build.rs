//! Hands the linker the memory map of a board, as its node has it, and the scripts of its runtime and of embedded-test.

use std::env::var_os;
use std::path::Path;
use std::{fs, io};

/// Boards, by their features, and whose memory map each has.
const BOARDS: [(&str, &str); 5] = [
    ("microbit", "boards/qemu-microbit/memory.x"),
    ("mps2", "boards/qemu-mps/memory/mps2.x"),
    ("an505", "boards/qemu-mps/memory/an505.x"),
    ("an547", "boards/qemu-mps/memory/an547.x"),
    ("virt", "boards/qemu-virt/memory.x"),
];

fn main() -> io::Result<()> {
    println!("cargo::rustc-check-cfg=cfg(rust_analyzer)");
    let chosen = |(board, _): &(&str, &str)| var_os(format!("CARGO_FEATURE_{}", board.to_uppercase())).is_some();
    let Some((_, memory)) = BOARDS.into_iter().find(chosen) else {
        return Ok(());
    };
    let memory = Path::new("..").join(memory);
    let out = var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    fs::copy(&memory, Path::new(&out).join("memory.x"))?;
    println!("cargo::rustc-link-search={}", Path::new(&out).display());
    println!("cargo::rerun-if-changed={}", memory.display());
    for argument in ["--nmagic", "-Tlink.x", "-Tembedded-test.x"] {
        println!("cargo::rustc-link-arg-tests={argument}");
    }
    Ok(())
}
