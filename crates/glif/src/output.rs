//! Standard output, and words for it.

use std::io::{self, Write};

use glif_core::spec::ComponentCounts;

/// Standard output for a program's results. A closed pipe is not an error; a full disk is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Output;

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match io::stdout().write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(bytes.len()),
            done => done.map_err(named),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match io::stdout().flush() {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            done => done.map_err(named),
        }
    }
}

/// Adds "standard output" to an error.
fn named(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("standard output: {error}"))
}

/// Prints a line.
///
/// # Errors
/// Returns an error if the line cannot be written, except to a closed pipe.
pub fn say(text: &str) -> io::Result<()> {
    writeln!(Output, "{text}")
}

/// Returns the numbers of components of a neuron. Threshold components are always among them.
///
/// ```
/// use glif::output::components;
/// use glif_core::spec::ComponentCounts;
/// assert_eq!(components(ComponentCounts { thresholds: 2, currents: 0, voltages: 0 }), "2 threshold components");
/// ```
pub fn components(counts: ComponentCounts) -> String {
    let ComponentCounts { thresholds, currents, voltages } = counts;
    let others = [(currents, "after-spike current"), (voltages, "threshold voltage")];
    let others = others.iter().filter(|(count, _)| *count > 0).map(|(count, name)| counted(*count, name));
    std::iter::once(counted(thresholds, "threshold component")).chain(others).collect::<Vec<_>>().join(", ")
}

/// Returns a count and its noun, in the plural unless the count is 1.
///
/// ```
/// use glif::output::counted;
/// assert_eq!([0, 1, 2].map(|count| counted(count, "spike")), ["0 spikes", "1 spike", "2 spikes"]);
/// ```
pub fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}
