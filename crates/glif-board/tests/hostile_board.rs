//! A board that reports false sizes, counts and steps, or whose text contains terminal commands: the host
//! refuses what is impossible, names it, and takes no memory and no time for it.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use crate::common::{Bench, Metronome, description, framed, words};
use clap::{Args as _, Command, FromArgMatches as _};
use glif::{ModelKind, ParamTable, Parameter};
use glif_board::noise::Noise;
use glif_board::show::{self, Show};
use glif_board::verify::{self, Options};
use glif_board::watch::{self, Watch};
use glif_board::{Board, Client, LinkError, Patience, cost};
use glif_link::frame::{Event, Receiver};
use glif_link::{Cost, Field, Identity, Model, Pace, Reply, Request, packet};
use proptest::prelude::*;

/// A real node; its replies go through `change` on their way to the host.
struct Liar<F> {
    node: Bench,
    change: F,
    inbox: VecDeque<u8>,
    receiver: Box<Receiver<4096>>,
}

impl<F> Liar<F>
where
    F: for<'a> FnMut(&Request<'_>, Reply<'a>) -> Reply<'a>,
{
    fn new(change: F) -> Self {
        let node = Bench::start::<{ words(2, 2) }, 2, 512>(Metronome { now: 0, advance: 1, frequency: 2000 });
        Self { node, change, inbox: VecDeque::new(), receiver: Box::default() }
    }

    fn client(change: F) -> Client<Self> {
        let patience = Patience { wait: Duration::from_millis(200), attempts: 2 };
        Client::with_patience(Self::new(change), patience)
    }

    fn connect(change: F) -> Result<Board<Self>, LinkError> {
        Board::over(Self::client(change))
    }

    /// Returns the packets in a stream of bytes.
    fn packets(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let fed = bytes
            .iter()
            .map(|byte| (self.receiver.feed(*byte) == Some(Event::Packet)).then(|| self.receiver.packet().to_vec()));
        fed.flatten().collect()
    }
}

impl<F> Read for Liar<F> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.inbox.read(buffer)? {
            0 => Err(ErrorKind::TimedOut.into()),
            count => Ok(count),
        }
    }
}

