//! Networks on a node: each step has the host's bits.

use glif::NumberFormat;
use glif::network::{Network, NetworkDescription};
use glif_board::{Board, LinkError, NetworkImage};
use glif_link::network::{ConnectionKind, DelayKind, NetworkProblem, Part};
use glif_link::{Capacity, Field, Reply, Request, RequestError, packet};
use proptest::prelude::*;

use crate::common::{Bench, Metronome, words};

fn board() -> Board<Bench> {
    Board::connect(Bench::start::<{ words(16, 4) }, 4, 1024>(Metronome::default())).unwrap()
}

/// Populations with every synapse, a circle, own parameters, stimuli, delays of 0 to 5 steps, dense and sparse weights and a
/// kernel of several types.
const TEXT: &str = r#"
step_time = 0.5
scalar = "SCALAR"
rounding = "ROUNDING"
seed = 11

[populations.input]
model = "input"
shape = [2, 4, 5]

[populations.exc]
model = "lif"
shape = 33
params = { rest_v = -65.0, reset_v = -65.0, thresh_v = { normal = [-50.0, 1.0] }, refrac_t = 2.0, time_constant = 10.0, resistance = 4.0 }
synapses.ampa = { kind = "exponential", tau = 2.0, coupling = "exact" }
synapses.nmda = { kind = "exponential", tau = { uniform = [20.0, 40.0] } }
drive = [{ poisson = { rate = 300.0, weight = 2.0 }, synapse = "delta" }, { constant = 1.5 }]

[populations.inh]
model = "alif"
shape = 17
params = { rest_v = -60.0, reset_v = -65.0, thresh_eq_v = -50.0, refrac_t = 1.0, tc_membrane = 10.0, tc_adaptation = [50.0], spike_increment = [1.0], resistance = 4.0 }
drive = { step = [0.0, 2.75, 4.0] }

[populations.out]
model = "lif"
shape = 5
params = { rest_v = -60.0, reset_v = -65.0, thresh_v = -50.0, refrac_t = 1.0, time_constant = 10.0, resistance = 2.0 }

[[projections]]
from = "input"
to = "exc"
synapse = "ampa"
weights = { value = 3.0, probability = 0.3, seed = 1 }
delay = 1.5

[[projections]]
from = "input"
to = "exc"
synapse = "nmda"
weights = { value = 0.25, in_degree = 5, seed = 2 }

[[projections]]
from = "exc"
to = "inh"
weights = { value = 1.0 }
delay = 0.0

[[projections]]
from = "inh"
to = "exc"
synapse = "delta"
weights = { value = -0.5, probability = 0.9, seed = 3 }
delay = 2.5

[[projections]]
from = "exc"
to = "out"
weights = WEIGHTS
quantize = "i8"
delay = 1.0

[[projections]]
from = "inh"
to = "out"
synapse = "delta"
weights = SPARSE
delay = 0.5

[[projections]]
from = "input"
to = "out"
weights = KERNEL
convolution = { padding = [0, 1] }
quantize = "i8"
"#;

fn text(scalar: NumberFormat, rounding: &str) -> String {
    let row = |target: usize, sources: usize, every: usize| -> String {
        let values = (0..sources).map(|source| {
            let n = target * 7 + source * 13;
            if n.is_multiple_of(every) { ((n % 11) as f64 - 4.0) * 0.75 } else { 0.0 }
        });
        format!("{:?}", values.collect::<Vec<_>>())
    };
    let rows = |sources: usize, every: usize| -> String {
        let all: Vec<String> = (0..5).map(|target| row(target, sources, every)).collect();
        format!("[{}]", all.join(", "))
    };
    let text = TEXT.replace("SCALAR", scalar.name()).replace("ROUNDING", rounding);
    // One channel from two, by four rows and three columns.
    let channel: Vec<String> = (0..2)
        .map(|of| format!("[{}]", (0..4).map(|at| row(at + 3 * of, 3, 1)).collect::<Vec<_>>().join(", ")))
        .collect();
    let text = text.replace("KERNEL", &format!("[[{}]]", channel.join(", ")));
    text.replace("WEIGHTS", &rows(33, 1)).replace("SPARSE", &rows(17, 5))
}

fn network(scalar: NumberFormat, rounding: &str) -> Network {
    NetworkDescription::from_toml(&text(scalar, rounding)).unwrap().build().unwrap()
}

