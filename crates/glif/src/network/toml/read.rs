//! Reading of network files.

mod drive;

use glif_core::spec::{Discretization, NumberFormat, RoundingMode};
use toml::{Table, Value};

use crate::Description;
use crate::description::toml::own;
use crate::description::toml::{DescriptionError, DescriptionErrors, Reader, named, of_type, unknown};
use crate::limits::PRINTED;
use crate::network::convolution::Convolution;
use crate::network::description::{
    Coupling, Delay, Exponential, InputPopulation, NetworkDescription, NeuronValues, PopulationKind, Projection,
    Quantization, Scale,
};
use crate::network::matrix::{Topology, WeightValues, Weights};
use crate::network::{build, route};
use crate::own::OwnValues;
use crate::text::{message, printable};

const KEYS: [&str; 6] = ["step_time", "scalar", "rounding", "seed", "populations", "projections"];
const PROJECTION: [&str; 9] =
    ["from", "to", "synapse", "weights", "convolution", "scale", "quantize", "quantize_per", "delay"];
const CONVOLUTION: [&str; 4] = ["stride", "padding", "dilation", "groups"];
const RULE: [&str; 5] = ["value", "probability", "in_degree", "one_to_one", "seed"];
const SYNAPSE: [&str; 5] = ["kind", "tau", "coupling", "normalized", "discretization"];
const INPUT: [&str; 2] = ["model", "shape"];

fn told(errors: Vec<String>) -> DescriptionErrors {
    DescriptionErrors(errors.into_iter().map(DescriptionError).collect())
}

/// Adds an error for each key of a table that is not known. `prefix` is its path.
fn refuse_unknown(prefix: &str, table: &Table, known: &[&str], errors: &mut Vec<String>) {
    for key in table.keys().filter(|key| !known.contains(&key.as_str())) {
        let shown = printable(key, PRINTED);
        errors.push(format!("`{prefix}{shown}`: {}", unknown(key, "key", known)));
    }
}

/// Parses the text of a network file.
pub(super) fn parse(text: &str) -> Result<NetworkDescription, DescriptionErrors> {
    let table: Table = toml::from_str(text).map_err(|error| told(vec![message(&error.to_string())]))?;
    let mut errors = Vec::new();
    refuse_unknown("", &table, &KEYS, &mut errors);
    let mut reader = Reader { table, errors };
    let step_time = reader.required("step_time", of_type::<f64>);
    let scalar = reader.read("scalar", named).unwrap_or(NumberFormat::F32);
    let rounding = reader.read("rounding", named).unwrap_or(RoundingMode::Nearest);
    let seed = reader.read("seed", of_type).unwrap_or(0);
    let tables = reader.required("populations", of_type::<Table>).unwrap_or_default();
    let lists = reader.read("projections", of_type::<Vec<Table>>).unwrap_or_default();
    let mut errors = reader.errors;
    // One error for a wrong step time, and not one for each population.
    let step_time = step_time.filter(|step_time| {
        let problem = build::wrong_step_time(*step_time);
        errors.extend(problem.clone());
        problem.is_none()
    });
    let mut description =
        NetworkDescription { scalar, rounding, seed, ..NetworkDescription::new(step_time.unwrap_or(1.0)) };
    for (name, value) in tables {
        match value {
            Value::Table(table) => match population(&name, table, &description) {
                Ok(kind) => description.populations.push((name, kind)),
                Err(problems) => errors.extend(problems),
            },
            _ => errors.push(format!("`populations.{}`: must be a table", printable(&name, PRINTED))),
        }
    }
    for (number, table) in lists.into_iter().enumerate() {
        match projection(number, table) {
            Ok((projection, rows)) => {
                errors.extend(rows.and_then(|rows| misshapen(&description, number, &projection, rows)));
                description.projections.push(projection);
            }
            Err(problems) => errors.extend(problems),
        }
    }
    if errors.is_empty() { Ok(description) } else { Err(told(errors)) }
}

