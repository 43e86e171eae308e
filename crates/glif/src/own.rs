//! Parameters of which each neuron has its own value: lists, arrays and draws.
//!
//! A draw gives the same bits on every machine, as the random numbers are ChaCha8's and everything computed from
//! them uses only operations that IEEE 754 fixes. Each parameter, component and neuron has its own stream of the
//! seed, so that a value depends neither on the number of neurons nor on other draws, except that a rest or a
//! reset is drawn until it is below the neuron's threshold.

use glif_core::error::Number;
use glif_core::params::MOST_COMPONENTS;
use glif_core::spec::{ComponentCounts, ComponentKind, Parameter};
use glif_core::{ParamError, Problem};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::Description;
use crate::description::toml::{DescriptionError, DescriptionErrors};
use crate::limits::{DRAWS, PRINTED};
use crate::memory;
use crate::neuron_params::NeuronParams;
use crate::output::counted;
use crate::population::BuildError;
use crate::random::gaussian_pair;
use crate::text::printable;

/// How the values of a parameter that varies from neuron to neuron come about.
///
/// All numbers are in the parameter's unit.
#[derive(Debug, Clone, PartialEq)]
pub enum OwnValues {
    /// One value for each neuron in C order of the shape. A parameter that is a list has the values of all
    /// components of neuron 0 first, then those of neuron 1.
    Each(Vec<f64>),
    /// An array in a file that is not read yet: text after `array =`.
    Array(String),
    /// Drawn from the uniform distribution.
    Uniform {
        /// Least value of the distribution.
        low: f64,
        /// Greatest value of the distribution.
        high: f64,
        /// Least value allowed; -∞ if there is none.
        least: f64,
        /// Greatest value allowed; ∞ if there is none.
        greatest: f64,
    },
    /// Drawn from the normal distribution.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation, 0 or above.
        deviation: f64,
        /// Least value allowed; -∞ if there is none.
        least: f64,
        /// Greatest value allowed; ∞ if there is none.
        greatest: f64,
    },
}

impl OwnValues {
    /// Returns whether the values are drawn.
    pub fn is_drawn(&self) -> bool {
        matches!(self, Self::Uniform { .. } | Self::Normal { .. })
    }

    /// Returns the least and the greatest value allowed.
    fn bounds(&self) -> (f64, f64) {
        match *self {
            Self::Uniform { least, greatest, .. } | Self::Normal { least, greatest, .. } => (least, greatest),
            Self::Each(_) | Self::Array(_) => (f64::NEG_INFINITY, f64::INFINITY),
        }
    }

    /// Draws a value. Values that are not drawn are NaN.
    fn draw(&self, random: &mut ChaCha8Rng) -> f64 {
        match *self {
            // The difference is rounded, so that the sum may exceed `high` by a unit in the last place.
            Self::Uniform { low, high, .. } => (low + (high - low) * random.random::<f64>()).min(high),
            Self::Normal { mean, deviation, .. } => mean + deviation * gaussian_pair(random)[0],
            Self::Each(_) | Self::Array(_) => f64::NAN,
        }
    }

    /// Returns what is wrong with the numbers of a distribution. `place` is the path of its table, and `unit` that of
    /// its values.
    fn misdrawn(&self, place: &str, unit: &str) -> Option<String> {
        let shown = |key: &str, [a, b]: [f64; 2]| format!("`{place}.{key}` = [{}, {}]", Number(a), Number(b));
        let wrong = match *self {
            Self::Each(_) | Self::Array(_) => None,
            Self::Uniform { low, high, .. } => {
                let problem = match high - low {
                    range if !range.is_finite() => Some("both numbers and their difference must be finite"),
                    range if range < 0.0 => Some("the lower bound must not be above the upper bound"),
                    _ => None,
                };
                problem.map(|problem| format!("{}: {problem}", shown("uniform", [low, high])))
            }
            Self::Normal { mean, deviation, .. } => {
                let problem = match (mean.is_finite() && deviation.is_finite(), deviation < 0.0) {
                    (false, _) => Some("both numbers must be finite"),
                    (_, true) => Some("the standard deviation must not be negative"),
                    _ => None,
                };
                problem.map(|problem| format!("{}: {problem}", shown("normal", [mean, deviation])))
            }
        };
        let (least, greatest) = self.bounds();
        let crossed = || {
            let [least, greatest] = [least, greatest].map(Number);
            format!("`{place}.min` = {least}{unit}: must not be above `max` = {greatest}{unit}")
        };
        // NaN is not in order either.
        wrong.or_else(|| (!matches!(least.partial_cmp(&greatest), Some(order) if order.is_le())).then(crossed))
    }
}

