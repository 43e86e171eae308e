//! Pictures as SVG or PNG, by the file's ending.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

// Okabe and Ito's colours, told apart by every eye.
pub(crate) const BLUE: RGBColor = RGBColor(0, 114, 178);
pub(crate) const VERMILION: RGBColor = RGBColor(213, 94, 0);
pub(crate) const GREEN: RGBColor = RGBColor(0, 158, 115);
pub(crate) const GREY: RGBColor = RGBColor(110, 110, 110);

/// Letters of everything.
pub(crate) const LETTERS: (&str, u32) = ("sans-serif", 15);

/// Something that can be drawn on whatever there is.
pub(crate) trait Figure {
    /// Width and height in pixels.
    const SIZE: (u32, u32);

    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<()>
    where
        B::ErrorType: 'static;
}

/// A file name that a picture can have.
pub(crate) fn file(name: &str) -> Result<PathBuf, String> {
    match Path::new(name).extension().and_then(|ending| ending.to_str()) {
        Some("svg" | "png") => Ok(name.into()),
        _ => Err("a picture ends in .svg or .png".to_owned()),
    }
}

/// Draws a figure on white into a file.
pub(crate) fn save<F: Figure>(figure: &F, path: &Path) -> Result<()> {
    // The letters come along, so that a picture is the same on every machine.
    register_font("sans-serif", FontStyle::Normal, dejavu::sans::regular())
        .map_err(|_| anyhow!("no letters to draw with"))?;
    let drawn = if path.extension().is_some_and(|ending| ending == "svg") {
        fill(figure, &SVGBackend::new(path, F::SIZE).into_drawing_area())
    } else {
        fill(figure, &BitMapBackend::new(path, F::SIZE).into_drawing_area())
    };
    drawn.with_context(|| format!("`{}` cannot be drawn", path.display()))
}

fn fill<F: Figure, B: DrawingBackend>(figure: &F, area: &DrawingArea<B, Shift>) -> Result<()>
where
    B::ErrorType: 'static,
{
    area.fill(&WHITE)?;
    figure.draw(area)?;
    area.present()?;
    Ok(())
}