/// Returns what is wrong with the numbers of rows and of columns of a list of weights, if the populations are known.
fn misshapen(
    network: &NetworkDescription,
    number: usize,
    projection: &Projection,
    (rows, columns): Size,
) -> Option<String> {
    let neurons = |name: &str| network.population(name)?.neurons();
    let (targets, sources) = neurons(&projection.to).zip(neurons(&projection.from))?;
    let of = format!("(`{}` to `{}`)", projection.from, projection.to);
    ((rows, columns) != (targets, sources)).then(|| {
        format!(
            "`projections[{number}].weights` {of}: has {rows} x {columns} weights, but {targets} x {sources} are \
             needed: a row for each target"
        )
    })
}

/// Reads a population. What all populations share is that of the network.
fn population(name: &str, mut table: Table, network: &NetworkDescription) -> Result<PopulationKind, Vec<String>> {
    let place = format!("populations.{}", printable(name, PRINTED));
    // Keys in messages have this path.
    let within = |problems: Vec<String>| -> Vec<String> {
        let one = |problem: String| match problem.strip_prefix('`') {
            Some(rest) => format!("`{place}.{rest}"),
            None => format!("`{place}`: {problem}"),
        };
        problems.into_iter().map(one).collect()
    };
    if table.get("model").and_then(Value::as_str) == Some("input") {
        let mut errors = Vec::new();
        refuse_unknown("", &table, &INPUT, &mut errors);
        let mut reader = Reader { table, errors };
        let shape = reader.required("shape", |key, value| {
            of_type(key, value).map(|length| vec![length]).or_else(|_| of_type(key, value))
        });
        return match shape.filter(|_| reader.errors.is_empty()) {
            Some(shape) => Ok(PopulationKind::Input(InputPopulation { shape })),
            None => Err(within(reader.errors)),
        };
    }
    let mut errors = Vec::new();
    for key in ["scalar", "rounding"] {
        if table.remove(key).is_some() {
            errors.push(format!("`{key}`: all populations share it; must be above the tables of populations"));
        }
    }
    let (synapses, drives) = (table.remove("synapses"), table.remove("drive"));
    table.insert("scalar".to_owned(), network.scalar.name().into());
    if let Some(Value::Table(params)) = table.get_mut("params")
        && params.insert("step_time".to_owned(), network.step_time.into()).is_some()
    {
        errors.push("`params.step_time`: all populations share it; must be above the tables of populations".to_owned());
    }
    let description = match Description::from_table(table) {
        Ok(description) => Some(description),
        Err(problems) => {
            errors.extend(problems.0.into_iter().map(|error| error.0));
            None
        }
    };
    let neurons = description.as_ref().map(|description| description.shape.iter().product());
    let mut read = Vec::new();
    match synapses {
        None => {}
        Some(Value::Table(tables)) => {
            for (own, value) in tables {
                let path = format!("synapses.{}", printable(&own, PRINTED));
                match value {
                    Value::Table(table) => match exponential(&path, table, neurons) {
                        Ok(synapse) => {
                            errors.extend(build::misnamed_synapse("synapses", &own, &read));
                            read.push((own, synapse));
                        }
                        Err(problems) => errors.extend(problems),
                    },
                    _ => errors.push(format!("`{path}`: must be a table")),
                }
            }
        }
        Some(_) => errors.push("`synapses`: must be a table of tables".to_owned()),
    }
    let drives = match drives {
        None => Vec::new(),
        Some(value) => drive::read(&value, neurons).unwrap_or_else(|problems| {
            errors.extend(problems);
            Vec::new()
        }),
    };
    match description.filter(|_| errors.is_empty()) {
        Some(description) => Ok(PopulationKind::Neurons { description: description.into(), synapses: read, drives }),
        None => Err(within(errors)),
    }
}

