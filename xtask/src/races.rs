//! `races`: the library's tests under the thread sanitizer, which sees every access to memory that two threads share.
//!
//! The standard library has to be instrumented too, or each lock and each channel in it looks like a race. So it is
//! built from source: by a nightly compiler that has its source, or else by the distribution's, which has, with the
//! sanitizer's runtime from a nightly.

use std::path::Path;

use anyhow::{Result, bail};
use xshell::{Cmd, Shell, cmd};

use crate::alive;
use crate::toolchain::{answer, distribution_cargo, has_distribution, target_root};

/// What a person types where neither way is open.
const MEND: &str = "rustup toolchain install nightly --component rust-src";

/// The library's tests, those on many threads among them; a race is an error.
pub(crate) fn races(sh: &Shell) -> Result<()> {
    let Some(host) = host(sh) else { bail!("`rustc -vV` does not tell the host") };
    let Some(cargo) = instrumented(sh, &host) else {
        bail!("the thread sanitizer needs a nightly compiler and the source of the standard library: {MEND}");
    };
    let built = target_root().join("races");
    alive::run(cargo.args(["-p", "glif", "--lib", "-Zbuild-std", "--target", &host, "--target-dir"]).arg(built))
}

/// The cargo that can, with its flags, if there is one.
fn instrumented<'a>(sh: &'a Shell, host: &str) -> Option<Cmd<'a>> {
    let nightly = answer(cmd!(sh, "rustup run nightly rustc --print sysroot"))?;
    let sanitize = "-Zsanitizer=thread";
    let libraries = Path::new(&nightly).join("lib/rustlib");
    if libraries.join("src/rust/library").exists() {
        return Some(cmd!(sh, "rustup run nightly cargo test").env("RUSTFLAGS", sanitize));
    }
    let runtime = libraries.join(host).join("lib/librustc-nightly_rt.tsan.a");
    (runtime.exists() && has_distribution(sh)).then(|| {
        // All of the runtime, as it is the compiler that calls it; and what it calls, which comes before it in the line.
        let runtime = format!("-Wl,--whole-archive,{},--no-whole-archive,--export-dynamic", runtime.display());
        let link = [&runtime, "-lc", "-lm", "-lrt", "-ldl", "-fuse-ld=lld"].map(|arg| format!("-Clink-arg={arg}"));
        let flags = format!("{sanitize} -Zexternal-clangrt {}", link.join(" "));
        distribution_cargo(sh, "test").env("RUSTFLAGS", flags)
    })
}

/// The target of this machine.
fn host(sh: &Shell) -> Option<String> {
    let text = answer(cmd!(sh, "rustc -vV"))?;
    text.lines().find_map(|line| line.strip_prefix("host: ")).map(ToOwned::to_owned)
}
