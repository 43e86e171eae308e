//! Figures, and how they are written to files.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter};
use std::ops::Range;
use std::path::{Path, PathBuf};

use glif::Number;
use glif::file::{self, FileError};
use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::ranged1d::{AsRangedCoord, Ranged, ValueFormatter};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, register_font};

use crate::GREY;

/// Font of all text: family and size.
pub const LETTERS: (&str, u32) = ("sans-serif", 15);

/// Result of a drawing operation.
pub type Drawn<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// A chart whose horizontal axis is linear.
type Chart<'a, B, Up> = ChartContext<'a, B, Cartesian2d<RangedCoordf64, Up>>;

/// Something that can be drawn into a picture of any format.
pub trait Figure {
    /// Returns the width and the height, pixels.
    fn size(&self) -> (u32, u32);

    /// Draws the figure on a white area of that size.
    ///
    /// # Errors
    /// Returns the error of the picture's format.
    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &DrawingArea<B, Shift>) -> Drawn;
}

/// Checks the file name of a picture, for the command line.
///
/// # Errors
/// Returns an error if the name ends neither in .svg nor in .png, in upper or lower case.
///
/// ```
/// assert!(glif_plot::path("raster.svg".into()).is_ok());
/// assert!(glif_plot::path("raster.pdf".into()).is_err());
/// ```
pub fn path(path: PathBuf) -> Result<PathBuf, String> {
    Kind::of(&path).ok_or(ENDINGS)?;
    Ok(path)
}

const ENDINGS: &str = "the name of a picture must end in .svg or .png";

/// Format of a picture by its file name.
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

/// Neurons that a raster shows together, with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The name.
    pub name: String,
    /// Number of neurons.
    pub neurons: usize,
}

impl Group {
    /// Returns the name and the number of neurons; a long name is cut.
    fn label(&self) -> String {
        let Self { name, neurons } = self;
        match name.char_indices().nth(NAME) {
            Some((end, _)) => format!("{}… ({neurons})", &name[..end]),
            None => format!("{name} ({neurons})"),
        }
    }
}

/// Letters of a name at the side of a raster.
const NAME: usize = 16;
/// Width of most letters, height of a line of text, and distance from an axis to text, pixels.
const LETTER: i32 = 9;
const LINE: i32 = 17;
const GAP: i32 = 8;

/// Draws a figure on white into a file, SVG or PNG by its name.
///
/// If this fails, an existing picture stays unchanged.
///
/// # Errors
/// Returns an error if the name has another ending, or if the file cannot be written.
pub fn save<F: Figure>(figure: &F, path: &Path) -> Result<(), FileError> {
    file::replace(path, |file, path| {
        // The font is part of the program, so that a picture is the same on every machine.
        register_font("sans-serif", FontStyle::Normal, dejavu::sans::regular())
            .map_err(|_| io::Error::other("the font cannot be loaded"))?;
        let drawn = match Kind::of(path).ok_or_else(|| io::Error::other(ENDINGS))? {
            Kind::Svg => fill(figure, &SVGBackend::new(path, figure.size()).into_drawing_area()),
            Kind::Png => png(figure, file),
        };
        drawn.map_err(io::Error::other)
    })
}

fn png<F: Figure>(figure: &F, file: &File) -> Drawn {
    let (width, height) = figure.size();
    let mut pixels = vec![0; 3 * width as usize * height as usize];
    fill(figure, &BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area())?;
    let mut encoder = png::Encoder::new(BufWriter::new(file), width, height);
    encoder.set_color(png::ColorType::Rgb);
    let mut image = encoder.write_header()?;
    image.write_image_data(&pixels)?;
    image.finish()?;
    Ok(())
}

fn fill<F: Figure, B: DrawingBackend<ErrorType: 'static>>(figure: &F, area: &DrawingArea<B, Shift>) -> Drawn {
    area.fill(&WHITE)?;
    figure.draw(area)?;
    area.present()?;
    Ok(())
}

/// Formats a number at an axis, without the rounding error of a sum of floats in its last digits.
pub(crate) fn tick(value: &f64) -> String {
    Number(format!("{value:.10e}").parse().unwrap_or(*value)).to_string()
}

/// Returns a color between two others.
pub(crate) fn between(from: RGBColor, to: RGBColor, share: f64) -> RGBColor {
    let mix = |from: u8, to: u8| (f64::from(from) + (f64::from(to) - f64::from(from)) * share).round() as u8;
    RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

/// Creates a chart with room for its axes and a title.
pub fn layout<'a, 'b, B: DrawingBackend>(area: &'a DrawingArea<B, Shift>, title: &str) -> ChartBuilder<'a, 'b, B> {
    let mut chart = ChartBuilder::on(area);
    chart.caption(title, LETTERS).margin(8).margin_right(30).x_label_area_size(44).y_label_area_size(68);
    chart
}

/// Draws an empty chart with its axes.
///
/// `names` are those of the horizontal and the vertical axis; `label` formats the numbers at the vertical
/// axis.
pub(crate) fn axes<'a, B: DrawingBackend<ErrorType: 'static>, Y: AsRangedCoord<Value = f64>>(
    mut layout: ChartBuilder<'a, '_, B>,
    across: Range<f64>,
    up: Y,
    names: [&str; 2],
    label: &dyn Fn(&f64) -> String,
) -> Drawn<Chart<'a, B, Y::CoordDescType>>
where
    Y::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
{
    let mut chart = layout.build_cartesian_2d(across, up)?;
    let mesh = &mut chart.configure_mesh();
    mesh.disable_mesh().x_desc(names[0]).y_desc(names[1]).label_style(LETTERS);
    mesh.x_label_formatter(&tick).y_label_formatter(label).draw()?;
    Ok(chart)
}

/// Draws an empty chart of neurons over `ms` milliseconds. With `groups`, their names replace the numbers of neurons.
pub(crate) fn rows<'a, B: DrawingBackend<ErrorType: 'static>>(
    mut layout: ChartBuilder<'a, '_, B>,
    ms: f64,
    neurons: usize,
    groups: &[Group],
) -> Drawn<Chart<'a, B, RangedCoordf64>> {
    let up = -0.5..neurons as f64 - 0.5;
    if groups.is_empty() {
        return axes(layout, 0.0..ms, up, ["time (ms)", "neuron"], &|neuron| format!("{neuron:.0}"));
    }
    let longest = groups.iter().map(|group| group.label().chars().count()).max().unwrap_or(0);
    layout.y_label_area_size(longest as i32 * LETTER + 2 * GAP);
    let mut chart = layout.build_cartesian_2d(0.0..ms, up)?;
    let mesh = &mut chart.configure_mesh();
    mesh.disable_mesh().disable_y_axis().x_desc("time (ms)").label_style(LETTERS);
    mesh.x_label_formatter(&tick).draw()?;
    Ok(chart)
}

