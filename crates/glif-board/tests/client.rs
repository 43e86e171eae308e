//! What a host reports if there is no board, or something other than a board.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use crate::common::{Bench, Metronome, description, framed, words};
use glif_board::{Board, Client, LinkError, Patience};
use glif_link::{Identity, PacketError, Reply, Request, packet};

const SHORT: Patience = Patience { wait: Duration::from_millis(20), attempts: 3 };

/// A port with an answer to each write that the test chooses.
struct Script<F> {
    answer: F,
    inbox: VecDeque<u8>,
    writes: u32,
}

impl<F: FnMut(&[u8]) -> Vec<u8>> Script<F> {
    fn new(answer: F) -> Self {
        Self { answer, inbox: VecDeque::new(), writes: 0 }
    }
}

impl<F> Read for Script<F> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.inbox.read(buffer)? {
            0 => Err(ErrorKind::TimedOut.into()),
            count => Ok(count),
        }
    }
}

impl<F: FnMut(&[u8]) -> Vec<u8>> Write for Script<F> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.writes += 1;
        self.inbox.extend((self.answer)(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn client<F: FnMut(&[u8]) -> Vec<u8>>(answer: F) -> Client<Script<F>> {
    let mut client = Client::with_patience(Script::new(answer), SHORT);
    client.continue_after(41);
    client
}

fn reply(sequence: u16, reply: &Reply<'_>) -> Vec<u8> {
    framed(packet::encode(sequence, reply, &mut [0; 512]).unwrap())
}

/// Returns the error of a port that never replies, without the seconds, which vary.
fn heard<F: FnMut(&[u8]) -> Vec<u8>>(answer: F) -> String {
    let told = client(answer).call(&Request::Identify).unwrap_err().to_string();
    let (before, after) = told.split_once(" within ").unwrap();
    let (seconds, after) = after.split_once(" s after ").unwrap();
    assert!(seconds.parse::<f32>().unwrap() >= 0.06, "{seconds} s for three waits of 20 ms");
    format!("{before} after {after}")
}

const NOBODY: &str = "help: check that the board runs this firmware and that no other program uses the port";

#[test]
fn a_silent_port() {
    assert_eq!(heard(|_| Vec::new()), format!("no reply to `Identify` after 3 attempts\n{NOBODY}"));
}

#[test]
fn every_attempt_waits_its_full_time() {
    let began = Instant::now();
    let mut client = client(|_| Vec::new());
    assert!(matches!(client.call(&Request::Poll), Err(LinkError::Silent { attempts: 3, .. })));
    assert!(began.elapsed() >= 3 * SHORT.wait);
    assert_eq!((client.health().resent, client.port_mut().writes), (2, 3));
}

/// A host that slept past its own deadline has not yet looked at what arrived meanwhile.
#[test]
fn bytes_that_arrived_during_sleep_are_read() {
    struct Late(Option<Vec<u8>>, Duration);
    impl Read for Late {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            match self.0.take() {
                Some(bytes) if self.1.is_zero() => (&bytes[..]).read(buffer),
                waiting => {
                    std::thread::sleep(std::mem::take(&mut self.1));
                    self.0 = waiting;
                    Err(ErrorKind::TimedOut.into())
                }
            }
        }
    }
    impl Write for Late {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let patience = Patience { attempts: 1, ..SHORT };
    let mut client = Client::with_patience(Late(Some(reply(42, &Reply::Done)), 2 * patience.wait), patience);
    client.continue_after(41);
    assert!(matches!(client.call(&Request::Start { failsafe: 0 }), Ok(Reply::Done)));
}

#[test]
fn a_closed_port() {
    struct Closed(Option<ErrorKind>);
    impl Read for Closed {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            self.0.map_or(Ok(0), |kind| Err(kind.into()))
        }
    }
    impl Write for Closed {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let told = |port| Board::connect(port).unwrap_err().to_string();
    assert_eq!(told(Closed(None)), "the port failed: the other side closed it");
    assert_eq!(told(Closed(Some(ErrorKind::BrokenPipe))), "the port failed: broken pipe");
}

#[test]
fn other_devices_are_described_in_the_error() {
    let told = |what: &str| format!("no reply to `Identify` after 3 attempts (heard: {what})\n{NOBODY}");
    assert_eq!(heard(|_| b"login: \0".to_vec()), told("a truncated frame"));
    assert_eq!(heard(|_| framed(b"AT OK")), told("fewer bytes than a packet"));
    assert_eq!(heard(|_| framed(b"welcome to the shell")), told("a packet with a wrong checksum"));
    // Three times, as the request was sent three times.
    assert_eq!(
        heard(|_| b"login: ".to_vec()),
        told("21 bytes that are not a frame, such as \"login: login: login: \"")
    );
    let escapes = "21 bytes that are not a frame, such as \"\\u{1b}]0;x\\u{7}\\u{1b}]0;x\\u{7}\\u{1b}]0;x\\u{7}\"";
    assert_eq!(heard(|_| b"\x1b]0;x\x07\r"[..6].to_vec()), told(&escapes.replace("21", "18")));
    assert!(heard(|_| vec![1; 70_000]).contains("(heard: 210000 bytes that are not a frame, such as "));
    assert_eq!(heard(|_| [vec![1; 200_000], vec![0]].concat()), told("a packet longer than 65536 bytes"));
    assert_eq!(heard(|sent| sent.to_vec()), told("the request itself; the port echoes"));
    assert_eq!(heard(|_| reply(41, &Reply::Done)), told("a reply to an older request"));
    assert_eq!(heard(|_| reply(0, &Reply::Ready)), told("a restart of the board"));
}

/// Another version is reported, and its body is not read.
#[test]
fn other_link_version_is_reported() {
    let other = |_: &[u8]| {
        let mut bytes = packet::encode(42, &Reply::Done, &mut [0; 16]).unwrap().to_vec();
        bytes[0] = 9;
        let end = bytes.len() - 4;
        let checksum = packet::CRC.checksum(&bytes[..end]).to_le_bytes();
        bytes[end..].copy_from_slice(&checksum);
        framed(&bytes)
    };
    assert_eq!(
        heard(other),
        format!("no reply to `Identify` after 3 attempts (heard: version 9 of the link)\n{NOBODY}")
    );
}

/// The reverse case: a node that receives a request in another version replies with its own version, and does
/// nothing.
#[test]
fn node_answers_other_versions_with_its_own() {
    let mut node = Bench::start::<{ words(1, 0) }, 0, 256>(Metronome::default());
    let mut bytes = packet::encode(5, &Request::Identify, &mut [0; 16]).unwrap().to_vec();
    bytes[0] = 200;
    let end = bytes.len() - 4;
    let checksum = packet::CRC.checksum(&bytes[..end]).to_le_bytes();
    bytes[end..].copy_from_slice(&checksum);
    let answer = node.exchange(&framed(&bytes));
    assert_eq!(answer, reply(5, &Reply::Refused(glif_link::RequestError::Version { spoken: glif_link::VERSION })));
}

/// On a line so bad that each request arrives as several bad ones, the host must not answer each with another
/// request.
#[test]
fn complaints_do_not_multiply_requests() {
    let unreadable = reply(0, &Reply::Unreadable(PacketError::Checksum)).repeat(4);
    let mut client = client(|_| unreadable.clone());
    let told = client.call(&Request::Describe).unwrap_err().to_string();
    assert!(told.contains("(heard: a report that the board received a packet with a wrong checksum)"), "{told}");
    assert_eq!(client.port_mut().writes, 2 * SHORT.attempts);
}

/// Complaints from before do not use up the patience.
#[test]
fn old_complaints_are_ignored() {
    let mut first = true;
    let mut client = client(move |_| {
        let complaints = if std::mem::take(&mut first) { 50 } else { 0 };
        [reply(0, &Reply::Unreadable(PacketError::Torn)).repeat(complaints), reply(42, &Reply::Done)].concat()
    });
    assert_eq!(client.call(&Request::Start { failsafe: 0 }).unwrap(), Reply::Done);
    assert!(client.health().resent <= 1);
}

/// A reset during a conversation: the host gets an error about the loss until it loads again.
#[test]
fn a_board_that_restarts() {
    let lif = description("lif", "f32", 10, "");
    let mut board = Board::connect(Bench::start::<{ words(1, 0) }, 0, 256>(Metronome::default())).unwrap();
    let not_loaded = "no population is loaded\nhelp: load one first";
    assert_eq!(board.run(1).unwrap_err().to_string(), not_loaded, "it has only just started");
    board.load(&lif).unwrap();
    board.hold(&[300.0; 10]).unwrap();
    board.run(2).unwrap();
    board.client().port_mut().reset();
    let lost = "the board has restarted and lost its population\nhelp: load it again";
    assert_eq!(board.run(1).unwrap_err().to_string(), lost);
    assert_eq!(board.hold(&[1.0; 10]).unwrap_err().to_string(), lost);
    board.load(&lif).unwrap();
    assert_eq!(board.describe().unwrap().1, 0);
    board.run(1).unwrap();
    board.client().port_mut().reset();
    assert_eq!(board.describe().unwrap_err().to_string(), lost);
}

/// A reset between a request and the copy of it: the node does not remember what it did before the reset.
#[test]
fn repeated_request_is_executed_again_after_a_reset() {
    let mut node = Bench::start::<{ words(1, 0) }, 0, 256>(Metronome::default());
    let load = Request::Load(glif_board::translate::model(&description("lif", "f32", 3, "")).unwrap());
    let load = framed(packet::encode(9, &load, &mut [0; 256]).unwrap());
    assert_eq!(node.exchange(&load), reply(9, &Reply::Done));
    assert_eq!(node.exchange(&load), reply(9, &Reply::Done));
    node.reset();
    assert_eq!(node.exchange(&load), reply(9, &Reply::Done));
    let mut board = Board::connect(node).unwrap();
    assert_eq!(board.identity().loaded, 3);
    board.run(1).unwrap();
}

/// Replies of the wrong kind, and byte strings that never end or are not records. `hostile_board.rs` tests
/// impossible numbers.
#[test]
fn mismatched_replies_are_errors() {
    let identity = Identity {
        version: 1,
        firmware: "1",
        core: "any",
        board: "any",
        scalars: 255,
        neurons: 40,
        components: 8,
        frame: 256,
        memory: 0,
        frequency: 1,
        loaded: 40,
        networks: 0,
        populations: 0,
        words: 0,
    };
    let lif = glif_board::translate::model(&description("lif", "f32", 40, "")).unwrap();
    let mut sequence = 41;
    let client = client(|_| {
        sequence += 1;
        let answer = match sequence {
            42 => Reply::Identity(identity),
            43 => Reply::Loaded { model: lif.clone(), step: 0 },
            44 => Reply::Values { values: &[] },
            45 => Reply::Values { values: &[0; 2 * 40] },
            46 => Reply::Ran { step: 1, done: 1, record: &[0, 0] },
            47 => Reply::Ran { step: 1, done: 1, record: &[0, 0] },
            48 => Reply::Ran { step: 1, done: 1, record: &[2, 40] },
            49 => Reply::Ran { step: 1, done: 1, record: &[] },
            50 => Reply::Loaded { model: lif.clone(), step: 0 },
            _ => Reply::Done,
        };
        reply(sequence, &answer)
    });
    let mut board = Board::over(client).unwrap();
    let told = board.read(glif_link::Field::Voltage).unwrap_err().to_string();
    assert!(told.starts_with("the board's `Values` has `bytes` = 0, but only from 80 to 160 is possible"), "{told}");
    // The values have another format.
    assert_eq!(board.read(glif_link::Field::Voltage).unwrap_err().to_string(), "`Read` was answered by `Values`");
    // One step, with a record of two steps, or of none.
    let broken = "the board sent an invalid record of spikes";
    assert_eq!(board.step(&[0.0; 40]).unwrap_err().to_string(), broken);
    assert_eq!(board.run(1).unwrap_err().to_string(), broken);
    assert_eq!(board.run(1).unwrap_err().to_string(), broken);
    assert_eq!(board.run(1).unwrap_err().to_string(), broken);
    assert_eq!(board.snapshot().unwrap_err().to_string(), "`Snapshot` was answered by `Done`");
    assert_eq!(board.measure(1).unwrap_err().to_string(), "`Measure` was answered by `Done`");
}

/// The error of a request longer than the board's packets differs from that of a line that corrupts.
#[test]
fn too_long_request_is_reported() {
    let mut client = Client::with_patience(Bench::start::<{ words(1, 0) }, 0, 256>(Metronome::default()), SHORT);
    let told = client.call(&Request::Step { currents: &[0; 400] }).unwrap_err().to_string();
    assert!(told.contains("(heard: a report that the board received a packet longer than 256 bytes)"), "{told}");
    assert!(client.call(&Request::Identify).is_ok());
    let told = client.call(&Request::Step { currents: &[0; 70_000] }).unwrap_err().to_string();
    assert_eq!(told, "`Step` does not fit a packet of 65536 bytes");
}
