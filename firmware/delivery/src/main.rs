//! Delivers spikes by projections of every form that a board uses, and reports how long each takes.
//!
//! Thirty-two sources project to 64 targets. A line has the form, the number of synaptic events and the ticks that
//! they take: those of a delivery with 8 spikes less those of a delivery with none. The last column is the ticks of
//! a delivery without spikes. The lines go to the host by semihosting.
#![no_std]
#![no_main]

mod clock;
mod report;

use core::hint::black_box;

#[cfg(target_arch = "arm")]
use cortex_m_rt::entry;
use glif_core::network::{Connections, Delays, HistoryView, Projection, Sums, Targets, Weights};
// Provides the panic handler.
use glif_emulated as _;
#[cfg(target_arch = "riscv32")]
use riscv_rt::entry;

const SOURCES: usize = 32;
const TARGETS: usize = 64;
/// Sources that fire.
const SPIKES: u32 = 0b0100_0001_0010_0100_1000_0001_0010_0001;

/// Targets of a source in a sparse projection.
const FAN_OUT: usize = TARGETS;

static PACKED: [u32; SOURCES * TARGETS / 4] = [0x8383_8383; SOURCES * TARGETS / 4];
static DENSE_16: [i16; SOURCES * TARGETS] = [300; SOURCES * TARGETS];
static SPARSE_8: [i8; SOURCES * FAN_OUT] = [3; SOURCES * FAN_OUT];
static SPARSE_16: [i16; SOURCES * FAN_OUT] = [300; SOURCES * FAN_OUT];
static STARTS: [u32; SOURCES + 1] = starts();
static INDICES: [u16; SOURCES * FAN_OUT] = indices();

const fn starts() -> [u32; SOURCES + 1] {
    let mut starts = [0; SOURCES + 1];
    let mut source = 0;
    while source < SOURCES {
        starts[source + 1] = starts[source] + FAN_OUT as u32;
        source += 1;
    }
    starts
}

const fn indices() -> [u16; SOURCES * FAN_OUT] {
    let mut indices = [0; SOURCES * FAN_OUT];
    let mut at = 0;
    while at < SOURCES * FAN_OUT {
        indices[at] = (at % FAN_OUT) as u16;
        at += 1;
    }
    indices
}

const SPARSE: Connections<'static> = Connections::Sparse { starts: &STARTS, targets: Targets::U16(&INDICES) };

/// A form of a projection: its name, its connections, its weights.
type Form = (&'static str, Connections<'static>, Weights<'static, f32>);

static FORMS: [Form; 4] = [
    ("dense-i8", Connections::Dense, Weights::Packed(&PACKED)),
    ("dense-i16", Connections::Dense, Weights::I16(&DENSE_16)),
    ("sparse-i8", SPARSE, Weights::I8(&SPARSE_8)),
    ("sparse-i16", SPARSE, Weights::I16(&SPARSE_16)),
];

/// Measures every form.
#[entry]
fn main() -> ! {
    let mut clock = clock::Clock::new();
    let mut sums = [0; TARGETS];
    for (name, connections, weights) in &FORMS {
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
            clock.since(before)
        });
        let fan_out = if *connections == Connections::Dense { TARGETS } else { FAN_OUT };
        report::line(name, SPIKES.count_ones() as usize * fan_out, busy.wrapping_sub(idle) as usize, idle as usize);
    }
    report::end()
}
