//! `glif freeze`: a population as constants in Rust. What derives coefficients stays on this side; firmware gets their
//! bits.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use clap::Args;
use clap::builder::{PathBufValueParser, TypedValueParser as _};
use glif::description::toml::parse;
use glif::description::{ModelKind, NumberFormat, RoundingMode};
use glif::freeze::FrozenCoefficients;
use glif::output::say;
use glif::{Description, Quantised, file, limits, text};

/// Writes a population as constants in Rust.
#[derive(Args)]
#[command(after_help = "Examples:
  glif freeze population.toml --output src/population.rs
  glif freeze population.toml --scalar i16f16

The source needs the crate glif-core, and no other.")]
pub(crate) struct Arguments {
    /// The population file (TOML)
    population: PathBuf,
    /// Freeze in this number format, in place of the file's
    #[arg(long, value_parser = parse::<NumberFormat>)]
    scalar: Option<NumberFormat>,
    /// Write to a file, in place of standard output
    #[arg(long, value_name = "FILE.rs", value_parser = PathBufValueParser::new().try_map(rust))]
    output: Option<PathBuf>,
}

/// The file of --output, which is Rust and never takes the place of something else.
fn rust(path: PathBuf) -> Result<PathBuf, String> {
    match path.extension() {
        Some(extension) if extension.eq_ignore_ascii_case("rs") => Ok(path),
        _ => Err("what is written is Rust; give the name the ending .rs".to_owned()),
    }
}

pub(crate) fn freeze(arguments: &Arguments) -> Result<()> {
    let path = &arguments.population;
    let description = in_scalar(crate::description(path)?, arguments.scalar)?;
    let batch = description.batch_size;
    ensure!(batch == 1, "`batch_size` = {batch}: firmware has one sample; freeze a population whose `batch_size` is 1");
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let source = source(&description, &file)?;
    let outputs: Vec<&Path> = arguments.output.iter().map(PathBuf::as_path).collect();
    file::check_distinct(&[path], &outputs)?;
    match &arguments.output {
        Some(output) => {
            file::replace(output, |mut file, _| file.write_all(source.as_bytes()))?;
            say(&format!("written: {}", text::path(output)))?;
        }
        None => say(source.trim_end())?,
    }
    Ok(())
}

/// The same population in another number format, checked as if its file had said so.
fn in_scalar(mut description: Description, scalar: Option<NumberFormat>) -> Result<Description> {
    let Some(scalar) = scalar else {
        return Ok(description);
    };
    description.spec = description.spec.in_format(scalar);
    let text = description.to_toml();
    Description::from_toml(&text).map_err(|errors| anyhow!("{errors}")).with_context(|| format!("in {scalar}"))
}

/// The whole file. No layout of rustfmt's would change it: each struct has a comment inside and so keeps its lines.
fn source(description: &Description, file: &str) -> Result<String> {
    // One neuron tells all coefficients, however many there are.
    let population = description.one_neuron()?;
    let parts = [
        header(description, file),
        imports(description),
        types(description),
        neuron(description, &population.coefficients(), &population.report()),
        options(description),
        at_rest(description),
    ];
    Ok(parts.join("\n"))
}

/// Where it comes from; plain comments, so that the file can be included as well as declared as a module.
fn header(d: &Description, file: &str) -> String {
    let neurons: usize = d.shape.iter().product();
    let file = text::printable(file, limits::PRINTED_PATH); // a line break would end the comment
    let version = env!("CARGO_PKG_VERSION");
    let mut text = format!(
        "// Frozen by `glif freeze` from `{file}`: change that, and freeze again.\n\
         // Needs the crate glif-core {version}.\n//\n// model {}, {neurons} neurons, in {}\n",
        d.model(),
        d.spec.scalar
    );
    text += &format!("// refractory = {}, rounding = {}\n//\n", d.spec.refractory, d.spec.rounding);
    for parameter in d.model().parameters() {
        let value = match d.spec.params.get(*parameter) {
            [value] => value.to_string(),
            values => format!("{values:?}"),
        };
        text += format!("// {parameter} = {value} {}", parameter.unit()).trim_end();
        text.push('\n');
    }
    text
}

