//! `graphs`: the trained networks in `firmware/frozen`. They must do on boards what they do on the host, and the table
//! must have what they cost.

use std::fmt::Write as _;
use std::io::Read as _;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail, ensure};
use xshell::Shell;

use crate::boards::{self, Board};
use crate::delivery::{icount, instructions_per_tick};
use crate::emulator::{self, Killed, in_qemu};
use crate::firmware::Image;
use crate::{frozen, size, stack, table};

/// The page with the table.
const DOCUMENT: &str = "examples/digits/README.md";
const HEAD: &str = "| network | board | core | flash, bytes | static RAM, bytes | stack, bytes | instructions a step, mean | the longest | instructions a sample |\n|---|---|---|---|---|---|---|---|---|\n";

/// Relative difference that is accepted, because compilers differ between machines.
const TOLERANCE: f64 = 0.02;

/// A trained network in `firmware/frozen`.
struct Graph {
    /// What the table calls it.
    name: &'static str,
    /// Its features; those to measure time and stack.
    features: &'static str,
    timed: &'static str,
    painted: &'static str,
    /// What its images must send.
    expected: &'static str,
    boards: &'static [&'static str],
    /// Steps of a line, and lines of a sample.
    steps: usize,
    lines: usize,
    /// Whether a line ends in a label and a class.
    is_classified: bool,
}

const GRAPHS: [Graph; 3] = [
    Graph {
        name: "digits, i8 weights, i16f16",
        features: "digits",
        timed: "digits timed",
        painted: "digits paint",
        expected: "firmware/frozen/digits-i16f16.txt",
        boards: &["microbit", "mps2-an386"],
        steps: 16,
        lines: 1,
        is_classified: true,
    },
    Graph {
        name: "digits, i8 weights, i8f8",
        features: "digits i8f8",
        timed: "digits i8f8 timed",
        painted: "digits i8f8 paint",
        expected: "firmware/frozen/digits-i8f8.txt",
        boards: &["microbit", "mps2-an386"],
        steps: 16,
        lines: 1,
        is_classified: true,
    },
    Graph {
        name: "braille, recurrent, f32",
        features: "braille",
        timed: "braille timed",
        painted: "braille paint",
        expected: "firmware/frozen/braille.txt",
        boards: &["mps2-an386"],
        steps: 1,
        lines: 256,
        is_classified: false,
    },
];

impl Graph {
    fn boards(&self) -> Result<Vec<Board>> {
        self.boards.iter().map(|name| boards::find(name)).collect()
    }

    /// Runs it on a board, and compares what it sends with the host.
    fn compare(&self, sh: &Shell, board: &Board) -> Result<()> {
        let kernel = Image::graph(board, self.features).build_for(sh, &self.features.replace(' ', "-"))?;
        let lines = frozen::compare(sh, board, &kernel, self.expected)?;
        let what = if self.is_classified {
            format!("{lines} samples, {:.2} % right", 100.0 * accuracy(&sh.read_file(self.expected)?)?)
        } else {
            format!("{lines} steps")
        };
        println!("{} on {}: {what}, equal to the host spike for spike", self.name, board.name);
        Ok(())
    }

    /// Measures it on a board. Returns a row of the table.
    fn measure(&self, sh: &Shell, board: &Board) -> Result<Row> {
        let kernel = Image::graph(board, self.features).build_for(sh, &self.features.replace(' ', "-"))?;
        let (flash, ram) = size::flash_and_ram(&kernel)?;
        let length = sh.read_file(self.expected)?.len() as u64;
        let stack = stack::painted(sh, Image::graph(board, self.painted), length)?;
        let (mean, most) = self.instructions(sh, board)?;
        let sample = mean * (self.steps * self.lines) as f64;
        let numbers = [flash as f64, ram as f64, stack as f64, mean, most, sample].map(|number| number.round() as u64);
        Ok(Row { key: format!("{} | {} | {}", self.name, board.name, board.core), numbers })
    }

    /// Returns the instructions of a step: their mean, and those of the longest.
    fn instructions(&self, sh: &Shell, board: &Board) -> Result<(f64, f64)> {
        /// Bytes of a line of two words.
        const LINE: usize = 17;
        let elf = Image::graph(board, self.timed).build_for(sh, &self.timed.replace(' ', "-"))?;
        let lines = sh.read_file(self.expected)?.lines().count();
        let mut command = in_qemu(sh, board, &["-serial", "stdio", "-icount", &icount()], &elf)?;
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut qemu = Killed::start(command)?;
        let output = qemu.0.stdout.take().context("no output")?.take((LINE * lines) as u64);
        let told = emulator::read(output, &format!("{} has not sent {lines} lines", board.name))?;
        let (mut sum, mut most) = (0, 0);
        for line in told.lines() {
            let (of_longest, of_all) = line.split_at_checked(8).with_context(|| format!("invalid line: {line}"))?;
            sum += u64::from_str_radix(of_all, 16)?;
            most = most.max(u64::from_str_radix(of_longest, 16)?);
        }
        let per_tick = instructions_per_tick(board);
        ensure!(sum > 0 && told.lines().count() == lines, "nothing is measured: {told}");
        Ok((sum as f64 * per_tick / (lines * self.steps) as f64, most as f64 * per_tick))
    }
}

