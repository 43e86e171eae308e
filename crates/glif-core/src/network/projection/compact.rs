//! Delivery on cores without vectors, in as few instructions as safe Rust allows.
//!
//! * **Dense rows of 8 bits**: four weights are one word. The rows of several spikes are added at once, two weights in
//!   each register, and then to the sums. A weight plus 128 is not negative, so that their sum fits 16 bits. A core
//!   with few registers keeps the sums of pairs of weights in memory, as [`Lanes`].
//! * **Sparse rows**: a table of sums has a power of two of entries. An index within it needs no comparison, and
//!   the loop over the connections is unrolled.

use super::deliver::Index;
use crate::run::VECTORS;

/// Whether the core delivers like this. Tests on a host try it too.
pub(super) const COMPACT: bool = !VECTORS;

/// Whether the core has few registers, as a Cortex-M0 has. It is recognized by having no atomic operations.
pub(super) const FEW_REGISTERS: bool = cfg!(all(target_arch = "arm", not(target_has_atomic = "8")));
/// Spikes whose rows are added at once.
pub(super) const TOGETHER: usize = 4;
/// Every second byte.
const EVEN: u32 = 0x00ff_00ff;

/// Adds rows of packed weights to the sums.
pub(super) fn add_packed(rows: &[&[u32]], sums: &mut [i32]) {
    match *rows {
        [a, b, c, d] => add_four(a, b, c, d, sums),
        [a, b, ref others @ ..] => {
            add_two(a, b, sums);
            add_packed_ones(others, sums);
        }
        _ => add_packed_ones(rows, sums),
    }
}

fn add_packed_ones(rows: &[&[u32]], sums: &mut [i32]) {
    rows.iter().for_each(|row| add_one(row, sums));
}

#[inline(never)] // so that the loop has the registers to itself
fn add_four(a: &[u32], b: &[u32], c: &[u32], d: &[u32], sums: &mut [i32]) {
    let (fours, rest) = sums.as_chunks_mut::<4>();
    let words = a.iter().zip(b).zip(c).zip(d);
    let sum = |(((a, b), c), d): (((&u32, &u32), &u32), &u32)| {
        let even = (a & EVEN) + (b & EVEN) + (c & EVEN) + (d & EVEN);
        let odd = (a >> 8 & EVEN) + (b >> 8 & EVEN) + (c >> 8 & EVEN) + (d >> 8 & EVEN);
        (even, odd)
    };
    let count = fours.len();
    for (sums, words) in fours.iter_mut().zip(words) {
        let (even, odd) = sum(words);
        take_out(even, odd, 4 * 128, sums);
    }
    if let Some(words) = rest_of([a, b, c, d], count) {
        let (even, odd) = sum((((&words[0], &words[1]), &words[2]), &words[3]));
        take_rest(even, odd, 4 * 128, rest);
    }
}

#[inline(never)] // as above
fn add_two(a: &[u32], b: &[u32], sums: &mut [i32]) {
    let (fours, rest) = sums.as_chunks_mut::<4>();
    let sum = |a: &u32, b: &u32| ((a & EVEN) + (b & EVEN), (a >> 8 & EVEN) + (b >> 8 & EVEN));
    let count = fours.len();
    for (sums, (a, b)) in fours.iter_mut().zip(a.iter().zip(b)) {
        let (even, odd) = sum(a, b);
        take_out(even, odd, 2 * 128, sums);
    }
    if let Some([a, b]) = rest_of([a, b], count) {
        let (even, odd) = sum(&a, &b);
        take_rest(even, odd, 2 * 128, rest);
    }
}

#[inline(never)] // as above
fn add_one(row: &[u32], sums: &mut [i32]) {
    let (fours, rest) = sums.as_chunks_mut::<4>();
    let count = fours.len();
    for (sums, word) in fours.iter_mut().zip(row) {
        take_out(word & EVEN, word >> 8 & EVEN, 128, sums);
    }
    if let Some([word]) = rest_of([row], count) {
        take_rest(word & EVEN, word >> 8 & EVEN, 128, rest);
    }
}

