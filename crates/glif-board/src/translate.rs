//! From a population file, and from the state of a library, to what a board loads.

use std::path::Path;

use glif::Description;
use glif::description::{ModelName, RoundingName, RuleName, ScalarName};
use glif_link::model::{Flags, Rule};
use glif_link::{Component, Components, Kind, Model, Rounding, Scalar};

use crate::client::LinkError;
use crate::examples;

/// Reads a population file; what is doubtful in it goes to standard error.
///
/// # Errors
/// Everything that is wrong with it at once.
pub fn read(path: &Path) -> anyhow::Result<Description> {
    let description = Description::read(path).map_err(|error| examples::explain(path, error))?;
    for doubt in glif::doubts(&description) {
        eprintln!("note: `{}`: {doubt}", glif::text::path(path));
    }
    Ok(description)
}

/// The board's model of a description.
///
/// # Errors
/// For what no board has: batches, f64, more threshold components than a message holds.
pub fn model(d: &Description) -> Result<Model, LinkError> {
    let unsuitable = |why: String| Err(LinkError::Unsuitable(why));
    if d.batch_size != 1 {
        return unsuitable(format!("`batch_size` = {}; a board has one sample, so it must be 1", d.batch_size));
    }
    let scalar = match d.scalar {
        ScalarName::F32 => Scalar::F32,
        ScalarName::F64 => return unsuitable("`scalar` = \"f64\"; boards know f32 and fixed point".to_owned()),
        ScalarName::I16F16 => Scalar::I16F16,
        ScalarName::I12F20 => Scalar::I12F20,
        ScalarName::I8F8 => Scalar::I8F8,
        ScalarName::I9F7 => Scalar::I9F7,
    };
    let neurons = d.shape.iter().product::<usize>();
    let Ok(neurons) = u32::try_from(neurons) else {
        return unsuitable(format!("`shape` = {:?}; no board has room for {neurons} neurons", d.shape));
    };
    Ok(Model {
        kind: kind(d)?,
        scalar,
        rounding: match d.rounding {
            _ if scalar == Scalar::F32 => Rounding::Nearest,
            RoundingName::Nearest => Rounding::Nearest,
            RoundingName::Truncate => Rounding::Truncate,
            RoundingName::Stochastic => Rounding::Stochastic { seed: d.seed },
        },
        rule: match d.refractory {
            RuleName::Inferno => Rule::Inferno,
            RuleName::Exact => Rule::Exact,
            RuleName::Nest => Rule::Nest,
        },
        flags: Flags { refrac_lock: d.refrac_lock, adapt: d.adapt },
        neurons,
        step_time: d.number("step_time"),
        rest_v: d.number("rest_v"),
        threshold: d.number(d.model.threshold()),
        refrac_t: d.number("refrac_t"),
        time_constant: d.number(d.model.time_constant()),
        resistance: d.number("resistance"),
    })
}

fn kind(d: &Description) -> Result<Kind, LinkError> {
    Ok(match d.model {
        ModelName::Lif => Kind::Lif { reset_v: d.number("reset_v") },
        ModelName::Glif1 => Kind::Glif1 { reset_v: d.number("reset_v") },
        ModelName::Alif => Kind::Alif { reset_v: d.number("reset_v"), components: components(d, "tc_adaptation")? },
        ModelName::Glif2 => Kind::Glif2 {
            reset_v_add: d.number("reset_v_add"),
            reset_v_mul: d.number("reset_v_mul"),
            components: components(d, "rc_adaptation")?,
        },
    })
}

/// The shorter list is completed with its last value.
fn components(d: &Description, constants: &str) -> Result<Components, LinkError> {
    let (constants, increments) = (d.list(constants), d.list("spike_increment"));
    let at = |list: &[f64], k: usize| list.get(k).or(list.last()).copied().unwrap_or(f64::NAN);
    let mut components = Components::new();
    for k in 0..d.components() {
        let component = Component { constant: at(constants, k), increment: at(increments, k) };
        components.push(component).map_err(|_| {
            let most = components.capacity();
            LinkError::Unsuitable(format!("{} threshold components; a board has room for {most}", d.components()))
        })?;
    }
    Ok(components)
}

/// Columns of rows of `width` values, one after another. With the number of components it takes the library's order of threshold
/// components, neuron after neuron, to the wire's, component after component; with the number of neurons it takes them back.
pub(crate) fn transposed<T: Copy>(values: &[T], width: usize) -> Vec<T> {
    (0..width).flat_map(|column| values.iter().skip(column).step_by(width)).copied().collect()
}