/// Returns the share of lines whose label is their class.
fn accuracy(lines: &str) -> Result<f64> {
    let digits = |line: &str| Some((line.get(6..7)?.to_owned(), line.get(7..8)?.to_owned()));
    let pairs: Option<Vec<_>> = lines.lines().map(digits).collect();
    let pairs = pairs.filter(|pairs| !pairs.is_empty()).context("no labels and classes")?;
    Ok(pairs.iter().filter(|(label, class)| label == class).count() as f64 / pairs.len() as f64)
}

/// Runs every network on its boards, and compares what it sends with the host.
pub(crate) fn compare(sh: &Shell) -> Result<()> {
    for graph in &GRAPHS {
        graph.boards()?.iter().try_for_each(|board| graph.compare(sh, board))?;
    }
    Ok(())
}

/// Compares, measures, and compares the table with the document or rewrites it.
pub(crate) fn measure(sh: &Shell, bless: bool) -> Result<()> {
    compare(sh)?;
    let mut rows = Vec::new();
    for graph in &GRAPHS {
        for board in graph.boards()? {
            rows.push(graph.measure(sh, &board)?);
        }
    }
    let table = render(&rows);
    print!("{table}");
    match table::bless_or_read(sh, DOCUMENT, HEAD, &table, bless)? {
        Some(text) => check(&parse(&text)?, &rows),
        None => Ok(()),
    }
}

/// A row of the table.
#[derive(Debug, PartialEq)]
struct Row {
    key: String,
    numbers: [u64; 6],
}

fn render(rows: &[Row]) -> String {
    let mut table = HEAD.to_owned();
    for Row { key, numbers } in rows {
        let numbers = numbers.map(|number| number.to_string()).join(" | ");
        _ = writeln!(table, "| {key} | {numbers} |");
    }
    table
}

fn parse(rows: &str) -> Result<Vec<Row>> {
    let row = |row: &str| {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let ["", network, board, core, numbers @ .., ""] = &cells[..] else { bail!("{DOCUMENT}: invalid row: {row}") };
        let numbers: Vec<u64> = numbers.iter().map(|number| number.parse()).collect::<Result<_, _>>()?;
        let wrong = |_| anyhow::anyhow!("{DOCUMENT}: another number of cells: {row}");
        Ok(Row { key: format!("{network} | {board} | {core}"), numbers: numbers.try_into().map_err(wrong)? })
    };
    rows.lines().map(row).collect()
}

fn check(documented: &[Row], measured: &[Row]) -> Result<()> {
    let near = |(a, b): (&u64, &u64)| (*a as f64 - *b as f64).abs() <= TOLERANCE * *b as f64;
    let same = |a: &Row, b: &Row| a.key == b.key && a.numbers.iter().zip(&b.numbers).all(near);
    let stale = measured.iter().filter(|row| !documented.iter().any(|other| same(row, other)));
    let stale: Vec<_> = stale.map(|row| row.key.as_str()).collect();
    ensure!(
        stale.is_empty() && documented.len() == measured.len(),
        "{DOCUMENT} is out of date for {stale:?}; cargo xtask graphs --bless rewrites it"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_round_trips_and_stale_rows_are_named() {
        let row = |flash| Row { key: "digits | microbit | Cortex-M0".into(), numbers: [flash, 2, 3, 4, 5, 6] };
        let table = render(&[row(1000)]);
        assert_eq!(parse(&table[HEAD.len()..]).unwrap(), [row(1000)]);
        assert!(parse("| a | b | c | 3 |").is_err());
        assert!(check(&[row(1000)], &[row(1019)]).is_ok());
        assert!(check(&[row(1000)], &[row(1030)]).unwrap_err().to_string().contains("microbit"));
        assert!(check(&[], &[row(1)]).is_err() && check(&[row(1)], &[]).is_err());
    }

    #[test]
    fn accuracy_counts_lines() {
        assert_eq!(accuracy("0000003312345678\n0000003412345678\n").unwrap(), 0.5);
        assert!(accuracy("").is_err() && accuracy("000\n").is_err());
    }
}
