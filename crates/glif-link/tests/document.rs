//! Checks `docs/link.md` against the protocol.
//!
//! Every table is read as a schema, and all encoded messages must decode by it. Every example must be equal
//! to what this crate encodes.

mod samples;
mod schema;

use glif_link::message::BESIDE_BYTES;
use glif_link::{Reply, Request, VERSION, frame, packet, spikes};
use proptest::prelude::*;
use samples::Values;
use schema::Schema;
use serde::{Deserialize, Serialize};

const DOCUMENT: &str = include_str!("../../../docs/link.md");

fn hex(text: &str) -> Vec<u8> {
    text.split_whitespace().map(|digits| u8::from_str_radix(digits, 16).unwrap()).collect()
}

fn framed(packet: &[u8]) -> Vec<u8> {
    let mut wire = Vec::new();
    let put = |piece: &[u8]| {
        wire.extend_from_slice(piece);
        Ok::<_, std::convert::Infallible>(())
    };
    let Ok(()) = frame::whole(packet, put);
    wire
}

/// Returns the rows of the table whose header begins with `head`, as cells.
fn table(head: &str) -> Vec<Vec<String>> {
    let lines = DOCUMENT.lines().skip_while(|line| !line.starts_with(head)).skip(2);
    lines.take_while(|line| line.starts_with('|')).map(schema::cells).collect()
}

/// A message of the document: its sender, its sequence number, its body and its frame.
#[derive(Debug)]
struct Example {
    host: bool,
    sequence: u16,
    message: Vec<u8>,
    frame: Vec<u8>,
}

fn examples() -> Vec<Example> {
    let blocks = DOCUMENT.split("```hex ").skip(1).map(|block| block.split_once("```").unwrap().0);
    let examples = blocks.map(|block| {
        let (head, body) = block.split_once('\n').unwrap();
        let (who, sequence) = head.split_once(' ').unwrap();
        let (message, frame) = body.trim_start_matches("message").split_once("frame").unwrap();
        Example { host: who == "host", sequence: sequence.parse().unwrap(), message: hex(message), frame: hex(frame) }
    });
    examples.collect()
}

/// Checks that `value` encodes to bytes of the schema, with the same names of variants and fields.
fn agrees(schema: &Schema, kind: &str, value: &(impl Serialize + std::fmt::Debug)) {
    let mut buffer = vec![0; 4096];
    let packet = packet::encode(0, value, &mut buffer).unwrap();
    let mut bytes = &packet[3..packet.len() - 4];
    let whole = bytes.to_vec();
    let mut read = String::new();
    let taken = schema.take(kind, &mut bytes, &mut read);
    assert!(taken.is_some() && bytes.is_empty(), "{value:?} is {whole:02x?}; the document reads {read}");
    assert_eq!(schema::names(&read), schema::names(&format!("{value:?}")), "{value:?}");
}

fn agrees_with_all(values: &Values) {
    let schema = Schema::new(DOCUMENT);
    values.requests().iter().for_each(|request| agrees(&schema, "Request", request));
    values.replies().iter().for_each(|reply| agrees(&schema, "Reply", reply));
}

#[test]
fn every_variant_in_the_tables_is_tested() {
    let values = Values { n: 300, big: 1 << 40, x: -65.0, flag: true, bytes: vec![1, 2], text: "text".to_owned() };
    agrees_with_all(&values);
    let requests = values.requests().into_iter().map(|request| format!("{request:?}"));
    let met: Vec<_> = requests.chain(values.replies().into_iter().map(|reply| format!("{reply:?}"))).collect();
    for (kind, variant) in Schema::new(DOCUMENT).all_variants() {
        assert!(met.iter().any(|text| schema::names(text).contains(&variant)), "{kind} {variant}");
    }
}

