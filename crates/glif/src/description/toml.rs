//! Population files: the description of a population in TOML, with Inferno's parameter names.
//!
//! ```
//! let description = glif::Description::from_toml(r#"
//!     model = "alif"
//!     shape = [4, 5]
//!
//!     [params]
//!     step_time = 1.0
//!     rest_v = -60.0
//!     reset_v = -65.0
//!     thresh_eq_v = -50.0
//!     refrac_t = 2.0
//!     tc_membrane = 20.0
//!     tc_adaptation = [20.0, 200.0]
//!     spike_increment = 1.5     # the last value completes a shorter list
//! "#)?;
//! let population = description.build()?;
//! assert_eq!((population.neurons(), population.components()), (20, 2));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod elsewhere;
pub(crate) mod own;
pub(crate) mod written;

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use glif_core::spec::{
    BatchReduction, Dialect, ModelKind, Named, NumberFormat, ParamTable, Parameter, RoundingMode, Spec,
};
use glif_core::{RefractoryRule, StepOptions};
use serde::Deserialize;
use toml::{Table, Value};

use crate::Description;
use crate::limits::{POPULATION_FILE, PRINTED, PRINTED_MISTAKES};
use crate::output::counted;
use crate::own::{OwnParams, OwnValues, kinds};
use crate::snapshot;
use crate::text::{self, message, printable};

/// An error in a population file, in a sentence that names the key.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct DescriptionError(pub String);

/// Error from reading a population file or a network file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file cannot be read.
    #[error("`{}`: cannot be read: {error}", text::path(path))]
    Io {
        /// Path of the file.
        path: PathBuf,
        /// The file system's error.
        error: std::io::Error,
    },
    /// The file is of another kind.
    #[error("`{}`: {kind}, not the TOML of a population or network", text::path(path))]
    Kind {
        /// Path of the file.
        path: PathBuf,
        /// The kind of file.
        kind: &'static str,
    },
    /// The file is in another encoding than UTF-8, or is not text.
    #[error("`{}`: not TOML in UTF-8: {problem}", text::path(path))]
    Encoding {
        /// Path of the file.
        path: PathBuf,
        /// The encoding, or the first byte that is not UTF-8 and its line, with a remedy.
        problem: String,
    },
    /// The file does not describe a population. Each error is a line, or two with a remedy.
    #[error("`{}`: not a valid population:{}", text::path(path), indented(errors))]
    Wrong {
        /// Path of the file.
        path: PathBuf,
        /// The errors.
        errors: DescriptionErrors,
    },
    /// The file does not describe a network that can be built. Each error is a line, or two with a remedy.
    #[error("`{}`: not a valid network:{}", text::path(path), indented(errors))]
    WrongNetwork {
        /// Path of the file.
        path: PathBuf,
        /// The errors.
        errors: DescriptionErrors,
    },
}

fn indented(errors: &DescriptionErrors) -> String {
    errors.to_string().lines().map(|line| format!("\n  {line}")).collect()
}

/// All errors in a population file. Each is a line, or two with a remedy.
///
/// Its display shows the first [`PRINTED_MISTAKES`] and the number of the others.
#[derive(Debug, Clone, PartialEq)]
pub struct DescriptionErrors(pub Vec<DescriptionError>);

impl fmt::Display for DescriptionErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines: Vec<String> = self.0.iter().take(PRINTED_MISTAKES).map(ToString::to_string).collect();
        let more = self.0.len().saturating_sub(PRINTED_MISTAKES);
        lines.extend((more > 0).then(|| format!("and {}", counted(more, "more error"))));
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for DescriptionErrors {}

const KEYS: [&str; 14] = [
    "model",
    "dialect",
    "shape",
    "batch_size",
    "scalar",
    "refrac_lock",
    "adapt",
    "batch_reduction",
    "refractory",
    "discretization",
    "threshold_test",
    "rounding",
    "seed",
    "params",
];

