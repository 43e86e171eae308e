//! Population files: what a population is, in TOML, under Inferno's names.
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

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use glif_core::fixed::types::{I8F8, I9F7, I12F20, I16F16};
use glif_core::{Flags, Representation, Rule};
use serde::{Deserialize, Serialize, Serializer};

use crate::AnyPopulation;
use crate::limits::{AXES, POPULATION_FILE, PRINTED, PRINTED_MISTAKES};
use crate::number::short;
use crate::output::counted;
use crate::population::BuildError;
use crate::reduction::Reduction;
use crate::snapshot;
use crate::text::{self, message, printable};

/// Declares an enum whose variants have names in files.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// Every one of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name in files.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok(Self::$variant),)*
                    _ => Err(unknown(text, $what, &[$($text),*])),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.name().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

named! {
    /// The four models.
    ModelName, "model" {
        /// Leaky integrate-and-fire.
        Lif = "lif",
        /// The same under another name.
        Glif1 = "glif1",
        /// Adaptive thresholds.
        Alif = "alif",
        /// Adaptive thresholds and a linear reset.
        Glif2 = "glif2",
    }
}
named! {
    /// The number formats that files can name; the library takes every width of `fixed`.
    ScalarName, "scalar" {
        /// IEEE 754 binary32.
        F32 = "f32",
        /// IEEE 754 binary64.
        F64 = "f64",
        /// 32 bits, 16 of them fraction: ±16,384 mV in steps of 1.5·10⁻⁵ mV.
        I16F16 = "i16f16",
        /// 32 bits, 20 of them fraction: ±1,024 mV in steps of 9.5·10⁻⁷ mV.
        I12F20 = "i12f20",
        /// 16 bits, 8 of them fraction: ±128 mV in steps of 0.004 mV.
        I8F8 = "i8f8",
        /// 16 bits, 7 of them fraction: ±256 mV in steps of 0.008 mV.
        I9F7 = "i9f7",
    }
}
named! {
    /// How a batch's threshold updates become one.
    ReductionName, "batch_reduction" {
        /// The mean.
        Mean = "mean",
        /// The sum: multiplies the components by the batch size at every step.
        Sum = "sum",
        /// The greatest.
        Max = "max",
        /// The least.
        Min = "min",
    }
}
named! {
    /// How refractory times become steps.
    RuleName, "refractory" {
        /// Inferno's countdown, drift included.
        Inferno = "inferno",
        /// The quotient of both times, rounded up.
        Exact = "exact",
        /// One step more.
        Nest = "nest",
    }
}
named! {
    /// How decays round in fixed point.
    RoundingName, "rounding" {
        /// To nearest, ties up.
        Nearest = "nearest",
        /// Toward zero.
        Truncate = "truncate",
        /// Up or down with the probability that makes the mean exact.
        Stochastic = "stochastic",
    }
}

/// The value of a parameter: a number, or one for each threshold component.
///
/// ```
/// use glif::description::Value;
/// # let mut description = glif::Description::from_toml("model = 'alif'\nshape = [4, 5]\n[params]\nstep_time = 1.0\n\
/// #     rest_v = -60.0\nreset_v = -65.0\nthresh_eq_v = -50.0\nrefrac_t = 2.0\ntc_membrane = 20.0\n\
/// #     tc_adaptation = [20.0, 200.0]\nspike_increment = 1.5")?;
/// assert_eq!(description.params["tc_membrane"], Value::Number(20.0)); // ms
/// // A third component; the increment, a number, is that of all.
/// description.params.insert("tc_adaptation".to_owned(), Value::List(vec![20.0, 200.0, 2000.0]));
/// assert_eq!(description.params["spike_increment"], Value::Number(1.5)); // mV
/// assert_eq!(description.build()?.coefficients().increment, ["1.5", "1.5", "1.5"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// For a parameter of the membrane.
    Number(f64),
    /// For `tc_adaptation`, `rc_adaptation` and `spike_increment`.
    List(Vec<f64>),
}

