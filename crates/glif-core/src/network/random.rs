//! Random numbers of built-in stimuli: each has its own place in one sequence, so that they can be drawn in any order.

/// Multipliers and key increments of Philox4x32.
const MULTIPLIERS: [u32; 2] = [0xd251_1f53, 0xcd9e_8d57];
const INCREMENTS: [u32; 2] = [0x9e37_79b9, 0xbb67_ae85];
const ROUNDS: usize = 10;

/// Neurons that draw together.
const BLOCK: usize = 512;
/// Neurons whose numbers are compared together.
const PART: usize = 128;
/// Thresholds with which a part compares together.
const GROUP: usize = 8;
const LOW: u64 = u32::MAX as u64;
/// Greatest number of a pair of neurons.
const PAIRS: u32 = u32::MAX / 2;

/// Returns 128 random bits: Philox4x32-10 of a counter and a key.
///
/// Source: Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC '11.
#[inline(always)]
const fn philox(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let ([mut a, mut b, mut c, mut d], [mut k, mut l]) = (counter, key);
    let mut round = 0;
    while round < ROUNDS {
        let (first, second) = (a as u64 * MULTIPLIERS[0] as u64, c as u64 * MULTIPLIERS[1] as u64);
        (a, b, c, d) = ((second >> 32) as u32 ^ b ^ k, second as u32, (first >> 32) as u32 ^ d ^ l, first as u32);
        (k, l) = (k.wrapping_add(INCREMENTS[0]), l.wrapping_add(INCREMENTS[1]));
        round += 1;
    }
    [a, b, c, d]
}

/// A place in the random numbers of a stimulus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Draw {
    /// Seed of the network.
    pub seed: u64,
    /// Number of the stimulus in the network; its lowest 12 bits count.
    pub stimulus: u16,
    /// Number of the sample.
    pub sample: u32,
    /// Number of steps since the beginning; its lowest 48 bits count.
    pub step: u64,
}

impl Draw {
    /// Returns two random numbers of a neuron. `again` is the number of draws before, at most 15.
    #[inline(always)]
    pub const fn numbers(self, neuron: u32, again: u16) -> [u64; 2] {
        let Self { seed, stimulus, sample, step } = self;
        let stream = (again & 0xf) << 12 | (stimulus & 0xfff);
        let counter = [step as u32, (step >> 32) as u32 & 0xffff | (stream as u32) << 16, neuron, sample];
        let [a, b, c, d] = philox(counter, [seed as u32, (seed >> 32) as u32]);
        [(b as u64) << 32 | a as u64, (d as u64) << 32 | c as u64]
    }

    /// Returns a number that has the distribution of which `thresholds` are the cumulative probabilities, in units of
    /// 2⁻⁶⁴: the number of thresholds that a random number reaches.
    ///
    /// Neurons 2k and 2k + 1 have the first and the second of the [`numbers`](Self::numbers) of k.
    #[inline(always)]
    pub const fn count(self, neuron: u32, thresholds: &[u64]) -> u32 {
        let [even, odd] = self.numbers(neuron / 2, 0);
        reached(if neuron.is_multiple_of(2) { even } else { odd }, thresholds)
    }

    /// Sets `counts` to the [`count`](Self::count) of each neuron from number `first` on, under the same thresholds.
    /// They must ascend.
    #[inline(always)] // so that a caller compiled for a wider instruction set compiles these loops for it too
    pub fn counts(self, first: u32, thresholds: &[u64], counts: &mut [u32]) {
        let (odd, counts) = counts.split_at_mut((first % 2) as usize & usize::from(!counts.is_empty()));
        odd.iter_mut().for_each(|count| *count = self.count(first, thresholds));
        let mut first = first.wrapping_add(first % 2);
        let (blocks, rest) = counts.as_chunks_mut::<BLOCK>();
        for block in blocks {
            self.block(first, thresholds, block);
            first = first.wrapping_add(BLOCK as u32);
        }
        for rest in rest.chunks_mut(PART) {
            let mut part = [0; PART];
            self.block(first, thresholds, &mut part);
            rest.iter_mut().zip(part).for_each(|(to, from)| *to = from);
            first = first.wrapping_add(PART as u32);
        }
    }

    /// Sets the counts of a block of neurons, a whole number of parts. The first has an even number.
    #[inline(always)]
    fn block<const N: usize>(self, first: u32, thresholds: &[u64], counts: &mut [u32; N]) {
        let mut high = [0; N];
        self.high_words(first, high.as_chunks_mut().0);
        let mut first = first;
        for (high, counts) in high.as_chunks().0.iter().zip(counts.as_chunks_mut().0) {
            self.part(high, first, thresholds, counts);
            first = first.wrapping_add(PART as u32);
        }
    }

