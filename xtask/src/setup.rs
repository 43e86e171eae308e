//! `setup` makes every cross target buildable; `doctor` only looks, and tells.

use anyhow::{Result, anyhow, bail};
use xshell::{Shell, cmd};

use crate::plan::{PACKAGES, Plan, new_enough};
use crate::toolchain::{answer, has_rustup, survey};

/// Makes every target ready. Does nothing, quickly, when all are.
///
/// Errors name the lines a person can type instead.
pub(crate) fn setup(sh: &Shell) -> Result<()> {
    let (targets, Some(plan)) = missing(sh) else {
        println!("setup: every target has a compiler, nothing to do");
        return Ok(());
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
    Ok(())
}

/// Does what `plan` says would make `targets` ready.
fn install(sh: &Shell, plan: Plan, targets: &[&str]) -> Result<()> {
    match plan {
        Plan::Installed | Plan::Distribution => {}
        Plan::Apt => {
            let apt = || cmd!(sh, "apt-get").env("DEBIAN_FRONTEND", "noninteractive");
            apt().arg("update").run()?;
            let install = apt().args(["install", "-y", "--no-install-recommends"]);
            install.args(PACKAGES).run()?;
        }
        Plan::Rustup => cmd!(sh, "rustup target add {targets...}").run()?,
        Plan::Ask => bail!("neither rustup nor a root shell on Debian"),
    }
    Ok(())
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

/// Everything the verbs call.
fn tools(sh: &Shell) -> Vec<Tool> {
    let mut tools = rust_tools(sh);
    tools.extend(survey(sh).into_iter().map(|(target, plan)| Tool {
        name: target,
        purpose: "cross, test",
        found: plan.ready().then(|| plan.to_string()),
        optional: false,
        mend: plan.mend(&[target]),
    }));
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
