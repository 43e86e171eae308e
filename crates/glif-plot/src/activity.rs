//! The spikes of a run, drawn as marks or as a density.

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::density::Density;
use crate::raster::MOST_MARKS;
use crate::{Drawn, Figure, Group, LETTERS, Mark, Raster, Spikes};

/// A raster that takes the spikes of a run one by one. Its memory and picture stay small for any number of
/// spikes.
///
/// Up to 20,000 spikes are drawn as marks, as in a [`Raster`]. More marks would cover each other, so the
/// picture becomes a density: the mean firing rate in cells of several steps and neurons, with a scale in Hz.
/// The title says so.
#[derive(Debug, Clone)]
pub struct Activity {
    title: String,
    steps: usize,
    neurons: usize,
    step_time: f64,
    groups: Vec<Group>,
    seen: Seen,
}

#[derive(Debug, Clone)]
enum Seen {
    /// Step and neuron of each spike.
    Spikes(Vec<(usize, usize)>),
    Density(Density),
}

impl Activity {
    /// Creates an empty raster for a run of `steps`, each of `step_time` ms.
    pub fn new(title: String, steps: usize, neurons: usize, step_time: f64) -> Self {
        Self { title, steps, neurons, step_time, groups: Vec::new(), seen: Seen::Spikes(Vec::new()) }
    }

    /// Separates groups of consecutive neurons, from neuron 0 on, by lines, and names them at the side.
    #[must_use]
    pub fn grouped(self, groups: Vec<Group>) -> Self {
        Self { groups, ..self }
    }

    /// Adds a spike.
    pub fn add(&mut self, step: usize, neuron: usize) {
        match &mut self.seen {
            Seen::Spikes(spikes) if spikes.len() < MOST_MARKS => spikes.push((step, neuron)),
            Seen::Spikes(spikes) => {
                let spikes = spikes.drain(..).chain([(step, neuron)]);
                self.seen = Seen::Density(Density::of(self.steps, self.neurons, spikes));
            }
            Seen::Density(density) => density.add((step, neuron)),
        }
    }

    fn raster<'a>(&'a self, records: &'a [Spikes<'a>]) -> Raster<'a> {
        let Self { title, steps, neurons, step_time, groups, .. } = self;
        Raster { title, records, steps: *steps, neurons: *neurons, step_time: *step_time, groups }
    }
}

impl Figure for Activity {
    fn size(&self) -> (u32, u32) {
        self.raster(&[]).size()
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &DrawingArea<B, Shift>) -> Drawn {
        match &self.seen {
            Seen::Spikes(spikes) => self.raster(&[Spikes { name: "", spikes, mark: Mark::Dot }]).draw(area),
            Seen::Density(density) => {
                let area = area.titled(&self.title, LETTERS)?;
                density.draw(&area, "", self.step_time, &self.groups)
            }
        }
    }
}
