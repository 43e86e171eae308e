//! Current, membrane and threshold of a few neurons.

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::figure::tick;
use crate::line::pieces;
use crate::{BLUE, Drawn, Figure, GREY, LETTERS, VERMILION, layout};

/// One neuron over time: a value a step, as it stands after the step.
///
/// ```
/// use glif::{Flags, Lif, LifParams, Population};
/// use glif_plot::{Trace, Traces, save};
/// # let params = LifParams {
/// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
/// # };
/// let mut population = Population::<Lif<f32>>::builder(params).build()?;
/// let (current, threshold) = (vec![18.0; 50], vec![-50.0; 50]); // nA, mV
/// let mut trace = Trace { name: "lif".into(), current, threshold, voltage: Vec::new(), spikes: Vec::new() };
/// for step in 0..50 {
///     let fired = population.step(&[18.0], Flags::default())?.contains(0, 0);
///     trace.spikes.extend(fired.then_some(step));
///     trace.voltage.push(f64::from(population.voltage()[0]));
/// }
/// assert_eq!((&trace.spikes[..], trace.voltage[16]), (&[16, 39][..], -65.0)); // mV
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("trace.svg");
/// save(&Traces { title: "50 ms at 18 nA", neurons: &[trace], step_time: 1.0 }, &path)?;
/// let bar = r##"stroke="#000000" stroke-width="2""##;
/// assert_eq!(std::fs::read_to_string(&path)?.matches(bar).count(), 2); // one for each spike
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Trace {
    /// What it is called.
    pub name: String,
    /// nA
    pub current: Vec<f64>,
    /// mV
    pub voltage: Vec<f64>,
    /// mV
    pub threshold: Vec<f64>,
    /// Steps with a spike.
    pub spikes: Vec<usize>,
}

/// Neurons below each other, each with its current.
///
/// ```
/// use glif_plot::{Trace, Traces, save};
///
/// let neuron = Trace {
///     name: "neuron 0".into(),
///     current: vec![0.0, 30.0, 30.0, 30.0],
///     voltage: vec![-60.0, -58.5, -57.1, -65.0],
///     threshold: vec![-57.0; 4],
///     spikes: vec![3],
/// };
/// let folder = tempfile::tempdir()?;
/// save(&Traces { title: "a spike", neurons: &[neuron], step_time: 1.0 }, &folder.path().join("trace.svg"))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Traces<'a> {
    /// Above everything.
    pub title: &'a str,
    /// From top to bottom.
    pub neurons: &'a [Trace],
    /// ms
    pub step_time: f64,
}

/// Heights in pixels: of a current, of a membrane.
const HEIGHTS: (u32, u32) = (120, 300);

impl Figure for Traces<'_> {
    fn size(&self) -> (u32, u32) {
        (1000, 30 + (HEIGHTS.0 + HEIGHTS.1) * self.neurons.len() as u32)
    }

    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Drawn
    where
        B::ErrorType: 'static,
    {
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
    /// ms at the end of a step, which is where a recorded value stands.
    fn time(&self, step: usize) -> f64 {
        (step + 1) as f64 * self.step_time
    }

    fn points<'a>(&'a self, values: &'a [f64]) -> impl Iterator<Item = (f64, f64)> + Clone + 'a {
        values.iter().enumerate().map(|(step, value)| (self.time(step), *value))
    }

    fn current<B: DrawingBackend>(&self, trace: &Trace, area: &DrawingArea<B, Shift>) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let (lowest, highest) = room(&trace.current);
        let times = 0.0..self.time(trace.current.len());
        let mut chart = layout(area, &format!("{}: current", trace.name))
            .x_label_area_size(8)
            .build_cartesian_2d(times, lowest..highest)?;
        chart.configure_mesh().disable_mesh().x_labels(0).y_labels(3).y_desc("nA").label_style(LETTERS).draw()?;
        // A current is held for its whole step.
        let held = trace
            .current
            .iter()
            .enumerate()
            .flat_map(|(step, current)| [(step as f64 * self.step_time, *current), (self.time(step), *current)]);
        chart.draw_series(pieces(held).into_iter().map(|piece| PathElement::new(piece, GREY.stroke_width(2))))?;
        Ok(())
    }

    fn membrane<B: DrawingBackend>(&self, trace: &Trace, area: &DrawingArea<B, Shift>) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let both: Vec<f64> = trace.voltage.iter().chain(&trace.threshold).copied().collect();
        let (lowest, highest) = room(&both);
        // Spikes rise above all that a membrane does.
        let peak = highest + (highest - lowest) * 0.15;
        let times = 0.0..self.time(trace.voltage.len());
        // The title is the legend: one inside would lie on the curves.
        let title = format!("{}: membrane (line), threshold (dashed), spikes (bars)", trace.name);
        let mut chart = layout(area, &title).build_cartesian_2d(times, lowest..peak)?;
        chart
            .configure_mesh()
            .disable_mesh()
            .x_desc("time (ms)")
            .y_desc("mV")
            .x_label_formatter(&tick)
            .label_style(LETTERS)
            .draw()?;
        chart.draw_series(DashedLineSeries::new(self.points(&trace.threshold), 6, 4, VERMILION.stroke_width(2)))?;
        let voltage = pieces(self.points(&trace.voltage)).into_iter();
        chart.draw_series(voltage.map(|piece| PathElement::new(piece, BLUE.stroke_width(2))))?;
        let foot = |step: usize| trace.threshold.get(step).copied().unwrap_or(highest);
        let spikes = trace.spikes.iter().map(|step| {
            PathElement::new([(self.time(*step), foot(*step)), (self.time(*step), peak)], BLACK.stroke_width(2))
        });
        chart.draw_series(spikes)?;
        Ok(())
    }
}

/// From the lowest to the highest, and a little beyond.
fn room(values: &[f64]) -> (f64, f64) {
    let (lowest, highest) =
        (values.iter().copied().fold(f64::MAX, f64::min), values.iter().copied().fold(f64::MIN, f64::max));
    if lowest > highest {
        return (0.0, 1.0);
    }
    let margin = ((highest - lowest) * 0.05).max(1e-9 * highest.abs()).max(1e-3);
    (lowest - margin, highest + margin)
}
