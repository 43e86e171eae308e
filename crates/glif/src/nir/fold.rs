//! The linear nodes between two populations become one map, and their biases one bias.
//!
//! Convolutions are unrolled into the rows of the map. Beside it, a [`Path`] says whether one kernel would do.

use std::collections::BTreeMap;

use super::error::{Problems, of_node, quoted};
use super::graph::Graph;
use super::kernel::Path;
use super::map::{Map, Room};
use super::node::{Linear, Node};
use super::order::Order;
use super::shape::{Shapes, count};

/// What comes to a node, or goes from it.
#[derive(Debug, Default)]
pub(super) struct Sum {
    /// What comes from each population, by the number of its node.
    pub(super) terms: BTreeMap<usize, Term>,
    /// What comes in every step.
    pub(super) bias: Option<Vec<f64>>,
}

/// What comes from a population.
#[derive(Debug)]
pub(super) struct Term {
    /// The weights.
    pub(super) map: Map,
    /// What they may be too.
    pub(super) path: Path,
    /// Linear nodes on the way.
    pub(super) through: Vec<usize>,
}

impl Term {
    fn copy(&self, room: &mut Room) -> Result<Self, String> {
        Ok(Self { map: self.map.copy(room)?, path: self.path.clone(), through: self.through.clone() })
    }
}

impl Sum {
    /// Adds what comes from a population.
    fn add(&mut self, source: usize, term: Term, room: &mut Room) -> Result<(), String> {
        match self.terms.remove(&source) {
            None => self.terms.insert(source, term),
            Some(other) => {
                let mut through = [other.through, term.through].concat();
                through.sort_unstable();
                through.dedup();
                let map = other.map.plus(&term.map, room)?;
                self.terms.insert(source, Term { map, path: Path::Other, through })
            }
        };
        Ok(())
    }

    fn add_bias(&mut self, bias: &[f64]) {
        match &mut self.bias {
            None => self.bias = Some(bias.to_vec()),
            Some(sum) => sum.iter_mut().zip(bias).for_each(|(sum, bias)| *sum += bias),
        }
    }
}

/// The maps between populations.
#[derive(Debug)]
pub(super) struct Folded {
    /// What comes to each node that is no linear map, in the order of the nodes; none to others.
    pub(super) sums: Vec<Sum>,
    /// Weights of convolutions, and connections that they became.
    pub(super) unrolled: (usize, usize),
}

/// Gives the steps of a delay in s of a node.
pub(super) type Steps<'a> = &'a mut dyn FnMut(&str, f64) -> Result<u32, String>;

/// Folds the linear nodes of a graph.
pub(super) fn fold(
    graph: &Graph,
    shapes: &Shapes,
    order: &Order,
    steps: Steps<'_>,
    problems: &mut Problems,
) -> Option<Folded> {
    let mut edges: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes.len()];
    graph.edges.iter().enumerate().for_each(|(edge, (_, to))| edges[*to].push(edge));
    let linear = problems.take(sorted(graph, &edges))?;
    let mut readers = vec![0; graph.nodes.len()];
    graph.edges.iter().for_each(|(from, _)| readers[*from] += 1);
    let given = graph.nodes.iter().map(|_| None).collect();
    let mut folding = Folding { graph, shapes, order, edges, readers, given, room: Room::default(), unrolled: (0, 0) };
    for node in linear {
        let (name, of) = &graph.nodes[node];
        let Node::Linear(of) = of else { continue };
        let sum = folding.through(node, of, steps).map_err(|problem| of_node(name, problem));
        folding.given[node] = Some(problems.take(sum)?);
    }
    let mut sums = Vec::new();
    for (node, (name, of)) in graph.nodes.iter().enumerate() {
        let sum = if matches!(of, Node::Linear(_)) { Ok(Sum::default()) } else { folding.gather(node) };
        sums.push(problems.take(sum.map_err(|problem| of_node(name, problem)))?);
    }
    Some(Folded { sums, unrolled: folding.unrolled })
}

struct Folding<'a> {
    graph: &'a Graph,
    shapes: &'a Shapes,
    order: &'a Order,
    /// The edges to each node.
    edges: Vec<Vec<usize>>,
    /// Edges from each node that are not gathered yet.
    readers: Vec<usize>,
    /// What goes from each linear node that is done. The last reader takes it.
    given: Vec<Option<Sum>>,
    room: Room,
    unrolled: (usize, usize),
}

