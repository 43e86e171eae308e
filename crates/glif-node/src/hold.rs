//! Held currents that arrive in parts: no step uses old and new currents together.
//!
//! A part waits in memory that the loaded population does not use. If its components and own coefficients leave
//! room in their array, this is the rest of that array; else, if its currents fill at most half of their array,
//! it is the rest of that one. With the last part all of them take effect.
//!
//! If a population leaves neither free, parts overwrite its currents as they arrive, and the population does
//! not step until the last part.

use glif_link::{Field, RequestError};

use crate::cells::{Cells, Layout};
use crate::population::Population;

/// Partly received currents: those of the neurons from `begin` up to `end`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pending {
    begin: u32,
    end: u32,
    /// Whether they have overwritten the currents held before.
    pub(crate) in_place: bool,
}

impl Pending {
    /// Returns the neuron of the next part's first current.
    pub(crate) fn next(&self) -> u32 {
        self.end
    }
}

impl<const WORDS: usize, const COMPONENTS: usize> Population<'_, WORDS, COMPONENTS> {
    /// Takes currents. With `more` they wait for the next part.
    pub(crate) fn hold(&mut self, first: u32, more: bool, currents: &[u8]) -> Result<(), RequestError> {
        let (_, layout) = self.kernel()?;
        let begin = self.pending.filter(|pending| pending.end == first).map(|pending| pending.begin);
        if begin.is_none() && !more {
            self.write(Field::Current, first, currents)?;
            self.pending = None;
            return Ok(());
        }
        let spare = Self::spare(&layout);
        self.write_at(Field::Current, first, currents, spare.unwrap_or((Field::Current, 0)))?;
        let count = currents.len().checked_div(layout.size).unwrap_or(0);
        let (begin, end) = (begin.unwrap_or(first), first.saturating_add(count as u32));
        self.pending = more.then_some(Pending { begin, end, in_place: spare.is_none() });
        if let (false, Some((field, offset))) = (more, spare) {
            let (begin, end) = (begin as usize * layout.size, end as usize * layout.size);
            self.cells.take_currents(field, offset, begin..end);
        }
        Ok(())
    }

    /// Returns where currents can wait: an array, and the byte in it for the first current.
    fn spare(layout: &Layout) -> Option<(Field, usize)> {
        let currents = layout.neurons * layout.size;
        let used = (layout.component_words() + layout.own) * size_of::<u32>();
        if used + currents <= Cells::<WORDS, COMPONENTS>::WORDS * size_of::<u32>() {
            Some((Field::Adaptation, used))
        } else if 2 * currents <= Self::NEURONS * size_of::<u32>() {
            Some((Field::Current, currents))
        } else {
            None
        }
    }

    /// Discards partly received currents, if the ones held before still exist.
    pub(crate) fn drop_pending(&mut self) {
        self.pending = self.pending.filter(|pending| pending.in_place);
    }

    /// Sets all held currents to 0.
    pub(crate) fn release(&mut self) {
        self.cells.lend().current.fill(0); // zero in every scalar
        self.pending = None;
    }
}
