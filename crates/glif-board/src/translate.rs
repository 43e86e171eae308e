//! Conversion of a population file, or of the library's state, to what a board loads.

use std::path::Path;

use glif::Description;
use glif_core::spec::ParameterSet;
use glif_link::Model;
use glif_link::model::bit;

use crate::error::LinkError;

/// Population that commands use by default. It is in glif's repository, and an installed program may run
/// elsewhere.
pub(crate) const EXAMPLE: &str = "examples/spiking.toml";

/// Reads a population file, and prints warnings about it to standard error.
///
/// # Errors
/// Returns every problem of the file at once.
pub fn read(path: &Path) -> anyhow::Result<Description> {
    if glif::description::toml::read_text(path).is_ok_and(|text| glif::network::toml::is_network(&text)) {
        anyhow::bail!(
            "`{}`: a network file, but this command takes a population file\nhelp: `glif board run` takes networks",
            glif::text::path(path)
        );
    }
    let description = Description::read(path).map_err(|error| explain(path, error))?;
    for warning in glif::warnings(&description) {
        eprintln!("note: `{}`: {warning}", glif::text::path(path));
    }
    Ok(description)
}

/// Explains why a file could not be read, with advice if it is the missing example.
fn explain(path: &Path, error: impl Into<anyhow::Error>) -> anyhow::Error {
    let error = error.into();
    if path != Path::new(EXAMPLE) || path.exists() {
        return error;
    }
    error.context(format!(
        "`{EXAMPLE}` is one of the examples in glif's repository, and not here; name a file of your own, or do this there"
    ))
}

/// Converts a description to the model that a board loads.
///
/// # Errors
/// Returns an error for what no board supports: batches, f64, or more neurons than a message can count.
pub fn model(d: &Description) -> Result<Model, LinkError> {
    let unsuitable = |why: String| Err(LinkError::Unsuitable(why));
    if d.batch_size != 1 {
        return unsuitable(format!("`batch_size` = {}: must be 1, as a board has one sample", d.batch_size));
    }
    if bit(d.spec.scalar) == 0 {
        return unsuitable(format!("`scalar` = \"{}\": boards have f32 and fixed point only", d.spec.scalar));
    }
    let neurons = d.shape.iter().product::<usize>();
    let Ok(neurons) = u32::try_from(neurons) else {
        return unsuitable(format!("`shape` = {:?}; no board has room for {neurons} neurons", d.shape));
    };
    let own = d.own.iter().map(|(parameter, _)| parameter).collect::<Vec<_>>();
    Ok(Model { spec: d.spec.clone(), neurons, own: ParameterSet::of(&own) })
}

/// Returns the own parameters of all neurons, as a board loads them: empty if all neurons share theirs.
///
/// # Errors
/// Returns an error if the description does not have valid values for every neuron.
pub(crate) fn own(d: &Description) -> Result<Vec<u8>, LinkError> {
    if d.own.is_empty() {
        return Ok(Vec::new());
    }
    let params = d.drawn().map_err(|errors| LinkError::Unsuitable(errors.to_string()))?;
    let neurons = d.shape.iter().product::<usize>();
    let columns: Vec<&[f64]> = params.parameters().map(|parameter| params.values(parameter)).collect();
    let row = |neuron: usize| {
        columns.iter().flat_map(move |values| {
            let width = values.len() / neurons.max(1);
            &values[neuron * width..(neuron + 1) * width]
        })
    };
    Ok((0..neurons).flat_map(row).flat_map(|value| value.to_le_bytes()).collect())
}

/// Transposes rows of `width` values, stored one after another. With the number of components as `width` it
/// converts the library's order of threshold components, neuron after neuron, to that of the wire, component
/// after component; with the number of neurons it converts back.
pub(crate) fn transposed<T: Copy>(values: &[T], width: usize) -> Vec<T> {
    (0..width).flat_map(|column| values.iter().skip(column).step_by(width)).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_parameters_are_sent_neuron_by_neuron() {
        let text = "model = 'alif'\nshape = 2\n[params]\nstep_time = 1.0\nrest_v = -60.0\nreset_v = -65.0\n\
                    thresh_eq_v = { each = [-50.0, -49.0] }\nrefrac_t = 2.0\ntc_membrane = 20.0\n\
                    tc_adaptation = { each = [[1.0, 2.0], [3.0, 4.0]] }\nspike_increment = 1.0";
        let description = Description::from_toml(text).unwrap();
        assert_eq!(model(&description).unwrap().own_values(), 3);
        let values: Vec<u8> =
            [-50.0_f64, 1.0, 2.0, -49.0, 3.0, 4.0].iter().flat_map(|value| value.to_le_bytes()).collect();
        assert_eq!(own(&description).unwrap(), values);
    }

    #[test]
    fn only_missing_examples_are_explained() {
        let told = |path: &str| format!("{:#}", explain(Path::new(path), std::io::Error::other("no such file")));
        // Tests run in the folder of their crate, which does not have the file.
        let example = told(EXAMPLE);
        assert!(example.starts_with("`examples/spiking.toml` is one of the examples"), "{example}");
        assert!(example.ends_with("do this there: no such file"), "{example}");
        assert_eq!(told("own.toml"), "no such file");
    }
}