/// Returns spikes of a step of the input, as counts and as words.
fn spikes(step: usize) -> (Vec<u32>, Vec<u32>) {
    let counts: Vec<u32> = (0..40).map(|i| u32::from((i * 5 + step * step * 3).is_multiple_of(7))).collect();
    let words = counts.chunks(32).map(|of| of.iter().enumerate().fold(0, |word, (j, count)| word | count << j));
    (counts.clone(), words.collect())
}

/// Steps both; the spikes and the checksum of each step must be equal.
fn compare(board: &mut Board<Bench>, host: &mut Network, image: &NetworkImage, steps: usize) -> usize {
    let first = host.steps() as usize;
    let inputs: Vec<_> = (0..steps).map(|step| vec![spikes(first + step).1]).collect();
    let ran = board.run_network(steps as u32, &inputs, true).unwrap();
    let mut fired = 0;
    for (step, found) in ran.iter().enumerate() {
        host.set_spikes("input", &spikes(first + step).0).unwrap();
        host.step().unwrap();
        for (name, found) in ["exc", "inh", "out"].iter().zip(&found.populations) {
            let expected: Vec<usize> = host.fired(name).unwrap().iter().map(|(_, neuron)| neuron).collect();
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{name}, step {step}");
            fired += expected.len();
        }
        assert_eq!(found.digest, Some(image.digest(host)), "step {step}");
    }
    fired
}

#[test]
fn steps_have_the_bits_of_the_host() {
    let mut board = board();
    for scalar in [NumberFormat::F32, NumberFormat::I16F16, NumberFormat::I12F20, NumberFormat::I8F8] {
        for rounding in ["nearest", "truncate", "stochastic"] {
            if scalar == NumberFormat::F32 && rounding != "nearest" {
                continue;
            }
            let mut host = network(scalar, rounding);
            let image = NetworkImage::new(&host).unwrap();
            board.load_network(&image).unwrap();
            let fired = compare(&mut board, &mut host, &image, 150);
            assert!(fired > 100, "{scalar} {rounding}: {fired}");
            // Currents from outside.
            let currents: Vec<f64> = (0..17).map(|i| f64::from(i) * 0.25).collect();
            board.hold_in(2, &currents).unwrap();
            host.set_currents("inh", &currents[..]).unwrap();
            compare(&mut board, &mut host, &image, 50);
        }
    }
}

#[test]
fn snapshots_continue() {
    let (mut board, mut host) = (board(), network(NumberFormat::I16F16, "stochastic"));
    let image = NetworkImage::new(&host).unwrap();
    board.load_network(&image).unwrap();
    compare(&mut board, &mut host, &image, 30);
    let (snapshot, at) = (board.snapshot_network().unwrap(), host.clone());
    compare(&mut board, &mut host, &image, 40);
    board.restore_network(&snapshot).unwrap();
    host = at;
    compare(&mut board, &mut host, &image, 40);
    board.clear(false).unwrap();
    let spikes = board.run_network(1, &[], false).unwrap();
    assert!(spikes[0].populations.iter().all(|population| population.is_empty()));
}

/// The words of a network are those with which it just loads, and the error of a board that has fewer says how many it
/// lacks.
#[test]
fn words_are_the_least_that_suffice() {
    for (scalar, rounding) in [(NumberFormat::F32, "nearest"), (NumberFormat::I16F16, "stochastic")] {
        let image = NetworkImage::new(&network(scalar, rounding)).unwrap();
        let needed = image.words().unwrap();
        let load = |words: usize| {
            let parts = image.parts(512).into_iter().map(|(_, part)| part);
            glif_node::words_of(parts, &mut vec![7; words])
        };
        assert_eq!((load(needed), load(needed + 5000)), (Ok(needed), Ok(needed)));
        let most = needed as u32 - 1;
        let refused = load(needed - 1);
        assert!(
            matches!(refused, Err(RequestError::Beyond { capacity: Capacity::Words, most: of, .. }) if of == most),
            "{refused:?}"
        );
        let mut small = Board::connect(Bench::start::<{ words(2, 4) }, 4, 1024>(Metronome::default())).unwrap();
        let Err(LinkError::Room { needed: told, most, refusal, .. }) = small.load_network(&image) else { panic!() };
        assert!(told == needed && most < needed, "{needed}, {most}");
        let help = small.load_network(&image).unwrap_err().to_string();
        let missing = format!("takes {needed} words of four bytes, {} more than the board has", needed - most);
        assert!(help.contains(&missing) && help.contains(&refusal.to_string()), "{help}");
    }
}

