//! Measures the stack depth of an image. QEMU shows which memory still has its initial content, or the paint
//! that the image wrote before it started.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use object::{Object as _, ObjectSection as _, ObjectSymbol as _};
use xshell::{Shell, cmd};

use crate::alive;
use crate::boards::Board;
use crate::emulator::{self, Killed, LIMIT, in_qemu};
use crate::firmware::Image;

/// The paint of cortex-m-rt, and the initial content of QEMU's memory. The latter is good enough for stacks
/// of thousands of bytes.
const PAINT: [u8; 2] = [0xcc, 0];
/// Bytes that a frozen population sends before its stack is measured: a thousand steps of 32 neurons.
const SENT: u64 = 9000;

/// Returns the bytes of stack that the frozen population of a board has used.
pub(crate) fn frozen(sh: &Shell, board: &Board) -> Result<u64> {
    let image = Image { proof: Some("paint"), ..Image::frozen(board) };
    let elf = image.build_for(sh, &format!("{}-painted", board.name))?;
    let folder = sh.create_temp_dir()?;
    let sent = folder.path().join("sent");
    let qemu = Watched::start(sh, board, &elf, &format!("file:{}", sent.display()))?;
    let done = || fs::metadata(&sent).is_ok_and(|sent| sent.len() >= SENT);
    let started = Instant::now();
    while !done() && started.elapsed() < LIMIT {
        thread::sleep(Duration::from_millis(20));
    }
    ensure!(done(), "{} has not sent {SENT} bytes within {} s", board.name, LIMIT.as_secs());
    qemu.depth(sh, board)
}

/// Returns the bytes of stack that the node of a board has used during `glif board verify`. That proof that
/// the node equals the host contains every request and every request error.
pub(crate) fn node(sh: &Shell, program: &Path, board: &Board) -> Result<u64> {
    let elf = Image::node(board).build_for(sh, board.name)?;
    let mut qemu = Watched::start(sh, board, &elf, "pty")?;
    let port = qemu.terminal()?;
    let report = elf.with_extension("txt");
    let proof = cmd!(sh, "{program} board verify --quick --port {port}").quiet().ignore_status();
    let proof = alive::during(&format!("stack of {}", board.name), || proof.output())?;
    sh.write_file(&report, &proof.stdout)?;
    ensure!(proof.status.success(), "{}: see {}", board.name, report.display());
    qemu.depth(sh, board)
}

/// Stack of the operations of a population on arrays, without the values that they return, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operations {
    /// Deepest operation on a population in place.
    pub(crate) state: u64,
    /// Deepest operation that derives coefficients, with the caller's list of errors.
    pub(crate) deriving: u64,
}

/// Kinds of operation that have a limit. Operations that return by value have none, because they need the
/// value twice: Rust builds a value before it moves it to the caller. The value may be a list of errors,
/// which is a kilobyte, or the population itself.
const KINDS: [&str; 2] = ["state/", "deriving/"];
/// Limit per operation without the value that it returns, in bytes.
const MOST: u64 = 1024;

/// Runs the image of [`Image::populations`], and reads the stack of each of its operations.
pub(crate) fn operations(sh: &Shell, board: &Board) -> Result<Operations> {
    let elf = Image::populations(board).build_for(sh, board.name)?;
    let semihosting = ["-serial", "null", "-semihosting-config", "enable=on,target=native"];
    let mut command = in_qemu(sh, board, &semihosting, &elf)?;
    command.stdin(Stdio::null()).stderr(Stdio::piped());
    let mut qemu = Killed::start(command)?;
    // QEMU writes semihosting output to its standard error.
    let output = qemu.0.stderr.take().context("no output")?;
    let told = emulator::read(output, &format!("{} has not ended", board.name))?;
    deepest(&told).with_context(|| board.name)
}

/// Returns the deepest operation of each kind. Returns an error if one exceeds [`MOST`].
fn deepest(lines: &str) -> Result<Operations> {
    ensure!(lines.ends_with("\nend\n"), "the image did not finish: {lines}");
    let mut deepest = [0; KINDS.len()];
    for line in lines.lines().filter(|line| *line != "end") {
        let [population, operation, returned, stack] = line.split(' ').collect::<Vec<_>>()[..] else {
            bail!("invalid line: {line}");
        };
        let beside = stack.parse::<u64>()?.saturating_sub(returned.parse()?);
        println!("{population:18} {operation:32} {beside:6} bytes of stack beside the {returned} that it returns");
        if let Some(kind) = KINDS.iter().position(|kind| operation.starts_with(kind)) {
            deepest[kind] = beside.max(deepest[kind]);
            ensure!(beside <= MOST, "{population}, {operation}: {beside} bytes of stack, at most {MOST}");
        } else {
            ensure!(operation.starts_with("value/"), "unknown kind of operation: {line}");
        }
    }
    let [state, deriving] = deepest;
    ensure!(state > 0 && deriving > 0, "a kind of operation is missing: {lines}");
    Ok(Operations { state, deriving })
}

