//! Traces: current, membrane potential and threshold of a few neurons.

use std::ops::Range;

use plotters::coord::Shift;
use plotters::coord::ranged1d::ValueFormatter as _;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use crate::figure::{axes, bounds};
use crate::line::{is_dense, line};
use crate::{BLUE, Drawn, Figure, GREY, LETTERS, VERMILION, layout};

/// One neuron over time, with one value per step, taken after the step.
#[derive(Debug, Clone)]
pub struct Trace {
    /// Name of the neuron.
    pub name: String,
    /// Current, nA.
    pub current: Vec<f64>,
    /// Membrane potential, mV.
    pub voltage: Vec<f64>,
    /// Threshold, mV; empty if the neuron has none.
    pub threshold: Vec<f64>,
    /// Steps in which the neuron fired.
    pub spikes: Vec<usize>,
}

/// Traces of neurons below each other, each with its current.
///
/// With many steps, each column of pixels shows the range of current, membrane potential and threshold in it.
/// Spikes that are too dense for bars become a strip whose gray is their density. The titles say so.
#[derive(Debug, Clone, Copy)]
pub struct Traces<'a> {
    /// Title above all traces.
    pub title: &'a str,
    /// Neurons from top to bottom.
    pub neurons: &'a [Trace],
    /// Step time, ms.
    pub step_time: f64,
}

/// Heights of a current and of a membrane potential, pixels.
const HEIGHTS: (u32, u32) = (120, 300);
/// Maximum number of spikes of a neuron that are drawn as bars.
const BARS: usize = 300;

impl Figure for Traces<'_> {
    fn size(&self) -> (u32, u32) {
        (1000, 30 + (HEIGHTS.0 + HEIGHTS.1) * self.neurons.len() as u32)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &DrawingArea<B, Shift>) -> Drawn {
        let mut rest = area.titled(self.title, LETTERS)?;
        for trace in self.neurons {
            let (current, below) = rest.split_vertically(HEIGHTS.0);
            let (membrane, below) = below.split_vertically(HEIGHTS.1);
            self.current(trace, &current)?;
            self.membrane(trace, &membrane)?;
            rest = below;
        }
        Ok(())
    }
}

impl Traces<'_> {
    /// Returns the time at the end of a step, ms, which is the time of the recorded values.
    fn time(&self, step: usize) -> f64 {
        (step + 1) as f64 * self.step_time
    }

    fn points<'a>(&'a self, values: &'a [f64]) -> impl Iterator<Item = (f64, f64)> + Clone + 'a {
        values.iter().enumerate().map(|(step, value)| (self.time(step), *value))
    }

    fn current<B: DrawingBackend<ErrorType: 'static>>(&self, trace: &Trace, area: &DrawingArea<B, Shift>) -> Drawn {
        let (lowest, highest) = room(trace.current.iter().copied());
        let times = 0.0..self.time(trace.current.len());
        let mut chart = layout(area, &format!("{}: current", trace.name))
            .x_label_area_size(8)
            .build_cartesian_2d(times.clone(), lowest..highest)?;
        chart.configure_mesh().disable_mesh().x_labels(0).y_labels(3).y_desc("nA").label_style(LETTERS).draw()?;
        // A current is constant during its step.
        let held = trace
            .current
            .iter()
            .enumerate()
            .flat_map(|(step, current)| [(step as f64 * self.step_time, *current), (self.time(step), *current)]);
        chart.draw_series(line(held, times, GREY.stroke_width(2)))?;
        Ok(())
    }

    fn membrane<B: DrawingBackend<ErrorType: 'static>>(&self, trace: &Trace, area: &DrawingArea<B, Shift>) -> Drawn {
        let (lowest, highest) = room(trace.voltage.iter().chain(&trace.threshold).copied());
        // Spikes reach above the membrane potential.
        let peak = highest + (highest - lowest) * 0.15;
        let times = 0.0..self.time(trace.voltage.len());
        // The title serves as the legend: a legend inside the chart would cover the curves.
        let (dashed, barred) = (!is_dense(trace.threshold.len()), trace.spikes.len() <= BARS);
        let threshold = if dashed { "threshold (dashed)" } else { "threshold (thin line)" };
        let spikes = if barred { "spikes (bars)" } else { "density of spikes (grey strip)" };
        let title = match trace.threshold[..] {
            [] => format!("{}: membrane", trace.name),
            _ => format!("{}: membrane (line), {threshold}, {spikes}", trace.name),
        };
        let names = ["time (ms)", "mV"];
        let mut chart = axes(layout(area, &title), times.clone(), lowest..peak, names, &RangedCoordf64::format)?;
        if dashed {
            chart.draw_series(DashedLineSeries::new(self.points(&trace.threshold), 6, 4, VERMILION.stroke_width(2)))?;
        }
        chart.draw_series(line(self.points(&trace.voltage), times.clone(), BLUE.stroke_width(2)))?;
        if !dashed {
            // A membrane potential that fills its columns would hide the threshold, which is therefore drawn
            // on top.
            chart.draw_series(line(self.points(&trace.threshold), times.clone(), VERMILION.stroke_width(1)))?;
        }
        if barred {
            let spikes = trace.spikes.iter().map(|step| {
                let (time, foot) = (self.time(*step), trace.threshold.get(*step).copied().unwrap_or(highest));
                PathElement::new([(time, foot), (time, peak)], BLACK.stroke_width(2))
            });
            chart.draw_series(spikes)?;
        } else {
            chart.draw_series(strip(&trace.spikes, trace.voltage.len(), times.end, highest..peak))?;
        }
        Ok(())
    }
}