/// Draws a line between groups of neurons, and their names at the side. The first group is the lowest.
pub(crate) fn separate<B: DrawingBackend<ErrorType: 'static>>(
    chart: &mut Chart<'_, B, RangedCoordf64>,
    ms: f64,
    groups: &[Group],
) -> Drawn {
    if groups.is_empty() {
        return Ok(());
    }
    let mut first = 0;
    let mut edges = vec![-0.5];
    for group in groups {
        first += group.neurons;
        edges.push(first as f64 - 0.5);
    }
    let between = edges[1..groups.len()].iter();
    chart.draw_series(between.map(|edge| PathElement::new([(0.0, *edge), (ms, *edge)], GREY.stroke_width(1))))?;
    let whole = [(0.0, edges[0]), (0.0, edges[groups.len()])];
    chart.draw_series([PathElement::new(whole, BLACK.stroke_width(1))])?;
    let middle = |edges: &[f64]| (0.0, f64::midpoint(edges[0], edges[1]));
    let middles: Vec<(f64, f64)> = edges.windows(2).map(middle).collect();
    let heights: Vec<i32> = middles.iter().map(|middle| chart.backend_coord(middle).1).collect();
    let [bottom, top] = whole.map(|end| chart.backend_coord(&end).1);
    let style = TextStyle::from(LETTERS.into_font()).pos(Pos::new(HPos::Right, VPos::Center));
    let places = apart(&heights, (top, bottom));
    let names = groups.iter().zip(middles).zip(heights).zip(places).filter_map(|(((group, middle), height), place)| {
        let text = Text::new(group.label(), (-GAP, place? - height), style.clone());
        Some(EmptyElement::at(middle) + text)
    });
    chart.draw_series(names)?;
    Ok(())
}

/// Moves heights that descend in a picture, so that names at them do not touch. `None` for names that do not fit.
fn apart(heights: &[i32], (top, bottom): (i32, i32)) -> Vec<Option<i32>> {
    let mut places = Vec::new();
    let mut lowest = bottom;
    for height in heights {
        let place = (*height).min(lowest);
        lowest = place - LINE;
        places.push(place);
    }
    // From the top down, where the names above the picture's edge push the others.
    let mut highest = top;
    for place in places.iter_mut().rev() {
        *place = (*place).max(highest);
        highest = *place + LINE;
    }
    places.into_iter().map(|place| (place <= bottom).then_some(place)).collect()
}

/// Draws a legend of the chart's series in a corner.
pub(crate) fn legend<'a, B: DrawingBackend<ErrorType: 'static> + 'a, Up: Ranged<ValueType = f64>>(
    chart: &mut Chart<'a, B, Up>,
    corner: SeriesLabelPosition,
) -> Drawn {
    let labels = &mut chart.configure_series_labels();
    labels.position(corner).label_font(LETTERS).background_style(WHITE.mix(0.9)).border_style(WHITE).draw()?;
    Ok(())
}

/// Returns the minimum and the maximum; `None` if there are no values.
pub(crate) fn bounds(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let (least, most) = values.fold((f64::MAX, f64::MIN), |(least, most), value| (least.min(value), most.max(value)));
    (least <= most).then_some((least, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tick_labels_print_without_rounding_errors() {
        let told = [0.1 + 0.2, 8e-10, 2000.0, -0.0, 14.999].map(|value| tick(&value));
        assert_eq!(told, ["0.3", "8e-10", "2000", "-0", "14.999"]);
    }

    #[test]
    fn names_do_not_touch() {
        assert_eq!(apart(&[400, 200, 50], (10, 450)), [400, 200, 50].map(Some));
        // Three small groups at the bottom, and three at the top.
        assert_eq!(apart(&[449, 447, 445, 200], (10, 450)), [449, 432, 415, 200].map(Some));
        assert_eq!(apart(&[200, 15, 13, 11], (10, 450)), [200, 44, 27, 10].map(Some));
        let many = apart(&[100; 30], (10, 100));
        assert_eq!(many.iter().flatten().count(), 6);
        assert!(many.iter().flatten().is_sorted_by(|a, b| **a - **b >= LINE), "{many:?}");
    }

    #[test]
    fn long_names_are_cut() {
        let group = |name: &str| Group { name: name.to_owned(), neurons: 3 }.label();
        assert_eq!(group("exc"), "exc (3)");
        assert_eq!(group(&"é".repeat(17)), format!("{}… (3)", "é".repeat(16)));
    }
}
