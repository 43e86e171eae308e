//! The picture of f-I curves.

use glif::Description;
use glif_plot::{Curve, Curves, Look};

use super::Rates;

/// A dot for the board, a ring for the host, a line for the closed form.
pub(super) fn figure(measured: &[(Description, Rates)]) -> Curves {
    let mut curves = Vec::new();
    for (description, rates) in measured {
        let points = |values: &[f64]| rates.currents.iter().copied().zip(values.iter().copied()).collect();
        let curve = |name: String, points, look| Curve { name, points, look };
        if let (Some(exact), [first, .., last]) = (rates.exact, &*rates.currents) {
            let fine = glif::rate::spread((*first, *last), 2001);
            let line = fine.into_iter().map(|current| (current, exact.rate(current))).collect();
            curves.push(curve("closed form, 1 / (n · dt)".to_owned(), line, Look::Behind));
        }
        let name = format!("{} in {}", description.model(), description.spec.scalar);
        curves.push(curve(name, points(&rates.board), Look::Dots));
        curves.push(curve(String::new(), points(&rates.host), Look::Rings));
    }
    Curves {
        title: "firing rate over current: a dot for the board, a ring for the host".to_owned(),
        across: "current (nA)".to_owned(),
        up: "rate (Hz)".to_owned(),
        logarithmic: false,
        curves,
    }
}
