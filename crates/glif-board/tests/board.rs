//! Every request that a board accepts, compared with the host's own population.

use crate::common::{Bench, Metronome, Twin, description, words};
use glif::{Description, Parameter, StepOptions};
use glif_board::{Board, LinkError, Snapshot, Spikes, loopback};
use glif_core::Refractory;
use glif_link::{Field, packet};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const MODELS: [&str; 6] = ["lif", "glif1", "alif", "glif2", "li", "if"];
const SCALARS: [&str; 5] = ["f32", "i16f16", "i12f20", "i8f8", "i9f7"];

fn board() -> Board<Bench> {
    board_of::<{ words(4, 2) }, 2, 512>()
}

fn board_of<const WORDS: usize, const COMPONENTS: usize, const FRAME: usize>() -> Board<Bench> {
    Board::connect(Bench::start::<WORDS, COMPONENTS, FRAME>(Metronome::default())).unwrap()
}

/// Draws currents from negative to far above every threshold, nA.
fn currents(rng: &mut ChaCha8Rng, neurons: usize) -> Vec<f64> {
    (0..neurons).map(|_| rng.random_range(-20.0..60.0)).collect()
}

fn indices(spikes: &Spikes) -> Vec<usize> {
    spikes.iter().collect()
}

fn refused<T: std::fmt::Debug>(result: Result<T, LinkError>) -> String {
    result.unwrap_err().to_string()
}

/// Does steps one by one under new currents, then several at once under held ones.
fn follow<P: std::io::Read + std::io::Write>(board: &mut Board<P>, description: &Description, seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut twin = Twin::new(description);
    board.load(description).unwrap();
    let mut fired = 0;
    for step in 0..60 {
        let currents = currents(&mut rng, twin.0.neurons());
        twin.hold(&currents);
        let spikes = indices(&board.step(&currents).unwrap());
        assert_eq!(spikes, twin.step(), "step {step} of {description:?}");
        fired += spikes.len();
    }
    twin.assert_equal(board);
    for (step, spikes) in board.run(40).unwrap().iter().enumerate() {
        assert_eq!(indices(spikes), twin.step(), "step {step} of the run of {description:?}");
    }
    twin.assert_equal(board);
    assert_eq!(fired > 0, description.model().fires(), "{fired} spikes of {description:?}");
}

