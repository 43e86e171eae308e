//! Formatting of numbers for display.

use glif_core::error::Number;

/// Formats a number with at most `digits` significant digits, without trailing zeros.
pub(crate) fn short(value: f64, digits: usize) -> String {
    Number(format!("{value:.*e}", digits - 1).parse().unwrap_or(value)).to_string()
}
