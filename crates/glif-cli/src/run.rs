//! `glif run`

pub(crate) mod network;
mod record;

pub(crate) use network::network_files;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;
use clap::builder::{PathBufValueParser, TypedValueParser as _};
use glif::output::say;
use glif::raster::Canvas;
use glif::rate::Rates;
use glif::stimulus::Source;
use glif::{DynPopulation, Recordable, Recorder, Variable, file, memory, text};
use glif_plot::Activity;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::drive::{Drive, Restored};
use crate::plot::activity::title;
use glif_cli::arrays;
use record::{Form, Plan, What};

/// Runs a population.
#[derive(Args)]
#[command(
    override_usage = "glif run POPULATION.toml --input I.npy [OPTIONS]
       glif run POPULATION.toml --constant NA --steps T [OPTIONS]
       glif run NETWORK.toml [--input I.npz | --steps T] [OPTIONS]",
    after_help = "Examples:
  glif run population.toml --input currents.npy --output out.npz
  glif run population.toml --constant 15 --steps 1000 --plot
  glif run population.toml --state inferno.npz --input currents.npy --output out.npz
  glif run population.toml --poisson 800 2 5 --duration 500 --seed 7 --json
  glif run network.toml --input spikes.npz --output out.npz --record exc.voltage
  glif run network.toml --steps 1000 --output out.npz --record 'exc.events,exc.voltage[0:10]'"
)]
pub(crate) struct Arguments {
    /// The population file or network file (TOML)
    population: PathBuf,
    #[command(flatten)]
    drive: Drive,
    /// Write the recording as NumPy arrays; the first axis is time
    #[arg(long, value_name = "OUT.npz", value_parser = PathBufValueParser::new().try_map(archive))]
    output: Option<PathBuf>,
    /// Variables to record, separated by commas: spikes, voltage, refrac, adaptation, after_spike_current or
    /// threshold_voltage; by default all of the model. `events` is a list of the spikes, by step and neuron. Of a network,
    /// POPULATION.VARIABLE; all spikes are recorded too, unless some are named. Neurons follow in brackets, by their flat index:
    /// `voltage[0:10,42]`, `exc.events[::5]`
    #[arg(long, value_name = "VARIABLE", requires = "output", value_parser = record::parts)]
    record: Vec<record::Parts>,
    /// Record one row every N steps, and one for the remaining steps at the end. `spikes` then counts the spikes of each
    /// neuron since the previous row, and `steps` has the step of each row
    #[arg(long, value_name = "N", default_value_t = 1, requires = "output", allow_negative_numbers = true,
          value_parser = crate::whole::<1, { u64::MAX }>)]
    every: u64,
    /// Start from the state in a snapshot of this population. If the stimulus is that of the snapshot, it continues where it
    /// stopped, with its seed unless --seed is given; any other stimulus starts from its beginning. A network continues with all
    /// its stimuli and the seed of the snapshot
    #[arg(long, value_name = "SNAPSHOT")]
    restore: Option<PathBuf>,
    /// Start from arrays, such as a `state_dict` of Inferno: voltage and refrac (B, *shape), adaptation (*shape, K)
    #[arg(long, value_name = "STATE.npz", conflicts_with = "restore")]
    state: Option<PathBuf>,
    /// Save the state at the end, and the position of a built-in stimulus
    #[arg(long, value_name = "SNAPSHOT", value_parser = PathBufValueParser::new().try_map(snapshot))]
    save: Option<PathBuf>,
    /// Draw a raster of the first sample, in the terminal or as a picture
    #[arg(long, value_name = "FILE.svg|png", num_args = 0..=1,
          value_parser = PathBufValueParser::new().try_map(picture))]
    plot: Option<Option<PathBuf>>,
    /// Threads per step; the result does not depend on them
    #[arg(long, default_value_t = 1, allow_negative_numbers = true, value_parser = crate::threads)]
    threads: usize,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    /// Returns the parts of every --record.
    fn recorded(&self) -> impl Iterator<Item = &record::Part> {
        self.record.iter().flat_map(|parts| &parts.0)
    }

    /// Returns the files that a run writes.
    fn written(&self) -> Vec<&Path> {
        let picture = self.plot.iter().flatten();
        self.output.iter().chain(&self.save).chain(picture).map(PathBuf::as_path).collect()
    }
}

/// Parses --output, which is always an archive of arrays.
fn archive(path: PathBuf) -> Result<PathBuf, String> {
    match path.extension() {
        Some(extension) if extension.eq_ignore_ascii_case("npz") => Ok(path),
        _ => Err("the name must end in .npz, as the output is a NumPy archive".to_owned()),
    }
}

/// Parses --save. It never replaces a file of another kind that this program reads or writes.
fn snapshot(path: PathBuf) -> Result<PathBuf, String> {
    let others = ["toml", "npy", "npz", "rs", "svg", "png"];
    match path.extension() {
        Some(extension) if others.iter().any(|other| extension.eq_ignore_ascii_case(other)) => Err(format!(
            "the name of a snapshot must not end in .{}\nhelp: use another ending, such as .snap",
            extension.display()
        )),
        _ => Ok(path),
    }
}

