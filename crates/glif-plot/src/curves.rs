//! Curves of one quantity over another.

use std::ops::Range;

use plotters::coord::Shift;
use plotters::coord::ranged1d::{AsRangedCoord, Ranged, ValueFormatter};
use plotters::prelude::*;

use crate::figure::{axes, bounds, legend, tick};
use crate::line::{distinct, thinned};
use crate::{Drawn, Figure, GREY, PALETTE, layout};

/// How a curve is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// A line in its own color.
    Line,
    /// A dashed line in its own color.
    Dashes,
    /// A thin gray line behind the others, such as a closed form.
    Behind,
    /// Dots in their own color.
    Dots,
    /// Rings in the color of the preceding dots or line.
    Rings,
}

/// Points, connected or not.
#[derive(Debug, Clone)]
pub struct Curve {
    /// Name in the legend. Curves with the same name have one entry, curves without a name have none.
    pub name: String,
    /// Points from left to right.
    pub points: Vec<(f64, f64)>,
    /// How the points are drawn.
    pub look: Look,
}

/// Height of a legend line, and of the space above and below all lines, pixels.
const LINE: f64 = 21.0;
const AROUND: f64 = 20.0;
/// The part of a figure's height that [`layout`] does not leave to the curves, pixels.
const FRAME: f64 = 90.0;

/// Maximum number of decades on an axis.
const DECADES: i32 = 30;
/// Larger numbers are omitted, like infinite ones, as the range of an axis must be a finite number too.
const LARGEST: f64 = 1e300;

/// Curves with common axes.
#[derive(Debug, Clone)]
pub struct Curves {
    /// Title above the curves.
    pub title: String,
    /// Name of the horizontal axis, with its unit.
    pub across: String,
    /// Name of the vertical axis, with its unit.
    pub up: String,
    /// Whether the vertical axis is logarithmic. Values that are not positive are omitted, and so are values
    /// more than 30 decades below the maximum.
    pub logarithmic: bool,
    /// Curves, drawn from the first to the last; those with [`Look::Behind`] are drawn before all others.
    pub curves: Vec<Curve>,
}

impl Figure for Curves {
    fn size(&self) -> (u32, u32) {
        (1000, 600)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &DrawingArea<B, Shift>) -> Drawn {
        let floor = self.floor();
        let points = self.curves.iter().flat_map(|curve| &curve.points).filter(|point| shows(**point, floor));
        let (left, right) = bounds(points.clone().map(|point| point.0)).unwrap_or((0.0, 1.0));
        let across = left..right.max(left + (left.abs() * 1e-9).max(1e-9));
        let heights = bounds(points.map(|point| point.1));
        // Room for the legend above all curves, as a fraction of the height.
        let named = |curve: &&Curve| !curve.name.is_empty();
        let room = |lines: usize| ((lines as f64 * LINE + AROUND) / (f64::from(self.size().1) - FRAME)).min(0.5);
        if self.logarithmic {
            let (low, high) = heights.map_or((0.1 / 1.5, 1.5), |(low, high)| (low / 1.5, high * 1.5));
            let legend = room(self.curves.iter().filter(named).count());
            let high = high * (high / low).powf(legend / (1.0 - legend));
            self.within(area, across, (low..high).log_scale(), &|value| format!("{value:.0e}"))
        } else {
            let (low, high) = heights.map_or((0.0, 1.0), |(low, high)| (low.min(0.0) * 1.05, high.max(0.0) * 1.05));
            // If all values are zero, the range has no height.
            let high = if high > low { high } else { low + 1.0 };
            // Several lines may be anywhere, also below the legend.
            let lines =
                self.curves.iter().filter(named).filter(|curve| matches!(curve.look, Look::Line | Look::Dashes));
            let legend = match lines.count() {
                0 | 1 => 0.0,
                lines => room(lines),
            };
            let high = high + (high - low) * legend / (1.0 - legend);
            self.within(area, across, low..high, &tick)
        }
    }
}

