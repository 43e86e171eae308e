//! Writing of population files, and the differences between two descriptions.

use std::collections::{BTreeMap, BTreeSet};

use glif_core::spec::{Parameter, Spec};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use toml::{Table, Value};

use super::{KEYS, own};
use crate::Description;
use crate::limits::PRINTED;
use crate::output::counted;
use crate::own::{OwnParams, OwnValues};
use crate::text::printable;

impl Description {
    /// Returns the population file that describes it, with every key.
    ///
    /// A whole number beyond [`i64::MAX`] does not fit TOML, and no population is built with one. It is written
    /// as text, and the error from reading it names its key.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }

    /// Returns the entries of its population file with these own parameters in place of its own.
    pub(crate) fn table_with(&self, own: OwnParams) -> Table {
        let Self { spec, shape, batch_size, batch_reduction, .. } = self;
        let (spec, shape) = (spec.clone(), shape.clone());
        let (batch_size, batch_reduction) = (*batch_size, *batch_reduction);
        let described = Self { spec, shape, batch_size, batch_reduction, own };
        described.entries(|_| false).map(|(key, value)| (key.to_owned(), value)).collect()
    }

    /// Lists the differences to another description, one line each; `names` say where each of the two is.
    ///
    /// Of a list with a value for each neuron, the line has the first neuron that differs and the number of the
    /// others.
    pub fn differences(&self, other: &Self, names: [&str; 2]) -> Vec<String> {
        let mut told = self.shared_differences(other, names);
        told.extend(Parameter::ALL.iter().filter_map(|parameter| self.own_difference(other, *parameter, names)));
        told
    }

    /// Returns the difference in a parameter that is own in one of two descriptions.
    fn own_difference(&self, other: &Self, parameter: Parameter, names: [&str; 2]) -> Option<String> {
        let [here, there] = [self, other].map(|description| description.own.get(parameter));
        if here == there {
            return None;
        }
        if let [Some(OwnValues::Each(here)), Some(OwnValues::Each(there))] = [here, there]
            && here.len() == there.len()
        {
            let width = here.len().checked_div(self.cells()).unwrap_or(0).max(1);
            let mut differing = here.iter().zip(there).enumerate().filter(|(_, (here, there))| here != there);
            let (at, (here, there)) = differing.next()?;
            let neuron = at / width;
            let mut others: Vec<usize> = differing.map(|(at, _)| at / width).filter(|other| *other != neuron).collect();
            others.dedup();
            let component = if parameter.is_list() { format!("[{}]", at % width) } else { String::new() };
            let [here, there] = [here, there].map(|value| Value::from(*value));
            let line =
                format!("`params.{parameter}[{neuron}]{component}` is {here} {}, {there} {}", names[0], names[1]);
            let more = if others.is_empty() {
                String::new()
            } else {
                format!(" (and {})", counted(others.len(), "more neuron"))
            };
            return Some(line + &more);
        }
        let show = |description: &Self| match description.own.get(parameter) {
            Some(OwnValues::Each(values)) => format!("a list of {}", counted(values.len(), "value")),
            Some(values) => printable(&own::written(parameter.is_list(), values, 0).to_string(), PRINTED),
            None => match description.spec.params.get(parameter) {
                [] => "absent".to_owned(),
                values => numbers(values).to_string(),
            },
        };
        Some(format!("`params.{parameter}` is {} {}, {} {}", show(self), names[0], show(other), names[1]))
    }

    /// Returns the number of neurons per sample; 0 if it is beyond any memory.
    fn cells(&self) -> usize {
        self.shape.iter().try_fold(1_usize, |cells, axis| cells.checked_mul(*axis)).unwrap_or(0)
    }

    /// Lists the differences except those in own parameters.
    fn shared_differences(&self, other: &Self, names: [&str; 2]) -> Vec<String> {
        let (here, there) = (self.flat(other), other.flat(self));
        let keys: BTreeSet<_> = here.keys().chain(there.keys()).collect();
        let differing = keys.into_iter().filter(|key| here.get(*key) != there.get(*key));
        let show = |value: Option<&Value>| value.map_or("absent".to_owned(), ToString::to_string);
        differing
            .map(|key| {
                let [here, there] = [&here, &there].map(|table| show(table.get(key)));
                format!("`{key}` is {here} {}, {there} {}", names[0], names[1])
            })
            .collect()
    }

    /// Iterates over the entries of its file, without the parameters that `left_out` chooses.
    fn entries(&self, left_out: impl Fn(Parameter) -> bool) -> impl Iterator<Item = (&'static str, Value)> {
        let Self { spec: Spec { params, scalar, rounding, seed, refractory, options }, .. } = self;
        let neurons = self.cells();
        let parameters = params.model().parameters().iter().filter(|parameter| !left_out(**parameter));
        let parameters = parameters.filter_map(|parameter| {
            let value = match (self.own.get(*parameter), params.get(*parameter)) {
                (Some(values), _) => own::written(parameter.is_list(), values, neurons),
                (None, []) if parameter.is_optional() => return None,
                (None, values) => numbers(values),
            };
            Some((parameter.name().to_owned(), value))
        });
        let values: [Value; KEYS.len()] = [
            params.model().name().into(),
            params.dialect().name().into(),
            self.shape.iter().map(|length| whole(*length as u64)).collect::<Vec<_>>().into(),
            whole(self.batch_size as u64),
            scalar.name().into(),
            options.refrac_lock.into(),
            options.adapt.into(),
            self.batch_reduction.name().into(),
            refractory.name().into(),
            params.discretization().name().into(),
            params.threshold_test().name().into(),
            rounding.name().into(),
            whole(*seed),
            Table::from_iter(parameters.collect::<BTreeMap<_, _>>()).into(), // by name
        ];
        KEYS.into_iter().zip(values)
    }

    /// Returns the entries with `params.` before the names of parameters, without those that are own in one of two
    /// descriptions.
    fn flat(&self, other: &Self) -> BTreeMap<String, Value> {
        let is_own = |parameter| [self, other].iter().any(|description| description.own.get(parameter).is_some());
        let flat = self.entries(is_own).flat_map(|(key, value)| match value {
            Value::Table(inner) => inner.into_iter().map(|(name, value)| (format!("{key}.{name}"), value)).collect(),
            value => vec![(key.to_owned(), value)],
        });
        flat.collect()
    }
}

/// Converts the values of a parameter.
fn numbers(values: &[f64]) -> Value {
    match values {
        [value] => Value::from(*value),
        values => values.to_vec().into(),
    }
}

/// Converts a number, to text if TOML cannot hold it, so that writing cannot fail.
pub(crate) fn whole(number: u64) -> Value {
    i64::try_from(number).map_or_else(|_| number.to_string().into(), Value::from)
}

/// Writes the entries of a population file.
impl Serialize for Description {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.entries(|_| false))
    }
}

/// Reads the entries of a population file in any self-describing format. All problems are in one error.
impl<'de> Deserialize<'de> for Description {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_table(Table::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number that TOML cannot hold is written and shown, and the rest is not left out.
    #[test]
    fn numbers_beyond_toml_are_shown() {
        let here = Description::from_toml(include_str!("../../../../../examples/spiking.toml")).unwrap();
        let there = {
            let mut there = here.clone();
            there.spec.seed = u64::MAX;
            there
        };
        assert_eq!(here.differences(&there, ["here", "there"]), ["`seed` is 0 here, \"18446744073709551615\" there"]);
        let errors = Description::from_toml(&there.to_toml()).unwrap_err();
        assert_eq!(errors.to_string(), "`seed` = \"18446744073709551615\": must be an integer of at least 0");
    }
}