/// What a population is.
///
/// The same population in another number format:
///
/// ```
/// use glif::{Description, description::ScalarName};
/// # let description = glif::Description::from_toml("model = 'lif'\nshape = 3\n[params]\nstep_time = 1.0\nrest_v = -60.0\n\
/// #     reset_v = -65.0\nthresh_v = -50.0\nrefrac_t = 2.0\ntime_constant = 20.0")?;
/// let small = Description { scalar: ScalarName::I8F8, ..description.clone() };
/// assert_eq!(description.differences(&small, ["before", "now"]), ["`scalar` is \"f32\" before, \"i8f8\" now"]);
/// assert_eq!((description.build()?.bytes_per_neuron(), small.build()?.bytes_per_neuron()), (6, 4));
/// assert_eq!(Description::from_toml(&small.to_toml())?, small);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Description {
    /// Which model.
    pub model: ModelName,
    /// Neurons along each axis.
    #[serde(serialize_with = "whole_numbers")]
    pub shape: Vec<usize>,
    /// Samples; default 1.
    #[serde(serialize_with = "whole")]
    pub batch_size: usize,
    /// Number format; default `f32`.
    pub scalar: ScalarName,
    /// Hold membranes in the refractory period; default true.
    pub refrac_lock: bool,
    /// Let threshold components change; default true.
    pub adapt: bool,
    /// Default `mean`.
    pub batch_reduction: ReductionName,
    /// Default `inferno`.
    pub refractory: RuleName,
    /// Fixed point only; default `nearest`.
    pub rounding: RoundingName,
    /// Of stochastic rounding; default 0.
    #[serde(serialize_with = "whole")]
    pub seed: u64,
    /// Inferno's parameters, complete.
    pub params: BTreeMap<String, Value>,
}

/// One thing wrong with a population file, in a sentence that names the key.
///
/// ```
/// use glif::{Description, description::DescriptionError};
///
/// let errors = Description::from_toml("model = 'life'\nshape = 3\n[params]").unwrap_err();
/// let told = "`model` = \"life\": unknown model `life`; did you mean `lif`?";
/// assert_eq!(errors.0, [DescriptionError(told.to_owned())]);
/// ```
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct DescriptionError(pub String);

/// A population file that cannot be read, or does not describe a population.
///
/// ```
/// use glif::{Description, description::ReadError};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("population.toml");
/// std::fs::write(&path, b"\x93NUMPY\x01\0")?;
/// let error = Description::read(&path).unwrap_err();
/// assert!(error.to_string().ends_with("population.toml` is a NumPy array and not a population file, which is TOML"));
/// std::fs::write(&path, "model = 'lif'\n[params]")?; // without a shape and six parameters
/// assert!(matches!(Description::read(&path), Err(ReadError::Wrong { errors, .. }) if errors.0.len() == 7));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file system's reason.
    #[error("`{}`: {error}", text::path(path))]
    Io {
        /// Which file.
        path: PathBuf,
        /// Its reason.
        error: std::io::Error,
    },
    /// A file of another kind.
    #[error("`{}` {kind} and not a population file, which is TOML", text::path(path))]
    Kind {
        /// Which file.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
    },
    /// Text in another encoding than UTF-8, or no text.
    #[error("`{}` {problem}; a population file is TOML, which is text in UTF-8", text::path(path))]
    Encoding {
        /// Which file.
        path: PathBuf,
        /// What it is in, or its first byte that is not UTF-8, with its line, and what to do.
        problem: String,
    },
    /// Everything that is wrong with it, a line each.
    #[error("`{}` does not describe a population:{}", text::path(path), indented(errors))]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        errors: DescriptionErrors,
    },
}

fn indented(errors: &DescriptionErrors) -> String {
    errors.to_string().lines().map(|line| format!("\n  {line}")).collect()
}

impl From<RuleName> for Rule {
    fn from(name: RuleName) -> Self {
        match name {
            RuleName::Inferno => Self::Inferno,
            RuleName::Exact => Self::Exact,
            RuleName::Nest => Self::Nest,
        }
    }
}

impl<S> From<ReductionName> for Reduction<S> {
    fn from(name: ReductionName) -> Self {
        match name {
            ReductionName::Mean => Self::Mean,
            ReductionName::Sum => Self::Sum,
            ReductionName::Max => Self::Max,
            ReductionName::Min => Self::Min,
        }
    }
}

