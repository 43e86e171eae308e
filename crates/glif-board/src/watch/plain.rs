//! The model as lines, for logs and pipes.

use std::io::{Error, ErrorKind, Write};
use std::time::Duration;

use anyhow::Result;

use super::control::Control;
use super::model::{Model, State};
use super::view::text;

/// Time between two lines.
const PAUSE: Duration = Duration::from_secs(1);

/// Prints a line per second, and one at the end, until the watch is over.
pub(super) fn run(mut control: Control, out: &mut impl Write) -> Result<()> {
    let done = lines(&mut control, out);
    let ended = control.end();
    match done {
        // The reader has closed the pipe.
        Err(error) if error.downcast_ref::<Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe) => {
            Ok(())
        }
        done => done.and(ended),
    }
}

fn lines(control: &mut Control, out: &mut impl Write) -> Result<()> {
    let mut introduced = false;
    loop {
        let goes_on = control.listen(PAUSE)?;
        let model = &control.model;
        if let Some(identity) = model.identity.as_ref().filter(|_| !introduced) {
            writeln!(out, "{}\n{}", identity, text::subject(model))?;
            introduced = true;
        }
        writeln!(out, "{}", line(model))?;
        // A reader of the pipe sees the line at once.
        out.flush()?;
        if !goes_on {
            return Ok(());
        }
    }
}

/// Formats the state of the board in one line.
pub(super) fn line(model: &Model) -> String {
    let time = text::clock(model.now);
    match &model.state {
        State::Sought => format!("{time} connecting to a board"),
        State::Lost { since, why } => {
            format!("{time} board disconnected at {}: {}; reconnecting", text::clock(*since), glif::text::fact(why))
        }
        State::Running => format!("{time} {}", account(model)),
    }
}

fn account(model: &Model) -> String {
    let pace = &model.pace;
    let mut parts = vec![format!("{} spikes in {} steps", model.spikes, model.steps)];
    parts.extend(model.rate(model.last_second()).map(|rate| format!("{rate:.1} Hz per neuron")));
    let cost = model.mean_cost();
    let (time, share) = (text::micros(model.micros(cost)), text::percent(model.percent(cost)));
    parts.push(format!("a step {time}, {share} of its period"));
    if !model.subject.free {
        let late = model.micros(f64::from(pace.latest)) / 1000.0;
        let (overruns, missed, unrecorded) = (pace.overruns, pace.missed, pace.unrecorded);
        parts.push(format!("{overruns} overruns, {missed} missed, {unrecorded} unrecorded, {late:.3} ms late at most"));
    }
    let health = model.health();
    parts.push(format!(
        "{} requests, {} resent, {} lost, {} corrupted, {:.2} ms a round trip",
        health.asked,
        health.resent,
        health.lost,
        health.corrupted + health.unreadable,
        text::millis(health.round_trip)
    ));
    if model.losses > 0 {
        parts.push(format!("board disconnected {}", text::times(model.losses)));
    }
    parts.extend(model.silence().map(|silence| format!("silent for {:.1} s", silence.as_secs_f64())));
    parts.extend(model.refused.as_ref().map(|why| format!("current refused: {}", glif::text::fact(why))));
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::model::Event;
    use crate::watch::tests::{regular, subject};

    #[test]
    fn a_line_for_each_state() {
        assert_eq!(line(&Model::new(subject(4), 14.0)), "00:00:00 connecting to a board");
        let mut model = regular();
        assert_eq!(
            line(&model),
            "00:00:04 2174 spikes in 4000 steps; 13.5 Hz per neuron; a step 8.00 µs, 0.8 % of its period; 0 overruns, \
             0 missed, 0 unrecorded, 0.003 ms late at most; 1234 requests, 0 resent, 0 lost, 0 corrupted, 1.41 ms a \
             round trip"
        );
        model.hear(Event::Lost { why: "the port failed: broken pipe".to_owned() });
        model.now = Duration::from_secs(65);
        assert_eq!(line(&model), "00:01:05 board disconnected at 00:00:04: the port failed: broken pipe; reconnecting");
    }
}
