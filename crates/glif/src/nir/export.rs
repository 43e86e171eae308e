//! From the description of a network to a graph.

mod cells;
mod writer;

use std::collections::BTreeMap;

use glif_core::spec::{NumberFormat, RoundingMode};

use self::cells::{Cells, Source, Spike};
use self::writer::Node;
use super::error::{Problems, one};
use super::file::Numbers;
use super::names::Names;
use super::order;
use super::population::MS;
use super::report::{Report, Topic};
use crate::description::toml::DescriptionErrors;
use crate::limits::{NIR_NODES, NIR_VALUES};
use crate::memory;
use crate::network::{Network, NetworkDescription, PopulationKind, named};
use crate::output::counted;

/// A network as a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The file, in HDF5.
    pub bytes: Vec<u8>,
    /// What became of each part of the network, and what a graph does not say.
    pub report: Report,
}

/// Exports a network as a graph.
///
/// Nodes are flat: the neurons of a population come in C order of its shape.
///
/// ```
/// use glif::nir::{Options, export, import};
///
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/nir/graphs/lif_norse.nir");
/// let network = import(std::fs::read(path)?, &Options::new(0.1))?.description; // ms
/// let graph = export(&network)?;
/// assert_eq!(import(graph.bytes, &Options::new(0.1))?.description.projections.len(), network.projections.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Returns everything that is wrong with the description, or everything in it that NIR cannot say.
pub fn export(description: &NetworkDescription) -> Result<Exported, DescriptionErrors> {
    description.build()?;
    let mut export = Export { description, members: Vec::new(), edges: Vec::new(), report: Report::default() };
    export.populations()?;
    export.alike()?;
    export.projections()?;
    export.write()
}

/// What a population becomes.
enum Member {
    Input,
    Neurons(Cells),
}

/// The projection, or the part of it that has one delay.
struct Edge {
    /// Number of the projection.
    projection: usize,
    from: usize,
    to: usize,
    /// Steps; `None` without connections, as the weights of 0 can have any.
    delay: Option<u8>,
    /// Shape (targets, sources).
    weights: Vec<f64>,
}

struct Export<'a> {
    description: &'a NetworkDescription,
    /// What each population becomes.
    members: Vec<Member>,
    edges: Vec<Edge>,
    report: Report,
}

/// Which nodes show outputs, and which edges are late then.
struct Outputs {
    /// Numbers of the populations.
    members: Vec<usize>,
    /// In the order of the edges.
    late: Vec<bool>,
}