/// Parses the file of --plot, which is optional.
fn picture(path: PathBuf) -> Result<PathBuf, String> {
    glif_plot::path(path).map_err(|problem| format!("{problem}\nhelp: without a file name, put --plot last"))
}

/// The summary of a run for other programs.
#[derive(Serialize)]
struct Summary {
    model: &'static str,
    scalar: &'static str,
    shape: Vec<usize>,
    batch_size: usize,
    steps: usize,
    step_time_ms: f64,
    spikes: u64,
    mean_rate_hz: f64,
    silent_neurons: usize,
    seconds: f64,
    neuron_steps_per_second: f64,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.json && arguments.plot == Some(None) {
        return Err(crate::misuse("--plot and --json both use standard output\nhelp: name a file: --plot FILE.svg"));
    }
    if crate::is_network(&arguments.population) {
        return network::run(arguments);
    }
    if let Some(population) = arguments.recorded().find_map(|part| part.population.as_ref()) {
        let problem =
            format!("--record {population}.…: a population file has one population\nhelp: leave `{population}.` out");
        return Err(crate::misuse(&text::message(&problem)));
    }
    let description = crate::description(&arguments.population)?;
    if arguments.plot.is_some() {
        crate::plot::check_fires(&description)?;
    }
    let mut population = description.build()?;
    population.set_threads(arguments.threads)?;
    let mut restored = None;
    if let Some(path) = &arguments.restore {
        restored = Some(Restored { path, source: population.restore_with_stimulus(path)? });
    }
    if let Some(path) = &arguments.state {
        let (batch, shape) = (description.batch_size, &description.shape);
        for (variable, values) in arrays::read_state(path, batch, shape, population.counts())? {
            let named = || format!("`{}`", text::path(path));
            if variable == Variable::Refrac {
                population.check_refrac(&values).with_context(named)?;
            }
            population.write(variable, &values).with_context(named)?;
        }
    }
    let written = arguments.written();
    written.iter().try_for_each(|path| file::check_writable(path))?;
    // The end of the run may replace the snapshot that was restored.
    let parameters = arrays::array_files(&arguments.population);
    let read = [Some(&arguments.population), arguments.drive.input(), arguments.state.as_ref()];
    let read = read.into_iter().flatten().chain(&parameters).map(PathBuf::as_path);
    file::check_distinct(&read.collect::<Vec<_>>(), &written)?;
    let (mut feed, steps) = arguments.drive.feed_after(&population, restored)?;
    let (plan, mut recorders) = recorders(arguments, &population, steps)?;

    let cells = population.neurons() * description.batch_size;
    let mut counts = memory::filled(0_u64, cells).context("the spike counts of a run do not fit in memory")?;
    // The plots take each spike as it occurs, and stay small.
    let (neurons, step_time) = (population.neurons(), description.step_time());
    let canvas = || Canvas::new(steps, neurons, step_time, 100, 24);
    let mut canvas = (arguments.plot == Some(None)).then(canvas);
    let activity = |_: &PathBuf| Activity::new(title(&arguments.population, &description), steps, neurons, step_time);
    let mut picture = arguments.plot.iter().flatten().next().map(activity);
    let progress = progress(steps, arguments.json);
    let start = Instant::now();
    for step in 0..steps {
        feed.load([&mut population], step)?;
        let fired = population.step(description.options()).with_context(|| format!("step {step}"))?;
        for (sample, neuron) in fired.iter() {
            counts[sample * neurons + neuron] += 1;
            if sample == 0 {
                canvas.iter_mut().for_each(|canvas| canvas.add(step, neuron));
                picture.iter_mut().for_each(|picture| picture.add(step, neuron));
            }
        }
        recorders.iter_mut().for_each(|recorder| recorder.record(&population));
        progress.inc(1);
    }
    let elapsed = start.elapsed();
    progress.finish_and_clear();

    let recorded = recorders.iter_mut().try_for_each(|recorder| recorder.finish(&population));
    let recorded = recorded.map_err(Into::into).map(|()| (&plan, recorders.as_slice()));
    leave(arguments, recorded, &population, (feed.source(), steps), picture.as_ref())?;
    report(arguments, &population, steps, &counts, canvas.as_ref(), elapsed)
}

/// The files of a run that are written and those that are not. A file that cannot be written does not prevent the
/// others.
#[derive(Default)]
struct Written {
    written: Vec<String>,
    failed: Vec<String>,
}

impl Written {
    fn add(&mut self, path: &Path, done: Result<()>) {
        match done {
            Ok(()) => self.written.push(format!("`{}` is written", text::path(path))),
            Err(error) => self.failed.push(format!("{error:#}")),
        }
    }

    fn finish(self) -> Result<()> {
        ensure!(self.failed.is_empty(), [self.failed, self.written].concat().join("\n"));
        Ok(())
    }
}

