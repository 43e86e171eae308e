//! What this machine has, and the command that builds for a cross target with
//! it. The choice between compilers is made in `plan.rs`.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Result, bail};
use xshell::{Cmd, Shell, cmd};

use crate::alive;
use crate::boards::TARGETS;
use crate::plan::{Facts, Plan, new_enough, plan};
use crate::tracks::Track;

const DISTRIBUTION_CARGO: &str = "/usr/bin/cargo";
const DISTRIBUTION_RUSTC: &str = "/usr/bin/rustc";
const DISTRIBUTION_CLIPPY: &str = "/usr/bin/cargo-clippy";

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
        root_on_debian: is_root_on_debian(sh),
        rustup: has_rustup(sh),
    };
    let plan_for = |target| {
        let installed = is_installed(sh, target);
        (target, plan(Facts { installed, ..facts }))
    };
    TARGETS.into_iter().map(plan_for).collect()
}

/// `cargo VERB --release` for a target by whichever compiler can; the caller
/// adds what to build. `core` built from source is kept in a directory of its
/// own, since two compilers sharing one would rebuild each other's work.
pub(crate) fn cargo<'a>(sh: &'a Shell, verb: &str, target: &str) -> Result<Cmd<'a>> {
    match plan_for(sh, target) {
        plan @ Plan::Installed => {
            let dir = target_dir(plan, target);
            Ok(cmd!(sh, "cargo {verb} --release --target {target} --target-dir {dir}"))
        }
        plan @ Plan::Distribution => {
            let dir = target_dir(plan, target);
            // The ESP32's HAL wants `alloc` to be there, though nothing here allocates.
            let std = if target.starts_with("riscv32imc-") { "-Zbuild-std=core,alloc" } else { "-Zbuild-std=core" };
            // Called by its name, as `cargo clippy` would start the first one in the PATH, perhaps rustup's.
            let program = if verb == "clippy" { DISTRIBUTION_CLIPPY } else { DISTRIBUTION_CARGO };
            // Without it cargo builds tests for unwinding, and `core` for the profile's abort.
            let tests = (verb == "test").then_some("-Zpanic-abort-tests");
            let cargo = distribution(cmd!(sh, "{program} {verb}"));
            let linker = format!("CARGO_TARGET_{}_LINKER", target.to_uppercase().replace(['-', '.'], "_"));
            let cargo = cargo.args(["--release", std]).args(tests).args(["--target", target, "--target-dir"]).arg(dir);
            Ok(cargo.env(linker, "ld.lld"))
        }
        _ => bail!("nothing here builds for {target}; `cargo xtask setup` installs what does"),
    }
}

/// `cargo VERB` of the distribution, which may do what only a nightly may.
pub(crate) fn distribution_cargo<'a>(sh: &'a Shell, verb: &str) -> Cmd<'a> {
    distribution(cmd!(sh, "{DISTRIBUTION_CARGO} {verb}"))
}

/// A program of the distribution among its own. -Zbuild-std is nightly's; RUSTC_BOOTSTRAP lets a stable compiler have it.
fn distribution(program: Cmd<'_>) -> Cmd<'_> {
    let own = own_env(program).env("RUSTC_BOOTSTRAP", "1").env("CARGO", DISTRIBUTION_CARGO);
    own.env("RUSTC", DISTRIBUTION_RUSTC)
}

/// Looks through what is named with clippy; with the compiler alone where its clippy is not there. A warning is an error.
pub(crate) fn lint(sh: &Shell, target: &str, named: &[String]) -> Result<()> {
    let plan = plan_for(sh, target);
    if has_clippy(sh, plan) {
        alive::run(cargo(sh, "clippy", target)?.args(named).args(["--", "-D", "warnings"]))
    } else {
        let check = cargo(sh, "check", target)?.args(named).env("CARGO_BUILD_WARNINGS", "deny");
        alive::run(check.args((plan == Plan::Distribution).then_some("-Zwarnings")))
    }
}

/// Whether the compiler of that plan has its clippy.
fn has_clippy(sh: &Shell, plan: Plan) -> bool {
    match plan {
        Plan::Distribution => Path::new(DISTRIBUTION_CLIPPY).exists(),
        _ => answer(cmd!(sh, "cargo clippy --version")).is_some(),
    }
}

/// Where a release build for a target leaves its images.
pub(crate) fn images(sh: &Shell, target: &str) -> PathBuf {
    target_dir(plan_for(sh, target), target).join(target).join("release")
}

/// Images of each compiler in a directory of its own, and there those of each track.
fn target_dir(plan: Plan, target: &str) -> PathBuf {
    let compiler = if plan == Plan::Distribution { "cross" } else { "installed" };
    target_root().join(compiler).join(Track::of(target).folder())
}

/// Where everything that is built goes; absolute, as firmware is built from its own folder.
pub(crate) fn target_root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    root.join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// The plan for one target. Once every target is ready, this machine is not looked at again: a survey starts a dozen processes.
fn plan_for(sh: &Shell, target: &str) -> Plan {
    static READY: OnceLock<Vec<(&'static str, Plan)>> = OnceLock::new();
    let of =
        |plans: &[(&str, Plan)]| plans.iter().find(|(name, _)| *name == target).map_or(Plan::Ask, |(_, plan)| *plan);
    if let Some(plans) = READY.get() {
        return of(plans);
    }
    let plans = survey(sh);
    let plan = of(&plans);
    if plans.iter().all(|(_, plan)| plan.ready()) {
        _ = READY.set(plans); // another track may have set the same
    }
    plan
}

/// Standard output of a command that ran and succeeded. Says nothing itself.
pub(crate) fn answer(command: Cmd<'_>) -> Option<String> {
    command.quiet().ignore_stderr().read().ok()
}

/// Whether `apt-get install` would work.
pub(crate) fn is_root_on_debian(sh: &Shell) -> bool {
    Path::new("/etc/debian_version").exists() && answer(cmd!(sh, "id -u")).as_deref() == Some("0")
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

/// Whether /usr/bin's compiler can build `core` from source, and link.
pub(crate) fn has_distribution(sh: &Shell) -> bool {
    let ask = |flags: &[&str]| answer(own_env(cmd!(sh, "{DISTRIBUTION_RUSTC}")).args(flags));
    let version = ask(&["--version"]).unwrap_or_default();
    let sysroot = ask(&["--print", "sysroot"]).unwrap_or_default();
    let source = Path::new(&sysroot).join("lib/rustlib/src/rust/library/core");
    let linker = answer(cmd!(sh, "ld.lld --version")).is_some();
    new_enough(&version) && Path::new(DISTRIBUTION_CARGO).exists() && source.exists() && linker
}

/// The command without [`FOREIGN_ENV`].
fn own_env(command: Cmd<'_>) -> Cmd<'_> {
    FOREIGN_ENV.into_iter().fold(command, |command, name| command.env_remove(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_of_no_board_is_not_built() {
        let sh = Shell::new().unwrap();
        let told = cargo(&sh, "build", "mips-unknown-none").unwrap_err().to_string();
        assert_eq!(told, "nothing here builds for mips-unknown-none; `cargo xtask setup` installs what does");
    }
}
