//! The nodes and edges of a graph, with the graphs within it unfolded.

use super::error::{Problems, of_node, quoted};
use super::file::{GraphContent, NodeContent};
use super::node::{Linear, Node};

/// A graph without graphs in it.
#[derive(Debug)]
pub(super) struct Graph {
    /// The nodes with their names: those of a graph in the graph have its name before theirs, with a dot between.
    pub(super) nodes: Vec<(String, Node)>,
    /// Source and target of each edge.
    pub(super) edges: Vec<(usize, usize)>,
    /// What was unfolded or added, each in a sentence.
    pub(super) notes: Vec<String>,
}

impl Graph {
    /// Makes the graph of what a file holds.
    pub(super) fn new(content: GraphContent, problems: &mut Problems) -> Self {
        let mut graph = Self { nodes: Vec::new(), edges: Vec::new(), notes: Vec::new() };
        graph.unfold(content, "", problems);
        graph.edges.sort_unstable();
        let before = graph.edges.len();
        graph.edges.dedup();
        if graph.edges.len() < before {
            graph.notes.push("edges that come more than once count once".to_owned());
        }
        graph.feed();
        graph
    }

    /// Returns the sources of each node.
    pub(super) fn sources(&self) -> Vec<Vec<usize>> {
        let mut sources = vec![Vec::new(); self.nodes.len()];
        self.edges.iter().for_each(|(from, to)| sources[*to].push(*from));
        sources
    }

    /// Adds an input before each linear node that has no source.
    fn feed(&mut self) {
        let sources = self.sources();
        for (node, _) in sources.iter().enumerate().filter(|(_, sources)| sources.is_empty()) {
            let (name, Node::Linear(linear)) = &self.nodes[node] else { continue };
            let Some(shape) = linear.fixed() else { continue };
            let input = format!("input_{name}");
            self.notes.push(format!(
                "node {} has no source: input {} is added before it",
                quoted(name),
                quoted(&input)
            ));
            self.edges.push((self.nodes.len(), node));
            self.nodes.push((input, Node::Input(shape)));
        }
    }

    /// Adds the nodes and edges of a graph, and returns its inputs and outputs.
    fn unfold(&mut self, content: GraphContent, place: &str, problems: &mut Problems) -> [Vec<usize>; 2] {
        // Where an edge to a name ends, and where one from it begins.
        let mut ends: Vec<(String, Vec<usize>, Vec<usize>)> = Vec::new();
        let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
        for (name, node) in content.nodes {
            let path = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
            match node {
                NodeContent::Graph(within) => {
                    let [into, out] = self.unfold(within, &path, problems);
                    for (of, what) in [(&into, "Input"), (&out, "Output")] {
                        if of.len() != 1 {
                            let problem = format!("a graph within a graph needs one {what}, but it has {}", of.len());
                            problems.node(&path, problem);
                        }
                    }
                    self.notes
                        .push(format!("graph {} is unfolded: its nodes have its name before theirs", quoted(&path)));
                    ends.push((name, into, out));
                }
                NodeContent::Primitive { kind, fields } => {
                    let node = match Node::new(kind, fields) {
                        Ok(node) => node,
                        Err(wrong) => {
                            wrong.into_iter().for_each(|problem| problems.node(&path, problem));
                            ends.push((name, Vec::new(), Vec::new()));
                            continue;
                        }
                    };
                    let own = self.nodes.len();
                    let node = match node {
                        Node::Input(shape) if !place.is_empty() => {
                            inputs.push(own);
                            Node::Linear(Linear::Identity(shape))
                        }
                        Node::Output(shape) if !place.is_empty() => {
                            outputs.push(own);
                            Node::Linear(Linear::Identity(shape))
                        }
                        node => node,
                    };
                    self.nodes.push((path, node));
                    ends.push((name, vec![own], vec![own]));
                }
            }
        }
        for [from, to] in content.edges {
            let find = |name: &str| ends.iter().find(|(other, ..)| other == name);
            let (Some((_, _, sources)), Some((_, targets, _))) = (find(&from), find(&to)) else {
                let missing = if find(&from).is_none() { &from } else { &to };
                let edge =
                    format!("`edges`: from {} to {}: there is no node {}", quoted(&from), quoted(&to), quoted(missing));
                problems.add(if place.is_empty() { edge } else { of_node(place, edge) });
                continue;
            };
            let pairs = sources.iter().flat_map(|from| targets.iter().map(move |to| (*from, *to)));
            self.edges.extend(pairs);
        }
        [inputs, outputs]
    }
}
