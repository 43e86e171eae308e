//! `glif inspect NETWORK.toml`

use anyhow::Result;
use glif::network::{
    Fan, Memory, Network, NetworkDescription, NetworkReport, ProjectionReport, Spread, Storage, SynapseReport,
    WeightType,
};
use glif::output::{counted, say};
use glif::{Description, Number, RoundingMode};
use serde::Serialize;

use super::{Arguments, Line, Report, board, report, seven_digits, table, tell};
use crate::freeze::network::in_scalar;

/// The report of a network for other programs.
#[derive(Serialize)]
struct Whole<'a> {
    scalar: &'static str,
    rounding: &'static str,
    step_time_ms: f64,
    #[serde(flatten)]
    network: &'a NetworkReport,
    /// What `inspect` says of a file of this population; `None` for an input.
    alone: Vec<Option<Report>>,
    memory: Memory,
    bytes: usize,
    notes: Vec<String>,
    /// Whether it fits a board, if --board names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    fit: Option<board::Fit>,
}

pub(super) fn inspect(arguments: &Arguments) -> Result<()> {
    let description = in_scalar(glif_cli::arrays::read_network(&arguments.population)?, arguments.scalar);
    let network = glif_cli::arrays::build_network(&arguments.population, &description)?;
    let notes = crate::note_network(&arguments.population, &network, None);
    let network_report = network.report();
    let fit = arguments.board.map(|board| board::of_network(board, &network, &arguments.rate)).transpose()?;
    let mut alone = Vec::new();
    for (name, _) in &description.populations {
        alone.push(description.alone(name).map(|population| report(&population)).transpose()?);
    }
    if arguments.json {
        let memory = network_report.memory();
        let whole = Whole {
            scalar: description.scalar.name(),
            rounding: description.rounding.name(),
            step_time_ms: description.step_time,
            network: &network_report,
            alone,
            memory,
            bytes: memory.total(),
            notes,
            fit,
        };
        say(&serde_json::to_string(&whole)?)?;
        return Ok(());
    }
    head(&network, &network_report)?;
    for ((name, _), (reported, alone)) in
        description.populations.iter().zip(network_report.populations.iter().zip(&alone))
    {
        say("")?;
        let (Some(alone), Some(population)) = (alone, description.alone(name)) else {
            say(&format!("{name}: {} from outside", counted(reported.neurons, "spike source")))?;
            continue;
        };
        tell(&format!("{name}: "), &population, alone)?;
        synapses(&description, &population, &reported.synapses)?;
    }
    if !network_report.projections.is_empty() {
        say("")?;
        projections(&network_report.projections)?;
        say("")?;
        weights(&network_report.projections)?;
    }
    say("")?;
    memory(&network_report.memory())?;
    board::tell_below(fit.as_ref())
}

/// Prints what the whole network is.
fn head(network: &Network, report: &NetworkReport) -> Result<()> {
    let description = network.description();
    let neurons: usize = report.populations.iter().map(|population| population.neurons).sum();
    let connections: usize = report.projections.iter().map(|projection| projection.connections).sum();
    say(&format!(
        "network in {}, steps of {} ms: {}, {}, {}, {}",
        description.scalar,
        Number(description.step_time),
        counted(report.populations.len(), "population"),
        counted(neurons, "neuron"),
        counted(report.projections.len(), "projection"),
        counted(connections, "connection")
    ))?;
    say(&format!("order of a step: {}", report.order.join(", ")))?;
    Ok(())
}

impl Line {
    /// Returns the line of a coefficient of a synapse. `is_decay` says whether it is a decay, with this band in nA.
    fn of_synapse(name: String, unit: &'static str, spread: &Spread, stall: Option<f64>) -> Self {
        let Spread { requested, stored, requested_range, stored_range, neuron } = *spread;
        let error = requested.ln() / stored.ln() - 1.0;
        Self {
            name,
            unit,
            requested,
            stored,
            error: stored - requested,
            requested_range: neuron.map(|_| requested_range),
            stored_range: neuron.map(|_| stored_range),
            worst_neuron: neuron,
            time_constant_error: stall.map(|_| error).filter(|error| error.is_finite()),
            stall,
            linear: None,
        }
    }
}

/// Prints the coefficients of the exponential synapses of a population.
fn synapses(network: &NetworkDescription, description: &Description, synapses: &[SynapseReport]) -> Result<()> {
    let mut lines = Vec::new();
    for SynapseReport { name, decay, stall_na, propagator, .. } in synapses {
        let mut line = Line::of_synapse(format!("{name} decay"), "", decay, Some(*stall_na));
        if network.rounding == RoundingMode::Truncate {
            line.linear = description.spec.scalar.last_place_band(decay.stored_range[1]);
        }
        lines.push(line);
        lines.extend(
            propagator.iter().map(|factor| Line::of_synapse(format!("{name} propagator"), "mV/nA", factor, None)),
        );
    }
    if lines.is_empty() {
        return Ok(());
    }
    let own = lines.iter().any(|line| line.worst_neuron.is_some());
    say("")?;
    table("synapses", &lines, network.rounding, (own, "nA"))
}

