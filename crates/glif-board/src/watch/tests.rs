//! What the tests of this folder share: a board and what it tells, always the same.

use std::time::Duration;

use glif_link::{Cost, Pace};

use super::model::{Event, Model, Report, Subject};
use crate::board::Spikes;
use crate::client::Health;
use crate::identity::Identity;

/// So many neurons, a step each ms.
pub(super) fn subject(neurons: usize) -> Subject {
    Subject { name: "alif in f32".to_owned(), neurons, step_time: 1.0, free: false, emulated: false, deviation: 6.0 }
}

pub(super) fn identity() -> Identity {
    Identity {
        firmware: "0.1.0".to_owned(),
        core: "Cortex-M4F".to_owned(),
        board: "mps2-an386".to_owned(),
        scalars: 1,
        neurons: 1024,
        components: 8,
        frame: 4096,
        memory: 31_408,
        frequency: 25_000_000,
        loaded: 0,
    }
}

/// One step in which these fire.
pub(super) fn spikes(neurons: usize, fired: &[usize]) -> Spikes {
    let mut words = vec![0; neurons.div_ceil(32)];
    fired.iter().for_each(|neuron| words[neuron / 32] |= 1 << (neuron % 32));
    Spikes { words, digest: None }
}

/// A board that is well: 200 ticks a step on average.
pub(super) fn report(first: u64, spikes: Vec<Spikes>) -> Report {
    let cost = Cost { steps: 1000, total: 200_000, best: 180, worst: 227, frequency: 25_000_000 };
    let pace = Pace { running: true, cost, latest: 75, ..Pace::default() };
    let health = Health { asked: 1234, round_trip: Duration::from_micros(1410), ..Health::default() };
    Report { pace, first, spikes, health, mean: 14.0, refused: None, last: false }
}

/// Forty neurons, of which each fires regularly, the upper ones more often; for 4 s.
pub(super) fn regular() -> Model {
    let mut model = Model::new(subject(40), 14.0);
    model.hear(Event::Found { identity: identity(), anew: true });
    model.now = Duration::from_secs(4);
    model.hear(Event::Ran(report(0, (0..4000).map(step).collect())));
    model
}

/// Which of the forty fire in a step.
pub(super) fn step(step: usize) -> Spikes {
    let fired: Vec<usize> = (0..40).filter(|neuron| step % (120 - 2 * neuron) == 3 * neuron % 40).collect();
    spikes(40, &fired)
}
