//! The reader of NumPy files.

use glif_cli::arrays::{Values, read_currents, read_labels};

/// Reads currents and labels from a `.npy` or `.npz` file. Accepted currents have the requested shape and are finite, and
/// accepted labels are classes.
pub fn arrays(bytes: &[u8]) {
    super::with_file("currents", bytes, |path| {
        for (batch, shape) in [(1, &[3][..]), (2, &[2, 1])] {
            if let Ok(currents) = read_currents(path, batch, shape) {
                let expected = currents.steps * batch * shape.iter().product::<usize>();
                assert!(currents.steps > 0);
                match currents.values {
                    Values::F32(values) => assert!(values.len() == expected && values.iter().all(|x| x.is_finite())),
                    Values::F64(values) => assert!(values.len() == expected && values.iter().all(|x| x.is_finite())),
                }
            }
        }
        for (samples, classes) in [(3, 2), (6, 1000)] {
            if let Ok(labels) = read_labels(path, samples, classes) {
                assert!(labels.len() == samples && labels.iter().all(|label| (*label as usize) < classes));
            }
        }
    });
}
