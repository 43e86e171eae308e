//! Rasters: which neurons fire when.

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::density::Density;
use crate::figure::{Group, legend, rows, separate};
use crate::{BLUE, Drawn, Figure, LETTERS, VERMILION, layout};

/// Mark of a spike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A blue dot.
    Dot,
    /// A vermilion ring, visible around a dot in the same place.
    Ring,
}

/// A record of spikes.
#[derive(Debug, Clone, Copy)]
pub struct Spikes<'a> {
    /// Name in the legend, if there are several records.
    pub name: &'a str,
    /// Step and neuron of each spike.
    pub spikes: &'a [(usize, usize)],
    /// Mark of the spikes.
    pub mark: Mark,
}

/// Maximum number of marks in a picture. More would cover each other, and make a large file that shows less.
pub(crate) const MOST_MARKS: usize = 20_000;

/// A raster of spikes: time to the right, neurons upwards.
///
/// More than 20,000 marks would cover each other. Each record is then drawn as a density, one above the
/// other, as in [`Activity`](crate::Activity), and the picture says so.
///
/// ```
/// use glif_plot::{Mark, Raster, Spikes, save};
///
/// let host = [(3, 0), (7, 1), (12, 0)]; // step, neuron
/// let board = [(3, 0), (7, 1), (13, 0)];
/// let records = [
///     Spikes { name: "host", spikes: &host, mark: Mark::Dot },
///     Spikes { name: "board", spikes: &board, mark: Mark::Ring },
/// ];
/// let raster = Raster { title: "they part in step 12", records: &records, steps: 20, neurons: 2, step_time: 1.0, groups: &[] };
/// let folder = tempfile::tempdir()?;
/// save(&raster, &folder.path().join("raster.png"))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Raster<'a> {
    /// Title above the raster.
    pub title: &'a str,
    /// Records on top of each other, the last one uppermost.
    pub records: &'a [Spikes<'a>],
    /// Length of the records, steps.
    pub steps: usize,
    /// Number of neurons.
    pub neurons: usize,
    /// Step time, ms.
    pub step_time: f64,
    /// Groups of consecutive neurons, from neuron 0 on: a line separates them, and their names are at the side. With none,
    /// the numbers of the neurons are there.
    pub groups: &'a [Group],
}

impl Figure for Raster<'_> {
    fn size(&self) -> (u32, u32) {
        (1000, 500)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &DrawingArea<B, Shift>) -> Drawn {
        let marks: usize = self.records.iter().map(|record| record.spikes.len()).sum();
        if marks > MOST_MARKS {
            return self.densities(area);
        }
        let ms = self.steps as f64 * self.step_time;
        let mut chart = rows(layout(area, self.title), ms, self.neurons, self.groups)?;
        // Smaller dots for many neurons.
        let dot = if self.neurons > 200 { 1 } else { 2 };
        for record in self.records {
            let (radius, style) = match record.mark {
                Mark::Dot => (dot, BLUE.filled()),
                Mark::Ring => (dot + 2, VERMILION.stroke_width(1)),
            };
            // A spike is at the end of its step, where a trace shows the reset membrane.
            let at = |(step, neuron): &(usize, usize)| ((step + 1) as f64 * self.step_time, *neuron as f64);
            let marks = record.spikes.iter().map(|spike| Circle::new(at(spike), radius, style));
            chart
                .draw_series(marks)?
                .label(record.name)
                .legend(move |(x, y)| Circle::new((x + 10, y), radius + 1, style));
        }
        separate(&mut chart, ms, self.groups)?;
        if self.records.len() > 1 {
            legend(&mut chart, SeriesLabelPosition::UpperRight)?;
        }
        Ok(())
    }
}

impl Raster<'_> {
    /// Draws a density for each record, one below the other.
    fn densities<B: DrawingBackend<ErrorType: 'static>>(&self, area: &DrawingArea<B, Shift>) -> Drawn {
        let parts = area.titled(self.title, LETTERS)?.split_evenly((self.records.len(), 1));
        self.records.iter().zip(parts).try_for_each(|(record, part)| {
            let density = Density::of(self.steps, self.neurons, record.spikes.iter().copied());
            let name = if record.name.is_empty() { String::new() } else { format!("{}, ", record.name) };
            density.draw(&part, &name, self.step_time, self.groups)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a picture of two records with `spikes` spikes each.
    fn picture(spikes: usize) -> String {
        let spikes: Vec<(usize, usize)> = (0..spikes).map(|spike| (spike % 3000, spike * 7 % 1001)).collect();
        let records = ["host", "board"].map(|name| Spikes { name, spikes: &spikes, mark: Mark::Dot });
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("raster.svg");
        let raster =
            Raster { title: "two", records: &records, steps: 3000, neurons: 1001, step_time: 0.5, groups: &[] };
        crate::save(&raster, &path).unwrap();
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn groups_have_names_and_lines_between_them() {
        let group = |name: &str, neurons| Group { name: name.to_owned(), neurons };
        let groups = [group("input", 10), group("exc", 60), group("inh", 30)];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("raster.svg");
        for spikes in [50, MOST_MARKS + 1] {
            let spikes: Vec<(usize, usize)> = (0..spikes).map(|spike| (spike % 300, spike * 7 % 100)).collect();
            let records = [Spikes { name: "", spikes: &spikes, mark: Mark::Dot }];
            let raster =
                |groups| Raster { title: "", records: &records, steps: 300, neurons: 100, step_time: 0.5, groups };
            crate::save(&raster(&[]), &path).unwrap();
            let plain = std::fs::read_to_string(&path).unwrap();
            crate::save(&raster(&groups), &path).unwrap();
            let picture = std::fs::read_to_string(&path).unwrap();
            for name in ["input (10)", "exc (60)", "inh (30)"] {
                assert_eq!(picture.matches(name).count(), 1, "{name}");
            }
            let lines = |picture: &str| picture.matches("stroke=\"#6E6E6E\"").count();
            assert_eq!((lines(&plain), lines(&picture)), (0, 2));
            assert!(plain.contains("\nneuron\n") && !picture.contains("\nneuron\n"));
        }
    }

    #[test]
    fn too_many_marks_become_a_density_of_bounded_size() {
        let sparse = picture(MOST_MARKS / 2);
        assert_eq!(sparse.matches("<circle").count(), MOST_MARKS + 2); // and two in the legend
        assert!(!sparse.contains("density"));
        for spikes in [MOST_MARKS / 2 + 1, 2_000_000] {
            let dense = picture(spikes);
            assert!(!dense.contains("<circle") && dense.len() < 6_000_000, "{} bytes", dense.len());
            for name in ["host", "board"] {
                assert!(dense.contains(&format!("{name}, density: the mean rate in cells of 5.5 ms × 9 neurons")));
            }
        }
    }
}
