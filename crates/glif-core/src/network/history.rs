//! The spikes of the last steps of a population.

use crate::spikes::WORD;

/// Longest delay of a projection, steps.
pub const MOST_DELAY: usize = 255;

/// The spikes of the last `depth` steps of a population, one bit for each neuron and step.
///
/// A population in which a neuron can have several spikes in a step has several planes: bit b of the number of spikes
/// is in plane b.
///
/// ```
/// use glif_core::network::History;
/// let mut words = [0; 3]; // up to 32 neurons, delays of up to 2 steps
/// let mut history = History::new(&mut words, 20, 2, 1).unwrap();
/// for (step, spikes) in [0b01, 0b10, 0b11].into_iter().enumerate() {
///     history.record(step as u64)[0] = spikes;
/// }
/// assert_eq!([0, 1, 2].map(|delay| history.spikes(2, delay)[0]), [0b11, 0b10, 0b01]);
/// ```
#[derive(Debug)]
pub struct History<'a> {
    words: &'a mut [u32],
    /// Words of a plane of a step.
    row: usize,
    /// Number of steps.
    depth: usize,
    planes: usize,
}

impl<'a> History<'a> {
    /// Returns the number of words for `neurons` neurons and delays of up to `most_delay` steps; `None` if it does not
    /// fit a `usize`.
    pub const fn words(neurons: usize, most_delay: usize, planes: usize) -> Option<usize> {
        match neurons.div_ceil(WORD).checked_mul(most_delay + 1) {
            Some(words) => words.checked_mul(planes),
            None => None,
        }
    }

    /// Returns the history in `words`; `None` if there are too few of them, or no plane.
    pub fn new(words: &'a mut [u32], neurons: usize, most_delay: usize, planes: usize) -> Option<Self> {
        let count = Self::words(neurons, most_delay, planes).filter(|_| planes > 0)?;
        let words = words.get_mut(..count)?;
        Some(Self { words, row: neurons.div_ceil(WORD), depth: most_delay + 1, planes })
    }

    /// Returns the words for the spikes of step `step`, plane after plane. They replace those of the oldest step.
    #[inline(always)]
    pub fn record(&mut self, step: u64) -> &mut [u32] {
        let first = slot(step, self.depth) * self.row * self.planes;
        self.words.get_mut(first..).and_then(|rest| rest.get_mut(..self.row * self.planes)).unwrap_or_default()
    }

    /// Returns the spikes that were fired `delay` steps before step `step`.
    #[inline(always)]
    pub fn spikes(&self, step: u64, delay: usize) -> &[u32] {
        self.view().plane(step, delay, 0)
    }

    /// Borrows the history to read it.
    #[inline(always)]
    pub fn view(&self) -> HistoryView<'_> {
        HistoryView { words: self.words, row: self.row, depth: self.depth, planes: self.planes }
    }
}

/// A [`History`] to read.
#[derive(Debug, Clone, Copy)]
pub struct HistoryView<'a> {
    words: &'a [u32],
    row: usize,
    depth: usize,
    planes: usize,
}

impl<'a> HistoryView<'a> {
    /// Returns the history in `words`, as [`History::new`] lays it out. Spikes that are not in `words` do not exist.
    #[inline(always)]
    pub const fn new(words: &'a [u32], neurons: usize, most_delay: usize, planes: usize) -> Self {
        Self { words, row: neurons.div_ceil(WORD), depth: most_delay + 1, planes }
    }

    /// Returns the spikes that were fired `delay` steps before step `step`. They are empty if the history does not have
    /// them.
    #[inline(always)]
    pub fn spikes(&self, step: u64, delay: usize) -> &'a [u32] {
        self.plane(step, delay, 0)
    }

    /// Returns the words of step `step`, plane after plane, as [`History::record`] gives them to be set. They are those of
    /// another step if the history does not reach as far.
    pub fn recorded(&self, step: u64) -> &'a [u32] {
        let first = slot(step, self.depth) * self.row * self.planes;
        self.words.get(first..).and_then(|rest| rest.get(..self.row * self.planes)).unwrap_or_default()
    }

    /// Returns a plane of the spikes that were fired `delay` steps before step `step`. It is empty if the history does
    /// not have it.
    #[inline(always)]
    pub(super) fn plane(&self, step: u64, delay: usize, plane: usize) -> &'a [u32] {
        if delay >= self.depth || delay as u64 > step || plane >= self.planes {
            return &[];
        }
        let first = (slot(step - delay as u64, self.depth) * self.planes + plane) * self.row;
        self.words.get(first..).and_then(|rest| rest.get(..self.row)).unwrap_or_default()
    }

    #[inline(always)]
    pub(super) fn planes(&self) -> usize {
        self.planes
    }
}

/// Returns the place of a step among `depth` places.
#[inline(always)]
fn slot(step: u64, depth: usize) -> usize {
    // In 32 bits where they suffice, as a core divides 64 bits slowly.
    match u32::try_from(step) {
        Ok(step) => (step as usize).checked_rem(depth).unwrap_or(0),
        Err(_) => step.checked_rem(depth as u64).unwrap_or(0) as usize,
    }
}

#[cfg(test)]
mod tests {
    use std::vec;

    use super::*;

    #[test]
    fn every_delay_finds_its_step() {
        for (neurons, most_delay, planes) in [(1_usize, 0, 1), (32, 1, 1), (33, 7, 2), (100, MOST_DELAY, 3)] {
            let row = neurons.div_ceil(WORD);
            let mut words = vec![0; History::words(neurons, most_delay, planes).unwrap()];
            let mut history = History::new(&mut words, neurons, most_delay, planes).unwrap();
            let value = |step: u64, plane: usize, word: usize| (step as u32) << 8 | (plane as u32) << 4 | word as u32;
            let late = u64::from(u32::MAX) - 300;
            for (i, step) in (0..600).chain(late..late + 900).enumerate() {
                let recorded = history.record(step);
                for plane in 0..planes {
                    (0..row).for_each(|word| recorded[plane * row + word] = value(step, plane, word));
                }
                let first = history.record(step).to_vec();
                assert_eq!(history.view().recorded(step), first);
                if i % 600 < 260 {
                    continue; // the ring begins anew where the steps leap
                }
                for (delay, plane) in (0..=most_delay).flat_map(|delay| (0..planes).map(move |plane| (delay, plane))) {
                    let spikes = history.view().plane(step, delay, plane);
                    let expected = (0..row).map(|word| value(step - delay as u64, plane, word));
                    assert!(spikes.iter().copied().eq(expected), "{step} {delay}");
                }
                assert!(history.view().plane(step, most_delay + 1, 0).is_empty());
                assert!(history.view().plane(step, 0, planes).is_empty());
            }
        }
        assert!(History::new(&mut [0; 3], 33, 1, 1).is_none());
        assert!(History::new(&mut [0; 4], 33, 1, 0).is_none());
        assert_eq!(History::words(usize::MAX, 255, 1), None);
        // There are no spikes before the first step.
        assert!(History::new(&mut [0; 4], 33, 1, 1).unwrap().spikes(0, 1).is_empty());
    }
}
