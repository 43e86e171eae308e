//! Connections as bits: where many pairs are connected, all by one weight, a bit for each pair takes less memory than a
//! list, and 512 counters advance together.

use bytemuck::{Pod, Zeroable};

use super::prefetch;

/// Words of a block.
const WORDS: usize = 16;
/// Rows that are added together.
const GROUP: usize = 8;
/// Greatest number of rows that a counter of 8 bits counts, in whole groups.
const MOST: usize = u8::MAX as usize / GROUP * GROUP;
/// Blocks whose counters stay in the first cache.
const SPAN: usize = 4;

/// A bit for each of [`BitBlock::TARGETS`] consecutive targets.
// Bit b of word w is target 16 b + w: the counters of consecutive targets are then in consecutive words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C, align(64))]
pub struct BitBlock([u32; WORDS]);

impl BitBlock {
    /// Number of targets.
    pub const TARGETS: usize = WORDS * u32::BITS as usize;
    /// No target.
    pub const EMPTY: Self = Self([0; WORDS]);

    /// Returns whether there is a connection to a target, counted from 0 within the block.
    #[inline(always)]
    pub fn contains(&self, target: usize) -> bool {
        self.0[target % WORDS] >> ((target / WORDS) & 31) & 1 == 1
    }

    /// Adds a connection to a target, counted from 0 within the block.
    pub fn insert(&mut self, target: usize) {
        self.0[target % WORDS] |= 1 << ((target / WORDS) & 31);
    }
}

/// Rows of bits, one for each row of a projection.
///
/// ```
/// use glif_core::network::{BitBlock, BitRows};
/// let mut blocks = [BitBlock::EMPTY; 3]; // three rows of up to 512 targets
/// blocks[0].insert(5);
/// blocks[2].insert(5);
/// let mut sums = [0; 10];
/// BitRows::new(&blocks, 10).add(&[0, 1, 2], 0, &mut sums);
/// assert_eq!(sums, [0, 0, 0, 0, 0, 2, 0, 0, 0, 0]);
/// assert!(BitRows::new(&blocks, 10).targets(2).eq([5]));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct BitRows<'a> {
    blocks: &'a [BitBlock],
    /// Blocks of a row.
    width: usize,
}

impl<'a> BitRows<'a> {
    /// Returns rows for `targets` targets, in `blocks` one after another.
    pub const fn new(blocks: &'a [BitBlock], targets: usize) -> Self {
        Self { blocks, width: targets.div_ceil(BitBlock::TARGETS) }
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.blocks.len().checked_div(self.width).unwrap_or(0)
    }

