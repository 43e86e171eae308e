//! `glif run NETWORK.toml`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use glif::network::{Network, NetworkDescription, NetworkError, PopulationKind, Snapshot, Step};
use glif::output::say;
use glif::raster::Canvas;
use glif::rate::Rates;
use glif::{Currents, RecordError, Recorder, Variable, file, memory, text};
use glif_cli::arrays::{self, Input, Inputs, Values};
use glif_core::spec::ComponentCounts;
use glif_plot::Activity;
use indicatif::ProgressBar;
use serde::Serialize;

use super::record::{self, Form, Part, Plan, What};
use super::{Arguments, Written, progress};
use crate::plot::network::{activity, title};
use crate::samples::side_by_side;

/// The summary of a run for other programs.
#[derive(Serialize)]
struct Summary<'a> {
    scalar: &'static str,
    samples: usize,
    steps: usize,
    step_time_ms: f64,
    spikes: u64,
    populations: BTreeMap<&'a str, PopulationSummary>,
    connections: usize,
    seconds: f64,
}

#[derive(Serialize)]
struct PopulationSummary {
    model: &'static str,
    shape: Vec<usize>,
    spikes: u64,
    mean_rate_hz: f64,
    silent_neurons: usize,
}

/// What a sample leaves behind.
struct Sample {
    /// The recordings, in the order of the plan; an error if memory ran out.
    recorders: Result<Vec<Recorder>, RecordError>,
    /// Spikes of each neuron of each population.
    counts: Vec<Vec<u64>>,
}

/// The spikes of the first sample, as pictures.
#[derive(Default)]
struct Pictures {
    canvas: Option<Canvas>,
    activity: Option<Activity>,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.state.is_some() {
        return Err(crate::misuse(
            "--state is for population files\nhelp: a network starts from rest, or from a snapshot with --restore",
        ));
    }
    let mut description = arrays::read_network(&arguments.population)?;
    let restored = arguments.restore.as_ref().map(Snapshot::read).transpose()?;
    if let Some(seed) = seed(arguments, &description, restored.as_ref()) {
        description.seed = seed;
    }
    let mut network = arrays::build_network(&arguments.population, &description)?;
    if let Some(snapshot) = &restored {
        network.restore_snapshot(snapshot)?;
    }
    let inputs = arguments.drive.input().map(|path| arrays::read_inputs(path, &description)).transpose()?;
    let steps = match &inputs {
        Some(inputs) => inputs.steps,
        None => usize::try_from(arguments.drive.network_steps(description.step_time)?)?,
    };
    let written = arguments.written();
    written.iter().try_for_each(|path| file::check_writable(path))?;
    let named = network_files(&arguments.population);
    let read = [Some(&arguments.population), arguments.drive.input()];
    let read = read.into_iter().flatten().chain(&named).map(|path| path.as_path());
    file::check_distinct(&read.collect::<Vec<_>>(), &written)?;

    let driven: Vec<&str> = inputs.iter().flat_map(|inputs| &inputs.of).map(|(name, ..)| name.as_str()).collect();
    crate::note_network(&arguments.population, &network, Some(&driven));

    let plan = plan(arguments, &description)?;
    let samples = inputs.as_ref().and_then(|inputs| inputs.samples).unwrap_or(1);
    one_sample(arguments, samples)?;
    reserve(arguments, &network, &plan, (samples, steps))?;
    let threads = arguments.threads.min(samples);
    if samples == 1 {
        network.set_threads(arguments.threads)?;
    }
    let progress = progress(samples.saturating_mul(steps), arguments.json);
    let start = Instant::now();
    if arguments.plot.is_some() {
        check_drawn(&description)?;
    }
    let mut pictures = pictures(arguments, &description, (inputs.as_ref().and_then(|inputs| inputs.samples), steps));
    let run = Run { inputs: inputs.as_ref(), steps, plan: &plan, every: arguments.every, progress: &progress };
    let done = run.all(&mut network, (samples, threads), &mut pictures)?;
    let seconds = start.elapsed().as_secs_f64();
    progress.finish_and_clear();

    let mut files = Written::default();
    if let Some(path) = &arguments.save {
        files.add(path, network.save(path).map_err(Into::into));
    }
    if let Some(path) = &arguments.output {
        let samples = inputs.as_ref().is_some_and(|inputs| inputs.samples.is_some());
        let form = Form { samples, batch: None, steps, every: arguments.every };
        let population = |name: &str| recorded_of(&description, name);
        let recorders = done.iter().map(|sample| sample.recorders.as_ref().map(Vec::as_slice).map_err(|error| *error));
        let recorded: Result<Vec<&[Recorder]>, RecordError> = recorders.collect();
        let write = |recorders: Vec<_>| record::write(path, &plan, population, &recorders, &form);
        files.add(path, recorded.map_err(Into::into).and_then(write));
    }
    if let (Some(Some(path)), Some(activity)) = (&arguments.plot, &pictures.activity) {
        files.add(path, glif_plot::save(activity, path).map_err(Into::into));
    }
    files.finish()?;
    report(arguments, &network, (samples, steps), &done, pictures.canvas.as_ref(), seconds)
}

