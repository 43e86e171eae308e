//! Loads that are meant to be expensive.

use std::io::{Read, Write};

use glif::Description;
use glif_core::spec::Limits;
use glif_link::Field;

use super::Common;
use crate::Board;
use crate::error::LinkError;

/// Currents and state that a population is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Load {
    /// No neuron fires or is refractory: each computes everything that does not come from a spike.
    Silent,
    /// Each neuron fires in every step, or as often as possible.
    Firing,
    /// Alternate neurons are refractory while the others fire.
    Stripes,
    /// Voltages, threshold components and currents next to zero: subnormal in floating point.
    Subnormal,
    /// Voltages, threshold components and currents at the ends of the format. The end alternates from neuron
    /// to neuron. Values that are not finite are not possible: a node refuses them.
    Ends,
}

impl Load {
    pub(super) const ALL: [Self; 5] = [Self::Silent, Self::Firing, Self::Stripes, Self::Subnormal, Self::Ends];

    /// Returns the parameters for this load.
    pub(super) fn common(self) -> Common {
        let usual = Common::default();
        match self {
            Self::Silent => usual,
            Self::Firing | Self::Ends => Common { refrac_t: 0.0, ..usual },
            Self::Stripes => Common { refrac_t: 1.0, ..usual },
            Self::Subnormal => Common { rest_v: 0.0, refrac_t: 0.0 },
        }
    }

    /// Sets a population's currents and state.
    pub(super) fn put<P: Read + Write>(self, board: &mut Board<P>, description: &Description) -> Result<(), LinkError> {
        let (neurons, components) = (description.shape.iter().product(), description.components());
        let Limits { voltage: (lowest, highest), component, least, greatest, .. } = description.spec.limits();
        let each = |value: &dyn Fn(usize) -> f64| (0..neurons).map(value).collect::<Vec<_>>();
        let either = |i: usize| if i.is_multiple_of(2) { 1.0 } else { -1.0 };
        // The drive of a float is limited to a quarter of its range.
        let strong = greatest / 4.0;
        let (voltages, components_to, currents) = match self {
            Self::Silent => return Ok(()),
            Self::Firing => return board.hold(&each(&|_| strong)),
            Self::Stripes => {
                // The two halves fire one step apart.
                board.hold(&each(&|i| if i.is_multiple_of(2) { strong } else { 0.0 }))?;
                board.run(1)?;
                return board.hold(&each(&|_| strong));
            }
            Self::Subnormal => {
                let small = |i: usize| either(i) * least * (1 + i) as f64;
                (each(&small), small(3), each(&small))
            }
            Self::Ends => {
                let end = |i: usize| if i.is_multiple_of(2) { lowest } else { highest };
                (each(&end), component, each(&|i| -either(i) * strong))
            }
        };
        board.write(Field::Voltage, &voltages)?;
        if components > 0 {
            board.write(Field::Adaptation, &vec![components_to; neurons * components])?;
        }
        board.hold(&currents)
    }
}
