//! Spikes over time, and the firing rate beneath them.
//!
//! A character is two columns of the model wide. Columns are paired by their number, so that the picture
//! moves by whole characters and does not flicker.

use ratatui::Frame;
use ratatui::layout::{Margin, Rect};
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::canvas::{Canvas, Points};
use ratatui::widgets::{Block, Borders, Sparkline, SparklineBar};

use super::{FAINT, ILL, STRONG, WELL};
use crate::watch::model::{Column, Model};

/// Number of dots in a character, across and down.
const DOTS: (u64, usize) = (2, 4);

/// Returns the width of the space left of raster and rate, for neuron numbers.
fn gutter(model: &Model) -> u16 {
    model.subject.neurons.to_string().len() as u16
}

/// Returns the area inside the frame, right of the gutter.
fn field(model: &Model, area: Rect) -> Rect {
    let inner = area.inner(Margin::new(1, 1));
    let gutter = gutter(model).min(inner.width);
    Rect { x: inner.x + gutter, width: inner.width - gutter, ..inner }
}

/// Returns the columns that a field shows, each with its place in dots from the left; the newest first.
fn shown(model: &Model, width: u16) -> impl Iterator<Item = (u64, &Column)> {
    let newest = model.newest();
    // The last character may have only the first of its two columns yet.
    let dots = u64::from(width) * DOTS.0 - (1 - newest % DOTS.0);
    (0..dots).rev().zip(model.columns(dots as usize))
}

/// Draws spikes as dots, the first neuron at the bottom.
pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let field = field(model, area);
    let rows = usize::from(field.height) * DOTS.1;
    // All rows are used, whether there are more neurons or more rows.
    let up = |neuron: usize| neuron * rows / model.subject.neurons.max(1);
    frame.render_widget(block(model, field, rows), area);
    labels(model, frame, field, up);
    let dots = shown(model, field.width)
        .flat_map(|(x, column)| column.fired.iter().map(move |neuron| (x as f64, up(*neuron) as f64)));
    let dots: Vec<(f64, f64)> = dots.collect();
    let (right, top) = (u64::from(field.width) * DOTS.0 - 1, rows.saturating_sub(1));
    let canvas = Canvas::default()
        .marker(Marker::Braille)
        .x_bounds([0.0, right as f64])
        .y_bounds([0.0, top as f64])
        .paint(|canvas| canvas.draw(&Points::new(&dots, super::BLUE)));
    frame.render_widget(canvas, field);
}

fn block(model: &Model, field: Rect, rows: usize) -> Block<'static> {
    let neurons = match model.subject.neurons.div_ceil(rows.max(1)) {
        0 | 1 => "1 neuron".to_owned(),
        most => format!("up to {most} neurons"),
    };
    let scale = format!(" a dot: {} ms, {neurons} ", model.column_time());
    let span = f64::from(field.width) * DOTS.0 as f64 * model.column_time() / 1000.0;
    let block = Block::bordered()
        .title(Line::styled(" spikes, neurons upwards ", STRONG))
        .title(Line::raw(scale).right_aligned())
        .title_bottom(Line::raw(format!(" {span:.1} s ago ")))
        .title_bottom(Line::raw(" now ").right_aligned());
    match &model.refused {
        Some(why) => {
            block.title_bottom(Line::styled(format!(" current refused: {} ", glif::text::fact(why)), ILL).centered())
        }
        None => block,
    }
}

/// Draws the numbers of the neurons at the bottom and at the top.
fn labels(model: &Model, frame: &mut Frame<'_>, field: Rect, up: impl Fn(usize) -> usize) {
    let gutter = gutter(model);
    for neuron in [0, model.subject.neurons.saturating_sub(1)] {
        let row = (field.y + field.height).saturating_sub(1 + (up(neuron) / DOTS.1) as u16);
        let place = Rect { x: field.x - gutter, y: row, width: gutter, height: 1 };
        frame.render_widget(Line::raw(neuron.to_string()).right_aligned(), place);
    }
}

/// Draws the firing rate of the whole population, on the time axis of the raster above.
pub(super) fn draw_rate(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let field = field(model, Rect { height: area.height + 1, ..area });
    let mut cells = vec![Vec::new(); usize::from(field.width)];
    for (x, column) in shown(model, field.width) {
        cells[(x / DOTS.0) as usize].push(column);
    }
    // The newest character is not complete, and a rate over so few steps would mean nothing.
    cells.pop();
    let rates: Vec<Option<f64>> = cells.iter().map(|cell| model.rate(cell.iter().copied())).collect();
    let peak = rates.iter().flatten().fold(0.0, |peak: f64, rate| peak.max(*rate));
    let title = match model.rate(model.last_second()) {
        Some(rate) => format!(" {rate:.1} Hz per neuron in the last second, peak {peak:.1} Hz "),
        None => " no data for the last second ".to_owned(),
    };
    let title = Line::from(vec![Span::styled(" rate ", STRONG), Span::raw(title)]);
    frame.render_widget(Block::new().borders(Borders::TOP).title(title), area);
    // Bars need integers: the eighths of a character on two rows are well resolved by thousandths of the
    // peak.
    let bar = |rate: &Option<f64>| SparklineBar::from(rate.map(|rate| (1000.0 * rate / peak.max(1e-9)) as u64));
    let line = Sparkline::default().data(rates.iter().map(bar)).max(1000).style(WELL);
    frame.render_widget(line.absent_value_symbol("·").absent_value_style(FAINT), field);
}
