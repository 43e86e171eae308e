//! Which edges act one step later, so that no circle is without delay, and in which order nodes make their steps.

use super::graph::Graph;
use super::node::Node;

/// The order of a graph.
#[derive(Debug)]
pub(super) struct Order {
    /// The nodes, each after its sources, those of late edges aside.
    pub(super) nodes: Vec<usize>,
    /// Whether an edge acts one step later, in the order of the edges.
    pub(super) late: Vec<bool>,
}

/// Finds the edges that close a circle.
///
/// The search goes depth first from the outputs, in alphabetical order, backwards; the sources of a node come in alphabetical
/// order. An edge from a node that is still being visited is late. What no output depends on comes last.
pub(super) fn order(graph: &Graph) -> Order {
    let name = |node: &usize| &graph.nodes[*node].0;
    let mut starts: Vec<usize> = (0..graph.nodes.len()).collect();
    starts.sort_by_key(|node| (!matches!(graph.nodes[*node].1, Node::Output(_)), name(node)));
    // The edges to each node.
    let mut edges: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes.len()];
    graph.edges.iter().enumerate().for_each(|(edge, (_, to))| edges[*to].push(edge));
    edges.iter_mut().for_each(|edges| edges.sort_by_key(|edge| name(&graph.edges[*edge].0)));
    let mut order = Order { nodes: Vec::new(), late: vec![false; graph.edges.len()] };
    let (mut visiting, mut visited) = (vec![false; graph.nodes.len()], vec![false; graph.nodes.len()]);
    for start in starts {
        if visited[start] {
            continue;
        }
        // A node, and how many of its edges are done. A list, as a recursion would exhaust the stack.
        let mut path = vec![(start, 0)];
        visiting[start] = true;
        while let Some((node, done)) = path.last_mut() {
            let Some(edge) = edges[*node].get(*done) else {
                (visiting[*node], visited[*node]) = (false, true);
                order.nodes.push(*node);
                path.pop();
                continue;
            };
            *done += 1;
            let source = graph.edges[*edge].0;
            if visiting[source] {
                order.late[*edge] = true;
            } else if !visited[source] {
                visiting[source] = true;
                path.push((source, 0));
            }
        }
    }
    order
}