impl Description {
    /// Reads a population file.
    ///
    /// ```
    /// let told = glif::Description::read("no.toml".as_ref()).unwrap_err().to_string();
    /// assert!(told.starts_with("`no.toml`: cannot be read: "), "{told}");
    /// ```
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, or all errors that [`from_toml`](Self::from_toml) finds.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let text = read_text(path)?;
        Self::from_toml(&text).map_err(|errors| ReadError::Wrong { path: path.to_owned(), errors })
    }

    /// Parses the text of a population file.
    ///
    /// # Errors
    /// Returns a syntax error alone. Otherwise returns all errors at once: unknown, missing and mistyped keys,
    /// and errors in the values of the parameters that are present.
    pub fn from_toml(text: &str) -> Result<Self, DescriptionErrors> {
        let table = toml::from_str(text)
            .map_err(|error| DescriptionErrors(vec![DescriptionError(message(&error.to_string()))]))?;
        Self::from_table(table)
    }

    pub(crate) fn from_table(table: Table) -> Result<Self, DescriptionErrors> {
        let told = |errors: Vec<String>| DescriptionErrors(errors.into_iter().map(DescriptionError).collect());
        // The names of the parameters, if the model is right.
        let model = table.get("model").and_then(|model| ModelKind::named(model.as_str()?));
        let mut reader = Reader { table, errors: Vec::new() };
        reader.refuse_unknown("", &KEYS, &model.map(names).unwrap_or_default());
        let model = reader.required("model", named::<ModelKind>);
        let shape = reader.required("shape", |key, value| {
            of_type(key, value).map(|length| vec![length]).or_else(|_| of_type(key, value))
        });
        let batch_size = reader.read("batch_size", of_type).unwrap_or(1);
        let scalar = reader.read("scalar", named).unwrap_or(NumberFormat::F32);
        let options = StepOptions {
            refrac_lock: reader.read("refrac_lock", of_type).unwrap_or(true),
            adapt: reader.read("adapt", of_type).unwrap_or(true),
        };
        let batch_reduction = reader.read("batch_reduction", named).unwrap_or(BatchReduction::Mean);
        let dialect = reader.read("dialect", named).unwrap_or(Dialect::Inferno);
        let refractory = reader.read("refractory", named).unwrap_or(dialect.rule(RefractoryRule::Inferno));
        let discretization = reader.read("discretization", named).unwrap_or(dialect.discretization());
        let threshold_test = reader.read("threshold_test", named).unwrap_or(dialect.threshold_test());
        let rounding = reader.read("rounding", named).unwrap_or(RoundingMode::Nearest);
        let seed = reader.read("seed", of_type).unwrap_or(0);
        let params = reader.required("params", of_type::<Table>);
        let mut errors = reader.errors;
        let (Some(model), Some(params)) = (model, params) else {
            return Err(told(errors));
        };
        let neurons = shape.iter().flatten().try_fold(1_usize, |cells, axis| cells.checked_mul(*axis));
        let neurons = neurons.filter(|neurons| shape.is_some() && *neurons > 0);
        let ParamsRead { params, own, plain, absent } = read_params(model, params, neurons, &mut errors);
        let params = params.in_dialect(dialect).discretized(discretization).tested(threshold_test);
        let spec = Spec { params, scalar, rounding, seed, refractory, options };
        let shape = shape.unwrap_or_else(|| vec![1]);
        let mut description = Self { spec, shape, batch_size, batch_reduction, own };
        errors.extend(description.settle(&absent, neurons.is_some()));
        errors.extend(plain.iter().filter_map(|parameter| description.too_plain(*parameter, neurons?)));
        if errors.is_empty() { Ok(description) } else { Err(told(errors)) }
    }

    /// Returns an error if a neuron has several components, but a list has only one number for each neuron.
    fn too_plain(&self, parameter: Parameter, neurons: usize) -> Option<String> {
        let kind = parameter.component()?;
        let count = self.own_counts(neurons).of(kind);
        (count > 1).then(|| {
            let kinds = kinds(kind);
            format!(
                "`params.{parameter}.each`: has one number for each neuron, but a neuron has {count} {kinds}\nhelp: use a list for each neuron"
            )
        })
    }
}

