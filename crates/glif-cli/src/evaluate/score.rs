//! Sums over the samples.

use super::trial::Outcome;

/// What a network did with all samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Score {
    pub(super) samples: usize,
    pub(super) correct: usize,
    /// Samples in which several neurons had the greatest value.
    pub(super) ties: usize,
    /// Samples in which no neuron of the output fired, where spikes decide.
    pub(super) silent: usize,
    /// Spikes of each population.
    pub(super) spikes: Vec<u64>,
    pub(super) events: u64,
    /// Samples by label and class.
    confusion: Vec<u32>,
    classes: usize,
}

impl Score {
    pub(super) fn new(classes: usize, populations: usize) -> Self {
        let (spikes, confusion) = (vec![0; populations], vec![0; classes * classes]);
        Self { samples: 0, correct: 0, ties: 0, silent: 0, spikes, events: 0, confusion, classes }
    }

    pub(super) fn add(&mut self, label: usize, outcome: &Outcome) {
        let Outcome { decision, spikes, events } = outcome;
        self.samples += 1;
        self.correct += usize::from(decision.class == label);
        self.ties += usize::from(decision.tie);
        self.silent += usize::from(decision.silent);
        self.spikes.iter_mut().zip(spikes).for_each(|(sum, spikes)| *sum += spikes);
        self.events += events;
        self.confusion[label * self.classes + decision.class] += 1;
    }

    pub(super) fn accuracy(&self) -> f64 {
        self.correct as f64 / self.samples as f64
    }

    /// Returns a number that is summed over the samples, for one of them.
    pub(super) fn per_sample(&self, sum: u64) -> f64 {
        sum as f64 / self.samples as f64
    }

    /// Returns the rows of the confusion matrix: how many samples of a label got each class.
    pub(super) fn confusion(&self) -> impl Iterator<Item = &[u32]> {
        self.confusion.chunks(self.classes)
    }
}

/// What the network in f64 did, and what the network itself did differently.
#[derive(Debug)]
pub(super) struct Beside {
    pub(super) score: Score,
    pub(super) other_class: usize,
    pub(super) other_spikes: usize,
}

impl Beside {
    pub(super) fn new(classes: usize, populations: usize) -> Self {
        Self { score: Score::new(classes, populations), other_class: 0, other_spikes: 0 }
    }

    pub(super) fn add(&mut self, label: usize, (own, reference): (&Outcome, &Outcome), spikes_differ: bool) {
        self.score.add(label, reference);
        self.other_class += usize::from(own.decision.class != reference.decision.class);
        self.other_spikes += usize::from(spikes_differ);
    }
}
