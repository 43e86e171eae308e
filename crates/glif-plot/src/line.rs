//! Lines and dots whose pictures are correct and small at any density of points.

use std::collections::HashSet;
use std::ops::Range;

use plotters::element::PathElement;
use plotters::style::ShapeStyle;

/// Number of columns of pixels for which a line is thinned; no figure is wider.
const COLUMNS: usize = 1000;
/// Points kept per column.
const KEPT: usize = 4;

/// Thins a line so that its picture has a bounded size and the same pixels.
///
/// Of each column of pixels it keeps the first, the lowest, the highest and the last point. `across` is the
/// range of the horizontal axis. A line that has no more points than that remains unchanged.
///
/// ```
/// let line: Vec<(f64, f64)> = (0..1_000_000).map(|i| (f64::from(i), f64::from(i % 1000))).collect();
/// let thin = glif_plot::thinned(line.iter().copied(), 0.0..1e6);
/// assert!(thin.len() <= 4000);
/// assert_eq!(thin.iter().map(|point| point.1).fold(0.0, f64::max), 999.0);
/// ```
pub fn thinned(points: impl Iterator<Item = (f64, f64)> + Clone, across: Range<f64>) -> Vec<(f64, f64)> {
    if !is_dense(points.clone().count()) {
        return points.collect();
    }
    let column = |x: f64| ((x - across.start) / (across.end - across.start) * COLUMNS as f64) as usize;
    let mut thin = Vec::new();
    let mut points = points.enumerate().peekable();
    while let Some(first) = points.next() {
        let [mut lowest, mut highest, mut last] = [first; 3];
        while let Some(next) = points.next_if(|(_, point)| column(point.0) == column(first.1.0)) {
            if next.1.1 < lowest.1.1 {
                lowest = next;
            }
            if next.1.1 > highest.1.1 {
                highest = next;
            }
            last = next;
        }
        let mut kept: [_; KEPT] = [first, lowest, highest, last];
        kept.sort_by_key(|(number, _)| *number);
        thin.extend(kept.chunk_by(|a, b| a.0 == b.0).map(|same| same[0].1));
    }
    thin
}

/// Whether a line of `points` points is thinned.
pub(crate) fn is_dense(points: usize) -> bool {
    points > KEPT * COLUMNS
}

/// Removes dots so that no two of them are on the same pixel.
///
/// The picture is the same, and its size is bounded by its pixels. `pixel` returns where a point is drawn. If
/// there are no more dots than a thinned line may have points, all of them remain.
///
/// ```
/// let dots = (0..100_000).map(|i| (f64::from(i) / 1000.0, 0.0));
/// let pixel = |point: &(f64, f64)| (point.0 as i32, point.1 as i32);
/// assert_eq!(glif_plot::distinct(dots, pixel).len(), 100);
/// ```
pub fn distinct(
    points: impl Iterator<Item = (f64, f64)> + Clone,
    pixel: impl Fn(&(f64, f64)) -> (i32, i32),
) -> Vec<(f64, f64)> {
    if !is_dense(points.clone().count()) {
        return points.collect();
    }
    let mut taken = HashSet::new();
    points.filter(|point| taken.insert(pixel(point))).collect()
}

/// Cuts a line into monotonic pieces, each of which begins where the previous one ends.
///
/// If a line turns back within a pixel or two, its corners are so sharp that the bitmap backend, which fills
/// the outline of the whole line, draws spikes and gaps that do not exist. These pieces have no corner
/// sharper than a right angle.
fn pieces(points: impl IntoIterator<Item = (f64, f64)>) -> Vec<Vec<(f64, f64)>> {
    let (mut pieces, mut piece) = (Vec::new(), Vec::new());
    let mut rises = None;
    for point in points {
        if let Some(&last) = piece.last() {
            let (_, from): (f64, f64) = last;
            let turn = (point.1 != from).then_some(point.1 > from);
            if rises.is_some() && turn.is_some() && turn != rises {
                pieces.push(std::mem::replace(&mut piece, vec![last]));
            }
            rises = turn.or(rises);
        }
        piece.push(point);
    }
    pieces.push(piece);
    pieces
}

/// Returns the elements that draw a thinned line, in pieces.
pub(crate) fn line(
    points: impl Iterator<Item = (f64, f64)> + Clone,
    across: Range<f64>,
    style: ShapeStyle,
) -> impl Iterator<Item = PathElement<(f64, f64)>> {
    pieces(thinned(points, across)).into_iter().map(move |piece| PathElement::new(piece, style))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heights(values: &[f64]) -> Vec<Vec<f64>> {
        let points = values.iter().enumerate().map(|(i, value)| (i as f64, *value));
        pieces(points).into_iter().map(|piece| piece.into_iter().map(|point| point.1).collect()).collect()
    }

    #[test]
    fn a_dense_line_keeps_the_ends_and_extremes_of_each_column() {
        let few: Vec<(f64, f64)> = (0..4000).map(|i| (f64::from(i), f64::from(i * 37 % 101))).collect();
        assert_eq!(thinned(few.iter().copied(), 0.0..4000.0), few);
        let many: Vec<(f64, f64)> = (0..50_000).map(|i| (f64::from(i), f64::from(i * 37 % 10_007))).collect();
        let thin = thinned(many.iter().copied(), 0.0..50_000.0);
        assert!(thin.len() <= 4000 && thin.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (column, points) in many.chunks(50).enumerate() {
            let kept: Vec<(f64, f64)> =
                thin.iter().copied().filter(|point| (point.0 as usize) / 50 == column).collect();
            let range = |points: &[(f64, f64)]| {
                let heights = points.iter().map(|point| point.1);
                (heights.clone().fold(f64::MAX, f64::min), heights.fold(f64::MIN, f64::max))
            };
            assert_eq!(range(&kept), range(points));
            assert_eq!((kept[0], kept[kept.len() - 1]), (points[0], points[49]));
        }
        assert_eq!(thinned((0..9000).map(|_| (1.0, 2.0)), 0.0..1.0), [(1.0, 2.0); 2]);
    }

    #[test]
    fn many_dots_on_one_pixel_are_one() {
        let points = [(0.1, 0.2), (0.3, 0.4), (1.0, 0.0), (0.9, 0.9)];
        let pixel = |(x, y): &(f64, f64)| (*x as i32, *y as i32);
        assert_eq!(distinct(points.into_iter(), pixel), points);
        let many = points.into_iter().cycle().take(5000);
        assert_eq!(distinct(many, pixel), [(0.1, 0.2), (1.0, 0.0)]);
    }

    #[test]
    fn a_line_is_cut_where_it_turns_back() {
        assert_eq!(heights(&[0.0, 1.0, 1.0, 2.0]), [vec![0.0, 1.0, 1.0, 2.0]]);
        assert_eq!(
            heights(&[0.0, 1.0, 1.0, 0.0, -1.0, 3.0]),
            [vec![0.0, 1.0, 1.0], vec![1.0, 0.0, -1.0], vec![-1.0, 3.0]]
        );
        assert_eq!(heights(&[5.0]), [[5.0]]);
        assert_eq!(heights(&[]), [[0.0; 0]]);
    }
}
