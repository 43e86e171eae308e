//! Checks `docs/link.md` with a real node: its example conversation is what a node sends, and its Python
//! client works.

#[path = "../examples/pipe.rs"]
#[allow(dead_code, unreachable_pub, reason = "its `main` is the example's")]
mod pipe;

use std::io::Write;
use std::process::{Command, Stdio};

use crate::common::{Bench, Metronome, words};

const DOCUMENT: &str = include_str!("../../../docs/link.md");

/// Returns the messages of the document: the sender, the message's first byte, and the frame.
fn conversation() -> Vec<(String, u8, Vec<u8>)> {
    let hex = |text: &str| -> Vec<u8> {
        text.split_whitespace().map(|digits| u8::from_str_radix(digits, 16).unwrap()).collect()
    };
    let blocks = DOCUMENT.split("```hex ").skip(1).map(|block| block.split_once("```").unwrap().0);
    let lines = blocks.map(|block| {
        let (message, frame) = block.split_once("message").unwrap().1.split_once("frame").unwrap();
        (block.split_once(' ').unwrap().0.to_owned(), hex(message)[0], hex(frame))
    });
    lines.collect()
}

/// Each reply in the document, except `Identity`, which is that of another board, is this node's, byte for
/// byte.
#[test]
fn documented_conversation_matches_a_node() {
    const IDENTITY: u8 = 4;
    let mut node = Bench::start::<{ words(8, 4) }, 4, 1024>(Metronome::default());
    let mut wire = [0; 64];
    let ready = std::io::Read::read(&mut node, &mut wire).unwrap();
    let mut answer = wire[..ready].to_vec();
    let mut compared = 0;
    for (who, kind, frame) in conversation() {
        if who == "host" {
            answer = node.exchange(&frame);
        } else if kind != IDENTITY {
            assert_eq!(answer, frame, "the document's on the right: {frame:02x?}");
            compared += 1;
        }
    }
    assert_eq!(compared, 9);
}

fn python() -> Option<&'static str> {
    let found =
        Command::new("python3").arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success());
    assert!(found || std::env::var_os("CI").is_none(), "no `python3`; where CI is set, this is not passed over");
    found.then_some("python3")
}

/// The client talks to the example that the document names.
#[test]
fn the_client_in_python_works() {
    let Some(python) = python() else {
        eprintln!("skipped: no `python3` on the path, and the client is in Python");
        return;
    };
    let client = DOCUMENT.split_once("```python\n").unwrap().1.split_once("```").unwrap().0;
    let mut script = tempfile::NamedTempFile::new().unwrap();
    script.write_all(client.as_bytes()).unwrap();
    let piped = || Stdio::piped();
    let client = Command::new(python).arg(script.path()).stdin(piped()).stdout(piped()).stderr(piped()).spawn();
    let mut client = client.unwrap();
    // The client gives up when it receives nothing; when it ends, for whatever reason, so does the node.
    let end = pipe::serve(client.stdout.take().unwrap(), client.stdin.take().unwrap());
    assert_eq!(end, glif_board::loopback::Closed);
    let output = client.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let (version, core) = (env!("CARGO_PKG_VERSION"), std::env::consts::ARCH);
    assert_eq!(told, format!("firmware: {version}\ncore: {core}\nboard: pipe\nstep: 06 01 01 02 01 04\n"));
}
