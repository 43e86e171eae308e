//! Framing: consistent overhead byte stuffing (COBS). Sender and receiver both process a stream of bytes, so
//! neither needs a second buffer.
//!
//! Source: Cheshire and Baker, "Consistent overhead byte stuffing", IEEE/ACM Transactions on Networking 7 (1999).

/// The byte that ends a frame. It occurs nowhere else.
pub const END: u8 = 0;

/// Maximum distance that one code byte spans.
const SPAN: usize = 254;

/// Returns the maximum number of wire bytes of a packet of `length` bytes, with the ends before and after it.
pub const fn wire_length(length: usize) -> usize {
    length + length / SPAN + 3
}

/// Passes the frame of `packet` to `put` piece by piece, without its end byte.
///
/// ```
/// let mut wire = Vec::new();
/// glif_link::frame::stuff::<()>(&[1, 0, 2, 3], |piece| Ok(wire.extend_from_slice(piece))).unwrap();
/// assert_eq!(wire, [2, 1, 3, 2, 3]);
/// ```
///
/// # Errors
/// Returns the first error of `put`.
pub fn stuff<E>(packet: &[u8], mut put: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
    let mut rest = packet;
    loop {
        let run = rest.iter().take(SPAN).take_while(|byte| **byte != END).count();
        let (head, tail) = rest.split_at_checked(run).unwrap_or((rest, &[]));
        put(&[run as u8 + 1])?;
        put(head)?;
        match tail {
            [] => return Ok(()),
            // A full span stands for no zero; any other span stands for the zero that ended it.
            _ if run == SPAN => rest = tail,
            [_, tail @ ..] => rest = tail,
        }
    }
}

/// Passes `packet` to `put` as it goes over the wire.
///
/// An end byte comes first, so that noise before it is not part of the frame; the frame and its end byte
/// follow.
///
/// ```
/// let mut wire = Vec::new();
/// glif_link::frame::whole::<()>(&[1, 0, 2, 3], |piece| Ok(wire.extend_from_slice(piece))).unwrap();
/// assert_eq!(wire, [0, 2, 1, 3, 2, 3, 0]);
/// ```
///
/// # Errors
/// Returns the first error of `put`.
pub fn whole<E>(packet: &[u8], mut put: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
    put(&[END])?;
    stuff(packet, &mut put)?;
    put(&[END])
}

/// Splits a stream of bytes into frames of at most `N` bytes.
///
/// The packet of a frame is in [`packet`](Self::packet) from the byte that ends the frame until the next byte
/// is fed.
#[derive(Debug, Clone)]
pub struct Receiver<const N: usize> {
    buffer: [u8; N],
    length: usize,
    /// Bytes until the next code byte.
    left: u8,
    /// Whether the current span ends in a zero of the packet.
    zero: bool,
    state: Progress,
}

/// Progress of the current frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Growing,
    TooLong,
    Ended,
}

/// The end of a frame, and whether its packet can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Event {
    /// A frame ended and its packet is available.
    Packet,
    /// A frame ended that was longer than the buffer.
    TooLong,
    /// A frame ended within one of its spans.
    Torn,
}

impl<const N: usize> Default for Receiver<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> Receiver<N> {
    /// Creates a receiver that is between two frames.
    pub const fn new() -> Self {
        Self { buffer: [0; N], length: 0, left: 0, zero: false, state: Progress::Growing }
    }

    /// Takes one byte and returns an event if the byte ended a frame.
    ///
    /// Empty frames are ignored, so a zero byte is always safe to send.
    pub fn feed(&mut self, byte: u8) -> Option<Event> {
        if self.state == Progress::Ended {
            (self.length, self.left, self.zero, self.state) = (0, 0, false, Progress::Growing);
        }
        if byte == END {
            return self.end();
        }
        if self.left == 0 {
            if self.zero {
                self.push(0);
            }
            self.left = byte - 1;
            self.zero = byte as usize <= SPAN;
        } else {
            self.left -= 1;
            self.push(byte);
        }
        None
    }

