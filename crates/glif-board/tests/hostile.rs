//! Whatever arrives, a node answers or waits; what it refuses changes nothing; and its state stays one.

mod common;

use common::{Bench, Metronome, framed};
use glif_board::{Board, Client, LinkError, bits};
use glif_link::message::Field;
use glif_link::model::{Flags, Rule};
use glif_link::{Component, Components, Kind, Model, Refusal, Reply, Request, Rounding, Scalar};
use proptest::collection::vec;
use proptest::prelude::*;

const NEURONS: u32 = 64;

/// A quarter of a second is 500 reads of the clock here, and a step time of 1 ms two of them.
fn node() -> Client<Bench> {
    Client::new(Bench::start::<2, 2, 512>(Metronome { now: u32::MAX - 500, advance: 1, frequency: 2000 }))
}

/// A request with values of its own.
#[derive(Debug, Clone)]
enum Any {
    Plain(Request<'static>),
    Hold(u32, bool, Vec<u8>),
    Step(Vec<u8>),
    Write(Field, u32, Vec<u8>),
    Restore(u32, Vec<u8>),
    /// A whole array in the model's own scalar, or as much of it as a packet holds.
    Fit(Field, Vec<f64>),
    /// The node's own snapshot, with some byte changed, in parts of such a length.
    Rewind(Option<(usize, u8)>, usize),
}

fn number() -> impl Strategy<Value = f64> {
    let special = prop::sample::select(vec![
        0.0,
        -0.0,
        1.0,
        1e-30,
        1e30,
        1e-300,
        1e300,
        -1e300,
        f64::MAX,
        f64::MIN_POSITIVE,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        127.0,
        -128.0,
        255.0,
        1023.0,
        16_383.0,
        -16_384.0,
        5e-324,
    ]);
    prop_oneof![6 => -200.0..200.0, 1 => special, 1 => prop::num::f64::ANY]
}

/// Mostly `sane`, at times anything.
fn near(sane: f64) -> impl Strategy<Value = f64> {
    prop_oneof![40 => Just(sane), 3 => 0.5 * sane..1.5 * sane.max(0.5 * sane + 1.0), 1 => number()]
}

fn components() -> impl Strategy<Value = Components> {
    let component = (near(30.0), near(3.0)).prop_map(|(constant, increment)| Component { constant, increment });
    let component = component.boxed();
    prop_oneof![8 => vec(component.clone(), 0..3), 1 => vec(component, 0..9)]
        .prop_map(|list| list.into_iter().collect())
}

fn kind() -> impl Strategy<Value = Kind> {
    let below = || prop_oneof![20 => Just(-65.0), 1 => number()];
    prop_oneof![
        below().prop_map(|reset_v| Kind::Lif { reset_v }),
        below().prop_map(|reset_v| Kind::Glif1 { reset_v }),
        (below(), components()).prop_map(|(reset_v, components)| Kind::Alif { reset_v, components }),
        (near(3.0), near(0.5), components()).prop_map(|(reset_v_add, reset_v_mul, components)| Kind::Glif2 {
            reset_v_add,
            reset_v_mul,
            components
        }),
    ]
}

fn flags() -> impl Strategy<Value = Flags> {
    any::<(bool, bool)>().prop_map(|(refrac_lock, adapt)| Flags { refrac_lock, adapt })
}

fn model() -> impl Strategy<Value = Model> {
    let rounding = prop_oneof![
        3 => Just(Rounding::Nearest),
        1 => Just(Rounding::Truncate),
        1 => any::<u64>().prop_map(|seed| Rounding::Stochastic { seed })
    ];
    let rule = prop::sample::select(vec![Rule::Inferno, Rule::Exact, Rule::Nest]);
    let neurons = prop_oneof![30 => 1..=NEURONS, 1 => any::<u32>(), 1 => Just(0)];
    let choices = (kind(), prop::sample::select(Scalar::ALL.to_vec()), rounding, rule, flags(), neurons);
    let voltages = (prop_oneof![20 => Just(-60.0), 1 => number()], prop_oneof![20 => Just(-50.0), 1 => number()]);
    (choices, voltages, near(1.0), near(2.0), near(20.0), near(1.0)).prop_map(
        |(
            (kind, scalar, rounding, rule, flags, neurons),
            (rest_v, threshold),
            step_time,
            refrac_t,
            time_constant,
            r,
        )| {
            let (refrac_t, resistance) = (refrac_t, r);
            Model {
                kind,
                scalar,
                rounding,
                rule,
                flags,
                neurons,
                step_time,
                rest_v,
                threshold,
                refrac_t,
                time_constant,
                resistance,
            }
        },
    )
}

/// Values that make sense in some scalar, or nothing but bytes.
fn values() -> impl Strategy<Value = Vec<u8>> {
    let bits = |scalar| vec(number(), 0..70).prop_map(move |values| bits::encode(scalar, &values));
    prop_oneof![
        3 => bits(Scalar::F32),
        2 => bits(Scalar::I16F16),
        1 => bits(Scalar::I8F8),
        2 => vec(any::<u8>(), 0..300),
    ]
}

fn place() -> impl Strategy<Value = u32> {
    prop_oneof![4 => Just(0), 4 => 0..200_u32, 1 => any::<u32>(), 1 => (u32::MAX - 300)..=u32::MAX]
}

fn request() -> impl Strategy<Value = Any> {
    let field = || prop::sample::select(Field::ALL.to_vec());
    let plain = prop_oneof![
        Just(Request::Identify),
        Just(Request::Describe),
        model().prop_map(Request::Load),
        (place(), any::<bool>()).prop_map(|(steps, digest)| Request::Run { steps, digest }),
        (field(), place(), place()).prop_map(|(field, first, count)| Request::Read { field, first, count }),
        any::<bool>().prop_map(|keep_adaptations| Request::Clear { keep_adaptations }),
        near(0.5).prop_map(Request::SetStepTime),
        flags().prop_map(Request::SetFlags),
        place().prop_map(|first| Request::Snapshot { first }),
        place().prop_map(|steps| Request::Measure { steps }),
        prop_oneof![Just(0), Just(u32::MAX), 0..5_u32].prop_map(|failsafe| Request::Start { failsafe }),
        Just(Request::Poll),
        Just(Request::Stop),
        Just(Request::Stop),
    ];
    let plausible = prop_oneof![8 => -200.0..200.0, 2 => number()];
    prop_oneof![
        6 => (field(), vec(plausible, 2 * NEURONS as usize)).prop_map(|(field, values)| Any::Fit(field, values)),
        14 => plain.prop_map(Any::Plain),
        2 => (place(), any::<bool>(), values()).prop_map(|(first, more, currents)| Any::Hold(first, more, currents)),
        2 => values().prop_map(Any::Step),
        2 => (field(), place(), values()).prop_map(|(field, first, values)| Any::Write(field, first, values)),
        1 => (place(), values()).prop_map(|(first, bytes)| Any::Restore(first, bytes)),
        1 => (prop::option::of((0..700_usize, 1..=255_u8)), 1..480_usize).prop_map(|(at, part)| Any::Rewind(at, part)),
    ]
}

/// Asks; a refusal is an answer, silence is none.
fn ask(client: &mut Client<Bench>, request: &Request<'_>) -> Result<(), Refusal> {
    match client.call(request) {
        Ok(_) => Ok(()),
        Err(LinkError::Refused(refusal)) => Err(refusal),
        Err(error) => panic!("{error}"),
    }
}

/// What there is to know of a node: its model, its steps, and the bytes of its arrays.
type Known = Option<(Model, u64, Vec<Vec<u8>>)>;

fn known(client: &mut Client<Bench>) -> Known {
    let (model, step) = match client.call(&Request::Describe) {
        Ok(Reply::Loaded { model, step }) => (model, step),
        Err(LinkError::Refused(Refusal::NotLoaded)) => return None,
        other => panic!("{other:?}"),
    };
    let arrays = Field::ALL.map(|field| {
        let count = model.neurons * if field == Field::Adaptation { model.components().len() as u32 } else { 1 };
        let mut bytes = Vec::new();
        // At most 512 bytes of them fit a packet, and 425 a reply.
        for first in (0..count).step_by(64) {
            match client.call(&Request::Read { field, first, count: 64.min(count - first) }) {
                Ok(Reply::Values { values }) => bytes.extend_from_slice(values),
                other => panic!("{other:?}"),
            }
        }
        bytes
    });
    Some((model, step, arrays.to_vec()))
}

/// A state that can be stepped has nothing in it that is not finite.
fn assert_sound(client: &mut Client<Bench>, known: &Known) {
    let Some((model, _, arrays)) = known else { return };
    if model.scalar != Scalar::F32 || ask(client, &Request::Run { steps: 0, digest: false }).is_err() {
        return;
    }
    for i in [0, 2, 3] {
        let values = bits::decode(Scalar::F32, &arrays[i]);
        assert!(values.iter().all(|value| value.is_finite()), "array {i} of {model:?}: {values:?}");
    }
}

/// The whole snapshot, if there is one to be had.
fn snapshot(client: &mut Client<Bench>) -> Result<Vec<u8>, Refusal> {
    let mut all = Vec::new();
    loop {
        match client.call(&Request::Snapshot { first: all.len() as u32 }) {
            Ok(Reply::Part { total, bytes }) => {
                assert!(!bytes.is_empty());
                all.extend_from_slice(bytes);
                if all.len() == total as usize {
                    return Ok(all);
                }
            }
            Err(LinkError::Refused(refusal)) => return Err(refusal),
            other => panic!("{other:?}"),
        }
    }
}

fn restore(client: &mut Client<Bench>, bytes: &[u8], part: usize) -> Result<(), Refusal> {
    let mut parts = bytes.chunks(part).enumerate();
    parts.try_for_each(|(i, bytes)| ask(client, &Request::Restore { first: (i * part) as u32, bytes }))
}

/// Does it; whether a refusal leaves everything as it was.
fn act(client: &mut Client<Bench>, any: &Any) -> (Result<(), Refusal>, bool) {
    match any {
        Any::Plain(request) => (ask(client, request), true),
        Any::Hold(first, more, currents) => {
            (ask(client, &Request::Hold { first: *first, more: *more, currents }), true)
        }
        Any::Step(currents) => (ask(client, &Request::Step { currents }), true),
        Any::Write(field, first, values) => {
            (ask(client, &Request::Write { field: *field, first: *first, values }), true)
        }
        Any::Fit(field, values) => {
            let Some((model, ..)) = known(client) else { return (Ok(()), true) };
            let (field, neurons, components) = (*field, model.neurons as usize, model.components().len());
            let fit = |count| bits::encode(model.scalar, &values[..count]);
            let request = match field {
                // Two bytes each; any two are a refractory word.
                Field::Refractory => {
                    &Request::Write { field, first: 0, values: &bits::encode(Scalar::I8F8, &values[..neurons]) }
                }
                Field::Adaptation => &Request::Write { field, first: 0, values: &fit((neurons * components).min(100)) },
                Field::Voltage => &Request::Write { field, first: 0, values: &fit(neurons) },
                Field::Current => &Request::Step { currents: &fit(neurons) },
            };
            (ask(client, request), true)
        }
        Any::Restore(first, bytes) => (ask(client, &Request::Restore { first: *first, bytes }), true),
        // Its last part is refused only after the others have been taken.
        Any::Rewind(change, part) => {
            let Ok(mut bytes) = snapshot(client) else { return (Ok(()), true) };
            if let Some((at, by)) = change {
                let at = at % bytes.len();
                bytes[at] ^= by;
            }
            (restore(client, &bytes, *part), false)
        }
    }
}

fn running(client: &mut Client<Bench>) -> bool {
    match client.call(&Request::Poll) {
        Ok(Reply::Pace { pace, .. }) => pace.running,
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(11), ..ProptestConfig::default() })]

    #[test]
    fn any_requests_in_any_order(good in model(), requests in vec(request(), 1..40)) {
        let mut client = node();
        let _ = ask(&mut client, &Request::Load(good));
        for request in &requests {
            // Real-time mode may end by itself on the way.
            let moved = running(&mut client);
            let before = known(&mut client);
            let (result, whole) = act(&mut client, request);
            let moving = moved || running(&mut client);
            let after = known(&mut client);
            if result.is_err() && whole && !moving {
                prop_assert!(before == after, "{request:?} was refused ({result:?}) and changed\n{before:?}\nto\n{after:?}");
            }
            if !moving {
                assert_sound(&mut client, &after);
            }
        }
        ask(&mut client, &Request::Stop).unwrap();
        // Whatever it has come to, a snapshot of it is taken back.
        if let Ok(bytes) = snapshot(&mut client) {
            prop_assert_eq!(restore(&mut client, &bytes, 100), Ok(()));
            prop_assert_eq!(snapshot(&mut client), Ok(bytes));
        }
        prop_assert!(client.call(&Request::Identify).is_ok());
    }

    /// Bytes of every kind, and pieces of real frames: at the next zero the node listens again.
    #[test]
    fn any_bytes(pieces in vec(prop_oneof![
        vec(any::<u8>(), 0..700),
        vec(prop::sample::select(vec![0_u8, 0xff, 1, 2]), 0..50),
        (any::<u16>(), vec(any::<u8>(), 0..200)).prop_map(|(sequence, body)| whole(sequence, &body)),
    ], 0..12)) {
        let mut client = node();
        for piece in pieces {
            client.port_mut().exchange(&piece);
        }
        // The garbage may have used up this number, or some near it.
        client.continue_after(0x1234);
        prop_assert!(Board::over(client).is_ok());
    }

    /// Every body of few bytes is answered, by number and by nothing but a reply.
    #[test]
    fn any_body_is_answered(body in vec(prop_oneof![3 => 0..18_u8, 1 => any::<u8>()], 0..12)) {
        let mut client = node();
        let answer = client.port_mut().exchange(&whole(77, &body));
        let frame: Vec<u8> = answer.into_iter().filter(|byte| *byte != 0).collect();
        let mut receiver = glif_link::frame::Receiver::<512>::new();
        for byte in frame {
            prop_assert_eq!(receiver.feed(byte), None);
        }
        prop_assert_eq!(receiver.feed(0), Some(glif_link::frame::Event::Packet));
        let packet = glif_link::packet::open(receiver.packet()).unwrap();
        prop_assert_eq!(packet.sequence, 77);
        prop_assert!(packet.message::<Reply<'_>>().is_some());
    }
}

