//! `cargo xtask`: one verb, one function. `cargo xtask` alone lists the verbs.
//!
//! | file | contents |
//! |---|---|
//! | `main.rs` | the verbs; `golden`, `audit` and `mutants` |
//! | `checks.rs` | `test` and `deep` |
//! | `setup.rs` | `setup` and `doctor` |
//! | `toolchain.rs` | which compiler builds a cross target, and its command |
//! | `boards.rs` | the table of boards |
//! | `tracks.rs` | work for several boards in parallel |
//! | `emulator.rs` | starting an emulator |
//! | `rp2040js.rs` | installing the emulator of the RP2040 |
//! | `firmware.rs` | images; `firmware` and `prove` |
//! | `alive.rs` | a sign of life while a child process works |
//! | `build.rs` | a firmware build, and explanations of linker errors |
//! | `glif.rs` | the programs that talk to boards: builds, arguments and exit codes |
//! | `show.rs` | `run`, `watch`, `closed-loop`, `curve` and `faults` |
//! | `bench_mcu.rs` | `bench-mcu` |
//! | `stack.rs` | the stack of an image, for `size` |
//! | `registry.rs` | programs from the registry |
//! | `mentions.rs` | commands in the prose of pages, for `pages` |
//! | `graphs.rs` | `graphs`, the trained networks in `firmware/frozen` |
//! | `fuzz.rs`, `races.rs`, `size.rs`, `frozen.rs`, `suite.rs`, `verify.rs`, `pages.rs` | the verb of that name |

mod alive;
mod bench_mcu;
mod boards;
mod build;
mod checks;
mod delivery;
mod emulator;
mod firmware;
mod frozen;
mod fuzz;
mod glif;
mod graphs;
mod mentions;
mod pages;
mod races;
mod registry;
mod rp2040js;
mod setup;
mod show;
mod size;
mod stack;
mod suite;
mod table;
mod toolchain;
mod tracks;
mod verify;

use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::{CommandFactory, Parser, Subcommand};
use show::Show;
use xshell::{Shell, cmd};

/// Development tasks of this repository. Paths are relative to its root.
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
    /// Run a population on a board: raster, rates, cost, and comparison with the host
    #[command(after_help = "cargo xtask run --board microbit -- --steps 500")]
    Run(Show),
    /// Install the tools, then run the checks for every change; `deep` has the others
    #[command(after_help = "cargo xtask test --quick")]
    Test {
        /// Only format, lint and tests
        #[arg(long)]
        quick: bool,
    },
    /// Run the long checks: the other boards, chips, fuzzing, feature sets, sizes, instructions, bad lines; CI runs them after `test`
    #[command(after_help = "cargo xtask deep")]
    Deep,
    /// Watch a running board, live in the terminal: spikes, rates, deadlines and the link
    #[command(after_help = "cargo xtask watch --board mps2-an386")]
    Watch(Show),
    /// Compare boards with the host, in an emulator or at a serial port
    #[command(visible_alias = "hil", after_help = "cargo xtask verify --board mps2-an386 --json report.json")]
    Verify(verify::Verify),
    /// Balance a pole through a board, and without it
    #[command(after_help = "cargo xtask closed-loop --board mps2-an386")]
    ClosedLoop(Show),
    /// Measure firing rate over current on a board and on the host
    #[command(after_help = "cargo xtask curve --board mps2-an386")]
    Curve(Show),
    /// Compare a board with the host over a bad line and through power cuts
    #[command(after_help = "cargo xtask faults --board mps2-an386 -- --requests 10000 --rate 0.2")]
    Faults(Show),
    /// Build the firmware of boards, and print the path of each image
    #[command(after_help = "cargo xtask firmware --board rp2040")]
    Firmware {
        /// Board, in QEMU or a chip; may be repeated; all by default
        #[arg(long = "board", value_name = "NAME")]
        boards: Vec<String>,
    },
    /// Run the core's tests on the cores themselves, in QEMU
    #[command(after_help = "cargo xtask suite --board microbit")]
    Suite {
        /// Board in QEMU; may be repeated; all by default
        #[arg(long = "board", value_name = "NAME")]
        boards: Vec<String>,
    },
    /// Let the linker prove that firmware has no path to a panic
    #[command(after_help = "cargo xtask prove")]
    Prove,
    /// Measure flash and RAM of every image, and compare them with docs/size.md
    #[command(after_help = "cargo xtask size --bless")]
    Size {
        /// Write the document
        #[arg(long)]
        bless: bool,
    },
    /// Count the instructions of a step on each core in QEMU, and compare them with firmware/instructions.toml
    #[command(after_help = "cargo xtask bench-mcu --board mps2-an386")]
    BenchMcu(bench_mcu::BenchMcu),
    /// Run the frozen population in an emulator, and compare its spikes
    #[command(after_help = "cargo xtask frozen --board rp2040")]
    Frozen {
        /// A board with a frozen population; may be repeated; by default microbit and mps2-an386
        #[arg(long = "board", value_name = "NAME")]
        boards: Vec<String>,
    },
    /// Run trained networks, frozen, in QEMU: compare every spike, and measure them for examples/digits/README.md
    #[command(after_help = "cargo xtask graphs --bless")]
    Graphs {
        /// Write the table
        #[arg(long)]
        bless: bool,
    },
    /// Classify labelled samples by a network on a board, and compare every spike with the host
    #[command(
        after_help = "cargo xtask evaluate --board mps2-an386 -- network.toml --input samples.npz --labels labels.npy"
    )]
    Evaluate(Show),
    /// Fuzz everything that reads bytes
    #[command(after_help = "cargo xtask fuzz --target node --runs 1000000")]
    Fuzz(fuzz::Fuzz),
    /// Run the library's tests under the thread sanitizer
    #[command(after_help = "cargo xtask races")]
    Races,
    /// Insert faults into the core one at a time, and report those that no test detects; takes hours
    #[command(after_help = "cargo xtask mutants -- --file crates/glif-core/src/neuron.rs")]
    Mutants {
        /// Arguments for cargo-mutants, after `--`
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Run every command on the Markdown pages, and compare what it prints
    #[command(after_help = "cargo xtask pages")]
    Pages,
    /// Check licenses, known vulnerabilities and versions of all dependencies
    #[command(after_help = "cargo xtask audit")]
    Audit,
    /// Install the tools that firmware and emulation need
    #[command(after_help = "cargo xtask setup")]
    Setup,
    /// List each tool: found, or missing and how to install it
    #[command(after_help = "cargo xtask doctor")]
    Doctor,
    /// Regenerate tests/golden from the real Inferno
    #[command(after_help = "cargo xtask golden")]
    Golden {
        /// Arguments for generate.py, after `--`
        #[arg(last = true)]
        args: Vec<String>,
    },
}

