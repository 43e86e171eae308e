//! A session over a line that can be cut, to a board that can be replaced.

use std::io::ErrorKind;
use std::sync::{Arc, Mutex};

use anyhow::anyhow;

use super::*;
use crate::board::FAILSAFE;
use crate::loopback::{self, Pipe};
use crate::watch::model::{Model, State};

/// A board on a cable.
#[derive(Clone)]
struct Bench {
    board: Arc<Mutex<Pipe>>,
    /// Whether the cable is cut.
    cut: Arc<Mutex<bool>>,
}

impl Bench {
    fn new() -> Self {
        Self { board: Arc::new(Mutex::new(loopback::start())), cut: Arc::default() }
    }

    fn cut(&self, cut: bool) {
        *self.cut.lock().unwrap() = cut;
    }

    /// Returns a function that opens a line as long as the cable is not cut.
    fn open(&self) -> impl FnMut() -> Result<Self> + use<> {
        let bench = self.clone();
        move || if *bench.cut.lock().unwrap() { Err(anyhow!("there is no port")) } else { Ok(bench.clone()) }
    }

    fn pipe(&self) -> std::io::Result<std::sync::MutexGuard<'_, Pipe>> {
        if *self.cut.lock().unwrap() { Err(ErrorKind::BrokenPipe.into()) } else { Ok(self.board.lock().unwrap()) }
    }
}

impl Read for Bench {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.pipe()?.read(buffer)
    }
}

impl Write for Bench {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.pipe()?.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.pipe()?.flush()
    }
}

fn task(free: Option<u32>) -> Task {
    let description = Description::from_toml(
        "model = \"lif\"\nshape = 8\n[params]\nstep_time = 1.0\nrest_v = -60.0\nreset_v = -65.0\nthresh_v = -50.0\n\
         refrac_t = 2.0\ntime_constant = 10.0",
    )
    .unwrap();
    Task { description, free, mean: 20.0, deviation: 2.0, seed: 7, failsafe: Some(FAILSAFE) }
}

fn model(free: bool) -> Model {
    Model::new(crate::watch::model::Subject { free, ..crate::watch::tests::subject(8) }, 20.0)
}

/// Returns the first step of a report, and the number of its steps.
fn ran(event: &Event) -> (u64, u64) {
    match event {
        Event::Ran(report) => (report.first, report.spikes.len() as u64),
        event => panic!("{event:?}"),
    }
}

#[test]
fn session_continues_after_the_line_fails() {
    let bench = Bench::new();
    let mut session = Session::new(bench.open(), task(None)).unwrap();
    let mut model = model(false);
    let found = session.turn();
    assert!(matches!(found, Event::Found { anew: true, .. }), "{found:?}");
    model.hear(found);
    let before = session.turn();
    let (first, steps) = ran(&before);
    model.hear(before);
    assert_eq!(model.state, State::Running);

    bench.cut(true);
    model.now = Duration::from_secs(3);
    for why in ["the port failed: broken pipe", "there is no port", "there is no port"] {
        model.hear(session.turn());
        assert_eq!(model.state, State::Lost { since: Duration::from_secs(3), why: why.to_owned() });
        model.now += Duration::from_secs(1);
    }

    bench.cut(false);
    let found = session.turn();
    // The board has run on meanwhile, undisturbed.
    assert!(matches!(found, Event::Found { anew: false, .. }), "{found:?}");
    model.hear(found);
    assert_eq!((&model.state, model.losses), (&State::Running, 1));
    let after = session.turn();
    assert!(ran(&after).0 >= first + steps, "{after:?} goes on behind step {}", first + steps);
    model.hear(after);
    // The requests of the first line count too.
    assert!(model.health().asked > 10, "{:?}", model.health());
}

#[test]
fn restarted_board_is_loaded_again() {
    let bench = Bench::new();
    let mut session = Session::new(bench.open(), task(None)).unwrap();
    session.turn();
    *bench.board.lock().unwrap() = loopback::start();
    let lost = session.turn();
    assert!(matches!(&lost, Event::Lost { why } if why.contains("the board restarted")), "{lost:?}");
    let found = session.turn();
    assert!(matches!(found, Event::Found { anew: true, .. }), "{found:?}");
    assert_eq!(ran(&session.turn()).0, 0);
}

