//! What is printed.

use std::collections::BTreeMap;

use anyhow::Result;
use glif::network::Network;
use glif::output::{counted, say};
use glif_cli::arrays::Inputs;
use serde::Serialize;

use super::Output;
use super::board::Ran;
use super::score::{Beside, Score};

/// Classes of which the confusion matrix is printed; of more, the most frequent mistakes.
const PRINTED_CLASSES: usize = 20;
/// Mistakes that are printed.
const PRINTED_MISTAKES: usize = 20;

/// The result of an evaluation.
pub(super) struct Report<'a> {
    pub(super) network: &'a Network,
    pub(super) inputs: &'a Inputs,
    pub(super) output: &'a Output,
    /// Whether floats of the file became integers.
    pub(super) is_quantized: bool,
    pub(super) own: &'a Score,
    pub(super) beside: Option<&'a Beside>,
}

/// The result for other programs.
#[derive(Serialize)]
struct Summary<'a> {
    scalar: &'static str,
    samples: usize,
    steps: usize,
    step_time_ms: f64,
    output: &'a str,
    decide: &'static str,
    #[serde(flatten)]
    own: ScoreSummary<'a>,
    /// The same in f64, unless the network is that.
    f64: Option<ScoreSummary<'a>>,
    /// Samples to which f64 gives another class.
    other_class: Option<usize>,
    /// Samples in which other neurons fire in f64, or in other steps.
    other_spikes: Option<usize>,
    /// The same on the board, if one is given.
    board: Option<&'a Ran>,
}

#[derive(Serialize)]
struct ScoreSummary<'a> {
    accuracy: f64,
    correct: usize,
    ties: usize,
    silent: usize,
    spikes_per_sample: BTreeMap<&'a str, f64>,
    events_per_sample: f64,
    /// Samples by label and class.
    confusion: Vec<&'a [u32]>,
}

impl<'a> Report<'a> {
    pub(super) fn json(&self, board: Option<&Ran>) -> Result<()> {
        let description = self.network.description();
        let summary = Summary {
            scalar: description.scalar.name(),
            samples: self.own.samples,
            steps: self.inputs.steps,
            step_time_ms: description.step_time,
            output: &self.output.name,
            decide: self.output.decide.name(),
            own: self.summary(self.own),
            f64: self.beside.map(|beside| self.summary(&beside.score)),
            other_class: self.beside.map(|beside| beside.other_class),
            other_spikes: self.beside.map(|beside| beside.other_spikes),
            board,
        };
        say(&serde_json::to_string(&summary)?)?;
        Ok(())
    }

    fn summary(&self, score: &'a Score) -> ScoreSummary<'a> {
        let names = self.network.description().populations.iter().map(|(name, _)| name.as_str());
        ScoreSummary {
            accuracy: score.accuracy(),
            correct: score.correct,
            ties: score.ties,
            silent: score.silent,
            spikes_per_sample: names.zip(score.spikes.iter().map(|spikes| score.per_sample(*spikes))).collect(),
            events_per_sample: score.per_sample(score.events),
            confusion: score.confusion().collect(),
        }
    }

    /// Prints everything but the board.
    pub(super) fn say(&self) -> Result<()> {
        let Output { name, decide, .. } = self.output;
        let description = self.network.description();
        say(&format!(
            "{} of {} of {} ms; the class is the neuron of `{name}` {}",
            counted(self.own.samples, "sample"),
            counted(self.inputs.steps, "step"),
            description.step_time,
            decide.told()
        ))?;
        self.table()?;
        if let Some(Beside { other_class, other_spikes, .. }) = self.beside {
            let weights = if self.is_quantized { "the weights before `quantize`" } else { "the same weights" };
            say(&format!(
                "f64, with {weights}, gives {} another class, and {} other spikes",
                counted(*other_class, "sample"),
                counted(*other_spikes, "sample")
            ))?;
        }
        say("")?;
        if self.output.classes <= PRINTED_CLASSES { self.matrix() } else { self.mistakes() }
    }

    /// Prints the numbers, of f64 in a second column.
    fn table(&self) -> Result<()> {
        let scores: Vec<&Score> = [self.own].into_iter().chain(self.beside.map(|beside| &beside.score)).collect();
        let mut rows: Vec<(String, Vec<String>)> = Vec::new();
        let mut row = |name: String, value: &dyn Fn(&Score) -> String| {
            rows.push((name, scores.iter().map(|score| value(score)).collect()));
        };
        row("accuracy".to_owned(), &|score| format!("{:.2} %", 100.0 * score.accuracy()));
        row("right".to_owned(), &|score| score.correct.to_string());
        row("ties".to_owned(), &|score| score.ties.to_string());
        if scores.iter().any(|score| score.silent > 0) {
            row("no spike of the output".to_owned(), &|score| score.silent.to_string());
        }
        for (at, (name, _)) in self.network.description().populations.iter().enumerate() {
            row(format!("spikes a sample, `{name}`"), &|score| format!("{:.1}", score.per_sample(score.spikes[at])));
        }
        row("synaptic events a sample".to_owned(), &|score| format!("{:.1}", score.per_sample(score.events)));
        let heads = [self.network.description().scalar.name(), "f64"];
        let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        let heads: String = heads.iter().take(scores.len()).map(|head| format!("{head:>12}")).collect();
        say(&format!("{:width$}{heads}", ""))?;
        for (name, values) in rows {
            let values: String = values.iter().map(|value| format!("{value:>12}")).collect();
            say(&format!("{name:width$}{values}"))?;
        }
        Ok(())
    }

    fn matrix(&self) -> Result<()> {
        let classes = self.output.classes;
        let most = self.own.confusion().flatten().max().copied().unwrap_or(0).max(classes as u32);
        let width = most.to_string().len() + 1;
        let heads: String = (0..classes).map(|class| format!("{class:>width$}")).collect();
        say(&format!("label |{heads}   samples by class"))?;
        say(&format!("------+{}", "-".repeat(classes * width)))?;
        for (label, row) in self.own.confusion().enumerate() {
            let cell = |count: &u32| match count {
                0 => format!("{:>width$}", "."),
                _ => format!("{count:>width$}"),
            };
            say(&format!("{label:>5} |{}", row.iter().map(cell).collect::<String>()))?;
        }
        Ok(())
    }

    fn mistakes(&self) -> Result<()> {
        let rows = self.own.confusion().enumerate();
        let cells =
            rows.flat_map(|(label, row)| row.iter().enumerate().map(move |(class, count)| (*count, label, class)));
        let mut mistakes: Vec<_> = cells.filter(|(count, label, class)| *count > 0 && label != class).collect();
        mistakes.sort_by_key(|(count, ..)| std::cmp::Reverse(*count));
        for (count, label, class) in mistakes.iter().take(PRINTED_MISTAKES) {
            say(&format!("{} of label {label} got class {class}", counted(*count as usize, "sample")))?;
        }
        let more = mistakes.len().saturating_sub(PRINTED_MISTAKES);
        if more > 0 {
            say(&format!("and {} more\nhelp: --json has all", counted(more, "pair")))?;
        }
        Ok(())
    }
}
