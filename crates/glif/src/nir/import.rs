//! From a graph to the description of a network.

use glif_core::error::Number;
use glif_core::spec::Discretization;

use super::error::{Problems, listed, of_node, one, quoted};
use super::file;
use super::fold::{self, Folded, Sum};
use super::graph::Graph;
use super::kernel::Path;
use super::map::Map;
use super::names::Names;
use super::node::{NeuronKind, Neurons, Node};
use super::options::{IfInput, Options, Reset, WeightChoice};
use super::order::{self, Order};
use super::population::{Converter, Population, SYNAPSE, shared};
use super::projection::{self, Delays, projection};
use super::report::{Report, Topic};
use super::shape::{self, Shapes, count};
use crate::description::toml::DescriptionErrors;
use crate::network::{Delay, Drive, DriveKind, NetworkDescription, Projection, Weights};
use crate::output::counted;

/// An imported graph.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The network.
    pub description: NetworkDescription,
    /// What became of each part of the graph.
    pub report: Report,
}

/// Imports the graph of a file in HDF5, whose bytes are given.
///
/// # Errors
/// Returns everything that is wrong with the file, that glif cannot carry over, or that does not go with the options.
pub fn import(bytes: Vec<u8>, options: &Options) -> Result<Imported, DescriptionErrors> {
    check(options)?;
    let content = file::read(bytes)?;
    let mut report = Report::default();
    content.ignored.into_iter().for_each(|sentence| report.tell(Topic::Ignored, sentence));
    let mut problems = Problems::default();
    let graph = Graph::new(content.graph, &mut problems);
    problems.check()?;
    if let Some(version) = content.version.as_ref().filter(|version| !is_known(version)) {
        let told = format!("version {} is not one that glif knows, which are 0 and 1", quoted(version));
        report.tell(Topic::Assumed, told);
    }
    let version =
        content.version.map_or("of no version".to_owned(), |version| format!("of version {}", quoted(&version)));
    let counts = (counted(graph.nodes.len(), "node"), counted(graph.edges.len(), "edge"));
    report.tell(Topic::Read, format!("NIR {version}: {}, {}", counts.0, counts.1));
    graph.notes.iter().for_each(|note| report.tell(Topic::Read, note.as_str()));
    let mut problems = Problems::default();
    let shapes = shape::infer(&graph, &mut problems);
    problems.check()?;
    let shapes = shapes.ok_or_else(|| one("the shapes of its nodes are unknown"))?;
    tell_reshaped(&graph, &shapes, &mut report);
    let names: Vec<(&str, bool)> =
        graph.nodes.iter().map(|(name, node)| (name.as_str(), matches!(node, Node::Output(_)))).collect();
    let order = order::order(&names, &graph.edges);
    let mut problems = Problems::default();
    let mut delays = Delays { step_time: options.step_time, rounded: Vec::new() };
    let folded = fold::fold(&graph, &shapes, &order, &mut |name, time| delays.steps(name, time), &mut problems);
    delays.rounded.into_iter().for_each(|sentence| report.tell(Topic::Rounded, sentence));
    problems.check()?;
    let folded = folded.ok_or_else(|| one("its linear nodes cannot be folded"))?;
    let mut whole = Whole { graph: &graph, shapes: &shapes, order: &order, options, report: &mut report };
    whole.tell_order(&folded);
    let description = whole.network(folded)?;
    whole.assume();
    Ok(Imported { description, report })
}

/// Returns whether a version is one whose files glif knows.
fn is_known(version: &str) -> bool {
    matches!(version.split('.').next(), Some("0" | "1"))
}

/// Checks the options.
fn check(options: &Options) -> Result<(), DescriptionErrors> {
    let step = options.step_time;
    if !(step > 0.0 && step.is_finite()) {
        return Err(one(format!("the step is {} ms: must be above 0 and finite", Number(step))));
    }
    if options.scalar.is_fixed_point() && options.weights == Some(WeightChoice::Float) {
        let scalar = options.scalar;
        return Err(one(format!("{scalar} has no weights in floating point\nhelp: use i8 or i16 weights, or f32")));
    }
    Ok(())
}

