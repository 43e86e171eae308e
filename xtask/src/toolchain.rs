//! Which compiler builds for a cross target on this machine, and the command that does.
//!
//! Two kinds of people are served: those with rustup, and those who have only what their distribution packages. Debian ships no
//! `core` for microcontrollers, but it does ship the source of one, so its compiler builds `core` along with the crate.

use std::path::{Path, PathBuf};
use std::{env, fmt};

use anyhow::{Context as _, Result};
use xshell::{Cmd, Shell, cmd};

use crate::alive;
use crate::boards::TARGETS;

/// The oldest Rust that builds the workspace, `rust-version` of Cargo.toml.
pub(crate) const FLOOR: &str = env!("CARGO_PKG_RUST_VERSION");

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

/// What builds for a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compiler {
    /// Plain cargo: the active toolchain holds a built `core` for the target.
    Installed,
    /// The distribution's cargo, which builds `core` too.
    Distribution,
}

impl Compiler {
    /// What is there comes before what builds `core` first.
    fn choose(installed: bool, distribution: bool) -> Option<Self> {
        if installed { Some(Compiler::Installed) } else { distribution.then_some(Compiler::Distribution) }
    }

    /// The compiler of a board's target on this machine, if there is one.
    pub(crate) fn of(sh: &Shell, target: &str) -> Option<Self> {
        let known = TARGETS.contains(&target);
        known.then(|| Self::choose(is_installed(sh, target), has_distribution(sh))).flatten()
    }

    /// The same where a build cannot do without.
    fn needed(sh: &Shell, target: &str) -> Result<Self> {
        let told = || format!("nothing here builds for {target}; `cargo xtask setup` installs what does");
        Self::of(sh, target).with_context(told)
    }

    /// Where it builds: in a folder of its own, as two compilers sharing one would rebuild each other's work.
    fn folder(self) -> PathBuf {
        target_root().join(if self == Compiler::Distribution { "cross" } else { "installed" })
    }

    /// Whether its clippy is there.
    fn has_clippy(self, sh: &Shell) -> bool {
        match self {
            Compiler::Distribution => Path::new(DISTRIBUTION_CLIPPY).exists(),
            Compiler::Installed => answer(cmd!(sh, "cargo clippy --version")).is_some(),
        }
    }
}

impl fmt::Display for Compiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Compiler::Installed => "installed in the active toolchain",
            Compiler::Distribution => "/usr/bin/rustc, core from source, ld.lld",
        })
    }
}

/// `cargo VERB --release` for a target by whichever compiler can; the caller adds what to build.
pub(crate) fn cargo<'a>(sh: &'a Shell, verb: &str, target: &str) -> Result<Cmd<'a>> {
    let compiler = Compiler::needed(sh, target)?;
    let cargo = match compiler {
        Compiler::Installed => cmd!(sh, "cargo {verb}"),
        Compiler::Distribution => {
            // The ESP32's HAL wants `alloc` to be there, though nothing here allocates.
            let std = if target.starts_with("riscv32imc-") { "-Zbuild-std=core,alloc" } else { "-Zbuild-std=core" };
            // Called by its name, as `cargo clippy` would start the first one in the PATH, perhaps rustup's.
            let program = if verb == "clippy" { DISTRIBUTION_CLIPPY } else { DISTRIBUTION_CARGO };
            // Without it cargo builds tests for unwinding, and `core` for the profile's abort.
            let tests = (verb == "test").then_some("-Zpanic-abort-tests");
            let linker = format!("CARGO_TARGET_{}_LINKER", target.to_uppercase().replace(['-', '.'], "_"));
            distribution(cmd!(sh, "{program} {verb}")).arg(std).args(tests).env(linker, "ld.lld")
        }
    };
    Ok(cargo.args(["--release", "--target", target, "--target-dir"]).arg(compiler.folder()))
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
    let compiler = Compiler::needed(sh, target)?;
    if compiler.has_clippy(sh) {
        return alive::run(cargo(sh, "clippy", target)?.args(named).args(["--", "-D", "warnings"]));
    }
    let check = cargo(sh, "check", target)?.args(named).env("CARGO_BUILD_WARNINGS", "deny");
    alive::run(check.args((compiler == Compiler::Distribution).then_some("-Zwarnings")))
}

/// Where a release build for a target leaves its images.
pub(crate) fn images(sh: &Shell, target: &str) -> Result<PathBuf> {
    Ok(Compiler::needed(sh, target)?.folder().join(target).join("release"))
}

/// Where everything that is built goes; absolute, as firmware is built from its own folder.
pub(crate) fn target_root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    root.join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// Standard output of a command that ran and succeeded. Says nothing itself.
pub(crate) fn answer(command: Cmd<'_>) -> Option<String> {
    command.quiet().ignore_stderr().read().ok()
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

/// Whether `version`, as `rustc --version` prints it, is at least [`FLOOR`].
pub(crate) fn new_enough(version: &str) -> bool {
    let number = version.split_whitespace().nth(1).unwrap_or_default();
    minor(number) >= minor(FLOOR)
}

/// Major and minor number of `1.89` or `1.96.0-nightly`; `None`, the least, if there are none.
fn minor(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_installed_outweighs_what_builds_core_first() {
        for distribution in [false, true] {
            assert_eq!(Compiler::choose(true, distribution), Some(Compiler::Installed));
        }
        assert_eq!(Compiler::choose(false, true), Some(Compiler::Distribution));
        assert_eq!(Compiler::choose(false, false), None);
    }

    #[test]
    fn a_target_of_no_board_is_not_built() {
        let sh = Shell::new().unwrap();
        let told = cargo(&sh, "build", "mips-unknown-none").unwrap_err().to_string();
        assert_eq!(told, "nothing here builds for mips-unknown-none; `cargo xtask setup` installs what does");
    }

    #[test]
    fn old_and_unreadable_compilers_are_refused() {
        assert!(!new_enough("rustc 1.63.0 (Debian 12's plain rustc)"));
        assert!(new_enough("rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)"));
        assert!(new_enough(&format!("rustc {FLOOR}.0")));
        assert!(new_enough("rustc 2.0.0-nightly"));
        assert!(!new_enough(""));
        assert!(!new_enough("rustc unknown"));
    }
}