/// What a number format is in Rust.
struct Format {
    /// Its type.
    name: &'static str,
    /// Bits of a fixed-point format.
    fixed: Option<u32>,
}

fn format_of(scalar: NumberFormat) -> Format {
    let (name, fixed) = match scalar {
        NumberFormat::F32 => ("f32", None),
        NumberFormat::F64 => ("f64", None),
        NumberFormat::I16F16 => ("I16F16", Some(32)),
        NumberFormat::I12F20 => ("I12F20", Some(32)),
        NumberFormat::I8F8 => ("I8F8", Some(16)),
        NumberFormat::I9F7 => ("I9F7", Some(16)),
    };
    Format { name, fixed }
}

fn policy(rounding: RoundingMode) -> &'static str {
    match rounding {
        RoundingMode::Nearest => "Nearest",
        RoundingMode::Truncate => "Truncate",
        RoundingMode::Stochastic => "Stochastic",
    }
}

fn reset(model: ModelKind) -> &'static str {
    match model {
        ModelKind::Lif | ModelKind::Glif1 | ModelKind::Alif => "FixedReset",
        ModelKind::Glif2 => "LinearReset",
    }
}

fn imports(d: &Description) -> String {
    let mut text = String::new();
    let Format { name, fixed } = format_of(d.spec.scalar);
    if let Some(bits) = fixed {
        text += &format!("use glif_core::fixed::types::{name};\n");
        let slope = if d.model() == ModelKind::Glif2 { ", Slope" } else { "" };
        text += &format!("use glif_core::fixed_point::{{Decay{bits}, Gain{bits}{slope}}};\n");
    }
    text += &format!("use glif_core::neuron::{};\n", reset(d.model()));
    let mut names = ["StepOptions", "Coefficients", "Refractory", "PopulationState", policy(d.spec.rounding)];
    names.sort_unstable();
    text + &format!("use glif_core::{{{}}};\n", names.join(", "))
}

fn types(d: &Description) -> String {
    let (neurons, components) = (d.shape.iter().product::<usize>(), d.components());
    let (scalar, reset, policy) = (format_of(d.spec.scalar).name, reset(d.model()), policy(d.spec.rounding));
    format!(
        "/// How many neurons there are: shape {:?} in C order.
pub const NEURONS: usize = {neurons};

/// The model.
pub type Model = Coefficients<{scalar}, {reset}<{scalar}>, {components}, {policy}>;

/// What changes from step to step.
pub type Arrays = PopulationState<{scalar}, {components}, NEURONS>;
",
        d.shape
    )
}

fn neuron(d: &Description, c: &FrozenCoefficients, report: &[Quantised]) -> String {
    let fixed = format_of(d.spec.scalar).fixed.is_some();
    let note = |name: &str, index| note(report, name, index, fixed);
    let field = |name: &str, value: &str, notes: &[String]| noted(&format!("{name}: {value}"), notes);
    let list = |name: &str, values: &[String], of: &str| {
        let notes: Vec<_> = (0..values.len()).map(|k| note(of, Some(k))).collect();
        field(name, &list(values, &notes), &notes)
    };
    let threshold = d.model().threshold();
    let reset = match d.model() {
        ModelKind::Glif2 => vec![format!("drop: {}", note("reset_v_add", None)), note("reset_v_mul", None)],
        _ => vec![note("reset_v", None)],
    };
    let seed: Vec<_> = seeded(d).then(|| "equal seeds give equal runs".to_owned()).into_iter().collect();
    let fields = [
        field("rest", &c.rest, &[note("rest_v", None)]),
        field("gain", &c.gain, &[note("resistance", None)]),
        field("decay", &c.decay, &[note("membrane decay", None)]),
        field("threshold", &c.threshold, &[note(threshold.name(), None)]),
        field("reset", &c.reset, &reset),
        field("refractory", &c.refractory, &["steps from a spike to the next possible one".to_owned()]),
        list("adaptation_decay", &c.adaptation_decay, "adaptation decay"),
        list("increment", &c.increment, "spike_increment"),
        field("rounding", &rounding(d), &seed),
    ];
    format!("{NEURON_HEAD}{}}};\n", fields.concat())
}