fn tell_reshaped(graph: &Graph, shapes: &Shapes, report: &mut Report) {
    for (from, to) in &shapes.reshaped {
        let [from_name, to_name] = [*from, *to].map(|node| quoted(&graph.nodes[node].0));
        let told = format!(
            "the edge from {from_name} to {to_name} brings shape {:?} as shape {:?}, in C order",
            shapes.out[*from], shapes.into[*to]
        );
        report.tell(Topic::Assumed, told);
    }
}

/// A graph on its way to a network.
struct Whole<'a> {
    graph: &'a Graph,
    shapes: &'a Shapes,
    order: &'a Order,
    options: &'a Options,
    report: &'a mut Report,
}

impl Whole<'_> {
    fn name(&self, node: usize) -> String {
        quoted(&self.graph.nodes[node].0)
    }

    /// Says which edges are late, and how many connections the convolutions make.
    fn tell_order(&mut self, folded: &Folded) {
        for ((from, to), _) in self.graph.edges.iter().zip(&self.order.late).filter(|(_, late)| **late) {
            let told = format!(
                "the edge from {} to {} closes a circle, and acts one step later",
                self.name(*from),
                self.name(*to)
            );
            self.report.tell(Topic::Late, told);
        }
        let (weights, connections) = folded.unrolled;
        if weights > 0 {
            let told =
                format!("convolutions: {} make {}", counted(weights, "weight"), counted(connections, "connection"));
            self.report.tell(Topic::Folded, told);
        }
    }

    /// Makes the network.
    fn network(&mut self, mut folded: Folded) -> Result<NetworkDescription, DescriptionErrors> {
        self.check_analog(&folded)?;
        let mut names = Names::default();
        let mut description = NetworkDescription::new(self.options.step_time);
        description.scalar = self.options.scalar;
        let mut populations: Vec<Option<(String, Option<Population>)>> = Vec::new();
        populations.resize_with(self.graph.nodes.len(), || None);
        let mut told = Report::default();
        let mut converter = Converter::new(self.options, &mut told);
        for node in self.order.nodes.clone() {
            let (name, of) = &self.graph.nodes[node];
            let (shape, sum) = (&self.shapes.out[node], &folded.sums[node]);
            let population = match of {
                Node::Linear(_) => continue,
                Node::Input(_) => None,
                Node::Output(_) if self.shown(sum).is_some() || (sum.terms.is_empty() && sum.bias.is_none()) => {
                    self.tell_output(node, sum);
                    continue;
                }
                Node::Output(_) => Some(converter.readout(shape)),
                Node::Neurons(neurons) => match converter.population(name, neurons, shape) {
                    None => continue,
                    population => population,
                },
            };
            let given = names.give(name);
            self.tell_population(node, &given, population.as_ref());
            match &population {
                None => description.add_input(given.as_str(), shape)?,
                Some(of) => description.add(given.as_str(), of.description.clone())?,
            };
            populations[node] = Some((given, population));
        }
        converter.finish().check()?;
        told.lines.into_iter().for_each(|(topic, sentence)| self.report.tell(topic, sentence));
        let mut problems = Problems::default();
        for node in self.order.nodes.clone() {
            let Some((name, Some(population))) = &populations[node] else { continue };
            let sum = std::mem::take(&mut folded.sums[node]);
            if let Some(synapse) = &population.synapse {
                description.add_synapse(name, SYNAPSE, synapse.clone())?;
            }
            for drive in &population.drives {
                description.add_drive(name, drive.clone())?;
            }
            if let Some(bias) = self.bias(node, &sum, population, &mut problems) {
                description.add_drive(name, bias)?;
            }
            for (source, term) in sum.terms {
                let Some((from, _)) = &populations[source] else { continue };
                let mut map = term.map;
                map.scale(|target| population.gain[target]);
                let sources = count(&self.shapes.out[source]);
                let shapes = (&self.shapes.out[source][..], &self.shapes.out[node][..]);
                let kernel = match term.path {
                    Path::Kernel(of) => projection::kernel(of, &map, &population.gain, shapes),
                    Path::Same | Path::Other => None,
                };
                let bytes = projection::bytes(self.options, &map, sources, kernel.as_ref());
                let kernel = kernel.filter(|_| matches!(bytes, [Some(rows), Some(kernel)] if kernel < rows));
                let projection = projection(self.options, (from, name, population.target), &map, sources, kernel);
                let Some(projection) =
                    problems.take(projection.map_err(|problem| of_node(&self.graph.nodes[node].0, problem)))
                else {
                    continue;
                };
                let through = (&term.through[..], bytes);
                self.tell_projection((source, node), through, projection.as_ref(), &map, sources);
                description.projections.extend(projection);
            }
        }
        problems.check()?;
        Ok(description)
    }

    /// Checks that no membrane is what another node gets: projections carry spikes.
    fn check_analog(&self, folded: &Folded) -> Result<(), DescriptionErrors> {
        let mut problems = Problems::default();
        for (node, sum) in folded.sums.iter().enumerate() {
            let is_analog =
                |source: &usize| matches!(&self.graph.nodes[*source].1, Node::Neurons(of) if !of.kind.fires());
            for source in sum.terms.keys().filter(|source| is_analog(source)) {
                if self.shown(sum) == Some(*source) && matches!(self.graph.nodes[node].1, Node::Output(_)) {
                    continue;
                }
                let problem = format!(
                    "its membrane reaches {}, but projections carry spikes only\nhelp: let it be the last node before an Output",
                    self.name(node)
                );
                problems.node(&self.graph.nodes[*source].0, problem);
            }
        }
        problems.check()
    }

    /// Returns the population that an output shows, if it shows one as it is.
    fn shown(&self, sum: &Sum) -> Option<usize> {
        let mut terms = sum.terms.iter();
        let (source, term) = terms.next()?;
        let alone = terms.next().is_none() && term.through.is_empty() && sum.bias.is_none();
        let is_neurons = matches!(self.graph.nodes[*source].1, Node::Neurons(_));
        (alone && is_neurons && term.map.connections.iter().all(|of| of.delay == 0)).then_some(*source)
    }

    fn tell_output(&mut self, node: usize, sum: &Sum) {
        let told = match self.shown(sum) {
            Some(source) => format!("node {}: Output, which is {}", self.name(node), self.name(source)),
            None => format!("node {}: Output without a source, ignored", self.name(node)),
        };
        self.report.tell(Topic::Population, told);
    }

    fn tell_population(&mut self, node: usize, given: &str, population: Option<&Population>) {
        let cells = count(&self.shapes.out[node]);
        let name = self.name(node);
        let of = match (&self.graph.nodes[node].1, population) {
            (_, None) => format!("Input -> `{given}`, {}", counted(cells, "spike source")),
            (Node::Output(_), Some(_)) => {
                format!(
                    "Output behind a linear map -> `{given}`, model li, whose voltage is the value, {}",
                    counted(cells, "neuron")
                )
            }
            (of, Some(population)) => {
                let kind = match of {
                    Node::Neurons(Neurons { kind, .. }) => kind.name(),
                    _ => "",
                };
                format!("{kind} -> `{given}`, model {}, {}", population.description.model(), counted(cells, "neuron"))
            }
        };
        self.report.tell(Topic::Population, format!("node {name}: {of}"));
        let fed = self.graph.edges.iter().any(|(_, to)| *to == node);
        if !fed && matches!(self.graph.nodes[node].1, Node::Neurons(_)) {
            let told =
                format!("node {name} has no source: `{given}` takes currents from outside, such as from --input");
            self.report.tell(Topic::Assumed, told);
        }
    }

    /// Returns the stimulus that a bias is.
    fn bias(&mut self, node: usize, sum: &Sum, population: &Population, problems: &mut Problems) -> Option<Drive> {
        let bias = sum.bias.as_ref()?;
        let values: Vec<f64> = bias.iter().zip(&population.gain).map(|(bias, gain)| bias * gain).collect();
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            problems.node(&self.graph.nodes[node].0, format!("the bias of neuron {at} overflows"));
            return None;
        }
        if values.iter().all(|value| *value == 0.0) {
            return None;
        }
        let synapse = Some(population.target.to_owned()).filter(|target| target != "current");
        let told = format!("a bias of {} is a constant stimulus, in every step, the first included", self.name(node));
        self.report.tell(Topic::Folded, told);
        Some(Drive { kind: DriveKind::Constant { value: shared(&values) }, synapse })
    }

    fn tell_projection(
        &mut self,
        (from, to): (usize, usize),
        (through, bytes): (&[usize], [Option<usize>; 2]),
        projection: Option<&Projection>,
        map: &Map,
        sources: usize,
    ) {
        let names = format!("from {} to {}", self.name(from), self.name(to));
        let by: Vec<String> = through.iter().map(|node| self.name(*node)).collect();
        let by = if by.is_empty() { "one to one, with weight 1".to_owned() } else { format!("by {}", listed(&by)) };
        let Some(projection) = projection else {
            self.report.tell(Topic::Folded, format!("{names}, {by}: every weight is 0, so there is no projection"));
            return;
        };
        let rows = if projection::is_dense(map, sources) { "dense" } else { "sparse rows" };
        let form = match (&projection.weights, bytes) {
            (Weights::Convolution { values, .. }, [Some(listed), Some(kernel)]) => format!(
                "a kernel of {} in {kernel} bytes ({rows} would take {listed})",
                counted(values.len(), "weight")
            ),
            (_, [Some(listed), Some(kernel)]) => format!("{rows} in {listed} bytes (a kernel would take {kernel})"),
            _ => rows.to_owned(),
        };
        let least = map.connections.iter().map(|of| of.delay).min().unwrap_or(0);
        let greatest = map.connections.iter().map(|of| of.delay).max().unwrap_or(0);
        let delay = match projection.delay {
            Some(Delay::Each(_)) => format!("delays of {least} to {greatest} steps"),
            _ => format!("delay of {}", counted(least as usize, "step")),
        };
        let pairs = map.targets().saturating_mul(sources);
        let told = format!(
            "{names}, {by}: {} of {}, {form}, {delay}",
            counted(map.connections.len(), "connection"),
            counted(pairs, "pair")
        );
        self.report.tell(Topic::Folded, told);
    }

    /// Says what the file does not.
    fn assume(&mut self) {
        let Options { step_time, discretization, reset, if_input, .. } = *self.options;
        let kinds: Vec<NeuronKind> = self
            .graph
            .nodes
            .iter()
            .filter_map(|(_, of)| match of {
                Node::Neurons(of) => Some(of.kind),
                _ => None,
            })
            .collect();
        let has = |of: &[NeuronKind]| kinds.iter().any(|kind| of.contains(kind));
        use NeuronKind::{CubaLi, CubaLif, If, Li, Lif};
        let mut told = vec![format!(
            "a step is {} ms (--step-time); times of the file are in s, and its voltages are taken as mV",
            Number(step_time)
        )];
        if has(&[Li, Lif, CubaLi, CubaLif]) {
            told.push(match discretization {
                Discretization::Euler => "a step is one of forward Euler (--discretization)".to_owned(),
                Discretization::Exact => "a step is the exact solution (--discretization)".to_owned(),
            });
        }
        if has(&[If, Lif, CubaLif]) {
            told.push(match reset {
                Reset::Zero => "a spike sets the membrane to `v_reset` (--reset)".to_owned(),
                Reset::Subtract => "a spike takes `v_threshold` off the membrane (--reset)".to_owned(),
            });
            told.push("a membrane above its threshold fires, not one at it; there is no refractory time".to_owned());
        }
        if has(&[CubaLi, CubaLif]) {
            told.push(
                "the current of a step acts in that step, after it has decayed and taken what arrives".to_owned(),
            );
        }
        if has(&[If]) {
            told.push(match if_input {
                IfInput::Step => "an input of 1 adds r to a membrane of IF in a step (--if-input)".to_owned(),
                IfInput::Time => "an input of 1 adds r times the step in s to a membrane of IF (--if-input)".to_owned(),
            });
        }
        if has(&[Li, Lif, CubaLi, CubaLif]) {
            told.push("membranes begin at `v_leak`".to_owned());
        }
        told.into_iter().for_each(|sentence| self.report.tell(Topic::Assumed, sentence));
    }
}