    /// Returns the targets of a row, in order.
    pub fn targets(&self, row: u32) -> impl Iterator<Item = usize> + use<'a> {
        let bits = *self;
        (0..self.width).flat_map(move |block| {
            let targets = (0..BitBlock::TARGETS).filter(move |target| bits.block(row, block).contains(*target));
            targets.map(move |target| block * BitBlock::TARGETS + target)
        })
    }

    /// Adds 1 for each connection of `rows` to the sums of the targets from number `first` on, a multiple of
    /// [`BitBlock::TARGETS`]. A row that does not exist has no connection.
    #[inline(always)] // so that a caller compiled for a wider instruction set compiles these loops for it too
    pub fn add(&self, rows: &[u32], first: usize, sums: &mut [i32]) {
        for (i, sums) in sums.chunks_mut(SPAN * BitBlock::TARGETS).enumerate() {
            let first = first / BitBlock::TARGETS + i * SPAN;
            for rows in rows.chunks(MOST) {
                self.add_span(rows, first, sums);
            }
        }
    }

    /// Reads the bits of a row for `targets` targets from number `first` on into the cache.
    #[inline(always)]
    pub fn prefetch(&self, row: u32, first: usize, targets: usize) {
        let start = (row as usize).saturating_mul(self.width).saturating_add(first / BitBlock::TARGETS);
        prefetch::values(self.blocks, &(start..start.saturating_add(targets.div_ceil(BitBlock::TARGETS))));
    }

    /// Adds `count` for each connection of a row.
    #[inline(always)]
    pub fn add_times(&self, row: u32, count: u32, first: usize, sums: &mut [i32]) {
        for (i, sums) in sums.chunks_mut(BitBlock::TARGETS).enumerate() {
            let block = self.block(row, first / BitBlock::TARGETS + i);
            for (target, sum) in sums.iter_mut().enumerate() {
                *sum = sum.wrapping_add(count as i32 & -i32::from(block.contains(target)));
            }
        }
    }

    /// Returns a block of a row.
    #[inline(always)]
    fn block(&self, row: u32, block: usize) -> &'a BitBlock {
        (row as usize).checked_mul(self.width).and_then(|start| self.blocks.get(start + block)).unwrap_or(&EMPTY)
    }

    /// Adds at most [`MOST`] rows to the sums of at most [`SPAN`] blocks, from number `first` on.
    #[inline(always)]
    fn add_span(&self, rows: &[u32], first: usize, sums: &mut [i32]) {
        let mut counters = [[BitBlock::EMPTY; 8]; SPAN];
        let blocks = sums.len().div_ceil(BitBlock::TARGETS);
        for group in rows.chunks(GROUP) {
            for (i, counters) in counters.iter_mut().take(blocks).enumerate() {
                let mut lines = [&EMPTY; GROUP];
                for (line, row) in lines.iter_mut().zip(group) {
                    *line = self.block(*row, first + i);
                }
                count(lines, counters);
            }
        }
        for (counters, sums) in counters.into_iter().zip(sums.chunks_mut(BitBlock::TARGETS)) {
            if let Ok(sums) = <&mut [i32; BitBlock::TARGETS]>::try_from(&mut *sums) {
                read_out(counters, sums);
            } else {
                let mut whole = [0; BitBlock::TARGETS];
                read_out(counters, &mut whole);
                sums.iter_mut().zip(whole).for_each(|(sum, count)| *sum = sum.wrapping_add(count));
            }
        }
    }
}

/// The connections of a row that does not exist.
static EMPTY: BitBlock = BitBlock::EMPTY;

/// Adds three bits; returns the sum and the carry.
#[inline(always)]
fn full_adder(a: u32, b: u32, c: u32) -> (u32, u32) {
    let both = a ^ b;
    (both ^ c, (a & b) | (both & c))
}

/// Adds a group of rows to counters; plane k has bit k of each counter.
#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "the loops become vectors")]
fn count(rows: [&BitBlock; GROUP], planes: &mut [BitBlock; 8]) {
    let [r0, r1, r2, r3, r4, r5, r6, r7] = rows;
    let mut sums = *planes;
    for w in 0..WORDS {
        let (ones, a) = full_adder(sums[0].0[w], r0.0[w], r1.0[w]);
        let (ones, b) = full_adder(ones, r2.0[w], r3.0[w]);
        let (ones, c) = full_adder(ones, r4.0[w], r5.0[w]);
        let (ones, d) = full_adder(ones, r6.0[w], r7.0[w]);
        let (twos, e) = full_adder(sums[1].0[w], a, b);
        let (twos, f) = full_adder(twos, c, d);
        let (fours, mut carry) = full_adder(sums[2].0[w], e, f);
        (sums[0].0[w], sums[1].0[w], sums[2].0[w]) = (ones, twos, fours);
        for k in 3..8 {
            let plane = sums[k].0[w];
            sums[k].0[w] = plane ^ carry;
            carry &= plane;
        }
    }
    *planes = sums;
}

/// Adds the counters of a block to sums.
#[inline(always)]
fn read_out(planes: [BitBlock; 8], sums: &mut [i32; BitBlock::TARGETS]) {
    // Transposes 8 x 8 bits in each byte of the words. Statement for statement, as loops over them become gathers.
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = planes;
    swap(&mut a, &mut e, 4, 0x0f0f_0f0f);
    swap(&mut b, &mut f, 4, 0x0f0f_0f0f);
    swap(&mut c, &mut g, 4, 0x0f0f_0f0f);
    swap(&mut d, &mut h, 4, 0x0f0f_0f0f);
    swap(&mut a, &mut c, 2, 0x3333_3333);
    swap(&mut b, &mut d, 2, 0x3333_3333);
    swap(&mut e, &mut g, 2, 0x3333_3333);
    swap(&mut f, &mut h, 2, 0x3333_3333);
    swap(&mut a, &mut b, 1, 0x5555_5555);
    swap(&mut c, &mut d, 1, 0x5555_5555);
    swap(&mut e, &mut f, 1, 0x5555_5555);
    swap(&mut g, &mut h, 1, 0x5555_5555);
    // Byte n of the words is now the count of bit 8 n, 8 n + 1, and so on.
    let (words, _) = sums.as_chunks_mut::<WORDS>();
    let (quarters, _) = words.as_chunks_mut::<8>();
    let [first, second, third, fourth] = quarters else { return };
    for (shift, sums) in [(0, first), (8, second), (16, third), (24, fourth)] {
        let [s0, s1, s2, s3, s4, s5, s6, s7] = sums;
        add_bytes(&a, shift, s0);
        add_bytes(&b, shift, s1);
        add_bytes(&c, shift, s2);
        add_bytes(&d, shift, s3);
        add_bytes(&e, shift, s4);
        add_bytes(&f, shift, s5);
        add_bytes(&g, shift, s6);
        add_bytes(&h, shift, s7);
    }
}