/// Returns a blank and the unit of a parameter; empty for a plain factor.
fn unit(parameter: Parameter) -> String {
    if parameter.unit().is_empty() { String::new() } else { format!(" {}", parameter.unit()) }
}

/// Own parameters of a population: at most one entry per parameter, ordered by [`Parameter::ALL`].
///
/// ```
/// use glif::{Description, LifParams, OwnValues, Parameter, Spec};
///
/// let params = LifParams {
///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
/// };
/// let mut description = Description::new(Spec::new(params), &[3]);
/// description.own.set(Parameter::TimeConstant, OwnValues::Each(vec![18.0, 22.5, 20.1])); // ms
/// let drawn = description.drawn()?;
/// assert_eq!(drawn.values(Parameter::TimeConstant), [18.0, 22.5, 20.1]);
/// assert_eq!(drawn.of(1).number(Parameter::TimeConstant), 22.5);
/// assert_eq!(drawn.of(1).number(Parameter::RestV), -60.0); // all neurons share it
/// # Ok::<(), glif::DescriptionErrors>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OwnParams {
    entries: Vec<(Parameter, OwnValues)>,
}

/// Returns the number of a parameter, which never changes.
fn number(parameter: Parameter) -> usize {
    Parameter::ALL.iter().position(|other| *other == parameter).unwrap_or(Parameter::ALL.len())
}

impl OwnParams {
    /// Returns the values of every neuron as lists.
    pub(crate) fn of(params: &NeuronParams) -> Self {
        let mut own = Self::default();
        for parameter in params.parameters() {
            own.set(parameter, OwnValues::Each(params.values(parameter).to_vec()));
        }
        own
    }

    /// Returns whether all neurons share all parameters.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns how the values of a parameter come about; `None` if all neurons share it.
    pub fn get(&self, parameter: Parameter) -> Option<&OwnValues> {
        self.entries.iter().find(|(other, _)| *other == parameter).map(|(_, values)| values)
    }

    /// Sets how the values of a parameter come about, instead of an earlier entry.
    pub fn set(&mut self, parameter: Parameter, values: OwnValues) {
        match self.entries.binary_search_by_key(&number(parameter), |(other, _)| number(*other)) {
            Ok(at) => self.entries[at].1 = values,
            Err(at) => self.entries.insert(at, (parameter, values)),
        }
    }

    /// Removes the entry of a parameter and returns it. All neurons then share its value in the table.
    pub fn remove(&mut self, parameter: Parameter) -> Option<OwnValues> {
        let at = self.entries.iter().position(|(other, _)| *other == parameter)?;
        Some(self.entries.remove(at).1)
    }

    /// Iterates over the entries, in the order of the parameters.
    pub fn iter(&self) -> impl Iterator<Item = (Parameter, &OwnValues)> {
        self.entries.iter().map(|(parameter, values)| (*parameter, values))
    }

    /// Returns the names of the parameters, each in backticks.
    ///
    /// ```
    /// use glif::{OwnParams, OwnValues, Parameter};
    /// let mut own = OwnParams::default();
    /// own.set(Parameter::ThreshV, OwnValues::Each(vec![-50.0, -49.0])); // mV
    /// own.set(Parameter::RestV, OwnValues::Each(vec![-60.0, -61.0]));
    /// assert_eq!(own.names(), "`rest_v`, `thresh_v`");
    /// ```
    pub fn names(&self) -> String {
        self.iter().map(|(parameter, _)| format!("`{parameter}`")).collect::<Vec<_>>().join(", ")
    }

    /// Returns whether values are drawn.
    pub fn has_draws(&self) -> bool {
        self.iter().any(|(_, values)| values.is_drawn())
    }

