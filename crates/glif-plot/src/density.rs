//! Spikes as a density, for spikes so dense that their marks would cover each other.

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::figure::{Group, between, rows, separate, tick};
use crate::{BLUE, Drawn, LETTERS, layout};

/// Maximum number of cells across and upwards: each has three pixels in a raster of the usual size.
const MOST: (usize, usize) = (280, 125);
/// Colors of a density: for low rates, for 60 % of the maximum, and for the maximum.
const LITTLE: RGBColor = RGBColor(214, 231, 243);
const MUCH: RGBColor = RGBColor(3, 30, 66);
const MIDDLE: f64 = 0.6;
/// Number of shades.
const SHADES: u32 = 24;
/// Width of the color scale, pixels.
const SCALE: i32 = 100;

/// The number of spikes in each cell of a grid over steps and neurons.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Density {
    steps: usize,
    neurons: usize,
    /// Steps and neurons per cell; the last cells may have fewer.
    cell: (usize, usize),
    columns: usize,
    /// Spike counts by row, then by column.
    counts: Vec<u64>,
}

impl Density {
    fn new(steps: usize, neurons: usize) -> Self {
        let cell = (steps.div_ceil(MOST.0).max(1), neurons.div_ceil(MOST.1).max(1));
        let (columns, rows) = (steps.div_ceil(cell.0), neurons.div_ceil(cell.1));
        Self { steps, neurons, cell, columns, counts: vec![0; columns * rows] }
    }

    /// Creates a density of these spikes.
    pub(crate) fn of(steps: usize, neurons: usize, spikes: impl Iterator<Item = (usize, usize)>) -> Self {
        let mut density = Self::new(steps, neurons);
        spikes.for_each(|spike| density.add(spike));
        density
    }

    /// Adds a spike; ignores one outside of the steps and neurons.
    pub(crate) fn add(&mut self, (step, neuron): (usize, usize)) {
        if step < self.steps && neuron < self.neurons {
            self.counts[neuron / self.cell.1 * self.columns + step / self.cell.0] += 1;
        }
    }

    /// Returns the first and last step and the first and last neuron of a cell.
    fn bounds(&self, column: usize, row: usize) -> ((usize, usize), (usize, usize)) {
        let of = |at: usize, each: usize, all: usize| (at * each, (at * each).saturating_add(each).min(all));
        (of(column, self.cell.0, self.steps), of(row, self.cell.1, self.neurons))
    }

    /// Returns the mean firing rates of the cells, Hz, by row and column.
    ///
    /// Cells at the edge may be smaller; rates are comparable all the same.
    fn rates(&self, step_time: f64) -> Vec<f64> {
        let rate = |(at, count): (usize, &u64)| {
            let (steps, neurons) = self.bounds(at % self.columns, at / self.columns);
            let size = (steps.1 - steps.0) as f64 * (neurons.1 - neurons.0) as f64;
            *count as f64 / (size * step_time / 1000.0)
        };
        self.counts.iter().enumerate().map(rate).collect()
    }

    /// Draws the density with a color scale and a title.
    pub(crate) fn draw<B: DrawingBackend<ErrorType: 'static>>(
        &self,
        area: &DrawingArea<B, Shift>,
        name: &str,
        step_time: f64,
        groups: &[Group],
    ) -> Drawn {
        let rates = self.rates(step_time);
        let most = rates.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        let (picture, scale) = area.split_horizontally(area.dim_in_pixel().0 as i32 - SCALE);
        let (time, neurons) = (self.cell.0 as f64 * step_time, glif::output::counted(self.cell.1, "neuron"));
        let title = format!("{name}density: the mean rate in cells of {} ms × {neurons}", tick(&time));
        let mut chart = layout(&picture, &title);
        chart.margin_right(10);
        let ms = self.steps as f64 * step_time;
        let mut chart = rows(chart, ms, self.neurons, groups)?;
        let shades: Vec<u32> = rates.iter().map(|rate| shade(rate / most)).collect();
        let mut cells = Vec::new();
        for (row, shades) in shades.chunks(self.columns.max(1)).enumerate() {
            let mut column = 0;
            // Adjacent cells of the same shade are one rectangle.
            for run in shades.chunk_by(|a, b| a == b) {
                let ((left, _), (low, high)) = self.bounds(column, row);
                let ((_, right), _) = self.bounds(column + run.len() - 1, row);
                column += run.len();
                if run[0] > 0 {
                    let [left, right] = [left, right].map(|step| step as f64 * step_time);
                    let [low, high] = [low, high].map(|neuron| neuron as f64 - 0.5);
                    cells.push(Rectangle::new([(left, high), (right, low)], colour(run[0]).filled()));
                }
            }
        }
        chart.draw_series(cells)?;
        separate(&mut chart, ms, groups)?;
        legend(&scale, most)
    }
}