/// Writes every file of the run, the state first.
fn leave(
    arguments: &Arguments,
    recorded: Result<(&Plan, &[Recorder])>,
    population: &DynPopulation,
    (source, steps): (Option<&Source>, usize),
    picture: Option<&Activity>,
) -> Result<()> {
    let mut files = Written::default();
    if let Some(path) = &arguments.save {
        let saved = match source {
            Some(source) => population.save_with_stimulus(path, source),
            None => population.save(path),
        };
        files.add(path, saved.map_err(Into::into));
    }
    if let Some(path) = &arguments.output {
        let every = arguments.every;
        let form = Form { samples: false, batch: Some(population.description().batch_size), steps, every };
        let write =
            |(plan, recorders)| record::write(path, plan, |_| Some(recorded_of(population)), &[recorders], &form);
        files.add(path, recorded.and_then(write));
    }
    if let (Some(Some(path)), Some(picture)) = (&arguments.plot, picture) {
        files.add(path, glif_plot::save(picture, path).map_err(Into::into));
    }
    files.finish()
}

/// Returns what a recording depends on.
fn recorded_of(population: &DynPopulation) -> record::Population<'_> {
    record::Population { name: "", shape: &population.description().shape, counts: population.counts() }
}

/// Creates the recorders. First checks that everything needed at the end of the run fits in memory.
fn recorders(arguments: &Arguments, population: &DynPopulation, steps: usize) -> Result<(Plan, Vec<Recorder>)> {
    let mut plan = Plan::default();
    if arguments.output.is_none() {
        let fits = arguments.save.is_none() || memory::fits(population.save_bytes());
        ensure!(fits, "--save: the snapshot needs {} bytes of memory, which are not free", population.save_bytes());
        return Ok((plan, Vec::new()));
    }
    let has = |variable: &Variable| variable.component().is_none_or(|kind| Recordable::has(population, kind));
    for part in arguments.recorded() {
        if let What::Variable(variable) = part.what {
            let model = population.description().model();
            ensure!(has(&variable), "--record {variable}: {model} has no such variable");
        }
        plan.add(&recorded_of(population), part)?;
    }
    if arguments.record.is_empty() {
        Variable::ALL.into_iter().filter(has).for_each(|variable| plan.add_all("", variable));
    }
    let (mut recorders, mut bytes) = (Vec::new(), 0);
    for group in &plan.0 {
        let mut recorder = group.recorder(population, arguments.every)?;
        recorder.reserve(population, steps as u64)?;
        bytes += recorder.bytes(population, steps as u64);
        recorders.push(recorder);
    }
    ensure!(
        arguments.save.is_none() || memory::fits(bytes + population.save_bytes()),
        "the recording and the snapshot of this run do not fit in memory together\nhelp: record fewer variables, or every n-th step"
    );
    Ok((plan, recorders))
}

/// Shows a progress bar on a terminal, once the run turns out to be long.
pub(crate) fn progress(steps: usize, quiet: bool) -> ProgressBar {
    if quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(steps as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} steps, {eta} to go") {
        bar.set_style(style);
    }
    bar
}

fn report(
    arguments: &Arguments,
    population: &DynPopulation,
    steps: usize,
    counts: &[u64],
    canvas: Option<&Canvas>,
    elapsed: Duration,
) -> Result<()> {
    let description = population.description();
    let step_time = description.step_time();
    let spikes: u64 = counts.iter().sum();
    let neuron_steps = counts.len() as f64 * steps as f64;
    let seconds = elapsed.as_secs_f64();
    let rates = Rates::of(counts, steps, step_time);
    if arguments.json {
        let summary = Summary {
            model: description.model().name(),
            scalar: description.spec.scalar.name(),
            shape: description.shape.clone(),
            batch_size: description.batch_size,
            steps,
            step_time_ms: step_time,
            spikes,
            mean_rate_hz: rates.mean,
            silent_neurons: rates.silent,
            seconds,
            neuron_steps_per_second: neuron_steps / seconds,
        };
        say(&serde_json::to_string(&summary)?)?;
        return Ok(());
    }
    if let Some(canvas) = canvas {
        say(&canvas.to_string())?;
    }
    let (model, scalar, batch) = (description.model(), description.spec.scalar, description.batch_size);
    let axes: Vec<String> = description.shape.iter().map(ToString::to_string).collect();
    let (samples, counted) = match batch {
        1 => (String::new(), ""),
        _ => (format!(" in {batch} samples"), ", counting each sample separately"),
    };
    let neurons = axes.join(" x ");
    let told = if model.fires() { format!(", {spikes} spikes\n{rates}{counted}") } else { String::new() };
    say(&format!("{model} in {scalar}, {neurons} neurons{samples}: {steps} steps of {step_time} ms{told}"))?;
    let speed = neuron_steps / seconds / 1e6;
    let digits = if speed < 10.0 { 3 } else { 0 };
    say(&format!("{seconds:.3} s, {speed:.digits$} million neuron-steps per second, including input and recording"))?;
    for path in arguments.written() {
        say(&format!("written: {}", text::path(path)))?;
    }
    Ok(())
}
