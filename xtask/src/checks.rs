//! `test`: what must pass before a change is good.

use std::time::Instant;

use anyhow::Result;
use xshell::{Shell, cmd};

use crate::bench_mcu::{self, BenchMcu};
use crate::boards::{self, Board};
use crate::firmware::{self, Image};
use crate::hil::{self, Hil};
use crate::plan::FLOOR;
use crate::tool::Tool;
use crate::toolchain::{answer, target_root};
use crate::{frozen, fuzz, pages, rp2040js, setup, size, suite, tracks};

pub(crate) const CARGO_HACK: Tool = Tool { name: "cargo-hack", version: "0.6.46" };

/// Every check, cheapest first. `quick` leaves out all but format, lint and tests.
pub(crate) fn test(sh: &Shell, quick: bool) -> Result<()> {
    let _all = Section::new("all checks");
    if !quick {
        let _section = Section::new("setup");
        setup::setup(sh)?;
    }
    {
        let _section = Section::new("format");
        cmd!(sh, "cargo fmt --all --check").run()?;
        let _firmware = sh.push_dir("firmware");
        cmd!(sh, "cargo fmt --all --check").run()?;
    }
    {
        let _section = Section::new("lint");
        cmd!(sh, "cargo clippy --workspace --all-targets -- -D warnings").run()?;
        let _firmware = sh.push_dir("firmware");
        cmd!(sh, "cargo clippy -p glif-silicon -p glif-suite --all-targets -- -D warnings").run()?;
    }
    {
        let _section = Section::new("test");
        cmd!(sh, "cargo test --workspace").run()?;
        let _firmware = sh.push_dir("firmware");
        cmd!(sh, "cargo test -p glif-silicon").run()?;
    }
    if !quick {
        {
            let _section = Section::new("features");
            features(sh)?;
        }
        {
            let _section = Section::new("lowest Rust");
            lowest_rust(sh)?;
        }
        doc(sh)?;
        {
            let _section = Section::new("fuzzing");
            fuzz::in_passing(sh)?;
        }
        on_boards(sh)?;
        {
            let _section = Section::new("commands of the pages");
            pages::pages(sh)?;
        }
        {
            let _section = Section::new("packages");
            // The crates were built above. This puts together what each package holds, and fails if one needs a file outside of it.
            cmd!(
                sh,
                "cargo package --workspace --exclude xtask --exclude glif-tests --allow-dirty --no-verify --quiet"
            )
            .run()?;
        }
    }
    Ok(())
}

/// All that is known of boards: they build, cannot panic, are as large as documented, and equal the host.
fn on_boards(sh: &Shell) -> Result<()> {
    type Check = fn(&Shell) -> Result<()>;
    let checks: [(&'static str, Check); 10] = [
        ("lint of firmware", firmware::lint),
        ("firmware of every board", |sh| firmware::firmware(sh, &[])),
        ("no panic path", firmware::prove),
        ("sizes", |sh| size::size(sh, false)),
        ("instructions", |sh| bench_mcu::bench_mcu(sh, &BenchMcu::default())),
        ("frozen population", |sh| frozen::frozen(sh, &[])),
        ("on-target suite", |sh| suite::suite(sh, &[])),
        ("boards behind a bad line", bad_line),
        ("boards equal to the host", |sh| hil::hil(sh, &Hil { all: true, ..Hil::default() })),
        ("the image of a part, in rp2040js", rp2040js::parts),
    ];
    for (name, check) in checks {
        let _section = Section::new(name);
        check(sh)?;
    }
    Ok(())
}

/// Every combination of features of the crates that have some; of a node's number formats, any two.
fn features(sh: &Shell) -> Result<()> {
    let hack = CARGO_HACK.get(sh)?;
    cmd!(sh, "{hack} hack check --feature-powerset -p glif-core -p glif-link").run()?;
    cmd!(sh, "{hack} hack check --feature-powerset --depth 2 -p glif-node").run()?;
    Ok(())
}

/// Everything that is published builds with the lowest Rust that it promises, where that is there.
fn lowest_rust(sh: &Shell) -> Result<()> {
    if answer(cmd!(sh, "rustup run {FLOOR} rustc --version")).is_none() {
        eprintln!("left out: rustup toolchain install {FLOOR} --profile minimal");
        return Ok(());
    }
    let built = target_root().join("lowest");
    cmd!(sh, "rustup run {FLOOR} cargo check --workspace --exclude xtask --target-dir {built}").run()?;
    Ok(())
}

/// Each emulated board, at rates between those that the link's own tests have.
fn bad_line(sh: &Shell) -> Result<()> {
    let program = hil::program(sh)?;
    let weather = |sh: &Shell, board: &Board| {
        let reach = hil::reach(sh, board, &Image::node(board).build_for(sh, board.name)?)?;
        let told = cmd!(sh, "{program} faults {reach...} --requests=300 --rate=0.05").quiet().read()?;
        println!("{}\n{told}", board.name);
        Ok(())
    };
    tracks::each(sh, &boards::in_qemu().collect::<Vec<_>>(), weather).map(drop)
}

/// The documentation, in which a broken link is an error.
fn doc(sh: &Shell) -> Result<()> {
    let _section = Section::new("documentation");
    // With every feature too, as docs.rs builds it.
    for features in [None, Some("--all-features")] {
        cmd!(sh, "cargo doc --workspace --no-deps {features...}").env("RUSTDOCFLAGS", "-D warnings").run()?;
    }
    Ok(())
}

/// Names a stage when it starts, and tells its time when dropped, so after an
/// error too.
struct Section {
    name: &'static str,
    start: Instant,
}

impl Section {
    fn new(name: &'static str) -> Self {
        eprintln!("\n== {name}");
        Section { name, start: Instant::now() }
    }
}

impl Drop for Section {
    fn drop(&mut self) {
        eprintln!("== {}: {:.1} s", self.name, self.start.elapsed().as_secs_f64());
    }
}
