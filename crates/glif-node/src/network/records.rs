//! What a network has for each synapse, stimulus and projection, in the words of its arrays.

use bytemuck::{Pod, Zeroable, try_cast_slice, try_cast_slice_mut};
use glif_core::network::{Connections, Convolution, Delays, Discretization, Projection, Targets, Weights};
use glif_core::own::Values;
use glif_link::network::{DelayKind, DriveKind, ProjectionArrays, SynapseKind, WeightKind};

/// Records of one kind, one after another.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Table {
    /// First word.
    pub(crate) begin: usize,
    /// Number of records.
    pub(crate) count: usize,
}

impl Table {
    /// Returns the records.
    #[inline(always)]
    pub(crate) fn all<R: Pod>(self, words: &[u32]) -> &[R] {
        typed(words, self.begin, self.count)
    }

    /// Replaces a record.
    pub(crate) fn set<R: Pod>(self, words: &mut [u32], number: usize, record: R) {
        if let Some(place) = typed_mut(words, self.begin, self.count).get_mut(number) {
            *place = record;
        }
    }
}

/// Returns `count` values from word `begin` on; none if they are not there.
#[inline(always)]
pub(crate) fn typed<T: Pod>(words: &[u32], begin: usize, count: usize) -> &[T] {
    try_cast_slice(span(words, begin, count * size_of::<T>())).unwrap_or_default().get(..count).unwrap_or_default()
}

/// Returns the words from `begin` on that have so many bytes.
#[inline(never)] // as there are many calls
fn span(words: &[u32], begin: usize, bytes: usize) -> &[u32] {
    words.get(begin..).unwrap_or_default().get(..bytes.div_ceil(size_of::<u32>())).unwrap_or_default()
}

/// Does the same to change them.
#[inline(never)] // as above
fn span_mut(words: &mut [u32], begin: usize, bytes: usize) -> &mut [u32] {
    words.get_mut(begin..).unwrap_or_default().get_mut(..bytes.div_ceil(size_of::<u32>())).unwrap_or_default()
}

/// Does the same to change them.
#[inline(always)]
pub(crate) fn typed_mut<T: Pod>(words: &mut [u32], begin: usize, count: usize) -> &mut [T] {
    let words = span_mut(words, begin, count * size_of::<T>());
    try_cast_slice_mut(words).unwrap_or_default().get_mut(..count).unwrap_or_default()
}

/// Returns a coefficient with `rows` values from word `begin` on: one that neurons share, or one for each.
#[inline(never)] // as there are several calls
pub(crate) fn column<T: Pod>(words: &[u32], begin: usize, rows: usize) -> Option<Values<'_, T>> {
    let all = typed::<T>(words, begin, rows);
    let shared = *all.first()?;
    Some(Values { shared, own: if rows > 1 { all } else { &[] } })
}

/// A synapse.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct SynapseRecord {
    /// Place of its kind among those of [`SynapseKind`].
    pub(crate) kind: u32,
    /// Number in random rounding.
    pub(crate) number: u32,
    /// Number among the synapses of the population that have a state.
    pub(crate) state: u32,
    /// Rows of the coefficients.
    pub(crate) rows: u32,
    /// First word of the decay factors.
    pub(crate) decay: u32,
    /// First word of the propagators.
    pub(crate) factor: u32,
}

impl SynapseRecord {
    /// Returns what it does.
    #[inline(always)]
    pub(crate) fn kind(&self) -> SynapseKind {
        match self.kind {
            0 => SynapseKind::Current,
            1 => SynapseKind::Delta,
            2 => SynapseKind::Held { discretization: Discretization::Exact }, // no step uses it
            _ => SynapseKind::Exact,
        }
    }
}

/// A built-in stimulus.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct DriveRecord {
    /// Place of its kind among those of [`DriveKind`].
    pub(crate) kind: u32,
    /// One more than the number of the synapse; 0 for a current.
    pub(crate) synapse: u32,
    /// Number among the stimuli of the network.
    pub(crate) number: u32,
    /// Rows of the values.
    pub(crate) rows: u32,
    /// First words of the values.
    pub(crate) values: [u32; 2],
    /// First word and number of the thresholds; or the onset, its low half first.
    pub(crate) extra: [u32; 2],
}

impl DriveRecord {
    /// Returns the place of a kind.
    pub(crate) fn code(kind: DriveKind) -> u32 {
        match kind {
            DriveKind::Constant => 0,
            DriveKind::Step { .. } => 1,
            DriveKind::Poisson { .. } => 2,
        }
    }
}

/// A projection.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct ProjectionRecord {
    /// Source, target, synapse, a byte that is not used.
    pub(crate) ends: [u8; 4],
    /// Bytes of an index, or 1 of a convolution; place of the kind of weights, delay, and whether the rows have their own.
    kinds: [u8; 4],
    counts: [u32; 6],
    /// First word of the arrays.
    pub(crate) begin: u32,
    /// First word of the scales.
    pub(crate) scale: u32,
    /// Number of scales.
    pub(crate) scales: u32,
    /// First word of the sums.
    pub(crate) sums: u32,
    /// Number of sums.
    pub(crate) sum_count: u32,
    /// Greatest magnitude of what arrives at a target in a step, in units of the scale: bits of an f32.
    pub(crate) bound: u32,
}