/// Returns the seed of a run, if it may be another one than that of the file. A note reports that of a snapshot.
fn seed(arguments: &Arguments, description: &NetworkDescription, restored: Option<&Snapshot>) -> Option<u64> {
    let saved = || restored.map(Snapshot::seed);
    if arguments.drive.seed().is_none()
        && let (Some(seed), Some(path)) = (saved().filter(|seed| *seed != description.seed), &arguments.restore)
    {
        eprintln!("note: `{}`: the network continues with seed {seed} of the snapshot", text::path(path));
    }
    arguments.drive.seed().or_else(saved)
}

/// Checks that a run from or to a snapshot has one sample.
fn one_sample(arguments: &Arguments, samples: usize) -> Result<()> {
    for (option, path) in [("--restore", &arguments.restore), ("--save", &arguments.save)] {
        ensure!(
            samples == 1 || path.is_none(),
            "{option}: the input has {samples} samples, but a snapshot is of one\nhelp: run one sample at a time"
        );
    }
    Ok(())
}

/// Returns the files whose arrays a network file names.
pub(crate) fn network_files(path: &Path) -> Vec<PathBuf> {
    let directory = path.parent().unwrap_or(Path::new(""));
    NetworkDescription::read(path)
        .map_or_else(|_| Vec::new(), |description| arrays::NetworkFile { directory }.files(&description))
}

/// Returns what a recording of a population depends on.
fn recorded_of<'d>(description: &'d NetworkDescription, name: &str) -> Option<record::Population<'d>> {
    let (name, kind) = description.populations.iter().find(|(other, _)| other == name)?;
    let counts = match kind {
        PopulationKind::Neurons { description, .. } => description.spec.params.counts(),
        _ => ComponentCounts::default(),
    };
    Some(record::Population { name, shape: kind.shape(), counts })
}

/// Returns what is recorded of each population.
fn plan(arguments: &Arguments, description: &NetworkDescription) -> Result<Plan> {
    let mut plan = Plan::default();
    if arguments.output.is_none() {
        return Ok(plan);
    }
    let names_spikes = |part: &Part| matches!(part.what, What::Events | What::Variable(Variable::Spikes));
    let (names_spikes, names_none) = (arguments.recorded().any(names_spikes), arguments.recorded().next().is_none());
    for (name, kind) in &description.populations {
        let PopulationKind::Neurons { description, .. } = kind else { continue };
        // The result of neurons that never fire is their voltage.
        match description.model().fires() {
            true if !names_spikes => plan.add_all(name, Variable::Spikes),
            false if names_none => plan.add_all(name, Variable::Voltage),
            _ => {}
        }
    }
    for part in arguments.recorded() {
        let what = part.what.name();
        let Some(population) = &part.population else {
            return Err(crate::misuse(&format!(
                "--record {what}: a network has several populations\nhelp: use POPULATION.{what}",
            )));
        };
        let (Some(kind), Some(of)) = (description.population(population), recorded_of(description, population)) else {
            let known: Vec<&str> = description.populations.iter().map(|(name, _)| name.as_str()).collect();
            let population = text::printable(population, glif::limits::PRINTED);
            return Err(crate::misuse(&format!(
                "--record: no population `{population}`; available: {}",
                known.join(", ")
            )));
        };
        let fires = match kind {
            PopulationKind::Neurons { description, .. } => description.model().fires(),
            _ => true,
        };
        let has = match (kind, part.what) {
            (_, What::Events | What::Variable(Variable::Spikes)) => fires,
            (PopulationKind::Neurons { description, .. }, What::Variable(variable)) => match variable.component() {
                Some(kind) => description.model().has(kind),
                None => variable == Variable::Voltage || fires,
            },
            _ => false,
        };
        ensure!(has, "--record {population}.{what}: the population has no such variable");
        plan.add(&of, part)?;
    }
    Ok(plan)
}

/// Checks that the recording of all samples and a snapshot fit in memory.
fn reserve(arguments: &Arguments, network: &Network, plan: &Plan, (samples, steps): (usize, usize)) -> Result<()> {
    let mut bytes = 0;
    for group in &plan.0 {
        let member = network.member(&group.population)?;
        bytes += group.recorder(&member, arguments.every)?.bytes(&member, steps as u64);
    }
    // Once in the recorders and once in the arrays of the file.
    let recording = bytes.saturating_mul(2 * samples as u128);
    let fits = memory::fits(recording);
    ensure!(fits, "the recording does not fit in memory\nhelp: record fewer variables, or every n-th step");
    let fits = arguments.save.is_none() || memory::fits(recording.saturating_add(network.save_bytes()));
    ensure!(fits, "--save: the snapshot needs {} bytes of memory, which are not free", network.save_bytes());
    Ok(())
}