    /// Returns whether an array is not read yet.
    pub fn has_unread(&self) -> bool {
        self.iter().any(|(_, values)| matches!(values, OwnValues::Array(_)))
    }
}

/// The thresholds of the neurons, mV.
struct Thresholds<'a> {
    parameter: Parameter,
    own: bool,
    /// Of every neuron, or of all neurons; empty if the own ones are not known.
    values: &'a [f64],
}

impl Thresholds<'_> {
    /// Returns the threshold of a neuron; NaN if it is not known.
    fn of(&self, neuron: usize) -> (Parameter, f64) {
        let value = self.values.get(if self.own { neuron } else { 0 });
        (self.parameter, value.copied().unwrap_or(f64::NAN))
    }
}

/// What is wrong with a drawn value.
enum Left {
    Constraint(Problem),
    Least(f64),
    Greatest(f64),
}

impl Description {
    /// Returns the values of every neuron: draws made, lists completed.
    ///
    /// A list that is shorter than another one of the same kind is completed by its last value, as in a file.
    ///
    /// # Errors
    /// Returns an error for each parameter whose number of values is wrong, for the first neuron whose value
    /// violates a constraint, and for a draw that has left its constraints after 100 more draws. Returns an error
    /// if an array is not read, the shape has no neuron, or the values do not fit in memory. Whether the values
    /// fit the number format, and each other beyond the constraints, is checked when the population is built.
    pub fn drawn(&self) -> Result<NeuronParams, DescriptionErrors> {
        let mut errors: Vec<String> = self.own.iter().filter_map(unread).collect();
        let (drawn, wrong) = self.draw_first(usize::MAX);
        errors.extend(wrong.into_iter().map(|(_, problem)| problem));
        if errors.is_empty() { Ok(drawn) } else { Err(listed(errors)) }
    }

    /// Reads the arrays: `load` gets the text after `array =`, and returns the shape and the values in C order.
    ///
    /// The description has the values afterwards, and no longer the names of the arrays. An array has the shape
    /// of the population, or this shape and one more axis for the components of a parameter that is a list.
    ///
    /// # Errors
    /// Returns an error for each array that `load` refuses or whose shape is wrong. If there is none, returns all
    /// errors in the values, as [`from_toml`](Self::from_toml) does. The description has not changed then.
    pub fn load_arrays(
        &mut self,
        mut load: impl FnMut(&str) -> Result<(Vec<usize>, Vec<f64>), String>,
    ) -> Result<(), DescriptionErrors> {
        if !self.own.has_unread() {
            return Ok(());
        }
        let mut errors = Vec::new();
        let mut read = Vec::new();
        for (parameter, values) in self.own.iter() {
            let OwnValues::Array(name) = values else { continue };
            let of = format!("`params.{parameter}`: the array `{}`", printable(name, PRINTED));
            match load(name) {
                Err(problem) => errors.push(format!("{of}: {problem}")),
                Ok((shape, values)) => match self.misshapen(parameter, &shape, values.len()) {
                    Some(problem) => errors.push(format!("{of} {problem}")),
                    None => read.push((parameter, values)),
                },
            }
        }
        if !errors.is_empty() {
            return Err(listed(errors));
        }
        // Only what changes is copied, as the lists may be long.
        let (spec, before) = (self.spec.clone(), self.own.clone());
        for (parameter, values) in read {
            self.own.set(parameter, OwnValues::Each(values));
        }
        let errors = self.settle(&[], true);
        if errors.is_empty() {
            return Ok(());
        }
        (self.spec, self.own) = (spec, before);
        Err(listed(errors))
    }

    /// Sets the values of a parameter that come from an array of a shape.
    #[cfg(feature = "ndarray")]
    pub(crate) fn set_own_values(
        &mut self,
        parameter: Parameter,
        shape: &[usize],
        values: Vec<f64>,
    ) -> Result<(), DescriptionErrors> {
        if let Some(problem) = self.misshapen(parameter, shape, values.len()) {
            return Err(listed(vec![format!("`params.{parameter}`: the array {problem}")]));
        }
        self.own.set(parameter, OwnValues::Each(values));
        Ok(())
    }

