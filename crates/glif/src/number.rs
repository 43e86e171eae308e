//! How numbers are written for people.

use glif_core::error::Number;

/// A number with so many significant digits, and no zeros after them.
pub(crate) fn short(value: f64, digits: usize) -> String {
    Number(format!("{value:.*e}", digits - 1).parse().unwrap_or(value)).to_string()
}
