//! Source of a network: each population in a module, the arrays of the projections, and a step that needs nothing else.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use glif::description::{NumberFormat, RoundingMode};
use glif::network::parts::{NetworkParts, PopulationParts, ProjectionParts, StimulusParts, SynapseParts, WeightParts};
use glif::network::{NetworkDescription, PopulationKind};
use glif::{Description, OwnValues, limits, memory, text};
use glif_cli::arrays;

use super::{Source, own};

/// Greatest width of a line of values.
const WIDTH: usize = 100;

/// Returns the source file of a network file, in another number format if it is given.
pub(super) fn source(path: &Path, scalar: Option<NumberFormat>) -> Result<String> {
    let description = in_scalar(arrays::read_network(path)?, scalar);
    let network = arrays::build_network(path, &description)?;
    let parts = network.parts();
    let values: usize = parts.projections.iter().map(|of| of.targets.len() + of.weights.count()).sum();
    ensure!(memory::fits(16 * values as u128), "a source with {values} weights and indices does not fit in memory");
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let mut modules = Vec::new();
    for (number, (name, kind)) in description.populations.iter().enumerate() {
        let PopulationKind::Neurons { description: of, .. } = kind else { continue };
        let fixed = settled(&description, number, of)?;
        let source = Source { description: &fixed, file: &file, initial: None, report: Vec::new() };
        let text =
            if own_form(&parts.populations[number], of) { own::source(source)? } else { fixed.spec.visit(source)? };
        modules.push((name.clone(), text));
    }
    let frozen = Frozen { description: &description, parts: &parts, file: &file }.whole(&modules);
    frozen.with_context(|| format!("`{}`", text::path(path)))
}

/// Returns the same network in another number format.
pub(crate) fn in_scalar(mut description: NetworkDescription, scalar: Option<NumberFormat>) -> NetworkDescription {
    if let Some(scalar) = scalar {
        description.scalar = scalar;
        if !scalar.is_fixed_point() {
            description.rounding = RoundingMode::Nearest;
        }
    }
    description
}

/// Whether a population is written in the form with coefficients of each neuron, which alone has jumps.
fn own_form(parts: &PopulationParts, description: &Description) -> bool {
    parts.jumps > 0 || !super::is_typed(description)
}

/// Returns the description of a population with what it has from its network, and its draws made.
fn settled(network: &NetworkDescription, number: usize, of: &Description) -> Result<Description> {
    let mut fixed = of.clone();
    fixed.spec.scalar = network.scalar;
    fixed.spec.rounding = network.rounding;
    let drawn = fixed.drawn().map_err(|errors| anyhow!("{errors}"))?;
    for parameter in drawn.parameters() {
        fixed.own.set(parameter, OwnValues::Each(drawn.values(parameter).to_vec()));
    }
    // The seed of rounding; those of draws are used up.
    fixed.spec.seed = network.seed.wrapping_add(number as u64);
    Ok(fixed)
}

struct Frozen<'a> {
    description: &'a NetworkDescription,
    parts: &'a NetworkParts,
    file: &'a str,
}

/// Formats an array of values, some on a line.
fn array<T: std::fmt::Display>(values: impl IntoIterator<Item = T>) -> String {
    let (mut text, mut width) = ("[".to_owned(), 0);
    for value in values {
        let value = value.to_string();
        if width == 0 || width + value.len() + 2 > WIDTH {
            text += "\n    ";
            width = 4;
        } else {
            text.push(' ');
            width += 1;
        }
        width += value.len() + 1;
        text += &value;
        text.push(',');
    }
    text + "\n]"
}

/// Returns dense weights of 8 bits as words of four, a row after another.
fn packed(weights: &[i8], targets: usize) -> Vec<u32> {
    let byte = |weight: &i8| u32::from(*weight as u8 ^ 0x80);
    let word = |four: &[i8]| four.iter().rev().fold(0, |word, weight| word << 8 | byte(weight));
    weights.chunks(targets).flat_map(|row| row.chunks(4).map(word)).collect()
}

