//! From the bytes of an HDF5 file to the nodes and edges that they hold.
//!
//! Every size is compared with a bound before anything of that size is read: a few damaged bytes can claim any shape.

use std::collections::BTreeMap;

use hdf5_pure::{DType, Dataset, Datatype, DatatypeByteOrder, File, Group, Layout, VlenStringReadOptions};

use super::error::{Problems, of_node, one, quoted};
use crate::description::toml::{DescriptionError, DescriptionErrors};
use crate::limits::{AXES, DEFLATE_RATIO, NIR_DEPTH, NIR_NODES, NIR_TEXT, NIR_VALUES, PRINTED};
use crate::memory;
use crate::output::counted;
use crate::text::printable;

/// What a graph file holds.
#[derive(Debug)]
pub(super) struct Content {
    /// Version of the library that wrote it.
    pub(super) version: Option<String>,
    /// The graph.
    pub(super) graph: GraphContent,
    /// What is in the file and has no meaning here, each in a sentence.
    pub(super) ignored: Vec<String>,
}

/// A graph, or one within another.
#[derive(Debug)]
pub(super) struct GraphContent {
    /// The nodes by name.
    pub(super) nodes: BTreeMap<String, NodeContent>,
    /// Names of the source and of the target of each edge.
    pub(super) edges: Vec<[String; 2]>,
}

/// A node.
#[derive(Debug)]
pub(super) enum NodeContent {
    /// A primitive.
    Primitive {
        /// Its type.
        kind: &'static str,
        /// Its fields by name.
        fields: Fields,
    },
    /// A graph.
    Graph(GraphContent),
}

/// The fields of a node by name.
pub(super) type Fields = BTreeMap<&'static str, Value>;

/// Value of a field.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Numbers, in C order of a shape.
    Numbers(Numbers),
    /// Text.
    Text(String),
}

/// Numbers in C order of a shape. All are finite.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Numbers {
    /// Number of values along each axis; none for a scalar.
    pub(super) shape: Vec<usize>,
    /// The values; never none.
    pub(super) values: Vec<f64>,
}

/// The type of a graph within a graph.
const GRAPH: &str = "NIRGraph";

/// The types of nodes, each with its fields.
const TYPES: [(&str, &[&str]); 19] = [
    ("Input", &["shape"]),
    ("Output", &["shape"]),
    ("Linear", &["weight"]),
    ("Affine", &["weight", "bias"]),
    ("Scale", &["scale"]),
    ("Flatten", &["input_type", "start_dim", "end_dim"]),
    ("Conv1d", &["input_shape", "weight", "stride", "padding", "dilation", "groups", "bias"]),
    ("Conv2d", &["input_shape", "weight", "stride", "padding", "dilation", "groups", "bias"]),
    ("SumPool2d", &["kernel_size", "stride", "padding"]),
    ("AvgPool2d", &["kernel_size", "stride", "padding"]),
    ("Delay", &["delay"]),
    ("Threshold", &["threshold"]),
    ("I", &["r"]),
    ("IF", &["r", "v_threshold", "v_reset"]),
    ("LI", &["tau", "r", "v_leak"]),
    ("LIF", &["tau", "r", "v_leak", "v_threshold", "v_reset"]),
    ("CubaLI", &["tau_syn", "tau_mem", "r", "v_leak", "w_in"]),
    ("CubaLIF", &["tau_syn", "tau_mem", "r", "v_leak", "v_threshold", "v_reset", "w_in"]),
    (GRAPH, &[]),
];

/// Reads a file.
///
/// # Errors
/// Returns what is wrong with it, or with each of its nodes.
pub(super) fn read(bytes: Vec<u8>) -> Result<Content, DescriptionErrors> {
    // A deflated byte expands to no more.
    let budget = (bytes.len() as u64).saturating_mul(DEFLATE_RATIO);
    let file = File::from_bytes(bytes).map_err(|error| one(damaged(&error)))?;
    let root = file.root();
    let mut reader = Reader { budget, nodes: 0, problems: Problems::default(), ignored: Vec::new() };
    let version = reader.version(&root);
    let graph = match root.group("node") {
        Ok(group) => reader.root(&group),
        Err(_) => {
            reader.problems.add("is an HDF5 file, but not a NIR graph: it has no group `node`");
            None
        }
    };
    let Reader { problems, ignored, .. } = reader;
    problems.check()?;
    graph
        .map(|graph| Content { version, graph, ignored })
        .ok_or_else(|| DescriptionErrors(Vec::<DescriptionError>::new()))
}

