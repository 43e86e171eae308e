//! A line that loses, duplicates, delays, reorders, cuts and corrupts frames both ways: a population behind
//! it must end in exactly the state of one on a perfect line.

use std::time::Duration;

use crate::common::{Bench, Metronome, description, framed, words};
use glif_board::faults::trial::{self, Options};
use glif_board::faults::{FaultRates, Faulty};
use glif_board::{Board, Client, LinkError, Patience, Spikes};
use glif_link::Field;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const STORM: FaultRates = FaultRates { lost: 0.1, doubled: 0.15, delayed: 0.1, flipped: 0.1, cut: 0.1, noisy: 0.1 };
const CLEAR: FaultRates = FaultRates::CLEAR;

/// Returns a node behind a line with its own random faults.
fn faulty(rates: FaultRates, seed: u64) -> Faulty<Bench> {
    Faulty::new(Bench::start::<{ words(2, 2) }, 2, 512>(Metronome::default()), rates, seed)
}

/// Waits no longer than needed: a node here has answered before the `write` of its request returns, if it
/// answers at all.
fn patience(attempts: u32) -> Patience {
    Patience { wait: Duration::from_micros(200), attempts }
}

fn connect(rates: FaultRates, seed: u64, attempts: u32) -> Board<Faulty<Bench>> {
    let mut client = Client::with_patience(faulty(rates, seed), patience(attempts));
    // Sequence numbers wrap around during the test.
    client.continue_after(0xffe0_u16.wrapping_add(seed as u16));
    Board::over(client).unwrap()
}

/// Runs a population, in the same way for the same seed; returns the spikes of each step.
fn live(board: &mut Board<Faulty<Bench>>, seed: u64, rounds: usize) -> Result<Vec<Spikes>, LinkError> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let models = ["lif", "alif", "glif2"];
    let description = description(models[seed as usize % 3], ["f32", "i16f16"][seed as usize % 2], 45, "");
    board.load(&description)?;
    let mut all = Vec::new();
    for _ in 0..rounds {
        let currents: Vec<f64> = (0..45).map(|_| rng.random_range(-20.0..60.0)).collect();
        match rng.random_range(0..10) {
            0 => board.hold(&currents)?,
            1 => all.extend(board.run_digested(rng.random_range(1..30))?),
            2 => board.clear(rng.random_bool(0.5))?,
            3 => {
                let snapshot = board.snapshot()?;
                all.extend(board.run(3)?);
                board.restore(&snapshot)?;
            }
            4 => board.write(Field::Voltage, &currents)?,
            _ => all.push(board.step(&currents)?),
        }
    }
    all.extend(board.run_digested(1)?);
    Ok(all)
}

#[test]
fn all_faults_together_change_nothing() {
    let (mut resent, mut spikes) = (0, 0);
    for seed in 0..8 {
        let mut calm = connect(CLEAR, seed, 1);
        let expected = live(&mut calm, seed, 200).unwrap();
        let mut board = connect(STORM, seed, 2_000);
        let lived = live(&mut board, seed, 200).unwrap();
        for (step, (one, other)) in lived.iter().zip(&expected).enumerate() {
            assert_eq!(one, other, "step {step} of seed {seed}");
        }
        assert_eq!(lived.len(), expected.len());
        assert_eq!(board.describe().unwrap(), calm.describe().unwrap());
        assert_eq!(board.client().port_mut().port_mut().pulses(), calm.client().port_mut().port_mut().pulses());
        resent += board.client().health().resent;
        spikes += lived.iter().flat_map(Spikes::iter).count();
    }
    assert!(resent > 1_000 && spikes > 1_000, "{resent} sent again, {spikes} spikes");
}

/// More than a hundred thousand requests at rates up to 20 % of each fault, and power cuts.
#[test]
fn a_hundred_thousand_requests() {
    let mut all = 0;
    for (seed, (percent, requests)) in (0..).zip([(0, 2_000), (1, 20_000), (5, 30_000), (10, 30_000), (20, 20_000)]) {
        let rates = FaultRates::each(f64::from(percent) / 100.0);
        let start = || Bench::start::<{ words(2, 2) }, 2, 512>(Metronome::default());
        let options = Options { requests, rates, wait: Duration::from_micros(20), cuts: 2, seed };
        let report = trial::run(start(), Some(&mut || Ok(start())), options, &mut |_| {}).unwrap();
        assert!(report.requests >= requests && report.cuts > requests / 400 && report.spikes > requests, "{report}");
        assert_eq!(report.happened.flipped > 0, percent > 0, "{report}");
        all += report.requests;
    }
    assert!(all > 100_000, "{all}");
}

