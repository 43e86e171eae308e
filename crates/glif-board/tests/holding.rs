//! Currents that come in several requests: no step uses some of the new ones with some of the old ones.

use crate::common::{Bench, Metronome, description, words};
use glif::NumberFormat;
use glif_board::{Board, LinkError, bits};
use glif_link::{Field, Reply, Request, RequestError};

/// Ten ticks per millisecond, so that the steps of 0.5 ms here are five ticks apart.
const CLOCK: Metronome = Metronome { now: 0, advance: 1, frequency: 10_000 };
/// Current, nA, under which every neuron fires within a few steps.
const STRONG: f64 = 60.0;

/// Returns a board with a population loaded.
fn loaded<const WORDS: usize, const COMPONENTS: usize>(
    model: &str,
    scalar: NumberFormat,
    neurons: usize,
) -> Board<Bench> {
    let mut board = Board::connect(Bench::start::<WORDS, COMPONENTS, 512>(CLOCK)).unwrap();
    board.load(&description(model, scalar.name(), neurons, "")).unwrap();
    board
}

fn ask(board: &mut Board<Bench>, request: &Request<'_>) -> Result<(), RequestError> {
    match board.client().call(request) {
        Ok(Reply::Done | Reply::Identity(_) | Reply::Ran { .. } | Reply::Part { .. }) => Ok(()),
        Err(LinkError::Refused(refusal)) => Err(refusal),
        other => panic!("{request:?}: {other:?}"),
    }
}

/// Holds these currents from neuron `first` on.
fn hold(board: &mut Board<Bench>, first: usize, more: bool, currents: &[u8]) -> Result<(), RequestError> {
    ask(board, &Request::Hold { population: 0, first: first as u32, more, currents })
}

/// In real time, with many steps between the parts: all neurons behave the same way.
fn together<const WORDS: usize, const COMPONENTS: usize>(
    model: &str,
    scalar: NumberFormat,
    neurons: usize,
    room: bool,
) {
    let mut board = loaded::<WORDS, COMPONENTS>(model, scalar, neurons);
    let case = format!("{neurons} {model} in {} of {COMPONENTS} components", scalar.name());
    let strong = |count: usize| bits::encode(scalar, &vec![STRONG; count]);
    let (third, middle) = (neurons / 3, neurons - 2 * (neurons / 3));
    board.start().unwrap();
    for (first, count) in [(0, third), (third, middle)] {
        hold(&mut board, first, true, &strong(count)).unwrap();
        board.client().port_mut().idle(100);
    }
    let before = board.poll().unwrap();
    assert!(before.spikes.iter().all(|spikes| spikes.iter().next().is_none()), "{case}: a part took effect");
    assert_eq!(before.pace.missed > 20, !room, "{case}: {:?}", before.pace);
    assert_eq!(before.pace.cost.steps > 20, room, "{case}: {:?}", before.pace);
    hold(&mut board, third + middle, false, &strong(third)).unwrap();
    board.client().port_mut().idle(200);
    let after = board.stop().unwrap();
    let counts: Vec<usize> = after.spikes.iter().map(|spikes| spikes.iter().count()).collect();
    assert!(counts.iter().all(|count| [0, neurons].contains(count)), "{case}: {counts:?}");
    assert!(counts.contains(&neurons), "{case}");
    assert_eq!(board.read(Field::Current).unwrap(), vec![STRONG; neurons], "{case}");
    for field in [Field::Voltage, Field::Adaptation] {
        let values = board.read(field).unwrap();
        // A row for each neuron; all rows are equal.
        let width = (values.len() / neurons).max(1);
        assert!(values.chunks(width).all(|row| *row == values[..width]), "{case}: {field:?}");
    }
}

#[test]
fn all_parts_take_effect_between_two_steps() {
    // The board keeps the parts behind the components.
    together::<{ words(2, 1) }, 1>("lif", NumberFormat::F32, 64, true);
    together::<{ words(3, 3) }, 3>("alif", NumberFormat::I16F16, 95, true);
    together::<{ words(2, 2) }, 2>("alif", NumberFormat::I12F20, 33, true);
    // The board keeps the parts after the currents.
    together::<{ words(4, 0) }, 0>("lif", NumberFormat::F32, 64, true);
    together::<{ words(2, 2) }, 2>("alif", NumberFormat::I8F8, 64, true);
    together::<{ words(2, 2) }, 2>("glif2", NumberFormat::I9F7, 63, true);
    // The board has no room to keep the parts.
    together::<{ words(2, 0) }, 0>("lif", NumberFormat::F32, 64, false);
    together::<{ words(2, 2) }, 2>("alif", NumberFormat::I12F20, 63, false);
}

