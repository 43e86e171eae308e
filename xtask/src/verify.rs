//! `verify`: proves boards equal to the host. The proof itself is `glif board verify`; this module prepares
//! its arguments.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use xshell::{Shell, cmd};

use crate::boards::{self, Board};
use crate::firmware::Image;
use crate::glif::{self, reach};
use crate::{alive, tracks};

/// Which boards, and what to write.
#[derive(Args, Default)]
pub(crate) struct Verify {
    /// Board in QEMU, or rp2040 in rp2040js; may be repeated; mps2-an386 by default
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
    /// For `glif board verify`; behind `--` what starts with a hyphen, such as --quick or --seed
    #[arg(value_name = "ARG")]
    pub(crate) args: Vec<String>,
}

/// Runs the proof on each board.
pub(crate) fn verify(sh: &Shell, verify: &Verify) -> Result<()> {
    let Verify { port, baud, json, args, .. } = verify;
    json.as_deref().map_or(Ok(()), check_writable)?;
    if let Some(port) = port {
        let program = glif::program(sh)?;
        let baud = baud.map(|baud| format!("--baud={baud}"));
        let json = json.as_ref().map(|json| format!("--json={}", json.display()));
        return glif::end(cmd!(sh, "{program} board verify --port {port} {baud...} {json...} {args...}"));
    }
    let boards: Vec<Board> = match &verify.boards[..] {
        [] if !verify.all => vec![boards::find("mps2-an386")?],
        [] => boards::in_qemu().collect(),
        names => names.iter().map(|name| boards::find(name)).collect::<Result<_>>()?,
    };
    let program = glif::program(sh)?;
    let alone = boards.len() == 1;
    let runs = tracks::each(sh, &boards, |sh, board| {
        let run = Run::new(sh, board, args)?;
        let passed = if alone { run.seen(&program) } else { run.told_whole(&program) };
        Ok((run, passed.context("glif board verify")?))
    })?;
    if let Some(json) = json {
        write(json, &runs.iter().map(|(run, _)| run).collect::<Vec<_>>())?;
    }
    let failed: Vec<_> = runs.iter().filter(|(_, passed)| !passed).map(|(run, _)| run.name).collect();
    if failed.is_empty() { Ok(()) } else { bail!("not equal to the host: {}", failed.join(", ")) }
}

/// The proof of one board.
struct Run {
    name: &'static str,
    /// Arguments of `glif`.
    told: Vec<String>,
    /// Path of the report.
    report: PathBuf,
}

impl Run {
    /// Builds the board's firmware and prepares the arguments.
    fn new(sh: &Shell, board: &Board, args: &[String]) -> Result<Self> {
        let kernel = Image::node(board).build_for(sh, board.name)?;
        let report = kernel.with_extension("json");
        // A report that exists after the run is then from this run.
        sh.remove_path(&report)?;
        let mut told = vec![
            "board".to_owned(),
            "verify".to_owned(),
            format!("--board={}", board.name),
            format!("--core={}", board.core),
        ];
        told.push(format!("--target={}", board.target));
        told.extend(reach(sh, board, &kernel)?);
        if let Some(script) = board.script {
            let edges = kernel.with_extension("edges");
            told.push(format!("--emulator-arg=--pins={}", edges.display()));
            told.push(format!("--edges={}", edges.display()));
            told.extend(script.pins.iter().map(|pin| format!("--pin={pin}")));
        }
        told.push(format!("--json={}", report.display()));
        told.extend(args.iter().cloned());
        Ok(Self { name: board.name, told, report })
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.args(&self.told);
        command
    }

    /// Runs the proof, showing its output as it comes. Returns whether it has passed.
    fn seen(&self, program: &Path) -> io::Result<bool> {
        println!("== {}", self.name);
        Ok(alive::during(self.name, || self.command(program).status())?.success())
    }

    /// Runs the proof in parallel with others and prints its output at the end, in one piece. Returns whether
    /// it has passed.
    fn told_whole(&self, program: &Path) -> io::Result<bool> {
        let what = format!("{} beside the host", self.name);
        let output = alive::during(&what, || self.command(program).output())?;
        let told = [output.stdout, output.stderr].concat();
        println!("== {}\n{}", self.name, String::from_utf8_lossy(&told));
        Ok(output.status.success())
    }
}

/// Writes one report unchanged, several as a list. A board that could not be reached has left no report.
fn write(json: &Path, runs: &[&Run]) -> Result<()> {
    let reports = runs.iter().filter(|run| run.report.exists()).map(|run| fs::read_to_string(&run.report));
    let reports = reports.collect::<Result<Vec<_>, _>>()?;
    let text = match (&reports[..], runs) {
        ([one], [_]) => one.clone(),
        _ => format!("[\n{}\n]\n", reports.iter().map(|report| report.trim()).collect::<Vec<_>>().join(",\n")),
    };
    fs::write(json, text).with_context(|| format!("`{}`", json.display()))
}

/// Checks that the report can be written, before the minutes that the proof takes. An existing file is kept.
fn check_writable(json: &Path) -> Result<()> {
    let there = json.exists();
    let opened = fs::OpenOptions::new().append(true).create(true).open(json);
    opened.with_context(|| format!("--json `{}` cannot be written", json.display()))?;
    if there { Ok(()) } else { Ok(fs::remove_file(json)?) }
}
