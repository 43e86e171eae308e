//! Pictures of fixed models, compared by character with the files beside this one. `GLIF_BLESS=1` writes them
//! again.

use std::path::Path;
use std::time::Duration;

use glif_link::{Cost, Pace};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::{Scene, draw};
use crate::client::Health;
use crate::watch::model::{Event, Model, Report, Subject};
use crate::watch::tests::{regular, report, step, subject};

/// Returns the picture as text.
fn picture(scene: &Scene<'_>, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(scene, frame)).unwrap();
    let cells = terminal.backend().buffer().content();
    let rows = cells.chunks(usize::from(width)).map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>());
    rows.map(|row| row.trim_end().to_owned() + "\n").collect()
}

fn hold(name: &str, drawn: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/watch/view").join(name).with_extension("txt");
    if std::env::var_os("GLIF_BLESS").is_some() {
        std::fs::write(&path, drawn).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(drawn == kept, "{} differs; GLIF_BLESS=1 draws it anew:\n{drawn}", path.display());
}

fn alone(model: &Model) -> Scene<'_> {
    Scene { model, frozen: None, help: false }
}

#[test]
fn a_board_that_runs() {
    hold("running", &picture(&alone(&regular()), 80, 24));
}

#[test]
fn a_larger_terminal_shows_more_of_it() {
    hold("large", &picture(&alone(&regular()), 110, 36));
}

#[test]
fn a_board_in_trouble() {
    let mut model = regular();
    let cost = Cost { steps: 123_456, total: 123_456 * 20_000, best: 18_000, worst: 60_000, frequency: 25_000_000 };
    let pace =
        Pace { running: true, cost, overruns: 1234, missed: 56_789, latest: 24_999, unrecorded: 17, failsafe: false };
    let health = Health { asked: 98_765, resent: 43, lost: 21, corrupted: 12, unreadable: 10, ..Health::default() };
    let refused = Some("the current of neuron 7 is not finite".to_owned());
    // Forty steps are missing.
    let spikes = (4040..4300).map(step).collect();
    model.hear(Event::Ran(Report { pace, health, refused, mean: -120.0, ..report(4040, spikes) }));
    model.now = Duration::from_millis(6100);
    hold("trouble", &picture(&alone(&model), 80, 24));
}

#[test]
fn a_board_that_is_lost() {
    let mut model = regular();
    model.hear(Event::Lost {
        why: "port `/dev/ttyACM0`: not found\nhelp: connect the board; this machine has no serial port".to_owned(),
    });
    model.now = Duration::from_secs(16);
    hold("lost", &picture(&alone(&model), 80, 24));
}

/// A reason that is longer than the raster takes the room of the whole terminal.
#[test]
fn long_reason_is_shown_in_full() {
    let sentence = |number: usize| format!("Sentence {number} of a reason that needs many words.\n");
    for sentences in [1, 6, 12] {
        let mut model = regular();
        let why = (0..sentences).map(sentence).collect::<String>() + "help: the remedy is in the last line.";
        model.hear(Event::Lost { why });
        model.now = Duration::from_secs(16);
        let drawn = picture(&alone(&model), 80, 24);
        for number in 0..sentences {
            assert!(drawn.contains(sentence(number).trim_end()), "{drawn}");
        }
        assert!(drawn.contains("help: the remedy is in the last line. ") && drawn.contains("└───"), "{drawn}");
    }
    // A line wraps at blanks, and its last word is there.
    let mut model = regular();
    model.hear(Event::Lost { why: "wrapped ".repeat(60) + "and shown" });
    let drawn = picture(&alone(&model), 80, 24);
    assert!(drawn.matches("wrapped").count() == 60 && drawn.contains("and shown"), "{drawn}");
}

#[test]
fn paused_view_shows_that_the_board_is_lost() {
    let (frozen, mut model) = (regular(), regular());
    model.hear(Event::Lost { why: "the port failed: broken pipe".to_owned() });
    model.now = Duration::from_secs(7);
    hold("paused", &picture(&Scene { model: &model, frozen: Some(&frozen), help: false }, 80, 24));
}

#[test]
fn help() {
    hold("help", &picture(&Scene { model: &regular(), frozen: None, help: true }, 80, 24));
}

#[test]
fn before_a_board_is_found() {
    hold("sought", &picture(&alone(&Model::new(subject(3), 14.0)), 80, 24));
}

#[test]
fn a_board_that_the_host_steps() {
    let mut model = Model::new(Subject { free: true, ..subject(40) }, 14.0);
    model.hear(Event::Ran(report(0, (0..300).map(step).collect())));
    let drawn = picture(&alone(&model), 80, 24);
    assert!(drawn.contains("stepped by the host") && drawn.contains("No deadlines in a free run."), "{drawn}");
    assert!(!drawn.contains("overruns"), "{drawn}");
}

#[test]
fn a_terminal_that_is_too_small() {
    let drawn = picture(&alone(&regular()), 79, 24);
    assert!(drawn.starts_with("This terminal has 79 x 24 characters; the view needs 80 x 24. q quits.\n"), "{drawn}");
    // Any smaller size is drawn too.
    for (width, height) in [(80, 23), (20, 5), (1, 1)] {
        picture(&Scene { model: &regular(), frozen: None, help: true }, width, height);
    }
}

/// The view works for any number of neurons.
#[test]
fn any_number_of_neurons() {
    for neurons in [1, 2, 32, 33, 2048, 100_000] {
        let mut model = Model::new(subject(neurons), 0.0);
        let fired: Vec<usize> = (0..neurons).collect();
        let all = crate::watch::tests::spikes(neurons, &fired);
        model.hear(Event::Ran(report(0, vec![all; 20])));
        let drawn = picture(&alone(&model), 80, 24);
        let last = (neurons - 1).to_string();
        assert!(drawn.lines().nth(3).unwrap().contains(&last) || neurons < 32, "{drawn}");
    }
}
