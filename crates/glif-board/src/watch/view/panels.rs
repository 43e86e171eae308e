//! Numbers in three frames: firing rates of single neurons, time, and the link.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};

use super::text::{count, micros, millis, percent, short, times};
use super::{ILL, STRONG, WELL};
use crate::watch::model::Model;

/// Number of bars in the histogram.
const BINS: usize = 4;
/// Length of the longest bar, characters.
const BAR: usize = 10;
/// Number of neurons named as the most active ones, and as the least active ones.
const NAMED: usize = 2;

/// Draws the three frames beside each other; the rest of a wide terminal stays empty.
pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let [neurons, time, link] = Layout::horizontal([25, 31, 24].map(Constraint::Length)).areas(area);
    let (rates, seconds) = model.rates();
    panel(frame, neurons, format!(" rates, Hz, last {seconds:.0} s "), activity(&rates, neurons.width - 2));
    let title = match (model.subject.free, model.subject.emulated) {
        (true, false) => " cost of a step ",
        (false, false) => " deadlines, cost of a step ",
        (true, true) => " cost, emulator's clock ",
        (false, true) => " deadlines, emulator's clock ",
    };
    panel(frame, time, title.to_owned(), deadlines(model, time.width - 2));
    panel(frame, link, " link ".to_owned(), health(model, link.width - 2));
}

fn panel(frame: &mut Frame<'_>, area: Rect, title: String, lines: Vec<Line<'static>>) {
    let block = Block::bordered().title(Line::styled(title, STRONG));
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

/// Formats the histogram of firing rates, and the most and the least active neurons.
fn activity(rates: &[f64], width: u16) -> Vec<Line<'static>> {
    let most = rates.iter().fold(0.0, |most: f64, rate| most.max(*rate));
    let hertz = bin(most);
    let mut bins = [0_usize; BINS];
    for rate in rates {
        bins[((rate / hertz) as usize).min(BINS - 1)] += 1;
    }
    let fullest = bins.into_iter().max().unwrap_or(0).max(1);
    let bar = |(i, neurons): (usize, usize)| {
        let bar = "█".repeat((neurons * BAR).div_ceil(fullest));
        Line::from(vec![
            Span::raw(format!("{:>7} ", range(i, hertz))),
            Span::styled(format!("{bar:<BAR$}"), WELL),
            Span::raw(format!("{neurons:>5}")),
        ])
    };
    let mut order: Vec<usize> = (0..rates.len()).collect();
    order.sort_by(|a, b| rates[*b].total_cmp(&rates[*a]));
    let named = |title: &str, neurons: &mut dyn Iterator<Item = &usize>| {
        let mut line = title.to_owned();
        for neuron in neurons.take(NAMED) {
            let name = format!(" #{neuron} {:.1}", rates[*neuron]);
            if line.len() + name.len() <= usize::from(width) {
                line += &name;
            }
        }
        Line::raw(line)
    };
    let ends = [named("most ", &mut order.iter()), named("least", &mut order.iter().rev())];
    bins.into_iter().enumerate().map(bar).chain(ends).collect()
}

/// Formats the range of rates of a bar `hertz` wide, in seven characters.
fn range(bar: usize, hertz: f64) -> String {
    let (scale, unit) = if BINS as f64 * hertz > 1000.0 { (1000.0, "k") } else { (1.0, "") };
    let bound = |bars: usize| bars as f64 * hertz / scale;
    format!("{}-{}{unit}", bound(bar), bound(bar + 1))
}

/// Returns the width of a bar, Hz: 1, 2 or 5 times a power of ten, so that all bars together include `most`.
fn bin(most: f64) -> f64 {
    let mut power = 1.0;
    loop {
        let found = [1.0, 2.0, 5.0].into_iter().map(|digit| digit * power).find(|width| BINS as f64 * width > most);
        // The loop ends: a rate is at most one spike per step, and finite.
        match found {
            Some(width) => return width,
            None => power *= 10.0,
        }
    }
}

/// Formats the account of real-time mode.
fn deadlines(model: &Model, width: u16) -> Vec<Line<'static>> {
    let pace = &model.pace;
    let mut lines = if model.subject.free {
        vec![
            row("steps", count(model.steps), Style::new(), width),
            Line::raw("No deadlines in a free run."),
            row("steps timed before it", count(pace.cost.steps.into()), Style::new(), width),
            Line::default(),
        ]
    } else {
        let late = format!("{:.3} ms", model.micros(f64::from(pace.latest)) / 1000.0);
        vec![
            row("steps", count(pace.cost.steps.into()), Style::new(), width),
            row("overruns", count(pace.overruns.into()), bad(pace.overruns), width),
            row("missed", count(pace.missed.into()), bad(pace.missed), width),
            row("late at most", late, Style::new(), width),
        ]
    };
    let (mean, worst) = (model.mean_cost(), f64::from(pace.cost.worst));
    for (name, ticks) in [("mean", mean), ("worst", worst)] {
        let share = model.percent(ticks);
        let style = if share >= 100.0 { ILL } else { Style::new() };
        let told = format!("{name:<5}{:>9}{:>6} t{:>7}", micros(model.micros(ticks)), short(ticks), percent(share));
        lines.push(Line::styled(told, style));
    }
    lines
}

/// Formats the counts of the line.
fn health(model: &Model, width: u16) -> Vec<Line<'static>> {
    let health = model.health();
    let corrupted = format!("{}, {}", count(health.corrupted), count(health.unreadable));
    let unrecorded = model.pace.unrecorded;
    vec![
        row("requests", count(health.asked), Style::new(), width),
        row("resent, lost", format!("{}, {}", count(health.resent), count(health.lost)), bad(health.lost), width),
        row("corrupted", corrupted, bad(health.corrupted + health.unreadable), width),
        row("spikes lost", count(unrecorded.into()), bad(unrecorded), width),
        row("round trip", format!("{:.2} ms", millis(health.round_trip)), Style::new(), width),
        row("disconnected", times(model.losses), bad(model.losses), width),
    ]
}

/// Returns the style of a count that should be 0.
fn bad(count: impl Into<u64>) -> Style {
    if count.into() == 0 { Style::new() } else { ILL }
}

/// Formats a row with a name on the left and a value on the right.
fn row(name: &'static str, value: String, style: Style, width: u16) -> Line<'static> {
    let room = usize::from(width).saturating_sub(name.chars().count());
    Line::from(vec![Span::raw(name), Span::styled(format!("{value:>room$}"), style)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_hold_every_rate() {
        for (most, hertz, last) in
            [(0.0, 1.0, "3-4"), (39.9, 10.0, "30-40"), (40.0, 20.0, "60-80"), (1e4, 5000.0, "15-20k")]
        {
            assert_eq!((bin(most), range(BINS - 1, hertz)), (hertz, last.to_owned()));
        }
    }

    #[test]
    fn as_many_neurons_are_named_as_fit() {
        let line = |rates: &[f64]| activity(rates, 23)[BINS].to_string();
        assert_eq!(line(&[1.0, 3.0, 2.0]), "most  #1 3.0 #2 2.0");
        assert_eq!(line(&[123.4; 3000]), "most  #0 123.4 #1 123.4");
        let mut many = [0.0; 3000];
        (many[2998], many[2999]) = (123.4, 123.4);
        assert_eq!(line(&many), "most  #2998 123.4");
    }
}
