//! Tests of the list of checks: a good board passes, a faulty one is found, and its report is right.

use std::io::{Read, Result as IoResult, Write};
use std::path::Path;
use std::time::Instant;

use crate::common::framed;
use glif::Description;
use glif::{ModelKind, NumberFormat, Parameter};
use glif_board::board::Snapshot;
use glif_board::loopback::HostClock;
use glif_board::verify::{self, Check, Options, Pins, Report};
use glif_board::{Board, bits, loopback, serial, translate};
use glif_link::frame::{Event, Receiver};
use glif_link::{Field, Request, VERSION, packet};
use glif_node::{Clock, Identity, Node, Outputs, words};

fn run<P: Read + Write>(board: &mut Board<P>, save: &Path, quick: bool) -> Report {
    let seed = 11; // with which the first difference of the faulty board below is in a step
    let options = Options { quick, seed, save: save.to_owned(), ..Options::default() };
    verify::run(board, &options, &mut |_| {})
}

fn failed(report: &Report) -> Vec<&Check> {
    report.checks.iter().filter(|check| !check.passed).collect()
}

#[test]
fn a_good_board_passes() {
    let folder = tempfile::tempdir().unwrap();
    let mut board = Board::connect(loopback::start()).unwrap();
    let report = run(&mut board, folder.path(), false);
    assert_eq!(failed(&report), Vec::<&Check>::new());
    assert!(report.passed);
    assert_eq!(report.checks.len(), 1 + 9 * 5 * 3 + 5 * 8 + 2 + 9 + 13 + 5);
    for scalar in ["f32", "i16f16", "i8f8"] {
        let of_it = report.checks.iter().filter(|check| check.name.contains(scalar));
        assert!(of_it.map(|check| check.tally.steps).sum::<u64>() >= 4 * 3000, "{scalar}");
    }
    // A population that fires never, or always, proves little.
    assert!((10_000..report.total.neuron_steps / 2).contains(&report.total.spikes), "{:?}", report.total);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing to save");
    // Once more, now that the board has a population loaded.
    let mut board = Board::connect(board.client().port_mut()).unwrap();
    let report = run(&mut board, folder.path(), true);
    assert_eq!(failed(&report), Vec::<&Check>::new());
    assert!(report.notes[0].starts_with("requests before a load are not checked"), "{:?}", report.notes);
}

/// Equal seeds give equal checks, other seeds give others.
#[test]
fn equal_seeds_give_equal_checks() {
    let folder = tempfile::tempdir().unwrap();
    let total = |seed| {
        let mut board = Board::connect(loopback::start()).unwrap();
        let options = Options { seed, quick: true, save: folder.path().to_owned(), ..Options::default() };
        verify::run(&mut board, &options, &mut |_| {}).total
    };
    let first = total(1);
    assert_eq!(first, total(1));
    assert_ne!(first, total(2));
}

/// A line that changes requests before they reach the board, or holds them back: this looks like a board with
/// a fault.
struct Meddler<F> {
    port: loopback::Pipe,
    receiver: Box<Receiver<65536>>,
    /// Bytes since the last end of a frame.
    held: Vec<u8>,
    /// Changes a request; returns whether it gets through.
    change: F,
}

impl<F: FnMut(&mut Request<'_>) -> bool> Meddler<F> {
    fn connect(change: F) -> Board<Self> {
        let port = loopback::start();
        Board::connect(Self { port, receiver: Box::default(), held: Vec::new(), change }).unwrap()
    }

    /// Returns what is sent in place of a whole frame.
    fn changed(&mut self) -> Option<Vec<u8>> {
        let packet = packet::open(self.receiver.packet()).ok().filter(|packet| packet.version == VERSION)?;
        let mut request = packet.message::<Request<'_>>()?;
        if !(self.change)(&mut request) {
            return Some(Vec::new());
        }
        let mut buffer = vec![0; 65536];
        packet::encode(packet.sequence, &request, &mut buffer).map(framed)
    }
}

impl<F> Read for Meddler<F> {
    fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
        self.port.read(buffer)
    }
}