/// Everything wrong with a population file, a line each; printed are the first [`PRINTED_MISTAKES`] and how many more there are.
///
/// ```
/// # let file = "model = 'lif'\nshape = 3\n[params]\nstep_time = 1.0\nrest_v = -60.0\nreset_v = -65.0\nthresh_v = -50.0\n\
/// #     refrac_t = 2.0\ntime_constant = 20.0";
/// let mistaken = file.replace("shape = 3", "shape = 0").replace("refrac_t", "refractory_t");
/// let errors = glif::Description::from_toml(&mistaken).unwrap_err();
/// assert_eq!(errors.0.len(), 3);
/// assert_eq!(
///     errors.to_string(),
///     "`params.refractory_t`: unknown key `refractory_t`; did you mean `refrac_t`?\n\
///      `params.refrac_t` is missing; lif needs it\n\
///      `shape` = [0] must have an axis or more, each at least 1 long"
/// );
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct DescriptionErrors(pub Vec<DescriptionError>);

impl fmt::Display for DescriptionErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().take(PRINTED_MISTAKES).enumerate() {
            write!(f, "{}{error}", if i == 0 { "" } else { "\n" })?;
        }
        match self.0.len().saturating_sub(PRINTED_MISTAKES) {
            0 => Ok(()),
            more => write!(f, "\nand {} more", counted(more, "mistake")),
        }
    }
}

impl std::error::Error for DescriptionErrors {}

const KEYS: [&str; 11] = [
    "model",
    "shape",
    "batch_size",
    "scalar",
    "refrac_lock",
    "adapt",
    "batch_reduction",
    "refractory",
    "rounding",
    "seed",
    "params",
];

impl ScalarName {
    /// Whether it is fixed point, which has a rounding to choose.
    pub fn is_fixed_point(self) -> bool {
        !matches!(self, Self::F32 | Self::F64)
    }

    /// The distance between its numbers and the greatest of them, in fixed point.
    fn grid(self) -> Option<(f64, f64)> {
        const fn grid<S: Representation>() -> Option<(f64, f64)> {
            Some((S::RESOLUTION, S::GREATEST))
        }
        match self {
            Self::F32 | Self::F64 => None,
            Self::I16F16 => grid::<I16F16>(),
            Self::I12F20 => grid::<I12F20>(),
            Self::I8F8 => grid::<I8F8>(),
            Self::I9F7 => grid::<I9F7>(),
        }
    }

    /// In fixed point, the magnitude that loses one last place to a step's decay by this factor, mV. Rounding to nearest stops a
    /// decay at half of it. Truncation takes one last place per step from all that is smaller, however slow the decay is.
    ///
    /// ```
    /// use glif::description::ScalarName;
    /// let decay = 1.0 - 1.0 / 400.0; // a time constant of about 400 steps
    /// let band = ScalarName::I8F8.last_place_band(decay).unwrap();
    /// assert!((band - 400.0 / 256.0).abs() < 1e-9);
    /// assert_eq!(ScalarName::F32.last_place_band(decay), None);
    /// ```
    pub fn last_place_band(self, decay: f64) -> Option<f64> {
        self.grid().map(|(resolution, _)| resolution / (1.0 - decay))
    }

    /// In fixed point, the strongest current that it holds, nA; a step takes stronger ones for it.
    pub(crate) fn greatest_current(self) -> Option<f64> {
        self.grid().map(|(_, greatest)| greatest)
    }
}

impl ModelName {
    /// Names of its parameters that are numbers; `resistance` is the only one with a default.
    pub fn numbers(self) -> &'static [&'static str] {
        match self {
            Self::Lif | Self::Glif1 => {
                &["step_time", "rest_v", "reset_v", "thresh_v", "refrac_t", "time_constant", "resistance"]
            }
            Self::Alif => &["step_time", "rest_v", "reset_v", "thresh_eq_v", "refrac_t", "tc_membrane", "resistance"],
            Self::Glif2 => &[
                "step_time",
                "rest_v",
                "reset_v_add",
                "reset_v_mul",
                "thresh_eq_v",
                "refrac_t",
                "tc_membrane",
                "resistance",
            ],
        }
    }

    /// Name of the parameter that is its threshold, adaptation apart.
    pub fn threshold(self) -> &'static str {
        match self {
            Self::Lif | Self::Glif1 => "thresh_v",
            Self::Alif | Self::Glif2 => "thresh_eq_v",
        }
    }

    /// Name of the parameter that is the time constant of its membrane.
    pub fn time_constant(self) -> &'static str {
        match self {
            Self::Lif | Self::Glif1 => "time_constant",
            Self::Alif | Self::Glif2 => "tc_membrane",
        }
    }

    /// Names of its parameters that may be lists.
    pub fn lists(self) -> &'static [&'static str] {
        match self {
            Self::Lif | Self::Glif1 => &[],
            Self::Alif => &["tc_adaptation", "spike_increment"],
            Self::Glif2 => &["rc_adaptation", "spike_increment"],
        }
    }
}

