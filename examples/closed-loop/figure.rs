//! The figure of a closed loop: wind, angles and spikes.

use glif_plot::{BLUE, Drawn, Figure, GREEN, GREY, LETTERS, VERMILION, distinct, layout, thinned};
use plotters::coord::Shift;
use plotters::prelude::*;

use super::{Loop, Track};

pub(super) struct Picture<'a> {
    /// Wind torque per step, N·m.
    pub(super) wind: &'a [f64],
    /// One track for each loop of [`Loop::ALL`].
    pub(super) tracks: &'a [Track],
    /// Time step, ms.
    pub(super) step_time: f64,
    pub(super) neurons: usize,
}

impl Figure for Picture<'_> {
    fn size(&self) -> (u32, u32) {
        (1000, 860)
    }

    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let (wind, rest) = area.split_vertically(190);
        let (angles, spikes) = rest.split_vertically(330);
        self.wind(&wind)?;
        self.angles(&angles)?;
        self.spikes(&spikes)
    }
}

impl Picture<'_> {
    fn seconds(&self, step: usize) -> f64 {
        step as f64 * self.step_time / 1000.0
    }

    fn wind<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let most = self.wind.iter().fold(1e-9, |most: f64, gust| most.max(gust.abs())) * 1.1;
        let mut chart =
            layout(area, "the recorded wind").build_cartesian_2d(0.0..self.seconds(self.wind.len()), -most..most)?;
        chart.configure_mesh().disable_mesh().y_desc("N·m").y_labels(5).label_style(LETTERS).draw()?;
        let points = self.wind.iter().enumerate().map(|(step, gust)| (self.seconds(step), *gust));
        let times = 0.0..self.seconds(self.wind.len());
        chart.draw_series(LineSeries::new(thinned(points, times), GREY))?;
        Ok(())
    }

    fn angles<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let mut chart = layout(area, "the pole's angle from upright")
            .build_cartesian_2d(0.0..self.seconds(self.wind.len()), -95.0..95.0)?;
        chart
            .configure_mesh()
            .disable_mesh()
            .y_desc("degrees")
            .y_labels(9)
            .y_label_formatter(&|angle| format!("{angle:.0}"))
            .label_style(LETTERS)
            .draw()?;
        // The closed loop is drawn last, over the others.
        for (kind, track) in Loop::ALL.iter().zip(self.tracks).rev() {
            let colour = match kind {
                Loop::Closed => BLUE,
                Loop::Unadapted => GREEN,
                Loop::Open => VERMILION,
            };
            let points = track.angles.iter().enumerate().map(|(step, angle)| (self.seconds(step + 1), *angle));
            let points = thinned(points, 0.0..self.seconds(self.wind.len()));
            chart
                .draw_series(LineSeries::new(points, colour.stroke_width(2)))?
                .label(format!("{} (rms {:.2}°)", kind.name(), track.error()))
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], colour.stroke_width(3)));
        }
        // The side on which the fallen pole does not end.
        let right = self.tracks.iter().any(|track| track.angles.last().is_some_and(|angle| *angle >= 90.0));
        let legend = if right { SeriesLabelPosition::LowerRight } else { SeriesLabelPosition::UpperRight };
        chart.configure_series_labels().position(legend).label_font(LETTERS).background_style(WHITE.mix(0.8)).draw()?;
        Ok(())
    }

    fn spikes<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let times = 0.0..self.seconds(self.wind.len());
        let title = "the board's spikes, loop closed: below, neurons that pull to the left; above, to the right";
        let mut chart = layout(area, title).build_cartesian_2d(times, -0.5..self.neurons as f64 - 0.5)?;
        chart
            .configure_mesh()
            .disable_mesh()
            .x_desc("time (s)")
            .y_desc("neuron")
            .y_label_formatter(&|neuron| format!("{neuron:.0}"))
            .label_style(LETTERS)
            .draw()?;
        let spikes = self.tracks[0].spikes.iter().map(|(step, neuron)| (self.seconds(step + 1), *neuron as f64));
        let spikes = distinct(spikes, |point| chart.backend_coord(point));
        let middle = (self.neurons / 2) as f64;
        let dots = spikes.into_iter().map(|point| {
            let colour = if point.1 < middle { BLUE } else { VERMILION };
            Circle::new(point, 2, colour.filled())
        });
        chart.draw_series(dots)?;
        Ok(())
    }
}
