//! Keys and the terminal, which is always restored.

use std::time::Duration;

use anyhow::{Context, Result};
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::control::Control;
use super::model::Model;
use super::session::Command;
use super::view::{self, Scene};

/// How long to wait for a key before the view is drawn again.
const FRAME: Duration = Duration::from_millis(50);

/// The alternate screen. Dropping it restores the terminal; a panic restores it before its message is
/// printed.
struct Screen(DefaultTerminal);

impl Screen {
    fn open() -> Result<Self> {
        let terminal = ratatui::try_init().inspect_err(|_| {
            // Undoes what was done so far; an error of this would say nothing new.
            _ = ratatui::try_restore();
        });
        terminal.map(Self).context("the terminal; --plain needs none")
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

/// Draws the view and handles keys until the watch is over.
pub(super) fn run(mut control: Control) -> Result<()> {
    let done = Screen::open().and_then(|mut screen| play(&mut control, &mut screen));
    let ended = control.end();
    done.and(ended)
}

fn play(control: &mut Control, screen: &mut Screen) -> Result<()> {
    let mut desk = Desk::default();
    while !desk.quit && control.listen(Duration::ZERO)? {
        let scene = Scene { model: &control.model, frozen: desk.frozen.as_ref(), help: desk.help };
        screen.0.draw(|frame| view::draw(&scene, frame)).context("the terminal")?;
        let mut wait = FRAME;
        while event::poll(wait).context("the terminal")? {
            if let Event::Key(key) = event::read().context("the terminal")? {
                desk.press(key, control);
            }
            wait = Duration::ZERO;
        }
    }
    Ok(())
}

/// State set by keys.
#[derive(Default)]
struct Desk {
    quit: bool,
    help: bool,
    /// The model when the view was paused; the board runs on, and its events are still processed.
    frozen: Option<Model>,
}

impl Desk {
    fn press(&mut self, key: KeyEvent, control: &Control) {
        if key.kind == KeyEventKind::Release {
            return;
        }
        let interrupt = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            _ if interrupt => self.quit = true,
            KeyCode::Char('q') => self.quit = true,
            KeyCode::Char('?' | 'h') => self.help = !self.help,
            KeyCode::Esc => self.help = false,
            KeyCode::Char(' ') => {
                self.frozen = if self.frozen.is_some() { None } else { Some(control.model.clone()) };
            }
            KeyCode::Char('r') => control.ask(Command::Reset),
            KeyCode::Char('+' | '=') => control.ask(Command::More),
            KeyCode::Char('-') => control.ask(Command::Less),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::control::Limits;
    use crate::watch::tests::{regular, subject};

    #[test]
    fn keys_do_what_the_view_says() {
        let limits = Limits { frames: None, time: None };
        let (mut control, _events, commands) = Control::detached(regular(), limits);
        let mut desk = Desk::default();
        for key in ['r', '+', '=', '-', 'x'] {
            desk.press(KeyCode::Char(key).into(), &control);
        }
        let asked: Vec<Command> = commands.try_iter().collect();
        assert_eq!(asked, [Command::Reset, Command::More, Command::More, Command::Less]);
        desk.press(KeyCode::Char('?').into(), &control);
        assert!(desk.help);
        desk.press(KeyCode::Esc.into(), &control);
        assert!(!desk.help);
        // The paused view stays as it was.
        desk.press(KeyCode::Char(' ').into(), &control);
        control.model = Model::new(subject(1), 0.0);
        assert_eq!(desk.frozen.as_ref().map(|model| model.subject.neurons), Some(40));
        desk.press(KeyCode::Char(' ').into(), &control);
        assert!(desk.frozen.is_none() && !desk.quit);
        desk.press(KeyCode::Char('c').into(), &control);
        assert!(!desk.quit);
        for key in [KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL), KeyCode::Char('q').into()] {
            let mut desk = Desk::default();
            desk.press(key, &control);
            assert!(desk.quit);
        }
    }
}