/// Number format of the projections of a firmware: sums of integers are the same in all of them, and only f32 has other
/// weights.
#[cfg(feature = "networks")]
pub(crate) type Carrier = f32;
/// As above.
#[cfg(not(feature = "networks"))]
pub(crate) type Carrier = fixed::types::I16F16;

/// Place of the weights in the number format among those of [`WeightKind`].
const SCALARS: u8 = 5;

impl ProjectionRecord {
    /// Returns a projection with these arrays, which are not there yet.
    pub(crate) fn new(ends: [u8; 4], (weights, delays): (WeightKind, DelayKind), arrays: &ProjectionArrays) -> Self {
        let index = arrays.index as u8;
        let weight = match weights {
            WeightKind::One => 0,
            WeightKind::I8 => 1,
            WeightKind::Packed => 2,
            WeightKind::I16 => 3,
            WeightKind::I32 => 4,
            WeightKind::Scalars => SCALARS,
        };
        let (delay, rows) = match delays {
            DelayKind::All(delay) => (delay, 0),
            DelayKind::Rows { .. } => (0, 1),
        };
        let ProjectionArrays { starts, targets, weights, sources, delays, distinct, .. } = *arrays;
        let counts = [starts, targets, weights, sources, delays, distinct].map(|count| count as u32);
        let kinds = [index, weight, delay, rows];
        Self { ends, kinds, counts, begin: 0, scale: 0, scales: 0, sums: 0, sum_count: 0, bound: 0 }
    }

    /// Returns the number of the source, of the target, and of the synapse.
    #[inline(always)]
    pub(crate) fn ends(&self) -> [usize; 3] {
        let [from, to, synapse, _] = self.ends;
        [from.into(), to.into(), synapse.into()]
    }

    /// Returns whether the weights are in the number format.
    #[inline(always)]
    pub(crate) fn has_scalars(&self) -> bool {
        self.kinds[1] == SCALARS
    }

    /// Returns the number of sums: with short lists, a table of a size that a core without vectors adds to quickly.
    pub(crate) fn sums(&self, targets: usize) -> usize {
        let [index, weight, ..] = self.kinds;
        let quick = index == 2 && (weight == 1 || weight == 3);
        let table = [64, 256, 1024].into_iter().find(|size| targets <= *size);
        table.filter(|_| quick).unwrap_or(targets)
    }

    /// Borrows the projection between populations with so many neurons.
    #[inline(never)] // one copy, as it is long
    pub(crate) fn view<'a>(&self, words: &'a [u32], sources: usize, targets: usize) -> Projection<'a, Carrier> {
        let [index, weight, delay, rows] = self.kinds;
        let [starts, targets_count, weights, of_sources, delays, distinct] = self.counts.map(|count| count as usize);
        let mut at = self.begin as usize;
        let mut next = |words: usize| {
            at += words;
            at - words
        };
        let of = |count: usize, size: usize| (count * size).div_ceil(size_of::<u32>());
        let starts = typed(words, next(starts), starts);
        let connected = next(of(targets_count, index.into()));
        let weighed = next(of(
            weights,
            match weight {
                0 => 0,
                1 => 1,
                3 => 2,
                _ => 4,
            },
        ));
        let connections = match index {
            0 => Connections::Dense,
            1 => Connections::Convolution(convolution(starts)),
            2 => Connections::Sparse { starts, targets: Targets::U16(typed(words, connected, targets_count)) },
            _ => Connections::Sparse { starts, targets: Targets::U32(typed(words, connected, targets_count)) },
        };
        let weights = match weight {
            0 => Weights::One,
            1 => Weights::I8(typed(words, weighed, weights)),
            2 => Weights::Packed(typed(words, weighed, weights)),
            3 => Weights::I16(typed(words, weighed, weights)),
            4 => Weights::I32(typed(words, weighed, weights)),
            _ => Weights::Scalars(typed(words, weighed, weights)),
        };
        let delays = if rows == 0 {
            Delays::All(delay)
        } else {
            Delays::Rows {
                sources: typed(words, next(of_sources), of_sources),
                delays: typed(words, next(of(delays, 1)), delays),
                distinct: typed(words, next(of(distinct, 1)), distinct),
            }
        };
        Projection { sources, targets, connections, weights, delays }
    }
}

/// Returns the convolution with these numbers.
fn convolution(words: &[u32]) -> Convolution {
    let numbers: &[u16] = try_cast_slice(words).unwrap_or_default();
    let Some([a, b, c, d, e, f, g, h, i, j, k, l, m, n, groups]) = numbers.first_chunk().copied() else {
        return Convolution::ONE;
    };
    Convolution {
        source: [a, b, c],
        target: [d, e, f],
        kernel: [g, h],
        stride: [i, j],
        padding: [k, l],
        dilation: [m, n],
        groups,
    }
}
