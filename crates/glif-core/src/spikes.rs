//! Spikes of one step as a packed set, one bit per neuron.

use core::iter::FusedIterator;

/// Neurons per word.
pub const WORD: usize = u32::BITS as usize;

/// Packed set of spikes with room for 32·W neurons.
///
/// ```
/// use glif_core::Spikes;
/// let mut spikes = Spikes::<2>::new();
/// spikes.words_mut()[1] = 0b101;
/// assert_eq!(spikes.count(), 2);
/// assert!(spikes.iter().eq([32, 34]));
/// for neuron in &spikes {
///     assert!(neuron >= 32);
/// }
/// assert!(spikes.contains(34));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Spikes<const W: usize> {
    words: [u32; W],
}

impl<const W: usize> Default for Spikes<W> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const W: usize> Spikes<W> {
    /// Returns an empty set.
    pub const fn new() -> Self {
        Self { words: [0; W] }
    }

    /// Returns the number of neurons that fired.
    pub fn count(&self) -> u32 {
        count(&self.words)
    }

    /// Returns whether neuron `index` fired; false beyond the population.
    pub fn contains(&self, index: usize) -> bool {
        contains(&self.words, index)
    }

    /// Returns the indices of the neurons that fired, in ascending order.
    pub fn iter(&self) -> Indices<'_> {
        indices(&self.words)
    }

    /// Returns the first `N` indices as a list, for firmware that sends events. An index has 16 bits: neurons
    /// from 65,536 on are left out. [`iter`](Self::iter) includes them.
    pub fn events<const N: usize>(&self) -> heapless::Vec<u16, N> {
        list(self.iter())
    }

    /// Returns the words: neuron 32·i + j is bit j of word i.
    pub fn words(&self) -> &[u32; W] {
        &self.words
    }

    /// Returns the words, for a step to write.
    pub fn words_mut(&mut self) -> &mut [u32; W] {
        &mut self.words
    }
}

impl<'a, const W: usize> IntoIterator for &'a Spikes<W> {
    type Item = usize;
    type IntoIter = Indices<'a>;

    fn into_iter(self) -> Indices<'a> {
        self.iter()
    }
}

/// Returns the number of set bits.
pub fn count(words: &[u32]) -> u32 {
    words.iter().map(|word| word.count_ones()).sum()
}

/// Returns whether bit `index` is set; false beyond the words.
pub fn contains(words: &[u32], index: usize) -> bool {
    words.get(index / WORD).is_some_and(|word| word >> (index % WORD) & 1 == 1)
}

/// Returns the first `N` indices that fit 16 bits, from indices in ascending order.
// Not `collect`, which would leave a panic for a list that is too short.
pub(crate) fn list<const N: usize>(indices: impl Iterator<Item = usize>) -> heapless::Vec<u16, N> {
    let mut list = heapless::Vec::new();
    for index in indices.map_while(|index| u16::try_from(index).ok()) {
        if list.push(index).is_err() {
            break;
        }
    }
    list
}

/// Returns the indices of the set bits, in ascending order.
pub fn indices(words: &[u32]) -> Indices<'_> {
    Indices { words: words.iter(), word: 0, next: 0 }
}

/// Iterator over the indices of set bits.
#[derive(Debug, Clone)]
pub struct Indices<'a> {
    words: core::slice::Iter<'a, u32>,
    word: u32,
    /// Index of bit 0 of the word after `word`.
    next: usize,
}

impl Iterator for Indices<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        while self.word == 0 {
            self.word = *self.words.next()?;
            self.next += WORD;
        }
        let bit = self.word.trailing_zeros() as usize;
        self.word &= self.word - 1;
        Some(self.next - WORD + bit)
    }
}

impl FusedIterator for Indices<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    proptest! {
        #[test]
        fn set_matches_its_bits(words: [u32; 3]) {
            let mut spikes = Spikes::<3>::new();
            *spikes.words_mut() = words;
            let naive: Vec<usize> = (0..96).filter(|i| words[i / 32] & (1 << (i % 32)) != 0).collect();
            prop_assert_eq!(spikes.iter().collect::<Vec<_>>(), &naive[..]);
            prop_assert_eq!(spikes.count() as usize, naive.len());
            for index in 0..100 {
                prop_assert_eq!(spikes.contains(index), naive.contains(&index), "neuron {}", index);
            }
            let events: Vec<u16> = naive.iter().map(|&i| i as u16).collect();
            prop_assert_eq!(&spikes.events::<96>()[..], &events[..]);
            prop_assert_eq!(&spikes.events::<5>()[..], &events[..events.len().min(5)]);
            prop_assert_eq!(spikes.words(), &words);
        }
    }

    #[test]
    fn empty_and_full() {
        assert_eq!(Spikes::<2>::default().iter().next(), None);
        assert!(!Spikes::<0>::new().contains(0));
        let mut full = indices(&[u32::MAX; 2]);
        assert!(full.by_ref().eq(0..64));
        assert_eq!((full.next(), full.next()), (None, None));
        assert!(!contains(&[u32::MAX], usize::MAX));
    }

    /// An event index has 16 bits. Neurons beyond that are left out of a list, and do not wrap into it.
    #[test]
    fn events_stop_at_the_largest_index() {
        let mut spikes = Spikes::<2049>::new();
        spikes.words_mut()[2047] = 1 << 31;
        spikes.words_mut()[2048] = 0b11;
        assert_eq!(spikes.count(), 3);
        assert_eq!(spikes.events::<4>()[..], [u16::MAX]);
    }
}
