//! Held currents that come in parts: no step sees some of the old ones beside some of the new ones.
//!
//! A part waits in memory that the loaded population does not use: in place of one more threshold component if it has
//! fewer than the board has room for, else behind its own currents if these fill at most half of their array. The last
//! part has all of them take effect.
//!
//! A population that leaves neither has its currents overwritten as the parts come, and does not step until the last one.

use glif_link::{Field, RequestError};

use crate::cells::Layout;
use crate::population::Population;

/// Currents that have come in part: those of the neurons from `begin` up to `end`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pending {
    begin: u32,
    end: u32,
    /// They have overwritten those that were held before.
    pub(crate) in_place: bool,
}

impl Pending {
    /// The neuron of the next part's first current.
    pub(crate) fn next(&self) -> u32 {
        self.end
    }
}

impl<const BLOCKS: usize, const COMPONENTS: usize> Population<'_, BLOCKS, COMPONENTS> {
    /// Takes currents; with `more` they wait for the next part.
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

    /// Where currents can wait: an array, and the byte of it that stands for the first current.
    fn spare(layout: &Layout) -> Option<(Field, usize)> {
        let &Layout { neurons, components, size } = layout;
        let currents = neurons * size;
        if components < COMPONENTS {
            Some((Field::Adaptation, components * currents))
        } else if 2 * currents <= Self::NEURONS * size_of::<u32>() {
            Some((Field::Current, currents))
        } else {
            None
        }
    }

    /// Drops currents that have come in part, where those before them are still there.
    pub(crate) fn drop_pending(&mut self) {
        self.pending = self.pending.filter(|pending| pending.in_place);
    }

    /// No current at all.
    pub(crate) fn release(&mut self) {
        self.cells.lend().current.fill(0); // zero in every scalar
        self.pending = None;
    }
}
