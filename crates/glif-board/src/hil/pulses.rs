//! Spikes as pulses on pins: each spike is one, and in real-time mode they come when the board says that it steps.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek as _, SeekFrom, Write};
use std::path::PathBuf;

use glif_core::spikes::contains;

use super::VerifyError;
use super::bench::Bench;
use super::difference;
use super::pace::{self, STEP_TIME};

/// Steps that are watched outside of real-time mode.
const STEPS: u32 = 200;
/// How many of them are asked for at once.
const AT_ONCE: u32 = 20;
/// Bytes of new edges that are read: far more than a check brings about.
const LONGEST: u64 = 1 << 24;

/// Pins on which a board shows the spikes of its first neurons, and a log of their edges, as an emulator or a logic
/// analyser writes it: before a reply arrives, all edges up to it are in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pins {
    /// The log: a line for each edge, of nanoseconds, the number of the pin, and 1 for a rise or 0 for a fall.
    pub edges: PathBuf,
    /// The pins of neurons 0, 1 and so on.
    pub numbers: Vec<u32>,
}

/// Both checks, if the pins can be seen.
pub(crate) fn all<P: Read + Write>(bench: &mut Bench<'_, P>) {
    let Some(pins) = bench.options.pins.clone() else {
        return;
    };
    bench.check("spikes as pulses on pins", |bench, _| stepped(bench, &pins));
    bench.check("pulses in real time", |bench, _| in_real_time(bench, &pins));
}

/// Each spike of a neuron that has a pin is a pulse on it, and nothing else is.
fn stepped<P: Read + Write>(bench: &mut Bench<'_, P>, pins: &Pins) -> Result<(), VerifyError> {
    let mut log = Log::open(pins)?;
    let mut twin = pace::loaded(bench, 1.0, pins.neurons())?;
    let mut expected = Vec::new();
    for _ in 0..STEPS / AT_ONCE {
        for spikes in bench.board.run(AT_ONCE)? {
            let step = twin.steps();
            let words = twin.step()?;
            if let Some(place) = difference::spikes(&spikes.words, words) {
                return Err(VerifyError::Wrong(difference::Difference { step: step + 1, of: 0, place }.to_string()));
            }
            expected.extend(pins.shown(step, words));
        }
    }
    let pulses = log.pulses()?;
    compare(&pulses, &expected)?;
    let widths = pulses.iter().map(Pulse::width);
    let (Some(least), Some(most)) = (widths.clone().min(), widths.max()) else {
        return Err(VerifyError::Wrong("no neuron with a pin has fired".to_owned()));
    };
    let (spikes, steps) = (pulses.iter().map(|pulse| pulse.pins.len()).sum::<usize>(), pulses.len());
    let [least, most] = [least, most].map(|nanos| nanos as f64 / 1e3);
    bench.note(format!("pulses on pins: {spikes} spikes in {steps} steps, {least:.1} to {most:.1} µs wide"));
    Ok(())
}

/// Pulses come as far apart as their steps are due, but for the lateness and the cost that the board itself reports.
fn in_real_time<P: Read + Write>(bench: &mut Bench<'_, P>, pins: &Pins) -> Result<(), VerifyError> {
    let mut log = Log::open(pins)?;
    let pace = pace::kept(bench, STEP_TIME, pins.neurons(), pace::lasting(bench))?;
    let mut twin = pace::twin(STEP_TIME, pins.neurons())?;
    let mut expected = Vec::new();
    for step in 0..u64::from(pace.cost.steps) {
        expected.extend(pins.shown(step, twin.step()?));
    }
    let pulses = log.pulses()?;
    compare(&pulses, &expected)?;
    let tick = 1e9 / f64::from(pace.cost.frequency);
    let allowed = tick * (f64::from(pace.latest) + f64::from(pace.cost.worst) + 2.0);
    let worst = deviation(&pulses, &expected, (1e6 * STEP_TIME, allowed), pace.missed)?;
    if worst > allowed {
        return Err(VerifyError::Wrong(format!(
            "a pulse is {:.1} µs off its step's time; by the board's own account it can be {:.1} µs",
            worst / 1e3,
            allowed / 1e3
        )));
    }
    bench.note(format!(
        "pulses in real time: {} of {} steps of {STEP_TIME} ms have pulses, at most {:.1} µs off their time",
        pulses.len(),
        pace.cost.steps,
        worst / 1e3
    ));
    Ok(())
}

/// How far pulses are off the times of their steps, by the first pulse, ns. Due times that the board has missed move all
/// later ones by whole periods. Which of them it has missed is not known: each pulse is taken to come after as few as put it within
/// `allowed` ns of its time, as a late one could else be taken for one that comes after another missed time.
fn deviation(
    pulses: &[Pulse],
    expected: &[Shown],
    (period, allowed): (f64, f64),
    missed: u32,
) -> Result<f64, VerifyError> {
    let (Some(first), Some(start)) = (pulses.first(), expected.first()) else {
        return Err(VerifyError::Wrong("no neuron with a pin has fired".to_owned()));
    };
    let (mut skipped, mut worst) = (0.0_f64, 0.0_f64);
    for (pulse, shown) in pulses.iter().zip(expected) {
        let off = (pulse.began - first.began) as f64 - period * (shown.step - start.step) as f64;
        skipped = ((off - allowed) / period).ceil().clamp(skipped, f64::from(missed));
        worst = worst.max((off - period * skipped).abs());
    }
    Ok(worst)
}