fn main() -> ExitCode {
    match dispatch(Cli::parse().verb) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => match error.downcast_ref() {
            // The program has printed the reason. Its exit code is for scripts.
            Some(glif::Ended(Some(code))) => u8::try_from(*code).map_or(ExitCode::FAILURE, ExitCode::from),
            _ => {
                eprintln!("error: {error:#}");
                ExitCode::FAILURE
            }
        },
    }
}

fn dispatch(verb: Option<Verb>) -> Result<()> {
    let sh = Shell::new()?;
    sh.change_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    match verb {
        None => list(),
        Some(Verb::Run(on)) => on.command(&sh, "run"),
        Some(Verb::Watch(on)) => on.command(&sh, "watch"),
        Some(Verb::ClosedLoop(on)) => on.example(&sh, "closed-loop"),
        Some(Verb::Curve(on)) => on.example(&sh, "f-i"),
        Some(Verb::Test { quick }) => checks::test(&sh, quick),
        Some(Verb::Deep) => checks::deep(&sh),
        Some(Verb::Verify(args)) => verify::verify(&sh, &args),
        Some(Verb::Faults(on)) => on.command(&sh, "faults"),
        Some(Verb::Firmware { boards }) => firmware::firmware(&sh, &boards),
        Some(Verb::Suite { boards }) => suite::suite(&sh, &boards),
        Some(Verb::Prove) => firmware::prove(&sh, &boards::in_qemu().collect::<Vec<_>>()),
        Some(Verb::Size { bless }) => size::size(&sh, bless),
        Some(Verb::BenchMcu(args)) => bench_mcu::bench_mcu(&sh, &args),
        Some(Verb::Frozen { boards }) => frozen::frozen(&sh, &boards),
        Some(Verb::Graphs { bless }) => graphs::measure(&sh, bless),
        Some(Verb::Evaluate(on)) => on.evaluate(&sh),
        Some(Verb::Fuzz(args)) => fuzz::fuzz(&sh, &args),
        Some(Verb::Races) => races::races(&sh),
        Some(Verb::Mutants { args }) => mutants(&sh, &args),
        Some(Verb::Pages) => pages::pages(&sh),
        Some(Verb::Audit) => audit(&sh),
        Some(Verb::Setup) => setup::setup(&sh),
        Some(Verb::Doctor) => setup::doctor(&sh),
        Some(Verb::Golden { args }) => golden(&sh, &args),
    }
}

/// Prints the verbs, each with an example.
fn list() -> Result<()> {
    println!("cargo xtask COMMAND; `cargo xtask help COMMAND` prints its options\n");
    for verb in Cli::command().get_subcommands() {
        let text = |s: Option<&clap::builder::StyledStr>| s.map(ToString::to_string);
        let about = text(verb.get_about()).unwrap_or_default();
        let example = text(verb.get_after_help()).unwrap_or_default();
        println!("  {:11} {about}\n              $ {example}", verb.get_name());
    }
    Ok(())
}

/// Checks every workspace with the rules of deny.toml. It is not part of `test`, because it downloads the
/// current advisories.
fn audit(sh: &Shell) -> Result<()> {
    let deny = registry::CARGO_DENY.get(sh)?;
    for manifest in ["Cargo.toml", "firmware/Cargo.toml", "tests/fuzz/Cargo.toml"] {
        alive::run(cmd!(sh, "{deny} --manifest-path {manifest} --all-features --config deny.toml check"))?;
    }
    Ok(())
}

/// Runs cargo-mutants with the settings of .cargo/mutants.toml. The results are in `target/mutants.out`.
fn mutants(sh: &Shell, args: &[String]) -> Result<()> {
    let program = registry::CARGO_MUTANTS.get(sh)?;
    alive::run(cmd!(sh, "{program} mutants --package glif-core --output target {args...}"))
}

/// Runs tests/golden/generate.py in its own virtual environment.
fn golden(sh: &Shell, args: &[String]) -> Result<()> {
    let script = "tests/golden/generate.py";
    ensure!(sh.path_exists(script), "{script}: not found");
    let venv = sh.current_dir().join("target/golden-venv");
    if !venv.exists() {
        alive::run(cmd!(sh, "python3 -m venv {venv}"))?;
    }
    let bin = if cfg!(windows) { "Scripts" } else { "bin" };
    let python = venv.join(bin).join("python");
    let packages = "tests/golden/requirements.txt";
    alive::run(cmd!(sh, "{python} -m pip install --quiet -r {packages}"))?;
    alive::run(cmd!(sh, "{python} {script} {args...}"))
}
