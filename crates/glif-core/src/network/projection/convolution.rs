//! Convolutions: projections whose targets share the weights of a kernel.

use core::ops::Range;

use super::ProjectionError;

/// A convolution between neurons in channels, rows and columns, of which the columns are the last axis in memory.
///
/// The weights are in the order (channel of the target, channel of the source within its group, row of the kernel,
/// column of the kernel). Target (channel o, row v, column u) has a connection from source (c, y, x) with weight
/// (o, c within its group, i, j) where `v * stride + i * dilation = y + padding`, along the rows and along the columns.
/// A source has at most one connection to a target. A convolution along one axis has one row.
///
/// ```
/// use glif_core::network::{Connections, Convolution, Delays, History, Projection, Sums, Weights};
/// // From five neurons in a row to three, each from three neighbours.
/// let convolution = Convolution { source: [1, 1, 5], target: [1, 1, 3], kernel: [1, 3], ..Convolution::ONE };
/// let projection = Projection::<f32> {
///     sources: 5,
///     targets: 3,
///     connections: Connections::Convolution(convolution),
///     weights: Weights::I8(&[1, 2, 3]),
///     delays: Delays::All(1),
/// };
/// projection.check()?;
/// assert_eq!(projection.connections(), 9);
/// let (mut words, mut sums) = ([0; 2], [0; 3]);
/// let mut history = History::new(&mut words, 5, 1, 1).unwrap();
/// history.record(0)[0] = 0b00100; // the neuron in the middle fires
/// projection.deliver(history.view(), 1, 0, Sums::Integers(&mut sums));
/// assert_eq!(sums, [3, 2, 1]);
/// # Ok::<(), glif_core::network::ProjectionError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Convolution {
    /// Channels, rows and columns of the source.
    pub source: [u16; 3],
    /// Channels, rows and columns of the target.
    pub target: [u16; 3],
    /// Rows and columns of the kernel.
    pub kernel: [u16; 2],
    /// Rows and columns from a place of the kernel to the next.
    pub stride: [u16; 2],
    /// Rows and columns of zeros before those of the source. Those after it follow from the size of the target.
    pub padding: [u16; 2],
    /// Rows and columns of the source from an element of the kernel to the next.
    pub dilation: [u16; 2],
    /// Groups of channels: those of the target have connections from the same group of the source only.
    pub groups: u16,
}

/// The elements of a kernel that a source meets along an axis, the last first, so that the places of the targets ascend.
#[derive(Clone, Copy)]
struct Meetings {
    /// Last element, and how far it is to the one before.
    element: usize,
    elements: usize,
    /// First place of a target, and how far it is to the next.
    place: usize,
    places: usize,
    count: usize,
}

const NONE: Meetings = Meetings { element: 0, elements: 0, place: 0, places: 0, count: 0 };

/// Divides by a number of at least 1, often 1. A core without an instruction for it takes long.
#[inline(always)]
fn divided(number: usize, by: usize) -> [usize; 2] {
    if by <= 1 { [number, 0] } else { [number / by, number % by] }
}

/// Returns the greatest common divisor of two numbers of at least 1, and a factor that makes it of the first one, modulo
/// the second one. The numbers have at most 16 bits.
fn common(a: usize, b: usize) -> [usize; 2] {
    // Each remainder is its factor times `a`, modulo `b`.
    let (mut remainder, mut next) = (a, b);
    let (mut factor, mut next_factor) = (1_isize, 0_isize);
    while next > 0 {
        let [whole, rest] = divided(remainder, next);
        (remainder, next) = (next, rest);
        (factor, next_factor) = (next_factor, factor.wrapping_sub(next_factor.wrapping_mul(whole as isize)));
    }
    let positive = if factor < 0 { factor.wrapping_add(b as isize) } else { factor };
    [remainder.max(1), positive as usize]
}

impl Convolution {
    /// One neuron to one, to take the fields from that are as usual.
    pub const ONE: Self = Self {
        source: [1; 3],
        target: [1; 3],
        kernel: [1; 2],
        stride: [1; 2],
        padding: [0; 2],
        dilation: [1; 2],
        groups: 1,
    };