impl<F> Write for Liar<F>
where
    F: for<'a> FnMut(&Request<'_>, Reply<'a>) -> Reply<'a>,
{
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let requests = self.packets(bytes);
        let answer = self.node.exchange(bytes);
        let replies = self.packets(&answer);
        for (i, packet) in replies.iter().enumerate() {
            let opened = packet::open(packet).unwrap();
            let reply: Reply<'_> = opened.message().unwrap();
            let request = requests.get(i).or(requests.last()).and_then(|packet| packet::open(packet).ok());
            let reply = match request.as_ref().and_then(|packet| packet.message()) {
                Some(request) => (self.change)(&request, reply),
                None => reply,
            };
            let mut buffer = vec![0; 1 << 16];
            let sent = packet::encode(opened.sequence, &reply, &mut buffer).expect("a reply that fits a packet");
            self.inbox.extend(framed(sent));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Fixes the type of a closure to the one that a [`Liar`] takes.
fn tampering<F: for<'a> FnMut(&Request<'_>, Reply<'a>) -> Reply<'a>>(change: F) -> F {
    change
}

/// Returns a function that changes the numbers of an identity.
fn identity(
    change: impl Fn(&mut Identity<'static>) + Copy,
) -> impl for<'a> FnMut(&Request<'_>, Reply<'a>) -> Reply<'a> + Copy {
    move |_, reply| match reply {
        Reply::Identity(given) => {
            let mut lie = Identity { firmware: "1", core: "any", board: "any", ..given };
            change(&mut lie);
            Reply::Identity(lie)
        }
        reply => reply,
    }
}

/// Returns the host's error about a reply with an impossible number.
fn broken(result: Result<impl Sized, LinkError>) -> String {
    match result {
        Err(LinkError::Broken(why)) => why,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it was taken"),
    }
}

#[track_caller]
fn assert_names(why: &str, kind: &str, name: &str, value: impl std::fmt::Display) {
    let start = format!("the board's `{kind}` has `{name}` = {value}, but only ");
    assert!(why.starts_with(&start), "`{why}` instead of `{start}...`");
}

/// Nothing uses a board with an impossible identity: not `verify`, `watch`, `cost` or `show`, and no other
/// caller, as none of them gets it.
#[test]
fn impossible_identity_is_rejected() {
    type Change = fn(&mut Identity<'static>);
    let lies: [(&str, u64, Change); 12] = [
        ("neurons", 0, |identity| identity.neurons = 0),
        ("neurons", u32::MAX.into(), |identity| identity.neurons = u32::MAX),
        ("neurons", (1 << 19) + 1, |identity| identity.neurons = (1 << 19) + 1),
        ("components", 9, |identity| identity.components = 9),
        ("components", 255, |identity| identity.components = 255),
        ("frame", 0, |identity| identity.frame = 0),
        ("frame", 255, |identity| identity.frame = 255),
        ("frame", 65_537, |identity| identity.frame = 65_537),
        ("frame", u32::MAX.into(), |identity| identity.frame = u32::MAX),
        ("frequency", 0, |identity| identity.frequency = 0),
        ("loaded", 65, |identity| identity.loaded = identity.neurons + 1),
        ("loaded", u32::MAX.into(), |identity| identity.loaded = u32::MAX),
    ];
    for (name, value, lie) in lies {
        let change = identity(lie);
        assert_names(&broken(Liar::connect(change)), "Identity", name, value);
        assert_names(&broken(Liar::client(change).call(&Request::Identify)), "Identity", name, value);
        let watched = watch::run(&watch_of(1), move || Ok(Liar::new(change)), &mut Vec::new()).unwrap_err();
        assert_names(&watched.to_string(), "Identity", name, value);
        // A board that has been good so far, and is then identified again.
        let mut lying = false;
        let mut change = identity(lie);
        let mut board = Liar::connect(move |request: &Request<'_>, reply| {
            lying |= matches!(request, Request::Stop);
            if lying { change(request, reply) } else { reply }
        })
        .unwrap();
        board.stop().unwrap();
        assert_names(&broken(board.reconnect()), "Identity", name, value);
    }
}

fn watch_of(frames: u64) -> Watch {
    let population = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/spiking.toml");
    let frames = frames.to_string();
    let line = ["watch", population, "--free", "--plain", "--frames", &frames];
    Watch::from_arg_matches(&Watch::augment_args(Command::new("watch")).get_matches_from(line)).unwrap()
}

/// A population that an earlier host has left on the board, as the board reports it.
#[test]
fn impossible_model_is_rejected() {
    type Change = fn(&mut Model);
    let lies: [(&str, u64, Change); 4] = [
        ("neurons", 0, |model| model.neurons = 0),
        ("neurons", 65, |model| model.neurons = 65), // it has room for 64
        ("neurons", u32::MAX.into(), |model| model.neurons = u32::MAX),
        ("components", 3, |model| {
            model.spec.params = ParamTable::new(ModelKind::Alif);
            model.spec.params.set(Parameter::TcAdaptation, &[20.0; 3]).unwrap();
        }),
    ];
    let lif = description("lif", "f32", 40, "");
    for (name, value, change) in lies {
        let change = tampering(move |_, reply| match reply {
            Reply::Loaded { mut model, step } => {
                change(&mut model);
                Reply::Loaded { model, step }
            }
            reply => reply,
        });
        let mut board = Liar::connect(change).unwrap();
        board.load(&lif).unwrap();
        assert_names(&broken(board.describe()), "Loaded", name, value);
        assert_names(&broken(board.snapshot()), "Loaded", name, value);
        assert_names(&broken(Board::connect(board.into_port())), "Loaded", name, value);
    }
    for step in [1 << 63, u64::MAX] {
        let change = tampering(move |_, reply| match reply {
            Reply::Loaded { model, .. } => Reply::Loaded { model, step },
            reply => reply,
        });
        let mut board = Liar::connect(change).unwrap();
        board.load(&lif).unwrap();
        assert_names(&broken(board.describe()), "Loaded", "step", step);
    }
}

/// Returns a loaded board with a lie in the replies to one kind of request.
fn loaded<F>(change: F) -> Board<Liar<F>>
where
    F: for<'a> FnMut(&Request<'_>, Reply<'a>) -> Reply<'a>,
{
    let mut board = Liar::connect(change).unwrap();
    board.load(&description("lif", "f32", 40, "")).unwrap();
    board
}

#[test]
fn unrequested_steps_are_rejected() {
    for lie in [0, 4, u32::MAX] {
        let mut board = loaded(move |_, reply| match reply {
            Reply::Ran { step, record, .. } => Reply::Ran { step, done: lie, record },
            reply => reply,
        });
        assert_names(&broken(board.run(3)), "Ran", "done", lie);
        assert_names(&broken(board.run_digested(3)), "Ran", "done", lie);
        if lie != 1 {
            assert_names(&broken(board.step(&[0.0; 40])), "Ran", "done", lie);
        }
    }
    let mut board = loaded(|_, reply| match reply {
        Reply::Ran { done, record, .. } => Reply::Ran { step: u64::MAX, done, record },
        reply => reply,
    });
    assert_names(&broken(board.run(3)), "Ran", "step", u64::MAX);
    // A request of the host itself: its need of memory is known before the request is sent.
    let mut board = loaded(|_, reply| reply);
    assert!(matches!(board.run(u32::MAX), Err(LinkError::Unsuitable(why)) if why.contains("do not fit in memory")));
}

#[test]
fn snapshot_of_wrong_length_is_rejected() {
    let whole = 16 + 40 * (4 + 2 + 4);
    for lie in [0, whole - 1, whole + 1, u32::MAX] {
        let began = Instant::now();
        let mut board = loaded(move |_, reply| match reply {
            Reply::Part { bytes, .. } => Reply::Part { total: lie, bytes },
            reply => reply,
        });
        let why = broken(board.snapshot());
        assert!(why.starts_with("the board's `Part` has `"), "{why}");
        assert!(began.elapsed() < Duration::from_secs(5));
    }
    let mut board = loaded(|_, reply| match reply {
        Reply::Part { total, .. } => Reply::Part { total, bytes: &[] },
        reply => reply,
    });
    assert_names(&broken(board.snapshot()), "Part", "bytes", 0);
    let mut board = loaded(|_, reply| match reply {
        Reply::Part { total, .. } => Reply::Part { total, bytes: &[0; 1000] },
        reply => reply,
    });
    assert_names(&broken(board.snapshot()), "Part", "bytes", 1000);
}

#[test]
fn unrequested_values_are_rejected() {
    let mut board = loaded(|_, reply| match reply {
        Reply::Values { .. } => Reply::Values { values: &[0; 2000] },
        reply => reply,
    });
    assert_names(&broken(board.read(Field::Voltage)), "Values", "bytes", 2000);
    assert_names(&broken(board.refractory()), "Values", "bytes", 2000);
}

#[test]
fn impossible_costs_are_rejected() {
    for (name, lie) in [
        ("steps", Cost { steps: 0, frequency: 1, ..Cost::default() }),
        ("steps", Cost { steps: u32::MAX, frequency: 1, ..Cost::default() }),
        ("frequency", Cost { steps: 1, frequency: 0, ..Cost::default() }),
    ] {
        let mut board = loaded(move |_, reply| if let Reply::Cost(_) = reply { Reply::Cost(lie) } else { reply });
        let value = if name == "steps" { lie.steps } else { lie.frequency };
        assert_names(&broken(board.measure(5)), "Cost", name, value);
        assert_names(&broken(cost::measure(&mut board, |_| 1.0, &mut |_| ())), "Cost", name, value);
    }
}

/// Records in real time that begin at an impossible step, or again and again: a view that kept them all would
/// grow without end.
#[test]
fn impossible_records_are_rejected() {
    let pace = |first, recorded, record: &'static [u8]| Reply::Pace { pace: Pace::default(), first, recorded, record };
    for (name, value, record) in [
        ("first", u64::MAX, pace(u64::MAX, 1, &[0])),
        ("first", (1 << 63) - 1, pace((1 << 63) - 1, 1, &[0])),
        ("recorded", 2, pace(0, 2, &[0])),
        ("recorded", u32::MAX.into(), pace(0, u32::MAX, &[0])),
    ] {
        let change = tampering(|_, reply| if let Reply::Pace { .. } = reply { record.clone() } else { reply });
        let mut board = Liar::connect(change).unwrap();
        board.load(&description("lif", "f32", 40, "")).unwrap();
        assert_names(&broken(board.poll()), "Pace", name, value);
    }
    let again = tampering(|_, reply| if let Reply::Pace { .. } = reply { pace(7, 2, &[0, 0]) } else { reply });
    let mut board = Liar::connect(again).unwrap();
    board.load(&description("lif", "f32", 40, "")).unwrap();
    assert_eq!(board.poll().unwrap().spikes.len(), 2);
    assert_names(&broken(board.poll()), "Pace", "first", 7);
    // A new load resets the least step that the host accepts.
    board.load(&description("lif", "f32", 40, "")).unwrap();
    assert_eq!(board.poll().unwrap().first, 7);
}

/// 60,000 silent steps take as many bytes; decoded for a large population they would take gigabytes.
#[test]
fn oversized_record_is_rejected() {
    static SILENT: [u8; 60_000] = [0; 60_000];
    let neurons = 1 << 19;
    let mut board = Liar::connect(move |_: &Request<'_>, reply| match reply {
        Reply::Identity(given) => Reply::Identity(Identity { neurons, frame: 1 << 16, ..given }),
        Reply::Loaded { model, step } => Reply::Loaded { model: Model { neurons, ..model }, step },
        Reply::Pace { pace, .. } => Reply::Pace { pace, first: 0, recorded: 60_000, record: &SILENT },
        reply => reply,
    })
    .unwrap();
    board.load(&description("lif", "f32", 40, "")).unwrap();
    board.describe().unwrap();
    assert_names(&broken(board.poll()), "record", "steps", 60_000);
}

/// Returns what the program prints about a board with this name.
fn printed(name: &'static str) -> Vec<String> {
    let change = identity_named(name);
    let mut all = Vec::new();
    let population = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/spiking.toml");
    let noise = Noise { noise: vec![14.0, 6.0], seed: 0 };
    let show = Show { population: population.into(), steps: 3, noise };
    let mut out = Vec::new();
    show::run(&show, &mut Liar::connect(change).unwrap(), &mut out).unwrap();
    all.push(String::from_utf8(out).unwrap());
    let mut out = Vec::new();
    watch::run(&watch_of(2), move || Ok(Liar::new(change)), &mut out).unwrap();
    all.push(String::from_utf8(out).unwrap());
    let mut board = Liar::connect(change).unwrap();
    all.push(format!("{board:?}"));
    let folder = tempfile::tempdir().unwrap();
    let options = Options { quick: true, save: folder.path().to_owned(), ..Options::default() };
    let mut events = String::new();
    let report = verify::run(&mut board, &options, &mut |event| events += &format!("{event:?}\n"));
    all.push(events);
    all.push(report.to_string());
    all.push(serde_json::to_string_pretty(&report).unwrap());
    all
}

fn identity_named(name: &'static str) -> impl for<'a> FnMut(&Request<'_>, Reply<'a>) -> Reply<'a> + Copy + Send {
    move |_, reply| match reply {
        Reply::Identity(given) => Reply::Identity(Identity { firmware: name, core: name, board: name, ..given }),
        reply => reply,
    }
}

#[test]
fn board_text_is_escaped_for_terminals() {
    for name in ["\u{1b}]0;owned\u{7}\u{1b}[31m", "a\nb\rc\u{8}", "\u{202e}desrever\u{200b}", "\u{9b}31m"] {
        for text in printed(name) {
            let acts = |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{200b}".contains(c);
            assert!(!text.contains(acts), "{text:?}");
            assert!(!text.contains("a\nb"), "{text:?}");
        }
    }
    // As long as a packet can carry it three times.
    let long = "x".repeat(15_000).leak();
    for text in printed(long) {
        assert!(text.lines().all(|line| line.len() < 5000), "{} characters", text.len());
        assert!(!text.contains(&"x".repeat(161)), "a name is printed in full");
    }
}

/// A reply of an unexpected kind is named, and not printed.
#[test]
fn errors_name_replies_without_printing_them() {
    let name = "\u{1b}[2J".repeat(5000).leak();
    let lie = Identity {
        version: 1,
        firmware: name,
        core: "",
        board: "",
        scalars: 1,
        neurons: 64,
        components: 2,
        frame: 512,
        memory: 0,
        frequency: 1,
        loaded: 0,
        networks: 0,
        populations: 0,
        words: 0,
    };
    let mut always = Liar::connect(
        move |_: &Request<'_>, reply| {
            if let Reply::Refused(_) = reply { Reply::Identity(lie) } else { reply }
        },
    )
    .unwrap();
    let options = Options { quick: true, save: tempfile::tempdir().unwrap().keep(), ..Options::default() };
    let report = verify::run(&mut always, &options, &mut |_| {});
    assert!(report.failures() > 5);
    for told in report.checks.iter().filter_map(|check| check.difference.as_ref()) {
        assert!(told.len() < 2000 && !told.contains('\u{1b}'), "{told}");
    }
    std::fs::remove_dir_all(&options.save).unwrap();
}

fn number() -> impl Strategy<Value = u64> + Clone {
    let special =
        vec![0, 1, 2, 63, 64, 65, 255, 256, 512, 65_536, 1 << 31, u32::MAX.into(), 1 << 32, 1 << 63, u64::MAX];
    prop_oneof![3 => prop::sample::select(special), 1 => any::<u64>(), 1 => 0..100_u64]
}

/// Replaces one of the numbers of a reply, selected by its place.
fn forged(reply: Reply<'_>, place: usize, value: u64) -> Reply<'_> {
    let small = value as u32;
    match (reply, place % 8) {
        (Reply::Identity(identity), place) => Reply::Identity(match place {
            0 => Identity { neurons: small, ..identity },
            1 => Identity { components: small as u8, ..identity },
            2 => Identity { frame: small, ..identity },
            3 => Identity { memory: small, ..identity },
            4 => Identity { frequency: small, ..identity },
            5 => Identity { loaded: small, ..identity },
            6 => Identity { scalars: small as u8, ..identity },
            _ => Identity { version: small as u8, ..identity },
        }),
        (Reply::Loaded { model, .. }, 0) => Reply::Loaded { model, step: value },
        (Reply::Loaded { model, step }, 1) => Reply::Loaded { model: Model { neurons: small, ..model }, step },
        (Reply::Loaded { model, step }, 2) => {
            let mut model = model;
            model.spec.params.set(Parameter::StepTime, &[f64::from_bits(value)]).unwrap();
            Reply::Loaded { model, step }
        }
        (Reply::Ran { done, record, .. }, 0) => Reply::Ran { step: value, done, record },
        (Reply::Ran { step, record, .. }, 1) => Reply::Ran { step, done: small, record },
        (Reply::Values { values }, 0) => Reply::Values { values: &values[..values.len().min(small as usize)] },
        (Reply::Part { bytes, .. }, 0) => Reply::Part { total: small, bytes },
        (Reply::Part { total, bytes }, 1) => Reply::Part { total, bytes: &bytes[..bytes.len().min(small as usize)] },
        (Reply::Cost(cost), place) => Reply::Cost(match place {
            0 => Cost { steps: small, ..cost },
            1 => Cost { total: value, ..cost },
            2 => Cost { best: small, ..cost },
            3 => Cost { worst: small, ..cost },
            _ => Cost { frequency: small, ..cost },
        }),
        (Reply::Pace { pace, first, recorded, record }, place) => match place {
            0 => Reply::Pace { pace, first: value, recorded, record },
            1 => Reply::Pace { pace, first, recorded: small, record },
            2 => Reply::Pace { pace: Pace { missed: small, ..pace }, first, recorded, record },
            3 => Reply::Pace { pace: Pace { latest: small, overruns: small, ..pace }, first, recorded, record },
            4 => Reply::Pace { pace: Pace { running: value % 2 == 1, ..pace }, first, recorded, record },
            _ => {
                let cost = Cost { steps: small, total: value, best: small, worst: small, frequency: small };
                Reply::Pace { pace: Pace { cost, ..pace }, first, recorded, record }
            }
        },
        (reply, _) => reply,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(5), ..ProptestConfig::default() })]

    /// Whatever number is wrong from some reply on, everything that talks to a board ends by itself and
    /// without a panic.
    #[test]
    fn any_wrong_number_ends_without_panic(place in 0..8_usize, value in number(), after in 0..30_usize, what in 0..5) {
        let began = Instant::now();
        let mut count = 0;
        let change = tampering(move |_, reply| {
            count += 1;
            if count > after { forged(reply, place, value) } else { reply }
        });
        let alif = description("alif", "f32", 30, "");
        let mut out = Vec::new();
        match what {
            // The host looks for a lost board until the time is over.
            0 | 1 => {
                let watch = Watch { free: what == 0, seconds: Some(1), ..watch_of(3) };
                _ = watch::run(&watch, move || Ok(Liar::new(change)), &mut out);
            }
            2 => _ = Liar::connect(change).and_then(|mut board| cost::measure(&mut board, |frequency| 1.0 / frequency, &mut |_| ())),
            3 => {
                let population = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/spiking.toml");
                let show = Show { population: population.into(), steps: 5, noise: Noise { noise: vec![14.0, 6.0], seed: 0 } };
                _ = Liar::connect(change).map(|mut board| show::run(&show, &mut board, &mut out));
            }
            _ => _ = Liar::connect(change).and_then(|mut board| {
                board.load(&alif)?;
                let snapshot = board.snapshot()?;
                board.run_digested(10)?;
                board.read(Field::Adaptation)?;
                board.restore(&snapshot)?;
                board.start()?;
                board.poll()?;
                board.stop().map(drop)
            }),
        }
        prop_assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }
}