    fn push(&mut self, byte: u8) {
        match self.buffer.get_mut(self.length) {
            Some(place) => {
                *place = byte;
                self.length += 1;
            }
            None => self.state = Progress::TooLong,
        }
    }

    fn end(&mut self) -> Option<Event> {
        // After a lone code byte of a full span only `left` shows that a frame has begun: the byte adds
        // neither a zero nor data.
        let begun = self.zero || self.length > 0 || self.left > 0;
        let event = match self.state {
            Progress::TooLong => Event::TooLong,
            _ if !begun => return None,
            _ if self.left > 0 => Event::Torn,
            _ => Event::Packet,
        };
        self.state = Progress::Ended;
        Some(event)
    }

    /// Returns the packet of the frame that has just ended, without its framing.
    pub fn packet(&self) -> &[u8] {
        self.buffer.get(..self.length).unwrap_or_default()
    }

    /// Returns the whole buffer, as scratch memory between two frames.
    pub fn scratch(&mut self) -> &mut [u8; N] {
        self.state = Progress::Ended;
        &mut self.buffer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn stuffed(packet: &[u8]) -> Vec<u8> {
        let mut wire = Vec::new();
        let put = |piece: &[u8]| {
            wire.extend_from_slice(piece);
            Ok::<(), ()>(())
        };
        stuff(packet, put).unwrap();
        wire
    }

    fn receive<const N: usize>(wire: &[u8]) -> Vec<(Event, Vec<u8>)> {
        let mut receiver = Receiver::<N>::new();
        let mut events = Vec::new();
        for byte in wire {
            if let Some(event) = receiver.feed(*byte) {
                events.push((event, receiver.packet().to_vec()));
            }
        }
        events
    }

    /// Bytes with many zeros, and long runs without zeros: the hard cases for stuffing.
    fn packets() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![vec(any::<u8>(), 1..700), vec(0_u8..2, 1..700), vec(1_u8..3, 250..520)]
    }

    proptest! {
        #[test]
        fn frames_match_the_reference(packet in packets()) {
            let wire = stuffed(&packet);
            let mut reference = [0; 1024];
            let length = cobs::encode(&packet, &mut reference);
            prop_assert_eq!(&wire, &reference[..length]);
            prop_assert!(wire.len() + 2 <= wire_length(packet.len()));
        }

        #[test]
        fn packets_round_trip(list in vec(packets(), 1..4)) {
            let wire: Vec<u8> = list.iter().flat_map(|packet| [&stuffed(packet)[..], &[0]].concat()).collect();
            let expected: Vec<_> = list.into_iter().map(|packet| (Event::Packet, packet)).collect();
            prop_assert_eq!(receive::<1024>(&wire), expected);
        }

        /// A frame after a zero byte is read, whatever came before it.
        #[test]
        fn garbage_ends_at_the_next_zero(garbage in vec(any::<u8>(), 0..600), packet in packets()) {
            let wire = [&garbage[..], &[0], &stuffed(&packet), &[0]].concat();
            let events = receive::<1024>(&wire);
            prop_assert_eq!(events.last(), Some(&(Event::Packet, packet)));
        }

        #[test]
        fn too_long_packet_is_reported_and_skipped(packet in vec(any::<u8>(), 101..300), next in vec(any::<u8>(), 1..100)) {
            let wire = [&stuffed(&packet)[..], &[0], &stuffed(&next), &[0]].concat();
            let events = receive::<100>(&wire);
            prop_assert_eq!(events[0].0, Event::TooLong);
            prop_assert_eq!(&events[1], &(Event::Packet, next));
        }
    }

    #[test]
    fn torn_and_empty_frames() {
        assert_eq!(receive::<8>(&[0, 0, 0]), []);
        assert_eq!(receive::<8>(&[5, 1, 0])[0].0, Event::Torn);
        assert_eq!(receive::<8>(&[1, 0]), [(Event::Packet, Vec::new())]);
        // An idle or broken line reads as 0xff; it must not swallow the next frame.
        assert_eq!(receive::<8>(&[0xff, 0, 2, 7, 0]), [(Event::Torn, Vec::new()), (Event::Packet, Vec::from([7]))]);
    }
}
