//! The examples of a closed loop, of f-I curves and of a balanced network, and a shown population: the board equals the
//! host, and the documented claims are true.

#[path = "../../../examples/brunel/main.rs"]
#[allow(dead_code, reason = "its `main` is the example's")]
mod brunel;
#[path = "../../../examples/closed-loop/main.rs"]
#[allow(dead_code, reason = "its `main` is the example's")]
mod closed_loop;
#[path = "../../../examples/f-i/main.rs"]
#[allow(dead_code, reason = "its `main` is the example's")]
mod curve;

use std::path::{Path, PathBuf};

use closed_loop::{ClosedLoop, Loop, Track, on_board, on_host, read_recording};
use curve::Curve;
use glif::Description;
use glif::network::{DriveKind, NetworkDescription, NeuronValues, PopulationKind, Topology, Weights};
use glif::rate::ClosedForm;
use glif::stimulus::{Source, Stimulus};
use glif_board::noise::Noise;
use glif_board::show::{self, Show};
use glif_board::{Board, loopback, translate};
use glif_link::frame::{Receiver, whole};
use glif_link::{Request, packet};

fn example(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples")).join(name)
}

fn neurons() -> Description {
    translate::read(&example("closed-loop/closed-loop.toml")).unwrap()
}

fn wind() -> Vec<f64> {
    read_recording(&example("closed-loop/closed-loop.csv")).unwrap()
}

fn bits(track: &Track) -> Vec<u64> {
    track.angles.iter().map(|angle| angle.to_bits()).collect()
}

#[test]
fn board_and_host_move_the_pole_identically() {
    let (wind, neurons) = (wind(), neurons());
    let mut board = Board::connect(loopback::start()).unwrap();
    for kind in Loop::ALL {
        let (board, host) = (on_board(&wind, &neurons, kind, &mut board).unwrap(), on_host(&wind, &neurons, kind));
        let host = host.unwrap();
        assert_eq!(board.spikes, host.spikes, "{kind:?}");
        assert!(board.spikes.len() > wind.len(), "{kind:?}: only {} spikes", board.spikes.len());
        assert_eq!(bits(&board), bits(&host), "{kind:?}");
    }
}

/// The claims of `docs/closed-loop.md` about the three loops.
#[test]
fn only_the_whole_loop_holds_the_pole() {
    let (wind, neurons) = (wind(), neurons());
    let [closed, unadapted, open] = Loop::ALL.map(|kind| on_host(&wind, &neurons, kind).unwrap());
    assert!(closed.worst() < 3.0, "{}", closed.worst());
    assert!(5.0 * closed.error() < unadapted.error(), "{} and {}", closed.error(), unadapted.error());
    assert!(50.0 * closed.error() < open.error(), "{} and {}", closed.error(), open.error());
    assert_eq!(closed.fall(), None);
    assert!(open.fall().is_some_and(|step| step < wind.len() / 2), "{:?}", open.fall());
}

/// The result does not depend on one lucky wind.
#[test]
fn pole_is_held_under_other_winds() {
    let neurons = neurons();
    for seed in 100..120 {
        let closed = on_host(&made(seed), &neurons, Loop::Closed).unwrap();
        let open = on_host(&made(seed), &neurons, Loop::Open).unwrap();
        assert!(closed.worst() < 5.0, "seed {seed}: {}", closed.worst());
        assert!(open.fall().is_some(), "seed {seed}");
    }
}

/// Number of steps of the recording, and the length of a step, ms.
const STEPS: u64 = 2000;
const STEP_TIME: f64 = 2.0;

/// Returns Gaussian white noise through a low-pass filter of 100 ms, with a standard deviation of 2 N·m,
/// rounded to 0.001.
fn made(seed: u64) -> Vec<f64> {
    let decay = libm::exp(-STEP_TIME / 100.0);
    let noise = Stimulus::Noise { mean: 0.0, deviation: 2.0 * (1.0 - decay * decay).sqrt() };
    let mut source = Source::new(noise, 1, STEP_TIME, STEPS, seed).unwrap();
    let (mut gust, mut fresh) = (0.0, [0.0]);
    let step = |_| {
        source.fill(&mut fresh);
        gust = gust * decay + fresh[0];
        (gust * 1000.0).round() / 1000.0
    };
    (0..STEPS).map(step).collect()
}

