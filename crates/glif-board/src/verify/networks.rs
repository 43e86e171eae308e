//! Random networks, with the spikes and the state of every step compared; parts that must be refused; networks in real
//! time.

use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

use glif::description::NumberFormat;
use glif::network::{Network, PopulationKind};
use glif_core::spikes::WORD;
use glif_link::model::bit;
use glif_link::network::{NetworkProblem, Part};
use glif_link::{Capacity, Request, RequestError};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::bench::{Bench, Event};
use super::report::Tally;
use super::{VerifyError, require};
use crate::board::NetworkSpikes;
use crate::draw::network::{Room, network};
use crate::error::{LinkError, shown};
use crate::{Board, NetworkImage};

/// Words from which on a board takes the largest networks of these checks.
const WORDS: usize = 6000;
/// Networks that may not fit a board in a row.
const DRAWS: usize = 200;

/// Returns the number of networks in each format, and the steps of each.
fn amount<P>(bench: &Bench<'_, P>) -> (u32, u64) {
    if bench.options.quick { (6, 150) } else { (8, 300) }
}

/// Returns about how many steps there will be.
pub(crate) fn plan<P: Read + Write>(bench: &Bench<'_, P>) -> u64 {
    let (networks, steps) = amount(bench);
    formats(bench.board).len() as u64 * u64::from(networks) * steps
}

/// Returns the number formats in which a board has networks.
fn formats<P: Read + Write>(board: &Board<P>) -> Vec<NumberFormat> {
    let known = board.identity().networks;
    NumberFormat::ALL.iter().copied().filter(|format| bit(*format) & known != 0).collect()
}

/// Runs all these checks.
pub(crate) fn all<P: Read + Write>(bench: &mut Bench<'_, P>) {
    if formats(bench.board).is_empty() {
        return bench.note("networks are skipped: the board was built without them".to_owned());
    }
    let (networks, steps) = amount(bench);
    for scalar in formats(bench.board) {
        for i in 0..networks {
            let title = format!("network {scalar} {}/{networks}", i + 1);
            // Each network has its own random stream, so that a failing one can be reproduced alone.
            let mut rng = ChaCha8Rng::seed_from_u64(bench.options.seed);
            rng.set_stream(1 << 32 | u64::from(i) << 8 | scalar as u64);
            bench.check(&title, |bench, tally| {
                let (image, host) = load(bench.board, &mut rng, scalar)?;
                Case { bench, tally, rng, image, host }.run(steps)
            });
        }
    }
    bench.check("refused parts of a network", |bench, _| refused(bench.board));
    bench.check("a network in real time", |bench, _| real_time(bench));
}

