//! `test` and `deep`: the checks that a change must pass.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use xshell::{Shell, cmd};

use crate::bench_mcu::{self, BenchMcu};
use crate::boards::{self, Board};
use crate::firmware::{self, Image};
use crate::registry::CARGO_HACK;
use crate::show::Show;
use crate::toolchain::{FLOOR, answer, target_root};
use crate::verify::{self, Verify};
use crate::{alive, frozen, fuzz, glif, graphs, pages, rp2040js, setup, size, suite, tracks};

/// A hundred thousand requests over bad lines: by far the longest test. `deep` runs it.
const LONGEST: &str = "faults::a_hundred_thousand_requests";

/// Limit of the proof of a part. It takes three minutes on two cores.
const PART: Duration = Duration::from_secs(600);

/// Runs the checks that a change must pass, cheapest first. `deep` has the others, and the same checks for
/// the other boards. `quick` runs only format, lint and tests.
pub(crate) fn test(sh: &Shell, quick: bool) -> Result<()> {
    section(sh, "all checks", |sh| checks(sh, quick))
}

fn checks(sh: &Shell, quick: bool) -> Result<()> {
    if !quick {
        section(sh, "setup", setup::setup)?;
    }
    section(sh, "format", format)?;
    section(sh, "lint", lint)?;
    if quick {
        return section(sh, "test", tests);
    }
    let boards = boards::smallest_and_default()?;
    let names = || boards.iter().map(|board| board.name.to_owned()).collect::<Vec<_>>();
    let quick = || Verify { boards: names(), args: vec!["--quick".to_owned()], ..Verify::default() };
    let on_boards = |sh: &Shell| {
        section(sh, "images of the smallest and the default board", |sh| images(sh, &boards))?;
        section(sh, "firmware in QEMU: no panic path", |sh| firmware::prove(sh, &boards))?;
        section(sh, "frozen population", |sh| frozen::frozen(sh, &[]))?;
        section(sh, "trained networks, frozen", graphs::compare)?;
        section(sh, "on-target suite", |sh| suite::suite(sh, &names()))?;
        section(sh, "boards equal to the host", |sh| verify::verify(sh, &quick()))?;
        // With every feature, as docs.rs builds it. On this thread, because the other one has more to do.
        section(sh, "documentation", |sh| doc(sh, &["--all-features"]))
    };
    beside(sh, on_boards, |sh| {
        section(sh, "test", tests)?;
        section(sh, "commands of the pages", pages::pages)
    })
}

/// Runs `first` on another thread while this thread runs `second`. Link-time optimization uses one thread,
/// and so do most tests and emulators.
fn beside(
    sh: &Shell,
    first: impl FnOnce(&Shell) -> Result<()> + Send,
    second: impl FnOnce(&Shell) -> Result<()>,
) -> Result<()> {
    thread::scope(|scope| {
        let first = scope.spawn({
            let sh = sh.clone();
            move || first(&sh)
        });
        let second = second(sh);
        let first = first.join().unwrap_or_else(|_| Err(anyhow!("a thread panicked")));
        second.and(first)
    })
}

/// Builds in turn every image that `test` runs on these boards.
fn images(sh: &Shell, boards: &[Board]) -> Result<()> {
    boards.iter().try_for_each(|board| {
        firmware::images(board).iter().try_for_each(|image| image.build_for(sh, board.name).map(drop))?;
        suite::build(sh, board).map(drop)
    })
}

/// Runs the checks that take long and seldom fail, and those of the boards that `test` leaves out. They run
/// after `test`, on a server or before a release.
pub(crate) fn deep(sh: &Shell) -> Result<()> {
    section(sh, "all deep checks", deep_checks)
}

fn deep_checks(sh: &Shell) -> Result<()> {
    section(sh, "setup", setup::setup)?;
    let on_boards = |sh: &Shell| {
        section(sh, "lint of firmware", firmware::lint)?;
        let name = "firmware of every board: no panic path in those of QEMU";
        section(sh, name, |sh| firmware::firmware(sh, &[]))?;
        section(sh, "on-target suite of the other boards", |sh| suite::suite(sh, &others()?))
    };
    beside(sh, on_boards, |sh| {
        section(sh, "features", features)?;
        section(sh, "lowest Rust", lowest_rust)?;
        section(sh, "documentation of default features", |sh| doc(sh, &[]))?;
        section(sh, "the longest test", longest_test)?;
        section(sh, "fuzzing", fuzz::in_passing)
    })?;
    section(sh, "sizes", |sh| size::size(sh, false))?;
    section(sh, "instructions", |sh| bench_mcu::bench_mcu(sh, &BenchMcu::default()))?;
    section(sh, "trained networks, frozen and measured", |sh| graphs::measure(sh, false))?;
    section(sh, "boards behind a bad line", bad_line)?;
    section(sh, "boards equal to the host, at length", |sh| {
        verify::verify(sh, &Verify { all: true, ..Verify::default() })
    })?;
    section(sh, "the closed loop through a board", closed_loop)?;
    section(sh, "a trained network through a board", trained)?;
    section(sh, "the image of a part, in rp2040js", parts)?;
    section(sh, "packages", packages)
}

/// Prints the name of a check when it starts, and its duration when it has ended, also after an error.
fn section<T>(sh: &Shell, name: &str, check: impl FnOnce(&Shell) -> Result<T>) -> Result<T> {
    eprintln!("\n== {name}");
    let start = Instant::now();
    let result = check(sh);
    eprintln!("== {name}: {:.1} s", start.elapsed().as_secs_f64());
    result
}

fn format(sh: &Shell) -> Result<()> {
    alive::run(cmd!(sh, "cargo fmt --all --check"))?;
    let _firmware = sh.push_dir("firmware");
    alive::run(cmd!(sh, "cargo fmt --all --check"))
}

