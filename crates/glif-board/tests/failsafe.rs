//! A host that disappears while its board runs in real time.

use std::time::Duration;

use crate::common::{Bench, Metronome, Twin, description, words};
use glif_board::{Board, FAILSAFE, Patience};
use glif_link::{Field, Request};

/// Ten ticks per millisecond: 100 ticks without a request are 10 ms, in which 20 steps of 0.5 ms are due.
const CLOCK: Metronome = Metronome { now: u32::MAX - 300, advance: 1, frequency: 10_000 };
const LIMIT: Duration = Duration::from_millis(10);

/// Returns a board whose neurons all fire, started with a failsafe limit.
fn started(failsafe: Option<Duration>) -> Board<Bench> {
    let mut board = Board::connect(Bench::start::<{ words(2, 2) }, 2, 512>(CLOCK)).unwrap();
    board.load(&description("lif", "f32", 40, "")).unwrap();
    board.hold(&[60.0; 40]).unwrap();
    board.start_with_failsafe(failsafe).unwrap();
    board
}

#[test]
fn a_silent_host_ends_real_time_mode() {
    let mut board = started(Some(LIMIT));
    let clears = board.client().port_mut().clears();
    board.client().port_mut().idle(50);
    assert_eq!(board.client().port_mut().clears(), clears, "not yet");
    board.client().port_mut().idle(200);
    assert_eq!(board.client().port_mut().clears(), clears + 1);
    let pulsed = board.client().port_mut().pulses().len();
    assert!((15..=21).contains(&pulsed), "{pulsed} steps");
    board.client().port_mut().idle(10_000);
    assert_eq!(board.client().port_mut().pulses().len(), pulsed, "no step follows");

    // The host is back: it reads what happened, and the board waits for it.
    for _ in 0..2 {
        let progress = board.poll().unwrap();
        assert_eq!((progress.pace.running, progress.pace.failsafe), (false, true));
        assert_eq!(progress.pace.cost.steps as usize, pulsed);
    }
    assert_eq!(board.read(Field::Current).unwrap(), [0.0; 40]);
    assert_eq!(board.describe().unwrap().1, pulsed as u64);
    board.client().port_mut().idle(100);
    assert_eq!(board.client().port_mut().pulses().len(), pulsed);
    board.hold(&[60.0; 40]).unwrap();
    assert_eq!(board.run(3).unwrap().len(), 3, "it is not in real-time mode");
    board.start_with_failsafe(Some(LIMIT)).unwrap();
    let pace = board.poll().unwrap().pace;
    assert_eq!((pace.running, pace.failsafe), (true, false));
}

/// A node that was delayed, as by a debugger, receives a request that has come too late.
#[test]
fn a_late_request_finds_it_ended() {
    let clock = Metronome { advance: 150, ..CLOCK };
    let mut board = Board::connect(Bench::start::<{ words(2, 2) }, 2, 512>(clock)).unwrap();
    board.load(&description("lif", "f32", 40, "")).unwrap();
    board.start_with_failsafe(Some(LIMIT)).unwrap(); // 100 ticks; each read of the clock takes 150
    let pace = board.poll().unwrap().pace;
    assert_eq!((pace.running, pace.failsafe), (false, true));
}

/// The spikes up to the end are the host's, and are in the record.
#[test]
fn steps_before_the_failsafe_are_recorded() {
    let mut board = started(Some(LIMIT));
    let mut twin = Twin::new(&description("lif", "f32", 40, ""));
    twin.hold(&[60.0; 40]);
    board.client().port_mut().idle(500);
    let progress = board.stop().unwrap();
    assert!(progress.pace.failsafe && progress.spikes.len() > 10);
    for spikes in &progress.spikes {
        assert_eq!(spikes.iter().collect::<Vec<_>>(), twin.step());
    }
    twin.assert_equal(&mut board);
    assert!(!board.poll().unwrap().pace.failsafe, "a stop ends the account");
}

#[test]
fn requests_keep_the_board_running_but_noise_does_not() {
    let mut board = started(Some(LIMIT));
    for round in 0..30 {
        board.client().port_mut().idle(30);
        match round % 3 {
            0 => board.hold(&[60.0; 40]).unwrap(),
            1 => drop(board.describe().unwrap()),
            _ => drop(board.poll().unwrap()),
        }
    }
    assert!(board.poll().unwrap().pace.running);
    // A copy of the last request counts as a sign of life too.
    let (sequence, mut buffer) = (board.client().sequence(), [0; 64]);
    let copy = crate::common::framed(glif_link::packet::encode(sequence, &Request::Poll, &mut buffer).unwrap());
    for _ in 0..30 {
        board.client().port_mut().idle(30);
        board.client().port_mut().exchange(&copy);
    }
    assert!(board.poll().unwrap().pace.running);
    for _ in 0..30 {
        board.client().port_mut().idle(30);
        board.client().port_mut().exchange(b"\0noise\0");
    }
    let pace = board.poll().unwrap().pace;
    assert_eq!((pace.running, pace.failsafe), (false, true));
}

#[test]
fn without_a_limit_the_board_keeps_running() {
    let mut board = started(None);
    board.client().port_mut().idle(60_000); // 6 s or more
    assert!(board.poll().unwrap().pace.running);
    // With the default limit it does not.
    let mut board = Board::connect(Bench::start::<{ words(2, 2) }, 2, 512>(CLOCK)).unwrap();
    board.load(&description("lif", "f32", 40, "")).unwrap();
    board.start().unwrap();
    board.client().port_mut().idle(30_000);
    assert!(board.poll().unwrap().pace.running);
    board.client().port_mut().idle(60_000);
    assert!(board.poll().unwrap().pace.failsafe);
}

#[test]
fn outputs_are_cleared_by_a_start_of_the_node_and_by_a_stop() {
    let mut board = started(None);
    assert_eq!(board.client().port_mut().clears(), 1);
    board.stop().unwrap();
    assert_eq!(board.client().port_mut().clears(), 2);
    board.client().port_mut().reset();
    assert_eq!(board.client().port_mut().clears(), 3);
}

#[test]
fn invalid_limits_are_rejected() {
    let mut board = started(None);
    board.stop().unwrap();
    for limit in [Duration::ZERO, Duration::from_millis(1 << 32)] {
        let told = board.start_with_failsafe(Some(limit)).unwrap_err().to_string();
        assert_eq!(told, format!("failsafe of {} ms: must be 1 to 4294967295 ms, or none", limit.as_millis()));
    }
    board.start_with_failsafe(Some(Duration::from_nanos(1))).unwrap(); // rounds up to a millisecond
}

/// The document gives the same limit.
#[test]
fn default_limit_is_as_long_as_a_host_repeats_a_request() {
    let Patience { wait, attempts } = Patience::default();
    assert_eq!(FAILSAFE, attempts * wait);
    let page = include_str!("../../../docs/link.md");
    assert_eq!(FAILSAFE, Duration::from_secs(5));
    assert!(page.contains("Hosts of this repository send 5,000, as long as they repeat a request"));
}