/// A running QEMU with a monitor.
struct Watched {
    qemu: Killed,
    /// First and last address of the stack.
    bottom: u64,
    top: u64,
}

impl Watched {
    fn start(sh: &Shell, board: &Board, elf: &Path, serial: &str) -> Result<Self> {
        let (bottom, top) = room(elf)?;
        // The last `-monitor` argument takes effect, so this one replaces the default.
        let mut command = in_qemu(sh, board, &["-monitor", "stdio", "-serial", serial], elf)?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        Ok(Self { qemu: Killed::start(command)?, bottom, top })
    }

    /// Returns the path of its pseudo-terminal.
    fn terminal(&mut self) -> Result<String> {
        let mut output = BufReader::new(self.qemu.0.stdout.as_mut().context("no output")?);
        let mut line = String::new();
        while output.read_line(&mut line)? > 0 {
            if let Some(path) = line.split_whitespace().find(|word| word.starts_with("/dev/")) {
                return Ok(path.to_owned());
            }
            line.clear();
        }
        Err(anyhow::anyhow!("QEMU reported no pseudo-terminal"))
    }

    /// Ends QEMU, and returns the bytes of the stack that are no longer painted.
    fn depth(mut self, sh: &Shell, board: &Board) -> Result<u64> {
        let folder = sh.create_temp_dir()?;
        let (bottom, length, seen) = (self.bottom, self.top - self.bottom, folder.path().join("seen"));
        let mut monitor = self.qemu.0.stdin.take().context("no monitor")?;
        writeln!(monitor, "memsave {bottom:#x} {length} \"{}\"\nquit", seen.display())?;
        self.qemu.0.wait()?;
        let seen = fs::read(&seen)?;
        let painted = |byte: &u8| PAINT.contains(byte) && *byte == seen[0];
        let untouched = seen.iter().take_while(|byte| painted(byte)).count() as u64;
        let used = length - untouched;
        // The measurement does not prove the maximum, so a quarter as much again must fit.
        ensure!(untouched > 0 && used > 0, "{}: no paint is left, or all of it", board.name);
        ensure!(5 * used <= 4 * length, "{}: the stack has grown to {used} of {length} bytes", board.name);
        Ok(used)
    }
}

/// Returns the range from the end of the variables to the start of the stack.
fn room(elf: &Path) -> Result<(u64, u64)> {
    let bytes = fs::read(elf).with_context(|| elf.display().to_string())?;
    let file = object::File::parse(&*bytes)?;
    let start = file.symbols().find(|symbol| symbol.name() == Ok("_stack_start"));
    let top = start.with_context(|| format!("{} has no `_stack_start`", elf.display()))?.address();
    let variables = file.sections().filter(|section| matches!(section.name(), Ok(".data" | ".bss" | ".uninit")));
    let bottom = variables.map(|section| section.address() + section.size()).max().context("no variables")?;
    ensure!(bottom < top, "variables up to {bottom:#x}, stack from {top:#x}");
    Ok((bottom.next_multiple_of(4), top))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deepest_stack_of_each_kind_is_limited() {
        let told = |state: u64, deriving: u64| {
            deepest(&format!(
                "a state/clear 0 24\na state/step 8 {state}\na deriving/populate 300 {deriving}\na value/new 9 99999\nend\n"
            ))
        };
        assert_eq!(told(1032, 1324).unwrap(), Operations { state: 1024, deriving: 1024 });
        assert!(told(1033, 1324).unwrap_err().to_string().contains("state/step: 1025 bytes of stack, at most 1024"));
        assert!(told(1032, 1325).unwrap_err().to_string().contains("deriving/populate: 1025 bytes"));
        assert!(deepest("a state/clear 0 24\n").is_err());
        assert!(deepest("a state/clear 0 24\nend\n").is_err());
        assert!(deepest("a other/clear 0 24\nend\n").is_err());
    }
}
