//! Source of a population whose neurons have their own parameters: an array of each coefficient that varies, and a
//! value with those that all neurons share. Neurons that do not fire or do not leak have this form too.

use std::fmt::Debug;

use anyhow::{Context, Result, ensure};
use glif::description::Dialect;
use glif::{Description, NeuronParams, ParamErrors, Parameter, memory};
use glif_core::derive::initial;
use glif_core::levels::{DynReset, Levels};
use glif_core::own::{Column, OwnLayout, OwnSlices};
use glif_core::rounding::Rounding;
use glif_core::spec::{SpecVisitor, Stored};
use glif_core::{Derivation, Scalar};

use super::{Source, dynamic, expression, field, indented, list, usage};

/// Greatest number of bytes in the source of a value, with its share of a line.
const BYTES: u128 = 80;
/// Greatest width of a line of values.
const WIDTH: usize = 100;

/// Returns the source file. Draws are made now.
pub(super) fn source(source: Source<'_>) -> Result<String> {
    let description = source.description;
    // Refuses a neuron that does not fit the number format, as every command does.
    let population = description.build().with_context(|| format!("in {}", description.spec.scalar))?;
    let params = description.drawn()?;
    description.spec.visit(Own { source, params: &params, neurons: population.neurons() })
}

/// The work in the types of the number format and its rounding.
struct Own<'a> {
    source: Source<'a>,
    params: &'a NeuronParams,
    neurons: usize,
}

impl SpecVisitor for Own<'_> {
    type Output = Result<String>;

    fn visit<S: Stored, Q: Rounding>(mut self, rounding: Q) -> Self::Output {
        let spec = &self.source.description.spec;
        let derivation = || Derivation::new(spec.refractory).rounding(rounding);
        let (params, neurons) = (self.params, self.neurons);
        let (mut table, mut errors) = (params.of(0), ParamErrors::new());
        let mut report = |line| self.source.report.push(line);
        let derived = Levels::<S, Q>::derive(&table, derivation().report(&mut report), &mut errors);
        let Some((shared, _)) = derived else { return Err(errors.into()) };
        let layout = OwnLayout::<u64>::new::<S>(params.set(), &table, neurons);
        let words = layout.and_then(|layout| Some((layout, memory::filled(0_u64, layout.words())?)));
        let (layout, mut words) = words.context("the coefficients of every neuron do not fit in memory")?;
        let varying = if params.set().is_empty() { 0 } else { neurons };
        for neuron in 0..varying {
            params.write_to(neuron, &mut table);
            match Levels::<S, Q>::derive(&table, derivation(), &mut errors) {
                Some((of, _)) => layout.set(&mut words, neuron, &of, initial(table.initial_v(), of.base.rest)),
                None => {
                    errors.set_neuron(neuron);
                    return Err(errors.into());
                }
            }
        }
        let types = Types::new(self.source.description);
        let bytes = layout.bytes_per_neuron::<S>();
        let arrays = Arrays::of::<S>(&layout.slices(&words), &types, neurons)?;
        self.source.initial = spec.params.initial_v().and_then(S::voltage).map(|initial| format!("{initial:?}"));
        let fields = self.fields(&shared, &layout);
        Ok(self.whole(&types, &arrays, bytes, &fields))
    }
}

/// The types of the coefficients that vary, as Rust writes them.
struct Types {
    state: String,
    gain: String,
    decay: String,
    slope: String,
    weight: String,
    fixed: bool,
    /// What the array of resets has.
    reset: &'static str,
}

impl Types {
    fn new(description: &Description) -> Self {
        let format = description.spec.scalar;
        let (bits, fixed) = (8 * format.size(), format.is_fixed_point());
        let state = if fixed { format.name().to_uppercase() } else { format.name().to_owned() };
        let named = |name: &str| if fixed { format!("{name}{bits}") } else { state.clone() };
        Self {
            gain: named("OwnGain"),
            decay: named("OwnDecay"),
            slope: if fixed { "Slope".to_owned() } else { state.clone() },
            weight: named("Decay"),
            state,
            fixed,
            reset: match description.model().resets_linearly() {
                true => "Drop of the membrane at a spike, mV",
                false => "Potential after a spike, mV",
            },
        }
    }

