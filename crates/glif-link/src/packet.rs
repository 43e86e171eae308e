//! Packets: the content of frames.
//!
//! | bytes | content |
//! |---|---|
//! | 1 | version of the protocol |
//! | 2 | sequence number, little endian |
//! | n | body: a [`Request`](crate::Request) or a [`Reply`](crate::Reply) in postcard |
//! | 4 | CRC-32 (ISO-HDLC, as in Ethernet and zip) of all bytes before it, little endian |

use crc::{CRC_32_ISO_HDLC, Crc};
use serde::{Deserialize, Serialize};

use crate::VERSION;
use crate::request_error::PacketError;

/// Bytes of a packet besides its body.
pub const OVERHEAD: usize = HEADER + CHECKSUM;
/// Packet size that every board supports, bytes.
pub const LEAST: usize = 256;
const HEADER: usize = 3;
const CHECKSUM: usize = 4;

/// The checksum of packets and of states.
pub const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// An opened packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Packet<'a> {
    /// Protocol version of the sender.
    pub version: u8,
    /// Sequence number of the request. A reply repeats it.
    pub sequence: u16,
    /// A message, if the version is [`VERSION`].
    pub body: &'a [u8],
    /// Checksum of the whole packet. It distinguishes a repeated request from a different one.
    pub checksum: u32,
}

/// Checks a packet and splits it into its parts. Its version may be any.
///
/// # Errors
/// Returns an error if the packet is too short or its checksum is wrong.
pub fn open(packet: &[u8]) -> Result<Packet<'_>, PacketError> {
    let (content, sent) = packet.split_last_chunk::<CHECKSUM>().ok_or(PacketError::Short)?;
    let (&[version, low, high], body) = content.split_first_chunk::<HEADER>().ok_or(PacketError::Short)?;
    let checksum = CRC.checksum(content);
    if u32::from_le_bytes(*sent) != checksum {
        return Err(PacketError::Checksum);
    }
    Ok(Packet { version, sequence: u16::from_le_bytes([low, high]), body, checksum })
}

impl<'a> Packet<'a> {
    /// Decodes the message; returns `None` if the body is not a message, or is longer than one.
    pub fn message<M: Deserialize<'a>>(&self) -> Option<M> {
        match postcard::take_from_bytes(self.body) {
            Ok((message, [])) => Some(message),
            _ => None,
        }
    }
}

/// Writes a packet to `buffer`; returns `None` if it does not fit.
pub fn encode<'b>(sequence: u16, message: &impl Serialize, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
    let (header, rest) = buffer.split_first_chunk_mut::<HEADER>()?;
    let [low, high] = sequence.to_le_bytes();
    *header = [VERSION, low, high];
    let body = postcard::to_slice(message, rest).ok()?.len();
    let (content, end) = buffer.split_at_mut_checked(HEADER + body)?;
    *end.first_chunk_mut::<CHECKSUM>()? = CRC.checksum(content).to_le_bytes();
    buffer.get(..OVERHEAD + body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Request;
    use proptest::prelude::*;

    #[test]
    fn a_packet_byte_by_byte() {
        let mut buffer = [0; 16];
        let packet = encode(0x1234, &Request::Stop, &mut buffer).unwrap();
        let (content, checksum) = packet.split_at(4);
        assert_eq!(content, [VERSION, 0x34, 0x12, 16]);
        assert_eq!(checksum, CRC.checksum(content).to_le_bytes());
        assert_eq!(CRC.checksum(b"123456789"), 0xcbf4_3926, "the check value of CRC-32");
    }

    #[test]
    fn too_small_a_buffer_gives_no_packet() {
        for room in 0..8 {
            assert_eq!(encode(1, &Request::Stop, &mut std::vec![0; room]), None, "{room} bytes");
        }
    }

    proptest! {
        /// A single flipped bit is detected, wherever it is.
        #[test]
        fn flipped_bit_fails_the_checksum(sequence: u16, currents: [u8; 12], bit in 0_usize..100) {
            let mut buffer = [0; 64];
            let length = encode(sequence, &Request::Step { currents: &currents }, &mut buffer).unwrap().len();
            let bit = bit % (length * 8);
            buffer[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(open(&buffer[..length]), Err(PacketError::Checksum));
        }

        #[test]
        fn any_bytes_open_without_panic(bytes: std::vec::Vec<u8>) {
            if let Ok(packet) = open(&bytes) {
                let _ = packet.message::<Request<'_>>();
            }
        }

        /// Any body at worst fails to decode as a request.
        #[test]
        fn any_body_decodes_without_panic(body: std::vec::Vec<u8>) {
            let packet = Packet { version: VERSION, sequence: 0, body: &body, checksum: 0 };
            if let Some(request) = packet.message::<Request<'_>>() {
                let mut buffer = std::vec![0; body.len() + OVERHEAD];
                prop_assert!(encode(0, &request, &mut buffer).is_some());
            }
        }
    }
}
