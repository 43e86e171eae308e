//! `glif freeze`: a population as constants in Rust. Coefficients are derived on the host; firmware gets
//! their bits.

pub(crate) mod network;
mod own;

use std::fmt::Debug;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use clap::Args;
use clap::builder::{PathBufValueParser, TypedValueParser as _};
use glif::description::toml::parse;
use glif::description::{Dialect, NumberFormat, RoundingMode};
use glif::output::say;
use glif::{Coefficients, Description, ParamErrors, Parameter, Quantised, Quantize, file, limits, text};
use glif_core::derive::DeriveReset;
use glif_core::dynamic::Visitor;
use glif_core::levels::{DynReset, Levels};
use glif_core::multicomponent::Multicomponent;
use glif_core::neuron::Dynamics;
use glif_core::rounding::Rounding;
use glif_core::spec::{SpecVisitor, Stored};
use glif_core::{Derivation, DynCoefficients};

/// Writes a population or a network as constants in Rust.
#[derive(Args)]
#[command(after_help = "Examples:
  glif freeze population.toml --output src/population.rs
  glif freeze population.toml --scalar i16f16

The source needs the crate glif-core, and no other.")]
pub(crate) struct Arguments {
    /// The population file or network file (TOML)
    population: PathBuf,
    /// Number format, instead of that of the file
    #[arg(long, value_parser = parse::<NumberFormat>)]
    scalar: Option<NumberFormat>,
    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE.rs", value_parser = PathBufValueParser::new().try_map(rust))]
    output: Option<PathBuf>,
}

/// Parses --output: a Rust file, so that it never replaces a file of another kind.
fn rust(path: PathBuf) -> Result<PathBuf, String> {
    match path.extension() {
        Some(extension) if extension.eq_ignore_ascii_case("rs") => Ok(path),
        _ => Err("the name must end in .rs, as the output is Rust".to_owned()),
    }
}

pub(crate) fn freeze(arguments: &Arguments) -> Result<()> {
    let path = &arguments.population;
    if crate::is_network(path) {
        let source = network::source(path, arguments.scalar)?;
        return leave(arguments, &source, &crate::run::network_files(path));
    }
    let description = in_scalar(crate::description(path)?, arguments.scalar)?;
    let batch = description.batch_size;
    ensure!(
        batch == 1,
        "`batch_size` = {batch}: firmware has one sample\nhelp: freeze a population with `batch_size` = 1"
    );
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let source = Source { description: &description, file: &file, initial: None, report: Vec::new() };
    let source = if is_typed(&description) { description.spec.visit(source)? } else { own::source(source)? };
    leave(arguments, &source, &glif_cli::arrays::array_files(path))
}

/// Whether a population has a type of neuron. Without one, its source has the form with coefficients of each neuron.
fn is_typed(description: &Description) -> bool {
    description.own.is_empty() && description.model().fires() && !description.spec.steps_as_own()
}

/// Writes the source to a file or standard output. `arrays` are the files that were read besides.
fn leave(arguments: &Arguments, source: &str, arrays: &[PathBuf]) -> Result<()> {
    let outputs: Vec<&Path> = arguments.output.iter().map(PathBuf::as_path).collect();
    let read: Vec<&Path> = std::iter::once(&arguments.population).chain(arrays).map(PathBuf::as_path).collect();
    file::check_distinct(&read, &outputs)?;
    match &arguments.output {
        Some(output) => {
            file::replace(output, |mut file, _| file.write_all(source.as_bytes()))?;
            say(&format!("written: {}", text::path(output)))?;
        }
        None => say(source.trim_end())?,
    }
    Ok(())
}

/// Returns the same population in another number format, with the same checks as for a file with that format.
pub(crate) fn in_scalar(mut description: Description, scalar: Option<NumberFormat>) -> Result<Description> {
    let Some(scalar) = scalar else {
        return Ok(description);
    };
    description.spec = description.spec.in_format(scalar);
    if !description.own.is_empty() {
        return Ok(description); // checked when it is built, as its lists may be too long for a file
    }
    let text = description.to_toml();
    Description::from_toml(&text).map_err(|errors| anyhow!("{errors}")).with_context(|| format!("in {scalar}"))
}