/// `GLIF_BLESS=1` writes the recording again.
#[test]
fn recording_matches_its_header() {
    let path = example("closed-loop/closed-loop.csv");
    let head = "# A wind for `cargo xtask closed-loop`: torques on the pole in N·m, one for each step of 2 ms; positive to the right.\n\
                # Not measured but made: Gaussian white noise (glif's own, seed 3) through a low pass of 100 ms, with a standard\n\
                # deviation of 2 N·m, rounded to 0.001. Any file with a number a line is a recording.\n";
    let lines: String = made(3).iter().map(|gust| format!("{gust:.3}\n")).collect();
    if std::env::var_os("GLIF_BLESS").is_some() {
        std::fs::write(&path, head.to_owned() + &lines).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), head.to_owned() + &lines);
    assert_eq!(wind(), made(3));
}

#[test]
fn invalid_recording_is_reported() {
    let directory = tempfile::tempdir().unwrap();
    let told = |text: &str| {
        let path = directory.path().join("wind.csv");
        std::fs::write(&path, text).unwrap();
        let parent = format!("{}/", directory.path().display());
        read_recording(&path).unwrap_err().to_string().replace(&parent, "")
    };
    assert_eq!(told("# wind\n0.5\n\n1,2\n"), "`wind.csv`, line 4: `1,2` must be one finite number, in N·m");
    assert_eq!(told("0.5\nNaN\n"), "`wind.csv`, line 2: `NaN` must be one finite number, in N·m");
    assert_eq!(told("# nothing\n"), "`wind.csv` has no numbers; it must have one a line, in N·m");
    assert!(read_recording(Path::new("no.csv")).unwrap_err().to_string().starts_with("`no.csv`"));
}

/// The measured rates equal the host's, and in f32 also the closed form's.
#[test]
fn board_curve_matches_the_host_and_the_closed_form() {
    let mut board = Board::connect(loopback::start()).unwrap();
    let lif = translate::read(&example("f-i/f-i.toml")).unwrap();
    let rates = curve::measure(&lif, (0.0, 40.0), 6000, &mut board).unwrap();
    assert_eq!((rates.parted, &rates.board), (None, &rates.host));
    let exact = rates.exact.unwrap();
    let exact: Vec<f64> = rates.currents.iter().map(|current| exact.rate(*current)).collect();
    assert!(curve::distance(&rates.board, &exact) < 1e-9, "{:?} for {exact:?}", rates.board);
    assert!(rates.board.is_sorted() && rates.board[0] == 0.0 && *rates.board.last().unwrap() > 80.0);

    let alif = translate::read(&example("spiking.toml")).unwrap();
    let adapted = curve::measure(&alif, (0.0, 40.0), 3000, &mut board).unwrap();
    assert_eq!((adapted.parted, &adapted.board, adapted.exact), (None, &adapted.host, None));
    assert!(0.0 < *adapted.board.last().unwrap() && adapted.board.last() < rates.board.last());
}

/// By hand: the neuron starts 5 mV below rest and has 10 mV to go, with a drive of 20 mV: 20 ms · ln(25/10) =
/// 18.3 ms, that is 37 steps of 0.5 ms. The refractory period of 3 ms is 6 steps, and the neuron charges
/// again in the last of them.
#[test]
fn closed_form_matches_a_hand_computation() {
    let lif = translate::read(&example("f-i/f-i.toml")).unwrap().build().unwrap();
    let exact = ClosedForm::of(&lif).unwrap();
    assert_eq!(exact.rate(20.0), 1000.0 / ((5.0 + 37.0) * 0.5));
    assert_eq!((exact.rate(10.0), exact.rate(-3.0)), (0.0, 0.0));
}

/// Checks that a file of `docs/` is what a command gives today; `GLIF_BLESS=1` writes it again.
fn documented(name: &str, found: &Path) {
    let path = example("../docs").join(name);
    if std::env::var_os("GLIF_BLESS").is_some() {
        std::fs::copy(found, &path).unwrap();
    }
    let same = std::fs::read(&path).unwrap() == std::fs::read(found).unwrap();
    assert!(same, "docs/{name} is out of date; run this test with GLIF_BLESS=1");
}

