//! The weights of a projection.

use anyhow::{Result, bail};
use clap::Args;
use glif::network::NetworkDescription;
use glif::{file, limits, text};
use glif_cli::arrays;
use glif_plot::Matrix;

use super::Common;

/// Draws the weights of a projection: targets downwards, sources to the right.
#[derive(Args)]
#[command(override_usage = "glif plot weights NETWORK.toml --projection FROM:TO[:SYNAPSE] --output FILE.svg|png")]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Names of the source and the target. If there are several projections between them, the name of the synapse follows, or
    /// the number of the projection in the file, counted from 0
    #[arg(long, value_name = "FROM:TO[:SYNAPSE|NUMBER]", value_parser = Choice::parse)]
    projection: Choice,
}

/// The projection to draw.
#[derive(Debug, Clone, PartialEq)]
struct Choice {
    from: String,
    to: String,
    /// Name of the synapse, or a number.
    which: Option<String>,
}

impl Choice {
    fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<String> = text.split(':').map(str::to_owned).collect();
        match <[String; 2]>::try_from(parts) {
            Ok([from, to]) => Ok(Self { from, to, which: None }),
            Err(parts) => match <[String; 3]>::try_from(parts) {
                Ok([from, to, which]) => Ok(Self { from, to, which: Some(which) }),
                Err(_) => Err("must be FROM:TO, FROM:TO:SYNAPSE or FROM:TO:NUMBER".to_owned()),
            },
        }
    }

    /// Returns the number of the projection.
    fn find(&self, description: &NetworkDescription) -> Result<usize> {
        let Self { from, to, which } = self;
        let known = |name: &str| description.population(name).is_some();
        if let Some(name) = [from, to].into_iter().find(|name| !known(name)) {
            let names: Vec<&str> = description.populations.iter().map(|(name, _)| name.as_str()).collect();
            let name = text::printable(name, limits::PRINTED);
            bail!("--projection: no population `{name}`; available: {}", names.join(", "));
        }
        let between =
            || description.projections.iter().enumerate().filter(|(_, other)| other.from == *from && other.to == *to);
        let named = |which: &str| between().filter(|(_, other)| other.synapse == which).map(|(at, _)| at).collect();
        let numbered = |which: &str| {
            let number = which.parse::<usize>().ok();
            between().map(|(at, _)| at).filter(|at| Some(*at) == number).collect()
        };
        let found: Vec<usize> = match which {
            None => between().map(|(at, _)| at).collect(),
            Some(which) => {
                let named: Vec<usize> = named(which);
                if named.is_empty() { numbered(which) } else { named }
            }
        };
        if let [number] = found[..] {
            return Ok(number);
        }
        let others: Vec<String> =
            between().map(|(at, other)| format!("`{from}:{to}:{at}` (`{}`)", other.synapse)).collect();
        let which = which.as_ref().map_or_else(String::new, |which| text::printable(which, limits::PRINTED));
        match (found.len(), others.is_empty()) {
            (_, true) => bail!("--projection {from}:{to}: there is no projection from `{from}` to `{to}`"),
            (0, false) => bail!(
                "--projection {from}:{to}:{which}: no synapse and no projection of this name or number; available: {}",
                others.join(", ")
            ),
            (count, false) => {
                bail!("--projection: there are {count} of these projections\nhelp: use one of {}", others.join(", "))
            }
        }
    }
}

pub(super) fn weights(arguments: &Arguments) -> Result<()> {
    let Arguments { common, projection } = arguments;
    file::check_writable(&common.output)?;
    if !crate::is_network(&common.population) {
        crate::description(&common.population)?; // if it cannot be read, that is the error
        bail!("`{}`: a population file, but this command takes a network file", text::path(&common.population));
    }
    let description = arrays::read_network(&common.population)?;
    let number = projection.find(&description)?;
    let network = arrays::build_network(&common.population, &description)?;
    let report = &network.report().projections[number];
    let count = |name: &str| description.population(name).map_or(0, |kind| kind.shape().iter().product());
    let title = format!(
        "{}: projections[{number}], {} to {}, synapse {}, {} connections",
        common.name(),
        report.from,
        report.to,
        report.synapse,
        report.connections
    );
    let mut matrix = Matrix::new(title, report.unit, (count(&report.to), count(&report.from)));
    network.visit_connections(number, |connection| matrix.add(connection.target, connection.source, connection.weight));
    common.save(&matrix)
}