    /// Sets the counts of neurons from the upper halves of their numbers.
    #[inline(always)]
    #[expect(clippy::needless_range_loop, reason = "closures are not compiled for the instruction set of the caller")]
    fn part(self, high: &[u32; PART], first: u32, thresholds: &[u64], counts: &mut [u32; PART]) {
        // In 16 bits, of which a vector has twice as many.
        let (mut numbers, mut greatest) = ([0_u16; PART], 0);
        for i in 0..PART {
            numbers[i] = (high[i] >> 16) as u16;
            greatest = if numbers[i] > greatest { numbers[i] } else { greatest };
        }
        *counts = [0; PART];
        // 0 where a number may reach a threshold or not.
        let mut differences = [u16::MAX; PART];
        for chunk in thresholds.chunks(GROUP) {
            // The greatest threshold is never below a number, and rarely equal to one.
            let mut group = [u16::MAX; GROUP];
            for (to, threshold) in group.iter_mut().zip(chunk) {
                *to = (*threshold >> 48) as u16;
            }
            let mut below = [0_u16; PART];
            for n in 0..GROUP {
                for i in 0..PART {
                    below[i] += u16::from(group[n] < numbers[i]);
                    let difference = group[n] ^ numbers[i];
                    differences[i] = if difference < differences[i] { difference } else { differences[i] };
                }
            }
            for i in 0..PART {
                counts[i] += u32::from(below[i]);
            }
            if greatest <= group[GROUP - 1] {
                break;
            }
        }
        let mut least = u16::MAX;
        for i in 0..PART {
            least = if differences[i] < least { differences[i] } else { least };
        }
        if least == 0 {
            for i in 0..PART {
                if differences[i] == 0 {
                    counts[i] = self.count(first.wrapping_add(i as u32), thresholds);
                }
            }
        }
    }

    /// Sets the upper half of the number of each of some neurons, in pairs. The first has an even number.
    #[inline(always)]
    #[expect(clippy::needless_range_loop, reason = "closures are not compiled for the instruction set of the caller")]
    fn high_words(self, first: u32, high: &mut [[u32; 2]]) {
        let Self { seed, stimulus, sample, step } = self;
        let counter =
            [u64::from(step as u32), step >> 32 & 0xffff | u64::from(stimulus & 0xfff) << 16, u64::from(sample)];
        for i in 0..high.len() {
            // Words of 32 bits in lanes of 64, as the products need them. Their upper halves are not used.
            let [mut a, mut b, mut d] = counter;
            let mut c = u64::from((first / 2).wrapping_add(i as u32) & PAIRS);
            let (mut k, mut l) = (seed as u32, (seed >> 32) as u32);
            for _ in 0..ROUNDS {
                let first = (a & LOW) * u64::from(MULTIPLIERS[0]);
                let second = (c & LOW) * u64::from(MULTIPLIERS[1]);
                (a, b, c, d) = (second >> 32 ^ b ^ u64::from(k), second, first >> 32 ^ d ^ u64::from(l), first);
                (k, l) = (k.wrapping_add(INCREMENTS[0]), l.wrapping_add(INCREMENTS[1]));
            }
            high[i] = [b as u32, d as u32];
        }
    }
}

/// Returns the number of thresholds that a number reaches, from the first on: most counts are low.
#[inline(always)]
pub(super) const fn reached(number: u64, thresholds: &[u64]) -> u32 {
    let mut count = 0;
    let mut rest = thresholds;
    while let [threshold, after @ ..] = rest {
        if *threshold > number {
            break;
        }
        (count, rest) = (count + 1, after);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers of Random123.
    #[test]
    fn philox_is_that_of_random123() {
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        let (counter, key) = ([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]);
        assert_eq!(philox(counter, key), [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]);
    }

    #[test]
    fn every_place_has_its_own_numbers() {
        let of = |seed, stimulus, sample, step| Draw { seed, stimulus, sample, step }.numbers(3, 0);
        let all =
            [of(1, 2, 4, 5), of(2, 2, 4, 5), of(1, 3, 4, 5), of(1, 2, 5, 5), of(1, 2, 4, 6), of(1, 2, 4, 1 << 40)];
        for (i, numbers) in all.iter().enumerate() {
            assert!(!all[..i].contains(numbers));
        }
        let draw = Draw { seed: 7, stimulus: 0, sample: 0, step: 0 };
        assert_ne!(draw.numbers(0, 0), draw.numbers(1, 0));
        assert_ne!(draw.numbers(0, 0), draw.numbers(0, 1));
    }

    /// A block has the counts of its neurons, for any number of thresholds and also where a number begins as one does.
    #[test]
    fn blocks_have_the_counts_of_their_neurons() {
        let draw = Draw { seed: 0x0123_4567_89ab_cdef, stimulus: 0x123, sample: 0xdead_beef, step: 0xfedc_ba98_7654 };
        let evenly = |count: u64| (1..=count).map(move |k| u64::MAX / (count + 1) * k);
        let mut lists: std::vec::Vec<std::vec::Vec<u64>> = [0, 1, 7, 8, 9, 16, 300].map(|n| evenly(n).collect()).into();
        let [_, number] = draw.numbers(3, 0);
        lists.extend([number - 1, number, number + 1, number | LOW, number & !LOW].map(|tie| std::vec![1 << 60, tie]));
        lists.extend([std::vec![u64::MAX], std::vec![0; 9], std::vec![u64::MAX; 9]]);
        for thresholds in lists {
            for (first, neurons) in [(0, 1), (3, 31), (0, 32), (5, 1300), (u32::MAX - 3, 40)] {
                let mut counts = std::vec![77; neurons];
                draw.counts(first, &thresholds, &mut counts);
                let expected = (0..neurons as u32).map(|i| draw.count(first.wrapping_add(i), &thresholds));
                assert!(counts.iter().copied().eq(expected), "{thresholds:?} {first}");
            }
        }
    }

    #[test]
    fn counts_follow_their_distribution() {
        let thresholds = [1 << 63, 3 << 62];
        let mut counts = [0_u32; 3];
        for neuron in 0..40_000 {
            counts[Draw { seed: 7, stimulus: 1, sample: 2, step: 3 }.count(neuron, &thresholds) as usize] += 1;
        }
        // Half, a quarter, a quarter; the standard deviation is at most 100.
        assert!(
            counts.iter().zip([20_000, 10_000, 10_000]).all(|(count, mean)| count.abs_diff(mean) < 500),
            "{counts:?}"
        );
    }
}