/// Writes the whole source file. rustfmt does not change it: each struct has a comment inside and so keeps
/// its lines.
struct Source<'a> {
    description: &'a Description,
    /// Name of the population file.
    file: &'a str,
    /// The potential at which membranes begin, as a number or its bits; `None` at rest.
    initial: Option<String>,
    report: Vec<Quantised>,
}

impl SpecVisitor for Source<'_> {
    type Output = Result<String, ParamErrors>;

    fn visit<S: Stored, Q: Rounding>(mut self, rounding: Q) -> Self::Output {
        let (spec, mut errors) = (&self.description.spec, ParamErrors::new());
        let mut report = |line| self.report.push(line);
        let derivation = Derivation::new(spec.refractory).rounding(rounding).report(&mut report);
        let derived = DynCoefficients::<S, Q>::derive(&spec.params, derivation, &mut errors);
        let (neuron, _) = derived.ok_or(errors)?;
        self.initial = spec.params.initial_v().and_then(S::voltage).map(|initial| format!("{initial:?}"));
        Ok(neuron.visit(self))
    }
}

impl<S: Quantize, Q: Rounding> Visitor<S, Q> for Source<'_> {
    type Output = String;

    fn visit<R: DeriveReset<S>, const K: usize, D: Dynamics<S, K>>(
        self,
        neuron: &Coefficients<S, R, K, Q, D>,
    ) -> String {
        let values = Values::of(neuron, &neuron.reset, dynamic(&neuron.adaptation_decay), dynamic(&neuron.increment));
        let teeter = neuron.dynamics.parts().map(|parts| TeeterValues {
            retain: dynamic(parts.retain),
            weight: dynamic(parts.weight),
            voltage: parts.voltage.map(|voltage| [&voltage.decay as &dyn Debug, &voltage.gain, &voltage.drive]),
        });
        self.whole(&self.fields(&Values { teeter, ..values }))
    }

    fn visit_more<R: DeriveReset<S>>(self, neuron: &Multicomponent<S, R, Q>) -> String {
        let (decays, increments) = (dynamic(neuron.adaptation_decay()), dynamic(neuron.increment()));
        self.whole(&self.fields(&Values::of(&neuron.base, &neuron.base.reset, decays, increments)))
    }

    fn visit_levels(self, neuron: &Levels<S, Q>) -> String {
        let reset: &dyn Debug = match &neuron.base.reset {
            DynReset::Fixed(reset) => reset,
            DynReset::Linear(reset) => reset,
        };
        // A threshold voltage has a place among the components, which it does not use.
        let ((_, decay, slope), zero) = (S::BLANK, S::ZERO);
        let follows = neuron.counts().voltages > 0;
        let [voltage] = &neuron.base.dynamics.voltage;
        let (mut decays, mut increments) = (dynamic(neuron.adaptation_decay()), dynamic(neuron.increment()));
        let mut retain = dynamic(neuron.retain());
        if follows {
            decays.push(&decay);
            increments.push(&zero);
            retain.push(&slope);
        }
        let teeter = TeeterValues {
            retain,
            weight: dynamic(neuron.weight()),
            voltage: follows.then_some([&voltage.decay, &voltage.gain, &voltage.drive]),
        };
        let values = Values::of(&neuron.base, reset, decays, increments);
        self.whole(&self.fields(&Values { teeter: Some(teeter), ..values }))
    }
}

/// Returns references to values whose type does not matter.
fn dynamic<T: Debug>(values: &[T]) -> Vec<&dyn Debug> {
    values.iter().map(|value| value as &dyn Debug).collect()
}

/// The coefficients without their types, so that the compiler makes one copy of what formats them.
struct Values<'a> {
    rest: &'a dyn Debug,
    gain: &'a dyn Debug,
    decay: &'a dyn Debug,
    threshold: &'a dyn Debug,
    reset: &'a dyn Debug,
    refractory: &'a dyn Debug,
    adaptation_decay: Vec<&'a dyn Debug>,
    increment: Vec<&'a dyn Debug>,
    /// In the dialects of NEST and AllenSDK.
    teeter: Option<TeeterValues<'a>>,
}