    /// Returns what is wrong with the shape of an array of a parameter.
    fn misshapen(&self, parameter: Parameter, found: &[usize], length: usize) -> Option<String> {
        let most = if parameter.is_list() { MOST_COMPONENTS } else { 1 };
        let fits = match found.strip_prefix(&self.shape[..]) {
            Some([]) => true,
            Some([components]) => (1..=most).contains(components),
            _ => false,
        };
        let cells = found.iter().try_fold(1_usize, |cells, axis| cells.checked_mul(*axis));
        if fits && cells == Some(length) {
            return None;
        }
        let shown = |shape: &[usize]| printable(&format!("{shape:?}"), PRINTED);
        if fits {
            return Some(format!("has shape {}, but {}", shown(found), counted(length, "value")));
        }
        let longer = |last: &str| {
            let axes: Vec<String> = self.shape.iter().map(ToString::to_string).chain([last.to_owned()]).collect();
            printable(&format!("[{}]", axes.join(", ")), PRINTED)
        };
        let (found, whole) = (shown(found), shown(&self.shape));
        Some(match parameter.component() {
            None => format!("has shape {found}, but {whole} or {} is needed", longer("1")),
            Some(kind) => format!(
                "has shape {found}, but {whole} or {} is needed, where K is the number of {}, at most {most}",
                longer("K"),
                kinds(kind)
            ),
        })
    }

    /// Returns the numbers of components, from the own lists and the shared ones. A list that is drawn has as many
    /// values as the other lists of its kind, or one.
    pub(crate) fn own_counts(&self, neurons: usize) -> ComponentCounts {
        let of = |kind| {
            let lists = self.model().parameters().iter().filter(|parameter| parameter.component() == Some(kind));
            let lengths = lists.map(|parameter| match self.own.get(*parameter) {
                None => self.spec.params.get(*parameter).len(),
                Some(OwnValues::Each(values)) => values.len().checked_div(neurons).unwrap_or(0),
                Some(OwnValues::Array(_)) => 0,
                Some(_) => 1,
            });
            lengths.max().unwrap_or(0).min(MOST_COMPONENTS)
        };
        ComponentCounts {
            thresholds: of(ComponentKind::Threshold),
            currents: of(ComponentKind::Current),
            ..self.spec.params.counts()
        }
    }

    /// Draws the parameters of at most `most` neurons, and lists what is wrong with which parameter. The result has
    /// the parameters without errors.
    pub(crate) fn draw_first(&self, most: usize) -> (NeuronParams, Vec<(Parameter, String)>) {
        let mut drawn = NeuronParams::new(self.spec.params.clone());
        let Some((first, _)) = self.own.iter().next() else { return (drawn, Vec::new()) };
        let (shape, batch) = (self.shape.clone(), self.batch_size);
        let neurons = match shape.iter().try_fold(1_usize, |cells, length| cells.checked_mul(*length)) {
            Some(0) => return (drawn, vec![(first, BuildError::Empty { shape }.to_string())]),
            Some(neurons) => neurons,
            None => return (drawn, vec![(first, BuildError::TooLarge { shape, batch }.to_string())]),
        };
        let counts = self.own_counts(neurons);
        let widths = |parameter: Parameter| parameter.component().map_or(1, |kind| counts.of(kind));
        let bytes = self.own.iter().map(|(parameter, values)| {
            let neurons = if values.is_drawn() { neurons.min(most) } else { neurons };
            neurons as u128 * widths(parameter) as u128 * size_of::<f64>() as u128
        });
        if !memory::fits(bytes.sum()) {
            return (drawn, vec![(first, BuildError::TooLarge { shape, batch }.to_string())]);
        }
        let mut wrong = Vec::new();
        let threshold = self.model().threshold().unwrap_or(Parameter::ThreshV); // which has no values then
        let rank = |parameter: Parameter| (parameter != threshold, number(parameter));
        let mut own: Vec<(Parameter, &OwnValues)> = self.own.iter().collect();
        // A rest or a reset is compared with the threshold, which therefore comes first.
        own.sort_by_key(|(parameter, _)| rank(*parameter));
        for (parameter, values) in own {
            let width = widths(parameter);
            let shared = self.spec.params.get(threshold);
            let thresholds = match self.own.get(threshold) {
                Some(_) => Thresholds { parameter: threshold, own: true, values: drawn.values(threshold) },
                None => Thresholds { parameter: threshold, own: false, values: shared },
            };
            let done = match values {
                OwnValues::Array(_) => continue,
                _ if !self.model().parameters().contains(&parameter) => {
                    let problem = Problem::NoParameter { model: self.model() };
                    Err(ParamError::new(parameter, f64::NAN, problem).to_string())
                }
                _ if parameter == Parameter::StepTime => {
                    Err(format!("`params.{parameter}`: must be one number, which all neurons share (in ms)"))
                }
                OwnValues::Each(list) => self.each(parameter, list, (neurons, width), &thresholds),
                _ => self.draws(parameter, values, (neurons.min(most), width), &thresholds),
            };
            match done {
                Ok(values) => drawn.own.push((parameter, width, values)),
                Err(problem) => wrong.push((parameter, problem)),
            }
        }
        drawn.own.sort_by_key(|(parameter, ..)| number(*parameter));
        wrong.extend(self.shared_above(drawn.values(threshold)));
        wrong.sort_by_key(|(parameter, _)| number(*parameter));
        (drawn, wrong)
    }