fn exponential(path: &str, table: Table, neurons: Option<usize>) -> Result<Exponential, Vec<String>> {
    let mut errors = Vec::new();
    let prefix = format!("{path}.");
    refuse_unknown(&prefix, &table, &SYNAPSE, &mut errors);
    match table.get("kind").map(Value::as_str) {
        Some(Some("exponential")) => {}
        found => {
            let found = found.flatten().map_or_else(String::new, |name| format!(" = \"{}\"", printable(name, PRINTED)));
            errors.push(format!("`{prefix}kind`{found}: must be \"exponential\"; `current` and `delta` need no table"));
        }
    }
    let coupling = match table.get("coupling").map(Value::as_str) {
        None | Some(Some("held")) => Coupling::Held,
        Some(Some("exact")) => Coupling::Exact,
        Some(_) => {
            errors.push(format!("`{prefix}coupling`: must be \"held\" or \"exact\""));
            Coupling::Held
        }
    };
    let normalized = match table.get("normalized") {
        None => false,
        Some(Value::Boolean(normalized)) => *normalized,
        Some(_) => {
            errors.push(format!("`{prefix}normalized`: must be true or false"));
            false
        }
    };
    let discretization = match table.get("discretization").map(|value| named("discretization", value)) {
        None => Discretization::Exact,
        Some(Ok(discretization)) => discretization,
        Some(Err(problem)) => {
            errors.push(format!("`{prefix}discretization`: {problem}"));
            Discretization::Exact
        }
    };
    let tau = match table.get("tau") {
        Some(Value::Table(own)) => match own::read(own::Place::number(format!("{prefix}tau"), "ms"), own, neurons) {
            Ok(read) => Some(NeuronValues::Own(read.values)),
            Err(problems) => {
                errors.extend(problems);
                None
            }
        },
        Some(value) => match number(value) {
            Some(tau) if tau > 0.0 && tau.is_finite() => Some(NeuronValues::Shared(tau)),
            _ => {
                let value = printable(&value.to_string(), PRINTED);
                errors.push(format!("`{prefix}tau` = {value}: must be a number above 0 (in ms), or a table"));
                None
            }
        },
        None => {
            errors.push(format!("`{prefix}tau`: missing"));
            None
        }
    };
    match tau.filter(|_| errors.is_empty()) {
        Some(tau) => Ok(Exponential { tau, coupling, normalized, discretization }),
        None => Err(errors),
    }
}

pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Float(number) => Some(*number),
        Value::Integer(number) => Some(*number as f64),
        _ => None,
    }
}

/// Numbers of rows and of columns of weights in a list.
type Size = (usize, usize);

/// Reads a projection, and the size of weights in a list.
fn projection(number: usize, table: Table) -> Result<(Projection, Option<Size>), Vec<String>> {
    let mut errors = Vec::new();
    refuse_unknown("", &table, &PROJECTION, &mut errors);
    let mut reader = Reader { table, errors };
    let from = reader.required("from", of_type::<String>);
    let to = reader.required("to", of_type::<String>);
    let synapse = reader.read("synapse", of_type::<String>).unwrap_or_else(|| "current".to_owned());
    let scale = reader.read("scale", |_, value| scale(value));
    let integers = scale.is_some();
    let convolution = reader.read("convolution", |_, value| convolution(value));
    let kernels = convolution.is_some() || reader.table.contains_key("convolution");
    let rows = reader.table.get("weights").filter(|_| !kernels).and_then(Value::as_array).map(|rows| {
        let first = rows.first().and_then(Value::as_array);
        (rows.len(), first.map_or(0, Vec::len))
    });
    let weights = reader.required("weights", |_, value| match kernels {
        true => kernel(value, integers, convolution.unwrap_or_default()),
        false => weights(value, integers),
    });
    let bits = reader.read("quantize", |_, value| match value.as_str() {
        Some("i8") => Ok(8),
        Some("i16") => Ok(16),
        _ => Err("must be \"i8\" or \"i16\"".to_owned()),
    });
    let per_target = reader.read("quantize_per", |_, value| match value.as_str() {
        Some("projection") => Ok(false),
        Some("target") => Ok(true),
        _ => Err("must be \"projection\" or \"target\"".to_owned()),
    });
    if per_target.is_some() && bits.is_none() {
        reader.errors.push("`quantize_per`: goes with `quantize`".to_owned());
    }
    let delay = reader.read("delay", |_, value| delay(value));
    let quantize = bits.map(|bits| Quantization { bits, per_target: per_target.unwrap_or(false) });
    match (from, to, weights) {
        (Some(from), Some(to), Some(weights)) if reader.errors.is_empty() => {
            Ok((Projection { from, to, synapse, weights, scale, quantize, delay }, rows))
        }
        _ => {
            let within = |problem: String| match problem.strip_prefix('`') {
                Some(rest) => format!("`projections[{number}].{rest}"),
                None => format!("`projections[{number}]`: {problem}"),
            };
            Err(reader.errors.into_iter().map(within).collect())
        }
    }
}