/// Exchanges the bits of `a` above `shift` and those of `b` below it, of each group that `mask` divides.
#[inline(always)]
fn swap(a: &mut BitBlock, b: &mut BitBlock, shift: u32, mask: u32) {
    let (mut x, mut y) = (*a, *b);
    for w in 0..WORDS {
        let differs = (x.0[w] >> shift ^ y.0[w]) & mask;
        y.0[w] ^= differs;
        x.0[w] ^= differs << shift;
    }
    (*a, *b) = (x, y);
}

#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "the loops become vectors")]
fn add_bytes(counts: &BitBlock, shift: u32, to: &mut [i32; WORDS]) {
    let mut sums = *to;
    for w in 0..WORDS {
        sums[w] = sums[w].wrapping_add((counts.0[w] >> shift & 0xff) as i32);
    }
    *to = sums;
}

#[cfg(test)]
mod tests {
    use std::vec;
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Sums are those of a loop over the pairs, for any part of the targets and any number of rows.
        #[test]
        fn sums_are_those_of_the_pairs(
            targets in 1_usize..3000,
            part in 0_usize..6,
            density in 1_u32..100,
            seed: u32,
            count in 0_usize..600,
        ) {
            let rows = 20;
            let connected = |row: usize, target: usize| {
                let mixed = ((row as u32 * 7919 + target as u32) ^ seed).wrapping_mul(0x9e37_79b9);
                (mixed ^ (mixed >> 15)).wrapping_mul(0x85eb_ca6b) >> 24 <= density * 2
            };
            let width = targets.div_ceil(BitBlock::TARGETS);
            let mut blocks = vec![BitBlock::EMPTY; rows * width];
            for (row, target) in (0..rows).flat_map(|row| (0..targets).map(move |target| (row, target))) {
                if connected(row, target) {
                    blocks[row * width + target / BitBlock::TARGETS].insert(target % BitBlock::TARGETS);
                }
            }
            // Some rows do not exist.
            let arriving: Vec<u32> = (0..count as u32).map(|i| i.wrapping_mul(seed | 1) >> 3 & 31).map(|row| row.min(20)).collect();
            let first = part.min(width - 1) * BitBlock::TARGETS;
            let (mut sums, mut expected) = (vec![-3; targets - first], vec![-3; targets - first]);
            for row in &arriving {
                for (i, sum) in expected.iter_mut().enumerate() {
                    *sum += i32::from((*row as usize) < rows && connected(*row as usize, first + i));
                }
            }
            let bits = BitRows::new(&blocks, targets);
            bits.add(&arriving, first, &mut sums);
            prop_assert_eq!(&sums, &expected);
            bits.add_times(3, 70_000, first, &mut sums);
            expected.iter_mut().enumerate().for_each(|(i, sum)| *sum += 70_000 * i32::from(connected(3, first + i)));
            prop_assert_eq!(&sums, &expected);
        }
    }

    #[test]
    fn all_rows_of_a_flush_are_counted() {
        let full = BitBlock([u32::MAX; WORDS]);
        for rows in [0, 1, 7, 8, 247, 248, 249, 255, 256, 1000] {
            let mut sums = [0; BitBlock::TARGETS];
            BitRows::new(&[full], BitBlock::TARGETS).add(&vec![0; rows], 0, &mut sums);
            assert_eq!(sums, [rows as i32; BitBlock::TARGETS]);
        }
    }
}