/// Returns the number of sums of a projection: a table of a size that a core without vectors adds to quickly, unless
/// there is none.
fn sums(of: &ProjectionParts, targets: usize) -> usize {
    let quick =
        matches!(of.weights, WeightParts::I8(_) | WeightParts::I16(_)) && !of.starts.is_empty() && of.target_bits == 16;
    let table = [64, 256, 1024].into_iter().find(|size| targets <= *size);
    table.filter(|_| quick).unwrap_or(targets)
}

/// Returns the name of a module or a field of a population.
fn rust_name(name: &str) -> String {
    let name = name.replace('-', "_").to_lowercase();
    // Keywords, names that are no identifiers, and names of this file get a prefix.
    let taken = ["step", "sample", "self", "super", "crate"];
    let keywords = [
        "as", "async", "await", "break", "const", "continue", "dyn", "else", "enum", "extern", "false", "fn", "for",
        "gen", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "static",
        "struct", "trait", "true", "type", "unsafe", "use", "where", "while", "abstract", "become", "box", "do",
        "final", "macro", "override", "priv", "try", "typeof", "unsized", "virtual", "yield",
    ];
    let bad = name.starts_with(|letter: char| letter.is_ascii_digit())
        || taken.contains(&name.as_str())
        || keywords.contains(&name.as_str());
    if bad || name.starts_with("glif") { format!("population_{name}") } else { name }
}

