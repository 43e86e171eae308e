//! The spikes of one step of a population on the heap.

use std::iter::{Enumerate, FusedIterator};
use std::slice::Chunks;

use glif_core::spikes::{self, WORD};

/// The spikes of one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fired<'a> {
    words: &'a [u32],
    neurons: usize,
}

impl<'a> Fired<'a> {
    /// Returns the spikes in packed sets of `neurons` neurons, one set for each sample.
    pub(crate) fn new(words: &'a [u32], neurons: usize) -> Self {
        Self { words, neurons }
    }

    /// Returns the number of neurons that fired, over all samples.
    pub fn count(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Iterates over the sample and the flat index of each neuron that fired, in ascending order.
    pub fn iter(&self) -> Firing<'a> {
        let samples = self.words.chunks(self.neurons.div_ceil(WORD)).enumerate();
        Firing { samples, sample: 0, neurons: spikes::indices(&[]) }
    }

    /// Returns whether a neuron fired; `false` if the population does not have it.
    pub fn contains(&self, sample: usize, neuron: usize) -> bool {
        neuron < self.neurons && spikes::contains(self.sample(sample), neuron)
    }

    /// Returns the packed set of one sample: neuron 32·i + j is bit j of word i. Empty if the batch does not
    /// have the sample.
    pub fn sample(&self, sample: usize) -> &'a [u32] {
        self.words.chunks(self.neurons.div_ceil(WORD)).nth(sample).unwrap_or_default()
    }
}

impl<'a> IntoIterator for Fired<'a> {
    type Item = (usize, usize);
    type IntoIter = Firing<'a>;

    fn into_iter(self) -> Firing<'a> {
        self.iter()
    }
}

/// Iterator over the sample and the flat index of each neuron that fired, in ascending order.
#[derive(Debug, Clone)]
pub struct Firing<'a> {
    samples: Enumerate<Chunks<'a, u32>>,
    sample: usize,
    /// The remaining neurons of the current sample.
    neurons: spikes::Indices<'a>,
}

impl Iterator for Firing<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        loop {
            if let Some(neuron) = self.neurons.next() {
                return Some((self.sample, neuron));
            }
            let (sample, words) = self.samples.next()?;
            (self.sample, self.neurons) = (sample, spikes::indices(words));
        }
    }
}

impl FusedIterator for Firing<'_> {}