/// Returns the text of a population file or a network file.
///
/// # Errors
/// Returns an error if the file cannot be read, or is not TOML in UTF-8.
pub fn read_text(path: &Path) -> Result<String, ReadError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(POPULATION_FILE + 1).read_to_end(&mut bytes))
        .map_err(|error| ReadError::Io { path: path.to_owned(), error })?;
    let refuse = |kind| ReadError::Kind { path: path.to_owned(), kind };
    match &bytes[..] {
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => return Err(refuse("a NumPy array")),
        [b'P', b'K', 3 | 5, 4 | 6, ..] => return Err(refuse("an archive such as NumPy writes")),
        start if start.starts_with(snapshot::MAGIC) => return Err(refuse("a snapshot")),
        long if long.len() as u64 > POPULATION_FILE => return Err(refuse("longer than 1 MiB")),
        _ => (),
    }
    text::decode(bytes).map_err(|problem| ReadError::Encoding { path: path.to_owned(), problem })
}

/// Reads the entries of a table and collects the errors.
pub(crate) struct Reader {
    pub(crate) table: Table,
    pub(crate) errors: Vec<String>,
}

impl Reader {
    /// Adds an error for each key that is not in `known`. Those in `beyond` belong to the other table.
    fn refuse_unknown(&mut self, prefix: &str, known: &[&str], beyond: &[&str]) {
        let keys = self.table.keys().map(String::as_str).filter(|key| !known.contains(key));
        let (astray, unknowns): (Vec<&str>, Vec<&str>) =
            keys.partition(|key| if prefix.is_empty() { is_parameter(key) } else { KEYS.contains(key) });
        let place = if prefix.is_empty() { "below a line" } else { "above the line" };
        if !astray.is_empty() {
            self.errors.push(format!("`{}`: must be {place} `[params]`", astray.join("`, `")));
        }
        let told = |key: &str| {
            let problem = match elsewhere::keys(key) {
                None => unknown(key, "key", known),
                Some(keys) => {
                    let among = |names: &[&str]| keys.iter().find(|key| names.contains(key)).copied();
                    let other = || among(beyond).map(|key| format!("`{key}`, {place} `[params]`"));
                    told_unknown(key, "key", known, among(known).map(|key| format!("`{key}`")).or_else(other))
                }
            };
            format!("`{prefix}{}`: {problem}", printable(key, PRINTED))
        };
        self.errors.extend(unknowns.into_iter().map(told));
    }

    /// Returns the value of a key if the key is present and `take` accepts the value.
    pub(crate) fn read<T>(&mut self, key: &str, take: impl FnOnce(&str, &Value) -> Result<T, String>) -> Option<T> {
        let value = self.table.get(key)?;
        let told = |problem| format!("`{key}` = {}: {problem}", printable(&value.to_string(), PRINTED));
        take(key, value).map_err(|problem| self.errors.push(told(problem))).ok()
    }

    pub(crate) fn required<T>(&mut self, key: &str, take: impl FnOnce(&str, &Value) -> Result<T, String>) -> Option<T> {
        if !self.table.contains_key(key) {
            self.errors.push(format!("`{key}`: missing"));
        }
        self.read(key, take)
    }
}

/// Parses a value as the name of a choice.
pub(crate) fn named<T: Named>(_: &str, value: &Value) -> Result<T, String> {
    value.as_str().map_or_else(|| Err("must be a name in quotes".to_owned()), parse)
}

pub(crate) fn of_type<T: for<'de> Deserialize<'de>>(key: &str, value: &Value) -> Result<T, String> {
    value.clone().try_into().map_err(|_| expected(key).to_owned())
}

/// Returns the names of a model's parameters.
fn names(model: ModelKind) -> Vec<&'static str> {
    model.parameters().iter().map(|parameter| parameter.name()).collect()
}

