//! `fuzz`: random bytes against everything that reads bytes, with cargo-fuzz, which needs a nightly compiler.

use anyhow::{Result, bail, ensure};
use clap::Args;
use xshell::{Shell, cmd};

use crate::alive;
use crate::registry::CARGO_FUZZ;
use crate::toolchain::{answer, target_root};

/// Where the programs are and, a folder for each, the inputs that are kept.
const FOLDER: &str = "tests/fuzz";
/// For each target in the test command.
const SECONDS: u32 = 5;

/// What to attack, and for how long.
#[derive(Args)]
pub(crate) struct Fuzz {
    /// A fuzz target; may be given several times; every one without it
    #[arg(long = "target", value_name = "NAME")]
    targets: Vec<String>,
    /// Executions of each
    #[arg(long, default_value_t = 10_000_000)]
    runs: u64,
}

/// By hand: all that is asked for.
pub(crate) fn fuzz(sh: &Shell, fuzz: &Fuzz) -> Result<()> {
    ensure!(has_nightly(sh), "fuzzing needs a nightly compiler: rustup toolchain install nightly");
    let known = targets(sh)?;
    if let Some(target) = fuzz.targets.iter().find(|target| !known.contains(target)) {
        bail!("there is no fuzz target `{target}`; there are {}", known.join(", "));
    }
    let targets = if fuzz.targets.is_empty() { &known } else { &fuzz.targets };
    attack(sh, targets, "--release", &format!("-runs={}", fuzz.runs))
}

/// In the test command: a moment of each target where there is a nightly compiler.
pub(crate) fn in_passing(sh: &Shell) -> Result<()> {
    if !has_nightly(sh) {
        eprintln!("left out: fuzzing needs a nightly compiler (rustup toolchain install nightly)");
        return Ok(());
    }
    // A build that is soon made, with overflow checks.
    attack(sh, &targets(sh)?, "--dev", &format!("-max_total_time={SECONDS}"))
}

/// Whether rustup has one. cargo-fuzz asks for nothing else.
fn has_nightly(sh: &Shell) -> bool {
    answer(cmd!(sh, "rustup run nightly rustc --version")).is_some()
}

/// Every target, by the name of its folder of inputs.
fn targets(sh: &Shell) -> Result<Vec<String>> {
    let folders = sh.read_dir(format!("{FOLDER}/corpus"))?;
    Ok(folders.iter().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect())
}

/// In a build of that profile, within that limit.
fn attack(sh: &Shell, targets: &[String], profile: &str, limit: &str) -> Result<()> {
    let program = CARGO_FUZZ.get(sh)?;
    let built = target_root().join("fuzz");
    // There is no unsafe code here that a sanitizer could find at fault, and without one it is several times as fast.
    let common = ["--fuzz-dir", FOLDER, "--sanitizer", "none", "--target-dir"];
    for target in targets {
        let kept = format!("{FOLDER}/corpus/{target}");
        // What is found goes there; what is kept is chosen by hand.
        let found = sh.create_dir(built.join("found").join(target))?;
        eprintln!("{target}");
        let fuzz = cmd!(sh, "rustup run nightly {program} run {common...} {built} {profile} {target} {found} {kept}");
        let limits = ["--", limit, "-timeout=30", "-rss_limit_mb=4096", "-verbosity=0", "-print_final_stats=1"];
        alive::run(fuzz.args(limits))?;
    }
    Ok(())
}
