//! The files that commands take where none is named. They lie in glif's repository, and an installed program is called
//! elsewhere.

use std::path::Path;

use anyhow::Error;

/// A population in which every neuron fires now and then.
pub(crate) const SPIKING: &str = "examples/spiking.toml";
/// A population with a firing rate in closed form.
pub(crate) const FIRING_RATE: &str = "examples/f-i.toml";
/// The neurons that hold a pole upright.
pub(crate) const CLOSED_LOOP: &str = "examples/closed-loop.toml";
/// The wind that it stands in.
pub(crate) const WIND: &str = "examples/closed-loop.csv";

/// Why a file could not be read, and if it is one of these and not here, what would be right.
pub(crate) fn explain(path: &Path, error: impl Into<Error>) -> Error {
    let error = error.into();
    let known = [SPIKING, FIRING_RATE, CLOSED_LOOP, WIND].iter().any(|known| path == Path::new(known));
    if !known || path.exists() {
        return error;
    }
    error.context(format!(
        "`{}` is one of the examples in glif's repository, and not here; name a file of your own, or do this there",
        glif::text::path(path)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_example_that_is_not_here_is_explained() {
        let told = |path: &str| format!("{:#}", explain(Path::new(path), std::io::Error::other("no such file")));
        // Tests run in their crate's folder, which has none.
        let example = told(SPIKING);
        assert!(example.starts_with("`examples/spiking.toml` is one of the examples"), "{example}");
        assert!(example.ends_with("do this there: no such file"), "{example}");
        assert_eq!(told("own.toml"), "no such file");
    }
}
