//! Projections with weights of floating point, with one weight, with few targets, and with delays of their own.
//!
//! The lines are those of `deliveries.rs`, except for two. The events of `rows` are the rows that a delivery looks at, and
//! without spikes it looks for spikes of eight delays. Those of `words` are words of 32 sources, none of which fires.

use core::hint::black_box;

use glif_core::network::{Connections, Delays, HistoryView, Projection, Sums, Weights};

use crate::clock::Clock;
use crate::forms::{
    DENSE_16, Form, INDICES, PACKED, SOURCES, SPARSE_8, SPARSE_16, SPIKES, STARTS, TARGETS, indices, sparse, starts,
};
use crate::report;

/// Targets of a source with few.
const FEW: usize = 8;

/// A step of a long run, as a Cortex-M0 divides small numbers faster. It is in the last of eight places of a history.
const STEP: u64 = 1_000_007;
/// Sources of which none fires.
const MANY: usize = 1024;

static STARTS_FEW: [u32; SOURCES + 1] = starts(FEW as u32);
static INDICES_FEW: [u16; SOURCES * FEW] = indices(FEW);
static FLOATS: [f32; SOURCES * TARGETS] = [0.5; SOURCES * TARGETS];

static FLOATING: [Form; 4] = [
    ("dense-f32", TARGETS, Connections::Dense, Weights::Scalars(&FLOATS)),
    ("sparse-f32", TARGETS, sparse(&STARTS, &INDICES), Weights::Scalars(&FLOATS)),
    ("dense-f32-8", FEW, Connections::Dense, Weights::Scalars(FLOATS.split_at(SOURCES * FEW).0)),
    ("sparse-f32-8", FEW, sparse(&STARTS_FEW, &INDICES_FEW), Weights::Scalars(FLOATS.split_at(SOURCES * FEW).0)),
];

static INTEGERS: [Form; 6] = [
    ("sparse-one", TARGETS, sparse(&STARTS, &INDICES), Weights::One),
    ("sparse-one-8", FEW, sparse(&STARTS_FEW, &INDICES_FEW), Weights::One),
    ("dense-i8-8", FEW, Connections::Dense, Weights::Packed(PACKED.split_at(SOURCES * FEW / 4).0)),
    ("dense-i16-8", FEW, Connections::Dense, Weights::I16(DENSE_16.split_at(SOURCES * FEW).0)),
    ("sparse-i8-8", FEW, sparse(&STARTS_FEW, &INDICES_FEW), Weights::I8(SPARSE_8.split_at(SOURCES * FEW).0)),
    ("sparse-i16-8", FEW, sparse(&STARTS_FEW, &INDICES_FEW), Weights::I16(SPARSE_16.split_at(SOURCES * FEW).0)),
];

/// Each source has eight rows of one connection, with delays of 0 to 7 steps.
static ROWS: Projection<'static, f32> = Projection {
    sources: SOURCES,
    targets: FEW,
    connections: sparse(&STARTS_OF_ROWS, &INDICES_FEW),
    weights: Weights::I16(SPARSE_16.split_at(SOURCES * FEW).0),
    delays: Delays::Rows { sources: &STARTS_FEW, delays: &DELAYS, distinct: &[0, 1, 2, 3, 4, 5, 6, 7] },
};
static STARTS_OF_ROWS: [u32; SOURCES * FEW + 1] = starts(1);
static DELAYS: [u8; SOURCES * FEW] = delays();

const fn delays() -> [u8; SOURCES * FEW] {
    let mut delays = [0; SOURCES * FEW];
    let mut at = 0;
    while at < SOURCES * FEW {
        delays[at] = (at % FEW) as u8;
        at += 1;
    }
    delays
}

pub(crate) fn all(clock: &mut Clock) {
    let mut floats = [0.0; TARGETS];
    let mut sums = [0; TARGETS];
    for (name, targets, connections, weights) in &FLOATING {
        measure(clock, name, *targets, (*connections, *weights), |form, history| {
            form.deliver(history, 0, 0, Sums::Scalars(black_box(&mut floats)));
        });
    }
    for (name, targets, connections, weights) in &INTEGERS {
        measure(clock, name, *targets, (*connections, *weights), |form, history| {
            form.deliver(history, 0, 0, Sums::Integers(black_box(&mut sums)));
        });
    }
    let form = black_box(&ROWS);
    let [idle, busy] = [0, SPIKES].map(|spikes| {
        let words = [0, 0, 0, spikes, 0, 0, 0, 0];
        let history = HistoryView::new(black_box(&words), SOURCES, 7, 1);
        let before = clock.ticks();
        form.deliver(history, STEP, 0, Sums::Integers(black_box(&mut sums)));
        clock.since(before)
    });
    let looked_at = SPIKES.count_ones() as usize * FEW;
    report::line("rows", FEW, looked_at, [busy.wrapping_sub(idle) as usize, idle as usize]);
    let form = Projection { sources: MANY, delays: Delays::All(0), ..ROWS };
    let form = black_box(&form);
    let words = [0; MANY / 32];
    let history = HistoryView::new(black_box(&words), MANY, 0, 1);
    let before = clock.ticks();
    form.deliver(history, 0, 0, Sums::Integers(black_box(&mut sums)));
    let ticks = clock.since(before) as usize;
    report::line("words", MANY, MANY / 32, [ticks, ticks]);
}

/// Delivers spikes by a form, and reports it.
fn measure(
    clock: &mut Clock,
    name: &str,
    targets: usize,
    (connections, weights): (Connections<'static>, Weights<'static, f32>),
    mut deliver: impl FnMut(&Projection<'static, f32>, HistoryView<'_>),
) {
    let form = Projection { sources: SOURCES, targets, connections, weights, delays: Delays::All(0) };
    let form = black_box(&form);
    let [idle, busy] = [0, SPIKES].map(|spikes| {
        let words = [spikes];
        let history = HistoryView::new(black_box(&words), SOURCES, 0, 1);
        let before = clock.ticks();
        deliver(form, history);
        clock.since(before)
    });
    let events = SPIKES.count_ones() as usize * targets;
    report::line(name, targets, events, [busy.wrapping_sub(idle) as usize, idle as usize]);
}
