//! The frame decoder, and packets and messages after it.

use glif_link::frame::{Event, Receiver, stuff};
use glif_link::{Reply, Request, packet};

/// Feeds the bytes to a small receiver and to a large one. Whatever came before, a frame after it arrives
/// whole. A message that was decoded is the same message when it is sent again.
pub fn frame(bytes: &[u8]) {
    feed::<32>(bytes);
    feed::<512>(bytes);
}

fn feed<const N: usize>(bytes: &[u8]) {
    let mut receiver = Receiver::<N>::new();
    for byte in bytes {
        if receiver.feed(*byte) == Some(Event::Packet) {
            look(receiver.packet());
        }
    }
    let mut buffer = [0; 16];
    let packet = packet::encode(0xff00, &Request::Poll, &mut buffer).expect("a short request has room");
    let frame = [&[0], &stuffed(packet)[..], &[0]].concat();
    let events: Vec<Event> = frame.iter().filter_map(|byte| receiver.feed(*byte)).collect();
    assert_eq!(events.last(), Some(&Event::Packet), "after {bytes:x?}");
    assert_eq!(receiver.packet(), packet, "after {bytes:x?}");
    look(bytes); // without framing, and with luck with a valid checksum
    let mut sealed = bytes.to_vec();
    sealed.extend(packet::CRC.checksum(bytes).to_le_bytes());
    look(&sealed);
}

/// Opens a packet and decodes it as a request and as a reply.
fn look(bytes: &[u8]) {
    let Ok(packet) = packet::open(bytes) else { return };
    if let Some(request) = packet.message::<Request<'_>>() {
        again(packet.sequence, &request, |packet| packet.message::<Request<'_>>().map(|back| format!("{back:?}")));
    }
    if let Some(reply) = packet.message::<Reply<'_>>() {
        again(packet.sequence, &reply, |packet| packet.message::<Reply<'_>>().map(|back| format!("{back:?}")));
    }
}

/// Checks that a decoded message can be encoded, and decodes to itself. The messages are compared as text, in
/// which a NaN equals itself.
fn again<M: serde::Serialize + std::fmt::Debug>(
    sequence: u16,
    message: &M,
    read: impl Fn(&packet::Packet<'_>) -> Option<String>,
) {
    let mut buffer = [0; 2048];
    let bytes = packet::encode(sequence, message, &mut buffer).expect("what came in a frame fits one");
    let packet = packet::open(bytes).expect("its own checksum");
    assert_eq!(read(&packet), Some(format!("{message:?}")));
}

fn stuffed(packet: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    let done: Result<(), std::convert::Infallible> = stuff(packet, |piece| {
        frame.extend_from_slice(piece);
        Ok(())
    });
    match done {
        Ok(()) => frame,
    }
}
