//! `doctor` lists every tool that the verbs call. `setup` installs the missing ones, so that every board can
//! be built and run.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, anyhow, bail, ensure};
use xshell::{Shell, cmd};

use crate::boards::{self, TARGETS};
use crate::registry::{self, CARGO_HACK, RUNNER};
use crate::toolchain::{Compiler, answer, new_enough};
use crate::{alive, rp2040js};

/// Debian's packages of a cross compiler: compiler, cargo, the source of `core`, linker, clippy.
const COMPILER: &[&str] = &["rustc-web", "cargo-web", "rust-web-src", "lld", "rust-web-clippy"];
/// Debian's packages of the emulators.
const QEMU: &[&str] = &["qemu-system-arm", "qemu-system-misc"];
/// Debian's packages of Node.js and its package manager.
const NODE: &[&str] = &["nodejs", "npm"];
/// What a user types to install QEMU on other systems.
const QEMU_ELSEWHERE: &[&str] = &[
    "on Fedora:  sudo dnf install qemu-system-arm qemu-system-riscv",
    "on macOS:  brew install qemu",
    "on Windows:  winget install SoftwareFreedomConservancy.QEMU",
];

/// A program, or a target of the compiler.
struct Tool {
    name: &'static str,
    /// Verbs that call it.
    purpose: &'static str,
    /// Version of the program, or how the target is built. `None` if it is missing.
    found: Option<String>,
    /// Whether only its own purpose needs it.
    optional: bool,
    source: Source,
}

/// Source of a missing tool.
enum Source {
    /// Debian packages, which `setup` installs as root. On other systems the user types one of the lines.
    Packages(&'static [&'static str], &'static [&'static str]),
    /// The compiler from Debian's packages, or rustup, which `setup` calls too.
    Target,
    /// A registry, from which `setup` installs with this function.
    Registry(fn(&Shell) -> Result<()>),
    /// The user, who types this line.
    Person(&'static str),
}

/// Installs missing tools. Returns quickly if none is missing.
///
/// Errors name the lines that a user can type instead.
pub(crate) fn setup(sh: &Shell) -> Result<()> {
    let (optional, needed) = absent(sh).into_iter().partition::<Vec<_>, _>(|tool| tool.optional);
    if optional.is_empty() && needed.is_empty() {
        println!("setup: every board has its compiler and its emulator, nothing to do");
        return Ok(());
    }
    let lines = || needed.iter().flat_map(Tool::mend).collect::<BTreeSet<_>>();
    let stopped = |error| anyhow!("setup stopped: {error:#}; try\n  {}", Vec::from_iter(lines()).join("\n  "));
    install(sh, &needed).map_err(stopped)?;
    // Everything else works without the optional tools.
    if let Err(error) = install(sh, &optional) {
        println!("setup: what needs one of {} is left out: {error:#}", names(&optional));
    }
    // An installation can succeed and still not help: the packages may be too old, or cargo may not use this
    // rustup.
    let left: Vec<_> = absent(sh).into_iter().filter(|tool| !tool.optional).collect();
    if left.is_empty() { Ok(()) } else { Err(stopped(anyhow!("installed, yet there is no {}", names(&left)))) }
}

/// Returns the missing tools that `setup` can install.
fn absent(sh: &Shell) -> Vec<Tool> {
    let absent = |tool: &Tool| tool.found.is_none() && !matches!(tool.source, Source::Person(_));
    tools(sh).into_iter().filter(absent).collect()
}

fn names(tools: &[Tool]) -> String {
    tools.iter().map(|tool| tool.name).collect::<Vec<_>>().join(", ")
}

/// Installs tools: Debian's packages all at once, the others one by one.
fn install(sh: &Shell, tools: &[Tool]) -> Result<()> {
    if tools.is_empty() {
        return Ok(());
    }
    let on_debian = is_root_on_debian(sh);
    println!("setup: no {}", names(tools));
    if on_debian {
        apt(sh, &tools.iter().flat_map(Tool::packages).copied().collect())?;
    }
    for Tool { name, source, .. } in tools {
        match source {
            Source::Registry(get) => get(sh)?,
            Source::Target if !on_debian => alive::run(cmd!(sh, "rustup target add {name}"))?,
            Source::Packages(..) if !on_debian => bail!("setup installs {name} only as root on Debian"),
            _ => {}
        }
    }
    Ok(())
}

/// Installs packages without recommended ones: with them, Debian's QEMU conflicts with `qemu-utils` from its
/// backports.
fn apt(sh: &Shell, packages: &BTreeSet<&str>) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let apt = || cmd!(sh, "apt-get").env("DEBIAN_FRONTEND", "noninteractive");
    alive::run(apt().arg("update"))?;
    alive::run(apt().args(["install", "-y", "--no-install-recommends"]).args(packages))
}

/// Whether `apt-get install` would work.
fn is_root_on_debian(sh: &Shell) -> bool {
    Path::new("/etc/debian_version").exists() && answer(cmd!(sh, "id -u")).as_deref() == Some("0")
}

