//! Firing rate over a constant current.

use anyhow::{Result, ensure};
use clap::Args;
use glif::output::say;
use glif::rate::{self, ClosedForm, Tally};
use glif::{CurrentSpan, Currents, Description, Number};
use glif_plot::{Curve, Curves, Look};

use super::Common;

/// Draws firing rate over current.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Lowest current, nA
    #[arg(long, value_name = "NA", default_value_t = 0.0, allow_negative_numbers = true, value_parser = crate::number)]
    from: f64,
    /// Highest current, nA
    #[arg(long, value_name = "NA", default_value_t = 40.0, allow_negative_numbers = true, value_parser = crate::number)]
    to: f64,
    /// Number of currents, one neuron each
    #[arg(long, value_name = "N", default_value_t = 200, allow_negative_numbers = true, value_parser = crate::whole::<2, 100_000>)]
    count: u64,
    /// Duration of each current, ms
    #[arg(long, value_name = "MS", default_value_t = 4000.0, allow_negative_numbers = true, value_parser = crate::number)]
    duration: f64,
}

pub(super) fn rate(arguments: &Arguments) -> Result<()> {
    let Arguments { common, from, to, duration, .. } = arguments;
    ensure!(from.is_finite() && to.is_finite(), "--from {from} nA --to {to} nA: both must be finite");
    ensure!(from < to, "--from {from} nA must be below --to {to} nA");
    let count = arguments.count as usize;
    // One neuron for each current.
    let (description, which) = common.one_neuron()?;
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