/// The pulses must be these, in this order.
fn compare(pulses: &[Pulse], expected: &[Shown]) -> Result<(), VerifyError> {
    let differs = pulses.iter().zip(expected).find(|(pulse, shown)| pulse.pins != shown.pins);
    if let Some((pulse, shown)) = differs {
        return Err(VerifyError::Wrong(format!(
            "step {} has spikes for the pins {:?}, and the pulse at {} ns is on the pins {:?}",
            shown.step + 1,
            shown.pins,
            pulse.began,
            pulse.pins
        )));
    }
    if pulses.len() == expected.len() {
        return Ok(());
    }
    let (pulses, expected) = (pulses.len(), expected.len());
    Err(VerifyError::Wrong(format!("{expected} steps have spikes for pins, and {pulses} pulses came")))
}

/// What a step must show.
#[derive(Debug, PartialEq)]
struct Shown {
    /// From 0 on.
    step: u64,
    pins: BTreeSet<u32>,
}

impl Pins {
    /// Neurons of a population of which all but the last have pins.
    fn neurons(&self) -> usize {
        self.numbers.len() + 1
    }

    /// What a step with these spikes shows, if anything.
    fn shown(&self, step: u64, words: &[u32]) -> Option<Shown> {
        let fired = self.numbers.iter().enumerate().filter(|(neuron, _)| contains(words, *neuron));
        let pins: BTreeSet<u32> = fired.map(|(_, pin)| *pin).collect();
        (!pins.is_empty()).then_some(Shown { step, pins })
    }
}

/// Pins that were high together.
#[derive(Debug, Clone, PartialEq)]
struct Pulse {
    pins: BTreeSet<u32>,
    /// The first rise, the last one, and the first fall, ns.
    began: u64,
    high: u64,
    fell: Option<u64>,
}

impl Pulse {
    /// For how long all were high, ns.
    fn width(&self) -> u64 {
        self.fell.unwrap_or(self.high).saturating_sub(self.high)
    }
}

/// What is added to a log from now on.
struct Log<'a> {
    pins: &'a Pins,
    file: File,
}

impl<'a> Log<'a> {
    fn open(pins: &'a Pins) -> Result<Self, VerifyError> {
        let file = File::open(&pins.edges).and_then(|mut file| file.seek(SeekFrom::End(0)).map(|_| file));
        let file = file.map_err(|error| VerifyError::host(format!("`{}`: {error}", pins.edges.display())))?;
        Ok(Self { pins, file })
    }

    /// The pulses since it was opened.
    fn pulses(&mut self) -> Result<Vec<Pulse>, VerifyError> {
        let mut text = String::new();
        let read = (&mut self.file).take(LONGEST).read_to_string(&mut text);
        let path = self.pins.edges.display();
        let count = read.map_err(|error| VerifyError::host(format!("`{path}`: {error}")))?;
        if count as u64 == LONGEST {
            return Err(VerifyError::Wrong(format!("`{path}` has grown by {LONGEST} bytes and more within one check")));
        }
        let edges = text
            .lines()
            .map(|line| edge(line).ok_or_else(|| VerifyError::host(format!("`{path}`: `{line}` is no edge"))));
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
    let high = match words.next()? {
        "0" => false,
        "1" => true,
        _ => return None,
    };
    words.next().is_none().then_some(Edge { nanos, pin, high })
}

/// A pulse lasts from the rise of a pin while all are low to the fall of the last one that is high.
fn pulses(edges: impl Iterator<Item = Edge>) -> Result<Vec<Pulse>, VerifyError> {
    let (mut pulses, mut now) = (Vec::new(), None::<Pulse>);
    let mut high = BTreeSet::new();
    for Edge { nanos, pin, high: rises } in edges {
        let changes = if rises { high.insert(pin) } else { high.remove(&pin) };
        if !changes {
            let level = if rises { "high" } else { "low" };
            return Err(VerifyError::Wrong(format!("pin {pin} goes {level} at {nanos} ns, and was {level} before")));
        }
        let pulse = now.get_or_insert_with(|| Pulse { pins: BTreeSet::new(), began: nanos, high: nanos, fell: None });
        if rises {
            pulse.high = nanos;
            if !pulse.pins.insert(pin) || pulse.fell.is_some() {
                return Err(VerifyError::Wrong(format!("pin {pin} rises at {nanos} ns, within a pulse")));
            }
        } else {
            pulse.fell.get_or_insert(nanos);
            if high.is_empty() {
                pulses.extend(now.take());
            }
        }
    }
    match high.first() {
        None => Ok(pulses),
        Some(pin) => Err(VerifyError::Wrong(format!("pin {pin} stays high"))),
    }
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
    fn what_is_no_edge_is_refused() {
        for line in ["", "1 2", "1 2 3", "1 2 1 0", "x 2 1", "-1 2 1"] {
            assert!(edge(line).is_none(), "{line}");
        }
    }

    #[test]
    fn missed_steps_move_those_behind_them() {
        let pulse = |began| Pulse { pins: BTreeSet::from([2]), began, high: began, fell: Some(began + 1) };
        let shown = |step| Shown { step, pins: BTreeSet::from([2]) };
        let (pulses, steps) = ([pulse(7), pulse(107), pulse(412)], [shown(3), shown(4), shown(5)]);
        // The third is 205 ns late: two periods, if two may have been missed.
        assert_eq!(deviation(&pulses, &steps, (100.0, 10.0), 2).unwrap(), 5.0);
        assert_eq!(deviation(&pulses, &steps, (100.0, 10.0), 0).unwrap(), 205.0);
        assert!(deviation(&[], &[], (100.0, 10.0), 0).is_err());
        // The second is late by most of a period, and the third in time: no time was missed before either.
        let late = [pulse(7), pulse(199), pulse(207)];
        assert_eq!(deviation(&late, &steps, (100.0, 95.0), 1).unwrap(), 92.0);
    }
}
