//! Where a derivation writes the coefficients that Inferno does not have.
//!
//! The module is private: the type is only reachable from a sealed trait.

use super::ThresholdVoltage;
use crate::parameter::ComponentCounts;
use crate::scalar::Scalar;

/// Where to write the coefficients of [`Teeter`](super::Teeter).
pub struct SpikePlaces<'a, S: Scalar> {
    pub(crate) counts: ComponentCounts,
    pub(crate) retain: &'a mut [S::Slope],
    pub(crate) weight: &'a mut [S::Decay],
    pub(crate) voltage: Option<&'a mut ThresholdVoltage<S>>,
    pub(crate) resets_from_before: &'a mut bool,
}

/// The coefficients that Inferno does not have.
pub struct TeeterParts<'a, S: Scalar> {
    /// What a spike retains of each component.
    pub retain: &'a [S::Slope],
    /// Weight of each after-spike current.
    pub weight: &'a [S::Decay],
    /// Coefficients of the threshold voltage.
    pub voltage: Option<&'a ThresholdVoltage<S>>,
}
