//! The node's program on standard input and output, for clients in other languages:
//!
//! ```console
//! $ cargo run -p glif-board --example pipe
//! ```
//!
//! It ends when its input ends. `docs/link.md` has a client in Python that uses it.

use std::thread;
use std::time::Instant;

use embedded_io::{ErrorType, Read, ReadReady, Write};
use glif_board::loopback::{self, Closed, HostClock, Port};
use glif_node::{Identity, Node, words};

fn main() {
    let end = serve(std::io::stdin(), std::io::stdout());
    eprintln!("{end}");
}

/// Runs a node on an input and an output, until the end of the input.
pub fn serve(mut input: impl std::io::Read + Send + 'static, output: impl std::io::Write) -> Closed {
    let (mut pipe, port) = loopback::pair();
    // A read may block forever; the node may not, when it steps in real time.
    thread::spawn(move || std::io::copy(&mut input, &mut pipe));
    let identity = Identity { core: std::env::consts::ARCH, board: "pipe" };
    let mut node = Box::new(Node::<{ words(8, 4) }, 4, 1024>::new());
    node.serve(identity, Console(port, output), HostClock(Instant::now()), ())
}

/// Port that reads from a pipe and writes elsewhere.
struct Console<W>(Port, W);

impl<W> ErrorType for Console<W> {
    type Error = Closed;
}

impl<W> ReadReady for Console<W> {
    fn read_ready(&mut self) -> Result<bool, Closed> {
        self.0.read_ready()
    }
}

impl<W> Read for Console<W> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Closed> {
        self.0.read(buffer)
    }
}

impl<W: std::io::Write> Write for Console<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Closed> {
        self.1.write(bytes).map_err(|_| Closed)
    }

    fn flush(&mut self) -> Result<(), Closed> {
        self.1.flush().map_err(|_| Closed)
    }
}
