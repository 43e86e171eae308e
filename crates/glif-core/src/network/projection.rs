//! Projections: weights from the neurons of one population to those of another.

mod compact;
mod convolution;
mod deliver;

use core::fmt;

pub use convolution::Convolution;
use deliver::Index;

use super::history::HistoryView;
use super::synaptic::Synaptic;

/// Weights from `sources` neurons to `targets` neurons, and delays.
///
/// ```
/// use glif_core::network::{Connections, Delays, History, Projection, Sums, Weights};
/// // From two neurons to three, one step later.
/// let projection = Projection::<f32> {
///     sources: 2,
///     targets: 3,
///     connections: Connections::Dense,
///     weights: Weights::I8(&[1, 2, 3, -10, 0, 10]),
///     delays: Delays::All(1),
/// };
/// projection.check()?;
/// let (mut words, mut sums) = ([0; 2], [0; 3]);
/// let mut history = History::new(&mut words, 2, 1, 1).unwrap();
/// history.record(0)[0] = 0b11; // both fire in step 0
/// projection.deliver(history.view(), 1, 0, Sums::Integers(&mut sums));
/// assert_eq!(sums, [-9, 2, 13]);
/// # Ok::<(), glif_core::network::ProjectionError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Projection<'a, S> {
    /// Number of neurons of the source.
    pub sources: usize,
    /// Number of neurons of the target.
    pub targets: usize,
    /// Which neurons are connected.
    pub connections: Connections<'a>,
    /// Weight of each connection.
    pub weights: Weights<'a, S>,
    /// Steps from a spike to its delivery.
    pub delays: Delays<'a>,
}

/// Which neurons are connected, and so where their weights are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connections<'a> {
    /// All pairs: row after row, with a weight for every target in the row of a source.
    Dense,
    /// Some pairs: the targets of row r are those from number `starts[r]` up to number `starts[r + 1]`, in ascending
    /// order. With [`Delays::All`] the rows are the sources.
    Sparse {
        /// One more than there are rows.
        starts: &'a [u32],
        /// The targets of all rows, one row after another.
        targets: Targets<'a>,
    },
    /// The targets share the weights of a kernel. Rows are the sources; the weights are those of the kernel.
    Convolution(Convolution),
}