impl Frozen<'_> {
    fn scalar(&self) -> String {
        let format = self.description.scalar;
        if format.is_fixed_point() { format.name().to_uppercase() } else { format.name().to_owned() }
    }

    /// Formats a value of the number format, of which `bits` is the text.
    fn value(&self, bits: &str) -> String {
        match (self.description.scalar.is_fixed_point(), self.description.scalar.size()) {
            (false, _) => bits.to_owned(),
            (true, 2) => format!("{}::from_bits({bits}_i32 as i16)", self.scalar()),
            (true, _) => format!("{}::from_bits({bits})", self.scalar()),
        }
    }

    /// Returns the type of a scale, of a decay and of an accumulator.
    fn types(&self) -> [String; 3] {
        let scalar = self.scalar();
        match (self.description.scalar.is_fixed_point(), self.description.scalar.size()) {
            (false, _) => [scalar.clone(), scalar.clone(), scalar],
            (true, size) => ["Scale".to_owned(), format!("OwnDecay{}", 8 * size), "i32".to_owned()],
        }
    }

    fn neurons(&self, member: usize) -> usize {
        self.description.populations[member].1.shape().iter().product()
    }

    fn name(&self, member: usize) -> String {
        rust_name(&self.description.populations[member].0)
    }

    fn whole(&self, modules: &[(String, String)]) -> Result<String> {
        let mut names: Vec<String> = (0..self.parts.populations.len()).map(|member| self.name(member)).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(anyhow!("two populations have the name `{}` in Rust\nhelp: rename one of them", pair[0]));
        }
        let mut body = String::new();
        for (name, source) in modules {
            let indented: String = source
                .lines()
                .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") })
                .collect();
            let doc = text::printable(name, limits::PRINTED);
            writeln!(
                body,
                "/// The population `{doc}`.\n#[rustfmt::skip]\npub mod {} {{\n{indented}}}\n",
                rust_name(name)
            )?;
        }
        let mut flash = 0;
        for (number, projection) in self.parts.projections.iter().enumerate() {
            body += &self.projection(number, projection, &mut flash);
        }
        for member in 0..self.parts.populations.len() {
            body += &self.population(member)?;
        }
        body += &self.state();
        body += &self.step()?;
        let NetworkDescription { step_time, scalar, rounding, seed, .. } = self.description;
        let file = text::printable(self.file, limits::PRINTED_PATH);
        let version = env!("CARGO_PKG_VERSION");
        let head = format!(
            "// Frozen by `glif freeze` from `{file}`: change that, and freeze again.
// Needs the crate glif-core {version}.
//
// network in {scalar}, {} populations, {} projections
// step_time = {step_time} ms, rounding = {rounding}, seed = {seed}
// The arrays of the projections take {flash} bytes of flash.

",
            self.parts.populations.len(),
            self.parts.projections.len()
        );
        Ok(head + &self.imports(&body) + "\n" + &body)
    }

    fn imports(&self, body: &str) -> String {
        let used = |names: &[&str]| -> Vec<String> {
            names.iter().filter(|name| own::mentions(body, name)).map(ToString::to_string).collect()
        };
        let scalar = self.scalar();
        let mut imports = String::new();
        if self.description.scalar.is_fixed_point() {
            imports += &format!("use glif_core::fixed::types::{scalar};\n");
            let decays = used(&["OwnDecay16", "OwnDecay32"]);
            if !decays.is_empty() {
                imports += &format!("use glif_core::fixed_point::{};\n", decays.concat());
            }
        }
        let of_network = used(&[
            "Arrival",
            "Connections",
            "Convolution",
            "Delays",
            "Draw",
            "History",
            "HistoryView",
            "Inputs",
            "Projection",
            "Scale",
            "Source",
            "Stimulus",
            "Sums",
            "Synapse",
            "Targets",
            "Weights",
        ]);
        if own::mentions(body, "Exponential") {
            imports += "use glif_core::network::synapse::Exponential;\n";
        }
        imports += &format!("#[rustfmt::skip]\nuse glif_core::network::{{{}}};\n", of_network.join(", "));
        if own::mentions(body, "Values") {
            imports += "use glif_core::own::Values;\n";
        }
        let rounding = format!("{:?}", self.description.rounding);
        let mut of_core = used(&["Jumps", "LengthError", &rounding, "RngCounter"]);
        of_core.sort_unstable();
        imports + &format!("use glif_core::{{{}}};\n", of_core.join(", "))
    }

    /// Returns a column: a value that all neurons share, or the name of the array with those of each.
    fn column(
        &self,
        statics: &mut String,
        name: &str,
        of: &str,
        values: &[String],
        value: impl Fn(&str) -> String,
    ) -> String {
        match values {
            [shared] => format!("Values {{ shared: {}, own: &[] }}", value(shared)),
            _ => {
                let list = array(values.iter().map(|text| value(text)));
                _ = writeln!(
                    statics,
                    "#[rustfmt::skip]\n#[allow(clippy::approx_constant, reason = \"as they were derived\")]\nstatic {name}: [{of}; {}] = {list};\n",
                    values.len()
                );
                format!("Values {{ shared: {}, own: &{name} }}", value(&values[0]))
            }
        }
    }

    /// Returns the arrays of a projection and its value, and counts their bytes.
    fn projection(&self, number: usize, of: &ProjectionParts, flash: &mut usize) -> String {
        let (mut text, prefix) = (String::new(), format!("PROJECTION_{number}"));
        let (from, to) = (&self.description.populations[of.from].0, &self.description.populations[of.to].0);
        let [scale, ..] = self.types();
        let scalar = self.scalar();
        let mut put = |name: &str, kind: &str, bytes: usize, count: usize, list: String| {
            *flash += bytes * count;
            _ = writeln!(
                text,
                "#[rustfmt::skip]\n#[allow(clippy::approx_constant, reason = \"as they were derived\")]\nstatic {prefix}_{name}: [{kind}; {count}] = {list};\n"
            );
            format!("&{prefix}_{name}")
        };
        let dense = of.starts.is_empty() && of.convolution.is_none();
        let connections = if let Some(of) = &of.convolution {
            // As the fields are written in Rust.
            format!("Connections::Convolution({of:?})")
        } else if dense {
            "Connections::Dense".to_owned()
        } else {
            let starts = put("STARTS", "u32", 4, of.starts.len(), array(&of.starts));
            let (kind, bytes) = if of.target_bits == 16 { ("u16", 2) } else { ("u32", 4) };
            let targets = put("TARGETS", kind, bytes, of.targets.len(), array(&of.targets));
            format!(
                "Connections::Sparse {{\n        starts: {starts},\n        targets: Targets::{}({targets}),\n    }}",
                kind.to_uppercase()
            )
        };
        let weights = match &of.weights {
            WeightParts::I8(values) if dense => {
                let words = packed(values, self.neurons(of.to));
                let list = array(words.iter().map(|word| format!("{word:#010x}")));
                format!("Weights::Packed({})", put("WEIGHTS", "u32", 4, words.len(), list))
            }
            WeightParts::I8(of) => format!("Weights::I8({})", put("WEIGHTS", "i8", 1, of.len(), array(of))),
            WeightParts::I16(of) => format!("Weights::I16({})", put("WEIGHTS", "i16", 2, of.len(), array(of))),
            WeightParts::I32(of) => format!("Weights::I32({})", put("WEIGHTS", "i32", 4, of.len(), array(of))),
            WeightParts::F32(of) => {
                let list = array(of.iter().map(|weight| format!("{weight:?}")));
                format!("Weights::Scalars({})", put("WEIGHTS", &scalar, 4, of.len(), list))
            }
            WeightParts::F64(of) => {
                let list = array(of.iter().map(|weight| format!("{weight:?}")));
                format!("Weights::Scalars({})", put("WEIGHTS", &scalar, 8, of.len(), list))
            }
            _ => "Weights::One".to_owned(),
        };
        let delays = match of.delay {
            Some(delay) => format!("Delays::All({delay})"),
            None => {
                let sources = put("SOURCES", "u32", 4, of.sources.len(), array(&of.sources));
                let delays = put("DELAYS", "u8", 1, of.delays.len(), array(&of.delays));
                let distinct = format!("&{:?}", of.distinct);
                format!(
                    "Delays::Rows {{\n        sources: {sources},\n        delays: {delays},\n        distinct: {distinct},\n    }}"
                )
            }
        };
        let (sources, targets) = (self.neurons(of.from), self.neurons(of.to));
        let mut statics = String::new();
        let told = |value: &str| value.to_owned();
        if of.scale.texts.len() > 1 {
            *flash += of.scale.texts.len() * if scale == "Scale" { 8 } else { self.description.scalar.size() };
        }
        let scale_column = self.column(&mut statics, &format!("{prefix}_SCALES"), &scale, &of.scale.texts, told);
        let factor = match &of.factor {
            None => "None".to_owned(),
            Some(of) => {
                format!("Some({})", self.column(&mut statics, &format!("{prefix}_FACTORS"), &scale, &of.texts, told))
            }
        };
        format!(
            "{text}{statics}/// The projection from `{from}` to `{to}`.
#[rustfmt::skip]
pub static {prefix}: Projection<'static, {scalar}> = Projection {{
    sources: {sources},
    targets: {targets},
    connections: {connections},
    weights: {weights},
    delays: {delays},
}};
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = \"as they were derived\")]
const {prefix}_SCALE: Values<'static, {scale}> = {scale_column};
#[rustfmt::skip]
const {prefix}_FACTOR: Option<Values<'static, {scale}>> = {factor};