    /// Checks and completes a list with the values of each neuron.
    fn each(
        &self,
        parameter: Parameter,
        list: &[f64],
        (neurons, width): (usize, usize),
        thresholds: &Thresholds<'_>,
    ) -> Result<Vec<f64>, String> {
        let (given, rest) = (list.len() / neurons, list.len() % neurons);
        let most = if parameter.is_list() { MOST_COMPONENTS } else { 1 };
        if rest != 0 || !(1..=most).contains(&given) {
            return Err(miscounted(parameter, list.len(), neurons));
        }
        let problem = |at: usize| parameter.problem(list[at], thresholds.of(at / given));
        if let Some(at) = (0..list.len()).find(|at| problem(*at).is_some()) {
            let neuron = at / given;
            // The neurons after it.
            let others = list.chunks(given).enumerate().skip(neuron + 1);
            let more = others.filter(|(i, values)| (0..values.len()).any(|k| problem(i * given + k).is_some())).count();
            let problem = problem(at).unwrap_or(Problem::NotFinite);
            let told = self.told(parameter, (neuron, at % given), list[at], problem);
            return Err(format!("{told}{}", and_more(more)));
        }
        let too_large = || BuildError::TooLarge { shape: self.shape.clone(), batch: self.batch_size }.to_string();
        let mut values = memory::room(neurons.saturating_mul(width)).ok_or_else(too_large)?;
        if given == width {
            values.extend_from_slice(list);
        } else {
            for own in list.chunks(given) {
                values.extend((0..width).filter_map(|k| own.get(k).or(own.last())));
            }
        }
        Ok(values)
    }

    /// Draws the values of each neuron. Stops at the first neuron whose draws all leave a constraint.
    fn draws(
        &self,
        parameter: Parameter,
        from: &OwnValues,
        (neurons, width): (usize, usize),
        thresholds: &Thresholds<'_>,
    ) -> Result<Vec<f64>, String> {
        if let Some(problem) = from.misdrawn(&format!("params.{parameter}"), &unit(parameter)) {
            return Err(problem);
        }
        let too_large = || BuildError::TooLarge { shape: self.shape.clone(), batch: self.batch_size }.to_string();
        let mut values = memory::room(neurons.saturating_mul(width)).ok_or_else(too_large)?;
        let (least, greatest) = from.bounds();
        for neuron in 0..neurons {
            let threshold = thresholds.of(neuron);
            let left = |value: f64| match parameter.problem(value, threshold) {
                Some(problem) => Some(Left::Constraint(problem)),
                None if value < least => Some(Left::Least(least)),
                None if value > greatest => Some(Left::Greatest(greatest)),
                None => None,
            };
            for component in 0..width {
                let mut random = stream(self.spec.seed, parameter, component, neuron);
                let mut value = from.draw(&mut random);
                let mut problem = left(value);
                let mut again = 0;
                while problem.is_some() && again < DRAWS {
                    value = from.draw(&mut random);
                    problem = left(value);
                    again += 1;
                }
                if let Some(problem) = problem {
                    return Err(self.left(parameter, (neuron, component), value, problem));
                }
                values.push(value);
            }
        }
        Ok(values)
    }

