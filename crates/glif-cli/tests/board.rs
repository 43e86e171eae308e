//! `glif board`, with the program of the node in this process.

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