/// Returns empty pictures of the neurons of all populations.
fn pictures(
    arguments: &Arguments,
    description: &NetworkDescription,
    (samples, steps): (Option<usize>, usize),
) -> Pictures {
    let activity = |_: &PathBuf| {
        let title = title(&arguments.population, description, samples);
        activity(title, description, steps)
    };
    let groups: Vec<(&str, usize)> = drawn(description).collect();
    Pictures {
        canvas: (arguments.plot == Some(None))
            .then(|| Canvas::of_groups(&groups, steps, description.step_time, 100, 24)),
        activity: arguments.plot.iter().flatten().next().map(activity),
    }
}

/// Returns the populations that a raster shows, which are those that fire, and their numbers of neurons.
pub(crate) fn drawn(description: &NetworkDescription) -> impl Iterator<Item = (&str, usize)> {
    let drawn = description.populations.iter().filter(|(_, kind)| fires(kind));
    drawn.map(|(name, kind)| (name.as_str(), kind.shape().iter().product()))
}

/// Checks that a raster shows a population.
pub(crate) fn check_drawn(description: &NetworkDescription) -> Result<()> {
    let help = "help: record voltages with `glif run`";
    ensure!(drawn(description).next().is_some(), "nothing to draw: no population of this network fires\n{help}");
    Ok(())
}

/// Whether spikes come from a population.
fn fires(kind: &PopulationKind) -> bool {
    !matches!(kind, PopulationKind::Neurons { description, .. } if !description.model().fires())
}

/// Sets the inputs of a step of a sample.
pub(crate) fn load(network: &mut Network, inputs: Option<&Inputs>, sample: usize, step: usize) -> Result<()> {
    let Some(inputs) = inputs else { return Ok(()) };
    for (name, neurons, input) in &inputs.of {
        let row = sample * inputs.steps + step;
        let range = row * neurons..(row + 1) * neurons;
        match input {
            Input::Spikes(spikes) => {
                let spikes: Vec<u32> = spikes[range].iter().map(|count| u32::from(*count)).collect();
                network.set_spikes(name, &spikes)?;
            }
            Input::Currents(Values::F32(values)) => network.set_currents(name, Currents::F32(&values[range]))?,
            Input::Currents(Values::F64(values)) => network.set_currents(name, Currents::F64(&values[range]))?,
        }
    }
    Ok(())
}

/// Steps after which progress is shown.
const SHOWN: usize = 256;

/// Makes the steps of a sample, and calls `visit` with each: with its number and its spikes. It makes as many at once as
/// inputs allow, and at most up to a multiple of `every`, where the whole state is that of the step.
pub(crate) fn advance(
    network: &mut Network,
    inputs: Option<&Inputs>,
    (sample, steps): (usize, usize),
    every: usize,
    mut visit: impl FnMut(usize, &Step<'_>) -> Result<(), NetworkError>,
) -> Result<()> {
    let mut step = 0;
    while step < steps {
        let at = |step: usize| format!("sample {sample}, step {step}");
        load(network, inputs, sample, step).with_context(|| at(step))?;
        let most = if inputs.is_some() { 1 } else { (every - step % every).min(SHOWN) };
        let end = steps.min(step + most);
        let ran = network.run_with((end - step) as u64, |spikes| {
            visit(step, spikes)?;
            step += 1;
            Ok(())
        });
        ran.with_context(|| at(step))?;
    }
    Ok(())
}

/// What all samples share.
struct Run<'a> {
    inputs: Option<&'a Inputs>,
    steps: usize,
    plan: &'a Plan,
    every: u64,
    progress: &'a ProgressBar,
}

