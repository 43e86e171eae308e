//! A node answers or waits, whatever arrives; a refused request changes nothing; and its state stays
//! consistent.

use crate::common::{Bench, Metronome, framed, words};
use glif_board::{Board, Client, LinkError, bits};
use glif_core::spec::{ModelKind, NumberFormat, ParamTable, Parameter, ParameterSet, RoundingMode, Spec};
use glif_core::{RefractoryRule, StepOptions};
use glif_link::message::Field;
use glif_link::{Model, Reply, Request, RequestError};
use proptest::collection::vec;
use proptest::prelude::*;

const NEURONS: u32 = 64;

/// Here a quarter of a second is 500 reads of the clock, and a step time of 1 ms is two reads.
fn node() -> Client<Bench> {
    Client::new(Bench::start::<{ words(2, 2) }, 2, 512>(Metronome { now: u32::MAX - 500, advance: 1, frequency: 2000 }))
}

/// A request that owns its values.
#[derive(Debug, Clone)]
enum Any {
    Plain(Box<Request<'static>>),
    Hold(u32, bool, Vec<u8>),
    Step(Vec<u8>),
    Write(Field, u32, Vec<u8>),
    Restore(u32, Vec<u8>),
    /// A whole array in the model's own format, or as much of it as a packet holds.
    Fit(Field, Vec<f64>),
    /// The node's own snapshot, perhaps with one byte changed, in parts of this length.
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

/// Mostly `sane`, sometimes any number.
fn near(sane: f64) -> impl Strategy<Value = f64> {
    prop_oneof![40 => Just(sane), 3 => 0.5 * sane..1.5 * sane.max(0.5 * sane + 1.0), 1 => number()]
}

/// Draws the values of a parameter.
fn values_of(parameter: Parameter) -> BoxedStrategy<Vec<f64>> {
    let seldom = |sane: f64| prop_oneof![20 => Just(sane), 1 => number()];
    let one = match parameter {
        Parameter::StepTime | Parameter::Resistance => near(1.0).boxed(),
        Parameter::RestV => seldom(-60.0).boxed(),
        Parameter::ResetV => seldom(-65.0).boxed(),
        Parameter::ThreshV | Parameter::ThreshEqV => seldom(-50.0).boxed(),
        Parameter::RefracT => near(2.0).boxed(),
        Parameter::ResetVMul => near(0.5).boxed(),
        Parameter::TcAdaptation | Parameter::RcAdaptation => near(30.0).boxed(),
        Parameter::TimeConstant | Parameter::TcMembrane => near(20.0).boxed(),
        _ => near(3.0).boxed(),
    };
    if parameter.is_list() {
        prop_oneof![8 => vec(one.clone(), 0..3), 1 => vec(one, 0..9)].boxed()
    } else {
        vec(one, 1).boxed()
    }
}

fn params() -> impl Strategy<Value = ParamTable> {
    prop::sample::select(ModelKind::ALL.to_vec()).prop_flat_map(|model| {
        let values: Vec<_> = model.parameters().iter().map(|parameter| values_of(*parameter)).collect();
        values.prop_map(move |values| {
            let mut params = ParamTable::new(model);
            for (parameter, values) in model.parameters().iter().zip(values) {
                let set = params.set(*parameter, &values);
                assert!(set.is_ok() || parameter.is_optional(), "{set:?}"); // which must be finite
            }
            params
        })
    })
}

fn options() -> impl Strategy<Value = StepOptions> {
    any::<(bool, bool)>().prop_map(|(refrac_lock, adapt)| StepOptions { refrac_lock, adapt })
}

fn model() -> impl Strategy<Value = Model> {
    let rounding = prop_oneof![
        3 => Just(RoundingMode::Nearest),
        1 => Just(RoundingMode::Truncate),
        1 => Just(RoundingMode::Stochastic),
    ];
    let scalar = prop::sample::select(NumberFormat::ALL.to_vec());
    let refractory = prop::sample::select(RefractoryRule::ALL.to_vec());
    let neurons = prop_oneof![30 => 1..=NEURONS, 1 => any::<u32>(), 1 => Just(0)];
    (params(), scalar, rounding, any::<u64>(), refractory, options(), neurons).prop_map(
        |(params, scalar, rounding, seed, refractory, options, neurons)| {
            let spec = Spec { params, scalar, rounding, seed, refractory, options };
            Model { spec, neurons, own: ParameterSet::default() }
        },
    )
}

/// Values that make sense in some format, or random bytes.
fn values() -> impl Strategy<Value = Vec<u8>> {
    let bits = |scalar| vec(number(), 0..70).prop_map(move |values| bits::encode(scalar, &values));
    prop_oneof![
        3 => bits(NumberFormat::F32),
        2 => bits(NumberFormat::I16F16),
        1 => bits(NumberFormat::I8F8),
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
        (place(), any::<bool>()).prop_map(|(steps, digest)| Request::Run { steps, digest, inputs: &[] }),
        (field(), place(), place()).prop_map(|(field, first, count)| Request::Read {
            population: 0,
            field,
            first,
            count
        }),
        any::<bool>().prop_map(|keep_adaptations| Request::Clear { keep_adaptations }),
        near(0.5).prop_map(Request::SetStepTime),
        options().prop_map(Request::SetOptions),
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
        14 => plain.prop_map(|request| Any::Plain(Box::new(request))),
        2 => (place(), any::<bool>(), values()).prop_map(|(first, more, currents)| Any::Hold(first, more, currents)),
        2 => values().prop_map(Any::Step),
        2 => (field(), place(), values()).prop_map(|(field, first, values)| Any::Write(field, first, values)),
        1 => (place(), values()).prop_map(|(first, bytes)| Any::Restore(first, bytes)),
        1 => (prop::option::of((0..700_usize, 1..=255_u8)), 1..480_usize).prop_map(|(at, part)| Any::Rewind(at, part)),
    ]
}

/// Makes a request. A refusal is an answer; silence is a failure.
fn ask(client: &mut Client<Bench>, request: &Request<'_>) -> Result<(), RequestError> {
    match client.call(request) {
        Ok(_) => Ok(()),
        Err(LinkError::Refused(refusal)) => Err(refusal),
        Err(error) => panic!("{error}"),
    }
}

/// What is known of a node: its model, its steps, and the bytes of its arrays.
type Known = Option<(Model, u64, Vec<Vec<u8>>)>;

fn known(client: &mut Client<Bench>) -> Known {
    let (model, step) = match client.call(&Request::Describe) {
        Ok(Reply::Loaded { model, step }) => (model, step),
        Err(LinkError::Refused(RequestError::NotLoaded)) => return None,
        other => panic!("{other:?}"),
    };
    let arrays = Field::ALL.map(|field| {
        let values = match field {
            Field::Adaptation => model.spec.params.components() as u32,
            Field::Synapse | Field::Spikes => 0, // of a network
            _ => 1,
        };
        let count = model.neurons * values;
        let mut bytes = Vec::new();
        // At most 512 bytes of them fit a packet, and 425 a reply.
        for first in (0..count).step_by(64) {
            match client.call(&Request::Read { population: 0, field, first, count: 64.min(count - first) }) {
                Ok(Reply::Values { values }) => bytes.extend_from_slice(values),
                other => panic!("{other:?}"),
            }
        }
        bytes
    });
    Some((model, step, arrays.to_vec()))
}

/// Checks that a state that can be stepped has only finite values.
fn assert_sound(client: &mut Client<Bench>, known: &Known) {
    let Some((model, _, arrays)) = known else { return };
    if model.spec.scalar != NumberFormat::F32
        || ask(client, &Request::Run { steps: 0, digest: false, inputs: &[] }).is_err()
    {
        return;
    }
    for i in [0, 2, 3] {
        let values = bits::decode(NumberFormat::F32, &arrays[i]);
        assert!(values.iter().all(|value| value.is_finite()), "array {i} of {model:?}: {values:?}");
    }
}

/// Returns the whole snapshot, if the node gives one.
fn snapshot(client: &mut Client<Bench>) -> Result<Vec<u8>, RequestError> {
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

fn restore(client: &mut Client<Bench>, bytes: &[u8], part: usize) -> Result<(), RequestError> {
    let mut parts = bytes.chunks(part).enumerate();
    parts.try_for_each(|(i, bytes)| ask(client, &Request::Restore { first: (i * part) as u32, bytes }))
}

/// Executes an action; also returns whether a refusal leaves the state unchanged.
fn act(client: &mut Client<Bench>, any: &Any) -> (Result<(), RequestError>, bool) {
    match any {
        Any::Plain(request) => (ask(client, request), true),
        Any::Hold(first, more, currents) => {
            (ask(client, &Request::Hold { population: 0, first: *first, more: *more, currents }), true)
        }
        Any::Step(currents) => (ask(client, &Request::Step { currents }), true),
        Any::Write(field, first, values) => {
            (ask(client, &Request::Write { population: 0, field: *field, first: *first, values }), true)
        }
        Any::Fit(field, values) => {
            let Some((model, ..)) = known(client) else { return (Ok(()), true) };
            let (field, neurons, components) = (*field, model.neurons as usize, model.spec.params.components());
            let fit = |count| bits::encode(model.spec.scalar, &values[..count]);
            let request = match field {
                // Two bytes each; any two bytes are a refractory word.
                Field::Refractory => &Request::Write {
                    population: 0,
                    field,
                    first: 0,
                    values: &bits::encode(NumberFormat::I8F8, &values[..neurons]),
                },
                Field::Adaptation => {
                    &Request::Write { population: 0, field, first: 0, values: &fit((neurons * components).min(100)) }
                }
                Field::Voltage => &Request::Write { population: 0, field, first: 0, values: &fit(neurons) },
                Field::Current => &Request::Step { currents: &fit(neurons) },
                // A population alone has none.
                Field::Synapse | Field::Spikes => &Request::Write { population: 0, field, first: 0, values: &[] },
            };
            (ask(client, request), true)
        }
        Any::Restore(first, bytes) => (ask(client, &Request::Restore { first: *first, bytes }), true),
        // The last part is refused only after the others have been accepted.
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
            // Real-time mode may end by itself at any time.
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
        // Whatever the state is now, the node accepts a snapshot of it.
        if let Ok(bytes) = snapshot(&mut client) {
            prop_assert_eq!(restore(&mut client, &bytes, 100), Ok(()));
            prop_assert_eq!(snapshot(&mut client), Ok(bytes));
        }
        prop_assert!(client.call(&Request::Identify).is_ok());
    }

    /// Any bytes, and pieces of real frames: at the next zero the node can receive again.
    #[test]
    fn node_receives_again_after_any_bytes(pieces in vec(prop_oneof![
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

    /// Every short body is answered, with its sequence number and with a valid reply.
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

/// Encodes a frame with any body, and its correct checksum.
fn whole(sequence: u16, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![glif_link::VERSION];
    packet.extend(sequence.to_le_bytes());
    packet.extend(body);
    packet.extend(glif_link::packet::CRC.checksum(&packet).to_le_bytes());
    framed(&packet)
}

/// Each sequence number is executed once: after a request, a node recognizes the 32,767 numbers before it as
/// old.
#[test]
fn each_sequence_number_is_executed_once() {
    let mut client = node();
    client.continue_after(99);
    ask(&mut client, &Request::Identify).unwrap();
    for (number, stale) in [(99, true), (100_u16.wrapping_sub(0x7fff), true), (100_u16.wrapping_sub(0x8000), false)] {
        client.continue_after(99);
        client.port_mut().exchange(&whole(100, &[0]));
        client.continue_after(number.wrapping_sub(1));
        let expected = if stale { Err(RequestError::Stale { last: 100 }) } else { Err(RequestError::NotLoaded) };
        assert_eq!(ask(&mut client, &Request::Describe), expected, "{number}");
        // Returns to 100 by the one request that may begin anywhere, by way of another number far from both.
        if !stale {
            client.continue_after(30_000);
            ask(&mut client, &Request::Identify).unwrap();
        }
    }
    let mut client = node();
    client.continue_after(99);
    ask(&mut client, &Request::Identify).unwrap();
    client.continue_after(99);
    assert_eq!(ask(&mut client, &Request::Describe), Err(RequestError::Reused));
    for (behind, done) in [(1, false), (255, false), (256, true)] {
        client.continue_after(100_u16.wrapping_sub(behind + 1));
        let expected = if done { Ok(()) } else { Err(RequestError::Stale { last: 100 }) };
        assert_eq!(ask(&mut client, &Request::Identify), expected, "{behind} behind");
    }
}

/// A load with a table of parameters that its model does not have is malformed.
#[test]
fn a_table_of_other_parameters_is_malformed() {
    let load = |numbers: usize, lists: usize| {
        let params = (0_u8, 0_u8, 0_u8, 0_u8, vec![1.0_f64; numbers], vec![1_u8; lists], vec![1.0_f64; lists]);
        let choices = (0_u8, 0_u8, 0_u8, 0_u8, (true, true)); // F32, nearest, seed 0, Inferno, both options; then 3 neurons without own parameters
        let mut buffer = [0; 512];
        let packet = glif_link::packet::encode(2, &(1_u8, params, choices, 3_u32, 0_u8), &mut buffer).unwrap();
        let mut client = node();
        client.continue_after(1);
        let answer = client.port_mut().exchange(&framed(packet));
        let mut receiver = glif_link::frame::Receiver::<512>::new();
        answer.into_iter().for_each(|byte| _ = receiver.feed(byte));
        let opened = glif_link::packet::open(receiver.packet()).unwrap();
        let Some(Reply::Refused(refusal)) = opened.message::<Reply<'_>>() else { panic!("not refused") };
        refusal
    };
    for (numbers, lists) in [(0, 0), (7, 0), (9, 0), (11, 0), (12, 0), (8, 1), (8, 2), (8, 6)] {
        assert_eq!(load(numbers, lists), RequestError::Malformed, "{numbers} numbers, {lists} lists");
    }
    // All values are 1: the number of them is right, and the model is invalid because nothing is below the
    // threshold.
    assert!(matches!(load(8, 0), RequestError::Parameters { .. }));
}
