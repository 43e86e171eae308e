//! `test` and `cross`: what must pass before a change is good.

use std::time::Instant;

use anyhow::Result;
use xshell::{Shell, cmd};

use crate::{setup, toolchain};

/// Every check, cheapest first. `quick` leaves out documentation and cross builds.
pub(crate) fn test(sh: &Shell, quick: bool) -> Result<()> {
    let _all = Section::new("all checks");
    if !quick {
        let _section = Section::new("setup");
        setup::setup(sh)?;
    }
    {
        let _section = Section::new("format");
        cmd!(sh, "cargo fmt --all --check").run()?;
    }
    {
        let _section = Section::new("lint");
        cmd!(sh, "cargo clippy --workspace --all-targets -- -D warnings").run()?;
    }
    {
        let _section = Section::new("test");
        cmd!(sh, "cargo test --workspace").run()?;
    }
    {
        let _section = Section::new("features");
        cmd!(sh, "cargo check -p glif-core --features defmt").run()?;
    }
    if !quick {
        doc(sh)?;
        cross(sh)?;
    }
    Ok(())
}

/// The documentation, in which a broken link is an error.
fn doc(sh: &Shell) -> Result<()> {
    let _section = Section::new("documentation");
    cmd!(sh, "cargo doc --workspace --no-deps").env("RUSTDOCFLAGS", "-D warnings").run()?;
    Ok(())
}

/// glif-core compiles for each microcontroller target.
pub(crate) fn cross(sh: &Shell) -> Result<()> {
    for (target, plan) in toolchain::survey(sh) {
        let _section = Section::new(target);
        toolchain::build(sh, target, plan)?.args(["--lib", "-p", "glif-core"]).run()?;
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
