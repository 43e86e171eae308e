//! `glif board faults`: how a board behaves on a bad line and with a bad power supply.

use std::cell::Cell;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use glif::output::say;
use glif_board::faults::FaultRates;
use glif_board::faults::trial::{self, Options, Power};
use glif_board::reach::{self, Line, Reach, Reached};

/// Proves that a board behind a bad line does what it does behind a good one.
#[derive(Args)]
#[command(after_help = "Examples:
  glif board faults --requests 10000
  glif board faults --rate 0.05 --qemu qemu-system-arm --qemu-arg=-M --qemu-arg=mps2-an386 --kernel node.elf")]
pub(crate) struct Arguments {
    #[command(flatten)]
    reach: Reach,
    /// Least number of requests
    #[arg(long, default_value_t = 1000, allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(1..))]
    requests: u64,
    /// Share of frames that are lost; the same share is duplicated, delayed, corrupted, truncated, and preceded by noise
    #[arg(long, default_value_t = 0.05, allow_negative_numbers = true, value_parser = rate)]
    rate: f64,
    /// Percentage of rounds that end in a power cut, for a board in QEMU or in this process
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=100))]
    cuts: u32,
    /// Seed of populations, requests and faults
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Time to wait for a reply before a request is sent again, ms
    #[arg(long, value_name = "MS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    wait: u64,
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.0..=0.5).contains(&rate) => Ok(rate),
        _ => Err(format!("`{text}`: a rate must be from 0 to 0.5")),
    }
}

/// Runs the trial and prints its report. Returns `true`, as every failure is an error.
pub(crate) fn faults(arguments: &Arguments) -> Result<bool> {
    let Arguments { reach, requests, rate, cuts, seed, wait } = arguments;
    let Reached { line, emulator, .. } = reach.open()?;
    let emulator = Cell::new(emulator);
    let mut restart = || {
        // The previous emulator ends first.
        emulator.set(None);
        let reached = reach.open()?;
        emulator.set(reached.emulator);
        Ok(reached.line)
    };
    let power: Option<Power<'_, Box<dyn Line>>> = if reach.starts() { Some(&mut restart) } else { None };
    let (rates, wait) = (FaultRates::each(*rate), Duration::from_millis(*wait));
    let options = Options { requests: *requests, rates, wait, cuts: *cuts, seed: *seed };
    let report = trial::run(line, power, options, &mut |_| {});
    let report = report.map_err(|error| reach::explain(emulator.take().as_ref(), error))?;
    say(&format!("{report}\nequal to a board on a faultless line"))?;
    Ok(true)
}
