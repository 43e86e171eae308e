//! The instructions of a step, from those that were measured of its parts.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use glif::description::{ModelKind, NumberFormat};
use serde::{Deserialize, Serialize};

use super::Board;
use super::load::{Cells, Load, Members, Wires};

/// A copy of `firmware/instructions.toml`, which a test compares with it: the folder of the crate has all that it is built from.
const MEASURED: &str = include_str!("instructions.toml");

/// Sources and targets of the measured projections, and the targets of those with few.
const SOURCES: f64 = 32.0;
const TARGETS: f64 = 64.0;
const FEW: f64 = 8.0;
/// Neurons of the measured inputs, and of the smaller part of them.
const NEURONS: f64 = 64.0;
const HALF: f64 = 32.0;
/// Delays for which the measured projection with several looks.
const DELAYS: f64 = 8.0;

/// Instructions of a part of a step.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Figure {
    mean: f64,
    bound: f64,
}

/// Figures of a model by number format, and those of a whole step of few neurons.
#[derive(Debug, Default, Deserialize)]
struct Figures {
    #[serde(default)]
    few: BTreeMap<String, BTreeMap<String, f64>>,
    #[serde(flatten)]
    of: BTreeMap<String, Figure>,
}

/// The figures of the parts of a step on a core.
struct Measured {
    neurons: BTreeMap<String, Figures>,
    parts: BTreeMap<String, Figures>,
}

impl Measured {
    /// Reads the figures for a board.
    fn of(board: &Board) -> Result<Self> {
        let mut all: BTreeMap<String, BTreeMap<String, Figures>> = toml::from_str(MEASURED)?;
        let parts = all.remove(board.parts).with_context(|| format!("no figures of {}", board.parts))?;
        let neurons = if board.neurons == board.parts { None } else { all.remove(board.neurons) };
        Ok(Self { neurons: neurons.unwrap_or_default(), parts })
    }

    fn figures(&self, model: &str) -> Option<&Figures> {
        self.neurons.get(model).or_else(|| self.parts.get(model))
    }

    /// Returns the instructions of a part for so many neurons: those of 64 and of 32 give what each takes, and what all take
    /// once.
    fn of_neurons(&self, part: &str, neurons: usize) -> f64 {
        let figure = self.part(part);
        let each = (NEURONS * figure.mean - figure.bound) / (NEURONS - HALF);
        (figure.bound - HALF * each) + neurons as f64 * each
    }

    fn part(&self, name: &str) -> Figure {
        let of = |model: &str| self.parts.get(model)?.of.get(name).copied();
        of("event").or_else(|| of("part")).unwrap_or(Figure { mean: 0.0, bound: 0.0 })
    }
}

/// Instructions of a step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Instructions {
    /// Steps of the neurons.
    pub(super) neurons: f64,
    /// From sums and stimuli to the inputs of the neurons, with the state of the synapses.
    pub(super) inputs: f64,
    /// Looking for spikes.
    pub(super) search: f64,
    /// Synaptic events.
    pub(super) events: f64,
    /// All of these.
    pub(super) sum: f64,
    /// A step in which every neuron fires, and gets a spike of every source.
    pub(super) greatest: f64,
}

/// Returns the instructions of a step if the populations have these rates, Hz.
pub(super) fn instructions(board: &Board, load: &Load, rates: &[f64]) -> Result<Instructions> {
    let measured = Measured::of(board)?;
    let suffix = suffix(load.scalar);
    let (mut neurons, mut inputs, mut greatest) = (0.0, 0.0, 0.0);
    for (number, population) in load.populations.iter().enumerate() {
        let Some(cells) = &population.cells else { continue };
        let [mean, most] = step(&measured, population, cells, load.scalar);
        let arriving = load.projections.iter().filter(|wires| wires.to == number).count();
        let gathered = if load.is_network { gather(&measured, population, cells, arriving, suffix) } else { 0.0 };
        (neurons, inputs, greatest) = (neurons + mean, inputs + gathered, greatest + most + gathered);
    }
    let (mut search, mut events) = (0.0, 0.0);
    for wires in &load.projections {
        let from = &load.populations[wires.from];
        let spikes = from.neurons as f64 * rates[wires.from] * load.step_time / 1000.0;
        let (idle, each, at_once) = delivery(&measured, wires, from.neurons);
        search += idle;
        events += spikes * each;
        greatest += idle + from.neurons as f64 * at_once;
    }
    let sum = neurons + inputs + search + events;
    Ok(Instructions { neurons, inputs, search, events, sum, greatest })
}

/// Returns the number format of the same width whose parts were measured.
fn suffix(scalar: NumberFormat) -> &'static str {
    match (scalar.is_fixed_point(), scalar.size()) {
        (true, 2) => "i8f8",
        (true, _) => "i16f16",
        _ => "f32",
    }
}