/// Draws the color scale, from 0 to the maximum, Hz.
fn legend<B: DrawingBackend<ErrorType: 'static>>(area: &DrawingArea<B, Shift>, most: f64) -> Drawn {
    let mut chart = ChartBuilder::on(area);
    chart.caption("Hz", LETTERS).margin(8).x_label_area_size(44).right_y_label_area_size(56);
    let mut chart = chart.build_cartesian_2d(0.0..1.0, 0.0..most)?;
    chart
        .configure_mesh()
        .disable_mesh()
        .disable_x_axis()
        .y_labels(6)
        // Without these blanks a tick mark touches its label.
        .y_label_formatter(&|rate| format!("\u{a0}\u{a0}{}", tick(rate)))
        .label_style(LETTERS)
        .draw()?;
    let band = most / f64::from(SHADES);
    let bands = (1..=SHADES).map(|shade| {
        let top = f64::from(shade) * band;
        Rectangle::new([(0.0, top), (1.0, top - band)], colour(shade).filled())
    });
    chart.draw_series(bands)?;
    Ok(())
}

/// Returns the shade of a fraction of the maximum. Only 0 has shade 0, so that a single spike is visible.
fn shade(share: f64) -> u32 {
    if share > 0.0 { ((share * f64::from(SHADES)).ceil() as u32).clamp(1, SHADES) } else { 0 }
}

fn colour(shade: u32) -> RGBColor {
    let share = f64::from(shade.saturating_sub(1)) / f64::from(SHADES - 1);
    if share < MIDDLE {
        between(LITTLE, BLUE, share / MIDDLE)
    } else {
        between(BLUE, MUCH, (share - MIDDLE) / (1.0 - MIDDLE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spike_is_counted_and_rates_depend_on_the_cell_size() {
        // 281 steps and 126 neurons: a cell has two steps and two neurons, except the last ones, which have
        // one step.
        let mut density = Density::new(281, 126);
        assert_eq!((density.cell, density.columns, density.counts.len()), ((2, 2), 141, 141 * 63));
        for step in 0..281 {
            for neuron in 0..126 {
                density.add((step, neuron));
            }
        }
        density.add((281, 0));
        density.add((0, 126));
        assert_eq!(density.counts.iter().sum::<u64>(), 281 * 126);
        // Each neuron fires in each step of 0.5 ms.
        assert!(density.rates(0.5).iter().all(|rate| *rate == 2000.0));
        assert!(Density::new(0, 0).counts.is_empty());
        let large = Density::new(usize::MAX, usize::MAX);
        assert!(large.counts.len() <= MOST.0 * MOST.1);
    }

    #[test]
    fn a_single_spike_has_a_shade_and_shades_grow_darker() {
        assert_eq!([0.0, 1e-9, 0.5, 1.0].map(shade), [0, 1, SHADES / 2, SHADES]);
        let light = |shade: u32| {
            let RGBColor(red, green, blue) = colour(shade);
            u32::from(red) + u32::from(green) + u32::from(blue)
        };
        assert!((1..SHADES).all(|shade| light(shade) > light(shade + 1)));
        assert_eq!((colour(1), colour(SHADES)), (LITTLE, MUCH));
    }
}
