//! The reader of population files.

use glif::{Currents, Description, Variable};

/// Largest number of neurons to build here.
const MOST: usize = 256;

/// Reads a population file. A valid one is unchanged when it is written and read again, and a small one can
/// step.
pub fn description(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(description) = Description::from_toml(text) else { return };
    let written = description.to_toml();
    let again = Description::from_toml(&written);
    assert_eq!(again.as_ref().map(Description::to_toml), Ok(written), "{text}");
    let cells = description.shape.iter().try_fold(description.batch_size, |cells, axis| cells.checked_mul(*axis));
    let Some(cells @ 1..=MOST) = cells else { return };
    if !description.own.has_unread() {
        let drawn = description.drawn().expect("the draws of so few neurons are checked when the file is read");
        assert_eq!(drawn.of(0), description.spec.params, "{text}");
        for parameter in drawn.parameters() {
            assert!(drawn.values(parameter).iter().all(|value| value.is_finite()), "{parameter} of {text}");
        }
    }
    let Ok(mut population) = description.build() else { return };
    for current in [0.0, 30.0, -1e3, 1e30] {
        if population.load(Currents::F64(&vec![current; cells])).is_ok() {
            for _ in 0..3 {
                assert!(population.step(description.options()).is_ok());
            }
        }
        for variable in [Variable::Voltage, Variable::Adaptation] {
            let values = population.read(variable);
            assert!(values.iter().all(|value| value.is_finite()), "{variable:?} {values:?} of {text}");
        }
    }
}
