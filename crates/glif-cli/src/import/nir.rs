//! `glif import GRAPH.nir`

use anyhow::{Result, anyhow};
use glif::network::{Network, ProjectionReport};
use glif::nir::{self, Options};
use glif::output::{counted, say};
use glif::{DescriptionErrors, file, text};
use glif_cli::arrays;

use super::Arguments;

pub(super) fn import(arguments: &Arguments, bytes: Vec<u8>) -> Result<()> {
    let Arguments { file: path, step_time, scalar, output, discretization, reset, if_input, weights, scales, .. } =
        arguments;
    let step_time = step_time.ok_or_else(|| {
        crate::misuse("a graph needs --step-time, as it does not say it: the step with which it was trained")
    })?;
    let output = output
        .as_deref()
        .ok_or_else(|| crate::misuse("a graph needs --output, as its arrays go to a file beside it"))?;
    let mut options = Options::new(step_time);
    options.scalar = *scalar;
    options.weights = *weights;
    options.scales = *scales;
    options.discretization = discretization.unwrap_or(options.discretization);
    options.reset = reset.unwrap_or(options.reset);
    options.if_input = if_input.unwrap_or(options.if_input);
    let archive = output.with_extension("npz");
    file::check_distinct(&[path], &[output, &archive])?;
    let imported =
        nir::import(bytes, &options).map_err(|errors| anyhow!("`{}`: {}", text::path(path), listed(&errors)))?;
    // The same checks as for a file.
    let network = arrays::build_network(path, &imported.description)?;
    eprintln!("{}", imported.report);
    quantization(&network);
    arrays::write_network(output, &imported.description)?;
    let has_arrays = !imported.description.to_files("").arrays.is_empty();
    let beside = if has_arrays { format!(", {}", text::path(&archive)) } else { String::new() };
    say(&format!("written: {}{beside}", text::path(output)))?;
    Ok(())
}

/// Returns all errors of a graph as one message.
fn listed(errors: &DescriptionErrors) -> String {
    match errors.0[..] {
        [_] => errors.to_string(),
        _ => format!(
            "cannot be imported:\n{}",
            errors.to_string().lines().map(|line| format!("  {line}\n")).collect::<String>().trim_end()
        ),
    }
}

/// Says how much the weights of each projection changed when they became integers.
fn quantization(network: &Network) {
    for ProjectionReport { from, to, synapse, unit, weight_type, scale, quantization, .. } in
        &network.report().projections
    {
        let (Some(error), Some([least, greatest])) = (quantization, scale) else { continue };
        let [least, greatest] = [least, greatest].map(|value| format!("{value:.4e}"));
        // An exponential synapse is normalized: it brings a part of the weight.
        let after = if ["current", "delta"].contains(&synapse.as_str()) { "" } else { " as the synapse brings it" };
        let of_type = format!("{weight_type:?}").to_lowercase();
        let of_unit = if least == greatest { "a unit is" } else { "a target has its own unit," };
        let scale = if least == greatest { least } else { format!("{least} to {greatest}") };
        eprintln!(
            "quantization: `{from}` to `{to}`: {of_type}, {of_unit} {scale} {unit}{after}, worst error {:.3e}, rms {:.3e} {unit}, {} of {} became 0",
            error.worst,
            error.rms,
            error.became_zero,
            counted(error.weights, "weight")
        );
    }
}
