//! Between numbers and the bits of a board's scalar, little endian; what a scalar holds.

use fixed::types::{I8F8, I9F7, I12F20, I16F16};
use glif_core::Representation;
use glif_link::Scalar;

/// Numbers of values of state; exact.
///
/// ```
/// use glif_board::bits::{decode, encode};
/// use glif_link::Scalar;
/// assert_eq!(encode(Scalar::I16F16, &[-60.5]), [0, 0x80, 0xc3, 0xff]);
/// assert_eq!(decode(Scalar::I16F16, &[0, 0x80, 0xc3, 0xff]), [-60.5]);
/// ```
pub fn decode(scalar: Scalar, bytes: &[u8]) -> Vec<f64> {
    match scalar {
        Scalar::F32 => bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b).to_f64()).collect(),
        Scalar::I16F16 => bytes.as_chunks().0.iter().map(|b| I16F16::from_le_bytes(*b).to_f64()).collect(),
        Scalar::I12F20 => bytes.as_chunks().0.iter().map(|b| I12F20::from_le_bytes(*b).to_f64()).collect(),
        Scalar::I8F8 => bytes.as_chunks().0.iter().map(|b| I8F8::from_le_bytes(*b).to_f64()).collect(),
        Scalar::I9F7 => bytes.as_chunks().0.iter().map(|b| I9F7::from_le_bytes(*b).to_f64()).collect(),
    }
}

/// Bits of numbers, to nearest; fixed point saturates, as the host does.
pub fn encode(scalar: Scalar, values: &[f64]) -> Vec<u8> {
    let values = values.iter().copied();
    match scalar {
        Scalar::F32 => values.flat_map(|x| f32::nearest(x).to_le_bytes()).collect(),
        Scalar::I16F16 => values.flat_map(|x| I16F16::nearest(x).to_le_bytes()).collect(),
        Scalar::I12F20 => values.flat_map(|x| I12F20::nearest(x).to_le_bytes()).collect(),
        Scalar::I8F8 => values.flat_map(|x| I8F8::nearest(x).to_le_bytes()).collect(),
        Scalar::I9F7 => values.flat_map(|x| I9F7::nearest(x).to_le_bytes()).collect(),
    }
}

/// The bits of one number in hexadecimal digits, most significant first.
pub fn hex(scalar: Scalar, value: f64) -> String {
    let digits: String = encode(scalar, &[value]).iter().rev().map(|byte| format!("{byte:02x}")).collect();
    format!("0x{digits}")
}

/// What a format holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Least and greatest voltage that a person may write, mV.
    pub(crate) voltage: (f64, f64),
    /// Of each of the threshold components, either way, mV.
    pub(crate) component: f64,
    /// Distance between values; the least positive number in floating point.
    pub(crate) least: f64,
    /// The greatest number.
    pub(crate) greatest: f64,
}

/// The limits of a scalar for a population of so many components.
pub(crate) fn limits(scalar: Scalar, components: usize) -> Limits {
    fn of<S: Representation>(components: usize) -> Limits {
        let component = S::component_limit(components);
        Limits { voltage: (S::LOWEST, S::HIGHEST), component, least: S::LEAST, greatest: S::GREATEST }
    }
    match scalar {
        Scalar::F32 => of::<f32>(components),
        Scalar::I16F16 => of::<I16F16>(components),
        Scalar::I12F20 => of::<I12F20>(components),
        Scalar::I8F8 => of::<I8F8>(components),
        Scalar::I9F7 => of::<I9F7>(components),
    }
}
