//! Programs from the registry, each in a fixed version. They are installed next to the build and not in the
//! user's home.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use xshell::{Shell, cmd};

use crate::{alive, toolchain};

/// Runs the on-target suite.
pub(crate) const RUNNER: Tool = Tool { name: "embedded-test-qemu-runner", version: "0.1.0" };
/// Checks every combination of features.
pub(crate) const CARGO_HACK: Tool = Tool { name: "cargo-hack", version: "0.6.46" };
/// Starts the fuzzer.
pub(crate) const CARGO_FUZZ: Tool = Tool { name: "cargo-fuzz", version: "0.13.2" };
/// Plants faults.
pub(crate) const CARGO_MUTANTS: Tool = Tool { name: "cargo-mutants", version: "27.1.0" };
/// Checks licenses and known vulnerabilities.
pub(crate) const CARGO_DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };

/// A program, and a version known to work.
#[derive(Clone, Copy)]
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
}

impl Tool {
    /// Returns the path of the program. Installs it first if needed.
    pub(crate) fn get(self, sh: &Shell) -> Result<PathBuf> {
        if let Some(program) = self.installed() {
            return Ok(program);
        }
        let Self { name, version } = self;
        let root = self.root();
        // These programs do little work, so an unoptimized build is good enough, and faster to compile.
        alive::run(cmd!(sh, "cargo install --quiet --debug --locked {name} --version ={version} --root {root}"))?;
        self.installed().with_context(|| format!("{name}: not found in {} after the installation", root.display()))
    }

    /// Returns the path of the program if it is installed.
    pub(crate) fn installed(self) -> Option<PathBuf> {
        let program = self.root().join("bin").join(format!("{}{}", self.name, std::env::consts::EXE_SUFFIX));
        program.exists().then_some(program)
    }

    /// Returns the folder of this version, so that a new version is installed when it is needed.
    fn root(self) -> PathBuf {
        toolchain::target_root().join("tools").join(format!("{}-{}", self.name, self.version))
    }
}
