//! Lines that a bitmap draws right, however dense their points are.

/// Cuts a line into pieces that only rise or only fall, each of which begins where the last one ends.
///
/// A line that turns back within a pixel or two has corners so sharp that the bitmap's backend, which fills the outline of
/// the whole line, draws spikes and gaps that are not there. These pieces have no corner sharper than a right angle.
pub(crate) fn pieces(points: impl IntoIterator<Item = (f64, f64)>) -> Vec<Vec<(f64, f64)>> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn heights(values: &[f64]) -> Vec<Vec<f64>> {
        let points = values.iter().enumerate().map(|(i, value)| (i as f64, *value));
        pieces(points).into_iter().map(|piece| piece.into_iter().map(|point| point.1).collect()).collect()
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
