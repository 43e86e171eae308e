//! Sends raw bytes to a board, and receives every packet that it sends back.

use std::io::{Read, Write};
use std::time::Instant;

use glif::limits;
use glif_link::frame::Event;
use glif_link::packet::{self, CRC};
use glif_link::{Reply, Request};

use super::{VerifyError, require};
use crate::client::{Client, Patience, framed};
use crate::error::{LinkError, kind, shown};

/// The line to a board, beneath its client.
pub(crate) struct Wire<'c, P> {
    client: &'c mut Client<P>,
    /// Sequence number of the last request sent after raw bytes: sent more than once, it may be answered more
    /// than once.
    last: Option<u16>,
}

/// A packet that was received.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) sequence: u16,
    bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn reply(&self) -> Option<Reply<'_>> {
        packet::open(&self.bytes).ok()?.message()
    }

    /// Returns whether this is a further answer to the request `before`, which was sent more than once.
    fn is_late(&self, before: Option<u16>) -> bool {
        Some(self.sequence) == before && matches!(self.reply(), Some(Reply::Loaded { .. }))
    }
}

impl<'c, P: Read + Write> Wire<'c, P> {
    /// Borrows the client, and continues its sequence numbers.
    pub(crate) fn new(client: &'c mut Client<P>) -> Self {
        Self { client, last: None }
    }

    /// Returns a sequence number that has not been used. It is never 0, the number of replies to no request.
    pub(crate) fn next(&mut self) -> u16 {
        let next = self.client.sequence().wrapping_add(1).max(1);
        self.client.continue_after(next);
        next
    }

    /// Encodes the frame of a request with an unused sequence number; returns both.
    pub(crate) fn frame(&mut self, request: &Request<'_>) -> (Vec<u8>, u16) {
        let number = self.next();
        (framed(&encode(number, request)), number)
    }

    /// Sends bytes, followed by a request to describe what is loaded. Returns all packets that came before
    /// the reply, which are all that the bytes have caused, and the number of steps done by then.
    pub(crate) fn exchange(&mut self, bytes: &[u8]) -> Result<(Vec<Answer>, u64), VerifyError> {
        self.client.send(bytes)?;
        let mut answers = self.barrier(&Request::Describe)?;
        match answers.pop().as_ref().and_then(Answer::reply) {
            Some(Reply::Loaded { step, .. }) => Ok((answers, step)),
            reply => Err(VerifyError::Wrong(format!("`Describe` was answered by {}", shown(&reply)))),
        }
    }

    /// Sends a request until its reply arrives; returns all answers up to that reply, which is the last one.
    fn barrier(&mut self, request: &Request<'_>) -> Result<Vec<Answer>, VerifyError> {
        let (frame, sequence) = self.frame(request);
        let (mut answers, before) = (Vec::<Answer>::new(), self.last.replace(sequence));
        let Patience { wait, attempts } = self.client.patience();
        for _ in 0..attempts {
            self.client.send(&frame)?;
            let began = Instant::now();
            while began.elapsed() < wait {
                self.client.fill()?;
                while let Some(answer) = self.answer() {
                    if answer.is_late(before) {
                        continue;
                    }
                    answers.push(answer);
                    let most = limits::BOARD_ANSWERS;
                    require!(answers.len() <= most, "the board sends more than {most} packets for one request");
                    if answers.last().is_some_and(|answer| answer.sequence == sequence) {
                        return Ok(answers);
                    }
                }
            }
        }
        let (request, waited) = (format!("{}, sent after raw bytes", kind(request)), wait * attempts);
        Err(LinkError::Silent { request, waited, attempts, heard: None }.into())
    }

    /// Returns the next packet of the received bytes.
    fn answer(&mut self) -> Option<Answer> {
        loop {
            if self.client.next_event()? == Event::Packet {
                let bytes = self.client.packet().to_vec();
                if let Ok(sequence) = packet::open(&bytes).map(|packet| packet.sequence) {
                    return Some(Answer { sequence, bytes });
                }
            }
        }
    }
}

/// Encodes the packet of a request.
pub(crate) fn encode(sequence: u16, request: &Request<'_>) -> Vec<u8> {
    let mut buffer = [0; 1024];
    packet::encode(sequence, request, &mut buffer).map(<[u8]>::to_vec).unwrap_or_default()
}

/// Encodes a packet of any version and body, with a correct checksum.
pub(crate) fn forge(version: u8, sequence: u16, body: &[u8]) -> Vec<u8> {
    let [low, high] = sequence.to_le_bytes();
    let mut packet = vec![version, low, high];
    packet.extend_from_slice(body);
    packet.extend_from_slice(&CRC.checksum(&packet).to_le_bytes());
    packet
}