#[test]
fn every_model_in_every_scalar_and_rounding() {
    let mut board = board();
    let mut cases = 0;
    for (m, model) in MODELS.iter().enumerate() {
        for scalar in SCALARS {
            let roundings: &[&str] =
                if scalar == "f32" { &["nearest"] } else { &["nearest", "truncate", "stochastic"] };
            for rounding in roundings {
                let head = format!("rounding = \"{rounding}\"\nseed = 7\n");
                follow(&mut board, &description(model, scalar, 37, &head), m as u64);
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 6 * (1 + 4 * 3));
}

#[test]
fn every_refractory_rule_and_switch() {
    let mut board = board();
    for rule in ["inferno", "exact", "nest"] {
        for (refrac_lock, adapt) in [(false, false), (false, true), (true, false), (true, true)] {
            let head = format!("refractory = \"{rule}\"\nrefrac_lock = {refrac_lock}\nadapt = {adapt}\n");
            follow(&mut board, &description("glif2", "f32", 33, &head), 5);
            follow(&mut board, &description("if", "f32", 33, &head), 5);
            let head = head.replace(&format!("refractory = \"{rule}\"\n"), "");
            follow(&mut board, &description("li", "f32", 33, &head), 5);
        }
    }
}

/// One neuron, the edges of a word, the capacity; arrays of many frames in the smallest packets that a node
/// may have.
#[test]
fn sizes_and_frames() {
    for neurons in [1, 2, 31, 32, 33, 64, 95, 127, 128] {
        for scalar in ["f32", "i8f8"] {
            follow(
                &mut board_of::<{ words(4, 2) }, 2, 256>(),
                &description("alif", scalar, neurons, ""),
                neurons as u64,
            );
        }
    }
    follow(&mut board_of::<{ words(1, 0) }, 0, 256>(), &description("lif", "i16f16", 32, ""), 3);
    follow(&mut board_of::<{ words(64, 8) }, 8, 4096>(), &description("glif2", "f32", 2048, ""), 4);
    follow(&mut Board::connect(loopback::start()).unwrap(), &description("glif2", "i12f20", 2047, ""), 6);
}

#[test]
fn eight_components() {
    let text = "model = \"glif2\"\nshape = 40\n[params]\nstep_time = 0.5\nrest_v = -60.0\nreset_v_add = 1.0\n\
        reset_v_mul = 0.25\nthresh_eq_v = -50.0\nrefrac_t = 2.0\ntc_membrane = 20.0\n\
        rc_adaptation = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]\nspike_increment = [1.0, 0.5]\n";
    follow(&mut board_of::<{ words(2, 8) }, 8, 256>(), &Description::from_toml(text).unwrap(), 8);
}

#[test]
fn identity_describes_the_build() {
    let mut board = board_of::<{ words(3, 2) }, 2, 300>();
    let identity = board.identity().clone();
    assert_eq!((identity.core.as_str(), identity.board.as_str()), ("bench", "under test"));
    assert_eq!((identity.neurons, identity.components, identity.frame), (96, 2, 300));
    assert_eq!((identity.scalars, identity.frequency, identity.loaded), (0b1_1111, u32::MAX, 0));
    assert_eq!(identity.memory, size_of::<glif_node::Node<{ words(3, 2) }, 2, 300>>());
    // Its arrays, its three buffers, and the populations of a network.
    let arrays = 3 * 300 + 96 * 18;
    assert!((arrays..arrays + 16 * 1024).contains(&identity.memory), "{} bytes", identity.memory);
    board.load(&description("alif", "f32", 96, "")).unwrap();
    let (model, step) = board.describe().unwrap();
    assert_eq!((model.neurons, model.spec.params.components(), step), (96, 2, 0));
}

/// The checksum covers what can be read, in the order that the document gives.
#[test]
fn digests_cover_voltages_refractory_words_and_components() {
    for scalar in ["f32", "i9f7"] {
        let mut board = board();
        board.load(&description("alif", scalar, 45, "")).unwrap();
        board.hold(&[25.0; 45]).unwrap();
        let ran = board.run_digested(50).unwrap();
        let model = board.describe().unwrap().0;
        let mut bytes = glif_board::bits::encode(model.spec.scalar, &board.read(Field::Voltage).unwrap());
        bytes.extend(board.refractory().unwrap().iter().flat_map(|word| word.to_bits().to_le_bytes()));
        let adaptation = board.read(Field::Adaptation).unwrap();
        let components = model.spec.params.components();
        for k in 0..components {
            let component: Vec<_> = adaptation.iter().skip(k).step_by(components).copied().collect();
            bytes.extend(glif_board::bits::encode(model.spec.scalar, &component));
        }
        assert_eq!(ran.last().unwrap().digest, Some(packet::CRC.checksum(&bytes)), "{scalar}");
        assert!(ran.iter().any(|spikes| spikes.digest != ran[0].digest));
    }
}

#[test]
fn state_is_written_and_read_back() {
    let mut board = board_of::<{ words(4, 2) }, 2, 256>();
    board.load(&description("alif", "f32", 100, "")).unwrap();
    let ramp = |scale: f64| (0..100).map(|i| f64::from(i) * scale - 70.0).collect::<Vec<_>>();
    board.write(Field::Voltage, &ramp(0.125)).unwrap();
    board.write(Field::Adaptation, &[ramp(0.25), ramp(0.5)].concat()).unwrap();
    board.hold(&ramp(1.0)).unwrap();
    // Up to the whole refractory period of 2 ms.
    let words: Vec<_> = (0..100).map(|i| Refractory::new(i % 5, i % 3 == 0)).collect();
    board.write_refractory(&words).unwrap();
    assert_eq!(board.read(Field::Voltage).unwrap(), ramp(0.125));
    assert_eq!(board.read(Field::Adaptation).unwrap(), [ramp(0.25), ramp(0.5)].concat());
    assert_eq!(board.read(Field::Current).unwrap(), ramp(1.0));
    assert_eq!(board.refractory().unwrap(), words);
}

#[test]
fn clear_keeps_adaptation_on_request() {
    let mut board = board();
    let description = description("glif2", "i16f16", 50, "");
    let mut twin = Twin::new(&description);
    board.load(&description).unwrap();
    board.hold(&[40.0; 50]).unwrap();
    twin.hold(&[40.0; 50]);
    for keep in [true, false] {
        for spikes in board.run(30).unwrap() {
            assert_eq!(indices(&spikes), twin.step());
        }
        board.clear(keep).unwrap();
        twin.0.clear(keep);
        twin.assert_equal(&mut board);
        assert_eq!(board.read(Field::Adaptation).unwrap().iter().any(|theta| *theta != 0.0), keep);
        assert_eq!(board.read(Field::Current).unwrap(), [40.0; 50]);
        assert!(board.refractory().unwrap().iter().all(|word| word.to_bits() == 0));
    }
}

/// A board begins membranes where the host does, and clears them to there.
#[test]
fn membranes_begin_at_the_initial_potential() {
    let mut board = board();
    for scalar in SCALARS {
        for initial in [None, Some(-55.3), Some(0.0), Some(-30.0)] {
            let mut description = description("glif2", scalar, 50, "");
            if let Some(initial) = initial {
                description.spec.params.set(Parameter::InitialV, &[initial]).unwrap();
            }
            let mut twin = Twin::new(&description);
            board.load(&description).unwrap();
            twin.assert_equal(&mut board);
            assert_eq!(board.describe().unwrap().0.spec, description.spec);
            let begins = board.read(Field::Voltage).unwrap();
            assert!((begins[0] - initial.unwrap_or(-60.0)).abs() < 0.01, "{begins:?}");
            board.hold(&[40.0; 50]).unwrap();
            twin.hold(&[40.0; 50]);
            for keep in [true, false] {
                for spikes in board.run(30).unwrap() {
                    assert_eq!(indices(&spikes), twin.step(), "{scalar} from {initial:?}");
                }
                board.set_step_time(if keep { 0.5 } else { 1.0 }).unwrap();
                twin.0.set_step_time(if keep { 0.5 } else { 1.0 }).unwrap();
                board.clear(keep).unwrap();
                twin.0.clear(keep);
                twin.assert_equal(&mut board);
                assert_eq!(board.read(Field::Voltage).unwrap(), begins);
            }
        }
    }
}

#[test]
fn an_initial_potential_beyond_the_format_is_refused() {
    let mut board = board();
    let mut description = description("lif", "i8f8", 5, "");
    description.spec.params.set(Parameter::InitialV, &[130.0]).unwrap();
    let told = refused(board.load(&description));
    assert!(told.contains("`initial_v` = 130 mV: must be between -128 and 127.99609375"), "{told}");
    assert!(board.describe().is_err());
}

#[test]
fn step_time_and_switches_change_during_a_run() {
    let mut board = board();
    let mut description = description("alif", "f32", 60, "");
    let mut twin = Twin::new(&description);
    board.load(&description).unwrap();
    board.hold(&[30.0; 60]).unwrap();
    twin.hold(&[30.0; 60]);
    for (step_time, refrac_lock, adapt) in [(0.5, true, true), (0.25, true, false), (0.125, false, true)] {
        board.set_step_time(step_time).unwrap();
        twin.0.set_step_time(step_time).unwrap();
        board.set_options(StepOptions { refrac_lock, adapt }).unwrap();
        (description.spec.options.refrac_lock, description.spec.options.adapt) = (refrac_lock, adapt);
        for spikes in board.run(90).unwrap() {
            assert_eq!(
                indices(&spikes),
                twin.0.step(description.options()).unwrap().iter().map(|x| x.1).collect::<Vec<_>>()
            );
        }
        twin.assert_equal(&mut board);
        let model = board.describe().unwrap().0;
        assert_eq!((model.spec.step_time(), model.spec.options), (step_time, description.options()));
    }
    assert_eq!(refused(board.set_step_time(0.0)), "`step_time` = 0 ms: must be positive");
    assert_eq!(board.describe().unwrap().0.spec.step_time(), 0.125);
}

/// A refractory count that would overflow its word under the new step time.
#[test]
fn step_time_too_short_for_the_remaining_period_is_rejected() {
    let mut board = board();
    board.load(&description("lif", "f32", 2, "refractory = \"exact\"\n")).unwrap();
    // The period of 2 ms is then one step of 1000 ms.
    board.set_step_time(1000.0).unwrap();
    board.write_refractory(&[Refractory::default(), Refractory::new(1, true)]).unwrap();
    let before = board.refractory().unwrap();
    let told = refused(board.set_step_time(0.025));
    assert!(told.starts_with("`refrac[1]` = 1000 ms: takes more than 32767 steps"), "{told}");
    assert_eq!((board.refractory().unwrap(), board.describe().unwrap().0.spec.step_time()), (before, 1000.0));
}

/// No spike can leave a count longer than a period, but a longer step time can.
#[test]
fn refractory_counts_beyond_a_period() {
    for rule in ["inferno", "exact", "nest"] {
        for scalar in ["f32", "i16f16", "i8f8"] {
            let mut board = board();
            board.load(&description("lif", scalar, 3, &format!("refractory = \"{rule}\"\n"))).unwrap();
            let period = 4 + u16::from(rule == "nest"); // 2 ms in steps of 0.5 ms
            let words = |steps| [Refractory::default(), Refractory::new(steps, true), Refractory::new(1, false)];
            board.write_refractory(&words(period)).unwrap();
            let (snapshot, before) = (board.snapshot().unwrap(), board.refractory().unwrap());
            for steps in [period + 1, Refractory::MOST] {
                let told = refused(board.write_refractory(&words(steps)));
                assert_eq!(
                    told,
                    format!("`refractory[1]` = {steps} steps: longer than the refractory period of this population")
                );
                assert_eq!(board.refractory().unwrap(), before);
                let mut bytes = snapshot.bytes.clone();
                // The second word, after the header and three voltages.
                let place = 16 + 3 * snapshot.model.spec.scalar.size() + 2;
                bytes[place..place + 2].copy_from_slice(&Refractory::new(steps, true).to_bits().to_le_bytes());
                let told = refused(board.restore(&Snapshot { bytes, ..snapshot.clone() }));
                assert_eq!(told, "value 1: must be finite and within the range of its array");
                board.restore(&snapshot).unwrap();
            }
        }
    }
    // The period of 2 ms is one step of 16 ms; 32 steps of 0.5 ms are left of it.
    let mut board = board();
    let description = description("lif", "f32", 2, "refractory = \"exact\"\n");
    board.load(&description).unwrap();
    board.set_step_time(16.0).unwrap();
    board.write_refractory(&[Refractory::new(1, true); 2]).unwrap();
    board.set_step_time(0.5).unwrap();
    let left = board.refractory().unwrap();
    assert_eq!(left, [Refractory::new(32, true); 2]);
    board.write_refractory(&left).unwrap();
    assert!(board.write_refractory(&[Refractory::new(33, true); 2]).is_err());
    let snapshot = board.snapshot().unwrap();
    let mut other = board_of::<{ words(8, 3) }, 3, 700>();
    other.restore(&snapshot).unwrap();
    assert_eq!(other.refractory().unwrap(), left);
    assert_eq!(other.snapshot().unwrap(), snapshot);
    // The header does not declare this, or declares it for a snapshot without such a count.
    let flip = |snapshot: &Snapshot| {
        let mut bytes = snapshot.bytes.clone();
        bytes[3] ^= 1;
        Snapshot { bytes, ..snapshot.clone() }
    };
    assert_eq!(refused(other.restore(&flip(&snapshot))), "value 0: must be finite and within the range of its array");
    other.restore(&snapshot).unwrap();
    other.run(29).unwrap();
    let snapshot = other.snapshot().unwrap();
    assert_eq!((other.refractory().unwrap(), snapshot.bytes[3]), (vec![Refractory::new(3, false); 2], 0));
    assert!(refused(other.restore(&flip(&snapshot))).contains("not the next part of a snapshot"));
    other.restore(&snapshot).unwrap();
    // No such count is left, so no longer count is accepted.
    other.clear(false).unwrap();
    assert!(other.write_refractory(&left).is_err());
}

#[test]
fn snapshots_continue_on_this_and_another_board() {
    for (scalar, rounding) in [("f32", "nearest"), ("i8f8", "stochastic"), ("i16f16", "stochastic")] {
        let mut first = board_of::<{ words(4, 2) }, 2, 256>();
        first.load(&description("glif2", scalar, 101, &format!("rounding = \"{rounding}\"\n"))).unwrap();
        first.hold(&[35.0; 101]).unwrap();
        first.run(77).unwrap();
        let snapshot = first.snapshot().unwrap();
        let went_on = first.run_digested(50).unwrap();
        first.restore(&snapshot).unwrap();
        assert_eq!(first.describe().unwrap().1, 77);
        assert_eq!(first.run_digested(50).unwrap(), went_on);
        // Another packet size, so other parts.
        let mut second = board_of::<{ words(8, 3) }, 3, 700>();
        second.restore(&snapshot).unwrap();
        assert_eq!(second.run_digested(50).unwrap(), went_on);
        assert_eq!(second.snapshot().unwrap().model, snapshot.model);
    }
}

/// After extreme currents, a float's membrane potential is out of the range that may be written, but a
/// snapshot can still hold it.
#[test]
fn snapshot_of_any_state_is_restored() {
    let most = f64::from(f32::MAX / 4.0);
    for scalar in SCALARS {
        for model in MODELS {
            let mut board = board();
            board.load(&description(model, scalar, 4, "refrac_lock = false\n")).unwrap();
            for round in 0..12 {
                let extreme = if round % 3 == 1 { most } else { -most };
                board.hold(&[-most, extreme, -extreme, 1e4]).unwrap();
                board.run(15).unwrap();
                let snapshot = board.snapshot().unwrap();
                board.restore(&snapshot).unwrap_or_else(|error| panic!("{model} {scalar}, round {round}: {error}"));
                assert_eq!(board.snapshot().unwrap(), snapshot);
            }
            let voltage = board.read(Field::Voltage).unwrap();
            assert!(scalar != "f32" || voltage[0] < f64::from(f32::MIN / 8.0), "{voltage:?}");
        }
    }
}

#[test]
fn a_snapshot_that_is_damaged_is_refused() {
    let mut board = board();
    board.load(&description("lif", "f32", 20, "")).unwrap();
    let good = board.snapshot().unwrap();
    for at in 0..8 {
        let mut bad = good.clone();
        bad.bytes[at] ^= 1;
        assert_eq!(refused(board.restore(&bad)), "not the next part of a snapshot of the loaded model");
    }
    for length in 0..good.bytes.len() {
        let cut = Snapshot { bytes: good.bytes[..length].to_vec(), ..good.clone() };
        let told = format!("a snapshot of {length} bytes, but {} are needed for this population", good.bytes.len());
        assert_eq!(refused(board.restore(&cut)), told);
    }
    let long = Snapshot { bytes: [good.bytes.clone(), vec![0]].concat(), ..good.clone() };
    refused(board.restore(&long));
    let mut bad = good.clone();
    bad.bytes[16 + 4 * 3..][..4].copy_from_slice(&f32::NAN.to_le_bytes());
    assert_eq!(refused(board.restore(&bad)), "value 3: must be finite and within the range of its array");
    assert_eq!(
        refused(board.run(1)),
        "a snapshot is partly restored\nhelp: continue with byte 0, or load or clear the population"
    );
    board.restore(&good).unwrap();
    assert_eq!(board.snapshot().unwrap(), good);
}

/// Clearing ends a restore, and discards all that it left in the arrays.
#[test]
fn clear_ends_a_failed_restore() {
    let mut board = board();
    board.load(&description("lif", "f32", 20, "")).unwrap();
    let mut bad = board.snapshot().unwrap();
    let last = bad.bytes.len() - 4;
    bad.bytes[last..].copy_from_slice(&f32::NAN.to_le_bytes()); // the last neuron's current
    refused(board.restore(&bad));
    board.clear(true).unwrap();
    board.run(3).unwrap();
    assert_eq!(board.read(Field::Current).unwrap(), [0.0; 20]);
    assert_eq!(board.read(Field::Voltage).unwrap(), [-60.0; 20]);
}

/// Costs by a clock that is read twice per step, and once more for the time limit.
#[test]
fn measure_counts_ticks() {
    let clock = Metronome { now: 1_000, advance: 5, frequency: 1_000_000 };
    let mut board = Board::connect(Bench::start::<{ words(1, 0) }, 0, 256>(clock)).unwrap();
    board.load(&description("lif", "f32", 8, "")).unwrap();
    let cost = board.measure(100).unwrap();
    assert_eq!((cost.steps, cost.total, cost.best, cost.worst, cost.frequency), (100, 500, 5, 5, 1_000_000));
    assert_eq!(board.describe().unwrap().1, 100);
    assert_eq!(board.measure(0).unwrap().steps, 0);
}

/// Here a quarter of a second is 250 ticks; each step of a run reads the clock once, each measured step three
/// times.
#[test]
fn runs_and_measurements_end_after_a_quarter_of_a_second() {
    let clock = Metronome { now: u32::MAX - 100, advance: 1, frequency: 1000 };
    let mut board = Board::connect(Bench::start::<{ words(1, 0) }, 0, 4096>(clock)).unwrap();
    board.load(&description("lif", "f32", 8, "")).unwrap();
    let steps = board.measure(u32::MAX).unwrap().steps;
    assert!((80..=84).contains(&steps), "{steps} steps");
    let begun = board.describe().unwrap().1;
    let request = glif_link::Request::Run { steps: u32::MAX, digest: false, inputs: &[] };
    let Ok(glif_link::Reply::Ran { done, .. }) = board.client().call(&request) else { panic!("no run") };
    assert!((249..=251).contains(&done), "{done} steps");
    assert_eq!(board.describe().unwrap().1, begun + u64::from(done));
    // A clock of less than four ticks per second has no quarter of a second: one step per request.
    let mut slow =
        Board::connect(Bench::start::<{ words(1, 0) }, 0, 256>(Metronome { now: 0, advance: 1, frequency: 3 }))
            .unwrap();
    slow.load(&description("lif", "f32", 8, "")).unwrap();
    assert_eq!(slow.run(10).unwrap().len(), 10);
    assert_eq!(slow.measure(10).unwrap().steps, 1);
}

/// Every spike of real-time mode is the host's; each turn of the node's loop is a step here.
#[test]
fn real_time_spikes_match_the_host() {
    let clock = Metronome { now: u32::MAX - 5_000, advance: 250, frequency: 1_000_000 };
    let mut board = Board::connect(Bench::start::<{ words(2, 2) }, 2, 512>(clock)).unwrap();
    let description = description("alif", "f32", 40, "");
    let mut twin = Twin::new(&description);
    let drive: Vec<f64> = (0..40).map(f64::from).collect();
    board.load(&description).unwrap();
    board.hold(&drive).unwrap();
    twin.hold(&drive);
    board.start().unwrap();
    let mut stepped = 0;
    for round in 0..30 {
        board.client().port_mut().idle(20);
        let progress = if round == 29 { board.stop().unwrap() } else { board.poll().unwrap() };
        assert_eq!(progress.first, stepped);
        assert_eq!(progress.pace.unrecorded, 0);
        for spikes in &progress.spikes {
            assert_eq!(indices(spikes), twin.step(), "step {stepped}");
            stepped += 1;
        }
        assert_eq!(u64::from(progress.pace.cost.steps), stepped);
        assert!(progress.pace.running, "as it was before the stop");
    }
    assert!(stepped > 250, "{stepped} steps");
    assert_eq!(board.describe().unwrap().1, stepped);
    twin.assert_equal(&mut board);
    assert!(!board.poll().unwrap().pace.running);
    // The pins get the same spikes as the link.
    let pulsed = board.client().port_mut().pulses();
    assert_eq!(pulsed.len() as u64, stepped);
    assert!(pulsed.iter().any(|words| words.iter().any(|word| *word != 0)));
}

/// If the host does not poll for long, the record has the first steps without a gap, and the others are
/// counted. The packets have several lengths, so that some have room left for a silent step, which needs one
/// byte, but not for a step in which all neurons fire, which needs five.
#[test]
fn a_full_record_has_no_gaps() {
    full_record::<256>();
    full_record::<257>();
    full_record::<258>();
    full_record::<259>();
    full_record::<260>();
    full_record::<261>();
}

fn full_record<const FRAME: usize>() {
    let clock = Metronome { now: 0, advance: 500, frequency: 1_000_000 };
    let mut board = Board::connect(Bench::start::<{ words(1, 0) }, 0, FRAME>(clock)).unwrap();
    let description = description("lif", "f32", 32, "");
    let mut twin = Twin::new(&description);
    board.load(&description).unwrap();
    board.hold(&[400.0; 32]).unwrap();
    twin.hold(&[400.0; 32]);
    board.start().unwrap();
    board.client().port_mut().idle(2_000);
    let progress = board.poll().unwrap();
    assert_eq!(progress.first, 0);
    assert!(progress.pace.unrecorded > 1_000, "{:?}", progress.pace);
    assert_eq!(progress.spikes.len() as u32 + progress.pace.unrecorded, progress.pace.cost.steps);
    for (step, spikes) in progress.spikes.iter().enumerate() {
        assert_eq!(indices(spikes), twin.step(), "step {step} in packets of {FRAME} bytes");
    }
    // After that, it records again, from the current step on.
    assert_eq!(board.stop().unwrap().first, u64::from(progress.pace.cost.steps));
}

#[test]
fn a_step_that_takes_too_long_is_counted() {
    // The clock is read when a step begins and when it ends, and at each turn: 800 ticks per read, with 500
    // per step.
    let clock = Metronome { now: 0, advance: 800, frequency: 1_000_000 };
    let mut board = Board::connect(Bench::start::<{ words(1, 0) }, 0, 256>(clock)).unwrap();
    board.load(&description("lif", "f32", 4, "")).unwrap();
    board.start().unwrap();
    board.client().port_mut().idle(50);
    let pace = board.stop().unwrap().pace;
    assert!(pace.cost.steps >= 50 && pace.overruns == pace.cost.steps, "{pace:?}");
    assert_eq!((pace.cost.best, pace.cost.worst), (800, 800));
    // Two reads per step are 1600 ticks per step, with a due time every 500 ticks: at least two in three are
    // missed.
    assert!(pace.missed >= 2 * pace.cost.steps && pace.latest < 500, "{pace:?}");
}

#[test]
fn requests_invalid_in_real_time_mode_are_rejected() {
    let clock = Metronome { now: 0, advance: 1, frequency: 1000 };
    let mut board = Board::connect(Bench::start::<{ words(1, 0) }, 0, 256>(clock)).unwrap();
    board.load(&description("lif", "f32", 4, "")).unwrap();
    // Half a tick of this clock.
    let told = "the step time must be at least one tick of the board's clock of 1000 Hz, and less than half the range of its counter";
    assert_eq!(refused(board.start()), told);
    board.set_step_time(2.0).unwrap();
    board.start().unwrap();
    let running = "real-time mode is running\nhelp: stop it first";
    assert_eq!(refused(board.start()), running);
    assert_eq!(refused(board.run(1)), running);
    assert_eq!(refused(board.step(&[0.0; 4])), running);
    assert_eq!(refused(board.measure(1)), running);
    assert_eq!(refused(board.clear(false)), running);
    assert_eq!(refused(board.write(Field::Voltage, &[-60.0; 4])), running);
    assert_eq!(refused(board.set_step_time(1.0)), running);
    assert_eq!(refused(board.set_options(StepOptions::default())), running);
    assert_eq!(refused(board.snapshot()), running);
    assert_eq!(refused(board.load(&description("lif", "f32", 4, ""))), running);
    board.hold(&[100.0; 4]).unwrap();
    assert_eq!(board.read(Field::Current).unwrap(), [100.0; 4]);
    board.client().port_mut().idle(100);
    assert!(board.stop().unwrap().spikes.iter().any(|spikes| spikes.iter().count() == 4));
    board.run(1).unwrap();
}

/// The messages that a user reads when something is wrong.
#[test]
fn error_messages() {
    let mut board = board_of::<{ words(1, 1) }, 1, 256>();
    let none = "no population is loaded\nhelp: load one first";
    assert_eq!(refused(board.run(1)), none);
    assert_eq!(refused(board.describe()), none);
    assert_eq!(refused(board.hold(&[])), none);
    assert_eq!(refused(board.clear(false)), none);
    assert_eq!(refused(board.start()), none);
    assert_eq!(refused(board.snapshot()), none);
    assert_eq!(refused(board.set_step_time(1.0)), none);
    assert_eq!(refused(board.set_options(StepOptions::default())), none);
    let load = |board: &mut Board<_>, model, neurons, head: &str| {
        refused(board.load(&description(model, "f32", neurons, head)))
    };
    assert_eq!(load(&mut board, "lif", 33, ""), "33 neurons: this firmware has room for 32");
    assert_eq!(load(&mut board, "alif", 3, ""), "2 threshold components: this firmware has room for 1");
    assert_eq!(
        load(&mut board, "lif", 3, "batch_size = 2\n"),
        "`batch_size` = 2: must be 1, as a board has one sample"
    );
    assert_eq!(
        refused(board.load(&description("lif", "f64", 3, ""))),
        "`scalar` = \"f64\": boards have f32 and fixed point only"
    );
    board.load(&description("lif", "f32", 5, "")).unwrap();
    assert_eq!(refused(board.hold(&[0.0; 4])), "`current`: 4 values for an array of 5");
    assert_eq!(refused(board.step(&[])), "`current`: 0 values for an array of 5");
    assert_eq!(refused(board.step(&[0.0; 6])), "`current`: 6 values for an array of 5");
    assert_eq!(refused(board.write(Field::Adaptation, &[0.0])), "`adaptation`: 1 values for an array of 0");
    let finite = "the current of neuron 3: must be finite, and its product with the resistance within a quarter of the range of the number format";
    assert_eq!(refused(board.step(&[0.0, 0.0, 0.0, f64::NAN, 0.0])), finite);
    assert_eq!(refused(board.hold(&[0.0, 0.0, 0.0, f64::INFINITY, 0.0])), finite);
    assert_eq!(
        refused(board.write(Field::Voltage, &[0.0, f64::NAN, 0.0, 0.0, 0.0])),
        "`voltage[1]` = NaN mV: must be finite"
    );
    let mut bad = board.describe().unwrap().0;
    bad.spec.params.set(Parameter::RestV, &[f64::NAN]).unwrap();
    bad.spec.params.set(Parameter::TimeConstant, &[-3.0]).unwrap();
    assert_eq!(
        refused(board.load_model(bad, [].into())),
        "`rest_v` = NaN mV: must be finite\n`time_constant` = -3 ms: must be positive"
    );
    assert_eq!(board.describe().unwrap().1, 0, "nothing has stepped");
}

/// In fixed point NaN would become zero, and a voltage out of range the end of the range.
#[test]
fn value_out_of_fixed_point_range_is_rejected() {
    let mut board = board();
    let finite = "the current of neuron 3: must be finite, and its product with the resistance within a quarter of the range of the number format";
    for scalar in ["i16f16", "i8f8"] {
        board.load(&description("alif", scalar, 5, "")).unwrap();
        board.run(3).unwrap();
        let before = board.snapshot().unwrap();
        assert_eq!(refused(board.step(&[0.0, 0.0, 0.0, f64::NAN, 0.0])), finite, "{scalar}");
        assert_eq!(refused(board.hold(&[0.0, 0.0, 0.0, f64::INFINITY, 0.0])), finite, "{scalar}");
        for (value, range) in [
            (f64::NAN, "= NaN mV: must be finite"),
            (1e6, "= 1000000 mV: must be between -"),
            (-1e6, "= -1000000 mV: must be between -"),
        ] {
            let told = refused(board.write(Field::Voltage, &[0.0, 0.0, value, 0.0, 0.0]));
            assert!(told.starts_with(&format!("`voltage[2]` {range}")), "{scalar}: {told}");
            let components = [0.0, 0.0, value, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
            let told = refused(board.write(Field::Adaptation, &components));
            assert!(told.starts_with(&format!("`adaptation[2]` {range}")), "{scalar}: {told}");
        }
        let words = "refractory counts are not potentials\nhelp: use `refractory` and `write_refractory`";
        assert_eq!(refused(board.write(Field::Refractory, &[0.0; 5])), words);
        assert_eq!(refused(board.read(Field::Refractory)), words);
        assert_eq!(board.snapshot().unwrap(), before, "{scalar}");
    }
}

/// A new host finds what the last one left, whatever its first sequence number.
#[test]
fn new_host_continues_where_the_last_one_stopped() {
    let description = description("alif", "f32", 40, "");
    let mut twin = Twin::new(&description);
    let mut board = board();
    board.load(&description).unwrap();
    board.hold(&[30.0; 40]).unwrap();
    twin.hold(&[30.0; 40]);
    let mut last = board.client().sequence();
    let mut port = board.into_port();
    for behind in [0, 1, 2, 3, 100, 254, 255, 256, 257, 0x7fff, 0x8000, 0x8001, 0xfff0, 0xffff] {
        let mut client = glif_board::Client::new(port);
        client.continue_after(last.wrapping_sub(behind));
        let mut board = Board::over(client).unwrap();
        assert_eq!(board.identity().loaded, 40);
        for spikes in board.run(5).unwrap() {
            assert_eq!(indices(&spikes), twin.step(), "{behind} behind");
        }
        last = board.client().sequence();
        port = board.into_port();
    }
}
