//! The four regimes of a network of excitatory and inhibitory neurons (Brunel 2000).
//!
//! ```console
//! $ cargo run --release -p glif-board --example brunel -- examples/brunel/regimes.png
//! ```

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use glif::network::NetworkDescription;
use glif::output::say;
use glif_plot::{Curve, Curves, Drawn, Figure, Look, Mark, Raster, Spikes, save};
use plotters::coord::Shift;
use plotters::prelude::*;

/// The network files, each with its regime and the rate of the simulation in the paper, Hz.
pub(crate) const REGIMES: [(&str, &str, Option<f64>); 4] = [
    ("a.toml", "A: synchronous regular", None),
    ("b.toml", "B: synchronous irregular, fast", Some(60.7)),
    ("c.toml", "C: asynchronous irregular", Some(37.7)),
    ("d.toml", "D: synchronous irregular, slow", Some(5.5)),
];
/// Time before the activity is measured, and for which it is, ms.
pub(crate) const BEFORE: f64 = 200.0;
pub(crate) const MEASURED: f64 = 1000.0;
/// Width of the bins in which spikes are counted, ms.
const BIN: f64 = 1.0;
/// Neurons and time of a picture, ms.
const SHOWN: usize = 50;
const SPAN: f64 = 200.0;
/// Range in which the frequency of the whole network is looked for, Hz.
const FREQUENCIES: std::ops::RangeInclusive<u32> = 5..=450;

fn main() -> Result<()> {
    let output: PathBuf = std::env::args_os().nth(1).context("the name of the picture is missing")?.into();
    let output = glif_plot::path(output).map_err(anyhow::Error::msg)?;
    say("regime                            rate, Hz   paper   CV of intervals   synchrony   frequency, Hz")?;
    let mut panels = Vec::new();
    for (file, name, paper) in REGIMES {
        let description = NetworkDescription::read(&Path::new("examples/brunel").join(file))?;
        let activity = Activity::of(&description, BEFORE, MEASURED)?;
        let paper = paper.map_or_else(|| "-".to_owned(), |rate| format!("{rate:.1}"));
        let (rate, cv, synchrony) = (activity.rate(), activity.irregularity(), activity.synchrony());
        let frequency = activity.frequency();
        say(&format!("{name:32} {rate:9.1} {paper:>7} {cv:17.2} {synchrony:11.2} {frequency:15}"))?;
        panels.push((name, activity));
    }
    save(&Panels(&panels), &output)?;
    Ok(())
}

/// The spikes of a run.
pub(crate) struct Activity {
    step_time: f64,
    /// Number of neurons.
    neurons: usize,
    /// Number of spikes of all neurons in each step.
    counts: Vec<u32>,
    /// Steps of the spikes of each neuron.
    spikes: Vec<Vec<u32>>,
}

impl Activity {
    /// Runs a network, and keeps the spikes of the last `measured` ms. Neurons are numbered through all populations.
    pub(crate) fn of(description: &NetworkDescription, before: f64, measured: f64) -> Result<Self> {
        let steps = |ms: f64| (ms / description.step_time).round() as u64;
        let mut network = description.build()?;
        network.run(steps(before))?;
        let names: Vec<&str> = description.populations.iter().map(|(name, _)| name.as_str()).collect();
        let sizes: Vec<usize> = description.populations.iter().map(|(_, kind)| kind.shape().iter().product()).collect();
        let neurons = sizes.iter().sum();
        let mut activity =
            Self { step_time: description.step_time, neurons, counts: Vec::new(), spikes: vec![Vec::new(); neurons] };
        for step in 0..steps(measured) as u32 {
            network.step()?;
            let (mut first, mut count) = (0, 0);
            for (name, size) in names.iter().zip(&sizes) {
                for (_, neuron) in network.fired(name)? {
                    activity.spikes[first + neuron].push(step);
                    count += 1;
                }
                first += size;
            }
            activity.counts.push(count);
        }
        Ok(activity)
    }

