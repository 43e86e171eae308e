//! Measures the flash and RAM of images, and checks the table in the documentation.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use object::{Object as _, ObjectSection as _, ObjectSegment as _, SectionFlags};
use xshell::Shell;

use crate::boards::{self, Board, smallest_and_default};
use crate::firmware::Image;
use crate::{glif, stack, table, tracks};

const DOCUMENT: &str = "docs/size.md";
const HEAD: &str =
    "| image | board | core | flash, bytes | static RAM, bytes | stack, bytes |\n|---|---|---|---|---|---|\n";

/// Relative difference that is accepted, because compilers differ between machines.
const TOLERANCE: f64 = 0.02;

/// A row of the table.
#[derive(Debug, PartialEq)]
struct Line {
    key: String,
    flash: u64,
    ram: u64,
    /// The stack, where it was measured.
    stack: Option<u64>,
}

/// Builds the images, prints their sizes, and compares them with the document or rewrites it.
pub(crate) fn size(sh: &Shell, bless: bool) -> Result<()> {
    let mut lines = tracks::each(sh, &smallest_and_default()?, |sh, board| {
        let line = measure(sh, Image::frozen(board), "frozen population", board)?;
        Ok(Line { stack: Some(stack::frozen(sh, board)?), ..line })
    })?;
    let operations = tracks::each(sh, &smallest_and_default()?, |sh, board| {
        let stack::Operations { state, deriving } = stack::operations(sh, board)?;
        let image = Image::populations(board);
        let on_state = measure(sh, image, "populations, state in place", board)?;
        let on_coefficients = measure(sh, image, "populations, coefficients", board)?;
        Ok([Line { stack: Some(state), ..on_state }, Line { stack: Some(deriving), ..on_coefficients }])
    })?;
    lines.extend(operations.into_iter().flatten());
    let program = glif::program(sh)?;
    lines.extend(tracks::each(sh, &boards::in_qemu().collect::<Vec<_>>(), |sh, board| {
        let line = measure(sh, Image::node(board), "node", board)?;
        Ok(Line { stack: Some(stack::node(sh, &program, board)?), ..line })
    })?);
    let table = render(&lines);
    print!("{table}");
    match table::bless_or_read(sh, DOCUMENT, HEAD, &table, bless)? {
        Some(text) => compare(&parse(&text)?, &lines),
        None => Ok(()),
    }
}

fn measure(sh: &Shell, image: Image, what: &str, board: &Board) -> Result<Line> {
    let elf = image.build_for(sh, board.name)?;
    let (flash, ram) = flash_and_ram(&elf)?;
    Ok(Line { key: format!("{what} | {} | {}", board.name, board.core), flash, ram, stack: None })
}

/// Returns the bytes that are loaded, from the program headers, and the bytes of variables. The latter come
/// from the sections, because some images also have a section for the memory left for stack and heap.
pub(crate) fn flash_and_ram(elf: &Path) -> Result<(u64, u64)> {
    const WRITABLE: u64 = 1;
    let bytes = std::fs::read(elf).with_context(|| elf.display().to_string())?;
    let file = object::File::parse(&*bytes)?;
    let flash = file.segments().map(|segment| segment.file_range().1).sum();
    let variable = |section: &object::Section<'_, '_>| {
        let writable = matches!(section.flags(), SectionFlags::Elf { sh_flags, .. } if sh_flags.0 & WRITABLE != 0);
        writable && !matches!(section.name(), Ok(".stack" | ".heap"))
    };
    let ram = file.sections().filter(variable).map(|section| section.size()).sum();
    Ok((flash, ram))
}

fn render(lines: &[Line]) -> String {
    let mut table = HEAD.to_owned();
    for Line { key, flash, ram, stack } in lines {
        let stack = stack.map(|stack| stack.to_string()).unwrap_or_default();
        _ = writeln!(table, "| {key} | {flash} | {ram} | {stack} |");
    }
    table
}

fn parse(rows: &str) -> Result<Vec<Line>> {
    let row = |row: &str| {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let ["", image, board, core, flash, ram, stack, ""] = cells[..] else {
            anyhow::bail!("{DOCUMENT}: invalid row: {row}");
        };
        let stack = if stack.is_empty() { None } else { Some(stack.parse()?) };
        Ok(Line { key: format!("{image} | {board} | {core}"), flash: flash.parse()?, ram: ram.parse()?, stack })
    };
    rows.lines().map(row).collect()
}

fn compare(documented: &[Line], measured: &[Line]) -> Result<()> {
    let near = |a: u64, b: u64| (a as f64 - b as f64).abs() <= TOLERANCE * b as f64;
    let deep = |a: &Line, b: &Line| match (a.stack, b.stack) {
        (Some(a), Some(b)) => near(a, b),
        (a, b) => a == b,
    };
    let same = |a: &Line, b: &Line| a.key == b.key && near(a.flash, b.flash) && near(a.ram, b.ram) && deep(a, b);
    let stale = measured.iter().filter(|line| !documented.iter().any(|other| same(line, other)));
    let stale: Vec<_> = stale.map(|line| line.key.as_str()).collect();
    ensure!(
        stale.is_empty() && documented.len() == measured.len(),
        "{DOCUMENT} is out of date for {stale:?}; cargo xtask size --bless rewrites it"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(flash: u64) -> Line {
        Line { key: "node | microbit | Cortex-M0".into(), flash, ram: 500, stack: (flash > 5).then_some(100) }
    }

    #[test]
    fn table_round_trips() {
        let table = render(&[line(1000), line(3)]);
        assert_eq!(parse(&table[HEAD.len()..]).unwrap(), [line(1000), line(3)]);
        assert!(parse("| a | b | 3 |").is_err());
    }

    #[test]
    fn small_changes_pass_and_large_ones_are_named() {
        assert!(compare(&[line(1000)], &[line(1019)]).is_ok());
        assert!(compare(&[line(1000)], &[line(1030)]).unwrap_err().to_string().contains("microbit"));
        assert!(compare(&[line(1000)], &[line(970)]).is_err());
        assert!(compare(&[], &[line(1)]).is_err());
        assert!(compare(&[line(1)], &[]).is_err());
    }
}
