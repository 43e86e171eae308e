//! A population's state from a .npz file, such as Inferno's `state_dict`.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use glif::Variable;
use npyz::npz::{NpzArchive, file_name_from_array_name};

use super::read::{read_array, unread};
use super::{ArrayError, BLOCK};

/// What state consists of, and what Inferno 0.0.5 calls it in a `state_dict`. It has no spikes: they are what `refrac` says.
const STATE: [(Variable, &str); 3] = [
    (Variable::Voltage, "_voltage__data"),
    (Variable::Refrac, "_refrac__data"),
    (Variable::Adaptation, "threshold_adaptation_"),
];

/// Reads the whole state of a population of `batch` samples and `shape` neurons with `components` threshold components:
/// membranes (mV) and remaining refractory times (ms) of shape (B, *shape), threshold components (mV) of (*shape, K).
///
/// Arrays have Inferno's names in a `state_dict`, or `voltage`, `refrac` and `adaptation`. There must be no others, as one
/// that is not understood is part of another model's state.
///
/// # Errors
/// If the file is not a .npz archive of these arrays and shapes.
pub fn read_state(
    path: &Path,
    batch: usize,
    shape: &[usize],
    components: usize,
) -> Result<Vec<(Variable, Vec<f64>)>, ArrayError> {
    let mut place = path.display().to_string();
    read_file(path, batch, shape, components, &mut place).map_err(|problem| ArrayError { place, problem })
}

fn read_file(
    path: &Path,
    batch: usize,
    shape: &[usize],
    components: usize,
    place: &mut String,
) -> Result<Vec<(Variable, Vec<f64>)>, String> {
    let mut file = BufReader::with_capacity(BLOCK, File::open(path).map_err(unread)?);
    if !file.fill_buf().map_err(unread)?.starts_with(b"PK") {
        return Err("is no archive of `numpy.savez` (.npz); a snapshot of glif is read with --restore".to_owned());
    }
    let mut archive = NpzArchive::new(file)
        .map_err(|error| format!("{}; state is an archive of `numpy.savez` (.npz)", unread(error)))?;
    let names: Vec<String> = archive.array_names().map(str::to_owned).collect();
    let wanted = STATE.into_iter().filter(|(variable, _)| components > 0 || *variable != Variable::Adaptation);
    let known = |name: &str| wanted.clone().any(|(variable, theirs)| [variable.name(), theirs].contains(&name));
    if let Some(other) = names.iter().find(|name| !known(name)) {
        let names: Vec<&str> = wanted.map(|(variable, _)| variable.name()).collect();
        return Err(format!("has an array `{other}`; the state of this population is {}", names.join(", ")));
    }
    let mut state = Vec::new();
    let file_name = place.clone();
    for (variable, theirs) in wanted {
        place.clone_from(&file_name);
        let ours = variable.name();
        let named: Vec<&String> = names.iter().filter(|name| [ours, theirs].contains(&name.as_str())).collect();
        let [name] = named[..] else {
            return Err(format!("has {} arrays `{ours}` or `{theirs}` of Inferno; it must have one", named.len()));
        };
        *place = format!("{file_name}[{name}]");
        let full: Vec<usize> = match variable {
            Variable::Adaptation => shape.iter().copied().chain([components]).collect(),
            _ => [batch].iter().chain(shape).copied().collect(),
        };
        let check = |found: &[u64]| {
            let same = found.iter().map(|n| u128::from(*n)).eq(full.iter().map(|n| *n as u128));
            if same { Ok(full.clone()) } else { Err(format!("has shape {found:?}; it must have {full:?}")) }
        };
        let entry = archive.zip_archive().by_name(&file_name_from_array_name(name)).map_err(unread)?;
        let length = Some(entry.size());
        let (_, values) = read_array(BufReader::with_capacity(BLOCK, entry), length, check)?;
        state.push((variable, values.into_f64()));
    }
    Ok(state)
}
