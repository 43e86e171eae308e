//! A host that has stopped reading: the port accepts bytes until its buffer is full, and then none.

use std::cell::Cell;
use std::convert::Infallible;

use embedded_io::{ErrorKind, ErrorType, Read, ReadReady, Write};
use glif_core::{LifParams, Spec};
use glif_link::message::Field;
use glif_link::{Model, Request, frame, packet};
use glif_node::{Clock, Identity, Node, words};

/// A port that gives the node its requests in turn, and returns an error after the last.
struct Port<'c> {
    requests: Vec<Vec<u8>>,
    /// Bytes that the port still accepts.
    room: usize,
    /// Refused writes since the last request.
    refusals: &'c Cell<usize>,
    /// Maximum of `refusals` for one reply.
    most: &'c Cell<usize>,
}

impl ErrorType for Port<'_> {
    type Error = ErrorKind;
}

impl ReadReady for Port<'_> {
    fn read_ready(&mut self) -> Result<bool, ErrorKind> {
        Ok(true)
    }
}

impl Read for Port<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, ErrorKind> {
        self.most.set(self.most.get().max(self.refusals.take()));
        let Some(request) = self.requests.first_mut() else { return Err(ErrorKind::BrokenPipe) };
        let count = bytes.len().min(request.len());
        bytes[..count].copy_from_slice(&request[..count]);
        request.drain(..count);
        if request.is_empty() {
            self.requests.remove(0);
        }
        Ok(count)
    }
}

impl Write for Port<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        let count = bytes.len().min(self.room);
        self.room -= count;
        self.refusals.set(self.refusals.get() + usize::from(count == 0));
        Ok(count)
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

struct Still;

impl Clock for Still {
    fn ticks(&mut self) -> u32 {
        0
    }

    fn frequency(&self) -> u32 {
        1_000_000
    }
}

fn framed(sequence: u16, request: &Request<'_>) -> Vec<u8> {
    let (mut buffer, mut wire) = ([0; 256], Vec::new());
    let packet = packet::encode(sequence, request, &mut buffer).unwrap();
    let put = |piece: &[u8]| {
        wire.extend_from_slice(piece);
        Ok::<_, Infallible>(())
    };
    let Ok(()) = frame::whole(packet, put);
    wire
}

/// A port may wait for its full timeout on each refused write: a reply of many pieces must not cost one for
/// each.
#[test]
fn reply_is_dropped_at_the_first_refused_write() {
    let (rest_v, reset_v, thresh_v, refrac_t) = (-60.0, -65.0, -50.0, 2.0);
    let params =
        LifParams { step_time: 1.0, rest_v, reset_v, thresh_v, refrac_t, time_constant: 20.0, resistance: 1.0 };
    let model = Model { spec: Spec::new(params), neurons: 32, own: Default::default() };
    let read = Request::Read { population: 0, field: Field::Refractory, first: 0, count: 32 }; // 64 zeros, each a piece of its frame
    for room in 0..120 {
        let (refusals, most) = (Cell::new(0), Cell::new(0));
        let requests = vec![framed(1, &Request::Load(model.clone())), framed(2, &read), framed(3, &read)];
        let port = Port { requests, room, refusals: &refusals, most: &most };
        let mut node = Box::new(Node::<{ words(1, 0) }, 0, 256>::new());
        let ended = node.serve(Identity { core: "none", board: "none" }, port, Still, ());
        assert_eq!(ended, ErrorKind::BrokenPipe);
        assert_eq!(most.get(), 1, "with room for {room} bytes");
    }
}
