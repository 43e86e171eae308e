//! What the linker needs to be told.

fn main() {
    println!("cargo:rustc-link-arg-bins=-Tlinkall.x");
}
