//! Writing of network files.

use glif_core::spec::Parameter;
use toml::{Table, Value};

use crate::description::toml::own;
use crate::description::toml::written::whole;
use crate::description::toml::{DescriptionError, DescriptionErrors};
use crate::network::convolution::Convolution;
use crate::network::description::{
    Coupling, Delay, Drive, DriveKind, Exponential, NetworkDescription, NeuronValues, PopulationKind, Projection,
    Quantization, Scale,
};
use crate::network::matrix::{Topology, WeightValues, Weights};

use crate::own::{OwnParams, OwnValues};

/// Greatest number of values of an array that stands in the text of [`NetworkDescription::to_files`].
pub const INLINE: usize = 64;

/// The text of a network file, and the arrays that it names.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkFiles<'a> {
    /// The text.
    pub text: String,
    /// The arrays of the archive beside the file. There are none if the text has all values.
    pub arrays: Vec<NamedArray<'a>>,
}

/// An array of an archive.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedArray<'a> {
    /// The name, such as `projection0.weights.indptr`.
    pub name: String,
    /// Number of values along each axis, in C order.
    pub shape: Vec<usize>,
    /// The values.
    pub values: ArrayValues<'a>,
}

/// Values of an array.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ArrayValues<'a> {
    /// Weights in their type.
    Weights(&'a WeightValues),
    /// Indices of a sparse array.
    Indices(&'a [u32]),
    /// Delays, scales, or values of neurons.
    Numbers(&'a [f64]),
}

/// Takes the arrays of a network file.
pub(in crate::network) trait Outlet<'a> {
    /// Returns whether an array with this many values stands in the text, if it can stand there.
    fn is_inline(&self, values: usize) -> bool;
    /// Takes the parts of an array, which have the name of the array with a suffix, and returns the text that stands
    /// for it.
    fn take(&mut self, parts: Vec<NamedArray<'a>>, name: &str) -> String;
}

/// Puts arrays into an archive.
struct Archived<'a> {
    archive: String,
    arrays: Vec<NamedArray<'a>>,
}

impl<'a> Outlet<'a> for Archived<'a> {
    fn is_inline(&self, values: usize) -> bool {
        values <= INLINE
    }

    fn take(&mut self, parts: Vec<NamedArray<'a>>, name: &str) -> String {
        self.arrays.extend(parts);
        format!("{}:{name}", self.archive)
    }
}

/// Has no place for arrays beside the text.
#[derive(Default)]
struct TextOnly {
    refused: Vec<String>,
}

impl<'a> Outlet<'a> for TextOnly {
    fn is_inline(&self, _: usize) -> bool {
        true
    }

    fn take(&mut self, _: Vec<NamedArray<'a>>, name: &str) -> String {
        self.refused.push(name.to_owned());
        String::new()
    }
}

impl NetworkDescription {
    /// Returns the network file that describes it, with every key.
    ///
    /// [`from_toml`](Self::from_toml) returns the same description. It has the step time, the number format and the
    /// rounding of the network in every population, as a built network has. A whole number beyond [`i64::MAX`] is
    /// written as text, which is refused when it is read.
    ///
    /// ```
    /// use glif::network::NetworkDescription;
    /// use glif::{Description, LifParams, Spec};
    ///
    /// let params = LifParams {
    ///     step_time: 0.5, rest_v: -65.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 10.0, resistance: 40.0,
    /// };
    /// let mut description = NetworkDescription::new(0.5); // ms
    /// let exc = description.add("exc", Description::new(Spec::new(params), &[2]))?;
    /// description.connect(&exc, &exc).dense(vec![0.0, 0.1, 0.2, 0.0]); // nA
    /// let text = description.to_toml()?;
    /// assert!(text.contains("weights = [[0.0, 0.1], [0.2, 0.0]]"));
    /// assert_eq!(NetworkDescription::from_toml(&text)?, description);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error for each projection whose weights cannot stand in the text: sparse arrays, and types other than
    /// f64, and i32 with a scale. [`to_files`](Self::to_files) writes all of them.
    pub fn to_toml(&self) -> Result<String, DescriptionErrors> {
        let mut outlet = TextOnly::default();
        let text = text(&self.to_table(&mut outlet));
        let told = |name: String| {
            DescriptionError(format!(
                "`{name}`: sparse weights, and weights of this type, cannot stand in the text of a network file\nhelp: use `to_files`"
            ))
        };
        if outlet.refused.is_empty() {
            Ok(text)
        } else {
            Err(DescriptionErrors(outlet.refused.into_iter().map(told).collect()))
        }
    }