"
        )
    }

    /// Returns the coefficients of the synapses and the stimuli of a population.
    fn population(&self, member: usize) -> Result<String> {
        let (name, of) = (self.name(member), &self.parts.populations[member]);
        let plain = text::printable(&self.description.populations[member].0, limits::PRINTED);
        let upper = name.to_uppercase();
        let [scale, decay, _] = self.types();
        let scalar = self.scalar();
        let mut text = String::new();
        let told = |value: &str| value.to_owned();
        for (number, synapse) in &of.synapses {
            let (decays, factors) = match synapse {
                SynapseParts::Held { decay, .. } => (decay, None),
                SynapseParts::Exact { decay, factor, .. } => (decay, Some(factor)),
                _ => continue,
            };
            let mut statics = String::new();
            let column = self.column(&mut statics, &format!("{upper}_SYNAPSE_{number}_DECAYS"), &decay, decays, told);
            text += &statics;
            writeln!(
                text,
                "#[rustfmt::skip]\n#[allow(clippy::approx_constant, reason = \"as they were derived\")]\nconst {upper}_SYNAPSE_{number}_DECAY: Values<'static, {decay}> = {column};"
            )?;
            if let Some(factors) = factors {
                let mut statics = String::new();
                let column =
                    self.column(&mut statics, &format!("{upper}_SYNAPSE_{number}_FACTORS"), &scale, factors, told);
                text += &statics;
                writeln!(
                    text,
                    "#[rustfmt::skip]\n#[allow(clippy::approx_constant, reason = \"as they were derived\")]\nconst {upper}_SYNAPSE_{number}_FACTOR: Values<'static, {scale}> = {column};"
                )?;
            }
        }
        if of.stimuli.is_empty() {
            return Ok(text);
        }
        let (mut statics, mut list) = (String::new(), String::new());
        let places: Vec<usize> = of.synapses.iter().map(|(number, _)| *number).collect();
        for (number, synapse, source) in &of.stimuli {
            let prefix = format!("STIMULUS_{number}");
            let source = match source {
                StimulusParts::Constant { value } => {
                    let value = self.column(&mut statics, &format!("{prefix}_VALUES"), &scalar, &value.texts, |bits| {
                        self.value(bits)
                    });
                    format!("Source::Constant {{ value: {value} }}")
                }
                StimulusParts::Step { before, after, onset } => {
                    let before =
                        self.column(&mut statics, &format!("{prefix}_BEFORE"), &scalar, &before.texts, |bits| {
                            self.value(bits)
                        });
                    let after = self.column(&mut statics, &format!("{prefix}_AFTER"), &scalar, &after.texts, |bits| {
                        self.value(bits)
                    });
                    format!("Source::Step {{ before: {before}, after: {after}, onset: {onset} }}")
                }
                StimulusParts::Poisson { thresholds: Some(thresholds), weight } => {
                    let weight = self.column(&mut statics, &format!("{prefix}_WEIGHTS"), &scale, &weight.texts, told);
                    writeln!(
                        statics,
                        "#[rustfmt::skip]\nstatic {prefix}_THRESHOLDS: [u64; {}] = {};\n",
                        thresholds.len(),
                        array(thresholds)
                    )?;
                    format!("Source::Poisson {{ thresholds: &{prefix}_THRESHOLDS, weight: {weight} }}")
                }
                StimulusParts::Poisson { .. } => {
                    let problem = "each neuron has its own Poisson rate, for which firmware has no tables";
                    return Err(anyhow!("`populations.{plain}.drive`: {problem}\nhelp: use one rate"));
                }
                // It takes logarithms and square roots in 64 bits.
                _ => {
                    return Err(anyhow!(
                        "`populations.{plain}.drive`: `noise` needs a host, as a board has no functions that draw it\n\
                         help: draw it beforehand and leave the drive out: the host takes it as an array of --input, and \
                         the board as `Outside::{name}`; or use `poisson`"
                    ));
                }
            };
            let place = synapse.map(|synapse| places.iter().position(|place| *place == synapse).context("no synapse"));
            let synapse = match place.transpose()? {
                Some(place) => format!("Some({place})"),
                None => "None".to_owned(),
            };
            writeln!(
                list,
                "    Stimulus {{\n        source: {source},\n        synapse: {synapse},\n        number: {number},\n    }},"
            )?;
        }
        writeln!(
            text,
            "{statics}#[rustfmt::skip]\n#[allow(clippy::approx_constant, reason = \"as they were derived\")]\nstatic {upper}_STIMULI: [Stimulus<'static, {scalar}>; {}] = [\n{list}];\n",
            of.stimuli.len()
        )?;
        Ok(text)
    }

    /// Returns the fields of what changes: name, comment, type, value at the beginning.
    fn fields(&self) -> Vec<(String, String, String, String)> {
        let scalar = self.scalar();
        let zero = if self.description.scalar.is_fixed_point() { format!("{scalar}::ZERO") } else { "0.0".to_owned() };
        let [_, _, accumulator] = self.types();
        let none = if self.description.scalar.is_fixed_point() { "0" } else { "0.0" };
        let mut fields = Vec::new();
        let mut put = |name: String, told: String, of: String, begin: String| fields.push((name, told, of, begin));
        put("step".to_owned(), "Number of steps since the beginning.".to_owned(), "u64".to_owned(), "0".to_owned());
        put(
            "sample".to_owned(),
            "Number of the sample, of which stimuli have their own random numbers.".to_owned(),
            "u32".to_owned(),
            "0".to_owned(),
        );
        for (member, of) in self.parts.populations.iter().enumerate() {
            let (name, neurons) = (self.name(member), self.neurons(member));
            let row = neurons.div_ceil(32);
            let plain = &self.description.populations[member].0;
            let is_input = matches!(self.description.populations[member].1, PopulationKind::Input(_));
            if !is_input {
                put(
                    name.clone(),
                    format!("State of `{plain}`."),
                    format!("{name}::Arrays"),
                    format!("{name}::AT_REST"),
                );
                put(
                    format!("{name}_spikes"),
                    format!("Spikes of `{plain}` in the last step: bit i % 32 of word i / 32 is neuron i."),
                    format!("[u32; {row}]"),
                    format!("[0; {row}]"),
                );
            }
            if self.parts.projections.iter().any(|projection| projection.from == member) {
                let words = row * (of.most_delay + 1);
                put(
                    format!("{name}_history"),
                    format!("Spikes of `{plain}` in the last {} steps.", of.most_delay + 1),
                    format!("[u32; {words}]"),
                    format!("[0; {words}]"),
                );
            }
            if of.has_currents {
                put(
                    format!("{name}_currents"),
                    format!("Currents of `{plain}`, nA."),
                    format!("[{scalar}; {neurons}]"),
                    format!("[{zero}; {neurons}]"),
                );
            }
            if of.jumps > 0 {
                put(
                    format!("{name}_jumps"),
                    format!("Jumps of the membranes of `{plain}`, mV, term by term."),
                    format!("[[{accumulator}; {neurons}]; {}]", of.jumps),
                    format!("[[{none}; {neurons}]; {}]", of.jumps),
                );
            }
            for (number, synapse) in &of.synapses {
                if matches!(synapse, SynapseParts::Held { .. } | SynapseParts::Exact { .. }) {
                    let own = match &self.description.populations[member].1 {
                        PopulationKind::Neurons { synapses, .. } => synapses[number - 2].0.clone(),
                        _ => String::new(),
                    };
                    put(
                        format!("{name}_synapse_{number}"),
                        format!("Currents of the synapse `{own}` of `{plain}`, nA."),
                        format!("[{scalar}; {neurons}]"),
                        format!("[{zero}; {neurons}]"),
                    );
                }
            }
        }
        for (number, projection) in self.parts.projections.iter().enumerate() {
            let targets = sums(projection, self.neurons(projection.to));
            let (of, begin) = if projection.scalars { (scalar.as_str(), "0.0") } else { ("i32", "0") };
            put(
                format!("sums_{number}"),
                format!("Sums of projection {number}."),
                format!("[{of}; {targets}]"),
                format!("[{begin}; {targets}]"),
            );
        }
        fields
    }

    /// Returns what changes from step to step, and what comes from outside.
    fn state(&self) -> String {
        let scalar = self.scalar();
        let fields = self.fields();
        let declared: String =
            fields.iter().map(|(name, told, of, _)| format!("    /// {told}\n    pub {name}: {of},\n")).collect();
        let begun: String = fields.iter().map(|(name, _, _, begin)| format!("        {name}: {begin},\n")).collect();
        let outside: String = (0..self.parts.populations.len())
            .map(|member| {
                let (name, plain) = (self.name(member), &self.description.populations[member].0);
                match self.description.populations[member].1 {
                    PopulationKind::Input(_) => format!(
                        "    /// Spikes of `{plain}`: bit i % 32 of word i / 32 is neuron i. Empty for no spikes.\n    pub {name}: &'a [u32],\n"
                    ),
                    _ => format!("    /// Currents of `{plain}` from outside, nA. Empty for none.\n    pub {name}: &'a [{scalar}],\n"),
                }
            })
            .collect();
        format!(
            "/// What changes from step to step.
#[rustfmt::skip]
#[derive(Debug, Clone)]
pub struct Network {{
{declared}}}

/// What comes from outside in a step.
#[rustfmt::skip]
#[derive(Debug, Clone, Copy, Default)]
pub struct Outside<'a> {{
{outside}}}

