//! The picture of f-I curves.

use anyhow::Result;
use glif::Description;
use plotters::coord::Shift;
use plotters::prelude::*;

use super::Rates;
use crate::picture::{BLUE, Figure, GREEN, GREY, LETTERS, VERMILION};

pub(super) struct Picture<'a> {
    pub(super) curves: &'a [(Description, Rates)],
}

impl Figure for Picture<'_> {
    const SIZE: (u32, u32) = (1000, 600);

    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<()>
    where
        B::ErrorType: 'static,
    {
        let all = || self.curves.iter().map(|(_, rates)| rates);
        let currents = || all().flat_map(|rates| &rates.currents).copied();
        let (lowest, highest) = (currents().fold(f64::MAX, f64::min), currents().fold(f64::MIN, f64::max));
        let most = all().flat_map(|rates| &rates.board).copied().fold(1.0, f64::max);
        let mut chart = ChartBuilder::on(area)
            .caption("firing rate over current: a dot for the board, a ring for the host", LETTERS)
            .margin(8)
            .margin_right(30)
            .x_label_area_size(48)
            .y_label_area_size(64)
            .build_cartesian_2d(lowest..highest.max(lowest + 1e-9), 0.0..most * 1.05)?;
        chart
            .configure_mesh()
            .disable_mesh()
            .x_desc("current (nA)")
            .y_desc("rate (Hz)")
            .x_label_formatter(&|current| format!("{current}"))
            .y_label_formatter(&|rate| format!("{rate}"))
            .label_style(LETTERS)
            .draw()?;
        for ((description, rates), colour) in self.curves.iter().zip([BLUE, VERMILION, GREEN].into_iter().cycle()) {
            if let Some(exact) = rates.exact {
                let points = (0..=2000).map(|i| lowest + (highest - lowest) * f64::from(i) / 2000.0);
                chart
                    .draw_series(LineSeries::new(points.map(|current| (current, exact.rate(current))), GREY))?
                    .label("closed form, 1 / (n · dt)")
                    .legend(|(x, y)| PathElement::new([(x, y), (x + 20, y)], GREY));
            }
            let name = format!("{} in {}", description.model, description.scalar);
            let points = |values: &[f64]| rates.currents.iter().copied().zip(values.to_vec()).collect::<Vec<_>>();
            let ring = move |at| Circle::new(at, 5, colour.stroke_width(1));
            chart.draw_series(points(&rates.host).into_iter().map(ring))?;
            chart
                .draw_series(points(&rates.board).into_iter().map(|at| Circle::new(at, 2, colour.filled())))?
                .label(name)
                .legend(move |(x, y)| Circle::new((x + 10, y), 4, colour.filled()));
        }
        let legend = SeriesLabelPosition::UpperLeft;
        chart.configure_series_labels().position(legend).label_font(LETTERS).background_style(WHITE.mix(0.8)).draw()?;
        Ok(())
    }
}
