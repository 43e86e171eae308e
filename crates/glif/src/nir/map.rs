//! Linear maps as rows of connections, and what becomes of two in a row.
//!
//! A convolution is unrolled: each of its weights comes once for every place that the kernel takes.

use super::node::{Convolution, Linear};
use super::shape::count;
use crate::limits::{NIR_CONNECTIONS, NIR_PRODUCTS};
use crate::memory;

/// A linear map: connections to each target, in the order of their sources and delays.
#[derive(Debug)]
pub(super) struct Map {
    /// Connections of target i are those from number `starts[i]` up to number `starts[i + 1]`.
    pub(super) starts: Vec<usize>,
    pub(super) connections: Vec<Connection>,
}

/// A connection from a source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Connection {
    pub(super) source: u32,
    /// Steps from a spike to its delivery.
    pub(super) delay: u32,
    pub(super) weight: f64,
}

/// What may still be made.
#[derive(Debug)]
pub(super) struct Room {
    connections: u64,
    products: u64,
}

impl Default for Room {
    fn default() -> Self {
        Self { connections: NIR_CONNECTIONS, products: NIR_PRODUCTS }
    }
}

impl Room {
    /// Returns an empty map of `targets` with room for `connections`.
    fn map(&mut self, targets: usize, connections: u64) -> Result<Map, String> {
        self.keep(connections)?;
        let too_large = || format!("its {connections} connections do not fit in memory");
        let room = usize::try_from(connections).ok().and_then(memory::room).ok_or_else(too_large)?;
        let mut starts = memory::room(targets + 1).ok_or_else(too_large)?;
        starts.push(0);
        Ok(Map { starts, connections: room })
    }

    /// Takes the price of as many connections.
    fn keep(&mut self, connections: u64) -> Result<(), String> {
        let most = NIR_CONNECTIONS;
        let left = self.connections.checked_sub(connections);
        self.connections = left.ok_or_else(|| {
            format!("its {connections} connections are too many: those of all linear nodes are at most {most}")
        })?;
        Ok(())
    }

    /// Takes the price of as many products of weights.
    fn multiply(&mut self, products: u64) -> Result<(), String> {
        let most = NIR_PRODUCTS;
        let left = self.products.checked_sub(products);
        self.products = left.ok_or_else(|| {
            format!("folding it takes {products} products of weights: all linear nodes may take at most {most}")
        })?;
        Ok(())
    }
}

impl Map {
    /// Returns the map that changes nothing.
    pub(super) fn identity(cells: usize, room: &mut Room) -> Result<Self, String> {
        let mut map = room.map(cells, cells as u64)?;
        for source in 0..cells {
            map.push(source, 1.0);
            map.end();
        }
        Ok(map)
    }

    /// Returns a copy.
    pub(super) fn copy(&self, room: &mut Room) -> Result<Self, String> {
        let mut map = room.map(self.targets(), self.connections.len() as u64)?;
        map.starts.clone_from(&self.starts);
        map.connections.extend_from_slice(&self.connections);
        Ok(map)
    }

    /// Adds a connection to the next target. A weight of 0 does not connect.
    fn push(&mut self, source: usize, weight: f64) {
        if weight != 0.0 {
            self.connections.push(Connection { source: source as u32, delay: 0, weight });
        }
    }

    /// Ends the connections to a target.
    fn end(&mut self) {
        self.starts.push(self.connections.len());
    }

    /// Returns the number of targets.
    pub(super) fn targets(&self) -> usize {
        self.starts.len() - 1
    }

    /// Returns the connections to a target.
    pub(super) fn row(&self, target: usize) -> &[Connection] {
        &self.connections[self.starts[target]..self.starts[target + 1]]
    }

    /// Delays all connections by as many steps.
    pub(super) fn delay(&mut self, steps: u32) {
        self.connections.iter_mut().for_each(|of| of.delay = of.delay.saturating_add(steps));
    }

    /// Multiplies the connections to each target by its factor.
    pub(super) fn scale(&mut self, factors: impl Fn(usize) -> f64) {
        for target in 0..self.targets() {
            let range = self.starts[target]..self.starts[target + 1];
            self.connections[range].iter_mut().for_each(|of| of.weight *= factors(target));
        }
    }

