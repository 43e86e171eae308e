//! `races`: runs the library's tests under the thread sanitizer, which observes every access to memory that
//! two threads share.
//!
//! The standard library must be instrumented too; otherwise each of its locks and channels looks like a race.
//! So it is built from source, by a nightly compiler that has the source. Otherwise the distribution's
//! compiler builds it, because that has the source, with the sanitizer's runtime from a nightly.

use std::path::Path;

use anyhow::{Result, bail};
use xshell::{Cmd, Shell, cmd};

use crate::alive;
use crate::toolchain::{answer, distribution_cargo, has_distribution, target_root};

/// What a user types if neither way is possible.
const MEND: &str = "rustup toolchain install nightly --component rust-src";

/// Runs the library's tests, including those with many threads. A race is an error.
pub(crate) fn races(sh: &Shell) -> Result<()> {
    let Some(host) = host(sh) else { bail!("`rustc -vV` does not report the host") };
    let Some(cargo) = instrumented(sh, &host) else {
        bail!("the thread sanitizer needs a nightly compiler and the source of the standard library: {MEND}");
    };
    let built = target_root().join("races");
    alive::run(cargo.args(["-p", "glif", "--lib", "-Zbuild-std", "--target", &host, "--target-dir"]).arg(built))
}

/// Returns the cargo that can do this, with its flags, if there is one.
fn instrumented<'a>(sh: &'a Shell, host: &str) -> Option<Cmd<'a>> {
    let nightly = answer(cmd!(sh, "rustup run nightly rustc --print sysroot"))?;
    let sanitize = "-Zsanitizer=thread";
    let libraries = Path::new(&nightly).join("lib/rustlib");
    if libraries.join("src/rust/library").exists() {
        return Some(cmd!(sh, "rustup run nightly cargo test").env("RUSTFLAGS", sanitize));
    }
    let runtime = libraries.join(host).join("lib/librustc-nightly_rt.tsan.a");
    (runtime.exists() && has_distribution(sh)).then(|| {
        // The whole runtime, because the compiler generates the calls to it. The libraries that it calls
        // follow it, because rustc puts them before it on the command line.
        let runtime = format!("-Wl,--whole-archive,{},--no-whole-archive,--export-dynamic", runtime.display());
        let link = [&runtime, "-lc", "-lm", "-lrt", "-ldl", "-fuse-ld=lld"].map(|arg| format!("-Clink-arg={arg}"));
        let flags = format!("{sanitize} -Zexternal-clangrt {}", link.join(" "));
        distribution_cargo(sh, "test").env("RUSTFLAGS", flags)
    })
}

/// Returns the target of this machine.
fn host(sh: &Shell) -> Option<String> {
    let text = answer(cmd!(sh, "rustc -vV"))?;
    text.lines().find_map(|line| line.strip_prefix("host: ")).map(ToOwned::to_owned)
}
