//! Weights of a projection as they are given: which pairs of neurons they connect, in which type.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::convolution::Convolution;
use crate::memory;

/// The values of weights, in the order of the connections.
///
/// Integers are in units of the projection's scale, floats in nA or mV.
#[derive(Debug, Clone, PartialEq)]
pub enum WeightValues {
    /// 8 bits.
    I8(Vec<i8>),
    /// 16 bits.
    I16(Vec<i16>),
    /// 32 bits.
    I32(Vec<i32>),
    /// float32.
    F32(Vec<f32>),
    /// float64.
    F64(Vec<f64>),
}

macro_rules! from {
    ($($variant:ident $type:ty),*) => {
        $(impl From<Vec<$type>> for WeightValues {
            fn from(values: Vec<$type>) -> Self {
                Self::$variant(values)
            }
        })*
    };
}
from!(I8 i8, I16 i16, I32 i32, F32 f32, F64 f64);

impl WeightValues {
    /// Returns the number of values.
    pub fn len(&self) -> usize {
        match self {
            Self::I8(values) => values.len(),
            Self::I16(values) => values.len(),
            Self::I32(values) => values.len(),
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
        }
    }

    /// Returns whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether the values are floats.
    pub fn are_floats(&self) -> bool {
        matches!(self, Self::F32(_) | Self::F64(_))
    }

    /// Returns a value, as f64; exact. NaN if there are fewer values.
    pub fn get(&self, at: usize) -> f64 {
        let value = match self {
            Self::I8(values) => values.get(at).map(|value| f64::from(*value)),
            Self::I16(values) => values.get(at).map(|value| f64::from(*value)),
            Self::I32(values) => values.get(at).map(|value| f64::from(*value)),
            Self::F32(values) => values.get(at).map(|value| f64::from(*value)),
            Self::F64(values) => values.get(at).copied(),
        };
        value.unwrap_or(f64::NAN)
    }
}

/// The weights of a projection.
#[derive(Debug, Clone, PartialEq)]
pub enum Weights {
    /// Arrays in a file that are not read yet: text such as `weights.npz:exc_exc`.
    File(String),
    /// A weight for each pair, in C order of shape (targets, sources). A weight of 0 is no connection.
    Dense(WeightValues),
    /// Some pairs, as SciPy's `csr_array` of shape (targets, sources) has them.
    ///
    /// The sources of a target can be in any order. A source that comes twice has two connections, and their weights
    /// add up.
    Sparse {
        /// The connections to target i are those from number `indptr[i]` up to number `indptr[i + 1]`.
        indptr: Vec<u32>,
        /// Index of the source of each connection.
        indices: Vec<u32>,
        /// Weight of each connection.
        data: WeightValues,
    },
    /// A kernel, whose weights the targets share.
    Convolution {
        /// The weights in C order of the shape, as PyTorch has them.
        values: WeightValues,
        /// Channels of the target, channels of the source in a group, rows, columns.
        shape: [usize; 4],
        /// How the kernel moves over the source.
        convolution: Convolution,
    },
    /// The same with the kernel in a file that is not read yet.
    ConvolutionFile {
        /// Text such as `weights.npz:conv1`.
        array: String,
        /// As in [`Convolution`](Self::Convolution).
        convolution: Convolution,
    },
    /// Connections that follow a rule, all with one weight.
    Rule {
        /// The weight, nA or mV.
        value: f64,
        /// Which neurons are connected.
        topology: Topology,
    },
}

/// A rule by which neurons are connected.
///
/// ```
/// use glif::network::Topology;
/// let connected = Topology::Probability { probability: 0.1, seed: 7 }.sources_of(3, (1000, 5)).unwrap();
/// assert!((50..150).contains(&connected.len()) && connected.is_sorted());
/// assert_eq!(Topology::InDegree { degree: 20, seed: 7 }.sources_of(3, (1000, 5)).unwrap().len(), 20);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Topology {
    /// Every source to every target.
    AllToAll,
    /// Source i to target i. Both populations have as many neurons.
    OneToOne,
    /// Each pair with the same probability.
    Probability {
        /// The probability, 0 to 1.
        probability: f64,
        /// Seed of the draws; equal seeds give equal connections on every machine.
        seed: u64,
    },
    /// Each target from as many different sources.
    InDegree {
        /// Number of sources of a target.
        degree: usize,
        /// Seed of the draws.
        seed: u64,
    },
}

