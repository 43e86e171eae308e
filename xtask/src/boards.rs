//! The table of boards: what is built for each, and what runs it.

use anyhow::{Result, bail};

/// A board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Board {
    /// Name that users type.
    pub(crate) name: &'static str,
    /// Name of the core.
    pub(crate) core: &'static str,
    /// Package of the board's node. Its folder in `firmware/boards/` has the same name without `glif-`.
    pub(crate) package: &'static str,
    /// Feature of that package that selects the board, if the package serves several.
    pub(crate) feature: Option<&'static str>,
    /// Target of the compiler.
    pub(crate) target: &'static str,
    /// QEMU's model of the board, or `None` for silicon.
    pub(crate) qemu: Option<Machine>,
    /// Emulator in this repository that runs the unchanged image of a part, if there is one.
    pub(crate) script: Option<Script>,
    /// Whether the node is smaller and slower with networks than without, because the board has little flash.
    pub(crate) compact: bool,
}

impl Board {
    /// Returns the folder of the board's package, relative to the root of the repository.
    fn folder(&self) -> String {
        format!("firmware/boards/{}", self.package.trim_start_matches("glif-"))
    }
}

/// A QEMU machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Machine {
    pub(crate) program: &'static str,
    pub(crate) args: &'static [&'static str],
}

/// An emulator that is a program for Node.js: standard input and output are the part's UART.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Script {
    /// Path relative to the root of the repository.
    pub(crate) path: &'static str,
    /// Pins on which the firmware shows the spikes of neurons 0, 1 and so on.
    pub(crate) pins: &'static [u8],
}

const M0: &str = "thumbv6m-none-eabi";
const M3: &str = "thumbv7m-none-eabi";
const M4F: &str = "thumbv7em-none-eabihf";
const M33: &str = "thumbv8m.main-none-eabihf";
const IMAC: &str = "riscv32imac-unknown-none-elf";
const IMC: &str = "riscv32imc-unknown-none-elf";

/// All targets of the boards.
pub(crate) const TARGETS: [&str; 6] = [M0, M3, M4F, M33, IMAC, IMC];

/// All boards.
pub(crate) const BOARDS: [Board; 12] = [
    Board { compact: true, ..arm("microbit", "Cortex-M0", "glif-qemu-microbit", None, M0, &["-M", "microbit"]) },
    arm("mps2-an385", "Cortex-M3", "glif-qemu-mps", Some("an385"), M3, &["-M", "mps2-an385"]),
    arm("mps2-an386", "Cortex-M4F", "glif-qemu-mps", Some("an386"), M4F, &["-M", "mps2-an386"]),
    arm("mps2-an500", "Cortex-M7", "glif-qemu-mps", Some("an500"), M4F, &["-M", "mps2-an500"]),
    arm("mps2-an505", "Cortex-M33", "glif-qemu-mps", Some("an505"), M33, &["-M", "mps2-an505"]),
    arm("mps3-an547", "Cortex-M55", "glif-qemu-mps", Some("an547"), M33, &["-M", "mps3-an547"]),
    Board {
        qemu: Some(Machine { program: "qemu-system-riscv32", args: &["-M", "virt", "-bios", "none"] }),
        ..silicon("virt", "RV32IMAC", "glif-qemu-virt", IMAC)
    },
    Board {
        feature: Some("rp2040"),
        script: Some(Script { path: "firmware/boards/rp/emulator/run.mjs", pins: &[2, 3, 4, 5] }),
        ..silicon("rp2040", "Cortex-M0+", "glif-rp", M0)
    },
    Board { feature: Some("rp2350"), ..silicon("rp2350", "Cortex-M33", "glif-rp", M33) },
    silicon("nrf52840", "Cortex-M4F", "glif-nrf52840", M4F),
    silicon("stm32f411", "Cortex-M4F", "glif-stm32f411", M4F),
    silicon("esp32c3", "RV32IMC", "glif-esp32c3", IMC),
];

const fn silicon(name: &'static str, core: &'static str, package: &'static str, target: &'static str) -> Board {
    Board { name, core, package, feature: None, target, qemu: None, script: None, compact: false }
}

const fn arm(
    name: &'static str,
    core: &'static str,
    package: &'static str,
    feature: Option<&'static str>,
    target: &'static str,
    args: &'static [&'static str],
) -> Board {
    let qemu = Some(Machine { program: "qemu-system-arm", args });
    Board { feature, qemu, ..silicon(name, core, package, target) }
}

/// Returns the boards that QEMU has.
pub(crate) fn in_qemu() -> impl Iterator<Item = Board> {
    BOARDS.into_iter().filter(|board| board.qemu.is_some())
}

