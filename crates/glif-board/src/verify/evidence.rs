//! A folder from which a difference can be reproduced, on the same board or another.
//!
//! | file | content |
//! |---|---|
//! | `population.toml` | the population, with the step time and step options at the start |
//! | `board.snapshot` | the board's state at the start: the bytes of its own snapshot |
//! | `host.snapshot` | the host's state at the start |
//! | `currents.f64` | nA, a row for each step, as consecutive little-endian numbers: `numpy.fromfile` reads it |
//! | `difference.txt` | what was found |

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use glif::{Description, DynPopulation, file, limits, text};

use super::twin::Twin;
use super::{Failure, VerifyError};
use crate::board::Snapshot;
use crate::difference::{self, Difference};
use crate::{Board, translate};

/// Saves what is needed to reproduce a failure; overwrites an old folder of that name.
///
/// # Errors
/// Returns an error if the folder cannot be written.
pub(crate) fn save(folder: &Path, failure: &Failure) -> Result<(), VerifyError> {
    let told = |error: std::io::Error| VerifyError::Folder { path: folder.to_owned(), reason: error.to_string() };
    let twin = &failure.host;
    fs::create_dir_all(folder).map_err(told)?;
    let write = |name: &str, bytes: &[u8]| file::replace(&folder.join(name), |mut file, _| file.write_all(bytes));
    write("population.toml", twin.description().to_toml().as_bytes()).map_err(VerifyError::host)?;
    write("board.snapshot", &failure.start.bytes).map_err(VerifyError::host)?;
    write("difference.txt", format!("{failure}\n").as_bytes()).map_err(VerifyError::host)?;
    let currents: Vec<u8> = failure.currents.iter().flatten().flat_map(|current| current.to_le_bytes()).collect();
    write("currents.f64", &currents).map_err(VerifyError::host)?;
    twin.population().save(folder.join("host.snapshot")).map_err(VerifyError::host)
}

/// Runs the steps saved in a folder again, on this board. Returns the first difference, if it still occurs.
///
/// # Errors
/// Returns an error if the folder is not evidence, or if the board has no room for its population.
pub fn replay<P: Read + Write>(board: &mut Board<P>, folder: &Path) -> Result<Option<Difference>, VerifyError> {
    let told = |reason: String| VerifyError::Folder { path: folder.to_owned(), reason };
    let bytes =
        |name: &str, most| file::read(&folder.join(name), most).map_err(|error| told(format!("{name}: {error}")));
    let text = bytes("population.toml", limits::POPULATION_FILE)?;
    let text = text::decode(text).map_err(|problem| told(format!("population.toml {problem}")))?;
    let description = Description::from_toml(&text).map_err(|errors| told(format!("population.toml: {errors}")))?;
    let (snapshot, currents) = (bytes("board.snapshot", limits::RECORDING)?, bytes("currents.f64", limits::RECORDING)?);
    let population = DynPopulation::from_snapshot(folder.join("host.snapshot")).map_err(VerifyError::host)?;
    let mut twin = Twin::restored(population, description.options());
    let currents = rows(&currents, twin.neurons()).map_err(told)?;
    let own = translate::own(&description)?.into();
    board.restore(&Snapshot { model: translate::model(&description)?, own, bytes: snapshot })?;
    walk(board, &mut twin, &currents)
}

/// Runs both sides through the same currents step by step, and compares everything after each step. Returns
/// the first difference.
pub(crate) fn walk<P: Read + Write>(
    board: &mut Board<P>,
    twin: &mut Twin,
    currents: &[Vec<f64>],
) -> Result<Option<Difference>, VerifyError> {
    let mut found = difference::find(board, twin.population())?;
    let mut rows = currents.iter();
    while found.is_none()
        && let Some(row) = rows.next()
    {
        let fired = board.step(row)?;
        twin.hold(row)?;
        let spikes = difference::spikes(&fired.words, twin.step()?);
        found = difference::find(board, twin.population())?.or(spikes);
    }
    let of = currents.len() - rows.len();
    Ok(found.map(|place| Difference { step: twin.steps(), of, place }))
}

fn rows(currents: &[u8], neurons: usize) -> Result<Vec<Vec<f64>>, String> {
    let (values, rest) = currents.as_chunks();
    if !rest.is_empty() || values.len() % neurons != 0 {
        let (given, row) = (currents.len(), neurons * size_of::<f64>());
        return Err(format!("currents.f64: {given} bytes; rows of {row} are needed, 8 for each of {neurons} neurons"));
    }
    let values: Vec<f64> = values.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
    Ok(values.chunks(neurons).map(<[f64]>::to_vec).collect())
}
