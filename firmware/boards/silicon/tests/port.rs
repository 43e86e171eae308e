//! A port over a line that is silent, noisy, or both.

use std::cell::Cell;
use std::collections::VecDeque;
use std::future::{pending, ready};

use embedded_io::{ErrorKind, ErrorType, Read, ReadReady, Write};
use glif_silicon::Port;
use glif_silicon::port::Idle;

/// The result of one read of a UART.
enum Event {
    Bytes(&'static [u8]),
    Overrun,
    /// No byte yet.
    Silence,
}
use Event::{Bytes, Overrun, Silence};

/// A UART that returns the events in turn, and then stays silent.
struct Line<'s> {
    events: VecDeque<Event>,
    sent: &'s mut Vec<u8>,
}

impl ErrorType for Line<'_> {
    type Error = ErrorKind;
}

impl embedded_io_async::Read for Line<'_> {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, ErrorKind> {
        match self.events.pop_front() {
            Some(Bytes(given)) => {
                let (now, later) = given.split_at(given.len().min(bytes.len()));
                bytes[..now.len()].copy_from_slice(now);
                if !later.is_empty() {
                    self.events.push_front(Bytes(later));
                }
                ready(Ok(now.len())).await
            }
            Some(Overrun) => Err(ErrorKind::Other),
            Some(Silence) | None => pending().await,
        }
    }
}

impl embedded_io_async::Write for Line<'_> {
    /// Accepts three bytes at a time.
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        let taken = &bytes[..bytes.len().min(3)];
        self.sent.extend(taken);
        Ok(taken.len())
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        panic!("a step would be late")
    }
}

/// Counts polls and sleeps.
#[derive(Default)]
struct Counted<'c> {
    looks: Option<&'c Cell<u32>>,
    sleeps: Option<&'c Cell<u32>>,
}

impl Idle for Counted<'_> {
    fn looked(&mut self) {
        self.looks.inspect(|looks| looks.set(looks.get() + 1));
    }

    fn sleep(&mut self, ready: impl FnOnce() -> bool) {
        if !ready() {
            self.sleeps.inspect(|sleeps| sleeps.set(sleeps.get() + 1));
        }
    }
}

fn port<const N: usize>(events: [Event; N], sent: &mut Vec<u8>) -> Port<Line<'_>, Counted<'_>> {
    Port::new(Line { events: events.into(), sent }, Counted::default())
}

/// A read checks before each sleep, and again with interrupts masked. A byte that arrives in between is not
/// missed.
#[test]
fn idle_read_feeds_the_watchdog_and_sleeps() {
    let (mut sent, looks, sleeps) = (Vec::new(), Cell::new(0), Cell::new(0));
    let events = [Silence, Silence, Silence, Bytes(b"a"), Silence];
    let idle = Counted { looks: Some(&looks), sleeps: Some(&sleeps) };
    let mut port = Port::new(Line { events: events.into(), sent: &mut sent }, idle);
    let mut byte = [0];
    assert_eq!((port.read(&mut byte), byte), (Ok(1), *b"a"));
    assert_eq!((looks.get(), sleeps.get()), (3, 1));
    // A poll alone never sleeps.
    assert_eq!(port.read_ready(), Ok(false));
    assert_eq!((looks.get(), sleeps.get()), (4, 1));
}

#[test]
fn byte_stays_ready_until_it_is_read() {
    let mut sent = Vec::new();
    let mut port = port([Silence, Bytes(b"ab"), Silence, Bytes(b"c")], &mut sent);
    assert_eq!(port.read_ready(), Ok(false));
    let mut byte = [0];
    for expected in *b"ab" {
        assert_eq!((port.read_ready(), port.read_ready()), (Ok(true), Ok(true)));
        assert_eq!((port.read(&mut byte), byte), (Ok(1), [expected]));
    }
    assert_eq!(port.read_ready(), Ok(false));
    assert_eq!(port.read_ready(), Ok(true));
    assert_eq!((port.read(&mut byte), byte), (Ok(1), *b"c"));
}

#[test]
fn bytes_after_noise_are_read() {
    let mut sent = Vec::new();
    let mut port = port([Overrun, Silence, Overrun, Bytes(b"request")], &mut sent);
    // A port that only asked whether bytes are there would never read the error, and a UART that has stopped
    // at it would stay stopped.
    assert_eq!(port.read_ready(), Ok(false));
    let mut bytes = [0; 16];
    assert_eq!(port.read(&mut bytes), Ok(7));
    assert_eq!(&bytes[..7], b"request");
}

#[test]
fn every_byte_arrives_once_and_in_order() {
    static SCRIPT: [u8; 200] = {
        let mut script = [0; 200];
        let mut i = 0;
        while i < script.len() {
            script[i] = i as u8;
            i += 1;
        }
        script
    };
    for size in [1, 5, 16, 33] {
        let mut sent = Vec::new();
        let mut port = port([Bytes(&SCRIPT[..70]), Silence, Overrun, Bytes(&SCRIPT[70..])], &mut sent);
        let mut all: Vec<u8> = Vec::new();
        while all.len() < SCRIPT.len() {
            let mut bytes = vec![0; size];
            let count = port.read(&mut bytes).unwrap();
            all.extend(&bytes[..count]);
        }
        assert_eq!(all, SCRIPT, "by {size}");
    }
}

#[test]
fn write_returns_the_accepted_length_and_flush_does_not_wait() {
    let mut sent = Vec::new();
    let mut port = port([], &mut sent);
    assert_eq!(port.write(b"reply"), Ok(3));
    assert_eq!(port.write(b"ly"), Ok(2));
    assert_eq!(port.flush(), Ok(()));
    drop(port);
    assert_eq!(sent, b"reply");
}