/// Returns whether any model has a parameter of that name.
fn is_parameter(name: &str) -> bool {
    Parameter::named(name)
        .is_some_and(|parameter| ModelKind::ALL.iter().any(|model| model.parameters().contains(&parameter)))
}

/// Says what a key accepts, because serde's message would be about Rust types.
fn expected(key: &str) -> &'static str {
    match key {
        "shape" => "must be a positive integer or a list of them",
        "batch_size" | "in_degree" => "must be a positive integer",
        "seed" => "must be an integer of at least 0",
        "refrac_lock" | "adapt" | "normalized" | "one_to_one" => "must be true or false",
        "step_time" => "must be a number (in ms)",
        "tau" => "must be a number or a table (in ms)",
        "value" | "probability" => "must be a number",
        "from" | "to" | "synapse" => "must be a name in quotes",
        "populations" | "synapses" => "must be a table",
        "projections" => "must be a list of tables, `[[projections]]`",
        _ => "must be a table `[params]`",
    }
}

/// The parameters of a file.
struct ParamsRead {
    params: ParamTable,
    own: OwnParams,
    /// Own lists that are written as one number for each neuron.
    plain: Vec<Parameter>,
    /// Parameters without a valid value.
    absent: Vec<Parameter>,
}

/// Reads the parameters that are present, and lists those that are absent.
fn read_params(model: ModelKind, table: Table, neurons: Option<usize>, errors: &mut Vec<String>) -> ParamsRead {
    let mut reader = Reader { table, errors: Vec::new() };
    reader.refuse_unknown("params.", &names(model), &KEYS);
    let (mut params, mut own) = (ParamTable::new(model), OwnParams::default());
    let (mut plain, mut absent) = (Vec::new(), Vec::new());
    for &parameter in model.parameters() {
        let Some(value) = reader.table.get(parameter.name()) else {
            if parameter.default().is_none() && !parameter.is_optional() {
                reader.errors.push(format!("`params.{parameter}`: missing; {model} needs it"));
                absent.push(parameter);
            }
            continue;
        };
        if let Value::Table(table) = value
            && parameter != Parameter::StepTime
        {
            match own::read(own::Place::of(parameter), table, neurons) {
                Ok(read) => {
                    if let OwnValues::Array(_) = read.values {
                        // Not the default, which would be used if the array were forgotten.
                        _ = params.set(parameter, &[f64::NAN]);
                    }
                    plain.extend(read.plain.then_some(parameter));
                    own.set(parameter, read.values);
                }
                Err(told) => {
                    reader.errors.extend(told);
                    absent.push(parameter);
                }
            }
            continue;
        }
        let numbers: Option<Vec<f64>> = match value {
            Value::Array(_) if parameter.is_list() => value.clone().try_into().ok(),
            _ => value.clone().try_into().ok().map(|number| vec![number]),
        };
        let told = match numbers {
            None => mistyped(parameter, value),
            Some(numbers) => match params.set(parameter, &numbers) {
                Ok(()) => continue,
                Err(error) => error.to_string(),
            },
        };
        reader.errors.push(told);
        absent.push(parameter);
    }
    errors.append(&mut reader.errors);
    ParamsRead { params, own, plain, absent }
}

/// Says what a parameter accepts instead of this value.
fn mistyped(parameter: Parameter, value: &Value) -> String {
    let several = matches!(value, Value::Array(_) | Value::Table(_));
    let what = match (parameter.is_list(), several) {
        (true, _) => "must be a number or a list of numbers",
        (_, true) => "must be one number, which all neurons share",
        _ => "must be a number",
    };
    let help = match value {
        Value::Array(list) if parameter != Parameter::StepTime => {
            let inner = list.iter().any(Value::is_array);
            match (parameter.is_list(), inner) {
                (true, true) => "\nhelp: for a list of each neuron, use `{ each = [[...], ...] }`",
                (false, false) => "\nhelp: for one value of each neuron, use `{ each = [...] }`",
                _ => "",
            }
        }
        _ => "",
    };
    let unit = match parameter.unit() {
        "" => String::new(),
        unit if several => format!(" (in {unit})"),
        unit => format!(" (in {unit}, without the unit)"),
    };
    let value = printable(&value.to_string(), PRINTED);
    format!("`params.{parameter}` = {value}: {what}{unit}{help}")
}