fn delay(value: &Value) -> Result<Delay, String> {
    match value {
        Value::String(name) => Some(Delay::File(name.clone())),
        Value::Array(list) => list.iter().map(number).collect::<Option<_>>().map(Delay::Each),
        value => number(value).map(Delay::Shared),
    }
    .ok_or_else(|| "must be a number (in ms), or an array in quotes such as \"weights.npz:name\"".to_owned())
}

fn scale(value: &Value) -> Result<Scale, String> {
    match value {
        Value::String(name) => Some(Scale::File(name.clone())),
        Value::Array(list) => list.iter().map(number).collect::<Option<_>>().map(Scale::Each),
        value => number(value).map(Scale::Shared),
    }
    .ok_or_else(|| "must be a number, a list with one for each target, or an array in quotes".to_owned())
}

/// Reads weights: an array in a file, a list for each target, or a rule.
fn weights(value: &Value, integers: bool) -> Result<Weights, String> {
    match value {
        Value::String(name) => Ok(Weights::File(name.clone())),
        Value::Array(rows) => {
            let wrong = || {
                "must be a list of lists of numbers: a row for each target, with a weight for each source".to_owned()
            };
            let rows: Option<Vec<&Vec<Value>>> = rows.iter().map(Value::as_array).collect();
            let rows = rows.ok_or_else(wrong)?;
            if rows.windows(2).any(|pair| pair[0].len() != pair[1].len()) {
                return Err("the rows must have as many weights as each other".to_owned());
            }
            let cells = rows.into_iter().flatten();
            let of_32_bits = || "with `scale`, the weights must be integers of 32 bits".to_owned();
            let told = || if integers { of_32_bits() } else { wrong() };
            list_values(cells, integers).map(Weights::Dense).ok_or_else(told)
        }
        Value::Table(table) => rule(table),
        _ => {
            Err("must be an array in quotes such as \"weights.npz:name\", a list for each target, or a table"
                .to_owned())
        }
    }
}

/// Reads how a kernel moves: numbers for the rows and the columns, or pairs.
fn convolution(value: &Value) -> Result<Convolution, String> {
    let table = value.as_table().ok_or("must be a table, such as { stride = 2, padding = 1 }")?;
    if let Some(key) = table.keys().find(|key| !CONVOLUTION.contains(&key.as_str())) {
        return Err(format!("`{}`: {}", printable(key, PRINTED), unknown(key, "key", &CONVOLUTION)));
    }
    let whole = |value: &Value| value.as_integer().and_then(|number| usize::try_from(number).ok());
    let pair = |key: &str, usual: [usize; 2]| match table.get(key) {
        None => Ok(usual),
        Some(value) => {
            let list = value.as_array().map(|list| list.iter().map(whole).collect::<Option<Vec<usize>>>());
            match list.unwrap_or_else(|| whole(value).map(|both| vec![both; 2])).as_deref() {
                Some([rows, columns]) => Ok([*rows, *columns]),
                _ => Err(format!("`{key}`: must be an integer of at least 0, or two: of rows and of columns")),
            }
        }
    };
    let usual = Convolution::default();
    let groups = match table.get("groups") {
        None => usual.groups,
        Some(value) => whole(value).ok_or("`groups`: must be an integer of at least 1")?,
    };
    Ok(Convolution {
        stride: pair("stride", usual.stride)?,
        padding: pair("padding", usual.padding)?,
        dilation: pair("dilation", usual.dilation)?,
        groups,
    })
}

