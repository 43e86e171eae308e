//! `glif board`, with the program of the node in this process.

use glif_cli::arrays::{Column, write_npz};

use crate::common::{LIF, Place};

/// Each command works, and prints its result.
#[test]
fn board_commands_print_their_results() {
    let place = Place::new();
    place.put("p.toml", LIF);
    for (arguments, printed) in [
        ("run p.toml --steps 50", "equal to the host library bit for bit"),
        ("watch p.toml --plain --seconds 1", "lif in f32, 6 of 2048 neurons"),
        ("faults --requests 30", "equal to a board on a faultless line"),
        ("verify --quick --save hil", "equal to the host"),
        ("hil --help", "Compare a board with the host"),
    ] {
        let told = place.succeeds(&format!("board {arguments}"));
        assert!(told.contains(printed), "{arguments}: {told}");
    }
}

/// A network on a board has the spikes that `glif run` writes. Commands for populations refuse it.
#[test]
fn networks_run_on_a_board() {
    let place = Place::new();
    let text = r#"
step_time = 0.5
scalar = "i16f16"
[populations.input]
model = "input"
shape = 9
[populations.exc]
model = "lif"
shape = [4, 5]
params = { rest_v = -60.0, reset_v = -65.0, thresh_v = -50.0, refrac_t = 2.0, time_constant = 20.0 }
synapses.ampa = { kind = "exponential", tau = 3.0, coupling = "exact" }
drive = { poisson = { rate = 200.0, weight = 1.5 }, synapse = "ampa" }
[[projections]]
from = "input"
to = "exc"
synapse = "delta"
weights = { value = 3.0, probability = 0.5, seed = 3 }
"#;
    place.put("net.toml", text);
    let counts: Vec<u32> = (0..80 * 9).map(|i: u32| if i * i % 7 == 1 { i % 3 } else { 0 }).collect();
    let currents: Vec<f32> = (0..80 * 20).map(|i: u16| f32::from(i % 13) * 0.5).collect();
    let spikes = || ("input", vec![80, 9], Column::U32(&counts));
    write_npz(&place.path("in.npz"), &[spikes(), ("exc", vec![80, 4, 5], Column::F32(&currents))]).unwrap();
    write_npz(&place.path("spikes.npz"), &[spikes()]).unwrap();
    for input in ["in.npz", "spikes.npz"] {
        let told = place.succeeds(&format!("board run net.toml --input {input} --output board.npz"));
        assert!(
            told.contains("equal to the host library bit for bit") && told.contains("written: board.npz"),
            "{told}"
        );
        place.succeeds(&format!("run net.toml --input {input} --output host.npz"));
        assert!(place.arrays("board.npz") == place.arrays("host.npz"));
        assert!(place.arrays("board.npz")["exc.spikes"].2.contains(&1.0));
    }
    place.refuses("board watch net.toml --plain --seconds 1", &["a network file", "glif board run"]);
    place.misused("board run net.toml --noise 1 1", &["--noise is for population files"]);
    place.put("p.toml", LIF);
    place.refuses("board run p.toml --input in.npz", &["--input is for network files"]);
    place.put("net.toml", text.replace("i16f16", "f64"));
    place.refuses("board run net.toml", &["boards have f32 and fixed point only"]);
    place.put("net.toml", text.replace("shape = 9", "shape = 900000"));
    place.refuses("board run net.toml", &["population `input`: ", "words of arrays"]);
}

/// A board that cannot be reached is an error, and wrong usage is a different error.
#[test]
fn missing_board_is_an_error() {
    let place = Place::new();
    place.refuses("board run --port /dev/no-such-port", &["/dev/no-such-port"]);
    place.refuses("board run no-such-file.toml", &["no-such-file.toml"]);
    place.refuses("board verify --board other", &["--board other: the board identifies itself as `"]);
    place.misused("board faults --rate 0.9", &["from 0 to 0.5"]);
    place.misused("board show", &["unrecognized subcommand"]);
}