impl Description {
    /// Reads a population file.
    ///
    /// ```
    /// let told = glif::Description::read("no.toml".as_ref()).unwrap_err().to_string();
    /// assert!(told.starts_with("`no.toml`: "), "{told}");
    /// ```
    ///
    /// # Errors
    /// If it cannot be read, or all that [`from_toml`](Self::from_toml) finds wrong in it.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|file| file.take(POPULATION_FILE + 1).read_to_end(&mut bytes))
            .map_err(|error| ReadError::Io { path: path.to_owned(), error })?;
        let refuse = |kind| ReadError::Kind { path: path.to_owned(), kind };
        match &bytes[..] {
            [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => return Err(refuse("is a NumPy array")),
            [b'P', b'K', 3 | 5, 4 | 6, ..] => return Err(refuse("is an archive, such as NumPy writes,")),
            start if start.starts_with(snapshot::MAGIC) => return Err(refuse("is a snapshot")),
            long if long.len() as u64 > POPULATION_FILE => return Err(refuse("is longer than 1 MiB")),
            _ => (),
        }
        let text = text::decode(bytes).map_err(|problem| ReadError::Encoding { path: path.to_owned(), problem })?;
        Self::from_toml(&text).map_err(|errors| ReadError::Wrong { path: path.to_owned(), errors })
    }

    /// Reads the text of a population file.
    ///
    /// # Errors
    /// Everything wrong with it at once: syntax first; then unknown, missing and mistyped keys, and the values of
    /// parameters as far as they are there.
    pub fn from_toml(text: &str) -> Result<Self, DescriptionErrors> {
        let table: toml::Table = toml::from_str(text)
            .map_err(|error| DescriptionErrors(vec![DescriptionError(message(&error.to_string()))]))?;
        let mut reader = Reader { table, errors: Vec::new() };
        reader.refuse_unknown("", &KEYS);
        let model = reader.required::<ModelName>("model");
        let shape = reader.required::<Shape>("shape");
        let description = Self {
            model: model.unwrap_or(ModelName::Lif),
            shape: shape.map_or(vec![1], |shape| match shape {
                Shape::Line(length) => vec![length],
                Shape::Axes(lengths) => lengths,
            }),
            batch_size: reader.optional("batch_size").unwrap_or(1),
            scalar: reader.optional("scalar").unwrap_or(ScalarName::F32),
            refrac_lock: reader.optional("refrac_lock").unwrap_or(true),
            adapt: reader.optional("adapt").unwrap_or(true),
            batch_reduction: reader.optional("batch_reduction").unwrap_or(ReductionName::Mean),
            refractory: reader.optional("refractory").unwrap_or(RuleName::Inferno),
            rounding: reader.optional("rounding").unwrap_or(RoundingName::Nearest),
            seed: reader.optional("seed").unwrap_or(0),
            params: BTreeMap::new(),
        };
        let params = reader.required::<toml::Table>("params");
        let mut errors = reader.errors;
        let (Some(model), Some(params)) = (model, params) else {
            return Err(DescriptionErrors(errors));
        };
        let (params, absent) = read_params(model, params, &mut errors);
        let description = Self { params, ..description };
        errors.extend(description.problems(&absent));
        if errors.is_empty() { Ok(description) } else { Err(DescriptionErrors(errors)) }
    }

    /// The file that describes it, every key written out.
    ///
    /// A whole number beyond [`i64::MAX`], with which no population is built, is more than TOML can hold: it is written as
    /// text, and reading it names its key.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }

    /// The switches it sets for every step.
    pub fn flags(&self) -> Flags {
        Flags { refrac_lock: self.refrac_lock, adapt: self.adapt }
    }

    /// A parameter that is a number; NaN if it is not there.
    pub fn number(&self, name: &str) -> f64 {
        match self.params.get(name) {
            Some(Value::Number(value)) => *value,
            _ => f64::NAN,
        }
    }

    /// A parameter that is a list, or a number as a list of one.
    pub fn list(&self, name: &str) -> &[f64] {
        match self.params.get(name) {
            Some(Value::Number(value)) => std::slice::from_ref(value),
            Some(Value::List(values)) => values,
            None => &[],
        }
    }