    /// Returns the number of weights; `None` if it does not fit.
    pub fn weights(&self) -> Option<usize> {
        let [channels, ..] = self.target;
        let all = [usize::from(channels), self.group_of_source(), self.kernel[0].into(), self.kernel[1].into()];
        all.into_iter().try_fold(1_usize, usize::checked_mul)
    }

    /// Returns the number of channels of the source in a group.
    #[inline(always)]
    fn group_of_source(&self) -> usize {
        divided(self.source[0].into(), self.groups.into())[0]
    }

    /// Returns the number of channels of the target in a group.
    #[inline(always)]
    fn group_of_target(&self) -> usize {
        divided(self.target[0].into(), self.groups.into())[0]
    }

    /// Returns the channel of a target.
    pub fn channel(&self, target: usize) -> usize {
        divided(target, plane(self.target))[0]
    }

    /// Checks the numbers between so many neurons.
    #[inline(never)] // as it is no part of a step
    pub(super) fn check(&self, sources: usize, targets: usize) -> Result<(), ProjectionError> {
        let Self { source, target, kernel, stride, dilation, groups, .. } = *self;
        let named = [("kernel", kernel), ("stride", stride), ("dilation", dilation), ("groups", [groups, 1])];
        for (name, numbers) in named {
            if numbers.contains(&0) {
                return Err(ProjectionError::Zero { name });
            }
        }
        for (name, lengths, neurons) in [("source", source, sources), ("target", target, targets)] {
            let cells = lengths.iter().try_fold(1_usize, |cells, length| cells.checked_mul((*length).into()));
            if cells != Some(neurons) {
                return Err(ProjectionError::Shape { name, cells: cells.unwrap_or(usize::MAX), neurons });
            }
            let [channels, ..] = lengths;
            if divided(channels.into(), groups.into())[1] != 0 {
                return Err(ProjectionError::Groups { name, channels, groups });
            }
        }
        Ok(())
    }

    /// Returns the number of connections.
    pub fn connections(&self) -> usize {
        let pairs = [0, 1].map(|axis| self.pairs(axis));
        let channels = usize::from(self.target[0]).saturating_mul(self.group_of_source());
        pairs.into_iter().fold(channels, usize::saturating_mul)
    }

    /// Returns the number of pairs of a source and a target along an axis.
    #[inline(never)] // as above
    fn pairs(&self, axis: usize) -> usize {
        let lengths = [self.source, self.target].map(|[_, rows, columns]| usize::from([rows, columns][axis]));
        let [length, places] = lengths;
        let [stride, padding] = [self.stride, self.padding].map(|of| usize::from(of[axis]));
        let mut pairs = 0_usize;
        for element in 0..usize::from(self.kernel[axis]) {
            // Places whose source is before the first one, and those whose source is before the end.
            let offset = element.saturating_mul(self.dilation[axis].into());
            let [before, within] = [padding, padding + length].map(|end| {
                let [whole, rest] = divided(end.saturating_sub(offset), stride);
                (whole + usize::from(rest > 0)).min(places)
            });
            pairs = pairs.saturating_add(within - before);
        }
        pairs
    }

    /// Returns the elements of the kernel that a source meets along an axis.
    #[inline(never)] // one copy, as it is long
    fn meetings(&self, axis: usize, at: usize, places: u16) -> Meetings {
        let [kernel, stride, padding, dilation] =
            [self.kernel, self.stride, self.padding, self.dilation].map(|of| usize::from(of[axis]));
        let padded = at + padding;
        let (first, elements, step) = if dilation == 1 {
            (divided(padded, stride)[1], stride, 1)
        } else {
            // Element k meets the source if k * dilation is the padded place, modulo the stride.
            let [common, factor] = common(dilation, stride);
            let elements = divided(stride, common)[0];
            let [shared, rest] = divided(padded, common);
            if rest > 0 {
                return NONE;
            }
            let first = divided(divided(shared, elements)[1].wrapping_mul(divided(factor, elements)[1]), elements)[1];
            (first, elements, divided(dilation, common)[0])
        };
        let Some(most) = kernel.checked_sub(first + 1) else { return NONE };
        let Some(left) = padded.checked_sub(first.wrapping_mul(dilation)) else { return NONE };
        // The greatest place, which the first element meets, and how many elements come after it.
        let greatest = divided(left, stride)[0];
        let later = divided(most, elements)[0].min(divided(greatest, step)[0]);
        // Those that lead beyond the last place.
        let beyond = match (greatest + 1).checked_sub(places.into()) {
            None | Some(0) => 0,
            Some(excess) => divided(excess + step - 1, step)[0],
        };
        let Some(more) = later.checked_sub(beyond) else { return NONE };
        Meetings {
            element: first + later * elements,
            elements,
            place: greatest - later * step,
            places: step,
            count: more + 1,
        }
    }