#[test]
fn parts_come_in_order_and_fit() {
    let (mut board, host) = (board(), network(NumberFormat::F32, "nearest"));
    let image = NetworkImage::new(&host).unwrap();
    let refused = |board: &mut Board<Bench>, part: Part<'_>| match board.client().call(&Request::Network(part)) {
        Err(LinkError::Refused(refusal)) => refusal,
        reply => panic!("{reply:?}"),
    };
    assert_eq!(refused(&mut board, Part::End), RequestError::NotLoaded);
    let begin = |populations, projections| Part::Begin { populations, projections, seed: 0, sample: 0 };
    let many = RequestError::Beyond { capacity: Capacity::Populations, given: 17, most: 16 };
    assert_eq!(refused(&mut board, begin(17, 0)), many);
    assert_eq!(refused(&mut board, begin(0, 0)), RequestError::Empty);
    assert!(matches!(refused(&mut board, begin(1, u32::MAX)), RequestError::Beyond { capacity: Capacity::Words, .. }));
    board.client().call(&Request::Network(begin(2, 0))).unwrap();
    let order = RequestError::Network { problem: NetworkProblem::Order, index: 0 };
    assert_eq!(refused(&mut board, Part::End), order);
    let large = Part::Input { neurons: u32::MAX, most_delay: 255, planes: 31 };
    assert!(matches!(refused(&mut board, large), RequestError::Beyond { capacity: Capacity::Words, .. }));
    board.client().call(&Request::Network(Part::Input { neurons: 3, most_delay: 0, planes: 1 })).unwrap();
    let incomplete = RequestError::Network { problem: NetworkProblem::Incomplete, index: 0 };
    let step = board.client().call(&Request::Run { steps: 1, digest: false, inputs: &[] });
    assert!(matches!(step, Err(LinkError::Refused(refusal)) if refusal == incomplete));
    // A whole network may follow at any time, and a population after it.
    board.load_network(&image).unwrap();
    board.run_network(3, &[], false).unwrap();
    let alone = host.description().alone("out").unwrap();
    board.load(&alone).unwrap();
    board.run(3).unwrap();
    assert!(board.run_network(1, &[], false).is_err());
}

/// A part, changed in one of these ways.
#[derive(Debug, Clone, Copy)]
enum Change {
    Leave,
    Repeat,
    /// One of its bytes is another one.
    Byte(usize, u8),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        60 => Just(None),
        1 => Just(Some(Change::Leave)),
        1 => Just(Some(Change::Repeat)),
        2 => (any::<usize>(), 1..=255_u8).prop_map(|(at, by)| Some(Change::Byte(at, by))),
    ]
    .prop_map(|change| change.unwrap_or(Change::Byte(0, 0)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(5), ..ProptestConfig::default() })]

    /// Whatever the parts say, the node answers, and a network that it accepts has only finite numbers in every step.
    #[test]
    fn any_parts_are_answered(
        scalar in prop::sample::select(vec![NumberFormat::F32, NumberFormat::I16F16, NumberFormat::I8F8]),
        changes in prop::collection::vec(change(), 150)
    ) {
        let mut board = board();
        let image = NetworkImage::new(&network(scalar, "nearest")).unwrap();
        let mut changes = changes.into_iter();
        let mut done = false;
        for (_, part) in image.parts(200) {
            let is_end = part == Part::End;
            let mut buffer = [0; 1024];
            let body = encoded(&part, &mut buffer).to_vec();
            let bodies = match changes.next().unwrap_or(Change::Byte(0, 0)) {
                Change::Leave => vec![],
                Change::Repeat => vec![body.clone(), body],
                Change::Byte(at, by) => {
                    let mut body = body;
                    let at = at % body.len();
                    body[at] ^= by;
                    vec![body]
                }
            };
            for body in bodies {
                let packet = packet::Packet { version: glif_link::VERSION, sequence: 0, body: &body, checksum: 0 };
                let Some(request) = packet.message::<Request<'_>>() else { continue };
                match board.client().call(&request) {
                    Ok(_) => done |= is_end,
                    Err(LinkError::Refused(_)) => {}
                    Err(error) => panic!("{request:?}: {error}"),
                }
            }
        }
        for steps in [1, 30] {
            let run = Request::Run { steps, digest: true, inputs: &[] };
            match board.client().call(&run) {
                Ok(Reply::Ran { .. }) => prop_assert!(done || steps == 30),
                Err(LinkError::Refused(_)) => return Ok(()),
                reply => panic!("{reply:?}"),
            }
        }
        if scalar == NumberFormat::F32 {
            for population in 0..4 {
                let read = Request::Read { population, field: Field::Voltage, first: 0, count: 5 };
                if let Ok(Reply::Values { values }) = board.client().call(&read) {
                    let values = glif_board::bits::decode(scalar, values);
                    prop_assert!(values.iter().all(|value| value.is_finite()), "{values:?}");
                }
            }
        }
    }
}

