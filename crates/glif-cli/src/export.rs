//! `glif export`: a network file as a graph in NIR.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Result, anyhow, bail};
use clap::Args;
use clap::builder::{PathBufValueParser, TypedValueParser as _};
use glif::output::say;
use glif::{file, nir, text};
use glif_cli::arrays;

/// Write a network file as a graph in NIR, for Norse, snnTorch, spikingjelly and other simulators
#[derive(Args)]
#[command(after_help = "Examples:
  glif export network.toml --output network.nir

The network has populations of the models lif, li, if, and glif2 without components, without refractory times. The report says
what became of each part, and with which step, discretization and reset a simulator must read the graph: NIR has none.")]
pub(crate) struct Arguments {
    /// The network file
    file: PathBuf,
    /// Write to this file
    #[arg(long, value_name = "FILE.nir", value_parser = PathBufValueParser::new().try_map(graph))]
    output: PathBuf,
}

/// Parses --output: a graph, so that it never replaces a file of another kind.
fn graph(path: PathBuf) -> Result<PathBuf, String> {
    match path.extension() {
        Some(extension) if extension.eq_ignore_ascii_case("nir") => Ok(path),
        _ => Err("the name must end in .nir, as the output is a graph in NIR".to_owned()),
    }
}

pub(crate) fn export(arguments: &Arguments) -> Result<()> {
    let Arguments { file: path, output } = arguments;
    let named = text::path(path);
    let description = match arrays::read_network(path) {
        Err(_) if is_population(path) => {
            bail!(
                "`{named}`: a population file, but a graph is made of a network file\nhelp: add the population to a network file"
            )
        }
        read => read?,
    };
    file::check_distinct(&[path], &[output])?;
    // Errors in the network itself name keys of its file.
    arrays::build_network(path, &description)?;
    let exported = nir::export(&description).map_err(|errors| match errors.0[..] {
        [_] => anyhow!("`{named}`: {errors}"),
        _ => {
            let all: String = errors.to_string().lines().map(|line| format!("  {line}\n")).collect();
            anyhow!("`{named}`: cannot be exported:\n{}", all.trim_end())
        }
    })?;
    eprintln!("{}", exported.report);
    file::replace(output, |mut file, _| file.write_all(&exported.bytes))?;
    say(&format!("written: {}", text::path(output)))?;
    Ok(())
}

/// Returns whether a file is a population file.
fn is_population(path: &std::path::Path) -> bool {
    glif::description::toml::read_text(path).is_ok_and(|text| glif::Description::from_toml(&text).is_ok())
}
