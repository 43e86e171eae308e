//! Images: the firmware of a board, built by an available compiler.

use std::path::{Path, PathBuf};
use std::{fs, process};

use anyhow::{Result, ensure};
use xshell::Shell;

use crate::boards::{self, Board};
use crate::build::{self, PANIC};
use crate::{alive, toolchain, tracks};

/// An image: a package of `firmware/` for one board.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Image {
    pub(crate) package: &'static str,
    /// Feature that makes the linker look for panic paths, or other features besides the board's, separated by blanks.
    pub(crate) proof: Option<&'static str>,
    pub(crate) board: Board,
}

impl Image {
    /// Returns the node of a board. The image for QEMU is built with the proof; without a panic path the
    /// image is the same.
    pub(crate) fn node(board: &Board) -> Self {
        Self { package: board.package, proof: proof(board), board: *board }
    }

    /// Returns the path of the node of a board, built without networks.
    pub(crate) fn node_without_networks(sh: &Shell, board: &Board) -> Result<PathBuf> {
        let Self { package, proof, .. } = Self::node(board);
        // Alone, because the packages beside it select networks for it.
        let named = selected(&[(package, feature(board, package), proof)]);
        let _here = sh.push_dir("firmware");
        let without = ["--no-default-features", "--bin", package];
        let build = toolchain::cargo(sh, "build", board.target)?.arg("--quiet").args(named).args(without);
        build::run(package, build)?;
        keep(sh, &toolchain::images(sh, board.target)?.join(package), &format!("{}-without-networks", board.name))
    }

    /// Returns the frozen population of a board in [`FROZEN`].
    pub(crate) fn frozen(board: &Board) -> Self {
        Self { package: "glif-frozen", ..Self::node(board) }
    }

    /// Returns the frozen mouse neuron of a board that has one.
    pub(crate) fn mouse(board: &Board) -> Self {
        Self { proof: Some("allen"), ..Self::frozen(board) }
    }

    /// Returns the image that measures deliveries, for a board in [`POPULATIONS`].
    pub(crate) fn delivery(board: &Board) -> Self {
        Self { package: "glif-delivery", ..Self::node(board) }
    }

    /// Returns the image that measures the other parts of a network's step, for a board in [`POPULATIONS`].
    pub(crate) fn parts(board: &Board) -> Self {
        Self { proof: Some("parts"), ..Self::delivery(board) }
    }

    /// Returns the frozen network of a board that has one.
    pub(crate) fn network(board: &Board) -> Self {
        Self { proof: Some("network"), ..Self::frozen(board) }
    }

    /// Returns the frozen network that features of `glif-frozen` select.
    pub(crate) fn graph(board: &Board, features: &'static str) -> Self {
        Self { proof: Some(features), ..Self::frozen(board) }
    }

    /// Returns the image with the core's public interface, for a board in [`POPULATIONS`].
    pub(crate) fn populations(board: &Board) -> Self {
        Self { package: "glif-populations", ..Self::node(board) }
    }

    /// Returns cargo's arguments for the image.
    fn named(&self) -> Vec<String> {
        let mut named = match self.board.qemu {
            Some(_) => beside(&self.board, self),
            None => selected(&[(self.package, feature(&self.board, self.package), self.proof)]),
        };
        named.extend(["--bin".to_owned(), self.package.to_owned()]);
        named
    }

    /// Builds the image and returns its path. Two boards of one package and target share that path.
    pub(crate) fn build(&self, sh: &Shell) -> Result<PathBuf> {
        let _here = sh.push_dir("firmware");
        let target = self.board.target;
        build::run(self.package, toolchain::cargo(sh, "build", target)?.arg("--quiet").args(self.named()))?;
        Ok(toolchain::images(sh, target)?.join(self.package))
    }

    /// Builds the image and returns the path of a copy that the next board does not overwrite.
    pub(crate) fn build_for(&self, sh: &Shell, name: &str) -> Result<PathBuf> {
        keep(sh, &self.build(sh)?, name)
    }
}

