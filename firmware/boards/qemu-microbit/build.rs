//! Hands the linker the memory map.

use std::env::var_os;

fn main() {
    if let Some(folder) = var_os("CARGO_MANIFEST_DIR") {
        println!("cargo::rustc-link-search={}", folder.display());
    }
    println!("cargo::rustc-link-arg-bins=--nmagic"); // sections as close as they are, not at pages
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    println!("cargo::rerun-if-changed=memory.x");
}