/// Returns word `count` of each row; `None` if one has no such word.
fn rest_of<const R: usize>(rows: [&[u32]; R], count: usize) -> Option<[u32; R]> {
    let words = rows.map(|row| row.get(count).copied());
    words.iter().all(Option::is_some).then(|| words.map(Option::unwrap_or_default))
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

/// Does the same for fewer columns.
fn take_rest(even: u32, odd: u32, bias: i32, sums: &mut [i32]) {
    let mut whole = [0; 4];
    take_out(even, odd, bias, &mut whole);
    sums.iter_mut().zip(whole).for_each(|(sum, more)| *sum = sum.wrapping_add(more));
}

/// Words of a block of targets.
pub(super) const BLOCK: usize = 16;
/// Rows after which the sums of a block are taken out, two less than overflow them.
const MOST_ROWS: i32 = 254;

/// The sums of a block of targets over several rows. Those of four targets are two words.
///
/// With the weights b0 to b3 of a row, the first word is the sum of b0 + 2¹⁶ b2. The second is the sum of the row's
/// word over 2⁸, b1 + 2⁸ b2 + 2¹⁶ b3, which saves an instruction; the first word says what to take off.
pub(super) struct Lanes<'a> {
    words: [[u32; 2]; BLOCK],
    rows: i32,
    /// A row that waits for another one.
    waiting: Option<&'a [u32; BLOCK]>,
}

impl<'a> Lanes<'a> {
    #[inline(always)]
    pub(super) fn new() -> Self {
        Self { words: [[0; 2]; BLOCK], rows: 0, waiting: None }
    }

    /// Adds a row to the sums, at once or later.
    #[inline(always)]
    pub(super) fn add(&mut self, row: &'a [u32; BLOCK], sums: &mut [i32]) {
        match self.waiting.take() {
            None => self.waiting = Some(row),
            Some(first) => {
                add_pair(first, row, &mut self.words);
                self.count(2, sums);
            }
        }
    }

    /// Does the same with a row of fewer words.
    pub(super) fn add_part(&mut self, row: &[u32], sums: &mut [i32]) {
        for (word, [even, all]) in row.iter().zip(&mut self.words) {
            *even += word & EVEN;
            *all += word >> 8;
        }
        self.count(1, sums);
    }

    #[inline(always)]
    fn count(&mut self, rows: i32, sums: &mut [i32]) {
        self.rows += rows;
        if self.rows >= MOST_ROWS {
            self.take_out(sums);
            (self.words, self.rows) = ([[0; 2]; BLOCK], 0);
        }
    }

    /// Adds to the sums what is not there yet.
    #[inline(always)]
    pub(super) fn finish(&mut self, sums: &mut [i32]) {
        if let Some(row) = self.waiting.take() {
            self.add_part(row, sums);
        }
        self.take_out(sums);
    }

    #[inline(always)]
    fn take_out(&self, sums: &mut [i32]) {
        let bias = 128 * self.rows;
        match sums.try_into() {
            Ok(sums) => take_block(&self.words, bias, sums),
            Err(_) => {
                for ([even, all], sums) in self.words.iter().zip(sums.chunks_mut(4)) {
                    take_rest(*even, odd(*even, *all), bias, sums);
                }
            }
        }
    }
}

/// Returns the sum of b1 + 2¹⁶ b3.
#[inline(always)]
fn odd(even: u32, all: u32) -> u32 {
    all.wrapping_sub(even >> 16 << 8)
}

#[inline(never)] // so that the loop has the registers to itself
fn take_block(words: &[[u32; 2]; BLOCK], bias: i32, sums: &mut [i32; 4 * BLOCK]) {
    for ([even, all], sums) in words.iter().zip(sums.as_chunks_mut().0) {
        take_out(*even, odd(*even, *all), bias, sums);
    }
}

/// Adds two rows.
#[inline(never)] // as above
fn add_pair(a: &[u32; BLOCK], b: &[u32; BLOCK], words: &mut [[u32; 2]; BLOCK]) {
    for ((a, b), [even, all]) in a.iter().zip(b).zip(words) {
        *even += (a & EVEN) + (b & EVEN);
        *all += (a >> 8) + (b >> 8);
    }
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