    /// Returns the network file that describes it, with every key, and the arrays for an archive beside it. `archive` is
    /// the path of the archive relative to the file, such as `network.npz`.
    ///
    /// Arrays with more than [`INLINE`] values, sparse arrays, and weights whose type the text cannot express are in
    /// the archive. A description that is read from the text and then from the arrays
    /// ([`load_arrays`](Self::load_arrays)) is the same, as [`to_toml`](Self::to_toml) says.
    pub fn to_files(&self, archive: &str) -> NetworkFiles<'_> {
        let mut outlet = Archived { archive: archive.to_owned(), arrays: Vec::new() };
        let text = text(&self.to_table(&mut outlet));
        NetworkFiles { text, arrays: outlet.arrays }
    }

    /// Returns the entries of the network file.
    pub(in crate::network) fn to_table<'a>(&'a self, outlet: &mut impl Outlet<'a>) -> Table {
        let Self { step_time, scalar, rounding, seed, populations, projections } = self;
        let mut tables = Table::new();
        for (name, kind) in populations {
            tables.insert(name.clone(), Value::Table(population(name, kind, outlet)));
        }
        let shape_of = |name: &str| self.population(name).map_or(&[][..], PopulationKind::shape);
        let lists = projections.iter().enumerate().map(|(number, projection)| {
            let shapes = (shape_of(&projection.to), shape_of(&projection.from));
            Value::Table(self::projection(number, projection, shapes, outlet))
        });
        let lists: Vec<Value> = lists.collect();
        let mut table = Table::new();
        put(&mut table, "step_time", *step_time);
        put(&mut table, "scalar", scalar.name());
        put(&mut table, "rounding", rounding.name());
        put(&mut table, "seed", whole(*seed));
        put(&mut table, "populations", tables);
        put(&mut table, "projections", lists);
        table
    }
}

fn text(table: &Table) -> String {
    toml::to_string(table).unwrap_or_default()
}

fn put(table: &mut Table, key: &str, value: impl Into<Value>) {
    table.insert(key.to_owned(), value.into());
}

/// Returns an array for the archive that has no parts.
fn single<'a>(name: &str, shape: Vec<usize>, values: ArrayValues<'a>) -> Vec<NamedArray<'a>> {
    vec![NamedArray { name: name.to_owned(), shape, values }]
}

fn shape(lengths: &[usize]) -> Value {
    lengths.iter().map(|length| whole(*length as u64)).collect::<Vec<_>>().into()
}

/// Returns the number of neurons; 0 if it is beyond any memory.
fn count(shape: &[usize]) -> usize {
    shape.iter().try_fold(1_usize, |cells, axis| cells.checked_mul(*axis)).unwrap_or(0)
}

fn population<'a>(name: &str, kind: &'a PopulationKind, outlet: &mut impl Outlet<'a>) -> Table {
    match kind {
        PopulationKind::Input(input) => {
            let mut table = Table::new();
            put(&mut table, "model", "input");
            put(&mut table, "shape", shape(&input.shape));
            table
        }
        PopulationKind::Neurons { description, synapses, drives } => {
            let mut own = OwnParams::default();
            for (parameter, values) in description.own.iter() {
                own.set(parameter, detached(name, parameter, values, &description.shape, outlet));
            }
            let mut table = description.table_with(own);
            // All populations share them.
            for key in ["scalar", "rounding"] {
                table.remove(key);
            }
            if let Some(Value::Table(params)) = table.get_mut("params") {
                params.remove(Parameter::StepTime.name());
            }
            let mut tables = Table::new();
            for (own, synapse) in synapses {
                let place = format!("{name}.synapses.{own}");
                tables.insert(own.clone(), Value::Table(exponential(&place, synapse, &description.shape, outlet)));
            }
            if !tables.is_empty() {
                put(&mut table, "synapses", tables);
            }
            let drives = drives.iter().enumerate().map(|(number, drive)| {
                Value::Table(self::drive(&format!("{name}.drive{number}"), drive, &description.shape, outlet))
            });
            let drives: Vec<Value> = drives.collect();
            if !drives.is_empty() {
                put(&mut table, "drive", drives);
            }
            table
        }
    }
}