    /// Formats a state.
    fn state<S: Scalar>(&self, value: &S) -> String {
        match self.fixed {
            true => format!("{}::from_bits({:?})", self.state, value.to_accumulator()),
            false => format!("{value:?}"),
        }
    }
}

/// The arrays of a population, as Rust.
struct Arrays {
    neurons: usize,
    /// Names of the arrays, which are those of the slices in capitals.
    names: Vec<&'static str>,
    text: String,
}

impl Arrays {
    fn of<S: Stored>(own: &OwnSlices<'_, S>, types: &Types, neurons: usize) -> Result<Self> {
        let lengths = [
            [own.rest.len(), own.gain.len(), own.decay.len(), own.threshold.len(), own.reset.len()],
            [own.slope.len(), own.refractory.len(), own.component_decay.len(), own.increment.len(), own.retain.len()],
            [
                own.weight.len(),
                own.voltage_decay.len(),
                own.voltage_gain.len(),
                own.voltage_drive.len(),
                own.initial.len(),
            ],
        ];
        let values: u128 = lengths.as_flattened().iter().map(|length| *length as u128).sum();
        ensure!(
            memory::fits(BYTES * values),
            "a source with {values} values of own coefficients does not fit in memory"
        );
        let mut arrays = Self { neurons, names: Vec::new(), text: String::new() };
        let state = |value: &S| types.state(value);
        arrays.add("rest", "Membrane potential at rest, mV", &types.state, own.rest, state);
        arrays.add("gain", "Membrane resistance", &types.gain, own.gain, literal);
        arrays.add("decay", "Decay factor of the membrane per step", &types.decay, own.decay, literal);
        arrays.add("threshold", "Threshold without adaptation, mV", &types.state, own.threshold, state);
        arrays.add("reset", types.reset, &types.state, own.reset, state);
        arrays.add("slope", "Slope of a linear reset", &types.slope, own.slope, literal);
        arrays.add("refractory", "Steps from a spike to the next possible one", "u16", own.refractory, literal);
        let name = "Decay factor of each component per step";
        arrays.add("component_decay", name, &types.decay, own.component_decay, literal);
        arrays.add("increment", "Growth of each component at a spike, mV or nA", &types.state, own.increment, state);
        arrays.add("retain", "Share of each component that a spike retains", &types.slope, own.retain, literal);
        arrays.add("weight", "Weight of each after-spike current", &types.weight, own.weight, literal);
        let name = "Decay factor of the threshold voltage per step";
        arrays.add("voltage_decay", name, &types.decay, own.voltage_decay, literal);
        let name = "Factor of the membrane's distance from its steady state in the threshold voltage";
        arrays.add("voltage_gain", name, &types.slope, own.voltage_gain, literal);
        arrays.add("voltage_drive", "Factor of R·i in the threshold voltage", &types.slope, own.voltage_drive, literal);
        arrays.add("initial", "Membrane potential at the beginning, mV", &types.state, own.initial, state);
        Ok(arrays)
    }

    /// Adds an array, unless all neurons share its coefficient.
    fn add<T>(&mut self, name: &'static str, told: &str, of: &str, values: &[T], shown: impl Fn(&T) -> String) {
        if values.is_empty() {
            return;
        }
        self.names.push(name);
        let components = values.len() / self.neurons;
        let length = if components == 1 { "NEURONS".to_owned() } else { format!("{components} * NEURONS") };
        self.text += &format!(
            "\n/// {told}, of each neuron.\n#[rustfmt::skip]\n#[allow(clippy::approx_constant, reason = \"as they were derived\")]\n\
             pub static {}: [{of}; {length}] = [\n",
            name.to_uppercase()
        );
        for (k, component) in values.chunks(self.neurons).enumerate() {
            if components > 1 {
                self.text += &format!("    // component {k}\n");
            }
            let mut width = 0;
            for value in component {
                let value = shown(value);
                let (before, after) = if width == 0 { ("    ", 4) } else { (" ", width + 1) };
                if width > 0 && after + value.len() > WIDTH {
                    self.text += "\n    ";
                    width = 4;
                } else {
                    self.text += before;
                    width = after;
                }
                self.text += &value;
                self.text += ",";
                width += value.len() + 1;
            }
            self.text += "\n";
        }
        self.text += "];\n";
    }
}

