//! `glif inspect --board`: whether a frozen image fits a board.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use glif::network::NetworkDescription;
use serde_json::Value;

use crate::common::{LIF, Place, with};
use crate::freeze::{committed, ear};
use crate::frozen::{network_f32, network_i8f8, network_i16f16};
use crate::frozen_networks::network_file;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The program has a copy of the measured instructions, as its package has no other folder.
#[test]
fn instructions_are_those_that_were_measured() {
    let measured = fs::read_to_string(root().join("firmware/instructions.toml")).unwrap();
    committed(&root().join("crates/glif-cli/src/inspect/board/instructions.toml"), &measured);
}

/// Returns the report of `--board` about a file.
fn fit(place: &Place, arguments: &str) -> Value {
    let (code, out, err) = place.glif(&format!("inspect {arguments} --json"));
    assert_eq!(code, 0, "{arguments}: {err}");
    serde_json::from_str::<Value>(&out).unwrap()["fit"].take()
}

fn number(value: &Value, path: &str) -> f64 {
    value.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("no {path} in {value}"))
}

/// Returns the memory of a linker script: the sum of the regions of flash, and of RAM.
fn memory(script: &str) -> [f64; 2] {
    let mut sums = [0.0; 2];
    for line in script.lines().filter(|line| line.contains("LENGTH")) {
        let (name, rest) = line.split_once(':').unwrap();
        let length = rest.split_once("LENGTH =").unwrap().1;
        let part = |text: &str| -> f64 {
            let text = text.trim();
            match text.strip_prefix("0x") {
                Some(digits) => u32::from_str_radix(digits, 16).unwrap().into(),
                None => match text.chars().last() {
                    Some('K') => text[..text.len() - 1].parse::<f64>().unwrap() * 1024.0,
                    Some('M') => text[..text.len() - 1].parse::<f64>().unwrap() * 1024.0 * 1024.0,
                    _ => text.parse().unwrap(),
                },
            }
        };
        let mut parts = length.split('-').map(part);
        let bytes = parts.next().unwrap() - parts.sum::<f64>();
        sums[usize::from(name.trim() == "RAM")] += bytes;
    }
    sums
}

#[test]
fn boards_have_the_memory_of_their_linker_scripts() {
    let place = Place::new();
    for (board, script) in [
        ("microbit", "qemu-microbit/memory.x"),
        ("mps2-an385", "qemu-mps/memory/mps2.x"),
        ("mps2-an386", "qemu-mps/memory/mps2.x"),
        ("mps2-an500", "qemu-mps/memory/mps2.x"),
        ("mps2-an505", "qemu-mps/memory/an505.x"),
        ("mps3-an547", "qemu-mps/memory/an547.x"),
        ("virt", "qemu-virt/memory.x"),
        ("rp2040", "rp/memory/rp2040.x"),
        ("rp2350", "rp/memory/rp2350.x"),
        ("nrf52840", "nrf52840/memory.x"),
        ("stm32f411", "stm32f411/memory.x"),
    ] {
        let fit = fit(&place, &format!("lif.toml --board {board}"));
        let [flash, ram] = memory(&fs::read_to_string(root().join("firmware/boards").join(script)).unwrap());
        // What runs from RAM has no flash.
        let flash = if flash == 0.0 { ram } else { flash };
        assert_eq!([number(&fit, "/flash_bytes"), number(&fit, "/ram_bytes")], [flash, ram], "{board}");
    }
    // The HAL of the ESP32-C3 has its linker script.
    fit(&place, "lif.toml --board esp32c3");
}

/// Every board of the repository is known by its name.
#[test]
fn boards_are_those_of_the_repository() {
    let place = Place::new();
    let table = fs::read_to_string(root().join("xtask/src/boards.rs")).unwrap();
    let table = table.split_once("BOARDS: [Board;").unwrap().1.split_once("];").unwrap().0;
    let calls = table.split(['(', ' ', '\n']).zip(table.split(['(', ' ', '\n']).skip(1));
    let names = calls
        .filter(|(call, _)| ["arm", "silicon"].iter().any(|of| call.ends_with(of)))
        .map(|(_, name)| name.trim_matches([',', '"']));
    let names: Vec<&str> = names.collect();
    assert!(names.len() >= 12, "{names:?}");
    for name in names {
        assert_eq!(fit(&place, &format!("lif.toml --board {name}"))["board"], name);
    }
}

/// The state is that of the struct that `glif freeze` writes, byte for byte.
#[test]
fn the_state_is_that_of_the_frozen_network() {
    let place = Place::new();
    for (scalar, bytes) in [
        ("f32", size_of::<network_f32::Network>()),
        ("i16f16", size_of::<network_i16f16::Network>()),
        ("i8f8", size_of::<network_i8f8::Network>()),
    ] {
        place.put("net.toml", network_file(scalar, "nearest"));
        let fit = fit(&place, "net.toml --board mps2-an386");
        assert_eq!(number(&fit, "/memory/state"), bytes as f64, "{scalar}");
    }
}

