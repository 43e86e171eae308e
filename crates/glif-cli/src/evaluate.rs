//! `glif evaluate`: the classes that a network gives to labelled samples.

mod board;
mod readout;
mod report;
mod score;
mod trial;

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use clap::Args;
use glif::network::{Network, NetworkDescription, PopulationKind};
use glif::{limits, memory, text};
use glif_board::reach::Reach;
use glif_cli::arrays::{self, Inputs};
use glif_core::spec::NumberFormat;

use crate::freeze::network::in_scalar;
use crate::run::progress;
use crate::samples::side_by_side;
use readout::Decide;
use report::Report;
use score::Score;
use trial::Trials;

/// Runs every sample from rest, and compares the classes with the labels.
#[derive(Args)]
#[command(after_help = "Examples:
  glif evaluate network.toml --input samples.npz --labels labels.npy
  glif evaluate network.toml --input samples.npz --labels labels.npy --output-population out --decide mean --json
  glif evaluate network.toml --input samples.npz --labels labels.npy --samples 20 --port /dev/ttyACM0

The same network also runs in f64, with the weights of its file before `quantize`: what number format and integers cost.
With an option that names a board, every sample runs there too, and every spike is compared.")]
pub(crate) struct Arguments {
    /// The network file (TOML)
    network: PathBuf,
    /// Spikes and currents of S samples: for each population that has an input an array of shape (S, T, *shape), as for
    /// `glif run`
    #[arg(long, value_name = "SAMPLES.npz")]
    input: PathBuf,
    /// Label of each sample, of shape (S,): the number of a neuron of the output population
    #[arg(long, value_name = "LABELS.npy")]
    labels: PathBuf,
    /// Population whose neurons are the classes [default: the last one of the file]
    #[arg(long, value_name = "NAME")]
    output_population: Option<String>,
    /// The class is the neuron with the most spikes, or with the highest voltage: in the last step, as a mean over the steps,
    /// or at any time. Of equals, the lowest number [default: spikes; mean if the neurons do not fire]
    #[arg(long, value_name = "spikes|last|mean|max", value_parser = readout::parse)]
    decide: Option<Decide>,
    /// Evaluate only the first N samples
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = crate::whole::<1, { u32::MAX as u64 }>)]
    samples: Option<u64>,
    /// Threads, which share the samples; the result does not depend on them
    #[arg(long, default_value_t = 1, allow_negative_numbers = true, value_parser = crate::threads)]
    threads: usize,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten, next_help_heading = "Board on which every sample runs too")]
    reach: Reach,
}

/// The population whose neurons are the classes, and how one is chosen.
#[derive(Debug, Clone)]
struct Output {
    name: String,
    classes: usize,
    decide: Decide,
}

pub(crate) fn evaluate(arguments: &Arguments) -> Result<()> {
    if !crate::is_network(&arguments.network) {
        // A file that cannot be read has its own error.
        let description = arrays::read_description(&arguments.network)?;
        let model = description.model();
        bail!("`{}`: a population of {model}, but a network file is needed", text::path(&arguments.network));
    }
    let description = arrays::read_network(&arguments.network)?;
    let network = arrays::build_network(&arguments.network, &description)?;
    let output = output(arguments, &description)?;
    let inputs = arrays::read_inputs(&arguments.input, &description)?;
    let Some(of_file) = inputs.samples else {
        bail!(
            "`{}`: has {} steps and no axis of samples\nhelp: save arrays of shape [S, T, …], for one sample `array[numpy.newaxis]`",
            text::path(&arguments.input),
            inputs.steps
        );
    };
    ensure!(u32::try_from(of_file).is_ok(), "`{}`: has {of_file} samples", text::path(&arguments.input));
    let mut labels = arrays::read_labels(&arguments.labels, of_file, output.classes)?;
    if let Some(samples) = arguments.samples.map(|samples| samples as usize) {
        let path = text::path(&arguments.input);
        ensure!(samples <= of_file, "--samples {samples}: `{path}` has {of_file} samples");
        labels.truncate(samples);
    }
    let driven: Vec<&str> = inputs.of.iter().map(|(name, ..)| name.as_str()).collect();
    crate::note_network(&arguments.network, &network, Some(&driven));

    let reference = reference(arguments, &description)?;
    let board = arguments.reach.is_given().then(|| board::Job::new(arguments, &network, &inputs)).transpose()?;
    let (own, beside) = score(arguments, (&network, reference.as_ref()), &inputs, &labels, &output)?;
    let report = Report {
        network: &network,
        inputs: &inputs,
        output: &output,
        is_quantized: is_quantized(&description),
        own: &own,
        beside: beside.as_ref(),
    };
    if !arguments.json {
        report.say()?;
    }
    let ran = board.map(|job| job.run(&network, &labels, &output)).transpose()?;
    match arguments.json {
        true => report.json(ran.as_ref()),
        false => ran.iter().try_for_each(board::Ran::say),
    }
}