/// Prints columns, each as wide as its widest text; all but the first are aligned to the right.
fn columns<const N: usize>(rows: &[[String; N]]) -> Result<()> {
    let mut widths = [0; N];
    for row in rows {
        for (width, text) in widths.iter_mut().zip(row) {
            *width = text.chars().count().max(*width);
        }
    }
    for row in rows {
        let mut line = String::new();
        for (column, (text, width)) in row.iter().zip(widths).enumerate() {
            line += &if column == 0 { format!("{text:width$}") } else { format!("  {text:>width$}") };
        }
        say(line.trim_end())?;
    }
    Ok(())
}

/// Formats a range of numbers.
fn ranged([least, greatest]: [f64; 2]) -> String {
    let [least, greatest] = [least, greatest].map(|value| seven_digits(value).to_string());
    if least == greatest { least } else { format!("{least} to {greatest}") }
}

/// Prints who is connected to whom.
fn projections(projections: &[ProjectionReport]) -> Result<()> {
    let fan =
        |fan: &Fan| format!("{} ({})", Number(format!("{:.1}", fan.mean).parse().unwrap_or(fan.mean)), fan.greatest);
    let head =
        ["projections", "synapse", "connections", "in (most)", "out (most)", "delay, ms", "steps", "storage", "bytes"];
    let mut rows = vec![head.map(str::to_owned)];
    for (number, projection) in projections.iter().enumerate() {
        let ProjectionReport { from, to, synapse, connections, fan_in, fan_out, delay_ms, delay_steps, .. } =
            projection;
        let [least, greatest] = delay_steps;
        let steps = if least == greatest { least.to_string() } else { format!("{least} to {greatest}") };
        let storage = match projection.storage {
            Storage::Dense => "dense",
            Storage::SparseU16 => "sparse, u16",
            Storage::SparseU32 => "sparse, u32",
            Storage::Bits => "bits",
            Storage::Convolution => "convolution",
            _ => "",
        };
        rows.push([
            format!("{number}: {from} to {to}"),
            synapse.clone(),
            connections.to_string(),
            fan(fan_in),
            fan(fan_out),
            ranged(*delay_ms),
            steps,
            storage.to_owned(),
            projection.memory.total().to_string(),
        ]);
    }
    columns(&rows)
}

/// Prints the weights of projections and how they are stored.
fn weights(projections: &[ProjectionReport]) -> Result<()> {
    let mut rows = vec![
        ["weights", "type", "a unit", "least to greatest", "greatest sum", "worst error", "rms error", "became 0"]
            .map(str::to_owned),
    ];
    for (number, projection) in projections.iter().enumerate() {
        let ProjectionReport { from, to, unit, weight_type, scale, weights, greatest_sum, quantization, .. } =
            projection;
        let of_type = match weight_type {
            WeightType::One => "one weight",
            WeightType::I8 => "i8",
            WeightType::I16 => "i16",
            WeightType::I32 => "i32",
            WeightType::F32 => "f32",
            WeightType::F64 => "f64",
            _ => "",
        };
        let sum = greatest_sum.map(|sum| {
            let share = 100.0 * f64::from(sum) / f64::from(i32::MAX);
            format!("{sum} ({} % of 32 bits)", Number(format!("{share:.1e}").parse().unwrap_or(share)))
        });
        let error = |of: fn(&glif::network::QuantizationError) -> f64| {
            quantization.as_ref().map_or_else(String::new, |error| format!("{:.3e}", of(error)))
        };
        rows.push([
            format!("{number}: {from} to {to}, {unit}"),
            of_type.to_owned(),
            scale.map_or_else(String::new, ranged),
            weights.map_or_else(String::new, ranged),
            sum.unwrap_or_default(),
            error(|error| error.worst),
            error(|error| error.rms),
            quantization.map_or_else(String::new, |error| format!("{} of {}", error.became_zero, error.weights)),
        ]);
    }
    columns(&rows)
}

/// Prints the memory of each part.
fn memory(memory: &Memory) -> Result<()> {
    let Memory { weights, indices, histories, states, coefficients, buffers, .. } = *memory;
    let parts = [
        ("weights", weights),
        ("indices and delays", indices),
        ("spike histories", histories),
        ("states", states),
        ("own coefficients", coefficients),
        ("sums of a step", buffers),
        ("total", memory.total()),
    ];
    let rows = parts.map(|(name, bytes)| [name.to_owned(), bytes.to_string()]);
    columns(&[&[["memory".to_owned(), "bytes".to_owned()]], &rows[..]].concat())
}