/// Reads the weights of a kernel: an array in a file, or nested lists.
fn kernel(value: &Value, integers: bool, convolution: Convolution) -> Result<Weights, String> {
    let wrong = || {
        "with `convolution`, must be an array in quotes such as \"weights.npz:name\", or lists of the shape (channels of \
         the target, channels of the source in a group, rows, columns), or without rows"
            .to_owned()
    };
    if let Value::String(array) = value {
        return Ok(Weights::ConvolutionFile { array: array.clone(), convolution });
    }
    let (mut cells, mut lengths) = (vec![value], Vec::new());
    while let Some(Value::Array(first)) = cells.first() {
        lengths.push(first.len());
        let lists = cells.iter().map(|cell| cell.as_array().filter(|list| list.len() == first.len()));
        cells = lists.collect::<Option<Vec<_>>>().ok_or_else(wrong)?.into_iter().flatten().collect();
    }
    let shape = kernel_shape(&lengths).ok_or_else(wrong)?;
    let values = list_values(cells.into_iter(), integers).ok_or_else(|| match integers {
        true => "with `scale`, the weights must be integers of 32 bits".to_owned(),
        false => wrong(),
    })?;
    Ok(Weights::Convolution { values, shape, convolution })
}

/// Returns the shape of a kernel with rows; `None` if the array does not have the axes of one.
fn kernel_shape(lengths: &[usize]) -> Option<[usize; 4]> {
    match *lengths {
        [to, from, columns] => Some([to, from, 1, columns]),
        [to, from, rows, columns] => Some([to, from, rows, columns]),
        _ => None,
    }
}

/// Returns the values of lists: integers of 32 bits, or floats.
fn list_values<'a>(mut cells: impl Iterator<Item = &'a Value>, integers: bool) -> Option<WeightValues> {
    if integers {
        let whole = |value: &Value| i32::try_from(value.as_integer()?).ok();
        return cells.by_ref().map(whole).collect::<Option<Vec<i32>>>().map(WeightValues::from);
    }
    cells.map(number).collect::<Option<Vec<f64>>>().map(WeightValues::from)
}

fn rule(table: &Table) -> Result<Weights, String> {
    if let Some(key) = table.keys().find(|key| !RULE.contains(&key.as_str())) {
        return Err(format!("`{}`: {}", printable(key, PRINTED), unknown(key, "key", &RULE)));
    }
    let value = table.get("value").and_then(number).ok_or("`value`: must be a number, nA or mV")?;
    let seed = match table.get("seed") {
        None => 0,
        Some(seed) => seed
            .as_integer()
            .and_then(|seed| u64::try_from(seed).ok())
            .ok_or("`seed`: must be an integer of at least 0")?,
    };
    let topology = match ["probability", "in_degree", "one_to_one"].map(|key| table.get(key)) {
        [None, None, None] => Topology::AllToAll,
        [Some(probability), None, None] => {
            let probability = number(probability).ok_or("`probability`: must be a number, 0 to 1")?;
            Topology::Probability { probability, seed }
        }
        [None, Some(degree), None] => {
            let degree = degree.as_integer().and_then(|degree| usize::try_from(degree).ok());
            Topology::InDegree { degree: degree.ok_or("`in_degree`: must be an integer of at least 0")?, seed }
        }
        [None, None, Some(Value::Boolean(true))] => Topology::OneToOne,
        [None, None, Some(_)] => return Err("`one_to_one`: must be true".to_owned()),
        _ => return Err("must have only one of `probability`, `in_degree` and `one_to_one`".to_owned()),
    };
    let drawn = matches!(topology, Topology::Probability { .. } | Topology::InDegree { .. });
    if table.contains_key("seed") && !drawn {
        return Err("`seed`: goes with `probability` or `in_degree`".to_owned());
    }
    Ok(Weights::Rule { value, topology })
}

