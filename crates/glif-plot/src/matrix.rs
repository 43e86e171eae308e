//! Weights between neurons as a picture.

use glif::output::counted;
use plotters::coord::Shift;
use plotters::prelude::*;

use crate::figure::{axes, between, tick};
use crate::{BLUE, Drawn, Figure, LETTERS, VERMILION, layout};

/// Maximum number of cells downwards and across: each has two pixels.
const MOST: (usize, usize) = (300, 350);
/// Maximum number of cells.
const CELLS: usize = 48_000;
/// Color of a weight of 0. White is the color of no connection.
const ZERO: RGBColor = RGBColor(221, 221, 221);
/// Number of shades on each side of 0.
const SHADES: i32 = 24;
/// Width of the color scale, pixels.
const SCALE: i32 = 110;

/// The weights from some neurons to others: targets downwards, sources to the right.
///
/// Positive weights are vermilion, negative ones blue, a weight of 0 is gray, and what is not connected is white. The picture
/// of a large matrix has cells of several targets and sources, with the mean weight of their connections. The picture says so.
///
/// ```
/// use glif_plot::{Matrix, save};
///
/// let mut matrix = Matrix::new("two to three".to_owned(), "nA", (3, 2));
/// for (target, source, weight) in [(0, 0, 0.5), (1, 0, -0.25), (2, 1, 0.0)] {
///     matrix.add(target, source, weight);
/// }
/// let folder = tempfile::tempdir()?;
/// save(&matrix, &folder.path().join("weights.svg"))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Matrix {
    title: String,
    unit: &'static str,
    targets: usize,
    sources: usize,
    /// Targets and sources per cell; the last cells may have fewer.
    cell: (usize, usize),
    columns: usize,
    /// Sum and number of the weights of each cell, by row, then by column.
    cells: Vec<(f64, u64)>,
}

impl Matrix {
    /// Creates a picture without connections for so many `(targets, sources)`.
    pub fn new(title: String, unit: &'static str, (targets, sources): (usize, usize)) -> Self {
        let mut cell = (targets.div_ceil(MOST.0).max(1), sources.div_ceil(MOST.1).max(1));
        let grid = |cell: (usize, usize)| (targets.div_ceil(cell.0), sources.div_ceil(cell.1));
        while grid(cell).0 * grid(cell).1 > CELLS {
            let side = if cell.0 < cell.1 { &mut cell.0 } else { &mut cell.1 };
            *side += (*side / 16).max(1);
        }
        let (rows, columns) = grid(cell);
        Self { title, unit, targets, sources, cell, columns, cells: vec![(0.0, 0); rows * columns] }
    }

    /// Adds a connection; ignores one of neurons that the matrix does not have. Several connections of two neurons add up.
    pub fn add(&mut self, target: usize, source: usize, weight: f64) {
        if target < self.targets && source < self.sources {
            let (sum, count) = &mut self.cells[target / self.cell.0 * self.columns + source / self.cell.1];
            (*sum, *count) = (*sum + weight, *count + 1);
        }
    }

    /// Returns the value of each cell; `None` if it has no connection.
    fn values(&self) -> Vec<Option<f64>> {
        let is_single = self.cell == (1, 1);
        let value = |(sum, count): &(f64, u64)| match count {
            0 => None,
            _ if is_single => Some(*sum),
            count => Some(sum / *count as f64),
        };
        self.cells.iter().map(value).collect()
    }
}

impl Figure for Matrix {
    fn size(&self) -> (u32, u32) {
        (900, 700)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &DrawingArea<B, Shift>) -> Drawn {
        let values = self.values();
        let most = values.iter().flatten().map(|value| value.abs()).fold(0.0, f64::max);
        let most = if most > 0.0 { most } else { 1.0 };
        let area = area.titled(&self.title, LETTERS)?;
        let (picture, scale) = area.split_horizontally(area.dim_in_pixel().0 as i32 - SCALE);
        let title = match self.cell {
            (1, 1) => "white: no connection".to_owned(),
            (targets, sources) => format!(
                "mean weight of the connections in cells of {} × {}; white: no connection",
                counted(targets, "target"),
                counted(sources, "source")
            ),
        };
        let mut chart = layout(&picture, &title);
        chart.margin_right(10);
        let across = -0.5..self.sources as f64 - 0.5;
        let down = self.targets as f64 - 0.5..-0.5;
        let mut chart = axes(chart, across, down, ["source", "target"], &whole)?;
        let mut cells = Vec::new();
        for (row, values) in values.chunks(self.columns.max(1)).enumerate() {
            let shades: Vec<Option<i32>> = values.iter().map(|value| value.map(|value| shade(value / most))).collect();
            let mut column = 0;
            // Adjacent cells of the same shade are one rectangle.
            for run in shades.chunk_by(|a, b| a == b) {
                let edge = |at: usize, each: usize, all: usize| (at * each).min(all) as f64 - 0.5;
                let [left, right] = [column, column + run.len()].map(|column| edge(column, self.cell.1, self.sources));
                let [top, bottom] = [row, row + 1].map(|row| edge(row, self.cell.0, self.targets));
                column += run.len();
                if let Some(shade) = run[0] {
                    cells.push(Rectangle::new([(left, top), (right, bottom)], colour(shade).filled()));
                }
            }
        }
        chart.draw_series(cells)?;
        legend(&scale, self.unit, most)
    }
}

/// Formats the index of a neuron; ticks between two neurons have none.
fn whole(index: &f64) -> String {
    if index.fract() == 0.0 { format!("{index:.0}") } else { String::new() }
}