    /// The population with one neuron in one sample: its coefficients and report are those of the whole.
    ///
    /// # Errors
    /// As for [`build`](Self::build).
    pub fn one_neuron(&self) -> Result<AnyPopulation, BuildError> {
        Self { shape: vec![1], batch_size: 1, ..self.clone() }.build()
    }

    /// How many threshold components it has.
    pub fn components(&self) -> usize {
        self.model.lists().iter().map(|name| self.list(name).len()).max().unwrap_or(0)
    }

    /// Where another description differs, one line each; `names` tell where this one is, and where the other.
    pub fn differences(&self, other: &Self, names: [&str; 2]) -> Vec<String> {
        let table = |description: &Self| toml::Table::try_from(description).unwrap_or_default();
        let (here, there) = (flatten(table(self)), flatten(table(other)));
        let keys: std::collections::BTreeSet<_> = here.keys().chain(there.keys()).collect();
        let show = |value: Option<&toml::Value>| value.map_or("absent".to_owned(), ToString::to_string);
        let differing = keys.into_iter().filter(|key| here.get(*key) != there.get(*key));
        differing
            .map(|key| {
                let ([one, other], [here, there]) = (names, [&here, &there].map(|table| show(table.get(key))));
                format!("`{key}` is {here} {one}, {there} {other}")
            })
            .collect()
    }

    /// Floats have the rounding of IEEE 754 alone.
    pub(crate) fn unfit_rounding(&self) -> Option<BuildError> {
        let Self { rounding, scalar, .. } = *self;
        let unfit = rounding != RoundingName::Nearest && !scalar.is_fixed_point();
        unfit.then_some(BuildError::Rounding { rounding, scalar })
    }

    /// What is wrong with the values, but for parameters that are `absent`, which has been told.
    fn problems(&self, absent: &[&str]) -> Vec<DescriptionError> {
        let mut problems = Vec::new();
        if self.shape.len() > AXES {
            let axes = self.shape.len();
            return vec![DescriptionError(format!("`shape` has {axes} axes; a population has at most {AXES}"))];
        }
        let mut refuse = |error: BuildError| problems.push(DescriptionError(error.to_string()));
        self.unfit_rounding().into_iter().for_each(&mut refuse);
        let (shape, batch) = (&self.shape, self.batch_size);
        if shape.is_empty() || shape.contains(&0) {
            refuse(BuildError::Empty { shape: shape.clone() });
        }
        if batch == 0 {
            refuse(BuildError::NoSample);
        }
        if shape.iter().try_fold(batch, |cells, length| cells.checked_mul(*length)).is_none() {
            refuse(BuildError::TooLarge { shape: shape.clone(), batch });
        }
        // One neuron tells all about the parameters. An absent number is NaN, an absent list has one harmless value.
        let mut params = self.params.clone();
        for name in absent.iter().filter(|name| self.model.lists().contains(name)) {
            params.insert((*name).to_owned(), Value::Number(1.0));
        }
        let rounding = if self.unfit_rounding().is_some() { RoundingName::Nearest } else { self.rounding };
        if let Err(error) = (Self { shape: vec![1], batch_size: 1, rounding, params, ..self.clone() }).build() {
            let told = |line: &&str| absent.iter().any(|name| line.starts_with(&format!("`{name}")));
            let lines = error.to_string();
            // Another rest is no remedy where the reset is wrong too.
            let reset = lines.lines().any(|line| line.starts_with("`reset_v` "));
            let instead = |line| if reset { String::new() } else { self.instead(line) };
            let lines = lines.lines().filter(|line| !told(line));
            problems.extend(lines.map(|line| DescriptionError(format!("{line}{}", instead(line)))));
        }
        problems
    }
}