/// Weights from a file.
#[derive(Debug, Clone, PartialEq)]
pub enum LoadedWeights {
    /// An array with a weight for each pair.
    Dense {
        /// The shape: targets, then sources.
        shape: Vec<usize>,
        /// The weights in C order.
        values: WeightValues,
    },
    /// The parts of a sparse array.
    Sparse {
        /// As in [`Weights::Sparse`].
        indptr: Vec<u32>,
        /// As in [`Weights::Sparse`].
        indices: Vec<u32>,
        /// As in [`Weights::Sparse`].
        data: WeightValues,
    },
}

/// Reads the arrays that a network file names.
pub trait Loader {
    /// Reads weights, such as `weights.npz:exc_exc`: an array of that name, or the arrays `exc_exc.indptr`,
    /// `exc_exc.indices` and `exc_exc.data` of a sparse one.
    ///
    /// # Errors
    /// Returns what is wrong with the arrays.
    fn weights(&mut self, name: &str) -> Result<LoadedWeights, String>;
    /// Reads an array of numbers; returns its shape and its values in C order.
    ///
    /// # Errors
    /// Returns what is wrong with the array, or with its number of values, which is at most `most`.
    fn numbers(&mut self, name: &str, most: u128) -> Result<(Vec<usize>, Vec<f64>), String>;
}

impl NetworkDescription {
    /// Reads the arrays that the description names. The description has their values afterwards.
    ///
    /// # Errors
    /// Returns everything that is wrong, together. The description has not changed then.
    pub fn load_arrays(&mut self, loader: &mut impl Loader) -> Result<(), DescriptionErrors> {
        let mut errors = Vec::new();
        let mut loaded = self.clone();
        for (name, kind) in &mut loaded.populations {
            let PopulationKind::Neurons { description, synapses, drives } = kind else { continue };
            let neurons = description.shape.iter().map(|length| *length as u128).product::<u128>();
            let most = neurons.saturating_mul(crate::limits::COMPONENTS as u128);
            if let Err(problems) = description.load_arrays(|array| loader.numbers(array, most)) {
                errors.extend(problems.0.into_iter().map(|error| match error.0.strip_prefix('`') {
                    Some(rest) => format!("`populations.{name}.{rest}"),
                    None => format!("`populations.{name}`: {}", error.0),
                }));
            }
            for (own, synapse) in synapses {
                let NeuronValues::Own(OwnValues::Array(array)) = &synapse.tau else { continue };
                let place =
                    format!("`populations.{name}.synapses.{own}.tau`: the array `{}`", printable(array, PRINTED));
                match loader.numbers(array, most) {
                    Ok((shape, values)) if shape == description.shape => {
                        synapse.tau = NeuronValues::Own(OwnValues::Each(values));
                    }
                    Ok((shape, _)) => {
                        errors.push(format!("{place} has shape {shape:?}, but {:?} is needed", description.shape));
                    }
                    Err(problem) => errors.push(format!("{place}: {problem}")),
                }
            }
            for (number, drive) in drives.iter_mut().enumerate() {
                for (key, values) in drive.kind.values_mut() {
                    let NeuronValues::Own(OwnValues::Array(array)) = values else { continue };
                    let shown = printable(array, PRINTED);
                    let place = format!("`populations.{name}.drive[{number}].{key}`: the array `{shown}`");
                    match loader.numbers(array, most) {
                        Ok((shape, read)) if shape == description.shape => {
                            *values = NeuronValues::Own(OwnValues::Each(read));
                        }
                        Ok((shape, _)) => {
                            errors.push(format!("{place} has shape {shape:?}, but {:?} is needed", description.shape));
                        }
                        Err(problem) => errors.push(format!("{place}: {problem}")),
                    }
                }
            }
        }
        let shapes: Vec<(String, Vec<usize>)> =
            loaded.populations.iter().map(|(name, kind)| (name.clone(), kind.shape().to_vec())).collect();
        let shape_of = |name: &str| shapes.iter().find(|(other, _)| other == name).map(|(_, shape)| shape.clone());
        for (number, projection) in loaded.projections.iter_mut().enumerate() {
            let shapes = shape_of(&projection.to).zip(shape_of(&projection.from));
            if let Err(problem) = load_projection(projection, shapes, loader) {
                errors.push(route::named(number, projection, &problem));
            }
        }
        if !errors.is_empty() {
            return Err(told(errors));
        }
        *self = loaded;
        Ok(())
    }
}

