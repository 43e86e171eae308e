//! The delivery of spikes by the forms of projections that boards use most, from 32 sources to 64 targets.
//!
//! A line has the form, the number of targets, that of synaptic events and the ticks that they take: those of a delivery
//! with 8 spikes less those of a delivery with none. The last column is the ticks of a delivery without spikes.

use core::hint::black_box;

use glif_core::network::{Connections, Delays, HistoryView, Projection, Sums, Weights};

use crate::clock::Clock;
use crate::forms::{DENSE_16, Form, INDICES, PACKED, SOURCES, SPARSE_8, SPARSE_16, SPIKES, STARTS, TARGETS, sparse};
use crate::report;

static FORMS: [Form; 4] = [
    ("dense-i8", TARGETS, Connections::Dense, Weights::Packed(&PACKED)),
    ("dense-i16", TARGETS, Connections::Dense, Weights::I16(&DENSE_16)),
    ("sparse-i8", TARGETS, sparse(&STARTS, &INDICES), Weights::I8(&SPARSE_8)),
    ("sparse-i16", TARGETS, sparse(&STARTS, &INDICES), Weights::I16(&SPARSE_16)),
];

pub(crate) fn all(clock: &mut Clock) {
    let mut sums = [0; TARGETS];
    for (name, targets, connections, weights) in &FORMS {
        let form = Projection {
            sources: SOURCES,
            targets: TARGETS,
            connections: *connections,
            weights: *weights,
            delays: Delays::All(0),
        };
        let form = black_box(&form);
        let [idle, busy] = [0, SPIKES].map(|spikes| {
            let words = [spikes];
            let history = HistoryView::new(black_box(&words), SOURCES, 0, 1);
            let before = clock.ticks();
            form.deliver(history, 0, 0, Sums::Integers(black_box(&mut sums)));
            black_box(&sums);
            clock.since(before)
        });
        let events = SPIKES.count_ones() as usize * targets;
        report::line(name, *targets, events, [busy.wrapping_sub(idle) as usize, idle as usize]);
    }
}