/// Each kind of fault alone, at a rate that a mixture never reaches.
#[test]
fn each_fault_alone_changes_nothing() {
    let kinds: [(&str, FaultRates); 6] = [
        ("lost", FaultRates { lost: 0.5, ..CLEAR }),
        ("doubled", FaultRates { doubled: 1.0, ..CLEAR }),
        ("delayed", FaultRates { delayed: 0.5, doubled: 0.5, ..CLEAR }),
        ("flipped", FaultRates { flipped: 0.5, ..CLEAR }),
        ("cut", FaultRates { cut: 0.5, ..CLEAR }),
        ("noisy", FaultRates { noisy: 1.0, ..CLEAR }),
    ];
    for (seed, (kind, rates)) in (10..).zip(kinds) {
        let expected = live(&mut connect(CLEAR, seed, 1), seed, 100).unwrap();
        let lived = live(&mut connect(rates, seed, 2_000), seed, 100).unwrap();
        assert_eq!(lived, expected, "{kind}");
    }
}

/// A host with little patience gets an error each time, asks how far the board is, and continues from there.
#[test]
fn failed_requests_can_be_resumed() {
    const STEPS: u64 = 300;
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let description = description("alif", "f32", 45, "");
    let inputs: Vec<Vec<f64>> = (0..STEPS).map(|_| (0..45).map(|_| rng.random_range(-20.0..60.0)).collect()).collect();
    let mut calm = connect(CLEAR, 1, 1);
    calm.load(&description).unwrap();
    inputs.iter().for_each(|input| _ = calm.step(input).unwrap());

    let port = faulty(STORM, 99);
    let mut board = connect_at_last(port);
    while board.load(&description).is_err() {}
    let (mut silent, mut done, mut lost) = (0, 0, 0);
    while done < STEPS {
        match board.step(&inputs[done as usize]) {
            Ok(_) => done += 1,
            Err(LinkError::Silent { attempts: 2, .. }) => {
                silent += 1;
                let step = loop {
                    if let Ok((_, step)) = board.describe() {
                        break step;
                    }
                };
                assert!(step == done || step == done + 1, "{done} steps were known, now {step}");
                lost += u64::from(step == done);
                done = step;
            }
            Err(error) => panic!("{error}"),
        }
    }
    // Both kinds of failure have happened: the request was lost, or only its reply.
    assert!(lost > 5 && silent > lost + 5, "{silent} failed, {lost} of them not done");
    board.client().port_mut().set_rates(CLEAR);
    while board.describe().is_err() {}
    assert_eq!(board.describe().unwrap().1, STEPS);
    assert_eq!(board.snapshot().unwrap(), calm.snapshot().unwrap());
}

/// Two attempts do not always get through a storm, so they are repeated.
fn connect_at_last(mut port: Faulty<Bench>) -> Board<Faulty<Bench>> {
    let mut client = Client::with_patience(&mut port, patience(2));
    client.continue_after(500);
    while client.call(&glif_link::Request::Identify).is_err() {}
    let last = client.sequence();
    port.set_rates(CLEAR);
    let mut client = Client::with_patience(port, patience(2));
    client.continue_after(last);
    let mut board = Board::over(client).unwrap();
    board.client().port_mut().set_rates(STORM);
    board
}

/// A host that dies within a frame leaves half of it; the next host is still understood.
#[test]
fn next_host_works_after_an_unfinished_frame() {
    let mut calm = connect(CLEAR, 2, 1);
    let description = description("glif2", "i16f16", 45, "");
    calm.load(&description).unwrap();
    calm.hold(&[40.0; 45]).unwrap();
    let mut port = Bench::start::<{ words(2, 2) }, 2, 512>(Metronome::default());
    let mut board = Board::connect(port).unwrap();
    board.load(&description).unwrap();
    board.hold(&[40.0; 45]).unwrap();
    port = board.into_port();
    // A request for a step, cut at each of its bytes.
    let mut packet = [0; 16];
    let packet =
        glif_link::packet::encode(7, &glif_link::Request::Run { steps: 1, digest: false, inputs: &[] }, &mut packet)
            .unwrap();
    let frame = framed(packet);
    for cut in 0..frame.len() - 1 {
        port.exchange(&frame[..cut]);
        let mut board = Board::connect(port).unwrap();
        assert_eq!(board.run_digested(1).unwrap(), calm.run_digested(1).unwrap(), "cut after {cut} bytes");
        port = board.into_port();
    }
}
