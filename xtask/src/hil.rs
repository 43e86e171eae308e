//! `hil`: proves boards equal to the host. The proof is the program `glif-board`; here is what it is told.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Args;
use xshell::{Shell, cmd};

use crate::boards::{self, Board};
use crate::firmware::Image;
use crate::toolchain;

/// Which boards, and what to write.
#[derive(Args, Default)]
pub(crate) struct Hil {
    /// A board in QEMU; may be given several times; mps2-an386 without it
    #[arg(long = "board", value_name = "NAME", conflicts_with_all = ["all", "port"])]
    pub(crate) boards: Vec<String>,
    /// Every board that QEMU has
    #[arg(long, conflicts_with = "port")]
    pub(crate) all: bool,
    /// A board at a serial port, already flashed
    #[arg(long, value_name = "PATH")]
    pub(crate) port: Option<String>,
    /// Speed of the port, bits a second
    #[arg(long, requires = "port")]
    pub(crate) baud: Option<u32>,
    /// Write the report here; of several boards, a list of them
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// For `glif-board hil`; behind `--` what starts with a hyphen, such as --quick or --seed
    #[arg(value_name = "ARG")]
    pub(crate) args: Vec<String>,
}

/// Boards at a time: more would only wait for each other on two cores.
const AT_A_TIME: usize = 2;

/// Runs the proof on each board.
pub(crate) fn hil(sh: &Shell, hil: &Hil) -> Result<()> {
    let Hil { port, baud, json, args, .. } = hil;
    json.as_deref().map_or(Ok(()), check_writable)?;
    if let Some(port) = port {
        let program = program(sh)?;
        let baud = baud.map(|baud| format!("--baud={baud}"));
        let json = json.as_ref().map(|json| format!("--json={}", json.display()));
        cmd!(sh, "{program} hil --port {port} {baud...} {json...} {args...}").run()?;
        return Ok(());
    }
    let boards: Vec<Board> = match &hil.boards[..] {
        [] if !hil.all => vec![boards::find("mps2-an386")?],
        names => boards::chosen(names)?,
    };
    let program = program(sh)?;
    let runs = boards.iter().map(|board| Run::new(sh, board, args)).collect::<Result<Vec<_>>>()?;
    let failed = run(&program, &runs)?;
    if let Some(json) = json {
        write(json, &runs)?;
    }
    if failed.is_empty() { Ok(()) } else { bail!("not equal to the host: {}", failed.join(", ")) }
}

/// One board's proof.
struct Run {
    name: &'static str,
    /// What `glif-board` is told.
    told: Vec<String>,
    /// Where it leaves its report.
    report: PathBuf,
}

impl Run {
    /// Builds the board's firmware.
    fn new(sh: &Shell, board: &Board, args: &[String]) -> Result<Self> {
        let kernel = Image::node(board).build_for(sh, board.name)?;
        let report = kernel.with_extension("json");
        // What is there after the run is then of this run.
        sh.remove_path(&report)?;
        let mut told = vec!["hil".to_owned(), format!("--board={}", board.name), format!("--core={}", board.core)];
        told.push(format!("--target={}", board.target));
        told.extend(reach(board, &kernel)?);
        told.push(format!("--json={}", report.display()));
        told.extend(args.iter().cloned());
        Ok(Self { name: board.name, told, report })
    }
}

/// How any command of `glif-board` is told to start a board in QEMU.
pub(crate) fn reach(board: &Board, kernel: &Path) -> Result<Vec<String>> {
    let machine = board.qemu.with_context(|| format!("QEMU has no {}", board.name))?;
    let mut told = vec![format!("--qemu={}", machine.program)];
    told.extend(machine.args.iter().map(|arg| format!("--qemu-arg={arg}")));
    told.push(format!("--kernel={}", kernel.display()));
    Ok(told)
}

/// Builds `glif-board`; where it is. What it measures is the board, so a debug build does, which is there after a test.
pub(crate) fn program(sh: &Shell) -> Result<PathBuf> {
    cmd!(sh, "cargo build -p glif-board").run()?;
    let name = format!("glif-board{}", std::env::consts::EXE_SUFFIX);
    Ok(toolchain::target_root().join("debug").join(name))
}

/// Runs a few at a time; the names of those that failed.
fn run(program: &Path, runs: &[Run]) -> Result<Vec<&'static str>> {
    let mut failed = Vec::new();
    for some in runs.chunks(AT_A_TIME) {
        let passed = match some {
            // Seen as it goes.
            [only] => {
                println!("== {}", only.name);
                vec![command(program, only).status().context("glif-board")?.success()]
            }
            _ => together(program, some)?,
        };
        failed.extend(some.iter().zip(passed).filter(|(_, passed)| !passed).map(|(run, _)| run.name));
    }
    Ok(failed)
}

fn command(program: &Path, run: &Run) -> Command {
    let mut command = Command::new(program);
    command.args(&run.told);
    command
}

/// Runs all at once; which have passed. Their output comes whole, board by board.
fn together(program: &Path, runs: &[Run]) -> Result<Vec<bool>> {
    let outputs = thread::scope(|scope| {
        let start = |run| scope.spawn(move || command(program, run).output());
        let threads: Vec<_> = runs.iter().map(start).collect();
        threads.into_iter().map(|thread| thread.join()).collect::<Vec<_>>()
    });
    let mut passed = Vec::new();
    for (run, output) in runs.iter().zip(outputs) {
        let output = output.map_err(|_| anyhow!("a thread panicked"))?.context("glif-board")?;
        println!("== {}\n{}", run.name, String::from_utf8_lossy(&output.stdout));
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
        passed.push(output.status.success());
    }
    Ok(passed)
}

/// One report as it is, several as a list. A board that could not be reached has left none.
fn write(json: &Path, runs: &[Run]) -> Result<()> {
    let reports = runs.iter().filter(|run| run.report.exists()).map(|run| fs::read_to_string(&run.report));
    let reports = reports.collect::<Result<Vec<_>, _>>()?;
    let text = match (&reports[..], runs) {
        ([one], [_]) => one.clone(),
        _ => format!("[\n{}\n]\n", reports.iter().map(|report| report.trim()).collect::<Vec<_>>().join(",\n")),
    };
    fs::write(json, text).with_context(|| format!("`{}`", json.display()))
}

/// Whether a report can be written there, before the minutes that it takes. What is there stays.
fn check_writable(json: &Path) -> Result<()> {
    let there = json.exists();
    let opened = fs::OpenOptions::new().append(true).create(true).open(json);
    opened.with_context(|| format!("--json `{}` cannot be written", json.display()))?;
    if there { Ok(()) } else { Ok(fs::remove_file(json)?) }
}
