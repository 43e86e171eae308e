//! A log of the edges of a board's pins, and the pulses in it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek as _, SeekFrom};
use std::path::PathBuf;

use super::{VerifyError, require};

/// Largest number of bytes of new edges to read: far more than a check causes.
const LONGEST: u64 = 1 << 24;

/// Pins on which a board shows the spikes of its first neurons, and a log of their edges. An emulator or a
/// logic analyzer writes the log: before a reply arrives, all edges up to it are in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pins {
    /// Path of the log. It has a line for each edge: nanoseconds, the number of the pin, and 1 for a rise or
    /// 0 for a fall.
    pub edges: PathBuf,
    /// Numbers of the pins of neurons 0, 1 and so on.
    pub numbers: Vec<u32>,
}

/// Pins that were high together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pulse {
    pub(crate) pins: BTreeSet<u32>,
    /// Times of the first rise, the last rise, and the first fall, ns.
    pub(crate) began: u64,
    pub(crate) high: u64,
    pub(crate) fell: Option<u64>,
}

impl Pulse {
    /// Returns how long all pins were high, ns.
    pub(crate) fn width(&self) -> u64 {
        self.fell.unwrap_or(self.high).saturating_sub(self.high)
    }
}

/// The part of a log that is written from now on.
pub(crate) struct Log<'a> {
    pins: &'a Pins,
    file: File,
}

impl<'a> Log<'a> {
    pub(crate) fn open(pins: &'a Pins) -> Result<Self, VerifyError> {
        let file = File::open(&pins.edges).and_then(|mut file| file.seek(SeekFrom::End(0)).map(|_| file));
        let file = file.map_err(|error| VerifyError::host(format!("`{}`: {error}", pins.edges.display())))?;
        Ok(Self { pins, file })
    }

    /// Returns the pulses since the log was opened.
    pub(crate) fn pulses(&mut self) -> Result<Vec<Pulse>, VerifyError> {
        let mut text = String::new();
        let read = (&mut self.file).take(LONGEST).read_to_string(&mut text);
        let path = self.pins.edges.display();
        let count = read.map_err(|error| VerifyError::host(format!("`{path}`: {error}")))?;
        require!((count as u64) < LONGEST, "`{path}` has grown by {LONGEST} bytes and more within one check");
        let edges = text
            .lines()
            .map(|line| edge(line).ok_or_else(|| VerifyError::host(format!("`{path}`: `{line}` is not an edge"))));
        let edges = edges.collect::<Result<Vec<_>, _>>()?;
        pulses(edges.into_iter().filter(|edge| self.pins.numbers.contains(&edge.pin)))
    }
}

/// A change of a pin's level.
#[derive(Debug, Clone, Copy)]
struct Edge {
    nanos: u64,
    pin: u32,
    high: bool,
}

fn edge(line: &str) -> Option<Edge> {
    let mut words = line.split_whitespace();
    let (nanos, pin) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let level: u8 = words.next()?.parse().ok()?;
    (level <= 1 && words.next().is_none()).then_some(Edge { nanos, pin, high: level == 1 })
}

/// Groups edges into pulses. A pulse lasts from the rise of a pin while all are low to the fall of the last
/// high pin.
fn pulses(edges: impl Iterator<Item = Edge>) -> Result<Vec<Pulse>, VerifyError> {
    let (mut pulses, mut now) = (Vec::new(), None::<Pulse>);
    let mut high = BTreeSet::new();
    for Edge { nanos, pin, high: rises } in edges {
        let changes = if rises { high.insert(pin) } else { high.remove(&pin) };
        let level = if rises { "high" } else { "low" };
        require!(changes, "pin {pin} goes {level} at {nanos} ns, and was {level} before");
        let pulse = now.get_or_insert_with(|| Pulse { pins: BTreeSet::new(), began: nanos, high: nanos, fell: None });
        if rises {
            pulse.high = nanos;
            let early = pulse.pins.insert(pin) && pulse.fell.is_none();
            require!(early, "pin {pin} rises at {nanos} ns, within a pulse");
        } else {
            pulse.fell.get_or_insert(nanos);
            if high.is_empty() {
                pulses.extend(now.take());
            }
        }
    }
    let high = high.first();
    require!(high.is_none(), "pin {} stays high", high.unwrap_or(&0));
    Ok(pulses)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(log: &str) -> Result<Vec<Pulse>, String> {
        pulses(log.lines().map(|line| edge(line).unwrap())).map_err(|trouble| trouble.to_string())
    }

    #[test]
    fn edges_are_grouped_into_pulses() {
        let found = of("100 2 1\n130 4 1\n1100 2 0\n1130 4 0\n5000 3 1\n6000 3 0").unwrap();
        let widths: Vec<_> = found.iter().map(|pulse| (pulse.began, pulse.width())).collect();
        assert_eq!(widths, [(100, 970), (5000, 1000)]);
        assert_eq!(found[0].pins, BTreeSet::from([2, 4]));
        assert_eq!(of("").unwrap(), []);
        assert_eq!(of("1 2 1").unwrap_err(), "pin 2 stays high");
        assert_eq!(of("1 2 0").unwrap_err(), "pin 2 goes low at 1 ns, and was low before");
        assert_eq!(of("1 2 1\n2 2 1").unwrap_err(), "pin 2 goes high at 2 ns, and was high before");
        assert_eq!(of("1 2 1\n2 3 1\n3 2 0\n4 2 1").unwrap_err(), "pin 2 rises at 4 ns, within a pulse");
    }

    #[test]
    fn invalid_edges_are_rejected() {
        for line in ["", "1 2", "1 2 3", "1 2 1 0", "x 2 1", "-1 2 1"] {
            assert!(edge(line).is_none(), "{line}");
        }
    }
}
