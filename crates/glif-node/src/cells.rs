//! The arrays of a population: as words that each scalar reinterprets, and as bytes in the order of a
//! snapshot.

use core::ops::Range;

use bytemuck::{cast_slice, cast_slice_mut};
use glif_core::Refractory;
use glif_core::own::OwnLayout;
use glif_core::spikes::WORD;
use glif_link::Field;

/// Arrays for 32·`BLOCKS` neurons with `COMPONENTS` threshold components, in any scalar of 32 or 16 bits.
///
/// Values are stored contiguously from the start of their array, whatever their size. Component k of n
/// neurons begins at value k·n.
#[derive(Debug)]
pub(crate) struct Cells<const BLOCKS: usize, const COMPONENTS: usize> {
    voltage: [[u32; WORD]; BLOCKS],
    refractory: [[Refractory; WORD]; BLOCKS],
    adaptation: [[[u32; WORD]; BLOCKS]; COMPONENTS],
    current: [[u32; WORD]; BLOCKS],
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

impl<const BLOCKS: usize, const COMPONENTS: usize> Cells<BLOCKS, COMPONENTS> {
    pub(crate) const fn new() -> Self {
        Self {
            voltage: [[0; WORD]; BLOCKS],
            refractory: [[Refractory::new(0, false); WORD]; BLOCKS],
            adaptation: [[[0; WORD]; BLOCKS]; COMPONENTS],
            current: [[0; WORD]; BLOCKS],
            own: OwnLayout::SHARED,
        }
    }

    /// Returns the words of the array of components.
    pub(crate) const WORDS: usize = COMPONENTS * BLOCKS * WORD;

    /// Returns the words behind the components of a population, where its own coefficients are.
    #[inline(always)]
    pub(crate) fn own_words(&self, components: usize) -> &[u32] {
        self.adaptation.as_flattened().as_flattened().get(components..).unwrap_or_default()
    }

    pub(crate) fn lend(&mut self) -> CellsMut<'_> {
        CellsMut {
            voltage: self.voltage.as_flattened_mut(),
            refractory: self.refractory.as_flattened_mut(),
            adaptation: self.adaptation.as_flattened_mut().as_flattened_mut(),
            current: self.current.as_flattened_mut(),
            own: &self.own,
        }
    }

    /// Returns the bytes of an array of values; empty for refractory words, which are not plain numbers.
    fn plain(&self, field: Field) -> &[u8] {
        match field {
            Field::Voltage => cast_slice(self.voltage.as_flattened()),
            Field::Adaptation => cast_slice(self.adaptation.as_flattened().as_flattened()),
            Field::Current => cast_slice(self.current.as_flattened()),
            Field::Refractory => &[],
        }
    }

    /// Returns a byte of an array; 0 beyond its end.
    pub(crate) fn byte(&self, field: Field, at: usize) -> u8 {
        if field != Field::Refractory {
            return self.plain(field).get(at).copied().unwrap_or(0);
        }
        let word = self.refractory.as_flattened().get(at / 2).map_or(0, |refractory| refractory.to_bits());
        (word >> (8 * (at % 2))) as u8
    }

    /// Returns the maximum refractory count of the first `neurons`.
    pub(crate) fn longest(&self, neurons: usize) -> u16 {
        let counts = self.refractory.as_flattened().iter().take(neurons).map(|refractory| refractory.steps());
        counts.max().unwrap_or(0)
    }

    /// Writes a byte of an array; does nothing beyond its end.
    pub(crate) fn set_byte(&mut self, field: Field, at: usize, byte: u8) {
        let words = match field {
            Field::Voltage => self.voltage.as_flattened_mut(),
            Field::Adaptation => self.adaptation.as_flattened_mut().as_flattened_mut(),
            Field::Current => self.current.as_flattened_mut(),
            Field::Refractory => {
                if let Some(refractory) = self.refractory.as_flattened_mut().get_mut(at / 2) {
                    let shift = 8 * (at % 2);
                    let bits = refractory.to_bits() & !(0xff << shift) | u16::from(byte) << shift;
                    *refractory = Refractory::from_bits(bits);
                }
                return;
            }
        };
        if let Some(place) = cast_slice_mut::<u32, u8>(words).get_mut(at) {
            *place = byte;
        }
    }

    /// Copies `bytes` of the currents that wait in `field` from byte `offset` on to the held currents.
    pub(crate) fn take_currents(&mut self, field: Field, offset: usize, bytes: Range<usize>) {
        let current = cast_slice_mut::<u32, u8>(self.current.as_flattened_mut());
        let components = cast_slice::<u32, u8>(self.adaptation.as_flattened().as_flattened());
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
        digest.update(plain(Field::Voltage));
        for refractory in self.refractory.as_flattened().iter().take(layout.neurons) {
            digest.update(&refractory.to_bits().to_le_bytes());
        }
        digest.update(plain(Field::Adaptation));
        digest.finalize()
    }
}

#[cfg(target_endian = "big")]
compile_error!("the link is little endian, and this node sends memory as it is");