/// [`Board::hold`] with more neurons than a request has room for.
#[test]
fn parts_of_a_large_population_take_effect_together() {
    let mut board = Board::connect(Bench::start::<{ words(8, 1) }, 1, 512>(CLOCK)).unwrap();
    board.load(&description("lif", "f32", 256, "")).unwrap();
    board.start().unwrap();
    board.hold(&[STRONG; 256]).unwrap();
    board.client().port_mut().idle(100);
    let counts: Vec<usize> = board.stop().unwrap().spikes.iter().map(|spikes| spikes.iter().count()).collect();
    assert!(counts.contains(&256) && counts.iter().all(|count| [0, 256].contains(count)), "{counts:?}");
}

#[test]
fn non_consecutive_parts_are_dropped() {
    let (mut board, strong) =
        (loaded::<{ words(1, 1) }, 1>("lif", NumberFormat::F32, 30), bits::encode(NumberFormat::F32, &[STRONG; 10]));
    let held = |board: &mut Board<Bench>| -> Vec<usize> {
        let currents = board.read(Field::Current).unwrap();
        (0..3).filter(|tenth| currents[10 * tenth] == STRONG).collect()
    };
    // Dropped by a part for another place, by another host, and by requests that reset the state.
    hold(&mut board, 0, true, &strong).unwrap();
    hold(&mut board, 20, false, &strong).unwrap();
    assert_eq!(held(&mut board), [2]);
    for other in [Request::Identify, Request::Clear { keep_adaptations: true }] {
        board.hold(&[0.0; 30]).unwrap();
        hold(&mut board, 0, true, &strong).unwrap();
        ask(&mut board, &other).unwrap();
        hold(&mut board, 10, false, &strong).unwrap();
        assert_eq!(held(&mut board), [1], "{other:?}");
    }
    // Not dropped by other requests in between.
    board.hold(&[0.0; 30]).unwrap();
    hold(&mut board, 10, true, &strong).unwrap();
    board.run(3).unwrap();
    board.write(Field::Voltage, &[-60.0; 30]).unwrap();
    assert!(held(&mut board).is_empty());
    let nan = bits::encode(NumberFormat::F32, &[f64::NAN]);
    assert_eq!(hold(&mut board, 20, true, &nan), Err(RequestError::Current { neuron: 20 }));
    hold(&mut board, 20, false, &strong).unwrap();
    assert_eq!(held(&mut board), [1, 2]);
}

#[test]
fn population_without_spare_room_waits_for_the_last_part() {
    let (mut board, strong) =
        (loaded::<{ words(1, 0) }, 0>("lif", NumberFormat::F32, 32), bits::encode(NumberFormat::F32, &[STRONG; 16]));
    let stepping = || {
        [
            Request::Step { currents: &[] },
            Request::Run { steps: 1, digest: false, inputs: &[] },
            Request::Measure { steps: 1 },
            Request::Start { failsafe: 0 },
            Request::SetStepTime(1.0),
            Request::Snapshot { first: 0 },
        ]
    };
    hold(&mut board, 0, true, &strong).unwrap();
    for request in stepping().into_iter().chain([Request::Identify]) {
        let expected = if request == Request::Identify { Ok(()) } else { Err(RequestError::Holding { next: 16 }) };
        assert_eq!(ask(&mut board, &request), expected, "{request:?}");
    }
    hold(&mut board, 16, false, &strong).unwrap();
    assert_eq!(board.run(1).unwrap().len(), 1);
    assert_eq!(board.read(Field::Current).unwrap(), [STRONG; 32]);
    // Given up before the last part: the parts that came do not stay as held currents.
    hold(&mut board, 0, true, &strong).unwrap();
    board.clear(true).unwrap();
    assert_eq!(board.read(Field::Current).unwrap(), [0.0; 32]);
    assert_eq!(board.run(1).unwrap().len(), 1);
}