/// The coefficients that Inferno does not have.
struct TeeterValues<'a> {
    retain: Vec<&'a dyn Debug>,
    weight: Vec<&'a dyn Debug>,
    /// Decay, gain and drive.
    voltage: Option<[&'a dyn Debug; 3]>,
}

impl<'a> Values<'a> {
    fn of<S: Quantize, R, const K: usize, Q: Rounding, D>(
        neuron: &'a Coefficients<S, R, K, Q, D>,
        reset: &'a dyn Debug,
        adaptation_decay: Vec<&'a dyn Debug>,
        increment: Vec<&'a dyn Debug>,
    ) -> Self {
        let Coefficients { rest, gain, decay, threshold, refractory, .. } = neuron;
        Self { rest, gain, decay, threshold, reset, refractory, adaptation_decay, increment, teeter: None }
    }
}

impl Source<'_> {
    /// Returns the source file. `fields` are those of the neuron.
    fn whole(&self, fields: &str) -> String {
        let Description { spec, shape, .. } = self.description;
        let (model, format, components) = (spec.model(), spec.scalar, self.description.components());
        let neurons = shape.iter().product::<usize>();
        let head = self.head(|parameter| match spec.params.get(parameter) {
            [value] => format!("{value} {}", parameter.unit()),
            values => format!("{values:?} {}", parameter.unit()),
        });

        // The types of the core have the names of these choices.
        let policy = format!("{:?}", spec.rounding);
        let (counts, inferno) = (spec.params.counts(), spec.dialect() == Dialect::Inferno);
        let linear = model.resets_linearly();
        let reset = if linear { "LinearReset" } else { "FixedReset" };
        let dynamics = if inferno { "Inferno" } else { "Teeter" };
        let mut names = ["StepOptions", "Coefficients", "Refractory", "PopulationState", &policy, dynamics];
        names.sort_unstable();
        let names = names.join(", ");
        let (bits, slope) = (8 * format.size(), if linear || !inferno { ", Slope" } else { "" });
        let (scalar, imports, mut begins, zero) = if format.is_fixed_point() {
            let scalar = format.name().to_uppercase();
            let imports = format!(
                "use glif_core::fixed::types::{scalar};\nuse glif_core::fixed_point::{{Decay{bits}, Gain{bits}{slope}}};\n"
            );
            let narrow = if bits == 16 { " as i16" } else { "" };
            let (rest, zero) = (format!("{scalar}::from_bits(NEURON.rest{narrow})"), format!("{scalar}::ZERO"));
            (scalar, imports, rest, zero)
        } else {
            (format.name().to_owned(), String::new(), "NEURON.rest".to_owned(), "0.0".to_owned())
        };
        if let Some(initial) = &self.initial {
            begins = if format.is_fixed_point() { format!("{scalar}::from_bits({initial})") } else { initial.clone() };
        }
        let follows = if counts.voltages > 0 { "use glif_core::teeter::ThresholdVoltage;\n" } else { "" };
        let last = match inferno {
            true => String::new(),
            false => format!(", Teeter<{scalar}, {components}, {}, {}>", counts.currents, counts.voltages),
        };
        let usage = usage("NEURON.run(state.as_mut(), &currents, FLAGS, at, &mut spikes)?;");
        let tail = self.tail(&format!("[{begins}; NEURONS]"), &zero);
        format!(
            "{head}
{imports}use glif_core::neuron::{reset};
{follows}use glif_core::{{{names}}};

/// How many neurons there are: shape {shape:?} in C order.
pub const NEURONS: usize = {neurons};

/// The model.
pub type Model = Coefficients<{scalar}, {reset}<{scalar}>, {components}, {policy}{last}>;

/// What changes from step to step.
pub type Arrays = PopulationState<{scalar}, {components}, NEURONS>;

{usage}#[allow(clippy::approx_constant, reason = \"as they were derived\")]
pub const NEURON: Model = Coefficients {{
{fields}}};

{tail}"
        )
    }

    /// Returns the comments at the top. `value` is what a parameter is equal to.
    ///
    /// They are plain comments, so that the file can be included as well as declared as a module.
    fn head(&self, value: impl Fn(Parameter) -> String) -> String {
        let Description { spec, shape, .. } = self.description;
        let (model, format) = (spec.model(), spec.scalar);
        let file = text::printable(self.file, limits::PRINTED_PATH); // a line break would end the comment
        let (version, neurons) = (env!("CARGO_PKG_VERSION"), shape.iter().product::<usize>());
        let unset = |parameter: Parameter| parameter.is_optional() && spec.params.get(parameter).is_empty();
        let parameters = model.parameters().iter().filter(|parameter| !unset(**parameter));
        let parameters = parameters.map(|parameter| format!("// {parameter} = {}", value(*parameter)));
        let parameters: String = parameters.map(|line| line.trim_end().to_owned() + "\n").collect();
        let dialect = match spec.dialect() {
            Dialect::Inferno => String::new(),
            other => format!(" in dialect {other}"),
        };
        format!(
            "// Frozen by `glif freeze` from `{file}`: change that, and freeze again.
// Needs the crate glif-core {version}.
//
// model {model}{dialect}, {neurons} neurons, in {format}
// refractory = {}, rounding = {}{}
//
{parameters}",
            spec.refractory,
            spec.rounding,
            self.choices()
        )
    }

    /// Returns the choices that are not those of the dialect.
    fn choices(&self) -> String {
        let (params, dialect) = (&self.description.spec.params, self.description.spec.dialect());
        let (discretization, test) = (params.discretization(), params.threshold_test());
        let euler =
            (discretization != dialect.discretization()).then(|| format!(", discretization = {discretization}"));
        let strict = self.is_strict().then(|| format!(", threshold_test = {test}"));
        euler.into_iter().chain(strict).collect()
    }

    /// Whether neurons in Inferno's dialect must exceed the threshold.
    fn is_strict(&self) -> bool {
        let spec = &self.description.spec;
        spec.params.threshold_test() != spec.dialect().threshold_test()
    }

    /// Returns the notes on the threshold, of which this is the first.
    fn threshold_notes(&self, first: String) -> Vec<String> {
        let in_step = self.description.spec.steps_as_own();
        let raised = "one place above it, so that a spike must exceed it";
        let of = |text: &str| text.to_owned();
        match (self.is_strict(), in_step && self.description.model().leaks()) {
            (false, _) => vec![first],
            (true, true) => vec![first, of("which a spike must exceed")],
            (true, false) => vec![first, of(raised)],
        }
    }

    /// Returns the switches, and the state at the beginning. `membranes` is the expression of the membranes, `zero` of
    /// a component that is zero.
    fn tail(&self, membranes: &str, zero: &str) -> String {
        let Description { spec, own, .. } = self.description;
        let (mut state, mut at) = ("The state at rest".to_owned(), "mV".to_owned());
        if spec.params.initial_v().is_some() {
            state = format!("The state at the beginning, with membranes at `{}`", Parameter::InitialV);
            if own.get(Parameter::InitialV).is_none() {
                at = self.note(Parameter::InitialV.name(), None);
            }
        }
        let components = self.description.components();
        let units = match spec.dialect() {
            Dialect::Inferno => "mV, component by component",
            _ => "component by component: thresholds in mV, currents in nA",
        };
        format!(
            "/// The switches of every step.
pub const FLAGS: StepOptions = StepOptions {{
    // hold membranes and threshold components in the refractory period
    refrac_lock: {},
    // let threshold components decay and grow
    adapt: {},
}};

/// {state}, to initialize a `static` with.
pub const AT_REST: Arrays = PopulationState {{
    // {at}
    membrane: {membranes},
    // no steps to go, no spike
    refractory: [Refractory::new(0, false); NEURONS],
    // {units}
    adaptation: [[{zero}; NEURONS]; {components}],
}};
",
            spec.options.refrac_lock, spec.options.adapt
        )
    }

    /// Returns the fields of the coefficients, each as the expression of its exact value, with notes.
    fn fields(&self, values: &Values<'_>) -> String {
        let Description { spec, .. } = self.description;
        let of_list =
            |name: &str, count: usize| -> Vec<String> { (0..count).map(|k| self.note(name, Some(k))).collect() };
        let counts = spec.params.counts();
        let both = |threshold: &str, current: &str| {
            let unused = (0..counts.voltages).map(|_| "unused by the threshold voltage".to_owned());
            of_list(threshold, counts.thresholds)
                .into_iter()
                .chain(of_list(current, counts.currents))
                .chain(unused)
                .collect::<Vec<_>>()
        };
        let decays = both("adaptation decay", "after-spike decay");
        let increments = both("spike_increment", "asc_amplitude");
        let threshold = spec.model().threshold().map_or("", Parameter::name);
        let reset = if spec.model().resets_linearly() {
            vec![format!("drop: {}", self.note("reset_v_add", None)), self.note("reset_v_mul", None)]
        } else {
            vec![self.note("reset_v", None)]
        };
        let dynamics = match &values.teeter {
            None => "    dynamics: Inferno,\n".to_owned(),
            Some(teeter) => {
                let shares = both("adaptation share", "after-spike share");
                let weights = of_list("after-spike weight", counts.currents);
                let voltage = teeter.voltage.map_or_else(
                    || "    voltage: [],\n".to_owned(),
                    |values| {
                        let names = ["decay", "gain", "drive"];
                        let fields = names.into_iter().zip(values).map(|(name, value)| {
                            field(name, &expression(value), &[self.note(&format!("voltage {name}"), None)])
                        });
                        format!(
                            "    voltage: [ThresholdVoltage {{\n{}    }}],\n",
                            indented(&fields.collect::<String>())
                        )
                    },
                );
                let before = spec.dialect() == Dialect::Nest;
                let fields = [
                    field("retain", &list(&teeter.retain, &shares), &shares),
                    field("weight", &list(&teeter.weight, &weights), &weights),
                    voltage,
                    format!("    resets_from_before: {before},\n"),
                ];
                format!("    dynamics: Teeter {{\n{}    }},\n", indented(&fields.concat()))
            }
        };
        [
            field("rest", &expression(values.rest), &[self.note("rest_v", None)]),
            field("gain", &expression(values.gain), &[self.note("resistance", None)]),
            field("decay", &expression(values.decay), &[self.note("membrane decay", None)]),
            field("threshold", &expression(values.threshold), &self.threshold_notes(self.note(threshold, None))),
            field("reset", &expression(values.reset), &reset),
            field(
                "refractory",
                &expression(values.refractory),
                &["steps from a spike to the next possible one".to_owned()],
            ),
            field("adaptation_decay", &list(&values.adaptation_decay, &decays), &decays),
            field("increment", &list(&values.increment, &increments), &increments),
            self.rounding(),
            dynamics,
        ]
        .concat()
    }

    /// Returns the field of the rounding policy.
    fn rounding(&self) -> String {
        let spec = &self.description.spec;
        match spec.rounding {
            RoundingMode::Stochastic => field(
                "rounding",
                &format!("Stochastic {{\n    seed: {},\n}}", spec.seed),
                &["equal seeds give equal runs".to_owned()],
            ),
            other => field("rounding", &format!("{other:?}"), &[]),
        }
    }

    /// Returns the note of a coefficient: the parameter, its unit, and in fixed point the value of the stored
    /// bits.
    fn note(&self, name: &str, index: Option<usize>) -> String {
        let number = index.map_or(String::new(), |index| format!("[{index}]"));
        match self.report.iter().find(|line| line.name == name && line.index == index) {
            Some(Quantised { unit, stored, .. }) if self.description.spec.scalar.is_fixed_point() => {
                format!("{name}{number} = {stored} {unit}").trim_end().to_owned()
            }
            Some(Quantised { unit, .. }) if !unit.is_empty() => format!("{name}{number} in {unit}"),
            _ => format!("{name}{number}"),
        }
    }
}