/// Says that HDF5 cannot be read.
fn damaged(error: &hdf5_pure::Error) -> String {
    let told = error.to_string();
    let help = if told.contains("data layout version: 5") {
        "\nhelp: write it again with libver=\"v110\" of h5py"
    } else {
        ""
    };
    format!("cannot be read as HDF5: {}{help}", printable(&told, PRINTED))
}

/// Returns whether a file holds all values of an array. A reader makes up those that were never written.
fn stored(dataset: &Dataset, shape: &[u64], bytes: u64) -> Result<bool, hdf5_pure::Error> {
    Ok(match dataset.layout()? {
        Layout::Compact { size } => size >= bytes,
        Layout::Contiguous { address, size } => address.is_some() && size >= bytes,
        Layout::Chunked { chunk_shape, .. } => {
            let parts = shape.iter().zip(&chunk_shape).map(|(length, part)| length.div_ceil((*part).max(1)));
            let needed = parts.fold(1_u64, u64::saturating_mul);
            chunk_shape.len() == shape.len() && dataset.chunks()?.len() as u64 >= needed
        }
        _ => false,
    })
}

/// Returns the function that reads a number of a type, if it is IEEE's of 16 bits.
fn half(of: &Datatype) -> Option<fn([u8; 2]) -> f64> {
    let Datatype::FloatingPoint { size: 2, byte_order, layout } = of else { return None };
    let is_ieee = (layout.exponent_size, layout.mantissa_size, layout.exponent_bias) == (5, 10, 15);
    match byte_order {
        DatatypeByteOrder::LittleEndian if is_ieee => Some(|bytes| half_to_f64(u16::from_le_bytes(bytes))),
        DatatypeByteOrder::BigEndian if is_ieee => Some(|bytes| half_to_f64(u16::from_be_bytes(bytes))),
        _ => None,
    }
}

