//! From a population file, and from the state of a library, to what a board loads.

use std::path::Path;

use glif::Description;
use glif_link::Model;
use glif_link::model::bit;

use crate::error::LinkError;

/// The population that commands take where none is named. It lies in glif's repository, and an installed program is called
/// elsewhere.
pub(crate) const EXAMPLE: &str = "examples/spiking.toml";

/// Reads a population file; what is doubtful in it goes to standard error.
///
/// # Errors
/// Everything that is wrong with it at once.
pub fn read(path: &Path) -> anyhow::Result<Description> {
    let description = Description::read(path).map_err(|error| explain(path, error))?;
    for warning in glif::warnings(&description) {
        eprintln!("note: `{}`: {warning}", glif::text::path(path));
    }
    Ok(description)
}

/// Why a file could not be read, and what would be right if it is the example and not here.
fn explain(path: &Path, error: impl Into<anyhow::Error>) -> anyhow::Error {
    let error = error.into();
    if path != Path::new(EXAMPLE) || path.exists() {
        return error;
    }
    error.context(format!(
        "`{EXAMPLE}` is one of the examples in glif's repository, and not here; name a file of your own, or do this there"
    ))
}

/// What a board is to load for a description.
///
/// # Errors
/// For what no board has: batches, f64, more neurons than a message counts.
pub fn model(d: &Description) -> Result<Model, LinkError> {
    let unsuitable = |why: String| Err(LinkError::Unsuitable(why));
    if d.batch_size != 1 {
        return unsuitable(format!("`batch_size` = {}; a board has one sample, so it must be 1", d.batch_size));
    }
    if bit(d.spec.scalar) == 0 {
        return unsuitable(format!("`scalar` = \"{}\"; boards know f32 and fixed point", d.spec.scalar));
    }
    let neurons = d.shape.iter().product::<usize>();
    let Ok(neurons) = u32::try_from(neurons) else {
        return unsuitable(format!("`shape` = {:?}; no board has room for {neurons} neurons", d.shape));
    };
    Ok(Model { spec: d.spec.clone(), neurons })
}

/// Columns of rows of `width` values, one after another. With the number of components it takes the library's order of threshold
/// components, neuron after neuron, to the wire's, component after component; with the number of neurons it takes them back.
pub(crate) fn transposed<T: Copy>(values: &[T], width: usize) -> Vec<T> {
    (0..width).flat_map(|column| values.iter().skip(column).step_by(width)).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_example_that_is_not_here_is_explained() {
        let told = |path: &str| format!("{:#}", explain(Path::new(path), std::io::Error::other("no such file")));
        // Tests run in their crate's folder, which has none.
        let example = told(EXAMPLE);
        assert!(example.starts_with("`examples/spiking.toml` is one of the examples"), "{example}");
        assert!(example.ends_with("do this there: no such file"), "{example}");
        assert_eq!(told("own.toml"), "no such file");
    }
}