/// Draws the density of spikes in a trace that ends at `end`.
///
/// The steps are divided into at most as many parts as there can be bars. Each part with spikes is a
/// rectangle, black where spikes are densest.
fn strip(spikes: &[usize], steps: usize, end: f64, height: Range<f64>) -> Vec<Rectangle<(f64, f64)>> {
    // All parts have the same number of whole steps; otherwise larger parts would have more spikes.
    let each = steps.div_ceil(BARS).max(1);
    let mut counts = vec![0_u32; steps.div_ceil(each)];
    spikes.iter().filter(|step| **step < steps).for_each(|step| counts[step / each] += 1);
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let time = |step: usize| step as f64 * end / steps as f64;
    let parts = counts.into_iter().enumerate().filter(|(_, count)| *count > 0);
    parts
        .map(|(part, count)| {
            // A single spike must be visible.
            let grey = (235.0 * (1.0 - f64::from(count) / f64::from(most))).min(215.0) as u8;
            let (from, to) = (time(part * each), time(((part + 1) * each).min(steps)));
            Rectangle::new([(from, height.end), (to, height.start)], RGBColor(grey, grey, grey).filled())
        })
        .collect()
}

/// Returns the range of the values, extended by a small margin.
fn room(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let Some((lowest, highest)) = bounds(values) else {
        return (0.0, 1.0);
    };
    let margin = ((highest - lowest) * 0.05).max(1e-9 * highest.abs()).max(1e-3);
    (lowest - margin, highest + margin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(steps: usize) -> String {
        let wave = |step: usize| (step as f64 * 0.37).sin();
        let trace = Trace {
            name: "neuron 0".to_owned(),
            current: (0..steps).map(|step| 15.0 + wave(step)).collect(),
            voltage: (0..steps).map(|step| -55.0 + 4.0 * wave(step)).collect(),
            threshold: (0..steps).map(|step| -50.0 + wave(step / 100)).collect(),
            spikes: (0..steps).step_by(9).collect(),
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trace.svg");
        crate::save(&Traces { title: "long", neurons: &[trace], step_time: 0.1 }, &path).unwrap();
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn long_traces_have_a_bounded_size_and_their_own_legend() {
        let short = picture(1000);
        assert!(short.contains("threshold (dashed), spikes (bars)"));
        for steps in [5_000, 1_000_000] {
            let long = picture(steps);
            assert!(long.contains("threshold (thin line), density of spikes (grey strip)"));
            assert!(long.len() < 1_000_000, "{} bytes", long.len());
        }
    }

    #[test]
    fn a_strip_is_black_where_spikes_are_densest() {
        let strip = strip(&[0, 1, 2, 1500], 3000, 300.0, 0.0..1.0);
        assert_eq!(strip.len(), 2);
        assert_eq!(super::strip(&[], 3000, 300.0, 0.0..1.0).len(), 0);
    }
}
