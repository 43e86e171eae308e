//! Checks of spikes as pulses on pins: each spike is one pulse, and in real-time mode the pulses come when
//! the board reports its steps.

use std::collections::BTreeSet;
use std::io::{Read, Write};

use glif_core::spikes::contains;
use glif_link::Pace;

use super::bench::Bench;
use super::edges::{Log, Pins, Pulse};
use super::pace::{self, STEP_TIME};
use super::twin::Twin;
use super::{VerifyError, require};

/// Number of steps outside of real-time mode.
const STEPS: u32 = 200;
/// Number of steps per request.
const AT_ONCE: u32 = 20;

/// Runs both checks, if there is a log of the pins.
pub(crate) fn all<P: Read + Write>(bench: &mut Bench<'_, P>) {
    let Some(pins) = bench.options.pins.clone() else {
        return;
    };
    bench.check("spikes as pulses on pins", |bench, _| stepped(bench, &pins));
    bench.check("pulses in real time", |bench, _| in_real_time(bench, &pins));
}

/// Each spike of a neuron with a pin is a pulse on that pin, and there are no other pulses.
fn stepped<P: Read + Write>(bench: &mut Bench<'_, P>, pins: &Pins) -> Result<(), VerifyError> {
    let mut log = Log::open(pins)?;
    let mut twin = pace::loaded(bench, 1.0, pins.neurons())?;
    let mut expected = Vec::new();
    for _ in 0..STEPS / AT_ONCE {
        for spikes in bench.board.run(AT_ONCE)? {
            twin.step_as(&spikes)?;
            expected.extend(pins.shown(&twin));
        }
    }
    let pulses = log.pulses()?;
    compare(&pulses, &expected)?;
    let widths = pulses.iter().map(Pulse::width);
    let (least, most) = widths.clone().min().zip(widths.max()).ok_or_else(none)?;
    let (spikes, steps) = (pulses.iter().map(|pulse| pulse.pins.len()).sum::<usize>(), pulses.len());
    let [least, most] = [least, most].map(|nanos| nanos as f64 / 1e3);
    bench.note(format!("pulses on pins: {spikes} spikes in {steps} steps, {least:.1} to {most:.1} µs wide"));
    Ok(())
}

/// Pulses come at the intervals of their due times. The tolerance is the lateness and the cost that the board
/// itself reports.
fn in_real_time<P: Read + Write>(bench: &mut Bench<'_, P>, pins: &Pins) -> Result<(), VerifyError> {
    let mut log = Log::open(pins)?;
    let Pace { cost, latest, missed, .. } = pace::kept(bench, STEP_TIME, pins.neurons(), pace::lasting(bench))?;
    let mut twin = pace::twin(STEP_TIME, pins.neurons())?;
    let mut expected = Vec::new();
    for _ in 0..cost.steps {
        twin.step()?;
        expected.extend(pins.shown(&twin));
    }
    let pulses = log.pulses()?;
    compare(&pulses, &expected)?;
    let allowed = 1e9 / f64::from(cost.frequency) * (f64::from(latest) + f64::from(cost.worst) + 2.0);
    let worst = deviation(&pulses, &expected, (1e6 * STEP_TIME, allowed), missed)?;
    let [worst, allowed] = [worst, allowed].map(|nanos| nanos / 1e3);
    require!(
        worst <= allowed,
        "a pulse is {worst:.1} µs off its step's time; by the board's own account it can be {allowed:.1} µs"
    );
    let (count, steps) = (pulses.len(), cost.steps);
    bench.note(format!(
        "pulses in real time: {count} of {steps} steps of {STEP_TIME} ms have pulses, at most {worst:.1} µs off their time"
    ));
    Ok(())
}

fn none() -> VerifyError {
    VerifyError::Wrong("no neuron with a pin has fired".to_owned())
}

/// Returns how far pulses are off the times of their steps, ns, relative to the first pulse. Each due time
/// that the board misses moves all later steps by a whole period. Which ones were missed is not known: each
/// pulse is assumed to follow as few misses as put it within `allowed` ns of its time. Otherwise a late pulse
/// could be mistaken for one after a further miss.
fn deviation(
    pulses: &[Pulse],
    expected: &[Shown],
    (period, allowed): (f64, f64),
    missed: u32,
) -> Result<f64, VerifyError> {
    let (first, start) = pulses.first().zip(expected.first()).ok_or_else(none)?;
    let (mut skipped, mut worst) = (0.0_f64, 0.0_f64);
    for (pulse, shown) in pulses.iter().zip(expected) {
        let off = (pulse.began - first.began) as f64 - period * (shown.step - start.step) as f64;
        skipped = ((off - allowed) / period).ceil().clamp(skipped, f64::from(missed));
        worst = worst.max((off - period * skipped).abs());
    }
    Ok(worst)
}

/// Checks that the pulses are the expected ones, in this order.
fn compare(pulses: &[Pulse], expected: &[Shown]) -> Result<(), VerifyError> {
    for (Pulse { pins, began, .. }, Shown { step, pins: asked }) in pulses.iter().zip(expected) {
        require!(
            pins == asked,
            "step {step} has spikes for the pins {asked:?}, and the pulse at {began} ns is on the pins {pins:?}"
        );
    }
    let (pulses, expected) = (pulses.len(), expected.len());
    require!(pulses == expected, "{expected} steps have spikes for pins, and {pulses} pulses came");
    Ok(())
}

/// What a step must show.
#[derive(Debug, PartialEq)]
struct Shown {
    /// Number of the step, from 1.
    step: u64,
    pins: BTreeSet<u32>,
}

impl Pins {
    /// Returns the size of a population in which all neurons except the last have pins.
    fn neurons(&self) -> usize {
        self.numbers.len() + 1
    }

    /// Returns what the last step shows, if anything.
    fn shown(&self, twin: &Twin) -> Option<Shown> {
        let fired = self.numbers.iter().enumerate().filter(|(neuron, _)| contains(twin.fired(), *neuron));
        let pins: BTreeSet<u32> = fired.map(|(_, pin)| *pin).collect();
        (!pins.is_empty()).then_some(Shown { step: twin.steps(), pins })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missed_steps_shift_later_pulses() {
        let pulse = |began| Pulse { pins: BTreeSet::from([2]), began, high: began, fell: Some(began + 1) };
        let shown = |step| Shown { step, pins: BTreeSet::from([2]) };
        let (pulses, steps) = ([pulse(7), pulse(107), pulse(412)], [shown(3), shown(4), shown(5)]);
        // The third is 205 ns late: two periods, if two may have been missed.
        assert_eq!(deviation(&pulses, &steps, (100.0, 10.0), 2).unwrap(), 5.0);
        assert_eq!(deviation(&pulses, &steps, (100.0, 10.0), 0).unwrap(), 205.0);
        assert!(deviation(&[], &[], (100.0, 10.0), 0).is_err());
        // The second is late by most of a period, and the third is in time: no due time was missed before
        // either.
        let late = [pulse(7), pulse(199), pulse(207)];
        assert_eq!(deviation(&late, &steps, (100.0, 95.0), 1).unwrap(), 92.0);
    }
}
