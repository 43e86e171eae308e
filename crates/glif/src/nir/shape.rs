//! The shapes of what comes to each node and of what goes from it.

use super::error::{Problems, quoted};
use super::graph::Graph;
use super::node::{Convolution, Linear, Neurons, Node};
use crate::limits::NIR_NEURONS;

/// The shapes of each node.
#[derive(Debug)]
pub(super) struct Shapes {
    /// Of what comes.
    pub(super) into: Vec<Vec<usize>>,
    /// Of what goes.
    pub(super) out: Vec<Vec<usize>>,
    /// Edges whose ends have as many values in different shapes.
    pub(super) reshaped: Vec<(usize, usize)>,
}

/// Returns the number of values of a shape.
pub(super) fn count(shape: &[usize]) -> usize {
    shape.iter().try_fold(1_usize, |all, axis| all.checked_mul(*axis)).unwrap_or(usize::MAX)
}

impl Linear {
    /// Returns the shape that a node demands.
    pub(super) fn fixed(&self) -> Option<Vec<usize>> {
        match self {
            Self::Identity(shape) => Some(shape.clone()),
            Self::Matrix { weight, .. } => {
                let mut shape = weight.shape.clone();
                let into = shape.pop();
                shape.pop();
                shape.extend(into);
                Some(shape)
            }
            Self::Scale(of) | Self::Delay(of) => Some(of.shape.clone()).filter(|shape| !shape.is_empty()),
            Self::Flatten { input, .. } => input.clone(),
            Self::Convolution(of) => {
                let [_, channels, ..] = of.shape;
                let lengths = of.input?;
                Some(
                    [channels.checked_mul(of.groups)?]
                        .into_iter()
                        .chain(lengths[2 - of.axes..].iter().copied())
                        .collect(),
                )
            }
            Self::Pool { .. } => None,
        }
    }

    /// Returns the shape of what goes, given that of what comes.
    fn forward(&self, into: &[usize]) -> Result<Vec<usize>, String> {
        match self {
            Self::Identity(_) | Self::Scale(_) | Self::Delay(_) => Ok(into.to_vec()),
            Self::Matrix { weight, .. } => Ok(weight.shape[..weight.shape.len() - 1].to_vec()),
            Self::Flatten { start, end, .. } => flattened(into, *start, *end),
            Self::Convolution(of) => of.forward(into),
            Self::Pool { kernel, stride, padding, .. } => {
                let [channels, lengths @ ..] = into else { return Err("nothing comes to it".to_owned()) };
                let lengths = <[usize; 2]>::try_from(lengths)
                    .map_err(|_| format!("gets shape {into:?}, but (channels, height, width) is needed"))?;
                let windows = |axis: usize| windows(lengths[axis], [padding[axis]; 2], kernel[axis], 1, stride[axis]);
                Ok(vec![*channels, windows(0)?, windows(1)?])
            }
        }
    }
}

/// Returns the number of windows along an axis.
fn windows(length: usize, padding: [usize; 2], kernel: usize, dilation: usize, stride: usize) -> Result<usize, String> {
    let reach = (kernel - 1).saturating_mul(dilation).saturating_add(1);
    let padded = length.saturating_add(padding[0]).saturating_add(padding[1]);
    match padded.checked_sub(reach) {
        Some(rest) => Ok(rest / stride + 1),
        None => {
            Err(format!("its kernel reaches over {reach} values, but {padded} come along an axis, with the padding"))
        }
    }
}

fn flattened(into: &[usize], start: i64, end: i64) -> Result<Vec<usize>, String> {
    let rank = into.len() as i64;
    let axis = |of: i64| Some(if of < 0 { of + rank } else { of }).filter(|of| (0..rank).contains(of));
    match (axis(start), axis(end)) {
        (Some(start), Some(end)) if start <= end => {
            let (start, end) = (start as usize, end as usize + 1);
            let middle = count(&into[start..end]);
            Ok(into[..start].iter().copied().chain([middle]).chain(into[end..].iter().copied()).collect())
        }
        _ => Err(format!("`start_dim` = {start} and `end_dim` = {end} are no axes of shape {into:?}")),
    }
}

impl Convolution {
    /// Returns the zeros before and after an axis.
    pub(super) fn padded(&self, axis: usize) -> [usize; 2] {
        match self.padding {
            Some(padding) => [padding[axis]; 2],
            None => {
                // What is odd goes to the end, as in PyTorch.
                let whole = self.dilation[axis].saturating_mul(self.shape[2 + axis] - 1);
                [whole / 2, whole - whole / 2]
            }
        }
    }

