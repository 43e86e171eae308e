//! `cargo xtask`: one verb, one function. `cargo xtask` alone lists the verbs.
//!
//! | file | holds |
//! |---|---|
//! | `main.rs` | the verbs; `run` and `golden` |
//! | `checks.rs` | `test` and `cross` |
//! | `setup.rs` | `setup` and `doctor` |
//! | `plan.rs` | the rule: which compiler builds a cross target |
//! | `toolchain.rs` | what this machine has, and the build command |

mod checks;
mod plan;
mod setup;
mod toolchain;

use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::{CommandFactory, Parser, Subcommand};
use xshell::{Shell, cmd};

/// The chores of this repository. Paths are relative to its root.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    verb: Option<Verb>,
}

/// The first line of each is its summary, `after_help` its example; the list
/// that `cargo xtask` prints is made of these.
#[derive(Subcommand)]
enum Verb {
    /// Show a population running: raster, rates, speed
    #[command(after_help = "cargo xtask run -- --constant 20 --steps 500 --plot")]
    Run {
        /// For `glif run`, in place of the default stimulus; a file first replaces the population
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Set up, then run every check; what CI runs
    #[command(after_help = "cargo xtask test --quick")]
    Test {
        /// Leave out setup, documentation and cross builds
        #[arg(long)]
        quick: bool,
    },
    /// Build glif-core for the microcontroller targets
    #[command(after_help = "cargo xtask cross")]
    Cross,
    /// Install what cross builds need, if anything
    #[command(after_help = "cargo xtask setup")]
    Setup,
    /// Name each tool: found, or missing and how to mend it
    #[command(after_help = "cargo xtask doctor")]
    Doctor,
    /// Regenerate tests/golden from the real Inferno
    #[command(after_help = "cargo xtask golden")]
    Golden {
        /// For generate.py
        #[arg(last = true)]
        args: Vec<String>,
    },
}

fn main() -> ExitCode {
    match dispatch(Cli::parse().verb) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(verb: Option<Verb>) -> Result<()> {
    let sh = Shell::new()?;
    sh.change_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    match verb {
        None => list(),
        Some(Verb::Run { args }) => run(&sh, args),
        Some(Verb::Test { quick }) => checks::test(&sh, quick),
        Some(Verb::Cross) => checks::cross(&sh),
        Some(Verb::Setup) => setup::setup(&sh),
        Some(Verb::Doctor) => setup::doctor(&sh),
        Some(Verb::Golden { args }) => golden(&sh, &args),
    }
}

/// The verbs, each with an example.
fn list() -> Result<()> {
    println!("cargo xtask VERB; `cargo xtask help VERB` tells more\n");
    for verb in Cli::command().get_subcommands() {
        let text = |s: Option<&clap::builder::StyledStr>| s.map(ToString::to_string);
        let about = text(verb.get_about()).unwrap_or_default();
        let example = text(verb.get_after_help()).unwrap_or_default();
        println!("  {:8} {about}\n           $ {example}", verb.get_name());
    }
    Ok(())
}

/// What `run` feeds the example unless told otherwise.
const NOISE: &str = "--noise 14 6 --steps 1000 --seed 1 --plot";

/// Builds the `glif` program and runs a population with it: [`NOISE`] into the
/// example, or what `args` say.
fn run(sh: &Shell, mut args: Vec<String>) -> Result<()> {
    if args.is_empty() {
        args = NOISE.split(' ').map(Into::into).collect();
    }
    if args[0].starts_with('-') {
        args.insert(0, "examples/spiking.toml".into());
    }
    let glif = ["--release", "-p", "glif-cli", "--bin", "glif"];
    cmd!(sh, "cargo build {glif...}").run()?;
    cmd!(sh, "cargo run --quiet {glif...} -- run {args...}").run()?;
    Ok(())
}

/// Runs tests/golden/generate.py in a virtual environment of its own.
fn golden(sh: &Shell, args: &[String]) -> Result<()> {
    let script = "tests/golden/generate.py";
    ensure!(sh.path_exists(script), "{script} is not there");
    let venv = sh.current_dir().join("target/golden-venv");
    if !venv.exists() {
        cmd!(sh, "python3 -m venv {venv}").run()?;
    }
    let bin = if cfg!(windows) { "Scripts" } else { "bin" };
    let python = venv.join(bin).join("python");
    let packages = "tests/golden/requirements.txt";
    cmd!(sh, "{python} -m pip install --quiet -r {packages}").run()?;
    cmd!(sh, "{python} {script} {args...}").run()?;
    Ok(())
}