/// Returns the output population and how its neurons decide.
fn output(arguments: &Arguments, description: &NetworkDescription) -> Result<Output> {
    let name = match &arguments.output_population {
        Some(name) => name,
        None => match description.populations.last() {
            Some((name, _)) => name,
            None => bail!("`{}`: the network has no population", text::path(&arguments.network)),
        },
    };
    let Some(kind) = description.population(name) else {
        let known: Vec<&str> = description.populations.iter().map(|(name, _)| name.as_str()).collect();
        let name = text::printable(name, limits::PRINTED);
        return Err(crate::misuse(&format!(
            "--output-population: no population `{name}`; available: {}",
            known.join(", ")
        )));
    };
    let PopulationKind::Neurons { description: of, .. } = kind else {
        bail!("`{name}` is an input: the classes are neurons\nhelp: name another one with --output-population");
    };
    let fires = of.model().fires();
    let decide = arguments.decide.unwrap_or(if fires { Decide::Spikes } else { Decide::Mean });
    if decide == Decide::Spikes && !fires {
        let model = of.model();
        return Err(crate::misuse(&format!(
            "--decide spikes: the neurons of `{name}`, of model {model}, do not fire\nhelp: use mean, max or last"
        )));
    }
    let classes = of.shape.iter().product();
    ensure!(classes <= limits::CLASSES, "`{name}` has {classes} neurons: at most {} classes", limits::CLASSES);
    Ok(Output { name: name.clone(), classes, decide })
}

fn is_quantized(description: &NetworkDescription) -> bool {
    description.projections.iter().any(|projection| projection.quantize.is_some())
}

/// Returns the same network in f64, with its weights before `quantize`; `None` if it is that already.
fn reference(arguments: &Arguments, description: &NetworkDescription) -> Result<Option<Network>> {
    if description.scalar == NumberFormat::F64 && !is_quantized(description) {
        return Ok(None);
    }
    let mut exact = in_scalar(description.clone(), Some(NumberFormat::F64));
    exact.projections.iter_mut().for_each(|projection| projection.quantize = None);
    Ok(Some(arrays::build_network(&arguments.network, &exact)?))
}

/// Runs all samples. Returns the score of the network and that in f64, with the differences between both.
fn score(
    arguments: &Arguments,
    (network, reference): (&Network, Option<&Network>),
    inputs: &Inputs,
    labels: &[u32],
    output: &Output,
) -> Result<(Score, Option<score::Beside>)> {
    let trials = Trials::new(network, reference, inputs, output)?;
    let populations = network.description().populations.len();
    let bytes = labels.len() as u128 * trial::bytes(populations) as u128;
    ensure!(memory::fits(bytes), "the results of {} samples do not fit in memory", labels.len());
    let progress = progress(labels.len().saturating_mul(inputs.steps), arguments.json);
    let run = |sample| {
        let ran = trials.run(sample);
        progress.inc(inputs.steps as u64);
        ran
    };
    let outcomes = side_by_side((labels.len(), arguments.threads), || run(0), run)?;
    progress.finish_and_clear();
    let mut own = Score::new(output.classes, populations);
    let mut beside = reference.is_some().then(|| score::Beside::new(output.classes, populations));
    for (label, pair) in labels.iter().zip(&outcomes) {
        own.add(*label as usize, &pair.own);
        if let (Some(beside), Some(reference)) = (&mut beside, &pair.reference) {
            beside.add(*label as usize, (&pair.own, reference), pair.spikes_differ);
        }
    }
    Ok((own, beside))
}