    /// Returns channels and both lengths of what comes.
    pub(super) fn lengths(&self, into: &[usize]) -> Result<[usize; 3], String> {
        let needed = self.shape[1].saturating_mul(self.groups);
        match (into, self.axes) {
            ([channels, length], 1) if *channels == needed => Ok([*channels, 1, *length]),
            ([channels, height, width], 2) if *channels == needed => Ok([*channels, *height, *width]),
            _ => {
                let lengths = if self.axes == 1 { "length" } else { "height, width" };
                Err(format!("gets shape {into:?}, but ({needed}, {lengths}) is needed, as `weight` and `groups` say"))
            }
        }
    }

    fn forward(&self, into: &[usize]) -> Result<Vec<usize>, String> {
        let [_, height, width] = self.lengths(into)?;
        let mut out = vec![self.shape[0]];
        for (axis, length) in [height, width].into_iter().enumerate().skip(2 - self.axes) {
            let (kernel, dilation) = (self.shape[2 + axis], self.dilation[axis]);
            out.push(windows(length, self.padded(axis), kernel, dilation, self.stride[axis])?);
        }
        Ok(out)
    }
}

/// Returns the shape that a node demands of what comes.
fn fixed(node: &Node) -> Option<Vec<usize>> {
    match node {
        Node::Input(shape) => Some(shape.clone()),
        // Some files have another there.
        Node::Output(_) => None,
        Node::Linear(linear) => linear.fixed(),
        Node::Neurons(Neurons { shape, .. }) => shape.clone(),
    }
}

/// Returns the shapes of all nodes: as they demand, or as those before them give, or else as those after them demand.
pub(super) fn infer(graph: &Graph, problems: &mut Problems) -> Option<Shapes> {
    let count_of = graph.nodes.len();
    let mut into: Vec<Option<Vec<usize>>> = graph.nodes.iter().map(|(_, node)| fixed(node)).collect();
    let mut out: Vec<Option<Vec<usize>>> = vec![None; count_of];
    let mut wrong = vec![false; count_of];
    loop {
        let mut changed = false;
        for (node, (name, of)) in graph.nodes.iter().enumerate() {
            let Some(shape) = into[node].as_ref().filter(|_| out[node].is_none() && !wrong[node]) else { continue };
            let forward = match of {
                Node::Linear(linear) => linear.forward(shape),
                _ => Ok(shape.clone()),
            };
            match forward {
                Ok(shape) if count(&shape) <= NIR_NEURONS => out[node] = Some(shape),
                Ok(shape) => {
                    problems.node(name, format!("gives shape {shape:?}: at most {NIR_NEURONS} values are supported"));
                    wrong[node] = true;
                }
                Err(problem) => {
                    problems.node(name, problem);
                    wrong[node] = true;
                }
            }
            changed = true;
        }
        for (from, to) in &graph.edges {
            if into[*to].is_none()
                && let Some(shape) = &out[*from]
            {
                into[*to] = Some(shape.clone());
                changed = true;
            }
        }
        if changed {
            continue;
        }
        // Only then, so that what comes counts more.
        for (from, to) in &graph.edges {
            let elementwise = match &graph.nodes[*from].1 {
                Node::Neurons(_) => true,
                Node::Linear(linear) => matches!(linear, Linear::Scale(_) | Linear::Delay(_)),
                _ => false,
            };
            if into[*from].is_none()
                && elementwise
                && let Some(shape) = &into[*to]
            {
                into[*from] = Some(shape.clone());
                changed = true;
            }
        }
        if !changed {
            for (node, (_, of)) in graph.nodes.iter().enumerate() {
                if let (None, Node::Neurons(Neurons { single: Some(single), .. })) = (&into[node], of) {
                    into[node] = Some(single.clone());
                    changed = true;
                    break;
                }
            }
        }
        if !changed {
            break;
        }
    }
    let mut whole = true;
    let mut reshaped = Vec::new();
    for (node, (name, of)) in graph.nodes.iter().enumerate() {
        // An output without a source has nothing to show.
        if out[node].is_none() && !wrong[node] && !matches!(of, Node::Output(_)) {
            problems.node(name, "has no shape of its own, and no other node gives it one");
        }
        whole &= out[node].is_some() || matches!(of, Node::Output(_));
    }
    for (from, to) in &graph.edges {
        let (Some(gives), Some(takes)) = (&out[*from], &into[*to]) else { continue };
        if count(gives) != count(takes) {
            let [from, to] = [*from, *to].map(|node| quoted(&graph.nodes[node].0));
            let counts = (count(gives), count(takes));
            problems.add(format!(
                "`edges`: from {from} to {to}: {} values of shape {gives:?} for {} of shape {takes:?}",
                counts.0, counts.1
            ));
            whole = false;
        } else if gives != takes {
            reshaped.push((*from, *to));
        }
    }
    let known = |of: Vec<Option<Vec<usize>>>| of.into_iter().map(Option::unwrap_or_default).collect();
    whole.then(|| Shapes { into: known(into), out: known(out), reshaped })
}