    /// Says which constraint the last draw leaves.
    fn left(&self, parameter: Parameter, at: (usize, usize), value: f64, problem: Left) -> String {
        let bound = |relation: &str, key: &str, bound: f64| {
            let (place, unit) = (place(parameter, at), unit(parameter));
            let [value, bound] = [value, bound].map(Number);
            format!("`{place}` = {value}{unit}: must be {relation} `{key}` = {bound}{unit}")
        };
        let told = match problem {
            Left::Constraint(problem) => self.told(parameter, at, value, problem),
            Left::Least(least) => bound("at least", "min", least),
            Left::Greatest(greatest) => bound("at most", "max", greatest),
        };
        format!(
            "{told}; it is the last of {} draws, and none is valid\nhelp: use a distribution with more values within its constraints",
            DRAWS + 1
        )
    }

    /// Returns an error for a rest or a reset that all neurons share, and that is not below every own threshold.
    fn shared_above(&self, thresholds: &[f64]) -> Vec<(Parameter, String)> {
        let Some(threshold) = self.model().threshold() else { return Vec::new() };
        let help = match self.own.get(threshold) {
            Some(values) if values.is_drawn() => format!("\nhelp: give `{threshold}` a greater `min`"),
            _ => String::new(),
        };
        let shared = [Parameter::RestV, Parameter::ResetV].into_iter().filter_map(|parameter| {
            let value = self.number(parameter);
            if self.own.get(parameter).is_some() || !value.is_finite() {
                return None;
            }
            let problem = |limit: f64| parameter.problem(value, (threshold, limit));
            let mut wrong = thresholds.iter().enumerate().filter_map(|(i, limit)| Some((i, problem(*limit)?)));
            let (neuron, problem) = wrong.next()?;
            let more = and_more(wrong.count());
            Some((parameter, format!("{}{more}{help}", self.told(parameter, (neuron, 0), value, problem))))
        });
        shared.collect()
    }

    /// Returns the message about a value of a neuron's component.
    fn told(&self, parameter: Parameter, (neuron, component): (usize, usize), value: f64, problem: Problem) -> String {
        let component = parameter.is_list().then_some(component as u8);
        // Adding 0 removes the sign of a negative zero, so that no message shows it.
        self.named(&ParamError { component, ..ParamError::new(parameter, value + 0.0, problem) }, neuron)
    }

    /// Returns the message of an error in a neuron, with the index of the neuron after each own parameter.
    pub(crate) fn named(&self, error: &ParamError, neuron: usize) -> String {
        let mut text = error.to_string();
        if let Problem::Components { .. } | Problem::TooManyComponents { .. } = error.problem {
            return text; // about all neurons
        }
        let mut index = |before: &str, parameter: Parameter| {
            if self.own.get(parameter).is_some() {
                let name = format!("{before}`{parameter}");
                text = text.replacen(&name, &format!("{name}[{neuron}]"), 1);
            }
        };
        index("", error.parameter);
        if let Problem::NotBelow { parameter, .. } | Problem::RoundsOnto { parameter, .. } = error.problem {
            index("below ", parameter);
        }
        text
    }
}

/// What is allowed for a value that each neuron can have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    pub(crate) unit: &'static str,
    pub(crate) fits: fn(f64) -> bool,
    /// What a value must be.
    pub(crate) must: &'static str,
}

