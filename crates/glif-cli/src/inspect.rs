//! `glif inspect`

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use glif::output::{counted, say};
use glif::{Description, Number, Quantised};
use serde::Serialize;

/// Shows what a population file becomes.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The population file (TOML)
    population: PathBuf,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    model: &'static str,
    scalar: &'static str,
    shape: Vec<usize>,
    batch_size: usize,
    neurons: usize,
    components: usize,
    refractory_steps: u16,
    bytes_per_neuron: usize,
    values: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    name: String,
    unit: &'static str,
    requested: f64,
    stored: f64,
    error: f64,
    /// mV; only decays have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    stall: Option<f64>,
}

impl From<Quantised> for Line {
    fn from(line: Quantised) -> Self {
        let Quantised { name, index, unit, requested, stored, stall } = line;
        let name = index.map_or(name.to_owned(), |index| format!("{name}[{index}]"));
        Self { name, unit, requested, stored, error: stored - requested, stall }
    }
}

pub(crate) fn inspect(arguments: &Arguments) -> Result<()> {
    let report = report(&crate::description(&arguments.population)?)?;
    if arguments.json {
        say(&serde_json::to_string(&report)?)?;
        return Ok(());
    }
    let Report { model, scalar, neurons, batch_size, components, refractory_steps, bytes_per_neuron, .. } = &report;
    say(&format!(
        "{model} in {scalar}: {} x {}, {}",
        counted(*neurons, "neuron"),
        counted(*batch_size, "sample"),
        counted(*components, "threshold component")
    ))?;
    say(&format!("{refractory_steps} steps from a spike to the next possible one"))?;
    say(&format!("{bytes_per_neuron} bytes of state a neuron, its spike flag included\n"))?;
    say(&format!("{:24} {:>22} {:>22} {:>11}  {}", "", "requested", "stored", "error", "stalls within"))?;
    for line in &report.values {
        let stall = match line.stall {
            Some(band) if band > 0.0 => format!("±{band} mV"),
            _ => String::new(),
        };
        let text = format!(
            "{:24} {:>22} {:>22} {:>11.3e}  {stall}",
            format!("{} {}", line.name, line.unit),
            Number(line.requested).to_string(),
            Number(line.stored).to_string(),
            line.error
        );
        say(text.trim_end())?;
    }
    Ok(())
}

fn report(description: &Description) -> Result<Report> {
    // One neuron tells all, however many there are.
    let population = Description { shape: vec![1], batch_size: 1, ..description.clone() }.build()?;
    Ok(Report {
        model: description.model.name(),
        scalar: description.scalar.name(),
        shape: description.shape.clone(),
        batch_size: description.batch_size,
        neurons: description.shape.iter().product(),
        components: population.components(),
        refractory_steps: population.refractory_steps(),
        bytes_per_neuron: population.bytes_per_neuron(),
        values: population.report().into_iter().map(Line::from).collect(),
    })
}
