//! Writing of population files, and the differences between two descriptions.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use toml::{Table, Value};

use super::KEYS;
use crate::Description;
use crate::description::Spec;

impl Description {
    /// Returns the population file that describes it, with every key.
    ///
    /// A whole number beyond [`i64::MAX`] does not fit TOML, and no population is built with one. It is written
    /// as text, and the error from reading it names its key.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }

    /// Lists the differences to another description, one line each; `names` say where each of the two is.
    pub fn differences(&self, other: &Self, names: [&str; 2]) -> Vec<String> {
        let (here, there) = (self.flat(), other.flat());
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

    /// Iterates over the entries of its file.
    fn entries(&self) -> impl Iterator<Item = (&'static str, Value)> {
        let Self { spec: Spec { params, scalar, rounding, seed, refractory, options }, .. } = self;
        let parameters = params.model().parameters().iter().map(|parameter| {
            let value = match params.get(*parameter) {
                [value] => Value::from(*value),
                values => values.to_vec().into(),
            };
            (parameter.name().to_owned(), value)
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
            rounding.name().into(),
            whole(*seed),
            parameters.collect::<Table>().into(),
        ];
        KEYS.into_iter().zip(values)
    }

    /// Returns the entries with `params.` before the names of parameters.
    fn flat(&self) -> BTreeMap<String, Value> {
        let flat = self.entries().flat_map(|(key, value)| match value {
            Value::Table(inner) => inner.into_iter().map(|(name, value)| (format!("{key}.{name}"), value)).collect(),
            value => vec![(key.to_owned(), value)],
        });
        flat.collect()
    }
}

/// Converts a number, to text if TOML cannot hold it, so that writing cannot fail.
fn whole(number: u64) -> Value {
    i64::try_from(number).map_or_else(|_| number.to_string().into(), Value::from)
}

/// Writes the entries of a population file.
impl Serialize for Description {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.entries())
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