/// Variant indices beyond the last row do not decode, whatever follows them.
#[test]
fn there_are_no_further_variants() {
    fn known<'a, T: Deserialize<'a>>(body: &'a [u8]) -> bool {
        packet::Packet { version: VERSION, sequence: 0, body, checksum: 0 }.message::<T>().is_some()
    }
    let schema = Schema::new(DOCUMENT);
    for length in 0..64 {
        let body = |index: usize| [&[index as u8], &vec![0; length][..]].concat();
        assert!(!known::<Request<'_>>(&body(schema.variants("Request"))), "a request with {length} zeros");
        assert!(!known::<Reply<'_>>(&body(schema.variants("Reply"))), "a reply with {length} zeros");
        let (refused, unreadable) = (&[2][..], &[1][..]);
        assert!(!known::<Reply<'_>>(&[refused, &body(schema.variants("RequestError"))].concat()));
        assert!(!known::<Reply<'_>>(&[unreadable, &body(schema.variants("PacketError"))].concat()));
    }
}

proptest! {
    #[test]
    fn all_values_parse_according_to_the_tables(values in samples::values()) {
        agrees_with_all(&values);
    }
}

/// Returns the document with each frame as its message is encoded now. After a change of version the rest is
/// manual work.
fn with_frames_of_now() -> String {
    let (head, rest) = DOCUMENT.split_once("```hex ").unwrap();
    let mut text = head.to_owned();
    for (block, example) in rest.split("```hex ").zip(examples()) {
        let body = &*example.message;
        let sealed = [&[VERSION], &example.sequence.to_le_bytes()[..], body].concat();
        let frame = framed(&[&sealed[..], &packet::CRC.checksum(&sealed).to_le_bytes()].concat());
        let lines = frame.chunks(32).map(|line| line.iter().map(|byte| format!(" {byte:02x}")).collect::<String>());
        let (before, after) = (block.find("frame").unwrap(), block.find("```").unwrap());
        let frame = lines.collect::<Vec<_>>().join("\n       ");
        text.push_str(&format!("```hex {}frame  {frame}\n{}", &block[..before], &block[after..]));
    }
    text
}

#[test]
fn examples_match_the_encoder() {
    if std::env::var_os("GLIF_BLESS").is_some() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/link.md");
        std::fs::write(path, with_frames_of_now()).unwrap();
        return;
    }
    let examples = examples();
    assert_eq!(examples.len(), 19, "as many as there are blocks");
    for example in &examples {
        let mut buffer = [0; 512];
        let sent = if example.host {
            let request: Request<'_> = decoded(&example.message);
            packet::encode(example.sequence, &request, &mut buffer).unwrap()
        } else {
            let reply: Reply<'_> = decoded(&example.message);
            packet::encode(example.sequence, &reply, &mut buffer).unwrap()
        };
        assert_eq!(sent[3..sent.len() - 4], example.message, "{example:02x?}");
        assert_eq!(framed(sent), example.frame, "{example:02x?}");
    }
    let said = |host: bool| -> Vec<String> {
        let of_one = examples.iter().filter(|example| example.host == host);
        let text = of_one.map(|Example { message, .. }| match host {
            true => format!("{:?}", decoded::<Request<'_>>(message)),
            false => format!("{:?}", decoded::<Reply<'_>>(message)),
        });
        text.map(|text| schema::names(&text)[0].to_owned()).collect()
    };
    assert_eq!(said(true), ["Identify", "Load", "Hold", "Step", "Run", "Read", "Hold", "Load", "Clear"]);
    assert_eq!(
        said(false),
        ["Ready", "Identity", "Done", "Done", "Ran", "Ran", "Values", "Refused", "Refused", "Done"]
    );
}

fn decoded<'a, T: Deserialize<'a>>(body: &'a [u8]) -> T {
    packet::Packet { version: VERSION, sequence: 0, body, checksum: 0 }.message().unwrap()
}

/// Parses the bytes between backquotes.
fn quoted(cell: &str) -> Vec<u8> {
    hex(cell.trim_matches('`'))
}

#[test]
fn frames_and_sets_match_the_tables() {
    let rows = table("| packet | frame |");
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert_eq!(framed(&quoted(&row[0])), quoted(&row[1]), "{row:?}");
    }
    let rows = table("| neurons | those that fired | set |");
    assert_eq!(rows.len(), 4);
    for row in rows {
        let neurons: usize = row[0].parse().unwrap();
        let mut words = vec![0; neurons.div_ceil(32)];
        for neuron in row[1].split(", ").filter(|text| !text.is_empty()) {
            let neuron: usize = neuron.parse().unwrap();
            words[neuron / 32] |= 1 << (neuron % 32);
        }
        let mut buffer = [0; 256];
        let end = spikes::encode(&words, neurons, &mut buffer, 0).unwrap();
        assert_eq!(buffer[..end], quoted(&row[2]), "{row:?}");
    }
}

/// The receiver accepts both ways of ending a run of 254 bytes.
#[test]
fn a_full_run_may_end_either_way() {
    for tail in [&[][..], &[1]] {
        let mut receiver = frame::Receiver::<256>::new();
        let wire = [&[0xff][..], &[7; 254], tail].concat();
        assert!(wire.iter().all(|byte| receiver.feed(*byte).is_none()));
        assert_eq!(receiver.feed(0), Some(frame::Event::Packet));
        assert_eq!(receiver.packet(), [7; 254]);
    }
}

#[test]
fn numbers_in_the_text_match_the_code() {
    let text = DOCUMENT.split_whitespace().collect::<Vec<_>>().join(" ");
    let says = |what: String| assert!(text.contains(&what), "{what}");
    says(format!("Version {VERSION}."));
    let policies = include_str!("../../../docs/policies.md");
    assert!(policies.contains(&format!("| {VERSION}, the first byte of each packet |")), "docs/policies.md");
    says(format!("{:x}", packet::CRC.checksum(b"123456789")));
    says(format!("every board has for {} bytes", packet::LEAST));
    says(format!("A byte string of at most `frame` - {} bytes", packet::OVERHEAD + BESIDE_BYTES));
    says(format!("fewer bytes than the {} of the smallest packet", packet::OVERHEAD));
    says(format!("A list has at most {} values", glif_core::params::MOST_COMPONENTS));
    says(format!(
        "more steps than a refractory word counts, {},{}",
        glif_core::Refractory::MOST / 1000,
        glif_core::Refractory::MOST % 1000
    ));
    says("-65.0 is `00 00 00 00 00 40 50 c0`".to_owned());
    assert_eq!((-65.0_f64).to_le_bytes().to_vec(), hex("00 00 00 00 00 40 50 c0"));
    let mut buffer = [0; 16];
    let three_hundred = packet::encode(0, &300_u32, &mut buffer).unwrap();
    says("300 is `ac 02`".to_owned());
    assert_eq!(three_hundred[3..5], [0xac, 2]);
    // Frames of maximum length: without a zero.
    for length in [1, 253, 254, 255, 508, 600] {
        assert!(framed(&vec![1; length]).len() <= length + length / 254 + 3, "{length} bytes");
    }
}
