//! What a figure is, and how it gets into a file.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use glif::file::{self, FileError};
use plotters::chart::ChartBuilder;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

/// Letters of everything.
pub const LETTERS: (&str, u32) = ("sans-serif", 15);

/// Whether something could be drawn.
pub type Drawn = Result<(), Box<dyn Error + Send + Sync>>;

/// Something that can be drawn, into any kind of picture.
pub trait Figure {
    /// Width and height in pixels.
    fn size(&self) -> (u32, u32);

    /// Draws it on an area of that size, which is white.
    ///
    /// # Errors
    /// What the picture's kind says.
    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Drawn
    where
        B::ErrorType: 'static;
}

/// A file name that a picture can have, from the command line.
///
/// # Errors
/// If it ends neither in .svg nor in .png.
///
/// ```
/// assert!(glif_plot::path("raster.svg").is_ok());
/// assert!(glif_plot::path("raster.pdf").is_err());
/// ```
pub fn path(name: &str) -> Result<PathBuf, String> {
    match Path::new(name).extension().and_then(|ending| ending.to_str()) {
        Some("svg" | "png") => Ok(name.into()),
        _ => Err("a picture ends in .svg or .png".to_owned()),
    }
}

/// Draws a figure on white into a file: SVG if its name ends so, otherwise PNG. An old picture stays as it was if that fails.
///
/// # Errors
/// If the file cannot be written.
pub fn save<F: Figure>(figure: &F, path: &Path) -> Result<(), FileError> {
    file::replace(path, |_, path| {
        // The letters come along, so that a picture is the same on every machine.
        register_font("sans-serif", FontStyle::Normal, dejavu::sans::regular())
            .map_err(|_| io::Error::other("there are no letters to draw with"))?;
        let drawn = if path.extension().is_some_and(|ending| ending == "svg") {
            fill(figure, &SVGBackend::new(path, figure.size()).into_drawing_area())
        } else {
            fill(figure, &BitMapBackend::new(path, figure.size()).into_drawing_area())
        };
        drawn.map_err(io::Error::other)
    })
}

fn fill<F: Figure, B: DrawingBackend>(figure: &F, area: &DrawingArea<B, Shift>) -> Drawn
where
    B::ErrorType: 'static,
{
    area.fill(&WHITE)?;
    figure.draw(area)?;
    area.present()?;
    Ok(())
}

/// A chart with room for its axes and a title.
pub fn layout<'a, 'b, B: DrawingBackend>(area: &'a DrawingArea<B, Shift>, title: &str) -> ChartBuilder<'a, 'b, B> {
    let mut chart = ChartBuilder::on(area);
    chart.caption(title, LETTERS).margin(8).margin_right(30).x_label_area_size(44).y_label_area_size(68);
    chart
}
