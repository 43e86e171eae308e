//! Loads that are meant to be dear.

use std::io::{Read, Write};

use glif::NumberFormat;
use glif_core::spec::Limits;
use glif_link::Field;

use super::Common;
use crate::Board;
use crate::error::LinkError;

/// What a population is put through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Load {
    /// Nobody fires and nobody is refractory: every neuron computes all that does not come from a spike.
    Silent,
    /// Everybody fires in every step, or as often as can be.
    Firing,
    /// Each second neuron rests from a spike while the others fire.
    Stripes,
    /// Voltages, threshold components and currents next to zero: subnormal in floating point.
    Subnormal,
    /// Voltages, threshold components and currents at the ends of the format, each neuron's at the other end than the one
    /// before. What is not finite never gets this far: a node refuses it.
    Ends,
}

impl Load {
    pub(super) const ALL: [Self; 5] = [Self::Silent, Self::Firing, Self::Stripes, Self::Subnormal, Self::Ends];

    /// Parameters that go with it.
    pub(super) fn common(self) -> Common {
        let usual = Common::default();
        match self {
            Self::Silent => usual,
            Self::Firing | Self::Ends => Common { refrac_t: 0.0, ..usual },
            Self::Stripes => Common { refrac_t: 1.0, ..usual },
            Self::Subnormal => Common { rest_v: 0.0, refrac_t: 0.0 },
        }
    }

    /// Gives a population its currents and its state.
    pub(super) fn put<P: Read + Write>(
        self,
        board: &mut Board<P>,
        scalar: NumberFormat,
        neurons: usize,
        components: usize,
    ) -> Result<(), LinkError> {
        let Limits { voltage: (lowest, highest), component, least, greatest, .. } = scalar.limits(components);
        let each = |value: &dyn Fn(usize) -> f64| (0..neurons).map(value).collect::<Vec<_>>();
        let either = |i: usize| if i.is_multiple_of(2) { 1.0 } else { -1.0 };
        // A float's drive ends at a quarter of what it can be.
        let strong = greatest / 4.0;
        let (voltages, components_to, currents) = match self {
            Self::Silent => return Ok(()),
            Self::Firing => return board.hold(&each(&|_| strong)),
            Self::Stripes => {
                // One step apart.
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
