//! Which compiler builds a cross target: [`plan`], a pure function of [`Facts`].
//!
//! Two kinds of people are served: those with rustup, and those who have only
//! what their distribution packages. Debian ships no `core` for
//! microcontrollers, but it does ship the source of one, so its compiler builds
//! `core` along with the crate.

use std::fmt;

/// What gives Debian a cross compiler: compiler, cargo, the source of `core`, linker, clippy.
pub(crate) const PACKAGES: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "lld", "rust-web-clippy"];

/// What gives Debian the emulators.
pub(crate) const QEMU_PACKAGES: [&str; 2] = ["qemu-system-arm", "qemu-system-misc"];

/// The oldest Rust that builds the workspace, `rust-version` of Cargo.toml.
pub(crate) const FLOOR: &str = env!("CARGO_PKG_RUST_VERSION");

/// What this machine has, as far as one target is concerned.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Facts {
    /// The active toolchain holds a built `core` for the target.
    pub(crate) installed: bool,
    /// /usr/bin holds rustc, cargo and lld, new enough, and the source of `core`.
    pub(crate) distribution: bool,
    /// `apt-get install` would work: Debian, and the user is root.
    pub(crate) root_on_debian: bool,
    /// rustup answers.
    pub(crate) rustup: bool,
}

/// How a target gets built, or what has to happen first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Ready: plain cargo.
    Installed,
    /// Ready: the distribution's cargo, which builds `core` too.
    Distribution,
    /// Install [`PACKAGES`], then [`Plan::Distribution`].
    Apt,
    /// `rustup target add`, then [`Plan::Installed`].
    Rustup,
    /// Only a person can go on.
    Ask,
}

/// The rule. What is there comes before what must be fetched, and a root shell
/// on Debian, most often a container, is served by its own packages.
pub(crate) fn plan(facts: Facts) -> Plan {
    if facts.installed {
        Plan::Installed
    } else if facts.distribution {
        Plan::Distribution
    } else if facts.root_on_debian {
        Plan::Apt
    } else if facts.rustup {
        Plan::Rustup
    } else {
        Plan::Ask
    }
}

impl Plan {
    /// Whether a build can start now.
    pub(crate) fn ready(self) -> bool {
        matches!(self, Plan::Installed | Plan::Distribution)
    }

    /// The lines a person types to make `targets` ready; none when they are.
    pub(crate) fn mend(self, targets: &[&str]) -> Vec<String> {
        let packages = PACKAGES.join(" ");
        let targets = targets.join(" ");
        match self {
            Plan::Installed | Plan::Distribution => vec![],
            Plan::Apt => {
                vec!["apt-get update".into(), format!("apt-get install -y --no-install-recommends {packages}")]
            }
            Plan::Rustup => vec![format!("rustup target add {targets}")],
            Plan::Ask => vec![
                format!("with rustup (https://rustup.rs):  rustup target add {targets}"),
                format!("on Debian:  sudo apt-get install --no-install-recommends {packages}"),
            ],
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Plan::Installed => "installed in the active toolchain",
            Plan::Distribution => "/usr/bin/rustc, core from source, ld.lld",
            Plan::Apt => "to be had from Debian's packages",
            Plan::Rustup => "to be had from rustup",
            Plan::Ask => "no compiler",
        })
    }
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

    const Y: bool = true;
    const N: bool = false;

    /// The four facts, in the order the rule asks for them.
    fn facts([installed, distribution, root_on_debian, rustup]: [bool; 4]) -> Facts {
        Facts { installed, distribution, root_on_debian, rustup }
    }

    #[test]
    fn each_fact_alone_gives_its_plan() {
        assert_eq!(plan(facts([Y, N, N, N])), Plan::Installed);
        assert_eq!(plan(facts([N, Y, N, N])), Plan::Distribution);
        assert_eq!(plan(facts([N, N, Y, N])), Plan::Apt);
        assert_eq!(plan(facts([N, N, N, Y])), Plan::Rustup);
        assert_eq!(plan(facts([N, N, N, N])), Plan::Ask);
    }

    #[test]
    fn an_earlier_fact_outweighs_all_later_ones() {
        assert_eq!(plan(facts([Y, Y, Y, Y])), Plan::Installed);
        assert_eq!(plan(facts([N, Y, Y, Y])), Plan::Distribution);
        assert_eq!(plan(facts([N, N, Y, Y])), Plan::Apt);
    }

    #[test]
    fn a_plan_is_ready_or_says_how_to_mend_it() {
        for plan in [Plan::Installed, Plan::Distribution, Plan::Apt, Plan::Rustup, Plan::Ask] {
            assert_eq!(plan.ready(), plan.mend(&["a"]).is_empty(), "{plan:?}");
        }
        assert_eq!(Plan::Rustup.mend(&["a", "b"]), ["rustup target add a b"]);
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