/// Returns the value of a number in IEEE's 16 bits; exact.
fn half_to_f64(bits: u16) -> f64 {
    let (exponent, mantissa) = (i32::from(bits >> 10 & 31), f64::from(bits & 0x3ff) / 1024.0);
    let magnitude = match exponent {
        0 => mantissa * f64::powi(2.0, -14),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + mantissa) * f64::powi(2.0, exponent - 15),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

struct Reader {
    /// Bytes that may still be read.
    budget: u64,
    /// Nodes so far.
    nodes: usize,
    problems: Problems,
    ignored: Vec<String>,
}

impl Reader {
    /// Returns the version, and adds a note if the file has no version.
    fn version(&mut self, root: &Group) -> Option<String> {
        let version = root.dataset("version").ok().and_then(|of| self.text(&of).ok());
        if version.is_none() {
            self.ignored.push("the file names no version of NIR".to_owned());
        }
        version
    }

    /// Reads the whole graph.
    fn root(&mut self, group: &Group) -> Option<GraphContent> {
        match self.kind(group) {
            Ok(GRAPH) => self.graph(group, "", 0),
            Ok(kind) => {
                self.problems.add(format!("holds one node of type {kind}, but a graph is needed"));
                None
            }
            Err(problem) => {
                self.problems.add(format!("not a NIR graph: {problem}"));
                None
            }
        }
    }

    /// Reads a graph, whose name with those around it is `place`.
    fn graph(&mut self, group: &Group, place: &str, depth: usize) -> Option<GraphContent> {
        if depth > NIR_DEPTH {
            self.problems.node(place, format!("graphs within graphs go deeper than {NIR_DEPTH}"));
            return None;
        }
        let named = |problem: String| if place.is_empty() { problem } else { of_node(place, problem) };
        let within = match group.group("nodes") {
            Ok(within) => within,
            Err(error) => {
                self.problems.add(named(format!("has no group `nodes`: {}", damaged(&error))));
                return None;
            }
        };
        let edges = group.dataset("edges").map_err(|error| damaged(&error)).and_then(|of| self.edges(&of));
        let edges = self.problems.take(edges.map_err(|problem| named(format!("`edges`: {problem}"))));
        let members = match within.iter_groups() {
            Ok(members) => members,
            Err(error) => {
                self.problems.add(named(format!("`nodes`: {}", damaged(&error))));
                return None;
            }
        };
        let mut nodes = BTreeMap::new();
        for (name, member) in members {
            let path = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
            self.nodes += 1;
            if self.nodes > NIR_NODES {
                self.problems.add(format!("has more than {NIR_NODES} nodes"));
                return None;
            }
            if let Some(node) = self.node(&member, &path, depth) {
                nodes.insert(name, node);
            }
        }
        Some(GraphContent { nodes, edges: edges? })
    }

    fn node(&mut self, group: &Group, path: &str, depth: usize) -> Option<NodeContent> {
        let kind = self.kind(group).map_err(|problem| of_node(path, problem));
        let kind = self.problems.take(kind)?;
        if kind == GRAPH {
            return self.graph(group, path, depth + 1).map(NodeContent::Graph);
        }
        let known = TYPES.iter().find(|(name, _)| *name == kind).map_or(&[][..], |(_, fields)| fields);
        let members = match group.iter_datasets() {
            Ok(members) => members,
            Err(error) => {
                self.problems.node(path, damaged(&error));
                return None;
            }
        };
        let mut fields = Fields::new();
        for (name, dataset) in members {
            match known.iter().find(|field| **field == name) {
                Some(field) => {
                    let value = self.value(&dataset).map_err(|problem| of_node(path, format!("`{field}`: {problem}")));
                    fields.extend(self.problems.take(value).map(|value| (*field, value)));
                }
                None if name == "type" => {}
                None => self.ignored.push(of_node(path, format!("{}: not a field of {kind}", quoted(&name)))),
            }
        }
        Some(NodeContent::Primitive { kind, fields })
    }

    /// Returns the type of a node.
    fn kind(&mut self, group: &Group) -> Result<&'static str, String> {
        let told = "has no text `type`, which every node has\nhelp: a name of a node has no `/`";
        let kind = group.dataset("type").map_err(|_| told.to_owned()).and_then(|of| self.text(&of))?;
        TYPES.iter().map(|(name, _)| *name).find(|name| *name == kind).ok_or_else(|| {
            let known: Vec<&str> = TYPES.iter().map(|(name, _)| *name).collect();
            format!("`type` = \"{}\": unknown; glif knows {}", printable(&kind, PRINTED), known.join(", "))
        })
    }

    /// Returns the shape of an array, after a check that it is not too large. Takes its bytes off the budget.
    fn shape(&mut self, dataset: &Dataset) -> Result<Vec<usize>, String> {
        let shape = dataset.shape().map_err(|error| damaged(&error))?;
        let width = dataset.element_size().map_err(|error| damaged(&error))?.max(1);
        let lengths: Option<Vec<usize>> = shape.iter().map(|axis| usize::try_from(*axis).ok()).collect();
        let lengths = lengths.filter(|lengths| lengths.len() <= AXES);
        let count =
            lengths.as_ref().and_then(|lengths| lengths.iter().try_fold(1_usize, |all, axis| all.checked_mul(*axis)));
        let bytes = count.and_then(|count| (count as u64).checked_mul(width));
        let fits = count.zip(bytes).filter(|(count, bytes)| {
            *count <= NIR_VALUES && *bytes <= self.budget && memory::fits(*count as u128 * size_of::<f64>() as u128)
        });
        let (lengths, (count, bytes)) = lengths.zip(fits).ok_or_else(|| {
            let shape: Vec<String> = shape.iter().take(8).map(u64::to_string).collect();
            format!("has shape [{}]: more than the file can hold", shape.join(", "))
        })?;
        if count == 0 {
            return Err("has no values".to_owned());
        }
        self.budget -= bytes;
        if stored(dataset, &shape, bytes).map_err(|error| damaged(&error))? {
            Ok(lengths)
        } else {
            Err("has values that the file does not hold".to_owned())
        }
    }

    fn value(&mut self, dataset: &Dataset) -> Result<Value, String> {
        match dataset.dtype().map_err(|error| damaged(&error))? {
            DType::String | DType::VariableLengthString => self.text(dataset).map(Value::Text),
            _ => self.numbers(dataset).map(Value::Numbers),
        }
    }

    fn numbers(&mut self, dataset: &Dataset) -> Result<Numbers, String> {
        let shape = self.shape(dataset)?;
        let values = match dataset.dtype().map_err(|error| damaged(&error))? {
            DType::F32
            | DType::F64
            | DType::I8
            | DType::I16
            | DType::I32
            | DType::I64
            | DType::U8
            | DType::U16
            | DType::U32
            | DType::U64 => dataset.read_f64().map_err(|error| damaged(&error))?,
            other => {
                let read = if let DType::Other(of) = &other { half(of) } else { None };
                let value = read.ok_or_else(|| {
                    format!("is of type {}, but numbers are needed", printable(&other.to_string(), PRINTED))
                })?;
                let bytes = dataset.read_raw().map_err(|error| damaged(&error))?;
                bytes.as_chunks().0.iter().map(|bytes| value(*bytes)).collect()
            }
        };
        if Some(values.len()) != shape.iter().try_fold(1_usize, |all, axis| all.checked_mul(*axis)) {
            return Err(format!("has {}, which do not fill its shape", counted(values.len(), "value")));
        }
        match values.iter().position(|value| !value.is_finite()) {
            Some(at) => Err(format!("value {at} is {}: must be finite", values[at])),
            None => Ok(Numbers { shape, values }),
        }
    }

    /// Returns a text.
    fn text(&mut self, dataset: &Dataset) -> Result<String, String> {
        match &self.texts(dataset, 1)?[..] {
            [text] => Ok(text.clone()),
            texts => Err(format!("has {}, but one text is needed", counted(texts.len(), "text"))),
        }
    }

    fn texts(&mut self, dataset: &Dataset, most: usize) -> Result<Vec<String>, String> {
        let count = self.shape(dataset)?.iter().product::<usize>();
        if count > most {
            return Err(format!("has {}, but at most {most} are supported", counted(count, "text")));
        }
        match dataset.dtype().map_err(|error| damaged(&error))? {
            // Padded with zeros.
            DType::String => dataset
                .read_string()
                .map(|texts| texts.into_iter().map(|text| text.trim_end_matches('\0').to_owned()).collect()),
            DType::VariableLengthString => {
                let options = VlenStringReadOptions::new().with_max_elements(most).with_max_payload_bytes(NIR_TEXT);
                dataset.read_vlen_strings(options)
            }
            other => return Err(format!("is of type {}, but text is needed", printable(&other.to_string(), PRINTED))),
        }
        .map_err(|error| damaged(&error))
    }

    fn edges(&mut self, dataset: &Dataset) -> Result<Vec<[String; 2]>, String> {
        let shape = dataset.shape().map_err(|error| damaged(&error))?;
        if shape.first() == Some(&0) {
            return Ok(Vec::new());
        }
        match shape[..] {
            [_, 2] => {}
            _ => return Err("must have two names for each edge".to_owned()),
        }
        let mut names = self.texts(dataset, NIR_NODES * 16)?.into_iter();
        let mut edges = Vec::new();
        while let (Some(from), Some(to)) = (names.next(), names.next()) {
            edges.push([from, to]);
        }
        Ok(edges)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_16_bits() {
        for (bits, value) in [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_953_125),
            (0x7bff, 65504.0),
            (0x0001, 5.960_464_477_539_063e-8),
            (0x0400, 6.103_515_625e-5),
            (0x8000, 0.0),
            (0xfc00, f64::NEG_INFINITY),
        ] {
            assert_eq!(half_to_f64(bits), value, "{bits:#x}");
        }
        assert!(half_to_f64(0x7e00).is_nan());
    }
}
