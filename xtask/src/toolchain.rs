//! Chooses the compiler for a cross target on this machine, and its command.
//!
//! It serves users with rustup, and users who have only the packages of their distribution. Debian ships no
//! `core` for microcontrollers, but it ships the source, so its compiler builds `core` together with the
//! crate.

use std::path::{Path, PathBuf};
use std::{env, fmt};

use anyhow::{Context as _, Result};
use xshell::{Cmd, Shell, cmd};

use crate::alive;
use crate::boards::TARGETS;

/// The oldest Rust that builds the workspace: `rust-version` in Cargo.toml.
pub(crate) const FLOOR: &str = env!("CARGO_PKG_RUST_VERSION");

const DISTRIBUTION_CARGO: &str = "/usr/bin/cargo";
const DISTRIBUTION_RUSTC: &str = "/usr/bin/rustc";
const DISTRIBUTION_CLIPPY: &str = "/usr/bin/cargo-clippy";

/// Variables that rustup, `cargo run` or the user sets for the active compiler. They must not reach the
/// compiler in /usr/bin, and host flags must not reach a microcontroller build.
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

/// A compiler for a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compiler {
    /// Plain cargo: the active toolchain has a compiled `core` for the target.
    Installed,
    /// The distribution's cargo, which also builds `core`.
    Distribution,
}

impl Compiler {
    /// An installed `core` is preferred to building one.
    fn choose(installed: bool, distribution: bool) -> Option<Self> {
        if installed { Some(Compiler::Installed) } else { distribution.then_some(Compiler::Distribution) }
    }

    /// Returns the compiler for a board's target on this machine, if there is one.
    pub(crate) fn of(sh: &Shell, target: &str) -> Option<Self> {
        let known = TARGETS.contains(&target);
        known.then(|| Self::choose(is_installed(sh, target), has_distribution(sh))).flatten()
    }

    /// Like [`Self::of`], but a missing compiler is an error.
    fn needed(sh: &Shell, target: &str) -> Result<Self> {
        let told = || format!("no compiler here builds for {target}\nhelp: `cargo xtask setup` installs one");
        Self::of(sh, target).with_context(told)
    }

    /// Returns the folder of its builds. Each compiler has its own, because two compilers in one folder would
    /// rebuild each other's output.
    fn folder(self) -> PathBuf {
        target_root().join(if self == Compiler::Distribution { "cross" } else { "installed" })
    }

    /// Whether its clippy is installed.
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

/// Returns `cargo VERB --release` for a target, with an available compiler. The caller adds the packages to
/// build.
pub(crate) fn cargo<'a>(sh: &'a Shell, verb: &str, target: &str) -> Result<Cmd<'a>> {
    let compiler = Compiler::needed(sh, target)?;
    let cargo = match compiler {
        Compiler::Installed => cmd!(sh, "cargo {verb}"),
        Compiler::Distribution => {
            // The ESP32's HAL needs the crate `alloc`, though nothing here allocates.
            let std = if target.starts_with("riscv32imc-") { "-Zbuild-std=core,alloc" } else { "-Zbuild-std=core" };
            // Called by its path, because `cargo clippy` would start the first one in the PATH, perhaps
            // rustup's.
            let program = if verb == "clippy" { DISTRIBUTION_CLIPPY } else { DISTRIBUTION_CARGO };
            // Without it cargo builds tests for unwinding, and `core` with the profile's abort.
            let tests = (verb == "test").then_some("-Zpanic-abort-tests");
            let linker = format!("CARGO_TARGET_{}_LINKER", target.to_uppercase().replace(['-', '.'], "_"));
            distribution(cmd!(sh, "{program} {verb}")).arg(std).args(tests).env(linker, "ld.lld")
        }
    };
    Ok(cargo.args(["--release", "--target", target, "--target-dir"]).arg(compiler.folder()))
}

