//! `glif bench`

mod network;

use std::hint::black_box;
use std::time::Instant;

use anyhow::{Result, anyhow, ensure};
use clap::Args;
use glif::description::toml::parse;
use glif::description::{Dialect, ModelKind, NumberFormat};
use glif::output::{counted, say};
use glif::stimulus::{Source, Stimulus};
use glif::{BuildError, Currents, Description, DynPopulation, OwnValues, Parameter, StepOptions, memory};
use glif_core::spec::ComponentKind;
use serde::Serialize;

/// Times the step: the best of several repetitions under steady currents between 0 and 30 nA, which leave a third of
/// the neurons silent and let the others fire at up to their limit.
#[derive(Args)]
pub(crate) struct Arguments {
    /// lif, glif1 to glif5, alif, li or if
    #[arg(long, default_value = "lif", value_parser = parse::<ModelKind>)]
    model: ModelKind,
    /// Time the network of Brunel 2000 instead: 80 % excitatory and 20 % inhibitory neurons, each with input from a tenth
    /// of both and a Poisson drive, as NEST's example has it
    #[arg(long, conflicts_with_all = ["model", "batch", "components", "own"])]
    network: bool,
    /// Weights of the network: one for each projection, or arrays of i8, i16 or of float
    #[arg(long, default_value = "one", requires = "network", value_enum)]
    weights: network::Weights,
    /// Neurons; 10240 by default, 12500 of a network
    #[arg(long, allow_negative_numbers = true, value_parser = crate::whole::<1, { u64::MAX }>)]
    size: Option<u64>,
    /// Samples
    #[arg(long, default_value_t = 1, allow_negative_numbers = true, value_parser = crate::whole::<1, { u64::MAX }>)]
    batch: u64,
    /// f32, f64, i16f16, i12f20, i8f8 or i9f7
    #[arg(long, default_value = "f32", value_parser = parse::<NumberFormat>)]
    scalar: NumberFormat,
    /// Threshold components of alif, glif2, glif4 and glif5, after-spike currents of glif3; 2 by default
    #[arg(long)]
    components: Option<u8>,
    /// Give each neuron its own value of every parameter but the step time. The values are equal, so that the spikes
    /// are those of shared parameters
    #[arg(long)]
    own: bool,
    /// Threads per step
    #[arg(long, default_value_t = 1, allow_negative_numbers = true, value_parser = crate::threads)]
    threads: usize,
    /// Repetitions; the fastest is reported
    #[arg(long, default_value_t = 5, allow_negative_numbers = true, value_parser = crate::whole::<1, { u64::MAX }>)]
    repetitions: u64,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// Steps in which spikes are counted. This happens after the measurement, as counting takes as long as
/// stepping.
const COUNTED: u64 = 1000;

#[derive(Serialize)]
struct Timing {
    model: &'static str,
    scalar: &'static str,
    components: usize,
    size: u64,
    batch: u64,
    threads: usize,
    own_bytes_per_neuron: usize,
    ns_per_neuron_step: f64,
    ns_per_step: f64,
    spikes_per_neuron_step: f64,
    debug_build: bool,
}

impl Arguments {
    /// Returns the number of neurons of a population.
    fn population_size(&self) -> u64 {
        self.size.unwrap_or(10_240)
    }
}

pub(crate) fn bench(arguments: &Arguments) -> Result<()> {
    if arguments.network {
        return network::bench(arguments);
    }
    let size = arguments.population_size();
    if let Some(components @ 1..) = arguments.components {
        let Arguments { model, .. } = arguments;
        let adaptive = [ComponentKind::Threshold, ComponentKind::Current].iter().any(|kind| model.has(*kind));
        ensure!(adaptive, "--components {components}: {model} has no components; alif and glif2 to glif5 have them");
    }
    // A population file cannot express more.
    if size.checked_mul(arguments.batch).is_none_or(|cells| isize::try_from(cells).is_err()) {
        return Err(too_large(arguments));
    }
    let mut description = Description::from_toml(&population_file(arguments))?;
    if arguments.own {
        each_its_own(&mut description).ok_or_else(|| too_large(arguments))?;
    }
    let refused = |error| match error {
        BuildError::TooLarge { .. } => too_large(arguments),
        other => other.into(),
    };
    let mut population = description.build().map_err(refused)?;
    population.set_threads(arguments.threads).map_err(refused)?;
    drive(&mut population, arguments)?;
    let cells = size as f64 * arguments.batch as f64;
    // A tenth of a second or three steps, whichever is longer.
    let once = time(&mut population, 3)? / 3.0;
    let steps = ((0.1 / once) as u64).clamp(3, 1_000_000);
    let mut best = f64::INFINITY;
    for _ in 0..arguments.repetitions {
        best = best.min(time(&mut population, steps)?);
    }
    let last = steps.min(COUNTED);
    let spikes = spikes(&mut population, last)?;
    let timing = Timing {
        model: description.model().name(),
        scalar: description.spec.scalar.name(),
        components: population.components(),
        size,
        batch: arguments.batch,
        threads: arguments.threads,
        own_bytes_per_neuron: population.own_bytes_per_neuron(),
        ns_per_neuron_step: best / steps as f64 / cells * 1e9,
        ns_per_step: best / steps as f64 * 1e9,
        spikes_per_neuron_step: spikes as f64 / last as f64 / cells,
        debug_build: cfg!(debug_assertions),
    };
    if arguments.json {
        say(&serde_json::to_string(&timing)?)?;
        return Ok(());
    }
    let Timing { model, scalar, components, size, batch, threads, own_bytes_per_neuron, .. } = timing;
    let own = match own_bytes_per_neuron {
        0 => String::new(),
        bytes => format!(", {bytes} bytes of own coefficients a neuron"),
    };
    say(&format!(
        "{model} in {scalar}, {}, {size} neurons x {batch} samples, {}{own}",
        counted(components, "component"),
        counted(threads, "thread")
    ))?;
    say(&format!("{:.4} ns per neuron per step, {:.0} ns per step", timing.ns_per_neuron_step, timing.ns_per_step))?;
    if timing.debug_build {
        say("debug build: many times slower than a release build (--release)")?;
    }
    Ok(())
}

/// Gives each neuron its own value of every parameter, equal to the shared one. Returns `None` if the values do not
/// fit in memory.
fn each_its_own(description: &mut Description) -> Option<()> {
    let neurons: usize = description.shape.iter().product();
    let params = description.spec.params.clone();
    for parameter in params.model().parameters().iter().filter(|parameter| **parameter != Parameter::StepTime) {
        let values = params.get(*parameter);
        if values.is_empty() {
            continue; // all neurons share its default
        }
        let length = neurons.checked_mul(values.len())?;
        let mut each = memory::room(length)?;
        each.extend(values.iter().cycle().take(length));
        description.own.set(*parameter, OwnValues::Each(each));
    }
    Some(())
}

/// Returns the error for more neurons and samples than fit in memory.
fn too_large(arguments: &Arguments) -> anyhow::Error {
    let (size, batch) = (arguments.population_size(), arguments.batch);
    anyhow!("--size {size}, --batch {batch}: does not fit in memory\nhelp: use a smaller --size or --batch")
}

/// Returns the time for `steps` steps, s.
fn time(population: &mut DynPopulation, steps: u64) -> Result<f64> {
    let start = Instant::now();
    for _ in 0..steps {
        black_box(population.step(StepOptions::default())?);
    }
    Ok(start.elapsed().as_secs_f64())
}

/// Returns the number of spikes in `steps` steps.
fn spikes(population: &mut DynPopulation, steps: u64) -> Result<u64> {
    (0..steps).try_fold(0, |sum, _| Ok(sum + population.step(StepOptions::default())?.count()))
}

/// Sets currents that are uniform between 0 and 30 nA, in an order that a branch predictor cannot guess.
fn drive(population: &mut DynPopulation, arguments: &Arguments) -> Result<()> {
    let cells = population.neurons() * population.description().batch_size;
    let mut currents = memory::filled(0.0, cells).ok_or_else(|| too_large(arguments))?;
    Source::new(Stimulus::Noise { mean: 0.0, deviation: 1.0 }, cells, 1.0, 1, 1)?.fill(&mut currents);
    // The fractional part of a wide distribution is uniform.
    currents.iter_mut().for_each(|current| *current = (*current * 1000.0).rem_euclid(1.0) * 30.0);
    population.load(Currents::F64(&currents))?;
    Ok(())
}

fn population_file(arguments: &Arguments) -> String {
    let Arguments { model, batch, scalar, components, .. } = arguments;
    let size = arguments.population_size();
    let list = |value: f64| format!("{:?}", vec![value; components.unwrap_or(2).into()]);
    let common = match model {
        ModelKind::Li => "step_time = 1.0\nrest_v = -60.0\n",
        ModelKind::If => "step_time = 1.0\nrefrac_t = 3.0\n",
        _ => "step_time = 1.0\nrest_v = -60.0\nrefrac_t = 3.0\n",
    };
    let (constants, increments) = (list(100.0), list(0.5));
    let dialect = if model.dialects().contains(&Dialect::Inferno) { "" } else { "dialect = \"nest\"\n" };
    let linear = format!(
        "reset_v_add = 10.0\nreset_v_mul = 0.5\nthresh_eq_v = -50.0\ntc_membrane = 20.0\nrc_adaptation = {}\nspike_increment = {increments}\n",
        list(0.01)
    );
    let plain = "reset_v = -65.0\nthresh_v = -50.0\ntime_constant = 20.0\n";
    // The level-4 and level-5 models have as many after-spike currents as Allen's cells.
    let currents = "asc_amplitude = [-1.0, -0.5]\nrc_asc = [0.01, 0.3]\n";
    let own = match model {
        ModelKind::Alif => format!(
            "reset_v = -65.0\nthresh_eq_v = -50.0\ntc_membrane = 20.0\ntc_adaptation = {constants}\nspike_increment = {increments}\n"
        ),
        ModelKind::Glif2 => linear,
        ModelKind::Lif | ModelKind::Glif1 => plain.to_owned(),
        ModelKind::Glif3 => format!("{plain}asc_amplitude = {}\nrc_asc = {}\n", list(-0.5), list(0.01)),
        ModelKind::Glif4 => format!("{linear}{currents}"),
        ModelKind::Glif5 => format!("{linear}{currents}thresh_voltage_gain = 0.01\nrc_thresh_voltage = 0.03\n"),
        ModelKind::Li => "time_constant = 20.0\n".to_owned(),
        // The strongest current makes a neuron fire once in about fourteen steps, as in the other models.
        ModelKind::If => "reset_v = 0.0\nthresh_v = 16.0\nresistance = 0.05\n".to_owned(),
    };
    let (model, scalar) = (model.name(), scalar.name());
    format!(
        "model = {model:?}\nshape = [{size}]\nbatch_size = {batch}\nscalar = {scalar:?}\n{dialect}[params]\n{common}{own}"
    )
}