const NEURON_HEAD: &str = r#"/// The coefficients. A step under currents in nA, one for each neuron, is
///
/// ```text
/// let mut state = AT_REST;
/// let mut spikes = [0; NEURONS.div_ceil(32)]; // bit i % 32 of word i / 32: neuron i has fired
/// let at = glif_core::RngCounter { step, neuron: 0 }; // `step` counts from 0, a u64
/// NEURON.run(state.as_mut(), &currents, FLAGS, at, &mut spikes)?;
/// ```
#[allow(clippy::approx_constant, reason = "as they were derived")]
pub const NEURON: Model = Coefficients {
"#;

/// An array as rustfmt has it: one element a line, a struct on several, a lone struct within the brackets. A number has
/// its note behind it, as notes between numbers would not stay on lines of their own.
fn list(elements: &[String], notes: &[String]) -> String {
    let width = elements.iter().map(|element| element.len() + 1).max().unwrap_or(0);
    let number = |(element, note)| format!("    {:width$} // {note}\n", format!("{element},"));
    match elements {
        [] => "[]".to_owned(),
        [lone] if lone.ends_with('}') => format!("[{lone}]"),
        [first, ..] if first.ends_with('}') => {
            format!("[\n{}]", elements.iter().map(|element| noted(element, &[])).collect::<String>())
        }
        numbers => format!("[\n{}]", numbers.iter().zip(notes).map(number).collect::<String>()),
    }
}

fn seeded(d: &Description) -> bool {
    d.spec.rounding == RoundingMode::Stochastic
}

fn rounding(d: &Description) -> String {
    if seeded(d) {
        format!("Stochastic {{\n    seed: {},\n}}", d.spec.seed)
    } else {
        policy(d.spec.rounding).to_owned()
    }
}

/// What a coefficient stands for: the parameter, its unit, and in fixed point the value that the bits have.
fn note(report: &[Quantised], name: &str, index: Option<usize>, fixed: bool) -> String {
    let line = report.iter().find(|line| line.name == name && line.index == index);
    let number = index.map_or(String::new(), |index| format!("[{index}]"));
    match line {
        Some(Quantised { unit, stored, .. }) if fixed => {
            format!("{name}{number} = {stored} {unit}").trim_end().to_owned()
        }
        Some(Quantised { unit, .. }) if !unit.is_empty() => format!("{name}{number} in {unit}"),
        _ => format!("{name}{number}"),
    }
}

/// A field or an element on lines of its own, indented: a note inside each brace, or before what has none.
fn noted(item: &str, notes: &[String]) -> String {
    let mut notes = notes.iter();
    let mut text = String::new();
    if !item.contains(['{', '[']) {
        notes.next().into_iter().for_each(|note| text += &format!("    // {note}\n"));
    }
    for line in format!("{item},").lines() {
        text += &format!("    {line}\n");
        if line.ends_with('{') {
            let inside = line.len() - line.trim_start().len() + 8;
            notes.next().into_iter().for_each(|note| text += &format!("{:inside$}// {note}\n", ""));
        }
    }
    text
}

fn options(d: &Description) -> String {
    format!(
        "/// The switches of every step.
pub const FLAGS: StepOptions = StepOptions {{
    // hold membranes and threshold components in the refractory period
    refrac_lock: {},
    // let threshold components decay and grow
    adapt: {},
}};
",
        d.spec.options.refrac_lock, d.spec.options.adapt
    )
}

fn at_rest(d: &Description) -> String {
    let Format { name, fixed } = format_of(d.spec.scalar);
    let (rest, zero) = match fixed {
        None => ("NEURON.rest".to_owned(), "0.0".to_owned()),
        Some(16) => (format!("{name}::from_bits(NEURON.rest as i16)"), format!("{name}::ZERO")),
        Some(_) => (format!("{name}::from_bits(NEURON.rest)"), format!("{name}::ZERO")),
    };
    format!(
        "/// The state at rest.
pub const AT_REST: Arrays = PopulationState {{
    // mV
    membrane: [{rest}; NEURONS],
    // no steps to go, no spike
    refractory: [Refractory::new(0, false); NEURONS],
    // mV, component by component
    adaptation: [[{zero}; NEURONS]; {}],
}};
",
        d.components()
    )
}