    /// Returns the connections of a source to channels with a target in `within`. Without weights, all have number 0.
    #[inline(never)] // one copy, as it is long
    pub(super) fn reach(&self, source: usize, within: Range<usize>, weighed: bool) -> Reach {
        let [channel, cell] = divided(source, plane(self.source));
        let [y, x] = divided(cell, self.source[2].into());
        let [_, rows, columns] = self.target;
        let (vertical, horizontal) = (self.meetings(0, y, rows), self.meetings(1, x, columns));
        let (of_source, of_target) = (self.group_of_source(), self.group_of_target());
        let [group, from] = divided(channel, of_source);
        let [height, width] = self.kernel.map(usize::from);
        let (plane, columns) = (plane(self.target), usize::from(columns));
        let begin = divided(within.start, plane)[0].max(group * of_target);
        let end = divided(within.end.saturating_add(plane - 1), plane)[0].min(group * of_target + of_target);
        let kernel = (begin * of_source + from).wrapping_mul(height * width);
        let weight = kernel.wrapping_add(vertical.element * width + horizontal.element);
        // The elements of the kernel descend.
        let weights = [
            of_source.wrapping_mul(height * width),
            (vertical.elements * width).wrapping_neg(),
            horizontal.elements.wrapping_neg(),
        ];
        let (weight, weights) = if weighed { (weight, weights) } else { (0, [0; 3]) };
        Reach {
            weight,
            target: begin.wrapping_mul(plane).wrapping_add(vertical.place * columns + horizontal.place),
            counts: [end.saturating_sub(begin), vertical.count, horizontal.count],
            weights,
            targets: [plane, vertical.places * columns, horizontal.places],
        }
    }

    /// Calls `each` with the number of each weight of a source, and its target, in ascending order of the targets.
    #[inline(never)] // as above
    pub(super) fn each(&self, source: usize, within: Range<usize>, each: &mut dyn FnMut(usize, usize)) {
        self.reach(source, within, true).each(|number, target| {
            each(number, target);
            true
        });
    }
}

/// The connections of a source: in each channel of the target rows, and in each of them columns.
#[derive(Clone, Copy)]
pub(super) struct Reach {
    /// Number of the first weight, and the first target.
    weight: usize,
    target: usize,
    /// Numbers of channels, rows and columns.
    counts: [usize; 3],
    /// From a weight to the next along each of them; wraps.
    weights: [usize; 3],
    /// From a target to the next.
    targets: [usize; 3],
}

impl Reach {
    /// Calls `each` with the number of each weight, and its target, until it returns false.
    #[inline(always)]
    pub(super) fn each(&self, mut each: impl FnMut(usize, usize) -> bool) {
        let [channels, rows, columns] = self.counts;
        let (mut weight, mut target) = (self.weight, self.target);
        for _ in 0..channels {
            let (mut of_row, mut to_row) = (weight, target);
            for _ in 0..rows {
                let (mut at, mut to) = (of_row, to_row);
                for _ in 0..columns {
                    if !each(at, to) {
                        return;
                    }
                    at = at.wrapping_add(self.weights[2]);
                    to = to.wrapping_add(self.targets[2]);
                }
                of_row = of_row.wrapping_add(self.weights[1]);
                to_row = to_row.wrapping_add(self.targets[1]);
            }
            weight = weight.wrapping_add(self.weights[0]);
            target = target.wrapping_add(self.targets[0]);
        }
    }
}

/// Returns the number of neurons of a channel, at least 1.
#[inline(always)]
fn plane([_, rows, columns]: [u16; 3]) -> usize {
    (usize::from(rows) * usize::from(columns)).max(1)
}