/// Returns the comment on the coefficients, which shows the `call` of a step.
fn usage(call: &str) -> String {
    format!(
        "/// The coefficients. A step under currents in nA, one for each neuron, is
///
/// ```text
/// // In a `static`, as a stack may be too small for it; here with the crate static_cell.
/// static STATE: ConstStaticCell<Arrays> = ConstStaticCell::new(AT_REST);
/// let state = STATE.take(); // once
/// let mut spikes = [0; NEURONS.div_ceil(32)]; // bit i % 32 of word i / 32: neuron i has fired
/// let at = glif_core::RngCounter {{ step, neuron: 0 }}; // `step` counts from 0, a u64
/// {call}
/// ```
"
    )
}

/// Formats a coefficient as a Rust expression, by its `Debug` output.
///
/// The derived form has Rust's syntax, and a float is printed with the fewest digits that parse to the same
/// bits. The tests compile the output for every model and scalar, and compare bits.
fn expression(value: &dyn Debug) -> String {
    // A tuple struct with a single value stays on one line.
    format!("{value:#?}").replace("(\n    ", "(").replace(",\n)", ")")
}

/// Formats an array like rustfmt: one element per line, a struct on several lines, a single struct within the
/// brackets.
///
/// A number is followed by its note, as notes between numbers would not stay on separate lines.
fn list(values: &[&dyn Debug], notes: &[String]) -> String {
    match (values, expression(&values)) {
        ([lone], text) if text.contains('{') => format!("[{}]", expression(*lone)),
        (_, text) if text.contains('{') || values.is_empty() => text,
        _ => {
            let numbers: Vec<String> = values.iter().map(|number| format!("{number:?},")).collect();
            let width = numbers.iter().map(String::len).max().unwrap_or(0);
            let lines = numbers.iter().zip(notes).map(|(number, note)| format!("    {number:width$} // {note}\n"));
            format!("[\n{}]", lines.collect::<String>())
        }
    }
}

