//! Images: the firmware of a board, built by whichever compiler can.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use xshell::Shell;

use crate::boards::{self, Board};
use crate::build::{self, PANIC};
use crate::{alive, toolchain, tracks};

/// A package of `firmware/`, for one board.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Image {
    pub(crate) package: &'static str,
    pub(crate) feature: Option<&'static str>,
    pub(crate) target: &'static str,
    /// The feature by which the linker looks for panic paths, where it does.
    pub(crate) proof: Option<&'static str>,
}

impl Image {
    /// The node of a board. What QEMU runs has been proved: without a panic path the image is the same.
    pub(crate) fn node(board: &Board) -> Self {
        let proof = board.qemu.map(|_| "prove");
        Self { package: board.package, feature: board.feature, target: board.target, proof }
    }

    /// The frozen population of a board, one of [`FROZEN`].
    pub(crate) fn frozen(board: &Board) -> Self {
        let feature = if board.feature.is_some() { board.feature } else { Some(board.name) };
        Self { package: "glif-frozen", feature, ..Self::node(board) }
    }

    /// The public interface of the core on a board, one of [`POPULATIONS`].
    pub(crate) fn populations(board: &Board) -> Self {
        Self { package: "glif-populations", ..Self::frozen(board) }
    }

    /// How cargo is told of it.
    fn named(&self) -> Vec<String> {
        let features: Vec<_> = self.feature.into_iter().chain(self.proof).collect();
        let mut named = vec!["-p".to_owned(), self.package.to_owned()];
        if !features.is_empty() {
            named.extend(["--features".to_owned(), features.join(",")]);
        }
        named
    }

    /// Builds it; where it lies then. Two boards of one package and target share that place.
    pub(crate) fn build(&self, sh: &Shell) -> Result<PathBuf> {
        let _here = sh.push_dir("firmware");
        build::run(self.package, toolchain::cargo(sh, "build", self.target)?.arg("--quiet").args(self.named()))?;
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

/// The boards that have a frozen population.
pub(crate) const FROZEN: [&str; 3] = ["microbit", "mps2-an386", "rp2040"];
/// The boards on which the public interface of the core is proved to have no panic path: one of each instruction set.
const POPULATIONS: [&str; 4] = ["microbit", "mps2-an385", "mps2-an386", "virt"];

/// The images of the boards named, all without a name, and where they are: the node, and the frozen population and the public
/// interface of the core where there is such an image.
pub(crate) fn firmware(sh: &Shell, names: &[String]) -> Result<()> {
    let boards = match names {
        [] => boards::BOARDS.to_vec(),
        names => names.iter().map(|name| boards::any(name)).collect::<Result<_>>()?,
    };
    let build = |sh: &Shell, board: &Board| {
        let built = images(board).into_iter().map(|image| image.build_for(sh, board.name));
        built.collect::<Result<Vec<_>>>()
    };
    for (board, built) in boards.iter().zip(tracks::each(sh, &boards, build)?) {
        eprintln!("{} ({}, {})", board.name, board.core, board.target);
        built.iter().for_each(|image| println!("{}", image.display()));
    }
    Ok(())
}

/// Every image of a board.
fn images(board: &Board) -> Vec<Image> {
    let frozen = FROZEN.contains(&board.name).then(|| Image::frozen(board));
    let populations = POPULATIONS.contains(&board.name).then(|| Image::populations(board));
    [Image::node(board)].into_iter().chain(frozen).chain(populations).collect()
}

/// Every package is free of warnings, for one of its boards, and of those one that shares its target with others: to look at
/// a target for the first time takes most of a minute.
pub(crate) fn lint(sh: &Shell) -> Result<()> {
    let default = boards::find("mps2-an386")?;
    let chosen = |board: &Board| board.package != default.package || board.name == default.name;
    let boards: Vec<Board> = boards::BOARDS.into_iter().filter(chosen).collect();
    let lint = |sh: &Shell, board: &Board| {
        let _here = sh.push_dir("firmware");
        images(board).iter().try_for_each(|image| toolchain::lint(sh, image.target, &image.named()))
    };
    tracks::each(sh, &boards, lint).map(drop)
}

/// The boards on which proofs and sizes are told: the smallest core, and one with an FPU.
pub(crate) fn smallest_and_default() -> Result<[Board; 2]> {
    Ok([boards::find("microbit")?, boards::find("mps2-an386")?])
}

/// Nodes, frozen populations and the public interface of the core link with a panic handler that calls what does not exist, so no path
/// leads to it.
pub(crate) fn prove(sh: &Shell) -> Result<()> {
    let prove = |sh: &Shell, board: &Board| {
        for image in images(board) {
            image.build_for(sh, board.name)?;
            println!("{:20} {:12} no panic path is left", image.package, board.name);
        }
        Ok(())
    };
    tracks::each(sh, &boards::in_qemu().collect::<Vec<_>>(), prove)?;
    tracks::each(sh, &smallest_and_default()?, disprove).map(drop)
}

/// The proof can fail: where a panic path is left on purpose, the linker tells.
fn disprove(sh: &Shell, board: &Board) -> Result<()> {
    let image = Image { proof: Some("disprove"), ..Image::frozen(board) };
    let Image { package, .. } = image;
    let _here = sh.push_dir("firmware");
    let build = toolchain::cargo(sh, "build", image.target)?.args(image.named()).ignore_status();
    let told = alive::during(&format!("building {package} with a panic path"), || build.output())?;
    let refused = String::from_utf8_lossy(&told.stderr).contains(PANIC);
    ensure!(!told.status.success() && refused, "{package} with a panic path should not link, yet it does");
    println!("{package:20} {:12} with a panic path the linker refuses, as it should", board.name);
    Ok(())
}
