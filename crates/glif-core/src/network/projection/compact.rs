//! Delivery on cores without vectors, in as few instructions as safe Rust allows.
//!
//! * **Dense rows of 8 bits**: four weights are one word. The rows of several spikes are added at once, two weights in
//!   each register, and then to the sums. A weight plus 128 is not negative, so that their sum fits 16 bits.
//! * **Sparse rows**: a table of sums has a power of two of entries. An index within it needs no comparison, and
//!   the loop over the connections is unrolled.

use super::deliver::{Index, bits_of};
use crate::run::VECTORS;
use crate::spikes::WORD;

/// Whether the core delivers like this. Tests on a host try it too.
pub(super) const COMPACT: bool = !VECTORS;

/// Spikes whose rows are added at once.
const TOGETHER: usize = 8;
/// Words of a row that are added by one loop.
const BLOCK: usize = 16;
/// Four weights that are 0.
const ZERO: u32 = 0x8080_8080;
/// Every second byte.
const EVEN: u32 = 0x00ff_00ff;

/// Rows of packed weights.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) weights: &'a [u32],
    /// Words of a row.
    pub(super) width: usize,
}

impl Rows<'_> {
    /// Adds the rows of all spikes to the sums, of which there are at most four for each word of a row.
    #[inline(never)] // so that a step without spikes saves no registers
    pub(super) fn add_all(self, spikes: &[u32], sums: &mut [i32]) {
        let mut starts = [0; TOGETHER];
        let mut count = 0;
        for (word, bits) in spikes.iter().enumerate() {
            bits_of(*bits, |bit| {
                starts[count % TOGETHER] = (word * WORD + bit).wrapping_mul(self.width);
                count += 1;
                if count % TOGETHER == 0 {
                    self.add(&starts, sums);
                }
            });
        }
        let rest = starts.get(..count % TOGETHER).unwrap_or_default();
        let (fours, rest) = rest.as_chunks::<4>();
        let (pairs, ones) = rest.as_chunks::<2>();
        fours.iter().for_each(|starts| self.add(starts, sums));
        pairs.iter().for_each(|starts| self.add(starts, sums));
        ones.iter().for_each(|start| self.add(&[*start], sums));
    }

    /// Adds `R` rows to the sums, block after block of targets. `starts` are the numbers of their first words.
    #[inline(always)]
    fn add<const R: usize>(self, starts: &[usize; R], sums: &mut [i32]) {
        let mut weights = self.weights;
        let (blocks, rest) = sums.as_chunks_mut();
        for block in blocks {
            add_block(weights, starts, block);
            weights = weights.get(BLOCK..).unwrap_or_default();
        }
        if !rest.is_empty() {
            add_rest(weights, starts, rest);
        }
    }
}

/// Adds a block of each of `R` rows.
#[inline(never)] // so that the loop has the registers to itself
fn add_block<const R: usize>(weights: &[u32], starts: &[usize; R], sums: &mut [i32; 4 * BLOCK]) {
    let rows = starts.map(|start| weights.get(start..).and_then(<[u32]>::first_chunk).unwrap_or(&[ZERO; BLOCK]));
    for (word, sums) in sums.as_chunks_mut().0.iter_mut().enumerate() {
        add_words(rows.map(|row| row[word % BLOCK]), sums);
    }
}

/// Adds what follows the blocks of each of `R` rows.
#[inline(never)] // as above
fn add_rest<const R: usize>(weights: &[u32], starts: &[usize; R], sums: &mut [i32]) {
    for (word, sums) in sums.chunks_mut(4).enumerate() {
        let words = starts.map(|start| weights.get(start.wrapping_add(word)).copied().unwrap_or(ZERO));
        if let Ok(sums) = sums.try_into() {
            add_words(words, sums);
        } else {
            let mut four = [0; 4];
            add_words(words, &mut four);
            sums.iter_mut().zip(four).for_each(|(sum, more)| *sum = sum.wrapping_add(more));
        }
    }
}

/// Adds the weights b0 to b3 of `R` rows for four targets.
#[inline(always)]
fn add_words<const R: usize>(words: [u32; R], sums: &mut [i32; 4]) {
    // The sums of b0 + 2¹⁶ b2, and those of b1 + 2⁸ b2 + 2¹⁶ b3, which a shift gives. The first say what to take off.
    let (even, all) = words.iter().fold((0, 0), |(even, all), word| (even + (word & EVEN), all + (word >> 8)));
    let odd = all.wrapping_sub(even >> 16 << 8);
    take_out(even, odd, R as i32 * 128, sums);
}

/// Adds the sums of four columns of weights to their sums. `bias` is what they are too great by.
#[inline(always)]
fn take_out(even: u32, odd: u32, bias: i32, [a, b, c, d]: &mut [i32; 4]) {
    let low = |pair: u32| (pair & 0xffff) as i32 - bias;
    let high = |pair: u32| (pair >> 16) as i32 - bias;
    *a = a.wrapping_add(low(even));
    *b = b.wrapping_add(low(odd));
    *c = c.wrapping_add(high(even));
    *d = d.wrapping_add(high(odd));
}

/// A table of sums. Few sizes, as each has its code.
pub(super) enum Table<'a> {
    Of64(&'a mut [i32; 64]),
    Of256(&'a mut [i32; 256]),
    Of1024(&'a mut [i32; 1024]),
}

impl<'a> Table<'a> {
    /// Returns the sums as a table, if they are one.
    pub(super) fn new(sums: &'a mut [i32]) -> Option<Self> {
        match sums.len() {
            64 => sums.try_into().ok().map(Self::Of64),
            256 => sums.try_into().ok().map(Self::Of256),
            1024 => sums.try_into().ok().map(Self::Of1024),
            _ => None,
        }
    }

    /// Adds the connections of a row.
    #[inline(always)]
    pub(super) fn add<I: Index, W: Copy + Into<i32>>(&mut self, targets: &[I], weights: &[W]) {
        match self {
            Self::Of64(sums) => add_masked(targets, weights, sums),
            Self::Of256(sums) => add_masked(targets, weights, sums),
            Self::Of1024(sums) => add_masked(targets, weights, sums),
        }
    }
}

/// Connections that are unrolled.
const UNROLLED: usize = 8;

#[inline(never)] // as above
fn add_masked<const N: usize, I: Index, W: Copy + Into<i32>>(targets: &[I], weights: &[W], sums: &mut [i32; N]) {
    // The compiler then knows that both have the same length.
    let Some(weights) = weights.get(..targets.len()) else { return };
    let (eights, rest) = targets.as_chunks::<UNROLLED>();
    let (weights, weights_rest) = weights.as_chunks::<UNROLLED>();
    let mut add = |target: I, weight: W| {
        let sum = &mut sums[target.usize() % N];
        *sum = sum.wrapping_add(weight.into());
    };
    for (targets, weights) in eights.iter().zip(weights) {
        for at in 0..UNROLLED {
            add(targets[at], weights[at]);
        }
    }
    for (target, weight) in rest.iter().zip(weights_rest) {
        add(*target, *weight);
    }
}