/// Draws a network for which a board has room, and loads it.
///
/// # Errors
/// Returns an error if the board refuses one for another reason.
pub(crate) fn load<P: Read + Write>(
    board: &mut Board<P>,
    rng: &mut ChaCha8Rng,
    scalar: NumberFormat,
) -> Result<(NetworkImage, Network), VerifyError> {
    for _ in 0..DRAWS {
        let (image, host) = draw(board, rng, scalar)?;
        match board.load_network(&image) {
            Ok(()) => return Ok((image, host)),
            Err(LinkError::Room { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(VerifyError::host(format!("{DRAWS} networks in a row do not fit the board")))
}

/// Draws a network of a size for which a board may have room.
pub(crate) fn draw<P: Read + Write>(
    board: &Board<P>,
    rng: &mut ChaCha8Rng,
    scalar: NumberFormat,
) -> Result<(NetworkImage, Network), VerifyError> {
    let identity = board.identity();
    let share = (identity.words as f64 / WORDS as f64).min(1.0);
    // Mostly small networks: they show the same differences, and a line takes less time for them.
    let most = if rng.random_bool(0.2) { 70.0 } else { 24.0 };
    let room = Room {
        neurons: ((most * share.sqrt()) as usize).max(4),
        components: identity.components.min(3),
        populations: identity.populations.min(4),
        projections: if share < 0.5 { 3 } else { 6 },
    };
    let host = network(rng, scalar, room).map_err(VerifyError::host)?;
    Ok((NetworkImage::with_planes(&host, 2)?, host))
}

/// A network on both sides.
struct Case<'b, 'a, P> {
    bench: &'b mut Bench<'a, P>,
    tally: &'b mut Tally,
    rng: ChaCha8Rng,
    image: NetworkImage,
    host: Network,
}

impl<P: Read + Write> Case<'_, '_, P> {
    fn run(&mut self, steps: u64) -> Result<(), VerifyError> {
        while self.host.steps() < steps {
            if self.rng.random_bool(0.3) {
                self.wander()?;
            }
            if self.rng.random_bool(0.3) {
                hold(self.bench.board, &mut self.host, &mut self.rng)?;
            }
            let part = self.rng.random_range(10..60);
            let inputs = inputs(&self.image, &mut self.rng, part);
            let ran = self.bench.board.run_network(part as u32, &words_of(&self.image, &inputs), true)?;
            for (counts, spikes) in inputs.iter().zip(&ran) {
                self.step(counts, spikes)?;
            }
            if let Some(place) = self.image.difference(self.bench.board, &self.host)? {
                return Err(VerifyError::Wrong(format!("after step {}: {place}", self.host.steps())));
            }
            self.bench.tell(Event::Steps(part as u64));
        }
        Ok(())
    }

    /// Does the step on the host, and compares.
    fn step(&mut self, counts: &[Vec<u32>], spikes: &NetworkSpikes) -> Result<(), VerifyError> {
        step(&mut self.host, counts)?;
        let fired = same(&self.image, &self.host, spikes)?;
        let neurons: usize = self.image.populations().iter().map(|population| population.neurons).sum();
        self.tally.steps += 1;
        self.tally.neuron_steps += neurons as u64;
        self.tally.spikes += fired;
        Ok(())
    }

    /// Goes on to other steps and maybe another network, and returns by a snapshot.
    fn wander(&mut self) -> Result<(), VerifyError> {
        let board = &mut *self.bench.board;
        let snapshot = board.snapshot_network()?;
        board.run_network(self.rng.random_range(1..6), &[], false)?;
        board.clear(self.rng.random())?;
        if self.rng.random() {
            board.run_network(2, &[], false)?;
        }
        board.restore_network(&snapshot)?;
        Ok(())
    }
}

/// Draws spikes of each input for some steps: counts of up to 3.
pub(crate) fn inputs(image: &NetworkImage, rng: &mut ChaCha8Rng, steps: usize) -> Vec<Vec<Vec<u32>>> {
    let density = [0.02, 0.1, 0.5][rng.random_range(0..3)];
    let inputs: Vec<usize> =
        image.populations().iter().filter(|population| population.is_input()).map(|input| input.neurons).collect();
    let mut count = || if rng.random_bool(density) { [1, 1, 1, 2, 3][rng.random_range(0..5)] } else { 0 };
    let mut step = || inputs.iter().map(|neurons| (0..*neurons).map(|_| count()).collect()).collect();
    (0..steps).map(|_| step()).collect()
}

/// Returns the words of the planes of these spikes.
pub(crate) fn words_of(image: &NetworkImage, inputs: &[Vec<Vec<u32>>]) -> Vec<Vec<Vec<u32>>> {
    let planes = image.populations().iter().map(|population| population.planes).max().unwrap_or(1);
    let of = |counts: &Vec<u32>| {
        let row = counts.len().div_ceil(WORD);
        let mut words = vec![0; row * planes];
        for (neuron, count) in counts.iter().enumerate() {
            (0..planes).for_each(|plane| words[plane * row + neuron / WORD] |= (count >> plane & 1) << (neuron % WORD));
        }
        words
    };
    if inputs.iter().all(Vec::is_empty) {
        return Vec::new();
    }
    inputs.iter().map(|step| step.iter().map(of).collect()).collect()
}

/// Does a step on the host with these spikes of its inputs.
pub(crate) fn step(host: &mut Network, counts: &[Vec<u32>]) -> Result<(), VerifyError> {
    let populations = host.description().populations.clone();
    let inputs = populations.iter().filter(|(_, kind)| matches!(kind, PopulationKind::Input(_)));
    for ((name, _), counts) in inputs.zip(counts) {
        host.set_spikes(name, counts).map_err(VerifyError::host)?;
    }
    host.step().map_err(VerifyError::host)
}

/// Checks that the spikes of a step, and the checksum if there is one, are the host's. Returns the number of spikes.
pub(crate) fn same(image: &NetworkImage, host: &Network, spikes: &NetworkSpikes) -> Result<u64, VerifyError> {
    let neurons = image.populations().iter().filter(|population| !population.is_input());
    let mut fired = 0;
    for (population, found) in neurons.zip(&spikes.populations) {
        let expected = host.fired(&population.name).map_err(VerifyError::host)?;
        let expected: Vec<usize> = expected.iter().map(|(_, neuron)| neuron).collect();
        let found: Vec<usize> = found.iter().collect();
        require!(
            found == expected,
            "step {}, `{}`: the board fired {}, the host {}",
            host.steps(),
            population.name,
            shown(&found),
            shown(&expected)
        );
        fired += found.len() as u64;
    }
    if let Some(digest) = spikes.digest {
        let expected = image.digest(host);
        require!(
            digest == expected,
            "step {}, the state's checksum: board {digest:#010x}, host {expected:#010x}",
            host.steps()
        );
    }
    Ok(fired)
}

/// Sets currents of a population on both sides.
fn hold<P: Read + Write>(board: &mut Board<P>, host: &mut Network, rng: &mut ChaCha8Rng) -> Result<(), VerifyError> {
    let populations = host.description().populations.clone();
    let all: Vec<_> = populations.iter().enumerate().collect();
    let neurons: Vec<_> =
        all.into_iter().filter(|(_, (_, kind))| matches!(kind, PopulationKind::Neurons { .. })).collect();
    let (member, (name, kind)) = neurons[rng.random_range(0..neurons.len())];
    let currents: Vec<f64> = (0..kind.shape().iter().product()).map(|_| rng.random_range(-10.0_f64..20.0)).collect();
    board.hold_in(member, &currents)?;
    host.set_currents(name, &currents[..]).map_err(VerifyError::host)
}

/// A part that must be refused, and why.
type Refused = (Part<'static>, RequestError);

/// Sends parts that are wrong in between the right ones.
fn refused<P: Read + Write>(board: &mut Board<P>) -> Result<(), VerifyError> {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let scalar = formats(board)[0];
    let (image, mut host) = load(board, &mut rng, scalar)?;
    let most = board.identity().populations as u32;
    let begin = |populations, projections| Part::Begin { populations, projections, seed: 0, sample: 0 };
    let of = |problem, index| RequestError::Network { problem, index };
    let wrong: [Refused; 7] = [
        (begin(0, 0), RequestError::Empty),
        (begin(most + 1, 0), RequestError::Beyond { capacity: Capacity::Populations, given: most + 1, most }),
        (Part::End, of(NetworkProblem::Order, 0)),
        (Part::Input { neurons: 3, most_delay: 1, planes: 1 }, of(NetworkProblem::Order, 0)),
        (Part::Bytes { first: 0, bytes: &[0; 4] }, of(NetworkProblem::Order, 0)),
        (Part::Rows { first: 0, values: &[0; 8] }, of(NetworkProblem::Order, 0)),
        (
            Part::Synapse { kind: glif_link::network::SynapseKind::Delta, number: 1, own: false },
            of(NetworkProblem::Order, 0),
        ),
    ];
    for (part, reason) in wrong {
        let request = Request::Network(part);
        match board.client().call(&request) {
            Err(LinkError::Refused(refusal)) => {
                require!(refusal == reason, "{request:?} was refused by {refusal:?}; expected {reason:?}");
            }
            reply => {
                return Err(VerifyError::Wrong(format!("{request:?} was answered by {}", shown(&reply?))));
            }
        }
    }
    // Spikes of inputs that are not sets.
    let request = Request::Run { steps: 1, digest: false, inputs: &[0xff] };
    match board.client().call(&request) {
        Err(LinkError::Refused(RequestError::Network { problem: NetworkProblem::Inputs, index: 0 })) => {}
        reply => return Err(VerifyError::Wrong(format!("{request:?} was answered by {}", shown(&reply?)))),
    }
    // The network is as before.
    for spikes in board.run_network(20, &[], true)? {
        step(&mut host, &[])?;
        same(&image, &host, &spikes)?;
    }
    Ok(())
}

/// Lets a network run by the clock of the board, and compares the spikes that it has recorded, and its state.
fn real_time<P: Read + Write>(bench: &mut Bench<'_, P>) -> Result<(), VerifyError> {
    let mut rng = ChaCha8Rng::seed_from_u64(bench.options.seed);
    let board = &mut *bench.board;
    let scalar = formats(board)[0];
    let (image, mut host) = load(board, &mut rng, scalar)?;
    board.start()?;
    let mut seen = Vec::new();
    for _ in 0..4 {
        thread::sleep(Duration::from_millis(15));
        let progress = board.poll_network()?;
        require!(progress.pace.running, "real-time mode has ended by itself");
        seen.push((progress.first, progress.spikes));
    }
    let last = board.stop_network()?;
    seen.push((last.first, last.spikes));
    let steps = u64::from(last.pace.cost.steps);
    require!(steps > 0, "no step in 60 ms");
    require!(steps <= glif::limits::BOARD_CHECK_STEPS, "the board reports {steps} steps");
    let mut records = seen.into_iter().flat_map(|(first, spikes)| (first..).zip(spikes)).peekable();
    for at in 0..steps {
        step(&mut host, &[])?;
        if let Some((_, spikes)) = records.next_if(|(step, _)| *step == at) {
            same(&image, &host, &spikes)?;
        }
    }
    require!(records.next().is_none(), "the board has recorded steps that it has not done");
    match image.difference(bench.board, &host)? {
        None => Ok(()),
        Some(place) => Err(VerifyError::Wrong(format!("after {steps} steps: {place}"))),
    }
}
