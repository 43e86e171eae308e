//! Checks tables of pages that repeat data from elsewhere. Costs and sizes of boards in the README come from
//! the measurements in `docs/size.md` and `firmware/instructions.toml`. The keys of a population file come
//! from its reader.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use glif::Description;
use glif::RefractoryRule;
use glif::description::{BatchReduction, ModelKind, NumberFormat, RoundingMode};

/// Reads a file of the repository.
fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Returns the cells of each row of the Markdown table whose first line starts with `head`.
fn rows(page: &str, head: &str) -> Vec<Vec<String>> {
    let table =
        page.lines().skip_while(|line| !line.starts_with(head)).skip(2).take_while(|line| line.starts_with('|'));
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    table.map(cells).collect()
}

/// Returns the names between backticks.
fn names(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn board_costs_and_sizes_match_the_measurements() {
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
    // A node with networks that steps in its own way has its cost below the table.
    let apart: Vec<&String> = measured.keys().filter(|board| board.ends_with("-networks")).collect();
    for board in &apart {
        let cost = format!("{} in i16f16", mean(board, "i16f16"));
        assert!(page.contains(&cost), "{board}: no {cost}");
    }
    assert_eq!(boards + apart.len(), measured.len(), "a board with measured costs is not in the table");
}

#[test]
fn documented_keys_match_those_read() {
    let page = read("docs/population-file.md");
    let example = page.split("```toml").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let written: toml::Table = Description::from_toml(example).unwrap().to_toml().parse().unwrap();

    let told = rows(&page, "| key |");
    assert_eq!(
        told.iter().map(|row| names(&row[0])[0]).collect::<BTreeSet<_>>(),
        written.keys().map(String::as_str).collect()
    );
    for (key, values) in [
        ("model", ModelKind::ALL.iter().map(|value| value.name()).collect::<Vec<_>>()),
        ("scalar", NumberFormat::ALL.iter().map(|value| value.name()).collect()),
        ("batch_reduction", BatchReduction::ALL.iter().map(|value| value.name()).collect()),
        ("refractory", RefractoryRule::ALL.iter().map(|value| value.name()).collect()),
        ("rounding", RoundingMode::ALL.iter().map(|value| value.name()).collect()),
    ] {
        let row = told.iter().find(|row| names(&row[0]) == [key]).unwrap();
        let sorted = |mut values: Vec<&str>| {
            values.sort_unstable();
            values.join(", ")
        };
        assert_eq!(sorted(names(&row[2])), sorted(values), "{key}");
    }
    // A default is the value that is written for a file that does not set it.
    for row in told.iter().filter(|row| row[3] != "must be there") {
        let default = written[names(&row[0])[0]].to_string();
        assert_eq!(row[3].trim_matches('`'), default.trim_matches('"'), "{}", row[0]);
    }
}

#[test]
fn documented_parameters_match_each_model() {
    let told = rows(&read("docs/population-file.md"), "| parameter |");
    for model in ModelKind::ALL {
        let of_model = told.iter().filter(|row| names(&row[2]).contains(&model.name()));
        let known = model.parameters().iter().map(|parameter| parameter.name());
        assert_eq!(of_model.map(|row| names(&row[0])[0]).collect::<BTreeSet<_>>(), known.collect(), "{model}");
    }
}

/// Checks the diffs on the page about a new board: each line to change exists. The page copies the folder of
/// another board.
#[test]
fn lines_that_a_new_board_changes_exist() {
    let page = read("docs/new-board.md");
    let blocks = page.split("```diff\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default());
    let (mut file, mut text, mut found) = (String::new(), String::new(), 0);
    for line in blocks.flat_map(str::lines) {
        if let Some(name) = line.strip_prefix("--- ") {
            file = name.replace("firmware/boards/stm32f401", "firmware/boards/stm32f411");
            text = read(&file);
        } else if let Some(old) = line.strip_prefix(['-', ' ']) {
            assert!(text.lines().any(|line| line == old), "`{old}` is not in {file}");
            found += 1;
        }
    }
    assert!(found > 8, "{found} lines");
}
