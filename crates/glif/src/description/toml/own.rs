//! Reading and writing of a parameter's table in a population file.

use glif_core::spec::Parameter;
use toml::{Table, Value};

use super::unknown;
use crate::limits::{COMPONENTS, PRINTED};
use crate::output::counted;
use crate::own::{OwnValues, miscounted};
use crate::text::printable;

/// Ways to give the values.
const FORMS: [&str; 4] = ["each", "array", "uniform", "normal"];
/// Keys of a table.
const KEYS: [&str; 6] = ["each", "array", "uniform", "normal", "min", "max"];

/// The values of a parameter, and whether a list of a neuron was written as a number.
pub(crate) struct Read {
    pub(crate) values: OwnValues,
    pub(crate) plain: bool,
}

/// A parameter in messages.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Path of its key, without backticks.
    path: String,
    /// The unit; empty for a plain factor.
    unit: &'static str,
    /// The parameter; `None` for that of a synapse.
    parameter: Option<Parameter>,
}

impl Place {
    /// Returns the place of a parameter of a population.
    pub(crate) fn of(parameter: Parameter) -> Self {
        Self { path: format!("params.{parameter}"), unit: parameter.unit(), parameter: Some(parameter) }
    }

    /// Returns the place of a number that each neuron can have.
    pub(crate) fn number(path: String, unit: &'static str) -> Self {
        Self { path, unit, parameter: None }
    }

    fn is_list(&self) -> bool {
        self.parameter.is_some_and(Parameter::is_list)
    }

    /// Says that a list has the wrong number of values.
    fn miscounted(&self, found: usize, neurons: usize) -> String {
        match self.parameter {
            Some(parameter) => miscounted(parameter, found, neurons),
            None => {
                let (found, neurons) = (counted(found, "value"), counted(neurons, "neuron"));
                format!("`{}.each`: has {found}, but the shape has {neurons}", self.path)
            }
        }
    }
}

/// Reads the table of a parameter of this number of neurons, unless the number is not known.
pub(crate) fn read(place: Place, table: &Table, neurons: Option<usize>) -> Result<Read, Vec<String>> {
    let path = &place.path;
    let mut errors = Vec::new();
    for key in table.keys().filter(|key| !KEYS.contains(&key.as_str())) {
        let shown = printable(key, PRINTED);
        errors.push(format!("`{path}.{shown}`: {}", unknown(key, "key", &KEYS)));
    }
    let given: Vec<&str> = FORMS.into_iter().filter(|form| table.contains_key(*form)).collect();
    let [form] = given[..] else {
        if given.len() > 1 || errors.is_empty() {
            let found = if given.is_empty() { "none".to_owned() } else { format!("`{}`", given.join("`, `")) };
            errors.push(format!("`{path}`: needs one of `{}`, but has {found}", FORMS.join("`, `")));
        }
        return Err(errors);
    };
    let drawn = matches!(form, "uniform" | "normal");
    let mut bound = |key: &str, absent: f64| {
        let Some(value) = table.get(key) else { return absent };
        let problem = match number(value) {
            _ if !drawn => "goes with `uniform` or `normal` only".to_owned(),
            Some(number) if number.is_finite() => return number,
            Some(_) => "must be finite".to_owned(),
            None => format!("must be a number{}", unit(&place)),
        };
        errors.push(told(&place, key, value, &problem));
        absent
    };
    let (least, greatest) = (bound("min", f64::NEG_INFINITY), bound("max", f64::INFINITY));
    let mut plain = false;
    let values = match (form, &table[form]) {
        ("each", value) => each(&place, value, neurons, &mut plain).map(OwnValues::Each),
        ("array", Value::String(name)) if !name.is_empty() => Ok(OwnValues::Array(name.clone())),
        ("array", value) => {
            let problem = "must be a path in quotes, such as \"cells.npy\" or \"cells.npz:name\"";
            Err(told(&place, form, value, problem))
        }
        (_, value) => match pair(value) {
            Some([low, high]) if form == "uniform" => Ok(OwnValues::Uniform { low, high, least, greatest }),
            Some([mean, deviation]) => Ok(OwnValues::Normal { mean, deviation, least, greatest }),
            None => {
                let names = if form == "uniform" { "[low, high]" } else { "[mean, deviation]" };
                Err(told(&place, form, value, &format!("must be two numbers, {names}{}", unit(&place))))
            }
        },
    };
    match values {
        Ok(values) if errors.is_empty() => Ok(Read { values, plain }),
        Ok(_) => Err(errors),
        Err(problem) => {
            errors.push(problem);
            Err(errors)
        }
    }
}