"
        ) + &format!(
            "#[rustfmt::skip]\nimpl Network {{\n    /// The network at the beginning, to initialize a `static` with.\n    pub const START: Self = Self {{\n{begun}    }};\n\n"
        )
    }

    /// Returns the step.
    fn step(&self) -> Result<String> {
        let scalar = self.scalar();
        let seed = self.description.seed;
        let has_draws = self.parts.populations.iter().any(|of| !of.stimuli.is_empty());
        let mut text = "    /// Makes a step.
    ///
    /// # Errors
    /// Returns an error if what comes from outside has another length than its population. Nothing has changed then.
    pub fn step(&mut self, outside: &Outside<'_>) -> Result<(), LengthError> {
"
        .to_owned();
        for member in 0..self.parts.populations.len() {
            let (name, neurons) = (self.name(member), self.neurons(member));
            let length = match self.description.populations[member].1 {
                PopulationKind::Input(_) => neurons.div_ceil(32),
                _ => neurons,
            };
            writeln!(
                text,
                "        if !outside.{name}.is_empty() && outside.{name}.len() != {length} {{
            return Err(LengthError {{ name: \"{name}\", length: outside.{name}.len(), expected: {length} }});
        }}"
            )?;
        }
        writeln!(text, "        let at = RngCounter {{ step: self.step, neuron: 0 }};")?;
        if has_draws || self.parts.populations.iter().any(|of| !of.synapses.is_empty()) {
            writeln!(
                text,
                "        let draw = Draw {{ seed: {seed}, stimulus: 0, sample: self.sample, step: self.step }};"
            )?;
        }
        for member in &self.parts.order {
            self.step_of(*member, &scalar, &mut text)?;
        }
        text += "        self.step += 1;\n        Ok(())\n    }\n}\n";
        Ok(text)
    }

    /// Adds the step of a population.
    fn step_of(&self, member: usize, scalar: &str, text: &mut String) -> Result<()> {
        let (name, of, neurons) = (self.name(member), &self.parts.populations[member], self.neurons(member));
        let upper = name.to_uppercase();
        let plain = &self.description.populations[member].0;
        let keeps = self.parts.projections.iter().any(|projection| projection.from == member);
        let description = match &self.description.populations[member].1 {
            PopulationKind::Neurons { description, .. } => description,
            _ => {
                writeln!(text, "\n        // {plain}")?;
                if keeps {
                    writeln!(
                        text,
                        "        if let Some(mut history) = History::new(&mut self.{name}_history, {neurons}, {}, 1) {{
            let recorded = history.record(self.step);
            recorded.fill(0);
            recorded.iter_mut().zip(outside.{name}).for_each(|(to, from)| *to = *from);
        }}",
                        of.most_delay
                    )?;
                }
                return Ok(());
            }
        };
        writeln!(text, "\n        // {plain}")?;
        let arriving: Vec<(usize, &ProjectionParts)> =
            self.parts.projections.iter().enumerate().filter(|(_, projection)| projection.to == member).collect();
        for (number, projection) in &arriving {
            let (from, sources) = (self.name(projection.from), self.neurons(projection.from));
            let depth = self.parts.populations[projection.from].most_delay;
            let sums = if projection.scalars { "Scalars" } else { "Integers" };
            writeln!(
                text,
                "        let history = HistoryView::new(&self.{from}_history, {sources}, {depth}, 1);
        PROJECTION_{number}.deliver(history, self.step, 0, Sums::{sums}(&mut self.sums_{number}));"
            )?;
        }
        let rounding = match self.description.rounding {
            RoundingMode::Stochastic => {
                format!("Stochastic {{ seed: {} }}", self.description.seed.wrapping_add(member as u64))
            }
            other => format!("{other:?}"),
        };
        let policy = format!("{:?}", self.description.rounding);
        let gathers = of.has_currents || of.jumps > 0;
        if gathers {
            let places: Vec<usize> = of.synapses.iter().map(|(number, _)| *number).collect();
            let mut arrivals = String::new();
            for (number, projection) in &arriving {
                let sums = if projection.scalars { "Scalars" } else { "Integers" };
                let place = places.iter().position(|place| *place == projection.synapse).context("no synapse")?;
                writeln!(
                    arrivals,
                    "            Arrival {{
                synapse: {place},
                sums: Sums::{sums}(&mut self.sums_{number}),
                scale: PROJECTION_{number}_SCALE,
                factor: PROJECTION_{number}_FACTOR,
            }},"
                )?;
            }
            let mut synapses = String::new();
            for (number, synapse) in &of.synapses {
                let exponential = format!(
                    "exponential: Exponential {{ decay: {upper}_SYNAPSE_{number}_DECAY, rounding: {rounding}, number: {number} }}"
                );
                synapses += &match synapse {
                    SynapseParts::Current => "            Synapse::Current,\n".to_owned(),
                    SynapseParts::Delta => "            Synapse::Delta,\n".to_owned(),
                    SynapseParts::Held { .. } => format!(
                        "            Synapse::Held {{
                {exponential},
                state: &mut self.{name}_synapse_{number},
            }},
"
                    ),
                    _ => format!(
                        "            Synapse::Exact {{
                {exponential},
                factor: {upper}_SYNAPSE_{number}_FACTOR,
                state: &mut self.{name}_synapse_{number},
            }},