/// Returns the names of QEMU's programs, once each.
pub(crate) fn qemu_programs() -> Vec<&'static str> {
    let mut programs: Vec<_> = in_qemu().filter_map(|board| board.qemu).map(|qemu| qemu.program).collect();
    programs.dedup();
    programs
}

/// Returns the board with the smallest core and the default board, which has an FPU. `test` runs both, and
/// `size` measures frozen images on both.
pub(crate) fn smallest_and_default() -> Result<[Board; 2]> {
    Ok([find("microbit")?, find("mps2-an386")?])
}

/// Returns the parts whose image a script runs.
pub(crate) fn scripted() -> impl Iterator<Item = (Board, Script)> {
    BOARDS.into_iter().filter_map(|board| Some((board, board.script?)))
}

/// Returns the named boards, which must be in QEMU, or all boards in QEMU if `names` is empty.
pub(crate) fn chosen(names: &[String]) -> Result<Vec<Board>> {
    match names {
        [] => Ok(in_qemu().collect()),
        names => names.iter().map(|name| find_in_qemu(name)).collect(),
    }
}

/// Least similarity, up to 1, of a name that is suggested as the one meant.
const ALIKE: f64 = 0.8;

/// Returns the board of that name, in QEMU or a part.
pub(crate) fn any(name: &str) -> Result<Board> {
    let Some(board) = BOARDS.into_iter().find(|board| board.name == name) else {
        let near = BOARDS.iter().map(|board| (strsim::jaro_winkler(name, board.name), board.name));
        let (likeness, nearest) = near.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or_default();
        let meant = if likeness < ALIKE { String::new() } else { format!("\nhelp: did you mean `{nearest}`?") };
        let parts = names(BOARDS.into_iter().filter(|board| board.qemu.is_none()));
        bail!("unknown board `{name}`; in QEMU: {}; chips: {parts}{meant}", names(in_qemu()));
    };
    Ok(board)
}

/// Returns the board of that name, which must be in QEMU or in another emulator.
pub(crate) fn find(name: &str) -> Result<Board> {
    let board = any(name)?;
    if board.qemu.is_none() && board.script.is_none() {
        let page = board.folder() + "/README.md";
        bail!("`{name}`: no emulator has this board\nhelp: flash it as described in {page}, then use --port");
    }
    Ok(board)
}

/// Returns the board of that name, which must be in QEMU. Only QEMU can count instructions and read files of
/// the host.
fn find_in_qemu(name: &str) -> Result<Board> {
    let board = any(name)?;
    if board.qemu.is_none() {
        bail!("`{name}`: not in QEMU, which has {}", names(in_qemu()));
    }
    Ok(board)
}

fn names(boards: impl Iterator<Item = Board>) -> String {
    boards.map(|board| board.name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_targets_listed() {
        let names: HashSet<_> = BOARDS.iter().map(|board| board.name).collect();
        assert_eq!(names.len(), BOARDS.len());
        let used: HashSet<_> = BOARDS.iter().map(|board| board.target).collect();
        assert_eq!(used, HashSet::from(TARGETS));
        assert_eq!((in_qemu().count(), scripted().count(), BOARDS.len()), (7, 1, 12));
    }

    #[test]
    fn every_board_has_its_package() {
        for board in BOARDS {
            let manifest = format!("{}/../{}/Cargo.toml", env!("CARGO_MANIFEST_DIR"), board.folder());
            let text = std::fs::read_to_string(&manifest).expect(&manifest);
            assert!(text.contains(&format!("name = \"{}\"", board.package)), "{manifest}");
            if let Some(feature) = board.feature {
                assert!(text.contains(&format!("\n{feature} = ")), "{manifest}: {feature}");
            }
        }
    }

    #[test]
    fn unknown_names_suggest_the_nearest() {
        let told = find("mps2-an38").unwrap_err().to_string();
        assert!(told.contains("\nhelp: did you mean `mps2-an38") && told.contains("microbit"), "{told}");
        let told = find("arduino").unwrap_err().to_string();
        assert!(told.starts_with("unknown board `arduino`; in QEMU: microbit"), "{told}");
        assert!(told.ends_with("esp32c3"), "{told}");
        assert_eq!(any("rp2040").unwrap().core, "Cortex-M0+");
        let told = find("rp2350").unwrap_err().to_string();
        assert!(told.contains("firmware/boards/rp/README.md") && told.contains("--port"), "{told}");
        assert_eq!(find("rp2040").unwrap().name, "rp2040");
        let message = chosen(&["rp2040".to_owned()]).unwrap_err().to_string();
        assert!(message.starts_with("`rp2040`: not in QEMU, which has microbit, "), "{message}");
        assert_eq!(find("virt").unwrap().core, "RV32IMAC");
    }
}