impl Description {
    /// What to do instead of a rest that lies on or above the threshold, which this message is about: a lower rest, and the current
    /// that holds the membrane where the rest was. Nothing if it is about something else, or reset and threshold are exchanged.
    fn instead(&self, message: &str) -> String {
        let threshold = self.model.threshold();
        let [rest, limit, resistance] = ["rest_v", threshold, "resistance"].map(|name| self.number(name));
        let lower = match self.model {
            ModelName::Glif2 => limit - 10.0, // mV
            _ => self.number("reset_v"),
        };
        let about = message.starts_with("`rest_v` = ") && message.contains(&format!("must be below `{threshold}`"));
        let current = (rest - lower) / resistance;
        if !about || lower >= limit || !current.is_finite() {
            return String::new();
        }
        let [lower, current] = [lower, current].map(|value| short(value, 6));
        // A linear reset starts from the rest.
        let offset = self.number("reset_v_add") - (rest - (limit - 10.0)) * (1.0 - self.number("reset_v_mul"));
        let offset = match self.model {
            ModelName::Glif2 => format!(", `reset_v_add` = {} mV", short(offset, 6)),
            _ => String::new(),
        };
        format!("; for the same neuron take `rest_v` = {lower} mV{offset} and {current} nA more of current")
    }
}

/// As text what TOML cannot hold, so that nothing fails to be written.
fn whole<T: Copy + fmt::Display + TryInto<i64>, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    match (*value).try_into() {
        Ok(value) => serializer.serialize_i64(value),
        Err(_) => serializer.collect_str(value),
    }
}

fn whole_numbers<S: Serializer>(values: &[usize], serializer: S) -> Result<S::Ok, S::Error> {
    struct Whole(usize);
    impl Serialize for Whole {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            whole(&self.0, serializer)
        }
    }
    serializer.collect_seq(values.iter().map(|value| Whole(*value)))
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Shape {
    Line(usize),
    Axes(Vec<usize>),
}

fn flatten(table: toml::Table) -> BTreeMap<String, toml::Value> {
    let mut flat = BTreeMap::new();
    for (key, value) in table {
        match value {
            toml::Value::Table(inner) => {
                flat.extend(inner.into_iter().map(|(name, value)| (format!("{key}.{name}"), value)));
            }
            value => {
                flat.insert(key, value);
            }
        }
    }
    flat
}

/// Takes a table apart, collecting what is wrong.
struct Reader {
    table: toml::Table,
    errors: Vec<DescriptionError>,
}

impl Reader {
    fn refuse_unknown(&mut self, prefix: &str, known: &[&str]) {
        let (astray, unknowns): (Vec<&String>, Vec<&String>) = self
            .table
            .keys()
            .filter(|key| !known.contains(&key.as_str()))
            .partition(|key| if prefix.is_empty() { is_parameter(key) } else { KEYS.contains(&key.as_str()) });
        if !astray.is_empty() {
            let names: Vec<String> = astray.iter().map(|key| format!("`{key}`")).collect();
            let place = if prefix.is_empty() { "below a line" } else { "above the line" };
            let text = format!("{} must stand {place} `[params]`", names.join(", "));
            self.errors.push(DescriptionError(text));
        }
        for key in unknowns {
            let text = format!("`{prefix}{}`: {}", printable(key, PRINTED), unknown(key, "key", known));
            self.errors.push(DescriptionError(text));
        }
    }

    fn optional<T: for<'de> Deserialize<'de>>(&mut self, key: &str) -> Option<T> {
        let value = self.table.get(key)?.clone();
        let found = printable(&value.to_string(), PRINTED);
        match value.try_into() {
            Ok(value) => Some(value),
            Err(error) => {
                let text = format!(
                    "`{key}` = {found}: {}",
                    expected(key).unwrap_or_else(|| match error.message().trim() {
                        text if text.starts_with("invalid type") => "a name in quotes is needed",
                        text => text,
                    })
                );
                self.errors.push(DescriptionError(text));
                None
            }
        }
    }

    fn required<T: for<'de> Deserialize<'de>>(&mut self, key: &str) -> Option<T> {
        if !self.table.contains_key(key) {
            self.errors.push(DescriptionError(format!("`{key}` is missing")));
        }
        self.optional(key)
    }
}

/// Whether some model has a parameter of that name.
fn is_parameter(name: &str) -> bool {
    ModelName::ALL.iter().any(|model| model.numbers().contains(&name) || model.lists().contains(&name))
}

/// What a key takes, where serde's own words would be about Rust.
fn expected(key: &str) -> Option<&'static str> {
    Some(match key {
        "shape" => "a positive whole number or a list of them is needed",
        "batch_size" => "a positive whole number is needed",
        "seed" => "a whole number from 0 is needed",
        "refrac_lock" | "adapt" => "true or false is needed",
        "params" => "a table [params] is needed",
        _ => return None,
    })
}