impl<F: FnMut(&mut Request<'_>) -> bool> Write for Meddler<F> {
    fn write(&mut self, bytes: &[u8]) -> IoResult<usize> {
        for byte in bytes {
            self.held.push(*byte);
            let event = self.receiver.feed(*byte);
            if *byte == 0 {
                let changed = if event == Some(Event::Packet) { self.changed() } else { None };
                let held = std::mem::take(&mut self.held);
                self.port.write_all(&changed.unwrap_or(held))?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> IoResult<()> {
        Ok(())
    }
}

/// Adaptive populations in f32 get a slightly larger increment: it shows after a spike, not before.
fn more_adaptive(request: &mut Request<'_>) -> bool {
    if let Request::Load(model) = request
        && (model.spec.model(), model.spec.scalar) == (ModelKind::Alif, NumberFormat::F32)
    {
        let params = &mut model.spec.params;
        let more: Vec<f64> = params.get(Parameter::SpikeIncrement).iter().map(|increment| increment + 1e-3).collect();
        params.set(Parameter::SpikeIncrement, &more).unwrap();
    }
    true
}

/// A part that was saved.
struct Saved {
    description: Description,
    snapshot: Snapshot,
    currents: Vec<f64>,
    told: String,
}

fn saved(folder: &Path) -> Saved {
    let description = std::fs::read_to_string(folder.join("population.toml")).unwrap();
    let description = Description::from_toml(&description).unwrap();
    let bytes = std::fs::read(folder.join("board.snapshot")).unwrap();
    let snapshot = Snapshot { model: translate::model(&description).unwrap(), own: [].into(), bytes };
    let currents = std::fs::read(folder.join("currents.f64")).unwrap();
    let currents = currents.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
    let told = std::fs::read_to_string(folder.join("difference.txt")).unwrap();
    Saved { description, snapshot, currents, told }
}

/// Returns all arrays of a board as bits, field by field.
fn fields<P: Read + Write>(board: &mut Board<P>, neurons: usize) -> Vec<(String, Vec<Vec<u8>>)> {
    let bits =
        |values: &[f64]| values.iter().map(|value| bits::encode(NumberFormat::F32, &[*value])).collect::<Vec<_>>();
    let voltage = bits(&board.read(Field::Voltage).unwrap());
    let refractory = board.refractory().unwrap().iter().map(|word| word.to_bits().to_le_bytes().to_vec()).collect();
    let adaptation = bits(&board.read(Field::Adaptation).unwrap());
    let mut all = vec![("voltage".to_owned(), voltage), ("refractory".to_owned(), refractory)];
    let components = adaptation.len() / neurons;
    let each = |k| adaptation.iter().skip(k).step_by(components).cloned().collect();
    all.extend((0..components).map(|k| (format!("adaptation[{k}]"), each(k))));
    all
}

/// Steps a good board and a faulty one side by side; returns how the report of the first difference begins.
fn first_difference<P: Read + Write>(faulty: &mut Board<P>, saved: &Saved) -> String {
    let mut good = Board::connect(loopback::start()).unwrap();
    let neurons = saved.description.shape[0];
    faulty.restore(&saved.snapshot).unwrap();
    good.restore(&saved.snapshot).unwrap();
    for (i, row) in saved.currents.chunks(neurons).enumerate() {
        faulty.step(row).unwrap();
        good.step(row).unwrap();
        let pairs = fields(faulty, neurons).into_iter().zip(fields(&mut good, neurons));
        for ((field, given), (_, expected)) in pairs {
            if let Some(neuron) = (0..neurons).find(|neuron| given[*neuron] != expected[*neuron]) {
                let (_, step) = good.describe().unwrap();
                return format!("step {step} (step {} of this part), neuron {neuron}, {field}: board ", i + 1);
            }
        }
    }
    panic!("no difference")
}

#[test]
fn a_faulty_board_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut faulty = Meddler::connect(more_adaptive);
    let report = run(&mut faulty, folder.path(), true);
    assert!(!report.passed);
    let failures = failed(&report);
    assert!(!failures.is_empty());
    for check in &failures {
        assert!(check.name.starts_with("alif f32"), "{}: {:?}", check.name, check.difference);
        let part = folder.path().join(format!("in-this-process-{}", check.name.replace([' ', '/'], "-")));
        let saved = saved(&part);
        let told = first_difference(&mut faulty, &saved);
        let difference = check.difference.as_ref().unwrap();
        assert!(difference.starts_with(&told), "{difference}; expected {told}");
        assert!(told.contains("adaptation["), "{told}");
        assert!(difference.contains(saved.told.trim()), "{difference}; {}", saved.told);
        // Replays the part again, on this board and on a good one.
        let again = verify::replay(&mut faulty, &part).unwrap().unwrap();
        assert!(again.to_string().starts_with(&told), "{again}");
        let mut good = Board::connect(loopback::start()).unwrap();
        assert_eq!(verify::replay(&mut good, &part).unwrap(), None);
        // The currents of one and a half neurons.
        std::fs::write(part.join("currents.f64"), [0; 12]).unwrap();
        let told = verify::replay(&mut good, &part).unwrap_err().to_string();
        assert!(told.contains("currents.f64: 12 bytes; rows of "), "{told}");
    }
}

/// A fault that occurs once is reported as such.
#[test]
fn one_time_fault_is_reported_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let mut loads = 0;
    let mut faulty = Meddler::connect(move |request| {
        if let Request::Load(model) = request
            && model.spec.scalar == NumberFormat::I8F8
            && let Some(parameter) = model.spec.model().time_constant()
            && !model.own.contains(parameter)
        {
            loads += 1;
            let params = &mut model.spec.params;
            let longer = params.number(parameter) * if loads == 1 { 2.0 } else { 1.0 };
            params.set(parameter, &[longer]).unwrap();
        }
        true
    });
    let report = run(&mut faulty, folder.path(), true);
    let failures = failed(&report);
    assert_eq!(failures.len(), 1, "{failures:?}");
    let difference = failures[0].difference.as_ref().unwrap();
    assert!(difference.starts_with("noticed "), "{difference}");
    assert!(difference.contains("a replay from the start of its part did not reproduce it"), "{difference}");
}

/// A board that accepts what it should refuse.
#[test]
fn board_that_accepts_invalid_requests_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut scalar = NumberFormat::F32;
    let mut lax = Meddler::connect(move |request| {
        if let Request::Load(model) = request {
            scalar = model.spec.scalar;
        }
        if let (Request::Step { currents }, NumberFormat::F32) = (request, scalar) {
            let whole = currents.as_chunks().0.iter().all(|bits| f32::from_le_bytes(*bits).is_finite());
            *currents = if whole { currents } else { &[] };
        }
        true
    });
    let report = run(&mut lax, folder.path(), true);
    let names: Vec<_> = failed(&report).into_iter().map(|check| check.name.as_str()).collect();
    assert_eq!(names, ["currents that are not finite"]);
}