impl Folding<'_> {
    /// Returns the sum of what comes to a node.
    fn gather(&mut self, node: usize) -> Result<Sum, String> {
        let mut sum = Sum::default();
        for edge in &self.edges[node] {
            let (source, late) = (self.graph.edges[*edge].0, u32::from(self.order.late[*edge]));
            let mut terms = Vec::new();
            self.readers[source] -= 1;
            match &mut self.given[source] {
                Some(of) => {
                    of.bias.iter().for_each(|bias| sum.add_bias(bias));
                    if self.readers[source] == 0 {
                        terms.extend(std::mem::take(&mut of.terms));
                    }
                    for (from, term) in &of.terms {
                        terms.push((*from, term.copy(&mut self.room)?));
                    }
                }
                None => {
                    let map = Map::identity(count(&self.shapes.out[source]), &mut self.room)?;
                    terms.push((source, Term { map, path: Path::Same, through: Vec::new() }));
                }
            }
            for (from, mut term) in terms {
                term.map.delay(late);
                sum.add(from, term, &mut self.room)?;
            }
        }
        Ok(sum)
    }

    /// Returns what goes from a linear node.
    fn through(&mut self, node: usize, of: &Linear, steps: Steps<'_>) -> Result<Sum, String> {
        let sum = self.gather(node)?;
        let name = &self.graph.nodes[node].0;
        let (outer, bias) = of.map(&self.shapes.into[node], &mut |time| steps(name, time), &mut self.room)?;
        if let Linear::Convolution(of) = of {
            self.unrolled.0 += of.weight.len();
            self.unrolled.1 += outer.connections.len();
        }
        let mut out = Sum::default();
        if let Some(before) = sum.bias {
            let row = |target: usize| outer.row(target).iter().map(|of| of.weight * before[of.source as usize]);
            out.add_bias(&(0..outer.targets()).map(|target| row(target).sum()).collect::<Vec<f64>>());
        }
        bias.iter().for_each(|bias| out.add_bias(bias));
        let (mut outer, mut left) = (Some(outer), sum.terms.len());
        for (source, mut term) in sum.terms {
            if !matches!(of, Linear::Identity(_)) {
                term.through.push(node);
            }
            left -= 1;
            // The last term takes the map.
            let own = match &outer {
                Some(of) if left > 0 => Some(of.copy(&mut self.room)?),
                _ => outer.take(),
            };
            let Some(own) = own else { continue };
            let map = own.of(&term.map, &mut self.room)?;
            let path = term.path.then(of, &self.shapes.into[node], map.connections.len());
            out.terms.insert(source, Term { map, path, through: term.through });
        }
        Ok(out)
    }
}

/// Returns the linear nodes, each after those before it.
///
/// # Errors
/// Returns an error if they form a circle.
fn sorted(graph: &Graph, edges: &[Vec<usize>]) -> Result<Vec<usize>, String> {
    let is_linear = |node: usize| matches!(graph.nodes[node].1, Node::Linear(_));
    let before = |node: usize| edges[node].iter().map(|edge| graph.edges[*edge].0).filter(|node| is_linear(*node));
    let mut waits: Vec<usize> = (0..graph.nodes.len()).map(|node| before(node).count()).collect();
    let mut targets: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes.len()];
    graph.edges.iter().filter(|(from, _)| is_linear(*from)).for_each(|(from, to)| targets[*from].push(*to));
    let mut ready: Vec<usize> =
        (0..graph.nodes.len()).rev().filter(|node| is_linear(*node) && waits[*node] == 0).collect();
    let mut sorted = Vec::new();
    let mut done = vec![false; graph.nodes.len()];
    while let Some(node) = ready.pop() {
        sorted.push(node);
        done[node] = true;
        for target in targets[node].iter().filter(|node| is_linear(**node)) {
            waits[*target] -= 1;
            if waits[*target] == 0 {
                ready.push(*target);
            }
        }
    }
    let Some(first) = (0..graph.nodes.len()).find(|node| is_linear(*node) && !done[*node]) else { return Ok(sorted) };
    // Backwards, until a node comes again.
    let mut path = vec![first];
    loop {
        let last = path[path.len() - 1];
        let Some(source) = before(last).find(|node| !done[*node]) else { break };
        if let Some(begin) = path.iter().position(|node| *node == source) {
            path = path.split_off(begin);
            break;
        }
        path.push(source);
    }
    path.reverse();
    path.push(path[0]);
    let names: Vec<String> = path.iter().take(20).map(|node| quoted(&graph.nodes[*node].0)).collect();
    Err(format!(
        "`edges`: a circle without neurons: {}\nhelp: put neurons between them; a linear map has no memory",
        names.join(" -> ")
    ))
}