/// Returns a message about the value of a key.
fn told(place: &Place, key: &str, value: &Value, problem: &str) -> String {
    format!("`{}.{key}` = {}: {problem}", place.path, printable(&value.to_string(), PRINTED))
}

/// Returns the unit for a message about what is needed; empty for a plain factor.
fn unit(place: &Place) -> String {
    if place.unit.is_empty() { String::new() } else { format!(" (in {})", place.unit) }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Float(number) => Some(*number),
        Value::Integer(number) => Some(*number as f64),
        _ => None,
    }
}

fn pair(value: &Value) -> Option<[f64; 2]> {
    match value.as_array()?.as_slice() {
        [first, second] => Some([number(first)?, number(second)?]),
        _ => None,
    }
}

/// Reads the values of each neuron: numbers, or a list of numbers for each neuron.
fn each(place: &Place, value: &Value, neurons: Option<usize>, plain: &mut bool) -> Result<Vec<f64>, String> {
    let (unit, path) = (unit(place), &place.path);
    let Some(list) = value.as_array() else {
        let inner = if place.is_list() { "numbers or of lists of numbers, one" } else { "numbers, one" };
        let problem = format!("must be a list of {inner} for each neuron{unit}");
        return Err(told(place, "each", value, &problem));
    };
    let item = |at: &str, value: &Value| {
        let problem = format!("must be a number{unit}");
        number(value).ok_or_else(|| told(place, &format!("each{at}"), value, &problem))
    };
    let nested = place.is_list() && list.first().is_some_and(Value::is_array);
    if let Some(neurons) = neurons.filter(|neurons| *neurons != list.len()) {
        return Err(if nested {
            let found = counted(list.len(), "list");
            format!("`{path}.each`: has {found}, but the shape has {}", counted(neurons, "neuron"))
        } else if place.is_list() {
            let found = counted(list.len(), "value");
            format!("`{path}.each`: has {found}, but the shape has {}", counted(neurons, "neuron"))
        } else {
            place.miscounted(list.len(), neurons)
        });
    }
    if !nested {
        *plain = place.is_list();
        return list.iter().enumerate().map(|(i, value)| item(&format!("[{i}]"), value)).collect();
    }
    let mut values = Vec::new();
    let mut width = None;
    for (i, inner) in list.iter().enumerate() {
        let Some(inner) = inner.as_array() else {
            let problem = format!("must be a list of numbers, as that of neuron 0 is{unit}");
            return Err(told(place, &format!("each[{i}]"), inner, &problem));
        };
        let wanted = *width.get_or_insert(inner.len());
        if inner.len() != wanted {
            return Err(format!(
                "`{path}.each[{i}]`: has {}, but neuron 0 has {wanted}; each neuron needs as many",
                counted(inner.len(), "value")
            ));
        }
        if !(1..=COMPONENTS).contains(&inner.len()) {
            return Err(format!(
                "`{path}.each[{i}]`: has {}, but 1 to {COMPONENTS} are needed",
                counted(inner.len(), "value")
            ));
        }
        for (k, value) in inner.iter().enumerate() {
            values.push(item(&format!("[{i}][{k}]"), value)?);
        }
    }
    Ok(values)
}

/// Returns the table that describes the values of a parameter of this number of neurons. `is_list` says whether a
/// neuron can have several of them.
pub(crate) fn written(is_list: bool, values: &OwnValues, neurons: usize) -> Value {
    let mut table = Table::new();
    let pair = |first: f64, second: f64| Value::from(vec![first, second]);
    let mut put = |key: &str, value: Value| _ = table.insert(key.to_owned(), value);
    let bounds = match values {
        OwnValues::Each(values) => {
            let width = values.len().checked_div(neurons).unwrap_or(0);
            let whole = width > 0 && values.len() == width * neurons;
            let value = if is_list && whole {
                values.chunks(width).map(|own| Value::from(own.to_vec())).collect::<Vec<_>>().into()
            } else {
                Value::from(values.clone())
            };
            put("each", value);
            None
        }
        OwnValues::Array(name) => {
            put("array", name.clone().into());
            None
        }
        OwnValues::Uniform { low, high, least, greatest } => {
            put("uniform", pair(*low, *high));
            Some((*least, *greatest))
        }
        OwnValues::Normal { mean, deviation, least, greatest } => {
            put("normal", pair(*mean, *deviation));
            Some((*least, *greatest))
        }
    };
    if let Some((least, greatest)) = bounds {
        if least != f64::NEG_INFINITY {
            put("min", least.into());
        }
        if greatest != f64::INFINITY {
            put("max", greatest.into());
        }
    }
    table.into()
}
