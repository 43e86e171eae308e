//! Kernels: convolutions, pools, and pools before convolutions, whose weights can be stored once.
//!
//! A kernel is a guess beside the [`Map`] of the same nodes: it counts only if its connections are those of the map.

use glif_core::network::{Connections, Delays, Projection, Weights};

use super::map::Map;
use super::node::Linear;
use crate::network::Convolution;

/// What a path of linear nodes may be, if it has one kernel.
#[derive(Debug, Clone)]
pub(super) enum Path {
    /// No node that changes a value.
    Same,
    /// A kernel.
    Kernel(Kernel),
    /// Something else.
    Other,
}

/// A kernel, and how it moves.
#[derive(Debug, Clone)]
pub(super) struct Kernel {
    /// Channels of the target, channels of the source in a group, rows, columns.
    pub(super) shape: [usize; 4],
    /// In C order of the shape.
    pub(super) weights: Vec<f64>,
    pub(super) over: Convolution,
}

impl Path {
    /// Returns what comes of this path and a node after it, for what comes to the node in a shape. A kernel with more
    /// weights than `most` saves nothing.
    pub(super) fn then(&self, node: &Linear, into: &[usize], most: usize) -> Self {
        match (self, node) {
            (_, Linear::Identity(_) | Linear::Flatten { .. } | Linear::Delay(_)) => self.clone(),
            (Self::Kernel(of), Linear::Scale(by)) => match by.values[..] {
                [factor] => of.clone().times(|_| factor),
                _ => Self::Other,
            },
            (Self::Same, Linear::Convolution(of)) if of.weight.len() <= most => Self::Kernel(Kernel {
                shape: of.shape,
                weights: of.weight.clone(),
                over: Convolution {
                    stride: of.stride,
                    padding: [of.padded(0)[0], of.padded(1)[0]],
                    dilation: of.dilation,
                    groups: of.groups,
                },
            }),
            (Self::Same, Linear::Pool { kernel, stride, padding, mean }) => {
                let [channels, ..] = into[..] else { return Self::Other };
                let shape = [channels, 1, kernel[0], kernel[1]];
                let count = shape.iter().try_fold(1_usize, |all, axis| all.checked_mul(*axis));
                let Some(count) = count.filter(|count| *count <= most) else { return Self::Other };
                let weight = if *mean { 1.0 / (kernel[0] * kernel[1]) as f64 } else { 1.0 };
                let over = Convolution { stride: *stride, padding: *padding, dilation: [1; 2], groups: channels };
                Self::Kernel(Kernel { shape, weights: vec![weight; count], over })
            }
            (Self::Kernel(of), Linear::Convolution(_)) => match Self::Same.then(node, into, most) {
                Self::Kernel(outer) => of.before(&outer, most),
                _ => Self::Other,
            },
            _ => Self::Other,
        }
    }
}

impl Kernel {
    /// Multiplies the weights to each channel of the target by its factor.
    pub(super) fn times(mut self, factor: impl Fn(usize) -> f64) -> Path {
        let each = self.weights.len() / self.shape[0];
        for (at, weight) in self.weights.iter_mut().enumerate() {
            *weight *= factor(at / each);
        }
        Path::Kernel(self)
    }

    /// Returns the kernel of this pool, whose windows touch but do not overlap, and a convolution of its values.
    fn before(&self, outer: &Self, most: usize) -> Path {
        let window = [self.shape[2], self.shape[3]];
        let pools = self.shape[1] == 1 && self.over.groups == self.shape[0] && self.over.padding == [0; 2];
        if !pools || self.over.stride != window || outer.over.dilation != [1; 2] || self.over.dilation != [1; 2] {
            return Path::Other;
        }
        let [channels, of_group, height, width] = outer.shape;
        let sizes = (height.checked_mul(window[0]), width.checked_mul(window[1]));
        let (Some(rows), Some(columns)) = sizes else { return Path::Other };
        let shape = [channels, of_group, rows, columns];
        let count = shape.iter().try_fold(1_usize, |all, axis| all.checked_mul(*axis));
        let Some(count) = count.filter(|count| *count <= most) else { return Path::Other };
        let weight = |at: usize| {
            let (plane, row, column) = (at / (rows * columns), at / columns % rows, at % columns);
            let inner = outer.weights[(plane * height + row / window[0]) * width + column / window[1]];
            let from = plane / of_group / (channels / outer.over.groups) * of_group + plane % of_group;
            let pool = (from * window[0] + row % window[0]) * window[1] + column % window[1];
            inner * self.weights[pool]
        };
        let scaled = |of: [usize; 2]| [of[0].saturating_mul(window[0]), of[1].saturating_mul(window[1])];
        Path::Kernel(Self {
            shape,
            weights: (0..count).map(weight).collect(),
            over: Convolution { stride: scaled(outer.over.stride), padding: scaled(outer.over.padding), ..outer.over },
        })
    }

    /// Returns whether the connections of a map between populations of two shapes are those of the kernel, bit for bit.
    pub(super) fn is(&self, map: &Map, (from, to): (&[usize], &[usize])) -> bool {
        let Ok(convolution) = self.over.between(self.shape, self.weights.len(), (from, to)) else { return false };
        let (sources, targets) = (from.iter().product(), map.targets());
        let (connections, delays) = (Connections::Convolution(convolution), Delays::All(0));
        let projection = Projection::<f64> { sources, targets, connections, weights: Weights::One, delays };
        if projection.check().is_err() {
            return false;
        }
        // The next connection of each target: sources come in ascending order.
        let Some(mut next) = crate::memory::filled(0_usize, targets) else { return false };
        let mut is_same = true;
        for source in 0..sources {
            projection.each_target(source, |number, target| {
                let weight = self.weights[number];
                if weight == 0.0 {
                    return; // no connection
                }
                let connection = map.row(target).get(next[target]);
                is_same &= connection.is_some_and(|of| of.source as usize == source && of.weight == weight);
                next[target] += 1;
            });
            if !is_same {
                return false;
            }
        }
        next.iter().enumerate().all(|(target, count)| map.row(target).len() == *count)
    }
}
