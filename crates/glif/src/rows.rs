//! A matrix in C order, split into columns that several threads change at the same time.

use std::ops::Range;

use glif_core::state::components_mut;

/// Rows of equal length.
#[derive(Debug)]
pub(crate) enum Rows<'a, T> {
    /// The `taken` columns of a whole matrix, one row after another. They need no memory in addition to its values.
    Whole { values: &'a mut [T], columns: usize, taken: Range<usize> },
    /// Some columns of a matrix.
    Cut(Vec<&'a mut [T]>),
}

impl<'a, T> Rows<'a, T> {
    /// Divides values into `rows` rows, one after another.
    #[inline]
    pub(crate) fn new(values: &'a mut [T], rows: usize) -> Self {
        let columns = values.len() / rows.max(1);
        Self::Whole { values, columns, taken: 0..columns }
    }

    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Whole { values, columns, .. } => values.len() / (*columns).max(1),
            Self::Cut(rows) => rows.len(),
        }
    }

    pub(crate) fn columns(&self) -> usize {
        match self {
            Self::Whole { taken, .. } => taken.len(),
            Self::Cut(rows) => rows.first().map_or(0, |row| row.len()),
        }
    }

    /// Returns a piece of one row.
    pub(crate) fn row(&mut self, row: usize, range: Range<usize>) -> &mut [T] {
        match self {
            Self::Whole { values, columns, taken } => &mut values[row * *columns + taken.start..][range],
            Self::Cut(rows) => &mut rows[row][range],
        }
    }

    /// Borrows some of the columns.
    #[cfg(feature = "files")]
    pub(crate) fn part(&mut self, range: Range<usize>) -> Rows<'_, T> {
        match self {
            Self::Whole { values, columns, taken } => {
                Rows::Whole { values, columns: *columns, taken: taken.start + range.start..taken.start + range.end }
            }
            Self::Cut(rows) => Rows::Cut(rows.iter_mut().map(|row| &mut row[range.clone()]).collect()),
        }
    }

    /// Splits into the first `at` columns and the others.
    pub(crate) fn split(self, at: usize) -> (Self, Self) {
        let cut = |row: &'a mut [T]| row.split_at_mut(at);
        let (first, later) = match self {
            Self::Whole { values, columns, taken } => {
                values.chunks_exact_mut(columns.max(1)).map(|row| cut(&mut row[taken.clone()])).unzip()
            }
            Self::Cut(rows) => rows.into_iter().map(cut).unzip(),
        };
        (Self::Cut(first), Self::Cut(later))
    }

    /// Returns the first K rows, with an empty row for each that is absent.
    #[inline]
    pub(crate) fn into_array<const K: usize>(self) -> [&'a mut [T]; K] {
        match self {
            Self::Whole { values, columns, taken } => {
                components_mut(values, columns).map(|row| row.get_mut(taken.clone()).unwrap_or_default())
            }
            Self::Cut(rows) => {
                let mut rows = rows.into_iter();
                std::array::from_fn(|_| rows.next().unwrap_or_default())
            }
        }
    }
}