/// Indents lines by one level.
fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

/// Formats a field on separate lines: with a note inside each brace, or before a value without braces.
fn field(name: &str, value: &str, notes: &[String]) -> String {
    let mut notes = notes.iter();
    let mut note = |indent: usize| notes.next().map_or(String::new(), |note| format!("{:indent$}// {note}\n", ""));
    let mut text = if value.contains(['{', '[']) { String::new() } else { note(4) };
    for line in format!("{name}: {value},").lines() {
        text += &format!("    {line}\n");
        if line.ends_with('{') {
            text += &note(line.len() - line.trim_start().len() + 8);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIF: &str = r#"
        model = "lif"
        shape = 3
        scalar = "f32"
        [params]
        step_time = 1.0
        rest_v = -60.0
        reset_v = -65.1
        thresh_v = -50.0
        refrac_t = 2.0
        time_constant = 20.0
    "#;

    #[test]
    fn expressions_are_exact() {
        let source = |text: &str| {
            let description = &Description::from_toml(text).unwrap();
            description.spec.visit(Source { description, file: "p.toml", initial: None, report: Vec::new() }).unwrap()
        };
        let has = |source: &str, lines: &[&str]| {
            lines.iter().for_each(|line| assert!(source.contains(&format!("    {line}\n")), "{line} in {source}"));
        };
        let float = source(LIF);
        has(&float, &["rest: -60.0,", "reset: FixedReset(-65.1),", "refractory: 2,"]);
        let decay = float.split_once("    decay: ").unwrap().1.split_once(',').unwrap().0;
        assert_eq!(decay.parse::<f32>().unwrap().to_bits(), ((-1.0_f64 / 20.0).exp() as f32).to_bits());
        // -65.1 · 2¹⁶ rounded to nearest, and (d - 1) · 2³².
        let fixed = source(&LIF.replace("f32", "i16f16"));
        has(
            &fixed,
            &[
                "rest: -3932160,",
                "reset: FixedReset(-4266394),",
                "decay: Decay32 {",
                "factor: -209468027,",
                "keep: -1,",
            ],
        );
        has(&fixed, &["adaptation_decay: [],", "increment: [],"]);
    }
}
