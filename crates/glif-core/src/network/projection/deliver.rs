//! Delivery of spikes: which rows a step adds to the sums of the targets, and how.

use core::num::NonZeroU32;
use core::ops::Range;

use super::compact::{self, COMPACT};
use super::convolution::Reach;
use super::{Connections, Delays, Projection, Sums, Targets, Weights};
use crate::network::history::HistoryView;
use crate::network::prefetch::{self, PREFETCHES};
use crate::network::synaptic::Synaptic;
use crate::spikes::WORD;

/// Type of a weight.
trait Weight: Copy {
    type Sum;
    /// Adds `count` times the weight.
    fn add(self, sum: &mut Self::Sum, count: u32);
}

macro_rules! integers {
    ($($weight:ty)*) => {
        $(impl Weight for $weight {
            type Sum = i32;
            // Not checked: `greatest_sum` proves that the sum fits. The count is below 2³¹.
            #[inline(always)]
            fn add(self, sum: &mut i32, count: u32) {
                *sum = sum.wrapping_add(i32::from(self).wrapping_mul(count as i32));
            }
        })*
    };
}
integers!(i8 i16 i32);

impl<S: Synaptic> Weight for S {
    type Sum = S::Wide;
    #[inline(always)]
    fn add(self, sum: &mut S::Wide, count: u32) {
        *sum = *sum + if count == 1 { self.widened() } else { self.times(count) };
    }
}

impl<'a, S: Synaptic> Projection<'a, S> {
    /// Adds the weights of the spikes that were fired `delay` steps before step `step`. `sums` are those of the targets
    /// from number `first` on; the sums of different targets can be made apart, in any order.
    ///
    /// Parts of the projection that do not fit each other are left out; see [`check`](Self::check).
    #[inline(always)] // so that a caller compiled for a wider instruction set compiles this loop for it too
    pub fn deliver(&self, history: HistoryView<'_>, step: u64, first: usize, mut sums: Sums<'_, S>) {
        if let (Connections::Dense, Weights::One, Sums::Integers(sums)) = (self.connections, self.weights, &mut sums) {
            let mut spikes = 0_u32;
            self.each_row(history, step, |_, count| spikes = spikes.wrapping_add(count));
            sums.iter_mut().for_each(|sum| 1_i8.add(sum, spikes));
            return;
        }
        if COMPACT {
            self.deliver_compact(history, step, first, sums);
        } else {
            self.deliver_rows(history, step, first, sums);
        }
    }

    /// Adds row after row. Each row is added while the next is read into the cache.
    // Inlined where a caller compiled for a wider instruction set compiles this loop for it too. Elsewhere, fixed-point
    // formats share one copy, as their code is the same.
    #[cfg_attr(any(target_arch = "x86_64", target_arch = "aarch64"), inline(always))]
    #[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), inline(never))]
    fn deliver_rows(&self, history: HistoryView<'_>, step: u64, first: usize, mut sums: Sums<'_, S>) {
        let mut add = |row: usize, count: u32| self.add_row(row, count, first, sums.reborrow());
        if !PREFETCHES {
            return self.each_row(history, step, add);
        }
        let mut waiting = None;
        self.each_row(history, step, |row, count| {
            self.prefetch(row);
            if let Some((row, count)) = waiting.replace((row, count)) {
                add(row, count);
            }
        });
        if let Some((row, count)) = waiting {
            add(row, count);
        }
    }

    /// Reads a sparse row into the cache.
    #[inline(always)]
    fn prefetch(&self, row: usize) {
        let Connections::Sparse { starts, targets } = self.connections else { return };
        let Some(range) = divided(starts, row) else { return };
        match targets {
            Targets::U16(targets) => prefetch::values(targets, &range),
            Targets::U32(targets) => prefetch::values(targets, &range),
        }
        match self.weights {
            Weights::One | Weights::Packed(_) => {}
            Weights::I8(weights) => prefetch::values(weights, &range),
            Weights::I16(weights) => prefetch::values(weights, &range),
            Weights::I32(weights) => prefetch::values(weights, &range),
            Weights::Scalars(weights) => prefetch::values(weights, &range),
        }
    }

