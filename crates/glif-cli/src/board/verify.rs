//! `glif board verify`: runs every check, prints its progress, and writes a report in JSON.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow};
use clap::Args;
use glif::file;
use glif::output::say;
use glif_board::Board;
use glif_board::reach::{self, Line, Reach, Reached};
use glif_board::verify::{self, Check, Event, Options, Pins, Report};
use indicatif::{ProgressBar, ProgressStyle};

/// Proves a board equal to the host.
#[derive(Args)]
#[command(after_help = "Examples:
  glif board verify
  glif board verify --port /dev/ttyACM0 --json report.json
  glif board verify --qemu qemu-system-arm --qemu-arg=-M --qemu-arg=mps2-an386 --kernel node.elf
  glif board verify --port /dev/ttyACM0 --replay target/hil/rp2040-alif-f32-1-3")]
pub(crate) struct Arguments {
    #[command(flatten)]
    reach: Reach,
    /// Fail unless the board has this name, such as mps2-an386
    #[arg(long, value_name = "NAME")]
    board: Option<String>,
    /// Fail unless the board has this core, such as Cortex-M4F
    #[arg(long)]
    core: Option<String>,
    /// Target triple, for the report
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
    /// Write the report to a file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Seed of the random populations and currents
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Fewer steps
    #[arg(long)]
    quick: bool,
    /// Directory for evidence of each difference, which --replay repeats
    #[arg(long, value_name = "DIR", default_value = "target/hil")]
    save: PathBuf,
    /// File to which the emulator writes each edge of a pin: nanoseconds, pin, 1 for high or 0 for low
    #[arg(long, value_name = "FILE", requires = "pin")]
    edges: Option<PathBuf>,
    /// Pins of neurons 0, 1 and so on, such as 2,3,4,5
    #[arg(long, value_name = "N", value_delimiter = ',', requires = "edges")]
    pin: Vec<u32>,
    /// Repeat only the difference in this directory
    #[arg(long, value_name = "DIR", conflicts_with_all = ["json", "quick", "seed", "target", "save"])]
    replay: Option<PathBuf>,
}

/// Whether the board is equal to the host.
pub(crate) fn verify(arguments: &Arguments) -> Result<bool> {
    arguments.json.as_deref().map_or(Ok(()), file::check_writable)?;
    let Reached { line, transport, emulator } = arguments.reach.open()?;
    let board = arguments.reach.connect(line);
    let mut board = board.map_err(|error| reach::explain(emulator.as_ref(), error))?;
    arguments.check_names(&board)?;
    // The emulator is running, so it has created its log.
    if let Some(edges) = &arguments.edges {
        std::fs::metadata(edges).with_context(|| format!("--edges `{}`", edges.display()))?;
    }
    if let Some(folder) = &arguments.replay {
        return replay(&mut board, folder);
    }
    let mut report = prove(&mut board, arguments);
    (report.target, report.transport) = (arguments.target.clone(), transport);
    let excuse = reach::excuse(emulator.as_ref());
    report.notes.extend(excuse.clone());
    if let Some(path) = &arguments.json {
        let text = serde_json::to_string_pretty(&report)? + "\n";
        file::replace(path, |mut file, _| file.write_all(text.as_bytes()))?;
    }
    if let Some(excuse) = excuse {
        say(&format!("note       {excuse}"))?;
    }
    say(&report.to_string())?;
    Ok(report.passed)
}

impl Arguments {
    /// A report on a board other than the requested one would be worse than no report.
    fn check_names(&self, board: &Board<Box<dyn Line>>) -> Result<()> {
        let identity = board.identity();
        for (what, asked, found) in [("board", &self.board, &identity.board), ("core", &self.core, &identity.core)] {
            if let Some(asked) = asked.as_ref().filter(|asked| *asked != found) {
                return Err(anyhow!("--{what} {asked}: the {what} identifies itself as `{found}`"));
            }
        }
        Ok(())
    }
}

fn replay(board: &mut Board<Box<dyn Line>>, folder: &std::path::Path) -> Result<bool> {
    let difference = verify::replay(board, folder)?;
    match &difference {
        Some(difference) => say(&format!("still differs: {difference}"))?,
        None => say("no longer differs")?,
    }
    Ok(difference.is_none())
}

fn prove(board: &mut Board<Box<dyn Line>>, arguments: &Arguments) -> Report {
    let Arguments { reach, seed, quick, save, edges, pin, .. } = arguments;
    let pins = edges.clone().map(|edges| Pins { edges, numbers: pin.clone() });
    let options = Options { seed: *seed, quick: *quick, save: save.clone(), own_time: reach.own_time(), pins };
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} steps {msg}") {
        bar.set_style(style);
    }
    let report = verify::run(board, &options, &mut |event| show(&bar, event));
    bar.finish_and_clear();
    report
}

/// Shows a progress bar on a terminal, with lines above it; without a terminal only the lines.
fn show(bar: &ProgressBar, event: Event<'_>) {
    match event {
        Event::Plan(steps) => bar.set_length(steps),
        Event::Begin(name) => bar.set_message(name.to_owned()),
        Event::Steps(steps) => bar.inc(steps),
        // If this cannot be printed, neither can the final report, which is an error.
        Event::Done(check) => _ = bar.suspend(|| say(&line(check))),
        Event::Note(text) => _ = bar.suspend(|| say(&format!("note       {text}"))),
    }
}

fn line(Check { name, tally, seconds, difference, .. }: &Check) -> String {
    let steps = if tally.steps > 0 { format!(", {} steps", tally.steps) } else { String::new() };
    match difference {
        None => format!("passed     {name}{steps}, {seconds:.2} s"),
        Some(difference) => format!("FAILED     {name}{steps}: {difference}"),
    }
}