#[test]
fn board_is_started_again_after_its_failsafe_expires() {
    let bench = Bench::new();
    let task = Task { failsafe: Some(Duration::from_millis(30)), ..task(None) };
    let mut session = Session::new(bench.open(), task).unwrap();
    session.turn();
    std::thread::sleep(Duration::from_millis(300));
    let lost = session.turn();
    assert!(matches!(&lost, Event::Lost { why } if why.contains("the failsafe expired")), "{lost:?}");
    let found = session.turn();
    assert!(matches!(found, Event::Found { anew: true, .. }), "{found:?}");
}

/// The same task gives the same spikes; a board stepped by the host loses none when its line fails.
#[test]
fn a_free_run_is_the_same_each_time() {
    let play = |broken: bool| {
        let bench = Bench::new();
        let mut session = Session::new(bench.open(), task(Some(50))).unwrap();
        let mut model = model(true);
        for turn in 0..10 {
            if broken && turn == 4 {
                bench.cut(true);
                model.hear(session.turn());
                bench.cut(false);
                model.hear(session.turn());
            }
            model.hear(session.turn());
        }
        assert_eq!(model.losses, u64::from(broken));
        model.columns(usize::MAX).cloned().collect::<Vec<_>>()
    };
    let whole = play(false);
    assert_eq!(whole.iter().map(|column| column.steps).sum::<u64>(), 450);
    assert!(whole.iter().any(|column| !column.fired.is_empty()));
    assert!(play(true) == whole);
}

#[test]
fn reset_zeroes_the_counts_but_keeps_the_population() {
    let mut session = Session::new(Bench::new().open(), task(None)).unwrap();
    session.turn();
    let Event::Ran(before) = session.turn() else { panic!() };
    session.act(Command::Reset);
    let Event::Ran(last) = session.turn() else { panic!() };
    let Event::Ran(after) = session.turn() else { panic!() };
    assert!((before.last, last.last, after.last) == (false, true, false));
    // A machine that stalls for seconds leaves gaps: more steps than a record can hold.
    assert!(last.first >= before.first + before.spikes.len() as u64);
    assert!(after.first >= last.first + last.spikes.len() as u64);
    let Pace { cost, unrecorded, .. } = after.pace;
    assert_eq!(cost.steps, unrecorded + after.spikes.len() as u32, "{:?}", after.pace);
}

#[test]
fn more_and_less_current() {
    let mut session = Session::new(Bench::new().open(), task(Some(1))).unwrap();
    session.turn();
    for command in [Command::More, Command::More, Command::Less] {
        session.act(command);
    }
    let Event::Ran(report) = session.turn() else { panic!() };
    assert_eq!((report.mean, report.refused), (21.0, None));
}

/// The refusal is reported, and is not a reason to look for another board.
#[test]
fn rejected_current_is_reported() {
    let mut task = Task { mean: 1e18, ..task(Some(1)) };
    // The product is out of range of f32.
    task.description.spec.params.set(glif::Parameter::Resistance, &[1e25]).unwrap();
    let mut session = Session::new(Bench::new().open(), task).unwrap();
    let found = session.turn();
    assert!(matches!(found, Event::Found { .. }), "{found:?}");
    let Event::Ran(report) = session.turn() else { panic!() };
    assert!(report.refused.as_ref().is_some_and(|why| why.contains("neuron 0")), "{report:?}");
}

#[test]
fn real_time_mode_ends_with_the_session() {
    let bench = Bench::new();
    let mut session = Session::new(bench.open(), task(None)).unwrap();
    session.turn();
    session.end();
    let mut board = Board::connect(bench.clone()).unwrap();
    assert!(!board.poll().unwrap().pace.running);
    // A board that ran before the session is left running.
    board.start().unwrap();
    drop(board);
    let mut session = Session::new(bench.open(), task(None)).unwrap();
    assert!(matches!(session.turn(), Event::Found { anew: false, .. }));
    session.end();
    assert!(Board::connect(bench).unwrap().poll().unwrap().pace.running);
}