    /// Does the same on a core without vectors.
    pub(super) fn deliver_compact(&self, history: HistoryView<'_>, step: u64, first: usize, mut sums: Sums<'_, S>) {
        let whole = first == 0 && sums.len() >= self.targets;
        match (self.connections, self.weights, &mut sums) {
            _ if !whole => {}
            (Connections::Dense, Weights::Packed(weights), Sums::Integers(sums)) => {
                return self.add_packed(history, step, weights, sums);
            }
            (Connections::Sparse { starts, targets: Targets::U16(targets) }, _, Sums::Integers(sums)) => {
                match (self.weights, compact::Table::new(sums)) {
                    (Weights::I8(weights), Some(table)) => {
                        return self.add_rows(history, step, starts, (targets, weights), table);
                    }
                    (Weights::I16(weights), Some(table)) => {
                        return self.add_rows(history, step, starts, (targets, weights), table);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        self.deliver_rows(history, step, first, sums);
    }

    /// Adds the rows of spikes, of packed weights, to the sums of all targets.
    #[inline(always)]
    pub(super) fn add_packed(&self, history: HistoryView<'_>, step: u64, weights: &[u32], sums: &mut [i32]) {
        let (Delays::All(delay), Some(sums)) = (self.delays, sums.get_mut(..self.targets)) else { return };
        let rows = compact::Rows { weights, width: self.targets.div_ceil(4) };
        // The order does not matter to integers, so that a plane of the history is one loop.
        for plane in 0..history.planes() {
            let words = history.plane(step, delay.into(), plane);
            if words.iter().any(|word| *word != 0) {
                (0..1_u32 << (plane & 31)).for_each(|_| rows.add_all(words, sums));
            }
        }
    }

    /// Adds the rows of spikes to a table of sums.
    #[inline(always)]
    fn add_rows<W: Copy + Into<i32>>(
        &self,
        history: HistoryView<'_>,
        step: u64,
        starts: &[u32],
        (targets, weights): (&[u16], &[W]),
        mut table: compact::Table<'_>,
    ) {
        // The compiler then knows that both have the same length.
        let Some(weights) = weights.get(..targets.len()) else { return };
        self.each_row(history, step, |row, spikes| {
            let range = divided(starts, row).unwrap_or_default();
            if let (Some(targets), Some(weights)) = (targets.get(range.clone()), weights.get(range)) {
                for _ in 0..spikes {
                    table.add(targets, weights);
                }
            }
        });
    }

    /// Calls `each` with the number of each row that a spike arrives from and the number of its spikes, in the order of
    /// the sources.
    #[inline(always)]
    pub fn each_row(&self, history: HistoryView<'_>, step: u64, mut each: impl FnMut(usize, u32)) {
        let spikes = |delay: u8, plane: usize, word: usize| {
            history.plane(step, delay.into(), plane).get(word).copied().unwrap_or(0)
        };
        let planes = history.planes();
        let count_of = |delay: u8, source: usize| {
            let bit = |plane| (spikes(delay, plane, source / WORD) >> (source % WORD) & 1) << (plane & 31);
            (0..planes).fold(0, |count, plane| count | bit(plane))
        };
        match self.delays {
            Delays::All(delay) if planes == 1 => {
                for (word, bits) in history.plane(step, delay.into(), 0).iter().enumerate() {
                    bits_of(*bits, |bit| each(word * WORD + bit, 1));
                }
            }
            Delays::All(delay) => {
                for word in 0..self.sources.div_ceil(WORD) {
                    let any = (0..planes).fold(0, |any, plane| any | spikes(delay, plane, word));
                    bits_of(any, |bit| each(word * WORD + bit, count_of(delay, word * WORD + bit)));
                }
            }
            Delays::Rows { sources, delays, distinct } => {
                for word in 0..self.sources.div_ceil(WORD) {
                    let pairs = || distinct.iter().flat_map(|delay| (0..planes).map(move |plane| (*delay, plane)));
                    let any = pairs().fold(0, |any, (delay, plane)| any | spikes(delay, plane, word));
                    bits_of(any, |bit| {
                        let source = word * WORD + bit;
                        let rows = divided(sources, source).unwrap_or_default();
                        let delays = delays.get(rows.clone()).unwrap_or_default();
                        for (row, delay) in rows.zip(delays) {
                            let count = count_of(*delay, source);
                            if count > 0 {
                                each(row, count);
                            }
                        }
                    });
                }
            }
        }
    }

    /// Calls `each` with the number of each weight in a row, and its target.
    #[inline(always)]
    pub fn each_target(&self, row: usize, mut each: impl FnMut(usize, usize)) {
        match self.connections {
            Connections::Dense => {
                let start = row.wrapping_mul(self.targets);
                (0..self.targets).for_each(|target| each(start.wrapping_add(target), target));
            }
            Connections::Sparse { starts, targets } => {
                for connection in divided(starts, row).unwrap_or_default() {
                    let target = match targets {
                        Targets::U16(targets) => targets.get(connection).map(|target| target.usize()),
                        Targets::U32(targets) => targets.get(connection).map(|target| target.usize()),
                    };
                    target.into_iter().for_each(|target| each(connection, target));
                }
            }
            Connections::Convolution(convolution) => convolution.each(row, 0..self.targets, &mut each),
        }
    }

    /// Returns an integer weight; 0 beyond the end of the weights.
    #[inline(always)]
    pub(super) fn integer(&self, row: usize, connection: usize, target: usize) -> i32 {
        match self.weights {
            Weights::One => 1,
            Weights::I8(weights) => weights.get(connection).copied().unwrap_or(0).into(),
            Weights::Packed(weights) => self.packed(weights, row, target).into(),
            Weights::I16(weights) => weights.get(connection).copied().unwrap_or(0).into(),
            Weights::I32(weights) => weights.get(connection).copied().unwrap_or(0),
            Weights::Scalars(_) => 0,
        }
    }

    /// Adds a row to the sums of the targets from number `first` on, with a loop for each type of weights.
    #[inline(always)]
    fn add_row(&self, row: usize, count: u32, first: usize, sums: Sums<'_, S>) {
        match (self.weights, sums) {
            (Weights::One, Sums::Integers(sums)) => self.add_counted(row, None, (1_i8, count), first, sums),
            (Weights::I8(weights), Sums::Integers(sums)) => {
                self.add_counted(row, Some(weights), (0, count), first, sums);
            }
            (Weights::Packed(weights), Sums::Integers(sums)) => {
                for (target, sum) in (first..self.targets).zip(sums) {
                    self.packed(weights, row, target).add(sum, count);
                }
            }
            (Weights::I16(weights), Sums::Integers(sums)) => {
                self.add_counted(row, Some(weights), (0, count), first, sums);
            }
            (Weights::I32(weights), Sums::Integers(sums)) => {
                self.add_counted(row, Some(weights), (0, count), first, sums);
            }
            (Weights::Scalars(weights), Sums::Scalars(sums)) if !S::EXACT => {
                self.add_counted(row, Some(weights), (S::ZERO_STATE, count), first, sums);
            }
            _ => {} // never: `check` and the caller see to it
        }
    }

    /// Returns a packed weight; 0 beyond the end of the weights.
    #[inline(always)]
    fn packed(&self, weights: &[u32], row: usize, target: usize) -> i8 {
        let word = weights.get(row * self.targets.div_ceil(4) + target / 4).copied().unwrap_or(0x8080_8080);
        (word >> (8 * (target % 4)) & 0xff) as u8 as i8 ^ i8::MIN
    }

    /// Adds a row `count` times. Without weights each is `one`.
    #[inline(always)]
    fn add_counted<W: Weight>(
        &self,
        row: usize,
        weights: Option<&[W]>,
        (one, count): (W, u32),
        first: usize,
        sums: &mut [W::Sum],
    ) {
        if let Connections::Convolution(convolution) = &self.connections {
            // A table of sums may be longer than the targets.
            let end = first.saturating_add(sums.len()).min(self.targets);
            let reach = convolution.reach(row, first..end, weights.is_some());
            return add_reached(&reach, weights.unwrap_or(&[one]), count, first, sums);
        }
        // With the count as a constant, the loop has no multiplication.
        if count == 1 {
            self.add_weights(row, weights, one, first, sums, |sum, weight| weight.add(sum, 1));
        } else {
            self.add_weights(row, weights, one, first, sums, |sum, weight| weight.add(sum, count));
        }
    }

    /// Calls `add` with each sum and its weight in a row.
    #[inline(always)]
    fn add_weights<W: Copy, T>(
        &self,
        row: usize,
        weights: Option<&[W]>,
        one: W,
        first: usize,
        sums: &mut [T],
        add: impl Fn(&mut T, W),
    ) {
        match self.connections {
            Connections::Dense => {
                let start = row * self.targets + first;
                match weights {
                    None => sums.iter_mut().for_each(|sum| add(sum, one)),
                    Some(weights) => {
                        let row = weights.get(start..).unwrap_or_default();
                        sums.iter_mut().zip(row).for_each(|(sum, weight)| add(sum, *weight));
                    }
                }
            }
            Connections::Sparse { starts, targets } => {
                let range = divided(starts, row).unwrap_or_default();
                let whole = sums.len() == self.targets;
                match targets {
                    Targets::U16(targets) => add_sparse(targets, range, (weights, one), (first, whole), sums, add),
                    Targets::U32(targets) => add_sparse(targets, range, (weights, one), (first, whole), sums, add),
                }
            }
            Connections::Convolution(_) => {} // never, as `add_counted` sees to it
        }
    }
}

/// Adds the weights of a source `count` times.
#[inline(never)] // so that the loops over rows have the registers to themselves
fn add_reached<W: Weight>(reach: &Reach, weights: &[W], count: u32, first: usize, sums: &mut [W::Sum]) {
    reach.each(|number, target| {
        // An end within the loop keeps the compiler from unrolling it, which takes flash and is no faster.
        let Some(weight) = weights.get(number) else { return false };
        if let Some(sum) = sums.get_mut(target.wrapping_sub(first)) {
            weight.add(sum, count);
        }
        true
    });
}

/// Calls `each` with the number of each set bit, the lowest first.
#[inline(always)]
pub(super) fn bits_of(mut bits: u32, mut each: impl FnMut(usize)) {
    // A core without an instruction for it counts the zeros of 0 apart.
    while let Some(some) = NonZeroU32::new(bits) {
        each(some.trailing_zeros() as usize % WORD);
        bits &= bits - 1;
    }
}

/// Returns the range from division `n` to the next.
#[inline(always)]
pub(super) fn divided(divisions: &[u32], n: usize) -> Option<Range<usize>> {
    let [start, end] = divisions.get(n..)?.first_chunk()?;
    Some(*start as usize..*end as usize)
}

/// Index of a target neuron.
pub(super) trait Index: Copy + Ord {
    fn usize(self) -> usize;
}

impl Index for u16 {
    #[inline(always)]
    fn usize(self) -> usize {
        self.into()
    }
}

impl Index for u32 {
    #[inline(always)]
    fn usize(self) -> usize {
        self as usize
    }
}

/// Calls `add` with each connection in `range` that leads to a target from number `first` on, which are all if they are
/// `whole`.
#[inline(always)]
fn add_sparse<I: Index, W: Copy, T>(
    targets: &[I],
    range: Range<usize>,
    (weights, one): (Option<&[W]>, W),
    (first, whole): (usize, bool),
    sums: &mut [T],
    add: impl Fn(&mut T, W),
) {
    let row = targets.get(range.clone()).unwrap_or_default();
    let (row, start) = if whole {
        (row, range.start)
    } else {
        let begin = row.partition_point(|target| target.usize() < first);
        let end = row.partition_point(|target| target.usize() < first + sums.len());
        (row.get(begin..end).unwrap_or_default(), range.start + begin)
    };
    let mut add = |target: I, weight: W| {
        if let Some(sum) = sums.get_mut(target.usize().wrapping_sub(first)) {
            add(sum, weight);
        }
    };
    match weights {
        None => row.iter().for_each(|target| add(*target, one)),
        Some(weights) => {
            let weights = weights.get(start..).unwrap_or_default();
            row.iter().zip(weights).for_each(|(target, weight)| add(*target, *weight));
        }
    }
}
