//! Pictures of spikes, as SVG or PNG.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

const SIZE: (u32, u32) = (1000, 500);

/// A file name that a picture can have.
pub(crate) fn file(name: &str) -> Result<PathBuf, String> {
    match Path::new(name).extension().and_then(|ending| ending.to_str()) {
        Some("svg" | "png") => Ok(name.into()),
        _ => Err("a picture ends in .svg or .png; without a file, put --plot last".to_owned()),
    }
}

/// Draws spikes (step, neuron): time to the right in ms, neurons upwards.
pub(crate) fn raster(
    path: &Path,
    spikes: &[(usize, usize)],
    steps: usize,
    neurons: usize,
    step_time: f64,
) -> Result<()> {
    // The letters come along, so that a picture is the same on every machine.
    register_font("sans-serif", FontStyle::Normal, dejavu::sans::regular())
        .map_err(|_| anyhow!("no letters to draw with"))?;
    let drawn = if path.extension().is_some_and(|ending| ending == "svg") {
        draw(&SVGBackend::new(path, SIZE).into_drawing_area(), spikes, steps, neurons, step_time)
    } else {
        draw(&BitMapBackend::new(path, SIZE).into_drawing_area(), spikes, steps, neurons, step_time)
    };
    drawn.with_context(|| format!("`{}` cannot be drawn", path.display()))
}

fn draw<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    spikes: &[(usize, usize)],
    steps: usize,
    neurons: usize,
    step_time: f64,
) -> Result<()>
where
    B::ErrorType: 'static,
{
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(area)
        .margin(16)
        .margin_right(40)
        .x_label_area_size(48)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..steps as f64 * step_time, -0.5..neurons as f64 - 0.5)?;
    chart
        .configure_mesh()
        .disable_mesh()
        .x_desc("time (ms)")
        .y_desc("neuron")
        .x_label_formatter(&|ms| format!("{ms}"))
        .y_label_formatter(&|neuron| format!("{neuron:.0}"))
        .label_style(("sans-serif", 16))
        .draw()?;
    // Okabe and Ito's blue, told apart from the rest by every eye; smaller dots where there are many neurons.
    let style = RGBColor(0, 114, 178).filled();
    let radius = if neurons > 200 { 1 } else { 2 };
    let dots =
        spikes.iter().map(|(step, neuron)| Circle::new((*step as f64 * step_time, *neuron as f64), radius, style));
    chart.draw_series(dots)?;
    area.present()?;
    Ok(())
}