/// Returns the shapes that an array with a value for each pair can have.
fn layouts(to: &[usize], from: &[usize]) -> Vec<Vec<usize>> {
    vec![vec![to.iter().product(), from.iter().product()], [to, from].concat()]
}

/// Reads the arrays of a projection between populations of two shapes, if they are known.
fn load_projection(
    projection: &mut Projection,
    shapes: Option<(Vec<usize>, Vec<usize>)>,
    loader: &mut impl Loader,
) -> Result<(), String> {
    let named = |name: &str| format!("the array `{}`", printable(name, PRINTED));
    if let Weights::ConvolutionFile { array, convolution } = &projection.weights {
        let told = |problem: String| format!("`weights`: {} {problem}", named(array));
        let needed =
            "but that of a kernel is (channels of the target, channels of the source in a group, rows, columns)";
        match loader.weights(array).map_err(|problem| format!("`weights`: {}: {problem}", named(array)))? {
            LoadedWeights::Sparse { .. } => return Err(told("is sparse, but a kernel is dense".to_owned())),
            LoadedWeights::Dense { shape, values } => {
                let shape = kernel_shape(&shape).ok_or_else(|| told(format!("has shape {shape:?}, {needed}")))?;
                projection.weights = Weights::Convolution { values, shape, convolution: *convolution };
            }
        }
    }
    if let Weights::File(name) = &projection.weights {
        projection.weights =
            match loader.weights(name).map_err(|problem| format!("`weights`: {}: {problem}", named(name)))? {
                LoadedWeights::Sparse { indptr, indices, data } => Weights::Sparse { indptr, indices, data },
                LoadedWeights::Dense { shape, values } => {
                    if let Some((to, from)) = &shapes {
                        let wanted = layouts(to, from);
                        if !wanted.contains(&shape) {
                            return Err(format!(
                                "`weights`: {} has shape {shape:?}, but {:?} is needed: targets, then sources",
                                named(name),
                                wanted[0]
                            ));
                        }
                    }
                    Weights::Dense(values)
                }
            };
    }
    let mut read = |key: &str, name: &str, wanted: &[Vec<usize>]| {
        let most = wanted.first().map_or(0, |shape| shape.iter().map(|length| *length as u128).product());
        let told = |problem: String| format!("`{key}`: {} {problem}", named(name));
        let (shape, values) =
            loader.numbers(name, most).map_err(|problem| format!("`{key}`: {}: {problem}", named(name)))?;
        match wanted.first() {
            Some(needed) if !wanted.contains(&shape) => {
                Err(told(format!("has shape {shape:?}, but {needed:?} is needed")))
            }
            _ => Ok(values),
        }
    };
    if let Some(Delay::File(name)) = &projection.delay {
        // The layout of the weights.
        let wanted = match (&projection.weights, &shapes) {
            (Weights::Dense(_), Some((to, from))) => layouts(to, from),
            (Weights::Sparse { data, .. }, _) => vec![vec![data.len()]],
            (Weights::Dense(values), None) => vec![vec![values.len()]],
            (Weights::Convolution { .. } | Weights::ConvolutionFile { .. }, _) => {
                return Err("`delay`: the connections of a convolution share one delay".to_owned());
            }
            (Weights::Rule { .. } | Weights::File(_), _) => {
                return Err("`delay`: an array of delays goes with arrays of weights".to_owned());
            }
        };
        projection.delay = Some(Delay::Each(read("delay", name, &wanted)?));
    }
    if let (Some(Scale::File(name)), Some((to, _))) = (&projection.scale, &shapes) {
        let wanted = match &projection.weights {
            // One for each channel.
            Weights::Convolution { shape, .. } => vec![vec![shape[0]]],
            _ => vec![vec![to.iter().product()], to.clone()],
        };
        projection.scale = Some(Scale::Each(read("scale", name, &wanted)?));
    }
    Ok(())
}
