//! Images: the firmware of a board, built by whichever compiler can.

use std::path::PathBuf;
use std::{fs, process};

use anyhow::{Result, ensure};
use xshell::Shell;

use crate::boards::{self, Board};
use crate::build::{self, PANIC};
use crate::{alive, toolchain, tracks};

/// A package of `firmware/`, for one board.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Image {
    pub(crate) package: &'static str,
    /// The feature by which the linker looks for panic paths, or another one beside the board's.
    pub(crate) proof: Option<&'static str>,
    pub(crate) board: Board,
}

impl Image {
    /// The node of a board. What QEMU runs has been proved: without a panic path the image is the same.
    pub(crate) fn node(board: &Board) -> Self {
        Self { package: board.package, proof: proof(board), board: *board }
    }

    /// The frozen population of a board, one of [`FROZEN`].
    pub(crate) fn frozen(board: &Board) -> Self {
        Self { package: "glif-frozen", ..Self::node(board) }
    }

    /// The public interface of the core on a board, one of [`POPULATIONS`].
    pub(crate) fn populations(board: &Board) -> Self {
        Self { package: "glif-populations", ..Self::node(board) }
    }

    /// How cargo is told of it.
    fn named(&self) -> Vec<String> {
        let mut named = match self.board.qemu {
            Some(_) => beside(&self.board, self),
            None => selected(&[(self.package, feature(&self.board, self.package), self.proof)]),
        };
        named.extend(["--bin".to_owned(), self.package.to_owned()]);
        named
    }

    /// Builds it; where it lies then. Two boards of one package and target share that place.
    pub(crate) fn build(&self, sh: &Shell) -> Result<PathBuf> {
        let _here = sh.push_dir("firmware");
        let target = self.board.target;
        build::run(self.package, toolchain::cargo(sh, "build", target)?.arg("--quiet").args(self.named()))?;
        Ok(toolchain::images(sh, target)?.join(self.package))
    }

    /// Builds it, and keeps a copy that the next board does not overwrite.
    pub(crate) fn build_for(&self, sh: &Shell, name: &str) -> Result<PathBuf> {
        let built = self.build(sh)?;
        let kept = built.with_file_name(format!("{}-{name}.elf", self.package));
        // Under another name first, as an emulator may just be reading the one that is there.
        let copy = kept.with_extension(process::id().to_string());
        sh.copy_file(&built, &copy)?;
        fs::rename(copy, &kept)?;
        Ok(kept)
    }
}

/// The packages of a board in QEMU, all of them whichever is built: cargo chooses features of their dependencies for all that are
/// named together, and so compiles each dependency once for a target. The image is the same byte for byte.
fn beside(board: &Board, image: &Image) -> Vec<String> {
    let mut packages: Vec<_> = images(board)
        .iter()
        .map(|other| {
            let proof = if other.package == image.package { image.proof } else { other.proof };
            (other.package, feature(board, other.package), proof)
        })
        .collect();
    packages.push((SUITE, feature(board, SUITE), None));
    selected(&packages)
}

/// The package of the tests that run on a core.
const SUITE: &str = "glif-suite";

/// The arguments by which cargo builds the suite of a board beside its images.
pub(crate) fn beside_suite(board: &Board) -> Vec<String> {
    beside(board, &Image::node(board))
}

/// Arguments that name packages and their features to cargo.
fn selected(packages: &[(&str, Option<&str>, Option<&str>)]) -> Vec<String> {
    let names = packages.iter().flat_map(|(package, ..)| ["-p".to_owned(), (*package).to_owned()]);
    let features = packages.iter().flat_map(|(package, feature, proof)| {
        feature.iter().chain(proof).map(move |feature| format!("{package}/{feature}"))
    });
    let features: Vec<_> = features.collect();
    let features = (!features.is_empty()).then(|| ["--features".to_owned(), features.join(",")]);
    names.chain(features.into_iter().flatten()).collect()
}

/// The feature by which a package is for a board.
fn feature(board: &Board, package: &str) -> Option<&'static str> {
    if package == board.package { board.feature } else { board.feature.or(Some(board.name)) }
}

fn proof(board: &Board) -> Option<&'static str> {
    board.qemu.map(|_| "prove")
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
pub(crate) fn images(board: &Board) -> Vec<Image> {
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
        images(board).iter().try_for_each(|image| toolchain::lint(sh, board.target, &image.named()))
    };
    tracks::each(sh, &boards, lint).map(drop)
}

/// Nodes, frozen populations and the public interface of the core link with a panic handler that calls what does not exist, so no path
/// leads to it.
pub(crate) fn prove(sh: &Shell, boards: &[Board]) -> Result<()> {
    let prove = |sh: &Shell, board: &Board| {
        for image in images(board) {
            image.build_for(sh, board.name)?;
            println!("{:20} {:12} no panic path is left", image.package, board.name);
        }
        Ok(())
    };
    tracks::each(sh, boards, prove)?;
    let frozen: Vec<_> = boards.iter().filter(|board| FROZEN.contains(&board.name)).copied().collect();
    tracks::each(sh, &frozen, disprove).map(drop)
}

/// The proof can fail: where a panic path is left on purpose, the linker tells.
fn disprove(sh: &Shell, board: &Board) -> Result<()> {
    let image = Image { proof: Some("disprove"), ..Image::frozen(board) };
    let Image { package, .. } = image;
    let _here = sh.push_dir("firmware");
    let build = toolchain::cargo(sh, "build", board.target)?.args(image.named()).ignore_status();
    let told = alive::during(&format!("building {package} with a panic path"), || build.output())?;
    let refused = String::from_utf8_lossy(&told.stderr).contains(PANIC);
    ensure!(!told.status.success() && refused, "{package} with a panic path should not link, yet it does");
    println!("{package:20} {:12} with a panic path the linker refuses, as it should", board.name);
    Ok(())
}
