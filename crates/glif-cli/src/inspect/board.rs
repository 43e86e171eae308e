//! `glif inspect FILE.toml --board NAME`: whether a frozen population or network fits a board.

mod cost;
mod load;
mod memory;

use anyhow::{Context as _, Result, ensure};
use glif::description::toml::nearest;
use glif::network::Network;
use glif::output::say;
use glif::{Description, Number, limits, text};
use serde::Serialize;

use self::cost::Instructions;
use self::load::Load;
use self::memory::Memory;

/// A board, and the boards in QEMU whose core is the same or the nearest.
pub(super) struct Board {
    name: &'static str,
    core: &'static str,
    /// Bytes.
    flash: usize,
    ram: usize,
    /// Clock of the core, MHz; `None` if the board has no core of a given speed.
    clock: Option<f64>,
    /// Where steps of neurons were measured.
    neurons: &'static str,
    /// Where the other parts of a step were measured, and the size of the code.
    parts: &'static str,
}

const KIB: usize = 1024;
const M0: &str = "microbit";
const M3: &str = "mps2-an385";
const M4F: &str = "mps2-an386";
const RV32: &str = "virt";

/// All boards. The memory is that of their linker scripts, the clock that of their nodes.
const BOARDS: [Board; 12] = [
    board("microbit", "Cortex-M0", (256, 16), Some(16.0), (M0, M0)),
    board("mps2-an385", "Cortex-M3", (4096, 4096), Some(25.0), (M3, M3)),
    board("mps2-an386", "Cortex-M4F", (4096, 4096), Some(25.0), (M4F, M4F)),
    board("mps2-an500", "Cortex-M7", (4096, 4096), Some(25.0), ("mps2-an500", M4F)),
    board("mps2-an505", "Cortex-M33", (4096, 4096), Some(20.0), ("mps2-an505", M4F)),
    board("mps3-an547", "Cortex-M55", (512, 512), Some(20.0), ("mps3-an547", M4F)),
    board("virt", "RV32IMAC", (16384, 16384), None, (RV32, RV32)),
    board("rp2040", "Cortex-M0+", (2048, 256), Some(125.0), (M0, M0)),
    board("rp2350", "Cortex-M33", (4096, 512), Some(150.0), ("mps2-an505", M4F)),
    board("nrf52840", "Cortex-M4F", (1024, 256), Some(64.0), (M4F, M4F)),
    board("stm32f411", "Cortex-M4F", (512, 128), Some(100.0), (M4F, M4F)),
    board("esp32c3", "RV32IMC", (4096, 320), Some(160.0), (RV32, RV32)),
];

const fn board(
    name: &'static str,
    core: &'static str,
    (flash, ram): (usize, usize),
    clock: Option<f64>,
    (neurons, parts): (&'static str, &'static str),
) -> Board {
    Board { name, core, flash: flash * KIB, ram: ram * KIB, clock, neurons, parts }
}

/// Parses --board.
pub(super) fn parse(name: &str) -> Result<&'static Board, String> {
    if let Some(board) = BOARDS.iter().find(|board| board.name == name) {
        return Ok(board);
    }
    let known: Vec<&str> = BOARDS.iter().map(|board| board.name).collect();
    let meant = nearest(name, &known).map_or_else(String::new, |name| format!("\nhelp: did you mean `{name}`?"));
    let name = text::printable(name, limits::PRINTED);
    Err(format!("unknown board `{name}`; available: {}{meant}", known.join(", ")))
}

/// A rate of one population or of all, Hz.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rate {
    population: Option<String>,
    hertz: f64,
}

/// Parses a part of --rate.
pub(super) fn rate(text: &str) -> Result<Rate, String> {
    let (population, number) = match text.rsplit_once('=') {
        Some((population, number)) => (Some(population.to_owned()), number),
        None => (None, text),
    };
    match number.parse::<f64>() {
        Ok(hertz) if hertz >= 0.0 && hertz.is_finite() => Ok(Rate { population, hertz }),
        _ => Err(format!("`{number}`: must be a number of at least 0, in Hz")),
    }
}

/// Rate of a population for which --rate gives none, Hz.
const USUAL_RATE: f64 = 10.0;

/// Returns the rate of each population. The last one that names it counts.
fn rates(load: &Load, given: &[Rate]) -> Result<Vec<f64>> {
    let known: Vec<&str> = load.populations.iter().map(|population| population.name.as_str()).collect();
    for population in given.iter().filter_map(|rate| rate.population.as_deref()) {
        let named = text::printable(population, limits::PRINTED);
        ensure!(load.is_network, "--rate {named}=…: a population file has one population\nhelp: leave `{named}=` out");
        ensure!(known.contains(&population), "--rate: no population `{named}`; available: {}", known.join(", "));
    }
    let of = |name: &&str| {
        let named = given.iter().rev().find(|rate| rate.population.as_deref() == Some(name));
        let all = || given.iter().rev().find(|rate| rate.population.is_none());
        named.or_else(all).map_or(USUAL_RATE, |rate| rate.hertz)
    };
    Ok(known.iter().map(of).collect())
}

