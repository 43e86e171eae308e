//! Spikes on the wire: events or a packed set, whichever is shorter.
//!
//! A set begins with one number, a varint (seven bits per byte, low bits first, the top bit set in all bytes
//! except the last):
//!
//! | number | what follows |
//! |---|---|
//! | 2·n | n varints: the first neuron that fired, then the gaps to the next ones (1 for adjacent neurons) |
//! | 1 | one bit per neuron in ⌈neurons / 8⌉ bytes; neuron 0 is bit 0 of the first byte |
//!
//! A silent step is therefore one zero byte. A record consists of the sets of consecutive steps, each
//! followed by the checksum of the step (4 bytes, little endian) if the host asked for it.

use glif_core::spikes::{WORD, indices};

/// Returns the maximum number of bytes of a set of `neurons`.
pub const fn most(neurons: usize) -> usize {
    1 + neurons.div_ceil(8)
}

/// Writes a set to `buffer` at `at`; returns the new end, or `None` if the set does not fit.
///
/// ```
/// use glif_link::spikes::{decode, encode};
/// let mut buffer = [0; 8];
/// let end = encode(&[0b1000_0001, 1], 40, &mut buffer, 0).unwrap();
/// assert_eq!(buffer[..end], [6, 0, 7, 25]);
/// let mut words = [0; 2];
/// assert_eq!(decode(&buffer, 40, &mut words).unwrap(), &buffer[end..]);
/// assert_eq!(words, [0b1000_0001, 1]);
/// ```
#[inline(never)] // so that a board has one copy
pub fn encode(words: &[u32], neurons: usize, buffer: &mut [u8], at: usize) -> Option<usize> {
    let room = most(neurons);
    let (mut count, mut length, mut last) = (0_u32, 0, 0);
    for neuron in indices(words) {
        length += varint_length((neuron - last) as u32);
        (count, last) = (count + 1, neuron);
    }
    if length + varint_length(2 * count) >= room {
        return packed(words, neurons, buffer, at);
    }
    let mut at = put(2 * count, buffer, at)?;
    last = 0;
    for neuron in indices(words) {
        at = put((neuron - last) as u32, buffer, at)?;
        last = neuron;
    }
    Some(at)
}

fn packed(words: &[u32], neurons: usize, buffer: &mut [u8], at: usize) -> Option<usize> {
    let at = put(1, buffer, at)?;
    let end = at + neurons.div_ceil(8);
    let bytes = words.iter().flat_map(|word| word.to_le_bytes());
    buffer.get_mut(at..end)?.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    Some(end)
}

/// Reads a set of `neurons` from the start of `bytes` into `words`.
///
/// Returns the remaining bytes, or `None` if the bytes are not a set.
pub fn decode<'a>(bytes: &'a [u8], neurons: usize, words: &mut [u32]) -> Option<&'a [u8]> {
    words.fill(0);
    let mut fits = true;
    let rest = read(bytes, neurons, &mut |word, bits| match words.get_mut(word) {
        Some(word) => *word |= bits,
        None => fits = false,
    });
    rest.filter(|_| fits)
}

/// Reads a set of `neurons` from the start of `bytes`. Calls `put` with the number of a word and bits of it: bit j of
/// word i is neuron 32·i + j.
///
/// Returns the remaining bytes, or `None` if the bytes are not a set; `put` may then have been called.
#[inline(never)] // so that a board has one copy
pub fn read<'b>(bytes: &'b [u8], neurons: usize, put: &mut dyn FnMut(usize, u32)) -> Option<&'b [u8]> {
    let (head, mut bytes) = take(bytes)?;
    if head == 1 {
        let (set, rest) = bytes.split_at_checked(neurons.div_ceil(8))?;
        for (word, four) in set.chunks(4).enumerate() {
            put(word, four.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte)));
        }
        let beyond = neurons % 8;
        return (beyond == 0 || set.last().is_none_or(|last| last >> beyond == 0)).then_some(rest);
    }
    let mut neuron = 0_usize;
    for i in 0..head / 2 {
        let (gap, rest) = take(bytes)?;
        neuron = neuron.checked_add(gap as usize).filter(|neuron| *neuron < neurons && (i == 0 || gap > 0))?;
        put(neuron / WORD, 1 << (neuron % WORD));
        bytes = rest;
    }
    (head % 2 == 0).then_some(bytes)
}

fn varint_length(value: u32) -> usize {
    (38 - (value | 1).leading_zeros() as usize) / 7
}

fn put(mut value: u32, buffer: &mut [u8], mut at: usize) -> Option<usize> {
    loop {
        let more = value > 0x7f;
        *buffer.get_mut(at)? = (value & 0x7f) as u8 | if more { 0x80 } else { 0 };
        at += 1;
        value >>= 7;
        if !more {
            return Some(at);
        }
    }
}

fn take(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let mut value = 0;
    for (i, byte) in bytes.iter().take(5).enumerate() {
        value |= u32::from(byte & 0x7f).checked_shl(7 * i as u32)?;
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(i + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sets_round_trip_and_are_never_longer_than_packed(
            neurons in 1_usize..700, seed in vec(any::<u32>(), 22), mask in 0_u32..6
        ) {
            // The fraction of neurons that fire ranges from all to one in 32.
            let thin = |word: &u32| (0..mask).fold(*word, |word, i| word & seed[i as usize].rotate_left(7 * i));
            let mut words: std::vec::Vec<u32> = seed[..neurons.div_ceil(32)].iter().map(thin).collect();
            if neurons % 32 != 0 {
                *words.last_mut().unwrap() &= (1 << (neurons % 32)) - 1;
            }
            let mut buffer = [0; 128];
            let end = encode(&words, neurons, &mut buffer, 3).unwrap();
            prop_assert!(end - 3 <= most(neurons));
            prop_assert_eq!(encode(&words, neurons, &mut buffer[..end - 1], 3), None);
            let mut back = std::vec![7; words.len()];
            prop_assert_eq!(decode(&buffer[3..end], neurons, &mut back), Some(&[][..]));
            prop_assert_eq!(back, words);
        }

        #[test]
        fn any_bytes_decode_without_panic(bytes in vec(any::<u8>(), 0..40), neurons in 0_usize..100) {
            let mut words = [0; 4];
            if decode(&bytes, neurons, &mut words).is_some() {
                prop_assert!(indices(&words).all(|neuron| neuron < neurons));
            }
        }
    }

    #[test]
    fn lengths_of_varints() {
        for (value, length) in [(0, 1), (127, 1), (128, 2), (16_383, 2), (16_384, 3), (u32::MAX, 5)] {
            assert_eq!(varint_length(value), length, "{value}");
            assert_eq!(put(value, &mut [0; 5], 0), Some(length), "{value}");
        }
    }

    #[test]
    fn a_silent_step_is_one_byte() {
        let mut buffer = [9; 4];
        assert_eq!(encode(&[0; 32], 1024, &mut buffer, 0), Some(1));
        assert_eq!(buffer[0], 0);
    }
}