/// Returns the values of every neuron, which follow a rule. `place` is the path of their table. `stream` separates their
/// draws from others of the seed.
pub(crate) fn own_values(
    place: &str,
    rule: Rule,
    values: &OwnValues,
    neurons: usize,
    (seed, stream): (u64, u64),
) -> Result<Vec<f64>, String> {
    let Rule { unit, fits, must } = rule;
    let told = |neuron: usize, value: f64, problem: &str| {
        let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
        format!("`{place}[{neuron}]` = {}{unit}: {problem}", Number(value))
    };
    match values {
        OwnValues::Array(name) => Err(format!("`{place}`: the array `{}` is not read", printable(name, PRINTED))),
        OwnValues::Each(list) if list.len() != neurons => {
            let (found, neurons) = (counted(list.len(), "value"), counted(neurons, "neuron"));
            Err(format!("`{place}.each`: has {found}, but the shape has {neurons}"))
        }
        OwnValues::Each(list) => match list.iter().position(|value| !fits(*value)) {
            Some(neuron) => Err(told(neuron, list[neuron], must)),
            None => Ok(list.clone()),
        },
        OwnValues::Uniform { .. } | OwnValues::Normal { .. } => {
            if let Some(problem) = values.misdrawn(place, &format!(" {unit}")) {
                return Err(problem);
            }
            let (least, greatest) = values.bounds();
            let mut drawn = memory::room(neurons).ok_or_else(|| format!("`{place}`: does not fit in memory"))?;
            for neuron in 0..neurons {
                let mut random = keyed(seed, (NETWORKS, stream), neuron);
                let mut draws = (0..=DRAWS).map(|_| values.draw(&mut random));
                match draws.find(|value| fits(*value) && (least..=greatest).contains(value)) {
                    Some(value) => drawn.push(value),
                    None => {
                        let problem = format!(
                            "none of {} draws is within `min` and `max` and valid: a value {must}\nhelp: use a distribution with more such values",
                            DRAWS + 1
                        );
                        return Err(format!("`{place}[{neuron}]`: {problem}"));
                    }
                }
            }
            Ok(drawn)
        }
    }
}

/// Returns the name of a neuron's component in messages.
fn place(parameter: Parameter, (neuron, component): (usize, usize)) -> String {
    if parameter.is_list() { format!("{parameter}[{neuron}][{component}]") } else { format!("{parameter}[{neuron}]") }
}

/// Number beyond those of all parameters, of values of networks.
const NETWORKS: u64 = 1 << 32;

/// Returns the stream of random numbers of a parameter's component in a neuron.
fn stream(seed: u64, parameter: Parameter, component: usize, neuron: usize) -> ChaCha8Rng {
    keyed(seed, (number(parameter) as u64, component as u64), neuron)
}

/// Returns the stream of random numbers of a neuron for one use of the seed.
fn keyed(seed: u64, (of, component): (u64, u64), neuron: usize) -> ChaCha8Rng {
    // The text separates these streams from those of other uses of the seed.
    let words = [seed, of, component, u64::from_le_bytes(*b"glif own")];
    let mut key = [0; 32];
    for (bytes, word) in key.chunks_mut(8).zip(words) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    let mut random = ChaCha8Rng::from_seed(key);
    random.set_stream(neuron as u64);
    random
}

/// Says that a list has the wrong number of values.
pub(crate) fn miscounted(parameter: Parameter, found: usize, neurons: usize) -> String {
    let neurons = counted(neurons, "neuron");
    let found = counted(found, "value");
    if parameter.is_list() {
        format!(
            "`params.{parameter}.each`: has {found}, but each of {neurons} needs 1 to {MOST_COMPONENTS}, and as many as the others"
        )
    } else {
        format!("`params.{parameter}.each`: has {found}, but the shape has {neurons}")
    }
}

/// Returns what the components of a kind are, in the plural.
pub(crate) fn kinds(kind: ComponentKind) -> &'static str {
    match kind {
        ComponentKind::Threshold => "threshold components",
        ComponentKind::Current => "after-spike currents",
        ComponentKind::Voltage => "threshold voltages",
    }
}

fn and_more(neurons: usize) -> String {
    if neurons == 0 { String::new() } else { format!(" (and {})", counted(neurons, "more neuron")) }
}

/// Returns an error if the values are an array that is not read.
fn unread((parameter, values): (Parameter, &OwnValues)) -> Option<String> {
    let OwnValues::Array(name) = values else { return None };
    Some(format!("`params.{parameter}`: the array `{}` is not read", printable(name, PRINTED)))
}

fn listed(errors: Vec<String>) -> DescriptionErrors {
    DescriptionErrors(errors.into_iter().map(DescriptionError).collect())
}
