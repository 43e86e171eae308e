//! A folder from which a difference can be had again, on the same board or another.
//!
//! | file | what |
//! |---|---|
//! | `population.toml` | the population, with the step time and switches of the start |
//! | `board.snapshot` | the board's state at the start: the bytes of its own snapshot |
//! | `host.snapshot` | the host's |
//! | `currents.npy` | nA, a row for each step |
//! | `difference.txt` | what was found |

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use glif::{AnyPopulation, Description, file};
use npyz::{NpyFile, WriterBuilder};

use super::difference::{Difference, walk};
use super::twin::Twin;
use super::{Failure, Trouble};
use crate::board::Snapshot;
use crate::{Board, translate};

/// Saves what a failure needs to be had again; an old folder of that name is overwritten.
///
/// # Errors
/// If the system does not let it.
pub(crate) fn save(folder: &Path, failure: &Failure) -> Result<(), Trouble> {
    let told = |error: std::io::Error| Trouble::Folder { path: folder.to_owned(), reason: error.to_string() };
    let twin = failure.recipe.make()?;
    fs::create_dir_all(folder).map_err(told)?;
    let write = |name: &str, bytes: &[u8]| file::replace(&folder.join(name), |mut file, _| file.write_all(bytes));
    write("population.toml", twin.description().to_toml().as_bytes()).map_err(Trouble::host)?;
    write("board.snapshot", &failure.start.bytes).map_err(Trouble::host)?;
    write("difference.txt", format!("{failure}\n").as_bytes()).map_err(Trouble::host)?;
    let currents = |file: &File, _: &Path| write_currents(file, twin.neurons(), &failure.currents);
    file::replace(&folder.join("currents.npy"), currents).map_err(Trouble::host)?;
    twin.population().save(folder.join("host.snapshot")).map_err(Trouble::host)
}

fn write_currents(file: &File, neurons: usize, rows: &[Vec<f64>]) -> std::io::Result<()> {
    let file = BufWriter::new(file);
    let shape = [rows.len() as u64, neurons as u64];
    let mut writer = npyz::WriteOptions::new().default_dtype().shape(&shape).writer(file).begin_nd()?;
    writer.extend(rows.iter().flatten().copied())?;
    writer.finish()
}

/// Runs what a folder holds once more, on this board; the first difference, if it is still there.
///
/// # Errors
/// If the folder is not one of these, or the board has no room for its population.
pub fn replay<P: Read + Write>(board: &mut Board<P>, folder: &Path) -> Result<Option<Difference>, Trouble> {
    let told = |reason: String| Trouble::Folder { path: folder.to_owned(), reason };
    let file = |name: &str| folder.join(name);
    let text =
        fs::read_to_string(file("population.toml")).map_err(|error| told(format!("population.toml: {error}")))?;
    let description = Description::from_toml(&text).map_err(|errors| told(format!("population.toml: {errors}")))?;
    let bytes = fs::read(file("board.snapshot")).map_err(|error| told(format!("board.snapshot: {error}")))?;
    let population = AnyPopulation::from_snapshot(file("host.snapshot")).map_err(Trouble::host)?;
    let mut twin = Twin::restored(population, &description)?;
    let currents = read_currents(&file("currents.npy"), twin.neurons()).map_err(told)?;
    board.restore(&Snapshot { model: translate::model(&description)?, bytes })?;
    walk(board, &mut twin, &currents)
}

fn read_currents(path: &PathBuf, neurons: usize) -> Result<Vec<Vec<f64>>, String> {
    let told = |error: std::io::Error| format!("currents.npy: {error}");
    let file = NpyFile::new(BufReader::new(File::open(path).map_err(told)?)).map_err(told)?;
    let shape = file.shape().to_vec();
    if shape.len() != 2 || shape[1] != neurons as u64 {
        return Err(format!("currents.npy: shape {shape:?}; (steps, {neurons}) is needed"));
    }
    let values = file.into_vec::<f64>().map_err(told)?;
    Ok(values.chunks(neurons).map(<[f64]>::to_vec).collect())
}