/// Copies an image for a board, and returns the path of the copy.
fn keep(sh: &Shell, built: &Path, board: &str) -> Result<PathBuf> {
    let mut name = built.file_name().unwrap_or_default().to_owned();
    name.push(format!("-{board}.elf"));
    let kept = built.with_file_name(name);
    // Copied under another name first, because an emulator may be reading the existing file.
    let copy = kept.with_extension(process::id().to_string());
    sh.copy_file(built, &copy)?;
    fs::rename(copy, &kept)?;
    Ok(kept)
}

/// Returns cargo's arguments for all packages of a board in QEMU, whichever one is built. Cargo selects
/// features of dependencies for all packages that are named together, so it compiles each dependency once per
/// target. The image is the same byte for byte.
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

/// Package of the tests that run on a core.
const SUITE: &str = "glif-suite";

/// Returns cargo's arguments to build the suite of a board next to its images.
pub(crate) fn beside_suite(board: &Board) -> Vec<String> {
    beside(board, &Image::node(board))
}

/// Returns cargo's arguments that name packages and their features.
fn selected(packages: &[(&str, Option<&str>, Option<&str>)]) -> Vec<String> {
    let names = packages.iter().flat_map(|(package, ..)| ["-p".to_owned(), (*package).to_owned()]);
    let features = packages.iter().flat_map(|(package, feature, proof)| {
        let features = feature.iter().chain(proof).flat_map(|features| features.split(' '));
        features.map(move |feature| format!("{package}/{feature}"))
    });
    let features: Vec<_> = features.collect();
    let features = (!features.is_empty()).then(|| ["--features".to_owned(), features.join(",")]);
    names.chain(features.into_iter().flatten()).collect()
}

/// Returns the feature that selects the board in a package.
fn feature(board: &Board, package: &str) -> Option<&'static str> {
    if package == board.package { board.feature } else { board.feature.or(Some(board.name)) }
}

fn proof(board: &Board) -> Option<&'static str> {
    board.qemu.map(|_| "prove")
}

/// Boards that have a frozen population.
pub(crate) const FROZEN: [&str; 3] = ["microbit", "mps2-an386", "rp2040"];
/// Boards that have a frozen network.
pub(crate) const NETWORKS: [&str; 2] = ["microbit", "mps2-an386"];
/// Boards on which the core's public interface is proved to have no panic path: one per instruction set.
pub(crate) const POPULATIONS: [&str; 4] = ["microbit", "mps2-an385", "mps2-an386", "virt"];

/// Builds the images of the named boards, or of all boards if `names` is empty, and prints their paths. The
/// images of a board are the node and, where they exist, the frozen population and the core's public
/// interface.
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

/// Returns every image of a board.
pub(crate) fn images(board: &Board) -> Vec<Image> {
    let frozen = FROZEN.contains(&board.name).then(|| Image::frozen(board));
    let of_core = [Image::populations(board), Image::delivery(board)];
    let of_core = of_core.into_iter().filter(|_| POPULATIONS.contains(&board.name));
    [Image::node(board)].into_iter().chain(frozen).chain(of_core).collect()
}

/// Checks that every package has no warnings, each for one of its boards. That board shares its target with
/// others, because the first check of a target takes most of a minute.
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

/// Proves that no path leads to a panic. Nodes, frozen populations and the core's public interface must link
/// with a panic handler that calls an undefined symbol.
pub(crate) fn prove(sh: &Shell, boards: &[Board]) -> Result<()> {
    let prove = |sh: &Shell, board: &Board| {
        for image in images(board) {
            image.build_for(sh, board.name)?;
            println!("{:20} {:12} no panic path is left", image.package, board.name);
        }
        Ok(())
    };
    tracks::each(sh, boards, prove)?;
    let networks: Vec<_> = boards.iter().filter(|board| NETWORKS.contains(&board.name)).copied().collect();
    let network = |sh: &Shell, board: &Board| {
        Image::network(board).build_for(sh, "network")?;
        println!("{:20} {:12} no panic path is left in a frozen network", Image::network(board).package, board.name);
        Ok(())
    };
    tracks::each(sh, &networks, network)?;
    let frozen: Vec<_> = boards.iter().filter(|board| FROZEN.contains(&board.name)).copied().collect();
    tracks::each(sh, &frozen, disprove).map(drop)
}

/// Checks that the proof can fail: the linker must reject an image with a deliberate panic path.
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