impl Topology {
    /// Checks the rule between populations with as many neurons as `(sources, targets)`.
    pub(super) fn check(&self, (sources, targets): (usize, usize)) -> Result<(), String> {
        match *self {
            Self::OneToOne if sources != targets => {
                Err(format!("`one_to_one`: needs as many sources as targets, but there are {sources} and {targets}"))
            }
            Self::Probability { probability, .. } if !(0.0..=1.0).contains(&probability) => {
                Err(format!("`probability` = {probability}: must be 0 to 1"))
            }
            Self::InDegree { degree, .. } if degree > sources => {
                Err(format!("`in_degree` = {degree}: must be at most the number of sources, {sources}"))
            }
            _ => Ok(()),
        }
    }

    /// Returns the sources of a target in ascending order, of populations with as many neurons as `(sources, targets)`.
    ///
    /// # Errors
    /// Returns what is wrong with the rule.
    pub fn sources_of(&self, target: usize, (sources, targets): (usize, usize)) -> Result<Vec<u32>, String> {
        self.check((sources, targets))?;
        // Each target has its own stream, so that it does not depend on the others.
        let random = |seed: u64| {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&seed.to_le_bytes());
            key[8..16].copy_from_slice(b"glif net");
            let mut random = ChaCha8Rng::from_seed(key);
            random.set_stream(target as u64);
            random
        };
        match *self {
            Self::AllToAll => Ok((0..sources as u32).collect()),
            Self::OneToOne => Ok(vec![target as u32]),
            Self::Probability { probability, seed } => {
                let mut random = random(seed);
                Ok((0..sources as u32).filter(|_| random.random::<f64>() < probability).collect())
            }
            Self::InDegree { degree, seed } => {
                // Selection sampling: each subset of sources is as likely.
                let mut random = random(seed);
                let (mut left, mut chosen) = (degree, memory::room(degree).ok_or("too many connections")?);
                for source in 0..sources {
                    let others = (sources - source) as f64;
                    if random.random::<f64>() * others < left as f64 {
                        chosen.push(source as u32);
                        left -= 1;
                    }
                }
                Ok(chosen)
            }
        }
    }
}

impl Weights {
    /// Returns a weight for each pair, in C order of shape (targets, sources).
    pub fn dense(values: impl Into<WeightValues>) -> Self {
        Self::Dense(values.into())
    }

    /// Returns the same weight for every source and target, nA or mV.
    pub fn all_to_all(value: f64) -> Self {
        Self::Rule { value, topology: Topology::AllToAll }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws with the same seed never change.
    #[test]
    fn draws_are_pinned() {
        let some = Topology::Probability { probability: 0.3, seed: 5 };
        assert_eq!(some.sources_of(2, (20, 4)).unwrap(), some.sources_of(2, (20, 4)).unwrap());
        let degree = Topology::InDegree { degree: 4, seed: 5 };
        let mut counts = [0_u32; 20];
        for target in 0..2000 {
            let chosen = degree.sources_of(target, (20, 2000)).unwrap();
            assert!(chosen.len() == 4 && chosen.windows(2).all(|pair| pair[0] < pair[1]));
            chosen.iter().for_each(|source| counts[*source as usize] += 1);
        }
        // Each source is chosen 400 times, with a standard deviation of 18.
        assert!(counts.iter().all(|count| (310..490).contains(count)), "{counts:?}");
        assert_eq!(Topology::InDegree { degree: 20, seed: 1 }.sources_of(0, (20, 1)).unwrap().len(), 20);
        assert!(Topology::InDegree { degree: 21, seed: 1 }.sources_of(0, (20, 1)).is_err());
        assert!(Topology::Probability { probability: f64::NAN, seed: 1 }.sources_of(0, (20, 1)).is_err());
        assert!(Topology::OneToOne.sources_of(0, (20, 1)).is_err());
    }
}
