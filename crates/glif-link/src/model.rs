//! The population that a board is to run: a description and a size.

use glif_core::Spec;
use glif_core::spec::NumberFormat;
use serde::{Deserialize, Serialize};

/// A population on a board.
///
/// The packet that loads three adaptive neurons:
///
/// ```
/// use glif_core::spec::{NumberFormat, Spec};
/// use glif_core::AlifParams;
/// use glif_link::{Model, Request, packet};
///
/// let params = AlifParams {
///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_eq_v: -50.0, refrac_t: 2.0, tc_membrane: 20.0,
///     tc_adaptation: [100.0], spike_increment: [1.5], resistance: 1.0,
/// };
/// let model = Model { spec: Spec { scalar: NumberFormat::I16F16, ..Spec::new(params) }, neurons: 3 };
/// let mut buffer = [0; 256];
/// let sent = packet::encode(1, &Request::Load(model.clone()), &mut buffer).unwrap();
/// assert_eq!(packet::open(sent).unwrap().message(), Some(Request::Load(model)));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Model {
    /// Model, parameters, number format, rounding mode and refractory rule.
    pub spec: Spec,
    /// Number of neurons.
    pub neurons: u32,
}

/// Returns the bit of a number format in [`Identity::scalars`](crate::Identity::scalars).
///
/// The bit is 0 if no board supports the format.
pub const fn bit(format: NumberFormat) -> u8 {
    match format {
        NumberFormat::F64 => 0,
        format => 1 << format as u8,
    }
}
