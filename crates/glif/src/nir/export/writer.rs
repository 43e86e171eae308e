//! From nodes and edges to the bytes of an HDF5 file, as `nir` 1.0.8 lays it out.

use hdf5_pure::{DatasetBuilder, FileBuilder};

use super::super::file::Numbers;

/// The version of `nir` whose files these are.
const VERSION: &str = "1.0.8";

/// A node.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) fields: Vec<(&'static str, Numbers)>,
}

/// Returns the file of a graph. `edges` has the numbers of the nodes.
///
/// Nodes and edges come in the order of their names, so that equal graphs have equal files.
pub(super) fn write(nodes: &[Node], edges: &[(usize, usize)]) -> Result<Vec<u8>, hdf5_pure::Error> {
    let mut file = FileBuilder::new();
    text(file.create_dataset("version"), VERSION);
    let mut graph = file.create_group("node");
    let mut names: Vec<[&str; 2]> =
        edges.iter().map(|(from, to)| [*from, *to].map(|node| &nodes[node].name[..])).collect();
    names.sort_unstable();
    graph.create_dataset("edges").with_vlen_strings(names.as_flattened()).with_shape(&[edges.len() as u64, 2]);
    let mut within = graph.create_group("nodes");
    let mut sorted: Vec<&Node> = nodes.iter().collect();
    sorted.sort_unstable_by_key(|node| &node.name);
    for Node { name, kind, fields } in sorted {
        let mut node = within.create_group(name);
        for (field, values) in fields {
            numbers(node.create_dataset(field), values, *field == "shape");
        }
        text(node.create_dataset("type"), kind);
        within.add_group(node.finish());
    }
    graph.add_group(within.finish());
    text(graph.create_dataset("type"), "NIRGraph");
    file.add_group(graph.finish());
    file.finish()
}

fn text(dataset: &mut DatasetBuilder, text: &str) {
    dataset.with_vlen_strings(&[text]).with_shape(&[]);
}

/// Writes an array: whole numbers in i64, others in f32 if that loses nothing, or in f64.
fn numbers(dataset: &mut DatasetBuilder, numbers: &Numbers, whole: bool) {
    let Numbers { shape, values } = numbers;
    if whole {
        dataset.with_i64_data(&values.iter().map(|value| *value as i64).collect::<Vec<i64>>());
    } else if values.iter().all(|value| f64::from(*value as f32) == *value) {
        dataset.with_f32_data(&values.iter().map(|value| *value as f32).collect::<Vec<f32>>());
    } else {
        dataset.with_f64_data(values);
    }
    dataset.with_shape(&shape.iter().map(|length| *length as u64).collect::<Vec<u64>>());
}