/// Draws the color scale.
fn legend<B: DrawingBackend<ErrorType: 'static>>(area: &DrawingArea<B, Shift>, unit: &str, most: f64) -> Drawn {
    let mut chart = ChartBuilder::on(area);
    chart.caption(unit, LETTERS).margin(8).x_label_area_size(44).right_y_label_area_size(66);
    let mut chart = chart.build_cartesian_2d(0.0..1.0, -most..most)?;
    chart
        .configure_mesh()
        .disable_mesh()
        .disable_x_axis()
        .y_labels(9)
        // Without these blanks a tick mark touches its label.
        .y_label_formatter(&|weight| format!("\u{a0}\u{a0}{}", tick(weight)))
        .label_style(LETTERS)
        .draw()?;
    // The shade of 0 alone is a line.
    let band = most / f64::from(SHADES);
    let bands = (-SHADES..=SHADES).filter(|shade| *shade != 0).map(|shade| {
        let end = f64::from(shade) * band;
        Rectangle::new([(0.0, end), (1.0, end - f64::from(shade.signum()) * band)], colour(shade).filled())
    });
    chart.draw_series(bands)?;
    chart.draw_series([PathElement::new([(0.0, 0.0), (1.0, 0.0)], ZERO.stroke_width(3))])?;
    Ok(())
}

/// Returns the shade of a fraction of the greatest magnitude. Only 0 has shade 0.
fn shade(share: f64) -> i32 {
    let magnitude = || ((share.abs() * f64::from(SHADES)).ceil() as i32).clamp(1, SHADES);
    if share > 0.0 {
        magnitude()
    } else if share < 0.0 {
        -magnitude()
    } else {
        0
    }
}

fn colour(shade: i32) -> RGBColor {
    // The weakest shade already differs from that of 0.
    let share = if shade == 0 { 0.0 } else { 0.1 + 0.9 * f64::from(shade.abs()) / f64::from(SHADES) };
    between(ZERO, if shade > 0 { VERMILION } else { BLUE }, share)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(matrix: &Matrix) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.svg");
        crate::save(matrix, &path).unwrap();
        std::fs::read_to_string(path).unwrap()
    }

    fn count(picture: &str, RGBColor(red, green, blue): RGBColor) -> usize {
        picture.matches(&format!("fill=\"#{red:02X}{green:02X}{blue:02X}\"")).count()
    }

    #[test]
    fn each_weight_has_its_color_and_no_connection_has_none() {
        let mut matrix = Matrix::new("small".to_owned(), "mV", (3, 4));
        let legend = picture(&matrix);
        for (target, source, weight) in [(0, 0, 2.0), (1, 1, -2.0), (2, 2, 0.0), (0, 3, 1.0), (0, 3, -0.5), (3, 0, 9.0)]
        {
            matrix.add(target, source, weight);
        }
        let values = matrix.values();
        assert_eq!(values.iter().filter(|value| value.is_none()).count(), 8);
        assert_eq!((values[3], values[10]), (Some(0.5), Some(0.0)));
        let drawn = picture(&matrix);
        let more = |shade| count(&drawn, colour(shade)) - count(&legend, colour(shade));
        assert_eq!([SHADES, -SHADES, 0, SHADES / 4, 1].map(more), [1, 1, 1, 1, 0]);
        assert!(drawn.contains("mV") && drawn.contains("white: no connection") && !drawn.contains("mean weight"));
    }

    #[test]
    fn large_matrices_are_averaged() {
        let mut matrix = Matrix::new("large".to_owned(), "nA", (1001, 3000));
        assert_eq!((matrix.cell, matrix.columns, matrix.cells.len()), ((7, 9), 334, 334 * 143));
        for target in 0..1001 {
            for source in (target % 7..3000).step_by(7) {
                matrix.add(target, source, if source < 1500 { 0.1 } else { -0.3 });
            }
        }
        assert_eq!(Matrix::new(String::new(), "nA", (300, 160)).cell, (1, 1));
        let vast = Matrix::new(String::new(), "nA", (u32::MAX as usize, u32::MAX as usize));
        assert!((CELLS / 2..=CELLS).contains(&vast.cells.len()), "{}", vast.cells.len());
        let values = matrix.values();
        assert!((values[0].unwrap() - 0.1).abs() < 1e-12 && (values[333].unwrap() + 0.3).abs() < 1e-12);
        let drawn = picture(&matrix);
        assert!(drawn.contains("mean weight of the connections in cells of 7 targets × 9 sources"));
        // The worst picture: no two adjacent cells have the same shade.
        for (i, cell) in matrix.cells.iter_mut().enumerate() {
            *cell = (i as f64 * 7.0 % 31.0 - 15.0, 1);
        }
        let drawn = picture(&matrix);
        assert!(drawn.len() < 6_000_000, "{} bytes", drawn.len());
    }

    #[test]
    fn shades_diverge_from_zero() {
        assert_eq!([0.0, 1e-9, -1e-9, 0.5, -1.0].map(shade), [0, 1, -1, SHADES / 2, -SHADES]);
        assert_eq!((colour(0), colour(SHADES), colour(-SHADES)), (ZERO, VERMILION, BLUE));
        let distance = |shade: i32| {
            let (RGBColor(r, g, b), RGBColor(x, y, z)) = (colour(shade), ZERO);
            [(r, x), (g, y), (b, z)].iter().map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>()
        };
        assert!(
            (0..SHADES).all(|shade| distance(shade) < distance(shade + 1) && distance(-shade) < distance(-shade - 1))
        );
        assert!(distance(1) > 20 && distance(-1) > 20);
    }
}
