//! `fuzz`: feeds random bytes to everything that reads bytes, with cargo-fuzz, which needs a nightly
//! compiler.

use anyhow::{Result, bail, ensure};
use clap::Args;
use xshell::{Shell, cmd};

use crate::alive;
use crate::registry::CARGO_FUZZ;
use crate::toolchain::{answer, target_root};

/// Folder of the fuzz programs and of the kept inputs, with one folder per program.
const FOLDER: &str = "tests/fuzz";
/// Duration per target in the test command, s.
const SECONDS: u32 = 5;

/// What to attack, and for how long.
#[derive(Args)]
pub(crate) struct Fuzz {
    /// Fuzz target; may be repeated; all by default
    #[arg(long = "target", value_name = "NAME")]
    targets: Vec<String>,
    /// Executions of each
    #[arg(long, default_value_t = 10_000_000)]
    runs: u64,
}

/// Runs the verb as the user asks.
pub(crate) fn fuzz(sh: &Shell, fuzz: &Fuzz) -> Result<()> {
    ensure!(has_nightly(sh), "fuzzing needs a nightly compiler: rustup toolchain install nightly");
    let known = targets(sh)?;
    if let Some(target) = fuzz.targets.iter().find(|target| !known.contains(target)) {
        bail!("unknown fuzz target `{target}`; available: {}", known.join(", "));
    }
    let targets = if fuzz.targets.is_empty() { &known } else { &fuzz.targets };
    attack(sh, targets, "--release", &format!("-runs={}", fuzz.runs))
}

/// Runs each target for [`SECONDS`], if there is a nightly compiler.
pub(crate) fn in_passing(sh: &Shell) -> Result<()> {
    if !has_nightly(sh) {
        eprintln!("skipped: fuzzing needs a nightly compiler (rustup toolchain install nightly)");
        return Ok(());
    }
    // The dev profile builds fast and has overflow checks.
    attack(sh, &targets(sh)?, "--dev", &format!("-max_total_time={SECONDS}"))
}

/// Whether rustup has a nightly compiler. cargo-fuzz needs nothing else.
fn has_nightly(sh: &Shell) -> bool {
    answer(cmd!(sh, "rustup run nightly rustc --version")).is_some()
}

/// Returns every target, named after its folder of inputs.
fn targets(sh: &Shell) -> Result<Vec<String>> {
    let folders = sh.read_dir(format!("{FOLDER}/corpus"))?;
    Ok(folders.iter().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect())
}

/// Runs the targets, built with `profile`, up to `limit`.
fn attack(sh: &Shell, targets: &[String], profile: &str, limit: &str) -> Result<()> {
    let program = CARGO_FUZZ.get(sh)?;
    let built = target_root().join("fuzz");
    // There is no unsafe code here in which a sanitizer could find errors, and the fuzzer is several times as
    // fast without one.
    let common = ["--fuzz-dir", FOLDER, "--sanitizer", "none", "--target-dir"];
    for target in targets {
        let kept = format!("{FOLDER}/corpus/{target}");
        // New inputs go to this folder. The kept ones are selected by hand.
        let found = sh.create_dir(built.join("found").join(target))?;
        eprintln!("{target}");
        let fuzz = cmd!(sh, "rustup run nightly {program} run {common...} {built} {profile} {target} {found} {kept}");
        let limits = ["--", limit, "-timeout=30", "-rss_limit_mb=4096", "-verbosity=0", "-print_final_stats=1"];
        alive::run(fuzz.args(limits))?;
    }
    Ok(())
}