/// Indices of target neurons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Targets<'a> {
    /// Of at most 65,536 neurons.
    U16(&'a [u16]),
    /// Of any number.
    U32(&'a [u32]),
}

/// Weight of each connection, in the order of [`Connections`].
///
/// Integers are in units of the projection's scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Weights<'a, S> {
    /// Each weight is 1.
    One,
    /// 8 bits.
    I8(&'a [i8]),
    /// 8 bits of dense rows, four in a word, the first in the lowest byte, each plus 128. Each row begins a word.
    Packed(&'a [u32]),
    /// 16 bits.
    I16(&'a [i16]),
    /// 32 bits.
    I32(&'a [i32]),
    /// The number format of the population, nA or mV. Their sum depends on the order of the sources.
    Scalars(&'a [S]),
}

/// Steps from a spike to its delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delays<'a> {
    /// Those of all connections.
    All(u8),
    /// Each connection has its own. A source then has a row of connections for each of its delays.
    Rows {
        /// The rows of source j are those from number `sources[j]` up to number `sources[j + 1]`.
        sources: &'a [u32],
        /// Delay of each row.
        delays: &'a [u8],
        /// Every delay, once.
        distinct: &'a [u8],
    },
}

/// One sum for each of some targets.
#[derive(Debug)]
pub enum Sums<'a, S: Synaptic> {
    /// Sums of integer weights. [`Projection::greatest_sum`] proves that they fit.
    Integers(&'a mut [i32]),
    /// Sums of [`Weights::Scalars`].
    Scalars(&'a mut [S::Wide]),
}

impl<S: Synaptic> Sums<'_, S> {
    #[inline(always)]
    fn len(&self) -> usize {
        match self {
            Self::Integers(sums) => sums.len(),
            Self::Scalars(sums) => sums.len(),
        }
    }

    /// Borrows the sums.
    #[inline(always)]
    pub(super) fn reborrow(&mut self) -> Sums<'_, S> {
        match self {
            Self::Integers(sums) => Sums::Integers(sums),
            Self::Scalars(sums) => Sums::Scalars(sums),
        }
    }
}

/// What is wrong with the parts of a [`Projection`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ProjectionError {
    /// An array has another length than it needs.
    Length {
        /// Name of the array.
        name: &'static str,
        /// Its length.
        length: usize,
        /// The length that it needs.
        expected: usize,
    },
    /// Numbers that divide an array do not ascend from 0 to its length.
    Divisions {
        /// Name of the numbers.
        name: &'static str,
        /// Index of the first that is wrong.
        index: usize,
    },
    /// A connection leads to a neuron that the target does not have.
    Target {
        /// Number of the connection.
        connection: usize,
        /// Index of the neuron.
        target: usize,
        /// Number of neurons of the target.
        targets: usize,
    },
    /// The targets of a row do not ascend.
    Order {
        /// Number of the first connection that is out of order.
        connection: usize,
    },
    /// A dense projection has one delay.
    Dense,
    /// A convolution has one delay.
    Convolution,
    /// A projection that is not dense has packed weights.
    Packed,
    /// A number of a convolution is 0.
    Zero {
        /// Its name.
        name: &'static str,
    },
    /// The channels, rows and columns of a convolution are not the neurons of a population.
    Shape {
        /// The population: `source` or `target`.
        name: &'static str,
        /// Their product.
        cells: usize,
        /// Number of neurons of the population.
        neurons: usize,
    },
    /// The groups of a convolution do not divide the channels.
    Groups {
        /// The population: `source` or `target`.
        name: &'static str,
        /// Number of its channels.
        channels: u16,
        /// Number of groups.
        groups: u16,
    },
    /// A row has a delay that is not among the distinct ones.
    Delay {
        /// Number of the row.
        row: usize,
        /// Its delay, steps.
        delay: u8,
    },
}

impl fmt::Display for ProjectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { name, length, expected } => {
                write!(f, "`{name}` has {length} values, but {expected} are needed")
            }
            Self::Divisions { name, index } => {
                write!(f, "`{name}[{index}]`: the numbers must ascend from 0 to the number of connections")
            }
            Self::Target { connection, target, targets } => {
                write!(
                    f,
                    "connection {connection} leads to neuron {target}, but the target has {targets} neurons, counted from 0"
                )
            }
            Self::Order { connection } => write!(f, "connection {connection}: the targets of a row must ascend"),
            Self::Dense => write!(f, "a dense projection has one delay for all connections"),
            Self::Convolution => write!(f, "a convolution has one delay for all connections"),
            Self::Packed => write!(f, "only a dense projection has packed weights"),
            Self::Zero { name } => write!(f, "`{name}` of a convolution must be at least 1"),
            Self::Shape { name, cells, neurons } => {
                write!(f, "the {name} of the convolution has {cells} neurons, but the population has {neurons}")
            }
            Self::Groups { name, channels, groups } => {
                write!(f, "{groups} groups do not divide the {channels} channels of the {name}")
            }
            Self::Delay { row, delay } => {
                write!(f, "row {row} has a delay of {delay} steps, which is not among the distinct delays")
            }
        }
    }
}

impl core::error::Error for ProjectionError {}

