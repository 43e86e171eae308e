//! Between numbers and the bits of a board's scalar, little endian.

use fixed::types::{I8F8, I9F7, I12F20, I16F16};
use glif_core::Representation as _;
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
        Scalar::F32 => values.flat_map(|x| f32::current(x).to_le_bytes()).collect(),
        Scalar::I16F16 => values.flat_map(|x| I16F16::current(x).to_le_bytes()).collect(),
        Scalar::I12F20 => values.flat_map(|x| I12F20::current(x).to_le_bytes()).collect(),
        Scalar::I8F8 => values.flat_map(|x| I8F8::current(x).to_le_bytes()).collect(),
        Scalar::I9F7 => values.flat_map(|x| I9F7::current(x).to_le_bytes()).collect(),
    }
}

/// The bits of one number in hexadecimal digits, most significant first.
pub fn hex(scalar: Scalar, value: f64) -> String {
    let digits: String = encode(scalar, &[value]).iter().rev().map(|byte| format!("{byte:02x}")).collect();
    format!("0x{digits}")
}
