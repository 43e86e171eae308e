//! The parts of a step besides the deliveries that boards make most: other projections, the inputs of neurons, and steps of
//! a whole network.

mod gather;
mod network;
mod projections;

use crate::clock::Clock;

pub(crate) fn all(clock: &mut Clock) {
    projections::all(clock);
    gather::all(clock);
    network::all(clock);
}