impl Run<'_> {
    /// Runs every sample from rest, on as many threads. One sample runs from the state of `network`, which then has that of
    /// the end.
    fn all(
        &self,
        network: &mut Network,
        (samples, threads): (usize, usize),
        pictures: &mut Pictures,
    ) -> Result<Vec<Sample>> {
        if samples == 1 {
            return Ok(vec![self.sample(network, 0, Some(pictures))?]);
        }
        let network = &*network;
        let run = |sample: usize, pictures: Option<&mut Pictures>| {
            let mut network = network.clone();
            network.set_sample(sample as u32);
            self.sample(&mut network, sample, pictures)
        };
        side_by_side((samples, threads), || run(0, Some(pictures)), |sample| run(sample, None))
    }

    fn sample(&self, network: &mut Network, sample: usize, mut pictures: Option<&mut Pictures>) -> Result<Sample> {
        let populations = network.description().populations.clone();
        let mut counts = Vec::new();
        for (_, kind) in &populations {
            let neurons = kind.shape().iter().product();
            counts.push(memory::filled(0_u64, neurons).context("the spike counts of a run do not fit in memory")?);
        }
        let mut recorders = Vec::new();
        for group in &self.plan.0 {
            let member = network.member(&group.population)?;
            let mut recorder = group.recorder(&member, self.every)?;
            recorder.reserve(&member, self.steps as u64)?;
            recorders.push(recorder);
        }
        let has_state = self.plan.0.iter().any(record::Group::has_state);
        let every = if has_state { usize::try_from(self.every.max(1)).unwrap_or(usize::MAX) } else { usize::MAX };
        advance(network, self.inputs, (sample, self.steps), every, |step, spikes| {
            let mut first = 0;
            for ((name, kind), counts) in populations.iter().zip(&mut counts) {
                for (_, neuron) in spikes.fired(name)? {
                    counts[neuron] += 1;
                    if let Some(Pictures { canvas, activity }) = pictures.as_deref_mut() {
                        canvas.iter_mut().for_each(|canvas| canvas.add(step, first + neuron));
                        activity.iter_mut().for_each(|activity| activity.add(step, first + neuron));
                    }
                }
                first += if fires(kind) { counts.len() } else { 0 };
            }
            for (group, recorder) in self.plan.0.iter().zip(&mut recorders) {
                recorder.record(&spikes.member(&group.population)?);
            }
            self.progress.inc(1);
            Ok(())
        })?;
        let mut full = Ok(());
        for (group, recorder) in self.plan.0.iter().zip(&mut recorders) {
            full = full.and(recorder.finish(&network.member(&group.population)?));
        }
        Ok(Sample { recorders: full.map(|()| recorders), counts })
    }
}

fn report(
    arguments: &Arguments,
    network: &Network,
    (samples, steps): (usize, usize),
    done: &[Sample],
    canvas: Option<&Canvas>,
    seconds: f64,
) -> Result<()> {
    let description = network.description();
    let step_time = description.step_time;
    let connections: usize = network.connections().iter().map(|(connections, _)| connections).sum();
    let rates: Vec<(Rates, u64)> = (0..description.populations.len())
        .map(|at| {
            let counts: Vec<u64> = done.iter().flat_map(|sample| sample.counts[at].iter().copied()).collect();
            (Rates::of(&counts, steps, step_time), counts.iter().sum())
        })
        .collect();
    let model = |kind: &PopulationKind| match kind {
        PopulationKind::Neurons { description, .. } => description.model().name(),
        _ => "input",
    };
    let spikes = rates.iter().map(|(_, spikes)| spikes).sum();
    if arguments.json {
        let of = description.populations.iter().zip(&rates).map(|((name, kind), (rates, spikes))| {
            let (shape, silent_neurons) = (kind.shape().to_vec(), rates.silent);
            let summary = PopulationSummary {
                model: model(kind),
                shape,
                spikes: *spikes,
                mean_rate_hz: rates.mean,
                silent_neurons,
            };
            (name.as_str(), summary)
        });
        let (scalar, populations) = (description.scalar.name(), of.collect());
        let summary =
            Summary { scalar, samples, steps, step_time_ms: step_time, spikes, populations, connections, seconds };
        say(&serde_json::to_string(&summary)?)?;
        return Ok(());
    }
    if let Some(canvas) = canvas {
        let names: Vec<String> = drawn(description).map(|(name, neurons)| format!("{name} ({neurons})")).collect();
        say(&format!("{canvas}from the top: {}", names.join(", ")))?;
    }
    let (populations, scalar) = (description.populations.len(), description.scalar);
    let of_samples = if samples == 1 { String::new() } else { format!(", {samples} samples") };
    say(&format!(
        "network in {scalar}, {populations} populations, {connections} connections{of_samples}: {steps} steps of {step_time} ms, {spikes} spikes"
    ))?;
    for ((name, kind), (rates, spikes)) in description.populations.iter().zip(&rates) {
        let axes: Vec<String> = kind.shape().iter().map(ToString::to_string).collect();
        let told = if fires(kind) { format!("{spikes} spikes, {rates}") } else { "no threshold".to_owned() };
        say(&format!("{name}: {}, {} neurons, {told}", model(kind), axes.join(" x ")))?;
    }
    say(&format!("{seconds:.3} s, including input and recording"))?;
    for path in arguments.written() {
        say(&format!("written: {}", text::path(path)))?;
    }
    Ok(())
}