    fn is_identity(&self) -> bool {
        let mut rows = self.connections.iter().enumerate();
        self.connections.len() == self.targets()
            && self.starts.iter().enumerate().all(|(target, start)| target == *start)
            && rows.all(|(target, of)| {
                of.source as usize == target && of.weight == 1.0 && of.delay == self.connections[0].delay
            })
    }

    /// Returns this map of what another gives.
    pub(super) fn of(mut self, inner: &Self, room: &mut Room) -> Result<Self, String> {
        if inner.is_identity() {
            self.delay(inner.connections.first().map_or(0, |of| of.delay));
            return Ok(self);
        }
        let products: u64 = self.connections.iter().map(|of| inner.row(of.source as usize).len() as u64).sum();
        room.multiply(products)?;
        let mut map = room.map(self.targets(), 0)?;
        let mut row: Vec<Connection> = Vec::new();
        for target in 0..self.targets() {
            row.clear();
            for outer in self.row(target) {
                row.extend(inner.row(outer.source as usize).iter().map(|of| Connection {
                    source: of.source,
                    delay: of.delay.saturating_add(outer.delay),
                    weight: outer.weight * of.weight,
                }));
            }
            map.merge(&mut row)?;
        }
        room.keep(map.connections.len() as u64)?;
        Ok(map)
    }

    /// Returns the sum of this map and another.
    pub(super) fn plus(&self, other: &Self, room: &mut Room) -> Result<Self, String> {
        let mut map = room.map(self.targets(), 0)?;
        let mut row: Vec<Connection> = Vec::new();
        for target in 0..self.targets() {
            row.clear();
            row.extend_from_slice(self.row(target));
            row.extend_from_slice(other.row(target));
            map.merge(&mut row)?;
        }
        room.keep(map.connections.len() as u64)?;
        Ok(map)
    }

    /// Takes the connections to the next target. Those of one source and delay become one.
    fn merge(&mut self, row: &mut [Connection]) -> Result<(), String> {
        let too_large = || "does not fit in memory".to_owned();
        row.sort_by_key(|of| (of.source, of.delay));
        let begin = self.connections.len();
        for of in row.iter() {
            match self.connections[begin..].last_mut() {
                Some(last) if (last.source, last.delay) == (of.source, of.delay) => last.weight += of.weight,
                _ => memory::push(&mut self.connections, *of).ok_or_else(too_large)?,
            }
        }
        // Weights that cancel each other.
        let mut kept = begin;
        for at in begin..self.connections.len() {
            if self.connections[at].weight != 0.0 {
                self.connections.swap(kept, at);
                kept += 1;
            }
        }
        self.connections.truncate(kept);
        self.end();
        Ok(())
    }
}

