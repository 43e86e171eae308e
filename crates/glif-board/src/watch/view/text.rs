//! Text and numbers that the view and the plain lines share.

use std::time::Duration;

use crate::identity::Identity;
use crate::watch::model::Model;

/// Formats a time as hours, minutes and seconds.
pub(in crate::watch) fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Converts a time to ms, with fractions.
pub(in crate::watch) fn millis(time: Duration) -> f64 {
    1000.0 * time.as_secs_f64()
}

/// Formats a number of times.
pub(in crate::watch) fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

/// Formats a time given in µs, with two decimals in a suitable unit.
pub(in crate::watch) fn micros(time: f64) -> String {
    match time {
        t if t < 1e3 => format!("{t:.2} µs"),
        t if t < 1e6 => format!("{:.2} ms", t / 1e3),
        t => format!("{:.2} s", t / 1e6),
    }
}

/// Formats a percentage.
pub(in crate::watch) fn percent(part: f64) -> String {
    if part < 99.95 { format!("{part:.1} %") } else { format!("{part:.0} %") }
}

/// Formats a count with thousands separators.
pub(super) fn count(value: u64) -> String {
    let digits = value.to_string();
    let first = digits.len() % 3;
    let apart = |i: usize| i > 0 && i % 3 == first % 3;
    digits.chars().enumerate().flat_map(|(i, digit)| apart(i).then_some(',').into_iter().chain([digit])).collect()
}

/// Formats a count in about four characters.
pub(super) fn short(value: f64) -> String {
    match value {
        v if v < 1e4 => format!("{v:.0}"),
        v if v < 1e6 => format!("{:.0}k", v / 1e3),
        v => format!("{:.0}M", v / 1e6),
    }
}

/// Formats a description of the board.
pub(super) fn board(identity: &Identity) -> String {
    let Identity { firmware, core, board, memory, frequency, .. } = identity;
    let megahertz = f64::from(*frequency) / 1e6;
    format!("{board}, {core}, clock {megahertz} MHz, firmware {firmware}, {} bytes", count(*memory as u64))
}

/// Formats a description of what the board runs.
pub(in crate::watch) fn subject(model: &Model) -> String {
    let subject = &model.subject;
    let of = model.identity.as_ref().map_or(String::new(), |identity| format!(" of {}", identity.neurons));
    let pace = if subject.free { "stepped by the host" } else { "real time" };
    format!(
        "{}, {}{of} neurons, {} ms a step, {pace}, {:.1} ± {:.1} nA",
        subject.name, subject.neurons, subject.step_time, model.mean, subject.deviation
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_counts() {
        assert_eq!(clock(Duration::from_millis(3_723_900)), "01:02:03");
        assert_eq!(clock(Duration::from_secs(360_000)), "100:00:00");
        for (value, written) in [(0, "0"), (999, "999"), (1000, "1,000"), (12_345, "12,345"), (1_234_567, "1,234,567")]
        {
            assert_eq!(count(value), written);
        }
        assert_eq!([short(207.4), short(12_345.0), short(2.5e6)], ["207", "12k", "2M"]);
        assert_eq!([micros(8.274), micros(1234.5), micros(2.5e6)], ["8.27 µs", "1.23 ms", "2.50 s"]);
        assert_eq!([percent(2.14), percent(99.97), percent(123.4)], ["2.1 %", "100 %", "123 %"]);
        assert_eq!([times(1), times(3)], ["once", "3 times"]);
    }
}
