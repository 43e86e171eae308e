//! The model as a picture: the same model always gives the same picture.
//!
//! The colors are two of Okabe and Ito's, which people with any color vision can distinguish, and no
//! information is in the color alone.

mod panels;
mod raster;
#[cfg(test)]
mod tests;
pub(super) mod text;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Flex, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Padding, Paragraph, Widget as _, Wrap};

use super::model::{Model, State};

/// Okabe and Ito's blue and vermilion, as close as the 256 colors of a terminal allow while readable on black
/// and on white.
const BLUE: Color = Color::Indexed(32);
const VERMILION: Color = Color::Indexed(166);

/// Style of what is normal.
const WELL: Style = Style::new().fg(BLUE);
/// Style of what needs attention.
const ILL: Style = Style::new().fg(VERMILION).add_modifier(Modifier::BOLD);
const STRONG: Style = Style::new().add_modifier(Modifier::BOLD);
const FAINT: Style = Style::new().add_modifier(Modifier::DIM);

/// Smallest terminal that everything fits on, characters across and down.
const LEAST: (u16, u16) = (80, 24);

/// Width of a popup, characters.
const POPUP: u16 = 70;
/// Number of rows up to which the text of a popup is measured; more than a terminal has.
const MOST_ROWS: u16 = 100;

const KEYS: [(&str, &str); 5] = [("q", "quit"), ("space", "pause"), ("r", "reset"), ("+ -", "current"), ("?", "help")];

const HELP: &str = "\
spikes     time to the right, neurons upwards
rate       of all neurons on average, beneath the same times;
           · where no spikes are known
overruns   steps that ended after the next one was due
missed     due times at which no step could begin
late       greatest delay of the start of a step
mean       cost of a step: time, ticks (t) of the clock, share of
           the step time; in an emulator these are times of the
           emulator, not of a chip
lost       half seconds without a reply;
           of spikes: steps that the board could not record
corrupted  frames from the board, and frames to it

space      pauses the view, while the board keeps running
r          resets the counters of the board
+ -        changes the mean current by 1 nA
q          quits, and stops real-time mode if `watch` started it";

/// What to draw.
pub(super) struct Scene<'a> {
    /// The board now.
    pub(super) model: &'a Model,
    /// The board when the view was paused, if it is paused.
    pub(super) frozen: Option<&'a Model>,
    /// Whether the help page is open.
    pub(super) help: bool,
}

/// Draws the whole view.
pub(super) fn draw(scene: &Scene<'_>, frame: &mut Frame<'_>) {
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let Rect { width, height, .. } = area;
        let (columns, rows) = LEAST;
        let told =
            format!("This terminal has {width} x {height} characters; the view needs {columns} x {rows}. q quits.");
        frame.render_widget(Paragraph::new(told).wrap(Wrap { trim: true }), area);
        return;
    }
    let parts = [2, 0, 3, 8, 1].map(|rows| if rows == 0 { Constraint::Fill(1) } else { Constraint::Length(rows) });
    let [head, spikes, rate, numbers, foot] = Layout::vertical(parts).areas(area);
    let model = scene.frozen.unwrap_or(scene.model);
    frame.render_widget(header(model), head);
    raster::draw(model, frame, spikes);
    raster::draw_rate(model, frame, rate);
    panels::draw(model, frame, numbers);
    frame.render_widget(keys(), foot);
    let (state, style) = state(scene.model);
    frame.render_widget(Line::styled(format!("{state} "), style).right_aligned(), foot);
    if let Some(frozen) = scene.frozen {
        let told = format!(" view paused at {} ", text::clock(frozen.now));
        frame.render_widget(Line::styled(told, ILL).centered(), Rect { y: spikes.bottom() - 1, height: 1, ..spikes });
    }
    if let State::Lost { since, why } = &scene.model.state {
        let lasted = scene.model.now.saturating_sub(*since);
        let told = format!(
            "The board disconnected at {}, {} s ago. Reconnecting once a second.\n\n{why}",
            text::clock(*since),
            lasted.as_secs()
        );
        popup(frame, spikes, "board disconnected", &told, ILL);
    }
    if scene.help {
        popup(frame, area, "help; ? closes it", HELP, STRONG);
    }
}

/// Draws what the board is, and what it runs.
fn header(model: &Model) -> Paragraph<'static> {
    let board = model.identity.as_ref().map_or_else(|| "no board yet".to_owned(), text::board);
    let board = Line::styled(format!(" {board}"), STRONG);
    Paragraph::new(vec![board, Line::raw(format!(" {}", text::subject(model)))])
}

/// Returns the state of the board as text, with its style.
fn state(model: &Model) -> (String, Style) {
    match (&model.state, model.silence()) {
        (State::Sought, _) => ("CONNECTING TO A BOARD".to_owned(), ILL),
        (State::Lost { since, .. }, _) => (format!("DISCONNECTED at {}", text::clock(*since)), ILL),
        (State::Running, Some(silence)) => (format!("SILENT for {:.1} s", silence.as_secs_f64()), ILL),
        (State::Running, None) => (format!("RUNNING {}", text::clock(model.now)), WELL.add_modifier(Modifier::BOLD)),
    }
}

fn keys() -> Line<'static> {
    let mut spans = Vec::new();
    for (key, what) in KEYS {
        spans.extend([Span::styled(format!(" {key}"), STRONG), Span::raw(format!(" {what} "))]);
    }
    Line::from(spans)
}

/// Draws a framed text in the middle of `around`, or of the whole frame if it is longer than that.
fn popup(frame: &mut Frame<'_>, around: Rect, title: &str, told: &str, style: Style) {
    let columns = POPUP.min(frame.area().width);
    let text = Paragraph::new(told).wrap(Wrap { trim: false });
    let rows = rows(&text, columns.saturating_sub(4)) + 2; // in a border, with a blank on either side
    let around = if rows > around.height { frame.area() } else { around };
    let [area] = Layout::horizontal([Constraint::Max(columns)]).flex(Flex::Center).areas(around);
    let [area] = Layout::vertical([Constraint::Max(rows)]).flex(Flex::Center).areas(area);
    let block = Block::bordered().border_style(style).title(Line::styled(format!(" {title} "), style));
    frame.render_widget(Clear, area);
    frame.render_widget(text.block(block.padding(Padding::horizontal(1))), area);
}

/// Returns the number of rows that a text takes in lines of `width` characters, up to [`MOST_ROWS`].
fn rows(text: &Paragraph<'_>, width: u16) -> u16 {
    let mut drawn = Buffer::empty(Rect { x: 0, y: 0, width, height: MOST_ROWS });
    text.render(drawn.area, &mut drawn);
    let used = drawn.content().iter().rposition(|cell| cell.symbol() != " ");
    used.map_or(0, |last| last as u16 / width.max(1) + 1)
}