/// Encodes the body of a request with this part.
fn encoded<'b>(part: &Part<'_>, buffer: &'b mut [u8]) -> &'b [u8] {
    let packet = packet::encode(0, &Request::Network(part.clone()), buffer).unwrap();
    &packet[3..packet.len() - 4]
}

/// The proof that a part must not bring: sums that could overflow, circles, delays, ranges.
#[test]
fn networks_that_could_leave_their_range_are_refused() {
    let mut board = board();
    let image = NetworkImage::new(&network(NumberFormat::F32, "nearest")).unwrap();
    let mut refusal = |change: &dyn Fn(&mut Part<'_>)| {
        for (_, mut part) in image.parts(400) {
            change(&mut part);
            match board.client().call(&Request::Network(part)) {
                Ok(_) => {}
                Err(LinkError::Refused(refusal)) => return Some(refusal),
                Err(error) => panic!("{error}"),
            }
        }
        None
    };
    let wrong = |problem, index| Some(RequestError::Network { problem, index });
    assert_eq!(refusal(&|_| ()), None);
    // The fourth projection has a delay of five steps; its source keeps two.
    let delay = |part: &mut Part<'_>| {
        if let Part::Projection { from: 2, delays, .. } = part {
            *delays = DelayKind::All(200);
        }
    };
    assert_eq!(refusal(&delay), wrong(NetworkProblem::Delay, 3));
    // A projection back without delay closes a circle.
    let circle = |part: &mut Part<'_>| {
        if let Part::Projection { from: 2, to: 1, delays, .. } = part {
            *delays = DelayKind::All(0);
        }
    };
    assert_eq!(refusal(&circle), wrong(NetworkProblem::Circle, 1));
    let great = f64::from(f32::MAX).to_le_bytes();
    let range = |part: &mut Part<'_>| {
        if let Part::Rows { values, .. } = part
            && **values == 1.5_f64.to_le_bytes()
        {
            *values = great.to_vec().leak();
        }
    };
    assert_eq!(refusal(&range), wrong(NetworkProblem::Range, 1));
    let infinite = |part: &mut Part<'_>| {
        if let Part::Rows { values, .. } = part
            && **values == 1.5_f64.to_le_bytes()
        {
            *values = f64::INFINITY.to_le_bytes().to_vec().leak();
        }
    };
    assert_eq!(refusal(&infinite), wrong(NetworkProblem::Row, 0));
    // The targets of a row descend.
    let unsorted = |part: &mut Part<'_>| {
        if let Part::Bytes { first: 0, bytes } = part
            && bytes.len() > 200
        {
            let mut all = bytes.to_vec();
            all[164..].reverse();
            *bytes = all.leak();
        }
    };
    assert_eq!(refusal(&unsorted), wrong(NetworkProblem::Arrays, 0));
    // A kernel with another stride, another number of weights, or more weights than words.
    let stride = |part: &mut Part<'_>| {
        if let Part::Bytes { first: 0, bytes } = part
            && bytes.len() == 56
        {
            let mut all = bytes.to_vec();
            all[16] = 0;
            *bytes = all.leak();
        }
    };
    assert_eq!(refusal(&stride), wrong(NetworkProblem::Arrays, 6));
    let kernel = |number: u32| {
        move |part: &mut Part<'_>| {
            if let Part::Projection { connections: ConnectionKind::Convolution { weights }, .. } = part {
                *weights = number;
            }
        }
    };
    assert_eq!(refusal(&kernel(21)), wrong(NetworkProblem::Arrays, 6));
    let most =
        |told: Option<RequestError>| matches!(told, Some(RequestError::Beyond { capacity: Capacity::Words, .. }));
    assert!(most(refusal(&kernel(u32::MAX))));
}
