//! Firing rate over a constant current; of a network, over time.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;
use glif::output::say;
use glif::rate::{self, ClosedForm, Tally};
use glif::{CurrentSpan, Currents, Description, Number, file, limits};
use glif_plot::{Curve, Curves, Look};

use super::Common;
use super::network::{self, Simulation};

/// Draws firing rate over current; of a network, mean rate of each population over time.
#[derive(Args)]
#[command(
    override_usage = "glif plot rate POPULATION.toml --output FILE.svg|png [--from NA] [--to NA] [--count N] [--duration MS]
       glif plot rate NETWORK.toml --input IN.npz --output FILE.svg|png [--window MS]
       glif plot rate NETWORK.toml --steps T --output FILE.svg|png [--window MS]"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Lowest current, nA; 0 by default
    #[arg(long, value_name = "NA", allow_negative_numbers = true, value_parser = crate::number)]
    from: Option<f64>,
    /// Highest current, nA; 40 by default
    #[arg(long, value_name = "NA", allow_negative_numbers = true, value_parser = crate::number)]
    to: Option<f64>,
    /// Number of currents, one neuron each; 200 by default
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = crate::whole::<2, 100_000>)]
    count: Option<u64>,
    /// Duration of each current, ms, 4000 by default; of a network, length of the run
    #[arg(long, value_name = "MS", allow_negative_numbers = true, value_parser = crate::number)]
    duration: Option<f64>,
    /// Spikes and currents of a network, as `glif run` takes them
    #[arg(long, value_name = "IN.npz", conflicts_with_all = ["duration", "steps"])]
    input: Option<PathBuf>,
    /// Length of the run of a network, steps
    #[arg(long, value_name = "T", conflicts_with = "duration", allow_negative_numbers = true,
          value_parser = crate::whole::<1, { limits::STEPS }>)]
    steps: Option<u64>,
    /// Seed of the stimuli of a network; by default that of its file
    #[arg(long, allow_negative_numbers = true, value_parser = crate::whole::<0, { u64::MAX }>)]
    seed: Option<u64>,
    /// Duration over which the rate of a network is averaged, ms, rounded to whole steps; 10 by default
    #[arg(long, value_name = "MS", allow_negative_numbers = true, value_parser = crate::number)]
    window: Option<f64>,
}

impl Arguments {
    /// Returns an error for the first option that is given.
    fn refuse(&self, options: &[(&str, bool)], taker: &str) -> Result<()> {
        match options.iter().find(|(_, given)| *given) {
            Some((option, _)) => Err(crate::misuse(&format!("{option} is for {taker}"))),
            None => Ok(()),
        }
    }

    /// Draws the rates of a network.
    fn network(&self) -> Result<()> {
        let Self { common, from, to, count, duration, input, steps, seed, window } = self;
        let others = [("--from", from.is_some()), ("--to", to.is_some()), ("--count", count.is_some())];
        self.refuse(&others, "population files, whose rate is drawn over a current")?;
        file::check_writable(&common.output)?;
        let length = |step_time| match (steps, duration) {
            (Some(steps), _) => Ok(*steps),
            (None, Some(ms)) => crate::duration::steps("--duration", *ms, step_time, 1..=limits::STEPS),
            (None, None) => Err(crate::misuse("a run without --input needs --steps T or --duration MS")),
        };
        let simulation = Simulation::of(&common.population, input.as_ref(), *seed, length)?;
        network::rate(common, simulation, *window)
    }
}

pub(super) fn rate(arguments: &Arguments) -> Result<()> {
    let Arguments { common, input, steps, seed, window, .. } = arguments;
    if crate::is_network(&common.population) {
        return arguments.network();
    }
    let others = [
        ("--input", input.is_some()),
        ("--steps", steps.is_some()),
        ("--seed", seed.is_some()),
        ("--window", window.is_some()),
    ];
    arguments.refuse(&others, "network files")?;
    let (from, to) = (&arguments.from.unwrap_or(0.0), &arguments.to.unwrap_or(40.0));
    let duration = &arguments.duration.unwrap_or(4000.0);
    ensure!(from.is_finite() && to.is_finite(), "--from {from} nA --to {to} nA: both must be finite");
    ensure!(from < to, "--from {from} nA must be below --to {to} nA");
    let count = arguments.count.unwrap_or(200) as usize;
    // One neuron for each current.
    let (description, which) = common.one_neuron()?;
    super::check_fires(&description)?;
    let description = Description { shape: vec![count], ..description };
    let step_time = description.step_time();
    let steps = crate::duration::steps("--duration", *duration, step_time, 2..=1_000_000_000)? as usize;

    let mut population = description.build()?;
    let currents = rate::spread((*from, *to), count);
    crate::note_currents(&population, &CurrentSpan::of(&population.current_range(), currents.iter().copied()));
    population.load(Currents::F64(&currents))?;
    let mut tally = Tally::new(count, steps);
    for step in 0..steps {
        population.step(description.options())?.iter().for_each(|(_, neuron)| tally.record(step, neuron));
    }

    let points = |rates: Vec<f64>| currents.iter().copied().zip(rates).collect::<Vec<_>>();
    let settled = tally.settled(step_time);
    let mut curves = Vec::new();
    if population.components() > 0 {
        let first = points(tally.first(step_time));
        curves.push(Curve { name: "first interval".to_owned(), points: first, look: Look::Dots });
    }
    if let Some(exact) = ClosedForm::of(&population) {
        let name = "closed form, 1 / (n · dt)".to_owned();
        let line = rate::spread((*from, *to), 2001).into_iter().map(|current| (current, exact.rate(current)));
        curves.push(Curve { name, points: line.collect(), look: Look::Behind });
        say(&format!("no spike below {} nA", exact.rheobase()))?;
    }
    let greatest = settled.iter().copied().fold(0.0, f64::max);
    say(&format!("{greatest:.1} Hz at most, once settled"))?;
    if greatest == 0.0 {
        eprintln!(
            "note: no neuron fired twice in {} ms at up to {} nA\nhelp: use a longer --duration or a larger --to",
            Number(*duration),
            Number(*to)
        );
    }
    curves.push(Curve { name: "settled".to_owned(), points: points(settled), look: Look::Dots });
    common.save(&Curves {
        title: format!(
            "{}{which}: {} in {}, firing rate over current",
            common.name(),
            description.model(),
            description.spec.scalar
        ),
        across: "current (nA)".to_owned(),
        up: "rate (Hz)".to_owned(),
        logarithmic: false,
        curves,
    })
}