"
                    ),
                };
            }
            let stimuli = if of.stimuli.is_empty() { "&[]".to_owned() } else { format!("&{upper}_STIMULI") };
            let currents = if of.has_currents { format!("&mut self.{name}_currents") } else { "&mut []".to_owned() };
            let jumps = if of.jumps > 0 {
                format!("&mut self.{name}_jumps.each_mut().map(|jumps| jumps.as_mut_slice())")
            } else {
                "&mut []".to_owned()
            };
            writeln!(
                text,
                "        let mut arrivals: [Arrival<'_, {scalar}>; {}] = [
{arrivals}        ];
        let mut synapses: [Synapse<'_, {scalar}, {policy}>; {}] = [
{synapses}        ];
        let mut inputs = Inputs {{
            outside: outside.{name},
            stimuli: {stimuli},
            arrivals: &mut arrivals,
            synapses: &mut synapses,
            draw,
        }};
        inputs.gather(at, {currents}, {jumps});",
                arriving.len(),
                of.synapses.len()
            )?;
        }
        let zero = if self.description.scalar.is_fixed_point() { format!("{scalar}::ZERO") } else { "0.0".to_owned() };
        let currents = if of.has_currents {
            format!("&self.{name}_currents")
        } else {
            // Within the block: another population may have one too.
            writeln!(
                text,
                "        let currents = if outside.{name}.is_empty() {{
            static NONE: [{scalar}; {neurons}] = [{zero}; {neurons}];
            &NONE[..]
        }} else {{
            outside.{name}
        }};"
            )?;
            "currents".to_owned()
        };
        if own_form(of, description) {
            let jumps = if of.jumps > 0 {
                writeln!(text, "        let terms = self.{name}_jumps.each_ref().map(|term| term.as_slice());")?;
                "Jumps::new(&terms).unwrap_or(Jumps::NONE)"
            } else {
                "Jumps::NONE"
            };
            writeln!(
                text,
                "        let state = self.{name}.as_mut().widened();
        {name}::POPULATION.run_jumped(0, state, ({currents}, {jumps}), {name}::FLAGS, at, &mut self.{name}_spikes)?;"
            )?;
        } else {
            writeln!(
                text,
                "        {name}::NEURON.run(self.{name}.as_mut(), {currents}, {name}::FLAGS, at, &mut self.{name}_spikes)?;"
            )?;
        }
        if keeps {
            writeln!(
                text,
                "        if let Some(mut history) = History::new(&mut self.{name}_history, {neurons}, {}, 1) {{
            history.record(self.step).copy_from_slice(&self.{name}_spikes);
        }}",
                of.most_delay
            )?;
        }
        Ok(())
    }
}