/// The unit in which a parameter of a population file is read; none of a factor.
///
/// ```
/// use glif::description::unit;
/// assert_eq!(["thresh_v", "refrac_t", "reset_v_mul"].map(unit), ["mV", "ms", ""]);
/// ```
pub fn unit(parameter: &str) -> &'static str {
    match parameter {
        "step_time" | "refrac_t" | "time_constant" | "tc_membrane" | "tc_adaptation" => "ms",
        "rc_adaptation" => "1/ms",
        "resistance" => "MΩ",
        "reset_v_mul" => "",
        _ => "mV",
    }
}

/// The parameters that are there, and the names of those that are not.
fn read_params(
    model: ModelName,
    table: toml::Table,
    errors: &mut Vec<DescriptionError>,
) -> (BTreeMap<String, Value>, Vec<&'static str>) {
    let known: Vec<_> = model.numbers().iter().chain(model.lists()).copied().collect();
    let mut reader = Reader { table, errors: Vec::new() };
    reader.refuse_unknown("params.", &known);
    let mut params = BTreeMap::new();
    for &name in &known {
        let may_be_list = model.lists().contains(&name);
        let default = (name == "resistance").then_some(Value::Number(1.0));
        let value = match reader.table.get(name) {
            None => default,
            Some(value) => match value.clone().try_into() {
                Ok(value @ Value::Number(_)) => Some(value),
                Ok(value @ Value::List(_)) if may_be_list => Some(value),
                _ => {
                    let several = matches!(value, toml::Value::Array(_) | toml::Value::Table(_));
                    let what = match (may_be_list, several) {
                        (true, _) => "a number or a list of numbers is needed",
                        (_, true) => "one number is needed, as all neurons share it",
                        _ => "a number is needed",
                    };
                    let unit = match unit(name) {
                        "" => String::new(),
                        unit if several => format!("; it is read in {unit}"),
                        unit => format!(", without its unit: it is read in {unit}"),
                    };
                    let value = printable(&value.to_string(), PRINTED);
                    reader.errors.push(DescriptionError(format!("`params.{name}` = {value}: {what}{unit}")));
                    continue;
                }
            },
        };
        match value {
            Some(value) => drop(params.insert(name.to_owned(), value)),
            None => reader.errors.push(DescriptionError(format!("`params.{name}` is missing; {model} needs it"))),
        }
    }
    errors.append(&mut reader.errors);
    let absent = known.into_iter().filter(|name| !params.contains_key(*name)).collect();
    (params, absent)
}

