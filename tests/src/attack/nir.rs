//! The importer of graphs in NIR.

use glif::NumberFormat;
use glif::description::Discretization;
use glif::network::{NetworkDescription, PopulationKind};
use glif::nir::{IfInput, Options, Reset, import};

/// Largest number of neurons and of connections to build here.
const MOST: usize = 4096;

/// Imports a graph, with the options that the first byte selects. A small network that can be built has a valid file, and can
/// step.
pub fn nir(bytes: &[u8]) {
    let Some((choices, graph)) = bytes.split_first() else { return };
    let mut options = Options::new(if choices & 1 == 0 { 0.1 } else { 1.0 });
    options.scalar =
        [NumberFormat::F64, NumberFormat::F32, NumberFormat::I16F16, NumberFormat::I8F8][usize::from(choices >> 1 & 3)];
    options.discretization = if choices & 8 == 0 { Discretization::Euler } else { Discretization::Exact };
    options.reset = Reset::ALL[usize::from(choices >> 4 & 1)];
    options.if_input = IfInput::ALL[usize::from(choices >> 5 & 1)];
    let Ok(imported) = import(graph.to_vec(), &options) else { return };
    assert!(imported.report.to_string().starts_with("read: NIR "));
    let description = imported.description;
    let shapes = description.populations.iter().map(|(_, kind)| match kind {
        PopulationKind::Input(input) => input.shape.iter().product::<usize>(),
        PopulationKind::Neurons { description, .. } => description.shape.iter().product(),
        _ => 0,
    });
    let files = description.to_files("arrays.npz");
    let values: usize = files.arrays.iter().map(|array| array.shape.iter().product::<usize>()).sum();
    if shapes.sum::<usize>() > MOST || values > 8 * MOST {
        return;
    }
    // Parameters that do not fit the number format are refused here.
    let Ok(mut network) = description.build() else { return };
    assert!(NetworkDescription::from_toml(&files.text).is_ok(), "{}", files.text);
    for _ in 0..3 {
        // Weights may be so large that a current leaves the range.
        if network.step().is_err() {
            return;
        }
    }
}