impl Curves {
    /// Returns the value that points must exceed to be drawn.
    fn floor(&self) -> f64 {
        let most = || self.curves.iter().flat_map(|curve| &curve.points).map(|point| point.1).filter(|y| *y <= LARGEST);
        if self.logarithmic { most().fold(0.0, f64::max) * 10_f64.powi(-DECADES) } else { f64::NEG_INFINITY }
    }

    fn within<B: DrawingBackend<ErrorType: 'static>, Y: AsRangedCoord<Value = f64>>(
        &self,
        area: &DrawingArea<B, Shift>,
        across: Range<f64>,
        up: Y,
        label: &dyn Fn(&f64) -> String,
    ) -> Drawn
    where
        Y::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        let floor = self.floor();
        let mut chart = axes(layout(area, &self.title), across.clone(), up, [&self.across, &self.up], label)?;
        let mut colours = PALETTE.iter().copied().cycle();
        let mut colour = PALETTE[0];
        let mut named: Vec<&str> = Vec::new();
        let (behind, front): (Vec<&Curve>, Vec<&Curve>) =
            self.curves.iter().partition(|curve| curve.look == Look::Behind);
        for curve in behind.into_iter().chain(front) {
            if matches!(curve.look, Look::Line | Look::Dashes | Look::Dots) {
                colour = colours.next().unwrap_or(colour);
            }
            let points = curve.points.iter().copied().filter(|point| shows(*point, floor));
            // At most as many points as the picture has pixels. Dots are larger in the legend.
            let (style, size, told_size) = match curve.look {
                Look::Line | Look::Dashes => (colour.stroke_width(2), 0, 0),
                Look::Behind => (GREY.stroke_width(1), 0, 0),
                Look::Dots => (colour.filled(), 2, 3),
                Look::Rings => (colour.stroke_width(1), 5, 5),
            };
            let series = match curve.look {
                Look::Line | Look::Behind => {
                    chart.draw_series(LineSeries::new(thinned(points, across.clone()), style))?
                }
                Look::Dashes => {
                    chart.draw_series(DashedLineSeries::new(thinned(points, across.clone()), 8, 6, style))?
                }
                Look::Dots | Look::Rings => {
                    let points = distinct(points, |point| chart.backend_coord(point));
                    chart.draw_series(points.into_iter().map(|at| Circle::new(at, size, style)))?
                }
            };
            if curve.name.is_empty() || named.contains(&curve.name.as_str()) {
                continue;
            }
            named.push(&curve.name);
            let series = series.label(&curve.name);
            match curve.look {
                Look::Line | Look::Behind => {
                    series.legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], style));
                }
                Look::Dashes => {
                    series.legend(move |(x, y)| {
                        let dash = |from: i32| PathElement::new([(x + from, y), (x + from + 8, y)], style);
                        EmptyElement::at((0, 0)) + dash(0) + dash(14)
                    });
                }
                Look::Dots | Look::Rings => {
                    series.legend(move |(x, y)| Circle::new((x + 10, y), told_size, style));
                }
            }
        }
        if !named.is_empty() {
            legend(&mut chart, SeriesLabelPosition::UpperLeft)?;
        }
        Ok(())
    }
}

fn shows((x, y): (f64, f64), floor: f64) -> bool {
    x.abs() <= LARGEST && y.abs() <= LARGEST && y > floor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_of_many_points_have_a_bounded_size() {
        let points: Vec<(f64, f64)> = (0..300_000).map(|i| (f64::from(i), f64::from(i / 100 % 97) + 1.0)).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("curves.svg");
        for (logarithmic, look) in [(false, Look::Line), (true, Look::Behind), (true, Look::Dots), (false, Look::Rings)]
        {
            let curve = Curve { name: "many".to_owned(), points: points.clone(), look };
            let [title, across, up] = [(); 3].map(|()| String::new());
            crate::save(&Curves { title, across, up, logarithmic, curves: vec![curve] }, &path).unwrap();
            let bytes = std::fs::metadata(&path).unwrap().len();
            assert!(bytes < 7_000_000, "{look:?}: {bytes} bytes");
        }
    }
}