/// Formats a coefficient on one line.
fn literal<T: Debug>(value: &T) -> String {
    format!("{value:?}")
}

impl Own<'_> {
    /// Returns the fields of the coefficients that all neurons share, with notes.
    fn fields<S: Stored, Q: Rounding>(&self, of: &Levels<S, Q>, layout: &OwnLayout<u64>) -> String {
        let spec = &self.source.description.spec;
        let counts = of.counts();
        let note = |column: Column, array: &str, name: &str, index: Option<usize>| match layout.has(column) {
            true => format!("neuron 0; `{array}` has that of each"),
            false => self.source.note(name, index),
        };
        let notes = |column: Column, array: &str, names: [&str; 2]| -> Vec<String> {
            let [threshold, current] = names;
            let thresholds = (0..counts.thresholds).map(|k| note(column, array, threshold, Some(k)));
            thresholds.chain((0..counts.currents).map(|k| note(column, array, current, Some(k)))).collect()
        };
        let base = &of.base;
        let (fires, leaks) = (spec.model().fires(), of.leaks());
        let threshold = spec.model().threshold().map_or("no membrane exceeds it", Parameter::name);
        let (rest, decay) = match leaks {
            true => ("rest_v", "membrane decay"),
            false => ("unused: each membrane rests where it is", "of a membrane's distance from there, which is 0 mV"),
        };
        let dialect = format!("Dialect::{:?}", of.dialect());
        let strict = if fires { None } else { Some("a spike must exceed the threshold".to_owned()) };
        let lone = |name: &str, value: &dyn Debug, column: Column, parameter: &str| {
            field(name, &expression(value), &[note(column, &name.to_uppercase(), parameter, None)])
        };
        let thresholds = self.source.threshold_notes(note(Column::Threshold, "THRESHOLD", threshold, None));
        let (reset, told) = match &base.reset {
            DynReset::Fixed(reset) => {
                let told = vec![note(Column::Reset, "RESET", if fires { "reset_v" } else { "unused" }, None)];
                (format!("DynReset::Fixed({})", expression(reset)), told)
            }
            DynReset::Linear(reset) => {
                let drop = format!("drop: {}", note(Column::Reset, "RESET", "reset_v_add", None));
                let told = vec![drop, note(Column::Slope, "SLOPE", "reset_v_mul", None)];
                (format!("DynReset::Linear({})", expression(reset)), told)
            }
        };
        let listed = |name: &str, values: &[&dyn Debug], notes: &[String]| {
            field(name, &format!("&{}", list(values, notes)), notes)
        };
        let decays = notes(Column::ComponentDecay, "COMPONENT_DECAY", ["adaptation decay", "after-spike decay"]);
        let increments = notes(Column::Increment, "INCREMENT", ["spike_increment", "asc_amplitude"]);
        // Inferno's components have no shares.
        let inferno = spec.dialect() == Dialect::Inferno;
        let shares = match inferno {
            true => Vec::new(),
            false => notes(Column::Retain, "RETAIN", ["adaptation share", "after-spike share"]),
        };
        let retain = if inferno { &[] } else { of.retain() };
        let weights = (0..counts.currents).map(|k| note(Column::Weight, "WEIGHT", "after-spike weight", Some(k)));
        let weights: Vec<String> = weights.collect();
        let [voltage] = &base.dynamics.voltage;
        let voltage = match counts.voltages {
            0 => "    voltage: None,\n".to_owned(),
            _ => {
                let fields = [
                    lone_of(
                        "decay",
                        &voltage.decay,
                        note(Column::VoltageDecay, "VOLTAGE_DECAY", "voltage decay", None),
                    ),
                    lone_of("gain", &voltage.gain, note(Column::VoltageGain, "VOLTAGE_GAIN", "voltage gain", None)),
                    lone_of(
                        "drive",
                        &voltage.drive,
                        note(Column::VoltageDrive, "VOLTAGE_DRIVE", "voltage drive", None),
                    ),
                ];
                format!("    voltage: Some(ThresholdVoltage {{\n{}    }}),\n", indented(&fields.concat()))
            }
        };
        let refractory = note(Column::Refractory, "REFRACTORY", "", None);
        let refractory = match layout.has(Column::Refractory) {
            true => refractory,
            false => "steps from a spike to the next possible one".to_owned(),
        };
        [
            field("dialect", &dialect, strict.as_slice()),
            lone("rest", &base.rest, Column::Rest, rest),
            lone("gain", &base.gain, Column::Gain, "resistance"),
            lone("decay", &base.decay, Column::Decay, decay),
            field("threshold", &expression(&base.threshold), &thresholds),
            field("reset", &reset, &told),
            lone_of("refractory", &base.refractory, refractory),
            self.source.rounding(),
            listed("adaptation_decay", &dynamic(of.adaptation_decay()), &decays),
            listed("increment", &dynamic(of.increment()), &increments),
            listed("retain", &dynamic(retain), &shares),
            listed("weight", &dynamic(of.weight()), &weights),
            voltage,
        ]
        .concat()
    }

    /// Returns what a parameter is equal to: the values of all neurons as a range for each component.
    fn value(&self, parameter: Parameter) -> String {
        let Description { spec, own, .. } = self.source.description;
        let Some(how) = own.get(parameter) else {
            return match spec.params.get(parameter) {
                [value] => format!("{value} {}", parameter.unit()),
                values => format!("{values:?} {}", parameter.unit()),
            };
        };
        let values = self.params.values(parameter);
        let width = (values.len() / self.neurons).max(1);
        let ranges = (0..width).map(|k| {
            let of = || values.iter().skip(k).step_by(width).copied();
            format!("{} to {}", of().fold(f64::INFINITY, f64::min), of().fold(f64::NEG_INFINITY, f64::max))
        });
        let ranges: Vec<String> = ranges.collect();
        let ranges = if width == 1 { ranges.concat() } else { format!("[{}]", ranges.join(", ")) };
        let drawn = if how.is_drawn() { format!(", drawn with seed {}", spec.seed) } else { String::new() };
        format!("{} over the neurons{drawn}", format!("{ranges} {}", parameter.unit()).trim_end())
    }

    /// Returns the source file. `bytes` are those of the arrays for each neuron, `fields` those of the shared
    /// coefficients.
    fn whole(&self, types: &Types, arrays: &Arrays, bytes: usize, fields: &str) -> String {
        let Description { spec, shape, .. } = self.source.description;
        let (neurons, components) = (self.neurons, self.source.description.components());
        let head = self.source.head(|parameter| self.value(parameter));
        let scalar = &types.state;
        let policy = format!("{:?}", spec.rounding);
        let usage = usage("POPULATION.run(0, state.as_mut().widened(), &currents, FLAGS, at, &mut spikes)?;");
        let slices = arrays.names.iter().map(|name| format!("        {name}: &{},\n", name.to_uppercase()));
        let others = if arrays.names.len() < Column::ALL.len() { "        ..OwnSlices::SHARED\n" } else { "" };
        let varies = !arrays.names.is_empty();
        let own = match varies {
            true => format!(
                "own: OwnSlices {{\n        // the coefficients that vary from neuron to neuron\n{}{others}    }}",
                slices.collect::<String>()
            ),
            false => "// no coefficient varies from neuron to neuron\n    own: OwnSlices::SHARED".to_owned(),
        };
        let told = if varies { " A step does not use those of which each neuron has its own." } else { "" };
        let manner = match (spec.model().leaks(), self.source.description.spec.steps_as_own()) {
            (false, _) => "\n.without_leak()",
            (true, true) => "\n.exceeding()",
            (true, false) => "",
        };
        let narrow = if spec.scalar.size() == 2 { " as i16" } else { "" };
        let (rest, zero) = match types.fixed {
            true => (format!("{scalar}::from_bits(NEURON.base.rest{narrow})"), format!("{scalar}::ZERO")),
            false => ("NEURON.base.rest".to_owned(), "0.0".to_owned()),
        };
        let membranes = match (&self.source.initial, arrays.names.contains(&"rest")) {
            _ if arrays.names.contains(&"initial") => "INITIAL".to_owned(),
            (Some(initial), _) if types.fixed => format!("[{scalar}::from_bits({initial}); NEURONS]"),
            (Some(initial), _) => format!("[{initial}; NEURONS]"),
            (None, true) => "REST".to_owned(),
            (None, false) => format!("[{rest}; NEURONS]"),
        };
        let tail = self.source.tail(&membranes, &zero);
        let body = format!(
            "/// How many neurons there are: shape {shape:?} in C order.
pub const NEURONS: usize = {neurons};

/// The model.
pub type Model = Levels<{scalar}, {policy}>;

/// What changes from step to step.
pub type Arrays = PopulationState<{scalar}, {components}, NEURONS>;

{usage}pub static POPULATION: OwnCoefficients<'static, {scalar}, {policy}> = OwnCoefficients {{
    shared: &NEURON,
    {own},
    neurons: NEURONS,
}};