/// Lists each tool: found or missing, its purpose, and the line that installs it.
///
/// Returns an error if a tool that `test` or `run` needs is missing.
pub(crate) fn doctor(sh: &Shell) -> Result<()> {
    let mut unwell = 0;
    for tool in tools(sh) {
        let state = match (&tool.found, tool.optional) {
            (Some(_), _) => "found",
            (None, true) => "absent",
            (None, false) => "MISSING",
        };
        println!("{state:8} {:29} {:12} {}", tool.name, tool.purpose, tool.found.as_deref().unwrap_or(""));
        if tool.found.is_none() {
            tool.mend().iter().for_each(|line| println!("         mend: {line}"));
            unwell += u32::from(!tool.optional);
        }
    }
    ensure!(unwell == 0, "{unwell} missing");
    println!("all well");
    Ok(())
}

impl Tool {
    /// Returns Debian's packages that contain it.
    fn packages(&self) -> &'static [&'static str] {
        match self.source {
            Source::Packages(packages, _) => packages,
            Source::Target => COMPILER,
            Source::Registry(_) | Source::Person(_) => &[],
        }
    }

    /// Returns what a user types to install it.
    fn mend(&self) -> Vec<String> {
        let on_debian =
            format!("on Debian or Ubuntu:  sudo apt-get install --no-install-recommends {}", self.packages().join(" "));
        match self.source {
            Source::Packages(_, elsewhere) => {
                [on_debian].into_iter().chain(elsewhere.iter().map(ToString::to_string)).collect()
            }
            Source::Target => {
                vec![format!("with rustup (https://rustup.rs):  rustup target add {}", self.name), on_debian]
            }
            Source::Registry(_) => vec!["cargo xtask setup".to_owned()],
            Source::Person(line) => vec![line.to_owned()],
        }
    }
}

/// Returns the first line of a program's version output.
fn version(sh: &Shell, program: &str) -> Option<String> {
    let text = answer(cmd!(sh, "{program} --version"))?;
    text.lines().next().map(ToOwned::to_owned)
}

/// Returns every tool that the verbs call.
fn tools(sh: &Shell) -> Vec<Tool> {
    use Source::{Packages, Person, Registry, Target};
    let tool = |optional, name, purpose, found, source| Tool { name, purpose, found, optional, source };
    let needed = |name, purpose, found, source| tool(false, name, purpose, found, source);
    let optional = |name, purpose, found, source| tool(true, name, purpose, found, source);
    let program = |name| version(sh, name);
    let installed = |tool: registry::Tool| tool.installed().map(|path| path.display().to_string());
    let rust = || Person("rustup update stable, or https://rustup.rs");
    let fmt = Person("rustup component add rustfmt, or apt-get install rustfmt-web");
    let clippy = Person("rustup component add clippy, or apt-get install rust-web-clippy");
    let python = "import venv, ensurepip, platform; print(platform.python_version())";
    let mut tools = vec![
        needed("rustc", "everything", program("rustc").filter(|version| new_enough(version)), rust()),
        needed("cargo", "everything", program("cargo"), rust()),
        needed("rustfmt", "test", answer(cmd!(sh, "cargo fmt --version")), fmt),
        needed("clippy", "test", answer(cmd!(sh, "cargo clippy --version")), clippy),
    ];
    let compiler = |target| Compiler::of(sh, target).map(|compiler| compiler.to_string());
    tools.extend(TARGETS.map(|target| needed(target, "verify, test", compiler(target), Target)));
    let qemu = |name| needed(name, "verify, test", program(name), Packages(QEMU, QEMU_ELSEWHERE));
    tools.extend(boards::qemu_programs().into_iter().map(qemu));
    let runner = Registry(|sh| RUNNER.get(sh).map(drop));
    let nightly = answer(cmd!(sh, "rustup run nightly rustc --version"));
    tools.extend([
        needed(RUNNER.name, "suite, test", installed(RUNNER), runner),
        optional(CARGO_HACK.name, "deep", installed(CARGO_HACK), Person("cargo xtask deep")),
        optional(
            "node",
            "verify of rp2040",
            rp2040js::node(sh),
            Packages(NODE, &["elsewhere:  see https://nodejs.org"]),
        ),
        optional("rp2040js", "verify of rp2040", rp2040js::installed(sh), Registry(rp2040js::get)),
        optional("rustc of nightly", "fuzz, races", nightly, Person("rustup toolchain install nightly")),
        optional("probe-rs", "flashing", program("probe-rs"), Person("cargo install --locked probe-rs-tools")),
        optional("espflash", "flashing", program("espflash"), Person("cargo install --locked espflash")),
        optional(
            "python3 with venv",
            "golden",
            answer(cmd!(sh, "python3 -c {python}")),
            Person("apt-get install python3-venv, or https://python.org"),
        ),
    ]);
    tools
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_says_how_to_get_a_tool() {
        let mend = |source| Tool { name: "a", purpose: "", found: None, optional: false, source }.mend();
        assert_eq!(mend(Source::Person("type it")), ["type it"]);
        assert_eq!(mend(Source::Registry(|_| Ok(()))), ["cargo xtask setup"]);
        let told = mend(Source::Target);
        assert!(told[0].ends_with("rustup target add a") && told[1].ends_with(&COMPILER.join(" ")), "{told:?}");
        let told = mend(Source::Packages(&["b", "c"], &["elsewhere:  d"]));
        assert!(told[0].ends_with("install --no-install-recommends b c") && told[1] == "elsewhere:  d", "{told:?}");
    }
}