#[test]
fn closed_loop_output_matches_its_page() {
    let directory = tempfile::tempdir().unwrap();
    let mut board = Board::connect(loopback::start()).unwrap();
    let [input, population] = ["closed-loop/closed-loop.csv", "closed-loop/closed-loop.toml"].map(example);
    let [svg, png] = ["loop.svg", "loop.png"].map(|name| directory.path().join(name));
    let document = std::fs::read_to_string(example("../docs/closed-loop.md")).unwrap();
    for output in [&svg, &png] {
        let (input, population, output) = (input.clone(), population.clone(), Some(output.clone()));
        let mut out = Vec::new();
        closed_loop::run(&ClosedLoop { input, population, output }, &mut board, &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(out.contains("in this process") && out.contains("every angle the same bits"), "{out}");
        let rows: Vec<&str> = out.lines().filter(|line| line.contains('°')).collect();
        assert_eq!(rows.len(), 3, "{out}");
        rows.iter().for_each(|row| assert!(document.contains(row), "docs/closed-loop.md has no line `{row}`"));
    }
    let spikes = on_host(&wind(), &neurons(), Loop::Closed).unwrap().spikes.len();
    assert_eq!(std::fs::read_to_string(&svg).unwrap().matches("<circle").count(), spikes);
    documented("closed-loop.svg", &svg);
    assert!(std::fs::read(&png).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn curve_output_matches_its_page() {
    let directory = tempfile::tempdir().unwrap();
    let svg = directory.path().join("f-i.svg");
    let mut board = Board::connect(loopback::start()).unwrap();
    let population = ["f-i/f-i.toml", "spiking.toml"].map(example).to_vec();
    let arguments = Curve { population, from: 0.0, to: 40.0, steps: 6000, output: Some(svg.clone()) };
    let mut out = Vec::new();
    curve::run(&arguments, &mut board, &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert_eq!(out.matches("rates differ by 0 Hz").count(), 2, "{out}");
    // A dot and a ring for each neuron, and a dot for each population in the legend.
    assert_eq!(std::fs::read_to_string(&svg).unwrap().matches("<circle").count(), 2 * (64 + 40) + 2);
    documented("f-i.svg", &svg);
}

#[test]
fn an_odd_number_of_neurons_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let mut board = Board::connect(loopback::start()).unwrap();
    let (input, population) = (example("closed-loop/closed-loop.csv"), directory.path().join("odd.toml"));
    let text = std::fs::read_to_string(example("closed-loop/closed-loop.toml")).unwrap();
    std::fs::write(&population, text.replace("[2, 16]", "[3]")).unwrap();
    let arguments = ClosedLoop { input, population, output: None };
    let error = closed_loop::run(&arguments, &mut board, &mut Vec::new()).unwrap_err().to_string();
    assert_eq!(error, "3 neurons: two muscles need an even number of them, 2 at least");
}

/// A pipe that forwards everything unchanged, except that it loads a threshold 1 mV higher: the tests must
/// find the difference.
struct Meddler(loopback::Pipe);

impl std::io::Read for Meddler {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl std::io::Write for Meddler {
    fn write(&mut self, frame: &[u8]) -> std::io::Result<usize> {
        let changed = meddle(frame).unwrap_or_else(|| frame.to_vec());
        self.0.write_all(&changed)?;
        Ok(frame.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// Returns the frame of a load with a threshold 1 mV higher; `None` for any other frame.
fn meddle(frame: &[u8]) -> Option<Vec<u8>> {
    let mut receiver = Receiver::<4096>::default();
    frame.iter().find_map(|byte| receiver.feed(*byte))?;
    let opened = packet::open(receiver.packet()).ok()?;
    let Some(Request::Load(mut model)) = opened.message::<Request<'_>>() else { return None };
    let (parameter, params) = (model.spec.model().threshold()?, &mut model.spec.params);
    let raised = params.number(parameter) + 1.0;
    params.set(parameter, &[raised]).unwrap();
    let mut buffer = [0; 4096];
    let altered = packet::encode(opened.sequence, &Request::Load(model), &mut buffer)?;
    let mut frame = Vec::new();
    whole(altered, |piece| {
        frame.extend_from_slice(piece);
        Ok::<_, std::convert::Infallible>(())
    })
    .ok()?;
    Some(frame)
}

#[test]
fn differing_board_is_reported() {
    let mut board = Board::connect(Meddler(loopback::start())).unwrap();
    let [input, population, lif, alif] =
        ["closed-loop/closed-loop.csv", "closed-loop/closed-loop.toml", "f-i/f-i.toml", "spiking.toml"].map(example);
    let told = |result: anyhow::Result<()>| result.unwrap_err().to_string();
    let arguments = ClosedLoop { input, population, output: None };
    let error = told(closed_loop::run(&arguments, &mut board, &mut Vec::new()));
    assert!(error.starts_with("loop closed: the board's next spike is of neuron "), "{error}");
    let arguments = Curve { population: vec![lif], from: 0.0, to: 40.0, steps: 500, output: None };
    let error = told(curve::run(&arguments, &mut board, &mut Vec::new()));
    assert!(error.contains("board and host fire differently"), "{error}");
    let arguments = Show { population: alif, steps: 200, noise: Noise { noise: vec![14.0, 6.0], seed: 1 } };
    let error = told(show::run(&arguments, &mut board, &mut Vec::new()));
    assert!(error.contains("fired on the board"), "{error}");
}

#[test]
fn a_shown_population_is_compared() {
    let mut board = Board::connect(loopback::start()).unwrap();
    let arguments =
        Show { population: example("spiking.toml"), steps: 200, noise: Noise { noise: vec![14.0, 6.0], seed: 1 } };
    let mut out = Vec::new();
    show::run(&arguments, &mut board, &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(out.contains("40 voltages, 40 refractory counts and 80 threshold components"), "{out}");
    assert!(out.contains("mean rate") && out.contains("a step costs"), "{out}");
}

/// The network of a regime with a tenth of the neurons, half the connections of each, and twice their weight, so that its
/// mean input is the same.
fn smaller(file: &str) -> NetworkDescription {
    let mut description = NetworkDescription::read(&example("brunel").join(file)).unwrap();
    let times = |values: &mut NeuronValues, factor: f64| match values {
        NeuronValues::Shared(value) => *value *= factor,
        NeuronValues::Own(_) => panic!("{file}"),
    };
    for (_, kind) in &mut description.populations {
        let PopulationKind::Neurons { description, drives, .. } = kind else { panic!("{file}") };
        description.shape[0] /= 10;
        for drive in drives {
            let DriveKind::Poisson { rate, weight } = &mut drive.kind else { panic!("{file}") };
            times(rate, 0.5);
            times(weight, 2.0);
        }
    }
    for projection in &mut description.projections {
        let Weights::Rule { value, topology: Topology::InDegree { degree, .. } } = &mut projection.weights else {
            panic!("{file}")
        };
        (*value, *degree) = (*value * 2.0, *degree / 2);
    }
    description
}

/// The claims of `examples/brunel/README.md` about the four regimes, but for how asynchronous C is.
#[test]
fn the_four_regimes_of_a_balanced_network_differ() {
    let [a, b, c, d] = brunel::REGIMES.map(|(file, ..)| {
        let activity = brunel::Activity::of(&smaller(file), 100.0, 400.0).unwrap();
        (activity.rate(), activity.irregularity(), activity.synchrony(), activity.frequency())
    });
    let all = format!("{a:?} {b:?} {c:?} {d:?}");
    // Regular: each neuron fires once in each cycle of the network.
    assert!(a.1 < 0.05 && a.0 > 300.0 && (a.0 - f64::from(a.3)).abs() < 5.0, "{all}");
    // Irregular, and the network oscillates faster than any neuron fires.
    for (irregular, rate) in [(b, 60.7), (c, 37.7), (d, 5.5)] {
        // So few neurons fire at other rates than those of the whole network, but not at twice or half of them.
        assert!(irregular.1 > 0.4 && (0.5..2.0).contains(&(irregular.0 / rate)), "{all}");
    }
    assert!((150..=210).contains(&b.3) && b.0 < f64::from(b.3) / 2.0, "{all}");
    assert!((10..=45).contains(&d.3) && d.0 < f64::from(d.3), "{all}");
    // Neurons share half of their sources here, a tenth in the whole network: this one fluctuates more than that of the page.
    assert!(c.2 < 0.8 * d.2, "{all}");
}
