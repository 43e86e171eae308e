//! Images: the firmware of a board, built by whichever compiler can.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use xshell::Shell;

use crate::boards::{self, Board};
use crate::toolchain;

/// A package of `firmware/`, for one board.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Image {
    pub(crate) package: &'static str,
    pub(crate) feature: Option<&'static str>,
    pub(crate) target: &'static str,
    /// Make a panic path that is left in it an error of the linker.
    pub(crate) prove: bool,
}

impl Image {
    /// The node of a board.
    pub(crate) fn node(board: &Board) -> Self {
        Self { package: board.package, feature: board.feature, target: board.target, prove: false }
    }

    /// The frozen population of a board, one of `microbit` and `mps2-an386`.
    pub(crate) fn frozen(board: &Board) -> Self {
        let feature = if board.feature.is_some() { board.feature } else { Some(board.name) };
        Self { package: "glif-frozen", feature, target: board.target, prove: false }
    }

    /// How cargo is told of it.
    fn named(&self) -> [String; 4] {
        let features: Vec<_> = self.feature.into_iter().chain(self.prove.then_some("prove")).collect();
        ["-p".into(), self.package.into(), "--features".into(), features.join(",")]
    }

    /// Builds it; where it lies then. Two boards of one package and target share that place.
    pub(crate) fn build(&self, sh: &Shell) -> Result<PathBuf> {
        let _here = sh.push_dir("firmware");
        toolchain::cargo(sh, "build", self.target)?.arg("--quiet").args(self.named()).run()?;
        Ok(toolchain::images(sh, self.target).join(self.package))
    }

    /// Builds it, and keeps a copy that the next board does not overwrite.
    pub(crate) fn build_for(&self, sh: &Shell, name: &str) -> Result<PathBuf> {
        let built = self.build(sh)?;
        let kept = built.with_file_name(format!("{}-{name}.elf", self.package));
        sh.copy_file(&built, &kept)?;
        Ok(kept)
    }
}

/// Every image: the nodes of QEMU's boards and of the parts.
pub(crate) fn all(sh: &Shell) -> Result<()> {
    for board in boards::BOARDS {
        eprintln!("{} ({}, {})", board.name, board.core, board.target);
        Image::node(&board).build_for(sh, board.name)?;
    }
    Ok(())
}

/// Every package is free of warnings, for one of its boards.
pub(crate) fn lint(sh: &Shell) -> Result<()> {
    let mut images: Vec<Image> = boards::BOARDS.iter().map(Image::node).collect();
    images.dedup_by_key(|image| image.package);
    images.extend(smallest_and_default()?.iter().map(Image::frozen));
    let _here = sh.push_dir("firmware");
    for image in images {
        toolchain::lint(sh, image.target, &image.named().each_ref().map(String::as_str))?;
    }
    Ok(())
}

/// The boards on which proofs and sizes are told: the smallest core, and one with an FPU.
pub(crate) fn smallest_and_default() -> Result<[Board; 2]> {
    Ok([boards::find("microbit")?, boards::find("mps2-an386")?])
}

/// What images call in place of a panic, under the feature `prove`. It does not exist.
const PANIC: &str = "a_panic_path_is_left";

/// Nodes and frozen populations link with a panic handler that does not exist, so no path leads to it.
pub(crate) fn prove(sh: &Shell) -> Result<()> {
    for board in smallest_and_default()? {
        for image in [Image::node(&board), Image::frozen(&board)] {
            let Image { package, .. } = image;
            let meaning =
                format!("{package} on {}: an undefined `{PANIC}` means that some code can still panic", board.name);
            Image { prove: true, ..image }.build(sh).context(meaning)?;
            println!("{package:20} {:12} no panic path is left", board.name);
        }
        disprove(sh, &board)?;
    }
    Ok(())
}

/// The proof can fail: where the image's own sums are checked at run time, panic paths are left, and the linker tells.
fn disprove(sh: &Shell, board: &Board) -> Result<()> {
    let image = Image { prove: true, ..Image::frozen(board) };
    let Image { package, .. } = image;
    let _here = sh.push_dir("firmware");
    let checked = format!("profile.release.package.{package}.overflow-checks=true");
    let cargo = toolchain::cargo(sh, "build", image.target)?.args(image.named()).args(["--config", &checked]);
    let told = cargo.ignore_status().output()?;
    let refused = String::from_utf8_lossy(&told.stderr).contains(PANIC);
    ensure!(!told.status.success() && refused, "{package} with checked sums should not link, yet it does");
    println!("{package:20} {:12} with checked sums the linker refuses, as it should", board.name);
    Ok(())
}
