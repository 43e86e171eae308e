//! Networks: populations, projections between them, and synapses.
//!
//! A [`NetworkDescription`] is made in Rust or read from a network file ([`toml`](mod@toml)). It builds a [`Network`].
//! The equations, the order of a step and the proofs are those of [`glif_core::network`], so that the spikes have the
//! same bits for every number of threads, and on a board.
//!
//! ```
//! use glif::network::{NetworkDescription, Projection, Weights};
//! use glif::{Description, LifParams, Spec};
//!
//! let params = LifParams {
//!     step_time: 0.5, rest_v: -65.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 10.0, resistance: 40.0,
//! };
//! let mut description = NetworkDescription::new(0.5);
//! description.add_input("input", &[2])?;
//! description.add("exc", Description::new(Spec::new(params), &[3]))?;
//! // Jumps of the membrane, mV: a row for each of the three targets.
//! let weights = Weights::dense(vec![9.0, 0.0, 9.0, 9.0, 0.0, 9.0]);
//! description.connect(Projection::new("input", "exc", weights).synapse("delta").delay(1.5)); // ms
//! let mut network = description.build()?;
//! for step in 0..10 {
//!     network.set_spikes("input", &[1, u32::from(step == 4)])?;
//!     network.step()?;
//!     let fired: Vec<usize> = network.fired("exc")?.iter().map(|(_, neuron)| neuron).collect();
//!     match step {
//!         ..=3 => assert!(fired.is_empty()),
//!         4 => assert_eq!(fired, [0, 1]), // 1.5 ms after the spikes of steps 0 and 1
//!         _ => {}
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod build;
mod description;
mod drive;
mod engine;
mod matrix;
mod member;
mod route;
pub mod toml;

use glif_core::spec::ComponentCounts;

pub use description::{
    Coupling, Delay, Drive, DriveKind, Exponential, InputPopulation, NetworkDescription, NeuronValues, PopulationKind,
    Projection, Quantization, Scale,
};
pub use engine::{Network, NetworkError};
pub use matrix::{Topology, WeightValues, Weights};
pub use member::Member;

/// Numbers of components of a population that has none.
const NO_COMPONENTS: ComponentCounts = ComponentCounts { thresholds: 0, currents: 0, voltages: 0 };
