//! A mouse cortical neuron at its five GLIF levels, under the same step of current.
//!
//! ```console
//! $ cargo run -p glif-board --example allen -- examples/allen/levels.png
//! ```

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use glif::output::{counted, say};
use glif::{Currents, Description, Parameter, Variable};
use glif_plot::{Trace, Traces, save};

/// The population files, each with the name of its level.
const LEVELS: [(&str, &str); 5] = [
    ("GLIF1", "lif.toml"),
    ("GLIF2", "lif_r.toml"),
    ("GLIF3", "lif_asc.toml"),
    ("GLIF4", "lif_r_asc.toml"),
    ("GLIF5", "lif_r_asc_a.toml"),
];
/// Current, nA, and when it begins and ends, ms.
const CURRENT: f64 = 0.25;
const ON: (f64, f64) = (50.0, 450.0);
/// Duration of the run, ms.
const DURATION: f64 = 500.0;

fn main() -> Result<()> {
    let output: PathBuf = std::env::args_os().nth(1).context("the name of the picture is missing")?.into();
    let output = glif_plot::path(output).map_err(anyhow::Error::msg)?;
    let traces = LEVELS.map(|(name, file)| trace(name, &Path::new("examples/allen").join(file)));
    let traces = traces.into_iter().collect::<Result<Vec<_>>>()?;
    for trace in &traces {
        say(&format!("{}: {}", trace.name, counted(trace.spikes.len(), "spike")))?;
    }
    let step_time = DURATION / traces[0].voltage.len() as f64;
    save(&Traces { title: "cell 637930677 in dialect nest, 250 pA", neurons: &traces, step_time }, &output)?;
    Ok(())
}

/// Runs a level and records its membrane and its threshold.
fn trace(name: &str, file: &Path) -> Result<Trace> {
    let description = Description::read(file)?;
    let mut population = description.build()?;
    let threshold = description.model().threshold().map_or(f64::NAN, |parameter| description.number(parameter));
    let steps = (DURATION / description.number(Parameter::StepTime)).round() as usize;
    let mut trace = Trace {
        name: name.to_owned(),
        current: Vec::with_capacity(steps),
        voltage: Vec::with_capacity(steps),
        threshold: Vec::with_capacity(steps),
        spikes: Vec::new(),
    };
    for step in 0..steps {
        let ms = step as f64 * description.step_time();
        let current = if (ON.0..ON.1).contains(&ms) { CURRENT } else { 0.0 };
        population.load(Currents::F64(&[current]))?;
        if population.step(description.options())?.count() > 0 {
            trace.spikes.push(step);
        }
        let raised: f64 = [Variable::Adaptation, Variable::ThresholdVoltage]
            .iter()
            .flat_map(|variable| population.read(*variable))
            .sum();
        trace.current.push(current);
        trace.voltage.extend(population.read(Variable::Voltage));
        trace.threshold.push(threshold + raised);
    }
    Ok(trace)
}