/// Returns `cargo VERB` of the distribution, with the options that otherwise only a nightly has.
pub(crate) fn distribution_cargo<'a>(sh: &'a Shell, verb: &str) -> Cmd<'a> {
    distribution(cmd!(sh, "{DISTRIBUTION_CARGO} {verb}"))
}

/// Sets the environment of a program of the distribution. -Zbuild-std is a nightly option; RUSTC_BOOTSTRAP
/// enables it in a stable compiler.
fn distribution(program: Cmd<'_>) -> Cmd<'_> {
    let own = own_env(program).env("RUSTC_BOOTSTRAP", "1").env("CARGO", DISTRIBUTION_CARGO);
    own.env("RUSTC", DISTRIBUTION_RUSTC)
}

/// Checks the named packages with clippy, or with the compiler alone if its clippy is missing. A warning is
/// an error.
pub(crate) fn lint(sh: &Shell, target: &str, named: &[String]) -> Result<()> {
    let compiler = Compiler::needed(sh, target)?;
    if compiler.has_clippy(sh) {
        return alive::run(cargo(sh, "clippy", target)?.args(named).args(["--", "-D", "warnings"]));
    }
    let check = cargo(sh, "check", target)?.args(named).env("CARGO_BUILD_WARNINGS", "deny");
    alive::run(check.args((compiler == Compiler::Distribution).then_some("-Zwarnings")))
}

/// Returns the folder in which a release build for a target puts its images.
pub(crate) fn images(sh: &Shell, target: &str) -> Result<PathBuf> {
    Ok(Compiler::needed(sh, target)?.folder().join(target).join("release"))
}

/// Returns the folder of all builds. It is absolute, because firmware is built from its own folder.
pub(crate) fn target_root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    root.join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// Returns the standard output of a command that succeeds, or `None`. It prints nothing.
pub(crate) fn answer(command: Cmd<'_>) -> Option<String> {
    command.quiet().ignore_stderr().read().ok()
}

/// Whether the active toolchain's directory for `target` contains a compiled `core`.
fn is_installed(sh: &Shell, target: &str) -> bool {
    let libdir = answer(cmd!(sh, "rustc --print target-libdir --target {target}"));
    let names = libdir.and_then(|dir| std::fs::read_dir(dir).ok());
    let is_core = |name: &str| name.starts_with("libcore-") && name.ends_with(".rlib");
    names.is_some_and(|names| names.flatten().any(|n| n.file_name().to_str().is_some_and(is_core)))
}

/// Whether the compiler in /usr/bin can build `core` from source, and link.
pub(crate) fn has_distribution(sh: &Shell) -> bool {
    let ask = |flags: &[&str]| answer(own_env(cmd!(sh, "{DISTRIBUTION_RUSTC}")).args(flags));
    let version = ask(&["--version"]).unwrap_or_default();
    let sysroot = ask(&["--print", "sysroot"]).unwrap_or_default();
    let source = Path::new(&sysroot).join("lib/rustlib/src/rust/library/core");
    let linker = answer(cmd!(sh, "ld.lld --version")).is_some();
    new_enough(&version) && Path::new(DISTRIBUTION_CARGO).exists() && source.exists() && linker
}

/// Returns the command without [`FOREIGN_ENV`].
fn own_env(command: Cmd<'_>) -> Cmd<'_> {
    FOREIGN_ENV.into_iter().fold(command, |command, name| command.env_remove(name))
}

/// Whether `version`, as `rustc --version` prints it, is at least [`FLOOR`].
pub(crate) fn new_enough(version: &str) -> bool {
    let number = version.split_whitespace().nth(1).unwrap_or_default();
    minor(number) >= minor(FLOOR)
}

/// Returns the major and minor number of `1.89` or `1.96.0-nightly`. `None`, if there are none, compares
/// least.
fn minor(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installed_core_is_preferred_to_building_it() {
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
        assert_eq!(told, "no compiler here builds for mips-unknown-none\nhelp: `cargo xtask setup` installs one");
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