/// Returns the rates of the populations of the measured network, Hz.
fn rates(file: &Path) -> BTreeMap<String, f64> {
    let mut network = NetworkDescription::read(file).unwrap().build().unwrap();
    let names = ["left", "right", "coincidence", "direction"];
    let mut counts = [0.0; 4];
    for step in 0..4000 {
        network.set_spikes("left", &ear(step, 0)).unwrap();
        network.set_spikes("right", &ear(step, 1)).unwrap();
        network.step().unwrap();
        for (name, count) in names.iter().zip(&mut counts) {
            *count += network.fired(name).unwrap().count() as f64;
        }
    }
    let neurons = [8.0, 8.0, 9.0, 9.0];
    let seconds = 4000.0 * 0.1 / 1000.0;
    names
        .iter()
        .zip(counts.iter().zip(neurons))
        .map(|(name, (count, of))| ((*name).to_owned(), count / of / seconds))
        .collect()
}

/// Relative error of the instructions. docs/networks.md has the errors that were measured.
const WITHIN: f64 = 0.2;

/// `firmware/instructions.toml` has the instructions of a step of the frozen `examples/direction`.
#[test]
fn instructions_are_near_those_of_a_frozen_network() {
    let place = Place::new();
    let file = root().join("examples/direction/direction.toml");
    place.put("direction.toml", fs::read(&file).unwrap());
    let rates: Vec<String> = rates(&file).iter().map(|(name, rate)| format!("{name}={rate}")).collect();
    let measured = fs::read_to_string(root().join("firmware/instructions.toml")).unwrap();
    for board in ["microbit", "mps2-an385", "mps2-an386", "virt"] {
        let parts = measured.split_once(&format!("[{board}.part]")).unwrap().1;
        for scalar in ["f32", "i16f16"] {
            let line = parts.lines().find(|line| line.starts_with(&format!("network-{scalar} "))).unwrap();
            let figure = |name: &str| -> f64 {
                let rest = line.split_once(&format!("{name} = ")).unwrap().1;
                rest.split([',', ' ']).next().unwrap().parse().unwrap()
            };
            let fit =
                fit(&place, &format!("direction.toml --scalar {scalar} --board {board} --rate {}", rates.join(",")));
            let (told, counted) = (number(&fit, "/instructions/sum"), figure("mean"));
            assert!((told / counted - 1.0).abs() < WITHIN, "{board} {scalar}: {told}, measured {counted}");
            let (told, counted) = (number(&fit, "/instructions/greatest"), figure("bound"));
            assert!(told > (1.0 - WITHIN) * counted, "{board} {scalar}: at most {told}, measured {counted}");
        }
    }
}

#[test]
fn a_board_is_told_with_its_limits() {
    let place = Place::new();
    place.put("net.toml", network_file("f32", "nearest"));
    let (code, out, _) = place.glif("inspect net.toml --board nrf52840 --rate 20,input=50");
    assert_eq!(code, 0);
    let told: Vec<&str> = out.lines().skip_while(|line| !line.starts_with("nrf52840, ")).collect();
    assert_eq!(told[0], "nrf52840, Cortex-M4F at 64 MHz, as a frozen image");
    assert!(told[1].starts_with("flash: ") && told[1].contains(" of 1048576 bytes, fits: code "), "{out}");
    assert!(told[2].starts_with("RAM: ") && told[2].contains(" of 262144 bytes, fits: state "), "{out}");
    assert!(told[3].starts_with("a step: ") && told[3].contains(" instructions: neurons "), "{out}");
    assert!(told[5].starts_with("deadline: 1 ms have 64000 cycles; the step takes ") && told[5].ends_with("in time"));
    // More spikes are more events, and nothing else.
    let [few, many] = ["0", "100"].map(|rate| fit(&place, &format!("net.toml --board nrf52840 --rate {rate}")));
    assert_eq!(number(&few, "/instructions/events"), 0.0);
    assert!(number(&many, "/instructions/events") > 100.0);
    assert_eq!(number(&few, "/instructions/neurons"), number(&many, "/instructions/neurons"));
    // A larger network does not fit.
    place.put(
        "net.toml",
        network_file("f32", "nearest").replace("shape = 40", "shape = 40000").replace("in_degree = 9", "in_degree = 2"),
    );
    place.put("large.toml", with(LIF, "[2, 3]", "[4000, 3]"));
    let fit = fit(&place, "large.toml --board microbit");
    assert_eq!((&fit["fits_ram"], &fit["fits_time"]), (&Value::Bool(false), &Value::Bool(false)));
    let (_, out, _) = place.glif("inspect large.toml --board microbit");
    assert!(
        out.contains("\nRAM: ") && out.contains(" of 16384 bytes, does not fit: ") && out.contains("too late"),
        "{out}"
    );
}

#[test]
fn what_no_board_has_is_refused() {
    let place = Place::new();
    place.put("net.toml", network_file("f32", "nearest"));
    let words =
        ["unknown board `microbits`; available: microbit, mps2-an385", "esp32c3", "help: did you mean `microbit`?"];
    place.misused("inspect net.toml --board microbits", &words);
    place.misused("inspect net.toml --rate 20", &["--board"]);
    for rate in ["x", "-1", "exc=", "NaN", "inf"] {
        place.misused(
            &format!("inspect net.toml --board microbit --rate {rate}"),
            &["must be a number of at least 0, in Hz"],
        );
    }
    let words = ["--rate: no population `exd`; available: input, exc, inh, out, gate, sum, read, slow_read, near, far"];
    place.refuses("inspect net.toml --board microbit --rate exd=3", &words);
    place.refuses("inspect lif.toml --board microbit --rate exc=3", &["a population file has one population"]);
    let words = ["`scalar` = \"f64\": boards have f32 and fixed point only\nhelp: use --scalar f32 or i16f16"];
    place.refuses("inspect net.toml --board microbit --scalar f64", &words);
}
