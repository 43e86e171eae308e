//! Conversion between numbers and the bits of a board's number format, little endian.

use glif_core::spec::{FormatVisitor, NumberFormat, Stored};

/// Decodes values of the state; exact.
///
/// ```
/// use glif::NumberFormat;
/// use glif_board::bits::{decode, encode};
/// assert_eq!(encode(NumberFormat::I16F16, &[-60.5]), [0, 0x80, 0xc3, 0xff]);
/// assert_eq!(decode(NumberFormat::I16F16, &[0, 0x80, 0xc3, 0xff]), [-60.5]);
/// ```
pub fn decode(format: NumberFormat, bytes: &[u8]) -> Vec<f64> {
    struct Decode<'a>(&'a [u8]);
    impl FormatVisitor for Decode<'_> {
        type Output = Vec<f64>;
        fn visit<S: Stored>(self) -> Vec<f64> {
            self.0.chunks_exact(size_of::<S>()).filter_map(S::from_bytes).map(S::to_f64).collect()
        }
    }
    format.visit(Decode(bytes))
}

/// Encodes numbers, rounded to nearest; fixed point saturates, as on the host.
pub fn encode(format: NumberFormat, values: &[f64]) -> Vec<u8> {
    struct Encode<'a>(&'a [f64]);
    impl FormatVisitor for Encode<'_> {
        type Output = Vec<u8>;
        fn visit<S: Stored>(self) -> Vec<u8> {
            let mut bytes = Vec::with_capacity(size_of::<S>() * self.0.len());
            self.0.iter().for_each(|value| bytes.extend_from_slice(S::nearest(*value).to_bytes().as_ref()));
            bytes
        }
    }
    format.visit(Encode(values))
}

/// Returns the bits of one number in hexadecimal digits, most significant first.
pub fn hex(format: NumberFormat, value: f64) -> String {
    let digits: String = encode(format, &[value]).iter().rev().map(|byte| format!("{byte:02x}")).collect();
    format!("0x{digits}")
}
