//! `glif board cost`: the cost of a step, for each model and number format of a board.

use anyhow::Result;
use clap::Args;
use glif::output::say;
use glif_board::cost::{self, Row};
use glif_board::reach::{self, Reach, Reached};

/// Measures what a step costs.
#[derive(Args)]
#[command(after_help = "Examples:
  glif board cost --port /dev/ttyACM0
  glif board cost --qemu qemu-system-arm --qemu-arg=-M --qemu-arg=mps2-an386 --kernel node.elf --icount 10")]
pub(crate) struct Arguments {
    #[command(flatten)]
    reach: Reach,
    /// Advance QEMU's clock by 2^SHIFT nanoseconds per instruction, and count instructions instead of ticks
    #[arg(long, value_name = "SHIFT", requires = "qemu", value_parser = clap::value_parser!(u8).range(0..=10))]
    icount: Option<u8>,
    /// Print an array of objects
    #[arg(long, requires = "icount")]
    json: bool,
}

/// Measures the cost and prints it. Returns `true`, as every failure is an error.
pub(crate) fn cost(arguments: &Arguments) -> Result<bool> {
    let icount = arguments.icount.map(|shift| ["-icount".to_owned(), format!("shift={shift}")]);
    let reach = arguments.reach.clone().with_qemu_args(icount.into_iter().flatten());
    let Reached { line, emulator, .. } = reach.open()?;
    let unit = |frequency: f64| arguments.icount.map_or(1.0, |shift| 1e9 / frequency / f64::from(1_u32 << shift));
    if !arguments.json {
        let unit = if arguments.icount.is_some() { "instructions" } else { "ticks of the board's clock" };
        say(&format!(
            "{unit} per neuron per step: mean, best step, worst step, worst step under any load; bytes of state and of own coefficients per neuron"
        ))?;
    }
    let mut told = Ok(());
    let mut tell = |row: &Row| {
        if !arguments.json && told.is_ok() {
            let Row { board, core, model, k, scalar, neurons, mean, best, worst, bound, .. } = row;
            let Row { bytes_per_neuron, own_bytes_per_neuron, .. } = row;
            told = say(&format!(
                "{board:11} {core:11} {model:5} K={k} {scalar:6} N={neurons:<4} {mean:8.2} {best:8.2} {worst:8.2} {bound:8.2}   {bytes_per_neuron} + {own_bytes_per_neuron} bytes"
            ));
        }
    };
    let rows = reach.connect(line).and_then(|mut board| cost::measure(&mut board, unit, &mut tell));
    let rows = rows.map_err(|error| reach::explain(emulator.as_ref(), error))?;
    told?;
    if arguments.json {
        say(&serde_json::to_string_pretty(&rows)?)?;
    }
    Ok(true)
}