/// The coefficients that all neurons share.{told}
#[allow(clippy::approx_constant, reason = \"as they were derived\")]
pub const NEURON: Model = Levels::new(LevelParts {{
{fields}}}){manner};

{tail}{}",
            arrays.text
        );
        let used = |names: &[&str]| -> Vec<String> {
            names.iter().filter(|name| mentions(&body, name)).map(ToString::to_string).collect()
        };
        let mut imports = String::new();
        if types.fixed {
            let names = [
                "Decay16",
                "Decay32",
                "Gain16",
                "Gain32",
                "OwnDecay16",
                "OwnDecay32",
                "OwnGain16",
                "OwnGain32",
                "Slope",
            ];
            let names = used(&names).join(", ");
            imports += &format!("use glif_core::fixed::types::{scalar};\nuse glif_core::fixed_point::{{{names}}};\n");
        }
        imports += "use glif_core::levels::{DynReset, LevelParts};\n";
        imports += &format!("use glif_core::neuron::{};\n", used(&["FixedReset", "LinearReset"]).concat());
        imports += "use glif_core::own::OwnSlices;\nuse glif_core::spec::Dialect;\n";
        if mentions(&body, "ThresholdVoltage") {
            imports += "use glif_core::teeter::ThresholdVoltage;\n";
        }
        let mut names = ["Levels", "OwnCoefficients", "PopulationState", "Refractory", "StepOptions", &policy];
        names.sort_unstable();
        imports += &format!("use glif_core::{{{}}};\n", names.join(", "));
        let whole = bytes as u128 * neurons as u128;
        let arrays = match varies {
            true => {
                format!("//\n// The arrays of own coefficients take {whole} bytes of flash: {bytes} for each neuron.\n")
            }
            false => String::new(),
        };
        format!("{head}{arrays}\n{imports}\n{body}")
    }
}

/// Formats a field with one note.
fn lone_of(name: &str, value: &dyn Debug, note: String) -> String {
    field(name, &expression(value), &[note])
}

/// Returns whether Rust source uses a name.
pub(super) fn mentions(source: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    source.match_indices(name).any(|(at, _)| {
        let (before, after) = (source[..at].chars().next_back(), source[at + name.len()..].chars().next());
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}