/// "unknown …", with the nearest known name where one is near, else with all of them.
fn unknown(text: &str, what: &str, known: &[&str]) -> String {
    let (plain, text) = (text.trim().to_lowercase(), printable(text, PRINTED));
    let nearest =
        known.iter().map(|name| (strsim::jaro_winkler(&plain, name), name)).max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((similarity, name)) if similarity > 0.75 => {
            format!("unknown {what} `{text}`; did you mean `{name}`?")
        }
        _ => format!("unknown {what} `{text}`; known are {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_in_the_wrong_table_are_told_where_they_belong() {
        let above = "model = \"lif\"\nshape = 1\nrest_v = -60.0\n[params]\nrefrac_lock = false\nadapt = false\n";
        let errors = Description::from_toml(above).unwrap_err().to_string();
        assert!(errors.contains("`rest_v` must stand below a line `[params]`"), "{errors}");
        assert!(errors.contains("`adapt`, `refrac_lock` must stand above the line `[params]`"), "{errors}");
        assert!(!errors.contains("did you mean"), "{errors}");
    }

    /// A file of another kind is told by its first bytes, and one without an end is not read to it.
    #[test]
    fn files_of_other_kinds_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("population.toml");
        let told = |start: &[u8], length: u64| {
            std::fs::write(&path, start).unwrap();
            File::options().append(true).open(&path).unwrap().set_len(length).unwrap();
            Description::read(&path).unwrap_err().to_string()
        };
        assert!(told(b"\x93NUMPY", 3 << 20).contains("is a NumPy array and not a population file"));
        assert!(told(b"PK\x03\x04", 3 << 20).contains("is an archive"));
        assert!(told(snapshot::MAGIC, 3 << 20).contains("is a snapshot"));
        assert!(told(b"# ", 1 << 32).contains("is longer than 1 MiB and not a population file"));
        assert!(told(b"# \xff", 3).contains("has the byte 0xff in line 1, which is not UTF-8"));
        assert!(told(b"\x7fELF\0", 5).contains("is not text; a population file is TOML"));
        std::fs::write(&path, b"\xef\xbb\xbfmodel = 'life'").unwrap();
        assert!(Description::read(&path).unwrap_err().to_string().contains("did you mean `lif`?"));
    }

    /// Keys, constraints and what does not fit the format, in one telling, each once.
    #[test]
    fn everything_wrong_is_told_at_once() {
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

    /// Names and values from a file are escaped and cut, and the first mistakes are printed of many.
    #[test]
    fn what_is_printed_of_a_file_is_bounded() {
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

    /// A rest above the threshold is another rest and a current: Brian2's CUBA neuron fires every 529 steps without input.
    #[test]
    fn the_advice_for_a_rest_above_the_threshold_gives_the_same_neuron() {
        let cuba = "model = 'lif'\nshape = 1\nscalar = 'f64'\nrefractory = 'exact'\n[params]\nstep_time = 0.1\nrest_v = -49.0\n\
                    reset_v = -60.0\nthresh_v = -50.0\nrefrac_t = 5.0\ntime_constant = 20.0\nresistance = 2.0\n";
        let linear = "model = 'glif2'\nshape = 1\nscalar = 'f64'\nrefractory = 'exact'\n[params]\nstep_time = 0.1\nrest_v = -49.0\n\
                      reset_v_add = 9.0\nreset_v_mul = 0.5\nthresh_eq_v = -50.0\nrefrac_t = 5.0\ntc_membrane = 20.0\n\
                      rc_adaptation = 0.1\nspike_increment = 0.0\n";
        let advice = "; for the same neuron take `rest_v` = -60 mV";
        for (text, advice, fixes, current) in [
            (cuba, format!("{advice} and 5.5 nA more of current"), vec![("rest_v = -49.0", "rest_v = -60")], 5.5),
            (
                linear,
                format!("{advice}, `reset_v_add` = 3.5 mV and 11 nA more of current"),
                vec![("rest_v = -49.0", "rest_v = -60"), ("reset_v_add = 9.0", "reset_v_add = 3.5")],
                11.0,
            ),
        ] {
            let told = Description::from_toml(text).unwrap_err().to_string();
            assert!(told.ends_with(&advice) && told.lines().count() == 1, "{told}");
            let fixed = fixes.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
            let description = Description::from_toml(&fixed).unwrap();
            let mut population = description.build().unwrap();
            let mut spikes = Vec::new();
            for step in 0..3000 {
                population.load(crate::Currents::F64(&[current])).unwrap();
                if population.step(description.flags()).unwrap().count() > 0 {
                    spikes.push(step);
                }
            }
            // From one spike to the next, by the equation of the membrane as it was written: a reset to -60, or to
            // -49 + 0.5 (v + 49) - 9 from where the membrane was.
            let decay = (-0.1_f64 / 20.0).exp();
            let mut v = -60.0;
            let mut expected = Vec::new();
            let mut step = 0;
            while step < 3000 {
                v = -49.0 + (v + 49.0) * decay;
                if v >= -50.0 {
                    expected.push(step);
                    v = if text == cuba { -60.0 } else { -49.0 + 0.5 * (v + 49.0) - 9.0 };
                    step += 49; // 50 steps without a membrane that moves, the spike's own included
                }
                step += 1;
            }
            assert_eq!(spikes, expected);
            assert!(spikes.len() > 3);
        }
        // Rest and reset both round onto the threshold: neither can stand for the other.
        let both = cuba.replace("f64", "f32").replace("-49.0", "-50.0000001").replace("-60.0", "-50.0000000001");
        let told = Description::from_toml(&both).unwrap_err().to_string();
        assert!(told.lines().count() == 2 && !told.contains("for the same neuron"), "{told}");
    }

    /// What TOML cannot hold is written and told all the same, not the whole left out.
    #[test]
    fn numbers_beyond_toml_are_shown() {
        let here = Description::from_toml(include_str!("../../../examples/spiking.toml")).unwrap();
        let there = Description { seed: u64::MAX, ..here.clone() };
        assert_eq!(here.differences(&there, ["here", "there"]), ["`seed` is 0 here, \"18446744073709551615\" there"]);
        let errors = Description::from_toml(&there.to_toml()).unwrap_err();
        assert_eq!(errors.to_string(), "`seed` = \"18446744073709551615\": a whole number from 0 is needed");
    }
}