impl Linear {
    /// Returns the map of a node for what comes in a shape, and its bias. `steps` gives the steps of a delay in s.
    ///
    /// # Errors
    /// Returns an error if it is too large, or from `steps`.
    pub(super) fn map(
        &self,
        into: &[usize],
        steps: &mut dyn FnMut(f64) -> Result<u32, String>,
        room: &mut Room,
    ) -> Result<(Map, Option<Vec<f64>>), String> {
        let cells = count(into);
        match self {
            Self::Identity(_) | Self::Flatten { .. } => Ok((Map::identity(cells, room)?, None)),
            Self::Scale(of) => {
                let mut map = room.map(cells, cells as u64)?;
                for target in 0..cells {
                    map.push(target, *of.values.get(target).unwrap_or(&of.values[0]));
                    map.end();
                }
                Ok((map, None))
            }
            Self::Delay(of) => {
                let mut map = Map::identity(cells, room)?;
                for (target, connection) in map.connections.iter_mut().enumerate() {
                    connection.delay = steps(*of.values.get(target).unwrap_or(&of.values[0]))?;
                }
                Ok((map, None))
            }
            Self::Matrix { weight, bias } => {
                let mut rows = weight.shape.iter().rev();
                let (sources, targets) = (rows.next().copied().unwrap_or(1), rows.next().copied().unwrap_or(1));
                let all = weight.values.len() / sources;
                let mut map = room.map(all, weight.values.len() as u64)?;
                for (target, row) in weight.values.chunks(sources).enumerate() {
                    let first = target / targets * sources;
                    row.iter().enumerate().for_each(|(source, weight)| map.push(first + source, *weight));
                    map.end();
                }
                Ok((map, bias.as_ref().map(|bias| bias.values.clone())))
            }
            Self::Convolution(of) => of.map(into, room),
            Self::Pool { kernel, stride, padding, mean } => {
                let [channels, height, width] = into[..] else { return Err("has no three axes".to_owned()) };
                let weight = if *mean { 1.0 / (kernel[0] * kernel[1]) as f64 } else { 1.0 };
                let windows =
                    |length: usize, axis: usize| (length + 2 * padding[axis] - kernel[axis]) / stride[axis] + 1;
                let (rows, columns) = (windows(height, 0), windows(width, 1));
                let targets = channels * rows * columns;
                let most = (targets as u64).saturating_mul((kernel[0].min(height) * kernel[1].min(width)) as u64);
                let mut map = room.map(targets, most)?;
                for target in 0..targets {
                    let (channel, row, column) = (target / (rows * columns), target / columns % rows, target % columns);
                    for y in within(row * stride[0], kernel[0], padding[0], height) {
                        for x in within(column * stride[1], kernel[1], padding[1], width) {
                            map.push((channel * height + y) * width + x, weight);
                        }
                    }
                    map.end();
                }
                Ok((map, None))
            }
        }
    }
}

/// Returns the places of a window that begins at `first`, without those in the padding.
fn within(first: usize, kernel: usize, padding: usize, length: usize) -> std::ops::Range<usize> {
    let clamp = |place: usize| place.saturating_sub(padding).min(length);
    clamp(first)..clamp(first + kernel)
}

impl Convolution {
    fn map(&self, into: &[usize], room: &mut Room) -> Result<(Map, Option<Vec<f64>>), String> {
        let [channels_out, of_group, kernel_height, kernel_width] = self.shape;
        let [_, height, width] = self.lengths(into)?;
        let (mut lengths, given) = ([0, 0], [height, width]);
        for axis in 0..2 {
            let reach = (self.shape[2 + axis] - 1) * self.dilation[axis] + 1;
            let padded = given[axis] + self.padded(axis).iter().sum::<usize>();
            lengths[axis] =
                (padded.checked_sub(reach).ok_or("its kernel is larger than what comes")?) / self.stride[axis] + 1;
        }
        let [rows, columns] = lengths;
        let targets = channels_out * rows * columns;
        // A kernel reaches each source at most once.
        let reached = (kernel_height.min(height) * kernel_width.min(width)) as u64;
        let of_each = |elements: u64| (targets as u64).saturating_mul(of_group as u64).saturating_mul(elements);
        room.multiply(of_each((kernel_height * kernel_width) as u64))?;
        let mut map = room.map(targets, of_each(reached))?;
        let mut bias = memory::room(targets).ok_or("does not fit in memory")?;
        // Where an element of the kernel is along an axis; `None` in the padding.
        let place = |axis: usize, window: usize, element: usize| {
            let at = window * self.stride[axis] + element * self.dilation[axis];
            at.checked_sub(self.padded(axis)[0]).filter(|at| *at < given[axis])
        };
        for channel in 0..channels_out {
            let first = channel / (channels_out / self.groups) * of_group;
            for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
                for from in 0..of_group {
                    for i in 0..kernel_height {
                        let Some(y) = place(0, row, i) else { continue };
                        for j in 0..kernel_width {
                            let Some(x) = place(1, column, j) else { continue };
                            let weight = ((channel * of_group + from) * kernel_height + i) * kernel_width + j;
                            map.push(((first + from) * height + y) * width + x, self.weight[weight]);
                        }
                    }
                }
                map.end();
                bias.push(self.bias[channel]);
            }
        }
        Ok((map, Some(bias)))
    }
}
