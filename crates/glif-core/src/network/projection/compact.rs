//! Delivery on cores without vectors, in as few instructions as safe Rust allows.
//!
//! * **Dense rows of 8 bits**: four weights are one word. The rows of several spikes are added at once, two weights in
//!   each register, and then to the sums. A weight plus 128 is not negative, so that their sum fits 16 bits.
//! * **Sparse rows**: a table of sums has a power of two of entries. An index within it needs no comparison, and
//!   the loop over the connections is unrolled.

use super::Index;
use crate::run::VECTORS;

/// Whether the core delivers like this. Tests on a host try it too.
pub(super) const COMPACT: bool = !VECTORS;

/// Whether the core has few registers, as a Cortex-M0 has. It is recognized by having no atomic operations.
const FEW_REGISTERS: bool = cfg!(all(target_arch = "arm", not(target_has_atomic = "8")));
/// Spikes whose rows are added at once.
pub(super) const TOGETHER: usize = if FEW_REGISTERS { 16 } else { 4 };
/// Every second byte.
const EVEN: u32 = 0x00ff_00ff;

/// Adds rows of packed weights to the sums.
pub(super) fn add_packed(rows: &[&[u32]], sums: &mut [i32]) {
    if FEW_REGISTERS {
        return add_in_blocks(rows, sums);
    }
    match *rows {
        [a, b, c, d] => add_four(a, b, c, d, sums),
        [a, b, ref others @ ..] => {
            add_two(a, b, sums);
            add_packed_ones(others, sums);
        }
        _ => add_packed_ones(rows, sums),
    }
}

/// Words of a block of targets.
const BLOCK: usize = 16;

/// Adds rows block after block: in each word the sums of all rows are in two registers.
fn add_in_blocks(rows: &[&[u32]], sums: &mut [i32]) {
    let bias = 128 * rows.len() as i32;
    let (blocks, rest) = sums.as_chunks_mut::<{ 4 * BLOCK }>();
    let whole = blocks.len();
    for (number, sums) in blocks.iter_mut().enumerate() {
        let mut of_block = heapless::Vec::<&[u32; BLOCK], TOGETHER>::new();
        for row in rows {
            if let Some(words) = row.as_chunks().0.get(number) {
                _ = of_block.push(words);
            }
        }
        add_block(&of_block, bias, sums);
    }
    for (word, sums) in rest.chunks_mut(4).enumerate() {
        let words = || rows.iter().filter_map(|row| row.get(whole * BLOCK + word));
        let even = words().fold(0, |sum, word| sum + (word & EVEN));
        let odd = words().fold(0, |sum, word| sum + (word >> 8 & EVEN));
        take_rest(even, odd, bias, sums);
    }
}

#[inline(never)] // so that the loop has the registers to itself
fn add_block(rows: &[&[u32; BLOCK]], bias: i32, sums: &mut [i32; 4 * BLOCK]) {
    for (word, sums) in sums.as_chunks_mut().0.iter_mut().enumerate() {
        let (mut even, mut odd) = (0, 0);
        for row in rows {
            even += row[word] & EVEN;
            odd += row[word] >> 8 & EVEN;
        }
        take_out(even, odd, bias, sums);
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
const UNROLLED: usize = if FEW_REGISTERS { 4 } else { 8 };

#[inline(never)] // as above
fn add_masked<const N: usize, I: Index, W: Copy + Into<i32>>(targets: &[I], weights: &[W], sums: &mut [i32; N]) {
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
