//! What a figure is, and how it gets into a file.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use glif::Number;
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

/// A file name that a picture can have, for the command line.
///
/// # Errors
/// If it ends neither in .svg nor in .png, in small letters or large.
///
/// ```
/// assert!(glif_plot::path("raster.svg".into()).is_ok());
/// assert!(glif_plot::path("raster.pdf".into()).is_err());
/// ```
pub fn path(path: PathBuf) -> Result<PathBuf, String> {
    match Kind::of(&path) {
        Some(_) => Ok(path),
        None => Err(ENDINGS.to_owned()),
    }
}

const ENDINGS: &str = "a picture ends in .svg or .png";

/// What a picture is by its name.
enum Kind {
    Svg,
    Png,
}

impl Kind {
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_ascii_lowercase().to_str()? {
            "svg" => Some(Self::Svg),
            "png" => Some(Self::Png),
            _ => None,
        }
    }
}

/// Draws a figure on white into a file, SVG or PNG by its name. An old picture stays as it was if that fails.
///
/// # Errors
/// If its name ends in neither, or the file cannot be written.
pub fn save<F: Figure>(figure: &F, path: &Path) -> Result<(), FileError> {
    file::replace(path, |_, path| {
        // The letters come along, so that a picture is the same on every machine.
        register_font("sans-serif", FontStyle::Normal, dejavu::sans::regular())
            .map_err(|_| io::Error::other("there are no letters to draw with"))?;
        let drawn = match Kind::of(path) {
            Some(Kind::Svg) => fill(figure, &SVGBackend::new(path, figure.size()).into_drawing_area()),
            Some(Kind::Png) => fill(figure, &BitMapBackend::new(path, figure.size()).into_drawing_area()),
            None => return Err(io::Error::other(ENDINGS)),
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

/// A number at an axis, without what a sum of floats leaves in its last digits.
pub(crate) fn tick(value: &f64) -> String {
    Number(format!("{value:.10e}").parse().unwrap_or(*value)).to_string()
}

/// A chart with room for its axes and a title.
pub fn layout<'a, 'b, B: DrawingBackend>(area: &'a DrawingArea<B, Shift>, title: &str) -> ChartBuilder<'a, 'b, B> {
    let mut chart = ChartBuilder::on(area);
    chart.caption(title, LETTERS).margin(8).margin_right(30).x_label_area_size(44).y_label_area_size(68);
    chart
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_have_no_digits_of_rounding() {
        let told = [0.1 + 0.2, 8e-10, 2000.0, -0.0, 14.999].map(|value| tick(&value));
        assert_eq!(told, ["0.3", "8e-10", "2000", "-0", "14.999"]);
    }
}