/// Returns the choice with this name.
///
/// # Errors
/// Returns an error with the nearest known name if one is similar, otherwise with all known names.
pub fn parse<T: Named>(name: &str) -> Result<T, String> {
    T::named(name).ok_or_else(|| unknown(name, T::WHAT, T::NAMES))
}

/// Returns "unknown …" with the nearest known name if one is similar, otherwise with all known names.
pub(crate) fn unknown(text: &str, what: &str, known: &[&str]) -> String {
    told_unknown(text, what, known, nearest(text, known).map(|name| format!("`{name}`")))
}

/// Returns the name that was probably meant, if one is similar.
///
/// ```
/// use glif::description::toml::nearest;
///
/// assert_eq!(nearest("Microbit", &["microbit", "rp2040"]), Some("microbit"));
/// assert_eq!(nearest("x", &["microbit", "rp2040"]), None);
/// ```
pub fn nearest<'a>(text: &str, known: &[&'a str]) -> Option<&'a str> {
    let plain = text.trim().to_lowercase();
    let similar = known.iter().map(|name| (strsim::jaro_winkler(&plain, name), *name));
    let (similarity, name) = similar.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (similarity > 0.75).then_some(name)
}

/// Returns "unknown …" with the name that was probably meant, otherwise with all known names.
fn told_unknown(text: &str, what: &str, known: &[&str], meant: Option<String>) -> String {
    let text = printable(text, PRINTED);
    match meant {
        Some(name) => format!("unknown {what} `{text}`\nhelp: did you mean {name}?"),
        None => format!("unknown {what} `{text}`; available: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misplaced_keys_are_reported_with_their_table() {
        let above = "model = \"lif\"\nshape = 1\nrest_v = -60.0\n[params]\nrefrac_lock = false\nadapt = false\n";
        let errors = Description::from_toml(above).unwrap_err().to_string();
        assert!(errors.contains("`rest_v`: must be below a line `[params]`"), "{errors}");
        assert!(errors.contains("`refrac_lock`, `adapt`: must be above the line `[params]`"), "{errors}");
        assert!(!errors.contains("did you mean"), "{errors}");
    }

    /// The error has the key that another simulator's name stands for in the model, and the place of a key of the
    /// other table.
    #[test]
    fn names_of_other_simulators_are_known() {
        let told = |model: &str, above: &str, params: &str| {
            let text = format!("model = {model:?}\nshape = 1\n{above}\n[params]\n{params}");
            Description::from_toml(&text).unwrap_err().to_string()
        };
        for (names, plain, adaptive) in [
            ("R r_m R_m Rm", "resistance", "resistance"),
            ("tau tau_m tau_mem", "time_constant", "tc_membrane"),
            ("t_ref tau_ref T_ref refractory_period", "refrac_t", "refrac_t"),
            ("dt time_step", "step_time", "step_time"),
            ("v_th V_th threshold", "thresh_v", "thresh_eq_v"),
            ("v_rest E_L v_leak", "rest_v", "rest_v"),
        ] {
            for (model, key) in [("lif", plain), ("glif1", plain), ("alif", adaptive), ("glif2", adaptive)] {
                for name in names.split(' ') {
                    let told = told(model, "", &format!("{name} = 1.0"));
                    let expected = format!("`params.{name}`: unknown key `{name}`\nhelp: did you mean `{key}`?\n");
                    assert!(told.contains(&expected), "{model}: {told}");
                }
            }
        }
        for (model, name, expected) in [
            ("lif", "tc_membrane", "did you mean `time_constant`?"),
            ("glif2", "time_constant", "did you mean `tc_membrane`?"),
            ("alif", "V_reset", "did you mean `reset_v`?"),
            ("glif2", "v_reset", "unknown key `v_reset`; available: step_time, "),
            ("lif", "dtype", "did you mean `scalar`, above the line `[params]`?"),
        ] {
            let told = told(model, "", &format!("{name} = 1.0"));
            assert!(told.contains(expected), "{model}, {name}: {told}");
        }
        assert!(
            told("lif", "dtype = 'f32'", "").contains("`dtype`: unknown key `dtype`\nhelp: did you mean `scalar`?")
        );
        assert!(told("alif", "tau = 20.0", "").contains("did you mean `tc_membrane`, below a line `[params]`?"));
        assert!(told("none", "tau = 20.0", "").contains("unknown key `tau`; available: model, "));
    }

    /// The error names another kind of file by its first bytes. Reading stops at the bound, so an endless file
    /// is refused too.
    #[test]
    fn other_file_types_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("population.toml");
        let told = |start: &[u8], length: u64| {
            std::fs::write(&path, start).unwrap();
            File::options().append(true).open(&path).unwrap().set_len(length).unwrap();
            Description::read(&path).unwrap_err().to_string()
        };
        assert!(told(b"\x93NUMPY", 3 << 20).contains("a NumPy array, not the TOML of a population or network"));
        assert!(told(b"PK\x03\x04", 3 << 20).contains("an archive"));
        assert!(told(snapshot::MAGIC, 3 << 20).contains("a snapshot"));
        assert!(told(b"# ", 1 << 32).contains("longer than 1 MiB, not the TOML of a population or network"));
        assert!(told(b"# \xff", 3).contains("byte 0xff in line 1 is not UTF-8"));
        assert!(told(b"\x7fELF\0", 5).contains("not text"));
        std::fs::write(&path, b"\xef\xbb\xbfmodel = 'life'").unwrap();
        assert!(Description::read(&path).unwrap_err().to_string().contains("did you mean `lif`?"));
    }

    /// Unknown keys, violated constraints and values that do not fit the format are reported together, each once.
    #[test]
    fn all_errors_are_reported_together() {
        let errors = Description::from_toml(
            r#"
            model = "alif"
            shape = [3]
            scalar = "i8f8"
            bacth_size = 2
            [params]
            step_time = 1.0
            rest_v = -60.0
            reset_v = -65.0
            thresh_eq_v = -50.0
            refrac_t = -1.0
            tc_membrane = 0.0
            tc_adaptation = [20.0, -3.0]
            resistance = 1e9
            "#,
        )
        .unwrap_err();
        let found: Vec<_> = errors.0.iter().map(|error| error.0.split('`').nth(1).unwrap_or_default()).collect();
        let expected =
            ["bacth_size", "params.spike_increment", "refrac_t", "tc_membrane", "tc_adaptation[1]", "resistance"];
        assert_eq!(found, expected, "{errors}");
    }

    /// Names and values from a file are escaped and shortened, and only the first errors of many are printed.
    #[test]
    fn printed_file_content_is_bounded() {
        let hostile = "model = \"\\u001b[2J\"\nshape = 1\n\"\\u001b]0;x\\u0007\" = 1\n[params]\nrest_v = \"\\u202e\"";
        let told = Description::from_toml(hostile).unwrap_err().to_string();
        assert!(told.contains("unknown key `\\u{1b}]0;x\\u{7}`") && !told.contains('\u{1b}'), "{told}");
        let many: String = (0..40_000).map(|i| format!("\"{i}\\u001b{}\" = 1\n", "x".repeat(20))).collect();
        let long = format!("model = \"{}\"\nshape = [{}]\n{many}", "m".repeat(100_000), "1,".repeat(60_000));
        let syntax = format!("model = {}\u{1b}", "[".repeat(50_000));
        for text in [long, syntax, format!("model = 'lif'\nshape = [{}]\n[params]", "1,".repeat(100_000))] {
            let told = Description::from_toml(&text).unwrap_err().to_string();
            assert!(told.len() < 20_000 && !told.contains('\u{1b}'), "{}", told.len());
        }
    }
}
