//! `glif import CELL.json`

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use glif::output::say;
use glif::{Description, file, limits, text};

use super::{Arguments, allen};

pub(super) fn import(arguments: &Arguments, bytes: Vec<u8>) -> Result<()> {
    let Arguments { file: path, dialect, step_time, scalar, output, .. } = arguments;
    let named = || format!("`{}`", text::path(path));
    let content = decode(bytes).with_context(named)?;
    let dialect = dialect.ok_or_else(|| crate::misuse("a cell needs --dialect inferno, nest or allen"))?;
    let cell = allen::Cell::read(&content).map_err(|errors| listed(&errors)).with_context(named)?;
    let imported = cell.population(dialect, *step_time).map_err(|errors| listed(&errors)).with_context(named)?;
    let mut description = imported.description;
    description.spec.scalar = *scalar;
    // The same checks as for a file.
    let checked = description.to_toml();
    Description::from_toml(&checked).map_err(|errors| anyhow!("{errors}")).with_context(named)?;
    let file = text::printable(&path.file_name().unwrap_or_default().to_string_lossy(), limits::PRINTED_PATH);
    let origin = format!("# Imported by `glif import` from `{file}`, a cell of the Allen Cell Types Database.\n");
    let whole = origin + &checked;
    let outputs: Vec<&Path> = output.iter().map(PathBuf::as_path).collect();
    file::check_distinct(&[path], &outputs)?;
    for line in &imported.report {
        eprintln!("{line}");
    }
    match output {
        Some(output) => {
            file::replace(output, |mut file, _| file.write_all(whole.as_bytes()))?;
            say(&format!("written: {}", text::path(output)))?;
        }
        None => say(whole.trim_end())?,
    }
    Ok(())
}

/// Returns the text of a file that is not longer than a population file may be.
fn decode(bytes: Vec<u8>) -> Result<String> {
    ensure!(bytes.len() as u64 <= limits::POPULATION_FILE, "longer than 1 MiB, not a cell");
    text::decode(bytes).map_err(|problem| anyhow!(problem))
}

/// Returns all errors of a cell as one.
fn listed(errors: &[String]) -> anyhow::Error {
    match errors {
        [lone] => anyhow!("{lone}"),
        _ => anyhow!("not a valid cell:\n  {}", errors.join("\n  ")),
    }
}
