//! The arrays of a population: as words that each scalar reinterprets, and as bytes in the order of a
//! snapshot.

use core::ops::Range;

use bytemuck::{cast_slice, cast_slice_mut};
use glif_core::Refractory;
use glif_core::own::OwnLayout;
use glif_core::spikes::WORD;
use glif_link::Field;

/// Returns the words of a node with room for 32·`blocks` neurons with `components` threshold components.
pub const fn words(blocks: usize, components: usize) -> usize {
    blocks * block(components)
}

/// Returns the words of 32 neurons: voltages, currents, refractory words, components and spikes.
const fn block(components: usize) -> usize {
    WORD * (2 + components) + REFRACTORY + 1
}

/// Words of the refractory words of 32 neurons.
const REFRACTORY: usize = WORD * size_of::<Refractory>() / size_of::<u32>();

/// Arrays for 32·`BLOCKS` neurons with `COMPONENTS` threshold components, in any scalar of 32 or 16 bits.
///
/// Values are stored contiguously from the start of their array, whatever their size. Component k of n
/// neurons begins at value k·n.
#[derive(Debug)]
pub(crate) struct Cells<'n, const WORDS: usize, const COMPONENTS: usize> {
    /// Voltages, currents, refractory words and components. A network has all of them instead.
    pub(crate) words: &'n mut [u32],
    /// Where the neurons' own coefficients are, in the words behind the components.
    pub(crate) own: OwnLayout<u32>,
}

/// Borrowed arrays for a kernel.
pub(crate) struct CellsMut<'a> {
    pub(crate) voltage: &'a mut [u32],
    pub(crate) refractory: &'a mut [Refractory],
    pub(crate) adaptation: &'a mut [u32],
    pub(crate) current: &'a mut [u32],
    pub(crate) own: &'a OwnLayout<u32>,
}

impl<'a> CellsMut<'a> {
    /// Returns no arrays.
    fn empty(own: &'a OwnLayout<u32>) -> Self {
        Self { voltage: &mut [], refractory: &mut [], adaptation: &mut [], current: &mut [], own }
    }

    /// Splits the words behind the components of a population, where its own coefficients are, from the others.
    #[inline(always)]
    pub(crate) fn into_own(self, components: usize) -> (Self, &'a mut [u32]) {
        let (adaptation, words) = self.adaptation.split_at_mut_checked(components).unwrap_or_default();
        (Self { adaptation, ..self }, words)
    }
}

/// Number and size of the values in each array.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    pub(crate) neurons: usize,
    pub(crate) components: usize,
    /// Bytes of a value.
    pub(crate) size: usize,
    /// Words of the neurons' own coefficients.
    pub(crate) own: usize,
}

impl Layout {
    /// Returns the number of values in an array and the bytes per value.
    pub(crate) fn extent(&self, field: Field) -> (usize, usize) {
        field.extent(self.neurons, self.components, self.size)
    }

    /// Returns the bytes of all arrays.
    pub(crate) fn total(&self) -> usize {
        Field::ALL.iter().map(|field| self.bytes(*field)).sum()
    }

    /// Returns the words of all components. Own coefficients begin behind them.
    #[inline(always)]
    pub(crate) fn component_words(&self) -> usize {
        let values = self.neurons * self.components;
        // The result is that of the other branch, in fewer instructions where the size is known.
        if self.size == size_of::<u32>() { values } else { (values * self.size).div_ceil(size_of::<u32>()) }
    }

    fn bytes(&self, field: Field) -> usize {
        let (count, size) = self.extent(field);
        count * size
    }
}

impl<'n, const WORDS: usize, const COMPONENTS: usize> Cells<'n, WORDS, COMPONENTS> {
    /// Blocks of 32 neurons.
    pub(crate) const BLOCKS: usize = WORDS / block(COMPONENTS);
    /// Words of the array of components.
    pub(crate) const WORDS: usize = COMPONENTS * Self::BLOCKS * WORD;
    /// Words of all arrays.
    const ALL: usize = Self::BLOCKS * (block(COMPONENTS) - 1);

    /// Divides the words of a node; returns the arrays and the room for spikes.
    pub(crate) fn split(words: &'n mut [u32; WORDS]) -> (Self, &'n mut [u32]) {
        let (words, spikes) = words.split_at_mut_checked(WORDS - Self::BLOCKS).unwrap_or_default();
        (Self { words, own: OwnLayout::SHARED }, spikes)
    }