/// A frame around any body, with the checksum that belongs to it.
fn whole(sequence: u16, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![glif_link::VERSION];
    packet.extend(sequence.to_le_bytes());
    packet.extend(body);
    packet.extend(glif_link::packet::CRC.checksum(&packet).to_le_bytes());
    framed(&packet)
}

/// Each number is done once: a node behind a request knows the copies of the 32,767 before it.
#[test]
fn old_numbers_are_refused_and_new_ones_done() {
    let mut client = node();
    client.continue_after(99);
    ask(&mut client, &Request::Identify).unwrap();
    for (number, stale) in [(99, true), (100_u16.wrapping_sub(0x7fff), true), (100_u16.wrapping_sub(0x8000), false)] {
        client.continue_after(99);
        client.port_mut().exchange(&whole(100, &[0]));
        client.continue_after(number.wrapping_sub(1));
        let expected = if stale { Err(Refusal::Stale { last: 100 }) } else { Err(Refusal::NotLoaded) };
        assert_eq!(ask(&mut client, &Request::Describe), expected, "{number}");
        // Back to 100, by the one request that may begin anywhere, over another far from both.
        if !stale {
            client.continue_after(30_000);
            ask(&mut client, &Request::Identify).unwrap();
        }
    }
    let mut client = node();
    client.continue_after(99);
    ask(&mut client, &Request::Identify).unwrap();
    client.continue_after(99);
    assert_eq!(ask(&mut client, &Request::Describe), Err(Refusal::Reused));
    for (behind, done) in [(1, false), (255, false), (256, true)] {
        client.continue_after(100_u16.wrapping_sub(behind + 1));
        let expected = if done { Ok(()) } else { Err(Refusal::Stale { last: 100 }) };
        assert_eq!(ask(&mut client, &Request::Identify), expected, "{behind} behind");
    }
}
