//! What projections deliver: from the spikes of the last steps to sums of weights.

use bytemuck::Zeroable;
use glif_core::network::{BitRows, HistoryView, Projection, Sums, Synaptic, synapse};

use super::{Delivered, Route};
use crate::vectors::vectorised;

/// The spikes of the last steps of a population.
#[derive(Debug, Clone, Copy)]
pub(super) struct Past<'a> {
    pub(super) history: HistoryView<'a>,
    pub(super) neurons: usize,
    /// Number of steps, less one.
    pub(super) most_delay: usize,
    pub(super) planes: usize,
}

impl<'a> Past<'a> {
    /// Borrows a history.
    pub(super) fn new(words: &'a [u32], neurons: usize, most_delay: usize, planes: usize) -> Self {
        Self { history: HistoryView::new(words, neurons, most_delay, planes), neurons, most_delay, planes }
    }
}

impl<W: Zeroable + Clone> Delivered<Vec<i32>, Vec<W>> {
    /// Forgets what was delivered.
    pub(super) fn clear(&mut self) {
        self.integers.fill(0);
        self.scalars.fill(W::zeroed());
    }
}

/// Adds the weights of the spikes that arrive to the sums of the targets from number `first` on, of `targets` in all.
pub(super) fn deliver<S: Synaptic>(
    route: &Route<S>,
    from: &Past<'_>,
    targets: usize,
    first: usize,
    step: u64,
    to: &mut Delivered<impl AsMut<[i32]>, impl AsMut<[S::Wide]>>,
) {
    let (projection, history) = (route.view(from.neurons, targets), from.history);
    let (integers, scalars) = (to.integers.as_mut(), to.scalars.as_mut());
    match route.bits(targets) {
        _ if integers.is_empty() => add(&projection, history, step, first, Sums::Scalars(scalars)),
        Some(bits) => add_rows(&bits, &projection, history, step, first, integers),
        None => add(&projection, history, step, first, Sums::Integers(integers)),
    }
}

vectorised! {
/// [`Projection::deliver`], compiled for the best instruction set of this machine.
fn add<S: Synaptic>(
    projection: &Projection<'_, S>,
    history: HistoryView<'_>,
    step: u64,
    first: usize,
    sums: Sums<'_, S>,
) {
    projection.deliver(history, step, first, sums);
}
}

/// Rows that are added together: as many as can be before counters are read.
const ROWS: usize = 248;

/// Adds the rows of the spikes that arrive.
fn add_rows<S: Synaptic>(
    bits: &BitRows<'_>,
    projection: &Projection<'_, S>,
    history: HistoryView<'_>,
    step: u64,
    first: usize,
    sums: &mut [i32],
) {
    let (mut rows, mut count) = ([0; ROWS], 0);
    projection.each_row(history, step, |row, spikes| {
        if spikes > 1 {
            bits.add_times(row as u32, spikes, first, sums);
            return;
        }
        bits.prefetch(row as u32, first, sums.len());
        rows[count] = row as u32;
        count += 1;
        if count == ROWS {
            add_bits(bits, &rows, first, sums);
            count = 0;
        }
    });
    if count > 0 {
        add_bits(bits, &rows[..count], first, sums);
    }
}

vectorised! {
/// [`BitRows::add`], compiled for the best instruction set of this machine.
fn add_bits(bits: &BitRows<'_>, rows: &[u32], first: usize, sums: &mut [i32]) {
    bits.add(rows, first, sums);
}
}

vectorised! {
/// Adds what a projection has delivered to the synapse of the targets from number `first` on, and empties the sums.
pub(super) fn arrive<S: Synaptic>(
    route: &Route<S>,
    first: usize,
    (integers, scalars): (&mut [i32], &mut [S::Wide]),
    arrived: &mut [S::Wide],
) {
    if integers.is_empty() {
        let normal = route.normal.as_ref().map(|normal| normal.values_from(first));
        synapse::arrive_scalars::<S>(scalars, normal, arrived);
    } else {
        synapse::arrive::<S>(integers, route.scale.values_from(first), arrived);
    }
}
}