    /// Returns the words behind the components of a population, where its own coefficients are.
    #[inline(always)]
    pub(crate) fn own_words(&self, components: usize) -> &[u32] {
        self.words.get(Self::ALL - Self::WORDS + components..Self::ALL).unwrap_or_default()
    }

    #[inline(always)]
    pub(crate) fn lend(&mut self) -> CellsMut<'_> {
        // One comparison: the others are known.
        let Some(words) = self.words.get_mut(..Self::ALL) else { return CellsMut::empty(&self.own) };
        let (voltage, words) = words.split_at_mut_checked(Self::BLOCKS * WORD).unwrap_or_default();
        let (current, words) = words.split_at_mut_checked(Self::BLOCKS * WORD).unwrap_or_default();
        let (refractory, adaptation) = words.split_at_mut_checked(Self::BLOCKS * REFRACTORY).unwrap_or_default();
        CellsMut { voltage, refractory: cast_slice_mut(refractory), adaptation, current, own: &self.own }
    }

    /// Returns the words of an array.
    fn range(field: Field) -> Range<usize> {
        let currents = Self::BLOCKS * WORD;
        let refractory = 2 * currents;
        let adaptation = refractory + Self::BLOCKS * REFRACTORY;
        match field {
            Field::Voltage => 0..currents,
            Field::Current => currents..refractory,
            Field::Refractory => refractory..adaptation,
            Field::Adaptation => adaptation..Self::ALL,
            Field::Synapse | Field::Spikes => 0..0,
        }
    }

    /// Returns the bytes of an array.
    fn plain(&self, field: Field) -> &[u8] {
        cast_slice(self.words.get(Self::range(field)).unwrap_or_default())
    }

    /// Returns a byte of an array; 0 beyond its end.
    pub(crate) fn byte(&self, field: Field, at: usize) -> u8 {
        self.plain(field).get(at).copied().unwrap_or(0)
    }

    /// Returns the maximum refractory count of the first `neurons`.
    pub(crate) fn longest(&self, neurons: usize) -> u16 {
        let words = self.plain(Field::Refractory).as_chunks().0.iter().take(neurons);
        words.map(|bytes| Refractory::from_bits(u16::from_le_bytes(*bytes)).steps()).max().unwrap_or(0)
    }

    /// Writes a byte of an array; does nothing beyond its end.
    pub(crate) fn set_byte(&mut self, field: Field, at: usize, byte: u8) {
        let words = self.words.get_mut(Self::range(field)).unwrap_or_default();
        if let Some(place) = cast_slice_mut::<u32, u8>(words).get_mut(at) {
            *place = byte;
        }
    }

    /// Copies `bytes` of the currents that wait in `field` from byte `offset` on to the held currents.
    pub(crate) fn take_currents(&mut self, field: Field, offset: usize, bytes: Range<usize>) {
        let CellsMut { current, adaptation, .. } = self.lend();
        let (current, components) = (cast_slice_mut::<u32, u8>(current), cast_slice::<u32, u8>(adaptation));
        let (held, waiting) = match field {
            Field::Current => {
                let (held, waiting) = current.split_at_mut_checked(offset).unwrap_or_default();
                (held, &*waiting)
            }
            _ => (current, components.get(offset..).unwrap_or_default()),
        };
        let (held, waiting) = (held.get_mut(bytes.clone()), waiting.get(bytes));
        let pairs = held.unwrap_or_default().iter_mut().zip(waiting.unwrap_or_default());
        pairs.for_each(|(to, from)| *to = *from);
    }

    /// Converts a byte index of a snapshot's arrays to the array and the byte index in it.
    pub(crate) fn locate(layout: &Layout, mut at: usize) -> Option<(Field, usize)> {
        for field in Field::ALL {
            let length = layout.bytes(field);
            if at < length {
                return Some((field, at));
            }
            at -= length;
        }
        None
    }

    /// Returns the checksum of voltages, refractory words and threshold components.
    pub(crate) fn digest(&self, layout: &Layout) -> u32 {
        let mut digest = glif_link::packet::CRC.digest();
        let plain = |field| self.plain(field).get(..layout.bytes(field)).unwrap_or_default();
        for field in [Field::Voltage, Field::Refractory, Field::Adaptation] {
            digest.update(plain(field));
        }
        digest.finalize()
    }
}

#[cfg(target_endian = "big")]
compile_error!("the link is little endian, and this node sends memory as it is");