    /// Returns the mean rate, Hz.
    pub(crate) fn rate(&self) -> f64 {
        let spikes: u32 = self.counts.iter().sum();
        f64::from(spikes) / self.neurons as f64 / (self.counts.len() as f64 * self.step_time / 1000.0)
    }

    /// Returns the coefficient of variation of the intervals between the spikes of a neuron: 0 for a clock, 1 for a Poisson
    /// process. It is the mean of all neurons with at least three intervals.
    pub(crate) fn irregularity(&self) -> f64 {
        let of = |spikes: &Vec<u32>| {
            let intervals: Vec<f64> = spikes.windows(2).map(|pair| f64::from(pair[1] - pair[0])).collect();
            let (mean, variance) = moments(&intervals);
            (intervals.len() >= 3).then(|| variance.sqrt() / mean)
        };
        let all: Vec<f64> = self.spikes.iter().filter_map(of).collect();
        moments(&all).0
    }

    /// Returns the standard deviation of the whole network's rate, in bins of 1 ms, divided by its mean. It is the greater the
    /// more neurons fire together: independent ones would have 1 / √(spikes in a bin).
    pub(crate) fn synchrony(&self) -> f64 {
        let (mean, variance) = moments(&self.binned());
        variance.sqrt() / mean
    }

    /// Returns the frequency at which the spectrum of the whole network's activity is greatest, Hz.
    pub(crate) fn frequency(&self) -> u32 {
        let bins = self.binned();
        let (mean, _) = moments(&bins);
        let power = |frequency: u32| {
            let turn = std::f64::consts::TAU * f64::from(frequency) * BIN / 1000.0;
            let sum = bins.iter().enumerate().fold((0.0, 0.0), |(real, imaginary), (bin, count)| {
                let (sine, cosine) = (turn * bin as f64).sin_cos();
                (real + (count - mean) * cosine, imaginary + (count - mean) * sine)
            });
            sum.0 * sum.0 + sum.1 * sum.1
        };
        FREQUENCIES.max_by(|a, b| power(*a).total_cmp(&power(*b))).unwrap_or(0)
    }

    /// Returns the number of spikes in each bin.
    fn binned(&self) -> Vec<f64> {
        let width = (BIN / self.step_time).round() as usize;
        self.counts.chunks_exact(width).map(|bin| f64::from(bin.iter().sum::<u32>())).collect()
    }
}

/// Returns the mean and the variance.
fn moments(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    (mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count)
}

/// A raster of a few neurons and the mean rate for each regime.
struct Panels<'a>(&'a [(&'a str, Activity)]);

impl Figure for Panels<'_> {
    fn size(&self) -> (u32, u32) {
        (1300, 1000)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &DrawingArea<B, Shift>) -> Drawn {
        for (part, (name, activity)) in area.split_evenly((2, 2)).iter().zip(self.0) {
            let (above, below) = part.split_vertically(290);
            let steps = (SPAN / activity.step_time).round() as usize;
            let of_neuron = |neuron: usize| {
                let first = activity.spikes[neuron].iter().map(|step| *step as usize);
                first.take_while(|step| *step < steps).map(move |step| (step, neuron)).collect::<Vec<_>>()
            };
            let spikes: Vec<(usize, usize)> = (0..SHOWN).flat_map(of_neuron).collect();
            let records = [Spikes { name: "", spikes: &spikes, mark: Mark::Dot }];
            let step_time = activity.step_time;
            Raster { title: name, records: &records, steps, neurons: SHOWN, step_time, groups: &[] }.draw(&above)?;
            let per_bin = activity.neurons as f64 * BIN / 1000.0;
            let bins = activity.binned().into_iter().take((SPAN / BIN) as usize).enumerate();
            let points = bins.map(|(bin, count)| ((bin as f64 + 0.5) * BIN, count / per_bin)).collect();
            Curves {
                title: "all neurons".to_owned(),
                across: "time (ms)".to_owned(),
                up: "rate (Hz)".to_owned(),
                logarithmic: false,
                curves: vec![Curve { name: String::new(), points, look: Look::Line }],
            }
            .draw(&below)?;
        }
        Ok(())
    }
}