/// Returns own values with the text that stands for them if they are a list beside the text.
fn detached<'a>(
    population: &str,
    parameter: Parameter,
    values: &'a OwnValues,
    shape: &[usize],
    outlet: &mut impl Outlet<'a>,
) -> OwnValues {
    let OwnValues::Each(list) = values else { return values.clone() };
    let neurons = count(shape);
    let width = list.len().checked_div(neurons).unwrap_or(0);
    if outlet.is_inline(list.len()) || width * neurons != list.len() {
        return values.clone();
    }
    let name = format!("{population}.{parameter}");
    // The last axis is that of the components, which the shape of a number does not have.
    let shape = shape.iter().copied().chain(parameter.is_list().then_some(width)).collect();
    OwnValues::Array(outlet.take(single(&name, shape, ArrayValues::Numbers(list)), &name))
}

/// Returns a number of each neuron, or that of all.
fn numbers<'a>(place: &str, values: &'a NeuronValues, shape: &[usize], outlet: &mut impl Outlet<'a>) -> Value {
    match values {
        NeuronValues::Shared(value) => Value::from(*value),
        NeuronValues::Own(OwnValues::Each(list)) if list.len() == count(shape) && !outlet.is_inline(list.len()) => {
            let array = outlet.take(single(place, shape.to_vec(), ArrayValues::Numbers(list)), place);
            own::written(false, &OwnValues::Array(array), 0)
        }
        NeuronValues::Own(values) => own::written(false, values, 0),
    }
}

fn exponential<'a>(place: &str, synapse: &'a Exponential, shape: &[usize], outlet: &mut impl Outlet<'a>) -> Table {
    let Exponential { tau, coupling, normalized, discretization } = synapse;
    let mut table = Table::new();
    put(&mut table, "kind", "exponential");
    put(&mut table, "tau", numbers(&format!("{place}.tau"), tau, shape, outlet));
    let coupling = match coupling {
        Coupling::Held => "held",
        Coupling::Exact => "exact",
    };
    put(&mut table, "coupling", coupling);
    put(&mut table, "normalized", *normalized);
    put(&mut table, "discretization", discretization.name());
    table
}

fn drive<'a>(place: &str, drive: &'a Drive, shape: &[usize], outlet: &mut impl Outlet<'a>) -> Table {
    let mut of = |key: &str, values: &'a NeuronValues| numbers(&format!("{place}.{key}"), values, shape, outlet);
    let (key, value) = match &drive.kind {
        DriveKind::Constant { value } => ("constant", of("constant", value)),
        DriveKind::Step { before, after, onset } => {
            ("step", vec![of("before", before), of("after", after), Value::from(*onset)].into())
        }
        DriveKind::Noise { mean, deviation } => ("noise", vec![of("mean", mean), of("deviation", deviation)].into()),
        DriveKind::Poisson { rate, weight } => {
            let mut poisson = Table::new();
            put(&mut poisson, "rate", of("rate", rate));
            put(&mut poisson, "weight", of("weight", weight));
            ("poisson", poisson.into())
        }
    };
    let mut table = Table::new();
    put(&mut table, key, value);
    if let Some(synapse) = &drive.synapse {
        put(&mut table, "synapse", synapse.as_str());
    }
    table
}

fn projection<'a>(
    number: usize,
    projection: &'a Projection,
    (to_shape, from_shape): (&[usize], &[usize]),
    outlet: &mut impl Outlet<'a>,
) -> Table {
    let Projection { from, to, synapse, weights, scale, quantize, delay } = projection;
    let place = format!("projection{number}");
    let (targets, sources) = (count(to_shape), count(from_shape));
    let mut table = Table::new();
    put(&mut table, "from", from.as_str());
    put(&mut table, "to", to.as_str());
    put(&mut table, "synapse", synapse.as_str());
    let name = format!("{place}.weights");
    put(&mut table, "weights", self::weights(&name, weights, (targets, sources), scale.is_some(), outlet));
    if let Weights::Convolution { convolution, .. } | Weights::ConvolutionFile { convolution, .. } = weights {
        put(&mut table, "convolution", self::convolution(convolution));
    }
    if let Some(scale) = scale {
        let scale = match scale {
            Scale::Shared(value) => Value::from(*value),
            Scale::File(array) => array.as_str().into(),
            Scale::Each(values) => list(&format!("{place}.scale"), vec![values.len()], values, outlet),
        };
        put(&mut table, "scale", scale);
    }
    if let Some(Quantization { bits, per_target }) = quantize {
        put(&mut table, "quantize", format!("i{bits}"));
        put(&mut table, "quantize_per", if *per_target { "target" } else { "projection" });
    }
    if let Some(delay) = delay {
        let delay = match delay {
            Delay::Shared(ms) => Value::from(*ms),
            Delay::File(array) => array.as_str().into(),
            Delay::Each(ms) => {
                let is_dense = matches!(weights, Weights::Dense(_)) && targets.checked_mul(sources) == Some(ms.len());
                let shape = if is_dense { vec![targets, sources] } else { vec![ms.len()] };
                list(&format!("{place}.delay"), shape, ms, outlet)
            }
        };
        put(&mut table, "delay", delay);
    }
    table
}