/// A board that does two steps when one was requested.
#[test]
fn a_board_that_steps_twice_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut twice = Meddler::connect(|request| {
        if matches!(request, Request::Step { currents: [] }) {
            *request = Request::Run { steps: 2, digest: false, inputs: &[] };
        }
        true
    });
    let report = run(&mut twice, folder.path(), true);
    let names: Vec<_> = failed(&report).into_iter().map(|check| check.name.as_str()).collect();
    let expected = [
        "a duplicate request",
        "a truncated request, sent again",
        "a number used for another request",
        "copies out of order",
    ];
    assert!(expected.iter().all(|name| names.contains(name)), "{names:?}");
}

/// The host waits once for a board that falls silent, and not in every check.
#[test]
fn silent_board_is_waited_for_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut left = 500;
    let mut ending = Meddler::connect(move |_| {
        left -= i32::from(left > 0);
        left > 0
    });
    let report = run(&mut ending, folder.path(), true);
    let told: Vec<_> = failed(&report).into_iter().filter_map(|check| check.difference.as_deref()).collect();
    assert!(told[0].starts_with("the board: no reply to "), "{}", told[0]);
    assert!(told.len() > 10);
    assert!(told[1..].iter().all(|told| *told == "not run: the board no longer answers"), "{told:?}");
}

/// The node behind a pseudo-terminal: the code path of QEMU and of hardware.
#[cfg(unix)]
#[test]
fn a_board_on_a_terminal() {
    use serialport::{SerialPort, TTYPort};
    use std::time::Duration;

    let (mut master, slave) = TTYPort::pair().unwrap();
    let path = slave.name().unwrap();
    drop(slave);
    let port = serial::open(&path, serial::BAUD).unwrap();
    let busy = serial::open(&path, serial::BAUD).unwrap_err().to_string();
    assert!(busy.starts_with(&format!("port `{path}`: another program uses it")), "{busy}");
    master.set_timeout(Duration::from_millis(1)).unwrap();
    std::thread::spawn(move || {
        let (mut node, mut bytes) = (loopback::start(), [0; 4096]);
        loop {
            if let Ok(count) = master.read(&mut bytes) {
                node.write_all(&bytes[..count]).unwrap();
            }
            if let Ok(count) = node.read(&mut bytes) {
                master.write_all(&bytes[..count]).unwrap();
            }
        }
    });
    let mut board = Board::connect(port).unwrap();
    assert_eq!(board.identity().board, "in this process");
    let description = crate::common::description("alif", "i16f16", 40, "");
    board.load(&description).unwrap();
    board.hold(&[30.0; 40]).unwrap();
    let mut twin = crate::common::Twin::new(&description);
    twin.hold(&[30.0; 40]);
    for spikes in board.run(50).unwrap() {
        assert!(spikes.iter().eq(twin.step()));
    }
    twin.assert_equal(&mut board);
}

