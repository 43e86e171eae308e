//! The population that a board is to run: a description and a size.

use glif_core::Spec;
use glif_core::spec::{NumberFormat, ParameterSet};
use serde::{Deserialize, Serialize};

/// A population on a board.
///
/// The packet that loads three adaptive neurons:
///
/// ```
/// use glif_core::spec::{NumberFormat, ParameterSet, Spec};
/// use glif_core::AlifParams;
/// use glif_link::{Model, Request, packet};
///
/// let params = AlifParams {
///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_eq_v: -50.0, refrac_t: 2.0, tc_membrane: 20.0,
///     tc_adaptation: [100.0], spike_increment: [1.5], resistance: 1.0,
/// };
/// let spec = Spec { scalar: NumberFormat::I16F16, ..Spec::new(params) };
/// let model = Model { spec, neurons: 3, own: ParameterSet::default() };
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
    /// Parameters of which each neuron has its own value, sent by [`Request::Own`](crate::Request::Own). The
    /// description has those of neuron 0.
    pub own: ParameterSet,
}

impl Model {
    /// Returns the own values of a neuron: one for a number, and one per component for a list.
    pub fn own_values(&self) -> usize {
        self.own.iter().map(|parameter| self.spec.params.get(parameter).len()).sum()
    }
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
