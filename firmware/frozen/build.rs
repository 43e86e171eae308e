//! Hands the linker the memory map of the board.

use std::env::var_os;
use std::path::Path;
use std::{fs, io};

fn main() -> io::Result<()> {
    let chosen = |board: &&str| var_os(format!("CARGO_FEATURE_{}", board.to_uppercase())).is_some();
    // None or two: the source refuses that with a reason.
    if let Some(board) = ["microbit", "an386", "rp2040"].into_iter().find(chosen) {
        let out = var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
        fs::copy(format!("memory/{board}.x"), Path::new(&out).join("memory.x"))?;
        println!("cargo:rustc-link-search={}", out.display());
        println!("cargo:rustc-link-arg-bins=-Tlink.x");
        if board == "rp2040" {
            // Without it sections begin at pages of 64 KB in the file, which some loaders write to flash.
            println!("cargo:rustc-link-arg-bins=--nmagic");
            println!("cargo:rustc-link-arg-bins=-Tlink-rp.x");
        }
    }
    println!("cargo:rerun-if-changed=memory");
    Ok(())
}