impl Export<'_> {
    fn name(&self, member: usize) -> &str {
        &self.description.populations[member].0
    }

    fn neurons(&self, member: usize) -> usize {
        self.description.populations[member].1.shape().iter().product()
    }

    /// Makes the nodes of populations.
    fn populations(&mut self) -> Result<(), DescriptionErrors> {
        let mut problems = Problems::default();
        for (name, kind) in &self.description.populations {
            if kind.shape().len() > 1 {
                let told = format!("`{name}`: its shape {:?} became one axis, in C order", kind.shape());
                self.report.tell(Topic::Assumed, told);
            }
            let PopulationKind::Neurons { synapses, drives, .. } = kind else {
                let sources = kind.shape().iter().product();
                let told =
                    format!("`{name}`: spikes from outside -> node of type Input, {}", counted(sources, "value"));
                self.report.tell(Topic::Population, told);
                self.members.push(Member::Input);
                continue;
            };
            let Some(alone) = self.description.alone(name) else { continue };
            let fed: Vec<&str> =
                self.description.projections.iter().filter(|of| of.to == *name).map(|of| &of.synapse[..]).collect();
            let source = Source { name, description: &alone, synapses, drives, fed: &fed };
            if let Some(cells) = source.node(&mut self.report, &mut problems) {
                self.members.push(Member::Neurons(cells));
            }
        }
        problems.check()
    }

    /// Checks that the neurons agree in what one setting of a simulator says of all, and says which it is.
    fn alike(&mut self) -> Result<(), DescriptionErrors> {
        let mut problems = Problems::default();
        let mut first: [Option<(&str, String, &str)>; 2] = [None, None];
        for ((name, _), member) in self.description.populations.iter().zip(&self.members) {
            let Member::Neurons(cells) = member else { continue };
            let discretization = cells.discretization.map(|of| (of.to_string(), "discretization"));
            let reset = cells.spike.map(|of| match of {
                Spike::Sets => ("sets the membrane".to_owned(), "model"),
                Spike::Subtracts => ("takes the threshold off".to_owned(), "model"),
            });
            for (first, own) in first.iter_mut().zip([discretization, reset]) {
                match (&first, own) {
                    (_, None) => {}
                    (None, Some((own, key))) => *first = Some((name, own, key)),
                    (Some((other, before, _)), Some((own, key))) if *before != own => problems.add(format!(
                        "`populations.{name}.{key}`: {} \"{own}\" here and \"{before}\" in `{other}`, but one setting of a simulator is for all nodes",
                        if key == "model" { "a spike" } else { "is" }
                    )),
                    _ => {}
                }
            }
        }
        problems.check()?;
        let [discretization, reset] = first;
        let step = glif_core::error::Number(self.description.step_time);
        let mut told = vec![format!("NIR has no step: this one is {step} ms (--step-time)")];
        told.extend(
            discretization.map(|(_, of, _)| format!("NIR has no discretization: this one is {of} (--discretization)")),
        );
        told.extend(reset.map(|(_, of, _)| {
            let option = if of.starts_with("takes") { "subtract" } else { "zero" };
            format!("NIR has no kind of reset: a spike {of} (--reset {option})")
        }));
        if self.members.iter().any(|member| matches!(member, Member::Neurons(Cells { kind: "IF", .. }))) {
            told.push("an input of 1 adds r to a membrane of IF in a step (--if-input step)".to_owned());
        }
        if self.description.scalar != NumberFormat::F64 {
            let scalar = self.description.scalar;
            told.push(format!(
                "NIR has no number format: this one is {scalar} (--scalar), and weights are as it has them"
            ));
        }
        told.into_iter().for_each(|sentence| self.report.tell(Topic::Assumed, sentence));
        Ok(())
    }

    /// Makes the weights of each projection, one array for each delay.
    fn projections(&mut self) -> Result<(), DescriptionErrors> {
        let plain = self.plain()?;
        let mut problems = Problems::default();
        let mut values = 0_usize;
        for (number, projection) in self.description.projections.iter().enumerate() {
            let find = |name: &str| self.description.populations.iter().position(|(other, _)| other == name);
            let (Some(from), Some(to)) = (find(&projection.from), find(&projection.to)) else { continue };
            let mut refuse = |problem: &str| problems.add(named(number, projection, problem));
            if matches!(&self.members[from], Member::Neurons(cells) if cells.spike.is_none()) {
                refuse("`from`: a node LI sends its membrane, but these neurons send nothing");
                continue;
            }
            let Member::Neurons(cells) = &self.members[to] else { continue };
            let Some(gain) = cells.gain(&projection.synapse) else {
                refuse(&format!(
                    "`synapse` = \"{}\": the input of a node {} is not that",
                    projection.synapse, cells.kind
                ));
                continue;
            };
            let (sources, targets) = (self.neurons(from), self.neurons(to));
            let mut parts: BTreeMap<Option<u8>, Vec<f64>> = BTreeMap::new();
            let mut full = false;
            let mut part = |delay: Option<u8>, parts: &mut BTreeMap<Option<u8>, Vec<f64>>| {
                if parts.contains_key(&delay) || full {
                    return;
                }
                let pairs = sources.checked_mul(targets).filter(|pairs| {
                    values = values.saturating_add(*pairs);
                    values <= NIR_VALUES
                });
                match pairs.and_then(|pairs| memory::filled(0.0, pairs)) {
                    Some(zeros) => _ = parts.insert(delay, zeros),
                    None => full = true,
                }
            };
            plain.visit_connections(number, |of| {
                part(Some(of.delay_steps), &mut parts);
                let weight = match self.description.scalar {
                    NumberFormat::F32 => f64::from(of.weight as f32),
                    _ => of.weight,
                };
                if let Some(weights) = parts.get_mut(&Some(of.delay_steps)) {
                    weights[of.target * sources + of.source] += weight * gain[of.target];
                }
            });
            if parts.is_empty() {
                part(None, &mut parts);
            }
            if full {
                refuse(&format!(
                    "`weights`: NIR has a weight for each pair and each delay: more than {NIR_VALUES} in all, or than memory"
                ));
                continue;
            }
            if parts.values().flatten().any(|weight| !weight.is_finite()) {
                refuse("`weights`: a weight overflows");
                continue;
            }
            for (delay, weights) in parts {
                self.edges.push(Edge { projection: number, from, to, delay, weights });
            }
        }
        problems.check()
    }

    /// Builds the network whose weights are as the description has them: without the factors of normalized synapses, and
    /// without the range of fixed point.
    fn plain(&self) -> Result<Network, DescriptionErrors> {
        let mut plain = self.description.clone();
        plain.scalar = NumberFormat::F64;
        plain.rounding = RoundingMode::Nearest;
        for (_, kind) in &mut plain.populations {
            if let PopulationKind::Neurons { synapses, .. } = kind {
                synapses.iter_mut().for_each(|(_, synapse)| synapse.normalized = false);
            }
        }
        plain.build()
    }

    /// Chooses which populations an output shows.
    ///
    /// Every population is before one, and the search for late edges begins there. An edge without delay must not be late,
    /// and where that fails another population is the first to be shown.
    fn outputs(&self, names: &[String]) -> Result<Outputs, DescriptionErrors> {
        let is_neurons = |member: &usize| matches!(self.members[*member], Member::Neurons(_));
        let neurons: Vec<usize> = (0..self.members.len()).rev().filter(is_neurons).collect();
        let mut before: Vec<Vec<usize>> = vec![Vec::new(); self.members.len()];
        self.edges.iter().for_each(|edge| before[edge.to].push(edge.from));
        let mut wrong = None;
        for first in [None].into_iter().chain(neurons.iter().copied().map(Some)) {
            let mut reached = vec![false; self.members.len()];
            let mut members = Vec::new();
            for member in first.into_iter().chain(neurons.iter().copied()) {
                let is_shown = matches!(&self.members[member], Member::Neurons(cells) if cells.spike.is_none());
                if reached[member] && (!is_shown || members.contains(&member)) {
                    continue;
                }
                members.push(member);
                let mut path = vec![member];
                while let Some(member) = path.pop() {
                    if !std::mem::replace(&mut reached[member], true) {
                        path.extend(&before[member]);
                    }
                }
            }
            // In the order of the steps, after the first.
            members[usize::from(first.is_some())..].sort_unstable();
            let late = self.late(names, &members);
            let conflict = self.edges.iter().zip(&late).find(|(edge, late)| **late && edge.delay == Some(0));
            match conflict {
                None => return Ok(Outputs { members, late }),
                Some((edge, _)) => wrong = wrong.or(Some(edge.projection)),
            }
        }
        let number = wrong.unwrap_or(0);
        let told = "`delay` = 0 ms: an edge that closes a circle acts one step later in NIR, and for every choice of outputs this one or another without delay does\nhelp: use a delay of one step";
        Err(one(named(number, &self.description.projections[number], told)))
    }

    /// Returns which edges are late with outputs after these populations.
    fn late(&self, names: &[String], shown: &[usize]) -> Vec<bool> {
        let members = self.members.len();
        let outputs = output_names(shown.len());
        let all = names.iter().map(|name| (&name[..], false));
        let nodes: Vec<(&str, bool)> = all.chain(outputs.iter().map(|name| (&name[..], true))).collect();
        let weights = self.edges.iter().enumerate().map(|(at, edge)| (edge.from, members + at));
        let after = self.edges.iter().enumerate().map(|(at, edge)| (members + at, edge.to));
        let ends = shown.iter().enumerate().map(|(at, member)| (*member, names.len() + at));
        let edges: Vec<(usize, usize)> = weights.chain(after).chain(ends).collect();
        order::order(&nodes, &edges).late[..self.edges.len()].to_vec()
    }

    /// Writes the graph.
    fn write(mut self) -> Result<Exported, DescriptionErrors> {
        let mut given = Names::default();
        let mut names: Vec<String> = self.description.populations.iter().map(|(name, _)| given.give(name)).collect();
        for edge in &self.edges {
            names.push(given.give(&format!("{}_to_{}", self.name(edge.from), self.name(edge.to))));
        }
        let Outputs { members: shown, late } = self.outputs(&names)?;
        let mut nodes = Vec::new();
        let mut edges = Vec::new();
        let list = |values: Vec<f64>| Numbers { shape: vec![values.len()], values };
        let width = |neurons: usize| Numbers { shape: vec![1], values: vec![neurons as f64] };
        let biases = self.biases(&late);
        for (member, name) in names.iter().enumerate().take(self.members.len()) {
            let (kind, fields) = match &mut self.members[member] {
                Member::Input => ("Input", Vec::new()),
                Member::Neurons(cells) => (cells.kind, std::mem::take(&mut cells.fields)),
            };
            let mut fields: Vec<(&str, Numbers)> = fields.into_iter().map(|(field, of)| (field, list(of))).collect();
            if fields.is_empty() {
                fields.push(("shape", width(self.neurons(member))));
            }
            nodes.push(Node { name: name.clone(), kind, fields });
        }
        let mut delays = Vec::new();
        for (at, edge) in std::mem::take(&mut self.edges).into_iter().enumerate() {
            let (sources, targets) = (self.neurons(edge.from), self.neurons(edge.to));
            let number = self.members.len() + at;
            let mut fields = vec![("weight", Numbers { shape: vec![targets, sources], values: edge.weights })];
            let bias = biases.get(&at).cloned();
            let kind = if bias.is_some() { "Affine" } else { "Linear" };
            fields.splice(0..0, bias.map(|bias| ("bias", list(bias))));
            let steps = edge.delay.map_or(0, |delay| delay - u8::from(late[at]));
            let [from, to] = [edge.from, edge.to].map(|member| self.name(member).to_owned());
            let mut told = format!("from `{from}` to `{to}` -> node `{}` of type {kind}", names[number]);
            if steps > 0 {
                told += &format!(" behind a Delay of {}", counted(steps.into(), "step"));
            }
            if late[at] {
                told += ", on a circle, which adds a step";
            }
            self.report.tell(Topic::Folded, told);
            nodes.push(Node { name: names[number].clone(), kind, fields });
            edges.push((number, edge.to));
            match steps {
                0 => edges.push((edge.from, number)),
                steps => {
                    let time = f64::from(steps) * self.description.step_time / MS;
                    delays.push((edge.from, number, list(vec![time; sources])));
                }
            }
        }
        for (name, member) in output_names(shown.len()).into_iter().zip(shown) {
            // The search for late edges takes outputs by their names.
            let name = given.give(&name);
            self.report
                .tell(Topic::Population, format!("`{}` is before node `{name}` of type Output", self.name(member)));
            edges.push((member, nodes.len()));
            nodes.push(Node { name, kind: "Output", fields: vec![("shape", width(self.neurons(member)))] });
        }
        for (from, to, delay) in delays {
            let name = given.give(&format!("{}_delay", nodes[to].name));
            edges.extend([(from, nodes.len()), (nodes.len(), to)]);
            nodes.push(Node { name, kind: "Delay", fields: vec![("delay", delay)] });
        }
        if nodes.len() > NIR_NODES {
            return Err(one(format!(
                "the graph has {}, but at most {NIR_NODES} are supported",
                counted(nodes.len(), "node")
            )));
        }
        let bytes =
            writer::write(&nodes, &edges).map_err(|error| one(format!("cannot be written as HDF5: {error}")))?;
        Ok(Exported { bytes, report: self.report })
    }

    /// Returns which edge has the bias of each population, by the number of the edge: preferably one that is not late.
    fn biases(&mut self, late: &[bool]) -> BTreeMap<usize, Vec<f64>> {
        let mut biases = BTreeMap::new();
        for (member, of) in self.members.iter_mut().enumerate() {
            let Member::Neurons(Cells { bias, .. }) = of else { continue };
            let into = self.edges.iter().enumerate().filter(|(_, edge)| edge.to == member);
            let Some((at, _)) = into.min_by_key(|(at, _)| late[*at]) else { continue };
            biases.extend(bias.take().map(|bias| (at, bias)));
        }
        biases
    }
}

/// Returns the names of so many outputs, in ascending order.
fn output_names(count: usize) -> Vec<String> {
    match count {
        1 => vec!["output".to_owned()],
        _ => {
            let width = count.to_string().len();
            (1..=count).map(|number| format!("output_{number:0width$}")).collect()
        }
    }
}