/// Returns the instructions of a step of neurons: the mean under a usual load, and the most.
fn step(measured: &Measured, population: &Members, cells: &Cells, scalar: NumberFormat) -> [f64; 2] {
    let suffix = suffix(scalar);
    let of = |model: &str| {
        let figures = measured.figures(model);
        figures.and_then(|figures| figures.of.get(scalar.name()).or_else(|| figures.of.get(suffix))).copied()
    };
    // What a step takes besides its neurons, from that of one neuron. It hardly depends on the format.
    let once = |model: &str| {
        let few = measured.figures(model)?.few.get(if suffix == "f32" { "f32" } else { "i16f16" })?;
        Some(few.get("1")? - of(model).map_or(0.0, |figure| figure.mean))
    };
    let (model, measured_components) = match cells.model {
        ModelKind::Alif => ("alif", 2.0),
        ModelKind::Glif2 => ("glif2", 2.0),
        ModelKind::Glif3 => ("glif3", 2.0),
        ModelKind::Glif4 | ModelKind::Glif5 => ("glif5", 4.0),
        _ => ("lif", 0.0),
    };
    let (Some(plain), Some(figure)) = (of("lif"), of(model)) else { return [0.0; 2] };
    let components = cells.components as f64;
    let share = if measured_components > 0.0 { components / measured_components } else { 0.0 };
    let own = of("lif-own").filter(|_| cells.own);
    // What components and own coefficients add to each neuron.
    let more =
        |of: fn(&Figure) -> f64| share * (of(&figure) - of(&plain)) + own.map_or(0.0, |own| of(&own) - of(&plain));
    let count = population.neurons as f64;
    let neurons = |of: fn(&Figure) -> f64| count * (of(&plain) + more(of));
    let [mean, bound] = [neurons(|figure| figure.mean), neurons(|figure| figure.bound)];
    let all = if cells.jumps == 0 {
        once(if cells.own { "lif-own" } else { model }).unwrap_or(0.0).max(0.0) + mean
    } else {
        // Neurons whose membranes jump take another path, measured without components.
        let form = format!("jumped-{}", if suffix == "f32" { "f32" } else { "i16f16" });
        measured.of_neurons(&form, population.neurons) + count * more(|figure| figure.mean)
    };
    [all, all + bound - mean]
}

/// Returns the instructions of the inputs of a population at which so many projections arrive.
fn gather(measured: &Measured, population: &Members, cells: &Cells, arriving: usize, suffix: &str) -> f64 {
    if !cells.has_currents && cells.jumps == 0 {
        return 0.0;
    }
    let part = |name: &str| measured.of_neurons(&format!("{name}-{suffix}"), population.neurons);
    let bare = part("gather");
    let synapses: f64 = cells.synapses.iter().map(|name| part(name) - bare).sum();
    let stimuli: f64 = cells.stimuli.iter().map(|name| part(name) - bare).sum();
    bare + synapses + stimuli + arriving as f64 * (part("arrival") - part("current"))
}

/// Returns the instructions of a delivery without spikes, those of a spike, and those of a spike in the step of the most, for
/// a projection from so many sources.
fn delivery(measured: &Measured, wires: &Wires, sources: usize) -> (f64, f64, f64) {
    // A kernel is not measured; nothing else is as near.
    let form = wires.form.replace("convolution", "sparse");
    let form = match form.as_str() {
        // As above.
        "dense-one" => "dense-i8",
        "dense-i32" => "dense-i16",
        "sparse-i32" => "sparse-i16",
        form => form,
    };
    let sources = sources as f64;
    let (many, few) = (measured.part(form), measured.part(&format!("{form}-8")));
    let words = (sources / SOURCES).ceil();
    let rows = wires.rows as f64 / sources;
    let length = wires.connections as f64 / wires.rows.max(1) as f64;
    // A row, by its length: of few targets, of many, and in between.
    let row = match length {
        length if length <= FEW => length * few.mean,
        length if length >= TARGETS => length * many.mean,
        length => {
            let (short, long) = (FEW * few.mean, TARGETS * many.mean);
            short + (long - short) * (length - FEW) / (TARGETS - FEW)
        }
    };
    let scan = measured.part("words").mean * (words - 1.0);
    if wires.delays == 1 {
        return (many.bound + scan, rows * row, rows * row);
    }
    // A spike is found once for each delay, and then every row of its source is looked at.
    let looked = measured.part("rows");
    let delays = wires.delays as f64;
    let idle = looked.bound / DELAYS * delays + scan * delays;
    let look = rows * looked.mean;
    (idle, delays * look + rows * row, look + rows / delays * row)
}
