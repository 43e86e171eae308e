//! `setup` makes every board buildable and runnable in QEMU; `doctor` only looks, and tells.

use std::thread;

use anyhow::{Result, anyhow, bail};
use xshell::{Shell, cmd};

use crate::plan::{PACKAGES, Plan, QEMU_PACKAGES, new_enough};
use crate::toolchain::{answer, has_rustup, is_root_on_debian, survey};
use crate::{alive, boards, checks, rp2040js, suite};

/// Makes every target and emulator ready. Does nothing, quickly, when all are.
///
/// Errors name the lines a person can type instead.
pub(crate) fn setup(sh: &Shell) -> Result<()> {
    // The first two wait for the net, the last for the compiler.
    let (packages, tools) = thread::scope(|scope| {
        let tools = scope.spawn({
            let sh = sh.clone();
            move || registry(&sh)
        });
        let packages = compilers(sh).and_then(|compilers| Ok(emulators(sh)? || compilers));
        let packages = packages.map(|packages| node(sh) || packages);
        (packages, tools.join().unwrap_or_else(|_| Err(anyhow!("setup stopped: a thread panicked"))))
    });
    let (packages, tools) = (packages?, tools?);
    if !packages && !tools {
        println!("setup: every board has its compiler and its emulator, nothing to do");
    }
    Ok(())
}

/// Gives every target a compiler; whether there was anything to do.
fn compilers(sh: &Shell) -> Result<bool> {
    let (targets, Some(plan)) = missing(sh) else {
        return Ok(false);
    };
    let lines = Plan::Ask.mend(&targets).join("\n  ");
    let targets_text = targets.join(", ");
    println!("setup: no compiler for {targets_text}");
    install(sh, plan, &targets).map_err(|error| anyhow!("setup stopped: {error}; try one of\n  {lines}"))?;
    // An install can succeed and still not help: packages too old, a rustup that cargo does not use.
    if missing(sh).1.is_some() {
        bail!("installed, yet nothing here builds for {targets_text}; try one of\n  {lines}");
    }
    println!("setup: every target has a compiler now");
    Ok(true)
}

/// Does what `plan` says would make `targets` ready.
fn install(sh: &Shell, plan: Plan, targets: &[&str]) -> Result<()> {
    match plan {
        Plan::Installed | Plan::Distribution => {}
        Plan::Apt => apt(sh, &PACKAGES)?,
        Plan::Rustup => alive::run(cmd!(sh, "rustup target add {targets...}"))?,
        Plan::Ask => bail!("neither rustup nor a root shell on Debian"),
    }
    Ok(())
}

/// Without what is merely recommended: with it, Debian's QEMU does not go with `qemu-utils` of its backports.
fn apt(sh: &Shell, packages: &[&str]) -> Result<()> {
    let apt = || cmd!(sh, "apt-get").env("DEBIAN_FRONTEND", "noninteractive");
    alive::run(apt().arg("update"))?;
    alive::run(apt().args(["install", "-y", "--no-install-recommends"]).args(packages))
}

/// Gives every emulated board its emulator; whether there was anything to do.
fn emulators(sh: &Shell) -> Result<bool> {
    if absent_emulators(sh).is_empty() {
        return Ok(false);
    }
    let lines = qemu_lines(is_root_on_debian(sh)).join("\n  ");
    println!("setup: no {}", absent_emulators(sh).join(", "));
    if !is_root_on_debian(sh) {
        bail!("setup installs QEMU only as root on Debian; try one of\n  {lines}");
    }
    apt(sh, &QEMU_PACKAGES).map_err(|error| anyhow!("setup stopped: {error}; try\n  {lines}"))?;
    match absent_emulators(sh)[..] {
        [] => Ok(true),
        _ => bail!("installed, yet there is no {}", absent_emulators(sh).join(", ")),
    }
}

/// Gives a part its emulator, which needs Node.js; whether there was anything to do. All else does without it, so what stops
/// it is printed, and is no error.
fn node(sh: &Shell) -> bool {
    if rp2040js::node(sh).is_some() && rp2040js::installed(sh).is_some() {
        return false;
    }
    let packages = if rp2040js::wanted(sh) { apt(sh, &rp2040js::PACKAGES) } else { Ok(()) };
    match packages.and_then(|()| rp2040js::get(sh)) {
        Ok(()) => println!("setup: rp2040 has its emulator now"),
        Err(error) => println!("setup: no emulator for rp2040, which stays without a run: {error:#}"),
    }
    true
}

/// Installs what runs the on-target suite; whether there was anything to do. What only `deep` calls is installed there.
fn registry(sh: &Shell) -> Result<bool> {
    let absent = suite::RUNNER.installed().is_none();
    suite::RUNNER.get(sh).map_err(|error| anyhow!("setup stopped: {error}"))?;
    Ok(absent)
}

/// QEMU's programs, once each.
fn emulator_programs() -> Vec<&'static str> {
    let mut programs: Vec<_> = boards::in_qemu().filter_map(|board| board.qemu).map(|qemu| qemu.program).collect();
    programs.dedup();
    programs
}

fn absent_emulators(sh: &Shell) -> Vec<&'static str> {
    emulator_programs().into_iter().filter(|program| version(sh, program).is_none()).collect()
}

/// The first line that a program says of its version.
fn version(sh: &Shell, program: &str) -> Option<String> {
    let text = answer(cmd!(sh, "{program} --version"))?;
    text.lines().next().map(ToOwned::to_owned)
}

