//! Reads a population's state from a .npz file, such as Inferno's `state_dict`.

use std::path::Path;

use glif::{Variable, limits, text};
use glif_core::spec::{ComponentCounts, ComponentKind};

use super::read::{opened, read_array, shown};
use super::{Archive, ArrayError};

/// The arrays of a state, and their names in a `state_dict` of Inferno 0.0.5. Spikes are not among them, as
/// they follow from `refrac`.
const STATE: [(Variable, &str); 5] = [
    (Variable::Voltage, "_voltage__data"),
    (Variable::Refrac, "_refrac__data"),
    (Variable::Adaptation, "threshold_adaptation_"),
    // Inferno does not have these.
    (Variable::AfterSpikeCurrent, "after_spike_current"),
    (Variable::ThresholdVoltage, "threshold_voltage"),
];

/// Reads the whole state of a population of `batch` samples and `shape` neurons with these components.
///
/// Membrane potentials (mV) and remaining refractory times (ms) have the shape (B, *shape), threshold
/// components (mV) the shape (*shape, K), after-spike currents (nA) the shape (*shape, A), and threshold voltages
/// (mV) the shape (*shape).
///
/// Arrays have Inferno's names in a `state_dict`, or `voltage`, `refrac` and `adaptation`. Other arrays are
/// refused, as an unknown array belongs to the state of another model.
///
/// # Errors
/// Returns an error if the file is not a .npz archive of these arrays and shapes.
pub fn read_state(
    path: &Path,
    batch: usize,
    shape: &[usize],
    counts: ComponentCounts,
) -> Result<Vec<(Variable, Vec<f64>)>, ArrayError> {
    let place = text::path(path);
    let refuse = |problem| ArrayError { place: place.clone(), problem };
    let (file, zipped) = opened(path).map_err(refuse)?;
    if !zipped {
        let problem = "not an archive of `numpy.savez` (.npz)\nhelp: read a snapshot of glif with --restore";
        return Err(refuse(problem.to_owned()));
    }
    let mut archive = Archive::of(place.clone(), file).map_err(|error| {
        let problem = format!("{}\nhelp: use an archive of `numpy.savez` (.npz)", text::fact(&error.problem));
        ArrayError { problem, ..error }
    })?;
    let names: Vec<String> = archive.names().map(str::to_owned).collect();
    let has = |variable: Variable| variable.component().is_none_or(|kind| counts.of(kind) > 0);
    let wanted = STATE.into_iter().filter(|(variable, _)| has(*variable));
    let known = |name: &str| wanted.clone().any(|(variable, theirs)| [variable.name(), theirs].contains(&name));
    if let Some(other) = names.iter().find(|name| !known(name)) {
        let names: Vec<&str> = wanted.map(|(variable, _)| variable.name()).collect();
        let (other, names) = (text::printable(other, limits::PRINTED), names.join(", "));
        return Err(refuse(format!("has an array `{other}`, but the state of this population is {names}")));
    }
    let mut state = Vec::new();
    for (variable, theirs) in wanted {
        let ours = variable.name();
        let named: Vec<&String> = names.iter().filter(|name| [ours, theirs].contains(&name.as_str())).collect();
        let [name] = named[..] else {
            let count = named.len();
            return Err(refuse(format!(
                "has {count} arrays named `{ours}` or, as in Inferno, `{theirs}`, but one is needed"
            )));
        };
        let full: Vec<usize> = match variable.component() {
            Some(ComponentKind::Voltage) => shape.to_vec(),
            Some(kind) => shape.iter().copied().chain([counts.of(kind)]).collect(),
            None => [batch].iter().chain(shape).copied().collect(),
        };
        let check = |found: &[u64]| {
            let same = found.iter().map(|n| u128::from(*n)).eq(full.iter().map(|n| *n as u128));
            if same { Ok(full.clone()) } else { Err(format!("has shape {}, but {full:?} is needed", shown(found))) }
        };
        let place = archive.place_of(name);
        let (length, member) = archive.member(name)?;
        let (_, values) = read_array(member, Some(length), check).map_err(|problem| ArrayError { place, problem })?;
        state.push((variable, values.iter().collect()));
    }
    Ok(state)
}
