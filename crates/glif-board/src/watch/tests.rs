//! Shared by the tests of this folder: a board and its reports, always the same.

use std::time::Duration;

use glif_link::{Cost, Pace};

use super::model::{Event, Model, Report, Subject};
use crate::board::Spikes;
use crate::client::Health;
use crate::identity::Identity;

/// Returns a subject with this number of neurons and a step time of 1 ms.
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
        networks: 0,
        populations: 0,
        words: 0,
        loaded: 0,
    }
}

/// Returns one step in which these neurons fire.
pub(super) fn spikes(neurons: usize, fired: &[usize]) -> Spikes {
    let mut words = vec![0; neurons.div_ceil(32)];
    fired.iter().for_each(|neuron| words[neuron / 32] |= 1 << (neuron % 32));
    Spikes { words, digest: None }
}

/// Returns the report of a board without faults: 200 ticks per step on average.
pub(super) fn report(first: u64, spikes: Vec<Spikes>) -> Report {
    let cost = Cost { steps: 1000, total: 200_000, best: 180, worst: 227, frequency: 25_000_000 };
    let pace = Pace { running: true, cost, latest: 75, ..Pace::default() };
    let health = Health { asked: 1234, round_trip: Duration::from_micros(1410), ..Health::default() };
    Report { pace, first, spikes, health, mean: 14.0, refused: None, last: false }
}

/// Returns a model of forty neurons over 4 s: each fires regularly, those with a higher index more often.
pub(super) fn regular() -> Model {
    let mut model = Model::new(subject(40), 14.0);
    model.hear(Event::Found { identity: identity(), anew: true });
    model.now = Duration::from_secs(4);
    model.hear(Event::Ran(report(0, (0..4000).map(step).collect())));
    model
}

/// Returns which of the forty neurons fire in a step.
pub(super) fn step(step: usize) -> Spikes {
    let fired: Vec<usize> = (0..40).filter(|neuron| step % (120 - 2 * neuron) == 3 * neuron % 40).collect();
    spikes(40, &fired)
}