/// Wiring of a board's pins.
#[derive(Clone, Copy, PartialEq)]
enum Wiring {
    Right,
    Swapped,
    /// Every fifth pulse is missing.
    Loose,
    /// All of its time passes at twice the speed.
    Fast,
}

/// Writes a log of the edges of pins 2, 3 and 4, on which a board in this process shows its first neurons.
struct Analyser {
    log: std::fs::File,
    began: Instant,
    wiring: Wiring,
    pulses: u32,
}

impl Outputs for Analyser {
    fn pulse(&mut self, spikes: &[u32]) {
        let fired: Vec<u32> = (0..3).filter(|neuron| spikes[0] >> neuron & 1 == 1).collect();
        self.pulses += u32::from(!fired.is_empty());
        if fired.is_empty() || self.wiring == Wiring::Loose && self.pulses.is_multiple_of(5) {
            return;
        }
        let speed = if self.wiring == Wiring::Fast { 2 } else { 1 };
        let now = speed * self.began.elapsed().as_nanos();
        let pin = |neuron: u32| if self.wiring == Wiring::Swapped { 4 - neuron } else { 2 + neuron };
        for (level, nanos) in [(1, now), (0, now + 10_000)] {
            let lines: String = fired.iter().map(|neuron| format!("{nanos} {} {level}\n", pin(*neuron))).collect();
            self.log.write_all(lines.as_bytes()).unwrap();
        }
    }

    fn clear(&mut self) {}
}

/// Returns the results of the two checks of pins for such a board; `None` if they pass.
fn pins(wiring: Wiring) -> [Option<String>; 2] {
    let log = tempfile::NamedTempFile::new().unwrap();
    let pins = Pins { edges: log.path().to_owned(), numbers: vec![2, 3, 4] };
    let analyser = Analyser { log: log.reopen().unwrap(), began: Instant::now(), wiring, pulses: 0 };
    let (pipe, port) = loopback::pair();
    std::thread::spawn(|| {
        let clock = HostClock(analyser.began);
        Node::<{ words(4, 2) }, 2, 1024>::new().serve(Identity { core: "host", board: "wired" }, port, clock, analyser)
    });
    let folder = tempfile::tempdir().unwrap();
    let save = folder.path().to_owned();
    let options = Options { quick: true, save, own_time: false, pins: Some(pins), ..Options::default() };
    let report = verify::run(&mut Board::connect(pipe).unwrap(), &options, &mut |_| {});
    let of = |name: &str| report.checks.iter().find(|check| check.name == name).unwrap().difference.clone();
    [of("spikes as pulses on pins"), of("pulses in real time")]
}

#[test]
fn pulses_are_compared_with_spikes() {
    assert_eq!(pins(Wiring::Right), [None, None]);
    let [swapped, _] = pins(Wiring::Swapped);
    let swapped = swapped.unwrap();
    assert!(swapped.contains("has spikes for the pins {4}, and the pulse at "), "{swapped}");
    assert!(swapped.ends_with("is on the pins {2}"), "{swapped}");
    let [loose, _] = pins(Wiring::Loose);
    assert!(loose.is_some());
    let [fast, off] = pins(Wiring::Fast);
    assert_eq!(fast, None);
    let off = off.unwrap();
    assert!(
        off.starts_with("a pulse is ") && off.contains(" µs off its step's time; by the board's own account "),
        "{off}"
    );
}

/// A board with its own time is not compared with the host's clock: one that runs at a tenth of real time
/// passes.
#[test]
fn own_time_skips_only_the_comparison_with_the_host_clock() {
    /// A clock ten times slower than the host's.
    struct Slow(Instant);
    impl Clock for Slow {
        fn ticks(&mut self) -> u32 {
            (self.0.elapsed().as_nanos() / 10) as u32
        }
        fn frequency(&self) -> u32 {
            1_000_000_000
        }
    }
    let failed = |own_time| {
        let (pipe, port) = loopback::pair();
        std::thread::spawn(|| {
            let identity = Identity { core: "host", board: "slow" };
            Node::<{ words(4, 2) }, 2, 1024>::new().serve(identity, port, Slow(Instant::now()), ())
        });
        let options = Options { quick: true, own_time, ..Options::default() };
        let report = verify::run(&mut Board::connect(pipe).unwrap(), &options, &mut |_| {});
        let noted = report.notes.iter().any(|note| note.contains("not compared with the host's clock"));
        assert_eq!(noted, own_time, "{:?}", report.notes);
        report.checks.iter().filter(|check| !check.passed).map(|check| check.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(failed(true), Vec::<String>::new());
    assert_eq!(failed(false), ["real time", "a step that takes too long", "failsafe"]);
}
