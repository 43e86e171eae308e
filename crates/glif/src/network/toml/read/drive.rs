//! Reading of built-in stimuli.

use toml::{Table, Value};

use super::{number, refuse_unknown};
use crate::description::toml::own;
use crate::limits::PRINTED;
use crate::network::description::{Drive, DriveKind, NeuronValues};
use crate::text::printable;

const KINDS: [&str; 4] = ["constant", "step", "noise", "poisson"];
const KEYS: [&str; 5] = ["constant", "step", "noise", "poisson", "synapse"];
const POISSON: [&str; 3] = ["rate", "weight", "synapse"];

/// Reads a stimulus, or a list of them, of this number of neurons, unless the number is not known.
pub(super) fn read(value: &Value, neurons: Option<usize>) -> Result<Vec<Drive>, Vec<String>> {
    let form = || vec!["`drive`: must be a table such as { constant = 0.5 }, or a list of them".to_owned()];
    match value {
        Value::Table(table) => one("drive", table, neurons).map(|drive| vec![drive]),
        Value::Array(list) => {
            let (mut drives, mut errors) = (Vec::new(), Vec::new());
            for (number, value) in list.iter().enumerate() {
                let place = format!("drive[{number}]");
                match value.as_table().map_or_else(|| Err(form()), |table| one(&place, table, neurons)) {
                    Ok(drive) => drives.push(drive),
                    Err(problems) => errors.extend(problems),
                }
            }
            if errors.is_empty() { Ok(drives) } else { Err(errors) }
        }
        _ => Err(form()),
    }
}

fn one(place: &str, table: &Table, neurons: Option<usize>) -> Result<Drive, Vec<String>> {
    let mut errors = Vec::new();
    refuse_unknown(&format!("{place}."), table, &KEYS, &mut errors);
    let given: Vec<&str> = KINDS.into_iter().filter(|kind| table.contains_key(*kind)).collect();
    let [kind] = given[..] else {
        let found = if given.is_empty() { String::new() } else { format!(", but has `{}`", given.join("`, `")) };
        errors.push(format!("`{place}`: needs one of `{}`{found}", KINDS.join("`, `")));
        return Err(errors);
    };
    let (mut synapse, mut twice) = (table.get("synapse"), None);
    let mut values = |key: &str, value: Option<&Value>| match value {
        None => {
            errors.push(format!("`{place}.{key}`: missing"));
            None
        }
        Some(Value::Table(own)) => match own::read(own::Place::number(format!("{place}.{key}"), ""), own, neurons) {
            Ok(read) => Some(NeuronValues::Own(read.values)),
            Err(problems) => {
                errors.extend(problems);
                None
            }
        },
        Some(value) => {
            let found = number(value);
            if found.is_none() {
                let shown = printable(&value.to_string(), PRINTED);
                errors.push(format!("`{place}.{key}` = {shown}: must be a number or a table"));
            }
            found.map(NeuronValues::Shared)
        }
    };
    let list = |length: usize| table[kind].as_array().filter(|list| list.len() == length);
    let kind = match kind {
        "constant" => values("constant", table.get("constant")).map(|value| DriveKind::Constant { value }),
        "step" => match list(3) {
            Some(list) => {
                let (before, after) = (values("step[0]", list.first()), values("step[1]", list.get(1)));
                let onset = list.get(2).and_then(number);
                if onset.is_none() {
                    errors.push(format!("`{place}.step[2]`: the onset must be a number (in ms)"));
                }
                before.zip(after).zip(onset).map(|((before, after), onset)| DriveKind::Step { before, after, onset })
            }
            None => {
                errors.push(format!("`{place}.step`: must be [before, after, onset in ms]"));
                None
            }
        },
        "noise" => match list(2) {
            Some(list) => {
                let (mean, deviation) = (values("noise[0]", list.first()), values("noise[1]", list.get(1)));
                mean.zip(deviation).map(|(mean, deviation)| DriveKind::Noise { mean, deviation })
            }
            None => {
                errors.push(format!("`{place}.noise`: must be [mean, deviation]"));
                None
            }
        },
        _ => match &table["poisson"] {
            Value::Table(poisson) => {
                if synapse.is_some() && poisson.contains_key("synapse") {
                    twice = Some(format!("`{place}.poisson.synapse`: is also `{place}.synapse`; only one is needed"));
                }
                synapse = synapse.or(poisson.get("synapse"));
                let rate = values("poisson.rate", poisson.get("rate"));
                let weight = values("poisson.weight", poisson.get("weight"));
                refuse_unknown(&format!("{place}.poisson."), poisson, &POISSON, &mut errors);
                rate.zip(weight).map(|(rate, weight)| DriveKind::Poisson { rate, weight })
            }
            _ => {
                errors.push(format!("`{place}.poisson`: must be a table with `rate` (Hz) and `weight`"));
                None
            }
        },
    };
    errors.extend(twice);
    let synapse = match synapse {
        None => None,
        Some(Value::String(name)) => Some(name.clone()),
        Some(_) => {
            errors.push(format!("`{place}.synapse`: must be a name in quotes"));
            None
        }
    };
    match kind.filter(|_| errors.is_empty()) {
        Some(kind) => Ok(Drive { kind, synapse }),
        None => Err(errors),
    }
}
