//! Converts a duration in ms to whole steps.

use std::fmt;
use std::ops::RangeInclusive;

use anyhow::{Result, ensure};
use glif::Number;

/// Relative precision within which a quotient of two decimal numbers is whole: 0.3 / 0.1 is less than 3 in
/// binary.
const PRECISION: f64 = 1e-9;

/// Returns the number of whole steps nearest to the duration of `option`, ms.
///
/// If the steps take a different time, a note on standard error says so.
///
/// # Errors
/// Returns an error if the number is not within `allowed`; the message gives the bounds in ms.
pub(crate) fn steps(option: &str, ms: f64, step_time: f64, allowed: RangeInclusive<u64>) -> Result<u64> {
    let exact = ms / step_time;
    let steps = exact.round();
    let [least, most] = [allowed.start(), allowed.end()].map(|bound| *bound as f64);
    ensure!(
        (least..=most).contains(&steps),
        "{option} {} ms: must be {} to {} ms, in steps of {} ms",
        Number(ms),
        Ms(least * step_time),
        Ms(most * step_time),
        Number(step_time)
    );
    if (exact - steps).abs() > PRECISION * steps {
        let (asked, step) = (Number(ms), Number(step_time));
        let counted = glif::output::counted(steps as usize, "step");
        eprintln!(
            "note: {option} {asked} ms: not a whole number of steps of {step} ms; the run takes {} ms: {counted}",
            Ms(steps * step_time)
        );
    }
    Ok(steps as u64)
}

/// A product of a step time and a number of steps, printed without the rounding error in its last digits.
pub(crate) struct Ms(pub(crate) f64);

impl fmt::Display for Ms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(ms) = *self;
        let ms = format!("{ms:.12e}").parse().unwrap_or(ms);
        if (1e-4..1e15).contains(&ms) { write!(f, "{ms}") } else { write!(f, "{ms:e}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_rounded_to_the_nearest_step() {
        let of = |ms, step_time| steps("--duration", ms, step_time, 1..=100).map_err(|error| error.to_string());
        assert_eq!([of(24.0, 10.0), of(25.0, 10.0), of(5.0, 10.0)], [Ok(2), Ok(3), Ok(1)]);
        assert_eq!([of(0.3, 0.1), of(2.1, 0.7)], [Ok(3), Ok(3)]);
        let refused = [(4.0, 10.0), (71.0, 0.7), (-5.0, 1.0), (f64::NAN, 1.0), (1e300, 0.1)];
        assert_eq!(
            refused.map(|(ms, step_time)| of(ms, step_time).unwrap_err()),
            [
                "--duration 4 ms: must be 10 to 1000 ms, in steps of 10 ms",
                "--duration 71 ms: must be 0.7 to 70 ms, in steps of 0.7 ms",
                "--duration -5 ms: must be 1 to 100 ms, in steps of 1 ms",
                "--duration NaN ms: must be 1 to 100 ms, in steps of 1 ms",
                "--duration 1e300 ms: must be 0.1 to 10 ms, in steps of 0.1 ms",
            ]
        );
    }

    #[test]
    fn milliseconds_print_without_rounding_errors() {
        let told = [3.0 * 0.1, 4_294_967_295.0, 30.0, 1e300].map(|ms| Ms(ms).to_string());
        assert_eq!(told, ["0.3", "4294967295", "30", "1e300"]);
    }
}