fn list<'a>(name: &str, shape: Vec<usize>, values: &'a [f64], outlet: &mut impl Outlet<'a>) -> Value {
    if outlet.is_inline(values.len()) {
        values.to_vec().into()
    } else {
        outlet.take(single(name, shape, ArrayValues::Numbers(values)), name).into()
    }
}

fn weights<'a>(
    name: &str,
    weights: &'a Weights,
    (targets, sources): (usize, usize),
    scaled: bool,
    outlet: &mut impl Outlet<'a>,
) -> Value {
    match weights {
        Weights::File(array) | Weights::ConvolutionFile { array, .. } => array.as_str().into(),
        Weights::Rule { value, topology } => rule(*value, topology),
        Weights::Convolution { values, shape, .. } => {
            let fills = shape.iter().try_fold(1_usize, |all, axis| all.checked_mul(*axis)) == Some(values.len());
            match cells(values, scaled, outlet).filter(|cells| fills && !cells.is_empty()) {
                // The last axis within that before it, and so on.
                Some(cells) => shape[1..]
                    .iter()
                    .rfold(cells, |cells, axis| cells.chunks(*axis).map(|row| Value::from(row.to_vec())).collect())
                    .into(),
                None => {
                    let shape = if fills { shape.to_vec() } else { vec![values.len()] };
                    outlet.take(single(name, shape, ArrayValues::Weights(values)), name).into()
                }
            }
        }
        Weights::Dense(values) => {
            let cells = cells(values, scaled, outlet);
            let fills = targets.checked_mul(sources) == Some(values.len()) && !values.is_empty();
            match cells {
                Some(cells) => {
                    let row = if fills { sources } else { cells.len().max(1) };
                    cells.chunks(row).map(|row| Value::from(row.to_vec())).collect::<Vec<_>>().into()
                }
                None => {
                    let shape = if fills { vec![targets, sources] } else { vec![values.len()] };
                    outlet.take(single(name, shape, ArrayValues::Weights(values)), name).into()
                }
            }
        }
        Weights::Sparse { indptr, indices, data } => {
            let part = |part: &str, length: usize, values: ArrayValues<'a>| NamedArray {
                name: format!("{name}.{part}"),
                shape: vec![length],
                values,
            };
            let parts = vec![
                part("indptr", indptr.len(), ArrayValues::Indices(indptr)),
                part("indices", indices.len(), ArrayValues::Indices(indices)),
                part("data", data.len(), ArrayValues::Weights(data)),
            ];
            outlet.take(parts, name).into()
        }
    }
}

/// Returns weights for the text; `None` if they are many or of a type that the text does not have.
fn cells<'a>(values: &WeightValues, scaled: bool, outlet: &impl Outlet<'a>) -> Option<Vec<Value>> {
    match values {
        _ if !outlet.is_inline(values.len()) => None,
        WeightValues::F64(values) if !scaled => Some(values.iter().map(|value| Value::from(*value)).collect()),
        WeightValues::I32(values) if scaled => Some(values.iter().map(|value| Value::from(*value)).collect()),
        _ => None,
    }
}

fn convolution(of: &Convolution) -> Table {
    let Convolution { stride, padding, dilation, groups } = of;
    let mut table = Table::new();
    for (key, pair) in [("stride", stride), ("padding", padding), ("dilation", dilation)] {
        put(&mut table, key, shape(pair));
    }
    put(&mut table, "groups", whole(*groups as u64));
    table
}

fn rule(value: f64, topology: &Topology) -> Value {
    let mut table = Table::new();
    put(&mut table, "value", value);
    match *topology {
        Topology::AllToAll => {}
        Topology::OneToOne => put(&mut table, "one_to_one", true),
        Topology::Probability { probability, seed } => {
            put(&mut table, "probability", probability);
            put(&mut table, "seed", whole(seed));
        }
        Topology::InDegree { degree, seed } => {
            put(&mut table, "in_degree", whole(degree as u64));
            put(&mut table, "seed", whole(seed));
        }
    }
    table.into()
}
