//! The README repeats figures of `docs/size.md` and `firmware/instructions.toml`, which are held to measurements; here it is
//! held to them.

use std::fs;
use std::path::Path;

/// A file of the repository.
fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The cells of each row below a line of Markdown that starts so.
fn rows(page: &str, head: &str) -> Vec<Vec<String>> {
    let table =
        page.lines().skip_while(|line| !line.starts_with(head)).skip(2).take_while(|line| line.starts_with('|'));
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    table.map(cells).collect()
}

/// The names between backticks.
fn names(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn costs_and_sizes_of_boards_are_those_measured() {
    let measured = toml::from_str::<toml::Table>(&read("firmware/instructions.toml")).unwrap();
    let mean = |board: &str, scalar: &str| {
        let mean = &measured[board]["lif"][scalar]["mean"];
        format!("{:.0}", mean.as_float().unwrap_or_else(|| panic!("{board}: {mean}")))
    };
    let page = read("docs/size.md");
    let sizes = rows(&page, "| image |");
    let kilobytes = |board: &str, column: usize| {
        let row = sizes.iter().find(|row| row[..2] == ["node", board]).unwrap_or_else(|| panic!("no size of {board}"));
        format!("{:.0} KB", row[column].parse::<f64>().unwrap() / 1000.0)
    };

    let page = read("README.md");
    let told = rows(&page, "| board |");
    let mut boards = 0;
    for row in &told {
        for board in names(&row[0]).into_iter().filter(|_| row[6].contains("QEMU")) {
            assert_eq!(row[2..5], [mean(board, "f32"), mean(board, "i16f16"), kilobytes(board, 3)], "{board}");
            assert!(row[5].ends_with(&format!("in {}", kilobytes(board, 4))), "{board}: {}", row[5]);
            boards += 1;
        }
    }
    assert_eq!(boards, measured.len(), "a board with measured costs is not in the table");
}