impl<S: Synaptic> Projection<'_, S> {
    /// Returns the number of connections.
    pub fn connections(&self) -> usize {
        match self.connections {
            Connections::Dense => self.sources.saturating_mul(self.targets),
            Connections::Sparse { targets: Targets::U16(targets), .. } => targets.len(),
            Connections::Sparse { targets: Targets::U32(targets), .. } => targets.len(),
            Connections::Convolution(convolution) => convolution.connections(),
        }
    }

    /// Returns the number of spikes that arrive in step `step`. A spike counts once for each delay.
    pub fn arriving(&self, history: HistoryView<'_>, step: u64) -> usize {
        let spikes = |delay: u8| {
            let words = (0..history.planes()).flat_map(|plane| history.plane(step, delay.into(), plane));
            words.map(|word| word.count_ones() as usize).sum::<usize>()
        };
        match self.delays {
            Delays::All(delay) => spikes(delay),
            Delays::Rows { distinct, .. } => distinct.iter().map(|delay| spikes(*delay)).sum(),
        }
    }

    /// Returns the longest delay, steps.
    pub fn most_delay(&self) -> u8 {
        match self.delays {
            Delays::All(delay) => delay,
            Delays::Rows { distinct, .. } => distinct.iter().copied().max().unwrap_or(0),
        }
    }

    /// Checks that the parts fit each other.
    ///
    /// # Errors
    /// Returns the first part that does not.
    pub fn check(&self) -> Result<(), ProjectionError> {
        let connections = match self.connections {
            Connections::Convolution(convolution) => {
                convolution.check(self.sources, self.targets)?;
                // They share the weights.
                convolution.weights().unwrap_or(usize::MAX)
            }
            _ => self.connections(),
        };
        let weights = match self.weights {
            Weights::One => connections,
            Weights::I8(weights) => weights.len(),
            Weights::Packed(words) => {
                if self.connections != Connections::Dense {
                    return Err(ProjectionError::Packed);
                }
                length("weights", words.len(), self.sources.saturating_mul(self.targets.div_ceil(4)))?;
                connections
            }
            Weights::I16(weights) => weights.len(),
            Weights::I32(weights) => weights.len(),
            Weights::Scalars(weights) => weights.len(),
        };
        length("weights", weights, connections)?;
        let rows = match self.delays {
            Delays::All(_) => self.sources,
            Delays::Rows { sources, delays, distinct } => {
                match self.connections {
                    Connections::Dense => return Err(ProjectionError::Dense),
                    Connections::Convolution(_) => return Err(ProjectionError::Convolution),
                    Connections::Sparse { .. } => {}
                }
                divisions("sources", sources, self.sources, delays.len())?;
                if let Some(row) = delays.iter().position(|delay| !distinct.contains(delay)) {
                    return Err(ProjectionError::Delay { row, delay: delays.get(row).copied().unwrap_or(0) });
                }
                delays.len()
            }
        };
        match self.connections {
            Connections::Dense | Connections::Convolution(_) => Ok(()),
            Connections::Sparse { starts, targets } => {
                divisions("starts", starts, rows, connections)?;
                match targets {
                    Targets::U16(targets) => check_targets(targets, starts, self.targets),
                    Targets::U32(targets) => check_targets(targets, starts, self.targets),
                }
            }
        }
    }

    /// Returns the greatest sum of the magnitudes of the integer weights of a target; at most `i32::MAX`, which is for
    /// any greater sum too. The sums of a step are at most as great, times the greatest number of spikes of a source.
    /// `scratch` has a value for every target.
    pub fn greatest_sum(&self, scratch: &mut [i32]) -> i32 {
        if (self.connections, self.weights) == (Connections::Dense, Weights::One) {
            // Without a loop over all pairs, as there is no memory that limits their number.
            let sum = if self.targets == 0 { 0 } else { i32::try_from(self.sources).unwrap_or(i32::MAX) };
            scratch.fill(sum);
            return sum;
        }
        scratch.fill(0);
        for row in 0..self.rows() {
            self.each_target(row, |connection, target| {
                if let Some(sum) = scratch.get_mut(target) {
                    *sum = sum.saturating_add(self.integer(row, connection, target).saturating_abs());
                }
            });
        }
        scratch.iter().copied().max().unwrap_or(0)
    }

    /// Returns the number of rows of connections.
    pub fn rows(&self) -> usize {
        match self.delays {
            Delays::All(_) => self.sources,
            Delays::Rows { delays, .. } => delays.len(),
        }
    }

    /// Returns the greatest sum of the magnitudes of the weights of a target in floating point. `scratch` has a value for
    /// every target.
    pub fn greatest_scalar_sum(&self, scratch: &mut [S::Wide]) -> f64
    where
        S::Wide: Into<f64>,
    {
        scratch.fill(S::NOTHING);
        if let Weights::Scalars(weights) = self.weights {
            for row in 0..self.rows() {
                self.each_target(row, |connection, target| {
                    if let (Some(sum), Some(weight)) = (scratch.get_mut(target), weights.get(connection)) {
                        *sum = *sum + S::nearest(weight.to_f64().abs()).widened();
                    }
                });
            }
        }
        // NaN stays.
        scratch.iter().fold(0.0, |most, sum| match (*sum).into() {
            sum if sum <= most => most,
            sum => sum,
        })
    }
}

fn length(name: &'static str, length: usize, expected: usize) -> Result<(), ProjectionError> {
    if length == expected { Ok(()) } else { Err(ProjectionError::Length { name, length, expected }) }
}

/// Checks that `numbers` divide `whole` values into `parts`.
fn divisions(name: &'static str, numbers: &[u32], parts: usize, whole: usize) -> Result<(), ProjectionError> {
    length(name, numbers.len(), parts.saturating_add(1))?;
    let mut last = 0;
    for (index, number) in numbers.iter().enumerate() {
        let fits = *number >= last && *number as usize <= whole && (index > 0 || *number == 0);
        if !fits || (index == parts && *number as usize != whole) {
            return Err(ProjectionError::Divisions { name, index });
        }
        last = *number;
    }
    Ok(())
}

fn check_targets<I: Index>(targets: &[I], starts: &[u32], count: usize) -> Result<(), ProjectionError> {
    if let Some(connection) = targets.iter().position(|target| target.usize() >= count) {
        let target = targets.get(connection).map_or(0, |target| target.usize());
        return Err(ProjectionError::Target { connection, target, targets: count });
    }
    let mut first = 0;
    for end in starts.iter().map(|start| *start as usize) {
        let row = targets.get(first..end).unwrap_or_default();
        if let Some(at) = row.windows(2).position(|pair| matches!(pair, [a, b] if a > b)) {
            return Err(ProjectionError::Order { connection: first + at + 1 });
        }
        first = end;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
