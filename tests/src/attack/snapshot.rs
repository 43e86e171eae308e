//! The reader of snapshots.

use std::path::Path;

use glif::network::{Network, NetworkDescription};
use glif::{Currents, DynPopulation, Recordable as _, Variable};

/// Reads a snapshot from the raw bytes, and from the bytes as a body with a valid header and checksum. An
/// accepted snapshot can step, and is the same when it is saved and restored.
///
/// Also reads the bytes as what follows the description in the body of a snapshot of a network.
pub fn snapshot(bytes: &[u8]) {
    population(bytes);
    population(&sealed(1, bytes));
    NETWORK.with(|(network, description)| {
        network_of(network, bytes);
        network_of(network, &sealed(4, bytes));
        network_of(network, &sealed(4, &[description, bytes].concat()));
    });
}

/// Returns a file with this version and body.
fn sealed(version: u32, body: &[u8]) -> Vec<u8> {
    let mut sealed = b"GLIFSNAP".to_vec();
    sealed.extend(version.to_le_bytes());
    sealed.extend((body.len() as u64).to_le_bytes());
    sealed.extend(body);
    let checksum = glif_link::packet::CRC.checksum(&sealed);
    sealed.extend(checksum.to_le_bytes());
    sealed
}

fn population(bytes: &[u8]) {
    super::with_file("snapshot", bytes, |path| {
        let Ok(mut population) = DynPopulation::from_snapshot(path) else { return };
        let saved = path.with_extension("again");
        assert!(population.save(&saved).is_ok());
        let restored = DynPopulation::from_snapshot(&saved).expect("what was saved restores");
        let state = |population: &DynPopulation| {
            [Variable::Voltage, Variable::Adaptation, Variable::Refrac]
                .map(|variable| population.read(variable).into_iter().map(f64::to_bits).collect::<Vec<_>>())
        };
        assert_eq!(state(&population), state(&restored));
        let cells = population.neurons() * population.description().batch_size;
        let options = population.description().options();
        if population.load(Currents::F64(&vec![10.0; cells])).is_ok() {
            assert!(population.step(options).is_ok());
        }
    });
}

/// A network with an input, delays, and both kinds of exponential synapse.
const TEXT: &str = r#"
step_time = 1.0
[populations.in]
model = "input"
shape = 3
[populations.out]
model = "alif"
shape = 2
params = { rest_v = -60.0, reset_v = -65.0, thresh_eq_v = -50.0, refrac_t = 2.0, tc_membrane = 20.0, tc_adaptation = 9.5, spike_increment = 1.5 }
synapses.held = { kind = "exponential", tau = 2.0 }
synapses.exact = { kind = "exponential", tau = 5.0, coupling = "exact" }
drive = { poisson = { rate = 300.0, weight = 2.5 }, synapse = "delta" }
[[projections]]
from = "in"
to = "out"
synapse = "held"
weights = { value = 9.0 }
delay = 2.0
[[projections]]
from = "out"
to = "out"
synapse = "exact"
weights = { value = 3.0 }
"#;

thread_local! {
    /// The network, and its description as the body of a snapshot begins.
    static NETWORK: (Network, Vec<u8>) = {
        let network = NetworkDescription::from_toml(TEXT).and_then(|description| description.build());
        let network = network.expect("the network is valid");
        let description = super::with_file("network", b"", |path| {
            network.save(path).expect("the network is saved");
            std::fs::read(path).expect("the snapshot is there")
        });
        // Behind the header, the length of the text as postcard writes it, then the text.
        let body = &description[20..];
        let bytes = body.iter().position(|byte| *byte < 0x80).expect("a length ends") + 1;
        let length = body[..bytes].iter().rev().fold(0, |length, byte| length << 7 | usize::from(byte & 0x7f));
        (network, body[..bytes + length].to_vec())
    };
}

fn network_of(network: &Network, bytes: &[u8]) {
    super::with_file("snapshot", bytes, |path: &Path| {
        let mut network = network.clone();
        if network.restore(path).is_err() {
            return;
        }
        let saved = path.with_extension("again");
        assert!(network.save(&saved).is_ok());
        let mut other = network.clone();
        other.clear();
        assert!(other.restore(&saved).is_ok(), "what was saved restores");
        for _ in 0..4 {
            for network in [&mut network, &mut other] {
                assert!(network.step().is_ok());
            }
            let [these, those] = [&network, &other].map(|network| {
                let member = network.member("out").expect("there is such a population");
                let mut to = member.samples();
                member.sample_of(Variable::Voltage, None, &mut to);
                to.into_f64()
            });
            assert!(these.iter().all(|voltage| voltage.is_finite()), "{these:?}");
            assert!(these.iter().map(|v| v.to_bits()).eq(those.iter().map(|v| v.to_bits())));
        }
    });
}
