//! Programs from the registry, of one version each, installed beside the build and not in anyone's home.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use xshell::{Shell, cmd};

use crate::{alive, toolchain};

/// What runs the on-target suite.
pub(crate) const RUNNER: Tool = Tool { name: "embedded-test-qemu-runner", version: "0.1.0" };
/// What checks every combination of features.
pub(crate) const CARGO_HACK: Tool = Tool { name: "cargo-hack", version: "0.6.46" };
/// What starts the fuzzer.
pub(crate) const CARGO_FUZZ: Tool = Tool { name: "cargo-fuzz", version: "0.13.2" };
/// What plants faults.
pub(crate) const CARGO_MUTANTS: Tool = Tool { name: "cargo-mutants", version: "27.1.0" };
/// What looks at licences and known vulnerabilities.
pub(crate) const CARGO_DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };

/// A program and the version that is known to work.
#[derive(Clone, Copy)]
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
}

impl Tool {
    /// Where it is; installed if it is not yet.
    pub(crate) fn get(self, sh: &Shell) -> Result<PathBuf> {
        if let Some(program) = self.installed() {
            return Ok(program);
        }
        let Self { name, version } = self;
        let root = self.root();
        // They do little themselves: unoptimised they serve as well, and are there sooner.
        alive::run(cmd!(sh, "cargo install --quiet --debug --locked {name} --version ={version} --root {root}"))?;
        self.installed().with_context(|| format!("installed, yet there is no {name} in {}", root.display()))
    }

    /// Where it is, if it is there.
    pub(crate) fn installed(self) -> Option<PathBuf> {
        let program = self.root().join("bin").join(format!("{}{}", self.name, std::env::consts::EXE_SUFFIX));
        program.exists().then_some(program)
    }

    /// Of this version only, so that another one is installed when it is wanted.
    fn root(self) -> PathBuf {
        toolchain::target_root().join("tools").join(format!("{}-{}", self.name, self.version))
    }
}