/// What a person types for QEMU.
fn qemu_lines(root_on_debian: bool) -> Vec<String> {
    let packages = QEMU_PACKAGES.join(" ");
    if root_on_debian {
        return vec![format!("apt-get update && apt-get install -y --no-install-recommends {packages}")];
    }
    vec![
        format!("on Debian or Ubuntu:  sudo apt-get install --no-install-recommends {packages}"),
        "on Fedora:  sudo dnf install qemu-system-arm qemu-system-riscv".into(),
        "on macOS:  brew install qemu".into(),
        "on Windows:  winget install SoftwareFreedomConservancy.QEMU".into(),
    ]
}

/// The targets without a compiler, and what would give them one.
fn missing(sh: &Shell) -> (Vec<&'static str>, Option<Plan>) {
    let (targets, plans): (Vec<_>, Vec<_>) = survey(sh).into_iter().filter(|(_, plan)| !plan.ready()).unzip();
    // The targets differ only in whether they are installed, so the missing ones share a plan.
    (targets, plans.first().copied())
}

/// Names each tool: found or missing, what it is for, and the line that mends it.
///
/// Fails when a tool that `test` or `run` needs is missing.
pub(crate) fn doctor(sh: &Shell) -> Result<()> {
    let mut unwell = 0;
    for tool in tools(sh) {
        let state = match (&tool.found, tool.optional) {
            (Some(_), _) => "found",
            (None, true) => "absent",
            (None, false) => "MISSING",
        };
        let detail = tool.found.as_deref().unwrap_or("");
        println!("{state:8} {:29} {:12} {detail}", tool.name, tool.purpose);
        if tool.found.is_none() {
            for line in &tool.mend {
                println!("         mend: {line}");
            }
            unwell += u32::from(!tool.optional);
        }
    }
    if unwell > 0 {
        bail!("{unwell} missing");
    }
    println!("all well");
    Ok(())
}

/// One line of `doctor`.
struct Tool {
    name: &'static str,
    purpose: &'static str,
    /// What was found: a version, or the way a target is built.
    found: Option<String>,
    /// Nothing but its purpose suffers without it.
    optional: bool,
    /// What to type when it is missing.
    mend: Vec<String>,
}

/// What puts firmware on parts.
const FLASHERS: [(&str, &str, &str); 2] = [
    ("probe-rs", "flashing", "cargo install --locked probe-rs-tools"),
    ("espflash", "flashing", "cargo install --locked espflash"),
];

/// Everything the verbs call.
fn tools(sh: &Shell) -> Vec<Tool> {
    let mut tools = rust_tools(sh);
    tools.extend(survey(sh).into_iter().map(|(target, plan)| Tool {
        name: target,
        purpose: "hil, test",
        found: plan.ready().then(|| plan.to_string()),
        optional: false,
        mend: plan.mend(&[target]),
    }));
    tools.extend(emulator_programs().into_iter().map(|program| Tool {
        name: program,
        purpose: "hil, test",
        found: version(sh, program),
        optional: false,
        mend: qemu_lines(is_root_on_debian(sh)),
    }));
    for (tool, purpose) in [(suite::RUNNER, "suite, test"), (checks::CARGO_HACK, "deep")] {
        tools.push(Tool {
            name: tool.name,
            purpose,
            found: tool.installed().map(|path| path.display().to_string()),
            optional: false,
            mend: vec!["cargo xtask setup".into()],
        });
    }
    tools.push(Tool {
        name: "node",
        purpose: "hil of rp2040",
        found: rp2040js::node(sh),
        optional: true,
        mend: vec![rp2040js::mend()],
    });
    tools.push(Tool {
        name: "rp2040js",
        purpose: "hil of rp2040",
        found: rp2040js::installed(sh),
        optional: true,
        mend: vec!["cargo xtask setup".into()],
    });
    tools.push(Tool {
        name: "rustc of nightly",
        purpose: "fuzz, races",
        found: answer(cmd!(sh, "rustup run nightly rustc --version")),
        optional: true,
        mend: vec!["rustup toolchain install nightly".into()],
    });
    for (name, purpose, mend) in FLASHERS {
        tools.push(Tool { name, purpose, found: version(sh, name), optional: true, mend: vec![mend.into()] });
    }
    let python = "import venv, ensurepip, platform; print(platform.python_version())";
    tools.push(Tool {
        name: "python3 with venv",
        purpose: "golden",
        found: answer(cmd!(sh, "python3 -c {python}")),
        optional: true,
        mend: vec!["apt-get install python3-venv, or https://python.org".into()],
    });
    tools
}

/// The active toolchain and its parts.
fn rust_tools(sh: &Shell) -> Vec<Tool> {
    let rustup = has_rustup(sh);
    let tool = |name, purpose, version, with_rustup: &str, without: &str| Tool {
        name,
        purpose,
        found: answer(version),
        optional: false,
        mend: vec![if rustup { with_rustup } else { without }.into()],
    };
    let (update, site) = ("rustup update stable", "https://rustup.rs");
    let (fmt, clippy) = ("rustup component add rustfmt", "rustup component add clippy");
    let (deb_fmt, deb_clippy) = ("apt-get install rustfmt-web", "apt-get install rust-web-clippy");
    let mut rustc = tool("rustc", "everything", cmd!(sh, "rustc --version"), update, site);
    rustc.found = rustc.found.filter(|version| new_enough(version));
    vec![
        rustc,
        tool("cargo", "everything", cmd!(sh, "cargo --version"), update, site),
        tool("rustfmt", "test", cmd!(sh, "cargo fmt --version"), fmt, deb_fmt),
        tool("clippy", "test", cmd!(sh, "cargo clippy --version"), clippy, deb_clippy),
    ]
}
