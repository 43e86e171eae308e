//! The parts of a network: projections between populations, and the synapses of a population.
//!
//! A network makes a step in this order:
//!
//! 1. Each projection delivers the spikes that its source fired `delay` steps ago ([`Projection::deliver`]): it adds
//!    the weights of each spike to a sum for every target.
//! 2. Each synapse turns its sums into currents and jumps of the membrane, and its state decays ([`synapse`]).
//! 3. Each population makes its step, with its current and its [`Jumps`](crate::Jumps).
//! 4. Its spikes go into its [`History`].
//!
//! A projection with a delay of 0 delivers the spikes of the same step, so its source makes its step before its
//! target.
//!
//! The result has the same bits whatever divides the work. A sum of integers does not depend on its order, and
//! [`Projection::greatest_sum`] is the bound that proves that it fits 32 bits. A sum of floats adds the weights in
//! the order of their sources.
//!
//! Everything is in borrowed memory.

mod bits;
mod bounds;
mod derive;
mod gather;
mod history;
mod prefetch;
mod projection;
mod random;
pub mod synapse;
mod synaptic;

pub use crate::names::Discretization;
pub use bits::{BitBlock, BitRows};
pub use bounds::{Bounds, Effect, Unbounded};
pub use derive::{decay_factor, propagator, stored_decay};
pub use gather::{Arrival, Inputs, Source, Stimulus, Synapse, Wiring, gather};
pub use history::{History, HistoryView, MOST_DELAY};
pub use projection::{Connections, Convolution, Delays, Projection, ProjectionError, Sums, Targets, Weights};
pub use random::Draw;
pub use synaptic::{Scale, Synaptic};
