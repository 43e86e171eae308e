//! Which edges act one step later, so that no circle is without delay, and in which order nodes make their steps.

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
///
/// `nodes` has the name of each node, and whether it is an output.
pub(super) fn order(nodes: &[(&str, bool)], all: &[(usize, usize)]) -> Order {
    let name = |node: &usize| nodes[*node].0;
    let mut starts: Vec<usize> = (0..nodes.len()).collect();
    starts.sort_by_key(|node| (!nodes[*node].1, name(node)));
    // The edges to each node.
    let mut edges: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    all.iter().enumerate().for_each(|(edge, (_, to))| edges[*to].push(edge));
    edges.iter_mut().for_each(|edges| edges.sort_by_key(|edge| name(&all[*edge].0)));
    let mut order = Order { nodes: Vec::new(), late: vec![false; all.len()] };
    let (mut visiting, mut visited) = (vec![false; nodes.len()], vec![false; nodes.len()]);
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
            let source = all[*edge].0;
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
