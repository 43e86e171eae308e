//! Steps of the network of `examples/direction`, frozen, and of neurons like those of its layers, whose membranes jump.
//!
//! A line of `network` has the number of neurons, 1, the mean ticks of a step, and those of the slowest step. A line of
//! `jumped` is like those of `gather`.

use core::hint::black_box;

use glif_core::fixed::types::I16F16;
use glif_core::own::OwnSlices;
use glif_core::{Jumps, Nearest, OwnCoefficients, PopulationState, Refractory, RngCounter};

use crate::clock::Clock;
use crate::report;

/// Written by `glif freeze examples/direction/direction.toml --scalar f32`.
#[path = "../../../frozen/src/direction/f32.rs"]
#[allow(unreachable_pub, reason = "its users decide who may see it")]
mod f32;
/// Written by `glif freeze examples/direction/direction.toml --scalar i16f16`.
#[path = "../../../frozen/src/direction/i16f16.rs"]
#[allow(unreachable_pub, reason = "its users decide who may see it")]
mod i16f16;
#[path = "../../../frozen/src/direction/sound.rs"]
mod sound;

/// Measured steps: the sound is in two directions.
const STEPS: u32 = 4000;
/// Neurons of both layers.
const NEURONS: usize = 18;

pub(crate) fn all(clock: &mut Clock) {
    macro_rules! measure {
        ($name:literal, $format:ident) => {{
            let mut network = $format::Network::START;
            let network = black_box(&mut network);
            let (mut all, mut slowest) = (0_u64, 0);
            for step in 0..STEPS {
                let [left, right] = [0, 1].map(|ear| [sound::ear(step, ear)]);
                let outside = $format::Outside { left: &left, right: &right, ..$format::Outside::default() };
                let before = clock.ticks();
                // The only error is a length mismatch, and the types make the lengths agree.
                _ = network.step(black_box(&outside));
                let ticks = clock.since(before);
                (all, slowest) = (all + u64::from(ticks), slowest.max(ticks));
            }
            report::line($name, NEURONS, 1, [(all / u64::from(STEPS)) as usize, slowest as usize]);
        }};
    }
    measure!("network-f32", f32);
    measure!("network-i16f16", i16f16);

    macro_rules! step {
        ($format:ident, $scalar:ty, $zero:expr, $jump:expr, $count:literal) => {{
            static POPULATION: OwnCoefficients<'static, $scalar, Nearest> =
                OwnCoefficients { shared: &$format::direction::NEURON, own: OwnSlices::SHARED, neurons: $count };
            let mut state: PopulationState<$scalar, 0, $count> = PopulationState {
                membrane: [$zero; $count],
                refractory: [Refractory::new(0, false); $count],
                adaptation: [],
            };
            let (currents, jumps) = ([$zero; $count], [$jump; $count]);
            let mut spikes = [0; usize::div_ceil($count, 32)];
            let at = RngCounter { step: 5, neuron: 0 };
            let terms = [&jumps[..]];
            let jumps = Jumps::new(&terms).unwrap_or(Jumps::NONE);
            let before = clock.ticks();
            let state = black_box(&mut state).as_mut().widened();
            let inputs = (black_box(&currents[..]), black_box(jumps));
            _ = POPULATION.run_jumped(0, state, inputs, $format::direction::FLAGS, at, &mut spikes);
            clock.since(before) as usize
        }};
    }
    let [half, all] = [step!(f32, f32, 0.0, 0.5, 32), step!(f32, f32, 0.0, 0.5, 64)];
    report::line("jumped-f32", 64, 64, [all, half]);
    let zero = I16F16::ZERO;
    let [half, all] = [step!(i16f16, I16F16, zero, 0x8000, 32), step!(i16f16, I16F16, zero, 0x8000, 64)];
    report::line("jumped-i16f16", 64, 64, [all, half]);
}