fn lint(sh: &Shell) -> Result<()> {
    alive::run(cmd!(sh, "cargo clippy --workspace --all-targets -- -D warnings"))?;
    let _firmware = sh.push_dir("firmware");
    let built = target_root();
    let packages = ["-p", "glif-silicon", "-p", "glif-suite"];
    alive::run(cmd!(sh, "cargo clippy {packages...} --all-targets --target-dir {built} -- -D warnings"))
}

fn tests(sh: &Shell) -> Result<()> {
    alive::run(cmd!(sh, "cargo test --workspace -- --skip {LONGEST}"))?;
    let _firmware = sh.push_dir("firmware");
    let built = target_root();
    alive::run(cmd!(sh, "cargo test -p glif-silicon --target-dir {built}"))
}

/// Runs the test that [`tests`] leaves out. It names the whole workspace so that it reuses the build of
/// `test`.
fn longest_test(sh: &Shell) -> Result<()> {
    let test = cmd!(sh, "cargo test --workspace --test all -- --exact {LONGEST}");
    eprintln!("$ {test}");
    let told = alive::during(LONGEST, || test.quiet().read())?;
    println!("{told}");
    ensure!(told.contains("1 passed"), "no test is named `{LONGEST}`; see xtask/src/checks.rs");
    Ok(())
}

/// Returns the boards in QEMU that `test` leaves to `deep`.
fn others() -> Result<Vec<String>> {
    let tested = boards::smallest_and_default()?;
    Ok(boards::in_qemu().filter(|board| !tested.contains(board)).map(|board| board.name.to_owned()).collect())
}

/// Packages each crate, and fails if one needs a file outside its folder. Other checks build the crates.
fn packages(sh: &Shell) -> Result<()> {
    let excluded = ["--exclude", "xtask", "--exclude", "glif-tests"];
    alive::run(cmd!(sh, "cargo package --workspace {excluded...} --allow-dirty --no-verify --quiet"))
}

/// Checks every combination of features of each crate with features. For a node's number formats it checks
/// any two.
fn features(sh: &Shell) -> Result<()> {
    let hack = CARGO_HACK.get(sh)?;
    alive::run(cmd!(sh, "{hack} hack check --feature-powerset -p glif-core -p glif-link -p glif"))?;
    alive::run(cmd!(sh, "{hack} hack check --feature-powerset --depth 2 -p glif-node"))
}

/// Checks that all published crates build with the minimum Rust version that they declare. Skipped if that
/// version is not installed.
fn lowest_rust(sh: &Shell) -> Result<()> {
    if answer(cmd!(sh, "rustup run {FLOOR} rustc --version")).is_none() {
        eprintln!("skipped: rustup toolchain install {FLOOR} --profile minimal");
        return Ok(());
    }
    let built = target_root().join("lowest");
    alive::run(cmd!(sh, "rustup run {FLOOR} cargo check --workspace --exclude xtask --target-dir {built}"))
}

/// Runs each emulated board with fault rates between those of the link's tests.
fn bad_line(sh: &Shell) -> Result<()> {
    let program = glif::program(sh)?;
    let behind = |sh: &Shell, board: &Board| {
        let reach = glif::reach(sh, board, &Image::node(board).build_for(sh, board.name)?)?;
        let faults = cmd!(sh, "{program} board faults {reach...} --requests=300 --rate=0.05").quiet();
        let told = alive::during(&format!("{} behind a bad line", board.name), || faults.read())?;
        println!("{}\n{told}", board.name);
        Ok(())
    };
    tracks::each(sh, &boards::in_qemu().collect::<Vec<_>>(), behind).map(drop)
}

/// Lets the neurons of a board hold the pole, as README and `docs/closed-loop.md` say.
fn closed_loop(sh: &Shell) -> Result<()> {
    let board = Some("mps2-an386".to_owned());
    Show { board, port: None, args: Vec::new() }.example(sh, "closed-loop")
}

/// Evaluates the handwritten digits on a board, which fails where a spike differs from the host.
fn trained(sh: &Shell) -> Result<()> {
    let (program, folder) = (glif::program(sh)?, sh.create_temp_dir()?);
    let network = folder.path().join("digits.toml");
    let options = ["--step-time=1", "--scalar=i16f16", "--weights=i8"];
    glif::end(cmd!(sh, "{program} import examples/digits/digits.nir {options...} --output {network}"))?;
    let samples = ["--input=examples/digits/samples.npz", "--labels=examples/digits/labels.npy", "--samples=50"];
    let args = [network.display().to_string()].into_iter().chain(samples.map(str::to_owned)).collect();
    Show { board: Some("mps2-an386".to_owned()), port: None, args }.evaluate(sh)
}

/// Runs the images of parts: the frozen population, and the proof that the node equals the host. If the
/// emulator is missing and cannot be installed, it prints that no image of a part has run, and why.
fn parts(sh: &Shell) -> Result<()> {
    if let Err(error) = rp2040js::get(sh) {
        eprintln!("skipped, so that no image for a chip has run: {error:#}");
        return Ok(());
    }
    rp2040js::test(sh)?;
    let boards: Vec<String> = boards::scripted().map(|(board, _)| board.name.to_owned()).collect();
    frozen::frozen(sh, &boards)?;
    let args = vec!["--quick".to_owned(), format!("--limit={}", PART.as_secs())];
    verify::verify(sh, &Verify { boards, args, ..Verify::default() })
}

/// Builds the documentation. A broken link is an error.
fn doc(sh: &Shell, features: &[&str]) -> Result<()> {
    alive::run(cmd!(sh, "cargo doc --workspace --no-deps {features...}").env("RUSTDOCFLAGS", "-D warnings"))
}
