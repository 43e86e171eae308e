//! What this machine has, and the command that builds for a cross target with
//! it. The choice between compilers is made in `plan.rs`.

use std::env;
use std::path::Path;

use anyhow::{Result, bail};
use xshell::{Cmd, Shell, cmd};

use crate::plan::{Facts, Plan, new_enough, plan};

/// The targets every change must build for: the Cortex-M0, which has no atomics
/// and no wide multiply; the Cortex-M4F; and RISC-V.
pub(crate) const TARGETS: [&str; 3] = ["thumbv6m-none-eabi", "thumbv7em-none-eabihf", "riscv32imac-unknown-none-elf"];

/// Set by rustup, `cargo run` or a person for the compiler in use. None of it
/// may reach /usr/bin's, nor host flags a microcontroller.
const FOREIGN_ENV: [&str; 10] = [
    "CARGO",
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "LD_LIBRARY_PATH",
    "RUSTC",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTDOC",
    "RUSTFLAGS",
    "RUSTUP_TOOLCHAIN",
];

/// Looks at this machine and applies [`plan`] to each of [`TARGETS`].
pub(crate) fn survey(sh: &Shell) -> Vec<(&'static str, Plan)> {
    let facts = Facts {
        installed: false,
        distribution: has_distribution(sh),
        root_on_debian: Path::new("/etc/debian_version").exists() && answer(cmd!(sh, "id -u")).as_deref() == Some("0"),
        rustup: has_rustup(sh),
    };
    let plan_for = |target| {
        let installed = is_installed(sh, target);
        (target, plan(Facts { installed, ..facts }))
    };
    TARGETS.into_iter().map(plan_for).collect()
}

/// `cargo build --release` for a target by whichever compiler can; the caller
/// adds what to build. `core` built from source is kept in a directory of its
/// own, since two compilers sharing one would rebuild each other's work.
pub(crate) fn build<'a>(sh: &'a Shell, target: &str, plan: Plan) -> Result<Cmd<'a>> {
    match plan {
        Plan::Installed => Ok(cmd!(sh, "cargo build --release --target {target}")),
        Plan::Distribution => {
            let dir = env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".into()) + "/cross";
            let cargo = cmd!(sh, "/usr/bin/cargo build --release -Zbuild-std=core")
                .args(["--target", target, "--target-dir", &dir])
                // -Zbuild-std is nightly's; this lets a stable compiler have it.
                .env("RUSTC_BOOTSTRAP", "1");
            Ok(own_env(cargo).env("RUSTC", "/usr/bin/rustc"))
        }
        _ => bail!("nothing here builds for {target}; cargo xtask setup mends that"),
    }
}

/// Standard output of a command that ran and succeeded. Says nothing itself.
pub(crate) fn answer(command: Cmd<'_>) -> Option<String> {
    command.quiet().ignore_stderr().read().ok()
}

/// Whether rustup answers.
pub(crate) fn has_rustup(sh: &Shell) -> bool {
    answer(cmd!(sh, "rustup --version")).is_some()
}

/// Whether the active toolchain's directory for `target` holds a compiled `core`.
fn is_installed(sh: &Shell, target: &str) -> bool {
    let libdir = answer(cmd!(sh, "rustc --print target-libdir --target {target}"));
    let names = libdir.and_then(|dir| std::fs::read_dir(dir).ok());
    let is_core = |name: &str| name.starts_with("libcore-") && name.ends_with(".rlib");
    names.is_some_and(|names| names.flatten().any(|n| n.file_name().to_str().is_some_and(is_core)))
}

/// Whether /usr/bin's compiler can build `core` from source.
fn has_distribution(sh: &Shell) -> bool {
    let ask = |flags: &[&str]| answer(own_env(cmd!(sh, "/usr/bin/rustc")).args(flags));
    let version = ask(&["--version"]).unwrap_or_default();
    let sysroot = ask(&["--print", "sysroot"]).unwrap_or_default();
    let source = Path::new(&sysroot).join("lib/rustlib/src/rust/library/core");
    new_enough(&version) && Path::new("/usr/bin/cargo").exists() && source.exists()
}

/// The command without [`FOREIGN_ENV`].
fn own_env(command: Cmd<'_>) -> Cmd<'_> {
    FOREIGN_ENV.into_iter().fold(command, |command, name| command.env_remove(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unready_plan_refuses_to_build() {
        let sh = Shell::new().unwrap();
        for plan in [Plan::Apt, Plan::Rustup, Plan::Ask] {
            assert!(build(&sh, TARGETS[0], plan).is_err());
        }
    }
}