/// Whether a population or a network fits a board, for other programs.
#[derive(Serialize)]
pub(super) struct Fit {
    board: &'static str,
    core: &'static str,
    flash_bytes: usize,
    ram_bytes: usize,
    clock_mhz: Option<f64>,
    /// Rate of each population, Hz.
    rates_hz: Vec<f64>,
    memory: Memory,
    instructions: Instructions,
    step_time_ms: f64,
    /// Instructions in the time of a step, if each takes a cycle.
    instructions_in_time: Option<f64>,
    fits_flash: bool,
    fits_ram: bool,
    fits_time: Option<bool>,
}

/// Returns whether a network fits.
pub(super) fn of_network(board: &Board, network: &Network, rates: &[Rate]) -> Result<Fit> {
    let description = network.description();
    let mut own_bytes = Vec::new();
    for (name, _) in &description.populations {
        own_bytes.push(description.alone(name).map_or(Ok(0), |alone| own_bytes_of(&alone))?);
    }
    fit(board, &Load::of_network(network, &own_bytes), rates)
}

/// Returns whether a population fits.
pub(super) fn of_population(board: &Board, description: &Description, rates: &[Rate]) -> Result<Fit> {
    fit(board, &Load::of_population(description, own_bytes_of(description)?), rates)
}

fn own_bytes_of(description: &Description) -> Result<usize> {
    if description.own.is_empty() {
        return Ok(0);
    }
    Ok(Description { batch_size: 1, ..description.clone() }.build()?.own_bytes_per_neuron())
}

fn fit(board: &Board, load: &Load, given: &[Rate]) -> Result<Fit> {
    let scalar = load.scalar;
    ensure!(
        scalar.is_fixed_point() || scalar.size() == 4,
        "`scalar` = \"{scalar}\": boards have f32 and fixed point only\nhelp: use --scalar f32 or i16f16"
    );
    let rates_hz = rates(load, given)?;
    let memory = memory::of(board, load).context("the arrays do not fit any memory")?;
    let instructions = cost::instructions(board, load, &rates_hz)?;
    let in_time = board.clock.map(|clock| clock * 1e3 * load.step_time);
    Ok(Fit {
        board: board.name,
        core: board.core,
        flash_bytes: board.flash,
        ram_bytes: board.ram,
        clock_mhz: board.clock,
        rates_hz,
        fits_flash: memory.flash <= board.flash,
        fits_ram: memory.ram <= board.ram,
        fits_time: in_time.map(|most| instructions.sum <= most),
        memory,
        instructions,
        step_time_ms: load.step_time,
        instructions_in_time: in_time,
    })
}

/// Prints whether it fits, below a report.
pub(super) fn tell_below(fit: Option<&Fit>) -> Result<()> {
    let Some(fit) = fit else { return Ok(()) };
    say("")?;
    let Fit { board, core, memory, instructions, step_time_ms, .. } = fit;
    let clock = fit.clock_mhz.map_or_else(String::new, |clock| format!(" at {} MHz", Number(clock)));
    say(&format!("{board}, {core}{clock}, as a frozen image"))?;
    let verdict = |fits: bool| if fits { "fits" } else { "does not fit" };
    let Memory { code, constants, flash, state, stack, ram } = memory;
    let of = fit.flash_bytes;
    say(&format!("flash: {flash} of {of} bytes, {}: code {code}, constants {constants}", verdict(fit.fits_flash)))?;
    let of = fit.ram_bytes;
    say(&format!("RAM: {ram} of {of} bytes, {}: state {state}, stack {stack}", verdict(fit.fits_ram)))?;
    let Instructions { neurons, inputs, search, events, sum, greatest } = instructions;
    say(&format!(
        "a step: {sum:.0} instructions: neurons {neurons:.0}, inputs {inputs:.0}, search for spikes {search:.0}, events {events:.0}"
    ))?;
    say(&format!("a step in which every neuron fires: {greatest:.0} instructions"))?;
    let (Some(most), Some(fits)) = (fit.instructions_in_time, fit.fits_time) else { return Ok(()) };
    let share = 100.0 * sum / most;
    say(&format!(
        "deadline: {} ms have {most:.0} cycles; the step takes {share:.0} % of them if an instruction takes one, {}",
        Number(*step_time_ms),
        if fits { "in time" } else { "too late" }
    ))?;
    if fits && *greatest > most {
        say("note: a step in which every neuron fires is too late")?;
    }
    Ok(())
}
