//! Raw bytes to a board, and every packet that comes back.

use std::io::{ErrorKind, Read, Write};
use std::time::Instant;

use glif::limits;
use glif_link::frame::{Event, Receiver};
use glif_link::packet::{self, CRC};
use glif_link::{Reply, Request};

use super::VerifyError;
use crate::client::{Client, LONGEST, LinkError, Patience, framed, kind, shown};

/// The line to a board, in place of a client.
pub(crate) struct Wire<'c, P> {
    client: &'c mut Client<P>,
    receiver: Box<Receiver<LONGEST>>,
    sequence: u16,
    /// The last request behind raw bytes: sent more than once, it may be answered more than once.
    last: Option<u16>,
}

/// A packet that has come.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) sequence: u16,
    bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn reply(&self) -> Option<Reply<'_>> {
        packet::open(&self.bytes).ok()?.message()
    }

    /// Once more to a description that was asked for before and sent more than once.
    fn is_late(&self, before: Option<u16>) -> bool {
        Some(self.sequence) == before && matches!(self.reply(), Some(Reply::Loaded { .. }))
    }
}

impl<'c, P: Read + Write> Wire<'c, P> {
    /// Goes on where a client has stopped, and leaves it where it goes on itself.
    pub(crate) fn new(client: &'c mut Client<P>) -> Self {
        let sequence = client.sequence();
        Self { client, receiver: Box::default(), sequence, last: None }
    }

    /// A number that has not been used. It is never 0, which is that of replies to no request.
    pub(crate) fn next(&mut self) -> u16 {
        self.sequence = self.sequence.wrapping_add(1).max(1);
        self.client.continue_after(self.sequence);
        self.sequence
    }

    /// Sends bytes, and behind them a request to describe what is loaded. All that came before its reply, which is all
    /// that the bytes have brought about; and the steps done by then.
    pub(crate) fn exchange(&mut self, bytes: &[u8]) -> Result<(Vec<Answer>, u64), VerifyError> {
        self.put(bytes)?;
        let mut answers = self.barrier(&Request::Describe)?;
        match answers.pop().as_ref().and_then(Answer::reply) {
            Some(Reply::Loaded { step, .. }) => Ok((answers, step)),
            reply => Err(VerifyError::Wrong(format!("`Describe` was answered by {}", shown(&reply)))),
        }
    }

    /// All answers up to that to this request, which is the last one. It is sent until it comes.
    fn barrier(&mut self, request: &Request<'_>) -> Result<Vec<Answer>, VerifyError> {
        let sequence = self.next();
        let frame = framed(&encode(sequence, request));
        let (mut answers, before) = (Vec::new(), self.last.replace(sequence));
        let Patience { wait, attempts } = self.client.patience();
        for _ in 0..attempts {
            self.put(&frame)?;
            let began = Instant::now();
            while began.elapsed() < wait {
                for answer in self.listen()?.into_iter().filter(|answer| !answer.is_late(before)) {
                    let found = answer.sequence == sequence;
                    answers.push(answer);
                    if answers.len() > limits::BOARD_ANSWERS {
                        let most = limits::BOARD_ANSWERS;
                        return Err(VerifyError::Wrong(format!(
                            "the board sends more than {most} packets for one request"
                        )));
                    }
                    if found {
                        return Ok(answers);
                    }
                }
            }
        }
        let (request, waited) = (format!("{}, sent after raw bytes", kind(request)), wait * attempts);
        Err(LinkError::Silent { request, waited, attempts, heard: None }.into())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), VerifyError> {
        let port = self.client.port_mut();
        port.write_all(bytes).and_then(|()| port.flush()).map_err(|error| LinkError::from(error).into())
    }

    /// The packets that have come.
    fn listen(&mut self) -> Result<Vec<Answer>, VerifyError> {
        let mut bytes = [0; 1024];
        let count = match self.client.port_mut().read(&mut bytes) {
            Ok(count) => count,
            Err(error)
                if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted) =>
            {
                0
            }
            Err(error) => return Err(LinkError::from(error).into()),
        };
        let mut answers = Vec::new();
        for byte in &bytes[..count] {
            if self.receiver.feed(*byte) == Some(Event::Packet) {
                let bytes = self.receiver.packet().to_vec();
                if let Some(sequence) = packet::open(&bytes).ok().map(|packet| packet.sequence) {
                    answers.push(Answer { sequence, bytes });
                }
            }
        }
        Ok(answers)
    }
}

/// A request's packet.
pub(crate) fn encode(sequence: u16, request: &Request<'_>) -> Vec<u8> {
    let mut buffer = [0; 1024];
    packet::encode(sequence, request, &mut buffer).map(<[u8]>::to_vec).unwrap_or_default()
}

/// A packet of any version and body, with the checksum that fits.
pub(crate) fn forge(version: u8, sequence: u16, body: &[u8]) -> Vec<u8> {
    let [low, high] = sequence.to_le_bytes();
    let mut packet = vec![version, low, high];
    packet.extend_from_slice(body);
    packet.extend_from_slice(&CRC.checksum(&packet).to_le_bytes());
    packet
}
